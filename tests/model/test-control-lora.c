/* test-control-lora.c - ControlNets that are a small change to the U-Net's own weights: what they add against the
 * published definition in doubles (tests/README.md); over whatever ground; their files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/error.h"
#include "common/folder.h"
#include "control-case.h"
#include "file/safetensors.h"
#include "gpu/gpu-private.h"
#include "model/identify.h"
#include "model/lora.h"
#include "model/networks.h"
#include "model/survey.h"

#include <string.h>

typedef struct {
  const char *name;
  LimnPrecision precision;
  double tolerance;
} Suite;

/* ---- Numbers ---- */

/* What it adds beside model is what the golden file has. */
static void
check (LimnCheckpoint *model, const Suite *suite, int index)
{
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/control-lora-expected.safetensors");
  g_autoptr (LimnControlFile) file = control_open_golden ("control-lora");
  g_autoptr (LimnCheckpoint) controlled = control_beside (model, file, 1);
  ControlWalk walk = { golden, index == 0 ? "case0/" : "case1/", suite->tolerance, 0 };
  const LimnTrace trace = { control_walk_cb, &walk };
  g_auto (ControlCase) one = control_case_nth (index);
  g_autoptr (LimnUnet) unet = control_bring (controlled, suite->precision, &one.shape, &trace);
  g_autofree float *out = control_ask (unet, &one, (const float[]){ 1 });

  g_assert_cmpint (walk.seen, ==, index == 0 ? 4 : 1);
}

static void
test_golden (gconstpointer data)
{
  g_autoptr (LimnCheckpoint) model = control_open_model ("mini-sdxl");

  check (model, data, 0);
  check (model, data, 1);
}

/* A LoRA changes the U-Net, and not what follows the picture. */
static void
test_ground (gconstpointer data)
{
  const Suite *suite = data;
  g_autoptr (LimnCheckpoint) model = control_open_model ("mini-sdxl"), merged = NULL;
  g_autofree char *path = golden_path ("lora/kohya_sgm.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnLora) lora = limn_lora_open (path, model, &error);

  g_assert_no_error (error);
  const LimnLoraUse use = { .lora = lora, .strengths = { [LIMN_PART_UNET] = 1 } };
  merged = limn_checkpoint_merge (model, &use, 1);
  check (merged, suite, 0);
}

/* None of it is the U-Net alone; what it takes is what was said, and of less memory the bits are the same. */
static void
test_memory (gconstpointer data)
{
  const Suite *suite = data;
  const LimnGpuLimits *limits = limn_gpu_limits (networks_gpu ());
  g_auto (ControlCase) one = control_case_nth (0);
  g_autoptr (LimnCheckpoint) model = control_open_model ("mini-sdxl");
  g_autoptr (LimnControlFile) file = control_open_golden ("control-lora");
  g_autoptr (LimnCheckpoint) controlled = control_beside (model, file, 1);
  const LimnNetworkShape none = { one.shape.batch, one.shape.height, one.shape.width, 77, 2 };
  g_autoptr (LimnUnet) alone = control_bring (model, suite->precision, &none, NULL);
  g_autofree float *plain = control_ask (alone, &one, NULL), *whole = NULL;
  gsize bytes = one.values * sizeof (float);
  LimnNetworkShape shape = one.shape;

  for (int i = 0; i < 2; i++) {
    const LimnSurvey said = limn_survey_unet (limits, limn_checkpoint_unet (controlled), suite->precision, &shape);
    guint64 before = limn_gpu_allocated (networks_gpu (), NULL);
    g_autoptr (LimnUnet) unet = control_bring (controlled, suite->precision, &shape, NULL);
    g_autofree float *zero = control_ask (unet, &one, (const float[]){ 0 });
    g_autofree float *out = control_ask (unet, &one, (const float[]){ 0.8f });

    g_assert_cmpuint (limn_gpu_allocated (networks_gpu (), NULL) - before, ==, said.weights + said.work);
    g_assert_cmpmem (zero, bytes, plain, bytes);
    if (i > 0)
      g_assert_cmpmem (out, bytes, whole, bytes);
    else
      whole = g_steal_pointer (&out);
    shape.room = said.weights / 2 + said.work;
  }
}

/* ---- Files ---- */

/* The golden one without a tensor, or with one that has a row less. */
static void
write_changed (const char *without, const char *reshaped, const char *path)
{
  g_autoptr (LimnTensors) file = golden_open ("controlnet/control-lora.safetensors");
  g_autoptr (GArray) out = g_array_new (FALSE, TRUE, sizeof (LimnTensorOut));
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);
    LimnTensorOut one = { tensor->name, tensor->type, tensor->rank, .data = tensor->data };

    memcpy (one.shape, tensor->shape, sizeof (guint64) * (gsize) tensor->rank);
    if (g_strcmp0 (tensor->name, reshaped) == 0)
      one.shape[0]--;
    if (g_strcmp0 (tensor->name, without) != 0)
      g_array_append_val (out, one);
  }
  limn_safetensors_write (path, (const LimnTensorOut *) out->data, out->len, &error);
  g_assert_no_error (error);
}

static gboolean
goes_with (LimnCheckpoint *model, const char *path, GError **error)
{
  g_autoptr (LimnControlFile) file = limn_control_file_open (path, error);
  LimnControlConfig config;

  return file != NULL && limn_control_file_match (file, limn_checkpoint_unet (model), "my model", &config, error);
}

/* Whatever a tensor lacks or has too much of is said with its name, but for what the U-Net has as well. */
static void
test_broken (void)
{
  g_autoptr (LimnTensors) file = golden_open ("controlnet/control-lora.safetensors");
  g_autoptr (LimnCheckpoint) model = control_open_model ("mini-sdxl"), older = control_open_model ("mini-sd15");
  g_autofree char *golden = golden_path ("controlnet/control-lora.safetensors");
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "broken.safetensors", NULL);
  g_autoptr (GError) family = NULL;

  for (int run = 0; run < 40; run++) {
    const LimnTensor *tensor =
        limn_tensors_nth (file, (guint) g_test_rand_int_range (0, (int) limn_tensors_count (file)));
    gboolean own = strstr (tensor->name, "hint_block") != NULL || strstr (tensor->name, "zero_convs") != NULL
                   || strstr (tensor->name, "middle_block_out") != NULL;
    gboolean factor = g_str_has_suffix (tensor->name, ".up") || g_str_has_suffix (tensor->name, ".down");
    g_autoptr (GError) error = NULL;

    if (g_str_equal (tensor->name, "lora_controlnet"))
      continue;
    g_test_message ("%s %s", run % 2 ? "without" : "less of", tensor->name);
    write_changed (run % 2 ? tensor->name : NULL, run % 2 ? NULL : tensor->name, path);
    if (run % 2 && !own && !factor) {
      g_assert_true (goes_with (model, path, &error));
      g_assert_no_error (error);
      continue;
    }
    g_assert_false (goes_with (model, path, &error));
    g_assert_true (error->domain == LIMN_ERROR);
    g_autofree char *stem = g_strndup (tensor->name, (gsize) (strrchr (tensor->name, '.') - tensor->name));
    if (strstr (error->message, path) == NULL || strstr (error->message, stem) == NULL)
      g_error ("expected the path and \"%s\" in \"%s\"", stem, error->message);
  }
  g_assert_true (goes_with (model, golden, &family));
  g_assert_no_error (family);
  g_assert_false (goes_with (older, golden, &family));
  g_assert_error (family, LIMN_ERROR, LIMN_ERROR_REQUEST);
  tests_remove_folder (folder);
}

static void
test_facts (void)
{
  g_autoptr (LimnTensors) file = golden_open ("controlnet/control-lora.safetensors");
  g_autoptr (LimnControlFile) control = control_open_golden ("control-lora");
  g_autoptr (LimnFileFacts) facts = limn_file_facts_new (limn_tensors_path (file));

  limn_identify (file, facts);
  g_assert_cmpint (facts->kind, ==, LIMN_FILE_CONTROL);
  g_assert_cmpint (facts->family, ==, LIMN_FAMILY_SDXL_BASE);
  g_assert_cmpint (facts->types, ==, 0);
  g_assert_true (limn_control_file_is_lora (control));
  g_assert_cmpint (limn_control_file_family (control), ==, LIMN_FAMILY_SDXL_BASE);
}

static const Suite suites[] = {
  { "fp32", LIMN_PRECISION_FP32, 5e-5 },
  { "fp16", LIMN_PRECISION_FP16, 8e-3 },
};

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (gconstpointer data);
  } tests[] = { { "golden", test_golden }, { "ground", test_ground }, { "memory", test_memory } };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (suites); i++)
    for (guint k = 0; k < G_N_ELEMENTS (tests); k++) {
      g_autofree char *name = g_strdup_printf ("/control-lora/%s/%s", tests[k].name, suites[i].name);
      g_test_add_data_func (name, &suites[i], tests[k].test);
    }
  g_test_add_func ("/control-lora/broken", test_broken);
  g_test_add_func ("/control-lora/facts", test_facts);
  return networks_run ();
}
