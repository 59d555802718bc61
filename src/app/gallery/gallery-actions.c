/* gallery-actions.c - what can be done with the pictures that are selected, by menu, key or dragging.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/gallery/gallery-private.h"

#include <glib/gi18n.h>

static LimnEntry *
first (GPtrArray *entries)
{
  return entries->len > 0 ? entries->pdata[0] : NULL;
}

static void
use_settings_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GPtrArray) entries = limn_gallery_get_selected (data);

  if (entries->len > 0)
    limn_gallery_emit (data, SIGNAL_USE_SETTINGS, first (entries));
}

static void
use_picture_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GPtrArray) entries = limn_gallery_get_selected (data);

  if (entries->len > 0)
    limn_gallery_emit (data, SIGNAL_USE_PICTURE, first (entries));
}

static void
compare_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GPtrArray) entries = limn_gallery_get_selected (data);

  if (entries->len == 1 || entries->len == 2)
    limn_gallery_emit (data, SIGNAL_COMPARE, entries);
}

static void
open_folder_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GPtrArray) entries = limn_gallery_get_selected (data);

  limn_gallery_emit (data, SIGNAL_OPEN_FOLDER, first (entries));
}

static void
favourite_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnGallery *self = data;
  g_autoptr (GPtrArray) entries = limn_gallery_get_selected (self);
  gboolean favourite = FALSE;

  /* of a mixed lot, all become favourites */
  for (guint i = 0; i < entries->len; i++)
    favourite |= !limn_entry_get_favourite (entries->pdata[i]);
  limn_library_set_favourite (self->library, entries, favourite);
  limn_gallery_update_actions (self);
}

/* ---- Clipboard and dragging ---- */

static void
copy_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GPtrArray) entries = limn_gallery_get_selected (data);
  g_autoptr (GdkContentProvider) content = NULL;

  if (entries->len == 0)
    return;
  content = limn_gallery_content_new (entries);
  gdk_clipboard_set_content (gtk_widget_get_clipboard (data), content);
}

static void
copy_prompt_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GPtrArray) entries = limn_gallery_get_selected (data);

  if (entries->len > 0)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (data), limn_entry_get_prompt (first (entries)));
}

static void
select_alone (LimnGallery *self, LimnEntry *entry)
{
  guint position = limn_library_find (self->library, limn_entry_get_path (entry));

  if (position != G_MAXUINT && !gtk_selection_model_is_selected (GTK_SELECTION_MODEL (self->selection), position)) {
    self->revealing = TRUE;
    gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->selection), position, TRUE);
    self->revealing = FALSE;
  }
}

static GdkContentProvider *
prepare_cb (GtkDragSource *source, double x, double y, LimnGallery *self)
{
  LimnGalleryTile *tile = LIMN_GALLERY_TILE (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (source)));
  LimnEntry *entry = limn_gallery_tile_get_entry (tile);
  g_autoptr (GPtrArray) entries = NULL;

  if (entry == NULL)
    return NULL;
  select_alone (self, entry);
  entries = limn_gallery_get_selected (self);
  return entries->len > 0 ? limn_gallery_content_new (entries) : NULL;
}

static void
drag_begin_cb (GtkDragSource *source, GdkDrag *drag, LimnGallery *self)
{
  GtkWidget *tile = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (source));
  GdkTexture *texture = limn_gallery_tile_get_texture (LIMN_GALLERY_TILE (tile));

  if (texture != NULL)
    gtk_drag_source_set_icon (source, GDK_PAINTABLE (texture), gdk_texture_get_width (texture) / 4,
                              gdk_texture_get_height (texture) / 4);
}

/* ---- Trash ---- */

static void
trashed_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnGallery) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTrash) trash = limn_library_trash_finish (LIMN_LIBRARY (object), result, &error);

  if (self->library == NULL)
    return;
  if (trash == NULL) {
    if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
      limn_gallery_emit (self, SIGNAL_FAILED, error->message);
    return;
  }
  g_clear_pointer (&self->trash, limn_trash_unref);
  self->trash = limn_trash_ref (trash);
  limn_gallery_update_actions (self);
  limn_gallery_emit (self, SIGNAL_TRASHED, trash);
}

static void
trash_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnGallery *self = data;
  g_autoptr (GPtrArray) entries = limn_gallery_get_selected (self);

  if (entries->len > 0)
    limn_library_trash_async (self->library, entries, trashed_cb, g_object_ref (self));
}

static void
restored_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnGallery) self = data;
  g_autoptr (GError) error = NULL;

  if (!limn_library_restore_finish (LIMN_LIBRARY (object), result, &error) && self->library != NULL
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    limn_gallery_emit (self, SIGNAL_FAILED, error->message);
}

void
limn_gallery_restore (LimnGallery *self, LimnTrash *trash)
{
  g_return_if_fail (LIMN_IS_GALLERY (self));

  limn_library_restore_async (self->library, trash, restored_cb, g_object_ref (self));
  if (trash == self->trash)
    g_clear_pointer (&self->trash, limn_trash_unref);
  limn_gallery_update_actions (self);
}

static void
undo_trash_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnGallery *self = data;
  g_autoptr (LimnTrash) trash = limn_trash_ref (self->trash);

  limn_gallery_restore (self, trash);
}

/* ---- The menu ---- */

static void
popup (LimnGallery *self, GtkWidget *tile, double x, double y)
{
  double at_x, at_y;

  if (!gtk_widget_translate_coordinates (tile, GTK_WIDGET (self), x, y, &at_x, &at_y))
    return;
  g_set_weak_pointer (&self->menu_cell, gtk_widget_get_parent (tile));
  gtk_popover_set_pointing_to (self->popover, &(GdkRectangle){ (int) at_x, (int) at_y, 1, 1 });
  gtk_popover_popup (self->popover);
}

static void
pressed_cb (GtkGestureClick *gesture, int presses, double x, double y, LimnGallery *self)
{
  GtkWidget *tile = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  LimnEntry *entry = limn_gallery_tile_get_entry (LIMN_GALLERY_TILE (tile));

  if (entry == NULL)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  select_alone (self, entry);
  popup (self, tile, x, y);
}

/* Where the focus is in the grid: on the cell that has a tile in it. */
static gboolean
menu_key_cb (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnGallery *self = data;
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (widget));
  GtkWidget *tile = focus != NULL ? gtk_widget_get_first_child (focus) : NULL;

  if (!LIMN_IS_GALLERY_TILE (tile) || limn_gallery_tile_get_entry (LIMN_GALLERY_TILE (tile)) == NULL)
    return FALSE;
  select_alone (self, limn_gallery_tile_get_entry (LIMN_GALLERY_TILE (tile)));
  popup (self, tile, gtk_widget_get_width (tile) / 2.0, gtk_widget_get_height (tile) / 2.0);
  return TRUE;
}

void
limn_gallery_menu_closed (LimnGallery *self)
{
  if (self->menu_cell != NULL)
    gtk_widget_grab_focus (self->menu_cell);
}

void
limn_gallery_equip_tile (LimnGallery *self, GtkWidget *tile)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkDragSource *drag = gtk_drag_source_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (tile, GTK_EVENT_CONTROLLER (click));
  gtk_drag_source_set_actions (drag, GDK_ACTION_COPY);
  g_signal_connect (drag, "prepare", G_CALLBACK (prepare_cb), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  gtk_widget_add_controller (tile, GTK_EVENT_CONTROLLER (drag));
}

/* ---- Setting up ---- */

static const GActionEntry actions[] = {
  { .name = "use-settings", .activate = use_settings_action },
  { .name = "use-picture", .activate = use_picture_action },
  { .name = "compare", .activate = compare_action },
  { .name = "favourite", .activate = favourite_action, .state = "false" },
  { .name = "copy", .activate = copy_action },
  { .name = "copy-prompt", .activate = copy_prompt_action },
  { .name = "open-folder", .activate = open_folder_action },
  { .name = "trash", .activate = trash_action },
  { .name = "undo-trash", .activate = undo_trash_action },
};

static GSimpleAction *
lookup (LimnGallery *self, const char *name)
{
  return G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), name));
}

void
limn_gallery_update_actions (LimnGallery *self)
{
  g_autoptr (GPtrArray) entries = limn_gallery_get_selected (self);
  gboolean favourite = entries->len > 0;

  for (guint i = 0; i < entries->len; i++)
    favourite &= limn_entry_get_favourite (entries->pdata[i]);
  g_simple_action_set_enabled (lookup (self, "use-settings"), entries->len == 1);
  g_simple_action_set_enabled (lookup (self, "use-picture"), entries->len == 1);
  g_simple_action_set_enabled (lookup (self, "copy-prompt"),
                               entries->len == 1 && limn_entry_get_prompt (first (entries))[0] != '\0');
  g_simple_action_set_enabled (lookup (self, "compare"), entries->len == 1 || entries->len == 2);
  g_simple_action_set_enabled (lookup (self, "favourite"), entries->len > 0);
  g_simple_action_set_state (lookup (self, "favourite"), g_variant_new_boolean (favourite));
  g_simple_action_set_enabled (lookup (self, "copy"), entries->len > 0);
  g_simple_action_set_enabled (lookup (self, "trash"), entries->len > 0);
  g_simple_action_set_enabled (lookup (self, "undo-trash"), self->trash != NULL);
  gtk_widget_set_visible (self->compare_button, entries->len == 2);
}

static void
add_key (GtkShortcutController *controller, guint key, GdkModifierType modifiers, GtkShortcutAction *action)
{
  gtk_shortcut_controller_add_shortcut (controller, gtk_shortcut_new (gtk_keyval_trigger_new (key, modifiers), action));
}

void
limn_gallery_install_actions (LimnGallery *self)
{
  static const struct {
    guint key;
    GdkModifierType modifiers;
    const char *action;
  } keys[] = {
    { GDK_KEY_Delete, 0, "gallery.trash" },          { GDK_KEY_KP_Delete, 0, "gallery.trash" },
    { GDK_KEY_f, 0, "gallery.favourite" },           { GDK_KEY_space, 0, "gallery.compare" },
    { GDK_KEY_c, GDK_CONTROL_MASK, "gallery.copy" }, { GDK_KEY_z, GDK_CONTROL_MASK, "gallery.undo-trash" },
  };
  /* before the grid's own keys: there space selects */
  GtkEventController *controller = gtk_shortcut_controller_new ();

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), actions, G_N_ELEMENTS (actions), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "gallery", G_ACTION_GROUP (self->actions));

  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    add_key (GTK_SHORTCUT_CONTROLLER (controller), keys[i].key, keys[i].modifiers,
             gtk_named_action_new (keys[i].action));
  add_key (GTK_SHORTCUT_CONTROLLER (controller), GDK_KEY_Menu, 0, gtk_callback_action_new (menu_key_cb, self, NULL));
  add_key (GTK_SHORTCUT_CONTROLLER (controller), GDK_KEY_F10, GDK_SHIFT_MASK,
           gtk_callback_action_new (menu_key_cb, self, NULL));
  gtk_widget_add_controller (GTK_WIDGET (self->grid), controller);
}
