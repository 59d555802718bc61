/* image-group.h - the picture to start from: a place to drop it, what part is used, how much is painted anew.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_IMAGE_GROUP (limn_image_group_get_type ())
G_DECLARE_FINAL_TYPE (LimnImageGroup, limn_image_group, LIMN, IMAGE_GROUP, AdwPreferencesGroup)

void limn_image_group_bind (LimnImageGroup *self, LimnSettings *settings);

G_END_DECLS
