/* serve-fixture.c - see serve-fixture.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve-fixture.h"

#include <string.h>

#include "file/png.h"

static void
answered_cb (ServeFixture *fixture, const char *line)
{
  g_test_message ("%s", line);
  fixture->answered++;
}

void
serve_set_up (ServeFixture *fixture, gconstpointer unused)
{
  GError *error = NULL;

  session_set_up (&fixture->session, NULL);
  fixture->queue = limn_queue_new (fixture->session.session, NULL);
  fixture->server = limn_server_new (fixture->queue);
  g_signal_connect_swapped (fixture->server, "answered", G_CALLBACK (answered_cb), fixture);
  limn_server_start (fixture->server, 0, &error);
  g_assert_no_error (error);
  fixture->client =
      soup_session_new_with_options ("proxy-resolver", NULL, "max-conns", 40, "max-conns-per-host", 40, NULL);
}

void
serve_tear_down (ServeFixture *fixture, gconstpointer unused)
{
  soup_session_abort (fixture->client);
  g_clear_object (&fixture->client);
  limn_server_stop (fixture->server);
  tests_finalize (g_steal_pointer (&fixture->server));
  limn_queue_close (fixture->queue);
  tests_finalize (g_steal_pointer (&fixture->queue)); /* which may still be loading what was saved */
  session_tear_down (&fixture->session, NULL);
}

/* ---- Asking ---- */

void
asked_free (Asked *asked)
{
  g_clear_object (&asked->message);
  g_clear_object (&asked->cancellable);
  limn_json_free (asked->json);
  g_free (asked->text);
  g_free (asked);
}

static void
came_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  Asked *asked = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = soup_session_send_and_read_finish (SOUP_SESSION (object), result, &error);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  asked->done = TRUE;
  asked->status = bytes != NULL ? soup_message_get_status (asked->message) : 0;
  asked->text = g_strndup (text != NULL ? text : "", size);
  if (size > 0)
    asked->json = limn_json_parse ("answer", asked->text, (gssize) size, NULL);
}

Asked *
serve_begin (ServeFixture *fixture, const char *path, const char *body, gssize size, const char *const *headers)
{
  g_autofree char *uri = g_strconcat (limn_server_get_address (fixture->server), path, NULL);
  Asked *asked = g_new0 (Asked, 1);
  gboolean options = headers != NULL && g_strv_contains (headers, "Access-Control-Request-Method");

  asked->message = soup_message_new (options ? "OPTIONS" : body != NULL ? "POST" : "GET", uri);
  asked->cancellable = g_cancellable_new ();
  if (body != NULL) {
    g_autoptr (GBytes) bytes = g_bytes_new (body, size < 0 ? strlen (body) : (gsize) size);

    soup_message_set_request_body_from_bytes (asked->message, "application/json", bytes);
  }
  for (guint i = 0; headers != NULL && headers[i] != NULL; i += 2)
    soup_message_headers_replace (soup_message_get_request_headers (asked->message), headers[i], headers[i + 1]);
  soup_session_send_and_read_async (fixture->client, asked->message, G_PRIORITY_DEFAULT, asked->cancellable, came_cb,
                                    asked);
  return asked;
}

void
serve_finish (Asked *asked)
{
  session_wait_for (&asked->done);
}

Asked *
serve_ask (ServeFixture *fixture, const char *path, const char *body)
{
  Asked *asked = serve_begin (fixture, path, body, -1, NULL);

  serve_finish (asked);
  return asked;
}

/* As the web UI says it: a sentence, or a list with where and what. */
static const char *
find_reason (const Asked *asked)
{
  const LimnJson *detail = limn_json_member (asked->json, "detail");
  const LimnJson *first = limn_json_nth (detail, 0);

  return limn_json_kind (detail) == LIMN_JSON_STRING ? limn_json_string (detail, NULL)
                                                     : limn_json_member_string (first, "msg");
}

void
serve_assert_fault (const Asked *asked, guint status, const char *word)
{
  const char *reason = find_reason (asked);

  g_test_message ("%u %s", asked->status, asked->text);
  g_assert_cmpuint (asked->status, ==, status);
  g_assert_nonnull (reason);
  g_assert_nonnull (strstr (reason, word));
}

/* ---- Pictures ---- */

char *
serve_picture (int width, int height, guint8 value, int x, int w)
{
  g_autoptr (LimnImage) image = limn_image_new (width, height);
  g_autoptr (GBytes) bytes = NULL;
  gsize size;
  const guint8 *data;

  for (gsize i = 0; i < (gsize) width * height; i++)
    memset (image->rgb + 3 * i, (int) (i % width) >= x && (int) (i % width) < x + w ? 255 : value, 3);
  bytes = limn_png_encode (image, NULL, NULL);
  data = g_bytes_get_data (bytes, &size);
  return g_base64_encode (data, size);
}

LimnImage *
serve_image (const Asked *asked, guint nth, GHashTable **text)
{
  const char *coded = limn_json_string (limn_json_nth (limn_json_member (asked->json, "images"), nth), NULL);
  gsize size;
  g_autofree guint8 *data = NULL;
  GError *error = NULL;
  LimnImage *image;

  g_assert_nonnull (coded);
  data = g_base64_decode (coded, &size);
  image = limn_png_load_memory ("answer", data, size, text, &error);
  g_assert_no_error (error);
  return image;
}
