/* test-t2i-adapter.c - T2I-Adapters beside U-Nets: their features, and what the U-Net makes of them, alone and with a
 * ControlNet, against the published definition in doubles (tests/README.md); their files under every name.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "adapter-case.h"
#include "base/error.h"
#include "common/folder.h"
#include "gpu/gpu-private.h"
#include "model/identify.h"
#include "model/networks.h"
#include "model/survey.h"

typedef struct {
  const char *name, *model;
  LimnPrecision precision;
  double feature, out; /* most difference, as a share of the largest value */
} Suite;

static float *
copy (LimnTensors *golden, const char *prefix, const char *name, gsize *count)
{
  return golden_floats (golden, count, "%s%s", prefix, name);
}

/* Of which: "case0/" and "case1/" are the ControlNets' of that model, "odd/" the U-Net's last. */
static ControlCase
read_case (const Suite *suite, const char *which)
{
  const gboolean odd = g_str_equal (which, "odd/"), sizes = g_str_equal (suite->name, "xl");
  g_autofree char *file = odd ? g_strdup_printf ("unet/%s.safetensors", suite->model) : NULL;
  g_autofree char *prefix = odd ? g_strdup ("case6/") : g_strdup_printf ("%s-controlnet/%s", suite->model, which);
  g_autofree char *expected = g_strconcat (suite->name, "/", which, NULL);
  g_autoptr (LimnTensors) golden = golden_open (odd ? file : "controlnet/expected.safetensors");
  g_autoptr (LimnTensors) own = golden_open ("controlnet/t2i-adapter.safetensors");
  const LimnTensor *sample = golden_tensor (golden, "%ssample", prefix);
  ControlCase one = {
    .type = -1,
    .shape = { .batch = (int) sample->shape[0],
               .height = (int) sample->shape[2],
               .width = (int) sample->shape[3],
               .tokens = 77,
               .steps = 2,
               .controls = 1 },
    .sample = copy (golden, prefix, "sample", NULL),
    .context = copy (golden, prefix, "encoder_hidden_states", NULL),
    .pooled = sizes ? copy (golden, prefix, "text_embeds", NULL) : NULL,
    .ids = sizes ? copy (golden, prefix, "time_ids", NULL) : NULL,
    .timestep = copy (golden, prefix, "timestep", NULL),
    .picture = copy (odd ? own : golden, odd ? "odd/" : "", "cond", NULL),
  };

  one.expected = copy (own, expected, "unet_out", &one.values);
  return one;
}

static LimnControlFile *
open_adapter (const char *name, const AdapterChange *change)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "adapter.safetensors", NULL);
  LimnControlFile *file;

  adapter_write (name, change, path);
  file = control_open (path);
  tests_remove_folder (folder);
  return file;
}

/* ---- Numbers ---- */

typedef struct {
  LimnTensors *golden;
  const char *prefix; /* "xl/case0/feature." */
  double tolerance;
  int seen;
} Walk;

static void
walk_cb (const char *name, LimnArray array, const float *rows, gpointer data)
{
  static const char feature[] = "controls.0.adapter.body.";
  Walk *walk = data;
  g_autofree char *golden = NULL;

  if (!g_str_has_prefix (name, feature) || strchr (name + strlen (feature), '.') != NULL)
    return;
  golden = g_strconcat (walk->prefix, name + strlen (feature), NULL);
  if (!golden_has (walk->golden, golden))
    return;
  g_autofree float *expected = golden_floats (walk->golden, NULL, "%s", golden);
  control_check_rows (golden, golden_tensor (walk->golden, "%s", golden), expected, rows, walk->tolerance);
  walk->seen++;
}

static void
test_golden (gconstpointer data)
{
  static const char *const cases[] = { "case0/", "case1/", "odd/" };
  const Suite *suite = data;
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/t2i-adapter.safetensors");
  g_autoptr (LimnCheckpoint) model = control_open_model (suite->model);
  g_autoptr (LimnControlFile) file = open_adapter (suite->name, &(AdapterChange){ 0 });
  g_autoptr (LimnCheckpoint) beside = control_beside (model, file, 1);
  int seen = 0;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *prefix = g_strdup_printf ("%s/%sfeature.", suite->name, cases[i]);
    Walk walk = { golden, prefix, suite->feature, 0 };
    const LimnTrace trace = { walk_cb, &walk };
    g_auto (ControlCase) one = read_case (suite, cases[i]);
    g_autoptr (LimnUnet) unet = control_bring (beside, suite->precision, &one.shape, &trace);
    g_autofree float *out = control_ask (unet, &one, (const float[]){ 0.8f });

    golden_check_rel (cases[i], out, one.expected, one.values, suite->out);
    seen += walk.seen;
  }
  g_assert_cmpint (seen, ==, g_str_equal (suite->name, "xl") ? 8 : 4);
}

/* With a ControlNet that is beside it; which of them is the first does not matter. */
static void
test_mixed (gconstpointer data)
{
  const Suite *suite = data;
  g_autofree char *name = g_strconcat (suite->model, "-controlnet", NULL);
  g_autofree char *prefix = g_strconcat (suite->name, "/mixed/", NULL);
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/t2i-adapter.safetensors");
  g_autoptr (LimnCheckpoint) model = control_open_model (suite->model);
  g_autoptr (LimnControlFile) adapter = open_adapter (suite->name, &(AdapterChange){ 0 });
  g_autoptr (LimnControlFile) net = control_open_golden (name);
  g_auto (ControlCase) one = read_case (suite, "case0/");
  g_autofree float *expected = copy (golden, prefix, "unet_out", NULL);

  one.shape.controls = 3;
  for (int i = 0; i < 2; i++) {
    LimnControlFile *files[] = { i == 0 ? net : adapter, i == 0 ? adapter : net };
    g_autoptr (LimnCheckpoint) beside = limn_checkpoint_control (model, files, 2);
    g_autoptr (LimnUnet) unet = control_bring (beside, suite->precision, &one.shape, NULL);
    g_autofree float *out =
        control_ask (unet, &one, i == 0 ? (const float[]){ 0.6f, 0.7f } : (const float[]){ 0.7f, 0.6f });

    golden_check_rel ("mixed", out, expected, one.values, suite->out);
  }
}

/* None of it is the U-Net alone; what it takes is what was said, and of less memory the bits are the same. */
static void
test_memory (gconstpointer data)
{
  const Suite *suite = data;
  const LimnGpuLimits *limits = limn_gpu_limits (networks_gpu ());
  g_auto (ControlCase) one = read_case (suite, "case0/");
  g_autoptr (LimnCheckpoint) model = control_open_model (suite->model);
  g_autoptr (LimnControlFile) file = open_adapter (suite->name, &(AdapterChange){ 0 });
  g_autoptr (LimnCheckpoint) beside = control_beside (model, file, 2);
  const LimnNetworkShape none = { one.shape.batch, one.shape.height, one.shape.width, 77, 2 };
  g_autoptr (LimnUnet) alone = control_bring (model, suite->precision, &none, NULL);
  g_autofree float *plain = control_ask (alone, &one, NULL), *whole = NULL;
  gsize bytes = one.values * sizeof (float);
  LimnNetworkShape shape = one.shape;

  shape.controls = 3;
  for (int i = 0; i < 2; i++) {
    const LimnSurvey said = limn_survey_unet (limits, limn_checkpoint_unet (beside), suite->precision, &shape);
    guint64 before = limn_gpu_allocated (networks_gpu (), NULL);
    g_autoptr (LimnUnet) unet = control_bring (beside, suite->precision, &shape, NULL);
    g_autofree float *zero = control_ask (unet, &one, (const float[]){ 0, 0 });
    g_autofree float *out = control_ask (unet, &one, (const float[]){ 0.5f, 0.25f });

    g_assert_cmpuint (limn_gpu_allocated (networks_gpu (), NULL) - before, ==, said.weights + said.work);
    g_assert_cmpmem (zero, bytes, plain, bytes);
    g_assert_cmpint (memcmp (out, plain, bytes), !=, 0);
    if (i > 0)
      g_assert_cmpmem (out, bytes, whole, bytes);
    else
      whole = g_steal_pointer (&out);
    shape.room = said.weights / 2 + said.work;
  }
}

/* ---- Properties ---- */

static float *
random_floats (gsize n)
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = (float) g_test_rand_double_range (-1, 1);
  return values;
}

static ControlCase
random_case (const Suite *suite, int height, int width)
{
  g_autoptr (LimnCheckpoint) model = control_open_model (suite->model);
  const LimnUnetConfig *config = limn_checkpoint_unet (model);
  const gsize cells = (gsize) height * (gsize) width;
  ControlCase one = {
    .type = -1,
    .shape = { .batch = 1, .height = height, .width = width, .tokens = 77, .steps = 2, .controls = 1 },
    .sample = random_floats (4 * cells),
    .context = random_floats (77 * (gsize) config->context_channels),
    .pooled = random_floats ((gsize) config->pooled_channels + 1),
    .ids = random_floats ((gsize) config->time_ids + 1),
    .timestep = random_floats (1),
    .picture = random_floats (3 * 64 * cells),
    .values = 4 * cells,
  };

  one.timestep[0] = 500;
  return one;
}

/* At any size, where less is seen by the depths, too: none of it is the U-Net alone, and some of it is not. */
static void
test_sizes (gconstpointer data)
{
  const Suite *suite = data;
  g_autoptr (LimnCheckpoint) model = control_open_model (suite->model);
  g_autoptr (LimnControlFile) file = open_adapter (suite->name, &(AdapterChange){ 0 });
  g_autoptr (LimnCheckpoint) beside = control_beside (model, file, 1);

  for (int run = 0; run < 6; run++) {
    int height = g_test_rand_int_range (8, 33), width = g_test_rand_int_range (8, 33);
    g_auto (ControlCase) one = random_case (suite, height, width);
    LimnNetworkShape shape = one.shape, none;

    if (run % 2 == 1)
      shape.shrink = (LimnShrink){ g_test_rand_int_range (1, 7), (float) g_test_rand_double_range (1.2, 3) };
    none = shape;
    none.controls = 0;
    g_test_message ("%d x %d, smaller behind %d by %g", height, width, shape.shrink.after,
                    (double) shape.shrink.factor);
    g_autoptr (LimnUnet) alone = control_bring (model, suite->precision, &none, NULL);
    g_autoptr (LimnUnet) unet = control_bring (beside, suite->precision, &shape, NULL);
    g_autofree float *plain = control_ask (alone, &one, NULL), *zero = control_ask (unet, &one, (const float[]){ 0 });
    g_autofree float *out = control_ask (unet, &one, (const float[]){ 0.5f });
    gsize bytes = one.values * sizeof (float);

    g_assert_cmpmem (zero, bytes, plain, bytes);
    g_assert_cmpint (memcmp (out, plain, bytes), !=, 0);
    for (gsize i = 0; i < one.values; i++)
      g_assert_true (isfinite (out[i]));
  }
}

/* Of a grey one each of the three planes counts a third. */
static void
test_grey (gconstpointer data)
{
  const Suite *suite = data;
  g_autoptr (LimnCheckpoint) model = control_open_model (suite->model);
  g_auto (ControlCase) one = read_case (suite, "odd/");
  float *out[2];

  for (int i = 0; i < 2; i++) {
    g_autoptr (LimnControlFile) file =
        open_adapter (suite->name, &(AdapterChange){ .planes = i == 0 ? ADAPTER_GREY : ADAPTER_GREY_OF_THREE });
    g_autoptr (LimnCheckpoint) beside = control_beside (model, file, 1);
    g_autoptr (LimnUnet) unet = control_bring (beside, suite->precision, &one.shape, NULL);

    g_assert_cmpint (limn_checkpoint_unet (beside)->controls[0].adapter.planes, ==, i == 0 ? 1 : 3);
    out[i] = control_ask (unet, &one, (const float[]){ 1 });
  }
  golden_check_rel ("grey", out[0], out[1], one.values, suite->out);
  g_free (out[0]);
  g_free (out[1]);
}

/* ---- Files ---- */

/* By whatever names it is the same, to the bit. */
static void
test_names (gconstpointer data)
{
  const AdapterChange changes[] = { { 0 }, { .original = TRUE }, { .original = TRUE, .prefix = "adapter." } };
  const Suite *suite = data;
  g_autoptr (LimnCheckpoint) model = control_open_model (suite->model);
  g_auto (ControlCase) one = read_case (suite, "case0/");
  gsize bytes = one.values * sizeof (float);
  g_autofree float *first = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autoptr (LimnControlFile) file = open_adapter (suite->name, &changes[i]);
    g_autoptr (LimnCheckpoint) beside = control_beside (model, file, 1);
    g_autoptr (LimnUnet) unet = control_bring (beside, suite->precision, &one.shape, NULL);
    g_autofree float *out = control_ask (unet, &one, (const float[]){ 1 });

    if (i > 0)
      g_assert_cmpmem (out, bytes, first, bytes);
    else
      first = g_steal_pointer (&out);
  }
}

/* What a file is told to be, before it is opened, whichever way its tensors are called. */
static void
test_facts (gconstpointer data)
{
  const Suite *suite = data;
  const LimnFamily family = g_str_equal (suite->name, "xl") ? LIMN_FAMILY_SDXL_BASE : LIMN_FAMILY_SD15;
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "adapter.safetensors", NULL);

  for (int i = 0; i < 2; i++) {
    g_autoptr (LimnFileFacts) facts = limn_file_facts_new (path);
    g_autoptr (GError) error = NULL;

    adapter_write (suite->name, &(AdapterChange){ .original = i == 1 }, path);
    g_autoptr (LimnTensors) tensors = limn_tensors_open (path, &error);
    g_assert_no_error (error);
    limn_identify (tensors, facts);
    g_assert_cmpint (facts->kind, ==, LIMN_FILE_CONTROL);
    g_assert_cmpint (facts->family, ==, family);
    g_assert_cmpint (facts->types, ==, 0);
    g_assert_true (facts->adapter);
    g_assert_cmpstr (limn_file_facts_kind_name (facts), ==, "T2I-Adapter");
    g_autoptr (LimnControlFile) file = control_open (path);
    g_assert_true (limn_control_file_is_adapter (file));
    g_assert_cmpint (limn_control_file_family (file), ==, family);
    g_assert_null (limn_checkpoint_open (path, &error));
    g_assert_nonnull (strstr (error->message, "T2I-Adapter"));
  }
  tests_remove_folder (folder);
}

/* Whichever tensor is missing, of another size or too many is named, and what cannot be read of its picture. */
static void
test_broken (gconstpointer data)
{
  const Suite *suite = data;
  const gboolean xl = g_str_equal (suite->name, "xl"), light = g_str_equal (suite->name, "light");
  g_autoptr (GPtrArray) names = adapter_names (suite->name);
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "broken.safetensors", NULL);

  for (int run = 0; run < 30; run++) {
    const char *name = names->pdata[g_test_rand_int_range (0, (int) names->len)];
    const AdapterChange change = { .without = run % 2 ? name : NULL, .reshaped = run % 2 ? NULL : name };

    g_test_message ("%s %s", run % 2 ? "without" : "less of", name);
    adapter_write (suite->name, &change, path);
    control_expect_refused (path, "adapter.");
  }
  adapter_write (suite->name, &(AdapterChange){ .more = "adapter.body.1.down_opt.op.weight" }, path);
  control_expect_refused (path, "down_opt");
  adapter_write (suite->name, &(AdapterChange){ .planes = ADAPTER_OF_TWO }, path);
  control_expect_refused (path, xl ? "512 values" : "128 values");
  adapter_write (suite->name,
                 &(AdapterChange){ .without = light ? "adapter.body.0.in_conv.weight" : "adapter.conv_in.weight" },
                 path);
  control_expect_refused (path, light ? "in_conv.weight is missing" : "conv_in.weight is missing");
  tests_remove_folder (folder);
}

static void
test_family (void)
{
  static const struct {
    const char *name, *model;
    gboolean goes;
  } cases[] = { { "xl", "mini-sdxl", TRUE },    { "xl", "mini-sd15", FALSE },         { "full", "mini-sd15", TRUE },
                { "full", "mini-sdxl", FALSE }, { "xl", "mini-sdxl-refiner", FALSE }, { "light", "mini-sdxl", FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (LimnCheckpoint) model = control_open_model (cases[i].model);
    g_autoptr (LimnControlFile) file = open_adapter (cases[i].name, &(AdapterChange){ 0 });
    g_autoptr (GError) error = NULL;
    LimnControlConfig config;

    g_assert_cmpint (limn_control_file_match (file, limn_checkpoint_unet (model), "my model", &config, &error), ==,
                     cases[i].goes);
    g_assert_true ((error == NULL) == cases[i].goes);
    if (error != NULL)
      g_assert_nonnull (strstr (error->message, "my model"));
  }
}

static const Suite suites[] = {
  { "xl", "mini-sdxl", LIMN_PRECISION_FP32, 1e-5, 5e-5 },    { "xl", "mini-sdxl", LIMN_PRECISION_FP16, 4e-3, 8e-3 },
  { "full", "mini-sd15", LIMN_PRECISION_FP32, 1e-5, 5e-5 },  { "full", "mini-sd15", LIMN_PRECISION_FP16, 4e-3, 5e-3 },
  { "light", "mini-sd15", LIMN_PRECISION_FP32, 1e-5, 5e-5 }, { "light", "mini-sd15", LIMN_PRECISION_FP16, 4e-3, 5e-3 },
};

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (gconstpointer data);
    gboolean once; /* of floats alone */
  } tests[] = { { "golden", test_golden },     { "mixed", test_mixed },        { "memory", test_memory },
                { "sizes", test_sizes, TRUE }, { "grey", test_grey, TRUE },    { "names", test_names, TRUE },
                { "facts", test_facts, TRUE }, { "broken", test_broken, TRUE } };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (suites); i++)
    for (guint k = 0; k < G_N_ELEMENTS (tests); k++) {
      gboolean floats = suites[i].precision == LIMN_PRECISION_FP32;
      g_autofree char *name =
          g_strdup_printf ("/t2i-adapter/%s/%s/%s", tests[k].name, suites[i].name, floats ? "fp32" : "fp16");

      if (floats || !tests[k].once)
        g_test_add_data_func (name, &suites[i], tests[k].test);
    }
  g_test_add_func ("/t2i-adapter/family", test_family);
  return networks_run ();
}
