/* costs.h - what networks come to on one device, surveyed once and remembered.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/act.h"

G_BEGIN_DECLS

typedef struct _LimnCosts LimnCosts;

LimnCosts *limn_costs_new (const LimnGpuLimits *limits);
void limn_costs_free (LimnCosts *costs);

/* network: one that its model has. */
LimnSurvey limn_costs_find (LimnCosts *costs, const LimnNetwork *network);

G_END_DECLS
