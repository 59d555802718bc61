/* vision.c - a vision transformer (Dosovitskiy et al. 2021) as CLIP has it, written.
 *
 * A convolution by which nothing overlaps is a matrix product over the pixels of each place.  The row of the whole
 * picture has no pixels: it is a vector that was learned, which is added with the positions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/vision.h"

#include "model/layers.h"
#include "model/written.h"

#define LAYER_NORM_EPSILON 1e-5f

int
limn_vision_rows (const LimnVisionConfig *config)
{
  return config->side * config->side + 1;
}

int
limn_vision_pixels (const LimnVisionConfig *config)
{
  return config->side * config->patch;
}

void
limn_vision_answer (const LimnVisionConfig *config, int *rows, int *channels)
{
  const gboolean pooled = config->layers.projection > 0;

  *rows = pooled ? 1 : limn_vision_rows (config);
  *channels = pooled ? config->layers.projection : config->layers.width;
}

float
limn_vision_normalise (float value, int channel)
{
  static const float means[] = { 0.48145466f, 0.4578275f, 0.40821073f };
  static const float deviations[] = { 0.26862954f, 0.26130258f, 0.27577711f };

  return (value - means[channel]) / deviations[channel];
}

void
limn_vision_write (LimnNet *net, const LimnVisionConfig *config, LimnVisionPlan *written)
{
  LimnPlan *plan = limn_net_begin (net);
  const LimnClipConfig *layers = &config->layers;
  const int rows = limn_vision_rows (config), columns = 3 * config->patch * config->patch;
  const gboolean pooled = layers->projection > 0;

  written->patches = limn_plan_host_array (plan, limn_net_store (net), 1, rows, 1, columns);
  written->positions = limn_plan_host_array (plan, limn_net_store (net), 1, rows, 1, layers->width);
  limn_net_push (net, "vision_model");
  LimnArray x = limn_linear (net, "embeddings.patch_embedding", written->patches, layers->width,
                             &(LimnLayerOptions){ .no_bias = TRUE, .finish.residual = written->positions });
  x = limn_layer_norm (net, "pre_layrnorm", x, LAYER_NORM_EPSILON); /* so they call it */
  for (int i = 0; i < layers->layers - (pooled ? 0 : 1); i++) {
    limn_net_push (net, "encoder.layers.%d", i);
    x = limn_net_trace (net, limn_clip_layer (net, layers, FALSE, LIMN_NO_ARRAY, x));
    limn_net_pop (net);
  }
  if (pooled)
    x = limn_layer_norm (net, "post_layernorm", x, LAYER_NORM_EPSILON);
  limn_net_pop (net);
  written->answer = x;
  if (pooled) {
    written->answer = limn_plan_host_array (plan, LIMN_STORE_F32, 1, rows, 1, layers->projection);
    limn_linear (net, "visual_projection", x, layers->projection,
                 &(LimnLayerOptions){ .no_bias = TRUE, .finish = { .out_f32 = TRUE, .into = written->answer } });
  }
  limn_plan_keep (plan, x);
  written->plan = limn_net_end (net);
}
