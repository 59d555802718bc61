/* foreign-hires.c - the web UI's hires fix: a second pass over the picture, larger.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-hires.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "session/foreign/foreign-pairs.h"

gboolean
limn_foreign_has_hires (const LimnJson *all)
{
  static const char *const keys[] = { "Hires upscale", "Hires resize" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (limn_foreign_at (all, keys[i]) != NULL)
      return TRUE;
  return FALSE;
}

void
limn_foreign_set_hires_upscaler (LimnForeign *self, const char *name, const char *const *models)
{
  const LimnChoice *method = limn_hires_from_text (name);
  g_autofree char *path = method == NULL ? limn_foreign_find_upscaler (name, models) : NULL;

  if (path != NULL) {
    limn_foreign_set_string (self, "upscaler", path);
    method = limn_choice_find (limn_hires_choice, "upscaler");
  } else if (method == NULL) {
    /* translators: an upscaler's name */
    limn_foreign_miss_printf (self, _ ("Hires fix"),
                              _ ("“%s” enlarged the picture for the second pass, which is not among the upscalers that "
                                 "Limn knows: Lanczos takes its place"),
                              name);
    method = limn_choice_find (limn_hires_choice, "lanczos");
  }
  limn_foreign_set_string (self, "hires-method", method->name);
}

LIMN_FOREIGN_TAKE (hires_upscaler)
{
  g_autofree char *name = limn_foreign_words (value);

  if (name == NULL || name[0] == '\0')
    return FALSE;
  limn_foreign_set_hires_upscaler (reading->foreign, name, reading->models);
  return TRUE;
}

/* "1024x1536": one factor for both sides, of the size that is painted first. */
LIMN_FOREIGN_TAKE (hires_size)
{
  int width, height, first_width, first_height, made_width, made_height;
  LimnFields fields = { 0 };

  if (!limn_foreign_read_pair (value, &width, &height)
      || !limn_foreign_read_pair (limn_foreign_at (reading->all, "Size"), &first_width, &first_height)
      || first_width <= 0 || first_height <= 0)
    return FALSE;
  if (limn_foreign_at (reading->all, "Hires upscale") != NULL)
    return TRUE;
  fields.width = first_width;
  fields.height = first_height;
  fields.hires = MAX ((double) width / first_width, (double) height / first_height);
  limn_hires_size (&fields, &made_width, &made_height);
  limn_foreign_set_double (reading->foreign, "hires", _ ("Hires fix"), fields.hires);
  if (made_width != width || made_height != height)
    /* translators: sizes in pixels */
    limn_foreign_miss_printf (reading->foreign, _ ("Hires fix"),
                              _ ("It made %d × %d pixels of the picture, with something cut off; Limn makes %d × %d"),
                              width, height, made_width, made_height);
  return TRUE;
}

/* Its schedule is the first pass's. */
LIMN_FOREIGN_TAKE (hires_sampler)
{
  g_autofree char *name = limn_foreign_words (value);
  const char *sampler = NULL, *schedule = NULL;

  if (name == NULL)
    return FALSE;
  if (g_ascii_strcasecmp (name, "Use same sampler") == 0)
    return TRUE;
  if (!limn_sampling_from_text (name, &sampler, &schedule, NULL)) {
    /* translators: a sampler's name */
    limn_foreign_miss_printf (reading->foreign, _ ("Hires fix"), _ ("“%s” took its steps, which Limn does not know"),
                              name);
    return TRUE;
  }
  limn_foreign_set_string (reading->foreign, "hires-sampler", sampler);
  return TRUE;
}

/* A value that says "as in the first pass" is nothing. */
LIMN_FOREIGN_TAKE (hires_gap)
{
  g_autofree char *words = limn_foreign_words (value);

  if (words != NULL && (g_str_has_prefix (words, "Use same") || words[0] == '\0'))
    return TRUE;
  return limn_foreign_take_gap (reading, key, value);
}
