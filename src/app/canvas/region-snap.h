/* region-snap.h - where edges of regions are taken to while they are pulled at.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/regions.h"

G_BEGIN_DECLS

/* Edges of others, the picture's and its middle, along one side of it, which is size units long. */
typedef struct {
  double size, lines[3 + 2 * LIMN_MOST_REGIONS];
  int n;
} LimnRegionRule;

/* Of regions but that one. */
LimnRegionRule limn_region_rule (const GPtrArray *regions, int but, gboolean down, double size);
/* A share of the side; to the rule's line where it is near one. */
double limn_region_rule_snap (const LimnRegionRule *rule, double at);
/* One side of a region, from before on as long, whose first and last edge may move by so much. */
void limn_region_rule_pull (const LimnRegionRule *rule, double before, double length, double by, gboolean first,
                            gboolean last, double *from, double *to);

G_END_DECLS
