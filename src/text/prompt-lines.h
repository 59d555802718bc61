/* prompt-lines.h - files of prompts, a line each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Those of text, in its order and without the blanks around them.  Empty lines, and those that begin with "#", are
 * none.  (transfer full) */
GStrv limn_prompt_lines (const char *text);
/* Those of the file at path.  Errors, which name it: LIMN_ERROR_FILE, LIMN_ERROR_FORMAT: no text in UTF-8, none in it,
 * more than 16 MiB.  Blocks. */
GStrv limn_prompt_lines_load (const char *path, GError **error);

G_END_DECLS
