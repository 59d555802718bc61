/* controls.c - ControlNets as the web UI's extension is asked for them: "alwayson_scripts": {"ControlNet": {"args":
 * [{"model": ..., "image": ...}]}}.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/request-private.h"

#include "base/i18n.h"
#include "session/foreign/foreign-private.h"
#include "session/record/keep.h"

#define MOST_UNITS 8

gboolean
limn_request_is_control (const char *extension)
{
  return g_ascii_strcasecmp (extension, "ControlNet") == 0;
}

/* "image", which may have a mask beside it, or as it was called before; NULL with no error: the one to start from. */
static LimnSource *
read_picture (LimnRequestReading *reading, const LimnJson *unit, GError **error)
{
  const LimnJson *value = limn_json_member (unit, "image");
  LimnSource *source = limn_settings_values (reading->request->settings)->source;
  LimnPhoto *photo;

  if (value == NULL || limn_json_kind (value) == LIMN_JSON_NULL)
    value = limn_json_member (unit, "input_image");
  if (limn_json_kind (value) == LIMN_JSON_OBJECT)
    value = limn_json_member (value, "image");
  if (value == NULL || limn_json_kind (value) == LIMN_JSON_NULL) {
    if (source == NULL)
      limn_request_wrong (error, 422, _ ("A ControlNet needs a picture to follow: send one as image"));
    return source != NULL ? g_object_ref (source) : NULL;
  }
  photo = limn_request_photo ("image", value, error);
  if (photo == NULL)
    return NULL;
  source = limn_source_new (g_steal_pointer (&photo->image), NULL);
  limn_photo_free (photo);
  return source;
}

/* Numbers stand for names in older clients. */
static void
set_resize (LimnControl *how, const LimnJson *mode)
{
  double number;

  if (limn_request_number (mode, &number) && number >= LIMN_FIT_CROP)
    limn_foreign_set_resize (how, number < 0.5 ? "0" : number < 1.5 ? "1" : "2");
  else
    limn_foreign_set_resize (how, limn_json_string (mode, NULL));
}

/* pictures: receives that of the row, where one came of it. */
static gboolean
take_unit (LimnRequestReading *reading, LimnForeign *foreign, const LimnJson *unit, GPtrArray *pictures, GError **error)
{
  LimnForeignControl control = { limn_json_member_string (unit, "model") };
  guint before = limn_followed_get_n (limn_settings_values (foreign->settings)->controls);
  g_autoptr (LimnSource) source = NULL;

  if (!limn_request_bool (limn_json_member (unit, "enabled"), TRUE))
    return TRUE;
  if (control.model == NULL || g_ascii_strcasecmp (control.model, "None") == 0) {
    limn_reply_tell (reading->request->told, _ ("ControlNet: without a model nothing is followed"));
    return TRUE;
  }
  source = read_picture (reading, unit, error);
  if (source == NULL)
    return FALSE;
  limn_control_init (&control.how);
  limn_foreign_set_control (&control.how, "weight", limn_json_member (unit, "weight"));
  limn_foreign_set_control (&control.how, "start", limn_json_member (unit, "guidance_start"));
  limn_foreign_set_control (&control.how, "end", limn_json_member (unit, "guidance_end"));
  limn_foreign_set_module (foreign, &control.how, limn_json_member_string (unit, "module"));
  set_resize (&control.how, limn_json_member (unit, "resize_mode"));
  limn_foreign_set_type (&control.how, limn_json_member_string (unit, "union_control_type"));
  control.how.kept = limn_keep_name (source);
  limn_foreign_add_control (foreign, &control, NULL);
  if (limn_followed_get_n (limn_settings_values (foreign->settings)->controls) > before)
    g_ptr_array_add (pictures, g_steal_pointer (&source));
  return TRUE;
}

static gboolean
take_units (LimnRequestReading *reading, const LimnJson *units, GError **error)
{
  g_autoptr (LimnForeign) foreign = limn_foreign_new (LIMN_FOREIGN_PARAMETERS, "ControlNet");
  g_autoptr (GPtrArray) pictures = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < MIN (limn_json_length (units), MOST_UNITS); i++)
    if (limn_json_kind (limn_json_nth (units, i)) == LIMN_JSON_OBJECT
        && !take_unit (reading, foreign, limn_json_nth (units, i), pictures, error))
      return FALSE;
  for (guint i = 0; i < foreign->gaps->len; i++)
    limn_reply_tell (reading->request->told, "ControlNet: %s", ((LimnForeignGap *) foreign->gaps->pdata[i])->why);
  if (pictures->len > 0) {
    g_autoptr (LimnFollowed) whole =
        limn_followed_with_pictures (limn_settings_values (foreign->settings)->controls, pictures);

    g_object_set (reading->request->settings, "controls", whole, NULL);
  }
  return TRUE;
}

gboolean
limn_request_take_controls (LimnRequestReading *reading, GError **error)
{
  const LimnJson *extensions = limn_json_member (reading->body, "alwayson_scripts");

  reading->where = "alwayson_scripts";
  for (guint i = 0; limn_json_kind (extensions) == LIMN_JSON_OBJECT && i < limn_json_length (extensions); i++)
    if (limn_request_is_control (limn_json_key (extensions, i)))
      return take_units (reading, limn_json_member (limn_json_nth (extensions, i), "args"), error);
  return TRUE;
}
