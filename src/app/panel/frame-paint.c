/* frame-paint.c - how the photo, its frame and the ghost of the other one are drawn.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/panel/frame-paint.h"

#include <math.h>

#include "app/panel/frame-scene.h"

#define BRACKET 14 /* length of a corner's mark, pixels */

static const GdkRGBA white = { 1, 1, 1, 1 };

static graphene_rect_t
grown (const graphene_rect_t *rect, float by)
{
  return GRAPHENE_RECT_INIT (rect->origin.x - by, rect->origin.y - by, rect->size.width + 2 * by,
                             rect->size.height + 2 * by);
}

void
limn_frame_paint_photo (GtkSnapshot *snapshot, const LimnFrameShape *shape)
{
  graphene_rect_t paper = grown (&shape->photo, LIMN_FRAME_PAPER);
  double enlarged = log2 (MAX (shape->scale, 1.0 / 64)), detail = CLAMP (0.25 - 0.375 * enlarged, 0, 1);
  double blur = enlarged > 0.2 ? MIN (2.4 * enlarged, 8) : 0;
  GdkRGBA shadow = { 0, 0, 0, 0.35f }, sheet = { 0.95f, 0.94f, 0.92f, 1 };
  GskRoundedRect outline;
  cairo_t *cr;

  gsk_rounded_rect_init_from_rect (&outline, &paper, 3);
  gtk_snapshot_append_outset_shadow (snapshot, &outline, &shadow, 0, 1, 0.5f, 4);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &sheet, &paper);
  gtk_snapshot_pop (snapshot);

  gtk_snapshot_push_clip (snapshot, &shape->photo);
  if (blur > 0)
    gtk_snapshot_push_blur (snapshot, blur);
  cr = gtk_snapshot_append_cairo (snapshot, &shape->photo);
  cairo_translate (cr, shape->photo.origin.x, shape->photo.origin.y);
  limn_frame_scene_draw (cr, shape->photo.size.width, shape->photo.size.height, detail);
  cairo_destroy (cr);
  if (blur > 0)
    gtk_snapshot_pop (snapshot);
  gtk_snapshot_pop (snapshot);
}

static void
add_rect (cairo_t *cr, const graphene_rect_t *rect)
{
  cairo_rectangle (cr, rect->origin.x, rect->origin.y, rect->size.width, rect->size.height);
}

static void
dim_outside (cairo_t *cr, const LimnFrameShape *shape)
{
  cairo_save (cr);
  add_rect (cr, &shape->photo);
  cairo_clip (cr);
  cairo_set_fill_rule (cr, CAIRO_FILL_RULE_EVEN_ODD);
  add_rect (cr, &shape->photo);
  add_rect (cr, &shape->frame);
  cairo_set_source_rgba (cr, 0.07, 0.07, 0.10, 0.58);
  cairo_fill (cr);
  cairo_restore (cr);
}

/* where the frame sticks out there is nothing to see */
static void
hatch_beyond (cairo_t *cr, const LimnFrameShape *shape, const GdkRGBA *color)
{
  graphene_rect_t paper = grown (&shape->photo, LIMN_FRAME_PAPER), both;
  double reach;

  graphene_rect_union (&paper, &shape->frame, &both);
  reach = both.size.width + both.size.height;
  cairo_save (cr);
  add_rect (cr, &shape->frame);
  cairo_clip (cr);
  cairo_set_fill_rule (cr, CAIRO_FILL_RULE_EVEN_ODD);
  add_rect (cr, &both);
  add_rect (cr, &paper);
  cairo_clip (cr);
  for (double at = 0; at < reach; at += 7) {
    cairo_move_to (cr, both.origin.x + at, both.origin.y);
    cairo_line_to (cr, both.origin.x + at - both.size.height, both.origin.y + both.size.height);
  }
  cairo_set_line_width (cr, 1);
  cairo_set_source_rgba (cr, color->red, color->green, color->blue, 0.45);
  cairo_stroke (cr);
  cairo_restore (cr);
}

static void
trace_corners (cairo_t *cr, const graphene_rect_t *rect)
{
  double x0 = rect->origin.x, y0 = rect->origin.y, x1 = x0 + rect->size.width, y1 = y0 + rect->size.height;
  double across = MIN (BRACKET, rect->size.width / 3), down = MIN (BRACKET, rect->size.height / 3);

  for (int i = 0; i < 4; i++) {
    double x = i & 1 ? x1 : x0, y = i & 2 ? y1 : y0;

    cairo_move_to (cr, x + (i & 1 ? -across : across), y);
    cairo_line_to (cr, x, y);
    cairo_line_to (cr, x, y + (i & 2 ? -down : down));
  }
}

static void
trace_thirds (cairo_t *cr, const graphene_rect_t *rect)
{
  for (int i = 1; i < 3; i++) {
    cairo_move_to (cr, rect->origin.x + rect->size.width * i / 3, rect->origin.y);
    cairo_rel_line_to (cr, 0, rect->size.height);
    cairo_move_to (cr, rect->origin.x, rect->origin.y + rect->size.height * i / 3);
    cairo_rel_line_to (cr, rect->size.width, 0);
  }
}

void
limn_frame_paint_frame (GtkSnapshot *snapshot, const LimnFrameShape *shape, const GdkRGBA *color)
{
  graphene_rect_t paper = grown (&shape->photo, LIMN_FRAME_PAPER + 1), bounds, all;
  cairo_t *cr;

  graphene_rect_union (&paper, &shape->frame, &bounds);
  all = grown (&bounds, 6);
  cr = gtk_snapshot_append_cairo (snapshot, &all);
  dim_outside (cr, shape);
  hatch_beyond (cr, shape, color);
  cairo_set_line_width (cr, 1);
  trace_thirds (cr, &shape->frame);
  cairo_set_source_rgba (cr, 1, 1, 1, 0.28);
  cairo_stroke (cr);

  /* white around the colour, so that it stands out of any picture and of either theme */
  add_rect (cr, &shape->frame);
  cairo_set_source_rgba (cr, 1, 1, 1, 0.9);
  cairo_set_line_width (cr, 3.5);
  cairo_stroke (cr);
  trace_corners (cr, &shape->frame);
  cairo_set_line_width (cr, 7.5);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke (cr);
  cairo_set_source_rgb (cr, color->red, color->green, color->blue);
  add_rect (cr, &shape->frame);
  cairo_set_line_width (cr, 2);
  cairo_stroke (cr);
  trace_corners (cr, &shape->frame);
  cairo_set_line_width (cr, 4.5);
  cairo_stroke (cr);
  cairo_destroy (cr);
}

static gboolean
alike (const graphene_rect_t *a, const graphene_rect_t *b)
{
  return fabsf (a->origin.x - b->origin.x) < 3 && fabsf (a->origin.y - b->origin.y) < 3
         && fabsf (a->size.width - b->size.width) < 3 && fabsf (a->size.height - b->size.height) < 3;
}

static void
stroke_dashed (cairo_t *cr, const graphene_rect_t *rect, const GdkRGBA *color, double width)
{
  const double dashes[] = { 6, 4 };

  add_rect (cr, rect);
  cairo_set_dash (cr, dashes, 0, 0);
  cairo_set_source_rgba (cr, 1, 1, 1, 0.85);
  cairo_set_line_width (cr, width + 1);
  cairo_stroke_preserve (cr);
  cairo_set_dash (cr, dashes, 2, 0);
  cairo_set_source_rgb (cr, color->red, color->green, color->blue);
  cairo_set_line_width (cr, width);
  cairo_stroke (cr);
}

void
limn_frame_paint_ghost (GtkSnapshot *snapshot, const LimnFrameShape *ghost, const LimnFrameShape *over,
                        const GdkRGBA *color)
{
  graphene_rect_t frame = alike (&ghost->frame, &over->frame) ? grown (&ghost->frame, -7) : ghost->frame;
  graphene_rect_t bounds, all;
  cairo_t *cr;

  graphene_rect_union (&ghost->photo, &frame, &bounds);
  all = grown (&bounds, 4);
  cr = gtk_snapshot_append_cairo (snapshot, &all);
  stroke_dashed (cr, &frame, color, 2);
  if (!alike (&ghost->photo, &over->photo) && !alike (&ghost->photo, &ghost->frame))
    stroke_dashed (cr, &ghost->photo, &(GdkRGBA){ color->red, color->green, color->blue, 0.7f }, 1);
  cairo_destroy (cr);
}

void
limn_frame_paint_grip (GtkSnapshot *snapshot, const LimnFrameShape *shape, const GdkRGBA *color)
{
  float x = shape->photo.origin.x + shape->photo.size.width + LIMN_FRAME_PAPER;
  float y = shape->photo.origin.y + shape->photo.size.height + LIMN_FRAME_PAPER;
  float side = LIMN_FRAME_GRIP;
  GdkRGBA shadow = { 0, 0, 0, 0.4f };
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (x - side, y - side, 2 * side, 2 * side), side);
  gtk_snapshot_append_outset_shadow (snapshot, &outline, &shadow, 0, 1, 0, 3);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, color, &outline.bounds);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 2, 2, 2, 2 }, (GdkRGBA[4]){ white, white, white, white });
}

void
limn_frame_paint_tag (GtkSnapshot *snapshot, GtkWidget *widget, const graphene_rect_t *rect, gboolean bottom,
                      const char *text, const GdkRGBA *color)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, text);
  PangoAttrList *attributes = pango_attr_list_new ();
  float inset = 12, padding = 7, x, y;
  int width, height;
  GskRoundedRect outline;

  pango_attr_list_insert (attributes, pango_attr_scale_new (0.8));
  pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_get_pixel_size (layout, &width, &height);
  if (width + 2 * (padding + inset) > rect->size.width || 2 * height + 2 * inset > rect->size.height)
    return;
  x = rect->origin.x + inset;
  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    x = rect->origin.x + rect->size.width - inset - width - 2 * padding;
  y = bottom ? rect->origin.y + rect->size.height - inset - height - 4 : rect->origin.y + inset;
  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (x, y, width + 2 * padding, height + 4),
                                   height / 2.0f + 2);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, color, &outline.bounds);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x + padding, y + 2));
  gtk_snapshot_append_layout (snapshot, layout, &white);
  gtk_snapshot_restore (snapshot);
}
