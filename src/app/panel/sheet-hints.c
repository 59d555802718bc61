/* sheet-hints.c - what the contact sheet's nine drafts are painted with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/contact-sheet.h"

#include <math.h>

#define LONG_SIDE 640 /* pixels of a draft: at less SDXL shows hardly anything */

static int
bounded (double value)
{
  return (int) CLAMP (round (value), 1, LIMN_HINT_MOST);
}

LimnSizeHints
limn_sheet_hints (LimnSettings *settings, gboolean negative, LimnSheetAcross across, int cell)
{
  static const double sizes[LIMN_SHEET_SIDE] = { 0.5, 1, 4 }, crops[LIMN_SHEET_SIDE] = { 0, 0.25, 0.5 };
  /* the area stays; the middle one is the frame's own shape */
  static const double shapes[LIMN_SHEET_SIDE] = { 0.75, 1, 4.0 / 3 };
  const LimnSettingsValues *values = limn_settings_values (settings);
  LimnSizeHints own = limn_hints_get (settings, negative), out = { 0 };
  double size = sizes[cell / LIMN_SHEET_SIDE], crop = crops[cell % LIMN_SHEET_SIDE];

  own = limn_size_hints_resolve (&own, values->width, values->height);
  out.target_width = own.target_width;
  out.target_height = own.target_height;
  if (across == LIMN_SHEET_SHAPE) {
    double stretch = sqrt (shapes[cell % LIMN_SHEET_SIDE]);

    out.target_width = bounded (out.target_width * stretch);
    out.target_height = bounded (out.target_height / stretch);
    crop = 0;
  }
  if (across == LIMN_SHEET_CROP_LEFT)
    out.crop_left = (int) (out.target_width * crop);
  else
    out.crop_top = (int) (out.target_height * crop);
  out.original_width = bounded ((out.target_width + out.crop_left) * size);
  out.original_height = bounded ((out.target_height + out.crop_top) * size);
  if (out.original_width == values->width && out.original_height == values->height)
    out.original_width = out.original_height = 0;
  if (out.target_width == values->width && out.target_height == values->height)
    out.target_width = out.target_height = 0;
  return out;
}

static int
small_side (int side, int longest)
{
  if (longest <= LONG_SIDE)
    return side;
  return MAX (64, (int) round (side * (double) LONG_SIDE / longest / 64) * 64);
}

LimnSettings *
limn_sheet_draft (LimnSettings *settings, gboolean negative, const LimnSizeHints *hints, int steps)
{
  LimnSettings *draft = limn_settings_copy (settings);
  const LimnSettingsValues *values = limn_settings_values (settings);
  int longest = MAX (values->width, values->height), width = values->width, height = values->height;

  /* what follows the output must follow the picture's, not the draft's */
  for (int i = 0; i < 2; i++) {
    LimnSizeHints side = i == negative ? *hints : limn_hints_get (settings, i && values->separate_negative);

    side = limn_size_hints_resolve (&side, width, height);
    limn_hints_set (draft, i, &side);
  }
  g_object_set (draft, "separate-negative", values->separate_negative || negative, "width", small_side (width, longest),
                "height", small_side (height, longest), "steps", steps, "use-refiner", FALSE, "new-seed", FALSE,
                "count", 1, "mask", NULL, "truthful-crop", FALSE, NULL);
  return draft;
}
