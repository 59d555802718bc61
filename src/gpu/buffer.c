/* buffer.c - buffers, each with memory of its own.
 *
 * Buffers are few and large (weights and plan arenas are carved from blocks), so one allocation each stays far below
 * maxMemoryAllocationCount.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/gpu-private.h"

#include <inttypes.h>

#include "base/i18n.h"

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

/* size: as it is asked of the device. */
static gboolean
fits (LimnGpu *gpu, guint64 size, GError **error)
{
  if (size <= gpu->kernel_limits.allocation)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY,
               _ ("%s allows %" PRIu64 " MiB in one piece, %" PRIu64 " MiB are needed"), gpu->info->name,
               gpu->kernel_limits.allocation >> 20, (size + (1 << 20) - 1) >> 20);
  return FALSE;
}

static gboolean
is_given (LimnGpu *gpu, LimnBufferKind kind, guint64 size, GError **error)
{
  if (kind == LIMN_BUFFER_HOST || gpu->given == 0 || (size <= gpu->given && gpu->allocated <= gpu->given - size))
    return TRUE;
  return limn_gpu_fail (gpu, VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkAllocateMemory", error);
}

LimnBuffer *
limn_buffer_new (LimnGpu *gpu, LimnBufferKind kind, guint64 size, GError **error)
{
  LimnBuffer *buffer = g_new0 (LimnBuffer, 1);

  buffer->gpu = gpu;
  buffer->size = size;
  if (!fits (gpu, limn_buffer_room (size), error) || !is_given (gpu, kind, limn_buffer_room (size), error))
    goto error;
  const VkBufferCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
    .size = limn_buffer_room (size),
    .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT
             | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
  };
  VK_TRY (gpu, vkCreateBuffer (gpu->device, &info, NULL, &buffer->buffer));
  VkMemoryRequirements needs;
  vkGetBufferMemoryRequirements (gpu->device, buffer->buffer, &needs);
  if (!fits (gpu, needs.size, error))
    goto error;
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
  if ((gpu->memory.memoryTypes[type].propertyFlags & host) == host && (kind == LIMN_BUFFER_HOST || gpu->cap == 0))
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
  if (!buffer->gpu->hung) {
    vkDestroyBuffer (buffer->gpu->device, buffer->buffer, NULL);
    vkFreeMemory (buffer->gpu->device, buffer->memory, NULL);
  }
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

gboolean
limn_buffer_is_stuck (LimnBuffer *buffer)
{
  return buffer->gpu->hung;
}

void *
limn_buffer_map (LimnBuffer *buffer)
{
  return buffer->map;
}
