/* arch.c - lists of tensors with two names each, and reading sizes from a file's shapes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/arch.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

#define LIMN_ARCH_MAX_DIM (1 << 20)

struct _LimnArchList {
  GArray *tensors; /* LimnArchTensor */
  GStringChunk *strings;
};

LimnArchList *
limn_arch_list_new (void)
{
  LimnArchList *list = g_new0 (LimnArchList, 1);

  list->tensors = g_array_new (FALSE, TRUE, sizeof (LimnArchTensor));
  list->strings = g_string_chunk_new (64 * 1024);
  return list;
}

void
limn_arch_list_free (LimnArchList *list)
{
  if (list == NULL)
    return;
  g_array_unref (list->tensors);
  g_string_chunk_free (list->strings);
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

void
limn_arch_list_add (LimnArchList *list, const char *name, int rank, const guint64 *shape)
{
  LimnArchTensor tensor = { .name = g_string_chunk_insert (list->strings, name), .rank = rank, .slices = 1 };

  tensor.single = tensor.name;
  for (int i = 0; i < rank; i++)
    tensor.shape[i] = shape[i];
  g_array_append_val (list->tensors, tensor);
}

LimnNet *
limn_arch_net_new (void)
{
  /* Names and shapes are the same on every device: one that bands nothing. */
  static const LimnGpuLimits any = {
    .storage_range = G_MAXUINT64, .allocation = G_MAXUINT64, .max_groups = G_MAXUINT16, .slice_flop = G_MAXDOUBLE
  };

  return limn_net_new (&any, LIMN_STORE_F16);
}

void
limn_arch_list_add_net (LimnArchList *list, LimnNet *net)
{
  static const int ranks[] = {
    [LIMN_LAYOUT_MATRIX] = 2, [LIMN_LAYOUT_POINT] = 4,  [LIMN_LAYOUT_CONV] = 4,
    [LIMN_LAYOUT_PHASES] = 4, [LIMN_LAYOUT_VECTOR] = 1,
  };
  LimnWeights *weights = limn_net_weights (net);

  for (guint i = 0; i < limn_weights_count (weights); i++) {
    const LimnWeightSpec *spec = limn_weights_nth (weights, i);
    guint64 side = limn_layout_taps (spec->layout) > 1 ? 3 : 1;
    const guint64 shape[] = { (guint64) spec->rows / g_strv_length ((GStrv) spec->names), (guint64) spec->k, side,
                              side };

    for (const char *const *name = spec->names; *name != NULL; name++)
      limn_arch_list_add (list, *name, ranks[spec->layout], shape);
  }
}

void
limn_arch_list_translate (LimnArchList *list, LimnArchTranslate translate, gconstpointer config)
{
  for (guint i = 0; i < list->tensors->len; i++)
    translate (list, &g_array_index (list->tensors, LimnArchTensor, i), config);
}

const char *
limn_arch_list_string (LimnArchList *list, char *string)
{
  g_autofree char *owned = string;

  return g_string_chunk_insert (list->strings, owned);
}

/* Where from stands in name between dots or ends, or NULL. */
static const char *
find_part (const char *name, const char *from)
{
  gsize length = strlen (from);

  for (const char *at = strstr (name, from); at != NULL; at = strstr (at + 1, from))
    if ((at == name || at[-1] == '.') && (at[length] == '.' || at[length] == '\0'))
      return at;
  return NULL;
}

char *
limn_arch_rename (const char *name, const LimnArchRename *rows)
{
  GString *text = g_string_new (name);

  for (; rows->from != NULL; rows++) {
    const char *at = find_part (text->str, rows->from);
    gssize place = at - text->str;

    if (at == NULL)
      continue;
    g_string_erase (text, place, (gssize) strlen (rows->from));
    g_string_insert (text, place, rows->to);
  }
  return g_string_free (text, FALSE);
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
  return limn_tensors_find (scan->file, full) != NULL;
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

  const LimnTensor *tensor = limn_tensors_find (scan->file, full);
  const char *path = limn_tensors_path (scan->file);
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
  guint n = limn_tensors_count (scan->file);
  guint64 count = 0;
  va_list args;

  va_start (args, before);
  g_autofree char *full = full_name (scan, before, args);
  va_end (args);
  gsize length = strlen (full);
  for (guint i = 0; i < n; i++) {
    const char *name = limn_tensors_nth (scan->file, i)->name;
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
