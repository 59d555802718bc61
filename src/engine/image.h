/* image.h - pictures as the networks know them, and the quick look at a latent.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/mask-area.h"
#include "engine/limn.h"
#include "model/checkpoint.h"

G_BEGIN_DECLS

/* planes: [3, height, width] in [-1, 1]; values outside are clamped, halves round to even.  It is deep as well. */
LimnImage *limn_image_from_planes (const float *planes, int width, int height);
/* A value of such a picture, at: of its rgb and deep; likewise, of [0, 1]. */
void limn_image_put (LimnImage *image, gsize at, double value);
void limn_image_to_planes (const LimnImage *image, float *planes);

/* The cells of a latent, factor x factor pixels each, that mask ([factor * height, factor * width]) lets anything be
 * painted in: 1, else 0. */
void limn_image_mask_cells (const guint8 *mask, int factor, int width, int height, guint8 *cells);
/* The same as inpainting models are told it: 1 or 0 by the pixel at each cell's corner, as diffusers has it. */
void limn_image_mask_plane (const guint8 *mask, int factor, int width, int height, float *plane);
/* Pixels of planes, 3 of n each, that such a model is not shown, as it is to paint them, become the middle gray. */
void limn_image_hide (const guint8 *mask, gsize n, float *planes);

/* A linear projection of a latent to colour.  latent: [4, height, width]; rgb: [height, width, 3].  Where vae knows no
 * factors the first three channels are shown, scaled to their own spread. */
void limn_image_preview (const LimnVaeConfig *vae, const float *latent, int width, int height, guint8 *rgb);

G_END_DECLS
