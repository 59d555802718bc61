/* texture.h - pictures between the engine's bytes and GDK's textures.  Any thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/limn.h"

G_BEGIN_DECLS

/* A copy. */
GdkTexture *limn_texture_from_image (const LimnImage *image);
/* image at most side pixels wide and high, never enlarged. */
GdkTexture *limn_texture_thumbnail (const LimnImage *image, int side);

/* Transparency is laid on white; transparent: NULL, or receives whether there was any. */
LimnImage *limn_image_from_texture (GdkTexture *texture, gboolean *transparent);

G_END_DECLS
