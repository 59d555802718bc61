/* contact-sheet.h - nine quick drafts over two of the size hints, to see what they do to this prompt, and to take one
 * over.
 *
 * Down: the photo's original size, small, as the output, large.  Across: how far it is cropped, or the frame's shape.
 * Everything else is as in the settings when it began, but that drafts are small (640 pixels), have few steps and no
 * refiner, and all have the same seed.  They are painted one after another, and only while nothing else is: a run that
 * begins stops the draft on the device, which is painted again afterwards.
 *
 * Signals: "adopted" (int cell), a person chose that one; "closed" ().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "app/panel/hints.h"
#include "session/run/session.h"

G_BEGIN_DECLS

#define LIMN_TYPE_CONTACT_SHEET (limn_contact_sheet_get_type ())
G_DECLARE_FINAL_TYPE (LimnContactSheet, limn_contact_sheet, LIMN, CONTACT_SHEET, GtkWidget)

#define LIMN_SHEET_SIDE 3
#define LIMN_SHEET_CELLS (LIMN_SHEET_SIDE * LIMN_SHEET_SIDE)

typedef enum {
  LIMN_SHEET_CROP_LEFT,
  LIMN_SHEET_CROP_TOP,
  LIMN_SHEET_SHAPE,
} LimnSheetAcross;

GtkWidget *limn_contact_sheet_new (LimnSession *session);

/* Begins anew, with settings as they are now (copied). */
void limn_contact_sheet_start (LimnContactSheet *self, LimnSettings *settings);
/* Stops the draft on the device, and paints no more until it is started again. */
void limn_contact_sheet_stop (LimnContactSheet *self);

/* Whose hints the drafts differ in. */
gboolean limn_contact_sheet_get_negative (LimnContactSheet *self);
/* cell: row by row. */
LimnSizeHints limn_contact_sheet_get_hints (LimnContactSheet *self, int cell);
/* NULL while it is not painted. */
GdkTexture *limn_contact_sheet_get_texture (LimnContactSheet *self, int cell);
int limn_contact_sheet_count_done (LimnContactSheet *self);

/* What a cell's hints are, for drafts of settings like these; sizes equal to the output's are 0.  Pure. */
LimnSizeHints limn_sheet_hints (LimnSettings *settings, gboolean negative, LimnSheetAcross across, int cell);
/* A copy of settings for a small draft with hints.  (transfer full) */
LimnSettings *limn_sheet_draft (LimnSettings *settings, gboolean negative, const LimnSizeHints *hints, int steps);

G_END_DECLS
