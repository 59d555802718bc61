/* warm.c - a small dispatch of each variant that painting needs, so that the device compiles it before.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel.h"
#include "kernel/variant.h"

#define CHANNELS 64
#define SIDE 4

/* What a variant differs in; each kernel heeds what it has. */
typedef struct {
  int channels; /* of a head; 0: CHANNELS */
  gboolean second;
  int up; /* the side that a picture of SIDE is stretched to */
  LimnFinish finish;
} Options;

typedef struct {
  LimnPlan *plan;
  LimnArray x, vector, shares;
  LimnArray tokens; /* or none: x of the other class of products (shape.h), where that is run otherwise */
  gboolean wide;    /* convolutions to many channels are run otherwise than to few */
  LimnWeight weight;
  const Options *options;
} Warm;

static void
matmul_of (Warm *warm, LimnArray x)
{
  const Options *options = warm->options;

  if (x.id != 0)
    limn_kernel_matmul (warm->plan, &(LimnMatmulArgs){ .x = x,
                                                       .x2 = options->second ? x : LIMN_NO_ARRAY,
                                                       .weight = warm->weight,
                                                       .bias = warm->vector,
                                                       .columns = CHANNELS,
                                                       .finish = options->finish });
}

static void
matmul (Warm *warm)
{
  matmul_of (warm, warm->x);
  matmul_of (warm, warm->tokens);
}

static void
conv (Warm *warm)
{
  int up = warm->options->up;
  LimnConvArgs args = {
    .x = warm->x,
    .columns = CHANNELS,
    .stride = 1,
    .up_h = up,
    .up_w = up,
    .weight = warm->weight,
    .finish = warm->options->finish,
  };

  args.phases = limn_kernel_conv_by_phases (warm->plan, &args);
  limn_kernel_conv (warm->plan, &args);
  args.columns = 2 * CHANNELS;
  if (warm->wide)
    limn_kernel_conv (warm->plan, &args);
}

static void
attention (Warm *warm)
{
  limn_kernel_attention (warm->plan, &(LimnAttentionArgs){ .q = warm->x, .k = warm->x, .v = warm->x, .heads = 1 });
}

static void
group_norm (Warm *warm)
{
  limn_kernel_group_norm (
      warm->plan,
      &(LimnGroupNormArgs){ .x = warm->x, .gamma = warm->vector, .beta = warm->vector, .groups = 8, .epsilon = 1 });
}

static void
layer_norm (Warm *warm)
{
  limn_kernel_layer_norm (
      warm->plan, &(LimnLayerNormArgs){ .x = warm->x, .gamma = warm->vector, .beta = warm->vector, .epsilon = 1 });
}

static void
nag (Warm *warm)
{
  limn_kernel_nag (warm->plan, &(LimnNagArgs){ .positive = warm->x, .negative = warm->x, .scale = 1, .tau = 1 });
}

static void
add (Warm *warm)
{
  limn_kernel_add (warm->plan, &(LimnAddArgs){ .x = warm->x, .z = warm->x });
}

static void
mix (Warm *warm)
{
  limn_kernel_mix (warm->plan, &(LimnMixArgs){ .x = warm->x, .z = warm->x, .shares = warm->shares });
}

static void
freeu (Warm *warm)
{
  limn_kernel_freeu_backbone (warm->plan, limn_kernel_freeu_skip (warm->plan, warm->x, 0.5f), 2, TRUE);
}

static void
attention_sums (Warm *warm)
{
  limn_kernel_attention_sums (warm->plan, &(LimnAttentionSumsArgs){ .q = warm->x, .k = warm->x, .heads = 1 });
}

static void
resize (Warm *warm)
{
  limn_kernel_resize (warm->plan, &(LimnResizeArgs){ .x = warm->x, .h = SIDE / 2, .w = SIDE / 2 });
}

static void
max_pool (Warm *warm)
{
  limn_kernel_max_pool (warm->plan, &(LimnMaxPoolArgs){ .x = warm->x, .side = 3 });
}

/* In the order in which a run needs them. */
static const struct {
  void (*dispatch) (Warm *warm);
  Options options;
} variants[] = {
  { layer_norm },
  { matmul },
  { matmul, { .finish.out_f32 = TRUE } },
  { attention },
  { matmul, { .finish.activation = LIMN_ACTIVATION_GELU } },
  { conv },
  { matmul, { .second = TRUE } },
  { group_norm },
  { matmul, { .finish.gated = TRUE } },
  { conv, { .up = 2 * SIDE - 1 } },
  { conv, { .finish.out_f32 = TRUE } },
  /* the VAE's, after the last step */
  { attention, { .channels = 512 } },
  { conv, { .up = 2 * SIDE } },
  /* the wider heads of Stable Diffusion 1.5: SDXL's first preview does not wait for them */
  { attention, { .channels = 80 } },
  { attention, { .channels = 160 } },
  /* the tiny decoder's and upscalers', where a person has them */
  { conv, { .finish.activation = LIMN_ACTIVATION_RELU } },
  { conv, { .up = 2 * SIDE, .finish.activation = LIMN_ACTIVATION_LEAKY_RELU } },
  /* of runs that ask for it */
  { nag },
  { add },
  { mix },
  { freeu },
  { resize },
  { attention_sums },
  { max_pool },
};

G_STATIC_ASSERT (G_N_ELEMENTS (variants) == LIMN_KERNEL_VARIANTS);

/* Room for the largest of them. */
static LimnWeight
weight_of (LimnPlan *plan, LimnStore store, const LimnWeightKind *kind)
{
  if (kind == NULL)
    return (LimnWeight){ limn_plan_host_array (plan, store, 1, 2 * CHANNELS, LIMN_PHASE_TAPS, CHANNELS), NULL };
  int texels = (int) kind->row_bytes (store, 2 * CHANNELS) / 16;
  return (LimnWeight){ limn_plan_host_array (plan, LIMN_STORE_F16, 1, 2 * CHANNELS, 1, 8 * texels), kind };
}

LimnPlan *
limn_kernel_write_warm (const LimnGpuLimits *limits, LimnStore store, const LimnWeightKind *kind, int variant)
{
  LimnPlan *plan = limn_plan_new (limits);
  const Options *options = &variants[variant].options;
  int channels = options->channels > 0 ? options->channels : CHANNELS;
  Warm warm = {
    .plan = plan,
    .x = limn_plan_host_array (plan, store, 1, SIDE, SIDE, channels),
    .weight = weight_of (plan, store, kind),
    .vector = limn_plan_host_array (plan, LIMN_STORE_F32, 1, 1, 1, 2 * CHANNELS),
    .shares = limn_plan_host_array (plan, LIMN_STORE_F32, 1, SIDE, SIDE, 1),
    .wide = limn_variant_for (limits, LIMN_SHAPE_CONV) != limn_variant_for (limits, LIMN_SHAPE_CONV_THIN),
    .options = options,
  };

  if (limn_variant_for (limits, LIMN_SHAPE_TOKENS) != limn_variant_for (limits, LIMN_SHAPE_PIXELS))
    warm.tokens = limn_plan_host_array (plan, store, 1, SIDE * SIDE, 1, channels);
  if (kind == NULL || variants[variant].dispatch == matmul)
    variants[variant].dispatch (&warm);
  return plan;
}

gboolean
limn_kernel_warm (LimnGpu *gpu, LimnStore store, const LimnWeightKind *kind, int variant, GError **error)
{
  g_autoptr (LimnPlan) plan = NULL;

  g_return_val_if_fail (variant >= 0 && variant < LIMN_KERNEL_VARIANTS, FALSE);

  plan = limn_kernel_write_warm (limn_gpu_limits (gpu), store, kind, variant);
  return limn_plan_dispatches (plan) == 0
         || (limn_plan_finish (plan, gpu, NULL, NULL, error) && limn_plan_run (plan, NULL, error));
}
