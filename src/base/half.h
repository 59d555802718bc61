/* half.h - IEEE binary16 and bfloat16 to and from float.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Round to nearest even; overflow gives infinity, NaN stays NaN (made quiet, as the processor's own instruction
 * does). */
guint16 limn_half_from_float (float value);
float limn_half_to_float (guint16 half);
guint16 limn_bfloat_from_float (float value);
float limn_bfloat_to_float (guint16 bfloat);

/* Rows: neither side needs to be aligned.  The same bits as the single conversions, by F16C where the processor has
 * it. */
void limn_half_from_float_row (const float *in, guint16 *out, gsize n);
void limn_half_to_float_row (const guint16 *in, float *out, gsize n);
void limn_bfloat_to_float_row (const guint16 *in, float *out, gsize n);

G_END_DECLS
