/* beside.h - a second thread that compiles kernels while the first one does.
 *
 * A software device compiles a kernel on the thread of its queue, so that one core does it and the others wait.  What
 * another device of the same driver has compiled is in the driver's cache on disk, where the first one finds it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "gpu/plan.h"

G_BEGIN_DECLS

typedef struct _LimnBeside LimnBeside;

/* Compiles variants first .. end - 1 of kernel/warm.c from the last one down, on a device of its own.  NULL where that
 * gains nothing: the device compiles by itself, has done so before, or there is one core. */
LimnBeside *limn_beside_new (LimnGpu *gpu, LimnStore store, int first, int end);
/* The caller, who goes through them from the first one up, begins with this variant.  Blocking if the thread has begun
 * with it: until the thread has nothing more to do. */
void limn_beside_reach (LimnBeside *beside, int variant);
/* Blocking, until what it is compiling is done. */
void limn_beside_free (LimnBeside *beside);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnBeside, limn_beside_free)

G_END_DECLS
