/* test-conditioning.c - the size hints as a photo and a frame, the contact sheet, the stage map, refiner and sampling.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>
#include <unistd.h>

#include "app/panel/contact-sheet.h"
#include "app/panel/frame-view.h"
#include "app/panel/hints-group.h"
#include "app/run/run-bar.h"
#include "app/run/stage-map.h"
#include "common/patience.h"
#include "window-fixture.h"

static void
check_hints (LimnSizeHints hints, int width, int height, int left, int top, int target_width, int target_height)
{
  LimnSizeHints wanted = { width, height, left, top, target_width, target_height };
  g_autofree char *have = limn_hints_describe (&hints), *want = limn_hints_describe (&wanted);

  g_assert_cmpstr (have, ==, want);
}

/* ---- The real window ---- */

typedef struct {
  WindowFixture window;
  LimnFrameView *view;
  GtkGesture *drag;
  GtkEventController *keys;
  LimnStageMap *map;
  LimnContactSheet *sheet;
} Fixture;

static void
expand (GtkWidget *widget)
{
  if (ADW_IS_EXPANDER_ROW (widget))
    adw_expander_row_set_expanded (ADW_EXPANDER_ROW (widget), TRUE);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    expand (child);
}

static gboolean
laid_out (WindowDriver *driver, gpointer data)
{
  return gtk_widget_get_width (data) > 100;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  GtkWidget *window;

  window_fixture_open (&fixture->window, NULL);
  window = GTK_WIDGET (fixture->window.driver.window);
  fixture->view = LIMN_FRAME_VIEW (window_driver_find (window, LIMN_TYPE_FRAME_VIEW));
  fixture->map = LIMN_STAGE_MAP (window_driver_find (window, LIMN_TYPE_STAGE_MAP));
  fixture->sheet = LIMN_CONTACT_SHEET (window_driver_find (window, LIMN_TYPE_CONTACT_SHEET));
  fixture->drag = window_driver_find_controller (GTK_WIDGET (fixture->view), GTK_TYPE_GESTURE_DRAG);
  fixture->keys = window_driver_find_controller (GTK_WIDGET (fixture->view), GTK_TYPE_EVENT_CONTROLLER_KEY);
  expand (window_driver_find (window, LIMN_TYPE_HINTS_GROUP));
  g_object_set (fixture->window.driver.settings, "prompt", "a cat on a hill", "width", 1024, "height", 1024, NULL);
  window_driver_wait (&fixture->window.driver, "the drawing", laid_out, fixture->view);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  window_fixture_close (&fixture->window, NULL);
  g_assert_false (fake_engine_counts ().wrong_thread);
}

static LimnSizeHints
hints_now (Fixture *fixture, gboolean negative)
{
  return limn_hints_get (fixture->window.driver.settings, negative);
}

/* widget pixels for one pixel of the resized photo */
static double
drawing_scale (Fixture *fixture, const LimnSizeHints *hints)
{
  graphene_point_t left = limn_frame_view_grip_point (fixture->view, LIMN_GRIP_LEFT);
  graphene_point_t right = limn_frame_view_grip_point (fixture->view, LIMN_GRIP_RIGHT);

  return (right.x - left.x) / hints->target_width;
}

/* the widget's own handlers get what a pointer would give: press on the grip, move, let go */
static void
drag (Fixture *fixture, LimnGrip grip, double x, double y)
{
  graphene_point_t at = limn_frame_view_grip_point (fixture->view, grip);

  g_assert_cmpint (limn_frame_view_grip_at (fixture->view, at.x, at.y), ==, grip);
  g_signal_emit_by_name (fixture->drag, "drag-begin", (double) at.x, (double) at.y);
  g_signal_emit_by_name (fixture->drag, "drag-update", x / 2, y / 2);
  g_signal_emit_by_name (fixture->drag, "drag-update", x, y);
  g_signal_emit_by_name (fixture->drag, "drag-end", x, y);
}

static void
press (Fixture *fixture, guint key, GdkModifierType state)
{
  gboolean handled = FALSE;

  g_signal_emit_by_name (fixture->keys, "key-pressed", key, 0, state, &handled);
  g_assert_true (handled);
}

static void
test_drag (Fixture *fixture, gconstpointer data)
{
  LimnSizeHints whole = { 1024, 1024, 0, 0, 1024, 1024 };
  double scale = drawing_scale (fixture, &whole);

  /* a press without a move changes nothing, not even "as the output" */
  drag (fixture, LIMN_GRIP_MOVE, 0, 0);
  drag (fixture, LIMN_GRIP_PHOTO, 0, 0);
  drag (fixture, LIMN_GRIP_RIGHT | LIMN_GRIP_BOTTOM, 1, -1);
  check_hints (hints_now (fixture, FALSE), 0, 0, 0, 0, 0, 0);

  drag (fixture, LIMN_GRIP_MOVE, 256 * scale, 64 * scale);
  check_hints (hints_now (fixture, FALSE), 0, 0, 256, 64, 0, 0);

  /* it fits itself again: the same way is another number now */
  g_object_set (fixture->window.driver.settings, "crop-left", 0, "crop-top", 0, NULL);
  drag (fixture, LIMN_GRIP_RIGHT, -128 * scale, 50 * scale);
  check_hints (hints_now (fixture, FALSE), 0, 0, 0, 0, 896, 1024);
  drag (fixture, LIMN_GRIP_LEFT, 64 * scale, 0);
  check_hints (hints_now (fixture, FALSE), 0, 0, 64, 0, 832, 1024);

  /* the photo's corner: its own pixels, in its shape along the diagonal */
  g_object_set (fixture->window.driver.settings, "crop-left", 0, "target-width", 0, "target-height", 0, NULL);
  drag (fixture, LIMN_GRIP_PHOTO, 1024 * scale, 1024 * scale);
  check_hints (hints_now (fixture, FALSE), 2048, 2048, 0, 0, 0, 0);
  drag (fixture, LIMN_GRIP_PHOTO, 512 * scale, 0);
  check_hints (hints_now (fixture, FALSE), 3072, 2048, 0, 0, 0, 0);
}

static void
test_keys (Fixture *fixture, gconstpointer data)
{
  press (fixture, GDK_KEY_Right, 0);
  press (fixture, GDK_KEY_Down, 0);
  press (fixture, GDK_KEY_Down, 0);
  check_hints (hints_now (fixture, FALSE), 0, 0, 8, 16, 0, 0);
  press (fixture, GDK_KEY_Left, GDK_CONTROL_MASK);
  press (fixture, GDK_KEY_Up, GDK_CONTROL_MASK);
  check_hints (hints_now (fixture, FALSE), 0, 0, 7, 15, 0, 0);
  press (fixture, GDK_KEY_Left, 0);
  press (fixture, GDK_KEY_Left, 0);
  check_hints (hints_now (fixture, FALSE), 0, 0, 0, 15, 0, 0);
  press (fixture, GDK_KEY_Right, GDK_SHIFT_MASK);
  check_hints (hints_now (fixture, FALSE), 0, 0, 0, 15, 1088, 1024);
  press (fixture, GDK_KEY_Up, GDK_SHIFT_MASK | GDK_CONTROL_MASK);
  check_hints (hints_now (fixture, FALSE), 0, 0, 0, 15, 1088, 1023);
  press (fixture, GDK_KEY_Right, GDK_ALT_MASK);
  press (fixture, GDK_KEY_Down, GDK_ALT_MASK | GDK_CONTROL_MASK);
  check_hints (hints_now (fixture, FALSE), 1088, 1025, 0, 15, 1088, 1023);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (fixture->view), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                       "Original 1088 by 1025, crop 0, 15, target 1088 by 1023");
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (fixture->view), GTK_ACCESSIBLE_ROLE_SLIDER);
}

/* two frames, of which one is dragged: the other's numbers stay */
static void
test_ghost (Fixture *fixture, gconstpointer data)
{
  GtkWidget *group = window_driver_find (GTK_WIDGET (fixture->window.driver.window), LIMN_TYPE_HINTS_GROUP);
  LimnSizeHints whole = { 1024, 1024, 0, 0, 1024, 1024 };
  double scale;

  gtk_widget_activate_action (group, "hints.small-negative", NULL);
  g_assert_true (limn_settings_values (fixture->window.driver.settings)->separate_negative);
  check_hints (hints_now (fixture, FALSE), 0, 0, 0, 0, 0, 0);
  check_hints (hints_now (fixture, TRUE), 512, 512, 0, 0, 0, 0);
  scale = drawing_scale (fixture, &whole);
  drag (fixture, LIMN_GRIP_MOVE, 128 * scale, 0);
  check_hints (hints_now (fixture, FALSE), 0, 0, 0, 0, 0, 0);
  check_hints (hints_now (fixture, TRUE), 512, 512, 128, 0, 0, 0);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (window_driver_find_button (group, "Prompt")), TRUE);
  press (fixture, GDK_KEY_Down, 0);
  check_hints (hints_now (fixture, FALSE), 0, 0, 0, 8, 0, 0);
  check_hints (hints_now (fixture, TRUE), 512, 512, 128, 0, 0, 0);
  /* without its own numbers the negative cannot be dragged */
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (window_driver_find_button (group, "Negative")), TRUE);
  g_object_set (fixture->window.driver.settings, "separate-negative", FALSE, NULL);
  press (fixture, GDK_KEY_Up, 0);
  check_hints (hints_now (fixture, FALSE), 0, 0, 0, 0, 0, 0);
  check_hints (hints_now (fixture, TRUE), 512, 512, 128, 0, 0, 0);
}

static void
test_preset_actions (Fixture *fixture, gconstpointer data)
{
  GtkWidget *group = window_driver_find (GTK_WIDGET (fixture->window.driver.window), LIMN_TYPE_HINTS_GROUP);

  gtk_widget_activate_action (group, "hints.preset", "s", "large");
  check_hints (hints_now (fixture, FALSE), 4096, 4096, 0, 0, 0, 0);
  gtk_widget_activate_action (group, "hints.preset", "s", "cut-left");
  check_hints (hints_now (fixture, FALSE), 6144, 4096, 512, 0, 0, 0);
  gtk_widget_activate_action (group, "hints.preset", "s", "output");
  check_hints (hints_now (fixture, FALSE), 0, 0, 0, 0, 0, 0);
}

/* ---- Contact sheet ---- */

static gboolean
all_drafts (WindowDriver *driver, gpointer data)
{
  return limn_contact_sheet_count_done (((Fixture *) data)->sheet) == LIMN_SHEET_CELLS;
}

static gboolean
some_drafts (WindowDriver *driver, gpointer data)
{
  return limn_contact_sheet_count_done (((Fixture *) data)->sheet) >= 2;
}

static GBytes *
pixels (GdkTexture *texture)
{
  gsize stride = (gsize) gdk_texture_get_width (texture) * 4, size = stride * gdk_texture_get_height (texture);
  guchar *data = g_malloc (size);

  gdk_texture_download (texture, data, stride);
  return g_bytes_new_take (data, size);
}

/* other hints, other pictures: they came as far as the engine */
static void
check_distinct (Fixture *fixture)
{
  GBytes *drafts[LIMN_SHEET_CELLS];

  for (int i = 0; i < LIMN_SHEET_CELLS; i++)
    drafts[i] = pixels (limn_contact_sheet_get_texture (fixture->sheet, i));
  for (int i = 0; i < LIMN_SHEET_CELLS; i++)
    for (int j = 0; j < i; j++) {
      LimnSizeHints a = limn_contact_sheet_get_hints (fixture->sheet, i);
      LimnSizeHints b = limn_contact_sheet_get_hints (fixture->sheet, j);

      g_assert_false (limn_size_hints_equal (&a, &b));
      g_assert_false (g_bytes_equal (drafts[i], drafts[j]));
    }
  for (int i = 0; i < LIMN_SHEET_CELLS; i++)
    g_bytes_unref (drafts[i]);
}

static int
count_files (Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->window.driver.folder, 0, NULL);
  int n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static GtkWidget *
nth_cell (GtkWidget *root, int *n)
{
  GtkWidget *found = NULL;

  if (gtk_widget_has_css_class (root, "draft") && (*n)-- == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = nth_cell (child, n);
  return found;
}

static void
test_sheet (Fixture *fixture, gconstpointer data)
{
  GtkWidget *window = GTK_WIDGET (fixture->window.driver.window), *undo;
  LimnSizeHints wanted;
  int n = 5, files = count_files (fixture);

  fake_engine_set (&fixture->window.fake);
  g_object_set (fixture->window.driver.settings, "crop-top", 40, "use-refiner", TRUE, "seed", G_GUINT64_CONSTANT (7),
                NULL);
  window_driver_activate (&fixture->window.driver, "contact-sheet");
  window_driver_wait (&fixture->window.driver, "nine drafts", all_drafts, fixture);
  g_assert_cmpint (fake_engine_counts ().generates, ==, LIMN_SHEET_CELLS);
  g_assert_cmpint (fake_engine_counts ().steps, ==, LIMN_SHEET_CELLS * 8);
  check_distinct (fixture);
  g_assert_cmpint (count_files (fixture), ==, files);
  window_driver_screenshot_at_rest (&fixture->window.driver, "contact-sheet");

  wanted = limn_contact_sheet_get_hints (fixture->sheet, 5);
  check_hints (wanted, 1536, 1024, 512, 0, 0, 0);
  g_signal_emit_by_name (nth_cell (GTK_WIDGET (fixture->sheet), &n), "clicked");
  check_hints (hints_now (fixture, FALSE), 1536, 1024, 512, 0, 0, 0);
  window_driver_sleep (&fixture->window.driver, 400);
  window_driver_screenshot (&fixture->window.driver, "contact-sheet-adopted");
  undo = window_driver_find_button (window, "Undo");
  g_assert_nonnull (undo);
  g_signal_emit_by_name (undo, "clicked");
  check_hints (hints_now (fixture, FALSE), 0, 0, 0, 40, 0, 0);
  gtk_widget_activate_action (GTK_WIDGET (fixture->sheet), "sheet.close", NULL);
  g_assert_true (gtk_stack_get_visible_child (GTK_STACK (gtk_widget_get_parent (GTK_WIDGET (fixture->sheet))))
                 != GTK_WIDGET (fixture->sheet));
}

/* a picture that is asked for does not wait for nine drafts, and they do not go on behind it */
static void
test_sheet_gives_way (Fixture *fixture, gconstpointer data)
{
  int before;

  fixture->window.fake.step_us = 20000;
  fake_engine_set (&fixture->window.fake);
  g_object_set (fixture->window.driver.settings, "steps", 3, NULL);
  window_driver_activate (&fixture->window.driver, "contact-sheet");
  window_driver_wait (&fixture->window.driver, "two drafts", some_drafts, fixture);
  window_driver_activate (&fixture->window.driver, "generate");
  window_driver_wait (&fixture->window.driver, "the picture", window_driver_idle, NULL);
  before = limn_contact_sheet_count_done (fixture->sheet);
  g_assert_cmpint (before, <, 4);
  g_assert_nonnull (limn_window_get_picture (fixture->window.driver.window));
  window_driver_sleep (&fixture->window.driver, 500);
  g_assert_cmpint (limn_contact_sheet_count_done (fixture->sheet), ==, before);
}

/* ---- Stage map ---- */

static gboolean
has_estimate (WindowDriver *driver, gpointer data)
{
  const LimnEstimate *estimate = limn_stage_map_get_estimate (((Fixture *) data)->map);

  return estimate != NULL && estimate->available == ((Fixture *) data)->window.fake.memory
         && !g_str_has_prefix (limn_stage_map_get_times (((Fixture *) data)->map), "Not");
}

static void
ask_anew (Fixture *fixture)
{
  fake_engine_set (&fixture->window.fake);
  for (int i = 0; i < 20; i++) /* only the last of these is asked for */
    g_object_set (fixture->window.driver.settings, "steps", 11 + i, NULL);
  window_driver_wait (&fixture->window.driver, "the estimate", has_estimate, fixture);
}

/* spaces that do not break are spaces */
static char *
plain (const char *text)
{
  GString *out = g_string_new (text);

  g_string_replace (out, "\u00a0", " ", 0);
  return g_string_free (out, FALSE);
}

static void
check_says (const char *text, const char *what)
{
  g_autofree char *have = plain (text), *want = plain (what);

  if (strstr (have, want) == NULL)
    g_error ("\"%s\" does not say \"%s\"", have, want);
}

static void
test_map (Fixture *fixture, gconstpointer data)
{
  const LimnEstimate *estimate;
  g_autofree char *peak = NULL;

  fixture->window.fake.step_us = 500000;
  fixture->window.fake.load_us = 400000;
  fixture->window.fake.decode_us = 2500000;
  fixture->window.fake.memory = G_GUINT64_CONSTANT (8000) << 20;
  g_object_set (fixture->window.driver.settings, "use-refiner", TRUE, "refiner", "refiner", "hires", 2.0, NULL);
  ask_anew (fixture);
  estimate = limn_stage_map_get_estimate (fixture->map);
  g_assert_true (estimate->fits);
  g_assert_cmpint (fake_engine_counts ().estimates, ==, 1);
  for (int i = LIMN_STAGE_BASE; i <= LIMN_STAGE_DECODE; i++) {
    g_autofree char *time = limn_format_seconds (estimate->seconds[i]);

    g_assert_cmpfloat (estimate->seconds[i], >, 0);
    check_says (limn_stage_map_get_times (fixture->map), time);
  }
  check_says (limn_stage_map_get_times (fixture->map), "Encode 0.8 s");
  check_says (limn_stage_map_get_times (fixture->map), "Decode 2.5 s");
  check_says (limn_stage_map_get_times (fixture->map), "About 19 s"); /* 0.8 + (30 + 2) * 0.5 + 2.5 */
  peak = g_format_size (estimate->peak);
  check_says (limn_stage_map_get_memory (fixture->map), peak);
  window_driver_screenshot_at_rest (&fixture->window.driver, "stage-map");
}

static gboolean
has_suggestion (WindowDriver *driver, gpointer data)
{
  int width, height;

  return limn_stage_map_get_suggestion (((Fixture *) data)->map, &width, &height);
}

static gboolean
fits (WindowDriver *driver, gpointer data)
{
  const LimnEstimate *estimate = limn_stage_map_get_estimate (((Fixture *) data)->map);

  return estimate != NULL && estimate->fits;
}

/* says so beforehand, and what it offers does fit */
static void
test_map_does_not_fit (Fixture *fixture, gconstpointer data)
{
  const LimnSettingsValues *values = limn_settings_values (fixture->window.driver.settings);
  int width, height;

  fixture->window.fake.step_us = 500000;
  fixture->window.fake.decode_us = 2500000;
  fixture->window.fake.memory = G_GUINT64_CONSTANT (5400) << 20;
  ask_anew (fixture);
  g_assert_false (limn_stage_map_get_estimate (fixture->map)->fits);
  window_driver_wait (&fixture->window.driver, "a suggestion", has_suggestion, fixture);
  g_assert_true (limn_stage_map_get_suggestion (fixture->map, &width, &height));
  g_assert_cmpint (width, ==, 768);
  g_assert_cmpint (height, ==, 768);
  window_driver_screenshot_at_rest (&fixture->window.driver, "stage-map-lack");
  g_signal_emit_by_name (window_driver_find_button (GTK_WIDGET (fixture->map), "Use 768 × 768"), "clicked");
  g_assert_cmpint (values->width, ==, 768);
  g_assert_cmpint (values->height, ==, 768);
  window_driver_wait (&fixture->window.driver, "that it fits", fits, fixture);
  g_assert_false (limn_stage_map_get_suggestion (fixture->map, &width, &height));
}

/* One click quantizes the model: it fits, and undo takes it back. */
static void
test_map_makes_fit (Fixture *fixture, gconstpointer data)
{
  LimnSettings *settings = fixture->window.driver.settings;

  fixture->window.fake.memory = G_GUINT64_CONSTANT (5400) << 20;
  ask_anew (fixture);
  g_assert_cmpstr (limn_stage_map_get_estimate (fixture->map)->fit, ==, "q8_0");
  g_signal_emit_by_name (window_driver_find_button (GTK_WIDGET (fixture->map), "Make It Fit"), "clicked");
  g_assert_cmpstr (limn_settings_values (settings)->fit, ==, "q8_0");
  window_driver_wait (&fixture->window.driver, "that it fits", fits, fixture);
  g_assert_null (limn_stage_map_get_estimate (fixture->map)->fit);
  window_driver_activate (&fixture->window.driver, "undo");
  g_assert_cmpstr (limn_settings_values (settings)->fit, ==, "none");
}

static gboolean
said_what_it_took (WindowDriver *driver, gpointer data)
{
  return strstr (limn_stage_map_get_times (((Fixture *) data)->map), "took") != NULL;
}

/* four steps of 0.15 s, and what a busy machine adds, but no more than the whole run */
static void
check_took (Fixture *fixture)
{
  g_autofree char *text = plain (limn_stage_map_get_times (fixture->map));
  const char *before = "Base 0.6 s, took ", *place = strstr (text, before);
  double seconds, whole = limn_picture_get_seconds (limn_window_get_picture (fixture->window.driver.window));

  g_assert_nonnull (place);
  seconds = g_strtod (place + strlen (before), NULL);
  g_test_message ("the base took %.1f s of %.2f s", seconds, whole);
  g_assert_true (seconds >= 0.55 && seconds <= whole + 0.05);
}

/* nothing is made up before the first run; after it, what it took stands beside */
static void
test_map_unmeasured (Fixture *fixture, gconstpointer data)
{
  fixture->window.fake.step_us = 0;
  fixture->window.fake.load_us = fixture->window.fake.decode_us = 0;
  fake_engine_set (&fixture->window.fake);
  g_object_set (fixture->window.driver.settings, "steps", 4, "use-refiner", FALSE, NULL);
  window_driver_sleep (&fixture->window.driver, 600);
  check_says (limn_stage_map_get_times (fixture->map), "Not measured on this device yet");
  check_says (limn_stage_map_get_times (fixture->map), "Decode");

  fixture->window.fake.step_us = 150000;
  fixture->window.fake.decode_us = 200000;
  fake_engine_set (&fixture->window.fake);
  window_driver_activate (&fixture->window.driver, "generate");
  window_driver_wait (&fixture->window.driver, "the picture", window_driver_idle, NULL);
  window_driver_wait (&fixture->window.driver, "the seconds", said_what_it_took, fixture);
  check_took (fixture);
  window_driver_screenshot_at_rest (&fixture->window.driver, "stage-map-after");
  g_object_set (fixture->window.driver.settings, "steps", 8, NULL);
  window_driver_sleep (&fixture->window.driver, 600);
  g_assert_null (strstr (limn_stage_map_get_times (fixture->map), "took"));
}

#define ADD(name, func) g_test_add ("/conditioning/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  ADD ("drag", test_drag);
  ADD ("keys", test_keys);
  ADD ("ghost", test_ghost);
  ADD ("preset-actions", test_preset_actions);
  ADD ("sheet", test_sheet);
  ADD ("sheet-gives-way", test_sheet_gives_way);
  ADD ("map", test_map);
  ADD ("map-does-not-fit", test_map_does_not_fit);
  ADD ("map-makes-fit", test_map_makes_fit);
  ADD ("map-unmeasured", test_map_unmeasured);
  return g_test_run ();
}
