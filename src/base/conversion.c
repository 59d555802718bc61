/* conversion.c - see conversion.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/conversion.h"

static void
layer_free (gpointer data)
{
  LimnConvertedLayer *layer = data;

  g_free (layer->name);
  g_free (layer->shape);
  g_free (layer);
}

LimnConversion *
limn_conversion_new (void)
{
  LimnConversion *conversion = g_new0 (LimnConversion, 1);

  conversion->layers = g_ptr_array_new_with_free_func (layer_free);
  return conversion;
}

void
limn_conversion_free (LimnConversion *conversion)
{
  if (conversion == NULL)
    return;
  g_ptr_array_unref (conversion->layers);
  g_free (conversion);
}
