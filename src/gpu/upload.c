/* upload.c - bytes into device memory and out of it, where the CPU cannot reach it through a staging buffer.
 *
 * The staging buffer has two halves: while the device copies from one, the CPU fills the other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/gpu-private.h"

#include <string.h>

typedef struct {
  guint8 *map;
  VkCommandBuffer commands;
  VkFence fence;
  gboolean busy; /* submitted and not waited for */
} Half;

struct _LimnStaging {
  LimnGpu *gpu; /* borrowed */
  LimnBuffer *buffer;
  VkCommandPool pool;
  Half halves[2];
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

/* Between the half and slice, which is no larger. */
static gboolean
submit (LimnStaging *staging, Half *half, LimnSlice slice, gboolean up, GError **error)
{
  LimnGpu *gpu = staging->gpu;
  const guint64 in_staging = (guint64) (half - staging->halves) * LIMN_STAGING_HALF;
  const VkBufferCopy region = {
    .srcOffset = up ? in_staging : slice.offset,
    .dstOffset = up ? slice.offset : in_staging,
    .size = slice.size,
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

  VK_TRY (gpu, vkBeginCommandBuffer (half->commands, &begin));
  vkCmdCopyBuffer (half->commands, up ? staging->buffer->buffer : slice.buffer->buffer,
                   up ? slice.buffer->buffer : staging->buffer->buffer, 1, &region);
  vkCmdPipelineBarrier (half->commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
                        VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0, NULL, 0,
                        NULL);
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

gboolean
limn_buffer_upload (LimnSlice slice, guint64 granularity, LimnFillFunc fill, gpointer data, GError **error)
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
  guint64 piece = LIMN_STAGING_HALF / granularity * granularity;
  gboolean good = TRUE;
  for (guint64 done = 0; good && done < slice.size; done += piece) {
    Half *half = &staging->halves[done / piece % 2];
    const LimnSlice part = { slice.buffer, slice.offset + done, MIN (piece, slice.size - done) };

    good = wait (staging, half, error);
    if (good)
      fill (half->map, done, part.size, data);
    good = good && submit (staging, half, part, TRUE, error);
  }
  /* The caller may free the slice, whether all went well or not. */
  for (guint i = 0; i < G_N_ELEMENTS (staging->halves); i++) {
    if (!wait (staging, &staging->halves[i], good ? error : NULL))
      good = FALSE;
  }
  return good;
}

gboolean
limn_buffer_download (LimnSlice slice, void *out, GError **error)
{
  if (slice.buffer->map != NULL) {
    memcpy (out, (guint8 *) slice.buffer->map + slice.offset, slice.size);
    return TRUE;
  }
  LimnStaging *staging = staging_of (slice.buffer->gpu, error);
  if (staging == NULL)
    return FALSE;
  Half *half = staging->halves;
  for (guint64 done = 0; done < slice.size; done += LIMN_STAGING_HALF) {
    const LimnSlice part = { slice.buffer, slice.offset + done, MIN (LIMN_STAGING_HALF, slice.size - done) };

    if (!submit (staging, half, part, FALSE, error) || !wait (staging, half, error))
      return FALSE;
    memcpy ((guint8 *) out + done, half->map, part.size);
  }
  return TRUE;
}
