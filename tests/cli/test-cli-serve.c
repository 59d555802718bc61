/* test-cli-serve.c - limn-cli serve, asked by the very requests that programs of other people send: their pictures are
 * those of limn-cli generate, to the byte.
 *
 * The clients are webuiapi (a library for Python), SillyTavern and Open WebUI; what they send is built here of the
 * names and defaults that they have.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-fixture.h"

#include <gio/gio.h>
#include <libsoup/soup.h>
#include <signal.h>
#include <string.h>

#include "base/json.h"
#include "engine/limn.h"
#include "file/png.h"

typedef struct {
  GSubprocess *program;
  char *address;
  SoupSession *client;
  const char *authorization;
} Served;

/* more: NULL, or options, ended by NULL. */
static void
served_begin (Served *served, const char *const *more)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *pictures = cli_in_folder ("pictures");
  g_autoptr (GDataInputStream) out = NULL;
  g_autofree char *line = NULL;
  GError *error = NULL;

  *served = (Served){ 0 };
  for (const char *const *word =
           (const char *const[]){ cli_program (), "serve", "--port", "0", "--pictures", pictures, NULL };
       *word != NULL; word++)
    g_ptr_array_add (argv, (gpointer) *word);
  for (; more != NULL && *more != NULL; more++)
    g_ptr_array_add (argv, (gpointer) *more);
  g_ptr_array_add (argv, NULL);
  served->program = g_subprocess_newv ((const char *const *) argv->pdata,
                                       G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);
  g_assert_no_error (error);
  out = g_data_input_stream_new (g_subprocess_get_stdout_pipe (served->program));
  line = g_data_input_stream_read_line (out, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (line);
  g_assert_nonnull (strstr (line, "http://127.0.0.1:"));
  served->address = g_strdup (strstr (line, "http://127.0.0.1:"));
  served->client = soup_session_new_with_options ("proxy-resolver", NULL, NULL);
}

/* It ends by itself when it is asked to, and leaves its folder clean. */
static void
served_end (Served *served)
{
  GError *error = NULL;

  g_subprocess_send_signal (served->program, SIGINT);
  g_subprocess_wait (served->program, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (served->program));
  g_assert_cmpint (g_subprocess_get_exit_status (served->program), ==, 0);
  g_clear_object (&served->program);
  g_clear_object (&served->client);
  g_clear_pointer (&served->address, g_free);
}

/* body: NULL for GET.  The answer, whose status is to be that. */
static LimnJson *
ask (Served *served, const char *path, const char *body, guint status)
{
  g_autofree char *uri = g_strconcat (served->address, "/sdapi/v1/", path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (body != NULL ? "POST" : "GET", uri);
  g_autoptr (GBytes) sent = body != NULL ? g_bytes_new (body, strlen (body)) : NULL;
  g_autoptr (GBytes) bytes = NULL;
  GError *error = NULL;
  gsize size;
  const char *text;
  LimnJson *json;

  if (body != NULL)
    soup_message_set_request_body_from_bytes (message, "application/json", sent);
  if (served->authorization != NULL)
    soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization", served->authorization);
  bytes = soup_session_send_and_read (served->client, message, NULL, &error);
  g_assert_no_error (error);
  text = g_bytes_get_data (bytes, &size);
  g_test_message ("%s: %u %.*s", path, soup_message_get_status (message), (int) MIN (size, 300), text);
  g_assert_cmpuint (soup_message_get_status (message), ==, status);
  json = limn_json_parse ("answer", text, (gssize) size, &error);
  g_assert_no_error (error);
  return json;
}

static GBytes *
nth_picture (const LimnJson *answer, guint nth)
{
  const char *coded = limn_json_string (limn_json_nth (limn_json_member (answer, "images"), nth), NULL);
  gsize size;
  guint8 *data;

  g_assert_nonnull (coded);
  data = g_base64_decode (coded, &size);
  return g_bytes_new_take (data, size);
}

/* arguments: of generate, but for its output. */
static GBytes *
generate (const char *const *arguments)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_autofree char *output = cli_in_folder ("generated.png"), *data = NULL;
  GError *error = NULL;
  gsize size;

  g_ptr_array_add (all, (gpointer) "generate");
  for (; *arguments != NULL; arguments++)
    g_ptr_array_add (all, (gpointer) *arguments);
  g_ptr_array_add (all, (gpointer) "--output");
  g_ptr_array_add (all, output);
  g_ptr_array_add (all, NULL);
  g_auto (Ran) ran = cli_run ((const char *const *) all->pdata);
  if (ran.status != 0)
    g_error ("%s", ran.err);
  g_file_get_contents (output, &data, &size, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (g_steal_pointer (&data), size);
}

#define GENERATE(...) generate ((const char *const[]){ __VA_ARGS__, NULL })

static void
assert_same (GBytes *served, GBytes *generated)
{
  g_assert_true (g_bytes_equal (served, generated));
}

/* What the library for Python sends of txt2img, whatever its user leaves out; more: further members. */
static char *
webuiapi_body (const char *prompt, int seed, const char *more)
{
  return g_strdup_printf (
      "{\"enable_hr\": false, \"hr_scale\": 2, \"hr_upscaler\": \"Latent\", \"hr_second_pass_steps\": 0, "
      "\"hr_resize_x\": 0, \"hr_resize_y\": 0, \"denoising_strength\": 0.7, \"firstphase_width\": 0, "
      "\"firstphase_height\": 0, \"prompt\": \"%s\", \"styles\": [], \"seed\": %d, \"subseed\": -1, "
      "\"subseed_strength\": 0.0, \"seed_resize_from_h\": 0, \"seed_resize_from_w\": 0, \"batch_size\": 1, "
      "\"n_iter\": 1, \"steps\": 3, \"cfg_scale\": 7.0, \"width\": 128, \"height\": 128, \"restore_faces\": false, "
      "\"tiling\": false, \"do_not_save_samples\": false, \"do_not_save_grid\": false, \"negative_prompt\": \"fog\", "
      "\"eta\": 1.0, \"s_churn\": 0, \"s_tmax\": 0, \"s_tmin\": 0, \"s_noise\": 1, \"override_settings\": {}, "
      "\"override_settings_restore_afterwards\": true, \"sampler_name\": \"Euler a\", \"sampler_index\": \"Euler a\", "
      "\"script_name\": null, \"script_args\": [], \"send_images\": true, \"save_images\": false, "
      "\"alwayson_scripts\": {}%s}",
      prompt, seed, more);
}

static void
test_webuiapi (void)
{
  Served served;
  g_autofree char *body = webuiapi_body ("a red cube on grass", 1003, "");
  g_autoptr (LimnJson) scripts = NULL, answer = NULL, info = NULL, models = NULL;
  g_autoptr (GBytes) picture = NULL, expected = NULL;

  served_begin (&served, NULL);
  scripts = ask (&served, "scripts", NULL, 200); /* asked when the client is made */
  g_assert_nonnull (limn_json_member (scripts, "txt2img"));
  answer = ask (&served, "txt2img", body, 200);
  picture = nth_picture (answer, 0);
  expected = GENERATE ("--prompt", "a red cube on grass", "--negative", "fog", "--seed", "1003", "--steps", "3",
                       "--guidance", "7", "--size", "128x128", "--sampler", "Euler a");
  assert_same (picture, expected);
  g_assert_cmpuint (limn_json_length (limn_json_member (answer, "warnings")), ==, 0);
  info = limn_json_parse ("info", limn_json_member_string (answer, "info"), -1, NULL);
  g_assert_cmpfloat (limn_json_number (limn_json_nth (limn_json_member (info, "all_seeds"), 0), 0), ==, 1003);
  models = ask (&served, "sd-models", NULL, 200);
  g_assert_cmpstr (limn_json_member_string (limn_json_nth (models, 0), "title"), ==, "starter");
  served_end (&served);
}

/* A PNG of two colours, left and right of x, as a file and in base64. */
static char *
make_picture (const char *path, int x, guint8 left, guint8 right)
{
  g_autoptr (LimnImage) image = limn_image_new (128, 128);
  g_autofree char *data = NULL;
  GError *error = NULL;
  gsize size;

  for (int i = 0; i < 128 * 128; i++)
    memset (image->rgb + 3 * i, i % 128 < x ? left : right, 3);
  limn_png_save (image, path, NULL, &error);
  g_assert_no_error (error);
  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  return g_base64_encode ((const guchar *) data, size);
}

/* img2img of the same library, with a mask: what is kept is kept exactly. */
static void
test_webuiapi_mask (void)
{
  Served served;
  g_autofree char *image = cli_in_folder ("start.png"), *mask = cli_in_folder ("mask.png");
  g_autofree char *image_data = make_picture (image, 64, 60, 190), *mask_data = make_picture (mask, 96, 0, 255);
  g_autofree char *body = g_strdup_printf (
      "{\"init_images\": [\"data:image/png;base64,%s\"], \"resize_mode\": 0, \"denoising_strength\": 0.75, "
      "\"mask_blur\": 0, \"inpainting_fill\": 1, \"inpaint_full_res\": false, \"inpaint_full_res_padding\": 0, "
      "\"inpainting_mask_invert\": 0, \"initial_noise_multiplier\": 1, \"prompt\": \"a house\", \"styles\": [], "
      "\"seed\": 5, \"subseed\": -1, \"subseed_strength\": 0, \"seed_resize_from_h\": 0, \"seed_resize_from_w\": 0, "
      "\"batch_size\": 1, \"n_iter\": 1, \"steps\": 4, \"cfg_scale\": 7.0, \"image_cfg_scale\": 1.5, \"width\": 128, "
      "\"height\": 128, \"restore_faces\": false, \"tiling\": false, \"do_not_save_samples\": false, "
      "\"do_not_save_grid\": false, \"negative_prompt\": \"\", \"eta\": 1.0, \"s_churn\": 0, \"s_tmax\": 0, "
      "\"s_tmin\": 0, \"s_noise\": 1, \"override_settings\": {}, \"override_settings_restore_afterwards\": true, "
      "\"sampler_name\": \"DPM++ 2M Karras\", \"sampler_index\": \"DPM++ 2M Karras\", \"include_init_images\": false, "
      "\"script_name\": null, \"script_args\": [], \"send_images\": true, \"save_images\": false, "
      "\"alwayson_scripts\": {}, \"mask\": \"data:image/png;base64,%s\"}",
      image_data, mask_data);
  g_autoptr (LimnJson) answer = NULL;
  g_autoptr (GBytes) picture = NULL, expected = NULL;
  g_autoptr (LimnImage) painted = NULL;
  gsize size;
  const guint8 *data;

  served_begin (&served, NULL);
  answer = ask (&served, "img2img", body, 200);
  picture = nth_picture (answer, 0);
  expected = GENERATE ("--prompt", "a house", "--image", image, "--mask", mask, "--strength", "0.75", "--seed", "5",
                       "--steps", "4", "--guidance", "7", "--size", "128x128", "--sampler", "DPM++ 2M Karras");
  assert_same (picture, expected);
  data = g_bytes_get_data (picture, &size);
  painted = limn_png_load_memory ("answer", data, size, NULL, NULL);
  for (int x = 0; x < 96; x++)
    g_assert_cmpint (painted->rgb[3 * x], ==, x < 64 ? 60 : 190);
  served_end (&served);
}

/* SillyTavern asks with a name and a password, sends addresses of its own along, and waits for a model that it chose by
 * looking at the progress. */
static void
test_silly_tavern (void)
{
  Served served;
  static const char body[] =
      "{\"url\": \"http://localhost:7860\", \"auth\": \"me:opensesame\", \"prompt\": \"a boat at night\", "
      "\"negative_prompt\": \"\", \"sampler_name\": \"DPM++ 2M\", \"scheduler\": \"Karras\", \"steps\": 3, "
      "\"cfg_scale\": 6, \"width\": 128, \"height\": 128, \"restore_faces\": false, \"enable_hr\": false, "
      "\"hr_upscaler\": \"Latent\", \"hr_scale\": 1, \"hr_additional_modules\": [], \"denoising_strength\": 0.7, "
      "\"hr_second_pass_steps\": 0, \"seed\": 21, \"override_settings\": {\"CLIP_stop_at_last_layers\": 1, "
      "\"sd_vae\": \"Automatic\"}, \"override_settings_restore_afterwards\": true, \"clip_skip\": 1, "
      "\"save_images\": true, \"send_images\": true, \"do_not_save_grid\": false, \"do_not_save_samples\": false}";
  static const char *const options[] = { "--token", "opensesame", NULL };
  g_autofree char *coded = g_base64_encode ((const guchar *) "me:opensesame", strlen ("me:opensesame"));
  g_autofree char *authorization = g_strconcat ("Basic ", coded, NULL);
  g_autoptr (LimnJson) refused = NULL, ping = NULL, upscalers = NULL, latent = NULL, set = NULL, progress = NULL,
                       answer = NULL;
  g_autoptr (GBytes) picture = NULL, expected = NULL;

  served_begin (&served, options);
  refused = ask (&served, "options", NULL, 401);
  served.authorization = authorization;
  ping = ask (&served, "options", NULL, 200);
  upscalers = ask (&served, "upscalers", NULL, 200);
  latent = ask (&served, "latent-upscale-modes", NULL, 200);
  g_assert_cmpint (limn_json_kind (upscalers), ==, LIMN_JSON_ARRAY);
  g_assert_cmpint (limn_json_kind (latent), ==, LIMN_JSON_ARRAY);
  set = ask (&served, "options", "{\"sd_model_checkpoint\": \"starter\"}", 200);
  progress = ask (&served, "progress", NULL, 200);
  g_assert_cmpfloat (limn_json_number (limn_json_member (progress, "progress"), 1), ==, 0);
  g_assert_cmpfloat (limn_json_number (limn_json_member (limn_json_member (progress, "state"), "job_count"), 1), ==, 0);
  answer = ask (&served, "txt2img", body, 200);
  picture = nth_picture (answer, 0);
  expected = GENERATE ("--prompt", "a boat at night", "--seed", "21", "--steps", "3", "--guidance", "6", "--size",
                       "128x128", "--sampler", "DPM++ 2M", "--schedule", "karras");
  assert_same (picture, expected);
  g_assert_cmpuint (limn_json_length (limn_json_member (answer, "warnings")), ==, 0);
  g_assert_null (strstr (limn_json_member_string (answer, "info"), "opensesame"));
  served_end (&served);
}

/* "{...}" with sd_model_checkpoint as it is, as Open WebUI sends the options back that it read. */
static char *
options_back (const LimnJson *options)
{
  GString *text = g_string_new ("{");

  for (guint i = 0; i < limn_json_length (options); i++) {
    const LimnJson *value = limn_json_nth (options, i);

    if (limn_json_kind (value) == LIMN_JSON_STRING)
      limn_json_add_string (text, limn_json_key (options, i), limn_json_string (value, ""));
    else
      limn_json_add_double (text, limn_json_key (options, i), limn_json_number (value, 0));
  }
  return g_string_free (g_string_append_c (text, '}'), FALSE);
}

/* Open WebUI sends an empty header where it has no token, all options back, and little else than a prompt and how many
 * pictures. */
static void
test_open_webui (void)
{
  Served served;
  g_autofree char *back = NULL;
  g_autoptr (LimnJson) options = NULL, set = NULL, answer = NULL;
  g_autoptr (GBytes) picture = NULL, expected = NULL;

  served_begin (&served, NULL);
  served.authorization = "";
  options = ask (&served, "options", NULL, 200);
  g_assert_cmpstr (limn_json_member_string (options, "sd_model_checkpoint"), ==, "starter");
  back = options_back (options);
  set = ask (&served, "options", back, 200);
  answer = ask (&served, "txt2img",
                "{\"prompt\": \"a heart in glass\", \"batch_size\": 2, \"width\": 128, \"height\": 128, \"steps\": 2, "
                "\"negative_prompt\": \"rain\", \"seed\": 8}",
                200);
  g_assert_cmpuint (limn_json_length (limn_json_member (answer, "images")), ==, 2);
  picture = nth_picture (answer, 1);
  expected = GENERATE ("--prompt", "a heart in glass", "--negative", "rain", "--seed", "9", "--steps", "2", "--size",
                       "128x128");
  assert_same (picture, expected);
  served_end (&served);
}

/* While it paints: the preview is a picture; what is interrupted comes back as far as it is. */
static void
came_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  GBytes **bytes = data;

  *bytes = soup_session_send_and_read_finish (SOUP_SESSION (object), result, NULL);
  g_assert_nonnull (*bytes);
}

static void
test_progress (void)
{
  Served served;
  g_autoptr (SoupMessage) message = NULL;
  static const char text[] = "{\"prompt\": \"a cube\", \"steps\": 900}";
  g_autoptr (GBytes) body = g_bytes_new_static (text, strlen (text));
  g_autoptr (GBytes) came = NULL;
  g_autofree char *uri = NULL, *coded = NULL;
  g_autoptr (LimnJson) interrupt = NULL, answer = NULL;
  gsize size;

  served_begin (&served, NULL);
  uri = g_strconcat (served.address, "/sdapi/v1/txt2img", NULL);
  message = soup_message_new ("POST", uri);
  soup_message_set_request_body_from_bytes (message, "application/json", body);
  soup_session_send_and_read_async (served.client, message, G_PRIORITY_DEFAULT, NULL, came_cb, &came);
  while (coded == NULL) {
    g_autoptr (LimnJson) progress = NULL;

    g_assert_null (came);
    while (g_main_context_iteration (NULL, FALSE))
      ;
    progress = ask (&served, "progress", NULL, 200);
    coded = g_strdup (limn_json_member_string (progress, "current_image"));
    g_usleep (50000);
  }
  g_autofree guint8 *data = g_base64_decode (coded, &size);
  g_autoptr (LimnImage) preview = limn_png_load_memory ("preview", data, size, NULL, NULL);
  g_assert_nonnull (preview);
  interrupt = ask (&served, "interrupt", "", 200);
  while (came == NULL)
    g_main_context_iteration (NULL, TRUE);
  answer = limn_json_parse ("answer", g_bytes_get_data (came, NULL), (gssize) g_bytes_get_size (came), NULL);
  g_assert_cmpuint (limn_json_length (limn_json_member (answer, "images")), ==, 1);
  g_assert_nonnull (strstr (limn_json_member_string (answer, "info"), "interrupted after step"));
  served_end (&served);
}

static void
test_usage (void)
{
  static const struct {
    const char *arguments[6];
    int status;
    const char *word;
  } cases[] = {
    { { "serve", "--port", "70000" }, 2, "--port" },
    { { "serve", "--like", "nobody" }, 2, "webui" },
    { { "serve", "--model", "/nowhere" }, 1, "/nowhere" },
    { { "serve", "--token", "a", "--token-file", "/dev/null" }, 2, "--token-file" },
    { { "serve", "--token-file", "/nowhere" }, 1, "/nowhere" },
    { { "serve", "--token-file", "/dev/null" }, 1, "/dev/null" },
    { { "serve", "stray" }, 2, "stray" },
  };
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autofree char *port = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (Ran) ran = cli_run (cases[i].arguments);
    cli_assert_failed (&ran, cases[i].status, cases[i].word);
  }
  port = g_strdup_printf ("%u", g_socket_listener_add_any_inet_port (listener, NULL, NULL));
  g_auto (Ran) taken = RUN ("serve", "--port", port, "--token", "x");
  cli_assert_failed (&taken, 1, port);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  cli_begin ();
  g_test_add_func ("/cli-serve/usage", test_usage);
  if (cli_has_device ()) {
    g_test_add_func ("/cli-serve/webuiapi", test_webuiapi);
    g_test_add_func ("/cli-serve/webuiapi-mask", test_webuiapi_mask);
    g_test_add_func ("/cli-serve/silly-tavern", test_silly_tavern);
    g_test_add_func ("/cli-serve/open-webui", test_open_webui);
    g_test_add_func ("/cli-serve/progress", test_progress);
  }
  return cli_end (g_test_run ());
}
