/* prepare.c - the device compiles its shaders, before they are needed where there is time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include <string.h>

#include "base/i18n.h"
#include "engine/beside.h"
#include "engine/model.h"
#include "engine/request-loras.h"
#include "kernel/kernel.h"

/* Proving is soon done but for a software device, which compiles for seconds what the first picture waits for. */
static gboolean
in_haste (LimnEngine *engine)
{
  return limn_gpu_info (engine->gpu)->kind == LIMN_DEVICE_SOFTWARE;
}

/* The reports' kernels that are wrong by those means, from number i on: "eight, wide".  (transfer full) */
static char *
names_by (GPtrArray *reports, guint i, const char *means)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (; i < reports->len; i++) {
    const LimnKernelReport *report = reports->pdata[i];

    if (report->problem != NULL && g_strcmp0 (report->means, means) == 0)
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", report->name);
  }
  return g_strdup (names->str);
}

/* What is wrong of reports, by the device's means, each of which has its rows together, and by name.  (transfer full),
 * or NULL. */
static char *
describe_wrong (const LimnDeviceInfo *info, GPtrArray *reports)
{
  g_autoptr (GString) names = g_string_new (NULL);
  const char *last = NULL;

  for (guint i = 0; i < reports->len; i++) {
    const LimnKernelReport *report = reports->pdata[i];

    if (report->problem == NULL || report->means == NULL || g_strcmp0 (report->means, last) == 0)
      continue;
    g_autofree char *those = names_by (reports, i, report->means);
    last = report->means;
    g_string_append_printf (names, "%s%s (%s)", names->len > 0 ? ", " : "", _ (report->means), those);
  }
  if (names->len == 0)
    return NULL;
  /* translators: a device's name, its driver, and a list like: its matrix units (matrix-16x16x16) */
  return g_strdup_printf (_ ("%s, with the driver %s, gave wrong results with %s when it was tried. Limn does without: "
                             "pictures are right, and may take longer. A newer driver may help."),
                          info->name, info->driver, names->str);
}

/* What is wrong is not used. */
static gboolean
choose (LimnEngine *engine, LimnChoosing how, GPtrArray *reports, const LimnTick *tick, GError **error)
{
  if (!limn_kernel_choose (engine->gpu, how, reports, tick, error))
    return FALSE;
  g_autofree char *wrong = describe_wrong (limn_gpu_info (engine->gpu), reports);
  limn_gpu_set_wrong (engine->gpu, wrong);
  return TRUE;
}

static GPtrArray *
reports_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) limn_kernel_report_free);
}

static void
tell_wrong (LimnJob *job)
{
  const char *wrong = limn_gpu_info (job->engine->gpu)->wrong;

  if (wrong == NULL || g_strcmp0 (wrong, job->engine->told) == 0)
    return;
  limn_job_note (job, "%s", wrong);
  g_free (job->engine->told);
  job->engine->told = g_strdup (wrong);
}

/* The first count variants of a store, which is a part of all there are to prepare. */
static gboolean
prepare (LimnEngine *engine, LimnStore store, int count, int all, const LimnTick *tick, GError **error)
{
  g_autoptr (GPtrArray) reports = reports_new ();
  int *prepared = &engine->prepared[store];

  if (!engine->chosen
      && !choose (engine, in_haste (engine) ? LIMN_CHOOSE_SOON : LIMN_CHOOSE_WELL, reports, tick, error))
    return FALSE;
  engine->chosen = TRUE;
  g_autoptr (LimnBeside) beside = limn_beside_new (engine->gpu, store, *prepared, count);
  for (; *prepared < count; ++*prepared) {
    if (!limn_tick (tick, *prepared / (double) all, error))
      return FALSE;
    limn_beside_reach (beside, *prepared);
    if (!limn_kernel_warm (engine->gpu, store, NULL, *prepared, error))
      return FALSE;
  }
  return limn_tick (tick, count / (double) all, error);
}

gboolean
limn_engine_prepare (LimnEngine *engine, const LimnMonitor *monitor, GError **error)
{
  g_autoptr (GPtrArray) reports = reports_new ();
  const LimnTick *tick;
  LimnClock clock;

  limn_clock_init (&clock, monitor, 0, 0);
  limn_clock_enter (&clock, LIMN_STAGE_PREPARE);
  tick = &clock.tick;
  if (!prepare (engine, LIMN_STORE_F16, LIMN_KERNEL_FIRST, LIMN_KERNEL_VARIANTS, tick, error))
    return FALSE;

  /* What every picture needs is there: time to prove in full what it is painted with. */
  const struct LimnVariant *first = limn_gpu_limits (engine->gpu)->variant;
  if (in_haste (engine) && !choose (engine, LIMN_CHOOSE_WELL, reports, tick, error))
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
  g_autoptr (GPtrArray) reports = reports_new ();
  LimnClock clock;

  limn_clock_init (&clock, monitor, 0, 0);
  limn_clock_enter (&clock, LIMN_STAGE_PREPARE);
  if (!choose (engine, LIMN_CHOOSE_ANEW, reports, &clock.tick, error))
    return NULL;
  return g_steal_pointer (&reports);
}
