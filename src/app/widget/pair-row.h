/* pair-row.h - a row with two whole numbers that belong together: a size, a place.
 *
 * Properties: "sign" between them ("×"), "step", "upper", "auto-zero" (0 is shown as "Auto"), "first-name" and
 * "second-name" (for tooltips and accessibility), and those of AdwPreferencesRow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define LIMN_TYPE_PAIR_ROW (limn_pair_row_get_type ())
G_DECLARE_FINAL_TYPE (LimnPairRow, limn_pair_row, LIMN, PAIR_ROW, AdwPreferencesRow)

/* Ties two int properties of object to the numbers, both ways. */
void limn_pair_row_bind (LimnPairRow *self, gpointer object, const char *first, const char *second);

G_END_DECLS
