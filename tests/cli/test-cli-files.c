/* test-cli-files.c - limn-cli writes pictures of every kind, as they were asked for, and pictures that repeat.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-fixture.h"

#include <png.h>
#include <stdio.h>
#include <string.h>

#include "common/golden.h"
#include "engine/limn.h"

#define PAINT(model) "generate", "--model", model, "--prompt", "a cat", "--size", "64x72", "--steps", "2", "--seed", "1"

static int
png_depth (const char *path)
{
  png_structp reader = png_create_read_struct (PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct (reader);
  FILE *file = fopen (path, "rb");
  int depth;

  g_assert_nonnull (file);
  png_init_io (reader, file);
  png_read_info (reader, info);
  depth = png_get_bit_depth (reader, info);
  png_destroy_read_struct (&reader, &info, NULL);
  fclose (file);
  return depth;
}

/* Of 16 bits it rounds to the one of 8; of other kinds the settings are inside unless they are not to be. */
static void
test_kinds (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *plain = cli_in_folder ("a.png"), *deep = cli_in_folder ("b.png");
  const LimnImageKind *kind;

  g_auto (Ran) first = RUN (PAINT (model), "--output", plain);
  g_assert_cmpint (first.status, ==, 0);
  g_auto (Ran) second = RUN (PAINT (model), "--png-bits", "16", "--no-metadata", "--output", deep);
  g_assert_cmpint (second.status, ==, 0);
  g_assert_cmpint (png_depth (plain), ==, 8);
  g_assert_cmpint (png_depth (deep), ==, 16);
  g_autoptr (GHashTable) text = NULL, none = NULL;
  g_autoptr (LimnImage) a = limn_image_load_png (plain, &text, NULL), b = limn_image_load_png (deep, &none, NULL);
  g_assert_true (limn_image_is_same (a, b));
  g_assert_cmpuint (g_hash_table_size (text), ==, 2);
  g_assert_cmpuint (g_hash_table_size (none), ==, 0);
  for (guint i = 1; (kind = limn_image_kind (i)) != NULL; i++) {
    g_autofree char *name = g_strconcat ("c", kind->endings[0], NULL), *path = cli_in_folder (name);
    g_autofree char *bytes = NULL;
    gsize size = 0;

    g_auto (Ran) ran = RUN (PAINT (model), "--quality", "70", "--output", path);
    if (kind->encode == NULL) {
      cli_assert_failed (&ran, 2, kind->library);
      continue;
    }
    g_assert_cmpint (ran.status, ==, 0);
    g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
    g_assert_nonnull (memmem (bytes, size, "limn:limn", 9));
    g_auto (Ran) over = RUN (PAINT (model), "--no-metadata", "--output", path);
    g_assert_cmpint (over.status, ==, 0);
    g_clear_pointer (&bytes, g_free);
    g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
    g_assert_null (memmem (bytes, size, "limn:limn", 9));
  }
}

/* Said before anything is painted. */
static void
test_refused (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *png = cli_in_folder ("r.png"), *gif = cli_in_folder ("r.gif");

  g_auto (Ran) quality = RUN (PAINT (model), "--quality", "70", "--output", png);
  cli_assert_failed (&quality, 2, "--quality");
  g_auto (Ran) range = RUN (PAINT (model), "--quality", "101", "--output", png);
  cli_assert_failed (&range, 2, "quality");
  g_auto (Ran) bits = RUN (PAINT (model), "--png-bits", "12", "--output", png);
  cli_assert_failed (&bits, 2, "8, 16");
  g_auto (Ran) kind = RUN (PAINT (model), "--output", gif);
  cli_assert_failed (&kind, 2, ".png");
  g_auto (Ran) tile = RUN (PAINT (model), "--tile", "z", "--output", png);
  cli_assert_failed (&tile, 2, "both");
}

/* The mean square of what a column differs from the next by; the last one's next is the first. */
static double
step_energy (const LimnImage *image, int x)
{
  double sum = 0;

  for (int y = 0; y < image->height; y++)
    for (int c = 0; c < 3; c++) {
      const guint8 *row = image->rgb + (gsize) 3 * y * image->width;
      double difference = row[3 * x + c] - row[3 * ((x + 1) % image->width) + c];

      sum += difference * difference;
    }
  return sum / image->height;
}

/* The starter's picture goes on over its edge as it goes on within, whatever the seed. */
static void
test_seam (void)
{
  g_autofree char *path = cli_in_folder ("tile.png");

  for (int seed = 1; seed <= 3; seed++) {
    g_autofree char *number = g_strdup_printf ("%d", seed);
    double within = 0;

    g_auto (Ran) ran = RUN ("generate", "--prompt", "green grass", "--steps", "6", "--seed", number, "--size", "128x64",
                            "--tile", "x", "--output", path);
    g_assert_cmpint (ran.status, ==, 0);
    g_autoptr (GHashTable) text = NULL;
    g_autoptr (LimnImage) image = limn_image_load_png (path, &text, NULL);
    for (int x = 0; x + 1 < image->width; x++)
      within = MAX (within, step_energy (image, x));
    g_test_message ("seed %d: seam %.1f, interior at most %.1f", seed, step_energy (image, image->width - 1), within);
    g_assert_cmpfloat (step_energy (image, image->width - 1), <=, within);
    g_assert_nonnull (strstr (g_hash_table_lookup (text, "parameters"), "Tile X: True"));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  cli_begin ();
  g_test_add_func ("/cli/refused", test_refused);
  if (cli_has_device ()) {
    g_test_add_func ("/cli/kinds", test_kinds);
    g_test_add_func ("/cli/seam", test_seam);
  }
  return cli_end (g_test_run ());
}
