/* kept-source.h - the picture to start from, its mask and the pictures to follow, kept over a restart.
 *
 * XDG_STATE_HOME/limn/source.ini names them; they themselves are with those of runs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "session/record/kept.h"
#include "session/record/records.h"
#include "session/settings/settings.h"

G_BEGIN_DECLS

/* Its name, beside the queue's file. */
#define LIMN_KEPT_SOURCE_FILE "source.ini"

/* Blocks for the file with the names only. */
gboolean limn_kept_source_save (LimnRecords *records, LimnSettings *settings, GError **error);
void limn_kept_source_load_async (LimnRecords *records, GAsyncReadyCallback callback, gpointer user_data);
/* pictures: (transfer full), nothing where none were kept, which is no error. */
gboolean limn_kept_source_load_finish (LimnRecords *records, GAsyncResult *result, LimnKeptPictures *pictures,
                                       GError **error);

G_END_DECLS
