/* golden-model.c - see golden-model.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/golden-model.h"

#include "common/golden.h"

LimnModel *
golden_model (const char *name)
{
  return golden_model_with (name, NULL);
}

LimnModel *
golden_model_with (const char *base, const char *unet)
{
  g_autofree char *path = golden_path (base), *other = unet != NULL ? golden_path (unet) : NULL;
  g_autoptr (GError) error = NULL;
  LimnModel *model = limn_model_open_parts (&(LimnModelParts){ path, { [LIMN_PART_UNET] = other } }, &error);

  g_assert_no_error (error);
  return model;
}
