/* bands.c - see bands.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/bands.h"

LimnBands
limn_bands_of (LimnArray whole)
{
  return (LimnBands){ whole.h, whole.w, whole.c, whole.h, 1, { whole } };
}

int
limn_bands_rows (LimnStore store, guint64 bytes, int h, int w, int c)
{
  int grain = limn_kernel_group_norm_grain (w), least = (h + LIMN_MOST_BANDS - 1) / LIMN_MOST_BANDS;
  guint64 row = (guint64) w * ((c + 7) / 8 * 8) * (store == LIMN_STORE_F16 ? 2 : 4);
  int rows = (int) MIN (bytes / row, (guint64) h) / grain * grain;

  return MIN (MAX (rows, (least + grain - 1) / grain * grain), h);
}

/* What is applied to x's values, or nothing. */
typedef struct {
  LimnGroupNormArgs args;
  LimnArray folded;
} Norm;

/* Rows from .. to of the picture, normalised or not, to row number at of out and on. */
static void
gather (LimnNet *net, const LimnBands *x, const Norm *norm, int from, int to, LimnArray out, int at)
{
  LimnGroupNormArgs args = norm->args;

  for (int i = from / x->rows; i < x->n && i * x->rows < to; i++) {
    int first = i * x->rows, begin = MAX (from, first), end = MIN (to, first + x->bands[i].h);

    args.x = x->bands[i];
    limn_kernel_group_norm_apply (limn_net_plan (net), &args, norm->folded, begin - first, end - begin, out,
                                  at + begin - from);
  }
}

/* The same of a picture that repeats, from and to beyond its ends. */
static void
gather_around (LimnNet *net, const LimnBands *x, const Norm *norm, int from, int to, LimnArray out)
{
  if (from < 0)
    gather (net, x, norm, x->h + from, x->h, out, 0);
  gather (net, x, norm, MAX (from, 0), MIN (to, x->h), out, MAX (-from, 0));
  if (to > x->h)
    gather (net, x, norm, 0, to - x->h, out, x->h - from);
}

LimnArray
limn_bands_whole (LimnNet *net, const LimnBands *x)
{
  const Norm none = { 0 };

  if (x->n == 1)
    return x->bands[0];
  LimnArray whole = limn_plan_array (limn_net_plan (net), x->bands[0].store, 1, x->h, x->w, x->c);
  gather (net, x, &none, 0, x->h, whole, 0);
  return whole;
}

static Norm
fold (LimnNet *net, const LimnBands *x, const LimnBandsConv *how)
{
  Norm norm = { 0 };

  if (how->norm == NULL)
    return norm;
  norm.args = limn_group_norm_args (net, how->norm, x->c, how->groups, how->epsilon, TRUE);
  norm.folded = limn_kernel_group_norm_fold (limn_net_plan (net), &norm.args, x->bands, x->n);
  return norm;
}

static LimnBands
conv_whole (LimnNet *net, const char *name, const LimnBands *x, int columns, const LimnBandsConv *how)
{
  LimnLayerOptions options = how->options;
  LimnArray in = x->bands[0];

  if (how->norm != NULL)
    in = limn_group_norm (net, how->norm, in, LIMN_NO_ARRAY, how->groups, how->epsilon, TRUE);
  if (how->residual != NULL)
    options.finish.residual = how->residual->bands[0];
  if (how->into != NULL)
    options.finish.into = how->into->bands[0];
  return limn_bands_of (limn_conv (net, name, in, columns, &options));
}

LimnBands
limn_bands_conv (LimnNet *net, const char *name, const LimnBands *x, int columns, const LimnBandsConv *how)
{
  const LimnLayerOptions *o = &how->options;
  int up = o->twice ? 2 : 1, stride = o->stride > 0 ? o->stride : 1;
  LimnBands out = { x->h * up / stride, x->w * up / stride, columns, how->rows > 0 ? how->rows : x->rows };

  if (x->n == 1 && out.rows >= out.h && how->beside == NULL)
    return conv_whole (net, name, x, columns, how);
  const Norm norm = fold (net, x, how);
  for (int y = 0; y < out.h; y += out.rows, out.n++) {
    int rows = MIN (out.rows, out.h - y);
    int from = y * stride / up - !o->pad_end, to = (y + rows) * stride / up + 1;

    if ((limn_net_around (net) & LIMN_AROUND_Y) == 0) {
      from = MAX (from, 0);
      to = MIN (to, x->h);
    }
    LimnLayerOptions options = *o;
    LimnArray window = limn_plan_array (limn_net_plan (net), x->bands[0].store, 1, to - from, x->w, x->c);

    g_assert (out.n < LIMN_MOST_BANDS);
    gather_around (net, x, &norm, from, to, window);
    options.out_h = rows;
    options.above = y * stride - from * up;
    if (how->residual != NULL)
      options.finish.residual = how->residual->bands[out.n];
    if (how->into != NULL)
      options.finish.into = how->into->bands[out.n];
    out.bands[out.n] = limn_conv (net, name, window, columns, &options);
    if (how->beside == NULL)
      continue;
    how->beside_result->bands[out.n] =
        limn_linear (net, how->beside, x->bands[out.n], columns,
                     &(LimnLayerOptions){ .point = TRUE, .bias_scale = how->beside_bias_scale });
  }
  return out;
}
