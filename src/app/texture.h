/* texture.h - pictures between the engine's bytes, GDK's textures and the files people drop.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/source.h"

G_BEGIN_DECLS

/* A copy. */
GdkTexture *limn_texture_from_image (const LimnImage *image);
/* image at most side pixels wide and high, never enlarged.  Any thread. */
GdkTexture *limn_texture_thumbnail (const LimnImage *image, int side);

/* Decodes on another thread.  origin: a GFile or a GdkTexture.  Photos are turned upright; transparency is laid on white. */
void limn_source_load_async (GObject *origin, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);
LimnSource *limn_source_load_finish (GAsyncResult *result, GError **error);

G_END_DECLS
