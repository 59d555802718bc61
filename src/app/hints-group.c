/* hints-group.c - SDXL's micro-conditioning.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/hints-group.h"

#include <glib/gi18n.h>

#include "app/pair-row.h"

struct _LimnHintsGroup {
  AdwPreferencesGroup parent_instance;
  AdwExpanderRow *positive, *negative;
  LimnPairRow *original_row, *crop_row, *target_row;
  LimnPairRow *negative_original_row, *negative_crop_row, *negative_target_row;
  LimnSettings *settings;
};

G_DEFINE_FINAL_TYPE (LimnHintsGroup, limn_hints_group, ADW_TYPE_PREFERENCES_GROUP)

static void
append_size (GString *text, int width, int height)
{
  if (width == 0 || height == 0)
    g_string_append (text, _ ("auto"));
  else
    g_string_append_printf (text, "%d × %d", width, height);
}

static char *
summary (int width, int height, int left, int top, int target_width, int target_height)
{
  GString *text = g_string_new (NULL);

  append_size (text, width, height);
  /* translators: crop offsets, left and top */
  g_string_append_printf (text, _ (" · crop %d, %d · "), left, top);
  append_size (text, target_width, target_height);
  return g_string_free (text, FALSE);
}

static void
update_cb (LimnHintsGroup *self)
{
  const LimnSettingsValues *v = limn_settings_values (self->settings);
  g_autofree char *positive =
      summary (v->original_width, v->original_height, v->crop_left, v->crop_top, v->target_width, v->target_height);
  g_autofree char *negative = summary (v->negative_original_width, v->negative_original_height, v->negative_crop_left,
                                       v->negative_crop_top, v->negative_target_width, v->negative_target_height);

  adw_expander_row_set_subtitle (self->positive, positive);
  adw_expander_row_set_subtitle (self->negative, v->separate_negative ? negative : _ ("As above"));
}

static void
limn_hints_group_dispose (GObject *object)
{
  g_clear_object (&LIMN_HINTS_GROUP (object)->settings);

  G_OBJECT_CLASS (limn_hints_group_parent_class)->dispose (object);
}

static void
limn_hints_group_class_init (LimnHintsGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_hints_group_dispose;
  g_type_ensure (LIMN_TYPE_PAIR_ROW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/hints-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, positive);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, negative);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, original_row);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, crop_row);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, target_row);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, negative_original_row);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, negative_crop_row);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, negative_target_row);
}

static void
limn_hints_group_init (LimnHintsGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_hints_group_bind (LimnHintsGroup *self, LimnSettings *settings)
{
  g_set_object (&self->settings, settings);
  limn_pair_row_bind (self->original_row, settings, "original-width", "original-height");
  limn_pair_row_bind (self->crop_row, settings, "crop-left", "crop-top");
  limn_pair_row_bind (self->target_row, settings, "target-width", "target-height");
  limn_pair_row_bind (self->negative_original_row, settings, "negative-original-width", "negative-original-height");
  limn_pair_row_bind (self->negative_crop_row, settings, "negative-crop-left", "negative-crop-top");
  limn_pair_row_bind (self->negative_target_row, settings, "negative-target-width", "negative-target-height");
  g_object_bind_property (settings, "separate-negative", self->negative, "enable-expansion",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_signal_connect_object (settings, "notify", G_CALLBACK (update_cb), self, G_CONNECT_SWAPPED);
  update_cb (self);
}
