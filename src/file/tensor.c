/* tensor.c - element types of tensors and their way to float.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/tensors.h"

#include <math.h>
#include <string.h>

#include "base/half.h"

static const struct {
  const char *name;
  guint size;
} types[] = {
  [LIMN_TYPE_BOOL] = { "BOOL", 1 }, [LIMN_TYPE_U8] = { "U8", 1 },           [LIMN_TYPE_I8] = { "I8", 1 },
  [LIMN_TYPE_U16] = { "U16", 2 },   [LIMN_TYPE_I16] = { "I16", 2 },         [LIMN_TYPE_U32] = { "U32", 4 },
  [LIMN_TYPE_I32] = { "I32", 4 },   [LIMN_TYPE_U64] = { "U64", 8 },         [LIMN_TYPE_I64] = { "I64", 8 },
  [LIMN_TYPE_F16] = { "F16", 2 },   [LIMN_TYPE_BF16] = { "BF16", 2 },       [LIMN_TYPE_F32] = { "F32", 4 },
  [LIMN_TYPE_F64] = { "F64", 8 },   [LIMN_TYPE_F8_E4M3] = { "F8_E4M3", 1 }, [LIMN_TYPE_F8_E5M2] = { "F8_E5M2", 1 },
};

guint
limn_type_size (LimnType type)
{
  g_return_val_if_fail ((guint) type < G_N_ELEMENTS (types), 0);

  return types[type].size;
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

/* Four exponent bits with bias 7, three mantissa bits, no infinity (Micikevicius et al. 2022). */
static float
e4m3_to_float (guint8 byte)
{
  int exponent = (byte >> 3) & 15, mantissa = byte & 7;
  float magnitude = exponent == 0 ? ldexpf ((float) mantissa, -9) : ldexpf ((float) (8 + mantissa), exponent - 10);

  if ((byte & 0x7f) == 0x7f)
    return NAN;
  return byte & 0x80 ? -magnitude : magnitude;
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
  case LIMN_TYPE_F8_E5M2:
    return limn_half_to_float ((guint16) (bits << 8));
  case LIMN_TYPE_F8_E4M3:
    return e4m3_to_float ((guint8) bits);
  case LIMN_TYPE_F64:
    memcpy (&real, &bits, sizeof real);
    return (float) real;
  default:
    return (float) bits;
  }
}

void
limn_tensor_to_float (const LimnTensor *tensor, float *out)
{
  const guint16 *words = (const guint16 *) (const void *) tensor->data;

  if (tensor->count == 0)
    return;
  if (tensor->type == LIMN_TYPE_F16) {
    limn_half_to_float_row (words, out, tensor->count);
  } else if (tensor->type == LIMN_TYPE_BF16) {
    limn_bfloat_to_float_row (words, out, tensor->count);
  } else if (tensor->type == LIMN_TYPE_F32) {
    memcpy (out, tensor->data, tensor->count * sizeof (float));
  } else {
    for (guint64 i = 0; i < tensor->count; i++)
      out[i] = element (tensor->type, tensor->data + i * types[tensor->type].size);
  }
}
