/* foreign-upscaler.c - what made a picture larger in the end: an upscaler whose file is here comes back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/model-path.h"
#include "engine/enlarge.h"
#include "session/foreign/foreign-keys.h"

/* What the web UI calls files of other names. */
static const struct {
  const char *title, *file;
} titles[] = {
  { "R-ESRGAN 4x+", "RealESRGAN_x4plus" },           { "R-ESRGAN 4x+ Anime6B", "RealESRGAN_x4plus_anime_6B" },
  { "R-ESRGAN 2x+", "RealESRGAN_x2plus" },           { "R-ESRGAN General 4xV3", "realesr-general-x4v3" },
  { "R-ESRGAN AnimeVideo", "realesr-animevideov3" },
};

static gboolean
is_upscaler (const char *path)
{
  g_autoptr (LimnFileFacts) facts = limn_file_look (path);

  return facts->kind == LIMN_FILE_UPSCALER;
}

static char *
find_called (const char *name, const char *const *models)
{
  const char *known = limn_foreign_find_model (name, models);
  g_autoptr (LimnCatalogue) catalogue = limn_catalogue_open (NULL);
  g_autofree char *stem = limn_model_name_from_path (name);
  char *listed = limn_catalogue_find (catalogue, LIMN_FILE_UPSCALER, stem, NULL);

  if (listed != NULL || known == NULL || !is_upscaler (known))
    return listed;
  return g_strdup (known);
}

char *
limn_foreign_find_upscaler (const char *name, const char *const *models)
{
  char *path = find_called (name, models);

  for (guint i = 0; path == NULL && i < G_N_ELEMENTS (titles); i++)
    if (g_ascii_strcasecmp (name, titles[i].title) == 0)
      path = find_called (titles[i].file, models);
  return path;
}

int
limn_foreign_upscaler_scale (const char *path)
{
  LimnModel *model = limn_model_open_upscaler (path, NULL);
  int scale = model != NULL ? limn_model_scale (model) : 1;

  g_clear_pointer (&model, limn_model_unref);
  return scale;
}

gboolean
limn_foreign_set_upscaler (LimnForeign *self, const char *name, const char *const *models)
{
  g_autofree char *path = limn_foreign_find_upscaler (name, models);

  limn_foreign_stays (self, "use-upscaler");
  if (path == NULL) {
    /* translators: an upscaler's name */
    limn_foreign_miss_printf (self, _ ("Upscaler"),
                              _ ("“%s” enlarged the picture afterwards, which is not among the upscalers that Limn "
                                 "knows"),
                              name);
    return FALSE;
  }
  limn_foreign_set_string (self, "upscaler", path);
  limn_foreign_set_bool (self, "use-upscaler", TRUE);
  self->enlarged *= limn_foreign_upscaler_scale (path);
  return TRUE;
}

/* ---- The web UI's ---- */

LIMN_FOREIGN_TAKE (upscaler)
{
  g_autofree char *name = limn_foreign_words (value);

  if (name == NULL || name[0] == '\0' || g_ascii_strcasecmp (name, "None") == 0)
    return TRUE;
  limn_foreign_set_upscaler (reading->foreign, name, reading->models);
  return TRUE;
}

/* An upscaler's result is made smaller where less was wanted of it: Limn's is what it gives. */
LIMN_FOREIGN_TAKE (upscaled_by)
{
  const char *name = limn_foreign_text_at (reading->all, key->property);
  g_autofree char *path = name != NULL ? limn_foreign_find_upscaler (name, reading->models) : NULL;
  double by;

  if (path == NULL || !limn_foreign_json_number (value, &by))
    return name != NULL || limn_foreign_take_gap (reading, key, value);
  if (by != limn_foreign_upscaler_scale (path))
    /* translators: a factor, and an upscaler's own one */
    limn_foreign_miss_printf (reading->foreign, _ ("Upscaler"),
                              _ ("The picture became %g times as wide and high; the upscaler’s %d are taken"), by,
                              limn_foreign_upscaler_scale (path));
  return TRUE;
}
