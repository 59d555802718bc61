/* run.c - one picture: painting on the worker's thread, snapshots for the main one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/run.h"

#include <string.h>

#include "session/picture-private.h"

#define PREVIEW_SIDE 256 /* pixels: larger ones are smooth enough, and would keep the worker from painting */

struct _LimnRun {
  gatomicrefcount references;
  LimnSettings *settings;
  char *folder;
  GMainContext *context;
  gint cancelled; /* atomic */

  LimnWorker *worker; /* of the worker's thread */

  GMutex lock; /* for these: */
  LimnPicture *picture;
  GError *error;
  gboolean posted, has_progress;
  LimnProgress progress;
  int preview_step, preview_steps;
  LimnImage *preview;

  /* of the context's thread */
  LimnRunWatch watch;
};

LimnRun *
limn_run_new (LimnSettings *settings, const char *folder, GMainContext *context, const LimnRunWatch *watch)
{
  LimnRun *run = g_new0 (LimnRun, 1);

  g_atomic_ref_count_init (&run->references);
  g_mutex_init (&run->lock);
  run->settings = settings;
  run->folder = g_strdup (folder);
  run->context = g_main_context_ref (context);
  run->watch = *watch;
  return run;
}

LimnRun *
limn_run_ref (LimnRun *run)
{
  g_atomic_ref_count_inc (&run->references);
  return run;
}

void
limn_run_unref (LimnRun *run)
{
  if (!g_atomic_ref_count_dec (&run->references))
    return;
  g_clear_object (&run->settings);
  g_clear_object (&run->picture);
  g_clear_error (&run->error);
  g_clear_pointer (&run->preview, limn_image_free);
  g_main_context_unref (run->context);
  g_mutex_clear (&run->lock);
  g_free (run->folder);
  g_free (run);
}

void
limn_run_cancel (LimnRun *run)
{
  g_atomic_int_set (&run->cancelled, TRUE);
}

gboolean
limn_run_is_cancelled (LimnRun *run)
{
  return g_atomic_int_get (&run->cancelled);
}

/* ---- Main thread ---- */

void
limn_run_flush (LimnRun *run)
{
  g_autoptr (LimnImage) preview = NULL;
  LimnProgress progress;
  gboolean has_progress;
  int step, steps;

  g_mutex_lock (&run->lock);
  preview = g_steal_pointer (&run->preview);
  step = run->preview_step;
  steps = run->preview_steps;
  progress = run->progress;
  has_progress = run->has_progress;
  run->has_progress = FALSE;
  run->posted = FALSE;
  g_mutex_unlock (&run->lock);

  if (has_progress && run->watch.progress != NULL && !limn_run_is_cancelled (run))
    run->watch.progress (run, &progress, run->watch.data);
  if (preview != NULL && run->watch.preview != NULL && !limn_run_is_cancelled (run))
    run->watch.preview (run, step, steps, preview, run->watch.data);
}

void
limn_run_detach (LimnRun *run)
{
  run->watch = (LimnRunWatch){ 0 };
}

LimnPicture *
limn_run_take (LimnRun *run, GError **error)
{
  LimnPicture *picture;
  GError *problem;

  g_mutex_lock (&run->lock);
  picture = g_steal_pointer (&run->picture);
  problem = g_steal_pointer (&run->error);
  g_mutex_unlock (&run->lock);

  if (picture == NULL && problem == NULL)
    g_set_error_literal (&problem, LIMN_ERROR, LIMN_ERROR_CANCELLED, "The run was stopped");
  if (problem != NULL)
    g_propagate_error (error, problem);
  return picture;
}

static gboolean
flush_cb (gpointer data)
{
  limn_run_flush (data);
  return G_SOURCE_REMOVE;
}

static gboolean
finished_cb (gpointer data)
{
  LimnRun *run = data;

  limn_run_flush (run);
  if (run->watch.finished != NULL)
    run->watch.finished (run, run->watch.data);
  return G_SOURCE_REMOVE;
}

/* ---- Worker's thread ---- */

/* not g_main_context_invoke (): that may run func right here while nobody iterates the context */
static void
post (LimnRun *run, GSourceFunc func)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, limn_run_ref (run), (GDestroyNotify) limn_run_unref);
  g_source_attach (source, run->context);
}

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  LimnRun *run = data;
  gboolean posted;

  g_mutex_lock (&run->lock);
  run->progress = *progress;
  run->has_progress = TRUE;
  posted = run->posted;
  run->posted = TRUE;
  g_mutex_unlock (&run->lock);
  if (!posted)
    post (run, flush_cb);
}

static LimnImage *
preview_image (const LimnPreview *preview)
{
  g_autoptr (LimnImage) image = limn_image_new (preview->width, preview->height);
  int times = PREVIEW_SIDE / MAX (preview->width, preview->height);

  memcpy (image->rgb, preview->rgb, (gsize) preview->width * preview->height * 3);
  if (times <= 1)
    return g_steal_pointer (&image);
  return limn_image_fit (image, preview->width * times, preview->height * times);
}

static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  LimnRun *run = data;
  LimnImage *image = preview_image (preview);
  gboolean posted;

  g_mutex_lock (&run->lock);
  g_clear_pointer (&run->preview, limn_image_free);
  run->preview = image;
  run->preview_step = preview->step;
  run->preview_steps = preview->steps;
  posted = run->posted;
  run->posted = TRUE;
  g_mutex_unlock (&run->lock);
  if (!posted)
    post (run, flush_cb);
}

static gboolean
cancelled_cb (gpointer data)
{
  LimnRun *run = data;

  return limn_run_is_cancelled (run) || limn_worker_is_stopping (run->worker);
}

/* The models and the picture that request borrows. */
static gboolean
prepare_request (LimnRun *run, LimnRequest *request, LimnImage **image, GError **error)
{
  const LimnSettingsValues *values = limn_settings_values (run->settings);
  LimnModel *model = limn_worker_model (run->worker, values->model, error);

  if (model == NULL)
    return FALSE;
  limn_request_init (request, model);
  limn_settings_fill_request (run->settings, request);
  if (values->use_refiner) {
    if (values->refiner[0] == '\0') {
      g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                           "The refiner is on, but no refiner model is chosen: choose one, or turn the refiner off");
      return FALSE;
    }
    request->refiner = limn_worker_model (run->worker, values->refiner, error);
    if (request->refiner == NULL)
      return FALSE;
  }
  if (values->source != NULL) {
    *image = limn_source_render (values->source, values->width, values->height, values->source_x, values->source_y);
    request->image = *image;
  }
  return limn_request_check (request, error);
}

static void
add_note (LimnResult *result, const char *note)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (result->notes != NULL)
    g_strv_builder_addv (builder, (const char **) result->notes);
  g_strv_builder_add (builder, note);
  g_strfreev (result->notes);
  result->notes = g_strv_builder_end (builder);
}

static LimnPicture *
paint (LimnRun *run, GError **error)
{
  LimnMonitor monitor = { progress_cb, preview_cb, cancelled_cb, run };
  LimnRequest request = { 0 };
  g_autoptr (LimnImage) image = NULL;
  g_autoptr (LimnResult) result = NULL;
  gboolean renewed = !limn_worker_has_engine (run->worker);
  LimnEngine *engine = limn_worker_engine (run->worker, error);
  LimnPicture *picture;

  if (engine == NULL || !prepare_request (run, &request, &image, error))
    return NULL;
  result = limn_engine_generate (engine, &request, &monitor, error);
  if (result == NULL)
    return NULL;
  if (cancelled_cb (run)) {
    g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_CANCELLED, "The run was stopped");
    return NULL;
  }
  if (renewed)
    add_note (result, "The graphics device was connected anew.");
  picture =
      limn_picture_new (result, run->settings, limn_request_to_json (&request), limn_request_to_parameters (&request));
  limn_picture_store (picture, run->folder);
  return picture;
}

void
limn_run_execute (LimnWorker *worker, gpointer data)
{
  g_autoptr (LimnRun) run = data;
  g_autoptr (LimnPicture) picture = NULL;
  g_autoptr (GError) error = NULL;

  run->worker = worker;
  if (cancelled_cb (run))
    g_set_error_literal (&error, LIMN_ERROR, LIMN_ERROR_CANCELLED, "The run was stopped before it began");
  else
    picture = paint (run, &error);

  if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST)) {
    limn_worker_drop_engine (worker);
    g_prefix_error (&error, "The graphics device was lost; it is connected anew for the next picture. ");
  } else if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_MEMORY) && limn_worker_has_engine (worker)) {
    /* what is kept from earlier pictures may be just what the next try lacks */
    limn_engine_forget (limn_worker_engine (worker, NULL));
  }

  g_mutex_lock (&run->lock);
  run->picture = g_steal_pointer (&picture);
  run->error = g_steal_pointer (&error);
  g_mutex_unlock (&run->lock);
  post (run, finished_cb);
}
