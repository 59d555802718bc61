/* schedule.c - see schedule.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/schedule.h"

#include <math.h>

#define KARRAS_RHO 7.0

void
limn_schedule_alphas (const LimnScheduleConfig *config, double *abar)
{
  double first = sqrt (config->beta_start), last = sqrt (config->beta_end);
  double product = 1;

  for (int i = 0; i < config->train_steps; i++) {
    double root = config->train_steps > 1 ? first + (last - first) * i / (config->train_steps - 1) : first;
    product *= 1 - root * root;
    abar[i] = product;
  }
}

static double
leading_timestep (const LimnScheduleConfig *config, int steps, int i)
{
  int stride = config->train_steps / steps;

  return (double) (steps - 1 - i) * stride + config->steps_offset;
}

static double
trailing_timestep (const LimnScheduleConfig *config, int steps, int i)
{
  double stride = (double) config->train_steps / steps;

  return rint (config->train_steps - i * stride) - 1;
}

LimnSchedule *
limn_schedule_new (const LimnScheduleConfig *config, gboolean trailing, int steps)
{
  g_return_val_if_fail (steps >= 1 && steps <= config->train_steps, NULL);

  g_autofree double *abar = g_new (double, config->train_steps);
  LimnSchedule *schedule = g_new0 (LimnSchedule, 1);

  limn_schedule_alphas (config, abar);
  schedule->steps = steps;
  schedule->train_steps = config->train_steps;
  schedule->timesteps = g_new (double, steps);
  schedule->sigmas = g_new0 (double, steps + 1);
  for (int i = 0; i < steps; i++) {
    double t = trailing ? trailing_timestep (config, steps, i) : leading_timestep (config, steps, i);
    /* With as many steps as training had, the offset points one past the table. */
    int row = CLAMP ((int) t, 0, config->train_steps - 1);

    schedule->timesteps[i] = t;
    schedule->sigmas[i] = sqrt ((1 - abar[row]) / abar[row]);
  }
  /* A leading schedule starts below the highest noise level, so that the latents' own variance counts beside it. */
  schedule->initial_scale = trailing ? schedule->sigmas[0] : sqrt (schedule->sigmas[0] * schedule->sigmas[0] + 1);
  return schedule;
}

/* The timestep, by the logarithm of its sigma, between two of training's.  sigmas: rising. */
static double
timestep_of (const double *sigmas, int n, double sigma)
{
  int low = 0;

  while (low < n - 2 && sigmas[low + 1] <= sigma)
    low++;
  double share = log (sigma / sigmas[low]) / log (sigmas[low + 1] / sigmas[low]);
  return low + CLAMP (share, 0, 1);
}

void
limn_schedule_space_karras (LimnSchedule *schedule, const LimnScheduleConfig *config)
{
  g_autofree double *trained = g_new (double, config->train_steps);
  double first = pow (schedule->sigmas[0], 1 / KARRAS_RHO);
  double last = pow (schedule->sigmas[schedule->steps - 1], 1 / KARRAS_RHO);

  limn_schedule_alphas (config, trained);
  for (int i = 0; i < config->train_steps; i++)
    trained[i] = sqrt ((1 - trained[i]) / trained[i]);
  for (int i = 0; i < schedule->steps; i++) {
    double ramp = schedule->steps > 1 ? (double) i / (schedule->steps - 1) : 0;

    schedule->sigmas[i] = pow (first + ramp * (last - first), KARRAS_RHO);
    schedule->timesteps[i] = timestep_of (trained, config->train_steps, schedule->sigmas[i]);
  }
}

void
limn_schedule_free (LimnSchedule *schedule)
{
  if (schedule == NULL)
    return;
  g_free (schedule->timesteps);
  g_free (schedule->sigmas);
  g_free (schedule);
}

int
limn_schedule_begin (const LimnSchedule *schedule, double strength)
{
  int count = (int) (schedule->steps * CLAMP (strength, 0, 1));

  return schedule->steps - count;
}

static gboolean
is_before (const LimnSchedule *schedule, int step, double end)
{
  return schedule->timesteps[step] >= rint (schedule->train_steps - end * schedule->train_steps);
}

int
limn_schedule_split (const LimnSchedule *schedule, double end)
{
  int split = 0;

  while (split < schedule->steps && is_before (schedule, split, end))
    split++;
  return split;
}

double
limn_schedule_least_end (const LimnSchedule *schedule, int step)
{
  double low = 0, high = 1;

  if (is_before (schedule, step, 0))
    return 0;
  /* The rule rounds, so its edge is searched for rather than computed: down to neighbouring numbers. */
  for (double middle = 0.5; middle > low && middle < high; middle = low + (high - low) / 2)
    *(is_before (schedule, step, middle) ? &high : &low) = middle;
  return high;
}

int
limn_schedule_enter (LimnSchedule *schedule, const LimnSchedule *old, int step)
{
  int below = 0;

  g_return_val_if_fail (step >= 0 && step <= old->steps, schedule->steps);

  if (step == old->steps)
    return schedule->steps;
  while (below < schedule->steps && schedule->timesteps[below] >= old->timesteps[step])
    below++;

  int begin = MAX (below - 1, 0);
  schedule->timesteps[begin] = old->timesteps[step];
  schedule->sigmas[begin] = old->sigmas[step];
  return begin;
}
