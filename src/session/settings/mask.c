/* mask.c - which pixels of a picture are painted anew.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/mask.h"

#include "base/image-fit.h"

struct _LimnMask {
  GObject parent_instance;
  int width, height;
  guint8 *pixels;
  gboolean empty;
  double share;
};

G_DEFINE_FINAL_TYPE (LimnMask, limn_mask, G_TYPE_OBJECT)

static void
limn_mask_finalize (GObject *object)
{
  g_free (LIMN_MASK (object)->pixels);

  G_OBJECT_CLASS (limn_mask_parent_class)->finalize (object);
}

static void
limn_mask_class_init (LimnMaskClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = limn_mask_finalize;
}

static void
limn_mask_init (LimnMask *self)
{
}

LimnMask *
limn_mask_new (int width, int height, guint8 *pixels)
{
  LimnMask *self;
  gsize n = (gsize) width * height;
  guint64 painted = 0;

  g_return_val_if_fail (width > 0 && height > 0 && pixels != NULL, NULL);

  self = g_object_new (LIMN_TYPE_MASK, NULL);
  self->width = width;
  self->height = height;
  self->pixels = pixels;
  for (gsize i = 0; i < n; i++)
    painted += pixels[i];
  self->empty = painted == 0;
  self->share = (double) painted / (255.0 * (double) n);
  return self;
}

int
limn_mask_get_width (LimnMask *self)
{
  g_return_val_if_fail (LIMN_IS_MASK (self), 0);
  return self->width;
}

int
limn_mask_get_height (LimnMask *self)
{
  g_return_val_if_fail (LIMN_IS_MASK (self), 0);
  return self->height;
}

const guint8 *
limn_mask_get_pixels (LimnMask *self)
{
  g_return_val_if_fail (LIMN_IS_MASK (self), NULL);
  return self->pixels;
}

gboolean
limn_mask_is_empty (LimnMask *self)
{
  g_return_val_if_fail (LIMN_IS_MASK (self), TRUE);
  return self->empty;
}

double
limn_mask_get_share (LimnMask *self)
{
  g_return_val_if_fail (LIMN_IS_MASK (self), 0);
  return self->share;
}

guint8 *
limn_mask_cover (LimnMask *self, int width, int height)
{
  g_return_val_if_fail (LIMN_IS_MASK (self), NULL);
  return limn_mask_stretch (self->pixels, self->width, self->height, width, height);
}
