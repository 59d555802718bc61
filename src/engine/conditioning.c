/* conditioning.c - see conditioning.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/conditioning.h"

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
  out[0] = (float) hints->original_height;
  out[1] = (float) hints->original_width;
  out[2] = (float) hints->crop_top;
  out[3] = (float) hints->crop_left;
  if (n_time_ids == 5) {
    out[4] = (float) aesthetic;
  } else {
    out[4] = (float) hints->target_height;
    out[5] = (float) hints->target_width;
  }
}

static gboolean
is_zeros (const LimnConditioner *conditioner, const LimnCaption *caption)
{
  return caption->prompt == NULL && conditioner->zeros_for_none;
}

static int *
tokenize (const LimnEncoderSide *side, const LimnCaption *caption, int min_chunks, int *n_chunks)
{
  return limn_tokenizer_chunks (side->tokenizer, caption->prompt != NULL ? caption->prompt : "", side->pad, min_chunks,
                                n_chunks);
}

/* Every row gets as many chunks as the longest prompt has. */
static int
count_chunks (const LimnConditioner *conditioner, const LimnCaption *captions, int rows)
{
  int most = 1;

  for (int row = 0; row < rows; row++)
    for (int k = 0; k < conditioner->n_sides && !is_zeros (conditioner, &captions[row]); k++) {
      int n;
      g_free (tokenize (&conditioner->sides[k], &captions[row], 1, &n));
      most = MAX (most, n);
    }
  return most;
}

int
limn_conditioning_count (const LimnConditioner *conditioner, const LimnCaption *captions, int rows)
{
  int said = 0;

  for (int row = 0; row < rows; row++)
    said += !is_zeros (conditioner, &captions[row]);
  return said * conditioner->n_sides * count_chunks (conditioner, captions, rows);
}

/* Writes side's states of one row into columns [offset, offset + width) of context, [tokens, channels]. */
static gboolean
encode_row (const LimnConditioner *conditioner, const LimnEncoderSide *side, const LimnCaption *caption, int chunks,
            LimnConditioning *out, int row, int offset, float *hidden, GError **error)
{
  int n;
  g_autofree int *ids = tokenize (side, caption, chunks, &n);
  float *context = out->context + (gsize) row * out->tokens * out->channels;
  /* The pooled vector of the first chunk stands for the prompt. */
  float *pooled = side->projection > 0 ? out->pooled + (gsize) row * out->pooled_channels : NULL;

  g_assert (n == chunks);
  for (int chunk = 0; chunk < chunks; chunk++) {
    if (!conditioner->encode (side->which, ids + (gsize) chunk * LIMN_CHUNK_TOKENS, hidden, pooled, conditioner->data,
                              error))
      return FALSE;
    pooled = NULL;
    for (int token = 0; token < LIMN_CHUNK_TOKENS; token++)
      memcpy (context + ((gsize) chunk * LIMN_CHUNK_TOKENS + token) * out->channels + offset,
              hidden + (gsize) token * side->width, side->width * sizeof (float));
  }
  return TRUE;
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
  int chunks = count_chunks (conditioner, captions, rows), offset = 0;
  g_autoptr (LimnConditioning) out = allocate (conditioner, rows, chunks);

  for (int k = 0; k < conditioner->n_sides; k++) {
    const LimnEncoderSide *side = &conditioner->sides[k];
    g_autofree float *hidden = g_new (float, (gsize) LIMN_CHUNK_TOKENS * side->width);

    for (int row = 0; row < rows; row++)
      if (!is_zeros (conditioner, &captions[row])
          && !encode_row (conditioner, side, &captions[row], chunks, out, row, offset, hidden, error))
        return NULL;
    offset += side->width;
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
