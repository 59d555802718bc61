/* conv.c - a 3 x 3 convolution of a stretched picture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "ref/ref.h"

static double
pixel (const RefConv *conv, const float *x, const float *weight, int item, int out_y, int out_x)
{
  double sum = 0;

  for (int tap = 0; tap < 9; tap++) {
    int up_y = out_y * conv->stride - conv->pad + tap / 3, up_x = out_x * conv->stride - conv->pad + tap % 3;

    if ((conv->around & 1) != 0)
      up_x = (up_x + conv->up_w) % conv->up_w;
    if ((conv->around & 2) != 0)
      up_y = (up_y + conv->up_h) % conv->up_h;
    if (up_y < 0 || up_y >= conv->up_h || up_x < 0 || up_x >= conv->up_w)
      continue;
    int y = up_y * conv->h / conv->up_h, x_ = up_x * conv->w / conv->up_w;
    const float *a = x + (((gsize) item * conv->h + y) * conv->w + x_) * conv->k, *w = weight + tap * conv->k;
    for (int i = 0; i < conv->k; i++)
      sum += (double) a[i] * w[i];
  }
  return sum;
}

void
ref_conv (const RefConv *conv, const float *x, const float *weight, const RefEpilogue *epilogue, double *out)
{
  int size = conv->out_h * conv->out_w;

  for (int row = 0; row < conv->items * size; row++) {
    for (int column = 0; column < epilogue->columns; column++)
      out[(gsize) row * epilogue->columns + column] = pixel (conv, x, weight + (gsize) column * 9 * conv->k, row / size,
                                                             row % size / conv->out_w, row % conv->out_w);
  }
  ref_epilogue (epilogue, out);
}
