/* matrix.c - whether a device has matrix units (VK_KHR_cooperative_matrix), of which sizes, and what can be done with
 * matrices besides (VK_NV_cooperative_matrix2).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/gpu-private.h"

/* What Vulkan's headers have since 1.3.255. */
#ifndef VK_KHR_cooperative_matrix
#define VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME "VK_KHR_cooperative_matrix"
#define VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR ((VkStructureType) 1000506000)
#define VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR ((VkStructureType) 1000506001)
#define VK_COMPONENT_TYPE_FLOAT16_KHR 0
#define VK_COMPONENT_TYPE_FLOAT32_KHR 1
#define VK_SCOPE_SUBGROUP_KHR 3

typedef struct {
  VkStructureType sType;
  void *pNext;
  VkBool32 cooperativeMatrix, cooperativeMatrixRobustBufferAccess;
} VkPhysicalDeviceCooperativeMatrixFeaturesKHR;

typedef struct {
  VkStructureType sType;
  void *pNext;
  uint32_t MSize, NSize, KSize;
  int AType, BType, CType, ResultType; /* VkComponentTypeKHR */
  VkBool32 saturatingAccumulation;
  int scope; /* VkScopeKHR */
} VkCooperativeMatrixPropertiesKHR;

typedef VkResult (VKAPI_PTR *PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR) (
    VkPhysicalDevice, uint32_t *, VkCooperativeMatrixPropertiesKHR *);
#endif

/* Since 1.3.300. */
#ifndef VK_NV_cooperative_matrix2
#define VK_NV_COOPERATIVE_MATRIX_2_EXTENSION_NAME "VK_NV_cooperative_matrix2"
#define VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_2_FEATURES_NV ((VkStructureType) 1000593000)

typedef struct {
  VkStructureType sType;
  void *pNext;
  VkBool32 cooperativeMatrixWorkgroupScope, cooperativeMatrixFlexibleDimensions, cooperativeMatrixReductions;
  VkBool32 cooperativeMatrixConversions, cooperativeMatrixPerElementOperations, cooperativeMatrixTensorAddressing;
  VkBool32 cooperativeMatrixBlockLoads;
} VkPhysicalDeviceCooperativeMatrix2FeaturesNV;
#endif

/* With the shaders' arithmetic in halves, and the memory model that they are compiled for. */
static const VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrices = {
  .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR, .cooperativeMatrix = VK_TRUE
};
static const VkPhysicalDeviceVulkanMemoryModelFeatures model = {
  .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES,
  .pNext = (void *) &matrices,
  .vulkanMemoryModel = VK_TRUE,
};
static const VkPhysicalDeviceShaderFloat16Int8Features halves = {
  .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES,
  .pNext = (void *) &model,
  .shaderFloat16 = VK_TRUE,
};

/* With workgroups' sizes as SPIR-V 1.6 has them, which the shaders' compiler wants for it. */
static const VkPhysicalDeviceMaintenance4Features by_id = {
  .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_FEATURES,
  .pNext = (void *) &halves,
  .maintenance4 = VK_TRUE,
};
static const VkPhysicalDeviceCooperativeMatrix2FeaturesNV reductions = {
  .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_2_FEATURES_NV,
  .pNext = (void *) &by_id,
  .cooperativeMatrixReductions = VK_TRUE,
  .cooperativeMatrixConversions = VK_TRUE,
  .cooperativeMatrixPerElementOperations = VK_TRUE,
};

static gboolean
has_features (VkPhysicalDevice physical)
{
  VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrix = { .sType = matrices.sType };
  VkPhysicalDeviceVulkanMemoryModelFeatures memory = { .sType = model.sType, .pNext = &matrix };
  VkPhysicalDeviceShaderFloat16Int8Features half = { .sType = halves.sType, .pNext = &memory };
  VkPhysicalDeviceFeatures2 features = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, .pNext = &half };

  if (!limn_gpu_has_extension (physical, VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME))
    return FALSE;
  vkGetPhysicalDeviceFeatures2 (physical, &features);
  return matrix.cooperativeMatrix && memory.vulkanMemoryModel && half.shaderFloat16;
}

static gboolean
has_reductions (VkPhysicalDevice physical)
{
  VkPhysicalDeviceCooperativeMatrix2FeaturesNV matrix = { .sType = reductions.sType };
  VkPhysicalDeviceMaintenance4Features size = { .sType = by_id.sType, .pNext = &matrix };
  VkPhysicalDeviceFeatures2 features = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, .pNext = &size };
  VkPhysicalDeviceProperties properties;

  vkGetPhysicalDeviceProperties (physical, &properties);
  if (properties.apiVersion < VK_API_VERSION_1_3
      || !limn_gpu_has_extension (physical, VK_NV_COOPERATIVE_MATRIX_2_EXTENSION_NAME))
    return FALSE;
  vkGetPhysicalDeviceFeatures2 (physical, &features);
  return size.maintenance4 && matrix.cooperativeMatrixReductions && matrix.cooperativeMatrixConversions
         && matrix.cooperativeMatrixPerElementOperations;
}

/* Halves, their sums in fp32, in a subgroup. */
static gboolean
serves (const VkCooperativeMatrixPropertiesKHR *size)
{
  return size->scope == VK_SCOPE_SUBGROUP_KHR && size->AType == VK_COMPONENT_TYPE_FLOAT16_KHR
         && size->BType == VK_COMPONENT_TYPE_FLOAT16_KHR && size->CType == VK_COMPONENT_TYPE_FLOAT32_KHR
         && size->ResultType == VK_COMPONENT_TYPE_FLOAT32_KHR && !size->saturatingAccumulation
         && MAX (MAX (size->MSize, size->NSize), size->KSize) <= G_MAXUINT8;
}

void
limn_gpu_read_matrices (LimnGpu *gpu)
{
  PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR get = NULL;
  LimnMatrixSize *found = gpu->kernel_limits.matrices;
  guint32 count = 0;

  if (has_features (gpu->physical))
    get = (PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR) vkGetInstanceProcAddr (
        gpu->instance, "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR");
  if (get == NULL || get (gpu->physical, &count, NULL) != VK_SUCCESS)
    return;
  g_autofree VkCooperativeMatrixPropertiesKHR *sizes = g_new0 (VkCooperativeMatrixPropertiesKHR, count + 1);
  for (guint i = 0; i < count; i++)
    sizes[i].sType = VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR;
  get (gpu->physical, &count, sizes);
  for (guint i = 0; i < count && found < gpu->kernel_limits.matrices + LIMN_MAX_MATRICES; i++) {
    if (serves (&sizes[i]))
      *found++ = (LimnMatrixSize){ (guint8) sizes[i].MSize, (guint8) sizes[i].NSize, (guint8) sizes[i].KSize };
  }
  gpu->kernel_limits.reduces = gpu->kernel_limits.matrices[0].m > 0 && has_reductions (gpu->physical);
}

guint32
limn_gpu_matrix_extensions (LimnGpu *gpu, const char **names, const void **features)
{
  guint32 n = 0;

  if (gpu->kernel_limits.matrices[0].m == 0)
    return 0;
  *features = &halves;
  names[n++] = VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME;
  if (gpu->kernel_limits.reduces) {
    *features = &reductions;
    names[n++] = VK_NV_COOPERATIVE_MATRIX_2_EXTENSION_NAME;
  }
  return n;
}
