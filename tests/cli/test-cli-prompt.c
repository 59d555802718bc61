/* test-cli-prompt.c - what limn-cli makes of prompts: styles, and other programs' signs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-fixture.h"

#include <string.h>

#include "common/golden.h"
#include "engine/limn.h"

static char *
put_styles (void)
{
  char *path = cli_in_folder ("styles.csv");

  g_assert_true (g_file_set_contents (path,
                                      "name,prompt,negative_prompt\n"
                                      "Film,\"a film still of {prompt}, grain\",cartoon\n"
                                      "Oil,oil painting,\n",
                                      -1, NULL));
  return path;
}

static void
test_styles (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *styles = put_styles (), *output = cli_in_folder ("styled.png");
  g_autoptr (GHashTable) text = NULL;

  g_auto (Ran) ran = RUN ("generate", "--model", model, "--prompt", "a cat", "--negative", "dog", "--styles", styles,
                          "--style", "Film", "--style", "Oil", "--size", "64x64", "--steps", "1", "--output", output);
  g_test_message ("%s%s", ran.out, ran.err);
  g_assert_cmpint (ran.status, ==, 0);
  g_autoptr (LimnImage) image = limn_image_load_png (output, &text, NULL);
  g_assert_nonnull (image);
  g_assert_true (g_str_has_prefix (g_hash_table_lookup (text, "parameters"),
                                   "a film still of a cat, grain, oil painting\nNegative prompt: dog, cartoon\n"));
}

static void
test_wrong_styles (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *styles = put_styles (), *none = cli_in_folder ("none.csv");

  g_auto (Ran) unknown =
      RUN ("generate", "--model", model, "--prompt", "x", "--styles", styles, "--style", "film", "--dry-run");
  cli_assert_failed (&unknown, 2, "Film, Oil");
  g_auto (Ran) missing =
      RUN ("generate", "--model", model, "--prompt", "x", "--styles", none, "--style", "Film", "--dry-run");
  cli_assert_failed (&missing, 1, "none.csv");
  g_auto (Ran) emphasis = RUN ("generate", "--model", model, "--prompt", "x", "--emphasis", "webui", "--dry-run");
  cli_assert_failed (&emphasis, 2, "a1111_no_norm");
}

/* A prompt that changes and is joined of two, on the device itself; the picture says whose signs they are. */
static void
test_signs (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *output = cli_in_folder ("signs.png");
  g_autoptr (GHashTable) text = NULL;

  g_auto (Ran) ran = RUN ("generate", "--model", model, "--prompt", "[a horse:(mars:1.2):2] [on|off] AND a cube:0.5",
                          "--emphasis", "a1111", "--size", "64x64", "--steps", "4", "--output", output);
  g_test_message ("%s%s", ran.out, ran.err);
  g_assert_cmpint (ran.status, ==, 0);
  g_autoptr (LimnImage) image = limn_image_load_png (output, &text, NULL);
  g_assert_nonnull (image);
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "parameters"), "Emphasis: a1111"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  cli_begin ();
  g_test_add_func ("/cli-prompt/wrong-styles", test_wrong_styles);
  if (cli_has_device ()) {
    g_test_add_func ("/cli-prompt/styles", test_styles);
    g_test_add_func ("/cli-prompt/signs", test_signs);
  }
  return cli_end (g_test_run ());
}
