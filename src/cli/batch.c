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

#define PROGRESS_EVERY G_USEC_PER_SEC

typedef struct {
  char *results, *shard, *batch_size;
  char **model_folders, **lora_folders, **devices;
  gboolean resume;
  guint together; /* pictures a step; 0: as many as fit */
} Options;

typedef struct {
  const Options *options;
  GPtrArray *jobs; /* LimnJob */
  LimnReport *report;
  GMutex lock;
  guint next; /* job that nobody has */
  guint n_workers;
  GError *trouble; /* why the rest is not painted */
} Batch;

typedef struct {
  Batch *batch;
  GThread *thread;
  int device;
  LimnEngine *engine;
  LimnJobModels models;
} Worker;

/* A job in a worker's hands. */
typedef struct {
  Worker *worker;
  LimnJob *job;
  LimnJobInputs inputs;
  LimnMonitor monitor;
  LimnStage stage;
  int step;
  gint64 told;
  gboolean is_open, lost; /* lost: with the device */
} Picture;

/* Those that it has at once. */
typedef struct {
  Worker *worker;
  Picture *pictures; /* [n] */
  guint n;
  guint *open;  /* which of them are being painted */
  char *device; /* its name: the device itself may be lost */
  gboolean again, over;
} Hand;

/* ---- Painting ---- */

static char *
output_path (const Options *options, const LimnJob *job)
{
  return g_build_filename (options->results, job->output, NULL);
}

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  Picture *picture = data;
  gint64 now = g_get_monotonic_time ();

  if (progress->stage == picture->stage && progress->step == picture->step && now < picture->told + PROGRESS_EVERY)
    return;
  picture->stage = progress->stage;
  picture->step = progress->step;
  picture->told = now;
  limn_report_progress (picture->worker->batch->report, picture->job, progress);
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
  Picture *picture = data;

  return limn_cli_interrupted () || is_stopped (picture->worker->batch);
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
    return limn_cli_save_picture (result, request, job->id, path, NULL, error);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, "%s: %s", folder, g_strerror (errno));
  return FALSE;
}

static double
seconds_of (const LimnResult *result)
{
  double seconds = 0;

  for (int stage = 0; result != NULL && stage < LIMN_N_STAGES; stage++)
    seconds += result->seconds[stage];
  return seconds;
}

/* result: NULL with failed. */
static void
settle_picture (Hand *hand, Picture *picture, const LimnResult *result, const GError *failed)
{
  Worker *worker = hand->worker;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) kept = NULL;

  if (result != NULL && !save (worker, picture->job, &picture->inputs.request, result, &error))
    stop (worker->batch, error);
  else if (!limn_report_settle (worker->batch->report, picture->job, failed, seconds_of (result), hand->device,
                                result != NULL ? (const char *const *) result->notes : NULL, &kept))
    stop (worker->batch, kept);
}

/* A lost device is replaced by a new one, once. */
static void
painted_cb (guint index, LimnResult *painted, const GError *error, gpointer data)
{
  Hand *hand = data;
  Picture *picture = &hand->pictures[hand->open[index]];
  g_autoptr (LimnResult) result = painted;

  picture->lost = g_error_matches (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST);
  if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_CANCELLED))
    hand->over = TRUE;
  else if (picture->lost && hand->again)
    stop (hand->worker->batch, error);
  else if (!picture->lost)
    settle_picture (hand, picture, result, error);
}

/* Those that are open, or were and are lost. */
static void
paint_open (Hand *hand)
{
  g_autofree LimnPainting *paintings = g_new (LimnPainting, hand->n);
  guint n = 0;

  for (guint i = 0; i < hand->n; i++) {
    Picture *picture = &hand->pictures[i];

    if (!picture->is_open || (hand->again && !picture->lost))
      continue;
    hand->open[n] = i;
    paintings[n++] = (LimnPainting){ &picture->inputs.request, &picture->monitor };
  }
  limn_engine_generate_several (hand->worker->engine, paintings, n, (int) hand->worker->batch->options->together,
                                painted_cb, hand);
}

static gboolean
is_lost (const Hand *hand)
{
  for (guint i = 0; i < hand->n; i++)
    if (hand->pictures[i].lost)
      return TRUE;
  return FALSE;
}

static void
paint_again (Hand *hand)
{
  Worker *worker = hand->worker;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&worker->engine, limn_engine_free);
  worker->engine = limn_engine_new (worker->device, &error);
  if (worker->engine == NULL) {
    stop (worker->batch, error);
    return;
  }
  hand->again = TRUE;
  paint_open (hand);
}

static void
open_pictures (Hand *hand, GPtrArray *jobs)
{
  Worker *worker = hand->worker;

  for (guint i = 0; i < hand->n; i++) {
    Picture *picture = &hand->pictures[i];
    g_autoptr (GError) error = NULL;

    picture->worker = worker;
    picture->job = jobs->pdata[i];
    picture->monitor = (LimnMonitor){ .progress = progress_cb, .cancelled = cancelled_cb, .data = picture };
    picture->is_open = limn_job_inputs_open (&picture->inputs, picture->job, &worker->models,
                                             worker->batch->options->lora_folders, &error);
    if (!picture->is_open)
      settle_picture (hand, picture, NULL, error);
  }
}

/* FALSE: this worker is to paint no more. */
static gboolean
paint (Worker *worker, GPtrArray *jobs)
{
  Hand hand = { .worker = worker, .n = jobs->len };

  hand.pictures = g_new0 (Picture, hand.n);
  hand.open = g_new0 (guint, hand.n);
  hand.device = g_strdup (limn_engine_device (worker->engine)->name);
  open_pictures (&hand, jobs);
  paint_open (&hand);
  if (is_lost (&hand))
    paint_again (&hand);
  for (guint i = 0; i < hand.n; i++)
    limn_job_inputs_clear (&hand.pictures[i].inputs);
  g_free (hand.pictures);
  g_free (hand.open);
  g_free (hand.device);
  return !hand.over && worker->engine != NULL && !is_stopped (worker->batch);
}

/* How many a worker may have at once while so many jobs are left: none waits while another has all. */
static guint
most_at_once (const Batch *batch)
{
  guint most = batch->options->together > 0 ? batch->options->together : LIMN_MOST_TOGETHER;

  return CLAMP ((batch->jobs->len - batch->next + batch->n_workers - 1) / batch->n_workers, 1, most);
}

/* Those that are next and have the same models; none: there are no more.  (transfer full) */
static GPtrArray *
take (Batch *batch)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&batch->lock);
  GPtrArray *taken = g_ptr_array_new ();
  guint most = most_at_once (batch);

  for (; batch->trouble == NULL && taken->len < most && batch->next < batch->jobs->len; batch->next++) {
    LimnJob *job = batch->jobs->pdata[batch->next];

    if (job->state != LIMN_JOB_LEFT)
      continue;
    if (taken->len > 0 && !limn_jobs_have_same_models (taken->pdata[0], job))
      break;
    g_ptr_array_add (taken, job);
  }
  return taken;
}

static gpointer
work (gpointer data)
{
  Worker *worker = data;
  gboolean more = TRUE;

  limn_cli_load_speeds (worker->engine);
  while (more && !limn_cli_interrupted ()) {
    g_autoptr (GPtrArray) jobs = take (worker->batch);

    more = jobs->len > 0 && paint (worker, jobs);
  }
  limn_job_models_close (&worker->models);
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
  batch->n_workers = workers->len;
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
  LimnJobModels models = { 0 };
  gboolean good = TRUE;

  for (guint i = 0; good && i < batch->jobs->len; i++) {
    const LimnJob *job = batch->jobs->pdata[i];
    g_auto (LimnJobInputs) inputs = { 0 };
    g_autoptr (GError) wrong = NULL;

    if (job->state != LIMN_JOB_LEFT || job->image != NULL)
      continue;
    good = limn_job_inputs_open (&inputs, job, &models, batch->options->lora_folders, &wrong);
    if (!good)
      g_set_error (error, wrong->domain, wrong->code, _ ("line %u: %s"), job->line, wrong->message);
  }
  limn_job_models_close (&models);
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
  double together = 1;
  const GOptionEntry entries[] = {
    { "results", 0, 0, G_OPTION_ARG_FILENAME, &options.results,
      N_ ("folder of the pictures and of what became of them"), N_ ("PATH") },
    { "resume", 0, 0, G_OPTION_ARG_NONE, &options.resume, N_ ("leave alone what is done already"), NULL },
    { "shard", 0, 0, G_OPTION_ARG_FILENAME, &options.shard, N_ ("paint only this part of so many, from 0 (all)"),
      "I/N" },
    { "batch-size", 0, 0, G_OPTION_ARG_FILENAME, &options.batch_size,
      N_ ("how many pictures that follow each other are painted a step, 0: as many as fit (1)"), "N" },
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
    status = limn_cli_read_number ("batch-size", options.batch_size, TRUE, 0, LIMN_MOST_TOGETHER, &together);
  options.together = (guint) together;
  if (status == 0)
    status = paint_list (&options, list, shard, shards);
  g_free (options.results);
  g_free (options.shard);
  g_free (options.batch_size);
  g_strfreev (options.model_folders);
  g_strfreev (options.lora_folders);
  g_strfreev (options.devices);
  return status;
}
