/* test-gallery.c - the gallery and the comparison of two pictures, over real files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/gallery/gallery-tile.h"
#include "common/finalize.h"
#include "common/own-time.h"
#include "gallery-fixture.h"
#include "library-files.h"
#include "window-driver.h"

/* ---- Tests ---- */

static void
test_states (GalleryFixture *fixture, gconstpointer data)
{
  gallery_open_window (fixture);
  gallery_wait_for (fixture, "the empty page", gallery_shows_page, "empty");
  g_assert_true (gallery_has_count (fixture, "0 pictures"));
  gallery_screenshot (fixture, "gallery-empty");
  gallery_paint_many (fixture, 1);
  gallery_wait_for (fixture, "a picture", gallery_has_count, "1 picture");
  g_assert_true (gallery_shows_page (fixture, "grid"));
  gallery_wait_for (fixture, "a thumbnail", gallery_are_loaded, NULL);
  gtk_editable_set_text (GTK_EDITABLE (fixture->gallery->search_entry), "zeppelin");
  gallery_wait_for (fixture, "nothing found", gallery_shows_page, "nothing");
  gallery_wait_for (fixture, "the count", gallery_has_count, "0 of 1 picture");
  gallery_screenshot (fixture, "gallery-nothing");
  gtk_editable_set_text (GTK_EDITABLE (fixture->gallery->search_entry), "");
  gallery_wait_for (fixture, "a picture", gallery_shows_page, "grid");
  gtk_toggle_button_set_active (fixture->gallery->favourites_button, TRUE);
  gallery_wait_for (fixture, "no favourites", gallery_shows_page, "no-favourites");
  gallery_screenshot (fixture, "gallery-no-favourites");
}

static gboolean
was_activated (GalleryFixture *fixture, gconstpointer path)
{
  return fixture->activated != NULL && g_str_has_suffix (fixture->activated, path);
}

static gboolean
has_trashed (GalleryFixture *fixture, gconstpointer n)
{
  return fixture->trashed == GPOINTER_TO_INT (n);
}

static void
test_actions (GalleryFixture *fixture, gconstpointer data)
{
  g_autofree char *newest = g_build_filename (fixture->folder, "0013.png", NULL);
  g_autoptr (GPtrArray) selected = NULL;

  gallery_paint_many (fixture, 14);
  gallery_open_window (fixture);
  gallery_wait_for (fixture, "the pictures", gallery_has_count, "14 pictures");
  gallery_wait_for (fixture, "the thumbnails", gallery_are_loaded, NULL);
  g_assert_false (gallery_can (fixture, "trash"));
  g_assert_true (limn_gallery_reveal (fixture->gallery, newest));
  gallery_sleep_ms (fixture, 200);
  g_assert_null (fixture->activated);
  gallery_select_items (fixture, 2, 1);
  gallery_wait_for (fixture, "the activation", was_activated, "0011.png");
  g_assert_true (gallery_can (fixture, "use-settings"));

  gallery_act (fixture, "favourite");
  selected = limn_gallery_get_selected (fixture->gallery);
  g_assert_true (limn_entry_get_favourite (selected->pdata[0]));
  gallery_select_items (fixture, 5, 2);
  g_assert_true (gallery_has_count (fixture, "2 of 14 pictures selected"));
  g_assert_false (gallery_can (fixture, "use-settings"));
  g_assert_true (gallery_can (fixture, "compare"));
  gallery_act (fixture, "favourite");
  gallery_screenshot (fixture, "gallery");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
  gallery_screenshot (fixture, "gallery-dark");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_LIGHT);

  gtk_popover_popup (fixture->gallery->popover);
  gallery_sleep_ms (fixture, 300);
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (fixture->gallery->popover)));
  gtk_popover_popdown (fixture->gallery->popover);

  gallery_act (fixture, "trash");
  gallery_wait_for (fixture, "the trash", has_trashed, GINT_TO_POINTER (2));
  gallery_wait_for (fixture, "the rest", gallery_has_count, "12 pictures");
  gallery_act (fixture, "undo-trash");
  gallery_wait_for (fixture, "them to be back", gallery_has_count, "14 pictures");
  g_assert_false (gallery_can (fixture, "undo-trash"));
  gtk_toggle_button_set_active (fixture->gallery->favourites_button, TRUE);
  gallery_wait_for (fixture, "the favourites", gallery_has_count, "3 of 14 pictures");
  gtk_editable_set_text (GTK_EDITABLE (fixture->gallery->search_entry), "boats");
  gallery_wait_for (fixture, "a favourite", gallery_has_count, "2 of 14 pictures");
}

static void
test_damaged (GalleryFixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autofree char *bytes = NULL;
  g_autofree char *garbage = g_build_filename (fixture->folder, "garbage.png", NULL);
  int counts[3] = { 0, 0, 0 };
  gsize size;

  gallery_paint_many (fixture, 3);
  path = gallery_paint (fixture, 3, 1800000000, "cut short", 3);
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size * 2 / 3, NULL));
  g_assert_true (g_file_set_contents (garbage, "garbage", -1, NULL));
  gallery_open_window (fixture);
  gallery_wait_for (fixture, "the pictures", gallery_has_count, "5 pictures");
  gallery_wait_for (fixture, "the thumbnails", gallery_are_loaded, NULL);
  gallery_count_tiles (GTK_WIDGET (fixture->gallery->grid), counts);
  g_assert_cmpint (counts[1], ==, 3);
  g_assert_cmpint (counts[2], ==, 2);
  gallery_screenshot (fixture, "gallery-damaged");
}

static GtkWidget *
find_tile (GtkWidget *widget)
{
  GtkWidget *found = LIMN_IS_GALLERY_TILE (widget) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_tile (child);
  return found;
}

/* a picture tells what it is, but not over the menu that was asked for */
static void
test_tooltip (GalleryFixture *fixture, gconstpointer data)
{
  g_autoptr (GtkTooltip) tooltip = g_object_new (GTK_TYPE_TOOLTIP, NULL);
  GtkPopover *menu;
  GtkWidget *tile;

  gallery_paint_many (fixture, 3);
  gallery_open_window (fixture);
  gallery_wait_for (fixture, "the pictures", gallery_has_count, "3 pictures");
  gallery_wait_for (fixture, "the thumbnails", gallery_are_loaded, NULL);
  tile = find_tile (GTK_WIDGET (fixture->gallery->grid));
  menu = fixture->gallery->popover;
  g_assert_true (GTK_WIDGET_GET_CLASS (tile)->query_tooltip (tile, 5, 5, FALSE, tooltip));
  gtk_popover_popup (menu);
  g_assert_false (GTK_WIDGET_GET_CLASS (tile)->query_tooltip (tile, 5, 5, FALSE, tooltip));
  gtk_popover_popdown (menu);
  gallery_sleep_ms (fixture, 300);
  g_assert_true (GTK_WIDGET_GET_CLASS (tile)->query_tooltip (tile, 5, 5, FALSE, tooltip));
}

/* ---- What is handed to other programs ---- */

static void
written_cb (GObject *object, GAsyncResult *result, gpointer slot)
{
  g_assert_true (gdk_content_provider_write_mime_type_finish (GDK_CONTENT_PROVIDER (object), result, NULL));
  *(gboolean *) slot = TRUE;
}

static gboolean
is_set (GalleryFixture *fixture, gconstpointer flag)
{
  return *(const gboolean *) flag;
}

static void
test_content (GalleryFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) selected = NULL;
  g_autoptr (GdkContentProvider) content = NULL;
  g_autoptr (GOutputStream) stream = g_memory_output_stream_new_resizable ();
  g_auto (GValue) value = G_VALUE_INIT;
  g_autofree char *bytes = NULL;
  gboolean done = FALSE;
  gsize size;

  gallery_paint_many (fixture, 3);
  gallery_open_window (fixture);
  gallery_wait_for (fixture, "the pictures", gallery_has_count, "3 pictures");
  gallery_select_items (fixture, 0, 2);
  selected = limn_gallery_get_selected (fixture->gallery);
  content = limn_gallery_content_new (selected);
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_assert_true (gdk_content_provider_get_value (content, &value, NULL));
  g_assert_cmpuint (g_slist_length (g_value_get_boxed (&value)), ==, 2);
  gdk_content_provider_write_mime_type_async (content, "image/png", stream, G_PRIORITY_DEFAULT, NULL, written_cb,
                                              &done);
  gallery_wait_for (fixture, "the bytes", is_set, &done);
  g_assert_true (g_file_get_contents (limn_entry_get_path (selected->pdata[0]), &bytes, &size, NULL));
  g_assert_cmpmem (g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (stream)),
                   g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (stream)), bytes, size);
}

/* ---- Comparing ---- */

static gboolean
is_compared (GalleryFixture *fixture, gconstpointer data)
{
  return limn_compare_view_get_difference (fixture->compare)[0] != '\0';
}

/* The colour at a share of the slider's width, in the pictures' ground. */
static guint32
color_at (GalleryFixture *fixture, double share)
{
  g_autoptr (GdkTexture) texture = gallery_grab (fixture);
  GtkWidget *slider = GTK_WIDGET (limn_compare_view_get_slider (fixture->compare));
  int width = gdk_texture_get_width (texture), height = gdk_texture_get_height (texture);
  g_autofree guint32 *pixels = g_new (guint32, (gsize) width * height);
  double x, y;

  g_assert_true (gtk_widget_translate_coordinates (slider, GTK_WIDGET (fixture->window),
                                                   gtk_widget_get_width (slider) * share, 80, &x, &y));
  gdk_texture_download (texture, (guchar *) pixels, (gsize) width * 4);
  return pixels[(int) y * width + (int) x] & 0xffffff;
}

static void
test_compare (GalleryFixture *fixture, gconstpointer data)
{
  LimnCompareSlider *slider;
  g_autofree char *one = NULL;
  g_autofree char *other = NULL;
  guint32 before, after;

  one = gallery_paint (fixture, 10, 1700000000, "a red circle on a table", 3);
  other = gallery_paint (fixture, 20, 1700000060, "a blue circle on a table", 5.5);
  gallery_open_window (fixture);
  slider = limn_compare_view_get_slider (fixture->compare);
  gallery_wait_for (fixture, "the pictures", gallery_has_count, "2 pictures");
  gallery_wait_for (fixture, "the thumbnails", gallery_are_loaded, NULL);
  gallery_select_items (fixture, 0, 2);
  gallery_act (fixture, "compare");
  gallery_wait_for (fixture, "the comparison", is_compared, NULL);
  g_assert_cmpstr (limn_compare_view_get_difference (fixture->compare), ==,
                   "prompt red → blue · guidance 3 → 5.5 · seed 10 → 20");
  gallery_sleep_ms (fixture, 400);
  before = color_at (fixture, 0.3);
  after = color_at (fixture, 0.7);
  g_assert_cmphex (before, !=, after);
  gallery_screenshot (fixture, "compare");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
  gallery_screenshot (fixture, "compare-dark");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_LIGHT);

  /* the whole of either */
  limn_compare_slider_set_position (slider, 1);
  gallery_sleep_ms (fixture, 50);
  g_assert_cmphex (color_at (fixture, 0.7), ==, before);
  limn_compare_slider_set_position (slider, -3);
  g_assert_cmpfloat (limn_compare_slider_get_position (slider), ==, 0);
  gallery_sleep_ms (fixture, 50);
  g_assert_cmphex (color_at (fixture, 0.3), ==, after);

  /* what is first stands where reading starts */
  gtk_widget_set_direction (GTK_WIDGET (slider), GTK_TEXT_DIR_RTL);
  limn_compare_slider_set_position (slider, 0.5);
  gallery_sleep_ms (fixture, 50);
  g_assert_cmphex (color_at (fixture, 0.3), ==, after);
  g_assert_cmphex (color_at (fixture, 0.7), ==, before);

  /* one alone is for the window to complete */
  gallery_select_items (fixture, 0, 1);
  gallery_act (fixture, "compare");
  g_assert_cmpint (fixture->compared, ==, 2);
}

/* ---- Ten thousand ---- */

typedef struct {
  GArray *gaps, *costs; /* double, ms: between frames; of the main thread's own time, whatever else the machine does */
  gint64 last, last_cost;
  GtkAdjustment *adjustment;
  double speed; /* pixels a frame */
} Scrolling;

static gboolean
scroll_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Scrolling *scrolling = data;
  gint64 now = g_get_monotonic_time ();

  if (scrolling->last != 0) {
    double gap = (now - scrolling->last) / 1e3, cost = (tests_own_time () - scrolling->last_cost) / 1e3;

    g_array_append_val (scrolling->gaps, gap);
    g_array_append_val (scrolling->costs, cost);
  }
  scrolling->last = now;
  scrolling->last_cost = tests_own_time ();
  gtk_adjustment_set_value (scrolling->adjustment, gtk_adjustment_get_value (scrolling->adjustment) + scrolling->speed);
  return G_SOURCE_CONTINUE;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static void
report (const char *what, GArray *values)
{
  g_array_sort (values, compare_doubles);
  g_test_message ("%s: %u frames, median %.1f ms, 99 %% %.1f ms, longest %.1f ms", what, values->len,
                  g_array_index (values, double, values->len / 2),
                  g_array_index (values, double, values->len * 99 / 100),
                  g_array_index (values, double, values->len - 1));
}

static void
scroll (GalleryFixture *fixture, const char *what, double speed)
{
  g_autoptr (GArray) gaps = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) costs = g_array_new (FALSE, FALSE, sizeof (double));
  g_autofree char *own = g_strconcat (what, ", the main thread's own time", NULL);
  Scrolling scrolling = { gaps, costs, 0, 0, gtk_scrolled_window_get_vadjustment (fixture->gallery->scroller), speed };
  guint tick = gtk_widget_add_tick_callback (GTK_WIDGET (fixture->window), scroll_cb, &scrolling, NULL);

  gallery_sleep_ms (fixture, 3000);
  gtk_widget_remove_tick_callback (GTK_WIDGET (fixture->window), tick);
  g_assert_cmpuint (gaps->len, >, 20);
  report (what, gaps);
  report (own, costs);
  /* a machine may be busy, a stall is a second */
  g_assert_cmpfloat (g_array_index (gaps, double, gaps->len - 1), <, 1000);
}

static void
test_ten_thousand (GalleryFixture *fixture, gconstpointer data)
{
  gint64 start;

  for (int i = 0; i < 10000; i++) {
    g_autofree char *name = g_strdup_printf ("2026-11-23-%06d.png", i);
    g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
    g_autofree char *parameters = g_strdup_printf ("a harbour in the fog, number %d\nSteps: 20, Seed: %d", i, i);

    library_files_write (path, 96, i % 3 == 0 ? 64 : 96, "parameters", parameters);
    library_files_set_time (path, 1700000000 + i);
  }
  gallery_open_window (fixture);
  gallery_wait_for (fixture, "the pictures", gallery_has_count, "10000 pictures");
  gtk_window_destroy (fixture->window);
  limn_library_close (fixture->library);
  tests_finalize (fixture->library);

  start = g_get_monotonic_time ();
  gallery_open_window (fixture);
  gallery_wait_for (fixture, "the pictures", gallery_has_count, "10000 pictures");
  gallery_wait_for (fixture, "the tiles", gallery_has_tiles, NULL);
  g_test_message ("10,000 pictures: tiles after %.3f s", (g_get_monotonic_time () - start) / 1e6);
  gallery_wait_for (fixture, "the thumbnails", gallery_is_view_loaded, NULL);
  g_test_message ("10,000 pictures: thumbnails, never made before, after %.3f s",
                  (g_get_monotonic_time () - start) / 1e6);
  gallery_sleep_ms (fixture, 500);
  scroll (fixture, "scrolled slowly", 8);
  scroll (fixture, "scrolled fast", 120);
  scroll (fixture, "flung", 4000);
  gallery_sleep_ms (fixture, 300);
  gallery_wait_for (fixture, "the thumbnails", gallery_is_view_loaded, NULL);
  gallery_screenshot (fixture, "gallery-ten-thousand");
}

int
main (int argc, char **argv)
{
  window_driver_init (&argc, &argv);
  adw_init ();
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_LIGHT);
#define ADD(name, func) g_test_add ("/gallery/" name, GalleryFixture, NULL, gallery_set_up, func, gallery_tear_down)
  ADD ("states", test_states);
  ADD ("actions", test_actions);
  ADD ("damaged", test_damaged);
  ADD ("tooltip", test_tooltip);
  ADD ("content", test_content);
  ADD ("compare", test_compare);
  ADD ("ten-thousand", test_ten_thousand);
  return g_test_run ();
}
