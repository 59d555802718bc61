/* canvas.h - the picture: the live preview while it is painted, then the picture itself; zoom, pan, before and after;
 * and, over the picture to start from, the mask's brush and the edges that extend it.
 *
 * Properties: "zoom" (device pixels a pixel, 0: as large as fits), "shown-zoom" (to read: as it is drawn), "compare"
 * (the picture before beside the one after), "can-compare" (to read: there is one before), "waiting" (to read: only a
 * picture's place is shown).
 * Signals: "extended" (): the edges were moved, see limn_canvas_get_margins ().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "app/canvas/mask-editor.h"
#include "base/mask-area.h"
#include "session/settings/outpaint.h"
#include "session/record/picture.h"

G_BEGIN_DECLS

#define LIMN_TYPE_CANVAS (limn_canvas_get_type ())
G_DECLARE_FINAL_TYPE (LimnCanvas, limn_canvas, LIMN, CANVAS, GtkWidget)

/* A rough look at a picture that will be width x height pixels. */
void limn_canvas_show_preview (LimnCanvas *self, const LimnImage *preview, int width, int height);
void limn_canvas_show_picture (LimnCanvas *self, LimnPicture *picture);
/* The place of a picture of width x height pixels, until there is something of it to show. */
void limn_canvas_show_waiting (LimnCanvas *self, int width, int height);
/* Nothing will come: the last picture again, where there was one.  Does nothing where something has come. */
void limn_canvas_stop_waiting (LimnCanvas *self);
gboolean limn_canvas_is_waiting (LimnCanvas *self);
/* Laid over the picture, or where there is none over its place; NULL: nothing.  opacity: 0..1. */
void limn_canvas_set_guide (LimnCanvas *self, const LimnImage *guide, double opacity);
/* What is shown now, or behind what is edited; NULL: nothing yet. */
GdkTexture *limn_canvas_get_texture (LimnCanvas *self);

void limn_canvas_set_zoom (LimnCanvas *self, double zoom);
/* Around the pointer where it is over the canvas, else around the middle. */
void limn_canvas_zoom_by (LimnCanvas *self, double times);
double limn_canvas_get_shown_zoom (LimnCanvas *self);

void limn_canvas_set_compare (LimnCanvas *self, gboolean compare);
/* As long as a key is held; the line follows the pointer. */
void limn_canvas_hold_compare (LimnCanvas *self, gboolean hold);

typedef enum {
  LIMN_CANVAS_VIEW,   /* the picture */
  LIMN_CANVAS_MASK,   /* the picture to start from, under the brush */
  LIMN_CANVAS_EXTEND, /* the same, with edges to drag */
  LIMN_CANVAS_SOURCE  /* the picture to start from as it is used, with its mask */
} LimnCanvasMode;

/* Whether the picture to start from is worked on. */
static inline gboolean
limn_canvas_mode_edits (LimnCanvasMode mode)
{
  return mode == LIMN_CANVAS_MASK || mode == LIMN_CANVAS_EXTEND;
}

/* editor: what the brush paints on; taken before the first LIMN_CANVAS_MASK. */
void limn_canvas_set_editor (LimnCanvas *self, LimnMaskEditor *editor);
/* Of the mask, see limn_mask_overlay_set_color (). */
void limn_canvas_set_mask_color (LimnCanvas *self, const char *name);
/* The picture to start from as it is used; NULL: not rendered yet.  width, height: its size all the same. */
void limn_canvas_set_base (LimnCanvas *self, const LimnImage *base, int width, int height);
/* What is painted of it by itself, which is outlined with the mask; NULL: all. */
void limn_canvas_set_area (LimnCanvas *self, const LimnArea *area);
void limn_canvas_set_mode (LimnCanvas *self, LimnCanvasMode mode);
LimnCanvasMode limn_canvas_get_mode (LimnCanvas *self);
LimnMargins limn_canvas_get_margins (LimnCanvas *self);
void limn_canvas_set_margins (LimnCanvas *self, const LimnMargins *margins);

/* The canvas's own keys, where it has not the focus either; TRUE: it knew the key. */
gboolean limn_canvas_take_key (LimnCanvas *self, guint key, GdkModifierType modifiers);

/* The picture two times two in its place, to see its edges meet. */
void limn_canvas_set_repeats (LimnCanvas *self, gboolean repeats);

G_END_DECLS
