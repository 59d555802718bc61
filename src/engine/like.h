/* like.h - as whom to paint: the conventions that differ from program to program where settings have the same names, a
 * row each.
 *
 * To add one: its row in like.c.  Where the start's noise comes from, and what the prompt's signs mean, are settings,
 * too: choosing a row sets them along (limn_like_choose ()), and a person can change them after.  All else is asked of
 * the row while painting.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/fields.h"

G_BEGIN_DECLS

/* Where the noise of steps comes from. */
typedef enum {
  LIMN_STEPS_GO_ON,  /* the start's generator draws on */
  LIMN_STEPS_CPU,    /* another, on the CPU, of the next seed */
  LIMN_STEPS_CARD,   /* another, on the graphics card, of the same seed */
  LIMN_STEPS_FLIPPED /* that of the seed with its lower 32 bits flipped */
} LimnStepNoise;

/* What is asked of a Brownian path, in the place of draws that know nothing of each other, by samplers that solve a
 * stochastic equation. */
typedef enum {
  LIMN_TREE_NONE,
  LIMN_TREE_CPU,   /* a path from the CPU's normals, over the steps that are taken */
  LIMN_TREE_CARD,  /* the same from the graphics card's */
  LIMN_TREE_SOURCE /* one from the setting's, over the whole schedule */
} LimnTreeNoise;

/* What noise is multiplied by where a run starts from nothing. */
typedef enum {
  LIMN_SCALE_SCHEDULE, /* LimnSchedule.initial_scale: diffusers' */
  LIMN_SCALE_VARIANCE, /* at the highest level of training, that of noise and picture together; else sigma */
  LIMN_SCALE_SIGMA
} LimnStartScale;

/* Which steps a run over a picture takes. */
typedef enum {
  LIMN_PICTURE_SHARE,    /* the last int (strength * steps) */
  LIMN_PICTURE_ONE_MORE, /* one more than those */
  LIMN_PICTURE_ALL       /* as many as are asked for, the last ones of int (steps / strength) */
} LimnPictureSteps;

/* A schedule's name, and what has its numbers there: both of limn_schedule_choice (). */
typedef struct {
  const char *name, *form;
} LimnScheduleForm;

typedef struct {
  LimnChoice choice;
  LimnNoise noise_source; /* this goes along as a setting ... */
  const char *emphasis;   /* ... and this, of limn_emphasis_choice (); NULL: the default */
  LimnStepNoise steps;
  LimnTreeNoise tree;
  LimnStartScale scale;
  LimnPictureSteps picture;
  gboolean means;       /* a picture is read as the mean of what the VAE says, not as a draw from it */
  const char *discards; /* NULL, or a sampler that leaves out the last level but 0, beside those that do everywhere */
  const LimnScheduleForm *forms; /* NULL, or up to one without a name */
} LimnLike;

/* name: NULL for the default, Limn's own. */
const LimnLike *limn_like_find (const char *name);
/* How many of the steps a run over a picture takes: the last ones. */
int limn_like_picture_steps (const LimnLike *like, int steps, double strength);

G_END_DECLS
