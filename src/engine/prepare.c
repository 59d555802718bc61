/* prepare.c - the device compiles its shaders, before they are needed where there is time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include <string.h>

#include "base/i18n.h"
#include "engine/model.h"
#include "engine/request-loras.h"
#include "kernel/kernel.h"

/* Proving is soon done but for a software device, which compiles for seconds what the first picture waits for. */
static gboolean
in_haste (LimnEngine *engine)
{
  return limn_gpu_info (engine->gpu)->kind == LIMN_DEVICE_SOFTWARE;
}

/* What is wrong is not used; the next picture tells. */
static gboolean
choose (LimnEngine *engine, LimnChoosing how, const LimnTick *tick, GError **error)
{
  g_autoptr (GPtrArray) reports = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_kernel_report_free);

  if (!limn_kernel_choose (engine->gpu, how, reports, tick, error))
    return FALSE;
  for (guint i = 0; i < reports->len; i++) {
    const LimnKernelReport *report = reports->pdata[i];

    if (report->problem != NULL && !g_ptr_array_find_with_equal_func (engine->wrong, report->name, g_str_equal, NULL))
      g_ptr_array_add (engine->wrong, g_strdup (report->name));
  }
  return TRUE;
}

static void
tell_wrong (LimnJob *job)
{
  LimnEngine *engine = job->engine;

  for (; engine->told < engine->wrong->len; engine->told++)
    limn_job_note (job, _ ("%s gives wrong results with the kernels “%s”; others are used"),
                   limn_gpu_info (engine->gpu)->name, (const char *) engine->wrong->pdata[engine->told]);
}

/* The first count variants of a store, which is a part of all there are to prepare. */
static gboolean
prepare (LimnEngine *engine, LimnStore store, int count, int all, const LimnTick *tick, GError **error)
{
  int *prepared = &engine->prepared[store];

  if (!engine->chosen && !choose (engine, in_haste (engine) ? LIMN_CHOOSE_SOON : LIMN_CHOOSE_WELL, tick, error))
    return FALSE;
  engine->chosen = TRUE;
  for (; *prepared < count; ++*prepared)
    if (!limn_tick (tick, *prepared / (double) all, error)
        || !limn_kernel_warm (engine->gpu, store, NULL, *prepared, error))
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

  /* What every picture needs is there: time to prove in full what it is painted with. */
  const struct LimnVariant *first = limn_gpu_limits (engine->gpu)->variant;
  if (in_haste (engine) && !choose (engine, LIMN_CHOOSE_WELL, tick, error))
    return FALSE;
  if (limn_gpu_limits (engine->gpu)->variant != first) {
    memset (engine->prepared, 0, sizeof engine->prepared);
    memset (engine->prepared_kinds, 0, sizeof engine->prepared_kinds);
  }
  return prepare (engine, LIMN_STORE_F16, LIMN_KERNEL_VARIANTS, LIMN_KERNEL_VARIANTS, tick, error);
}

/* The kinds of model's weights: bits as in prepared_kinds. */
static guint
kinds_of (const LimnRequest *request, LimnModel *model)
{
  LimnCheckpoint *weights = model != NULL ? limn_request_weights (request, model) : NULL;
  guint kinds = 0;

  for (guint i = 1; weights != NULL && limn_weight_kinds[i].name != NULL; i++)
    if (limn_checkpoint_keeps (weights, &limn_weight_kinds[i]))
      kinds |= 1u << i;
  return kinds;
}

/* The kinds of weights that job's models have and the device has not compiled: bits as in prepared_kinds. */
static guint
wanted_kinds (const LimnJob *job, LimnStore store)
{
  const LimnRequest *request = job->request;

  return (kinds_of (request, request->model) | kinds_of (request, request->refiner))
         & ~job->engine->prepared_kinds[store];
}

/* The products over weights of kind number i. */
static gboolean
prepare_kind (LimnEngine *engine, LimnStore store, guint i, double done, const LimnTick *tick, GError **error)
{
  for (int variant = 0; variant < LIMN_KERNEL_VARIANTS; variant++)
    if (!limn_tick (tick, done, error) || !limn_kernel_warm (engine->gpu, store, &limn_weight_kinds[i], variant, error))
      return FALSE;
  engine->prepared_kinds[store] |= 1u << i;
  return TRUE;
}

static gboolean
prepare_job (LimnJob *job, GError **error)
{
  LimnStore store = job->request->precision == LIMN_PRECISION_FP32 ? LIMN_STORE_F32 : LIMN_STORE_F16;
  LimnEngine *engine = job->engine;
  const LimnTick *tick = &job->clock->tick;
  guint kinds = wanted_kinds (job, store);
  int all = LIMN_KERNEL_FIRST * (1 + __builtin_popcount (kinds)), done = LIMN_KERNEL_FIRST;

  if (engine->prepared[store] >= LIMN_KERNEL_FIRST && kinds == 0)
    return TRUE;
  limn_clock_enter (job->clock, LIMN_STAGE_PREPARE);
  if (engine->prepared[store] < LIMN_KERNEL_FIRST && !prepare (engine, store, LIMN_KERNEL_FIRST, all, tick, error))
    return FALSE;
  for (guint i = 1; limn_weight_kinds[i].name != NULL; i++) {
    if ((kinds & 1u << i) == 0)
      continue;
    if (!prepare_kind (engine, store, i, done / (double) all, tick, error))
      return FALSE;
    done += LIMN_KERNEL_FIRST;
  }
  return limn_tick (tick, 1, error);
}

gboolean
limn_job_prepare (LimnJob *job, GError **error)
{
  if (!prepare_job (job, error))
    return FALSE;
  tell_wrong (job);
  return TRUE;
}

GPtrArray *
limn_engine_self_test (LimnEngine *engine, const LimnMonitor *monitor, GError **error)
{
  g_autoptr (GPtrArray) reports = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_kernel_report_free);
  LimnClock clock;

  limn_clock_init (&clock, monitor, 0, 0);
  limn_clock_enter (&clock, LIMN_STAGE_PREPARE);
  if (!limn_kernel_choose (engine->gpu, LIMN_CHOOSE_ANEW, reports, &clock.tick, error))
    return NULL;
  return g_steal_pointer (&reports);
}
