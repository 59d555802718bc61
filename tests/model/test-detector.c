/* test-detector.c - YOLOv8 against ultralytics' own code, its file under every name, what of many boxes stays, and
 * files that are none.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/details.h"
#include "base/error.h"
#include "common/folder.h"
#include "file/safetensors.h"
#include "model/detector.h"
#include "model/identify.h"
#include "model/networks.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#define PLAIN "yolo/mini-yolov8.safetensors"
#define FUSED "yolo/mini-yolov8-seg.safetensors"
#define TAPS 11

static LimnDetectorFile *
open_file (const char *relative)
{
  g_autofree char *path = golden_path (relative);
  g_autoptr (GError) error = NULL;
  LimnDetectorFile *file = limn_detector_file_open (path, &error);

  g_assert_no_error (error);
  return file;
}

static LimnDetector *
bring (const char *relative, LimnPrecision precision)
{
  g_autoptr (LimnDetectorFile) file = open_file (relative);
  g_autoptr (GError) error = NULL;
  LimnDetector *detector = limn_detector_new (networks_gpu (), file, precision, NULL, &error);

  g_assert_no_error (error);
  return detector;
}

/* ---- Numbers ---- */

/* What ultralytics' head gives, [4 + classes, cells] with middles and sizes, beside found, in the same order.  scale:
 * of the picture's side, by which boxes are compared. */
static void
check_boxes (const char *label, GArray *found, const float *expected, int classes, double scale, double tolerance)
{
  gsize cells = found->len;

  for (gsize i = 0; i < cells; i++) {
    const LimnDetection *box = &g_array_index (found, LimnDetection, i);
    const double is[] = { (box->left + box->right) / 2, (box->top + box->bottom) / 2, box->right - box->left,
                          box->bottom - box->top };
    float most = 0;

    for (int k = 0; k < 4; k++)
      if (!(fabs (is[k] - expected[(gsize) k * cells + i]) <= tolerance * scale))
        g_test_fail_printf ("%s: cell %zu, number %d is %g, expected %g", label, i, k, is[k],
                            expected[(gsize) k * cells + i]);
    for (int k = 0; k < classes; k++)
      most = MAX (most, expected[(gsize) (4 + k) * cells + i]);
    if (!(fabs (box->confidence - most) <= tolerance))
      g_test_fail_printf ("%s: cell %zu has confidence %g, expected %g", label, i, box->confidence, most);
    /* the likelier kind, but where both are as likely up to rounding */
    if (!(expected[(gsize) (4 + box->kind) * cells + i] >= most - tolerance))
      g_test_fail_printf ("%s: cell %zu is said to be of kind %d", label, i, box->kind);
  }
}

/* [1, 3, h, w] -> [h * w, 3].  (transfer full) */
static float *
pixels_of (LimnTensors *golden, int number, int *height, int *width)
{
  const LimnTensor *tensor = golden_tensor (golden, "case%d/in", number);
  g_autofree float *planes = golden_floats (golden, NULL, "case%d/in", number);
  gsize plane = tensor->shape[2] * tensor->shape[3];
  float *pixels = g_new (float, 3 * plane);

  *height = (int) tensor->shape[2];
  *width = (int) tensor->shape[3];
  for (gsize i = 0; i < 3 * plane; i++)
    pixels[i] = planes[i % 3 * plane + i / 3];
  return pixels;
}

static void
check_case (LimnDetector *detector, LimnTensors *golden, int number, int classes, int taps, double tolerance)
{
  g_autofree char *prefix = g_strdup_printf ("case%d/tap/", number);
  NetworksWalk walk = { golden, prefix, tolerance };
  g_autoptr (GError) error = NULL;
  int height, width;
  gsize count;
  g_autofree float *pixels = pixels_of (golden, number, &height, &width);
  g_autofree float *expected = golden_floats (golden, &count, "case%d/out", number);

  limn_detector_set_trace (detector, &(LimnTrace){ networks_walk_cb, &walk });
  g_autoptr (GArray) found = limn_detector_run (detector, pixels, height, width, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (walk.seen, ==, taps);
  g_assert_cmpuint (count, ==, (gsize) found->len * (gsize) (4 + classes));
  g_assert_cmpuint (found->len, ==, (guint) (height * width / 64 * 21 / 16));
  check_boxes (prefix, found, expected, classes, MAX (height, width), tolerance);
}

/* The taps of the golden are halves; its boxes are not. */
static void
test_golden (void)
{
  g_autoptr (LimnTensors) golden = golden_open ("yolo/expected.safetensors");
  g_autoptr (LimnTensors) fused = golden_open ("yolo/expected-seg.safetensors");

  for (LimnPrecision precision = LIMN_PRECISION_FP16; precision <= LIMN_PRECISION_FP32; precision++) {
    g_autoptr (LimnDetector) detector = bring (PLAIN, precision);
    g_autoptr (LimnDetector) other = bring (FUSED, precision);
    double tolerance = precision == LIMN_PRECISION_FP32 ? 5e-4 : 1e-2;

    check_case (detector, golden, 0, 2, TAPS, tolerance);
    check_case (detector, golden, 1, 2, TAPS, tolerance);
    check_case (other, fused, 0, 1, 0, tolerance);
  }
}

static void
test_sizes (void)
{
  g_autoptr (LimnDetectorFile) file = open_file (PLAIN);
  const LimnDetectorConfig *config = limn_detector_file_config (file);

  g_assert_cmpint (config->channels[0], ==, 8);
  g_assert_cmpint (config->channels[9], ==, 32);
  g_assert_cmpint (config->hidden[9], ==, 16);
  g_assert_cmpint (config->blocks[2], ==, 1);
  g_assert_cmpint (config->blocks[4], ==, 2);
  g_assert_cmpint (config->channels[21], ==, 32);
  g_assert_cmpint (config->box_width, ==, 64);
  g_assert_cmpint (config->class_width, ==, 16);
  g_assert_cmpint (config->classes, ==, 2);
}

/* ---- Pictures ---- */

static LimnImage *
random_image (GRand *random, int width, int height)
{
  LimnImage *image = limn_image_new (width, height);

  for (int i = 0; i < 3 * width * height; i++)
    image->rgb[i] = (guint8) g_rand_int_range (random, 0, 256);
  return image;
}

/* Of a picture that needs no other size, the pixels; around it 114 / 255; and boxes come back to where they were. */
static void
test_letterbox (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr (LimnImage) image = random_image (random, 640, 300);
  LimnLetterbox box;

  limn_letterbox_fit (&box, 640, 300);
  g_assert_cmpint (box.width, ==, 640);
  g_assert_cmpint (box.height, ==, 320);
  g_assert_cmpint (box.top, ==, 10);
  g_assert_cmpint (box.left, ==, 0);
  g_autofree float *pixels = limn_letterbox_pixels (&box, image);
  for (int y = 0; y < box.height; y++)
    for (int i = 0; i < 3 * box.width; i++) {
      float is = pixels[3 * box.width * y + i] * 255;

      g_assert_cmpfloat_with_epsilon (is, y < 10 || y >= 310 ? 114 : image->rgb[3 * 640 * (y - 10) + i], 1e-3);
    }

  for (int trial = 0; trial < 2000; trial++) {
    int width = g_rand_int_range (random, 1, 5000), height = g_rand_int_range (random, 1, 5000);

    limn_letterbox_fit (&box, width, height);
    g_assert_cmpint (box.width % 32, ==, 0);
    g_assert_cmpint (box.height % 32, ==, 0);
    g_assert_cmpint (MAX (box.width, box.height), ==, 640);
    g_assert_cmpint (box.width - box.across, <, 32);
    g_assert_cmpint (box.height - box.down, <, 32);
    g_assert_cmpint (box.left, >=, 0);
    g_assert_cmpint (box.top + box.down, <=, box.height);
    /* the picture's own edges, and what lies beyond them */
    LimnDetection found = { (float) box.left, -7, (float) (box.left + box.across) + 3, (float) (box.top + box.down) };
    limn_letterbox_undo (&box, &found);
    g_assert_cmpfloat_with_epsilon (found.left, 0, 1e-3);
    g_assert_cmpfloat (found.top, ==, 0);
    g_assert_cmpfloat (found.right, ==, width);
    g_assert_cmpfloat_with_epsilon (found.bottom, height, 1e-2);
  }
}

/* ---- Boxes ---- */

static GArray *
random_boxes (GRand *random)
{
  GArray *boxes = g_array_new (FALSE, FALSE, sizeof (LimnDetection));

  for (int i = g_rand_int_range (random, 0, 60); i > 0; i--) {
    LimnDetection box = { .left = (float) g_rand_int_range (random, 0, 40),
                          .top = (float) g_rand_int_range (random, 0, 40),
                          .confidence = (float) g_rand_double (random),
                          .kind = g_rand_int_range (random, 0, 2) };

    box.right = box.left + (float) g_rand_int_range (random, 0, 30);
    box.bottom = box.top + (float) g_rand_int_range (random, 0, 30);
    g_array_append_val (boxes, box);
  }
  return boxes;
}

/* By whole pixels, one by one: corners are whole numbers. */
static double
count_overlap (const LimnDetection *a, const LimnDetection *b)
{
  int both = 0, any = 0;

  for (int y = 0; y < 70; y++)
    for (int x = 0; x < 70; x++) {
      gboolean in_a = x >= a->left && x < a->right && y >= a->top && y < a->bottom;
      gboolean in_b = x >= b->left && x < b->right && y >= b->top && y < b->bottom;

      both += in_a && in_b;
      any += in_a || in_b;
    }
  return any > 0 ? both / (double) any : 0;
}

static gboolean
holds (GArray *boxes, guint n, const LimnDetection *box)
{
  for (guint i = 0; i < n; i++)
    if (memcmp (&g_array_index (boxes, LimnDetection, i), box, sizeof *box) == 0)
      return TRUE;
  return FALSE;
}

/* A box stays if, and only if, it is confident enough and no more confident one that stays covers it. */
static void
test_choose (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());

  for (int trial = 0; trial < 100; trial++) {
    g_autoptr (GArray) all = random_boxes (random);
    g_autoptr (GArray) kept = g_array_copy (all);
    const LimnDetectionRule rule = { g_rand_double_range (random, 0, 0.6), g_rand_double_range (random, 0.1, 0.9) };

    limn_detections_choose (kept, &rule);
    for (guint i = 0; i < kept->len; i++) {
      const LimnDetection *box = &g_array_index (kept, LimnDetection, i);

      g_assert_true (holds (all, all->len, box));
      g_assert_cmpfloat (box->confidence, >, rule.confidence);
      g_assert_true (i == 0 || g_array_index (kept, LimnDetection, i - 1).confidence >= box->confidence);
    }
    for (guint i = 0; i < all->len; i++) {
      const LimnDetection *box = &g_array_index (all, LimnDetection, i);
      gboolean covered = FALSE;

      for (guint j = 0; j < kept->len; j++) {
        const LimnDetection *other = &g_array_index (kept, LimnDetection, j);

        covered |= other->kind == box->kind && other->confidence > box->confidence
                   && count_overlap (other, box) > rule.overlap;
      }
      g_assert_cmpint (holds (kept, kept->len, box), ==, box->confidence > rule.confidence && !covered);
    }

    g_autoptr (GArray) few = g_array_copy (all);
    limn_detections_choose (few, &(LimnDetectionRule){ rule.confidence, rule.overlap, 3 });
    g_assert_cmpuint (few->len, ==, MIN (kept->len, 3));
    g_assert_cmpmem (few->data, few->len * sizeof (LimnDetection), kept->data, few->len * sizeof (LimnDetection));
  }
}

/* As boxes to paint again: within the picture, and where they were, but for rounding to ten-thousandths; one that comes
 * to none has one, and so ends as much as one and a half later. */
static void
test_text (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());

  for (int trial = 0; trial < 1000; trial++) {
    int width = g_rand_int_range (random, 1, 3000), height = g_rand_int_range (random, 1, 3000);
    LimnDetection box = { .left = (float) g_rand_double_range (random, 0, width),
                          .top = (float) g_rand_double_range (random, 0, height) };
    g_autoptr (GError) error = NULL;

    box.right = (float) g_rand_double_range (random, box.left, width);
    box.bottom = (float) g_rand_double_range (random, box.top, height);
    g_autofree char *text = limn_detection_to_text (&box, width, height);
    g_autoptr (GPtrArray) read = limn_details_read (text, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (read->len, ==, 1);
    const LimnRegion *region = read->pdata[0];
    g_assert_cmpfloat_with_epsilon (region->x, box.left / width, 1.1e-4);
    g_assert_cmpfloat_with_epsilon (region->y, box.top / height, 1.1e-4);
    g_assert_cmpfloat_with_epsilon (region->x + region->width, box.right / width, 1.6e-4);
    g_assert_cmpfloat_with_epsilon (region->y + region->height, box.bottom / height, 1.6e-4);
  }
}

/* A picture with its boxes, in its own pixels. */
static void
test_find (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  g_autoptr (LimnDetector) detector = bring (PLAIN, LIMN_PRECISION_FP32);
  g_autoptr (LimnImage) image = random_image (random, 97, 61);
  const LimnDetectionRule rule = { 0.3, LIMN_DETECTION_OVERLAP, 5 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) found = limn_detector_find (detector, image, &rule, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (found->len, ==, 5);
  for (guint i = 0; i < found->len; i++) {
    const LimnDetection *box = &g_array_index (found, LimnDetection, i);

    g_assert_cmpfloat (box->left, >=, 0);
    g_assert_cmpfloat (box->top, >=, 0);
    g_assert_cmpfloat (box->right, <=, 97);
    g_assert_cmpfloat (box->bottom, <=, 61);
    g_assert_cmpfloat (box->left, <, box->right);
  }
}

/* ---- Other files ---- */

static void
fail_to_open (const char *path, const char *said)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnDetectorFile) file = limn_detector_file_open (path, &error);

  g_assert_null (file);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MODEL);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, said));
  g_assert_nonnull (strstr (error->message, path));
}

/* PLAIN with the first mention of a name replaced by another as long. */
static const char *
renamed (const TestsFile *fixture, const char *from, const char *to)
{
  g_autofree char *source = golden_path (PLAIN);
  char *data;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_assert_cmpuint (strlen (from), ==, strlen (to));
  g_file_get_contents (source, &data, &size, &error);
  g_assert_no_error (error);
  char *at = memmem (data, size, from, strlen (from));
  g_assert_nonnull (at);
  memcpy (at, to, strlen (to));
  g_file_set_contents (fixture->path, data, (gssize) size, &error);
  g_assert_no_error (error);
  g_free (data);
  return fixture->path;
}

static void
test_others (TestsFile *fixture, gconstpointer unused)
{
  g_autofree char *upscaler = golden_path ("upscalers/srvgg_x2.safetensors");

  fail_to_open (upscaler, "model.22.dfl.conv.weight");
  fail_to_open (renamed (fixture, "\"model.22.dfl.conv", "\"model.23.dfl.conv"), "YOLOv8");
  fail_to_open (renamed (fixture, "\"model.4.m.1.cv2.conv.weight\"", "\"model.4.m.1.cv9.conv.weight\""),
                "model.4.m.1.cv2.conv.weight");
  fail_to_open (renamed (fixture, "\"model.3.bn.running_var\"", "\"model.3.bn.running_vat\""),
                "model.3.bn.running_var");
  g_unlink (fixture->path);
}

/* Whatever is changed in its header, a file is opened, or refused with a sentence that names it. */
static void
test_damaged (TestsFile *fixture, gconstpointer unused)
{
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autofree char *source = golden_path (PLAIN), *data = NULL;
  g_autoptr (GError) error = NULL;
  int refused = 0;
  gsize size;

  g_file_get_contents (source, &data, &size, &error);
  g_assert_no_error (error);
  gsize header = 8 + (guint8) data[0] + 256u * (guint8) data[1] + 65536u * (guint8) data[2];
  for (int trial = 0; trial < 300; trial++) {
    g_autofree char *changed = g_memdup2 (data, size);
    g_autoptr (GError) said = NULL;

    for (int i = g_rand_int_range (random, 1, 4); i > 0; i--) {
      char *at = changed + g_rand_int_range (random, 8, (gint32) header);

      *at = (char) (g_ascii_isdigit (*at) ? '0' + g_rand_int_range (random, 0, 10)
                                          : *at ^ g_rand_int_range (random, 0, 4));
    }
    g_file_set_contents (fixture->path, changed, (gssize) size, NULL);
    g_autoptr (LimnDetectorFile) file = limn_detector_file_open (fixture->path, &said);
    g_assert_true ((file == NULL) == (said != NULL));
    if (said != NULL)
      g_assert_nonnull (strstr (said->message, fixture->path));
    refused += file == NULL;
  }
  g_assert_cmpint (refused, >, 100);
  g_unlink (fixture->path);
}

/* What the library says of each. */
static void
test_library (void)
{
  static const char *const files[] = { PLAIN, FUSED };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autoptr (LimnTensors) file = golden_open (files[i]);
    g_autoptr (LimnFileFacts) facts = limn_file_facts_new (limn_tensors_path (file));

    limn_identify (file, facts);
    g_assert_cmpint (facts->kind, ==, LIMN_FILE_DETECTOR);
    g_assert_null (facts->note);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/detector/golden", test_golden);
  g_test_add_func ("/detector/sizes", test_sizes);
  g_test_add_func ("/detector/letterbox", test_letterbox);
  g_test_add_func ("/detector/choose", test_choose);
  g_test_add_func ("/detector/text", test_text);
  g_test_add_func ("/detector/find", test_find);
  g_test_add_func ("/detector/library", test_library);
  g_test_add ("/detector/damaged", TestsFile, NULL, tests_file_set_up, test_damaged, tests_file_tear_down);
  g_test_add ("/detector/others", TestsFile, NULL, tests_file_set_up, test_others, tests_file_tear_down);
  return networks_run ();
}
