/* denoise.h - the loop over steps: guidance and several pictures in one batch, the sampler's update, and what the
 * caller wants after each step.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/cache.h"
#include "engine/history.h"
#include "engine/sampler.h"
#include "engine/schedule.h"

G_BEGIN_DECLS

/* What an inpainting run with an ordinary U-Net puts back after every step: the original, noised to the next step's
 * level with the run's own noise, wherever nothing is to be painted (as RePaint, Lugmayr et al. 2022, without its
 * resampling). */
typedef struct {
  const guint8 *painted; /* [plane]: 0 keeps the original; NULL: nothing is kept */
  const float *original; /* [planes, plane] */
  const float *noise;    /* the same, N(0, 1) */
  gsize plane;           /* planes * plane = LimnDenoise.values */
  int planes;
} LimnKept;

/* One of the pictures whose steps are taken together.  None knows of the others: each becomes what it would alone. */
typedef struct {
  float *latents; /* [values] at sigma[first], become those at sigma[last] */
  LimnKept kept;
  LimnHistory *history; /* NULL, or of the steps before first; those done are added */
  gboolean left;        /* takes no further step; set between steps, from stepped */
  gpointer data;        /* for noise and stepped */
} LimnDenoisePicture;

typedef struct {
  const LimnSampler *sampler;
  const LimnSchedule *schedule;
  int first, last;              /* steps [first, last) of schedule */
  LimnDenoisePicture *pictures; /* [n_pictures] */
  int n_pictures;
  gsize values;             /* floats of one picture's latents */
  int planes;               /* that these are */
  const LimnFields *fields; /* guidance, noise ...: of the request */
  gboolean guided;          /* the network is asked with the prompt and without; else with it only */
  gboolean perturbed;       /* and with it and its attention perturbed */
  gboolean watched;         /* where guided: and again, about what is blurred where it looked */
  int width;                /* with watched: of a row of the latents */
  LimnPrediction prediction;
  LimnCache *cache; /* NULL, or counts, of one picture, which decides whether the network is asked; with it: */
  /* Whether the network is told in step what it was told in the one before. */
  gboolean (*alike) (gpointer data, int step);
  /* The network: rows are the negatives where guided, the pictures, and these again where perturbed, each of all
   * pictures that have not left.  evaluation counts from 0, in the order of limn_denoise_timesteps (), twice the same
   * where watched.  sample and out: [rows, values]. */
  gboolean (*predict) (gpointer data, int evaluation, const float *sample, float *out, const LimnTick *tick,
                       GError **error);
  /* With watched: where it has looked at the negatives, limn_unet_looked ().  [pictures that have not left, *height,
   * *width]; (transfer full). */
  float *(*looked) (gpointer data, int *height, int *width);
  /* N(0, 1) for step, as a function of step and draw, 0 .. limn_sampler_draws () - 1, alone.  NULL where the sampler
   * draws none. */
  void (*noise) (gpointer picture, int step, int draw, float *out);
  /* NULL, or told after every step of a picture.  latents: [values]; did: of the same shape. */
  void (*stepped) (gpointer picture, int step, const float *latents, const LimnPast *did);
  gpointer data; /* for predict */
} LimnDenoise;

/* How often steps [first, last) ask the network, and at which timesteps.  timesteps: NULL, or [that many]. */
int limn_denoise_timesteps (const LimnSampler *sampler, const LimnSchedule *schedule, const LimnFields *fields,
                            int first, int last, float *timesteps);
/* Nothing is added between two runs that share a schedule: that is the hand-off.  Ends early where all have left.
 * LIMN_ERROR_NUMERIC names the step where a value stops being finite. */
gboolean limn_denoise (const LimnDenoise *job, const LimnTick *tick, GError **error);

G_END_DECLS
