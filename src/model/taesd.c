/* taesd.c - a tiny autoencoder's decoder (Bohan 2023, github.com/madebyollin/taesd), written.
 *
 * Convolutions and ReLU alone, under the names of diffusers' AutoencoderTiny: modules of one sequence, by number.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/taesd.h"

#include "model/layers.h"

#define WIDTH 64

/* Blocks at each size, from the latent's to the picture's. */
static const int blocks[] = { 3, 3, 3, 1 };

G_STATIC_ASSERT (1 << (G_N_ELEMENTS (blocks) - 1) == LIMN_TAESD_FACTOR);

static LimnArray
block (LimnNet *net, int number, LimnArray x)
{
  const LimnLayerOptions relu = { .finish.activation = LIMN_ACTIVATION_RELU };

  limn_net_push (net, "%d.conv", number);
  LimnArray h = limn_conv (net, "0", x, WIDTH, &relu);
  h = limn_conv (net, "2", h, WIDTH, &relu);
  x = limn_conv (net, "4", h, WIDTH,
                 &(LimnLayerOptions){ .finish.residual = x, .finish.activation = LIMN_ACTIVATION_RELU });
  limn_net_pop (net);
  return x;
}

static LimnArray
conv (LimnNet *net, int number, LimnArray x, int columns, const LimnLayerOptions *options)
{
  g_autofree char *name = g_strdup_printf ("%d", number);

  return limn_conv (net, name, x, columns, options);
}

void
limn_taesd_write (LimnNet *net, int height, int width, guint around, LimnTaesdPlan *written)
{
  LimnPlan *plan = limn_net_begin (net);
  int up = LIMN_TAESD_FACTOR, number = 0;

  written->in = limn_plan_host_array (plan, limn_net_store (net), 1, height, width, LIMN_TAESD_CHANNELS);
  written->out = limn_plan_host_array (plan, LIMN_STORE_F32, 1, up * height, up * width, 3);
  limn_net_set_around (net, around);
  limn_net_push (net, "decoder.layers");
  LimnArray x =
      conv (net, number, written->in, WIDTH, &(LimnLayerOptions){ .finish.activation = LIMN_ACTIVATION_RELU });
  number += 2; /* ReLU is a module */
  for (guint size = 0; size < G_N_ELEMENTS (blocks); size++) {
    if (size > 0) {
      number++; /* so is nn.Upsample */
      x = conv (net, number++, x, WIDTH, &(LimnLayerOptions){ .twice = TRUE, .no_bias = TRUE });
    }
    for (int i = 0; i < blocks[size]; i++)
      x = block (net, number++, x);
  }
  conv (net, number, x, 3, &(LimnLayerOptions){ .finish.out_f32 = TRUE, .finish.into = written->out });
  limn_net_pop (net);
  written->plan = limn_net_end (net);
}

LimnSurvey
limn_taesd_survey (const LimnGpuLimits *limits, LimnPrecision precision, int height, int width, guint around)
{
  g_autoptr (LimnNet) net = limn_net_new (limits, limn_store_for (precision));
  LimnTaesdPlan written;

  limn_taesd_write (net, height, width, around, &written);
  g_autoptr (LimnPlan) plan = written.plan;
  return limn_survey_plan (net, plan);
}
