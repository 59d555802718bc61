/* test-cache.c - which steps step caching leaves out, on trails whose change is known.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/cache.h"

#include <math.h>

#define VALUES 60
#define STEPS 40

/* Answers that turn by the same angle for each step of log sigma: between two of them lies 2 sin (angle / 2). */
typedef struct {
  float denoised[STEPS][VALUES];
  double sigmas[STEPS];
  LimnPast past[STEPS]; /* the last first */
} Trail;

static double
sigma_of (int step)
{
  return 14 * exp (-0.15 * step);
}

static void
answer (double angle, float *out)
{
  for (int i = 0; i < VALUES; i++)
    out[i] = (float) (cos (angle) * cos (2 * G_PI * i / VALUES) + sin (angle) * sin (2 * G_PI * i / VALUES));
}

/* Takes steps as limn_cache_hold () says; returns how many were left out, and sets the most in a row. */
static int
walk (const LimnFields *fields, Trail *trail, double angle, int *most, LimnCache *cache)
{
  int held = 0, row = 0;

  *most = 0;
  for (int step = 0; step < STEPS; step++) {
    guint n = MIN ((guint) step, LIMN_MOST_PAST);
    LimnPast past[LIMN_MOST_PAST];
    for (guint i = 0; i < n; i++)
      past[i] = (LimnPast){ .sigma = sigma_of (step - 1 - (int) i), .denoised = trail->denoised[step - 1 - (int) i] };
    int back = limn_cache_hold (fields, step, STEPS, sigma_of (step), past, n, VALUES);

    g_assert_cmpint (back, ==, back > 0 ? row + 1 : 0);
    answer (angle * step, trail->denoised[step]);
    if (back > 0) {
      memcpy (trail->denoised[step], past[0].denoised, sizeof trail->denoised[0]);
      held++;
      g_assert_cmpfloat ((step + 0.5) / STEPS, >, 0.15);
      g_assert_cmpfloat ((step + 0.5) / STEPS, <, 0.95);
    } else {
      limn_cache_count (cache, 1, trail->denoised[step], past, n, VALUES);
    }
    row = back > 0 ? row + 1 : 0;
    *most = MAX (*most, row);
  }
  return held;
}

/* So many in a row as stay below the threshold, but never more than two. */
static void
test_known (void)
{
  g_autofree Trail *trail = g_new0 (Trail, 1);
  LimnFields fields;

  limn_fields_init (&fields);
  for (int i = 1; i < 60; i++) {
    const double angle = 0.01 * i, each = 2 * sin (angle / 2);
    LimnCache cache = { 0 };
    int most, expected, held;

    fields.cache = 0.3;
    /* the rate is from two answers that are one step apart, or more */
    expected = each < 0.3 * 0.99 ? (2 * each < 0.3 * 0.9 ? 2 : 1) : 0;
    held = walk (&fields, trail, angle, &most, &cache);
    if (fabs (each - 0.3) > 0.01 && fabs (2 * each - 0.3) > 0.06)
      g_assert_cmpint (most, ==, expected);
    g_assert_cmpint (cache.asked, ==, STEPS - held);
    /* asked again after most that were not: as far as the answer had come by then */
    if (held > 0)
      g_assert_cmpfloat_with_epsilon (cache.most_changed, 2 * sin ((most + 1) * angle / 2), 1e-5);
    else
      g_assert_cmpfloat (cache.most_changed, ==, 0);
  }
}

static void
test_never (void)
{
  g_autofree Trail *trail = g_new0 (Trail, 1);
  LimnCache cache = { 0 };
  LimnFields fields;
  int most;

  limn_fields_init (&fields);
  g_assert_cmpint (walk (&fields, trail, 1e-4, &most, &cache), ==, 0);
  fields.cache = 1e-7;
  g_assert_cmpint (walk (&fields, trail, 1e-4, &most, &cache), ==, 0);
  fields.cache = 1;
  fields.sampler = "euler_cfg_pp";
  g_assert_cmpint (walk (&fields, trail, 1e-4, &most, &cache), ==, 0);
  g_assert_null (limn_cache_to_text (&cache));
  fields.sampler = "euler";
  g_assert_cmpint (walk (&fields, trail, 1e-4, &most, &cache), >, STEPS / 2 - 5);
}

/* Steps of other settings tell nothing. */
static void
test_otherwise (void)
{
  g_autofree Trail *trail = g_new0 (Trail, 1);
  LimnPast past[3];
  LimnFields fields;

  limn_fields_init (&fields);
  fields.cache = 0.5;
  for (int i = 0; i < 3; i++) {
    answer (0.01 * (9 - i), trail->denoised[i]);
    past[i] = (LimnPast){ .sigma = sigma_of (9 - i), .denoised = trail->denoised[i] };
  }
  g_assert_cmpint (limn_cache_hold (&fields, 10, STEPS, sigma_of (10), past, 3, VALUES), ==, 1);
  g_assert_cmpint (limn_cache_hold (&fields, 10, STEPS, sigma_of (10), past, 1, VALUES), ==, 0);
  past[1].otherwise = TRUE;
  g_assert_cmpint (limn_cache_hold (&fields, 10, STEPS, sigma_of (10), past, 3, VALUES), ==, 0);
  past[1].otherwise = FALSE;
  past[2].otherwise = TRUE;
  g_assert_cmpint (limn_cache_hold (&fields, 10, STEPS, sigma_of (10), past, 3, VALUES), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cache/known", test_known);
  g_test_add_func ("/cache/never", test_never);
  g_test_add_func ("/cache/otherwise", test_otherwise);
  return g_test_run ();
}
