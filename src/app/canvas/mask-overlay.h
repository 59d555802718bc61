/* mask-overlay.h - a mask laid over the picture: a checkered tint, and a line around what is more painted than not.
 *
 * Drawn for the screen's own pixels, in tiles of which a stroke renews only those that it touches.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/canvas/canvas-layer.h"
#include "app/canvas/mask-editor.h"

G_BEGIN_DECLS

typedef struct _LimnMaskOverlay LimnMaskOverlay;

/* editor: must outlive it. */
LimnMaskOverlay *limn_mask_overlay_new (LimnMaskEditor *editor);
void limn_mask_overlay_free (LimnMaskOverlay *overlay);
/* name: "red", which is also what it is to begin with, "green", "blue" or "yellow". */
void limn_mask_overlay_set_color (LimnMaskOverlay *overlay, const char *name);
/* Of the editor's pixels, in its "changed". */
void limn_mask_overlay_invalidate (LimnMaskOverlay *overlay, int x, int y, int width, int height);
void limn_mask_overlay_snapshot (LimnMaskOverlay *overlay, GtkSnapshot *snapshot, const LimnCanvasPlace *place);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnMaskOverlay, limn_mask_overlay_free)

G_END_DECLS
