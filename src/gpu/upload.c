/* upload.c - bytes into device memory and out of it, where the CPU cannot reach it through a staging buffer.
 *
 * The staging buffer has two halves: while the device copies from one, the CPU fills the other.  What is sent shares a
 * half with what was sent before, and is submitted when that is full, or asked for.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/gpu-private.h"

#include <string.h>

#define ALIGNMENT 64 /* of what shares a half */

typedef struct {
  guint8 *map;
  VkCommandBuffer commands;
  VkFence fence;
  guint64 used;  /* bytes whose copies are recorded; 0: none are, and nothing is */
  gboolean busy; /* submitted and not waited for */
} Half;

struct _LimnStaging {
  LimnGpu *gpu; /* borrowed */
  LimnBuffer *buffer;
  VkCommandPool pool;
  Half halves[2];
  guint now; /* the half that is filled */
};

void
limn_staging_free (LimnStaging *staging)
{
  if (staging == NULL)
    return;
  if (!staging->gpu->hung) {
    for (guint i = 0; i < G_N_ELEMENTS (staging->halves); i++)
      vkDestroyFence (staging->gpu->device, staging->halves[i].fence, NULL);
    vkDestroyCommandPool (staging->gpu->device, staging->pool, NULL);
  }
  limn_buffer_free (staging->buffer);
  g_free (staging);
}

static LimnStaging *
staging_new (LimnGpu *gpu, GError **error)
{
  LimnStaging *staging = g_new0 (LimnStaging, 1);
  const VkCommandPoolCreateInfo pool = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
    .flags = VK_COMMAND_POOL_CREATE_TRANSIENT_BIT | VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
    .queueFamilyIndex = gpu->queue_family,
  };
  const VkFenceCreateInfo fence = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };

  staging->gpu = gpu;
  staging->buffer = limn_buffer_new (gpu, LIMN_BUFFER_HOST, 2 * LIMN_STAGING_HALF, error);
  if (staging->buffer == NULL)
    goto error;
  VK_TRY (gpu, vkCreateCommandPool (gpu->device, &pool, NULL, &staging->pool));
  for (guint i = 0; i < G_N_ELEMENTS (staging->halves); i++) {
    Half *half = &staging->halves[i];
    const VkCommandBufferAllocateInfo commands = {
      .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
      .commandPool = staging->pool,
      .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
      .commandBufferCount = 1,
    };
    half->map = (guint8 *) limn_buffer_map (staging->buffer) + i * LIMN_STAGING_HALF;
    VK_TRY (gpu, vkAllocateCommandBuffers (gpu->device, &commands, &half->commands));
    VK_TRY (gpu, vkCreateFence (gpu->device, &fence, NULL, &half->fence));
  }
  return staging;

error:
  limn_staging_free (staging);
  return NULL;
}

static LimnStaging *
staging_of (LimnGpu *gpu, GError **error)
{
  if (gpu->staging == NULL)
    gpu->staging = staging_new (gpu, error);
  return gpu->staging;
}

/* Before the first copy from or to half. */
static gboolean
begin (LimnStaging *staging, Half *half, GError **error)
{
  const VkCommandBufferBeginInfo info = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
    .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
  };

  VK_TRY (staging->gpu, vkBeginCommandBuffer (half->commands, &info));
  return TRUE;

error:
  return FALSE;
}

/* What reads or writes what was copied may follow, the CPU as well. */
static gboolean
submit (LimnStaging *staging, Half *half, GError **error)
{
  LimnGpu *gpu = staging->gpu;
  const VkMemoryBarrier barrier = {
    .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
    .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
    .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_READ_BIT
                     | VK_ACCESS_TRANSFER_WRITE_BIT | VK_ACCESS_HOST_READ_BIT,
  };

  half->used = 0;
  vkCmdPipelineBarrier (half->commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
                        VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT
                            | VK_PIPELINE_STAGE_HOST_BIT,
                        0, 1, &barrier, 0, NULL, 0, NULL);
  VK_TRY (gpu, vkEndCommandBuffer (half->commands));
  half->busy = limn_gpu_submit (gpu, half->commands, half->fence, error);
  return half->busy;

error:
  return FALSE;
}

/* Until the device has done with the half. */
static gboolean
wait (LimnStaging *staging, Half *half, GError **error)
{
  if (!half->busy)
    return TRUE;
  half->busy = FALSE;
  return limn_gpu_wait (staging->gpu, half->fence, NULL, 0, error);
}

/* A half that has room for least bytes and can be filled; NULL: it failed. */
static Half *
half_with_room (LimnStaging *staging, guint64 least, GError **error)
{
  Half *half = &staging->halves[staging->now];

  if (half->used > 0 && LIMN_STAGING_HALF - half->used < least) {
    if (!submit (staging, half, error))
      return NULL;
    staging->now = 1 - staging->now;
    half = &staging->halves[staging->now];
  }
  return half->used > 0 || (wait (staging, half, error) && begin (staging, half, error)) ? half : NULL;
}

gboolean
limn_buffer_send (LimnSlice slice, guint64 granularity, LimnFillFunc fill, gpointer data, GError **error)
{
  g_return_val_if_fail (granularity > 0 && granularity <= LIMN_STAGING_HALF, FALSE);
  g_return_val_if_fail (slice.offset + slice.size <= slice.buffer->size && !slice.buffer->imported, FALSE);

  if (slice.buffer->map != NULL) {
    fill ((guint8 *) slice.buffer->map + slice.offset, 0, slice.size, data);
    return TRUE;
  }
  LimnStaging *staging = staging_of (slice.buffer->gpu, error);
  if (staging == NULL)
    return FALSE;
  for (guint64 done = 0, size; done < slice.size; done += size) {
    Half *half = half_with_room (staging, MIN (granularity, slice.size - done), error);

    if (half == NULL)
      return FALSE;
    size = MIN (slice.size - done, LIMN_STAGING_HALF - half->used);
    if (size < slice.size - done)
      size -= size % granularity;
    fill (half->map + half->used, done, size, data);
    const VkBufferCopy region = {
      .srcOffset = (guint64) (half - staging->halves) * LIMN_STAGING_HALF + half->used,
      .dstOffset = slice.offset + done,
      .size = size,
    };
    vkCmdCopyBuffer (half->commands, staging->buffer->buffer, slice.buffer->buffer, 1, &region);
    half->used += (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
  return TRUE;
}

gboolean
limn_gpu_flush (LimnGpu *gpu, GError **error)
{
  LimnStaging *staging = gpu->staging;

  if (staging == NULL || staging->halves[staging->now].used == 0)
    return TRUE;
  staging->now = 1 - staging->now;
  return submit (staging, &staging->halves[1 - staging->now], error);
}

gboolean
limn_gpu_settle (LimnGpu *gpu, GError **error)
{
  LimnStaging *staging = gpu->staging;
  gboolean good = limn_gpu_flush (gpu, error);

  for (guint i = 0; staging != NULL && i < G_N_ELEMENTS (staging->halves); i++)
    if (!wait (staging, &staging->halves[i], good ? error : NULL))
      good = FALSE;
  return good;
}

gboolean
limn_buffer_upload (LimnSlice slice, guint64 granularity, LimnFillFunc fill, gpointer data, GError **error)
{
  gboolean good = limn_buffer_send (slice, granularity, fill, data, error);

  /* The caller may free the slice, whether all went well or not. */
  return limn_gpu_settle (slice.buffer->gpu, good ? error : NULL) && good;
}

gboolean
limn_buffer_download (LimnSlice slice, void *out, GError **error)
{
  if (slice.buffer->map != NULL) {
    memcpy (out, (guint8 *) slice.buffer->map + slice.offset, slice.size);
    return TRUE;
  }
  LimnStaging *staging = staging_of (slice.buffer->gpu, error);
  if (staging == NULL || !limn_gpu_settle (slice.buffer->gpu, error))
    return FALSE;
  Half *half = staging->halves;
  for (guint64 done = 0; done < slice.size; done += LIMN_STAGING_HALF) {
    const VkBufferCopy region = { .srcOffset = slice.offset + done,
                                  .size = MIN (LIMN_STAGING_HALF, slice.size - done) };

    if (!begin (staging, half, error))
      return FALSE;
    vkCmdCopyBuffer (half->commands, slice.buffer->buffer, staging->buffer->buffer, 1, &region);
    if (!submit (staging, half, error) || !wait (staging, half, error))
      return FALSE;
    memcpy ((guint8 *) out + done, half->map, region.size);
  }
  return TRUE;
}
