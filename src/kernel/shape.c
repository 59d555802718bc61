/* shape.c - the table of classes of shapes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/shape.h"

#define FEW_COLUMNS 64

LimnShape
limn_shape_of_matmul (const LimnMatmulArgs *args)
{
  return args->x.w == 1 ? LIMN_SHAPE_TOKENS : LIMN_SHAPE_PIXELS;
}

LimnShape
limn_shape_of_conv (const LimnConvArgs *args)
{
  return args->columns <= FEW_COLUMNS ? LIMN_SHAPE_CONV_THIN : LIMN_SHAPE_CONV;
}

LimnShape
limn_shape_of_attention (int head)
{
  if (head <= 64)
    return LIMN_SHAPE_ATTENTION;
  return head <= 160 ? LIMN_SHAPE_ATTENTION_160 : LIMN_SHAPE_ATTENTION_512;
}

/* Added on the device, so that what is measured does not read the machine's memory. */
static LimnArray
numbers (LimnPlan *plan, GArray *hosts, int h, int w, int c)
{
  LimnArray host = limn_plan_host_array (plan, LIMN_STORE_F16, 1, h, w, c);

  g_array_append_val (hosts, host);
  return limn_kernel_add (plan, &(LimnAddArgs){ .x = host, .z = host });
}

static void
pixels (LimnPlan *plan, GArray *hosts)
{
  limn_kernel_matmul (plan, &(LimnMatmulArgs){ .x = numbers (plan, hosts, 32, 32, 1280),
                                               .weight = { numbers (plan, hosts, 1280, 1, 1280) },
                                               .columns = 1280 });
}

static void
tokens (LimnPlan *plan, GArray *hosts)
{
  limn_kernel_matmul (plan, &(LimnMatmulArgs){ .x = numbers (plan, hosts, 77, 1, 1280),
                                               .weight = { numbers (plan, hosts, 1280, 1, 1280) },
                                               .columns = 1280 });
}

static void
conv (LimnPlan *plan, GArray *hosts)
{
  limn_kernel_conv (plan, &(LimnConvArgs){ .x = numbers (plan, hosts, 32, 32, 320),
                                           .weight = { numbers (plan, hosts, 320, 9, 320) },
                                           .columns = 320,
                                           .stride = 1 });
}

static void
conv_thin (LimnPlan *plan, GArray *hosts)
{
  limn_kernel_conv (plan, &(LimnConvArgs){ .x = numbers (plan, hosts, 64, 64, 64),
                                           .weight = { numbers (plan, hosts, 32, 9, 64) },
                                           .columns = 32,
                                           .stride = 1 });
}

static void
attention_of (LimnPlan *plan, GArray *hosts, int side, int heads, int head)
{
  LimnArray x = numbers (plan, hosts, side, side, heads * head);

  limn_kernel_attention (plan, &(LimnAttentionArgs){ .q = x, .k = x, .v = x, .heads = heads });
}

static void
attention (LimnPlan *plan, GArray *hosts)
{
  attention_of (plan, hosts, 32, 10, 64);
}

static void
attention_160 (LimnPlan *plan, GArray *hosts)
{
  attention_of (plan, hosts, 32, 4, 160);
}

static void
attention_512 (LimnPlan *plan, GArray *hosts)
{
  attention_of (plan, hosts, 32, 1, 512);
}

const LimnShapeRow limn_shapes[LIMN_N_SHAPES] = {
  [LIMN_SHAPE_PIXELS] = { "pixels", "matmul", pixels, 2e-9 * 1024 * 1280 * 1280 },
  [LIMN_SHAPE_TOKENS] = { "tokens", "matmul", tokens, 2e-9 * 77 * 1280 * 1280 },
  [LIMN_SHAPE_CONV] = { "conv", "conv", conv, 2e-9 * 1024 * 9 * 320 * 320 },
  [LIMN_SHAPE_CONV_THIN] = { "conv-thin", "conv", conv_thin, 2e-9 * 4096 * 9 * 64 * 32 },
  [LIMN_SHAPE_ATTENTION] = { "attention", "attention", attention, 4e-9 * 1024 * 1024 * 640 },
  [LIMN_SHAPE_ATTENTION_160] = { "attention-160", "attention", attention_160, 4e-9 * 1024 * 1024 * 640 },
  [LIMN_SHAPE_ATTENTION_512] = { "attention-512", "attention", attention_512, 4e-9 * 1024 * 1024 * 512 },
};
