/* lora-blocks.c - which block of the U-Net a tensor is in, as those count who weigh LoRAs by them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "model/arch.h"
#include "model/lora.h"

int
limn_lora_block (const char *name, const LimnUnetConfig *config)
{
  static const struct {
    const char *prefix;
    int first, end;
  } kinds[] = {
    { "input_blocks.", 0, LIMN_UNET_MIDDLE },
    { "output_blocks.", LIMN_UNET_MIDDLE + 1, LIMN_UNET_BLOCKS },
  };
  g_autofree char *official = limn_arch_unet_single (name, config);

  for (guint i = 0; official != NULL && i < G_N_ELEMENTS (kinds); i++) {
    const char *at = strstr (official, kinds[i].prefix);
    int block = at != NULL ? kinds[i].first + atoi (at + strlen (kinds[i].prefix)) : -1;

    if (at != NULL)
      return block < kinds[i].end ? block : -1;
  }
  return official != NULL && strstr (official, "middle_block.") != NULL ? LIMN_UNET_MIDDLE : -1;
}
