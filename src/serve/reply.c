/* reply.c - see reply.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/reply.h"

#include "base/error.h"

#define MOST_TOLD 50

G_DEFINE_QUARK (limn - http - error - quark, limn_http_error)

static LimnReply *
reply_new (guint status, GString *json)
{
  LimnReply *reply = g_new0 (LimnReply, 1);

  reply->status = status;
  reply->json = g_string_free (json, FALSE);
  return reply;
}

LimnReply *
limn_reply_new (GString *json)
{
  return reply_new (200, json);
}

static guint
status_of (const GError *error)
{
  if (error->domain == LIMN_HTTP_ERROR)
    return (guint) error->code;
  return g_error_matches (error, LIMN_ERROR, LIMN_ERROR_REQUEST) ? 422 : 500;
}

/* The web UI has a list for what its framework finds wrong, and a sentence for what it finds itself. */
LimnReply *
limn_reply_new_fault (const GError *error, const char *where)
{
  guint status = status_of (error);
  GString *json = g_string_new ("{");

  if (status == 422) {
    limn_json_add (json, "detail", "[{");
    limn_json_add (json, "loc", "[\"body\"");
    if (where != NULL)
      limn_json_add_string (json, NULL, where);
    g_string_append_c (json, ']');
    limn_json_add_string (json, "msg", error->message);
    limn_json_add_string (json, "type", "value_error");
    g_string_append (json, "}]}");
    return reply_new (status, json);
  }
  limn_json_add_string (json, "error", status == 500 ? "RuntimeError" : "HTTPException");
  limn_json_add_string (json, "detail", error->message);
  limn_json_add_string (json, "body", "");
  limn_json_add_string (json, "errors", status == 500 ? error->message : "");
  g_string_append_c (json, '}');
  return reply_new (status, json);
}

void
limn_reply_free (LimnReply *reply)
{
  if (reply == NULL)
    return;
  g_free (reply->json);
  g_free (reply);
}

void
limn_reply_tell (GPtrArray *told, const char *format, ...)
{
  va_list arguments;

  if (told->len >= MOST_TOLD)
    return;
  va_start (arguments, format);
  g_ptr_array_add (told, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

void
limn_reply_add_bytes (GString *json, const char *key, GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autofree char *text = g_base64_encode (data, size);

  limn_json_add_string (json, key, text);
}

static void
add_members (GString *json, const LimnJson *value)
{
  gboolean object = limn_json_kind (value) == LIMN_JSON_OBJECT;

  for (guint i = 0; i < limn_json_length (value); i++)
    limn_reply_add_value (json, object ? limn_json_key (value, i) : NULL, limn_json_nth (value, i));
  g_string_append_c (json, object ? '}' : ']');
}

/* As deep as the reader lets a text be. */
void
limn_reply_add_value (GString *json, const char *key, const LimnJson *value)
{
  guint64 number;

  switch (limn_json_kind (value)) {
  case LIMN_JSON_BOOL:
    limn_json_add_bool (json, key, limn_json_bool (value, FALSE));
    break;
  case LIMN_JSON_NUMBER:
    if (limn_json_uint64 (value, &number))
      limn_json_add_uint (json, key, number);
    else
      limn_json_add_double (json, key, limn_json_number (value, 0));
    break;
  case LIMN_JSON_STRING:
    limn_json_add_string (json, key, limn_json_string (value, ""));
    break;
  case LIMN_JSON_ARRAY:
  case LIMN_JSON_OBJECT:
    limn_json_add (json, key, limn_json_kind (value) == LIMN_JSON_OBJECT ? "{" : "[");
    add_members (json, value);
    break;
  case LIMN_JSON_NULL:
  default:
    limn_json_add (json, key, "null");
  }
}

void
limn_reply_add_strings (GString *json, const char *key, const GPtrArray *strings)
{
  limn_json_add (json, key, "[");
  for (guint i = 0; i < strings->len; i++)
    limn_json_add_string (json, NULL, strings->pdata[i]);
  g_string_append_c (json, ']');
}

void
limn_reply_add_now (GString *json, const char *key)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *text = g_date_time_format (now, "%Y%m%d%H%M%S");

  limn_json_add_string (json, key, text);
}
