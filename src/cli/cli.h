/* cli.h - what the commands of limn-cli share.
 *
 * A command gets argv[0] = its own name and returns the exit status: 0 done, 1 an error (said in one sentence on
 * stderr), 2 a usage error, 75 (of batch) an error that may be gone another time, 130 cancelled.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/json.h"
#include "engine/limn.h"
#include "engine/several.h"
#include "photo/photo.h"

G_BEGIN_DECLS

#define LIMN_EXIT_ERROR 1
#define LIMN_EXIT_USAGE 2
#define LIMN_EXIT_AGAIN 75 /* EX_TEMPFAIL of sysexits.h */
#define LIMN_EXIT_CANCELLED 130

int limn_cli_generate (int argc, char **argv);
int limn_cli_enlarge (int argc, char **argv);
int limn_cli_map (int argc, char **argv);
int limn_cli_detect (int argc, char **argv);
int limn_cli_devices (int argc, char **argv);
int limn_cli_inspect (int argc, char **argv);
int limn_cli_convert (int argc, char **argv);
int limn_cli_models (int argc, char **argv);
int limn_cli_bench (int argc, char **argv);
int limn_cli_batch (int argc, char **argv);
int limn_cli_serve (int argc, char **argv);

/* Parses a command's options.  positional: NULL where the command takes none, else it needs as many as usage names ("IN
 * OUT"), which are stored there (borrowed from argv).  Returns 0, or the exit status after having said why;
 * ends the program where its options, or what may follow on the line, are asked for. */
int limn_cli_parse (int argc, char **argv, const GOptionEntry *entries, const char *usage, const char *summary,
                    char **positional);
/* "limn-cli --complete COMMAND WORDS...", which limn_cli_parse () answers in the command's stead: see complete.c. */
#define LIMN_CLI_COMPLETE "--complete"
/* words: what stands on the line after the command, the last of them as far as it is typed.  positional: something that
 * is no option may stand there, a path. */
void limn_cli_complete (const GOptionEntry *entries, gboolean positional, int n_words, char **words);
/* What earlier runs showed of the device's speed, kept in the user's cache folder. */
void limn_cli_load_speeds (LimnEngine *engine);
void limn_cli_save_speeds (LimnEngine *engine);
/* "limn-cli: message" on stderr; returns status. */
int limn_cli_fail (int status, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* The same with error's message; LIMN_EXIT_CANCELLED for LIMN_ERROR_CANCELLED, else LIMN_EXIT_ERROR. */
int limn_cli_fail_error (const GError *error);
/* "1024x768" or "8,16": two whole numbers, 0..65535, with separator between; FALSE where text is anything else. */
gboolean limn_cli_parse_pair (const char *text, char separator, int *first, int *second);
/* Reads option's number, within least and most; whole: without a fraction.  text NULL: value stays.  Returns 0, or the
 * exit status after having said what was expected; so do the next two. */
int limn_cli_read_number (const char *option, const char *text, gboolean whole, double least, double most,
                          double *value);
/* That a file of size bytes can be written at path (NULL: none is wanted) under one of endings, and destroys nothing
 * but a regular file. */
int limn_cli_check_output (const char *option, const char *path, const char *const *endings, guint64 size);
/* That path is none of inputs, nor a weight in one that is a model's folder, by whatever name.  option: NULL where none
 * named it; inputs: NULL-terminated. */
int limn_cli_check_apart (const char *option, const char *path, const char *const *inputs);
/* How wide text is on a terminal: a Chinese character takes two columns, and three bytes. */
int limn_cli_columns (const char *text);
/* The options that say where the model's parts are.  entries: (element-type GOptionEntry); parts: LIMN_N_PARTS. */
void limn_cli_add_parts (GArray *entries, char **parts);

/* --lora and --lora-dir, as given, and what becomes of them. */
typedef struct {
  char **files, **folders; /* NULL: none */
  char *prompt;
  GStrv all_folders;
} LimnCliLoras;

void limn_cli_add_loras (GArray *entries, LimnCliLoras *loras);
/* Names the files in request's prompt, as tags, and has them found; request borrows from loras.  An exit code: what a
 * tag cannot say is told. */
int limn_cli_take_loras (LimnCliLoras *loras, LimnRequest *request);
void limn_cli_loras_clear (LimnCliLoras *loras);

/* --control, as given, and what becomes of it. */
typedef struct {
  char **given;       /* NULL: none */
  GHashTable *models; /* path -> LimnModel; NULL: none yet */
  GArray *rows;       /* LimnControl, which borrow from the rest; NULL: none */
  GPtrArray *photos;  /* LimnPhoto */
  GPtrArray *paths;   /* of both, in turn */
} LimnCliControls;

void limn_cli_add_controls (GArray *entries, LimnCliControls *controls);
/* Opens what was given, for request, which borrows from controls.  Returns 0, or the exit status. */
int limn_cli_take_controls (LimnCliControls *controls, LimnRequest *request);
/* control with the ControlNet at path and the picture, added. */
gboolean limn_cli_open_control (LimnCliControls *controls, const char *path, const char *picture, LimnControl *control,
                                GError **error);
void limn_cli_use_controls (const LimnCliControls *controls, LimnRequest *request);
/* Has controls, which has none yet, take ControlNets from *models, made where it is NULL, and leave theirs there:
 * another request may have the same, which are on the device then. */
void limn_cli_controls_share (LimnCliControls *controls, GHashTable **models);
void limn_cli_controls_clear (LimnCliControls *controls);

/* Opens model, or the starter where it is NULL, with those of its parts that are elsewhere; parts: NULL for none. */
LimnModel *limn_cli_open_model (const char *model, char *const *parts, GError **error);
/* Says on stderr what of it is not as in the file. */
LimnPhoto *limn_cli_load_photo (const char *path, GError **error);

/* Options of generate: the request's regions, and boxes that are painted again. */
typedef struct {
  char **given, *text;    /* one each; all of them, as limn_regions_read () reads them */
  char **boxes, *details; /* the same, as limn_details_read () reads them */
  char *detector;         /* --detector, then its path; NULL: none */
  double confidence;
  char *all; /* boxes that it found, after the others; NULL: not yet */
} LimnCliRegions;
void limn_cli_add_regions (GArray *entries, LimnCliRegions *regions);
/* As limn_engine_generate (); with a detector, boxes are also those that it finds in what has been painted, which
 * request has then. */
LimnResult *limn_cli_paint_found (LimnCliRegions *regions, LimnEngine *engine, LimnRequest *request,
                                  const LimnMonitor *monitor, GError **error);
/* Reads masks that are files; request borrows from regions.  Returns 0, or the exit status. */
int limn_cli_take_regions (LimnCliRegions *regions, LimnRequest *request);
void limn_cli_regions_clear (LimnCliRegions *regions);

/* What prompts a request has: prompt, negative, both for the second encoder, regions and boxes. */
#define LIMN_CLI_WORDS 6
/* Makes their choices and wildcards by request's seed, as the window does; request borrows from words,
 * [LIMN_CLI_WORDS], NULL before. */
gboolean limn_cli_choose_words (LimnRequest *request, char **words, GError **error);
/* mask: of the picture as it is in its file, so it is cut and scaled as that is.  (transfer full) */
guint8 *limn_cli_fit_mask (const LimnImage *mask, const LimnRequest *request);
/* The same of the file at path, for photo, which is the file image. */
guint8 *limn_cli_open_mask (const char *path, const char *image, const LimnPhoto *photo, const LimnRequest *request,
                            GError **error);
/* Where a picture says which job of a list it is. */
#define LIMN_JOB_KEY "limn-job"

/* --quality, --png-bits and --no-metadata, as given, and what becomes of them. */
typedef struct {
  char *quality, *bits; /* NULL: not given */
  gboolean bare;        /* nothing of the settings inside */
  LimnImageHow how;     /* but for its text */
} LimnCliPictures;

void limn_cli_add_pictures (GArray *entries, LimnCliPictures *pictures);
/* That a picture of size bytes can be written at path (NULL: none is wanted), as the options have it.  request: NULL,
 * or what it will be of.  Returns 0, or the exit status. */
int limn_cli_check_picture (LimnCliPictures *pictures, const char *path, const LimnRequest *request, guint64 size);
void limn_cli_pictures_clear (LimnCliPictures *pictures);
/* With its settings inside; job: NULL, or the job of a list that it is.  pictures: NULL for the defaults. */
gboolean limn_cli_save_picture (const LimnResult *result, const LimnRequest *request, const char *job, const char *path,
                                const LimnCliPictures *pictures, GError **error);

/* What bench found: as a table on stdout, beside an earlier one unless before is NULL; as JSON (transfer full); and
 * such JSON read back, where it is of the same size. */
void limn_cli_print_bench (const LimnBenchReport *report, const LimnJson *before);
char *limn_cli_write_bench (const LimnBenchReport *report, const char *device, int width, int height);
LimnJson *limn_cli_read_bench (const char *path, int width, int height, GError **error);

/* Progress of a run on stderr: a bar on a terminal, one line a stage otherwise. */
typedef struct {
  gboolean terminal;
  guint stages_said; /* bit set of LimnStage */
  gsize width;       /* characters of the bar's line on the terminal */
} LimnCliProgress;

void limn_cli_progress_init (LimnCliProgress *bar);
void limn_cli_progress_show (LimnCliProgress *bar, const LimnProgress *progress);
/* The same of work that is no run; what: as it is said to people, the same each time. */
void limn_cli_progress_work (LimnCliProgress *bar, const char *what, double fraction);
/* Ends the bar's line. */
void limn_cli_progress_finish (LimnCliProgress *bar);

/* Has work done on device (-1: the best), with its progress on stderr, Ctrl+C, and what earlier runs showed of its
 * speed. */
typedef LimnResult *(*LimnCliWork) (LimnEngine *engine, const LimnMonitor *monitor, gconstpointer data, GError **error);
LimnResult *limn_cli_work (int device, LimnCliWork work, gconstpointer data, GError **error);
/* What a person should know of result, on stderr. */
void limn_cli_print_notes (const LimnResult *result);
/* What a run would take, on stdout. */
void limn_cli_print_estimate (const LimnEstimate *estimate);

/* On stderr: what is painted on. */
void limn_cli_say_device (LimnEngine *engine);

/* Pictures of one request, once or over each of several pictures. */
typedef struct {
  const LimnRequest *request;        /* the first one's */
  const char *texts[LIMN_CLI_WORDS]; /* its prompts before their choices were made ... */
  const char *suffix;                /* ... and what came to the first of them after that */
  int count, together;               /* how many there are, and how many a step; 0: as many as fit */
  const char *output;                /* a file, or where there are images a folder */
  const LimnCliPictures *pictures;
  const GPtrArray *images; /* paths of what is painted over; NULL: of nothing, or of what request has */
  int width, height;       /* of the model, which is fitted to each of these; 0: request's */
  const char *mask;        /* NULL, or of each of them */
  gboolean mask_from_alpha;
} LimnCliSeveral;

/* Where number of count is written, from 1: out.png, or out-1.png, out-2.png ...  (transfer full) */
char *limn_cli_nth_output (const char *output, int count, int number);
/* Paints and writes them; returns the exit status.  One that cannot be opened is told, and the others are painted. */
int limn_cli_paint_several (int device, const LimnCliSeveral *how);
/* What is painted anew of photo, the file image: white in the file mask, or, where that is NULL and photo has such
 * parts, what is transparent.  (transfer full) */
guint8 *limn_cli_choose_mask (const char *mask, const char *image, const LimnPhoto *photo, const LimnRequest *request,
                              GError **error);

/* From here on the first Ctrl+C asks to stop, the second ends the program. */
void limn_cli_catch_interrupt (void);
gboolean limn_cli_interrupted (void);

G_END_DECLS
