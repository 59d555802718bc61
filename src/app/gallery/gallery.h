/* gallery.h - the history: every picture of a library as tiles, with search, favourites and trash.
 *
 * Signals:
 *   "activated" (LimnEntry *)            one was chosen, by the pointer or the keyboard
 *   "use-settings" (LimnEntry *), "use-picture" (LimnEntry *)
 *   "compare" (LimnEntry *, LimnEntry *)  the older one first; the second is NULL: with what is shown
 *   "open-folder" (LimnEntry *)          that has it; NULL: of all pictures
 *   "trashed" (LimnTrash *)              they can still come back
 *   "failed" (const char *)              something could not be done; why
 * What can be done is in the action group "gallery": "compare", "use-settings", "use-picture", "favourite", "copy",
 * "copy-prompt", "open-folder", "trash", "undo-trash".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <adwaita.h>

#include "session/library/library.h"

G_BEGIN_DECLS

#define LIMN_TYPE_GALLERY (limn_gallery_get_type ())
G_DECLARE_FINAL_TYPE (LimnGallery, limn_gallery, LIMN, GALLERY, AdwBin)

void limn_gallery_set_library (LimnGallery *self, LimnLibrary *library);
/* (element-type LimnEntry) newest first.  (transfer full) */
GPtrArray *limn_gallery_get_selected (LimnGallery *self);
/* Selects the picture of that path alone, without "activated", and scrolls to it.  FALSE: it is not listed. */
gboolean limn_gallery_reveal (LimnGallery *self, const char *path);
void limn_gallery_focus_search (LimnGallery *self);
/* Whether a picture's menu is open. */
gboolean limn_gallery_has_menu (LimnGallery *self);
/* Whether a search or the favourites hide other pictures; and the end of that. */
gboolean limn_gallery_is_filtered (LimnGallery *self);
void limn_gallery_show_all (LimnGallery *self);
void limn_gallery_focus_pictures (LimnGallery *self);
/* Puts trash back; "failed" says if that cannot be. */
void limn_gallery_restore (LimnGallery *self, LimnTrash *trash);

G_END_DECLS
