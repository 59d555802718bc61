/* drop-fixture.h - a window over the fake engine, pictures made to be dropped on it, and dropping them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "window-fixture.h"

G_BEGIN_DECLS

typedef WindowFixture DropFixture;

/* Settings as the Stable Diffusion web UI writes them. */
extern const char drop_webui[];

void drop_set_up (DropFixture *fixture, gconstpointer data);
void drop_tear_down (DropFixture *fixture, gconstpointer data);

const LimnSettingsValues *drop_values_of (DropFixture *fixture);
/* Whether an action of the window is. */
gboolean drop_enabled (DropFixture *fixture, const char *action);

/* For window_driver_wait (): the restore bar is there; a picture to start from; a notice. */
gboolean drop_is_asked (WindowDriver *driver, gpointer data);
gboolean drop_has_source (WindowDriver *driver, gpointer data);
gboolean drop_has_notice (WindowDriver *driver, gpointer data);

/* Files in the window's folder. */
char *drop_path_of (DropFixture *fixture, const char *name);
/* Left dark, right bright. */
LimnImage *drop_two_halves (int width, int height);
/* key: NULL, or of the text inside. */
char *drop_save_png (DropFixture *fixture, const char *name, int width, int height, const char *key, const char *text);
/* orientation: Exif's; 1: upright. */
char *drop_save_jpeg (DropFixture *fixture, const char *name, int width, int height, guint8 orientation);

/* As if let go over the window. */
void drop_paths (DropFixture *fixture, const char *const *paths);
void drop_path (DropFixture *fixture, const char *path);
gboolean drop_text (DropFixture *fixture, const char *text);
/* The next picture as it was saved, and its text. */
LimnImage *drop_generate (DropFixture *fixture, GHashTable **text);

#define DROP_ADD(name, test) g_test_add (name, DropFixture, NULL, drop_set_up, test, drop_tear_down)

G_END_DECLS
