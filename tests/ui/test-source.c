/* test-source.c - the picture to start from and its mask: where they come from, that they are seen, and that they stay.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "app/canvas-private.h"
#include "app/window-private.h"
#include "window-fixture.h"

static void
set_up (WindowFixture *fixture, gconstpointer data)
{
  window_fixture_open (fixture);
  g_object_set (fixture->driver.settings, "prompt", "a red circle", "steps", 4, "width", 128, "height", 128, NULL);
}

static void
tear_down (WindowFixture *fixture, gconstpointer data)
{
  window_fixture_close (fixture);
}

static const LimnSettingsValues *
values (WindowFixture *fixture)
{
  return limn_settings_values (fixture->driver.settings);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
activate (WindowFixture *fixture, const char *action)
{
  window_driver_activate (&fixture->driver, action);
  settle ();
}

static gboolean
enabled (WindowFixture *fixture, const char *action)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (fixture->driver.window), action);
}

static void
generate (WindowFixture *fixture)
{
  activate (fixture, "generate");
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
  settle ();
}

static const LimnImage *
shown (WindowFixture *fixture)
{
  return limn_picture_get_image (fixture->driver.window->picture);
}

static void
stroke (WindowFixture *fixture, double x, double y)
{
  LimnMaskEditor *editor = limn_mask_mode_get_editor (fixture->driver.window->mask_mode);

  limn_mask_editor_begin_stroke (editor, x, y, 1, FALSE);
  limn_mask_editor_end_stroke (editor);
  settle ();
}

static LimnSource *
make_source (int width, int height, guint8 shade)
{
  LimnImage *image = limn_image_new (width, height);

  for (int i = 0; i < width * height; i++) {
    image->rgb[i * 3] = shade;
    image->rgb[i * 3 + 1] = (guint8) (i % width);
    image->rgb[i * 3 + 2] = (guint8) (i / width);
  }
  return limn_source_new (image, "photo.png");
}

static void
assert_starts_from (WindowFixture *fixture, const LimnImage *image)
{
  const LimnImage *source;

  g_assert_nonnull (values (fixture)->source);
  source = limn_source_get_image (values (fixture)->source);
  g_assert_cmpint (source->width, ==, image->width);
  g_assert_cmpmem (source->rgb, (gsize) source->width * source->height * 3, image->rgb,
                   (gsize) image->width * image->height * 3);
}

/* ---- Tools ---- */

static void
assert_untouched (WindowFixture *fixture, LimnSettings *before)
{
  const LimnSettingsValues *then = limn_settings_values (before), *now = values (fixture);

  g_assert_true (now->source == then->source);
  g_assert_true (now->mask == then->mask);
  g_assert_cmpint (now->width, ==, then->width);
  g_assert_cmpint (now->height, ==, then->height);
  g_assert_cmpint (now->source_fit, ==, then->source_fit);
  g_assert_cmpfloat (now->source_x, ==, then->source_x);
  g_assert_cmpfloat (now->source_y, ==, then->source_y);
  g_assert_cmpfloat (now->strength, ==, then->strength);
}

/* A tool that was left with nothing painted has never been there. */
static void
test_empty_handed (WindowFixture *fixture, gconstpointer data)
{
  static const char *const tools[] = { "edit-mask", "extend-canvas", "paint-over" };
  static const char *const leave[] = { "edit-mask", "extend-canvas", "edit-mask" };
  g_autoptr (LimnSource) source = make_source (256, 192, 90);
  g_autoptr (LimnSettings) before = NULL;
  LimnUndo *undo = fixture->driver.window->undo;

  generate (fixture);
  for (int with_source = 0; with_source < 2; with_source++) {
    g_object_set (fixture->driver.settings, "source", with_source ? source : NULL, "width", 256, "height", 128,
                  "source-x", 0.25, "strength", 0.4, NULL);
    limn_undo_commit (undo);
    g_object_set (fixture->driver.settings, "steps", 5 + with_source, NULL);
    limn_undo_commit (undo);
    g_clear_object (&before);
    before = limn_settings_copy (fixture->driver.settings);
    for (guint i = 0; i < G_N_ELEMENTS (tools); i++) {
      activate (fixture, tools[i]);
      assert_untouched (fixture, before);
      activate (fixture, leave[i]);
      assert_untouched (fixture, before);
      g_assert_false (enabled (fixture, "redo"));
    }
    activate (fixture, "edit-mask"); /* painted, and thought better of */
    stroke (fixture, 30, 30);
    g_assert_nonnull (values (fixture)->mask);
    activate (fixture, "mask-undo");
    activate (fixture, "edit-mask");
    assert_untouched (fixture, before);
    activate (fixture, "undo");
    g_assert_cmpint (values (fixture)->steps, ==, 4 + with_source); /* the last thing that a person did */
    activate (fixture, "redo");
  }
}

/* Not the picture that the last one was made from, and not the mask over that. */
static void
test_on_show (WindowFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnSource) rose = make_source (128, 128, 200);
  g_autoptr (LimnImage) result = NULL;

  g_object_set (fixture->driver.settings, "source", rose, NULL);
  activate (fixture, "edit-mask"); /* nothing else is on show */
  stroke (fixture, 20, 20);
  g_assert_true (values (fixture)->source == rose);
  generate (fixture);
  result = limn_image_copy (shown (fixture));

  activate (fixture, "edit-mask");
  g_assert_true (values (fixture)->source == rose);
  stroke (fixture, 100, 100);
  assert_starts_from (fixture, result);
  g_assert_cmpint (limn_mask_get_pixels (values (fixture)->mask)[100 * 128 + 100], ==, 255);
  g_assert_cmpint (limn_mask_get_pixels (values (fixture)->mask)[20 * 128 + 20], ==, 0);
  activate (fixture, "edit-mask");
  activate (fixture, "edit-mask"); /* the same picture: its mask goes on */
  g_assert_cmpint (limn_mask_get_pixels (values (fixture)->mask)[100 * 128 + 100], ==, 255);
  activate (fixture, "edit-mask");

  activate (fixture, "undo");
  g_assert_true (values (fixture)->source == rose);
  g_assert_cmpint (limn_mask_get_pixels (values (fixture)->mask)[20 * 128 + 20], ==, 255);
}

static gboolean
is_wide (WindowDriver *driver, gpointer width)
{
  return limn_settings_values (driver->settings)->width == GPOINTER_TO_INT (width);
}

static void
test_extends_on_show (WindowFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnSource) rose = make_source (128, 128, 200);
  g_autoptr (LimnImage) result = NULL;
  const LimnImage *extended;

  g_object_set (fixture->driver.settings, "source", rose, NULL);
  activate (fixture, "edit-mask");
  stroke (fixture, 20, 20);
  generate (fixture);
  result = limn_image_copy (shown (fixture));
  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "extend-by",
                                  g_variant_new ("(iiii)", 0, 0, 64, 0));
  window_driver_wait (&fixture->driver, "the larger picture", is_wide, GINT_TO_POINTER (192));
  extended = limn_source_get_image (values (fixture)->source);
  for (int y = 0; y < 128; y++)
    g_assert_cmpmem (extended->rgb + (gsize) y * 192 * 3, 100 * 3, result->rgb + (gsize) y * 128 * 3, 100 * 3);
  g_assert_cmpint (limn_mask_get_pixels (values (fixture)->mask)[20 * 192 + 20], ==, 0);
  activate (fixture, "shrink-canvas");
  g_assert_true (values (fixture)->source == rose);
  g_assert_cmpint (limn_mask_get_pixels (values (fixture)->mask)[20 * 128 + 20], ==, 255);
}

static void
add (const char *path, void (*test) (WindowFixture *, gconstpointer))
{
  g_test_add (path, WindowFixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  add ("/source/empty-handed", test_empty_handed);
  add ("/source/on-show", test_on_show);
  add ("/source/extends-on-show", test_extends_on_show);
  return g_test_run ();
}
