/* job.h - one picture in the making: what the stages of limn_engine_generate () share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/clock.h"
#include "engine/conditioning.h"
#include "engine/denoise.h"
#include "engine/engine.h"
#include "engine/schedule.h"

G_BEGIN_DECLS

/* Floating point operations of a stage, in all and in one evaluation; for LIMN_STAGE_LOAD bytes of weights. */
typedef struct {
  double total[LIMN_N_STAGES], unit[LIMN_N_STAGES];
} LimnWork;

typedef struct {
  LimnEngine *engine;
  const LimnRequest *request;
  LimnClock clock;
  const LimnSampler *sampler;
  LimnSchedule *schedule;
  int begin, split;  /* the base runs steps [begin, split), the refiner [split, schedule->steps) */
  int height, width; /* of the latent */
  int planes;        /* of the latent; 4 */
  int factor;        /* pixels a cell of it, each way; 8 */
  gsize values;      /* planes * height * width */
  float *latents;    /* [planes, height, width] */
  LimnImage *fitted; /* NULL, or the request's picture at the run's size */
  LimnKept kept;     /* with a mask; points to the next three */
  guint8 *painted;   /* [height, width] */
  float *original;   /* [planes, height, width] */
  float *noise;      /* the same */
  int draws;         /* of noise before step begin */
  LimnWork work;     /* all of the run */
  GPtrArray *notes;  /* char *, NULL-terminated at the end of the run */
  gboolean redone;   /* something was computed twice, so that the times tell nothing */
} LimnJob;

/* Sets the request, its sizes and its steps: no device is touched. */
void limn_job_plan (LimnJob *job, const LimnRequest *request);
gboolean limn_job_uses_base (const LimnJob *job);
gboolean limn_job_uses_refiner (const LimnJob *job);
/* How often the steps of role, LIMN_NETWORK_BASE or LIMN_NETWORK_REFINER, ask the network. */
int limn_job_evaluations (const LimnJob *job, LimnNetwork role);
/* Whether the VAE's encoder has to read the request's picture. */
gboolean limn_job_reads_picture (const LimnJob *job);
/* Bytes of the networks that the run uses: with their work buffers, and without. */
LimnNeeds limn_job_needs (const LimnJob *job);
LimnNeeds limn_job_weights (const LimnJob *job);
/* What the network of role comes to; encoder: which of the text encoders, 0 elsewhere.  Zeros where the model has
 * none. */
LimnSurvey limn_job_cost (const LimnJob *job, LimnNetwork role, int encoder);
/* How the U-Nets are built.  tokens: of the context; how many role's model makes of the prompts. */
LimnNetworkShape limn_job_unet_shape (const LimnJob *job, int tokens);
int limn_job_tokens (const LimnJob *job, LimnNetwork role);
/* What would stay on the device, and for residency what has to be done: see LimnWork.  Nothing is loaded. */
LimnResidency limn_job_residency (const LimnJob *job, const LimnBudget *budget);
LimnWork limn_job_work (LimnJob *job, LimnResidency residency);
/* The networks of a run: which model plays role. */
LimnModel *limn_job_model (const LimnJob *job, LimnNetwork role);
void limn_job_note (LimnJob *job, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* Everything but engine and request. */
void limn_job_clear (LimnJob *job);

/* Has the device compile what is left to compile. */
gboolean limn_job_prepare (LimnJob *job, GError **error);
/* What the U-Net of role (LIMN_NETWORK_BASE or LIMN_NETWORK_REFINER) is told: the request's prompts, encoded. */
LimnConditioning *limn_job_encode (LimnJob *job, LimnNetwork role, GError **error);
/* The floating point operations of it that are not known from earlier runs. */
double limn_job_encode_flop (LimnJob *job, LimnNetwork role);
/* One note for each LoRA that the prompts name. */
void limn_job_note_loras (LimnJob *job);
/* Fills latents with noise, with the request's picture and noise at the level of the first step, or with those it is to
 * go on from; and what a mask keeps. */
gboolean limn_job_start (LimnJob *job, GError **error);
/* N(0, 1) [planes, height, width]: the draw of that number, from 0, of one generator with the request's seed. */
void limn_job_draw (const LimnJob *job, int number, float *out);
/* The steps of role. */
gboolean limn_job_denoise (LimnJob *job, LimnNetwork role, const LimnConditioning *conditioning, GError **error);
/* The picture; where the request has a mask, with the original's pixels around. */
LimnImage *limn_job_decode (LimnJob *job, GError **error);

G_END_DECLS
