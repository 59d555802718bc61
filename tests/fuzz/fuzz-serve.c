/* fuzz-serve.c - the body of a request to the server, of any bytes: read as each route reads it, and told again as it
 * was understood.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/reply.h"
#include "serve/request.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static LimnServeState *
make_state (void)
{
  g_autoptr (LimnModels) models = limn_models_new (NULL);
  LimnServeState *state = g_new0 (LimnServeState, 1);

  limn_serve_options_init (&state->options);
  state->served = limn_served_list (models, NULL);
  return state;
}

/* What is refused says why; what is taken can be painted, as far as settings go. */
static void
read_request (const LimnServeState *state, GBytes *body, gboolean over)
{
  g_autofree char *where = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnPaintRequest) request = limn_paint_request_read (state, body, over, &where, &error);
  g_autoptr (LimnReply) fault = error != NULL ? limn_reply_new_fault (error, where) : NULL;
  g_autoptr (LimnJson) told = fault != NULL ? limn_json_parse ("fault", fault->json, -1, NULL) : NULL;
  g_autoptr (GString) echo = g_string_new ("[");
  g_autoptr (LimnJson) again = NULL;

  g_assert_true ((request == NULL) == (error != NULL));
  g_assert_true (fault == NULL || (told != NULL && fault->status >= 400 && fault->status < 600));
  if (request == NULL)
    return;
  for (guint i = 0; i < MIN (limn_paint_request_count (request), 3); i++) {
    g_autoptr (LimnSettings) settings = limn_paint_request_nth (request, i);
    const LimnSettingsValues *values = limn_settings_values (settings);

    g_assert_cmpint (values->width % 8, ==, 0);
    g_assert_true (limn_fields_check (&values->fields, &error));
  }
  limn_reply_add_value (echo, NULL, request->body);
  limn_reply_add_strings (echo, NULL, request->told);
  g_string_append_c (echo, ']');
  again = limn_json_parse ("echo", echo->str, (gssize) echo->len, &error);
  g_assert_no_error (error);
}

static void
read_options (const LimnServeState *state, GBytes *body)
{
  g_autoptr (LimnJson) json = limn_serve_parse (body, NULL);
  g_autoptr (GPtrArray) told = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  LimnServeOptions options;
  const char *where = NULL;

  limn_serve_options_copy (&options, &state->options);
  if (json != NULL && limn_serve_options_take (&options, json, state->served, told, &where, &error)) {
    g_autoptr (GString) text = limn_serve_options_to_json (&options, state->served);
    g_autoptr (LimnJson) again = limn_json_parse ("options", text->str, (gssize) text->len, &error);

    g_assert_no_error (error);
  }
  limn_serve_options_clear (&options);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (LimnServeState) state = make_state ();
  g_autoptr (GBytes) body = g_bytes_new_static (size > 0 ? (const char *) data : "", size);

  read_request (state, body, FALSE);
  read_request (state, body, TRUE);
  read_options (state, body);
  return 0;
}
