/* ip-case.c - see ip-case.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "ip-case.h"

#include <string.h>

#include "common/folder.h"
#include "file/safetensors.h"

#define KEYS "to_k_ip"
#define VALUES "to_v_ip"

typedef struct {
  GArray *out; /* LimnTensorOut */
  GPtrArray *bytes;
  const char *without, *reshaped;
} Writing;

static void
add (Writing *writing, const char *name, const LimnTensor *tensor, const void *data)
{
  LimnTensorOut one = { name, tensor->type, tensor->rank, .data = data };

  if (g_strcmp0 (name, writing->without) == 0)
    return;
  memcpy (one.shape, tensor->shape, sizeof (guint64) * (gsize) tensor->rank);
  if (g_strcmp0 (name, writing->reshaped) == 0)
    one.shape[tensor->rank == 3 ? 1 : 0]--;
  g_array_append_val (writing->out, one);
}

/* "1.to_v_ip.weight" for "1.to_k_ip.weight", or NULL.  (transfer full) */
static char *
values_name (const char *called)
{
  g_autoptr (GString) name = g_string_new (called);

  return g_string_replace (name, KEYS, VALUES, 1) > 0 ? g_string_free (g_steal_pointer (&name), FALSE) : NULL;
}

/* A layer's values have the rows of its keys, the last first: halves. */
static void
add_values (Writing *writing, const char *called, const LimnTensor *keys)
{
  char *name = values_name (called);
  const gsize row = (gsize) keys->shape[1] * 2, rows = (gsize) keys->shape[0];
  guint8 *data;

  if (name == NULL)
    return;
  data = g_malloc (row * rows);
  for (gsize i = 0; i < rows; i++)
    memcpy (data + i * row, keys->data + (rows - 1 - i) * row, row);
  g_ptr_array_add (writing->bytes, name);
  g_ptr_array_add (writing->bytes, data);
  add (writing, name, keys, data);
}

/* What of the golden file begins with one of prefixes, which end with NULL, as it is called there. */
static void
write_some (const char *const *prefixes, const char *without, const char *reshaped, const char *path)
{
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/ip-adapter.safetensors");
  g_autoptr (GArray) out = g_array_new (FALSE, TRUE, sizeof (LimnTensorOut));
  g_autoptr (GPtrArray) bytes = g_ptr_array_new_with_free_func (g_free);
  Writing writing = { out, bytes, without, reshaped };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < limn_tensors_count (golden); i++) {
    const LimnTensor *tensor = limn_tensors_nth (golden, i);

    for (const char *const *prefix = prefixes; *prefix != NULL; prefix++) {
      const char *called = tensor->name + strcspn (tensor->name, "/") + 1;

      if (!g_str_has_prefix (tensor->name, *prefix))
        continue;
      add (&writing, called, tensor, tensor->data);
      add_values (&writing, called, tensor);
    }
  }
  limn_safetensors_write (path, (const LimnTensorOut *) out->data, out->len, &error);
  g_assert_no_error (error);
}

/* "xl-base" has its layers from "xl". */
static void
prefixes_of (const char *name, char **own, char **family)
{
  *own = g_strconcat (name, "/image_proj.", NULL);
  *family = g_strdup_printf ("%.*s/ip_adapter.", (int) strcspn (name, "-"), name);
}

char *
ip_write (const char *name, const IpChange *change, const char *folder)
{
  static const char *const encoder[] = { "vision/", NULL };
  g_autofree char *own = NULL, *family = NULL;
  g_autofree char *place = g_build_filename (folder, change->folder, NULL);
  g_autofree char *seeing = g_build_filename (place, "Encoder.SafeTensors", NULL);
  char *path = g_build_filename (folder, "adapter.safetensors", NULL);

  prefixes_of (name, &own, &family);
  g_assert_cmpint (g_mkdir_with_parents (place, 0755), ==, 0);
  write_some ((const char *const[]){ own, family, NULL }, change->without, change->reshaped, path);
  if (!change->alone)
    write_some (encoder, change->blind, change->bent, seeing);
  return path;
}

GPtrArray *
ip_names (const char *name)
{
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/ip-adapter.safetensors");
  g_autofree char *own = NULL, *family = NULL;
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  prefixes_of (name != NULL ? name : "", &own, &family);
  for (guint i = 0; i < limn_tensors_count (golden); i++) {
    const char *called = limn_tensors_nth (golden, i)->name;

    if (name != NULL ? g_str_has_prefix (called, own) || g_str_has_prefix (called, family)
                     : g_str_has_prefix (called, "vision/")) {
      char *values = values_name (called + strcspn (called, "/") + 1);

      g_ptr_array_add (names, g_strdup (called + strcspn (called, "/") + 1));
      if (values != NULL)
        g_ptr_array_add (names, values);
    }
  }
  return names;
}

LimnCheckpoint *
ip_open (const char *name)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-XXXXXX", NULL), *path = ip_write (name, &(IpChange){ 0 }, folder);
  g_autoptr (GError) error = NULL;
  LimnCheckpoint *checkpoint = limn_checkpoint_open_control (path, &error);

  g_assert_no_error (error);
  tests_remove_folder (folder);
  return checkpoint;
}
