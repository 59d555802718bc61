/* controls.c - what can be set of a ControlNet; see controls.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/request-controls.h"

#include "base/control-type.h"
#include "base/i18n.h"
#include "base/regions.h"
#include "map/map.h"

static const LimnControlNumber numbers[] = {
  { "weight", "Weight", G_STRUCT_OFFSET (LimnControl, weight), 0, 10, 1 },
  { "start", "Guidance Start", G_STRUCT_OFFSET (LimnControl, start), 0, 1, 0 },
  { "end", "Guidance End", G_STRUCT_OFFSET (LimnControl, end), 0, 1, 1 },
};
static const char *const names[] = { "fit", "map", "type", "mask" };

const LimnControlNumber *
limn_control_numbers (guint *n)
{
  *n = G_N_ELEMENTS (numbers);
  return numbers;
}

double *
limn_control_number (const LimnControlNumber *number, LimnControl *control)
{
  return (double *) ((char *) control + number->offset);
}

void
limn_control_init (LimnControl *control)
{
  *control = (LimnControl){ 0 };
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    *limn_control_number (&numbers[i], control) = numbers[i].value;
}

const char *
limn_control_key (guint index)
{
  if (index < G_N_ELEMENTS (numbers))
    return numbers[index].key;
  index -= G_N_ELEMENTS (numbers);
  return index < G_N_ELEMENTS (names) ? names[index] : NULL;
}

gboolean
limn_control_is_key (const char *key)
{
  guint i = 0;

  while (limn_control_key (i) != NULL && !g_str_equal (key, limn_control_key (i)))
    i++;
  return limn_control_key (i) != NULL;
}

static gboolean
refuse (GError **error, const char *key, const char *text, const char *expected)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("A ControlNet's \"%s\" is one of %s, not \"%s\""), key,
               expected, text);
  return FALSE;
}

static gboolean
set_number (const LimnControlNumber *number, LimnControl *control, const char *text, GError **error)
{
  char *end;
  double value = g_ascii_strtod (text, &end);

  if (*text == '\0' || *end != '\0' || !(value >= number->least && value <= number->most)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("A ControlNet's \"%s\" is a number from %g to %g, not \"%s\""), number->key, number->least,
                 number->most, text);
    return FALSE;
  }
  *limn_control_number (number, control) = value;
  return TRUE;
}

/* "auto": by the map. */
static gboolean
set_type (LimnControl *control, const char *text, GError **error)
{
  const LimnControlType *type = limn_control_type_find (text);
  g_autofree char *list = limn_choice_list (limn_control_type_choice), *types = g_strconcat ("auto, ", list, NULL);

  if (type == NULL && !g_str_equal (text, "auto"))
    return refuse (error, "type", text, types);
  control->type = type != NULL ? type->choice.name : NULL;
  return TRUE;
}

/* "": all of it. */
static gboolean
set_mask (LimnControl *control, const char *text, GError **error)
{
  g_autoptr (LimnRegion) region = *text != '\0' ? limn_region_from_mask (text) : NULL;

  control->mask = region != NULL ? g_intern_string (text) : NULL;
  if (region != NULL || *text == '\0')
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
               _ ("An IP-Adapter's \"mask\" is a picture, or its size and the lengths of runs of it that are black and "
                  "white, such as 4x2/1.2.1.4; not \"%.100s\""),
               text);
  return FALSE;
}

int
limn_control_told (const LimnControl *control, int types, const char **title)
{
  const LimnMap *map = control->map != NULL ? limn_map_find (control->map) : NULL;
  const char *name = control->type != NULL ? control->type : map != NULL ? map->type : NULL;
  const LimnControlType *type = name != NULL ? limn_control_type_find (name) : NULL;

  if (type == NULL || type->index >= types)
    type = limn_control_type_find ("none");
  if (title != NULL)
    *title = _ (type->choice.title);
  return type->index;
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
  if (g_str_equal (key, "type"))
    return set_type (control, text, error);
  if (g_str_equal (key, "mask"))
    return set_mask (control, text, error);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("A ControlNet has no setting \"%s\""), key);
  return FALSE;
}

/* In as few digits as say it. */
static char *
number_text (double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE], format[8];
  int digits = 6;

  do {
    g_snprintf (format, sizeof format, "%%.%dg", digits);
    g_ascii_formatd (text, sizeof text, format, value);
  } while (g_ascii_strtod (text, NULL) != value && ++digits <= 17);
  return g_strdup (text);
}

char *
limn_control_get (const LimnControl *control, const char *key)
{
  LimnControl copy = *control;

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (g_str_equal (key, numbers[i].key))
      return number_text (*limn_control_number (&numbers[i], &copy));
  if (g_str_equal (key, "fit"))
    return g_strdup (limn_fit_name (control->fit));
  return g_strdup (g_str_equal (key, "type")   ? control->type
                   : g_str_equal (key, "mask") ? control->mask
                                               : control->map);
}

LimnImage *
limn_control_map (const LimnControl *control, int width, int height)
{
  g_autoptr (LimnImage) fitted = limn_image_fit_as (control->image, width, height, control->fit);
  const LimnMap *map = limn_map_find (control->map);
  double own[LIMN_MAP_NUMBERS];

  if (map == NULL)
    return g_steal_pointer (&fitted);
  limn_map_numbers (map, own);
  return map->make (fitted, own);
}
