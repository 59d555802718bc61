/* measure.h - how fast the device multiplies matrices when nothing else is in the way.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"
#include "gpu/device.h"

G_BEGIN_DECLS

/* The rate of large matrix products with the kernel and storage that the networks use, in GFLOP/s.  Grows the product
 * until the clock can tell.  Blocking. */
gboolean limn_measure_matrix_rate (LimnGpu *gpu, LimnPrecision precision, double *gflops, const LimnTick *tick,
                                   GError **error);

G_END_DECLS
