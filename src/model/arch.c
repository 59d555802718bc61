/* arch.c - lists of tensors with two names each, and reading sizes from a file's shapes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/arch.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

#define LIMN_ARCH_N_NAMES 3
#define LIMN_ARCH_MAX_DIM (1 << 20)

struct _LimnArchList {
  GArray *tensors; /* LimnArchTensor */
  GStringChunk *strings;
  GString *scopes[LIMN_ARCH_N_NAMES]; /* what is entered, with its final dot */
  GArray *lengths;                    /* gsize[3] before each enter */
};

LimnArchList *
limn_arch_list_new (void)
{
  LimnArchList *list = g_new0 (LimnArchList, 1);

  list->tensors = g_array_new (FALSE, TRUE, sizeof (LimnArchTensor));
  list->strings = g_string_chunk_new (64 * 1024);
  for (int i = 0; i < LIMN_ARCH_N_NAMES; i++)
    list->scopes[i] = g_string_new (NULL);
  list->lengths = g_array_new (FALSE, FALSE, LIMN_ARCH_N_NAMES * sizeof (gsize));
  return list;
}

void
limn_arch_list_free (LimnArchList *list)
{
  if (list == NULL)
    return;
  g_array_unref (list->tensors);
  g_string_chunk_free (list->strings);
  for (int i = 0; i < LIMN_ARCH_N_NAMES; i++)
    g_string_free (list->scopes[i], TRUE);
  g_array_unref (list->lengths);
  g_free (list);
}

guint
limn_arch_list_length (const LimnArchList *list)
{
  return list->tensors->len;
}

const LimnArchTensor *
limn_arch_list_nth (const LimnArchList *list, guint index)
{
  g_return_val_if_fail (index < list->tensors->len, NULL);
  return &g_array_index (list->tensors, LimnArchTensor, index);
}

/* Appends to each scope its own part of "a|b|c". */
static void
extend (LimnArchList *list, const char *names)
{
  g_auto (GStrv) parts = g_strsplit (names, "|", LIMN_ARCH_N_NAMES);
  guint n = g_strv_length (parts);

  for (guint i = 0; i < LIMN_ARCH_N_NAMES; i++)
    g_string_append (list->scopes[i], parts[i < n ? i : 0]);
}

static void
mark (LimnArchList *list)
{
  gsize lengths[LIMN_ARCH_N_NAMES];

  for (int i = 0; i < LIMN_ARCH_N_NAMES; i++)
    lengths[i] = list->scopes[i]->len;
  g_array_append_vals (list->lengths, lengths, 1);
}

void
limn_arch_enter (LimnArchList *list, const char *names, ...)
{
  va_list args;

  va_start (args, names);
  g_autofree char *text = g_strdup_vprintf (names, args);
  va_end (args);
  mark (list);
  extend (list, text);
  for (int i = 0; i < LIMN_ARCH_N_NAMES; i++)
    g_string_append_c (list->scopes[i], '.');
}

void
limn_arch_leave (LimnArchList *list)
{
  g_return_if_fail (list->lengths->len > 0);

  const gsize *lengths = (const gsize *) list->lengths->data + (list->lengths->len - 1) * LIMN_ARCH_N_NAMES;
  for (int i = 0; i < LIMN_ARCH_N_NAMES; i++)
    g_string_truncate (list->scopes[i], lengths[i]);
  g_array_set_size (list->lengths, list->lengths->len - 1);
}

static LimnArchTensor *
add (LimnArchList *list, const char *names, int rank, const guint64 *shape)
{
  LimnArchTensor tensor = { .rank = rank, .slices = 1 };

  mark (list);
  extend (list, names);
  tensor.name = g_string_chunk_insert (list->strings, list->scopes[0]->str);
  tensor.single = g_string_chunk_insert (list->strings, list->scopes[1]->str);
  if (!g_str_equal (list->scopes[0]->str, list->scopes[2]->str))
    tensor.alias = g_string_chunk_insert (list->strings, list->scopes[2]->str);
  limn_arch_leave (list);
  for (int i = 0; i < rank; i++)
    tensor.shape[i] = shape[i];
  g_array_append_val (list->tensors, tensor);
  return &g_array_index (list->tensors, LimnArchTensor, list->tensors->len - 1);
}

LimnArchTensor *
limn_arch_matrix (LimnArchList *list, const char *names, guint64 rows, guint64 columns)
{
  return add (list, names, 2, (guint64[]){ rows, columns });
}

LimnArchTensor *
limn_arch_vector (LimnArchList *list, const char *names, guint64 length)
{
  return add (list, names, 1, &length);
}

void
limn_arch_norm (LimnArchList *list, const char *names, guint64 channels)
{
  limn_arch_enter (list, "%s", names);
  limn_arch_vector (list, "weight", channels);
  limn_arch_vector (list, "bias", channels);
  limn_arch_leave (list);
}

void
limn_arch_linear (LimnArchList *list, const char *names, guint64 out, guint64 in)
{
  limn_arch_enter (list, "%s", names);
  limn_arch_matrix (list, "weight", out, in);
  limn_arch_vector (list, "bias", out);
  limn_arch_leave (list);
}

void
limn_arch_conv (LimnArchList *list, const char *names, guint64 out, guint64 in, guint64 kernel)
{
  limn_arch_enter (list, "%s", names);
  add (list, "weight", 4, (guint64[]){ out, in, kernel, kernel });
  limn_arch_vector (list, "bias", out);
  limn_arch_leave (list);
}

const char *
limn_arch_part_name (LimnPartId part)
{
  static const char *const names[LIMN_N_PARTS] = { "unet", "vae", "text_encoder", "text_encoder_2" };

  g_return_val_if_fail ((guint) part < LIMN_N_PARTS, NULL);
  return names[part];
}

const char *
limn_arch_part_title (LimnPartId part)
{
  static const char *const titles[LIMN_N_PARTS] = { N_ ("U-Net"), N_ ("VAE"), N_ ("first text encoder"),
                                                    N_ ("second text encoder") };

  g_return_val_if_fail ((guint) part < LIMN_N_PARTS, NULL);
  return _ (titles[part]);
}

char *
limn_arch_shape_text (int rank, const guint64 *shape)
{
  GString *text = g_string_new ("[");

  for (int i = 0; i < rank; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? ", " : "", shape[i]);
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

/* ---- Reading sizes from shapes ---- */

G_GNUC_PRINTF (2, 0)
static char *
full_name (LimnArchScan *scan, const char *format, va_list args)
{
  g_autofree char *name = g_strdup_vprintf (format, args);

  return g_strconcat (scan->prefix, name, NULL);
}

gboolean
limn_arch_scan_has (LimnArchScan *scan, const char *name, ...)
{
  va_list args;

  va_start (args, name);
  g_autofree char *full = full_name (scan, name, args);
  va_end (args);
  return limn_safetensors_find (scan->file, full) != NULL;
}

int
limn_arch_scan_dim (LimnArchScan *scan, int rank, int dim, const char *name, ...)
{
  va_list args;

  if (scan->error != NULL)
    return 0;
  va_start (args, name);
  g_autofree char *full = full_name (scan, name, args);
  va_end (args);

  const LimnTensor *tensor = limn_safetensors_find (scan->file, full);
  const char *path = limn_safetensors_path (scan->file);
  if (tensor == NULL) {
    g_set_error (&scan->error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: tensor %s is missing"), path, full);
    return 0;
  }
  if (tensor->rank != rank || tensor->shape[dim] == 0 || tensor->shape[dim] > LIMN_ARCH_MAX_DIM) {
    g_autofree char *shape = limn_arch_shape_text (tensor->rank, tensor->shape);
    g_set_error (&scan->error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s: tensor %s has shape %s; expected %d dimensions, each from 1 to %d"), path, full, shape, rank,
                 LIMN_ARCH_MAX_DIM);
    return 0;
  }
  return (int) tensor->shape[dim];
}

int
limn_arch_scan_count (LimnArchScan *scan, int limit, const char *before, ...)
{
  guint n = limn_safetensors_count (scan->file);
  guint64 count = 0;
  va_list args;

  va_start (args, before);
  g_autofree char *full = full_name (scan, before, args);
  va_end (args);
  gsize length = strlen (full);
  for (guint i = 0; i < n; i++) {
    const char *name = limn_safetensors_nth (scan->file, i)->name;
    char *end;
    if (strncmp (name, full, length) != 0 || !g_ascii_isdigit (name[length]))
      continue;
    guint64 index = g_ascii_strtoull (name + length, &end, 10);
    if (*end == '.')
      count = MAX (count, MIN (index, (guint64) limit - 1) + 1);
  }
  return (int) count;
}

int
limn_arch_heads_for (int channels)
{
  int size = channels >= 320 && channels % 64 == 0 ? 64 : 16;

  return MAX (channels / size, 1);
}
