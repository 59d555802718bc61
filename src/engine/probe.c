/* probe.c - see probe.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/probe.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/rng.h"
#include "engine/model.h"
#include "engine/schedule.h"

#define MOST 1.25   /* shares beyond this are no answer of any kind */
#define WHOLE 0.75  /* and from here on all of the noise */
#define LITTLE 0.25 /* down from here next to nothing of it */
#define NEAR 0.22   /* the rest that one has who predicts the noise; the average of SDXL's latents is 0.25 */
#define CELL 4

/* ---- Judging ---- */

/* The diagonal detail of 2 x 2 cells. */
static double
detail (const float *cell, int width)
{
  return 0.5 * ((double) cell[0] - cell[1] - cell[width] + cell[width + 1]);
}

static double
measure_share (const float *noise, const float *answer, int planes, int height, int width)
{
  double both = 0, own = 0;

  for (int row = 0; row + 1 < planes * height; row += 2)
    for (int x = 0; x + 1 < width; x += 2) {
      gsize at = (gsize) row * (gsize) width + (gsize) x;
      double one = detail (noise + at, width);

      both += one * detail (answer + at, width);
      own += one * one;
    }
  return own > 0 ? both / own : NAN;
}

/* Of its mean in cells of 4 x 4, where there is little of what a network says at random. */
static double
measure_rest (const float *noise, const float *answer, int planes, int height, int width, double share)
{
  double squares = 0;
  int cells = 0;

  for (int row = 0; row + CELL <= planes * height; row += CELL)
    for (int x = 0; x + CELL <= width; x += CELL, cells++) {
      double sum = 0;

      for (int i = 0; i < CELL * CELL; i++) {
        gsize at = (gsize) (row + i / CELL) * (gsize) width + (gsize) (x + i % CELL);
        sum += answer[at] - share * noise[at];
      }
      squares += sum * sum / (CELL * CELL * CELL * CELL);
    }
  return cells > 0 ? sqrt (squares / cells) : NAN;
}

LimnProbe
limn_probe_judge (const float *noise, const float *answer, int planes, int height, int width, double left)
{
  LimnProbe probe = { .share = measure_share (noise, answer, planes, height, width) };

  probe.rest = measure_rest (noise, answer, planes, height, width, probe.share);
  if (probe.share >= WHOLE && probe.share <= MOST && isfinite (probe.rest)) {
    probe.told = TRUE;
    probe.prediction = probe.rest < NEAR ? LIMN_PREDICTS_NOISE : LIMN_PREDICTS_FLOW;
  } else if (fabs (probe.share) <= LITTLE && isfinite (probe.rest)) {
    probe.told = TRUE;
    probe.prediction = probe.share > left / 2 ? LIMN_PREDICTS_VELOCITY : LIMN_PREDICTS_VELOCITY_ZSNR;
  }
  return probe;
}

/* ---- Asking ---- */

typedef struct {
  const LimnMonitor *monitor;
  const float *noise;
  double sigma;
  LimnProbe *probe;
  double left;
  gboolean asked;
} Asking;

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  const LimnMonitor *monitor = ((Asking *) data)->monitor;

  if (monitor != NULL && monitor->progress != NULL)
    monitor->progress (progress, monitor->data);
}

/* Read as noise, where a step points is what it began at less sigma times the answer. */
static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  Asking *asking = data;
  gsize n = (gsize) preview->planes * (gsize) preview->height * (gsize) preview->width;
  g_autofree float *answer = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    answer[i] = (float) ((preview->did.latents[i] - (double) preview->did.denoised[i]) / asking->sigma);
  *asking->probe =
      limn_probe_judge (asking->noise, answer, preview->planes, preview->height, preview->width, asking->left);
  asking->asked = TRUE;
}

/* Nothing is to be drawn of the answer. */
static gboolean
cancelled_cb (gpointer data)
{
  const Asking *asking = data;
  const LimnMonitor *monitor = asking->monitor;

  return asking->asked || (monitor != NULL && monitor->cancelled != NULL && monitor->cancelled (monitor->data));
}

static void
init_request (LimnRequest *request, LimnModel *model)
{
  limn_request_init (request, model);
  request->prompt = "";
  request->steps = 1;
  request->guidance = 1;
  request->sampler = "euler";
  request->schedule = "trailing";
  request->prediction = limn_prediction_row (LIMN_PREDICTS_NOISE)->choice.name;
  request->width = request->height = MAX (MIN (request->width, request->height) / 128 * 64, 128);
}

gboolean
limn_engine_probe (LimnEngine *engine, LimnModel *model, const LimnMonitor *monitor, LimnProbe *probe, GError **error)
{
  LimnScheduleConfig config = *limn_checkpoint_schedule (limn_model_checkpoint (model));
  LimnRequest request;

  *probe = (LimnProbe){ 0 };
  if (limn_model_is_refiner (model)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("%s is a refiner, which knows the last steps only: its answer to noise tells nothing"),
                 limn_model_name (model));
    return FALSE;
  }
  init_request (&request, model);
  limn_schedule_config_predict (&config, LIMN_PREDICTS_NOISE);
  g_autoptr (LimnSchedule) schedule = limn_schedule_new (&config, request.schedule, request.steps);
  const LimnLatentShape shape = limn_model_latent_shape (model, request.width, request.height);
  g_autofree float *noise = g_new (float, shape.values);
  g_autoptr (LimnRng) rng = limn_rng_new (LIMN_RNG_TORCH, 0);
  Asking asking = { .monitor = monitor,
                    .noise = noise,
                    .sigma = schedule->sigmas[0],
                    .left = 1 / hypot (1, schedule->sigmas[0]),
                    .probe = probe };
  const LimnMonitor own = { progress_cb, preview_cb, cancelled_cb, &asking };
  g_autoptr (GError) local = NULL;

  limn_rng_normal (rng, noise, shape.values);
  request.noise = noise;
  limn_result_free (limn_engine_generate (engine, &request, &own, &local));
  if (asking.asked)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
