/* paint-layer.h - paint over a picture, kept apart from it: strokes of a round brush, undone and done again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/image-pad.h"

G_BEGIN_DECLS

#define LIMN_PAINT_UNDO_BYTES (256u << 20) /* of a layer's past; the oldest strokes beyond it can no longer be undone */

typedef struct {
  guint8 color[3];
  double radius;     /* pixels, at full pressure */
  double opacity;    /* 0..1: a stroke is nowhere denser than that, however often it crosses itself */
  double feather;    /* 0..1: the share of the radius over which it fades, at least a pixel */
  gboolean erases;   /* takes paint away; color is not looked at */
  gboolean by_size;  /* the pressure scales the radius */
  gboolean by_alpha; /* the pressure scales the opacity */
} LimnPaintBrush;

/* One thread's. */
typedef struct _LimnPaint LimnPaint;

/* No paint at all.  width, height: 1..65535. */
LimnPaint *limn_paint_new (int width, int height);
void limn_paint_free (LimnPaint *self);
/* [height, width, 4]: red, green, blue and alpha, which is straight.  It stays where it is. */
const guint8 *limn_paint_pixels (const LimnPaint *self);

/* A stroke goes from begin by any number of points to end, or to cancel, which leaves no trace of it.
 * The middle of the first pixel is at 0.5, 0.5; pressure: 0..1.  Dabs follow one another by the length of
 * the way, and where they meet the stroke is as dense as the densest, in whatever order: more points
 * between two others on their line change nothing but by rounding, and a stroke that crosses itself is
 * no denser there.  What was looked at: empty where nothing was. */
LimnCrop limn_paint_begin (LimnPaint *self, const LimnPaintBrush *brush, double x, double y, double pressure);
LimnCrop limn_paint_go (LimnPaint *self, double x, double y, double pressure);
void limn_paint_end (LimnPaint *self);
LimnCrop limn_paint_cancel (LimnPaint *self);

/* All paint goes, which can be undone. */
void limn_paint_clear (LimnPaint *self);
/* To the byte.  FALSE: there is nothing to undo, or a stroke is under way. */
gboolean limn_paint_undo (LimnPaint *self);
gboolean limn_paint_redo (LimnPaint *self);

/* picture, of the layer's size, with the paint over it: c * a + picture * (1 - a) of the bytes as they are, as editors
 * do.  It has no deep.  (transfer full) */
LimnImage *limn_paint_over (const LimnPaint *self, const LimnImage *picture);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnPaint, limn_paint_free)

G_END_DECLS
