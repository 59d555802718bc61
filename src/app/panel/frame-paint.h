/* frame-paint.h - how the photo, its frame and the ghost of the other one are drawn.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One side's drawing, in the widget's pixels. */
typedef struct {
  graphene_rect_t photo, frame;
  double scale; /* of the photo to the target: more than 1 is soft */
} LimnFrameShape;

#define LIMN_FRAME_PAPER 7 /* pixels of white around the photo */
#define LIMN_FRAME_GRIP 7  /* radius of the grip at the photo's corner, pixels */

void limn_frame_paint_photo (GtkSnapshot *snapshot, const LimnFrameShape *shape);
/* Dims what of the photo is not in the frame, and draws its edges in color. */
void limn_frame_paint_frame (GtkSnapshot *snapshot, const LimnFrameShape *shape, const GdkRGBA *color);
/* Dashed; within the frame where the two are the same. */
void limn_frame_paint_ghost (GtkSnapshot *snapshot, const LimnFrameShape *ghost, const LimnFrameShape *over,
                             const GdkRGBA *color);
void limn_frame_paint_grip (GtkSnapshot *snapshot, const LimnFrameShape *shape, const GdkRGBA *color);
/* A word on a pill, at the inside of rect's top or bottom start. */
void limn_frame_paint_tag (GtkSnapshot *snapshot, GtkWidget *widget, const graphene_rect_t *rect, gboolean bottom,
                           const char *text, const GdkRGBA *color);

G_END_DECLS
