/* upscaler.c - the ESRGAN family, written: RRDBNet and SRVGGNetCompact.
 *
 * Names are BasicSR's.  The convolutions of a dense block each read what all before them have made: its channels lie in
 * one array, into which each convolution writes its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/upscaler.h"

#include "model/layers.h"
#include "model/survey.h"

#define DENSE_CONVS 5       /* of a dense block */
#define DENSE_BLOCKS 3      /* of an RRDB */
#define RESIDUAL_SCALE 0.2f /* of dense blocks and RRDBs */
#define END_REACH 3         /* cells: a convolution, then ever smaller ones of a pixel */
/* Sides of tiles: of RRDBs, of their end, whose pixels are many, and of all else. */
#define BODY_TILE 512
#define END_TILE 256

int
limn_upscaler_passes (const LimnUpscalerConfig *config, int height, int width, int index, LimnUpscalerPass *pass)
{
  const LimnUpscalerPass whole = { 0, config->blocks, .begins = TRUE };
  int side = limn_upscaler_tile (config, &whole, MAX (height, width));
  int each = side == MAX (height, width) ? config->blocks : 1, bodies = (config->blocks + each - 1) / each;

  if (config->kind == LIMN_UPSCALER_COMPACT) {
    *pass = (LimnUpscalerPass){ 0, config->blocks, TRUE, TRUE };
    return 1;
  }
  *pass = (LimnUpscalerPass){
    .first = MIN (index * each, config->blocks),
    .last = MIN ((index + 1) * each, config->blocks),
    .begins = index == 0,
    .ends = index == bodies,
  };
  return bodies + 1;
}

int
limn_upscaler_reach (const LimnUpscalerConfig *config, const LimnUpscalerPass *pass)
{
  if (config->kind == LIMN_UPSCALER_COMPACT)
    return config->blocks + 2;
  if (pass->ends)
    return END_REACH;
  return (pass->last - pass->first) * DENSE_BLOCKS * DENSE_CONVS + pass->begins;
}

int
limn_upscaler_tile (const LimnUpscalerConfig *config, const LimnUpscalerPass *pass, int length)
{
  int usual = pass->ends ? END_TILE : BODY_TILE;

  if (config->kind == LIMN_UPSCALER_COMPACT)
    usual = MAX (BODY_TILE, 4 * limn_upscaler_reach (config, pass));
  return MIN (config->tile > 0 ? config->tile : usual, length);
}

gboolean
limn_upscaler_next (int length, int tile, int reach, LimnUpscalerSpan *span)
{
  g_assert (tile == length || (tile < length && tile > 2 * reach));

  if (span->end == length)
    return FALSE;
  span->first = span->end;
  span->begin = CLAMP (span->first - reach, 0, length - tile);
  span->end = span->begin + tile == length ? length : span->begin + tile - reach;
  return TRUE;
}

static int
count_tiles (int length, int tile, int reach)
{
  LimnUpscalerSpan span = { 0 };
  int n = 0;

  while (limn_upscaler_next (length, tile, reach, &span))
    n++;
  return n;
}

/* ---- RRDBNet ---- */

static LimnArray
leaky_conv (LimnNet *net, const char *name, LimnArray x, int columns, LimnArray into)
{
  return limn_conv (net, name, x, columns,
                    &(LimnLayerOptions){ .finish.activation = LIMN_ACTIVATION_LEAKY_RELU, .finish.into = into });
}

static LimnArray
dense_array (LimnNet *net, const LimnUpscalerConfig *config, int height, int width)
{
  return limn_plan_array (limn_net_plan (net), limn_net_store (net), 1, height, width,
                          config->features + (DENSE_CONVS - 1) * config->growth);
}

/* all: begins with what it reads; outer: see LimnFinish. */
static void
dense_block (LimnNet *net, const LimnUpscalerConfig *config, int number, LimnArray all, LimnArray into, LimnArray outer)
{
  int features = config->features, channels = features;

  limn_net_push (net, "rdb%d", number);
  for (int i = 1; i < DENSE_CONVS; i++, channels += config->growth) {
    g_autofree char *name = g_strdup_printf ("conv%d", i);

    leaky_conv (net, name, limn_array_channels (all, 0, channels), config->growth,
                limn_array_channels (all, channels, config->growth));
  }
  limn_conv (net, "conv5", limn_array_channels (all, 0, channels), features,
             &(LimnLayerOptions){ .weight_scale = RESIDUAL_SCALE,
                                  .bias_scale = RESIDUAL_SCALE,
                                  .finish = { .residual = limn_array_channels (all, 0, features),
                                              .outer = outer,
                                              .outer_scale = RESIDUAL_SCALE,
                                              .into = into } });
  limn_net_pop (net);
}

/* all: as dense_block () has it. */
static void
residual_block (LimnNet *net, const LimnUpscalerConfig *config, int number, LimnArray all, LimnArray into)
{
  LimnArray x = all, next;

  limn_net_push (net, "body.%d", number);
  for (int i = 1; i < DENSE_BLOCKS; i++, x = next) {
    next = dense_array (net, config, all.h, all.w);
    dense_block (net, config, i, x, limn_array_channels (next, 0, config->features), LIMN_NO_ARRAY);
  }
  dense_block (net, config, DENSE_BLOCKS, x, into, limn_array_channels (all, 0, config->features));
  limn_net_pop (net);
}

static void
write_body (LimnNet *net, const LimnUpscalerConfig *config, const LimnUpscalerPass *pass, int height, int width,
            LimnUpscalerPlan *written)
{
  LimnPlan *plan = limn_net_plan (net);
  LimnArray all, next;

  written->out = limn_plan_host_array (plan, limn_net_store (net), 1, height, width, config->features);
  if (pass->begins) {
    all = dense_array (net, config, height, width);
    limn_conv (net, "conv_first", written->picture, config->features,
               &(LimnLayerOptions){ .finish.into = limn_array_channels (all, 0, config->features) });
  } else {
    written->features = all = limn_plan_external (plan, limn_net_store (net), 1, height, width,
                                                  config->features + (DENSE_CONVS - 1) * config->growth);
  }
  for (int i = pass->first; i < pass->last; i++, all = next) {
    next = i + 1 < pass->last ? dense_array (net, config, height, width) : LIMN_NO_ARRAY;
    residual_block (net, config, i, all, next.id != 0 ? limn_array_channels (next, 0, config->features) : written->out);
  }
}

static void
write_end (LimnNet *net, const LimnUpscalerConfig *config, int height, int width, LimnUpscalerPlan *written)
{
  LimnPlan *plan = limn_net_plan (net);
  int up = 1 << config->stages, features = config->features;

  written->features = limn_plan_external (plan, limn_net_store (net), 1, height, width, features);
  written->out = limn_plan_host_array (plan, LIMN_STORE_F32, 1, up * height, up * width, 3);
  LimnArray x = limn_conv (net, "conv_first", written->picture, features, NULL);
  x = limn_conv (net, "conv_body", written->features, features, &(LimnLayerOptions){ .finish.residual = x });
  for (int i = 1; i <= config->stages; i++) {
    g_autofree char *name = g_strdup_printf ("conv_up%d", i);

    x = limn_conv (net, name, x, features,
                   &(LimnLayerOptions){ .twice = TRUE, .finish.activation = LIMN_ACTIVATION_LEAKY_RELU });
  }
  x = leaky_conv (net, "conv_hr", x, features, LIMN_NO_ARRAY);
  limn_conv (net, "conv_last", x, 3, &(LimnLayerOptions){ .finish.out_f32 = TRUE, .finish.into = written->out });
}

/* ---- Compact ---- */

static void
write_compact (LimnNet *net, const LimnUpscalerConfig *config, int height, int width, LimnUpscalerPlan *written)
{
  LimnArray x = written->picture;
  int channels = 3 * config->scale * config->scale, number = 0;

  written->out = limn_plan_host_array (limn_net_plan (net), LIMN_STORE_F32, 1, height, width, channels);
  limn_net_push (net, "body");
  for (int i = 0; i <= config->blocks; i++, number += 2) {
    g_autofree char *name = g_strdup_printf ("%d", number), *slopes = g_strdup_printf ("%d", number + 1);

    x = limn_conv (net, name, x, config->features,
                   &(LimnLayerOptions){ .slopes = slopes, .finish.activation = LIMN_ACTIVATION_PRELU });
  }
  g_autofree char *name = g_strdup_printf ("%d", number);
  limn_conv (net, name, x, channels, &(LimnLayerOptions){ .finish.out_f32 = TRUE, .finish.into = written->out });
  limn_net_pop (net);
}

void
limn_upscaler_write (LimnNet *net, const LimnUpscalerConfig *config, const LimnUpscalerPass *pass, int height,
                     int width, LimnUpscalerPlan *written)
{
  LimnPlan *plan = limn_net_begin (net);

  *written = (LimnUpscalerPlan){ .plan = plan };
  if (pass->begins || pass->ends)
    written->picture =
        limn_plan_host_array (plan, limn_net_store (net), 1, height, width, 3 * config->unshuffle * config->unshuffle);
  if (config->kind == LIMN_UPSCALER_COMPACT)
    write_compact (net, config, height, width, written);
  else if (pass->ends)
    write_end (net, config, height, width, written);
  else
    write_body (net, config, pass, height, width, written);
  limn_net_end (net);
}

LimnSurvey
limn_upscaler_survey (const LimnGpuLimits *limits, const LimnUpscalerConfig *config, LimnPrecision precision,
                      int height, int width)
{
  g_autoptr (LimnNet) net = limn_net_new (limits, limn_store_for (precision));
  int rows = (height + config->unshuffle - 1) / config->unshuffle;
  int columns = (width + config->unshuffle - 1) / config->unshuffle;
  LimnSurvey survey = { 0 };
  LimnUpscalerPass pass;

  for (int i = 0; i < limn_upscaler_passes (config, rows, columns, i, &pass); i++) {
    int reach = limn_upscaler_reach (config, &pass), h = limn_upscaler_tile (config, &pass, rows);
    int w = limn_upscaler_tile (config, &pass, columns);
    LimnUpscalerPlan written;

    limn_upscaler_write (net, config, &pass, h, w, &written);
    g_autoptr (LimnPlan) plan = written.plan;
    guint64 work = limn_plan_arena_bytes (plan, NULL);
    if (written.features.id != 0)
      work += limn_buffer_room (limn_array_bytes (written.features));
    survey.work = MAX (survey.work, work);
    survey.flop += limn_plan_flop (plan) * count_tiles (rows, h, reach) * count_tiles (columns, w, reach);
  }
  survey.weights = limn_weights_bytes (limn_net_weights (net));
  return survey;
}
