/* fp8.h - the eight-bit floats E4M3 (without infinities, "e4m3fn") and E5M2 to and from float.
 *
 * Micikevicius et al. 2022, "FP8 formats for deep learning".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum { LIMN_FP8_E4M3, LIMN_FP8_E5M2, LIMN_N_FP8 } LimnFp8;

/* The largest of each. */
#define LIMN_FP8_E4M3_MOST 448.0f
#define LIMN_FP8_E5M2_MOST 57344.0f

/* Neither side needs to be aligned. */
void limn_fp8_to_float_row (LimnFp8 format, const guint8 *in, float *out, gsize n);
/* The nearest that there is; of two, the one whose code is even.  Beyond the largest lies NaN, or infinity. */
guint8 limn_fp8_from_float (LimnFp8 format, float value);
/* Whether it is neither NaN nor infinity. */
gboolean limn_fp8_is_finite (LimnFp8 format, guint8 code);

G_END_DECLS
