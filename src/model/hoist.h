/* hoist.h - what does not change between steps, computed once for all of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/ip-adapter.h"
#include "model/net.h"
#include "model/network.h"

G_BEGIN_DECLS

/* AGAINST: the context that normalised attention guidance leads away from. */
typedef enum { LIMN_HOIST_CONTEXT, LIMN_HOIST_AGAINST, LIMN_HOIST_TIME, LIMN_HOIST_PICTURE } LimnHoistInput;

/* What hoisted layers read, where it is asked for.  contexts and against: of the picture, then of each region;
 * pictures: what each IP-Adapter makes of its. */
struct _LimnHoistInputs {
  LimnArray time, contexts[1 + LIMN_MOST_REGIONS], against[1 + LIMN_MOST_REGIONS];
  LimnArray pictures[LIMN_MOST_CONTROLS];
};

/* limn_linears (names) over an input that is the same for all steps: computed once, by the plan that
 * limn_net_hoisted () writes, into storage of the net.  CONTEXT, AGAINST: [n, tokens, columns of all names] in the
 * store.  TIME: fp32 [steps, n, columns], to be used as a row bias.  region: of the inputs that have several, which;
 * of PICTURE: which IP-Adapter's, of those that limn_net_set_pictures () has. */
LimnArray limn_net_hoist (LimnNet *net, LimnHoistInput input, int region, const char *const *names, int columns,
                          gboolean no_bias);
/* What hoisted layers get: the batch, tokens of context and its channels, steps and time channels. */
void limn_net_set_hoist_shape (LimnNet *net, int n, int tokens, int steps);
/* Writes those hoisted layers into the plan begun whose scope begins with under and which are not written yet.  Begins
 * again at no scope. */
void limn_net_hoisted (LimnNet *net, const char *under, const LimnHoistInputs *inputs);
/* What is made by another way: [n, h * w, c] in the store; then, in the plan begun and under the same scope, that to
 * write it into. */
LimnArray limn_net_hoist_array (LimnNet *net, int n, int h, int w, int c);
LimnArray limn_net_hoisted_array (LimnNet *net);
/* What cross-attention is guided by. */
void limn_net_set_nag (LimnNet *net, const LimnNag *nag);
const LimnNag *limn_net_nag (LimnNet *net);
/* How many contexts cross-attention reads beside the picture's, each where it counts; and how many IP-Adapters count in
 * a part of the picture alone. */
void limn_net_set_regions (LimnNet *net, int n, int masks);
int limn_net_regions (LimnNet *net);
/* Which pictures it reads by IP-Adapters. */
typedef struct {
  const LimnUnetConfig *config;
  guint64 asked, masked; /* bits, of its controls */
  LimnArray shares;      /* see LimnUnetPlans */
} LimnNetPictures;

/* config: borrowed while plans are written. */
void limn_net_set_pictures (LimnNet *net, const LimnNetPictures *pictures);
const LimnNetPictures *limn_net_pictures (LimnNet *net);
/* Of the plan begun, fp32 [1, h * w, regions + masks]: by how much each region takes the place of the picture's and
 * those before it, then by how much each of these IP-Adapters counts, at a size of h x w.  One array a size,
 * LIMN_MOST_GRIDS at most; grids: all so far, in order. */
LimnArray limn_net_shares (LimnNet *net, int h, int w);
int limn_net_grids (LimnNet *net, LimnArray *grids);
/* Forgets them, before the net is written anew for another shape; their plans are gone. */
void limn_net_clear_hoisted (LimnNet *net);
/* What their results ask of the device. */
guint64 limn_net_hoisted_bytes (LimnNet *net);

G_END_DECLS
