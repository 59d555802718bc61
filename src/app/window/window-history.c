/* window-history.c - the pictures on disk: the gallery beside the canvas, looking back, comparing, the trash.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "app/widget/toast.h"
#include "app/window/dropped.h"

/* text is no markup */
static AdwToast *
make_toast (const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  return adw_toast_new (escaped);
}

static void
failed_cb (LimnWindow *self, const char *reason)
{
  limn_notice_bar_show (self->notice_bar, _ ("That could not be done"), reason, NULL, NULL);
}

/* ---- Looking back ---- */

static void
dismiss_live_toast (LimnWindow *self)
{
  AdwToast *toast = g_steal_pointer (&self->live_toast);

  if (toast == NULL)
    return;
  limn_toast_dismiss (toast);
  g_object_unref (toast);
}

/* The picture that is painted meanwhile must not push away the one that is looked at, but be a click away. */
static void
offer_live (LimnWindow *self)
{
  if (self->live_toast != NULL)
    return;
  self->live_toast = make_toast (_ ("This is an earlier picture; the new one is being painted"));
  adw_toast_set_button_label (self->live_toast, _ ("Back to It"));
  adw_toast_set_action_name (self->live_toast, "win.history-live");
  adw_toast_set_timeout (self->live_toast, 0);
  limn_toast_add (self->toasts, g_object_ref (self->live_toast));
}

void
limn_window_look_away (LimnWindow *self)
{
  self->looking = limn_session_is_busy (self->session);
  if (self->looking)
    offer_live (self);
}

static void
show_page (LimnWindow *self, const char *name)
{
  gtk_stack_set_visible_child_name (self->stage, name);
}

static gboolean
is_comparing (LimnWindow *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stage), "compare") == 0;
}

gboolean
limn_window_history_is_looking (LimnWindow *self)
{
  return self->looking || is_comparing (self)
         || (self->mask_mode != NULL && limn_mask_mode_get (self->mask_mode) == LIMN_CANVAS_SOURCE);
}

/* Who types meanwhile goes on typing. */
gboolean
limn_window_history_leave (LimnWindow *self)
{
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (self));
  gboolean had_focus = focus == NULL || gtk_widget_is_ancestor (focus, GTK_WIDGET (self->compare_view));

  if (!is_comparing (self))
    return FALSE;
  limn_window_show_stage (self);
  if (had_focus)
    limn_gallery_focus_pictures (self->gallery);
  return TRUE;
}

void
limn_window_history_live (LimnWindow *self)
{
  self->looking = FALSE;
  dismiss_live_toast (self);
  limn_window_history_leave (self);
  limn_window_stop_opening (self);
  if (limn_mask_mode_get (self->mask_mode) == LIMN_CANVAS_SOURCE)
    limn_window_leave_mask (self);
}

static void
live_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_window_history_live (data);
  limn_window_show_running (data);
}

static void
opened_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnPicture) picture = limn_library_open_finish (LIMN_LIBRARY (object), result, &error);

  if (self->session == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (picture == NULL) {
    limn_notice_bar_show (self->notice_bar, _ ("This picture cannot be opened"), error->message, NULL, NULL);
    return;
  }
  if (self->picture != NULL
      && g_strcmp0 (limn_picture_get_path (self->picture), limn_picture_get_path (picture)) != 0) {
    g_free (self->seen_before);
    self->seen_before = g_strdup (limn_picture_get_path (self->picture));
  }
  limn_window_show_picture (self, picture);
  limn_window_show_record_of (self, limn_picture_get_path (picture));
  limn_window_look_away (self);
}

void
limn_window_stop_opening (LimnWindow *self)
{
  if (self->opening != NULL)
    g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
}

void
limn_window_show_file (LimnWindow *self, const char *path)
{
  limn_window_stop_opening (self);
  self->opening = g_cancellable_new ();
  limn_library_open_async (self->library, path, self->opening, opened_cb, g_object_ref (self));
}

static void
activated_cb (LimnWindow *self, LimnEntry *entry)
{
  const char *path = limn_entry_get_path (entry);

  limn_window_uncover (self);
  /* what is there already comes at once */
  if (self->picture != NULL && g_strcmp0 (limn_picture_get_path (self->picture), path) == 0 && !self->looking
      && !limn_session_is_busy (self->session) && !is_comparing (self))
    return;
  limn_window_show_file (self, path);
}

/* ---- Comparing ---- */

static void
compare_cb (LimnWindow *self, LimnEntry *before, LimnEntry *after)
{
  const char *other = after != NULL ? limn_entry_get_path (after) : NULL;

  /* one alone: with the one that was seen before it */
  if (other == NULL && self->picture != NULL)
    other = limn_picture_get_path (self->picture);
  if (g_strcmp0 (other, limn_entry_get_path (before)) == 0)
    other = self->seen_before;
  if (other == NULL) {
    adw_toast_overlay_add_toast (self->toasts, make_toast (_ ("Select two pictures to compare them")));
    return;
  }
  if (after != NULL)
    limn_compare_view_show_files (self->compare_view, limn_entry_get_path (before), other);
  else
    limn_compare_view_show_files (self->compare_view, other, limn_entry_get_path (before));
  show_page (self, "compare");
  gtk_widget_grab_focus (GTK_WIDGET (self->compare_view));
}

static void
left_cb (LimnWindow *self)
{
  limn_window_history_leave (self);
}

static void
compare_failed_cb (LimnWindow *self, const char *reason)
{
  limn_window_history_leave (self);
  limn_notice_bar_show (self->notice_bar, _ ("This picture cannot be opened"), reason, NULL, NULL);
}

/* ---- Using a picture again ---- */

typedef struct {
  LimnWindow *window;
  const char *action;
} Use;

static void
dropped_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autofree Use *use = data;
  g_autoptr (LimnWindow) self = use->window;
  g_autoptr (GPtrArray) all = limn_dropped_load_finish (result, NULL);
  const LimnDropped *dropped = all != NULL && all->len > 0 ? all->pdata[0] : NULL;
  GAction *action;

  if (self->session == NULL || dropped == NULL)
    return;
  if (dropped->error != NULL) {
    limn_notice_bar_show (self->notice_bar, _ ("This picture cannot be opened"), dropped->error->message, NULL, NULL);
    return;
  }
  if (dropped->foreign == NULL && g_strcmp0 (use->action, "restore-settings") == 0) {
    adw_toast_overlay_add_toast (self->toasts, make_toast (_ ("This picture has no settings inside")));
    return;
  }
  /* as if it had been dropped and that had been answered */
  g_clear_pointer (&self->dropped, g_ptr_array_unref);
  self->dropped = g_steal_pointer (&all);
  self->dropped_index = 0;
  action = g_action_map_lookup_action (G_ACTION_MAP (self), use->action);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), TRUE);
  g_action_activate (action, NULL);
}

static void
use_file (LimnWindow *self, LimnEntry *entry, const char *action)
{
  g_autoptr (GPtrArray) origins = g_ptr_array_new_with_free_func (g_object_unref);
  const char *models[] = { limn_settings_values (self->settings)->model, limn_settings_values (self->settings)->refiner,
                           NULL };
  Use *use = g_new (Use, 1);

  *use = (Use){ g_object_ref (self), action };
  g_ptr_array_add (origins, g_file_new_for_path (limn_entry_get_path (entry)));
  limn_dropped_load_async (origins, models, NULL, dropped_cb, use);
}

static void
use_settings_cb (LimnWindow *self, LimnEntry *entry)
{
  use_file (self, entry, "restore-settings");
}

static void
use_picture_cb (LimnWindow *self, LimnEntry *entry)
{
  use_file (self, entry, "restore-image");
}

static void
open_folder_cb (LimnWindow *self, LimnEntry *entry)
{
  g_autofree char *folder = entry != NULL ? g_path_get_dirname (limn_entry_get_path (entry))
                                          : g_strdup (limn_session_get_folder (self->session));
  g_autofree char *uri = g_filename_to_uri (folder, NULL, NULL);

  g_mkdir_with_parents (folder, 0755);
  if (uri != NULL)
    gtk_show_uri (GTK_WINDOW (self), uri, GDK_CURRENT_TIME);
}

/* ---- Trash ---- */

static void
undo_cb (AdwToast *toast, LimnWindow *self)
{
  limn_gallery_restore (self->gallery, g_object_get_data (G_OBJECT (toast), "trash"));
}

/* nothing is left in it where it was undone */
static void
toast_dismissed_cb (AdwToast *toast, LimnWindow *self)
{
  if (self->library != NULL)
    limn_library_forget (self->library, g_object_get_data (G_OBJECT (toast), "trash"));
}

static void
trashed_cb (LimnWindow *self, LimnTrash *trash)
{
  guint n = limn_trash_count (trash);
  g_autofree char *number = g_strdup_printf ("%'u", n);
  g_autofree char *text = NULL;
  AdwToast *toast;

  if (n == 0)
    return;
  /* translators: %s is a number */
  text = n == 1 ? g_strdup (_ ("Moved to the trash"))
                : g_strdup_printf (ngettext ("%s picture moved to the trash", "%s pictures moved to the trash", n),
                                   number);
  toast = make_toast (text);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_timeout (toast, 8);
  g_object_set_data_full (G_OBJECT (toast), "trash", limn_trash_ref (trash), (GDestroyNotify) limn_trash_unref);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (undo_cb), self, 0);
  g_signal_connect_object (toast, "dismissed", G_CALLBACK (toast_dismissed_cb), self, 0);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

/* ---- What the library says ---- */

static void
notice_cb (LimnWindow *self, int notice, const char *detail)
{
  g_autofree char *text = NULL;

  switch ((LimnLibraryNotice) notice) {
  case LIMN_LIBRARY_REBUILT:
    adw_toast_overlay_add_toast (self->toasts,
                                 make_toast (_ ("The list of your pictures was damaged, and was made anew")));
    break;
  case LIMN_LIBRARY_IN_MEMORY:
    limn_notice_bar_show (self->notice_bar, _ ("The list of your pictures cannot be kept, and will be made each time"),
                          detail, NULL, NULL);
    break;
  case LIMN_LIBRARY_NO_TRASH:
    /* translators: %s is a folder */
    text = g_strdup_printf (_ ("This disk has no trash; the picture stays in “%s”"), detail);
    adw_toast_overlay_add_toast (self->toasts, make_toast (text));
    break;
  case LIMN_LIBRARY_FAILED:
    failed_cb (self, detail);
    break;
  }
}

static void
set_folder (LimnWindow *self)
{
  const char *folders[] = { limn_session_get_folder (self->session), NULL };

  limn_library_set_folders (self->library, folders);
}

/* A new picture is the selected one, unless a person has more in hand. */
static void
reveal (LimnWindow *self)
{
  g_autoptr (GPtrArray) selected = limn_gallery_get_selected (self->gallery);

  if (self->reveal == NULL || selected->len > 1 || limn_window_history_is_looking (self)
      || limn_gallery_reveal (self->gallery, self->reveal))
    g_clear_pointer (&self->reveal, g_free);
}

/* A search that is still on may keep a new picture out of sight: that is said. */
static void
tell_filtered (LimnWindow *self)
{
  AdwToast *toast;

  if (!limn_gallery_is_filtered (self->gallery))
    return;
  toast = make_toast (_ ("The history shows only a part: the new picture may be hidden"));
  adw_toast_set_button_label (toast, _ ("Show All"));
  adw_toast_set_action_name (toast, "win.history-all");
  limn_window_toast_once (self, toast);
}

void
limn_window_history_add (LimnWindow *self, LimnPicture *picture)
{
  const char *path = limn_picture_get_path (picture);

  if (path != NULL && self->library != NULL) {
    g_free (self->reveal);
    self->reveal = g_canonicalize_filename (path, NULL);
    limn_library_add_picture (self->library, path);
    tell_filtered (self);
  }
}

static void
busy_cb (LimnWindow *self)
{
  if (!limn_session_is_busy (self->session))
    dismiss_live_toast (self);
  else if (self->looking)
    offer_live (self);
}

static void
page_cb (LimnWindow *self)
{
  if (!is_comparing (self))
    limn_compare_view_clear (self->compare_view);
}

static void
search_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  adw_flap_set_reveal_flap (self->side_flap, TRUE);
  adw_view_stack_set_visible_child_name (self->side_stack, "history");
  limn_gallery_focus_search (self->gallery);
}

static void
all_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_gallery_show_all (LIMN_WINDOW (data)->gallery);
}

static const GActionEntry actions[] = {
  { .name = "history-all", .activate = all_action },
  { .name = "search-history", .activate = search_action },
  { .name = "history-live", .activate = live_action },
};

void
limn_window_history_init (LimnWindow *self)
{
  self->library = limn_library_new (NULL, NULL);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  self->compare_view = LIMN_COMPARE_VIEW (limn_compare_view_new ());
  gtk_stack_add_named (self->stage, GTK_WIDGET (self->compare_view), "compare");
  g_signal_connect_object (self->compare_view, "left", G_CALLBACK (left_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->compare_view, "failed", G_CALLBACK (compare_failed_cb), self, G_CONNECT_SWAPPED);

  limn_gallery_set_library (self->gallery, self->library);
  g_signal_connect_object (self->gallery, "activated", G_CALLBACK (activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->gallery, "compare", G_CALLBACK (compare_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->gallery, "use-settings", G_CALLBACK (use_settings_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->gallery, "use-picture", G_CALLBACK (use_picture_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->gallery, "open-folder", G_CALLBACK (open_folder_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->gallery, "trashed", G_CALLBACK (trashed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->gallery, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "notify::busy", G_CALLBACK (busy_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->stage, "notify::visible-child-name", G_CALLBACK (page_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_swapped (self->library, "notice", G_CALLBACK (notice_cb), self);
  g_signal_connect_swapped (self->library, "items-changed", G_CALLBACK (reveal), self);
  if (self->state != NULL)
    g_signal_connect_object (self->state, "changed::pictures-folder", G_CALLBACK (set_folder), self, G_CONNECT_SWAPPED);
  set_folder (self);
}

void
limn_window_history_dispose (LimnWindow *self)
{
  limn_window_stop_opening (self);
  g_clear_object (&self->live_toast);
  if (self->library != NULL) {
    g_signal_handlers_disconnect_by_data (self->library, self);
    limn_library_close (self->library);
  }
  g_clear_object (&self->library);
  g_clear_pointer (&self->reveal, g_free);
  g_clear_pointer (&self->seen_before, g_free);
}
