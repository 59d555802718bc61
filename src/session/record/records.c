/* records.c - the list of records, the tree in it, and how old ones leave.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/record/records.h"
#include "session/record/records-private.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "session/record/kept-source.h"
#include "session/thread/task-thread.h"

#define MOST_RECORDS 200
#define MOST_BYTES (G_GINT64_CONSTANT (1024) << 20)
#define MOST_LOADED 24
#define SUFFIX ".run"

struct _LimnRecords {
  GObject parent_instance;
  char *folder;
  LimnKeep *keep;
  GPtrArray *list;
  GHashTable *by_id; /* of list */
  GHashTable *own;   /* ids that this session gave out, whose files the loading is not to take for old ones */
  GHashTable *pins;  /* id -> count */
  guint most;
  gint64 most_bytes;
  gint64 newest; /* moment of the newest, as its id says */
  gboolean loaded;
};

enum { PROP_LOADED = 1, N_PROPS };

static GParamSpec *properties[N_PROPS];

static void list_model_init (GListModelInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LimnRecords, limn_records, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

/* ---- List model ---- */

static GType
get_item_type (GListModel *model)
{
  return LIMN_TYPE_RECORD;
}

static guint
get_n_items (GListModel *model)
{
  return LIMN_RECORDS (model)->list->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  LimnRecords *self = LIMN_RECORDS (model);

  return position < self->list->len ? g_object_ref (self->list->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = get_item_type;
  interface->get_n_items = get_n_items;
  interface->get_item = get_item;
}

/* When a record began, in microseconds of the calendar, as its id says; 0 where it says nothing. */
static gint64
moment_of (const char *id)
{
  int year, month, day, hour, minute, second, microsecond;
  g_autoptr (GDateTime) moment = NULL;

  if (sscanf (id, "%4d%2d%2d-%2d%2d%2d-%6d", &year, &month, &day, &hour, &minute, &second, &microsecond) != 7)
    return 0;
  moment = g_date_time_new_utc (year, month, day, hour, minute, second);
  return moment != NULL ? g_date_time_to_unix (moment) * G_USEC_PER_SEC + microsecond : 0;
}

static void
insert (LimnRecords *self, guint position, LimnRecord *record)
{
  self->newest = MAX (self->newest, moment_of (limn_record_get_id (record)));
  g_ptr_array_insert (self->list, (int) position, g_object_ref (record));
  g_hash_table_insert (self->by_id, (gpointer) limn_record_get_id (record), record);
}

/* ---- Loading ---- */

typedef struct {
  char *folder, *parent; /* parent: has files that name pictures, too */
  LimnKeep *keep;
  GPtrArray *files; /* LimnRecordFile, sorted */
  gboolean riddles; /* some cannot be read, or are of another version: they may name pictures too */
} Load;

static void
load_free (Load *load)
{
  g_free (load->folder);
  g_free (load->parent);
  limn_keep_unref (load->keep);
  g_ptr_array_unref (load->files);
  g_free (load);
}

static int
compare_files (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(LimnRecordFile *const *) a)->header->id, (*(LimnRecordFile *const *) b)->header->id);
}

static LimnRecordHeader *
parent_of (GHashTable *headers, const LimnRecordHeader *header)
{
  return header->parent_id != NULL ? g_hash_table_lookup (headers, header->parent_id) : NULL;
}

/* Damaged files could name each other in a circle, in which everybody who looks for a root would walk for ever. */
static void
break_circles (GPtrArray *files)
{
  g_autoptr (GHashTable) headers = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < files->len; i++) {
    LimnRecordHeader *header = ((LimnRecordFile *) files->pdata[i])->header;

    g_hash_table_insert (headers, header->id, header);
  }
  for (guint i = 0; i < files->len; i++) {
    LimnRecordHeader *header = ((LimnRecordFile *) files->pdata[i])->header;
    const LimnRecordHeader *up = parent_of (headers, header);

    for (guint depth = 0; up != NULL && up != header && depth < files->len; depth++)
      up = parent_of (headers, up);
    if (up != NULL)
      g_clear_pointer (&header->parent_id, g_free);
  }
}

/* Pictures that neither a record nor the queue nor the window's file names are nobody's. */
static void
clean_keep (Load *load)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < load->files->len; i++) {
    const LimnRecordHeader *header = ((LimnRecordFile *) load->files->pdata[i])->header;

    limn_kept_add_names (&header->kept, names);
  }
  if (limn_keep_add_names_in (names, load->parent, "queue")
      && limn_keep_add_names_in (names, load->parent, LIMN_KEPT_SOURCE_FILE) && !load->riddles)
    limn_keep_clean (load->keep, names);
}

static void
load_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Load *load = data;
  g_autoptr (GDir) dir = g_dir_open (load->folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL && !g_cancellable_is_cancelled (cancellable)) {
    g_autofree char *path = g_build_filename (load->folder, name, NULL);
    g_autofree char *id = NULL;
    g_autoptr (LimnRecordFile) file = NULL;
    g_autoptr (GError) error = NULL;

    if (!g_str_has_suffix (name, SUFFIX))
      continue;
    id = g_strndup (name, strlen (name) - strlen (SUFFIX));
    file = limn_record_file_scan (path, &error);
    if (file != NULL && g_str_equal (file->header->id, id))
      g_ptr_array_add (load->files, g_steal_pointer (&file));
    load->riddles |= g_error_matches (error, LIMN_ERROR, LIMN_ERROR_FILE);
  }
  g_ptr_array_sort (load->files, compare_files);
  break_circles (load->files);
  clean_keep (load);
  g_task_return_boolean (task, TRUE);
}

static void
loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnRecords *self = LIMN_RECORDS (object);
  Load *load = g_task_get_task_data (G_TASK (result));
  guint added = 0;

  for (guint i = 0; i < load->files->len; i++) {
    LimnRecordFile *file = g_steal_pointer (&load->files->pdata[i]);
    g_autofree char *path = limn_records_get_file (self, file->header->id);
    g_autoptr (LimnRecord) record = NULL;

    if (g_hash_table_contains (self->own, file->header->id)) {
      limn_record_file_free (file);
      continue;
    }
    record = limn_record_new_from_file (file, path, self->keep);
    insert (self, added++, record);
  }
  self->loaded = TRUE;
  if (added > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, added);
  g_object_notify_by_pspec (object, properties[PROP_LOADED]);
}

static void
file_free (gpointer file)
{
  limn_record_file_free (file);
}

static void
load (LimnRecords *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, loaded_cb, NULL);
  Load *data = g_new0 (Load, 1);

  data->folder = g_strdup (self->folder);
  data->parent = g_path_get_dirname (self->folder);
  data->keep = limn_keep_ref (self->keep);
  data->files = g_ptr_array_new_with_free_func (file_free);
  g_task_set_task_data (task, data, (GDestroyNotify) load_free);
  limn_task_run_in_thread (task, load_thread);
}

/* ---- Object ---- */

static void
limn_records_finalize (GObject *object)
{
  LimnRecords *self = LIMN_RECORDS (object);

  g_clear_pointer (&self->by_id, g_hash_table_unref);
  g_clear_pointer (&self->list, g_ptr_array_unref);
  g_clear_pointer (&self->own, g_hash_table_unref);
  g_clear_pointer (&self->pins, g_hash_table_unref);
  g_clear_pointer (&self->keep, limn_keep_unref);
  g_free (self->folder);

  G_OBJECT_CLASS (limn_records_parent_class)->finalize (object);
}

static void
limn_records_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_LOADED)
    g_value_set_boolean (value, LIMN_RECORDS (object)->loaded);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_records_class_init (LimnRecordsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = limn_records_get_property;
  object_class->finalize = limn_records_finalize;

  properties[PROP_LOADED] =
      g_param_spec_boolean ("loaded", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
limn_records_init (LimnRecords *self)
{
  self->list = g_ptr_array_new_with_free_func (g_object_unref);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->own = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->pins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->most = MOST_RECORDS;
  self->most_bytes = MOST_BYTES;
}

LimnRecords *
limn_records_new (const char *folder)
{
  LimnRecords *self = g_object_new (LIMN_TYPE_RECORDS, NULL);
  g_autofree char *kept = NULL;

  self->folder = folder != NULL ? g_strdup (folder) : g_build_filename (g_get_user_state_dir (), "limn", "runs", NULL);
  kept = g_build_filename (self->folder, "kept", NULL);
  self->keep = limn_keep_new (kept);
  load (self);
  return self;
}

gboolean
limn_records_is_loaded (LimnRecords *self)
{
  g_return_val_if_fail (LIMN_IS_RECORDS (self), FALSE);
  return self->loaded;
}

const char *
limn_records_get_folder (LimnRecords *self)
{
  return self->folder;
}

void
limn_records_wait (LimnRecords *self)
{
  limn_keep_wait (self->keep);
}

LimnKeep *
limn_records_get_keep (LimnRecords *self)
{
  return self->keep;
}

/* ---- The tree ---- */

LimnRecord *
limn_records_lookup (LimnRecords *self, const char *id)
{
  g_return_val_if_fail (LIMN_IS_RECORDS (self), NULL);
  return id != NULL ? g_hash_table_lookup (self->by_id, id) : NULL;
}

LimnRecord *
limn_records_get_parent (LimnRecords *self, LimnRecord *record)
{
  g_return_val_if_fail (LIMN_IS_RECORDS (self), NULL);
  g_return_val_if_fail (LIMN_IS_RECORD (record), NULL);
  return limn_records_lookup (self, limn_record_get_parent_id (record));
}

GPtrArray *
limn_records_get_children (LimnRecords *self, LimnRecord *record)
{
  GPtrArray *children;

  g_return_val_if_fail (LIMN_IS_RECORDS (self), NULL);

  children = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < self->list->len; i++)
    if (limn_records_get_parent (self, self->list->pdata[i]) == record)
      g_ptr_array_add (children, g_object_ref (self->list->pdata[i]));
  return children;
}

GPtrArray *
limn_records_get_path (LimnRecords *self, LimnRecord *record)
{
  GPtrArray *path;

  g_return_val_if_fail (LIMN_IS_RECORDS (self), NULL);

  path = g_ptr_array_new_with_free_func (g_object_unref);
  for (; record != NULL; record = limn_records_get_parent (self, record))
    g_ptr_array_insert (path, 0, g_object_ref (record));
  return path;
}

GArray *
limn_records_get_timeline (LimnRecords *self, LimnRecord *record)
{
  g_autoptr (GPtrArray) path = limn_records_get_path (self, record);
  GArray *moments = g_array_new (FALSE, FALSE, sizeof (LimnRecordMoment));

  for (guint i = 0; i < path->len; i++) {
    LimnRecord *owner = path->pdata[i];
    int left = i + 1 < path->len ? limn_record_get_parent_step (path->pdata[i + 1]) : G_MAXINT;
    LimnRecordStep step;

    for (guint index = 0; limn_record_get_step (owner, index, &step) && step.schedule_step <= left; index++) {
      LimnRecordMoment moment = { owner, index };

      g_array_append_val (moments, moment);
    }
  }
  return moments;
}

LimnRecord *
limn_records_find_latents (LimnRecords *self, LimnRecord *record, int schedule_step)
{
  g_return_val_if_fail (LIMN_IS_RECORDS (self), NULL);

  while (record != NULL) {
    if (limn_record_has_latents (record, schedule_step))
      return record;
    record = schedule_step <= limn_record_get_parent_step (record) ? limn_records_get_parent (self, record) : NULL;
  }
  return NULL;
}

int
limn_records_shared_steps (LimnRecords *self, LimnRecord *record, LimnSettings *settings, LimnRecord **owner_out)
{
  LimnRecord *owner = NULL;
  int shared;

  g_return_val_if_fail (LIMN_IS_RECORDS (self), 0);
  g_return_val_if_fail (LIMN_IS_RECORD (record), 0);

  shared = limn_record_shared_steps (record, settings);
  /* what its own steps and its begin do not hold may be an ancestor's, as long as both are one run */
  while (shared > 0 && (owner = limn_records_find_latents (self, record, shared)) == NULL)
    shared--;
  if (owner != NULL && owner != record && limn_record_header_shared (limn_record_get_header (owner), settings) < shared)
    owner = NULL;
  if (owner_out != NULL)
    *owner_out = owner;
  return owner != NULL ? shared : 0;
}

/* ---- Coming and going ---- */

/* After all that there are, though the clock was set back: they are in their ids' order when they are read again. */
char *
limn_records_new_id (LimnRecords *self)
{
  self->newest = MAX (g_get_real_time (), self->newest + 1);
  g_autoptr (GDateTime) moment = g_date_time_new_from_unix_utc (self->newest / G_USEC_PER_SEC);
  g_autofree char *seconds = g_date_time_format (moment, "%Y%m%d-%H%M%S");
  char *id;

  id = g_strdup_printf ("%s-%06d-%04x", seconds, (int) (self->newest % G_USEC_PER_SEC), g_random_int () & 0xffff);
  g_hash_table_add (self->own, g_strdup (id));
  return id;
}

char *
limn_records_get_file (LimnRecords *self, const char *id)
{
  g_autofree char *name = g_strconcat (id, SUFFIX, NULL);

  return g_build_filename (self->folder, name, NULL);
}

void
limn_records_add (LimnRecords *self, LimnRecord *record)
{
  if (g_hash_table_contains (self->by_id, limn_record_get_id (record)))
    return;
  insert (self, self->list->len, record);
  g_list_model_items_changed (G_LIST_MODEL (self), self->list->len - 1, 0, 1);
  limn_records_prune (self);
}

static void
unlink_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_unlink (data);
  g_task_return_boolean (task, TRUE);
}

static void
remove_at (LimnRecords *self, guint position)
{
  g_autoptr (LimnRecord) record = g_object_ref (self->list->pdata[position]);
  g_autoptr (GTask) task = g_task_new (self, NULL, NULL, NULL);

  g_hash_table_remove (self->by_id, limn_record_get_id (record));
  g_ptr_array_remove_index (self->list, position);
  g_task_set_task_data (task, g_strdup (limn_record_get_path (record)), g_free);
  limn_task_run_in_thread (task, unlink_thread);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

void
limn_records_remove (LimnRecords *self, LimnRecord *record)
{
  guint position;

  g_return_if_fail (LIMN_IS_RECORDS (self));
  g_return_if_fail (LIMN_IS_RECORD (record));
  g_return_if_fail (limn_record_get_state (record) != LIMN_RECORD_RUNNING);

  if (g_ptr_array_find (self->list, record, &position))
    remove_at (self, position);
}

void
limn_records_pin (LimnRecords *self, const char *id)
{
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (self->pins, id));

  g_hash_table_insert (self->pins, g_strdup (id), GUINT_TO_POINTER (count + 1));
}

void
limn_records_unpin (LimnRecords *self, const char *id)
{
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (self->pins, id));

  if (count > 1)
    g_hash_table_insert (self->pins, g_strdup (id), GUINT_TO_POINTER (count - 1));
  else
    g_hash_table_remove (self->pins, id);
}

void
limn_records_set_budget (LimnRecords *self, guint most, gint64 most_bytes)
{
  self->most = most;
  self->most_bytes = most_bytes;
}

/* The oldest that nothing here goes on from; where everything is one chain, its beginning: a branch keeps the latents
 * that it began with, and can do without its parent. */
static gboolean
find_victim (LimnRecords *self, guint *position)
{
  g_autoptr (GHashTable) parents = g_hash_table_new (g_str_hash, g_str_equal);
  gboolean found = FALSE;

  for (guint i = 0; i < self->list->len; i++) {
    const char *parent = limn_record_get_parent_id (self->list->pdata[i]);

    if (parent != NULL)
      g_hash_table_add (parents, (gpointer) parent);
  }
  /* the newest is what a person is looking at */
  for (guint i = 0; i + 1 < self->list->len; i++) {
    LimnRecord *record = self->list->pdata[i];
    const char *id = limn_record_get_id (record);

    if (limn_record_get_state (record) == LIMN_RECORD_RUNNING || g_hash_table_contains (self->pins, id))
      continue;
    if (!found)
      *position = i;
    found = TRUE;
    if (!g_hash_table_contains (parents, id)) {
      *position = i;
      return TRUE;
    }
  }
  return found;
}

static void
forget_thumbnails (LimnRecords *self)
{
  for (;;) {
    LimnRecord *oldest = NULL;
    guint loaded = 0;

    for (guint i = 0; i < self->list->len; i++) {
      LimnRecord *record = self->list->pdata[i];

      if (!limn_record_is_loaded (record) || limn_record_get_state (record) == LIMN_RECORD_RUNNING)
        continue;
      loaded++;
      if (oldest == NULL || limn_record_get_used (record) < limn_record_get_used (oldest))
        oldest = record;
    }
    if (loaded <= MOST_LOADED)
      return;
    limn_record_unload (oldest);
  }
}

void
limn_records_prune (LimnRecords *self)
{
  guint position;

  forget_thumbnails (self);
  for (;;) {
    gint64 bytes = 0;

    for (guint i = 0; i < self->list->len; i++)
      bytes += limn_record_get_bytes (self->list->pdata[i]);
    if ((self->list->len <= self->most && bytes <= self->most_bytes) || !find_victim (self, &position))
      return;
    remove_at (self, position);
  }
}
