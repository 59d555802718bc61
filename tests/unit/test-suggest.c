/* test-suggest.c - what tells a model from others, and which settings it suggests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/limn.h"

#include <string.h>

#include "common/folder.h"
#include "file/fingerprint.h"
#include "file/safetensors.h"
#include "model/checkpoint.h"

#define MINI LIMN_GOLDEN_DIR "/mini-sdxl"
#define SINGLE LIMN_GOLDEN_DIR "/mini-sdxl-single-file.safetensors"

/* ---- Fingerprints ---- */

static char *
fingerprint_of (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  return limn_checkpoint_fingerprint (checkpoint, LIMN_PART_UNET);
}

/* One model in a folder and in a file with other names is one; another is another. */
static void
test_same_model (void)
{
  g_autofree char *folder = fingerprint_of (MINI), *single = fingerprint_of (SINGLE);
  g_autofree char *other = fingerprint_of (LIMN_GOLDEN_DIR "/mini-sdxl-refiner");

  g_assert_cmpstr (folder, ==, single);
  g_assert_cmpstr (folder, !=, other);
  g_assert_true (g_str_has_prefix (folder, "1:"));
  g_assert_cmpuint (strlen (folder), ==, 34);
}

static char *
fingerprint_of_bytes (const char *path, const guint8 *bytes, const guint64 *shape, gboolean split)
{
  const LimnTensorOut tensors[] = {
    { "a", LIMN_TYPE_U8, 1, { split ? shape[0] / 2 : shape[0] }, bytes },
    { "b", LIMN_TYPE_U8, 1, { shape[0] / 2 }, bytes + shape[0] / 2 },
  };
  g_autoptr (GError) error = NULL;

  g_assert_true (limn_safetensors_write (path, tensors, split ? 2 : 1, &error));
  g_autoptr (LimnTensors) file = limn_tensors_open (path, &error);
  g_assert_no_error (error);
  return limn_file_fingerprint (file);
}

/* Whatever its size: two that differ in a stretch as long as that between two samples differ, and two that differ in
 * how their bytes are parted. */
static void
test_differences (TestsFile *fixture, gconstpointer data)
{
  for (guint i = 0; i < 40; i++) {
    guint64 size = 2 * (guint64) g_test_rand_int_range (1, i % 2 == 0 ? 600000 : 3000000);
    guint64 stride = size > 1 << 20 ? size / 256 + 1 : 1;
    guint64 at = size > stride ? (guint64) g_test_rand_double_range (0, (double) (size - stride)) : 0;
    g_autofree guint8 *bytes = g_malloc0 (size);

    for (guint64 k = 0; k < size; k += 97)
      bytes[k] = (guint8) g_test_rand_int ();
    g_autofree char *before = fingerprint_of_bytes (fixture->path, bytes, &size, FALSE);
    g_autofree char *again = fingerprint_of_bytes (fixture->path, bytes, &size, FALSE);
    g_autofree char *split = fingerprint_of_bytes (fixture->path, bytes, &size, TRUE);
    for (guint64 k = 0; k < stride && at + k < size; k++)
      bytes[at + k] ^= 1;
    g_autofree char *after = fingerprint_of_bytes (fixture->path, bytes, &size, FALSE);

    g_assert_cmpstr (before, ==, again);
    g_assert_cmpstr (before, !=, split);
    g_assert_cmpstr (before, !=, after);
  }
}

/* ---- Suggestions ---- */

typedef struct {
  const char *path, *title;
  LimnFamily family;
  const char *prediction;
  int size, steps;
  double guidance;
  const char *sampler, *schedule, *asked; /* asked: the prediction of the settings */
} Case;

static const Case cases[] = {
  { "/m/sd_xl_base_1.0.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "epsilon", 1024, 30, 5, "euler", "model", "model" },
  { "/m/juggernautXL_juggXILightning.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "epsilon", 1024, 8, 2, "dpmpp_sde",
    "karras", "model" },
  { "/m/realvisxlV50_v50LightningBakedvae.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "epsilon", 1024, 8, 2, "dpmpp_sde",
    "karras", "model" },
  { "/m/sdxl_lightning_4step.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "epsilon", 1024, 4, 1, "euler", "sgm_uniform",
    "model" },
  { "/m/sdxl_lightning_2step.sft", NULL, LIMN_FAMILY_SDXL_BASE, "epsilon", 1024, 2, 1, "euler", "sgm_uniform",
    "model" },
  { "/m/sd_xl_turbo_1.0_fp16.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "epsilon", 512, 4, 1, "euler_ancestral",
    "trailing", "model" },
  { "/m/DreamShaperXL_Turbo_v2.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "epsilon", 1024, 8, 2, "dpmpp_sde", "karras",
    "model" },
  { "/m/turbovisionxl.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "epsilon", 1024, 8, 2, "dpmpp_sde", "karras",
    "model" },
  { "/m/Hyper-SDXL-8steps.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "epsilon", 1024, 8, 1, "ddim", "trailing",
    "model" },
  { "/m/hyperrealism.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "epsilon", 1024, 30, 5, "euler", "model", "model" },
  { "/m/film_and_flowers_rf.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "epsilon", 1024, 28, 4.5, "euler", "model",
    "flow" },
  { "/m/overflow.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "epsilon", 1024, 30, 5, "euler", "model", "model" },
  { "/m/bigaspv25.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "epsilon", 1024, 28, 4.5, "euler", "model", "flow" },
  { "/m/nova_DMD2.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "epsilon", 1024, 8, 1, "lcm", "model", "model" },
  { "/m/a.safetensors", "Anime Mix LCM", LIMN_FAMILY_SD15, "epsilon", 512, 6, 1.5, "lcm", "sgm_uniform", "model" },
  { "/m/v1-5-pruned.safetensors", NULL, LIMN_FAMILY_SD15, "epsilon", 512, 30, 7.5, "euler", "model", "model" },
  { "/m/noobai-v.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "v_zsnr", 1024, 28, 4.5, "euler", "model", "model" },
  { "/m/playground.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "edm", 1024, 30, 3, "dpmpp_2m", "model", "model" },
  { "/m/refiner_turbo.safetensors", NULL, LIMN_FAMILY_SDXL_REFINER, "epsilon", 1024, 30, 5, "euler", "model", "model" },
  { "/m/Größe-6ステップ_lightning.safetensors", NULL, LIMN_FAMILY_SDXL_BASE, "epsilon", 1024, 8, 2, "dpmpp_sde",
    "karras", "model" },
};

static void
test_names (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const Case *c = &cases[i];
    g_autoptr (LimnModelInfo) info = limn_model_info_new (c->path);
    g_autoptr (GError) error = NULL;
    LimnFields fields;

    info->family = c->family;
    info->title = g_strdup (c->title);
    info->prediction = c->prediction;
    info->default_width = info->default_height = c->family == LIMN_FAMILY_SD15 ? 512 : 1024;
    info->default_guidance = limn_family_row (c->family)->guidance;
    limn_fields_init (&fields);
    fields.seed = 7;
    fields.steps = 999;
    limn_model_suggest (info, &fields);
    g_test_message ("%s", c->path);
    g_assert_cmpint (fields.width, ==, c->size);
    g_assert_cmpint (fields.height, ==, c->size);
    g_assert_cmpint (fields.steps, ==, c->steps);
    g_assert_cmpfloat (fields.guidance, ==, c->guidance);
    g_assert_cmpstr (fields.sampler, ==, c->sampler);
    g_assert_cmpstr (fields.schedule, ==, c->schedule);
    g_assert_cmpstr (fields.prediction, ==, c->asked);
    g_assert_cmpfloat (fields.guidance_rescale, ==, g_strcmp0 (c->prediction, "v_zsnr") == 0 ? 0.2 : 0);
    g_assert_cmpuint (fields.seed, ==, 7);
    g_assert_true (limn_fields_check (&fields, &error));
  }
}

static void
test_opened (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModel) model = limn_model_open (MINI, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (limn_model_info (model)->prediction, ==, "epsilon");
  for (const char *const *name = limn_model_settings (); *name != NULL; name++)
    g_assert_nonnull (limn_field_find (*name));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/suggest/fingerprint/same-model", test_same_model);
  g_test_add ("/suggest/fingerprint/differences", TestsFile, NULL, tests_file_set_up, test_differences,
              tests_file_tear_down);
  g_test_add_func ("/suggest/names", test_names);
  g_test_add_func ("/suggest/opened", test_opened);
  return g_test_run ();
}
