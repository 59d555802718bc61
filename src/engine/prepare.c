/* prepare.c - the device compiles its shaders, before they are needed where there is time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include <string.h>

#include "kernel/kernel.h"

/* The first count variants of a store, which is a part of all there are to prepare. */
static gboolean
prepare (LimnEngine *engine, LimnStore store, int count, int all, const LimnTick *tick, GError **error)
{
  int *prepared = &engine->prepared[store];

  if (!engine->chosen && !limn_kernel_choose (engine->gpu, FALSE, tick, error))
    return FALSE;
  engine->chosen = TRUE;
  for (; *prepared < count; ++*prepared)
    if (!limn_tick (tick, *prepared / (double) all, error) || !limn_kernel_warm (engine->gpu, store, *prepared, error))
      return FALSE;
  return limn_tick (tick, count / (double) all, error);
}

gboolean
limn_engine_prepare (LimnEngine *engine, const LimnMonitor *monitor, GError **error)
{
  const LimnTick *tick;
  LimnClock clock;

  limn_clock_init (&clock, monitor, 0, 0);
  limn_clock_enter (&clock, LIMN_STAGE_PREPARE);
  tick = &clock.tick;
  if (!prepare (engine, LIMN_STORE_F16, LIMN_KERNEL_FIRST, LIMN_KERNEL_VARIANTS, tick, error))
    return FALSE;

  /* What every picture needs is there: time to see whether other kernels are faster. */
  const struct LimnVariant *first = limn_gpu_limits (engine->gpu)->variant;
  if (!limn_kernel_choose (engine->gpu, TRUE, tick, error))
    return FALSE;
  if (limn_gpu_limits (engine->gpu)->variant != first)
    memset (engine->prepared, 0, sizeof engine->prepared);
  return prepare (engine, LIMN_STORE_F16, LIMN_KERNEL_VARIANTS, LIMN_KERNEL_VARIANTS, tick, error);
}

gboolean
limn_job_prepare (LimnJob *job, GError **error)
{
  LimnStore store = job->request->precision == LIMN_PRECISION_FP32 ? LIMN_STORE_F32 : LIMN_STORE_F16;

  if (job->engine->prepared[store] >= LIMN_KERNEL_FIRST)
    return TRUE;
  limn_clock_enter (&job->clock, LIMN_STAGE_PREPARE);
  return prepare (job->engine, store, LIMN_KERNEL_FIRST, LIMN_KERNEL_FIRST, &job->clock.tick, error);
}
