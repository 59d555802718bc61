/* mask-editor.h - a mask while it is painted: strokes, an undo stack bounded in memory, and the brush.
 *
 * Main thread.  Strokes do not build up on themselves: where one crosses itself it is as dense as its densest touch.
 *
 * Signals:
 *   "changed" (int x, int y, int width, int height)  these pixels have other values
 *   "edited" ()                                      a stroke or another change is complete
 * Properties: "brush-size" (pixels across; a share of the picture until it is set), "brush-feather" (0..1, the share of
 * the radius that fades), "erase", and, to read, "can-undo", "can-redo", "empty".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib-object.h>

#include "session/settings/mask.h"

G_BEGIN_DECLS

#define LIMN_TYPE_MASK_EDITOR (limn_mask_editor_get_type ())
G_DECLARE_FINAL_TYPE (LimnMaskEditor, limn_mask_editor, LIMN, MASK_EDITOR, GObject)

#define LIMN_BRUSH_LEAST 2.0
#define LIMN_BRUSH_MOST 1024.0

/* 1 x 1 and empty until limn_mask_editor_reset (). */
LimnMaskEditor *limn_mask_editor_new (void);

/* Forgets everything done so far.  mask: NULL, or width x height pixels to begin with. */
void limn_mask_editor_reset (LimnMaskEditor *self, int width, int height, LimnMask *mask);
int limn_mask_editor_get_width (LimnMaskEditor *self);
int limn_mask_editor_get_height (LimnMaskEditor *self);
/* Valid until the next change; 0: kept, 255: painted anew. */
const guint8 *limn_mask_editor_get_pixels (LimnMaskEditor *self);
gboolean limn_mask_editor_is_empty (LimnMaskEditor *self);
/* NULL where it is empty.  (transfer full) */
LimnMask *limn_mask_editor_copy_mask (LimnMaskEditor *self);

/* A stroke: x, y in pixels (0, 0: the upper left corner of the first); pressure: 0..1, scales the brush. */
void limn_mask_editor_begin_stroke (LimnMaskEditor *self, double x, double y, double pressure, gboolean erase);
void limn_mask_editor_stroke_to (LimnMaskEditor *self, double x, double y, double pressure);
void limn_mask_editor_end_stroke (LimnMaskEditor *self);
/* As if it had not begun. */
void limn_mask_editor_cancel_stroke (LimnMaskEditor *self);
gboolean limn_mask_editor_is_stroking (LimnMaskEditor *self);

double limn_mask_editor_get_brush_size (LimnMaskEditor *self);
double limn_mask_editor_get_brush_feather (LimnMaskEditor *self);
gboolean limn_mask_editor_get_erase (LimnMaskEditor *self);

/* Each of these can be undone. */
void limn_mask_editor_invert (LimnMaskEditor *self);
/* value: 0 clears the mask, 255 covers the picture. */
void limn_mask_editor_fill (LimnMaskEditor *self, guint8 value);
/* mask: of the editor's size. */
void limn_mask_editor_load (LimnMaskEditor *self, LimnMask *mask);

gboolean limn_mask_editor_can_undo (LimnMaskEditor *self);
gboolean limn_mask_editor_can_redo (LimnMaskEditor *self);
void limn_mask_editor_undo (LimnMaskEditor *self);
void limn_mask_editor_redo (LimnMaskEditor *self);

G_END_DECLS
