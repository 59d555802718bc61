/* window-folder.c - a folder of pictures, each painted over with what is set.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/image-fit.h"
#include "base/model-path.h"
#include "photo/photo.h"
#include "session/thread/task-thread.h"

#include "app/widget/chosen.h"

#define MOST_PICTURES 500 /* in line from one folder */
#define MOST_DETAIL 2.0   /* pixels kept across and down for each that is painted */
#define MOST_TOLD 5       /* files that cannot be opened, by name */

gboolean
limn_window_is_picture_folder (const char *path)
{
  static const char *const parts[] = { "model_index.json", "config.json" };
  g_autoptr (GPtrArray) pictures = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (limn_is_model_name (name) || g_str_equal (name, parts[0]) || g_str_equal (name, parts[1]))
      return FALSE;
  pictures = dir != NULL ? limn_photo_list (path, NULL) : NULL;
  return pictures != NULL;
}

/* ---- Reading ---- */

typedef struct {
  char *folder;
  int width, height;  /* that will be painted */
  GPtrArray *sources; /* LimnSource */
  GString *bad;       /* why some cannot be opened, a line each */
  guint n_bad, left;  /* left: that were too many */
} Reading;

static void
reading_free (Reading *reading)
{
  g_free (reading->folder);
  g_ptr_array_unref (reading->sources);
  g_string_free (reading->bad, TRUE);
  g_free (reading);
}

static gboolean
tick_cb (double fraction, gpointer cancellable)
{
  return !g_cancellable_is_cancelled (cancellable);
}

/* Hundreds lie in memory until they are painted: no more of each than will be seen. */
static LimnImage *
shrink (LimnImage *image, const Reading *reading)
{
  double scale = MOST_DETAIL * MAX ((double) reading->width / image->width, (double) reading->height / image->height);
  LimnImage *smaller;

  if (scale >= 1)
    return image;
  smaller = limn_image_fit (image, MAX ((int) lround (image->width * scale), 1),
                            MAX ((int) lround (image->height * scale), 1));
  limn_image_free (image);
  return smaller;
}

static void
read_picture (Reading *reading, const char *path, GCancellable *cancellable)
{
  const LimnTick tick = { tick_cb, cancellable };
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnPhoto) photo = limn_photo_load (path, &tick, &error);
  g_autofree char *name = g_filename_display_basename (path);

  if (photo != NULL)
    g_ptr_array_add (reading->sources, limn_source_new_for_file (shrink (g_steal_pointer (&photo->image), reading),
                                                                 name, path, photo->width, photo->height));
  else if (reading->n_bad++ < MOST_TOLD)
    g_string_append_printf (reading->bad, "%s%s", reading->bad->len > 0 ? "\n" : "", error->message);
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Reading *reading = data;
  GError *error = NULL;
  g_autoptr (GPtrArray) paths = limn_photo_list (reading->folder, &error);

  if (paths == NULL) {
    g_task_return_error (task, error);
    return;
  }
  reading->left = paths->len > MOST_PICTURES ? paths->len - MOST_PICTURES : 0;
  for (guint i = 0; i < MIN (paths->len, MOST_PICTURES) && !g_cancellable_is_cancelled (cancellable); i++)
    read_picture (reading, paths->pdata[i], cancellable);
  g_task_return_boolean (task, TRUE);
}

/* ---- The queue ---- */

static void
tell_bad (LimnWindow *self, const Reading *reading)
{
  g_autofree char *title = NULL;

  if (reading->n_bad == 0 && reading->left == 0)
    return;
  title =
      reading->n_bad > 0
          ? g_strdup_printf (ngettext ("%u picture cannot be opened", "%u pictures cannot be opened", reading->n_bad),
                             reading->n_bad)
          : g_strdup_printf (ngettext ("%u picture is one too many", "%u pictures are too many at once", reading->left),
                             reading->left);
  limn_notice_bar_show (self->notice_bar, title, reading->bad->str, NULL, NULL);
}

static void
enqueue (LimnWindow *self, const Reading *reading)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < reading->sources->len; i++) {
    LimnSettings *settings = limn_settings_copy (self->settings);

    g_object_set (settings, "source", reading->sources->pdata[i], "mask", NULL, "source-x", 0.5, "source-y", 0.5, NULL);
    g_ptr_array_add (cells, settings);
  }
  if (cells->len > 0) {
    g_free (limn_queue_append_group (self->queue, cells, NULL));
    adw_view_stack_set_visible_child_name (self->side_stack, "queue");
    limn_window_update_actions (self);
  }
}

static void
read_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnWindow *self = LIMN_WINDOW (object);
  g_autoptr (GError) error = NULL;
  gboolean read = g_task_propagate_boolean (G_TASK (result), &error);

  if (self->session == NULL || g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;
  if (!read) {
    limn_notice_bar_show (self->notice_bar, _ ("This folder cannot be painted over"), error->message, NULL, NULL);
    return;
  }
  enqueue (self, g_task_get_task_data (G_TASK (result)));
  tell_bad (self, g_task_get_task_data (G_TASK (result)));
}

void
limn_window_paint_folder (LimnWindow *self, const char *path)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  g_autofree char *name = g_filename_display_basename (path);
  /* translators: a folder's name */
  g_autofree char *text = g_strdup_printf (_ ("Reading the pictures in “%s”…"), name);
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  Reading *reading = g_new0 (Reading, 1);
  g_autoptr (GTask) task = NULL;

  *reading = (Reading){
    .folder = g_strdup (path),
    .width = values->width,
    .height = values->height,
    .sources = g_ptr_array_new_with_free_func (g_object_unref),
    .bad = g_string_new (NULL),
  };
  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  self->loading = g_cancellable_new ();
  task = g_task_new (self, self->loading, read_cb, NULL);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, reading, (GDestroyNotify) reading_free);
  limn_task_run_in_thread (task, read_thread);
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (escaped));
}

/* ---- The action ---- */

static void
response_cb (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  g_autofree char *path = limn_chosen_path (dialog, response);

  if (path != NULL)
    limn_window_paint_folder (self, path);
  g_clear_object (&self->chooser);
}

static void
folder_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_ ("Paint Over All Pictures of a Folder"), GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL, NULL);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

void
limn_window_install_folder (LimnWindow *self)
{
  static const GActionEntry actions[] = { { .name = "paint-folder", .activate = folder_action } };

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
}
