/* settings-json.c - settings as JSON, by way of their variant.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/settings-json.h"

/* [{"file": "...", "weight": "0.8"}] */
static void
add_rows (GString *out, const char *name, GVariant *value)
{
  GVariantIter rows;
  GVariantIter *row;
  const char *key, *text;

  limn_json_add (out, name, "[");
  g_variant_iter_init (&rows, value);
  while (g_variant_iter_next (&rows, "a{ss}", &row)) {
    limn_json_add (out, NULL, "{");
    while (g_variant_iter_next (row, "{&s&s}", &key, &text))
      limn_json_add_string (out, key, text);
    g_string_append_c (out, '}');
    g_variant_iter_free (row);
  }
  g_string_append_c (out, ']');
}

static void
add_value (GString *out, const char *name, GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)) {
    limn_json_add_string (out, name, g_variant_get_string (value, NULL));
  } else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN)) {
    limn_json_add_bool (out, name, g_variant_get_boolean (value));
  } else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE)) {
    limn_json_add_double (out, name, g_variant_get_double (value));
  } else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64)) {
    g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, g_variant_get_uint64 (value));

    limn_json_add_string (out, name, text);
  } else if (g_variant_is_of_type (value, G_VARIANT_TYPE ("aa{ss}"))) {
    add_rows (out, name, value);
  } else {
    limn_json_add_int (out, name, g_variant_get_int32 (value));
  }
}

char *
limn_settings_to_json (LimnSettings *self)
{
  g_autoptr (GVariant) variant = g_variant_ref_sink (limn_settings_to_variant (self));
  GString *out = g_string_new ("{");
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, variant);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value)) {
    add_value (out, name, value);
    g_variant_unref (value);
  }
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

static GVariant *
to_rows (const LimnJson *json)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{ss}"));
  for (guint i = 0; i < limn_json_length (json); i++) {
    const LimnJson *row = limn_json_nth (json, i);

    g_variant_builder_open (&builder, G_VARIANT_TYPE ("a{ss}"));
    for (guint k = 0; limn_json_kind (row) == LIMN_JSON_OBJECT && k < limn_json_length (row); k++)
      if (limn_json_string (limn_json_nth (row, k), NULL) != NULL)
        g_variant_builder_add (&builder, "{ss}", limn_json_key (row, k), limn_json_string (limn_json_nth (row, k), ""));
    g_variant_builder_close (&builder);
  }
  return g_variant_builder_end (&builder);
}

/* NULL where json does not fit. */
static GVariant *
to_value (const LimnJson *json, GType type)
{
  const char *text = limn_json_string (json, NULL);
  gint64 whole;
  guint64 number;

  if (type == LIMN_TYPE_FOLLOWED && limn_json_kind (json) == LIMN_JSON_ARRAY)
    return to_rows (json);
  if (type == G_TYPE_STRING && text != NULL)
    return g_variant_new_string (text);
  if (type == G_TYPE_BOOLEAN && limn_json_kind (json) == LIMN_JSON_BOOL)
    return g_variant_new_boolean (limn_json_bool (json, FALSE));
  if (type == G_TYPE_DOUBLE && limn_json_kind (json) == LIMN_JSON_NUMBER)
    return g_variant_new_double (limn_json_number (json, 0));
  /* a number where a name is wanted: an older version's, which the variant's reader knows */
  if ((type == G_TYPE_INT || type == G_TYPE_STRING) && limn_json_int64 (json, &whole) && whole >= G_MININT32
      && whole <= G_MAXINT32)
    return g_variant_new_int32 ((gint32) whole);
  if (type == G_TYPE_UINT64 && text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &number, NULL))
    return g_variant_new_uint64 (number);
  return NULL;
}

void
limn_settings_from_json (LimnSettings *self, const LimnJson *json)
{
  g_autoptr (GVariant) variant = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < limn_json_length (json); i++) {
    const char *name = limn_json_key (json, i);
    GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (self), name);
    GVariant *value = spec != NULL ? to_value (limn_json_nth (json, i), spec->value_type) : NULL;

    if (value != NULL)
      g_variant_builder_add (&builder, "{sv}", name, value);
  }
  variant = g_variant_ref_sink (g_variant_builder_end (&builder));
  limn_settings_from_variant (self, variant);
}
