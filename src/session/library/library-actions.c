/* library-actions.c - what takes a while: trash and its undoing, opening a picture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/library/library.h"

#include "session/foreign/foreign.h"
#include "session/library/library-text.h"
#include "session/record/picture-private.h"
#include "session/thread/task-thread.h"

struct _LimnTrash {
  GPtrArray *items; /* LimnTrashed; the library's thread only, but for their number */
};

static void
trash_clear (gpointer data)
{
  g_ptr_array_unref (((LimnTrash *) data)->items);
}

LimnTrash *
limn_trash_ref (LimnTrash *trash)
{
  return g_atomic_rc_box_acquire (trash);
}

void
limn_trash_unref (LimnTrash *trash)
{
  g_atomic_rc_box_release_full (trash, trash_clear);
}

static LimnTrash *
trash_new (void)
{
  LimnTrash *trash = g_atomic_rc_box_new (LimnTrash);

  trash->items = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_trashed_free);
  return trash;
}

guint
limn_trash_count (LimnTrash *trash)
{
  return trash->items->len;
}

/* ---- Asking the library's thread ---- */

/* On the library's thread, which must not be what ends the library. */
static void
hand_back (gpointer task)
{
  limn_task_hand_back (task);
}

static void
post (LimnLibrary *self, LimnLibraryJob job, GTask *task)
{
  LimnLibraryThread *thread = limn_library_get_thread (self);

  if (thread != NULL) {
    limn_library_thread_post (thread, job, task, hand_back);
    return;
  }
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The library was closed");
  g_object_unref (task);
}

typedef struct {
  GStrv paths;
  gboolean *favourites;
} Doomed;

static void
doomed_free (gpointer data)
{
  Doomed *doomed = data;

  g_strfreev (doomed->paths);
  g_free (doomed->favourites);
  g_free (doomed);
}

static gboolean
trash_one (LimnLibraryThread *thread, LimnTrash *trash, const char *path, gboolean favourite, GError **error)
{
  const char *folder = limn_library_thread_folder_of (thread, path);
  const char *one[] = { path, NULL };
  LimnTrashed *trashed;

  if (folder == NULL)
    return TRUE;
  trashed = limn_trashed_new (folder, path, favourite, error);
  limn_library_thread_check (thread, path);
  if (trashed == NULL)
    return FALSE;
  g_ptr_array_add (trash->items, trashed);
  return !favourite || limn_library_thread_set_favourite (thread, one, FALSE, error);
}

static void
trash_job (LimnLibraryThread *thread, gpointer data)
{
  GTask *task = data;
  const Doomed *doomed = g_task_get_task_data (task);
  g_autoptr (LimnTrash) trash = trash_new ();
  GError *error = NULL;

  for (guint i = 0; error == NULL && doomed->paths[i] != NULL; i++)
    trash_one (thread, trash, doomed->paths[i], doomed->favourites[i], &error);
  /* what was moved before something failed can be taken back */
  if (error != NULL && trash->items->len > 0) {
    limn_library_thread_notice (thread, LIMN_LIBRARY_FAILED, error->message);
    g_clear_error (&error);
  }
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_steal_pointer (&trash), (GDestroyNotify) limn_trash_unref);
  limn_library_thread_publish (thread);
}

void
limn_library_trash_async (LimnLibrary *self, GPtrArray *entries, GAsyncReadyCallback callback, gpointer user_data)
{
  Doomed *doomed;
  GTask *task;

  g_return_if_fail (LIMN_IS_LIBRARY (self));

  doomed = g_new (Doomed, 1);
  doomed->paths = g_new0 (char *, entries->len + 1);
  doomed->favourites = g_new0 (gboolean, entries->len + 1);
  for (guint i = 0; i < entries->len; i++) {
    doomed->paths[i] = g_strdup (limn_entry_get_path (entries->pdata[i]));
    doomed->favourites[i] = limn_entry_get_favourite (entries->pdata[i]);
  }
  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, limn_library_trash_async);
  g_task_set_task_data (task, doomed, doomed_free);
  post (self, trash_job, task);
}

LimnTrash *
limn_library_trash_finish (LimnLibrary *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
restore_one (LimnLibraryThread *thread, LimnTrashed *trashed, GError **error)
{
  const char *one[] = { NULL, NULL };

  if (!limn_trashed_restore (trashed, error))
    return FALSE;
  one[0] = trashed->path;
  if (trashed->favourite && !limn_library_thread_set_favourite (thread, one, TRUE, error))
    return FALSE;
  limn_library_thread_check (thread, trashed->path);
  return TRUE;
}

static void
restore_job (LimnLibraryThread *thread, gpointer data)
{
  GTask *task = data;
  LimnTrash *trash = g_task_get_task_data (task);
  GError *error = NULL;

  /* one that fails stays, with those after it: it may work another time */
  while (error == NULL && trash->items->len > 0)
    if (restore_one (thread, trash->items->pdata[0], &error))
      g_ptr_array_remove_index (trash->items, 0);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  limn_library_thread_publish (thread);
}

void
limn_library_restore_async (LimnLibrary *self, LimnTrash *trash, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (LIMN_IS_LIBRARY (self));
  g_return_if_fail (trash != NULL);

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, limn_library_restore_async);
  g_task_set_task_data (task, limn_trash_ref (trash), (GDestroyNotify) limn_trash_unref);
  post (self, restore_job, task);
}

gboolean
limn_library_restore_finish (LimnLibrary *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
forget_job (LimnLibraryThread *thread, gpointer data)
{
  LimnTrash *trash = data;
  gboolean kept = FALSE;

  for (guint i = 0; i < trash->items->len; i++)
    kept |= !limn_trashed_forget (trash->items->pdata[i]);
  if (kept) {
    const LimnTrashed *first = trash->items->pdata[0];
    g_autofree char *folder = g_build_filename (first->folder, LIMN_TRASH_NAME, NULL);

    limn_library_thread_notice (thread, LIMN_LIBRARY_NO_TRASH, folder);
  }
  g_ptr_array_set_size (trash->items, 0);
}

void
limn_library_forget (LimnLibrary *self, LimnTrash *trash)
{
  LimnLibraryThread *thread;

  g_return_if_fail (LIMN_IS_LIBRARY (self));

  thread = limn_library_get_thread (self);
  if (thread != NULL)
    limn_library_thread_post (thread, forget_job, limn_trash_ref (trash), (GDestroyNotify) limn_trash_unref);
}

/* ---- Opening ---- */

static LimnPicture *
open_picture (const char *path, GError **error)
{
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnForeign) foreign = NULL;
  g_autoptr (LimnSettings) settings = NULL;
  LimnImage *image = limn_image_load_png (path, &text, error);

  if (image == NULL)
    return NULL;
  foreign = limn_foreign_read (text, NULL, NULL);
  settings = foreign != NULL ? g_object_ref (foreign->settings) : limn_settings_new ();
  g_object_set (settings, "width", CLAMP (image->width, 8, 8192), "height", CLAMP (image->height, 8, 8192), NULL);
  return limn_picture_new_saved (image, settings, g_strdup (g_hash_table_lookup (text, "limn")),
                                 g_strdup (g_hash_table_lookup (text, "parameters")), path);
}

static void
open_thread (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  GError *error = NULL;
  LimnPicture *picture = open_picture (path, &error);

  if (picture != NULL)
    g_task_return_pointer (task, picture, g_object_unref);
  else
    g_task_return_error (task, error);
}

void
limn_library_open_async (LimnLibrary *self, const char *path, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (self == NULL || LIMN_IS_LIBRARY (self));
  g_return_if_fail (path != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, limn_library_open_async);
  g_task_set_task_data (task, g_strdup (path), g_free);
  limn_task_run_in_thread (task, open_thread);
}

LimnPicture *
limn_library_open_finish (LimnLibrary *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
