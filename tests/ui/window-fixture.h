/* window-fixture.h - the real window over the fake engine, with the starter's size in place.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "fake-engine.h"
#include "window-driver.h"

G_BEGIN_DECLS

typedef struct {
  WindowDriver driver;
  FakeEngine fake; /* as it was set at the beginning; change it, then fake_engine_set () */
} WindowFixture;

void window_fixture_open (WindowFixture *fixture);
/* Fails where an engine is left. */
void window_fixture_close (WindowFixture *fixture);

G_END_DECLS
