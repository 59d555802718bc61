/* canvas-layer.c - one picture and the textures that it is drawn with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/canvas-layer.h"

#include <math.h>

#include "app/canvas/canvas-enlarge.h"
#include "app/widget/texture.h"

#define PREVIEW_SIDE 512 /* pixels: from here on GSK's linear filter shows nothing of a preview's grid */

struct _LimnCanvasLayer {
  int references;
  int width, height;
  LimnImage *image; /* NULL: only a preview is there */
  GdkTexture *texture, *enlarged;
  GdkTexture *half;  /* NULL: not needed yet */
  GdkTexture *crisp; /* the part in view, for these: */
  graphene_rect_t crisp_rect, crisp_part;
};

LimnCanvasLayer *
limn_canvas_layer_new (const LimnImage *image, const LimnImage *enlarged)
{
  LimnCanvasLayer *layer = g_new0 (LimnCanvasLayer, 1);

  layer->references = 1;
  layer->width = image->width;
  layer->height = image->height;
  layer->image = limn_image_copy (image);
  layer->texture = limn_texture_from_image (image);
  if (enlarged != NULL && enlarged != image)
    layer->enlarged = limn_texture_from_image (enlarged);
  return layer;
}

LimnCanvasLayer *
limn_canvas_layer_new_preview (const LimnImage *preview, int width, int height)
{
  LimnCanvasLayer *layer = g_new0 (LimnCanvasLayer, 1);
  int side = MAX (preview->width, preview->height), times = (PREVIEW_SIDE + side - 1) / side;

  layer->references = 1;
  layer->width = width;
  layer->height = height;
  if (times > 1) {
    g_autoptr (LimnImage) smooth = limn_canvas_enlarge (preview, times);

    layer->texture = limn_texture_from_image (smooth);
  } else {
    layer->texture = limn_texture_from_image (preview);
  }
  return layer;
}

LimnCanvasLayer *
limn_canvas_layer_ref (LimnCanvasLayer *layer)
{
  layer->references++;
  return layer;
}

void
limn_canvas_layer_unref (LimnCanvasLayer *layer)
{
  if (--layer->references > 0)
    return;
  g_clear_pointer (&layer->image, limn_image_free);
  g_clear_object (&layer->texture);
  g_clear_object (&layer->enlarged);
  g_clear_object (&layer->half);
  g_clear_object (&layer->crisp);
  g_free (layer);
}

int
limn_canvas_layer_get_width (LimnCanvasLayer *layer)
{
  return layer->width;
}

int
limn_canvas_layer_get_height (LimnCanvasLayer *layer)
{
  return layer->height;
}

GdkTexture *
limn_canvas_layer_get_texture (LimnCanvasLayer *layer)
{
  return layer->enlarged != NULL ? layer->enlarged : layer->texture;
}

/* ---- Drawing ---- */

/* The picture's part in view, by device pixels: drawn one to one, no filter mixes its pixels. */
static void
snapshot_crisp (LimnCanvasLayer *layer, GtkSnapshot *snapshot, const LimnCanvasPlace *place, double zoom)
{
  graphene_rect_t canvas = GRAPHENE_RECT_INIT (0, 0, place->width, place->height), part;
  double left, top;

  if (!graphene_rect_intersection (&place->rect, &canvas, &part))
    return;
  left = floor (part.origin.x * place->factor);
  top = floor (part.origin.y * place->factor);
  part = GRAPHENE_RECT_INIT (left, top, ceil ((part.origin.x + part.size.width) * place->factor) - left,
                             ceil ((part.origin.y + part.size.height) * place->factor) - top);
  if (layer->crisp == NULL || !graphene_rect_equal (&part, &layer->crisp_part)
      || !graphene_rect_equal (&place->rect, &layer->crisp_rect)) {
    g_autoptr (LimnImage) seen = limn_canvas_magnify (layer->image, place->rect.origin.x * place->factor - left,
                                                      place->rect.origin.y * place->factor - top, zoom,
                                                      (int) part.size.width, (int) part.size.height);
    g_autoptr (GdkTexture) texture = limn_texture_from_image (seen);

    g_set_object (&layer->crisp, texture);
    layer->crisp_part = part;
    layer->crisp_rect = place->rect;
  }
  gtk_snapshot_append_texture (snapshot, layer->crisp,
                               &GRAPHENE_RECT_INIT (left / place->factor, top / place->factor,
                                                    part.size.width / place->factor, part.size.height / place->factor));
}

/* GSK of GTK 4.8 reads four pixels of a texture for one on the screen, however many lie under it. */
static GdkTexture *
half (LimnCanvasLayer *layer)
{
  if (layer->half == NULL) {
    g_autoptr (LimnImage) image = limn_canvas_halve (layer->image);

    layer->half = limn_texture_from_image (image);
  }
  return layer->half;
}

void
limn_canvas_layer_snapshot (LimnCanvasLayer *layer, GtkSnapshot *snapshot, const LimnCanvasPlace *place)
{
  double zoom = place->rect.size.width * place->factor / layer->width;

  if (layer->image != NULL && !place->fitted && zoom >= LIMN_CRISP_ZOOM)
    snapshot_crisp (layer, snapshot, place, zoom);
  else if (layer->image != NULL && zoom <= 0.5 && layer->width >= 64)
    gtk_snapshot_append_texture (snapshot, half (layer), &place->rect);
  else if (layer->enlarged != NULL && place->fitted)
    gtk_snapshot_append_texture (snapshot, layer->enlarged, &place->rect);
  else
    gtk_snapshot_append_texture (snapshot, layer->texture, &place->rect);
}
