/* window-regions.c - the tool that draws regions, and its rows beside.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

gboolean
limn_window_draws_regions (LimnWindow *self)
{
  return gtk_widget_get_visible (GTK_WIDGET (self->region_layer));
}

static void
set_drawing (LimnWindow *self, gboolean on)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "draw-regions");

  if (on && limn_canvas_mode_edits (limn_mask_mode_get (self->mask_mode)))
    limn_mask_mode_done (self->mask_mode);
  limn_undo_commit (self->undo);
  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (on));
  gtk_widget_set_visible (GTK_WIDGET (self->region_layer), on);
  if (!on) {
    limn_region_layer_set_brushes (self->region_layer, FALSE);
    limn_window_show_stage (self);
    return;
  }
  gtk_stack_set_visible_child_name (self->stage, "canvas");
  gtk_widget_grab_focus (GTK_WIDGET (self->region_layer));
}

void
limn_window_leave_regions (LimnWindow *self)
{
  if (limn_window_draws_regions (self))
    set_drawing (self, FALSE);
}

static void
draw_regions_state (GSimpleAction *action, GVariant *state, gpointer data)
{
  set_drawing (data, g_variant_get_boolean (state));
}

static void
add_region_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  set_drawing (self, TRUE);
  if (!limn_region_group_add (self->region_group))
    adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("There are as many regions as a picture can have")));
}

static void
drawn_cb (LimnWindow *self, guint index)
{
  limn_window_scroll_to (self, GTK_WIDGET (self->region_group));
  limn_region_group_edit (self->region_group, index);
}

static void
brush_cb (LimnWindow *self, guint index)
{
  set_drawing (self, TRUE);
  limn_region_layer_select (self->region_layer, (int) index);
  limn_region_layer_set_brushes (self->region_layer, TRUE);
}

static const GActionEntry actions[] = {
  { .name = "draw-regions", .state = "false", .change_state = draw_regions_state },
  { .name = "add-region", .activate = add_region_action },
};

void
limn_window_install_regions (LimnWindow *self)
{
  GAction *generate = g_action_map_lookup_action (G_ACTION_MAP (self), "generate");

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  g_signal_connect_object (generate, "activate", G_CALLBACK (limn_window_leave_regions), self, G_CONNECT_SWAPPED);
  limn_region_layer_bind (self->region_layer, self->canvas, self->settings);
  limn_region_group_bind (self->region_group, self->settings);
  g_signal_connect_object (self->region_layer, "drawn", G_CALLBACK (drawn_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->region_group, "brush", G_CALLBACK (brush_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->region_layer, "left", G_CALLBACK (limn_window_leave_regions), self, G_CONNECT_SWAPPED);
}
