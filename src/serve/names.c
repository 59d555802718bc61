/* names.c - see names.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/names.h"

#include <string.h>

#include "base/model-path.h"

static void
served_free (gpointer data)
{
  LimnServed *file = data;

  g_free (file->title);
  limn_file_facts_free (file->facts);
  g_free (file);
}

/* While a list is made: each path stands in it once. */
typedef struct {
  GPtrArray *served;
  GHashTable *paths; /* borrowed from these */
} List;

/* facts: (transfer full). */
static void
add (const List *list, LimnFileFacts *facts)
{
  LimnServed *file = g_new0 (LimnServed, 1);

  file->facts = facts;
  g_ptr_array_add (list->served, file);
  g_hash_table_add (list->paths, facts->path);
}

/* What lies in the folders of the window's list or was named by a person; of the model's kind whatever it is. */
static void
add_own (const List *list, const char *path)
{
  LimnFileFacts *facts;

  if (path == NULL || path[0] == '\0' || g_hash_table_contains (list->paths, path))
    return;
  facts = limn_file_look (path);
  facts->kind = LIMN_FILE_MODEL;
  add (list, facts);
}

static void
add_starter (const List *list)
{
  g_autofree char *path = limn_starter_path ();

  add_own (list, path);
}

/* title: (transfer full).  Copies of a file in several folders are told apart by these. */
static void
set_title (LimnServed *file, GHashTable *titles, char *title)
{
  if (g_hash_table_contains (titles, title)) {
    g_autofree char *folder = g_path_get_dirname (file->facts->path), *parent = g_path_get_basename (folder);

    file->title = g_build_filename (parent, title, NULL);
    g_free (title);
  } else {
    file->title = title;
  }
  g_hash_table_add (titles, file->title);
}

static void
name_all (GPtrArray *served)
{
  g_autoptr (GHashTable) titles = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < served->len; i++) {
    LimnServed *file = served->pdata[i];
    g_autofree char *base = g_path_get_basename (file->facts->path);

    set_title (file, titles, g_filename_display_name (base));
  }
}

GPtrArray *
limn_served_list (LimnModels *models, const char *own)
{
  g_autoptr (GHashTable) paths = g_hash_table_new (g_str_hash, g_str_equal);
  const List list = { g_ptr_array_new_with_free_func (served_free), paths };
  guint n = g_list_model_get_n_items (G_LIST_MODEL (models));

  add_starter (&list);
  add_own (&list, own);
  for (guint i = 0; i < n; i++) {
    g_autoptr (LimnModelEntry) entry = g_list_model_get_item (G_LIST_MODEL (models), i);
    const LimnFileFacts *facts = limn_model_entry_get_facts (entry);

    if (!facts->missing && facts->kind != LIMN_FILE_OTHER && !g_hash_table_contains (paths, facts->path))
      add (&list, limn_file_facts_copy (facts));
  }
  name_all (list.served);
  return list.served;
}

/* "name.safetensors [0123456789]" -> "name.safetensors" */
static char *
without_hash (const char *name)
{
  const char *bracket = g_str_has_suffix (name, "]") ? strrchr (name, '[') : NULL;

  return bracket != NULL && bracket > name + 1 && bracket[-1] == ' ' ? g_strndup (name, (gsize) (bracket - 1 - name))
                                                                     : g_strdup (name);
}

static gboolean
is_called (const LimnServed *file, const char *name)
{
  g_autofree char *stem = limn_model_name_from_path (file->title);

  return g_str_equal (file->title, name) || g_str_equal (stem, name) || g_str_equal (file->facts->path, name)
         || g_strcmp0 (file->facts->name, name) == 0;
}

const LimnServed *
limn_served_find (const GPtrArray *served, LimnFileKind kind, const char *name)
{
  g_autofree char *plain = without_hash (name);

  for (guint i = 0; i < served->len; i++) {
    const LimnServed *file = served->pdata[i];

    if (file->facts->kind == kind && is_called (file, plain))
      return file;
  }
  return NULL;
}

const LimnServed *
limn_served_find_path (const GPtrArray *served, const char *path)
{
  g_autofree char *starter = path[0] == '\0' ? limn_starter_path () : NULL;

  for (guint i = 0; i < served->len; i++) {
    const LimnServed *file = served->pdata[i];

    if (g_strcmp0 (file->facts->path, starter != NULL ? starter : path) == 0)
      return file;
  }
  return NULL;
}

char *
limn_served_path (const LimnServed *file)
{
  g_autofree char *starter = limn_starter_path ();

  return g_strdup (g_strcmp0 (starter, file->facts->path) == 0 ? "" : file->facts->path);
}
