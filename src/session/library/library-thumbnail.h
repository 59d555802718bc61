/* library-thumbnail.h - small pictures, made on threads of low priority and kept as the desktop keeps them.
 *
 * Follows the freedesktop.org thumbnail standard ("large", 256 pixels), so that file managers and Limn make use of each
 * other's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/limn.h"

G_BEGIN_DECLS

#define LIMN_THUMBNAIL_SIDE 256

typedef struct _LimnThumbnailer LimnThumbnailer;

/* folder: of the thumbnails; NULL: the desktop's. */
LimnThumbnailer *limn_thumbnailer_new (const char *folder);
/* Waits for what is being made; the rest answers with G_IO_ERROR_CANCELLED. */
void limn_thumbnailer_free (LimnThumbnailer *thumbnailer);

/* In the order of the requests, but for those that were cancelled.  task: (transfer full) returns a LimnImage, or an
 * error where the picture is damaged.  time: of the file, in microseconds. */
void limn_thumbnailer_request (LimnThumbnailer *thumbnailer, const char *path, gint64 size, gint64 time, GTask *task);

G_END_DECLS
