/* test-window.c - the real window over the fake engine, driven through its actions; what counts is files and pixels.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/patience.h"
#include "window-fixture.h"

typedef WindowFixture Fixture;

static gboolean
has_device (WindowDriver *driver, gpointer data)
{
  return limn_session_get_device (driver->session) != NULL;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  window_fixture_open (fixture, NULL);
  g_object_set (fixture->driver.settings, "prompt", "a red circle", "steps", 10, NULL);
}

static void
set_fake (Fixture *fixture)
{
  fake_engine_set (&fixture->fake);
}

static gboolean
enabled (Fixture *fixture, const char *action)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (fixture->driver.window), action);
}

static void
generate (Fixture *fixture)
{
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static LimnImage *
load_saved (Fixture *fixture, GHashTable **text)
{
  LimnPicture *picture = limn_window_get_picture (fixture->driver.window);
  GError *error = NULL;
  LimnImage *image;

  g_assert_nonnull (picture);
  g_assert_nonnull (limn_picture_get_path (picture));
  g_assert_true (g_str_has_prefix (limn_picture_get_path (picture), fixture->driver.folder));
  image = limn_image_load_png (limn_picture_get_path (picture), text, &error);
  g_assert_no_error (error);
  return image;
}

/* ---- Generating ---- */

static void
test_generate (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) saved = NULL;
  g_autofree guint8 *pixels = NULL;
  GdkTexture *texture;
  int side;

  g_assert_null (limn_window_get_texture (fixture->driver.window));
  g_assert_false (enabled (fixture, "cancel"));
  g_object_set (fixture->driver.settings, "new-seed", FALSE, "seed", G_GUINT64_CONSTANT (1234567890123), NULL);
  generate (fixture);
  saved = load_saved (fixture, &text);
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "limn"), "\"seed\":1234567890123"));
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "parameters"), "a red circle"));
  g_assert_cmpint (saved->width, ==, 128);

  /* the canvas shows that picture: the enlargement's middle pixels are the file's */
  texture = limn_window_get_texture (fixture->driver.window);
  side = gdk_texture_get_width (texture);
  pixels = g_malloc ((gsize) side * side * 4);
  gdk_texture_download (texture, pixels, side * 4);
  for (int y = 8; y < 128; y += 40) {
    const guint8 *shown = pixels + (((gsize) y * side / 128) * side + (gsize) 20 * side / 128) * 4;
    const guint8 *kept = saved->rgb + (y * 128 + 20) * 3;

    g_assert_cmpint (ABS (shown[2] - kept[0]), <=, 24);
    g_assert_cmpint (ABS (shown[1] - kept[1]), <=, 24);
    g_assert_cmpint (ABS (shown[0] - kept[2]), <=, 24);
  }
  g_assert_null (limn_window_get_notice (fixture->driver.window));
  g_assert_true (enabled (fixture, "generate"));
  g_assert_true (enabled (fixture, "save-as"));
}

static void
test_preview_every_step (Fixture *fixture, gconstpointer data)
{
  fixture->fake.lockstep = TRUE;
  set_fake (fixture);
  generate (fixture);
  g_assert_cmpint (fixture->previews, ==, 10);
}

static void
test_new_seed (Fixture *fixture, gconstpointer data)
{
  guint64 seeds[3];

  for (int i = 0; i < 3; i++) {
    /* from the third on it is kept */
    g_object_set (fixture->driver.settings, "new-seed", i < 2, NULL);
    generate (fixture);
    seeds[i] =
        limn_settings_values (limn_picture_get_settings (limn_window_get_picture (fixture->driver.window)))->seed;
    g_assert_cmpuint (limn_settings_values (fixture->driver.settings)->seed, ==, seeds[i]);
  }
  g_assert_cmpuint (seeds[0], !=, seeds[1]);
  g_assert_cmpuint (seeds[1], ==, seeds[2]);
}

static gboolean
past_third_step (WindowDriver *driver, gpointer data)
{
  return ((Fixture *) data)->last_step >= 3;
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  fake_engine_hold (3);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "a preview", past_third_step, fixture);
  g_assert_true (enabled (fixture, "generate")); /* puts another one in the queue */
  window_driver_activate (&fixture->driver, "cancel");
  window_driver_wait (&fixture->driver, "the cancel", window_driver_idle, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpint (fixture->last_step, <, 10);
  g_assert_null (limn_window_get_picture (fixture->driver.window));
  g_assert_null (limn_window_get_notice (fixture->driver.window));
  g_assert_nonnull (limn_window_get_texture (fixture->driver.window)); /* what there was stays in view */
  g_assert_true (enabled (fixture, "generate"));
}

static void
test_close_while_running (Fixture *fixture, gconstpointer data)
{
  fake_engine_hold (3);
  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "a preview", past_third_step, fixture);
  /* window_fixture_close () closes the window and checks that no engine is left */
}

/* ---- What goes wrong ---- */

static void
test_errors (Fixture *fixture, gconstpointer data)
{
  for (int code = LIMN_ERROR_FILE; code < LIMN_ERROR_CANCELLED; code++) {
    fixture->fake.fail = code;
    fixture->fake.fail_stage = LIMN_STAGE_BASE;
    set_fake (fixture);
    generate (fixture);
    g_assert_nonnull (limn_window_get_notice (fixture->driver.window));
    g_test_message ("%d: %s", code, limn_window_get_notice (fixture->driver.window));
    g_assert_true (enabled (fixture, "generate"));
  }
  fixture->fake.fail = FAKE_OK;
  set_fake (fixture);
  window_driver_activate (&fixture->driver, "generate");
  g_assert_null (limn_window_get_notice (fixture->driver.window)); /* a new try takes the old notice away */
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
}

static gboolean
saved_elsewhere (WindowDriver *driver, gpointer data)
{
  return limn_picture_get_path (limn_window_get_picture (driver->window)) != NULL;
}

static void
test_save_elsewhere (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (fixture->driver.folder, "not-a-folder", NULL);
  g_autofree char *elsewhere = g_build_filename (fixture->driver.folder, "elsewhere.png", NULL);
  g_autoptr (LimnImage) image = NULL;
  GError *error = NULL;

  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  limn_session_set_folder (fixture->driver.session, file);
  generate (fixture);
  g_assert_nonnull (limn_window_get_texture (fixture->driver.window));
  g_assert_null (limn_picture_get_path (limn_window_get_picture (fixture->driver.window)));
  g_assert_nonnull (limn_window_get_notice (fixture->driver.window));

  g_action_group_activate_action (G_ACTION_GROUP (fixture->driver.window), "save-to",
                                  g_variant_new_bytestring (elsewhere));
  window_driver_wait (&fixture->driver, "the copy", saved_elsewhere, NULL);
  image = limn_image_load_png (elsewhere, NULL, &error);
  g_assert_no_error (error);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (limn_window_get_notice (fixture->driver.window));
}

/* the sheet has every pixel, and a wide picture lies on it */
static void
test_print (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->driver.folder, "sheet.pdf", NULL);
  g_autofree char *pdf = NULL;
  g_autoptr (GError) error = NULL;
  GActionGroup *actions = G_ACTION_GROUP (fixture->driver.window);
  gsize size;

  g_assert_false (g_action_group_get_action_enabled (actions, "print"));
  g_object_set (fixture->driver.settings, "width", 192, "height", 64, NULL);
  generate (fixture);
  g_assert_true (g_action_group_get_action_enabled (actions, "print"));
  g_action_group_activate_action (actions, "print-to", g_variant_new_bytestring (path));
  g_assert_true (g_file_get_contents (path, &pdf, &size, &error));
  g_assert_true (g_str_has_prefix (pdf, "%PDF"));
  g_assert_nonnull (memmem (pdf, size, "/Width 192", 10));
  g_assert_nonnull (memmem (pdf, size, "/Height 64", 10));
  g_assert_null (limn_window_get_notice (fixture->driver.window));
}

static gboolean
has_notice (WindowDriver *driver, gpointer data)
{
  return limn_window_get_notice (driver->window) != NULL;
}

static void
test_bad_model (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_path ("/nonexistent/old.ckpt");

  fixture->fake.open_fail = LIMN_ERROR_UNSAFE;
  set_fake (fixture);
  limn_window_open_file (fixture->driver.window, file);
  window_driver_wait (&fixture->driver, "the refusal", has_notice, NULL);
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->model, ==, "");
}

static gboolean
has_large_size (WindowDriver *driver, gpointer data)
{
  return limn_settings_values (driver->settings)->width == 1024;
}

static void
test_open_model (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_path ("/nonexistent/sdxl.safetensors");

  limn_window_open_file (fixture->driver.window, file);
  window_driver_wait (&fixture->driver, "the model's size", has_large_size, NULL);
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->model, ==, "/nonexistent/sdxl.safetensors");
  g_object_set (fixture->driver.settings, "width", 1216, "height", 832, NULL);
  window_driver_activate (&fixture->driver, "swap-size");
  g_assert_cmpint (limn_settings_values (fixture->driver.settings)->width, ==, 832);
  g_assert_cmpint (limn_settings_values (fixture->driver.settings)->height, ==, 1216);
}

/* ---- Pictures to start from ---- */

static gboolean
has_source (WindowDriver *driver, gpointer data)
{
  return limn_settings_values (driver->settings)->source != NULL;
}

static LimnImage *
two_halves (int width, int height)
{
  LimnImage *image = limn_image_new (width, height);

  for (int i = 0; i < width * height; i++)
    memset (image->rgb + i * 3, i % width < width / 2 ? 30 : 220, 3);
  return image;
}

static void
test_drop_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->driver.folder, "halves.png", NULL);
  g_autoptr (LimnImage) halves = two_halves (400, 100);
  g_autoptr (LimnImage) saved = NULL;
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GSList files = { file, NULL };
  g_auto (GValue) value = G_VALUE_INIT;
  GError *error = NULL;

  limn_image_save_png (halves, path, NULL, &error);
  g_assert_no_error (error);
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_list (&files));
  g_assert_true (limn_window_take_value (fixture->driver.window, &value));
  window_driver_wait (&fixture->driver, "the picture to be read", has_source, NULL);
  g_assert_true (enabled (fixture, "clear-image"));

  /* the right end of it: the fake's upper half is the picture it started from, cropped and not stretched */
  g_object_set (fixture->driver.settings, "source-x", 1.0, NULL);
  generate (fixture);
  saved = load_saved (fixture, NULL);
  for (int i = 0; i < 128 * 32; i++)
    g_assert_cmpint (saved->rgb[i * 3], ==, 220);
  window_driver_activate (&fixture->driver, "clear-image");
  g_assert_null (limn_settings_values (fixture->driver.settings)->source);
}

static void
test_drop_texture (Fixture *fixture, gconstpointer data)
{
  /* half transparent red, premultiplied as GDK has it: on white that is pink */
  guint32 pixels[16 * 16];
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  g_auto (GValue) value = G_VALUE_INIT;
  const LimnImage *image;

  for (guint i = 0; i < G_N_ELEMENTS (pixels); i++)
    pixels[i] = 0x80800000;
  bytes = g_bytes_new (pixels, sizeof pixels);
  texture = gdk_memory_texture_new (16, 16, GDK_MEMORY_DEFAULT, bytes, 16 * 4);
  g_value_init (&value, GDK_TYPE_TEXTURE);
  g_value_set_object (&value, texture);
  g_assert_true (limn_window_take_value (fixture->driver.window, &value));
  window_driver_wait (&fixture->driver, "the picture to be read", has_source, NULL);
  image = limn_source_get_image (limn_settings_values (fixture->driver.settings)->source);
  g_assert_cmpint (image->rgb[0], ==, 255);
  g_assert_cmpint (image->rgb[1], ==, 127);
  g_assert_cmpint (image->rgb[2], ==, 127);
}

static void
test_drop_text (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->driver.folder, "with space.png", NULL);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  g_autofree char *text = g_strconcat (uri, "\r\n", NULL);
  g_autoptr (LimnImage) halves = two_halves (64, 64);
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert_true (limn_image_save_png (halves, path, NULL, NULL));
  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, "just some words");
  g_assert_false (limn_window_take_value (fixture->driver.window, &value));
  g_value_set_string (&value, text);
  g_assert_true (limn_window_take_value (fixture->driver.window, &value));
  window_driver_wait (&fixture->driver, "the picture to be read", has_source, NULL);
  g_assert_cmpint (limn_source_get_image (limn_settings_values (fixture->driver.settings)->source)->width, ==, 64);
}

static void
test_drop_rubbish (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->driver.folder, "not-a-picture.png", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  g_assert_true (g_file_set_contents (path, "these are words", -1, NULL));
  limn_window_open_file (fixture->driver.window, file);
  window_driver_wait (&fixture->driver, "the refusal", has_notice, NULL);
  g_assert_null (limn_settings_values (fixture->driver.settings)->source);
}

static void
test_paint_on (Fixture *fixture, gconstpointer data)
{
  generate (fixture);
  window_driver_activate (&fixture->driver, "use-picture");
  g_assert_nonnull (limn_settings_values (fixture->driver.settings)->source);
  generate (fixture);
  g_assert_nonnull (limn_window_get_picture (fixture->driver.window));
}

/* ---- Accessibility ---- */

static gboolean
has_text (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget) && gtk_label_get_text (GTK_LABEL (widget))[0] != '\0')
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (has_text (child))
      return TRUE;
  return FALSE;
}

/* the parts of a control speak for it, and it for them */
static gboolean
is_named (GtkWidget *widget)
{
  for (GtkWidget *w = widget; w != NULL && !GTK_IS_WINDOW (w); w = gtk_widget_get_parent (w)) {
    if (gtk_test_accessible_has_property (GTK_ACCESSIBLE (w), GTK_ACCESSIBLE_PROPERTY_LABEL)
        || gtk_test_accessible_has_relation (GTK_ACCESSIBLE (w), GTK_ACCESSIBLE_RELATION_LABELLED_BY))
      return TRUE;
    if (ADW_IS_PREFERENCES_ROW (w))
      return adw_preferences_row_get_title (ADW_PREFERENCES_ROW (w))[0] != '\0';
  }
  return has_text (widget);
}

static int
count_unnamed (GtkWidget *widget, int *checked)
{
  int unnamed = 0;

  if (!gtk_widget_get_visible (widget))
    return 0;
  if (gtk_widget_get_focusable (widget)
      && (GTK_IS_BUTTON (widget) || GTK_IS_SPIN_BUTTON (widget) || GTK_IS_SWITCH (widget) || GTK_IS_TEXT_VIEW (widget)
          || GTK_IS_TEXT (widget) || GTK_IS_MENU_BUTTON (widget) || GTK_IS_RANGE (widget)
          || g_str_has_prefix (G_OBJECT_TYPE_NAME (widget), "Limn"))) {
    (*checked)++;
    if (!is_named (widget)) {
      g_test_message ("no name: %s in %s", G_OBJECT_TYPE_NAME (widget),
                      G_OBJECT_TYPE_NAME (gtk_widget_get_parent (widget)));
      unnamed++;
    }
  }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    unnamed += count_unnamed (child, checked);
  return unnamed;
}

static void
test_names (Fixture *fixture, gconstpointer data)
{
  GtkWidget *content = adw_application_window_get_content (ADW_APPLICATION_WINDOW (fixture->driver.window));
  g_autoptr (LimnImage) halves = two_halves (64, 32);
  g_autoptr (LimnSource) source = limn_source_new (g_steal_pointer (&halves), "halves");
  int checked = 0, unnamed;

  g_object_set (fixture->driver.settings, "source", source, "use-refiner", TRUE, "separate-negative", TRUE, NULL);
  generate (fixture);
  unnamed = count_unnamed (content, &checked);
  g_test_message ("%d controls", checked);
  g_assert_cmpint (checked, >, 30);
  g_assert_cmpint (unnamed, ==, 0);
}

/* A warning of the toolkit ends the test. */
static void
test_other_windows (Fixture *fixture, gconstpointer data)
{
  const char *const actions[] = { "show-help-overlay", "show-grid" };

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++) {
    window_driver_activate (&fixture->driver, actions[i]);
    window_driver_sleep (&fixture->driver, 500);
    g_assert_true (window_driver_front (&fixture->driver) != GTK_WINDOW (fixture->driver.window));
    gtk_window_close (window_driver_front (&fixture->driver));
    window_driver_sleep (&fixture->driver, 200);
  }
}

/* ---- What is kept ---- */

static void
test_restore (Fixture *fixture, gconstpointer data)
{
  g_object_set (fixture->driver.settings, "prompt", "kept words", "steps", 17, "width", 192, "handoff", 0.55,
                "new-seed", FALSE, "seed", G_MAXUINT64, NULL);
  window_driver_close (&fixture->driver);
  fixture->driver.keep = TRUE;
  window_driver_open (&fixture->driver);
  window_driver_wait (&fixture->driver, "the device", has_device, NULL);
  window_driver_sleep (&fixture->driver, 200); /* the starter is opened again, and must not set its size */
  g_assert_cmpstr (limn_settings_values (fixture->driver.settings)->prompt, ==, "kept words");
  g_assert_cmpint (limn_settings_values (fixture->driver.settings)->steps, ==, 17);
  g_assert_cmpint (limn_settings_values (fixture->driver.settings)->width, ==, 192);
  g_assert_cmpfloat (limn_settings_values (fixture->driver.settings)->handoff, ==, 0.55);
  g_assert_cmpuint (limn_settings_values (fixture->driver.settings)->seed, ==, G_MAXUINT64);
  fixture->driver.keep = FALSE;
}

#define ADD(name, test) g_test_add ("/window/" name, Fixture, NULL, set_up, test, window_fixture_close)

int
main (int argc, char *argv[])
{
  window_driver_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  ADD ("generate", test_generate);
  ADD ("preview-every-step", test_preview_every_step);
  ADD ("new-seed", test_new_seed);
  ADD ("cancel", test_cancel);
  ADD ("close-while-running", test_close_while_running);
  ADD ("errors", test_errors);
  ADD ("save-elsewhere", test_save_elsewhere);
  ADD ("print", test_print);
  ADD ("bad-model", test_bad_model);
  ADD ("open-model", test_open_model);
  ADD ("drop-file", test_drop_file);
  ADD ("drop-texture", test_drop_texture);
  ADD ("drop-text", test_drop_text);
  ADD ("drop-rubbish", test_drop_rubbish);
  ADD ("paint-on", test_paint_on);
  ADD ("names", test_names);
  ADD ("other-windows", test_other_windows);
  ADD ("restore", test_restore);
  return g_test_run ();
}
