/* fake-control.c - beside fake-networks.c what else a U-Net is told, and where it says that it looks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/fake-networks.h"
#include "model/unet.h"

void
limn_unet_set_control (LimnUnet *unet, int index, const float *picture, int type)
{
  g_assert_true ((limn_unet_shape (unet)->controls >> index & 1) != 0);
  g_string_append_printf (fake_networks ()->log, " control%d", index);
}

void
limn_unet_set_share (LimnUnet *unet, int index, float share)
{
  g_assert_true ((limn_unet_shape (unet)->controls >> index & 1) != 0);
  g_string_append_printf (fake_networks ()->log, "*%g", (double) share);
}

/* The small models have no guidance channels, and are told in vain. */
void
limn_unet_set_guidance (LimnUnet *unet, double guidance)
{
  g_assert_cmpfloat (guidance, >=, 0);
}

static float *looked; /* [watched, (height + 1) / 2, (width + 1) / 2], by whoever ran last; NULL: nowhere */

void
fake_look (LimnUnet *unet, const float *sample, gsize stride)
{
  const LimnNetworkShape *shape = limn_unet_shape (unet);
  const int height = (shape->height + 1) / 2, width = (shape->width + 1) / 2;

  g_clear_pointer (&looked, g_free);
  if (shape->watched == 0)
    return;
  looked = g_new (float, shape->watched *height *width);
  for (int row = 0; row < shape->watched; row++)
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++)
        looked[(row * height + y) * width + x] =
            1 + sample[(gsize) row * stride + (gsize) (2 * y * shape->width + 2 * x)];
}

float *
limn_unet_looked (LimnUnet *unet, int *height, int *width)
{
  g_assert_nonnull (looked);
  *height = (limn_unet_shape (unet)->height + 1) / 2;
  *width = (limn_unet_shape (unet)->width + 1) / 2;
  return g_steal_pointer (&looked);
}
