/* test-picture.c - photos to start from: read without a pause, cut or padded, told truly; and the sizes they suggest.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>
#include <unistd.h>

#include "app/widget/pair-row.h"
#include "common/patience.h"
#include "session/settings/size-shapes.h"
#include "app/window/window-private.h"
#include "common/own-time.h"
#include "drop-fixture.h"

/* ---- Photos ---- */

typedef struct {
  gint64 last, longest; /* us of the main thread's own time */
} Probe;

static gboolean
probe_cb (gpointer data)
{
  Probe *probe = data;
  gint64 now = tests_own_time ();

  probe->longest = MAX (probe->longest, now - probe->last);
  probe->last = now;
  return G_SOURCE_CONTINUE;
}

/* other threads read it: the longest that the main one works without a break is a small part of the whole */
static void
test_photo (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = drop_save_jpeg (fixture, "holiday by the sea.jpg", 4000, 3000, 6);
  gint64 start, all;
  Probe probe = { 0 };
  guint source;

  window_driver_sleep (&fixture->driver, 500);
  start = tests_process_time ();
  probe.last = tests_own_time ();
  source = g_timeout_add (1, probe_cb, &probe);
  drop_path (fixture, path);
  window_driver_wait (&fixture->driver, "the photo", drop_has_source, NULL);
  all = tests_process_time () - start;
  window_driver_sleep (&fixture->driver, 500); /* its thumbnail, and frames with it */
  g_source_remove (source);
  g_test_message ("of %.0f ms the main thread works at most %.0f without a break", all / 1e3, probe.longest / 1e3);
  g_assert_cmpint (probe.longest, <, all / 3);

  /* turned upright */
  g_assert_cmpint (limn_source_get_width (drop_values_of (fixture)->source), ==, 3000);
  g_assert_cmpint (limn_source_get_height (drop_values_of (fixture)->source), ==, 4000);
}

static void
test_huge (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = drop_save_jpeg (fixture, "huge.jpg", 9000, 6000, 1);
  const LimnImage *image;

  drop_path (fixture, path);
  window_driver_wait (&fixture->driver, "the photo", drop_has_source, NULL);
  image = limn_source_get_image (drop_values_of (fixture)->source);
  g_test_message ("9000 x 6000 is kept as %d x %d", image->width, image->height);
  g_assert_cmpint (limn_source_get_width (drop_values_of (fixture)->source), ==, 9000);
  g_assert_cmpint ((gint64) image->width * image->height, <=, 32 << 20);
  g_assert_cmpint (ABS (image->width * 2 - image->height * 3), <=, 4);
}

/* two pictures of one pixel */
static const guint8 moving_gif[] = { 'G', 'I',  'F',  '8', '9',  'a',  1,    0,   1,    0,    0x80, 0,   0,   255,  0,
                                     0,   0,    255,  0,   0x21, 0xff, 11,   'N', 'E',  'T',  'S',  'C', 'A', 'P',  'E',
                                     '2', '.',  '0',  3,   1,    0,    0,    0,   0x21, 0xf9, 4,    0,   5,   0,    0,
                                     0,   0x2c, 0,    0,   0,    0,    1,    0,   1,    0,    0,    2,   2,   0x44, 1,
                                     0,   0x21, 0xf9, 4,   0,    5,    0,    0,   0,    0x2c, 0,    0,   0,   0,    1,
                                     0,   1,    0,    0,   2,    2,    0x4c, 1,   0,    0x3b };

static void
test_damaged (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *whole = drop_save_jpeg (fixture, "whole.jpg", 400, 300, 1);
  g_autofree char *png = drop_save_png (fixture, "whole.png", 300, 200, NULL, NULL);
  const char *const names[] = { "cut.jpg", "cut.png", "empty.png", "gone.png", "cut-early.jpg" };
  const gsize parts[] = { 60, 50, 0, 0, 1 };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = drop_path_of (fixture, names[i]), *bytes = NULL;
    LimnNoticeBar *bar = fixture->driver.window->notice_bar;
    gsize size;

    g_assert_true (g_file_get_contents (i == 1 ? png : whole, &bytes, &size, NULL));
    if (i != 3)
      g_assert_true (g_file_set_contents (path, bytes, (gssize) (size * parts[i] / 100), NULL));
    limn_notice_bar_hide (bar);
    drop_path (fixture, path);
    window_driver_wait (&fixture->driver, "the refusal", drop_has_notice, NULL);
    g_test_message ("%s", limn_notice_bar_get_details (bar));
    g_assert_nonnull (strstr (limn_notice_bar_get_details (bar), names[i]));
    g_assert_null (drop_values_of (fixture)->source);
  }
}

static void
test_moving (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = drop_path_of (fixture, "moving.gif");

  g_assert_true (g_file_set_contents (path, (const char *) moving_gif, sizeof moving_gif, NULL));
  drop_path (fixture, path);
  window_driver_wait (&fixture->driver, "the first picture", drop_has_source, NULL);
  g_assert_cmpint (limn_source_get_image (drop_values_of (fixture)->source)->rgb[0], ==, 255);
}

/* ---- How it is used ---- */

static void
test_pad (DropFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnSource) source = limn_source_new (drop_two_halves (256, 64), "halves");
  g_autoptr (LimnImage) saved = NULL;

  g_object_set (fixture->driver.settings, "source", source, "source-fit", LIMN_SOURCE_PAD, NULL);
  window_driver_screenshot_at_rest (&fixture->driver, "drop-pad");
  saved = drop_generate (fixture, NULL);
  /* the fake's upper half is what it started from: both halves are there, and the border goes on from them */
  g_assert_cmpint (saved->rgb[(60 * 128 + 20) * 3], ==, 30);
  g_assert_cmpint (saved->rgb[(60 * 128 + 108) * 3], ==, 220);
  g_assert_cmpint (saved->rgb[(2 * 128 + 4) * 3], ==, 30);
  g_assert_cmpint (saved->rgb[(2 * 128 + 124) * 3], ==, 220);
  g_assert_cmpint (saved->rgb[(2 * 128 + 64) * 3], >, 60); /* soft */
}

static void
test_truthful (DropFixture *fixture, gconstpointer data)
{
  LimnSettings *settings = fixture->driver.settings;
  g_autoptr (LimnSource) source = limn_source_new_for_file (drop_two_halves (400, 300), "photo.jpg", NULL, 4000, 3000);

  g_object_set (settings, "width", 1024, "height", 1024, "source", source, "truthful-crop", TRUE, NULL);
  g_assert_cmpint (drop_values_of (fixture)->original_width, ==, 4000);
  g_assert_cmpint (drop_values_of (fixture)->original_height, ==, 3000);
  g_assert_cmpint (drop_values_of (fixture)->crop_left, ==, 171);
  g_assert_cmpint (drop_values_of (fixture)->target_width, ==, 1024);
  g_object_set (settings, "source-x", 1.0, NULL); /* as dragging the frame does */
  g_assert_cmpint (drop_values_of (fixture)->crop_left, ==, 341);
  g_object_set (settings, "width", 1216, "height", 832, NULL);
  g_assert_cmpint (drop_values_of (fixture)->target_width, ==, 1216);
  g_assert_cmpint (drop_values_of (fixture)->crop_top, ==, 40);
  g_assert_true (drop_values_of (fixture)->truthful_crop);

  g_object_set (settings, "crop-top", 7, NULL); /* by hand */
  g_assert_false (drop_values_of (fixture)->truthful_crop);
  g_assert_cmpint (drop_values_of (fixture)->crop_top, ==, 7);
  g_object_set (settings, "truthful-crop", TRUE, NULL);
  g_assert_cmpint (drop_values_of (fixture)->crop_top, ==, 40);
  g_object_set (settings, "truthful-crop", FALSE, NULL);
  g_assert_cmpint (drop_values_of (fixture)->original_width, ==, 0);
}

/* ---- Sizes ---- */

static void
expect_advice (int side, const GArray *sizes, int width, int height, const char *words)
{
  g_autofree char *advice = limn_shape_advice (side, side, sizes, width, height);

  if (words == NULL)
    g_assert_null (advice);
  else
    g_assert_nonnull (strstr (advice, words));
}

/* a model that tells what it was trained on has these shapes and no others */
static void
test_trained_sizes (void)
{
  static const LimnSize wanted[] = { { 96, 160 }, { 112, 144 }, { 128, 128 }, { 144, 112 }, { 160, 96 } };
  static const int order[] = { 2, 4, 0, 3, 1 };
  g_autoptr (GArray) sizes = g_array_new (FALSE, FALSE, sizeof (LimnSize)), shapes = NULL;

  g_assert_false (limn_shapes_are_trained (128, 128, sizes));
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    g_array_append_val (sizes, wanted[order[i]]);
  g_assert_true (limn_shapes_are_trained (128, 128, sizes));
  shapes = limn_shapes_list (128, 128, sizes);
  g_assert_cmpuint (shapes->len, ==, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < shapes->len; i++) {
    const LimnShape *shape = &g_array_index (shapes, LimnShape, i);

    g_assert_cmpint (shape->width, ==, wanted[i].width);
    g_assert_cmpint (shape->height, ==, wanted[i].height);
    expect_advice (128, sizes, shape->width, shape->height, NULL);
  }
  expect_advice (128, sizes, 64, 256, "3∶5, the longest this model has seen");
  expect_advice (128, sizes, 200, 96, "3∶5, the longest this model has seen");
}

static void
test_shapes (void)
{
  const int models[] = { 64, 512, 768, 1024 };

  for (guint m = 0; m < G_N_ELEMENTS (models); m++) {
    int side = models[m], grain = side >= 512 ? 64 : 8;
    g_autoptr (GArray) shapes = limn_shapes_list (side, side, NULL);
    double last = 0;
    gboolean own = FALSE;

    for (guint i = 0; i < shapes->len; i++) {
      const LimnShape *shape = &g_array_index (shapes, LimnShape, i);

      g_assert_cmpint (shape->width % grain, ==, 0);
      g_assert_cmpint (shape->height % grain, ==, 0);
      g_assert_cmpint (MIN (shape->width, shape->height), >=, LIMN_LEAST_SIDE);
      g_assert_cmpfloat ((double) shape->width / shape->height, >=, last);
      last = (double) shape->width / shape->height;
      own = own || (shape->width == side && shape->height == side);
      if (side >= 1024)
        expect_advice (side, NULL, shape->width, shape->height, NULL);
    }
    g_test_message ("%u shapes for a model of %d", shapes->len, side);
    g_assert_true (own);
    if (side == 1024)
      g_assert_cmpint (shapes->len, ==, 41); /* Podell et al., appendix I */
  }
  expect_advice (1024, NULL, 2048, 2048, "Larger than");
  expect_advice (1024, NULL, 512, 512, "Smaller than");
  expect_advice (1024, NULL, 1000, 1024, "multiples of 64");
  expect_advice (1024, NULL, 2176, 512, "1∶4, the longest this model has seen");
  expect_advice (64, NULL, 72, 64, NULL);
  expect_advice (512, NULL, 1280, 256, "Very long");
}

static void
test_exact (void)
{
  g_autoptr (GArray) shapes = limn_shapes_list (1024, 1024, NULL);
  LimnShape shape = limn_shapes_nearest (shapes, 4000, 3000);

  g_assert_cmpint (shape.width, ==, 1152);
  g_assert_cmpint (shape.height, ==, 896);
  shape = limn_shape_exact (1024, 1024, 1001, 900);
  g_assert_cmpint (shape.width, ==, 1000);
  g_assert_cmpint (shape.height, ==, 896);
  for (int i = 0; i < 500; i++) {
    int width = g_test_rand_int_range (1500, 9000), height = g_test_rand_int_range (1500, 9000);
    double ratio = (double) width / height;

    shape = limn_shape_exact (1024, 1024, width, height);
    g_assert_true (shape.width % 8 == 0 && shape.height % 8 == 0);
    g_assert_cmpfloat ((double) shape.width / shape.height, <, ratio * 1.02);
    g_assert_cmpfloat ((double) shape.width / shape.height, >, ratio / 1.02);
    g_assert_cmpfloat ((double) shape.width * shape.height, <, 1024 * 1024 * 1.6);
    g_assert_cmpfloat ((double) shape.width * shape.height, >, 1024 * 1024 * 0.4);
  }
}

static void
adopt_square (LimnWindow *window, int side)
{
  g_autoptr (LimnModelInfo) info = limn_model_info_new ("");

  info->default_width = info->default_height = side;
  limn_size_group_set_model (window->size_group, info);
  g_object_set (limn_window_get_settings (window), "width", side, "height", side, NULL);
}

/* what is written counts when the keyboard leaves: as near as can be painted, or as it was */
static void
test_typed_size (DropFixture *fixture, gconstpointer data)
{
  static const struct {
    const char *text;
    int width;
  } typed[] = { { "777", 776 }, { "abc", 776 },       { "", 776 },       { "1e3", 1000 }, { "100 ", 104 },
                { "1", 64 },    { "99999999", 4096 }, { "256px", 4096 }, { "nan", 4096 }, { "128", 128 } };
  GtkSpinButton *spin = GTK_SPIN_BUTTON (window_driver_find (
      window_driver_find (GTK_WIDGET (fixture->driver.window->size_group), LIMN_TYPE_PAIR_ROW), GTK_TYPE_SPIN_BUTTON));

  for (guint i = 0; i < G_N_ELEMENTS (typed); i++) {
    gtk_editable_set_text (GTK_EDITABLE (spin), typed[i].text);
    gtk_spin_button_update (spin);
    g_assert_cmpint (drop_values_of (fixture)->width, ==, typed[i].width);
    g_assert_cmpint (atoi (gtk_editable_get_text (GTK_EDITABLE (spin))), ==, typed[i].width);
  }
  for (int i = 0; i < 300; i++) {
    int number = g_test_rand_int_range (0, 6000);
    g_autofree char *text = g_strdup_printf ("%d", number);

    gtk_editable_set_text (GTK_EDITABLE (spin), text);
    gtk_spin_button_update (spin);
    g_assert_cmpint (drop_values_of (fixture)->width % 8, ==, 0);
    g_assert_cmpint (ABS (drop_values_of (fixture)->width - CLAMP (number, 64, 4096)), <=, 4);
  }
}

static void
test_size_of_picture (DropFixture *fixture, gconstpointer data)
{
  GtkWidget *group = GTK_WIDGET (fixture->driver.window->size_group);
  g_autoptr (LimnSource) source = limn_source_new (drop_two_halves (300, 200), "3:2");

  adopt_square (fixture->driver.window, 1024);
  g_assert_cmpint (drop_values_of (fixture)->width, ==, 1024);
  g_object_set (fixture->driver.settings, "source", source, NULL);
  g_assert_true (gtk_widget_activate_action (group, "size.nearest", NULL));
  g_assert_cmpint (drop_values_of (fixture)->width, ==, 1216);
  g_assert_cmpint (drop_values_of (fixture)->height, ==, 832);
  g_assert_true (gtk_widget_activate_action (group, "size.exact", NULL));
  g_assert_cmpint (drop_values_of (fixture)->width * 2, ==, drop_values_of (fixture)->height * 3);
  g_assert_true (gtk_widget_activate_action (group, "size.swap", NULL));
  g_assert_cmpint (drop_values_of (fixture)->width * 3, ==, drop_values_of (fixture)->height * 2);
}

/* ---- For looking at ---- */

static void
shoot_shapes (DropFixture *fixture, LimnWindow *window)
{
  GtkMenuButton *button = GTK_MENU_BUTTON (window_driver_find (GTK_WIDGET (window->size_group), GTK_TYPE_MENU_BUTTON));
  g_autofree char *path = g_build_filename (g_getenv ("LIMN_SCREENSHOT_DIR"), "drop-shapes.png", NULL);
  g_autoptr (GdkTexture) texture = NULL;

  gtk_menu_button_popup (button);
  window_driver_sleep (&fixture->driver, 600);
  texture = window_driver_grab (&fixture->driver, (GtkWindow *) gtk_menu_button_get_popover (button));
  g_assert_true (gdk_texture_save_to_png (texture, path));
  gtk_menu_button_popdown (button);
}

static void
test_looks (DropFixture *fixture, gconstpointer data)
{
  g_autofree char *path = drop_save_jpeg (fixture, "holiday by the sea.jpg", 1600, 1000, 1);
  g_autofree char *png = drop_save_png (fixture, "lighthouse.png", 192, 128, "parameters", drop_webui);
  LimnWindow *window = fixture->driver.window;

  if (g_getenv ("LIMN_SCREENSHOT_DIR") == NULL) {
    g_test_skip ("LIMN_SCREENSHOT_DIR is not set");
    return;
  }
  window_driver_sleep (&fixture->driver, 800);
  gtk_window_set_default_size (GTK_WINDOW (window), 1180, 1600);
  window_driver_sleep (&fixture->driver, 800);
  adopt_square (window, 1024);
  drop_path (fixture, path);
  window_driver_wait (&fixture->driver, "the photo", drop_has_source, NULL);
  window_driver_sleep (&fixture->driver, 600);
  window_driver_screenshot_at_rest (&fixture->driver, "drop-crop");
  g_object_set (fixture->driver.settings, "source-fit", LIMN_SOURCE_PAD, "width", 1000, "truthful-crop", TRUE, NULL);
  window_driver_screenshot_at_rest (&fixture->driver, "drop-pad-photo");
  shoot_shapes (fixture, window);
  gtk_window_set_default_size (GTK_WINDOW (window), 1180, 800);
  drop_path (fixture, png);
  window_driver_wait (&fixture->driver, "the question", drop_is_asked, NULL);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
  window_driver_sleep (&fixture->driver, 600);
  window_driver_screenshot_at_rest (&fixture->driver, "drop-question-dark");
  window_driver_activate (&fixture->driver, "restore-settings");
  window_driver_screenshot_at_rest (&fixture->driver, "drop-why-dark");
}

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  DROP_ADD ("/picture/photo", test_photo);
  DROP_ADD ("/picture/huge", test_huge);
  DROP_ADD ("/picture/damaged", test_damaged);
  DROP_ADD ("/picture/moving", test_moving);
  DROP_ADD ("/picture/pad", test_pad);
  DROP_ADD ("/picture/truthful", test_truthful);
  DROP_ADD ("/picture/size-of-picture", test_size_of_picture);
  DROP_ADD ("/picture/looks", test_looks);
  DROP_ADD ("/picture/typed-size", test_typed_size);
  g_test_add_func ("/picture/shapes", test_shapes);
  g_test_add_func ("/picture/trained-sizes", test_trained_sizes);
  g_test_add_func ("/picture/exact", test_exact);
  return g_test_run ();
}
