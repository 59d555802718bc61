/* run-bar.c - what is being done, and on which device.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/run/run-bar.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/run/device-pill.h"
#include "app/run/stage-bar.h"

#define MARGIN 12 /* pixels, at the sides */
#define PADDING 4 /* above and below the line */
#define GAP 12

struct _LimnRunBar {
  GtkWidget parent_instance;
  LimnStageBar *stage_bar;
  GtkWidget *status;
  GtkLabel *text, *details;
  LimnStageMap *stage_map;
  LimnDevicePill *device;
  LimnStage announced;
  int widest; /* status of the run, or of what was said: the device does not come and go with a digit */
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

  limn_stage_bar_clear (self->stage_bar);
  limn_run_bar_say (self, text);
}

void
limn_run_bar_say (LimnRunBar *self, const char *text)
{
  g_return_if_fail (LIMN_IS_RUN_BAR (self));

  self->widest = 0;
  gtk_label_set_text (self->text, text);
  gtk_label_set_text (self->details, "");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

void
limn_run_bar_set_devices (LimnRunBar *self, GPtrArray *devices, const GError *error)
{
  g_return_if_fail (LIMN_IS_RUN_BAR (self));
  limn_device_pill_set (self->device, devices, error);
}

LimnStageMap *
limn_run_bar_get_stage_map (LimnRunBar *self)
{
  g_return_val_if_fail (LIMN_IS_RUN_BAR (self), NULL);
  return self->stage_map;
}

/* ---- Layout ---- */

static int
natural_width (gpointer widget)
{
  int natural;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
  return natural;
}

static int
least_width (gpointer widget)
{
  int minimum;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  return minimum;
}

static void
limn_run_bar_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                      int *minimum_baseline, int *natural_baseline)
{
  LimnRunBar *self = LIMN_RUN_BAR (widget);
  gpointer line[] = { self->status, self->stage_map, self->device };
  int bar;

  *minimum = *natural = 0;
  gtk_widget_measure (GTK_WIDGET (self->stage_bar), orientation, -1, &bar, NULL, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (line); i++) {
    int least, most;

    gtk_widget_measure (line[i], orientation, -1, &least, &most, NULL, NULL);
    *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? *minimum + least : MAX (*minimum, most);
    *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? *natural + most : MAX (*natural, most);
  }
  *minimum += orientation == GTK_ORIENTATION_HORIZONTAL ? 2 * (MARGIN + GAP) : bar + 2 * PADDING;
  *natural += orientation == GTK_ORIENTATION_HORIZONTAL ? 2 * (MARGIN + GAP) : bar + 2 * PADDING;
}

static void
place (LimnRunBar *self, gpointer widget, int x, int width, int top, int height)
{
  gboolean mirrored = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;

  if (mirrored)
    x = gtk_widget_get_width (GTK_WIDGET (self)) - x - width;
  gtk_widget_size_allocate (widget, &(GtkAllocation){ x, top, width, height }, -1);
}

/* What is said comes first: the device keeps its name where there is room for it, and then what a
 * run would take is cut, and what is said last of all. */
static void
limn_run_bar_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  LimnRunBar *self = LIMN_RUN_BAR (widget);
  gboolean known = limn_stage_map_is_known (self->stage_map);
  int room = width - 2 * MARGIN - (known ? 2 : 1) * GAP, map = known ? natural_width (self->stage_map) : 0;
  int device, status, bar;

  self->widest = MAX (self->widest, natural_width (self->status));
  device = natural_width (self->device);
  if (self->widest + map + device > room)
    device = least_width (self->device);
  if (known)
    map = MAX (least_width (self->stage_map), MIN (map, room - device - self->widest));
  status = room - map - device;
  gtk_widget_measure (GTK_WIDGET (self->stage_bar), GTK_ORIENTATION_VERTICAL, -1, &bar, NULL, NULL, NULL);
  gtk_widget_size_allocate (GTK_WIDGET (self->stage_bar), &(GtkAllocation){ 0, 0, width, bar }, -1);
  place (self, self->status, MARGIN, status, bar + PADDING, height - bar - 2 * PADDING);
  gtk_widget_set_child_visible (GTK_WIDGET (self->stage_map), known);
  if (known)
    place (self, self->stage_map, MARGIN + status + GAP, map, bar + PADDING, height - bar - 2 * PADDING);
  place (self, self->device, width - MARGIN - device, device, bar + PADDING, height - bar - 2 * PADDING);
}

/* ---- Object ---- */

static void
limn_run_bar_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);

  G_OBJECT_CLASS (limn_run_bar_parent_class)->dispose (object);
}

static void
limn_run_bar_class_init (LimnRunBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_run_bar_dispose;
  g_type_ensure (LIMN_TYPE_STAGE_BAR);
  g_type_ensure (LIMN_TYPE_STAGE_MAP);
  g_type_ensure (LIMN_TYPE_DEVICE_PILL);
  widget_class->measure = limn_run_bar_measure;
  widget_class->size_allocate = limn_run_bar_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "runbar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_STATUS);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_art/Limn/run-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnRunBar, stage_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnRunBar, status);
  gtk_widget_class_bind_template_child (widget_class, LimnRunBar, text);
  gtk_widget_class_bind_template_child (widget_class, LimnRunBar, details);
  gtk_widget_class_bind_template_child (widget_class, LimnRunBar, stage_map);
  gtk_widget_class_bind_template_child (widget_class, LimnRunBar, device);
}

static void
limn_run_bar_init (LimnRunBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
