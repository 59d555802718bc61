/* model-preview.h - the pictures that show what models paint, read in the background and kept while they are looked at.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "session/models/models.h"

G_BEGIN_DECLS

/* What lies beside entry's file, or else what the file has inside: at most 320 pixels wide and high.  Answers with NULL
 * and no error where there is none. */
void limn_model_preview_load_async (LimnModelEntry *entry, GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
/* (transfer full) */
GdkTexture *limn_model_preview_load_finish (GAsyncResult *result, GError **error);

/* "drive-multidisk-symbolic": what stands for a file of that kind. */
const char *limn_model_preview_icon (const LimnFileFacts *facts);

G_END_DECLS
