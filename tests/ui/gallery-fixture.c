/* gallery-fixture.c - a gallery beside a stage, over real files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gallery-fixture.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "common/finalize.h"
#include "common/folder.h"
#include "common/patience.h"
#include "library-files.h"

static void
activated_cb (GalleryFixture *fixture, LimnEntry *entry)
{
  g_free (fixture->activated);
  fixture->activated = g_strdup (limn_entry_get_path (entry));
}

static void
compare_cb (GalleryFixture *fixture, LimnEntry *before, LimnEntry *after)
{
  fixture->compared++;
  if (after == NULL)
    return;
  limn_compare_view_show_files (fixture->compare, limn_entry_get_path (before), limn_entry_get_path (after));
  gtk_stack_set_visible_child_name (fixture->stage, "compare");
}

static void
trashed_cb (GalleryFixture *fixture, LimnTrash *trash)
{
  fixture->trashed += (int) limn_trash_count (trash);
  g_clear_pointer (&fixture->trash, limn_trash_unref);
  fixture->trash = limn_trash_ref (trash);
}

void
gallery_set_up (GalleryFixture *fixture, gconstpointer data)
{
  fixture->top = g_dir_make_tmp (NULL, NULL);
  g_assert_nonnull (fixture->top);
  fixture->folder = g_build_filename (fixture->top, "Pictures", NULL);
  g_assert_cmpint (g_mkdir (fixture->folder, 0755), ==, 0);
}

/* The gallery as wide as the window has it, beside a stage. */
void
gallery_open_window (GalleryFixture *fixture)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  const char *folders[] = { fixture->folder, NULL };
  g_autofree char *index = g_build_filename (fixture->top, "library.sqlite", NULL);
  g_autofree char *thumbnails = g_build_filename (fixture->top, "thumbnails", NULL);

  fixture->library = limn_library_new (index, thumbnails);
  fixture->window = GTK_WINDOW (adw_window_new ());
  fixture->stage = GTK_STACK (gtk_stack_new ());
  fixture->gallery = g_object_new (LIMN_TYPE_GALLERY, "width-request", 304, NULL);
  fixture->compare = LIMN_COMPARE_VIEW (limn_compare_view_new ());
  gtk_widget_set_hexpand (GTK_WIDGET (fixture->stage), TRUE);
  gtk_stack_add_named (fixture->stage, gtk_label_new (""), "empty");
  gtk_stack_add_named (fixture->stage, GTK_WIDGET (fixture->compare), "compare");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (fixture->stage));
  gtk_box_append (GTK_BOX (box), gtk_separator_new (GTK_ORIENTATION_VERTICAL));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (fixture->gallery));
  adw_window_set_content (ADW_WINDOW (fixture->window), box);
  gtk_window_set_default_size (fixture->window, 1000, 700);
  g_signal_connect_swapped (fixture->gallery, "activated", G_CALLBACK (activated_cb), fixture);
  g_signal_connect_swapped (fixture->gallery, "compare", G_CALLBACK (compare_cb), fixture);
  g_signal_connect_swapped (fixture->gallery, "trashed", G_CALLBACK (trashed_cb), fixture);
  limn_gallery_set_library (fixture->gallery, fixture->library);
  limn_library_set_folders (fixture->library, folders);
  gtk_window_present (fixture->window);
}

void
gallery_tear_down (GalleryFixture *fixture, gconstpointer data)
{
  gtk_window_destroy (fixture->window);
  limn_library_close (fixture->library);
  tests_finalize (fixture->library);
  g_clear_pointer (&fixture->trash, limn_trash_unref);
  tests_remove_folder (fixture->top);
  g_clear_pointer (&fixture->activated, g_free);
  g_free (fixture->top);
  g_free (fixture->folder);
}

void
gallery_wait_for (GalleryFixture *fixture, const char *what, GalleryCondition condition, gconstpointer data)
{
  gint64 end = g_get_monotonic_time () + TESTS_PATIENCE * G_USEC_PER_SEC;

  while (!condition (fixture, data)) {
    if (g_get_monotonic_time () > end)
      g_error ("waited in vain for %s", what);
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (500);
  }
}

static gboolean
is_over (GalleryFixture *fixture, gconstpointer end)
{
  return g_get_monotonic_time () > *(const gint64 *) end;
}

void
gallery_sleep_ms (GalleryFixture *fixture, int ms)
{
  gint64 end = g_get_monotonic_time () + ms * 1000;

  gallery_wait_for (fixture, "time", is_over, &end);
}

gboolean
gallery_has_count (GalleryFixture *fixture, gconstpointer text)
{
  return g_strcmp0 (gtk_label_get_label (fixture->gallery->count_label), text) == 0;
}

void
gallery_count_tiles (GtkWidget *widget, int *counts)
{
  if (LIMN_IS_GALLERY_TILE (widget)) {
    LimnGalleryTile *tile = LIMN_GALLERY_TILE (widget);

    counts[0] += limn_gallery_tile_get_entry (tile) != NULL;
    counts[1] += limn_gallery_tile_get_texture (tile) != NULL;
    counts[2] += limn_gallery_tile_is_damaged (tile);
    return;
  }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    gallery_count_tiles (child, counts);
}

/* tiles, those with a picture, those that are damaged */
gboolean
gallery_are_loaded (GalleryFixture *fixture, gconstpointer data)
{
  int counts[3] = { 0, 0, 0 };

  gallery_count_tiles (GTK_WIDGET (fixture->gallery->grid), counts);
  return counts[0] > 0 && counts[1] + counts[2] == counts[0];
}

/* as gallery_are_loaded (), of those in view */
gboolean
gallery_is_view_loaded (GalleryFixture *fixture, gconstpointer data)
{
  GtkWidget *scroller = GTK_WIDGET (fixture->gallery->scroller);
  int height = gtk_widget_get_height (scroller), n = 0;

  for (GtkWidget *cell = gtk_widget_get_first_child (GTK_WIDGET (fixture->gallery->grid)); cell != NULL;
       cell = gtk_widget_get_next_sibling (cell)) {
    LimnGalleryTile *tile = LIMN_GALLERY_TILE (gtk_widget_get_first_child (cell));
    graphene_rect_t bounds;

    if (limn_gallery_tile_get_entry (tile) == NULL || !gtk_widget_compute_bounds (GTK_WIDGET (tile), scroller, &bounds)
        || bounds.origin.y > height || bounds.origin.y + bounds.size.height < 0)
      continue;
    if (limn_gallery_tile_is_waiting (tile))
      return FALSE;
    n++;
  }
  return n > 0;
}

gboolean
gallery_has_tiles (GalleryFixture *fixture, gconstpointer data)
{
  int counts[3] = { 0, 0, 0 };

  gallery_count_tiles (GTK_WIDGET (fixture->gallery->grid), counts);
  return counts[0] > 0;
}

GdkTexture *
gallery_grab (GalleryFixture *fixture)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (GTK_WIDGET (fixture->window));
  int width = gtk_widget_get_width (GTK_WIDGET (fixture->window));
  int height = gtk_widget_get_height (GTK_WIDGET (fixture->window));
  GskRenderNode *node = NULL;
  GdkTexture *texture;

  for (int i = 0; node == NULL && i < 1000; i++) {
    GtkSnapshot *snapshot = gtk_snapshot_new ();

    gdk_paintable_snapshot (paintable, snapshot, width, height);
    node = gtk_snapshot_free_to_node (snapshot);
    if (node == NULL)
      gallery_sleep_ms (fixture, 5);
  }
  g_assert_nonnull (node);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (fixture->window)), node,
                                         &GRAPHENE_RECT_INIT (0, 0, width, height));
  gsk_render_node_unref (node);
  return texture;
}

void
gallery_screenshot (GalleryFixture *fixture, const char *name)
{
  const char *folder = g_getenv ("LIMN_SCREENSHOT_DIR");
  g_autofree char *path = NULL;
  g_autoptr (GdkTexture) texture = NULL;

  if (folder == NULL)
    return;
  gallery_sleep_ms (fixture, 400);
  g_mkdir_with_parents (folder, 0755);
  path = g_strdup_printf ("%s/%s.png", folder, name);
  texture = gallery_grab (fixture);
  g_assert_true (gdk_texture_save_to_png (texture, path));
}

/* ---- Pictures ---- */

static void
fill (LimnImage *image, int kind, int x0, int y0, int size, const guint8 color[3])
{
  for (int y = MAX (0, y0); y < MIN (image->height, y0 + size); y++)
    for (int x = MAX (0, x0); x < MIN (image->width, x0 + size); x++) {
      double dx = x - x0 - size / 2.0, dy = y - y0 - size / 2.0;

      if (kind == 0 || (kind == 1 && dx * dx + dy * dy < size * size / 4.0)
          || (kind == 2 && fabs (dx) < (y - y0) / 2.0))
        memcpy (image->rgb + ((gsize) y * image->width + x) * 3, color, 3);
    }
}

/* Shapes on a ground, as the starter paints them; what they are follows from seed. */
char *
gallery_paint (GalleryFixture *fixture, int seed, int seconds, const char *prompt, double guidance)
{
  static const guint8 colors[][3] = { { 237, 212, 73 },  { 34, 102, 165 }, { 192, 57, 43 },  { 88, 160, 112 },
                                      { 244, 236, 216 }, { 60, 64, 90 },   { 226, 140, 92 }, { 130, 90, 150 } };
  static const int sizes[][2] = { { 512, 512 }, { 608, 416 }, { 416, 608 }, { 512, 512 }, { 672, 384 } };
  const int *size = sizes[seed % 5];
  g_autoptr (LimnImage) image = limn_image_new (size[0], size[1]);
  g_autofree char *name = g_strdup_printf ("%04d.png", seed);
  g_autofree char *json = g_strdup_printf ("{\"limn\": \"0.1\", \"prompt\": \"%s\", \"width\": %d, \"height\": %d,"
                                           " \"steps\": 20, \"guidance\": %.1f, \"seed\": %d}",
                                           prompt, size[0], size[1], guidance, seed);
  const char *text[] = { "limn", json, NULL };
  char *path = g_build_filename (fixture->folder, name, NULL);
  GError *error = NULL;

  fill (image, 0, 0, 0, 800, colors[seed % 8]);
  fill (image, seed % 3, size[0] / 8, size[1] / 6, size[1] / 2, colors[(seed + 3 + seed / 8) % 8]);
  fill (image, (seed + 1) % 3, size[0] / 2, size[1] / 3, size[1] / 2 - 20, colors[(seed + 5) % 8]);
  limn_image_save_png (image, path, text, &error);
  g_assert_no_error (error);
  library_files_set_time (path, seconds);
  return path;
}

void
gallery_paint_many (GalleryFixture *fixture, int n)
{
  static const char *const prompts[] = { "a red circle above a blue square", "a green hill at dawn", "two boats" };

  for (int i = 0; i < n; i++) {
    g_autofree char *path = gallery_paint (fixture, i, 1700000000 + i * 60, prompts[i % 3], 3 + i);

    g_assert_nonnull (path);
  }
}

void
gallery_select_items (GalleryFixture *fixture, guint first, guint n)
{
  gtk_selection_model_select_range (GTK_SELECTION_MODEL (fixture->gallery->selection), first, n, TRUE);
}

void
gallery_act (GalleryFixture *fixture, const char *name)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (fixture->gallery->actions), name);

  g_assert_nonnull (action);
  g_assert_true (g_action_get_enabled (action));
  g_action_activate (action, NULL);
}

gboolean
gallery_can (GalleryFixture *fixture, const char *name)
{
  return g_action_get_enabled (g_action_map_lookup_action (G_ACTION_MAP (fixture->gallery->actions), name));
}

gboolean
gallery_shows_page (GalleryFixture *fixture, gconstpointer name)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (fixture->gallery->pages), name) == 0;
}
