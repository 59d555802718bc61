/* source-chips.h - on a corner of the canvas: what else than the prompt decides the next picture, and how to be rid of
 * it.
 *
 * The picture to start from with its strength, its mask, and what was added around it.  Nothing where there is none.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/canvas/mask-mode.h"

G_BEGIN_DECLS

#define LIMN_TYPE_SOURCE_CHIPS (limn_source_chips_get_type ())
G_DECLARE_FINAL_TYPE (LimnSourceChips, limn_source_chips, LIMN, SOURCE_CHIPS, GtkWidget)

void limn_source_chips_bind (LimnSourceChips *self, LimnSettings *settings, LimnMaskMode *mode);

/* How much of the picture mask covers, in whole percent; 0 only where it covers nothing. */
int limn_mask_percent (LimnMask *mask);

G_END_DECLS
