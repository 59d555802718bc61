/* layers.h - linear, convolution and normalisation layers by the names of their weights.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/net.h"

G_BEGIN_DECLS

typedef struct {
  LimnArray x2; /* continues x's channels */
  LimnFinish finish;
  gboolean no_bias;
  gboolean point;                 /* of linear layers: its tensor is a 1 x 1 convolution's */
  float weight_scale, bias_scale; /* 0 means 1 */
  int stride;                     /* convolutions: 0 means 1 */
  gboolean twice;                 /* convolutions: stretch first to twice the size, whatever x's is: weights may be laid
                                   * out for that; */
  int up_h, up_w;                 /* or to any */
  gboolean pad_end;
  int out_h, above;   /* convolutions over a part of a picture */
  const char *slopes; /* convolutions, with PReLU: the name of its weight */
} LimnLayerOptions;

/* y = x W^T + b: also 1 x 1 convolutions.  [n, h * w, columns].  options: may be NULL. */
LimnArray limn_linear (LimnNet *net, const char *name, LimnArray x, int columns, const LimnLayerOptions *options);
/* Several linear layers over the same x side by side: columns each.  names: relative to the scope, NULL-terminated. */
LimnArray limn_linears (LimnNet *net, const char *const *names, LimnArray x, int columns,
                        const LimnLayerOptions *options);
/* 3 x 3. */
LimnArray limn_conv (LimnNet *net, const char *name, LimnArray x, int columns, const LimnLayerOptions *options);
/* With the weights of that name, for x of so many channels, which is not set. */
LimnGroupNormArgs limn_group_norm_args (LimnNet *net, const char *name, int channels, int groups, float epsilon,
                                        gboolean silu);
LimnArray limn_group_norm (LimnNet *net, const char *name, LimnArray x, LimnArray x2, int groups, float epsilon,
                           gboolean silu);
LimnArray limn_layer_norm (LimnNet *net, const char *name, LimnArray x, float epsilon);

G_END_DECLS
