/* source-fixture.c - photos, strokes and chips, for the tests of the picture to start from.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "source-fixture.h"

#include "app/canvas/canvas-private.h"

void
source_fixture_open (WindowFixture *fixture, gconstpointer data)
{
  window_fixture_open (fixture, NULL);
  g_object_set (fixture->driver.settings, "prompt", "a red circle", "steps", 4, "width", 128, "height", 128, NULL);
}

const LimnSettingsValues *
source_values (WindowFixture *fixture)
{
  return limn_settings_values (fixture->driver.settings);
}

void
source_settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

void
source_activate (WindowFixture *fixture, const char *action)
{
  window_driver_activate (&fixture->driver, action);
  source_settle ();
}

gboolean
source_enabled (WindowFixture *fixture, const char *action)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (fixture->driver.window), action);
}

void
source_generate (WindowFixture *fixture)
{
  source_activate (fixture, "generate");
  window_driver_wait (&fixture->driver, "the picture", window_driver_idle, NULL);
  source_settle ();
}

const LimnImage *
source_shown (WindowFixture *fixture)
{
  return limn_picture_get_image (fixture->driver.window->picture);
}

void
source_stroke (WindowFixture *fixture, double x, double y)
{
  LimnMaskEditor *editor = limn_mask_mode_get_editor (fixture->driver.window->mask_mode);

  limn_mask_editor_begin_stroke (editor, x, y, 1, FALSE);
  limn_mask_editor_end_stroke (editor);
  source_settle ();
}

LimnSource *
source_make (int width, int height, guint8 shade)
{
  LimnImage *image = limn_image_new (width, height);

  for (int i = 0; i < width * height; i++) {
    image->rgb[i * 3] = shade;
    image->rgb[i * 3 + 1] = (guint8) (i % width);
    image->rgb[i * 3 + 2] = (guint8) (i / width);
  }
  return limn_source_new (image, "photo.png");
}

void
source_assert_starts_from (WindowFixture *fixture, const LimnImage *image)
{
  const LimnImage *source;

  g_assert_nonnull (source_values (fixture)->source);
  source = limn_source_get_image (source_values (fixture)->source);
  g_assert_cmpint (source->width, ==, image->width);
  g_assert_cmpmem (source->rgb, (gsize) source->width * source->height * 3, image->rgb,
                   (gsize) image->width * image->height * 3);
}

gboolean
source_is_wide (WindowDriver *driver, gpointer width)
{
  return limn_settings_values (driver->settings)->width == GPOINTER_TO_INT (width);
}

void
source_add_labels (GtkWidget *widget, GString *text)
{
  if (!gtk_widget_get_visible (widget))
    return;
  if (GTK_IS_LABEL (widget))
    g_string_append_printf (text, "%s%s", text->len > 0 ? " | " : "", gtk_label_get_text (GTK_LABEL (widget)));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    source_add_labels (child, text);
}

static int
percent_of (LimnMask *mask)
{
  int n = limn_mask_get_width (mask) * limn_mask_get_height (mask);
  double sum = 0;

  for (int i = 0; i < n; i++)
    sum += limn_mask_get_pixels (mask)[i] / 255.0;
  return MAX (1, (int) (sum * 100 / n + 0.5));
}

/* What decides the next picture is on the canvas, and nothing else is. */
void
source_assert_told (WindowFixture *fixture)
{
  LimnWindow *window = fixture->driver.window;
  g_autoptr (GString) told = g_string_new (NULL), wanted = g_string_new (NULL);
  gboolean extended;

  source_add_labels (GTK_WIDGET (window->source_chips), told);
  g_object_get (window->mask_mode, "can-shrink", &extended, NULL);
  if (source_values (fixture)->source != NULL)
    g_string_append_printf (wanted, "%d %%", (int) (source_values (fixture)->strength * 100 + 0.5));
  if (source_values (fixture)->mask != NULL)
    g_string_append_printf (wanted, " | Mask, %d %% is painted anew", percent_of (source_values (fixture)->mask));
  if (extended)
    g_string_append (wanted, " | Extended");
  g_assert_cmpstr (told->str, ==, wanted->str);
  g_assert_cmpint (gtk_widget_get_visible (window->mask_dot), ==, source_values (fixture)->mask != NULL);
}

gboolean
source_has_base (WindowDriver *driver, gpointer data)
{
  return driver->window->canvas->base != NULL;
}

static gboolean
has_source (WindowDriver *driver, gpointer name)
{
  LimnSource *source = limn_settings_values (driver->settings)->source;

  return source != NULL && g_str_equal (limn_source_get_name (source), name);
}

void
source_open_photo (WindowFixture *fixture, const char *name, guint8 shade)
{
  g_autofree char *path = g_build_filename (fixture->driver.folder, name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (LimnSource) source = source_make (128, 128, shade);
  GError *error = NULL;

  limn_image_save_png (limn_source_get_image (source), path, NULL, &error);
  g_assert_no_error (error);
  limn_window_open_file (fixture->driver.window, file);
  window_driver_wait (&fixture->driver, "the photo", has_source, (gpointer) name);
  source_settle ();
}

gboolean
source_is_kept (WindowDriver *driver, gpointer data)
{
  return driver->window->source_loaded && limn_settings_values (driver->settings)->source != NULL;
}

void
source_restart (WindowFixture *fixture)
{
  window_driver_close (&fixture->driver);
  fixture->driver.keep = TRUE;
  window_driver_open (&fixture->driver);
}
