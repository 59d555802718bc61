/* prompt-history.c - the prompts that were painted, newest first, kept in a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/prompt-history.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"

#define VERSION 1
#define MAX_FILE_SIZE (64 << 20) /* 500 prompts of 100 kB */

struct _LimnPromptEntry {
  GObject parent_instance;
  char *text;
  gint64 time;
};

typedef struct _Job Job;

struct _LimnPromptHistory {
  GObject parent_instance;
  char *path;
  GPtrArray *entries; /* LimnPromptEntry */
  GHashTable *gone;   /* texts removed before the file was read */
  Job *job;           /* on its thread, NULL: none */
  gboolean loaded, dirty;
  GError *error;
};

static void limn_prompt_history_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE (LimnPromptEntry, limn_prompt_entry, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE (LimnPromptHistory, limn_prompt_history, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, limn_prompt_history_model_init))

/* ---- Entries ---- */

static void
limn_prompt_entry_finalize (GObject *object)
{
  g_free (LIMN_PROMPT_ENTRY (object)->text);

  G_OBJECT_CLASS (limn_prompt_entry_parent_class)->finalize (object);
}

static void
limn_prompt_entry_class_init (LimnPromptEntryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = limn_prompt_entry_finalize;
}

static void
limn_prompt_entry_init (LimnPromptEntry *self)
{
}

static LimnPromptEntry *
entry_new (const char *text, gint64 time)
{
  LimnPromptEntry *entry = g_object_new (LIMN_TYPE_PROMPT_ENTRY, NULL);

  entry->text = g_strdup (text);
  entry->time = time;
  return entry;
}

const char *
limn_prompt_entry_get_text (LimnPromptEntry *self)
{
  g_return_val_if_fail (LIMN_IS_PROMPT_ENTRY (self), NULL);
  return self->text;
}

gint64
limn_prompt_entry_get_time (LimnPromptEntry *self)
{
  g_return_val_if_fail (LIMN_IS_PROMPT_ENTRY (self), 0);
  return self->time;
}

/* ---- The file ---- */

static char *
to_json (GPtrArray *entries)
{
  GString *out = g_string_new ("{");

  limn_json_add_int (out, "version", VERSION);
  limn_json_add (out, "prompts", "[");
  for (guint i = 0; i < entries->len; i++) {
    LimnPromptEntry *entry = entries->pdata[i];

    limn_json_add (out, NULL, "{");
    limn_json_add_string (out, "text", entry->text);
    limn_json_add_int (out, "time", entry->time);
    g_string_append_c (out, '}');
  }
  g_string_append (out, "]}\n");
  return g_string_free (out, FALSE);
}

/* NULL: contents is no history. */
static GPtrArray *
from_json (const char *contents, gsize size)
{
  g_autoptr (LimnJson) root = limn_json_parse ("prompts", contents, (gssize) size, NULL);
  const LimnJson *list = limn_json_member (root, "prompts");
  GPtrArray *entries;

  if (limn_json_kind (list) != LIMN_JSON_ARRAY)
    return NULL;
  entries = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < limn_json_length (list); i++) {
    const LimnJson *entry = limn_json_nth (list, i);
    const char *text = limn_json_member_string (entry, "text");
    gint64 time = 0;

    limn_json_int64 (limn_json_member (entry, "time"), &time);
    if (text != NULL)
      g_ptr_array_add (entries, entry_new (text, time));
  }
  return entries;
}

static GPtrArray *
load (const char *path)
{
  g_autofree char *contents = NULL;
  g_autofree char *aside = g_strconcat (path, ".broken", NULL);
  GPtrArray *entries = NULL;
  GStatBuf info;
  gsize size;
  if (g_stat (path, &info) != 0)
    return g_ptr_array_new_with_free_func (g_object_unref);
  if (S_ISREG (info.st_mode) && info.st_size <= MAX_FILE_SIZE && g_file_get_contents (path, &contents, &size, NULL))
    entries = from_json (contents, size);
  if (entries != NULL)
    return entries;
  g_rename (path, aside);
  return g_ptr_array_new_with_free_func (g_object_unref);
}

static gboolean
save (const char *path, GPtrArray *entries, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *json = to_json (entries);

  if (g_mkdir_with_parents (folder, 0700) != 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: cannot make this folder: %s"), folder, g_strerror (errno));
    return FALSE;
  }
  return g_file_set_contents_full (path, json, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

/* ---- Jobs ---- */

struct _Job {
  LimnPromptHistory *history; /* NULL: it has taken the outcome already */
  GThread *thread;
  GMainContext *context;
  char *path;
  GPtrArray *entries; /* to write; NULL: read */
  GPtrArray *loaded;
  GError *error;
};

static void finish_job (Job *job);

static void
job_free (Job *job)
{
  g_main_context_unref (job->context);
  g_free (job->path);
  g_clear_pointer (&job->entries, g_ptr_array_unref);
  g_clear_pointer (&job->loaded, g_ptr_array_unref);
  g_clear_error (&job->error);
  g_free (job);
}

static gboolean
job_done_cb (gpointer data)
{
  Job *job = data;

  if (job->history != NULL)
    finish_job (job);
  job_free (job);
  return G_SOURCE_REMOVE;
}

static gpointer
job_thread (gpointer data)
{
  Job *job = data;
  g_autoptr (GSource) done = g_idle_source_new ();

  if (job->entries == NULL)
    job->loaded = load (job->path);
  else
    save (job->path, job->entries, &job->error);
  g_source_set_callback (done, job_done_cb, job, NULL);
  g_source_attach (done, job->context);
  return NULL;
}

static void
start_job (LimnPromptHistory *self)
{
  Job *job = g_new0 (Job, 1);

  job->history = self;
  job->context = g_main_context_ref_thread_default ();
  job->path = g_strdup (self->path);
  if (self->loaded) {
    self->dirty = FALSE;
    job->entries = g_ptr_array_copy (self->entries, (GCopyFunc) (void (*) (void)) g_object_ref, NULL);
    g_ptr_array_set_free_func (job->entries, g_object_unref);
  }
  self->job = job;
  job->thread = g_thread_new ("limn-prompts", job_thread, job);
}

static void
merge (LimnPromptHistory *self, GPtrArray *loaded)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  guint before = self->entries->len;

  for (guint i = 0; i < before; i++)
    g_hash_table_add (known, ((LimnPromptEntry *) self->entries->pdata[i])->text);
  for (guint i = 0; i < loaded->len && self->entries->len < LIMN_PROMPT_HISTORY_MOST; i++) {
    LimnPromptEntry *entry = loaded->pdata[i];

    if (!g_hash_table_contains (self->gone, entry->text) && g_hash_table_add (known, entry->text))
      g_ptr_array_add (self->entries, g_object_ref (entry));
  }
  self->loaded = TRUE;
  g_list_model_items_changed (G_LIST_MODEL (self), before, 0, self->entries->len - before);
}

static void
finish_job (Job *job)
{
  LimnPromptHistory *self = g_steal_pointer (&job->history);

  g_thread_join (job->thread);
  self->job = NULL;
  g_clear_error (&self->error);
  self->error = g_steal_pointer (&job->error);
  if (job->loaded != NULL)
    merge (self, job->loaded);
  if (self->dirty)
    start_job (self);
}

static void
touch (LimnPromptHistory *self)
{
  self->dirty = TRUE;
  if (self->job == NULL)
    start_job (self);
}

void
limn_prompt_history_flush (LimnPromptHistory *self)
{
  g_return_if_fail (LIMN_IS_PROMPT_HISTORY (self));

  while (self->job != NULL) {
    Job *job = self->job;

    finish_job (job); /* its idle callback frees it */
  }
}

const GError *
limn_prompt_history_get_error (LimnPromptHistory *self)
{
  g_return_val_if_fail (LIMN_IS_PROMPT_HISTORY (self), NULL);
  return self->error;
}

/* ---- Object ---- */

static void
limn_prompt_history_dispose (GObject *object)
{
  limn_prompt_history_flush (LIMN_PROMPT_HISTORY (object));

  G_OBJECT_CLASS (limn_prompt_history_parent_class)->dispose (object);
}

static void
limn_prompt_history_finalize (GObject *object)
{
  LimnPromptHistory *self = LIMN_PROMPT_HISTORY (object);

  g_free (self->path);
  g_ptr_array_unref (self->entries);
  g_hash_table_unref (self->gone);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (limn_prompt_history_parent_class)->finalize (object);
}

static void
limn_prompt_history_class_init (LimnPromptHistoryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = limn_prompt_history_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_prompt_history_finalize;
}

static void
limn_prompt_history_init (LimnPromptHistory *self)
{
  self->entries = g_ptr_array_new_with_free_func (g_object_unref);
  self->gone = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static GType
get_item_type (GListModel *model)
{
  return LIMN_TYPE_PROMPT_ENTRY;
}

static guint
get_n_items (GListModel *model)
{
  return LIMN_PROMPT_HISTORY (model)->entries->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  GPtrArray *entries = LIMN_PROMPT_HISTORY (model)->entries;

  return position < entries->len ? g_object_ref (entries->pdata[position]) : NULL;
}

static void
limn_prompt_history_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

LimnPromptHistory *
limn_prompt_history_new (const char *name)
{
  LimnPromptHistory *self;

  g_return_val_if_fail (name != NULL, NULL);

  self = g_object_new (LIMN_TYPE_PROMPT_HISTORY, NULL);
  self->path =
      g_path_is_absolute (name) ? g_strdup (name) : g_build_filename (g_get_user_state_dir (), "limn", name, NULL);
  start_job (self);
  return self;
}

static gboolean
find (LimnPromptHistory *self, const char *text, guint *position)
{
  for (guint i = 0; i < self->entries->len; i++)
    if (g_str_equal (((LimnPromptEntry *) self->entries->pdata[i])->text, text)) {
      *position = i;
      return TRUE;
    }
  return FALSE;
}

static void
drop (LimnPromptHistory *self, guint position)
{
  g_ptr_array_remove_index (self->entries, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

void
limn_prompt_history_add (LimnPromptHistory *self, const char *text)
{
  g_autofree char *words = NULL;
  LimnPromptEntry *entry;
  guint position;

  g_return_if_fail (LIMN_IS_PROMPT_HISTORY (self));
  g_return_if_fail (text != NULL);

  words = g_strstrip (g_strdup (text));
  if (words[0] == '\0')
    return;
  entry = entry_new (text, g_get_real_time () / G_USEC_PER_SEC); /* text may be an entry's own, which is dropped */
  if (find (self, text, &position))
    drop (self, position);
  if (self->entries->len >= LIMN_PROMPT_HISTORY_MOST)
    drop (self, self->entries->len - 1);
  g_ptr_array_insert (self->entries, 0, entry);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, 1);
  touch (self);
}

void
limn_prompt_history_remove (LimnPromptHistory *self, const char *text)
{
  guint position;

  g_return_if_fail (LIMN_IS_PROMPT_HISTORY (self));
  g_return_if_fail (text != NULL);

  if (!self->loaded)
    g_hash_table_add (self->gone, g_strdup (text));
  if (find (self, text, &position))
    drop (self, position);
  touch (self);
}

const char *
limn_prompt_history_get_text (LimnPromptHistory *self, guint position)
{
  g_return_val_if_fail (LIMN_IS_PROMPT_HISTORY (self), NULL);
  return position < self->entries->len ? ((LimnPromptEntry *) self->entries->pdata[position])->text : NULL;
}
