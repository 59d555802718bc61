/* test-map.c - maps beside OpenCV's, and what is known of them without.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/control-type.h"
#include "common/golden.h"
#include "map/map.h"

#include <string.h>

static LimnImage *
make (const char *name, const LimnImage *image, double first, double second)
{
  const LimnMap *map = limn_map_find (name);
  double numbers[LIMN_MAP_NUMBERS];

  g_assert_nonnull (map);
  limn_map_numbers (map, numbers);
  if (first >= 0)
    numbers[0] = first;
  if (second >= 0)
    numbers[1] = second;
  return map->make (image, numbers);
}

static LimnImage *
random_image (GRand *random, int width, int height)
{
  LimnImage *image = limn_image_new (width, height);

  for (int i = 0; i < 3 * width * height; i++)
    image->rgb[i] = (guint8) g_rand_int_range (random, 0, 256);
  return image;
}

static GRand *
new_random (void)
{
  return g_rand_new_with_seed ((guint32) g_test_rand_int ());
}

/* The share of pixels that are equal. */
static double
alike (const LimnImage *map, const LimnTensor *expected)
{
  gsize n = (gsize) map->width * map->height, same = 0;

  g_assert_cmpuint (expected->count, ==, n);
  for (gsize i = 0; i < n; i++) {
    g_assert_true (map->rgb[3 * i] == map->rgb[3 * i + 1] && map->rgb[3 * i] == map->rgb[3 * i + 2]);
    same += map->rgb[3 * i] == expected->data[i];
  }
  return (double) same / (double) n;
}

static void
test_canny (void)
{
  static const double thresholds[][2] = { { 100, 200 }, { 50, 120 } };
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/canny.safetensors");

  for (int i = 0; i < 2; i++)
    for (guint k = 0; k < G_N_ELEMENTS (thresholds); k++) {
      const LimnTensor *in = golden_tensor (golden, "case%d/image_u8", i);
      const LimnTensor *expected =
          golden_tensor (golden, "case%d/cv2_rgb_%g_%g", i, thresholds[k][0], thresholds[k][1]);
      g_autoptr (LimnImage) image = limn_image_new ((int) in->shape[1], (int) in->shape[0]);

      memcpy (image->rgb, in->data, in->count);
      g_autoptr (LimnImage) map = make ("canny", image, thresholds[k][0], thresholds[k][1]);
      double share = alike (map, expected);
      g_test_message ("case %d, %g and %g: %.4f of the pixels are OpenCV's", i, thresholds[k][0], thresholds[k][1],
                      share);
      g_assert_cmpfloat (share, ==, 1);
    }
}

/* ---- Ten pictures ---- */

#define PICTURES 10

/* expected: levels, or bits of what is 0 or 255.  share: receives that of the values that are equal; returns by how
 * much the others differ at most. */
static int
compare (const LimnImage *map, const LimnTensor *expected, gboolean bits, double *share)
{
  const gsize n = (gsize) map->width * map->height, channels = !bits && expected->rank == 3 ? 3 : 1;
  gsize same = 0;
  int worst = 0;

  g_assert_cmpuint (expected->count, ==, bits ? (n + 7) / 8 : n * channels);
  for (gsize i = 0; i < n * channels; i++) {
    int level = bits ? (expected->data[i / 8] >> (7 - i % 8) & 1) * 255 : expected->data[i];
    int found = map->rgb[channels == 3 ? i : 3 * i];

    same += found == level;
    worst = MAX (worst, ABS (found - level));
  }
  *share = (double) same / (double) (n * channels);
  return worst;
}

/* Pictures of ten kinds: nearly all pixels are those of OpenCV's functions, and what is no edge or stroke differs by
 * rounding only. */
static void
test_ten (void)
{
  static const struct {
    const char *map, *expected;
    double first, second; /* -1: as usual */
    gboolean bits;
  } cases[] = {
    { "canny", "canny_100_200", 100, 200, TRUE },
    { "canny", "canny_50_120", 50, 120, TRUE },
    { "canny", "canny_30_400", 30, 400, TRUE },
    { "scribble", "scribble", -1, -1, TRUE },
    { "lineart", "lineart", -1, -1, FALSE },
    { "soft", "soft", -1, -1, FALSE },
    { "tile", "tile", -1, -1, FALSE },
    { "luminance", "luminance", -1, -1, FALSE },
  };
  g_autoptr (LimnTensors) golden = golden_open ("controlnet/maps.safetensors");

  for (guint k = 0; k < G_N_ELEMENTS (cases); k++) {
    double least = 1;
    int worst = 0;

    for (int i = 0; i < PICTURES; i++) {
      const LimnTensor *in = golden_tensor (golden, "%d/image", i);
      g_autoptr (LimnImage) image = limn_image_new ((int) in->shape[1], (int) in->shape[0]);
      double share;

      memcpy (image->rgb, in->data, in->count);
      g_autoptr (LimnImage) map = make (cases[k].map, image, cases[k].first, cases[k].second);
      int differ = compare (map, golden_tensor (golden, "%d/%s", i, cases[k].expected), cases[k].bits, &share);
      worst = MAX (worst, differ);
      least = MIN (least, share);
    }
    g_test_message ("%s: at least %.4f %% of the values are equal, the others differ by at most %d", cases[k].expected,
                    100 * least, worst);
    g_assert_cmpfloat (least, >=, 0.99);
    g_assert_cmpint (worst, <=, cases[k].bits ? 255 : 1);
  }
}

/* By lower thresholds there are all the edges that there are by higher ones, and of a picture of one colour none. */
static void
test_canny_thresholds (void)
{
  g_autoptr (GRand) random = new_random ();
  g_autoptr (LimnImage) flat = limn_image_new (19, 7);
  g_autoptr (LimnImage) none = NULL;

  memset (flat->rgb, 77, 3 * 19 * 7);
  none = make ("canny", flat, 0, 0);
  for (int i = 0; i < 3 * 19 * 7; i++)
    g_assert_cmpint (none->rgb[i], ==, 0);
  for (int i = 0; i < 20; i++) {
    int width = g_rand_int_range (random, 1, 50), height = g_rand_int_range (random, 1, 50);
    double low = g_rand_double_range (random, 0, 900), high = low + g_rand_double_range (random, 0, 900);
    g_autoptr (LimnImage) image = random_image (random, width, height);
    g_autoptr (LimnImage) few = make ("canny", image, low, high);
    g_autoptr (LimnImage) more = make ("canny", image, low / 2, high - (high - low) / 2);

    for (int k = 0; k < 3 * width * height; k++)
      g_assert_cmpint (few->rgb[k], <=, more->rgb[k]);
  }
}

/* Each map is of a kind that a ControlNet may be told; what other programs call a kind is that kind. */
static void
test_types (void)
{
  static const struct {
    const char *name;
    int index;
  } cases[] = { { "auto", -2 },
                { "none", -1 },
                { "OpenPose", 0 },
                { "depth", 1 },
                { "Soft Edge", 2 },
                { "scribble", 2 },
                { "hed/pidi/scribble/ted", 2 },
                { "Hard Edge", 3 },
                { "lineart", 3 },
                { "Canny/Lineart/MLSD", 3 },
                { "canny/lineart/anime_lineart/mlsd", 3 },
                { "NormalMap", 4 },
                { "Normal Map", 4 },
                { "Segmentation", 5 },
                { "Tile", 6 },
                { "Inpaint", 7 },
                { "repaint", 7 },
                { "", -2 },
                { "Unknown", -2 },
                { "/", -2 } };

  for (guint i = 0; limn_map_nth (i) != NULL; i++) {
    g_assert_nonnull (limn_control_type_find (limn_map_nth (i)->type));
    g_assert_cmpint (limn_control_type_find (limn_map_nth (i)->type)->index, >=, 0);
  }
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const LimnControlType *type = limn_control_type_find (cases[i].name);

    g_test_message ("%s", cases[i].name);
    g_assert_cmpint (type != NULL ? type->index : -2, ==, cases[i].index);
  }
  g_assert_cmpstr (limn_control_type_find ("Style Transfer")->choice.name, ==, "style");
  for (guint i = 0; limn_control_type_nth (i) != NULL; i++) {
    g_assert_true (limn_control_type_fits (limn_control_type_nth (i), 8, limn_control_type_nth (i)->of_sight));
    g_assert_false (limn_control_type_fits (limn_control_type_nth (i), 8, !limn_control_type_nth (i)->of_sight));
    g_assert_cmpint (limn_control_type_nth (i)->index, ==, limn_control_type_nth (i)->of_sight ? -1 : (int) i - 1);
    g_assert_true (limn_control_type_find (limn_control_type_nth (i)->choice.name) == limn_control_type_nth (i));
  }
}

/* Where one colour meets another there is one line, as high as the picture. */
static void
test_canny_step (void)
{
  enum { WIDTH = 31, HEIGHT = 12 };

  for (int at = 2; at < WIDTH - 2; at++) {
    g_autoptr (LimnImage) image = limn_image_new (WIDTH, HEIGHT);

    memset (image->rgb, 0, 3 * WIDTH * HEIGHT);
    for (int y = 0; y < HEIGHT; y++)
      for (int x = at; x < WIDTH; x++)
        image->rgb[3 * (y * WIDTH + x) + 1] = 200; /* in one channel alone */
    g_autoptr (LimnImage) map = make ("canny", image, -1, -1);
    for (int y = 0; y < HEIGHT; y++) {
      int lit = 0;

      for (int x = 0; x < WIDTH; x++) {
        lit += map->rgb[3 * (y * WIDTH + x)] == 255;
        if (ABS (x - at) > 1)
          g_assert_cmpint (map->rgb[3 * (y * WIDTH + x)], ==, 0);
      }
      g_assert_cmpint (lit, ==, 1);
    }
  }
}

/* Lines and soft edges are nowhere in one colour, and are where a colour ends. */
static void
test_lines (void)
{
  static const char *const names[] = { "lineart", "soft" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (LimnImage) image = limn_image_new (64, 20);

    for (int k = 0; k < 64 * 20; k++)
      memset (image->rgb + 3 * k, k % 64 < 32 ? 240 : 20, 3);
    g_autoptr (LimnImage) map = make (names[i], image, -1, -1);
    for (int y = 0; y < 20; y++) {
      const guint8 *row = map->rgb + 3 * 64 * y;
      int most = 0;

      for (int x = 0; x < 64; x++)
        most = row[3 * x] > row[3 * most] ? x : most;
      g_assert_cmpint (ABS (2 * most - 63), <=, 5);
      g_assert_cmpint (row[3 * most], >, 100);
      g_assert_cmpint (row[0], ==, 0);
      g_assert_cmpint (row[3 * 63], ==, 0);
    }
  }
}

/* Neither blur nor grid changes a picture's mean; a blur of nothing, and a grid of single pixels, change nothing. */
static void
test_means (void)
{
  static const struct {
    const char *name;
    double none, some;
  } kinds[] = { { "tile", 0, 1.7 }, { "colours", 1, 8 } };
  g_autoptr (GRand) random = new_random ();

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autoptr (LimnImage) image = random_image (random, 96, 64);
    g_autoptr (LimnImage) same = make (kinds[i].name, image, kinds[i].none, -1);
    g_autoptr (LimnImage) map = make (kinds[i].name, image, kinds[i].some, -1);
    double sum = 0, mapped = 0;

    g_assert_cmpmem (same->rgb, 3 * 96 * 64, image->rgb, 3 * 96 * 64);
    for (int k = 0; k < 3 * 96 * 64; k++) {
      sum += image->rgb[k];
      mapped += map->rgb[k];
    }
    g_assert_cmpfloat_with_epsilon (sum / mapped, 1, 0.02);
    g_assert_cmpint (memcmp (map->rgb, image->rgb, 3 * 96 * 64), !=, 0);
  }
}

/* Strokes are white on black, whichever they were drawn. */
static void
test_scribble (void)
{
  g_autoptr (LimnImage) paper = limn_image_new (40, 30);

  memset (paper->rgb, 250, 3 * 40 * 30);
  for (int x = 5; x < 35; x++)
    memset (paper->rgb + 3 * (12 * 40 + x), 30, 3);
  g_autoptr (LimnImage) black = make ("invert", paper, -1, -1);
  g_autoptr (LimnImage) one = make ("scribble", paper, -1, -1);
  g_autoptr (LimnImage) other = make ("scribble", black, -1, -1);

  g_assert_cmpmem (one->rgb, 3 * 40 * 30, other->rgb, 3 * 40 * 30);
  for (int k = 0; k < 40 * 30; k++)
    g_assert_cmpint (one->rgb[3 * k], ==, k / 40 == 12 && k % 40 >= 5 && k % 40 < 35 ? 255 : 0);
}

/* Every row, of any size: the map has it, too, and is the same each time. */
static void
test_rows (void)
{
  g_autoptr (GRand) random = new_random ();
  const LimnMap *map;

  for (guint i = 0; (map = limn_map_nth (i)) != NULL; i++)
    for (int k = 0; k < 4; k++) {
      g_autoptr (LimnImage) image = random_image (random, k == 0 ? 1 : g_rand_int_range (random, 1, 60),
                                                  k == 0 ? 1 : g_rand_int_range (random, 1, 60));
      g_autoptr (LimnImage) one = make (map->choice.name, image, -1, -1);
      g_autoptr (LimnImage) other = make (map->choice.name, image, -1, -1);

      g_assert_cmpint (one->width, ==, image->width);
      g_assert_cmpint (one->height, ==, image->height);
      g_assert_cmpmem (one->rgb, 3 * image->width * image->height, other->rgb, 3 * image->width * image->height);
    }
  g_assert_null (limn_map_find ("pose"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/map/types", test_types);
  g_test_add_func ("/map/canny", test_canny);
  g_test_add_func ("/map/ten", test_ten);
  g_test_add_func ("/map/canny-thresholds", test_canny_thresholds);
  g_test_add_func ("/map/canny-step", test_canny_step);
  g_test_add_func ("/map/lines", test_lines);
  g_test_add_func ("/map/means", test_means);
  g_test_add_func ("/map/scribble", test_scribble);
  g_test_add_func ("/map/rows", test_rows);
  return g_test_run ();
}
