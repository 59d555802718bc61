/* canvas-draw.c - what is drawn around and over the picture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/canvas-private.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "app/widget/colors.h"

#define SQUARE 8 /* units, of the checker */
#define PLATE 30 /* units: a plate's height and what is between it and what it is of */
#define HANDLE_LENGTH 44
#define HANDLE_THICKNESS 6

static void
fill (GtkSnapshot *snapshot, GdkRGBA color, float x, float y, float width, float height)
{
  gtk_snapshot_append_color (snapshot, &color, &GRAPHENE_RECT_INIT (x, y, width, height));
}

void
limn_canvas_draw_checker (LimnCanvas *self, GtkSnapshot *snapshot, const graphene_rect_t *rect)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  GdkRGBA one = dark ? (GdkRGBA){ 0.27f, 0.27f, 0.27f, 1 } : (GdkRGBA){ 0.93f, 0.93f, 0.93f, 1 };
  GdkRGBA other = dark ? (GdkRGBA){ 0.22f, 0.22f, 0.22f, 1 } : (GdkRGBA){ 0.84f, 0.84f, 0.84f, 1 };
  float x = rect->origin.x, y = rect->origin.y;

  if (rect->size.width <= 0 || rect->size.height <= 0)
    return;
  gtk_snapshot_push_repeat (snapshot, rect, &GRAPHENE_RECT_INIT (x, y, 2 * SQUARE, 2 * SQUARE));
  fill (snapshot, one, x, y, 2 * SQUARE, 2 * SQUARE);
  fill (snapshot, other, x + SQUARE, y, SQUARE, SQUARE);
  fill (snapshot, other, x, y + SQUARE, SQUARE, SQUARE);
  gtk_snapshot_pop (snapshot);
}

void
limn_canvas_draw_place (LimnCanvas *self, GtkSnapshot *snapshot, const graphene_rect_t *rect)
{
  GdkRGBA color = limn_color_get (GTK_WIDGET (self), LIMN_COLOR_TROUGH);
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, rect, self->view.zoom <= 0 ? LIMN_CANVAS_RADIUS : 0);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &color, rect);
  gtk_snapshot_pop (snapshot);
}

graphene_rect_t
limn_canvas_extended_rect (LimnCanvas *self, const LimnCanvasPlace *place)
{
  double scale = limn_canvas_view_scale (&self->view);
  const LimnMargins *margins = &self->margins;

  return GRAPHENE_RECT_INIT (place->rect.origin.x - margins->left * scale, place->rect.origin.y - margins->top * scale,
                             place->rect.size.width + (margins->left + margins->right) * scale,
                             place->rect.size.height + (margins->top + margins->bottom) * scale);
}

static void
draw_handle (GtkSnapshot *snapshot, double x, double y, gboolean upright, gboolean hot)
{
  float width = upright ? HANDLE_THICKNESS : HANDLE_LENGTH, height = upright ? HANDLE_LENGTH : HANDLE_THICKNESS;
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (x - width / 2, y - height / 2, width, height);
  GdkRGBA color = { 1, 1, 1, 1 }, edge = { 0, 0, 0, hot ? 0.9f : 0.55f };
  GskRoundedRect pill;

  gsk_rounded_rect_init_from_rect (&pill, &bounds, HANDLE_THICKNESS / 2.0f);
  gtk_snapshot_append_outset_shadow (snapshot, &pill, &edge, 0, 0, hot ? 2 : 1, hot ? 4 : 2);
  gtk_snapshot_push_rounded_clip (snapshot, &pill);
  gtk_snapshot_append_color (snapshot, &color, &bounds);
  gtk_snapshot_pop (snapshot);
}

void
limn_canvas_draw_margins (LimnCanvas *self, GtkSnapshot *snapshot, const LimnCanvasPlace *place)
{
  graphene_rect_t outer = limn_canvas_extended_rect (self, place);
  GdkRGBA light = { 1, 1, 1, 0.9f }, shade = { 0, 0, 0, 0.35f };
  double middle_x = outer.origin.x + outer.size.width / 2, middle_y = outer.origin.y + outer.size.height / 2;
  LimnCanvasEdge hot = self->drag == DRAG_EDGE ? self->edge : self->hover_edge;
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, &outer, 0);
  gtk_snapshot_append_outset_shadow (snapshot, &outline, &shade, 0, 0, 1, 3);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 1, 1, 1, 1 }, (GdkRGBA[4]){ light, light, light, light });
  draw_handle (snapshot, outer.origin.x, middle_y, TRUE, hot == EDGE_LEFT);
  draw_handle (snapshot, outer.origin.x + outer.size.width, middle_y, TRUE, hot == EDGE_RIGHT);
  draw_handle (snapshot, middle_x, outer.origin.y, FALSE, hot == EDGE_TOP);
  draw_handle (snapshot, middle_x, outer.origin.y + outer.size.height, FALSE, hot == EDGE_BOTTOM);
}

void
limn_canvas_draw_guide (LimnCanvas *self, GtkSnapshot *snapshot, const LimnCanvasPlace *place, double opacity)
{
  gtk_snapshot_push_opacity (snapshot, opacity);
  limn_canvas_layer_snapshot (self->guide, snapshot, place);
  gtk_snapshot_pop (snapshot);
}

void
limn_canvas_set_guide (LimnCanvas *self, const LimnImage *guide, double opacity)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));

  if (guide == NULL && self->guide == NULL)
    return;
  g_clear_pointer (&self->guide, limn_canvas_layer_unref);
  self->guide = guide != NULL ? limn_canvas_layer_new (guide, NULL) : NULL;
  self->guide_opacity = opacity;
  limn_canvas_resize (self, FALSE);
}

/* ---- The mask ---- */

void
limn_canvas_set_area (LimnCanvas *self, const LimnArea *area)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));

  self->area = area != NULL ? *area : (LimnArea){ 0 };
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
draw_area (LimnCanvas *self, GtkSnapshot *snapshot, const LimnCanvasPlace *place)
{
  double scale = limn_canvas_view_scale (&self->view);
  const LimnCrop *box = &self->area.box;
  const graphene_rect_t rect =
      GRAPHENE_RECT_INIT (place->rect.origin.x + box->x * scale, place->rect.origin.y + box->y * scale,
                          box->width * scale, box->height * scale);
  const GdkRGBA light = { 1, 1, 1, 0.95f }, dark = { 0, 0, 0, 0.65f }, shade = { 0, 0, 0, 0.3f };
  /* translators: the size of a part of a picture, and that at which it is painted, in pixels */
  g_autofree char *text =
      g_strdup_printf (_ ("%d × %d, painted as %d × %d"), box->width, box->height, self->area.width, self->area.height);
  float right = place->rect.origin.x + place->rect.size.width, below = rect.origin.y + rect.size.height;
  GskRoundedRect outline;

  fill (snapshot, shade, place->rect.origin.x, place->rect.origin.y, place->rect.size.width,
        rect.origin.y - place->rect.origin.y);
  fill (snapshot, shade, place->rect.origin.x, below, place->rect.size.width,
        place->rect.origin.y + place->rect.size.height - below);
  fill (snapshot, shade, place->rect.origin.x, rect.origin.y, rect.origin.x - place->rect.origin.x, rect.size.height);
  fill (snapshot, shade, rect.origin.x + rect.size.width, rect.origin.y, right - rect.origin.x - rect.size.width,
        rect.size.height);
  gsk_rounded_rect_init_from_rect (&outline, &rect, 0);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 2, 2, 2, 2 }, (GdkRGBA[4]){ dark, dark, dark, dark });
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 1, 1, 1, 1 }, (GdkRGBA[4]){ light, light, light, light });
  /* outside, where the mask is not under it */
  limn_canvas_draw_plate (self, snapshot, text, rect.origin.x,
                          rect.origin.y >= PLATE ? rect.origin.y - PLATE : below + 4, FALSE);
}

void
limn_canvas_draw_mask (LimnCanvas *self, GtkSnapshot *snapshot, const LimnCanvasPlace *place)
{
  limn_mask_overlay_snapshot (self->overlay, snapshot, place);
  if (self->area.width > 0)
    draw_area (self, snapshot, place);
}

static void
draw_ring (GtkSnapshot *snapshot, double x, double y, double radius, GdkRGBA color)
{
  GskRoundedRect ring;

  gsk_rounded_rect_init_from_rect (&ring, &GRAPHENE_RECT_INIT (x - radius, y - radius, 2 * radius, 2 * radius), radius);
  gtk_snapshot_append_border (snapshot, &ring, (float[4]){ 1, 1, 1, 1 }, (GdkRGBA[4]){ color, color, color, color });
}

void
limn_canvas_draw_brush (LimnCanvas *self, GtkSnapshot *snapshot)
{
  double radius = limn_mask_editor_get_brush_size (self->editor) / 2 * limn_canvas_view_scale (&self->view);
  double hard = radius * (1 - limn_mask_editor_get_brush_feather (self->editor));

  draw_ring (snapshot, self->pointer_x, self->pointer_y, MAX (2, radius), (GdkRGBA){ 1, 1, 1, 0.95f });
  draw_ring (snapshot, self->pointer_x, self->pointer_y, MAX (3, radius + 1), (GdkRGBA){ 0, 0, 0, 0.75f });
  if (hard > 4 && radius - hard > 3)
    draw_ring (snapshot, self->pointer_x, self->pointer_y, hard, (GdkRGBA){ 1, 1, 1, 0.45f });
}

void
limn_canvas_draw_plate (LimnCanvas *self, GtkSnapshot *snapshot, const char *text, double x, double y,
                        gboolean from_right)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  GdkRGBA plate = { 0, 0, 0, 0.62f }, ink = { 1, 1, 1, 1 };
  GskRoundedRect pill;
  graphene_rect_t bounds;
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  bounds = GRAPHENE_RECT_INIT (floor (from_right ? x - width - 20 : x), floor (y), width + 20, height + 6);
  gsk_rounded_rect_init_from_rect (&pill, &bounds, bounds.size.height / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &pill);
  gtk_snapshot_append_color (snapshot, &plate, &bounds);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (bounds.origin.x + 10, bounds.origin.y + 3));
  gtk_snapshot_append_layout (snapshot, layout, &ink);
  gtk_snapshot_restore (snapshot);
}

void
limn_canvas_draw_layer (LimnCanvas *self, GtkSnapshot *snapshot, LimnCanvasLayer *layer, const LimnCanvasPlace *place)
{
  LimnCanvasPlace quarter = *place;

  if (!self->repeats || self->mode != LIMN_CANVAS_VIEW || limn_canvas_is_comparing (self)) {
    limn_canvas_layer_snapshot (layer, snapshot, place);
    return;
  }
  quarter.rect.size.width /= 2;
  quarter.rect.size.height /= 2;
  for (int i = 0; i < 4; i++) {
    quarter.rect.origin.x = place->rect.origin.x + (float) (i % 2) * quarter.rect.size.width;
    quarter.rect.origin.y = place->rect.origin.y + (float) (i / 2) * quarter.rect.size.height;
    limn_canvas_layer_snapshot (layer, snapshot, &quarter);
  }
}

void
limn_canvas_set_repeats (LimnCanvas *self, gboolean repeats)
{
  g_return_if_fail (LIMN_IS_CANVAS (self));

  self->repeats = repeats;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
