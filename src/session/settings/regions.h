/* regions.h - the regions of settings, as rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/regions.h"
#include "session/settings/settings.h"

G_BEGIN_DECLS

/* (element-type LimnRegion), whole; text that is none gives none.  (transfer full) */
GPtrArray *limn_settings_get_regions (LimnSettings *self);
void limn_settings_set_regions (LimnSettings *self, const GPtrArray *regions);
/* A further one, unless there are LIMN_MOST_REGIONS; its place among them, or -1. */
int limn_settings_add_region (LimnSettings *self, double x, double y, double width, double height);
void limn_settings_remove_region (LimnSettings *self, guint index);
/* It becomes a box that is painted again in the end, with its prompts, and is no region any more.  FALSE: there are as
 * many as there can be. */
gboolean limn_settings_detail_region (LimnSettings *self, guint index);

G_END_DECLS
