/* prompt-meter.c - a bar that fills with a prompt's tokens.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/prompt/prompt-meter.h"

#include "app/widget/colors.h"
#include "session/settings/prompt-lens.h"

#define SEGMENT 26
#define GAP 2
#define HEIGHT 4

struct _LimnPromptMeter {
  GtkWidget parent_instance;
  int used[LIMN_METER_CHUNKS];
  int chunks;
};

G_DEFINE_FINAL_TYPE (LimnPromptMeter, limn_prompt_meter, GTK_TYPE_WIDGET)

static int
count_segments (LimnPromptMeter *self)
{
  return MIN (self->chunks, LIMN_METER_CHUNKS);
}

static void
limn_prompt_meter_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                           int *minimum_baseline, int *natural_baseline)
{
  int segments = count_segments (LIMN_PROMPT_METER (widget));
  /* more chunks than three share the room of three */
  int width = MIN (segments, 3) * (SEGMENT + GAP) - GAP;

  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? width : HEIGHT;
  *minimum_baseline = *natural_baseline = -1;
}

static void
fill (GtkSnapshot *snapshot, const GdkRGBA *color, float x, float y, float width)
{
  GskRoundedRect bar;

  if (width <= 0)
    return;
  gsk_rounded_rect_init_from_rect (&bar, &GRAPHENE_RECT_INIT (x, y, width, HEIGHT), HEIGHT / 2.0f);
  gtk_snapshot_push_rounded_clip (snapshot, &bar);
  gtk_snapshot_append_color (snapshot, color, &bar.bounds);
  gtk_snapshot_pop (snapshot);
}

static void
limn_prompt_meter_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnPromptMeter *self = LIMN_PROMPT_METER (widget);
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int segments = count_segments (self);
  float width = gtk_widget_get_width (widget), y = (gtk_widget_get_height (widget) - HEIGHT) / 2.0f;
  float each = (width - GAP * (segments - 1)) / segments;
  GdkRGBA full = limn_color_get (widget, LIMN_COLOR_BASE), empty = limn_color_get (widget, LIMN_COLOR_TROUGH);

  for (int i = 0; i < segments; i++) {
    float x = i * (each + GAP), filled = each * MIN (self->used[i], LIMN_CHUNK_LENGTH) / LIMN_CHUNK_LENGTH;

    if (self->used[i] > 0)
      filled = MAX (filled, HEIGHT);
    fill (snapshot, &empty, mirrored ? width - x - each : x, y, each);
    fill (snapshot, &full, mirrored ? width - x - filled : x, y, filled);
  }
}

static void
limn_prompt_meter_class_init (LimnPromptMeterClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->measure = limn_prompt_meter_measure;
  widget_class->snapshot = limn_prompt_meter_snapshot;
  gtk_widget_class_set_css_name (widget_class, "promptmeter");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
limn_prompt_meter_init (LimnPromptMeter *self)
{
  self->chunks = 1;
}

void
limn_prompt_meter_set (LimnPromptMeter *self, const int *used, int chunks)
{
  g_return_if_fail (LIMN_IS_PROMPT_METER (self));
  g_return_if_fail (chunks >= 1);

  if (chunks != self->chunks)
    gtk_widget_queue_resize (GTK_WIDGET (self));
  self->chunks = chunks;
  for (int i = 0; i < count_segments (self); i++)
    self->used[i] = used[i];
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
