/* weights-merge.c - LoRAs merged into weights on the device.
 *
 * A weight is loaded as its file has it, and what a LoRA of low rank adds to its values is added where they lie: a
 * file's halves are only moved, and of the LoRA come its two matrices.  The sums are the CPU's to the bit, so that it
 * does not count who makes them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "kernel/kernel.h"
#include "model/weights-private.h"

#define ALIGNMENT 256 /* at which a device can bind what lies in a block */
/* What is added to a half is less, so that the sum is none beyond halves: that is the CPU's to tell. */
#define MOST_ADDED 256

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
  gboolean any = FALSE;

  if (source->find_low == NULL || spec->kind != NULL || spec->scale != 0 || spec->layout == LIMN_LAYOUT_VECTOR
      || spec->layout == LIMN_LAYOUT_PHASES)
    return FALSE;
  columns = (guint64) spec->k * (guint64) limn_layout_taps (spec->layout);
  for (int i = 0; spec->names[i] != NULL; i++) {
    LimnTensorView view;

    if (!source->find_low (source->data, spec->names[i], &view, &merge->ranks[i]) || !is_right_before (weights, &view)
        || merge->ranks[i] > MIN (view.shape[0], columns)
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

/* slice: of the tensor's rows. */
static gboolean
add_product (LimnWeights *weights, const LimnWeightSpec *spec, guint64 rows, guint64 rank, const float *down,
             const float *up, LimnSlice slice, GError **error)
{
  g_autoptr (LimnPlan) plan = limn_plan_new (limn_gpu_limits (weights->gpu));
  int taps = limn_layout_taps (spec->layout);
  LimnMergeArgs args = {
    .x = limn_plan_external (plan, weights->store, 1, (int) rows, taps, spec->k),
    .down = limn_plan_host_array (plan, LIMN_STORE_F32, 1, (int) rank, taps, spec->k),
    .up = limn_plan_host_array (plan, LIMN_STORE_F32, 1, (int) rows, 1, (int) rank),
    .into = limn_plan_external (plan, weights->store, 1, (int) rows, taps, spec->k),
  };

  limn_kernel_merge (plan, &args);
  limn_plan_place (plan, args.x, slice);
  limn_plan_place (plan, args.into, slice);
  if (!limn_plan_finish (plan, weights->gpu, NULL, NULL, error))
    return FALSE;
  limn_plan_write_rows (plan, args.down, down);
  limn_plan_write_rows (plan, args.up, up);
  return limn_plan_run (plan, NULL, error);
}

/* done: FALSE where it would not be right, or there is no memory for it. */
static gboolean
merge_tensor (LimnWeights *weights, const LimnWeightSpec *spec, const LimnTensorSource *source, const char *name,
              guint64 rows, guint64 rank, LimnSlice slice, gboolean *done, GError **error)
{
  guint64 k = (guint64) spec->k, taps = (guint64) limn_layout_taps (spec->layout);
  g_autofree float *down = g_new (float, rank *k *taps), *up = g_new (float, rows *rank);
  g_autoptr (GError) local = NULL;

  if (!source->factors (source->data, name, down, up, error))
    return FALSE;
  *done = weights->store == LIMN_STORE_F32 || is_small (up, rows, rank);
  lay_taps (down, rank, k, taps);
  if (!*done || add_product (weights, spec, rows, rank, down, up, slice, &local))
    return TRUE;
  *done = FALSE;
  if (g_error_matches (local, LIMN_ERROR, LIMN_ERROR_MEMORY))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
limn_weights_merge (LimnWeights *weights, const LimnHeldWeight *weight, const LimnTensorSource *source,
                    const LimnWeightMerge *merge, LimnSlice slice, gboolean *done, GError **error)
{
  const LimnWeightSpec *spec = &weight->spec;
  guint64 row_bytes = weight->bytes / (guint64) spec->rows, first = 0;

  *done = TRUE;
  for (int i = 0; spec->names[i] != NULL && *done; i++) {
    LimnSlice own = { slice.buffer, slice.offset + first * row_bytes, merge->rows[i] * row_bytes };

    if (merge->ranks[i] > 0
        && !merge_tensor (weights, spec, source, spec->names[i], merge->rows[i], merge->ranks[i], own, done, error))
      return FALSE;
    first += merge->rows[i];
  }
  weights->merged += *done;
  return TRUE;
}
