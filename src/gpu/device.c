/* device.c - finds, describes and opens Vulkan devices.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/gpu-private.h"

#include <string.h>

#include "base/i18n.h"

static LimnDeviceKind
kind_of (VkPhysicalDeviceType type)
{
  switch (type) {
  case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
    return LIMN_DEVICE_DISCRETE;
  case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
    return LIMN_DEVICE_INTEGRATED;
  case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
    return LIMN_DEVICE_VIRTUAL;
  case VK_PHYSICAL_DEVICE_TYPE_CPU:
    return LIMN_DEVICE_SOFTWARE;
  default:
    return LIMN_DEVICE_OTHER;
  }
}

static int
compute_family (VkPhysicalDevice physical)
{
  guint32 count = 0;
  vkGetPhysicalDeviceQueueFamilyProperties (physical, &count, NULL);
  g_autofree VkQueueFamilyProperties *families = g_new0 (VkQueueFamilyProperties, count + 1);
  vkGetPhysicalDeviceQueueFamilyProperties (physical, &count, families);
  int best = -1;

  /* A compute-only queue leaves the desktop's graphics queue alone. */
  for (guint i = 0; i < count; i++) {
    if ((families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) == 0)
      continue;
    if (best < 0 || (families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT) == 0)
      best = (int) i;
    if ((families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT) == 0)
      break;
  }
  return best;
}

static guint64
local_memory (VkPhysicalDevice physical)
{
  VkPhysicalDeviceMemoryProperties memory;
  guint64 best = 0;

  vkGetPhysicalDeviceMemoryProperties (physical, &memory);
  for (guint i = 0; i < memory.memoryHeapCount; i++) {
    if (memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT)
      best = MAX (best, memory.memoryHeaps[i].size);
  }
  return best;
}

static char *
problem_of (VkPhysicalDevice physical, const VkPhysicalDeviceProperties *properties)
{
  if (properties->apiVersion < VK_API_VERSION_1_2)
    return g_strdup_printf (_ ("it has Vulkan %u.%u, Limn needs 1.2"), VK_API_VERSION_MAJOR (properties->apiVersion),
                            VK_API_VERSION_MINOR (properties->apiVersion));
  if (compute_family (physical) < 0)
    return g_strdup (_ ("it has no compute queue"));
  return NULL;
}

static LimnDeviceInfo *
describe (VkPhysicalDevice physical)
{
  LimnDeviceInfo *info = g_new0 (LimnDeviceInfo, 1);
  VkPhysicalDeviceSubgroupProperties subgroup = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES };
  VkPhysicalDeviceDriverProperties driver = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES,
                                              .pNext = &subgroup };
  VkPhysicalDeviceProperties2 properties = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                             .pNext = &driver };

  vkGetPhysicalDeviceProperties (physical, &properties.properties);
  if (properties.properties.apiVersion >= VK_API_VERSION_1_2)
    vkGetPhysicalDeviceProperties2 (physical, &properties);
  info->name = g_strdup (properties.properties.deviceName);
  info->driver = g_strstrip (g_strdup_printf ("%s %s", driver.driverName, driver.driverInfo));
  info->kind = kind_of (properties.properties.deviceType);
  info->memory = local_memory (physical);
  if (limn_gpu_read_cap () > 0)
    info->memory = limn_gpu_read_cap ();
  info->subgroup_size = subgroup.subgroupSize;
  info->problem = problem_of (physical, &properties.properties);
  return info;
}

static int
rank_of (const LimnDeviceInfo *info)
{
  static const int ranks[] = {
    [LIMN_DEVICE_DISCRETE] = 0, [LIMN_DEVICE_INTEGRATED] = 1, [LIMN_DEVICE_VIRTUAL] = 2,
    [LIMN_DEVICE_OTHER] = 3,    [LIMN_DEVICE_SOFTWARE] = 4,
  };

  return ranks[info->kind] + (info->problem != NULL ? 10 : 0);
}

typedef struct {
  LimnDeviceInfo *info;
  VkPhysicalDevice physical;
} Candidate;

static int
compare_candidates (gconstpointer a, gconstpointer b, gpointer data)
{
  const Candidate *left = a, *right = b;
  int ranks = rank_of (left->info) - rank_of (right->info);

  if (ranks != 0)
    return ranks;
  return left->info->memory > right->info->memory ? -1 : left->info->memory < right->info->memory;
}

static void
candidate_clear (gpointer data)
{
  limn_device_info_free (((Candidate *) data)->info);
}

/* (element-type Candidate), best first */
static GArray *
candidates (VkInstance instance)
{
  GArray *found = g_array_new (FALSE, TRUE, sizeof (Candidate));
  guint32 count = 0;

  g_array_set_clear_func (found, candidate_clear);
  vkEnumeratePhysicalDevices (instance, &count, NULL);
  g_autofree VkPhysicalDevice *devices = g_new0 (VkPhysicalDevice, count + 1);
  vkEnumeratePhysicalDevices (instance, &count, devices);
  for (guint i = 0; i < count; i++) {
    Candidate candidate = { describe (devices[i]), devices[i] };
    g_array_append_val (found, candidate);
  }
  g_array_sort_with_data (found, compare_candidates, NULL);
  for (guint i = 0; i < found->len; i++)
    g_array_index (found, Candidate, i).info->index = (int) i;
  return found;
}

GPtrArray *
limn_gpu_list (GError **error)
{
  VkDebugUtilsMessengerEXT messenger;
  VkInstance instance = limn_debug_create_instance (&messenger, error);

  if (instance == VK_NULL_HANDLE)
    return NULL;
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_device_info_free);
  g_autoptr (GArray) found = candidates (instance);
  for (guint i = 0; i < found->len; i++)
    g_ptr_array_add (list, g_steal_pointer (&g_array_index (found, Candidate, i).info));
  limn_debug_destroy_instance (instance, messenger);
  return list;
}

static gboolean
choose (LimnGpu *gpu, int index, GError **error)
{
  g_autoptr (GArray) found = candidates (gpu->instance);

  if (found->len == 0) {
    g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_DEVICE,
                         _ ("No Vulkan device; install a Vulkan driver, for example mesa-vulkan-drivers"));
    return FALSE;
  }
  if (index >= (int) found->len) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE, _ ("No Vulkan device %d; there are %u, counted from 0"), index,
                 found->len);
    return FALSE;
  }
  Candidate *candidate = &g_array_index (found, Candidate, MAX (index, 0));
  if (candidate->info->problem != NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE, _ ("%s cannot be used: %s"), candidate->info->name,
                 candidate->info->problem);
    return FALSE;
  }
  gpu->index = MAX (index, 0);
  gpu->info = g_steal_pointer (&candidate->info);
  gpu->physical = candidate->physical;
  return TRUE;
}

LimnGpu *
limn_gpu_new (int index, GError **error)
{
  LimnGpu *gpu = g_new0 (LimnGpu, 1);

  gpu->instance = limn_debug_create_instance (&gpu->messenger, error);
  if (gpu->instance == VK_NULL_HANDLE || !choose (gpu, index, error))
    goto error;
  gpu->queue_family = (guint32) compute_family (gpu->physical);
  limn_gpu_read_limits (gpu);
  limn_gpu_prove_import (gpu);
  if (!limn_gpu_open (gpu, error))
    goto error;
  limn_gpu_check_import (gpu);
  const VkCommandPoolCreateInfo pool = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
    .queueFamilyIndex = gpu->queue_family,
  };
  VK_TRY (gpu, vkCreateCommandPool (gpu->device, &pool, NULL, &gpu->pool));
  gpu->pipelines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) limn_pipeline_free);
  limn_pipeline_cache_load (gpu);
  return gpu;

error:
  limn_gpu_free (gpu);
  return NULL;
}

LimnGpu *
limn_gpu_new_like (LimnGpu *gpu, GError **error)
{
  LimnGpu *other = limn_gpu_new (gpu->index, error);

  if (other != NULL)
    limn_gpu_set_variant (other, gpu->kernel_limits.variant, gpu->kernel_limits.shapes);
  return other;
}

static void
destroy (LimnGpu *gpu)
{
  if (gpu->device != VK_NULL_HANDLE) {
    limn_pipeline_cache_save (gpu);
    vkDestroyPipelineCache (gpu->device, gpu->pipeline_cache, NULL);
    vkDestroyCommandPool (gpu->device, gpu->pool, NULL);
    vkDestroyDevice (gpu->device, NULL);
  }
  limn_debug_destroy_instance (gpu->instance, gpu->messenger);
}

void
limn_gpu_free (LimnGpu *gpu)
{
  if (gpu == NULL)
    return;
  limn_staging_free (gpu->staging);
  g_clear_pointer (&gpu->pipelines, g_hash_table_unref);
  if (!gpu->hung)
    destroy (gpu);
  g_free (gpu->pipeline_cache_path);
  limn_device_info_free (gpu->info);
  g_free (gpu);
}

const LimnDeviceInfo *
limn_gpu_info (LimnGpu *gpu)
{
  return gpu->info;
}

void
limn_gpu_set_wrong (LimnGpu *gpu, const char *wrong)
{
  g_free (gpu->info->wrong);
  gpu->info->wrong = g_strdup (wrong);
}

const LimnGpuLimits *
limn_gpu_limits (LimnGpu *gpu)
{
  return &gpu->kernel_limits;
}

gboolean
limn_gpu_is_new (LimnGpu *gpu)
{
  return gpu->is_new;
}

guint64
limn_gpu_memory_budget (LimnGpu *gpu)
{
  VkPhysicalDeviceMemoryBudgetPropertiesEXT budget = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT
  };
  VkPhysicalDeviceMemoryProperties2 properties = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2,
                                                   .pNext = &budget };
  guint64 best = 0;

  if (!gpu->tells_budget || gpu->cap > 0)
    return gpu->cap;
  vkGetPhysicalDeviceMemoryProperties2 (gpu->physical, &properties);
  for (guint i = 0; i < gpu->memory.memoryHeapCount; i++) {
    if (gpu->memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT)
      best = MAX (best, budget.heapBudget[i]);
  }
  return best;
}

guint64
limn_gpu_memory_cap (LimnGpu *gpu)
{
  return gpu->cap;
}

void
limn_gpu_set_variant (LimnGpu *gpu, const struct LimnVariant *variant, const struct LimnVariant *const *shapes)
{
  gpu->kernel_limits.variant = variant;
  for (int i = 0; i < LIMN_N_SHAPES; i++)
    gpu->kernel_limits.shapes[i] = shapes != NULL ? shapes[i] : NULL;
}

char *
limn_gpu_cache_path (LimnGpu *gpu, const char *name, const char *extension)
{
  VkPhysicalDeviceProperties properties;

  vkGetPhysicalDeviceProperties (gpu->physical, &properties);
  /* The last changes with the driver's build, whose version may stay. */
  const guint8 *build = properties.pipelineCacheUUID;
  g_autofree char *file =
      g_strdup_printf ("%s-%04x-%04x-%08x-%02x%02x%02x%02x%s", name, properties.vendorID, properties.deviceID,
                       properties.driverVersion, build[0], build[1], build[2], build[3], extension);
  return g_build_filename (g_get_user_cache_dir (), "limn", file, NULL);
}

gboolean
limn_gpu_fail (LimnGpu *gpu, VkResult result, const char *call, GError **error)
{
  const char *name = gpu->info != NULL ? gpu->info->name : "Vulkan";
  g_autofree char *function = g_strndup (call, strcspn (call, " ("));

  switch (result) {
  case VK_ERROR_DEVICE_LOST:
    gpu->lost = TRUE;
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST, _ ("%s stopped answering (device lost in %s)"), name,
                 function);
    break;
  case VK_ERROR_OUT_OF_DEVICE_MEMORY:
  case VK_ERROR_OUT_OF_HOST_MEMORY:
  case VK_ERROR_OUT_OF_POOL_MEMORY:
  case VK_ERROR_FRAGMENTED_POOL:
  case VK_ERROR_MEMORY_MAP_FAILED:
  case VK_ERROR_TOO_MANY_OBJECTS:
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MEMORY, _ ("%s has no memory left (%s)"), name, function);
    break;
  default:
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE, _ ("%s: %s failed with Vulkan error %d"), name, function,
                 result);
    break;
  }
  return FALSE;
}
