/* window-details.c - what the picture on show was painted with, and its menu where it is clicked.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "base/model-path.h"

/* value: (transfer full) */
static void
add_row (GtkGrid *grid, int row, const char *name, char *value)
{
  GtkWidget *title = g_object_new (GTK_TYPE_LABEL, "label", name, "xalign", 1.0, "yalign", 0.0, NULL);
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", value, "xalign", 0.0, "selectable", TRUE, "wrap", TRUE,
                                   "max-width-chars", 40, NULL);

  gtk_widget_add_css_class (title, "dim-label");
  gtk_accessible_update_relation (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_RELATION_LABELLED_BY, title, NULL, -1);
  gtk_grid_attach (grid, title, 0, row, 1, 1);
  gtk_grid_attach (grid, label, 1, row, 1, 1);
  g_free (value);
}

static char *
title_of (LimnChoiceTable table, const char *name)
{
  const LimnChoice *choice = limn_choice_find (table, name);

  return g_strdup (choice != NULL ? _ (choice->title) : name);
}

static GtkWidget *
make_grid (LimnWindow *self)
{
  const LimnSettingsValues *values = limn_settings_values (limn_picture_get_settings (self->picture));
  LimnModelRow *refiner_row = limn_refiner_group_get_model_row (self->refiner_group);
  GtkGrid *grid = GTK_GRID (gtk_grid_new ());
  int row = 0;
  guint n;
  const LimnField *fields = limn_fields (&n);

  gtk_grid_set_column_spacing (grid, 12);
  gtk_grid_set_row_spacing (grid, 6);
  g_object_set (grid, "margin-start", 6, "margin-end", 6, "margin-top", 6, "margin-bottom", 6, NULL);
  if (values->prompt[0] != '\0')
    add_row (grid, row++, _ ("Prompt"), g_strdup (values->prompt));
  if (values->negative[0] != '\0')
    add_row (grid, row++, _ ("Negative prompt"), g_strdup (values->negative));
  add_row (grid, row++, _ ("Model"), limn_model_row_display_name (self->model_row, values->model));
  if (values->use_refiner)
    add_row (grid, row++, _ ("Refiner"), limn_model_row_display_name (refiner_row, values->refiner));
  add_row (grid, row++, _ ("Size"), g_strdup_printf (_ ("%d × %d"), values->width, values->height));
  if (values->use_upscaler) {
    g_autofree char *name = limn_model_name_from_path (values->upscaler), *shown = g_filename_display_name (name);
    const LimnImage *image = limn_picture_get_image (self->picture);

    /* translators: an upscaler's name, and the size of what it has made of the picture */
    add_row (grid, row++, _ ("Enlarged"),
             g_strdup_printf (_ ("by %s, to %d × %d"), shown, image->width, image->height));
  }
  add_row (grid, row++, _ ("Steps"), g_strdup_printf ("%d", values->steps));
  add_row (grid, row++, _ ("Guidance"), g_strdup_printf ("%.4g", values->guidance));
  add_row (grid, row++, _ ("Sampler"), title_of (limn_sampler_choice, values->sampler));
  add_row (grid, row++, _ ("Schedule"), title_of (limn_schedule_choice, limn_fields_schedule (&values->fields)));
  for (guint i = 0; i < n; i++)
    if (fields[i].about != NULL && !limn_field_is_default (&fields[i], &values->fields)
        && limn_field_counts (&fields[i], &values->fields))
      add_row (grid, row++, _ (fields[i].title), limn_field_to_text (&fields[i], &values->fields));
  add_row (grid, row, _ ("Seed"), g_strdup_printf ("%" G_GUINT64_FORMAT, values->seed));
  return GTK_WIDGET (grid);
}

/* a label that takes the focus has all of its text selected, which nobody asked for */
static void
unselect (GtkWidget *focus)
{
  if (GTK_IS_LABEL (focus))
    gtk_label_select_region (GTK_LABEL (focus), 0, 0);
}

static void
details_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  if (self->details == NULL) {
    self->details = gtk_popover_new ();
    gtk_widget_set_parent (self->details, GTK_WIDGET (self->picture_title));
  }
  gtk_popover_set_child (GTK_POPOVER (self->details), make_grid (self));
  gtk_popover_popup (GTK_POPOVER (self->details));
  unselect (gtk_window_get_focus (GTK_WINDOW (self)));
}

static void
pressed_cb (GtkGestureClick *gesture, int presses, double x, double y, LimnWindow *self)
{
  /* with a brush that button rubs out */
  if (limn_canvas_get_mode (self->canvas) != LIMN_CANVAS_VIEW || self->picture == NULL)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->canvas_menu), &(GdkRectangle){ (int) x, (int) y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->canvas_menu));
}

static const GActionEntry actions[] = {
  { .name = "details", .activate = details_action },
};

void
limn_window_details_init (LimnWindow *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  self->canvas_menu = gtk_popover_menu_new_from_model (self->picture_menu);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->canvas_menu), FALSE);
  gtk_widget_set_halign (self->canvas_menu, GTK_ALIGN_START);
  gtk_widget_set_parent (self->canvas_menu, GTK_WIDGET (self->canvas));
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->canvas), GTK_EVENT_CONTROLLER (click));
}

void
limn_window_details_dispose (LimnWindow *self)
{
  g_clear_pointer (&self->details, gtk_widget_unparent);
  g_clear_pointer (&self->canvas_menu, gtk_widget_unparent);
}
