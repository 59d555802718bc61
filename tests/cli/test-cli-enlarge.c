/* test-cli-enlarge.c - limn-cli makes pictures larger: painted ones, and those that it is painting.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-fixture.h"

#include <string.h>

#include "common/golden.h"
#include "engine/limn.h"

/* A painted picture that is enlarged afterwards is the one that is painted and enlarged, and says so. */
static void
test_enlarge (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *upscaler = golden_path ("upscalers/rrdbnet_x2.safetensors");
  g_autofree char *small = cli_in_folder ("small.png"), *after = cli_in_folder ("after.png");
  g_autofree char *once = cli_in_folder ("once.png");
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) text = NULL, other = NULL;

  g_auto (Ran) painted = RUN ("generate", "--model", model, "--prompt", "a cat", "--size", "64x72", "--steps", "2",
                              "--seed", "1", "--output", small);
  g_assert_cmpint (painted.status, ==, 0);
  g_auto (Ran) enlarged = RUN ("enlarge", "--model", upscaler, "--output", after, small);
  g_assert_cmpint (enlarged.status, ==, 0);
  g_assert_nonnull (strstr (enlarged.out, "128 x 144"));
  g_auto (Ran) both = RUN ("generate", "--model", model, "--prompt", "a cat", "--size", "64x72", "--steps", "2",
                           "--seed", "1", "--upscaler", upscaler, "--output", once);
  g_assert_cmpint (both.status, ==, 0);
  g_assert_nonnull (strstr (both.out, "128 x 144"));
  g_autoptr (LimnImage) first = limn_image_load_png (after, &text, &error);
  g_assert_no_error (error);
  g_autoptr (LimnImage) second = limn_image_load_png (once, &other, &error);
  g_assert_no_error (error);
  g_assert_cmpint (first->width, ==, 128);
  g_assert_cmpint (second->width, ==, 128);
  g_assert_cmpmem (first->rgb, 3 * 128 * 144, second->rgb, 3 * 128 * 144);
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "limn"), "\"upscaler\": \"rrdbnet_x2\""));
  g_assert_nonnull (strstr (g_hash_table_lookup (other, "limn"), "\"upscaler\": \"rrdbnet_x2\""));
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "parameters"), "a cat"));
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "parameters"), "Postprocess upscaler: rrdbnet_x2"));

  /* neither a model that paints nor the picture itself */
  g_auto (Ran) painter = RUN ("enlarge", "--model", model, "--output", after, small);
  cli_assert_failed (&painter, 1, model);
  g_auto (Ran) over = RUN ("enlarge", "--model", upscaler, "--output", small, small);
  cli_assert_failed (&over, 2, "--output");
  g_auto (Ran) wrong = RUN ("generate", "--model", upscaler, "--prompt", "x", "--output", once);
  cli_assert_failed (&wrong, 1, "enlarges");
  g_auto (Ran) precision = RUN ("enlarge", "--model", upscaler, "--precision", "int8", "--output", after, small);
  cli_assert_failed (&precision, 2, "fp16");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  cli_begin ();
  if (cli_has_device ())
    g_test_add_func ("/cli-enlarge/pictures", test_enlarge);
  return cli_end (g_test_run ());
}
