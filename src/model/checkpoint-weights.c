/* checkpoint-weights.c - the files in a folder: which of them hold a part's weights, and what a folder that is no
 * model is instead.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/checkpoint-private.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

#define LIMN_MAX_SHARDS 1000
#define LIMN_MAX_ENTRIES 100000 /* of a folder: what is not a model folder need not be read to its end */

/* The names that diffusers and transformers write.  fp16 first: where both are there it is half to read, and the same
 * weights once on the device. */
static const char *const known_files[] = {
  "diffusion_pytorch_model.fp16.safetensors",
  "model.fp16.safetensors",
  "diffusion_pytorch_model.safetensors.index.fp16.json",
  "model.safetensors.index.fp16.json",
  "diffusion_pytorch_model.fp16.safetensors.index.json",
  "model.fp16.safetensors.index.json",
  "diffusion_pytorch_model.safetensors",
  "model.safetensors",
  "diffusion_pytorch_model.safetensors.index.json",
  "model.safetensors.index.json",
};

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Sorted names.  (element-type utf8) (transfer full) */
static GPtrArray *
list_folder (const char *dir, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GDir) handle = g_dir_open (dir, 0, &local);
  GPtrArray *names = NULL;
  const char *name;

  if (handle == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s cannot be read: %s"), dir, local->message);
    return NULL;
  }
  names = g_ptr_array_new_with_free_func (g_free);
  while (names->len < LIMN_MAX_ENTRIES && (name = g_dir_read_name (handle)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static const char *
first_with_suffix (GPtrArray *names, const char *suffix)
{
  for (guint i = 0; i < names->len; i++)
    if (g_str_has_suffix (g_ptr_array_index (names, i), suffix))
      return g_ptr_array_index (names, i);
  return NULL;
}

static const char *
first_pickle (GPtrArray *names)
{
  static const char *const suffixes[] = { ".bin", ".ckpt", ".pt", ".pth", ".pkl" };

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    const char *name = first_with_suffix (names, suffixes[i]);
    if (name != NULL)
      return name;
  }
  return NULL;
}

static gboolean
refuse_pickle (const char *dir, const char *name, GError **error)
{
  g_set_error (
      error, LIMN_ERROR, LIMN_ERROR_UNSAFE,
      _ ("%s holds its weights only as %s, a Python pickle: opening one runs whatever code is inside, so Limn "
         "does not.  Download the .safetensors version of this model, or convert it on a machine you can spare "
         "(diffusers: save_pretrained with safe_serialization=True)"),
      dir, name);
  return FALSE;
}

/* The file that holds, or indexes, the weights in dir.  (transfer full) */
static char *
choose_file (const char *dir, GError **error)
{
  g_autoptr (GPtrArray) names = list_folder (dir, error);
  const char *only = NULL;
  guint n = 0;

  if (names == NULL)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (known_files); i++)
    if (g_ptr_array_find_with_equal_func (names, known_files[i], g_str_equal, NULL))
      return g_strdup (known_files[i]);

  const char *index = first_with_suffix (names, ".safetensors.index.json");
  if (index != NULL)
    return g_strdup (index);
  for (guint i = 0; i < names->len; i++)
    if (g_str_has_suffix (g_ptr_array_index (names, i), ".safetensors")) {
      only = g_ptr_array_index (names, i);
      n++;
    }
  if (n == 1)
    return g_strdup (only);

  const char *pickle = first_pickle (names);
  if (n > 1)
    g_set_error (
        error, LIMN_ERROR, LIMN_ERROR_MODEL,
        _ ("%s holds %u .safetensors files, none of them named as diffusers does (such as %s); Limn cannot tell "
           "which to use"),
        dir, n, known_files[6]);
  else if (pickle != NULL)
    refuse_pickle (dir, pickle, error);
  else
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s holds no weights (no .safetensors file)"), dir);
  return NULL;
}

/* A shard must lie beside its index: a name that leads elsewhere is refused. */
static gboolean
is_plain_name (const char *name)
{
  return *name != '\0' && *name != '.' && strchr (name, '/') == NULL && g_str_has_suffix (name, ".safetensors");
}

static gboolean
open_shard (GPtrArray *files, GHashTable *by_name, const char *dir, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  LimnTensors *file = limn_tensors_open (path, error);

  if (file == NULL)
    return FALSE;
  g_ptr_array_add (files, file);
  g_hash_table_insert (by_name, g_strdup (name), file);
  return TRUE;
}

static gboolean
open_shards (GPtrArray *files, const char *dir, const char *index_name, GError **error)
{
  g_autofree char *path = g_build_filename (dir, index_name, NULL);
  g_autoptr (LimnJson) json = limn_json_load (path, error);
  g_autoptr (GHashTable) by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const LimnJson *map = limn_json_member (json, "weight_map");

  if (json == NULL)
    return FALSE;
  if (map == NULL || limn_json_kind (map) != LIMN_JSON_OBJECT || limn_json_length (map) == 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: field \"weight_map\" is missing or empty"), path);
    return FALSE;
  }
  for (guint i = 0; i < limn_json_length (map); i++) {
    const char *tensor = limn_json_key (map, i), *name = limn_json_string (limn_json_nth (map, i), "");
    if (!is_plain_name (name) || g_hash_table_size (by_name) >= LIMN_MAX_SHARDS) {
      g_set_error (
          error, LIMN_ERROR, LIMN_ERROR_FORMAT,
          _ ("%s: tensor %s is in \"%s\"; expected the name of a .safetensors file beside the index, and at most "
             "%d of them"),
          path, tensor, name, LIMN_MAX_SHARDS);
      return FALSE;
    }
    if (!g_hash_table_contains (by_name, name) && !open_shard (files, by_name, dir, name, error))
      return FALSE;
    if (limn_tensors_find (g_hash_table_lookup (by_name, name), tensor) == NULL) {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: tensor %s should be in %s, which lacks it"), path,
                   tensor, name);
      return FALSE;
    }
  }
  return TRUE;
}

GPtrArray *
limn_checkpoint_open_weights (const char *dir, GError **error)
{
  g_autofree char *name = choose_file (dir, error);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_tensors_unref);

  if (name == NULL)
    return NULL;
  if (g_str_has_suffix (name, ".json")) {
    if (!open_shards (files, dir, name, error))
      return NULL;
  } else {
    g_autofree char *path = g_build_filename (dir, name, NULL);
    LimnTensors *file = limn_tensors_open (path, error);
    if (file == NULL)
      return NULL;
    g_ptr_array_add (files, file);
  }
  return g_steal_pointer (&files);
}

/* ---- Folders that are no models ---- */

static gboolean
has (GPtrArray *names, const char *name)
{
  return g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL);
}

gboolean
limn_checkpoint_explain_folder (const char *dir, GError **error)
{
  g_autoptr (GPtrArray) names = list_folder (dir, error);

  if (names == NULL)
    return FALSE;
  const char *weights = first_with_suffix (names, ".safetensors"), *pickle = first_pickle (names);
  if (names->len == 0)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s is an empty folder"), dir);
  else if (has (names, "unet") || has (names, "text_encoder_2") || has (names, "vae"))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s looks like a diffusers model but lacks model_index.json: is the download complete?"), dir);
  else if (has (names, "config.json"))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s is one component of a model: open the folder above it, which holds model_index.json"), dir);
  else if (weights != NULL)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s is no model folder (it has no model_index.json); it holds %s: open that file itself"), dir,
                 weights);
  else if (pickle != NULL)
    refuse_pickle (dir, pickle, error);
  else
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s is no model: expected a diffusers folder (with model_index.json) or a .safetensors file"), dir);
  return FALSE;
}
