/* device.h - a Vulkan device opened for compute.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

typedef struct _LimnGpu LimnGpu;

/* (element-type LimnDeviceInfo), best first. */
GPtrArray *limn_gpu_list (GError **error);
/* index: of limn_gpu_list (), or -1 for the best. */
LimnGpu *limn_gpu_new (int index, GError **error);
/* The same device, opened once more, whose plans take the same variants. */
LimnGpu *limn_gpu_new_like (LimnGpu *gpu, GError **error);
void limn_gpu_free (LimnGpu *gpu);
const LimnDeviceInfo *limn_gpu_info (LimnGpu *gpu);
/* Its info's, which is copied. */
void limn_gpu_set_wrong (LimnGpu *gpu, const char *wrong);

/* Matrices of halves, m x k times k x n, that a subgroup multiplies at once. */
typedef struct {
  guint8 m, n, k;
} LimnMatrixSize;

#define LIMN_MAX_MATRICES 16
#define LIMN_N_SHAPES 7 /* classes of them (kernel/shape.h) */

/* What a plan is written for: all that kernels and the planner heed of a device. */
typedef struct {
  guint64 storage_range; /* bytes of one storage buffer binding */
  guint64 allocation;    /* bytes of one piece of memory */
  guint32 max_groups;    /* workgroups along x or y */
  double slice_flop;     /* of one submission, so that cancelling is prompt: a guess, then what runs tell */
  /* How many lanes may take each other's values: any power of two between them can be asked for; 0: none. */
  guint32 subgroup_min, subgroup_max;
  guint32 shared;                             /* bytes that a workgroup can share */
  gboolean software;                          /* the device is the CPU */
  guint32 import_alignment;                   /* see limn_buffer_import (); 0: nothing can be imported */
  gboolean few_texels;                        /* texel buffers do not hold the arrays of a picture */
  LimnMatrixSize matrices[LIMN_MAX_MATRICES]; /* with sums in fp32; those after the last have no rows */
  gboolean reduces;                           /* their rows, computes on their elements, and makes operands of sums */
  /* What kernels take (kernel/variant.h); NULL: the first that the device can.  And what those of a class of shapes
   * take; NULL: the same as all. */
  const struct LimnVariant *variant, *shapes[LIMN_N_SHAPES];
} LimnGpuLimits;

const LimnGpuLimits *limn_gpu_limits (LimnGpu *gpu);
/* How many bytes of the device's own memory this program can have in all, beside what others hold at the moment; 0: the
 * driver does not say (VK_EXT_memory_budget). */
guint64 limn_gpu_memory_budget (LimnGpu *gpu);
/* LIMN_MEMORY=MIB makes a small card of any device, for tests: it says that it has so much memory, gives no more, and
 * maps none of it.  Its bytes, or 0. */
guint64 limn_gpu_memory_cap (LimnGpu *gpu);
/* Whether nothing was compiled for it before it was opened, as far as the user's cache tells. */
gboolean limn_gpu_is_new (LimnGpu *gpu);
/* For plans that are written from now on: variant, and those of classes of shapes; NULL: none of their own.
 * Borrowed. */
void limn_gpu_set_variant (LimnGpu *gpu, const struct LimnVariant *variant, const struct LimnVariant *const *shapes);

/* A file of the user's cache for what is only true of this device with this driver.  Its folder may not exist yet.
 * (transfer full) */
char *limn_gpu_cache_path (LimnGpu *gpu, const char *name, const char *extension);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnGpu, limn_gpu_free)

G_END_DECLS
