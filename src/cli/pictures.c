/* pictures.c - what a picture becomes as a file, as the command line has it; see cli.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <string.h>

#include "base/i18n.h"
#include "engine/enlarge.h"

void
limn_cli_add_pictures (GArray *entries, LimnCliPictures *pictures)
{
  const GOptionEntry own[] = {
    { "quality", 0, 0, G_OPTION_ARG_FILENAME, &pictures->quality,
      N_ ("of JPEG, WebP, AVIF and JPEG XL, 1 to 100; 100 loses nothing, but in JPEG (90)"), "N" },
    { "png-bits", 0, 0, G_OPTION_ARG_FILENAME, &pictures->bits, N_ ("of PNG, 8 or 16 a channel (8)"), "N" },
    { "no-metadata", 0, 0, G_OPTION_ARG_NONE, &pictures->bare, N_ ("write no settings into the picture"), NULL },
  };

  g_array_append_vals (entries, own, G_N_ELEMENTS (own));
}

void
limn_cli_pictures_clear (LimnCliPictures *pictures)
{
  g_clear_pointer (&pictures->quality, g_free);
  g_clear_pointer (&pictures->bits, g_free);
}

/* kind: NULL, where it is a folder's pictures, which are PNG. */
static int
read_options (LimnCliPictures *pictures, const LimnImageKind *kind)
{
  double quality = LIMN_IMAGE_QUALITY;
  int status = limn_cli_read_number ("quality", pictures->quality, TRUE, 1, 100, &quality);

  if (status != 0)
    return status;
  if (pictures->bits != NULL && strcmp (pictures->bits, "8") != 0 && strcmp (pictures->bits, "16") != 0)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--%s takes one of %s, not \"%s\""), "png-bits", "8, 16", pictures->bits);
  pictures->how = (LimnImageHow){ .quality = (int) quality, .deep = g_strcmp0 (pictures->bits, "16") == 0 };
  if (pictures->quality != NULL && (kind == NULL || !kind->has_quality))
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--quality is not for PNG, which loses nothing"));
  if (pictures->how.deep && kind != NULL && !kind->has_deep)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--png-bits 16 is for PNG, not for %s"), kind->name);
  return 0;
}

/* Whether the finished picture and its settings have room in a file of that kind. */
static gboolean
check_room (const LimnCliPictures *pictures, const LimnImageKind *kind, const LimnRequest *request, GError **error)
{
  g_autofree char *parameters = limn_request_to_parameters (request), *json = limn_request_to_json (request);
  const char *const text[] = { "parameters", parameters, "limn", json, NULL };
  int width, height, scale = request->upscaler != NULL ? limn_model_scale (request->upscaler) : 1;

  limn_hires_size (&request->fields, &width, &height);
  return limn_image_check (kind, width * scale, height * scale, pictures->bare ? NULL : text, error);
}

int
limn_cli_check_picture (LimnCliPictures *pictures, const char *path, const LimnRequest *request, guint64 size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *known = limn_image_endings ();
  g_auto (GStrv) endings = g_strsplit (known, ", ", -1);
  const LimnImageKind *kind = path != NULL ? limn_image_kind_of (path, &error) : NULL;
  int status;

  if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_FORMAT))
    return limn_cli_fail (LIMN_EXIT_USAGE, "%s", error->message);
  if ((status = limn_cli_check_output ("output", path, (const char *const *) endings, size)) != 0
      || (status = read_options (pictures, kind)) != 0)
    return status;
  g_clear_error (&error);
  if (kind != NULL && request != NULL && !check_room (pictures, kind, request, &error))
    return limn_cli_fail (LIMN_EXIT_USAGE, "%s: %s", path, error->message);
  return 0;
}
