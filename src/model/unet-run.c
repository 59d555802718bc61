/* unet-run.c - a U-Net on a device: built for a shape, told of a prompt, run step by step.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/unet.h"

#include <math.h>
#include <string.h>

#include "model/survey.h"
#include "model/traced.h"
#include "model/written.h"

struct _LimnUnet {
  LimnGpu *gpu; /* borrowed */
  LimnCheckpoint *checkpoint;
  LimnNet *net;
  LimnUnetConfig config;
  LimnNetworkShape shape;
  LimnUnetPlans plans;
  float guidance;
};

/* A shape that could not be built is none. */
static gboolean
build (LimnUnet *unet, const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  limn_unet_plans_clear (&unet->plans);
  unet->shape = *shape;
  limn_unet_write (unet->net, &unet->config, shape, &unet->plans);
  limn_net_fit (unet->net, unet->plans.step, unet->plans.prepare, shape->room);
  if (limn_net_finish_part (unet->net, unet->plans.step, unet->gpu, unet->checkpoint, LIMN_PART_UNET, tick, error)
      && limn_net_finish_part (unet->net, unet->plans.prepare, unet->gpu, unet->checkpoint, LIMN_PART_UNET, tick,
                               error))
    return TRUE;
  limn_unet_plans_clear (&unet->plans);
  return FALSE;
}

LimnUnet *
limn_unet_new_traced (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision, const LimnNetworkShape *shape,
                      const LimnTrace *trace, const LimnTick *tick, GError **error)
{
  g_autoptr (LimnUnet) unet = g_new0 (LimnUnet, 1);

  unet->gpu = gpu;
  unet->checkpoint = limn_checkpoint_ref (checkpoint);
  unet->config = *limn_checkpoint_unet (checkpoint);
  unet->guidance = 1;
  unet->net = limn_net_new (limn_gpu_limits (gpu), limn_store_for (precision));
  limn_net_set_trace (unet->net, trace);
  return build (unet, shape, tick, error) ? g_steal_pointer (&unet) : NULL;
}

LimnUnet *
limn_unet_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision, const LimnNetworkShape *shape,
               const LimnTick *tick, GError **error)
{
  return limn_unet_new_traced (gpu, checkpoint, precision, shape, NULL, tick, error);
}

void
limn_unet_free (LimnUnet *unet)
{
  if (unet == NULL)
    return;
  limn_unet_plans_clear (&unet->plans);
  limn_net_free (unet->net);
  limn_checkpoint_unref (unet->checkpoint);
  g_free (unet);
}

gboolean
limn_unet_reshape (LimnUnet *unet, const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  if (memcmp (shape, &unet->shape, sizeof *shape) == 0 && unet->plans.prepare != NULL)
    return TRUE;
  g_return_val_if_fail (shape->room == 0 && unet->shape.room == 0, FALSE);
  return build (unet, shape, tick, error);
}

const LimnNetworkShape *
limn_unet_shape (LimnUnet *unet)
{
  return &unet->shape;
}

/* Vaswani et al. 2017, cosines first: channels values of position. */
static void
sinusoids (double position, int channels, float *out)
{
  int half = channels / 2;

  for (int i = 0; i < half; i++) {
    float angle = (float) position * (float) exp (-log (10000.0) * i / half);
    out[i] = cosf (angle);
    out[half + i] = sinf (angle);
  }
}

void
limn_unet_guidance_embedding (double guidance, int channels, float *out)
{
  int half = channels / 2;

  for (int i = 0; i < half; i++) {
    float angle = (float) ((guidance - 1) * 1000) * (float) exp (-log (10000.0) * i / (half - 1));
    out[i] = sinf (angle);
    out[half + i] = cosf (angle);
  }
}

static void
write_guidance (LimnUnet *unet)
{
  gsize channels = (gsize) unet->config.guidance_channels, rows = (gsize) unet->shape.steps * (gsize) unet->shape.batch;
  g_autofree float *all = g_new (float, rows *channels + 1);

  if (channels == 0)
    return;
  limn_unet_guidance_embedding (unet->guidance, (int) channels, all);
  for (gsize row = 1; row < rows; row++)
    memcpy (all + row * channels, all, channels * sizeof (float));
  limn_plan_write_rows (unet->plans.prepare, unet->plans.guidance, all);
}

static void
write_embeddings (LimnUnet *unet, const float *pooled, const float *time_ids, const float *timesteps, int n_timesteps)
{
  const LimnUnetConfig *config = &unet->config;
  int batch = unet->shape.batch, rows = unet->shape.steps * batch, sizes = config->time_ids * config->time_id_channels;
  gsize width = (gsize) config->pooled_channels + sizes;
  g_autofree float *time = g_new0 (float, (gsize) rows * config->channels[0]);
  g_autofree float *added = g_new0 (float, rows *width + 1);

  for (int row = 0; row < n_timesteps * batch; row++) {
    int item = row % batch;

    sinusoids (timesteps[row / batch], config->channels[0], time + (gsize) row * config->channels[0]);
    if (config->time_ids == 0)
      continue;
    memcpy (added + row * width, pooled + (gsize) item * config->pooled_channels,
            sizeof (float) * config->pooled_channels);
    for (int i = 0; i < config->time_ids; i++)
      sinusoids (time_ids[item * config->time_ids + i], config->time_id_channels,
                 added + row * width + config->pooled_channels + i * config->time_id_channels);
  }
  limn_plan_write_rows (unet->plans.prepare, unet->plans.time, time);
  if (config->time_ids > 0)
    limn_plan_write_rows (unet->plans.prepare, unet->plans.added, added);
}

void
limn_unet_set_guidance (LimnUnet *unet, double guidance)
{
  unet->guidance = (float) guidance;
}

void
limn_unet_set_against (LimnUnet *unet, const float *context)
{
  g_return_if_fail (unet->shape.nag.scale > 0);

  limn_plan_write_rows (unet->plans.prepare, unet->plans.against, context);
}

void
limn_unet_set_region (LimnUnet *unet, int index, const float *context, const float *against)
{
  g_return_if_fail (index < unet->shape.regions);

  limn_plan_write_rows (unet->plans.prepare, unet->plans.regions[index], context);
  if (unet->shape.nag.scale > 0)
    limn_plan_write_rows (unet->plans.prepare, unet->plans.regions_against[index], against);
}

void
limn_unet_share_out (LimnUnet *unet, LimnUnetShares shares, gpointer data)
{
  for (int i = 0; i < unet->plans.n_grids; i++) {
    const LimnArray grid = unet->plans.grids[i];
    g_autofree float *values = g_new (float, (gsize) grid.h *grid.w *grid.c);

    shares (grid.h, grid.w, values, data);
    limn_plan_write_rows (unet->plans.step, grid, values);
  }
}

/* type: -1: none. */
static void
set_type (LimnUnet *unet, int index, int type)
{
  const LimnControlConfig *own = &unet->config.controls[index];
  const LimnUnionPlan *plan = &unet->plans.unions[index];
  const gsize rows = (gsize) unet->shape.steps * (gsize) unet->shape.batch;
  const gsize channels = (gsize) own->type_channels, width = (gsize) own->types * channels;
  g_autofree float *types = g_new (float, rows *width), *kind = g_new0 (float, own->types);
  g_autofree float *zeros = g_new0 (float, unet->config.channels[0]);

  for (int i = 0; i < own->types; i++) {
    kind[i] = i == type ? 1 : 0;
    sinusoids ((double) kind[i], own->type_channels, types + (gsize) i * channels);
  }
  for (gsize row = 1; row < rows; row++)
    memcpy (types + row * width, types, width * sizeof (float));
  limn_plan_write_rows (unet->plans.prepare, plan->types, types);
  limn_plan_write_rows (unet->plans.prepare, plan->kind, kind);
  limn_plan_write_rows (unet->plans.prepare, plan->blind, zeros);
  limn_plan_write_rows (unet->plans.prepare, plan->none, zeros);
  *(float *) limn_plan_map (unet->plans.prepare, plan->told) = type >= 0 ? 1 : 0;
}

void
limn_unet_set_control (LimnUnet *unet, int index, const float *picture, int type)
{
  g_return_if_fail ((unet->shape.controls >> index & 1) != 0);
  g_return_if_fail (type < MAX (unet->config.controls[index].types, 1));

  const LimnAdapterConfig *adapter = &unet->config.controls[index].adapter;
  g_autofree float *sorted = adapter->factor > 0 ? limn_adapter_sort (adapter, &unet->shape, picture) : NULL;

  limn_plan_write_nchw (unet->plans.prepare, unet->plans.pictures[index], sorted != NULL ? sorted : picture);
  if (unet->config.controls[index].types > 0)
    set_type (unet, index, type);
}

void
limn_unet_set_share_at (LimnUnet *unet, int index, LimnIpPlace place, float share)
{
  g_return_if_fail ((unet->shape.controls >> index & 1) != 0);

  ((float *) limn_plan_map (unet->plans.step, unet->plans.shares))[(int) place * LIMN_MOST_CONTROLS + index] = share;
}

void
limn_unet_set_share (LimnUnet *unet, int index, float share)
{
  for (int place = 0; place < LIMN_IP_PLACES; place++)
    limn_unet_set_share_at (unet, index, (LimnIpPlace) place, share);
}

gboolean
limn_unet_set_answers (LimnUnet *unet, int index, const float *answers, GError **error)
{
  const LimnIpConfig *own = &unet->config.controls[index].ip;
  g_autofree char *name = g_strdup_printf ("controls.%d." LIMN_IP_QUERIES, index);
  const gsize n = (gsize) own->tokens * (gsize) own->width, batch = (gsize) unet->shape.batch;
  LimnTensorView view;

  g_return_val_if_fail ((unet->shape.controls >> index & 1) != 0 && own->kind != LIMN_IP_NONE, FALSE);

  limn_plan_write_rows (unet->plans.prepare, unet->plans.pictures[index], answers);
  if (own->kind != LIMN_IP_RESAMPLED)
    return TRUE;
  if (!limn_checkpoint_find (unet->checkpoint, LIMN_PART_UNET, name, &view, error))
    return FALSE;
  g_autofree float *one = limn_tensor_view_read (&view), *all = g_new (float, batch *n);
  for (gsize i = 0; i < batch; i++)
    memcpy (all + i * n, one, n * sizeof (float));
  limn_plan_write_rows (unet->plans.prepare, unet->plans.queries[index], all);
  return TRUE;
}

gboolean
limn_unet_prepare (LimnUnet *unet, const float *context, const float *pooled, const float *time_ids,
                   const float *timesteps, int n_timesteps, const LimnTick *tick, GError **error)
{
  g_return_val_if_fail (n_timesteps > 0 && n_timesteps <= unet->shape.steps, FALSE);

  limn_plan_write_rows (unet->plans.prepare, unet->plans.context, context);
  write_embeddings (unet, pooled, time_ids, timesteps, n_timesteps);
  write_guidance (unet);
  return limn_plan_run (unet->plans.prepare, tick, error);
}

gboolean
limn_unet_run (LimnUnet *unet, int step, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  g_return_val_if_fail (step >= 0 && step < unet->shape.steps, FALSE);

  *(gint32 *) limn_plan_map (unet->plans.step, unet->plans.at) = step;
  limn_plan_write_nchw (unet->plans.step, unet->plans.sample, sample);
  if (!limn_plan_run (unet->plans.step, tick, error))
    return FALSE;
  limn_plan_read_nchw (unet->plans.step, unet->plans.out, out);
  return TRUE;
}

float *
limn_unet_looked (LimnUnet *unet, int *height, int *width)
{
  const LimnArray looked = unet->plans.looked;
  const gsize n = (gsize) looked.n * (gsize) looked.h * (gsize) looked.w, heads = (gsize) looked.c;
  g_autofree float *all = g_new (float, n *heads);
  float *means = g_new (float, n);

  g_return_val_if_fail (looked.id != 0, NULL);

  limn_plan_read_rows (unet->plans.step, looked, all);
  for (gsize i = 0; i < n; i++) {
    double sum = 0;

    for (gsize head = 0; head < heads; head++)
      sum += all[i * heads + head];
    means[i] = (float) (sum / (double) heads);
  }
  *height = looked.h;
  *width = looked.w;
  return means;
}

LimnPlan *
limn_unet_plan (LimnUnet *unet)
{
  return unet->plans.step;
}

/* ---- Its row ---- */

static gconstpointer
kind_config (const LimnNetworkKind *kind, LimnCheckpoint *checkpoint, gsize *bytes)
{
  *bytes = sizeof (LimnUnetConfig);
  return limn_checkpoint_unet (checkpoint);
}

static LimnSurvey
kind_survey (const LimnNetworkKind *kind, const LimnGpuLimits *limits, gconstpointer config, LimnPrecision precision,
             const LimnNetworkShape *shape)
{
  return limn_survey_unet (limits, config, precision, shape);
}

static gpointer
kind_build (const LimnNetworkKind *kind, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
            const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  LimnUnet *unet = limn_unet_new (gpu, checkpoint, precision, shape, tick, error);

  limn_checkpoint_release_pages (checkpoint, kind->part);
  return unet;
}

static gboolean
kind_reshape (gpointer network, const LimnNetworkShape *shape, const LimnTick *tick, GError **error)
{
  return limn_unet_reshape (network, shape, tick, error);
}

static gboolean
kind_exchange (gpointer network, LimnCheckpoint *checkpoint, const LimnTick *tick, GError **error)
{
  LimnUnet *unet = network;
  gboolean good = limn_net_exchange_part (unet->net, unet->checkpoint, checkpoint, LIMN_PART_UNET, tick, error)
                  && limn_net_rebind (unet->net, unet->plans.step, error)
                  && limn_net_rebind (unet->net, unet->plans.prepare, error);

  limn_checkpoint_unref (unet->checkpoint);
  unet->checkpoint = limn_checkpoint_ref (checkpoint);
  limn_checkpoint_release_pages (checkpoint, LIMN_PART_UNET);
  return good;
}

const LimnNetworkKind limn_unet_kind = {
  .part = LIMN_PART_UNET,
  .config = kind_config,
  .survey = kind_survey,
  .build = kind_build,
  .reshape = kind_reshape,
  .free = (GDestroyNotify) limn_unet_free,
  .exchange = kind_exchange,
};
