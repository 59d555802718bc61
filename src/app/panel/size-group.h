/* size-group.h - the size of the picture: the shapes a model was trained on, and free numbers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_SIZE_GROUP (limn_size_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnSizeGroup, limn_size_group, LIMN, SIZE_GROUP, AdwPreferencesGroup)

void limn_size_group_bind (LimnSizeGroup *self, LimnSettings *settings);
/* What the model was made for and trained on. */
void limn_size_group_set_model (LimnSizeGroup *self, const LimnModelInfo *info);
void limn_size_group_swap (LimnSizeGroup *self);
/* As the picture to start from: its very ratio, or the model's shape that is nearest; nothing where there is none. */
void limn_size_group_follow_source (LimnSizeGroup *self, gboolean exact);

G_END_DECLS
