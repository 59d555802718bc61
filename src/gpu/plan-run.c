/* plan-run.c - running a plan, and what can be read from it then.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/plan-device.h"

#include <string.h>

#include "base/half.h"

static gboolean
wait (LimnGpu *gpu, VkFence fence, GError **error)
{
  VK_TRY (gpu, vkWaitForFences (gpu->device, 1, &fence, VK_TRUE, G_MAXUINT64));
  VK_TRY (gpu, vkResetFences (gpu->device, 1, &fence));
  return TRUE;

error:
  return FALSE;
}

static gboolean
submit (PlanDevice *device, guint slice, GError **error)
{
  const VkSubmitInfo info = {
    .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
    .commandBufferCount = 1,
    .pCommandBuffers = &g_array_index (device->slices, VkCommandBuffer, slice),
  };

  VK_TRY (device->gpu, vkQueueSubmit (device->gpu->queue, 1, &info, device->fences[slice % 2]));
  return TRUE;

error:
  return FALSE;
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

/* Two slices are in flight, so that the device never waits for the CPU to submit. */
gboolean
limn_plan_run (LimnPlan *plan, const LimnTick *tick, GError **error)
{
  PlanDevice *device = plan->device;
  guint n = device->slices->len, waited = 0;
  gboolean good = TRUE;
  double done = 0;

  for (guint i = 0; i < n && good; i++) {
    if (i >= 2) {
      good = wait (device->gpu, device->fences[waited % 2], error);
      done += g_array_index (device->slice_flop, double, waited++);
    }
    good = good && limn_tick (tick, plan->flop > 0 ? done / plan->flop : 0, error) && submit (device, i, error);
    if (!good)
      n = i;
  }
  /* What is in flight must end before its memory may be used again, cancelled or not. */
  for (; waited < n; waited++) {
    if (!wait (device->gpu, device->fences[waited % 2], good ? error : NULL))
      good = FALSE;
  }
  return good && limn_tick (tick, 1, error) && (plan->trace_func == NULL || emit_traces (plan, error));
}
