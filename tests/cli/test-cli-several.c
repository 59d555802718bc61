/* test-cli-several.c - limn-cli generate --count, and over a folder: each picture is the one that it is alone.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#include "common/golden.h"
#include "engine/limn.h"

#define LIKE "--prompt", "a {red|green|blue} hill", "--size", "64x64", "--steps", "2", "--sampler", "euler_ancestral"

static void
assert_done (const Ran *ran)
{
  g_test_message ("%s%s", ran->out, ran->err);
  g_assert_cmpint (ran->status, ==, 0);
}

static void
test_count (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *output = cli_in_folder ("hill.png");
  g_autofree char *alone = cli_in_folder ("alone.png");

  g_auto (Ran) ran =
      RUN ("generate", "--model", model, LIKE, "--seed", "5", "--count", "3", "--batch-size", "2", "--output", output);
  assert_done (&ran);
  g_assert_false (g_file_test (output, G_FILE_TEST_EXISTS));
  for (int i = 0; i < 3; i++) {
    g_autofree char *name = g_strdup_printf ("hill-%d.png", i + 1), *path = cli_in_folder (name);
    g_autofree char *seed = g_strdup_printf ("%d", 5 + i), *line = g_strdup_printf ("seed %d\n", 5 + i);
    g_autoptr (GHashTable) text = NULL, expected = NULL;

    g_auto (Ran) single = RUN ("generate", "--model", model, LIKE, "--seed", seed, "--output", alone);
    assert_done (&single);
    g_autoptr (LimnImage) image = limn_image_load_png (path, &text, NULL);
    g_autoptr (LimnImage) other = limn_image_load_png (alone, &expected, NULL);
    g_assert_nonnull (image);
    g_assert_cmpmem (image->rgb, 64 * 64 * 3, other->rgb, 64 * 64 * 3);
    /* with its own seed's choices */
    g_assert_cmpstr (g_hash_table_lookup (text, "limn"), ==, g_hash_table_lookup (expected, "limn"));
    g_assert_nonnull (strstr (ran.out, line));
  }
}

static void
test_estimate (void)
{
  g_autofree char *model = golden_path ("mini-sdxl");

  g_auto (Ran) ran = RUN ("generate", "--model", model, LIKE, "--count", "5", "--batch-size", "0", "--dry-run");
  assert_done (&ran);
  g_assert_nonnull (strstr (ran.out, "5 pictures a step"));
}

static void
save_image (const char *path, int width, int height)
{
  g_autoptr (LimnImage) image = limn_image_new (width, height);

  for (int i = 0; i < width * height * 3; i++)
    image->rgb[i] = (guint8) g_test_rand_int_range (0, 256);
  g_assert_true (limn_image_save_png (image, path, NULL, NULL));
}

static gboolean
contains (const char *path, const char *other)
{
  g_autofree char *first = NULL, *second = NULL;
  gsize n, m;

  g_assert_true (g_file_get_contents (path, &first, &n, NULL));
  g_assert_true (g_file_get_contents (other, &second, &m, NULL));
  return n == m && memcmp (first, second, n) == 0;
}

/* Each of a folder, at its own size and under its own name, as it would be alone; one that is cut short is told, and
 * what is no picture is left out. */
static void
test_folder (void)
{
  static const char *const names[] = { "sea 2", "sea 10", "sea 9" };
  g_autofree char *model = golden_path ("mini-sdxl"), *folder = cli_in_folder ("photos"), *out = cli_in_folder ("out");
  g_autofree char *alone = cli_in_folder ("over.png"), *notes = cli_in_folder ("photos/notes.txt");
  g_autofree char *cut = cli_in_folder ("photos/sea 3.png"), *none = cli_in_folder ("out/sea 3.png");

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (notes, "notes", -1, NULL));
  g_assert_true (g_file_set_contents (cut, "\x89PNG\r\n\x1a\n", 8, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *name = g_strdup_printf ("photos/%s.png", names[i]), *path = cli_in_folder (name);

    save_image (path, i == 1 ? 96 : 64, 64);
  }
  g_auto (Ran) ran = RUN ("generate", "--model", model, "--prompt", "a {red|green} hill", "--steps", "2", "--seed", "5",
                          "--image", folder, "--batch-size", "2", "--output", out);
  g_assert_cmpint (ran.status, ==, 1);
  g_assert_nonnull (strstr (ran.err, "sea 3.png"));
  g_assert_false (g_file_test (none, G_FILE_TEST_EXISTS));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *from = g_strdup_printf ("photos/%s.png", names[i]), *image = cli_in_folder (from);
    g_autofree char *to = g_strdup_printf ("out/%s.png", names[i]), *painted = cli_in_folder (to);

    g_auto (Ran) single = RUN ("generate", "--model", model, "--prompt", "a {red|green} hill", "--steps", "2", "--seed",
                               "5", "--image", image, "--output", alone);
    assert_done (&single);
    g_assert_true (contains (painted, alone));
  }
}

static void
test_wrong (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *latents = cli_in_folder ("hill.safetensors");

  g_auto (Ran) none = RUN ("generate", "--model", model, LIKE, "--count", "0", "--dry-run");
  cli_assert_failed (&none, 2, "--count");
  g_auto (Ran) many = RUN ("generate", "--model", model, LIKE, "--batch-size", "17", "--dry-run");
  cli_assert_failed (&many, 2, "--batch-size");
  g_auto (Ran) one = RUN ("generate", "--model", model, LIKE, "--count", "2", "--save-latents", latents, "--dry-run");
  cli_assert_failed (&one, 2, "--save-latents");
  g_autofree char *folder = cli_in_folder ("pictures"), *file = cli_in_folder ("pictures/a.png");
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_auto (Ran) empty = RUN ("generate", "--model", model, LIKE, "--image", folder, "--output", latents);
  cli_assert_failed (&empty, 1, "no picture");
  save_image (file, 64, 64);
  g_auto (Ran) same = RUN ("generate", "--model", model, LIKE, "--image", folder, "--output", folder);
  cli_assert_failed (&same, 2, "--output");
  g_auto (Ran) onto = RUN ("generate", "--model", model, LIKE, "--image", folder, "--output", file);
  cli_assert_failed (&onto, 2, "--output");
  g_auto (Ran) noise = RUN ("generate", "--model", model, LIKE, "--image", folder, "--noise", latents, "--dry-run");
  cli_assert_failed (&noise, 2, "--noise");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  cli_begin ();
  g_test_add_func ("/cli-several/wrong", test_wrong);
  if (cli_has_device ()) {
    g_test_add_func ("/cli-several/count", test_count);
    g_test_add_func ("/cli-several/folder", test_folder);
    g_test_add_func ("/cli-several/estimate", test_estimate);
  }
  return cli_end (g_test_run ());
}
