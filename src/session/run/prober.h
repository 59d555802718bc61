/* prober.h - asks the worker something that is no run; only the newest question counts.
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

typedef struct {
  /* On the worker's thread: the answer, or NULL with an error. */
  gpointer (*ask) (LimnWorker *worker, LimnEngine *engine, gconstpointer data, const LimnMonitor *monitor,
                   GError **error);
  gpointer data; /* of ask, on any thread */
  GDestroyNotify free_data, free_answer;
} LimnQuestion;

/* question: copied, with its data taken over.  task: returns the answer, or an error: G_IO_ERROR_CANCELLED where a
 * newer question came. */
void limn_prober_ask (LimnProber *prober, LimnWorker *worker, const LimnQuestion *question,
                      LimnSessionProgressFunc progress, gpointer data, GTask *task);
/* The waiting question answers at once with G_IO_ERROR_CANCELLED. */
void limn_prober_stop (LimnProber *prober);
void limn_prober_free (LimnProber *prober);

G_END_DECLS
