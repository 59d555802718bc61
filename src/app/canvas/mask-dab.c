/* mask-dab.c - a brush's touch: the distance to a line whose thickness changes along it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/mask-dab.h"

#include <math.h>

LimnMaskRect
limn_mask_rect_union (LimnMaskRect a, LimnMaskRect b)
{
  LimnMaskRect both = { MIN (a.x, b.x), MIN (a.y, b.y) };

  if (a.width <= 0 || a.height <= 0)
    return b;
  if (b.width <= 0 || b.height <= 0)
    return a;
  both.width = MAX (a.x + a.width, b.x + b.width) - both.x;
  both.height = MAX (a.y + a.height, b.y + b.height) - both.y;
  return both;
}

static LimnMaskRect
bounds (const LimnMaskDab *dab, int width, int height)
{
  double left = MIN (dab->x0 - dab->radius0, dab->x1 - dab->radius1) - 1;
  double top = MIN (dab->y0 - dab->radius0, dab->y1 - dab->radius1) - 1;
  double right = MAX (dab->x0 + dab->radius0, dab->x1 + dab->radius1) + 1;
  double bottom = MAX (dab->y0 + dab->radius0, dab->y1 + dab->radius1) + 1;
  int x0 = (int) CLAMP (floor (left), 0, width), x1 = (int) CLAMP (ceil (right), 0, width);
  int y0 = (int) CLAMP (floor (top), 0, height), y1 = (int) CLAMP (ceil (bottom), 0, height);

  if (x1 <= x0 || y1 <= y0)
    return (LimnMaskRect){ 0 };
  return (LimnMaskRect){ x0, y0, x1 - x0, y1 - y0 };
}

/* Density at a distance from the line, where it is radius thick. */
static guint8
density_at (float squared, float radius, float feather)
{
  float fade = MAX (1.0f, feather * radius), outer = radius + 0.5f, inner = outer - fade, t;

  if (squared >= outer * outer)
    return 0;
  if (inner > 0 && squared <= inner * inner)
    return 255;
  t = CLAMP ((outer - sqrtf (squared)) / fade, 0.0f, 1.0f);
  /* a soft edge begins and ends without a crease */
  if (fade > 1.0f)
    t = t * t * (3 - 2 * t);
  return (guint8) (255 * t + 0.5f);
}

LimnMaskRect
limn_mask_dab_paint (const LimnMaskDab *dab, guint8 *density, int width, int height)
{
  LimnMaskRect rect = bounds (dab, width, height);
  float dx = (float) (dab->x1 - dab->x0), dy = (float) (dab->y1 - dab->y0);
  float length = dx * dx + dy * dy, inverse = length > 1e-6f ? 1 / length : 0;
  float radius = (float) dab->radius0, wider = (float) (dab->radius1 - dab->radius0), feather = (float) dab->feather;

  for (int y = rect.y; y < rect.y + rect.height; y++) {
    guint8 *row = density + (gsize) y * width;
    float from_y = y + 0.5f - (float) dab->y0;

    for (int x = rect.x; x < rect.x + rect.width; x++) {
      float from_x = x + 0.5f - (float) dab->x0;
      float along = CLAMP ((from_x * dx + from_y * dy) * inverse, 0.0f, 1.0f);
      float off_x = from_x - along * dx, off_y = from_y - along * dy;
      guint8 value = density_at (off_x * off_x + off_y * off_y, radius + along * wider, feather);

      row[x] = MAX (row[x], value);
    }
  }
  return rect;
}
