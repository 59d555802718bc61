/* adapter.c - a T2I-Adapter (Mou et al. 2023, arXiv 2302.08453, section 3.3), written: four features of a picture, made
 * once for it, which are added to a U-Net's way down, one a level, multiplied by the picture's weight.
 *
 * Its first layer sees places of 8 x 8 pixels side by side, or of 16 x 16 where it is for SDXL.  There the features are
 * as large as what follows the first level, twice, and as the depths, twice: behind the first level's halving, at the
 * end of each of the others, and behind the middle, as diffusers and ComfyUI have it.  Else each is added at the end of
 * its level, before that is halved.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/hoist.h"
#include "model/layers.h"
#include "model/written.h"

#define PIXELS 8 /* a latent, each way */

static gboolean
is_xl (const LimnAdapterConfig *own)
{
  return own->factor == LIMN_ADAPTER_FACTOR_XL;
}

/* Whether a level begins with halving what the one before gave. */
static gboolean
halves (const LimnAdapterConfig *own, int level)
{
  return is_xl (own) ? level == 2 : level > 0;
}

static int
place_of (const LimnUnetConfig *config, const LimnAdapterConfig *own, int level)
{
  const int layers = config->layers_per_block + 1; /* with the one that halves; the first of all is conv_in's */

  if (is_xl (own) && level == config->levels)
    return LIMN_ADAPTER_MIDDLE;
  return is_xl (own) && level == 0 ? layers : (level + 1) * layers - 1;
}

int
limn_adapter_columns (const LimnAdapterConfig *own)
{
  return own->planes * own->factor * own->factor;
}

/* ---- Once a picture ---- */

static LimnArray
resblock (LimnNet *net, const LimnAdapterConfig *own, LimnArray x, LimnArray into)
{
  const LimnFinish relu = { .activation = LIMN_ACTIVATION_RELU }, sum = { .residual = x, .into = into };
  LimnArray h = limn_conv (net, "block1", x, x.c, &(LimnLayerOptions){ .finish = relu });

  if (own->light)
    return limn_conv (net, "block2", h, x.c, &(LimnLayerOptions){ .finish = sum });
  return limn_linear (net, "block2", h, x.c, &(LimnLayerOptions){ .point = TRUE, .finish = sum });
}

static LimnArray
write_level (LimnNet *net, const LimnAdapterConfig *own, int level, int channels, LimnArray x, LimnArray into)
{
  int inner = own->light ? channels / 4 : channels;

  if (halves (own, level))
    x = limn_kernel_resize (
        limn_net_plan (net),
        &(LimnResizeArgs){ .x = x, .h = (x.h + 1) / 2, .w = (x.w + 1) / 2, .how = LIMN_RESAMPLE_HALVE });
  if (own->light || x.c != channels)
    x = limn_linear (net, "in_conv", x, inner, &(LimnLayerOptions){ .point = TRUE });
  for (int i = 0; i < own->blocks; i++) {
    limn_net_push (net, "resnets.%d", i);
    x = resblock (net, own, x, own->light || i + 1 < own->blocks ? LIMN_NO_ARRAY : into);
    limn_net_pop (net);
  }
  if (own->light)
    x = limn_linear (net, "out_conv", x, channels, &(LimnLayerOptions){ .point = TRUE, .finish.into = into });
  return x;
}

void
limn_adapter_write (LimnNet *net, const LimnAdapterConfig *own, const int *channels, LimnArray picture,
                    const LimnArray *into)
{
  LimnArray x = picture;

  limn_net_push (net, "adapter");
  if (!own->light)
    x = limn_conv (net, "conv_in", x, channels[0], NULL);
  for (int level = 0; level < LIMN_ADAPTER_LEVELS; level++) {
    limn_net_push (net, "body.%d", level);
    x = write_level (net, own, level, channels[level], x, into != NULL ? into[level] : LIMN_NO_ARRAY);
    limn_net_trace (net, x);
    limn_net_pop (net);
  }
  limn_net_pop (net);
}

static int
places (const LimnAdapterConfig *own, int latents)
{
  return (PIXELS * latents + own->factor - 1) / own->factor;
}

void
limn_adapter_prepare (LimnNet *net, const LimnUnetConfig *config, int index, const LimnNetworkShape *shape,
                      LimnUnetPlans *plans)
{
  const LimnAdapterConfig *own = &config->controls[index].adapter;
  LimnArray into[LIMN_ADAPTER_LEVELS];
  int channels[LIMN_ADAPTER_LEVELS];

  plans->pictures[index] =
      limn_plan_host_array (limn_net_plan (net), limn_net_store (net), 1, places (own, shape->height),
                            places (own, shape->width), limn_adapter_columns (own));
  for (int level = 0; level < LIMN_ADAPTER_LEVELS; level++) {
    limn_net_push (net, "controls.%d.adapter.body.%d", index, level);
    into[level] = limn_net_hoisted_array (net);
    limn_net_pop (net);
    channels[level] = into[level].c;
  }
  limn_net_push (net, "controls.%d", index);
  limn_adapter_write (net, own, channels, plans->pictures[index], into);
  limn_net_pop (net);
}

float *
limn_adapter_sort (const LimnAdapterConfig *own, const LimnNetworkShape *shape, const float *picture)
{
  const int width = PIXELS * shape->width, height = PIXELS * shape->height, side = own->factor;
  const int across = places (own, shape->width), down = places (own, shape->height);
  const gsize plane = (gsize) width * (gsize) height;
  float *sorted = g_new (float, (gsize) limn_adapter_columns (own) * (gsize) across * (gsize) down), *at = sorted;

  for (int column = 0; column < limn_adapter_columns (own); column++)
    for (int place = 0; place < across * down; place++) {
      int y = MIN (place / across * side + column / side % side, height - 1);
      int x = MIN (place % across * side + column % side, width - 1);
      const float *pixel = picture + (gsize) y * (gsize) width + (gsize) x;

      *at++ = own->planes == 1 ? (pixel[0] + pixel[plane] + pixel[2 * plane]) / 3
                               : pixel[(gsize) (column / (side * side)) * plane];
    }
  return sorted;
}

/* ---- Once a step ---- */

static int
feature_side (const LimnAdapterConfig *own, int level, int latents)
{
  int side = places (own, latents);

  for (int i = 0; i <= level; i++)
    side = halves (own, i) ? (side + 1) / 2 : side;
  return side;
}

/* Where the way down goes on smaller than it would, so does what is added to it. */
LimnArray
limn_adapter_add (LimnNet *net, const LimnUnetConfig *config, int index, const LimnNetworkShape *shape,
                  const LimnUnetPlans *plans, int place, LimnArray x)
{
  const LimnAdapterConfig *own = &config->controls[index].adapter;
  LimnPlan *plan = limn_net_plan (net);

  for (int level = 0; level < LIMN_ADAPTER_LEVELS; level++) {
    if (place_of (config, own, level) != place)
      continue;
    g_autofree char *scope = g_strdup_printf ("controls.%d.adapter.body.%d", index, level);
    limn_net_enter (net, scope);
    LimnArray feature = limn_net_hoist_array (net, 1, feature_side (own, level, shape->height),
                                              feature_side (own, level, shape->width), x.c);
    limn_net_leave (net);
    if (feature.h != x.h || feature.w != x.w)
      feature =
          limn_kernel_resize (plan, &(LimnResizeArgs){ .x = feature, .h = x.h, .w = x.w, .how = shape->shrink.how });
    x = limn_kernel_add (plan, &(LimnAddArgs){ .x = x, .z = feature, .shares = plans->shares, .share = index });
  }
  return x;
}
