/* guidance.h - the table of guidance: what is made of a network's two answers, with the prompt and without, as pure
 * functions over latents.
 *
 * A kind is a row in guidance.c.  Which of a run's steps are guided at all is decided before it begins, so that the
 * others ask the network for one answer only.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/prediction.h"
#include "engine/limn.h"
#include "engine/schedule.h"
#include "model/network.h"

G_BEGIN_DECLS

typedef struct {
  LimnChoice choice;
  const char *source;  /* where it is from */
  gboolean of_picture; /* works on the pictures that the network's answers point to, else on these themselves */
  /* Into positive; both [planes, plane]. */
  void (*guide) (const LimnFields *fields, const float *negative, float *positive, gsize plane, int planes);
} LimnGuidance;

/* NULL where there is none of that name.  name: NULL for the default. */
const LimnGuidance *limn_guidance_find (const char *name);

/* Whether any step asks the network for both answers. */
gboolean limn_guided (const LimnFields *fields);
/* Whether step of so many does. */
gboolean limn_guided_step (const LimnFields *fields, int step, int steps);

/* What a network that is told of guidance is told in it. */
double limn_guidance_told (const LimnFields *fields, int step, int steps);

/* Whether it asks once more, for what is said with the middle's attention perturbed. */
gboolean limn_perturbed_step (const LimnFields *fields, int step, int steps);

/* Whether it is asked once more about a picture that is blurred where it looks (SAG), which takes both answers. */
gboolean limn_watched_step (const LimnFields *fields, int step, int steps);

/* What the network is to do otherwise within itself: FreeU in its share of the steps, as Forge counts it, deep shrink
 * in those that begin no lower than where, as ComfyUI has it, that share of training's time has gone. */
LimnFreeu limn_guidance_freeu (const LimnFields *fields, int step, int steps);
LimnShrink limn_guidance_shrink (const LimnFields *fields, const LimnSchedule *schedule, int step);

/* The network's two predictions for x at sigma become the pictures that they point to, positive by the kind and
 * rescaled.  All of them [planes, plane]. */
void limn_guide (const LimnFields *fields, LimnPrediction prediction, double sigma, const float *x, float *negative,
                 float *positive, gsize plane, int planes);
/* Perturbed-attention guidance (Ahn et al. 2024, section 4): away from where the network points with the prompt and its
 * attention perturbed, by what this differs from plain, where it points with the prompt alone; after all other
 * guidance, as in ComfyUI. */
void limn_guide_away (double scale, const float *plain, const float *perturbed, float *guided, gsize n);
/* What self-attention guidance (Hong et al. 2023, section 4.2) leads away from, as ComfyUI has it: picture, which the
 * network points to without the prompt, blurred by a Gaussian of blur pixels, cut off after four, where it is looked
 * at more than in the mean.  looked: limn_unet_looked (), of one picture; picture and out: [planes, height, width], of
 * more than four pixels each way. */
void limn_guidance_blur (double blur, const float *looked, int look_height, int look_width, const float *picture,
                         int height, int width, int planes, float *out);
#define LIMN_BLUR_REACH 4
/* Epsilon scaling (Ning et al. 2024, equation 11): the noise that is seen in x becomes less by factor. */
void limn_guidance_weaken_noise (double factor, const float *x, float *denoised, gsize n);

/* How far values are spread: the square root of their variance, over n - 1. */
double limn_guidance_deviation (const float *values, gsize n);
/* Guidance rescale (Lin et al. 2023, section 3.4): guided towards the positive's deviation, by share. */
void limn_guidance_rescale (double share, double deviation, float *guided, gsize n);

G_END_DECLS
