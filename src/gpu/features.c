/* features.c - what a device can, and opening it so that it does.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/gpu-private.h"

#include <string.h>

gboolean
limn_gpu_has_extension (VkPhysicalDevice physical, const char *name)
{
  guint32 count = 0;

  vkEnumerateDeviceExtensionProperties (physical, NULL, &count, NULL);
  g_autofree VkExtensionProperties *extensions = g_new0 (VkExtensionProperties, count + 1);
  vkEnumerateDeviceExtensionProperties (physical, NULL, &count, extensions);
  for (guint i = 0; i < count; i++) {
    if (strcmp (extensions[i].extensionName, name) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Whether the size of subgroups can be asked for by an extension, which later became Vulkan 1.3's. */
static gboolean
sizes_by_extension (LimnGpu *gpu)
{
  VkPhysicalDeviceProperties properties;

  vkGetPhysicalDeviceProperties (gpu->physical, &properties);
  return properties.apiVersion < VK_API_VERSION_1_3
         && limn_gpu_has_extension (gpu->physical, VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME);
}

static gboolean
can_shuffle (const VkPhysicalDeviceSubgroupProperties *subgroup)
{
  const VkSubgroupFeatureFlags needed = VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_BIT;

  return (subgroup->supportedOperations & needed) == needed
         && (subgroup->supportedStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0;
}

/* The kernels number their lanes by the subgroup's size, so that it must be told, and all subgroups be full: where that
 * cannot be, subgroups are not used. */
static void
read_subgroups (LimnGpu *gpu)
{
  VkPhysicalDeviceSubgroupSizeControlFeatures control = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES
  };
  VkPhysicalDeviceFeatures2 features = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, .pNext = &control };
  VkPhysicalDeviceSubgroupProperties subgroup = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES };
  VkPhysicalDeviceSubgroupSizeControlProperties sizes = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES, .pNext = &subgroup
  };
  VkPhysicalDeviceProperties2 properties = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &sizes };

  /* LIMN_SHARED_LANES=1 takes the path of devices without subgroups anywhere, for tests. */
  if (g_strcmp0 (g_getenv ("LIMN_SHARED_LANES"), "1") == 0)
    return;
  /* Structures that neither the device's version nor an extension of it knows are left as they are. */
  vkGetPhysicalDeviceFeatures2 (gpu->physical, &features);
  vkGetPhysicalDeviceProperties2 (gpu->physical, &properties);
  gpu->asks_subgroup = (sizes.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0;
  if (!control.subgroupSizeControl || !control.computeFullSubgroups || !can_shuffle (&subgroup)
      || (!gpu->asks_subgroup && sizes.minSubgroupSize != sizes.maxSubgroupSize))
    return;
  gpu->kernel_limits.subgroup_min = sizes.minSubgroupSize;
  gpu->kernel_limits.subgroup_max = sizes.maxSubgroupSize;
  limn_gpu_read_matrices (gpu);
}

static double
slice_flop (LimnDeviceKind kind)
{
  /* About a tenth of a second on a software device, tens of milliseconds on the others. */
  switch (kind) {
  case LIMN_DEVICE_SOFTWARE:
    return 2e9;
  case LIMN_DEVICE_INTEGRATED:
    return 2e10;
  default:
    return 2e11;
  }
}

/* Differences of timestamps are good to as many bits as the queue says, over which they wrap. */
static void
read_timestamps (LimnGpu *gpu)
{
  guint32 count = 0;
  vkGetPhysicalDeviceQueueFamilyProperties (gpu->physical, &count, NULL);
  g_autofree VkQueueFamilyProperties *families = g_new0 (VkQueueFamilyProperties, count + 1);
  vkGetPhysicalDeviceQueueFamilyProperties (gpu->physical, &count, families);
  guint32 bits = families[gpu->queue_family].timestampValidBits;

  gpu->timestamp_period = bits > 0 ? gpu->limits.timestampPeriod : 0;
  gpu->timestamp_mask = bits < 64 ? (G_GUINT64_CONSTANT (1) << bits) - 1 : G_MAXUINT64;
}

guint64
limn_gpu_read_cap (void)
{
  const char *mib = g_getenv ("LIMN_MEMORY");
  guint64 bytes = 0;

  return mib != NULL && g_ascii_string_to_unsigned (mib, 10, 1, G_MAXUINT32, &bytes, NULL) ? bytes << 20 : 0;
}

/* A 1024 x 1024 VAE activation is 537 MB of 16-byte texels. */
#define ENOUGH_TEXELS (1u << 26)

void
limn_gpu_read_limits (LimnGpu *gpu)
{
  VkPhysicalDeviceMaintenance3Properties maintenance = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES
  };
  VkPhysicalDeviceProperties2 properties = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                             .pNext = &maintenance };

  vkGetPhysicalDeviceProperties2 (gpu->physical, &properties);
  gpu->limits = properties.properties.limits;
  read_timestamps (gpu);
  vkGetPhysicalDeviceMemoryProperties (gpu->physical, &gpu->memory);
  gpu->tells_budget = limn_gpu_has_extension (gpu->physical, VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
  gpu->cap = gpu->given = limn_gpu_read_cap ();
  gpu->kernel_limits = (LimnGpuLimits){
    .storage_range = gpu->limits.maxStorageBufferRange,
    .allocation = maintenance.maxMemoryAllocationSize,
    .max_groups = MIN (gpu->limits.maxComputeWorkGroupCount[0], gpu->limits.maxComputeWorkGroupCount[1]),
    .slice_flop = slice_flop (gpu->info->kind),
    .shared = gpu->limits.maxComputeSharedMemorySize,
    .software = gpu->info->kind == LIMN_DEVICE_SOFTWARE,
    .few_texels = gpu->limits.maxTexelBufferElements < ENOUGH_TEXELS,
  };
  gpu->least_flop = gpu->kernel_limits.slice_flop / 16;
  gpu->most_flop = gpu->kernel_limits.slice_flop * 16;
  read_subgroups (gpu);
  limn_gpu_read_import (gpu);
}

gboolean
limn_gpu_open (LimnGpu *gpu, GError **error)
{
  gboolean sized = gpu->kernel_limits.subgroup_max != 0;
  const void *features = NULL;
  const char *extensions[LIMN_MATRIX_EXTENSIONS + 2];
  guint32 n_extensions = limn_gpu_matrix_extensions (gpu, extensions, &features);
  const float priority = 0;
  const VkDeviceQueueCreateInfo queue = {
    .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
    .queueFamilyIndex = gpu->queue_family,
    .queueCount = 1,
    .pQueuePriorities = &priority,
  };
  const VkPhysicalDeviceSubgroupSizeControlFeatures control = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES,
    .pNext = (void *) features,
    .subgroupSizeControl = VK_TRUE,
    .computeFullSubgroups = VK_TRUE,
  };

  if (sized && sizes_by_extension (gpu))
    extensions[n_extensions++] = VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME;
  if (gpu->kernel_limits.import_alignment > 0)
    extensions[n_extensions++] = VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME;
  const VkDeviceCreateInfo device = {
    .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
    .pNext = sized ? &control : NULL,
    .queueCreateInfoCount = 1,
    .pQueueCreateInfos = &queue,
    .enabledExtensionCount = n_extensions,
    .ppEnabledExtensionNames = extensions,
  };

  VK_TRY (gpu, vkCreateDevice (gpu->physical, &device, NULL, &gpu->device));
  vkGetDeviceQueue (gpu->device, gpu->queue_family, 0, &gpu->queue);
  return TRUE;

error:
  return FALSE;
}
