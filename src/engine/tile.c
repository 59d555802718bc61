/* tile.c - in which directions a picture repeats.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/i18n.h"
#include "engine/fields.h"

static const LimnChoice rows[] = {
  { "none", N_ ("No") },
  { "x", N_ ("Left and Right") },
  { "y", N_ ("Top and Bottom") },
  { "both", N_ ("Both Ways") },
};

const LimnChoice *
limn_tile_choice (guint index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index] : NULL;
}

const char *
limn_tile_name (gboolean x, gboolean y)
{
  return rows[(x ? 1 : 0) + (y ? 2 : 0)].name;
}

void
limn_tile_get (const LimnFields *fields, gboolean *x, gboolean *y)
{
  guint index = 0;

  while (index + 1 < G_N_ELEMENTS (rows) && g_strcmp0 (fields->tile, rows[index].name) != 0)
    index++;
  if (g_strcmp0 (fields->tile, rows[index].name) != 0)
    index = 0;
  *x = (index & 1) != 0;
  *y = (index & 2) != 0;
}
