/* batch.h - the parts of limn-cli batch: a list of jobs, and the report of what became of them.
 *
 * A job is a line of JSON with the keys of a picture's own "limn" settings, and these, which are its own:
 *   output   the picture's name in the folder of results, with folders in it or without (its id)
 *   image    a picture to start from; mask: what of it is painted anew
 *   controls the ControlNets, each with "model", as below, and the "image" that it follows
 *   model, refiner, upscaler, parts   as paths, or as names of models in the folders that --model-dir names
 * Paths are as seen from the list.  A key that nothing knows is an error: no setting is dropped.
 *
 * A job's id is a hash of its line: it says which shard paints it, what its seed is where it names none, and, inside
 * the picture, that the picture is its.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

typedef enum { LIMN_JOB_LEFT, LIMN_JOB_DONE, LIMN_JOB_FAILED } LimnJobState;

/* A ControlNet of a job. */
typedef struct {
  char *model, *image; /* paths */
  LimnControl control; /* all but these */
} LimnJobControl;

typedef struct {
  guint line;                                             /* from 1 */
  char *id;                                               /* 16 hexadecimal digits */
  char *json;                                             /* the line */
  char *output;                                           /* as seen from the folder of results */
  char *image, *mask;                                     /* paths; NULL: none */
  char *model, *refiner, *upscaler, *parts[LIMN_N_PARTS]; /* paths; NULL: the usual one, none, in the model */
  GArray *controls;                                       /* LimnJobControl; NULL: none */
  LimnJobState state;
  char *error;    /* of one that failed */
  double seconds; /* it took; 0: it was done before */
  char *device;   /* that painted it; NULL as above */
} LimnJob;

/* The jobs of shard (0..) of so many that are in the list at path, in its order, each once.  model_folders: ended by
 * NULL, or NULL.  n_all: receives how many the list has.  Errors name the line.  (element-type LimnJob) */
GPtrArray *limn_jobs_load (const char *path, char *const *model_folders, guint shard, guint shards, guint *n_all,
                           GError **error);
/* Whether the file at path is job's picture, whole. */
gboolean limn_job_is_done (const LimnJob *job, const char *path);
/* The job's settings; what they borrow is in strings and words, [LIMN_CLI_WORDS], NULL before.  photo: of its image, or
 * NULL. */
gboolean limn_job_request (const LimnJob *job, LimnModel *model, const LimnPhoto *photo, GStringChunk *strings,
                           char **words, LimnRequest *request, GError **error);

gboolean limn_jobs_have_same_models (const LimnJob *job, const LimnJob *other);

/* Those that are open, from one job to the next; all 0 before. */
typedef struct {
  LimnModel *base, *refiner, *upscaler;        /* NULL: none */
  char *base_key, *refiner_key, *upscaler_key; /* what these are */
  GHashTable *controls;                        /* ControlNets, by path; NULL: none yet */
} LimnJobModels;

void limn_job_models_close (LimnJobModels *models);

/* A job's request and what it borrows from, models but for these; all 0 before. */
typedef struct {
  LimnPhoto *photo;
  guint8 *mask;
  LimnCliControls controls;
  GStringChunk *strings;
  char *words[LIMN_CLI_WORDS];
  LimnRequest request;
} LimnJobInputs;

/* Opens them, and has models be the job's: inputs of jobs with others are to be cleared before.  FALSE: they are to be
 * cleared, too. */
gboolean limn_job_inputs_open (LimnJobInputs *inputs, const LimnJob *job, LimnJobModels *models,
                               char *const *lora_folders, GError **error);
void limn_job_inputs_clear (LimnJobInputs *inputs);

/* A line of JSON on stdout for each thing that happens, and a file that says what became of each job.  Any thread. */
typedef struct _LimnReport LimnReport;

/* jobs: borrowed.  path: of the file. */
LimnReport *limn_report_new (const GPtrArray *jobs, const char *path, guint n_all);
void limn_report_free (LimnReport *report);
void limn_report_progress (LimnReport *report, const LimnJob *job, const LimnProgress *progress);
/* Sets what became of job, which is then this caller's no more.  error: NULL: it is done; notes: may be NULL. */
gboolean limn_report_settle (LimnReport *report, LimnJob *job, const GError *failed, double seconds, const char *device,
                             const char *const *notes, GError **error);
/* How many jobs are in state. */
guint limn_report_count (LimnReport *report, LimnJobState state);
/* Writes the file, and the last line. */
gboolean limn_report_finish (LimnReport *report, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnReport, limn_report_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnJobInputs, limn_job_inputs_clear)

G_END_DECLS
