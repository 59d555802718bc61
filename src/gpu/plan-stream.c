/* plan-stream.c - where a plan is cut, so that the weights of a part of it come while another part is at work.
 *
 * A layer's dispatches share its weights, so that a cut lies between layers: where no streamed weight is in use on both
 * sides.  Segments take as many layers as the window holds; a layer that is larger makes the window larger.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/plan-private.h"

#define ALIGNMENT 256u

gboolean
limn_plan_stream (LimnPlan *plan, const char *name, gboolean streamed)
{
  guint id = GPOINTER_TO_UINT (g_hash_table_lookup (plan->named, name));

  if (id != 0)
    g_array_index (plan->storage, PlanStorage, id - 1).streamed = streamed;
  return id != 0;
}

static int
compare_first (gconstpointer a, gconstpointer b, gpointer data)
{
  const GArray *storage = data;
  guint left = *(const guint *) a, right = *(const guint *) b;
  int order = g_array_index (storage, PlanStorage, left).first - g_array_index (storage, PlanStorage, right).first;

  return order != 0 ? order : (left > right) - (left < right);
}

static void
list_streamed (LimnPlan *plan)
{
  g_array_set_size (plan->streamed, 0);
  for (guint i = 0; i < plan->storage->len; i++) {
    const PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, i);

    if (storage->streamed && storage->first >= 0)
      g_array_append_val (plan->streamed, i);
  }
  g_array_sort_with_data (plan->streamed, compare_first, plan->storage);
}

static guint64
padded (guint64 bytes)
{
  return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The streamed weights from begin on that are in use without a break; theirs are the bytes. */
static guint
layer_end (LimnPlan *plan, guint begin, guint64 *bytes)
{
  guint end = begin;
  int last = -1;

  for (*bytes = 0; end < plan->streamed->len; end++) {
    const PlanStorage *storage =
        &g_array_index (plan->storage, PlanStorage, g_array_index (plan->streamed, guint, end));

    if (end > begin && storage->first > last)
      break;
    last = MAX (last, storage->last);
    *bytes += padded (storage->bytes);
  }
  return end;
}

static void
place_segment (LimnPlan *plan, PlanSegment *segment, guint begin, guint end)
{
  segment->size = 0;
  for (guint i = begin; i < end; i++) {
    PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, g_array_index (plan->streamed, guint, i));

    storage->offset = segment->size;
    segment->size += padded (storage->bytes);
  }
}

guint64
limn_plan_cut (LimnPlan *plan, guint64 window)
{
  guint64 largest = 0, taken = 0, bytes;

  list_streamed (plan);
  g_array_set_size (plan->segments, 0);
  for (guint begin = 0, end; begin < plan->streamed->len; begin = end) {
    const guint storage = g_array_index (plan->streamed, guint, begin);

    end = layer_end (plan, begin, &bytes);
    if (plan->segments->len == 0 || taken + bytes > window) {
      const PlanSegment fresh = { .begin = begin };
      g_array_append_val (plan->segments, fresh);
      taken = 0;
      if (plan->segments->len > 1)
        g_array_index (plan->segments, PlanSegment, plan->segments->len - 1).first =
            (guint) g_array_index (plan->storage, PlanStorage, storage).first;
    }
    taken += bytes;
    largest = MAX (largest, taken);
  }
  for (guint i = 0; i < plan->segments->len; i++) {
    PlanSegment *segment = &g_array_index (plan->segments, PlanSegment, i);

    place_segment (plan, segment, segment->begin,
                   i + 1 < plan->segments->len ? (segment + 1)->begin : plan->streamed->len);
  }
  return largest;
}

guint64
limn_plan_streamed_bytes (LimnPlan *plan)
{
  guint64 bytes = 0;

  for (guint i = 0; i < plan->segments->len; i++)
    bytes += g_array_index (plan->segments, PlanSegment, i).size;
  return bytes;
}
