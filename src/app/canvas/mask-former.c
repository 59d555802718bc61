/* mask-former.c - the part of the settings that another picture changes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/mask-former.h"

#include "session/settings/size-shapes.h"

LimnMaskFormer *
limn_mask_former_new (LimnSettings *settings, LimnSource *extended)
{
  const LimnSettingsValues *values = limn_settings_values (settings);
  LimnMaskFormer *former = g_new0 (LimnMaskFormer, 1);

  *former = (LimnMaskFormer){ .width = values->width,
                              .height = values->height,
                              .fit = values->source_fit,
                              .x = values->source_x,
                              .y = values->source_y,
                              .strength = values->strength };
  g_set_object (&former->source, values->source);
  g_set_object (&former->extended, extended);
  g_set_object (&former->mask, values->mask);
  return former;
}

void
limn_mask_former_free (LimnMaskFormer *former)
{
  g_clear_object (&former->source);
  g_clear_object (&former->extended);
  g_clear_object (&former->mask);
  g_free (former);
}

void
limn_mask_former_put (const LimnMaskFormer *former, LimnSettings *settings)
{
  g_object_set (settings, "source", former->source, "mask", former->mask, "width", former->width, "height",
                former->height, "source-x", former->x, "source-y", former->y, "source-fit", former->fit, "strength",
                former->strength, NULL);
}

void
limn_mask_former_size (LimnSettings *settings, LimnSettings *trial)
{
  const LimnSettingsValues *values = limn_settings_values (settings);
  const LimnImage *image = limn_source_get_image (limn_settings_values (trial)->source);
  gboolean own = image->width % 8 == 0 && image->height % 8 == 0 && MIN (image->width, image->height) >= LIMN_LEAST_SIDE
                 && MAX (image->width, image->height) <= LIMN_MOST_SIDE && !limn_mask_area_is_masked (&values->fields);

  g_object_set (trial, "width", own ? image->width : values->width, "height", own ? image->height : values->height,
                NULL);
}
