/* weights.c - declaring weights, and their places in blocks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/weights-private.h"

#define BLOCK_BYTES (G_GUINT64_CONSTANT (256) << 20)
#define ALIGNMENT 256u

static void
weight_clear (gpointer data)
{
  LimnHeldWeight *weight = data;

  g_strfreev ((GStrv) weight->spec.names);
  g_free (weight->made);
}

LimnWeights *
limn_weights_new (LimnStore store)
{
  LimnWeights *weights = g_new0 (LimnWeights, 1);

  weights->store = store;
  weights->weights = g_array_new (FALSE, TRUE, sizeof (LimnHeldWeight));
  g_array_set_clear_func (weights->weights, weight_clear);
  weights->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  weights->blocks = g_array_new (FALSE, TRUE, sizeof (guint64));
  return weights;
}

void
limn_weights_free (LimnWeights *weights)
{
  if (weights == NULL)
    return;
  g_clear_pointer (&weights->buffers, g_ptr_array_unref);
  g_clear_pointer (&weights->lendings, g_array_unref);
  g_array_unref (weights->blocks);
  g_hash_table_unref (weights->by_name);
  g_array_unref (weights->weights);
  g_free (weights);
}

int
limn_layout_taps (LimnLayout layout)
{
  return layout == LIMN_LAYOUT_CONV || layout == LIMN_LAYOUT_PHASES ? 9 : 1;
}

int
limn_layout_device_taps (LimnLayout layout)
{
  return layout == LIMN_LAYOUT_PHASES ? LIMN_PHASE_TAPS : limn_layout_taps (layout);
}

static guint64
padded_bytes (const LimnHeldWeight *weight)
{
  return (weight->bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The last block that is not on the device yet takes it, if it is not too large for it. */
void
limn_weights_place (LimnWeights *weights, LimnHeldWeight *weight)
{
  guint64 padded = padded_bytes (weight), empty = 0;
  guint n = weights->blocks->len;
  gboolean closed =
      weights->buffers != NULL && n > 0 && n <= weights->buffers->len && weights->buffers->pdata[n - 1] != NULL;

  if (n == 0 || closed || g_array_index (weights->blocks, guint64, n - 1) + padded > BLOCK_BYTES)
    g_array_append_val (weights->blocks, empty);
  weight->block = weights->blocks->len - 1;
  guint64 *used = &g_array_index (weights->blocks, guint64, weight->block);
  weight->offset = *used;
  *used += padded;
}

static LimnArray
array_of (LimnPlan *plan, const char *name, LimnStore store, const LimnWeightSpec *spec)
{
  if (spec->layout == LIMN_LAYOUT_VECTOR)
    return limn_plan_weight (plan, name, LIMN_STORE_F32, 1, 1, 1, spec->rows);
  if (spec->kind != NULL)
    return limn_plan_weight (plan, name, LIMN_STORE_F16, 1, spec->rows, 1,
                             (int) (spec->kind->row_bytes (store, spec->k) / 2));
  return limn_plan_weight (plan, name, store, 1, spec->rows, limn_layout_device_taps (spec->layout), spec->k);
}

LimnArray
limn_weights_declare (LimnWeights *weights, LimnPlan *plan, const LimnWeightSpec *spec)
{
  g_autofree char *names = g_strjoinv (" ", (GStrv) spec->names);
  const char *phases = spec->layout == LIMN_LAYOUT_PHASES ? " by phases" : "";
  g_autofree char *name = spec->scale == 0 ? g_strconcat (names, phases, NULL)
                                           : g_strdup_printf ("%s%s * %g", names, phases, (double) spec->scale);
  LimnArray array = array_of (plan, name, weights->store, spec);
  LimnHeldWeight weight = { .spec = *spec, .bytes = limn_array_bytes (array) };

  if (g_hash_table_contains (weights->by_name, name))
    return array;
  weight.spec.names = (const char *const *) g_strdupv ((GStrv) spec->names);
  weight.name = name;
  weight.lent = spec->lent != NULL;
  if (!weight.lent)
    limn_weights_place (weights, &weight);
  g_hash_table_insert (weights->by_name, g_steal_pointer (&name), GUINT_TO_POINTER (weights->weights->len));
  g_array_append_val (weights->weights, weight);
  return array;
}

void
limn_weights_stream (LimnWeights *weights, LimnWeightsChoice streamed, gpointer data)
{
  g_assert (weights->buffers == NULL);
  g_array_set_size (weights->blocks, 0);
  for (guint i = 0; i < weights->weights->len; i++) {
    LimnHeldWeight *weight = &g_array_index (weights->weights, LimnHeldWeight, i);

    weight->streamed = streamed (weight->name, weight->spec.layout, padded_bytes (weight), data);
    weight->lent = !weight->streamed && weight->spec.lent != NULL;
    if (!weight->streamed && !weight->lent)
      limn_weights_place (weights, weight);
  }
}

guint64
limn_weights_bytes (LimnWeights *weights)
{
  guint64 bytes = 0;

  for (guint i = 0; i < weights->blocks->len; i++)
    bytes += limn_buffer_room (g_array_index (weights->blocks, guint64, i));
  return bytes + limn_weights_lent_bytes (weights);
}

guint64
limn_weights_lent_bytes (LimnWeights *weights)
{
  guint64 bytes = 0;

  for (guint i = 0; i < weights->weights->len; i++) {
    const LimnHeldWeight *weight = &g_array_index (weights->weights, LimnHeldWeight, i);

    bytes += weight->lent ? weight->bytes : 0;
  }
  return bytes;
}

guint
limn_weights_merged (LimnWeights *weights)
{
  return weights->merged;
}

guint
limn_weights_count (LimnWeights *weights)
{
  return weights->weights->len;
}

const LimnWeightSpec *
limn_weights_nth (LimnWeights *weights, guint index)
{
  return &g_array_index (weights->weights, LimnHeldWeight, index).spec;
}
