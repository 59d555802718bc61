/* fake-device.c - what the fake networks' device says of itself, whatever a test wants of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/buffer.h"
#include "gpu/device.h"

GPtrArray *
limn_gpu_list (GError **error)
{
  return g_ptr_array_new ();
}

LimnGpu *
limn_gpu_new_like (LimnGpu *gpu, GError **error)
{
  return limn_gpu_new (-1, error);
}

/* Nothing is compiled for it. */
gboolean
limn_gpu_is_new (LimnGpu *gpu)
{
  return FALSE;
}

guint64
limn_gpu_memory_cap (LimnGpu *gpu)
{
  return 0;
}

const LimnGpuLimits *
limn_gpu_limits (LimnGpu *gpu)
{
  static const LimnGpuLimits limits = { .storage_range = G_MAXUINT32,
                                        .allocation = G_GUINT64_CONSTANT (4) << 30,
                                        .max_groups = 65535,
                                        .slice_flop = 2e11,
                                        .subgroup_min = 32,
                                        .subgroup_max = 32 };

  return &limits;
}

guint64
limn_gpu_memory_budget (LimnGpu *gpu)
{
  return 0;
}

guint64
limn_gpu_allocated (LimnGpu *gpu, guint64 *most)
{
  return 0;
}
