/* fake-networks.h - stand-ins for the device and the networks, so that the engine is tested without Vulkan.
 *
 * fake-networks.c defines the functions of gpu/device.h, model/clip.h, model/taesd.h, model/unet.h and model/vae.h and
 * their rows: a test program that compiles it in gets these instead of the library's.  Checkpoints are the real ones.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"
#include "model/unet.h"

G_BEGIN_DECLS

#define FAKE_PERTURBED 0.05f /* what the U-Net says more of all values where its attention is perturbed */

typedef struct {
  LimnDeviceKind kind;
  guint64 memory;
  int nan_clip, nan_encode, nan_decode; /* TRUE: in fp16 these give NaN */
  int nan_step;                         /* this step of a U-Net gives NaN in fp16; -1: none */
  gboolean nan_always;                  /* in fp32 too */
  int nan_preview;                      /* this call of a decoder for previews gives NaN; 0: none */
  gboolean nan_enlarge;                 /* an upscaler in fp16 gives NaN */
  gboolean full_for_preview;            /* LIMN_ERROR_MEMORY for such a decoder */
  const char *wrong_kernels;            /* NULL, or the variant that the device is wrong in */
  int most_alive;                       /* LIMN_ERROR_MEMORY for one network more; 0: no limit */
  int most_rows;                        /* LIMN_ERROR_MEMORY for a U-Net of more rows at once; 0: no limit */

  /* What happened. */
  int alive, peak_alive, made;
  guint64 brought; /* bytes of weights */
  int unet_rows;   /* of all its calls */
  int clip_calls, unet_calls, decode_calls, encode_calls, preview_calls, enlarge_calls;
  GString *log; /* "+clip1 -clip1 +unet6 unet6 ..." : made, freed, run (a U-Net by its time ids) */
} FakeNetworks;

FakeNetworks *fake_networks (void);
/* Where a row's sample, stride apart, is high, unet looks. */
void fake_look (LimnUnet *unet, const float *sample, gsize stride);
/* A large discrete device, nothing wrong with it, an empty log.  Networks that are alive stay counted. */
void fake_networks_reset (void);

G_END_DECLS
