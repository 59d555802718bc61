/* test-control.c - ControlNets beside U-Nets against diffusers: what they add, what the U-Net makes of it; their files
 * under both namings, and files that are none.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/error.h"
#include "common/folder.h"
#include "control-case.h"
#include "file/safetensors.h"
#include "gpu/gpu-private.h"
#include "model/control.h"
#include "model/networks.h"
#include "model/survey.h"

#include <string.h>

typedef struct {
  const char *model, *control;
  int skips;
  LimnPrecision precision;
  double tolerance;
} Suite;

/* ---- Numbers ---- */

static void
test_golden (gconstpointer data)
{
  const Suite *suite = data;
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/expected.safetensors");
  g_autoptr (LimnCheckpoint) model = control_open_model (suite->model);
  g_autoptr (LimnControlFile) file = control_open_golden (suite->control);
  g_autoptr (LimnCheckpoint) controlled = control_beside (model, file, 1);

  for (int i = 0; i < 2; i++) {
    g_autofree char *prefix = g_strdup_printf ("%s/case%d/", suite->control, i);
    ControlWalk walk = { golden, prefix, suite->tolerance, 0 };
    const LimnTrace trace = { control_walk_cb, &walk };
    g_auto (ControlCase) one = control_case_read (golden, prefix);
    g_autoptr (LimnUnet) unet = control_bring (controlled, suite->precision, &one.shape, &trace);
    g_autofree float *out = control_ask (unet, &one, (const float[]){ 0.8f });

    g_assert_cmpint (walk.seen, ==, i == 0 ? suite->skips + 1 : 1);
    golden_check_rel (prefix, out, one.expected, one.values, suite->tolerance);
  }
}

/* ---- What is known without goldens ---- */

/* None of it is the U-Net alone, to the bit, and so is the U-Net after it was asked with it; of two that are one, the
 * shares add up; one that is not asked counts for nothing; and of less memory the bits are the same. */
static void
test_shares (gconstpointer data)
{
  const Suite *suite = data;
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/expected.safetensors");
  g_autofree char *prefix = g_strdup_printf ("%s/case0/", suite->control);
  g_auto (ControlCase) one = control_case_read (golden, prefix);
  g_autoptr (LimnCheckpoint) model = control_open_model (suite->model);
  g_autoptr (LimnControlFile) file = control_open_golden (suite->control);
  g_autoptr (LimnCheckpoint) twice = control_beside (model, file, 2);
  const double first = g_test_rand_double_range (0.1, 1), second = g_test_rand_double_range (0.1, 1);
  const LimnNetworkShape both = { one.shape.batch, one.shape.height, one.shape.width, 77, 2, .controls = 3 };
  const LimnNetworkShape last = { one.shape.batch, one.shape.height, one.shape.width, 77, 2, .controls = 2 };
  const LimnNetworkShape none = { one.shape.batch, one.shape.height, one.shape.width, 77, 2 };
  g_autoptr (LimnUnet) alone = control_bring (model, suite->precision, &none, NULL);
  g_autoptr (LimnUnet) unet = control_bring (twice, suite->precision, &both, NULL);
  g_autoptr (GError) error = NULL;
  gsize bytes = one.values * sizeof (float);

  g_autofree float *plain = control_ask (alone, &one, NULL);
  g_autofree float *zero = control_ask (unet, &one, (const float[]){ 0, 0 });
  g_autofree float *sum = control_ask (unet, &one, (const float[]){ (float) first, (float) second });
  g_assert_cmpmem (zero, bytes, plain, bytes);
  limn_unet_reshape (unet, &last, NULL, &error);
  g_assert_no_error (error);
  g_autofree float *single = control_ask (unet, &one, (const float[]){ 77, (float) (first + second) });
  golden_check_rel ("two shares", sum, single, one.values, suite->tolerance);
  limn_unet_reshape (unet, &none, NULL, &error);
  g_assert_no_error (error);
  g_autofree float *again = control_ask (unet, &one, NULL);
  g_assert_cmpmem (again, bytes, plain, bytes);
}

/* As it is, and in less memory: what it takes is what was said, and the bits are the same. */
static void
test_memory (gconstpointer data)
{
  const Suite *suite = data;
  const LimnGpuLimits *limits = limn_gpu_limits (networks_gpu ());
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/expected.safetensors");
  g_autofree char *prefix = g_strdup_printf ("%s/case1/", suite->control);
  g_auto (ControlCase) one = control_case_read (golden, prefix);
  g_autoptr (LimnCheckpoint) model = control_open_model (suite->model);
  g_autoptr (LimnControlFile) file = control_open_golden (suite->control);
  g_autoptr (LimnCheckpoint) controlled = control_beside (model, file, 1);
  const LimnUnetConfig *config = limn_checkpoint_unet (controlled);
  LimnNetworkShape shape = one.shape;
  g_autofree float *whole = NULL;

  for (int i = 0; i < 2; i++) {
    const LimnSurvey said = limn_survey_unet (limits, config, suite->precision, &shape);
    guint64 before = limn_gpu_allocated (networks_gpu (), NULL);
    g_autoptr (LimnUnet) unet = control_bring (controlled, suite->precision, &shape, NULL);
    g_autofree float *out = control_ask (unet, &one, (const float[]){ 0.8f });

    g_assert_cmpuint (limn_gpu_allocated (networks_gpu (), NULL) - before, ==, said.weights + said.work);
    g_assert_cmpfloat (said.flop, ==, limn_plan_flop (limn_unet_plan (unet)));
    g_assert_true ((said.brought > 0) == (i > 0));
    if (i > 0)
      g_assert_cmpmem (out, one.values * sizeof (float), whole, one.values * sizeof (float));
    else
      whole = g_steal_pointer (&out);
    shape.room = said.weights / 2 + said.work;
  }
}

/* ---- Files ---- */

/* How a file differs from the golden one. */
typedef struct {
  const char *prefix;
  const char *names;    /* NULL, or the table by which they are turned: that of the other naming */
  const char *without;  /* a golden name */
  const char *reshaped; /* a golden name: it gets a row less */
  const char *more;     /* a name */
  const char *dropped;  /* NULL, or a pattern: what matches it is left out ... */
  const char *zeroed;   /* ... or is zeros */
} Change;

/* "original<tab>diffusers<tab>shape": one to the other, whichever name is. */
static char *
turn (const char *table, const char *name)
{
  g_auto (GStrv) lines = g_strsplit (table, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) names = g_strsplit (lines[i], "\t", 3);

    if (g_strv_length (names) == 3 && g_str_equal (names[0], name))
      return g_strdup (names[1]);
    if (g_strv_length (names) == 3 && g_str_equal (names[1], name))
      return g_strdup (names[0]);
  }
  g_error ("%s is in no table", name);
}

static void
write_changed (const char *name, const Change *change, const char *path)
{
  g_autofree char *relative = g_strdup_printf ("controlnet/%s.safetensors", name);
  g_autoptr (LimnTensors) file = golden_open (relative);
  g_autoptr (GStringChunk) strings = g_string_chunk_new (4096);
  g_autoptr (GArray) out = g_array_new (FALSE, TRUE, sizeof (LimnTensorOut));
  g_autoptr (GPtrArray) zeros = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *table = NULL, *table_path = change->names != NULL ? golden_path (change->names) : NULL;
  static const float more = 1;
  g_autoptr (GError) error = NULL;

  if (table_path != NULL)
    g_assert_true (g_file_get_contents (table_path, &table, NULL, NULL));
  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);
    g_autofree char *turned = table != NULL ? turn (table, tensor->name) : g_strdup (tensor->name);
    g_autofree char *full = g_strconcat (change->prefix != NULL ? change->prefix : "", turned, NULL);
    LimnTensorOut one = { g_string_chunk_insert (strings, full), tensor->type, tensor->rank, .data = tensor->data };

    memcpy (one.shape, tensor->shape, sizeof (guint64) * (gsize) tensor->rank);
    if (g_strcmp0 (tensor->name, change->reshaped) == 0)
      one.shape[0]--;
    if (change->zeroed != NULL && g_regex_match_simple (change->zeroed, tensor->name, 0, 0)) {
      one.data = g_malloc0 (limn_tensor_bytes (tensor));
      g_ptr_array_add (zeros, (gpointer) one.data);
    }
    if (g_strcmp0 (tensor->name, change->without) != 0
        && (change->dropped == NULL || !g_regex_match_simple (change->dropped, tensor->name, 0, 0)))
      g_array_append_val (out, one);
  }
  const LimnTensorOut added = { change->more, LIMN_TYPE_F32, 1, { 1 }, &more };
  if (change->more != NULL)
    g_array_append_val (out, added);
  limn_safetensors_write (path, (const LimnTensorOut *) out->data, out->len, &error);
  g_assert_no_error (error);
}

static float *
ask_file (const Suite *suite, LimnControlFile *file, const ControlCase *one)
{
  g_autoptr (LimnCheckpoint) model = control_open_model (suite->model);
  g_autoptr (LimnCheckpoint) controlled = control_beside (model, file, 1);
  g_autoptr (LimnUnet) unet = control_bring (controlled, suite->precision, &one->shape, NULL);

  return control_ask (unet, one, (const float[]){ 0.8f });
}

/* Under the other naming, alone or below a prefix, and in a folder, it is the same network. */
static void
test_names (gconstpointer data)
{
  const Suite *suite = data;
  g_autofree char *table = g_strdup_printf ("controlnet/%s.map.tsv", suite->control);
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL),
                  *prefix = g_strdup_printf ("%s/case0/", suite->control);
  g_autofree char *path = g_build_filename (folder, "other.safetensors", NULL);
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/expected.safetensors");
  g_auto (ControlCase) one = control_case_read (golden, prefix);
  g_autoptr (LimnControlFile) file = control_open_golden (suite->control);
  g_autofree float *expected = ask_file (suite, file, &one);
  const Change changes[] = { { .names = table }, { .prefix = "controlnet.", .names = table }, { 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++) {
    if (i == 1 && !g_str_has_suffix (suite->model, "sd15")) /* the original names have a prefix */
      continue;
    write_changed (suite->control, &changes[i], path);
    g_autoptr (LimnControlFile) other = control_open (i == 2 ? folder : path);
    g_autofree float *out = ask_file (suite, other, &one);

    g_assert_cmpint (limn_control_file_family (other), ==, limn_control_file_family (file));
    g_assert_cmpmem (out, one.values * sizeof (float), expected, one.values * sizeof (float));
  }
  tests_remove_folder (folder);
}

/* Of less depth, as the small networks and those of the middle size have it, a ControlNet is the one whose blocks, or
 * whose transformers, change nothing. */
static void
test_depths (void)
{
  static const Suite suite = { "mini-sdxl", "mini-sdxl-controlnet", .precision = LIMN_PRECISION_FP32 };
  static const struct {
    const char *dropped, *zeroed;
  } cases[] = {
    { "transformer_blocks\\.", "(to_out\\.0|ff\\.net\\.2)\\." },
    { "attentions\\.", "attentions\\.\\d\\.proj_out\\." },
    { "down_blocks\\.\\d\\.attentions\\.", "down_blocks\\.\\d\\.attentions\\.\\d\\.proj_out\\." },
    { "transformer_blocks\\.[12]", "transformer_blocks\\.[12]\\..*(to_out\\.0|ff\\.net\\.2)\\." },
  };
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "deep.safetensors", NULL);
  g_autofree char *other_path = g_build_filename (folder, "flat.safetensors", NULL);
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/expected.safetensors");
  g_auto (ControlCase) one = control_case_read (golden, "mini-sdxl-controlnet/case0/");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    write_changed (suite.control, &(Change){ .zeroed = cases[i].zeroed }, path);
    write_changed (suite.control, &(Change){ .dropped = cases[i].dropped }, other_path);
    g_autoptr (LimnControlFile) deep = control_open (path), flat = control_open (other_path);
    g_autofree float *out = ask_file (&suite, deep, &one), *other = ask_file (&suite, flat, &one);

    golden_check_rel (cases[i].dropped, other, out, one.values, 1e-6);
    golden_check_rel ("not the golden", other, one.expected, one.values, 10);
    g_assert_cmpint (memcmp (other, one.expected, one.values * sizeof (float)), !=, 0);
  }
  tests_remove_folder (folder);
}

/* Latents of any size, of any batch: what is added has the size of what it is added to, and none of it is nothing. */
static void
test_sizes (void)
{
  g_autoptr (LimnCheckpoint) model = control_open_model ("mini-sd15");
  g_autoptr (LimnControlFile) file = control_open_golden ("mini-sd15-controlnet");
  g_autoptr (LimnCheckpoint) controlled = control_beside (model, file, 1);
  int context = limn_checkpoint_unet (model)->context_channels;

  for (int run = 0; run < 3; run++) {
    LimnNetworkShape shape = { .batch = g_test_rand_int_range (1, 4),
                               .height = g_test_rand_int_range (5, 30),
                               .width = g_test_rand_int_range (5, 30),
                               .tokens = 77 * g_test_rand_int_range (1, 3),
                               .steps = 2 };
    gsize cells = (gsize) shape.height * shape.width;
    ControlCase one = { .shape = shape, .values = 4 * cells * (gsize) shape.batch };
    gsize words = (gsize) shape.batch * shape.tokens * context;

    one.sample = g_new (float, one.values);
    one.context = g_new (float, words);
    one.picture = g_new (float, 3 * 64 * cells);
    one.timestep = g_new (float, 1);
    one.timestep[0] = 500;
    for (gsize i = 0; i < one.values; i++)
      one.sample[i] = (float) g_test_rand_double_range (-2, 2);
    for (gsize i = 0; i < words; i++)
      one.context[i] = (float) g_test_rand_double_range (-1, 1);
    for (gsize i = 0; i < 3 * 64 * cells; i++)
      one.picture[i] = (float) g_test_rand_double ();
    g_autoptr (LimnUnet) alone = control_bring (model, LIMN_PRECISION_FP16, &shape, NULL);
    shape.controls = 1;
    g_autoptr (LimnUnet) unet = control_bring (controlled, LIMN_PRECISION_FP16, &shape, NULL);
    g_autofree float *plain = control_ask (alone, &one, NULL), *none = control_ask (unet, &one, (const float[]){ 0 });
    g_autofree float *some = control_ask (unet, &one, (const float[]){ 1 });

    g_test_message ("%d of %d x %d", shape.batch, shape.width, shape.height);
    g_assert_cmpmem (none, one.values * sizeof (float), plain, one.values * sizeof (float));
    golden_check_rel ("moved", some, plain, one.values, 10);
    g_assert_cmpint (memcmp (some, plain, one.values * sizeof (float)), !=, 0);
    control_case_clear (&one);
  }
}

/* Whichever tensor is missing, it is named, under the original name. */
static void
test_missing (void)
{
  static const char *const names[] = { "mini-sdxl-controlnet", "mini-sd15-controlnet" };
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "broken.safetensors", NULL);

  for (int run = 0; run < 30; run++) {
    g_autofree char *relative = g_strdup_printf ("controlnet/%s.safetensors", names[run % 2]);
    g_autoptr (LimnTensors) file = golden_open (relative);
    guint nth = (guint) g_test_rand_int_range (0, (int) limn_tensors_count (file));
    g_autoptr (GError) error = NULL;

    write_changed (names[run % 2], &(Change){ .without = limn_tensors_nth (file, nth)->name }, path);
    g_test_message ("without %s", limn_tensors_nth (file, nth)->name);
    g_assert_null (limn_control_file_open (path, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MODEL);
    g_assert_nonnull (strstr (error->message, path));
  }
  tests_remove_folder (folder);
}

/* What is wrong with a file is said, and what it is where it is none. */
static void
test_broken (void)
{
  static const struct {
    Change change;
    const char *words;
  } cases[] = {
    { { .without = "controlnet_mid_block.bias" }, "middle_block_out.0.bias" },
    { { .without = "controlnet_down_blocks.8.weight" }, "zero_convs.8.0.weight" },
    { { .without = "mid_block.attentions.0.transformer_blocks.1.attn2.to_k.weight" }, "attn2.to_k.weight" },
    { { .reshaped = "controlnet_cond_embedding.blocks.2.weight" }, "input_hint_block.6.weight" },
    { { .reshaped = "down_blocks.1.resnets.0.conv1.bias" }, "input_blocks.4.0.in_layers.2.bias" },
    { { .more = "control_add_embedding.linear_1.bias" }, "task_embedding" },
    { { .more = "task_embedding" }, "task_embedding" },
    { { .more = "lora_controlnet" }, "Control-LoRA" },
    { { .more = "lllite_unet_input_blocks_4.conditioning1.0.weight" }, "ControlNet-LLLite" },
    { { .more = "adapter.body.0.in_conv.weight" }, "T2I-Adapter" },
  };
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "broken.safetensors", NULL);
  g_autofree char *upscaler = golden_path ("upscalers/rrdbnet_x4.safetensors");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    write_changed ("mini-sdxl-controlnet", &cases[i].change, path);
    control_expect_refused (path, cases[i].words);
  }
  control_expect_refused (upscaler, "no ControlNet");
  tests_remove_folder (folder);
}

/* One of another family is told so. */
static void
test_family (void)
{
  g_autoptr (LimnCheckpoint) sdxl = control_open_model ("mini-sdxl"), older = control_open_model ("mini-sd15");
  g_autoptr (LimnControlFile) file = control_open_golden ("mini-sdxl-controlnet"),
                              other = control_open_golden ("mini-sd15-controlnet");
  g_autoptr (GError) error = NULL;
  LimnControlConfig config;

  g_assert_cmpint (limn_control_file_family (file), ==, LIMN_FAMILY_SDXL_BASE);
  g_assert_cmpint (limn_control_file_family (other), ==, LIMN_FAMILY_SD15);
  g_assert_false (limn_control_file_match (file, limn_checkpoint_unet (older), "my model", &config, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST);
  g_assert_nonnull (strstr (error->message, "my model"));
  g_clear_error (&error);
  g_assert_false (limn_control_file_match (other, limn_checkpoint_unet (sdxl), "my model", &config, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST);
}

static const Suite suites[] = {
  { "mini-sdxl", "mini-sdxl-controlnet", 9, LIMN_PRECISION_FP32, 5e-5 },
  { "mini-sdxl", "mini-sdxl-controlnet", 9, LIMN_PRECISION_FP16, 8e-3 },
  { "mini-sd15", "mini-sd15-controlnet", 12, LIMN_PRECISION_FP32, 5e-5 },
  { "mini-sd15", "mini-sd15-controlnet", 12, LIMN_PRECISION_FP16, 5e-3 },
};

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (gconstpointer data);
  } tests[] = {
    { "golden", test_golden }, { "shares", test_shares }, { "memory", test_memory }, { "names", test_names }
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (suites); i++)
    for (guint k = 0; k < G_N_ELEMENTS (tests); k++) {
      g_autofree char *name = g_strdup_printf ("/control/%s/%s/%s", tests[k].name, suites[i].model,
                                               suites[i].precision == LIMN_PRECISION_FP32 ? "fp32" : "fp16");
      g_test_add_data_func (name, &suites[i], tests[k].test);
    }
  g_test_add_func ("/control/depths", test_depths);
  g_test_add_func ("/control/sizes", test_sizes);
  g_test_add_func ("/control/missing", test_missing);
  g_test_add_func ("/control/broken", test_broken);
  g_test_add_func ("/control/family", test_family);
  return networks_run ();
}
