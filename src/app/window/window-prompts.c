/* window-prompts.c - a file of prompts, each painted with what is set.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/window/window-private.h"

#include <glib/gi18n.h>

#include "session/thread/task-thread.h"
#include "text/prompt-lines.h"

#include "app/widget/chosen.h"

#define MOST_PROMPTS 500 /* in line from one file */

/* ---- The queue ---- */

/* One seed for all, or with each its own, those that follow. */
static void
enqueue (LimnWindow *self, const char *const *prompts)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  guint n = g_strv_length ((GStrv) prompts);
  guint64 seed = values->new_seed ? g_random_int () : values->seed;
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < MIN (n, MOST_PROMPTS); i++) {
    LimnSettings *settings = limn_settings_copy (self->settings);

    g_object_set (settings, "prompt", prompts[i], "seed", values->new_seed ? seed + i : seed, "count", 1, NULL);
    g_ptr_array_add (cells, settings);
  }
  g_free (limn_queue_append_group (self->queue, cells, NULL));
  adw_view_stack_set_visible_child_name (self->side_stack, "queue");
  limn_window_update_actions (self);
  if (n > MOST_PROMPTS) {
    guint left = n - MOST_PROMPTS;
    g_autofree char *title =
        g_strdup_printf (ngettext ("%u prompt is one too many", "%u prompts are too many at once", left), left);

    limn_notice_bar_show (self->notice_bar, title, NULL, NULL, NULL);
  }
}

/* ---- What was dropped ---- */

void
limn_window_offer_prompts (LimnWindow *self, const char *name, GStrv prompts)
{
  guint n = MIN (g_strv_length (prompts), MOST_PROMPTS);
  /* translators: the name of a file */
  g_autofree char *title = g_strdup_printf (_ ("“%s” has no settings in it"), name);
  g_autofree char *details = g_strdup_printf (
      ngettext ("Its line can be painted as a prompt.", "Its %u lines can be painted as prompts.", n), n);
  g_autofree char *label = g_strdup_printf (ngettext ("Paint %u Picture", "Paint %u Pictures", n), n);

  g_strfreev (self->prompts);
  self->prompts = g_strdupv (prompts);
  limn_notice_bar_show (self->notice_bar, title, details, label, "win.paint-dropped-prompts");
}

static void
paint_dropped_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  g_auto (GStrv) prompts = g_steal_pointer (&self->prompts);

  if (prompts == NULL)
    return;
  limn_notice_bar_hide (self->notice_bar);
  enqueue (self, (const char *const *) prompts);
}

/* ---- A file that was chosen ---- */

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  GStrv prompts = limn_prompt_lines_load (data, &error);

  if (prompts != NULL)
    g_task_return_pointer (task, prompts, (GDestroyNotify) g_strfreev);
  else
    g_task_return_error (task, error);
}

static void
read_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnWindow *self = LIMN_WINDOW (object);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) prompts = g_task_propagate_pointer (G_TASK (result), &error);

  if (self->session == NULL)
    return;
  if (prompts != NULL)
    enqueue (self, (const char *const *) prompts);
  else
    limn_notice_bar_show (self->notice_bar, _ ("These prompts cannot be painted"), error->message, NULL, NULL);
}

void
limn_window_paint_prompts (LimnWindow *self, const char *path)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, read_cb, NULL);

  g_task_set_task_data (task, g_strdup (path), g_free);
  limn_task_run_in_thread (task, read_thread);
}

static void
response_cb (GtkNativeDialog *dialog, int response, LimnWindow *self)
{
  g_autofree char *path = limn_chosen_path (dialog, response);

  if (path != NULL)
    limn_window_paint_prompts (self, path);
  g_clear_object (&self->chooser);
}

static void
prompts_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnWindow *self = data;
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _ ("Prompts, a line each"));
  gtk_file_filter_add_mime_type (filter, "text/plain");
  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_ ("Paint the Prompts of a File"), GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), filter);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

void
limn_window_install_prompts (LimnWindow *self)
{
  static const GActionEntry actions[] = {
    { .name = "paint-prompts", .activate = prompts_action },
    { .name = "paint-dropped-prompts", .activate = paint_dropped_action },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
}
