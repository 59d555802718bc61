/* layers.c - linear, convolution and normalisation layers: weights found, kernels called.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/layers.h"

static const LimnLayerOptions no_options;

static LimnWeight
suffixed (LimnNet *net, LimnLayout layout, int rows, int k, float scale, const char *const *names, const char *suffix)
{
  g_autoptr (GPtrArray) full = g_ptr_array_new_with_free_func (g_free);

  for (; *names != NULL; names++)
    g_ptr_array_add (full, g_strconcat (*names, suffix, NULL));
  g_ptr_array_add (full, NULL);
  return limn_net_weight (net, layout, rows, k, scale, (const char *const *) full->pdata);
}

static LimnArray
vector (LimnNet *net, int rows, float scale, const char *const *names, const char *suffix)
{
  return suffixed (net, LIMN_LAYOUT_VECTOR, rows, 0, scale, names, suffix).array;
}

/* How many of names, from the first on, have weights of one kind. */
static guint
of_one_kind (LimnNet *net, const char *const *names)
{
  const LimnWeightKind *first = NULL;
  guint n = 0;

  for (; names[n] != NULL; n++) {
    g_autofree char *weight = g_strconcat (names[n], ".weight", NULL);
    const LimnWeightKind *kind = limn_net_kept_kind (net, weight);

    if (n > 0 && kind != first)
      break;
    first = kind;
  }
  return n;
}

static int
rank_beside (LimnNet *net, const char *name)
{
  g_autofree char *weight = g_strconcat (name, ".weight", NULL);

  return limn_net_rank_beside (net, weight);
}

static LimnArray
one_product (LimnNet *net, const char *const *names, LimnArray x, int columns, const LimnLayerOptions *o, LimnArray low,
             LimnArray into)
{
  int all = columns * (int) g_strv_length ((char **) names), rows = o->finish.gated ? 2 * all : all;
  LimnLayout layout = o->point ? LIMN_LAYOUT_POINT : LIMN_LAYOUT_MATRIX;

  LimnMatmulArgs args = {
    .x = x,
    .x2 = o->x2,
    .weight = suffixed (net, layout, rows, x.c + o->x2.c, o->weight_scale, names, ".weight"),
    .bias = o->no_bias ? LIMN_NO_ARRAY : vector (net, rows, o->bias_scale, names, ".bias"),
    .low = low,
    .columns = all,
    .finish = o->finish,
  };
  if (low.id != 0)
    args.up = suffixed (net, LIMN_LAYOUT_MATRIX, rows, low.c, o->weight_scale, names, ".weight" LIMN_BESIDE_UP).array;
  args.finish.into = into;
  return limn_kernel_matmul (limn_net_plan (net), &args);
}

/* What x comes to in the few channels that lie beside names, those of one after those of the other; none where nothing
 * does. */
static LimnArray
low_product (LimnNet *net, const char *const *names, LimnArray x, const LimnLayerOptions *o)
{
  g_autoptr (GPtrArray) beside = g_ptr_array_new ();
  int columns = 0;

  for (; *names != NULL; names++) {
    int rank = rank_beside (net, *names);

    if (rank > 0)
      g_ptr_array_add (beside, (gpointer) *names);
    columns += rank;
  }
  g_ptr_array_add (beside, NULL);
  if (columns == 0)
    return LIMN_NO_ARRAY;
  return limn_kernel_matmul (
      limn_net_plan (net),
      &(LimnMatmulArgs){ .x = x,
                         .x2 = o->x2,
                         .weight = suffixed (net, LIMN_LAYOUT_MATRIX, columns, x.c + o->x2.c, 0,
                                             (const char *const *) beside->pdata, ".weight" LIMN_BESIDE_DOWN),
                         .columns = columns });
}

/* How many of names, from the first on, are one product: the weights of one kind, or one that has something beside. */
static guint
at_once (LimnNet *net, const char *const *names, LimnArray low)
{
  guint n = of_one_kind (net, names);

  for (guint i = 0; low.id != 0 && i < n; i++)
    if (rank_beside (net, names[i]) > 0)
      return MAX (i, 1);
  return n;
}

LimnArray
limn_linears (LimnNet *net, const char *const *names, LimnArray x, int columns, const LimnLayerOptions *options)
{
  const LimnLayerOptions *o = options != NULL ? options : &no_options;
  guint n = g_strv_length ((char **) names);
  LimnArray out = o->finish.into, low = low_product (net, names, x, o);
  int low_first = 0;

  if (at_once (net, names, low) == n || columns % 8 != 0)
    return one_product (net, names, x, columns, o, low, out);
  g_assert (!o->finish.gated && o->finish.residual.id == 0 && o->finish.row_bias.id == 0);
  if (out.id == 0)
    out = limn_plan_array (limn_net_plan (net), o->finish.out_f32 ? LIMN_STORE_F32 : x.store, x.n, x.h, x.w,
                           columns * (int) n);
  for (guint first = 0, count; first < n; first += count) {
    g_autofree const char **part = NULL;

    count = at_once (net, names + first, low);
    part = g_new0 (const char *, count + 1);
    for (guint i = 0; i < count; i++)
      part[i] = names[first + i];
    int rank = count == 1 ? rank_beside (net, part[0]) : 0;
    one_product (net, part, x, columns, o, rank > 0 ? limn_array_channels (low, low_first, rank) : LIMN_NO_ARRAY,
                 limn_array_channels (out, (int) first * columns, (int) count * columns));
    low_first += rank;
  }
  return out;
}

LimnArray
limn_linear (LimnNet *net, const char *name, LimnArray x, int columns, const LimnLayerOptions *options)
{
  return limn_linears (net, (const char *const[]){ name, NULL }, x, columns, options);
}

LimnArray
limn_conv (LimnNet *net, const char *name, LimnArray x, int columns, const LimnLayerOptions *options)
{
  const LimnLayerOptions *o = options != NULL ? options : &no_options;
  const char *const names[] = { name, NULL };
  LimnConvArgs args = {
    .x = x,
    .columns = columns,
    .stride = o->stride != 0 ? o->stride : 1,
    .up_h = o->twice ? 2 * x.h : o->up_h,
    .up_w = o->twice ? 2 * x.w : o->up_w,
    .pad_end = o->pad_end,
    .out_h = o->out_h,
    .above = o->above,
    .around = limn_net_around (net),
    .finish = o->finish,
  };

  args.phases = o->twice && limn_kernel_conv_by_phases (limn_net_plan (net), &args);
  args.weight = suffixed (net, args.phases ? LIMN_LAYOUT_PHASES : LIMN_LAYOUT_CONV, columns, x.c, o->weight_scale,
                          names, ".weight");
  if (!o->no_bias)
    args.bias = vector (net, columns, o->bias_scale, names, ".bias");
  if (o->slopes != NULL)
    args.slopes = vector (net, columns, 0, (const char *const[]){ o->slopes, NULL }, ".weight");
  return limn_kernel_conv (limn_net_plan (net), &args);
}

LimnGroupNormArgs
limn_group_norm_args (LimnNet *net, const char *name, int channels, int groups, float epsilon, gboolean silu)
{
  const char *const names[] = { name, NULL };

  return (LimnGroupNormArgs){
    .gamma = vector (net, channels, 0, names, ".weight"),
    .beta = vector (net, channels, 0, names, ".bias"),
    .groups = groups,
    .epsilon = epsilon,
    .silu = silu,
  };
}

LimnArray
limn_group_norm (LimnNet *net, const char *name, LimnArray x, LimnArray x2, int groups, float epsilon, gboolean silu)
{
  LimnGroupNormArgs args = limn_group_norm_args (net, name, x.c + x2.c, groups, epsilon, silu);

  args.x = x;
  args.x2 = x2;
  return limn_kernel_group_norm (limn_net_plan (net), &args);
}

LimnArray
limn_layer_norm (LimnNet *net, const char *name, LimnArray x, float epsilon)
{
  const char *const names[] = { name, NULL };
  LimnLayerNormArgs args = {
    .x = x,
    .gamma = vector (net, x.c, 0, names, ".weight"),
    .beta = vector (net, x.c, 0, names, ".bias"),
    .epsilon = epsilon,
  };

  return limn_kernel_layer_norm (limn_net_plan (net), &args);
}
