/* costs.c - see costs.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/costs.h"

#include <string.h>

/* An entry is some 300 bytes; an estimate that looks for a size that fits asks for a few dozen. */
#define MOST_KNOWN 1024

struct _LimnCosts {
  LimnGpuLimits limits;
  GHashTable *known; /* GBytes of a Key -> LimnSurvey */
};

/* Compared byte by byte: begun with zeros. */
typedef struct {
  enum { UNET, VAE, CLIP } network;
  LimnPrecision precision;
  LimnVaeDirection direction;
  LimnNetworkShape shape;
  union {
    LimnUnetConfig unet;
    LimnVaeConfig vae;
    LimnClipConfig clip;
  } config;
} Key;

LimnCosts *
limn_costs_new (const LimnGpuLimits *limits)
{
  LimnCosts *costs = g_new0 (LimnCosts, 1);

  costs->limits = *limits;
  costs->known = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, g_free);
  return costs;
}

void
limn_costs_free (LimnCosts *costs)
{
  if (costs == NULL)
    return;
  g_hash_table_unref (costs->known);
  g_free (costs);
}

static LimnSurvey
survey (const LimnGpuLimits *limits, const Key *key)
{
  const LimnNetworkShape *shape = &key->shape;

  switch (key->network) {
  case UNET:
    return limn_survey_unet (limits, &key->config.unet, key->precision, shape);
  case VAE:
    return limn_survey_vae (limits, &key->config.vae, key->direction, key->precision, 1, shape->height, shape->width);
  case CLIP:
    return limn_survey_clip (limits, &key->config.clip, key->precision, 1);
  }
  g_assert_not_reached ();
}

static LimnSurvey
recall (LimnCosts *costs, const Key *key)
{
  g_autoptr (GBytes) bytes = g_bytes_new (key, sizeof *key);
  const LimnSurvey *known = g_hash_table_lookup (costs->known, bytes);

  if (known != NULL)
    return *known;
  const LimnSurvey fresh = survey (&costs->limits, key);
  if (g_hash_table_size (costs->known) >= MOST_KNOWN)
    g_hash_table_remove_all (costs->known);
  g_hash_table_insert (costs->known, g_steal_pointer (&bytes), g_memdup2 (&fresh, sizeof fresh));
  return fresh;
}

LimnSurvey
limn_costs_unet (LimnCosts *costs, const LimnUnetConfig *config, LimnPrecision precision, const LimnNetworkShape *shape)
{
  Key key;

  memset (&key, 0, sizeof key);
  key.network = UNET;
  key.precision = precision;
  key.shape = *shape;
  key.config.unet = *config;
  return recall (costs, &key);
}

LimnSurvey
limn_costs_vae (LimnCosts *costs, const LimnVaeConfig *config, LimnVaeDirection direction, LimnPrecision precision,
                int height, int width)
{
  Key key;

  memset (&key, 0, sizeof key);
  key.network = VAE;
  key.precision = precision;
  key.direction = direction;
  key.shape.height = height;
  key.shape.width = width;
  key.config.vae = *config;
  return recall (costs, &key);
}

LimnSurvey
limn_costs_clip (LimnCosts *costs, const LimnClipConfig *config, LimnPrecision precision)
{
  Key key;

  memset (&key, 0, sizeof key);
  key.network = CLIP;
  key.precision = precision;
  key.config.clip = *config;
  return recall (costs, &key);
}
