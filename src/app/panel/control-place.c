/* control-place.c - see control-place.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/control-place.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/regions.h"

#define SIDE 128 /* of a region's mask here */

static const struct {
  const char *title, *mask;
} halves[] = { { N_ ("All of the picture"), NULL },
               { N_ ("Left half"), "2x1/0.1.1" },
               { N_ ("Right half"), "2x1/1.1" },
               { N_ ("Upper half"), "1x2/0.1.1" },
               { N_ ("Lower half"), "1x2/1.1" } };

/* All that a region covers by half or more. */
static const char *
mask_of (const LimnRegion *region)
{
  g_autofree float *cover = g_new (float, SIDE *SIDE);
  g_autoptr (LimnRegion) whole = limn_region_new (0, 0, 1, 1);
  g_autoptr (GString) text = g_string_new (NULL);

  limn_region_cover (region, SIDE, SIDE, cover);
  whole->mask_width = whole->mask_height = SIDE;
  whole->mask = g_new (guint8, SIDE * SIDE);
  for (int i = 0; i < SIDE * SIDE; i++)
    whole->mask[i] = cover[i] >= 0.5f;
  limn_region_append_mask (text, whole);
  return g_intern_string (strchr (text->str, '=') + 1);
}

const char *
limn_control_place (const char *regions, const char *mask, guint index)
{
  g_autoptr (GPtrArray) all = limn_regions_read (regions, NULL);

  if (index < G_N_ELEMENTS (halves))
    return halves[index].mask;
  index -= G_N_ELEMENTS (halves);
  return all != NULL && index < all->len ? mask_of (all->pdata[index]) : mask;
}

GtkStringList *
limn_control_places (const char *regions, const char *mask, guint *selected)
{
  g_autoptr (GPtrArray) all = limn_regions_read (regions, NULL);
  const guint n = all != NULL ? all->len : 0;
  GtkStringList *titles = gtk_string_list_new (NULL);
  guint last = G_N_ELEMENTS (halves) + n;

  *selected = last;
  for (guint i = 0; i < last; i++) {
    g_autofree char *region = g_strdup_printf (_ ("Region %u"), i + 1 - (guint) G_N_ELEMENTS (halves));

    gtk_string_list_append (titles, i < G_N_ELEMENTS (halves) ? _ (halves[i].title) : region);
    if (*selected == last && g_strcmp0 (limn_control_place (regions, NULL, i), mask) == 0)
      *selected = i;
  }
  if (*selected == last)
    gtk_string_list_append (titles, _ ("A part of the picture"));
  return titles;
}
