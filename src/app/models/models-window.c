/* models-window.c - see models-window.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/models/models-window.h"

#include <glib/gi18n.h>

#include "app/models/model-card.h"
#include "app/models/model-details.h"
#include "app/widget/chosen.h"

#define REFRESH_DELAY 80 /* ms; while folders are read */

struct _LimnModelsWindow {
  AdwWindow parent_instance;
  AdwToastOverlay *toasts;
  GtkToggleButton *kind_buttons[LIMN_FILE_OTHER + 1];
  GtkToggleButton *search_button;
  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  GtkSpinner *spinner;
  GtkStack *stack; /* "grid", "empty" or "nothing" */
  GtkGridView *grid;
  AdwFlap *flap;
  LimnModelDetails *details;
  AdwStatusPage *nothing_page;
  GtkListBox *offers, *folders;
  LimnModels *models;
  GtkSingleSelection *selection; /* of what is in sight */
  guint refresh_timeout;
  LimnFileKind kind;
  LimnFamily family;
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (LimnModelsWindow, limn_models_window, ADW_TYPE_WINDOW)

static guint use_signal;

/* ---- What is in sight ---- */

static gboolean
is_in_sight (LimnModelsWindow *self, LimnModelEntry *entry)
{
  return limn_model_entry_get_facts (entry)->kind == self->kind
         && limn_model_entry_matches (entry, gtk_editable_get_text (GTK_EDITABLE (self->search_entry)));
}

/* What can be used first, each by name. */
static int
compare_cb (gconstpointer a, gconstpointer b, gpointer data)
{
  LimnModelsWindow *self = data;
  LimnModelEntry *one = *(LimnModelEntry *const *) a, *other = *(LimnModelEntry *const *) b;
  const LimnFileFacts *facts = limn_model_entry_get_facts (one), *others = limn_model_entry_get_facts (other);
  g_autofree char *first = limn_model_entry_why_not (one, self->family);
  g_autofree char *second = limn_model_entry_why_not (other, self->family);
  g_autofree char *name = g_utf8_casefold (facts->name, -1), *other_name = g_utf8_casefold (others->name, -1);
  int order = (first != NULL) - (second != NULL);

  if (order == 0)
    order = g_utf8_collate (name, other_name);
  return order != 0 ? order : g_strcmp0 (facts->path, others->path);
}

static void
show_stack (LimnModelsWindow *self)
{
  g_auto (GStrv) folders = limn_model_folders ();
  gboolean searched = gtk_editable_get_text (GTK_EDITABLE (self->search_entry))[0] != '\0';
  gboolean any = g_list_model_get_n_items (G_LIST_MODEL (self->selection)) > 0;

  adw_status_page_set_title (self->nothing_page, searched ? _ ("Nothing Found") : _ ("Nothing of This Kind"));
  adw_status_page_set_description (self->nothing_page,
                                   searched ? _ ("Try other words") : _ ("There is none in the folders you chose"));
  gtk_stack_set_visible_child_name (self->stack, folders[0] == NULL && !any ? "empty" : any ? "grid" : "nothing");
}

static LimnModelEntry *
get_selected (LimnModelsWindow *self)
{
  return self->selection != NULL ? gtk_single_selection_get_selected_item (self->selection) : NULL;
}

static void
selected_cb (LimnModelsWindow *self)
{
  limn_model_details_set_entry (self->details, get_selected (self), self->family);
  adw_flap_set_reveal_flap (self->flap, get_selected (self) != NULL);
}

/* (element-type LimnModelEntry) in their order. */
static GPtrArray *
collect (LimnModelsWindow *self)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (g_object_unref);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->models));

  for (guint i = 0; i < n; i++) {
    g_autoptr (LimnModelEntry) entry = g_list_model_get_item (G_LIST_MODEL (self->models), i);

    if (is_in_sight (self, entry))
      g_ptr_array_add (entries, g_steal_pointer (&entry));
  }
  g_ptr_array_sort_with_data (entries, compare_cb, self);
  return entries;
}

static void
show_entries (LimnModelsWindow *self, GPtrArray *entries)
{
  g_autoptr (LimnModelEntry) selected = get_selected (self) != NULL ? g_object_ref (get_selected (self)) : NULL;
  GListStore *store = g_list_store_new (LIMN_TYPE_MODEL_ENTRY);
  guint at = GTK_INVALID_LIST_POSITION;

  g_list_store_splice (store, 0, 0, entries->pdata, entries->len);
  g_ptr_array_find (entries, selected, &at);
  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_object (&self->selection);
  self->selection = gtk_single_selection_new (G_LIST_MODEL (store));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_single_selection_set_selected (self->selection, at);
  gtk_grid_view_set_model (self->grid, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (selected_cb), self, G_CONNECT_SWAPPED);
  selected_cb (self);
}

/* The grid gets a list of its own in one piece: that of GTK 4.8 fails over ones that change piece by piece. */
static void
refresh (LimnModelsWindow *self)
{
  g_autoptr (GPtrArray) entries = collect (self);
  gboolean same = self->selection != NULL && g_list_model_get_n_items (G_LIST_MODEL (self->selection)) == entries->len;

  g_clear_handle_id (&self->refresh_timeout, g_source_remove);
  for (guint i = 0; same && i < entries->len; i++) {
    g_autoptr (LimnModelEntry) entry = g_list_model_get_item (G_LIST_MODEL (self->selection), i);
    same = entry == entries->pdata[i];
  }
  if (!same)
    show_entries (self, entries);
  show_stack (self);
}

static gboolean
refresh_timeout_cb (gpointer data)
{
  LimnModelsWindow *self = data;

  self->refresh_timeout = 0;
  refresh (self);
  return G_SOURCE_REMOVE;
}

static void
refresh_soon (LimnModelsWindow *self)
{
  if (self->refresh_timeout == 0)
    self->refresh_timeout = g_timeout_add (REFRESH_DELAY, refresh_timeout_cb, self);
}

static void
kind_cb (LimnModelsWindow *self, GtkToggleButton *button)
{
  for (int kind = 0; kind <= LIMN_FILE_OTHER; kind++)
    if (gtk_toggle_button_get_active (self->kind_buttons[kind]))
      self->kind = (LimnFileKind) kind;
  refresh (self);
}

static void
loading_cb (LimnModelsWindow *self)
{
  gboolean loading = limn_models_is_loading (self->models);

  gtk_spinner_set_spinning (self->spinner, loading);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), loading);
  if (!loading)
    refresh (self); /* a file may have turned out to be of another kind */
}

/* ---- Cards ---- */

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, LimnModelsWindow *self)
{
  gtk_list_item_set_child (item, GTK_WIDGET (limn_model_card_new ()));
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, LimnModelsWindow *self)
{
  limn_model_card_set_entry (LIMN_MODEL_CARD (gtk_list_item_get_child (item)), gtk_list_item_get_item (item),
                             self->family);
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, LimnModelsWindow *self)
{
  limn_model_card_set_entry (LIMN_MODEL_CARD (gtk_list_item_get_child (item)), NULL, LIMN_FAMILY_UNKNOWN);
}

static void
use_selected_cb (LimnModelsWindow *self)
{
  LimnModelEntry *entry = get_selected (self);
  g_autofree char *why_not = entry != NULL ? limn_model_entry_why_not (entry, self->family) : NULL;

  if (entry == NULL)
    return;
  if (why_not != NULL)
    limn_models_window_tell (self, why_not);
  else if (limn_model_entry_get_facts (entry)->kind != LIMN_FILE_OTHER)
    g_signal_emit (self, use_signal, 0, entry);
}

/* ---- Folders ---- */

static void show_folders (LimnModelsWindow *self);

static void
reload (LimnModelsWindow *self)
{
  show_folders (self);
  limn_models_load (self->models);
}

static void
tell_error (LimnModelsWindow *self, const GError *error)
{
  limn_models_window_tell (self, error->message);
}

void
limn_models_window_add_folder (LimnModelsWindow *self, const char *folder)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (LIMN_IS_MODELS_WINDOW (self));

  if (!limn_model_folders_add (folder, &error))
    tell_error (self, error);
  reload (self);
}

static void
folder_button_cb (GtkButton *button, LimnModelsWindow *self)
{
  const char *folder = g_object_get_data (G_OBJECT (button), "folder");
  g_autofree char *path = g_strdup (folder); /* the button goes with its row */
  g_autoptr (GError) error = NULL;

  if (g_object_get_data (G_OBJECT (button), "remove") == NULL) {
    limn_models_window_add_folder (self, path);
    return;
  }
  if (!limn_model_folders_remove (path, &error))
    tell_error (self, error);
  reload (self);
}

/* program: NULL for a folder that was chosen, which can be taken away again. */
static void
add_folder_row (LimnModelsWindow *self, GtkListBox *list, const char *program, const char *folder)
{
  AdwActionRow *row = ADW_ACTION_ROW (adw_action_row_new ());
  GtkWidget *button =
      program != NULL ? gtk_button_new_with_label (_ ("Add")) : gtk_button_new_from_icon_name ("user-trash-symbolic");
  g_autofree char *name = g_path_get_basename (folder), *shown = g_filename_display_name (name);
  g_autofree char *place = g_filename_display_name (folder);
  /* translators: a folder */
  g_autofree char *label =
      g_strdup_printf (program != NULL ? _ ("Add “%s”") : _ ("Do Not Look in “%s” Any More"), place);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), program != NULL ? program : shown);
  adw_action_row_set_subtitle (row, place);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  if (program == NULL)
    gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_object_set_data_full (G_OBJECT (button), "folder", g_strdup (folder), g_free);
  g_object_set_data (G_OBJECT (button), "remove", program == NULL ? self : NULL);
  g_signal_connect_object (button, "clicked", G_CALLBACK (folder_button_cb), self, 0);
  adw_action_row_add_suffix (row, button);
  gtk_list_box_append (list, GTK_WIDGET (row));
}

static void
clear_list (GtkListBox *list)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (list))) != NULL)
    gtk_list_box_remove (list, child);
}

static void
show_folders (LimnModelsWindow *self)
{
  g_auto (GStrv) chosen = limn_model_folders ();
  g_autoptr (GPtrArray) found = limn_model_folders_find (NULL);

  clear_list (self->folders);
  clear_list (self->offers);
  for (guint i = 0; chosen[i] != NULL; i++)
    add_folder_row (self, self->folders, NULL, chosen[i]);
  for (guint i = 0; i < found->len; i++) {
    const LimnFoundFolder *folder = found->pdata[i];
    add_folder_row (self, self->folders, folder->program, folder->path);
    add_folder_row (self, self->offers, folder->program, folder->path);
  }
  gtk_widget_set_visible (GTK_WIDGET (self->folders), chosen[0] != NULL || found->len > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->offers), found->len > 0);
}

static void
response_cb (GtkNativeDialog *dialog, int response, LimnModelsWindow *self)
{
  g_autofree char *path = limn_chosen_path (dialog, response);

  if (path != NULL)
    limn_models_window_add_folder (self, path);
  g_clear_object (&self->chooser);
}

static void
add_folder_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  LimnModelsWindow *self = LIMN_MODELS_WINDOW (widget);

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_ ("Add a Folder of Models"), GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL, NULL);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
reload_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  reload (LIMN_MODELS_WINDOW (widget));
}

static void
search_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_search_bar_set_search_mode (LIMN_MODELS_WINDOW (widget)->search_bar, TRUE);
}

/* ---- Object ---- */

static void
limn_models_window_dispose (GObject *object)
{
  LimnModelsWindow *self = LIMN_MODELS_WINDOW (object);

  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_handle_id (&self->refresh_timeout, g_source_remove);
  g_clear_object (&self->chooser);
  g_clear_object (&self->selection);
  g_clear_object (&self->models);

  G_OBJECT_CLASS (limn_models_window_parent_class)->dispose (object);
}

static void
limn_models_window_class_init (LimnModelsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  static const char *const buttons[] = { "models_button",   "loras_button",     "embeddings_button", "parts_button",
                                         "controls_button", "upscalers_button", "detectors_button",  "others_button" };

  G_OBJECT_CLASS (klass)->dispose = limn_models_window_dispose;
  g_type_ensure (LIMN_TYPE_MODEL_DETAILS);
  use_signal = g_signal_new ("use", LIMN_TYPE_MODELS_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                             LIMN_TYPE_MODEL_ENTRY);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/models-window.ui");
  for (guint i = 0; i < G_N_ELEMENTS (buttons); i++)
    gtk_widget_class_bind_template_child_full (
        widget_class, buttons[i], FALSE,
        (gssize) (G_STRUCT_OFFSET (LimnModelsWindow, kind_buttons) + i * sizeof (GtkToggleButton *)));
  gtk_widget_class_bind_template_child (widget_class, LimnModelsWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, LimnModelsWindow, search_button);
  gtk_widget_class_bind_template_child (widget_class, LimnModelsWindow, search_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnModelsWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, LimnModelsWindow, spinner);
  gtk_widget_class_bind_template_child (widget_class, LimnModelsWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, LimnModelsWindow, grid);
  gtk_widget_class_bind_template_child (widget_class, LimnModelsWindow, flap);
  gtk_widget_class_bind_template_child (widget_class, LimnModelsWindow, details);
  gtk_widget_class_bind_template_child (widget_class, LimnModelsWindow, nothing_page);
  gtk_widget_class_bind_template_child (widget_class, LimnModelsWindow, offers);
  gtk_widget_class_bind_template_child (widget_class, LimnModelsWindow, folders);
  gtk_widget_class_bind_template_callback (widget_class, kind_cb);
  gtk_widget_class_bind_template_callback (widget_class, refresh);
  gtk_widget_class_bind_template_callback (widget_class, use_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_cb);
  gtk_widget_class_bind_template_callback (widget_class, unbind_cb);
  gtk_widget_class_install_action (widget_class, "models.add-folder", NULL, add_folder_action);
  gtk_widget_class_install_action (widget_class, "models.reload", NULL, reload_action);
  gtk_widget_class_install_action (widget_class, "models.search", NULL, search_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_f, GDK_CONTROL_MASK, "models.search", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F5, 0, "models.reload", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_w, GDK_CONTROL_MASK, "window.close", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
limn_models_window_init (LimnModelsWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_search_bar_set_key_capture_widget (self->search_bar, GTK_WIDGET (self));
  g_object_bind_property (self->search_button, "active", self->search_bar, "search-mode-enabled",
                          G_BINDING_BIDIRECTIONAL);
}

LimnModelsWindow *
limn_models_window_new (LimnModels *models)
{
  LimnModelsWindow *self = g_object_new (LIMN_TYPE_MODELS_WINDOW, NULL);

  self->models = g_object_ref (models);
  refresh (self);
  g_signal_connect_object (models, "items-changed", G_CALLBACK (refresh_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (models, "notify::loading", G_CALLBACK (loading_cb), self, G_CONNECT_SWAPPED);
  reload (self);
  return self;
}

void
limn_models_window_set_family (LimnModelsWindow *self, LimnFamily family)
{
  g_autoptr (GPtrArray) entries = NULL;

  g_return_if_fail (LIMN_IS_MODELS_WINDOW (self));

  if (self->family == family)
    return;
  self->family = family;
  entries = collect (self);
  show_entries (self, entries); /* cards are bound anew */
}

void
limn_models_window_show_kind (LimnModelsWindow *self, LimnFileKind kind)
{
  g_return_if_fail (LIMN_IS_MODELS_WINDOW (self));

  gtk_toggle_button_set_active (self->kind_buttons[kind], TRUE);
}

void
limn_models_window_tell (LimnModelsWindow *self, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (escaped));
}
