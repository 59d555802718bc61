/* region-group.c - rows of regions, which are the settings'.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/region-group.h"

#include <glib/gi18n.h>

#include "app/panel/region-row.h"
#include "app/widget/number-row.h"
#include "session/settings/regions.h"

struct _LimnRegionGroup {
  AdwPreferencesGroup parent_instance;
  LimnNumberRow *base_row;
  LimnSettings *settings;
  GPtrArray *rows; /* (element-type LimnRegionRow) by their place in the settings; borrowed */
  gboolean writing;
};

enum { BRUSH, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LimnRegionGroup, limn_region_group, ADW_TYPE_PREFERENCES_GROUP)

/* ---- Rows ---- */

static void
changed_cb (LimnRegionRow *row, LimnRegionGroup *self)
{
  g_autoptr (GPtrArray) regions = limn_settings_get_regions (self->settings);
  guint index;

  if (!g_ptr_array_find (self->rows, row, &index) || index >= regions->len)
    return;
  limn_region_free (regions->pdata[index]);
  regions->pdata[index] = limn_region_copy (limn_region_row_get (row));
  self->writing = TRUE;
  limn_settings_set_regions (self->settings, regions);
  self->writing = FALSE;
}

static void
removed_cb (LimnRegionRow *row, LimnRegionGroup *self)
{
  guint index;

  if (g_ptr_array_find (self->rows, row, &index))
    limn_settings_remove_region (self->settings, index);
}

static void
detailed_cb (LimnRegionRow *row, LimnRegionGroup *self)
{
  guint index;

  if (g_ptr_array_find (self->rows, row, &index))
    limn_settings_detail_region (self->settings, index);
}

static void
brush_cb (LimnRegionRow *row, LimnRegionGroup *self)
{
  guint index;

  if (g_ptr_array_find (self->rows, row, &index))
    g_signal_emit (self, signals[BRUSH], 0, index);
}

static void
add_row (LimnRegionGroup *self)
{
  GtkWidget *row = limn_region_row_new ();

  g_signal_connect_object (row, "changed", G_CALLBACK (changed_cb), self, 0);
  g_signal_connect_object (row, "removed", G_CALLBACK (removed_cb), self, 0);
  g_signal_connect_object (row, "detailed", G_CALLBACK (detailed_cb), self, 0);
  g_signal_connect_object (row, "brush", G_CALLBACK (brush_cb), self, 0);
  g_ptr_array_add (self->rows, row);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
}

static void
update (LimnRegionGroup *self)
{
  g_autoptr (GPtrArray) regions = NULL;

  if (self->writing)
    return;
  regions = limn_settings_get_regions (self->settings);
  while (self->rows->len > regions->len)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self),
                                  g_ptr_array_steal_index (self->rows, self->rows->len - 1));
  while (self->rows->len < regions->len)
    add_row (self);
  for (guint i = 0; i < regions->len; i++)
    limn_region_row_set (self->rows->pdata[i], regions->pdata[i], i);
  gtk_widget_set_visible (GTK_WIDGET (self->base_row), regions->len > 0);
  /* an empty list has a shadow */
  gtk_widget_set_visible (gtk_widget_get_ancestor (GTK_WIDGET (self->base_row), GTK_TYPE_LIST_BOX), regions->len > 0);
  adw_preferences_group_set_description (
      ADW_PREFERENCES_GROUP (self),
      regions->len == 0 ? _ ("Draw where in the picture something is, and say what: it does not mix with the rest")
                        : NULL);
}

gboolean
limn_region_group_add (LimnRegionGroup *self)
{
  static const double places[][4] = { { 0, 0, 0.5, 1 }, { 0.5, 0, 0.5, 1 }, { 0.25, 0.25, 0.5, 0.5 } };
  const double *place;
  int index;

  g_return_val_if_fail (LIMN_IS_REGION_GROUP (self), FALSE);

  place = places[MIN (self->rows->len, G_N_ELEMENTS (places) - 1)];
  index = limn_settings_add_region (self->settings, place[0], place[1], place[2], place[3]);
  if (index >= 0)
    limn_region_group_edit (self, (guint) index);
  return index >= 0;
}

void
limn_region_group_edit (LimnRegionGroup *self, guint index)
{
  g_return_if_fail (LIMN_IS_REGION_GROUP (self));

  if (index < self->rows->len)
    limn_region_row_edit (self->rows->pdata[index]);
}

/* ---- Object ---- */

static void
limn_region_group_dispose (GObject *object)
{
  g_clear_object (&LIMN_REGION_GROUP (object)->settings);

  G_OBJECT_CLASS (limn_region_group_parent_class)->dispose (object);
}

static void
limn_region_group_finalize (GObject *object)
{
  g_ptr_array_unref (LIMN_REGION_GROUP (object)->rows);

  G_OBJECT_CLASS (limn_region_group_parent_class)->finalize (object);
}

static void
limn_region_group_class_init (LimnRegionGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_region_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_region_group_finalize;
  g_type_ensure (LIMN_TYPE_NUMBER_ROW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/region-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnRegionGroup, base_row);
  signals[BRUSH] = g_signal_new ("brush", LIMN_TYPE_REGION_GROUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                 1, G_TYPE_UINT);
}

static void
limn_region_group_init (LimnRegionGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->rows = g_ptr_array_new ();
}

void
limn_region_group_bind (LimnRegionGroup *self, LimnSettings *settings)
{
  g_return_if_fail (LIMN_IS_REGION_GROUP (self));
  g_return_if_fail (self->settings == NULL);

  self->settings = g_object_ref (settings);
  limn_number_row_bind (self->base_row, settings, "regions-base");
  g_signal_connect_object (settings, "notify::regions", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}
