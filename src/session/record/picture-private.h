/* picture-private.h - how the session makes and saves pictures, on its worker's thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/record/picture.h"

G_BEGIN_DECLS

/* Takes result's image and notes, leaving the rest.  json, parameters: (transfer full).  record_id: NULL for a
 * draft. */
LimnPicture *limn_picture_new (LimnResult *result, LimnSettings *settings, char *json, char *parameters,
                               const char *record_id);
/* One that was read from path.  image, json, parameters: (transfer full); the texts NULL where it has none. */
LimnPicture *limn_picture_new_saved (LimnImage *image, LimnSettings *settings, char *json, char *parameters,
                                     const char *path);
/* Saves into folder under a name of time, seed and prompt; keeps path or error in the picture.  Blocks. */
void limn_picture_store (LimnPicture *self, const char *folder);

G_END_DECLS
