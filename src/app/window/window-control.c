/* window-control.c - ControlNets that are dropped or chosen, the pictures that they follow, and what they see of these,
 * laid over the canvas.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "app/widget/chosen.h"
#include "app/window/dropped.h"
#include "base/model-path.h"
#include "session/record/records-private.h"
#include "session/thread/task-thread.h"

/* text is no markup */
static void
toast (LimnWindow *self, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (escaped));
}

/* ---- ControlNets ---- */

void
limn_window_add_control (LimnWindow *self, const char *path)
{
  g_autofree char *name = limn_model_name_from_path (path), *shown = g_filename_display_name (name);
  g_autofree char *text =
      g_strdup_printf (_ ("The next picture follows one by “%s”: drop the picture on its row"), shown);

  limn_control_group_add (self->control_group, path);
  limn_window_scroll_to (self, GTK_WIDGET (self->control_group));
  toast (self, text);
}

static void
choose (LimnWindow *self, const char *title, GtkFileFilter *filter, GCallback response_cb, guint index)
{
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), filter);
  g_object_set_data (G_OBJECT (self->chooser), "index", GUINT_TO_POINTER (index));
  g_signal_connect_object (self->chooser, "response", response_cb, self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
file_chosen_cb (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  g_autofree char *path = limn_chosen_path (dialog, response);

  if (path != NULL)
    limn_window_add_control (self, path);
  g_clear_object (&self->chooser);
}

static void
add_control_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GtkFileFilter) files = gtk_file_filter_new ();

  gtk_file_filter_set_name (files, _ ("ControlNets"));
  gtk_file_filter_add_pattern (files, "*.safetensors");
  gtk_file_filter_add_pattern (files, "*.sft");
  gtk_file_filter_add_pattern (files, "*.gguf");
  choose (data, _ ("Add a ControlNet"), files, G_CALLBACK (file_chosen_cb), 0);
}

/* ---- Pictures ---- */

typedef struct {
  LimnWindow *window;
  guint index;
} Following;

static void
loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autofree Following *following = data;
  g_autoptr (LimnWindow) self = following->window;
  g_autoptr (GPtrArray) all = limn_dropped_load_finish (result, NULL);
  const LimnDropped *dropped = all != NULL && all->len > 0 ? all->pdata[0] : NULL;

  if (self->session == NULL || dropped == NULL)
    return;
  if (dropped->source != NULL)
    limn_control_group_set_picture (self->control_group, following->index, dropped->source);
  else
    limn_notice_bar_show (self->notice_bar, _ ("This picture cannot be opened"),
                          dropped->error != NULL ? dropped->error->message : NULL, NULL, NULL);
}

void
limn_window_follow (LimnWindow *self, GPtrArray *origins, guint index)
{
  const char *none[] = { NULL };
  Following *following = g_new (Following, 1);

  *following = (Following){ g_object_ref (self), index };
  limn_dropped_load_async (origins, none, NULL, loaded_cb, following);
}

typedef struct {
  LimnKeep *keep;
  GStrv names;
  GPtrArray *pictures; /* (element-type LimnSource), NULL for those that are gone */
} Kept;

static void
unref_picture (gpointer picture)
{
  g_clear_object (&picture);
}

static void
kept_free (gpointer data)
{
  Kept *kept = data;

  limn_keep_unref (kept->keep);
  g_strfreev (kept->names);
  g_ptr_array_unref (kept->pictures);
  g_free (kept);
}

static void
load_kept_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Kept *kept = data;

  for (guint i = 0; kept->names[i] != NULL; i++)
    g_ptr_array_add (kept->pictures, limn_keep_load_source (kept->keep, kept->names[i], NULL));
  g_task_return_boolean (task, TRUE);
}

/* What is gone leaves a row that says what it lacks. */
static void
kept_loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnWindow *self = LIMN_WINDOW (object);
  const Kept *kept = g_task_get_task_data (G_TASK (result));
  const LimnFollowedRow *row;

  for (guint i = 0; self->session != NULL && i < kept->pictures->len; i++) {
    row = limn_followed_nth (limn_settings_values (self->settings)->controls, i);
    if (row != NULL && row->picture == NULL && kept->pictures->pdata[i] != NULL)
      limn_control_group_set_picture (self->control_group, i, kept->pictures->pdata[i]);
  }
}

void
limn_window_follow_kept (LimnWindow *self, GPtrArray *names)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, kept_loaded_cb, NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  Kept *kept = g_new (Kept, 1);

  for (guint i = 0; i < names->len; i++)
    g_strv_builder_add (builder, names->pdata[i] != NULL ? names->pdata[i] : "");
  *kept = (Kept){ limn_keep_ref (limn_records_get_keep (limn_session_get_records (self->session))),
                  g_strv_builder_end (builder), g_ptr_array_new_with_free_func (unref_picture) };
  g_task_set_task_data (task, kept, kept_free);
  limn_task_run_in_thread (task, load_kept_thread);
}

static void
picture_chosen_cb (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  g_autoptr (GPtrArray) origins = g_ptr_array_new_with_free_func (g_object_unref);

  if (response == GTK_RESPONSE_ACCEPT) {
    g_ptr_array_add (origins, gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)));
    limn_window_follow (self, origins, GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (dialog), "index")));
  }
  g_clear_object (&self->chooser);
}

static void
open_picture (LimnWindow *self, guint index)
{
  g_autoptr (GtkFileFilter) pictures = gtk_file_filter_new ();

  gtk_file_filter_set_name (pictures, _ ("Pictures"));
  gtk_file_filter_add_pixbuf_formats (pictures);
  choose (self, _ ("Open a Picture to Follow"), pictures, G_CALLBACK (picture_chosen_cb), index);
}

static void
follow_shown (LimnWindow *self, guint index)
{
  g_autoptr (LimnSource) picture = self->picture != NULL ? limn_window_copy_picture (self) : NULL;

  if (picture != NULL)
    limn_control_group_set_picture (self->control_group, index, picture);
  else
    toast (self, _ ("There is no picture on the canvas yet"));
}

static void
follow_source (LimnWindow *self, guint index)
{
  LimnSource *source = limn_settings_values (self->settings)->source;

  if (source != NULL)
    limn_control_group_set_picture (self->control_group, index, source);
  else
    toast (self, _ ("There is no picture to start from yet"));
}

static void
asked_cb (LimnControlGroup *group, const char *action, guint index, LimnWindow *self)
{
  if (g_str_equal (action, "remove"))
    limn_control_group_remove (group, index);
  else if (g_str_equal (action, "open"))
    open_picture (self, index);
  else if (g_str_equal (action, "pose"))
    limn_window_make_pose (self, index);
  else if (g_str_equal (action, "shown"))
    follow_shown (self, index);
  else
    follow_source (self, index);
}

/* ---- The canvas ---- */

static void
map_changed_cb (LimnWindow *self)
{
  double opacity = 0;
  const LimnImage *map = limn_control_group_get_map (self->control_group, &opacity);

  limn_canvas_set_guide (self->canvas, map, opacity);
  limn_window_show_stage (self);
}

/* ---- All of it ---- */

static const GActionEntry actions[] = {
  { .name = "add-control", .activate = add_control_action },
};

void
limn_window_install_control (LimnWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  g_signal_connect_object (self->control_group, "asked", G_CALLBACK (asked_cb), self, 0);
  g_signal_connect_object (self->control_group, "map-changed", G_CALLBACK (map_changed_cb), self, G_CONNECT_SWAPPED);
}
