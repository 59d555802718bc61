/* test-guidance.c - each kind of guidance against what its paper's formula comes to where that is known, and which
 * steps of a run are guided.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/guidance.h"

#include <math.h>
#include <string.h>

#include "engine/sampler.h"

#define PLANE 40
#define PLANES 4
#define VALUES (PLANE * PLANES)
#define ROUNDS 50

typedef struct {
  LimnFields fields;
  float negative[VALUES], positive[VALUES];
} Said;

static void
fill (GRand *random, float *values)
{
  for (int i = 0; i < VALUES; i++)
    values[i] = (float) g_rand_double_range (random, -2, 2);
}

static Said
draw (GRand *random, const char *kind)
{
  Said said;

  limn_fields_init (&said.fields);
  said.fields.guidance_kind = kind;
  said.fields.guidance = g_rand_double_range (random, 1, 15);
  fill (random, said.negative);
  fill (random, said.positive);
  return said;
}

static void
guide (const Said *said, float *out)
{
  memcpy (out, said->positive, sizeof said->positive);
  limn_guidance_find (said->fields.guidance_kind)->guide (&said->fields, said->negative, out, PLANE, PLANES);
}

static void
assert_near (const float *a, const float *b, double tolerance)
{
  for (int i = 0; i < VALUES; i++)
    if (!(fabs ((double) a[i] - b[i]) <= tolerance))
      g_error ("value %d is %.9g, expected %.9g", i, (double) a[i], (double) b[i]);
}

static double
dot (const float *a, const float *b)
{
  double sum = 0;

  for (int i = 0; i < VALUES; i++)
    sum += (double) a[i] * b[i];
  return sum;
}

/* Scale 1 is the positive, 0 the negative, and between equals there is no way to go. */
static void
test_plain (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  Said said = draw (random, "cfg");
  float out[VALUES];

  said.fields.guidance = 1;
  guide (&said, out);
  assert_near (out, said.positive, 1e-6);
  said.fields.guidance = 0;
  guide (&said, out);
  assert_near (out, said.negative, 1e-6);
  said.fields.guidance = 7.5;
  memcpy (said.negative, said.positive, sizeof said.negative);
  guide (&said, out);
  assert_near (out, said.positive, 0);
}

/* Every kind at scale 1, and where both answers are one, gives the positive; all are finite. */
static void
test_kinds (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (2);
  float out[VALUES];

  for (guint kind = 0; limn_guidance_choice (kind) != NULL; kind++)
    for (int i = 0; i < ROUNDS; i++) {
      Said said = draw (random, limn_guidance_choice (kind)->name);

      guide (&said, out);
      g_assert_true (limn_all_finite (out, VALUES));
      said.fields.mimic_scale = said.fields.guidance = 1;
      guide (&said, out);
      assert_near (out, said.positive, 1e-5);
      memset (said.negative, 0, sizeof said.negative);
      memset (said.positive, 0, sizeof said.positive);
      guide (&said, out);
      assert_near (out, said.positive, 0);
      g_assert_nonnull (limn_guidance_find (limn_guidance_choice (kind)->name)->source);
    }
}

/* With all of the parallel part and no limit it is the plain kind. */
static void
test_projected_whole (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  float plain[VALUES], projected[VALUES];

  for (int i = 0; i < ROUNDS; i++) {
    Said said = draw (random, "apg");

    said.fields.guidance_parallel = 1;
    said.fields.guidance_norm = 0;
    guide (&said, projected);
    said.fields.guidance_kind = "cfg";
    guide (&said, plain);
    assert_near (projected, plain, 2e-5);
  }
}

/* Without it what is added is square to the positive, and no longer than its limit times (scale - 1). */
static void
test_projected_square (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (4);
  float out[VALUES], added[VALUES];
  int held = 0;

  for (int i = 0; i < ROUNDS; i++) {
    Said said = draw (random, "apg");
    double length;

    said.fields.guidance_norm = g_rand_double_range (random, 1, 40);
    guide (&said, out);
    for (int v = 0; v < VALUES; v++)
      added[v] = out[v] - said.positive[v];
    length = sqrt (dot (added, added));
    g_assert_cmpfloat_with_epsilon (dot (added, said.positive) / length / sqrt (dot (said.positive, said.positive)), 0,
                                    1e-5);
    g_assert_true (length <= said.fields.guidance_norm * (said.fields.guidance - 1) * 1.00001);

    /* a limit of half the way halves it, whatever its direction */
    for (int v = 0; v < VALUES; v++)
      added[v] = said.positive[v] - said.negative[v];
    if (sqrt (dot (added, added)) > said.fields.guidance_norm) {
      float half[VALUES];

      said.fields.guidance_norm /= 2;
      guide (&said, half);
      for (int v = 0; v < VALUES; v++)
        half[v] = said.positive[v] + 2 * (half[v] - said.positive[v]);
      assert_near (half, out, 2e-5);
      held++;
    }
  }
  g_assert_cmpint (held, >, 10);
}

/* At the scale that it mimics nothing changes; above it each plane is no wider than there, around its own mean. */
static void
test_dynamic (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  float plain[VALUES], out[VALUES], mimic[VALUES];

  for (int i = 0; i < ROUNDS; i++) {
    Said said = draw (random, "dynamic");

    said.fields.mimic_scale = said.fields.guidance;
    guide (&said, out);
    said.fields.guidance_kind = "cfg";
    guide (&said, plain);
    assert_near (out, plain, 2e-5);

    said.fields.guidance_kind = "dynamic";
    said.fields.guidance = 20;
    said.fields.mimic_scale = 4;
    said.fields.mimic_share = i % 2 == 0 ? 1 : 0.9;
    guide (&said, out);
    said.fields.guidance_kind = "cfg";
    guide (&said, plain);
    said.fields.guidance = 4;
    guide (&said, mimic);
    for (int p = 0; p < PLANES; p++) {
      double mean = 0, mimic_mean = 0, widest = 0, mimic_widest = 0;

      for (int v = p * PLANE; v < (p + 1) * PLANE; v++) {
        mean += plain[v] / PLANE;
        mimic_mean += mimic[v] / PLANE;
      }
      for (int v = p * PLANE; v < (p + 1) * PLANE; v++) {
        widest = MAX (widest, fabs (out[v] - mean));
        mimic_widest = MAX (mimic_widest, fabs (mimic[v] - mimic_mean));
        g_assert_true ((out[v] - mean) * (plain[v] - mean) >= -1e-6);
      }
      g_assert_cmpfloat_with_epsilon (widest, mimic_widest, 1e-4);
    }
  }
}

/* A plane whose numbers can be worked out on paper: 0 1 2 3 4 guided 3 times away from zeros are 0 3 6 9 12, of which
 * the widest half way in lies 3 from the mean; mimicking 1 they come to lie as 0 .. 4 do. */
static void
test_dynamic_known (void)
{
  const float negative[5] = { 0 }, expected[] = { 0, 0, 2, 4, 4 }, whole[] = { 0, 1, 2, 3, 4 };
  float out[] = { 0, 1, 2, 3, 4 };
  LimnFields fields;

  limn_fields_init (&fields);
  fields.guidance = 3;
  fields.mimic_scale = 1;
  fields.mimic_share = 0.5;
  limn_guidance_find ("dynamic")->guide (&fields, negative, out, 5, 1);
  for (int i = 0; i < 5; i++)
    g_assert_cmpfloat_with_epsilon (out[i], 6 + (expected[i] - 2), 1e-6);
  memcpy (out, whole, sizeof out);
  fields.mimic_share = 1;
  limn_guidance_find ("dynamic")->guide (&fields, negative, out, 5, 1);
  for (int i = 0; i < 5; i++)
    g_assert_cmpfloat_with_epsilon (out[i], 6 + (whole[i] - 2), 1e-6);
}

static void
test_rescale (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (6);
  float values[VALUES], scaled[VALUES];

  fill (random, values);
  double deviation = limn_guidance_deviation (values, VALUES);
  memcpy (scaled, values, sizeof scaled);
  limn_guidance_rescale (0, 3, scaled, VALUES);
  assert_near (scaled, values, 0);
  limn_guidance_rescale (1, 3 * deviation, scaled, VALUES);
  g_assert_cmpfloat_with_epsilon (limn_guidance_deviation (scaled, VALUES), 3 * deviation, 1e-5);
}

/* Of noise times the factor what is seen is the noise: nothing is left of it in the picture. */
static void
test_noise_divisor (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  float picture[VALUES], noise[VALUES], x[VALUES], denoised[VALUES];

  fill (random, picture);
  fill (random, noise);
  for (int i = 0; i < VALUES; i++) {
    x[i] = picture[i] + 3 * noise[i];
    denoised[i] = x[i] - 1.02f * 3 * noise[i];
  }
  limn_guidance_weaken_noise (1.02, x, denoised, VALUES);
  assert_near (denoised, picture, 1e-5);
}

/* All kinds say the same of what a network predicts, however it predicts it. */
static void
test_predictions (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (8);
  float x[VALUES], pictures[2][VALUES], expected[VALUES], said[2][VALUES];

  for (guint kind = 0; limn_guidance_choice (kind) != NULL; kind++)
    for (guint i = 1; limn_prediction_choice (i) != NULL; i++) {
      LimnPrediction prediction;
      Said all = draw (random, limn_guidance_choice (kind)->name);
      const double sigma = g_rand_double_range (random, 0.1, 10);

      g_assert_true (limn_prediction_find (limn_prediction_choice (i)->name, &prediction));
      const LimnScaling scaling = limn_prediction_scaling (prediction, sigma);
      fill (random, x);
      for (int row = 0; row < 2; row++) {
        fill (random, pictures[row]);
        for (int v = 0; v < VALUES; v++)
          said[row][v] = (float) ((pictures[row][v] - scaling.skip * x[v]) / scaling.out);
      }
      memcpy (all.negative, pictures[0], sizeof all.negative);
      memcpy (all.positive, pictures[1], sizeof all.positive);
      guide (&all, expected);
      limn_guide (&all.fields, prediction, sigma, x, said[0], said[1], PLANE, PLANES);
      assert_near (said[0], pictures[0], 1e-4);
      assert_near (said[1], expected, 1e-3);
    }
}

/* Where more is looked at than in the mean a pixel is what a kernel of nine by nine comes to, at once in doubles and
 * with the border mirrored; elsewhere it is itself, to the bit. */
static void
test_blur (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (10);

  for (int round = 0; round < ROUNDS; round++) {
    const int h = g_rand_int_range (random, 5, 21), w = g_rand_int_range (random, 5, 21);
    const int look_h = g_rand_int_range (random, 1, h + 1), look_w = g_rand_int_range (random, 1, w + 1);
    const double blur = g_rand_double_range (random, 0.1, 10);
    g_autofree float *picture = g_new (float, 2 * h * w), *out = g_new (float, 2 * h * w);
    g_autofree float *looked = g_new (float, look_h *look_w);

    for (int i = 0; i < 2 * h * w; i++)
      picture[i] = (float) g_rand_double_range (random, -2, 2);
    for (int i = 0; i < look_h * look_w; i++)
      looked[i] = (float) g_rand_double_range (random, 0, 2);
    limn_guidance_blur (blur, looked, look_h, look_w, picture, h, w, 2, out);
    for (int i = 0; i < 2 * h * w; i++) {
      const int y = i / w % h, x = i % w;
      double sum = 0, all = 0;

      if (looked[(int) floor ((double) y * look_h / h) * look_w + (int) floor ((double) x * look_w / w)] <= 1) {
        g_assert_cmpfloat (out[i], ==, picture[i]);
        continue;
      }
      for (int dy = -4; dy <= 4; dy++)
        for (int dx = -4; dx <= 4; dx++) {
          const int row = abs (y + dy) < h ? abs (y + dy) : 2 * (h - 1) - y - dy;
          const int column = abs (x + dx) < w ? abs (x + dx) : 2 * (w - 1) - x - dx;
          const double weight = exp (-0.5 * (dx * dx + dy * dy) / (blur * blur));

          sum += weight * picture[i / (h * w) * h * w + row * w + column];
          all += weight;
        }
      g_assert_cmpfloat_with_epsilon (out[i], sum / all, 1e-6);
    }
  }
}

static void
test_steps (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (9);
  LimnFields fields;

  limn_fields_init (&fields);
  for (int i = 0; i < 500; i++) {
    int steps = g_rand_int_range (random, 1, 60), from = g_rand_int_range (random, 0, steps + 1);
    int to = g_rand_int_range (random, 0, steps + 1), guided = 0;

    fields.guidance = 5;
    fields.guidance_from = (double) from / steps;
    fields.guidance_to = (double) to / steps;
    for (int step = 0; step < steps; step++) {
      g_assert_cmpint (limn_guided_step (&fields, step, steps), ==, step >= from && step < to);
      guided += limn_guided_step (&fields, step, steps);
    }
    g_assert_cmpint (guided, ==, MAX (0, to - from));
    fields.guidance = 1;
    g_assert_false (limn_guided_step (&fields, from, steps));
  }
}

/* FreeU in the steps whose share, 0 of the first and 1 of the last, is within its own, as Forge counts. */
static void
test_freeu (void)
{
  LimnFields fields;

  limn_fields_init (&fields);
  for (int i = 0; i < 500; i++) {
    int steps = g_test_rand_int_range (1, 40), step = g_test_rand_int_range (0, steps);
    double from = g_test_rand_double_range (0, 1), to = g_test_rand_double_range (0, 1);
    double at = steps > 1 ? (double) step / (steps - 1) : 0;

    fields.freeu = g_test_rand_bit () ? "v1" : "v2";
    fields.freeu_from = g_test_rand_bit () ? from : 0;
    fields.freeu_to = g_test_rand_bit () ? to : 1;
    g_assert_cmpint (limn_guidance_freeu (&fields, step, steps).version, ==,
                     at < fields.freeu_from || at > fields.freeu_to ? 0 : fields.freeu[1] - '0');
    fields.freeu = "none";
    g_assert_cmpint (limn_guidance_freeu (&fields, step, steps).version, ==, 0);
  }
}

/* Deep shrink ends where ComfyUI's node does: below the level of that share of training's 999 steps. */
static void
test_shrink (void)
{
  const LimnScheduleConfig config = { .train_steps = 1000, .beta_start = 0.00085, .beta_end = 0.012 };
  static const double untils[] = { 0, 0.1, 0.35, 0.5, 1 };
  LimnFields fields;

  limn_fields_init (&fields);
  for (guint name = 0; limn_schedule_choice (name) != NULL; name++) {
    g_autoptr (LimnSchedule) schedule = NULL;

    if (g_str_equal (limn_schedule_choice (name)->name, LIMN_SCHEDULE_CUSTOM))
      continue;
    schedule = limn_schedule_new (&config, limn_schedule_choice (name)->name, 20);
    for (guint i = 0; i < G_N_ELEMENTS (untils); i++)
      for (int step = 0; step < schedule->steps; step++) {
        double left = (1 - untils[i]) * 999, low = schedule->trained[(int) floor (left)];
        double high = schedule->trained[(int) ceil (left)];

        fields.shrink = 2;
        fields.shrink_until = untils[i];
        gboolean shrunk = limn_guidance_shrink (&fields, schedule, step).after == 3;
        if (schedule->sigmas[step] < low || untils[i] == 0)
          g_assert_false (shrunk);
        else if (schedule->sigmas[step] >= high || untils[i] == 1)
          g_assert_true (shrunk);
        fields.shrink = 1;
        g_assert_cmpint (limn_guidance_shrink (&fields, schedule, step).after, ==, 0);
      }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guidance/plain", test_plain);
  g_test_add_func ("/guidance/kinds", test_kinds);
  g_test_add_func ("/guidance/projected-whole", test_projected_whole);
  g_test_add_func ("/guidance/projected-square", test_projected_square);
  g_test_add_func ("/guidance/dynamic", test_dynamic);
  g_test_add_func ("/guidance/dynamic-known", test_dynamic_known);
  g_test_add_func ("/guidance/rescale", test_rescale);
  g_test_add_func ("/guidance/noise-divisor", test_noise_divisor);
  g_test_add_func ("/guidance/predictions", test_predictions);
  g_test_add_func ("/guidance/blur", test_blur);
  g_test_add_func ("/guidance/steps", test_steps);
  g_test_add_func ("/guidance/freeu", test_freeu);
  g_test_add_func ("/guidance/shrink", test_shrink);
  return g_test_run ();
}
