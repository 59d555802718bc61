/* engine.h - what lies behind a LimnEngine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/costs.h"
#include "engine/limn.h"
#include "engine/residents.h"
#include "engine/speeds.h"

G_BEGIN_DECLS

struct _LimnEngine {
  LimnGpu *gpu;
  LimnResidents *residents;
  LimnSpeeds *speeds;
  LimnCosts *costs;
  gboolean chosen;         /* the device's variant of the kernels */
  char *told;              /* NULL, or what the notes of pictures have told of what is wrong on the device */
  int prepared[2];         /* variants that the device has compiled, of LIMN_KERNEL_VARIANTS, by LimnStore */
  guint prepared_kinds[2]; /* the same of kinds of weights: a bit each by its place in their table */
};

/* Bytes that Limn may use on the engine's device now, its own networks included. */
LimnBudget limn_engine_budget (LimnEngine *engine);

G_END_DECLS
