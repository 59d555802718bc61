/* region-row.h - a region of the next picture: what is there, how much it counts, where it lies.
 *
 * Signals: "changed" (), limn_region_row_get () is another; "removed" (), its button; "brush" (),
 * its shape is to be painted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "base/regions.h"

G_BEGIN_DECLS

#define LIMN_TYPE_REGION_ROW (limn_region_row_get_type ())
G_DECLARE_FINAL_TYPE (LimnRegionRow, limn_region_row, LIMN, REGION_ROW, AdwExpanderRow)

GtkWidget *limn_region_row_new (void);
/* Copies; number: from 0. */
void limn_region_row_set (LimnRegionRow *self, const LimnRegion *region, guint number);
const LimnRegion *limn_region_row_get (LimnRegionRow *self);
/* Opens it and takes the keys to its prompt. */
void limn_region_row_edit (LimnRegionRow *self);

G_END_DECLS
