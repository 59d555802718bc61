/* vae.h - the autoencoder between pixels and latents, 8 x 8 pixels a latent (Rombach et al. 2022, section 3.1).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "gpu/plan.h"
#include "model/network.h"

G_BEGIN_DECLS

typedef struct _LimnVae LimnVae;
typedef enum { LIMN_VAE_DECODE, LIMN_VAE_ENCODE } LimnVaeDirection;

/* Of a shape batch, height and width count. */
extern const LimnNetworkKind limn_vae_decoder_kind, limn_vae_encoder_kind;

/* height, width: of the latent. */
LimnVae *limn_vae_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnVaeDirection direction, LimnPrecision precision,
                       int batch, int height, int width, const LimnTick *tick, GError **error);
void limn_vae_free (LimnVae *vae);

/* latents: [batch, 4, height, width] as the U-Net knows them (divided by the scaling factor inside); image: [batch, 3,
 * 8 height, 8 width], about [-1, 1], not clamped.  Either may hold NaN where fp16 overflowed: the caller checks. */
gboolean limn_vae_decode (LimnVae *vae, const float *latents, float *image, const LimnTick *tick, GError **error);
/* image: [batch, 3, 8 height, 8 width] in [-1, 1]; mean, logvar: [batch, 4, height, width], logvar clamped to [-30,
 * 20], both before the scaling factor: latents = (mean + exp (logvar / 2) * noise) * scaling_factor. */
gboolean limn_vae_encode (LimnVae *vae, const float *image, float *mean, float *logvar, const LimnTick *tick,
                          GError **error);

/* The dispatches of one picture, for profiles.  (transfer none) */
LimnPlan *limn_vae_plan (LimnVae *vae);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnVae, limn_vae_free)

G_END_DECLS
