/* variant.c - the table of variants.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/variant.h"

#include <string.h>

#include "gpu/pipeline.h"
#include "shaders/matmul.h"
#include "shaders/tile.h"

#define TILE .tile_rows = TILE_ROWS, .tile_columns = TILE_COLUMNS
#define TEXELS .storage = 1u << OPERAND_OUT | 1u << OPERAND_STEP
/* For lavapipe: a GPU has not the registers. */
#define MANY_QUERIES .queries = { 16, 8, 4 }
#define GPU TEXELS, .hardware = TRUE

const LimnVariant limn_variants[] = {
  /* AMD, NVIDIA */
  { "matrix-16x16x16", ".matrix", .subgroup_min = 32, .subgroup_max = 64, .tile_rows = 128, .tile_columns = 128,
    .stage = { 32, 64, 64, .subgroups = 4, { 16, 16, 16 } }, GPU },
  { "matrix-16x16x16-wave64", ".matrix", .subgroup_min = 64, .subgroup_max = 64, .tile_rows = 128, .tile_columns = 128,
    .stage = { 32, 64, 64, .subgroups = 4, { 16, 16, 16 } }, GPU },
  { "matrix-16x16x16-small", ".matrix", .subgroup_min = 32, .subgroup_max = 64, .tile_rows = 64, .tile_columns = 64,
    .stage = { 32, 32, 32, .subgroups = 4, { 16, 16, 16 } }, GPU },
  /* NVIDIA */
  { "matrix-16x8x16", ".matrix", .subgroup_min = 32, .subgroup_max = 32, .tile_rows = 128, .tile_columns = 128,
    .stage = { 32, 64, 64, .subgroups = 4, { 16, 8, 16 } }, GPU },
  /* Intel: DG2, Xe2 */
  { "matrix-8x8x16", ".matrix", .subgroup_min = 8, .subgroup_max = 8, .tile_rows = 64, .tile_columns = 64,
    .stage = { 32, 16, 16, .subgroups = 16, { 8, 8, 16 } }, GPU },
  { "matrix-8x16x16", ".matrix", .subgroup_min = 16, .subgroup_max = 16, .tile_rows = 64, .tile_columns = 64,
    .stage = { 32, 32, 16, .subgroups = 8, { 8, 16, 16 } }, GPU },
  /* lavapipe, which computes them as it does all else */
  { "matrix-8x8x8", ".matrix", .subgroup_min = 8, .subgroup_max = 8, .tile_rows = 32, .tile_columns = 32,
    .stage = { 16, 16, 16, .subgroups = 4, { 8, 8, 8 } }, GPU },
  /* no matrix units: many registers, few registers */
  { "block-128x64", ".block", .lanes = 128, .tile_rows = 128, .tile_columns = 64, .stage = { 32, 8, 8 }, GPU },
  { "block-64x64", ".block", .lanes = 256, .tile_rows = 64, .tile_columns = 64, .stage = { 32, 4, 4 }, GPU },
  /* Intel: few registers for attention */
  { "eight-gpu", "", .subgroup_min = 8, .subgroup_max = 8, .alone = TRUE, TILE, .queries = { 4, 2, 2 }, GPU },
  { "eight", "", .subgroup_min = 8, .subgroup_max = 8, .alone = TRUE, TILE, MANY_QUERIES, TEXELS },
  { "eight-wide", "", .subgroup_min = 8, .subgroup_max = 8, .lanes = 128, .alone = TRUE, TILE, MANY_QUERIES, TEXELS },
  { "wide", "", .subgroup_min = 8, .subgroup_max = 128, .lanes = 128, TILE, .queries = { 8, 4, 2 }, TEXELS },
  { "shared", ".shared", .lanes = TILE_LANES, TILE, MANY_QUERIES, TEXELS },
  { NULL },
};

guint32
limn_variant_subgroup (const LimnVariant *variant, const LimnGpuLimits *limits)
{
  return variant->subgroup_min == 0 ? 0 : MAX (variant->subgroup_min, limits->subgroup_min);
}

int
limn_variant_lanes (const LimnVariant *variant, const LimnGpuLimits *limits, int usual)
{
  if (variant->stage.subgroups > 0)
    return variant->stage.subgroups * (int) limn_variant_subgroup (variant, limits);
  return variant->lanes > 0 ? variant->lanes : usual;
}

static gboolean
multiplies (const LimnGpuLimits *limits, const LimnMatrixSize *size)
{
  for (int i = 0; i < LIMN_MAX_MATRICES; i++) {
    if (memcmp (&limits->matrices[i], size, sizeof *size) == 0)
      return TRUE;
  }
  return size->m == 0;
}

/* What a workgroup shares: both operands, whose rows are a chunk longer, as stage.glsl has it. */
static guint32
shared_bytes (const LimnVariant *variant)
{
  return variant->stage.k > 0 ? (guint32) ((variant->tile_rows + variant->tile_columns) * (2 * variant->stage.k + 16))
                              : 0;
}

/* Whether the build has its product: not every glslc can compile them all. */
static gboolean
is_built (const LimnVariant *variant)
{
  return variant->stage.k == 0 || limn_variant_has (variant, "matmul", LIMN_STORE_F16, "", NULL);
}

gboolean
limn_variant_serves (const LimnVariant *variant, const LimnGpuLimits *limits)
{
  return limn_variant_subgroup (variant, limits) <= MIN (variant->subgroup_max, limits->subgroup_max)
         && multiplies (limits, &variant->stage.matrix) && shared_bytes (variant) <= limits->shared
         && is_built (variant);
}

gboolean
limn_variant_suits (const LimnVariant *variant, const LimnGpuLimits *limits)
{
  return limn_variant_serves (variant, limits) && !(variant->hardware && limits->software);
}

const LimnVariant *
limn_variant_for (const LimnGpuLimits *limits)
{
  const LimnVariant *variant = limn_variants;

  if (limits->variant != NULL)
    return limits->variant;
  while (!limn_variant_suits (variant, limits))
    variant++;
  return variant;
}

gboolean
limn_variant_has (const LimnVariant *variant, const char *kernel, LimnStore store, const char *kind, char *name)
{
  char own[LIMN_SHADER_NAME];

  if (name == NULL)
    name = own;
  g_snprintf (name, LIMN_SHADER_NAME, "%s.%s%s%s", kernel, store == LIMN_STORE_F16 ? "f16" : "f32", kind,
              variant->suffix);
  for (const LimnShader *shader = limn_shaders; shader->name != NULL; shader++) {
    if (strcmp (shader->name, name) == 0)
      return TRUE;
  }
  return FALSE;
}

const LimnVariant *
limn_variant_of (const LimnGpuLimits *limits, const char *kernel, LimnStore store, const char *kind, char *name)
{
  const LimnVariant *variant = limn_variant_for (limits);

  if (limn_variant_has (variant, kernel, store, kind, name) || variant->stage.k == 0)
    return variant;
  variant = limn_variants;
  while (!limn_variant_suits (variant, limits) || !limn_variant_has (variant, kernel, store, kind, name))
    variant++;
  return variant;
}
