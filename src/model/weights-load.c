/* weights-load.c - from the mapped file to the device.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/half.h"
#include "base/i18n.h"
#include "base/parallel.h"
#include "model/weights-private.h"

#define RELEASE_BYTES (G_GUINT64_CONSTANT (256) << 20)
#define STRIPE_BYTES (G_GUINT64_CONSTANT (256) << 10) /* worth another thread */

typedef struct {
  const LimnWeightSpec *spec;
  LimnTensorView views[LIMN_MAX_NAMES];
  guint64 first_row[LIMN_MAX_NAMES + 1];
  int n_views;
  LimnStore store;
  guint64 row_bytes;         /* of the destination */
  gsize row_size;            /* bytes of what a row of the source is laid out in */
  float *row;                /* that */
  const LimnTensorView *bad; /* a view with a value that is not finite, or will not be */
  gboolean overflow;
  gboolean quantized; /* some of it */
} Fill;

static void
read_row (const LimnTensorView *view, guint64 row, guint64 n, float *out)
{
  if (view->transposed) {
    for (guint64 i = 0; i < n; i++)
      out[i] = limn_tensor_view_value (view, i * view->shape[0] + row);
  } else {
    limn_type_to_float (view->type, view->data, row * n, n, out);
    limn_tensor_view_scale_values (view, row * n, n, out);
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

typedef guint16 Halves __attribute__ ((vector_size (16), aligned (2), may_alias));

/* Whether some are NaN or infinity: an exponent of ones carries over into the sign's bit. */
static gboolean
has_special (const guint16 *halves, guint64 n)
{
  Halves carried = { 0 };
  guint64 i = 0, lanes = sizeof carried / sizeof *halves;
  guint any = 0;

  for (; i + lanes <= n; i += lanes)
    carried |= (*(const Halves *) (const void *) (halves + i) & 0x7c00) + 0x0400;
  for (guint64 k = 0; k < lanes; k++)
    any |= carried[k];
  for (; i < n; i++)
    any |= (halves[i] & 0x7c00u) + 0x0400;
  return (any & 0x8000) != 0;
}

/* Halves that stay halves are only moved.  row: of the file; taps of k values, taps last. */
static void
move_row (Fill *fill, const LimnTensorView *view, guint64 row, int taps, int k, guint8 *out)
{
  gsize padded = (gsize) (k + 7) / 8 * 8, n = (gsize) k * taps;
  guint16 *to = (guint16 *) (void *) out, *from = (guint16 *) fill->row;

  memcpy (from, view->data + row * n * 2, n * 2);
  if (has_special (from, n))
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

/* What a kind's values are made of where its file has none of its blocks: the best that it has. */
static const LimnWeightBlocks *
own_blocks (const LimnWeightKind *kind, LimnType *type)
{
  const LimnWeightBlocks *blocks = kind->blocks;

  while (blocks[1].type != NULL)
    blocks++;
  limn_type_from_name (blocks->type, type);
  return blocks;
}

/* Values that become blocks, in which a row may begin and end. */
static void
quantize_row (Fill *fill, const LimnTensorView *view, guint64 row, guint8 *out)
{
  LimnType type = LIMN_TYPE_F16;
  const LimnWeightBlocks *blocks = own_blocks (fill->spec->kind, &type);
  guint64 k = (guint64) fill->spec->k, block = limn_type_block (type);
  guint64 first = row * k / block * block, end = ((row + 1) * k + block - 1) / block * block, bytes = 0;
  g_autofree float *values = g_new (float, end - first);

  limn_type_to_float (view->type, view->data, first, end - first, values);
  limn_tensor_view_scale_values (view, first, end - first, values);
  limn_type_bytes (type, end - first, &bytes);
  g_autofree guint8 *quantized = g_malloc (bytes);
  limn_type_from_float (type, values, end - first, quantized);
  fill->quantized = TRUE;
  if (!all_finite (values, end - first) || !blocks->lay (quantized, row * k - first, fill->spec->k, out))
    fill->bad = view;
}

static void
scale_row (Fill *fill, const LimnTensorView *view, guint64 row, guint8 *out)
{
  float scale = limn_tensor_view_scale (view, row);

  if (fill->spec->kind->scale (fill->store, fill->spec->k, scale, out))
    return;
  fill->bad = view;
  fill->overflow = isfinite (scale);
}

/* Blocks that stay blocks, or become some.  row: of the file. */
static void
lay_row (Fill *fill, const LimnTensorView *view, guint64 row, guint8 *out)
{
  const LimnWeightSpec *spec = fill->spec;
  const LimnWeightBlocks *blocks = limn_weight_blocks (spec->kind, limn_type_name (view->type));

  if (blocks == NULL || (view->scales != NULL && spec->kind->scale == NULL))
    quantize_row (fill, view, row, out);
  else if (!blocks->lay (view->data, row * (guint64) spec->k, spec->k, out))
    fill->bad = view;
  else if (view->scales != NULL)
    scale_row (fill, view, row, out);
}

/* Whether a row only has to be moved: its values are halves and stay what they are. */
static gboolean
is_moved (const Fill *fill, const LimnTensorView *view)
{
  return fill->store == LIMN_STORE_F16 && view->type == LIMN_TYPE_F16 && fill->spec->scale == 0 && view->scales == NULL
         && !view->transposed && fill->spec->layout != LIMN_LAYOUT_PHASES;
}

/* From taps last, as a file has them, to what lies on the device.  row: has room for both. */
static const float *
lay_taps (const LimnWeightSpec *spec, float *row)
{
  float *spare = row + (gsize) limn_layout_taps (spec->layout) * spec->k;

  if (limn_layout_taps (spec->layout) > 1)
    taps_first (row, spec->k, spare);
  if (spec->layout != LIMN_LAYOUT_PHASES)
    return row;
  limn_weight_sum_taps (row, spec->k, spare);
  return spare;
}

/* row: of the file. */
static void
convert_row (Fill *fill, const LimnTensorView *view, guint64 row, guint8 *out)
{
  const LimnWeightSpec *spec = fill->spec;
  int taps = limn_layout_device_taps (spec->layout);
  guint64 n = (guint64) spec->k * limn_layout_taps (spec->layout);

  read_row (view, row, n, fill->row);
  if (!all_finite (fill->row, n))
    fill->bad = view;
  for (guint64 i = 0; spec->scale != 0 && i < n; i++)
    fill->row[i] *= spec->scale;
  const float *values = lay_taps (spec, fill->row);
  gboolean halves = view->type == LIMN_TYPE_F16 && spec->layout != LIMN_LAYOUT_PHASES;
  if (fill->store == LIMN_STORE_F16 && !halves && !fits_half (values, (guint64) spec->k * taps)) {
    fill->bad = view;
    fill->overflow = TRUE;
  }
  write_row (fill, values, taps, spec->k, out);
}

/* Rows from first on. */
static void
fill_rows (Fill *fill, guint64 first, guint64 n, guint8 *out)
{
  for (guint64 row = first; row < first + n; row++, out += fill->row_bytes) {
    int v = 0;
    while (row >= fill->first_row[v + 1])
      v++;
    const LimnTensorView *view = &fill->views[v];
    guint64 own = row - fill->first_row[v];
    if (fill->spec->kind != NULL)
      lay_row (fill, view, own, out);
    else if (is_moved (fill, view))
      move_row (fill, view, own, limn_layout_taps (fill->spec->layout), fill->spec->k, out);
    else
      convert_row (fill, view, own, out);
  }
}

/* What threads fill at a time: stripes of one piece. */
typedef struct {
  Fill fills[LIMN_PARALLEL_MOST];
  guint n;
  guint64 first, rows; /* of all */
  guint8 *out;
} Stripes;

static void
fill_stripe_cb (guint index, gpointer data)
{
  Stripes *stripes = data;
  Fill *fill = &stripes->fills[index];
  guint64 begin = stripes->rows * index / stripes->n, end = stripes->rows * (index + 1) / stripes->n;
  g_autofree float *row = g_malloc (fill->row_size);

  fill->row = row;
  fill_rows (fill, stripes->first + begin, end - begin, stripes->out + begin * fill->row_bytes);
}

static void
fill_cb (guint8 *out, guint64 offset, guint64 size, gpointer data)
{
  Fill *fill = data;
  Stripes stripes = { .first = offset / fill->row_bytes, .rows = size / fill->row_bytes, .out = out };

  stripes.n = (guint) CLAMP (size / STRIPE_BYTES, 1, MIN (limn_parallel_threads (), stripes.rows));
  for (guint i = 0; i < stripes.n; i++)
    stripes.fills[i] = *fill;
  limn_parallel (stripes.n, fill_stripe_cb, &stripes);
  /* in their order, so that what is told does not depend on who came first */
  for (guint i = 0; i < stripes.n; i++) {
    const Fill *own = &stripes.fills[i];

    fill->bad = own->bad != NULL ? own->bad : fill->bad;
    fill->overflow |= own->overflow;
    fill->quantized |= own->quantized;
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
find_views (Fill *fill, const LimnTensorSource *source, GError **error)
{
  const LimnWeightSpec *spec = fill->spec;
  guint64 columns = (guint64) spec->k * limn_layout_taps (spec->layout);

  for (const char *const *name = spec->names; *name != NULL; name++) {
    LimnTensorView *view = &fill->views[fill->n_views];
    guint64 rest = 1;

    g_assert (fill->n_views < LIMN_MAX_NAMES);
    if (!source->find (source->data, *name, view, error))
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

/* Where weight lies, or will. */
static gboolean
reserve (LimnWeights *weights, const LimnHeldWeight *weight, LimnGpu *gpu, LimnSlice *slice, GError **error)
{
  weights->gpu = gpu;
  if (weight->lent) {
    *slice = limn_weights_lent_slice (weights, weight);
    return TRUE;
  }
  if (weights->buffers == NULL)
    weights->buffers = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_buffer_free);
  g_ptr_array_set_size (weights->buffers, (gint) weights->blocks->len);
  gpointer *buffer = &weights->buffers->pdata[weight->block];
  if (*buffer == NULL)
    *buffer = limn_buffer_new (gpu, LIMN_BUFFER_DEVICE, g_array_index (weights->blocks, guint64, weight->block), error);
  *slice = (LimnSlice){ *buffer, weight->offset, weight->bytes };
  return *buffer != NULL;
}

static gboolean
is_good (const Fill *fill, GError **error)
{
  if (fill->bad == NULL)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               fill->overflow ? _ ("%s: tensor %s has values beyond fp16's range; use fp32 precision")
                              : _ ("%s: tensor %s holds NaN or infinity; the file is damaged or was merged badly"),
               fill->bad->file, fill->bad->stored_name);
  return FALSE;
}

/* slice: where to on the device, or NULL: to out. */
static gboolean
fill_weight (LimnWeights *weights, LimnHeldWeight *weight, const LimnTensorSource *source, const LimnSlice *slice,
             guint8 *out, GError **error)
{
  const LimnWeightSpec *spec = &weight->spec;
  gboolean vector = spec->layout == LIMN_LAYOUT_VECTOR;
  LimnFillFunc func = vector ? fill_vector_cb : fill_cb;
  int taps = limn_layout_taps (spec->layout) + limn_layout_device_taps (spec->layout);
  Fill fill = {
    .spec = spec,
    .store = weights->store,
    .row_size = sizeof (float) * (gsize) taps * (gsize) MAX (spec->k, 1),
    .row_bytes = vector ? weight->bytes : weight->bytes / (guint64) spec->rows,
  };

  if (!find_views (&fill, source, error))
    return FALSE;
  if (slice == NULL)
    func (out, 0, weight->bytes, &fill);
  else if (!limn_buffer_send (*slice, fill.row_bytes, func, &fill, error))
    return FALSE;
  if (!source->check_whole (source->data, error))
    return FALSE;
  if (slice == NULL && fill.quantized && fill.bad == NULL && (weight->made = g_try_malloc (weight->bytes)) != NULL)
    memcpy (weight->made, out, weight->bytes);
  return is_good (&fill, error);
}

/* Whether all values of a view are finite; halves, or floats. */
static gboolean
is_finite_where_it_lies (const LimnTensorView *view, guint64 n)
{
  return view->type == LIMN_TYPE_F32 ? all_finite ((const float *) (const void *) view->data, n)
                                     : !has_special ((const guint16 *) (const void *) view->data, n);
}

/* Leaves weight where its file is mapped, or makes it one that is loaded. */
static gboolean
lend (LimnWeights *weights, LimnHeldWeight *weight, const LimnTensorSource *source, LimnGpu *gpu, GError **error)
{
  Fill fill = { .spec = &weight->spec, .store = weights->store };

  weights->gpu = gpu;
  if (!find_views (&fill, source, error))
    return FALSE;
  if (!limn_weights_lend (weights, weight, fill.views, fill.n_views))
    return source->check_whole (source->data, error);
  for (int v = 0; v < fill.n_views; v++)
    if (!is_finite_where_it_lies (&fill.views[v], fill.views[v].shape[0] * (guint64) weight->spec.k))
      fill.bad = &fill.views[v];
  weight->loaded = source->check_whole (source->data, error) && is_good (&fill, error);
  return weight->loaded;
}

static void
count_read (LimnWeights *weights, const LimnTensorSource *source, guint64 bytes)
{
  weights->unreleased += bytes;
  if (weights->unreleased >= RELEASE_BYTES) {
    source->release_pages (source->data);
    weights->unreleased = 0;
  }
}

/* source's tensors before anything of a low rank is merged into them. */
static gboolean
find_before_cb (gpointer data, const char *name, LimnTensorView *view, GError **error)
{
  const LimnTensorSource *source = data;
  guint64 rank;

  return source->find_low (source->data, name, TRUE, view, &rank) || source->find (source->data, name, view, error);
}

static gboolean
check_before_cb (gpointer data, GError **error)
{
  const LimnTensorSource *source = data;

  return source->check_whole (source->data, error);
}

gboolean
limn_weights_send (LimnWeights *weights, LimnHeldWeight *weight, const LimnTensorSource *source, LimnSlice slice,
                   GError **error)
{
  weight->loaded = FALSE;
  weight->loaded = fill_weight (weights, weight, source, &slice, NULL, error);
  return weight->loaded;
}

gboolean
limn_weights_send_before (LimnWeights *weights, LimnHeldWeight *weight, const LimnTensorSource *source, LimnSlice slice,
                          GError **error)
{
  const LimnTensorSource before = { find_before_cb, check_before_cb, NULL, (gpointer) source };

  weight->loaded = FALSE;
  return fill_weight (weights, weight, &before, &slice, NULL, error);
}

static gboolean
load (LimnWeights *weights, LimnHeldWeight *weight, const LimnTensorSource *source, LimnSlice slice, GError **error)
{
  LimnWeightMerge merge;

  count_read (weights, source, slice.size);
  return limn_weights_can_merge (weights, weight, source, &merge)
             ? limn_weights_merge (weights, weight, source, &merge, slice, error)
             : limn_weights_send (weights, weight, source, slice, error);
}

static LimnHeldWeight *
find_weight (LimnWeights *weights, const char *name)
{
  gpointer index;

  if (!g_hash_table_lookup_extended (weights->by_name, name, NULL, &index))
    return NULL;
  return &g_array_index (weights->weights, LimnHeldWeight, GPOINTER_TO_UINT (index));
}

gboolean
limn_weights_load (LimnWeights *weights, LimnGpu *gpu, const LimnTensorSource *source, const char *name,
                   LimnSlice *slice, GError **error)
{
  LimnHeldWeight *weight = find_weight (weights, name);

  g_return_val_if_fail (weight != NULL && !weight->streamed, FALSE);

  if (weight->lent && !weight->loaded && !lend (weights, weight, source, gpu, error))
    return FALSE;
  if (!reserve (weights, weight, gpu, slice, error))
    return FALSE;
  return weight->loaded || load (weights, weight, source, *slice, error);
}

gboolean
limn_weights_bring (LimnWeights *weights, const LimnTensorSource *source, const char *name, guint8 *out, GError **error)
{
  LimnHeldWeight *weight = find_weight (weights, name);

  g_return_val_if_fail (weight != NULL && weight->streamed, FALSE);

  if (weight->made != NULL) {
    memcpy (out, weight->made, weight->bytes);
    return TRUE;
  }
  count_read (weights, source, weight->bytes);
  return fill_weight (weights, weight, source, NULL, out, error);
}

static gboolean
has_other (const LimnWeightSpec *spec, gboolean (*is_other) (const char *name, gpointer data), gpointer data)
{
  for (const char *const *name = spec->names; *name != NULL; name++)
    if (is_other (*name, data))
      return TRUE;
  return FALSE;
}

gboolean
limn_weights_reload (LimnWeights *weights, const LimnTensorSource *source,
                     gboolean (*is_other) (const char *name, gpointer data), gpointer data, const LimnTick *tick,
                     GError **error)
{
  gboolean good = TRUE;

  /* all of them first, so that they share blocks */
  for (guint i = 0; i < weights->weights->len; i++) {
    LimnHeldWeight *weight = &g_array_index (weights->weights, LimnHeldWeight, i);

    if (weight->lent && weight->loaded && has_other (&weight->spec, is_other, data))
      limn_weights_take_back (weights, weight);
  }
  for (guint i = 0; good && i < weights->weights->len; i++) {
    LimnHeldWeight *weight = &g_array_index (weights->weights, LimnHeldWeight, i);
    LimnSlice slice;

    if ((!weight->loaded && weight->made == NULL) || !has_other (&weight->spec, is_other, data))
      continue;
    g_clear_pointer (&weight->made, g_free);
    good =
        !weight->loaded
        || (limn_tick (tick, i / (double) weights->weights->len, error)
            && reserve (weights, weight, weights->gpu, &slice, error) && load (weights, weight, source, slice, error));
  }
  return limn_weights_settle (weights, source, good, error);
}
