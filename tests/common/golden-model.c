/* golden-model.c - see golden-model.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/golden-model.h"

#include "common/golden.h"

LimnModel *
golden_model (const char *name)
{
  g_autofree char *path = golden_path (name);
  g_autoptr (GError) error = NULL;
  LimnModel *model = limn_model_open (path, &error);

  g_assert_no_error (error);
  return model;
}
