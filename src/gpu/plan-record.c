/* plan-record.c - descriptors, barriers and command buffers of a plan.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/plan-device.h"

#include <inttypes.h>

#include "base/i18n.h"

static LimnSlice
resolve (LimnPlan *plan, const PlanBinding *binding)
{
  if (binding->storage == G_MAXUINT)
    return (LimnSlice){ plan->device->dummy, 0, limn_buffer_size (plan->device->dummy) };
  LimnSlice slice = g_array_index (plan->storage, PlanStorage, binding->storage).slice;
  g_assert (slice.buffer != NULL && binding->offset + binding->size <= slice.size);
  return (LimnSlice){ slice.buffer, slice.offset + binding->offset, binding->size };
}

LimnPipeline *
limn_plan_pipeline (LimnPlan *plan, guint dispatch)
{
  return plan->device->pipelines->pdata[g_array_index (plan->dispatches, PlanDispatch, dispatch).pipeline];
}

static gboolean
is_in_range (LimnGpu *gpu, guint64 size, GError **error)
{
  if (size <= gpu->limits.maxStorageBufferRange)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY, _ ("%s reads at most %u MiB at once, %" PRIu64 " are needed"),
               gpu->info->name, gpu->limits.maxStorageBufferRange >> 20, (size + (1 << 20) - 1) >> 20);
  return FALSE;
}

static VkBufferView
view_of (PlanDevice *device, LimnSlice slice, GError **error)
{
  LimnGpu *gpu = device->gpu;
  g_autofree char *key =
      g_strdup_printf ("%p:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (void *) slice.buffer, slice.offset, slice.size);
  VkBufferView view = (VkBufferView) g_hash_table_lookup (device->views, key);

  if (view != VK_NULL_HANDLE)
    return view;
  const VkBufferViewCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO,
    .buffer = slice.buffer->buffer,
    .format = VK_FORMAT_R32G32B32A32_UINT,
    .offset = slice.offset,
    .range = limn_buffer_view_size (slice.size),
  };
  if (info.range / 16 > gpu->limits.maxTexelBufferElements) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY, _ ("%s reads at most %u texels at once, %" PRIu64 " are needed"),
                 gpu->info->name, gpu->limits.maxTexelBufferElements, info.range / 16);
    return VK_NULL_HANDLE;
  }
  VK_TRY (gpu, vkCreateBufferView (gpu->device, &info, NULL, &view));
  g_hash_table_insert (device->views, g_steal_pointer (&key), (gpointer) view);
  return view;

error:
  return VK_NULL_HANDLE;
}

static gboolean
create_pool (LimnPlan *plan, GError **error)
{
  PlanDevice *device = plan->device;
  guint32 storage = 0, texel = 0;

  for (guint i = 0; i < plan->dispatches->len; i++) {
    LimnPipeline *pipeline = limn_plan_pipeline (plan, i);
    for (int b = 0; b < pipeline->n_bindings; b++)
      *((pipeline->storage_mask >> b) & 1 ? &storage : &texel) += 1;
  }
  const VkDescriptorPoolSize sizes[] = {
    { VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, MAX (storage, 1) },
    { VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, MAX (texel, 1) },
  };
  const VkDescriptorPoolCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
    .maxSets = MAX (plan->dispatches->len, 1),
    .poolSizeCount = G_N_ELEMENTS (sizes),
    .pPoolSizes = sizes,
  };
  VK_TRY (device->gpu, vkCreateDescriptorPool (device->gpu->device, &info, NULL, &device->pool));
  return TRUE;

error:
  return FALSE;
}

static gboolean
write_set (LimnPlan *plan, guint index, GError **error)
{
  PlanDevice *device = plan->device;
  const PlanDispatch *dispatch = &g_array_index (plan->dispatches, PlanDispatch, index);
  VkDescriptorSet *set = &g_array_index (device->sets, VkDescriptorSet, index);
  LimnPipeline *pipeline = limn_plan_pipeline (plan, index);
  VkWriteDescriptorSet writes[LIMN_MAX_BINDINGS];
  VkDescriptorBufferInfo buffers[LIMN_MAX_BINDINGS];
  VkBufferView views[LIMN_MAX_BINDINGS];
  const VkDescriptorSetAllocateInfo info = {
    .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
    .descriptorPool = device->pool,
    .descriptorSetCount = 1,
    .pSetLayouts = &pipeline->set_layout,
  };

  VK_TRY (device->gpu, vkAllocateDescriptorSets (device->gpu->device, &info, set));
  for (int i = 0; i < pipeline->n_bindings; i++) {
    LimnSlice slice = resolve (plan, &dispatch->bindings[i]);
    gboolean is_storage = (pipeline->storage_mask >> i) & 1;

    writes[i] = (VkWriteDescriptorSet){
      .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
      .dstSet = *set,
      .dstBinding = (guint32) i,
      .descriptorCount = 1,
      .descriptorType = is_storage ? VK_DESCRIPTOR_TYPE_STORAGE_BUFFER : VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER,
      .pBufferInfo = &buffers[i],
      .pTexelBufferView = &views[i],
    };
    if (is_storage) {
      if (!is_in_range (device->gpu, slice.size, error))
        goto error;
      buffers[i] = (VkDescriptorBufferInfo){ slice.buffer->buffer, slice.offset, slice.size };
    } else {
      views[i] = view_of (device, slice, error);
      if (views[i] == VK_NULL_HANDLE)
        goto error;
    }
  }
  vkUpdateDescriptorSets (device->gpu->device, (guint32) pipeline->n_bindings, writes, 0, NULL);
  return TRUE;

error:
  return FALSE;
}

static void
barrier (VkCommandBuffer commands, VkPipelineStageFlags to, VkAccessFlags access)
{
  const VkMemoryBarrier memory = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
    .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT,
    .dstAccessMask = access,
  };

  vkCmdPipelineBarrier (commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, to, 0, 1, &memory, 0, NULL, 0, NULL);
}

static void
record_dispatch (LimnPlan *plan, guint index, VkCommandBuffer commands)
{
  const PlanDispatch *dispatch = &g_array_index (plan->dispatches, PlanDispatch, index);
  const VkDescriptorSet *set = &g_array_index (plan->device->sets, VkDescriptorSet, index);
  LimnPipeline *pipeline = limn_plan_pipeline (plan, index);

  vkCmdBindPipeline (commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline->pipeline);
  vkCmdBindDescriptorSets (commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline->layout, 0, 1, set, 0, NULL);
  vkCmdPushConstants (commands, pipeline->layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, (guint32) pipeline->push_size,
                      dispatch->push);
  vkCmdDispatch (commands, dispatch->groups[0], dispatch->groups[1], dispatch->groups[2]);
}

int
limn_plan_segment_at (LimnPlan *plan, guint dispatch)
{
  for (guint i = 0; i < plan->segments->len; i++)
    if (g_array_index (plan->segments, PlanSegment, i).first == dispatch)
      return (int) i;
  return -1;
}

/* What has come for segment number index, to where the dispatches read it. */
static void
record_copy (LimnPlan *plan, int index, VkCommandBuffer commands)
{
  const LimnStream *stream = plan->device->stream;
  const VkBufferCopy region = { .size = g_array_index (plan->segments, PlanSegment, index).size };
  const VkMemoryBarrier memory = { .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
                                   .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
                                   .dstAccessMask = VK_ACCESS_SHADER_READ_BIT };

  barrier (commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT);
  vkCmdCopyBuffer (commands, stream->mapped[index % 2]->buffer, stream->halves[index % 2]->buffer, 1, &region);
  vkCmdPipelineBarrier (commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 1, &memory,
                        0, NULL, 0, NULL);
}

VkCommandBuffer
limn_plan_record_range (LimnPlan *plan, guint first, guint count, VkQueryPool queries, GError **error)
{
  LimnGpu *gpu = plan->device->gpu;
  VkCommandBuffer commands = VK_NULL_HANDLE;
  GArray *accesses = limn_plan_accesses_new ();
  int segment = limn_plan_segment_at (plan, first);
  const VkPipelineStageFlags shader = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
  const VkAccessFlags shader_access = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT;
  const VkCommandBufferAllocateInfo info = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
    .commandPool = gpu->pool,
    .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
    .commandBufferCount = 1,
  };
  const VkCommandBufferBeginInfo begin = { .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO };

  VK_TRY (gpu, vkAllocateCommandBuffers (gpu->device, &info, &commands));
  VK_TRY (gpu, vkBeginCommandBuffer (commands, &begin));
  if (queries != VK_NULL_HANDLE)
    vkCmdResetQueryPool (commands, queries, 0, count + 1);
  if (segment >= 0 && plan->device->stream->mapped[0] != NULL)
    record_copy (plan, segment, commands);
  barrier (commands, shader, shader_access);
  for (guint i = 0; i < count; i++) {
    const PlanDispatch *dispatch = &g_array_index (plan->dispatches, PlanDispatch, first + i);

    if (limn_plan_must_wait (plan, dispatch, accesses) || queries != VK_NULL_HANDLE)
      barrier (commands, shader, shader_access);
    if (queries != VK_NULL_HANDLE)
      vkCmdWriteTimestamp (commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries, i);
    record_dispatch (plan, first + i, commands);
  }
  if (queries != VK_NULL_HANDLE)
    vkCmdWriteTimestamp (commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries, count);
  barrier (commands, VK_PIPELINE_STAGE_HOST_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
           VK_ACCESS_HOST_READ_BIT | VK_ACCESS_TRANSFER_READ_BIT);
  VK_TRY (gpu, vkEndCommandBuffer (commands));
  g_array_unref (accesses);
  return commands;

error:
  if (commands != VK_NULL_HANDLE)
    vkFreeCommandBuffers (gpu->device, gpu->pool, 1, &commands);
  g_array_unref (accesses);
  return VK_NULL_HANDLE;
}

/* A software device compiles a pipeline when it first runs, which takes as long as a slice should. */
static gboolean
must_compile (LimnPlan *plan, const LimnPipeline *pipeline)
{
  return plan->device->gpu->info->kind == LIMN_DEVICE_SOFTWARE && !pipeline->warm;
}

/* How many dispatches from first on make a slice, and their work. */
static guint
measure_slice (LimnPlan *plan, guint first, double *flop)
{
  double limit = plan->device->most_flop;
  guint count = 0, compiled = 0;

  *flop = 0;
  for (guint i = first; i < plan->dispatches->len; i++, count++) {
    const PlanDispatch *dispatch = &g_array_index (plan->dispatches, PlanDispatch, i);
    LimnPipeline *pipeline = limn_plan_pipeline (plan, i);

    if (count > 0
        && (*flop + dispatch->flop > limit || (must_compile (plan, pipeline) && compiled > 0)
            || limn_plan_segment_at (plan, i) >= 0))
      break;
    compiled += must_compile (plan, pipeline);
    plan->device->cold |= must_compile (plan, pipeline);
    pipeline->warm = TRUE;
    *flop += dispatch->flop;
  }
  return count;
}

static gboolean
record_slices (LimnPlan *plan, GError **error)
{
  guint first = 0;

  while (first < plan->dispatches->len) {
    double flop = 0;
    guint count = measure_slice (plan, first, &flop);

    VkCommandBuffer commands = limn_plan_record_range (plan, first, count, VK_NULL_HANDLE, error);
    if (commands == VK_NULL_HANDLE)
      return FALSE;
    if (limn_plan_segment_at (plan, first) >= 0)
      g_array_append_val (plan->device->first_slices, plan->device->slices->len);
    g_array_append_val (plan->device->slices, commands);
    g_array_append_val (plan->device->slice_flop, flop);
    first += count;
  }
  return TRUE;
}

static void
forget_slices (PlanDevice *device)
{
  if (device->slices->len > 0)
    vkFreeCommandBuffers (device->gpu->device, device->gpu->pool, device->slices->len,
                          (VkCommandBuffer *) (void *) device->slices->data);
  g_array_set_size (device->slices, 0);
  g_array_set_size (device->slice_flop, 0);
  g_array_set_size (device->first_slices, 0);
}

gboolean
limn_plan_fit_slices (LimnPlan *plan, GError **error)
{
  PlanDevice *device = plan->device;
  LimnGpu *gpu = device->gpu;
  double now = gpu->kernel_limits.slice_flop;

  /* Who asked for less than any device is given has it. */
  if (plan->limits.slice_flop < gpu->least_flop || (now < 2 * device->most_flop && device->most_flop < 2 * now))
    return TRUE;
  device->most_flop = now;
  forget_slices (device);
  return record_slices (plan, error);
}

static gboolean
write_sets (LimnPlan *plan, GError **error)
{
  for (guint i = 0; i < plan->dispatches->len; i++)
    if (!write_set (plan, i, error))
      return FALSE;
  return TRUE;
}

gboolean
limn_plan_record_again (LimnPlan *plan, GError **error)
{
  PlanDevice *device = plan->device;

  forget_slices (device);
  VK_TRY (device->gpu, vkResetDescriptorPool (device->gpu->device, device->pool, 0));
  return write_sets (plan, error) && record_slices (plan, error);

error:
  return FALSE;
}

gboolean
limn_plan_record (LimnPlan *plan, GError **error)
{
  const VkFenceCreateInfo fence = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
  PlanDevice *device = plan->device;

  device->most_flop = plan->limits.slice_flop;
  for (guint i = 0; i < 2; i++)
    VK_TRY (device->gpu, vkCreateFence (device->gpu->device, &fence, NULL, &device->fences[i]));
  if (!create_pool (plan, error))
    goto error;
  g_array_set_size (device->sets, plan->dispatches->len);
  return write_sets (plan, error) && record_slices (plan, error);

error:
  return FALSE;
}
