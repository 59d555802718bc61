/* drop-fixture.c - a window over the fake engine, and pictures to drop on it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "drop-fixture.h"

#include <string.h>

const char drop_webui[] =
    "a lighthouse at dusk, oil on canvas <lora:impasto:0.6>\nNegative prompt: people\n"
    "Steps: 12, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6, Seed: 777, Size: 192x128, "
    "Model hash: 31e35c80fc, Model: sd_xl_base_1.0, Version: v1.10.1";

void
drop_set_up (DropFixture *fixture, gconstpointer data)
{
  window_fixture_open (fixture, NULL);
  g_object_set (fixture->driver.settings, "prompt", "what was there", "steps", 10, NULL);
}

void
drop_tear_down (DropFixture *fixture, gconstpointer data)
{
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
  window_fixture_close (fixture, NULL);
}

const LimnSettingsValues *
drop_values_of (DropFixture *fixture)
{
  return limn_settings_values (fixture->driver.settings);
}

gboolean
drop_enabled (DropFixture *fixture, const char *action)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (fixture->driver.window), action);
}

gboolean
drop_is_asked (WindowDriver *driver, gpointer data)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (driver->window), "restore-dismiss");
}

gboolean
drop_has_source (WindowDriver *driver, gpointer data)
{
  return limn_settings_values (driver->settings)->source != NULL;
}

gboolean
drop_has_notice (WindowDriver *driver, gpointer data)
{
  return limn_window_get_notice (driver->window) != NULL;
}

/* ---- Files made here ---- */

char *
drop_path_of (DropFixture *fixture, const char *name)
{
  return g_build_filename (fixture->driver.folder, name, NULL);
}

/* Left half dark, right half bright. */
LimnImage *
drop_two_halves (int width, int height)
{
  LimnImage *image = limn_image_new (width, height);

  for (gsize i = 0; i < (gsize) width * height; i++)
    memset (image->rgb + i * 3, (int) (i % width) < width / 2 ? 30 : 220, 3);
  return image;
}

char *
drop_save_png (DropFixture *fixture, const char *name, int width, int height, const char *key, const char *text)
{
  const char *chunks[] = { key, text, NULL };
  g_autoptr (LimnImage) image = drop_two_halves (width, height);
  char *path = drop_path_of (fixture, name);
  GError *error = NULL;

  limn_image_save_png (image, path, key != NULL ? chunks : NULL, &error);
  g_assert_no_error (error);
  return path;
}

/* orientation: Exif's; 1: none */
char *
drop_save_jpeg (DropFixture *fixture, const char *name, int width, int height, guint8 orientation)
{
  guint8 exif[] = { 0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8,
                    0,    1,    1, 18, 0,   3,   0,   0,   0, 1, 0,   0,   0, 0,  0, 0, 0, 0 };
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, width, height);
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autofree char *data = NULL;
  char *path = drop_path_of (fixture, name);
  GError *error = NULL;
  gsize size;

  exif[29] = orientation;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      guint8 *pixel = gdk_pixbuf_get_pixels (pixbuf) + (gsize) y * gdk_pixbuf_get_rowstride (pixbuf) + x * 3;

      pixel[0] = (guint8) (x * 7 + y * 3);
      pixel[1] = (guint8) (x / 16);
      pixel[2] = (guint8) ((x ^ y) & 0x7f);
    }
  gdk_pixbuf_save_to_buffer (pixbuf, &data, &size, "jpeg", &error, "quality", "92", NULL);
  g_assert_no_error (error);
  g_byte_array_append (file, (const guint8 *) data, 2);
  g_byte_array_append (file, exif, sizeof exif);
  g_byte_array_append (file, (const guint8 *) data + 2, (guint) size - 2);
  g_assert_true (g_file_set_contents (path, (const char *) file->data, file->len, NULL));
  return path;
}

void
drop_paths (DropFixture *fixture, const char *const *paths)
{
  g_auto (GValue) value = G_VALUE_INIT;
  GSList *files = NULL;

  for (; *paths != NULL; paths++)
    files = g_slist_append (files, g_file_new_for_path (*paths));
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_list (files));
  g_assert_true (limn_window_take_value (fixture->driver.window, &value));
  g_slist_free_full (files, g_object_unref);
}

void
drop_path (DropFixture *fixture, const char *path)
{
  const char *const paths[] = { path, NULL };

  drop_paths (fixture, paths);
}

gboolean
drop_text (DropFixture *fixture, const char *text)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, text);
  return limn_window_take_value (fixture->driver.window, &value);
}

LimnImage *
drop_generate (DropFixture *fixture, GHashTable **text)
{
  GError *error = NULL;
  LimnImage *image;

  window_driver_activate (&fixture->driver, "generate");
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  image = limn_image_load_png (limn_picture_get_path (limn_window_get_picture (fixture->driver.window)), text, &error);
  g_assert_no_error (error);
  return image;
}
