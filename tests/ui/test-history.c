/* test-history.c - the history in the real window, over the fake engine: what counts is files, pixels and settings.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>

#include "app/gallery/gallery-private.h"
#include "app/window/window-private.h"
#include "window-fixture.h"

typedef WindowFixture Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  window_fixture_open (fixture, NULL);
  g_object_set (fixture->driver.settings, "prompt", "a red circle", "steps", 10, NULL);
}

static gboolean
has_pictures (WindowDriver *driver, gpointer n)
{
  return g_list_model_get_n_items (G_LIST_MODEL (driver->window->library)) == GPOINTER_TO_UINT (n);
}

static void
wait_for_n (Fixture *fixture, guint n)
{
  window_driver_wait (&fixture->driver, "the gallery", has_pictures, GUINT_TO_POINTER (n));
}

/* Returns the path.  (transfer full) */
static char *
generate (Fixture *fixture, guint64 seed, guint n)
{
  g_object_set (fixture->driver.settings, "new-seed", FALSE, "seed", seed, NULL);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
  wait_for_n (fixture, n);
  window_driver_sleep (&fixture->driver, 1100); /* the next one is newer */
  return g_strdup (limn_picture_get_path (limn_window_get_picture (fixture->driver.window)));
}

static gboolean
shows_file (WindowDriver *driver, gpointer path)
{
  LimnPicture *picture = limn_window_get_picture (driver->window);

  return picture != NULL && g_strcmp0 (limn_picture_get_path (picture), path) == 0;
}

static void
choose (Fixture *fixture, guint first, guint n)
{
  gtk_selection_model_select_range (GTK_SELECTION_MODEL (fixture->driver.window->gallery->selection), first, n, TRUE);
}

static void
act (Fixture *fixture, const char *name)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (fixture->driver.window->gallery->actions), name);

  g_assert_nonnull (action);
  g_assert_true (g_action_get_enabled (action));
  g_action_activate (action, NULL);
}

static const char *
page (Fixture *fixture)
{
  return gtk_stack_get_visible_child_name (fixture->driver.window->stage);
}

/* ---- Tests ---- */

static void
test_list (Fixture *fixture, gconstpointer data)
{
  g_autofree char *older = NULL;
  g_autofree char *newer = NULL;
  g_autoptr (GPtrArray) selected = NULL;

  older = generate (fixture, 11, 1);
  newer = generate (fixture, 22, 2);
  g_assert_true (g_file_test (older, G_FILE_TEST_EXISTS));
  selected = limn_gallery_get_selected (fixture->driver.window->gallery);
  g_assert_cmpuint (selected->len, ==, 1);
  g_assert_cmpstr (limn_entry_get_path (selected->pdata[0]), ==, newer);

  /* looking back shows the older one, with all that can be done with it */
  choose (fixture, 1, 1);
  window_driver_wait (&fixture->driver, "the older picture", shows_file, older);
  g_assert_cmpuint (
      limn_settings_values (limn_picture_get_settings (limn_window_get_picture (fixture->driver.window)))->seed, ==,
      11);
  g_assert_cmpuint (limn_settings_values (fixture->driver.settings)->seed, ==, 22);
  window_driver_screenshot_at_rest (&fixture->driver, "history");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
  window_driver_screenshot_at_rest (&fixture->driver, "history-dark");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_LIGHT);
}

static gboolean
has_seed (WindowDriver *driver, gpointer seed)
{
  return limn_settings_values (driver->settings)->seed == GPOINTER_TO_UINT (seed);
}

static gboolean
has_source (WindowDriver *driver, gpointer data)
{
  return limn_settings_values (driver->settings)->source != NULL;
}

static void
test_use_again (Fixture *fixture, gconstpointer data)
{
  g_autofree char *older = NULL;
  g_autofree char *newer = NULL;

  g_object_set (fixture->driver.settings, "guidance", 3.5, NULL);
  older = generate (fixture, 11, 1);
  g_object_set (fixture->driver.settings, "guidance", 7.0, "prompt", "something else", NULL);
  newer = generate (fixture, 22, 2);
  choose (fixture, 1, 1);
  act (fixture, "use-settings");
  window_driver_wait (&fixture->driver, "the settings", has_seed, GUINT_TO_POINTER (11));
  g_assert_cmpfloat (limn_settings_values (fixture->driver.settings)->guidance, ==, 3.5);
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->prompt, ==, "a red circle");
  g_assert_null (limn_settings_values (fixture->driver.settings)->source);
  act (fixture, "use-picture");
  window_driver_wait (&fixture->driver, "the source", has_source, NULL);
  g_assert_cmpint (limn_source_get_image (limn_settings_values (fixture->driver.settings)->source)->width, ==, 128);
}

static gboolean
is_compared (WindowDriver *driver, gpointer data)
{
  return limn_compare_view_get_difference (driver->window->compare_view)[0] != '\0';
}

static void
test_compare (Fixture *fixture, gconstpointer data)
{
  g_autofree char *older = NULL;
  g_autofree char *newer = NULL;

  g_object_set (fixture->driver.settings, "guidance", 3.0, NULL);
  older = generate (fixture, 11, 1);
  g_object_set (fixture->driver.settings, "guidance", 5.0, NULL);
  newer = generate (fixture, 22, 2);
  choose (fixture, 0, 2);
  act (fixture, "compare");
  g_assert_cmpstr (page (fixture), ==, "compare");
  window_driver_wait (&fixture->driver, "the comparison", is_compared, NULL);
  g_assert_cmpstr (limn_compare_view_get_difference (fixture->driver.window->compare_view), ==,
                   "guidance 3 → 5 · seed 11 → 22");
  window_driver_screenshot_at_rest (&fixture->driver, "history-compare");
  g_signal_emit_by_name (fixture->driver.window->compare_view, "left");
  g_assert_cmpstr (page (fixture), ==, "canvas");

  /* one alone: with the one that was seen before */
  choose (fixture, 1, 1);
  window_driver_wait (&fixture->driver, "the older picture", shows_file, older);
  act (fixture, "compare");
  window_driver_wait (&fixture->driver, "the comparison", is_compared, NULL);
  g_assert_cmpstr (limn_compare_view_get_difference (fixture->driver.window->compare_view), ==,
                   "guidance 5 → 3 · seed 22 → 11");
  window_driver_activate (&fixture->driver, "generate");
  g_assert_cmpstr (page (fixture), ==, "canvas");
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
  wait_for_n (fixture, 3);
}

static void
write_prompt (Fixture *fixture)
{
  gtk_widget_grab_focus (GTK_WIDGET (limn_prompt_group_get_view (fixture->driver.window->prompt_group, "prompt")));
}

static gboolean
writes_prompt (Fixture *fixture)
{
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (fixture->driver.window));
  LimnPromptView *view = limn_prompt_group_get_view (fixture->driver.window->prompt_group, "prompt");

  return focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (view));
}

static gboolean
shows_canvas (WindowDriver *driver, gpointer data)
{
  return g_str_equal (gtk_stack_get_visible_child_name (driver->window->stage), "canvas");
}

/* However a comparison ends, the focus stays with who writes meanwhile; from the comparison it goes to the pictures. */
static void
test_compare_focus (Fixture *fixture, gconstpointer data)
{
  g_autofree char *older = generate (fixture, 11, 1);
  g_autofree char *newer = generate (fixture, 22, 2);

  choose (fixture, 0, 2);
  act (fixture, "compare");
  window_driver_wait (&fixture->driver, "the comparison", is_compared, NULL);
  write_prompt (fixture);
  g_signal_emit_by_name (fixture->driver.window->compare_view, "left");
  g_assert_true (writes_prompt (fixture));

  act (fixture, "compare");
  g_assert_false (writes_prompt (fixture));
  g_signal_emit_by_name (fixture->driver.window->compare_view, "left");
  g_assert_true (gtk_widget_is_ancestor (gtk_root_get_focus (GTK_ROOT (fixture->driver.window)),
                                         GTK_WIDGET (fixture->driver.window->gallery)));

  g_assert_true (g_file_set_contents (older, "no picture", -1, NULL));
  act (fixture, "compare");
  write_prompt (fixture);
  window_driver_wait (&fixture->driver, "the comparison to fail", shows_canvas, NULL);
  g_assert_true (writes_prompt (fixture));
}

static void
test_trash (Fixture *fixture, gconstpointer data)
{
  g_autofree char *older = generate (fixture, 11, 1);
  g_autofree char *newer = generate (fixture, 22, 2);

  choose (fixture, 1, 1);
  act (fixture, "trash");
  wait_for_n (fixture, 1);
  g_assert_false (g_file_test (older, G_FILE_TEST_EXISTS));
  window_driver_screenshot_at_rest (&fixture->driver, "history-trash");
  act (fixture, "undo-trash");
  wait_for_n (fixture, 2);
  g_assert_true (g_file_test (older, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_unlink (newer), ==, 0);
  wait_for_n (fixture, 1);
}

static gboolean
has_previews (WindowDriver *driver, gpointer n)
{
  /* the fixture begins with its driver */
  return ((Fixture *) driver)->previews >= GPOINTER_TO_INT (n);
}

static gboolean
has_other_texture (WindowDriver *driver, gpointer texture)
{
  return limn_window_get_texture (driver->window) != texture;
}

static void
test_look_while_painting (Fixture *fixture, gconstpointer data)
{
  g_autofree char *older = generate (fixture, 11, 1);
  g_autofree char *newer = generate (fixture, 22, 2);
  GdkTexture *texture;
  int seen;

  fixture->fake.lockstep = TRUE;
  fake_engine_set (&fixture->fake);
  fake_engine_hold (1);
  fixture->previews = 0;
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "a preview", has_previews, GINT_TO_POINTER (1));
  choose (fixture, 1, 1);
  window_driver_wait (&fixture->driver, "the older picture", shows_file, older);
  texture = limn_window_get_texture (fixture->driver.window);
  seen = fixture->previews;
  fake_engine_hold (3);
  window_driver_wait (&fixture->driver, "more previews", has_previews, GINT_TO_POINTER (seen + 2));
  g_assert_true (limn_window_get_texture (fixture->driver.window) == texture);
  window_driver_screenshot_at_rest (&fixture->driver, "history-while-painting");
  window_driver_activate (&fixture->driver, "history-live");
  fake_engine_hold (6);
  window_driver_wait (&fixture->driver, "the preview", has_other_texture, texture);
  fake_engine_hold (FAKE_NEVER);
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
  wait_for_n (fixture, 3);

  /* and where one goes on looking, the new picture is only listed */
  fixture->previews = 0;
  fake_engine_hold (1);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "a preview", has_previews, GINT_TO_POINTER (1));
  choose (fixture, 2, 1);
  window_driver_wait (&fixture->driver, "the older picture", shows_file, older);
  fake_engine_hold (FAKE_NEVER);
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
  wait_for_n (fixture, 4);
  g_assert_true (shows_file (&fixture->driver, older));
  g_assert_nonnull (newer);
}

/* ---- A narrow window ---- */

static gboolean
is_folded (WindowDriver *driver, gpointer data)
{
  return adw_flap_get_folded (driver->window->side_flap) && !adw_flap_get_reveal_flap (driver->window->side_flap);
}

static GtkWidget *
find_by_tooltip (GtkWidget *root, const char *text)
{
  GtkWidget *found = g_strcmp0 (gtk_widget_get_tooltip_text (root), text) == 0 ? root : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_by_tooltip (child, text);
  return found;
}

/* The history covers the picture: a button leads back, and so does choosing one. */
static void
test_narrow (Fixture *fixture, gconstpointer data)
{
  LimnWindow *window = fixture->driver.window;
  GtkWidget *back = find_by_tooltip (adw_flap_get_flap (window->side_flap), "Back to the Picture");
  g_autofree char *older = generate (fixture, 11, 1), *newer = generate (fixture, 22, 2);

  g_assert_true (g_file_test (newer, G_FILE_TEST_EXISTS));
  g_assert_false (gtk_widget_get_visible (back));
  gtk_window_set_default_size (GTK_WINDOW (window), 430, 760);
  window_driver_wait (&fixture->driver, "a narrow window", is_folded, NULL);
  g_assert_true (gtk_widget_get_visible (back));
  for (int i = 0; i < 2; i++) {
    g_action_group_change_action_state (G_ACTION_GROUP (window), "show-side", g_variant_new_boolean (TRUE));
    g_assert_true (adw_flap_get_reveal_flap (window->side_flap));
    g_assert_false (adw_flap_get_reveal_flap (window->flap));
    window_driver_screenshot_at_rest (&fixture->driver, "history-narrow");
    if (i == 0) {
      g_signal_emit_by_name (back, "clicked");
    } else {
      choose (fixture, 1, 1);
      window_driver_wait (&fixture->driver, "the older picture", shows_file, older);
    }
    g_assert_false (adw_flap_get_reveal_flap (window->side_flap));
  }
}

static void
show (LimnWindow *window, const char *pane, gboolean shown)
{
  g_action_group_change_action_state (G_ACTION_GROUP (window), pane, g_variant_new_boolean (shown));
}

/* Controls that gave way to the history come back when it goes; those that somebody closed do not. */
static void
test_controls_return (Fixture *fixture, gconstpointer data)
{
  LimnWindow *window = fixture->driver.window;

  window_driver_screenshot_at_rest (&fixture->driver, "history-wide"); /* it is mapped, and obeys */
  gtk_window_set_default_size (GTK_WINDOW (window), 768, 720);
  window_driver_wait (&fixture->driver, "a narrow window", is_folded, NULL);
  for (int i = 0; i < 2; i++) {
    g_assert_true (adw_flap_get_reveal_flap (window->flap));
    show (window, "show-side", TRUE);
    g_assert_false (adw_flap_get_reveal_flap (window->flap));
    window_driver_screenshot_at_rest (&fixture->driver, "history-768");
    g_assert_true (adw_flap_get_reveal_flap (window->side_flap));
    show (window, "show-side", FALSE);
    g_assert_true (adw_flap_get_reveal_flap (window->flap));
    window_driver_screenshot_at_rest (&fixture->driver, "history-768-closed");
  }
  show (window, "show-controls", FALSE);
  show (window, "show-side", TRUE);
  show (window, "show-side", FALSE);
  g_assert_false (adw_flap_get_reveal_flap (window->flap));
}

int
main (int argc, char **argv)
{
  window_driver_init (&argc, &argv);
#define ADD(name, func) g_test_add ("/history/" name, Fixture, NULL, set_up, func, window_fixture_close)
  ADD ("list", test_list);
  ADD ("use-again", test_use_again);
  ADD ("compare", test_compare);
  ADD ("compare-focus", test_compare_focus);
  ADD ("trash", test_trash);
  ADD ("look-while-painting", test_look_while_painting);
  ADD ("narrow", test_narrow);
  ADD ("controls-return", test_controls_return);
  return g_test_run ();
}
