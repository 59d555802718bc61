/* window-probe.c - asks the model what it predicts, where nothing in its files tells, and offers what it answers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "app/widget/toast.h"

void
limn_window_update_probe (LimnWindow *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "probe-model");
  gboolean answers = self->opened != NULL && !limn_family_row (self->opened->family)->refines;

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), answers && self->probing == NULL);
}

/* ---- While it is asked ---- */

static void
stop (LimnWindow *self)
{
  AdwToast *toast = g_steal_pointer (&self->probe_toast);

  if (self->probing != NULL)
    g_cancellable_cancel (self->probing);
  g_clear_object (&self->probing);
  if (toast != NULL) {
    limn_toast_dismiss (toast);
    g_object_unref (toast);
  }
  limn_window_update_probe (self);
}

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  LimnWindow *self = data;
  int percent = (int) (100 * CLAMP (progress->stage_fraction, 0, 1));
  g_autofree char *text = NULL;

  if (self->probe_toast == NULL)
    return;
  if (progress->stage == LIMN_STAGE_LOAD || progress->stage == LIMN_STAGE_PREPARE)
    /* translators: progress, percent */
    text = g_strdup_printf (_ ("Asking the model what it predicts: loading, %d %%"), percent);
  else
    /* translators: progress, percent */
    text = g_strdup_printf (_ ("Asking the model what it predicts: %d %%"), percent);
  adw_toast_set_title (self->probe_toast, text);
}

/* ---- The answer ---- */

static void
offer (LimnWindow *self, const LimnProbe *probe)
{
  const LimnPredictionRow *row = limn_prediction_row (probe->prediction);
  const char *set = limn_settings_values (self->settings)->prediction;
  const char *now = g_str_equal (set, limn_prediction_choice (0)->name) ? self->opened->prediction : set;
  gboolean known = g_strcmp0 (now, row->choice.name) == 0;
  g_autofree char *text = NULL, *escaped = NULL;
  AdwToast *toast;

  if (!probe->told)
    text = g_strdup (_ ("Asked once, the model gives no answer that Limn knows: its prediction stays as it is"));
  else if (known)
    /* translators: a prediction, such as "Velocity (v)" */
    text = g_strdup_printf (_ ("Asked once, the model answers as it is taken to: %s"), _ (row->choice.title));
  else
    /* translators: a prediction, such as "Velocity (v)" */
    text = g_strdup_printf (_ ("Asked once, the model answers like those that predict: %s"), _ (row->choice.title));
  escaped = g_markup_escape_text (text, -1);
  toast = adw_toast_new (escaped);
  if (probe->told && !known) {
    adw_toast_set_timeout (toast, 0);
    adw_toast_set_button_label (toast, _ ("Use It"));
    adw_toast_set_action_name (toast, "win.set-prediction");
    adw_toast_set_action_target (toast, "s", row->choice.name);
  }
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
answered_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnWindow) self = data;
  g_autoptr (GError) error = NULL;
  LimnProbe probe;
  gboolean answered = limn_session_probe_finish (LIMN_SESSION (object), result, &probe, &error);
  gboolean mine = self->probing != NULL && self->probing == g_task_get_cancellable (G_TASK (result));

  if (!mine)
    return;
  stop (self);
  if (answered && self->opened != NULL)
    offer (self, &probe);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
           && !g_error_matches (error, LIMN_ERROR, LIMN_ERROR_CANCELLED))
    limn_window_report (self, error);
}

/* ---- Actions ---- */

static void
probe_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  self->probing = g_cancellable_new ();
  self->probe_toast = adw_toast_new (_ ("Asking the model what it predicts"));
  adw_toast_set_timeout (self->probe_toast, 0);
  adw_toast_set_button_label (self->probe_toast, _ ("Cancel"));
  adw_toast_set_action_name (self->probe_toast, "win.cancel-probe");
  limn_toast_add (self->toasts, g_object_ref (self->probe_toast));
  limn_window_update_probe (self);
  limn_session_probe_async (self->session, limn_settings_values (self->settings)->model, self->probing, progress_cb,
                            answered_cb, g_object_ref (self));
}

static void
cancel_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  stop (data);
}

static void
set_prediction_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  limn_undo_commit (self->undo);
  g_object_set (self->settings, "prediction", g_variant_get_string (parameter, NULL), NULL);
}

static const GActionEntry actions[] = {
  { .name = "probe-model", .activate = probe_action },
  { .name = "cancel-probe", .activate = cancel_action },
  { .name = "set-prediction", .activate = set_prediction_action, .parameter_type = "s" },
};

void
limn_window_install_probe (LimnWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  /* what another model would say is not waited for */
  g_signal_connect_object (self->settings, "notify::model", G_CALLBACK (stop), self, G_CONNECT_SWAPPED);
  limn_window_update_probe (self);
}

void
limn_window_dispose_probe (LimnWindow *self)
{
  if (self->probing != NULL)
    g_cancellable_cancel (self->probing);
  g_clear_object (&self->probing);
  g_clear_object (&self->probe_toast);
}
