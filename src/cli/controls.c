/* controls.c - limn-cli's --control: which ControlNets follow which pictures; and limn-cli map, which makes such
 * pictures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <string.h>

#include "base/i18n.h"
#include "base/image-fit.h"
#include "base/region-shape.h"
#include "map/map.h"

void
limn_cli_add_controls (GArray *entries, LimnCliControls *controls)
{
  const GOptionEntry own = {
    "control",
    0,
    0,
    G_OPTION_ARG_FILENAME_ARRAY,
    &controls->given,
    N_ ("a ControlNet, T2I-Adapter or IP-Adapter, and the picture it follows; then weight=, start=, end=, fit=crop, "
        "pad or "
        "stretch, and "
        "map=, what is made of the picture first (see limn-cli map); of a ControlNet Union also type=, what the "
        "picture "
        "shows: openpose, depth, hed, canny, normal, segment, of ProMax tile and repaint, or none; it is the map's "
        "where that is made here; of an IP-Adapter type=style, composition or style-composition, what it takes of its "
        "picture, and mask=, a picture that is white where it counts"),
    N_ ("FILE=PICTURE[,KEY=VALUE...]")
  };

  g_array_append_val (entries, own);
}

void
limn_cli_controls_share (LimnCliControls *controls, GHashTable **models)
{
  if (*models == NULL)
    *models = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) limn_model_unref);
  controls->models = g_hash_table_ref (*models);
}

void
limn_cli_controls_clear (LimnCliControls *controls)
{
  g_clear_pointer (&controls->rows, g_array_unref);
  g_clear_pointer (&controls->photos, g_ptr_array_unref);
  g_clear_pointer (&controls->paths, g_ptr_array_unref);
  g_clear_pointer (&controls->models, g_hash_table_unref);
  g_clear_pointer (&controls->given, g_strfreev);
}

static LimnModel *
open_model (LimnCliControls *controls, const char *path, GError **error)
{
  LimnModel *model;

  if (controls->models == NULL)
    controls->models = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) limn_model_unref);
  model = g_hash_table_lookup (controls->models, path);
  if (model == NULL && (model = limn_model_open_control (path, error)) != NULL)
    g_hash_table_insert (controls->models, g_strdup (path), model);
  return model;
}

gboolean
limn_cli_open_control (LimnCliControls *controls, const char *path, const char *picture, LimnControl *control,
                       GError **error)
{
  LimnModel *model = open_model (controls, path, error);
  LimnPhoto *photo = model != NULL ? limn_cli_load_photo (picture, error) : NULL;

  if (photo == NULL)
    return FALSE;
  if (controls->rows == NULL) {
    controls->rows = g_array_new (FALSE, FALSE, sizeof (LimnControl));
    controls->photos = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_photo_free);
    controls->paths = g_ptr_array_new_with_free_func (g_free);
  }
  g_ptr_array_add (controls->photos, photo);
  g_ptr_array_add (controls->paths, g_strdup (path));
  g_ptr_array_add (controls->paths, g_strdup (picture));
  control->model = model;
  control->image = photo->image;
  g_array_append_val (controls->rows, *control);
  return TRUE;
}

/* The mask that is where the picture at path is rather white.  (transfer full) */
static char *
read_mask (const char *path, GError **error)
{
  g_autoptr (LimnPhoto) photo = limn_cli_load_photo (path, error);
  g_autoptr (LimnRegion) region = limn_region_new (0, 0, 1, 1);
  g_autoptr (GString) text = g_string_new (NULL);

  if (photo == NULL)
    return NULL;
  const double most = MAX (photo->image->width, photo->image->height), less = MIN (1, LIMN_REGION_SHAPE / most);
  region->mask_width = MAX (1, (int) (photo->image->width * less));
  region->mask_height = MAX (1, (int) (photo->image->height * less));
  g_autoptr (LimnImage) small =
      limn_image_fit_as (photo->image, region->mask_width, region->mask_height, LIMN_FIT_STRETCH);
  const gsize n = (gsize) region->mask_width * (gsize) region->mask_height;
  region->mask = g_new (guint8, n);
  for (gsize i = 0; i < n; i++)
    region->mask[i] = small->rgb[3 * i] + small->rgb[3 * i + 1] + small->rgb[3 * i + 2] >= 3 * 128;
  limn_region_append_mask (text, region);
  return g_strdup (strchr (text->str, '=') + 1);
}

/* One of what is set; a mask may also be a picture's path. */
static gboolean
set_one (LimnControl *control, const char *key, const char *text, GError **error)
{
  g_autofree char *mask = NULL;

  if (!g_str_equal (key, "mask") || !g_file_test (text, G_FILE_TEST_IS_REGULAR))
    return limn_control_set (control, key, text, error);
  mask = read_mask (text, error);
  return mask != NULL && limn_control_set (control, key, mask, error);
}

/* Cuts settings off the end of text, as long as they are some. */
static gboolean
cut_settings (char *text, LimnControl *control, GError **error)
{
  char *comma;

  while ((comma = strrchr (text, ',')) != NULL) {
    g_auto (GStrv) parts = g_strsplit (comma + 1, "=", 2);

    if (g_strv_length (parts) != 2 || !limn_control_is_key (parts[0]))
      return TRUE;
    if (!set_one (control, parts[0], parts[1], error))
      return FALSE;
    *comma = '\0';
  }
  return TRUE;
}

/* Where FILE=PICTURE is to be cut: names may have such a character, too. */
static char *
find_cut (char *text)
{
  for (char *at = strchr (text, '='); at != NULL; at = strchr (at + 1, '=')) {
    g_autofree char *file = g_strndup (text, (gsize) (at - text));

    if (g_file_test (file, G_FILE_TEST_EXISTS))
      return at;
  }
  return strchr (text, '=');
}

int
limn_cli_take_controls (LimnCliControls *controls, LimnRequest *request)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; controls->given != NULL && controls->given[i] != NULL; i++) {
    g_autofree char *text = g_strdup (controls->given[i]);
    LimnControl control;

    limn_control_init (&control);
    if (!cut_settings (text, &control, &error))
      return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--%s: %s"), "control", error->message);
    char *cut = find_cut (text);
    if (cut == NULL || cut == text || cut[1] == '\0')
      return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--control takes FILE=PICTURE, not \"%s\""), controls->given[i]);
    *cut = '\0';
    if (!limn_cli_open_control (controls, text, cut + 1, &control, &error))
      return limn_cli_fail_error (error);
  }
  limn_cli_use_controls (controls, request);
  return 0;
}

void
limn_cli_use_controls (const LimnCliControls *controls, LimnRequest *request)
{
  if (controls->rows != NULL)
    request->controls = (LimnControlList){ (const LimnControl *) controls->rows->data, controls->rows->len };
}
