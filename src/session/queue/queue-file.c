/* queue-file.c - the queue as JSON, and writing it so that the disk always has a whole one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/queue/queue-private.h"

#include <errno.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/json.h"
#include "session/settings/settings-json.h"

#define VERSION 1
#define MOST_ITEMS 10000
#define MOST_STEPS 1000

static const char *const state_names[] = { "waiting", "running", "paused", "done", "failed", "cancelled" };

/* ---- Text ---- */

static const char *
settings_text (LimnQueueItem *item)
{
  g_autoptr (JsonNode) node = NULL;

  if (item->json == NULL) {
    node = json_node_alloc ();
    json_node_init_object (node, NULL);
    json_node_take_object (node, limn_settings_to_json (item->settings));
    item->json = json_to_string (node, FALSE);
  }
  return item->json;
}

static void
add_text (GString *text, const char *name, const char *value)
{
  if (value == NULL || value[0] == '\0')
    return;
  g_string_append_printf (text, "\"%s\":", name);
  limn_json_append_string (text, value);
  g_string_append_c (text, ',');
}

static void
add_item (GString *text, LimnQueueItem *item)
{
  g_string_append_c (text, '{');
  add_text (text, "state", state_names[item->state]);
  add_text (text, "message", item->message);
  add_text (text, "picture", item->picture_path);
  add_text (text, "record", item->record_id);
  add_text (text, "parent", item->parent_id);
  add_text (text, "group", item->group);
  add_text (text, "source", item->source);
  add_text (text, "mask", item->mask);
  g_string_append_printf (text, "\"parent-step\":%d,\"cell\":%d,\"progress\":%d,\"settings\":%s}", item->parent_step,
                          item->cell, (int) (item->progress * 1000), settings_text (item));
}

char *
limn_queue_to_text (GPtrArray *items, gboolean paused)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "{\"version\":%d,\"paused\":%s,\"items\":[", VERSION, paused ? "true" : "false");
  for (guint i = 0; i < items->len; i++) {
    g_string_append (text, i > 0 ? ",\n" : "\n");
    add_item (text, items->pdata[i]);
  }
  g_string_append (text, "\n]}\n");
  return g_string_free (text, FALSE);
}

static const char *
get_text (JsonObject *json, const char *name)
{
  JsonNode *node = json_object_get_member (json, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

static int
get_int (JsonObject *json, const char *name, int most)
{
  JsonNode *node = json_object_get_member (json, name);
  gint64 value = node != NULL && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : 0;

  return (int) CLAMP (value, 0, most);
}

/* One source of many items is read once. */
typedef struct {
  LimnKeep *keep;
  GHashTable *sources, *masks; /* name -> object */
} Pictures;

static void
read_pictures (Pictures *pictures, LimnQueueItem *item)
{
  GObject *source = item->source != NULL ? g_hash_table_lookup (pictures->sources, item->source) : NULL;
  GObject *mask = item->mask != NULL ? g_hash_table_lookup (pictures->masks, item->mask) : NULL;
  g_autoptr (GError) error = NULL;

  if (item->source != NULL && source == NULL) {
    source = (GObject *) limn_keep_load_source (pictures->keep, item->source, &error);
    if (source != NULL)
      g_hash_table_insert (pictures->sources, g_strdup (item->source), source);
  }
  if (item->mask != NULL && mask == NULL && error == NULL) {
    mask = (GObject *) limn_keep_load_mask (pictures->keep, item->mask, &error);
    if (mask != NULL)
      g_hash_table_insert (pictures->masks, g_strdup (item->mask), mask);
  }
  g_object_set (item->settings, "source", source, "mask", mask, NULL);
  if (error == NULL || item->state == LIMN_QUEUE_DONE)
    return;
  g_prefix_error (&error, "%s ", _ ("The picture that this one was to be painted from is gone."));
  limn_queue_item_set_state (item, LIMN_QUEUE_FAILED, error->message);
}

static LimnQueueItem *
read_item (JsonObject *json, Pictures *pictures)
{
  JsonNode *settings = json_object_get_member (json, "settings");
  const char *state = get_text (json, "state");
  LimnQueueItem *item = limn_queue_item_new (limn_settings_new ());

  if (settings != NULL && JSON_NODE_HOLDS_OBJECT (settings))
    limn_settings_from_json (item->settings, json_node_get_object (settings));
  for (guint i = 0; state != NULL && i < G_N_ELEMENTS (state_names); i++)
    if (g_str_equal (state_names[i], state))
      item->state = (LimnQueueState) i;
  if (item->state == LIMN_QUEUE_RUNNING)
    item->state = LIMN_QUEUE_WAITING;
  g_free (item->message);
  item->message = g_strdup (get_text (json, "message") != NULL ? get_text (json, "message") : "");
  item->picture_path = g_strdup (get_text (json, "picture"));
  item->record_id = g_strdup (get_text (json, "record"));
  item->parent_id = g_strdup (get_text (json, "parent"));
  item->parent_step = get_int (json, "parent-step", MOST_STEPS);
  g_free (item->group);
  item->group = g_strdup (get_text (json, "group") != NULL ? get_text (json, "group") : "");
  item->cell = get_int (json, "cell", MOST_ITEMS);
  item->progress = get_int (json, "progress", 1000) / 1000.0;
  item->source = g_strdup (get_text (json, "source"));
  item->mask = g_strdup (get_text (json, "mask"));
  read_pictures (pictures, item);
  return item;
}

static JsonArray *
find_items (JsonNode *root, gboolean *paused)
{
  JsonObject *json = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  JsonNode *items = json != NULL ? json_object_get_member (json, "items") : NULL;
  JsonNode *held = json != NULL ? json_object_get_member (json, "paused") : NULL;

  if (items == NULL || !JSON_NODE_HOLDS_ARRAY (items) || get_int (json, "version", 1000) != VERSION)
    return NULL;
  *paused = held != NULL && json_node_get_value_type (held) == G_TYPE_BOOLEAN && json_node_get_boolean (held);
  return json_node_get_array (items);
}

GPtrArray *
limn_queue_from_text (const char *name, const char *text, LimnKeep *keep, gboolean *paused, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GHashTable) sources = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  g_autoptr (GHashTable) masks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  Pictures pictures = { keep, sources, masks };
  JsonArray *array = NULL;
  GPtrArray *items;

  if (limn_json_is_shallow (text, strlen (text)) && json_parser_load_from_data (parser, text, -1, NULL))
    array = find_items (json_parser_get_root (parser), paused);
  if (array == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: this is not a queue of version %d"), name, VERSION);
    return NULL;
  }
  items = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < MIN (json_array_get_length (array), MOST_ITEMS); i++) {
    JsonNode *node = json_array_get_element (array, i);

    if (JSON_NODE_HOLDS_OBJECT (node))
      g_ptr_array_add (items, read_item (json_node_get_object (node), &pictures));
  }
  return items;
}

/* ---- File ---- */

struct _LimnQueueFile {
  gatomicrefcount references;
  char *path;
  GMutex lock;
  guint64 written; /* the serial of what the disk has */
};

LimnQueueFile *
limn_queue_file_new (const char *path)
{
  LimnQueueFile *file = g_new0 (LimnQueueFile, 1);

  g_atomic_ref_count_init (&file->references);
  g_mutex_init (&file->lock);
  file->path = g_strdup (path);
  return file;
}

LimnQueueFile *
limn_queue_file_ref (LimnQueueFile *file)
{
  g_atomic_ref_count_inc (&file->references);
  return file;
}

void
limn_queue_file_unref (LimnQueueFile *file)
{
  if (!g_atomic_ref_count_dec (&file->references))
    return;
  g_mutex_clear (&file->lock);
  g_free (file->path);
  g_free (file);
}

const char *
limn_queue_file_get_path (LimnQueueFile *file)
{
  return file->path;
}

gboolean
limn_queue_file_write (LimnQueueFile *file, guint64 serial, const char *text, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (file->path);
  gboolean ok = TRUE;

  g_mutex_lock (&file->lock);
  if (serial > file->written) {
    ok = g_mkdir_with_parents (folder, 0700) == 0;
    if (!ok)
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: cannot make this folder: %s"), folder,
                   g_strerror (errno));
    ok = ok && g_file_set_contents_full (file->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
    if (ok)
      file->written = serial;
  }
  g_mutex_unlock (&file->lock);
  return ok;
}
