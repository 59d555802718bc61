/* test-control-union.c - ControlNets for several kinds of pictures: what they add, by kind, against the published
 * definition in doubles (tests/README.md); their files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/error.h"
#include "common/folder.h"
#include "control-case.h"
#include "gpu/gpu-private.h"
#include "model/identify.h"
#include "model/networks.h"
#include "model/survey.h"

#include <string.h>

typedef struct {
  const char *name; /* of its tensors in the golden file */
  int types, kinds[3];
  LimnPrecision precision;
  double tolerance;
} Suite;

/* ---- Files ---- */

static LimnControlFile *
open_changed (const char *name, const ControlUnion *change)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "union.safetensors", NULL);
  LimnControlFile *file;

  control_write_union (name, change, path);
  file = control_open (path);
  tests_remove_folder (folder); /* it stays mapped */
  return file;
}

/* ---- Numbers ---- */

/* One after the other by the same network, which is told another kind each time. */
static void
test_golden (gconstpointer data)
{
  const Suite *suite = data;
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/union.safetensors");
  g_autoptr (LimnCheckpoint) model = control_open_model ("mini-sdxl");
  g_autoptr (LimnControlFile) file = open_changed (suite->name, &(ControlUnion){ 0 });
  g_autoptr (LimnCheckpoint) controlled = control_beside (model, file, 1);

  g_assert_cmpint (limn_checkpoint_unet (controlled)->controls[0].types, ==, suite->types);
  for (int i = 0; i < 2; i++) {
    ControlWalk walk = { .golden = golden, .tolerance = suite->tolerance };
    const LimnTrace trace = { control_walk_cb, &walk };
    g_auto (ControlCase) one = control_case_nth (i);
    g_autoptr (LimnUnet) unet = control_bring (controlled, suite->precision, &one.shape, &trace);

    for (guint k = i == 0 ? 0 : 1; k < G_N_ELEMENTS (suite->kinds); k++) {
      g_autofree char *kind = suite->kinds[k] < 0 ? g_strdup ("none") : g_strdup_printf ("%d", suite->kinds[k]);

      g_autofree char *prefix = g_strdup_printf ("%s/case%d/%s/", suite->name, i, kind);
      walk.prefix = prefix;
      walk.seen = 0;
      one.type = suite->kinds[k];
      g_autofree float *out = control_ask (unet, &one, (const float[]){ 1 });
      g_assert_cmpint (walk.seen, ==, i == 0 ? 4 : 1);
    }
  }
}

/* ---- What is known without goldens ---- */

/* None of it is the U-Net alone; of two that are one, each may be told another kind, and what was said before it was
 * told another one is said again. */
static void
test_several (gconstpointer data)
{
  const Suite *suite = data;
  g_auto (ControlCase) one = control_case_nth (0);
  g_autoptr (LimnCheckpoint) model = control_open_model ("mini-sdxl");
  g_autoptr (LimnControlFile) file = open_changed (suite->name, &(ControlUnion){ 0 });
  g_autoptr (LimnCheckpoint) twice = control_beside (model, file, 2);
  const LimnNetworkShape none = { one.shape.batch, one.shape.height, one.shape.width, 77, 2 };
  g_autoptr (LimnUnet) alone = control_bring (model, suite->precision, &none, NULL);
  gsize bytes = one.values * sizeof (float);

  one.shape.controls = 3;
  g_autoptr (LimnUnet) unet = control_bring (twice, suite->precision, &one.shape, NULL);
  g_autofree float *plain = control_ask (alone, &one, NULL);
  g_autofree float *zero = control_ask (unet, &one, (const float[]){ 0, 0 });
  g_assert_cmpmem (zero, bytes, plain, bytes);

  for (int run = 0; run < 3; run++) {
    const int types[] = { g_test_rand_int_range (-1, suite->types), g_test_rand_int_range (-1, suite->types) };
    g_autofree float *each[2] = { 0 };

    for (int i = 0; i < 2; i++) {
      one.type = types[i];
      each[i] = control_ask (unet, &one, (const float[]){ 1, 0 });
      g_autofree float *second = control_ask (unet, &one, (const float[]){ 0, 1 });
      g_assert_cmpmem (second, bytes, each[i], bytes);
    }
    one.type = types[0];
    g_autofree float *again = control_ask (unet, &one, (const float[]){ 1, 0 });
    g_assert_cmpmem (again, bytes, each[0], bytes);
    g_assert_true ((memcmp (each[0], each[1], bytes) == 0) == (types[0] == types[1]));
    g_free (each[0]);
    g_free (each[1]);
    each[0] = each[1] = NULL;
  }
}

static void
test_memory (gconstpointer data)
{
  const Suite *suite = data;
  const LimnGpuLimits *limits = limn_gpu_limits (networks_gpu ());
  g_auto (ControlCase) one = control_case_nth (1);
  g_autoptr (LimnCheckpoint) model = control_open_model ("mini-sdxl");
  g_autoptr (LimnControlFile) file = open_changed (suite->name, &(ControlUnion){ 0 });
  g_autoptr (LimnCheckpoint) controlled = control_beside (model, file, 1);
  LimnNetworkShape shape = one.shape;
  g_autofree float *whole = NULL;

  one.type = suite->kinds[1];
  for (int i = 0; i < 2; i++) {
    const LimnSurvey said = limn_survey_unet (limits, limn_checkpoint_unet (controlled), suite->precision, &shape);
    guint64 before = limn_gpu_allocated (networks_gpu (), NULL);
    g_autoptr (LimnUnet) unet = control_bring (controlled, suite->precision, &shape, NULL);
    g_autofree float *out = control_ask (unet, &one, (const float[]){ 0.8f });

    g_assert_cmpuint (limn_gpu_allocated (networks_gpu (), NULL) - before, ==, said.weights + said.work);
    if (i > 0)
      g_assert_cmpmem (out, one.values * sizeof (float), whole, one.values * sizeof (float));
    else
      whole = g_steal_pointer (&out);
    shape.room = said.weights / 2 + said.work;
  }
}

/* Below a prefix, and with ComfyUI's name of one layer, it is the same network. */
static void
test_names (void)
{
  const ControlUnion changes[] = { { 0 }, { .dotted = TRUE }, { .prefix = "controlnet." } };
  g_auto (ControlCase) one = control_case_nth (0);
  g_autoptr (LimnCheckpoint) model = control_open_model ("mini-sdxl");
  g_autofree float *expected = NULL;

  one.type = 2;
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autoptr (LimnControlFile) file = open_changed ("union", &changes[i]);
    g_autoptr (LimnCheckpoint) controlled = control_beside (model, file, 1);
    g_autoptr (LimnUnet) unet = control_bring (controlled, LIMN_PRECISION_FP16, &one.shape, NULL);
    g_autofree float *out = control_ask (unet, &one, (const float[]){ 1 });

    if (i > 0)
      g_assert_cmpmem (out, one.values * sizeof (float), expected, one.values * sizeof (float));
    else
      expected = g_steal_pointer (&out);
  }
}

/* What is missing or of another shape is named; and how many kinds it knows is told without opening it as one. */
static void
test_broken (void)
{
  static const struct {
    ControlUnion change;
    const char *words;
  } cases[] = {
    { { .without = "task_embedding" }, "task_embedding is missing" },
    { { .without = "spatial_ch_projs.bias" }, "spatial_ch_projs.bias" },
    { { .without = "transformer_layes.0.ln_2.weight" }, "transformer_layes.0.ln_2.weight" },
    { { .without = "transformer_layes.0.attn.in_proj_bias" }, "transformer_layes.0.attn.in_proj.bias" },
    { { .without = "control_add_embedding.linear_1.weight" }, "control_add_embedding.linear_1.weight" },
    { { .without = "control_add_embedding.linear_2.bias" }, "control_add_embedding.linear_2.bias" },
    { { .reshaped = "task_embedding" }, "ControlNet Union of" },
    { { .reshaped = "spatial_ch_projs.weight" }, "spatial_ch_projs.weight has shape [31, 32]" },
    { { .reshaped = "transformer_layes.0.mlp.c_proj.weight" }, "c_proj.weight has shape" },
  };
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "broken.safetensors", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    control_write_union ("union", &cases[i].change, path);
    control_expect_refused (path, cases[i].words);
  }
  for (int i = 0; i < 2; i++) {
    g_autoptr (LimnFileFacts) facts = limn_file_facts_new (path);
    g_autoptr (LimnTensors) file = NULL;

    control_write_union (i == 0 ? "union" : "promax", &(ControlUnion){ 0 }, path);
    file = limn_tensors_open (path, NULL);
    limn_identify (file, facts);
    g_assert_cmpint (facts->kind, ==, LIMN_FILE_CONTROL);
    g_assert_cmpint (facts->family, ==, LIMN_FAMILY_SDXL_BASE);
    g_assert_cmpint (facts->types, ==, i == 0 ? 6 : 8);
  }
  tests_remove_folder (folder);
}

static const Suite suites[] = {
  { "union", 6, { -1, 0, 5 }, LIMN_PRECISION_FP32, 5e-5 },
  { "union", 6, { -1, 0, 5 }, LIMN_PRECISION_FP16, 8e-3 },
  { "promax", 8, { -1, 3, 7 }, LIMN_PRECISION_FP32, 5e-5 },
  { "promax", 8, { -1, 3, 7 }, LIMN_PRECISION_FP16, 8e-3 },
};

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (gconstpointer data);
  } tests[] = { { "golden", test_golden }, { "several", test_several }, { "memory", test_memory } };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (suites); i++)
    for (guint k = 0; k < G_N_ELEMENTS (tests); k++) {
      g_autofree char *name = g_strdup_printf ("/control-union/%s/%s/%s", tests[k].name, suites[i].name,
                                               suites[i].precision == LIMN_PRECISION_FP32 ? "fp32" : "fp16");
      g_test_add_data_func (name, &suites[i], tests[k].test);
    }
  g_test_add_func ("/control-union/names", test_names);
  g_test_add_func ("/control-union/broken", test_broken);
  return networks_run ();
}
