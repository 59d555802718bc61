/* matmul.c - a matrix product and what follows it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "ref/ref.h"

#include <math.h>

double
ref_activate (double x, LimnActivation activation)
{
  switch (activation) {
  case LIMN_ACTIVATION_SILU:
    return x / (1 + exp (-x));
  case LIMN_ACTIVATION_GELU:
    return 0.5 * x * (1 + erf (x / sqrt (2)));
  case LIMN_ACTIVATION_QUICK_GELU:
    return x / (1 + exp (-1.702 * x));
  case LIMN_ACTIVATION_RELU:
    return fmax (x, 0);
  case LIMN_ACTIVATION_LEAKY_RELU:
    return x < 0 ? 0.2 * x : x;
  case LIMN_ACTIVATION_PRELU: /* by column */
  case LIMN_ACTIVATION_NONE:
    break;
  }
  return x;
}

void
ref_epilogue (const RefEpilogue *epilogue, double *out)
{
  for (int row = 0; row < epilogue->items * epilogue->rows; row++) {
    for (int column = 0; column < epilogue->columns; column++) {
      gsize at = (gsize) row * epilogue->columns + column;
      double y = out[at];

      if (epilogue->bias != NULL)
        y += epilogue->bias[column];
      if (epilogue->row_bias != NULL)
        y += epilogue->row_bias[row / epilogue->rows * epilogue->columns + column];
      if (epilogue->activation != LIMN_ACTIVATION_RELU)
        y = ref_activate (y, epilogue->activation);
      if (epilogue->slopes != NULL && y < 0)
        y *= epilogue->slopes[column];
      if (epilogue->residual != NULL)
        y += epilogue->residual[at];
      if (epilogue->activation == LIMN_ACTIVATION_RELU)
        y = ref_activate (y, LIMN_ACTIVATION_RELU);
      out[at] = epilogue->outer != NULL ? epilogue->outer[at] + epilogue->outer_scale * y : y;
    }
  }
}

static double
dot (const float *a, const float *b, int n)
{
  double sum = 0;

  for (int i = 0; i < n; i++)
    sum += (double) a[i] * b[i];
  return sum;
}

void
ref_matmul (const float *x, int k1, const float *x2, int k2, const float *weight, gboolean gated,
            const RefEpilogue *epilogue, double *out)
{
  RefEpilogue rest = *epilogue;
  int columns = epilogue->columns, k = k1 + k2;

  for (int row = 0; row < epilogue->items * epilogue->rows; row++) {
    for (int column = 0; column < columns; column++) {
      const float *a = x + (gsize) row * k1, *b = x2 != NULL ? x2 + (gsize) row * k2 : NULL;
      const float *w = weight + (gsize) column * k, *gate = weight + (gsize) (columns + column) * k;
      double y = dot (a, w, k1) + dot (b, w + k1, k2);

      if (gated)
        y = (y + epilogue->bias[column])
            * ref_activate (dot (a, gate, k1) + dot (b, gate + k1, k2) + epilogue->bias[columns + column],
                            LIMN_ACTIVATION_GELU);
      out[(gsize) row * columns + column] = y;
    }
  }
  if (gated)
    rest.bias = NULL;
  ref_epilogue (&rest, out);
}
