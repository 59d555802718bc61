/* hires.c - the second pass of a request, by the web UI's names.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/request-private.h"

#include <string.h>

#include "base/i18n.h"

/* What the web UI has where nothing is said. */
#define USUAL_FACTOR 2.0
#define USUAL_STRENGTH 0.75

static gboolean
set (LimnRequestReading *reading, const char *name, const char *property, double fallback, GError **error)
{
  const LimnJson *value = limn_json_member (reading->body, name);
  double number = fallback;

  reading->where = name;
  if (value != NULL && limn_json_kind (value) != LIMN_JSON_NULL && !limn_request_number (value, &number))
    return limn_request_wrong (error, 422, _ ("Expected a number"));
  return limn_request_set_number (reading, property, number, error);
}

static double
side_at (const LimnRequestReading *reading, const char *name)
{
  double number;

  return limn_request_number (limn_json_member (reading->body, name), &number) ? MAX (number, 0) : 0;
}

/* A size in place of the factor: Limn has one for both sides. */
static gboolean
take_size (LimnRequestReading *reading, GError **error)
{
  const LimnFields *fields = &limn_settings_values (reading->request->settings)->fields;
  double width = side_at (reading, "hr_resize_x"), height = side_at (reading, "hr_resize_y");
  int made_width, made_height;

  if (width == 0 && height == 0)
    return set (reading, "hr_scale", "hires", USUAL_FACTOR, error);
  reading->where = width > 0 ? "hr_resize_x" : "hr_resize_y";
  if (!limn_request_set_number (reading, "hires", MAX (width / fields->width, height / fields->height), error))
    return FALSE;
  limn_hires_size (fields, &made_width, &made_height);
  if ((width > 0 && made_width != width) || (height > 0 && made_height != height))
    limn_reply_tell (reading->request->told, _ ("%s: nothing was cut off; it has %d × %d pixels"), reading->where,
                     made_width, made_height);
  return TRUE;
}

static gboolean
take_upscaler (LimnRequestReading *reading, GError **error)
{
  const char *name = limn_json_member_string (reading->body, "hr_upscaler");
  const LimnChoice *method;
  const LimnServed *file;
  g_autofree char *path = NULL;

  reading->where = "hr_upscaler";
  if (name == NULL || name[0] == '\0')
    return TRUE;
  method = limn_hires_from_text (name);
  if (method != NULL) {
    g_object_set (reading->request->settings, "hires-method", method->name, NULL);
    return TRUE;
  }
  file = limn_served_find (reading->state->served, LIMN_FILE_UPSCALER, name);
  if (file == NULL)
    return limn_request_wrong (
        error, 422, _ ("Upscaler not found: “%s”; /sdapi/v1/upscalers and latent-upscale-modes list them"), name);
  path = limn_served_path (file);
  g_object_set (reading->request->settings, "hires-method", "upscaler", "upscaler", path, NULL);
  return TRUE;
}

static gboolean
take_sampler (LimnRequestReading *reading, GError **error)
{
  const char *name = limn_json_member_string (reading->body, "hr_sampler_name"), *sampler = NULL, *schedule = NULL;

  reading->where = "hr_sampler_name";
  if (name == NULL || name[0] == '\0' || g_ascii_strcasecmp (name, "Use same sampler") == 0)
    return TRUE;
  if (!limn_sampling_from_text (name, &sampler, &schedule, NULL))
    return limn_request_wrong (error, 404, _ ("Sampler not found: “%s”; /sdapi/v1/samplers lists them"), name);
  g_object_set (reading->request->settings, "hires-sampler", sampler, NULL);
  return TRUE;
}

/* It is as in the first pass. */
static void
tell_rest (LimnRequestReading *reading)
{
  static const char *const names[] = { "hr_prompt", "hr_negative_prompt", "hr_checkpoint_name", "hr_scheduler" };
  static const char *const same[] = { "", "None", "Use same checkpoint", "Use same scheduler", "Automatic" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    const char *text = limn_json_member_string (reading->body, names[i]);
    gboolean differs = text != NULL;

    for (guint k = 0; differs && k < G_N_ELEMENTS (same); k++)
      differs = g_ascii_strcasecmp (text, same[k]) != 0;
    if (differs)
      limn_reply_tell (reading->request->told, _ ("%s: the second pass has the first one’s"), names[i]);
  }
}

gboolean
limn_request_take_hires (LimnRequestReading *reading, GError **error)
{
  if (reading->over || !limn_request_bool (limn_json_member (reading->body, "enable_hr"), FALSE))
    return TRUE;
  if (!take_size (reading, error) || !set (reading, "denoising_strength", "hires-strength", USUAL_STRENGTH, error)
      || !set (reading, "hr_second_pass_steps", "hires-steps", 0, error)
      || !set (reading, "hr_cfg", "hires-guidance", 0, error) || !take_upscaler (reading, error)
      || !take_sampler (reading, error))
    return FALSE;
  tell_rest (reading);
  return TRUE;
}
