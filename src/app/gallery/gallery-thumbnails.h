/* gallery-thumbnails.h - the small pictures that are in memory: those looked at last.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/library/library.h"

G_BEGIN_DECLS

#define LIMN_TYPE_THUMBNAILS (limn_thumbnails_get_type ())
G_DECLARE_FINAL_TYPE (LimnThumbnails, limn_thumbnails, LIMN, THUMBNAILS, GObject)

LimnThumbnails *limn_thumbnails_new (LimnLibrary *library);
/* What is in memory; NULL: to be loaded.  Borrowed. */
GdkTexture *limn_thumbnails_peek (LimnThumbnails *self, LimnEntry *entry);
/* Cancel it when no one waits any more: what is looked at comes first. */
void limn_thumbnails_load_async (LimnThumbnails *self, LimnEntry *entry, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
GdkTexture *limn_thumbnails_load_finish (LimnThumbnails *self, GAsyncResult *result, GError **error);

G_END_DECLS
