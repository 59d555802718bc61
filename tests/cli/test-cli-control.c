/* test-cli-control.c - limn-cli has pictures follow others, and makes what they follow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-fixture.h"

#include <string.h>

#include "common/golden.h"
#include "engine/limn.h"

static void
write_picture (const char *path, int width, int height)
{
  g_autoptr (LimnImage) image = limn_image_new (width, height);
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < width * height; i++)
    memset (image->rgb + 3 * i, i % width < width / 3 ? 30 : 220, 3);
  limn_image_save_png (image, path, NULL, &error);
  g_assert_no_error (error);
}

static LimnImage *
read_picture (const char *path, GHashTable **text)
{
  g_autoptr (GError) error = NULL;
  LimnImage *image = limn_image_load_png (path, text, &error);

  g_assert_no_error (error);
  return image;
}

static void
assert_same (const char *path, const char *other, gboolean same)
{
  g_autoptr (LimnImage) one = read_picture (path, NULL);
  g_autoptr (LimnImage) two = read_picture (other, NULL);
  gsize bytes = (gsize) 3 * one->width * one->height;

  g_assert_cmpint (one->width, ==, two->width);
  g_assert_cmpint (one->height, ==, two->height);
  g_assert_true ((memcmp (one->rgb, two->rgb, bytes) == 0) == same);
}

static void
test_map (void)
{
  g_autofree char *picture = cli_in_folder ("picture.png"), *map = cli_in_folder ("map.png");

  write_picture (picture, 90, 40);
  g_auto (Ran) canny = RUN ("map", "--output", map, picture);
  g_assert_cmpint (canny.status, ==, 0);
  g_assert_nonnull (strstr (canny.out, "90 x 40, canny"));
  g_autoptr (LimnImage) made = read_picture (map, NULL);
  for (int y = 0; y < 40; y++)
    g_assert_cmpint (made->rgb[3 * (90 * y + 29)] + made->rgb[3 * (90 * y + 30)], ==, 255);
  g_auto (Ran) blind =
      RUN ("map", "--kind", "canny", "--set", "high=2000", "--set", "low=1900", "--output", map, picture);
  g_assert_cmpint (blind.status, ==, 0);
  g_autoptr (LimnImage) none = read_picture (map, NULL);
  for (int i = 0; i < 3 * 90 * 40; i++)
    g_assert_cmpint (none->rgb[i], ==, 0);
  g_auto (Ran) help = RUN ("map", "--help");
  g_assert_nonnull (strstr (help.out, "luminance"));

  g_auto (Ran) unknown = RUN ("map", "--kind", "pose", "--output", map, picture);
  cli_assert_failed (&unknown, 2, "lineart");
  g_auto (Ran) number = RUN ("map", "--set", "width=3", "--output", map, picture);
  cli_assert_failed (&number, 2, "canny");
  g_auto (Ran) over = RUN ("map", "--output", picture, picture);
  cli_assert_failed (&over, 2, "--output");
  g_auto (Ran) missing = RUN ("map", "--output", map, "/nowhere/x.png");
  cli_assert_failed (&missing, 1, "/nowhere/x.png");
}

#define PAINT(path, ...)                                                                                               \
  RUN ("generate", "--model", model, "--prompt", "a cat", "--size", "64x72", "--steps", "3", "--seed", "1",            \
       "--output", path, __VA_ARGS__)

/* In a picture, in a list of them, and by a map made before: the same; and told in each. */
static void
test_generate (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *folder = cli_in_folder ("results");
  g_autofree char *file = golden_path ("controlnet/mini-sdxl-controlnet.safetensors");
  g_autofree char *picture = cli_in_folder ("drawn, = 2.png"), *map = cli_in_folder ("made.png");
  g_autofree char *one = cli_in_folder ("one.png"), *two = cli_in_folder ("two.png"),
                  *bare = cli_in_folder ("bare.png");
  g_autofree char *list = cli_in_folder ("list.jsonl"), *listed = cli_in_folder ("results/listed.png");
  g_autofree char *given = g_strdup_printf ("%s=%s,weight=0.7,end=0.7,map=canny", file, picture);
  g_autofree char *ready = g_strdup_printf ("%s=%s,end=0.7,weight=0.7", file, map);
  g_autofree char *line = g_strdup_printf (
      "{\"prompt\": \"a cat\", \"width\": 64, \"height\": 72, \"steps\": 3, \"seed\": 1, \"model\": \"%s\", "
      "\"output\": \"listed.png\", \"controls\": [{\"model\": \"%s\", \"image\": \"%s\", \"weight\": 0.7, \"end\": "
      "0.7, "
      "\"map\": \"canny\"}]}\n",
      model, file, picture);
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (GError) error = NULL;

  write_picture (picture, 64, 72);
  g_auto (Ran) painted = PAINT (one, "--control", given);
  g_assert_cmpstr (painted.err, !=, NULL);
  g_assert_cmpint (painted.status, ==, 0);
  g_auto (Ran) made = RUN ("map", "--output", map, picture);
  g_assert_cmpint (made.status, ==, 0);
  g_auto (Ran) again = PAINT (two, "--control", ready);
  g_assert_cmpint (again.status, ==, 0);
  assert_same (one, two, TRUE);
  g_auto (Ran) alone = PAINT (bare, NULL);
  g_assert_cmpint (alone.status, ==, 0);
  assert_same (one, bare, FALSE);
  g_file_set_contents (list, line, -1, &error);
  g_assert_no_error (error);
  g_auto (Ran) batch = RUN ("batch", "--results", folder, list);
  g_assert_cmpint (batch.status, ==, 0);
  assert_same (one, listed, TRUE);
  g_autoptr (LimnImage) read = read_picture (listed, &text);
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "limn"), "\"controls\": [{\"model\": \"mini-sdxl-controlnet\""));
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "parameters"), "Module: canny"));
}

static void
test_refused (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"),
                  *other = golden_path ("controlnet/mini-sd15-controlnet.safetensors");
  g_autofree char *file = golden_path ("controlnet/mini-sdxl-controlnet.safetensors");
  g_autofree char *picture = cli_in_folder ("small.png"), *out = cli_in_folder ("out.png");
  g_autofree char *no_file = g_strdup_printf ("/nowhere/net.safetensors=%s", picture);
  g_autofree char *no_picture = g_strdup_printf ("%s=/nowhere/picture.png", file);
  g_autofree char *older = g_strdup_printf ("%s=%s", other, picture),
                  *painter = g_strdup_printf ("%s=%s", model, picture);
  g_autofree char *heavy = g_strdup_printf ("%s=%s,weight=heavy", file, picture);
  g_autofree char *fitted = g_strdup_printf ("%s=%s,fit=glue", file, picture);
  g_autofree char *over = g_strdup_printf ("%s=%s", file, out);
  const struct {
    const char *given;
    int status;
    const char *words;
  } cases[] = {
    { no_file, 1, "/nowhere/net.safetensors" },
    { no_picture, 1, "/nowhere/picture.png" },
    { older, 1, "for Stable Diffusion 1.5, but mini-sdxl is a model of " },
    { painter, 1, model },
    { heavy, 2, "\"weight\"" },
    { fitted, 2, "stretch" },
    { "alone", 2, "FILE=PICTURE" },
  };

  write_picture (picture, 20, 30);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (Ran) ran = PAINT (out, "--control", cases[i].given);
    cli_assert_failed (&ran, cases[i].status, cases[i].words);
  }
  write_picture (out, 20, 30);
  g_auto (Ran) own = PAINT (out, "--control", over);
  cli_assert_failed (&own, 2, "--output");
  g_auto (Ran) wrong = RUN ("generate", "--model", file, "--prompt", "x", "--output", out);
  cli_assert_failed (&wrong, 1, "ControlNet");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  cli_begin ();
  g_test_add_func ("/cli-control/map", test_map);
  g_test_add_func ("/cli-control/refused", test_refused);
  if (cli_has_device ())
    g_test_add_func ("/cli-control/generate", test_generate);
  return cli_end (g_test_run ());
}
