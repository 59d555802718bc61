/* plan-run.c - running a plan, and what can be read from it then.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/plan-device.h"

#include <string.h>

#include "base/half.h"

static gboolean
submit (PlanDevice *device, guint slice, GError **error)
{
  return limn_gpu_submit (device->gpu, g_array_index (device->slices, VkCommandBuffer, slice),
                          device->fences[slice % 2], error);
}

gboolean
limn_plan_download (LimnPlan *plan, LimnArray array, float *values, GError **error)
{
  PlanStorage *storage = limn_plan_storage (plan, array);
  g_autofree guint8 *bytes = g_malloc (storage->bytes);
  guint64 rows = limn_array_rows (array);

  if (!limn_buffer_download (storage->slice, bytes, error))
    return FALSE;
  for (guint64 row = 0; row < rows; row++) {
    gsize first = row * array.stride + array.first;
    if (array.store == LIMN_STORE_F16)
      limn_half_to_float_row ((guint16 *) (void *) bytes + first, values + row * array.c, array.c);
    else
      memcpy (values + row * array.c, (float *) (void *) bytes + first, sizeof (float) * array.c);
  }
  return TRUE;
}

static void
poison_cb (guint8 *out, guint64 offset, guint64 size, gpointer data)
{
  memset (out, 0xff, size);
}

gboolean
limn_plan_poison (LimnPlan *plan, LimnArray array, GError **error)
{
  return limn_buffer_upload (limn_plan_storage (plan, array)->slice, 1, poison_cb, NULL, error);
}

static gboolean
emit_traces (LimnPlan *plan, GError **error)
{
  for (guint i = 0; i < plan->traces->len; i++) {
    PlanTrace *trace = &g_array_index (plan->traces, PlanTrace, i);
    g_autofree float *values = g_new (float, limn_array_rows (trace->array) * trace->array.c);

    if (!limn_plan_download (plan, trace->array, values, error))
      return FALSE;
    plan->trace_func (trace->name, trace->array, values, plan->trace_data);
  }
  return TRUE;
}

static double
share (LimnPlan *plan, double flop)
{
  return plan->flop > 0 ? flop / plan->flop : 0;
}

/* What a slice should take, and how long a run must be for its submissions to be nothing beside it. */
#define SLICE_SECONDS 0.03
#define SOFTWARE_SLICE_SECONDS 0.1
#define TELLING_SECONDS 0.02

/* The next slices, of this plan and of others. */
static void
learn_pace (PlanDevice *device, double flop, double seconds)
{
  LimnGpu *gpu = device->gpu;
  double slice = gpu->info->kind == LIMN_DEVICE_SOFTWARE ? SOFTWARE_SLICE_SECONDS : SLICE_SECONDS;

  if (device->stream == NULL && !device->cold && device->most_flop >= gpu->least_flop && seconds >= TELLING_SECONDS)
    gpu->kernel_limits.slice_flop = CLAMP (flop / seconds * slice, gpu->least_flop, gpu->most_flop);
  device->cold = FALSE;
}

/* Two slices are in flight, so that the device never waits for the CPU to submit. */
static gboolean
submit_next (LimnPlan *plan, const LimnTick *tick, GError **error)
{
  PlanDevice *device = plan->device;
  double done = share (plan, device->done);

  for (; device->submitted < MIN (device->waited + 2, device->slices->len)
         && limn_plan_may_bring (plan, device->submitted, device->waited);
       device->submitted++)
    if (!limn_tick (tick, done, error) || !limn_plan_bring (plan, device->submitted, tick, done, error)
        || !submit (device, device->submitted, error))
      return FALSE;
  return TRUE;
}

/* good: else only what is in flight is waited for. */
static gboolean
go_on (LimnPlan *plan, gboolean good, const LimnTick *tick, GError **error)
{
  PlanDevice *device = plan->device;

  for (; device->waited < device->submitted || (good && device->waited < device->slices->len); device->waited++) {
    double done = share (plan, device->done);

    good = good && submit_next (plan, tick, error)
           && limn_plan_bring_ahead (plan, device->submitted, device->waited, tick, done, error);
    /* What is in flight must end before its memory may be used again, cancelled or not. */
    if (device->waited < device->submitted
        && !limn_gpu_wait (device->gpu, device->fences[device->waited % 2], good ? tick : NULL, done,
                           good ? error : NULL))
      good = FALSE;
    device->done += g_array_index (device->slice_flop, double, device->waited);
  }
  return good;
}

static void
begin (PlanDevice *device)
{
  device->brought = device->submitted = device->waited = 0;
  device->done = 0;
}

gboolean
limn_plan_start (LimnPlan *plan, GError **error)
{
  begin (plan->device);
  return submit_next (plan, NULL, error) || go_on (plan, FALSE, NULL, NULL);
}

gboolean
limn_plan_wait (LimnPlan *plan, GError **error)
{
  return go_on (plan, TRUE, NULL, error);
}

gboolean
limn_plan_run (LimnPlan *plan, const LimnTick *tick, GError **error)
{
  if (!limn_plan_fit_slices (plan, error))
    return FALSE;
  gint64 start = g_get_monotonic_time ();
  begin (plan->device);
  if (!go_on (plan, TRUE, tick, error))
    return FALSE;
  learn_pace (plan->device, plan->flop, (double) (g_get_monotonic_time () - start) * 1e-6);
  if (plan->device->check != NULL && !plan->device->check (plan->device->check_data, error))
    return FALSE;
  return limn_tick (tick, 1, error) && (plan->trace_func == NULL || emit_traces (plan, error));
}
