/* hints-group.c - SDXL's micro-conditioning.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/hints-group.h"

#include <glib/gi18n.h>

#include "app/panel/frame-view.h"
#include "app/widget/pair-row.h"

struct _LimnHintsGroup {
  AdwPreferencesGroup parent_instance;
  AdwExpanderRow *expander;
  LimnFrameView *frame_view;
  GtkLabel *effect;
  GtkWidget *side_box, *hint_label;
  GtkToggleButton *positive_button, *negative_button;
  GtkMenuButton *presets_button;
  GtkSwitch *separate_switch;
  LimnPairRow *original_row, *crop_row, *target_row;
  LimnPairRow *negative_original_row, *negative_crop_row, *negative_target_row;
  LimnSettings *settings;
};

G_DEFINE_FINAL_TYPE (LimnHintsGroup, limn_hints_group, ADW_TYPE_PREFERENCES_GROUP)

static void
append_part (GString *text, const char *part)
{
  if (text->len > 0)
    g_string_append (text, " · ");
  g_string_append (text, part);
}

static char *
summary (const LimnSizeHints *hints)
{
  GString *text = g_string_new (NULL);

  if (hints->original_width != 0 && hints->original_height != 0) {
    /* translators: the size of a photo */
    g_autofree char *part = g_strdup_printf (_ ("Original %d × %d"), hints->original_width, hints->original_height);

    append_part (text, part);
  }
  if (hints->crop_left != 0 || hints->crop_top != 0) {
    /* translators: left and top of a part of a photo */
    g_autofree char *part = g_strdup_printf (_ ("Crop %d, %d"), hints->crop_left, hints->crop_top);

    append_part (text, part);
  }
  if (hints->target_width != 0 && hints->target_height != 0) {
    /* translators: the size of a part of a photo */
    g_autofree char *part = g_strdup_printf (_ ("Target %d × %d"), hints->target_width, hints->target_height);

    append_part (text, part);
  }
  if (text->len == 0)
    g_string_append (text, _ ("As the output"));
  return g_string_free (text, FALSE);
}

static gboolean
shows_negative (LimnHintsGroup *self)
{
  return limn_settings_values (self->settings)->separate_negative
         && gtk_toggle_button_get_active (self->negative_button);
}

static void
update_cb (LimnHintsGroup *self)
{
  const LimnSettingsValues *values;
  LimnSizeHints positive, shown;
  gboolean negative;
  g_autofree char *text = NULL, *effect = NULL;

  if (self->settings == NULL)
    return;
  values = limn_settings_values (self->settings);
  negative = shows_negative (self);
  positive = limn_hints_get (self->settings, FALSE);
  text = summary (&positive);
  adw_expander_row_set_subtitle (self->expander, text);

  shown = limn_hints_get (self->settings, negative);
  shown = limn_size_hints_resolve (&shown, values->width, values->height);
  effect = limn_hints_effect (&shown);
  gtk_label_set_text (self->effect, effect);

  gtk_widget_set_visible (self->side_box, values->separate_negative);
  gtk_widget_set_visible (self->hint_label, !values->separate_negative);
  gtk_widget_set_visible (GTK_WIDGET (self->original_row), !negative);
  gtk_widget_set_visible (GTK_WIDGET (self->crop_row), !negative);
  gtk_widget_set_visible (GTK_WIDGET (self->target_row), !negative);
  gtk_widget_set_visible (GTK_WIDGET (self->negative_original_row), negative);
  gtk_widget_set_visible (GTK_WIDGET (self->negative_crop_row), negative);
  gtk_widget_set_visible (GTK_WIDGET (self->negative_target_row), negative);
  g_object_set (self->frame_view, "negative", negative, NULL);
}

/* ---- Presets ---- */

/* parameter: limn_preset_name () */
static void
preset_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  LimnHintsGroup *self = LIMN_HINTS_GROUP (widget);
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  gboolean negative = shows_negative (self);
  LimnSizeHints hints = limn_hints_get (self->settings, negative);
  LimnPreset preset;

  if (!limn_preset_from_name (g_variant_get_string (parameter, NULL), &preset))
    return;
  hints = limn_preset_apply (preset, &hints, values->width, values->height);
  limn_hints_set (self->settings, negative, &hints);
}

/* the negative is told of a small original: the picture moves away from what those look like */
static void
small_negative_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  LimnHintsGroup *self = LIMN_HINTS_GROUP (widget);
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  LimnSizeHints hints = limn_hints_get (self->settings, FALSE);

  hints = limn_preset_apply (LIMN_PRESET_SMALL, &hints, values->width, values->height);
  limn_hints_set (self->settings, TRUE, &hints);
  g_object_set (self->settings, "separate-negative", TRUE, NULL);
  gtk_toggle_button_set_active (self->negative_button, TRUE);
}

static GMenuModel *
presets_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) sizes = g_menu_new (), crops = g_menu_new (), other = g_menu_new ();

  for (int i = 0; i < LIMN_N_PRESETS; i++) {
    g_autofree char *action = g_strdup_printf ("hints.preset::%s", limn_preset_name ((LimnPreset) i));

    g_menu_append (i <= LIMN_PRESET_SMALL ? sizes : crops, limn_preset_title ((LimnPreset) i), action);
  }
  g_menu_append (other, _ ("Small Original for the Negative"), "hints.small-negative");
  g_menu_append_section (menu, _ ("Photo"), G_MENU_MODEL (sizes));
  g_menu_append_section (menu, _ ("Frame"), G_MENU_MODEL (crops));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (other));
  return G_MENU_MODEL (menu);
}

/* ---- Object ---- */

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
  g_type_ensure (LIMN_TYPE_FRAME_VIEW);
  g_type_ensure (LIMN_TYPE_PAIR_ROW);
  gtk_widget_class_install_action (widget_class, "hints.preset", "s", preset_action);
  gtk_widget_class_install_action (widget_class, "hints.small-negative", NULL, small_negative_action);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/hints-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, expander);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, frame_view);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, effect);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, side_box);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, hint_label);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, positive_button);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, negative_button);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, presets_button);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, separate_switch);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, original_row);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, crop_row);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, target_row);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, negative_original_row);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, negative_crop_row);
  gtk_widget_class_bind_template_child (widget_class, LimnHintsGroup, negative_target_row);
  gtk_widget_class_bind_template_callback (widget_class, update_cb);
}

static void
limn_hints_group_init (LimnHintsGroup *self)
{
  g_autoptr (GMenuModel) menu = presets_menu ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_menu_button_set_menu_model (self->presets_button, menu);
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
  g_object_bind_property (settings, "separate-negative", self->separate_switch, "active",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  limn_frame_view_bind (self->frame_view, settings);
  g_signal_connect_object (settings, "notify", G_CALLBACK (update_cb), self, G_CONNECT_SWAPPED);
  update_cb (self);
}
