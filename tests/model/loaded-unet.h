/* loaded-unet.h - a U-Net's weights on the device in halves, without what runs it, and what another checkpoint makes of
 * them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "model/written.h"

G_BEGIN_DECLS

typedef struct {
  LimnNet *net;
  LimnUnetPlans plans;
} LoadedUnet;

/* What fails ends the test. */
void loaded_unet_bring (LoadedUnet *unet, LimnCheckpoint *checkpoint, const LimnNetworkShape *shape);
void loaded_unet_exchange (const LoadedUnet *unet, LimnCheckpoint *before, LimnCheckpoint *after);
/* A weight of it, which is loaded, and its bytes.  (transfer full) */
guint8 *loaded_unet_bytes (const LoadedUnet *unet, const char *name, gsize *size);
void loaded_unet_clear (LoadedUnet *unet);

G_END_DECLS
