/* played.c - see played.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <vulkan/vulkan.h> /* with the functions' prototypes */

#include "played.h"

#include <dlfcn.h>
#include <string.h>

Played played;

/* The loader's function of that name. */
#define REAL(name) ((PFN_##name) dlsym (RTLD_NEXT, #name))

static void *
find (void *chain, VkStructureType type)
{
  VkBaseOutStructure *at = chain;

  while (at != NULL && at->sType != type)
    at = at->pNext;
  return at;
}

static void
play_limits (VkPhysicalDeviceLimits *limits)
{
  if (played.texels != 0)
    limits->maxTexelBufferElements = played.texels;
}

VKAPI_ATTR void VKAPI_CALL
vkGetPhysicalDeviceProperties (VkPhysicalDevice device, VkPhysicalDeviceProperties *properties)
{
  REAL (vkGetPhysicalDeviceProperties) (device, properties);
  play_limits (&properties->limits);
  if (played.api != 0)
    properties->apiVersion = played.api;
  if (played.type != VK_PHYSICAL_DEVICE_TYPE_OTHER)
    properties->deviceType = played.type;
}

VKAPI_ATTR void VKAPI_CALL
vkGetPhysicalDeviceProperties2 (VkPhysicalDevice device, VkPhysicalDeviceProperties2 *properties)
{
  VkPhysicalDeviceSubgroupSizeControlProperties *sizes =
      find (properties->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES);
  VkPhysicalDeviceMaintenance3Properties *maintenance =
      find (properties->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES);
  VkPhysicalDeviceSubgroupProperties *subgroup =
      find (properties->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES);

  REAL (vkGetPhysicalDeviceProperties2) (device, properties);
  play_limits (&properties->properties.limits);
  if (maintenance != NULL && played.allocation != 0)
    maintenance->maxMemoryAllocationSize = played.allocation;
  if (sizes != NULL && played.subgroup_max != 0) {
    sizes->minSubgroupSize = played.subgroup_min;
    sizes->maxSubgroupSize = played.subgroup_max;
  }
  if (sizes != NULL && played.no_asking)
    sizes->requiredSubgroupSizeStages = 0;
  if (subgroup != NULL && played.no_shuffle)
    subgroup->supportedOperations = VK_SUBGROUP_FEATURE_BASIC_BIT;
}

VKAPI_ATTR void VKAPI_CALL
vkGetPhysicalDeviceMemoryProperties2 (VkPhysicalDevice device, VkPhysicalDeviceMemoryProperties2 *properties)
{
  VkPhysicalDeviceMemoryBudgetPropertiesEXT *budget =
      find (properties->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT);

  REAL (vkGetPhysicalDeviceMemoryProperties2) (device, properties);
  for (guint i = 0; budget != NULL && played.budget != 0 && i < VK_MAX_MEMORY_HEAPS; i++)
    budget->heapBudget[i] = played.budget;
}

VKAPI_ATTR void VKAPI_CALL
vkGetPhysicalDeviceFeatures2 (VkPhysicalDevice device, VkPhysicalDeviceFeatures2 *features)
{
  VkPhysicalDeviceSubgroupSizeControlFeatures *control =
      find (features->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES);

  REAL (vkGetPhysicalDeviceFeatures2) (device, features);
  if (control != NULL && played.no_size_control)
    control->subgroupSizeControl = VK_FALSE;
}

VKAPI_ATTR VkResult VKAPI_CALL
vkEnumerateDeviceExtensionProperties (VkPhysicalDevice device, const char *layer, uint32_t *count,
                                      VkExtensionProperties *properties)
{
  VkResult result = REAL (vkEnumerateDeviceExtensionProperties) (device, layer, count, properties);

  for (guint i = 0; properties != NULL && i < *count; i++) {
    if ((!played.size_extension
         && strcmp (properties[i].extensionName, VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME) == 0)
        || (played.budget == 0 && strcmp (properties[i].extensionName, VK_EXT_MEMORY_BUDGET_EXTENSION_NAME) == 0))
      properties[i].extensionName[0] = '\0';
  }
  if (properties != NULL && played.budget != 0 && *count > 0)
    strcpy (properties[*count - 1].extensionName, VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
  return result;
}

VKAPI_ATTR VkResult VKAPI_CALL
vkCreateDevice (VkPhysicalDevice physical, const VkDeviceCreateInfo *info, const VkAllocationCallbacks *allocator,
                VkDevice *device)
{
  played.devices++;
  played.asked_extension = FALSE;
  for (guint i = 0; i < info->enabledExtensionCount; i++)
    played.asked_extension |=
        strcmp (info->ppEnabledExtensionNames[i], VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME) == 0;
  return REAL (vkCreateDevice) (physical, info, allocator, device);
}

VKAPI_ATTR VkResult VKAPI_CALL
vkQueueSubmit (VkQueue queue, uint32_t n, const VkSubmitInfo *infos, VkFence fence)
{
  played.submissions++;
  return REAL (vkQueueSubmit) (queue, n, infos, fence);
}

/* GLib's. */
gint64
g_get_monotonic_time (void)
{
  return played.clock != 0 ? played.clock : ((gint64 (*) (void)) dlsym (RTLD_NEXT, "g_get_monotonic_time")) ();
}

/* The turns that are played take no time, but whoever waits with no end would wait for ever. */
VKAPI_ATTR VkResult VKAPI_CALL
vkWaitForFences (VkDevice device, uint32_t n, const VkFence *fences, VkBool32 all, uint64_t timeout)
{
  static guint turns;
  gboolean slow = played.hangs || turns < played.slow;

  played.waits++;
  turns = slow ? turns + 1 : 0;
  if (played.lost != VK_SUCCESS)
    return played.lost;
  g_assert_cmpuint (timeout, <=, G_GUINT64_CONSTANT (1000000000));
  VkResult result = slow ? VK_TIMEOUT : REAL (vkWaitForFences) (device, n, fences, all, timeout);
  if (result == VK_SUCCESS)
    played.clock += played.takes;
  return result;
}

/* A device that hangs would never say so, and nothing that it may still use may be freed. */
VKAPI_ATTR VkResult VKAPI_CALL
vkDeviceWaitIdle (VkDevice device)
{
  g_assert_false (played.hangs);
  return REAL (vkDeviceWaitIdle) (device);
}

VKAPI_ATTR void VKAPI_CALL
vkDestroyDevice (VkDevice device, const VkAllocationCallbacks *allocator)
{
  g_assert_false (played.hangs);
  REAL (vkDestroyDevice) (device, allocator);
}

VKAPI_ATTR void VKAPI_CALL
vkFreeMemory (VkDevice device, VkDeviceMemory memory, const VkAllocationCallbacks *allocator)
{
  g_assert_false (played.hangs);
  REAL (vkFreeMemory) (device, memory, allocator);
}

VKAPI_ATTR void VKAPI_CALL
vkGetPhysicalDeviceQueueFamilyProperties (VkPhysicalDevice device, uint32_t *count, VkQueueFamilyProperties *families)
{
  REAL (vkGetPhysicalDeviceQueueFamilyProperties) (device, count, families);
  for (guint i = 0; families != NULL && played.timestamp_bits != 0 && i < *count; i++)
    families[i].timestampValidBits = played.timestamp_bits;
}

/* The first is the last before they wrap. */
VKAPI_ATTR VkResult VKAPI_CALL
vkGetQueryPoolResults (VkDevice device, VkQueryPool pool, uint32_t first, uint32_t count, size_t size, void *data,
                       VkDeviceSize stride, VkQueryResultFlags flags)
{
  VkResult result = REAL (vkGetQueryPoolResults) (device, pool, first, count, size, data, stride, flags);
  guint64 *ticks = data, mask = (G_GUINT64_CONSTANT (1) << played.timestamp_bits) - 1, start = ticks[0];

  for (guint i = 0; played.timestamp_bits != 0 && i < count; i++)
    ticks[i] = (ticks[i] - start + mask) & mask;
  return result;
}

VKAPI_ATTR VkResult VKAPI_CALL
vkAllocateMemory (VkDevice device, const VkMemoryAllocateInfo *info, const VkAllocationCallbacks *allocator,
                  VkDeviceMemory *memory)
{
  played.asked_memory = MAX (played.asked_memory, info->allocationSize);
  return REAL (vkAllocateMemory) (device, info, allocator, memory);
}

VKAPI_ATTR VkResult VKAPI_CALL
vkCreateBufferView (VkDevice device, const VkBufferViewCreateInfo *info, const VkAllocationCallbacks *allocator,
                    VkBufferView *view)
{
  played.asked_texels = MAX (played.asked_texels, info->range);
  return REAL (vkCreateBufferView) (device, info, allocator, view);
}

VKAPI_ATTR VkResult VKAPI_CALL
vkGetPipelineCacheData (VkDevice device, VkPipelineCache cache, size_t *size, void *data)
{
  if (played.pipeline_bytes == 0)
    return REAL (vkGetPipelineCacheData) (device, cache, size, data);
  *size = 1 + played.pipelines * played.pipeline_bytes;
  if (data != NULL)
    memset (data, 'p', *size);
  return VK_SUCCESS;
}

/* Modules and then pipelines of the broken shader, and the pipeline that is bound. */
static GHashTable *
broken (void)
{
  static GHashTable *handles;

  if (handles == NULL)
    handles = g_hash_table_new (NULL, NULL);
  return handles;
}

static VkPipeline bound;

VKAPI_ATTR VkResult VKAPI_CALL
vkCreateShaderModule (VkDevice device, const VkShaderModuleCreateInfo *info, const VkAllocationCallbacks *allocator,
                      VkShaderModule *module)
{
  VkResult result = REAL (vkCreateShaderModule) (device, info, allocator, module);

  g_hash_table_remove (broken (), *module);
  if (played.broken != NULL && info->pCode == played.broken)
    g_hash_table_add (broken (), *module);
  return result;
}

VKAPI_ATTR void VKAPI_CALL
vkCmdBindPipeline (VkCommandBuffer commands, VkPipelineBindPoint point, VkPipeline pipeline)
{
  bound = pipeline;
  REAL (vkCmdBindPipeline) (commands, point, pipeline);
}

VKAPI_ATTR void VKAPI_CALL
vkCmdDispatch (VkCommandBuffer commands, uint32_t x, uint32_t y, uint32_t z)
{
  if (!g_hash_table_contains (broken (), bound))
    REAL (vkCmdDispatch) (commands, x, y, z);
}

/* The real device makes it with its own size of subgroups. */
VKAPI_ATTR VkResult VKAPI_CALL
vkCreateComputePipelines (VkDevice device, VkPipelineCache cache, uint32_t n, const VkComputePipelineCreateInfo *infos,
                          const VkAllocationCallbacks *allocator, VkPipeline *pipelines)
{
  VkComputePipelineCreateInfo info = infos[0];
  const VkPipelineShaderStageRequiredSubgroupSizeCreateInfo *size =
      find ((void *) info.stage.pNext, VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO);

  g_assert (n == 1);
  played.pipelines++;
  played.asked_subgroup = size != NULL ? size->requiredSubgroupSize : 0;
  played.asked_full = (info.stage.flags & VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT) != 0;
  if (played.subgroup_max != 0) {
    info.stage.pNext = NULL;
    info.stage.flags = 0;
  }
  VkResult result = REAL (vkCreateComputePipelines) (device, cache, 1, &info, allocator, pipelines);
  g_hash_table_remove (broken (), *pipelines);
  if (g_hash_table_contains (broken (), info.stage.module))
    g_hash_table_add (broken (), *pipelines);
  return result;
}
