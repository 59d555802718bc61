/* window-timeline.c - looking back at a run's steps, moving its hand-off, branching, and walking the tree.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

static LimnTimeline *
timeline (LimnWindow *self)
{
  return limn_timeline_bar_get_timeline (self->timeline_bar);
}

static LimnRecord *
shown_record (LimnWindow *self)
{
  return limn_timeline_get_record (timeline (self));
}

/* ---- The result of a run ---- */

/* a run that has no picture, or none yet */
static void
show_last_step (LimnWindow *self, LimnRecord *record)
{
  const LimnSettingsValues *values = limn_settings_values (limn_record_get_settings (record));
  guint n = limn_record_get_n_steps (record);
  LimnRecordStep step;

  if (n > 0 && limn_record_get_step (record, n - 1, &step) && step.thumbnail != NULL)
    limn_canvas_show_preview (self->canvas, step.thumbnail, values->width, values->height);
}

static void
show_result (LimnWindow *self)
{
  LimnRecord *record = shown_record (self);
  const char *id = record != NULL ? limn_record_get_id (record) : NULL;
  const char *path = record != NULL ? limn_record_get_picture_path (record) : NULL;

  if (self->picture != NULL && g_strcmp0 (limn_picture_get_record_id (self->picture), id) == 0)
    limn_canvas_show_picture (self->canvas, self->picture);
  else if (path != NULL)
    limn_window_show_file (self, path);
  else if (record != NULL)
    show_last_step (self, record);
}

void
limn_window_show_record (LimnWindow *self, LimnRecord *record)
{
  limn_timeline_bar_show (self->timeline_bar, limn_session_get_records (self->session), record);
  if (record != NULL) {
    /* that it has stopped is known after its run's end */
    g_signal_handlers_disconnect_by_func (record, limn_window_update_actions, self);
    g_signal_connect_object (record, "notify::state", G_CALLBACK (limn_window_update_actions), self, G_CONNECT_SWAPPED);
  }
  limn_window_update_actions (self);
}

/* a picture from the history: its run, as long as that is kept */
void
limn_window_show_record_of (LimnWindow *self, const char *path)
{
  GListModel *records = G_LIST_MODEL (limn_session_get_records (self->session));
  LimnRecord *found = NULL;

  if (limn_queue_get_current (self->queue) != NULL)
    return;
  for (guint i = g_list_model_get_n_items (records); i > 0 && found == NULL; i--) {
    g_autoptr (LimnRecord) record = g_list_model_get_item (records, i - 1);

    if (g_strcmp0 (limn_record_get_picture_path (record), path) == 0)
      found = record; /* the list keeps it */
  }
  limn_window_show_record (self, found);
}

/* ---- Signals of the timeline ---- */

static void
looked_cb (LimnWindow *self, int step, const LimnImage *image)
{
  const LimnSettingsValues *values = limn_settings_values (limn_record_get_settings (shown_record (self)));

  limn_window_leave_mask (self);
  limn_window_stop_opening (self);
  if (step == 0)
    show_result (self);
  else if (image != NULL)
    limn_canvas_show_preview (self->canvas, image, values->width, values->height);
  limn_window_show_stage (self);
  limn_window_update_actions (self);
}

/* the refiner's settings follow the handle, and go back with it */
static void
handoff_dragged_cb (LimnWindow *self, double handoff)
{
  if (handoff >= 0 && self->handoff_before < 0)
    self->handoff_before = limn_settings_values (self->settings)->handoff;
  g_object_set (self->settings, "handoff", handoff >= 0 ? handoff : self->handoff_before, NULL);
  if (handoff < 0)
    self->handoff_before = -1;
}

static void
handoff_moved_cb (LimnWindow *self, double handoff)
{
  LimnRecord *record = shown_record (self), *owner = NULL;
  g_autoptr (LimnSettings) settings = limn_timeline_moved_settings (record, self->settings, handoff);
  int shared = limn_records_shared_steps (limn_session_get_records (self->session), record, settings, &owner);

  g_object_set (self->settings, "handoff", handoff, NULL);
  g_object_set (settings, "count", 1, NULL);
  limn_window_enqueue (self, settings, shared > 0 ? owner : NULL, shared);
}

static void
record_chosen_cb (LimnWindow *self, LimnRecord *record)
{
  limn_window_show_record (self, record);
  show_result (self);
}

/* ---- Actions ---- */

static void
show_result_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_timeline_set_step (timeline (data), 0);
}

static void
look_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_timeline_set_step (timeline (data), g_variant_get_int32 (parameter));
}

static void
move_handoff_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  if (shown_record (self) != NULL)
    handoff_moved_cb (self, CLAMP (g_variant_get_double (parameter), 0, 1));
}

/* the settings at the left, painted on from the step that is looked at */
static void
branch_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  LimnRecord *record = shown_record (self), *owner;
  int step;
  const LimnSettingsValues *now = limn_settings_values (self->settings);
  const LimnSettingsValues *then = limn_settings_values (limn_record_get_settings (record));
  g_autoptr (LimnSettings) settings = limn_settings_copy (self->settings);

  if (now->width != then->width || now->height != then->height) {
    limn_notice_bar_show (self->notice_bar, _ ("A branch keeps the size of its run"),
                          _ ("Choose the size that this run was painted at, or begin a new picture."), NULL, NULL);
    return;
  }
  owner = limn_timeline_get_owner (timeline (self), &step);
  if (owner == NULL)
    return;
  /* the noise is in the latents already */
  g_object_set (settings, "count", 1, "seed", then->seed, "new-seed", FALSE, NULL);
  limn_window_enqueue (self, settings, owner, step);
}

static LimnQueueItem *
item_of (LimnWindow *self, LimnRecord *record)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->queue)); i++) {
    g_autoptr (LimnQueueItem) item = g_list_model_get_item (G_LIST_MODEL (self->queue), i);

    if (g_strcmp0 (limn_queue_item_get_record_id (item), limn_record_get_id (record)) == 0)
      return item; /* the list keeps it */
  }
  return NULL;
}

/* a run that was stopped: its place in the queue, or a new one where it was taken out of it */
static void
go_on_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  LimnRecord *record = shown_record (self);
  LimnQueueItem *item = item_of (self, record);
  int step = limn_record_get_last_step (record);
  g_autoptr (LimnSettings) settings = limn_settings_copy (limn_record_get_settings (record));

  if (item != NULL) {
    limn_queue_retry (self->queue, item);
    limn_window_update_actions (self);
    return;
  }
  g_object_set (settings, "count", 1, NULL);
  if (limn_record_has_latents (record, step))
    limn_window_enqueue (self, settings, record, step);
  else
    limn_window_enqueue (self, settings, NULL, 0);
}

static void
choose_run_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  LimnRecord *record =
      limn_records_lookup (limn_session_get_records (self->session), g_variant_get_string (parameter, NULL));

  if (record != NULL)
    record_chosen_cb (self, record);
}

static const GActionEntry actions[] = {
  { .name = "show-result", .activate = show_result_action },
  { .name = "look", .activate = look_action, .parameter_type = "i" },
  { .name = "move-handoff", .activate = move_handoff_action, .parameter_type = "d" },
  { .name = "branch", .activate = branch_action },
  { .name = "go-on", .activate = go_on_action },
  { .name = "choose-run", .activate = choose_run_action, .parameter_type = "s" },
};

static gboolean
is_stopped (LimnRecord *record)
{
  LimnRecordState state = limn_record_get_state (record);

  return state == LIMN_RECORD_CANCELLED || state == LIMN_RECORD_FAILED || state == LIMN_RECORD_INTERRUPTED;
}

void
limn_window_update_timeline_actions (LimnWindow *self)
{
  int step;
  LimnRecord *owner = limn_timeline_get_owner (timeline (self), &step), *shown = shown_record (self);
  GAction *go_on = g_action_map_lookup_action (G_ACTION_MAP (self), "go-on");
  GAction *branch = g_action_map_lookup_action (G_ACTION_MAP (self), "branch");
  GAction *result = g_action_map_lookup_action (G_ACTION_MAP (self), "show-result");

  g_simple_action_set_enabled (G_SIMPLE_ACTION (branch), owner != NULL && limn_record_has_latents (owner, step));
  g_simple_action_set_enabled (G_SIMPLE_ACTION (go_on), shown != NULL && is_stopped (shown));
  g_simple_action_set_enabled (G_SIMPLE_ACTION (result), limn_timeline_get_step (timeline (self)) > 0);
}

/* the run on the device is the one to be seen */
static void
record_cb (LimnWindow *self)
{
  LimnRecord *record = limn_session_get_record (self->session);

  if (record != NULL)
    limn_window_show_record (self, record);
}

void
limn_window_connect_timeline (LimnWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  limn_timeline_bar_bind (self->timeline_bar, self->settings);
  g_signal_connect_object (timeline (self), "looked", G_CALLBACK (looked_cb), self, G_CONNECT_SWAPPED);
  self->handoff_before = -1;
  g_signal_connect_object (timeline (self), "handoff-dragged", G_CALLBACK (handoff_dragged_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (timeline (self), "handoff-moved", G_CALLBACK (handoff_moved_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (timeline (self), "record-chosen", G_CALLBACK (record_chosen_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_swapped (self->session, "notify::record", G_CALLBACK (record_cb), self);
  record_cb (self);
}
