/* cache.h - step caching: steps that do not ask the network, for it would say nearly what it said before.
 *
 * After EasyCache (Zhou et al. 2025, section 3.2; ComfyUI's EasyCache and stable-diffusion.cpp's ucache are of its
 * kind): how fast the answers change is taken from the last two that were asked for; where the next would differ by
 * less than a threshold from the last one, this counts again.  Here the answer is the picture that a step points to,
 * and what it changes with is the logarithm of the noise level.
 *
 * Nothing is kept for it: which steps were asked follows from the trail, where a step that was not points to the very
 * values of the one before.  So going on from any step is exact to the bit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"

G_BEGIN_DECLS

/* Whether any step may go without the network. */
gboolean limn_cache_is_on (const LimnFields *fields);
/* Where step of so many, at sigma, needs no answer of its own: how many steps before it the one is whose answer counts
 * again; else 0.  past: [n_past], the last step first, n values each. */
int limn_cache_hold (const LimnFields *fields, int step, int steps, double sigma, const LimnPast *past, guint n_past,
                     gsize n);
/* A step that was asked so often, and where its answers point. */
void limn_cache_count (LimnCache *cache, int evaluations, const float *denoised, const LimnPast *past, guint n_past,
                       gsize n);

G_END_DECLS
