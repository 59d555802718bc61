/* job-text.c - the prompts of a run, encoded; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "base/i18n.h"
#include "engine/conditioning.h"
#include "engine/model.h"
#include "engine/request.h"
#include "model/clip.h"
#include "model/unet.h"
#include "text/prompt-loras.h"

#include <string.h>

typedef struct {
  LimnJob *job;
  const LimnAct *act;
  int done, count; /* chunks */
} Encoding;

/* Which of act's networks it is. */
static int
find_encoder (const LimnAct *act, LimnPartId which)
{
  for (int k = 0; k < act->n_uses; k++)
    if (act->uses[k].network.kind->part == which)
      return k;
  g_assert_not_reached ();
}

static gboolean
is_finite (const LimnClipConfig *config, const float *hidden, const float *pooled, gsize n_pooled)
{
  return limn_all_finite (hidden, (gsize) LIMN_CHUNK_TOKENS * config->width)
         && (pooled == NULL || limn_all_finite (pooled, n_pooled));
}

static const float *
find_first_cb (gpointer embeddings, int id)
{
  return limn_embeddings_vector (embeddings, 0, id);
}

static const float *
find_second_cb (gpointer embeddings, int id)
{
  return limn_embeddings_vector (embeddings, 1, id);
}

/* One try at the precision that the encoder has now. */
static gboolean
encode_once (Encoding *encoding, const LimnNetwork *encoder, const int *ids, float *hidden, float *pooled,
             GError **error)
{
  LimnJob *job = encoding->job;
  LimnClip *clip = limn_job_fetch (job, encoding->act, encoder, error);
  gboolean first = encoder->kind->part == LIMN_PART_TEXT_ENCODER;
  const LimnClipVectors vectors = { first ? find_first_cb : find_second_cb, limn_model_embeddings (encoder->model) };
  LimnSpan span;

  if (clip == NULL)
    return FALSE;
  limn_span_init (&span, &job->clock->tick, (double) encoding->done / encoding->count,
                  (double) (encoding->done + 1) / encoding->count);
  return limn_clip_encode (clip, ids, &vectors, hidden, pooled, &span.tick, error);
}

static gboolean
encode_new (Encoding *encoding, const LimnNetwork *encoder, const int *ids, float *hidden, float *pooled,
            gsize n_pooled, GError **error)
{
  LimnJob *job = encoding->job;
  const LimnPartId which = encoder->kind->part;
  const LimnClipConfig *config = limn_checkpoint_clip (limn_model_checkpoint (encoder->model), which);
  int number = which == LIMN_PART_TEXT_ENCODER ? 1 : 2;

  if (!encode_once (encoding, encoder, ids, hidden, pooled, error))
    return FALSE;
  if (is_finite (config, hidden, pooled, n_pooled))
    return TRUE;
  if (limn_residents_raise (job->engine->residents, encoder)) {
    job->redone = TRUE;
    limn_job_note (job, _ ("Text encoder %d of %s overflowed in fp16; redone in fp32"), number,
                   limn_model_name (encoder->model));
    if (!encode_once (encoding, encoder, ids, hidden, pooled, error))
      return FALSE;
    if (is_finite (config, hidden, pooled, n_pooled))
      return TRUE;
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_NUMERIC,
               _ ("Text encoder %d of %s gave values that are not numbers, in fp32 too: its file may be damaged"),
               number, limn_model_name (encoder->model));
  return FALSE;
}

/* NULL where it is not known, or lacks the pooled vector that is asked for. */
static const LimnEncoding *
recall (const LimnJob *job, const LimnNetwork *encoder, const int *ids, gboolean pooled)
{
  const LimnEncoding *known = limn_residents_find_encoding (job->engine->residents, encoder, ids);

  return known != NULL && pooled && known->pooled == NULL ? NULL : known;
}

static gboolean
encode_cb (LimnPartId which, const int *ids, float *hidden, float *pooled, gpointer data, GError **error)
{
  Encoding *encoding = data;
  LimnJob *job = encoding->job;
  const LimnNetwork *encoder = &encoding->act->uses[find_encoder (encoding->act, which)].network;
  const LimnClipConfig *config = limn_checkpoint_clip (limn_model_checkpoint (encoder->model), which);
  gsize n_hidden = (gsize) LIMN_CHUNK_TOKENS * config->width, n_pooled = config->projection;
  const LimnEncoding *known = recall (job, encoder, ids, pooled != NULL);

  if (known != NULL) {
    memcpy (hidden, known->hidden, n_hidden * sizeof (float));
    if (pooled != NULL)
      memcpy (pooled, known->pooled, n_pooled * sizeof (float));
  } else {
    if (!encode_new (encoding, encoder, ids, hidden, pooled, n_pooled, error))
      return FALSE;
    limn_residents_add_encoding (job->engine->residents, encoder, ids, hidden, n_hidden, pooled, n_pooled);
  }
  encoding->done++;
  return TRUE;
}

/* The words that a request's LoRAs bring along. */
static void
use_bundles (const LimnRequest *request, LimnModel *model)
{
  g_autoptr (GPtrArray) loras = limn_request_loras (request, NULL);
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();

  for (guint i = 0; loras != NULL && i < loras->len; i++) {
    const LimnRequestLora *lora = loras->pdata[i];

    if (lora->model == model)
      g_ptr_array_add (paths, (gpointer) limn_lora_path (lora->lora));
  }
  g_ptr_array_add (paths, NULL);
  limn_embeddings_set_bundles (limn_model_embeddings (model), (const char *const *) paths->pdata);
}

/* As job's request has its prompts read by model. */
static LimnConditioner
conditioner_of (const LimnJob *job, LimnModel *model)
{
  LimnConditioner conditioner = limn_conditioner_for_model (model);

  use_bundles (job->request, model);
  conditioner.emphasis = limn_emphasis_find (job->request->emphasis);
  return conditioner;
}

static gboolean
encode (LimnJob *job, const LimnAct *act, GError **error)
{
  LimnModel *model = act->uses[0].network.model;
  LimnConditioner conditioner = conditioner_of (job, model);
  const LimnCaption *captions = job->script->captions;
  int rows = job->script->n_captions;
  Encoding encoding = {
    .job = job,
    .act = act,
    .count = limn_conditioning_count (&conditioner, captions, rows),
  };

  conditioner.encode = encode_cb;
  conditioner.data = &encoding;
  LimnConditioning *told = limn_conditioning_new (&conditioner, captions, rows, error);
  if (told != NULL)
    g_hash_table_insert (job->told, model, told);
  return told != NULL;
}

/* Counts instead of encoding. */
typedef struct {
  const LimnJob *job;
  LimnAct *act;
} Counting;

static gboolean
count_cb (LimnPartId which, const int *ids, float *hidden, float *pooled, gpointer data, GError **error)
{
  const Counting *counting = data;
  LimnUse *use = &counting->act->uses[find_encoder (counting->act, which)];

  if (recall (counting->job, &use->network, ids, pooled != NULL) == NULL)
    use->evaluations++;
  return TRUE;
}

LimnAct *
limn_job_act_encode (const LimnJob *job, LimnModel *model)
{
  /* A chunk at a time: with the encodings kept by chunk, mostly one is new. */
  const LimnNetworkShape shape = { .batch = 1, .skipped = job->request->clip_skip };
  LimnAct *act = g_new0 (LimnAct, 1);
  LimnConditioner conditioner = conditioner_of (job, model);
  Counting counting = { job, act };

  act->stage = LIMN_STAGE_ENCODE;
  act->run = encode;
  for (guint k = 0; k < G_N_ELEMENTS (limn_clip_kinds); k++)
    limn_job_use (job, act, &limn_clip_kinds[k], model, &shape, 0);
  conditioner.encode = count_cb;
  conditioner.data = &counting;
  limn_conditioning_free (limn_conditioning_new (&conditioner, job->script->captions, job->script->n_captions, NULL));
  return act;
}

int
limn_job_tokens (const LimnJob *job, LimnModel *model)
{
  LimnConditioner conditioner = conditioner_of (job, model);

  return limn_conditioning_tokens (&conditioner, job->script->captions, job->script->n_captions);
}

/* What of a LoRA does nothing. */
static void
note_lora (LimnJob *job, const LimnRequestLora *lora)
{
  const char *const *unmatched = limn_lora_unmatched (lora->lora);

  if (*unmatched != NULL)
    /* translators: a LoRA's name, two numbers, a model, the name of a tensor */
    limn_job_note (job, _ ("LoRA “%s”: %u of %u parts are for %s; what is not, such as %.100s, changes nothing"),
                   lora->name, limn_lora_matched (lora->lora), limn_lora_modules (lora->lora),
                   limn_model_name (lora->model), *unmatched);
  if (lora->unread != NULL)
    limn_job_note (job, _ ("LoRA “%s”: “%s” in its tag means nothing to Limn"), lora->name, lora->unread);
}

void
limn_job_note_loras (LimnJob *job)
{
  const LimnRequest *request = job->request;
  const char *const texts[] = { request->negative, request->negative_2 };
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) loras = limn_request_loras (request, NULL), idle = limn_request_idle_loras (request);

  for (guint i = 0; loras != NULL && i < loras->len; i++)
    note_lora (job, loras->pdata[i]);
  for (guint i = 0; i < idle->len; i++)
    limn_job_note (job, _ ("LoRA “%s” is not applied: its tag says “stage=”, of a model that this picture has not"),
                   (const char *) idle->pdata[i]);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i] != NULL)
      g_free (limn_prompt_without_loras (texts[i], names));
  for (guint i = 0; i < names->len; i++)
    limn_job_note (job,
                   _ ("LoRA “%s” is not applied: it is named in the negative prompt, but a LoRA changes the model for "
                      "both prompts"),
                   (const char *) g_ptr_array_index (names, i));
}

void
limn_job_note_guidance (LimnJob *job)
{
  const LimnRequest *request = job->request;
  gboolean negative = limn_request_negative (request, 0) != NULL || limn_request_negative (request, 1) != NULL;

  if (negative && limn_model_is_told_guidance (request->model) && request->nag <= 0 && !limn_script_joins (job->script))
    limn_job_note (job, _ ("%s is told the guidance instead of being asked twice: the negative prompt does nothing"),
                   limn_model_name (request->model));
  if (request->sag > 0 && limn_model_is_told_guidance (request->model))
    limn_job_note (job,
                   _ ("%s is told the guidance instead of being asked twice: self-attention guidance does nothing"),
                   limn_model_name (request->model));
  else if (request->sag > 0 && !limn_unet_watches (limn_checkpoint_unet (limn_model_checkpoint (request->model))))
    limn_job_note (job, _ ("%s has no attention in its middle: self-attention guidance does nothing"),
                   limn_model_name (request->model));
}

void
limn_job_note_regions (LimnJob *job)
{
  g_autoptr (GPtrArray) regions = limn_regions_read (job->request->regions, NULL);

  for (guint i = 0; regions != NULL && i < regions->len; i++) {
    LimnRegion *region = regions->pdata[i];

    if (!limn_region_counts (region) && region->weight > 0)
      limn_job_note (job, _ ("Region %u has no prompt, or no steps, and is left out"), i + 1);
  }
}

void
limn_job_note_embeddings (LimnJob *job)
{
  LimnModel *const models[] = { job->request->model, job->request->refiner };

  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    g_autoptr (GPtrArray) problems =
        models[i] != NULL ? limn_embeddings_take_problems (limn_model_embeddings (models[i])) : NULL;

    for (guint k = 0; problems != NULL && k < problems->len; k++)
      limn_job_note (job, "%s", (const char *) problems->pdata[k]);
  }
}
