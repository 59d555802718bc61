/* residency.h - which networks may lie on the device at the same time.
 *
 * One pure function of what the device has free and what the job needs; no device is touched here.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

/* In the order in which a run uses them. */
typedef enum {
  LIMN_NETWORK_ENCODERS,
  LIMN_NETWORK_REFINER_ENCODERS,
  LIMN_NETWORK_VAE_ENCODER,
  LIMN_NETWORK_BASE,
  LIMN_NETWORK_REFINER,
  LIMN_NETWORK_VAE_DECODER,
  LIMN_N_NETWORKS,
} LimnNetwork;

/* Bytes of weights and work buffers together; 0 for what the job does not use.  The second index is the text encoder, 0
 * elsewhere. */
typedef struct {
  guint64 bytes[LIMN_N_NETWORKS][2];
} LimnNeeds;

typedef enum {
  LIMN_RESIDENCY_ALL,            /* everything stays: the next picture starts at once */
  LIMN_RESIDENCY_ENCODERS_APART, /* the text encoders leave once the prompt is encoded */
  LIMN_RESIDENCY_ONE, /* one network at a time: the base leaves before the refiner comes; each text encoder is one */
  LIMN_RESIDENCY_IMPOSSIBLE, /* the largest network does not fit by itself */
} LimnResidency;

/* The most that stays of needs within free bytes. */
LimnResidency limn_residency_plan (guint64 free, const LimnNeeds *needs);
/* The most bytes that are in use at one time under residency; and while network is at work. */
guint64 limn_residency_peak (LimnResidency residency, const LimnNeeds *needs);
guint64 limn_residency_during (LimnResidency residency, const LimnNeeds *needs, LimnNetwork network);
/* Whether b may stay while a comes. */
gboolean limn_residency_together (LimnResidency residency, LimnNetwork a, LimnNetwork b);

typedef struct {
  guint64 planned; /* what Limn allows itself */
  guint64 limit;   /* beyond this nothing can work */
} LimnBudget;

/* memory: the device's own; system_free: of the machine, with what Limn holds (0: unknown). */
LimnBudget limn_residency_budget (LimnDeviceKind kind, guint64 memory, guint64 system_free);

G_END_DECLS
