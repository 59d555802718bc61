/* embeddings.c - see embeddings.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/embeddings.h"

#include <glib/gstdio.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/model-file.h"
#include "engine/catalogue.h"
#include "file/tensors.h"
#include "model/lora.h"
#include "text/tokenizer.h"

#define PREFIX "embedding:"
#define MOST_FILES 10000
#define BESIDE 2        /* folders that follow from the model's path */
#define MOST_VECTORS 75 /* a chunk */
#define BUNDLED LIMN_LORA_EMBEDDING

/* A file.  What it holds is read when a prompt first names it, and again when it has changed. */
typedef struct {
  char *name, *path;
  gboolean bundled;     /* in a LoRA */
  gint64 changed, size; /* when it was read; -1: not yet */
  char *problem;        /* NULL, or why it cannot be used */
  float *vectors[2];    /* [n, width], by encoder */
  int n[2], id;
} Embedding;

struct _LimnEmbeddings {
  GPtrArray *folders; /* char *: beside the model, above it, then those of a person's models */
  GStrv library;      /* files elsewhere in the library's folders; NULL: not asked for yet */
  GStrv bundles;      /* LoRAs, or NULL */
  gint64 asked;       /* when these were asked for; 0: not yet */
  gint64 catalogue;   /* the library's list, as it was then */
  gint64 changed;     /* another number where one of them is another than when they were listed */
  gboolean listed;
  int widths[2];
  GPtrArray *files; /* Embedding, the longest name first */
  int next_id;
  GHashTable *problems; /* name -> sentence */
};

static void
forget_vectors (Embedding *file)
{
  g_clear_pointer (&file->problem, g_free);
  for (int i = 0; i < 2; i++) {
    g_clear_pointer (&file->vectors[i], g_free);
    file->n[i] = 0;
  }
}

static void
embedding_free (Embedding *file)
{
  forget_vectors (file);
  g_free (file->name);
  g_free (file->path);
  g_free (file);
}

LimnEmbeddings *
limn_embeddings_new (const char *path)
{
  LimnEmbeddings *embeddings = g_new0 (LimnEmbeddings, 1);
  g_autofree char *home = limn_model_home (path);
  g_autofree char *full = g_canonicalize_filename (home, NULL), *folder = g_path_get_dirname (full);
  g_autofree char *above = g_path_get_dirname (folder);

  embeddings->folders = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (embeddings->folders, g_build_filename (folder, "embeddings", NULL));
  g_ptr_array_add (embeddings->folders, g_build_filename (above, "embeddings", NULL));
  embeddings->files = g_ptr_array_new_with_free_func ((GDestroyNotify) embedding_free);
  embeddings->problems = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  embeddings->next_id = LIMN_FIRST_VECTOR;
  return embeddings;
}

void
limn_embeddings_free (LimnEmbeddings *embeddings)
{
  if (embeddings == NULL)
    return;
  g_strfreev (embeddings->library);
  g_strfreev (embeddings->bundles);
  g_ptr_array_unref (embeddings->folders);
  g_ptr_array_unref (embeddings->files);
  g_hash_table_unref (embeddings->problems);
  g_free (embeddings);
}

void
limn_embeddings_set_width (LimnEmbeddings *embeddings, int encoder, int width)
{
  embeddings->widths[encoder] = width;
}

void
limn_embeddings_set_bundles (LimnEmbeddings *embeddings, const char *const *paths)
{
  static const char *const none[] = { NULL };
  const char *const *before = embeddings->bundles != NULL ? (const char *const *) embeddings->bundles : none;

  paths = paths != NULL ? paths : none;
  if (g_strv_equal (before, paths))
    return;
  g_strfreev (embeddings->bundles);
  embeddings->bundles = g_strdupv ((GStrv) paths);
  embeddings->listed = FALSE;
}

/* ---- Which there are ---- */

static Embedding *
find_name (LimnEmbeddings *embeddings, const char *name)
{
  for (guint i = 0; i < embeddings->files->len; i++)
    if (g_ascii_strcasecmp (((Embedding *) embeddings->files->pdata[i])->name, name) == 0)
      return embeddings->files->pdata[i];
  return NULL;
}

/* Pickles are listed, too, so that a prompt that names one is told why it is not read. */
static void
add_file (LimnEmbeddings *embeddings, const char *folder, const char *entry)
{
  static const char *const endings[] = { ".safetensors", ".pt", ".bin" };
  Embedding *known;

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++) {
    if (!g_str_has_suffix (entry, endings[i]) || !g_utf8_validate (entry, -1, NULL))
      continue;
    g_autofree char *name = g_strndup (entry, strlen (entry) - strlen (endings[i]));
    known = find_name (embeddings, name);
    if (name[0] == '\0' || (known != NULL && (i > 0 || g_str_has_suffix (known->path, endings[0]))))
      return;
    if (known != NULL)
      g_ptr_array_remove (embeddings->files, known);
    known = g_new0 (Embedding, 1);
    known->name = g_steal_pointer (&name);
    known->path = g_build_filename (folder, entry, NULL);
    known->changed = -1;
    g_ptr_array_add (embeddings->files, known);
    return;
  }
}

static int
compare_lengths (gconstpointer a, gconstpointer b)
{
  const Embedding *one = *(const Embedding *const *) a, *other = *(const Embedding *const *) b;
  gsize n = strlen (one->name), m = strlen (other->name);

  return n != m ? (n < m ? 1 : -1) : strcmp (one->name, other->name);
}

/* Those that a LoRA brings along, which a file of the same name gives way to. */
static void
add_bundled (LimnEmbeddings *embeddings, const char *path)
{
  g_autoptr (LimnTensors) tensors = limn_tensors_open (path, NULL);

  for (guint i = 0; tensors != NULL && i < limn_tensors_count (tensors); i++) {
    const char *tensor = limn_tensors_nth (tensors, i)->name;
    const char *begin = g_str_has_prefix (tensor, BUNDLED) ? tensor + strlen (BUNDLED) : NULL;
    const char *end = begin != NULL ? strchr (begin, '.') : NULL;

    if (end == NULL || end == begin)
      continue;
    g_autofree char *name = g_strndup (begin, (gsize) (end - begin));
    Embedding *known = find_name (embeddings, name);
    if (known != NULL && known->bundled)
      continue;
    if (known != NULL)
      g_ptr_array_remove (embeddings->files, known);
    known = g_new0 (Embedding, 1);
    *known = (Embedding){ .name = g_steal_pointer (&name), .path = g_strdup (path), .bundled = TRUE, .changed = -1 };
    g_ptr_array_add (embeddings->files, known);
  }
}

/* What the library has found outside such folders; where its list is another than when it was asked last. */
static void
ask_library (LimnEmbeddings *embeddings)
{
  g_autofree char *path = g_build_filename (g_get_user_cache_dir (), "limn", "models.json", NULL);
  GStatBuf info = { 0 };

  if (g_stat (path, &info) != 0)
    info.st_mtime = -1;
  if (embeddings->library != NULL && embeddings->catalogue == (gint64) info.st_mtime)
    return;
  embeddings->catalogue = info.st_mtime;
  g_strfreev (embeddings->library);
  g_autoptr (LimnCatalogue) catalogue = limn_catalogue_open (NULL);
  embeddings->library = limn_catalogue_paths (catalogue, LIMN_FILE_EMBEDDING);
  embeddings->listed = FALSE;
}

/* What a person chose, which is looked at seldom: this is asked for every word. */
static void
add_chosen (LimnEmbeddings *embeddings)
{
  gint64 now = g_get_monotonic_time ();

  if (embeddings->asked != 0 && now - embeddings->asked < G_USEC_PER_SEC)
    return;
  embeddings->asked = now;
  g_auto (GStrv) chosen = limn_model_folders_called (LIMN_FILE_EMBEDDING);
  g_ptr_array_set_size (embeddings->folders, BESIDE);
  for (guint i = 0; chosen[i] != NULL; i++)
    g_ptr_array_add (embeddings->folders, g_strdup (chosen[i]));
  ask_library (embeddings);
}

/* Lists the folders anew where one of them has changed. */
static void
refresh (LimnEmbeddings *embeddings)
{
  gint64 changed = 0;

  add_chosen (embeddings);
  for (guint i = 0; i < embeddings->folders->len; i++) {
    GStatBuf info;

    changed = changed * 31 + (g_stat (embeddings->folders->pdata[i], &info) == 0 ? (gint64) info.st_mtime : -1);
  }
  if (embeddings->listed && changed == embeddings->changed)
    return;
  embeddings->listed = TRUE;
  embeddings->changed = changed;
  g_ptr_array_set_size (embeddings->files, 0);
  for (guint i = 0; i < embeddings->folders->len; i++) {
    const char *folder = embeddings->folders->pdata[i];
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    const char *entry;

    while (dir != NULL && embeddings->files->len < MOST_FILES && (entry = g_dir_read_name (dir)) != NULL)
      add_file (embeddings, folder, entry);
  }
  for (guint i = 0; embeddings->library != NULL && embeddings->library[i] != NULL; i++) {
    g_autofree char *folder = g_path_get_dirname (embeddings->library[i]);
    g_autofree char *entry = g_path_get_basename (embeddings->library[i]);

    add_file (embeddings, folder, entry);
  }
  for (guint i = 0; embeddings->bundles != NULL && embeddings->bundles[i] != NULL; i++)
    add_bundled (embeddings, embeddings->bundles[i]);
  g_ptr_array_sort (embeddings->files, compare_lengths);
}

/* ---- What they hold ---- */

/* The tensor for an encoder of that width, or NULL. */
static const LimnTensor *
tensor_for (LimnTensors *tensors, const Embedding *file, int encoder, int width)
{
  const char *const called[] = { encoder == 0 ? "clip_l" : "clip_g", "emb_params", "string_to_param.*" };
  g_autofree char *prefix = file->bundled ? g_strconcat (BUNDLED, file->name, ".", NULL) : g_strdup ("");
  const LimnTensor *tensor = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (called) && tensor == NULL; i++) {
    g_autofree char *name = g_strconcat (prefix, called[i], NULL);
    tensor = limn_tensors_find (tensors, name);
  }
  if (tensor == NULL && !file->bundled && limn_tensors_count (tensors) == 1)
    tensor = limn_tensors_nth (tensors, 0);
  if (tensor == NULL || tensor->rank < 1 || tensor->rank > 2 || tensor->shape[tensor->rank - 1] != (guint64) width)
    return NULL;
  return tensor;
}

static char *
read_vectors (Embedding *file, int encoder, const LimnTensor *tensor)
{
  guint64 n = tensor->rank == 2 ? tensor->shape[0] : 1;

  if (n < 1 || n > MOST_VECTORS)
    return g_strdup_printf (_ ("expected from 1 to %d vectors, found %" PRIu64), MOST_VECTORS, n);
  file->n[encoder] = (int) n;
  file->vectors[encoder] = g_new (float, tensor->count);
  limn_tensor_to_float (tensor, file->vectors[encoder]);
  for (guint64 i = 0; i < tensor->count; i++)
    if (!isfinite (file->vectors[encoder][i]))
      return g_strdup (_ ("it holds values that are not numbers"));
  return NULL;
}

static char *
read_file (const LimnEmbeddings *embeddings, Embedding *file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTensors) tensors = limn_tensors_open (file->path, &error);
  char *problem = NULL;

  if (tensors == NULL)
    return g_strdup (error->message);
  for (int encoder = 0; encoder < 2 && problem == NULL; encoder++) {
    const LimnTensor *tensor =
        embeddings->widths[encoder] > 0 ? tensor_for (tensors, file, encoder, embeddings->widths[encoder]) : NULL;

    if (tensor != NULL)
      problem = read_vectors (file, encoder, tensor);
  }
  if (problem == NULL && file->n[0] + file->n[1] == 0)
    problem = g_strdup (_ ("it is for a model of another family"));
  if (problem == NULL && !limn_tensors_check_whole (tensors, &error))
    problem = g_strdup (error->message);
  return problem;
}

/* A file that has changed gets new ids: what was encoded with the old ones is not meant any more. */
static void
load (LimnEmbeddings *embeddings, Embedding *file)
{
  GStatBuf info = { 0 };

  if (g_stat (file->path, &info) == 0 && info.st_mtime == file->changed && info.st_size == file->size)
    return;
  file->changed = info.st_mtime;
  file->size = info.st_size;
  forget_vectors (file);
  file->problem = read_file (embeddings, file);
  if (file->problem != NULL) {
    char *problem = g_steal_pointer (&file->problem);

    forget_vectors (file);
    file->problem = problem;
    return;
  }
  file->id = embeddings->next_id;
  embeddings->next_id += MAX (file->n[0], file->n[1]);
}

static void
complain (LimnEmbeddings *embeddings, const char *name, const char *problem)
{
  g_hash_table_replace (embeddings->problems, g_strdup (name),
                        g_strdup_printf (_ ("The embedding “%s” was left out of the prompt: %s"), name, problem));
}

/* ---- In a prompt ---- */

static gboolean
is_name (gunichar c)
{
  return c == '_' || c == '-' || g_unichar_isalnum (c);
}

/* The file whose name text begins with, as a word of its own. */
static Embedding *
file_at (LimnEmbeddings *embeddings, const char *text, gsize *length)
{
  static const char *const endings[] = { ".safetensors", ".pt", ".bin", "" };

  for (guint i = 0; i < embeddings->files->len; i++) {
    Embedding *file = embeddings->files->pdata[i];
    gsize name = strlen (file->name);

    if (g_ascii_strncasecmp (text, file->name, name) != 0)
      continue;
    for (guint k = 0; k < G_N_ELEMENTS (endings); k++)
      if (g_str_has_prefix (text + name, endings[k])
          && !is_name (g_utf8_get_char (text + name + strlen (endings[k])))) {
        *length = name + strlen (endings[k]);
        return file;
      }
  }
  return NULL;
}

gboolean
limn_embeddings_find (LimnEmbeddings *embeddings, int encoder, const char *text, gboolean bare, gsize *length, int *id,
                      int *n)
{
  gboolean asked = g_ascii_strncasecmp (text, PREFIX, strlen (PREFIX)) == 0;
  const char *name = text + (asked ? strlen (PREFIX) : 0);
  Embedding *file;

  if (!asked && !bare)
    return FALSE;
  refresh (embeddings);
  file = file_at (embeddings, name, length);
  if (file == NULL && !asked)
    return FALSE;
  *n = 0;
  if (file == NULL) {
    *length = strcspn (name, " \t\n,()[]{}|:<>");
    g_autofree char *unknown = g_strndup (name, *length);
    g_autofree char *problem =
        g_strdup_printf (_ ("there is no such file in %s"), (const char *) embeddings->folders->pdata[0]);
    complain (embeddings, unknown, problem);
  } else {
    load (embeddings, file);
    if (file->problem != NULL)
      complain (embeddings, file->name, file->problem);
    *id = file->id;
    *n = file->n[encoder];
  }
  *length += (gsize) (name - text);
  return TRUE;
}

static const Embedding *
file_of (const LimnEmbeddings *embeddings, int id)
{
  for (guint i = 0; i < embeddings->files->len; i++) {
    const Embedding *file = embeddings->files->pdata[i];

    if (id >= file->id && id < file->id + MAX (file->n[0], file->n[1]))
      return file;
  }
  return NULL;
}

const float *
limn_embeddings_vector (LimnEmbeddings *embeddings, int encoder, int id)
{
  const Embedding *file = file_of (embeddings, id);

  if (file == NULL || id - file->id >= file->n[encoder])
    return NULL;
  return file->vectors[encoder] + (gsize) (id - file->id) * embeddings->widths[encoder];
}

const char *
limn_embeddings_name (LimnEmbeddings *embeddings, int id)
{
  const Embedding *file = file_of (embeddings, id);

  return file != NULL ? file->name : NULL;
}

GPtrArray *
limn_embeddings_take_problems (LimnEmbeddings *embeddings)
{
  GPtrArray *problems = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer sentence;

  g_hash_table_iter_init (&iter, embeddings->problems);
  while (g_hash_table_iter_next (&iter, NULL, &sentence))
    g_ptr_array_add (problems, g_strdup (sentence));
  g_hash_table_remove_all (embeddings->problems);
  return problems;
}
