/* region-snap.c - see region-snap.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/region-snap.h"

#include <math.h>

#define SNAP 7 /* units: how near to a line they are taken */

LimnRegionRule
limn_region_rule (const GPtrArray *regions, int but, gboolean down, double size)
{
  LimnRegionRule rule = { size, { 0, 0.5, 1 }, 3 };

  for (guint i = 0; i < regions->len; i++) {
    const LimnRegion *region = regions->pdata[i];

    if ((int) i == but)
      continue;
    rule.lines[rule.n++] = down ? region->y : region->x;
    rule.lines[rule.n++] = down ? region->y + region->height : region->x + region->width;
  }
  return rule;
}

/* FALSE: at is near none. */
static gboolean
find_line (const LimnRegionRule *rule, double at, double *line)
{
  for (int i = 0; i < rule->n; i++)
    if (fabs (at - rule->lines[i]) * rule->size < SNAP) {
      *line = rule->lines[i];
      return TRUE;
    }
  return FALSE;
}

double
limn_region_rule_snap (const LimnRegionRule *rule, double at)
{
  double line;

  return find_line (rule, at, &line) ? line : round (CLAMP (at, 0, 1) * 1000) / 1000;
}

void
limn_region_rule_pull (const LimnRegionRule *rule, double before, double length, double by, gboolean first,
                       gboolean last, double *from, double *to)
{
  double start = before, end = before + length, line;

  if (first && last) {
    start = before + by;
    if (find_line (rule, start + length, &line))
      start = line - length;
    else
      start = limn_region_rule_snap (rule, start);
    start = CLAMP (start, 0, 1 - length);
    end = start + length;
  } else if (first) {
    start = limn_region_rule_snap (rule, before + by);
  } else if (last) {
    end = limn_region_rule_snap (rule, before + length + by);
  }
  *from = MIN (start, end);
  *to = MAX (start, end);
}
