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
limn_residency_peak (LimnResidency residency, const LimnNeeds *needs)
{
  guint64 peak = 0;

  for (int a = 0; a < LIMN_N_NETWORKS; a++) {
    guint64 sum = 0;
    for (int b = 0; b < LIMN_N_NETWORKS; b++)
      if (limn_residency_together (residency, a, b) && !g_uint64_checked_add (&sum, sum, needs->bytes[b]))
        return G_MAXUINT64;
    peak = MAX (peak, sum);
  }
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

guint64
limn_residency_unet_work (int batch, int height, int width, int channels, int value)
{
  /* The skip connections come to about 8 tensors of the first level, the block at work to about 16. */
  return (guint64) batch * height * width * channels * value * 24;
}

guint64
limn_residency_vae_work (int batch, int height, int width, int channels, int value)
{
  /* The widest moment: twice the first level's channels at full size, before, inside and after a block. */
  return (guint64) batch * height * 8 * width * 8 * channels * 2 * value * 3;
}
