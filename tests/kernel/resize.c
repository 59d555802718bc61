/* resize.c - cases of the resize kernel.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <math.h>

typedef struct {
  CaseHead head;
  int n, h, w, c;
  int to_h, to_w;
  LimnResample how;
  int before, after;
  TrialTolerance tolerance;
} Case;

static const Case cases[] = {
  { { "one-pixel", CASE_ALL }, 1, 1, 1, 8, 1, 1 },
  { { "one-to-many" }, 1, 1, 1, 8, 3, 5 },
  { { "half", CASE_ALL }, 2, 16, 12, 40, 8, 6 },
  { { "half-odd", CASE_ALL }, 2, 13, 7, 37, 6, 4 },
  { { "twice" }, 1, 6, 5, 64, 12, 10 },
  { { "back-odd", CASE_ALL }, 2, 6, 4, 37, 13, 7 },
  { { "any" }, 1, 17, 19, 24, 11, 31 },
  { { "same" }, 2, 9, 12, 24, 9, 12 },
  { { "linear", CASE_ALL }, 2, 13, 7, 37, 6, 4, LIMN_RESAMPLE_BILINEAR },
  { { "linear-back" }, 1, 6, 4, 64, 13, 7, LIMN_RESAMPLE_BILINEAR },
  { { "halve", CASE_ALL }, 2, 16, 12, 40, 8, 6, LIMN_RESAMPLE_HALVE },
  { { "halve-odd", CASE_ALL }, 2, 13, 7, 37, 7, 4, LIMN_RESAMPLE_HALVE },
  { { "halve-one", CASE_ALL }, 1, 1, 5, 8, 1, 3, LIMN_RESAMPLE_HALVE },
  { { "nearest-twice", CASE_ALL }, 2, 5, 7, 40, 10, 14, LIMN_RESAMPLE_NEAREST },
  { { "nearest-odd" }, 1, 13, 7, 24, 6, 11, LIMN_RESAMPLE_NEAREST },
  { { "packed", CASE_ALL }, 2, 9, 12, 64, 5, 6, .before = 8, .after = 16 },
};

static const Case bench[] = { { { "64 x 64 x 320 by half" }, 2, 64, 64, 320, 32, 32 } };

/* Keys' kernel. */
static double
cubic (double t)
{
  const double a = -0.75;

  t = fabs (t);
  if (t <= 1)
    return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
}

static double
weight (LimnResample how, double t)
{
  return how == LIMN_RESAMPLE_BICUBIC ? cubic (t) : fmax (0, 1 - fabs (t));
}

/* Of what there is of two by two. */
static double
mean (const Case *c, const float *x, int row, int column)
{
  double sum = 0;
  int n = 0;

  for (int i = 2 * row; i < MIN (2 * row + 2, c->h); i++)
    for (int j = 2 * column; j < MIN (2 * column + 2, c->w); j++, n++)
      sum += x[(i * c->w + j) * c->c];
  return sum / n;
}

static double
nearest (const Case *c, const float *x, int row, int column)
{
  return x[(row * c->h / c->to_h * c->w + column * c->w / c->to_w) * c->c];
}

static double
sample (const Case *c, const float *x, int row, int column)
{
  double y = (row + 0.5) * c->h / c->to_h - 0.5, at = (column + 0.5) * c->w / c->to_w - 0.5, sum = 0;

  for (int i = (int) floor (y) - 2; i <= floor (y) + 3; i++)
    for (int j = (int) floor (at) - 2; j <= floor (at) + 3; j++)
      sum += weight (c->how, y - i) * weight (c->how, at - j)
             * x[(CLAMP (i, 0, c->h - 1) * c->w + CLAMP (j, 0, c->w - 1)) * c->c];
  return sum;
}

static void
run (Trial *trial, gconstpointer test_case)
{
  static double (*const values[]) (const Case *, const float *, int, int) = { sample, sample, mean, nearest };
  const Case *c = test_case;
  const gsize item = (gsize) c->h * c->w * c->c;
  const float *x;
  LimnResizeArgs args = {
    .x = trial_input (trial, (TrialInput){ c->n, c->h, c->w, c->c, c->before, c->after }, &x),
    .h = c->to_h,
    .w = c->to_w,
    .how = c->how,
  };

  trial_run (trial, limn_kernel_resize (trial->plan, &args));
  if (trial->bench)
    return;
  double *expected = trial_expected (trial), *at = expected;
  for (int i = 0; i < c->n; i++)
    for (int pixel = 0; pixel < c->to_h * c->to_w; pixel++)
      for (int k = 0; k < c->c; k++)
        *at++ = values[c->how](c, x + i * item + k, pixel / c->to_w, pixel % c->to_w);
  trial_compare (trial, trial->store, expected, c->tolerance);
}

const Suite resize_suite = { "resize", cases, bench, sizeof (Case), G_N_ELEMENTS (cases), G_N_ELEMENTS (bench), run };
