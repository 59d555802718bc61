/* unet.h - SDXL's denoising U-Net, base and refiner (Podell et al. 2023, section 2; Rombach et al. 2022).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "gpu/plan.h"
#include "model/ip-adapter.h"
#include "model/network.h"

G_BEGIN_DECLS

typedef struct _LimnUnet LimnUnet;

/* All of a shape counts: batch is 2 x pictures with guidance, the negatives, then the positives. */
extern const LimnNetworkKind limn_unet_kind;

/* Loads the weights and builds the plans for shape. */
LimnUnet *limn_unet_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPrecision precision,
                         const LimnNetworkShape *shape, const LimnTick *tick, GError **error);
void limn_unet_free (LimnUnet *unet);
/* Builds the plans anew for another shape; the weights stay. */
gboolean limn_unet_reshape (LimnUnet *unet, const LimnNetworkShape *shape, const LimnTick *tick, GError **error);
const LimnNetworkShape *limn_unet_shape (LimnUnet *unet);

/* Where the config has guidance channels: what the next limn_unet_prepare () tells of it; 1 at first. */
void limn_unet_set_guidance (LimnUnet *unet, double guidance);
/* That as the network is told it: sines, then cosines, of (guidance - 1) * 1000.  out: [channels], channels even. */
void limn_unet_guidance_embedding (double guidance, int channels, float *out);
/* Where shape.nag has a scale: what limn_unet_prepare () is to lead away from.  context: [batch, tokens,
 * context_channels]. */
void limn_unet_set_against (LimnUnet *unet, const float *context);
/* What region number index of shape's is told, and where shape.nag has a scale led away from; before
 * limn_unet_prepare (), as context and against. */
void limn_unet_set_region (LimnUnet *unet, int index, const float *context, const float *against);
/* Asks how much each region counts in a picture of h x w parts, for all sizes at which the U-Net attends.  shares:
 * [h, w, regions + masks], of which each region's says, from the first on, how much of what stands there so far gives
 * way to it, and each of shape.masked's, by which it is multiplied. */
typedef void (*LimnUnetShares) (int h, int w, float *shares, gpointer data);
void limn_unet_share_out (LimnUnet *unet, LimnUnetShares shares, gpointer data);
/* Of ControlNet number index, which shape.controls has.  Before limn_unet_prepare (): what it is told, [3, 8 height,
 * 8 width] in [0, 1], and of which kind that is, where its config has several: the row of the network's table, or -1
 * for none; at any time: by how much what it adds is multiplied, which is 0 at first. */
void limn_unet_set_control (LimnUnet *unet, int index, const float *picture, int type);
void limn_unet_set_share (LimnUnet *unet, int index, float share);
/* Of an IP-Adapter, instead of a picture: what its encoder answers for each of the batch, [batch, rows, channels] as
 * its config has it; and its share at one of the places alone. */
gboolean limn_unet_set_answers (LimnUnet *unet, int index, const float *answers, GError **error);
void limn_unet_set_share_at (LimnUnet *unet, int index, LimnIpPlace place, float share);
/* Computes once what the steps share: the cross-attention keys and values, and the time and size embeddings.
 * context: [batch, tokens, context_channels]; pooled: [batch, pooled_channels]; time_ids: [batch, config time_ids];
 * timesteps: [n_timesteps], n_timesteps <= shape.steps. */
gboolean limn_unet_prepare (LimnUnet *unet, const float *context, const float *pooled, const float *time_ids,
                            const float *timesteps, int n_timesteps, const LimnTick *tick, GError **error);
/* The prediction at timesteps[step].  sample (the latents, scaled as the sampler asks, and what an inpainting model is
 * given beside): [batch, in_channels, height, width]; out: [batch, out_channels, height, width]. */
gboolean limn_unet_run (LimnUnet *unet, int step, const float *sample, float *out, const LimnTick *tick,
                        GError **error);

/* Whether it has attention in its middle that can be watched: else shape.watched does not count. */
gboolean limn_unet_watches (const LimnUnetConfig *config);
/* Where shape.watched: how much each place of the middle was looked at in the last run by the first self-attention
 * there, the sum of all places' weights, in the mean of its heads.  [watched, *height, *width]; (transfer full). */
float *limn_unet_looked (LimnUnet *unet, int *height, int *width);

/* The dispatches of one step, for profiles.  (transfer none) */
LimnPlan *limn_unet_plan (LimnUnet *unet);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnUnet, limn_unet_free)

G_END_DECLS
