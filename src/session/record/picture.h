/* picture.h - a finished picture: pixels, the settings it was painted with, and where it was saved.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "session/settings/settings.h"

G_BEGIN_DECLS

#define LIMN_TYPE_PICTURE (limn_picture_get_type ())
G_DECLARE_FINAL_TYPE (LimnPicture, limn_picture, LIMN, PICTURE, GObject)

const LimnImage *limn_picture_get_image (LimnPicture *self);
/* A smooth enlargement for screens where the picture is smaller than 512 pixels; else the picture itself. */
const LimnImage *limn_picture_get_enlarged (LimnPicture *self);
/* What its file says: key, value, key, value ..., NULL, as limn_image_save_png () takes it. */
const char *const *limn_picture_get_text (LimnPicture *self);
/* Not to be changed. */
LimnSettings *limn_picture_get_settings (LimnPicture *self);
/* Where it is saved, or NULL with the reason in limn_picture_get_save_error (). */
const char *limn_picture_get_path (LimnPicture *self);
const GError *limn_picture_get_save_error (LimnPicture *self);
/* The LimnRecord of its run; NULL for a draft. */
const char *limn_picture_get_record_id (LimnPicture *self);
/* What step caching left out, for people; NULL: nothing. */
const char *limn_picture_get_left_out (LimnPicture *self);
/* What a person should know of this run. */
const char *const *limn_picture_get_notes (LimnPicture *self);
/* Of the whole run. */
double limn_picture_get_seconds (LimnPicture *self);

/* Saves a copy as path's ending says, replacing what is there, on a thread of its own.  With its settings inside,
 * unless bare; how: NULL, or the rest.  Where a picture with its settings had not been saved yet, path becomes its
 * path. */
void limn_picture_save_async (LimnPicture *self, const char *path, const LimnImageHow *how, gboolean bare,
                              GAsyncReadyCallback callback, gpointer user_data);
gboolean limn_picture_save_finish (LimnPicture *self, GAsyncResult *result, GError **error);

G_END_DECLS
