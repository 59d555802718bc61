/* test-queue-view.c - the queue through the window.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "app/queue/queue-row.h"
#include "app/window/window-private.h"
#include "common/folder.h"
#include "common/patience.h"
#include "window-fixture.h"

typedef WindowFixture Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  window_fixture_open (fixture, NULL);
  g_object_set (fixture->driver.settings, "prompt", "a red circle", "steps", 6, "new-seed", FALSE, "seed",
                G_GUINT64_CONSTANT (5), NULL);
  g_action_group_change_action_state (G_ACTION_GROUP (fixture->driver.window), "show-side",
                                      g_variant_new_boolean (TRUE));
}

static guint64
seed_at (Fixture *fixture, guint index)
{
  return limn_settings_values (limn_queue_item_get_settings (window_fixture_item (fixture, index)))->seed;
}

static gboolean
has_none_pending (WindowDriver *driver, gpointer data)
{
  return limn_queue_get_n_pending (driver->queue) == 0 && window_driver_idle (driver, NULL);
}

/* ---- Rows ---- */

static void
collect_rows (GtkWidget *widget, GPtrArray *rows)
{
  if (LIMN_IS_QUEUE_ROW (widget) && limn_queue_row_get_item (LIMN_QUEUE_ROW (widget)) != NULL)
    g_ptr_array_add (rows, widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    collect_rows (child, rows);
}

static GtkWidget *
row_of (Fixture *fixture, LimnQueueItem *item)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();

  collect_rows (GTK_WIDGET (fixture->driver.window), rows);
  for (guint i = 0; i < rows->len; i++)
    if (limn_queue_row_get_item (g_ptr_array_index (rows, i)) == item)
      return g_ptr_array_index (rows, i);
  return NULL;
}

static gboolean
has_row (WindowDriver *driver, gpointer data)
{
  Fixture *fixture = (Fixture *) driver; /* its first member */

  return row_of (fixture, data) != NULL;
}

static void
act_on_row (Fixture *fixture, guint index, const char *action)
{
  LimnQueueItem *item = window_fixture_item (fixture, index);

  window_driver_wait (&fixture->driver, "the row", has_row, item);
  g_assert_true (gtk_widget_activate_action (row_of (fixture, item), action, NULL));
}

static void
show_queue (Fixture *fixture)
{
  GtkWidget *stack = window_driver_find (GTK_WIDGET (fixture->driver.window), ADW_TYPE_VIEW_STACK);

  adw_view_stack_set_visible_child_name (ADW_VIEW_STACK (stack), "queue");
}

/* ---- Tests ---- */

static void
test_count (Fixture *fixture, gconstpointer data)
{
  g_object_set (fixture->driver.settings, "count", 3, "batch-size", 2, NULL);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "three pictures", has_none_pending, NULL);
  g_assert_cmpuint (window_fixture_count_pictures (fixture), ==, 3);
  g_assert_cmpint (fake_engine_counts ().most_together, ==, 2);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (seed_at (fixture, i), ==, 5 + i);
}

static void
test_while_painting (Fixture *fixture, gconstpointer data)
{
  fixture->fake.step_us = 50000;
  fake_engine_set (&fixture->fake);
  window_driver_activate (&fixture->driver, "generate");
  g_object_set (fixture->driver.settings, "prompt", "a second one", NULL);
  window_driver_activate (&fixture->driver, "generate");
  g_assert_cmpuint (limn_queue_get_n_pending (fixture->driver.queue), ==, 2);
  show_queue (fixture);
  window_driver_sleep (&fixture->driver, 150);
  window_driver_screenshot_at_rest (&fixture->driver, "queue");
  window_driver_wait (&fixture->driver, "both", has_none_pending, NULL);
  g_assert_cmpuint (window_fixture_count_pictures (fixture), ==, 2);
}

static void
test_rows (Fixture *fixture, gconstpointer data)
{
  show_queue (fixture);
  limn_queue_set_paused (fixture->driver.queue, TRUE);
  g_object_set (fixture->driver.settings, "count", 4, NULL);
  window_driver_activate (&fixture->driver, "generate");
  g_assert_cmpuint (limn_queue_get_n_pending (fixture->driver.queue), ==, 4);

  act_on_row (fixture, 2, "row.first"); /* 7 5 6 8 */
  g_assert_cmpuint (seed_at (fixture, 0), ==, 7);
  act_on_row (fixture, 1, "row.down"); /* 7 6 5 8 */
  g_assert_cmpuint (seed_at (fixture, 2), ==, 5);
  act_on_row (fixture, 3, "row.up"); /* 7 6 8 5 */
  g_assert_cmpuint (seed_at (fixture, 2), ==, 8);
  act_on_row (fixture, 1, "row.remove"); /* 7 8 5 */
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->driver.queue)), ==, 3);
  act_on_row (fixture, 1, "row.pause");
  g_assert_cmpint (limn_queue_item_get_state (window_fixture_item (fixture, 1)), ==, LIMN_QUEUE_PAUSED);
  window_driver_screenshot_at_rest (&fixture->driver, "queue-paused");

  window_driver_activate (&fixture->driver, "resume-queue");
  while (window_fixture_count_pictures (fixture) < 2 || !window_driver_idle (&fixture->driver, NULL))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (limn_queue_item_get_state (window_fixture_item (fixture, 1)), ==,
                   LIMN_QUEUE_PAUSED); /* 8 is held back */
  act_on_row (fixture, 1, "row.pause");
  window_driver_wait (&fixture->driver, "the last one", has_none_pending, NULL);
  g_assert_cmpuint (window_fixture_count_pictures (fixture), ==, 3);
}

static gboolean
shows_first (WindowDriver *driver, gpointer data)
{
  LimnPicture *picture = limn_window_get_picture (driver->window);

  return picture != NULL && g_strcmp0 (limn_picture_get_path (picture), data) == 0;
}

static double
y_of (Fixture *fixture, guint index)
{
  double y = 0;

  g_assert_true (gtk_widget_translate_coordinates (row_of (fixture, window_fixture_item (fixture, index)),
                                                   GTK_WIDGET (fixture->driver.window), 0, 0, NULL, &y));
  return y;
}

static gboolean
row_has_picture (WindowDriver *driver, gpointer data)
{
  GtkWidget *row = row_of ((Fixture *) driver, data);
  GtkWidget *picture = row != NULL ? window_driver_find (row, GTK_TYPE_PICTURE) : NULL;

  return picture != NULL && gtk_picture_get_paintable (GTK_PICTURE (picture)) != NULL;
}

static void
unfold (Fixture *fixture, const char *title)
{
  window_driver_wait (&fixture->driver, title, window_fixture_says, (gpointer) title);
  g_signal_emit_by_name (
      gtk_widget_get_ancestor (window_driver_find_label (GTK_WIDGET (fixture->driver.window), title), GTK_TYPE_BUTTON),
      "clicked");
  window_driver_sleep (&fixture->driver, 100);
}

/* Limn ends and begins again, with its pictures. */
static void
restart (Fixture *fixture)
{
  g_autofree char *parent = g_strdup (fixture->driver.parent), *kept = g_strconcat (parent, "-kept", NULL);

  while (!limn_queue_is_saved (fixture->driver.queue))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (g_rename (parent, kept), ==, 0);
  g_assert_cmpint (g_mkdir (parent, 0755), ==, 0);
  window_driver_close (&fixture->driver);
  fixture->driver.keep = TRUE;
  window_driver_open (&fixture->driver);
  fixture->driver.keep = FALSE;
  tests_remove_folder (fixture->driver.parent);
  g_assert_cmpint (g_rename (kept, parent), ==, 0);
  g_free (fixture->driver.parent);
  g_free (fixture->driver.folder);
  fixture->driver.parent = g_steal_pointer (&parent);
  fixture->driver.folder = g_build_filename (fixture->driver.parent, "Limn", NULL);
  limn_session_set_folder (fixture->driver.session, fixture->driver.folder);
  g_action_group_change_action_state (G_ACTION_GROUP (fixture->driver.window), "show-side",
                                      g_variant_new_boolean (TRUE));
  show_queue (fixture);
}

/* What comes next is first, what needs a person is below it, and what is done is folded away, here and after a
 * restart. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  LimnQueueItem *done;

  show_queue (fixture);
  g_object_set (fixture->driver.settings, "count", 3, NULL);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "three pictures", has_none_pending, NULL);
  g_assert_cmpuint (window_fixture_count_pictures (fixture), ==, 3);
  limn_queue_set_paused (fixture->driver.queue, TRUE);
  window_driver_activate (&fixture->driver, "generate");
  done = window_fixture_item (fixture, 0);
  window_driver_wait (&fixture->driver, "what waits", has_row, window_fixture_item (fixture, 3));
  g_assert_null (row_of (fixture, done));
  window_driver_screenshot_at_rest (&fixture->driver, "queue-folded");
  unfold (fixture, "3 finished pictures");
  window_driver_wait (&fixture->driver, "what is done", has_row, done);
  g_assert_cmpint (y_of (fixture, 3), <, y_of (fixture, 0));
  act_on_row (fixture, 5, "row.up"); /* past what is done there is nothing to move before */
  act_on_row (fixture, 4, "row.up");
  act_on_row (fixture, 3, "row.up");
  g_assert_cmpuint (seed_at (fixture, 3), ==, 7);
  g_assert_cmpuint (seed_at (fixture, 4), ==, 5);
  g_assert_cmpuint (seed_at (fixture, 5), ==, 6);

  restart (fixture);
  unfold (fixture, "3 finished pictures");
  window_driver_wait (&fixture->driver, "a thumbnail from the file", row_has_picture, window_fixture_item (fixture, 0));
  g_assert_null (limn_queue_item_get_picture (window_fixture_item (fixture, 0)));
  window_driver_screenshot_at_rest (&fixture->driver, "queue-unfolded");
  limn_queue_clear_finished (fixture->driver.queue);
  g_assert_false (window_fixture_says (&fixture->driver, (gpointer) "3 finished pictures"));
}

/* Of numbers only the newest is said, and at a start the queue does not go on without a word. */
static void
test_toasts (Fixture *fixture, gconstpointer data)
{
  fake_engine_hold (1);
  for (int i = 0; i < 5; i++)
    window_driver_activate (&fixture->driver, "generate");
  while (!window_fixture_says (&fixture->driver, (gpointer) "In the queue: 5 pictures")) {
    g_assert_false (window_fixture_says (&fixture->driver, (gpointer) "In the queue: 3 pictures"));
    g_assert_false (window_fixture_says (&fixture->driver, (gpointer) "In the queue: 4 pictures"));
    g_main_context_iteration (NULL, TRUE);
  }
  g_assert_true (window_fixture_says (&fixture->driver, (gpointer) "Queue (5)"));

  restart (fixture);
  window_driver_wait (&fixture->driver, "a word", window_fixture_says, (gpointer) "Going on with 5 pictures");
  window_driver_screenshot_at_rest (&fixture->driver, "queue-goes-on");
  g_signal_emit_by_name (window_driver_find_button (GTK_WIDGET (fixture->driver.window), "Pause"), "clicked");
  g_assert_true (limn_queue_get_paused (fixture->driver.queue));
  limn_queue_cancel_current (fixture->driver.queue);
  window_driver_wait (&fixture->driver, "the end", window_driver_idle, NULL);
}

/* Pictures of long ago are in their files, not in memory, and shown from there. */
static void
test_many (Fixture *fixture, gconstpointer data)
{
  LimnQueueItem *first;
  guint held = 0;

  show_queue (fixture);
  g_object_set (fixture->driver.settings, "count", 40, NULL);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "forty pictures", has_none_pending, NULL);
  for (guint i = 0; i < 40; i++)
    held += limn_queue_item_get_picture (window_fixture_item (fixture, i)) != NULL;
  g_assert_cmpuint (held, >, 0);
  g_assert_cmpuint (held, <=, 24);

  first = window_fixture_item (fixture, 0);
  g_assert_null (limn_queue_item_get_picture (first));
  unfold (fixture, "40 finished pictures");
  act_on_row (fixture, 0, "row.show");
  window_driver_wait (&fixture->driver, "the first one", shows_first,
                      (gpointer) limn_queue_item_get_picture_path (first));
}

static void
test_failure_and_again (Fixture *fixture, gconstpointer data)
{
  show_queue (fixture);
  fixture->fake.fail = LIMN_ERROR_MEMORY;
  fixture->fake.fail_stage = LIMN_STAGE_BASE;
  fake_engine_set (&fixture->fake);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "the failure", has_none_pending, NULL);
  g_assert_cmpint (limn_queue_item_get_state (window_fixture_item (fixture, 0)), ==, LIMN_QUEUE_FAILED);
  g_assert_nonnull (limn_window_get_notice (fixture->driver.window));
  fixture->fake.fail = FAKE_OK;
  fake_engine_set (&fixture->fake);
  act_on_row (fixture, 0, "row.retry");
  window_driver_wait (&fixture->driver, "the second try", has_none_pending, NULL);
  g_assert_cmpuint (window_fixture_count_pictures (fixture), ==, 1);
}

/* ---- The picture on show ---- */

static void
test_details (Fixture *fixture, gconstpointer data)
{
  static const char *const words[] = { "a red circle", "Starter", "128 × 128", "6", "4.5", "Euler", "5" };

  g_object_set (fixture->driver.settings, "guidance", 4.5, NULL);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "the picture", has_none_pending, NULL);
  g_object_set (fixture->driver.settings, "guidance", 9.0, "steps", 50, NULL);
  window_driver_activate (&fixture->driver, "details");
  window_driver_sleep (&fixture->driver, 300);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    GtkWidget *label = window_driver_find_label (fixture->driver.window->details, words[i]);

    g_assert_nonnull (label);
    g_assert_false (gtk_label_get_selection_bounds (GTK_LABEL (label), NULL, NULL));
  }
  g_assert_null (window_driver_find_label (fixture->driver.window->details, "50"));
  gtk_popover_popdown (GTK_POPOVER (fixture->driver.window->details));
}

static GtkGesture *
menu_gesture (GtkWidget *canvas)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (canvas);

  for (guint i = 0;; i++) {
    g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

    g_assert_nonnull (controller);
    if (GTK_IS_GESTURE_CLICK (controller)
        && gtk_gesture_single_get_button (GTK_GESTURE_SINGLE (controller)) == GDK_BUTTON_SECONDARY)
      return GTK_GESTURE (controller); /* the canvas keeps it */
  }
}

/* the picture's menu where it is clicked, but not while that button rubs out */
static void
test_canvas_menu (Fixture *fixture, gconstpointer data)
{
  LimnWindow *window = fixture->driver.window;
  GtkGesture *gesture = menu_gesture (GTK_WIDGET (window->canvas));

  g_signal_emit_by_name (gesture, "pressed", 1, 60.0, 60.0);
  g_assert_false (gtk_widget_get_visible (window->canvas_menu)); /* there is no picture */
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "the picture", has_none_pending, NULL);
  g_signal_emit_by_name (gesture, "pressed", 1, 60.0, 60.0);
  g_assert_true (gtk_widget_get_visible (window->canvas_menu));
  window_driver_screenshot_at_rest (&fixture->driver, "canvas-menu");
  gtk_popover_popdown (GTK_POPOVER (window->canvas_menu));
  window_driver_activate (&fixture->driver, "paint-over");
  window_driver_sleep (&fixture->driver, 300);
  g_signal_emit_by_name (gesture, "pressed", 1, 60.0, 60.0);
  g_assert_false (gtk_widget_get_visible (window->canvas_menu));
}

/* a search does not hide a new picture without a word */
static void
test_filtered (Fixture *fixture, gconstpointer data)
{
  GtkWidget *entry = window_driver_find (GTK_WIDGET (fixture->driver.window->gallery), GTK_TYPE_SEARCH_ENTRY);

  gtk_editable_set_text (GTK_EDITABLE (entry), "blue");
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "a word", window_fixture_says,
                      (gpointer) "The history shows only a part: the new picture may be hidden");
  window_driver_activate (&fixture->driver, "history-all");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "");
  g_assert_false (limn_gallery_is_filtered (fixture->driver.window->gallery));
}

/* ---- Before painting ---- */

static gboolean
expects_minutes (WindowDriver *driver, gpointer data)
{
  return driver->window->expected_seconds > *(double *) data;
}

static void
make_long (Fixture *fixture, int steps)
{
  double least = steps * 50;

  fixture->fake.step_us = 60 * G_USEC_PER_SEC;
  fake_engine_set (&fixture->fake);
  g_object_set (fixture->driver.settings, "steps", steps, NULL);
  window_driver_wait (&fixture->driver, "the estimate", expects_minutes, &least);
}

/* what takes minutes is not begun by mistake, and who means it is asked once */
static void
test_long_run (Fixture *fixture, gconstpointer data)
{
  LimnWindow *window = fixture->driver.window;

  make_long (fixture, 8);
  window_driver_activate (&fixture->driver, "generate");
  g_assert_cmpuint (limn_queue_get_n_pending (fixture->driver.queue), ==, 0);
  g_assert_nonnull (strstr (limn_window_get_notice (window), "will take about 8 min"));
  window_driver_screenshot_at_rest (&fixture->driver, "long-run");
  window_driver_activate (&fixture->driver, "paint-anyway");
  g_assert_cmpuint (limn_queue_get_n_pending (fixture->driver.queue), ==, 1);
  g_assert_null (limn_window_get_notice (window));
  window_driver_activate (&fixture->driver, "generate");
  g_assert_cmpuint (limn_queue_get_n_pending (fixture->driver.queue), ==, 2);
  limn_queue_set_paused (fixture->driver.queue, TRUE);
  window_driver_activate (&fixture->driver, "cancel");
  window_driver_wait (&fixture->driver, "the end", window_driver_idle, NULL);

  make_long (fixture, 40);
  window_driver_activate (&fixture->driver, "generate");
  g_assert_cmpuint (limn_queue_get_n_pending (fixture->driver.queue), ==, 1);
  g_assert_nonnull (strstr (limn_window_get_notice (window), "will take about 40 min"));
}

#define ADD(name, test) g_test_add ("/queue-view/" name, Fixture, NULL, set_up, test, window_fixture_close)

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  ADD ("count", test_count);
  ADD ("while-painting", test_while_painting);
  ADD ("rows", test_rows);
  ADD ("order", test_order);
  ADD ("toasts", test_toasts);
  ADD ("many", test_many);
  ADD ("failure-and-again", test_failure_and_again);
  ADD ("details", test_details);
  ADD ("canvas-menu", test_canvas_menu);
  ADD ("filtered", test_filtered);
  ADD ("long-run", test_long_run);
  return g_test_run ();
}
