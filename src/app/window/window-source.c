/* window-source.c - the picture to start from where one looks: on the canvas, in the controls, in a message.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "session/record/kept-source.h"

#define UNDO_SECONDS 10
#define LONGEST_NAME 24 /* characters of a file's name in a message */
#define ABOVE 12        /* pixels of the controls over the group that is scrolled to */

/* ---- The controls ---- */

/* The rows that came have their place after a frame. */
static gboolean
scroll_cb (GtkWidget *group, GdkFrameClock *clock, gpointer data)
{
  GtkWidget *scroller = gtk_widget_get_ancestor (group, GTK_TYPE_SCROLLED_WINDOW);
  int *frames = data;
  double x, y;

  if ((*frames)++ < 2)
    return G_SOURCE_CONTINUE;
  if (gtk_widget_translate_coordinates (group, gtk_widget_get_parent (group), 0, 0, &x, &y))
    gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller)), y - ABOVE);
  return G_SOURCE_REMOVE;
}

void
limn_window_scroll_to (LimnWindow *self, GtkWidget *group)
{
  gtk_widget_add_tick_callback (group, scroll_cb, g_new0 (int, 1), g_free);
}

static void
scroll_to_source (LimnWindow *self)
{
  limn_window_scroll_to (self, GTK_WIDGET (self->image_group));
}

/* ---- The canvas ---- */

gboolean
limn_window_shows_source (LimnWindow *self)
{
  LimnSource *source = limn_settings_values (self->settings)->source;

  if (source == NULL || self->picture == NULL || limn_mask_mode_get (self->mask_mode) != LIMN_CANVAS_VIEW)
    return source != NULL && limn_mask_mode_get (self->mask_mode) != LIMN_CANVAS_VIEW;
  return limn_image_is_same (limn_source_get_image (source), limn_picture_get_image (self->picture));
}

LimnSource *
limn_window_copy_picture (LimnWindow *self)
{
  const LimnImage *image = limn_picture_get_image (self->picture);
  const char *path = limn_picture_get_path (self->picture);
  g_autofree char *name = NULL;

  name = path != NULL ? g_filename_display_basename (path) : g_strdup (_ ("Last picture"));
  return limn_source_new_for_file (limn_image_copy (image), name, path, image->width, image->height);
}

static void
changed_cb (LimnWindow *self)
{
  LimnSource *source = limn_settings_values (self->settings)->source;

  gtk_widget_set_visible (self->mask_dot, limn_settings_values (self->settings)->mask != NULL);
  if (source == NULL || limn_mask_mode_get (self->mask_mode) != LIMN_CANVAS_VIEW || limn_window_shows_source (self))
    return;
  limn_mask_mode_set (self->mask_mode, LIMN_CANVAS_SOURCE);
  limn_window_look_away (self);
}

static void
show_source_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  gboolean there = limn_mask_mode_get (self->mask_mode) == LIMN_CANVAS_SOURCE;

  limn_mask_mode_set (self->mask_mode, there && self->picture != NULL ? LIMN_CANVAS_VIEW : LIMN_CANVAS_SOURCE);
  scroll_to_source (self);
}

static void
edit_source_mask_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  limn_mask_mode_set (self->mask_mode, LIMN_CANVAS_SOURCE);
  limn_mask_mode_set (self->mask_mode, LIMN_CANVAS_MASK);
}

static void
clear_mask_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_object_set (LIMN_WINDOW (data)->settings, "mask", NULL, NULL);
}

/* ---- Another one ---- */

/* the words around a name matter more than its end; (transfer full) */
static char *
shorten (const char *name)
{
  g_autofree char *start = NULL;

  if (g_utf8_strlen (name, -1) <= LONGEST_NAME)
    return g_strdup (name);
  start = g_utf8_substring (name, 0, LONGEST_NAME - 1);
  return g_strconcat (start, "…", NULL);
}

static void
tell (LimnWindow *self, const char *name, const char *note)
{
  g_autofree char *shown = shorten (name);
  /* translators: %s is a file's name */
  g_autofree char *what = g_strdup_printf (_ ("The next picture starts from %s"), shown);
  g_autofree char *text = note != NULL ? g_strdup_printf ("%s: %s", what, note) : g_strdup (what);
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  AdwToast *toast = adw_toast_new (escaped);

  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_action_name (toast, "win.undo-source");
  adw_toast_set_timeout (toast, UNDO_SECONDS);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
enable (LimnWindow *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), name)), enabled);
}

void
limn_window_start_from (LimnWindow *self, LimnSource *source, const char *note)
{
  g_clear_object (&self->before_source);
  self->before_source = limn_settings_copy (self->settings);
  limn_undo_commit (self->undo);
  limn_window_leave_mask (self);
  g_object_set (self->settings, "source", source, "mask", NULL, "source-x", 0.5, "source-y", 0.5, NULL);
  enable (self, "undo-source", TRUE);
  scroll_to_source (self);
  tell (self, limn_source_get_name (source), note);
}

static void
undo_source_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  g_autoptr (LimnSettings) before = g_steal_pointer (&self->before_source);
  const LimnSettingsValues *values = limn_settings_values (before);

  enable (self, "undo-source", FALSE);
  g_object_set (self->settings, "source", values->source, "mask", values->mask, "source-x", values->source_x,
                "source-y", values->source_y, NULL);
}

/* ---- Over a restart ---- */

static void
loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnWindow) self = data;
  g_auto (LimnKeptPictures) pictures = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean loaded = limn_kept_source_load_finish (LIMN_RECORDS (object), result, &pictures, &error);

  if (self->session == NULL)
    return;
  self->source_loaded = TRUE;
  if (!loaded) {
    limn_notice_bar_show (self->notice_bar, _ ("The picture to start from is lost"), error->message, NULL, NULL);
  } else if (limn_settings_values (self->settings)->source == NULL) {
    limn_kept_pictures_apply (&pictures, self->settings);
    limn_undo_reset (self->undo);
  }
}

void
limn_window_keep_source (LimnWindow *self)
{
  LimnRecords *records = limn_session_get_records (self->session);
  g_autoptr (GError) error = NULL;

  if (!self->source_loaded || limn_kept_source_save (records, self->settings, &error) || self->keep_failed)
    return;
  self->keep_failed = TRUE;
  limn_notice_bar_show (self->notice_bar, _ ("The picture to start from cannot be kept for the next time"),
                        error->message, NULL, NULL);
}

/* ---- All of it ---- */

static const GActionEntry actions[] = {
  { .name = "show-source", .activate = show_source_action },
  { .name = "edit-source-mask", .activate = edit_source_mask_action },
  { .name = "clear-mask", .activate = clear_mask_action },
  { .name = "undo-source", .activate = undo_source_action },
};

void
limn_window_update_source_actions (LimnWindow *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);

  enable (self, "show-source", values->source != NULL);
  enable (self, "edit-source-mask", values->source != NULL);
  enable (self, "clear-mask", values->mask != NULL);
}

void
limn_window_install_source (LimnWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  enable (self, "undo-source", FALSE);
}

void
limn_window_connect_source (LimnWindow *self)
{
  limn_source_chips_bind (self->source_chips, self->settings, self->mask_mode);
  g_signal_connect_object (self->settings, "notify::source", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->settings, "notify::mask", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  changed_cb (self);
  if (self->state != NULL)
    limn_kept_source_load_async (limn_session_get_records (self->session), loaded_cb, g_object_ref (self));
}
