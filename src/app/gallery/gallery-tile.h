/* gallery-tile.h - one picture in the gallery: its thumbnail, a star on a favourite.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/gallery/gallery-thumbnails.h"

G_BEGIN_DECLS

#define LIMN_TYPE_GALLERY_TILE (limn_gallery_tile_get_type ())
G_DECLARE_FINAL_TYPE (LimnGalleryTile, limn_gallery_tile, LIMN, GALLERY_TILE, GtkWidget)

GtkWidget *limn_gallery_tile_new (void);
/* entry: NULL shows nothing.  thumbnails: where its texture comes from, once limn_gallery_tile_load () asks for it.
 * Signal "loaded" (): it has come, or is known to be damaged. */
void limn_gallery_tile_set_entry (LimnGalleryTile *self, LimnEntry *entry, LimnThumbnails *thumbnails);
/* It has an entry without a texture. */
gboolean limn_gallery_tile_is_waiting (LimnGalleryTile *self);
void limn_gallery_tile_load (LimnGalleryTile *self);
void limn_gallery_tile_stop (LimnGalleryTile *self);
LimnEntry *limn_gallery_tile_get_entry (LimnGalleryTile *self);
/* NULL while it is loaded, and for a damaged picture. */
GdkTexture *limn_gallery_tile_get_texture (LimnGalleryTile *self);
gboolean limn_gallery_tile_is_damaged (LimnGalleryTile *self);

G_END_DECLS
