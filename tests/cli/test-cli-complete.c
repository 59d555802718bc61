/* test-cli-complete.c - what limn-cli offers shells is what it takes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli-fixture.h"

#include <string.h>

#include "engine/limn.h"

/* What --help lists.  (transfer full) */
static GStrv
find_commands (void)
{
  g_auto (Ran) ran = RUN ("--help");
  g_auto (GStrv) lines = g_strsplit (ran.out, "\n", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  GStrv commands;

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "  ")) {
      g_autofree char *name = g_strndup (lines[i] + 2, strcspn (lines[i] + 2, " "));

      g_strv_builder_add (builder, name);
    }
  commands = g_strv_builder_end (builder);
  g_assert_cmpuint (g_strv_length (commands), >=, 4);
  return commands;
}

/* The words of the lines in text, each up to end. */
static GHashTable *
first_words (const char *text, char end)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GHashTable *words = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0') {
      const char *cut = strchr (lines[i], end);

      g_hash_table_add (words, cut != NULL ? g_strndup (lines[i], cut - lines[i]) : g_strdup (lines[i]));
    }
  return words;
}

/* As --help lists them: two blanks before. */
static GHashTable *
options_of_help (const char *command, GHashTable *arguments)
{
  g_auto (Ran) ran = RUN (command, "--help");
  g_auto (GStrv) lines = g_strsplit (ran.out, "\n", -1);
  GHashTable *options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_assert_cmpint (ran.status, ==, 0);
  for (guint i = 0; lines[i] != NULL; i++) {
    gsize length = strcspn (lines[i] + MIN (2, strlen (lines[i])), "= ");

    if (!g_str_has_prefix (lines[i], "  --"))
      continue;
    if (lines[i][2 + length] == '=')
      g_hash_table_insert (arguments, g_strndup (lines[i] + 2, length),
                           g_strndup (lines[i] + 3 + length, strcspn (lines[i] + 3 + length, " ")));
    g_hash_table_add (options, g_strndup (lines[i] + 2, length));
  }
  return options;
}

static void
assert_same (GHashTable *found, GHashTable *expected)
{
  GHashTableIter iter;
  gpointer word;

  g_hash_table_iter_init (&iter, expected);
  while (g_hash_table_iter_next (&iter, &word, NULL)) {
    g_test_message ("%s", (char *) word);
    g_assert_true (g_hash_table_contains (found, word));
  }
  g_assert_cmpuint (g_hash_table_size (found), ==, g_hash_table_size (expected));
}

static void
test_commands (void)
{
  g_autoptr (GHashTable) expected = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto (GStrv) commands = find_commands ();

  for (guint i = 0; commands[i] != NULL; i++)
    g_hash_table_add (expected, commands[i]);
  g_auto (Ran) none = RUN ("--complete");
  g_auto (Ran) begun = RUN ("--complete", "ge");
  g_autoptr (GHashTable) all = first_words (none.out, '\t'), some = first_words (begun.out, '\t');
  assert_same (all, expected);
  assert_same (some, expected);
  g_auto (Ran) unknown = RUN ("--complete", "paint", "--");
  g_assert_cmpint (unknown.status, ==, 0);
  g_assert_cmpstr (unknown.out, ==, "");
}

static void
test_options (void)
{
  g_auto (GStrv) commands = find_commands ();

  for (guint i = 0; commands[i] != NULL; i++) {
    g_autoptr (GHashTable) arguments = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr (GHashTable) expected = options_of_help (commands[i], arguments);
    g_auto (Ran) ran = RUN ("--complete", commands[i], "--");
    g_autoptr (GHashTable) offered = first_words (ran.out, '\t');

    g_hash_table_add (expected, g_strdup ("--help"));
    assert_same (offered, expected);
    g_assert_cmpuint (g_hash_table_size (offered), >=, 2);
  }
}

/* After an option that takes a file, files; after one that takes names, some; else nothing. */
static void
test_values (void)
{
  g_auto (GStrv) commands = find_commands ();
  guint named = 0;

  for (guint i = 0; commands[i] != NULL; i++) {
    g_autoptr (GHashTable) arguments = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr (GHashTable) options = options_of_help (commands[i], arguments);
    GHashTableIter iter;
    gpointer option, argument;

    g_hash_table_iter_init (&iter, arguments);
    while (g_hash_table_iter_next (&iter, &option, &argument)) {
      g_auto (Ran) ran = RUN ("--complete", commands[i], option, "");
      g_autofree char *attached = g_strconcat (option, "=", NULL);
      g_auto (Ran) one_word = RUN ("--complete", commands[i], attached);
      g_auto (Ran) three_words = RUN ("--complete", commands[i], option, "=", "x");

      g_test_message ("%s %s: %s", (char *) option, (char *) argument, ran.out);
      g_assert_cmpstr (one_word.out, ==, ran.out);
      g_assert_cmpstr (three_words.out, ==, ran.out);
      if (g_str_has_prefix (argument, "FILE") || g_str_has_prefix (argument, "PATH"))
        g_assert_cmpstr (ran.out, ==, "@files\n");
      else if (g_str_equal (argument, "NAME") && !g_str_equal (option, "--style"))
        named += ran.out[0] != '\0' && ran.out[0] != '@' && ran.out[0] != '-';
      else
        g_assert_cmpstr (ran.out, ==, "");
    }
  }
  g_assert_cmpuint (named, >=, 9);
}

static void
test_tables (void)
{
  guint n;
  const LimnField *fields = limn_fields (&n);

  for (guint i = 0; i < n; i++) {
    g_autoptr (GHashTable) expected = g_hash_table_new (g_str_hash, g_str_equal);
    g_autofree char *option = g_strconcat ("--", fields[i].name, NULL);

    for (guint row = 0; fields[i].names != NULL && fields[i].names[row] != NULL; row++)
      g_hash_table_add (expected, (char *) fields[i].names[row]);
    for (guint row = 0; fields[i].table != NULL && fields[i].table (row) != NULL; row++)
      g_hash_table_add (expected, (char *) fields[i].table (row)->name);
    if (g_hash_table_size (expected) == 0)
      continue;
    g_auto (Ran) ran = RUN ("--complete", "generate", option, "");
    g_autoptr (GHashTable) offered = first_words (ran.out, '\t');
    assert_same (offered, expected);
  }
}

static void
test_paths (void)
{
  g_auto (Ran) path = RUN ("--complete", "inspect", "");
  g_auto (Ran) after = RUN ("--complete", "inspect", "--vae", "x", "mod");

  g_assert_cmpstr (path.out, ==, "@files\n");
  g_assert_cmpstr (after.out, ==, "@files\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  cli_begin ();
  g_test_add_func ("/cli-complete/commands", test_commands);
  g_test_add_func ("/cli-complete/options", test_options);
  g_test_add_func ("/cli-complete/values", test_values);
  g_test_add_func ("/cli-complete/tables", test_tables);
  g_test_add_func ("/cli-complete/paths", test_paths);
  return cli_end (g_test_run ());
}
