/* residency.c - see residency.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/residency.h"

static gboolean
is_encoder (LimnNetwork network)
{
  return network == LIMN_NETWORK_ENCODERS || network == LIMN_NETWORK_REFINER_ENCODERS;
}

gboolean
limn_residency_together (LimnResidency residency, LimnNetwork a, LimnNetwork b)
{
  switch (residency) {
  case LIMN_RESIDENCY_ALL:
    return TRUE;
  case LIMN_RESIDENCY_ENCODERS_APART:
    return is_encoder (a) == is_encoder (b);
  case LIMN_RESIDENCY_ONE:
  case LIMN_RESIDENCY_IMPOSSIBLE:
    return a == b;
  }
  g_assert_not_reached ();
}

guint64
limn_residency_during (LimnResidency residency, const LimnNeeds *needs, LimnNetwork network)
{
  const guint64 *own = needs->bytes[network];
  guint64 sum = 0;

  if (residency == LIMN_RESIDENCY_ONE || residency == LIMN_RESIDENCY_IMPOSSIBLE)
    return MAX (own[0], own[1]);
  for (int other = 0; other < LIMN_N_NETWORKS; other++)
    for (int k = 0; k < 2; k++)
      if (limn_residency_together (residency, network, other)
          && !g_uint64_checked_add (&sum, sum, needs->bytes[other][k]))
        return G_MAXUINT64;
  return sum;
}

guint64
limn_residency_peak (LimnResidency residency, const LimnNeeds *needs)
{
  guint64 peak = 0;

  for (int network = 0; network < LIMN_N_NETWORKS; network++)
    peak = MAX (peak, limn_residency_during (residency, needs, network));
  return peak;
}

LimnResidency
limn_residency_plan (guint64 free, const LimnNeeds *needs)
{
  for (LimnResidency plan = LIMN_RESIDENCY_ALL; plan < LIMN_RESIDENCY_IMPOSSIBLE; plan++)
    if (limn_residency_peak (plan, needs) <= free)
      return plan;
  return LIMN_RESIDENCY_IMPOSSIBLE;
}

LimnBudget
limn_residency_budget (LimnDeviceKind kind, guint64 memory, guint64 system_free)
{
  /* A card's memory also holds the desktop and the driver's own things. */
  LimnBudget budget = { memory - memory / 8, memory };
  /* The machine's is shared with every program, and with the mapped model files that are being copied from. */
  LimnBudget shared = { system_free / 2, system_free };

  if (system_free == 0)
    return budget;
  /* A software device takes from the machine what it likes, whatever size it says its heap has. */
  if (kind == LIMN_DEVICE_SOFTWARE)
    return shared;
  if (kind == LIMN_DEVICE_INTEGRATED)
    return (LimnBudget){ MIN (budget.planned, shared.planned), MIN (budget.limit, shared.limit) };
  return budget;
}
