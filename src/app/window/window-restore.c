/* window-restore.c - what becomes of dropped pictures and the settings inside them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "app/window/dropped.h"
#include "app/window/restore-bar.h"

#define MOST_AT_ONCE 8
#define MOST_RECENT 12

static void
set_enabled (LimnWindow *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

static const LimnDropped *
current (LimnWindow *self)
{
  return self->dropped != NULL ? self->dropped->pdata[self->dropped_index] : NULL;
}

static void
update_actions (LimnWindow *self)
{
  const LimnDropped *dropped = current (self);
  gboolean image = dropped != NULL && dropped->source != NULL, settings = dropped != NULL && dropped->foreign != NULL;

  set_enabled (self, "restore-image", image);
  set_enabled (self, "restore-control", image && limn_settings_values (self->settings)->controls != NULL);
  set_enabled (self, "restore-settings", settings);
  set_enabled (self, "restore-both", image && settings);
  set_enabled (self, "restore-previous", dropped != NULL && self->dropped_index > 0);
  set_enabled (self, "restore-next", dropped != NULL && self->dropped_index + 1 < self->dropped->len);
  set_enabled (self, "restore-dismiss", limn_restore_bar_is_shown (self->restore_bar));
  set_enabled (self, "undo-restore", self->before_restore != NULL);
}

static void
ask (LimnWindow *self)
{
  limn_restore_bar_ask (self->restore_bar, current (self), self->dropped_index, self->dropped->len,
                        limn_settings_values (self->settings)->controls != NULL);
}

void
limn_window_forget_dropped (LimnWindow *self)
{
  limn_restore_bar_hide (self->restore_bar);
  g_clear_pointer (&self->dropped, g_ptr_array_unref);
  update_actions (self);
}

/* text is no markup */
static void
toast (LimnWindow *self, const char *text, const char *button, const char *action)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  AdwToast *toast = adw_toast_new (escaped);

  if (button != NULL) {
    adw_toast_set_button_label (toast, button);
    adw_toast_set_action_name (toast, action);
    adw_toast_set_timeout (toast, 10);
  }
  adw_toast_overlay_add_toast (self->toasts, toast);
}

/* ---- Using what was dropped ---- */

static void
use_image (LimnWindow *self, const LimnDropped *dropped)
{
  if (limn_window_take_mask (self, limn_source_get_image (dropped->source)))
    return;
  limn_window_start_from (self, dropped->source, dropped->note);
}

static void
model_checked_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModelInfo) info = limn_session_open_model_finish (LIMN_SESSION (object), result, &error);

  if (self->session == NULL)
    return;
  if (info == NULL) {
    limn_window_report (self, error);
    if (self->before_restore != NULL)
      g_object_set (self->settings, "model", limn_settings_values (self->before_restore)->model, NULL);
  } else {
    limn_size_group_set_model (self->size_group, info);
    limn_window_know_model (self, info, FALSE);
  }
}

static void
use_settings (LimnWindow *self, const LimnDropped *dropped)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  g_autofree char *model = g_strdup (values->model);

  g_clear_object (&self->before_restore);
  self->before_restore = limn_settings_copy (self->settings);
  limn_undo_commit (self->undo);
  limn_window_leave_mask (self); /* what was painted over is no longer what is set */
  limn_foreign_apply (dropped->foreign, self->settings);
  limn_window_follow_kept (self, dropped->foreign->kept);
  if (!g_str_equal (model, values->model))
    limn_session_open_model_async (self->session, values->model, NULL, model_checked_cb, g_object_ref (self));
  toast (self, _ ("Settings restored"), _ ("_Undo"), "win.undo-restore");
}

static void
use (LimnWindow *self, gboolean image, gboolean settings)
{
  g_autoptr (GPtrArray) all = g_ptr_array_ref (self->dropped);
  const LimnDropped *dropped = all->pdata[self->dropped_index];

  if (settings)
    use_settings (self, dropped); /* takes the old picture away: first */
  if (image)
    use_image (self, dropped);
  limn_window_forget_dropped (self);
  if (settings && dropped->foreign->gaps->len > 0) {
    limn_restore_bar_tell (self->restore_bar, dropped->foreign);
    update_actions (self);
  }
}

static void
restore_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  const char *name = g_action_get_name (G_ACTION (action));
  gboolean both = g_str_equal (name, "restore-both");

  use (data, both || g_str_equal (name, "restore-image"), both || g_str_equal (name, "restore-settings"));
}

static void
control_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  guint index = limn_control_group_find_place (self->control_group);

  limn_control_group_set_picture (self->control_group, index, current (self)->source);
  limn_window_scroll_to (self, GTK_WIDGET (self->control_group));
  limn_window_forget_dropped (self);
}

static void
turn_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  self->dropped_index += g_str_equal (g_action_get_name (G_ACTION (action)), "restore-next") ? 1 : -1;
  ask (self);
  update_actions (self);
}

static void
dismiss_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  limn_window_forget_dropped (data);
}

static void
undo_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  g_autoptr (LimnSettings) before = g_steal_pointer (&self->before_restore);

  limn_settings_assign (self->settings, before);
  limn_window_forget_dropped (self);
}

static const GActionEntry actions[] = {
  { .name = "restore-image", .activate = restore_action }, { .name = "restore-settings", .activate = restore_action },
  { .name = "restore-both", .activate = restore_action },  { .name = "restore-previous", .activate = turn_action },
  { .name = "restore-next", .activate = turn_action },     { .name = "restore-dismiss", .activate = dismiss_action },
  { .name = "undo-restore", .activate = undo_action },     { .name = "restore-control", .activate = control_action },
};

/* ---- Loading ---- */

/* Takes those that cannot be used out of all, and says why. */
static void
report_bad (LimnWindow *self, GPtrArray *all)
{
  g_autoptr (GString) details = g_string_new (NULL);
  gboolean pictures = FALSE;

  for (guint i = 0; i < all->len;) {
    const LimnDropped *dropped = all->pdata[i];

    if (dropped->error == NULL) {
      i++;
      continue;
    }
    pictures = pictures || !dropped->is_text;
    g_string_append_printf (details, "%s%s", details->len > 0 ? "\n" : "", dropped->error->message);
    g_ptr_array_remove_index (all, i);
  }
  if (details->len > 0)
    limn_notice_bar_show (self->notice_bar,
                          pictures ? _ ("This picture cannot be opened") : _ ("This text cannot be used"), details->str,
                          NULL, NULL);
}

/* Takes lists of prompts out of all, and asks about the last of them. */
static void
offer_prompts (LimnWindow *self, GPtrArray *all)
{
  for (guint i = 0; i < all->len;) {
    const LimnDropped *dropped = all->pdata[i];

    if (dropped->prompts == NULL) {
      i++;
      continue;
    }
    limn_window_offer_prompts (self, dropped->name, dropped->prompts);
    g_ptr_array_remove_index (all, i);
  }
}

static void
loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (LimnWindow) self = data;
  g_autoptr (GPtrArray) all = limn_dropped_load_finish (result, NULL);
  const LimnDropped *first;
  GtkWidget *focus;

  if (all == NULL || self->session == NULL)
    return;
  report_bad (self, all);
  offer_prompts (self, all);
  if (all->len == 0)
    return;
  first = all->pdata[0];
  if (all->len == 1 && first->foreign == NULL && limn_settings_values (self->settings)->controls == NULL) {
    limn_window_forget_dropped (self);
    use_image (self, first);
    return;
  }
  g_clear_pointer (&self->dropped, g_ptr_array_unref);
  self->dropped = g_steal_pointer (&all);
  self->dropped_index = 0;
  ask (self);
  update_actions (self);
  focus = gtk_window_get_focus (GTK_WINDOW (self));
  if (!GTK_IS_TEXT_VIEW (focus) && !GTK_IS_EDITABLE (focus))
    limn_restore_bar_focus (self->restore_bar);
}

static GStrv
known_models (LimnWindow *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) recent = self->state != NULL ? g_settings_get_strv (self->state, "recent-models") : NULL;

  g_strv_builder_add_many (builder, values->model, values->refiner, values->upscaler, NULL);
  for (guint i = 0; i < limn_followed_get_n (values->controls); i++)
    g_strv_builder_add (builder, limn_followed_nth (values->controls, i)->file);
  if (recent != NULL)
    g_strv_builder_addv (builder, (const char **) recent);
  return g_strv_builder_end (builder);
}

void
limn_window_load_dropped (LimnWindow *self, GPtrArray *origins)
{
  g_auto (GStrv) models = known_models (self);

  if (origins->len > MOST_AT_ONCE) {
    g_autofree char *text =
        g_strdup_printf (_ ("Only the first %d of %u pictures are taken"), MOST_AT_ONCE, origins->len);

    toast (self, text, NULL, NULL);
    g_ptr_array_set_size (origins, MOST_AT_ONCE);
  }
  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
  self->loading = g_cancellable_new ();
  limn_dropped_load_async (origins, (const char *const *) models, self->loading, loaded_cb, g_object_ref (self));
}

static void
remember_model (LimnWindow *self, const char *path)
{
  g_auto (GStrv) old = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) paths = NULL;

  if (self->state == NULL || path[0] == '\0')
    return;
  old = g_settings_get_strv (self->state, "recent-models");
  g_strv_builder_add (builder, path);
  for (guint i = 0; old[i] != NULL && i < MOST_RECENT - 1; i++)
    if (!g_str_equal (old[i], path))
      g_strv_builder_add (builder, old[i]);
  paths = g_strv_builder_end (builder);
  g_settings_set_strv (self->state, "recent-models", (const char *const *) paths);
}

static void
model_opened_cb (LimnModelRow *row, const LimnModelInfo *info, gboolean kept, LimnWindow *self)
{
  g_autofree char *path = NULL;

  g_object_get (row, "path", &path, NULL);
  remember_model (self, path);
}

void
limn_window_install_restore (LimnWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  g_signal_connect_object (self->model_row, "opened", G_CALLBACK (model_opened_cb), self, 0);
  g_signal_connect_object (limn_refiner_group_get_model_row (self->refiner_group), "opened",
                           G_CALLBACK (model_opened_cb), self, 0);
  update_actions (self);
}
