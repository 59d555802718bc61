/* variant.c - the table of variants.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/variant.h"

#include "shaders/matmul.h"
#include "shaders/tile.h"

#define TILE .tile_rows = TILE_ROWS, .tile_columns = TILE_COLUMNS
#define TEXELS .storage = 1u << OPERAND_OUT | 1u << OPERAND_STEP

const LimnVariant limn_variants[] = {
  { "eight", "", .subgroup_min = 8, .subgroup_max = 8, .alone = TRUE, TILE, TEXELS },
  { "eight-wide", "", .subgroup_min = 8, .subgroup_max = 8, .lanes = 128, .alone = TRUE, TILE, TEXELS },
  { "wide", "", .subgroup_min = 8, .subgroup_max = 128, .lanes = 128, TILE, TEXELS },
  { "shared", ".shared", .lanes = TILE_LANES, TILE, TEXELS },
  { NULL },
};

guint32
limn_variant_subgroup (const LimnVariant *variant, const LimnGpuLimits *limits)
{
  return variant->subgroup_min == 0 ? 0 : MAX (variant->subgroup_min, limits->subgroup_min);
}

gboolean
limn_variant_serves (const LimnVariant *variant, const LimnGpuLimits *limits)
{
  return limn_variant_subgroup (variant, limits) <= MIN (variant->subgroup_max, limits->subgroup_max);
}

const LimnVariant *
limn_variant_for (const LimnGpuLimits *limits)
{
  const LimnVariant *variant = limn_variants;

  if (limits->variant != NULL)
    return limits->variant;
  while (!limn_variant_serves (variant, limits))
    variant++;
  return variant;
}
