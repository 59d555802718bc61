/* fake-control.c - a ControlNet's stand-in beside fake-networks.c: what it is told is noted.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/fake-networks.h"
#include "model/unet.h"

void
limn_unet_set_control (LimnUnet *unet, int index, const float *picture)
{
  g_assert_true ((limn_unet_shape (unet)->controls >> index & 1) != 0);
  g_string_append_printf (fake_networks ()->log, " control%d", index);
}

void
limn_unet_set_share (LimnUnet *unet, int index, float share)
{
  g_assert_true ((limn_unet_shape (unet)->controls >> index & 1) != 0);
  g_string_append_printf (fake_networks ()->log, "*%g", (double) share);
}

/* The small models have no guidance channels, and are told in vain. */
void
limn_unet_set_guidance (LimnUnet *unet, double guidance)
{
  g_assert_cmpfloat (guidance, >=, 0);
}
