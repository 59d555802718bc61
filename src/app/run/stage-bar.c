/* stage-bar.c - the whole run as one bar.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/run/stage-bar.h"

#include <glib/gi18n.h>

#include "app/widget/colors.h"

#define BAR 4
#define GAP 3

#define SECOND_SHARE 1.0 /* of the bar; the first pass has 1 */
#define DETAIL_SHARE 0.6

typedef struct {
  LimnStage stage;
  double weight, fraction;
} Segment;

struct _LimnStageBar {
  GtkWidget parent_instance;
  Segment segments[LIMN_N_STAGES];
  int n_segments, current;
};

G_DEFINE_FINAL_TYPE (LimnStageBar, limn_stage_bar, GTK_TYPE_WIDGET)

const char *
limn_stage_title (LimnStage stage)
{
  switch (stage) {
  case LIMN_STAGE_LOAD:
    return _ ("Loading the model");
  case LIMN_STAGE_ENCODE:
    return _ ("Reading the prompt");
  case LIMN_STAGE_IMAGE:
    return _ ("Reading the picture");
  case LIMN_STAGE_BASE:
    return _ ("Painting");
  case LIMN_STAGE_REFINER:
    return _ ("Refining");
  case LIMN_STAGE_SECOND:
    return _ ("Painting over it, larger");
  case LIMN_STAGE_DECODE:
    return _ ("Developing");
  case LIMN_STAGE_DETAIL:
    return _ ("Painting details again");
  case LIMN_STAGE_ENLARGE:
    return _ ("Enlarging");
  case LIMN_STAGE_PREPARE:
    return _ ("Preparing this device, once");
  case LIMN_N_STAGES:
    break;
  }
  return "";
}

static void
add (LimnStageBar *self, LimnStage stage, double weight)
{
  if (weight > 0)
    self->segments[self->n_segments++] = (Segment){ stage, weight, 0 };
}

void
limn_stage_bar_begin (LimnStageBar *self, LimnSettings *settings)
{
  const LimnSettingsValues *values = limn_settings_values (settings);
  double base = values->use_refiner ? values->handoff : 1;

  g_return_if_fail (LIMN_IS_STAGE_BAR (self));

  /* loading and encoding share one: either may take no time at all */
  self->n_segments = self->current = 0;
  add (self, LIMN_STAGE_ENCODE, 0.14);
  if (values->source != NULL)
    add (self, LIMN_STAGE_IMAGE, 0.1);
  add (self, LIMN_STAGE_BASE, base);
  add (self, LIMN_STAGE_REFINER, 1 - base);
  if (limn_hires_is_on (&values->fields))
    add (self, LIMN_STAGE_SECOND, SECOND_SHARE);
  add (self, LIMN_STAGE_DECODE, 0.14);
  if (values->details[0] != '\0')
    add (self, LIMN_STAGE_DETAIL, DETAIL_SHARE);
  if (values->use_upscaler)
    add (self, LIMN_STAGE_ENLARGE, 0.3);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, 0.0, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
limn_stage_bar_clear (LimnStageBar *self)
{
  g_return_if_fail (LIMN_IS_STAGE_BAR (self));

  self->n_segments = 0;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, 0.0, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
limn_stage_bar_set_progress (LimnStageBar *self, const LimnProgress *progress)
{
  LimnStage stage = progress->stage == LIMN_STAGE_LOAD ? LIMN_STAGE_ENCODE : progress->stage;
  double total = 0, done = 0;
  int current = -1;

  g_return_if_fail (LIMN_IS_STAGE_BAR (self));

  for (int i = 0; i < self->n_segments; i++)
    if (self->segments[i].stage == stage)
      current = i;
  if (current < 0)
    return;

  /* a model may be loaded in the middle of a run: what is done stays done */
  if (progress->stage == LIMN_STAGE_LOAD)
    return;
  for (int i = 0; i < current; i++)
    self->segments[i].fraction = 1;
  self->segments[current].fraction = MAX (self->segments[current].fraction, CLAMP (progress->stage_fraction, 0, 1));
  self->current = current;
  for (int i = 0; i < self->n_segments; i++) {
    total += self->segments[i].weight;
    done += self->segments[i].weight * self->segments[i].fraction;
  }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, done / total, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static GdkRGBA
segment_color (LimnStageBar *self, LimnStage stage)
{
  LimnColor color = stage == LIMN_STAGE_BASE      ? LIMN_COLOR_BASE
                    : stage == LIMN_STAGE_REFINER ? LIMN_COLOR_REFINER
                                                  : LIMN_COLOR_OTHER;

  return limn_color_get (GTK_WIDGET (self), color);
}

static void
limn_stage_bar_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                        int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 60 : BAR;
}

static void
limn_stage_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnStageBar *self = LIMN_STAGE_BAR (widget);
  GdkRGBA trough = limn_color_get (widget, LIMN_COLOR_TROUGH);
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  float width = gtk_widget_get_width (widget), top = (gtk_widget_get_height (widget) - BAR) / 2.0f, x = 0;
  double total = 0;

  for (int i = 0; i < self->n_segments; i++)
    total += self->segments[i].weight;
  for (int i = 0; i < self->n_segments; i++) {
    float length = (width - GAP * (self->n_segments - 1)) * self->segments[i].weight / total;
    float filled = length * self->segments[i].fraction;
    float left = mirrored ? width - x - length : x;
    GdkRGBA color = segment_color (self, self->segments[i].stage);
    GskRoundedRect outline;

    gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (left, top, length, BAR), BAR / 2.0f);
    gtk_snapshot_push_rounded_clip (snapshot, &outline);
    gtk_snapshot_append_color (snapshot, &trough, &outline.bounds);
    if (filled > 0)
      gtk_snapshot_append_color (snapshot, &color,
                                 &GRAPHENE_RECT_INIT (mirrored ? left + length - filled : left, top, filled, BAR));
    gtk_snapshot_pop (snapshot);
    x += length + GAP;
  }
}

static void
limn_stage_bar_class_init (LimnStageBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->measure = limn_stage_bar_measure;
  widget_class->snapshot = limn_stage_bar_snapshot;
  gtk_widget_class_set_css_name (widget_class, "stages");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PROGRESS_BAR);
}

static void
limn_stage_bar_init (LimnStageBar *self)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Progress"),
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0, GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 1.0, -1);
}
