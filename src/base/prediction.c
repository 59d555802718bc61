/* prediction.c - see prediction.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/prediction.h"

#include <math.h>
#include <string.h>

#include "base/i18n.h"

static LimnScaling
noise (double sigma, double data)
{
  return (LimnScaling){ 1, -sigma, 1 / sqrt (sigma * sigma + 1) };
}

static LimnScaling
velocity (double sigma, double data)
{
  double variance = sigma * sigma + data * data;

  return (LimnScaling){ data * data / variance, -sigma * data / sqrt (variance), 1 / sqrt (variance) };
}

static LimnScaling
picture (double sigma, double data)
{
  return (LimnScaling){ 0, 1, 1 / sqrt (sigma * sigma + 1) };
}

/* Velocity, its sign the other way round. */
static LimnScaling
edm (double sigma, double data)
{
  LimnScaling scaling = velocity (sigma, data);

  scaling.out = -scaling.out;
  return scaling;
}

static LimnScaling
flow (double sigma, double data)
{
  return (LimnScaling){ 1 / (1 + sigma), -sigma / (1 + sigma), 1 / (1 + sigma) };
}

/* The last product of zero terminal SNR is ComfyUI's, which nearly all such models are made and judged with; where
 * diffusers' files ask for it, theirs is taken. */
static const LimnPredictionRow rows[] = {
  [LIMN_PREDICTS_NOISE] = { { "epsilon", N_ ("Noise (epsilon)") }, noise, 1 },
  [LIMN_PREDICTS_VELOCITY] = { { "v", N_ ("Velocity (v)") }, velocity, 1 },
  [LIMN_PREDICTS_VELOCITY_ZSNR] = { { "v_zsnr", N_ ("Velocity, zero terminal SNR") },
                                    velocity,
                                    1,
                                    .last_abar = 4.8973451890853435e-08,
                                    .spacing = "trailing" },
  [LIMN_PREDICTS_PICTURE] = { { "x0", N_ ("Picture (x0)") }, picture, 1, .spacing = "trailing" },
  [LIMN_PREDICTS_EDM] = { { "edm", N_ ("EDM (Playground 2.5)") },
                          edm,
                          0.5,
                          LIMN_LEVELS_EVEN,
                          .least = 0.002,
                          .most = 80,
                          .spacing = "karras_full" },
  [LIMN_PREDICTS_EDM_VELOCITY] = { { "edm_v", N_ ("EDM velocity (CosXL)") },
                                   velocity,
                                   1,
                                   LIMN_LEVELS_EVEN,
                                   .least = 0.002,
                                   .most = 120,
                                   .spacing = "exponential" },
  [LIMN_PREDICTS_FLOW] = { { "flow", N_ ("Flow matching") },
                           flow,
                           1,
                           LIMN_LEVELS_FLOW,
                           .shift = 2.5,
                           .spacing = "sgm_uniform" },
};

const LimnPredictionRow *
limn_prediction_row (LimnPrediction prediction)
{
  g_return_val_if_fail ((guint) prediction < G_N_ELEMENTS (rows), &rows[LIMN_PREDICTS_NOISE]);
  return &rows[prediction];
}

LimnScaling
limn_prediction_scaling (LimnPrediction prediction, double sigma)
{
  const LimnPredictionRow *row = limn_prediction_row (prediction);

  return row->scaling (sigma, row->data);
}

gboolean
limn_prediction_find (const char *name, LimnPrediction *prediction)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strcmp (name, rows[i].choice.name) == 0) {
      *prediction = (LimnPrediction) i;
      return TRUE;
    }
  return FALSE;
}

const LimnChoice *
limn_prediction_choice (guint index)
{
  static const LimnChoice model = { LIMN_PREDICTION_MODEL, N_ ("The model’s own") };

  if (index == 0)
    return &model;
  return index <= G_N_ELEMENTS (rows) ? &rows[index - 1].choice : NULL;
}
