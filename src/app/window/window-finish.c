/* window-finish.c - what is done to a picture once its steps are taken: upscalers that are dropped or chosen, and
 * ending the run on show in another way.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "base/model-path.h"

#include "app/widget/chosen.h"

/* text is no markup */
static void
toast (LimnWindow *self, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (escaped));
}

/* ---- Upscalers ---- */

void
limn_window_use_upscaler (LimnWindow *self, const char *path)
{
  g_autofree char *name = limn_model_name_from_path (path), *shown = g_filename_display_name (name);
  /* translators: an upscaler's name */
  g_autofree char *text = g_strdup_printf (_ ("Pictures are enlarged in the end by “%s”"), shown);

  g_object_set (self->settings, "upscaler", path, "use-upscaler", TRUE, NULL);
  limn_window_scroll_to (self, GTK_WIDGET (self->enlarge_group));
  toast (self, text);
}

static void
upscaler_chosen_cb (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  g_autofree char *path = limn_chosen_path (dialog, response);

  if (path != NULL)
    limn_window_use_upscaler (self, path);
  g_clear_object (&self->chooser);
}

static void
open_upscaler_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  g_autoptr (GtkFileFilter) files = gtk_file_filter_new ();

  gtk_file_filter_set_name (files, _ ("Upscalers"));
  gtk_file_filter_add_pattern (files, "*.safetensors");
  gtk_file_filter_add_pattern (files, "*.sft");
  gtk_file_filter_add_pattern (files, "*.gguf");
  g_clear_object (&self->chooser);
  self->chooser =
      gtk_file_chooser_native_new (_ ("Open an Upscaler"), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), files);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (upscaler_chosen_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* ---- The run on show ---- */

static LimnRecord *
shown_record (LimnWindow *self)
{
  return limn_timeline_get_record (limn_timeline_bar_get_timeline (self->timeline_bar));
}

/* Its steps stay: the last of them that leaves one to do is gone on from. */
static void
finish_shown (LimnWindow *self)
{
  LimnRecord *record = shown_record (self), *owner = NULL;
  LimnRecords *records = limn_session_get_records (self->session);
  g_autoptr (LimnSettings) settings = limn_settings_copy (limn_record_get_settings (record));
  int steps = limn_record_get_schedule_steps (record), shared;

  limn_settings_finish_as (settings, self->settings);
  g_object_set (settings, "count", 1, "new-seed", FALSE, NULL);
  shared = MIN (limn_records_shared_steps (records, record, settings, &owner), steps - 1);
  owner = shared > 0 ? limn_records_find_latents (records, record, shared) : NULL;
  limn_window_enqueue (self, settings, owner, owner != NULL ? shared : 0);
}

static void
finish_anew_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  finish_shown (data);
}

/* On, where it is off; and the picture on show, where it is not what it would be then. */
static void
enlarge_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  LimnRecord *record = shown_record (self);

  g_object_set (self->settings, "use-upscaler", TRUE, NULL);
  if (limn_settings_values (self->settings)->upscaler[0] == '\0') {
    limn_window_scroll_to (self, GTK_WIDGET (self->enlarge_group));
    toast (self, _ ("Choose an upscaler first, or drop its file"));
  } else if (limn_settings_finish_alike (limn_record_get_settings (record), self->settings)) {
    toast (self, _ ("The picture is enlarged already"));
  } else {
    finish_shown (self);
  }
}

static const GActionEntry actions[] = {
  { .name = "open-upscaler", .activate = open_upscaler_action },
  { .name = "enlarge", .activate = enlarge_action },
  { .name = "finish-anew", .activate = finish_anew_action },
};

void
limn_window_update_finish_actions (LimnWindow *self)
{
  LimnRecord *record = shown_record (self);
  gboolean done = record != NULL && limn_record_get_state (record) == LIMN_RECORD_DONE;
  GAction *enlarge = g_action_map_lookup_action (G_ACTION_MAP (self), "enlarge");
  GAction *anew = g_action_map_lookup_action (G_ACTION_MAP (self), "finish-anew");

  g_simple_action_set_enabled (G_SIMPLE_ACTION (enlarge), done);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (anew), done);
}

void
limn_window_install_finish (LimnWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
}
