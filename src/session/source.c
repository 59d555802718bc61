/* source.c - a picture to start from, and the arithmetic of its crop.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/source.h"

#include <string.h>

struct _LimnSource {
  GObject parent_instance;
  LimnImage *image;
  char *name;
};

G_DEFINE_FINAL_TYPE (LimnSource, limn_source, G_TYPE_OBJECT)

static void
limn_source_finalize (GObject *object)
{
  LimnSource *self = LIMN_SOURCE (object);

  g_clear_pointer (&self->image, limn_image_free);
  g_clear_pointer (&self->name, g_free);

  G_OBJECT_CLASS (limn_source_parent_class)->finalize (object);
}

static void
limn_source_class_init (LimnSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = limn_source_finalize;
}

static void
limn_source_init (LimnSource *self)
{
}

LimnSource *
limn_source_new (LimnImage *image, const char *name)
{
  LimnSource *self;

  g_return_val_if_fail (image != NULL, NULL);

  self = g_object_new (LIMN_TYPE_SOURCE, NULL);
  self->image = image;
  self->name = g_strdup (name != NULL ? name : "");
  return self;
}

const LimnImage *
limn_source_get_image (LimnSource *self)
{
  g_return_val_if_fail (LIMN_IS_SOURCE (self), NULL);
  return self->image;
}

const char *
limn_source_get_name (LimnSource *self)
{
  g_return_val_if_fail (LIMN_IS_SOURCE (self), NULL);
  return self->name;
}

LimnCrop
limn_crop_fit (int image_width, int image_height, int width, int height, double x, double y)
{
  LimnCrop crop = { 0, 0, image_width, image_height };
  gint64 wide;

  g_return_val_if_fail (image_width > 0 && image_height > 0 && width > 0 && height > 0, crop);

  wide = (gint64) image_height * width / height;
  if (wide <= image_width)
    crop.width = MAX (1, (int) wide);
  else
    crop.height = MAX (1, (int) ((gint64) image_width * height / width));
  crop.x = (int) ((image_width - crop.width) * CLAMP (x, 0.0, 1.0) + 0.5);
  crop.y = (int) ((image_height - crop.height) * CLAMP (y, 0.0, 1.0) + 0.5);
  return crop;
}

LimnImage *
limn_source_render (LimnSource *self, int width, int height, double x, double y)
{
  g_autoptr (LimnImage) part = NULL;
  LimnCrop crop;

  g_return_val_if_fail (LIMN_IS_SOURCE (self), NULL);

  crop = limn_crop_fit (self->image->width, self->image->height, width, height, x, y);
  part = limn_image_new (crop.width, crop.height);
  for (int row = 0; row < crop.height; row++)
    memcpy (part->rgb + (gsize) row * crop.width * 3,
            self->image->rgb + ((gsize) (crop.y + row) * self->image->width + crop.x) * 3, (gsize) crop.width * 3);
  return limn_image_fit (part, width, height);
}
