/* test-export.c - pictures as files of each kind that this build writes: pixels, colours, what they say of themselves
 * and how Limn reads that back, and what cannot be written.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <math.h>
#include <png.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#if LIMN_HAVE_JXL
#include <jxl/decode.h>
#endif

#include "base/error.h"
#include "common/folder.h"
#include "file/image-write.h"
#include "photo/photo.h"
#include "session/foreign/foreign.h"

#define SEEDS 25

/* Soft shapes, as pictures have them. */
static LimnImage *
soft_image (int width, int height, guint seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  LimnImage *image = limn_image_new (width, height);
  double waves[9];

  for (int i = 0; i < 9; i++)
    waves[i] = g_rand_double_range (random, 0.02, 0.2);
  for (int i = 0; i < width * height * 3; i++) {
    const double *wave = waves + 3 * (i % 3);
    int x = i / 3 % width, y = i / 3 / width;

    image->rgb[i] = (guint8) (127.5 + 120 * sin (wave[0] * x + wave[2] * 40) * cos (wave[1] * y));
  }
  return image;
}

static double
mean_error (const LimnImage *a, const LimnImage *b)
{
  gsize n = (gsize) a->width * a->height * 3;
  double sum = 0;

  g_assert_cmpint (a->width, ==, b->width);
  g_assert_cmpint (a->height, ==, b->height);
  for (gsize i = 0; i < n; i++)
    sum += abs (a->rgb[i] - b->rgb[i]);
  return sum / n;
}

static int
most_error (const LimnImage *a, const LimnImage *b)
{
  int most = 0;

  for (gsize i = 0; i < (gsize) a->width * a->height * 3; i++)
    most = MAX (most, abs (a->rgb[i] - b->rgb[i]));
  return most;
}

#if LIMN_HAVE_JXL
/* Debian 12 has no loader of JPEG XL. */
static LimnPhoto *
read_jxl (GBytes *bytes)
{
  const JxlPixelFormat format = { 3, JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0 };
  JxlDecoder *decoder = JxlDecoderCreate (NULL);
  LimnPhoto *photo = g_new0 (LimnPhoto, 1);
  JxlDecoderStatus status;
  JxlColorEncoding colour;
  JxlBasicInfo info;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  JxlDecoderSubscribeEvents (decoder, JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FULL_IMAGE);
  JxlDecoderSetInput (decoder, data, size);
  JxlDecoderCloseInput (decoder);
  while ((status = JxlDecoderProcessInput (decoder)) != JXL_DEC_SUCCESS && status != JXL_DEC_FULL_IMAGE)
    if (status == JXL_DEC_BASIC_INFO) {
      g_assert_cmpint (JxlDecoderGetBasicInfo (decoder, &info), ==, JXL_DEC_SUCCESS);
      photo->image = limn_image_new ((int) info.xsize, (int) info.ysize);
    } else if (status == JXL_DEC_COLOR_ENCODING) {
      g_assert_cmpint (
          JxlDecoderGetColorAsEncodedProfile (decoder, &format, JXL_COLOR_PROFILE_TARGET_ORIGINAL, &colour), ==,
          JXL_DEC_SUCCESS);
      g_assert_cmpint (colour.primaries, ==, JXL_PRIMARIES_SRGB);
      g_assert_cmpint (colour.transfer_function, ==, JXL_TRANSFER_FUNCTION_SRGB);
    } else {
      g_assert_cmpint (status, ==, JXL_DEC_NEED_IMAGE_OUT_BUFFER);
      JxlDecoderSetImageOutBuffer (decoder, &format, photo->image->rgb,
                                   3 * (gsize) photo->image->width * photo->image->height);
    }
  JxlDecoderDestroy (decoder);
  photo->notes = g_new0 (char *, 1);
  return photo;
}
#else
static LimnPhoto *
read_jxl (GBytes *bytes)
{
  return NULL;
}
#endif

/* NULL where the system has no reader of that kind. */
static LimnPhoto *
read_back (const LimnImageKind *kind, GBytes *bytes)
{
  if (g_str_equal (kind->name, "JPEG XL"))
    return read_jxl (bytes);
  g_autoptr (GError) error = NULL;
  LimnPhoto *photo = limn_photo_load_bytes (kind->name, bytes, NULL, &error);

  if (photo == NULL && strstr (error->message, "package") != NULL) {
    g_test_message ("%s", error->message);
    return NULL;
  }
  g_assert_no_error (error);
  return photo;
}

static GBytes *
encode (const LimnImage *image, const LimnImageKind *kind, int quality, const char *const *text)
{
  const LimnImageHow how = { .quality = quality, .text = text };
  g_autoptr (GError) error = NULL;
  GBytes *bytes = limn_image_encode (image, kind, &how, &error);

  g_assert_no_error (error);
  return bytes;
}

/* A better quality is nearer and larger; the best loses nothing but in JPEG; colours are as they were, so their profile
 * is sRGB's. */
static void
test_pixels (void)
{
  const LimnImageKind *kind;

  for (guint i = 0; (kind = limn_image_kind (i)) != NULL; i++) {
    g_autoptr (LimnImage) image = soft_image (157, 101, i);
    int qualities[] = { 30, 75, 95, 100 };
    double last_error = 255;
    gsize last_size = 0;

    for (guint q = 0; kind->encode != NULL && q < G_N_ELEMENTS (qualities); q++) {
      g_autoptr (GBytes) bytes = encode (image, kind, qualities[q], NULL);
      g_autoptr (LimnPhoto) photo = read_back (kind, bytes);
      double error = photo != NULL ? mean_error (photo->image, image) : 0;
      gboolean exact = !kind->has_quality || (qualities[q] == 100 && strcmp (kind->name, "JPEG") != 0);

      g_test_message ("%s %d: %d bytes, off by %.3f", kind->name, qualities[q], (int) g_bytes_get_size (bytes), error);
      if (photo == NULL)
        break;
      g_assert_null (photo->alpha);
      g_assert_cmpint (g_strv_length (photo->notes), ==, 0);
      g_assert_cmpfloat (error, <=, exact ? 0 : qualities[q] >= 95 ? 2 : 8);
      /* the reader's own colours may round */
      if (exact)
        g_assert_cmpint (most_error (photo->image, image), ==, 0);
      g_assert_cmpfloat (error, <=, last_error);
      g_assert_cmpuint (g_bytes_get_size (bytes), >=, kind->has_quality ? last_size : 1);
      last_error = error;
      last_size = g_bytes_get_size (bytes);
    }
  }
}

/* Letters of all kinds, signs that XML and C mean something by, and ends of lines. */
static char *
random_text (GRand *random)
{
  static const char *const pieces[] = { "a cat", "<lora:x:0.8>",
                                        "&amp;", "\"",
                                        "'",     "\\",
                                        "\n",    "猫",
                                        "🐱",     "é",
                                        "]]>",   "{",
                                        "}",     "<limn:limn>",
                                        ": ",    ",",
                                        "\t",    "%s",
                                        "“”",    "\xf0\x9d\x94\xb8" };
  GString *text = g_string_new ("Steps");

  for (int n = g_rand_int_range (random, 0, 200); n > 0; n--)
    g_string_append (text, pieces[g_rand_int_range (random, 0, G_N_ELEMENTS (pieces))]);
  g_string_append_c (text, '.');
  return g_string_free (text, FALSE);
}

static void
test_text (void)
{
  for (guint seed = 0; seed < SEEDS; seed++) {
    g_autoptr (GRand) random = g_rand_new_with_seed (seed);
    g_autoptr (LimnImage) image = soft_image (g_rand_int_range (random, 1, 70), g_rand_int_range (random, 1, 70), seed);
    g_autofree char *parameters = random_text (random), *json = random_text (random);
    const char *const text[] = { "parameters", parameters, "limn", json, NULL };
    const LimnImageKind *kind;

    for (guint i = 0; (kind = limn_image_kind (i)) != NULL; i++) {
      g_autoptr (GBytes) bytes = kind->encode != NULL ? encode (image, kind, 80, text) : NULL;
      g_autoptr (GHashTable) found = NULL;
      gsize size = 0;
      const guint8 *data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

      if (bytes == NULL)
        continue;
      found = limn_foreign_read_chunks (data, size);
      g_assert_cmpstr (g_hash_table_lookup (found, i == 0 ? "parameters" : "UserComment"), ==, parameters);
      g_assert_cmpstr (g_hash_table_lookup (found, "limn"), ==, json);
      g_assert_true (limn_foreign_is_carried (found));

      g_autoptr (LimnPhoto) photo = read_back (kind, bytes); /* it is whole with them */
      g_assert_true (photo == NULL || photo->image->width == image->width);
    }
  }
}

/* Limn's own settings come back from each kind as they come back from PNG. */
static void
test_restore (void)
{
  static const char *const text[] = {
    "parameters", "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 5, Size: 512x768",
    "limn",
    "{\"limn\": \"0.1.0\", \"prompt\": \"a cat\", \"negative\": \"dog\", \"width\": 512, \"height\": 768, "
    "\"steps\": 23, \"guidance\": 6.5, \"seed\": 18446744073709551615}",
    NULL
  };
  g_autoptr (LimnImage) image = soft_image (16, 16, 1);
  const LimnImageKind *kind;

  for (guint i = 0; (kind = limn_image_kind (i)) != NULL; i++) {
    g_autoptr (GBytes) bytes = kind->encode != NULL ? encode (image, kind, 80, text) : NULL;
    g_autoptr (GHashTable) found = NULL;
    g_autoptr (LimnForeign) foreign = NULL;
    g_autoptr (GError) error = NULL;
    gsize size;

    if (bytes == NULL)
      continue;
    const guint8 *data = g_bytes_get_data (bytes, &size);
    found = limn_foreign_read_chunks (data, size);
    foreign = limn_foreign_read (found, NULL, &error);
    g_assert_no_error (error);
    const LimnSettingsValues *values = limn_settings_values (foreign->settings);
    g_assert_cmpint (foreign->kind, ==, LIMN_FOREIGN_LIMN);
    g_assert_cmpint (values->steps, ==, 23);
    g_assert_cmpfloat (values->guidance, ==, 6.5);
    g_assert_cmpuint (values->seed, ==, G_MAXUINT64);
    g_assert_cmpstr (values->negative, ==, "dog");
  }
}

/* Where nothing is to be told, nothing is. */
static void
test_bare (void)
{
  g_autoptr (LimnImage) image = soft_image (33, 17, 2);
  const LimnImageKind *kind;

  for (guint i = 0; (kind = limn_image_kind (i)) != NULL; i++) {
    g_autoptr (GBytes) bytes = kind->encode != NULL ? encode (image, kind, 80, NULL) : NULL;
    g_autoptr (GHashTable) found = NULL;
    gsize size;

    if (bytes == NULL)
      continue;
    const guint8 *data = g_bytes_get_data (bytes, &size);
    found = limn_foreign_read_chunks (data, size);
    g_assert_cmpuint (g_hash_table_size (found), ==, 0);
    g_assert_null (memmem (data, size, "limn", 4));
  }
}

static void
test_names (void)
{
  g_autofree char *known = limn_image_endings ();
  const LimnImageKind *kind;

  g_assert_true (g_str_has_prefix (known, ".png"));
  for (guint i = 0; (kind = limn_image_kind (i)) != NULL; i++)
    for (guint n = 0; kind->endings[n] != NULL; n++) {
      g_autofree char *name = g_strconcat ("/x/a", kind->endings[n], NULL), *loud = g_ascii_strup (name, -1);
      g_autoptr (GError) error = NULL, other = NULL;

      g_assert_true (limn_image_kind_of (name, &error) == (kind->encode != NULL ? kind : NULL));
      g_assert_true (limn_image_kind_of (loud, &other) == (kind->encode != NULL ? kind : NULL));
      if (kind->encode != NULL)
        continue;
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
      g_assert_nonnull (strstr (error->message, kind->library));
    }
  static const char *const wrong[] = { "a", "a.", ".png", "x/.webp", "a.png.txt", "a.gif", "png", "" };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (limn_image_kind_of (wrong[i], &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FILE);
    g_assert_nonnull (strstr (error->message, known));
  }
}

/* What there is no room for is said before anything is written. */
static void
test_room (void)
{
  g_autofree char *long_text = g_strnfill (70000, 'x');
  const char *const text[] = { "parameters", "a", "limn", long_text, NULL };
  const LimnImageKind *kind;

  for (guint i = 0; (kind = limn_image_kind (i)) != NULL; i++) {
    g_autoptr (LimnImage) image = soft_image (8, 8, 3);
    g_autoptr (LimnImage) wide = limn_image_new (kind->most_side < 65535 ? kind->most_side + 1 : 1, 1);
    g_autoptr (GError) error = NULL;
    const LimnImageHow how = { .text = text };
    g_autoptr (GBytes) bytes = kind->encode != NULL ? limn_image_encode (image, kind, &how, &error) : NULL;

    if (kind->encode == NULL)
      continue;
    g_assert_true ((bytes == NULL) == (kind->most_tag > 0));
    g_assert_true (bytes != NULL || strstr (error->message, kind->name) != NULL);
    g_clear_error (&error);
    if (wide->width == 1)
      continue;
    g_assert_null (limn_image_encode (wide, kind, &(LimnImageHow){ 0 }, &error));
    g_assert_nonnull (strstr (error->message, kind->name));
  }
}

static void
test_save_errors (TestsFile *fixture, gconstpointer unused)
{
  g_autoptr (LimnImage) image = soft_image (300, 300, 4);
  const LimnImageKind *kind;
  struct rlimit old, small;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  signal (SIGXFSZ, SIG_IGN);
  for (guint i = 0; (kind = limn_image_kind (i)) != NULL; i++) {
    g_autofree char *name = g_strconcat ("a", kind->endings[0], NULL);
    g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
    g_autofree char *nowhere = g_build_filename (fixture->folder, "no", name, NULL);
    g_autoptr (GError) error = NULL;

    if (kind->encode == NULL)
      continue;
    g_assert_false (limn_image_save (image, nowhere, &(LimnImageHow){ 0 }, &error));
    g_assert_nonnull (strstr (error->message, nowhere));
    g_clear_error (&error);
    g_assert_true (g_file_set_contents (path, "before", -1, NULL));
    small = (struct rlimit){ 512, old.rlim_max };
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
    gboolean saved = limn_image_save (image, path, &(LimnImageHow){ .quality = 100 }, &error);
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
    g_assert_false (saved);
    g_assert_nonnull (strstr (error->message, path));
    g_autofree char *kept = NULL;
    g_assert_true (g_file_get_contents (path, &kept, NULL, NULL));
    g_assert_cmpstr (kept, ==, "before");
    g_clear_error (&error);
    g_assert_true (limn_image_save (image, path, &(LimnImageHow){ 0 }, &error));
    g_assert_no_error (error);
    g_unlink (path);
  }
}

/* The numbers of a PNG of 16 bits, as another program reads them. */
static guint16 *
read_deep (GBytes *bytes, int width, int height)
{
  guint16 *numbers = g_new (guint16, 3 * (gsize) width * height);
  png_structp reader = png_create_read_struct (PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct (reader);
  FILE *file = fmemopen ((void *) g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "rb");
  int intent;

  png_init_io (reader, file);
  png_read_info (reader, info);
  g_assert_cmpint (png_get_bit_depth (reader, info), ==, 16);
  g_assert_cmpint (png_get_color_type (reader, info), ==, PNG_COLOR_TYPE_RGB);
  g_assert_true (png_get_sRGB (reader, info, &intent) != 0);
  png_set_swap (reader);
  for (int y = 0; y < height; y++)
    png_read_row (reader, (png_bytep) (numbers + 3 * (gsize) y * width), NULL);
  png_destroy_read_struct (&reader, &info, NULL);
  fclose (file);
  return numbers;
}

static void
test_deep (void)
{
  const LimnImageKind *kind = limn_image_kind (0);

  for (guint seed = 0; seed < SEEDS; seed++) {
    g_autoptr (GRand) random = g_rand_new_with_seed (seed);
    int width = g_rand_int_range (random, 1, 90), height = g_rand_int_range (random, 1, 20);
    gsize n = 3 * (gsize) width * height;
    g_autoptr (LimnImage) image = limn_image_new (width, height);
    g_autoptr (GError) error = NULL;

    image->deep = g_new (guint16, n);
    for (gsize i = 0; i < n; i++) {
      image->deep[i] = (guint16) g_rand_int (random);
      image->rgb[i] = (guint8) rint (image->deep[i] / 257.0);
    }
    g_autoptr (GBytes) bytes = limn_image_encode (image, kind, &(LimnImageHow){ .deep = TRUE }, &error);
    g_assert_no_error (error);
    g_autofree guint16 *numbers = read_deep (bytes, width, height);
    g_assert_cmpmem (numbers, n * sizeof *numbers, image->deep, n * sizeof *numbers);
    g_autoptr (LimnPhoto) photo = read_back (kind, bytes);
    g_assert_cmpmem (photo->image->rgb, n, image->rgb, n);

    /* one that has no more than 8 is written so */
    g_clear_pointer (&image->deep, g_free);
    g_autoptr (GBytes) plain = limn_image_encode (image, kind, &(LimnImageHow){ .deep = TRUE }, &error);
    g_autoptr (LimnPhoto) small = read_back (kind, plain);
    g_assert_cmpmem (small->image->rgb, n, image->rgb, n);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/export/pixels", test_pixels);
  g_test_add_func ("/export/text", test_text);
  g_test_add_func ("/export/restore", test_restore);
  g_test_add_func ("/export/bare", test_bare);
  g_test_add_func ("/export/names", test_names);
  g_test_add_func ("/export/room", test_room);
  g_test_add ("/export/save-errors", TestsFile, NULL, tests_file_set_up, test_save_errors, tests_file_tear_down);
  g_test_add_func ("/export/deep", test_deep);
  return g_test_run ();
}
