/* job-text.c - the prompts of a run, encoded; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "base/i18n.h"
#include "engine/model.h"
#include "engine/request.h"
#include "text/prompt-tokens.h"

#include <string.h>

typedef struct {
  LimnJob *job;
  LimnNetwork role; /* LIMN_NETWORK_ENCODERS or _REFINER_ENCODERS */
  LimnModel *model;
  int done, count; /* chunks */
} Encoding;

static gboolean
is_finite (const LimnClipConfig *config, const float *hidden, const float *pooled, gsize n_pooled)
{
  return limn_all_finite (hidden, (gsize) LIMN_CHUNK_TOKENS * config->width)
         && (pooled == NULL || limn_all_finite (pooled, n_pooled));
}

/* One try at the precision that the encoder has now. */
static gboolean
encode_once (Encoding *encoding, LimnPartId which, const int *ids, float *hidden, float *pooled, GError **error)
{
  LimnJob *job = encoding->job;
  LimnSpan span;

  limn_clock_enter (&job->clock, LIMN_STAGE_LOAD);
  LimnClip *clip = limn_residents_clip (job->engine->residents, encoding->role, encoding->model, which,
                                        job->request->precision, &job->clock.tick, error);
  if (clip == NULL)
    return FALSE;
  limn_clock_enter (&job->clock, LIMN_STAGE_ENCODE);
  limn_span_init (&span, &job->clock.tick, (double) encoding->done / encoding->count,
                  (double) (encoding->done + 1) / encoding->count);
  return limn_clip_encode (clip, ids, hidden, pooled, &span.tick, error);
}

static gboolean
encode_new (Encoding *encoding, LimnPartId which, const int *ids, float *hidden, float *pooled, gsize n_pooled,
            GError **error)
{
  LimnJob *job = encoding->job;
  const LimnClipConfig *config = limn_checkpoint_clip (limn_model_checkpoint (encoding->model), which);
  int number = which == LIMN_PART_TEXT_ENCODER ? 1 : 2;

  if (!encode_once (encoding, which, ids, hidden, pooled, error))
    return FALSE;
  if (is_finite (config, hidden, pooled, n_pooled))
    return TRUE;
  if (limn_residents_raise (job->engine->residents, encoding->role, which)) {
    job->redone = TRUE;
    limn_job_note (job, _ ("Text encoder %d of %s overflowed in fp16; redone in fp32"), number,
                   limn_model_name (encoding->model));
    if (!encode_once (encoding, which, ids, hidden, pooled, error))
      return FALSE;
    if (is_finite (config, hidden, pooled, n_pooled))
      return TRUE;
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_NUMERIC,
               _ ("Text encoder %d of %s gave values that are not numbers, in fp32 too: its file may be damaged"),
               number, limn_model_name (encoding->model));
  return FALSE;
}

static gboolean
encode_cb (LimnPartId which, const int *ids, float *hidden, float *pooled, gpointer data, GError **error)
{
  Encoding *encoding = data;
  LimnResidents *residents = encoding->job->engine->residents;
  LimnPrecision precision = encoding->job->request->precision;
  const LimnClipConfig *config = limn_checkpoint_clip (limn_model_checkpoint (encoding->model), which);
  gsize n_hidden = (gsize) LIMN_CHUNK_TOKENS * config->width, n_pooled = config->projection;
  const LimnEncoding *known = limn_residents_find_encoding (residents, encoding->role, which, precision, ids);

  if (known != NULL && (pooled == NULL || known->pooled != NULL)) {
    memcpy (hidden, known->hidden, n_hidden * sizeof (float));
    if (pooled != NULL)
      memcpy (pooled, known->pooled, n_pooled * sizeof (float));
  } else {
    if (!encode_new (encoding, which, ids, hidden, pooled, n_pooled, error))
      return FALSE;
    limn_residents_add_encoding (residents, encoding->role, which, precision, ids, hidden, n_hidden, pooled, n_pooled);
  }
  encoding->done++;
  return TRUE;
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

/* Row 0 is the negative where there is guidance; returns the rows. */
static int
captions_of (const LimnRequest *request, LimnCaption captions[2])
{
  const char *prompt = request->prompt != NULL ? request->prompt : "";
  int rows = 0;

  if (limn_guided (request->guidance))
    captions[rows++] = (LimnCaption){
      .prompts = { limn_request_negative (request, 0), limn_request_negative (request, 1) },
      .hints = limn_size_hints_resolve (&request->negative_hints, request->width, request->height),
      .aesthetic = request->negative_aesthetic,
    };
  captions[rows++] = (LimnCaption){
    .prompts = { prompt, request->prompt_2 != NULL ? request->prompt_2 : prompt },
    .hints = limn_size_hints_resolve (&request->hints, request->width, request->height),
    .aesthetic = request->aesthetic,
  };
  return rows;
}

LimnConditioning *
limn_job_encode (LimnJob *job, LimnNetwork role, GError **error)
{
  LimnModel *model = limn_job_model (job, role);
  LimnConditioner conditioner = limn_conditioner_for_model (model);
  LimnCaption captions[2];
  int rows = captions_of (job->request, captions);
  Encoding encoding = {
    .job = job,
    .role = role == LIMN_NETWORK_REFINER ? LIMN_NETWORK_REFINER_ENCODERS : LIMN_NETWORK_ENCODERS,
    .model = model,
    .count = limn_conditioning_count (&conditioner, captions, rows),
  };
  conditioner.encode = encode_cb;
  conditioner.data = &encoding;
  return limn_conditioning_new (&conditioner, captions, rows, error);
}

/* Counts instead of encoding. */
typedef struct {
  Encoding encoding;
  gboolean served;
  double flop;
} Counting;

static gboolean
count_cb (LimnPartId which, const int *ids, float *hidden, float *pooled, gpointer data, GError **error)
{
  Counting *counting = data;
  const Encoding *encoding = &counting->encoding;
  const LimnEncoding *known = NULL;

  if (counting->served)
    known = limn_residents_find_encoding (encoding->job->engine->residents, encoding->role, which,
                                          encoding->job->request->precision, ids);
  if (known == NULL || (pooled != NULL && known->pooled == NULL))
    counting->flop += limn_job_cost (encoding->job, encoding->role, which == LIMN_PART_TEXT_ENCODER ? 0 : 1).flop;
  return TRUE;
}

double
limn_job_encode_flop (LimnJob *job, LimnNetwork role)
{
  LimnModel *model = limn_job_model (job, role);
  LimnConditioner conditioner = limn_conditioner_for_model (model);
  LimnCaption captions[2];
  int rows = captions_of (job->request, captions);
  Counting counting = {
    .encoding = { .job = job,
                  .role = role == LIMN_NETWORK_REFINER ? LIMN_NETWORK_REFINER_ENCODERS : LIMN_NETWORK_ENCODERS,
                  .model = model },
    .served = limn_residents_serves (job->engine->residents, model, role == LIMN_NETWORK_REFINER),
  };

  conditioner.encode = count_cb;
  conditioner.data = &counting;
  limn_conditioning_free (limn_conditioning_new (&conditioner, captions, rows, NULL));
  return counting.flop;
}

int
limn_job_tokens (const LimnJob *job, LimnNetwork role)
{
  LimnConditioner conditioner = limn_conditioner_for_model (limn_job_model (job, role));
  LimnCaption captions[2];
  int rows = captions_of (job->request, captions);

  return limn_conditioning_tokens (&conditioner, captions, rows);
}

void
limn_job_note_loras (LimnJob *job)
{
  const LimnRequest *request = job->request;
  const char *const texts[] = { request->prompt, request->prompt_2, request->negative, request->negative_2 };
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i] != NULL)
      g_free (limn_prompt_without_loras (texts[i], names));
  for (guint i = 0; i < names->len; i++)
    limn_job_note (
        job, _ ("The LoRA \"%s\" is not applied: this version of Limn paints without LoRAs, so its tag was left out"),
        (const char *) g_ptr_array_index (names, i));
}
