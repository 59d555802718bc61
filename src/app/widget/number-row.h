/* number-row.h - a row with a number; the rows of libadwaita 1.4 that do this are above our floor.
 *
 * Properties: "adjustment", "digits", and those of AdwActionRow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define LIMN_TYPE_NUMBER_ROW (limn_number_row_get_type ())
G_DECLARE_FINAL_TYPE (LimnNumberRow, limn_number_row, LIMN, NUMBER_ROW, AdwActionRow)

/* Ties property of object to the number, both ways. */
void limn_number_row_bind (LimnNumberRow *self, gpointer object, const char *property);

/* A spin button changes under a pointer that only scrolls past it; this one does not. */
void limn_spin_ignore_scroll (GtkSpinButton *spin);
/* Ctrl+Z takes the setting back, so it goes past the text of spin. */
void limn_spin_leave_undo (GtkSpinButton *spin);

G_END_DECLS
