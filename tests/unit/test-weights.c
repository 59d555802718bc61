/* test-weights.c - tests of text/prompt-weights against golden/prompt_attention.json, and of prompts made to be slow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/prompt-weights.h"

#include <math.h>

#include "base/json.h"
#include "common/golden.h"
#include "common/own-time.h"

static void
check_piece (const char *prompt, const LimnPromptPiece *piece, const LimnJson *expected)
{
  const char *text = limn_json_string (limn_json_nth (expected, 0), NULL);
  double weight = limn_json_number (limn_json_nth (expected, 1), NAN);

  if (g_str_equal (text, "BREAK") && weight == -1) {
    g_assert_true (piece->is_break);
    return;
  }
  g_assert_false (piece->is_break);
  g_assert_cmpstr (piece->text, ==, text);
  if (!(fabs (piece->weight - weight) <= 1e-12))
    g_test_fail_printf ("\"%s\": weight of \"%s\" is %.17g, expected %.17g", prompt, text, piece->weight, weight);
}

static void
test_golden (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = golden_path ("prompt_attention.json");
  g_autoptr (LimnJson) golden = limn_json_load (path, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (limn_json_length (golden), ==, 45);
  for (guint i = 0; i < limn_json_length (golden); i++) {
    const LimnJson *entry = limn_json_nth (golden, i);
    const LimnJson *expected = limn_json_member (entry, "parsed");
    const char *prompt = limn_json_string (limn_json_member (entry, "prompt"), NULL);
    g_autoptr (GArray) pieces = limn_prompt_weights_parse (prompt);
    if (pieces->len != limn_json_length (expected)) {
      g_test_fail_printf ("\"%s\": %u pieces, expected %u", prompt, pieces->len, limn_json_length (expected));
      continue;
    }
    for (guint j = 0; j < pieces->len; j++)
      check_piece (prompt, &g_array_index (pieces, LimnPromptPiece, j), limn_json_nth (expected, j));
  }
}

static void
expect_one (const char *prompt, const char *text, double weight)
{
  g_autoptr (GArray) pieces = limn_prompt_weights_parse (prompt);
  const LimnPromptPiece *piece = &g_array_index (pieces, LimnPromptPiece, 0);

  g_assert_cmpuint (pieces->len, ==, 1);
  g_assert_cmpstr (piece->text, ==, text);
  g_assert_true (fabs (piece->weight - weight) <= 1e-9 * fabs (weight));
}

/* What the reference leaves open, or fails at. */
static void
test_edges (void)
{
  expect_one ("a\\", "a", 1);
  expect_one ("(a:1.2.3)", "a:1.2.3", 1.1);
  expect_one ("(a:.)", "a:.", 1.1);
  expect_one ("(a: 1.3)", "a", 1.3);
  expect_one ("(a:1.3 )", "a", 1.3);
  expect_one ("(a: -2\t)", "a", -2);
  expect_one ("(a: 1 .3)", "a: 1 .3", 1.1);
  expect_one ("(a:\n1.3)", "a:\n1.3", 1.1);
  expect_one ("(a:99999999999)", "a", 1e6);
  expect_one ("((a:1000000):1000000)", "a", 1e6);

  g_autoptr (GArray) pieces = limn_prompt_weights_parse ("(a BREAK b:2)");
  g_assert_cmpuint (pieces->len, ==, 3);
  g_assert_true (g_array_index (pieces, LimnPromptPiece, 1).is_break);
  g_assert_cmpfloat (g_array_index (pieces, LimnPromptPiece, 1).weight, ==, 1);
  g_assert_cmpfloat (g_array_index (pieces, LimnPromptPiece, 2).weight, ==, 2);
}

static void
test_hostile (void)
{
  static const char *const units[] = { "(",     "[",  ")", "]",      "((a)", "(a",    "[a",
                                       ":1.1)", "\\", ":", "BREAK ", " ",    "(a:1)", "([a" };

  for (guint i = 0; i < G_N_ELEMENTS (units); i++) {
    g_autoptr (GString) prompt = g_string_new (NULL);
    while (prompt->len < 1 << 18)
      g_string_append (prompt, units[i]);
    gint64 start = tests_own_time ();
    g_autoptr (GArray) pieces = limn_prompt_weights_parse (prompt->str);
    double seconds = (double) (tests_own_time () - start) / 1e6;
    g_test_message ("256 KB of \"%s\": %u pieces in %.2f s", units[i], pieces->len, seconds);
    g_assert_cmpfloat (seconds, <, 60);
    for (guint j = 0; j < pieces->len; j++)
      g_assert_true (isfinite (g_array_index (pieces, LimnPromptPiece, j).weight));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/weights/golden", test_golden);
  g_test_add_func ("/weights/edges", test_edges);
  g_test_add_func ("/weights/hostile", test_hostile);
  return g_test_run ();
}
