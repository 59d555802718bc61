/* json-write.c - the JSON writer: values appended to a text, commas where they belong.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/json.h"

#include <math.h>
#include <string.h>

void
limn_json_append_string (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_string_append_c (out, '"');
  for (const char *p = valid; *p != '\0'; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_printf (out, "\\%c", *p);
    else if (*p == '\n')
      g_string_append (out, "\\n");
    else if (*p == '\t')
      g_string_append (out, "\\t");
    else if ((guchar) *p < 0x20 || *p == 0x7f)
      g_string_append_printf (out, "\\u%04x", (guint) *p);
    else
      g_string_append_c (out, *p);
  }
  g_string_append_c (out, '"');
}

/* No value ends in an opening bracket: only what is the first has no comma before it. */
static void
begin (GString *out, const char *key)
{
  if (out->len > 0 && strchr ("{[", out->str[out->len - 1]) == NULL)
    g_string_append (out, ", ");
  if (key == NULL)
    return;
  limn_json_append_string (out, key);
  g_string_append (out, ": ");
}

void
limn_json_add (GString *out, const char *key, const char *json)
{
  begin (out, key);
  g_string_append (out, json);
}

void
limn_json_add_string (GString *out, const char *key, const char *text)
{
  begin (out, key);
  limn_json_append_string (out, text != NULL ? text : "");
}

void
limn_json_add_bool (GString *out, const char *key, gboolean value)
{
  limn_json_add (out, key, value ? "true" : "false");
}

void
limn_json_add_int (GString *out, const char *key, gint64 value)
{
  begin (out, key);
  g_string_append_printf (out, "%" G_GINT64_FORMAT, value);
}

void
limn_json_add_uint (GString *out, const char *key, guint64 value)
{
  begin (out, key);
  g_string_append_printf (out, "%" G_GUINT64_FORMAT, value);
}

void
limn_json_add_double (GString *out, const char *key, double value)
{
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    value = 0;
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_ascii_formatd (text, sizeof text, formats[i], value);
    if (g_ascii_strtod (text, NULL) == value)
      break;
  }
  limn_json_add (out, key, text);
}
