/* window-pose.c - poses that are made for a ControlNet: each is a file of OpenPose's JSON, to be gone on with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/panel/pose-window.h"
#include "app/widget/texture.h"
#include "session/thread/task-thread.h"

#define CONTROL "limn-control" /* of a pose's window: the ControlNet's file, */
#define INDEX "limn-index"     /* and its place */

static const LimnFollowedRow *
row_at (LimnWindow *self, guint index)
{
  return limn_followed_nth (limn_settings_values (self->settings)->controls, index);
}

/* Where the ControlNet that a pose is made for is now: others may have gone. */
static gboolean
find_row (LimnWindow *self, GObject *pose_window, guint *index)
{
  const char *file = g_object_get_data (pose_window, CONTROL);
  const LimnFollowedRow *row;

  *index = GPOINTER_TO_UINT (g_object_get_data (pose_window, INDEX));
  row = row_at (self, *index);
  if (row != NULL && g_str_equal (row->file, file))
    return TRUE;
  for (*index = 0; (row = row_at (self, *index)) != NULL; ++*index)
    if (g_str_equal (row->file, file))
      return TRUE;
  return FALSE;
}

/* ---- The file ---- */

typedef struct {
  char *path, *json;
} Writing;

static void
writing_free (gpointer data)
{
  Writing *writing = data;

  g_free (writing->path);
  g_free (writing->json);
  g_free (writing);
}

static void
write_thread (GTask *task, gpointer window, gpointer data, GCancellable *cancellable)
{
  const Writing *writing = data;
  g_autofree char *folder = g_path_get_dirname (writing->path);
  GError *error = NULL;

  g_mkdir_with_parents (folder, 0755); /* what goes wrong with it is told of the file */
  if (g_file_set_contents (writing->path, writing->json, -1, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
written_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnWindow *self = LIMN_WINDOW (object);
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error) && self->session != NULL)
    limn_notice_bar_show (self->notice_bar, _ ("This pose cannot be written"), error->message, NULL, NULL);
}

/* Of that text: another pose is another file, so that a picture that followed the one has it still.  json: (transfer
 * full).  (transfer full) */
static char *
write_file (LimnWindow *self, char *json)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, json, -1);
  g_autofree char *name = g_strdup_printf ("pose-%.12s.json", sum);
  char *path = g_build_filename (g_get_user_data_dir (), "limn", "poses", name, NULL);
  g_autoptr (GTask) task = g_task_new (self, NULL, written_cb, NULL);
  Writing *writing = g_new (Writing, 1);

  *writing = (Writing){ g_strdup (path), json };
  g_task_set_task_data (task, writing, writing_free);
  limn_task_run_in_thread (task, write_thread);
  return path;
}

/* ---- What follows it ---- */

static void
changed_cb (LimnWindow *self, LimnPoseWindow *pose_window)
{
  const LimnPose *pose = limn_pose_window_get (pose_window);
  g_autofree char *path = NULL;
  g_autoptr (LimnSource) source = NULL;
  guint index;

  if (self->session == NULL || !find_row (self, G_OBJECT (pose_window), &index))
    return;
  path = write_file (self, limn_pose_to_json (pose));
  source = limn_source_new_for_file (limn_pose_draw (pose, pose->width, pose->height), _ ("Pose"), path, pose->width,
                                     pose->height);
  limn_control_group_set_pose (self->control_group, index, source);
}

/* What the ControlNet follows, where that is a pose's file.  (transfer full) */
static LimnPose *
pose_of (const LimnFollowedRow *row)
{
  const char *path = row->picture != NULL ? limn_source_get_path (row->picture) : NULL;
  g_autofree char *text = NULL;
  gsize size;

  if (path == NULL || !g_str_has_suffix (path, ".json") || !g_file_get_contents (path, &text, &size, NULL))
    return NULL;
  return limn_pose_parse (path, text, (gssize) size, NULL);
}

/* NULL where there is no picture, or one of another shape.  (transfer full) */
static GdkTexture *
shown_picture (LimnWindow *self, const LimnPose *pose)
{
  const LimnImage *image = self->picture != NULL ? limn_picture_get_image (self->picture) : NULL;

  if (image == NULL || fabs ((double) image->width / image->height * pose->height / pose->width - 1) > 0.02)
    return NULL;
  return limn_texture_from_image (image);
}

void
limn_window_make_pose (LimnWindow *self, guint index)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  const LimnFollowedRow *row = row_at (self, index);
  g_autoptr (GdkTexture) behind = NULL;
  LimnPoseWindow *pose_window;
  LimnPose *pose;
  gboolean first;

  if (row == NULL)
    return;
  pose = pose_of (row);
  first = pose == NULL && row->picture == NULL;
  if (pose != NULL) {
    limn_pose_resize (pose, values->width, values->height);
  } else {
    pose = limn_pose_new (values->width, values->height);
    limn_pose_add (pose);
  }
  behind = shown_picture (self, pose);
  pose_window = limn_pose_window_new (pose, GDK_PAINTABLE (behind));
  g_object_set_data_full (G_OBJECT (pose_window), CONTROL, g_strdup (row->file), g_free);
  g_object_set_data (G_OBJECT (pose_window), INDEX, GUINT_TO_POINTER (index));
  gtk_window_set_transient_for (GTK_WINDOW (pose_window), GTK_WINDOW (self));
  g_signal_connect_object (pose_window, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  /* what stands in the place of another picture waits until something is done to it */
  if (first)
    changed_cb (self, pose_window);
  gtk_window_present (GTK_WINDOW (pose_window));
}
