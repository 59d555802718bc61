/* job-fit.c - a run's networks in the memory that there is; see job.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

static guint64
bytes_of (const LimnUse *use)
{
  return use->cost.weights + use->cost.work;
}

static void
set_room (LimnJob *job, LimnUse *use, guint64 room)
{
  use->network.shape.room = room;
  use->cost = limn_costs_find (job->engine->costs, &use->network);
}

static void
clear_rooms (LimnJob *job)
{
  for (LimnAct *act = job->acts; act != NULL; act = act->next)
    for (int k = 0; k < act->n_uses; k++)
      if (act->uses[k].network.shape.room > 0)
        set_room (job, &act->uses[k], 0);
}

/* In steps of a sixteenth at most: what is on the device serves the next picture, too, when a little more or less is
 * free. */
static guint64
round_room (guint64 room)
{
  guint64 step = room >> 4;

  while ((step & (step - 1)) != 0)
    step &= step - 1;
  return step > 0 ? room / step * step : MAX (room, 1);
}

/* What lies beside use while act is at work. */
static guint64
bytes_beside (const LimnAct *act, const LimnUse *use)
{
  guint64 bytes = 0;

  for (int k = 0; k < act->n_uses && !use->network.kind->reads_prompt; k++)
    if (&act->uses[k] != use)
      bytes += bytes_of (&act->uses[k]);
  return bytes;
}

/* Whether all fits then into free bytes. */
static gboolean
fit_into (LimnJob *job, guint64 free)
{
  for (LimnAct *act = job->acts; act != NULL; act = act->next)
    for (int k = 0; k < act->n_uses; k++) {
      LimnUse *use = &act->uses[k];
      guint64 beside = bytes_beside (act, use), room = free > beside ? free - beside : 0;

      if (bytes_of (use) > room)
        set_room (job, use, round_room (room));
    }
  return limn_residency_peak (LIMN_RESIDENCY_STREAMED, job->acts) <= free;
}

LimnResidency
limn_job_fit (LimnJob *job, const LimnBudget *budget)
{
  clear_rooms (job);
  LimnResidency residency = limn_residency_plan (budget->planned, job->acts);
  if (residency != LIMN_RESIDENCY_IMPOSSIBLE)
    return residency;
  if (fit_into (job, budget->planned))
    return LIMN_RESIDENCY_STREAMED;
  clear_rooms (job);
  /* Others may give memory back. */
  residency = limn_residency_choose (budget, job->acts);
  if (residency != LIMN_RESIDENCY_IMPOSSIBLE || fit_into (job, budget->limit))
    return MIN (residency, LIMN_RESIDENCY_STREAMED);
  return LIMN_RESIDENCY_IMPOSSIBLE;
}
