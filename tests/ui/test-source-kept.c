/* test-source-kept.c - the picture to start from and its mask over a restart, and after whatever is done in whatever
 * order.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>

#include "source-fixture.h"

/* ---- Over a restart ---- */

static gboolean
is_loaded (WindowDriver *driver, gpointer data)
{
  return driver->window->source_loaded;
}

static void
test_kept (WindowFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnImage) image = NULL;
  g_autofree guint8 *mask = NULL;

  source_open_photo (fixture, "photo.png", 60);
  source_activate (fixture, "edit-mask");
  source_stroke (fixture, 40, 60);
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "extend-by",
                                  g_variant_new ("(iiii)", 0, 0, 64, 0));
  window_driver_wait (&fixture->driver, "the larger picture", source_is_wide, GINT_TO_POINTER (192));
  g_object_set (fixture->driver.settings, "strength", 0.9, NULL);
  image = limn_image_copy (limn_source_get_image (source_values (fixture)->source));
  mask = g_memdup2 (limn_mask_get_pixels (source_values (fixture)->mask), 192 * 128);
  source_restart (fixture);
  window_driver_wait (&fixture->driver, "the picture of last time", source_is_kept, NULL);
  source_settle ();
  source_assert_starts_from (fixture, image);
  g_assert_cmpmem (limn_mask_get_pixels (source_values (fixture)->mask), 192 * 128, mask, 192 * 128);
  g_assert_cmpint (source_values (fixture)->width, ==, 192);
  g_assert_cmpfloat (source_values (fixture)->strength, ==, 0.9);
  g_assert_cmpstr (limn_source_get_name (source_values (fixture)->source), ==, "photo.png, extended");
  g_assert_cmpint (limn_canvas_get_mode (fixture->driver.window->canvas), ==, LIMN_CANVAS_SOURCE);
  g_assert_false (source_enabled (fixture, "undo"));
  source_assert_told (fixture);

  source_activate (fixture, "clear-image"); /* gone is gone */
  source_restart (fixture);
  window_driver_wait (&fixture->driver, "what was kept", is_loaded, NULL);
  g_assert_null (source_values (fixture)->source);
  g_assert_null (limn_window_get_notice (fixture->driver.window));
}

/* Those of the state folder. */
static void
damage_kept (gboolean remove)
{
  g_autofree char *folder = g_build_filename (g_get_user_state_dir (), "limn", "runs", "kept", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    if (remove)
      g_assert_cmpint (g_unlink (path), ==, 0);
    else
      g_assert_true (g_file_set_contents (path, "\x89PNG", -1, NULL));
  }
}

/* Never silently: who sees no picture and no word believes that there was none. */
static void
test_lost (WindowFixture *fixture, gconstpointer data)
{
  static const char *const texts[] = { NULL, NULL, "[source]\nversion=99\npicture=x\n", "picture",
                                       "[source]\nversion=1\npicture=../../queue\n" };
  g_autofree char *path = g_build_filename (g_get_user_state_dir (), "limn", "source.ini", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    source_open_photo (fixture, "photo.png", (guint8) (60 + i));
    window_driver_close (&fixture->driver);
    if (texts[i] != NULL)
      g_assert_true (g_file_set_contents (path, texts[i], -1, NULL));
    else
      damage_kept (i == 0);
    fixture->driver.keep = TRUE;
    window_driver_open (&fixture->driver);
    window_driver_wait (&fixture->driver, "what was kept", is_loaded, NULL);
    g_assert_null (source_values (fixture)->source);
    g_assert_cmpstr (limn_window_get_notice (fixture->driver.window), ==, "The picture to start from is lost");
  }
}

/* ---- Whatever is done, in whatever order ---- */

#define CELL 16 /* pixels between strokes */

typedef struct {
  WindowFixture *fixture;
  GHashTable *strokes; /* checksum of a picture -> GArray of cells that were painted over it */
  char *edited;        /* checksum of the picture that the tool was taken up on */
  guint next;          /* cell */
  int photos;
} Walk;

static char *
checksum (const LimnImage *image)
{
  return g_compute_checksum_for_data (G_CHECKSUM_SHA1, image->rgb, (gsize) image->width * image->height * 3);
}

static char *
source_checksum (Walk *walk)
{
  LimnSource *source = source_values (walk->fixture)->source;

  return source != NULL ? checksum (limn_source_get_image (source)) : NULL;
}

static gboolean
has_cell (Walk *walk, const char *picture, guint cell)
{
  GArray *cells = g_hash_table_lookup (walk->strokes, picture);

  for (guint i = 0; cells != NULL && i < cells->len; i++)
    if (g_array_index (cells, guint, i) == cell)
      return TRUE;
  return FALSE;
}

static void
assert_mask_is_of_source (Walk *walk)
{
  const LimnSettingsValues *now = source_values (walk->fixture);
  g_autofree char *picture = source_checksum (walk);

  if (now->mask == NULL)
    return;
  g_assert_nonnull (picture);
  g_assert_cmpint (limn_mask_get_width (now->mask), ==, now->width);
  g_assert_cmpint (limn_mask_get_height (now->mask), ==, now->height);
  for (guint cell = 0; cell < walk->next; cell++) {
    int x = (int) (cell % 8) * CELL + CELL / 2, y = (int) (cell / 8 % 8) * CELL + CELL / 2;

    if (!has_cell (walk, picture, cell))
      g_assert_cmpint (limn_mask_get_pixels (now->mask)[y * now->width + x], ==, 0);
  }
}

static void
take_up (Walk *walk, const char *tool)
{
  LimnWindow *window = walk->fixture->driver.window;
  LimnCanvasMode mode = limn_mask_mode_get (window->mask_mode);

  if (!source_enabled (walk->fixture, tool))
    return;
  if (!limn_canvas_mode_edits (mode)) {
    g_clear_pointer (&walk->edited, g_free);
    walk->edited = mode == LIMN_CANVAS_VIEW && window->picture != NULL ? checksum (source_shown (walk->fixture))
                                                                       : source_checksum (walk);
  }
  source_activate (walk->fixture, tool);
}

static void
paint_cell (Walk *walk)
{
  g_autofree char *now = NULL;
  GArray *cells;
  guint cell = walk->next;

  if (limn_mask_mode_get (walk->fixture->driver.window->mask_mode) != LIMN_CANVAS_MASK || cell >= 64)
    return;
  walk->next++;
  source_stroke (walk->fixture, cell % 8 * CELL + CELL / 2, cell / 8 * CELL + CELL / 2);
  now = source_checksum (walk);
  g_assert_cmpstr (now, ==, walk->edited);
  cells = g_hash_table_lookup (walk->strokes, now);
  if (cells == NULL) {
    cells = g_array_new (FALSE, FALSE, sizeof (guint));
    g_hash_table_insert (walk->strokes, g_strdup (now), cells);
  }
  g_array_append_val (cells, cell);
}

static void
maybe (Walk *walk, const char *action)
{
  if (source_enabled (walk->fixture, action))
    source_activate (walk->fixture, action);
}

static void
choose_photo (Walk *walk)
{
  g_autofree char *name = g_strdup_printf ("photo-%d.png", ++walk->photos);

  source_open_photo (walk->fixture, name, (guint8) (walk->photos * 7));
  g_clear_pointer (&walk->edited, g_free);
  walk->edited = source_checksum (walk);
}

static void
paint_picture (Walk *walk)
{
  g_autoptr (LimnSettings) now = NULL;
  const LimnSettingsValues *painted;

  source_generate (walk->fixture);
  now = limn_settings_copy (walk->fixture->driver.settings);
  painted = limn_settings_values (limn_picture_get_settings (walk->fixture->driver.window->picture));
  g_assert_true (painted->source == limn_settings_values (now)->source);
  g_assert_true (painted->mask == limn_settings_values (now)->mask);
}

static void
walk_on (Walk *walk)
{
  switch (g_test_rand_int_range (0, 13)) {
  case 0:
  case 1:
    take_up (walk, "edit-mask");
    break;
  case 2:
    take_up (walk, "extend-canvas");
    break;
  case 3:
  case 4:
  case 5:
    paint_cell (walk);
    break;
  case 6:
    maybe (walk, "mask-undo");
    break;
  case 7:
    maybe (walk, "clear-image");
    break;
  case 8:
    maybe (walk, "clear-mask");
    break;
  case 9:
    choose_photo (walk);
    break;
  case 10:
    limn_window_leave_mask (walk->fixture->driver.window);
    break;
  case 11:
    if (!limn_canvas_mode_edits (limn_mask_mode_get (walk->fixture->driver.window->mask_mode)))
      maybe (walk, "undo");
    break;
  default:
    paint_picture (walk);
  }
  source_settle ();
}

static void
test_any_order (WindowFixture *fixture, gconstpointer data)
{
  g_autoptr (GHashTable) strokes =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  Walk walk = { fixture, strokes };

  g_object_set (limn_mask_mode_get_editor (fixture->driver.window->mask_mode), "brush-size", 8.0, "brush-feather", 0.0,
                NULL);
  for (int i = 0; i < 200; i++) {
    walk_on (&walk);
    assert_mask_is_of_source (&walk);
    if (!limn_canvas_mode_edits (limn_mask_mode_get (fixture->driver.window->mask_mode)))
      source_assert_told (fixture);
    if (source_values (fixture)->source == NULL)
      g_assert_null (source_values (fixture)->mask);
  }
  g_free (walk.edited);
}

/* What is on show stays under the brush when the mask of the settings' picture is taken away. */
static void
test_mask_cleared (WindowFixture *fixture, gconstpointer data)
{
  source_open_photo (fixture, "photo.png", 9);
  source_activate (fixture, "edit-mask");
  source_stroke (fixture, 24, 24);
  source_generate (fixture);
  g_assert_nonnull (source_values (fixture)->mask);
  source_activate (fixture, "edit-mask");
  source_activate (fixture, "clear-mask");
  source_settle ();
  g_assert_null (source_values (fixture)->mask);
  source_stroke (fixture, 40, 40);
  g_assert_nonnull (source_values (fixture)->mask);
  g_assert_true (limn_image_is_same (limn_source_get_image (source_values (fixture)->source), source_shown (fixture)));
}

static void
add (const char *path, void (*test) (WindowFixture *, gconstpointer))
{
  g_test_add (path, WindowFixture, NULL, source_fixture_open, test, window_fixture_close);
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  add ("/source/kept", test_kept);
  add ("/source/lost", test_lost);
  add ("/source/mask-cleared", test_mask_cleared);
  add ("/source/any-order", test_any_order);
  return g_test_run ();
}
