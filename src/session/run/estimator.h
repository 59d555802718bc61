/* estimator.h - asks the worker what a run would take; only the newest question counts.
 *
 * Lives in the context it was made in.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gio/gio.h>

#include "session/run/worker.h"

G_BEGIN_DECLS

typedef struct _LimnEstimator LimnEstimator;

LimnEstimator *limn_estimator_new (GMainContext *context);
/* task: returns a LimnEstimate, or an error: G_IO_ERROR_CANCELLED where a newer question came. */
void limn_estimator_ask (LimnEstimator *estimator, LimnWorker *worker, LimnSettings *settings, GTask *task);
/* The waiting question answers at once with G_IO_ERROR_CANCELLED. */
void limn_estimator_stop (LimnEstimator *estimator);
void limn_estimator_free (LimnEstimator *estimator);

G_END_DECLS
