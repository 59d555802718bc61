/* details.c - see details.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/details.h"

#include <math.h>

#include "base/error.h"
#include "base/i18n.h"

#define NEARLY 1e-6 /* of a pixel: what rounding makes of a share that was a whole one */

/* ---- As text ---- */

/* The colon, the semicolon or the end of line that follows what stands before the prompt. */
static const char *
find_end (const char *line)
{
  gboolean quoted = FALSE;
  const char *at = line;

  for (; *at != '\0' && (quoted || (*at != ':' && *at != ';')); at++)
    if (quoted && at[0] == '\\' && at[1] != '\0')
      at++;
    else if (*at == '"')
      quoted = !quoted;
  return at;
}

/* *line: gets what is left of it. */
static LimnRegion *
read_box (const char **line)
{
  const char *end = find_end (*line);
  g_autofree char *place = g_strndup (*line, (gsize) (end - *line));
  g_autofree char *whole = g_strconcat (place, *end == ':' ? end : ":", NULL);
  g_autoptr (GPtrArray) read = limn_regions_read (whole, NULL);
  const LimnRegion *box = read != NULL && read->len == 1 ? read->pdata[0] : NULL;

  /* how much a region counts, and when, is nothing that a box has */
  if (box == NULL || box->mask != NULL || box->weight != 1 || box->start != 0 || box->end != 1)
    return NULL;
  *line = *end == ';' ? end + 1 : "";
  return limn_region_copy (box);
}

GPtrArray *
limn_details_read (const char *text, GError **error)
{
  g_autoptr (GPtrArray) boxes = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_region_free);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);

  for (guint i = 0; lines[i] != NULL;) {
    const char *line = g_strstrip (lines[i++]);

    while (*line != '\0') {
      LimnRegion *box = read_box (&line);

      if (box != NULL) {
        g_ptr_array_add (boxes, box);
        continue;
      }
      /* translators: the number of a box */
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                   _ ("Box %u: expected left, top, width and height as shares of the picture within it, such as "
                      "0.4,0.1,0.2,0.2, and after them, where wanted, negative=\"...\", a colon and a prompt"),
                   boxes->len + 1);
      return NULL;
    }
  }
  if (boxes->len > LIMN_MOST_DETAILS) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("%u boxes are more than the %d that a picture can have"),
                 boxes->len, LIMN_MOST_DETAILS);
    return NULL;
  }
  return g_steal_pointer (&boxes);
}

gboolean
limn_details_check (const char *text, GError **error)
{
  g_autoptr (GPtrArray) boxes = limn_details_read (text, error);

  return boxes != NULL;
}

/* ---- As masks ---- */

/* [start, start + length) of size pixels. */
static void
cover (double from, double share, int size, int *start, int *length)
{
  int end;

  *start = CLAMP ((int) floor (from * size + NEARLY), 0, size - 1);
  end = CLAMP ((int) ceil ((from + share) * size - NEARLY), *start + 1, size);
  *length = end - *start;
}

LimnCrop
limn_detail_crop (const LimnRegion *box, int width, int height)
{
  LimnCrop crop;

  cover (box->x, box->width, width, &crop.x, &crop.width);
  cover (box->y, box->height, height, &crop.y, &crop.height);
  return crop;
}

/* How far inside [start, start + length) the pixel at is, counted from 1, where edges of the picture are none. */
static int
depth (int at, int start, int length, int size)
{
  int from_start = start > 0 ? at - start + 1 : G_MAXINT;
  int from_end = start + length < size ? start + length - at : G_MAXINT;

  return MIN (from_start, from_end);
}

guint8 *
limn_detail_mask (const LimnCrop *crop, int feather, int width, int height)
{
  guint8 *mask = g_malloc0 ((gsize) width * (gsize) height);

  for (int y = crop->y; y < crop->y + crop->height; y++)
    for (int x = crop->x; x < crop->x + crop->width; x++) {
      int inside = MIN (depth (x, crop->x, crop->width, width), depth (y, crop->y, crop->height, height));

      mask[(gsize) y * (gsize) width + (gsize) x] = (guint8) (255 * MIN (inside, feather + 1) / (feather + 1));
    }
  return mask;
}
