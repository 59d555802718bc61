/* sampler.h - one step of a sampler as pure functions over latents.
 *
 * Latents live in sigma space, x = x0 + sigma n, as Karras et al. 2022 write it.  A further sampler is a further pair of
 * functions here: what a step needs beyond the two noise levels comes in as an argument.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum { LIMN_PREDICTS_NOISE, LIMN_PREDICTS_VELOCITY } LimnPrediction;

/* What the network wants to see: out = x / sqrt (sigma^2 + 1). */
void limn_sampler_scale (double sigma, const float *x, float *out, gsize n);
/* The picture that the prediction points to: x - sigma eps, or the same from a velocity (Salimans and Ho 2022). */
void limn_sampler_denoised (LimnPrediction kind, double sigma, const float *x, const float *prediction, float *out,
                            gsize n);
/* Euler along the probability-flow line from sigma to next, in place (Karras et al. 2022, algorithm 1 without churn). */
void limn_sampler_euler (double sigma, double next, const float *denoised, float *x, gsize n);
/* Classifier-free guidance (Ho and Salimans 2022), into positive: negative + guidance (positive - negative). */
void limn_sampler_guide (double guidance, const float *negative, float *positive, gsize n);
/* x += sigma noise. */
void limn_sampler_add_noise (double sigma, const float *noise, float *x, gsize n);
/* Where painted is 0, x becomes kept + sigma noise (noise: NULL, or N(0, 1)).  painted: [plane]; the others: [planes, plane]. */
void limn_sampler_keep (double sigma, const guint8 *painted, const float *kept, const float *noise, float *x,
                        gsize plane, int planes);
gboolean limn_all_finite (const float *values, gsize n);

G_END_DECLS
