/* test-png.c - tests of file/png: round trips with text, every kind of PNG, damage, full disks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "file/png.h"

#include <glib/gstdio.h>
#include <png.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "base/error.h"
#include "common/folder.h"

static LimnImage *
noise_image (int width, int height)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  LimnImage *image = limn_image_new (width, height);

  for (int i = 0; i < width * height * 3; i++)
    image->rgb[i] = (guint8) g_rand_int (random);
  return image;
}

static void
test_round_trip (TestsFile *fixture, gconstpointer unused)
{
  static const char *const text[] = {
    "parameters", "a cat\nNegative prompt: caf\xc3\xa9\nSteps: 30",
    "Limn",       "{\"prompt\":\"\xe7\x8c\xab \xf0\x9f\x90\xb1\"}",
    "Empty",      "",
    "Tab",        "a\tb \xe2\x80\x9cq\xe2\x80\x9d",
    NULL,
  };
  g_autoptr (LimnImage) image = noise_image (37, 21);
  g_autoptr (GHashTable) found = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (limn_png_save (image, fixture->path, text, &error));
  g_assert_no_error (error);
  g_autoptr (LimnImage) back = limn_png_load (fixture->path, &found, &error);
  g_assert_no_error (error);
  g_assert_cmpint (back->width, ==, 37);
  g_assert_cmpint (back->height, ==, 21);
  g_assert_cmpmem (back->rgb, 37 * 21 * 3, image->rgb, 37 * 21 * 3);
  g_assert_cmpuint (g_hash_table_size (found), ==, 4);
  for (guint i = 0; text[i] != NULL; i += 2)
    g_assert_cmpstr (g_hash_table_lookup (found, text[i]), ==, text[i + 1]);

  /* Latin-1 goes where every program looks for it. */
  g_autofree char *bytes = NULL;
  gsize size;
  g_assert_true (g_file_get_contents (fixture->path, &bytes, &size, NULL));
  g_assert_nonnull (memmem (bytes, size, "tEXtparameters\0a cat\nNegative prompt: caf\xe9\n", 43));
  g_assert_nonnull (memmem (bytes, size, "iTXtLimn\0", 9));
}

static void
test_no_text (TestsFile *fixture, gconstpointer unused)
{
  g_autoptr (LimnImage) image = noise_image (1, 1);
  g_autoptr (GHashTable) found = NULL;

  g_assert_true (limn_png_save (image, fixture->path, NULL, NULL));
  g_autoptr (LimnImage) back = limn_png_load (fixture->path, &found, NULL);
  g_assert_cmpmem (back->rgb, 3, image->rgb, 3);
  g_assert_cmpuint (g_hash_table_size (found), ==, 0);
  g_autoptr (LimnImage) again = limn_png_load (fixture->path, NULL, NULL);
  g_assert_cmpmem (again->rgb, 3, image->rgb, 3);
}

static void
append_cb (png_structp png, png_bytep data, size_t size)
{
  g_byte_array_append (png_get_io_ptr (png), data, (guint) size);
}

static void
flush_cb (png_structp png)
{
}

/* A 5 x 4 picture of the given kind whose pixel (x, y) has samples of (x + 5 y) scaled; every second pixel is
 * transparent where there is alpha, and palette entry 0 is. */
static GByteArray *
make_png (int colour, int depth, gboolean interlaced)
{
  png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct (png);
  GByteArray *out = g_byte_array_new ();
  guint8 pixels[4][5 * 8] = { 0 };
  png_bytep rows[4] = { pixels[0], pixels[1], pixels[2], pixels[3] };
  int channels = colour == PNG_COLOR_TYPE_RGBA  ? 4
                 : colour == PNG_COLOR_TYPE_RGB ? 3
                 : colour == PNG_COLOR_TYPE_GA  ? 2
                                                : 1;
  gboolean has_alpha = (colour & PNG_COLOR_MASK_ALPHA) != 0;

  png_set_write_fn (png, out, append_cb, flush_cb);
  png_set_IHDR (png, info, 5, 4, depth, colour, interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
  if (colour == PNG_COLOR_TYPE_PALETTE) {
    const png_color palette[2] = { { 10, 20, 30 }, { 200, 100, 50 } };
    const png_byte alpha[1] = { 0 };
    png_set_PLTE (png, info, palette, 2);
    png_set_tRNS (png, info, alpha, 1, NULL);
  }
  png_write_info (png, info);
  for (int i = 0; i < 20; i++) {
    guint8 *row = pixels[i / 5];
    for (int c = 0; c < channels; c++) {
      guint value = has_alpha && c == channels - 1 ? (i & 1 ? 255 : 0) : (guint) i * 12;
      int at = i % 5 * channels + c;
      if (depth < 8)
        row[at * depth / 8] |= (guint8) ((i & 1) << (8 - depth - at * depth % 8));
      else if (depth == 16)
        row[2 * at] = row[2 * at + 1] = (guint8) value;
      else
        row[at] = (guint8) (colour == PNG_COLOR_TYPE_PALETTE ? i & 1 : value);
    }
  }
  png_write_image (png, rows);
  png_write_end (png, info);
  png_destroy_write_struct (&png, &info);
  return out;
}

static guint8
expected_sample (int colour, int depth, int i, int channel)
{
  static const guint8 palette[3] = { 200, 100, 50 };

  if (colour == PNG_COLOR_TYPE_PALETTE)
    return i & 1 ? palette[channel] : 255;
  if (depth < 8)
    return i & 1 ? (guint8) (255 / ((1 << depth) - 1)) : 0;
  return (colour & PNG_COLOR_MASK_ALPHA) && !(i & 1) ? 255 : (guint8) (i * 12);
}

static void
test_kinds (TestsFile *fixture, gconstpointer unused)
{
  static const int kinds[][2] = {
    { PNG_COLOR_TYPE_GRAY, 1 },    { PNG_COLOR_TYPE_GRAY, 2 },    { PNG_COLOR_TYPE_GRAY, 4 },
    { PNG_COLOR_TYPE_GRAY, 8 },    { PNG_COLOR_TYPE_GRAY, 16 },   { PNG_COLOR_TYPE_GA, 8 },
    { PNG_COLOR_TYPE_GA, 16 },     { PNG_COLOR_TYPE_RGB, 8 },     { PNG_COLOR_TYPE_RGB, 16 },
    { PNG_COLOR_TYPE_RGBA, 8 },    { PNG_COLOR_TYPE_RGBA, 16 },   { PNG_COLOR_TYPE_PALETTE, 1 },
    { PNG_COLOR_TYPE_PALETTE, 2 }, { PNG_COLOR_TYPE_PALETTE, 4 }, { PNG_COLOR_TYPE_PALETTE, 8 },
  };

  for (guint k = 0; k < 2 * G_N_ELEMENTS (kinds); k++) {
    int colour = kinds[k / 2][0], depth = kinds[k / 2][1];
    g_autoptr (GByteArray) bytes = make_png (colour, depth, k & 1);
    g_autoptr (GError) error = NULL;
    g_autoptr (LimnImage) image = limn_png_load_memory ("kind.png", bytes->data, bytes->len, NULL, &error);
    g_assert_no_error (error);
    for (int i = 0; i < 60; i++)
      if (image->rgb[i] != expected_sample (colour, depth, i / 3, i % 3))
        g_test_fail_printf ("colour type %d, %d bits, interlaced %u: sample %d is %u, expected %u", colour, depth,
                            k & 1, i, image->rgb[i], expected_sample (colour, depth, i / 3, i % 3));
  }
}

static void
expect_error (const char *name, const guint8 *data, gsize size, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) text = NULL;

  g_assert_null (limn_png_load_memory (name, data, size, &text, &error));
  g_assert_null (text);
  g_assert_true (error->domain == LIMN_ERROR);
  if (!g_str_has_prefix (error->message, name) || strstr (error->message, words) == NULL)
    g_test_fail_printf ("got \"%s\", expected \"%s\"", error->message, words);
}

static void
test_truncated (TestsFile *fixture, gconstpointer unused)
{
  g_autoptr (GByteArray) bytes = make_png (PNG_COLOR_TYPE_RGBA, 8, TRUE);

  for (guint n = 0; n < bytes->len; n++) {
    g_autofree guint8 *copy = g_memdup2 (bytes->data, n);
    expect_error ("short.png", copy, n, n == 0 ? "empty" : n < 8 ? "not a PNG" : "truncated");
  }
}

static void
test_too_large (TestsFile *fixture, gconstpointer unused)
{
  static const guint32 sizes[][2] = { { 65536, 1 }, { 1, 65536 }, { 16384, 8193 }, { 0x7fffffff, 0x7fffffff } };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (GByteArray) bytes = make_png (PNG_COLOR_TYPE_RGB, 8, FALSE);
    guint32 width = GUINT32_TO_BE (sizes[i][0]), height = GUINT32_TO_BE (sizes[i][1]);
    memcpy (bytes->data + 16, &width, 4);
    memcpy (bytes->data + 20, &height, 4);
    guint32 crc = 0xffffffff;
    for (guint j = 12; j < 29; j++) {
      crc ^= bytes->data[j];
      for (guint bit = 0; bit < 8; bit++)
        crc = crc & 1 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
    }
    crc = GUINT32_TO_BE (~crc);
    memcpy (bytes->data + 29, &crc, 4);
    expect_error ("large.png", bytes->data, bytes->len, "too large");
  }
}

static void
test_wrong_files (TestsFile *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  expect_error ("a.png", (const guint8 *) "\xff\xd8\xff\xe0jpegjpeg", 12, "it is a JPEG");
  expect_error ("a.png", (const guint8 *) "RIFF....WEBPVP8 ", 16, "it is a WebP");
  expect_error ("a.png", (const guint8 *) "<html></html>", 13, "not a PNG");
  g_assert_null (limn_png_load (fixture->folder, NULL, &error));
  g_assert_nonnull (strstr (error->message, "a folder"));
  g_clear_error (&error);
  g_assert_null (limn_png_load (fixture->path, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, fixture->path));
}

static void
test_save_errors (TestsFile *fixture, gconstpointer unused)
{
  g_autoptr (LimnImage) image = noise_image (200, 200);
  g_autofree char *nowhere = g_build_filename (fixture->folder, "no", "a.png", NULL);
  g_autoptr (GError) error = NULL;
  struct rlimit old, small;

  g_assert_false (limn_png_save (image, nowhere, NULL, &error));
  g_assert_nonnull (strstr (error->message, nowhere));
  g_clear_error (&error);

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  small = (struct rlimit){ 4096, old.rlim_max };
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  gboolean ok = limn_png_save (image, fixture->path, NULL, &error);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
  g_assert_false (ok);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "cannot write"));
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/png/round-trip", TestsFile, NULL, tests_file_set_up, test_round_trip, tests_file_tear_down);
  g_test_add ("/png/no-text", TestsFile, NULL, tests_file_set_up, test_no_text, tests_file_tear_down);
  g_test_add ("/png/kinds", TestsFile, NULL, tests_file_set_up, test_kinds, tests_file_tear_down);
  g_test_add ("/png/truncated", TestsFile, NULL, tests_file_set_up, test_truncated, tests_file_tear_down);
  g_test_add ("/png/too-large", TestsFile, NULL, tests_file_set_up, test_too_large, tests_file_tear_down);
  g_test_add ("/png/wrong-files", TestsFile, NULL, tests_file_set_up, test_wrong_files, tests_file_tear_down);
  g_test_add ("/png/save-errors", TestsFile, NULL, tests_file_set_up, test_save_errors, tests_file_tear_down);
  return g_test_run ();
}
