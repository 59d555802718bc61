/* test-timeline.c - looking back, moving the hand-off after a run, branching: what is painted again, and what comes
 * out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>
#include <unistd.h>

#include "app/run/timeline-runs.h"
#include "app/run/timeline.h"
#include "common/patience.h"
#include "window-fixture.h"

#define STEPS 20

typedef WindowFixture Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  window_fixture_open (fixture, NULL);
  g_object_set (fixture->driver.settings, "prompt", "a red circle", "steps", STEPS, "new-seed", FALSE, "seed",
                G_GUINT64_CONSTANT (5), NULL);
}

static void
use_refiner (Fixture *fixture, double handoff)
{
  g_object_set (fixture->driver.settings, "refiner", "/nonexistent/refiner.safetensors", "use-refiner", TRUE, "handoff",
                handoff, NULL);
}

typedef struct {
  LimnPicture *before;
} Wanted;

static gboolean
has_new_picture (WindowDriver *driver, gpointer data)
{
  return window_driver_idle (driver, NULL) && limn_window_get_picture (driver->window) != ((Wanted *) data)->before;
}

/* paints by action and tells how many steps that took */
static int
paint (Fixture *fixture, const char *action, GVariant *parameter)
{
  Wanted wanted = { limn_window_get_picture (fixture->driver.window) };
  int before = fake_engine_counts ().steps;

  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (fixture->driver.window), action));
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), action, parameter);
  window_driver_wait (&fixture->driver, "a new picture", has_new_picture, &wanted);
  return fake_engine_counts ().steps - before;
}

static LimnImage *
last_picture (Fixture *fixture)
{
  return limn_image_copy (limn_picture_get_image (limn_window_get_picture (fixture->driver.window)));
}

static gboolean
equal (const LimnImage *a, const LimnImage *b)
{
  return a->width == b->width && a->height == b->height
         && memcmp (a->rgb, b->rgb, (gsize) a->width * a->height * 3) == 0;
}

static LimnRecord *
last_record (Fixture *fixture)
{
  return limn_session_get_record (fixture->driver.session);
}

static char *
saved_json (Fixture *fixture)
{
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) image =
      limn_image_load_png (limn_picture_get_path (limn_window_get_picture (fixture->driver.window)), &text, NULL);

  g_assert_nonnull (image);
  return g_strdup (g_hash_table_lookup (text, "limn"));
}

/* ---- Looking back ---- */

/* what is said of a step under the pointer: a hand-off just before it leaves it to the refiner, one at it does not */
static void
check_shares (LimnTimeline *timeline)
{
  LimnRecord *record = limn_timeline_get_record (timeline);
  g_autofree char *eighth = limn_timeline_describe_share (timeline, 8), *none = NULL;

  g_assert_cmpstr (eighth, ==, "At 38 % of the schedule"); /* the fake engine's: 7.5 of 20 */
  none = limn_timeline_describe_share (timeline, STEPS + 1);
  g_assert_null (none);
  for (int step = 1; step <= STEPS; step++) {
    g_assert_cmpint (limn_record_split (record, limn_record_get_share (record, step)), ==, step);
    g_assert_cmpint (limn_record_split (record, limn_record_get_share (record, step) - 1e-6), ==, step - 1);
  }
}

static void
test_look (Fixture *fixture, gconstpointer data)
{
  LimnTimeline *timeline = LIMN_TIMELINE (window_driver_find (GTK_WIDGET (fixture->driver.window), LIMN_TYPE_TIMELINE));
  g_autoptr (GdkTexture) result = NULL;

  g_assert_cmpint (paint (fixture, "generate", NULL), ==, STEPS);
  g_assert_cmpuint (limn_record_get_n_steps (last_record (fixture)), ==, STEPS);
  g_assert_true (limn_timeline_get_record (timeline) == last_record (fixture));
  check_shares (timeline);
  result = g_object_ref (limn_window_get_texture (fixture->driver.window));
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (fixture->driver.window), "branch"));

  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "look", g_variant_new_int32 (7));
  g_assert_cmpint (limn_timeline_get_step (timeline), ==, 7);
  g_assert_true (limn_window_get_texture (fixture->driver.window) != result);
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (fixture->driver.window), "branch"));
  window_driver_screenshot_at_rest (&fixture->driver, "timeline-look");
  window_driver_activate (&fixture->driver, "show-result");
  g_assert_cmpint (limn_timeline_get_step (timeline), ==, 0);
  g_assert_cmpint (gdk_texture_get_width (limn_window_get_texture (fixture->driver.window)), ==,
                   gdk_texture_get_width (result));

  /* never past what there is */
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "look", g_variant_new_int32 (99));
  g_assert_cmpint (limn_timeline_get_step (timeline), ==, STEPS);
}

/* ---- The hand-off, afterwards ---- */

typedef struct {
  double from, to;
  int steps; /* that have to run again: those after the earlier hand-off */
} Move;

static const Move moves[] = { { 0.8, 0.5, 10 }, { 0.5, 0.8, 10 }, { 0.8, 1.0, 4 }, { 0.8, 0.0, 20 } };

static void
test_move_handoff (Fixture *fixture, gconstpointer data)
{
  const Move *move = data;
  g_autoptr (LimnImage) moved = NULL, fresh = NULL;
  g_autofree char *moved_json = NULL, *fresh_json = NULL;

  use_refiner (fixture, move->from);
  g_assert_cmpint (paint (fixture, "generate", NULL), ==, STEPS);
  g_assert_cmpint (paint (fixture, "move-handoff", g_variant_new_double (move->to)), ==, move->steps);
  moved = last_picture (fixture);
  moved_json = saved_json (fixture);
  g_assert_cmpfloat (limn_settings_values (fixture->driver.settings)->handoff, ==, move->to);
  window_driver_screenshot_at_rest (&fixture->driver, "timeline-moved");

  g_assert_cmpint (paint (fixture, "generate", NULL), ==, STEPS);
  fresh = last_picture (fixture);
  fresh_json = saved_json (fixture);
  g_assert_true (equal (moved, fresh));
  g_assert_cmpstr (moved_json, ==, fresh_json);
}

/* a run without a refiner gets one for its tail */
static void
test_add_refiner (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnImage) moved = NULL, fresh = NULL;

  paint (fixture, "generate", NULL);
  use_refiner (fixture, 0.8);
  g_assert_cmpint (paint (fixture, "move-handoff", g_variant_new_double (0.75)), ==, 5);
  moved = last_picture (fixture);
  g_assert_cmpint (paint (fixture, "generate", NULL), ==, STEPS);
  fresh = last_picture (fixture);
  g_assert_true (equal (moved, fresh));
}

/* ---- Branches ---- */

static void
test_branch (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnImage) first = NULL, branched = NULL, same = NULL;
  g_autofree char *json = NULL;
  LimnRecord *root;

  paint (fixture, "generate", NULL);
  first = last_picture (fixture);
  root = last_record (fixture);
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "look", g_variant_new_int32 (12));
  g_object_set (fixture->driver.settings, "prompt", "a blue square", NULL);
  g_assert_cmpint (paint (fixture, "branch", NULL), ==, STEPS - 12);
  branched = last_picture (fixture);
  g_assert_false (equal (first, branched));
  g_assert_cmpstr (limn_record_get_parent_id (last_record (fixture)), ==, limn_record_get_id (root));
  g_assert_cmpint (limn_record_get_parent_step (last_record (fixture)), ==, 12);
  json = saved_json (fixture);
  g_assert_nonnull (strstr (json, "\"start\""));

  /* nothing changed: the branch is what there was */
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "choose-run",
                                  g_variant_new_string (limn_record_get_id (root)));
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "look", g_variant_new_int32 (9));
  g_object_set (fixture->driver.settings, "prompt", "a red circle", NULL);
  g_assert_cmpint (paint (fixture, "branch", NULL), ==, STEPS - 9);
  same = last_picture (fixture);
  g_assert_true (equal (first, same));
  window_driver_screenshot_at_rest (&fixture->driver, "timeline-tree");
}

static void
test_branch_keeps_size (Fixture *fixture, gconstpointer data)
{
  paint (fixture, "generate", NULL);
  g_object_set (fixture->driver.settings, "width", 192, NULL);
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "look", g_variant_new_int32 (5));
  window_driver_activate (&fixture->driver, "branch");
  g_assert_nonnull (limn_window_get_notice (fixture->driver.window));
  g_assert_true (window_driver_idle (&fixture->driver, NULL));
}

/* the tree is there again after a restart, and can be gone on with */
static void
test_after_restart (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnImage) before = NULL, after = NULL;
  g_autofree char *id = NULL;

  use_refiner (fixture, 0.8);
  paint (fixture, "generate", NULL);
  id = g_strdup (limn_record_get_id (last_record (fixture)));
  paint (fixture, "move-handoff", g_variant_new_double (0.6));
  before = last_picture (fixture);

  window_driver_close (&fixture->driver);
  fixture->driver.keep = TRUE;
  window_driver_open (&fixture->driver);
  window_driver_wait (&fixture->driver, "the queue", window_driver_idle, NULL);
  while (!limn_records_is_loaded (limn_session_get_records (fixture->driver.session)))
    g_main_context_iteration (NULL, TRUE);
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "choose-run", g_variant_new_string (id));
  g_assert_cmpint (paint (fixture, "move-handoff", g_variant_new_double (0.6)), ==, 8);
  after = last_picture (fixture);
  g_assert_true (equal (before, after));
  fixture->driver.keep = FALSE;
}

/* ---- A run that was stopped ---- */

static gboolean
has_some_steps (WindowDriver *driver, gpointer data)
{
  LimnRecord *record = limn_session_get_record (driver->session);

  return limn_session_is_busy (driver->session) && record != NULL && limn_record_get_n_steps (record) >= 3;
}

static GBytes *
look_at (Fixture *fixture, int step)
{
  GdkTexture *texture;
  gsize stride;
  guchar *pixels;

  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "look", g_variant_new_int32 (step));
  texture = limn_window_get_texture (fixture->driver.window);
  stride = (gsize) gdk_texture_get_width (texture) * 4;
  pixels = g_malloc (stride * (gsize) gdk_texture_get_height (texture));
  gdk_texture_download (texture, pixels, stride);
  return g_bytes_new_take (pixels, stride * (gsize) gdk_texture_get_height (texture));
}

/* a run that was stopped has no picture: its last step stands for it */
static void
test_look_at_stopped (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) last = NULL, early = NULL, result = NULL;

  fake_engine_hold (3);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "some steps", has_some_steps, NULL);
  window_driver_activate (&fixture->driver, "cancel");
  window_driver_wait (&fixture->driver, "the end", window_driver_idle, NULL);
  last = look_at (fixture, limn_record_get_last_step (last_record (fixture)));
  early = look_at (fixture, 1);
  result = look_at (fixture, 0);
  g_assert_false (g_bytes_equal (early, last));
  g_assert_true (g_bytes_equal (result, last));
}

/* the way on is a button with a name, beside the steps that are kept; nobody hands over what was not reached */
static void
test_go_on (Fixture *fixture, gconstpointer data)
{
  GtkWidget *window = GTK_WIDGET (fixture->driver.window), *timeline = window_driver_find (window, LIMN_TYPE_TIMELINE);
  GtkWidget *button = window_driver_find_button (window, "_Go On");
  int kept;

  use_refiner (fixture, 0.8);
  fake_engine_hold (3);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "some steps", has_some_steps, NULL);
  g_assert_false (gtk_widget_get_mapped (button));
  window_driver_activate (&fixture->driver, "cancel");
  window_driver_wait (&fixture->driver, "the end", window_driver_idle, NULL);
  kept = limn_record_get_last_step (last_record (fixture));
  g_assert_cmpint (kept, <, 16);
  g_assert_false (limn_timeline_is_movable (LIMN_TIMELINE (timeline)));
  window_driver_sleep (&fixture->driver, 200);
  g_assert_true (gtk_widget_get_mapped (button) && gtk_widget_is_sensitive (button));
  window_driver_screenshot (&fixture->driver, "timeline-stopped");

  fixture->fake.step_us = 0;
  fake_engine_set (&fixture->fake);
  g_assert_cmpint (paint (fixture, "go-on", NULL), ==, STEPS - kept);
  g_assert_cmpint (limn_record_get_state (last_record (fixture)), ==, LIMN_RECORD_DONE);
  g_assert_true (limn_timeline_is_movable (LIMN_TIMELINE (timeline)));
}

/* ---- What is said ---- */

static gboolean
says (GtkWidget *widget, const char *text)
{
  gboolean found = GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget)
                   && g_str_equal (gtk_label_get_text (GTK_LABEL (widget)), text);

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && !found;
       child = gtk_widget_get_next_sibling (child))
    found = says (child, text);
  return found;
}

/* the numbers follow the handle, below the picture and in the refiner's settings, and go back with it */
static void
test_drag_says (Fixture *fixture, gconstpointer data)
{
  GtkWidget *window = GTK_WIDGET (fixture->driver.window), *timeline = window_driver_find (window, LIMN_TYPE_TIMELINE);
  GtkEventController *keys = window_driver_find_controller (timeline, GTK_TYPE_EVENT_CONTROLLER_KEY);
  gboolean handled;

  use_refiner (fixture, 0.8);
  paint (fixture, "generate", NULL);
  window_driver_sleep (&fixture->driver, 200);
  for (int i = 0; i < 3; i++)
    g_signal_emit_by_name (keys, "key-pressed", GDK_KEY_Left, 0, GDK_SHIFT_MASK, &handled);
  g_assert_true (says (window, "The refiner for the last 7 of 20 steps"));
  g_assert_true (says (window, "On for the last 7 of 20 steps"));
  g_signal_emit_by_name (keys, "key-pressed", GDK_KEY_Escape, 0, 0, &handled);
  g_assert_true (handled);
  g_assert_false (says (window, "The refiner for the last 7 of 20 steps"));
  g_assert_true (says (window, "On for the last 4 of 20 steps"));
  g_assert_cmpfloat (limn_settings_values (fixture->driver.settings)->handoff, ==, 0.8);
}

/* every run of a tree has a name, and choosing one moves none */
static void
test_runs (Fixture *fixture, gconstpointer data)
{
  GtkWidget *window = GTK_WIDGET (fixture->driver.window), *runs = window_driver_find (window, LIMN_TYPE_TIMELINE_RUNS);
  GtkWidget *list;
  LimnTimeline *timeline = LIMN_TIMELINE (window_driver_find (window, LIMN_TYPE_TIMELINE));

  g_object_set (fixture->driver.settings, "guidance", 5.0, NULL);
  paint (fixture, "generate", NULL);
  g_assert_false (gtk_widget_get_visible (runs));
  for (int i = 0; i < 8; i++) {
    g_action_group_activate_action (G_ACTION_GROUP (window), "look", g_variant_new_int32 (12));
    g_object_set (fixture->driver.settings, "guidance", 6.0 + i, NULL);
    paint (fixture, "branch", NULL);
  }
  g_assert_true (gtk_widget_get_visible (runs));
  gtk_menu_button_popup (GTK_MENU_BUTTON (gtk_widget_get_first_child (runs)));
  window_driver_sleep (&fixture->driver, 300);
  list = window_driver_find (runs, GTK_TYPE_LIST_BOX);
  g_assert_true (says (list, "The first run"));
  g_assert_true (says (list, "guidance 5 → 7"));
  g_assert_true (says (list, "After step 12 of 20"));
  for (int i = 0; i < 9; i++) {
    GtkListBoxRow *row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), i);

    g_assert_nonnull (row);
    g_signal_emit_by_name (list, "row-activated", row);
    g_assert_true (limn_timeline_get_record (timeline) == g_ptr_array_index (limn_timeline_get_runs (timeline), i));
    g_assert_true (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), i) == row);
    g_assert_true (gtk_list_box_get_selected_row (GTK_LIST_BOX (list)) == row);
  }
  g_assert_null (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 9));
}

#define ADD(name, test) g_test_add ("/timeline/" name, Fixture, NULL, set_up, test, window_fixture_close)

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  ADD ("look", test_look);
  ADD ("look-at-stopped", test_look_at_stopped);
  for (guint i = 0; i < G_N_ELEMENTS (moves); i++) {
    g_autofree char *name = g_strdup_printf ("/timeline/move-handoff/%g-%g", moves[i].from, moves[i].to);

    g_test_add (name, Fixture, &moves[i], set_up, test_move_handoff, window_fixture_close);
  }
  ADD ("add-refiner", test_add_refiner);
  ADD ("branch", test_branch);
  ADD ("branch-keeps-size", test_branch_keeps_size);
  ADD ("after-restart", test_after_restart);
  ADD ("go-on", test_go_on);
  ADD ("drag-says", test_drag_says);
  ADD ("runs", test_runs);
  return g_test_run ();
}
