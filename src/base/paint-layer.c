/* paint-layer.c - see paint-layer.h.  Porter and Duff, Compositing Digital Images, 1984: over, and out for the eraser.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/paint-layer.h"

#include <math.h>
#include <string.h>

#define SPACING 0.1 /* of the radius: the edge of a row of circles is then a line within 1/800 of it */
#define LEAST_SPACING 0.25

/* What a part of the layer is when the step is undone, or done again. */
typedef struct {
  LimnCrop box;
  guint8 pixels[];
} Step;

struct _LimnPaint {
  int width, height;
  guint8 *pixels, *before; /* before: what there was when the stroke began */
  guint8 *density;         /* [height, width]: of the stroke, with its opacity */
  GQueue undo, redo;       /* of Step, the newest first */
  gsize undo_bytes;
  gboolean is_under_way;
  LimnPaintBrush brush;
  LimnCrop touched;
  double x, y, pressure; /* the last point */
  double left;           /* pixels of the way until the next dab */
};

LimnPaint *
limn_paint_new (int width, int height)
{
  LimnPaint *self = g_new0 (LimnPaint, 1);
  gsize n = (gsize) width * (gsize) height;

  self->width = width;
  self->height = height;
  self->pixels = g_malloc0 (4 * n);
  self->before = g_malloc (4 * n);
  self->density = g_malloc0 (n);
  g_queue_init (&self->undo);
  g_queue_init (&self->redo);
  return self;
}

void
limn_paint_free (LimnPaint *self)
{
  if (self == NULL)
    return;
  g_queue_clear_full (&self->undo, g_free);
  g_queue_clear_full (&self->redo, g_free);
  g_free (self->pixels);
  g_free (self->before);
  g_free (self->density);
  g_free (self);
}

const guint8 *
limn_paint_pixels (const LimnPaint *self)
{
  return self->pixels;
}

static LimnCrop
both (LimnCrop a, LimnCrop b)
{
  LimnCrop all = { MIN (a.x, b.x), MIN (a.y, b.y), MAX (a.x + a.width, b.x + b.width),
                   MAX (a.y + a.height, b.y + b.height) };

  if (a.width == 0)
    return b;
  if (b.width == 0)
    return a;
  all.width -= all.x;
  all.height -= all.y;
  return all;
}

static LimnCrop
bounds (const LimnPaint *self, double x, double y, double radius)
{
  int left = (int) CLAMP (floor (x - radius - 1), 0, self->width);
  int top = (int) CLAMP (floor (y - radius - 1), 0, self->height);
  int right = (int) CLAMP (ceil (x + radius + 1), 0, self->width);
  int bottom = (int) CLAMP (ceil (y + radius + 1), 0, self->height);

  if (right <= left || bottom <= top)
    return (LimnCrop){ 0 };
  return (LimnCrop){ left, top, right - left, bottom - top };
}

static double
share_at (double distance, double radius, double feather)
{
  double fade = MAX (1, feather * radius), t = CLAMP ((radius + 0.5 - distance) / fade, 0, 1);

  /* a soft edge begins and ends without a crease */
  return fade > 1 ? t * t * (3 - 2 * t) : t;
}

/* What before becomes under the brush's colour of that density. */
static void
blend (const LimnPaintBrush *brush, const guint8 *before, guint8 density, guint8 *pixel)
{
  guint under = before[3] * (255u - density), all = under + (brush->erases ? 0 : 255u * density);

  memcpy (pixel, before, 3);
  pixel[3] = (guint8) ((all + 127) / 255);
  for (int c = 0; c < 3 && !brush->erases && all > 0; c++)
    pixel[c] = (guint8) ((brush->color[c] * 255u * density + before[c] * under + all / 2) / all);
}

static LimnCrop
dab (LimnPaint *self, double x, double y, double pressure)
{
  const LimnPaintBrush *brush = &self->brush;
  double radius = brush->radius * (brush->by_size ? pressure : 1);
  double most = 255 * CLAMP (brush->opacity, 0, 1) * (brush->by_alpha ? pressure : 1);
  LimnCrop box = bounds (self, x, y, radius);

  for (int row = box.y; row < box.y + box.height; row++)
    for (int column = box.x; column < box.x + box.width; column++) {
      gsize i = (gsize) row * self->width + column;
      double distance = hypot (column + 0.5 - x, row + 0.5 - y);
      guint8 density = (guint8) (most * share_at (distance, radius, brush->feather) + 0.5);

      if (density <= self->density[i])
        continue;
      self->density[i] = density;
      blend (brush, self->before + 4 * i, density, self->pixels + 4 * i);
    }
  self->left = MAX (LEAST_SPACING, SPACING * radius);
  self->touched = both (self->touched, box);
  return box;
}

LimnCrop
limn_paint_begin (LimnPaint *self, const LimnPaintBrush *brush, double x, double y, double pressure)
{
  g_return_val_if_fail (!self->is_under_way, (LimnCrop){ 0 });

  memcpy (self->before, self->pixels, 4 * (gsize) self->width * self->height);
  self->is_under_way = TRUE;
  self->brush = *brush;
  self->touched = (LimnCrop){ 0 };
  self->x = x;
  self->y = y;
  self->pressure = CLAMP (pressure, 0, 1);
  return dab (self, x, y, self->pressure);
}

LimnCrop
limn_paint_go (LimnPaint *self, double x, double y, double pressure)
{
  double dx = x - self->x, dy = y - self->y, length = hypot (dx, dy), at = 0, more;
  LimnCrop seen = { 0 };

  g_return_val_if_fail (self->is_under_way, seen);

  pressure = CLAMP (pressure, 0, 1);
  more = pressure - self->pressure;
  while (at + self->left <= length) {
    at += self->left;
    seen = both (
        seen, dab (self, self->x + dx * at / length, self->y + dy * at / length, self->pressure + more * at / length));
  }
  self->left -= length - at;
  self->x = x;
  self->y = y;
  self->pressure = pressure;
  return seen;
}

/* What box is in from, which is of the layer's size. */
static Step *
step_new (const LimnPaint *self, const guint8 *from, LimnCrop box)
{
  gsize row = 4 * (gsize) box.width;
  Step *step = g_malloc (sizeof *step + row * box.height);

  step->box = box;
  for (int y = 0; y < box.height; y++)
    memcpy (step->pixels + row * y, from + 4 * ((gsize) (box.y + y) * self->width + box.x), row);
  return step;
}

static gsize
step_bytes (const Step *step)
{
  return sizeof *step + 4 * (gsize) step->box.width * step->box.height;
}

static void
step_put (LimnPaint *self, const Step *step)
{
  gsize row = 4 * (gsize) step->box.width;

  for (int y = 0; y < step->box.height; y++)
    memcpy (self->pixels + 4 * ((gsize) (step->box.y + y) * self->width + step->box.x), step->pixels + row * y, row);
}

static void
remember (LimnPaint *self, const guint8 *before, LimnCrop box)
{
  Step *step = step_new (self, before, box);

  g_queue_clear_full (&self->redo, g_free);
  g_queue_push_head (&self->undo, step);
  self->undo_bytes += step_bytes (step);
  while (self->undo_bytes > LIMN_PAINT_UNDO_BYTES && self->undo.length > 1) {
    Step *oldest = g_queue_pop_tail (&self->undo);

    self->undo_bytes -= step_bytes (oldest);
    g_free (oldest);
  }
}

static void
finish (LimnPaint *self)
{
  const LimnCrop *box = &self->touched;

  for (int y = box->y; y < box->y + box->height; y++)
    memset (self->density + (gsize) y * self->width + box->x, 0, box->width);
  self->is_under_way = FALSE;
}

void
limn_paint_end (LimnPaint *self)
{
  g_return_if_fail (self->is_under_way);

  if (self->touched.width > 0)
    remember (self, self->before, self->touched);
  finish (self);
}

LimnCrop
limn_paint_cancel (LimnPaint *self)
{
  g_return_val_if_fail (self->is_under_way, (LimnCrop){ 0 });

  memcpy (self->pixels, self->before, 4 * (gsize) self->width * self->height);
  finish (self);
  return self->touched;
}

void
limn_paint_clear (LimnPaint *self)
{
  g_return_if_fail (!self->is_under_way);

  remember (self, self->pixels, (LimnCrop){ 0, 0, self->width, self->height });
  memset (self->pixels, 0, 4 * (gsize) self->width * self->height);
}

/* The newest step of one past is done, and what it replaces becomes the other's. */
static gboolean
swap (LimnPaint *self, GQueue *from, GQueue *to)
{
  g_autofree Step *step = self->is_under_way ? NULL : g_queue_pop_head (from);

  if (step == NULL)
    return FALSE;
  g_queue_push_head (to, step_new (self, self->pixels, step->box));
  step_put (self, step);
  if (from == &self->undo)
    self->undo_bytes -= step_bytes (step);
  else
    self->undo_bytes += step_bytes (step);
  return TRUE;
}

gboolean
limn_paint_undo (LimnPaint *self)
{
  return swap (self, &self->undo, &self->redo);
}

gboolean
limn_paint_redo (LimnPaint *self)
{
  return swap (self, &self->redo, &self->undo);
}

LimnImage *
limn_paint_over (const LimnPaint *self, const LimnImage *picture)
{
  LimnImage *all;
  gsize n = (gsize) self->width * self->height;

  g_return_val_if_fail (picture->width == self->width && picture->height == self->height, NULL);

  all = limn_image_new (self->width, self->height);
  for (gsize i = 0; i < n; i++)
    for (int c = 0; c < 3; c++) {
      guint alpha = self->pixels[4 * i + 3];

      all->rgb[3 * i + c] =
          (guint8) ((self->pixels[4 * i + c] * alpha + picture->rgb[3 * i + c] * (255 - alpha) + 127) / 255);
    }
  return all;
}
