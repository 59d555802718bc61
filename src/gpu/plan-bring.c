/* plan-bring.c - the streamed weights of a plan come while it runs.
 *
 * The CPU writes one half of the window while the device is at work with the other: nothing waits but where bringing
 * takes longer than the work.  All is on the thread that runs the plan.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/plan-device.h"

/* The segment of slice.  There is one. */
static guint
segment_of (const PlanDevice *device, guint slice)
{
  guint segment = 0;

  while (segment + 1 < device->first_slices->len && g_array_index (device->first_slices, guint, segment + 1) <= slice)
    segment++;
  return segment;
}

static guint
begin_of (const LimnPlan *plan, guint segment)
{
  return segment < plan->segments->len ? g_array_index (plan->segments, PlanSegment, segment).begin
                                       : plan->streamed->len;
}

/* Whether the half of the window that segment has is free: the one before the last is done. */
static gboolean
is_free (const PlanDevice *device, guint segment, guint waited)
{
  return segment < 2 || g_array_index (device->first_slices, guint, segment - 1) <= waited;
}

static gboolean
bring_until (LimnPlan *plan, guint end, guint segment, const LimnTick *tick, double done, GError **error)
{
  PlanDevice *device = plan->device;
  const LimnStream *stream = device->stream;
  LimnBuffer *to = stream->mapped[segment % 2] != NULL ? stream->mapped[segment % 2] : stream->halves[segment % 2];

  for (; device->brought < end; device->brought++) {
    const PlanStorage *storage =
        &g_array_index (plan->storage, PlanStorage, g_array_index (plan->streamed, guint, device->brought));

    if (!limn_tick (tick, done, error)
        || !stream->bring (storage->name, (guint8 *) to->map + storage->offset, stream->data, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
limn_plan_may_bring (LimnPlan *plan, guint slice, guint waited)
{
  return plan->segments->len == 0 || is_free (plan->device, segment_of (plan->device, slice), waited);
}

gboolean
limn_plan_bring (LimnPlan *plan, guint slice, const LimnTick *tick, double done, GError **error)
{
  if (plan->segments->len == 0)
    return TRUE;
  guint segment = segment_of (plan->device, slice);
  return bring_until (plan, begin_of (plan, segment + 1), segment, tick, done, error);
}

gboolean
limn_plan_bring_ahead (LimnPlan *plan, guint submitted, guint waited, const LimnTick *tick, double done, GError **error)
{
  const PlanDevice *device = plan->device;

  if (plan->segments->len == 0 || submitted == 0)
    return TRUE;
  guint segment = segment_of (device, submitted - 1), next = segment + 1;
  if (next >= plan->segments->len || !is_free (device, next, waited))
    return TRUE;
  guint first = g_array_index (device->first_slices, guint, segment);
  guint slices = g_array_index (device->first_slices, guint, next) - first;
  guint begin = begin_of (plan, next), weights = begin_of (plan, next + 1) - begin;
  return bring_until (plan, begin + weights * (submitted - first) / slices, next, tick, done, error);
}
