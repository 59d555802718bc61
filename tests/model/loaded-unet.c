/* loaded-unet.c - see loaded-unet.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/loaded-unet.h"

#include "gpu/gpu-private.h"
#include "model/networks.h"

void
loaded_unet_bring (LoadedUnet *unet, LimnCheckpoint *checkpoint, const LimnNetworkShape *shape)
{
  g_autoptr (GError) error = NULL;

  unet->net = limn_net_new (limn_gpu_limits (networks_gpu ()), LIMN_STORE_F16);
  limn_unet_write (unet->net, limn_checkpoint_unet (checkpoint), shape, &unet->plans);
  limn_net_finish_part (unet->net, unet->plans.step, networks_gpu (), checkpoint, LIMN_PART_UNET, NULL, &error);
  g_assert_no_error (error);
  limn_net_finish_part (unet->net, unet->plans.prepare, networks_gpu (), checkpoint, LIMN_PART_UNET, NULL, &error);
  g_assert_no_error (error);
}

void
loaded_unet_exchange (const LoadedUnet *unet, LimnCheckpoint *before, LimnCheckpoint *after)
{
  g_autoptr (GError) error = NULL;

  limn_net_exchange_part (unet->net, before, after, LIMN_PART_UNET, NULL, &error);
  g_assert_no_error (error);
}

guint8 *
loaded_unet_bytes (const LoadedUnet *unet, const char *name, gsize *size)
{
  g_autoptr (GError) error = NULL;
  LimnSlice slice;
  guint8 *bytes;

  /* it is loaded: no source is asked */
  limn_weights_load (limn_net_weights (unet->net), networks_gpu (), NULL, name, &slice, &error);
  g_assert_no_error (error);
  bytes = g_malloc (slice.size);
  limn_buffer_download (slice, bytes, &error);
  g_assert_no_error (error);
  *size = slice.size;
  return bytes;
}

void
loaded_unet_clear (LoadedUnet *unet)
{
  limn_unet_plans_clear (&unet->plans);
  limn_net_free (unet->net);
}
