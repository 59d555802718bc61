/* test-cli-mask.c - parts of a picture painted anew by limn-cli.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-fixture.h"

#include <string.h>

#include "common/golden.h"
#include "engine/limn.h"

/* Paints a part of a picture anew: the rest stays, to the pixel.  data: the U-Net, of mini-sdxl, too. */
static void
test_mask (gconstpointer data)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *unet = golden_path (data);
  g_autofree char *before = cli_in_folder ("before.png"), *mask_path = cli_in_folder ("mask.png"),
                  *after = cli_in_folder ("after.png");
  g_autoptr (LimnImage) image = limn_image_new (96, 64);
  g_autoptr (LimnImage) small = limn_image_new (32, 64);
  g_autoptr (LimnImage) mask = limn_image_new (96, 64);
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 96 * 64 * 3; i++)
    image->rgb[i] = (guint8) (i * 5);
  memset (mask->rgb, 0, 96 * 64 * 3);
  for (int y = 16; y < 48; y++)
    memset (mask->rgb + (y * 96 + 32) * 3, 255, 32 * 3);
  g_assert_true (limn_image_save_png (image, before, NULL, NULL) && limn_image_save_png (mask, mask_path, NULL, NULL));
  g_auto (Ran) ran =
      RUN ("generate", "--model", model, "--unet", unet, "--prompt", "a (horse:1.3)", "--prompt-2", "mars",
           "--negative-2", "fog", "--image", before, "--mask", mask_path, "--steps", "4", "--output", after);
  g_test_message ("%s%s", ran.out, ran.err);
  g_assert_cmpint (ran.status, ==, 0);
  g_autoptr (LimnImage) painted = limn_image_load_png (after, NULL, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 96 * 64 * 3; i++)
    g_assert_true (mask->rgb[i] != 0 || painted->rgb[i] == image->rgb[i]);
  g_assert_true (memcmp (painted->rgb, image->rgb, 96 * 64 * 3) != 0);

  g_assert_true (limn_image_save_png (small, mask_path, NULL, NULL));
  g_auto (Ran) odd =
      RUN ("generate", "--model", model, "--prompt", "x", "--image", before, "--mask", mask_path, "--output", after);
  cli_assert_failed (&odd, 1, "32 x 64");
  g_auto (Ran) alone = RUN ("generate", "--model", model, "--prompt", "x", "--mask", mask_path, "--output", after);
  cli_assert_failed (&alone, 2, "--image");
}

/* White of a file's is what a rectangle of that place would be, whatever the file is called and however large it is. */
static void
test_region_mask (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *mask_path = cli_in_folder ("a \"mask\": left.png");
  g_autofree char *first = cli_in_folder ("first.png"), *second = cli_in_folder ("second.png");
  g_autoptr (LimnImage) mask = limn_image_new (1600, 8);
  g_autoptr (GError) error = NULL;

  memset (mask->rgb, 0, 1600 * 8 * 3);
  for (int y = 0; y < 8; y++)
    memset (mask->rgb + y * 1600 * 3, 255, 800 * 3);
  g_assert_true (limn_image_save_png (mask, mask_path, NULL, NULL));
  g_autofree char *quoted = g_strescape (mask_path, NULL);
  g_autofree char *region =
      g_strdup_printf ("0,0,1,1 mask=\"%s\" negative=\"mask=\\\"x\\\"\": a mask=\"house\"", quoted);
  g_auto (Ran) of_file = RUN ("generate", "--model", model, "--prompt", "a sea", "--size", "64x64", "--steps", "2",
                              "--seed", "3", "--region", region, "--output", first);
  g_auto (Ran) of_place =
      RUN ("generate", "--model", model, "--prompt", "a sea", "--size", "64x64", "--steps", "2", "--seed", "3",
           "--region", "0,0,0.5,1 negative=\"mask=\\\"x\\\"\": a mask=\"house\"", "--output", second);
  g_test_message ("%s%s", of_file.err, of_place.err);
  g_assert_cmpint (of_file.status, ==, 0);
  g_assert_cmpint (of_place.status, ==, 0);
  g_autoptr (LimnImage) one = limn_image_load_png (first, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LimnImage) other = limn_image_load_png (second, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (limn_image_is_same (one, other));

  g_auto (Ran) none = RUN ("generate", "--model", model, "--prompt", "x", "--region", "0,0,1,1 mask=\"/no/such\": y",
                           "--output", first);
  cli_assert_failed (&none, 1, "/no/such");
}

/* The mask's file is taken for the output's size as the window takes it (limn_mask_fit ()), to the pixel. */
static void
test_mask_fits (void)
{
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autofree char *before = cli_in_folder ("before.png"), *mask_path = cli_in_folder ("mask.png"),
                  *after = cli_in_folder ("after.png");
  g_autoptr (LimnImage) image = limn_image_new (200, 96);
  g_autoptr (LimnImage) mask = limn_image_new (200, 96);
  g_autofree guint8 *grey = g_malloc (200 * 96);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnEngine) engine = NULL;
  g_autoptr (LimnModel) model = NULL;
  LimnRequest request;

  for (int i = 0; i < 200 * 96 * 3; i++)
    image->rgb[i] = (guint8) (i * 7);
  for (int i = 0; i < 200 * 96; i++) {
    grey[i] = i % 200 < 70 ? 0 : i % 200 < 90 ? (guint8) (i * 11) : 255;
    memset (mask->rgb + i * 3, grey[i], 3);
  }
  g_assert_true (limn_image_save_png (image, before, NULL, NULL) && limn_image_save_png (mask, mask_path, NULL, NULL));
  g_auto (Ran) ran = RUN ("generate", "--model", path, "--prompt", "x", "--image", before, "--mask", mask_path,
                          "--size", "96x64", "--steps", "3", "--seed", "5", "--output", after);
  g_test_message ("%s%s", ran.out, ran.err);
  g_assert_cmpint (ran.status, ==, 0);
  g_autoptr (LimnImage) painted = limn_image_load_png (after, NULL, &error);
  g_assert_no_error (error);

  model = limn_model_open (path, &error);
  g_assert_no_error (error);
  engine = limn_engine_new (-1, &error);
  g_assert_no_error (error);
  limn_request_init (&request, model);
  g_autofree guint8 *fitted = limn_mask_fit (grey, 200, 96, 96, 64);
  request.prompt = "x";
  request.width = 96;
  request.height = 64;
  request.steps = 3;
  request.seed = 5;
  request.image = image;
  request.mask = fitted;
  g_autoptr (LimnResult) result = limn_engine_generate (engine, &request, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (painted->rgb, 96 * 64 * 3, result->image->rgb, 96 * 64 * 3);
}

/* Only what is masked: the picture comes in its own size, all but the mask's pixels as they were, and says so. */
static void
test_mask_area (void)
{
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autofree char *before = cli_in_folder ("photo.png"), *mask_path = cli_in_folder ("hole.png"),
                  *after = cli_in_folder ("area.png"), *list = cli_in_folder ("area.jsonl"),
                  *folder = cli_in_folder ("areas");
  g_autoptr (LimnImage) image = limn_image_new (200, 96);
  g_autoptr (LimnImage) mask = limn_image_new (200, 96);
  g_autoptr (GHashTable) text = NULL;
  int changed = 0;

  for (int i = 0; i < 200 * 96 * 3; i++)
    image->rgb[i] = (guint8) (i * 7);
  for (int y = 40; y < 70; y++)
    memset (mask->rgb + 3 * (200 * y + 90), 255, 3 * 40);
  g_assert_true (limn_image_save_png (image, before, NULL, NULL) && limn_image_save_png (mask, mask_path, NULL, NULL));
  g_auto (Ran) ran =
      RUN ("generate", "--model", path, "--prompt", "x", "--image", before, "--mask", mask_path, "--mask-area",
           "masked", "--mask-padding", "12", "--size", "64x64", "--steps", "3", "--seed", "5", "--output", after);
  g_test_message ("%s%s", ran.out, ran.err);
  g_assert_cmpint (ran.status, ==, 0);
  g_autoptr (LimnImage) painted = limn_image_load_png (after, &text, NULL);
  g_assert_cmpint (painted->width, ==, 200);
  g_assert_cmpint (painted->height, ==, 96);
  for (int i = 0; i < 200 * 96; i++) {
    gboolean same = memcmp (painted->rgb + 3 * i, image->rgb + 3 * i, 3) == 0;

    g_assert_true (same || mask->rgb[3 * i] != 0);
    changed += !same;
  }
  g_assert_cmpint (changed, >, 30 * 40 / 2);
  g_assert_nonnull (
      strstr (g_hash_table_lookup (text, "parameters"), "Inpaint area: Only masked, Masked area padding: 12"));

  /* a list of jobs says it by the names that the picture has it by, and comes to the same picture */
  g_autofree char *job = g_strdup_printf ("{\"prompt\": \"x\", \"model\": \"%s\", \"image\": \"%s\", \"mask\": \"%s\", "
                                          "\"mask_area\": \"masked\", \"mask_padding\": 12, \"width\": 64, "
                                          "\"height\": 64, \"steps\": 3, \"seed\": 5, \"output\": \"a.png\"}\n",
                                          path, before, mask_path);
  g_assert_true (g_file_set_contents (list, job, -1, NULL));
  g_auto (Ran) batch = RUN ("batch", "--results", folder, list);
  g_test_message ("%s%s", batch.out, batch.err);
  g_assert_cmpint (batch.status, ==, 0);
  g_autofree char *made = g_build_filename (folder, "a.png", NULL);
  g_autoptr (LimnImage) again = limn_image_load_png (made, NULL, NULL);
  g_assert_nonnull (again);
  g_assert_true (limn_image_is_same (again, painted));

  memset (mask->rgb, 0, 3 * 200 * 96);
  g_assert_true (limn_image_save_png (mask, mask_path, NULL, NULL));
  g_auto (Ran) empty = RUN ("generate", "--model", path, "--prompt", "x", "--image", before, "--mask", mask_path,
                            "--mask-area", "masked", "--size", "64x64", "--steps", "3", "--output", after);
  g_assert_cmpint (empty.status, !=, 0);
  g_assert_nonnull (strstr (empty.err, "the mask is empty"));
  g_auto (Ran) wrong = RUN ("generate", "--model", path, "--prompt", "x", "--image", before, "--mask", mask_path,
                            "--mask-area", "half", "--output", after);
  g_assert_cmpint (wrong.status, !=, 0);
  g_assert_nonnull (strstr (wrong.err, "whole, masked"));
}

/* Boxes are painted again over what is painted without them, and nothing else is; the picture says so, and a list of
 * jobs comes to the same one by what it says. */
static void
test_detail (void)
{
  g_autofree char *path = golden_path ("mini-sdxl"), *plain = cli_in_folder ("plain.png");
  g_autofree char *after = cli_in_folder ("detailed.png"), *list = cli_in_folder ("details.jsonl"),
                  *folder = cli_in_folder ("detailed");
  g_autoptr (GHashTable) text = NULL;
  int changed[2] = { 0 };

  g_auto (Ran) first = RUN ("generate", "--model", path, "--prompt", "x", "--size", "96x64", "--steps", "5", "--seed",
                            "5", "--output", plain);
  g_assert_cmpint (first.status, ==, 0);
  g_auto (Ran) ran = RUN ("generate", "--model", path, "--prompt", "x", "--size", "96x64", "--steps", "5", "--seed",
                          "5", "--detail", "0,0,0.25,0.5", "--detail", "0.5,0.5,0.5,0.5 negative=\"fog\": a horse",
                          "--detail-strength", "0.6", "--detail-padding", "12", "--output", after);
  g_test_message ("%s%s", ran.out, ran.err);
  g_assert_cmpint (ran.status, ==, 0);
  g_autoptr (LimnImage) before = limn_image_load_png (plain, NULL, NULL);
  g_autoptr (LimnImage) painted = limn_image_load_png (after, &text, NULL);
  g_assert_nonnull (before);
  g_assert_nonnull (painted);
  for (int i = 0; i < 96 * 64; i++) {
    int x = i % 96, y = i / 96, box = x < 24 && y < 32 ? 0 : x >= 48 && y >= 32 ? 1 : -1;
    gboolean same = memcmp (painted->rgb + 3 * i, before->rgb + 3 * i, 3) == 0;

    g_assert_true (same || box >= 0);
    if (!same)
      changed[box]++;
  }
  g_assert_cmpint (changed[0], >, 24 * 32 / 2);
  g_assert_cmpint (changed[1], >, 48 * 32 / 2);
  g_assert_nonnull (strstr (g_hash_table_lookup (text, "parameters"), "Detail strength: 0.6, Detail padding: 12"));

  g_autofree char *job =
      g_strdup_printf ("{\"prompt\": \"x\", \"model\": \"%s\", \"details\": \"0,0,0.25,0.5; 0.5,0.5,0.5,0.5 "
                       "negative=\\\"fog\\\": a horse\", \"detail_strength\": 0.6, \"detail_padding\": 12, "
                       "\"width\": 96, \"height\": 64, \"steps\": 5, \"seed\": 5, \"output\": \"a.png\"}\n",
                       path);
  g_assert_true (g_file_set_contents (list, job, -1, NULL));
  g_auto (Ran) batch = RUN ("batch", "--results", folder, list);
  g_test_message ("%s%s", batch.out, batch.err);
  g_assert_cmpint (batch.status, ==, 0);
  g_autofree char *made = g_build_filename (folder, "a.png", NULL);
  g_autoptr (LimnImage) again = limn_image_load_png (made, NULL, NULL);
  g_assert_nonnull (again);
  g_assert_true (limn_image_is_same (again, painted));

  g_auto (Ran) outside =
      RUN ("generate", "--model", path, "--prompt", "x", "--detail", "0.5,0,0.6,1", "--output", after);
  g_assert_cmpint (outside.status, !=, 0);
  g_assert_nonnull (strstr (outside.err, "Box 1"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  cli_begin ();
  if (cli_has_device ()) {
    g_test_add_data_func ("/cli/mask/plain", "mini-sdxl/unet", test_mask);
    g_test_add_data_func ("/cli/mask/inpainting-model", "mini-sdxl-q-inpaint/unet", test_mask);
    g_test_add_func ("/cli/mask/region", test_region_mask);
    g_test_add_func ("/cli/mask-fits", test_mask_fits);
    g_test_add_func ("/cli/mask-area", test_mask_area);
    g_test_add_func ("/cli/detail", test_detail);
  }
  return cli_end (g_test_run ());
}
