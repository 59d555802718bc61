/* residency.c - see residency.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/residency.h"

static gboolean
needs (const LimnAct *act, const LimnNetwork *network)
{
  for (int k = 0; k < act->n_uses; k++)
    if (limn_network_is (&act->uses[k].network, network))
      return TRUE;
  return FALSE;
}

gboolean
limn_residency_together (LimnResidency residency, const LimnAct *act, const LimnNetwork *network,
                         const LimnNetwork *other)
{
  if (limn_network_is (network, other))
    return TRUE;
  switch (residency) {
  case LIMN_RESIDENCY_ALL:
    return TRUE;
  case LIMN_RESIDENCY_ENCODERS_APART:
    return !network->kind->reads_prompt == !other->kind->reads_prompt;
  case LIMN_RESIDENCY_ONE:
  case LIMN_RESIDENCY_STREAMED:
  case LIMN_RESIDENCY_IMPOSSIBLE:
    return !network->kind->reads_prompt && needs (act, other);
  }
  g_assert_not_reached ();
}

/* What network takes in those of acts, up to last, that need it. */
static guint64
bytes_of (const LimnAct *acts, const LimnAct *last, const LimnNetwork *network)
{
  guint64 most = 0, bytes;

  for (const LimnAct *act = acts; act != last; act = act->next)
    for (int k = 0; k < act->n_uses; k++)
      if (limn_network_is (&act->uses[k].network, network))
        most =
            MAX (most, g_uint64_checked_add (&bytes, act->uses[k].cost.weights, act->uses[k].cost.work) ? bytes
                                                                                                        : G_MAXUINT64);
  return most;
}

/* What network, which act needs, and all that may stay beside it take. */
static guint64
bytes_with (LimnResidency residency, const LimnAct *acts, const LimnAct *act, const LimnNetwork *network)
{
  guint64 sum = 0;

  for (const LimnAct *at = acts; at != NULL; at = at->next)
    for (int k = 0; k < at->n_uses; k++) {
      const LimnNetwork *other = &at->uses[k].network;
      gboolean counted = bytes_of (acts, at, other) > 0;

      if (!counted && limn_residency_together (residency, act, network, other)
          && !g_uint64_checked_add (&sum, sum, bytes_of (acts, NULL, other)))
        return G_MAXUINT64;
    }
  return sum;
}

guint64
limn_residency_during (LimnResidency residency, const LimnAct *acts, const LimnAct *act)
{
  guint64 most = 0;

  for (int k = 0; k < act->n_uses; k++)
    most = MAX (most, bytes_with (residency, acts, act, &act->uses[k].network));
  return most;
}

guint64
limn_residency_peak (LimnResidency residency, const LimnAct *acts)
{
  guint64 peak = 0;

  for (const LimnAct *act = acts; act != NULL; act = act->next)
    peak = MAX (peak, limn_residency_during (residency, acts, act));
  return peak;
}

LimnResidency
limn_residency_plan (guint64 free, const LimnAct *acts)
{
  for (LimnResidency plan = LIMN_RESIDENCY_ALL; plan <= LIMN_RESIDENCY_ONE; plan++)
    if (limn_residency_peak (plan, acts) <= free)
      return plan;
  return LIMN_RESIDENCY_IMPOSSIBLE;
}

LimnResidency
limn_residency_choose (const LimnBudget *budget, const LimnAct *acts)
{
  LimnResidency residency = limn_residency_plan (budget->planned, acts);

  if (residency == LIMN_RESIDENCY_IMPOSSIBLE && limn_residency_peak (LIMN_RESIDENCY_ONE, acts) <= budget->limit)
    return LIMN_RESIDENCY_ONE;
  return residency;
}

LimnBudget
limn_residency_budget (LimnDeviceKind kind, guint64 memory, guint64 memory_free, guint64 system_free)
{
  /* A card's memory also holds the desktop, the driver's own things, and perhaps another program's model, which may go
   * again. */
  guint64 most = memory - memory / 8;
  LimnBudget budget = { memory_free > 0 ? MIN (most, memory_free) : most, memory };
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
