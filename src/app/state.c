/* state.c - finds the schema, installed or in the build folder.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/state.h"

#define SCHEMA "io.github.limn_art.Limn"

GSettings *
limn_state_open (void)
{
  GSettingsSchemaSource *installed = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchemaSource) built = NULL;
  g_autoptr (GSettingsSchema) schema = NULL;

  /* g_settings_new () would end the program where the schema is missing */
  built = g_settings_schema_source_new_from_directory (LIMN_SCHEMA_BUILD_DIR, installed, TRUE, NULL);
  if (built != NULL)
    schema = g_settings_schema_source_lookup (built, SCHEMA, TRUE);
  else if (installed != NULL)
    schema = g_settings_schema_source_lookup (installed, SCHEMA, TRUE);
  return schema != NULL ? g_settings_new_full (schema, NULL, NULL) : NULL;
}
