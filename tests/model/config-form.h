/* config-form.h - what a configuration says of a network's form, without where its file's weights stay.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <string.h>

#include "model/checkpoint.h"

static inline void
assert_same_form (gconstpointer config, gconstpointer expected, gsize size, gsize kept)
{
  g_autofree char *form = g_memdup2 (config, size), *other = g_memdup2 (expected, size);

  memset (form + kept, 0, sizeof (LimnKeptBlocks));
  memset (other + kept, 0, sizeof (LimnKeptBlocks));
  g_assert_cmpmem (form, size, other, size);
}

static inline void
assert_same_unet (const LimnUnetConfig *config, const LimnUnetConfig *expected)
{
  assert_same_form (config, expected, sizeof *config, G_STRUCT_OFFSET (LimnUnetConfig, kept));
}

static inline void
assert_same_clip (const LimnClipConfig *config, const LimnClipConfig *expected)
{
  assert_same_form (config, expected, sizeof *config, G_STRUCT_OFFSET (LimnClipConfig, kept));
}
