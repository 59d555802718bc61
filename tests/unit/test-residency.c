/* test-residency.c - which networks may lie on the device together, as a table.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/residency.h"

#define GB(x) ((guint64) ((x) *1e9))

/* Full-size SDXL in fp16 at 1024 x 1024. */
static const LimnNeeds base_only = { .bytes = {
                                         [LIMN_NETWORK_ENCODERS] = { GB (0.25), GB (1.39) },
                                         [LIMN_NETWORK_BASE] = { GB (5.6) },
                                         [LIMN_NETWORK_VAE_DECODER] = { GB (1.8) },
                                     } };
static const LimnNeeds with_refiner = { .bytes = {
                                            [LIMN_NETWORK_ENCODERS] = { GB (0.25), GB (1.39) },
                                            [LIMN_NETWORK_REFINER_ENCODERS] = { 0, GB (1.39) },
                                            [LIMN_NETWORK_BASE] = { GB (5.6) },
                                            [LIMN_NETWORK_REFINER] = { GB (5) },
                                            [LIMN_NETWORK_VAE_DECODER] = { GB (1.8) },
                                        } };

static void
test_table (void)
{
  static const struct {
    const LimnNeeds *needs;
    guint64 free;
    LimnResidency plan;
  } cases[] = {
    { &base_only, GB (24), LIMN_RESIDENCY_ALL },
    { &base_only, GB (9.04), LIMN_RESIDENCY_ALL },
    { &base_only, GB (9.03), LIMN_RESIDENCY_ENCODERS_APART },
    { &base_only, GB (7.4), LIMN_RESIDENCY_ENCODERS_APART },
    { &base_only, GB (7.39), LIMN_RESIDENCY_ONE },
    { &base_only, GB (5.6), LIMN_RESIDENCY_ONE },
    { &base_only, GB (5.59), LIMN_RESIDENCY_IMPOSSIBLE },
    { &base_only, 0, LIMN_RESIDENCY_IMPOSSIBLE },
    { &with_refiner, GB (24), LIMN_RESIDENCY_ALL },
    { &with_refiner, GB (15), LIMN_RESIDENCY_ENCODERS_APART },
    { &with_refiner, GB (12), LIMN_RESIDENCY_ONE },
    { &with_refiner, GB (4), LIMN_RESIDENCY_IMPOSSIBLE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (limn_residency_plan (cases[i].free, cases[i].needs), ==, cases[i].plan);
}

/* More memory never gives a tighter plan, and no plan but the last exceeds what is free. */
static void
test_properties (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (11);

  for (int i = 0; i < 500; i++) {
    LimnNeeds needs = { 0 };
    LimnResidency last = LIMN_RESIDENCY_IMPOSSIBLE;

    for (int k = 0; k < LIMN_N_NETWORKS; k++)
      needs.bytes[k][i % 2] = g_rand_boolean (random) ? GB (g_rand_double_range (random, 0, 10)) : 0;
    for (guint64 free = 0; free < GB (64); free += GB (0.7)) {
      LimnResidency plan = limn_residency_plan (free, &needs);
      g_assert_cmpint (plan, <=, last);
      g_assert_true (plan == LIMN_RESIDENCY_IMPOSSIBLE || limn_residency_peak (plan, &needs) <= free);
      last = plan;
    }
    g_assert_cmpint (last, ==, LIMN_RESIDENCY_ALL);
  }
}

/* What is at work never needs more than the peak, which is one of them; alone means a text encoder as well. */
static void
test_during (void)
{
  for (LimnResidency plan = 0; plan < LIMN_RESIDENCY_IMPOSSIBLE; plan++) {
    guint64 most = 0;

    for (int network = 0; network < LIMN_N_NETWORKS; network++)
      most = MAX (most, limn_residency_during (plan, &base_only, network));
    g_assert_cmpuint (most, ==, limn_residency_peak (plan, &base_only));
  }
  g_assert_cmpuint (limn_residency_during (LIMN_RESIDENCY_ENCODERS_APART, &base_only, LIMN_NETWORK_ENCODERS), ==,
                    GB (1.64));
  g_assert_cmpuint (limn_residency_during (LIMN_RESIDENCY_ONE, &base_only, LIMN_NETWORK_ENCODERS), ==, GB (1.39));
  g_assert_cmpuint (limn_residency_during (LIMN_RESIDENCY_ENCODERS_APART, &base_only, LIMN_NETWORK_BASE), ==, GB (7.4));
}

static void
test_together (void)
{
  for (LimnResidency plan = 0; plan <= LIMN_RESIDENCY_IMPOSSIBLE; plan++)
    for (LimnNetwork a = 0; a < LIMN_N_NETWORKS; a++)
      for (LimnNetwork b = 0; b < LIMN_N_NETWORKS; b++) {
        g_assert_true (limn_residency_together (plan, a, b) == limn_residency_together (plan, b, a));
        g_assert_true (a != b || limn_residency_together (plan, a, b));
      }
  g_assert_false (limn_residency_together (LIMN_RESIDENCY_ONE, LIMN_NETWORK_BASE, LIMN_NETWORK_REFINER));
  g_assert_true (limn_residency_together (LIMN_RESIDENCY_ENCODERS_APART, LIMN_NETWORK_BASE, LIMN_NETWORK_REFINER));
  g_assert_false (limn_residency_together (LIMN_RESIDENCY_ENCODERS_APART, LIMN_NETWORK_ENCODERS, LIMN_NETWORK_BASE));
}

static void
test_overflow (void)
{
  LimnNeeds needs;

  for (int k = 0; k < LIMN_N_NETWORKS; k++)
    needs.bytes[k][0] = needs.bytes[k][1] = G_MAXUINT64 / 2;
  g_assert_cmpint (limn_residency_plan (GB (24), &needs), ==, LIMN_RESIDENCY_IMPOSSIBLE);
}

static void
test_budget (void)
{
  LimnBudget card = limn_residency_budget (LIMN_DEVICE_DISCRETE, GB (24), GB (2));
  LimnBudget software = limn_residency_budget (LIMN_DEVICE_SOFTWARE, GB (2.1), GB (22));
  LimnBudget chip = limn_residency_budget (LIMN_DEVICE_INTEGRATED, GB (4), GB (60));
  LimnBudget unknown = limn_residency_budget (LIMN_DEVICE_SOFTWARE, GB (24), 0);

  g_assert_cmpuint (card.planned, ==, GB (21));
  g_assert_cmpuint (card.limit, ==, GB (24));
  /* lavapipe calls its heap 2 GB, and takes more. */
  g_assert_cmpuint (software.planned, ==, GB (11));
  g_assert_cmpuint (software.limit, ==, GB (22));
  g_assert_cmpuint (chip.limit, ==, GB (4));
  g_assert_cmpuint (unknown.limit, ==, GB (24));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/residency/table", test_table);
  g_test_add_func ("/residency/properties", test_properties);
  g_test_add_func ("/residency/during", test_during);
  g_test_add_func ("/residency/together", test_together);
  g_test_add_func ("/residency/overflow", test_overflow);
  g_test_add_func ("/residency/budget", test_budget);
  return g_test_run ();
}
