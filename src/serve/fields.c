/* fields.c - what each member of a request means here, as a table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/request-private.h"

#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "text/styles.h"

#define SIDE_GRAIN 8
#define MOST_UNKNOWN 20 /* names that are told */

typedef struct _Row Row;
struct _Row {
  const char *name;
  /* value: never null.  NULL: it changes no picture, or is dealt with elsewhere. */
  gboolean (*take) (LimnRequestReading *reading, const Row *row, const LimnJson *value, GError **error);
  const char *property; /* of the settings */
  const char *told;     /* for people, where it is asked for */
};

#define TAKE(what)                                                                                                     \
  static gboolean take_##what (LimnRequestReading *reading, const Row *row, const LimnJson *value, GError **error)

/* ---- Values ---- */

gboolean
limn_request_set_number (LimnRequestReading *reading, const char *property, double number, GError **error)
{
  LimnSettings *settings = reading->request->settings;
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (settings), property);
  gboolean whole = G_IS_PARAM_SPEC_INT (spec);
  double least = whole ? G_PARAM_SPEC_INT (spec)->minimum : G_PARAM_SPEC_DOUBLE (spec)->minimum;
  double most = whole ? G_PARAM_SPEC_INT (spec)->maximum : G_PARAM_SPEC_DOUBLE (spec)->maximum;

  if (!(number >= least && number <= most) || (whole && number != floor (number)))
    return limn_request_wrong (error, 422,
                               whole ? _ ("Expected a whole number from %.10g to %.10g, found %.10g")
                                     : _ ("Expected a number from %.10g to %.10g, found %.10g"),
                               least, most, number);
  if (whole)
    g_object_set (settings, property, (int) number, NULL);
  else
    g_object_set (settings, property, number, NULL);
  return TRUE;
}

static gboolean
read_number (const LimnJson *value, double *number, GError **error)
{
  return limn_request_number (value, number) || limn_request_wrong (error, 422, _ ("Expected a number"));
}

TAKE (text)
{
  const char *text = limn_json_string (value, NULL);

  if (text == NULL)
    return limn_request_wrong (error, 422, _ ("Expected a text"));
  g_object_set (reading->request->settings, row->property, text, NULL);
  return TRUE;
}

TAKE (number)
{
  double number;

  return read_number (value, &number, error) && limn_request_set_number (reading, row->property, number, error);
}

/* 1 and less turn it off, there as here. */
TAKE (guidance)
{
  double number;

  return read_number (value, &number, error)
         && limn_request_set_number (reading, row->property, MAX (1, number), error);
}

/* -1: any */
TAKE (seed)
{
  double number;
  guint64 seed;

  if (!read_number (value, &number, error))
    return FALSE;
  if (number < 0) {
    g_object_set (reading->request->settings, row->property, (guint64) g_random_int (), NULL);
    return TRUE;
  }
  if (!limn_json_uint64 (value, &seed)
      && !g_ascii_string_to_unsigned (limn_json_string (value, ""), 10, 0, G_MAXUINT64, &seed, NULL))
    return limn_request_wrong (error, 422, _ ("Expected a whole number, or -1 for any seed"));
  g_object_set (reading->request->settings, row->property, seed, NULL);
  return TRUE;
}

/* Of no variation it says nothing. */
TAKE (variation_seed)
{
  double strength;

  return !limn_request_number (limn_json_member (reading->body, "subseed_strength"), &strength) || strength == 0
         || take_seed (reading, row, value, error);
}

TAKE (side)
{
  double number, near;

  if (!read_number (value, &number, error))
    return FALSE;
  near = rint (number / SIDE_GRAIN) * SIDE_GRAIN;
  if (near != number)
    limn_reply_tell (reading->request->told, _ ("%s: %.10g is no multiple of %d; %.10g is near"), row->name, number,
                     SIDE_GRAIN, near);
  return limn_request_set_number (reading, row->property, near, error);
}

/* 0 and less: none */
TAKE (seed_side)
{
  double number;

  return read_number (value, &number, error)
         && limn_request_set_number (reading, row->property, MAX (0, number), error);
}

static gboolean
read_count (const LimnJson *value, int *count, GError **error)
{
  double number;

  if (!read_number (value, &number, error))
    return FALSE;
  if (!(number >= 1 && number <= LIMN_SERVE_MOST_PICTURES) || number != floor (number))
    return limn_request_wrong (error, 422, _ ("Expected a whole number from %d to %d"), 1, LIMN_SERVE_MOST_PICTURES);
  *count = (int) number;
  return TRUE;
}

TAKE (batch)
{
  return read_count (value, &reading->request->batch, error);
}

TAKE (batches)
{
  return read_count (value, &reading->request->batches, error);
}

TAKE (sends)
{
  reading->request->sends = limn_request_bool (value, TRUE);
  return TRUE;
}

TAKE (echoes)
{
  reading->request->echoes = limn_request_bool (value, FALSE);
  return TRUE;
}

/* ---- Names ---- */

static gboolean
is_said (const LimnRequestReading *reading, const char *name)
{
  const char *text = limn_json_member_string (reading->body, name);

  return text != NULL && text[0] != '\0';
}

/* "Euler a", "DPM++ 2M Karras", "k_euler" */
TAKE (sampler)
{
  const char *text = limn_json_string (value, ""), *sampler = NULL, *schedule = NULL;

  if (text[0] == '\0')
    return TRUE;
  if (!limn_sampling_from_text (text, &sampler, &schedule, NULL)
      && !(g_str_has_prefix (text, "k_") && limn_sampling_from_text (text + 2, &sampler, &schedule, NULL)))
    return limn_request_wrong (error, 404, _ ("Sampler not found: “%s”; /sdapi/v1/samplers lists them"), text);
  g_object_set (reading->request->settings, "sampler", sampler, NULL);
  if (schedule != NULL)
    g_object_set (reading->request->settings, "schedule", schedule, NULL);
  return TRUE;
}

/* The old name of the one above. */
TAKE (sampler_index)
{
  return is_said (reading, "sampler_name") || take_sampler (reading, row, value, error);
}

TAKE (schedule)
{
  const char *text = limn_json_string (value, ""), *schedule = NULL;

  if (text[0] == '\0' || g_ascii_strcasecmp (text, "automatic") == 0)
    return TRUE;
  if (!limn_schedule_from_text (text, NULL, &schedule, NULL))
    return limn_request_wrong (error, 404, _ ("Scheduler not found: “%s”; /sdapi/v1/schedulers lists them"), text);
  g_object_set (reading->request->settings, "schedule", schedule, NULL);
  return TRUE;
}

TAKE (styles)
{
  g_autofree char *path = limn_styles_path ();
  g_autoptr (GPtrArray) styles = limn_json_length (value) > 0 ? limn_styles_load (path, NULL) : NULL;

  for (guint i = 0; i < MIN (limn_json_length (value), 32); i++) {
    const char *name = limn_json_string (limn_json_nth (value, i), "");
    const LimnStyle *style = styles != NULL ? limn_styles_find (styles, name) : NULL;

    if (style != NULL)
      limn_settings_put_style (reading->request->settings, style->prompt, style->negative);
    else
      limn_reply_tell (reading->request->told, _ ("There is no style “%s”"), name);
  }
  return TRUE;
}

TAKE (refiner)
{
  const char *name = limn_json_string (value, "");
  const LimnServed *file;
  g_autofree char *path = NULL;

  if (name[0] == '\0' || g_ascii_strcasecmp (name, "None") == 0)
    return TRUE;
  file = limn_served_find (reading->state->served, LIMN_FILE_MODEL, name);
  if (file == NULL)
    return limn_request_wrong (error, 404, _ ("Model not found: “%s” is not in the folders that Limn knows"), name);
  path = limn_served_path (file);
  g_object_set (reading->request->settings, "refiner", path, "use-refiner", TRUE, NULL);
  return TRUE;
}

/* A default, of no refiner, says nothing. */
TAKE (handoff)
{
  return !is_said (reading, "refiner_checkpoint") || take_number (reading, row, value, error);
}

/* ---- What there is not ---- */

/* Of txt2img it is that of a second pass. */
TAKE (strength)
{
  return !reading->over || take_number (reading, row, value, error);
}

TAKE (tiling)
{
  gboolean on = limn_request_bool (value, FALSE);

  g_object_set (reading->request->settings, "tile", limn_tile_name (on, on), NULL);
  return TRUE;
}

TAKE (script)
{
  const char *name = limn_json_string (value, "");

  return name[0] == '\0' || limn_request_wrong (error, 422, _ ("Script “%s” not found: Limn has none"), name);
}

/* Those with nothing to do are sent along to keep an extension from using what it was told before. */
static gboolean
has_work (const LimnJson *script)
{
  const LimnJson *work = limn_json_member (script, "args");

  work = work != NULL ? work : script;
  for (guint i = 0; i < limn_json_length (work); i++) {
    const LimnJson *argument = limn_json_nth (work, i);
    LimnJsonKind kind = limn_json_kind (argument);

    if (kind != LIMN_JSON_NULL && (kind != LIMN_JSON_BOOL || limn_json_bool (argument, FALSE)))
      return TRUE;
  }
  return FALSE;
}

TAKE (extensions)
{
  for (guint i = 0; i < limn_json_length (value); i++)
    if (limn_json_kind (value) == LIMN_JSON_OBJECT && has_work (limn_json_nth (value, i))
        && !limn_request_is_control (limn_json_key (value, i)))
      limn_reply_tell (reading->request->told, _ ("%s: it was painted without this extension"),
                       limn_json_key (value, i));
  return TRUE;
}

TAKE (told)
{
  double number;
  const char *text = limn_json_string (value, NULL);
  gboolean asked = limn_request_number (value, &number) ? number != 0
                   : text != NULL                       ? text[0] != '\0' && g_ascii_strcasecmp (text, "None") != 0
                                                        : limn_request_bool (value, limn_json_length (value) > 0);

  if (asked)
    limn_reply_tell (reading->request->told, "%s: %s", row->name, _ (row->told));
  return TRUE;
}

/* Told where it is not 1. */
TAKE (one)
{
  double number;

  return (limn_request_number (value, &number) && number == 1) || take_told (reading, row, value, error);
}

/* ---- The table ---- */

#define TOLD(name, why)                                                                                                \
  {                                                                                                                    \
    name, take_told, NULL, why                                                                                         \
  }

/* Taken in this order. */
static const Row rows[] = {
  { "prompt", take_text, "prompt" },
  { "negative_prompt", take_text, "negative" },
  { "styles", take_styles },
  { "width", take_side, "width" },
  { "height", take_side, "height" },
  { "steps", take_number, "steps" },
  { "cfg_scale", take_guidance, "guidance" },
  { "sampler_name", take_sampler },
  { "sampler_index", take_sampler_index },
  { "scheduler", take_schedule },
  { "seed", take_seed, "seed" },
  { "subseed", take_variation_seed, "variation-seed" },
  { "subseed_strength", take_number, "variation" },
  { "seed_resize_from_w", take_seed_side, "seed-width" },
  { "seed_resize_from_h", take_seed_side, "seed-height" },
  { "eta", take_number, "eta" },
  { "s_churn", take_number, "churn" },
  { "s_tmin", take_number, "churn-least" },
  { "s_tmax", take_number, "churn-most" },
  { "s_noise", take_number, "sigma-noise" },
  { "refiner_checkpoint", take_refiner },
  { "refiner_switch_at", take_handoff, "handoff" },
  { "denoising_strength", take_strength, "strength" },
  { "batch_size", take_batch },
  { "n_iter", take_batches },
  { "send_images", take_sends },
  { "include_init_images", take_echoes },

  { "script_name", take_script },
  { "alwayson_scripts", take_extensions },
  TOLD ("restore_faces", N_ ("faces were not painted over afterwards")),
  { "tiling", take_tiling },
  TOLD ("controlnet_units", N_ ("it was painted without ControlNet")),
  TOLD ("s_min_uncond", N_ ("the negative prompt counted in every step")),
  TOLD ("disable_extra_networks", N_ ("LoRAs that the prompt names were used all the same")),
  TOLD ("latent_mask", N_ ("it was left out; mask is what is painted anew")),
  { "initial_noise_multiplier", take_one, NULL, N_ ("the noise was not multiplied") },
  TOLD ("infotext", N_ ("settings are not read from a text; send them by name")),

  /* hires.c */
  { "enable_hr" },
  { "hr_scale" },
  { "hr_upscaler" },
  { "hr_second_pass_steps" },
  { "hr_resize_x" },
  { "hr_resize_y" },
  { "hr_sampler_name" },
  { "hr_scheduler" },
  { "hr_cfg" },
  { "hr_prompt" },
  { "hr_negative_prompt" },
  { "hr_checkpoint_name" },
  { "hr_additional_modules" }, /* and these two are Forge's */
  { "hr_distilled_cfg" },
  /* pictures.c */
  { "init_images" },
  { "mask" },
  { "resize_mode" },
  { "mask_blur" },
  { "mask_blur_x" },
  { "mask_blur_y" },
  { "inpainting_mask_invert" },
  { "inpainting_fill" },
  { "inpaint_full_res" },
  { "inpaint_full_res_padding" },
  { "mask_round" },
  /* request.c */
  { "override_settings" },
  { "override_settings_restore_afterwards" },
  { "clip_skip" },
  /* they change no picture: every one is kept, and none is laid out in a grid */
  { "save_images" },
  { "do_not_save_samples" },
  { "do_not_save_grid" },
  { "script_args" },
  { "force_task_id" },
  { "comments" },
  { "image_cfg_scale" },
  { "firstphase_width" },
  { "firstphase_height" },
  { "url" },
  { "auth" },
};

static const Row *
find_row (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].name, name))
      return &rows[i];
  return NULL;
}

/* What no row has. */
static void
tell_unknown (LimnRequestReading *reading)
{
  g_autoptr (GString) names = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; i < limn_json_length (reading->body); i++) {
    const char *name = limn_json_key (reading->body, i);

    if (find_row (name) != NULL || limn_json_kind (limn_json_nth (reading->body, i)) == LIMN_JSON_NULL
        || n++ >= MOST_UNKNOWN)
      continue;
    g_string_append_printf (names, "%s%.100s", names->len > 0 ? ", " : "", name);
  }
  if (n > 0)
    limn_reply_tell (reading->request->told, _ ("Limn does not know these: %s"), names->str);
}

gboolean
limn_request_take_fields (LimnRequestReading *reading, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const LimnJson *value = limn_json_member (reading->body, rows[i].name);

    reading->where = rows[i].name;
    if (rows[i].take != NULL && value != NULL && limn_json_kind (value) != LIMN_JSON_NULL
        && !rows[i].take (reading, &rows[i], value, error))
      return FALSE;
  }
  tell_unknown (reading);
  return limn_request_take_hires (reading, error);
}
