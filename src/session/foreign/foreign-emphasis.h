/* foreign-emphasis.h - whose signs a prompt is written in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/foreign/foreign-private.h"

G_BEGIN_DECLS

/* A prompt in ComfyUI's signs stays as it is, and is to be read as such.  choices: those in text are to be chosen from;
 * else they are plain words, as in ComfyUI.  text: valid UTF-8.  (transfer full) */
char *limn_emphasis_from_comfy (LimnForeign *foreign, const char *text, gboolean choices);
/* "{red|blue}" and "__colour__", which Limn would choose from, and other programs have as words.  (transfer full) */
char *limn_emphasis_without_choices (const char *text);
/* There is a choice or a wildcard in text. */
gboolean limn_emphasis_has_choices (const char *text);

G_END_DECLS
