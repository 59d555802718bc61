/* pictures.c - the picture that is painted over, and its mask, as the web UI places them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/request-private.h"

#include <math.h>
#include <string.h>

#include "base/i18n.h"

#define MOST_BLUR 64 /* pixels */

/* The web UI's ways to bring a picture to another shape. */
enum { STRETCH, CUT, FILL };

GBytes *
limn_serve_decode (const char *text, GError **error)
{
  const char *comma = g_str_has_prefix (text, "data:") ? strchr (text, ',') : NULL;
  gsize size;
  guint8 *data;

  if (g_str_has_prefix (text, "http://") || g_str_has_prefix (text, "https://")) {
    limn_request_wrong (error, 422, _ ("Limn fetches no pictures: send the picture itself, in base64"));
    return NULL;
  }
  data = g_base64_decode (comma != NULL ? comma + 1 : text, &size);
  return g_bytes_new_take (data, size);
}

LimnPhoto *
limn_serve_photo (const char *name, GBytes *bytes, GError **error)
{
  g_autoptr (GError) problem = NULL;
  LimnPhoto *photo = limn_photo_load_bytes (name, bytes, NULL, &problem);

  if (photo == NULL)
    limn_request_wrong (error, 422, _ ("Not a picture that can be read: %s"), problem->message);
  return photo;
}

LimnPhoto *
limn_request_photo (const char *name, const LimnJson *value, GError **error)
{
  const char *text = limn_json_string (value, NULL);
  g_autoptr (GBytes) bytes = text != NULL ? limn_serve_decode (text, error) : NULL;

  if (text == NULL)
    limn_request_wrong (error, 422, _ ("Expected a picture in base64"));
  return bytes != NULL ? limn_serve_photo (name, bytes, error) : NULL;
}

static gboolean
has_mask (const LimnRequestReading *reading)
{
  const LimnJson *value = limn_json_member (reading->body, "mask");

  return value != NULL && limn_json_kind (value) != LIMN_JSON_NULL && limn_json_string (value, "x")[0] != '\0';
}

/* The web UI's default is that only what is masked is painted. */
static gboolean
paints_area (const LimnRequestReading *reading)
{
  return has_mask (reading) && limn_request_bool (limn_json_member (reading->body, "inpaint_full_res"), TRUE);
}

/* The nearest that there is: Limn never stretches. */
static LimnSourceFit
read_fit (LimnRequestReading *reading, const LimnPhoto *photo)
{
  const LimnSettingsValues *values = limn_settings_values (reading->request->settings);
  int mode = limn_json_count (limn_json_member (reading->body, "resize_mode"), FILL + 1);
  gint64 across = (gint64) photo->width * values->height, down = (gint64) photo->height * values->width;

  if ((mode == STRETCH || mode > FILL) && across != down && !paints_area (reading))
    limn_reply_tell (reading->request->told, _ ("resize_mode: the picture was cut to its new shape, not stretched"));
  return mode == FILL ? LIMN_SOURCE_PAD : LIMN_SOURCE_CROP;
}

/* ---- The mask ---- */

/* grey: width * height, blurred along one of its sides by a Gaussian that ends after two and a half of its sigma. */
static void
blur (guint8 *grey, int width, int height, double sigma, gboolean down)
{
  int radius = (int) (2.5 * sigma + 0.5), n = down ? height : width, lines = down ? width : height;
  gsize step = down ? (gsize) width : 1, next = down ? 1 : (gsize) width;
  g_autofree double *weights = g_new (double, 2 * radius + 1);
  g_autofree guint8 *line = g_malloc (n);
  double sum = 0;

  for (int i = -radius; i <= radius; i++)
    sum += weights[i + radius] = exp (-i * i / (2 * sigma * sigma));
  for (int l = 0; l < lines; l++) {
    guint8 *at = grey + l * next;

    for (int i = 0; i < n; i++)
      line[i] = at[i * step];
    for (int i = 0; i < n; i++) {
      double value = 0;

      for (int k = -radius; k <= radius; k++)
        value += weights[k + radius] * line[CLAMP (i + k, 0, n - 1)];
      at[i * step] = (guint8) (value / sum + 0.5);
    }
  }
}

static gboolean
read_blur (LimnRequestReading *reading, const char *side, double *sigma, GError **error)
{
  const LimnJson *value = limn_json_member (reading->body, "mask_blur");

  reading->where = value != NULL && limn_json_kind (value) != LIMN_JSON_NULL ? "mask_blur" : side;
  value = limn_json_member (reading->body, reading->where);
  *sigma = 0;
  if (value == NULL || limn_json_kind (value) == LIMN_JSON_NULL)
    return TRUE;
  return (limn_request_number (value, sigma) && *sigma >= 0 && *sigma <= MOST_BLUR)
         || limn_request_wrong (error, 422, _ ("Expected a number from %.10g to %.10g"), 0.0, (double) MOST_BLUR);
}

/* As grey, white where it is painted anew. */
static gboolean
prepare_mask (LimnRequestReading *reading, LimnImage *mask, GError **error)
{
  gsize n = (gsize) mask->width * mask->height;
  g_autofree guint8 *grey = g_malloc (n);
  gboolean inverted = limn_request_bool (limn_json_member (reading->body, "inpainting_mask_invert"), FALSE);
  double across, down;

  if (!read_blur (reading, "mask_blur_x", &across, error) || !read_blur (reading, "mask_blur_y", &down, error))
    return FALSE;
  for (gsize i = 0; i < n; i++) {
    grey[i] = (guint8) ((mask->rgb[3 * i] + mask->rgb[3 * i + 1] + mask->rgb[3 * i + 2] + 1) / 3);
    grey[i] = inverted ? 255 - grey[i] : grey[i];
  }
  if (across > 0)
    blur (grey, mask->width, mask->height, across, FALSE);
  if (down > 0)
    blur (grey, mask->width, mask->height, down, TRUE);
  for (gsize i = 0; i < n; i++)
    memset (mask->rgb + 3 * i, grey[i], 3);
  return TRUE;
}

static LimnMask *
mask_from (const LimnImage *image)
{
  gsize n = (gsize) image->width * image->height;
  guint8 *pixels = g_malloc (n);

  for (gsize i = 0; i < n; i++)
    pixels[i] = image->rgb[3 * i];
  return limn_mask_new (image->width, image->height, pixels);
}

/* image: (transfer full), brought to the picture's size as the picture itself is. */
static LimnMask *
place_mask (LimnRequestReading *reading, LimnImage *image, LimnSourceFit fit)
{
  const LimnSettingsValues *values = limn_settings_values (reading->request->settings);
  g_autoptr (LimnSource) source = limn_source_new (image, NULL);
  g_autoptr (LimnImage) placed = limn_source_render (source, values->width, values->height, 0.5, 0.5, fit);

  return mask_from (placed);
}

/* What of the web UI's inpainting is otherwise here. */
static void
tell_inpainting (LimnRequestReading *reading)
{
  const LimnJson *fill = limn_json_member (reading->body, "inpainting_fill");

  if (fill != NULL && limn_json_count (fill, 3) != 1)
    limn_reply_tell (reading->request->told,
                     _ ("inpainting_fill: what is painted anew begins with what was there, as 1 asks for"));
}

/* Its padding, which the whole picture has none of, is none in the web UI where nothing is said. */
static gboolean
take_area (LimnRequestReading *reading, GError **error)
{
  const LimnJson *padding = limn_json_member (reading->body, "inpaint_full_res_padding");
  double pixels = 0;

  reading->where = "inpaint_full_res_padding";
  g_object_set (reading->request->settings, "mask-area", limn_mask_area_choice (paints_area (reading) ? 1 : 0)->name,
                NULL);
  if (padding != NULL && limn_json_kind (padding) != LIMN_JSON_NULL && !limn_request_number (padding, &pixels))
    return limn_request_wrong (error, 422, _ ("Expected a number"));
  return !paints_area (reading) || limn_request_set_number (reading, "mask-padding", pixels, error);
}

static gboolean
take_mask (LimnRequestReading *reading, LimnSourceFit fit, GError **error)
{
  g_autoptr (LimnPhoto) photo = NULL;
  g_autoptr (LimnImage) image = NULL;
  g_autoptr (LimnMask) mask = NULL;

  reading->where = "mask";
  if (!has_mask (reading))
    return TRUE;
  photo = limn_request_photo ("mask", limn_json_member (reading->body, "mask"), error);
  if (photo == NULL)
    return FALSE;
  image = limn_photo_to_mask (photo);
  if (!prepare_mask (reading, image, error) || !take_area (reading, error))
    return FALSE;
  if (paints_area (reading))
    mask = mask_from (image);
  else
    mask = place_mask (reading, g_steal_pointer (&image), fit);
  g_object_set (reading->request->settings, "mask", mask, NULL);
  if (paints_area (reading) && limn_mask_is_empty (mask))
    limn_reply_tell (reading->request->told, _ ("mask: it is empty, so that the whole picture was painted"));
  tell_inpainting (reading);
  return TRUE;
}

/* ---- The picture ---- */

/* Where none is asked for. */
static void
take_size (LimnRequestReading *reading, const LimnPhoto *photo)
{
  const LimnSettingsValues *values = limn_settings_values (reading->request->settings);
  int width = values->width, height = values->height;
  double asked;

  if (limn_request_number (limn_json_member (reading->body, "width"), &asked)
      || limn_request_number (limn_json_member (reading->body, "height"), &asked))
    return;
  limn_size_fit (photo->width, photo->height, &width, &height);
  g_object_set (reading->request->settings, "width", width, "height", height, NULL);
}

gboolean
limn_request_take_pictures (LimnRequestReading *reading, GError **error)
{
  const LimnJson *pictures = limn_json_member (reading->body, "init_images");
  g_autoptr (LimnPhoto) photo = NULL;
  g_autoptr (LimnSource) source = NULL;
  LimnSourceFit fit;

  reading->where = "init_images";
  if (!reading->over)
    return TRUE;
  if (limn_json_kind (pictures) != LIMN_JSON_ARRAY || limn_json_length (pictures) == 0)
    return limn_request_wrong (error, 404, _ ("Init image not found"));
  if (limn_json_length (pictures) > 1)
    limn_reply_tell (reading->request->told, _ ("init_images: only the first picture was used"));
  photo = limn_request_photo ("init_images", limn_json_nth (pictures, 0), error);
  if (photo == NULL)
    return FALSE;
  take_size (reading, photo);
  fit = read_fit (reading, photo);
  source = limn_source_new (g_steal_pointer (&photo->image), NULL);
  g_object_set (reading->request->settings, "source", source, "source-fit", (int) fit, NULL);
  return take_mask (reading, fit, error);
}
