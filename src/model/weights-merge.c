/* weights-merge.c - LoRAs merged into weights on the device.
 *
 * A weight is loaded as its file has it, and what a LoRA of low rank adds to its values is added where they lie: a
 * file's halves are only moved, and of the LoRA come its two matrices.  The sums are the CPU's to the bit, so that it
 * does not count who makes them; of a LoRA that is no two matrices, but can be made into two (LoHa, LoKr), they are so
 * but for the order in which fp32 has added them up.
 *
 * Weights wait until there are enough for a batch, which is one plan.  While the device is at work with it, the CPU
 * makes and copies what the next one needs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "kernel/kernel.h"
#include "model/weights-private.h"

#define ALIGNMENT 256 /* at which a device can bind what lies in a block */
/* What is added to a half is less, so that the sum is none beyond halves: that is the CPU's to tell. */
#define MOST_ADDED 256
/* Of a batch, so many bytes of weights: large beside what a plan and its submission cost; and so many of matrices,
 * which two batches have on the device. */
#define BATCH_BYTES (G_GUINT64_CONSTANT (64) << 20)
#define BATCH_FACTORS (G_GUINT64_CONSTANT (4) << 20)

/* A weight that waits for what is merged into it. */
typedef struct {
  LimnHeldWeight *weight;
  LimnWeightMerge merge;
  LimnSlice slice;
  guint64 down[LIMN_MAX_NAMES], up[LIMN_MAX_NAMES], bytes; /* where they are among its matrices, and all of these */
  double flop;
  guint8 *factors;
  gboolean right; /* the device can do it */
  GError *error;
} Waiting;

/* A batch that the device is at work with. */
typedef struct {
  GPtrArray *weights;  /* LimnHeldWeight, borrowed */
  LimnPlan *plan;      /* NULL: none */
  LimnBuffer *factors; /* NULL, or room for such as it reads */
} Flight;

struct _LimnMerger {
  GArray *waiting; /* Waiting */
  guint64 bytes, factors;
  double flop;
  Flight flights[2];
  guint next; /* of them */
};

static gboolean
is_right_before (LimnWeights *weights, const LimnTensorView *view)
{
  return weights->store == LIMN_STORE_F32 || (view->type == LIMN_TYPE_F16 && view->scales == NULL);
}

gboolean
limn_weights_can_merge (LimnWeights *weights, const LimnHeldWeight *weight, const LimnTensorSource *source,
                        LimnWeightMerge *merge)
{
  const LimnWeightSpec *spec = &weight->spec;
  guint64 row_bytes = weight->bytes / (guint64) MAX (spec->rows, 1), first = 0, columns;
  /* where the CPU is the device, it has what is made of them sooner at once */
  gboolean any = FALSE, made = !limn_gpu_limits (weights->gpu)->software || limn_gpu_memory_cap (weights->gpu) > 0;

  if (source->find_low == NULL || spec->kind != NULL || spec->scale != 0 || spec->layout == LIMN_LAYOUT_VECTOR
      || spec->layout == LIMN_LAYOUT_PHASES)
    return FALSE;
  columns = (guint64) spec->k * (guint64) limn_layout_taps (spec->layout);
  for (int i = 0; spec->names[i] != NULL; i++) {
    LimnTensorView view;

    if (!source->find_low (source->data, spec->names[i], made, &view, &merge->ranks[i])
        || !is_right_before (weights, &view) || merge->ranks[i] > MIN (view.shape[0], columns)
        || (merge->ranks[i] > 0 && first * row_bytes % ALIGNMENT != 0))
      return FALSE;
    merge->rows[i] = view.shape[0];
    first += view.shape[0];
    any = any || merge->ranks[i] > 0;
  }
  return any && first == (guint64) spec->rows;
}

/* Turns rows of [k, taps] into [taps, k]. */
static void
lay_taps (float *rows, guint64 n, guint64 k, guint64 taps)
{
  g_autofree float *row = g_new (float, k *taps);

  for (; n > 0 && taps > 1; n--, rows += k * taps) {
    memcpy (row, rows, sizeof (float) * k * taps);
    for (guint64 i = 0; i < k * taps; i++)
      rows[i % taps * k + i / taps] = row[i];
  }
}

/* Whether what is added to a row's values, rows of down being no longer than 1, stays small. */
static gboolean
is_small (const float *up, guint64 rows, guint64 rank)
{
  for (guint64 i = 0; i < rows; i++) {
    float sum = 0;

    for (guint64 r = 0; r < rank; r++)
      sum += fabsf (up[i * rank + r]);
    if (!(sum <= MOST_ADDED))
      return FALSE;
  }
  return TRUE;
}

/* ---- What waits ---- */

static guint64
padded (guint64 n, guint64 to)
{
  return (n + to - 1) / to * to;
}

static void
waiting_clear (gpointer data)
{
  Waiting *waiting = data;

  g_clear_pointer (&waiting->factors, g_free);
  g_clear_error (&waiting->error);
}

static Waiting
waiting_of (LimnHeldWeight *weight, const LimnWeightMerge *merge, LimnSlice slice)
{
  const LimnWeightSpec *spec = &weight->spec;
  guint64 taps = (guint64) limn_layout_taps (spec->layout), chunks = padded ((guint64) spec->k, 8) * taps;
  Waiting waiting = { .weight = weight, .merge = *merge, .slice = slice, .right = TRUE };

  for (int i = 0; spec->names[i] != NULL; i++) {
    waiting.down[i] = waiting.bytes;
    waiting.up[i] = waiting.down[i] + padded (merge->ranks[i] * chunks * sizeof (float), ALIGNMENT);
    if (merge->ranks[i] > 0)
      waiting.bytes = waiting.up[i] + padded (merge->rows[i] * padded (merge->ranks[i], 8) * sizeof (float), ALIGNMENT);
    waiting.flop += 2.0 * (double) (merge->rows[i] * merge->ranks[i] * chunks);
  }
  return waiting;
}

/* Rows of n values in rows of multiples of eight; what is between is zeros. */
static void
spread (const float *rows, guint64 n_rows, guint64 n, float *out)
{
  for (guint64 i = 0; i < n_rows; i++)
    memcpy (out + i * padded (n, 8), rows + i * n, sizeof (float) * n);
}

/* The matrices of a weight's tensor number i. */
static gboolean
make_factors (LimnWeights *weights, const LimnTensorSource *source, Waiting *waiting, int i)
{
  const LimnWeightSpec *spec = &waiting->weight->spec;
  guint64 k = (guint64) spec->k, taps = (guint64) limn_layout_taps (spec->layout);
  guint64 rows = waiting->merge.rows[i], rank = waiting->merge.ranks[i];
  g_autofree float *down = g_new (float, rank *k *taps), *up = g_new (float, rows *rank);

  if (!source->factors (source->data, spec->names[i], down, up, &waiting->error))
    return FALSE;
  if (weights->store != LIMN_STORE_F32 && !is_small (up, rows, rank)) {
    waiting->right = FALSE;
    return FALSE;
  }
  lay_taps (down, rank, k, taps);
  spread (down, rank * taps, k, (float *) (void *) (waiting->factors + waiting->down[i]));
  spread (up, rows, rank, (float *) (void *) (waiting->factors + waiting->up[i]));
  return TRUE;
}

typedef struct {
  LimnWeights *weights;
  const LimnTensorSource *source;
} Making;

static void
make_cb (guint index, gpointer data)
{
  const Making *making = data;
  Waiting *waiting = &g_array_index (making->weights->merger->waiting, Waiting, index);
  gboolean good = TRUE;

  waiting->factors = g_malloc0 (waiting->bytes);
  for (int i = 0; good && waiting->weight->spec.names[i] != NULL; i++)
    good = waiting->merge.ranks[i] == 0 || make_factors (making->weights, making->source, waiting, i);
}

/* ---- A batch ---- */

static gboolean
wait_for (LimnWeights *weights, Flight *flight, GError **error)
{
  gboolean good = flight->plan == NULL || limn_plan_wait (flight->plan, error);

  g_clear_pointer (&flight->plan, limn_plan_free);
  for (guint i = 0; good && i < flight->weights->len; i++)
    ((LimnHeldWeight *) flight->weights->pdata[i])->loaded = TRUE;
  weights->merged += good ? flight->weights->len : 0;
  g_ptr_array_set_size (flight->weights, 0);
  return good;
}

/* Where the device has no memory of its own left, the CPU's. */
static gboolean
make_room (LimnWeights *weights, Flight *flight, guint64 bytes, GError **error)
{
  if (flight->factors != NULL && limn_buffer_size (flight->factors) >= bytes)
    return TRUE;
  g_clear_pointer (&flight->factors, limn_buffer_free);
  bytes = MAX (bytes, BATCH_FACTORS);
  flight->factors = limn_buffer_new (weights->gpu, LIMN_BUFFER_DEVICE, bytes, NULL);
  if (flight->factors == NULL)
    flight->factors = limn_buffer_new (weights->gpu, LIMN_BUFFER_HOST, bytes, error);
  return flight->factors != NULL;
}

/* at: where the weight's matrices lie in the flight's. */
static void
write_merge (LimnWeights *weights, LimnPlan *plan, const Waiting *waiting, LimnBuffer *factors, guint64 at)
{
  const LimnWeightSpec *spec = &waiting->weight->spec;
  guint64 row_bytes = waiting->weight->bytes / (guint64) spec->rows, first = 0;
  int taps = limn_layout_taps (spec->layout);

  for (int i = 0; spec->names[i] != NULL; i++) {
    int rows = (int) waiting->merge.rows[i], rank = (int) waiting->merge.ranks[i];
    guint64 bytes = (guint64) rows * row_bytes;
    const LimnSlice own = { waiting->slice.buffer, waiting->slice.offset + first, bytes };

    first += bytes;
    if (rank == 0)
      continue;
    LimnMergeArgs args = {
      .x = limn_plan_external (plan, weights->store, 1, rows, taps, spec->k),
      .down = limn_plan_external (plan, LIMN_STORE_F32, 1, rank, taps, spec->k),
      .up = limn_plan_external (plan, LIMN_STORE_F32, 1, rows, 1, rank),
      .into = limn_plan_external (plan, weights->store, 1, rows, taps, spec->k),
    };
    limn_kernel_merge (plan, &args);
    limn_plan_place (plan, args.x, own);
    limn_plan_place (plan, args.into, own);
    limn_plan_place (plan, args.down, (LimnSlice){ factors, at + waiting->down[i], waiting->bytes - waiting->down[i] });
    limn_plan_place (plan, args.up, (LimnSlice){ factors, at + waiting->up[i], waiting->bytes - waiting->up[i] });
  }
}

static LimnPlan *
plan_for (LimnWeights *weights, Flight *flight, const Waiting *waiting, guint n, GError **error)
{
  guint64 bytes = 0, at = 0;

  for (guint i = 0; i < n; i++)
    bytes += waiting[i].bytes;
  if (!make_room (weights, flight, bytes, error))
    return NULL;
  g_autoptr (LimnPlan) plan = limn_plan_new (limn_gpu_limits (weights->gpu));
  for (guint i = 0; i < n; at += waiting[i].bytes, i++)
    write_merge (weights, plan, &waiting[i], flight->factors, at);
  return limn_plan_finish (plan, weights->gpu, NULL, NULL, error) ? g_steal_pointer (&plan) : NULL;
}

static void
copy_cb (guint8 *out, guint64 offset, guint64 size, gpointer data)
{
  memcpy (out, (const guint8 *) data + offset, size);
}

/* What the plan reads: the weights as they were, and what is merged into them. */
static gboolean
send (LimnWeights *weights, const LimnTensorSource *source, const Flight *flight, const Waiting *waiting, guint n,
      GError **error)
{
  guint64 at = 0;

  for (guint i = 0; i < n; at += waiting[i].bytes, i++)
    if (!limn_weights_send_before (weights, waiting[i].weight, source, waiting[i].slice, error)
        || !limn_buffer_send ((LimnSlice){ flight->factors, at, waiting[i].bytes }, 1, copy_cb, waiting[i].factors,
                              error))
      return FALSE;
  return limn_gpu_flush (weights->gpu, error);
}

/* Where the device has no memory for all of them together, fewer at a time; for one alone, the CPU. */
static gboolean
merge_batch (LimnWeights *weights, const LimnTensorSource *source, const Waiting *waiting, guint n, GError **error)
{
  LimnMerger *merger = weights->merger;
  Flight *flight = &merger->flights[merger->next++ % 2];
  g_autoptr (GError) local = NULL;

  if (!wait_for (weights, flight, error))
    return FALSE;
  g_autoptr (LimnPlan) plan = plan_for (weights, flight, waiting, n, &local);
  if (plan == NULL && g_error_matches (local, LIMN_ERROR, LIMN_ERROR_MEMORY))
    return n == 1 ? limn_weights_send (weights, waiting->weight, source, waiting->slice, error)
                  : merge_batch (weights, source, waiting, n / 2, error)
                        && merge_batch (weights, source, waiting + n / 2, n - n / 2, error);
  if (plan == NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (!send (weights, source, flight, waiting, n, error) || !limn_plan_start (plan, error))
    return FALSE;
  flight->plan = g_steal_pointer (&plan);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (flight->weights, waiting[i].weight);
  return TRUE;
}

/* All that waits. */
static gboolean
merge_waiting (LimnWeights *weights, const LimnTensorSource *source, GError **error)
{
  LimnMerger *merger = weights->merger;
  GArray *waiting = merger->waiting;
  Making making = { weights, source };
  gboolean good = TRUE;

  limn_parallel (waiting->len, make_cb, &making);
  for (guint i = 0; good && i < waiting->len;) {
    Waiting *one = &g_array_index (waiting, Waiting, i);

    if (one->error != NULL) {
      g_propagate_error (error, g_steal_pointer (&one->error));
      good = FALSE;
    } else if (!one->right) {
      good = limn_weights_send (weights, one->weight, source, one->slice, error);
      g_array_remove_index (waiting, i);
    } else
      i++;
  }
  if (good && waiting->len > 0)
    good = merge_batch (weights, source, (const Waiting *) (void *) waiting->data, waiting->len, error);
  g_array_set_size (waiting, 0);
  merger->bytes = merger->factors = 0;
  merger->flop = 0;
  return good;
}

/* ---- Asking for it ---- */

static void
merger_free (LimnMerger *merger)
{
  for (guint i = 0; i < G_N_ELEMENTS (merger->flights); i++) {
    g_ptr_array_unref (merger->flights[i].weights);
    limn_buffer_free (merger->flights[i].factors);
  }
  g_array_unref (merger->waiting);
  g_free (merger);
}

static LimnMerger *
merger_new (void)
{
  LimnMerger *merger = g_new0 (LimnMerger, 1);

  for (guint i = 0; i < G_N_ELEMENTS (merger->flights); i++)
    merger->flights[i].weights = g_ptr_array_new ();
  merger->waiting = g_array_new (FALSE, FALSE, sizeof (Waiting));
  g_array_set_clear_func (merger->waiting, waiting_clear);
  return merger;
}

gboolean
limn_weights_merge (LimnWeights *weights, LimnHeldWeight *weight, const LimnTensorSource *source,
                    const LimnWeightMerge *merge, LimnSlice slice, GError **error)
{
  Waiting waiting = waiting_of (weight, merge, slice);

  if (weights->merger == NULL)
    weights->merger = merger_new ();
  LimnMerger *merger = weights->merger;
  if (merger->waiting->len > 0 && merger->factors + waiting.bytes > BATCH_FACTORS
      && !merge_waiting (weights, source, error))
    return FALSE;
  g_array_append_val (merger->waiting, waiting);
  merger->bytes += weight->bytes;
  merger->factors += waiting.bytes;
  merger->flop += waiting.flop;
  /* more would be at work when nobody wants it any more */
  gboolean full = merger->bytes >= BATCH_BYTES || merger->flop >= 2 * limn_gpu_limits (weights->gpu)->slice_flop;
  return !full || merge_waiting (weights, source, error);
}

gboolean
limn_weights_settle (LimnWeights *weights, const LimnTensorSource *source, gboolean good, GError **error)
{
  LimnMerger *merger = weights->merger;

  if (merger != NULL) {
    good = good && merge_waiting (weights, source, error);
    for (guint i = 0; i < G_N_ELEMENTS (merger->flights); i++)
      good = wait_for (weights, &merger->flights[(merger->next + i) % 2], good ? error : NULL) && good;
  }
  if (weights->gpu != NULL)
    good = limn_gpu_settle (weights->gpu, good ? error : NULL) && good;
  g_clear_pointer (&weights->merger, merger_free);
  return good;
}
