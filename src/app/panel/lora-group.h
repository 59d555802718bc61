/* lora-group.h - the LoRAs that the prompt names, each with its weight: what is changed here is changed in the prompt.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_LORA_GROUP (limn_lora_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnLoraGroup, limn_lora_group, LIMN, LORA_GROUP, AdwPreferencesGroup)

/* Looks for the files in the background, and says of each what of it is for the model. */
void limn_lora_group_bind (LimnLoraGroup *self, LimnSettings *settings);
/* Names a LoRA in the prompt, unless it is there. */
void limn_lora_group_add (LimnLoraGroup *self, const char *name);

G_END_DECLS
