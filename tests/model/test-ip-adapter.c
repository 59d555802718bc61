/* test-ip-adapter.c - what CLIP's vision transformer sees, against OpenAI's program; what IP-Adapters make of it, and
 * U-Nets of that, against diffusers 0.27.2 in doubles, alone, in part, and together; their files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "common/folder.h"
#include "gpu/gpu-private.h"
#include "ip-case.h"
#include "model/identify.h"
#include "model/networks.h"
#include "model/survey.h"

typedef struct {
  const char *name, *model;
  LimnPrecision precision;
  double sight, tokens, out; /* most difference, as a share of the largest value */
} Suite;

typedef enum { ANSWER_FIRST = 1, ANSWER_SECOND = 2, ANSWER_BOTH = 3 } Answers;

/* What the golden runs were told of no picture and of one: zeros for an answer, or for a picture. */
static float *
answers_of (LimnCheckpoint *adapter, Answers which)
{
  const LimnVisionConfig *sight = limn_control_file_sight (limn_checkpoint_control_file (adapter));
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/ip-adapter.safetensors");
  const gboolean pooled = sight->layers.projection > 0;
  g_autofree float *both = golden_floats (golden, NULL, "vision-case/%s", pooled ? "pooled" : "hidden");
  int rows, channels;

  limn_vision_answer (sight, &rows, &channels);
  const gsize n = (gsize) rows * (gsize) channels;
  if (pooled)
    memset (both, 0, n * sizeof (float));
  return which == ANSWER_BOTH ? g_steal_pointer (&both)
                              : g_memdup2 (which == ANSWER_FIRST ? both : both + n, n * sizeof (float));
}

typedef struct {
  float shares[LIMN_IP_PLACES];
} Shares;

static void
mask_cb (int h, int w, float *shares, gpointer data)
{
  const guint8 *mask = data;

  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x++)
      shares[y * w + x] = mask[(y * 2 / h) * 3 + x * 3 / w];
}

/* What the U-Net says of golden case index. */
static float *
ask (LimnUnet *unet, const ControlCase *one, LimnCheckpoint *const *adapters, const Shares *shares)
{
  const float timesteps[] = { 999, one->timestep[0] };
  const LimnNetworkShape *shape = limn_unet_shape (unet);
  g_autoptr (GError) error = NULL;
  float *out = g_new (float, one->values);

  for (int i = 0; shape->controls >> i != 0; i++) {
    g_autofree float *answers = answers_of (adapters[i], shape->batch == 2 ? ANSWER_BOTH : ANSWER_SECOND);

    limn_unet_set_answers (unet, i, answers, &error);
    g_assert_no_error (error);
    for (int place = 0; place < LIMN_IP_PLACES; place++)
      limn_unet_set_share_at (unet, i, (LimnIpPlace) place, shares[i].shares[place]);
  }
  limn_unet_prepare (unet, one->context, one->pooled, one->ids, timesteps, 2, NULL, &error);
  g_assert_no_error (error);
  limn_unet_run (unet, 1, one->sample, out, NULL, &error);
  g_assert_no_error (error);
  return out;
}

/* As golden/controlnet/expected has it, with what is expected of it with adapters. */
static ControlCase
read_case (const Suite *suite, int index, const char *expected)
{
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/expected.safetensors");
  g_autoptr (LimnTensors) own = golden_open ("controlnet/ip-adapter.safetensors");
  g_autofree char *prefix = g_strdup_printf ("%s-controlnet/case%d/", suite->model, index);
  ControlCase one = control_case_read (golden, prefix);

  g_free (one.expected);
  one.expected = golden_floats (own, &one.values, "%s", expected);
  return one;
}

static LimnCheckpoint *
put_beside (LimnCheckpoint *model, LimnCheckpoint *const *adapters, guint n)
{
  LimnControlFile *files[LIMN_MOST_CONTROLS];
  g_autoptr (GError) error = NULL;
  LimnControlConfig config;

  for (guint i = 0; i < n; i++) {
    files[i] = limn_checkpoint_control_file (adapters[i]);
    limn_control_file_match (files[i], limn_checkpoint_unet (model), "model", &config, &error);
    g_assert_no_error (error);
  }
  return limn_checkpoint_control (model, files, n);
}

/* ---- Numbers ---- */

static void
test_sight (gconstpointer data)
{
  const Suite *suite = data;
  g_autoptr (LimnCheckpoint) adapter = ip_open (suite->name);
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/ip-adapter.safetensors");
  g_autofree float *pixels = golden_floats (golden, NULL, "vision-case/pixels");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnVision) vision = limn_vision_new (networks_gpu (), adapter, suite->precision, 0, NULL, &error);
  int rows, channels;

  g_assert_no_error (error);
  const LimnVisionConfig *config = limn_vision_config (vision);
  const gboolean pooled = config->layers.projection > 0;
  g_autofree float *expected = golden_floats (golden, NULL, "vision-case/%s", pooled ? "pooled" : "hidden");
  limn_vision_answer (config, &rows, &channels);
  const gsize plane = 3 * (gsize) limn_vision_pixels (config) * (gsize) limn_vision_pixels (config);
  const gsize n = (gsize) rows * (gsize) channels;
  for (gsize i = 0; i < 2; i++) {
    g_autofree float *answer = g_new (float, n);

    limn_vision_encode (vision, pixels + i * plane, answer, NULL, &error);
    g_assert_no_error (error);
    golden_check_rel (i == 0 ? "nothing" : "picture", answer, expected + i * n, n, suite->sight);
  }
}

typedef struct {
  const float *expected;
  gsize n;
  double tolerance;
  int seen;
} Walk;

static void
walk_cb (const char *name, LimnArray array, const float *rows, gpointer data)
{
  Walk *walk = data;

  if (!g_str_equal (name, "controls.0.image_proj"))
    return;
  g_assert_cmpuint (limn_array_rows (array) * (guint64) array.c, ==, walk->n);
  golden_check_rel (name, rows, walk->expected, walk->n, walk->tolerance);
  walk->seen++;
}

static void
test_golden (gconstpointer data)
{
  const Suite *suite = data;
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/ip-adapter.safetensors");
  g_autoptr (LimnCheckpoint) model = control_open_model (suite->model), adapter = ip_open (suite->name);
  g_autoptr (LimnCheckpoint) beside = put_beside (model, &adapter, 1);
  gsize n;
  g_autofree float *tokens = golden_floats (golden, &n, "%s/tokens", suite->name);
  const Shares all = { { 0.8f, 0.8f, 0.8f } };
  const struct {
    const char *name;
    Shares shares;
  } cases[] = { { "case0", all },
                { "case1", all },
                { "style", { { 0, 0.8f, 0 } } },
                { "composition", { { 0, 0, 0.8f } } },
                { "both", { { 0, 0.8f, 0.8f } } } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *name = g_strconcat (suite->name, "/", cases[i].name, NULL);

    if (!golden_has (golden, name))
      continue;
    g_auto (ControlCase) one = read_case (suite, i == 0 ? 0 : 1, name);
    Walk walk = { tokens, n, suite->tokens, 0 };
    const LimnTrace trace = { walk_cb, &walk };
    g_autoptr (LimnUnet) unet = control_bring (beside, suite->precision, &one.shape, i == 1 ? &trace : NULL);
    g_autofree float *out = ask (unet, &one, &adapter, &cases[i].shares);

    golden_check_rel (name, out, one.expected, one.values, suite->out);
    g_assert_cmpint (walk.seen, ==, i == 1);
  }
}

/* Where it counts in a part of the picture alone. */
static void
test_masked (gconstpointer data)
{
  const Suite *suite = data;
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/ip-adapter.safetensors");
  g_autoptr (LimnCheckpoint) model = control_open_model (suite->model), adapter = ip_open (suite->name);
  g_autoptr (LimnCheckpoint) beside = put_beside (model, &adapter, 1);
  g_autofree char *name = g_strconcat (suite->name, "/masked", NULL);

  if (!golden_has (golden, name))
    return g_test_skip ("no values");
  g_auto (ControlCase) one = read_case (suite, 1, name);
  one.shape.masked = 1;
  g_autoptr (LimnUnet) unet = control_bring (beside, suite->precision, &one.shape, NULL);
  limn_unet_share_out (unet, mask_cb, (gpointer) golden_tensor (golden, "mask")->data);
  g_autofree float *out = ask (unet, &one, &adapter, &(Shares){ { 0.8f, 0.8f, 0.8f } });
  golden_check_rel (name, out, one.expected, one.values, suite->out);
}

static void
test_two (gconstpointer data)
{
  const Suite *suite = data;
  g_autoptr (LimnCheckpoint) model = control_open_model (suite->model);
  g_autoptr (LimnCheckpoint) base = ip_open ("xl-base"), plus = ip_open ("xl-plus");
  LimnCheckpoint *const adapters[] = { base, plus };
  g_autoptr (LimnCheckpoint) beside = put_beside (model, adapters, 2);
  g_auto (ControlCase) one = read_case (suite, 1, "xl-two/case1");

  one.shape.controls = 3;
  g_autoptr (LimnUnet) unet = control_bring (beside, suite->precision, &one.shape, NULL);
  g_autofree float *out =
      ask (unet, &one, adapters, (const Shares[]){ { { 0.6f, 0.6f, 0.6f } }, { { 0.5f, 0.5f, 0.5f } } });
  golden_check_rel ("two", out, one.expected, one.values, suite->out);
}

/* ---- Properties ---- */

/* None of it is the U-Net alone; what it takes is what was said, and in less memory the bits are the same. */
static void
test_memory (gconstpointer data)
{
  const Suite *suite = data;
  const LimnGpuLimits *limits = limn_gpu_limits (networks_gpu ());
  g_autofree char *name = g_strconcat (suite->name, "/case1", NULL);
  g_auto (ControlCase) one = read_case (suite, 1, name);
  g_autoptr (LimnCheckpoint) model = control_open_model (suite->model), adapter = ip_open (suite->name);
  g_autoptr (LimnCheckpoint) beside = put_beside (model, &adapter, 1);
  LimnNetworkShape shape = one.shape, none = one.shape;
  gsize bytes = one.values * sizeof (float);
  g_autofree float *whole = NULL;

  none.controls = 0;
  g_autoptr (LimnUnet) alone = control_bring (model, suite->precision, &none, NULL);
  g_autofree float *plain = ask (alone, &one, NULL, NULL);
  for (int i = 0; i < 2; i++) {
    LimnSurvey said = limn_survey_unet (limits, limn_checkpoint_unet (beside), suite->precision, &shape);
    guint64 before = limn_gpu_allocated (networks_gpu (), NULL);
    g_autoptr (LimnUnet) unet = control_bring (beside, suite->precision, &shape, NULL);
    g_autofree float *zero = ask (unet, &one, &adapter, &(Shares){ 0 });
    g_autofree float *out = ask (unet, &one, &adapter, &(Shares){ { 0.5f, 0.5f, 0.5f } });

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

/* The same of what sees. */
static void
test_sight_memory (gconstpointer data)
{
  const Suite *suite = data;
  const LimnGpuLimits *limits = limn_gpu_limits (networks_gpu ());
  g_autoptr (LimnCheckpoint) adapter = ip_open (suite->name);
  const LimnVisionConfig *config = limn_control_file_sight (limn_checkpoint_control_file (adapter));
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/ip-adapter.safetensors");
  g_autofree float *pixels = golden_floats (golden, NULL, "vision-case/pixels");
  g_autofree float *whole = NULL;
  LimnNetworkShape shape = { 0 };
  int rows, channels;

  limn_vision_answer (config, &rows, &channels);
  const gsize n = (gsize) rows * (gsize) channels;
  for (int i = 0; i < 2; i++) {
    LimnSurvey said = limn_survey_vision (limits, config, suite->precision, &shape);
    guint64 before = limn_gpu_allocated (networks_gpu (), NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (LimnVision) vision =
        limn_vision_new (networks_gpu (), adapter, suite->precision, shape.room, NULL, &error);
    g_autofree float *answer = g_new (float, n);

    g_assert_no_error (error);
    limn_vision_encode (vision, pixels, answer, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (limn_gpu_allocated (networks_gpu (), NULL) - before, ==, said.weights + said.work);
    if (i > 0)
      g_assert_cmpmem (answer, n * sizeof (float), whole, n * sizeof (float));
    else
      whole = g_steal_pointer (&answer);
    shape.room = said.weights / 2 + said.work;
  }
}

/* Every layer has a number of its own, and none is left out. */
static void
test_layers (void)
{
  static const struct {
    const char *model;
    int layers;
  } cases[] = { { "mini-sdxl", 28 }, { "mini-sd15", 16 }, { "mini-sd21", 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (LimnCheckpoint) model = control_open_model (cases[i].model);
    const LimnUnetConfig *config = limn_checkpoint_unet (model);
    g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
    static const char *const parts[] = { "down_blocks", "up_blocks" };
    int most = 0;

    for (int level = 0; level < config->levels; level++)
      for (int part = 0; part < 2; part++)
        for (int layer = 0; layer < config->layers_per_block + part; layer++)
          for (int depth = 0; depth < (part == 0 ? config->down[level] : config->up[config->levels - 1 - level])[layer];
               depth++) {
            g_autofree char *scope =
                g_strdup_printf ("%s.%d.attentions.%d.transformer_blocks.%d.attn2", parts[part], level, layer, depth);
            g_assert_true (g_hash_table_add (seen, GINT_TO_POINTER (limn_ip_layer (config, scope))));
          }
    for (int layer = 0; layer + 1 < config->mid_layers; layer++)
      for (int depth = 0; depth < config->mid_depth; depth++) {
        g_autofree char *scope = g_strdup_printf ("mid_block.attentions.%d.transformer_blocks.%d.attn2", layer, depth);
        g_assert_true (g_hash_table_add (seen, GINT_TO_POINTER (limn_ip_layer (config, scope))));
      }
    for (int number = 1; g_hash_table_contains (seen, GINT_TO_POINTER (number)); number += 2)
      most++;
    g_assert_cmpuint (g_hash_table_size (seen), ==, (guint) most);
    if (cases[i].layers > 0)
      g_assert_cmpint (most, ==, cases[i].layers);
  }
}

/* ---- Files ---- */

/* Wherever the encoder is that people put it. */
static void
test_places (void)
{
  static const char *const places[] = { NULL,
                                        "image_encoder",
                                        "clip_vision",
                                        "../clip_vision",
                                        "../image_encoder",
                                        "../models/image_encoder",
                                        "../sdxl_models/image_encoder" };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *outer = g_dir_make_tmp ("limn-XXXXXX", NULL), *folder = g_build_filename (outer, "ip", NULL);
    g_autofree char *path = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
    path = ip_write ("xl-plus", &(IpChange){ .folder = places[i] }, folder);
    g_autoptr (LimnControlFile) file = limn_control_file_open (path, &error);
    g_assert_no_error (error);
    g_assert_cmpint (limn_control_file_sight (file)->side, ==, 4);
    tests_remove_folder (outer);
  }
}

static void
expect_refused (const char *name, const IpChange *change, const char *words)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL), *path = ip_write (name, change, folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnControlFile) file = limn_control_file_open (path, &error);
  g_autoptr (LimnCheckpoint) model = control_open_model (g_str_has_prefix (name, "xl") ? "mini-sdxl" : "mini-sd15");
  LimnControlConfig config;

  /* What a U-Net has a say in is found once there is one. */
  if (file != NULL)
    g_assert_false (limn_control_file_match (file, limn_checkpoint_unet (model), "model", &config, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, folder) == NULL || strstr (error->message, words) == NULL)
    g_error ("expected the path and \"%s\" in \"%s\"", words, error->message);
  tests_remove_folder (folder);
}

/* Whichever tensor is missing or of another size, of either file, is named; and so is an encoder that is not there. */
static void
test_broken (gconstpointer data)
{
  const Suite *suite = data;
  g_autoptr (GPtrArray) own = ip_names (suite->name), seeing = ip_names (NULL);

  for (int run = 0; run < 24; run++) {
    GPtrArray *names = run % 2 == 0 ? own : seeing;
    const char *name = names->pdata[g_test_rand_int_range (0, (int) names->len)];
    const gboolean gone = run % 4 < 2;

    /* so many tokens less, or an encoder that is only asked for its places */
    if (g_str_equal (name, LIMN_IP_QUERIES) || g_str_equal (name, "visual_projection.weight"))
      continue;
    g_test_message ("%s %s", gone ? "without" : "less of", name);
    expect_refused (suite->name,
                    &(IpChange){ .without = names == own && gone ? name : NULL,
                                 .reshaped = names == own && !gone ? name : NULL,
                                 .blind = names == seeing && gone ? name : NULL,
                                 .bent = names == seeing && !gone ? name : NULL },
                    "");
  }
  expect_refused (suite->name, &(IpChange){ .alone = TRUE }, "clip_vision");
}

static void
test_facts (gconstpointer data)
{
  const Suite *suite = data;
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL),
                  *path = ip_write (suite->name, &(IpChange){ 0 }, folder);
  g_autofree char *encoder = g_build_filename (folder, "Encoder.SafeTensors", NULL);
  g_autoptr (LimnFileFacts) facts = limn_file_facts_new (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTensors) tensors = limn_tensors_open (path, &error);

  g_assert_no_error (error);
  limn_identify (tensors, facts);
  g_assert_cmpint (facts->kind, ==, LIMN_FILE_CONTROL);
  g_assert_cmpint (facts->adapter, ==, LIMN_ADAPTER_IP);
  g_assert_cmpstr (limn_file_facts_kind_name (facts), ==, "IP-Adapter");
  g_assert_null (limn_checkpoint_open (path, &error));
  g_assert_nonnull (strstr (error->message, "IP-Adapter"));
  g_clear_error (&error);
  g_assert_null (limn_checkpoint_open (encoder, &error));
  g_assert_nonnull (strstr (error->message, "clip_vision"));
  tests_remove_folder (folder);
}

static void
test_family (void)
{
  static const struct {
    const char *name, *model;
    gboolean goes;
  } cases[] = { { "xl-base", "mini-sdxl", TRUE },   { "xl-base", "mini-sd15", FALSE },
                { "sd15-full", "mini-sd15", TRUE }, { "sd15-base", "mini-sdxl", FALSE },
                { "xl-plus", "mini-sd21", FALSE },  { "xl-plus", "mini-sdxl-refiner", FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (LimnCheckpoint) model = control_open_model (cases[i].model), adapter = ip_open (cases[i].name);
    g_autoptr (GError) error = NULL;
    LimnControlConfig config;

    g_assert_cmpint (limn_control_file_match (limn_checkpoint_control_file (adapter), limn_checkpoint_unet (model),
                                              "my model", &config, &error),
                     ==, cases[i].goes);
    g_assert_true ((error == NULL) == cases[i].goes);
  }
}

static const Suite suites[] = {
  { "xl-base", "mini-sdxl", LIMN_PRECISION_FP32, 2e-5, 2e-5, 5e-5 },
  { "xl-base", "mini-sdxl", LIMN_PRECISION_FP16, 5e-3, 5e-3, 8e-3 },
  { "xl-plus", "mini-sdxl", LIMN_PRECISION_FP32, 2e-5, 2e-5, 5e-5 },
  { "xl-plus", "mini-sdxl", LIMN_PRECISION_FP16, 5e-3, 5e-3, 8e-3 },
  { "sd15-base", "mini-sd15", LIMN_PRECISION_FP32, 2e-5, 2e-5, 5e-5 },
  { "sd15-full", "mini-sd15", LIMN_PRECISION_FP32, 2e-5, 2e-5, 5e-5 },
  { "sd15-full", "mini-sd15", LIMN_PRECISION_FP16, 5e-3, 5e-3, 5e-3 },
};

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (gconstpointer data);
    gboolean once; /* of floats alone */
  } tests[] = { { "sight", test_sight },
                { "golden", test_golden },
                { "masked", test_masked },
                { "memory", test_memory },
                { "sight-memory", test_sight_memory, TRUE },
                { "broken", test_broken, TRUE },
                { "facts", test_facts, TRUE } };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (suites); i++)
    for (guint k = 0; k < G_N_ELEMENTS (tests); k++) {
      gboolean floats = suites[i].precision == LIMN_PRECISION_FP32;
      g_autofree char *name =
          g_strdup_printf ("/ip-adapter/%s/%s/%s", tests[k].name, suites[i].name, floats ? "fp32" : "fp16");

      if (floats || !tests[k].once)
        g_test_add_data_func (name, &suites[i], tests[k].test);
    }
  g_test_add_data_func ("/ip-adapter/two/fp32", &suites[0], test_two);
  g_test_add_data_func ("/ip-adapter/two/fp16", &suites[1], test_two);
  g_test_add_func ("/ip-adapter/layers", test_layers);
  g_test_add_func ("/ip-adapter/places", test_places);
  g_test_add_func ("/ip-adapter/family", test_family);
  return networks_run ();
}
