/* fake-private.h - what the files of the fake engine share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "fake-engine.h"

G_BEGIN_DECLS

struct _LimnEngine {
  GThread *thread;
  LimnDeviceInfo *device;
  gboolean lost, prepared;
  int speeds;
};

FakeEngine fake_engine_get (void);
/* Adds generates, steps, painting, estimates and wrong_thread. */
void fake_count (const FakeCounts *more);
/* Sets error where code is one; where: what failed. */
gboolean fake_fails (int code, const char *where, GError **error);
/* Whether failures are told of this one. */
gboolean fake_is_failing (const LimnEngine *engine);
/* One of fail_times is over. */
void fake_failed (void);

/* The steps that a request does: [begin, split) the base, [split, steps) the refiner. */
void fake_span (const LimnRequest *request, int *begin, int *split);

G_END_DECLS
