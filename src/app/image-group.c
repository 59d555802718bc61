/* image-group.c - the picture to start from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/image-group.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/crop-view.h"

struct _LimnImageGroup {
  AdwPreferencesGroup parent_instance;
  GtkWidget *empty_row, *crop_row, *name_row, *strength_row;
  LimnCropView *crop_view;
  GtkScale *strength_scale;
  GtkAdjustment *strength;
  LimnSettings *settings;
};

G_DEFINE_FINAL_TYPE (LimnImageGroup, limn_image_group, ADW_TYPE_PREFERENCES_GROUP)

static void
update_cb (LimnImageGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  gboolean has = values->source != NULL;

  gtk_widget_set_visible (self->empty_row, !has);
  gtk_widget_set_visible (self->crop_row, has);
  gtk_widget_set_visible (self->name_row, has);
  gtk_widget_set_visible (self->strength_row, has);
  if (has) {
    const LimnImage *image = limn_source_get_image (values->source);
    g_autofree char *size = g_strdup_printf ("%d × %d", image->width, image->height);
    g_autofree char *name = g_markup_escape_text (limn_source_get_name (values->source), -1);

    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->name_row), name);
    adw_action_row_set_subtitle (ADW_ACTION_ROW (self->name_row), size);
  }
}

static char *
format_strength_cb (GtkScale *scale, double value, gpointer data)
{
  /* translators: percent */
  return g_strdup_printf (_ ("%d %%"), (int) round (value * 100));
}

static void
limn_image_group_dispose (GObject *object)
{
  g_clear_object (&LIMN_IMAGE_GROUP (object)->settings);

  G_OBJECT_CLASS (limn_image_group_parent_class)->dispose (object);
}

static void
limn_image_group_class_init (LimnImageGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_image_group_dispose;
  g_type_ensure (LIMN_TYPE_CROP_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/image-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, empty_row);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, crop_row);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, name_row);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, strength_row);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, crop_view);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, strength_scale);
  gtk_widget_class_bind_template_child (widget_class, LimnImageGroup, strength);
}

static void
limn_image_group_init (LimnImageGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_scale_set_format_value_func (self->strength_scale, format_strength_cb, NULL, NULL);
}

void
limn_image_group_bind (LimnImageGroup *self, LimnSettings *settings)
{
  g_set_object (&self->settings, settings);
  limn_crop_view_bind (self->crop_view, settings);
  g_object_bind_property (settings, "strength", self->strength, "value",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_signal_connect_object (settings, "notify::source", G_CALLBACK (update_cb), self, G_CONNECT_SWAPPED);
  update_cb (self);
}
