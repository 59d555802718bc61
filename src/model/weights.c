/* weights.c - from the mapped file to the device.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/weights.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/half.h"
#include "base/i18n.h"

#define BLOCK_BYTES (G_GUINT64_CONSTANT (256) << 20)
#define RELEASE_BYTES (G_GUINT64_CONSTANT (256) << 20)
#define ALIGNMENT 256u
#define MAX_NAMES 3

struct _LimnWeights {
  LimnGpu *gpu; /* borrowed */
  LimnCheckpoint *checkpoint;
  LimnPartId part;
  LimnStore store;
  GPtrArray *blocks;  /* LimnBuffer */
  guint64 used;       /* of the last block */
  guint64 expected;   /* bytes still to come, about */
  guint64 unreleased; /* read since the pages were last given back */
  GHashTable *slices; /* key -> LimnSlice */
};

LimnWeights *
limn_weights_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPartId part, LimnStore store)
{
  static const char *const names[LIMN_N_PARTS] = { "unet", "vae", "text_encoder", "text_encoder_2" };
  LimnWeights *weights = g_new0 (LimnWeights, 1);
  const LimnModelInfo *info = limn_checkpoint_info (checkpoint);

  weights->gpu = gpu;
  weights->checkpoint = limn_checkpoint_ref (checkpoint);
  weights->part = part;
  weights->store = store;
  weights->blocks = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_buffer_free);
  weights->slices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < info->parts->len; i++) {
    LimnPart *described = info->parts->pdata[i];
    if (strcmp (described->name, names[part]) == 0)
      weights->expected = described->parameters * (store == LIMN_STORE_F16 ? 2 : 4);
  }
  return weights;
}

void
limn_weights_free (LimnWeights *weights)
{
  if (weights == NULL)
    return;
  g_hash_table_unref (weights->slices);
  g_ptr_array_unref (weights->blocks);
  limn_checkpoint_unref (weights->checkpoint);
  g_free (weights);
}

static gboolean
reserve (LimnWeights *weights, guint64 bytes, LimnSlice *slice, GError **error)
{
  guint64 padded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  LimnBuffer *block = weights->blocks->len > 0 ? weights->blocks->pdata[weights->blocks->len - 1] : NULL;

  if (block == NULL || weights->used + padded > limn_buffer_size (block)) {
    /* The padding of many small vectors makes the estimate a little short. */
    guint64 size = MAX (padded, MIN (BLOCK_BYTES, weights->expected + weights->expected / 16 + (64u << 10)));

    block = limn_buffer_new (weights->gpu, LIMN_BUFFER_DEVICE, size, error);
    if (block == NULL)
      return FALSE;
    g_ptr_array_add (weights->blocks, block);
    weights->used = 0;
  }
  *slice = (LimnSlice){ block, weights->used, bytes };
  weights->used += padded;
  weights->expected -= MIN (weights->expected, padded);
  return TRUE;
}

typedef struct {
  const LimnWeightSpec *spec;
  LimnTensorView views[MAX_NAMES];
  guint64 first_row[MAX_NAMES + 1];
  int n_views;
  LimnStore store;
  guint64 row_bytes;         /* of the destination */
  float *row;                /* one source row */
  const LimnTensorView *bad; /* a view with a value that is not finite, or will not be */
  gboolean overflow;
} Fill;

static void
read_row (const LimnTensorView *view, guint64 row, guint64 n, float *out)
{
  if (view->transposed) {
    for (guint64 i = 0; i < n; i++)
      out[i] = limn_tensor_view_value (view, i * view->shape[0] + row);
  } else if (view->type == LIMN_DTYPE_F32) {
    memcpy (out, view->data + row * n * 4, n * 4);
  } else if (view->type == LIMN_DTYPE_F16) {
    limn_half_to_float_row ((const guint16 *) (const void *) (view->data + row * n * 2), out, n);
  } else {
    for (guint64 i = 0; i < n; i++)
      out[i] = limn_tensor_view_value (view, row * n + i);
  }
}

/* Turns [k, 9] into [9, k]; spare holds k * 9 values. */
static void
taps_first (float *row, int k, float *spare)
{
  memcpy (spare, row, sizeof (float) * k * 9);
  for (int tap = 0; tap < 9; tap++) {
    for (int i = 0; i < k; i++)
      row[tap * k + i] = spare[i * 9 + tap];
  }
}

static gboolean
all_finite (const float *values, guint64 n)
{
  float sum = 0;

  /* x - x is 0 for finite x, else NaN. */
  for (guint64 i = 0; i < n; i++)
    sum += values[i] - values[i];
  return sum == 0;
}

static gboolean
fits_half (const float *values, guint64 n)
{
  float most = 0;

  for (guint64 i = 0; i < n; i++)
    most = fmaxf (most, fabsf (values[i]));
  return most < 65520.0f;
}

/* row: taps of k values each, every one padded to a multiple of 8 in out. */
static void
write_row (Fill *fill, const float *row, int taps, int k, guint8 *out)
{
  gsize padded = (gsize) (k + 7) / 8 * 8, size = fill->store == LIMN_STORE_F16 ? 2 : 4;

  for (int tap = 0; tap < taps; tap++, out += padded * size) {
    if (padded != (gsize) k)
      memset (out + k * size, 0, (padded - k) * size);
    if (fill->store == LIMN_STORE_F16)
      limn_half_from_float_row (row + (gsize) tap * k, (guint16 *) (void *) out, k);
    else
      memcpy (out, row + (gsize) tap * k, k * size);
  }
}

/* Halves that stay halves are only moved.  row: of the file; taps of k values, taps last. */
static void
move_row (Fill *fill, const LimnTensorView *view, guint64 row, int taps, int k, guint8 *out)
{
  gsize padded = (gsize) (k + 7) / 8 * 8, n = (gsize) k * taps;
  guint16 *to = (guint16 *) (void *) out, *from = (guint16 *) fill->row;
  guint16 special = 0;

  memcpy (from, view->data + row * n * 2, n * 2);
  for (gsize i = 0; i < n; i++)
    special |= (from[i] & 0x7c00) == 0x7c00;
  if (special)
    fill->bad = view;
  if (padded != (gsize) k)
    memset (to, 0, padded * taps * 2);
  if (taps == 1) {
    memcpy (to, from, n * 2);
    return;
  }
  for (int tap = 0; tap < taps; tap++) {
    for (int i = 0; i < k; i++)
      to[tap * padded + i] = from[i * taps + tap];
  }
}

static void
fill_cb (guint8 *out, guint64 offset, guint64 size, gpointer data)
{
  Fill *fill = data;
  const LimnWeightSpec *spec = fill->spec;
  int taps = spec->layout == LIMN_LAYOUT_CONV ? 9 : 1;
  guint64 n = (guint64) spec->k * taps;

  for (guint64 row = offset / fill->row_bytes; row < (offset + size) / fill->row_bytes; row++, out += fill->row_bytes) {
    int v = 0;
    while (row >= fill->first_row[v + 1])
      v++;
    if (fill->store == LIMN_STORE_F16 && fill->views[v].type == LIMN_DTYPE_F16 && spec->scale == 0
        && !fill->views[v].transposed) {
      move_row (fill, &fill->views[v], row - fill->first_row[v], taps, spec->k, out);
      continue;
    }
    read_row (&fill->views[v], row - fill->first_row[v], n, fill->row);
    if (!all_finite (fill->row, n))
      fill->bad = &fill->views[v];
    if (spec->scale != 0) {
      for (guint64 i = 0; i < n; i++)
        fill->row[i] *= spec->scale;
    }
    if (fill->store == LIMN_STORE_F16 && fill->views[v].type != LIMN_DTYPE_F16 && !fits_half (fill->row, n)) {
      fill->bad = &fill->views[v];
      fill->overflow = TRUE;
    }
    if (taps == 9)
      taps_first (fill->row, spec->k, fill->row + n);
    write_row (fill, fill->row, taps, spec->k, out);
  }
}

/* A vector is one row. */
static void
fill_vector_cb (guint8 *out, guint64 offset, guint64 size, gpointer data)
{
  Fill *fill = data;
  float *values = (float *) (void *) out;

  memset (out, 0, size);
  for (int v = 0; v < fill->n_views; v++) {
    guint64 n = fill->first_row[v + 1] - fill->first_row[v];
    float *part = values + fill->first_row[v];

    read_row (&fill->views[v], 0, n, part);
    if (!all_finite (part, n))
      fill->bad = &fill->views[v];
    for (guint64 i = 0; fill->spec->scale != 0 && i < n; i++)
      part[i] *= fill->spec->scale;
  }
}

static gboolean
find_views (LimnWeights *weights, const LimnWeightSpec *spec, Fill *fill, GError **error)
{
  guint64 columns = (guint64) spec->k * (spec->layout == LIMN_LAYOUT_CONV ? 9 : 1);

  for (const char *const *name = spec->names; *name != NULL; name++) {
    LimnTensorView *view = &fill->views[fill->n_views];
    guint64 rest = 1;

    g_assert (fill->n_views < MAX_NAMES);
    if (!limn_checkpoint_find (weights->checkpoint, weights->part, *name, view, error))
      return FALSE;
    for (int i = 1; i < view->rank; i++)
      rest *= view->shape[i];
    if (spec->layout != LIMN_LAYOUT_VECTOR && rest != columns) {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                   _ ("%s: tensor %s has rows of %" PRIu64 " values, expected %" PRIu64), view->file, view->stored_name,
                   rest, columns);
      return FALSE;
    }
    fill->first_row[fill->n_views + 1] = fill->first_row[fill->n_views] + view->shape[0];
    fill->n_views++;
  }
  if (fill->first_row[fill->n_views] != (guint64) spec->rows) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: tensor %s has %" PRIu64 " rows, expected %d"),
                 fill->views[0].file, fill->views[0].stored_name, fill->first_row[fill->n_views], spec->rows);
    return FALSE;
  }
  return TRUE;
}

static gboolean
load (LimnWeights *weights, const LimnWeightSpec *spec, LimnSlice *slice, GError **error)
{
  gboolean vector = spec->layout == LIMN_LAYOUT_VECTOR;
  guint64 taps = spec->layout == LIMN_LAYOUT_CONV ? 9 : 1, padded = ((guint64) spec->k + 7) / 8 * 8;
  Fill fill = { .spec = spec, .store = weights->store };
  g_autofree float *row = g_new (float, 2 * taps * MAX (spec->k, 1));

  fill.row = row;
  fill.row_bytes =
      vector ? ((guint64) spec->rows + 7) / 8 * 32 : taps * padded * (weights->store == LIMN_STORE_F16 ? 2 : 4);
  if (!find_views (weights, spec, &fill, error)
      || !reserve (weights, vector ? fill.row_bytes : fill.row_bytes * spec->rows, slice, error)
      || !limn_buffer_upload (*slice, fill.row_bytes, vector ? fill_vector_cb : fill_cb, &fill, error)
      || !limn_checkpoint_check_whole (weights->checkpoint, weights->part, error))
    return FALSE;
  if (fill.bad != NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 fill.overflow ? _ ("%s: tensor %s has values beyond fp16's range; use fp32 precision")
                               : _ ("%s: tensor %s holds NaN or infinity; the file is damaged or was merged badly"),
                 fill.bad->file, fill.bad->stored_name);
    return FALSE;
  }
  weights->unreleased += slice->size;
  if (weights->unreleased >= RELEASE_BYTES) {
    limn_checkpoint_release_pages (weights->checkpoint, weights->part);
    weights->unreleased = 0;
  }
  return TRUE;
}

gboolean
limn_weights_get (LimnWeights *weights, const LimnWeightSpec *spec, LimnSlice *slice, GError **error)
{
  g_autofree char *names = g_strjoinv (" ", (char **) spec->names);
  g_autofree char *key = g_strdup_printf ("%s|%d|%g", names, spec->layout, (double) spec->scale);
  LimnSlice *known = g_hash_table_lookup (weights->slices, key);

  if (known != NULL) {
    *slice = *known;
    return TRUE;
  }
  if (!load (weights, spec, slice, error))
    return FALSE;
  g_hash_table_insert (weights->slices, g_steal_pointer (&key), g_memdup2 (slice, sizeof *slice));
  return TRUE;
}
