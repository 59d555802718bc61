/* request-enlarged.c - what a picture says of how it was made, once it is enlarged; see limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/json.h"
#include "engine/model.h"
#include "engine/enlarge.h"
#include "engine/request.h"

#include <string.h>

char *
limn_settings_enlarged (const char *json, LimnModel *upscaler)
{
  g_autoptr (LimnJson) settings = limn_json_parse ("Settings", json, -1, NULL);
  GString *out = g_string_new ("{");

  /* where it has been enlarged before, by whatever comes last */
  if (limn_json_kind (settings) != LIMN_JSON_OBJECT || limn_json_member (settings, "upscaler") != NULL)
    return g_string_free (g_string_assign (out, json), FALSE);
  limn_json_add_string (out, "upscaler", limn_model_name (upscaler));
  if (limn_json_length (settings) > 0)
    g_string_append (out, ", ");
  g_string_append (out, strchr (json, '{') + 1);
  return g_string_free (out, FALSE);
}

char *
limn_parameters_enlarged (const char *parameters, LimnModel *upscaler)
{
  GString *out = g_string_new (parameters);

  while (out->len > 0 && g_ascii_isspace (out->str[out->len - 1]))
    g_string_truncate (out, out->len - 1);
  /* a prompt alone has no line of settings */
  if (out->len > 0 && strstr (out->str, "Steps: ") == NULL)
    g_string_append_c (out, '\n');
  limn_parameters_add_upscaler (out, upscaler);
  return g_string_free (out, FALSE);
}
