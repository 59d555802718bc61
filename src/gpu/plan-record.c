/* plan-record.c - descriptors, barriers and command buffers of a plan.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/plan-private.h"

#include <inttypes.h>

#include "base/i18n.h"

typedef struct {
  LimnBuffer *buffer;
  guint64 begin, end;
  gboolean write;
} Access;

LimnSlice
limn_plan_resolve (LimnPlan *plan, const PlanBinding *binding)
{
  LimnSlice slice = binding->slice;

  if (binding->storage != G_MAXUINT)
    slice = g_array_index (plan->storage, PlanStorage, binding->storage).slice;
  if (slice.buffer == NULL)
    return (LimnSlice){ plan->dummy, 0, limn_buffer_size (plan->dummy) };
  g_assert (binding->offset + binding->size <= slice.size);
  slice.offset += binding->offset;
  slice.size = binding->size != 0 ? binding->size : slice.size - binding->offset;
  return slice;
}

static VkBufferView
view_of (LimnPlan *plan, LimnSlice slice, GError **error)
{
  g_autofree char *key =
      g_strdup_printf ("%p:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (void *) slice.buffer, slice.offset, slice.size);
  VkBufferView view = (VkBufferView) g_hash_table_lookup (plan->views, key);

  if (view != VK_NULL_HANDLE)
    return view;
  const VkBufferViewCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO,
    .buffer = slice.buffer->buffer,
    .format = VK_FORMAT_R32G32B32A32_UINT,
    .offset = slice.offset,
    .range = limn_buffer_view_size (slice.size),
  };
  if (info.range / 16 > plan->gpu->limits.maxTexelBufferElements) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY, _ ("%s reads at most %u texels at once, %" PRIu64 " are needed"),
                 plan->gpu->info->name, plan->gpu->limits.maxTexelBufferElements, info.range / 16);
    return VK_NULL_HANDLE;
  }
  VK_TRY (plan->gpu, vkCreateBufferView (plan->gpu->device, &info, NULL, &view));
  g_hash_table_insert (plan->views, g_steal_pointer (&key), (gpointer) view);
  return view;

error:
  return VK_NULL_HANDLE;
}

static gboolean
create_pool (LimnPlan *plan, GError **error)
{
  guint32 storage = 0, texel = 0;

  for (guint i = 0; i < plan->dispatches->len; i++) {
    LimnPipeline *pipeline = g_array_index (plan->dispatches, PlanDispatch, i).pipeline;
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
  VK_TRY (plan->gpu, vkCreateDescriptorPool (plan->gpu->device, &info, NULL, &plan->pool));
  return TRUE;

error:
  return FALSE;
}

static gboolean
write_set (LimnPlan *plan, PlanDispatch *dispatch, GError **error)
{
  LimnPipeline *pipeline = dispatch->pipeline;
  VkWriteDescriptorSet writes[LIMN_MAX_BINDINGS];
  VkDescriptorBufferInfo buffers[LIMN_MAX_BINDINGS];
  VkBufferView views[LIMN_MAX_BINDINGS];
  const VkDescriptorSetAllocateInfo info = {
    .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
    .descriptorPool = plan->pool,
    .descriptorSetCount = 1,
    .pSetLayouts = &pipeline->set_layout,
  };

  VK_TRY (plan->gpu, vkAllocateDescriptorSets (plan->gpu->device, &info, &dispatch->set));
  for (int i = 0; i < pipeline->n_bindings; i++) {
    LimnSlice slice = limn_plan_resolve (plan, &dispatch->bindings[i]);
    gboolean is_storage = (pipeline->storage_mask >> i) & 1;

    writes[i] = (VkWriteDescriptorSet){
      .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
      .dstSet = dispatch->set,
      .dstBinding = (guint32) i,
      .descriptorCount = 1,
      .descriptorType = is_storage ? VK_DESCRIPTOR_TYPE_STORAGE_BUFFER : VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER,
      .pBufferInfo = &buffers[i],
      .pTexelBufferView = &views[i],
    };
    if (is_storage) {
      buffers[i] = (VkDescriptorBufferInfo){ slice.buffer->buffer, slice.offset, slice.size };
    } else {
      views[i] = view_of (plan, slice, error);
      if (views[i] == VK_NULL_HANDLE)
        goto error;
    }
  }
  vkUpdateDescriptorSets (plan->gpu->device, (guint32) pipeline->n_bindings, writes, 0, NULL);
  return TRUE;

error:
  return FALSE;
}

/* Whether dispatch must wait for something in accesses (since the last barrier); notes its own accesses. */
static gboolean
conflicts (LimnPlan *plan, const PlanDispatch *dispatch, GArray *accesses)
{
  guint before = accesses->len;
  gboolean conflict = FALSE;

  for (int i = 0; i < dispatch->pipeline->n_bindings; i++) {
    LimnSlice slice = limn_plan_resolve (plan, &dispatch->bindings[i]);
    Access access = { slice.buffer, slice.offset, slice.offset + slice.size, dispatch->bindings[i].write };

    if (slice.buffer == plan->dummy)
      continue;
    for (guint j = 0; j < before && !conflict; j++) {
      Access *other = &g_array_index (accesses, Access, j);
      conflict = other->buffer == access.buffer && other->begin < access.end && access.begin < other->end
                 && (other->write || access.write);
    }
    g_array_append_val (accesses, access);
  }
  if (conflict)
    g_array_remove_range (accesses, 0, before);
  return conflict;
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
record_dispatch (VkCommandBuffer commands, const PlanDispatch *dispatch)
{
  LimnPipeline *pipeline = dispatch->pipeline;

  vkCmdBindPipeline (commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline->pipeline);
  vkCmdBindDescriptorSets (commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline->layout, 0, 1, &dispatch->set, 0, NULL);
  vkCmdPushConstants (commands, pipeline->layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, (guint32) dispatch->push_size,
                      dispatch->push);
  vkCmdDispatch (commands, dispatch->groups[0], dispatch->groups[1], dispatch->groups[2]);
}

VkCommandBuffer
limn_plan_record_range (LimnPlan *plan, guint first, guint count, VkQueryPool queries, GError **error)
{
  LimnGpu *gpu = plan->gpu;
  VkCommandBuffer commands = VK_NULL_HANDLE;
  GArray *accesses = g_array_new (FALSE, FALSE, sizeof (Access));
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
  barrier (commands, shader, shader_access);
  for (guint i = 0; i < count; i++) {
    PlanDispatch *dispatch = &g_array_index (plan->dispatches, PlanDispatch, first + i);

    if (conflicts (plan, dispatch, accesses) || queries != VK_NULL_HANDLE)
      barrier (commands, shader, shader_access);
    if (queries != VK_NULL_HANDLE)
      vkCmdWriteTimestamp (commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries, i);
    record_dispatch (commands, dispatch);
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
must_compile (LimnPlan *plan, const PlanDispatch *dispatch)
{
  return plan->gpu->info->kind == LIMN_DEVICE_SOFTWARE && !dispatch->pipeline->warm;
}

/* How many dispatches from first on make a slice, and their work. */
static guint
measure_slice (LimnPlan *plan, guint first, double *flop)
{
  double limit = limn_plan_slice_flop (plan);
  guint count = 0, compiled = 0;

  *flop = 0;
  for (guint i = first; i < plan->dispatches->len; i++, count++) {
    PlanDispatch *dispatch = &g_array_index (plan->dispatches, PlanDispatch, i);

    if (count > 0 && (*flop + dispatch->flop > limit || (must_compile (plan, dispatch) && compiled > 0)))
      break;
    compiled += must_compile (plan, dispatch);
    dispatch->pipeline->warm = TRUE;
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
    g_array_append_val (plan->slices, commands);
    g_array_append_val (plan->slice_flop, flop);
    first += count;
  }
  return TRUE;
}

gboolean
limn_plan_record (LimnPlan *plan, GError **error)
{
  const VkFenceCreateInfo fence = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };

  for (guint i = 0; i < 2; i++)
    VK_TRY (plan->gpu, vkCreateFence (plan->gpu->device, &fence, NULL, &plan->fences[i]));
  if (!create_pool (plan, error))
    goto error;
  for (guint i = 0; i < plan->dispatches->len; i++) {
    if (!write_set (plan, &g_array_index (plan->dispatches, PlanDispatch, i), error))
      goto error;
  }
  return record_slices (plan, error);

error:
  return FALSE;
}
