/* loras.c - where the files of LoRAs are; see loras.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/loras.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/model-file.h"
#include "base/model-path.h"
#include "engine/catalogue.h"
#include "engine/model.h"
#include "model/lora.h"

#define MOST_DEPTH 6
#define MOST_FOLDERS 100
#define MOST_ENTRIES 100000 /* of a search: what is no folder of models need not be read to its end */

/* ---- Places ---- */

typedef struct {
  char *path;
  gboolean deep; /* with all folders in it */
} Place;

static void
place_free (Place *place)
{
  g_free (place->path);
  g_free (place);
}

static void
add_place (GPtrArray *places, const char *path, gboolean deep)
{
  for (guint i = 0; i < places->len; i++)
    if (g_str_equal (((const Place *) places->pdata[i])->path, path))
      return;
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return;
  Place *place = g_new0 (Place, 1);
  place->path = g_strdup (path);
  place->deep = deep;
  g_ptr_array_add (places, place);
}

/* The folders of LoRAs in folder, as programs call them. */
static void
add_folders_in (GPtrArray *places, const char *folder)
{
  static const char *const names[] = { "loras", "lora", "lycoris" };
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  for (guint n = 0; dir != NULL && n < MOST_ENTRIES && (name = g_dir_read_name (dir)) != NULL; n++)
    for (guint i = 0; i < G_N_ELEMENTS (names); i++)
      if (g_ascii_strcasecmp (name, names[i]) == 0) {
        g_autofree char *path = g_build_filename (folder, name, NULL);
        add_place (places, path, TRUE);
      }
}

/* ---- What was added ---- */

static char *
added_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "limn", "lora-folders", NULL);
}

/* A folder a line.  (transfer full) */
static GStrv
read_added (void)
{
  g_autofree char *path = added_path (), *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? g_strsplit (text, "\n", MOST_FOLDERS) : g_new0 (char *, 1);
}

gboolean
limn_lora_add_folder (const char *folder, GError **error)
{
  g_auto (GStrv) known = read_added ();
  g_autofree char *path = added_path (), *parent = g_path_get_dirname (path);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) local = NULL;

  if (g_strv_contains ((const char *const *) known, folder) || strchr (folder, '\n') != NULL)
    return TRUE;
  for (guint i = 0; known[i] != NULL; i++)
    if (known[i][0] != '\0')
      g_string_append_printf (text, "%s\n", known[i]);
  g_string_append_printf (text, "%s\n", folder);
  g_mkdir_with_parents (parent, 0700);
  if (g_file_set_contents (path, text->str, -1, &local))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s cannot be written: %s"), path, local->message);
  return FALSE;
}

gboolean
limn_lora_is_file (const char *path)
{
  g_autoptr (LimnTensors) file = limn_tensors_open (path, NULL);

  return file != NULL && limn_lora_is (file);
}

/* (element-type Place) in the order in which they are looked in. */
static GPtrArray *
places_of (const char *const *folders, const char *model)
{
  GPtrArray *places = g_ptr_array_new_with_free_func ((GDestroyNotify) place_free);
  g_autofree char *own = g_build_filename (g_get_user_data_dir (), "limn", "loras", NULL);
  g_auto (GStrv) added = read_added (), chosen = limn_model_folders_called (LIMN_FILE_LORA);

  for (; folders != NULL && *folders != NULL; folders++)
    add_place (places, *folders, TRUE);
  if (model != NULL) {
    g_autofree char *home = limn_model_home (model);
    g_autofree char *full = g_canonicalize_filename (home, NULL), *beside = g_path_get_dirname (full);
    g_autofree char *above = g_path_get_dirname (beside);

    if (g_file_test (full, G_FILE_TEST_IS_DIR))
      add_folders_in (places, full);
    add_place (places, beside, FALSE);
    add_folders_in (places, beside);
    add_folders_in (places, above);
  }
  add_place (places, own, TRUE);
  for (guint i = 0; chosen[i] != NULL; i++)
    add_place (places, chosen[i], TRUE);
  for (guint i = 0; added[i] != NULL; i++)
    add_place (places, added[i], FALSE);
  return places;
}

/* ---- Walking ---- */

/* What is done with a file's path and its name below the place, without ending.  TRUE: enough. */
typedef gboolean (*Visit) (const char *path, const char *name, gpointer data);

typedef struct {
  Visit visit;
  gpointer data;
  guint entries;
} Walk;

static gboolean
walk_folder (Walk *walk, const char *folder, const char *below, int depth)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry;

  while (dir != NULL && walk->entries++ < MOST_ENTRIES && (entry = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, entry, NULL);
    g_autofree char *name = *below != '\0' ? g_build_filename (below, entry, NULL) : g_strdup (entry);

    if (limn_is_model_name (entry)) {
      char *dot = strrchr (name, '.');
      *dot = '\0';
      if (walk->visit (path, name, walk->data))
        return TRUE;
    } else if (depth > 1 && *entry != '.' && g_file_test (path, G_FILE_TEST_IS_DIR)
               && walk_folder (walk, path, name, depth - 1)) {
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
walk_place (const Place *place, Visit visit, gpointer data)
{
  Walk walk = { visit, data, 0 };

  return walk_folder (&walk, place->path, "", place->deep ? MOST_DEPTH : 1);
}

/* ---- Finding ---- */

typedef struct {
  char *wanted; /* case folded where case does not count */
  gboolean fold, whole;
  char *found;
} Search;

static gboolean
match_cb (const char *path, const char *name, gpointer data)
{
  Search *search = data;
  g_autofree char *last = search->whole ? g_strdup (name) : g_path_get_basename (name);
  g_autofree char *folded = search->fold ? g_utf8_casefold (last, -1) : NULL;

  if (!g_str_equal (folded != NULL ? folded : last, search->wanted))
    return FALSE;
  search->found = g_strdup (path);
  return TRUE;
}

/* With its folders, then by its last part alone; as it is written, then in any case. */
static char *
find_in (const Place *place, const char *name)
{
  g_autofree char *last = g_path_get_basename (name);

  for (int way = 0; way < 4; way++) {
    gboolean whole = way % 2 == 0, fold = way >= 2;
    const char *wanted = whole ? name : last;
    Search search = { fold ? g_utf8_casefold (wanted, -1) : g_strdup (wanted), fold, whole, NULL };

    walk_place (place, match_cb, &search);
    g_free (search.wanted);
    if (search.found != NULL)
      return search.found;
  }
  return NULL;
}

char *
limn_lora_find (const char *name, const char *const *folders, const char *model, GError **error)
{
  g_autoptr (GPtrArray) places = places_of (folders, model);
  g_autoptr (GString) looked = g_string_new (NULL);
  g_autofree char *plain = g_strdelimit (g_strdup (name), "\\", '/');

  if (limn_is_model_name (plain))
    *strrchr (plain, '.') = '\0';
  for (guint i = 0; i < places->len; i++) {
    const Place *place = places->pdata[i];
    char *found = find_in (place, plain);

    if (found != NULL)
      return found;
    g_string_append_printf (looked, "%s%s", i > 0 ? _ (", ") : "", place->path);
  }
  if (places->len == 0)
    g_string_append_printf (looked, "%s/limn/loras", g_get_user_data_dir ());
  /* translators: a LoRA's name, the name its file should have, folders */
  g_set_error (
      error, LIMN_ERROR, LIMN_ERROR_REQUEST,
      _ ("There is no LoRA “%s”: %s.safetensors was looked for in %s.  Put it there, or take its tag out of the "
         "prompt"),
      name, plain, looked->str);
  return NULL;
}

/* ---- What is in one ---- */

LimnLoraInfo *
limn_lora_inspect (const char *path, const LimnModelParts *model, GError **error)
{
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open_parts (model, error);
  g_autoptr (LimnLora) lora = checkpoint != NULL ? limn_lora_open (path, checkpoint, error) : NULL;

  if (lora == NULL)
    return NULL;
  LimnLoraInfo *info = g_new0 (LimnLoraInfo, 1);
  info->kinds = limn_lora_describe (lora);
  info->modules = limn_lora_modules (lora);
  info->matched = limn_lora_matched (lora);
  info->unmatched = g_strdupv ((GStrv) limn_lora_unmatched (lora));
  info->words = g_strdup (limn_lora_words (lora));
  return info;
}

void
limn_lora_info_free (LimnLoraInfo *info)
{
  if (info == NULL)
    return;
  g_free (info->kinds);
  g_free (info->words);
  g_strfreev (info->unmatched);
  g_free (info);
}
