/* number-row.c - a row with a number.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/widget/number-row.h"

struct _LimnNumberRow {
  AdwActionRow parent_instance;
  GtkSpinButton *spin;
};

G_DEFINE_FINAL_TYPE (LimnNumberRow, limn_number_row, ADW_TYPE_ACTION_ROW)

enum { PROP_ADJUSTMENT = 1, PROP_DIGITS };

static void
limn_number_row_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  LimnNumberRow *self = LIMN_NUMBER_ROW (object);

  switch (id) {
  case PROP_ADJUSTMENT:
    gtk_spin_button_set_adjustment (self->spin, g_value_get_object (value));
    break;
  case PROP_DIGITS:
    gtk_spin_button_set_digits (self->spin, g_value_get_uint (value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_number_row_class_init (LimnNumberRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS;

  object_class->set_property = limn_number_row_set_property;
  g_object_class_install_property (object_class, PROP_ADJUSTMENT,
                                   g_param_spec_object ("adjustment", NULL, NULL, GTK_TYPE_ADJUSTMENT, flags));
  g_object_class_install_property (object_class, PROP_DIGITS,
                                   g_param_spec_uint ("digits", NULL, NULL, 0, 20, 0, flags));

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/number-row.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnNumberRow, spin);
}

static void
limn_number_row_init (LimnNumberRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  limn_spin_ignore_scroll (self->spin);
  limn_spin_leave_undo (self->spin);
}

void
limn_number_row_bind (LimnNumberRow *self, gpointer object, const char *property)
{
  g_object_bind_property (object, property, gtk_spin_button_get_adjustment (self->spin), "value",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->spin), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self)), -1);
}

void
limn_spin_ignore_scroll (GtkSpinButton *spin)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (spin));

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++) {
    g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

    if (GTK_IS_EVENT_CONTROLLER_SCROLL (controller))
      gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_NONE);
  }
}

void
limn_spin_leave_undo (GtkSpinButton *spin)
{
  GtkWidget *text = GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (spin)));

  gtk_editable_set_enable_undo (GTK_EDITABLE (spin), FALSE);
  /* GTK 4.8 leaves the actions on, which then take the keys and do nothing */
  gtk_widget_action_set_enabled (text, "text.undo", FALSE);
  gtk_widget_action_set_enabled (text, "text.redo", FALSE);
}
