/* shape-icon.c - a small outline of a picture's shape.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/shape-icon.h"

#define SIDE 24

struct _LimnShapeIcon {
  GtkWidget parent_instance;
  int width, height;
};

G_DEFINE_FINAL_TYPE (LimnShapeIcon, limn_shape_icon, GTK_TYPE_WIDGET)

static void
limn_shape_icon_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                         int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = SIDE;
}

static void
limn_shape_icon_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LimnShapeIcon *self = LIMN_SHAPE_ICON (widget);
  float scale, width, height;
  GdkRGBA color, fill;
  GskRoundedRect outline;
  graphene_rect_t rect;

  if (self->width <= 0 || self->height <= 0)
    return;
  scale =
      (MIN (gtk_widget_get_width (widget), gtk_widget_get_height (widget)) - 4.0f) / MAX (self->width, self->height);
  width = MAX (4, (int) (self->width * scale));
  height = MAX (4, (int) (self->height * scale));
  rect = GRAPHENE_RECT_INIT ((int) ((gtk_widget_get_width (widget) - width) / 2),
                             (int) ((gtk_widget_get_height (widget) - height) / 2), width, height);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  fill = color;
  fill.alpha *= 0.15f;
  gsk_rounded_rect_init_from_rect (&outline, &rect, 2);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &fill, &rect);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 1.5f, 1.5f, 1.5f, 1.5f },
                              (GdkRGBA[4]){ color, color, color, color });
}

static void
limn_shape_icon_class_init (LimnShapeIconClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->measure = limn_shape_icon_measure;
  widget_class->snapshot = limn_shape_icon_snapshot;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
limn_shape_icon_init (LimnShapeIcon *self)
{
}

GtkWidget *
limn_shape_icon_new (void)
{
  return g_object_new (LIMN_TYPE_SHAPE_ICON, "valign", GTK_ALIGN_CENTER, NULL);
}

void
limn_shape_icon_set_size (LimnShapeIcon *self, int width, int height)
{
  self->width = width;
  self->height = height;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
