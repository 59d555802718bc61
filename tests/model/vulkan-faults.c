/* vulkan-faults.c - see vulkan-faults.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/vulkan-faults.h"

#include <dlfcn.h>

static guint counts[VULKAN_N_CALLS];
static struct {
  VulkanCall call;
  guint at;
  gboolean further, came;
} fault;

const char *
vulkan_call_name (VulkanCall call)
{
  static const char *const names[] = {
#define CALL(name, result, parameters, arguments) "vk" #name,
    VULKAN_FAULTS
#undef CALL
    "vkWaitForFences",
  };

  return names[call];
}

void
vulkan_faults_set (VulkanCall call, guint at, gboolean further)
{
  memset (counts, 0, sizeof counts);
  fault.call = call;
  fault.at = at;
  fault.further = further;
  fault.came = FALSE;
}

guint
vulkan_faults_count (VulkanCall call)
{
  return counts[call];
}

gboolean
vulkan_faults_came (void)
{
  return fault.came;
}

static gboolean
is_due (VulkanCall call)
{
  guint n = ++counts[call];

  if (call != fault.call || fault.at == 0 || !(fault.further ? n >= fault.at : n == fault.at))
    return FALSE;
  fault.came = TRUE;
  return TRUE;
}

/* The loader's function of that name. */
#define REAL(name) ((PFN_##name) dlsym (RTLD_NEXT, #name))

#define CALL(name, result, parameters, arguments)                                                                      \
  VkResult vk##name parameters                                                                                         \
  {                                                                                                                    \
    return is_due (VULKAN_##name) ? result : REAL (vk##name) arguments;                                                \
  }
VULKAN_FAULTS
#undef CALL

VkResult
vkWaitForFences (VkDevice device, uint32_t n, const VkFence *fences, VkBool32 all, uint64_t timeout)
{
  VkResult result = REAL (vkWaitForFences) (device, n, fences, all, timeout);

  return result == VK_SUCCESS && is_due (VULKAN_WaitForFences) ? VK_ERROR_DEVICE_LOST : result;
}
