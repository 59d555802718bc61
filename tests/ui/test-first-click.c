/* test-first-click.c - from a click until there is something to see: the canvas at once, and never the picture before
 * under the title of the one to come.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>
#include <unistd.h>

#include "app/canvas/canvas-waiting.h"
#include "app/canvas/canvas.h"
#include "app/run/run-bar.h"
#include "app/window/welcome-page.h"
#include "common/patience.h"
#include "window-fixture.h"

#define EXAMPLES 6

typedef WindowFixture Fixture;

static gpointer
part (Fixture *fixture, GType type)
{
  return window_driver_find (GTK_WIDGET (fixture->driver.window), type);
}

static const char *
page (Fixture *fixture)
{
  GtkWidget *stack = gtk_widget_get_ancestor (part (fixture, LIMN_TYPE_CANVAS), GTK_TYPE_STACK);

  return gtk_stack_get_visible_child_name (GTK_STACK (stack));
}

static const char *
waiting_text (Fixture *fixture)
{
  GtkWidget *waiting = part (fixture, LIMN_TYPE_CANVAS_WAITING);

  return gtk_label_get_text (GTK_LABEL (window_driver_find (waiting, GTK_TYPE_LABEL)));
}

/* The place of the picture to come is shown, and says whose it is. */
static void
assert_waiting (Fixture *fixture, const char *prompt)
{
  g_autofree char *text = g_strdup_printf ("Painting “%s”…", prompt);

  g_assert_cmpstr (page (fixture), ==, "canvas");
  g_assert_true (limn_canvas_is_waiting (part (fixture, LIMN_TYPE_CANVAS)));
  g_assert_true (gtk_widget_get_visible (part (fixture, LIMN_TYPE_CANVAS_WAITING)));
  g_assert_cmpstr (waiting_text (fixture), ==, text);
  g_assert_null (limn_window_get_texture (fixture->driver.window));
}

static void
assert_seen (Fixture *fixture)
{
  g_assert_cmpstr (page (fixture), ==, "canvas");
  g_assert_false (limn_canvas_is_waiting (part (fixture, LIMN_TYPE_CANVAS)));
  g_assert_false (gtk_widget_get_visible (part (fixture, LIMN_TYPE_CANVAS_WAITING)));
  g_assert_nonnull (limn_window_get_texture (fixture->driver.window));
}

static void
wait_idle (Fixture *fixture)
{
  window_driver_wait (&fixture->driver, "the end", window_driver_idle, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* ---- The examples ---- */

static GtkButton *
example (Fixture *fixture, int i)
{
  GtkFlowBox *box = GTK_FLOW_BOX (window_driver_find (part (fixture, LIMN_TYPE_WELCOME_PAGE), GTK_TYPE_FLOW_BOX));
  GtkFlowBoxChild *child = gtk_flow_box_get_child_at_index (box, i);

  g_assert_nonnull (child);
  return GTK_BUTTON (gtk_flow_box_child_get_child (child));
}

/* How many of the examples' files were painted with these settings. */
static int
count_painted (const LimnSettingsValues *values)
{
  g_autofree char *begins = g_strdup_printf ("%s\nSteps: %d, ", values->prompt, values->steps);
  g_autofree char *has = g_strdup_printf (", CFG scale: %g, Seed: %" G_GUINT64_FORMAT ", Size: %dx%d, ",
                                          values->guidance, values->seed, values->width, values->height);
  g_autoptr (GDir) folder = g_dir_open (LIMN_EXAMPLES_DIR, 0, NULL);
  const char *name;
  int found = 0, files = 0;

  while ((name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *path = g_build_filename (LIMN_EXAMPLES_DIR, name, NULL);
    g_autoptr (GHashTable) text = NULL;
    g_autoptr (LimnImage) image = limn_image_load_png (path, &text, NULL);
    const char *parameters = image != NULL ? g_hash_table_lookup (text, "parameters") : NULL;

    if (parameters == NULL)
      continue; /* examples of other things */
    found += g_str_has_prefix (parameters, begins) && strstr (parameters, has) != NULL;
    files++;
  }
  g_assert_cmpint (files, ==, EXAMPLES);
  return found;
}

/* a click paints what was clicked, seed and all, whatever was set before */
static void
test_example (Fixture *fixture, gconstpointer data)
{
  const LimnSettingsValues *values = limn_settings_values (fixture->driver.settings);
  guint64 seeds[EXAMPLES] = { 0 };

  for (int i = 0; i < EXAMPLES; i++) {
    g_object_set (fixture->driver.settings, "prompt", "before", "negative", "red", "seed", (guint64) 77, "steps", 3,
                  "guidance", 9.0, "width", 64, "height", 256, "crop-left", 12, NULL);
    g_signal_emit_by_name (example (fixture, i), "clicked");
    assert_waiting (fixture, values->prompt);
    g_assert_cmpint (count_painted (values), ==, 1);
    g_assert_cmpstr (values->negative, ==, "");
    g_assert_cmpint (values->crop_left, ==, 0);
    g_assert_true (values->new_seed);
    seeds[i] = values->seed;
    wait_idle (fixture);
    assert_seen (fixture);
    values = limn_settings_values (limn_picture_get_settings (limn_window_get_picture (fixture->driver.window)));
    g_assert_cmpuint (values->seed, ==, seeds[i]);
    g_assert_cmpint (count_painted (values), ==, 1);
    values = limn_settings_values (fixture->driver.settings);
  }
  /* the next one is a new picture */
  window_driver_activate (&fixture->driver, "generate");
  g_assert_cmpuint (values->seed, !=, seeds[EXAMPLES - 1]);
}

/* ---- Waiting ---- */

static gboolean
is_half_prepared (WindowDriver *driver, gpointer data)
{
  GtkWidget *bar = window_driver_find (part ((Fixture *) driver, LIMN_TYPE_CANVAS_WAITING), GTK_TYPE_PROGRESS_BAR);

  return gtk_widget_get_mapped (bar) && gtk_progress_bar_get_fraction (GTK_PROGRESS_BAR (bar)) >= 0.5;
}

/* the device is prepared once: how far that is, is told in the picture's place */
static void
test_preparing (Fixture *fixture, gconstpointer data)
{
  GtkWidget *bar = window_driver_find (part (fixture, LIMN_TYPE_CANVAS_WAITING), GTK_TYPE_PROGRESS_BAR);

  fixture->fake.prepare_us = 200000;
  fixture->fake.lockstep = TRUE;
  fake_engine_set (&fixture->fake);
  for (int i = 0; i < 2; i++) {
    window_driver_activate (&fixture->driver, "generate");
    g_assert_false (gtk_widget_get_visible (gtk_widget_get_parent (bar)));
    if (i == 0) {
      window_driver_wait (&fixture->driver, "half of preparing", is_half_prepared, NULL);
      window_driver_screenshot_at_rest (&fixture->driver, "preparing");
    }
    wait_idle (fixture);
    g_assert_false (gtk_widget_get_visible (gtk_widget_get_parent (bar)));
  }
}

static void
begin (Fixture *fixture, const char *prompt)
{
  g_object_set (fixture->driver.settings, "prompt", prompt, NULL);
  window_driver_activate (&fixture->driver, "generate");
}

static void
cancel (Fixture *fixture)
{
  window_driver_activate (&fixture->driver, "cancel");
  wait_idle (fixture);
}

static void
test_first_cancelled (Fixture *fixture, gconstpointer data)
{
  fixture->fake.load_us = 60000000;
  fake_engine_set (&fixture->fake);
  g_assert_cmpstr (page (fixture), ==, "welcome");
  begin (fixture, "a blue house");
  assert_waiting (fixture, "a blue house");
  window_driver_screenshot_at_rest (&fixture->driver, "first-click");
  cancel (fixture);
  g_assert_cmpstr (page (fixture), ==, "welcome");
  begin (fixture, "");
  g_assert_cmpstr (waiting_text (fixture), ==, "Painting…");
  cancel (fixture);
}

static gboolean
has_window_title (Fixture *fixture, const char *title)
{
  return g_strcmp0 (adw_window_title_get_title (part (fixture, ADW_TYPE_WINDOW_TITLE)), title) == 0;
}

/* cancelled or failed before the first preview: the last picture is back, under its own title */
static void
test_last_is_back (Fixture *fixture, gconstpointer data)
{
  LimnPicture *last;

  begin (fixture, "the last");
  wait_idle (fixture);
  last = limn_window_get_picture (fixture->driver.window);
  for (int i = 0; i < 2; i++) {
    fixture->fake.load_us = i == 0 ? 60000000 : 0;
    fixture->fake.fail = i == 0 ? FAKE_OK : LIMN_ERROR_MEMORY;
    fixture->fake.fail_stage = LIMN_STAGE_ENCODE;
    fake_engine_set (&fixture->fake);
    begin (fixture, "the next");
    assert_waiting (fixture, "the next");
    g_assert_true (has_window_title (fixture, "the next"));
    if (i == 0)
      cancel (fixture);
    else
      wait_idle (fixture);
    assert_seen (fixture);
    g_assert_true (has_window_title (fixture, "the last"));
    g_assert_true (limn_window_get_picture (fixture->driver.window) == last);
  }
}

static void
preview_cb (LimnSession *session, int step, int steps, const LimnImage *image, Fixture *fixture)
{
  assert_seen (fixture);
}

/* before the queue of last time is read: the canvas at once all the same, unless that queue is paused */
static void
test_queue_unread (Fixture *fixture, gconstpointer data)
{
  for (int i = 0; i < 2; i++) {
    window_driver_close (&fixture->driver);
    window_driver_open (&fixture->driver);
    g_assert_false (limn_queue_is_loaded (fixture->driver.queue));
    begin (fixture, "a red house");
    g_assert_null (limn_queue_get_current (fixture->driver.queue));
    assert_waiting (fixture, "a red house");
    g_assert_true (has_window_title (fixture, "a red house"));
    if (i == 1) {
      limn_queue_set_paused (fixture->driver.queue, TRUE);
      g_assert_cmpstr (page (fixture), ==, "welcome");
      g_assert_true (has_window_title (fixture, "New Picture"));
      limn_queue_set_paused (fixture->driver.queue, FALSE);
    }
    wait_idle (fixture);
    assert_seen (fixture);
  }
}

static gboolean
is_paused (WindowDriver *driver, gpointer item)
{
  return limn_queue_item_get_state (item) == LIMN_QUEUE_PAUSED && limn_queue_get_current (driver->queue) == NULL;
}

static void
test_first_paused (Fixture *fixture, gconstpointer data)
{
  LimnQueueItem *item;

  fixture->fake.load_us = 60000000;
  fake_engine_set (&fixture->fake);
  begin (fixture, "a blue house");
  assert_waiting (fixture, "a blue house");
  item = limn_queue_get_current (fixture->driver.queue);
  limn_queue_set_item_paused (fixture->driver.queue, item, TRUE);
  window_driver_wait (&fixture->driver, "the pause", is_paused, item);
  g_assert_cmpstr (page (fixture), ==, "welcome");
}

/* what is painted behind the picture to start from is there when that is left, as preview and as picture */
static void
test_behind_source (Fixture *fixture, gconstpointer data)
{
  GActionGroup *actions = G_ACTION_GROUP (fixture->driver.window);
  LimnPicture *last;

  begin (fixture, "the last");
  wait_idle (fixture);
  window_driver_activate (&fixture->driver, "use-picture");
  last = limn_window_get_picture (fixture->driver.window);
  fixture->fake.load_us = 300000;
  fake_engine_set (&fixture->fake);
  begin (fixture, "the next");
  assert_waiting (fixture, "the next");
  g_action_group_activate_action (actions, "show-source", NULL);
  g_assert_false (has_window_title (fixture, "the next"));
  wait_idle (fixture);
  g_assert_false (has_window_title (fixture, "the next"));
  g_action_group_activate_action (actions, "show-source", NULL);
  g_assert_true (has_window_title (fixture, "the next"));
  assert_seen (fixture);
  g_assert_true (limn_window_get_picture (fixture->driver.window) != last);
}

/* from the first preview on there is something to see */
static void
test_preview (Fixture *fixture, gconstpointer data)
{
  fixture->fake.step_us = 20000;
  fake_engine_set (&fixture->fake);
  g_signal_connect_after (fixture->driver.session, "preview", G_CALLBACK (preview_cb), fixture);
  begin (fixture, "a red circle");
  assert_waiting (fixture, "a red circle");
  wait_idle (fixture);
  assert_seen (fixture);
  g_signal_handlers_disconnect_by_data (fixture->driver.session, fixture);
}

static gboolean
lacks_device (WindowDriver *driver, gpointer data)
{
  return limn_session_get_device_error (driver->session) != NULL && limn_window_get_notice (driver->window) != NULL;
}

static gboolean
says (GtkWidget *root, const char *text)
{
  gboolean found = GTK_IS_LABEL (root) && g_str_equal (gtk_label_get_text (GTK_LABEL (root)), text);

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && !found;
       child = gtk_widget_get_next_sibling (child))
    found = says (child, text);
  return found;
}

/* without a device it is said that nothing can be painted, in place of "Ready" */
static void
test_no_device (Fixture *fixture, gconstpointer data)
{
  window_driver_close (&fixture->driver);
  fixture->fake.device_fail = LIMN_ERROR_DEVICE;
  fake_engine_set (&fixture->fake);
  window_driver_open (&fixture->driver);
  window_driver_wait (&fixture->driver, "that there is no device", lacks_device, NULL);
  g_assert_true (says (part (fixture, LIMN_TYPE_RUN_BAR), "Nothing can be painted without a device"));
  g_assert_false (says (part (fixture, LIMN_TYPE_RUN_BAR), "Ready"));
  g_assert_cmpstr (limn_window_get_notice (fixture->driver.window), ==, "The graphics device cannot be used");
}

#define ADD(name, test)                                                                                                \
  g_test_add ("/first-click/" name, Fixture, NULL, window_fixture_open, test, window_fixture_close)

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  ADD ("example", test_example);
  ADD ("preparing", test_preparing);
  ADD ("first-cancelled", test_first_cancelled);
  ADD ("last-is-back", test_last_is_back);
  ADD ("queue-unread", test_queue_unread);
  ADD ("first-paused", test_first_paused);
  ADD ("behind-source", test_behind_source);
  ADD ("preview", test_preview);
  ADD ("no-device", test_no_device);
  return g_test_run ();
}
