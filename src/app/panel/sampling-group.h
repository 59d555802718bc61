/* sampling-group.h - steps, guidance, sampler, seed, and how many pictures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_SAMPLING_GROUP (limn_sampling_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnSamplingGroup, limn_sampling_group, LIMN, SAMPLING_GROUP, AdwPreferencesGroup)

void limn_sampling_group_bind (LimnSamplingGroup *self, LimnSettings *settings);
/* A button that sets what the model suggests, where something is set otherwise. */
void limn_sampling_group_offer_suggestion (LimnSamplingGroup *self, gboolean offer);

G_END_DECLS
