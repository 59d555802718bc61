/* clip-run.c - a text encoder on a device.
 *
 * The embedding is looked up on the CPU, straight in the mapped file: 77 rows of the 49,408.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/clip.h"

#include <string.h>

#include "base/emphasis.h"
#include "base/error.h"
#include "base/i18n.h"
#include "model/survey.h"
#include "model/traced.h"
#include "model/written.h"

struct _LimnClip {
  LimnNet *net;
  LimnClipPlan written;
  LimnCheckpoint *checkpoint;
  LimnPartId which;
  LimnClipConfig config;
  LimnTensorView tokens, positions;
  int batch;
};

/* At least one layer is read. */
static LimnClipConfig
config_for (const LimnClipConfig *config, const LimnNetworkShape *shape)
{
  LimnClipConfig skipping = *config;

  skipping.unread = CLAMP (config->unread + shape->skipped, 0, config->layers - 1);
  return skipping;
}

static LimnClip *
clip_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPartId which, LimnPrecision precision,
          const LimnNetworkShape *shape, const LimnTrace *trace, const LimnTick *tick, GError **error)
{
  int batch = shape->batch;
  g_autoptr (LimnClip) clip = g_new0 (LimnClip, 1);

  g_return_val_if_fail (limn_checkpoint_clip (checkpoint, which) != NULL && batch > 0, NULL);

  clip->config = config_for (limn_checkpoint_clip (checkpoint, which), shape);
  clip->checkpoint = limn_checkpoint_ref (checkpoint);
  clip->which = which;
  clip->batch = batch;
  if (!limn_checkpoint_find (checkpoint, which, "text_model.embeddings.token_embedding.weight", &clip->tokens, error)
      || !limn_checkpoint_find (checkpoint, which, "text_model.embeddings.position_embedding.weight", &clip->positions,
                                error))
    return NULL;
  clip->net = limn_net_new (limn_gpu_limits (gpu), limn_store_for (precision));
  limn_net_set_trace (clip->net, trace);
  limn_clip_write (clip->net, &clip->config, batch, &clip->written);
  limn_net_fit (clip->net, clip->written.plan, NULL, shape->room);
  if (!limn_net_finish_part (clip->net, clip->written.plan, gpu, checkpoint, which, tick, error))
    return NULL;
  return g_steal_pointer (&clip);
}

LimnClip *
limn_clip_new_traced (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPartId which, LimnPrecision precision, int batch,
                      const LimnTrace *trace, const LimnTick *tick, GError **error)
{
  return clip_new (gpu, checkpoint, which, precision, &(LimnNetworkShape){ .batch = batch }, trace, tick, error);
}

LimnClip *
limn_clip_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPartId which, LimnPrecision precision, int batch,
               const LimnTick *tick, GError **error)
{
  return limn_clip_new_traced (gpu, checkpoint, which, precision, batch, NULL, tick, error);
}

void
limn_clip_free (LimnClip *clip)
{
  if (clip == NULL)
    return;
  limn_plan_free (clip->written.plan);
  limn_net_free (clip->net);
  limn_checkpoint_unref (clip->checkpoint);
  g_free (clip);
}

const LimnClipConfig *
limn_clip_config (LimnClip *clip)
{
  return &clip->config;
}

static void
add_row (const LimnTensorView *view, int row, int width, float *out)
{
  for (int i = 0; i < width; i++)
    out[i] += limn_tensor_view_value (view, (guint64) row * width + i);
}

static int
seen_id (int id)
{
  return id < 0 ? LIMN_HIDDEN_ID (id) : id;
}

/* The pooled vector is read at the first end token: the largest id that the vocabulary has. */
static int
end_of (const LimnClip *clip, const int *ids)
{
  int end = 0;

  for (int t = 1; t < LIMN_CLIP_TOKENS; t++) {
    if (ids[t] > ids[end] && ids[t] < clip->config.vocabulary)
      end = t;
  }
  return end;
}

/* out: [width]; FALSE where nobody knows id. */
static gboolean
add_token (const LimnClip *clip, int id, const LimnClipVectors *vectors, float *out)
{
  const float *vector = NULL;

  if (id >= 0 && id < clip->config.vocabulary) {
    add_row (&clip->tokens, id, clip->config.width, out);
    return TRUE;
  }
  if (vectors != NULL)
    vector = vectors->find (vectors->data, id);
  for (int i = 0; vector != NULL && i < clip->config.width; i++)
    out[i] += vector[i];
  return vector != NULL;
}

gboolean
limn_clip_encode (LimnClip *clip, const int *ids, const LimnClipVectors *vectors, float *hidden, float *pooled,
                  const LimnTick *tick, GError **error)
{
  int width = clip->config.width, rows = clip->batch * LIMN_CLIP_TOKENS;
  g_autofree float *embedded = g_new0 (float, (gsize) rows *width), *unseen = g_new0 (float, rows);

  g_return_val_if_fail (pooled == NULL || clip->written.pooled.id != 0, FALSE);

  for (int i = 0; i < rows; i++) {
    unseen[i] = ids[i] < 0;
    if (!add_token (clip, seen_id (ids[i]), vectors, embedded + (gsize) i * width)) {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                   _ ("%s: the tokenizer gives id %d, but the text encoder knows %d tokens"), clip->tokens.file,
                   seen_id (ids[i]), clip->config.vocabulary);
      return FALSE;
    }
    add_row (&clip->positions, i % LIMN_CLIP_TOKENS, width, embedded + (gsize) i * width);
  }
  if (!limn_checkpoint_check_whole (clip->checkpoint, clip->which, error))
    return FALSE;
  limn_plan_write_rows (clip->written.plan, clip->written.input, embedded);
  limn_plan_write_rows (clip->written.plan, clip->written.unseen, unseen);
  if (!limn_plan_run (clip->written.plan, tick, error)
      || !limn_plan_download (clip->written.plan, clip->written.hidden, hidden, error))
    return FALSE;
  if (pooled == NULL)
    return TRUE;
  int projection = clip->config.projection;
  g_autofree float *all = g_new (float, (gsize) rows *projection);
  limn_plan_read_rows (clip->written.plan, clip->written.pooled, all);
  for (int i = 0; i < clip->batch; i++)
    memcpy (pooled + (gsize) i * projection,
            all + ((gsize) i * LIMN_CLIP_TOKENS + end_of (clip, ids + i * LIMN_CLIP_TOKENS)) * projection,
            sizeof (float) * projection);
  return TRUE;
}

LimnPlan *
limn_clip_plan (LimnClip *clip)
{
  return clip->written.plan;
}

/* ---- Its rows ---- */

static gconstpointer
kind_config (const LimnNetworkKind *kind, LimnCheckpoint *checkpoint, gsize *bytes)
{
  *bytes = sizeof (LimnClipConfig);
  return limn_checkpoint_clip (checkpoint, kind->part);
}

static LimnSurvey
kind_survey (const LimnNetworkKind *kind, const LimnGpuLimits *limits, gconstpointer config, LimnPrecision precision,
             const LimnNetworkShape *shape)
{
  const LimnClipConfig skipping = config_for (config, shape);

  return limn_survey_clip (limits, &skipping, precision, shape);
}

static gpointer
kind_build (const LimnNetworkKind *kind, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
            const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  LimnClip *clip = clip_new (gpu, checkpoint, kind->part, precision, shape, NULL, tick, error);

  limn_checkpoint_release_pages (checkpoint, kind->part);
  return clip;
}

static gboolean
kind_exchange (gpointer network, LimnCheckpoint *checkpoint, const LimnTick *tick, GError **error)
{
  LimnClip *clip = network;
  gboolean good = limn_net_exchange_part (clip->net, clip->checkpoint, checkpoint, clip->which, tick, error)
                  && limn_net_rebind (clip->net, clip->written.plan, error);

  limn_checkpoint_unref (clip->checkpoint);
  clip->checkpoint = limn_checkpoint_ref (checkpoint);
  limn_checkpoint_release_pages (checkpoint, clip->which);
  return good;
}

#define KIND(id)                                                                                                       \
  {                                                                                                                    \
    .part = id, .reads_prompt = TRUE, .config = kind_config, .survey = kind_survey, .build = kind_build,               \
    .free = (GDestroyNotify) limn_clip_free, .exchange = kind_exchange,                                                \
  }

const LimnNetworkKind limn_clip_kinds[] = { KIND (LIMN_PART_TEXT_ENCODER), KIND (LIMN_PART_TEXT_ENCODER_2) };
