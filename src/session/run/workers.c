/* workers.c - which worker paints which run, and what is known of their devices.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/run/workers.h"

#include "session/run/info.h"
#include "session/run/run-private.h"

/* Shared with the worker's thread, which reads context alone. */
typedef struct {
  LimnWorkers *workers; /* NULL: stopped */
  GMainContext *context;
  LimnWorker *worker;
  int number; /* of its device, as in limn_engine_new () */
  LimnDeviceInfo *device;
  GError *error;    /* why its device cannot be used */
  gboolean leaving; /* gets no more runs */
  GPtrArray *runs;  /* LimnRun that it has not come back from */
} Slot;

struct _LimnWorkers {
  GMainContext *context;
  GPtrArray *slots; /* Slot, the lead first; those that left stay, for their threads have to be joined */
  char *speeds;
  LimnWorkersFunc changed;
  gpointer data;
};

static void
slot_clear (gpointer data)
{
  Slot *slot = data;

  g_clear_pointer (&slot->device, limn_device_info_free);
  g_clear_error (&slot->error);
  g_main_context_unref (slot->context);
  g_ptr_array_unref (slot->runs);
}

static void
slot_unref (gpointer slot)
{
  g_atomic_rc_box_release_full (slot, slot_clear);
}

static Slot *
nth (LimnWorkers *workers, guint i)
{
  return workers->slots->pdata[i];
}

static gboolean
is_lead (Slot *slot)
{
  return slot == nth (slot->workers, 0);
}

static gboolean
is_usable (Slot *slot)
{
  return is_lead (slot) || (!slot->leaving && slot->error == NULL);
}

/* ---- Devices ---- */

typedef struct {
  Slot *slot;
  LimnDeviceInfo *device;
  GError *error;
} Probe;

static void
probe_free (Probe *probe)
{
  slot_unref (probe->slot);
  g_clear_pointer (&probe->device, limn_device_info_free);
  g_clear_error (&probe->error);
  g_free (probe);
}

static Probe *
probe_new (Slot *slot)
{
  Probe *probe = g_new0 (Probe, 1);

  probe->slot = g_atomic_rc_box_acquire (slot);
  return probe;
}

static void
tell (Slot *slot)
{
  slot->workers->changed (is_lead (slot), slot->workers->data);
}

static gboolean
probed_cb (gpointer data)
{
  Probe *probe = data;
  Slot *slot = probe->slot;

  if (slot->workers == NULL)
    return G_SOURCE_REMOVE;
  g_clear_pointer (&slot->device, limn_device_info_free);
  g_clear_error (&slot->error);
  slot->device = g_steal_pointer (&probe->device);
  slot->error = g_steal_pointer (&probe->error);
  tell (slot);
  return G_SOURCE_REMOVE;
}

/* In the context. */
static void
answer (Probe *probe, GSourceFunc func)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, probe, (GDestroyNotify) probe_free);
  g_source_attach (source, probe->slot->context);
}

static void
probe_job (LimnWorker *worker, gpointer data)
{
  Probe *probe = data;

  if (!limn_worker_is_stopping (worker)) {
    LimnEngine *engine = limn_worker_engine (worker, &probe->error);

    if (engine != NULL)
      probe->device = limn_device_info_copy (limn_engine_device (engine));
  }
  answer (probe, probed_cb);
}

static gboolean
described_cb (gpointer data)
{
  Probe *probe = data;
  Slot *slot = probe->slot;

  if (slot->workers == NULL || slot->device == NULL || g_strcmp0 (slot->device->wrong, probe->device->wrong) == 0)
    return G_SOURCE_REMOVE;
  limn_device_info_free (slot->device);
  slot->device = g_steal_pointer (&probe->device);
  tell (slot);
  return G_SOURCE_REMOVE;
}

/* What has been found of the device since: that some of it is wrong.  data: a Probe. */
static void
describe_job (LimnWorker *worker, gpointer data)
{
  Probe *probe = data;

  if (!limn_worker_is_stopping (worker) && limn_worker_has_engine (worker)) {
    probe->device = limn_device_info_copy (limn_engine_device (limn_worker_engine (worker, NULL)));
    answer (probe, described_cb);
  } else {
    probe_free (probe);
  }
}

static gboolean
is_wanted_cb (gpointer worker)
{
  return limn_worker_is_stopping (worker) || limn_worker_is_wanted (worker);
}

/* The device compiles its shaders while a person looks round, giving way to all else; what fails here fails again in a
 * run, which then says so.  data: a Probe. */
static void
prepare_job (LimnWorker *worker, gpointer data)
{
  LimnMonitor monitor = { .cancelled = is_wanted_cb, .data = worker };
  LimnEngine *engine = limn_worker_is_ending (worker) ? NULL : limn_worker_engine (worker, NULL);
  g_autoptr (GError) error = NULL;

  if (engine != NULL && !limn_engine_prepare (engine, &monitor, &error) && !limn_worker_is_ending (worker)
      && g_error_matches (error, LIMN_ERROR, LIMN_ERROR_CANCELLED))
    limn_worker_push (worker, LIMN_WORKER_LAST, prepare_job, data);
  else
    describe_job (worker, data);
}

/* Not before its runs are over: another one may have to wait there for their record. */
static void
leave (Slot *slot)
{
  slot->leaving = TRUE;
  if (slot->runs->len == 0)
    limn_worker_finish (slot->worker);
}

static void
add (LimnWorkers *workers, int number)
{
  Slot *slot = g_atomic_rc_box_new0 (Slot);

  slot->workers = workers;
  slot->context = g_main_context_ref (workers->context);
  slot->number = number;
  slot->runs = g_ptr_array_new_with_free_func (g_object_unref);
  slot->worker = limn_worker_new (number, workers->speeds);
  g_ptr_array_add (workers->slots, slot);
  limn_worker_push (slot->worker, LIMN_WORKER_FIRST, probe_job, probe_new (slot));
  limn_worker_push (slot->worker, LIMN_WORKER_LAST, prepare_job, probe_new (slot));
}

LimnWorkers *
limn_workers_new (int lead, GMainContext *context, LimnWorkersFunc changed, gpointer data)
{
  LimnWorkers *workers = g_new0 (LimnWorkers, 1);

  workers->context = g_main_context_ref (context);
  workers->slots = g_ptr_array_new_with_free_func (slot_unref);
  workers->speeds = g_build_filename (g_get_user_cache_dir (), "limn", "speeds.json", NULL);
  workers->changed = changed;
  workers->data = data;
  add (workers, lead);
  return workers;
}

void
limn_workers_set_further (LimnWorkers *workers, const int *devices, guint n_devices)
{
  g_autoptr (GArray) wanted = g_array_new (FALSE, FALSE, sizeof (int));

  g_array_append_vals (wanted, devices, n_devices);
  for (guint i = 1; i < workers->slots->len; i++) {
    Slot *slot = nth (workers, i);
    guint at = 0;

    if (slot->leaving && slot->runs->len == 0)
      continue; /* it has left */
    while (at < wanted->len && g_array_index (wanted, int, at) != slot->number)
      at++;
    if (at == wanted->len || slot->error != NULL) {
      leave (slot);
      continue;
    }
    slot->leaving = FALSE; /* it may have been about to, and another would be on the same device beside it */
    g_array_remove_index (wanted, at);
  }
  for (guint i = 0; i < wanted->len; i++)
    add (workers, g_array_index (wanted, int, i));
  workers->changed (FALSE, workers->data);
}

LimnWorker *
limn_workers_get_lead (LimnWorkers *workers)
{
  return nth (workers, 0)->worker;
}

const LimnDeviceInfo *
limn_workers_get_device (LimnWorkers *workers, const GError **error)
{
  if (error != NULL)
    *error = nth (workers, 0)->error;
  return nth (workers, 0)->device;
}

GPtrArray *
limn_workers_get_devices (LimnWorkers *workers)
{
  GPtrArray *devices = g_ptr_array_new ();

  for (guint i = 0; i < workers->slots->len; i++)
    if (is_usable (nth (workers, i)) && nth (workers, i)->device != NULL)
      g_ptr_array_add (devices, nth (workers, i)->device);
  return devices;
}

/* ---- Runs ---- */

/* How many runs slot has with an answer to give, and of how many it has not come back that nobody waits for. */
static guint
count (Slot *slot, gboolean answered)
{
  guint n = 0;

  for (guint i = 0; i < slot->runs->len; i++) {
    LimnRun *run = slot->runs->pdata[i];

    n += !limn_run_is_draft (run) && run->answered == answered;
  }
  return n;
}

gboolean
limn_workers_is_free (LimnWorkers *workers, gboolean lead)
{
  for (guint i = 0; i < (lead ? 1 : workers->slots->len); i++)
    if (is_usable (nth (workers, i)) && count (nth (workers, i), FALSE) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
writes_record_of (Slot *slot, LimnRun *run)
{
  for (guint i = 0; i < slot->runs->len; i++) {
    LimnRun *other = slot->runs->pdata[i];

    if (!limn_run_is_draft (other) && g_str_equal (other->plan.header->id, run->plan.header->id))
      return TRUE;
  }
  return FALSE;
}

static Slot *
pick (LimnWorkers *workers, LimnRun *run, gboolean lead)
{
  Slot *best = nth (workers, 0);

  if (limn_run_is_draft (run))
    return best;
  for (guint i = 0; i < workers->slots->len; i++)
    if (writes_record_of (nth (workers, i), run))
      return nth (workers, i);
  if (lead)
    return best;
  for (guint i = 1; i < workers->slots->len; i++) {
    Slot *slot = nth (workers, i);

    if (!is_usable (slot) || count (slot, FALSE) > 0)
      continue;
    if (count (best, FALSE) > 0 || count (slot, TRUE) < count (best, TRUE))
      best = slot;
  }
  return best;
}

/* Another device may be there the next time one looks. */
static void
finished_cb (Slot *slot, LimnRun *run)
{
  gboolean unusable =
      run->further && slot->error == NULL && g_error_matches (run->error, LIMN_ERROR, LIMN_ERROR_DEVICE);

  if (unusable)
    slot->error = g_error_copy (run->error);
  g_signal_handlers_disconnect_by_data (run, slot);
  g_ptr_array_remove (slot->runs, run);
  if (slot->leaving)
    leave (slot);
  if (unusable)
    tell (slot);
}

static void
begin (Slot *slot, LimnRun *const *runs, guint n, int together)
{
  LimnRunSet *set = limn_run_set_new (runs, n, together);

  for (guint i = 0; i < n; i++) {
    runs[i]->further = !is_lead (slot);
    g_ptr_array_add (slot->runs, g_object_ref (runs[i]));
    g_signal_connect_swapped (runs[i], "finished", G_CALLBACK (finished_cb), slot);
  }
  LimnWorkerTurn turn = limn_run_is_draft (runs[0]) ? LIMN_WORKER_LAST : LIMN_WORKER_NORMAL;
  limn_worker_push (slot->worker, turn, limn_run_set_execute, set);
  limn_worker_push (slot->worker, turn, describe_job, probe_new (slot));
}

void
limn_workers_begin (LimnWorkers *workers, LimnRun *const *runs, guint n, int together, gboolean lead)
{
  Slot *slot = pick (workers, runs[0], lead);
  gboolean one = TRUE;

  for (guint i = 1; one && i < n; i++)
    one = pick (workers, runs[i], lead) == slot;
  for (guint i = 0; !one && i < n; i++)
    begin (pick (workers, runs[i], lead), &runs[i], 1, 1);
  if (one)
    begin (slot, runs, n, together);
}

void
limn_workers_stop (LimnWorkers *workers)
{
  for (guint i = 0; i < workers->slots->len; i++)
    limn_worker_hurry (nth (workers, i)->worker);
  for (guint i = 0; i < workers->slots->len; i++) {
    Slot *slot = nth (workers, i);

    limn_worker_stop (slot->worker);
    for (guint j = 0; j < slot->runs->len; j++)
      g_signal_handlers_disconnect_by_data (slot->runs->pdata[j], slot);
    g_ptr_array_set_size (slot->runs, 0);
    slot->workers = NULL;
  }
  g_ptr_array_unref (workers->slots);
  g_main_context_unref (workers->context);
  g_free (workers->speeds);
  g_free (workers);
}
