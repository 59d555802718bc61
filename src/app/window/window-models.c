/* window-models.c - the model library: what is chosen there is opened, or named in the prompt.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* ---- What is chosen ---- */

static void
use_embedding (LimnWindow *self, const LimnFileFacts *facts)
{
  g_autofree char *word = g_strconcat ("embedding:", facts->name, NULL);
  const char *prompt = limn_settings_values (self->settings)->prompt;
  g_autofree char *text = g_strdup_printf (_ ("The prompt names the embedding “%s”"), facts->name);
  g_autofree char *longer = NULL;

  limn_models_window_tell (self->models_window, text);
  if (strstr (prompt, word) != NULL)
    return;
  longer = g_strdup_printf ("%s%s%s", prompt, prompt[0] != '\0' ? ", " : "", word);
  g_object_set (self->settings, "prompt", longer, NULL);
}

static void
use_lora (LimnWindow *self, const LimnFileFacts *facts)
{
  g_autofree char *text = g_strdup_printf (_ ("The prompt names the LoRA “%s”"), facts->name);

  limn_window_add_lora (self, facts->path);
  limn_models_window_tell (self->models_window, text);
}

static void
use_control (LimnWindow *self, const LimnFileFacts *facts)
{
  limn_window_add_control (self, facts->path);
  gtk_window_close (GTK_WINDOW (self->models_window));
}

static void
use_upscaler (LimnWindow *self, const LimnFileFacts *facts)
{
  limn_window_use_upscaler (self, facts->path);
  gtk_window_close (GTK_WINDOW (self->models_window));
}

static void
use_detector (LimnWindow *self, const LimnFileFacts *facts)
{
  limn_window_use_detector (self, facts->path);
  gtk_window_close (GTK_WINDOW (self->models_window));
}

static void
use_part (LimnWindow *self, const LimnFileFacts *facts)
{
  limn_model_row_choose_parts_with (self->model_row, facts->part, facts->path);
  gtk_window_close (GTK_WINDOW (self->models_window));
}

static void
use_cb (LimnModelsWindow *window, LimnModelEntry *entry, LimnWindow *self)
{
  const LimnFileFacts *facts = limn_model_entry_get_facts (entry);

  switch (facts->kind) {
  case LIMN_FILE_MODEL:
    limn_model_row_try (self->model_row, facts->path);
    gtk_window_close (GTK_WINDOW (window));
    break;
  case LIMN_FILE_LORA:
    use_lora (self, facts);
    break;
  case LIMN_FILE_EMBEDDING:
    use_embedding (self, facts);
    break;
  case LIMN_FILE_PART:
    use_part (self, facts);
    break;
  case LIMN_FILE_CONTROL:
    use_control (self, facts);
    break;
  case LIMN_FILE_UPSCALER:
    use_upscaler (self, facts);
    break;
  case LIMN_FILE_DETECTOR:
    use_detector (self, facts);
    break;
  case LIMN_FILE_OTHER:
    break;
  }
}

/* ---- The window ---- */

void
limn_window_update_models (LimnWindow *self)
{
  if (self->models_window != NULL && self->opened != NULL)
    limn_models_window_set_family (self->models_window, self->opened->family);
}

static void
show (LimnWindow *self, LimnFileKind kind)
{
  if (self->models_window == NULL) {
    LimnModelsWindow *window = limn_models_window_new (self->models);

    g_set_weak_pointer (&self->models_window, window);
    g_signal_connect_object (window, "use", G_CALLBACK (use_cb), self, 0);
    gtk_window_set_transient_for (GTK_WINDOW (window), GTK_WINDOW (self));
  }
  limn_window_update_models (self);
  limn_models_window_show_kind (self->models_window, kind);
  gtk_window_present (GTK_WINDOW (self->models_window));
}

static void show_action (GSimpleAction *action, GVariant *parameter, gpointer data);

/* In the order of kinds below. */
static const GActionEntry actions[] = {
  { .name = "show-models", .activate = show_action },      { .name = "show-loras", .activate = show_action },
  { .name = "show-controlnets", .activate = show_action }, { .name = "show-upscalers", .activate = show_action },
  { .name = "show-detectors", .activate = show_action },
};

static void
show_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  static const LimnFileKind kinds[] = { LIMN_FILE_MODEL, LIMN_FILE_LORA, LIMN_FILE_CONTROL, LIMN_FILE_UPSCALER,
                                        LIMN_FILE_DETECTOR };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (g_action_get_name (G_ACTION (action)), actions[i].name))
      show (data, kinds[i]);
}

void
limn_window_install_models (LimnWindow *self)
{
  self->models = limn_models_new (NULL);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
}

void
limn_window_dispose_models (LimnWindow *self)
{
  g_clear_weak_pointer (&self->models_window);
  if (self->models != NULL)
    limn_models_close (self->models);
  g_clear_object (&self->models);
}
