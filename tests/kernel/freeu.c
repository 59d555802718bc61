/* freeu.c - cases of FreeU's kernels, against its filter done by whole transforms in double.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <complex.h>
#include <math.h>

typedef struct {
  CaseHead head;
  int n, h, w, c;
  float scale;
  gboolean weighted; /* of the backbone */
  int before, after;
  TrialTolerance tolerance;
} Case;

/* Sides of one pixel, of two, whose frequencies -1 and 1 are one, odd and even ones; bands that are not full. */
static const Case skips[] = {
  { { "one-pixel", CASE_ALL }, 1, 1, 1, 8, 0.25f },
  { { "one-line" }, 1, 1, 7, 8, 0.5f },
  { { "one-column" }, 2, 6, 1, 8, 0.2f },
  { { "two-by-two" }, 1, 2, 2, 16, 0.2f },
  { { "odd", CASE_ALL }, 2, 5, 9, 37, 0.2f },
  { { "bands", CASE_ALL }, 2, 13, 21, 24, 0.9f },
  { { "level-1280" }, 1, 4, 6, 1280, 0.9f },
  { { "more" }, 1, 8, 16, 64, 1.75f },
  { { "packed", CASE_ALL }, 2, 9, 12, 64, 0.2f, .before = 8, .after = 16 },
};

/* Half of the values stay as they are: what the rest is rounded to counts where it is larger. */
static const Case backbones[] = {
  { { "one-pixel", CASE_ALL }, 1, 1, 1, 8, 1.3f },
  { { "one-pixel-weighted" }, 1, 1, 1, 8, 1.3f, TRUE },
  { { "odd-half", CASE_ALL }, 2, 5, 3, 37, 3.4f, TRUE },
  { { "bands", CASE_ALL }, 2, 13, 21, 64, 3.3f, TRUE },
  { { "bands-plain" }, 2, 13, 21, 64, 2.5f },
  { { "level-1280" }, 1, 7, 9, 1280, 3.3f, TRUE },
  { { "less" }, 1, 9, 9, 40, 0.5f, TRUE, .tolerance = { .square = 3e-7 } },
  { { "packed", CASE_ALL }, 2, 9, 8, 64, 2.7f, TRUE, .before = 16, .after = 8 },
};

static const Case bench_skips[] = { { { "64 x 64 x 1280" }, 2, 64, 64, 1280, 0.9f } };
static const Case bench_backbones[] = { { { "64 x 64 x 1280" }, 2, 64, 64, 1280, 1.3f, TRUE } };

/* Of n values that lie step apart. */
static void
transform (complex double *values, int n, int step, double sign)
{
  g_autofree complex double *out = g_new (complex double, n), *turns = g_new (complex double, n);

  for (int k = 0; k < n; k++)
    turns[k] = cexp (sign * 2 * G_PI * I * ((double) k / n));
  for (int k = 0; k < n; k++) {
    out[k] = 0;
    for (int i = 0; i < n; i++)
      out[k] += values[i * step] * turns[k * i % n];
  }
  for (int k = 0; k < n; k++)
    values[k * step] = out[k];
}

static void
transform_both (complex double *values, int h, int w, double sign)
{
  for (int y = 0; y < h; y++)
    transform (values + y * w, w, 1, sign);
  for (int x = 0; x < w; x++)
    transform (values + x, h, w, sign);
}

/* The frequency at k, -n / 2 .. (n - 1) / 2, is one of the shifted transform's two around its centre. */
static gboolean
is_low (int k, int n)
{
  int shifted = (k + n / 2) % n, centre = n / 2;

  return shifted >= MAX (centre - 1, 0) && shifted < centre + 1;
}

static void
filter (const Case *c, const float *x, double *out)
{
  g_autofree complex double *values = g_new (complex double, c->h * c->w);
  const int pixels = c->h * c->w;

  for (int i = 0; i < pixels; i++)
    values[i] = x[i * c->c];
  transform_both (values, c->h, c->w, -1);
  for (int i = 0; i < pixels; i++)
    if (is_low (i / c->w, c->h) && is_low (i % c->w, c->w))
      values[i] *= (double) c->scale;
  transform_both (values, c->h, c->w, 1);
  for (int i = 0; i < pixels; i++)
    out[i * c->c] = creal (values[i]) / pixels;
}

static LimnArray
input (Trial *trial, const Case *c, const float **x)
{
  return trial_input (trial, (TrialInput){ c->n, c->h, c->w, c->c, c->before, c->after, .mean = 0.5f }, x);
}

static void
run_skip (Trial *trial, gconstpointer test_case)
{
  const Case *c = test_case;
  const gsize item = (gsize) c->h * c->w * c->c;
  const float *x;

  trial_run (trial, limn_kernel_freeu_skip (trial->plan, input (trial, c, &x), c->scale));
  if (trial->bench)
    return;
  double *expected = trial_expected (trial);
  for (int i = 0; i < c->n; i++)
    for (int channel = 0; channel < c->c; channel++)
      filter (c, x + i * item + channel, expected + i * item + channel);
  trial_compare (trial, trial->store, expected, c->tolerance);
}

static void
strengthen (const Case *c, const float *x, double *out)
{
  const int pixels = c->h * c->w;
  g_autofree double *mean = g_new0 (double, pixels);
  double least = INFINITY, most = -INFINITY;

  for (int i = 0; i < pixels; i++) {
    for (int k = 0; k < c->c; k++)
      mean[i] += (double) x[i * c->c + k] / c->c;
    least = fmin (least, mean[i]);
    most = fmax (most, mean[i]);
  }
  for (int i = 0; i < pixels; i++) {
    double share = !c->weighted ? 1 : most > least ? (mean[i] - least) / (most - least) : 0;

    for (int k = 0; k < c->c; k++)
      out[i * c->c + k] = x[i * c->c + k] * (k < c->c / 2 ? 1 + ((double) c->scale - 1) * share : 1);
  }
}

static void
run_backbone (Trial *trial, gconstpointer test_case)
{
  const Case *c = test_case;
  const gsize item = (gsize) c->h * c->w * c->c;
  const float *x;

  trial_run (trial, limn_kernel_freeu_backbone (trial->plan, input (trial, c, &x), c->scale, c->weighted));
  if (trial->bench)
    return;
  double *expected = trial_expected (trial);
  for (int i = 0; i < c->n; i++)
    strengthen (c, x + i * item, expected + i * item);
  trial_compare (trial, trial->store, expected, c->tolerance);
}

const Suite freeu_skip_suite = {
  "freeu_skip", skips, bench_skips, sizeof (Case), G_N_ELEMENTS (skips), G_N_ELEMENTS (bench_skips), run_skip
};
const Suite freeu_backbone_suite = {
  "freeu_backbone", backbones, bench_backbones, sizeof (Case), G_N_ELEMENTS (backbones), G_N_ELEMENTS (bench_backbones),
  run_backbone
};
