/* job-noise.c - the noise of a run, each draw of which is found without the others; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "base/brownian.h"
#include "base/rng.h"
#include "engine/model.h"

#include <math.h>
#include <string.h>

static LimnRngKind
kind_of (const LimnJob *job)
{
  return job->request->noise_source == LIMN_NOISE_PHILOX ? LIMN_RNG_PHILOX : LIMN_RNG_TORCH;
}

/* The draw of that number, from 0, of a generator that makes draws of values: for all pictures of a batch at once, as
 * one tensor, of which this one's are taken.
 *
 * So is the noise that ComfyUI's steps have on a graphics card: a generator of its own there, which is given the seed
 * once and asked for a tensor of the batch's shape each time.  PyTorch's CUDA generator then moves its offset on by
 * four words a call, one block of Philox, as long as there is a thread for each value: limn_rng_normal () in its order.
 * A batch of more values than the card has threads in flight comes out otherwise on each card. */
static void
draw_nth (const LimnJob *job, LimnRngKind kind, guint64 seed, int number, float *out, gsize values)
{
  const LimnRequest *request = job->request;
  const gsize whole = values * (gsize) request->noise_batch;
  g_autoptr (LimnRng) rng = limn_rng_new (kind, seed);
  g_autofree float *batch = request->noise_batch > 1 ? g_new (float, whole) : NULL;

  limn_rng_skip (rng, (guint) number, whole);
  limn_rng_normal (rng, batch != NULL ? batch : out, whole);
  if (batch != NULL)
    memcpy (out, batch + (gsize) request->noise_index * values, values * sizeof (float));
}

/* ---- Before the steps ---- */

/* One generator, as in diffusers: the VAE's draw from the picture comes first, then the noise that is added, the VAE's
 * from what an inpainting model is shown of the picture, then that of the steps. */
static gboolean
draws_picture (const LimnJob *job)
{
  const LimnRequest *request = job->request;

  if (request->image == NULL || job->from_latents || job->like->means)
    return FALSE;
  return !limn_model_inpaints (request->model) || !limn_job_from_nothing (job);
}

int
limn_job_draws_at_start (const LimnJob *job)
{
  gboolean given = limn_model_inpaints (job->request->model) && !job->like->means;

  return (draws_picture (job) ? 1 : 0) + 1 + (given ? 1 : 0);
}

void
limn_job_draw_picture (const LimnJob *job, float *out)
{
  if (!draws_picture (job)) /* which only a refiner keeps: no draw of its own, so that none moves with it */
    limn_job_draw_given (job, out);
  else
    draw_nth (job, kind_of (job), job->request->seed, 0, out, job->values);
}

void
limn_job_draw_given (const LimnJob *job, float *out)
{
  draw_nth (job, kind_of (job), job->request->seed, limn_job_draws_at_start (job) - 1, out, job->values);
}

/* Along the arc between the two, in each column of height values, as stable-diffusion-webui has it; where they point
 * one way low stays. */
static void
mix_column (double share, float *low, const float *high, int height, int stride)
{
  double dot = 0, low_length = 0, high_length = 0, angle;

  for (int i = 0; i < height; i++) {
    dot += (double) low[i * stride] * high[i * stride];
    low_length += (double) low[i * stride] * low[i * stride];
    high_length += (double) high[i * stride] * high[i * stride];
  }
  angle = acos (CLAMP (dot / sqrt (low_length * high_length), -1, 1));
  if (!(sin (angle) > 1e-6))
    return;
  for (int i = 0; i < height; i++)
    low[i * stride] =
        (float) ((sin ((1 - share) * angle) * low[i * stride] + sin (share * angle) * high[i * stride]) / sin (angle));
}

/* Mixes the variation seed's noise into noise. */
static void
vary (const LimnJob *job, float *noise, int height, int width)
{
  gsize plane = (gsize) height * (gsize) width, values = plane * (gsize) job->planes;
  g_autofree float *other = g_new (float, values);

  draw_nth (job, kind_of (job), job->request->variation_seed, 0, other, values);
  for (gsize at = 0; at < values; at += plane)
    for (int x = 0; x < width; x++)
      mix_column (job->request->variation, noise + at + x, other + at + x, height, width);
}

/* Which cells of from are put over which of size, so that their middles meet. */
typedef struct {
  int from, to, count;
} Overlap;

/* As stable-diffusion-webui has it: odd cells that are too many are left out on both sides. */
static Overlap
overlap (int from, int size)
{
  int before = (int) floor ((size - from) / 2.0);

  return (Overlap){ MAX (-before, 0), MAX (before, 0), before < 0 ? from + 2 * before : from };
}

/* The middle of small, [planes, height, width], over that of noise. */
static void
put_in_middle (const LimnJob *job, const float *small, int height, int width, float *noise)
{
  Overlap rows = overlap (height, job->height), columns = overlap (width, job->width);

  for (int plane = 0; plane < job->planes; plane++)
    for (int y = 0; y < rows.count; y++) {
      gsize from = (gsize) (plane * height + rows.from + y) * (gsize) width + (gsize) columns.from;
      gsize to = (gsize) (plane * job->height + rows.to + y) * (gsize) job->width + (gsize) columns.to;

      memcpy (noise + to, small + from, (gsize) columns.count * sizeof (float));
    }
}

void
limn_job_draw_start (const LimnJob *job, float *out)
{
  const LimnRequest *request = job->request;
  int height = request->seed_height / job->factor, width = request->seed_width / job->factor;
  gboolean whole = height == 0 || width == 0 || (height == job->height && width == job->width);
  g_autofree float *small = NULL;

  draw_nth (job, kind_of (job), request->seed, draws_picture (job) ? 1 : 0, out, job->values);
  if (whole) {
    if (request->variation > 0)
      vary (job, out, job->height, job->width);
    return;
  }
  small = g_new (float, (gsize) (job->planes * height) * (gsize) width);
  draw_nth (job, kind_of (job), request->seed, 0, small, (gsize) (job->planes * height) * (gsize) width);
  if (request->variation > 0)
    vary (job, small, height, width);
  put_in_middle (job, small, height, width, out);
}

/* ---- In the steps ---- */

int
limn_job_draws (const LimnJob *job, int step)
{
  int draws = job->draws;

  for (int before = job->begin; before < step; before++) {
    const LimnStep planned = limn_step_at (job->sampler, job->schedule, before, &job->request->fields);

    draws += limn_sampler_draws (job->sampler, &planned);
  }
  return draws;
}

typedef struct {
  const LimnJob *job;
  LimnRngKind kind;
} Nodes;

static void
draw_node_cb (gpointer data, guint32 seed, float *out, gsize n)
{
  const Nodes *nodes = data;

  draw_nth (nodes->job, nodes->kind, seed, 0, out, n);
}

/* Along one path through all levels that are not 0. */
static void
walk (LimnJob *job, const LimnStep *step, int draw, float *out)
{
  const LimnSchedule *schedule = job->schedule;
  const LimnRngKind kinds[] = {
    [LIMN_TREE_CPU] = LIMN_RNG_TORCH, [LIMN_TREE_CARD] = LIMN_RNG_PHILOX, [LIMN_TREE_SOURCE] = kind_of (job)
  };
  Nodes nodes = { job, kinds[job->like->tree] };
  gboolean whole = job->like->tree == LIMN_TREE_SOURCE;
  const LimnBrownian path = { .entropy = job->request->seed,
                              .start = (float) schedule->sigmas[schedule->steps - 1],
                              .end = (float) schedule->sigmas[whole ? 0 : schedule->origin],
                              .draw = draw_node_cb,
                              .data = &nodes,
                              .kept = &job->walked };

  memset (out, 0, job->values * sizeof (float));
  if (step->next > 0)
    limn_brownian_noise (&path, (float) step->sigma, (float) job->sampler->path (step, draw), out, job->values);
}

/* Of a generator that only steps draw from; FALSE where they go on with the start's. */
static gboolean
own_generator (const LimnJob *job, LimnRngKind *kind, guint64 *seed)
{
  const LimnRequest *request = job->request;

  *kind = job->like->steps == LIMN_STEPS_GO_ON ? kind_of (job) : LIMN_RNG_PHILOX;
  *seed = request->seed;
  switch (job->like->steps) {
  case LIMN_STEPS_GO_ON:
    *seed += (guint64) request->noise_delta;
    return request->noise_delta > 0;
  case LIMN_STEPS_CPU:
    *kind = LIMN_RNG_TORCH;
    *seed += 1;
    break;
  case LIMN_STEPS_CARD:
    break;
  case LIMN_STEPS_FLIPPED:
    *seed ^= G_MAXUINT32;
    break;
  }
  return TRUE;
}

void
limn_job_draw_step (LimnJob *job, int step, int draw, float *out)
{
  const LimnStep planned = limn_step_at (job->sampler, job->schedule, step, &job->request->fields);
  int number = limn_job_draws (job, step) + draw;
  LimnRngKind kind;
  guint64 seed;

  if (job->sampler->path != NULL && job->like->tree != LIMN_TREE_NONE) {
    walk (job, &planned, draw, out);
    return;
  }
  if (own_generator (job, &kind, &seed))
    number = MAX (number - limn_job_draws_at_start (job), 0);
  draw_nth (job, kind, seed, number, out, job->values);
}
