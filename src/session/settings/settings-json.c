/* settings-json.c - settings as JSON, by way of their variant.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/settings-json.h"

#define DEEPEST 64

gboolean
limn_json_is_shallow (const char *text, gsize size)
{
  gboolean quoted = FALSE;
  int depth = 0;

  for (gsize i = 0; i < size && depth <= DEEPEST; i++) {
    if (!quoted && (text[i] == '/' || text[i] == '\''))
      return FALSE;
    if (quoted && text[i] == '\\')
      i++;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted)
      depth += (text[i] == '[' || text[i] == '{') - (text[i] == ']' || text[i] == '}');
  }
  return depth <= DEEPEST;
}

static JsonNode *
value_to_json (GVariant *value)
{
  JsonNode *node = json_node_alloc ();

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return json_node_init_string (node, g_variant_get_string (value, NULL));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return json_node_init_boolean (node, g_variant_get_boolean (value));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    return json_node_init_double (node, g_variant_get_double (value));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64)) {
    g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, g_variant_get_uint64 (value));

    return json_node_init_string (node, text);
  }
  return json_node_init_int (node, g_variant_get_int32 (value));
}

JsonObject *
limn_settings_to_json (LimnSettings *self)
{
  g_autoptr (GVariant) variant = g_variant_ref_sink (limn_settings_to_variant (self));
  JsonObject *json = json_object_new ();
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, variant);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value)) {
    json_object_set_member (json, name, value_to_json (value));
    g_variant_unref (value);
  }
  return json;
}

/* NULL where node does not fit. */
static GVariant *
json_to_value (JsonNode *node, GType type)
{
  GType found = json_node_get_value_type (node);
  guint64 number;

  if (type == G_TYPE_STRING && found == G_TYPE_STRING)
    return g_variant_new_string (json_node_get_string (node));
  if (type == G_TYPE_BOOLEAN && found == G_TYPE_BOOLEAN)
    return g_variant_new_boolean (json_node_get_boolean (node));
  if (type == G_TYPE_DOUBLE && (found == G_TYPE_DOUBLE || found == G_TYPE_INT64))
    return g_variant_new_double (json_node_get_double (node));
  /* a number where a name is wanted: an older version's, which the variant's reader knows */
  if ((type == G_TYPE_INT || type == G_TYPE_STRING) && found == G_TYPE_INT64 && json_node_get_int (node) >= G_MININT32
      && json_node_get_int (node) <= G_MAXINT32)
    return g_variant_new_int32 ((gint32) json_node_get_int (node));
  if (type == G_TYPE_UINT64 && found == G_TYPE_STRING
      && g_ascii_string_to_unsigned (json_node_get_string (node), 10, 0, G_MAXUINT64, &number, NULL))
    return g_variant_new_uint64 (number);
  return NULL;
}

void
limn_settings_from_json (LimnSettings *self, JsonObject *json)
{
  g_autoptr (GVariant) variant = NULL;
  GVariantBuilder builder;
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  json_object_iter_init (&iter, json);
  while (json_object_iter_next (&iter, &name, &node)) {
    GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (self), name);
    GVariant *value = NULL;

    if (spec != NULL && JSON_NODE_HOLDS_VALUE (node))
      value = json_to_value (node, spec->value_type);
    if (value != NULL)
      g_variant_builder_add (&builder, "{sv}", name, value);
  }
  variant = g_variant_ref_sink (g_variant_builder_end (&builder));
  limn_settings_from_variant (self, variant);
}
