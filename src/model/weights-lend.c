/* weights-lend.c - weights that a device reads where their file is mapped.
 *
 * Pages are lent in windows of the mapping (file/tensors.h), each from the first of a network's weights in it to the
 * last.  What a file has in another layout, or where a device cannot bind it, is loaded as ever, as is everything where
 * the device refuses pages of a file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <unistd.h>

#include "model/weights-private.h"

static void
lending_clear (gpointer data)
{
  LimnLending *lending = data;
  gboolean stuck = lending->buffer != NULL && limn_buffer_is_stuck (lending->buffer);

  limn_buffer_free (lending->buffer);
  if (!stuck)
    limn_tensors_unref (lending->file);
}

static LimnLending *
find_lending (LimnWeights *weights, const guint8 *at)
{
  for (guint i = 0; weights->lendings != NULL && i < weights->lendings->len; i++) {
    LimnLending *lending = &g_array_index (weights->lendings, LimnLending, i);

    if (at >= lending->begin && at < lending->begin + lending->size)
      return lending;
  }
  return NULL;
}

static gboolean
is_in (const LimnHeldWeight *weight, const guint8 *begin, guint64 size)
{
  return weight->lent && weight->spec.lent >= begin && weight->spec.lent < begin + size;
}

/* The pages of a window with all weights in it, and what views reach behind the last. */
static void
trim (LimnWeights *weights, const guint8 **begin, guint64 *size)
{
  guint64 page = (guint64) sysconf (_SC_PAGESIZE), first = *size, last = 0;

  for (guint i = 0; i < weights->weights->len; i++) {
    const LimnHeldWeight *weight = &g_array_index (weights->weights, LimnHeldWeight, i);
    guint64 offset = (guint64) (weight->spec.lent - *begin);

    if (!is_in (weight, *begin, *size))
      continue;
    first = MIN (first, offset / page * page);
    last = MAX (last, offset + weight->bytes + LIMN_TENSORS_BEHIND);
  }
  *begin += first;
  *size = MIN (*size, (last + page - 1) / page * page) - first;
}

/* All of the window, as weights to be loaded. */
static void
give_up (LimnWeights *weights, const guint8 *begin, guint64 size)
{
  for (guint i = 0; i < weights->weights->len; i++) {
    LimnHeldWeight *weight = &g_array_index (weights->weights, LimnHeldWeight, i);

    if (!weight->loaded && is_in (weight, begin, size)) {
      weight->lent = FALSE;
      limn_weights_place (weights, weight);
    }
  }
}

static LimnLending *
lend_pages (LimnWeights *weights, const LimnHeldWeight *weight, LimnTensors *file)
{
  const guint8 *begin;
  guint64 size;

  if (!limn_tensors_window (file, weight->spec.lent, weight->bytes, &begin, &size))
    return NULL;
  trim (weights, &begin, &size);
  LimnLending lending = { .begin = begin, .size = size };
  lending.buffer = limn_buffer_import (weights->gpu, begin, size, NULL);
  if (lending.buffer == NULL) {
    give_up (weights, begin, size);
    return NULL;
  }
  if (weights->lendings == NULL) {
    weights->lendings = g_array_new (FALSE, TRUE, sizeof (LimnLending));
    g_array_set_clear_func (weights->lendings, lending_clear);
  }
  lending.file = limn_tensors_ref (file);
  g_array_append_val (weights->lendings, lending);
  return &g_array_index (weights->lendings, LimnLending, weights->lendings->len - 1);
}

gboolean
limn_weights_lend (LimnWeights *weights, LimnHeldWeight *weight, const LimnTensorView *views, int n)
{
  gboolean mapped = TRUE; /* all of it, not merged with anything */

  for (int v = 0; v < n; v++)
    mapped = mapped && views[v].tensors != NULL;
  LimnLending *lending = mapped ? find_lending (weights, weight->spec.lent) : NULL;
  if (mapped && lending == NULL)
    lending = lend_pages (weights, weight, views[0].tensors);
  if (lending != NULL) {
    limn_buffer_count (lending->buffer, (gint64) weight->bytes);
    return TRUE;
  }
  if (weight->lent) {
    weight->lent = FALSE;
    limn_weights_place (weights, weight);
  }
  return FALSE;
}

LimnSlice
limn_weights_lent_slice (LimnWeights *weights, const LimnHeldWeight *weight)
{
  const LimnLending *lending = find_lending (weights, weight->spec.lent);

  return (LimnSlice){ lending->buffer, (guint64) (weight->spec.lent - lending->begin), weight->bytes };
}

void
limn_weights_take_back (LimnWeights *weights, LimnHeldWeight *weight)
{
  limn_buffer_count (find_lending (weights, weight->spec.lent)->buffer, -(gint64) weight->bytes);
  weight->lent = FALSE;
  limn_weights_place (weights, weight);
}

gboolean
limn_weights_check (LimnWeights *weights, GError **error)
{
  for (guint i = 0; weights->lendings != NULL && i < weights->lendings->len; i++)
    if (!limn_tensors_check_same (g_array_index (weights->lendings, LimnLending, i).file, error))
      return FALSE;
  return TRUE;
}
