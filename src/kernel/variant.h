/* variant.h - the ways in which kernels can run: rows of one table.
 *
 * A row says what its shaders are and what a device must have for them.  Kernels, their tests and benches, and the
 * choice for a device walk the rows; nothing else tells one from another.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "kernel/kernel.h"
#include "kernel/shape.h"

G_BEGIN_DECLS

/* A piece of a product, or of attention (queries x keys, k channels of the head at a time): held by a group of eight
 * lanes or, where k is not 0, by a workgroup (shaders/stage.h). */
typedef struct {
  int rows, columns;
  int k;                       /* of both operands at a time */
  int part_rows, part_columns; /* of it that a subgroup holds, where there are matrices, or a lane */
} LimnTile;

typedef struct LimnVariant {
  const char *name;                   /* kept on disk */
  const char *suffix;                 /* of its shaders (shaders/meson.build) */
  guint32 subgroup_min, subgroup_max; /* lanes of a subgroup that it can; the fewest are best.  0: it needs none */
  int lanes;                          /* of a workgroup; 0: as many as the kernel likes */
  gboolean alone;                     /* a subgroup is one group of lanes */
  LimnTile product;
  LimnTile attention[3]; /* of heads up to 64, 160 and 512 channels; no rows: not of those */
  LimnMatrixSize matrix; /* that its shaders multiply; no rows: none */
  gboolean reduces;      /* what softmax does happens in matrices */
  gboolean hardware;     /* nothing is gained where the CPU is the device: there only tests take it */
  gboolean by_phases;    /* it stretches to twice the size by phases (kernel.h) */
  gboolean stored;       /* it reads storage buffers, not texels: where those are few */
  const char *means;     /* the device's that it works by, for people; translated when shown */
} LimnVariant;

/* In the order in which they are taken where nothing is measured.  The last that suits a device is plain: the others
 * are proved beside it.  A row without a name ends the table. */
extern const LimnVariant limn_variants[];

/* What its pipelines ask of such a device, which it serves; 0: nothing. */
guint32 limn_variant_subgroup (const LimnVariant *variant, const LimnGpuLimits *limits);
gboolean limn_variant_serves (const LimnVariant *variant, const LimnGpuLimits *limits);
/* Whether it may be taken, since it serves and may gain something. */
gboolean limn_variant_suits (const LimnVariant *variant, const LimnGpuLimits *limits);
/* Whether workgroups hold its tiles; then it has not every kernel. */
gboolean limn_variant_is_staged (const LimnVariant *variant);
/* Whatever class a kernel is of. */
void limn_variant_force (LimnGpuLimits *limits, const LimnVariant *variant);
/* What kernels of the class take. */
const LimnVariant *limn_variant_for (const LimnGpuLimits *limits, LimnShape shape);

#define LIMN_SHADER_NAME 64 /* bytes, at most */

/* Whether it has that kernel, of a class, for arrays of store and weights of a kind ("": any).  name: NULL, or
 * LIMN_SHADER_NAME bytes, which become its shader's. */
gboolean limn_variant_has (const LimnVariant *variant, LimnShape shape, const char *kernel, LimnStore store,
                           const char *kind, char *name);
/* What the kernel takes: where its class's row has it not, the first that does. */
const LimnVariant *limn_variant_of (const LimnGpuLimits *limits, LimnShape shape, const char *kernel, LimnStore store,
                                    const char *kind, char *name);
/* Lanes of a workgroup, which holds tile where there are matrices; usual: where the row leaves it to the kernel. */
int limn_variant_lanes (const LimnVariant *variant, const LimnGpuLimits *limits, const LimnTile *tile, int usual);

/* Among rows as limn_variants; kept: the file where what was found is looked up and left.  See limn_kernel_choose ();
 * choose.h has the choice. */
gboolean limn_variant_choose (LimnGpu *gpu, const LimnVariant *rows, const char *kept, LimnChoosing how,
                              GPtrArray *reports, const LimnTick *tick, GError **error);

/* Whether variant gives what plain does, in every class of kernels.  wrong: receives NULL, or the first class in which
 * it does not, and how (transfer full).  FALSE: that could not be found out. */
gboolean limn_variant_prove (LimnGpu *gpu, const LimnVariant *variant, const LimnVariant *plain, char **wrong,
                             const LimnTick *tick, GError **error);
/* NULL, or where values of store are not what is right, but for rounding.  (transfer full) */
char *limn_variant_compare (const float *values, const float *right, gsize n, LimnStore store);
/* Whether the error is a variant's own. */
gboolean limn_variant_fails (const GError *error);

G_END_DECLS
