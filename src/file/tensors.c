/* tensors.c - maps a file, has its format's reader list what it holds, and finds tensors by name.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/i18n.h"
#include "file/tensors-private.h"

gboolean
limn_tensors_fail (const LimnTensors *file, GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "%s: %s", file->path, what);
  return FALSE;
}

void
limn_tensors_add (LimnTensors *file, const LimnTensor *tensor)
{
  LimnTensor own = *tensor;

  own.name = g_string_chunk_insert (file->strings, tensor->name);
  g_array_append_val (file->tensors, own);
}

void
limn_tensors_add_metadata (LimnTensors *file, const char *key, const char *value)
{
  g_hash_table_insert (file->metadata, g_string_chunk_insert (file->strings, key),
                       g_string_chunk_insert (file->strings, value));
}

static int
compare_data (gconstpointer a, gconstpointer b)
{
  const LimnTensor *left = a, *right = b;

  if (left->data != right->data)
    return left->data < right->data ? -1 : 1;
  /* Empty tensors come before the one that starts at the same place. */
  return (left->count > 0) - (right->count > 0);
}

static int
compare_names (gconstpointer a, gconstpointer b, gpointer tensors)
{
  const GArray *array = tensors;

  return strcmp (g_array_index (array, LimnTensor, *(const guint *) a).name,
                 g_array_index (array, LimnTensor, *(const guint *) b).name);
}

static void
sort_names (LimnTensors *file)
{
  g_qsort_with_data (file->by_name, (int) file->tensors->len, sizeof (guint), compare_names, file->tensors);
}

void
limn_tensors_index (LimnTensors *file)
{
  g_array_sort (file->tensors, compare_data);
  file->by_name = g_new (guint, file->tensors->len);
  for (guint i = 0; i < file->tensors->len; i++)
    file->by_name[i] = i;
  sort_names (file);
}

void
limn_tensors_rename (LimnTensors *file, const char *prefix, LimnTensorRename rename, gconstpointer data)
{
  for (guint i = 0; i < file->tensors->len; i++) {
    LimnTensor *tensor = &g_array_index (file->tensors, LimnTensor, i);
    gboolean below = g_str_has_prefix (tensor->name, prefix);
    g_autofree char *other = below ? rename (tensor->name + strlen (prefix), data) : NULL;
    g_autofree char *full = other != NULL ? g_strconcat (prefix, other, NULL) : NULL;

    if (full != NULL)
      tensor->name = g_string_chunk_insert (file->strings, full);
  }
  sort_names (file);
}

/* By their first bytes; safetensors has none of its own, and says what a file is that it does not read. */
static const struct {
  const char *magic;
  gboolean (*read) (LimnTensors *file, GError **error);
} formats[] = {
  { "GGUF", limn_gguf_read },
  { "", limn_safetensors_read },
};

static gboolean
read_tensors (LimnTensors *file, GError **error)
{
  guint i = 0;

  if (file->size == 0)
    return limn_tensors_fail (file, error, _ ("the file is empty"));
  while (strlen (formats[i].magic) > file->size
         || memcmp (file->data, formats[i].magic, strlen (formats[i].magic)) != 0)
    i++;
  return formats[i].read (file, error);
}

static LimnTensors *
file_new (const char *path)
{
  LimnTensors *file = g_new0 (LimnTensors, 1);

  g_atomic_ref_count_init (&file->refs);
  file->path = g_strdup (path);
  file->strings = g_string_chunk_new (64 * 1024);
  file->tensors = g_array_new (FALSE, FALSE, sizeof (LimnTensor));
  file->metadata = g_hash_table_new (g_str_hash, g_str_equal);
  return file;
}

/* fd: open, closed by the caller. */
static gboolean
map_file (LimnTensors *file, int fd, GError **error)
{
  struct stat info;

  if (fstat (fd, &info) != 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", file->path, g_strerror (errno));
    return FALSE;
  }
  if (!S_ISREG (info.st_mode)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", file->path,
                 S_ISDIR (info.st_mode) ? _ ("a folder, expected a .safetensors or .gguf file")
                                        : _ ("not a regular file"));
    return FALSE;
  }
  if ((guint64) info.st_size > G_MAXSSIZE || info.st_size == 0)
    return info.st_size == 0 ? limn_tensors_fail (file, error, _ ("the file is empty"))
                             : limn_tensors_fail (file, error, _ ("the file is too large"));
  file->mapping = limn_mapping_new (fd, (gsize) info.st_size);
  if (file->mapping == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("%s: cannot map the file: %s"), file->path, g_strerror (errno));
    return FALSE;
  }
  file->data = limn_mapping_get_data (file->mapping);
  file->size = (gsize) info.st_size;
  return TRUE;
}

gboolean
limn_tensors_check_whole (LimnTensors *file, GError **error)
{
  return file->mapping == NULL || limn_mapping_is_whole (file->mapping)
         || limn_tensors_fail (file, error,
                               _ ("the file became shorter while it was read; choose it again when it is whole"));
}

gboolean
limn_tensors_check_same (LimnTensors *file, GError **error)
{
  LimnMappingState state = file->mapping != NULL ? limn_mapping_look (file->mapping) : LIMN_MAPPING_SAME;

  if (state == LIMN_MAPPING_CUT)
    return limn_tensors_fail (file, error,
                              _ ("the file became shorter while it was read; choose it again when it is whole"));
  return state == LIMN_MAPPING_SAME
         || limn_tensors_fail (file, error, _ ("the file was written to while it was in use; choose it again"));
}

#define WINDOW (G_GUINT64_CONSTANT (1) << 30) /* every device takes so much in one piece */

gboolean
limn_tensors_window (LimnTensors *file, const guint8 *data, guint64 bytes, const guint8 **begin, guint64 *size)
{
  guint64 page = (guint64) sysconf (_SC_PAGESIZE), end = (file->size + page - 1) / page * page;

  if (file->mapping == NULL || !limn_mapping_is_guarded (file->mapping) || data < file->data)
    return FALSE;
  guint64 offset = (guint64) (data - file->data), first = offset / WINDOW * WINDOW;
  end = MIN (end, first + WINDOW);
  if (bytes > WINDOW || offset + bytes + LIMN_TENSORS_BEHIND > end)
    return FALSE;
  *begin = file->data + first;
  *size = end - first;
  return TRUE;
}

LimnTensors *
limn_tensors_open (const char *path, GError **error)
{
  g_autoptr (LimnTensors) file = file_new (path);
  /* O_NONBLOCK: opening a named pipe must not wait for a writer. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

  if (fd < 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, g_strerror (errno));
    return NULL;
  }
  gboolean ok = map_file (file, fd, error);
  close (fd);
  if (!ok || !read_tensors (file, error) || !limn_tensors_check_whole (file, error))
    return NULL;
  return g_steal_pointer (&file);
}

LimnTensors *
limn_tensors_open_memory (const char *name, const guint8 *data, gsize size, GError **error)
{
  g_autoptr (LimnTensors) file = file_new (name);

  file->data = data;
  file->size = size;
  if (!read_tensors (file, error))
    return NULL;
  return g_steal_pointer (&file);
}

LimnTensors *
limn_tensors_ref (LimnTensors *file)
{
  g_atomic_ref_count_inc (&file->refs);
  return file;
}

void
limn_tensors_unref (LimnTensors *file)
{
  if (file == NULL || !g_atomic_ref_count_dec (&file->refs))
    return;
  limn_mapping_free (file->mapping);
  g_hash_table_unref (file->metadata);
  g_array_unref (file->tensors);
  g_string_chunk_free (file->strings);
  g_free (file->by_name);
  g_free (file->path);
  g_free (file);
}

const char *
limn_tensors_path (LimnTensors *file)
{
  return file->path;
}

guint
limn_tensors_count (LimnTensors *file)
{
  return file->tensors->len;
}

const LimnTensor *
limn_tensors_nth (LimnTensors *file, guint index)
{
  g_return_val_if_fail (index < file->tensors->len, NULL);

  return &g_array_index (file->tensors, LimnTensor, index);
}

const LimnTensor *
limn_tensors_find (LimnTensors *file, const char *name)
{
  guint low = 0, high = file->tensors->len;

  while (low < high) {
    guint middle = low + (high - low) / 2;
    const LimnTensor *tensor = &g_array_index (file->tensors, LimnTensor, file->by_name[middle]);
    int order = strcmp (name, tensor->name);
    if (order == 0)
      return tensor;
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return NULL;
}

const char *
limn_tensors_metadata (LimnTensors *file, const char *key)
{
  return g_hash_table_lookup (file->metadata, key);
}

void
limn_tensors_release (LimnTensors *file, const guint8 *data, gsize size)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);

  if (file->mapping == NULL || size == 0)
    return;
  g_return_if_fail (data >= file->data && size <= file->size && (gsize) (data - file->data) <= file->size - size);
  /* The mapping starts on a page; a neighbour's bytes on the first and last page are simply read again. */
  gsize begin = (gsize) (data - file->data) / page * page;
  gsize end = (gsize) (data - file->data) + size;
  madvise ((void *) (file->data + begin), end - begin, MADV_DONTNEED);
}
