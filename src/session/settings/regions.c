/* regions.c - see regions.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/regions.h"

#include "base/details.h"

GPtrArray *
limn_settings_get_regions (LimnSettings *self)
{
  GPtrArray *regions;

  g_return_val_if_fail (LIMN_IS_SETTINGS (self), NULL);

  regions = limn_regions_read (limn_settings_values (self)->regions, NULL);
  return regions != NULL ? regions : g_ptr_array_new_with_free_func ((GDestroyNotify) limn_region_free);
}

void
limn_settings_set_regions (LimnSettings *self, const GPtrArray *regions)
{
  g_autofree char *text = limn_regions_write (regions);

  g_return_if_fail (LIMN_IS_SETTINGS (self));

  g_object_set (self, "regions", text, NULL);
}

int
limn_settings_add_region (LimnSettings *self, double x, double y, double width, double height)
{
  g_autoptr (GPtrArray) regions = limn_settings_get_regions (self);

  if (regions->len >= LIMN_MOST_REGIONS)
    return -1;
  g_ptr_array_add (regions, limn_region_new (x, y, width, height));
  limn_settings_set_regions (self, regions);
  return (int) regions->len - 1;
}

void
limn_settings_remove_region (LimnSettings *self, guint index)
{
  g_autoptr (GPtrArray) regions = limn_settings_get_regions (self);

  if (index >= regions->len)
    return;
  g_ptr_array_remove_index (regions, index);
  limn_settings_set_regions (self, regions);
}

gboolean
limn_settings_detail_region (LimnSettings *self, guint index)
{
  g_autoptr (GPtrArray) regions = limn_settings_get_regions (self);
  g_autoptr (GPtrArray) one = g_ptr_array_new ();
  const char *before = limn_settings_values (self)->details;
  g_autoptr (LimnRegion) box = NULL;

  if (index >= regions->len)
    return FALSE;
  box = limn_region_copy (regions->pdata[index]);
  box->weight = box->end = 1;
  box->start = 0;
  g_clear_pointer (&box->mask, g_free);
  g_ptr_array_add (one, box);
  g_autofree char *line = limn_regions_write (one);
  g_autofree char *details = g_strconcat (before, before[0] != '\0' ? "\n" : "", line, NULL);
  if (!limn_details_check (details, NULL))
    return FALSE;
  g_ptr_array_remove_index (regions, index);
  g_autofree char *left = limn_regions_write (regions);
  g_object_set (self, "details", details, "regions", left, NULL);
  return TRUE;
}
