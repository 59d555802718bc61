/* run.c - one picture: what the worker hands over, taken in the main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/run/run.h"

#include "base/i18n.h"
#include "session/run/run-private.h"

static void
step_free (gpointer step)
{
  limn_run_step_free (step);
}

LimnRun *
limn_run_new (LimnRunPlan *plan, GMainContext *context, const LimnRunWatch *watch)
{
  LimnRun *run = g_new0 (LimnRun, 1);

  g_atomic_ref_count_init (&run->references);
  g_mutex_init (&run->lock);
  run->plan = *plan;
  *plan = (LimnRunPlan){ 0 };
  run->context = g_main_context_ref (context);
  run->watch = *watch;
  run->before = g_ptr_array_new_with_free_func (step_free);
  run->steps = g_ptr_array_new_with_free_func (step_free);
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
  limn_run_plan_clear (&run->plan);
  g_clear_object (&run->picture);
  g_clear_object (&run->record);
  g_clear_error (&run->error);
  g_clear_pointer (&run->preview, limn_image_free);
  g_clear_pointer (&run->begun, limn_record_header_free);
  g_ptr_array_unref (run->before);
  g_ptr_array_unref (run->steps);
  g_main_context_unref (run->context);
  g_mutex_clear (&run->lock);
  g_free (run->record_problem);
  g_free (run);
}

gboolean
limn_run_is_draft (LimnRun *run)
{
  return run->plan.header == NULL;
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

typedef struct {
  LimnImage *preview;
  LimnProgress progress;
  gboolean has_progress;
  int step, steps;
  LimnRecordHeader *begun;
  GPtrArray *before, *recorded;
  LimnRecordState record_end;
  char *message, *path;
} Snapshot;

static void
take_snapshot (LimnRun *run, Snapshot *snapshot)
{
  g_mutex_lock (&run->lock);
  snapshot->preview = g_steal_pointer (&run->preview);
  snapshot->step = run->preview_step;
  snapshot->steps = run->preview_steps;
  snapshot->progress = run->progress;
  snapshot->has_progress = run->has_progress;
  snapshot->begun = g_steal_pointer (&run->begun);
  snapshot->before = g_steal_pointer (&run->before);
  run->before = g_ptr_array_new_with_free_func (step_free);
  snapshot->recorded = g_steal_pointer (&run->steps);
  run->steps = g_ptr_array_new_with_free_func (step_free);
  snapshot->record_end = run->record_end;
  run->record_end = LIMN_RECORD_RUNNING;
  if (snapshot->record_end == LIMN_RECORD_FAILED && run->error != NULL)
    snapshot->message = g_strdup (run->error->message);
  if (run->picture != NULL)
    snapshot->path = g_strdup (limn_picture_get_path (run->picture));
  run->has_progress = FALSE;
  run->posted = FALSE;
  g_mutex_unlock (&run->lock);
}

static void
snapshot_clear (Snapshot *snapshot)
{
  g_clear_pointer (&snapshot->preview, limn_image_free);
  g_clear_pointer (&snapshot->begun, limn_record_header_free);
  g_clear_pointer (&snapshot->before, g_ptr_array_unref);
  g_clear_pointer (&snapshot->recorded, g_ptr_array_unref);
  g_free (snapshot->message);
  g_free (snapshot->path);
}

static void
add_before (LimnRun *run, Snapshot *snapshot)
{
  if (run->record == NULL)
    return;
  for (guint i = 0; i < snapshot->before->len; i++) {
    LimnRunStep *step = snapshot->before->pdata[i];

    limn_record_add_before (run->record, &step->place, step->point);
  }
  g_ptr_array_set_size (snapshot->before, 0);
}

static void
begin_record (LimnRun *run, Snapshot *snapshot)
{
  if (snapshot->begun == NULL)
    return;
  if (run->plan.resume != NULL) {
    run->record = g_object_ref (run->plan.resume);
    limn_record_set_running (run->record);
  } else {
    run->record = limn_record_new (g_steal_pointer (&snapshot->begun), run->plan.file, run->plan.keep);
  }
  add_before (run, snapshot);
  if (run->watch.begun != NULL)
    run->watch.begun (run, run->record, run->watch.data);
}

static void
fill_record (LimnRun *run, Snapshot *snapshot)
{
  begin_record (run, snapshot);
  add_before (run, snapshot);
  for (guint i = 0; run->record != NULL && i < snapshot->recorded->len; i++) {
    LimnRunStep *step = snapshot->recorded->pdata[i];

    limn_record_add_step (run->record, &step->place, g_steal_pointer (&step->thumbnail), step->point);
  }
  if (run->record != NULL && snapshot->record_end != LIMN_RECORD_RUNNING)
    limn_record_set_end (run->record, snapshot->record_end, snapshot->message, snapshot->path);
}

void
limn_run_flush (LimnRun *run)
{
  Snapshot snapshot = { 0 };

  limn_run_ref (run);
  take_snapshot (run, &snapshot);
  fill_record (run, &snapshot);
  if (snapshot.has_progress && run->watch.progress != NULL && !limn_run_is_cancelled (run))
    run->watch.progress (run, &snapshot.progress, run->watch.data);
  if (snapshot.preview != NULL && run->watch.preview != NULL && !limn_run_is_cancelled (run))
    run->watch.preview (run, snapshot.step, snapshot.steps, snapshot.preview, run->watch.data);
  snapshot_clear (&snapshot);
  limn_run_unref (run);
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
    g_set_error_literal (&problem, LIMN_ERROR, LIMN_ERROR_CANCELLED, _ ("The run was stopped"));
  if (problem != NULL)
    g_propagate_error (error, problem);
  return picture;
}

/* ---- Worker's thread ---- */

static gboolean
flush_cb (gpointer data)
{
  limn_run_flush (data);
  return G_SOURCE_REMOVE;
}

void
limn_run_post (LimnRun *run, GSourceFunc func)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, limn_run_ref (run), (GDestroyNotify) limn_run_unref);
  g_source_attach (source, run->context);
}

void
limn_run_wake (LimnRun *run)
{
  gboolean posted;

  g_mutex_lock (&run->lock);
  posted = run->posted;
  run->posted = TRUE;
  g_mutex_unlock (&run->lock);
  if (!posted)
    limn_run_post (run, flush_cb);
}
