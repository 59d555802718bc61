/* bench.c - one evaluation of each stage, timed kernel by kernel; see limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/conditioning.h"
#include "engine/engine.h"
#include "engine/model.h"
#include "model/clip.h"
#include "model/measure.h"
#include "model/unet.h"
#include "model/vae.h"

#include <string.h>

#define RUNS 3
#define ENOUGH_SECONDS 5 /* of a stage's runs */

typedef struct {
  LimnEngine *engine;
  LimnModel *model;
  LimnLatentShape latent;
  LimnTick tick;
  const LimnMonitor *monitor;
  LimnBenchReport *report;
} Bench;

static gboolean
tick_cb (double fraction, gpointer data)
{
  const LimnMonitor *monitor = data;

  return monitor == NULL || monitor->cancelled == NULL || !monitor->cancelled (monitor->data);
}

static void
row_free (LimnBenchRow *row)
{
  g_free (row->stage);
  g_free (row->kernel);
  g_free (row);
}

void
limn_bench_report_free (LimnBenchReport *report)
{
  if (report == NULL)
    return;
  g_ptr_array_unref (report->rows);
  g_free (report);
}

/* The network, by itself on the device. */
static gpointer
fetch (Bench *bench, const LimnNetworkKind *kind, LimnNetworkShape shape, GError **error)
{
  const LimnAct act = { .uses = { { .network = { kind, bench->model, LIMN_PRECISION_AUTO, shape } } }, .n_uses = 1 };

  limn_residents_begin (bench->engine->residents, &act, LIMN_RESIDENCY_ONE);
  return limn_residents_fetch (bench->engine->residents, &act, &act.uses[0].network, &bench->tick, error);
}

/* The report's row of a kernel in a stage, which may be a new one. */
static LimnBenchRow *
row_of (LimnBenchReport *report, const char *stage, const LimnProfileRow *from)
{
  LimnBenchRow *row;

  for (guint i = 0; i < report->rows->len; i++) {
    row = g_ptr_array_index (report->rows, i);
    if (strcmp (row->stage, stage) == 0 && strcmp (row->kernel, from->kernel) == 0)
      return row;
  }
  row = g_new0 (LimnBenchRow, 1);
  row->stage = g_strdup (stage);
  row->kernel = g_strdup (from->kernel);
  row->dispatches = from->dispatches;
  row->seconds = from->seconds;
  row->gflop = from->gflop;
  row->gbytes = from->gbytes;
  g_ptr_array_add (report->rows, row);
  return row;
}

/* plan has run once, so that no pipeline is compiled under the clock.  Of short ones the best of some runs. */
static gboolean
profile (Bench *bench, const char *stage, LimnPlan *plan, GError **error)
{
  double spent = 0;

  for (int run = 0; run == 0 || (run < RUNS && spent < ENOUGH_SECONDS); run++) {
    g_autoptr (GArray) timed = limn_plan_profile (plan, &bench->tick, error);

    if (timed == NULL)
      return FALSE;
    for (guint i = 0; i < timed->len; i++) {
      const LimnProfileRow *from = &g_array_index (timed, LimnProfileRow, i);
      LimnBenchRow *row = row_of (bench->report, stage, from);

      row->seconds = MIN (row->seconds, from->seconds);
      spent += from->seconds;
    }
  }
  return TRUE;
}

static gboolean
bench_encoder (Bench *bench, const LimnNetworkKind *kind, const char *stage, GError **error)
{
  const LimnPartId which = kind->part;
  const LimnClipConfig *config = limn_checkpoint_clip (limn_model_checkpoint (bench->model), which);
  int n;

  if (config == NULL)
    return TRUE;

  g_autofree int *ids = limn_tokenizer_chunks (limn_model_tokenizer (bench->model, which), "a prompt",
                                               limn_model_pad (bench->model, which), 1, &n);
  g_autofree float *hidden = g_new (float, (gsize) LIMN_CHUNK_TOKENS * config->width);
  LimnClip *clip = fetch (bench, kind, (LimnNetworkShape){ .batch = 1 }, error);
  return clip != NULL && limn_clip_encode (clip, ids, NULL, hidden, NULL, &bench->tick, error)
         && profile (bench, stage, limn_clip_plan (clip), error);
}

/* One guided step: a batch of two. */
static gboolean
bench_unet (Bench *bench, GError **error)
{
  const LimnUnetConfig *config = limn_checkpoint_unet (limn_model_checkpoint (bench->model));
  LimnNetworkShape shape = { 2, bench->latent.height, bench->latent.width, LIMN_CHUNK_TOKENS, 1 };
  gsize n = 2 * bench->latent.values;
  g_autofree float *context = g_new0 (float, (gsize) 2 * LIMN_CHUNK_TOKENS * config->context_channels);
  g_autofree float *pooled = g_new0 (float, (gsize) 2 * config->pooled_channels);
  g_autofree float *sample = g_new0 (float, n);
  g_autofree float *out = g_new (float, n);
  float time_ids[12] = { 0 }, timestep = 500;
  LimnUnet *unet = fetch (bench, &limn_unet_kind, shape, error);

  return unet != NULL && limn_unet_prepare (unet, context, pooled, time_ids, &timestep, 1, &bench->tick, error)
         && limn_unet_run (unet, 0, sample, out, &bench->tick, error)
         && profile (bench, limn_model_is_refiner (bench->model) ? "refiner" : "base", limn_unet_plan (unet), error);
}

static gboolean
bench_vae (Bench *bench, GError **error)
{
  const LimnLatentShape *latent = &bench->latent;
  const LimnNetworkShape shape = { .batch = 1, .height = latent->height, .width = latent->width };
  gsize pixels = (gsize) latent->factor * latent->height * latent->factor * latent->width;
  g_autofree float *latents = g_new0 (float, latent->values);
  g_autofree float *planes = g_new (float, 3 * pixels);

  if (!limn_checkpoint_has (limn_model_checkpoint (bench->model), LIMN_PART_VAE))
    return TRUE;

  LimnVae *vae = fetch (bench, &limn_vae_decoder_kind, shape, error);
  return vae != NULL && limn_vae_decode (vae, latents, planes, &bench->tick, error)
         && profile (bench, "decode", limn_vae_plan (vae), error);
}

static gboolean
bench_all (Bench *bench, GError **error)
{
  return limn_measure_matrix_rate (bench->engine->gpu, LIMN_PRECISION_AUTO, &bench->report->matrix_gflops, &bench->tick,
                                   error)
         && bench_encoder (bench, &limn_clip_kinds[0], "encode 1", error)
         && bench_encoder (bench, &limn_clip_kinds[1], "encode 2", error) && bench_unet (bench, error)
         && bench_vae (bench, error);
}

LimnBenchReport *
limn_engine_bench (LimnEngine *engine, LimnModel *model, int width, int height, const LimnMonitor *monitor,
                   GError **error)
{
  g_autoptr (LimnBenchReport) report = g_new0 (LimnBenchReport, 1);
  Bench bench = {
    .engine = engine,
    .model = model,
    .latent = limn_model_latent_shape (model, width, height),
    .tick = { tick_cb, (gpointer) monitor },
    .report = report,
  };
  LimnRequest request;

  limn_request_init (&request, model);
  request.width = width;
  request.height = height;
  /* A refiner is measured without the picture that a run of it needs. */
  if (!limn_model_is_refiner (model) && !limn_request_check (&request, error))
    return NULL;
  report->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) row_free);
  if (!bench_all (&bench, error))
    return NULL;
  return g_steal_pointer (&report);
}
