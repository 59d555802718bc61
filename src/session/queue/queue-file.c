/* queue-file.c - the queue as JSON, and writing it so that the disk always has a whole one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/queue/queue-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "session/settings/settings-json.h"

/* 1, which knew of no ControlNets, 2, which enlarged nothing, 3, which painted no part by itself, and 4, which painted
 * no box again, are read, too */
#define VERSION 5
#define MOST_ITEMS 10000
#define MOST_STEPS 1000

static const char *const state_names[] = { "waiting", "running", "paused", "done", "failed", "cancelled" };

/* ---- Text ---- */

static const char *
settings_text (LimnQueueItem *item)
{
  if (item->json == NULL)
    item->json = limn_settings_to_json (item->settings);
  return item->json;
}

static void
add_text (GString *out, const char *name, const char *value)
{
  if (value != NULL && value[0] != '\0')
    limn_json_add_string (out, name, value);
}

static void
add_item (GString *out, LimnQueueItem *item)
{
  limn_json_add (out, NULL, "{");
  add_text (out, "state", state_names[item->state]);
  add_text (out, "message", item->message);
  add_text (out, "picture", item->picture_path);
  add_text (out, "record", item->record_id);
  add_text (out, "parent", item->parent_id);
  add_text (out, "group", item->group);
  limn_kept_to_json (&item->kept, out);
  limn_json_add_int (out, "parent-step", item->parent_step);
  limn_json_add_int (out, "cell", item->cell);
  limn_json_add_int (out, "progress", (int) (item->progress * 1000));
  limn_json_add (out, "settings", settings_text (item));
  g_string_append_c (out, '}');
}

char *
limn_queue_to_text (GPtrArray *items, gboolean paused)
{
  GString *out = g_string_new ("{");

  limn_json_add_int (out, "version", VERSION);
  limn_json_add_bool (out, "paused", paused);
  limn_json_add (out, "items", "[");
  for (guint i = 0; i < items->len; i++)
    add_item (out, items->pdata[i]);
  g_string_append (out, "]}\n");
  return g_string_free (out, FALSE);
}

static int
get_int (const LimnJson *json, const char *name, int most)
{
  return limn_json_count (limn_json_member (json, name), most);
}

/* known: name -> object, so that a picture of many items is read once. */
static void
read_pictures (LimnQueueItem *item, LimnKeep *keep, GHashTable *known)
{
  g_auto (LimnKeptPictures) pictures = { 0 };
  g_autoptr (GError) error = NULL;

  limn_kept_load (&item->kept, keep, known, &pictures, &error);
  limn_kept_pictures_apply (&pictures, item->settings);
  if (error == NULL || item->state == LIMN_QUEUE_DONE)
    return;
  g_prefix_error (&error, "%s ", _ ("The picture that this one was to be painted from is gone."));
  limn_queue_item_set_state (item, LIMN_QUEUE_FAILED, error->message);
}

static LimnQueueItem *
read_item (const LimnJson *json, LimnKeep *keep, GHashTable *known)
{
  const char *state = limn_json_member_string (json, "state");
  LimnQueueItem *item = limn_queue_item_new (limn_settings_new ());

  limn_settings_from_json (item->settings, limn_json_member (json, "settings"));
  for (guint i = 0; state != NULL && i < G_N_ELEMENTS (state_names); i++)
    if (g_str_equal (state_names[i], state))
      item->state = (LimnQueueState) i;
  if (item->state == LIMN_QUEUE_RUNNING)
    item->state = LIMN_QUEUE_WAITING;
  g_free (item->message);
  item->message = g_strdup (limn_json_string (limn_json_member (json, "message"), ""));
  item->picture_path = g_strdup (limn_json_member_string (json, "picture"));
  item->record_id = g_strdup (limn_json_member_string (json, "record"));
  item->parent_id = g_strdup (limn_json_member_string (json, "parent"));
  item->parent_step = get_int (json, "parent-step", MOST_STEPS);
  g_free (item->group);
  item->group = g_strdup (limn_json_string (limn_json_member (json, "group"), ""));
  item->cell = get_int (json, "cell", MOST_ITEMS);
  item->progress = get_int (json, "progress", 1000) / 1000.0;
  item->kept = limn_kept_from_json (json);
  read_pictures (item, keep, known);
  return item;
}

GPtrArray *
limn_queue_from_text (const char *name, const char *text, LimnKeep *keep, gboolean *paused, GError **error)
{
  g_autoptr (LimnJson) root = limn_json_parse (name, text, -1, NULL);
  const LimnJson *array = limn_json_member (root, "items");
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  int version = get_int (root, "version", 1000);
  GPtrArray *items;

  if (limn_json_kind (array) != LIMN_JSON_ARRAY || version < 1 || version > VERSION) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: this is not a queue of version %d"), name, VERSION);
    return NULL;
  }
  *paused = limn_json_bool (limn_json_member (root, "paused"), FALSE);
  items = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < MIN (limn_json_length (array), MOST_ITEMS); i++) {
    const LimnJson *item = limn_json_nth (array, i);

    if (limn_json_kind (item) == LIMN_JSON_OBJECT)
      g_ptr_array_add (items, read_item (item, keep, known));
  }
  return items;
}

/* ---- File ---- */

#define MOST_LIMNS 64

struct _LimnQueueFile {
  gatomicrefcount references;
  char *folder, *path;
  int marks; /* byte n of this file is locked by whoever has the n-th queue; -1: there are no locks here */
  GMutex lock;
  guint64 written; /* the serial of what the disk has */
};

static char *
path_of (const LimnQueueFile *file, int n)
{
  g_autofree char *name = n == 1 ? g_strdup ("queue.json") : g_strdup_printf ("queue-%d.json", n);

  return g_build_filename (file->folder, name, NULL);
}

/* FALSE where another Limn has the n-th queue.  Some network file systems know no locks. */
static gboolean
take (const LimnQueueFile *file, int n)
{
  struct flock mark = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = n, .l_len = 1 };

  return fcntl (file->marks, F_OFD_SETLK, &mark) == 0 || (errno != EAGAIN && errno != EACCES);
}

static void
give_back (const LimnQueueFile *file, int n)
{
  struct flock mark = { .l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = n, .l_len = 1 };

  fcntl (file->marks, F_OFD_SETLK, &mark);
}

LimnQueueFile *
limn_queue_file_new (const char *folder)
{
  LimnQueueFile *file = g_new0 (LimnQueueFile, 1);
  g_autofree char *marks = g_build_filename (folder, "queue.lock", NULL);
  int n = 1;

  g_atomic_ref_count_init (&file->references);
  g_mutex_init (&file->lock);
  file->folder = g_strdup (folder);
  g_mkdir_with_parents (folder, 0700);
  file->marks = open (marks, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  while (file->marks >= 0 && n < MOST_LIMNS && !take (file, n))
    n++;
  file->path = path_of (file, n);
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
  limn_queue_file_let_go (file);
  g_mutex_clear (&file->lock);
  g_free (file->folder);
  g_free (file->path);
  g_free (file);
}

const char *
limn_queue_file_get_path (LimnQueueFile *file)
{
  return file->path;
}

GStrv
limn_queue_file_take_left (LimnQueueFile *file)
{
  g_autoptr (GStrvBuilder) left = g_strv_builder_new ();

  g_mutex_lock (&file->lock);
  for (int n = 2; file->marks >= 0 && n <= MOST_LIMNS; n++) {
    g_autofree char *path = path_of (file, n);

    if (g_str_equal (path, file->path) || !g_file_test (path, G_FILE_TEST_EXISTS) || !take (file, n))
      continue;
    /* it may have been taken by another, and given back, meanwhile */
    if (g_file_test (path, G_FILE_TEST_EXISTS))
      g_strv_builder_add (left, path);
    else
      give_back (file, n);
  }
  g_mutex_unlock (&file->lock);
  return g_strv_builder_end (left);
}

void
limn_queue_file_let_go (LimnQueueFile *file)
{
  g_mutex_lock (&file->lock);
  if (file->marks >= 0)
    close (file->marks);
  file->marks = -1;
  g_mutex_unlock (&file->lock);
}

gboolean
limn_queue_file_write (LimnQueueFile *file, guint64 serial, const char *text, GError **error)
{
  gboolean ok = TRUE;

  g_mutex_lock (&file->lock);
  if (serial > file->written) {
    ok = g_mkdir_with_parents (file->folder, 0700) == 0;
    if (!ok)
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: cannot make this folder: %s"), file->folder,
                   g_strerror (errno));
    ok = ok && g_file_set_contents_full (file->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
    if (ok)
      file->written = serial;
  }
  g_mutex_unlock (&file->lock);
  return ok;
}
