/* foreign-pairs.h - takes the "parameters" text of stable-diffusion-webui apart.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/json.h"

G_BEGIN_DECLS

typedef struct {
  char *prompt;
  char *negative;     /* NULL: no line of it */
  LimnJson *settings; /* an object of strings, empty where there is no line of them */
} LimnPairs;

/* NULL where text is neither settings nor a prompt with its negative prompt. */
LimnPairs *limn_pairs_new (const char *text);
/* Draw Things: the negative prompt is the last line of the prompt, and begins with "-". */
void limn_pairs_split_dash (LimnPairs *self);
void limn_pairs_free (LimnPairs *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPairs, limn_pairs_free)

G_END_DECLS
