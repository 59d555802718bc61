/* vulkan.h - Vulkan's functions, found when they are wanted: Limn starts where there is no Vulkan, and says so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#define VK_NO_PROTOTYPES
#include <glib.h>
#include <vulkan/vulkan.h>

G_BEGIN_DECLS

/* A new one is a row. */
#define LIMN_VULKAN_FUNCTIONS                                                                                          \
  FUNCTION (vkAllocateCommandBuffers)                                                                                  \
  FUNCTION (vkAllocateDescriptorSets)                                                                                  \
  FUNCTION (vkAllocateMemory)                                                                                          \
  FUNCTION (vkBeginCommandBuffer)                                                                                      \
  FUNCTION (vkBindBufferMemory)                                                                                        \
  FUNCTION (vkCmdBindDescriptorSets)                                                                                   \
  FUNCTION (vkCmdBindPipeline)                                                                                         \
  FUNCTION (vkCmdCopyBuffer)                                                                                           \
  FUNCTION (vkCmdDispatch)                                                                                             \
  FUNCTION (vkCmdPipelineBarrier)                                                                                      \
  FUNCTION (vkCmdPushConstants)                                                                                        \
  FUNCTION (vkCmdResetQueryPool)                                                                                       \
  FUNCTION (vkCmdWriteTimestamp)                                                                                       \
  FUNCTION (vkCreateBuffer)                                                                                            \
  FUNCTION (vkCreateBufferView)                                                                                        \
  FUNCTION (vkCreateCommandPool)                                                                                       \
  FUNCTION (vkCreateComputePipelines)                                                                                  \
  FUNCTION (vkCreateDescriptorPool)                                                                                    \
  FUNCTION (vkCreateDescriptorSetLayout)                                                                               \
  FUNCTION (vkCreateDevice)                                                                                            \
  FUNCTION (vkCreateFence)                                                                                             \
  FUNCTION (vkCreateInstance)                                                                                          \
  FUNCTION (vkCreatePipelineCache)                                                                                     \
  FUNCTION (vkCreatePipelineLayout)                                                                                    \
  FUNCTION (vkCreateQueryPool)                                                                                         \
  FUNCTION (vkCreateShaderModule)                                                                                      \
  FUNCTION (vkDestroyBuffer)                                                                                           \
  FUNCTION (vkDestroyBufferView)                                                                                       \
  FUNCTION (vkDestroyCommandPool)                                                                                      \
  FUNCTION (vkDestroyDescriptorPool)                                                                                   \
  FUNCTION (vkDestroyDescriptorSetLayout)                                                                              \
  FUNCTION (vkDestroyDevice)                                                                                           \
  FUNCTION (vkDestroyFence)                                                                                            \
  FUNCTION (vkDestroyInstance)                                                                                         \
  FUNCTION (vkDestroyPipeline)                                                                                         \
  FUNCTION (vkDestroyPipelineCache)                                                                                    \
  FUNCTION (vkDestroyPipelineLayout)                                                                                   \
  FUNCTION (vkDestroyQueryPool)                                                                                        \
  FUNCTION (vkDestroyShaderModule)                                                                                     \
  FUNCTION (vkEndCommandBuffer)                                                                                        \
  FUNCTION (vkEnumerateDeviceExtensionProperties)                                                                      \
  FUNCTION (vkEnumerateInstanceLayerProperties)                                                                        \
  FUNCTION (vkEnumeratePhysicalDevices)                                                                                \
  FUNCTION (vkFreeCommandBuffers)                                                                                      \
  FUNCTION (vkFreeMemory)                                                                                              \
  FUNCTION (vkGetBufferMemoryRequirements)                                                                             \
  FUNCTION (vkGetDeviceProcAddr)                                                                                       \
  FUNCTION (vkGetDeviceQueue)                                                                                          \
  FUNCTION (vkGetInstanceProcAddr)                                                                                     \
  FUNCTION (vkGetPhysicalDeviceExternalBufferProperties)                                                               \
  FUNCTION (vkGetPhysicalDeviceFeatures2)                                                                              \
  FUNCTION (vkGetPhysicalDeviceMemoryProperties)                                                                       \
  FUNCTION (vkGetPhysicalDeviceMemoryProperties2)                                                                      \
  FUNCTION (vkGetPhysicalDeviceProperties)                                                                             \
  FUNCTION (vkGetPhysicalDeviceProperties2)                                                                            \
  FUNCTION (vkGetPhysicalDeviceQueueFamilyProperties)                                                                  \
  FUNCTION (vkGetPipelineCacheData)                                                                                    \
  FUNCTION (vkGetQueryPoolResults)                                                                                     \
  FUNCTION (vkMapMemory)                                                                                               \
  FUNCTION (vkQueueSubmit)                                                                                             \
  FUNCTION (vkResetDescriptorPool)                                                                                     \
  FUNCTION (vkResetFences)                                                                                             \
  FUNCTION (vkUpdateDescriptorSets)                                                                                    \
  FUNCTION (vkWaitForFences)

/* Pointers of the functions' own names; as symbols they have others, so that a program may define the functions. */
#define FUNCTION(name) extern PFN_##name name __asm__("limn_" #name);
LIMN_VULKAN_FUNCTIONS
#undef FUNCTION

/* Finds them once; looks again where there was no Vulkan the last time.  LIMN_ERROR_DEVICE: there is none still. */
gboolean limn_vulkan_load (GError **error);

G_END_DECLS
