/* job.h - one picture in the making: what the stages of limn_engine_generate () share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/clock.h"
#include "engine/conditioning.h"
#include "engine/engine.h"
#include "engine/schedule.h"

G_BEGIN_DECLS

typedef struct {
  LimnEngine *engine;
  const LimnRequest *request;
  LimnClock clock;
  LimnSchedule *schedule;
  int begin, split;  /* the base runs steps [begin, split), the refiner [split, schedule->steps) */
  int height, width; /* of the latent */
  gsize values;      /* 4 * height * width */
  float *latents;    /* [4, height, width] */
  GPtrArray *notes;  /* char *, NULL-terminated at the end of the run */
} LimnJob;

/* The networks of a run: which model plays role. */
LimnModel *limn_job_model (const LimnJob *job, LimnNetwork role);
void limn_job_note (LimnJob *job, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* What the U-Net of role (LIMN_NETWORK_BASE or LIMN_NETWORK_REFINER) is told: the request's prompts, encoded. */
LimnConditioning *limn_job_encode (LimnJob *job, LimnNetwork role, GError **error);
/* Fills latents with noise, or with the request's picture and noise, at the level of the first step. */
gboolean limn_job_start (LimnJob *job, GError **error);
/* The steps of role. */
gboolean limn_job_denoise (LimnJob *job, LimnNetwork role, const LimnConditioning *conditioning, GError **error);
LimnImage *limn_job_decode (LimnJob *job, GError **error);

G_END_DECLS
