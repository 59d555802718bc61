/* wrong-kernel.c - a driver that is wrong about one shader: its dispatches do nothing.
 *
 * WRONG_KERNEL names the shader, as shaders/meson.build does.  Preloaded into a program, or linked into one that
 * exports its functions: either way these stand before the loader's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <dlfcn.h>
#include <glib.h>
#include <string.h>
#include <vulkan/vulkan.h>

#include "gpu/pipeline.h"

/* The loader's function of that name. */
#define REAL(name) ((PFN_##name) dlsym (RTLD_NEXT, #name))

/* Modules and pipelines of the shader, on whatever thread and device. */
static GMutex lock;
static GHashTable *handles;
static _Thread_local gboolean bound; /* what is recorded last is such a pipeline */

static gboolean
is_wrong (guint64 handle)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  return handles != NULL && g_hash_table_contains (handles, &handle);
}

static void
mark (guint64 handle, gboolean wrong)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  if (handles == NULL)
    handles = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  if (wrong)
    g_hash_table_add (handles, g_memdup2 (&handle, sizeof handle));
  else
    g_hash_table_remove (handles, &handle);
}

static gboolean
is_code_of_it (const VkShaderModuleCreateInfo *info)
{
  const char *name = g_getenv ("WRONG_KERNEL");

  for (const LimnShader *shader = limn_shaders; name != NULL && shader->name != NULL; shader++)
    if (strcmp (shader->name, name) == 0)
      return info->codeSize == shader->size && memcmp (info->pCode, shader->code, shader->size) == 0;
  return FALSE;
}

VKAPI_ATTR VkResult VKAPI_CALL
vkCreateShaderModule (VkDevice device, const VkShaderModuleCreateInfo *info, const VkAllocationCallbacks *allocator,
                      VkShaderModule *module)
{
  VkResult result = REAL (vkCreateShaderModule) (device, info, allocator, module);

  if (result == VK_SUCCESS)
    mark ((guint64) (gsize) *module, is_code_of_it (info));
  return result;
}

VKAPI_ATTR VkResult VKAPI_CALL
vkCreateComputePipelines (VkDevice device, VkPipelineCache cache, uint32_t n, const VkComputePipelineCreateInfo *infos,
                          const VkAllocationCallbacks *allocator, VkPipeline *pipelines)
{
  VkResult result = REAL (vkCreateComputePipelines) (device, cache, n, infos, allocator, pipelines);

  for (uint32_t i = 0; result == VK_SUCCESS && i < n; i++)
    mark ((guint64) (gsize) pipelines[i], is_wrong ((guint64) (gsize) infos[i].stage.module));
  return result;
}

VKAPI_ATTR void VKAPI_CALL
vkCmdBindPipeline (VkCommandBuffer commands, VkPipelineBindPoint point, VkPipeline pipeline)
{
  bound = is_wrong ((guint64) (gsize) pipeline);
  REAL (vkCmdBindPipeline) (commands, point, pipeline);
}

VKAPI_ATTR void VKAPI_CALL
vkCmdDispatch (VkCommandBuffer commands, uint32_t x, uint32_t y, uint32_t z)
{
  if (!bound)
    REAL (vkCmdDispatch) (commands, x, y, z);
}
