/* test-cli-detect.c - limn-cli says where a detector finds something, in the words in which --detail is told.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-fixture.h"

#include <string.h>

#include "base/details.h"
#include "common/golden.h"
#include "engine/limn.h"

static char *
make_picture (void)
{
  g_autoptr (LimnImage) image = limn_image_new (96, 64);
  g_autoptr (GError) error = NULL;
  char *path = cli_in_folder ("picture.png");

  for (int i = 0; i < 3 * 96 * 64; i++)
    image->rgb[i] = (guint8) (i * 7919 % 251);
  limn_image_save_png (image, path, NULL, &error);
  g_assert_no_error (error);
  return path;
}

static void
test_detect (void)
{
  g_autofree char *detector = golden_path ("yolo/mini-yolov8.safetensors"), *picture = make_picture ();
  g_auto (Ran) found = RUN ("detect", "--model", detector, "--confidence", "0.2", "--most", "3", picture);
  g_auto (GStrv) lines = g_strsplit (found.out, "\n", -1);
  double before = 1;

  g_assert_cmpint (found.status, ==, 0);
  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  for (int i = 0; i < 3; i++) {
    g_auto (GStrv) parts = g_strsplit (lines[i], "\t", -1);
    g_autoptr (GPtrArray) boxes = limn_details_read (parts[0], NULL);

    g_assert_cmpuint (g_strv_length (parts), ==, 3);
    g_assert_nonnull (boxes);
    g_assert_cmpuint (boxes->len, ==, 1);
    double sure = g_ascii_strtod (parts[1], NULL);
    g_assert_cmpfloat (sure, >, 0.2);
    g_assert_cmpfloat (sure, <=, before);
    before = sure;
  }
  /* so sure it is of nothing */
  g_auto (Ran) none = RUN ("detect", "--model", detector, "--confidence", "1", picture);
  g_assert_cmpint (none.status, ==, 0);
  g_assert_cmpstr (none.out, ==, "");
}

/* The boxes that a picture's own settings name.  (transfer full) */
static char *
boxes_of (const char *path, LimnImage **image)
{
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (GError) error = NULL;

  *image = limn_image_load_png (path, &text, &error);
  g_assert_no_error (error);
  g_autoptr (LimnJson) json = limn_json_parse (path, g_hash_table_lookup (text, "limn"), -1, &error);
  g_assert_no_error (error);
  return g_strdup (limn_json_member_string (json, "details"));
}

/* What a detector finds while painting is what the same boxes, said beforehand, come to, to the bit; and the picture
 * says which they were. */
static void
test_paint (void)
{
  g_autofree char *model = golden_path ("mini-sdxl"), *detector = golden_path ("yolo/mini-yolov8.safetensors");
  g_autofree char *upscaler = golden_path ("upscalers/srvgg_x2.safetensors");
  g_autofree char *plain = cli_in_folder ("plain.png"), *out = cli_in_folder ("found.png"),
                  *told = cli_in_folder ("told.png");
  g_autoptr (LimnImage) first = NULL, second = NULL;

#define PAINT                                                                                                          \
  "generate", "--model", model, "--prompt", "a cat", "--size", "64x72", "--steps", "2", "--seed", "3",                 \
      "--detail-strength", "0.6"
  g_auto (Ran) painted = RUN (PAINT, "--output", plain);
  g_assert_cmpint (painted.status, ==, 0);
  g_auto (Ran) found = RUN ("detect", "--model", detector, "--confidence", "0.05", "--most", "2", plain);
  g_auto (GStrv) lines = g_strsplit_set (found.out, "\t\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 7);
  /* as sure as of the second, but for rounding */
  g_autofree char *given = g_strdup_printf ("%s:%.3f", detector, g_ascii_strtod (lines[4], NULL) - 0.001);
  g_auto (Ran) detailed =
      RUN (PAINT, "--detail", "0.5,0.5,0.5,0.5: a dog", "--detector", given, "--upscaler", upscaler, "--output", out);
  g_assert_cmpint (detailed.status, ==, 0);
  g_autofree char *boxes = boxes_of (out, &first);
  g_auto (GStrv) each = g_strsplit (boxes, "\n", -1);
  g_assert_cmpuint (g_strv_length (each), >=, 3);
  g_assert_cmpstr (each[0], ==, "0.5,0.5,0.5,0.5: a dog");
  g_assert_cmpstr (each[1], ==, lines[0]);
  g_assert_cmpstr (each[2], ==, lines[3]);
  g_autofree char *others = g_strjoinv (";", each + 1);
  g_auto (Ran) again = RUN (PAINT, "--detail", each[0], "--detail", others, "--upscaler", upscaler, "--output", told);
  g_assert_cmpint (again.status, ==, 0);
  g_autofree char *said = boxes_of (told, &second);
  g_assert_true (g_str_has_prefix (said, each[0]));
  g_assert_cmpint (first->width, ==, 128);
  g_assert_cmpint (second->width, ==, 128);
  g_assert_cmpmem (second->rgb, 3 * 128 * 144, first->rgb, 3 * 128 * 144);
  g_auto (Ran) many = RUN (PAINT, "--detector", detector, "--count", "2", "--output", out);
  cli_assert_failed (&many, 2, "--detector");
  g_auto (Ran) weak = RUN (PAINT, "--detail-strength", "0.1", "--detector", detector, "--output", out);
  g_assert_cmpint (weak.status, ==, 1);
  g_assert_nonnull (strstr (weak.err, "strength"));
  g_auto (Ran) other = RUN (PAINT, "--detector", upscaler, "--output", out);
  cli_assert_failed (&other, 1, "YOLOv8");
#undef PAINT
}

/* What is no detector is said to be none, a detector to be no model, and a pickle is not opened. */
static void
test_others (void)
{
  g_autofree char *detector = golden_path ("yolo/mini-yolov8.safetensors"), *picture = make_picture ();
  g_autofree char *upscaler = golden_path ("upscalers/srvgg_x2.safetensors"), *out = cli_in_folder ("out.png");
  g_autofree char *pickle = cli_in_folder ("face_yolov8n.pt");
  g_autoptr (GError) error = NULL;

  g_file_set_contents (pickle, "PK\3\4 face_yolov8n/data.pkl", -1, &error);
  g_assert_no_error (error);
  g_auto (Ran) other = RUN ("detect", "--model", upscaler, picture);
  cli_assert_failed (&other, 1, "YOLOv8");
  g_auto (Ran) unsafe = RUN ("detect", "--model", pickle, picture);
  cli_assert_failed (&unsafe, 1, ".safetensors");
  g_auto (Ran) model = RUN ("generate", "--model", detector, "--prompt", "x", "--output", out);
  cli_assert_failed (&model, 1, "detector");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  cli_begin ();
  if (cli_has_device ()) {
    g_test_add_func ("/cli-detect/boxes", test_detect);
    g_test_add_func ("/cli-detect/paint", test_paint);
    g_test_add_func ("/cli-detect/others", test_others);
  }
  return cli_end (g_test_run ());
}
