/* batch.c - limn-cli batch: a list of pictures, a worker for each device.
 *
 * The list may be divided among machines that know nothing of each other: a job's hash says whose it is, a picture
 * appears whole or not at all, and says inside whose job it is.  So whoever is killed is simply started again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/batch.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "engine/enlarge.h"

#define PROGRESS_EVERY G_USEC_PER_SEC

typedef struct {
  char *results, *shard;
  char **model_folders, **lora_folders, **devices;
  gboolean resume;
} Options;

typedef struct {
  const Options *options;
  GPtrArray *jobs; /* LimnJob */
  LimnReport *report;
  GMutex lock;
  guint next;      /* job that nobody has */
  GError *trouble; /* why the rest is not painted */
} Batch;

typedef struct {
  Batch *batch;
  GThread *thread;
  int device;
  LimnEngine *engine;
  LimnModel *model, *refiner, *upscaler;
  char *model_key, *refiner_key, *upscaler_key; /* what these are */
  LimnCliControls controls;
  /* of the job at hand */
  const LimnJob *job;
  LimnStage stage;
  int step;
  gint64 told;
} Worker;

/* ---- Jobs ---- */

static char *
output_path (const Options *options, const LimnJob *job)
{
  return g_build_filename (options->results, job->output, NULL);
}

static char *
model_key (const LimnJob *job)
{
  GString *key = g_string_new (job->model);

  for (guint i = 0; i < LIMN_N_PARTS; i++)
    g_string_append_printf (key, "\n%s", job->parts[i] != NULL ? job->parts[i] : "");
  return g_string_free (key, FALSE);
}

static LimnModel *
open_refiner (const LimnJob *job, GError **error)
{
  return limn_model_open (job->refiner, error);
}

static LimnModel *
open_base (const LimnJob *job, GError **error)
{
  return limn_cli_open_model (job->model, job->parts, error);
}

static LimnModel *
open_upscaler (const LimnJob *job, GError **error)
{
  return limn_model_open_upscaler (job->upscaler, error);
}

/* Has *model, which is what *known says, be what key says; key: NULL: none. */
static gboolean
become (LimnModel **model, char **known, const char *key, LimnModel *(*open) (const LimnJob *job, GError **error),
        const LimnJob *job, GError **error)
{
  if (g_strcmp0 (key, *known) == 0)
    return TRUE;
  g_clear_pointer (model, limn_model_unref);
  g_clear_pointer (known, g_free);
  if (key != NULL && (*model = open (job, error)) == NULL)
    return FALSE;
  *known = g_strdup (key);
  return TRUE;
}

/* Has the worker's models be the job's. */
static gboolean
open_models (Worker *worker, const LimnJob *job, GError **error)
{
  g_autofree char *key = model_key (job);

  return become (&worker->model, &worker->model_key, key, open_base, job, error)
         && become (&worker->refiner, &worker->refiner_key, job->refiner, open_refiner, job, error)
         && become (&worker->upscaler, &worker->upscaler_key, job->upscaler, open_upscaler, job, error);
}

static void
close_models (Worker *worker)
{
  g_clear_pointer (&worker->model, limn_model_unref);
  g_clear_pointer (&worker->refiner, limn_model_unref);
  g_clear_pointer (&worker->upscaler, limn_model_unref);
  limn_cli_controls_clear (&worker->controls);
  g_clear_pointer (&worker->model_key, g_free);
  g_clear_pointer (&worker->refiner_key, g_free);
  g_clear_pointer (&worker->upscaler_key, g_free);
}

/* ---- Painting ---- */

/* What one job's request borrows from. */
typedef struct {
  LimnPhoto *photo;
  guint8 *mask;
  GStringChunk *strings;
  char *words[LIMN_CLI_WORDS];
  LimnRequest request;
} Inputs;

static void
inputs_clear (Inputs *inputs)
{
  limn_photo_free (inputs->photo);
  g_free (inputs->mask);
  g_clear_pointer (&inputs->strings, g_string_chunk_free);
  for (guint i = 0; i < LIMN_CLI_WORDS; i++)
    g_free (inputs->words[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Inputs, inputs_clear)

static gboolean
open_mask (const LimnJob *job, Inputs *inputs, GError **error)
{
  if (job->mask == NULL)
    return TRUE;
  inputs->mask = limn_cli_open_mask (job->mask, job->image, inputs->photo, &inputs->request, error);
  inputs->request.mask = inputs->mask;
  return inputs->mask != NULL;
}

static gboolean
open_controls (Worker *worker, const LimnJob *job, Inputs *inputs, GError **error)
{
  limn_cli_controls_rest (&worker->controls);
  for (guint i = 0; job->controls != NULL && i < job->controls->len; i++) {
    const LimnJobControl *one = &g_array_index (job->controls, LimnJobControl, i);
    LimnControl control = one->control;

    if (!limn_cli_open_control (&worker->controls, one->model, one->image, &control, error))
      return FALSE;
  }
  limn_cli_use_controls (&worker->controls, &inputs->request);
  return TRUE;
}

static gboolean
open_inputs (Worker *worker, const LimnJob *job, Inputs *inputs, GError **error)
{
  inputs->strings = g_string_chunk_new (512);
  if (!open_models (worker, job, error)
      || (job->image != NULL && (inputs->photo = limn_cli_load_photo (job->image, error)) == NULL)
      || !limn_job_request (job, worker->model, inputs->photo, inputs->strings, inputs->words, &inputs->request, error))
    return FALSE;
  inputs->request.refiner = worker->refiner;
  inputs->request.upscaler = worker->upscaler;
  inputs->request.lora_folders = (const char *const *) worker->batch->options->lora_folders;
  return open_mask (job, inputs, error) && open_controls (worker, job, inputs, error)
         && limn_request_check (&inputs->request, error);
}

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  Worker *worker = data;
  gint64 now = g_get_monotonic_time ();

  if (progress->stage == worker->stage && progress->step == worker->step && now < worker->told + PROGRESS_EVERY)
    return;
  worker->stage = progress->stage;
  worker->step = progress->step;
  worker->told = now;
  limn_report_progress (worker->batch->report, worker->job, progress);
}

static gboolean
is_stopped (Batch *batch)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&batch->lock);

  return batch->trouble != NULL;
}

static gboolean
cancelled_cb (gpointer data)
{
  Worker *worker = data;

  return limn_cli_interrupted () || is_stopped (worker->batch);
}

/* A lost device is replaced by a new one, once a job. */
static LimnResult *
generate (Worker *worker, const LimnRequest *request, GError **error)
{
  LimnMonitor monitor = { .progress = progress_cb, .cancelled = cancelled_cb, .data = worker };
  g_autoptr (GError) lost = NULL;
  LimnResult *result = limn_engine_generate (worker->engine, request, &monitor, &lost);

  if (g_error_matches (lost, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST)) {
    g_clear_error (&lost);
    g_clear_pointer (&worker->engine, limn_engine_free);
    worker->engine = limn_engine_new (worker->device, error);
    return worker->engine != NULL ? limn_engine_generate (worker->engine, request, &monitor, error) : NULL;
  }
  if (lost != NULL)
    g_propagate_error (error, g_steal_pointer (&lost));
  return result;
}

/* What is no fault of the job: nothing is to be had by trying the next one. */
static void
stop (Batch *batch, const GError *error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&batch->lock);

  if (batch->trouble == NULL)
    batch->trouble = g_error_copy (error);
}

static gboolean
save (Worker *worker, const LimnJob *job, const LimnRequest *request, const LimnResult *result, GError **error)
{
  g_autofree char *path = output_path (worker->batch->options, job);
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_mkdir_with_parents (folder, 0777) == 0)
    return limn_cli_save_picture (result, request, job->id, path, error);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", folder, g_strerror (errno));
  return FALSE;
}

/* FALSE: this worker is to paint no more. */
static gboolean
paint (Worker *worker, LimnJob *job)
{
  g_auto (Inputs) inputs = { 0 };
  g_autoptr (LimnResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gint64 since = g_get_monotonic_time ();
  g_autofree char *device = g_strdup (limn_engine_device (worker->engine)->name); /* which may be lost */

  worker->job = job;
  worker->told = 0;
  if (open_inputs (worker, job, &inputs, &error))
    result = generate (worker, &inputs.request, &error);
  if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_CANCELLED))
    return FALSE;
  if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST) || worker->engine == NULL
      || (result != NULL && !save (worker, job, &inputs.request, result, &error))) {
    stop (worker->batch, error);
    return FALSE;
  }
  double seconds = (double) (g_get_monotonic_time () - since) / G_USEC_PER_SEC;
  g_autoptr (GError) kept = NULL;
  if (limn_report_settle (worker->batch->report, job, error, seconds, device,
                          result != NULL ? (const char *const *) result->notes : NULL, &kept))
    return TRUE;
  stop (worker->batch, kept);
  return FALSE;
}

static LimnJob *
take (Batch *batch)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&batch->lock);

  while (batch->trouble == NULL && batch->next < batch->jobs->len) {
    LimnJob *job = batch->jobs->pdata[batch->next++];

    if (job->state == LIMN_JOB_LEFT)
      return job;
  }
  return NULL;
}

static gpointer
work (gpointer data)
{
  Worker *worker = data;
  LimnJob *job;

  limn_cli_load_speeds (worker->engine);
  while (!limn_cli_interrupted () && (job = take (worker->batch)) != NULL && paint (worker, job))
    ;
  close_models (worker);
  return NULL;
}

/* ---- The whole ---- */

/* One worker for each device that is named, else for each that is not a software one, else for the best. */
static gboolean
find_devices (const Options *options, GArray *workers, Batch *batch, GError **error)
{
  g_autoptr (GPtrArray) devices = options->devices == NULL ? limn_devices_list (error) : NULL;

  if (options->devices == NULL && devices == NULL)
    return FALSE;
  for (char **text = options->devices; text != NULL && *text != NULL; text++)
    g_array_append_val (workers, ((Worker){ .batch = batch, .device = (int) g_ascii_strtoull (*text, NULL, 10) }));
  for (guint i = 0; devices != NULL && i < devices->len; i++) {
    const LimnDeviceInfo *info = devices->pdata[i];

    if (info->problem == NULL && info->kind != LIMN_DEVICE_SOFTWARE)
      g_array_append_val (workers, ((Worker){ .batch = batch, .device = info->index }));
  }
  if (workers->len == 0)
    g_array_append_val (workers, ((Worker){ .batch = batch, .device = -1 }));
  for (guint i = 0; i < workers->len; i++) {
    Worker *worker = &g_array_index (workers, Worker, i);

    if ((worker->engine = limn_engine_new (worker->device, error)) == NULL)
      return FALSE;
  }
  return TRUE;
}

static void
worker_clear (gpointer data)
{
  Worker *worker = data;

  g_clear_pointer (&worker->engine, limn_engine_free);
}

static int
run (Batch *batch)
{
  g_autoptr (GArray) workers = g_array_new (FALSE, TRUE, sizeof (Worker));
  g_autoptr (GError) error = NULL;

  g_array_set_clear_func (workers, worker_clear);
  if (!find_devices (batch->options, workers, batch, &error))
    return limn_cli_fail_error (error);
  limn_cli_catch_interrupt ();
  for (guint i = 0; i < workers->len; i++) {
    Worker *worker = &g_array_index (workers, Worker, i);

    worker->thread = g_thread_new ("worker", work, worker);
  }
  for (guint i = 0; i < workers->len; i++) {
    Worker *worker = &g_array_index (workers, Worker, i);

    g_thread_join (worker->thread);
    if (worker->engine != NULL)
      limn_cli_save_speeds (worker->engine);
  }
  return 0;
}

/* Before hours of work rather than after: every line's settings, but those whose size a picture says. */
static gboolean
check_requests (const Batch *batch, GError **error)
{
  Worker worker = { .batch = (Batch *) batch };
  gboolean good = TRUE;

  for (guint i = 0; good && i < batch->jobs->len; i++) {
    const LimnJob *job = batch->jobs->pdata[i];
    g_auto (Inputs) inputs = { 0 };
    g_autoptr (GError) wrong = NULL;

    if (job->state != LIMN_JOB_LEFT || job->image != NULL)
      continue;
    good = open_inputs (&worker, job, &inputs, &wrong);
    if (!good)
      g_set_error (error, wrong->domain, wrong->code, _ ("line %u: %s"), job->line, wrong->message);
  }
  close_models (&worker);
  return good;
}

/* What is there already is gone on from, and nothing else is written over. */
static gboolean
find_done (const Batch *batch, GError **error)
{
  for (guint i = 0; i < batch->jobs->len; i++) {
    LimnJob *job = batch->jobs->pdata[i];
    g_autofree char *path = output_path (batch->options, job);

    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      continue;
    if (!batch->options->resume) {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE,
                   _ ("%s is there already: go on with --resume, or choose another folder"), path);
      return FALSE;
    }
    if (limn_job_is_done (job, path))
      job->state = LIMN_JOB_DONE;
  }
  return TRUE;
}

static int
settle (Batch *batch)
{
  g_autoptr (GError) error = NULL;

  if (!limn_report_finish (batch->report, &error) && batch->trouble == NULL)
    batch->trouble = g_steal_pointer (&error);
  if (batch->trouble != NULL)
    return limn_cli_fail (LIMN_EXIT_AGAIN, _ ("%s.  What is done is kept; go on with --resume"),
                          batch->trouble->message);
  if (limn_report_count (batch->report, LIMN_JOB_LEFT) > 0)
    return limn_cli_fail (LIMN_EXIT_CANCELLED, _ ("cancelled"));
  guint failed = limn_report_count (batch->report, LIMN_JOB_FAILED);
  if (failed > 0)
    return limn_cli_fail (LIMN_EXIT_ERROR, _ ("%u of %u pictures failed"), failed, batch->jobs->len);
  return 0;
}

static char *
report_path (const Options *options, guint shard, guint shards)
{
  g_autofree char *name = shards > 1 ? g_strdup_printf ("jobs-%u-of-%u.json", shard, shards) : g_strdup ("jobs.json");

  return g_build_filename (options->results, name, NULL);
}

static int
paint_list (const Options *options, const char *list, guint shard, guint shards)
{
  guint n_all = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = limn_jobs_load (list, options->model_folders, shard, shards, &n_all, &error);
  g_autofree char *path = report_path (options, shard, shards);
  Batch batch = { .options = options, .jobs = jobs };
  int status;

  if (jobs == NULL)
    return limn_cli_fail (LIMN_EXIT_USAGE, "%s", error->message);
  if (!find_done (&batch, &error) || !check_requests (&batch, &error))
    return limn_cli_fail (LIMN_EXIT_USAGE, "%s", error->message);
  if (g_mkdir_with_parents (options->results, 0777) != 0)
    return limn_cli_fail (LIMN_EXIT_AGAIN, "%s: %s", options->results, g_strerror (errno));
  g_autoptr (LimnReport) report = limn_report_new (jobs, path, n_all);
  batch.report = report;
  g_mutex_init (&batch.lock);
  status = limn_report_count (report, LIMN_JOB_LEFT) > 0 ? run (&batch) : 0;
  if (status == 0)
    status = settle (&batch);
  g_mutex_clear (&batch.lock);
  g_clear_error (&batch.trouble);
  return status;
}

/* "0/4" */
static int
read_shard (const char *text, guint *shard, guint *shards)
{
  int first, all;

  if (text == NULL)
    return 0;
  if (!limn_cli_parse_pair (text, '/', &first, &all) || first >= all)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--shard takes a number and how many there are, 0/4 to 3/4, not \"%s\""),
                          text);
  *shard = (guint) first;
  *shards = (guint) all;
  return 0;
}

static int
check_devices (char **devices)
{
  int status = 0;

  for (; status == 0 && devices != NULL && *devices != NULL; devices++) {
    double number;

    status = limn_cli_read_number ("device", *devices, TRUE, 0, 255, &number);
  }
  return status;
}

int
limn_cli_batch (int argc, char **argv)
{
  Options options = { 0 };
  char *list = NULL;
  guint shard = 0, shards = 1;
  const GOptionEntry entries[] = {
    { "results", 0, 0, G_OPTION_ARG_FILENAME, &options.results,
      N_ ("folder of the pictures and of what became of them"), N_ ("PATH") },
    { "resume", 0, 0, G_OPTION_ARG_NONE, &options.resume, N_ ("leave alone what is done already"), NULL },
    { "shard", 0, 0, G_OPTION_ARG_FILENAME, &options.shard, N_ ("paint only this part of so many, from 0 (all)"),
      "I/N" },
    { "model-dir", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.model_folders,
      N_ ("where models are that the list names without a path; as often as there are some"), N_ ("PATH") },
    { "lora-dir", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.lora_folders,
      N_ ("where the files of LoRAs are that the prompt names (beside the model)"), N_ ("PATH") },
    { "device", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.devices,
      N_ ("number from \"limn-cli devices\"; as often as there are some (all that are no software)"), "N" },
    { NULL },
  };
  int status = limn_cli_parse (argc, argv, entries, "JOBS.jsonl",
                               _ ("Paints a list of pictures: a line of JSON each, with the settings as pictures have "
                                  "them.  What happens is told on standard output, a line of JSON each."),
                               &list);

  if (status == 0 && options.results == NULL)
    status = limn_cli_fail (LIMN_EXIT_USAGE, _ ("--results is missing"));
  if (status == 0)
    status = read_shard (options.shard, &shard, &shards);
  if (status == 0)
    status = check_devices (options.devices);
  if (status == 0)
    status = paint_list (&options, list, shard, shards);
  g_free (options.results);
  g_free (options.shard);
  g_strfreev (options.model_folders);
  g_strfreev (options.lora_folders);
  g_strfreev (options.devices);
  return status;
}
