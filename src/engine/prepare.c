/* prepare.c - the device compiles its shaders, before they are needed where there is time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include "kernel/kernel.h"

static gboolean
prepare (LimnEngine *engine, const LimnTick *tick, GError **error)
{
  for (; engine->prepared < LIMN_KERNEL_VARIANTS; engine->prepared++)
    if (!limn_tick (tick, engine->prepared / (double) LIMN_KERNEL_VARIANTS, error)
        || !limn_kernel_warm (engine->gpu, engine->prepared, error))
      return FALSE;
  return limn_tick (tick, 1, error);
}

gboolean
limn_engine_prepare (LimnEngine *engine, const LimnMonitor *monitor, GError **error)
{
  LimnClock clock;

  limn_clock_init (&clock, monitor, 0, 0);
  limn_clock_enter (&clock, LIMN_STAGE_PREPARE);
  return prepare (engine, &clock.tick, error);
}

gboolean
limn_job_prepare (LimnJob *job, GError **error)
{
  if (job->engine->prepared == LIMN_KERNEL_VARIANTS || job->request->precision == LIMN_PRECISION_FP32)
    return TRUE;
  limn_clock_enter (&job->clock, LIMN_STAGE_PREPARE);
  return prepare (job->engine, &job->clock.tick, error);
}
