/* picture-private.h - how the session makes and saves pictures, on its worker's thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/picture.h"

G_BEGIN_DECLS

/* Takes result's image and notes, leaving the rest.  json, parameters: (transfer full) */
LimnPicture *limn_picture_new (LimnResult *result, LimnSettings *settings, char *json, char *parameters);
/* Saves into folder under a name of time, seed and prompt; keeps path or error in the picture.  Blocks. */
void limn_picture_store (LimnPicture *self, const char *folder);

G_END_DECLS
