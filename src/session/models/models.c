/* models.c - see models.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/models/models.h"

#include <string.h>

#include "base/i18n.h"
#include "session/thread/task-thread.h"

/* ---- An entry ---- */

struct _LimnModelEntry {
  GObject parent_instance;
  LimnFileFacts *facts;
  char *folded; /* what is searched in */
  guint copies;
  guint scan; /* that found it last */
};

G_DEFINE_FINAL_TYPE (LimnModelEntry, limn_model_entry, G_TYPE_OBJECT)

static guint changed_signal, loaded_signal;

static void
limn_model_entry_finalize (GObject *object)
{
  LimnModelEntry *self = LIMN_MODEL_ENTRY (object);

  limn_file_facts_free (self->facts);
  g_free (self->folded);

  G_OBJECT_CLASS (limn_model_entry_parent_class)->finalize (object);
}

static void
limn_model_entry_class_init (LimnModelEntryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = limn_model_entry_finalize;
  changed_signal =
      g_signal_new ("changed", LIMN_TYPE_MODEL_ENTRY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
limn_model_entry_init (LimnModelEntry *self)
{
}

/* Takes facts. */
static void
set_facts (LimnModelEntry *self, LimnFileFacts *facts)
{
  g_autofree char *folder = g_path_get_dirname (facts->path), *place = g_path_get_basename (folder);
  g_autofree char *shown = g_filename_display_name (place);
  g_autofree char *text =
      g_strjoin ("\n", facts->name, limn_family_name (facts->family), limn_file_facts_kind_name (facts), shown,
                 facts->title != NULL ? facts->title : "", facts->base != NULL ? facts->base : "",
                 facts->words != NULL ? facts->words : "", NULL);

  limn_file_facts_free (self->facts);
  self->facts = facts;
  g_free (self->folded);
  self->folded = g_utf8_casefold (text, -1);
}

const LimnFileFacts *
limn_model_entry_get_facts (LimnModelEntry *self)
{
  g_return_val_if_fail (LIMN_IS_MODEL_ENTRY (self), NULL);
  return self->facts;
}

guint
limn_model_entry_get_copies (LimnModelEntry *self)
{
  g_return_val_if_fail (LIMN_IS_MODEL_ENTRY (self), 0);
  return self->copies;
}

gboolean
limn_model_entry_matches (LimnModelEntry *self, const char *search)
{
  g_autofree char *folded = g_utf8_casefold (search, -1);
  g_auto (GStrv) words = g_strsplit_set (folded, " \t\n", -1);

  g_return_val_if_fail (LIMN_IS_MODEL_ENTRY (self), FALSE);

  for (guint i = 0; words[i] != NULL; i++)
    if (strstr (self->folded, words[i]) == NULL)
      return FALSE;
  return TRUE;
}

char *
limn_model_entry_why_not (LimnModelEntry *self, LimnFamily family)
{
  const LimnFileFacts *facts;
  gboolean bound;

  g_return_val_if_fail (LIMN_IS_MODEL_ENTRY (self), NULL);

  facts = self->facts;
  bound = facts->kind == LIMN_FILE_LORA || facts->kind == LIMN_FILE_EMBEDDING;
  if (facts->missing)
    return g_strdup (_ ("Its folder is not there: its disk may not be connected"));
  if (facts->note != NULL)
    return g_strdup (facts->note);
  if (!bound || family == LIMN_FAMILY_UNKNOWN || facts->family == LIMN_FAMILY_UNKNOWN || facts->family == family)
    return NULL;
  /* translators: two families of models: "It is for SD 1.5; the model is SDXL base" */
  return g_strdup_printf (_ ("It is for %s; the model is %s"), limn_family_name (facts->family),
                          limn_family_name (family));
}

/* ---- The list ---- */

struct _LimnModels {
  GObject parent_instance;
  char *cache;
  GPtrArray *entries;    /* LimnModelEntry */
  GHashTable *by_path;   /* path of its facts -> LimnModelEntry, borrowed */
  GCancellable *loading; /* NULL: not now */
  guint scan;
};

static void limn_models_list_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LimnModels, limn_models, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, limn_models_list_init))

enum { PROP_LOADING = 1, N_PROPS };

static GParamSpec *properties[N_PROPS];

static GType
get_item_type (GListModel *list)
{
  return LIMN_TYPE_MODEL_ENTRY;
}

static guint
get_n_items (GListModel *list)
{
  return LIMN_MODELS (list)->entries->len;
}

static gpointer
get_item (GListModel *list, guint position)
{
  GPtrArray *entries = LIMN_MODELS (list)->entries;

  return position < entries->len ? g_object_ref (entries->pdata[position]) : NULL;
}

static void
limn_models_list_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/* ---- What the thread tells ---- */

/* Of one scan; facts are handed over in as many as there are when the main context comes to them. */
typedef struct {
  char *cache;
  GStrv folders;
  guint scan;
  GCancellable *cancellable;
  GMainContext *context;
  GMutex lock;
  GPtrArray *told; /* LimnFileFacts */
} Scan;

static void
scan_free (gpointer data)
{
  Scan *scan = data;

  g_free (scan->cache);
  g_strfreev (scan->folders);
  g_object_unref (scan->cancellable);
  g_main_context_unref (scan->context);
  g_mutex_clear (&scan->lock);
  g_ptr_array_unref (scan->told);
  g_free (scan);
}

static gboolean
cancelled_cb (gpointer data)
{
  return g_cancellable_is_cancelled (((Scan *) data)->cancellable);
}

static GPtrArray *
take_told (Scan *scan)
{
  GPtrArray *told;

  g_mutex_lock (&scan->lock);
  told = g_steal_pointer (&scan->told);
  scan->told = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_file_facts_free);
  g_mutex_unlock (&scan->lock);
  return told;
}

static void
change_entry (LimnModels *self, LimnModelEntry *entry, LimnFileFacts *facts)
{
  g_hash_table_steal (self->by_path, entry->facts->path);
  set_facts (entry, facts);
  g_hash_table_insert (self->by_path, entry->facts->path, entry);
  g_signal_emit (entry, changed_signal, 0);
}

static void
hand_over (LimnModels *self, Scan *scan)
{
  g_autoptr (GPtrArray) told = take_told (scan);
  guint before = self->entries->len;

  if (scan->scan != self->scan)
    return;
  g_ptr_array_set_free_func (told, NULL);
  for (guint i = 0; i < told->len; i++) {
    LimnFileFacts *facts = told->pdata[i];
    LimnModelEntry *entry = g_hash_table_lookup (self->by_path, facts->path);

    if (entry != NULL) {
      change_entry (self, entry, facts);
    } else {
      entry = g_object_new (LIMN_TYPE_MODEL_ENTRY, NULL);
      set_facts (entry, facts);
      g_ptr_array_add (self->entries, entry);
      g_hash_table_insert (self->by_path, facts->path, entry);
    }
    entry->scan = scan->scan;
  }
  if (self->entries->len > before)
    g_list_model_items_changed (G_LIST_MODEL (self), before, 0, self->entries->len - before);
}

static gboolean
hand_over_cb (gpointer data)
{
  hand_over (g_task_get_source_object (data), g_task_get_task_data (data));
  return G_SOURCE_REMOVE;
}

static void
found_cb (const LimnFileFacts *facts, gpointer data)
{
  GTask *task = data;
  Scan *scan = g_task_get_task_data (task);
  gboolean first;

  g_mutex_lock (&scan->lock);
  first = scan->told->len == 0;
  g_ptr_array_add (scan->told, limn_file_facts_copy (facts));
  g_mutex_unlock (&scan->lock);
  if (first)
    g_main_context_invoke_full (scan->context, G_PRIORITY_DEFAULT_IDLE, hand_over_cb, g_object_ref (task),
                                g_object_unref);
}

static gboolean
task_cancelled_cb (gpointer data)
{
  return cancelled_cb (g_task_get_task_data (data));
}

static void
scan_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Scan *scan = data;
  g_autoptr (LimnCatalogue) catalogue = limn_catalogue_open (scan->cache);
  const LimnCatalogueMonitor monitor = { found_cb, task_cancelled_cb, task };

  g_task_return_boolean (task, limn_catalogue_scan (catalogue, (const char *const *) scan->folders, &monitor));
}

/* ---- Loading ---- */

static void
remove_gone (LimnModels *self)
{
  for (guint i = self->entries->len; i > 0; i--) {
    LimnModelEntry *entry = self->entries->pdata[i - 1];

    if (entry->scan == self->scan)
      continue;
    g_hash_table_remove (self->by_path, entry->facts->path);
    g_ptr_array_remove_index (self->entries, i - 1);
    g_list_model_items_changed (G_LIST_MODEL (self), i - 1, 1, 0);
  }
}

static void
count_copies (LimnModels *self)
{
  g_autoptr (GHashTable) counts = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < self->entries->len; i++) {
    const LimnModelEntry *entry = self->entries->pdata[i];
    const char *fingerprint = entry->facts->fingerprint;

    if (fingerprint != NULL)
      g_hash_table_insert (counts, (gpointer) fingerprint,
                           GUINT_TO_POINTER (1 + GPOINTER_TO_UINT (g_hash_table_lookup (counts, fingerprint))));
  }
  for (guint i = 0; i < self->entries->len; i++) {
    LimnModelEntry *entry = self->entries->pdata[i];
    const char *fingerprint = entry->facts->fingerprint;
    guint n = fingerprint != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (counts, fingerprint)) - 1 : 0;

    if (n == entry->copies)
      continue;
    entry->copies = n;
    g_signal_emit (entry, changed_signal, 0);
  }
}

static void
scanned_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnModels *self = LIMN_MODELS (object);
  Scan *scan = g_task_get_task_data (G_TASK (result));

  if (scan->scan != self->scan)
    return;
  hand_over (self, scan);
  if (g_task_propagate_boolean (G_TASK (result), NULL))
    remove_gone (self);
  count_copies (self);
  g_clear_object (&self->loading);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
  g_signal_emit (self, loaded_signal, 0);
}

void
limn_models_load (LimnModels *self)
{
  g_autoptr (GTask) task = NULL;
  Scan *scan = g_new0 (Scan, 1);

  g_return_if_fail (LIMN_IS_MODELS (self));

  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  self->loading = g_cancellable_new ();
  scan->cache = g_strdup (self->cache);
  scan->folders = limn_model_folders ();
  scan->scan = ++self->scan;
  scan->cancellable = g_object_ref (self->loading);
  scan->context = g_main_context_ref_thread_default ();
  g_mutex_init (&scan->lock);
  scan->told = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_file_facts_free);
  task = g_task_new (self, NULL, scanned_cb, NULL);
  g_task_set_task_data (task, scan, scan_free);
  limn_task_run_in_thread (task, scan_thread);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
}

gboolean
limn_models_is_loading (LimnModels *self)
{
  g_return_val_if_fail (LIMN_IS_MODELS (self), FALSE);
  return self->loading != NULL;
}

void
limn_models_close (LimnModels *self)
{
  g_return_if_fail (LIMN_IS_MODELS (self));

  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
}

const char *
limn_models_find_hash (LimnModels *self, LimnFileKind kind, const char *hash)
{
  g_return_val_if_fail (LIMN_IS_MODELS (self), NULL);

  for (guint i = 0; i < self->entries->len; i++) {
    const LimnFileFacts *facts = ((LimnModelEntry *) self->entries->pdata[i])->facts;

    if (facts->kind == kind && !facts->missing && limn_file_facts_has_hash (facts, hash))
      return facts->path;
  }
  return NULL;
}

/* ---- Object ---- */

static void
limn_models_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_LOADING)
    g_value_set_boolean (value, LIMN_MODELS (object)->loading != NULL);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
limn_models_finalize (GObject *object)
{
  LimnModels *self = LIMN_MODELS (object);

  g_clear_object (&self->loading);
  g_hash_table_unref (self->by_path);
  g_ptr_array_unref (self->entries);
  g_free (self->cache);

  G_OBJECT_CLASS (limn_models_parent_class)->finalize (object);
}

static void
limn_models_class_init (LimnModelsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = limn_models_get_property;
  object_class->finalize = limn_models_finalize;
  properties[PROP_LOADING] =
      g_param_spec_boolean ("loading", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  loaded_signal = g_signal_new ("loaded", LIMN_TYPE_MODELS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
limn_models_init (LimnModels *self)
{
  self->entries = g_ptr_array_new_with_free_func (g_object_unref);
  self->by_path = g_hash_table_new (g_str_hash, g_str_equal);
}

LimnModels *
limn_models_new (const char *cache)
{
  LimnModels *self = g_object_new (LIMN_TYPE_MODELS, NULL);

  self->cache = g_strdup (cache);
  return self;
}
