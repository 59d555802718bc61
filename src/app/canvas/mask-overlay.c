/* mask-overlay.c - tiles of a mask, in device pixels counted from the picture's corner: moving the picture keeps them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/canvas/mask-overlay.h"

#include <math.h>

#define TILE 256
#define SPARE 48 /* tiles out of view that are kept: 12 MiB */

/* As alpha, in the lighter and darker squares of the checker. */
#define LIGHT 92
#define DARK 128
#define SQUARE_SHIFT 3

/* Whatever the picture's colours are, one of these stands out. */
static const struct {
  const char *name;
  guint8 rgb[3];
} colors[] = {
  { "red", { 255, 40, 86 } },
  { "green", { 40, 230, 110 } },
  { "blue", { 50, 130, 255 } },
  { "yellow", { 255, 222, 40 } },
};

typedef struct {
  int x, y;            /* which */
  GdkTexture *texture; /* NULL: nothing is painted there */
} Tile;

struct _LimnMaskOverlay {
  LimnMaskEditor *editor;
  GHashTable *tiles; /* Tile by its two numbers */
  double zoom;       /* device pixels a pixel, of the tiles */
  const guint8 *rgb; /* of colors */
};

static guint
tile_hash (gconstpointer key)
{
  const Tile *tile = key;

  return (guint) tile->x * 73856093u ^ (guint) tile->y * 19349663u;
}

static gboolean
tile_equal (gconstpointer a, gconstpointer b)
{
  const Tile *one = a, *other = b;

  return one->x == other->x && one->y == other->y;
}

static void
tile_free (gpointer data)
{
  Tile *tile = data;

  g_clear_object (&tile->texture);
  g_free (tile);
}

LimnMaskOverlay *
limn_mask_overlay_new (LimnMaskEditor *editor)
{
  LimnMaskOverlay *overlay = g_new0 (LimnMaskOverlay, 1);

  overlay->editor = editor;
  overlay->rgb = colors[0].rgb;
  overlay->tiles = g_hash_table_new_full (tile_hash, tile_equal, tile_free, NULL);
  return overlay;
}

void
limn_mask_overlay_free (LimnMaskOverlay *overlay)
{
  if (overlay == NULL)
    return;
  g_hash_table_unref (overlay->tiles);
  g_free (overlay);
}

void
limn_mask_overlay_set_color (LimnMaskOverlay *overlay, const char *name)
{
  overlay->rgb = colors[0].rgb;
  for (guint i = 0; i < G_N_ELEMENTS (colors); i++)
    if (g_str_equal (colors[i].name, name))
      overlay->rgb = colors[i].rgb;
  g_hash_table_remove_all (overlay->tiles);
}

void
limn_mask_overlay_invalidate (LimnMaskOverlay *overlay, int x, int y, int width, int height)
{
  double zoom = overlay->zoom;
  /* neighbours: one pixel for the filter, one for the line */
  int left = (int) floor ((x - 2) * zoom / TILE), right = (int) floor ((x + width + 2) * zoom / TILE);
  int top = (int) floor ((y - 2) * zoom / TILE), bottom = (int) floor ((y + height + 2) * zoom / TILE);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, overlay->tiles);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    const Tile *tile = key;

    if (tile->x >= left && tile->x <= right && tile->y >= top && tile->y <= bottom)
      g_hash_table_iter_remove (&iter);
  }
}

/* ---- One tile ---- */

/* For n places from first on: two pixels along a side, and how much of the second, of 256. */
typedef struct {
  int first, second, share;
} Pick;

static void
make_picks (Pick *picks, int n, int first, double zoom, int size)
{
  for (int i = 0; i < n; i++) {
    double at = (first + i + 0.5) / zoom;

    if (zoom >= LIMN_CRISP_ZOOM) {
      picks[i].first = picks[i].second = CLAMP ((int) floor (at), 0, size - 1);
      picks[i].share = 0;
    } else {
      int whole = (int) floor (at - 0.5);

      picks[i].first = CLAMP (whole, 0, size - 1);
      picks[i].second = CLAMP (whole + 1, 0, size - 1);
      picks[i].share = (int) ((at - 0.5 - whole) * 256);
    }
  }
}

static gboolean
is_blank (const guint8 *pixels, int stride, const Pick *columns, int n_columns, const Pick *rows, int n_rows)
{
  int left = columns[0].first, right = columns[n_columns - 1].second;

  for (int y = rows[0].first; y <= rows[n_rows - 1].second; y++)
    for (const guint8 *pixel = pixels + (gsize) y * stride + left; pixel <= pixels + (gsize) y * stride + right;
         pixel++)
      if (*pixel != 0)
        return FALSE;
  return TRUE;
}

static void
read_row (const guint8 *pixels, int stride, const Pick *row, const Pick *columns, int n, guint8 *out)
{
  const guint8 *upper = pixels + (gsize) row->first * stride, *lower = pixels + (gsize) row->second * stride;

  for (int i = 0; i < n; i++) {
    int share = columns[i].share;
    int above = upper[columns[i].first] * (256 - share) + upper[columns[i].second] * share;
    int below = lower[columns[i].first] * (256 - share) + lower[columns[i].second] * share;

    out[i] = (guint8) ((above * (256 - row->share) + below * row->share + (1 << 15)) >> 16);
  }
}

/* Premultiplied, in GDK_MEMORY_R8G8B8A8_PREMULTIPLIED's order. */
static void
write_row (const guint8 *row, const guint8 *next, int n, int x, int y, const guint8 *rgb, guint8 *out)
{
  for (int i = 0; i < n; i++, out += 4) {
    gboolean in = row[i] >= 128;
    int alpha;

    if (in != (row[i + 1] >= 128) || in != (next[i] >= 128)) {
      /* black and white, one of which is seen on any colour */
      guint8 grey = (x + i + y) & 4 ? 235 : 0;

      out[0] = out[1] = out[2] = grey;
      out[3] = 235;
      continue;
    }
    alpha = row[i] * (((((x + i) ^ y) >> SQUARE_SHIFT) & 1) ? LIGHT : DARK) / 255;
    for (int c = 0; c < 3; c++)
      out[c] = (guint8) (rgb[c] * alpha / 255);
    out[3] = (guint8) alpha;
  }
}

static GdkTexture *
paint_tile (LimnMaskOverlay *overlay, int tile_x, int tile_y, int width, int height)
{
  const guint8 *pixels = limn_mask_editor_get_pixels (overlay->editor);
  int stride = limn_mask_editor_get_width (overlay->editor);
  Pick columns[TILE + 1], rows[TILE + 1];
  guint8 values[2][TILE + 1];
  g_autoptr (GBytes) bytes = NULL;
  guint8 *data;

  make_picks (columns, width + 1, tile_x * TILE, overlay->zoom, stride);
  make_picks (rows, height + 1, tile_y * TILE, overlay->zoom, limn_mask_editor_get_height (overlay->editor));
  if (is_blank (pixels, stride, columns, width + 1, rows, height + 1))
    return NULL;
  data = g_malloc ((gsize) width * height * 4);
  read_row (pixels, stride, &rows[0], columns, width + 1, values[0]);
  for (int y = 0; y < height; y++) {
    read_row (pixels, stride, &rows[y + 1], columns, width + 1, values[(y + 1) % 2]);
    write_row (values[y % 2], values[(y + 1) % 2], width, tile_x * TILE, tile_y * TILE + y, overlay->rgb,
               data + (gsize) y * width * 4);
  }
  bytes = g_bytes_new_take (data, (gsize) width * height * 4);
  return gdk_memory_texture_new (width, height, GDK_MEMORY_R8G8B8A8_PREMULTIPLIED, bytes, (gsize) width * 4);
}

/* ---- All of them ---- */

static Tile *
get_tile (LimnMaskOverlay *overlay, int x, int y, int width, int height)
{
  Tile wanted = { x, y, NULL }, *tile = g_hash_table_lookup (overlay->tiles, &wanted);

  if (tile == NULL) {
    tile = g_new (Tile, 1);
    *tile = (Tile){ x, y, paint_tile (overlay, x, y, width, height) };
    g_hash_table_add (overlay->tiles, tile);
  }
  return tile;
}

/* Tiles outside [left, right] x [top, bottom], where there are too many. */
static void
prune (LimnMaskOverlay *overlay, int left, int top, int right, int bottom)
{
  GHashTableIter iter;
  gpointer key;

  if (g_hash_table_size (overlay->tiles) <= (guint) ((right - left + 1) * (bottom - top + 1) + SPARE))
    return;
  g_hash_table_iter_init (&iter, overlay->tiles);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    const Tile *tile = key;

    if (tile->x < left || tile->x > right || tile->y < top || tile->y > bottom)
      g_hash_table_iter_remove (&iter);
  }
}

void
limn_mask_overlay_snapshot (LimnMaskOverlay *overlay, GtkSnapshot *snapshot, const LimnCanvasPlace *place)
{
  int width = (int) ceil (place->rect.size.width * place->factor - 1e-3);
  int height = (int) ceil (place->rect.size.height * place->factor - 1e-3);
  int corner_x = (int) floor (place->rect.origin.x * place->factor + 0.5);
  int corner_y = (int) floor (place->rect.origin.y * place->factor + 0.5);
  int left = MAX (0, -corner_x) / TILE, top = MAX (0, -corner_y) / TILE;
  int right = (MIN (width, (int) ceil (place->width * place->factor) - corner_x) - 1) / TILE;
  int bottom = (MIN (height, (int) ceil (place->height * place->factor) - corner_y) - 1) / TILE;
  double zoom = place->rect.size.width * place->factor / limn_mask_editor_get_width (overlay->editor);

  if (zoom != overlay->zoom)
    g_hash_table_remove_all (overlay->tiles);
  overlay->zoom = zoom;
  for (int y = top; y <= bottom; y++)
    for (int x = left; x <= right; x++) {
      int tile_width = MIN (TILE, width - x * TILE), tile_height = MIN (TILE, height - y * TILE);
      Tile *tile = get_tile (overlay, x, y, tile_width, tile_height);

      if (tile->texture != NULL)
        gtk_snapshot_append_texture (snapshot, tile->texture,
                                     &GRAPHENE_RECT_INIT ((corner_x + x * TILE) / (float) place->factor,
                                                          (corner_y + y * TILE) / (float) place->factor,
                                                          tile_width / (float) place->factor,
                                                          tile_height / (float) place->factor));
    }
  prune (overlay, left, top, right, bottom);
}
