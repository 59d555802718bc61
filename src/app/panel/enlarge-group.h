/* enlarge-group.h - what makes the picture larger in the end: off or on, and the upscaler.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_ENLARGE_GROUP (limn_enlarge_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnEnlargeGroup, limn_enlarge_group, LIMN, ENLARGE_GROUP, AdwPreferencesGroup)

void limn_enlarge_group_bind (LimnEnlargeGroup *self, LimnSettings *settings);

G_END_DECLS
