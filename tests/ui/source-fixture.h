/* source-fixture.h - the window over the fake engine, and what the tests of the picture to start from do with it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/window/window-private.h"
#include "window-fixture.h"

G_BEGIN_DECLS

/* For g_test_add (): 128 x 128 pixels in four steps. */
void source_fixture_open (WindowFixture *fixture, gconstpointer data);
/* The window is closed, and another one begins with what it left. */
void source_restart (WindowFixture *fixture);

const LimnSettingsValues *source_values (WindowFixture *fixture);
const LimnImage *source_shown (WindowFixture *fixture);
/* Nothing waits in the main loop. */
void source_settle (void);
/* An action, and what it brings about. */
void source_activate (WindowFixture *fixture, const char *action);
gboolean source_enabled (WindowFixture *fixture, const char *action);
void source_generate (WindowFixture *fixture);
/* One touch of the brush. */
void source_stroke (WindowFixture *fixture, double x, double y);
/* Every pixel another colour; shade: what all have in common. */
LimnSource *source_make (int width, int height, guint8 shade);
/* Saves a photo and opens it. */
void source_open_photo (WindowFixture *fixture, const char *name, guint8 shade);

/* For window_driver_wait (). */
gboolean source_is_wide (WindowDriver *driver, gpointer width);
gboolean source_has_base (WindowDriver *driver, gpointer data);
gboolean source_is_kept (WindowDriver *driver, gpointer data);

void source_assert_starts_from (WindowFixture *fixture, const LimnImage *image);
/* The texts of all labels that can be seen, " | " between them. */
void source_add_labels (GtkWidget *widget, GString *text);
/* What decides the next picture is on the canvas, and nothing else is. */
void source_assert_told (WindowFixture *fixture);

G_END_DECLS
