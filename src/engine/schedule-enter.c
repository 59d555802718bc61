/* schedule-enter.c - going on from where another schedule stood; see schedule.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/schedule.h"

#include <math.h>
#include <string.h>

#define SAME_LEVEL 1e-9    /* of itself: schedules come to one in other ways */
#define SAME_TIMESTEP 1e-6 /* of a thousand */

/* Whether schedule's step is not below that of old.  Levels may share a timestep where it is whole, and timesteps a
 * level where the offset points past training's last. */
static gboolean
is_above (const LimnSchedule *schedule, int step, const LimnSchedule *old, int old_step)
{
  double sigma = schedule->sigmas[step], old_sigma = old->sigmas[old_step];

  if (fabs (sigma - old_sigma) > SAME_LEVEL * old_sigma)
    return sigma > old_sigma;
  return schedule->timesteps[step] >= old->timesteps[old_step] - SAME_TIMESTEP;
}

int
limn_schedule_enter (LimnSchedule *schedule, const LimnSchedule *old, int step)
{
  int below = 0;

  g_return_val_if_fail (step >= 0 && step <= old->steps, schedule->steps);

  if (step == old->steps)
    return schedule->steps;
  if (schedule->steps == old->steps && memcmp (schedule->sigmas, old->sigmas, (gsize) old->steps * sizeof (double)) == 0
      && memcmp (schedule->timesteps, old->timesteps, (gsize) old->steps * sizeof (double)) == 0)
    return step;
  while (below < schedule->steps && is_above (schedule, below, old, step))
    below++;

  int begin = MAX (below - 1, 0);
  schedule->timesteps[begin] = old->timesteps[step];
  schedule->sigmas[begin] = old->sigmas[step];
  return begin;
}
