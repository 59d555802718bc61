/* driver-stats.c - what a driver's compiler makes of the pipelines of SDXL's plans, on a device that may be dry.
 *
 * The plans of a guided step and of a decode at 1024 x 1024 are written for the first device that Vulkan has, and each
 * of their pipelines is made as Limn makes it: this program stands between Limn and the loader (create_device,
 * create_pipelines) and asks the driver for its statistics too.  Nothing is run.  Lines, fields parted by tabs:
 *
 *   device     NAME DRIVER
 *   pipeline   NUMBER KERNEL SHADER CONSTANTS SUBGROUP WORKGROUP "Name=value;..." as the driver has them
 *   listing    NUMBER, then with --listing the driver's assembly, to a line "end"
 *   dispatch   STAGE PIPELINE COUNT GROUPS FLOP READ WRITTEN   of one; bytes of each array once
 *
 * --check: fails where registers are spilled, or fewer than four waves (eight warps) fit.
 * --variant NAME: as kernels take it, not the device's own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "common/folder.h"
#include "gpu/gpu-private.h"
#include "gpu/plan-private.h"
#include "kernel/variant.h"
#include "model/checkpoint.h"
#include "model/listing.h"
#include "model/written.h"

#define LATENT 128

static struct {
  gboolean listing, check, bad;
  guint n_pipelines;
  const PlanPipeline *made; /* at the moment */
} stats;

/* The loader's functions. */
static struct {
  PFN_vkCreateDevice create_device;
  PFN_vkCreateComputePipelines create_pipelines;
} real;

#define DEVICE(device, function) ((PFN_##function) vkGetDeviceProcAddr ((device), #function))

static VKAPI_ATTR VkResult VKAPI_CALL
create_device (VkPhysicalDevice physical, const VkDeviceCreateInfo *info, const VkAllocationCallbacks *allocator,
               VkDevice *device)
{
  guint n = info->enabledExtensionCount;
  g_autofree const char **names = g_new (const char *, n + 1);
  VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR executables = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR,
    .pNext = (void *) info->pNext,
    .pipelineExecutableInfo = VK_TRUE,
  };
  VkDeviceCreateInfo more = *info;

  for (guint i = 0; i < n; i++)
    names[i] = info->ppEnabledExtensionNames[i];
  names[n] = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;
  more.pNext = &executables;
  more.enabledExtensionCount = n + 1;
  more.ppEnabledExtensionNames = names;
  return real.create_device (physical, &more, allocator, device);
}

static double
number_of (const VkPipelineExecutableStatisticKHR *statistic)
{
  switch (statistic->format) {
  case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_BOOL32_KHR:
    return statistic->value.b32;
  case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_INT64_KHR:
    return (double) statistic->value.i64;
  case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_FLOAT64_KHR:
    return statistic->value.f64;
  default:
    return (double) statistic->value.u64;
  }
}

/* As the drivers call them: RADV, NVK, ANV. */
static gboolean
is_bad (const char *name, double value)
{
  static const char *const spills[] = { "Spilled VGPRs", "Spills to memory", "Spill count", "Spill Count" };

  for (guint i = 0; i < G_N_ELEMENTS (spills); i++)
    if (strcmp (name, spills[i]) == 0)
      return value > 0;
  return (strcmp (name, "Subgroups per SIMD") == 0 && value < 4) || (strcmp (name, "Max warps/SM") == 0 && value < 8);
}

static void
print_listing (VkDevice device, const VkPipelineExecutableInfoKHR *which)
{
  VkPipelineExecutableInternalRepresentationKHR texts[16] = { 0 };
  guint32 n = G_N_ELEMENTS (texts);

  for (guint i = 0; i < n; i++)
    texts[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR;
  DEVICE (device, vkGetPipelineExecutableInternalRepresentationsKHR) (device, which, &n, texts);
  for (guint i = 0; i < n; i++)
    texts[i].pData = g_malloc0 (texts[i].dataSize + 1);
  DEVICE (device, vkGetPipelineExecutableInternalRepresentationsKHR) (device, which, &n, texts);
  g_print ("listing\t%u\n", stats.n_pipelines);
  for (guint i = 0; i < n; i++) {
    if (texts[i].isText && (strstr (texts[i].name, "ssembly") != NULL || strstr (texts[i].name, "GEN") != NULL))
      g_print ("%s\n", (const char *) texts[i].pData);
    g_free (texts[i].pData);
  }
  g_print ("end\n");
}

static void
print_pipeline (VkDevice device, VkPipeline pipeline)
{
  const VkPipelineInfoKHR of = { .sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, .pipeline = pipeline };
  const VkPipelineExecutableInfoKHR which = { .sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR,
                                              .pipeline = pipeline };
  VkPipelineExecutablePropertiesKHR properties = { .sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR };
  VkPipelineExecutableStatisticKHR all[64] = { 0 };
  guint32 one = 1, n = G_N_ELEMENTS (all);

  for (guint i = 0; i < n; i++)
    all[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR;
  DEVICE (device, vkGetPipelineExecutablePropertiesKHR) (device, &of, &one, &properties);
  DEVICE (device, vkGetPipelineExecutableStatisticsKHR) (device, &which, &n, all);
  g_print ("pipeline\t%u\t%s\t%s\t", stats.n_pipelines, stats.made->spec.kernel, stats.made->spec.shader);
  for (int i = 0; i < stats.made->spec.n_constants; i++)
    g_print ("%s%u", i > 0 ? "," : "", stats.made->constants[i]);
  g_print ("\t%u\t%u\t", properties.subgroupSize, stats.made->constants[0]);
  for (guint i = 0; i < n; i++) {
    double value = number_of (&all[i]);

    g_print ("%s%s=%.10g", i > 0 ? ";" : "", all[i].name, value);
    if (stats.check && is_bad (all[i].name, value)) {
      g_printerr ("%s: %s %g\n", stats.made->spec.shader, all[i].name, value);
      stats.bad = TRUE;
    }
  }
  g_print ("\n");
  if (stats.listing)
    print_listing (device, &which);
}

/* No cache: what comes from one has no listing. */
static VKAPI_ATTR VkResult VKAPI_CALL
create_pipelines (VkDevice device, VkPipelineCache cache, uint32_t count, const VkComputePipelineCreateInfo *infos,
                  const VkAllocationCallbacks *allocator, VkPipeline *pipelines)
{
  VkComputePipelineCreateInfo info = *infos;

  info.flags |= VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR;
  if (stats.listing)
    info.flags |= VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR;
  g_assert (count == 1);
  VkResult result = real.create_pipelines (device, VK_NULL_HANDLE, 1, &info, allocator, pipelines);
  if (result == VK_SUCCESS && stats.made != NULL)
    print_pipeline (device, pipelines[0]);
  return result;
}

/* "matmul.f16,8,0,1": what tells it from others. */
static char *
key_of (const PlanPipeline *pipeline)
{
  GString *key = g_string_new (pipeline->spec.shader);

  for (int i = 0; i < pipeline->spec.n_constants; i++)
    g_string_append_printf (key, ",%u", pipeline->constants[i]);
  return g_string_free (key, FALSE);
}

/* The number of each of the plan's pipelines; those that are new are made and told. */
static guint *
make_pipelines (LimnGpu *gpu, LimnPlan *plan, GHashTable *known)
{
  guint *numbers = g_new0 (guint, plan->pipelines->len);

  for (guint i = 0; i < plan->pipelines->len; i++) {
    const PlanPipeline *pipeline = &g_array_index (plan->pipelines, PlanPipeline, i);
    g_autofree char *key = key_of (pipeline);
    g_autoptr (GError) error = NULL;
    LimnPipelineSpec spec = pipeline->spec;

    numbers[i] = GPOINTER_TO_UINT (g_hash_table_lookup (known, key));
    if (numbers[i] != 0)
      continue;
    numbers[i] = ++stats.n_pipelines;
    g_hash_table_insert (known, g_steal_pointer (&key), GUINT_TO_POINTER (numbers[i]));
    spec.constants = pipeline->constants;
    stats.made = pipeline;
    if (limn_pipeline_get (gpu, &spec, &error) == NULL)
      g_error ("%s", error->message);
    stats.made = NULL;
  }
  return numbers;
}

static void
add_bytes (const PlanDispatch *dispatch, guint64 *read, guint64 *written)
{
  *read = *written = 0;
  for (guint i = 0; i < LIMN_MAX_BINDINGS; i++)
    if (dispatch->bindings[i].storage != G_MAXUINT)
      *(dispatch->bindings[i].write ? written : read) += dispatch->bindings[i].size;
}

/* Takes over plan. */
static void
tell_plan (LimnGpu *gpu, const char *stage, LimnPlan *plan, GHashTable *known)
{
  g_autoptr (LimnPlan) owned = plan;
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree guint *numbers = make_pipelines (gpu, owned, known);
  GHashTableIter iter;
  gpointer key, count;

  for (guint i = 0; i < owned->dispatches->len; i++) {
    const PlanDispatch *dispatch = &g_array_index (owned->dispatches, PlanDispatch, i);
    guint64 groups = (guint64) dispatch->groups[0] * dispatch->groups[1] * dispatch->groups[2], read, written;

    add_bytes (dispatch, &read, &written);
    char *row = g_strdup_printf ("%" G_GUINT64_FORMAT "\t%.0f\t%" G_GUINT64_FORMAT "\t%" G_GUINT64_FORMAT, groups,
                                 dispatch->flop, read, written);
    char *numbered = g_strdup_printf ("%u\t%%u\t%s", numbers[dispatch->pipeline], row);

    g_free (row);
    g_hash_table_insert (counts, numbered, (guint8 *) g_hash_table_lookup (counts, numbered) + 1);
  }
  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, &key, &count)) {
    g_auto (GStrv) parts = g_strsplit (key, "%u", 2);
    g_print ("dispatch\t%s\t%s%u%s\n", stage, parts[0], GPOINTER_TO_UINT (count), parts[1]);
  }
}

static void
tell_networks (LimnGpu *gpu, const LimnGpuLimits *limits, LimnCheckpoint *checkpoint)
{
  const LimnNetworkShape shape = { 2, LATENT, LATENT, 77, 1 };
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (LimnNet) unet = limn_net_new (limits, LIMN_STORE_F16), vae = limn_net_new (limits, LIMN_STORE_F16);
  LimnUnetPlans plans = { 0 };
  LimnVaePlan decoder = { 0 };

  limn_unet_write (unet, limn_checkpoint_unet (checkpoint), &shape, &plans);
  tell_plan (gpu, "step", g_steal_pointer (&plans.step), known);
  limn_unet_plans_clear (&plans);
  limn_vae_write (vae, limn_checkpoint_vae (checkpoint), LIMN_VAE_DECODE, &(LimnNetworkShape){ 1, LATENT, LATENT },
                  &decoder);
  tell_plan (gpu, "decode", decoder.plan, known);
}

static gboolean
stand_between (GError **error)
{
  if (!limn_vulkan_load (error))
    return FALSE;
  real.create_device = vkCreateDevice;
  real.create_pipelines = vkCreateComputePipelines;
  vkCreateDevice = create_device;
  vkCreateComputePipelines = create_pipelines;
  return TRUE;
}

static const LimnVariant *
find_variant (const char *name)
{
  for (const LimnVariant *variant = limn_variants; variant->name != NULL; variant++)
    if (strcmp (variant->name, name) == 0)
      return variant;
  g_error ("there is no variant %s", name);
}

int
main (int argc, char **argv)
{
  g_autofree char *variant = NULL, *folder = NULL, *path = NULL;
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "listing", 0, 0, G_OPTION_ARG_NONE, &stats.listing, "The driver's assembly too", NULL },
    { "check", 0, 0, G_OPTION_ARG_NONE, &stats.check, "Fail where registers are spilled", NULL },
    { "variant", 0, 0, G_OPTION_ARG_STRING, &variant, "Kernels as this", "NAME" },
    { NULL },
  };
  g_autoptr (GOptionContext) options = g_option_context_new (NULL);

  g_option_context_add_main_entries (options, entries, NULL);
  if (!g_option_context_parse (options, &argc, &argv, &error))
    g_error ("%s", error->message);
  LimnGpu *gpu = stand_between (&error) ? limn_gpu_new (-1, &error) : NULL;
  if (gpu == NULL)
    g_error ("%s", error->message);

  /* Of full size, from its header alone. */
  g_autoptr (Listing) listing = listing_load_keys ("sd_xl_base_1.0.tsv");
  folder = make_folder ();
  path = g_build_filename (folder, "model.safetensors", NULL);
  listing_write_sparse (listing, path);
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
  if (checkpoint == NULL)
    g_error ("%s", error->message);
  LimnGpuLimits limits = *limn_gpu_limits (gpu);
  if (variant != NULL)
    limn_variant_force (&limits, find_variant (variant));
  g_print ("device\t%s\t%s\n", limn_gpu_info (gpu)->name, limn_gpu_info (gpu)->driver);
  tell_networks (gpu, &limits, checkpoint);
  limn_gpu_free (gpu);
  tests_remove_folder (folder);
  return stats.bad;
}
