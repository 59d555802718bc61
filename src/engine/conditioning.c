/* conditioning.c - see conditioning.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/conditioning.h"

#include "engine/model.h"
#include "text/prompt-tokens.h"

#include <string.h>

LimnSizeHints
limn_size_hints_resolve (const LimnSizeHints *hints, int width, int height)
{
  LimnSizeHints out = *hints;

  if (out.original_width == 0 || out.original_height == 0) {
    out.original_width = width;
    out.original_height = height;
  }
  if (out.target_width == 0 || out.target_height == 0) {
    out.target_width = width;
    out.target_height = height;
  }
  return out;
}

void
limn_time_ids (const LimnSizeHints *hints, double aesthetic, int n_time_ids, float *out)
{
  const double ids[] = {
    hints->original_height,
    hints->original_width,
    hints->crop_top,
    hints->crop_left,
    n_time_ids == LIMN_SIZES_AESTHETIC ? aesthetic : hints->target_height,
    hints->target_width,
  };

  for (int i = 0; i < n_time_ids; i++)
    out[i] = (float) ids[i];
}

static void
add_side (LimnConditioner *conditioner, LimnModel *model, LimnPartId which)
{
  const LimnClipConfig *config = limn_checkpoint_clip (limn_model_checkpoint (model), which);

  if (config == NULL)
    return;
  conditioner->sides[conditioner->n_sides++] = (LimnEncoderSide){
    .which = which,
    .tokenizer = limn_model_tokenizer (model, which),
    .pad = limn_model_pad (model, which),
    .width = config->width,
    .projection = config->projection,
  };
}

LimnConditioner
limn_conditioner_for_model (LimnModel *model)
{
  LimnCheckpoint *checkpoint = limn_model_checkpoint (model);
  LimnConditioner conditioner = {
    .zeros_for_none = limn_checkpoint_schedule (checkpoint)->zeros_for_empty_negative,
    .n_time_ids = limn_checkpoint_unet (checkpoint)->time_ids,
  };

  add_side (&conditioner, model, LIMN_PART_TEXT_ENCODER);
  add_side (&conditioner, model, LIMN_PART_TEXT_ENCODER_2);
  return conditioner;
}

static const char *
text_for (const LimnEncoderSide *side, const LimnCaption *caption)
{
  return caption->prompts[side->which == LIMN_PART_TEXT_ENCODER_2 ? 1 : 0];
}

static gboolean
is_zeros (const LimnConditioner *conditioner, const LimnCaption *caption)
{
  for (int k = 0; k < conditioner->n_sides; k++)
    if (text_for (&conditioner->sides[k], caption) != NULL)
      return FALSE;
  return conditioner->zeros_for_none;
}

static LimnPromptTokens *
tokenize (const LimnEncoderSide *side, const LimnCaption *caption, int min_chunks)
{
  const char *text = text_for (side, caption);

  return limn_prompt_tokens_new (side->tokenizer, text != NULL ? text : "", side->pad, min_chunks);
}

/* Every row gets as many chunks as the longest prompt has.  weighted: [n_sides], whether side needs to know what the
 * empty prompt gives. */
static int
count_chunks (const LimnConditioner *conditioner, const LimnCaption *captions, int rows, gboolean *weighted)
{
  int most = 1;

  for (int k = 0; k < conditioner->n_sides; k++) {
    weighted[k] = FALSE;
    for (int row = 0; row < rows; row++) {
      if (is_zeros (conditioner, &captions[row]))
        continue;
      g_autoptr (LimnPromptTokens) tokens = tokenize (&conditioner->sides[k], &captions[row], 1);
      most = MAX (most, tokens->chunks);
      for (int chunk = 0; chunk < tokens->chunks; chunk++)
        weighted[k] |= limn_prompt_tokens_weighted (tokens, chunk);
    }
  }
  return most;
}

int
limn_conditioning_tokens (const LimnConditioner *conditioner, const LimnCaption *captions, int rows)
{
  gboolean weighted[G_N_ELEMENTS (conditioner->sides)];

  return count_chunks (conditioner, captions, rows, weighted) * LIMN_CHUNK_TOKENS;
}

int
limn_conditioning_count (const LimnConditioner *conditioner, const LimnCaption *captions, int rows)
{
  gboolean weighted[G_N_ELEMENTS (conditioner->sides)];
  int chunks = count_chunks (conditioner, captions, rows, weighted), said = 0, empty = 0;

  for (int row = 0; row < rows; row++)
    said += !is_zeros (conditioner, &captions[row]);
  for (int k = 0; k < conditioner->n_sides; k++)
    empty += weighted[k];
  return said * conditioner->n_sides * chunks + empty;
}

/* What the encoder of one side says, row by row. */
typedef struct {
  const LimnConditioner *conditioner;
  const LimnEncoderSide *side;
  LimnConditioning *out;
  int chunks, offset; /* columns [offset, offset + width) of the context */
  float *hidden;      /* [LIMN_CHUNK_TOKENS, width] */
  float *empty;       /* NULL, or the same of the empty prompt */
} Speaker;

static void
weigh (const Speaker *speaker, const float *weights)
{
  int width = speaker->side->width;

  for (int token = 0; token < LIMN_CHUNK_TOKENS; token++) {
    float *state = speaker->hidden + (gsize) token * width;
    const float *empty = speaker->empty + (gsize) token * width;

    for (int c = 0; weights[token] != 1 && c < width; c++)
      state[c] = empty[c] + weights[token] * (state[c] - empty[c]);
  }
}

static gboolean
encode_empty (Speaker *speaker, GError **error)
{
  const LimnEncoderSide *side = speaker->side;
  int ids[LIMN_CHUNK_TOKENS];

  speaker->empty = g_new0 (float, (gsize) LIMN_CHUNK_TOKENS * side->width);
  limn_tokenizer_fill_chunk (side->tokenizer, ids, 0, side->pad, ids);
  return speaker->conditioner->encode (side->which, ids, speaker->empty, NULL, speaker->conditioner->data, error);
}

static gboolean
encode_row (const Speaker *speaker, const LimnCaption *caption, int row, GError **error)
{
  const LimnEncoderSide *side = speaker->side;
  LimnConditioning *out = speaker->out;
  g_autoptr (LimnPromptTokens) tokens = tokenize (side, caption, speaker->chunks);
  float *context = out->context + (gsize) row * out->tokens * out->channels;
  /* The pooled vector of the first chunk stands for the prompt. */
  float *pooled = side->projection > 0 ? out->pooled + (gsize) row * out->pooled_channels : NULL;

  g_assert (tokens->chunks == speaker->chunks);
  for (int chunk = 0; chunk < speaker->chunks; chunk++) {
    gsize at = (gsize) chunk * LIMN_CHUNK_TOKENS;

    if (!speaker->conditioner->encode (side->which, tokens->ids + at, speaker->hidden, pooled,
                                       speaker->conditioner->data, error))
      return FALSE;
    pooled = NULL;
    if (speaker->empty != NULL)
      weigh (speaker, tokens->weights + at);
    for (int token = 0; token < LIMN_CHUNK_TOKENS; token++)
      memcpy (context + (at + token) * out->channels + speaker->offset, speaker->hidden + (gsize) token * side->width,
              side->width * sizeof (float));
  }
  return TRUE;
}

static gboolean
encode_side (Speaker *speaker, const LimnCaption *captions, gboolean weighted, GError **error)
{
  g_autofree float *hidden = g_new0 (float, (gsize) LIMN_CHUNK_TOKENS * speaker->side->width);
  gboolean done = TRUE;

  speaker->hidden = hidden;
  if (weighted)
    done = encode_empty (speaker, error);
  for (int row = 0; done && row < speaker->out->rows; row++)
    if (!is_zeros (speaker->conditioner, &captions[row]))
      done = encode_row (speaker, &captions[row], row, error);
  g_clear_pointer (&speaker->empty, g_free);
  return done;
}

static LimnConditioning *
allocate (const LimnConditioner *conditioner, int rows, int chunks)
{
  LimnConditioning *out = g_new0 (LimnConditioning, 1);

  out->rows = rows;
  out->tokens = chunks * LIMN_CHUNK_TOKENS;
  out->n_time_ids = conditioner->n_time_ids;
  for (int k = 0; k < conditioner->n_sides; k++) {
    out->channels += conditioner->sides[k].width;
    out->pooled_channels = MAX (out->pooled_channels, conditioner->sides[k].projection);
  }
  out->context = g_new0 (float, (gsize) rows * out->tokens * out->channels);
  out->pooled = g_new0 (float, (gsize) rows * out->pooled_channels);
  out->time_ids = g_new0 (float, (gsize) rows * out->n_time_ids);
  return out;
}

LimnConditioning *
limn_conditioning_new (const LimnConditioner *conditioner, const LimnCaption *captions, int rows, GError **error)
{
  gboolean weighted[G_N_ELEMENTS (conditioner->sides)];
  int chunks = count_chunks (conditioner, captions, rows, weighted), offset = 0;
  g_autoptr (LimnConditioning) out = allocate (conditioner, rows, chunks);

  for (int k = 0; k < conditioner->n_sides; k++) {
    Speaker speaker = { conditioner, &conditioner->sides[k], out, chunks, offset, NULL, NULL };

    if (!encode_side (&speaker, captions, weighted[k], error))
      return NULL;
    offset += speaker.side->width;
  }
  for (int row = 0; row < rows; row++)
    limn_time_ids (&captions[row].hints, captions[row].aesthetic, out->n_time_ids,
                   out->time_ids + (gsize) row * out->n_time_ids);
  return g_steal_pointer (&out);
}

void
limn_conditioning_free (LimnConditioning *conditioning)
{
  if (conditioning == NULL)
    return;
  g_free (conditioning->context);
  g_free (conditioning->pooled);
  g_free (conditioning->time_ids);
  g_free (conditioning);
}
