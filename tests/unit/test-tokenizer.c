/* test-tokenizer.c - tests of text/tokenizer against golden/tokenizer.json, and of prompts made to be slow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "text/tokenizer.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "common/golden.h"
#include "common/own-time.h"

/* Prompts of the golden file that Limn encodes otherwise than openai/CLIP with ftfy.  None: keep it so. */
static const char *const known_differences[] = { NULL };

typedef struct {
  LimnTokenizer *full, *mini, *mini2;
  LimnJson *golden;
  const LimnJson *prompts;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = golden_path ("tokenizer.json");
  g_autofree char *mini = golden_path ("mini-sdxl/tokenizer");
  g_autofree char *mini2 = golden_path ("mini-sdxl/tokenizer_2");

  fixture->full = limn_tokenizer_new (NULL, &error);
  g_assert_no_error (error);
  fixture->mini = limn_tokenizer_new (mini, &error);
  g_assert_no_error (error);
  fixture->mini2 = limn_tokenizer_new (mini2, &error);
  g_assert_no_error (error);
  fixture->golden = limn_json_load (path, &error);
  g_assert_no_error (error);
  fixture->prompts = limn_json_member (fixture->golden, "prompts");
  g_assert_cmpuint (limn_json_length (fixture->prompts), ==, 268);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  limn_tokenizer_free (fixture->full);
  limn_tokenizer_free (fixture->mini);
  limn_tokenizer_free (fixture->mini2);
  limn_json_free (fixture->golden);
}

static gboolean
equal_ids (const LimnJson *expected, const int *ids, guint n)
{
  if (limn_json_kind (expected) != LIMN_JSON_ARRAY || limn_json_length (expected) != n)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (limn_json_number (limn_json_nth (expected, i), -1) != ids[i])
      return FALSE;
  return TRUE;
}

static char *
ids_to_text (const int *ids, guint n)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (out, "%d ", ids[i]);
  return g_string_free (out, FALSE);
}

static void
test_ids (Fixture *fixture, gconstpointer unused)
{
  guint different = 0;

  for (guint i = 0; i < limn_json_length (fixture->prompts); i++) {
    const LimnJson *entry = limn_json_nth (fixture->prompts, i);
    const char *prompt = limn_json_string (limn_json_member (entry, "prompt"), NULL);
    g_autoptr (GArray) ids = limn_tokenizer_encode (fixture->full, prompt);
    if (equal_ids (limn_json_member (entry, "ids"), (const int *) (void *) ids->data, ids->len))
      continue;
    g_autofree char *found = ids_to_text ((const int *) (void *) ids->data, ids->len);
    g_autofree char *cleaned = limn_tokenizer_clean (prompt);
    different++;
    g_test_message ("prompt %u \"%s\" differs: cleaned \"%s\", ids %s", i, prompt, cleaned, found);
    if (!g_strv_contains (known_differences, prompt))
      g_test_fail ();
  }
  g_test_message ("%u of %u prompts differ", different, limn_json_length (fixture->prompts));
  if (different != g_strv_length ((GStrv) known_differences))
    g_test_fail_printf ("%u prompts differ, expected %u", different, g_strv_length ((GStrv) known_differences));
}

static void
test_clean (Fixture *fixture, gconstpointer unused)
{
  for (guint i = 0; i < limn_json_length (fixture->prompts); i++) {
    const LimnJson *entry = limn_json_nth (fixture->prompts, i);
    const char *prompt = limn_json_string (limn_json_member (entry, "prompt"), NULL);
    const char *expected = limn_json_string (limn_json_member (entry, "cleaned"), NULL);
    g_autofree char *cleaned = limn_tokenizer_clean (prompt);
    if (!g_strv_contains (known_differences, prompt))
      g_assert_cmpstr (cleaned, ==, expected);
  }
}

static void
check_chunks (LimnTokenizer *tokenizer, const LimnJson *entry, const char *key, int pad)
{
  const char *prompt = limn_json_string (limn_json_member (entry, "prompt"), NULL);
  int n = 0;
  g_autofree int *chunks = limn_tokenizer_chunks (tokenizer, prompt, pad, 1, &n);
  g_autoptr (GArray) ids = limn_tokenizer_encode (tokenizer, prompt);

  g_assert_cmpint (n, ==, MAX (1, (int) (ids->len + 74) / 75));
  if (!g_strv_contains (known_differences, prompt)
      && !equal_ids (limn_json_member (entry, key), chunks, LIMN_CHUNK_TOKENS))
    g_test_fail_printf ("%s of \"%s\" differ", key, prompt);
  /* The chunks together hold every id, in order. */
  for (int i = 0; i < (int) ids->len; i++)
    g_assert_cmpint (chunks[i / 75 * LIMN_CHUNK_TOKENS + 1 + i % 75], ==, g_array_index (ids, int, i));
}

static void
test_chunks (Fixture *fixture, gconstpointer unused)
{
  for (guint i = 0; i < limn_json_length (fixture->prompts); i++) {
    const LimnJson *entry = limn_json_nth (fixture->prompts, i);
    check_chunks (fixture->full, entry, "ids77_L_pad49407", limn_tokenizer_pad (fixture->full));
    check_chunks (fixture->full, entry, "ids77_G_pad0", 0);
  }
}

static void
test_chunk_counts (Fixture *fixture, gconstpointer unused)
{
  static const int words[] = { 0, 1, 74, 75, 76, 150, 151 };
  static const int expected[] = { 1, 1, 1, 1, 2, 2, 3 };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    g_autoptr (GString) prompt = g_string_new (NULL);
    int n, least;
    for (int j = 0; j < words[i]; j++)
      g_string_append (prompt, "cat ");
    g_autofree int *chunks = limn_tokenizer_chunks (fixture->full, prompt->str, 0, 0, &n);
    g_autofree int *more = limn_tokenizer_chunks (fixture->full, prompt->str, 0, 5, &least);
    g_assert_cmpint (n, ==, expected[i]);
    g_assert_cmpint (least, ==, 5);
    g_assert_cmpint (more[4 * 77], ==, 49406);
    g_assert_cmpint (more[4 * 77 + 1], ==, 49407);
    g_assert_cmpint (more[4 * 77 + 2], ==, 0);
    g_assert_cmpmem (chunks, (gsize) n * 77 * sizeof (int), more, (gsize) n * 77 * sizeof (int));
  }
}

static void
test_mini (Fixture *fixture, gconstpointer unused)
{
  guint checked = 0;

  for (guint i = 0; i < limn_json_length (fixture->prompts); i++) {
    const LimnJson *entry = limn_json_nth (fixture->prompts, i);
    const char *prompt = limn_json_string (limn_json_member (entry, "prompt"), NULL);
    const LimnJson *expected = limn_json_member (entry, "mini_ids");
    g_autoptr (GArray) ids = limn_tokenizer_encode (fixture->mini, prompt);
    g_autoptr (GArray) ids2 = limn_tokenizer_encode (fixture->mini2, prompt);
    g_assert_nonnull (expected);
    checked++;
    if (!g_strv_contains (known_differences, prompt)
        && !equal_ids (expected, (const int *) (void *) ids->data, ids->len))
      g_test_fail_printf ("mini_ids of \"%s\" differ", prompt);
    g_assert_cmpmem (ids->data, ids->len * sizeof (int), ids2->data, ids2->len * sizeof (int));
  }
  g_test_message ("%u prompts through the small vocabulary", checked);
}

static void
test_vocabulary (Fixture *fixture, gconstpointer unused)
{
  g_assert_cmpint (limn_tokenizer_size (fixture->full), ==, 49408);
  g_assert_cmpint (limn_tokenizer_begin (fixture->full), ==, 49406);
  g_assert_cmpint (limn_tokenizer_end (fixture->full), ==, 49407);
  g_assert_cmpint (limn_tokenizer_pad (fixture->full), ==, 49407);
  g_assert_cmpstr (limn_tokenizer_text (fixture->full, 49406), ==, "<|startoftext|>");
  g_assert_cmpstr (limn_tokenizer_text (fixture->full, 0), ==, "!");
  g_assert_null (limn_tokenizer_text (fixture->full, 49408));
  g_assert_null (limn_tokenizer_text (fixture->full, -1));

  g_autoptr (GArray) ids = limn_tokenizer_encode (fixture->full, "a horse caf\xc3\xa9");
  g_assert_cmpuint (ids->len, ==, 3);
  g_assert_cmpstr (limn_tokenizer_text (fixture->full, g_array_index (ids, int, 1)), ==, "horse");
  g_assert_cmpstr (limn_tokenizer_text (fixture->full, g_array_index (ids, int, 2)), ==, "caf\xc3\xa9");

  g_assert_cmpint (limn_tokenizer_size (fixture->mini), ==, 1258);
  g_assert_cmpint (limn_tokenizer_begin (fixture->mini), ==, 1256);
  g_assert_cmpint (limn_tokenizer_end (fixture->mini), ==, 1257);
  g_assert_cmpint (limn_tokenizer_pad (fixture->mini), ==, 1257);
  g_assert_cmpint (limn_tokenizer_pad (fixture->mini2), ==, 0);
}

static void
test_invalid_utf8 (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GArray) ids = limn_tokenizer_encode (fixture->full, "a \xff\xc3 cat \xf0\x9f");
  g_autofree char *cleaned = limn_tokenizer_clean ("\xc3\x28 \xed\xa0\x80");

  g_assert_cmpuint (ids->len, >, 2);
  g_assert_true (g_utf8_validate (cleaned, -1, NULL));
}

static void
test_cleaning (Fixture *fixture, gconstpointer unused)
{
  static const char *const cases[][2] = {
    { "\xce\xa3\xce\x91\xce\xa3", "\xcf\x83\xce\xb1\xcf\x82" }, /* a final sigma */
    { "\xce\xa3", "\xcf\x83" },                                 /* one that ends nothing */
    { "&#150;&#x201C;&eacute;&EACUTE", "\xe2\x80\x93\"\xc3\xa9&eacute" },
    { "&#0;&#xD800;&#99999999999;", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "<p>&lt;", "<p><" },
    { "\xc3\x83\xc2\xa9t\xc3\x83\xc2\xa9", "\xc3\xa9t\xc3\xa9" }, /* mojibake of an accented word */
    { "\xc3\x89\xc2\xae", "\xc3\xa9\xc2\xae" },                   /* none: a capital before a sign */
    { "\x1b[31mred\x1b[0m", "red" },
    { "\xef\xbc\x88"
      "a\xef\xbc\x89",
      "(a)" },
    { "  \xe3\x80\x80 a \xc2\xa0 b\n", "a b" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *cleaned = limn_tokenizer_clean (cases[i][0]);
    g_assert_cmpstr (cleaned, ==, cases[i][1]);
  }
}

static char *
repeat (const char *unit, gsize size)
{
  GString *text = g_string_new (NULL);

  while (text->len < size)
    g_string_append (text, unit);
  return g_string_free (text, FALSE);
}

static void
test_hostile (Fixture *fixture, gconstpointer unused)
{
  static const char *const units[] = { "a",
                                       "ab",
                                       "the ",
                                       "\xe7\x8c\xab",
                                       "e\xcc\x81\xcc\xa3",
                                       "&amp;",
                                       "&amp",
                                       "&",
                                       "'",
                                       "\n",
                                       "\xef\xbc\xa1",
                                       "!",
                                       "1",
                                       "\xce\xa3",
                                       "\xf0\x9f\x90\xb1",
                                       "\x1b[1",
                                       "\xcc\xa3\xcc\x81",
                                       "<|endoftext|>",
                                       "\xc3\x83\xc2\xa9",
                                       ".",
                                       "&#38;" };

  for (guint i = 0; i < G_N_ELEMENTS (units); i++) {
    /* A megabyte of the plainest ones; quadratic work shows in a quarter of it too. */
    g_autofree char *prompt = repeat (units[i], i < 3 ? 1 << 20 : 1 << 18);
    gint64 start = tests_own_time ();
    g_autoptr (GArray) ids = limn_tokenizer_encode (fixture->full, prompt);
    double seconds = (double) (tests_own_time () - start) / 1e6;
    g_autofree char *unit = g_strescape (units[i], NULL);
    g_test_message ("%.2f MB of \"%s\": %u ids in %.2f s", (double) strlen (prompt) / 1e6, unit, ids->len, seconds);
    /* Time a sanitizer build, on a busy machine, never needs; quadratic work takes hours. */
    g_assert_cmpfloat (seconds, <, 60);
  }
}

static void
expect_folder_error (const char *merges, const char *vocab, const char *words)
{
  g_autofree char *folder = g_dir_make_tmp (NULL, NULL);
  g_autofree char *merges_path = g_build_filename (folder, "merges.txt", NULL);
  g_autofree char *vocab_path = g_build_filename (folder, "vocab.json", NULL);
  g_autoptr (GError) error = NULL;

  if (merges != NULL)
    g_assert_true (g_file_set_contents (merges_path, merges, -1, NULL));
  if (vocab != NULL)
    g_assert_true (g_file_set_contents (vocab_path, vocab, -1, NULL));
  g_assert_null (limn_tokenizer_new (folder, &error));
  g_assert_true (error->domain == LIMN_ERROR);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, folder));
  g_assert_nonnull (strstr (error->message, words));
  g_remove (merges_path);
  g_remove (vocab_path);
  g_rmdir (folder);
}

static void
test_bad_folders (void)
{
  expect_folder_error (NULL, "{}", "merges.txt");
  expect_folder_error ("a b\n", NULL, "vocab.json");
  expect_folder_error ("a b\nabc\n", "{}", "merges.txt: line 2");
  expect_folder_error ("a b c\n", "{}", "merges.txt: line 1");
  expect_folder_error ("#version: 0.2\na b\n \n", "{}", "merges.txt: line 3");
  expect_folder_error ("a \xff\n", "{}", "merges.txt: line 1");
  expect_folder_error ("a b\n", "{}", "vocab.json: token \"!\"");
  expect_folder_error ("a b\n", "{\"!\": -1}", "vocab.json: token \"!\"");
  expect_folder_error ("a b\n", "{\"!\": 1", "vocab.json: line 1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/tokenizer/ids", Fixture, NULL, set_up, test_ids, tear_down);
  g_test_add ("/tokenizer/clean", Fixture, NULL, set_up, test_clean, tear_down);
  g_test_add ("/tokenizer/chunks", Fixture, NULL, set_up, test_chunks, tear_down);
  g_test_add ("/tokenizer/chunk-counts", Fixture, NULL, set_up, test_chunk_counts, tear_down);
  g_test_add ("/tokenizer/mini", Fixture, NULL, set_up, test_mini, tear_down);
  g_test_add ("/tokenizer/vocabulary", Fixture, NULL, set_up, test_vocabulary, tear_down);
  g_test_add ("/tokenizer/invalid-utf8", Fixture, NULL, set_up, test_invalid_utf8, tear_down);
  g_test_add ("/tokenizer/cleaning", Fixture, NULL, set_up, test_cleaning, tear_down);
  g_test_add ("/tokenizer/hostile", Fixture, NULL, set_up, test_hostile, tear_down);
  g_test_add_func ("/tokenizer/bad-folders", test_bad_folders);
  return g_test_run ();
}
