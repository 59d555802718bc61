/* probe.h - what a model that says nothing of it predicts, from one answer to noise alone.
 *
 * At the last timestep a network is shown noise of which it can tell nothing but what pictures are like on average.
 * One that predicts the noise gives it back; one that predicts the line from picture to noise, too, but less that
 * average; a velocity is the average, with as much of the noise as the schedule has left of the picture there: none
 * where that is zero.  The average is smooth, so that how much of the noise comes back is measured in its finest
 * detail.
 *
 * What it says is to be proposed to a person: networks that are trained further in a few steps, or of which the files
 * are wrong, may answer anything.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"

G_BEGIN_DECLS

typedef struct {
  double share;              /* of the noise's finest detail that came back; 1: all of it */
  double rest;               /* rms of what the answer is beside that, without its detail; the noise's is 1 */
  gboolean told;             /* the answer is that of a network that predicts ... */
  LimnPrediction prediction; /* ... this */
} LimnProbe;

/* noise and answer: [planes, height, width], sides of multiples of 4; left: what a schedule leaves of the picture at
 * last, the root of its product of alphas. */
LimnProbe limn_probe_judge (const float *noise, const float *answer, int planes, int height, int width, double left);
/* Asks model's U-Net once.  FALSE with an error where it cannot be asked: a refiner knows no such noise. */
gboolean limn_engine_probe (LimnEngine *engine, LimnModel *model, const LimnMonitor *monitor, LimnProbe *probe,
                            GError **error);

G_END_DECLS
