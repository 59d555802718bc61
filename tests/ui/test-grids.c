/* test-grids.c - X/Y/Z grids through the window.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>
#include <unistd.h>

#include "app/queue/grid-window.h"
#include "window-fixture.h"

typedef WindowFixture Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  window_fixture_open (fixture, NULL);
  g_object_set (fixture->driver.settings, "prompt", "a red circle", "width", 160, "height", 96, "new-seed", FALSE,
                NULL);
  g_action_group_change_action_state (G_ACTION_GROUP (fixture->driver.window), "show-side",
                                      g_variant_new_boolean (TRUE));
}

static gboolean
has_sheet (WindowDriver *driver, gpointer data)
{
  return window_fixture_count_pictures ((Fixture *) driver) >= *(guint *) data;
}

static LimnImage *
largest_picture (Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->driver.folder, 0, NULL);
  const char *name;
  LimnImage *largest = NULL;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (fixture->driver.folder, name, NULL);
    LimnImage *image = limn_image_load_png (path, NULL, NULL);

    if (image == NULL)
      continue;
    if (largest == NULL || image->width > largest->width) {
      g_clear_pointer (&largest, limn_image_free);
      largest = image;
    } else {
      limn_image_free (image);
    }
  }
  return largest;
}

typedef struct {
  int x, y;
} Place;

/* every cell of the sheet is a picture that was painted: found again in it, pixel for pixel */
static Place
find_cell (const LimnImage *sheet, const LimnImage *cell)
{
  for (int y = 0; y + cell->height <= sheet->height; y++)
    for (int x = 0; x + cell->width <= sheet->width; x++) {
      int row = 0;

      while (row < cell->height
             && memcmp (sheet->rgb + ((gsize) (y + row) * sheet->width + x) * 3,
                        cell->rgb + (gsize) row * cell->width * 3, (gsize) cell->width * 3)
                    == 0)
        row++;
      if (row == cell->height)
        return (Place){ x, y };
    }
  g_assert_not_reached ();
}

static void
paint_grid (Fixture *fixture, const char *sides)
{
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "paint-grid", g_variant_new_parsed (sides));
}

/* By the grid's count of its cells. */
static void
find_cells (Fixture *fixture, guint n, Place *places)
{
  g_autoptr (LimnImage) sheet = largest_picture (fixture);

  for (guint i = 0; i < n; i++) {
    LimnQueueItem *item = window_fixture_item (fixture, i);

    places[limn_queue_item_get_cell (item)] =
        find_cell (sheet, limn_picture_get_image (limn_queue_item_get_picture (item)));
  }
}

static void
test_grid (Fixture *fixture, gconstpointer data)
{
  Place places[6];
  guint wanted = 7;

  paint_grid (fixture, "[('guidance', '2, 4, 6'), ('steps', '3, 5')]");
  g_assert_cmpuint (limn_queue_get_n_pending (fixture->driver.queue), ==, 6);
  window_driver_wait (&fixture->driver, "six pictures and a sheet", has_sheet, &wanted);
  find_cells (fixture, 6, places);
  /* as far apart across as down */
  for (guint i = 0; i < 6; i++) {
    g_assert_cmpint (places[i].x, ==, places[0].x + (int) (i % 3) * (places[1].x - places[0].x));
    g_assert_cmpint (places[i].y, ==, places[0].y + (int) (i / 3) * (places[3].y - places[0].y));
  }
  g_assert_cmpint (places[1].x - places[0].x - 160, ==, places[3].y - places[0].y - 96);
  window_driver_wait (&fixture->driver, "its title", window_fixture_says, (gpointer) "Guidance × Steps");
  window_driver_sleep (&fixture->driver, 300);
  window_driver_screenshot_at_rest (&fixture->driver, "grid-done");
}

/* Three tables alike, each in a place of its own. */
static void
test_grid_tables (Fixture *fixture, gconstpointer data)
{
  Place places[12];
  guint wanted = 13;

  paint_grid (fixture, "[('guidance', '2, 4'), ('steps', '3, 5'), ('seed', '1, 2, 3')]");
  g_assert_cmpuint (limn_queue_get_n_pending (fixture->driver.queue), ==, 12);
  window_driver_wait (&fixture->driver, "twelve pictures and a sheet", has_sheet, &wanted);
  find_cells (fixture, 12, places);
  for (guint i = 0; i < 12; i++) {
    LimnQueueItem *item = window_fixture_item (fixture, i);
    guint cell = (guint) limn_queue_item_get_cell (item);
    const LimnSettingsValues *values = limn_settings_values (limn_queue_item_get_settings (item));

    g_assert_cmpfloat (values->guidance, ==, cell % 2 == 0 ? 2 : 4);
    g_assert_cmpint (values->steps, ==, cell / 2 % 2 == 0 ? 3 : 5);
    g_assert_cmpuint (values->seed, ==, 1 + cell / 4);
    g_assert_cmpint (places[i].x - places[i / 4 * 4].x, ==, places[i % 4].x - places[0].x);
    g_assert_cmpint (places[i].y - places[i / 4 * 4].y, ==, places[i % 4].y - places[0].y);
  }
  g_assert_true (places[4].x > places[1].x + 160 || places[4].y > places[2].y + 96);
  g_assert_true (places[8].x > places[5].x + 160 || places[8].y > places[6].y + 96);
  window_driver_wait (&fixture->driver, "its title", window_fixture_says, (gpointer) "Guidance × Steps × Seed");
  window_driver_sleep (&fixture->driver, 300);
  window_driver_screenshot_at_rest (&fixture->driver, "grid-tables-done");
}

static void
test_grid_window (Fixture *fixture, gconstpointer data)
{
  window_driver_activate (&fixture->driver, "show-grid");
  window_driver_sleep (&fixture->driver, 300);
  g_assert_true (LIMN_IS_GRID_WINDOW (window_driver_front (&fixture->driver)));
  window_driver_screenshot_at_rest (&fixture->driver, "grid-window");
  gtk_window_close (window_driver_front (&fixture->driver));

  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "paint-grid",
                                  g_variant_new_parsed ("[('guidance', 'two')]"));
  g_assert_nonnull (limn_window_get_notice (fixture->driver.window));
  g_assert_cmpuint (limn_queue_get_n_pending (fixture->driver.queue), ==, 0);
}

#define ADD(name, test) g_test_add ("/grids/" name, Fixture, NULL, set_up, test, window_fixture_close)

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (240); /* a hang is a failure */
  ADD ("two-sides", test_grid);
  ADD ("tables", test_grid_tables);
  ADD ("window", test_grid_window);
  return g_test_run ();
}
