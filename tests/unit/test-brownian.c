/* test-brownian.c - base/brownian stage by stage against torchsde's tree: seeds, what is drawn, and the noise.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/brownian.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/rng.h"
#include "common/golden.h"

#define TOLERANCE 1e-5

/* "entropy=5 spawn_key=[1, 2]" */
static guint
read_key (const char *name, guint64 *entropy, guint32 *key)
{
  const char *at = strchr (name, '[') + 1;
  char *end;
  guint n = 0;

  *entropy = g_ascii_strtoull (strchr (name, '=') + 1, NULL, 10);
  while (*at != ']') {
    key[n++] = (guint32) g_ascii_strtoull (at, &end, 10);
    at = end + strspn (end, ", ");
  }
  return n;
}

static void
test_seeds (void)
{
  g_autoptr (LimnJson) trace = golden_json ("noise/trace.json");
  const LimnJson *all = limn_json_member (trace, "seed_sequence");

  g_assert_cmpuint (limn_json_length (all), ==, 24);
  for (guint i = 0; i < limn_json_length (all); i++) {
    const LimnJson *expected = limn_json_nth (all, i);
    guint32 key[2], words[4];
    guint64 entropy;
    guint n_key = read_key (limn_json_key (all, i), &entropy, key);

    limn_seed_sequence (entropy, key, n_key, words, G_N_ELEMENTS (words));
    for (guint word = 0; word < G_N_ELEMENTS (words); word++)
      g_assert_cmpuint (words[word], ==, (guint32) limn_json_number (limn_json_nth (expected, word), 0));
  }
}

static void
draw_cb (gpointer data, guint32 seed, float *out, gsize n)
{
  g_autoptr (LimnRng) rng = limn_rng_new (LIMN_RNG_TORCH, seed);
  GHashTable *drawn = data;

  limn_rng_normal (rng, out, n);
  if (drawn != NULL)
    g_hash_table_insert (drawn, GUINT_TO_POINTER (seed), g_memdup2 (out, 2 * sizeof (float)));
}

static double
number (const LimnJson *json, const char *name)
{
  return limn_json_number (limn_json_member (json, name), NAN);
}

/* There what an earlier question drew is remembered: of what it drew for this one, all is drawn here, too. */
static void
check_question (LimnBrownian *path, const LimnJson *question)
{
  g_autoptr (GHashTable) drawn = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  const LimnJson *draws = limn_json_member (question, "draws");
  float noise[32];

  path->data = drawn;
  limn_brownian_noise (path, number (question, "sigma"), number (question, "sigma_next"), noise, G_N_ELEMENTS (noise));
  g_assert_cmpuint (limn_json_length (draws), >, 0);
  for (guint i = 0; i < limn_json_length (draws); i++) {
    const LimnJson *draw = limn_json_nth (draws, i), *values = limn_json_nth (draw, 1);
    guint32 seed = (guint32) limn_json_number (limn_json_nth (draw, 0), 0);
    const float *ours = g_hash_table_lookup (drawn, GUINT_TO_POINTER (seed));

    g_assert_nonnull (ours);
    for (guint k = 0; k < 2; k++)
      g_assert_cmpfloat_with_epsilon (ours[k], limn_json_number (limn_json_nth (values, k), NAN), 2e-6);
  }
}

static void
test_draws (void)
{
  g_autoptr (LimnJson) trace = golden_json ("noise/trace.json");
  const LimnJson *runs = limn_json_member (trace, "trace");

  g_assert_cmpuint (limn_json_length (runs), ==, 2);
  for (guint i = 0; i < limn_json_length (runs); i++) {
    const LimnJson *run = limn_json_nth (runs, i), *questions = limn_json_member (run, "queries");
    const char *key = limn_json_key (runs, i);
    LimnBrownian path = { .entropy = g_ascii_strtoull (key + strlen ("brownian/"), NULL, 10),
                          .start = number (run, "t0"),
                          .end = number (run, "t1"),
                          .draw = draw_cb };

    for (guint k = 0; k < limn_json_length (questions); k++)
      check_question (&path, limn_json_nth (questions, k));
  }
}

static void
check_noise (LimnTensors *file, const char *key, double *worst)
{
  gsize n_asked, n_noise;
  g_autofree float *interval = golden_floats (file, NULL, "%s/interval", key);
  g_autofree float *asked = golden_floats (file, &n_asked, "%s/asked", key);
  g_autofree float *expected = golden_floats (file, &n_noise, "%s/noise", key);
  gsize questions = n_asked / 2, n = n_noise / questions;
  g_autofree float *noise = g_new (float, n_noise);
  const LimnBrownian path = { .entropy = g_ascii_strtoull (key + strlen ("brownian/"), NULL, 10),
                              .start = interval[0],
                              .end = interval[1],
                              .draw = draw_cb };

  /* in any order: the last first */
  for (gsize i = questions; i > 0; i--)
    limn_brownian_noise (&path, asked[2 * i - 2], asked[2 * i - 1], noise + (i - 1) * n, n);
  golden_check_abs (key, noise, expected, n_noise, TOLERANCE);
  *worst = MAX (*worst, golden_compare (noise, expected, n_noise).max_abs);
}

static void
test_noise (void)
{
  g_autoptr (LimnTensors) file = golden_open ("noise/noise.safetensors");
  double worst = 0;
  int checked = 0;

  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const char *name = limn_tensors_nth (file, i)->name;
    g_autofree char *key = NULL;

    if (!g_str_has_prefix (name, "brownian/") || !g_str_has_suffix (name, "/noise"))
      continue;
    key = g_strndup (name, strlen (name) - strlen ("/noise"));
    check_noise (file, key, &worst);
    checked++;
  }
  g_test_message ("worst error %.2g", worst);
  g_assert_cmpint (checked, ==, 20);
}

/* Of any path: parts add up to the whole, the other way is the opposite, and outside of it nothing happens. */
static void
test_properties (void)
{
  for (int i = 0; i < 50; i++) {
    double a = g_test_rand_double_range (0.03, 5), b = g_test_rand_double_range (5, 10);
    double c = g_test_rand_double_range (10, 14);
    const LimnBrownian path = { .entropy = (guint64) g_test_rand_int () << 31, .start = 0.02, .end = 14.6, draw_cb };
    float first[16], second[16], whole[16], back[16], outside[16];

    limn_brownian_noise (&path, a, b, first, 16);
    limn_brownian_noise (&path, b, c, second, 16);
    limn_brownian_noise (&path, a, c, whole, 16);
    limn_brownian_noise (&path, c, a, back, 16);
    limn_brownian_noise (&path, 14.6, 15, outside, 16);
    for (int k = 0; k < 16; k++) {
      g_assert_cmpfloat_with_epsilon (first[k] * sqrt (b - a) + second[k] * sqrt (c - b), whole[k] * sqrt (c - a),
                                      1e-5);
      g_assert_cmpfloat (back[k], ==, -whole[k]);
      g_assert_cmpfloat (outside[k], ==, 0);
    }
  }
}

static void
count_cb (gpointer data, guint32 seed, float *out, gsize n)
{
  ++*(int *) data;
  draw_cb (NULL, seed, out, n);
}

/* What is kept changes nothing but how often nodes are drawn: from one level to the next, half as often. */
static void
test_kept (void)
{
  GQueue kept = G_QUEUE_INIT;
  int draws = 0, all = 0;
  const LimnBrownian plain = { .entropy = 42, .start = 0.03, .end = 14.6, .draw = count_cb, .data = &all };
  LimnBrownian keeping = plain;
  float a[32], b[32];

  keeping.data = &draws;
  keeping.kept = &kept;
  for (int i = 0; i < 200; i++) {
    gboolean anywhere = i >= 100;
    double from = anywhere ? g_test_rand_double_range (0.03, 14.6) : 14.6 - 0.14 * i;
    double to = anywhere ? g_test_rand_double_range (0.03, 14.6) : from - 0.14;

    limn_brownian_noise (&plain, from, to, a, G_N_ELEMENTS (a));
    limn_brownian_noise (&keeping, from, to, b, G_N_ELEMENTS (b));
    g_assert_cmpmem (a, sizeof a, b, sizeof b);
    if (i == 99)
      g_assert_cmpint (draws, <, all * 6 / 10);
  }
  limn_brownian_forget (&kept);
  g_assert_cmpuint (kept.length, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/brownian/seeds", test_seeds);
  g_test_add_func ("/brownian/draws", test_draws);
  g_test_add_func ("/brownian/noise", test_noise);
  g_test_add_func ("/brownian/properties", test_properties);
  g_test_add_func ("/brownian/kept", test_kept);
  return g_test_run ();
}
