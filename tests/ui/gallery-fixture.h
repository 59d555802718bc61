/* gallery-fixture.h - a gallery beside a stage, over real files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/gallery/compare-view.h"
#include "app/gallery/gallery-private.h"

G_BEGIN_DECLS

typedef struct {
  char *top, *folder;
  LimnLibrary *library;
  GtkWindow *window;
  GtkStack *stage;
  LimnGallery *gallery;
  LimnCompareView *compare;
  char *activated; /* path of the last "activated" */
  int compared, trashed;
  LimnTrash *trash;
} GalleryFixture;

typedef gboolean (*GalleryCondition) (GalleryFixture *fixture, gconstpointer data);

void gallery_set_up (GalleryFixture *fixture, gconstpointer data);
/* The gallery as wide as the real window has it. */
void gallery_open_window (GalleryFixture *fixture);
void gallery_tear_down (GalleryFixture *fixture, gconstpointer data);
void gallery_wait_for (GalleryFixture *fixture, const char *what, GalleryCondition condition, gconstpointer data);
void gallery_sleep_ms (GalleryFixture *fixture, int ms);
gboolean gallery_has_count (GalleryFixture *fixture, gconstpointer text);
/* Counts tiles, those with a picture, those that are damaged. */
void gallery_count_tiles (GtkWidget *widget, int *counts);
/* Conditions for gallery_wait_for (); data: a text, or nothing. */
gboolean gallery_are_loaded (GalleryFixture *fixture, gconstpointer data);
gboolean gallery_is_view_loaded (GalleryFixture *fixture, gconstpointer data);
gboolean gallery_has_tiles (GalleryFixture *fixture, gconstpointer data);
/* The window's pixels. */
GdkTexture *gallery_grab (GalleryFixture *fixture);
/* Into $LIMN_SCREENSHOT_DIR/name.png, after transitions; nothing where that is not set. */
void gallery_screenshot (GalleryFixture *fixture, const char *name);
/* Shapes on a ground, as the starter paints them; what they are follows from seed.  Returns the path.  (transfer
 * full) */
char *gallery_paint (GalleryFixture *fixture, int seed, int seconds, const char *prompt, double guidance);
void gallery_paint_many (GalleryFixture *fixture, int n);
void gallery_select_items (GalleryFixture *fixture, guint first, guint n);
void gallery_act (GalleryFixture *fixture, const char *name);
gboolean gallery_can (GalleryFixture *fixture, const char *name);
gboolean gallery_shows_page (GalleryFixture *fixture, gconstpointer name);

G_END_DECLS
