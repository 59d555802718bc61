/* rng.h - the two streams of N(0, 1) that the ecosystem's seeds mean.
 *
 * LIMN_RNG_TORCH: torch.randn with a CPU generator (mt19937 seeded with the low 32 bits, Box-Muller: blocks of 16 in
 * float from 16 values on, with the last 16 redrawn when n is no multiple of 16; below 16 values the scalar path in
 * double with a cached second value).
 * LIMN_RNG_PHILOX: torch.randn on CUDA (Philox 4x32-10; each randn call uses the next offset), exact for as many values
 * as the GPU has threads in flight, which any SDXL latent is below.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum { LIMN_RNG_TORCH, LIMN_RNG_PHILOX } LimnRngKind;
typedef struct _LimnRng LimnRng;

LimnRng *limn_rng_new (LimnRngKind kind, guint64 seed);
void limn_rng_free (LimnRng *rng);
/* One torch.randn call of n values. */
void limn_rng_normal (LimnRng *rng, float *out, gsize n);
/* Leaves out so many of such calls. */
void limn_rng_skip (LimnRng *rng, guint calls, gsize n);
/* torch.rand: 24-bit uniform in [0, 1); LIMN_RNG_TORCH only. */
void limn_rng_uniform (LimnRng *rng, float *out, gsize n);
/* The next 32 bits of mt19937; LIMN_RNG_TORCH only. */
guint32 limn_rng_bits (LimnRng *rng);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnRng, limn_rng_free)

G_END_DECLS
