/* run.c - one picture: what the worker hands over, taken in the main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/run/run.h"

#include "base/i18n.h"
#include "session/run/run-private.h"

G_DEFINE_FINAL_TYPE (LimnRun, limn_run, G_TYPE_OBJECT)

enum { PROP_RECORD = 1, N_PROPS };
enum { PROGRESS, PREVIEW, FINISHED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

/* ---- Object ---- */

static void
step_free (gpointer step)
{
  limn_run_step_free (step);
}

static void
limn_run_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id) {
  case PROP_RECORD:
    g_value_set_object (value, LIMN_RUN (object)->record);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

/* On the thread that lets go of it last. */
static void
limn_run_finalize (GObject *object)
{
  LimnRun *self = LIMN_RUN (object);

  limn_run_plan_clear (&self->plan);
  g_clear_object (&self->picture);
  g_clear_object (&self->record);
  g_clear_error (&self->error);
  g_clear_pointer (&self->preview, limn_image_free);
  g_clear_pointer (&self->shown, limn_image_free);
  g_clear_pointer (&self->begun, limn_record_header_free);
  g_ptr_array_unref (self->before);
  g_ptr_array_unref (self->steps);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_free (self->device);
  g_free (self->record_problem);

  G_OBJECT_CLASS (limn_run_parent_class)->finalize (object);
}

static void
limn_run_class_init (LimnRunClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = limn_run_get_property;
  object_class->finalize = limn_run_finalize;

  properties[PROP_RECORD] =
      g_param_spec_object ("record", NULL, NULL, LIMN_TYPE_RECORD, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[PROGRESS] =
      g_signal_new ("progress", LIMN_TYPE_RUN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[PREVIEW] = g_signal_new ("preview", LIMN_TYPE_RUN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                                   G_TYPE_INT, G_TYPE_INT, G_TYPE_POINTER);
  signals[FINISHED] = g_signal_new ("finished", LIMN_TYPE_RUN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
limn_run_init (LimnRun *self)
{
  g_mutex_init (&self->lock);
  self->before = g_ptr_array_new_with_free_func (step_free);
  self->steps = g_ptr_array_new_with_free_func (step_free);
}

LimnRun *
limn_run_new (LimnRunPlan *plan, GMainContext *context)
{
  LimnRun *self = g_object_new (LIMN_TYPE_RUN, NULL);

  self->plan = *plan;
  *plan = (LimnRunPlan){ 0 };
  self->context = g_main_context_ref (context);
  return self;
}

LimnRecord *
limn_run_get_record (LimnRun *self)
{
  g_return_val_if_fail (LIMN_IS_RUN (self), NULL);
  return self->record;
}

const char *
limn_run_get_device (LimnRun *self)
{
  g_return_val_if_fail (LIMN_IS_RUN (self), NULL);
  return self->record != NULL ? self->device : NULL;
}

gboolean
limn_run_is_further (LimnRun *self)
{
  g_return_val_if_fail (LIMN_IS_RUN (self), FALSE);
  return self->further;
}

const LimnProgress *
limn_run_get_progress (LimnRun *self)
{
  g_return_val_if_fail (LIMN_IS_RUN (self), NULL);
  return self->has_told ? &self->told : NULL;
}

const LimnImage *
limn_run_get_preview (LimnRun *self, int *step, int *steps)
{
  g_return_val_if_fail (LIMN_IS_RUN (self), NULL);

  *step = self->shown_step;
  *steps = self->shown_steps;
  return self->shown;
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
  g_object_notify_by_pspec (G_OBJECT (run), properties[PROP_RECORD]);
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

static void
tell_progress (LimnRun *run, const Snapshot *snapshot)
{
  if (!snapshot->has_progress || limn_run_is_cancelled (run))
    return;
  run->told = snapshot->progress;
  run->has_told = TRUE;
  g_signal_emit (run, signals[PROGRESS], 0, &run->told);
}

static void
tell_preview (LimnRun *run, Snapshot *snapshot)
{
  if (snapshot->preview == NULL || limn_run_is_cancelled (run))
    return;
  g_clear_pointer (&run->shown, limn_image_free);
  run->shown = g_steal_pointer (&snapshot->preview);
  run->shown_step = snapshot->step;
  run->shown_steps = snapshot->steps;
  g_signal_emit (run, signals[PREVIEW], 0, run->shown_step, run->shown_steps, run->shown);
}

void
limn_run_flush (LimnRun *run)
{
  Snapshot snapshot = { 0 };

  g_object_ref (run);
  take_snapshot (run, &snapshot);
  fill_record (run, &snapshot);
  tell_progress (run, &snapshot);
  tell_preview (run, &snapshot);
  snapshot_clear (&snapshot);
  g_object_unref (run);
}

void
limn_run_finished (LimnRun *run)
{
  limn_run_flush (run);
  g_signal_emit (run, signals[FINISHED], 0);
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
  g_source_set_callback (source, func, g_object_ref (run), g_object_unref);
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
