/* conditioning.c - see conditioning.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/conditioning.h"

#include "engine/model.h"
#include "text/prompt-tokens.h"

#include <string.h>

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

/* ---- How long it is ---- */

#define MOST_REPEATED 24 /* chunks: a longer context is filled up with empty ones instead */

static const LimnEmphasis *
emphasis_of (const LimnConditioner *conditioner)
{
  return conditioner->emphasis != NULL ? conditioner->emphasis : limn_emphasis_find (NULL);
}

static LimnPromptTokens *
tokenize (const LimnConditioner *conditioner, const LimnEncoderSide *side, const LimnCaption *caption, int min_chunks)
{
  const char *text = text_for (side, caption);

  return limn_prompt_tokens_new (side->tokenizer, text != NULL ? text : "", emphasis_of (conditioner), side->pad,
                                 min_chunks);
}

/* Chunks of all rows' context, and of each prompt before it is repeated: [rows], by the prompt's number. */
typedef struct {
  int chunks;
  int *own;
  gboolean weighted[2]; /* whether a side needs to know what the empty prompt gives */
} Length;

static void
clear_length (Length *length)
{
  g_free (length->own);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Length, clear_length)

static int
common_multiple (int a, int b)
{
  for (int n = a;; n += a)
    if (n % b == 0)
      return n;
}

/* As many chunks as the longest prompt has, or as many as all can be repeated to. */
static int
join_lengths (const LimnConditioner *conditioner, const int *own, int n)
{
  int longest = 1, multiple = 1;

  for (int i = 0; i < n; i++)
    if (own[i] > 0) {
      longest = MAX (longest, own[i]);
      multiple = multiple <= MOST_REPEATED ? common_multiple (multiple, own[i]) : multiple;
    }
  return emphasis_of (conditioner)->repeats && multiple <= MOST_REPEATED ? multiple : longest;
}

static void
measure (const LimnConditioner *conditioner, const LimnCaption *captions, int rows, Length *length)
{
  gboolean from_empty = emphasis_of (conditioner)->weighing == LIMN_WEIGH_FROM_EMPTY;

  *length = (Length){ .own = g_new0 (int, rows) };
  for (int k = 0; k < conditioner->n_sides; k++)
    for (int row = 0; row < rows; row++) {
      if (is_zeros (conditioner, &captions[row]))
        continue;
      g_autoptr (LimnPromptTokens) tokens = tokenize (conditioner, &conditioner->sides[k], &captions[row], 1);
      int *own = &length->own[captions[row].prompt];

      *own = MAX (*own, tokens->chunks);
      for (int reading = 0; from_empty && reading < tokens->readings; reading++)
        length->weighted[k] |= limn_prompt_tokens_weighted (tokens, reading);
    }
  length->chunks = join_lengths (conditioner, length->own, rows);
  /* What is filled up is as long as the whole; what is repeated fits into it. */
  for (int i = 0; i < rows; i++)
    if (length->own[i] > 0 && (!emphasis_of (conditioner)->repeats || length->chunks % length->own[i] != 0))
      length->own[i] = length->chunks;
}

int
limn_conditioning_tokens (const LimnConditioner *conditioner, const LimnCaption *captions, int rows)
{
  g_auto (Length) length = { 0 };

  measure (conditioner, captions, rows, &length);
  return length.chunks * LIMN_CHUNK_TOKENS;
}

int
limn_conditioning_count (const LimnConditioner *conditioner, const LimnCaption *captions, int rows)
{
  g_auto (Length) length = { 0 };
  int count = 0;

  measure (conditioner, captions, rows, &length);
  for (int k = 0; k < conditioner->n_sides; k++) {
    const LimnEncoderSide *side = &conditioner->sides[k];

    count += length.weighted[k];
    for (int row = 0; row < rows; row++) {
      if (is_zeros (conditioner, &captions[row]))
        continue;
      g_autoptr (LimnPromptTokens) tokens =
          tokenize (conditioner, side, &captions[row], length.own[captions[row].prompt]);

      count += tokens->readings + (side->projection > 0 && tokens->spoken != NULL);
    }
  }
  return count;
}

/* ---- What it says ---- */

/* What the encoder of one side says, row by row. */
typedef struct {
  const LimnConditioner *conditioner;
  const LimnEncoderSide *side;
  const Length *length;
  LimnConditioning *out;
  int offset;     /* columns [offset, offset + width) of the context */
  float *hidden;  /* [LIMN_CHUNK_TOKENS, width] */
  float *empty;   /* NULL, or the same of the empty prompt */
  double *before; /* [rows, chunks], by the prompt's number: sums of its captions' states before they are weighed */
  double *after;  /* the same, after */
} Speaker;

static double
sum_of (const Speaker *speaker)
{
  double sum = 0;

  for (int i = 0; i < LIMN_CHUNK_TOKENS * speaker->side->width; i++)
    sum += speaker->hidden[i];
  return sum;
}

static void
weigh (const Speaker *speaker, const float *weights)
{
  LimnWeighing weighing = emphasis_of (speaker->conditioner)->weighing;
  int width = speaker->side->width;

  for (int token = 0; token < LIMN_CHUNK_TOKENS; token++) {
    float *state = speaker->hidden + (gsize) token * width;
    const float *empty = speaker->empty != NULL ? speaker->empty + (gsize) token * width : NULL;

    for (int c = 0; weights[token] != 1 && c < width; c++)
      if (weighing != LIMN_WEIGH_FROM_EMPTY)
        state[c] *= weights[token];
      else if (empty != NULL)
        state[c] = empty[c] + weights[token] * (state[c] - empty[c]);
  }
}

/* Weighs the states of a chunk, and adds up what their mean was and is. */
static void
weigh_chunk (const Speaker *speaker, const LimnCaption *caption, int chunk, const float *weights)
{
  gsize at = (gsize) caption->prompt * speaker->length->chunks + chunk;
  LimnWeighing weighing = emphasis_of (speaker->conditioner)->weighing;
  int entries = MAX (caption->entries, 1);

  if (weighing == LIMN_WEIGH_NOT)
    return;
  if (weighing == LIMN_WEIGH_MEAN)
    speaker->before[at] += entries * sum_of (speaker);
  weigh (speaker, weights);
  if (weighing == LIMN_WEIGH_MEAN)
    speaker->after[at] += entries * sum_of (speaker);
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

/* Where side's state of token is in row. */
static float *
state_at (const Speaker *speaker, int row, gsize token)
{
  const LimnConditioning *out = speaker->out;

  return out->context + ((gsize) row * out->tokens + token) * out->channels + speaker->offset;
}

/* Adds what is said of a reading, weighed, to the states of its chunk. */
static gboolean
encode_reading (const Speaker *speaker, const LimnCaption *caption, int row, const LimnPromptTokens *tokens,
                int reading, float *pooled, GError **error)
{
  const LimnEncoderSide *side = speaker->side;
  gsize from = (gsize) reading * LIMN_CHUNK_TOKENS, at = (gsize) tokens->chunk[reading] * LIMN_CHUNK_TOKENS;

  if (!speaker->conditioner->encode (side->which, tokens->ids + from, speaker->hidden, pooled,
                                     speaker->conditioner->data, error))
    return FALSE;
  weigh_chunk (speaker, caption, tokens->chunk[reading], tokens->weights + from);
  for (int token = 0; token < LIMN_CHUNK_TOKENS; token++) {
    float *state = state_at (speaker, row, at + token);

    for (int c = 0; c < side->width; c++)
      state[c] += (float) (tokens->shares[reading] * speaker->hidden[(gsize) token * side->width + c]);
  }
  return TRUE;
}

static gboolean
encode_row (const Speaker *speaker, const LimnCaption *caption, int row, GError **error)
{
  const LimnEncoderSide *side = speaker->side;
  LimnConditioning *out = speaker->out;
  int own = speaker->length->own[caption->prompt];
  g_autoptr (LimnPromptTokens) tokens = tokenize (speaker->conditioner, side, caption, own);
  float *pooled = side->projection > 0 ? out->pooled + (gsize) row * out->pooled_channels : NULL;

  g_assert (tokens->chunks == own);
  if (pooled != NULL && tokens->spoken != NULL) {
    if (!speaker->conditioner->encode (side->which, tokens->spoken, speaker->hidden, pooled, speaker->conditioner->data,
                                       error))
      return FALSE;
    pooled = NULL;
  }
  /* The pooled vector of the first chunk stands for the prompt. */
  for (int reading = 0; reading < tokens->readings; reading++, pooled = NULL)
    if (!encode_reading (speaker, caption, row, tokens, reading, pooled, error))
      return FALSE;
  return TRUE;
}

/* Restores the means that weights have moved; then says it again to the end of the context. */
static void
finish_row (const Speaker *speaker, const LimnCaption *caption, int row)
{
  int own = speaker->length->own[caption->prompt], width = speaker->side->width;

  for (int chunk = 0; chunk < own; chunk++) {
    gsize at = (gsize) caption->prompt * speaker->length->chunks + chunk;
    double factor = speaker->after[at] != 0 ? speaker->before[at] / speaker->after[at] : 1;

    for (int token = 0; factor != 1 && token < LIMN_CHUNK_TOKENS; token++)
      for (int c = 0; c < width; c++)
        state_at (speaker, row, (gsize) chunk * LIMN_CHUNK_TOKENS + token)[c] *= (float) factor;
  }
  for (int token = own * LIMN_CHUNK_TOKENS; token < speaker->out->tokens; token++)
    memcpy (state_at (speaker, row, token), state_at (speaker, row, token % (own * LIMN_CHUNK_TOKENS)),
            width * sizeof (float));
}

static gboolean
encode_side (Speaker *speaker, const LimnCaption *captions, gboolean weighted, GError **error)
{
  int rows = speaker->out->rows;
  g_autofree float *hidden = g_new0 (float, (gsize) LIMN_CHUNK_TOKENS * speaker->side->width);
  g_autofree double *sums = g_new0 (double, 2 * (gsize) rows * speaker->length->chunks);
  gboolean done = TRUE;

  speaker->hidden = hidden;
  speaker->before = sums;
  speaker->after = sums + (gsize) rows * speaker->length->chunks;
  if (weighted)
    done = encode_empty (speaker, error);
  for (int row = 0; done && row < rows; row++)
    if (!is_zeros (speaker->conditioner, &captions[row]))
      done = encode_row (speaker, &captions[row], row, error);
  for (int row = 0; done && row < rows; row++)
    if (!is_zeros (speaker->conditioner, &captions[row]))
      finish_row (speaker, &captions[row], row);
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
  g_auto (Length) length = { 0 };
  int offset = 0;

  measure (conditioner, captions, rows, &length);
  g_autoptr (LimnConditioning) out = allocate (conditioner, rows, length.chunks);
  for (int k = 0; k < conditioner->n_sides; k++) {
    Speaker speaker = { conditioner, &conditioner->sides[k], &length, out, offset, NULL, NULL, NULL, NULL };

    if (!encode_side (&speaker, captions, length.weighted[k], error))
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
