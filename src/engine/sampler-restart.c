/* sampler-restart.c - Restart: Heun's steps, which near the end go back up in noise and come down once more or twice
 * (Xu et al. 2023, algorithm 1), where there are twenty steps or more, as the web UI has it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "engine/sampler.h"

/* About: where it goes back up from, and to. */
#define LOW 0.1
#define HIGH 2.0

typedef struct {
  int again; /* steps from high to low once more */
  int times; /* that this is done */
} Plan;

static int
nearest (const double *sigmas, int count, double level)
{
  int found = 0;

  for (int i = 1; i < count; i++)
    if (fabs (sigmas[i] - level) < fabs (sigmas[found] - level))
      found = i;
  return found;
}

static Plan
make_plan (int steps)
{
  return (Plan){ .again = steps >= 36 ? steps / 4 : 9, .times = steps < 20 ? 0 : steps >= 36 ? 2 : 1 };
}

static void
arrange (LimnSchedule *schedule, const LimnFields *fields)
{
  Plan plan = make_plan (schedule->steps);
  int down = schedule->steps - plan.again * plan.times, at = 0, low, high;
  double most = schedule->sigmas[0], least = schedule->sigmas[schedule->steps - 1];
  g_autofree double *levels = g_new0 (double, down + 1);

  if (plan.times == 0)
    return;
  for (int i = 0; i < down; i++)
    levels[i] = limn_schedule_karras (most, least, down > 1 ? (double) i / (down - 1) : 0);
  low = nearest (levels, down + 1, LOW);
  high = nearest (levels, down + 1, HIGH);
  if (high >= low)
    return;
  for (int i = 0; i < low; i++)
    limn_schedule_set_level (schedule, at++, levels[i]);
  for (int time = 0; time < plan.times; time++)
    for (int i = 0; i < plan.again; i++)
      limn_schedule_set_level (schedule, at++,
                               limn_schedule_karras (levels[high], levels[low], i / (double) plan.again));
  for (int i = low; i < down; i++)
    limn_schedule_set_level (schedule, at++, levels[i]);
}

/* Where step goes down to: the next level, but for a step before one no lower, whose own is the last of the way down
 * from there. */
static double
down_to (const LimnStep *step)
{
  const LimnSchedule *schedule = step->schedule;
  int last = step->index;

  if (step->next < step->sigma)
    return step->next;
  for (int i = last; i + 1 < schedule->steps; i++)
    if (schedule->sigmas[i + 1] >= schedule->sigmas[i])
      last = i;
  return schedule->sigmas[MIN (last + 1 + make_plan (schedule->steps).again, schedule->steps)];
}

static double
level (const LimnStep *step, int evaluation)
{
  return down_to (step);
}

/* Where Euler would go. */
static void
probe (const LimnStep *step, int evaluation, float *out)
{
  limn_sampler_line (step->sigma, down_to (step), step->x, step->denoised[0], out, step->n);
}

static void
advance (const LimnStep *step, float *out)
{
  double down = down_to (step);

  limn_sampler_step_heun (step, down, out);
  if (step->next > down)
    limn_sampler_add_noise (sqrt (step->next * step->next - down * down), step->noise[0], out, step->n);
}

static gboolean
rests (const LimnStep *step)
{
  return step->next < step->sigma;
}

const LimnSampler limn_sampler_restart = {
  .choice = { "restart", "Restart", .noisy = TRUE },
  .evaluations = 2,
  .draws = 1,
  .rests = rests,
  .arrange = arrange,
  .level = level,
  .probe = probe,
  .advance = advance,
};
