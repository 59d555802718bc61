/* test-probe.c - what a model predicts, told by its answer to noise: of networks that know all that there is to know of
 * their pictures, whose answer is a formula.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "unit/engine-fixture.h"

#include <math.h>

#include "base/rng.h"
#include "engine/probe.h"

#define PLANES 4
#define SIDE 64
#define BLOCK 8 /* cells of one colour */
#define VALUES (PLANES * SIDE * SIDE)

/* Pictures of blocks, each plane's of one mean and deviation. */
typedef struct {
  double mean[PLANES], deviation;
} Pictures;

static Pictures
make_pictures (double size)
{
  Pictures pictures = { .deviation = g_test_rand_double_range (0.3, 1.2) };
  double squares = 0;

  for (int i = 0; i < PLANES; i++) {
    pictures.mean[i] = g_test_rand_double_range (-1, 1);
    squares += pictures.mean[i] * pictures.mean[i] / PLANES;
  }
  for (int i = 0; i < PLANES; i++)
    pictures.mean[i] *= size / sqrt (squares);
  return pictures;
}

/* The best guess of the picture in alpha picture + sigma noise that is noise. */
static double
guess (const Pictures *pictures, const float *noise, gsize at, double alpha, double sigma)
{
  gsize plane = at / (SIDE * SIDE), row = at / SIDE / BLOCK * BLOCK, column = at % SIDE / BLOCK * BLOCK;
  double sum = 0, variance = pictures->deviation * pictures->deviation, mean = pictures->mean[plane];

  for (gsize y = 0; y < BLOCK; y++)
    for (gsize x = 0; x < BLOCK; x++)
      sum += noise[(row + y) * SIDE + column + x];
  double gain = variance * alpha / (alpha * alpha * variance + sigma * sigma / (BLOCK * BLOCK));
  return mean + gain * (sum / (BLOCK * BLOCK) - alpha * mean);
}

static void
answer_of (LimnPrediction prediction, const Pictures *pictures, double left, const float *noise, float *answer)
{
  gboolean none = prediction == LIMN_PREDICTS_VELOCITY_ZSNR || prediction == LIMN_PREDICTS_FLOW;
  double alpha = none ? 0 : left, sigma = sqrt (1 - alpha * alpha);

  for (gsize i = 0; i < VALUES; i++) {
    double picture = guess (pictures, noise, i, alpha, sigma), drawn = (noise[i] - alpha * picture) / sigma;

    answer[i] = (float) (prediction == LIMN_PREDICTS_NOISE  ? drawn
                         : prediction == LIMN_PREDICTS_FLOW ? drawn - picture
                                                            : alpha * drawn - sigma * picture);
    answer[i] += (float) g_test_rand_double_range (-0.02, 0.02); /* what it does not know */
  }
}

static void
test_judge (void)
{
  static const LimnPrediction kinds[] = { LIMN_PREDICTS_NOISE, LIMN_PREDICTS_VELOCITY, LIMN_PREDICTS_VELOCITY_ZSNR,
                                          LIMN_PREDICTS_FLOW };
  g_autofree float *noise = g_new (float, VALUES), *answer = g_new (float, VALUES);

  for (guint round = 0; round < 40; round++) {
    Pictures pictures = make_pictures (g_test_rand_double_range (0.25, 0.8));
    LimnPrediction kind = kinds[round % G_N_ELEMENTS (kinds)];
    double left = g_test_rand_double_range (0.06, 0.08);
    g_autoptr (LimnRng) rng = limn_rng_new (LIMN_RNG_TORCH, g_test_rand_int ());

    limn_rng_normal (rng, noise, VALUES);
    answer_of (kind, &pictures, left, noise, answer);
    LimnProbe probe = limn_probe_judge (noise, answer, PLANES, SIDE, SIDE, left);
    g_test_message ("%s: %.3f of the noise, %.3f beside", limn_prediction_row (kind)->choice.name, probe.share,
                    probe.rest);
    g_assert_true (probe.told);
    g_assert_cmpint (probe.prediction, ==, kind);
  }
}

/* Neither half of the noise nor a value that is none is an answer. */
static void
test_nothing (void)
{
  g_autofree float *noise = g_new (float, VALUES), *answer = g_new (float, VALUES);
  g_autoptr (LimnRng) rng = limn_rng_new (LIMN_RNG_TORCH, 7);

  limn_rng_normal (rng, noise, VALUES);
  for (gsize i = 0; i < VALUES; i++)
    answer[i] = 0.5f * noise[i];
  g_assert_false (limn_probe_judge (noise, answer, PLANES, SIDE, SIDE, 0.07).told);
  for (gsize i = 0; i < VALUES; i++)
    answer[i] = -noise[i];
  g_assert_false (limn_probe_judge (noise, answer, PLANES, SIDE, SIDE, 0.07).told);
  answer[5] = NAN;
  g_assert_false (limn_probe_judge (noise, answer, PLANES, SIDE, SIDE, 0.07).told);
}

/* The stand-in gives back 0.8 of what it is shown, and draws no picture of it; a refiner is not asked. */
static void
test_engine (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  LimnProbe probe;

  g_assert_true (limn_engine_probe (fixture->engine, fixture->base, NULL, &probe, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon (probe.share, 0.8, 0.03);
  g_assert_cmpint (fake_networks ()->unet_calls, ==, 1);
  g_assert_cmpint (fake_networks ()->decode_calls, ==, 0);
  g_assert_false (limn_engine_probe (fixture->engine, fixture->refiner, NULL, &probe, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/probe/judge", test_judge);
  g_test_add_func ("/probe/nothing", test_nothing);
  g_test_add ("/probe/engine", EngineFixture, NULL, engine_set_up, test_engine, engine_tear_down);
  return g_test_run ();
}
