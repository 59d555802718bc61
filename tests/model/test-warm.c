/* test-warm.c - what is compiled before painting is all that painting needs: of each network, on each kind of device.
 *
 * Plans are written, for no device.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "common/folder.h"
#include "common/golden.h"
#include "gpu/plan-private.h"
#include "kernel/variant.h"
#include "model/gguf-model.h"
#include "model/listing.h"
#include "model/taesd.h"
#include "model/upscaler.h"
#include "model/written.h"

/* One with wide subgroups, one without any, one whose subgroups are eight lanes, and one whose workgroups hold a
 * tile. */
static const LimnGpuLimits devices[] = {
  { .storage_range = 128 << 20,
    .allocation = 1 << 30,
    .max_groups = 65535,
    .slice_flop = 1e9,
    .subgroup_min = 32,
    .subgroup_max = 32 },
  { .storage_range = 1 << 30, .allocation = 1 << 30, .max_groups = 65535, .slice_flop = 1e9 },
  { .storage_range = 128 << 20,
    .allocation = 1 << 30,
    .max_groups = 65535,
    .slice_flop = 1e9,
    .subgroup_min = 8,
    .subgroup_max = 8 },
  { .storage_range = 1 << 30,
    .allocation = 1 << 30,
    .max_groups = 65535,
    .slice_flop = 2e11,
    .subgroup_min = 32,
    .subgroup_max = 64,
    .shared = 48 << 10 },
};

/* "matmul.f16,8,0,1" for each pipeline of the plan. */
static GHashTable *
pipelines_of (LimnPlan *plan)
{
  GHashTable *keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < plan->pipelines->len; i++) {
    const PlanPipeline *pipeline = &g_array_index (plan->pipelines, PlanPipeline, i);
    GString *key = g_string_new (pipeline->spec.shader);

    for (int c = 0; c < pipeline->spec.n_constants; c++)
      g_string_append_printf (key, ",%u", pipeline->constants[c]);
    g_hash_table_add (keys, g_string_free (key, FALSE));
  }
  return keys;
}

/* Adds the pipelines of the first count variants. */
static void
add_warm (GHashTable *all, const LimnGpuLimits *limits, LimnStore store, const LimnWeightKind *kind, int count)
{
  for (int i = 0; i < count; i++) {
    g_autoptr (LimnPlan) plan = limn_kernel_write_warm (limits, store, kind, i);
    g_autoptr (GHashTable) keys = pipelines_of (plan);
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init (&iter, keys);
    while (g_hash_table_iter_next (&iter, &key, NULL)) {
      if (kind != NULL)
        g_assert_nonnull (strstr (key, kind->suffix));
      g_hash_table_add (all, g_strdup (key));
    }
  }
}

/* The pipelines of the first count variants, and of the kinds of weights that checkpoint keeps. */
static GHashTable *
warm (const LimnGpuLimits *limits, LimnStore store, int count, LimnCheckpoint *checkpoint)
{
  GHashTable *all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  add_warm (all, limits, store, NULL, count);
  for (const LimnWeightKind *kind = limn_weight_kinds + 1; kind->name != NULL; kind++)
    if (limn_checkpoint_keeps (checkpoint, kind))
      add_warm (all, limits, store, kind, LIMN_KERNEL_VARIANTS);
  return all;
}

/* Takes over plan, which may be NULL. */
static void
check (GHashTable *known, const char *network, LimnPlan *plan)
{
  g_autoptr (LimnPlan) owned = plan;
  g_autoptr (GHashTable) keys = plan != NULL ? pipelines_of (plan) : NULL;
  GHashTableIter iter;
  gpointer key;

  if (plan == NULL)
    return;
  g_assert_cmpuint (g_hash_table_size (keys), >, 0);
  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (known, key))
      g_error ("%s needs %s, which is not among what is compiled before", network, (const char *) key);
}

static void
check_encoders (LimnCheckpoint *checkpoint, const LimnGpuLimits *limits, LimnStore store, GHashTable *known)
{
  for (LimnPartId part = LIMN_PART_TEXT_ENCODER; part <= LIMN_PART_TEXT_ENCODER_2; part++) {
    const LimnClipConfig *config = limn_checkpoint_clip (checkpoint, part);
    g_autoptr (LimnNet) net = limn_net_new (limits, store);
    LimnClipPlan written = { 0 };

    if (config == NULL)
      continue;
    limn_clip_write (net, config, 1, &written);
    check (known, "a text encoder", written.plan);
  }
}

static void
check_shape (LimnCheckpoint *checkpoint, const LimnGpuLimits *limits, LimnStore store, GHashTable *known,
             const LimnNetworkShape *shape)
{
  g_autoptr (LimnNet) net = limn_net_new (limits, store);
  LimnUnetPlans plans = { 0 };

  limn_unet_write (net, limn_checkpoint_unet (checkpoint), shape, &plans);
  check (known, "a U-Net", g_steal_pointer (&plans.step));
  check (known, "a U-Net's beginning", g_steal_pointer (&plans.prepare));
}

static void
check_unet (LimnCheckpoint *checkpoint, const LimnGpuLimits *limits, LimnStore store, GHashTable *known)
{
  static const LimnNetworkShape shapes[] = { { 2, 128, 128, 77, 30 }, { 1, 16, 24, 154, 2 } };

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    check_shape (checkpoint, limits, store, known, &shapes[i]);
}

/* What a person may ask of it beside. */
static void
check_asked (LimnCheckpoint *checkpoint, const LimnGpuLimits *limits, LimnStore store, GHashTable *known)
{
  static const LimnNetworkShape shapes[] = {
    { 3, 48, 25, 77, 2, .perturbed = 1, .nag = { 3, 2.5f, 0.5f } },
    { 2, 48, 25, 77, 2, .regions = 3, .nag = { 3, 2.5f, 0.5f } },
    { 2, 48, 25, 77, 2, .watched = 1 },
    { 2, 96, 150, 77, 2, .freeu = { 1, { 1.3f, 1.4f }, { 0.9f, 0.2f } }, .shrink = { 3, 2 } },
    { 2, 20, 18, 77, 2, .freeu = { 2, { 1.3f, 1.4f }, { 0.9f, 0.2f } }, .shrink = { 1, 1.7f, LIMN_RESAMPLE_BILINEAR } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    check_shape (checkpoint, limits, store, known, &shapes[i]);
}

/* A ControlNet of full depth, one without any attention, and a T2I-Adapter. */
static void
check_controls (LimnCheckpoint *checkpoint, const LimnGpuLimits *limits, LimnStore store, GHashTable *known)
{
  const LimnNetworkShape shape = { 2, 128, 128, 77, 30, .shrink = { 4, 2 }, .controls = 7 };
  g_autoptr (LimnNet) net = limn_net_new (limits, store);
  LimnUnetConfig config = *limn_checkpoint_unet (checkpoint);
  LimnUnetPlans plans = { 0 };

  config.n_controls = 3;
  config.controls[0] = (LimnControlConfig){ .mid_layers = 2,
                                            .mid_depth = config.mid_depth,
                                            .picture = { 16, 32, 96, 256 },
                                            .linear_projection = config.linear_projection };
  memcpy (config.controls[0].down, config.down, sizeof config.down);
  config.controls[1] = (LimnControlConfig){ .mid_layers = 1, .picture = { 16, 32, 96, 256 } };
  config.controls[1].down[1][0] = LIMN_BARE;
  config.controls[2].adapter = (LimnAdapterConfig){ .planes = 3, .blocks = 2 };
  config.controls[2].adapter.factor = config.levels == 3 ? LIMN_ADAPTER_FACTOR_XL : LIMN_ADAPTER_FACTOR;
  limn_unet_write (net, &config, &shape, &plans);
  check (known, "a ControlNet", g_steal_pointer (&plans.step));
  check (known, "a ControlNet's beginning", g_steal_pointer (&plans.prepare));
}

static void
check_vae (LimnCheckpoint *checkpoint, const LimnGpuLimits *limits, LimnStore store, GHashTable *known)
{
  static const LimnVaeDirection directions[] = { LIMN_VAE_DECODE, LIMN_VAE_ENCODE };

  for (guint i = 0; i < G_N_ELEMENTS (directions); i++) {
    g_autoptr (LimnNet) net = limn_net_new (limits, store);
    LimnVaePlan written = { 0 };

    limn_vae_write (net, limn_checkpoint_vae (checkpoint), directions[i], &(LimnNetworkShape){ 1, 64, 64 }, &written);
    check (known, i == 0 ? "a VAE's decoder" : "a VAE's encoder", written.plan);
  }
}

static void
check_taesd (const LimnGpuLimits *limits, LimnStore store, GHashTable *known)
{
  g_autoptr (LimnNet) net = limn_net_new (limits, store);
  LimnTaesdPlan written;

  limn_taesd_write (net, 64, 64, 0, &written);
  check (known, "a tiny decoder", written.plan);
}

static void
check_upscalers (const LimnGpuLimits *limits, LimnStore store, GHashTable *known)
{
  static const LimnUpscalerConfig configs[] = {
    { LIMN_UPSCALER_RRDB, 64, 32, 2, .stages = 2, .unshuffle = 1, .scale = 4, .tile = 40 },
    { LIMN_UPSCALER_COMPACT, 64, .blocks = 2, .unshuffle = 1, .scale = 4 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (configs); i++) {
    LimnUpscalerPass pass;

    for (int k = 0; k < limn_upscaler_passes (&configs[i], 64, 64, k, &pass); k++) {
      g_autoptr (LimnNet) net = limn_net_new (limits, store);
      LimnUpscalerPlan written;

      limn_upscaler_write (net, &configs[i], &pass, 40, 40, &written);
      check (known, "an upscaler", written.plan);
    }
  }
}

/* As if each class of shapes had been measured: one of the variants that suit. */
static void
choose_any (LimnGpuLimits *limits)
{
  for (int shape = 0; shape < LIMN_N_SHAPES; shape++) {
    const LimnVariant *chosen = NULL;
    int n = 0;

    for (const LimnVariant *row = limn_variants; row->name != NULL; row++) {
      if (limn_variant_suits (row, limits)
          && limn_variant_has (row, shape, limn_shapes[shape].kernel, LIMN_STORE_F16, "", NULL)
          && g_test_rand_int_range (0, ++n) == 0)
        chosen = row;
    }
    limits->shapes[shape] = chosen;
  }
  limits->variant = limits->shapes[LIMN_SHAPE_PIXELS];
}

/* What SDXL needs before its first preview is compiled first; an older family's wider heads are not. */
static void
check_device (LimnCheckpoint *checkpoint, const LimnGpuLimits *limits)
{
  gboolean older = limn_checkpoint_unet (checkpoint)->time_ids == LIMN_SIZES_NONE;

  for (LimnStore store = LIMN_STORE_F16; store <= LIMN_STORE_F32; store++) {
    g_autoptr (GHashTable) first = warm (limits, store, LIMN_KERNEL_FIRST, checkpoint);
    g_autoptr (GHashTable) all = warm (limits, store, LIMN_KERNEL_VARIANTS, checkpoint);

    g_test_message ("store %d: %u pipelines, %u of them first", store, g_hash_table_size (all),
                    g_hash_table_size (first));
    check_encoders (checkpoint, limits, store, first);
    check_unet (checkpoint, limits, store, older ? all : first);
    check_asked (checkpoint, limits, store, all);
    check_controls (checkpoint, limits, store, all);
    check_vae (checkpoint, limits, store, all);
    check_taesd (limits, store, all);
    check_upscalers (limits, store, all);
  }
}

static void
check_model (LimnCheckpoint *checkpoint)
{
  for (guint i = 0; i < G_N_ELEMENTS (devices); i++) {
    LimnGpuLimits limits = devices[i];

    g_test_message ("device %u", i);
    check_device (checkpoint, &limits);
    choose_any (&limits);
    check_device (checkpoint, &limits);
  }
}

static void
test_folder (gconstpointer name)
{
  g_autofree char *path = g_str_equal (name, "starter") ? g_strdup (LIMN_STARTER) : golden_path (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  check_model (checkpoint);
}

static gboolean
is_of_q8_0 (gpointer key, gpointer value, gpointer data)
{
  return strstr (key, ".q8_0") != NULL;
}

/* Blocks that stay blocks want products of their own, which a model without them does not wait for. */
static void
test_q8_0 (void)
{
  g_autofree char *folder = make_folder (), *path = gguf_model_make (folder, TRUE), *plain = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_autoptr (LimnCheckpoint) other = limn_checkpoint_open (plain, &error);
  g_assert_no_error (error);
  g_autoptr (GHashTable) keys = warm (&devices[0], LIMN_STORE_F16, LIMN_KERNEL_FIRST, checkpoint),
                         others = warm (&devices[0], LIMN_STORE_F16, LIMN_KERNEL_VARIANTS, other);

  check_model (checkpoint);
  g_assert_nonnull (g_hash_table_find (keys, is_of_q8_0, NULL));
  g_assert_null (g_hash_table_find (others, is_of_q8_0, NULL));
  tests_remove_folder (folder);
}

/* Of full size, from its header alone. */
static void
test_official (gconstpointer keys)
{
  g_autofree char *folder = make_folder (), *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr (Listing) listing = listing_load_keys (keys);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = NULL;

  listing_write_sparse (listing, path);
  checkpoint = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  check_model (checkpoint);
  tests_remove_folder (folder);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/warm/starter", "starter", test_folder);
  g_test_add_data_func ("/warm/mini-sdxl", "mini-sdxl", test_folder);
  g_test_add_data_func ("/warm/mini-sdxl-refiner", "mini-sdxl-refiner", test_folder);
  g_test_add_data_func ("/warm/mini-sd15", "mini-sd15", test_folder);
  g_test_add_data_func ("/warm/mini-sd21", "mini-sd21", test_folder);
  g_test_add_func ("/warm/q8_0", test_q8_0);
  g_test_add_data_func ("/warm/sdxl", "sd_xl_base_1.0.tsv", test_official);
  g_test_add_data_func ("/warm/sdxl-refiner", "sd_xl_refiner_1.0.tsv", test_official);
  g_test_add_data_func ("/warm/sd15", "v1-5-pruned-emaonly.tsv", test_official);
  return g_test_run ();
}
