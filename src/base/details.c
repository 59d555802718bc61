/* details.c - see details.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/details.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

#define TILES "tiles="
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

static void
detail_free (LimnDetail *detail)
{
  limn_region_free (&detail->box); /* which is all of it: its first member */
}

static gboolean
read_pixels (const char **at, int least, int most, int *out)
{
  char *end;
  guint64 value = g_ascii_isdigit (**at) ? g_ascii_strtoull (*at, &end, 10) : G_MAXUINT64;

  if (value < (guint64) least || value > (guint64) most)
    return FALSE;
  *out = (int) value;
  *at = end;
  return TRUE;
}

/* What place says of a grid; it becomes that of a box which is the whole picture. */
static gboolean
read_tiles (char **place, LimnDetail *detail)
{
  const char *at = *place + strlen (TILES);

  if (!read_pixels (&at, LIMN_LEAST_DETAIL_TILE, LIMN_MOST_DETAIL_TILE, &detail->tile))
    return FALSE;
  detail->overlap = detail->tile / 8;
  if (*at == '/' && (at++, !read_pixels (&at, 0, detail->tile / 2, &detail->overlap)))
    return FALSE;
  if (*at != '\0' && !g_ascii_isspace (*at))
    return FALSE;
  char *whole = g_strconcat ("0,0,1,1", at, NULL);
  g_free (*place);
  *place = whole;
  return TRUE;
}

/* *line: gets what is left of it. */
static LimnDetail *
read_box (const char **line)
{
  const char *end = find_end (*line);
  g_autofree char *place = g_strndup (*line, (gsize) (end - *line));
  LimnDetail read_as = { .tile = 0 }, *detail;

  if (g_str_has_prefix (place, TILES) && !read_tiles (&place, &read_as))
    return NULL;
  g_autofree char *whole = g_strconcat (place, *end == ':' ? end : ":", NULL);
  g_autoptr (GPtrArray) read = limn_regions_read (whole, NULL);
  const LimnRegion *box = read != NULL && read->len == 1 ? read->pdata[0] : NULL;

  /* how much a region counts, and when, is nothing that a box has */
  if (box == NULL || box->mask != NULL || box->weight != 1 || box->start != 0 || box->end != 1)
    return NULL;
  *line = *end == ';' ? end + 1 : "";
  detail = g_memdup2 (&read_as, sizeof read_as);
  detail->box = *box;
  detail->box.prompt = g_strdup (box->prompt);
  detail->box.negative = g_strdup (box->negative);
  return detail;
}

/* The number'th. */
static void
set_refusal (guint number, const char *line, GError **error)
{
  if (g_str_has_prefix (line, TILES))
    /* translators: the number of a box */
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("Box %u: expected a grid as tiles=SIDE or tiles=SIDE/OVERLAP in pixels, a side of %d to %d and at "
                    "most half of it as overlap"),
                 number, LIMN_LEAST_DETAIL_TILE, LIMN_MOST_DETAIL_TILE);
  else
    /* translators: the number of a box */
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 _ ("Box %u: expected left, top, width and height as shares of the picture within it, such as "
                    "0.4,0.1,0.2,0.2, and after them, where wanted, negative=\"...\", a colon and a prompt"),
                 number);
}

GPtrArray *
limn_details_read (const char *text, GError **error)
{
  g_autoptr (GPtrArray) boxes = g_ptr_array_new_with_free_func ((GDestroyNotify) detail_free);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);

  for (guint i = 0; lines[i] != NULL;) {
    const char *line = g_strstrip (lines[i++]);

    while (*line != '\0') {
      LimnDetail *box;

      line += strspn (line, " \t");
      box = read_box (&line);

      if (box != NULL) {
        g_ptr_array_add (boxes, box);
        continue;
      }
      set_refusal (boxes->len + 1, line, error);
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

/* ---- As grids ---- */

/* Tiles of one grid along one side of the picture. */
typedef struct {
  int size, tile, overlap, n;
} Side;

static Side
side_of (const LimnDetail *detail, int size)
{
  Side side = { size, MIN (detail->tile, size), detail->overlap, 1 };

  if (side.tile < size) {
    int step = side.tile - side.overlap;

    side.n = (size - side.overlap + step - 1) / step;
  }
  return side;
}

/* Where tile i begins: spread evenly from edge to edge. */
static int
side_start (const Side *side, int i)
{
  return side->n > 1 ? (int) ((gint64) i * (side->size - side->tile) / (side->n - 1)) : 0;
}

guint
limn_details_count (const GPtrArray *details, int width, int height)
{
  guint count = 0;

  for (guint i = 0; i < details->len; i++) {
    const LimnDetail *detail = details->pdata[i];

    count += detail->tile == 0 ? 1 : (guint) side_of (detail, width).n * (guint) side_of (detail, height).n;
  }
  return count;
}

GArray *
limn_details_lay (const GPtrArray *details, int width, int height)
{
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (LimnDetailPart));

  for (guint i = 0; i < details->len; i++) {
    const LimnDetail *detail = details->pdata[i];
    int columns = detail->tile == 0 ? 1 : side_of (detail, width).n;
    int rows = detail->tile == 0 ? 1 : side_of (detail, height).n;

    for (int k = 0; k < rows * columns; k++) {
      const LimnDetailPart part = { detail, k % columns, k / columns };

      g_array_append_val (parts, part);
    }
  }
  return parts;
}

LimnCrop
limn_detail_part_crop (const LimnDetailPart *part, int width, int height)
{
  if (part->detail->tile == 0)
    return limn_detail_crop (&part->detail->box, width, height);
  const Side across = side_of (part->detail, width), down = side_of (part->detail, height);
  return (LimnCrop){ side_start (&across, part->column), side_start (&down, part->row), across.tile, down.tile };
}

guint8 *
limn_detail_part_mask (const LimnDetailPart *part, int feather, int width, int height)
{
  const LimnCrop crop = limn_detail_part_crop (part, width, height);

  return limn_detail_mask (&crop, part->detail->tile == 0 ? feather : part->detail->overlap / 2, width, height);
}
