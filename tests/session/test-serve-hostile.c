/* test-serve-hostile.c - the local server: who may ask, requests that are wrong, and many that are meant to be.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve-fixture.h"

#include <string.h>

/* ---- Who may ask ---- */

static void
test_hosts (ServeFixture *fixture, gconstpointer unused)
{
  static const struct {
    const char *host;
    guint status;
  } cases[] = { { "localhost", 200 },
                { "localhost:7860", 200 },
                { "LOCALHOST:1", 200 },
                { "127.0.0.1:7860", 200 },
                { "127.8.9.1", 200 },
                { "[::1]:7860", 200 },
                { "example.org", 403 },
                { "example.org:7860", 403 },
                { "localhost.example.org", 403 },
                { "192.168.1.7:7860", 403 },
                { "127.0.0.1.nip.io", 403 },
                { "[fe80::1]", 403 },
                { "0.0.0.0", 403 },
                { "localhost@example.org", 403 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const char *const headers[] = { "Host", cases[i].host, NULL };
    g_autoptr (Asked) asked = serve_begin (fixture, "/sdapi/v1/samplers", NULL, 0, headers);

    serve_finish (asked);
    g_test_message ("%s", cases[i].host);
    g_assert_cmpuint (asked->status, ==, cases[i].status);
  }
}

/* A page of the web may neither ask nor read; one that was allowed may do both. */
static void
test_origins (ServeFixture *fixture, gconstpointer unused)
{
  static const char *const page[] = { "Origin", "https://example.org", NULL };
  static const char *const before[] = { "Origin", "https://example.org", "Access-Control-Request-Method", "POST",
                                        NULL };
  static const char *const allowed[] = { "https://example.org", NULL };
  static const char *const other[] = { "Origin", "https://example.com", NULL };
  g_autoptr (Asked) refused = serve_begin (fixture, PAINT, "{" SMALL "}", -1, page);

  serve_finish (refused);
  serve_assert_fault (refused, 403, "no web pages");
  g_assert_null (soup_message_headers_get_one (soup_message_get_response_headers (refused->message),
                                               "Access-Control-Allow-Origin"));
  g_assert_cmpuint (queue_length (fixture->queue), ==, 0);

  limn_server_set_origins (fixture->server, allowed);
  limn_server_set_token (fixture->server, "secret");
  g_autoptr (Asked) first = serve_begin (fixture, PAINT, NULL, 0, before);
  serve_finish (first);
  g_assert_cmpuint (first->status, ==, 204);
  g_assert_cmpstr (
      soup_message_headers_get_one (soup_message_get_response_headers (first->message), "Access-Control-Allow-Origin"),
      ==, "https://example.org");
  g_autoptr (Asked) without = serve_begin (fixture, "/sdapi/v1/samplers", NULL, 0, page);
  serve_finish (without);
  g_assert_cmpuint (without->status, ==, 401);
  limn_server_set_token (fixture->server, NULL);
  g_autoptr (Asked) second = serve_begin (fixture, "/sdapi/v1/samplers", NULL, 0, page);
  serve_finish (second);
  g_assert_cmpuint (second->status, ==, 200);
  g_autoptr (Asked) stranger = serve_begin (fixture, "/sdapi/v1/samplers", NULL, 0, other);
  serve_finish (stranger);
  g_assert_cmpuint (stranger->status, ==, 403);
}

static char *
basic (const char *pair)
{
  g_autofree char *coded = g_base64_encode ((const guchar *) pair, strlen (pair));

  return g_strconcat ("Basic ", coded, NULL);
}

static void
test_token (ServeFixture *fixture, gconstpointer unused)
{
  g_autofree char *right = basic ("anybody:opensesame"), *wrong = basic ("anybody:opensesamE");
  g_autofree char *name = basic ("opensesame:"), *pair = basic ("ali:baba");
  const struct {
    const char *header, *token;
    guint status;
  } cases[] = {
    { "Bearer opensesame", "opensesame", 200 },
    { "bearer opensesame", "opensesame", 200 },
    { right, "opensesame", 200 },
    { pair, "ali:baba", 200 }, /* as the web UI's --api-auth has it */
    { pair, "baba", 200 },
    { wrong, "opensesame", 401 },
    { name, "opensesame", 401 },
    { "Bearer opensesam", "opensesame", 401 },
    { "Bearer opensesameopensesame", "opensesame", 401 },
    { "Bearer ", "opensesame", 401 },
    { "opensesame", "opensesame", 401 },
    { "Basic !!!", "opensesame", 401 },
    { "", "opensesame", 401 },
    { "", "", 200 }, /* Open WebUI sends an empty one where it has none */
    { "Basic !!!", NULL, 200 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const char *const headers[] = { "Authorization", cases[i].header, NULL };
    g_autoptr (Asked) asked = NULL;

    limn_server_set_token (fixture->server, cases[i].token);
    asked = serve_begin (fixture, "/sdapi/v1/options", NULL, 0, headers);
    serve_finish (asked);
    g_test_message ("%s: %u", cases[i].header, asked->status);
    g_assert_cmpuint (asked->status, ==, cases[i].status);
  }
  limn_server_set_token (fixture->server, "opensesame");
  g_autoptr (Asked) none = serve_ask (fixture, PAINT, "{" SMALL "}");
  serve_assert_fault (none, 401, "token");
  g_assert_nonnull (
      soup_message_headers_get_one (soup_message_get_response_headers (none->message), "WWW-Authenticate"));
  g_assert_cmpuint (queue_length (fixture->queue), ==, 0);
}

static void
test_port_taken (ServeFixture *fixture, gconstpointer unused)
{
  g_autoptr (LimnServer) second = limn_server_new (fixture->queue);
  const char *colon = strrchr (limn_server_get_address (fixture->server), ':');
  g_autoptr (GError) error = NULL;

  g_assert_false (limn_server_start (second, (guint) g_ascii_strtoull (colon + 1, NULL, 10), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_nonnull (strstr (error->message, colon + 1));
  g_assert_null (limn_server_get_address (second));
}

/* ---- Wrong requests ---- */

static void
test_wrong (ServeFixture *fixture, gconstpointer unused)
{
  static const struct {
    const char *path, *body;
    guint status;
    const char *word;
  } cases[] = {
    { PAINT, "", 422, "body" },
    { PAINT, "{", 422, "body" },
    { PAINT, "[]", 422, "object" },
    { PAINT, "{\"steps\": 0}", 422, "from 1 to" },
    { PAINT, "{\"steps\": 2.5}", 422, "whole" },
    { PAINT, "{\"steps\": \"many\"}", 422, "number" },
    { PAINT, "{\"steps\": 1e300}", 422, "from 1 to" },
    { PAINT, "{\"width\": 1000000}", 422, "from" },
    { PAINT, "{\"width\": -64}", 422, "from" },
    { PAINT, "{\"cfg_scale\": 1000}", 422, "from" },
    { PAINT, "{\"prompt\": 5}", 422, "text" },
    { PAINT, "{\"seed\": 1.5}", 422, "whole" },
    { PAINT, "{\"batch_size\": 101}", 422, "100" },
    { PAINT, "{\"batch_size\": 20, \"n_iter\": 20}", 422, "400" },
    { PAINT, "{\"sampler_name\": \"Nobody\"}", 404, "Sampler not found" },
    { PAINT, "{\"scheduler\": \"Nobody\"}", 404, "Scheduler not found" },
    { PAINT, "{\"script_name\": \"X/Y/Z plot\"}", 422, "X/Y/Z" },
    { PAINT, "{\"refiner_checkpoint\": \"none.safetensors\"}", 404, "Model not found" },
    { PAINT, "{\"override_settings\": 5}", 422, "object" },
    { PAINT, "{\"override_settings\": {\"sd_model_checkpoint\": \"/etc/passwd\"}}", 404, "Model not found" },
    { PAINT, "{\"override_settings\": {\"CLIP_stop_at_last_layers\": 99}}", 422, "from 1" },
    { "/sdapi/v1/img2img", "{}", 404, "Init image not found" },
    { "/sdapi/v1/img2img", "{\"init_images\": []}", 404, "Init image not found" },
    { "/sdapi/v1/img2img", "{\"init_images\": [5]}", 422, "base64" },
    { "/sdapi/v1/img2img", "{\"init_images\": [\"bm8gcGljdHVyZQ==\"]}", 422, "picture" },
    { "/sdapi/v1/img2img", "{\"init_images\": [\"http://127.0.0.1/a.png\"]}", 422, "fetches" },
    { "/sdapi/v1/options", "{\"sd_model_checkpoint\": \"../../secret\"}", 404, "Model not found" },
    { "/sdapi/v1/options", "{\"randn_source\": 5}", 422, "CPU" },
    { "/sdapi/v1/png-info", "{}", 422, "base64" },
    { "/sdapi/v1/png-info", "{\"image\": \"bm8gcGljdHVyZQ==\"}", 422, "picture" },
    { "/sdapi/v1/nothing", "{}", 404, "Not Found" },
    { "/", NULL, 404, "Not Found" },
    { "/sdapi/v1/txt2img", NULL, 405, "Method" },
    { "/sdapi/v1/progress", "{}", 405, "Method" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Asked) asked = serve_ask (fixture, cases[i].path, cases[i].body);

    g_test_message ("%s %s", cases[i].path, cases[i].body);
    serve_assert_fault (asked, cases[i].status, cases[i].word);
  }
  g_assert_cmpuint (queue_length (fixture->queue), ==, 0);
  g_assert_cmpuint (fixture->answered, ==, G_N_ELEMENTS (cases));
  /* where the body is wrong, the member is named */
  g_autoptr (Asked) asked = serve_ask (fixture, PAINT, "{\"steps\": 0}");
  const LimnJson *where = limn_json_member (limn_json_nth (limn_json_member (asked->json, "detail"), 0), "loc");
  g_assert_cmpstr (limn_json_string (limn_json_nth (where, 1), NULL), ==, "steps");
}

/* A failure of the engine is the server's, and said in its words. */
static void
test_failure (ServeFixture *fixture, gconstpointer unused)
{
  fixture->session.fake.fail = LIMN_ERROR_MEMORY;
  fixture->session.fake.fail_stage = LIMN_STAGE_DECODE;
  fake_engine_set (&fixture->session.fake);
  g_autoptr (Asked) asked = serve_ask (fixture, PAINT, "{" SMALL ", \"n_iter\": 3}");

  g_assert_cmpuint (asked->status, ==, 500);
  g_assert_cmpstr (limn_json_member_string (asked->json, "error"), ==, "RuntimeError");
  g_assert_cmpstr (limn_json_member_string (asked->json, "detail"), !=, "");
  queue_wait_idle (fixture->queue);
  g_assert_cmpuint (limn_queue_get_n_pending (fixture->queue), ==, 0);
}

/* Much more than a request may be: refused, without being kept. */
static void
test_huge (ServeFixture *fixture, gconstpointer unused)
{
  gsize size = (gsize) 65 << 20;
  g_autofree char *body = g_malloc (size);
  g_autoptr (Asked) asked = NULL;

  memset (body, ' ', size);
  asked = serve_begin (fixture, PAINT, body, (gssize) size, NULL);
  serve_finish (asked);
  serve_assert_fault (asked, 413, "64 MiB");
  g_autoptr (Asked) after = serve_ask (fixture, PAINT, "{" SMALL "}");
  g_assert_cmpuint (after->status, ==, 200);
}

/* Removes, changes or repeats some bytes. */
static void
damage (GByteArray *bytes, GRand *random)
{
  guint at = (guint) g_rand_int_range (random, 0, (gint32) bytes->len), n = (guint) g_rand_int_range (random, 1, 12);

  n = MIN (n, bytes->len - at);
  switch (g_rand_int_range (random, 0, 4)) {
  case 0:
    if (n < bytes->len)
      g_byte_array_remove_range (bytes, at, n);
    break;
  case 1:
    bytes->data[at] = (guint8) g_rand_int (random);
    break;
  case 2:
    bytes->data[at] = (guint8) "{}[]\",:0-9eE.\\"[g_rand_int_range (random, 0, 14)];
    break;
  default:
    g_byte_array_append (bytes, bytes->data + at, n);
  }
}

/* A value of any kind in the place of one that was meant. */
static const char *const odd[] = {
  "null",
  "true",
  "-1",
  "0",
  "1e308",
  "-1e308",
  "0.5",
  "99999999999999999999",
  "\"\"",
  "[]",
  "{}",
  "\"7\"",
  "\"NaN\"",
  "[[]]",
  "[null]",
  "{\"a\": []}",
  "[\"x\", 5, {}]",
  "\"\\ud83d\\ude00\"",
  "64",
  "false",
  "\"None\"",
  "\"\\u0001\"",
};

/* (transfer full) */
static char *
random_body (GRand *random, const char *picture)
{
  static const char *const names[] = {
    "prompt",
    "negative_prompt",
    "styles",
    "seed",
    "subseed",
    "subseed_strength",
    "sampler_name",
    "sampler_index",
    "scheduler",
    "batch_size",
    "n_iter",
    "cfg_scale",
    "eta",
    "s_churn",
    "s_tmax",
    "s_noise",
    "override_settings",
    "alwayson_scripts",
    "script_name",
    "refiner_checkpoint",
    "mask",
    "mask_blur",
    "resize_mode",
    "denoising_strength",
    "inpainting_fill",
    "clip_skip",
    "send_images",
    "enable_hr",
    "include_init_images",
    "seed_resize_from_w",
    "override_settings_restore_afterwards",
    "inpainting_mask_invert",
    "refiner_switch_at",
    "tiling",
  };
  GString *body = g_string_new ("{");

  g_string_append_printf (body, "\"init_images\": [\"%s\"], \"width\": 64, \"height\": 64, \"steps\": 1", picture);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_rand_int_range (random, 0, 15) == 0)
      g_string_append_printf (body, ", \"%s\": %s", names[i], odd[g_rand_int_range (random, 0, G_N_ELEMENTS (odd))]);
  g_string_append_c (body, '}');
  return g_string_free (body, FALSE);
}

/* 300 bodies with some bytes, or some values, wrong: each is painted or ends in a message, and the server lives on. */
static void
test_mutations (ServeFixture *fixture, gconstpointer unused)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (14);
  g_autofree char *picture = serve_picture (64, 64, 128, 8, 8);
  static const char base[] =
      "{\"prompt\": \"a (red:1.2) circle\", \"seed\": 3, \"steps\": 1, \"width\": 64, \"height\": 64, \"cfg_scale\": "
      "7, "
      "\"sampler_name\": \"Euler a\", \"override_settings\": {\"CLIP_stop_at_last_layers\": 2}, \"n_iter\": 1}";
  guint painted = 0, refused = 0;

  for (guint i = 0; i < 300; i++) {
    gboolean over = i % 3 != 0;
    g_autofree char *body = over ? random_body (random, picture) : g_strdup (base);
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    g_autoptr (Asked) asked = NULL;

    g_byte_array_append (bytes, (const guint8 *) body, (guint) strlen (body));
    for (int n = over ? 0 : g_rand_int_range (random, 1, 5); n > 0; n--)
      damage (bytes, random);
    asked = serve_begin (fixture, over ? "/sdapi/v1/img2img" : PAINT, (const char *) bytes->data, bytes->len, NULL);
    serve_finish (asked);
    painted += asked->status == 200;
    refused += asked->status == 422 || asked->status == 404;
    if (asked->status != 200)
      serve_assert_fault (asked, asked->status, "");
    g_assert_nonnull (asked->json);
  }
  g_test_message ("%u painted, %u refused", painted, refused);
  g_assert_cmpuint (painted + refused, ==, 300);
  g_assert_cmpuint (refused, >, 60);
  g_assert_cmpuint (painted, >, 20);
}

int
main (int argc, char **argv)
{
  session_test_init (&argc, &argv);
  SERVE_ADD ("hosts", test_hosts);
  SERVE_ADD ("origins", test_origins);
  SERVE_ADD ("token", test_token);
  SERVE_ADD ("port-taken", test_port_taken);
  SERVE_ADD ("wrong", test_wrong);
  SERVE_ADD ("failure", test_failure);
  SERVE_ADD ("huge", test_huge);
  SERVE_ADD ("mutations", test_mutations);
  return g_test_run ();
}
