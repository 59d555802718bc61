/* safetensors.c - maps a file and checks every number in its header before anything is read through it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/i18n.h"
#include "base/json.h"
#include "file/file-kind.h"
#include "file/mapping.h"

#define MAX_HEADER G_GUINT64_CONSTANT (100000000) /* the limit of the format's own library */

struct _LimnSafetensors {
  gatomicrefcount refs;
  char *path;
  const guint8 *data; /* the whole file */
  gsize size;
  LimnMapping *mapping; /* NULL: borrowed memory */
  LimnJson *header;     /* owns the names */
  GArray *tensors;      /* LimnTensor, in the order of their data */
  guint *by_name;       /* indices into tensors, sorted by name */
};

static gboolean fail (const LimnSafetensors *file, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail (const LimnSafetensors *file, GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, "%s: %s", file->path, what);
  return FALSE;
}

static gboolean
read_type (const LimnSafetensors *file, const char *name, const LimnJson *entry, LimnType *type, GError **error)
{
  const char *found = limn_json_string (limn_json_member (entry, "dtype"), NULL);

  if (found == NULL)
    return fail (file, error, _ ("tensor \"%s\": dtype is missing or not a string"), name);
  if (!limn_type_from_name (found, type))
    return fail (file, error, _ ("tensor \"%s\": dtype \"%s\" is not one that Limn reads"), name, found);
  return TRUE;
}

static gboolean
read_shape (const LimnSafetensors *file, LimnTensor *tensor, const LimnJson *entry, GError **error)
{
  const LimnJson *shape = limn_json_member (entry, "shape");

  if (limn_json_kind (shape) != LIMN_JSON_ARRAY)
    return fail (file, error, _ ("tensor \"%s\": shape is missing or not a list"), tensor->name);
  if (limn_json_length (shape) > LIMN_MAX_RANK)
    return fail (file, error, _ ("tensor \"%s\": shape has %u dimensions, expected at most %d"), tensor->name,
                 limn_json_length (shape), LIMN_MAX_RANK);
  tensor->rank = (int) limn_json_length (shape);
  tensor->count = 1;
  for (int i = 0; i < tensor->rank; i++) {
    if (!limn_json_uint64 (limn_json_nth (shape, (guint) i), &tensor->shape[i]))
      return fail (file, error, _ ("tensor \"%s\": shape[%d] is not a whole number"), tensor->name, i);
    if (!g_uint64_checked_mul (&tensor->count, tensor->count, tensor->shape[i]))
      return fail (file, error, _ ("tensor \"%s\": shape has more elements than 64 bits can count"), tensor->name);
  }
  return TRUE;
}

static gboolean
read_offsets (const LimnSafetensors *file, LimnTensor *tensor, const LimnJson *entry, guint64 data_size, GError **error)
{
  const LimnJson *offsets = limn_json_member (entry, "data_offsets");
  guint64 begin, end, bytes;

  if (limn_json_length (offsets) != 2 || !limn_json_uint64 (limn_json_nth (offsets, 0), &begin)
      || !limn_json_uint64 (limn_json_nth (offsets, 1), &end))
    return fail (file, error, _ ("tensor \"%s\": data_offsets is not a list of two whole numbers"), tensor->name);
  if (begin > end || end > data_size)
    return fail (file, error,
                 _ ("tensor \"%s\": data_offsets [%" PRIu64 ", %" PRIu64 "] is outside the file's %" PRIu64
                    " bytes of data: the file is truncated or damaged"),
                 tensor->name, begin, end, data_size);
  if (!g_uint64_checked_mul (&bytes, tensor->count, limn_type_size (tensor->type)) || bytes != end - begin)
    return fail (file, error,
                 _ ("tensor \"%s\": data_offsets span %" PRIu64 " bytes, but shape and dtype %s need %" PRIu64
                    " elements of %u"),
                 tensor->name, end - begin, limn_type_name (tensor->type), tensor->count,
                 limn_type_size (tensor->type));
  tensor->data = file->data + (file->size - data_size) + begin;
  return TRUE;
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

/* The format has neither holes nor overlaps, so each tensor starts where the one before ends. */
static gboolean
check_layout (const LimnSafetensors *file, guint64 data_size, GError **error)
{
  const guint8 *begin = file->data + (file->size - data_size);
  const guint8 *expected = begin;
  const char *previous = _ ("the header");

  for (guint i = 0; i < file->tensors->len; i++) {
    const LimnTensor *tensor = &g_array_index (file->tensors, LimnTensor, i);
    if (tensor->data < expected)
      return fail (file, error, _ ("tensor \"%s\": data_offsets overlap those of \"%s\""), tensor->name, previous);
    if (tensor->data > expected)
      return fail (file, error, _ ("tensor \"%s\": data_offsets leave a hole of %zu bytes after %s"), tensor->name,
                   (gsize) (tensor->data - expected), previous);
    expected = tensor->data + tensor->count * limn_type_size (tensor->type);
    previous = tensor->name;
  }
  if (expected != file->data + file->size)
    return fail (file, error, _ ("%zu bytes follow the last tensor (%s)"), (gsize) (file->data + file->size - expected),
                 previous);
  return TRUE;
}

static gboolean
check_metadata (const LimnSafetensors *file, const LimnJson *metadata, GError **error)
{
  if (limn_json_kind (metadata) != LIMN_JSON_OBJECT)
    return fail (file, error, _ ("__metadata__ is not an object"));
  for (guint i = 0; i < limn_json_length (metadata); i++)
    if (limn_json_kind (limn_json_nth (metadata, i)) != LIMN_JSON_STRING)
      return fail (file, error, _ ("__metadata__ field \"%s\" is not a string"), limn_json_key (metadata, i));
  return TRUE;
}

static gboolean
read_tensors (LimnSafetensors *file, guint64 data_size, GError **error)
{
  for (guint i = 0; i < limn_json_length (file->header); i++) {
    const LimnJson *entry = limn_json_nth (file->header, i);
    LimnTensor tensor = { .name = limn_json_key (file->header, i) };
    if (strcmp (tensor.name, "__metadata__") == 0) {
      if (!check_metadata (file, entry, error))
        return FALSE;
      continue;
    }
    if (limn_json_kind (entry) != LIMN_JSON_OBJECT)
      return fail (file, error, _ ("tensor \"%s\": its entry is not an object"), tensor.name);
    if (!read_type (file, tensor.name, entry, &tensor.type, error) || !read_shape (file, &tensor, entry, error)
        || !read_offsets (file, &tensor, entry, data_size, error))
      return FALSE;
    g_array_append_val (file->tensors, tensor);
  }
  g_array_sort (file->tensors, compare_data);
  if (!check_layout (file, data_size, error))
    return FALSE;

  file->by_name = g_new (guint, file->tensors->len);
  for (guint i = 0; i < file->tensors->len; i++)
    file->by_name[i] = i;
  g_qsort_with_data (file->by_name, (int) file->tensors->len, sizeof (guint), compare_names, file->tensors);
  return TRUE;
}

static gboolean
read_header (LimnSafetensors *file, GError **error)
{
  guint64 length = 0;

  if (file->size == 0)
    return fail (file, error, _ ("the file is empty"));
  if (file->size >= 8) {
    memcpy (&length, file->data, sizeof length);
    length = GUINT64_FROM_LE (length);
  }
  gboolean plausible = file->size > 8 && file->data[8] == '{' && length <= MAX_HEADER;
  if (!plausible && !limn_file_kind_check (file->path, file->data, file->size, error))
    return FALSE;
  if (file->size < 8)
    return fail (file, error, _ ("%zu bytes is too short for a safetensors file"), file->size);
  if (length > MAX_HEADER)
    return fail (file, error,
                 _ ("not a safetensors file, or a damaged one: header length %" PRIu64 " is over %" PRIu64), length,
                 MAX_HEADER);
  if (length > file->size - 8)
    return fail (file, error,
                 _ ("header length %" PRIu64 " is beyond the end of the file, which has %zu"
                    " bytes: the file is truncated or damaged"),
                 length, file->size);
  if (length < 2 || !plausible)
    return fail (file, error, _ ("not a safetensors file, or a damaged one: the header does not start with '{'"));

  g_autofree char *name = g_strdup_printf ("%s: header", file->path);
  file->header = limn_json_parse (name, (const char *) file->data + 8, (gssize) length, error);
  if (file->header == NULL)
    return FALSE;
  return read_tensors (file, file->size - 8 - length, error);
}

static LimnSafetensors *
file_new (const char *path)
{
  LimnSafetensors *file = g_new0 (LimnSafetensors, 1);

  g_atomic_ref_count_init (&file->refs);
  file->path = g_strdup (path);
  file->tensors = g_array_new (FALSE, FALSE, sizeof (LimnTensor));
  return file;
}

/* fd: open, closed by the caller. */
static gboolean
map_file (LimnSafetensors *file, int fd, GError **error)
{
  struct stat info;

  if (fstat (fd, &info) != 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", file->path, g_strerror (errno));
    return FALSE;
  }
  if (!S_ISREG (info.st_mode)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", file->path,
                 S_ISDIR (info.st_mode) ? _ ("a folder, expected a .safetensors file") : _ ("not a regular file"));
    return FALSE;
  }
  if ((guint64) info.st_size > G_MAXSSIZE || info.st_size == 0)
    return info.st_size == 0 ? fail (file, error, _ ("the file is empty"))
                             : fail (file, error, _ ("the file is too large"));
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
limn_safetensors_check_whole (LimnSafetensors *file, GError **error)
{
  return file->mapping == NULL || limn_mapping_is_whole (file->mapping)
         || fail (file, error, _ ("the file became shorter while it was read; choose it again when it is whole"));
}

LimnSafetensors *
limn_safetensors_open (const char *path, GError **error)
{
  g_autoptr (LimnSafetensors) file = file_new (path);
  /* O_NONBLOCK: opening a named pipe must not wait for a writer. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

  if (fd < 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", path, g_strerror (errno));
    return NULL;
  }
  gboolean ok = map_file (file, fd, error);
  close (fd);
  if (!ok || !read_header (file, error) || !limn_safetensors_check_whole (file, error))
    return NULL;
  return g_steal_pointer (&file);
}

LimnSafetensors *
limn_safetensors_open_memory (const char *name, const guint8 *data, gsize size, GError **error)
{
  g_autoptr (LimnSafetensors) file = file_new (name);

  file->data = data;
  file->size = size;
  if (!read_header (file, error))
    return NULL;
  return g_steal_pointer (&file);
}

LimnSafetensors *
limn_safetensors_ref (LimnSafetensors *file)
{
  g_atomic_ref_count_inc (&file->refs);
  return file;
}

void
limn_safetensors_unref (LimnSafetensors *file)
{
  if (file == NULL || !g_atomic_ref_count_dec (&file->refs))
    return;
  limn_mapping_free (file->mapping);
  limn_json_free (file->header);
  g_array_unref (file->tensors);
  g_free (file->by_name);
  g_free (file->path);
  g_free (file);
}

const char *
limn_safetensors_path (LimnSafetensors *file)
{
  return file->path;
}

guint
limn_safetensors_count (LimnSafetensors *file)
{
  return file->tensors->len;
}

const LimnTensor *
limn_safetensors_nth (LimnSafetensors *file, guint index)
{
  g_return_val_if_fail (index < file->tensors->len, NULL);

  return &g_array_index (file->tensors, LimnTensor, index);
}

const LimnTensor *
limn_safetensors_find (LimnSafetensors *file, const char *name)
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
limn_safetensors_metadata (LimnSafetensors *file, const char *key)
{
  return limn_json_string (limn_json_member (limn_json_member (file->header, "__metadata__"), key), NULL);
}

void
limn_safetensors_release (LimnSafetensors *file, const guint8 *data, gsize size)
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
