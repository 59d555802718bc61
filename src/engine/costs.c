/* costs.c - see costs.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/costs.h"

/* An entry is some 300 bytes; an estimate that looks for a size that fits asks for a few dozen. */
#define MOST_KNOWN 1024

struct _LimnCosts {
  LimnGpuLimits limits;
  GHashTable *known; /* GBytes, see key_of () -> LimnSurvey */
};

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

/* All that the survey depends on. */
static GBytes *
key_of (const LimnNetwork *network, gconstpointer config, gsize bytes)
{
  GByteArray *key = g_byte_array_new ();

  g_byte_array_append (key, (const guint8 *) &network->kind, sizeof network->kind);
  g_byte_array_append (key, (const guint8 *) &network->precision, sizeof network->precision);
  g_byte_array_append (key, (const guint8 *) &network->shape, sizeof network->shape);
  g_byte_array_append (key, config, bytes);
  return g_byte_array_free_to_bytes (key);
}

LimnSurvey
limn_costs_find (LimnCosts *costs, const LimnNetwork *network)
{
  const LimnNetworkKind *kind = network->kind;
  gsize bytes;
  gconstpointer config = kind->config (kind, limn_network_weights (network), &bytes);

  g_autoptr (GBytes) key = key_of (network, config, bytes);
  const LimnSurvey *known = g_hash_table_lookup (costs->known, key);
  if (known != NULL)
    return *known;
  const LimnSurvey fresh = kind->survey (kind, &costs->limits, config, network->precision, &network->shape);
  if (g_hash_table_size (costs->known) >= MOST_KNOWN)
    g_hash_table_remove_all (costs->known);
  g_hash_table_insert (costs->known, g_steal_pointer (&key), g_memdup2 (&fresh, sizeof fresh));
  return fresh;
}
