/* pipeline.c - compute pipelines, and their cache on disk.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/gpu-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/i18n.h"

static const LimnShader *
find_shader (const char *name)
{
  for (const LimnShader *shader = limn_shaders; shader->name != NULL; shader++) {
    if (strcmp (shader->name, name) == 0)
      return shader;
  }
  return NULL;
}

static char *
key_of (const LimnPipelineSpec *spec)
{
  GString *key = g_string_new (spec->shader);

  g_string_append_printf (key, ":%u", spec->subgroup);
  for (int i = 0; i < spec->n_constants; i++)
    g_string_append_printf (key, ",%u", spec->constants[i]);
  return g_string_free (key, FALSE);
}

static gboolean
create_layouts (LimnPipeline *pipeline, const LimnPipelineSpec *spec, GError **error)
{
  LimnGpu *gpu = pipeline->gpu;
  VkDescriptorSetLayoutBinding bindings[LIMN_MAX_BINDINGS];

  for (int i = 0; i < spec->n_bindings; i++)
    bindings[i] = (VkDescriptorSetLayoutBinding){
      .binding = (guint32) i,
      .descriptorType =
          (spec->storage_mask >> i) & 1 ? VK_DESCRIPTOR_TYPE_STORAGE_BUFFER : VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER,
      .descriptorCount = 1,
      .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
    };
  const VkDescriptorSetLayoutCreateInfo set = {
    .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
    .bindingCount = (guint32) spec->n_bindings,
    .pBindings = bindings,
  };
  VK_TRY (gpu, vkCreateDescriptorSetLayout (gpu->device, &set, NULL, &pipeline->set_layout));
  const VkPushConstantRange push = { .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
                                     .offset = 0,
                                     .size = (guint32) spec->push_size };
  const VkPipelineLayoutCreateInfo layout = {
    .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
    .setLayoutCount = 1,
    .pSetLayouts = &pipeline->set_layout,
    .pushConstantRangeCount = 1,
    .pPushConstantRanges = &push,
  };
  VK_TRY (gpu, vkCreatePipelineLayout (gpu->device, &layout, NULL, &pipeline->layout));
  return TRUE;

error:
  return FALSE;
}

static LimnPipeline *
create (LimnGpu *gpu, const LimnPipelineSpec *spec, const LimnShader *shader, GError **error)
{
  LimnPipeline *pipeline = g_new0 (LimnPipeline, 1);
  VkSpecializationMapEntry entries[LIMN_MAX_CONSTANTS];

  pipeline->gpu = gpu;
  pipeline->kernel = g_strdup (spec->kernel);
  pipeline->n_bindings = spec->n_bindings;
  pipeline->push_size = spec->push_size;
  pipeline->storage_mask = spec->storage_mask;
  if (!create_layouts (pipeline, spec, error))
    goto error;
  const VkShaderModuleCreateInfo module = {
    .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
    .codeSize = shader->size,
    .pCode = shader->code,
  };
  VK_TRY (gpu, vkCreateShaderModule (gpu->device, &module, NULL, &pipeline->module));
  for (int i = 0; i < spec->n_constants; i++)
    entries[i] = (VkSpecializationMapEntry){ .constantID = (guint32) i, .offset = (guint32) i * 4, .size = 4 };
  const VkSpecializationInfo constants = {
    .mapEntryCount = (guint32) spec->n_constants,
    .pMapEntries = entries,
    .dataSize = (gsize) spec->n_constants * 4,
    .pData = spec->constants,
  };
  const VkPipelineShaderStageRequiredSubgroupSizeCreateInfo subgroup = {
    .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO,
    .requiredSubgroupSize = spec->subgroup,
  };
  const VkComputePipelineCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
    .stage = {
      .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
      .pNext = spec->subgroup != 0 && gpu->asks_subgroup ? &subgroup : NULL,
      .flags = spec->subgroup != 0 ? VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT : 0,
      .stage = VK_SHADER_STAGE_COMPUTE_BIT,
      .module = pipeline->module,
      .pName = "main",
      .pSpecializationInfo = &constants,
    },
    .layout = pipeline->layout,
  };
  VK_TRY (gpu, vkCreateComputePipelines (gpu->device, gpu->pipeline_cache, 1, &info, NULL, &pipeline->pipeline));
  return pipeline;

error:
  limn_pipeline_free (pipeline);
  return NULL;
}

void
limn_pipeline_free (LimnPipeline *pipeline)
{
  if (pipeline == NULL)
    return;
  VkDevice device = pipeline->gpu->device;

  if (!pipeline->gpu->hung) {
    vkDestroyPipeline (device, pipeline->pipeline, NULL);
    vkDestroyPipelineLayout (device, pipeline->layout, NULL);
    vkDestroyDescriptorSetLayout (device, pipeline->set_layout, NULL);
    vkDestroyShaderModule (device, pipeline->module, NULL);
  }
  g_free (pipeline->kernel);
  g_free (pipeline);
}

LimnPipeline *
limn_pipeline_get (LimnGpu *gpu, const LimnPipelineSpec *spec, GError **error)
{
  g_autofree char *key = key_of (spec);
  LimnPipeline *pipeline = g_hash_table_lookup (gpu->pipelines, key);

  g_return_val_if_fail (spec->n_constants <= LIMN_MAX_CONSTANTS && spec->n_bindings <= LIMN_MAX_BINDINGS, NULL);

  if (pipeline != NULL)
    return pipeline;
  const LimnShader *shader = find_shader (spec->shader);
  if (shader == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE, _ ("This build has no shader %s"), spec->shader);
    return NULL;
  }
  pipeline = create (gpu, spec, shader, error);
  if (pipeline == NULL)
    return NULL;
  g_hash_table_insert (gpu->pipelines, g_steal_pointer (&key), pipeline);
  /* Compiling takes seconds on some drivers: what ends in the middle, however it ends, has not been for nothing. */
  limn_pipeline_cache_save (gpu);
  return pipeline;
}

void
limn_pipeline_cache_load (LimnGpu *gpu)
{
  g_autofree char *data = NULL;
  gsize size = 0;

  gpu->pipeline_cache_path = limn_gpu_cache_path (gpu, "pipelines", ".bin");
  g_file_get_contents (gpu->pipeline_cache_path, &data, &size, NULL);
  gpu->pipeline_cache_size = size;
  gpu->is_new = size == 0;
  VkPipelineCacheCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO,
    .initialDataSize = size,
    .pInitialData = data,
  };
  /* A driver must refuse foreign data; one that fails instead gets none. */
  if (vkCreatePipelineCache (gpu->device, &info, NULL, &gpu->pipeline_cache) != VK_SUCCESS) {
    info.initialDataSize = 0;
    if (vkCreatePipelineCache (gpu->device, &info, NULL, &gpu->pipeline_cache) != VK_SUCCESS)
      gpu->pipeline_cache = VK_NULL_HANDLE;
  }
}

void
limn_pipeline_cache_save (LimnGpu *gpu)
{
  gsize size = 0;

  if (gpu->pipeline_cache == VK_NULL_HANDLE || gpu->lost
      || vkGetPipelineCacheData (gpu->device, gpu->pipeline_cache, &size, NULL) != VK_SUCCESS
      || size <= gpu->pipeline_cache_size)
    return;
  g_autofree char *data = g_malloc (size);
  g_autofree char *folder = g_path_get_dirname (gpu->pipeline_cache_path);
  g_autoptr (GError) error = NULL;
  if (vkGetPipelineCacheData (gpu->device, gpu->pipeline_cache, &size, data) != VK_SUCCESS
      || g_mkdir_with_parents (folder, 0700) != 0)
    return;
  gpu->pipeline_cache_size = size;
  if (!g_file_set_contents (gpu->pipeline_cache_path, data, (gssize) size, &error))
    g_debug ("pipeline cache not saved: %s", error->message);
}
