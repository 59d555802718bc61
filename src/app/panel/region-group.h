/* region-group.h - parts of the next picture that are told something of their own, a row for each.
 *
 * Signal: "brush" (guint index): its shape is to be painted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_REGION_GROUP (limn_region_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnRegionGroup, limn_region_group, LIMN, REGION_GROUP, AdwPreferencesGroup)

void limn_region_group_bind (LimnRegionGroup *self, LimnSettings *settings);
/* A further one, where there is room; FALSE: there are as many as there can be. */
gboolean limn_region_group_add (LimnRegionGroup *self);
/* The keys go to its prompt. */
void limn_region_group_edit (LimnRegionGroup *self, guint index);

G_END_DECLS
