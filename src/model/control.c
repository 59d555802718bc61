/* control.c - a ControlNet, written.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/control.h"

#include "model/hoist.h"
#include "model/unet-half.h"
#include "model/written.h"

/* What is being written. */
typedef struct {
  LimnNet *net;
  LimnArray *skips; /* the U-Net's, in order */
  int done;         /* of them */
  LimnArray shares;
  int index; /* of the ControlNet */
} Control;

/* x + the share of y's 1 x 1 convolution of that name. */
static LimnArray
add (const Control *control, const char *name, LimnArray x, LimnArray y)
{
  y = limn_linear (control->net, name, y, x.c, &(LimnLayerOptions){ .point = TRUE });
  limn_net_push (control->net, "%s", name);
  limn_net_trace (control->net, y);
  limn_net_pop (control->net);
  return limn_kernel_add (limn_net_plan (control->net),
                          &(LimnAddArgs){ .x = x, .z = y, .shares = control->shares, .share = control->index });
}

/* The name is one of all skips, whatever block it is of. */
static LimnArray
skip_cb (LimnArray y, gpointer data)
{
  Control *control = data;
  g_autofree char *own = g_strdup_printf ("controls.%d", control->index);
  g_autofree char *name = g_strdup_printf ("controlnet_down_blocks.%d", control->done);

  limn_net_enter (control->net, own);
  control->skips[control->done] = add (control, name, control->skips[control->done], y);
  control->done++;
  limn_net_leave (control->net);
  return y;
}

LimnArray
limn_control_write (LimnNet *net, const LimnUnetConfig *config, int index, const LimnNetworkShape *shape,
                    const LimnUnetPlans *plans, LimnArray *skips, LimnArray middle)
{
  const LimnControlConfig *own = &config->controls[index];
  if (own->adapter.factor > 0)
    return limn_adapter_add (net, config, index, shape, plans, LIMN_ADAPTER_MIDDLE, middle);
  if (own->ip.kind != LIMN_IP_NONE)
    return middle;
  const LimnNag nag = *limn_net_nag (net);
  const LimnNetPictures pictures = *limn_net_pictures (net);
  LimnArray sample = limn_array_channels (plans->sample, 0, config->out_channels);
  Control control = { net, skips, 0, plans->shares, index };
  const LimnUnetHalf half = {
    .net = net,
    .config = config,
    .down = own->down,
    .mid_layers = own->mid_layers,
    .mid_depth = own->mid_depth,
    .linear_projection = own->linear_projection,
    .at = plans->at,
    .shrink = shape->shrink, /* as what it is added to */
    .skip = skip_cb,
    .data = &control,
  };

  limn_net_set_nag (net, &(LimnNag){ 0 });
  limn_net_set_pictures (net, &(LimnNetPictures){ 0 });
  limn_net_push (net, "controls.%d", index);
  LimnArray x = limn_conv (net, "conv_in", sample, config->channels[0], NULL);
  x = limn_kernel_add (limn_net_plan (net),
                       &(LimnAddArgs){ .x = x, .z = limn_net_hoist_array (net, 1, x.h, x.w, x.c) });
  x = limn_unet_middle (&half, limn_unet_down (&half, x));
  x = add (&control, "controlnet_mid_block", middle, x);
  limn_net_pop (net);
  limn_net_set_nag (net, &nag);
  limn_net_set_pictures (net, &pictures);
  return x;
}

/* What the picture says, at the latents' size: three times halved. */
static void
embed_picture (LimnNet *net, const LimnUnetConfig *config, const LimnControlConfig *own, LimnArray picture,
               LimnUnionPlan *kind)
{
  const LimnFinish silu = { .activation = LIMN_ACTIVATION_SILU };
  const int *channels = own->picture;
  static const char last[] = "controlnet_cond_embedding.conv_out";

  limn_net_push (net, "controlnet_cond_embedding");
  LimnArray x = limn_conv (net, "conv_in", picture, channels[0], &(LimnLayerOptions){ .finish = silu });
  for (int i = 0; i + 1 < LIMN_CONTROL_STAGES; i++) {
    g_autofree char *same = g_strdup_printf ("blocks.%d", 2 * i), *half = g_strdup_printf ("blocks.%d", 2 * i + 1);

    x = limn_conv (net, same, x, channels[i], &(LimnLayerOptions){ .finish = silu });
    x = limn_conv (net, half, x, channels[i + 1], &(LimnLayerOptions){ .stride = 2, .finish = silu });
  }
  limn_net_pop (net);
  LimnFinish finish = { .into = limn_net_hoisted_array (net) };
  if (own->types > 0)
    finish.row_bias = limn_union_fuse (net, own, limn_conv (net, last, x, config->channels[0], NULL), kind);
  limn_conv (net, last, x, config->channels[0], &(LimnLayerOptions){ .finish = finish });
}

void
limn_control_prepare (LimnNet *net, const LimnUnetConfig *config, int index, const LimnNetworkShape *shape,
                      LimnUnetPlans *plans)
{
  const LimnControlConfig *own = &config->controls[index];
  g_autofree char *scope = g_strdup_printf ("controls.%d.", index);
  int side = 1 << (LIMN_CONTROL_STAGES - 1);

  if (own->adapter.factor > 0) {
    limn_adapter_prepare (net, config, index, shape, plans);
    return;
  }
  if (own->ip.kind != LIMN_IP_NONE) /* see limn_ip_write () */
    return;
  plans->pictures[index] =
      limn_plan_host_array (limn_net_plan (net), limn_net_store (net), 1, side * shape->height, side * shape->width, 3);
  limn_net_push (net, "controls.%d", index);
  embed_picture (net, config, own, plans->pictures[index], &plans->unions[index]);
  LimnHoistInputs inputs = limn_unet_inputs (shape, plans);
  LimnArray kind = LIMN_NO_ARRAY;
  if (own->types > 0)
    kind = limn_union_embed (net, own, shape->steps * shape->batch, config->channels[0], &plans->unions[index]);
  inputs.time = limn_unet_embed (net, config, plans->time, plans->added, kind);
  limn_net_hoisted (net, scope, &inputs);
}
