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
void limn_gpu_free (LimnGpu *gpu);
const LimnDeviceInfo *limn_gpu_info (LimnGpu *gpu);

/* What a plan is written for: all that kernels and the planner heed of a device. */
typedef struct {
  guint64 storage_range; /* bytes of one storage buffer binding */
  guint64 allocation;    /* bytes of one piece of memory */
  guint32 max_groups;    /* workgroups along x or y */
  double slice_flop;     /* of one submission, so that cancelling is prompt */
  gboolean shared_lanes; /* subgroups are narrower than eight lanes: use the .shared shaders */
  gboolean alone;        /* a subgroup is exactly eight lanes */
  gboolean wide;         /* workgroups of many groups of eight lanes are the fastest */
} LimnGpuLimits;

const LimnGpuLimits *limn_gpu_limits (LimnGpu *gpu);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnGpu, limn_gpu_free)

G_END_DECLS
