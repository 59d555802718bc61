/* test-picture-sheet.c - several pictures on one sheet: each in its place, in order, with its words, or an error.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "app/gallery/picture-sheet.h"

#include <stdio.h>
#include <string.h>

#include "common/folder.h"

#define SIDE 320

static void
free_text (gpointer text)
{
  g_free (text);
}

typedef struct {
  TestsFile file;
  GPtrArray *paths, *captions;
} Fixture;

/* Of one colour, 64 pixels wide. */
static void
add (Fixture *fixture, int index, const char *words)
{
  g_autofree char *name = g_strdup_printf ("%s-%d.png", fixture->file.path, index);
  g_autoptr (LimnImage) image = limn_image_new (64, 64);

  memset (image->rgb, 40 * index + 20, 3 * 64 * 64);
  g_assert_true (limn_image_save (image, name, &(LimnImageHow){ 0 }, NULL));
  g_ptr_array_add (fixture->paths, g_steal_pointer (&name));
  g_ptr_array_add (fixture->captions, g_strdup (words));
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  tests_file_set_up (&fixture->file, NULL);
  fixture->paths = g_ptr_array_new_with_free_func (free_text);
  fixture->captions = g_ptr_array_new_with_free_func (free_text);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  for (guint i = 0; i < fixture->paths->len; i++)
    remove (fixture->paths->pdata[i]);
  g_ptr_array_unref (fixture->paths);
  g_ptr_array_unref (fixture->captions);
  tests_file_tear_down (&fixture->file, NULL);
}

static const guint8 *
at (const LimnImage *image, double x, double y)
{
  return image->rgb + 3 * ((gsize) (y * image->height) * image->width + (gsize) (x * image->width));
}

/* Four are two and two; what is below them is darker where there are words. */
static void
test_places (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  int dark = 0;

  for (int i = 0; i < 4; i++)
    add (fixture, i, i == 0 ? "a lighthouse at the sea" : "");
  g_autoptr (LimnImage) sheet = limn_picture_sheet_render (fixture->paths, fixture->captions, SIDE, &error);
  g_assert_no_error (error);
  g_assert_cmpint (sheet->width, >, 2 * SIDE);
  for (int i = 0; i < 4; i++)
    g_assert_cmpint (at (sheet, i % 2 * 0.5 + 0.25, i / 2 * 0.5 + 0.15)[0], ==, 40 * i + 20);
  g_assert_cmpint (at (sheet, 0.001, 0.001)[0], ==, 255);
  for (int half = 0; half < 2; half++) {
    dark = 0;
    for (double x = half * 0.5; x < half * 0.5 + 0.5; x += 0.002)
      for (double y = 0.435; y < 0.48; y += 0.002)
        dark += at (sheet, x, y)[0] < 128;
    g_assert_true ((dark > 0) == (half == 0));
  }
}

static void
test_missing (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  add (fixture, 1, NULL);
  g_ptr_array_add (fixture->paths, g_strdup ("/no/such.png"));
  g_ptr_array_add (fixture->captions, NULL);
  g_assert_null (limn_picture_sheet_render (fixture->paths, fixture->captions, SIDE, &error));
  g_assert_nonnull (strstr (error->message, "/no/such.png"));
}

static void
test_many (Fixture *fixture, gconstpointer unused)
{
  for (int n = 1; n <= 7; n++) {
    g_autoptr (GError) error = NULL;

    add (fixture, n % 6, NULL);
    g_autoptr (LimnImage) sheet = limn_picture_sheet_render (fixture->paths, fixture->captions, 64, &error);
    g_assert_no_error (error);
    g_assert_cmpint (MAX (sheet->width, sheet->height), <, n * 400);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/picture-sheet/places", Fixture, NULL, set_up, test_places, tear_down);
  g_test_add ("/picture-sheet/missing", Fixture, NULL, set_up, test_missing, tear_down);
  g_test_add ("/picture-sheet/many", Fixture, NULL, set_up, test_many, tear_down);
  return g_test_run ();
}
