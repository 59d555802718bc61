/* test-control-run.c - whole pictures that follow others by ControlNets, against diffusers' pipelines; what is refused.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/error.h"
#include "common/folder.h"
#include "adapter-case.h"
#include "common/golden-model.h"
#include "engine/limn.h"
#include "model/networks.h"

#include <string.h>

typedef struct {
  const char *model, *control;
  LimnPrecision precision;
  double unet; /* rms error that its U-Net may show (tests/README.md), before guidance and steps amplify it */
  int levels;  /* of 255: most difference of a pixel */
} Suite;

static LimnEngine *engine;

static LimnModel *
open_control (const char *name)
{
  g_autofree char *relative = g_strdup_printf ("controlnet/%s.safetensors", name), *path = golden_path (relative);
  g_autoptr (GError) error = NULL;
  LimnModel *model = limn_model_open_control (path, &error);

  g_assert_no_error (error);
  return model;
}

/* What a golden run was asked, with what it borrows. */
typedef struct {
  LimnTensors *file;
  LimnJson *json;
  LimnModel *model, *network;
  LimnImage *picture;
  float *noise;
  LimnControl control;
  LimnRequest request;
} Run;

static double
number (const Run *run, const Suite *suite, const char *key)
{
  const LimnJson *value = limn_json_member (limn_json_member (run->json, suite->control), key);

  g_assert_nonnull (value);
  return limn_json_number (value, -1);
}

static void
run_init (Run *run, const Suite *suite)
{
  const LimnJson *said;

  *run = (Run){ .file = golden_open ("controlnet/pipeline.safetensors"),
                .json = golden_json ("controlnet/pipeline.json"),
                .model = golden_model (suite->model),
                .network = open_control (suite->control) };
  const LimnTensor *picture = golden_tensor (run->file, "%s/cond_u8", suite->control);
  run->picture = limn_image_new ((int) picture->shape[2], (int) picture->shape[1]);
  memcpy (run->picture->rgb, picture->data, picture->count);
  run->noise = golden_floats (run->file, NULL, "%s/initial_noise", suite->control);
  said = limn_json_member (run->json, suite->control);
  limn_control_init (&run->control);
  run->control.model = run->network;
  run->control.image = run->picture;
  run->control.weight = number (run, suite, "controlnet_conditioning_scale");
  run->control.start = number (run, suite, "control_guidance_start");
  run->control.end = number (run, suite, "control_guidance_end");
  limn_request_init (&run->request, run->model);
  run->request.prompt = limn_json_member_string (said, "prompt");
  run->request.negative = limn_json_member_string (said, "negative_prompt");
  run->request.width = (int) number (run, suite, "width");
  run->request.height = (int) number (run, suite, "height");
  run->request.steps = (int) number (run, suite, "num_inference_steps");
  run->request.guidance = number (run, suite, "guidance_scale");
  run->request.precision = suite->precision;
  run->request.noise = run->noise;
  run->request.controls = (LimnControlList){ &run->control, 1 };
}

static void
run_clear (Run *run)
{
  limn_tensors_unref (run->file);
  limn_json_free (run->json);
  limn_model_unref (run->model);
  limn_model_unref (run->network);
  limn_image_free (run->picture);
  g_free (run->noise);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

#define MOST_STEPS 8
#define CUT 3 /* the step after which a run is gone on with: the ControlNet has one more to do, then none */

/* What is kept of a run. */
typedef struct {
  gsize values;
  int steps;
  float *latents[MOST_STEPS];
  double sigma;
  float *before, *denoised; /* of the step that ends at CUT */
} Kept;

static void
kept_clear (Kept *kept)
{
  for (int i = 0; i < MOST_STEPS; i++)
    g_free (kept->latents[i]);
  g_free (kept->before);
  g_free (kept->denoised);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Kept, kept_clear)

static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  Kept *kept = data;

  kept->values = (gsize) preview->planes * preview->width * preview->height;
  kept->latents[kept->steps++] = g_memdup2 (preview->latents, kept->values * sizeof (float));
  if (preview->schedule_step != CUT)
    return;
  kept->sigma = preview->did.sigma;
  kept->before = g_memdup2 (preview->did.latents, kept->values * sizeof (float));
  kept->denoised = g_memdup2 (preview->did.denoised, kept->values * sizeof (float));
}

static LimnResult *
paint (const LimnRequest *request, Kept *kept)
{
  const LimnMonitor monitor = { .preview = preview_cb, .data = kept };
  g_autoptr (GError) error = NULL;
  LimnResult *result = limn_engine_generate (engine, request, kept != NULL ? &monitor : NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (result->notes), ==, 0);
  return result;
}

static void
check_picture (const LimnImage *image, const LimnTensor *expected, int levels)
{
  int worst = 0;

  g_assert_cmpuint (expected->count, ==, (gsize) 3 * image->width * image->height);
  for (gsize i = 0; i < expected->count; i++)
    worst = MAX (worst, ABS (image->rgb[i] - expected->data[i]));
  g_test_message ("pixels differ by at most %d of 255 (allowed %d)", worst, levels);
  g_assert_cmpint (worst, <=, levels);
}

static void
test_golden (gconstpointer data)
{
  const Suite *suite = data;
  g_auto (Run) run = { 0 };
  g_auto (Kept) kept = { 0 };

  run_init (&run, suite);
  g_autofree float *amplification = golden_floats (run.file, NULL, "%s/amplification", suite->control);
  g_autofree float *steps = golden_floats (run.file, NULL, "%s/latents_per_step", suite->control);
  double allowed = 3 * (double) amplification[0] * suite->unet;
  g_autoptr (LimnResult) result = paint (&run.request, &kept);
  g_assert_cmpint (kept.steps, ==, run.request.steps);
  for (int i = 0; i < kept.steps; i++)
    golden_check_rms (suite->control, kept.latents[i], steps + (gsize) i * kept.values, kept.values, allowed);
  check_picture (result->image, golden_tensor (run.file, "%s/image_u8", suite->control), suite->levels);
}

/* From any step on a run is what it was: which steps follow is a share of all. */
static void
test_going_on (gconstpointer data)
{
  const Suite *suite = data;
  g_auto (Run) run = { 0 };
  g_auto (Kept) kept = { 0 };

  run_init (&run, suite);
  run.control.end = 0.7;
  g_autoptr (LimnResult) whole = paint (&run.request, &kept);
  const LimnPast past = { kept.sigma, kept.before, kept.denoised, FALSE };
  run.request.start = (LimnStart){ kept.latents[CUT - 1], CUT, run.request.steps, .past = &past, .n_past = 1 };
  g_autoptr (LimnResult) rest = paint (&run.request, NULL);
  g_assert_cmpmem (rest->latents, kept.values * sizeof (float), whole->latents, kept.values * sizeof (float));
}

/* No weight, no step, or none at all: the same picture, whose acts know nothing of it; and with it, another. */
static void
test_none (gconstpointer data)
{
  const Suite *suite = data;
  g_auto (Run) run = { 0 };
  gsize bytes = 3 * 128 * 192;

  run_init (&run, suite);
  run.control.end = 1;
  g_autoptr (LimnResult) followed = paint (&run.request, NULL);
  run.control.weight = 0;
  g_autoptr (LimnResult) light = paint (&run.request, NULL);
  run.control = (LimnControl){ run.network, run.picture, .weight = 1, .start = 0.9, .end = 0.95 };
  g_autoptr (LimnResult) late = paint (&run.request, NULL);
  run.request.controls.n = 0;
  g_autoptr (LimnResult) none = paint (&run.request, NULL);
  g_assert_cmpmem (light->image->rgb, bytes, none->image->rgb, bytes);
  g_assert_cmpmem (late->image->rgb, bytes, none->image->rgb, bytes);
  g_assert_cmpint (memcmp (followed->image->rgb, none->image->rgb, bytes), !=, 0);
}

/* A map made here is the picture that it would be; its bytes are counted; and all of it is told in the picture. */
static void
test_told (gconstpointer data)
{
  const Suite *suite = data;
  g_auto (Run) run = { 0 };
  g_autoptr (GError) error = NULL;

  run_init (&run, suite);
  run.control.map = "invert";
  g_autoptr (LimnResult) made = paint (&run.request, NULL);
  g_autofree char *json = limn_request_to_json (&run.request);
  g_autofree char *parameters = limn_request_to_parameters (&run.request);
  g_autoptr (LimnEstimate) with = limn_engine_estimate (engine, &run.request, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < (gsize) 3 * run.picture->width * run.picture->height; i++)
    run.picture->rgb[i] = (guint8) (255 - run.picture->rgb[i]);
  run.control.map = NULL;
  g_autoptr (LimnResult) given = paint (&run.request, NULL);
  run.request.controls.n = 0;
  g_autoptr (LimnEstimate) without = limn_engine_estimate (engine, &run.request, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (made->image->rgb, 3 * 128 * 192, given->image->rgb, 3 * 128 * 192);
  g_assert_cmpuint (with->bytes[LIMN_STAGE_BASE], >, without->bytes[LIMN_STAGE_BASE]);

  g_autoptr (LimnJson) told = limn_json_parse ("told", json, -1, &error);
  g_assert_no_error (error);
  const LimnJson *control = limn_json_nth (limn_json_member (told, "controls"), 0);
  g_assert_cmpstr (limn_json_member_string (control, "model"), ==, suite->control);
  g_assert_cmpstr (limn_json_member_string (control, "map"), ==, "invert");
  g_assert_cmpstr (limn_json_member_string (control, "fit"), ==, "crop");
  g_assert_cmpfloat (limn_json_number (limn_json_member (control, "weight"), -1), ==, 0.8);
  g_assert_cmpfloat (limn_json_number (limn_json_member (control, "end"), -1), ==, 0.6);
  g_assert_nonnull (strstr (parameters, "ControlNet 0: \"Module: invert, Model: "));
}

/* One ControlNet after another of its sizes: each is the only one that counts, as on an engine that knew no other. */
static void
test_exchange (gconstpointer data)
{
  const Suite *suite = data;
  g_autofree char *relative = g_strdup_printf ("controlnet/%s.safetensors", suite->control);
  g_autofree char *golden = golden_path (relative), *folder = g_dir_make_tmp ("limn-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "other.safetensors", NULL), *bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (Run) run = { 0 };
  gsize size, picture = 3 * 128 * 192;

  run_init (&run, suite);
  run.control.end = 1;
  g_assert_true (g_file_get_contents (golden, &bytes, &size, &error));
  for (gsize i = size - size / 4 * 2 + 1; i < size; i += 2) /* of halves, the sign of each that is there */
    bytes[i] = (char) (bytes[i] ^ 0x80);
  g_file_set_contents (path, bytes, (gssize) size, &error);
  g_assert_no_error (error);
  g_autoptr (LimnModel) other = limn_model_open_control (path, &error);
  g_assert_no_error (error);

  g_autoptr (LimnResult) first = paint (&run.request, NULL);
  run.control.model = other;
  g_autoptr (LimnResult) second = paint (&run.request, NULL);
  run.control.model = run.network;
  g_autoptr (LimnResult) third = paint (&run.request, NULL);
  limn_engine_forget (engine);
  run.control.model = other;
  g_autoptr (LimnResult) alone = paint (&run.request, NULL);
  g_assert_cmpmem (second->image->rgb, picture, alone->image->rgb, picture);
  g_assert_cmpmem (third->image->rgb, picture, first->image->rgb, picture);
  g_assert_cmpint (memcmp (first->image->rgb, second->image->rgb, picture), !=, 0);
  tests_remove_folder (folder);
}

/* ---- Of several kinds of pictures ---- */

static LimnModel *
open_union (const char *name)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "mini-union.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  LimnModel *model;

  control_write_union (name, &(ControlUnion){ 0 }, path);
  model = limn_model_open_control (path, &error);
  g_assert_no_error (error);
  tests_remove_folder (folder);
  return model;
}

/* With what its row says; what it notes. */
static LimnImage *
paint_told (Run *run, const char *map, const char *type, guint notes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnResult) result = NULL;

  run->control.map = map;
  run->control.type = type;
  result = limn_engine_generate (engine, &run->request, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (result->notes), ==, notes);
  if (notes > 0)
    g_assert_nonnull (strstr (result->notes[0], "mini-union"));
  return g_steal_pointer (&result->image);
}

/* What its picture shows is said, or is the map's where that was made here; where nobody says it, that is told. */
static void
test_types (gconstpointer data)
{
  const Suite *suite = data;
  const gsize bytes = 3 * 128 * 192;
  g_auto (Run) run = { 0 };

  run_init (&run, suite);
  limn_model_unref (run.network);
  run.control.model = run.network = open_union ("union");
  run.control.weight = run.control.end = 1;
  g_assert_cmpint (limn_model_control_types (run.network), ==, 6);
  g_assert_cmpint (limn_model_control_types (run.model), ==, 0);
  g_autoptr (LimnImage) by_map = paint_told (&run, "invert", NULL, 0);
  g_autoptr (LimnImage) said = paint_told (&run, "invert", "canny", 0);
  g_autoptr (LimnImage) other = paint_told (&run, "invert", "depth", 0);
  g_autoptr (LimnImage) untold = paint_told (&run, NULL, NULL, 1), none = paint_told (&run, NULL, "none", 0);
  g_autoptr (LimnImage) unknown = paint_told (&run, "tile", NULL, 1);
  g_assert_cmpmem (by_map->rgb, bytes, said->rgb, bytes);
  g_assert_cmpmem (untold->rgb, bytes, none->rgb, bytes);
  g_assert_cmpint (memcmp (said->rgb, other->rgb, bytes), !=, 0);
  g_assert_cmpint (memcmp (unknown->rgb, untold->rgb, bytes), !=, 0);

  run.control.type = "depth";
  g_autofree char *json = limn_request_to_json (&run.request);
  g_autofree char *parameters = limn_request_to_parameters (&run.request);
  g_autoptr (LimnJson) told = limn_json_parse ("told", json, -1, NULL);
  const LimnJson *control = limn_json_nth (limn_json_member (told, "controls"), 0);
  g_assert_cmpstr (limn_json_member_string (control, "type"), ==, "depth");
  g_assert_nonnull (strstr (parameters, "Union Control Type: depth"));
}

/* A change to the model's own weights is a ControlNet beside it, and another one beside another model. */
static void
test_lora (void)
{
  static const Suite sdxl = { "mini-sdxl", "mini-sdxl-controlnet", LIMN_PRECISION_FP16 };
  const gsize bytes = 3 * 128 * 192;
  g_autoptr (LimnModel) lora = open_control ("control-lora"), older = golden_model ("mini-sd15");
  g_autoptr (GError) error = NULL;
  g_auto (Run) run = { 0 };

  run_init (&run, &sdxl);
  run.control.weight = run.control.end = 1;
  g_autoptr (LimnImage) whole = paint_told (&run, NULL, NULL, 0);
  run.control.model = lora;
  g_autoptr (LimnImage) first = paint_told (&run, NULL, NULL, 0), second = paint_told (&run, NULL, NULL, 0);
  run.control.weight = 0;
  g_autoptr (LimnImage) none = paint_told (&run, NULL, NULL, 0);
  g_assert_cmpmem (first->rgb, bytes, second->rgb, bytes);
  g_assert_cmpint (memcmp (first->rgb, whole->rgb, bytes), !=, 0);
  g_assert_cmpint (memcmp (first->rgb, none->rgb, bytes), !=, 0);
  run.request.model = older;
  g_assert_false (limn_request_check (&run.request, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST);
  g_assert_nonnull (strstr (error->message, "Stable Diffusion 1.5"));
}

/* ---- T2I-Adapters ---- */

static LimnModel *
open_adapter (const char *name)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "mini-adapter.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  LimnModel *model;

  adapter_write (name, &(AdapterChange){ 0 }, path);
  model = limn_model_open_control (path, &error);
  g_assert_no_error (error);
  tests_remove_folder (folder);
  return model;
}

/* In some of the steps, beside a ControlNet; from any step on a run is what it was. */
static void
check_adapter (const Suite *suite, const char *name)
{
  const gsize bytes = 3 * 128 * 192;
  g_autoptr (LimnModel) adapter = open_adapter (name);
  g_auto (Run) run = { 0 };
  g_auto (Kept) kept = { 0 };
  LimnControl rows[2];

  run_init (&run, suite);
  run.control.weight = run.control.end = 1;
  g_autoptr (LimnImage) by_net = paint_told (&run, NULL, NULL, 0);
  rows[1] = run.control;
  rows[1].weight = 0.5;
  run.control.model = adapter;
  g_autoptr (LimnImage) first = paint_told (&run, NULL, NULL, 0), second = paint_told (&run, NULL, NULL, 0);
  g_autoptr (LimnImage) edges = paint_told (&run, "canny", NULL, 0);
  run.control.weight = 0;
  g_autoptr (LimnImage) none = paint_told (&run, NULL, NULL, 0);
  g_assert_cmpmem (first->rgb, bytes, second->rgb, bytes);
  g_assert_cmpint (memcmp (first->rgb, by_net->rgb, bytes), !=, 0);
  g_assert_cmpint (memcmp (first->rgb, edges->rgb, bytes), !=, 0);
  g_assert_cmpint (memcmp (first->rgb, none->rgb, bytes), !=, 0);

  rows[0] = run.control;
  rows[0].weight = 0.8;
  rows[0].end = 0.7;
  run.request.controls = (LimnControlList){ rows, 2 };
  g_autoptr (LimnResult) whole = paint (&run.request, &kept);
  const LimnPast past = { kept.sigma, kept.before, kept.denoised, FALSE };
  run.request.start = (LimnStart){ kept.latents[CUT - 1], CUT, run.request.steps, .past = &past, .n_past = 1 };
  g_autoptr (LimnResult) rest = paint (&run.request, NULL);
  g_assert_cmpmem (rest->latents, kept.values * sizeof (float), whole->latents, kept.values * sizeof (float));
  g_assert_cmpint (memcmp (whole->image->rgb, first->rgb, bytes), !=, 0);
}

/* One of another family is told so, where its sizes are the model's, too. */
static void
test_adapter (void)
{
  static const Suite sdxl = { "mini-sdxl", "mini-sdxl-controlnet", LIMN_PRECISION_FP16 };
  static const Suite sd15 = { "mini-sd15", "mini-sd15-controlnet", LIMN_PRECISION_FP32 };
  static const char *const models[] = { "mini-sdxl", "mini-sd21" };

  check_adapter (&sdxl, "xl");
  check_adapter (&sd15, "full");
  check_adapter (&sd15, "light");
  for (guint i = 0; i < G_N_ELEMENTS (models); i++) {
    g_autoptr (LimnModel) adapter = open_adapter ("full"), model = golden_model (models[i]);
    g_autoptr (GError) error = NULL;
    g_auto (Run) run = { 0 };

    run_init (&run, &sd15);
    run.control.model = adapter;
    run.request.model = model;
    g_assert_false (limn_request_check (&run.request, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST);
    g_assert_nonnull (strstr (error->message, "T2I-Adapter for Stable Diffusion 1.5"));
  }
}

/* ---- What is refused ---- */

static void
refused (const Run *run, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (limn_request_check (&run->request, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST);
  if (strstr (error->message, words) == NULL)
    g_error ("expected \"%s\" in \"%s\"", words, error->message);
}

static void
test_refused (void)
{
  static const Suite sdxl = { "mini-sdxl", "mini-sdxl-controlnet", LIMN_PRECISION_FP32 };
  g_autoptr (LimnModel) other = open_control ("mini-sd15-controlnet");
  LimnControl many[9];
  g_auto (Run) run = { 0 };
  LimnControl good;

  run_init (&run, &sdxl);
  good = run.control;
  run.control.model = other;
  refused (&run, "Stable Diffusion 1.5");
  run.control.model = run.model;
  refused (&run, "mini-sdxl was chosen");
  run.control = good;
  run.control.image = NULL;
  refused (&run, "no picture");
  run.control = good;
  run.control.weight = 10.5;
  refused (&run, "\"weight\"");
  run.control = good;
  run.control.start = -0.1;
  refused (&run, "\"start\"");
  run.control = good;
  run.control.map = "pose";
  refused (&run, "pose");
  run.control = good;
  run.control.type = "depth";
  refused (&run, "one kind");
  g_autoptr (LimnModel) of_six = open_union ("union"), of_eight = open_union ("promax");
  g_autoptr (GError) error = NULL;
  run.control.model = of_six;
  run.control.type = "tile";
  refused (&run, "6 kinds");
  run.control.type = "mood";
  refused (&run, "mood");
  run.control.model = of_eight;
  run.control.type = "tile";
  g_assert_true (limn_request_check (&run.request, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (many); i++)
    many[i] = good;
  run.request.controls = (LimnControlList){ many, G_N_ELEMENTS (many) };
  refused (&run, "9 ControlNets");
}

static const Suite suites[] = {
  { "mini-sdxl", "mini-sdxl-controlnet", LIMN_PRECISION_FP32, 4e-6, 1 },
  { "mini-sdxl", "mini-sdxl-controlnet", LIMN_PRECISION_FP16, 2e-3, 8 },
  { "mini-sd15", "mini-sd15-controlnet", LIMN_PRECISION_FP32, 4e-6, 1 },
  { "mini-sd15", "mini-sd15-controlnet", LIMN_PRECISION_FP16, 2e-3, 8 },
};

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (gconstpointer data);
  } tests[] = { { "golden", test_golden },
                { "going-on", test_going_on },
                { "none", test_none },
                { "told", test_told },
                { "exchange", test_exchange } };
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  networks_gpu ();
  engine = limn_engine_new (-1, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (suites); i++)
    for (guint k = 0; k < G_N_ELEMENTS (tests); k++) {
      g_autofree char *name = g_strdup_printf ("/control-run/%s/%s/%s", tests[k].name, suites[i].model,
                                               suites[i].precision == LIMN_PRECISION_FP32 ? "fp32" : "fp16");
      if (k == 0 || suites[i].precision == LIMN_PRECISION_FP32)
        g_test_add_data_func (name, &suites[i], tests[k].test);
    }
  g_test_add_data_func ("/control-run/types", &suites[0], test_types);
  g_test_add_func ("/control-run/lora", test_lora);
  g_test_add_func ("/control-run/t2i-adapter", test_adapter);
  g_test_add_func ("/control-run/refused", test_refused);
  int status = networks_run ();
  limn_engine_free (engine);
  return status;
}
