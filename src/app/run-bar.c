/* run-bar.c - what is being done, and on which device.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/run-bar.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/stage-bar.h"

struct _LimnRunBar {
  GtkWidget parent_instance;
  GtkWidget *box;
  GtkRevealer *revealer;
  LimnStageBar *stage_bar;
  GtkLabel *text, *details, *device_label;
  GtkWidget *device_box, *warning;
  LimnStage announced;
};

G_DEFINE_FINAL_TYPE (LimnRunBar, limn_run_bar, GTK_TYPE_WIDGET)

static char *
format_whole (int seconds)
{
  if (seconds < 60)
    return g_strdup_printf (_ ("%d s"), seconds);
  if (seconds < 3600)
    return g_strdup_printf (_ ("%d min %d s"), seconds / 60, seconds % 60);
  return g_strdup_printf (_ ("%d h %d min"), seconds / 3600, seconds / 60 % 60);
}

char *
limn_format_seconds (double seconds)
{
  if (seconds < 9.95)
    return g_strdup_printf (_ ("%.1f s"), MAX (seconds, 0));
  return format_whole ((int) round (seconds));
}

static gboolean
is_stepping (const LimnProgress *progress)
{
  return progress->stage == LIMN_STAGE_BASE || progress->stage == LIMN_STAGE_REFINER;
}

static void
append_speed (GString *text, const LimnProgress *progress)
{
  if (!is_stepping (progress) || progress->steps_per_second <= 0)
    return;
  if (progress->steps_per_second >= 1)
    /* translators: speed */
    g_string_append_printf (text, _ ("%.1f steps/s"), progress->steps_per_second);
  else
    /* translators: speed, where a step takes longer than a second */
    g_string_append_printf (text, _ ("%.1f s/step"), 1 / progress->steps_per_second);
}

static char *
progress_details (const LimnProgress *progress)
{
  GString *text = g_string_new (NULL);

  append_speed (text, progress);
  if (progress->seconds_left > 0) {
    g_autofree char *left = format_whole ((int) ceil (progress->seconds_left));

    if (text->len > 0)
      g_string_append (text, " · ");
    /* translators: time left */
    g_string_append_printf (text, _ ("%s left"), left);
  }
  return g_string_free (text, FALSE);
}

void
limn_run_bar_begin (LimnRunBar *self, LimnSettings *settings)
{
  g_return_if_fail (LIMN_IS_RUN_BAR (self));

  self->announced = LIMN_N_STAGES;
  limn_stage_bar_begin (self->stage_bar, settings);
  gtk_revealer_set_reveal_child (self->revealer, TRUE);
  limn_run_bar_say (self, _ ("Waiting for the device"));
}

void
limn_run_bar_set_progress (LimnRunBar *self, const LimnProgress *progress)
{
  const char *title = limn_stage_title (progress->stage);
  g_autofree char *text = NULL;
  g_autofree char *details = progress_details (progress);

  g_return_if_fail (LIMN_IS_RUN_BAR (self));

  if (is_stepping (progress))
    /* translators: a stage's name, the step it is at, and how many there are */
    text = g_strdup_printf (_ ("%s, step %d of %d"), title, MIN (progress->step + 1, progress->steps), progress->steps);
  limn_stage_bar_set_progress (self->stage_bar, progress);
  gtk_label_set_text (self->text, text != NULL ? text : title);
  gtk_label_set_text (self->details, details);

  /* for screen readers a new stage is news, each step is not */
  if (self->announced != progress->stage) {
    self->announced = progress->stage;
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  }
}

void
limn_run_bar_end (LimnRunBar *self, const char *text)
{
  g_return_if_fail (LIMN_IS_RUN_BAR (self));

  gtk_revealer_set_reveal_child (self->revealer, FALSE);
  limn_run_bar_say (self, text);
}

void
limn_run_bar_say (LimnRunBar *self, const char *text)
{
  g_return_if_fail (LIMN_IS_RUN_BAR (self));

  gtk_label_set_text (self->text, text);
  gtk_label_set_text (self->details, "");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

/* "llvmpipe (LLVM 15.0.6, 256 bits)" without what only its makers want to know; that is in the tooltip */
static char *
short_name (const char *name)
{
  const char *bracket = strchr (name, '(');

  if (bracket == NULL || bracket == name)
    return g_strdup (name);
  return g_strchomp (g_strndup (name, bracket - name));
}

static char *
device_tooltip (const LimnDeviceInfo *device, gboolean software)
{
  g_autofree char *memory = g_format_size_full (device->memory, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *facts = g_strdup_printf ("%s\n%s · %s", device->name, device->driver, memory);

  if (!software)
    return g_steal_pointer (&facts);
  return g_strdup_printf ("%s\n\n%s", facts,
                          _ ("No graphics device with Vulkan was found: the processor paints, which takes much "
                             "longer. In a Flatpak, the device may be newer than the runtime’s drivers."));
}

void
limn_run_bar_set_device (LimnRunBar *self, const LimnDeviceInfo *device, const GError *error)
{
  gboolean software = device != NULL && device->kind == LIMN_DEVICE_SOFTWARE;
  g_autofree char *name = device != NULL ? short_name (device->name) : NULL;
  g_autofree char *tooltip = NULL;
  g_autofree char *text = NULL;

  g_return_if_fail (LIMN_IS_RUN_BAR (self));

  if (device == NULL && error == NULL) {
    text = g_strdup (_ ("Connecting to the device…"));
  } else if (device == NULL) {
    text = g_strdup (_ ("No usable device"));
    tooltip = g_strdup (error->message);
  } else if (software) {
    /* translators: %s is a device's name */
    text = g_strdup_printf (_ ("Software rendering, slow · %s"), name);
    tooltip = device_tooltip (device, TRUE);
  } else {
    text = g_strdup (name);
    tooltip = device_tooltip (device, FALSE);
  }
  gtk_label_set_text (self->device_label, text);
  gtk_widget_set_tooltip_text (self->device_box, tooltip);
  gtk_widget_set_visible (self->warning, software || error != NULL);
  if (software || error != NULL)
    gtk_widget_add_css_class (self->device_box, "warning");
  else
    gtk_widget_remove_css_class (self->device_box, "warning");
}

static void
limn_run_bar_dispose (GObject *object)
{
  g_clear_pointer (&LIMN_RUN_BAR (object)->box, gtk_widget_unparent);

  G_OBJECT_CLASS (limn_run_bar_parent_class)->dispose (object);
}

static void
limn_run_bar_class_init (LimnRunBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_run_bar_dispose;
  g_type_ensure (LIMN_TYPE_STAGE_BAR);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "runbar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_STATUS);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/run-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnRunBar, box);
  gtk_widget_class_bind_template_child (widget_class, LimnRunBar, revealer);
  gtk_widget_class_bind_template_child (widget_class, LimnRunBar, stage_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnRunBar, text);
  gtk_widget_class_bind_template_child (widget_class, LimnRunBar, details);
  gtk_widget_class_bind_template_child (widget_class, LimnRunBar, device_box);
  gtk_widget_class_bind_template_child (widget_class, LimnRunBar, device_label);
  gtk_widget_class_bind_template_child (widget_class, LimnRunBar, warning);
}

static void
limn_run_bar_init (LimnRunBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  limn_run_bar_set_device (self, NULL, NULL);
}
