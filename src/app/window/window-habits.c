/* window-habits.c - what is set for a model comes back with it; as the model suggests is one click away.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "base/model-file.h"
#include "base/model-path.h"

/* Whether the settings are of the model that was opened last: not while another has come from elsewhere, as by undo. */
static gboolean
is_open (LimnWindow *self)
{
  return self->opened != NULL && g_strcmp0 (self->opened_path, limn_settings_values (self->settings)->model) == 0;
}

static void
update (LimnWindow *self)
{
  gboolean differs = is_open (self) && !limn_settings_are_suggested (self->settings, self->opened);
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "as-model-suggests");

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), differs);
  limn_sampling_group_offer_suggestion (self->sampling_group, differs);
}

static void
changed_cb (LimnWindow *self)
{
  const char *prefix = limn_settings_values (self->settings)->prefix;

  if (prefix[0] != '\0')
    gtk_widget_set_visible (GTK_WIDGET (self->prefix_row), TRUE);
  if (g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (self->prefix_row)), prefix) != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->prefix_row), prefix);
  if (is_open (self))
    limn_habits_remember (self->habits, self->opened, self->settings);
  update (self);
}

void
limn_window_keep_habits (LimnWindow *self)
{
  g_autoptr (GError) error = NULL;

  if (!limn_habits_save (self->habits, &error))
    g_message ("%s", error->message); /* as with the settings themselves, there is nothing that a person could do */
}

/* Of a model that was last used with a part from elsewhere, and is now opened from another model: as it was. */
static gboolean
open_with_parts (LimnWindow *self, const LimnModelInfo *info)
{
  g_autofree char *parts = limn_is_model_file (info->path) ? NULL : limn_habits_find_parts (self->habits, info);
  g_autofree char *name = NULL, *text = NULL, *escaped = NULL;

  if (parts == NULL || (self->opened != NULL && g_strcmp0 (self->opened->fingerprint, info->fingerprint) == 0))
    return FALSE;
  name = limn_model_name_from_path (parts);
  /* translators: %s: a model and one of its parts, "juggernautXL + sdxl_vae" */
  text = g_strdup_printf (_ ("Opened as last time: %s"), name);
  escaped = g_markup_escape_text (text, -1);
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (escaped));
  limn_model_row_try (self->model_row, parts);
  return TRUE;
}

void
limn_window_know_model (LimnWindow *self, const LimnModelInfo *info, gboolean adopt)
{
  LimnModelInfo *opened = limn_model_info_copy (info);

  if (adopt && open_with_parts (self, info)) {
    limn_model_info_free (opened);
    return;
  }
  /* from here on the settings are the new model's: what is changed now is not remembered of the one before */
  g_clear_pointer (&self->opened_path, g_free);
  if (adopt)
    limn_habits_adopt (self->habits, info, self->opened, self->settings);
  limn_model_info_free (self->opened);
  self->opened = opened;
  self->opened_path = g_strdup (limn_settings_values (self->settings)->model);
  changed_cb (self);
  limn_window_update_models (self);
  limn_window_update_probe (self);
}

/* ---- Actions ---- */

static void
suggest_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  limn_undo_commit (self->undo);
  limn_settings_suggest (self->settings, self->opened);
}

static void
edit_prefix_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;

  gtk_widget_set_visible (GTK_WIDGET (self->prefix_row), TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->prefix_row));
}

static void
prefix_cb (LimnWindow *self)
{
  g_autofree char *prefix = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->prefix_row))));

  limn_settings_set_prefix (self->settings, prefix);
  gtk_widget_set_visible (GTK_WIDGET (self->prefix_row), prefix[0] != '\0');
}

static const GActionEntry actions[] = {
  { .name = "as-model-suggests", .activate = suggest_action },
  { .name = "edit-prefix", .activate = edit_prefix_action },
};

void
limn_window_install_habits (LimnWindow *self)
{
  self->habits = limn_habits_load (NULL);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  g_signal_connect_object (self->settings, "notify", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->prefix_row, "apply", G_CALLBACK (prefix_cb), self, G_CONNECT_SWAPPED);
  changed_cb (self);
}

void
limn_window_dispose_habits (LimnWindow *self)
{
  g_clear_pointer (&self->habits, limn_habits_free);
  g_clear_pointer (&self->opened, limn_model_info_free);
  g_clear_pointer (&self->opened_path, g_free);
}
