/* test-photo.c - picture files of every format: upright, in sRGB, whole or refused.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "photo/photo.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gstdio.h>
#include <lcms2.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "photo-files.h"

static const char *const formats[] = { "png", "jpeg", "tiff", "webp", "avif" };
#define N_PROFILED 4 /* avif is written here without profile or turn */

static const guint8 corners[4][3] = { { 220, 30, 30 }, { 30, 190, 40 }, { 30, 40, 210 }, { 230, 220, 60 } };

/* Four quarters, each in a colour of its own, as stored by a camera held so that they are upright after orientation.
 * width, height: upright. */
static guint8 *
make_quarters (int width, int height, int orientation)
{
  guint8 *rgb = g_malloc ((gsize) width * height * 3);
  int columns = orientation > 4 ? height : width, rows = orientation > 4 ? width : height;

  for (int row = 0; row < rows; row++)
    for (int column = 0; column < columns; column++) {
      int x = column, y = row;

      switch (orientation) { /* Exif 2.3, 4.6.4: where the 0th row and the 0th column are seen */
      case 2:
      case 3:
        x = width - 1 - column;
        break;
      case 5:
      case 8:
        x = row;
        break;
      case 6:
      case 7:
        x = width - 1 - row;
        break;
      }
      switch (orientation) {
      case 3:
      case 4:
        y = height - 1 - row;
        break;
      case 5:
      case 6:
        y = column;
        break;
      case 7:
      case 8:
        y = height - 1 - column;
        break;
      }
      memcpy (rgb + (row * columns + column) * 3, corners[(y >= height / 2) * 2 + (x >= width / 2)], 3);
    }
  return rgb;
}

/* NULL where this machine has nothing that writes the format.  width, height: as stored. */
static GByteArray *
make_file (const char *format, const guint8 *rgb, int width, int height, int orientation, GBytes *profile)
{
  g_autoptr (GBytes) exif = photo_files_exif (orientation, orientation & 1);
  GByteArray *file;

  if (g_str_equal (format, "png"))
    return photo_files_png (rgb, width, height, 3, exif, profile, 0);
  if (g_str_equal (format, "tiff"))
    return photo_files_tiff (rgb, width, height, 3, orientation, profile);
  file = photo_files_by_pixbuf (format, rgb, width, height, profile);
  if (file != NULL && !g_str_equal (format, "avif"))
    photo_files_add_exif (file, exif, width, height);
  return file;
}

static LimnPhoto *
load (const guint8 *data, gsize size, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);

  return limn_photo_load_bytes ("it", bytes, NULL, error);
}

static LimnPhoto *
load_file (GByteArray *file)
{
  GError *error = NULL;
  LimnPhoto *photo = load (file->data, file->len, &error);

  g_assert_no_error (error);
  return photo;
}

static void
assert_near (const guint8 *found, const guint8 *expected, int tolerance)
{
  for (int c = 0; c < 3; c++)
    if (ABS (found[c] - expected[c]) > tolerance)
      g_error ("found %d %d %d, expected %d %d %d", found[0], found[1], found[2], expected[0], expected[1],
               expected[2]);
}

static const guint8 *
pixel_of (const LimnPhoto *photo, int x, int y)
{
  return photo->image->rgb + ((gsize) y * photo->image->width + x) * 3;
}

/* Sizes at random: all eight ways to hold a camera, in every format that has a word for them. */
static void
test_orientation (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (8);

  for (guint f = 0; f < N_PROFILED; f++)
    for (int i = 0; i < 48; i++) {
      int orientation = 1 + i % 8;
      int width = 2 * g_rand_int_range (random, 10, 40), height = 2 * g_rand_int_range (random, 10, 40);
      int across = orientation > 4 ? height : width, down = orientation > 4 ? width : height;
      g_autofree guint8 *rgb = make_quarters (width, height, orientation);
      g_autoptr (GByteArray) file = make_file (formats[f], rgb, across, down, orientation, NULL);
      g_autoptr (LimnPhoto) photo = file != NULL ? load_file (file) : NULL;

      if (photo == NULL) {
        g_test_message ("no %s here", formats[f]);
        continue;
      }
      g_test_message ("%s, %d x %d, held %d", formats[f], width, height, orientation);
      g_assert_cmpint (photo->image->width, ==, width);
      g_assert_cmpint (photo->image->height, ==, height);
      g_assert_cmpint (photo->width, ==, width);
      g_assert_cmpint (photo->height, ==, height);
      for (int c = 0; c < 4; c++)
        assert_near (pixel_of (photo, width * (1 + c % 2 * 2) / 4, height * (1 + c / 2 * 2) / 4), corners[c], 24);
      g_assert_null (photo->alpha);
      g_assert_cmpuint (g_strv_length (photo->notes), ==, 0);
    }
}

/* ---- Colours ---- */

static GBytes *
save_profile (cmsHPROFILE profile)
{
  cmsUInt32Number size = 0;
  void *data;

  g_assert_true (cmsSaveProfileToMem (profile, NULL, &size));
  data = g_malloc (size);
  g_assert_true (cmsSaveProfileToMem (profile, data, &size));
  cmsCloseProfile (profile);
  return g_bytes_new_take (data, size);
}

/* sRGB's, but that red is said to be blue and blue to be red. */
static GBytes *
swapped_profile (void)
{
  static const double srgb[5] = { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045 };
  cmsToneCurve *curve = cmsBuildParametricToneCurve (NULL, 4, srgb), *curves[] = { curve, curve, curve };
  cmsCIExyY white = { 0.3127, 0.3290, 1 };
  cmsCIExyYTRIPLE primaries = { { 0.15, 0.06, 1 }, { 0.30, 0.60, 1 }, { 0.64, 0.33, 1 } };
  GBytes *profile = save_profile (cmsCreateRGBProfile (&white, &primaries, curves));

  cmsFreeToneCurve (curve);
  return profile;
}

static GBytes *
patched (GBytes *profile, gsize at, const char *word)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (profile, &size);
  guint8 *copy = g_memdup2 (data, size);

  memcpy (copy + at, word, strlen (word));
  return g_bytes_new_take (copy, size);
}

/* Every format that is written with the profile: red and blue change places, or stay with a note. */
static void
check_profile (GBytes *profile, gboolean honoured, gboolean noted)
{
  g_autofree guint8 *rgb = make_quarters (40, 32, 1);

  for (guint f = 0; f < N_PROFILED; f++) {
    g_autoptr (GByteArray) file = make_file (formats[f], rgb, 40, 32, 1, profile);
    g_autoptr (LimnPhoto) photo = file != NULL ? load_file (file) : NULL;

    if (photo == NULL)
      continue;
    g_test_message ("%s: %s", formats[f], photo->notes[0] != NULL ? photo->notes[0] : "no note");
    for (int c = 0; c < 4; c++) {
      const guint8 *corner = corners[c];
      guint8 expected[3] = { corner[honoured ? 2 : 0], corner[1], corner[honoured ? 0 : 2] };

      assert_near (pixel_of (photo, 10 + c % 2 * 20, 8 + c / 2 * 16), expected, 24);
    }
    /* what a loader drops by itself, no note can tell of */
    if (!noted)
      g_assert_cmpuint (g_strv_length (photo->notes), ==, 0);
    else if (g_str_equal (formats[f], "png") || g_str_equal (formats[f], "jpeg") || g_str_equal (formats[f], "tiff"))
      g_assert_cmpuint (g_strv_length (photo->notes), ==, 1);
  }
}

static void
test_profiles (void)
{
  g_autoptr (GBytes) swapped = swapped_profile (), srgb = save_profile (cmsCreate_sRGBProfile ());
  g_autoptr (GBytes) cmyk = patched (swapped, 16, "CMYK");
  g_autoptr (GBytes) damaged = patched (swapped, 128, "\xff\xff\xff\xff\xff\xff"), cut = NULL, noise = NULL;

  check_profile (swapped, TRUE, FALSE);
  check_profile (srgb, FALSE, FALSE);
  check_profile (cmyk, FALSE, TRUE);
  check_profile (damaged, FALSE, TRUE);
  cut = g_bytes_new_from_bytes (swapped, 0, 140);
  check_profile (cut, FALSE, TRUE);
  noise = g_bytes_new_static ("this is no profile at all, and yet it is long enough to be looked at", 67);
  check_profile (noise, FALSE, TRUE);
}

static gboolean
can_read (const char *format)
{
  GSList *all = gdk_pixbuf_get_formats ();
  gboolean found = FALSE;

  for (GSList *link = all; link != NULL; link = link->next) {
    g_auto (GStrv) endings = gdk_pixbuf_format_get_extensions (link->data);

    found |= g_strv_contains ((const char *const *) endings, format);
  }
  g_slist_free (all);
  return found;
}

/* Made by libavif's and libheif's own programs: the quarters with the swapped profile, and turned by 270 degrees. */
static void
test_stored (void)
{
  static const struct {
    const char *name, *format;
    gboolean swapped;
  } cases[] = { { "swapped.avif", "avif", TRUE }, { "swapped.heic", "heic", TRUE }, { "turned.avif", "avif", FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_build_filename (PHOTOS, cases[i].name, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (LimnPhoto) photo = can_read (cases[i].format) ? limn_photo_load (path, NULL, &error) : NULL;

    g_assert_no_error (error);
    if (photo == NULL) {
      g_test_message ("no loader for %s here", cases[i].format);
      continue;
    }
    g_assert_cmpint (photo->width, ==, 40);
    g_assert_cmpint (photo->height, ==, 32);
    for (int c = 0; c < 4; c++) {
      const guint8 *corner = corners[c];
      guint8 expected[3] = { corner[cases[i].swapped ? 2 : 0], corner[1], corner[cases[i].swapped ? 0 : 2] };

      assert_near (pixel_of (photo, 10 + c % 2 * 20, 8 + c / 2 * 16), expected, 24);
    }
  }
}

/* A profile that says nothing new leaves each pixel as it is. */
static void
test_exact (void)
{
  g_autoptr (GBytes) srgb = save_profile (cmsCreate_sRGBProfile ());
  g_autofree guint8 *rgb = g_malloc (64 * 64 * 3);

  for (int i = 0; i < 64 * 64 * 3; i++)
    rgb[i] = (guint8) (i * 37 + i / 64);
  g_autoptr (GByteArray) png = photo_files_png (rgb, 64, 64, 3, NULL, srgb, 45455);
  g_autoptr (GByteArray) tiff = photo_files_tiff (rgb, 64, 64, 3, 1, srgb);
  g_autoptr (LimnPhoto) first = load_file (png), second = load_file (tiff);
  g_assert_cmpmem (first->image->rgb, 64 * 64 * 3, rgb, 64 * 64 * 3);
  g_assert_cmpmem (second->image->rgb, 64 * 64 * 3, rgb, 64 * 64 * 3);
}

/* gAMA alone: light by the number 1 is twice as dark as it looks by sRGB's curve. */
static void
test_gamma (void)
{
  static const struct {
    guint32 gamma;
    int least, most; /* of what 128 becomes */
  } cases[] = { { 0, 128, 128 }, { 45455, 128, 128 }, { 100000, 186, 190 }, { 55556, 140, 152 }, { 1, 128, 128 } };
  guint8 rgb[3 * 4];

  memset (rgb, 128, sizeof rgb);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GByteArray) file = photo_files_png (rgb, 2, 2, 3, NULL, NULL, cases[i].gamma);
    g_autoptr (LimnPhoto) photo = load_file (file);

    g_test_message ("%u: %d", cases[i].gamma, photo->image->rgb[0]);
    for (int c = 0; c < 3; c++) {
      g_assert_cmpint (photo->image->rgb[c], >=, cases[i].least);
      g_assert_cmpint (photo->image->rgb[c], <=, cases[i].most);
    }
  }
}

static void
test_grey (void)
{
  cmsToneCurve *line = cmsBuildGamma (NULL, 1);
  g_autoptr (GBytes) profile = save_profile (cmsCreateGrayProfile (cmsD50_xyY (), line));
  guint8 grey[4] = { 0, 128, 200, 255 };
  g_autoptr (GByteArray) tiff = photo_files_tiff (grey, 2, 2, 1, 1, profile);
  g_autoptr (GByteArray) png = photo_files_png (grey, 2, 2, 1, NULL, profile, 0);
  g_autoptr (GByteArray) coloured = NULL;
  g_autoptr (LimnPhoto) first = load_file (tiff), second = load_file (png), third = NULL;
  g_autofree guint8 *rgb = make_quarters (2, 2, 1);

  cmsFreeToneCurve (line);
  for (int i = 0; i < 2; i++) {
    const LimnPhoto *photo = i == 0 ? first : second;

    g_assert_cmpuint (g_strv_length (photo->notes), ==, 0);
    assert_near (pixel_of (photo, 0, 0), (const guint8[]){ 0, 0, 0 }, 0);
    assert_near (pixel_of (photo, 1, 0), (const guint8[]){ 188, 188, 188 }, 2);
    assert_near (pixel_of (photo, 1, 1), (const guint8[]){ 255, 255, 255 }, 0);
  }
  coloured = photo_files_tiff (rgb, 2, 2, 3, 1, profile);
  third = load_file (coloured);
  g_assert_cmpuint (g_strv_length (third->notes), ==, 1);
  assert_near (pixel_of (third, 0, 0), corners[0], 0);
}

/* ---- Whole or refused ---- */

/* Cut anywhere: an error that names the file, or, where only what follows the pixels is missing, the same picture. */
static void
test_cut (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  g_autofree guint8 *rgb = g_malloc (48 * 36 * 3);

  for (int i = 0; i < 48 * 36 * 3; i++)
    rgb[i] = (guint8) g_rand_int (random);
  for (guint f = 0; f < G_N_ELEMENTS (formats); f++) {
    g_autoptr (GByteArray) file = make_file (formats[f], rgb, 48, 36, 1, NULL);
    g_autoptr (LimnPhoto) whole = file != NULL ? load_file (file) : NULL;
    guint refused = 0;

    if (whole == NULL)
      continue;
    for (int i = 0; i < 300; i++) {
      gsize size = (gsize) g_rand_int_range (random, 0, (gint32) file->len);
      g_autoptr (GError) error = NULL;
      g_autoptr (LimnPhoto) part = load (file->data, size, &error);

      if (part == NULL) {
        g_assert_error (error, LIMN_ERROR, error->code);
        g_assert_true (g_str_has_prefix (error->message, "it: "));
        refused++;
      } else if (memcmp (part->image->rgb, whole->image->rgb, 48 * 36 * 3) != 0) {
        g_error ("%s: %zu bytes of %u are another picture", formats[f], size, file->len);
      }
    }
    g_test_message ("%s: %u of 300 refused", formats[f], refused);
    g_assert_cmpuint (refused, >, 250);
  }
}

static void
expect_error (const guint8 *data, gsize size, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (load (data, size, &error));
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, "it: "));
  g_assert_nonnull (strstr (error->message, words));
}

/* Files of boxes are known to be cut whether this machine can read them or not. */
static void
test_cut_boxes (void)
{
  static const char *const names[] = { "swapped.avif", "turned.avif", "swapped.heic" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (PHOTOS, names[i], NULL), *data = NULL;
    g_autoptr (GError) error = NULL;
    gsize size;

    g_file_get_contents (path, &data, &size, &error);
    g_assert_no_error (error);
    for (gsize cut = 40; cut < size; cut += 7)
      expect_error ((const guint8 *) data, cut, "");
    expect_error ((const guint8 *) data, size - 1, "ends too early");
    expect_error ((const guint8 *) data, size / 2, "ends too early");
  }
}

/* Small files that announce more pixels than any memory has. */
static void
test_bombs (void)
{
  g_autofree guint8 *rgb = make_quarters (40, 32, 1);
  g_autoptr (GByteArray) png = photo_files_png (rgb, 40, 32, 3, NULL, NULL, 0);
  g_autoptr (GByteArray) jpeg = photo_files_by_pixbuf ("jpeg", rgb, 40, 32, NULL);
  g_autoptr (GByteArray) wide = photo_files_png (rgb, 1, 1, 3, NULL, NULL, 0);
  static const guint8 gif[] = "GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\2\2D\1\0;";
  guint8 *frame = memmem (jpeg->data, jpeg->len, "\xff\xc0", 2);

  memcpy (png->data + 16, "\0\0\xff\xff\0\0\xff\xff", 8);
  memcpy (frame + 5, "\xff\xdc\xff\xdc", 4);
  memcpy (wide->data + 16, "\x7f\xff\xff\xff", 4);
  expect_error (jpeg->data, jpeg->len, "65500 × 65500");
  expect_error (gif, sizeof gif - 1, "65535 × 65535");
  /* libpng finds that the sum over the header is wrong before anything else */
  expect_error (png->data, png->len, "PNG");
  expect_error (wide->data, wide->len, "PNG");
}

static void
test_other_formats (void)
{
  expect_error ((const guint8 *) "8BPS\0\1\0\0\0\0\0\0\0\0\0\0", 16, "Photoshop");
  expect_error ((const guint8 *) "gimp xcf v011\0\0\0\0\0\0\0", 20, "GIMP");
  expect_error ((const guint8 *) "these are words", 15, "not a picture");
  expect_error ((const guint8 *) "", 0, "not a picture");
}

/* No loader but those that gdk-pixbuf has inside: the message names the format and the package. */
static void
test_no_loader (void)
{
  static const struct {
    const char *data;
    gsize size;
    const char *name, *package;
  } cases[] = {
    { "RIFF\x10\0\0\0WEBPVP8 \4\0\0\0abcd", 24, "WebP", "webp-pixbuf-loader" },
    { "\0\0\0\x1c"
      "ftypavif\0\0\0\0avifmif1miaf",
      28, "AVIF", "libavif-gdk-pixbuf" },
    { "\0\0\0\x18"
      "ftypheic\0\0\0\0mif1heic",
      24, "HEIF", "heif-gdk-pixbuf" },
    { "\xff\x0a\xfa\x7f\x01\x90\x08\x06\x01\x00", 10, "JPEG XL", "libjxl-gdk-pixbuf" },
    { "\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14"
      "ftypjxl \0\0\0\0jxl ",
      32, "JPEG XL", "libjxl-gdk-pixbuf" },
  };

  if (!g_test_subprocess ()) {
    g_setenv ("GDK_PIXBUF_MODULE_FILE", "/nonexistent/loaders.cache", TRUE);
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_unsetenv ("GDK_PIXBUF_MODULE_FILE");
    g_test_trap_assert_passed ();
    return;
  }
  g_log_set_always_fatal (0); /* that there are no loaders is warned of, too */
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (load ((const guint8 *) cases[i].data, cases[i].size, &error));
    g_test_message ("%s", error->message);
    g_assert_nonnull (strstr (error->message, cases[i].name));
    g_assert_nonnull (strstr (error->message, cases[i].package));
  }
}

/* ---- Files that are none ---- */

typedef struct {
  char *folder, *path;
  GByteArray *file;
} Files;

static gpointer
write_thread (gpointer data)
{
  Files *files = data;
  FILE *pipe = g_fopen (files->path, "wb");

  for (guint at = 0; at < files->file->len; at += 1000) {
    g_assert_cmpuint (fwrite (files->file->data + at, 1, MIN (1000, files->file->len - at), pipe), >, 0);
    fflush (pipe);
    g_usleep (1000);
  }
  fclose (pipe);
  return NULL;
}

static void
expect_no_file (const char *path, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (limn_photo_load (path, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_pipes (void)
{
  g_autofree guint8 *rgb = make_quarters (200, 160, 1);
  Files files = { .folder = g_dir_make_tmp (NULL, NULL), .file = photo_files_tiff (rgb, 200, 160, 3, 1, NULL) };
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnPhoto) photo = NULL;
  GThread *thread;

  files.path = g_build_filename (files.folder, "pipe", NULL);
  g_assert_cmpint (mkfifo (files.path, 0600), ==, 0);
  expect_no_file (files.path, "nothing in it"); /* nobody comes to write, and nobody waits for ever */
  thread = g_thread_new ("writer", write_thread, &files);
  photo = limn_photo_load (files.path, NULL, &error);
  g_assert_no_error (error);
  g_thread_join (thread);
  g_assert_cmpmem (photo->image->rgb, 200 * 160 * 3, rgb, 200 * 160 * 3);
  g_remove (files.path);
  g_assert_cmpint (symlink ("/dev/null", files.path), ==, 0);
  expect_no_file (files.path, "device");
  g_remove (files.path);
  expect_no_file (files.path, "No such file");
  expect_no_file (files.folder, "folder");
  g_assert_true (g_file_set_contents (files.path, "", 0, NULL));
  expect_no_file (files.path, "nothing in it");
  g_remove (files.path);
  g_rmdir (files.folder);
  g_free (files.folder);
  g_free (files.path);
  g_byte_array_unref (files.file);
}

static gboolean
stop_cb (double fraction, gpointer data)
{
  return FALSE;
}

static void
test_cancel (void)
{
  g_autofree guint8 *rgb = make_quarters (40, 32, 1);
  g_autoptr (GByteArray) jpeg = photo_files_by_pixbuf ("jpeg", rgb, 40, 32, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new (jpeg->data, jpeg->len);
  g_autoptr (GError) error = NULL;
  LimnTick tick = { stop_cb, NULL };

  g_assert_null (limn_photo_load_bytes ("it", bytes, &tick, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK); /* loaders may warn of what they refuse */
  g_test_add_func ("/photo/orientation", test_orientation);
  g_test_add_func ("/photo/profiles", test_profiles);
  g_test_add_func ("/photo/stored", test_stored);
  g_test_add_func ("/photo/exact", test_exact);
  g_test_add_func ("/photo/gamma", test_gamma);
  g_test_add_func ("/photo/grey", test_grey);
  g_test_add_func ("/photo/cut", test_cut);
  g_test_add_func ("/photo/cut-boxes", test_cut_boxes);
  g_test_add_func ("/photo/bombs", test_bombs);
  g_test_add_func ("/photo/other-formats", test_other_formats);
  g_test_add_func ("/photo/no-loader", test_no_loader);
  g_test_add_func ("/photo/pipes", test_pipes);
  g_test_add_func ("/photo/cancel", test_cancel);
  return g_test_run ();
}
