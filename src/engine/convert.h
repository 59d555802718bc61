/* convert.h - a model written anew as one file, its linear layers quantized.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/conversion.h"
#include "engine/limn.h"

G_BEGIN_DECLS

/* What linear layers can be written as, in the order in which people are shown it; NULL after the last. */
const LimnChoice *limn_conversion_choice (guint index);
/* Whether it can be written to a file of path's name, which ends in .gguf or .safetensors (.sft): else an error that
 * says what can. */
gboolean limn_conversion_check (const char *to, const char *path, GError **error);
/* Writes the model that parts name to path, as whole as it is: a U-Net may be alone.  to: the name of a choice.  What
 * lies at path is replaced, in the end.  Reads all weights; no device.  (transfer full) */
LimnConversion *limn_model_convert (const LimnModelParts *parts, const char *to, const char *path, const LimnTick *tick,
                                    GError **error);

G_END_DECLS
