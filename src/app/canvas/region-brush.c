/* region-brush.c - see region-brush.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/region-brush.h"

#define LEAST 0.004 /* of the picture's width */
#define MOST 0.4

void
limn_region_brush_init (LimnRegionBrush *self)
{
  *self = (LimnRegionBrush){ .radius = 0.04 };
}

void
limn_region_brush_begin (LimnRegionBrush *self, LimnRegion *region, const graphene_rect_t *place, double x, double y,
                         gboolean erases)
{
  self->before = limn_region_copy (region);
  self->x = self->start_x = x;
  self->y = self->start_y = y;
  self->stroke = (LimnRegionStroke){ .radius = self->radius,
                                     .aspect = place->size.width / place->size.height,
                                     .erases = erases,
                                     .x1 = (x - place->origin.x) / place->size.width,
                                     .y1 = (y - place->origin.y) / place->size.height };
  limn_region_brush_go (self, region, place, 0, 0);
}

void
limn_region_brush_go (LimnRegionBrush *self, LimnRegion *region, const graphene_rect_t *place, double dx, double dy)
{
  LimnRegionStroke *stroke = &self->stroke;

  if (self->before == NULL)
    return;
  stroke->x0 = stroke->x1;
  stroke->y0 = stroke->y1;
  self->x = self->start_x + dx;
  self->y = self->start_y + dy;
  stroke->x1 = (self->x - place->origin.x) / place->size.width;
  stroke->y1 = (self->y - place->origin.y) / place->size.height;
  limn_region_paint (region, stroke);
}

gboolean
limn_region_brush_end (LimnRegionBrush *self, LimnRegion *region)
{
  if (!limn_region_fit (region)) {
    limn_region_brush_cancel (self, region);
    return FALSE;
  }
  g_clear_pointer (&self->before, limn_region_free);
  return TRUE;
}

void
limn_region_brush_cancel (LimnRegionBrush *self, LimnRegion *region)
{
  if (self->before != NULL && region != NULL) {
    LimnRegion painted = *region;

    *region = *self->before;
    *self->before = painted;
  }
  g_clear_pointer (&self->before, limn_region_free);
}

void
limn_region_brush_resize (LimnRegionBrush *self, double by)
{
  self->radius = CLAMP (self->radius * by, LEAST, MOST);
}

void
limn_region_brush_draw (const LimnRegionBrush *self, GtkSnapshot *snapshot, const graphene_rect_t *place)
{
  GdkRGBA light = { 1, 1, 1, 0.9f }, dark = { 0, 0, 0, 0.5f };
  float radius = (float) (self->radius * place->size.width);
  GskRoundedRect ring;

  if (!self->on || !self->inside)
    return;
  gsk_rounded_rect_init_from_rect (
      &ring, &GRAPHENE_RECT_INIT ((float) self->x - radius, (float) self->y - radius, 2 * radius, 2 * radius), radius);
  gtk_snapshot_append_border (snapshot, &ring, (float[4]){ 2, 2, 2, 2 }, (GdkRGBA[4]){ dark, dark, dark, dark });
  gsk_rounded_rect_shrink (&ring, 0.5f, 0.5f, 0.5f, 0.5f);
  gtk_snapshot_append_border (snapshot, &ring, (float[4]){ 1, 1, 1, 1 }, (GdkRGBA[4]){ light, light, light, light });
}

void
limn_region_draw_shape (GtkSnapshot *snapshot, const LimnRegion *region, const graphene_rect_t *place, GdkRGBA color)
{
  enum { SIDE = 128 };
  g_autofree float *cover = NULL;
  g_autofree guint8 *pixels = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GdkTexture) texture = NULL;

  if (region->mask == NULL) {
    gtk_snapshot_append_color (snapshot, &color,
                               &GRAPHENE_RECT_INIT (place->origin.x + region->x * place->size.width,
                                                    place->origin.y + region->y * place->size.height,
                                                    region->width * place->size.width,
                                                    region->height * place->size.height));
    return;
  }
  cover = g_new (float, SIDE *SIDE);
  pixels = g_malloc (4 * SIDE * SIDE);
  limn_region_cover (region, SIDE, SIDE, cover);
  for (int i = 0; i < SIDE * SIDE; i++) {
    float alpha = 255 * color.alpha * cover[i];
    const float parts[4] = { color.red * alpha, color.green * alpha, color.blue * alpha, alpha };

    for (int k = 0; k < 4; k++)
      pixels[4 * i + k] = (guint8) (parts[k] + 0.5f);
  }
  bytes = g_bytes_new_take (g_steal_pointer (&pixels), 4 * SIDE * SIDE);
  texture = gdk_memory_texture_new (SIDE, SIDE, GDK_MEMORY_R8G8B8A8_PREMULTIPLIED, bytes, 4 * SIDE);
  gtk_snapshot_append_texture (snapshot, texture, place);
}
