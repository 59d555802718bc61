/* regions.c - limn-cli's --region and --detail, as often as there are some.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <string.h>

#include "base/i18n.h"
#include "base/image-fit.h"
#include "base/regions.h"
#include "engine/detect.h"

void
limn_cli_add_regions (GArray *entries, LimnCliRegions *regions)
{
  const GOptionEntry own = {
    "region",
    0,
    0,
    G_OPTION_ARG_FILENAME_ARRAY,
    &regions->given,
    N_ ("what a part of the picture is to be, by left, top, width and height as shares of it: \"0,0,0.5,1: a red "
        "cube\"; before the colon weight=, start=, end=, negative=\"...\", mask=\"FILE\" (white is the region); as "
        "often "
        "as there are some"),
    N_ ("X,Y,W,H: TEXT")
  };

  const GOptionEntry boxes = {
    "detail",
    0,
    0,
    G_OPTION_ARG_FILENAME_ARRAY,
    &regions->boxes,
    N_ ("a box of the picture that is painted again at the model's size, by left, top, width and height as shares of "
        "it: \"0.4,0.1,0.2,0.2\", or tiles=1024/128, all of it by tiles of 1024 pixels that overlap by 128; after them "
        "negative=\"...\", a colon and a prompt of its own; one after another"),
    N_ ("X,Y,W,H[: TEXT]")
  };

  const GOptionEntry detector = {
    "detector",
    0,
    0,
    G_OPTION_ARG_FILENAME,
    &regions->detector,
    N_ ("a detector (YOLOv8 as .safetensors) that finds such boxes in the picture, and how sure it is of each at the "
        "least (0.3)"),
    N_ ("PATH[:CONFIDENCE]")
  };

  g_array_append_val (entries, own);
  g_array_append_val (entries, boxes);
  g_array_append_val (entries, detector);
}

/* What a picture is as a region's mask: its white, at most LIMN_MOST_REGION_MASK pixels a side. */
static gboolean
append_mask (GString *out, const char *path, GError **error)
{
  g_autoptr (LimnPhoto) photo = limn_cli_load_photo (path, error);

  if (photo == NULL)
    return FALSE;
  g_autoptr (LimnImage) image = limn_photo_to_mask (photo);
  double share = MIN (1, (double) LIMN_MOST_REGION_MASK / MAX (image->width, image->height));
  gsize all = (gsize) image->width * image->height;
  g_autofree guint8 *whole = g_malloc (all);
  LimnRegion region = { .mask_width = MAX ((int) (image->width * share), 1),
                        .mask_height = MAX ((int) (image->height * share), 1) };

  for (gsize i = 0; i < all; i++)
    whole[i] = image->rgb[3 * i];
  g_autofree guint8 *mask = limn_mask_fit (whole, image->width, image->height, region.mask_width, region.mask_height);
  for (gsize i = 0; i < (gsize) region.mask_width * region.mask_height; i++)
    mask[i] = mask[i] >= 128;
  region.mask = mask;
  limn_region_append_mask (out, &region);
  return TRUE;
}

/* The end of what begins with a quote, after the quote that ends it.  inside: NULL, or gets what is between. */
static const char *
skip_quoted (const char *at, GString *inside)
{
  for (at++; *at != '"' && *at != '\0'; at++) {
    if (at[0] == '\\' && at[1] != '\0')
      at++;
    if (inside != NULL)
      g_string_append_c (inside, *at);
  }
  return *at == '"' ? at + 1 : at;
}

/* The text of a region, its mask="FILE" as runs.  (transfer full) */
static char *
with_masks (const char *text, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *at = text;

  while (*at != ':' && *at != '\0') {
    g_autoptr (GString) path = g_string_new (NULL);
    const char *from = at;

    if (g_str_has_prefix (at, "mask=\"")) {
      at = skip_quoted (at + strlen ("mask="), path);
      if (!append_mask (out, path->str, error))
        return NULL;
      continue;
    }
    at = *at == '"' ? skip_quoted (at, NULL) : at + 1;
    g_string_append_len (out, from, at - from);
  }
  g_string_append (out, at);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Cuts the number off that may follow its path. */
static gboolean
take_detector (LimnCliRegions *regions, GError **error)
{
  char *colon = strrchr (regions->detector, ':'), *end = NULL;
  double number = colon != NULL ? g_ascii_strtod (colon + 1, &end) : 0;

  regions->confidence = LIMN_DETECT_CONFIDENCE;
  if (colon != NULL && end != colon + 1 && *end == '\0' && number >= 0 && number <= 1) {
    regions->confidence = number;
    *colon = '\0';
  }
  return limn_detect_check (regions->detector, error);
}

int
limn_cli_take_regions (LimnCliRegions *regions, LimnRequest *request)
{
  for (guint i = 0; regions->given != NULL && regions->given[i] != NULL; i++) {
    g_autoptr (GError) error = NULL;
    char *text = with_masks (g_strdelimit (regions->given[i], "\r\n", ' '), &error);

    if (text == NULL)
      return limn_cli_fail_error (error);
    g_free (regions->given[i]);
    regions->given[i] = text;
  }
  g_free (regions->text);
  regions->text = regions->given != NULL ? g_strjoinv ("\n", regions->given) : g_strdup ("");
  request->regions = regions->text;
  g_free (regions->details);
  for (guint i = 0; regions->boxes != NULL && regions->boxes[i] != NULL; i++)
    g_strdelimit (regions->boxes[i], "\r\n", ' ');
  regions->details = regions->boxes != NULL ? g_strjoinv ("\n", regions->boxes) : g_strdup ("");
  request->details = regions->details;
  g_autoptr (GError) wrong = NULL;
  if (regions->detector != NULL && !take_detector (regions, &wrong))
    return limn_cli_fail_error (wrong);
  return 0;
}

void
limn_cli_regions_clear (LimnCliRegions *regions)
{
  g_clear_pointer (&regions->given, g_strfreev);
  g_clear_pointer (&regions->text, g_free);
  g_clear_pointer (&regions->boxes, g_strfreev);
  g_clear_pointer (&regions->details, g_free);
  g_clear_pointer (&regions->detector, g_free);
  g_clear_pointer (&regions->all, g_free);
}
