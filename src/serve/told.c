/* told.c - see told.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/told.h"

#include "base/i18n.h"
#include "file/png.h"

LimnToldPicture *
limn_told_picture_new (LimnPicture *picture)
{
  LimnToldPicture *self = g_new0 (LimnToldPicture, 1);

  self->picture = g_object_ref (picture);
  self->settings = limn_settings_copy (limn_picture_get_settings (picture));
  return self;
}

LimnToldPicture *
limn_told_picture_new_preview (const LimnImage *preview, LimnSettings *settings, int step, int steps)
{
  LimnToldPicture *self = g_new0 (LimnToldPicture, 1);

  self->preview = limn_image_copy (preview);
  self->step = step;
  self->steps = steps;
  self->settings = limn_settings_copy (settings);
  return self;
}

void
limn_told_picture_free (LimnToldPicture *self)
{
  if (self == NULL)
    return;
  g_clear_object (&self->picture);
  g_clear_pointer (&self->preview, limn_image_free);
  g_clear_object (&self->settings);
  g_free (self);
}

void
limn_told_free (LimnTold *told)
{
  limn_paint_request_free (told->request);
  g_ptr_array_unref (told->pictures);
  g_free (told);
}

/* ---- Pictures ---- */

/* At the size that was asked for. */
static GBytes *
encode (const LimnToldPicture *told, const LimnServeOptions *options, GError **error)
{
  const LimnSettingsValues *values = limn_settings_values (told->settings);
  const LimnImageKind *kind = limn_image_kind (options->kind);
  LimnImageHow how = { .quality = options->quality };
  g_autoptr (LimnImage) large = NULL;

  if (told->picture != NULL) {
    how.text = limn_picture_get_text (told->picture);
    return limn_image_encode (limn_picture_get_image (told->picture), kind, &how, error);
  }
  large = limn_image_fit (told->preview, values->width, values->height);
  return limn_image_encode (large, kind, &how, error);
}

static gboolean
add_pictures (const LimnTold *told, GString *json, GError **error)
{
  limn_json_add (json, "images", "[");
  for (guint i = 0; told->request->sends && i < told->pictures->len; i++) {
    const LimnToldPicture *picture = told->pictures->pdata[i];
    g_autoptr (GBytes) bytes = picture != NULL ? encode (picture, &told->request->options, error) : NULL;

    if (bytes != NULL)
      limn_reply_add_bytes (json, NULL, bytes);
    else if (picture != NULL)
      return FALSE;
  }
  g_string_append_c (json, ']');
  return TRUE;
}

/* ---- What is said about them ---- */

static void
tell_end (const LimnTold *told, const LimnToldPicture *picture)
{
  if (picture == NULL)
    limn_reply_tell (told->request->told, _ ("It was interrupted before a picture of it was begun"));
  else if (picture->picture == NULL)
    limn_reply_tell (told->request->told, _ ("It was interrupted after step %d of %d: the picture is its preview"),
                     picture->step, picture->steps);
  for (int i = 0; picture != NULL && picture->picture != NULL; i++) {
    const char *note = limn_picture_get_notes (picture->picture)[i];

    if (note == NULL)
      return;
    limn_reply_tell (told->request->told, "%s", note);
  }
}

static void
tell_ends (const LimnTold *told)
{
  for (guint i = 0; i < told->pictures->len; i++)
    tell_end (told, told->pictures->pdata[i]);
}

static const LimnSettingsValues *
values_of (const LimnTold *told, guint nth)
{
  const LimnToldPicture *picture = told->pictures->pdata[nth];

  return limn_settings_values (picture != NULL ? picture->settings : told->request->settings);
}

/* Lists of what differs from picture to picture; only of those that there are. */
static void
add_lists (const LimnTold *told, GString *json)
{
  static const char *const names[] = { "all_prompts", "all_negative_prompts", "all_seeds", "all_subseeds",
                                       "infotexts" };

  for (guint list = 0; list < G_N_ELEMENTS (names); list++) {
    limn_json_add (json, names[list], "[");
    for (guint i = 0; i < told->pictures->len; i++) {
      const LimnToldPicture *picture = told->pictures->pdata[i];
      const LimnSettingsValues *values = values_of (told, i);

      if (picture == NULL)
        continue;
      if (list == 0 || list == 1)
        limn_json_add_string (json, NULL, list == 0 ? values->prompt : values->negative);
      else if (list == 2 || list == 3)
        limn_json_add_uint (json, NULL, list == 2 ? values->seed : values->variation_seed);
      else
        limn_json_add_string (json, NULL, picture->picture != NULL ? limn_picture_get_text (picture->picture)[1] : "");
    }
    g_string_append_c (json, ']');
  }
}

static void
add_settings (const LimnTold *told, GString *json)
{
  const LimnSettingsValues *values = values_of (told, 0);

  limn_json_add_string (json, "prompt", values->prompt);
  limn_json_add_string (json, "negative_prompt", values->negative);
  limn_json_add_uint (json, "seed", values->seed);
  limn_json_add_uint (json, "subseed", values->variation_seed);
  limn_json_add_double (json, "subseed_strength", values->variation);
  limn_json_add_int (json, "width", values->width);
  limn_json_add_int (json, "height", values->height);
  limn_json_add_string (json, "sampler_name", limn_choice_find (limn_sampler_choice, values->sampler)->title);
  limn_json_add_string (json, "scheduler", values->schedule);
  limn_json_add_double (json, "cfg_scale", values->guidance);
  limn_json_add_int (json, "steps", values->steps);
  limn_json_add_int (json, "batch_size", told->request->batch);
  limn_json_add_bool (json, "restore_faces", FALSE);
  limn_json_add (json, "face_restoration_model", "null");
  limn_json_add_string (json, "sd_model_name", told->request->title);
  limn_json_add (json, "sd_model_hash", "null");
  limn_json_add (json, "sd_vae_name", "null");
  limn_json_add_int (json, "seed_resize_from_w", values->seed_width);
  limn_json_add_int (json, "seed_resize_from_h", values->seed_height);
  if (values->source != NULL)
    limn_json_add_double (json, "denoising_strength", values->strength);
  else
    limn_json_add (json, "denoising_strength", "null");
  limn_json_add (json, "extra_generation_params", "{}");
  limn_json_add_int (json, "index_of_first_image", 0);
  limn_json_add (json, "styles", "[]");
  limn_json_add_int (json, "clip_skip", told->request->options.clip_stop);
  limn_json_add_bool (json, "is_using_inpainting_conditioning", FALSE);
  limn_json_add_string (json, "version", "Limn " LIMN_VERSION);
  limn_json_add_bool (json, "interrupted", told->interrupted);
}

static char *
make_info (const LimnTold *told)
{
  GString *json = g_string_new ("{");

  add_settings (told, json);
  add_lists (told, json);
  limn_reply_add_now (json, "job_timestamp");
  limn_reply_add_strings (json, "warnings", told->request->told);
  g_string_append_c (json, '}');
  return g_string_free (json, FALSE);
}

/* What was asked for; pictures only where they are asked back. */
static void
add_parameters (const LimnPaintRequest *request, GString *json)
{
  static const char *const pictures[] = { "init_images", "mask", NULL };

  limn_json_add (json, "parameters", "{");
  for (guint i = 0; i < limn_json_length (request->body); i++) {
    const char *key = limn_json_key (request->body, i);

    if (g_str_equal (key, "auth"))
      continue;
    if (!request->echoes && g_strv_contains (pictures, key))
      limn_json_add (json, key, "null");
    else
      limn_reply_add_value (json, key, limn_json_nth (request->body, i));
  }
  g_string_append_c (json, '}');
}

LimnReply *
limn_told_to_reply (LimnTold *told)
{
  g_autoptr (GString) json = g_string_new ("{");
  g_autofree char *info = NULL;
  g_autoptr (GError) error = NULL;

  if (!add_pictures (told, json, &error))
    return limn_reply_new_fault (error, NULL);
  tell_ends (told);
  add_parameters (told->request, json);
  info = make_info (told);
  limn_json_add_string (json, "info", info);
  limn_reply_add_strings (json, "warnings", told->request->told);
  g_string_append_c (json, '}');
  return limn_reply_new (g_steal_pointer (&json));
}
