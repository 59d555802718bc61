/* residency.h - which networks may lie on the device at the same time.
 *
 * Pure functions of what the device has free and the acts of a run; no device is touched here.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/act.h"

G_BEGIN_DECLS

typedef enum {
  LIMN_RESIDENCY_ALL,            /* everything stays: the next picture starts at once */
  LIMN_RESIDENCY_ENCODERS_APART, /* the text encoders leave once the prompt is encoded */
  LIMN_RESIDENCY_ONE,            /* only what works at once: the base leaves before the refiner comes; each text
                                  * encoder works by itself */
  LIMN_RESIDENCY_STREAMED,       /* the same, and networks that are too large for that have only so much room as there
                                  * is (LimnNetworkShape): weights come anew each time that they are asked */
  LIMN_RESIDENCY_IMPOSSIBLE,     /* what works at once does not fit */
} LimnResidency;

/* The most that stays of what acts need within free bytes, at the cost that they have: it does not choose what to
 * stream (limn_job_fit ()). */
LimnResidency limn_residency_plan (guint64 free, const LimnAct *acts);
/* The most bytes of weights and work buffers that are in use at one time under residency; and while act, one of acts,
 * is at work. */
guint64 limn_residency_peak (LimnResidency residency, const LimnAct *acts);
guint64 limn_residency_during (LimnResidency residency, const LimnAct *acts, const LimnAct *act);
/* Whether other may stay while network comes, which act needs. */
gboolean limn_residency_together (LimnResidency residency, const LimnAct *act, const LimnNetwork *network,
                                  const LimnNetwork *other);

typedef struct {
  guint64 planned; /* what Limn allows itself */
  guint64 limit;   /* beyond this nothing can work */
} LimnBudget;

/* memory: the device's own; memory_free: of that, and system_free: of the machine, with what Limn holds (0:
 * unknown). */
LimnBudget limn_residency_budget (LimnDeviceKind kind, guint64 memory, guint64 memory_free, guint64 system_free);
/* limn_residency_plan () within a budget.  Others may give memory back, so only what can never fit is impossible. */
LimnResidency limn_residency_choose (const LimnBudget *budget, const LimnAct *acts);

G_END_DECLS
