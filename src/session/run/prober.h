/* prober.h - asks the worker what a model predicts; only the newest question counts.
 *
 * Lives in the context it was made in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/run/session.h"
#include "session/run/worker.h"

G_BEGIN_DECLS

typedef struct _LimnProber LimnProber;

LimnProber *limn_prober_new (GMainContext *context);
/* task: returns a LimnProbe of g_new (), or an error: G_IO_ERROR_CANCELLED where a newer question came. */
void limn_prober_ask (LimnProber *prober, LimnWorker *worker, const char *path, LimnSessionProgressFunc progress,
                      gpointer data, GTask *task);
/* The waiting question answers at once with G_IO_ERROR_CANCELLED. */
void limn_prober_stop (LimnProber *prober);
void limn_prober_free (LimnProber *prober);

G_END_DECLS
