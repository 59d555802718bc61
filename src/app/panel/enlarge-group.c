/* enlarge-group.c - the upscaler.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/enlarge-group.h"

#include <glib/gi18n.h>

#include "base/model-path.h"
#include "engine/enlarge.h"
#include "session/thread/task-thread.h"

struct _LimnEnlargeGroup {
  AdwPreferencesGroup parent_instance;
  GtkToggleButton *off_button, *on_button;
  AdwActionRow *row;
  LimnSettings *settings;
  GCancellable *looking; /* NULL: the file at looked is known */
  char *looked;          /* path, or NULL: none is */
  int scale;             /* 0: it is no upscaler, for this reason: */
  char *problem;
};

G_DEFINE_FINAL_TYPE (LimnEnlargeGroup, limn_enlarge_group, ADW_TYPE_PREFERENCES_GROUP)

/* ---- What it is ---- */

static char *
describe (LimnEnlargeGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  g_autofree char *name = limn_model_name_from_path (values->upscaler);
  g_autofree char *shown = g_filename_display_name (name);
  int width, height;

  if (values->upscaler[0] == '\0')
    return g_strdup (_ ("None chosen: drop its file here"));
  if (self->looking != NULL)
    return g_steal_pointer (&shown);
  if (self->scale == 0)
    return g_strdup_printf ("%s · %s", shown, self->problem);
  if (!values->use_upscaler)
    return g_strdup_printf (_ ("%s · for the second pass"), shown);
  limn_hires_size (&values->fields, &width, &height);
  /* translators: an upscaler's name, by how much it enlarges, and the size that a picture has then */
  return g_strdup_printf (_ ("%s · %d times as wide and high · %d × %d"), shown, self->scale, width * self->scale,
                          height * self->scale);
}

static void
update (LimnEnlargeGroup *self)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  g_autofree char *text = describe (self), *escaped = g_markup_escape_text (text, -1);
  gboolean needed = limn_settings_needs_upscaler (self->settings);
  gboolean lacks = values->upscaler[0] == '\0' || (self->looking == NULL && self->scale == 0);

  adw_action_row_set_subtitle (self->row, escaped);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->row), values->upscaler[0] != '\0' ? values->upscaler : NULL);
  if (lacks)
    gtk_widget_add_css_class (GTK_WIDGET (self->row), "lacks");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->row), "lacks");
  gtk_toggle_button_set_active (values->use_upscaler ? self->on_button : self->off_button, TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->row), needed);
  /* an empty list has a shadow */
  gtk_widget_set_visible (gtk_widget_get_ancestor (GTK_WIDGET (self->row), GTK_TYPE_LIST_BOX), needed);
}

static void
look_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  LimnModel *model = limn_model_open_upscaler (data, &error);

  if (model == NULL) {
    g_task_return_error (task, error);
    return;
  }
  g_task_return_int (task, limn_model_scale (model));
  limn_model_unref (model);
}

static void
looked_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  LimnEnlargeGroup *self = LIMN_ENLARGE_GROUP (object);
  g_autoptr (GError) error = NULL;
  gssize scale = g_task_propagate_int (G_TASK (result), &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->looking);
  g_free (self->problem);
  self->problem = error != NULL ? g_strdup (error->message) : NULL;
  self->scale = error == NULL ? (int) scale : 0;
  update (self);
}

static void
stop_looking (LimnEnlargeGroup *self)
{
  if (self->looking != NULL)
    g_cancellable_cancel (self->looking);
  g_clear_object (&self->looking);
}

static void
changed_cb (LimnEnlargeGroup *self)
{
  const char *path = limn_settings_values (self->settings)->upscaler;
  g_autoptr (GTask) task = NULL;

  if (path[0] != '\0' && g_strcmp0 (path, self->looked) != 0) {
    stop_looking (self);
    g_free (self->looked);
    self->looked = g_strdup (path);
    self->looking = g_cancellable_new ();
    task = g_task_new (self, self->looking, looked_cb, NULL);
    g_task_set_task_data (task, g_strdup (path), g_free);
    limn_task_run_in_thread (task, look_thread);
  }
  update (self);
}

/* ---- Object ---- */

static void
limn_enlarge_group_dispose (GObject *object)
{
  LimnEnlargeGroup *self = LIMN_ENLARGE_GROUP (object);

  stop_looking (self);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (limn_enlarge_group_parent_class)->dispose (object);
}

static void
limn_enlarge_group_finalize (GObject *object)
{
  LimnEnlargeGroup *self = LIMN_ENLARGE_GROUP (object);

  g_free (self->looked);
  g_free (self->problem);

  G_OBJECT_CLASS (limn_enlarge_group_parent_class)->finalize (object);
}

static void
limn_enlarge_group_class_init (LimnEnlargeGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_enlarge_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_enlarge_group_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/enlarge-group.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnEnlargeGroup, off_button);
  gtk_widget_class_bind_template_child (widget_class, LimnEnlargeGroup, on_button);
  gtk_widget_class_bind_template_child (widget_class, LimnEnlargeGroup, row);
}

static void
limn_enlarge_group_init (LimnEnlargeGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_enlarge_group_bind (LimnEnlargeGroup *self, LimnSettings *settings)
{
  static const char *const watched[] = { "notify::upscaler", "notify::use-upscaler", "notify::width",
                                         "notify::height",   "notify::hires",        "notify::hires-method" };

  g_return_if_fail (LIMN_IS_ENLARGE_GROUP (self));

  g_set_object (&self->settings, settings);
  g_object_bind_property (settings, "use-upscaler", self->on_button, "active",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (settings, watched[i], G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  changed_cb (self);
}
