/* stage-segments.c - two thin bars: the stages of a run by their time, and memory against what there is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/run/stage-segments.h"

#include "app/widget/colors.h"

#define BAR 8    /* pixels: of time */
#define MEMORY 4 /* of memory */
#define GAP 2
#define LEAST 5 /* pixels of a stage that takes hardly any time */

struct _LimnStageSegments {
  GtkWidget parent_instance;
  gboolean known;
  double seconds[LIMN_N_STAGES];
  guint64 bytes[LIMN_N_STAGES], peak, available;
  gboolean fits;
};

G_DEFINE_FINAL_TYPE (LimnStageSegments, limn_stage_segments, GTK_TYPE_WIDGET)

double
limn_estimate_seconds (const LimnEstimate *estimate, LimnStage stage)
{
  double load = estimate->seconds[LIMN_STAGE_LOAD], own = estimate->seconds[stage];

  if (stage == LIMN_STAGE_LOAD)
    return 0;
  if (stage != LIMN_STAGE_ENCODE)
    return own;
  return load < 0 || own < 0 ? -1 : load + own;
}

GdkRGBA
limn_stage_color (GtkWidget *widget, LimnStage stage)
{
  LimnColor color = stage == LIMN_STAGE_BASE      ? LIMN_COLOR_BASE
                    : stage == LIMN_STAGE_REFINER ? LIMN_COLOR_REFINER
                                                  : LIMN_COLOR_OTHER;

  return limn_color_get (widget, color);
}

void
limn_stage_segments_set (LimnStageSegments *self, const LimnEstimate *estimate)
{
  g_return_if_fail (LIMN_IS_STAGE_SEGMENTS (self));

  self->known = estimate != NULL;
  for (int i = 0; i < LIMN_N_STAGES; i++) {
    self->seconds[i] = estimate != NULL ? limn_estimate_seconds (estimate, (LimnStage) i) : 0;
    self->bytes[i] = estimate != NULL ? estimate->bytes[i] : 0;
  }
  self->peak = estimate != NULL ? estimate->peak : 0;
  self->available = estimate != NULL ? estimate->available : 0;
  self->fits = estimate == NULL || estimate->fits;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* ---- Drawing ---- */

static void
append_bar (GtkSnapshot *snapshot, const GdkRGBA *color, float x, float y, float width, float height)
{
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (x, y, width, height), height / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, color, &outline.bounds);
  gtk_snapshot_pop (snapshot);
}

/* a stage that is not measured counts as much as those that are, and is hollow */
static double
weight (LimnStageSegments *self, int stage)
{
  double sum = 0;
  int n = 0;

  if (self->seconds[stage] >= 0)
    return self->seconds[stage];
  for (int i = 0; i < LIMN_N_STAGES; i++)
    if (self->seconds[i] > 0) {
      sum += self->seconds[i];
      n++;
    }
  return n > 0 ? sum / n : 1;
}

static void
append_times (LimnStageSegments *self, GtkSnapshot *snapshot, float width)
{
  gboolean mirrored = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  GdkRGBA trough = limn_color_get (GTK_WIDGET (self), LIMN_COLOR_TROUGH);
  double total = 0;
  float room = width, x = 0;

  for (int i = 0; i < LIMN_N_STAGES; i++)
    if (weight (self, i) > 0) {
      total += weight (self, i);
      room -= LEAST + GAP;
    }
  if (!(total > 0)) {
    append_bar (snapshot, &trough, 0, 0, width, BAR);
    return;
  }
  for (int i = 0; i < LIMN_N_STAGES; i++) {
    float length = LEAST + MAX (0, room + GAP) * weight (self, i) / total;
    GdkRGBA color = self->seconds[i] < 0 ? trough : limn_stage_color (GTK_WIDGET (self), (LimnStage) i);

    if (!(weight (self, i) > 0))
      continue;
    append_bar (snapshot, &color, mirrored ? width - x - length : x, 0, length, BAR);
    x += length + GAP;
  }
}

static void
append_memory (LimnStageSegments *self, GtkSnapshot *snapshot, float width)
{
  gboolean mirrored = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  GdkRGBA trough = limn_color_get (GTK_WIDGET (self), LIMN_COLOR_TROUGH), mark = { 1, 1, 1, 0.85f };
  GdkRGBA used = limn_color_get (GTK_WIDGET (self), self->fits ? LIMN_COLOR_MEMORY : LIMN_COLOR_LACK);
  double most = MAX (self->available, self->peak);
  float top = BAR + 4, length;

  append_bar (snapshot, &trough, 0, top, width, MEMORY);
  if (!(most > 0))
    return;
  length = MAX (MEMORY, width * (self->peak / most));
  append_bar (snapshot, &used, mirrored ? width - length : 0, top, length, MEMORY);

  /* where what there is ends, if more is needed */
  if (self->peak > self->available) {
    float x = width * (self->available / most);

    gtk_snapshot_append_color (snapshot, &mark, &GRAPHENE_RECT_INIT (mirrored ? width - x : x, top, 2, MEMORY));
  }
}

static void
limn_stage_segments_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnStageSegments *self = LIMN_STAGE_SEGMENTS (widget);
  float width = gtk_widget_get_width (widget);

  append_times (self, snapshot, width);
  append_memory (self, snapshot, width);
}

static void
limn_stage_segments_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                             int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 60 : BAR + 4 + MEMORY;
}

static void
limn_stage_segments_class_init (LimnStageSegmentsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->measure = limn_stage_segments_measure;
  widget_class->snapshot = limn_stage_segments_snapshot;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
limn_stage_segments_init (LimnStageSegments *self)
{
}
