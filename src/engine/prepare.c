/* prepare.c - the device compiles its shaders, before they are needed where there is time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "kernel/kernel.h"

/* The first count variants of a store. */
static gboolean
prepare (LimnEngine *engine, LimnStore store, int count, const LimnTick *tick, GError **error)
{
  int *prepared = &engine->prepared[store];

  if (!engine->chosen && !limn_kernel_choose (engine->gpu, tick, error))
    return FALSE;
  engine->chosen = TRUE;
  for (; *prepared < count; ++*prepared)
    if (!limn_tick (tick, *prepared / (double) count, error)
        || !limn_kernel_warm (engine->gpu, store, *prepared, error))
      return FALSE;
  return limn_tick (tick, 1, error);
}

gboolean
limn_engine_prepare (LimnEngine *engine, const LimnMonitor *monitor, GError **error)
{
  LimnClock clock;

  limn_clock_init (&clock, monitor, 0, 0);
  limn_clock_enter (&clock, LIMN_STAGE_PREPARE);
  return prepare (engine, LIMN_STORE_F16, LIMN_KERNEL_VARIANTS, &clock.tick, error);
}

gboolean
limn_job_prepare (LimnJob *job, GError **error)
{
  LimnStore store = job->request->precision == LIMN_PRECISION_FP32 ? LIMN_STORE_F32 : LIMN_STORE_F16;

  if (job->engine->prepared[store] >= LIMN_KERNEL_FIRST)
    return TRUE;
  limn_clock_enter (&job->clock, LIMN_STAGE_PREPARE);
  return prepare (job->engine, store, LIMN_KERNEL_FIRST, &job->clock.tick, error);
}
