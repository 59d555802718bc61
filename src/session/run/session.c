/* session.c - runs, and their answers in the main context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/run/session.h"

#include "base/i18n.h"
#include "session/run/run-private.h"
#include "session/run/session-private.h"
#include "session/record/store.h"
#include "session/run/workers.h"

#define GRACE 300 /* ms: a driver that compiles may not listen for seconds, but a person's cancel is answered */

struct _LimnSession {
  GObject parent_instance;
  GMainContext *context;
  LimnWorkers *workers; /* NULL: closed */
  char *folder;
  LimnRecords *records;
  LimnRecord *record; /* of the followed run, or of the last one that was */
  LimnEstimator *estimator;
  LimnProber *prober;
  GPtrArray *gathered; /* LimnRun that begin together; NULL: each begins by itself */
  GQueue tasks;        /* GTask, each with its Job as task data; in order */
  GSource *grace;      /* NULL: no cancelled run is waited for */
};

G_DEFINE_FINAL_TYPE (LimnSession, limn_session, G_TYPE_OBJECT)

enum { PROP_BUSY = 1, PROP_RECORD, N_PROPS };
enum { PROGRESS, PREVIEW, DEVICE_CHANGED, DEVICES_CHANGED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

/* ---- Devices ---- */

static void
device_changed_cb (gboolean lead, gpointer data)
{
  if (lead)
    g_signal_emit (data, signals[DEVICE_CHANGED], 0);
  g_signal_emit (data, signals[DEVICES_CHANGED], 0);
}

const LimnDeviceInfo *
limn_session_get_device (LimnSession *self)
{
  g_return_val_if_fail (LIMN_IS_SESSION (self), NULL);
  return self->workers != NULL ? limn_workers_get_device (self->workers, NULL) : NULL;
}

const GError *
limn_session_get_device_error (LimnSession *self)
{
  const GError *error = NULL;

  g_return_val_if_fail (LIMN_IS_SESSION (self), NULL);

  if (self->workers != NULL)
    limn_workers_get_device (self->workers, &error);
  return error;
}

void
limn_session_set_further_devices (LimnSession *self, const int *devices, guint n_devices)
{
  g_return_if_fail (LIMN_IS_SESSION (self));

  if (self->workers != NULL)
    limn_workers_set_further (self->workers, devices, n_devices);
}

GPtrArray *
limn_session_get_devices (LimnSession *self)
{
  g_return_val_if_fail (LIMN_IS_SESSION (self), NULL);
  return self->workers != NULL ? limn_workers_get_devices (self->workers) : g_ptr_array_new ();
}

gboolean
limn_session_is_free (LimnSession *self, gboolean lead)
{
  g_return_val_if_fail (LIMN_IS_SESSION (self), FALSE);
  return self->workers != NULL && limn_workers_is_free (self->workers, lead);
}

/* ---- Runs ---- */

typedef struct {
  LimnRun *run;
  GSource *cancel; /* NULL: nobody can cancel this run alone */
} Job;

static void
job_free (Job *job)
{
  if (job->cancel != NULL)
    g_source_destroy (job->cancel);
  g_clear_pointer (&job->cancel, g_source_unref);
  g_object_unref (job->run);
  g_free (job);
}

static LimnRun *
run_of (GTask *task)
{
  return ((Job *) g_task_get_task_data (task))->run;
}

/* The oldest that has no answer yet; or NULL. */
static LimnRun *
get_followed (LimnSession *self)
{
  for (GList *link = self->tasks.head; link != NULL; link = link->next)
    if (!limn_run_is_draft (run_of (link->data)))
      return run_of (link->data);
  return NULL;
}

/* Also where it is the same record, gone on with: whoever listens wants to know of a beginning. */
static void
show_record (LimnSession *self, LimnRecord *record)
{
  g_set_object (&self->record, record);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RECORD]);
}

static void
begun_cb (LimnSession *self, GParamSpec *pspec, LimnRun *run)
{
  limn_records_add (self->records, limn_run_get_record (run));
  if (run == get_followed (self))
    show_record (self, limn_run_get_record (run));
}

/* The run that was followed has its answer: the next one may have begun long ago. */
static void
follow_next (LimnSession *self)
{
  LimnRun *run = get_followed (self);
  LimnRecord *record = run != NULL ? limn_run_get_record (run) : NULL;

  if (record != NULL && record != self->record)
    show_record (self, record);
}

static void
progress_cb (LimnSession *self, const LimnProgress *progress, LimnRun *run)
{
  if (run == get_followed (self))
    g_signal_emit (self, signals[PROGRESS], 0, progress);
}

static void
preview_cb (LimnSession *self, int step, int steps, const LimnImage *image, LimnRun *run)
{
  if (run == get_followed (self))
    g_signal_emit (self, signals[PREVIEW], 0, step, steps, image);
}

/* What run goes on from stays until then, even if it belongs to nobody else any more. */
static void
hold_parent (LimnSession *self, LimnRun *run)
{
  if (!limn_run_is_draft (run) && run->plan.header->parent_id != NULL)
    limn_records_pin (self->records, run->plan.header->parent_id);
}

static void
release_parent (LimnSession *self, LimnRun *run)
{
  if (!limn_run_is_draft (run) && run->plan.header->parent_id != NULL)
    limn_records_unpin (self->records, run->plan.header->parent_id);
}

/* Consumes the queue's reference. */
static void
answer (LimnSession *self, GTask *task)
{
  LimnRun *run = run_of (task);
  GError *error = NULL;
  LimnPicture *picture;

  run->answered = TRUE;
  g_signal_handlers_disconnect_by_data (run, self);
  picture = limn_run_take (run, &error);
  if (!limn_run_is_draft (run)) {
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
    release_parent (self, run);
    limn_records_prune (self->records);
  }
  if (picture != NULL)
    g_task_return_pointer (task, picture, g_object_unref);
  else
    g_task_return_error (task, error);
  g_object_unref (task);
}

static void
finished_cb (LimnSession *session, LimnRun *run)
{
  g_autoptr (LimnSession) self = g_object_ref (session);

  for (GList *link = self->tasks.head; link != NULL; link = link->next) {
    GTask *task = link->data;

    if (run_of (task) == run) {
      g_queue_delete_link (&self->tasks, link);
      answer (self, task);
      follow_next (self);
      return;
    }
  }
}

static void
end_grace (LimnSession *self)
{
  if (self->grace != NULL)
    g_source_destroy (self->grace);
  g_clear_pointer (&self->grace, g_source_unref);
}

/* The worker still has to come back from these runs, but whatever it brings is stale. */
static gboolean
grace_cb (gpointer data)
{
  g_autoptr (LimnSession) self = g_object_ref (data);

  end_grace (self);
  for (GList *link = self->tasks.head, *next; link != NULL; link = next) {
    GTask *task = link->data;

    next = link->next;
    if (limn_run_is_cancelled (run_of (task))) {
      g_queue_delete_link (&self->tasks, link);
      answer (self, task);
      /* the answer may have begun or ended other runs */
      next = self->tasks.head;
    }
  }
  follow_next (self);
  return G_SOURCE_REMOVE;
}

/* Anew for each cancel: a run gets the whole of it. */
static void
begin_grace (LimnSession *self)
{
  end_grace (self);
  self->grace = g_timeout_source_new (GRACE);
  g_source_set_callback (self->grace, grace_cb, self, NULL);
  g_source_attach (self->grace, self->context);
}

static gboolean
cancelled_cb (GCancellable *cancellable, gpointer data)
{
  GTask *task = data;

  limn_run_cancel (run_of (task));
  begin_grace (g_task_get_source_object (task));
  return G_SOURCE_REMOVE;
}

static void
listen (LimnSession *self, LimnRun *run)
{
  g_signal_connect_swapped (run, "finished", G_CALLBACK (finished_cb), self);
  if (limn_run_is_draft (run))
    return;
  g_signal_connect_swapped (run, "notify::record", G_CALLBACK (begun_cb), self);
  g_signal_connect_swapped (run, "progress", G_CALLBACK (progress_cb), self);
  g_signal_connect_swapped (run, "preview", G_CALLBACK (preview_cb), self);
}

static void
go (LimnSession *self, LimnRun *const *runs, guint n, int together, gboolean lead)
{
  limn_workers_begin (self->workers, runs, n, together, lead);
  for (guint i = 0; i < n; i++)
    listen (self, runs[i]);
}

void
limn_session_gather (LimnSession *self)
{
  self->gathered = g_ptr_array_new_with_free_func (g_object_unref);
}

void
limn_session_paint_gathered (LimnSession *self, int together, gboolean lead)
{
  g_autoptr (GPtrArray) runs = g_steal_pointer (&self->gathered);

  if (self->workers != NULL && runs->len > 0)
    go (self, (LimnRun *const *) runs->pdata, runs->len, together, lead);
}

static LimnRun *
begin (LimnSession *self, GTask *task, LimnRunPlan *plan, gboolean lead)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  Job *job = g_new0 (Job, 1);

  job->run = limn_run_new (plan, self->context);
  hold_parent (self, job->run);
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  if (cancellable != NULL) {
    job->cancel = g_cancellable_source_new (cancellable);
    g_source_set_callback (job->cancel, G_SOURCE_FUNC (cancelled_cb), task, NULL);
    g_source_attach (job->cancel, self->context);
  }
  if (self->gathered != NULL)
    g_ptr_array_add (self->gathered, g_object_ref (job->run));
  else
    go (self, &job->run, 1, 1, lead);
  g_queue_push_tail (&self->tasks, g_object_ref (task));
  if (!limn_run_is_draft (job->run))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
  return job->run;
}

/* A queue's runs have made their choices when they were put in line; a draft makes them now.  A record that goes on has
 * none left. */
static gboolean
complete_plan (LimnSession *self, LimnRunPlan *plan, LimnRecord *record, int step, LimnRunFlags flags, const char *id,
               GError **error)
{
  if (flags & LIMN_RUN_DRAFT) {
    g_autoptr (LimnWildcards) wildcards = limn_wildcards_new (NULL);

    if (!limn_settings_expand (plan->settings, wildcards, error))
      return FALSE;
  }
  return limn_run_plan_complete (plan, self->records, id, record, step, error);
}

LimnRun *
limn_session_run_as (LimnSession *self, LimnSettings *settings, LimnRecord *record, int step, LimnRunFlags flags,
                     const char *id, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  LimnRunPlan plan = { 0 };
  GError *error = NULL;
  LimnRun *run = NULL;

  g_return_val_if_fail (LIMN_IS_SESSION (self), NULL);
  g_return_val_if_fail (LIMN_IS_SETTINGS (settings), NULL);
  g_return_val_if_fail (record != NULL || !(flags & LIMN_RUN_RESUME), NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, limn_session_run_async);
  /* a cancelled run has an error of its own, and sometimes a picture */
  g_task_set_check_cancellable (task, FALSE);
  if (self->workers == NULL) {
    g_task_return_new_error (task, LIMN_ERROR, LIMN_ERROR_CANCELLED, "%s", _ ("Limn is closing"));
    return NULL;
  }
  plan.settings = limn_settings_copy (settings);
  if (!(flags & LIMN_RUN_DRAFT))
    plan.folder = g_strdup (self->folder);
  if (flags & LIMN_RUN_RESUME)
    plan.resume = g_object_ref (record);
  if (complete_plan (self, &plan, record, step, flags, id, &error))
    run = begin (self, task, &plan, (flags & LIMN_RUN_LEAD) != 0);
  else
    g_task_return_error (task, error);
  limn_run_plan_clear (&plan);
  return run;
}

LimnRun *
limn_session_run_async (LimnSession *self, LimnSettings *settings, LimnRecord *record, int step, LimnRunFlags flags,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  return limn_session_run_as (self, settings, record, step, flags, NULL, cancellable, callback, user_data);
}

LimnPicture *
limn_session_run_finish (LimnSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
limn_session_generate_async (LimnSession *self, LimnSettings *settings, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  limn_session_run_async (self, settings, NULL, 0, LIMN_RUN_NORMAL, NULL, callback, user_data);
}

LimnPicture *
limn_session_generate_finish (LimnSession *self, GAsyncResult *result, GError **error)
{
  return limn_session_run_finish (self, result, error);
}

static gboolean
cancel (LimnSession *self, gboolean drafts)
{
  gboolean any = FALSE;

  for (GList *link = self->tasks.head; link != NULL; link = link->next) {
    if (!drafts && limn_run_is_draft (run_of (link->data)))
      continue;
    limn_run_cancel (run_of (link->data));
    any = TRUE;
  }
  return any;
}

void
limn_session_cancel (LimnSession *self)
{
  g_return_if_fail (LIMN_IS_SESSION (self));

  if (cancel (self, FALSE) && self->grace == NULL)
    begin_grace (self);
}

gboolean
limn_session_is_busy (LimnSession *self)
{
  g_return_val_if_fail (LIMN_IS_SESSION (self), FALSE);

  for (GList *link = self->tasks.head; link != NULL; link = link->next)
    if (!limn_run_is_draft (run_of (link->data)))
      return TRUE;
  return FALSE;
}

gboolean
limn_session_is_closed (LimnSession *self)
{
  g_return_val_if_fail (LIMN_IS_SESSION (self), TRUE);
  return self->workers == NULL;
}

void
limn_session_close (LimnSession *self)
{
  g_return_if_fail (LIMN_IS_SESSION (self));

  if (self->workers == NULL)
    return;
  end_grace (self);
  limn_estimator_stop (self->estimator);
  limn_prober_stop (self->prober);
  /* stopping, not cancelling: what ran counts as interrupted and can go on next time */
  limn_workers_stop (g_steal_pointer (&self->workers));
  while (self->tasks.length > 0) {
    GTask *task = g_queue_pop_head (&self->tasks);

    limn_run_flush (run_of (task));
    answer (self, task);
  }
}

/* ---- What is asked ---- */

LimnWorker *
limn_session_get_lead (LimnSession *self)
{
  return self->workers != NULL ? limn_workers_get_lead (self->workers) : NULL;
}

LimnEstimator *
limn_session_get_estimator (LimnSession *self)
{
  return self->estimator;
}

LimnProber *
limn_session_get_prober (LimnSession *self)
{
  return self->prober;
}

/* ---- Object ---- */

LimnRecords *
limn_session_get_records (LimnSession *self)
{
  g_return_val_if_fail (LIMN_IS_SESSION (self), NULL);
  return self->records;
}

LimnRecord *
limn_session_get_record (LimnSession *self)
{
  g_return_val_if_fail (LIMN_IS_SESSION (self), NULL);
  return self->record;
}

const char *
limn_session_get_folder (LimnSession *self)
{
  g_return_val_if_fail (LIMN_IS_SESSION (self), NULL);
  return self->folder;
}

void
limn_session_set_folder (LimnSession *self, const char *folder)
{
  g_return_if_fail (LIMN_IS_SESSION (self));

  g_autofree char *old = g_steal_pointer (&self->folder); /* which folder may be */
  self->folder = folder != NULL && folder[0] != '\0' ? g_strdup (folder) : limn_store_default_folder ();
}

static void
limn_session_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id) {
  case PROP_BUSY:
    g_value_set_boolean (value, limn_session_is_busy (LIMN_SESSION (object)));
    break;
  case PROP_RECORD:
    g_value_set_object (value, LIMN_SESSION (object)->record);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_session_dispose (GObject *object)
{
  limn_session_close (LIMN_SESSION (object));
  limn_records_wait (LIMN_SESSION (object)->records);

  G_OBJECT_CLASS (limn_session_parent_class)->dispose (object);
}

static void
limn_session_finalize (GObject *object)
{
  LimnSession *self = LIMN_SESSION (object);

  g_clear_object (&self->record);
  g_clear_object (&self->records);
  g_clear_pointer (&self->estimator, limn_estimator_free);
  g_clear_pointer (&self->prober, limn_prober_free);
  g_main_context_unref (self->context);
  g_free (self->folder);

  G_OBJECT_CLASS (limn_session_parent_class)->finalize (object);
}

static void
limn_session_class_init (LimnSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = limn_session_get_property;
  object_class->dispose = limn_session_dispose;
  object_class->finalize = limn_session_finalize;

  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_RECORD] =
      g_param_spec_object ("record", NULL, NULL, LIMN_TYPE_RECORD, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[PROGRESS] = g_signal_new ("progress", LIMN_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                    1, G_TYPE_POINTER);
  signals[PREVIEW] = g_signal_new ("preview", LIMN_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                                   G_TYPE_INT, G_TYPE_INT, G_TYPE_POINTER);
  signals[DEVICE_CHANGED] =
      g_signal_new ("device-changed", LIMN_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[DEVICES_CHANGED] =
      g_signal_new ("devices-changed", LIMN_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
limn_session_init (LimnSession *self)
{
  self->context = g_main_context_ref_thread_default ();
  g_queue_init (&self->tasks);
}

LimnSession *
limn_session_new (int device, const char *folder)
{
  LimnSession *self = g_object_new (LIMN_TYPE_SESSION, NULL);

  limn_session_set_folder (self, folder);
  self->records = limn_records_new (NULL);
  self->estimator = limn_estimator_new (self->context);
  self->prober = limn_prober_new (self->context);
  self->workers = limn_workers_new (device, self->context, device_changed_cb, self);
  return self;
}
