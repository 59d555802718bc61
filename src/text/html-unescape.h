/* html-unescape.h - character references in prompts copied from web pages.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* text: valid UTF-8.  Replaces each reference once, as HTML 5 reads them, for numbers and the entities of HTML 4;
 * strict: named ones only where a semicolon ends them.  Others stay as they are.  (transfer full) */
char *limn_html_unescape (const char *text, gboolean strict);

/* Windows-1252, the five bytes that it leaves undefined standing for themselves.  -1: not in it. */
gunichar limn_windows_1252_to_unicode (guint8 byte);
int limn_windows_1252_from_unicode (gunichar c);

G_END_DECLS
