/* flop.h - how many floating point operations a network's evaluation takes, counted from its configuration.
 *
 * A product of m x k and k x n counts 2 m k n, as the plans count it; norms and activations are left out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/checkpoint.h"
#include "model/vae.h"

G_BEGIN_DECLS

/* One step.  rows: 2 with guidance; height, width: of the latent; tokens: of the context. */
double limn_flop_unet (const LimnUnetConfig *config, int rows, int height, int width, int tokens);
/* One picture of a latent of height x width. */
double limn_flop_vae (const LimnVaeConfig *config, LimnVaeDirection direction, int height, int width);
/* One chunk of 77 tokens. */
double limn_flop_clip (const LimnClipConfig *config);

G_END_DECLS
