/* source.c - a picture to start from, and the arithmetic of its crop.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/source.h"

#include <math.h>
#include <string.h>

#define MOST_HINT 16384

struct _LimnSource {
  GObject parent_instance;
  LimnImage *image;
  char *name, *path;
  int width, height;
};

G_DEFINE_FINAL_TYPE (LimnSource, limn_source, G_TYPE_OBJECT)

static void
limn_source_finalize (GObject *object)
{
  LimnSource *self = LIMN_SOURCE (object);

  g_clear_pointer (&self->image, limn_image_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->path, g_free);

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
limn_source_new_for_file (LimnImage *image, const char *name, const char *path, int width, int height)
{
  LimnSource *self;

  g_return_val_if_fail (image != NULL, NULL);
  g_return_val_if_fail (width > 0 && height > 0, NULL);

  self = g_object_new (LIMN_TYPE_SOURCE, NULL);
  self->image = image;
  self->name = g_strdup (name != NULL ? name : "");
  self->path = g_strdup (path);
  self->width = width;
  self->height = height;
  return self;
}

LimnSource *
limn_source_new (LimnImage *image, const char *name)
{
  g_return_val_if_fail (image != NULL, NULL);
  return limn_source_new_for_file (image, name, NULL, image->width, image->height);
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

const char *
limn_source_get_path (LimnSource *self)
{
  g_return_val_if_fail (LIMN_IS_SOURCE (self), NULL);
  return self->path;
}

int
limn_source_get_width (LimnSource *self)
{
  g_return_val_if_fail (LIMN_IS_SOURCE (self), 0);
  return self->width;
}

int
limn_source_get_height (LimnSource *self)
{
  g_return_val_if_fail (LIMN_IS_SOURCE (self), 0);
  return self->height;
}

gboolean
limn_source_is_same (LimnSource *self, LimnSource *other)
{
  if (self == other || self == NULL || other == NULL)
    return self == other;
  return limn_image_is_same (self->image, other->image);
}

/* ---- Rendering ---- */

static LimnImage *
render_crop (const LimnImage *image, int width, int height, double x, double y)
{
  LimnCrop crop = limn_crop_fit (image->width, image->height, width, height, x, y);
  g_autoptr (LimnImage) part = limn_image_new (crop.width, crop.height);

  for (int row = 0; row < crop.height; row++)
    memcpy (part->rgb + (gsize) row * crop.width * 3, image->rgb + ((gsize) (crop.y + row) * image->width + crop.x) * 3,
            (gsize) crop.width * 3);
  return limn_image_fit (part, width, height);
}

LimnImage *
limn_source_render (LimnSource *self, int width, int height, double x, double y, LimnSourceFit fit)
{
  g_return_val_if_fail (LIMN_IS_SOURCE (self), NULL);
  return fit == LIMN_SOURCE_PAD ? limn_image_pad (self->image, width, height, x, y, LIMN_BORDER_EDGES)
                                : render_crop (self->image, width, height, x, y);
}

LimnSizeHints
limn_source_truthful_hints (LimnSource *self, int width, int height, double x, double y, LimnSourceFit fit)
{
  LimnSizeHints hints = { 0 };
  LimnCrop crop;

  g_return_val_if_fail (LIMN_IS_SOURCE (self), hints);

  hints.original_width = MIN (self->width, MOST_HINT);
  hints.original_height = MIN (self->height, MOST_HINT);
  hints.target_width = width;
  hints.target_height = height;
  if (fit == LIMN_SOURCE_PAD)
    return hints;
  crop = limn_crop_fit (self->width, self->height, width, height, x, y);
  hints.crop_left = (int) MIN (round ((double) crop.x * width / crop.width), MOST_HINT);
  hints.crop_top = (int) MIN (round ((double) crop.y * height / crop.height), MOST_HINT);
  return hints;
}
