/* prompt-group.h - the prompt and the negative one, and on wish the second encoder's own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "app/prompt/prompt-view.h"
#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_PROMPT_GROUP (limn_prompt_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnPromptGroup, limn_prompt_group, LIMN, PROMPT_GROUP, AdwPreferencesGroup)

/* Ties the fields to settings; reads the histories and the model's vocabulary in the background. */
void limn_prompt_group_bind (LimnPromptGroup *self, LimnSettings *settings);
/* Second prompts are offered only where the model has two text encoders. */
void limn_prompt_group_set_model (LimnPromptGroup *self, const LimnModelInfo *info);
/* Keeps what is about to be painted in the histories. */
void limn_prompt_group_remember (LimnPromptGroup *self);

/* "prompt", "negative", "prompt-2" or "negative-2" */
LimnPromptView *limn_prompt_group_get_view (LimnPromptGroup *self, const char *property);

G_END_DECLS
