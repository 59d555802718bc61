/* detector.c - YOLOv8, written.
 *
 * Names are ultralytics': modules of one sequence, by number.  What they join is never laid side by side: the product
 * that follows reads both.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/detector.h"

#include "model/detector-modules.h"
#include "model/layers.h"

#define POOL 5 /* pixels each way, of SPPF */
#define POOLS 3

static const LimnDetectorModule modules[LIMN_DETECTOR_MODULES] = {
  { LIMN_MODULE_HALVE },
  { LIMN_MODULE_HALVE },
  { LIMN_MODULE_C2F, .residual = TRUE },
  { LIMN_MODULE_HALVE },
  { LIMN_MODULE_C2F, .residual = TRUE },
  { LIMN_MODULE_HALVE },
  { LIMN_MODULE_C2F, .residual = TRUE },
  { LIMN_MODULE_HALVE },
  { LIMN_MODULE_C2F, .residual = TRUE },
  { LIMN_MODULE_SPPF },
  { LIMN_MODULE_DOUBLE },
  { LIMN_MODULE_JOIN, .with = 6 },
  { LIMN_MODULE_C2F },
  { LIMN_MODULE_DOUBLE },
  { LIMN_MODULE_JOIN, .with = 4 },
  { LIMN_MODULE_C2F, .level = 1 },
  { LIMN_MODULE_HALVE },
  { LIMN_MODULE_JOIN, .with = 12 },
  { LIMN_MODULE_C2F, .level = 2 },
  { LIMN_MODULE_HALVE },
  { LIMN_MODULE_JOIN, .with = 9 },
  { LIMN_MODULE_C2F, .level = 3 },
};

const LimnDetectorModule *
limn_detector_module (int index)
{
  return &modules[index];
}

/* ---- Layers ---- */

static LimnArray
conv (LimnNet *net, const char *name, LimnArray x, int columns, int stride, LimnArray residual, LimnArray into)
{
  return limn_conv (
      net, name, x, columns,
      &(LimnLayerOptions){ .stride = stride,
                           .finish = { .activation = LIMN_ACTIVATION_SILU, .residual = residual, .into = into } });
}

/* 1 x 1.  x2: or none, continues x's channels. */
static LimnArray
point (LimnNet *net, const char *name, LimnArray x, LimnArray x2, int columns, LimnArray into)
{
  return limn_linear (
      net, name, x, columns,
      &(LimnLayerOptions){ .x2 = x2, .point = TRUE, .finish = { .activation = LIMN_ACTIVATION_SILU, .into = into } });
}

/* Two parts of cv1's, then what each bottleneck makes of the part before it, all read by cv2. */
static LimnArray
c2f (LimnNet *net, const LimnDetectorConfig *config, int index, LimnArray x, LimnArray x2)
{
  int hidden = config->hidden[index], blocks = config->blocks[index];
  LimnArray all = limn_plan_array (limn_net_plan (net), limn_net_store (net), 1, x.h, x.w, (2 + blocks) * hidden);

  point (net, "cv1.conv", x, x2, 2 * hidden, limn_array_channels (all, 0, 2 * hidden));
  for (int i = 0; i < blocks; i++) {
    LimnArray part = limn_array_channels (all, (1 + i) * hidden, hidden);

    limn_net_push (net, "m.%d", i);
    LimnArray y = conv (net, "cv1.conv", part, hidden, 1, LIMN_NO_ARRAY, LIMN_NO_ARRAY);
    conv (net, "cv2.conv", y, hidden, 1, modules[index].residual ? part : LIMN_NO_ARRAY,
          limn_array_channels (all, (2 + i) * hidden, hidden));
    limn_net_pop (net);
  }
  return point (net, "cv2.conv", all, LIMN_NO_ARRAY, config->channels[index], LIMN_NO_ARRAY);
}

/* The largest of ever more around each place, side by side. */
static LimnArray
sppf (LimnNet *net, const LimnDetectorConfig *config, int index, LimnArray x)
{
  LimnPlan *plan = limn_net_plan (net);
  int hidden = config->hidden[index];
  LimnArray all = limn_plan_array (plan, limn_net_store (net), 1, x.h, x.w, (1 + POOLS) * hidden);

  point (net, "cv1.conv", x, LIMN_NO_ARRAY, hidden, limn_array_channels (all, 0, hidden));
  for (int i = 0; i < POOLS; i++)
    limn_kernel_max_pool (plan, &(LimnMaxPoolArgs){ .x = limn_array_channels (all, i * hidden, hidden),
                                                    .side = POOL,
                                                    .into = limn_array_channels (all, (1 + i) * hidden, hidden) });
  return point (net, "cv2.conv", all, LIMN_NO_ARRAY, config->channels[index], LIMN_NO_ARRAY);
}

/* cv2 or cv3 of the head: two convolutions, and what they say. */
static LimnArray
branch (LimnNet *net, const char *name, int level, LimnArray x, int width, int columns)
{
  LimnArray out = limn_plan_host_array (limn_net_plan (net), LIMN_STORE_F32, 1, x.h, x.w, columns);

  limn_net_push (net, "%s.%d", name, level);
  x = conv (net, "0.conv", x, width, 1, LIMN_NO_ARRAY, LIMN_NO_ARRAY);
  x = conv (net, "1.conv", x, width, 1, LIMN_NO_ARRAY, LIMN_NO_ARRAY);
  limn_linear (net, "2", x, columns, &(LimnLayerOptions){ .point = TRUE, .finish = { .out_f32 = TRUE, .into = out } });
  limn_net_pop (net);
  return out;
}

/* ---- All ---- */

/* x2: gets what a module that joins has the next one read beside x. */
static LimnArray
module (LimnNet *net, const LimnDetectorConfig *config, int index, LimnArray x, const LimnArray *given, LimnArray *x2)
{
  LimnArray beside = *x2;

  *x2 = LIMN_NO_ARRAY;
  switch (modules[index].kind) {
  case LIMN_MODULE_HALVE:
    return conv (net, "conv", x, config->channels[index], 2, LIMN_NO_ARRAY, LIMN_NO_ARRAY);
  case LIMN_MODULE_C2F:
    return c2f (net, config, index, x, beside);
  case LIMN_MODULE_SPPF:
    return sppf (net, config, index, x);
  case LIMN_MODULE_DOUBLE:
    return limn_kernel_resize (limn_net_plan (net), &(LimnResizeArgs){ x, 2 * x.h, 2 * x.w, LIMN_RESAMPLE_NEAREST });
  case LIMN_MODULE_JOIN:
  default:
    *x2 = given[modules[index].with];
    return x;
  }
}

void
limn_detector_write (LimnNet *net, const LimnDetectorConfig *config, int height, int width, LimnDetectorPlan *written)
{
  LimnPlan *plan = limn_net_begin (net);
  LimnArray given[LIMN_DETECTOR_MODULES], x2 = LIMN_NO_ARRAY;

  *written = (LimnDetectorPlan){
    .plan = plan,
    .picture = limn_plan_host_array (plan, limn_net_store (net), 1, height, width, 3),
  };
  LimnArray x = written->picture;
  for (int i = 0; i < LIMN_DETECTOR_MODULES; i++) {
    limn_net_push (net, "model.%d", i);
    given[i] = x = module (net, config, i, x, given, &x2);
    if (config->channels[i] > 0)
      limn_net_trace (net, x);
    limn_net_pop (net);
  }
  limn_net_push (net, "model.%d", LIMN_DETECTOR_MODULES);
  for (int i = 0; i < LIMN_DETECTOR_MODULES; i++) {
    int level = modules[i].level - 1;

    if (level < 0)
      continue;
    written->sides[level] = branch (net, "cv2", level, given[i], config->box_width, 4 * LIMN_DETECTOR_BINS);
    written->classes[level] = branch (net, "cv3", level, given[i], config->class_width, config->classes);
  }
  limn_net_pop (net);
  limn_net_end (net);
}
