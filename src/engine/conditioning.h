/* conditioning.h - what the U-Net is told: token states, pooled vector and sizes (Podell et al. 2023, section 2).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"
#include "model/checkpoint.h"
#include "text/tokenizer.h"

G_BEGIN_DECLS

/* Rows are the pictures, or with guidance the negatives, then the positives. */
typedef struct {
  int rows;
  int tokens; /* a multiple of 77, the same for all rows */
  int channels, pooled_channels, n_time_ids;
  float *context;  /* [rows, tokens, channels] */
  float *pooled;   /* [rows, pooled_channels] */
  float *time_ids; /* [rows, n_time_ids] */
} LimnConditioning;

/* One side (positive or negative) of one picture. */
typedef struct {
  const char
      *prompts[2];     /* for LIMN_PART_TEXT_ENCODER and _2; NULL in all that the model has: nothing at all, zeros where
                           * it asks for that; else NULL is "" */
  LimnSizeHints hints; /* all six given */
  double aesthetic;    /* read where the model has five time ids */
  /* Which prompt it is of, 0 .., of those that change while a picture is painted, and for how many entries of its
   * schedule it stands; 0: one.  A prompt's captions have as many chunks as its longest. */
  int prompt, entries;
} LimnCaption;

/* Encodes one chunk.  ids: [77], LIMN_HIDDEN_ID () of what nothing sees; hidden: [77, width]; pooled: [projection], or
 * NULL where the model takes it from another encoder. */
typedef gboolean (*LimnEncodeChunk) (LimnPartId which, const int *ids, float *hidden, float *pooled, gpointer data,
                                     GError **error);

/* One encoder of a model; the states of several are joined in this order. */
typedef struct {
  LimnPartId which;
  LimnTokenizer *tokenizer; /* borrowed */
  int pad;                  /* id after the end token */
  int width;
  int projection; /* channels of its pooled vector, 0: it has none to give */
} LimnEncoderSide;

typedef struct {
  LimnEncoderSide sides[2];
  int n_sides;
  const LimnEmphasis *emphasis; /* NULL: Limn's own */
  gboolean zeros_for_none;
  int n_time_ids; /* LimnSizeIds */
  LimnEncodeChunk encode;
  gpointer data;
} LimnConditioner;

/* All but emphasis, encode and data, as model asks for it. */
LimnConditioner limn_conditioner_for_model (LimnModel *model);
/* How long the context of these captions is. */
int limn_conditioning_tokens (const LimnConditioner *conditioner, const LimnCaption *captions, int rows);
/* How many times encode will be called for these captions. */
int limn_conditioning_count (const LimnConditioner *conditioner, const LimnCaption *captions, int rows);
/* captions: [rows].  The order of encode calls is by encoder, so that each need be loaded only once.
 *
 * What a weight does is the emphasis's to say, and what a chunk is mixed of (text/prompt-tokens.h).  Limn's and
 * ComfyUI's moves a token's state away from what the empty prompt gives at its place: empty + w (state - empty).
 * Weights of 1 leave the states as they are, to the bit; the pooled vector is never weighted. */
LimnConditioning *limn_conditioning_new (const LimnConditioner *conditioner, const LimnCaption *captions, int rows,
                                         GError **error);
void limn_conditioning_free (LimnConditioning *conditioning);

/* out: [n_time_ids], in the order that the models were trained with. */
void limn_time_ids (const LimnSizeHints *hints, double aesthetic, int n_time_ids, float *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnConditioning, limn_conditioning_free)

G_END_DECLS
