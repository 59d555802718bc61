/* adapter-case.c - see adapter-case.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "adapter-case.h"

#include <stdio.h>
#include <string.h>

#include "base/half.h"
#include "file/safetensors.h"

#define BLOCKS 2 /* a level of those that are not light */

/* "adapter.body.1.resnets.0.block1.weight" -> "body.2.block1.weight", of a light one "body.1.body.0.block1.weight" */
static char *
original_name (const char *name, gboolean light)
{
  int level, block, end = 0;

  name += strlen ("adapter.");
  if (sscanf (name, "body.%d.resnets.%d.%n", &level, &block, &end) == 2 && end > 0)
    return light ? g_strdup_printf ("body.%d.body.%d.%s", level, block, name + end)
                 : g_strdup_printf ("body.%d.%s", BLOCKS * level + block, name + end);
  if (!light && sscanf (name, "body.%d.%n", &level, &end) == 1 && end > 0)
    return g_strdup_printf ("body.%d.%s", BLOCKS * level, name + end);
  return g_strdup (name);
}

static gboolean
is_first (const char *name, gboolean light)
{
  return g_str_equal (name, light ? "adapter.body.0.in_conv.weight" : "adapter.conv_in.weight");
}

/* The first layer of other pictures: halves, which bytes is to keep. */
static void
change_planes (LimnTensorOut *first, AdapterPlanes planes, GPtrArray *bytes)
{
  const guint64 columns = first->shape[1] / 3, taps = first->shape[2] * first->shape[3];
  const guint64 now = columns * (planes == ADAPTER_GREY ? 1 : planes == ADAPTER_OF_TWO ? 2 : 3);
  const guint16 *from = first->data;
  float *to = g_new (float, first->shape[0] * now * taps);

  for (guint64 row = 0; row < first->shape[0]; row++)
    for (guint64 column = 0; column < now; column++)
      for (guint64 tap = 0; tap < taps; tap++) {
        float value = limn_half_to_float (from[(row * 3 * columns + column % columns) * taps + tap]);

        to[(row * now + column) * taps + tap] = planes == ADAPTER_GREY_OF_THREE ? value / 3 : value;
      }
  first->shape[1] = now;
  first->type = LIMN_TYPE_F32;
  first->data = to;
  g_ptr_array_add (bytes, to);
}

void
adapter_write (const char *name, const AdapterChange *change, const char *path)
{
  const float nothing[9] = { 0 };
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/t2i-adapter.safetensors");
  g_autoptr (GStringChunk) strings = g_string_chunk_new (4096);
  g_autoptr (GArray) out = g_array_new (FALSE, TRUE, sizeof (LimnTensorOut));
  g_autoptr (GPtrArray) bytes = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *own = g_strconcat (name, "/", NULL);
  gboolean light = g_str_equal (name, "light");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < limn_tensors_count (golden); i++) {
    const LimnTensor *tensor = limn_tensors_nth (golden, i);
    const char *called = tensor->name + strlen (own);

    if (!g_str_has_prefix (tensor->name, own) || !g_str_has_prefix (called, "adapter.")
        || g_strcmp0 (called, change->without) == 0)
      continue;
    g_autofree char *other = change->original ? original_name (called, light) : g_strdup (called);
    g_autofree char *full = g_strconcat (change->prefix != NULL ? change->prefix : "", other, NULL);
    LimnTensorOut one = { g_string_chunk_insert (strings, full), tensor->type, tensor->rank, .data = tensor->data };
    memcpy (one.shape, tensor->shape, sizeof (guint64) * (gsize) tensor->rank);
    if (change->planes != ADAPTER_ALL && is_first (called, light))
      change_planes (&one, change->planes, bytes);
    if (g_strcmp0 (called, change->reshaped) == 0)
      one.shape[0]--;
    g_array_append_val (out, one);
  }
  if (change->more != NULL) {
    const LimnTensorOut more = { change->more, LIMN_TYPE_F32, 4, { 1, 1, 3, 3 }, .data = nothing };
    g_array_append_val (out, more);
  }
  limn_safetensors_write (path, (const LimnTensorOut *) out->data, out->len, &error);
  g_assert_no_error (error);
}

GPtrArray *
adapter_names (const char *name)
{
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/t2i-adapter.safetensors");
  g_autofree char *own = g_strconcat (name, "/adapter.", NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < limn_tensors_count (golden); i++)
    if (g_str_has_prefix (limn_tensors_nth (golden, i)->name, own))
      g_ptr_array_add (names, g_strdup (limn_tensors_nth (golden, i)->name + strlen (name) + 1));
  return names;
}
