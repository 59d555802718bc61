/* library-thread.c - keeps the index true to the files, a few milliseconds at a time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/library/library-thread.h"

#include <glib/gstdio.h>
#include <string.h>

#include "session/foreign/foreign.h"
#include "session/library/library-folder.h"
#include "session/library/library-text.h"

#define PIECE 20000          /* microseconds of scanning between jobs */
#define PUBLISH_EVERY 400000 /* microseconds, while scanning */
#define SETTLE 200           /* milliseconds after the last change from outside */
#define MOST_MONITORS 256
#define MOST_CHANGES 200 /* more of them: everything is looked at */
#define MOST_FAILURES 3  /* of the index, before it is kept in memory */

/* One folder being compared with the index. */
typedef struct {
  char *folder;
  LimnFound *found;
  GHashTable *stamps, *favourites;
  guint at;
} Scan;

struct _LimnLibraryThread {
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  LimnLibraryReport report;

  /* on the thread */
  char *index_path;
  LimnIndex *index;
  int failures;
  GStrv folders;
  char *search;
  gboolean favourites_only;
  GHashTable *monitors; /* folder -> GFileMonitor */
  GHashTable *changed;  /* paths */
  GSource *settle, *scan_source;
  GQueue to_scan; /* char * */
  Scan *scan;
  gint64 published; /* monotonic time */
};

typedef struct {
  LimnLibraryThread *self;
  LimnLibraryJob job;
  gpointer data;
  GDestroyNotify destroy;
} Job;

static void start_scan (LimnLibraryThread *self);

/* ---- The index ---- */

static void
open_index (LimnLibraryThread *self, const char *path)
{
  g_autofree char *reason = NULL;
  LimnIndexOrigin origin;

  self->index = limn_index_open (path, &origin, &reason);
  if (origin == LIMN_INDEX_REBUILT)
    limn_library_thread_notice (self, LIMN_LIBRARY_REBUILT, reason);
  if (origin == LIMN_INDEX_MEMORY && path != NULL)
    limn_library_thread_notice (self, LIMN_LIBRARY_IN_MEMORY, reason);
}

/* After a failure: the files are all that is needed to begin again. */
static void
check_index (LimnLibraryThread *self)
{
  LimnIndexHealth health = limn_index_health (self->index);
  g_autofree char *reason = NULL;

  if (health == LIMN_INDEX_SOUND)
    return;
  reason = g_strdup (limn_index_reason (self->index));
  limn_index_close (self->index);
  self->failures++;
  if (health == LIMN_INDEX_DAMAGED && self->failures <= MOST_FAILURES) {
    limn_index_discard (self->index_path);
    open_index (self, self->index_path);
    limn_library_thread_notice (self, LIMN_LIBRARY_REBUILT, reason);
  } else {
    open_index (self, NULL);
    limn_library_thread_notice (self, LIMN_LIBRARY_IN_MEMORY, reason);
  }
  if (self->failures <= 2 * MOST_FAILURES)
    start_scan (self);
}

void
limn_library_thread_notice (LimnLibraryThread *self, LimnLibraryNotice notice, const char *detail)
{
  self->report.notice (notice, detail, self->report.data);
}

void
limn_library_thread_publish (LimnLibraryThread *self)
{
  LimnIndexQuery query = { (const char *const *) self->folders, self->search, self->favourites_only };
  GPtrArray *entries;
  guint total;

  if (self->folders == NULL)
    return;
  entries = limn_index_query (self->index, &query, &total);
  check_index (self);
  self->published = g_get_monotonic_time ();
  if (entries != NULL)
    self->report.publish (entries, total, self->scan_source != NULL, self->report.data);
}

const char *
limn_library_thread_folder_of (LimnLibraryThread *self, const char *path)
{
  for (guint i = 0; self->folders != NULL && self->folders[i] != NULL; i++) {
    gsize length = strlen (self->folders[i]);

    if (strncmp (path, self->folders[i], length) == 0 && path[length] == '/')
      return self->folders[i];
  }
  return NULL;
}

/* ---- Files ---- */

static void
read_file (LimnLibraryThread *self, const char *folder, const char *path, gint64 size, gint64 time, gboolean favourite)
{
  LimnEntryValues values = { .path = (char *) path, .size = size, .time = time, .favourite = favourite };
  g_autoptr (GHashTable) texts = NULL;
  g_autoptr (LimnForeign) foreign = NULL;

  if (limn_png_text_read (path, &values.width, &values.height, &texts, NULL))
    foreign = g_hash_table_size (texts) > 0 ? limn_foreign_read (texts, NULL, NULL) : NULL;
  else
    values.width = values.height = 0; /* damaged: shown as such */
  values.prompt = foreign != NULL ? limn_settings_values (foreign->settings)->prompt : (char *) "";
  limn_index_put (self->index, folder, &values);
}

void
limn_library_thread_check (LimnLibraryThread *self, const char *path)
{
  const char *folder = limn_library_thread_folder_of (self, path);
  gint64 size, time;

  if (folder == NULL)
    return;
  if (limn_folder_stat (path, &size, &time)) {
    g_autoptr (GHashTable) favourites = limn_favourites_read (folder);

    read_file (self, folder, path, size, time, g_hash_table_contains (favourites, path));
  } else {
    limn_index_remove (self->index, path);
  }
  check_index (self);
}

gboolean
limn_library_thread_set_favourite (LimnLibraryThread *self, const char *const *paths, gboolean favourite,
                                   GError **error)
{
  for (; *paths != NULL; paths++) {
    const char *folder = limn_library_thread_folder_of (self, *paths);
    const char *one[] = { *paths, NULL };

    if (folder == NULL)
      continue;
    if (!limn_favourites_set (folder, one, favourite, error))
      return FALSE;
    limn_index_set_favourite (self->index, *paths, favourite);
  }
  check_index (self);
  return TRUE;
}

/* ---- Changes from outside ---- */

static gboolean
settled_cb (gpointer data)
{
  LimnLibraryThread *self = data;
  g_autoptr (GHashTable) changed = g_steal_pointer (&self->changed);
  GHashTableIter iter;
  gpointer path;
  gboolean all = g_hash_table_size (changed) > MOST_CHANGES;

  self->changed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_clear_pointer (&self->settle, g_source_unref);
  g_hash_table_iter_init (&iter, changed);
  while (!all && g_hash_table_iter_next (&iter, &path, NULL)) {
    g_autofree char *name = g_path_get_basename (path);

    /* a folder that came, or went with all that was in it */
    all = strcmp (name, LIMN_FAVOURITES_NAME) == 0 || g_hash_table_contains (self->monitors, path)
          || (name[0] != '.' && g_file_test (path, G_FILE_TEST_IS_DIR));
  }
  if (all) {
    start_scan (self);
    return G_SOURCE_REMOVE;
  }
  g_hash_table_iter_init (&iter, changed);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    limn_library_thread_check (self, path);
  limn_library_thread_publish (self);
  return G_SOURCE_REMOVE;
}

static void
note_change (LimnLibraryThread *self, GFile *file)
{
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  g_autofree char *name = path != NULL ? g_path_get_basename (path) : NULL;

  if (path == NULL || (name[0] == '.' && strcmp (name, LIMN_FAVOURITES_NAME) != 0))
    return;
  g_hash_table_add (self->changed, g_steal_pointer (&path));
  if (self->settle != NULL)
    return;
  self->settle = g_timeout_source_new (SETTLE);
  g_source_set_callback (self->settle, settled_cb, self, NULL);
  g_source_attach (self->settle, self->context);
}

static void
changed_cb (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, LimnLibraryThread *self)
{
  note_change (self, file);
  note_change (self, other);
}

static void
monitor_free (GFileMonitor *monitor)
{
  g_file_monitor_cancel (monitor);
  g_object_unref (monitor);
}

static void
watch (LimnLibraryThread *self, const char *folder)
{
  g_autoptr (GFile) file = NULL;
  GFileMonitor *monitor;

  if (g_hash_table_contains (self->monitors, folder) || g_hash_table_size (self->monitors) >= MOST_MONITORS)
    return;
  file = g_file_new_for_path (folder);
  monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (monitor == NULL)
    return;
  g_signal_connect (monitor, "changed", G_CALLBACK (changed_cb), self);
  g_hash_table_insert (self->monitors, g_strdup (folder), monitor);
}

/* ---- Scanning ---- */

static void
scan_free (Scan *scan)
{
  if (scan == NULL)
    return;
  g_free (scan->folder);
  g_clear_pointer (&scan->found, limn_found_free);
  g_clear_pointer (&scan->stamps, g_hash_table_unref);
  g_clear_pointer (&scan->favourites, g_hash_table_unref);
  g_free (scan);
}

static Scan *
scan_new (LimnLibraryThread *self, char *folder)
{
  Scan *scan = g_new0 (Scan, 1);

  scan->folder = folder;
  /* before the files are listed, so that none that comes meanwhile is missed */
  watch (self, folder);
  scan->found = limn_folder_walk (folder);
  scan->stamps = limn_index_stamps (self->index, folder);
  scan->favourites = limn_favourites_read (folder);
  for (guint i = 1; scan->found != NULL && i < scan->found->folders->len; i++)
    watch (self, scan->found->folders->pdata[i]);
  return scan;
}

static void
scan_file (LimnLibraryThread *self, Scan *scan, const LimnFoundFile *file)
{
  LimnIndexStamp *stamp = g_hash_table_lookup (scan->stamps, file->path);
  gboolean favourite = g_hash_table_contains (scan->favourites, file->path);

  if (stamp == NULL || stamp->size != file->size || stamp->time != file->time)
    read_file (self, scan->folder, file->path, file->size, file->time, favourite);
  else if (stamp->favourite != favourite)
    limn_index_set_favourite (self->index, file->path, favourite);
  if (stamp != NULL)
    stamp->seen = TRUE;
}

/* Removes what is gone. */
static void
scan_finish (LimnLibraryThread *self, Scan *scan)
{
  GHashTableIter iter;
  gpointer path, stamp;

  g_hash_table_iter_init (&iter, scan->stamps);
  while (g_hash_table_iter_next (&iter, &path, &stamp))
    if (!((LimnIndexStamp *) stamp)->seen)
      limn_index_remove (self->index, path);
}

/* TRUE: this folder is done. */
static gboolean
scan_piece (LimnLibraryThread *self, Scan *scan)
{
  gint64 end = g_get_monotonic_time () + PIECE;
  guint n = scan->found != NULL ? scan->found->files->len : 0;
  gboolean done;

  if (scan->stamps == NULL)
    return TRUE;
  limn_index_begin (self->index);
  while (scan->at < n && g_get_monotonic_time () < end && limn_index_health (self->index) == LIMN_INDEX_SOUND)
    scan_file (self, scan, scan->found->files->pdata[scan->at++]);
  done = scan->at >= n;
  if (done)
    scan_finish (self, scan);
  limn_index_commit (self->index);
  return done;
}

static gboolean
scan_cb (gpointer data)
{
  LimnLibraryThread *self = data;

  if (self->scan == NULL && !g_queue_is_empty (&self->to_scan))
    self->scan = scan_new (self, g_queue_pop_head (&self->to_scan));
  if (self->scan != NULL && scan_piece (self, self->scan))
    g_clear_pointer (&self->scan, scan_free);
  if (self->scan == NULL && g_queue_is_empty (&self->to_scan)) {
    g_clear_pointer (&self->scan_source, g_source_unref);
    limn_library_thread_publish (self);
    return G_SOURCE_REMOVE;
  }
  if (g_get_monotonic_time () - self->published > PUBLISH_EVERY)
    limn_library_thread_publish (self);
  check_index (self);
  return g_source_is_destroyed (g_main_current_source ()) ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void
stop_scan (LimnLibraryThread *self)
{
  g_queue_clear_full (&self->to_scan, g_free);
  g_clear_pointer (&self->scan, scan_free);
  if (self->scan_source != NULL)
    g_source_destroy (self->scan_source);
  g_clear_pointer (&self->scan_source, g_source_unref);
}

static void
start_scan (LimnLibraryThread *self)
{
  stop_scan (self);
  for (guint i = 0; self->folders != NULL && self->folders[i] != NULL; i++)
    g_queue_push_tail (&self->to_scan, g_strdup (self->folders[i]));
  if (g_queue_is_empty (&self->to_scan))
    return;
  self->scan_source = g_idle_source_new ();
  g_source_set_priority (self->scan_source, G_PRIORITY_LOW);
  g_source_set_callback (self->scan_source, scan_cb, self, NULL);
  g_source_attach (self->scan_source, self->context);
}

void
limn_library_thread_set_folders (LimnLibraryThread *self, const char *const *folders)
{
  stop_scan (self);
  g_strfreev (self->folders);
  self->folders = g_strdupv ((char **) folders);
  g_hash_table_remove_all (self->monitors);
  start_scan (self);
  limn_library_thread_publish (self);
  for (guint i = 0; folders[i] != NULL; i++)
    limn_trash_clear (folders[i]);
}

void
limn_library_thread_set_query (LimnLibraryThread *self, const char *search, gboolean favourites_only)
{
  g_free (self->search);
  self->search = g_strdup (search);
  self->favourites_only = favourites_only;
  limn_library_thread_publish (self);
}

/* ---- The thread ---- */

static gpointer
work (gpointer data)
{
  LimnLibraryThread *self = data;

  g_main_context_push_thread_default (self->context);
  open_index (self, self->index_path);
  g_main_loop_run (self->loop);

  stop_scan (self);
  if (self->settle != NULL)
    g_source_destroy (self->settle);
  g_clear_pointer (&self->settle, g_source_unref);
  g_hash_table_remove_all (self->monitors);
  for (guint i = 0; self->folders != NULL && self->folders[i] != NULL; i++)
    limn_trash_clear (self->folders[i]);
  limn_index_close (self->index);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static gboolean
job_cb (gpointer data)
{
  Job *job = data;

  job->job (job->self, job->data);
  return G_SOURCE_REMOVE;
}

static void
job_free (Job *job)
{
  if (job->destroy != NULL)
    job->destroy (job->data);
  g_free (job);
}

void
limn_library_thread_post (LimnLibraryThread *self, LimnLibraryJob job, gpointer data, GDestroyNotify destroy)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Job *copy = g_new (Job, 1);

  *copy = (Job){ self, job, data, destroy };
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, job_cb, copy, (GDestroyNotify) job_free);
  g_source_attach (source, self->context);
}

LimnLibraryThread *
limn_library_thread_new (const char *index, const LimnLibraryReport *report)
{
  LimnLibraryThread *self = g_new0 (LimnLibraryThread, 1);

  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->report = *report;
  self->index_path = g_strdup (index);
  self->monitors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) monitor_free);
  self->changed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->thread = g_thread_new ("library", work, self);
  return self;
}

static void
quit_job (LimnLibraryThread *self, gpointer data)
{
  g_main_loop_quit (self->loop);
}

void
limn_library_thread_free (LimnLibraryThread *self)
{
  limn_library_thread_post (self, quit_job, NULL, NULL);
  g_thread_join (self->thread);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_hash_table_unref (self->monitors);
  g_hash_table_unref (self->changed);
  g_strfreev (self->folders);
  g_free (self->search);
  g_free (self->index_path);
  g_free (self);
}
