/* window-actions.c - what the window can do, for menus, keys and tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

static void
generate_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_window_generate (data);
}

static void
cancel_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  limn_queue_cancel_current (self->queue);
  limn_run_bar_say (self->run_bar, _ ("Cancelling…"));
}

static void
open_model_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_model_row_choose (LIMN_WINDOW (data)->model_row, FALSE);
}

static void
open_model_folder_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_model_row_choose (LIMN_WINDOW (data)->model_row, TRUE);
}

static void
choose_parts_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  limn_notice_bar_hide (self->notice_bar);
  limn_model_row_choose_parts (self->model_row);
}

static void
retry_model_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  limn_notice_bar_hide (self->notice_bar);
  limn_model_row_retry (self->model_row);
  limn_model_row_retry (limn_refiner_group_get_model_row (self->refiner_group));
}

static void
roll_seed_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_object_set (LIMN_WINDOW (data)->settings, "seed", (guint64) g_random_int (), NULL);
}

static void
swap_size_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_size_group_swap (LIMN_WINDOW (data)->size_group);
}

/* ---- The picture to start from ---- */

static void
image_response_cb (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

    if (file != NULL)
      limn_window_open_file (self, file);
  }
  g_clear_object (&self->chooser);
}

static void
open_image_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  g_autoptr (GtkFileFilter) images = gtk_file_filter_new ();

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_ ("Open a Picture to Start From"), GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  gtk_file_filter_set_name (images, _ ("Pictures"));
  gtk_file_filter_add_pixbuf_formats (images);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), images);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (image_response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
clear_image_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_object_set (LIMN_WINDOW (data)->settings, "source", NULL, NULL);
}

static void
paste_image_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_window_paste (data);
}

/* paints on from what is on the canvas */
static void
use_picture_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (LimnSource) source = limn_window_copy_picture (data);

  limn_window_start_from (data, source, NULL);
}

/* ---- The finished picture ---- */

static void
copy_image_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  GdkTexture *texture = limn_canvas_get_texture (self->canvas);

  if (texture != NULL)
    gdk_clipboard_set_texture (gtk_widget_get_clipboard (GTK_WIDGET (self)), texture);
}

static void
open_pictures_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  const char *path = self->picture != NULL ? limn_picture_get_path (self->picture) : NULL;
  g_autofree char *folder =
      path != NULL ? g_path_get_dirname (path) : g_strdup (limn_session_get_folder (self->session));
  g_autofree char *uri = g_filename_to_uri (folder, NULL, NULL);

  g_mkdir_with_parents (folder, 0755);
  if (uri != NULL)
    gtk_show_uri (GTK_WINDOW (self), uri, GDK_CURRENT_TIME);
}

/* ---- Undo ---- */

static void
undo_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_undo_undo (LIMN_WINDOW (data)->undo);
}

static void
redo_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_undo_redo (LIMN_WINDOW (data)->undo);
}

/* ---- View ---- */

static void
zoom_fit_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_canvas_set_zoom (LIMN_WINDOW (data)->canvas, 0);
}

static void
zoom_exact_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_canvas_set_zoom (LIMN_WINDOW (data)->canvas, 1);
}

/* "show-repeated" */
static void
repeated_changed (GSimpleAction *action, GVariant *state, gpointer data)
{
  g_simple_action_set_state (action, state);
  limn_canvas_set_repeats (LIMN_WINDOW (data)->canvas, g_variant_get_boolean (state));
}

static const GActionEntry actions[] = {
  { .name = "generate", .activate = generate_action },
  { .name = "cancel", .activate = cancel_action },
  { .name = "open-model", .activate = open_model_action },
  { .name = "open-model-folder", .activate = open_model_folder_action },
  { .name = "choose-parts", .activate = choose_parts_action },
  { .name = "retry-model", .activate = retry_model_action },
  { .name = "roll-seed", .activate = roll_seed_action },
  { .name = "swap-size", .activate = swap_size_action },
  { .name = "open-image", .activate = open_image_action },
  { .name = "clear-image", .activate = clear_image_action },
  { .name = "paste-image", .activate = paste_image_action },
  { .name = "use-picture", .activate = use_picture_action },
  { .name = "copy-image", .activate = copy_image_action },
  { .name = "open-pictures", .activate = open_pictures_action },
  { .name = "undo", .activate = undo_action },
  { .name = "redo", .activate = redo_action },
  { .name = "zoom-fit", .activate = zoom_fit_action },
  { .name = "zoom-exact", .activate = zoom_exact_action },
  { .name = "show-repeated", .state = "false", .change_state = repeated_changed },
};

static void
enable (LimnWindow *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

void
limn_window_update_actions (LimnWindow *self)
{
  gboolean busy = limn_queue_get_current (self->queue) != NULL;
  gboolean shown = limn_canvas_get_texture (self->canvas) != NULL;

  enable (self, "cancel", busy);
  enable (self, "clear-image", limn_settings_values (self->settings)->source != NULL);
  enable (self, "use-picture", self->picture != NULL);
  enable (self, "details", self->picture != NULL);
  enable (self, "save-as", self->picture != NULL);
  enable (self, "export", self->picture != NULL);
  enable (self, "print", self->picture != NULL);
  enable (self, "copy-image", shown);
  enable (self, "undo", limn_undo_can_undo (self->undo));
  enable (self, "redo", limn_undo_can_redo (self->undo));
  gtk_revealer_set_reveal_child (self->cancel_revealer, busy);
  limn_window_update_timeline_actions (self);
  limn_window_update_finish_actions (self);
  limn_window_update_detect (self);
  limn_window_update_mask_actions (self);
  limn_window_update_source_actions (self);
}

void
limn_window_install_actions (LimnWindow *self)
{
  g_autoptr (GPropertyAction) show_controls = g_property_action_new ("show-controls", self->flap, "reveal-flap");
  g_autoptr (GPropertyAction) show_side = g_property_action_new ("show-side", self->side_flap, "reveal-flap");

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (show_controls));
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (show_side));
  limn_window_update_actions (self);
}
