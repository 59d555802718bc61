/* wait.c - work for the device, and waiting until it is done: never for ever.
 *
 * A driver that notices a hang says that the device is lost; one that does not would leave whoever waits blocked, and
 * with it whoever wants to cancel or close.  So waiting goes by turns, and a device that has not answered after many of
 * them is given up: what Vulkan has of it may still be in use, and is left behind (LimnGpu.hung).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/gpu-private.h"

#include "base/i18n.h"

#define TURN_NS 50000000 /* how long a cancel waits to be heard */
#define TURNS_A_SECOND (1000000000 / TURN_NS)
/* A submission takes tens of milliseconds; the device may be other programs' as well. */
#define PATIENCE (30 * TURNS_A_SECOND)
/* Once nobody wants it any more, or where nobody can say so. */
#define LAST_PATIENCE (10 * TURNS_A_SECOND)
/* Software compiles shaders while it runs, on a machine that may be busy. */
#define SOFTWARE_PATIENCE 20

gboolean
limn_gpu_submit (LimnGpu *gpu, VkCommandBuffer commands, VkFence fence, GError **error)
{
  const VkSubmitInfo submit = { .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
                                .commandBufferCount = 1,
                                .pCommandBuffers = &commands };

  if (gpu->lost)
    return limn_gpu_fail (gpu, VK_ERROR_DEVICE_LOST, "vkQueueSubmit", error);
  VK_TRY (gpu, vkQueueSubmit (gpu->queue, 1, &submit, fence));
  return TRUE;

error:
  return FALSE;
}

static gboolean
give_up (LimnGpu *gpu, guint turns, GError **error)
{
  gpu->lost = gpu->hung = TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST, _ ("%s stopped answering (nothing came for %u seconds)"),
               gpu->info->name, turns / TURNS_A_SECOND);
  return FALSE;
}

gboolean
limn_gpu_wait (LimnGpu *gpu, VkFence fence, const LimnTick *tick, double done, GError **error)
{
  guint scale = gpu->kernel_limits.software ? SOFTWARE_PATIENCE : 1; /* tests make a card of any device */
  guint patience = (tick != NULL ? PATIENCE : LAST_PATIENCE) * scale;
  gboolean wanted = TRUE;
  VkResult result;

  if (gpu->hung)
    return limn_gpu_fail (gpu, VK_ERROR_DEVICE_LOST, "vkWaitForFences", error);
  for (guint turn = 0; (result = vkWaitForFences (gpu->device, 1, &fence, VK_TRUE, TURN_NS)) == VK_TIMEOUT; turn++) {
    if (turn >= patience)
      return give_up (gpu, turn, wanted ? error : NULL);
    if (wanted && !limn_tick (tick, done, error)) {
      wanted = FALSE;
      patience = MIN (patience, turn + LAST_PATIENCE * scale);
    }
  }
  if (result == VK_SUCCESS)
    result = vkResetFences (gpu->device, 1, &fence);
  if (result != VK_SUCCESS && result != VK_ERROR_DEVICE_LOST)
    gpu->lost = gpu->hung = TRUE; /* it may still be at work */
  return result == VK_SUCCESS ? wanted : limn_gpu_fail (gpu, result, "vkWaitForFences", wanted ? error : NULL);
}

gboolean
limn_gpu_submit_wait (LimnGpu *gpu, VkCommandBuffer commands, const LimnTick *tick, double done, GError **error)
{
  VkFence fence = VK_NULL_HANDLE;
  const VkFenceCreateInfo info = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
  gboolean good;

  VK_TRY (gpu, vkCreateFence (gpu->device, &info, NULL, &fence));
  good = limn_gpu_submit (gpu, commands, fence, error) && limn_gpu_wait (gpu, fence, tick, done, error);
  if (!gpu->hung)
    vkDestroyFence (gpu->device, fence, NULL);
  return good;

error:
  return FALSE;
}
