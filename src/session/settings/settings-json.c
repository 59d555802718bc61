/* settings-json.c - settings as JSON, by way of their variant.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/settings-json.h"

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

/* NULL where json does not fit. */
static GVariant *
to_value (const LimnJson *json, GType type)
{
  const char *text = limn_json_string (json, NULL);
  gint64 whole;
  guint64 number;

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
