/* written.h - the networks as plans that are written but on no device: what runs is what is measured and listed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/bands.h"
#include "model/hoist.h"
#include "model/ip-adapter.h"
#include "model/net.h"
#include "model/unet.h"
#include "model/vae.h"

G_BEGIN_DECLS

/* The matrix of a ControlNet Union's kinds, which its file has as "task_embedding", a row a kind. */
#define LIMN_UNION_KINDS "task_embedding"

/* What a ControlNet Union is told of its picture's kind. */
typedef struct {
  LimnArray types; /* [steps * n, kinds * sinusoid channels]: of 1 for its kind, of 0 for the others */
  LimnArray kind;  /* [1, kinds]: 1 for its kind, 0 for the others */
  LimnArray blind; /* [1, channels] of zeros, and in fp32 */
  LimnArray none;
  LimnArray told; /* fp32: 1, or 0 where the kind is not told */
} LimnUnionPlan;

struct _LimnUnetPlans {
  LimnPlan *step;                 /* once a step */
  LimnPlan *prepare;              /* once a prompt */
  LimnArray sample, out, at;      /* of step; at begins with an int32, which step */
  LimnArray context, time, added; /* of prepare */
  LimnArray guidance;             /* of prepare, where the U-Net is told it */
  LimnArray looked;               /* of step, where it is watched: fp32 [watched, h, w, heads] of the middle */
  LimnArray against;              /* of prepare, where the shape has normalised attention guidance */
  LimnArray regions[LIMN_MOST_REGIONS], regions_against[LIMN_MOST_REGIONS]; /* context and against of those */
  LimnArray grids[LIMN_MOST_GRIDS]; /* [n_grids], of step: see limn_net_shares () */
  int n_grids;
  LimnArray shares;                         /* of step, where it has ControlNets: fp32 [places, LIMN_MOST_CONTROLS],
                                             * what is taken of each; by LimnIpPlace, of others the first */
  LimnArray pictures[LIMN_MOST_CONTROLS];   /* of prepare: what those that are asked are told ... */
  LimnUnionPlan unions[LIMN_MOST_CONTROLS]; /* ... and of which kind that is ... */
  LimnArray queries[LIMN_MOST_CONTROLS];    /* ... or what a resampler begins with */
};

/* Forgets what the net has hoisted before. */
void limn_unet_write (LimnNet *net, const LimnUnetConfig *config, const LimnNetworkShape *shape, LimnUnetPlans *plans);
void limn_unet_plans_clear (LimnUnetPlans *plans);
/* What is read by layers that are hoisted, but for the time. */
LimnHoistInputs limn_unet_inputs (const LimnNetworkShape *shape, const LimnUnetPlans *plans);
/* ControlNet number index into the step's plan: adds to skips and to middle, which it returns; then into that of the
 * beginning, which has all but the picture. */
LimnArray limn_control_write (LimnNet *net, const LimnUnetConfig *config, int index, const LimnNetworkShape *shape,
                              const LimnUnetPlans *plans, LimnArray *skips, LimnArray middle);
void limn_control_prepare (LimnNet *net, const LimnUnetConfig *config, int index, const LimnNetworkShape *shape,
                           LimnUnetPlans *plans);
/* The same of a T2I-Adapter, whose place is one in the way down, by the number of the skip that has it, too, or ... */
#define LIMN_ADAPTER_MIDDLE (-1) /* ... behind the middle */
LimnArray limn_adapter_add (LimnNet *net, const LimnUnetConfig *config, int index, const LimnNetworkShape *shape,
                            const LimnUnetPlans *plans, int place, LimnArray x);
void limn_adapter_prepare (LimnNet *net, const LimnUnetConfig *config, int index, const LimnNetworkShape *shape,
                           LimnUnetPlans *plans);
/* All of it in the plan begun, in its scope.  picture: [1, h * w, limn_adapter_columns ()], see limn_adapter_sort ();
 * into: of each level, or NULL for arrays of the plan. */
void limn_adapter_write (LimnNet *net, const LimnAdapterConfig *own, const int *channels, LimnArray picture,
                         const LimnArray *into);
int limn_adapter_columns (const LimnAdapterConfig *own);
/* Of one that is beside a U-Net of that shape, a picture [3, 8 height, 8 width] as its first layer reads it: [columns,
 * places down, places across], whose last the picture's edge goes on to fill.  (transfer full) */
float *limn_adapter_sort (const LimnAdapterConfig *own, const LimnNetworkShape *shape, const float *picture);
/* Of a ControlNet Union, in the plan begun and its scope: fp32 [1, channels], what is added to all of picture ... */
LimnArray limn_union_fuse (LimnNet *net, const LimnControlConfig *own, LimnArray picture, LimnUnionPlan *plan);
/* ... and fp32 [rows, 4 * channels], what is added to the time's embedding. */
LimnArray limn_union_embed (LimnNet *net, const LimnControlConfig *own, int rows, int channels, LimnUnionPlan *plan);
/* Whether limn_union_fuse () can be of so many channels. */
gboolean limn_union_fuses (int channels);

typedef struct {
  LimnPlan *plan;
  LimnArray in;
  LimnBands out;
} LimnVaePlan;

/* Where shape has less room than whole pictures take, in bands: as large as go into it. */
void limn_vae_write (LimnNet *net, const LimnVaeConfig *config, LimnVaeDirection direction,
                     const LimnNetworkShape *shape, LimnVaePlan *written);

#define LIMN_CLIP_TOKENS 77

typedef struct {
  LimnPlan *plan;
  LimnArray input;  /* [batch, 77, width] */
  LimnArray unseen; /* [batch, 77, 1] fp32: 1 for tokens that none sees */
  LimnArray hidden; /* [batch, 77, width]: the state that the U-Net is told */
  LimnArray pooled; /* [batch, 77, projection] fp32: of every token; none without a projection */
} LimnClipPlan;

/* One layer of the transformer, in its scope.  unseen: none, or as LimnClipPlan has it. */
LimnArray limn_clip_layer (LimnNet *net, const LimnClipConfig *config, gboolean causal, LimnArray unseen, LimnArray x);
void limn_clip_write (LimnNet *net, const LimnClipConfig *config, int batch, LimnClipPlan *written);

G_END_DECLS
