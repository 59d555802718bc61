/* variant.c - the table of variants.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/variant.h"

#include <string.h>

#include "base/i18n.h"
#include "gpu/pipeline.h"
#include "shaders/tile.h"

#define TILE .product = { TILE_ROWS, TILE_COLUMNS }
/* For lavapipe: a GPU has not the registers. */
#define MANY_QUERIES .attention = { { 16 }, { 8 }, { 4 } }
/* translators: what of a graphics device, in "gave wrong results with its matrix units" */
#define MATRICES .means = N_ ("its matrix units")
#define GROUPS .means = N_ ("its shared memory")
#define SUBGROUPS .means = N_ ("its subgroups")
#define PLAIN .means = N_ ("its plain instructions")
#define GPU .hardware = TRUE, .by_phases = TRUE
#define MATRIX_16_ATTENTION .attention = { { 64, 64, 64, 32, 32 }, { 64, 64, 32, 32, 32 }, { 32, 64, 64, 16, 32 } }
#define REDUCING_16_ATTENTION .attention = { { 64, 64, 64, 16, 64 }, { 64, 64, 32, 16, 64 } }

const LimnVariant limn_variants[] = {
  /* AMD, NVIDIA */
  { "matrix-16x16x16", ".matrix", MATRICES, .subgroup_min = 32, .subgroup_max = 64, .product = { 128, 128, 32, 64, 64 },
    MATRIX_16_ATTENTION, .matrix = { 16, 16, 16 }, GPU },
  { "matrix-16x16x16-wave64", ".matrix", MATRICES, .subgroup_min = 64, .subgroup_max = 64,
    .product = { 128, 128, 32, 64, 64 }, MATRIX_16_ATTENTION, .matrix = { 16, 16, 16 }, GPU },
  { "matrix-16x16x16-small", ".matrix", MATRICES, .subgroup_min = 32, .subgroup_max = 64,
    .product = { 64, 64, 32, 32, 32 }, MATRIX_16_ATTENTION, .matrix = { 16, 16, 16 }, GPU },
  /* NVIDIA */
  { "matrix-16x8x16", ".matrix", MATRICES, .subgroup_min = 32, .subgroup_max = 32, .product = { 128, 128, 32, 64, 64 },
    MATRIX_16_ATTENTION, .matrix = { 16, 8, 16 }, GPU },
  /* the same, with softmax in matrices: attention alone, and not of wide heads, whose sums no subgroup can hold */
  { "reducing-16x16x16", ".reducing", MATRICES, .subgroup_min = 32, .subgroup_max = 64, REDUCING_16_ATTENTION,
    .matrix = { 16, 16, 16 }, .reduces = TRUE, GPU },
  { "reducing-16x16x16-wave64", ".reducing", MATRICES, .subgroup_min = 64, .subgroup_max = 64, REDUCING_16_ATTENTION,
    .matrix = { 16, 16, 16 }, .reduces = TRUE, GPU },
  /* Intel: DG2, Xe2 */
  { "matrix-8x8x16", ".matrix", MATRICES, .subgroup_min = 8, .subgroup_max = 8, .product = { 64, 64, 16, 16, 16 },
    .attention = { { 64, 64, 64, 8, 32 }, { 32, 64, 64, 8, 8 }, { 16, 128, 128, 8, 8 } }, .matrix = { 8, 8, 16 }, GPU },
  { "matrix-8x16x16", ".matrix", MATRICES, .subgroup_min = 16, .subgroup_max = 16, .product = { 64, 64, 16, 32, 16 },
    .attention = { { 64, 64, 64, 16, 32 }, { 32, 64, 64, 8, 16 }, { 32, 128, 128, 8, 16 } }, .matrix = { 8, 16, 16 },
    GPU },
  /* lavapipe, which computes them as it does all else */
  { "matrix-8x8x8", ".matrix", MATRICES, .subgroup_min = 8, .subgroup_max = 8, .product = { 32, 32, 16, 16, 16 },
    .attention = { { 32, 32, 64, 16, 16 }, { 32, 32, 32, 16, 16 }, { 8, 64, 64, 8, 8 } }, .matrix = { 8, 8, 8 }, GPU },
  { "reducing-8x8x8", ".reducing", MATRICES, .subgroup_min = 8, .subgroup_max = 8,
    .attention = { { 32, 16, 64, 8, 16 }, { 32, 16, 32, 8, 16 } }, .matrix = { 8, 8, 8 }, .reduces = TRUE, GPU },
  /* no matrix units: many registers, few registers */
  { "block-128x64", ".block", GROUPS, .lanes = 128, .product = { 128, 64, 32, 8, 8 }, GPU },
  { "block-64x64", ".block", GROUPS, .lanes = 256, .product = { 64, 64, 32, 4, 4 }, GPU },
  /* Intel: few registers for attention */
  { "eight-gpu", "", SUBGROUPS, .subgroup_min = 8, .subgroup_max = 8, .alone = TRUE, TILE,
    .attention = { { 4 }, { 2 }, { 2 } }, GPU },
  { "eight", "", SUBGROUPS, .subgroup_min = 8, .subgroup_max = 8, .alone = TRUE, TILE, MANY_QUERIES },
  { "eight-wide", "", SUBGROUPS, .subgroup_min = 8, .subgroup_max = 8, .lanes = 128, .alone = TRUE, TILE,
    MANY_QUERIES },
  { "wide", "", SUBGROUPS, .subgroup_min = 8, .subgroup_max = 128, .lanes = 128, TILE,
    .attention = { { 8 }, { 4 }, { 2 } } },
  /* few texels */
  { "storage", ".storage", PLAIN, .lanes = TILE_LANES, TILE, MANY_QUERIES, .stored = TRUE },
  { "shared", ".shared", PLAIN, .lanes = TILE_LANES, TILE, MANY_QUERIES },
  { NULL },
};

guint32
limn_variant_subgroup (const LimnVariant *variant, const LimnGpuLimits *limits)
{
  return variant->subgroup_min == 0 ? 0 : MAX (variant->subgroup_min, limits->subgroup_min);
}

int
limn_variant_lanes (const LimnVariant *variant, const LimnGpuLimits *limits, const LimnTile *tile, int usual)
{
  if (variant->matrix.m > 0 && tile->k > 0)
    return tile->rows / tile->part_rows * (tile->columns / tile->part_columns)
           * (int) limn_variant_subgroup (variant, limits);
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

/* Bytes of so many rows in shared memory, which are a chunk longer than k halves, and of rows of sums. */
static guint32
rows_of (int rows, int k)
{
  return (guint32) (rows * (2 * k + 16));
}

static guint32
sums_of (const LimnTile *tile, int columns)
{
  return (guint32) (tile->rows * (4 * columns + 16));
}

/* As attention_staged.comp has it. */
static guint32
attention_bytes (const LimnVariant *variant, const LimnTile *tile)
{
  guint32 keys = rows_of (tile->columns, tile->k);

  if (variant->reduces)
    return rows_of (tile->rows, tile->k) + MAX (keys + rows_of (tile->k, tile->columns), sums_of (tile, tile->k));
  guint32 sums = sums_of (tile, MAX (tile->columns, tile->k));
  guint32 second = rows_of (tile->rows + tile->k, tile->columns) + 4 * (guint32) tile->rows;

  return rows_of (tile->rows, tile->k) + MAX (keys, MAX (sums, second));
}

/* What a workgroup shares at most. */
static guint32
shared_bytes (const LimnVariant *variant)
{
  const LimnTile *product = &variant->product;
  guint32 most = product->k > 0 ? rows_of (product->rows + product->columns, product->k) : 0;

  for (guint i = 0; i < G_N_ELEMENTS (variant->attention); i++) {
    if (variant->attention[i].k > 0)
      most = MAX (most, attention_bytes (variant, &variant->attention[i]));
  }
  return most;
}

gboolean
limn_variant_is_staged (const LimnVariant *variant)
{
  return variant->product.k > 0 || variant->attention[0].k > 0;
}

/* Whether the build has its shaders: not every glslc can compile them all. */
static gboolean
is_built (const LimnVariant *variant)
{
  return !limn_variant_is_staged (variant)
         || limn_variant_has (variant, LIMN_SHAPE_PIXELS, "matmul", LIMN_STORE_F16, "", NULL)
         || limn_variant_has (variant, LIMN_SHAPE_ATTENTION, "attention", LIMN_STORE_F16, "", NULL);
}

gboolean
limn_variant_serves (const LimnVariant *variant, const LimnGpuLimits *limits)
{
  return limn_variant_subgroup (variant, limits) <= MIN (variant->subgroup_max, limits->subgroup_max)
         && (variant->stored || !limits->few_texels) && (limits->reduces || !variant->reduces)
         && multiplies (limits, &variant->matrix) && shared_bytes (variant) <= limits->shared && is_built (variant);
}

gboolean
limn_variant_suits (const LimnVariant *variant, const LimnGpuLimits *limits)
{
  return limn_variant_serves (variant, limits) && !(variant->hardware && limits->software)
         && variant->stored == limits->few_texels;
}

void
limn_variant_force (LimnGpuLimits *limits, const LimnVariant *variant)
{
  limits->variant = variant;
  memset (limits->shapes, 0, sizeof limits->shapes);
}

const LimnVariant *
limn_variant_for (const LimnGpuLimits *limits, LimnShape shape)
{
  const LimnVariant *variant = limn_variants;

  if (limits->shapes[shape] != NULL)
    return limits->shapes[shape];
  if (limits->variant != NULL)
    return limits->variant;
  while (!limn_variant_suits (variant, limits))
    variant++;
  return variant;
}

gboolean
limn_variant_has (const LimnVariant *variant, LimnShape shape, const char *kernel, LimnStore store, const char *kind,
                  char *name)
{
  char own[LIMN_SHADER_NAME];

  if (variant->reduces && shape >= LIMN_SHAPE_ATTENTION && variant->attention[shape - LIMN_SHAPE_ATTENTION].rows == 0)
    return FALSE;
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
limn_variant_of (const LimnGpuLimits *limits, LimnShape shape, const char *kernel, LimnStore store, const char *kind,
                 char *name)
{
  const LimnVariant *variant = limn_variant_for (limits, shape);

  if (limn_variant_has (variant, shape, kernel, store, kind, name) || !limn_variant_is_staged (variant))
    return variant;
  variant = limn_variants;
  while (!limn_variant_suits (variant, limits) || !limn_variant_has (variant, shape, kernel, store, kind, name))
    variant++;
  return variant;
}
