/* mask-file.h - masks as grey picture files, read and written on other threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/limn.h"
#include "session/settings/mask.h"

G_BEGIN_DECLS

/* Any picture file; see limn_mask_from_image (). */
void limn_mask_load_async (GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full) */
LimnImage *limn_mask_load_finish (GAsyncResult *result, GError **error);

/* A PNG, replacing what is at path. */
void limn_mask_save_async (LimnMask *mask, const char *path, GAsyncReadyCallback callback, gpointer user_data);
gboolean limn_mask_save_finish (LimnMask *mask, GAsyncResult *result, GError **error);

G_END_DECLS
