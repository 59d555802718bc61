/* regions.c - see regions.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/regions.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

#define NEARLY 1e-6

LimnRegion *
limn_region_new (double x, double y, double width, double height)
{
  LimnRegion *region = g_new0 (LimnRegion, 1);

  *region =
      (LimnRegion){ .x = x, .y = y, .width = width, .height = height, .weight = 1, .end = 1, .prompt = g_strdup ("") };
  return region;
}

LimnRegion *
limn_region_copy (const LimnRegion *region)
{
  LimnRegion *copy = g_memdup2 (region, sizeof *region);

  copy->mask = g_memdup2 (region->mask, (gsize) region->mask_width * (gsize) region->mask_height);
  copy->prompt = g_strdup (region->prompt);
  copy->negative = g_strdup (region->negative);
  return copy;
}

void
limn_region_free (LimnRegion *region)
{
  if (region == NULL)
    return;
  g_free (region->mask);
  g_free (region->prompt);
  g_free (region->negative);
  g_free (region);
}

gboolean
limn_region_counts (const LimnRegion *region)
{
  g_autofree char *words = g_strstrip (g_strdup (region->prompt));

  return region->weight > 0 && region->end > region->start && words[0] != '\0';
}

gboolean
limn_region_counts_at (const LimnRegion *region, int step, int steps)
{
  return (double) step / steps >= region->start && (double) (step + 1) / steps <= region->end;
}

/* ---- Reading ---- */

/* The text that is left of a line. */
typedef struct {
  const char *at;
} Reader;

static gboolean
read_number (Reader *reader, double least, double most, double *out)
{
  char *end;
  double number = g_ascii_strtod (reader->at, &end);

  if (end == reader->at || !(number >= least && number <= most))
    return FALSE;
  reader->at = end;
  *out = number;
  return TRUE;
}

static gboolean
skip (Reader *reader, char character)
{
  if (*reader->at != character)
    return FALSE;
  reader->at++;
  return TRUE;
}

static gboolean
read_place (Reader *reader, LimnRegion *region)
{
  double *const numbers[] = { &region->x, &region->y, &region->width, &region->height };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    if (!read_number (reader, 0, 1, numbers[i]) || (i < 3 && !skip (reader, ',')))
      return FALSE;
    while (*reader->at == ' ')
      reader->at++;
  }
  return region->width > 0 && region->height > 0 && region->x + region->width <= 1 + NEARLY
         && region->y + region->height <= 1 + NEARLY;
}

/* "a \"cat\"": a backslash takes what follows as it is.  (transfer full) */
static char *
read_quoted (Reader *reader)
{
  g_autoptr (GString) out = g_string_new (NULL);

  if (!skip (reader, '"'))
    return NULL;
  for (; *reader->at != '"'; reader->at++) {
    if (*reader->at == '\\')
      reader->at++;
    if (*reader->at == '\0')
      return NULL;
    g_string_append_c (out, *reader->at);
  }
  reader->at++;
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static gboolean
read_mask (Reader *reader, LimnRegion *region)
{
  double width, height, run;
  gsize done = 0, all;
  guint8 value = 0;

  if (!read_number (reader, 1, LIMN_MOST_REGION_MASK, &width) || !skip (reader, 'x')
      || !read_number (reader, 1, LIMN_MOST_REGION_MASK, &height) || !skip (reader, '/'))
    return FALSE;
  region->mask_width = (int) width;
  region->mask_height = (int) height;
  all = (gsize) region->mask_width * (gsize) region->mask_height;
  g_free (region->mask);
  region->mask = g_new0 (guint8, all);
  for (; done < all; value = !value, done += (gsize) run) {
    char *end;

    if (done > 0 && !skip (reader, '.'))
      return FALSE;
    if (!g_ascii_isdigit (*reader->at))
      return FALSE;
    run = (double) g_ascii_strtoull (reader->at, &end, 10);
    if (run > (double) (all - done) || (run == 0 && done > 0))
      return FALSE;
    reader->at = end;
    memset (region->mask + done, value, (gsize) run);
    if (run == 0 && !skip (reader, '.'))
      return FALSE;
    if (run == 0 && !g_ascii_isdigit (*reader->at))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_setting (Reader *reader, LimnRegion *region)
{
  const struct {
    const char *key;
    double most, *number;
  } numbers[] = { { "weight=", 10, &region->weight }, { "start=", 1, &region->start }, { "end=", 1, &region->end } };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (g_str_has_prefix (reader->at, numbers[i].key)) {
      reader->at += strlen (numbers[i].key);
      return read_number (reader, 0, numbers[i].most, numbers[i].number);
    }
  if (g_str_has_prefix (reader->at, "negative=")) {
    reader->at += strlen ("negative=");
    g_free (region->negative);
    region->negative = read_quoted (reader);
    return region->negative != NULL;
  }
  if (g_str_has_prefix (reader->at, "mask=")) {
    reader->at += strlen ("mask=");
    return read_mask (reader, region);
  }
  return FALSE;
}

/* What was expected where the line could not be read on; NULL: all of it was read. */
static const char *
read_line (const char *line, LimnRegion *region)
{
  Reader reader = { line };

  if (!read_place (&reader, region))
    return _ ("expected left, top, width and height as shares of the picture, such as 0,0,0.5,1");
  while (*reader.at == ' ')
    reader.at++;
  while (*reader.at != ':') {
    if (*reader.at == '\0')
      return _ ("expected a colon and the prompt after it");
    if (!read_setting (&reader, region))
      return _ ("expected weight=, start=, end=, negative=\"...\" or mask=, and a colon before the prompt");
    while (*reader.at == ' ')
      reader.at++;
  }
  g_free (region->prompt);
  region->prompt = g_strstrip (g_strdup (reader.at + 1));
  return NULL;
}

GPtrArray *
limn_regions_read (const char *text, GError **error)
{
  g_autoptr (GPtrArray) regions = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_region_free);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    LimnRegion *region;
    const char *wrong;

    if (*g_strstrip (lines[i]) == '\0')
      continue;
    region = limn_region_new (0, 0, 1, 1);
    g_ptr_array_add (regions, region);
    wrong = read_line (lines[i], region);
    if (wrong != NULL) {
      /* translators: the number of a region, what was expected of its text */
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("Region %u: %s"), regions->len, wrong);
      return NULL;
    }
  }
  if (regions->len > LIMN_MOST_REGIONS) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("%u regions are more than the %d that a picture can have"),
                 regions->len, LIMN_MOST_REGIONS);
    return NULL;
  }
  return g_steal_pointer (&regions);
}

gboolean
limn_regions_check (const char *text, GError **error)
{
  g_autoptr (GPtrArray) regions = limn_regions_read (text, error);

  return regions != NULL;
}

/* ---- Writing ---- */

static void
add_number (GString *out, const char *before, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (out, "%s%s", before, g_ascii_formatd (text, sizeof text, "%.6g", number));
}

LimnRegion *
limn_region_from_mask (const char *text)
{
  Reader reader = { text };
  g_autoptr (LimnRegion) region = limn_region_new (0, 0, 1, 1);

  return read_mask (&reader, region) && *reader.at == '\0' ? g_steal_pointer (&region) : NULL;
}

void
limn_region_append_mask (GString *out, const LimnRegion *region)
{
  gsize all = (gsize) region->mask_width * (gsize) region->mask_height;
  guint8 value = 0;

  g_string_append_printf (out, "mask=%dx%d/", region->mask_width, region->mask_height);
  for (gsize i = 0; i < all; value = !value) {
    gsize from = i;

    while (i < all && !region->mask[i] == !value)
      i++;
    g_string_append_printf (out, "%s%" G_GSIZE_FORMAT, from > 0 || value != 0 ? "." : "", i - from);
  }
}

static void
add_line (GString *out, const LimnRegion *region)
{
  g_autofree char *prompt = g_strdelimit (g_strdup (region->prompt), "\r\n", ' ');

  add_number (out, "", region->x);
  add_number (out, ",", region->y);
  add_number (out, ",", region->width);
  add_number (out, ",", region->height);
  if (region->weight != 1)
    add_number (out, " weight=", region->weight);
  if (region->start != 0)
    add_number (out, " start=", region->start);
  if (region->end != 1)
    add_number (out, " end=", region->end);
  if (region->negative != NULL) {
    g_string_append (out, " negative=\"");
    for (const char *at = region->negative; *at != '\0'; at++) {
      if (*at == '"' || *at == '\\')
        g_string_append_c (out, '\\');
      g_string_append_c (out, *at == '\n' || *at == '\r' ? ' ' : *at);
    }
    g_string_append_c (out, '"');
  }
  if (region->mask != NULL) {
    g_string_append_c (out, ' ');
    limn_region_append_mask (out, region);
  }
  g_string_append_printf (out, ": %s", g_strstrip (prompt));
}

char *
limn_regions_write (const GPtrArray *regions)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < regions->len; i++) {
    if (i > 0)
      g_string_append_c (out, '\n');
    add_line (out, regions->pdata[i]);
  }
  return g_string_free (out, FALSE);
}

/* ---- Shares ---- */

/* Of [at, at + 1], how much lies within [from, to]. */
static double
overlap (int at, double from, double to)
{
  return MAX (0, MIN (at + 1, to) - MAX (at, from));
}

/* What the mask has of the part of the picture from left to right and from top to bottom, in its pixels. */
static double
sum_mask (const LimnRegion *region, double left, double right, double top, double bottom)
{
  double sum = 0;

  for (int y = (int) top; y < region->mask_height && y < bottom; y++)
    for (int x = (int) left; x < region->mask_width && x < right; x++)
      sum += region->mask[(gsize) y * (gsize) region->mask_width + (gsize) x] * overlap (x, left, right)
             * overlap (y, top, bottom);
  return sum;
}

static double
snap (double cover)
{
  return cover < NEARLY ? 0 : cover > 1 - NEARLY ? 1 : cover;
}

void
limn_region_cover (const LimnRegion *region, int h, int w, float *out)
{
  const double left = region->x * w, right = (region->x + region->width) * w;
  const double top = region->y * h, bottom = (region->y + region->height) * h;
  const double across = region->mask != NULL ? (double) region->mask_width / w : 0;
  const double down = region->mask != NULL ? (double) region->mask_height / h : 0;

  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x++) {
      double cover = overlap (x, left, right) * overlap (y, top, bottom);

      if (region->mask != NULL && cover > 0)
        cover = sum_mask (region, MAX (x, left) * across, MIN (x + 1, right) * across, MAX (y, top) * down,
                          MIN (y + 1, bottom) * down)
                / (across * down);
      out[(gsize) y * (gsize) w + (gsize) x] = (float) snap (cover);
    }
}

/* [*start, *start + *length) as shares of [x, x + width), as far as it lies there. */
static gboolean
cut_side (double *start, double *length, double x, double width)
{
  double first = MAX ((*start - x) / width, 0), last = MIN ((*start + *length - x) / width, 1);

  *start = first;
  *length = last - first;
  return last > first;
}

static void
cut_mask (LimnRegion *region, double x, double y, double width, double height)
{
  int w = region->mask_width, h = region->mask_height;
  guint8 *mask = g_malloc0 ((gsize) w * (gsize) h);

  for (int i = 0; i < h; i++)
    for (int j = 0; j < w; j++) {
      int from_x = (int) floor (x * w + width * (j + 0.5)), from_y = (int) floor (y * h + height * (i + 0.5));

      if (from_x >= 0 && from_x < w && from_y >= 0 && from_y < h)
        mask[(gsize) i * (gsize) w + (gsize) j] = region->mask[(gsize) from_y * (gsize) w + (gsize) from_x];
    }
  g_free (region->mask);
  region->mask = mask;
}

gboolean
limn_region_cut (LimnRegion *region, double x, double y, double width, double height)
{
  if (!cut_side (&region->x, &region->width, x, width) || !cut_side (&region->y, &region->height, y, height))
    return FALSE;
  if (region->mask != NULL)
    cut_mask (region, x, y, width, height);
  return TRUE;
}

void
limn_regions_share (const LimnRegion *const *regions, int n, double base, int h, int w, float *shares, double *means)
{
  const gsize all = (gsize) h * (gsize) w;
  g_autofree float *covers = g_new (float, all *(gsize) n + 1);
  double sums[1 + LIMN_MOST_REGIONS] = { 0 };

  for (int i = 0; i < n; i++)
    limn_region_cover (regions[i], h, w, covers + all * (gsize) i);
  for (gsize at = 0; at < all; at++) {
    double covered = 0, own[LIMN_MOST_REGIONS], sum, first;

    for (int i = 0; i < n; i++) {
      own[i] = (double) covers[all * (gsize) i + at];
      covered += own[i];
    }
    first = sum = 1 - (1 - base) * MIN (covered, 1);
    for (int i = 0; i < n; i++) {
      own[i] *= (1 - base) * regions[i]->weight;
      sum += own[i];
      shares[at * (gsize) n + (gsize) i] = own[i] > 0 ? (float) (own[i] / sum) : 0;
    }
    sums[0] += first / sum;
    for (int i = 0; i < n; i++)
      sums[1 + i] += own[i] / sum;
  }
  for (int i = 0; means != NULL && i <= n; i++)
    means[i] = sums[i] / (double) all;
}
