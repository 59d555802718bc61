/* library.c - the main thread's side: the list, and what is asked of the library's thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/library/library.h"

#include <string.h>

#include "session/library/library-thumbnail.h"

/* What the library's thread leaves for the main one; the newest answer replaces one that was not taken yet. */
typedef struct {
  GMutex mutex;
  GMainContext *context;
  GWeakRef library;
  GPtrArray *entries;
  guint total;
  gboolean scanning, waiting;
} Mailbox;

struct _LimnLibrary {
  GObject parent_instance;
  LimnLibraryThread *thread;
  LimnThumbnailer *thumbnailer;
  Mailbox *mailbox;    /* counted references */
  GPtrArray *entries;  /* LimnEntry */
  GHashTable *pending; /* path -> how many changes of its favourite are under way */
  char *search;
  gboolean favourites_only;
  guint total;
  gboolean loaded, scanning;
};

static GType
get_item_type (GListModel *model)
{
  return LIMN_TYPE_ENTRY;
}

static guint
get_n_items (GListModel *model)
{
  return LIMN_LIBRARY (model)->entries->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  GPtrArray *entries = LIMN_LIBRARY (model)->entries;

  return position < entries->len ? g_object_ref (entries->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (LimnLibrary, limn_library, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

enum { PROP_TOTAL = 1, PROP_LOADED, PROP_SCANNING, N_PROPS };

static GParamSpec *properties[N_PROPS];
static guint notice_signal;

/* ---- Answers ---- */

static void
mailbox_clear (gpointer data)
{
  Mailbox *mailbox = data;

  g_clear_pointer (&mailbox->entries, g_ptr_array_unref);
  g_weak_ref_clear (&mailbox->library);
  g_main_context_unref (mailbox->context);
  g_mutex_clear (&mailbox->mutex);
}

static void
mailbox_unref (gpointer mailbox)
{
  g_atomic_rc_box_release_full (mailbox, mailbox_clear);
}

static void
deliver (Mailbox *mailbox, GSourceFunc func, gpointer data, GDestroyNotify destroy)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, destroy);
  g_source_attach (source, mailbox->context);
}

/* An entry that did not change stays the same object, and its tile as it is. */
static void
keep_objects (LimnLibrary *self, GPtrArray *entries)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < self->entries->len; i++)
    g_hash_table_insert (known, (char *) limn_entry_get_path (self->entries->pdata[i]), self->entries->pdata[i]);
  for (guint i = 0; i < entries->len; i++) {
    const LimnEntryValues *values = limn_entry_values (entries->pdata[i]);
    LimnEntry *twin = g_hash_table_lookup (known, values->path);
    const LimnEntryValues *old = twin != NULL ? limn_entry_values (twin) : NULL;

    if (g_hash_table_contains (self->pending, values->path) && old != NULL)
      limn_entry_set_favourite (entries->pdata[i], old->favourite);
    if (old == NULL || old->size != values->size || old->time != values->time
        || strcmp (old->prompt, values->prompt) != 0)
      continue;
    limn_entry_set_favourite (twin, values->favourite);
    g_object_unref (entries->pdata[i]);
    entries->pdata[i] = g_object_ref (twin);
  }
}

/* entries: (transfer full) */
static void
replace_entries (LimnLibrary *self, GPtrArray *entries)
{
  g_autoptr (GPtrArray) old = self->entries;
  guint start = 0, end = 0, least;

  keep_objects (self, entries);
  least = MIN (old->len, entries->len);
  while (start < least && old->pdata[start] == entries->pdata[start])
    start++;
  while (end < least - start && old->pdata[old->len - 1 - end] == entries->pdata[entries->len - 1 - end])
    end++;
  self->entries = entries;
  if (start + end < MAX (old->len, entries->len))
    g_list_model_items_changed (G_LIST_MODEL (self), start, old->len - start - end, entries->len - start - end);
}

static void
set_flag (LimnLibrary *self, gboolean *flag, gboolean value, int property)
{
  if (*flag == value)
    return;
  *flag = value;
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static gboolean
take_cb (gpointer data)
{
  Mailbox *mailbox = data;
  g_autoptr (LimnLibrary) self = g_weak_ref_get (&mailbox->library);
  GPtrArray *entries;
  guint total;
  gboolean scanning;

  g_mutex_lock (&mailbox->mutex);
  mailbox->waiting = FALSE;
  entries = g_steal_pointer (&mailbox->entries);
  total = mailbox->total;
  scanning = mailbox->scanning;
  g_mutex_unlock (&mailbox->mutex);
  if (self == NULL || self->thread == NULL || entries == NULL) {
    g_clear_pointer (&entries, g_ptr_array_unref);
    return G_SOURCE_REMOVE;
  }
  g_object_freeze_notify (G_OBJECT (self));
  replace_entries (self, entries);
  if (self->total != total) {
    self->total = total;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TOTAL]);
  }
  set_flag (self, &self->scanning, scanning, PROP_SCANNING);
  set_flag (self, &self->loaded, TRUE, PROP_LOADED);
  g_object_thaw_notify (G_OBJECT (self));
  return G_SOURCE_REMOVE;
}

static void
publish (GPtrArray *entries, guint total, gboolean scanning, gpointer data)
{
  Mailbox *mailbox = data;
  g_autoptr (GPtrArray) stale = NULL;
  gboolean waiting;

  g_mutex_lock (&mailbox->mutex);
  stale = g_steal_pointer (&mailbox->entries);
  mailbox->entries = entries;
  mailbox->total = total;
  mailbox->scanning = scanning;
  waiting = mailbox->waiting;
  mailbox->waiting = TRUE;
  g_mutex_unlock (&mailbox->mutex);
  if (!waiting)
    deliver (mailbox, take_cb, g_atomic_rc_box_acquire (mailbox), mailbox_unref);
}

typedef struct {
  Mailbox *mailbox;
  LimnLibraryNotice notice;
  char *detail;
} Notice;

static void
notice_free (gpointer data)
{
  Notice *notice = data;

  mailbox_unref (notice->mailbox);
  g_free (notice->detail);
  g_free (notice);
}

static gboolean
notice_cb (gpointer data)
{
  Notice *notice = data;
  g_autoptr (LimnLibrary) self = g_weak_ref_get (&notice->mailbox->library);

  if (self != NULL && self->thread != NULL)
    g_signal_emit (self, notice_signal, 0, notice->notice, notice->detail);
  return G_SOURCE_REMOVE;
}

static void
notice (LimnLibraryNotice kind, const char *detail, gpointer data)
{
  Notice *copy = g_new (Notice, 1);

  *copy = (Notice){ g_atomic_rc_box_acquire ((Mailbox *) data), kind, g_strdup (detail != NULL ? detail : "") };
  deliver (data, notice_cb, copy, notice_free);
}

/* ---- Object ---- */

static void
limn_library_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  LimnLibrary *self = LIMN_LIBRARY (object);

  switch (id) {
  case PROP_TOTAL:
    g_value_set_uint (value, self->total);
    break;
  case PROP_LOADED:
    g_value_set_boolean (value, self->loaded);
    break;
  case PROP_SCANNING:
    g_value_set_boolean (value, self->scanning);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_library_dispose (GObject *object)
{
  limn_library_close (LIMN_LIBRARY (object));

  G_OBJECT_CLASS (limn_library_parent_class)->dispose (object);
}

static void
limn_library_finalize (GObject *object)
{
  LimnLibrary *self = LIMN_LIBRARY (object);

  g_clear_pointer (&self->mailbox, mailbox_unref);
  g_ptr_array_unref (self->entries);
  g_hash_table_unref (self->pending);
  g_free (self->search);

  G_OBJECT_CLASS (limn_library_parent_class)->finalize (object);
}

static void
limn_library_class_init (LimnLibraryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = limn_library_get_property;
  object_class->dispose = limn_library_dispose;
  object_class->finalize = limn_library_finalize;

  properties[PROP_TOTAL] = g_param_spec_uint ("total", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_LOADED] = g_param_spec_boolean ("loaded", NULL, NULL, FALSE, flags);
  properties[PROP_SCANNING] = g_param_spec_boolean ("scanning", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  notice_signal = g_signal_new ("notice", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_STRING);
}

static void
limn_library_init (LimnLibrary *self)
{
  self->entries = g_ptr_array_new_with_free_func (g_object_unref);
  self->pending = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

LimnLibrary *
limn_library_new (const char *index, const char *thumbnails)
{
  LimnLibrary *self = g_object_new (LIMN_TYPE_LIBRARY, NULL);
  g_autofree char *path =
      index != NULL ? g_strdup (index) : g_build_filename (g_get_user_cache_dir (), "limn", "library.sqlite", NULL);
  LimnLibraryReport report = { publish, notice, NULL };

  self->mailbox = g_atomic_rc_box_new0 (Mailbox);
  g_mutex_init (&self->mailbox->mutex);
  self->mailbox->context = g_main_context_ref_thread_default ();
  g_weak_ref_init (&self->mailbox->library, self);
  report.data = self->mailbox;
  self->thumbnailer = limn_thumbnailer_new (thumbnails);
  self->thread = limn_library_thread_new (path, &report);
  return self;
}

void
limn_library_close (LimnLibrary *self)
{
  g_return_if_fail (LIMN_IS_LIBRARY (self));

  g_clear_pointer (&self->thumbnailer, limn_thumbnailer_free);
  g_clear_pointer (&self->thread, limn_library_thread_free);
}

LimnLibraryThread *
limn_library_get_thread (LimnLibrary *self)
{
  return self->thread;
}

/* ---- What is shown ---- */

static void
folders_job (LimnLibraryThread *thread, gpointer data)
{
  limn_library_thread_set_folders (thread, data);
}

void
limn_library_set_folders (LimnLibrary *self, const char *const *folders)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_return_if_fail (LIMN_IS_LIBRARY (self));

  if (self->thread == NULL)
    return;
  for (; *folders != NULL; folders++) {
    g_autofree char *path = g_canonicalize_filename (*folders, NULL);

    g_strv_builder_add (builder, path);
  }
  limn_library_thread_post (self->thread, folders_job, g_strv_builder_end (builder), (GDestroyNotify) g_strfreev);
}

typedef struct {
  char *search;
  gboolean favourites_only;
} Query;

static void
query_free (gpointer data)
{
  g_free (((Query *) data)->search);
  g_free (data);
}

static void
query_job (LimnLibraryThread *thread, gpointer data)
{
  Query *query = data;

  limn_library_thread_set_query (thread, query->search, query->favourites_only);
}

static void
send_query (LimnLibrary *self)
{
  Query *query = g_new (Query, 1);

  *query = (Query){ g_strdup (self->search), self->favourites_only };
  if (self->thread != NULL)
    limn_library_thread_post (self->thread, query_job, query, query_free);
  else
    query_free (query);
}

void
limn_library_set_search (LimnLibrary *self, const char *search)
{
  g_return_if_fail (LIMN_IS_LIBRARY (self));

  if (g_strcmp0 (self->search, search) == 0)
    return;
  g_free (self->search);
  self->search = g_strdup (search);
  send_query (self);
}

void
limn_library_set_favourites_only (LimnLibrary *self, gboolean favourites_only)
{
  g_return_if_fail (LIMN_IS_LIBRARY (self));

  if (self->favourites_only == favourites_only)
    return;
  self->favourites_only = favourites_only;
  send_query (self);
}

guint
limn_library_get_total (LimnLibrary *self)
{
  g_return_val_if_fail (LIMN_IS_LIBRARY (self), 0);
  return self->total;
}

gboolean
limn_library_get_loaded (LimnLibrary *self)
{
  g_return_val_if_fail (LIMN_IS_LIBRARY (self), FALSE);
  return self->loaded;
}

gboolean
limn_library_get_scanning (LimnLibrary *self)
{
  g_return_val_if_fail (LIMN_IS_LIBRARY (self), FALSE);
  return self->scanning;
}

guint
limn_library_find (LimnLibrary *self, const char *path)
{
  g_return_val_if_fail (LIMN_IS_LIBRARY (self), G_MAXUINT);

  for (guint i = 0; path != NULL && i < self->entries->len; i++)
    if (strcmp (limn_entry_get_path (self->entries->pdata[i]), path) == 0)
      return i;
  return G_MAXUINT;
}

/* ---- What is done ---- */

static void
add_job (LimnLibraryThread *thread, gpointer path)
{
  limn_library_thread_check (thread, path);
  limn_library_thread_publish (thread);
}

void
limn_library_add_picture (LimnLibrary *self, const char *path)
{
  g_return_if_fail (LIMN_IS_LIBRARY (self));
  g_return_if_fail (path != NULL);

  if (self->thread != NULL)
    limn_library_thread_post (self->thread, add_job, g_canonicalize_filename (path, NULL), g_free);
}

typedef struct {
  GWeakRef library;
  Mailbox *mailbox;
  GStrv paths;
  gboolean favourite;
} Favour;

static void
favour_free (gpointer data)
{
  Favour *favour = data;

  g_weak_ref_clear (&favour->library);
  mailbox_unref (favour->mailbox);
  g_strfreev (favour->paths);
  g_free (favour);
}

/* Main thread: answers of the index count again. */
static gboolean
favoured_cb (gpointer data)
{
  Favour *favour = data;
  g_autoptr (LimnLibrary) self = g_weak_ref_get (&favour->library);

  for (guint i = 0; self != NULL && favour->paths[i] != NULL; i++) {
    guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->pending, favour->paths[i]));

    if (n > 1)
      g_hash_table_insert (self->pending, g_strdup (favour->paths[i]), GUINT_TO_POINTER (n - 1));
    else
      g_hash_table_remove (self->pending, favour->paths[i]);
  }
  return G_SOURCE_REMOVE;
}

static void
favour_job (LimnLibraryThread *thread, gpointer data)
{
  Favour **slot = data;
  Favour *favour = g_steal_pointer (slot);
  g_autoptr (GError) error = NULL;

  if (!limn_library_thread_set_favourite (thread, (const char *const *) favour->paths, favour->favourite, &error))
    limn_library_thread_notice (thread, LIMN_LIBRARY_FAILED, error->message);
  deliver (favour->mailbox, favoured_cb, favour, favour_free);
  limn_library_thread_publish (thread);
}

static void
favour_slot_free (gpointer data)
{
  Favour **slot = data;

  g_clear_pointer (slot, favour_free);
  g_free (slot);
}

void
limn_library_set_favourite (LimnLibrary *self, GPtrArray *entries, gboolean favourite)
{
  Favour *favour, **slot;

  g_return_if_fail (LIMN_IS_LIBRARY (self));

  if (self->thread == NULL || entries->len == 0)
    return;
  favour = g_new0 (Favour, 1);
  slot = g_new (Favour *, 1);
  g_weak_ref_init (&favour->library, self);
  favour->mailbox = g_atomic_rc_box_acquire (self->mailbox);
  favour->paths = g_new0 (char *, entries->len + 1);
  favour->favourite = favourite;
  for (guint i = 0; i < entries->len; i++) {
    const char *path = limn_entry_get_path (entries->pdata[i]);
    guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->pending, path));

    favour->paths[i] = g_strdup (path);
    g_hash_table_insert (self->pending, g_strdup (path), GUINT_TO_POINTER (n + 1));
    limn_entry_set_favourite (entries->pdata[i], favourite);
  }
  *slot = favour;
  limn_library_thread_post (self->thread, favour_job, slot, favour_slot_free);
}

/* ---- Pictures ---- */

void
limn_library_load_thumbnail_async (LimnLibrary *self, LimnEntry *entry, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (LIMN_IS_LIBRARY (self));
  g_return_if_fail (LIMN_IS_ENTRY (entry));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, limn_library_load_thumbnail_async);
  if (self->thumbnailer != NULL) {
    limn_thumbnailer_request (self->thumbnailer, limn_entry_get_path (entry), limn_entry_get_size (entry),
                              limn_entry_get_time (entry), task);
    return;
  }
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The library was closed");
  g_object_unref (task);
}

LimnImage *
limn_library_load_thumbnail_finish (LimnLibrary *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
