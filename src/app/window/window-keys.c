/* window-keys.c - Esc and Ctrl+Z belong to what has the focus.
 *
 * A widget takes them by its own shortcuts.  What none between the focus and the window took ends here: Esc leaves what
 * lies over the picture, and stops the run only where nothing does; Ctrl+Z takes back what was done where the focus is,
 * and a setting where that place has no undo of its own.
 *
 * What the toasts lie over ends Esc before them, for they would take it although they have not the focus.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

typedef struct {
  GType (*type) (void);
  const char *undo, *redo; /* actions; NULL: the key ends here */
} Place;

/* The innermost around the focus decides.  A text took the key already, unless nothing is left to take back in it;
 * buttons beside it have no part in that. */
static const Place places[] = {
  { gtk_text_view_get_type, NULL, NULL },
  { gtk_search_entry_get_type, NULL, NULL },
  { adw_entry_row_get_type, NULL, NULL },
  { limn_gallery_get_type, "gallery.undo-trash", NULL },
};

static const Place *
find_place (LimnWindow *self, GtkWidget *focus, GtkWidget **where)
{
  static const Place mask = { NULL, "win.mask-undo", "win.mask-redo" };
  static const Place settings = { NULL, "win.undo", "win.redo" };
  gboolean masking = limn_mask_mode_get (self->mask_mode) == LIMN_CANVAS_MASK;
  gboolean text = GTK_IS_TEXT (focus) || GTK_IS_TEXT_VIEW (focus);

  for (*where = focus; *where != NULL; *where = gtk_widget_get_parent (*where))
    for (guint i = 0; i < G_N_ELEMENTS (places); i++)
      if (g_type_is_a (G_OBJECT_TYPE (*where), places[i].type ()) && (text || places[i].undo != NULL))
        return &places[i];
  *where = GTK_WIDGET (self);
  if (masking && (focus == NULL || gtk_widget_is_ancestor (focus, GTK_WIDGET (self->stage))))
    return &mask;
  return &settings;
}

static gboolean
undo_cb (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  GtkWidget *where;
  const Place *place = find_place (LIMN_WINDOW (widget), gtk_root_get_focus (GTK_ROOT (widget)), &where);
  gboolean again = g_variant_get_boolean (arguments);
  const char *action = again ? place->redo : place->undo;

  if (action != NULL)
    gtk_widget_activate_action (where, action, NULL);
  return TRUE;
}

static gboolean
leave_before_and_after (LimnWindow *self)
{
  gboolean can_compare, compare;

  g_object_get (self->canvas, "can-compare", &can_compare, "compare", &compare, NULL);
  if (can_compare && compare)
    limn_canvas_set_compare (self->canvas, FALSE);
  return can_compare && compare;
}

/* FALSE: there is nothing to cancel. */
static gboolean
cancel (LimnWindow *self)
{
  gboolean can_cancel = g_action_group_get_action_enabled (G_ACTION_GROUP (self), "cancel");

  if (can_cancel)
    g_action_group_activate_action (G_ACTION_GROUP (self), "cancel", NULL);
  return can_cancel;
}

static gboolean
escape_cb (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnWindow *self = LIMN_WINDOW (gtk_widget_get_root (widget));

  if (limn_restore_bar_is_shown (self->restore_bar))
    limn_window_forget_dropped (self);
  else if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stage), "contact-sheet") == 0)
    gtk_widget_activate_action (widget, "win.contact-sheet", NULL);
  else if (limn_canvas_mode_edits (limn_mask_mode_get (self->mask_mode)))
    limn_mask_mode_done (self->mask_mode);
  else if (limn_window_draws_regions (self))
    limn_window_leave_regions (self);
  else if (!limn_window_history_leave (self) && !leave_before_and_after (self))
    return cancel (self);
  return TRUE;
}

void
limn_window_install_keys (LimnWindow *self)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0), gtk_callback_action_new (escape_cb, NULL, NULL)));
  gtk_widget_add_controller (adw_toast_overlay_get_child (self->toasts), keys);
}

void
limn_window_class_add_keys (GtkWidgetClass *klass)
{
  const GdkModifierType control = GDK_CONTROL_MASK, shift = GDK_SHIFT_MASK;

  gtk_widget_class_add_binding (klass, GDK_KEY_Escape, 0, escape_cb, NULL);
  gtk_widget_class_add_binding (klass, GDK_KEY_z, control, undo_cb, "b", FALSE);
  gtk_widget_class_add_binding (klass, GDK_KEY_z, control | shift, undo_cb, "b", TRUE);
  gtk_widget_class_add_binding (klass, GDK_KEY_y, control, undo_cb, "b", TRUE);
}
