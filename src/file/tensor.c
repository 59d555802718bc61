/* tensor.c - element types of tensors and their way to float.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/tensors.h"

#include <math.h>
#include <string.h>

#include "base/fp8.h"
#include "base/half.h"
#include "file/blocks.h"
#include "file/quantize.h"

static const struct {
  const char *name;
  guint size, block;
  void (*expand) (const guint8 *block, float *out);      /* NULL: read value by value */
  void (*quantize) (const float *values, guint8 *block); /* NULL: written value by value, or not at all */
} types[] = {
  [LIMN_TYPE_BOOL] = { "BOOL", 1, 1 },
  [LIMN_TYPE_U8] = { "U8", 1, 1 },
  [LIMN_TYPE_I8] = { "I8", 1, 1 },
  [LIMN_TYPE_U16] = { "U16", 2, 1 },
  [LIMN_TYPE_I16] = { "I16", 2, 1 },
  [LIMN_TYPE_U32] = { "U32", 4, 1 },
  [LIMN_TYPE_I32] = { "I32", 4, 1 },
  [LIMN_TYPE_U64] = { "U64", 8, 1 },
  [LIMN_TYPE_I64] = { "I64", 8, 1 },
  [LIMN_TYPE_F16] = { "F16", 2, 1 },
  [LIMN_TYPE_BF16] = { "BF16", 2, 1 },
  [LIMN_TYPE_F32] = { "F32", 4, 1 },
  [LIMN_TYPE_F64] = { "F64", 8, 1 },
  [LIMN_TYPE_F8_E4M3] = { "F8_E4M3", 1, 1 },
  [LIMN_TYPE_F8_E5M2] = { "F8_E5M2", 1, 1 },
  [LIMN_TYPE_Q4_0] = { "Q4_0", 18, 32, limn_block_q4_0, limn_quantize_q4_0 },
  [LIMN_TYPE_Q4_1] = { "Q4_1", 20, 32, limn_block_q4_1, limn_quantize_q4_1 },
  [LIMN_TYPE_Q5_0] = { "Q5_0", 22, 32, limn_block_q5_0, limn_quantize_q5_0 },
  [LIMN_TYPE_Q5_1] = { "Q5_1", 24, 32, limn_block_q5_1, limn_quantize_q5_1 },
  [LIMN_TYPE_Q8_0] = { "Q8_0", 34, 32, limn_block_q8_0, limn_quantize_q8_0 },
  [LIMN_TYPE_Q2_K] = { "Q2_K", 84, LIMN_MOST_BLOCK, limn_block_q2_k },
  [LIMN_TYPE_Q3_K] = { "Q3_K", 110, LIMN_MOST_BLOCK, limn_block_q3_k },
  [LIMN_TYPE_Q4_K] = { "Q4_K", 144, LIMN_MOST_BLOCK, limn_block_q4_k, limn_quantize_q4_k },
  [LIMN_TYPE_Q5_K] = { "Q5_K", 176, LIMN_MOST_BLOCK, limn_block_q5_k, limn_quantize_q5_k },
  [LIMN_TYPE_Q6_K] = { "Q6_K", 210, LIMN_MOST_BLOCK, limn_block_q6_k, limn_quantize_q6_k },
  [LIMN_TYPE_IQ4_NL] = { "IQ4_NL", 18, 32, limn_block_iq4_nl },
  [LIMN_TYPE_IQ4_XS] = { "IQ4_XS", 136, LIMN_MOST_BLOCK, limn_block_iq4_xs },
};

G_STATIC_ASSERT (G_N_ELEMENTS (types) == LIMN_N_TYPES);

guint
limn_type_block (LimnType type)
{
  g_return_val_if_fail ((guint) type < G_N_ELEMENTS (types), 0);

  return types[type].block;
}

guint
limn_type_size (LimnType type)
{
  g_return_val_if_fail ((guint) type < G_N_ELEMENTS (types), 0);

  return types[type].size;
}

gboolean
limn_type_bytes (LimnType type, guint64 count, guint64 *bytes)
{
  g_return_val_if_fail ((guint) type < G_N_ELEMENTS (types), FALSE);

  return count % types[type].block == 0 && g_uint64_checked_mul (bytes, count / types[type].block, types[type].size);
}

guint64
limn_tensor_bytes (const LimnTensor *tensor)
{
  return tensor->count / types[tensor->type].block * types[tensor->type].size;
}

const char *
limn_type_name (LimnType type)
{
  g_return_val_if_fail ((guint) type < G_N_ELEMENTS (types), NULL);

  return types[type].name;
}

gboolean
limn_type_from_name (const char *name, LimnType *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    if (strcmp (name, types[i].name) == 0) {
      *type = (LimnType) i;
      return TRUE;
    }
  }
  return FALSE;
}

static LimnFp8
fp8_format (LimnType type)
{
  return type == LIMN_TYPE_F8_E4M3 ? LIMN_FP8_E4M3 : LIMN_FP8_E5M2;
}

static guint64
load (const guint8 *data, guint size)
{
  guint64 bits = 0;

  for (guint i = 0; i < size; i++)
    bits |= (guint64) data[i] << (8 * i);
  return bits;
}

static float
element (LimnType type, const guint8 *data)
{
  guint64 bits = load (data, types[type].size);
  double real;

  switch (type) {
  case LIMN_TYPE_I8:
    return (gint8) bits;
  case LIMN_TYPE_I16:
    return (gint16) bits;
  case LIMN_TYPE_I32:
    return (float) (gint32) bits;
  case LIMN_TYPE_I64:
    return (float) (gint64) bits;
  case LIMN_TYPE_F64:
    memcpy (&real, &bits, sizeof real);
    return (float) real;
  default:
    return (float) bits;
  }
}

/* Whole blocks go straight to out; of the first and the last a part may be wanted. */
static void
blocks_to_float (LimnType type, const guint8 *data, guint64 first, guint64 n, float *out)
{
  const guint64 block = types[type].block, end = first + n;
  float values[LIMN_MOST_BLOCK];

  for (guint64 at = first; at < end;) {
    const guint8 *from = data + at / block * types[type].size;
    guint64 skipped = at % block, taken = MIN (block - skipped, end - at);

    types[type].expand (from, taken == block ? out : values);
    if (taken < block)
      memcpy (out, values + skipped, taken * sizeof (float));
    out += taken;
    at += taken;
  }
}

void
limn_type_to_float (LimnType type, const guint8 *data, guint64 first, guint64 n, float *out)
{
  g_return_if_fail ((guint) type < G_N_ELEMENTS (types));

  const guint8 *from = data + first * types[type].size;

  if (n == 0)
    return;
  if (types[type].expand != NULL)
    blocks_to_float (type, data, first, n, out);
  else if (type == LIMN_TYPE_F16)
    limn_half_to_float_row ((const guint16 *) (const void *) from, out, n);
  else if (type == LIMN_TYPE_BF16)
    limn_bfloat_to_float_row ((const guint16 *) (const void *) from, out, n);
  else if (type == LIMN_TYPE_F8_E4M3 || type == LIMN_TYPE_F8_E5M2)
    limn_fp8_to_float_row (fp8_format (type), from, out, n);
  else if (type == LIMN_TYPE_F32)
    memcpy (out, from, n * sizeof (float));
  else
    for (guint64 i = 0; i < n; i++)
      out[i] = element (type, from + i * types[type].size);
}

void
limn_tensor_to_float (const LimnTensor *tensor, float *out)
{
  limn_type_to_float (tensor->type, tensor->data, 0, tensor->count, out);
}

/* ---- From float ---- */

gboolean
limn_type_is_written (LimnType type)
{
  g_return_val_if_fail ((guint) type < G_N_ELEMENTS (types), FALSE);

  return types[type].quantize != NULL || type == LIMN_TYPE_F16 || type == LIMN_TYPE_F32 || type == LIMN_TYPE_F8_E4M3
         || type == LIMN_TYPE_F8_E5M2;
}

void
limn_type_from_float (LimnType type, const float *values, guint64 n, guint8 *out)
{
  g_return_if_fail (limn_type_is_written (type) && n % types[type].block == 0);

  if (type == LIMN_TYPE_F32)
    memcpy (out, values, n * sizeof (float));
  else if (type == LIMN_TYPE_F16)
    limn_half_from_float_row (values, (guint16 *) (void *) out, n);
  else if (types[type].quantize == NULL)
    for (guint64 i = 0; i < n; i++)
      out[i] = limn_fp8_from_float (fp8_format (type), values[i]);
  else
    for (guint64 i = 0; i < n; i += types[type].block, out += types[type].size)
      types[type].quantize (values + i, out);
}
