/* test-speeds.c - rates of past runs: what they foretell, and how they are kept.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/speeds.h"

#include "base/json.h"

#include <math.h>
#include <string.h>

static double
foretell (const LimnSpeeds *speeds, double unit, double total)
{
  return limn_speeds_seconds (speeds, LIMN_STAGE_BASE, LIMN_PRECISION_AUTO, unit, total);
}

static void
test_rates (void)
{
  g_autoptr (LimnSpeeds) speeds = limn_speeds_new ("a card");

  g_assert_cmpfloat (foretell (speeds, 1e12, 5e12), ==, -1);
  g_assert_cmpfloat (foretell (speeds, 1e12, 0), ==, 0);
  limn_speeds_add (speeds, LIMN_STAGE_BASE, LIMN_PRECISION_FP16, 1e12, 1e13, 2);
  g_assert_cmpfloat_with_epsilon (foretell (speeds, 1e12, 5e12), 1, 1e-9);
  /* A size never seen is as the nearest seen; another precision or stage is another matter. */
  g_assert_cmpfloat_with_epsilon (foretell (speeds, 1e6, 5e6), 1e-6, 1e-15);
  g_assert_cmpfloat (limn_speeds_seconds (speeds, LIMN_STAGE_BASE, LIMN_PRECISION_FP32, 1e12, 1), ==, -1);
  g_assert_cmpfloat (limn_speeds_seconds (speeds, LIMN_STAGE_DECODE, LIMN_PRECISION_FP16, 1e12, 1), ==, -1);
  /* Small networks have their own rate. */
  limn_speeds_add (speeds, LIMN_STAGE_BASE, LIMN_PRECISION_FP16, 1e6, 1e7, 1);
  g_assert_cmpfloat_with_epsilon (foretell (speeds, 1e6, 1e8), 10, 1e-9);
  g_assert_cmpfloat_with_epsilon (foretell (speeds, 1e12, 5e12), 1, 1e-9);
  /* Slower: seconds average with what was. */
  limn_speeds_add (speeds, LIMN_STAGE_BASE, LIMN_PRECISION_FP16, 1e12, 1e13, 4);
  g_assert_cmpfloat_with_epsilon (foretell (speeds, 1e12, 1e13), 3, 1e-9);
  /* Faster is believed. */
  limn_speeds_add (speeds, LIMN_STAGE_BASE, LIMN_PRECISION_FP16, 1e12, 1e13, 2.5);
  g_assert_cmpfloat_with_epsilon (foretell (speeds, 1e12, 1e13), 2.5, 1e-9);
  limn_speeds_add (speeds, LIMN_STAGE_BASE, LIMN_PRECISION_FP16, 1e12, 1e13, 3.5);
  /* No clock is that good. */
  limn_speeds_add (speeds, LIMN_STAGE_BASE, LIMN_PRECISION_FP16, 1e12, 1e13, 0);
  limn_speeds_add (speeds, LIMN_STAGE_BASE, LIMN_PRECISION_FP16, 1e12, 1e13, NAN);
  g_assert_cmpfloat_with_epsilon (foretell (speeds, 1e12, 1e13), 3, 1e-9);
}

static void
test_kept (void)
{
  g_autoptr (LimnSpeeds) speeds = limn_speeds_new ("a \"card\"");
  g_autoptr (LimnSpeeds) again = limn_speeds_new ("a \"card\"");
  g_autoptr (LimnSpeeds) other = limn_speeds_new ("another card");

  limn_speeds_add (speeds, LIMN_STAGE_BASE, LIMN_PRECISION_FP16, 1e12, 1e13, 2);
  limn_speeds_add (speeds, LIMN_STAGE_LOAD, LIMN_PRECISION_FP32, 5e9, 5e9, 3);
  g_autofree char *text = limn_speeds_save (speeds, NULL);
  g_test_message ("%s", text);
  limn_speeds_load (again, text);
  g_assert_cmpfloat_with_epsilon (foretell (again, 1e12, 5e12), 1, 1e-5);
  g_assert_cmpfloat_with_epsilon (limn_speeds_seconds (again, LIMN_STAGE_LOAD, LIMN_PRECISION_FP32, 5e9, 5e9), 3, 1e-4);
  g_autofree char *same = limn_speeds_save (again, NULL);
  g_assert_cmpstr (text, ==, same);
  limn_speeds_load (other, text);
  g_assert_cmpfloat (foretell (other, 1e12, 5e12), ==, -1);
}

/* Engines of two devices, and two of one, keep theirs in one text. */
static void
test_together (void)
{
  g_autoptr (LimnSpeeds) card = limn_speeds_new ("a card"), twin = limn_speeds_new ("a card");
  g_autoptr (LimnSpeeds) other = limn_speeds_new ("another card"), old = limn_speeds_new ("an old card");
  g_autoptr (LimnSpeeds) again = limn_speeds_new ("a card"), other_again = limn_speeds_new ("another card");

  limn_speeds_add (card, LIMN_STAGE_BASE, LIMN_PRECISION_FP16, 1e12, 1e13, 2);
  limn_speeds_add (twin, LIMN_STAGE_DECODE, LIMN_PRECISION_FP16, 1e12, 1e13, 5);
  limn_speeds_add (other, LIMN_STAGE_BASE, LIMN_PRECISION_FP16, 1e12, 1e13, 4);
  g_autofree char *one = limn_speeds_save (card, "[7, {}, damaged");
  g_autofree char *two = limn_speeds_save (other, one);
  g_autofree char *three = limn_speeds_save (twin, two);
  limn_speeds_load (again, three);
  limn_speeds_load (other_again, three);
  g_assert_cmpfloat_with_epsilon (foretell (again, 1e12, 1e13), 2, 1e-5);
  g_assert_cmpfloat_with_epsilon (limn_speeds_seconds (again, LIMN_STAGE_DECODE, LIMN_PRECISION_FP16, 1e12, 1e13), 5,
                                  1e-4);
  g_assert_cmpfloat_with_epsilon (foretell (other_again, 1e12, 1e13), 4, 1e-4);
  g_autofree char *same = limn_speeds_save (again, three);
  g_autofree char *twice = limn_speeds_save (again, same);
  g_assert_cmpstr (same, ==, twice);
  /* Once it was one device's alone. */
  limn_speeds_load (old, "{\"device\": \"an old card\", \"rates\": [{\"stage\": \"base\", \"precision\": \"fp16\", "
                         "\"size\": 4, \"rate\": 2}]}");
  g_assert_cmpfloat (foretell (old, 1e12, 1), ==, 0.5);
}

static void
test_damaged (void)
{
  static const char *const texts[] = { "", "{}", "[]", "{\"device\": \"a card\"}" };
  static const char *const rates[] = {
    "{\"stage\": 1}",
    "[1, null, {}, {\"stage\": \"base\"}]",
    "[{\"stage\": \"base\", \"precision\": \"fp16\", \"size\": 40, \"rate\": 1}]",
    "[{\"stage\": \"base\", \"precision\": \"fp16\", \"size\": 4, \"rate\": -1}]",
    "[{\"stage\": \"base\", \"precision\": \"fp16\", \"size\": 4, \"rate\": 1e99}]",
    "[{\"stage\": \"base\", \"precision\": \"int3\", \"size\": 4, \"rate\": 1}]",
    "[{\"stage\": \"rest\", \"precision\": \"fp16\", \"size\": 4, \"rate\": 1}]",
  };
  g_autoptr (LimnSpeeds) speeds = limn_speeds_new ("a card");

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    limn_speeds_load (speeds, texts[i]);
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    g_autofree char *text = g_strdup_printf ("{\"device\": \"a card\", \"rates\": %s}", rates[i]);
    limn_speeds_load (speeds, text);
  }
  g_assert_cmpfloat (foretell (speeds, 1e12, 1), ==, -1);
  limn_speeds_load (speeds, "{\"device\": \"a card\", \"rates\": [{\"stage\": \"base\", \"precision\": \"fp16\", "
                            "\"size\": 4, \"rate\": 2}]}");
  g_assert_cmpfloat (foretell (speeds, 1e12, 1), ==, 0.5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/speeds/rates", test_rates);
  g_test_add_func ("/speeds/kept", test_kept);
  g_test_add_func ("/speeds/together", test_together);
  g_test_add_func ("/speeds/damaged", test_damaged);
  return g_test_run ();
}
