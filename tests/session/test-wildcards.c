/* test-wildcards.c - choices and wildcards: what comes out, how often, and what is said of files that are not right.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/folder.h"
#include "common/own-time.h"
#include "text/wildcards.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  char *folder;
} Fixture;

static void
write_file (Fixture *fixture, const char *name, const char *contents, gssize length)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  GError *error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_file_set_contents (path, contents, length, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  fixture->folder = g_dir_make_tmp (NULL, &error);
  g_assert_no_error (error);
  write_file (fixture, "colour.txt", "\xef\xbb\xbf# colours\r\nred\r\n\r\n  blue  \r\n#green\r\n", -1);
  write_file (fixture, "animals/birds.txt", "robin\nwren\n", -1);
  write_file (fixture, "animal.txt", "{tame|wild} cat\n__animals/birds__ in __colour__", -1);
  write_file (fixture, "often.txt", "9::a\nb", -1);
  write_file (fixture, "\xe7\x8c\xab.txt", "\xe4\xb8\x89\xe6\xaf\x9b", -1);
  write_file (fixture, "one.txt", "x __two__", -1);
  write_file (fixture, "two.txt", "y __one__", -1);
  write_file (fixture, "empty.txt", "# nothing\n\n", -1);
  write_file (fixture, "latin.txt", "caf\xe9\n", -1);
  write_file (fixture, "with space.txt", "never listed\n", -1);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  tests_remove_folder (fixture->folder);
  g_free (fixture->folder);
}

static char *
expand (Fixture *fixture, const char *text, guint64 seed)
{
  g_autoptr (LimnWildcards) wildcards = limn_wildcards_new (fixture->folder);
  GError *error = NULL;
  char *out = limn_wildcards_expand (wildcards, text, seed, &error);

  g_assert_no_error (error);
  return out;
}

/* How often each word of "|"-separated words comes out of 3000 seeds. */
static void
count (Fixture *fixture, const char *text, const char *words, int *counts)
{
  g_auto (GStrv) list = g_strsplit (words, "/", -1);

  for (guint i = 0; i < g_strv_length (list); i++)
    counts[i] = 0;
  for (guint64 seed = 0; seed < 3000; seed++) {
    g_autofree char *out = expand (fixture, text, seed);
    gboolean known = FALSE;

    for (guint i = 0; list[i] != NULL; i++)
      if (g_str_equal (list[i], out)) {
        counts[i]++;
        known = TRUE;
      }
    if (!known)
      g_error ("%s became %s", text, out);
  }
}

static void
test_unchanged (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = {
    "",
    "a red circle",
    "(a:1.2) [b] \\(c\\)",
    "{a}",
    "{",
    "}",
    "a|b",
    "{a|b",
    "a|b}",
    "\\{a|b}",
    "{a\\|b}",
    "{a|b\\}",
    "__",
    "____",
    "__a b__",
    "\\__colour__",
    "a\\",
    "snake_case_word",
    "\xe7\x8c\xab \xf0\x9f\x90\x88",
    "2::a",
    "{2$a}",
    "{$$a}",
    "{-$$a}",
    "{x2$$a}",
    "{2$$a",
    "2$$a",
    "\\{2$$a}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *out = expand (fixture, texts[i], i);

    g_assert_cmpstr (out, ==, texts[i]);
  }
}

static void
test_choices (Fixture *fixture, gconstpointer data)
{
  int counts[8];

  count (fixture, "{a|b|c}", "a/b/c", counts);
  for (int i = 0; i < 3; i++)
    g_assert_true (counts[i] > 900 && counts[i] < 1100);
  count (fixture, "x{|y}", "x/xy", counts);
  g_assert_true (counts[0] > 1380 && counts[0] < 1620);
  count (fixture, "{3::a|b}", "a/b", counts);
  g_assert_true (counts[0] > 2150 && counts[0] < 2350);
  count (fixture, "{ 0::a|b | 0::c}", "a/b /c", counts);
  g_assert_cmpint (counts[1], ==, 3000);
  count (fixture, "{0::a|0::b}", "a/b", counts);
  g_assert_true (counts[0] > 1380 && counts[0] < 1620);
  count (fixture, "{a|{b|c}}", "a/b/c", counts);
  g_assert_true (counts[0] > 1380 && counts[1] > 650 && counts[2] > 650);
  count (fixture, "{a|{b}}", "a/{b}", counts);
  count (fixture, "({a|b}:1.2) \\{{c|d\\|e}", "(a:1.2) \\{c/(b:1.2) \\{c/(a:1.2) \\{d\\|e/(b:1.2) \\{d\\|e", counts);
  for (int i = 0; i < 4; i++)
    g_assert_true (counts[i] > 600);
}

/* Several of a list, none twice. */
static void
test_counts (Fixture *fixture, gconstpointer data)
{
  int counts[8];

  count (fixture, "{2$$a|b|c}", "a, b/a, c/b, a/b, c/c, a/c, b", counts);
  for (int i = 0; i < 6; i++)
    g_assert_true (counts[i] > 420 && counts[i] < 580);
  count (fixture, "{1-2$$ and $$a|b}", "a/b/a and b/b and a", counts);
  for (int i = 0; i < 4; i++)
    g_assert_true (counts[i] > 650 && counts[i] < 850);
  count (fixture, "x{-2$$ a | b }", "xa/xb/xa, b/xb, a", counts);
  count (fixture, "{2-$$+$$a|b}{0$$c|d}", "a+b/b+a", counts);
  count (fixture, "{9$$ & $$a}", "a", counts);
  count (fixture, "{ 2$$a|{1$$b|c}}", "a, b/a, c/b, a/c, a", counts);
  count (fixture, "{1$$9::a|b}", "a/b", counts);
  g_assert_true (counts[0] > 2620 && counts[0] < 2780);
  count (fixture, "{2$$__colour__}", "red, blue/blue, red", counts);
  count (fixture, "{2$$__colour__|__\xe7\x8c\xab__}",
         "red, \xe4\xb8\x89\xe6\xaf\x9b/blue, \xe4\xb8\x89\xe6\xaf\x9b/\xe4\xb8\x89\xe6\xaf\x9b, red/"
         "\xe4\xb8\x89\xe6\xaf\x9b, blue",
         counts);
}

/* ---- Random expressions whose outcomes are known ---- */

static GPtrArray *
texts_new (void)
{
  return g_ptr_array_new_with_free_func (g_free);
}

static void
add_text (GPtrArray *texts, const char *text)
{
  if (!g_ptr_array_find_with_equal_func (texts, text, g_str_equal, NULL))
    g_ptr_array_add (texts, g_strdup (text));
}

/* Each of before and separator followed by what the parts that are not in used may give, n of them. */
static void
add_orders (GPtrArray *outcomes, GPtrArray **parts, guint n_parts, guint used, guint n, const char *before,
            const char *separator)
{
  if (n == 0)
    add_text (outcomes, before);
  for (guint i = 0; n > 0 && i < n_parts; i++)
    for (guint k = 0; (used & 1u << i) == 0 && k < parts[i]->len; k++) {
      g_autofree char *next = g_strconcat (before, used != 0 ? separator : "", parts[i]->pdata[k], NULL);

      add_orders (outcomes, parts, n_parts, used | 1u << i, n - 1, next, separator);
    }
}

static char *make_expression (GRand *random, int depth, guint *words, GPtrArray *outcomes);

static char *
make_choice (GRand *random, int depth, guint *words, GPtrArray *outcomes)
{
  guint n = (guint) g_rand_int_range (random, 2, 4), least = 1, most = 1;
  const char *separator = "";
  g_autoptr (GString) text = g_string_new ("{");
  GPtrArray *parts[4];

  if (g_rand_boolean (random)) {
    least = (guint) g_rand_int_range (random, 0, 3);
    most = least + (guint) g_rand_int_range (random, 0, 2);
    separator = g_rand_boolean (random) ? ", " : " and ";
    g_string_append_printf (text, most > least ? "%u-%u$$" : "%u$$", least, most);
    if (separator[0] == ' ')
      g_string_append_printf (text, "%s$$", separator);
  }
  for (guint i = 0; i < n; i++) {
    g_autofree char *part = NULL;

    parts[i] = texts_new ();
    part = make_expression (random, depth - 1, words, parts[i]);
    g_string_append_printf (text, "%s%s", i > 0 ? "|" : "", part);
  }
  for (guint k = MIN (least, n); k <= MIN (most, n); k++)
    add_orders (outcomes, parts, n, 0, k, "", separator);
  for (guint i = 0; i < n; i++)
    g_ptr_array_unref (parts[i]);
  g_string_append_c (text, '}');
  return g_strdup (text->str);
}

/* A word that is nowhere else in the text, or a choice; outcomes: receives all that it may become. */
static char *
make_expression (GRand *random, int depth, guint *words, GPtrArray *outcomes)
{
  g_autofree char *word = NULL;

  if (depth > 0 && g_rand_int_range (random, 0, 3) > 0)
    return make_choice (random, depth, words, outcomes);
  word = g_strdup_printf ("w%u", (*words)++);
  add_text (outcomes, word);
  return g_steal_pointer (&word);
}

static void
test_random (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (20);
  guint complete = 0;

  for (int round = 0; round < 400; round++) {
    g_autoptr (GPtrArray) outcomes = texts_new ();
    g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    guint words = 0;
    g_autofree char *text = make_expression (random, 2, &words, outcomes);

    for (guint64 seed = 0; seed < 400; seed++) {
      g_autofree char *out = expand (fixture, text, seed);

      if (!g_ptr_array_find_with_equal_func (outcomes, out, g_str_equal, NULL))
        g_error ("%s became %s", text, out);
      g_hash_table_add (seen, g_steal_pointer (&out));
    }
    /* few enough that each comes */
    if (outcomes->len <= 6) {
      g_test_message ("%s: %u of %u", text, g_hash_table_size (seen), outcomes->len);
      g_assert_cmpuint (g_hash_table_size (seen), ==, outcomes->len);
      complete++;
    }
  }
  g_assert_cmpuint (complete, >, 100);
}

/* The words must be the same on every machine and in every later version: a picture's settings depend on it. */
static void
test_seed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *zero = expand (fixture, "{a|b|c|d} {a|b|c|d} {a|b|c|d} {a|b|c|d}", 0);
  g_autofree char *most = expand (fixture, "{a|b|c|d} {a|b|c|d} {a|b|c|d} {a|b|c|d}", G_MAXUINT64);
  g_autofree char *again = expand (fixture, "{a|b|c|d} {a|b|c|d} {a|b|c|d} {a|b|c|d}", G_MAXUINT64);
  g_autofree char *chosen = expand (fixture, zero, 77);

  g_test_message ("%s, %s", zero, most);
  g_assert_cmpstr (zero, ==, "d b a d");
  g_assert_cmpstr (most, ==, "d d a b");
  g_assert_cmpstr (again, ==, most);
  g_assert_cmpstr (chosen, ==, zero);
}

static void
test_wildcards (Fixture *fixture, gconstpointer data)
{
  int counts[8];

  count (fixture, "a __colour__ cup", "a red cup/a blue cup", counts);
  g_assert_true (counts[0] > 1380 && counts[0] < 1620);
  count (fixture, "__animal__", "tame cat/wild cat/robin in red/robin in blue/wren in red/wren in blue", counts);
  g_assert_true (counts[0] > 650 && counts[5] > 300);
  count (fixture, "__often__", "a/b", counts);
  g_assert_true (counts[0] > 2620 && counts[0] < 2780);
  count (fixture, "{__colour__|__\xe7\x8c\xab__}", "red/blue/\xe4\xb8\x89\xe6\xaf\x9b", counts);
  g_assert_true (counts[2] > 1380);
}

static void
expect_error (Fixture *fixture, const char *text, int code, const char *words)
{
  g_autoptr (LimnWildcards) wildcards = limn_wildcards_new (fixture->folder);
  g_autoptr (GError) error = NULL;
  g_autofree char *out = limn_wildcards_expand (wildcards, text, 1, &error);

  g_assert_null (out);
  /* what has failed once is not taken for read */
  g_assert_null (limn_wildcards_expand (wildcards, text, 2, NULL));
  g_test_message ("%s", error->message);
  g_assert_error (error, LIMN_ERROR, code);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_errors (Fixture *fixture, gconstpointer data)
{
  g_autofree char *zero = g_build_filename (fixture->folder, "zero.txt", NULL);

  g_assert_cmpint (symlink ("/dev/zero", zero), ==, 0);
  expect_error (fixture, "a __missing__", LIMN_ERROR_FILE, "/missing.txt: there is no such");
  expect_error (fixture, "__../secret__", LIMN_ERROR_FILE, "secret");
  expect_error (fixture, "__/etc/passwd__", LIMN_ERROR_FILE, "passwd");
  expect_error (fixture, "__animals__", LIMN_ERROR_FILE, "animals.txt: there is no such");
  expect_error (fixture, "__one__", LIMN_ERROR_REQUEST, "one.txt: expected wildcards that come to an end");
  expect_error (fixture, "__one__", LIMN_ERROR_REQUEST, "__one__ → __two__ → __one__");
  expect_error (fixture, "__empty__", LIMN_ERROR_FILE, "empty.txt: expected an entry");
  expect_error (fixture, "__latin__", LIMN_ERROR_FILE, "latin.txt: expected text in UTF-8");
  expect_error (fixture, "__zero__", LIMN_ERROR_FILE, "zero.txt: expected a text file");
}

/* Files that ask for each other twice each would give 2^30 words. */
static void
test_bombs (Fixture *fixture, gconstpointer data)
{
  g_autofree char *braces = g_strnfill (LIMN_PROMPT_LIMIT, '{');
  g_autofree char *long_text = g_strnfill (LIMN_PROMPT_LIMIT + 1, 'a');
  g_autoptr (GString) nested = g_string_new (NULL);
  g_autofree char *same = NULL;
  gint64 start = tests_own_time ();

  for (int i = 0; i < 30; i++) {
    g_autofree char *name = g_strdup_printf ("bomb%d.txt", i);
    g_autofree char *next = i < 29 ? g_strdup_printf ("__bomb%d__ __bomb%d__", i + 1, i + 1) : g_strdup ("{|}");

    write_file (fixture, name, next, -1);
  }
  expect_error (fixture, "__bomb0__", LIMN_ERROR_REQUEST, "100000 bytes");
  expect_error (fixture, long_text, LIMN_ERROR_REQUEST, "100000 bytes");
  same = expand (fixture, braces, 1);
  g_assert_cmpstr (same, ==, braces);
  for (int i = 0; i < 5000; i++)
    g_string_append (nested, "{a|");
  for (int i = 0; i < 5000; i++)
    g_string_append_c (nested, '}');
  g_free (same);
  same = expand (fixture, nested->str, 1);
  g_test_message ("%.3f s", (double) (tests_own_time () - start) / 1e6);
  g_assert_cmpint (tests_own_time () - start, <, 5 * G_USEC_PER_SEC);
}

static void
test_list (Fixture *fixture, gconstpointer data)
{
  g_auto (GStrv) names = limn_wildcards_list (fixture->folder);
  g_auto (GStrv) none = limn_wildcards_list ("/nonexistent");
  g_autofree char *loop = g_build_filename (fixture->folder, "loop", NULL);

  g_assert_cmpuint (g_strv_length (none), ==, 0);
  g_assert_true (g_strv_contains ((const char *const *) names, "animals/birds"));
  g_assert_true (g_strv_contains ((const char *const *) names, "\xe7\x8c\xab"));
  g_assert_cmpuint (g_strv_length (names), ==, 9);
  for (int i = 0; names[i] != NULL; i++)
    g_assert_false (g_str_has_prefix (names[i], "with"));
  g_assert_cmpint (symlink (".", loop), ==, 0); /* a folder in itself ends too */
  g_strfreev (names);
  names = limn_wildcards_list (fixture->folder);
  g_assert_cmpuint (g_strv_length (names), >=, 9);
}

#define ADD(name, test) g_test_add ("/wildcards/" name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("unchanged", test_unchanged);
  ADD ("choices", test_choices);
  ADD ("seed", test_seed);
  ADD ("counts", test_counts);
  ADD ("random", test_random);
  ADD ("wildcards", test_wildcards);
  ADD ("errors", test_errors);
  ADD ("bombs", test_bombs);
  ADD ("list", test_list);
  return g_test_run ();
}
