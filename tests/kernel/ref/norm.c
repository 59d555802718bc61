/* norm.c - group and layer normalisation.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "ref/ref.h"

#include <math.h>

/* Over channels first .. first + count of rows rows. */
static void
moments (const float *x, int rows, int stride, int first, int count, double *mean, double *variance)
{
  double sum = 0, squares = 0, n = (double) rows * count;

  for (int row = 0; row < rows; row++) {
    for (int c = first; c < first + count; c++)
      sum += x[(gsize) row * stride + c];
  }
  *mean = sum / n;
  for (int row = 0; row < rows; row++) {
    for (int c = first; c < first + count; c++) {
      double d = x[(gsize) row * stride + c] - *mean;
      squares += d * d;
    }
  }
  *variance = squares / n;
}

void
ref_group_norm (const float *x, int items, int rows, int channels, int groups, const float *gamma, const float *beta,
                double epsilon, gboolean silu, double *out)
{
  int size = channels / groups;

  for (int g = 0; g < items * groups; g++) {
    gsize item = (gsize) (g / groups) * rows * channels;
    int first = g % groups * size;
    double mean, variance;

    moments (x + item, rows, channels, first, size, &mean, &variance);
    for (int row = 0; row < rows; row++) {
      for (int c = first; c < first + size; c++) {
        gsize at = item + (gsize) row * channels + c;
        double y = (x[at] - mean) / sqrt (variance + epsilon) * gamma[c] + beta[c];

        out[at] = silu ? ref_activate (y, LIMN_ACTIVATION_SILU) : y;
      }
    }
  }
}

void
ref_layer_norm (const float *x, int rows, int channels, const float *gamma, const float *beta, double epsilon,
                double *out)
{
  for (int row = 0; row < rows; row++) {
    double mean, variance;

    moments (x + (gsize) row * channels, 1, channels, 0, channels, &mean, &variance);
    for (int c = 0; c < channels; c++) {
      gsize at = (gsize) row * channels + c;
      out[at] = (x[at] - mean) / sqrt (variance + epsilon) * gamma[c] + beta[c];
    }
  }
}
