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
    g_test_add_func ("/cli-detect/others", test_others);
  }
  return cli_end (g_test_run ());
}
