/* timeline-draw.c - how the timeline looks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/run/timeline-private.h"

#include <math.h>

#include "app/widget/colors.h"

#define GAP 1.5f
#define LINE 4.0f

static graphene_rect_t
slot_rect (LimnTimeline *self, int first, int last)
{
  double a = limn_timeline_x (self, first - 1), b = limn_timeline_x (self, last);

  return GRAPHENE_RECT_INIT (MIN (a, b) + GAP / 2, 0, MAX (1, fabs (b - a) - GAP), LIMN_TIMELINE_STRIP);
}

/* the middle of the picture fills the slot, as in a film editor */
static void
append_covering (GtkSnapshot *snapshot, GdkTexture *texture, const graphene_rect_t *slot)
{
  double width = gdk_texture_get_width (texture), height = gdk_texture_get_height (texture);
  double scale = MAX (slot->size.width / width, slot->size.height / height);
  graphene_rect_t rect =
      GRAPHENE_RECT_INIT (slot->origin.x + (slot->size.width - width * scale) / 2,
                          slot->origin.y + (slot->size.height - height * scale) / 2, width * scale, height * scale);

  gtk_snapshot_append_texture (snapshot, texture, &rect);
}

static void
draw_slot (LimnTimeline *self, GtkSnapshot *snapshot, int first, int last)
{
  graphene_rect_t slot = slot_rect (self, first, last);
  GdkTexture *texture = g_ptr_array_index (self->textures, last);
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, &slot, slot.size.width > 12 ? 4 : 1);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  if (texture != NULL) {
    append_covering (snapshot, texture, &slot);
  } else {
    GdkRGBA trough = limn_color_get (GTK_WIDGET (self), LIMN_COLOR_TROUGH);

    trough.alpha *= 0.5f;
    gtk_snapshot_append_color (snapshot, &trough, &slot);
  }
  gtk_snapshot_pop (snapshot);
}

static void
draw_strip (LimnTimeline *self, GtkSnapshot *snapshot)
{
  int n = limn_timeline_n_steps (self);
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  /* of very many steps every second, third ... is shown */
  int stride = MAX (1, (int) ceil (n * 9 / MAX (width, 1)));

  for (int first = 1; first <= n; first += stride)
    draw_slot (self, snapshot, first, MIN (first + stride - 1, n));
}

/* neither the base's colour nor the refiner's, and seen on any picture: a dark line and a light one */
static void
draw_chosen (LimnTimeline *self, GtkSnapshot *snapshot)
{
  graphene_rect_t slot;
  GdkRGBA outer = limn_color_get (GTK_WIDGET (self), LIMN_COLOR_CHOSEN);
  GdkRGBA inner = limn_color_get (GTK_WIDGET (self), LIMN_COLOR_GROUND);
  GskRoundedRect outline;

  if (self->step < 1)
    return;
  slot = slot_rect (self, self->step, self->step);
  if (slot.size.width < 10)
    graphene_rect_inset (&slot, (slot.size.width - 10) / 2, 0);
  gsk_rounded_rect_init_from_rect (&outline, &slot, 4);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 3, 3, 3, 3 }, (GdkRGBA[4]){ outer, outer, outer, outer });
  gsk_rounded_rect_shrink (&outline, 3, 3, 3, 3);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 1, 1, 1, 1 }, (GdkRGBA[4]){ inner, inner, inner, inner });
}

/* ---- The hand-off ---- */

static void
append_line (LimnTimeline *self, GtkSnapshot *snapshot, LimnColor which, double from, double to, float top)
{
  double a = limn_timeline_x (self, from), b = limn_timeline_x (self, to);
  graphene_rect_t rect = GRAPHENE_RECT_INIT (MIN (a, b), top, fabs (b - a), LINE);
  GdkRGBA color = limn_color_get (GTK_WIDGET (self), which);
  GskRoundedRect outline;

  if (rect.size.width < 1)
    return;
  gsk_rounded_rect_init_from_rect (&outline, &rect, LINE / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &color, &rect);
  gtk_snapshot_pop (snapshot);
}

static void
append_disc (GtkSnapshot *snapshot, float x, float y, float radius, const GdkRGBA *fill, const GdkRGBA *edge)
{
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (x - radius, y - radius, 2 * radius, 2 * radius),
                                   radius);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, fill, &outline.bounds);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 1, 1, 1, 1 }, (GdkRGBA[4]){ *edge, *edge, *edge, *edge });
}

static void
draw_handoff (LimnTimeline *self, GtkSnapshot *snapshot)
{
  int n = limn_timeline_n_steps (self), done = limn_record_get_last_step (self->record);
  double split = limn_timeline_split (self);
  float top = LIMN_TIMELINE_STRIP + (LIMN_TIMELINE_BAR - LINE) / 2.0f;
  GdkRGBA white = { 1, 1, 1, 1 }, edge = { 0, 0, 0, 0.3f };

  append_line (self, snapshot, LIMN_COLOR_TROUGH, 0, n, top);
  append_line (self, snapshot, LIMN_COLOR_BASE, 0, MIN (split, done), top);
  append_line (self, snapshot, LIMN_COLOR_REFINER, split, MAX (split, done), top);
  if (self->movable)
    append_disc (snapshot, limn_timeline_x (self, split), LIMN_TIMELINE_STRIP + LIMN_TIMELINE_BAR / 2.0f, 7, &white,
                 &edge);
}

void
limn_timeline_draw (LimnTimeline *self, GtkSnapshot *snapshot)
{
  draw_strip (self, snapshot);
  draw_handoff (self, snapshot);
  draw_chosen (self, snapshot);
}
