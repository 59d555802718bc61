/* gallery.c - the history.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/gallery/gallery.h"
#include "app/gallery/gallery-private.h"

#include <glib/gi18n.h>

#define SETTLE 90 /* milliseconds: whoever holds an arrow key does not look at each picture */

G_DEFINE_FINAL_TYPE (LimnGallery, limn_gallery, ADW_TYPE_BIN)

static guint signals[N_SIGNALS];

/* argument: what the signal has; for SIGNAL_COMPARE one or two entries in an array, newest first. */
void
limn_gallery_emit (LimnGallery *self, int signal, gpointer argument)
{
  if (signal == SIGNAL_COMPARE) {
    GPtrArray *entries = argument;
    LimnEntry *newer = entries->pdata[0], *older = entries->len > 1 ? entries->pdata[1] : NULL;

    g_signal_emit (self, signals[signal], 0, older != NULL ? older : newer, older != NULL ? newer : NULL);
    return;
  }
  g_signal_emit (self, signals[signal], 0, argument);
}

/* ---- What is shown ---- */

static const char *
page_of (LimnGallery *self, guint n)
{
  if (n > 0)
    return "grid";
  if (self->library == NULL || !limn_library_get_loaded (self->library)
      || (limn_library_get_scanning (self->library) && limn_library_get_total (self->library) == 0))
    return "loading";
  if (limn_library_get_total (self->library) == 0)
    return "empty";
  return gtk_editable_get_text (GTK_EDITABLE (self->search_entry))[0] != '\0' ? "nothing" : "no-favourites";
}

static char *
count_text (guint n, guint total, guint selected)
{
  g_autofree char *one = NULL;
  g_autofree char *all = g_strdup_printf ("%'u", total);

  if (selected > 1) {
    one = g_strdup_printf ("%'u", selected);
    /* translators: how many pictures; %s are numbers of selected ones and of all */
    return g_strdup_printf (ngettext ("%s of %s picture selected", "%s of %s pictures selected", total), one, all);
  }
  if (n != total) {
    one = g_strdup_printf ("%'u", n);
    /* translators: how many pictures were found; %s are numbers */
    return g_strdup_printf (ngettext ("%s of %s picture", "%s of %s pictures", total), one, all);
  }
  /* translators: %s is a number */
  return g_strdup_printf (ngettext ("%s picture", "%s pictures", total), all);
}

static void
update_cb (LimnGallery *self)
{
  guint n, total;
  g_autoptr (GtkBitset) selected = NULL;
  g_autofree char *text = NULL;

  if (self->library == NULL)
    return;
  n = g_list_model_get_n_items (G_LIST_MODEL (self->library));
  total = limn_library_get_total (self->library);
  selected = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  text = count_text (n, MAX (n, total), (guint) gtk_bitset_get_size (selected));
  gtk_label_set_label (self->count_label, limn_library_get_loaded (self->library) ? text : "");
  gtk_stack_set_visible_child_name (self->pages, page_of (self, n));
}

/* GTK 4.18 leaves the focus to a cell that it took away, where no key arrives. */
static void
keep_focus (LimnGallery *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  if (focus != NULL && gtk_widget_get_root (focus) != root)
    gtk_widget_grab_focus (GTK_WIDGET (self->grid));
}

static void
items_changed_cb (LimnGallery *self)
{
  keep_focus (self);
  limn_gallery_update_actions (self);
  update_cb (self);
}

static void
search_cb (LimnGallery *self)
{
  if (self->library != NULL)
    limn_library_set_search (self->library, gtk_editable_get_text (GTK_EDITABLE (self->search_entry)));
}

static void
stop_search_cb (LimnGallery *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  gtk_widget_grab_focus (GTK_WIDGET (self->grid));
}

static void
favourites_cb (LimnGallery *self)
{
  if (self->library != NULL)
    limn_library_set_favourites_only (self->library, gtk_toggle_button_get_active (self->favourites_button));
}

/* ---- Choosing ---- */

GPtrArray *
limn_gallery_get_selected (LimnGallery *self)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GtkBitset) selected = NULL;
  GtkBitsetIter iter;
  guint position;

  g_return_val_if_fail (LIMN_IS_GALLERY (self), entries);

  if (self->selection == NULL)
    return entries;
  selected = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  for (gboolean more = gtk_bitset_iter_init_first (&iter, selected, &position); more;
       more = gtk_bitset_iter_next (&iter, &position))
    g_ptr_array_add (entries, g_list_model_get_item (G_LIST_MODEL (self->library), position));
  return entries;
}

static gboolean
activate_source_cb (gpointer data)
{
  LimnGallery *self = data;
  g_autoptr (GPtrArray) entries = limn_gallery_get_selected (self);

  self->activate_source = 0;
  if (entries->len == 1)
    limn_gallery_emit (self, SIGNAL_ACTIVATED, entries->pdata[0]);
  return G_SOURCE_REMOVE;
}

static void
selection_changed_cb (LimnGallery *self)
{
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));

  limn_gallery_update_actions (self);
  update_cb (self);
  g_clear_handle_id (&self->activate_source, g_source_remove);
  if (!self->revealing && gtk_bitset_get_size (selected) == 1)
    self->activate_source = g_timeout_add (SETTLE, activate_source_cb, self);
}

static void
activate_cb (LimnGallery *self, guint position)
{
  g_autoptr (LimnEntry) entry = g_list_model_get_item (G_LIST_MODEL (self->library), position);

  g_clear_handle_id (&self->activate_source, g_source_remove);
  if (entry != NULL)
    limn_gallery_emit (self, SIGNAL_ACTIVATED, entry);
}

gboolean
limn_gallery_reveal (LimnGallery *self, const char *path)
{
  guint position;

  g_return_val_if_fail (LIMN_IS_GALLERY (self), FALSE);

  position = self->library != NULL ? limn_library_find (self->library, path) : G_MAXUINT;
  if (position == G_MAXUINT)
    return FALSE;
  self->revealing = TRUE;
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->selection), position, TRUE);
  self->revealing = FALSE;
  gtk_widget_activate_action (GTK_WIDGET (self->grid), "list.scroll-to-item", "u", position);
  return TRUE;
}

void
limn_gallery_focus_pictures (LimnGallery *self)
{
  g_return_if_fail (LIMN_IS_GALLERY (self));

  gtk_widget_grab_focus (GTK_WIDGET (self->grid));
}

void
limn_gallery_focus_search (LimnGallery *self)
{
  g_return_if_fail (LIMN_IS_GALLERY (self));

  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

gboolean
limn_gallery_has_menu (LimnGallery *self)
{
  g_return_val_if_fail (LIMN_IS_GALLERY (self), FALSE);
  return self->popover != NULL && gtk_widget_get_visible (GTK_WIDGET (self->popover));
}

gboolean
limn_gallery_is_filtered (LimnGallery *self)
{
  g_return_val_if_fail (LIMN_IS_GALLERY (self), FALSE);

  return gtk_editable_get_text (GTK_EDITABLE (self->search_entry))[0] != '\0'
         || gtk_toggle_button_get_active (self->favourites_button);
}

void
limn_gallery_show_all (LimnGallery *self)
{
  g_return_if_fail (LIMN_IS_GALLERY (self));

  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  gtk_toggle_button_set_active (self->favourites_button, FALSE);
}

/* ---- Tiles ---- */

static void
set_up_cb (GtkSignalListItemFactory *factory, GtkListItem *item, LimnGallery *self)
{
  GtkWidget *tile = limn_gallery_tile_new ();

  limn_gallery_equip_tile (self, tile);
  g_signal_connect_swapped (tile, "loaded", G_CALLBACK (limn_gallery_load_soon), self);
  gtk_list_item_set_child (item, tile);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, LimnGallery *self)
{
  limn_gallery_tile_set_entry (LIMN_GALLERY_TILE (gtk_list_item_get_child (item)), gtk_list_item_get_item (item),
                               self->thumbnails);
  limn_gallery_load_soon (self);
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, LimnGallery *self)
{
  limn_gallery_tile_set_entry (LIMN_GALLERY_TILE (gtk_list_item_get_child (item)), NULL, NULL);
}

/* ---- Object ---- */

static void
limn_gallery_dispose (GObject *object)
{
  LimnGallery *self = LIMN_GALLERY (object);

  g_clear_handle_id (&self->activate_source, g_source_remove);
  if (self->library != NULL)
    g_signal_handlers_disconnect_by_data (self->library, self);
  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  if (self->grid != NULL)
    gtk_grid_view_set_model (self->grid, NULL);
  g_clear_handle_id (&self->load_source, g_source_remove);
  if (self->popover != NULL)
    gtk_widget_unparent (GTK_WIDGET (self->popover));
  self->popover = NULL;
  g_clear_weak_pointer (&self->menu_cell);
  self->grid = NULL;
  g_clear_object (&self->selection);
  g_clear_object (&self->thumbnails);
  g_clear_object (&self->library);
  g_clear_object (&self->actions);
  g_clear_pointer (&self->trash, limn_trash_unref);

  G_OBJECT_CLASS (limn_gallery_parent_class)->dispose (object);
}

static void
limn_gallery_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GTK_WIDGET_CLASS (limn_gallery_parent_class)->size_allocate (widget, width, height, baseline);
  gtk_popover_present (LIMN_GALLERY (widget)->popover);
}

static void
add_signal (GObjectClass *klass, int id, const char *name, guint n, GType first, GType second)
{
  signals[id] = g_signal_new (name, G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, n,
                              first, second);
}

static void
limn_gallery_class_init (LimnGalleryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = limn_gallery_dispose;
  widget_class->size_allocate = limn_gallery_size_allocate;
  add_signal (object_class, SIGNAL_ACTIVATED, "activated", 1, LIMN_TYPE_ENTRY, G_TYPE_NONE);
  add_signal (object_class, SIGNAL_USE_SETTINGS, "use-settings", 1, LIMN_TYPE_ENTRY, G_TYPE_NONE);
  add_signal (object_class, SIGNAL_USE_PICTURE, "use-picture", 1, LIMN_TYPE_ENTRY, G_TYPE_NONE);
  add_signal (object_class, SIGNAL_COMPARE, "compare", 2, LIMN_TYPE_ENTRY, LIMN_TYPE_ENTRY);
  add_signal (object_class, SIGNAL_OPEN_FOLDER, "open-folder", 1, LIMN_TYPE_ENTRY, G_TYPE_NONE);
  add_signal (object_class, SIGNAL_TRASHED, "trashed", 1, G_TYPE_POINTER, G_TYPE_NONE);
  add_signal (object_class, SIGNAL_FAILED, "failed", 1, G_TYPE_STRING, G_TYPE_NONE);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/gallery.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, search_entry);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, favourites_button);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, pages);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, scroller);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, grid);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, count_label);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, compare_button);
  gtk_widget_class_bind_template_child (widget_class, LimnGallery, entry_menu);
  gtk_widget_class_bind_template_callback (widget_class, search_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_search_cb);
  gtk_widget_class_bind_template_callback (widget_class, favourites_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
}

static void
limn_gallery_init (LimnGallery *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  limn_gallery_install_actions (self);
  g_signal_connect (factory, "setup", G_CALLBACK (set_up_cb), self);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), self);
  gtk_grid_view_set_factory (self->grid, factory);
  g_object_unref (factory);
  g_signal_connect_object (gtk_scrolled_window_get_vadjustment (self->scroller), "value-changed",
                           G_CALLBACK (limn_gallery_load_soon), self, G_CONNECT_SWAPPED);
  self->popover = GTK_POPOVER (gtk_popover_menu_new_from_model (self->entry_menu));
  gtk_popover_set_has_arrow (self->popover, FALSE);
  gtk_widget_set_halign (GTK_WIDGET (self->popover), GTK_ALIGN_START);
  gtk_widget_set_parent (GTK_WIDGET (self->popover), GTK_WIDGET (self));
  g_signal_connect_object (self->popover, "closed", G_CALLBACK (limn_gallery_menu_closed), self, G_CONNECT_SWAPPED);
  limn_gallery_update_actions (self);
}

void
limn_gallery_set_library (LimnGallery *self, LimnLibrary *library)
{
  g_return_if_fail (LIMN_IS_GALLERY (self));
  g_return_if_fail (self->library == NULL);

  self->library = g_object_ref (library);
  self->thumbnails = limn_thumbnails_new (library);
  self->selection = gtk_multi_selection_new (G_LIST_MODEL (g_object_ref (library)));
  g_signal_connect_swapped (self->selection, "selection-changed", G_CALLBACK (selection_changed_cb), self);
  g_signal_connect_swapped (library, "notify", G_CALLBACK (update_cb), self);
  gtk_grid_view_set_model (self->grid, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_swapped (self->selection, "items-changed", G_CALLBACK (items_changed_cb), self); /* after the grid */
  update_cb (self);
}
