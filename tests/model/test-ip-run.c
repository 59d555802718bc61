/* test-ip-run.c - whole pictures that see others by IP-Adapters, against diffusers' U-Net and sampler; in a part of the
 * picture; what is told of them, and what is refused.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/error.h"
#include "common/folder.h"
#include "common/golden-model.h"
#include "engine/limn.h"
#include "ip-case.h"
#include "model/networks.h"

typedef struct {
  const char *name;
  LimnPrecision precision;
  double unet; /* rms error that its U-Net may show, before guidance and steps amplify it */
} Suite;

#define STEPS 6

static LimnEngine *engine;

static LimnModel *
open_adapter (const char *name)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL), *path = ip_write (name, &(IpChange){ 0 }, folder);
  g_autoptr (GError) error = NULL;
  LimnModel *model = limn_model_open_control (path, &error);

  g_assert_no_error (error);
  tests_remove_folder (folder);
  return model;
}

typedef struct {
  LimnTensors *file;
  LimnModel *model, *network;
  LimnImage *picture;
  float *noise;
  LimnControl control;
  LimnRequest request;
} Run;

/* The ControlNets' golden run, with an adapter instead. */
static void
run_init (Run *run, const Suite *suite)
{
  g_autoptr (LimnTensors) controls = golden_open ("controlnet/pipeline.safetensors");

  *run = (Run){ .file = golden_open ("controlnet/ip-adapter.safetensors"),
                .model = golden_model ("mini-sdxl"),
                .network = open_adapter (suite->name),
                .noise = golden_floats (controls, NULL, "mini-sdxl-controlnet/initial_noise") };
  const LimnTensor *picture = golden_tensor (run->file, "pipeline/picture_u8");
  run->picture = limn_image_new ((int) picture->shape[1], (int) picture->shape[0]);
  memcpy (run->picture->rgb, picture->data, picture->count);
  limn_control_init (&run->control);
  run->control.model = run->network;
  run->control.image = run->picture;
  run->control.weight = 0.7;
  run->control.end = 0.7;
  limn_request_init (&run->request, run->model);
  run->request.prompt = "an astronaut riding a horse on mars, highly detailed";
  run->request.negative = "blurry, low quality, text";
  run->request.width = 192;
  run->request.height = 128;
  run->request.steps = STEPS;
  run->request.guidance = 5;
  run->request.precision = suite->precision;
  run->request.noise = run->noise;
  run->request.controls = (LimnControlList){ &run->control, 1 };
}

static void
run_clear (Run *run)
{
  limn_tensors_unref (run->file);
  limn_model_unref (run->model);
  limn_model_unref (run->network);
  limn_image_free (run->picture);
  g_free (run->noise);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

typedef struct {
  int steps;
  gsize values;
  float *latents[STEPS];
} Kept;

static void
kept_clear (Kept *kept)
{
  for (int i = 0; i < STEPS; i++)
    g_free (kept->latents[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Kept, kept_clear)

static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  Kept *kept = data;

  kept->values = (gsize) preview->planes * (gsize) preview->width * (gsize) preview->height;
  kept->latents[kept->steps++] = g_memdup2 (preview->latents, kept->values * sizeof (float));
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
test_golden (gconstpointer data)
{
  const Suite *suite = data;
  g_auto (Run) run = { 0 };
  g_auto (Kept) kept = { 0 };
  g_autoptr (LimnTensors) controls = golden_open ("controlnet/pipeline.safetensors");
  g_autofree float *amplification = golden_floats (controls, NULL, "mini-sdxl-controlnet/amplification");

  run_init (&run, suite);
  g_autofree float *steps = golden_floats (run.file, NULL, "pipeline/%s", suite->name);
  g_autoptr (LimnResult) result = paint (&run.request, &kept);
  g_assert_cmpint (kept.steps, ==, STEPS);
  for (int i = 0; i < kept.steps; i++)
    golden_check_rms (suite->name, kept.latents[i], steps + (gsize) i * kept.values, kept.values,
                      3 * (double) amplification[0] * suite->unet);
}

/* Twice the same is the same, also where what it sees is known; none of it is a picture without; part of it another. */
static void
test_parts (gconstpointer data)
{
  static const char *const types[] = { "style", "composition", "style-composition" };
  const Suite *suite = data;
  const gsize bytes = 3 * 128 * 192;
  g_auto (Run) run = { 0 };

  run_init (&run, suite);
  g_autoptr (LimnResult) seen = paint (&run.request, NULL);
  g_autoptr (LimnResult) again = paint (&run.request, NULL);
  limn_engine_forget (engine);
  g_autoptr (LimnResult) anew = paint (&run.request, NULL);
  run.control.mask = "3x2/6";
  g_autoptr (LimnResult) nowhere = paint (&run.request, NULL);
  run.control.mask = "3x2/0.6";
  g_autoptr (LimnResult) everywhere = paint (&run.request, NULL);
  run.control.mask = "2x1/1.1";
  g_autoptr (LimnResult) half = paint (&run.request, NULL);
  run.control.mask = NULL;
  g_assert_cmpmem (again->image->rgb, bytes, seen->image->rgb, bytes);
  g_assert_cmpmem (anew->image->rgb, bytes, seen->image->rgb, bytes);
  g_assert_cmpmem (everywhere->image->rgb, bytes, seen->image->rgb, bytes);
  g_assert_cmpint (memcmp (half->image->rgb, seen->image->rgb, bytes), !=, 0);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    run.control.type = types[i];
    g_autoptr (LimnResult) part = paint (&run.request, NULL);
    g_assert_cmpint (memcmp (part->image->rgb, seen->image->rgb, bytes), !=, 0);
    g_assert_cmpint (memcmp (part->image->rgb, nowhere->image->rgb, bytes), !=, 0);
  }
  run.request.controls.n = 0;
  g_autoptr (LimnResult) none = paint (&run.request, NULL);
  g_assert_cmpmem (nowhere->image->rgb, bytes, none->image->rgb, bytes);
}

/* In less memory what sees it comes by pieces, and leaves; its bytes are said. */
static void
test_told (gconstpointer data)
{
  const Suite *suite = data;
  g_auto (Run) run = { 0 };
  g_autoptr (GError) error = NULL;

  run_init (&run, suite);
  run.control.type = "style-composition";
  run.control.mask = "4x2/1.2.1.4";
  g_autoptr (LimnEstimate) with = limn_engine_estimate (engine, &run.request, &error);
  g_assert_no_error (error);
  g_autofree char *json = limn_request_to_json (&run.request);
  g_autoptr (LimnJson) told = limn_json_parse ("told", json, -1, &error);
  g_assert_no_error (error);
  const LimnJson *control = limn_json_nth (limn_json_member (told, "controls"), 0);
  g_assert_cmpstr (limn_json_member_string (control, "type"), ==, "style-composition");
  g_assert_cmpstr (limn_json_member_string (control, "mask"), ==, "4x2/1.2.1.4");
  run.request.controls.n = 0;
  g_autoptr (LimnEstimate) without = limn_engine_estimate (engine, &run.request, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (with->bytes[LIMN_STAGE_ENCODE], >, without->bytes[LIMN_STAGE_ENCODE]);
  g_assert_cmpuint (with->bytes[LIMN_STAGE_BASE], >, without->bytes[LIMN_STAGE_BASE]);
}

static void
expect_refused (Run *run, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (limn_request_check (&run->request, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, words) == NULL)
    g_error ("expected \"%s\" in \"%s\"", words, error->message);
}

static void
test_refused (gconstpointer data)
{
  const Suite *suite = data;
  g_autofree char *path = golden_path ("controlnet/mini-sdxl-controlnet.safetensors");
  g_autoptr (GError) error = NULL;
  g_auto (Run) run = { 0 };
  LimnControl control;

  run_init (&run, suite);
  run.control.type = "canny";
  expect_refused (&run, "style-composition");
  run.control.type = NULL;
  run.control.mask = "4x2/1.2";
  expect_refused (&run, "mask");
  run.control.mask = NULL;
  g_autoptr (LimnModel) net = limn_model_open_control (path, &error);
  g_assert_no_error (error);
  g_assert_false (limn_model_control_sees (net));
  g_assert_true (limn_model_control_sees (run.network));
  run.control.model = net;
  run.control.mask = "1x1/0.1";
  expect_refused (&run, "IP-Adapter");
  run.control.mask = NULL;
  run.control.type = "style";
  expect_refused (&run, "IP-Adapter");
  /* every text that sets something is what is got, and sets it again */
  limn_control_init (&control);
  g_assert_true (limn_control_set (&control, "type", "Style Transfer", NULL));
  g_assert_cmpstr (control.type, ==, "style");
  g_assert_true (limn_control_set (&control, "mask", "4x2/0.8", NULL));
  g_autofree char *mask = limn_control_get (&control, "mask");
  g_assert_cmpstr (mask, ==, "4x2/0.8");
  g_assert_false (limn_control_set (&control, "mask", "4x2/9", NULL));
  g_assert_true (limn_control_set (&control, "mask", "", NULL));
  g_assert_null (control.mask);
}

static const Suite suites[] = {
  { "xl-base", LIMN_PRECISION_FP32, 4e-6 },
  { "xl-base", LIMN_PRECISION_FP16, 2e-3 },
  { "xl-plus", LIMN_PRECISION_FP32, 4e-6 },
  { "xl-plus", LIMN_PRECISION_FP16, 2e-3 },
};

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (gconstpointer data);
    gboolean once; /* of floats alone */
  } tests[] = { { "golden", test_golden },
                { "parts", test_parts, TRUE },
                { "told", test_told, TRUE },
                { "refused", test_refused, TRUE } };
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  networks_gpu ();
  engine = limn_engine_new (-1, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (suites); i++)
    for (guint k = 0; k < G_N_ELEMENTS (tests); k++) {
      gboolean floats = suites[i].precision == LIMN_PRECISION_FP32;
      g_autofree char *name =
          g_strdup_printf ("/ip-run/%s/%s/%s", tests[k].name, suites[i].name, floats ? "fp32" : "fp16");

      if (floats || !tests[k].once)
        g_test_add_data_func (name, &suites[i], tests[k].test);
    }
  int status = networks_run ();
  limn_engine_free (engine);
  return status;
}
