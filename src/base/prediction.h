/* prediction.h - what a network says of noisy latents, a row each: how it wants to be asked, and where it points.
 *
 * Latents are x = x0 + sigma n.  As Karras et al. 2022, table 1, have it: x0 = c_skip x + c_out F (c_in x, c_noise),
 * with F the network.  To add a prediction: its id here and its row in prediction.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

typedef enum {
  LIMN_PREDICTS_NOISE,         /* Ho et al. 2020 */
  LIMN_PREDICTS_VELOCITY,      /* Salimans and Ho 2022 */
  LIMN_PREDICTS_VELOCITY_ZSNR, /* the same, trained to where nothing is left of the picture (Lin et al. 2023) */
  LIMN_PREDICTS_PICTURE,       /* x0 itself */
  LIMN_PREDICTS_EDM,           /* Karras et al. 2022; Playground 2.5 */
  LIMN_PREDICTS_EDM_VELOCITY,  /* velocity at EDM's noise levels; CosXL */
  LIMN_PREDICTS_FLOW,          /* noise less picture, between which it goes in a line (Esser et al. 2024) */
} LimnPrediction;

/* Which noise levels it was trained at, and c_noise. */
typedef enum {
  LIMN_LEVELS_OF_BETAS, /* of a table of betas, told by the place in it */
  LIMN_LEVELS_EVEN,     /* evenly in log sigma; told log sigma / 4 */
  LIMN_LEVELS_FLOW      /* sigma = t / (1 - t) with t even but for a shift; told 1000 t */
} LimnLevels;

typedef struct {
  double skip, out, in; /* c_skip, c_out, c_in */
} LimnScaling;

typedef struct {
  LimnChoice choice;
  LimnScaling (*scaling) (double sigma, double data);
  double data; /* the deviation that pictures were taken to have */
  LimnLevels levels;
  double last_abar;    /* with betas: their last product, which the others are stretched to; 0: as the betas have it */
  double least, most;  /* of LIMN_LEVELS_EVEN */
  double shift;        /* of LIMN_LEVELS_FLOW */
  const char *spacing; /* the schedule that is such a model's own; NULL: what its family has */
} LimnPredictionRow;

const LimnPredictionRow *limn_prediction_row (LimnPrediction prediction);
LimnScaling limn_prediction_scaling (LimnPrediction prediction, double sigma);
/* FALSE where there is no row of that name. */
gboolean limn_prediction_find (const char *name, LimnPrediction *prediction);

#define LIMN_PREDICTION_MODEL "model" /* the default: what the model's files say */

/* For people to choose from: the model's own, then the rows. */
const LimnChoice *limn_prediction_choice (guint index);

G_END_DECLS
