/* window-fixture.h - the real window over the fake engine, with the device and the starter's size in place.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/canvas/canvas.h"
#include "fake-engine.h"
#include "window-driver.h"

G_BEGIN_DECLS

typedef struct {
  WindowDriver driver; /* first: conditions get it */
  FakeEngine fake;     /* as it was set at the beginning; change it, then fake_engine_set () */
  LimnCanvas *canvas;
  int previews, last_step; /* of the session that was opened: how many there were, and the step of the last */
} WindowFixture;

/* For g_test_add (). */
void window_fixture_open (WindowFixture *fixture, gconstpointer unused);
/* Fails where an engine is left. */
void window_fixture_close (WindowFixture *fixture, gconstpointer unused);
/* The one at index in the queue.  (transfer none) */
LimnQueueItem *window_fixture_item (WindowFixture *fixture, guint index);
/* Those in the session's folder that are whole. */
guint window_fixture_count_pictures (WindowFixture *fixture);
/* For window_driver_wait (): whether some label of the window says text. */
gboolean window_fixture_says (WindowDriver *driver, gpointer text);

G_END_DECLS
