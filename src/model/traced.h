/* traced.h - the networks with every named result handed out, for the golden tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/clip.h"
#include "model/net.h"
#include "model/unet.h"
#include "model/vae.h"

G_BEGIN_DECLS

LimnClip *limn_clip_new_traced (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPartId which, LimnPrecision precision,
                                int batch, const LimnTrace *trace, const LimnTick *tick, GError **error);
LimnUnet *limn_unet_new_traced (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
                                const LimnNetworkShape *shape, const LimnTrace *trace, const LimnTick *tick,
                                GError **error);
LimnVae *limn_vae_new_traced (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnVaeDirection direction,
                              LimnPrecision precision, int batch, int height, int width, const LimnTrace *trace,
                              const LimnTick *tick, GError **error);

G_END_DECLS
