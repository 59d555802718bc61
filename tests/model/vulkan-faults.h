/* vulkan-faults.h - Vulkan calls of the program's own that fail when a test says so.
 *
 * The functions of VULKAN_FAULTS are defined here before the loader's (export_dynamic, in meson.build), so that Limn
 * finds them first: layers and driver see calls that go through, and none of those that fail.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>
#include <vulkan/vulkan.h>

G_BEGIN_DECLS

/* CALL (name, how it fails, parameters, arguments), and a wait, which fails once it has waited: nothing is at work. */
#define VULKAN_FAULTS                                                                                                  \
  CALL (AllocateMemory, VK_ERROR_OUT_OF_DEVICE_MEMORY,                                                                 \
        (VkDevice a, const VkMemoryAllocateInfo *b, const VkAllocationCallbacks *c, VkDeviceMemory *d), (a, b, c, d))  \
  CALL (BindBufferMemory, VK_ERROR_OUT_OF_DEVICE_MEMORY, (VkDevice a, VkBuffer b, VkDeviceMemory c, VkDeviceSize d),   \
        (a, b, c, d))                                                                                                  \
  CALL (MapMemory, VK_ERROR_MEMORY_MAP_FAILED,                                                                         \
        (VkDevice a, VkDeviceMemory b, VkDeviceSize c, VkDeviceSize d, VkMemoryMapFlags e, void **f),                  \
        (a, b, c, d, e, f))                                                                                            \
  CALL (CreateBuffer, VK_ERROR_OUT_OF_DEVICE_MEMORY,                                                                   \
        (VkDevice a, const VkBufferCreateInfo *b, const VkAllocationCallbacks *c, VkBuffer *d), (a, b, c, d))          \
  CALL (CreateBufferView, VK_ERROR_OUT_OF_HOST_MEMORY,                                                                 \
        (VkDevice a, const VkBufferViewCreateInfo *b, const VkAllocationCallbacks *c, VkBufferView *d), (a, b, c, d))  \
  CALL (CreateDescriptorPool, VK_ERROR_OUT_OF_DEVICE_MEMORY,                                                           \
        (VkDevice a, const VkDescriptorPoolCreateInfo *b, const VkAllocationCallbacks *c, VkDescriptorPool *d),        \
        (a, b, c, d))                                                                                                  \
  CALL (AllocateDescriptorSets, VK_ERROR_OUT_OF_POOL_MEMORY,                                                           \
        (VkDevice a, const VkDescriptorSetAllocateInfo *b, VkDescriptorSet *c), (a, b, c))                             \
  CALL (CreateCommandPool, VK_ERROR_OUT_OF_HOST_MEMORY,                                                                \
        (VkDevice a, const VkCommandPoolCreateInfo *b, const VkAllocationCallbacks *c, VkCommandPool *d),              \
        (a, b, c, d))                                                                                                  \
  CALL (AllocateCommandBuffers, VK_ERROR_OUT_OF_DEVICE_MEMORY,                                                         \
        (VkDevice a, const VkCommandBufferAllocateInfo *b, VkCommandBuffer *c), (a, b, c))                             \
  CALL (BeginCommandBuffer, VK_ERROR_OUT_OF_HOST_MEMORY, (VkCommandBuffer a, const VkCommandBufferBeginInfo *b),       \
        (a, b))                                                                                                        \
  CALL (EndCommandBuffer, VK_ERROR_OUT_OF_DEVICE_MEMORY, (VkCommandBuffer a), (a))                                     \
  CALL (CreateFence, VK_ERROR_OUT_OF_HOST_MEMORY,                                                                      \
        (VkDevice a, const VkFenceCreateInfo *b, const VkAllocationCallbacks *c, VkFence *d), (a, b, c, d))            \
  CALL (CreateShaderModule, VK_ERROR_OUT_OF_HOST_MEMORY,                                                               \
        (VkDevice a, const VkShaderModuleCreateInfo *b, const VkAllocationCallbacks *c, VkShaderModule *d),            \
        (a, b, c, d))                                                                                                  \
  CALL (CreateDescriptorSetLayout, VK_ERROR_OUT_OF_DEVICE_MEMORY,                                                      \
        (VkDevice a, const VkDescriptorSetLayoutCreateInfo *b, const VkAllocationCallbacks *c,                         \
         VkDescriptorSetLayout *d),                                                                                    \
        (a, b, c, d))                                                                                                  \
  CALL (CreatePipelineLayout, VK_ERROR_OUT_OF_HOST_MEMORY,                                                             \
        (VkDevice a, const VkPipelineLayoutCreateInfo *b, const VkAllocationCallbacks *c, VkPipelineLayout *d),        \
        (a, b, c, d))                                                                                                  \
  CALL (CreateComputePipelines, VK_ERROR_OUT_OF_DEVICE_MEMORY,                                                         \
        (VkDevice a, VkPipelineCache b, uint32_t c, const VkComputePipelineCreateInfo *d,                              \
         const VkAllocationCallbacks *e, VkPipeline *f),                                                               \
        (a, b, c, d, e, f))                                                                                            \
  CALL (CreatePipelineCache, VK_ERROR_OUT_OF_HOST_MEMORY,                                                              \
        (VkDevice a, const VkPipelineCacheCreateInfo *b, const VkAllocationCallbacks *c, VkPipelineCache *d),          \
        (a, b, c, d))                                                                                                  \
  CALL (CreateQueryPool, VK_ERROR_OUT_OF_HOST_MEMORY,                                                                  \
        (VkDevice a, const VkQueryPoolCreateInfo *b, const VkAllocationCallbacks *c, VkQueryPool *d), (a, b, c, d))    \
  CALL (CreateDevice, VK_ERROR_INITIALIZATION_FAILED,                                                                  \
        (VkPhysicalDevice a, const VkDeviceCreateInfo *b, const VkAllocationCallbacks *c, VkDevice *d), (a, b, c, d))  \
  CALL (QueueSubmit, VK_ERROR_DEVICE_LOST, (VkQueue a, uint32_t b, const VkSubmitInfo *c, VkFence d), (a, b, c, d))

typedef enum {
#define CALL(name, result, parameters, arguments) VULKAN_##name,
  VULKAN_FAULTS
#undef CALL
      VULKAN_WaitForFences,
  VULKAN_N_CALLS
} VulkanCall;

const char *vulkan_call_name (VulkanCall call);
/* Counts from nothing again; the at-th (from 1) of call fails, and with it those after it where further says so.
 * at: 0 for none. */
void vulkan_faults_set (VulkanCall call, guint at, gboolean further);
/* Since then. */
guint vulkan_faults_count (VulkanCall call);
gboolean vulkan_faults_came (void);

G_END_DECLS
