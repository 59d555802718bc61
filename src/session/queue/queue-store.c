/* queue-store.c - a queue comes from the disk and goes there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/queue/queue-drive.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "session/thread/task-thread.h"

/* ---- Saving ---- */

static void
set_saved (LimnQueue *self, gboolean saved)
{
  if (self->saved == saved)
    return;
  self->saved = saved;
  g_object_notify (G_OBJECT (self), "saved");
}

typedef struct {
  LimnQueueFile *file;
  LimnKeep *keep;
  guint64 serial;
  char *text;
} Save;

static void
save_free (Save *save)
{
  limn_queue_file_unref (save->file);
  limn_keep_unref (save->keep);
  g_free (save->text);
  g_free (save);
}

/* Blocks until the pictures that it names are on the disk, too: after a kill in between they would be missed. */
static gboolean
write_whole (Save *save, GError **error)
{
  limn_keep_wait (save->keep);
  return limn_queue_file_write (save->file, save->serial, save->text, error);
}

static void
save_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Save *save = data;
  GError *error = NULL;

  if (write_whole (save, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Whatever was in them is in the file of this one now. */
static void
delete_left (LimnQueue *self)
{
  for (guint i = 0; self->left != NULL && self->left[i] != NULL; i++)
    g_unlink (self->left[i]);
  g_clear_pointer (&self->left, g_strfreev);
}

static void
saved_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnQueue *self = LIMN_QUEUE (object);
  Save *save = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  /* a full disk: the queue goes on without, and the next change tries again */
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_debug ("%s", error->message);
  else if (save->serial == self->serial && self->save_source == 0) {
    delete_left (self);
    set_saved (self, TRUE);
  }
}

static LimnKeep *
keep_of (LimnQueue *self)
{
  return limn_keep_ref (limn_records_get_keep (limn_session_get_records (self->session)));
}

static Save *
make_save (LimnQueue *self)
{
  Save *save = g_new (Save, 1);

  *save = (Save){ limn_queue_file_ref (self->file), keep_of (self), ++self->serial,
                  limn_queue_to_text (self->items, self->paused) };
  return save;
}

static gboolean
save_cb (gpointer data)
{
  LimnQueue *self = data;
  g_autoptr (GTask) task = g_task_new (self, NULL, saved_cb, NULL);

  self->save_source = 0;
  g_task_set_task_data (task, make_save (self), (GDestroyNotify) save_free);
  limn_task_run_in_thread (task, save_thread);
  return G_SOURCE_REMOVE;
}

/* Many changes of one turn of the main loop are written once. */
void
limn_queue_save_soon (LimnQueue *self)
{
  if (self->closed || !self->loaded)
    return;
  set_saved (self, FALSE);
  if (self->save_source == 0)
    self->save_source = g_idle_add_full (G_PRIORITY_DEFAULT, save_cb, self, NULL);
}

/* ---- Loading ---- */

typedef struct {
  LimnQueueFile *file;
  LimnKeep *keep;
  GPtrArray *items;
  GStrv left;
  gboolean paused;
} Load;

static void
load_free (Load *load)
{
  limn_queue_file_unref (load->file);
  limn_keep_unref (load->keep);
  g_ptr_array_unref (load->items);
  g_strfreev (load->left);
  g_free (load);
}

static void
read_file (Load *load, const char *path, gboolean *paused)
{
  g_autoptr (GPtrArray) items = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return;
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR)) /* a pipe would be waited for */
    g_set_error (&error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, g_strerror (EINVAL));
  else if (g_file_get_contents (path, &text, NULL, &error))
    items = limn_queue_from_text (path, text, load->keep, paused, &error);
  if (items != NULL)
    g_ptr_array_extend_and_steal (load->items, g_steal_pointer (&items));
  if (error != NULL) {
    g_autofree char *aside = g_strconcat (path, ".broken", NULL);

    /* a newer Limn's, damaged, or not to be read: not to be overwritten */
    g_debug ("%s", error->message);
    g_rename (path, aside);
  }
}

static void
read_items (Load *load)
{
  gboolean ignored;

  read_file (load, limn_queue_file_get_path (load->file), &load->paused);
  load->left = limn_queue_file_take_left (load->file);
  for (guint i = 0; load->left[i] != NULL; i++)
    read_file (load, load->left[i], &ignored);
}

static void
load_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  read_items (data);
  g_task_return_boolean (task, TRUE);
}

static void
take_items (LimnQueue *self, Load *load)
{
  guint added = load->items->len;

  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (self->items, (int) i, g_object_ref (load->items->pdata[i]));
  for (guint i = 0; i < added; i++)
    limn_queue_pin (self, load->items->pdata[i]);
  /* before anybody hears of it, and begins what was held back */
  if (load->paused)
    limn_queue_set_paused (self, TRUE);
  self->loaded = TRUE;
  if (added > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, added);
  g_object_notify (G_OBJECT (self), "loaded");
  self->left = g_steal_pointer (&load->left);
  if (self->items->len > added || (self->left != NULL && self->left[0] != NULL))
    limn_queue_save_soon (self);
  limn_queue_drive (self);
}

static void
loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnQueue *self = LIMN_QUEUE (object);

  if (!self->closed)
    take_items (self, g_task_get_task_data (G_TASK (result)));
}

static Load *
make_load (LimnQueue *self)
{
  Load *load = g_new0 (Load, 1);

  load->file = limn_queue_file_ref (self->file);
  load->items = g_ptr_array_new_with_free_func (g_object_unref);
  load->keep = keep_of (self);
  return load;
}

void
limn_queue_load (LimnQueue *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, loaded_cb, NULL);

  g_task_set_task_data (task, make_load (self), (GDestroyNotify) load_free);
  limn_task_run_in_thread (task, load_thread);
}

static void
save_last (LimnQueue *self)
{
  Save *save;

  if (!self->loaded && self->items->len == 0)
    return;
  /* what was added since has to come after what the disk has */
  if (!self->loaded) {
    Load *load = make_load (self);

    read_items (load);
    take_items (self, load);
    load_free (load);
  }
  save = make_save (self);
  if (write_whole (save, NULL))
    delete_left (self);
  save_free (save);
}

void
limn_queue_close (LimnQueue *self)
{
  g_return_if_fail (LIMN_IS_QUEUE (self));

  if (self->closed)
    return;
  self->closed = TRUE;
  if (self->save_source != 0)
    g_source_remove (self->save_source);
  self->save_source = 0;
  save_last (self);
  limn_queue_file_let_go (self->file);
}
