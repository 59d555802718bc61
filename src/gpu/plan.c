/* plan.c - building a plan and running it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/plan-private.h"

#include <string.h>

#include "base/half.h"

/* Zeros: a kernel without a step reads step 0. */
#define DUMMY_BYTES 256

static void
storage_clear (gpointer data)
{
  limn_buffer_free (((PlanStorage *) data)->owned);
}

static void
trace_clear (gpointer data)
{
  g_free (((PlanTrace *) data)->name);
}

LimnPlan *
limn_plan_new (LimnGpu *gpu)
{
  LimnPlan *plan = g_new0 (LimnPlan, 1);

  plan->gpu = gpu;
  plan->storage = g_array_new (FALSE, TRUE, sizeof (PlanStorage));
  g_array_set_clear_func (plan->storage, storage_clear);
  plan->dispatches = g_array_new (FALSE, TRUE, sizeof (PlanDispatch));
  plan->traces = g_array_new (FALSE, TRUE, sizeof (PlanTrace));
  g_array_set_clear_func (plan->traces, trace_clear);
  plan->blocks = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_buffer_free);
  plan->views = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  plan->slices = g_array_new (FALSE, TRUE, sizeof (VkCommandBuffer));
  plan->slice_flop = g_array_new (FALSE, TRUE, sizeof (double));
  return plan;
}

void
limn_plan_free (LimnPlan *plan)
{
  if (plan == NULL)
    return;
  VkDevice device = plan->gpu->device;
  GHashTableIter iter;
  gpointer view;

  vkDeviceWaitIdle (device);
  for (guint i = 0; i < 2; i++)
    vkDestroyFence (device, plan->fences[i], NULL);
  if (plan->slices->len > 0)
    vkFreeCommandBuffers (device, plan->gpu->pool, plan->slices->len, (VkCommandBuffer *) (void *) plan->slices->data);
  g_array_unref (plan->slices);
  g_array_unref (plan->slice_flop);
  g_hash_table_iter_init (&iter, plan->views);
  while (g_hash_table_iter_next (&iter, NULL, &view))
    vkDestroyBufferView (device, (VkBufferView) view, NULL);
  g_hash_table_unref (plan->views);
  vkDestroyDescriptorPool (device, plan->pool, NULL);
  g_array_unref (plan->storage);
  g_array_unref (plan->dispatches);
  g_array_unref (plan->traces);
  g_ptr_array_unref (plan->blocks);
  limn_buffer_free (plan->dummy);
  g_clear_error (&plan->error);
  g_free (plan);
}

LimnGpu *
limn_plan_gpu (LimnPlan *plan)
{
  return plan->gpu;
}

void
limn_plan_fail (LimnPlan *plan, GError *error)
{
  if (plan->error == NULL)
    plan->error = error;
  else
    g_error_free (error);
}

gboolean
limn_plan_failed (LimnPlan *plan)
{
  return plan->error != NULL;
}

guint64
limn_array_rows (LimnArray array)
{
  return (guint64) array.n * array.h * array.w;
}

guint64
limn_array_bytes (LimnArray array)
{
  return limn_array_rows (array) * array.stride * (array.store == LIMN_STORE_F16 ? 2 : 4);
}

LimnArray
limn_array_channels (LimnArray array, int first, int count)
{
  if (array.id == 0)
    return array;
  g_assert (first % 8 == 0 && first + count <= array.stride);
  array.first += first;
  array.c = count;
  return array;
}

static LimnArray
add_array (LimnPlan *plan, PlanStorage storage, LimnStore store, int n, int h, int w, int c)
{
  LimnArray array = { .n = n, .h = h, .w = w, .c = c, .stride = (c + 7) / 8 * 8, .store = store };

  g_assert (n > 0 && h > 0 && w > 0 && c > 0);
  storage.bytes = limn_array_bytes (array);
  storage.first = storage.last = -1;
  g_array_append_val (plan->storage, storage);
  array.id = plan->storage->len;
  return array;
}

LimnArray
limn_plan_array (LimnPlan *plan, LimnStore store, int n, int h, int w, int c)
{
  return add_array (plan, (PlanStorage){ .kind = STORAGE_TEMPORARY }, store, n, h, w, c);
}

LimnArray
limn_plan_external (LimnPlan *plan, LimnSlice slice, LimnStore store, int n, int h, int w, int c)
{
  LimnArray array = add_array (plan, (PlanStorage){ .kind = STORAGE_EXTERNAL, .slice = slice }, store, n, h, w, c);

  g_assert (limn_array_bytes (array) <= slice.size);
  g_array_index (plan->storage, PlanStorage, array.id - 1).slice.size = limn_array_bytes (array);
  return array;
}

LimnArray
limn_plan_host_array (LimnPlan *plan, LimnStore store, int n, int h, int w, int c)
{
  LimnArray array = add_array (plan, (PlanStorage){ .kind = STORAGE_HOST }, store, n, h, w, c);
  PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, array.id - 1);
  g_autoptr (GError) error = NULL;

  storage->owned = limn_buffer_new (plan->gpu, LIMN_BUFFER_HOST, storage->bytes, &error);
  if (storage->owned == NULL) {
    limn_plan_fail (plan, g_steal_pointer (&error));
    return array;
  }
  memset (limn_buffer_map (storage->owned), 0, storage->bytes);
  storage->slice = (LimnSlice){ storage->owned, 0, storage->bytes };
  return array;
}

void *
limn_plan_map (LimnPlan *plan, LimnArray array)
{
  PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, array.id - 1);

  return (guint8 *) limn_buffer_map (storage->slice.buffer) + storage->slice.offset;
}

double
limn_plan_slice_flop (LimnPlan *plan)
{
  return plan->gpu->kernel_limits.slice_flop;
}

static void
use (LimnPlan *plan, PlanBinding *binding, const LimnBinding *wanted)
{
  int now = (int) plan->dispatches->len;

  *binding =
      (PlanBinding){ .storage = G_MAXUINT, .offset = wanted->offset, .size = wanted->size, .write = wanted->write };
  if (wanted->array.id == 0) {
    binding->slice = wanted->slice;
    return;
  }
  PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, wanted->array.id - 1);
  g_assert (wanted->write || storage->kind != STORAGE_TEMPORARY || storage->first >= 0);
  binding->storage = wanted->array.id - 1;
  if (storage->first < 0)
    storage->first = now;
  storage->last = now;
}

void
limn_plan_dispatch (LimnPlan *plan, const LimnDispatch *dispatch)
{
  PlanDispatch copy = { .push_size = dispatch->pipeline.push_size, .flop = dispatch->flop };
  g_autoptr (GError) error = NULL;

  if (plan->error != NULL)
    return;
  g_assert (copy.push_size <= (int) sizeof copy.push);
  copy.pipeline = limn_pipeline_get (plan->gpu, &dispatch->pipeline, &error);
  if (copy.pipeline == NULL) {
    limn_plan_fail (plan, g_steal_pointer (&error));
    return;
  }
  memcpy (copy.push, dispatch->push, copy.push_size);
  memcpy (copy.groups, dispatch->groups, sizeof copy.groups);
  for (int i = 0; i < dispatch->pipeline.n_bindings; i++)
    use (plan, &copy.bindings[i], &dispatch->bindings[i]);
  plan->flop += dispatch->flop;
  g_array_append_val (plan->dispatches, copy);
}

void
limn_plan_set_trace (LimnPlan *plan, LimnTraceFunc func, gpointer data)
{
  plan->trace_func = func;
  plan->trace_data = data;
}

void
limn_plan_trace (LimnPlan *plan, LimnArray array, const char *name)
{
  if (plan->trace_func == NULL || plan->error != NULL)
    return;
  PlanTrace trace = { g_strdup (name), array };
  g_array_append_val (plan->traces, trace);
}

gboolean
limn_plan_finish (LimnPlan *plan, GError **error)
{
  if (plan->error != NULL) {
    g_propagate_error (error, g_error_copy (plan->error));
    return FALSE;
  }
  plan->dummy = limn_buffer_new (plan->gpu, LIMN_BUFFER_HOST, DUMMY_BYTES, error);
  if (plan->dummy == NULL)
    return FALSE;
  memset (limn_buffer_map (plan->dummy), 0, DUMMY_BYTES);
  return limn_plan_layout (plan, error) && limn_plan_record (plan, error);
}

static gboolean
wait (LimnPlan *plan, VkFence fence, GError **error)
{
  VK_TRY (plan->gpu, vkWaitForFences (plan->gpu->device, 1, &fence, VK_TRUE, G_MAXUINT64));
  VK_TRY (plan->gpu, vkResetFences (plan->gpu->device, 1, &fence));
  return TRUE;

error:
  return FALSE;
}

static gboolean
submit (LimnPlan *plan, guint slice, GError **error)
{
  const VkSubmitInfo info = {
    .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
    .commandBufferCount = 1,
    .pCommandBuffers = &g_array_index (plan->slices, VkCommandBuffer, slice),
  };

  VK_TRY (plan->gpu, vkQueueSubmit (plan->gpu->queue, 1, &info, plan->fences[slice % 2]));
  return TRUE;

error:
  return FALSE;
}

void
limn_plan_keep (LimnPlan *plan, LimnArray array)
{
  if (array.id != 0)
    g_array_index (plan->storage, PlanStorage, array.id - 1).kept = TRUE;
}

gboolean
limn_plan_download (LimnPlan *plan, LimnArray array, float *values, GError **error)
{
  PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, array.id - 1);
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
  guint n = plan->slices->len, waited = 0;
  gboolean good = TRUE;
  double done = 0;

  for (guint i = 0; i < n && good; i++) {
    if (i >= 2) {
      good = wait (plan, plan->fences[waited % 2], error);
      done += g_array_index (plan->slice_flop, double, waited++);
    }
    good = good && limn_tick (tick, plan->flop > 0 ? done / plan->flop : 0, error) && submit (plan, i, error);
    if (!good)
      n = i;
  }
  /* What is in flight must end before its memory may be used again, cancelled or not. */
  for (; waited < n; waited++) {
    if (!wait (plan, plan->fences[waited % 2], good ? error : NULL))
      good = FALSE;
  }
  return good && limn_tick (tick, 1, error) && (plan->trace_func == NULL || emit_traces (plan, error));
}

guint64
limn_plan_arena_bytes (LimnPlan *plan, guint64 *unshared)
{
  guint64 bytes = 0;

  for (guint i = 0; i < plan->blocks->len; i++)
    bytes += limn_buffer_size (plan->blocks->pdata[i]);
  if (unshared != NULL)
    *unshared = plan->unshared;
  return bytes;
}

double
limn_plan_flop (LimnPlan *plan)
{
  return plan->flop;
}

guint
limn_plan_dispatches (LimnPlan *plan)
{
  return plan->dispatches->len;
}
