/* styles.h - --style: prompts put into templates.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Puts *prompt and *negative, which may be NULL and are owned, into each of the named styles, one after the other.
 * file: NULL for the person's own.  The exit status: 0, or what it is after the message. */
int limn_cli_apply_styles (const char *file, char *const *names, char **prompt, char **negative);

G_END_DECLS
