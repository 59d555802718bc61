/* test-prompt-lens.c - the prompt lens: answers as the reader gives them, of the newest model, at once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/settings/prompt-lens.h"

#include "common/finalize.h"
#include "common/own-time.h"
#include "common/patience.h"
#include "fake-engine.h"
#include "text/wildcards.h"

static void
changed_cb (LimnPromptLens *lens, int *changes)
{
  (*changes)++;
}

static void
wait_for (int *changes, int count)
{
  gint64 end = g_get_monotonic_time () + TESTS_PATIENCE * G_USEC_PER_SEC;

  while (*changes < count) {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  }
}

static void
expect_same (const GPtrArray *tokens, const char *path, int encoder, const char *prompt)
{
  g_autoptr (LimnPromptReader) reader = limn_prompt_reader_new (path, NULL);
  g_autoptr (GPtrArray) wanted = limn_prompt_reader_read (reader, encoder, prompt, NULL);

  g_assert_true ((tokens == NULL) == (wanted == NULL));
  if (wanted == NULL)
    return;
  g_assert_cmpuint (tokens->len, ==, wanted->len);
  for (guint i = 0; i < wanted->len; i++) {
    const LimnToken *token = tokens->pdata[i], *other = wanted->pdata[i];

    g_assert_cmpstr (token->text, ==, other->text);
    g_assert_cmpint (token->id, ==, other->id);
    g_assert_cmpint (token->chunk, ==, other->chunk);
    g_assert_true (token->weight == other->weight);
  }
}

static void
test_read (void)
{
  g_autoptr (LimnPromptLens) lens = limn_prompt_lens_new ();
  const char *prompt = "a (watercolour:1.3) of a lighthouse";
  int changes = 0;
  gint64 start;

  g_signal_connect (lens, "changed", G_CALLBACK (changed_cb), &changes);
  g_assert_null (limn_prompt_lens_read (lens, 0, prompt));
  limn_prompt_lens_set_model (lens, "");
  g_assert_false (limn_prompt_lens_is_ready (lens));
  wait_for (&changes, 1);
  g_assert_true (limn_prompt_lens_is_ready (lens));
  for (int encoder = 0; encoder < LIMN_N_ENCODERS; encoder++)
    expect_same (limn_prompt_lens_read (lens, encoder, prompt), "/", encoder, prompt);
  expect_same (limn_prompt_lens_read (lens, 1, ""), "/", 1, "");

  start = tests_own_time ();
  for (int i = 0; i < 10000; i++)
    limn_prompt_lens_read (lens, i % 2, prompt);
  g_test_message ("%.2f us", (double) (tests_own_time () - start) / 10000);
  g_assert_cmpint (tests_own_time () - start, <, 10000 * 100);
  for (int i = 0; i < 100; i++) {
    g_autofree char *other = g_strdup_printf ("%d red cups", i);

    expect_same (limn_prompt_lens_read (lens, i % 2, other), "/", i % 2, other);
  }
}

static void
test_newest (void)
{
  g_autoptr (LimnPromptLens) lens = limn_prompt_lens_new ();
  int changes = 0;

  g_signal_connect (lens, "changed", G_CALLBACK (changed_cb), &changes);
  limn_prompt_lens_set_model (lens, "/one/refiner.safetensors");
  wait_for (&changes, 1);
  g_assert_null (limn_prompt_lens_read (lens, 0, "a cup"));
  g_assert_nonnull (limn_prompt_lens_read (lens, 1, "a cup"));
  for (int i = 0; i < 20; i++)
    limn_prompt_lens_set_model (lens, i % 2 == 0 ? "/two/base.safetensors" : "/one/refiner.safetensors");
  limn_prompt_lens_set_model (lens, "/three/base.safetensors");
  limn_prompt_lens_set_model (lens, "/three/base.safetensors");
  wait_for (&changes, 2);
  g_assert_nonnull (limn_prompt_lens_read (lens, 0, "a cup"));
  g_assert_true (limn_prompt_lens_is_ready (lens));
  for (int i = 0; i < 100; i++) {
    g_main_context_iteration (NULL, FALSE);
    g_usleep (1000);
  }
  g_assert_cmpint (changes, ==, 2);
}

static void
test_failure (void)
{
  g_autoptr (LimnPromptLens) lens = limn_prompt_lens_new ();
  FakeEngine fake;
  int changes = 0;

  g_signal_connect (lens, "changed", G_CALLBACK (changed_cb), &changes);
  limn_prompt_lens_set_model (lens, "/good");
  wait_for (&changes, 1);
  g_assert_nonnull (limn_prompt_lens_read (lens, 0, "a cup"));
  fake_engine_init (&fake);
  fake.open_fail = LIMN_ERROR_FILE;
  fake_engine_set (&fake);
  limn_prompt_lens_set_model (lens, "/bad");
  wait_for (&changes, 2);
  g_assert_error (limn_prompt_lens_get_error (lens), LIMN_ERROR, LIMN_ERROR_FILE);
  g_assert_null (limn_prompt_lens_read (lens, 0, "a cup"));
  fake_engine_init (&fake);
  fake_engine_set (&fake);
  limn_prompt_lens_set_model (lens, "/good");
  wait_for (&changes, 3);
  g_assert_no_error (limn_prompt_lens_get_error (lens));
  g_assert_nonnull (limn_prompt_lens_read (lens, 0, "a cup"));

  /* gone while it reads: its thread still holds it, and it may say so */
  limn_prompt_lens_set_model (lens, "/better");
  tests_finalize (g_steal_pointer (&lens));
}

static void
test_chunks (void)
{
  g_autoptr (GPtrArray) tokens = g_ptr_array_new_with_free_func (g_free);
  int used[3];

  g_assert_cmpint (limn_prompt_lens_count_chunks (NULL, used, 3), ==, 1);
  g_assert_cmpint (used[0], ==, 0);
  for (int i = 0; i < 100; i++) {
    LimnToken *token = g_new0 (LimnToken, 1);

    token->chunk = i < 10 ? 0 : i < 40 ? 1 : 5; /* BREAK leaves chunks short */
    g_ptr_array_add (tokens, token);
  }
  g_assert_cmpint (limn_prompt_lens_count_chunks (tokens, used, 3), ==, 6);
  g_assert_cmpint (used[0], ==, 10);
  g_assert_cmpint (used[1], ==, 30);
  g_assert_cmpint (used[2], ==, 0);
}

/* the words that a run with the seed paints, and those of another seed as soon as it is set */
static void
test_choices (void)
{
  g_autoptr (LimnPromptLens) lens = limn_prompt_lens_new ();
  g_autoptr (LimnWildcards) wildcards = limn_wildcards_new (NULL);
  const char *prompt = "a {red|green|blue} {cat|dog|owl}", *broken = "a __no/such__ {cat|cat}";
  int changes = 0;

  g_signal_connect (lens, "changed", G_CALLBACK (changed_cb), &changes);
  limn_prompt_lens_set_model (lens, "");
  wait_for (&changes, 1);
  for (guint64 seed = 1; seed < 30; seed++) {
    g_autofree char *words = limn_wildcards_expand (wildcards, prompt, seed, NULL);

    limn_prompt_lens_set_seed (lens, seed);
    limn_prompt_lens_set_seed (lens, seed);
    g_assert_cmpint (changes, ==, 1 + (int) seed);
    expect_same (limn_prompt_lens_read (lens, 0, prompt), "/", 0, words);
  }
  expect_same (limn_prompt_lens_read (lens, 0, broken), "/", 0, broken);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prompt-lens/read", test_read);
  g_test_add_func ("/prompt-lens/newest", test_newest);
  g_test_add_func ("/prompt-lens/failure", test_failure);
  g_test_add_func ("/prompt-lens/chunks", test_chunks);
  g_test_add_func ("/prompt-lens/choices", test_choices);
  return g_test_run ();
}
