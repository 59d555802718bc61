/* prompt-lens.h - how a model's text encoders read a prompt, at hand without waiting.
 *
 * Lives on the thread that made it.  A model's vocabularies are read in the background; the newest model wins.
 *
 * Signal "changed" (): another model is ready, or has failed, or seed or emphasis are others, and so may be every
 * answer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/limn.h"

G_BEGIN_DECLS

#define LIMN_N_ENCODERS 2    /* CLIP-L and OpenCLIP-G */
#define LIMN_CHUNK_LENGTH 75 /* tokens that an encoder reads at once */

#define LIMN_TYPE_PROMPT_LENS (limn_prompt_lens_get_type ())
G_DECLARE_FINAL_TYPE (LimnPromptLens, limn_prompt_lens, LIMN, PROMPT_LENS, GObject)

LimnPromptLens *limn_prompt_lens_new (void);

/* path: as in limn_model_open (); "": the starter.  Until it is ready the answers are those of the model before. */
void limn_prompt_lens_set_model (LimnPromptLens *self, const char *path);
/* The model asked for last is read. */
gboolean limn_prompt_lens_is_ready (LimnPromptLens *self);
/* NULL, or why the model asked for last has no vocabulary; there are no answers then. */
const GError *limn_prompt_lens_get_error (LimnPromptLens *self);

/* Choices and wildcards are read as a run with this seed draws them; 0 at first. */
void limn_prompt_lens_set_seed (LimnPromptLens *self, guint64 seed);
/* As LimnFields has it; of static storage.  Limn's own at first. */
void limn_prompt_lens_set_emphasis (LimnPromptLens *self, const char *emphasis);
const char *limn_prompt_lens_get_emphasis (LimnPromptLens *self);

/* What comes of prompt; where a wildcard file is not right, the prompt as it is written.
 * (element-type LimnToken), or NULL where there is no such encoder or nothing is ready.  The latest answers are kept:
 * asking again costs microseconds.  Valid until the next call for another prompt.  (transfer none) */
const GPtrArray *limn_prompt_lens_read (LimnPromptLens *self, int encoder, const char *prompt);

/* Whether the model has word, letters only, in its vocabulary.  That of the starter is small, and what falls apart
 * there was in none of its pictures; to any other model, and while none is ready, every word counts as known. */
gboolean limn_prompt_lens_knows (LimnPromptLens *self, const char *word);

/* The chunks of 75 that tokens fill, at least 1.  used: NULL, or receives the tokens in each of the first n. */
int limn_prompt_lens_count_chunks (const GPtrArray *tokens, int *used, int n);

G_END_DECLS
