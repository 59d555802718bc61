/* map.c - the table of maps; see map.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "map/map-private.h"

#include <string.h>

#include "base/i18n.h"

static const LimnMap rows[] = {
  { { "canny", N_ ("Edges (Canny)") },
    N_ ("Hard edges, a pixel wide"),
    "canny",
    { { "low", 100, 0, 2040 }, { "high", 200, 0, 2040 } },
    limn_map_canny },
  { { "lineart", N_ ("Line drawing") },
    N_ ("Fine lines, as a pen draws them"),
    "canny",
    { { "width", 1, 0.3, 16 }, { "contrast", 8, 0.1, 100 } },
    limn_map_lines },
  { { "soft", N_ ("Soft edges") },
    N_ ("Edges that are the softer the weaker they are"),
    "hed",
    { { "width", 2, 0.3, 16 }, { "contrast", 2, 0.1, 100 } },
    limn_map_soft },
  { { "scribble", N_ ("Scribble") },
    N_ ("Strokes, white on black, of a drawing or a mask"),
    "hed",
    { { "threshold", 128, 0, 255 } },
    limn_map_scribble },
  { { "tile", N_ ("Blurred picture") },
    N_ ("The picture without its details, which are painted anew"),
    "tile",
    { { "blur", 4, 0, 100 } },
    limn_map_blur },
  { { "colours", N_ ("Colour grid") },
    N_ ("Where which colours are, in squares"),
    "tile",
    { { "square", 64, 1, 1024 } },
    limn_map_grid },
  { { "luminance", N_ ("Brightness") }, N_ ("Light and dark, without colour"), "tile", { { 0 } }, limn_map_grey },
  { { "invert", N_ ("Inverted") }, N_ ("Black for white, of lines on paper"), "canny", { { 0 } }, limn_map_invert },
};

const LimnMap *
limn_map_nth (guint index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index] : NULL;
}

const LimnMap *
limn_map_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_strcmp0 (rows[i].choice.name, name) == 0)
      return &rows[i];
  return NULL;
}

const LimnChoice *
limn_map_choice (guint index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index].choice : NULL;
}

void
limn_map_numbers (const LimnMap *map, double *numbers)
{
  for (int i = 0; i < LIMN_MAP_NUMBERS; i++)
    numbers[i] = map->numbers[i].value;
}
