/* test-cli-several.c - limn-cli generate --count: each picture is the one that its seed gives alone.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-fixture.h"

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
test_wrong (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *latents = cli_in_folder ("hill.safetensors");

  g_auto (Ran) none = RUN ("generate", "--model", model, LIKE, "--count", "0", "--dry-run");
  cli_assert_failed (&none, 2, "--count");
  g_auto (Ran) many = RUN ("generate", "--model", model, LIKE, "--batch-size", "17", "--dry-run");
  cli_assert_failed (&many, 2, "--batch-size");
  g_auto (Ran) one = RUN ("generate", "--model", model, LIKE, "--count", "2", "--save-latents", latents, "--dry-run");
  cli_assert_failed (&one, 2, "--save-latents");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  cli_begin ();
  g_test_add_func ("/cli-several/wrong", test_wrong);
  if (cli_has_device ()) {
    g_test_add_func ("/cli-several/count", test_count);
    g_test_add_func ("/cli-several/estimate", test_estimate);
  }
  return cli_end (g_test_run ());
}
