/* test-photo-pose.c - OpenPose's JSON as a picture, beside what OpenCV draws by the annotator's definition.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "photo/photo.h"
#include "photo/pose.h"

static LimnPhoto *
load (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  LimnPhoto *photo = limn_photo_load_bytes ("it", bytes, NULL, &error);

  g_assert_no_error (error);
  return photo;
}

/* The share of pixels, of those that are drawn in one of them, that are the same. */
static double
alike (const LimnImage *one, const LimnImage *other)
{
  int drawn = 0, same = 0;

  g_assert_cmpint (one->width, ==, other->width);
  g_assert_cmpint (one->height, ==, other->height);
  for (gsize i = 0; i < (gsize) one->width * one->height; i++) {
    const guint8 *a = one->rgb + 3 * i, *b = other->rgb + 3 * i;
    gboolean equal = abs (a[0] - b[0]) <= 1 && abs (a[1] - b[1]) <= 1 && abs (a[2] - b[2]) <= 1;

    drawn += (a[0] | a[1] | a[2] | b[0] | b[1] | b[2]) != 0;
    same += (a[0] | a[1] | a[2] | b[0] | b[1] | b[2]) != 0 && equal;
  }
  g_assert_cmpint (drawn, >, 0);
  return (double) same / drawn;
}

/* Limbs and points (pose-2), hands and faces as well (pose-7). */
static void
test_drawn (gconstpointer name)
{
  g_autofree char *points = g_strdup_printf (PHOTOS "/%s.json", (const char *) name);
  g_autofree char *picture = g_strdup_printf (PHOTOS "/%s.png", (const char *) name);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnPhoto) photo = limn_photo_load (points, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LimnPhoto) expected = limn_photo_load (picture, NULL, &error);
  g_assert_no_error (error);
  double share = alike (photo->image, expected->image);

  g_test_message ("%.2f %% of what is drawn is the same", 100 * share);
  g_assert_cmpfloat (share, >=, 0.97);
}

/* A person of random points, some not seen, as n numbers divided by width and height. */
static char *
person (const double (*points)[3], const int *places, int n, double width, double height)
{
  GString *text = g_string_new ("{\"pose_keypoints_2d\": [");

  for (int i = 0; i < n; i++) {
    const double *point = points[places[i]];
    g_string_append_printf (text, "%s%.17g, %.17g, %g", i > 0 ? ", " : "", point[0] / width, point[1] / height,
                            point[2]);
  }
  return g_string_free (g_string_append (text, "]}"), FALSE);
}

/* 18 points, 25 points, shares of the picture, a list of pictures: all the same. */
static void
test_forms (void)
{
  static const int same[18] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 };
  /* the middle of the hips, and feet, are point 18, which is nowhere */
  static const int of_25[25] = { 0,  1,  2,  3,  4,  5,  6,  7,  18, 8,  9,  10, 11,
                                 12, 13, 14, 15, 16, 17, 18, 18, 18, 18, 18, 18 };

  for (int round = 0; round < 25; round++) {
    double points[19][3] = { 0 };

    for (int i = 0; i < 18; i++) {
      points[i][0] = g_test_rand_double_range (2, 300);
      points[i][1] = g_test_rand_double_range (2, 200);
      points[i][2] = i > 4 && g_test_rand_int_range (0, 5) == 0 ? 0 : g_test_rand_double_range (0.1, 1);
    }
    g_autofree char *first = person (points, same, 18, 1, 1), *second = person (points, of_25, 25, 1, 1);
    g_autofree char *third = person (points, same, 18, 300, 200);
    g_autofree char *texts[] = {
      g_strdup_printf ("{\"people\": [%s], \"canvas_width\": 300, \"canvas_height\": 200}", first),
      g_strdup_printf ("{\"canvas_width\": 300, \"canvas_height\": 200, \"people\": [%s]}", second),
      g_strdup_printf (" [{\"people\": [%s], \"canvas_width\": 300, \"canvas_height\": 200}]", third),
      g_strdup_printf ("[{\"people\": [%s], \"canvas_width\": 300, \"canvas_height\": 200}, {\"people\": []}]", first),
    };
    g_autoptr (LimnPhoto) plain = load (texts[0]);

    for (guint i = 1; i < G_N_ELEMENTS (texts); i++) {
      g_autoptr (LimnPhoto) photo = load (texts[i]);

      g_assert_cmpfloat (alike (photo->image, plain->image), >, i == 2 ? 0.95 : 0.9999);
      g_assert_cmpuint (g_strv_length (photo->notes), ==, i == 3 ? 1 : 0);
    }
    for (guint i = 1; i < G_N_ELEMENTS (texts); i++)
      g_free (g_steal_pointer (&texts[i]));
  }
}

/* A limb lies between its points whatever their distance: its middle has its colour, three fifths of it. */
static void
test_limb (void)
{
  for (int round = 0; round < 100; round++) {
    double x[2] = { g_test_rand_double_range (20, 380), g_test_rand_double_range (20, 380) };
    double y[2] = { g_test_rand_double_range (20, 380), g_test_rand_double_range (20, 380) };
    g_autofree char *text = g_strdup_printf (
        "{\"people\": [{\"pose_keypoints_2d\": [0,0,0, %g,%g,1, %g,%g,1, 0,0,0, 0,0,0, 0,0,0, 0,0,0, 0,0,0, 0,0,0,"
        " 0,0,0, 0,0,0, 0,0,0, 0,0,0, 0,0,0, 0,0,0, 0,0,0, 0,0,0, 0,0,0]}], \"canvas_width\": 400,"
        " \"canvas_height\": 400}",
        x[0], y[0], x[1], y[1]);
    g_autoptr (LimnPhoto) photo = load (text);
    const guint8 *middle = photo->image->rgb + 3 * ((int) ((y[0] + y[1]) / 2) * 400 + (int) ((x[0] + x[1]) / 2));
    const guint8 *end = photo->image->rgb + 3 * ((int) y[1] * 400 + (int) x[1]);

    if (ABS (x[0] - x[1]) + ABS (y[0] - y[1]) < 20)
      continue;
    g_assert_true (middle[0] == 153 && middle[1] == 0 && middle[2] == 0);
    g_assert_true (end[0] == 255 && end[1] == 170 && end[2] == 0);
  }
}

static void
test_bad (void)
{
  static const struct {
    const char *text, *said;
  } cases[] = {
    { "{\"people\": [{\"pose_keypoints_2d\": [1, 2, 3]}], \"canvas_width\": 9, \"canvas_height\": 9}", "54 or 75" },
    { "{\"people\": [{\"pose_keypoints_2d\": []}], \"canvas_height\": 9}", "canvas_width" },
    { "{\"people\": [{\"pose_keypoints_2d\": []}], \"canvas_width\": 0, \"canvas_height\": 9}", "canvas_width" },
    { "{\"people\": [{\"pose_keypoints_2d\": []}], \"canvas_width\": 99999, \"canvas_height\": 9}", "canvas_width" },
    { "{\"persons\": [{\"pose_keypoints_2d\": []}], \"canvas_width\": 9, \"canvas_height\": 9}", "people" },
    { "{\"people\": [{\"pose_keypoints_2d\": [], \"face_keypoints_2d\": [1]}], \"canvas_width\": 9,"
      " \"canvas_height\": 9}",
      "face_keypoints_2d" },
    { "{\"people\": [{\"pose_keypoints_2d\": [", "line 1" },
  };

  g_assert_false (limn_photo_is_pose (NULL, 0)); /* an empty file */
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) bytes = g_bytes_new_static (cases[i].text, strlen (cases[i].text));
    g_autoptr (GError) error = NULL;

    g_assert_null (limn_photo_load_bytes ("dance.json", bytes, NULL, &error));
    g_test_message ("%s", error->message);
    g_assert_nonnull (strstr (error->message, "dance.json"));
    g_assert_nonnull (strstr (error->message, cases[i].said));
  }
}

/* Numbers of any size, nobody, too many: a picture or a message, soon. */
static void
test_wild (void)
{
  static const char *const numbers[] = { "1e308", "-1e308", "1e-308", "0",   "-5",  "12345678901234567890",
                                         "null",  "\"a\"",  "[]",     "0.5", "200", "70000" };
  for (int round = 0; round < 200; round++) {
    GString *text = g_string_new ("{\"canvas_width\": 200, \"canvas_height\": 100, \"people\": [");
    int people = g_test_rand_int_range (0, 4);

    for (int p = 0; p < people; p++) {
      g_string_append (text, p > 0 ? ", {\"pose_keypoints_2d\": [" : "{\"pose_keypoints_2d\": [");
      for (int i = 0; i < 54; i++)
        g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
                                numbers[g_test_rand_int_range (0, G_N_ELEMENTS (numbers))]);
      g_string_append (text, "]}");
    }
    g_string_append (text, "], \"pose_keypoints_2d\": 0}");
    g_autofree char *whole = g_string_free (text, FALSE);
    g_autoptr (LimnPhoto) photo = load (whole);
    g_assert_cmpint (photo->image->width, ==, 200);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/photo/pose/body", "pose-2", test_drawn);
  g_test_add_data_func ("/photo/pose/hands", "pose-7", test_drawn);
  g_test_add_func ("/photo/pose/forms", test_forms);
  g_test_add_func ("/photo/pose/limb", test_limb);
  g_test_add_func ("/photo/pose/bad", test_bad);
  g_test_add_func ("/photo/pose/wild", test_wild);
  return g_test_run ();
}
