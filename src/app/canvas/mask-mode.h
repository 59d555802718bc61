/* mask-mode.h - the picture to start from while it is edited: what the canvas shows, the mask in the settings, and
 * larger canvases.
 *
 * The settings' mask always has the settings' size and lies on the same things of the picture when size or crop change;
 * it goes when another picture comes.  Another picture than the settings' can be tried: it comes into them, at its own
 * size, with the first stroke or when it is extended, and leaves them again where the last stroke is undone.
 *
 * Signals: "toast" (const char *text, const char *label, const char *action)  something to tell; label and action may
 * be NULL.  Properties, to read: "mode" (LimnCanvasMode), "can-shrink" (limn_mask_mode_shrink () would do something).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/canvas/canvas.h"

G_BEGIN_DECLS

#define LIMN_TYPE_MASK_MODE (limn_mask_mode_get_type ())
G_DECLARE_FINAL_TYPE (LimnMaskMode, limn_mask_mode, LIMN, MASK_MODE, GObject)

LimnMaskMode *limn_mask_mode_new (LimnCanvas *canvas, LimnSettings *settings);
LimnMaskEditor *limn_mask_mode_get_editor (LimnMaskMode *self);

/* Anything but LIMN_CANVAS_VIEW needs a picture to start from. */
void limn_mask_mode_set (LimnMaskMode *self, LimnCanvasMode mode);
/* From a tool back to what it was taken up from; an extended picture is shown itself. */
void limn_mask_mode_done (LimnMaskMode *self);
/* Edits source, whatever picture the settings have. */
void limn_mask_mode_try (LimnMaskMode *self, LimnCanvasMode mode, LimnSource *source);
LimnCanvasMode limn_mask_mode_get (LimnMaskMode *self);

/* The picture and the mask grow by margins; ends in LIMN_CANVAS_MASK, after some tenths of a second. */
void limn_mask_mode_extend (LimnMaskMode *self, const LimnMargins *margins);
/* Takes the last limn_mask_mode_extend () back. */
void limn_mask_mode_shrink (LimnMaskMode *self);

G_END_DECLS
