/* refiner-group.h - the refiner: off or on, its model, the hand-off, its aesthetic scores.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/panel/model-row.h"

G_BEGIN_DECLS

#define LIMN_TYPE_REFINER_GROUP (limn_refiner_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnRefinerGroup, limn_refiner_group, LIMN, REFINER_GROUP, AdwPreferencesGroup)

void limn_refiner_group_bind (LimnRefinerGroup *self, LimnSession *session, LimnSettings *settings);
/* Who does how many steps, as the schedule has it; until then the hand-off's share is rounded. */
void limn_refiner_group_set_steps (LimnRefinerGroup *self, int base, int refiner);
LimnModelRow *limn_refiner_group_get_model_row (LimnRefinerGroup *self);

G_END_DECLS
