/* test-enlarge.c - pictures that are enlarged, at the end of a run or alone, over stand-in networks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "unit/engine-fixture.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "common/golden.h"
#include "engine/enlarge.h"
#include "engine/job.h"

#define SCALE 4

typedef struct {
  EngineFixture engine;
  LimnModel *upscaler;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = golden_path ("upscalers/srvgg_x4.safetensors");
  g_autoptr (GError) error = NULL;

  engine_set_up (&fixture->engine, data);
  fixture->upscaler = limn_model_open_upscaler (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (limn_model_scale (fixture->upscaler), ==, SCALE);
  g_assert_cmpint (limn_model_scale (fixture->engine.base), ==, 0);
  fixture->engine.request.upscaler = fixture->upscaler;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  engine_tear_down (&fixture->engine, data);
  limn_model_unref (fixture->upscaler);
}

/* Each pixel has become a square. */
static void
check_enlarged (const LimnImage *image, const LimnImage *of)
{
  g_assert_cmpint (image->width, ==, SCALE * of->width);
  g_assert_cmpint (image->height, ==, SCALE * of->height);
  for (int y = 0; y < image->height; y++)
    for (int x = 0; x < image->width; x++)
      for (int c = 0; c < 3; c++)
        g_assert_cmpint (image->rgb[((gsize) y * image->width + x) * 3 + c], ==,
                         of->rgb[((gsize) (y / SCALE) * of->width + x / SCALE) * 3 + c]);
}

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  GString *stages = data;
  const char *name = limn_stage_name (progress->stage);

  g_assert_cmpfloat (progress->seconds_left, >=, -1);
  if (!g_str_has_suffix (stages->str, name))
    g_string_append_printf (stages, " %s", name);
}

/* What a run without it gives, enlarged; the latents are the same. */
static void
test_run (Fixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->engine.request;
  g_autoptr (GString) stages = g_string_new (NULL);
  const LimnMonitor monitor = { .progress = progress_cb, .data = stages };

  request->upscaler = NULL;
  g_autoptr (LimnResult) plain = engine_generate (&fixture->engine, NULL);
  request->upscaler = fixture->upscaler;
  g_autoptr (LimnResult) result = engine_generate (&fixture->engine, &monitor);
  check_enlarged (result->image, plain->image);
  g_assert_cmpmem (result->latents, sizeof (float) * 4 * result->latent_width * result->latent_height, plain->latents,
                   sizeof (float) * 4 * plain->latent_width * plain->latent_height);
  g_assert_true (g_str_has_suffix (stages->str, "decode load enlarge"));
  g_assert_cmpint (fake_networks ()->enlarge_calls, ==, 1);

  /* once more, of another size: it is there */
  int made = fake_networks ()->made;
  request->width += 8;
  g_autoptr (LimnResult) other = engine_generate (&fixture->engine, NULL);
  g_assert_cmpint (other->image->width, ==, SCALE * request->width);
  g_assert_cmpint (fake_networks ()->made, ==, made + 1); /* a VAE */
}

static void
test_estimate (Fixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->engine.request;
  g_autoptr (GError) error = NULL;

  limn_result_free (engine_generate (&fixture->engine, NULL));
  g_autoptr (LimnEstimate) estimate = limn_engine_estimate (fixture->engine.engine, request, &error);

  g_assert_no_error (error);
  g_assert_cmpfloat (estimate->seconds[LIMN_STAGE_ENLARGE], >, 0);
  g_assert_cmpuint (estimate->bytes[LIMN_STAGE_ENLARGE], >, 0);
  request->upscaler = NULL;
  g_autoptr (LimnEstimate) without = limn_engine_estimate (fixture->engine.engine, request, &error);
  g_assert_cmpfloat (without->seconds[LIMN_STAGE_ENLARGE], ==, 0);
  g_assert_cmpuint (without->bytes[LIMN_STAGE_ENLARGE], ==, 0);
  g_assert_cmpuint (estimate->peak, >, without->peak);
}

/* A picture by itself; what painted before is not forgotten. */
static void
test_alone (Fixture *fixture, gconstpointer data)
{
  LimnEngine *engine = fixture->engine.engine;
  const LimnImage *picture = fixture->engine.picture;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnResult) result =
      limn_engine_enlarge (engine, fixture->upscaler, picture, LIMN_PRECISION_AUTO, NULL, &error);

  g_assert_no_error (error);
  check_enlarged (result->image, picture);
  g_assert_null (result->latents);
  g_assert_cmpuint (g_strv_length (result->notes), ==, 0);
  g_assert_cmpfloat (result->seconds[LIMN_STAGE_ENLARGE], >, 0);
}

static void
test_overflow (Fixture *fixture, gconstpointer data)
{
  LimnEngine *engine = fixture->engine.engine;
  g_autoptr (GError) error = NULL;

  fake_networks ()->nan_enlarge = TRUE;
  g_autoptr (LimnResult) result =
      limn_engine_enlarge (engine, fixture->upscaler, fixture->engine.picture, LIMN_PRECISION_AUTO, NULL, &error);
  g_assert_no_error (error);
  check_enlarged (result->image, fixture->engine.picture);
  g_assert_cmpuint (g_strv_length (result->notes), ==, 1);
  g_assert_nonnull (strstr (result->notes[0], "srvgg_x4"));
  fake_networks ()->nan_always = TRUE;
  g_assert_null (
      limn_engine_enlarge (engine, fixture->upscaler, fixture->engine.picture, LIMN_PRECISION_AUTO, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_NUMERIC);
}

static gboolean
cancelled_cb (gpointer data)
{
  return fake_networks ()->enlarge_calls > 0;
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  const LimnMonitor monitor = { .cancelled = cancelled_cb };
  g_autoptr (GError) error = NULL;

  g_assert_null (limn_engine_generate (fixture->engine.engine, &fixture->engine.request, &monitor, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->engine.request;
  g_autoptr (GError) error = NULL;

  g_assert_true (limn_enlarge_check (fixture->upscaler, 2048, 2048, &error));
  g_assert_false (limn_enlarge_check (fixture->upscaler, 2048, 2049, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST);
  g_assert_nonnull (strstr (error->message, "8192"));
  request->width = request->height = 4096;
  engine_refuse (&fixture->engine, LIMN_ERROR_REQUEST, "srvgg_x4");
  request->width = request->height = 64;
  request->upscaler = fixture->engine.base;
  engine_refuse (&fixture->engine, LIMN_ERROR_REQUEST, "upscaler");
}

/* Text that its pictures carry, and that of another that is enlarged afterwards. */
static void
test_told (Fixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->engine.request;
  g_autofree char *json = limn_request_to_json (request), *parameters = limn_request_to_parameters (request);
  g_autoptr (LimnJson) settings = limn_json_parse ("json", json, -1, NULL);

  g_assert_cmpstr (limn_json_member_string (settings, "upscaler"), ==, "srvgg_x4");
  g_assert_nonnull (strstr (parameters, "Postprocess upscale by: 4, Postprocess upscaler: srvgg_x4"));

  request->upscaler = NULL;
  g_autofree char *before = limn_request_to_json (request), *text = limn_request_to_parameters (request);
  g_autofree char *after = limn_settings_enlarged (before, fixture->upscaler);
  g_autofree char *twice = limn_settings_enlarged (after, fixture->upscaler);
  g_autofree char *enlarged = limn_parameters_enlarged (text, fixture->upscaler);
  g_autofree char *nothing = limn_parameters_enlarged ("", fixture->upscaler);
  g_autofree char *none = limn_settings_enlarged ("{}", fixture->upscaler);
  g_autoptr (LimnJson) other = limn_json_parse ("json", after, -1, NULL);
  g_autoptr (LimnJson) alone = limn_json_parse ("json", none, -1, NULL);

  g_assert_cmpstr (limn_json_member_string (other, "upscaler"), ==, "srvgg_x4");
  g_assert_cmpstr (limn_json_member_string (other, "prompt"), ==, request->prompt);
  g_assert_cmpuint (limn_json_length (other), ==, limn_json_length (settings));
  g_assert_cmpstr (twice, ==, after);
  g_assert_cmpuint (limn_json_length (alone), ==, 1);
  g_assert_true (g_str_has_prefix (enlarged, text));
  g_assert_nonnull (strstr (enlarged, ", Postprocess upscale by: 4"));
  g_assert_true (g_str_has_prefix (nothing, "Postprocess upscale by: 4"));
  g_assert_true (limn_request_is_key ("upscaler"));
}

/* files of every naming are told, and one that is cut off says what is wrong with it */
static void
test_files (void)
{
  static const char *const names[] = {
    "esrgan_old_x1", "rrdbnet_x1", "rrdbnet_x2", "rrdbnet_x4", "srvgg_x2", "srvgg_x4"
  };
  g_autofree char *folder = g_dir_make_tmp ("limn-upscalers-XXXXXX", NULL);
  g_autofree char *cut = g_build_filename (folder, "cut.safetensors", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *relative = g_strdup_printf ("upscalers/%s.safetensors", names[i]);
    g_autofree char *path = golden_path (relative), *bytes = NULL;
    g_autoptr (LimnFileFacts) whole = limn_file_look (path), facts = NULL;
    gsize size;

    g_assert_cmpint (whole->kind, ==, LIMN_FILE_UPSCALER);
    g_assert_null (whole->note);
    g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
    g_assert_true (g_file_set_contents (cut, bytes, (gssize) size / 2, NULL));
    facts = limn_file_look (cut);
    g_assert_cmpint (facts->kind, ==, LIMN_FILE_OTHER);
    g_assert_nonnull (facts->note);
  }
  g_assert_cmpint (g_unlink (cut), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)
  ADD ("/enlarge/run", test_run);
  ADD ("/enlarge/estimate", test_estimate);
  ADD ("/enlarge/alone", test_alone);
  ADD ("/enlarge/overflow", test_overflow);
  ADD ("/enlarge/cancelled", test_cancelled);
  ADD ("/enlarge/refused", test_refused);
  ADD ("/enlarge/told", test_told);
  g_test_add_func ("/enlarge/files", test_files);
  return g_test_run ();
}
