/* job.h - one picture in the making: what the acts of limn_engine_generate () share.
 *
 * A job-*.c makes acts of its kind and does them; job-acts.c puts them in order; job.c is what they all stand on.
 * Pictures that are painted together are a list of jobs, of which the first one's acts are all jobs': what such an act
 * says of a network is of all pictures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/mask-area.h"
#include "engine/act.h"
#include "engine/area.h"
#include "engine/clock.h"
#include "engine/denoise.h"
#include "engine/engine.h"
#include "engine/like.h"
#include "engine/schedule.h"
#include "engine/script.h"
#include "engine/several.h"
#include "model/taesd.h"

G_BEGIN_DECLS

struct _LimnJob {
  LimnEngine *engine;
  const LimnRequest *request;
  LimnJob *next;              /* NULL, or painted together with it */
  LimnJob *second;            /* NULL, or what follows it: a second pass, a box and further boxes (details.h), each of
                               * which follows the one before; their acts are in the first's list */
  const LimnMonitor *monitor; /* NULL, or who is told of this picture; the clock's: of all of them */
  LimnClock *clock;           /* all jobs' of the list */
  int pictures;               /* of the list, in the first; 0: one */
  gboolean left;              /* it has its answer, and takes no more part */
  LimnPaintedFunc answer;     /* gets it, once ... */
  guint index;                /* ... as that of this painting ... */
  gpointer data;              /* ... with this */
  const LimnSampler *sampler;
  const LimnLike *like;
  LimnSchedule *schedule;
  int begin, split;  /* the base runs steps [begin, split), the refiner [split, schedule->steps) */
  int height, width; /* of the latent */
  int planes;        /* of the latent; 4 */
  int factor;        /* pixels a cell of it, each way; 8 */
  gsize values;      /* planes * height * width */
  LimnAct *acts;
  LimnWork work;        /* all of the run */
  LimnScript *script;   /* what is said when, from the schedule's origin */
  GHashTable *told;     /* LimnModel -> LimnConditioning: the script's captions, as the model has read them */
  float *latents;       /* [planes, height, width] */
  LimnHistory *history; /* of the steps of past_of, the network that took the last one */
  LimnModel *past_of;
  gboolean masked; /* it paints area of its picture alone */
  LimnArea area;
  LimnImage *fitted;                   /* NULL, or what it paints over, at the run's size ... */
  guint8 *mask;                        /* ... and what of that, where it is no longer the request's */
  LimnKept kept;                       /* with a mask; points to the next three */
  guint8 *painted;                     /* [height, width] */
  float *original;                     /* [planes, height, width] */
  float *noise;                        /* the same */
  float *controls[LIMN_MOST_CONTROLS]; /* what the request's ControlNets are told, [3, request's height, width], once
                                        * they were asked; of IP-Adapters, what their encoder answered of nothing and of
                                        * the picture; else NULL */
  float *given;     /* NULL, or [1 + planes, height, width]: what a U-Net that inpaints is told in each step */
  int draws;        /* of noise before step begin */
  GQueue walked;    /* what its path's nodes drew lately: see base/brownian.h */
  LimnImage *image; /* what has become of it */
  GPtrArray *notes; /* char *, NULL-terminated at the end of the run */
  gboolean crowded; /* there was no room for the decoder of previews */
  gboolean plain;   /* it has failed */
  LimnCache cache;  /* what step caching left out */
  /* Of what follows: */
  gboolean follows;
  int pass;              /* the how manieth that follows, from 1 */
  gboolean boxed;        /* it paints a box again ... */
  guint8 *box;           /* ... by this mask: its request's */
  char *said[2];         /* ... with this prompt and negative of its own, or NULL each: the request borrows them */
  LimnImage canvas;      /* what is known of the picture before there is one: its size */
  LimnAreaView *view;    /* NULL, or where its previews are in the picture */
  LimnRequest own;       /* its request */
  gboolean from_latents; /* begins with the first's, made larger, rather than with a picture ... */
  float *resized;        /* ... once they are: [planes, height, width] */
  int before;            /* steps that those before it take */
  int said_before;       /* evaluations of all its schedule, as prompts count them */
  gboolean redone;       /* something was computed twice, so that the times tell nothing */
  /* What had to be done with less memory than was planned with, and has been noted. */
  LimnResidency lowered;
};

/* Sets the request and plans its acts: no device is touched. */
void limn_job_plan (LimnJob *job, const LimnRequest *request);
/* Whether both, which have been planned, can be painted together: they ask the same of the same networks in the same
 * steps. */
gboolean limn_job_goes_with (const LimnJob *job, const LimnJob *other);
/* The most pictures of request's kind, of so many, that are painted together without anything having to give way that
 * one alone leaves in place. */
int limn_job_most_together (LimnEngine *engine, const LimnRequest *request, int pictures, const LimnBudget *budget);
/* How all that the acts need comes to be within budget: as much as can be stays, and what is too large by itself is
 * given the room that there is, and the cost that it has then.  Where nothing helps, the least that is needed is the
 * cost. */
LimnResidency limn_job_fit (LimnJob *job, const LimnBudget *budget);
/* The same, and leaves out previews' decoder where that gains anything. */
LimnResidency limn_job_choose (LimnJob *job, const LimnBudget *budget);
/* What has to be done, see LimnWork.  Nothing is loaded. */
LimnWork limn_job_work (const LimnJob *job, LimnResidency residency);
/* Sets the request and plans no more than its boxes, and enlarging, over a picture that the job has. */
void limn_job_plan_details (LimnJob *job, const LimnRequest *request);
/* Has the device compile what is left to compile, and notes what it does wrong. */
gboolean limn_job_prepare (LimnJob *job, GError **error);
void limn_job_note (LimnJob *job, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* One note for each LoRA that the prompts name. */
void limn_job_note_loras (LimnJob *job);
/* Which ControlNets are not told what they could be. */
void limn_job_note_controls (LimnJob *job);
/* The same of a negative prompt that a model which is told the guidance does not read. */
void limn_job_note_guidance (LimnJob *job);
/* The same of a region that says nothing. */
void limn_job_note_regions (LimnJob *job);
/* One note for each word of the prompts that should be an embedding and is none; the acts have been planned. */
void limn_job_note_embeddings (LimnJob *job);
/* What a person should know of its previews before they come. */
void limn_job_note_previews (LimnJob *job);
/* How model was trained, as the request has it where it is of the request's own model. */
LimnScheduleConfig limn_job_config (const LimnRequest *request, LimnModel *model, const char *prediction);
/* Everything but engine and request. */
void limn_job_clear (LimnJob *job);
/* Plans it and gives it what it needs to be run. */
void limn_job_open (LimnJob *job, const LimnRequest *request);
/* Does all that first's acts say for the jobs of its list, which get their answers and are cleared. */
void limn_jobs_run (LimnJob *first);
/* Its answer is error. */
void limn_job_leave (LimnJob *job, const GError *error);
/* Does that where somebody has cancelled this one alone of several. */
gboolean limn_job_leave_cancelled (LimnJob *job);
/* Of the whole list. */
int limn_job_pictures (const LimnJob *first);

/* ---- For those who make acts ---- */

/* Sets the request, its sizes and its steps. */
void limn_job_begin (LimnJob *job, const LimnRequest *request);
/* act will ask this network so often.  FALSE where model has none. */
gboolean limn_job_use (const LimnJob *job, LimnAct *act, const LimnNetworkKind *kind, LimnModel *model,
                       const LimnNetworkShape *shape, int evaluations);
/* The network, which act needs; the clock is told of loading, then of act's stage. */
gpointer limn_job_fetch (LimnJob *job, const LimnAct *act, const LimnNetwork *network, GError **error);
/* act, of so many steps, will show them by the decoder that is found with the model, if one is asked for and there. */
/* LimnAround bits: in which directions its picture repeats. */
guint64 limn_job_around (const LimnJob *job);
void limn_job_use_preview (const LimnJob *job, LimnAct *act, int steps);
/* That decoder, or NULL.  What went wrong is noted. */
LimnTaesd *limn_job_fetch_preview (LimnJob *job, const LimnAct *act);
/* What decoder, which may be NULL, makes of latents, at full size; NULL where it cannot.  What went wrong is noted. */
LimnImage *limn_job_decode_preview (LimnJob *job, LimnTaesd *decoder, const float *latents);
/* How long the context is that model makes of the prompts. */
int limn_job_tokens (const LimnJob *job, LimnModel *model);
/* N(0, 1) [planes, height, width]: what the VAE's draw from a picture is made with, and that from what an inpainting
 * model is shown of it; what the run starts from; what a step gets, as a function of step and draw alone. */
void limn_job_draw_picture (const LimnJob *job, float *out);
void limn_job_draw_given (const LimnJob *job, float *out);
void limn_job_draw_start (const LimnJob *job, float *out);
void limn_job_draw_step (LimnJob *job, int step, int draw, float *out);
/* What the steps of model put back: nothing where it inpaints. */
LimnKept limn_job_kept (const LimnJob *job, LimnModel *model);
/* Does that to the latents at the level of step, which model begins with. */
void limn_job_put_back (LimnJob *job, LimnModel *model, int step);
/* Whether the run begins with noise alone. */
gboolean limn_job_from_nothing (const LimnJob *job);
/* How many draws there are before any step's, and up to step of a run, at most where it is now. */
int limn_job_draws_at_start (const LimnJob *job);
int limn_job_draws (const LimnJob *job, int step);

/* Has model read the request's prompts.  This and the following: (transfer full). */
LimnAct *limn_job_act_encode (const LimnJob *job, LimnModel *model);
/* Has the encoders of the request's IP-Adapters see their pictures: an act for each of these, one after another, or
 * NULL. */
LimnAct *limn_job_act_see (const LimnJob *job);
/* Fills latents with noise, with the request's picture and noise at the level of the first step, or with those it is to
 * go on from; and what a mask keeps. */
LimnAct *limn_job_act_start (const LimnJob *job);
/* The steps [first, last) by model, which has been told the prompts: an act for each run of them that is guided or not,
 * one after another. */
LimnAct *limn_job_act_steps (const LimnJob *job, LimnModel *model, int first, int last);
/* The picture; where the request has a mask, with the original's pixels around. */
LimnAct *limn_job_act_decode (const LimnJob *job);
/* By upscaler, of a picture of width x height pixels. */
LimnAct *limn_job_act_enlarge (const LimnJob *job, LimnModel *upscaler, int width, int height);

/* Plans nothing but what job's second pass is, where its request has one. */
void limn_job_begin_second (LimnJob *job);
/* The same of the boxes that are painted again, each of which is a job that follows. */
void limn_job_begin_details (LimnJob *job);
/* Of job and what follows it: what paints the whole picture, and what ends it. */
LimnJob *limn_job_drawn (LimnJob *job);
LimnJob *limn_job_last (LimnJob *job);
/* What job has painted becomes what the one that follows it begins with. */
LimnAct *limn_job_act_turn (const LimnJob *job);
/* Brings what follows each of a list of jobs, which have been opened, together as these are. */
void limn_jobs_join_seconds (LimnJob *first);
/* The job, or what follows it, that act is of; who has left one has left all. */
LimnJob *limn_job_of (LimnJob *job, const LimnAct *act);
void limn_jobs_share_left (LimnJob *first);

G_END_DECLS
