/* detections.c - see detections.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/detections.h"

#include <math.h>

#define SIDE 640           /* that networks were trained for */
#define GRAIN 32           /* pixels of a cell of the coarsest level */
#define GREY (114 / 255.f) /* what is around pictures in training */

/* ---- Before ---- */

/* As Python rounds: of two as near the even one. */
static int
nearest (double value)
{
  return (int) nearbyint (value);
}

/* What lies before length in all, and how much that is with what lies behind. */
static int
surround (int length, int *before)
{
  int all = (length + GRAIN - 1) / GRAIN * GRAIN;

  *before = nearest ((all - length) / 2.0 - 0.1);
  return all;
}

void
limn_letterbox_fit (LimnLetterbox *box, int width, int height)
{
  double scale = MIN (SIDE / (double) width, SIDE / (double) height);

  *box = (LimnLetterbox){
    .across = MAX (nearest (width * scale), 1),
    .down = MAX (nearest (height * scale), 1),
    .from_width = width,
    .from_height = height,
  };
  box->width = surround (box->across, &box->left);
  box->height = surround (box->down, &box->top);
}

/* Of the i'th of n pixels, the two of m between which its middle lies, and how far it is from the first. */
static float
between (int i, int n, int m, int *first, int *second)
{
  double at = (i + 0.5) * m / n - 0.5, whole = floor (at);

  *first = CLAMP ((int) whole, 0, m - 1);
  *second = CLAMP ((int) whole + 1, 0, m - 1);
  return (float) (at - whole);
}

float *
limn_letterbox_pixels (const LimnLetterbox *box, const LimnImage *image)
{
  gsize n = (gsize) 3 * box->width * box->height;
  float *pixels = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    pixels[i] = GREY;
  for (int y = 0; y < box->down; y++) {
    int above, below;
    float down = between (y, box->down, image->height, &above, &below);

    for (int x = 0; x < box->across; x++) {
      int left, right;
      float across = between (x, box->across, image->width, &left, &right);
      float *to = pixels + 3 * ((gsize) (box->top + y) * box->width + box->left + x);

      for (int c = 0; c < 3; c++) {
        const guint8 *first = image->rgb + 3 * (gsize) above * image->width + c;
        const guint8 *second = image->rgb + 3 * (gsize) below * image->width + c;
        float upper = (1 - across) * first[3 * left] + across * first[3 * right];
        float lower = (1 - across) * second[3 * left] + across * second[3 * right];

        to[c] = ((1 - down) * upper + down * lower) / 255;
      }
    }
  }
  return pixels;
}

static float
undo (float at, int before, int length, int from)
{
  return CLAMP ((at - before) * from / length, 0, from);
}

void
limn_letterbox_undo (const LimnLetterbox *box, LimnDetection *found)
{
  found->left = undo (found->left, box->left, box->across, box->from_width);
  found->right = undo (found->right, box->left, box->across, box->from_width);
  found->top = undo (found->top, box->top, box->down, box->from_height);
  found->bottom = undo (found->bottom, box->top, box->down, box->from_height);
}

/* ---- After ---- */

/* The mean of 0 .. n - 1 by the softmax of logits. */
static double
mean_bin (const float *logits, int n)
{
  double most = logits[0], sum = 0, mean = 0;

  for (int i = 1; i < n; i++)
    most = MAX (most, logits[i]);
  for (int i = 0; i < n; i++) {
    double share = exp (logits[i] - most);

    sum += share;
    mean += i * share;
  }
  return mean / sum;
}

LimnDetection
limn_detection_read (const float *sides, int bins, const float *classes, int n_classes, int x, int y, int stride)
{
  int kind = 0;

  for (int i = 1; i < n_classes; i++)
    if (classes[i] > classes[kind])
      kind = i;
  return (LimnDetection){
    .left = (float) ((x + 0.5 - mean_bin (sides, bins)) * stride),
    .top = (float) ((y + 0.5 - mean_bin (sides + bins, bins)) * stride),
    .right = (float) ((x + 0.5 + mean_bin (sides + 2 * bins, bins)) * stride),
    .bottom = (float) ((y + 0.5 + mean_bin (sides + 3 * bins, bins)) * stride),
    .confidence = (float) (1 / (1 + exp (-classes[kind]))),
    .kind = kind,
  };
}

static double
area (double left, double top, double right, double bottom)
{
  return MAX (right - left, 0) * MAX (bottom - top, 0);
}

double
limn_detection_overlap (const LimnDetection *a, const LimnDetection *b)
{
  double both =
      area (MAX (a->left, b->left), MAX (a->top, b->top), MIN (a->right, b->right), MIN (a->bottom, b->bottom));
  double all = area (a->left, a->top, a->right, a->bottom) + area (b->left, b->top, b->right, b->bottom) - both;

  return all > 0 ? both / all : 0;
}

/* [from, to) of size as shares, of ten-thousandths, at least one. */
static void
share (float from, float to, int size, int *start, int *length)
{
  *start = CLAMP ((int) lround (from * 10000.0 / size), 0, 9999);
  *length = CLAMP ((int) lround (to * 10000.0 / size), *start + 1, 10000) - *start;
}

/* value ten-thousandths, without zeros at their end. */
static void
append_share (GString *text, int value)
{
  gsize whole = text->len;

  g_string_append_printf (text, "%d.%04d", value / 10000, value % 10000);
  while (text->str[text->len - 1] == '0' && text->len > whole + 1)
    g_string_truncate (text, text->len - 1);
  if (text->str[text->len - 1] == '.')
    g_string_truncate (text, text->len - 1);
}

char *
limn_detection_to_text (const LimnDetection *box, int width, int height)
{
  int left, top, across, down;

  share (box->left, box->right, width, &left, &across);
  share (box->top, box->bottom, height, &top, &down);
  const int shares[] = { left, top, across, down };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (shares); i++) {
    if (i > 0)
      g_string_append_c (text, ',');
    append_share (text, shares[i]);
  }
  return g_string_free (text, FALSE);
}

/* Those as confident as each other stay in the order in which they were found: g_array_sort () is stable. */
static int
by_confidence (gconstpointer a, gconstpointer b)
{
  const LimnDetection *first = a, *second = b;

  return (first->confidence < second->confidence) - (first->confidence > second->confidence);
}

/* Whether one of the first n covers box. */
static gboolean
is_covered (GArray *found, guint n, const LimnDetection *box, double overlap)
{
  for (guint i = 0; i < n; i++) {
    const LimnDetection *other = &g_array_index (found, LimnDetection, i);

    if (other->kind == box->kind && limn_detection_overlap (other, box) > overlap)
      return TRUE;
  }
  return FALSE;
}

void
limn_detections_choose (GArray *found, const LimnDetectionRule *rule)
{
  guint most = rule->most > 0 ? (guint) rule->most : found->len, kept = 0;

  g_array_sort (found, by_confidence);
  for (guint i = 0; i < found->len && kept < most; i++) {
    LimnDetection box = g_array_index (found, LimnDetection, i);

    if (box.confidence > rule->confidence && !is_covered (found, kept, &box, rule->overlap))
      g_array_index (found, LimnDetection, kept++) = box;
  }
  g_array_set_size (found, kept);
}
