/* types.c - plain values that every folder speaks of.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/types.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

void
limn_device_info_free (LimnDeviceInfo *info)
{
  if (info == NULL)
    return;
  g_free (info->name);
  g_free (info->driver);
  g_free (info->problem);
  g_free (info->wrong);
  g_free (info);
}

void
limn_kernel_report_free (LimnKernelReport *report)
{
  if (report == NULL)
    return;
  g_free (report->name);
  g_free (report->problem);
  g_free (report->chosen);
  g_free (report);
}

void
limn_part_free (LimnPart *part)
{
  if (part == NULL)
    return;
  g_free (part->name);
  g_free (part->from);
  g_free (part->types);
  g_free (part);
}

LimnModelInfo *
limn_model_info_new (const char *path)
{
  LimnModelInfo *info = g_new0 (LimnModelInfo, 1);

  info->path = g_strdup (path);
  info->sizes = g_array_new (FALSE, FALSE, sizeof (LimnSize));
  info->default_guidance = 5;
  info->parts = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_part_free);
  return info;
}

char *
limn_model_info_title (const LimnModelInfo *info)
{
  const char *family = limn_family_name (info->family);

  /* translators: a family of models, such as "SDXL base" */
  return info->inpaints ? g_strdup_printf (_ ("%s, for inpainting"), family) : g_strdup (family);
}

void
limn_model_info_free (LimnModelInfo *info)
{
  if (info == NULL)
    return;
  g_free (info->path);
  g_ptr_array_unref (info->parts);
  g_array_unref (info->sizes);
  g_strfreev (info->missing);
  g_strfreev (info->leftover);
  g_strfreev (info->ignored);
  g_free (info->own_refiner);
  g_free (info->title);
  g_free (info->fingerprint);
  g_free (info);
}

LimnImage *
limn_image_new (int width, int height)
{
  g_return_val_if_fail (width > 0 && width < 65536 && height > 0 && height < 65536, NULL);

  LimnImage *image = g_new0 (LimnImage, 1);
  image->width = width;
  image->height = height;
  image->rgb = g_malloc0 ((gsize) width * height * 3);
  return image;
}

LimnImage *
limn_image_copy (const LimnImage *image)
{
  LimnImage *copy = g_new0 (LimnImage, 1);

  *copy = *image;
  copy->rgb = g_memdup2 (image->rgb, (gsize) image->width * image->height * 3);
  copy->deep = g_memdup2 (image->deep, (gsize) image->width * image->height * 3 * sizeof *image->deep);
  return copy;
}

gboolean
limn_image_is_same (const LimnImage *image, const LimnImage *other)
{
  if (image == other || image == NULL || other == NULL)
    return image == other;
  return image->width == other->width && image->height == other->height
         && memcmp (image->rgb, other->rgb, (gsize) image->width * image->height * 3) == 0;
}

static void
average (const LimnImage *image, int x0, int x1, int y0, int y1, guint8 *out)
{
  guint64 sums[3] = { 0, 0, 0 };
  guint64 n = (guint64) (x1 - x0) * (y1 - y0);

  for (int y = y0; y < y1; y++) {
    const guint8 *in = image->rgb + ((gsize) y * image->width + x0) * 3;

    for (int x = x0; x < x1; x++, in += 3)
      for (int c = 0; c < 3; c++)
        sums[c] += in[c];
  }
  for (int c = 0; c < 3; c++)
    out[c] = (guint8) ((sums[c] + n / 2) / n);
}

LimnImage *
limn_image_shrink (const LimnImage *image, int side)
{
  double scale = MIN (1.0, (double) side / MAX (image->width, image->height));
  int width = MAX (1, (int) (image->width * scale + 0.5)), height = MAX (1, (int) (image->height * scale + 0.5));
  LimnImage *small = limn_image_new (width, height);

  for (int y = 0; y < height; y++) {
    int y0 = (int) ((gint64) y * image->height / height), y1 = (int) ((gint64) (y + 1) * image->height / height);

    for (int x = 0; x < width; x++) {
      int x0 = (int) ((gint64) x * image->width / width), x1 = (int) ((gint64) (x + 1) * image->width / width);

      average (image, x0, x1, y0, y1, small->rgb + ((gsize) y * width + x) * 3);
    }
  }
  return small;
}

void
limn_image_free (LimnImage *image)
{
  if (image == NULL)
    return;
  g_free (image->rgb);
  g_free (image->deep);
  g_free (image);
}

gboolean
limn_tick (const LimnTick *tick, double fraction, GError **error)
{
  if (tick == NULL || tick->func == NULL || tick->func (fraction, tick->data))
    return TRUE;
  g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_CANCELLED, _ ("Cancelled"));
  return FALSE;
}

const LimnChoice *
limn_choice_find (LimnChoiceTable table, const char *name)
{
  const LimnChoice *choice;

  for (guint i = 0; (choice = table (i)) != NULL; i++)
    if (name == NULL || strcmp (name, choice->name) == 0)
      return choice;
  return NULL;
}

char *
limn_choice_list (LimnChoiceTable table)
{
  GString *names = g_string_new (NULL);
  const LimnChoice *choice;

  for (guint i = 0; (choice = table (i)) != NULL; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", choice->name);
  return g_string_free (names, FALSE);
}
