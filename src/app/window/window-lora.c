/* window-lora.c - LoRAs that are dropped or chosen: their folder becomes known, and the prompt names them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "base/model-path.h"
#include "engine/limn.h"

#include "app/widget/chosen.h"

/* Why the models that are set cannot take what is at path, or NULL where they may. */
static char *
why_not (LimnWindow *self, const char *path)
{
  g_autoptr (LimnFileFacts) facts = limn_file_look (path);
  gboolean refiner = limn_settings_values (self->settings)->use_refiner && limn_family_row (facts->family)->refines;
  g_autofree char *shown = NULL;

  if (facts->kind != LIMN_FILE_LORA || self->opened == NULL || facts->family == LIMN_FAMILY_UNKNOWN
      || facts->family == self->opened->family || refiner)
    return NULL;
  shown = g_filename_display_name (facts->name);
  /* translators: a LoRA's name, two families of models */
  return g_strdup_printf (_ ("“%s” is for %s, and the model is %s: the prompt stays as it is"), shown,
                          limn_family_name (facts->family), limn_family_name (self->opened->family));
}

static void
tell (LimnWindow *self, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (escaped));
}

void
limn_window_add_lora (LimnWindow *self, const char *path)
{
  const char *model = limn_settings_values (self->settings)->model;
  g_autofree char *name = limn_model_name_from_path (path), *folder = g_path_get_dirname (path);
  g_autofree char *found = limn_lora_find (name, NULL, model[0] != '\0' ? model : NULL, NULL);
  g_autofree char *reason = why_not (self, path), *text = NULL;
  g_autoptr (GError) error = NULL;

  if (reason != NULL) {
    tell (self, reason);
    return;
  }
  if (found == NULL && !limn_lora_add_folder (folder, &error)) {
    limn_window_report (self, error);
    return;
  }
  text =
      found == NULL || g_str_equal (found, path)
          ? g_strdup_printf (_ ("The prompt names the LoRA “%s”"), name)
          : g_strdup_printf (_ ("The prompt names the LoRA “%s”, which is also at %s: that one is taken"), name, found);
  limn_lora_group_add (self->lora_group, name);
  tell (self, text);
}

static void
response_cb (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  g_autofree char *path = limn_chosen_path (dialog, response);

  if (path != NULL)
    limn_window_add_lora (self, path);
  g_clear_object (&self->chooser);
}

static void
add_lora_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  g_autoptr (GtkFileFilter) files = gtk_file_filter_new ();

  g_clear_object (&self->chooser);
  self->chooser =
      gtk_file_chooser_native_new (_ ("Add a LoRA"), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  gtk_file_filter_set_name (files, _ ("LoRAs"));
  gtk_file_filter_add_pattern (files, "*.safetensors");
  gtk_file_filter_add_pattern (files, "*.sft");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), files);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static const GActionEntry actions[] = {
  { .name = "add-lora", .activate = add_lora_action },
};

void
limn_window_install_lora (LimnWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
}
