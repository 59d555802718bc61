/* map.h - what a ControlNet is to follow, made of a picture without any model: a table of pure functions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

#define LIMN_MAP_NUMBERS 2

/* A number that the making of a map takes. */
typedef struct {
  const char *name; /* NULL: none */
  double value, least, most;
} LimnMapNumber;

typedef struct {
  LimnChoice choice; /* "canny", "Edges (Canny)": as people choose it */
  const char *about; /* what it shows, in a sentence */
  const char *type;  /* as what a ControlNet of several kinds is told of it (base/control-type.h) */
  LimnMapNumber numbers[LIMN_MAP_NUMBERS];
  /* Of the same size.  numbers: as the row has them.  (transfer full) */
  LimnImage *(*make) (const LimnImage *image, const double *numbers);
} LimnMap;

/* By index, and by name; NULL where there is none. */
const LimnMap *limn_map_nth (guint index);
const LimnMap *limn_map_find (const char *name);
const LimnChoice *limn_map_choice (guint index);
/* numbers: [LIMN_MAP_NUMBERS], the row's own at first. */
void limn_map_numbers (const LimnMap *map, double *numbers);

G_END_DECLS
