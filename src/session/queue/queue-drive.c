/* queue-drive.c - the items of a queue in turn, through the session.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/queue/queue-drive.h"

#include "base/i18n.h"
#include "engine/several.h"
#include "session/run/session-private.h"

#define MOST_HELD 24 /* finished pictures in memory: 3 MB each at 1024² */

/* ---- Records that must stay ---- */

static void
pin (LimnQueue *self, LimnQueueItem *item, const char *id)
{
  if (id == NULL || g_ptr_array_find_with_equal_func (item->pins, id, g_str_equal, NULL))
    return;
  g_ptr_array_add (item->pins, g_strdup (id));
  limn_records_pin (limn_session_get_records (self->session), id);
}

void
limn_queue_pin (LimnQueue *self, LimnQueueItem *item)
{
  if (item->state == LIMN_QUEUE_DONE)
    return;
  pin (self, item, item->parent_id);
  pin (self, item, item->record_id);
}

void
limn_queue_unpin (LimnQueue *self, LimnQueueItem *item)
{
  for (guint i = 0; i < item->pins->len; i++)
    limn_records_unpin (limn_session_get_records (self->session), item->pins->pdata[i]);
  g_ptr_array_set_size (item->pins, 0);
}

/* ---- Ending ---- */

/* All but some are let go of, newest, which somebody is about to look at, being kept: they are in their files. */
static void
release_pictures (LimnQueue *self, LimnQueueItem *newest)
{
  guint held = 1;

  for (guint i = self->items->len; i > 0; i--) {
    LimnQueueItem *item = self->items->pdata[i - 1];
    g_autofree char *path = g_strdup (item->picture_path);

    if (item != newest && item->picture != NULL && path != NULL && ++held > MOST_HELD)
      limn_queue_item_set_picture (item, NULL, path);
  }
}

static void
finish (LimnQueue *self, LimnQueueItem *item, LimnPicture *picture)
{
  limn_queue_item_set_picture (item, picture, NULL);
  limn_queue_item_set_progress (item, 1);
  limn_queue_item_set_state (item, LIMN_QUEUE_DONE, "");
  limn_queue_unpin (self, item);
  release_pictures (self, item);
  g_signal_emit_by_name (self, "finished", item, picture);
}

static void
fail (LimnQueue *self, LimnQueueItem *item, const GError *error)
{
  limn_queue_item_set_error (item, error);
  g_signal_emit_by_name (self, "failed", item);
}

static gboolean
is_of_device (const GError *error)
{
  return g_error_matches (error, LIMN_ERROR, LIMN_ERROR_DEVICE)
         || g_error_matches (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST)
         || g_error_matches (error, LIMN_ERROR, LIMN_ERROR_MEMORY);
}

static void
stopped (LimnQueue *self, LimnQueueItem *item, gboolean further, const GError *error)
{
  /* at Limn's end it counts as running, and goes on next time */
  if (self->closed || limn_session_is_closed (self->session))
    return;
  if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_CANCELLED)) {
    limn_queue_item_set_state (item, item->after, "");
    g_signal_emit_by_name (self, "stopped", item);
  } else if (further && is_of_device (error)) {
    item->lead = TRUE;
    limn_queue_item_set_state (item, LIMN_QUEUE_WAITING, "");
  } else if (g_error_matches (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST) && !item->retried) {
    item->retried = TRUE;
    limn_queue_item_set_state (item, LIMN_QUEUE_WAITING, "");
  } else {
    fail (self, item, error);
  }
}

typedef struct {
  LimnQueue *queue;
  LimnQueueItem *item;
} Begun;

static Begun *
begun_new (LimnQueue *self, LimnQueueItem *item)
{
  Begun *begun = g_new (Begun, 1);

  *begun = (Begun){ g_object_ref (self), g_object_ref (item) };
  return begun;
}

static void
answered_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autofree Begun *begun = data;
  g_autoptr (LimnQueue) self = begun->queue;
  g_autoptr (LimnQueueItem) item = begun->item;
  gboolean further = item->run != NULL && limn_run_is_further (item->run);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnPicture) picture = limn_session_run_finish (LIMN_SESSION (object), result, &error);

  g_clear_object (&item->cancellable);
  limn_queue_item_set_run (item, NULL);
  if (picture != NULL)
    finish (self, item, picture);
  else
    stopped (self, item, further, error);
  limn_queue_remove_running (self, item);
  limn_queue_save_soon (self);
  limn_queue_drive (self);
}

void
limn_queue_stop_item (LimnQueue *self, LimnQueueItem *item, LimnQueueState after)
{
  if (item->cancellable == NULL)
    return;
  item->after = after;
  g_cancellable_cancel (item->cancellable);
}

/* ---- Beginning ---- */

/* What an earlier try left of item, or NULL; where that try had in fact come to its end, the item is done. */
static LimnRecord *
find_own (LimnQueue *self, LimnQueueItem *item)
{
  LimnRecord *record = limn_records_lookup (limn_session_get_records (self->session), item->record_id);

  if (record == NULL)
    return NULL;
  if (limn_record_get_state (record) == LIMN_RECORD_DONE) {
    limn_queue_item_set_picture (item, NULL, limn_record_get_picture_path (record));
    limn_queue_item_set_progress (item, 1);
    limn_queue_item_set_state (item, LIMN_QUEUE_DONE, "");
    limn_queue_unpin (self, item);
    limn_queue_save_soon (self);
    return NULL;
  }
  return record;
}

/* Of a grid over hand-offs, say, only the first picture needs all steps: the record whose steps item repeats
 * longest. */
static LimnRecord *
find_sibling (LimnQueue *self, LimnQueueItem *item)
{
  LimnRecords *records = limn_session_get_records (self->session);
  LimnRecord *best = NULL;
  int most = 0;

  for (guint i = 0; item->group[0] != '\0' && i < self->items->len; i++) {
    LimnQueueItem *other = self->items->pdata[i];
    LimnRecord *record =
        g_str_equal (other->group, item->group) ? limn_records_lookup (records, other->record_id) : NULL;
    int shared = record != NULL ? limn_records_shared_steps (records, record, item->settings, NULL) : 0;

    if (shared > most) {
      most = shared;
      best = record;
    }
  }
  return best;
}

static LimnRun *
begin_anew (LimnQueue *self, LimnQueueItem *item, LimnRunFlags flags)
{
  LimnRecords *records = limn_session_get_records (self->session);
  LimnRecord *parent = limn_records_lookup (records, item->parent_id);
  LimnRecord *from = item->parent_id != NULL ? parent : find_sibling (self, item);
  g_autofree char *id = limn_records_new_id (records);

  limn_queue_item_set_progress (item, 0);
  limn_queue_item_set_record_id (item, id);
  limn_queue_pin (self, item);
  return limn_session_run_as (self->session, item->settings, from, item->parent_id != NULL ? item->parent_step : -1,
                              flags, id, item->cancellable, answered_cb, begun_new (self, item));
}

/* NULL: nothing.  own: the record that item goes on from, which has the latents of its parent; or NULL. */
static const char *
find_what_is_gone (LimnQueue *self, LimnQueueItem *item, LimnRecord *own)
{
  if (own == NULL && item->parent_id != NULL
      && limn_records_lookup (limn_session_get_records (self->session), item->parent_id) == NULL)
    return _ ("The run that this one was to go on from is not kept any more");
  if (limn_kept_is_missing (&item->kept, item->settings))
    return _ ("The picture that this one was to be painted from is gone.");
  return NULL;
}

static void
fail_for_lack (LimnQueue *self, LimnQueueItem *item, const char *what)
{
  g_autoptr (GError) error = g_error_new_literal (LIMN_ERROR, LIMN_ERROR_REQUEST, what);

  fail (self, item, error);
  limn_queue_save_soon (self);
}

/* FALSE where it turned out to need no run, or to have no chance of one. */
static gboolean
begin (LimnQueue *self, LimnQueueItem *item)
{
  LimnRunFlags flags = item->lead ? LIMN_RUN_LEAD : LIMN_RUN_NORMAL;
  LimnRecord *record = find_own (self, item);
  const char *gone = find_what_is_gone (self, item, record);
  LimnRun *run;

  if (item->state != LIMN_QUEUE_WAITING)
    return FALSE;
  if (gone != NULL) {
    fail_for_lack (self, item, gone);
    return FALSE;
  }
  item->after = LIMN_QUEUE_CANCELLED;
  item->cancellable = g_cancellable_new ();
  limn_queue_add_running (self, item);
  limn_queue_item_set_state (item, LIMN_QUEUE_RUNNING, "");
  if (record == NULL)
    run = begin_anew (self, item, flags);
  else
    run = limn_session_run_as (self->session, item->settings, record, 0, flags | LIMN_RUN_RESUME, NULL,
                               item->cancellable, answered_cb, begun_new (self, item));
  limn_queue_item_set_run (item, run);
  limn_queue_save_soon (self);
  return TRUE;
}

/* Whether other waits for the same as item, but for what is each picture's own. */
static gboolean
goes_with (LimnQueueItem *item, LimnQueueItem *other)
{
  return other->state == LIMN_QUEUE_WAITING && item->group[0] != '\0' && g_str_equal (other->group, item->group)
         && other->lead == item->lead && g_strcmp0 (other->parent_id, item->parent_id) == 0
         && other->parent_step == item->parent_step && limn_settings_are_alike (item->settings, other->settings);
}

/* item and those that may be painted with it; of as many as there is memory for, a device's share.  (element-type
 * LimnQueueItem) (transfer full) */
static GPtrArray *
find_set (LimnQueue *self, LimnQueueItem *item)
{
  GPtrArray *set = g_ptr_array_new_with_free_func (g_object_unref);
  guint most = (guint) limn_settings_values (item->settings)->batch_size;

  for (guint i = 0; i < self->items->len; i++)
    if (self->items->pdata[i] == item || goes_with (item, self->items->pdata[i]))
      g_ptr_array_add (set, g_object_ref (self->items->pdata[i]));
  if (most == 0 && !item->lead) {
    g_autoptr (GPtrArray) devices = limn_session_get_devices (self->session);
    guint n = MAX (devices->len, 1);

    most = (set->len + n - 1) / n;
  }
  g_ptr_array_set_size (set, (int) MIN (set->len, CLAMP (most, 1, LIMN_MOST_TOGETHER)));
  return set;
}

/* FALSE where none of them needed a run. */
static gboolean
begin_set (LimnQueue *self, LimnQueueItem *item)
{
  g_autoptr (GPtrArray) set = find_set (self, item);
  gboolean lead = item->lead, begun = FALSE;

  limn_session_gather (self->session);
  for (guint i = 0; i < set->len; i++) {
    LimnQueueItem *one = set->pdata[i];

    if (one->state == LIMN_QUEUE_WAITING && g_ptr_array_find (self->items, one, NULL))
      begun |= begin (self, one);
  }
  limn_session_paint_gathered (self->session, limn_settings_values (item->settings)->batch_size, lead);
  return begun;
}

void
limn_queue_drive (LimnQueue *self)
{
  guint i = 0;

  /* "notify::loaded" may come after the last of the queue */
  if (self->session == NULL || self->closed || self->driving || !self->loaded || limn_session_is_closed (self->session)
      || !limn_records_is_loaded (limn_session_get_records (self->session)))
    return;
  self->driving = TRUE;
  while (!self->closed && !self->paused && i < self->items->len && limn_session_is_free (self->session, FALSE)) {
    g_autoptr (LimnQueueItem) item = g_object_ref (self->items->pdata[i++]);

    /* whoever hears of a beginning may change the line */
    if (item->state == LIMN_QUEUE_WAITING && limn_session_is_free (self->session, item->lead) && begin_set (self, item))
      i = 0;
  }
  self->driving = FALSE;
}
