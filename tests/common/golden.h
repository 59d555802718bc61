/* golden.h - golden values for the tests: opening them by relative path, and comparing.
 *
 * The folder is $LIMN_GOLDEN_DIR, else the tests/golden of the source tree.  A missing file or tensor ends the test
 * program with a message: a test that cannot find its golden values must not pass.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/json.h"
#include "file/tensors.h"

G_BEGIN_DECLS

/* "unet/mini-sdxl.safetensors" -> its full path.  (transfer full) */
char *golden_path (const char *relative);
LimnTensors *golden_open (const char *relative);
LimnJson *golden_json (const char *relative);

gboolean golden_has (LimnTensors *file, const char *name);
/* name: a printf format.  A tensor of any type as floats, C order.  count: NULL, or receives the number of elements.
 * (transfer full) */
float *golden_floats (LimnTensors *file, gsize *count, const char *name, ...) G_GNUC_PRINTF (3, 4);
/* The same for integer tensors of at most 32 bits. */
int *golden_ints (LimnTensors *file, gsize *count, const char *name, ...) G_GNUC_PRINTF (3, 4);
const LimnTensor *golden_tensor (LimnTensors *file, const char *name, ...) G_GNUC_PRINTF (2, 3);

typedef struct {
  double max_abs; /* max |a - b| */
  double rel;     /* max |a - b| / max |b| */
  double rms;     /* sqrt (mean (a - b)^2) */
  double rms_rel; /* rms / sqrt (mean b^2) */
  gsize worst;    /* where |a - b| is largest, or the first a that is not finite */
} GoldenDiff;

/* a: ours; b: expected.  A value that is not finite makes every figure NaN. */
GoldenDiff golden_compare (const float *a, const float *b, gsize n);
/* Prints the figures under label and fails the test (g_test_fail_printf) unless rel <= tolerance. */
gboolean golden_check_rel (const char *label, const float *a, const float *b, gsize n, double tolerance);
/* The same for max_abs and for rms. */
gboolean golden_check_abs (const char *label, const float *a, const float *b, gsize n, double tolerance);
gboolean golden_check_rms (const char *label, const float *a, const float *b, gsize n, double tolerance);

G_END_DECLS
