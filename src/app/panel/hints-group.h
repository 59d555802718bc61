/* hints-group.h - SDXL's micro-conditioning: six numbers, and six more for the negative.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_HINTS_GROUP (limn_hints_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnHintsGroup, limn_hints_group, LIMN, HINTS_GROUP, AdwPreferencesGroup)

void limn_hints_group_bind (LimnHintsGroup *self, LimnSettings *settings);

G_END_DECLS
