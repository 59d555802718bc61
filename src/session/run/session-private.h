/* session-private.h - what the queue asks of the session.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/run/session.h"

G_BEGIN_DECLS

/* limn_session_run_async () with the id that the record will have, from limn_records_new_id (); NULL: any. */
LimnRun *limn_session_run_as (LimnSession *self, LimnSettings *settings, LimnRecord *record, int step,
                              LimnRunFlags flags, const char *id, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);

/* Whether a run that begins now is painted at once; lead: with LIMN_RUN_LEAD. */
gboolean limn_session_is_free (LimnSession *self, gboolean lead);

G_END_DECLS
