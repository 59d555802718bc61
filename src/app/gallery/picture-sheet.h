/* picture-sheet.h - several pictures as one, each with its words below: what photographers call a contact sheet.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/limn.h"

G_BEGIN_DECLS

/* The pictures in rows, in their order, none larger than side pixels; very small ones are enlarged.  paths, captions:
 * (element-type utf8), as many of each; NULL or "" for no words.  What cannot be read is an error that names it.  Any
 * thread. */
LimnImage *limn_picture_sheet_render (GPtrArray *paths, GPtrArray *captions, int side, GError **error);
/* Renders and saves as the ending of path says, on a thread.  paths, captions: taken over. */
void limn_picture_sheet_save_async (GPtrArray *paths, GPtrArray *captions, const char *path, const LimnImageHow *how,
                                    GAsyncReadyCallback callback, gpointer user_data);
gboolean limn_picture_sheet_save_finish (GAsyncResult *result, GError **error);

G_END_DECLS
