/* warm.c - a small dispatch of each variant that painting begins with, so that the device compiles it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel.h"

#define CHANNELS 64

typedef struct {
  LimnPlan *plan;
  LimnArray x, zeros, vector;
} Warm;

static void
matmul (Warm *warm, LimnActivation activation, gboolean gated, gboolean second, gboolean out_f32)
{
  limn_kernel_matmul (warm->plan, &(LimnMatmulArgs){ .x = warm->x,
                                                     .x2 = second ? warm->x : LIMN_NO_ARRAY,
                                                     .weight = warm->zeros,
                                                     .bias = warm->vector,
                                                     .columns = CHANNELS,
                                                     .activation = activation,
                                                     .gated = gated,
                                                     .out_f32 = out_f32 });
}

static void
linear (Warm *warm)
{
  matmul (warm, LIMN_ACTIVATION_NONE, FALSE, FALSE, FALSE);
}

static void
linear_f32 (Warm *warm)
{
  matmul (warm, LIMN_ACTIVATION_NONE, FALSE, FALSE, TRUE);
}

static void
linear_activated (Warm *warm)
{
  matmul (warm, LIMN_ACTIVATION_GELU, FALSE, FALSE, FALSE);
}

static void
linear_gated (Warm *warm)
{
  matmul (warm, LIMN_ACTIVATION_NONE, TRUE, FALSE, FALSE);
}

static void
linear_second (Warm *warm)
{
  matmul (warm, LIMN_ACTIVATION_NONE, FALSE, TRUE, FALSE);
}

static void
conv (Warm *warm)
{
  limn_kernel_conv (warm->plan,
                    &(LimnConvArgs){ .x = warm->x, .weight = warm->zeros, .columns = CHANNELS, .stride = 1 });
}

static void
conv_f32 (Warm *warm)
{
  limn_kernel_conv (
      warm->plan,
      &(LimnConvArgs){ .x = warm->x, .weight = warm->zeros, .columns = CHANNELS, .stride = 1, .out_f32 = TRUE });
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

/* In the order in which a run needs them. */
static void (*const variants[]) (Warm *warm) = {
  layer_norm, linear, linear_f32, attention, linear_activated, conv, linear_second, group_norm, linear_gated, conv_f32,
};

G_STATIC_ASSERT (G_N_ELEMENTS (variants) == LIMN_KERNEL_VARIANTS);

gboolean
limn_kernel_warm (LimnGpu *gpu, int variant, GError **error)
{
  g_autoptr (LimnPlan) plan = limn_plan_new (limn_gpu_limits (gpu));
  Warm warm = {
    .plan = plan,
    .x = limn_plan_host_array (plan, LIMN_STORE_F16, 1, 4, 4, CHANNELS),
    .zeros = limn_plan_host_array (plan, LIMN_STORE_F16, 1, CHANNELS, 9, CHANNELS), /* the largest weight */
    .vector = limn_plan_host_array (plan, LIMN_STORE_F32, 1, 1, 1, 2 * CHANNELS),
  };

  g_return_val_if_fail (variant >= 0 && variant < LIMN_KERNEL_VARIANTS, FALSE);

  variants[variant](&warm);
  return limn_plan_finish (plan, gpu, NULL, NULL, error) && limn_plan_run (plan, NULL, error);
}
