/* prompt-fixture.h - the prompt editor in the real window, over the fake engine.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/prompt/prompt-group.h"
#include "fake-engine.h"
#include "window-driver.h"

G_BEGIN_DECLS

typedef struct {
  WindowDriver driver;
  FakeEngine fake;
  LimnPromptGroup *group;
  LimnPromptView *view; /* of the prompt itself */
  GtkTextBuffer *buffer;
} PromptFixture;

/* With no prompts kept from before. */
void prompt_fixture_open (PromptFixture *fixture, gconstpointer unused);
void prompt_fixture_close (PromptFixture *fixture, gconstpointer unused);
/* Another window, once the last one is closed. */
void prompt_fixture_open_window (PromptFixture *fixture);
/* Until the editor has marked what is in it. */
void prompt_fixture_settle (PromptFixture *fixture);

G_END_DECLS
