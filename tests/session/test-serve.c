/* test-serve.c - the local server over the fake engine: what is answered, and what happens to a request while it waits.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

static const char *
info_string (const LimnJson *info, const char *key)
{
  return limn_json_member_string (info, key);
}

/* Its "info", which is JSON in a string. */
static LimnJson *
read_info (const Asked *asked)
{
  GError *error = NULL;
  LimnJson *info = limn_json_parse ("info", limn_json_member_string (asked->json, "info"), -1, &error);

  g_assert_no_error (error);
  return info;
}

static gboolean
is_told (const Asked *asked, const char *word)
{
  const LimnJson *told = limn_json_member (asked->json, "warnings");

  for (guint i = 0; i < limn_json_length (told); i++)
    if (strstr (limn_json_string (limn_json_nth (told, i), ""), word) != NULL)
      return TRUE;
  return FALSE;
}

/* ---- Painting ---- */

static void
test_paint (ServeFixture *fixture, gconstpointer unused)
{
  g_autoptr (Asked) asked = serve_ask (
      fixture, PAINT,
      "{\"prompt\": \"a red circle\", \"negative_prompt\": \"rain\", \"seed\": 7, \"steps\": 5, \"cfg_scale\": 3.5, "
      "\"width\": 128, \"height\": 64, \"sampler_name\": \"DPM++ 2M Karras\", \"unheard_of\": 1}");
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) image = NULL;
  g_autoptr (LimnJson) info = NULL;
  const LimnSettingsValues *values;
  LimnQueueItem *item;

  g_assert_cmpuint (asked->status, ==, 200);
  image = serve_image (asked, 0, &text);
  item = queue_nth (fixture->queue, 0);
  values = limn_settings_values (limn_queue_item_get_settings (item));
  g_assert_cmpint (image->width, ==, 128);
  g_assert_cmpint (image->height, ==, 64);
  g_assert_true (limn_image_is_same (image, limn_picture_get_image (limn_queue_item_get_picture (item))));
  g_assert_true (g_file_test (limn_queue_item_get_picture_path (item), G_FILE_TEST_EXISTS));
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "parameters"), "Seed: 7"));
  g_assert_cmpstr (values->prompt, ==, "a red circle");
  g_assert_cmpstr (values->negative, ==, "rain");
  g_assert_cmpint (values->steps, ==, 5);
  g_assert_cmpfloat (values->guidance, ==, 3.5);
  g_assert_cmpstr (values->sampler, ==, "dpmpp_2m");
  g_assert_cmpstr (values->schedule, ==, "karras");
  info = read_info (asked);
  g_assert_cmpfloat (limn_json_number (limn_json_member (info, "seed"), 0), ==, 7);
  g_assert_cmpstr (info_string (info, "prompt"), ==, "a red circle");
  g_assert_cmpstr (limn_json_string (limn_json_nth (limn_json_member (info, "infotexts"), 0), NULL), ==,
                   g_hash_table_lookup (text, "parameters"));
  g_assert_cmpstr (limn_json_member_string (limn_json_member (asked->json, "parameters"), "prompt"), ==,
                   "a red circle");
  g_assert_true (is_told (asked, "unheard_of"));
}

/* What is not said is as the model has it, and the seed is another each time. */
static void
test_defaults (ServeFixture *fixture, gconstpointer unused)
{
  g_autoptr (Asked) first = serve_ask (fixture, PAINT, "{\"steps\": 1}");
  g_autoptr (Asked) second = serve_ask (fixture, PAINT, "{\"steps\": 1, \"seed\": -1, \"width\": null}");
  const LimnSettingsValues *values =
      limn_settings_values (limn_queue_item_get_settings (queue_nth (fixture->queue, 0)));
  const LimnSettingsValues *others =
      limn_settings_values (limn_queue_item_get_settings (queue_nth (fixture->queue, 1)));

  g_assert_cmpuint (first->status, ==, 200);
  g_assert_cmpuint (second->status, ==, 200);
  g_assert_cmpint (values->width, ==, fixture->session.fake.default_size);
  g_assert_cmpint (others->width, ==, fixture->session.fake.default_size);
  g_assert_cmpuint (values->seed, !=, others->seed);
}

/* Seeds follow each other; where there is a variation, its seeds do. */
static void
test_batches (ServeFixture *fixture, gconstpointer unused)
{
  g_autoptr (Asked) asked =
      serve_ask (fixture, PAINT, "{" SMALL ", \"seed\": \"18446744073709551614\", \"batch_size\": 2, \"n_iter\": 2}");
  g_autoptr (Asked) varied =
      serve_ask (fixture, PAINT, "{" SMALL ", \"seed\": 5, \"subseed\": 9, \"subseed_strength\": 0.5, \"n_iter\": 2}");

  g_assert_cmpuint (asked->status, ==, 200);
  g_assert_cmpuint (limn_json_length (limn_json_member (asked->json, "images")), ==, 4);
  g_assert_cmpuint (queue_length (fixture->queue), ==, 6);
  g_assert_cmpint (fake_engine_counts ().most_together, ==, 2);
  for (guint i = 0; i < 4; i++) {
    g_autoptr (GHashTable) text = NULL;
    g_autoptr (LimnImage) image G_GNUC_UNUSED = serve_image (asked, i, &text);
    g_autofree char *seed =
        g_strdup_printf ("Seed: %" G_GUINT64_FORMAT ",", G_GUINT64_CONSTANT (18446744073709551614) + i);

    g_assert_nonnull (strstr (g_hash_table_lookup (text, "parameters"), seed));
  }
  for (guint i = 0; i < 2; i++) {
    const LimnSettingsValues *values =
        limn_settings_values (limn_queue_item_get_settings (queue_nth (fixture->queue, 4 + i)));

    g_assert_cmpuint (values->seed, ==, 5);
    g_assert_cmpuint (values->variation_seed, ==, 9 + i);
  }
  g_assert_cmpuint (varied->status, ==, 200);
}

static void
test_over_picture (ServeFixture *fixture, gconstpointer unused)
{
  g_autofree char *picture = serve_picture (96, 64, 80, 0, 0), *mask = serve_picture (96, 64, 0, 32, 32);
  g_autofree char *body = g_strdup_printf (
      "{\"init_images\": [\"data:image/png;base64,%s\"], \"mask\": \"%s\", \"denoising_strength\": 0.5, \"steps\": 4, "
      "\"mask_blur\": 0, \"inpainting_fill\": 1, \"inpaint_full_res\": 0, \"width\": 96, \"height\": 64}",
      picture, mask);
  g_autofree char *soft = g_strdup_printf (
      "{\"init_images\": [\"%s\"], \"mask\": \"%s\", \"steps\": 2, \"mask_blur\": 4, \"inpainting_mask_invert\": 1, "
      "\"inpainting_fill\": 0, \"inpaint_full_res\": false, \"resize_mode\": 0, \"width\": 64, \"height\": 64, "
      "\"include_init_images\": true}",
      picture, mask);
  g_autoptr (Asked) asked = serve_ask (fixture, "/sdapi/v1/img2img", body);
  g_autoptr (Asked) other = serve_ask (fixture, "/sdapi/v1/img2img", soft);
  const LimnSettingsValues *values =
      limn_settings_values (limn_queue_item_get_settings (queue_nth (fixture->queue, 0)));
  const guint8 *pixels = limn_mask_get_pixels (values->mask);

  g_assert_cmpuint (asked->status, ==, 200);
  g_assert_cmpfloat (values->strength, ==, 0.5);
  g_assert_cmpint (limn_source_get_image (values->source)->rgb[0], ==, 80);
  for (int x = 0; x < 96; x++)
    g_assert_cmpint (pixels[x], ==, x >= 32 && x < 64 ? 255 : 0);
  g_assert_cmpuint (limn_json_length (limn_json_member (asked->json, "warnings")), ==, 0);
  g_assert_cmpint (limn_json_kind (limn_json_member (limn_json_member (asked->json, "parameters"), "init_images")), ==,
                   LIMN_JSON_NULL);

  /* cut to a square, its middle; blurred, so that white and black meet in grey; turned round */
  values = limn_settings_values (limn_queue_item_get_settings (queue_nth (fixture->queue, 1)));
  pixels = limn_mask_get_pixels (values->mask);
  g_assert_cmpuint (other->status, ==, 200);
  g_assert_cmpint (pixels[0], ==, 255);
  g_assert_cmpint (pixels[32], ==, 0);
  g_assert_cmpint (pixels[15] + pixels[16], >=, 250);
  g_assert_cmpint (pixels[15] + pixels[16], <=, 260);
  for (int x = 1; x < 32; x++)
    g_assert_cmpint (pixels[x], <=, pixels[x - 1]);
  g_assert_true (is_told (other, "stretched"));
  g_assert_true (is_told (other, "inpainting_fill"));
  g_assert_cmpuint (limn_json_length (limn_json_member (limn_json_member (other->json, "parameters"), "init_images")),
                    ==, 1);
}

static const LimnSettingsValues *
last_values (ServeFixture *fixture)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (fixture->queue));

  return limn_settings_values (limn_queue_item_get_settings (queue_nth (fixture->queue, n - 1)));
}

/* A second pass by the web UI's names, and what it has where they say nothing. */
static void
test_second (ServeFixture *fixture, gconstpointer unused)
{
  g_autoptr (Asked) usual =
      serve_ask (fixture, PAINT, "{\"width\": 64, \"height\": 96, \"steps\": 2, \"enable_hr\": true}");
  const LimnSettingsValues *values = last_values (fixture);

  g_assert_cmpuint (usual->status, ==, 200);
  g_assert_cmpfloat (values->hires, ==, 2);
  g_assert_cmpfloat (values->hires_strength, ==, 0.75);
  g_assert_cmpstr (values->hires_method, ==, "latent");
  g_autoptr (LimnImage) image = serve_image (usual, 0, NULL);
  g_assert_cmpint (image->width, ==, 128);
  g_assert_cmpint (image->height, ==, 192);

  g_autoptr (Asked) said =
      serve_ask (fixture, PAINT,
                 "{\"width\": 64, \"height\": 96, \"steps\": 2, \"enable_hr\": true, \"denoising_strength\": 0.4, "
                 "\"hr_resize_x\": 96, \"hr_upscaler\": \"Latent (bicubic)\", \"hr_second_pass_steps\": 3, "
                 "\"hr_sampler_name\": \"Euler a\", \"hr_cfg\": 3, \"hr_prompt\": \"\", \"hr_scheduler\": \"Karras\"}");
  values = last_values (fixture);
  g_assert_cmpuint (said->status, ==, 200);
  g_assert_cmpfloat (values->hires, ==, 1.5);
  g_assert_cmpfloat (values->hires_strength, ==, 0.4);
  g_assert_cmpint (values->hires_steps, ==, 3);
  g_assert_cmpfloat (values->hires_guidance, ==, 3);
  g_assert_cmpstr (values->hires_method, ==, "latent_bicubic");
  g_assert_cmpstr (values->hires_sampler, ==, "euler_ancestral");
  g_assert_true (is_told (said, "hr_scheduler"));
  g_assert_false (is_told (said, "hr_prompt"));

  g_autoptr (Asked) cut =
      serve_ask (fixture, PAINT,
                 "{\"width\": 64, \"height\": 96, \"steps\": 1, \"enable_hr\": true, \"hr_resize_x\": 128, "
                 "\"hr_resize_y\": 128, \"hr_upscaler\": \"None\"}");
  g_assert_true (is_told (cut, "cut off"));
  g_assert_cmpstr (last_values (fixture)->hires_method, ==, "lanczos");
  g_autoptr (Asked) wrong =
      serve_ask (fixture, PAINT, "{" SMALL ", \"enable_hr\": true, \"hr_upscaler\": \"nobody-has-it\"}");
  g_assert_cmpuint (wrong->status, ==, 422);
  g_autoptr (Asked) large = serve_ask (fixture, PAINT, "{" SMALL ", \"enable_hr\": true, \"hr_scale\": 40}");
  g_assert_cmpuint (large->status, ==, 422);
}

/* What Limn has not is told, and what changes nothing is not. */
static void
test_told (ServeFixture *fixture, gconstpointer unused)
{
  g_autoptr (Asked) quiet =
      serve_ask (fixture, PAINT,
                 "{" SMALL ", \"enable_hr\": false, \"hr_scale\": 2, \"restore_faces\": false, \"tiling\": false, "
                 "\"script_name\": null, \"script_args\": [], \"alwayson_scripts\": {\"ControlNet\": {\"args\": []}, "
                 "\"ADetailer\": {\"args\": [false]}}, \"save_images\": true, \"denoising_strength\": 0.7, "
                 "\"override_settings\": {}, \"styles\": [], \"refiner_switch_at\": 0.8, \"send_images\": false}");
  g_autoptr (Asked) loud = serve_ask (
      fixture, PAINT,
      "{\"height\": 64, \"steps\": 1, \"enable_hr\": true, \"restore_faces\": true, \"width\": 67, "
      "\"alwayson_scripts\": {\"ControlNet\": {\"args\": [{\"module\": \"canny\"}]}}, \"styles\": [\"none\"], "
      "\"override_settings\": {\"sd_vae\": \"other.safetensors\", \"sd_lora\": \"x\"}}");
  static const char *const words[] = { "restore_faces", "ControlNet", "no style", "sd_vae", "sd_lora", "width: 67" };

  g_assert_cmpuint (quiet->status, ==, 200);
  g_assert_cmpuint (limn_json_length (limn_json_member (quiet->json, "warnings")), ==, 0);
  g_assert_cmpuint (limn_json_length (limn_json_member (quiet->json, "images")), ==, 0);
  g_assert_cmpuint (loud->status, ==, 200);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (!is_told (loud, words[i]))
      g_error ("%s is not told: %s", words[i], loud->text);
}

/* The web UI's ControlNet, by the name of its file; what is not here, or not known, is told. */
static void
test_controls (ServeFixture *fixture, gconstpointer unused)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "limn", "controlnets", NULL);
  g_autofree char *net = g_build_filename (folder, "canny-controlnet.safetensors", NULL);
  g_autofree char *picture = serve_picture (40, 30, 90, 5, 10);
  g_autofree char *unit = g_strdup_printf (
      "{\"model\": \"canny-controlnet [d14c016b]\", \"module\": \"canny\", \"weight\": 0.75, \"guidance_start\": 0.25, "
      "\"guidance_end\": 0.9, \"resize_mode\": \"Resize and Fill\", \"image\": \"%s\"}",
      picture);
  g_autofree char *body =
      g_strdup_printf ("{" SMALL ", \"alwayson_scripts\": {\"controlnet\": {\"args\": [%s, "
                       "{\"enabled\": false}, {\"model\": \"nobody-has-it\", \"image\": \"%s\"}]}}}",
                       unit, picture);
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) image = NULL;
  g_autoptr (LimnJson) told = NULL;
  const LimnJson *row;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (net, "", 0, NULL));
  g_autoptr (Asked) asked = serve_ask (fixture, PAINT, body);
  g_assert_cmpuint (asked->status, ==, 200);
  g_assert_true (is_told (asked, "nobody-has-it"));
  g_assert_false (is_told (asked, "without this extension"));
  image = serve_image (asked, 0, &text);
  told = limn_json_parse ("limn", g_hash_table_lookup (text, "limn"), -1, NULL);
  g_assert_cmpuint (limn_json_length (limn_json_member (told, "controls")), ==, 1);
  row = limn_json_nth (limn_json_member (told, "controls"), 0);
  g_assert_cmpstr (limn_json_member_string (row, "model"), ==, net);
  g_assert_cmpstr (limn_json_member_string (row, "weight"), ==, "0.75");
  g_assert_cmpstr (limn_json_member_string (row, "start"), ==, "0.25");
  g_assert_cmpstr (limn_json_member_string (row, "end"), ==, "0.9");
  g_assert_cmpstr (limn_json_member_string (row, "fit"), ==, "pad");
  g_assert_cmpstr (limn_json_member_string (row, "map"), ==, "canny");

  g_autoptr (Asked) blind = serve_ask (fixture, PAINT,
                                       "{" SMALL ", \"alwayson_scripts\": {\"ControlNet\": {\"args\": [{\"model\": "
                                       "\"canny-controlnet\"}]}}}");
  serve_assert_fault (blind, 422, "picture to follow");
  g_remove (net);
}

/* ---- While it paints ---- */

/* A request that is being painted, as far as its third step, where it stays. */
static Asked *
begin_slow (ServeFixture *fixture, const char *more)
{
  g_autofree char *body = g_strdup_printf ("{\"width\": 64, \"height\": 64, \"steps\": 400%s}", more);
  Asked *asked;

  fake_engine_hold (3);
  asked = serve_begin (fixture, PAINT, body, -1, NULL);
  while (fixture->session.last_step < 3)
    g_main_context_iteration (NULL, TRUE);
  return asked;
}

static void
test_progress (ServeFixture *fixture, gconstpointer unused)
{
  g_autoptr (Asked) before = serve_ask (fixture, "/sdapi/v1/progress", NULL);
  g_autoptr (Asked) asked = begin_slow (fixture, ", \"n_iter\": 2");
  g_autoptr (Asked) during = serve_ask (fixture, "/sdapi/v1/progress", NULL);
  g_autoptr (Asked) bare = serve_ask (fixture, "/sdapi/v1/progress?skip_current_image=true", NULL);
  const LimnJson *state = limn_json_member (during->json, "state");
  const char *coded = limn_json_member_string (during->json, "current_image");
  gsize size;
  g_autofree guint8 *data = NULL;

  g_assert_cmpfloat (limn_json_number (limn_json_member (before->json, "progress"), 1), ==, 0);
  g_assert_cmpint (limn_json_count (limn_json_member (limn_json_member (before->json, "state"), "job_count"), 9), ==,
                   0);
  g_assert_cmpfloat (limn_json_number (limn_json_member (during->json, "progress"), 0), >, 0);
  g_assert_cmpfloat (limn_json_number (limn_json_member (during->json, "progress"), 1), <, 0.5);
  g_assert_cmpint (limn_json_count (limn_json_member (state, "job_count"), 9), ==, 2);
  g_assert_cmpint (limn_json_count (limn_json_member (state, "sampling_steps"), 999), ==, 400);
  g_assert_cmpint (limn_json_count (limn_json_member (state, "sampling_step"), 999), >, 0);
  g_assert_nonnull (coded);
  data = g_base64_decode (coded, &size);
  g_assert_cmpuint (size, >, 100);
  g_assert_cmpmem (data, 4, "\x89PNG", 4);
  g_assert_cmpint (limn_json_kind (limn_json_member (bare->json, "current_image")), ==, LIMN_JSON_NULL);

  g_autoptr (Asked) interrupt = serve_ask (fixture, "/sdapi/v1/interrupt", "");
  g_assert_cmpuint (interrupt->status, ==, 200);
  serve_finish (asked);
}

/* What there is of it is answered; the rest of the request is not begun, another one's is. */
static void
test_interrupt (ServeFixture *fixture, gconstpointer unused)
{
  g_autoptr (Asked) asked = begin_slow (fixture, ", \"n_iter\": 3");
  g_autoptr (Asked) next = serve_begin (fixture, PAINT, "{" SMALL "}", -1, NULL);
  g_autoptr (LimnImage) image = NULL;
  g_autoptr (LimnJson) info = NULL;
  g_autoptr (Asked) interrupt = NULL;

  while (limn_queue_get_n_pending (fixture->queue) < 4)
    session_wait_ms (5);
  interrupt = serve_ask (fixture, "/sdapi/v1/interrupt", "");
  serve_finish (asked);
  g_assert_cmpuint (asked->status, ==, 200);
  g_assert_cmpuint (limn_json_length (limn_json_member (asked->json, "images")), ==, 1);
  image = serve_image (asked, 0, NULL);
  g_assert_cmpint (image->width, ==, 64);
  g_assert_true (is_told (asked, "interrupted after step"));
  info = read_info (asked);
  g_assert_true (limn_json_bool (limn_json_member (info, "interrupted"), FALSE));
  fake_engine_hold (FAKE_NEVER);
  serve_finish (next);
  g_assert_cmpuint (next->status, ==, 200);
  g_assert_cmpuint (limn_json_length (limn_json_member (next->json, "warnings")), ==, 0);
}

static void
test_skip (ServeFixture *fixture, gconstpointer unused)
{
  g_autoptr (Asked) asked = begin_slow (fixture, ", \"n_iter\": 2");
  g_autoptr (Asked) skip = serve_ask (fixture, "/sdapi/v1/skip", "");

  fixture->session.fake.step_us = 0;
  fake_engine_set (&fixture->session.fake);
  serve_finish (asked);
  g_assert_cmpuint (skip->status, ==, 200);
  g_assert_cmpuint (limn_json_length (limn_json_member (asked->json, "images")), ==, 2);
  g_assert_true (is_told (asked, "interrupted after step"));
}

/* A client's interrupt is not of what a person paints. */
static void
test_interrupt_own (ServeFixture *fixture, gconstpointer unused)
{
  LimnQueueItem *own;
  g_autoptr (Asked) interrupt = NULL;

  fake_engine_hold (2);
  own = limn_queue_append (fixture->queue, fixture->session.settings, NULL, 0);
  while (fixture->session.last_step < 2)
    g_main_context_iteration (NULL, TRUE);
  interrupt = serve_ask (fixture, "/sdapi/v1/interrupt", "");
  g_autoptr (Asked) progress = serve_ask (fixture, "/sdapi/v1/progress", NULL);
  g_assert_cmpint (limn_json_kind (limn_json_member (progress->json, "current_image")), ==, LIMN_JSON_NULL);
  fake_engine_hold (FAKE_NEVER);
  queue_wait_idle (fixture->queue);
  g_assert_cmpint (limn_queue_item_get_state (own), ==, LIMN_QUEUE_DONE);
}

/* Nobody waits any more: what it asked for leaves the line, other clients' goes on. */
static void
test_gone (ServeFixture *fixture, gconstpointer unused)
{
  g_autoptr (Asked) asked = begin_slow (fixture, ", \"n_iter\": 5");
  g_autoptr (Asked) next = serve_begin (fixture, PAINT, "{" SMALL "}", -1, NULL);

  while (limn_queue_get_n_pending (fixture->queue) < 6)
    session_wait_ms (5);
  g_cancellable_cancel (asked->cancellable);
  serve_finish (asked);
  g_assert_cmpuint (asked->status, ==, 0);
  fake_engine_hold (FAKE_NEVER);
  serve_finish (next);
  g_assert_cmpuint (next->status, ==, 200);
  queue_wait_idle (fixture->queue);
  g_assert_cmpuint (queue_length (fixture->queue), ==, 1);
}

/* The server ends: whoever waits is told, whoever comes later finds nobody. */
static void
test_stop (ServeFixture *fixture, gconstpointer unused)
{
  g_autoptr (Asked) asked = begin_slow (fixture, ", \"n_iter\": 2");

  limn_server_stop (fixture->server);
  g_assert_null (limn_server_get_address (fixture->server));
  serve_finish (asked);
  g_assert_true (asked->status == 503 || asked->status == 0);
  queue_wait_idle (fixture->queue);
  g_assert_cmpuint (queue_length (fixture->queue), ==, 0);
  g_assert_true (limn_server_start (fixture->server, 0, NULL));
  fixture->session.fake.step_us = 0;
  fake_engine_set (&fixture->session.fake);
  g_autoptr (Asked) again = serve_ask (fixture, PAINT, "{" SMALL "}");
  g_assert_cmpuint (again->status, ==, 200);
}

/* A person throws it out of the line: the client gets what there is. */
static void
test_removed (ServeFixture *fixture, gconstpointer unused)
{
  g_autoptr (Asked) asked = begin_slow (fixture, ", \"n_iter\": 3");

  while (queue_length (fixture->queue) > 0)
    limn_queue_remove (fixture->queue, queue_nth (fixture->queue, queue_length (fixture->queue) - 1));
  serve_finish (asked);
  g_assert_cmpuint (asked->status, ==, 200);
  g_assert_cmpuint (limn_json_length (limn_json_member (asked->json, "images")), ==, 0);
}

/* ---- What there is ---- */

static const char *
nth_string (const Asked *asked, guint nth, const char *key)
{
  return limn_json_member_string (limn_json_nth (asked->json, nth), key);
}

static void
test_lists (ServeFixture *fixture, gconstpointer unused)
{
  static const char *const empty[] = { "script-info", "hypernetworks", "face-restorers", "realesrgan-models",
                                       "extensions",  "loras",         "sd-vae" };
  g_autoptr (Asked) samplers = serve_ask (fixture, "/sdapi/v1/samplers", NULL);
  g_autoptr (Asked) schedulers = serve_ask (fixture, "/sdapi/v1/schedulers", NULL);
  g_autoptr (Asked) models = serve_ask (fixture, "/sdapi/v1/sd-models", NULL);
  g_autoptr (Asked) upscalers = serve_ask (fixture, "/sdapi/v1/upscalers", NULL);
  g_autoptr (Asked) scripts = serve_ask (fixture, "/sdapi/v1/scripts", NULL);
  g_autoptr (Asked) memory = serve_ask (fixture, "/sdapi/v1/memory", NULL);

  /* each name that is listed can be asked for */
  for (guint i = 0; i < limn_json_length (samplers->json); i++) {
    g_autofree char *body = g_strdup_printf (
        "{\"width\": 64, \"height\": 64, \"steps\": 1, \"sampler_name\": \"%s\", \"send_images\": false}",
        nth_string (samplers, i, "name"));
    g_autoptr (Asked) asked = serve_ask (fixture, PAINT, body);
    const LimnSettingsValues *values =
        limn_settings_values (limn_queue_item_get_settings (queue_nth (fixture->queue, i)));

    g_assert_cmpuint (asked->status, ==, 200);
    g_assert_cmpstr (values->sampler, ==, limn_sampler_choice (i)->name);
  }
  g_assert_cmpstr (nth_string (schedulers, 0, "label"), ==, "Automatic");
  for (guint i = 1; i < limn_json_length (schedulers->json); i++) {
    const char *schedule = NULL;

    g_assert_true (limn_schedule_from_text (nth_string (schedulers, i, "label"), NULL, &schedule, NULL));
    g_assert_cmpstr (schedule, ==, nth_string (schedulers, i, "name"));
  }
  g_assert_cmpuint (limn_json_length (models->json), ==, 1);
  g_assert_nonnull (nth_string (models, 0, "title"));
  g_assert_cmpstr (nth_string (upscalers, 0, "name"), ==, "None");
  g_assert_cmpstr (nth_string (upscalers, 1, "name"), ==, "Lanczos");
  g_autoptr (Asked) modes = serve_ask (fixture, "/sdapi/v1/latent-upscale-modes", NULL);
  g_assert_cmpuint (limn_json_length (modes->json), ==, 6);
  g_assert_cmpstr (nth_string (modes, 0, "name"), ==, "Latent");
  g_assert_cmpint (limn_json_kind (limn_json_member (scripts->json, "txt2img")), ==, LIMN_JSON_ARRAY);
  g_assert_cmpfloat (limn_json_number (limn_json_member (limn_json_member (memory->json, "ram"), "total"), 0), >, 0);
  for (guint i = 0; i < G_N_ELEMENTS (empty); i++) {
    g_autofree char *path = g_strconcat ("/sdapi/v1/", empty[i], NULL);
    g_autoptr (Asked) asked = serve_ask (fixture, path, NULL);

    g_assert_cmpuint (asked->status, ==, 200);
    g_assert_cmpint (limn_json_kind (asked->json), ==, LIMN_JSON_ARRAY);
  }
}

/* What was read can be sent back whole; what is set counts from then on, or for one request. */
static void
test_options (ServeFixture *fixture, gconstpointer unused)
{
  const LimnSettingsValues *values;
  g_autoptr (Asked) options = NULL, back = NULL, set = NULL, now = NULL, once = NULL, after = NULL, kept = NULL;

  limn_server_set_model (fixture->server, "/models/mini.safetensors");
  options = serve_ask (fixture, "/sdapi/v1/options", NULL);
  g_assert_cmpstr (limn_json_member_string (options->json, "sd_model_checkpoint"), ==, "mini.safetensors");
  back = serve_ask (fixture, "/sdapi/v1/options", options->text);
  g_assert_cmpuint (back->status, ==, 200);
  g_assert_cmpstr (back->text, ==, "null");
  set = serve_ask (
      fixture, "/sdapi/v1/options",
      "{\"randn_source\": \"NV\", \"eta_noise_seed_delta\": 31337, \"sd_model_checkpoint\": \"mini [ab12]\", "
      "\"show_progress_every_n_steps\": 5}");
  g_assert_cmpuint (set->status, ==, 200);
  g_assert_true (is_told (set, "show_progress_every_n_steps"));
  now = serve_ask (fixture, "/sdapi/v1/options", NULL);
  g_assert_cmpstr (limn_json_member_string (now->json, "randn_source"), ==, "NV");
  once = serve_ask (fixture, PAINT, "{" SMALL ", \"override_settings\": {\"randn_source\": \"CPU\"}}");
  after = serve_ask (fixture, PAINT, "{" SMALL "}");
  values = limn_settings_values (limn_queue_item_get_settings (queue_nth (fixture->queue, 0)));
  g_assert_cmpint (values->noise_source, ==, LIMN_NOISE_CPU);
  g_assert_cmpint (values->noise_delta, ==, 31337);
  g_assert_cmpstr (values->model, ==, "/models/mini.safetensors");
  values = limn_settings_values (limn_queue_item_get_settings (queue_nth (fixture->queue, 1)));
  g_assert_cmpint (values->noise_source, ==, LIMN_NOISE_PHILOX);
  kept = serve_ask (fixture, PAINT,
                    "{" SMALL ", \"override_settings\": {\"randn_source\": \"CPU\"}, "
                    "\"override_settings_restore_afterwards\": false}");
  g_autoptr (Asked) last = serve_ask (fixture, "/sdapi/v1/options", NULL);
  g_assert_cmpstr (limn_json_member_string (last->json, "randn_source"), ==, "CPU");
}

static void
test_png_info (ServeFixture *fixture, gconstpointer unused)
{
  g_autoptr (Asked) asked = serve_ask (fixture, PAINT, "{" SMALL ", \"prompt\": \"a boat\", \"seed\": 11}");
  const char *image = limn_json_string (limn_json_nth (limn_json_member (asked->json, "images"), 0), NULL);
  g_autofree char *body = g_strdup_printf ("{\"image\": \"data:image/png;base64,%s\"}", image);
  g_autofree char *plain = serve_picture (16, 16, 0, 0, 0), *other = g_strdup_printf ("{\"image\": \"%s\"}", plain);
  g_autoptr (Asked) info = serve_ask (fixture, "/sdapi/v1/png-info", body);
  g_autoptr (Asked) none = serve_ask (fixture, "/sdapi/v1/png-info", other);

  g_assert_cmpuint (info->status, ==, 200);
  g_assert_nonnull (strstr (limn_json_member_string (info->json, "info"), "Seed: 11"));
  g_assert_cmpstr (limn_json_member_string (limn_json_member (info->json, "items"), "parameters"), ==,
                   limn_json_member_string (info->json, "info"));
  g_assert_cmpstr (limn_json_member_string (limn_json_member (info->json, "parameters"), "Prompt"), ==, "a boat");
  g_assert_cmpuint (none->status, ==, 200);
  g_assert_cmpstr (limn_json_member_string (none->json, "info"), ==, "");
}

int
main (int argc, char **argv)
{
  session_test_init (&argc, &argv);
  SERVE_ADD ("paint", test_paint);
  SERVE_ADD ("defaults", test_defaults);
  SERVE_ADD ("batches", test_batches);
  SERVE_ADD ("over-picture", test_over_picture);
  SERVE_ADD ("second", test_second);
  SERVE_ADD ("told", test_told);
  SERVE_ADD ("controls", test_controls);
  SERVE_ADD ("progress", test_progress);
  SERVE_ADD ("interrupt", test_interrupt);
  SERVE_ADD ("interrupt-own", test_interrupt_own);
  SERVE_ADD ("skip", test_skip);
  SERVE_ADD ("gone", test_gone);
  SERVE_ADD ("stop", test_stop);
  SERVE_ADD ("removed", test_removed);
  SERVE_ADD ("lists", test_lists);
  SERVE_ADD ("options", test_options);
  SERVE_ADD ("png-info", test_png_info);
  return g_test_run ();
}
