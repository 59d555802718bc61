/* session.c - one worker, its runs, and their answers in the main context.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/session.h"

#include "session/info.h"
#include "session/run.h"
#include "session/store.h"
#include "session/worker.h"

#define GRACE 300 /* ms: a driver that compiles may not listen for seconds, but a person's cancel is answered */

struct _LimnSession {
  GObject parent_instance;
  GMainContext *context;
  LimnWorker *worker; /* NULL: closed */
  char *folder;
  LimnDeviceInfo *device;
  GError *device_error;
  GQueue tasks;   /* GTask, each with its LimnRun as task data; in order */
  GSource *grace; /* NULL: no cancelled run is waited for */
};

G_DEFINE_FINAL_TYPE (LimnSession, limn_session, G_TYPE_OBJECT)

enum { PROP_BUSY = 1, N_PROPS };
enum { PROGRESS, PREVIEW, DEVICE_CHANGED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

/* ---- The device ---- */

typedef struct {
  GWeakRef session;
  GMainContext *context;
  LimnDeviceInfo *device;
  GError *error;
} Probe;

static void
probe_free (Probe *probe)
{
  g_weak_ref_clear (&probe->session);
  g_clear_pointer (&probe->device, limn_device_info_free);
  g_clear_error (&probe->error);
  g_main_context_unref (probe->context);
  g_free (probe);
}

static gboolean
probed_cb (gpointer data)
{
  Probe *probe = data;
  g_autoptr (LimnSession) self = g_weak_ref_get (&probe->session);

  if (self == NULL || self->worker == NULL)
    return G_SOURCE_REMOVE;
  g_clear_pointer (&self->device, limn_device_info_free);
  g_clear_error (&self->device_error);
  self->device = g_steal_pointer (&probe->device);
  self->device_error = g_steal_pointer (&probe->error);
  g_signal_emit (self, signals[DEVICE_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
probe_job (LimnWorker *worker, gpointer data)
{
  Probe *probe = data;
  g_autoptr (GSource) source = NULL;

  if (!limn_worker_is_stopping (worker)) {
    LimnEngine *engine = limn_worker_engine (worker, &probe->error);

    if (engine != NULL)
      probe->device = limn_device_info_copy (limn_engine_device (engine));
  }
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, probed_cb, probe, (GDestroyNotify) probe_free);
  g_source_attach (source, probe->context);
}

static void
probe_device (LimnSession *self)
{
  Probe *probe = g_new0 (Probe, 1);

  g_weak_ref_init (&probe->session, self);
  probe->context = g_main_context_ref (self->context);
  limn_worker_push (self->worker, probe_job, probe);
}

static void
list_devices_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  GPtrArray *devices = limn_devices_list (&error);

  if (devices != NULL)
    g_task_return_pointer (task, devices, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

void
limn_session_list_devices_async (LimnSession *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (LIMN_IS_SESSION (self));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, limn_session_list_devices_async);
  g_task_run_in_thread (task, list_devices_thread);
}

GPtrArray *
limn_session_list_devices_finish (LimnSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

const LimnDeviceInfo *
limn_session_get_device (LimnSession *self)
{
  g_return_val_if_fail (LIMN_IS_SESSION (self), NULL);
  return self->device;
}

const GError *
limn_session_get_device_error (LimnSession *self)
{
  g_return_val_if_fail (LIMN_IS_SESSION (self), NULL);
  return self->device_error;
}

/* ---- Models ---- */

static void
open_model_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autofree char *starter = NULL;
  g_autoptr (LimnModel) model = NULL;
  const char *path = data;
  GError *error = NULL;

  if (path[0] == '\0' && (path = starter = limn_starter_path ()) == NULL) {
    g_task_return_new_error (task, LIMN_ERROR, LIMN_ERROR_FILE,
                             "The starter model is not installed: open a model of your own");
    return;
  }

  /* opening maps the files and checks every tensor's name: the worker, which may be busy painting, is not needed */
  model = limn_model_open (path, &error);
  if (model != NULL)
    g_task_return_pointer (task, limn_model_info_copy (limn_model_info (model)), (GDestroyNotify) limn_model_info_free);
  else
    g_task_return_error (task, error);
}

void
limn_session_open_model_async (LimnSession *self, const char *path, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (LIMN_IS_SESSION (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, limn_session_open_model_async);
  g_task_set_task_data (task, g_strdup (path != NULL ? path : ""), g_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, open_model_thread);
}

LimnModelInfo *
limn_session_open_model_finish (LimnSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- Runs ---- */

static void
progress_cb (LimnRun *run, const LimnProgress *progress, gpointer data)
{
  g_signal_emit (data, signals[PROGRESS], 0, progress);
}

static void
preview_cb (LimnRun *run, int step, int steps, const LimnImage *image, gpointer data)
{
  g_signal_emit (data, signals[PREVIEW], 0, step, steps, image);
}

/* Consumes the queue's reference. */
static void
answer (LimnSession *self, GTask *task)
{
  LimnRun *run = g_task_get_task_data (task);
  GError *error = NULL;
  LimnPicture *picture;

  limn_run_detach (run);
  picture = limn_run_take (run, &error);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
  if (picture != NULL)
    g_task_return_pointer (task, picture, g_object_unref);
  else
    g_task_return_error (task, error);
  g_object_unref (task);
}

static void
finished_cb (LimnRun *run, gpointer data)
{
  LimnSession *self = data;

  for (GList *link = self->tasks.head; link != NULL; link = link->next) {
    GTask *task = link->data;

    if (g_task_get_task_data (task) == run) {
      g_queue_delete_link (&self->tasks, link);
      answer (self, task);
      return;
    }
  }
}

void
limn_session_generate_async (LimnSession *self, LimnSettings *settings, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  LimnRunWatch watch = { progress_cb, preview_cb, finished_cb, self };
  g_autoptr (GTask) task = NULL;
  LimnRun *run;

  g_return_if_fail (LIMN_IS_SESSION (self));
  g_return_if_fail (LIMN_IS_SETTINGS (settings));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, limn_session_generate_async);
  if (self->worker == NULL) {
    g_task_return_new_error (task, LIMN_ERROR, LIMN_ERROR_CANCELLED, "Limn is closing");
    return;
  }

  run = limn_run_new (limn_settings_copy (settings), self->folder, self->context, &watch);
  g_task_set_task_data (task, run, (GDestroyNotify) limn_run_unref);
  limn_worker_push (self->worker, limn_run_execute, limn_run_ref (run));
  g_queue_push_tail (&self->tasks, g_steal_pointer (&task));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

LimnPicture *
limn_session_generate_finish (LimnSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
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
    if (limn_run_is_cancelled (g_task_get_task_data (task))) {
      g_queue_delete_link (&self->tasks, link);
      answer (self, task);
      /* the answer may have begun or ended other runs */
      next = self->tasks.head;
    }
  }
  return G_SOURCE_REMOVE;
}

void
limn_session_cancel (LimnSession *self)
{
  g_return_if_fail (LIMN_IS_SESSION (self));

  for (GList *link = self->tasks.head; link != NULL; link = link->next)
    limn_run_cancel (g_task_get_task_data (link->data));
  if (self->tasks.length == 0 || self->grace != NULL)
    return;
  self->grace = g_timeout_source_new (GRACE);
  g_source_set_callback (self->grace, grace_cb, self, NULL);
  g_source_attach (self->grace, self->context);
}

gboolean
limn_session_is_busy (LimnSession *self)
{
  g_return_val_if_fail (LIMN_IS_SESSION (self), FALSE);
  return self->tasks.length > 0;
}

void
limn_session_close (LimnSession *self)
{
  g_return_if_fail (LIMN_IS_SESSION (self));

  if (self->worker == NULL)
    return;
  limn_session_cancel (self);
  end_grace (self);
  g_clear_pointer (&self->worker, limn_worker_stop);
  while (self->tasks.length > 0)
    answer (self, g_queue_pop_head (&self->tasks));
}

/* ---- Object ---- */

const char *
limn_session_get_folder (LimnSession *self)
{
  g_return_val_if_fail (LIMN_IS_SESSION (self), NULL);
  return self->folder;
}

void
limn_session_set_folder (LimnSession *self, const char *folder)
{
  g_autofree char *old = NULL;

  g_return_if_fail (LIMN_IS_SESSION (self));

  old = g_steal_pointer (&self->folder);
  self->folder = folder != NULL && folder[0] != '\0' ? g_strdup (folder) : limn_store_default_folder ();
}

static void
limn_session_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id) {
  case PROP_BUSY:
    g_value_set_boolean (value, limn_session_is_busy (LIMN_SESSION (object)));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
limn_session_dispose (GObject *object)
{
  limn_session_close (LIMN_SESSION (object));

  G_OBJECT_CLASS (limn_session_parent_class)->dispose (object);
}

static void
limn_session_finalize (GObject *object)
{
  LimnSession *self = LIMN_SESSION (object);

  g_clear_pointer (&self->device, limn_device_info_free);
  g_clear_error (&self->device_error);
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
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[PROGRESS] = g_signal_new ("progress", LIMN_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                    1, G_TYPE_POINTER);
  signals[PREVIEW] = g_signal_new ("preview", LIMN_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                                   G_TYPE_INT, G_TYPE_INT, G_TYPE_POINTER);
  signals[DEVICE_CHANGED] =
      g_signal_new ("device-changed", LIMN_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
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
  self->worker = limn_worker_new (device);
  probe_device (self);
  return self;
}
