/* kernel.h - the shaders as functions over a plan's arrays.
 *
 * Each checks its shapes (programmer errors assert), picks the variant, bands what is too large for one binding or one
 * submission, and returns the array it appended the dispatches for.  The arrays' store (fp16 or fp32) picks the shader;
 * arithmetic and accumulation are fp32 always.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "gpu/plan.h"
#include "kernel/weight.h"

G_BEGIN_DECLS

typedef enum {
  LIMN_ACTIVATION_NONE,
  LIMN_ACTIVATION_SILU,
  LIMN_ACTIVATION_GELU,
  LIMN_ACTIVATION_QUICK_GELU,
  LIMN_ACTIVATION_RELU,       /* after the residual, as He et al. 2016 have it */
  LIMN_ACTIVATION_LEAKY_RELU, /* a fifth of what is negative */
  LIMN_ACTIVATION_PRELU       /* convolutions: a share of what is negative, by column */
} LimnActivation;

/* Weights are arrays (limn_plan_weight ()): a matrix has a row an output channel; vectors (biases, norms) are fp32. */

typedef struct {
  LimnArray array;            /* [rows, taps, row_bytes / 2] fp16 where it is of a kind */
  const LimnWeightKind *kind; /* NULL: values in the store of the arrays it meets */
} LimnWeight;

/* What becomes of a product on its way to memory: out = residual + activation (product + bias + row_bias); with ReLU,
 * activation (residual + product + bias + row_bias).  With an outer residual: outer + outer_scale * that. */
typedef struct {
  LimnArray row_bias; /* or none: fp32 [steps, n, columns], added to every row of an item */
  LimnArray step;     /* begins with an int32: which of row_bias's steps; none: the first */
  LimnActivation activation;
  gboolean gated;     /* GEGLU (Shazeer 2020): columns 0.. times gelu of columns .. 2 * columns; not of convolutions */
  LimnArray residual; /* or none: [n, h * w, columns] of the result */
  LimnArray outer;    /* or none: the same; of convolutions */
  float outer_scale;
  gboolean out_f32; /* the result is fp32 whatever x is */
  LimnArray into;   /* or none: write here instead of a new array; may be channels of an array that x has others of */
} LimnFinish;

typedef struct {
  LimnArray x;       /* [n, h * w, k1] */
  LimnArray x2;      /* or none: [n, h * w, k2]; continues the channels of x */
  LimnWeight weight; /* [columns, k1 + k2]; gated: [2 * columns, k1 + k2] */
  LimnArray bias;    /* [columns] fp32, or none; gated: [2 * columns], needed */
  LimnArray low; /* or none: [n, h * w, r]; low . up^T is added to the product, before anything else is done to it */
  LimnArray up;  /* with low: as weight has rows, of r values each in the store of x */
  int columns;
  LimnFinish finish;
} LimnMatmulArgs;

/* [n, h * w, columns] */
LimnArray limn_kernel_matmul (LimnPlan *plan, const LimnMatmulArgs *args);

/* A picture that repeats: what lies beyond its left edge is what lies at its right, beyond its top what lies at its
 * bottom. */
typedef enum { LIMN_AROUND_X = 1, LIMN_AROUND_Y = 2 } LimnAround;

typedef struct {
  LimnArray x;       /* [n, h * w, k] */
  LimnWeight weight; /* [columns, 3 * 3, k], or by phases */
  LimnArray bias;    /* [columns] fp32, or none */
  LimnArray slopes;  /* [columns] fp32: with PReLU, which goes without an outer residual */
  int columns;
  int stride;       /* 1 or 2 */
  int up_h, up_w;   /* 0, or the size that x is stretched to first (nearest neighbour) */
  gboolean pad_end; /* pad only below and to the right, as the VAE's encoder does; else all around */
  int out_h;        /* 0: all; else only so many rows, of the part of a picture that x is then */
  int above;        /* with out_h: so many of its rows, stretched, lie above the first of the result */
  guint around;     /* LimnAround bits: instead of zeros; with out_h across only, and x has the rows of both ends */
  gboolean phases;  /* by phases: see limn_kernel_conv_by_phases () */
  LimnFinish finish;
} LimnConvArgs;

/* 3 x 3, [n, out_h * out_w, columns] */
LimnArray limn_kernel_conv (LimnPlan *plan, const LimnConvArgs *args);

/* By phases: under the nine taps over a picture of twice x's size lie four pixels of x, other ones for pixels of the
 * result in even or odd rows and columns.  Each of these phases is a 2 x 2 convolution of x with sums of weights
 * (limn_weight_sum_taps ()), and all together they are the same as before but for rounding, in 4/9 of the work.  The
 * weight is then [columns, LIMN_PHASE_TAPS, k], values in the store.  Whether the plan had better have that: args may
 * have no weight yet, and phases does not count. */
gboolean limn_kernel_conv_by_phases (LimnPlan *plan, const LimnConvArgs *args);

typedef struct {
  LimnArray x;
  LimnArray x2;          /* or none: continues the channels of x */
  LimnArray gamma, beta; /* [channels] fp32 */
  int groups;
  float epsilon;
  gboolean silu;
} LimnGroupNormArgs;

/* [n, h * w, channels of both] */
LimnArray limn_kernel_group_norm (LimnPlan *plan, const LimnGroupNormArgs *args);

/* The same in parts, over a picture that lies in bands of whole rows: [1, rows of the band, w, channels], of which all
 * but the last have a multiple of limn_kernel_group_norm_grain () of rows.  Its statistics are the whole picture's, to
 * the bit.  First what is applied to values: args->x and x2 do not count. */
LimnArray limn_kernel_group_norm_fold (LimnPlan *plan, const LimnGroupNormArgs *args, const LimnArray *bands, int n);
/* Then, of the band args->x, rows first .. first + rows, to row number to of out and on.  folded: LIMN_NO_ARRAY to copy
 * them as they are. */
void limn_kernel_group_norm_apply (LimnPlan *plan, const LimnGroupNormArgs *args, LimnArray folded, int first, int rows,
                                   LimnArray out, int to);
/* Even; w: pixels of a row. */
int limn_kernel_group_norm_grain (int w);

typedef struct {
  LimnArray x;
  LimnArray gamma, beta;
  float epsilon;
} LimnLayerNormArgs;

LimnArray limn_kernel_layer_norm (LimnPlan *plan, const LimnLayerNormArgs *args);

typedef struct {
  LimnArray positive, negative; /* [n, h * w, channels]: what attention to either prompt gives */
  float scale, tau, alpha;      /* how far from the negative's, the most that a row gets longer, the share taken */
} LimnNagArgs;

/* [n, h * w, channels] */
LimnArray limn_kernel_nag (LimnPlan *plan, const LimnNagArgs *args);

typedef struct {
  LimnArray x;      /* [n, h * w, channels] */
  LimnArray z;      /* the same, or of fewer items, which divide n: then each is added to several */
  LimnArray shares; /* or none: fp32, one of which z is multiplied by */
  int share;        /* which */
} LimnAddArgs;

/* [n, h * w, channels] */
LimnArray limn_kernel_add (LimnPlan *plan, const LimnAddArgs *args);

typedef struct {
  LimnArray x;    /* a weight of values: [rows, taps, k] */
  LimnArray down; /* fp32 [rank, taps, k] */
  LimnArray up;   /* fp32 [rows, rank] */
  LimnArray into; /* or none: write here instead of a new array; may lie where x does */
} LimnMergeArgs;

/* x + up . down, [rows, taps, k]: each value's sum in fp32, in the order of the rank, no product fused with it, rounded
 * once.  So it is what the CPU gives, to the bit. */
LimnArray limn_kernel_merge (LimnPlan *plan, const LimnMergeArgs *args);

typedef struct {
  LimnArray x, z; /* [n, h * w, channels] */
  LimnArray
      shares; /* fp32 [n, h * w, shares], or of fewer items, which divide n: of each row how much is taken of z ... */
  int share;  /* ... which of them; the rest of x */
} LimnMixArgs;

/* [n, h * w, channels] */
LimnArray limn_kernel_mix (LimnPlan *plan, const LimnMixArgs *args);

/* FreeU (Si et al. 2024, section 3.2), as its authors' program and ComfyUI have it: x's lowest frequencies times scale;
 * and the first half of its channels times scale, where weighted (the second version) by as much as the mean of all
 * channels is high among its pixels'.  [n, h * w, channels] */
LimnArray limn_kernel_freeu_skip (LimnPlan *plan, LimnArray x, float scale);
LimnArray limn_kernel_freeu_backbone (LimnPlan *plan, LimnArray x, float scale, gboolean weighted);

/* HALVE: to half, rounded up, each the mean of two by two, as far as they are there: PyTorch's avg_pool2d with
 * ceil_mode. */
typedef enum {
  LIMN_RESAMPLE_BICUBIC,
  LIMN_RESAMPLE_BILINEAR,
  LIMN_RESAMPLE_HALVE,
  LIMN_RESAMPLE_NEAREST,
} LimnResample;

typedef struct {
  LimnArray x; /* [n, x.h * x.w, channels] */
  int h, w;    /* of the result */
  LimnResample how;
} LimnResizeArgs;

/* Else as PyTorch's interpolate has it, without corners aligned and without antialiasing.  [n, h * w, channels] */
LimnArray limn_kernel_resize (LimnPlan *plan, const LimnResizeArgs *args);

typedef struct {
  LimnArray x;    /* [n, h * w, channels] */
  int side;       /* odd: of the square around each pixel of which the largest is taken, as far as it is there */
  LimnArray into; /* or none: write here instead of a new array; may be channels of an array that x has others of */
} LimnMaxPoolArgs;

/* PyTorch's max_pool2d with a stride of 1 and half of side around.  [n, h * w, channels] */
LimnArray limn_kernel_max_pool (LimnPlan *plan, const LimnMaxPoolArgs *args);

typedef struct {
  LimnArray q;    /* [n, queries, heads * head size] */
  LimnArray k, v; /* [n, keys, heads * head size] */
  int heads;      /* as limn_kernel_attends () has it */
  gboolean causal;
  /* Or none: fp32 [n, keys, 1], other than 0 where no query sees the key.  Never an item's first, nor with alone. */
  LimnArray hidden;
  int alone; /* of the last items: each of their queries sees its own key only, which makes v of them */
} LimnAttentionArgs;

/* Whether heads can share channels: each gets a multiple of 8, at most 512. */
gboolean limn_kernel_attends (int channels, int heads);
/* [n, queries, heads * head size] */
LimnArray limn_kernel_attention (LimnPlan *plan, const LimnAttentionArgs *args);

typedef struct {
  LimnArray q, k; /* [n, rows, heads * head size] */
  int heads;      /* as limn_kernel_attends () has it */
  LimnArray into; /* or none: write here instead of a new array */
} LimnAttentionSumsArgs;

/* How much each key is looked at: of the first items, as many as into has, of all where there is none, each head's
 * weights of all queries, summed.  fp32 [items, rows, heads] */
LimnArray limn_kernel_attention_sums (LimnPlan *plan, const LimnAttentionSumsArgs *args);

typedef enum {
  LIMN_CHOOSE_SOON, /* where nothing is kept, the first that is right, in the time of two small products */
  LIMN_CHOOSE_WELL, /* proved in full; the fastest, as far as a second's measuring tells: what it does not, the next */
  LIMN_CHOOSE_ANEW, /* whatever is kept, and however long it takes: all are proved in full, and measured */
} LimnChoosing;

/* Has gpu's plans take, class by class of shapes (shape.h), the fastest of the variants that it can run (variant.h) and
 * that are right: each is proved beside the plain one on a product, and what is taken, in every class of kernels; what
 * does not give the same is not used.  A software device takes the first that is right.  What was found is kept in the
 * user's cache for as long as the device, its driver and the kernels are the same; what was found before the tick said
 * stop is kept as well.  reports: NULL, or receives LimnKernelReport of each variant.  Blocking. */
gboolean limn_kernel_choose (LimnGpu *gpu, LimnChoosing how, GPtrArray *reports, const LimnTick *tick, GError **error);

#define LIMN_KERNEL_VARIANTS 24
#define LIMN_KERNEL_FIRST 11 /* of them SDXL needs before the first preview */

/* A small plan of a variant, 0 .. LIMN_KERNEL_VARIANTS - 1.  In one store they have together all the pipelines that
 * the families' text encoders, U-Nets, VAEs, tiny decoders, upscalers and detectors
 * need.  kind: NULL, or of the weights of its
 * products, for models that have such; the plan is empty where the variant has none. */
LimnPlan *limn_kernel_write_warm (const LimnGpuLimits *limits, LimnStore store, const LimnWeightKind *kind,
                                  int variant);
/* Blocking: has the device compile it. */
gboolean limn_kernel_warm (LimnGpu *gpu, LimnStore store, const LimnWeightKind *kind, int variant, GError **error);

G_END_DECLS
