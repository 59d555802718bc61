/* plan-finish.c - a plan that is written gets its pipelines, weights and memory on a device.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/plan-device.h"

#include <string.h>

/* Zeros: a kernel without a step reads step 0. */
#define DUMMY_BYTES 256

/* What Vulkan has of it.  None of it is in use: whoever submits waits until that is done. */
static void
destroy (PlanDevice *device)
{
  VkDevice vulkan = device->gpu->device;
  GHashTableIter iter;
  gpointer view;

  for (guint i = 0; i < 2; i++)
    vkDestroyFence (vulkan, device->fences[i], NULL);
  if (device->slices->len > 0)
    vkFreeCommandBuffers (vulkan, device->gpu->pool, device->slices->len,
                          (VkCommandBuffer *) (void *) device->slices->data);
  g_hash_table_iter_init (&iter, device->views);
  while (g_hash_table_iter_next (&iter, NULL, &view))
    vkDestroyBufferView (vulkan, (VkBufferView) view, NULL);
  vkDestroyDescriptorPool (vulkan, device->pool, NULL);
}

static void
device_free (gpointer data)
{
  PlanDevice *device = data;

  if (!device->gpu->hung)
    destroy (device);
  g_array_unref (device->slices);
  g_array_unref (device->slice_flop);
  g_array_unref (device->first_slices);
  g_hash_table_unref (device->views);
  g_array_unref (device->sets);
  g_ptr_array_unref (device->blocks);
  g_ptr_array_unref (device->hosts);
  g_ptr_array_unref (device->pipelines);
  g_free (device);
}

static PlanDevice *
device_new (LimnGpu *gpu)
{
  PlanDevice *device = g_new0 (PlanDevice, 1);

  device->gpu = gpu;
  device->pipelines = g_ptr_array_new ();
  device->blocks = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_buffer_free);
  device->hosts = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_buffer_free);
  device->sets = g_array_new (FALSE, TRUE, sizeof (VkDescriptorSet));
  device->views = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  device->slices = g_array_new (FALSE, TRUE, sizeof (VkCommandBuffer));
  device->slice_flop = g_array_new (FALSE, TRUE, sizeof (double));
  device->first_slices = g_array_new (FALSE, TRUE, sizeof (guint));
  return device;
}

static gboolean
build_pipelines (LimnPlan *plan, const LimnTick *tick, GError **error)
{
  for (guint i = 0; i < plan->pipelines->len; i++) {
    const PlanPipeline *wanted = &g_array_index (plan->pipelines, PlanPipeline, i);
    LimnPipelineSpec spec = wanted->spec;
    LimnPipeline *pipeline;

    spec.constants = wanted->constants;
    if (!limn_tick (tick, 0, error) || (pipeline = limn_pipeline_get (plan->device->gpu, &spec, error)) == NULL)
      return FALSE;
    g_ptr_array_add (plan->device->pipelines, pipeline);
  }
  return TRUE;
}

static gboolean
place_weights (LimnPlan *plan, const LimnProvider *provider, const LimnTick *tick, GError **error)
{
  for (guint i = 0; i < plan->storage->len; i++) {
    PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, i);

    if (storage->kind != STORAGE_WEIGHT || storage->streamed)
      continue;
    if (!limn_tick (tick, 0, error) || !provider->weight (storage->name, &storage->slice, provider->data, error))
      return FALSE;
    g_assert (storage->slice.size == storage->bytes);
  }
  return provider == NULL || provider->placed == NULL || provider->placed (provider->data, error);
}

/* One segment's lie in one half of the window, the next one's in the other. */
static void
place_streamed (LimnPlan *plan, const LimnProvider *provider)
{
  for (guint i = 0; i < plan->segments->len; i++) {
    const PlanSegment *segment = &g_array_index (plan->segments, PlanSegment, i);
    guint end = i + 1 < plan->segments->len ? (segment + 1)->begin : plan->streamed->len;

    plan->device->stream = provider->stream;
    for (guint k = segment->begin; k < end; k++) {
      PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, g_array_index (plan->streamed, guint, k));

      storage->slice = (LimnSlice){ provider->stream->halves[i % 2], storage->offset, storage->bytes };
    }
  }
}

/* The buffer is list's; the host can see zeros in its own. */
static LimnBuffer *
add_buffer (GPtrArray *list, LimnGpu *gpu, LimnBufferKind kind, guint64 size, GError **error)
{
  LimnBuffer *buffer = limn_buffer_new (gpu, kind, size, error);

  if (buffer == NULL)
    return NULL;
  if (kind == LIMN_BUFFER_HOST)
    memset (limn_buffer_map (buffer), 0, size);
  g_ptr_array_add (list, buffer);
  return buffer;
}

static gboolean
allocate (LimnPlan *plan, GError **error)
{
  PlanDevice *device = plan->device;

  for (guint i = 0; i < plan->blocks->len; i++) {
    if (add_buffer (device->blocks, device->gpu, LIMN_BUFFER_DEVICE, g_array_index (plan->blocks, guint64, i), error)
        == NULL)
      return FALSE;
  }
  for (guint i = 0; i < plan->storage->len; i++) {
    PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, i);

    if (storage->kind == STORAGE_TEMPORARY && storage->first >= 0) {
      storage->slice = (LimnSlice){ device->blocks->pdata[storage->block], storage->offset, storage->bytes };
    } else if (storage->kind == STORAGE_HOST) {
      LimnBuffer *buffer = add_buffer (device->hosts, device->gpu, LIMN_BUFFER_HOST, storage->bytes, error);
      if (buffer == NULL)
        return FALSE;
      storage->slice = (LimnSlice){ buffer, 0, storage->bytes };
    }
  }
  device->dummy = add_buffer (device->hosts, device->gpu, LIMN_BUFFER_HOST, DUMMY_BYTES, error);
  return device->dummy != NULL;
}

gboolean
limn_plan_finish (LimnPlan *plan, LimnGpu *gpu, const LimnProvider *provider, const LimnTick *tick, GError **error)
{
  g_return_val_if_fail (plan->device == NULL, FALSE);

  limn_plan_layout (plan);
  plan->device = device_new (gpu);
  plan->device_free = device_free;
  if (provider != NULL) {
    plan->device->check = provider->check;
    plan->device->check_data = provider->check_data;
  }
  place_streamed (plan, provider);
  return build_pipelines (plan, tick, error) && place_weights (plan, provider, tick, error) && allocate (plan, error)
         && limn_plan_record (plan, error);
}

gboolean
limn_plan_rebind (LimnPlan *plan, const LimnProvider *provider, GError **error)
{
  gboolean moved = FALSE;

  g_return_val_if_fail (plan->device != NULL, FALSE);

  for (guint i = 0; i < plan->storage->len; i++) {
    PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, i);
    const LimnSlice before = storage->slice;

    if (storage->kind != STORAGE_WEIGHT || storage->streamed)
      continue;
    if (!provider->weight (storage->name, &storage->slice, provider->data, error))
      return FALSE;
    moved = moved || storage->slice.buffer != before.buffer || storage->slice.offset != before.offset;
  }
  return !moved || limn_plan_record_again (plan, error);
}
