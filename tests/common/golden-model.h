/* golden-model.h - the miniature models of the golden values, opened.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"

G_BEGIN_DECLS

/* name: "mini-sdxl", or whatever golden_path () takes.  A model that will not open ends the test program. */
LimnModel *golden_model (const char *name);
/* base with the U-Net of another, a folder or a file, where unet is not NULL. */
LimnModel *golden_model_with (const char *base, const char *unet);

G_END_DECLS
