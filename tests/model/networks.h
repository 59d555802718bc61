/* networks.h - opening a device and walking traces, for the golden tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "common/golden.h"
#include "model/traced.h"

G_BEGIN_DECLS

/* The device of this test program: skips (TAP SKIP) where there is none, fails with LIMN_REQUIRE_GPU=1.
 * LIMN_TESTS_VARIANT: its kernels are of that variant, or the program is skipped where the device cannot run it. */
LimnGpu *networks_gpu (void);
/* Makes to a copy of mini-sdxl whose VAE decoder has its residual stream factor (a power of two) times as large: the
 * same pictures, as the norms take it out again, but beyond fp16's range. */
void networks_loud_vae (const char *to, float factor);
/* g_test_run (), then gives the device back. */
int networks_run (void);

/* Compares every trace that the golden file has under prefix, in the order of computation: the first that fails is
 * where we go wrong. */
typedef struct {
  LimnTensors *golden;
  const char *prefix; /* "case0/tap/" */
  double tolerance;
  int seen;
} NetworksWalk;

void networks_walk_cb (const char *name, LimnArray array, const float *rows, gpointer data);

/* What the U-Net of a mini SDXL makes of the golden case 0.  count: receives 4 * NETWORKS_SIDE^2.  (transfer full) */
#define NETWORKS_TOKENS 77
#define NETWORKS_SIDE 16
float *networks_run_checkpoint (LimnCheckpoint *checkpoint, LimnPrecision precision, gsize *count);
/* The same of the file at path. */
float *networks_run_file (const char *path, LimnPrecision precision, gsize *count);

G_END_DECLS
