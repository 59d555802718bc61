/* schedule.h - which noise levels a run visits.
 *
 * The discrete schedule of Ho et al. 2020 with Rombach et al.'s scaled-linear betas, read in the sigma space of Karras
 * et al. 2022: sigma = sqrt ((1 - abar) / abar).  "Leading" spacing is what SDXL ships (steps_offset 1); "trailing"
 * ends the first step at the last timestep (Lin et al. 2023); "karras" spaces the sigmas between its first and last as
 * Karras et al. 2022, equation 5 (rho 7) has it, which is diffusers' way; "karras_full" is the same between all levels
 * of training, k-diffusion's way.  Those from the highest level of training to the least are ComfyUI's.
 * A schedule is a row and a function in schedule.c.  Models of other predictions were trained at other levels, see
 * LimnLevels: these are spaced in the same ways, those of flow matching by their time, sigma / (1 + sigma), as ComfyUI
 * has it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/checkpoint.h"

G_BEGIN_DECLS

typedef struct {
  int steps;
  int train_steps;
  double *timesteps; /* [steps], falling */
  double *sigmas;    /* [steps + 1], falling, the last one 0 unless the sampler ends above it */
  double *trained;   /* [train_steps], rising: the noise levels of training */
  double *custom;    /* [n_custom], or NULL: the levels that were asked for */
  int n_custom;
  LimnLevels levels;    /* what kind of levels these are */
  gboolean whole;       /* the network is told whole timesteps only, the nearest in log sigma */
  int origin;           /* the step that a run begins with which does not go on from another: 0, or img2img's */
  double initial_scale; /* N(0, 1) times this is where a run from nothing starts */
} LimnSchedule;

#define LIMN_SCHEDULE_MODEL "model" /* the default: the spacing that the model's config names */

#define LIMN_SCHEDULE_CUSTOM "custom" /* which LimnFields.sigmas goes with */

/* Whether it is a name of limn_schedule_choice () or, as limn_fields_schedule () has it, levels as text. */
gboolean limn_schedule_exists (const char *name);
/* name: one that exists; NULL for the default.  steps: 1..config->train_steps. */
LimnSchedule *limn_schedule_new (const LimnScheduleConfig *config, const char *name, int steps);
/* That of one step more, without its last level but 0: nothing so low is visited. */
LimnSchedule *limn_schedule_new_discarding (const LimnScheduleConfig *config, const char *name, int steps);
/* Leaves all but the last steps out. */
void limn_schedule_keep_last (LimnSchedule *schedule, int steps);
/* What the network is told of noise level sigma: the schedule's own timestep, or, between its levels, the one, between
 * whole ones too unless schedule->whole, that training had that sigma at. */
double limn_schedule_timestep (const LimnSchedule *schedule, double sigma);
/* The noise level where so much of training's time, 0 .. 1, is left. */
double limn_schedule_level (const LimnSchedule *schedule, double left);
/* Step becomes one at sigma. */
void limn_schedule_set_level (LimnSchedule *schedule, int step, double sigma);
/* Karras et al. 2022, equation 5: a level between first and last, at a share of the way. */
double limn_schedule_karras (double first, double last, double share);
/* Below which value a share of Beta (0.6, 0.6) lies. */
double limn_schedule_beta_point (double share);
void limn_schedule_free (LimnSchedule *schedule);

/* The product of (1 - beta) up to each training step, of betas rescaled to zero terminal SNR where config has a last
 * product.  abar: [config->train_steps]. */
void limn_schedule_alphas (const LimnScheduleConfig *config, double *abar);

/* The first step that belongs to the refiner where the base runs the share end of the schedule. */
int limn_schedule_split (const LimnSchedule *schedule, double end);
/* The least end with which step is still the base's. */
double limn_schedule_least_end (const LimnSchedule *schedule, int step);

/* Lets a run go on from where one on the schedule old stood after step of its steps: the last of schedule's steps that
 * is not below that noise level takes old's own timestep and sigma, and is returned.  The same schedule stays as it is,
 * and step is returned.  schedule->steps where old was at its end. */
int limn_schedule_enter (LimnSchedule *schedule, const LimnSchedule *old, int step);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnSchedule, limn_schedule_free)

G_END_DECLS
