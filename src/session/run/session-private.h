/* session-private.h - what the queue asks of the session, and what its files share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/run/estimator.h"
#include "session/run/prober.h"
#include "session/run/session.h"

G_BEGIN_DECLS

/* NULL: closed. */
LimnWorker *limn_session_get_lead (LimnSession *self);
LimnEstimator *limn_session_get_estimator (LimnSession *self);
LimnProber *limn_session_get_prober (LimnSession *self);

/* limn_session_run_async () with the id that the record will have, from limn_records_new_id (); NULL: any. */
LimnRun *limn_session_run_as (LimnSession *self, LimnSettings *settings, LimnRecord *record, int step,
                              LimnRunFlags flags, const char *id, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);

/* Runs that begin between these two are painted at once where they can be (engine/several.h), else one after another:
 * so many at a time, 0: as many as there is memory for.  lead: all of them with LIMN_RUN_LEAD, or none. */
void limn_session_gather (LimnSession *self);
void limn_session_paint_gathered (LimnSession *self, int together, gboolean lead);

/* Whether a run that begins now is painted at once; lead: with LIMN_RUN_LEAD. */
gboolean limn_session_is_free (LimnSession *self, gboolean lead);

G_END_DECLS
