/* canny.c - edges (Canny 1986), as OpenCV has them of a colour picture: Sobel's differences, sizes as sums of both, of
 * the channel where that is largest.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "map/map-private.h"

#include <stdlib.h>
#include <string.h>

/* tan (22.5 degrees), by which directions are told apart, in fixed point. */
#define SHIFT 15
#define TANGENT 13573

enum { NO_EDGE, PERHAPS, EDGE };

/* The size of what changes at each pixel, with a border of none around, and how. */
typedef struct {
  int width, height, stride;
  int *sizes;     /* [height + 2, stride] */
  gint16 *across; /* [height, width] */
  gint16 *down;
} Gradient;

static int
value (const LimnImage *image, int x, int y, int c)
{
  x = CLAMP (x, 0, image->width - 1);
  y = CLAMP (y, 0, image->height - 1);
  return image->rgb[3 * ((gsize) y * image->width + x) + c];
}

static void
differ (const LimnImage *image, int x, int y, int c, int *across, int *down)
{
  *across = value (image, x + 1, y - 1, c) - value (image, x - 1, y - 1, c)
            + 2 * (value (image, x + 1, y, c) - value (image, x - 1, y, c)) + value (image, x + 1, y + 1, c)
            - value (image, x - 1, y + 1, c);
  *down = value (image, x - 1, y + 1, c) - value (image, x - 1, y - 1, c)
          + 2 * (value (image, x, y + 1, c) - value (image, x, y - 1, c)) + value (image, x + 1, y + 1, c)
          - value (image, x + 1, y - 1, c);
}

static void
gradient_init (Gradient *gradient, const LimnImage *image)
{
  gsize n = (gsize) image->width * image->height;

  *gradient = (Gradient){ image->width, image->height, image->width + 2 };
  gradient->sizes = g_new0 (int, (gsize) gradient->stride *(gradient->height + 2));
  gradient->across = g_new (gint16, n);
  gradient->down = g_new (gint16, n);
  for (int y = 0; y < image->height; y++)
    for (int x = 0; x < image->width; x++) {
      gsize at = (gsize) y * image->width + x;
      int most = -1;

      for (int c = 0; c < 3; c++) {
        int across, down;

        differ (image, x, y, c, &across, &down);
        if (abs (across) + abs (down) <= most)
          continue;
        most = abs (across) + abs (down);
        gradient->across[at] = (gint16) across;
        gradient->down[at] = (gint16) down;
      }
      gradient->sizes[(gsize) (y + 1) * gradient->stride + x + 1] = most;
    }
}

static void
gradient_clear (Gradient *gradient)
{
  g_free (gradient->sizes);
  g_free (gradient->across);
  g_free (gradient->down);
}

/* Whether it is the largest of the three that lie in the direction of the change. */
static gboolean
is_ridge (const Gradient *gradient, int x, int y)
{
  gsize at = (gsize) y * gradient->width + x;
  const int *size = &gradient->sizes[(gsize) (y + 1) * gradient->stride + x + 1];
  int across = gradient->across[at], down = gradient->down[at], stride = gradient->stride;
  gint64 flat = (gint64) abs (across) * TANGENT, steep = flat + ((gint64) abs (across) << (SHIFT + 1));
  gint64 rise = (gint64) abs (down) << SHIFT;
  int side = (across ^ down) < 0 ? -1 : 1;

  if (rise < flat)
    return size[0] > size[-1] && size[0] >= size[1];
  if (rise > steep)
    return size[0] > size[-stride] && size[0] >= size[stride];
  return size[0] > size[-stride - side] && size[0] > size[stride + side];
}

/* What may be an edge becomes one where it touches one. */
static void
grow (guint8 *kinds, int width, int height, GArray *edges)
{
  while (edges->len > 0) {
    gsize at = g_array_index (edges, gsize, edges->len - 1);
    int x = (int) (at % (gsize) width), y = (int) (at / (gsize) width);

    g_array_set_size (edges, edges->len - 1);
    for (int row = MAX (y - 1, 0); row <= MIN (y + 1, height - 1); row++)
      for (int column = MAX (x - 1, 0); column <= MIN (x + 1, width - 1); column++) {
        gsize next = (gsize) row * width + column;

        if (kinds[next] != PERHAPS)
          continue;
        kinds[next] = EDGE;
        g_array_append_val (edges, next);
      }
  }
}

LimnImage *
limn_map_canny (const LimnImage *image, const double *numbers)
{
  int low = (int) MIN (numbers[0], numbers[1]), high = (int) MAX (numbers[0], numbers[1]);
  g_autoptr (GArray) edges = g_array_new (FALSE, FALSE, sizeof (gsize));
  g_autofree guint8 *kinds = g_malloc0 ((gsize) image->width * image->height);
  LimnImage *map = limn_image_new (image->width, image->height);
  Gradient gradient;

  gradient_init (&gradient, image);
  for (int y = 0; y < image->height; y++)
    for (int x = 0; x < image->width; x++) {
      int size = gradient.sizes[(gsize) (y + 1) * gradient.stride + x + 1];
      gsize at = (gsize) y * image->width + x;

      if (size <= low || !is_ridge (&gradient, x, y))
        continue;
      kinds[at] = size > high ? EDGE : PERHAPS;
      if (size > high)
        g_array_append_val (edges, at);
    }
  gradient_clear (&gradient);
  grow (kinds, image->width, image->height, edges);
  for (gsize i = 0; i < (gsize) image->width * image->height; i++)
    memset (map->rgb + 3 * i, kinds[i] == EDGE ? 255 : 0, 3);
  return map;
}
