/* request-controls.c - see request-controls.h and controls.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/request-controls.h"

#include <math.h>

#include "base/i18n.h"
#include "base/json.h"
#include "engine/model.h"
#include "map/map.h"
#include "model/control.h"

/* What of it is a number. */
typedef struct {
  const char *key, *parameter;
  gsize offset;
  double least, most, value;
} Number;

static const Number numbers[] = {
  { "weight", "Weight", G_STRUCT_OFFSET (LimnControl, weight), 0, 10, 1 },
  { "start", "Guidance Start", G_STRUCT_OFFSET (LimnControl, start), 0, 1, 0 },
  { "end", "Guidance End", G_STRUCT_OFFSET (LimnControl, end), 0, 1, 1 },
};

static double *
place_of (const Number *number, LimnControl *control)
{
  return (double *) ((char *) control + number->offset);
}

void
limn_control_init (LimnControl *control)
{
  *control = (LimnControl){ 0 };
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    *place_of (&numbers[i], control) = numbers[i].value;
}

static gboolean
refuse (GError **error, const char *key, const char *text, const char *expected)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("A ControlNet's \"%s\" is one of %s, not \"%s\""), key,
               expected, text);
  return FALSE;
}

static gboolean
set_number (const Number *number, LimnControl *control, const char *text, GError **error)
{
  char *end;
  double value = g_ascii_strtod (text, &end);

  if (*text == '\0' || *end != '\0' || !(value >= number->least && value <= number->most)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("A ControlNet's \"%s\" is a number from %g to %g, not \"%s\""), number->key, number->least,
                 number->most, text);
    return FALSE;
  }
  *place_of (number, control) = value;
  return TRUE;
}

gboolean
limn_control_is_key (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (g_str_equal (key, numbers[i].key))
      return TRUE;
  return g_str_equal (key, "fit") || g_str_equal (key, "map");
}

gboolean
limn_control_set (LimnControl *control, const char *key, const char *text, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (g_str_equal (key, numbers[i].key))
      return set_number (&numbers[i], control, text, error);
  if (g_str_equal (key, "fit"))
    return limn_fit_find (text, &control->fit) || refuse (error, key, text, "crop, pad, stretch");
  if (g_str_equal (key, "map")) {
    const LimnMap *map = limn_map_find (text);
    g_autofree char *maps = limn_choice_list (limn_map_choice);

    control->map = map != NULL ? map->choice.name : NULL;
    return map != NULL || refuse (error, key, text, maps);
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("A ControlNet has no setting \"%s\""), key);
  return FALSE;
}

/* ---- The request ---- */

static gboolean
check_one (const LimnRequest *request, const LimnControl *control, GError **error)
{
  LimnControlFile *file =
      control->model != NULL ? limn_checkpoint_control_file (limn_model_checkpoint (control->model)) : NULL;
  const char *name = control->model != NULL ? limn_model_name (control->model) : "";
  LimnControlConfig config;

  if (file == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("%s was chosen as a ControlNet, but it is none"), name);
    return FALSE;
  }
  if (control->image == NULL || control->image->width < 1 || control->image->height < 1) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("The ControlNet %s has no picture to follow"), name);
    return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    double value = *place_of (&numbers[i], (LimnControl *) control);

    if (!(value >= numbers[i].least && value <= numbers[i].most)) {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                   _ ("The ControlNet %s has a \"%s\" of %g; expected a number from %g to %g"), name, numbers[i].key,
                   value, numbers[i].least, numbers[i].most);
      return FALSE;
    }
  }
  if (control->map != NULL && limn_map_find (control->map) == NULL)
    return refuse (error, "map", control->map, "…");
  return limn_control_file_match (file, limn_checkpoint_unet (limn_model_checkpoint (request->model)),
                                  limn_model_name (request->model), &config, error);
}

gboolean
limn_request_check_controls (const LimnRequest *request, GError **error)
{
  const LimnControlList *controls = &request->controls;

  if (controls->n > LIMN_MOST_CONTROLS) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("%u ControlNets are more than the %d that a picture can follow"), controls->n, LIMN_MOST_CONTROLS);
    return FALSE;
  }
  for (guint i = 0; i < controls->n; i++)
    if (!check_one (request, &controls->rows[i], error))
      return FALSE;
  return TRUE;
}

const LimnControl *
limn_request_control (const LimnRequest *request, guint index)
{
  for (guint i = 0; i < request->controls.n; i++) {
    const LimnControl *control = &request->controls.rows[i];

    if (control->weight > 0 && control->end > control->start && index-- == 0)
      return control;
  }
  return NULL;
}

guint64
limn_request_controls_at (const LimnRequest *request, LimnModel *model, int step, int steps)
{
  const LimnControl *control;
  guint64 bits = 0;

  for (guint i = 0; model == request->model && (control = limn_request_control (request, i)) != NULL; i++)
    if ((double) step / steps >= control->start && (double) (step + 1) / steps <= control->end)
      bits |= (guint64) 1 << i;
  return bits;
}

float *
limn_control_picture (const LimnControl *control, int width, int height)
{
  g_autoptr (LimnImage) fitted = limn_image_fit_as (control->image, width, height, control->fit);
  const LimnMap *map = limn_map_find (control->map);
  gsize n = (gsize) width * height;
  float *planes = g_new (float, 3 * n);

  if (map != NULL) {
    double own[LIMN_MAP_NUMBERS];
    limn_map_numbers (map, own);
    LimnImage *made = map->make (fitted, own);

    limn_image_free (fitted);
    fitted = made;
  }
  for (gsize c = 0; c < 3; c++)
    for (gsize i = 0; i < n; i++)
      planes[c * n + i] = (float) fitted->rgb[3 * i + c] / 255;
  return planes;
}

/* ---- Told ---- */

void
limn_request_controls_to_json (const LimnRequest *request, GString *out)
{
  if (request->controls.n == 0)
    return;
  limn_json_add (out, "controls", "[");
  for (guint i = 0; i < request->controls.n; i++) {
    LimnControl control = request->controls.rows[i];

    limn_json_add (out, NULL, "{");
    limn_json_add_string (out, "model", limn_model_name (control.model));
    for (guint k = 0; k < G_N_ELEMENTS (numbers); k++)
      limn_json_add_double (out, numbers[k].key, *place_of (&numbers[k], &control));
    limn_json_add_string (out, "fit", limn_fit_name (control.fit));
    if (control.map != NULL)
      limn_json_add_string (out, "map", control.map);
    g_string_append_c (out, '}');
  }
  g_string_append_c (out, ']');
}

char *
limn_control_to_parameters (const LimnControl *control)
{
  static const char *const fits[] = { "Crop and Resize", "Resize and Fill", "Just Resize" };
  GString *text = g_string_new (NULL);
  LimnControl copy = *control;

  g_string_append_printf (text, "Module: %s, Model: %s", control->map != NULL ? control->map : "none",
                          limn_model_name (control->model));
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append_printf (text, ", %s: %s", numbers[i].parameter,
                            g_ascii_formatd (number, sizeof number, "%.6g", *place_of (&numbers[i], &copy)));
  }
  g_string_append_printf (text, ", Resize Mode: %s", fits[control->fit]);
  return g_string_free (text, FALSE);
}
