/* fake-regions.h - what the stand-in for a U-Net is told, and by whom at each pixel.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <math.h>

#include "model/unet.h"

G_BEGIN_DECLS

/* Of each region what it is told, [batch, tokens, channels], what that comes to, [batch], and where it counts, [height,
 * width, regions]. */
typedef struct {
  float *contexts[LIMN_MOST_REGIONS], *against[LIMN_MOST_REGIONS], *told[LIMN_MOST_REGIONS], *shares;
} FakeRegions;

struct _LimnUnet {
  LimnUnetConfig config;
  LimnNetworkShape shape;
  LimnPrecision precision;
  float *timesteps;
  float *told;    /* [batch] */
  float *against; /* [batch, tokens, channels], of which the first word counts; NULL: nothing */
  FakeRegions regions;
};

static inline void
fake_regions_clear (FakeRegions *regions)
{
  g_free (regions->shares);
  for (int i = 0; i < LIMN_MOST_REGIONS; i++) {
    g_free (regions->contexts[i]);
    g_free (regions->against[i]);
    g_free (regions->told[i]);
  }
}

static inline void
fake_regions_set (FakeRegions *regions, const LimnUnetConfig *config, const LimnNetworkShape *shape, int index,
                  const float *context, const float *against)
{
  gsize bytes = sizeof (float) * shape->batch * shape->tokens * (gsize) config->context_channels;

  g_assert_cmpint (index, <, shape->regions);
  g_assert_true ((against != NULL) == (shape->nag.scale > 0));
  g_free (regions->contexts[index]);
  g_free (regions->against[index]);
  regions->contexts[index] = g_memdup2 (context, bytes);
  regions->against[index] = g_memdup2 (against, against != NULL ? bytes : 0);
}

static inline void
fake_regions_share_out (FakeRegions *regions, const LimnNetworkShape *shape, LimnUnetShares shares, gpointer data)
{
  g_free (regions->shares);
  regions->shares = g_new (float, (gsize) shape->height * shape->width * shape->regions);
  shares (shape->height, shape->width, regions->shares, data);
}

/* Something of all that each row is told.  told: [batch] */
static inline void
fake_told (const LimnUnetConfig *config, const LimnNetworkShape *shape, const float *context, const float *against,
           const float *pooled, const float *time_ids, float *told)
{
  gsize n = (gsize) shape->tokens * config->context_channels;
  double nag = shape->nag.scale;

  for (int row = 0; row < shape->batch; row++) {
    double sum = nag > 0 ? nag * against[row * n + config->context_channels] : 0;

    for (gsize i = 0; i < n; i++)
      sum += context[row * n + i] * cos ((double) i);
    for (int i = 0; i < config->pooled_channels; i++)
      sum += pooled[row * config->pooled_channels + i] * cos ((double) i);
    for (int i = 0; i < config->time_ids; i++)
      sum += sin (time_ids[row * config->time_ids + i] * (i + 1));
    told[row] = (float) (0.2 * sin (sum));
  }
}

static inline void
fake_regions_prepare (FakeRegions *regions, const LimnUnetConfig *config, const LimnNetworkShape *shape,
                      const float *pooled, const float *time_ids)
{
  for (int i = 0; i < shape->regions; i++) {
    g_free (regions->told[i]);
    regions->told[i] = g_new (float, shape->batch);
    fake_told (config, shape, regions->contexts[i], regions->against[i], pooled, time_ids, regions->told[i]);
  }
}

/* What a pixel of row is told, where the picture is told so. */
static inline float
fake_regions_told (const FakeRegions *regions, const LimnNetworkShape *shape, int row, gsize pixel, float told)
{
  for (int i = 0; i < shape->regions; i++) {
    float share = regions->shares[pixel * (gsize) shape->regions + (gsize) i];

    told = (1 - share) * told + share * regions->told[i][row];
  }
  return told;
}

G_END_DECLS
