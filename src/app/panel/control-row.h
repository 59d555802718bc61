/* control-row.h - a ControlNet that the next picture follows: its picture, what is made of it, how much it counts.
 *
 * Signals: "changed" (), limn_control_row_get () is another; "asked" (char *action), a button for what the window does:
 * "remove", "open", "pose", "shown", "source"; "map-changed" (), see limn_control_row_get_map ().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_CONTROL_ROW (limn_control_row_get_type ())
G_DECLARE_FINAL_TYPE (LimnControlRow, limn_control_row, LIMN, CONTROL_ROW, AdwExpanderRow)

GtkWidget *limn_control_row_new (void);
/* Shows what is set, for pictures of width x height pixels. */
void limn_control_row_set (LimnControlRow *self, const LimnFollowedRow *row, int width, int height);
const LimnFollowedRow *limn_control_row_get (LimnControlRow *self);
/* How many kinds of pictures its network knows; 0: it is told none, or not looked at yet. */
int limn_control_row_get_types (LimnControlRow *self);
/* The family of the model; what is for another one is said. */
void limn_control_row_set_family (LimnControlRow *self, LimnFamily family);
/* The settings' (base/regions.h), of which one may be where an IP-Adapter counts. */
void limn_control_row_set_regions (LimnControlRow *self, const char *regions);
/* What is to be laid over the canvas, and how thick; NULL: nothing. */
const LimnImage *limn_control_row_get_map (LimnControlRow *self, double *opacity);

G_END_DECLS
