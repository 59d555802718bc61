/* workers.h - a session's workers: the lead, of whom all is asked that is no run, and further ones that paint beside.
 *
 * Lives in the context it was made in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/run/run.h"
#include "session/run/worker.h"

G_BEGIN_DECLS

typedef struct _LimnWorkers LimnWorkers;

/* In context: a device was connected or turned out not to be usable; lead: the lead's. */
typedef void (*LimnWorkersFunc) (gboolean lead, gpointer data);

/* lead: as in limn_engine_new ().  Begins to connect to it at once. */
LimnWorkers *limn_workers_new (int lead, GMainContext *context, LimnWorkersFunc changed, gpointer data);
/* devices: as in limn_engine_new ().  A worker that is not among them any more ends after the runs that it has; one
 * whose device could not be used is tried anew. */
void limn_workers_set_further (LimnWorkers *workers, const int *devices, guint n_devices);
/* Ends all runs early, lets them answer, joins and frees. */
void limn_workers_stop (LimnWorkers *workers);

LimnWorker *limn_workers_get_lead (LimnWorkers *workers);
/* The lead's; NULL while it is being connected, or if that failed: then error says why. */
const LimnDeviceInfo *limn_workers_get_device (LimnWorkers *workers, const GError **error);
/* Those that are connected and used, the lead's first.  (element-type LimnDeviceInfo) (transfer container) */
GPtrArray *limn_workers_get_devices (LimnWorkers *workers);

/* Whether there is a worker, or whether the lead is one, that has no run without an answer. */
gboolean limn_workers_is_free (LimnWorkers *workers, gboolean lead);
/* A free worker paints runs, together where that is one for all of them: so many at a time, 0: as many as fit.  Where
 * there is none, or lead is asked for, or it is a draft, the lead does in its turn.  A run goes on with a record where
 * one that nobody waits for may still be writing it. */
void limn_workers_begin (LimnWorkers *workers, LimnRun *const *runs, guint n, int together, gboolean lead);

G_END_DECLS
