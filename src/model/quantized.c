/* quantized.c - see quantized.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/quantized.h"

#include <string.h>

#define ROW 256 /* of a file, where rows are no whole blocks */

static gboolean
is_embedding (const char *name)
{
  return strstr (name, "embedding") != NULL;
}

/* The scales of fp8 are known of U-Nets alone. */
static gboolean
knows (LimnType type, LimnPartId part)
{
  gboolean fp8 = type == LIMN_TYPE_F8_E4M3 || type == LIMN_TYPE_F8_E5M2;

  return part != LIMN_PART_VAE && (part == LIMN_PART_UNET || !fp8);
}

LimnType
limn_quantized_type (LimnType type, LimnPartId part, const LimnArchTensor *tensor)
{
  guint64 row = tensor->rank == 2 ? tensor->shape[1] : 1;
  gboolean matrix = tensor->rank >= 2 && !tensor->transposed;

  for (int i = 2; i < tensor->rank; i++)
    matrix = matrix && tensor->shape[i] == 1;
  if (!matrix || !knows (type, part) || is_embedding (tensor->name))
    return LIMN_TYPE_F16;
  gboolean whole = row % limn_type_block (type) == 0 || tensor->shape[0] * tensor->shape[1] % ROW == 0;
  return whole ? type : LIMN_TYPE_F16;
}
