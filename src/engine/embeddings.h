/* embeddings.h - words that are vectors of their own (textual inversion, Gal et al. 2022), from files beside a model.
 *
 * A file is found by its name, in a folder "embeddings" where the model lies or one above, or among the folders of
 * models that a person chose, wherever the library found it there.  LoRAs bring theirs along, as kohya's and
 * stable-diffusion-webui have it: "bundle_emb.NAME.clip_l".  Each text encoder takes its tensor: "clip_l" and "clip_g"
 * of SDXL's, "emb_params" or the only one of others.  Pickles are refused.
 *
 * One thread's at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/checkpoint.h"

G_BEGIN_DECLS

typedef struct _LimnEmbeddings LimnEmbeddings;

/* path: a model's. */
LimnEmbeddings *limn_embeddings_new (const char *path);
void limn_embeddings_free (LimnEmbeddings *embeddings);
/* encoder: 0 or 1, whose states are so wide; 0: there is none. */
void limn_embeddings_set_width (LimnEmbeddings *embeddings, int encoder, int width);

/* paths: of LoRAs whose embeddings are there until this is called again, ended by NULL; NULL: of none. */
void limn_embeddings_set_bundles (LimnEmbeddings *embeddings, const char *const *paths);

/* As LimnFindWord, for an encoder: "embedding:name", and with bare a name by itself.  One that is asked for and cannot
 * be had is a word of no vectors. */
gboolean limn_embeddings_find (LimnEmbeddings *embeddings, int encoder, const char *text, gboolean bare, gsize *length,
                               int *id, int *n);
/* The vector of an id that was found: [width]; NULL where there is none.  Valid until another word is looked for. */
const float *limn_embeddings_vector (LimnEmbeddings *embeddings, int encoder, int id);
/* The name of the file that it is from, or NULL. */
const char *limn_embeddings_name (LimnEmbeddings *embeddings, int id);
/* Sentences on the words that could not be had since it was asked last.  (element-type utf8) (transfer full) */
GPtrArray *limn_embeddings_take_problems (LimnEmbeddings *embeddings);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnEmbeddings, limn_embeddings_free)

G_END_DECLS
