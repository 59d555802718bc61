/* worker.c - one thread, its job queue, its engine and its last few models.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/run/worker.h"

#include <glib/gstdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/i18n.h"
#include "engine/enlarge.h"
#include "session/record/keep.h"

#define NICENESS 5
#define MODELS_KEPT 3 /* base, refiner, and the one before */

#define TURN_END (LIMN_WORKER_LAST + 1)

typedef struct {
  LimnWorkerFunc func;
  gpointer data;
  int turn;
} Job;

typedef struct {
  char *path;
  gint64 modified; /* seconds; of the folder or file */
  guint64 inode, size;
  LimnModel *model;
} OpenModel;

struct _LimnWorker {
  int device;
  char *speeds; /* NULL: nowhere */
  GThread *thread;
  GAsyncQueue *jobs; /* Job, by turn; one without func ends the thread */
  gint stopping;     /* atomic */
  gint ending;       /* atomic */

  /* of the thread */
  LimnEngine *engine;
  gboolean lost;
  GQueue models;       /* OpenModel, last used first */
  GQueue nets;         /* OpenModel: ControlNets of the last request */
  OpenModel *upscaler; /* NULL, or of the last request that had one */
};

static void
open_model_free (OpenModel *open)
{
  g_clear_pointer (&open->model, limn_model_unref);
  g_free (open->path);
  g_free (open);
}

static gpointer
worker_main (gpointer data)
{
  LimnWorker *worker = data;

  /* a software device's own threads start from this one and inherit its niceness (on Linux it is each thread's): the
   * window must go on drawing while they take every core */
  setpriority (PRIO_PROCESS, gettid (), NICENESS);

  for (;;) {
    g_autofree Job *job = g_async_queue_pop (worker->jobs);

    if (job->func == NULL)
      break;
    job->func (worker, job->data);
  }
  g_queue_clear_full (&worker->models, (GDestroyNotify) open_model_free);
  g_queue_clear_full (&worker->nets, (GDestroyNotify) open_model_free);
  g_clear_pointer (&worker->upscaler, open_model_free);
  g_clear_pointer (&worker->engine, limn_engine_free);
  return NULL;
}

LimnWorker *
limn_worker_new (int device, const char *speeds)
{
  LimnWorker *worker = g_new0 (LimnWorker, 1);

  worker->device = device;
  worker->speeds = g_strdup (speeds);
  worker->jobs = g_async_queue_new_full (g_free);
  g_queue_init (&worker->models);
  g_queue_init (&worker->nets);
  worker->thread = g_thread_new ("limn-worker", worker_main, worker);
  return worker;
}

/* GAsyncQueue keeps equal ones in the order of pushing. */
static int
compare_turns (gconstpointer a, gconstpointer b, gpointer data)
{
  return ((const Job *) a)->turn - ((const Job *) b)->turn;
}

static void
push (LimnWorker *worker, int turn, LimnWorkerFunc func, gpointer data)
{
  Job *job = g_new (Job, 1);

  *job = (Job){ func, data, turn };
  g_async_queue_push_sorted (worker->jobs, job, compare_turns, NULL);
}

void
limn_worker_push (LimnWorker *worker, LimnWorkerTurn turn, LimnWorkerFunc func, gpointer data)
{
  push (worker, turn, func, data);
}

gboolean
limn_worker_is_stopping (LimnWorker *worker)
{
  return g_atomic_int_get (&worker->stopping);
}

gboolean
limn_worker_is_wanted (LimnWorker *worker)
{
  return g_async_queue_length (worker->jobs) > 0;
}

gboolean
limn_worker_is_ending (LimnWorker *worker)
{
  return g_atomic_int_get (&worker->ending);
}

void
limn_worker_finish (LimnWorker *worker)
{
  g_atomic_int_set (&worker->ending, TRUE);
  push (worker, TURN_END, NULL, NULL);
}

void
limn_worker_hurry (LimnWorker *worker)
{
  g_atomic_int_set (&worker->stopping, TRUE);
  g_atomic_int_set (&worker->ending, TRUE);
}

void
limn_worker_stop (LimnWorker *worker)
{
  g_return_if_fail (g_thread_self () != worker->thread);

  limn_worker_hurry (worker);
  limn_worker_finish (worker);
  g_thread_join (worker->thread);
  g_async_queue_unref (worker->jobs);
  g_free (worker->speeds);
  g_free (worker);
}

LimnEngine *
limn_worker_engine (LimnWorker *worker, GError **error)
{
  g_autofree char *speeds = NULL;

  if (worker->engine != NULL)
    return worker->engine;
  worker->engine = limn_engine_new (worker->device, error);
  /* speeds only foretell times: a file that is missing or damaged is worth no message */
  if (worker->engine != NULL && worker->speeds != NULL && g_file_get_contents (worker->speeds, &speeds, NULL, NULL))
    limn_engine_load_speeds (worker->engine, speeds);
  return worker->engine;
}

void
limn_worker_save_speeds (LimnWorker *worker)
{
  static GMutex lock; /* the file is all workers': none may write over what another has just added */
  g_autofree char *before = NULL;
  g_autofree char *speeds = NULL;
  g_autofree char *folder = NULL;

  if (worker->engine == NULL || worker->speeds == NULL)
    return;
  folder = g_path_get_dirname (worker->speeds);
  g_mutex_lock (&lock);
  g_file_get_contents (worker->speeds, &before, NULL, NULL);
  speeds = limn_engine_save_speeds (worker->engine, before);
  if (speeds != NULL && g_mkdir_with_parents (folder, 0700) == 0)
    g_file_set_contents_full (worker->speeds, speeds, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
  g_mutex_unlock (&lock);
}

gboolean
limn_worker_has_engine (LimnWorker *worker)
{
  return worker->engine != NULL;
}

void
limn_worker_drop_engine (LimnWorker *worker)
{
  g_clear_pointer (&worker->engine, limn_engine_free);
  worker->lost = TRUE;
}

gboolean
limn_worker_take_renewed (LimnWorker *worker)
{
  gboolean lost = worker->lost;

  worker->lost = FALSE;
  return lost;
}

static gboolean
is_open (const OpenModel *open, const char *path, const GStatBuf *now)
{
  return g_str_equal (open->path, path) && open->modified == now->st_mtime && open->inode == now->st_ino
         && open->size == (guint64) now->st_size;
}

static GList *
find_model (const GQueue *models, const char *path, const GStatBuf *now)
{
  for (GList *link = models->head; link != NULL; link = link->next)
    if (is_open (link->data, path, now))
      return link;
  return NULL;
}

static OpenModel *
open_model_new (const char *path, const GStatBuf *now, LimnModel *model)
{
  OpenModel *open = g_new (OpenModel, 1);

  *open = (OpenModel){ g_strdup (path), now->st_mtime, now->st_ino, now->st_size, model };
  return open;
}

static void
remember_model (LimnWorker *worker, const char *path, const GStatBuf *now, LimnModel *model)
{
  g_queue_push_head (&worker->models, open_model_new (path, now, model));
  while (worker->models.length > MODELS_KEPT)
    open_model_free (g_queue_pop_tail (&worker->models));
}

LimnModel *
limn_worker_model (LimnWorker *worker, const char *path, GError **error)
{
  g_autofree char *starter = NULL;
  GStatBuf now = { 0 };
  GList *link;
  LimnModel *model;

  if (path[0] == '\0') {
    path = starter = limn_starter_path ();
    if (path == NULL) {
      g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_FILE,
                           _ ("The starter model is not installed: open a model of your own"));
      return NULL;
    }
  }

  /* a path that cannot be read is for limn_model_open () to explain */
  if (g_stat (path, &now) == 0 && (link = find_model (&worker->models, path, &now)) != NULL) {
    g_queue_unlink (&worker->models, link);
    g_queue_push_head_link (&worker->models, link);
    return ((OpenModel *) link->data)->model;
  }

  model = limn_model_open (path, error);
  if (model != NULL)
    remember_model (worker, path, &now, model);
  return model;
}

/* The ControlNet at path, from what is open already, if it is there, into worker's. */
static LimnModel *
open_net (LimnWorker *worker, GQueue *before, const char *path, GError **error)
{
  GStatBuf now = { 0 };
  gboolean there = g_stat (path, &now) == 0;
  GList *link = there ? find_model (&worker->nets, path, &now) : NULL;
  LimnModel *model;

  if (link != NULL)
    return ((OpenModel *) link->data)->model;
  if (there && (link = find_model (before, path, &now)) != NULL) {
    g_queue_unlink (before, link);
    g_queue_push_tail_link (&worker->nets, link);
    return ((OpenModel *) link->data)->model;
  }
  model = limn_model_open_control (path, error);
  if (model != NULL)
    g_queue_push_tail (&worker->nets, open_model_new (path, &now, model));
  return model;
}

static gboolean
fill_controls (LimnWorker *worker, LimnFollowed *followed, LimnRequest *request, GArray *controls, GError **error)
{
  GQueue before = worker->nets;
  const LimnFollowedRow *row;
  gboolean ok = TRUE;

  g_queue_init (&worker->nets);
  for (guint i = 0; ok && (row = limn_followed_nth (followed, i)) != NULL; i++) {
    LimnControl control = row->how;

    if (row->off)
      continue;
    control.model = open_net (worker, &before, row->file, error);
    ok = control.model != NULL;
    if (row->picture != NULL) {
      control.image = limn_source_get_image (row->picture);
      control.name = limn_source_get_name (row->picture);
      control.kept = limn_keep_name (row->picture);
    }
    g_array_append_val (controls, control);
  }
  g_queue_clear_full (&before, (GDestroyNotify) open_model_free);
  request->controls = (LimnControlList){ (const LimnControl *) controls->data, controls->len };
  return ok;
}

static gboolean
fill_refiner (LimnWorker *worker, const LimnSettingsValues *values, LimnRequest *request, GError **error)
{
  if (!values->use_refiner)
    return TRUE;
  if (values->refiner[0] == '\0') {
    g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                         _ ("The refiner is on, but no refiner model is chosen: choose one, or turn the refiner off"));
    return FALSE;
  }
  request->refiner = limn_worker_model (worker, values->refiner, error);
  return request->refiner != NULL;
}

static gboolean
fill_upscaler (LimnWorker *worker, const LimnSettingsValues *values, LimnRequest *request, GError **error)
{
  const char *path = values->upscaler;
  GStatBuf now = { 0 };
  gboolean between = limn_hires_needs_upscaler (&values->fields);
  LimnModel *model;

  if (!values->use_upscaler && !between)
    return TRUE;
  if (path[0] == '\0') {
    g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                         _ ("The picture is to be enlarged, but no upscaler is chosen: choose one, or turn it off"));
    return FALSE;
  }
  if (g_stat (path, &now) != 0 || worker->upscaler == NULL || !is_open (worker->upscaler, path, &now)) {
    model = limn_model_open_upscaler (path, error);
    if (model == NULL)
      return FALSE;
    g_clear_pointer (&worker->upscaler, open_model_free);
    worker->upscaler = open_model_new (path, &now, model);
  }
  request->upscaler = values->use_upscaler ? worker->upscaler->model : NULL;
  request->hires_upscaler = between ? worker->upscaler->model : NULL;
  return TRUE;
}

gboolean
limn_worker_fill_request (LimnWorker *worker, LimnSettings *settings, LimnRequest *request, GArray *controls,
                          GError **error)
{
  const LimnSettingsValues *values = limn_settings_values (settings);
  LimnModel *model = limn_worker_model (worker, values->model, error);

  if (model == NULL)
    return FALSE;
  limn_request_init (request, model);
  request->decoded_previews = TRUE;
  limn_settings_fill_request (settings, request);
  return fill_controls (worker, values->controls, request, controls, error)
         && fill_refiner (worker, values, request, error) && fill_upscaler (worker, values, request, error);
}
