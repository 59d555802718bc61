/* buffer.c - buffers, each with memory of its own; uploads and downloads.
 *
 * Buffers are few and large (weights and plan arenas are carved from blocks), so one allocation each stays far below
 * maxMemoryAllocationCount.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/gpu-private.h"

#include <inttypes.h>
#include <string.h>

#include "base/i18n.h"

#define STAGING_SIZE (32u << 20)

/* The memory type that has all of required and, if any has, all of preferred; -1: none has. */
static int
memory_type (LimnGpu *gpu, guint32 allowed, VkMemoryPropertyFlags required, VkMemoryPropertyFlags preferred)
{
  int fallback = -1;

  for (guint i = 0; i < gpu->memory.memoryTypeCount; i++) {
    VkMemoryPropertyFlags flags = gpu->memory.memoryTypes[i].propertyFlags;

    if ((allowed & (1u << i)) == 0 || (flags & required) != required)
      continue;
    if ((flags & preferred) == preferred)
      return (int) i;
    if (fallback < 0)
      fallback = (int) i;
  }
  return fallback;
}

/* Device memory that the CPU can write saves a copy; only where all of it is mappable (integrated, software, large
 * BAR), else the small window would run out. */
static int
pick_type (LimnGpu *gpu, LimnBufferKind kind, guint32 allowed)
{
  const VkMemoryPropertyFlags host = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  const VkMemoryPropertyFlags local = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;

  if (kind == LIMN_BUFFER_HOST)
    return memory_type (gpu, allowed, host, VK_MEMORY_PROPERTY_HOST_CACHED_BIT);
  int type = memory_type (gpu, allowed, local, host);
  if (type < 0)
    return memory_type (gpu, allowed, 0, local);
  if ((gpu->memory.memoryTypes[type].propertyFlags & host) == host
      && gpu->memory.memoryHeaps[gpu->memory.memoryTypes[type].heapIndex].size < gpu->info->memory)
    return memory_type (gpu, allowed, local, 0);
  return type;
}

LimnBuffer *
limn_buffer_new (LimnGpu *gpu, LimnBufferKind kind, guint64 size, GError **error)
{
  LimnBuffer *buffer = g_new0 (LimnBuffer, 1);

  buffer->gpu = gpu;
  buffer->size = size;
  if (size > gpu->kernel_limits.allocation) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY,
                 _ ("%s allows %" PRIu64 " MiB in one piece, %" PRIu64 " MiB are needed"), gpu->info->name,
                 gpu->kernel_limits.allocation >> 20, size >> 20);
    goto error;
  }
  const VkBufferCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
    .size = limn_buffer_room (size),
    .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT
             | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
  };
  VK_TRY (gpu, vkCreateBuffer (gpu->device, &info, NULL, &buffer->buffer));
  VkMemoryRequirements needs;
  vkGetBufferMemoryRequirements (gpu->device, buffer->buffer, &needs);
  int type = pick_type (gpu, kind, needs.memoryTypeBits);
  if (type < 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE, _ ("%s has no memory of the kind that is needed"),
                 gpu->info->name);
    goto error;
  }
  const VkMemoryAllocateInfo allocation = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
    .allocationSize = needs.size,
    .memoryTypeIndex = (guint32) type,
  };
  VK_TRY (gpu, vkAllocateMemory (gpu->device, &allocation, NULL, &buffer->memory));
  VK_TRY (gpu, vkBindBufferMemory (gpu->device, buffer->buffer, buffer->memory, 0));
  const VkMemoryPropertyFlags host = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  if ((gpu->memory.memoryTypes[type].propertyFlags & host) == host)
    VK_TRY (gpu, vkMapMemory (gpu->device, buffer->memory, 0, VK_WHOLE_SIZE, 0, &buffer->map));
  buffer->counted = kind == LIMN_BUFFER_DEVICE ? info.size : 0;
  gpu->allocated += buffer->counted;
  gpu->most_allocated = MAX (gpu->most_allocated, gpu->allocated);
  return buffer;

error:
  limn_buffer_free (buffer);
  return NULL;
}

void
limn_buffer_free (LimnBuffer *buffer)
{
  if (buffer == NULL)
    return;
  vkDestroyBuffer (buffer->gpu->device, buffer->buffer, NULL);
  vkFreeMemory (buffer->gpu->device, buffer->memory, NULL);
  buffer->gpu->allocated -= buffer->counted;
  g_free (buffer);
}

guint64
limn_gpu_allocated (LimnGpu *gpu, guint64 *most)
{
  if (most != NULL)
    *most = gpu->most_allocated;
  return gpu->allocated;
}

guint64
limn_buffer_size (LimnBuffer *buffer)
{
  return buffer->size;
}

void *
limn_buffer_map (LimnBuffer *buffer)
{
  return buffer->map;
}

gboolean
limn_gpu_submit_wait (LimnGpu *gpu, VkCommandBuffer commands, GError **error)
{
  VkFence fence = VK_NULL_HANDLE;
  const VkFenceCreateInfo fence_info = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
  const VkSubmitInfo submit = { .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
                                .commandBufferCount = 1,
                                .pCommandBuffers = &commands };

  VK_TRY (gpu, vkCreateFence (gpu->device, &fence_info, NULL, &fence));
  VK_TRY (gpu, vkQueueSubmit (gpu->queue, 1, &submit, fence));
  VK_TRY (gpu, vkWaitForFences (gpu->device, 1, &fence, VK_TRUE, G_MAXUINT64));
  vkDestroyFence (gpu->device, fence, NULL);
  return TRUE;

error:
  vkDestroyFence (gpu->device, fence, NULL);
  return FALSE;
}

static gboolean
copy (LimnGpu *gpu, LimnBuffer *from, guint64 from_offset, LimnBuffer *to, guint64 to_offset, guint64 size,
      GError **error)
{
  VkCommandBuffer commands = VK_NULL_HANDLE;
  const VkCommandBufferAllocateInfo info = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
    .commandPool = gpu->pool,
    .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
    .commandBufferCount = 1,
  };
  const VkCommandBufferBeginInfo begin = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
    .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
  };
  const VkMemoryBarrier barrier = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
    .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
    .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_HOST_READ_BIT,
  };
  const VkBufferCopy region = { .srcOffset = from_offset, .dstOffset = to_offset, .size = size };

  VK_TRY (gpu, vkAllocateCommandBuffers (gpu->device, &info, &commands));
  VK_TRY (gpu, vkBeginCommandBuffer (commands, &begin));
  vkCmdCopyBuffer (commands, from->buffer, to->buffer, 1, &region);
  vkCmdPipelineBarrier (commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
                        VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0, NULL, 0,
                        NULL);
  VK_TRY (gpu, vkEndCommandBuffer (commands));
  if (!limn_gpu_submit_wait (gpu, commands, error))
    goto error;
  vkFreeCommandBuffers (gpu->device, gpu->pool, 1, &commands);
  return TRUE;

error:
  if (commands != VK_NULL_HANDLE)
    vkFreeCommandBuffers (gpu->device, gpu->pool, 1, &commands);
  return FALSE;
}

static gboolean
need_staging (LimnGpu *gpu, GError **error)
{
  if (gpu->staging == NULL)
    gpu->staging = limn_buffer_new (gpu, LIMN_BUFFER_HOST, STAGING_SIZE, error);
  return gpu->staging != NULL;
}

gboolean
limn_buffer_upload (LimnSlice slice, guint64 granularity, LimnFillFunc fill, gpointer data, GError **error)
{
  LimnGpu *gpu = slice.buffer->gpu;

  g_return_val_if_fail (granularity > 0 && granularity <= STAGING_SIZE, FALSE);
  g_return_val_if_fail (slice.offset + slice.size <= slice.buffer->size, FALSE);

  if (slice.buffer->map != NULL) {
    fill ((guint8 *) slice.buffer->map + slice.offset, 0, slice.size, data);
    return TRUE;
  }
  if (!need_staging (gpu, error))
    return FALSE;
  guint64 piece = STAGING_SIZE / granularity * granularity;
  for (guint64 done = 0; done < slice.size; done += piece) {
    guint64 size = MIN (piece, slice.size - done);

    fill (gpu->staging->map, done, size, data);
    if (!copy (gpu, gpu->staging, 0, slice.buffer, slice.offset + done, size, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
limn_buffer_download (LimnSlice slice, void *out, GError **error)
{
  LimnGpu *gpu = slice.buffer->gpu;

  if (slice.buffer->map != NULL) {
    memcpy (out, (guint8 *) slice.buffer->map + slice.offset, slice.size);
    return TRUE;
  }
  if (!need_staging (gpu, error))
    return FALSE;
  for (guint64 done = 0; done < slice.size; done += STAGING_SIZE) {
    guint64 size = MIN (STAGING_SIZE, slice.size - done);

    if (!copy (gpu, slice.buffer, slice.offset + done, gpu->staging, 0, size, error))
      return FALSE;
    memcpy ((guint8 *) out + done, gpu->staging->map, size);
  }
  return TRUE;
}
