/* test-foreign-emphasis.c - ComfyUI's prompts mean the same where Limn reads them as ComfyUI's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "session/foreign/foreign-emphasis.h"
#include "text/prompt-weights.h"
#include "text/wildcards.h"

/* What a reader makes of a text: each letter but spaces, which no encoder sees, with its weight. */
typedef struct {
  GString *letters;
  GArray *weights; /* (element-type double) */
} Meaning;

static Meaning
meaning_new (void)
{
  return (Meaning){ g_string_new (NULL), g_array_new (FALSE, FALSE, sizeof (double)) };
}

static void
meaning_clear (Meaning *meaning)
{
  g_string_free (meaning->letters, TRUE);
  g_array_unref (meaning->weights);
}

static void
add_letters (Meaning *meaning, const char *text, gsize length, double weight)
{
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isspace (text[i])) {
      g_string_append_c (meaning->letters, g_ascii_tolower (text[i])); /* encoders know no capitals */
      g_array_append_val (meaning->weights, weight);
    }
}

/* What Limn's reader says. */
static Meaning
read_limn (const char *text)
{
  g_autoptr (GArray) terms = limn_prompt_terms_read (text, LIMN_BRACKETS_REPLACE);
  const GArray *pieces = g_array_index (terms, LimnPromptTerm, 0).pieces;
  Meaning meaning = meaning_new ();

  for (guint i = 0; i < pieces->len; i++) {
    const LimnPromptPiece *piece = &g_array_index (pieces, LimnPromptPiece, i);

    add_letters (&meaning, piece->text, strlen (piece->text), piece->weight);
  }
  return meaning;
}

/* ---- Texts with a known meaning ---- */

static const char *const words[] = { "cat",  " on ", "a:b", ": 1.2", "[dog]", "BREAK", " BREAK ", "\\",    "\\[",
                                     "灯台", "_x",   "1.5", ",\n",   "{a|b}", "__c__", "AND",     "x:1.3", ":" };

/* Writes a text in ComfyUI's way, and what it means there. */
static void
write_text (GRand *rand, int depth, double weight, GString *text, Meaning *meaning)
{
  int parts = g_rand_int_range (rand, 0, 5);

  for (int i = 0; i < parts; i++) {
    int kind = depth < 4 ? g_rand_int_range (rand, 0, 6) : 0;
    const char *word = words[g_rand_int_range (rand, 0, G_N_ELEMENTS (words))];

    if (kind <= 1) {
      if (g_str_has_suffix (text->str, "\\"))
        continue; /* one that met a bracket would change what stands here */
      g_string_append (text, word);
      add_letters (meaning, word, strlen (word), weight);
    } else if (kind == 2) {
      if (g_str_has_suffix (text->str, "\\"))
        continue;
      g_string_append (text, "\\(");
      add_letters (meaning, "(", 1, weight);
    } else {
      static const double numbers[] = { 0.5, 1, 1.1, 1.25, 2, 0 };
      static const char *const forms[] = { ":%.2f)", ": %.2f)", ":%.2f )", ":+%.2f)" };
      double number = numbers[g_rand_int_range (rand, 0, G_N_ELEMENTS (numbers))];
      gboolean explicit = kind > 3;

      if (g_str_has_suffix (text->str, "\\"))
        continue;
      g_string_append (text, "(q");
      add_letters (meaning, "q", 1, explicit ? number : weight * 1.1);
      write_text (rand, depth + 1, explicit ? number : weight * 1.1, text, meaning);
      /* neither a number nor an escape may stand where this bracket ends */
      g_string_append (text, "z");
      add_letters (meaning, "z", 1, explicit ? number : weight * 1.1);
      if (explicit)
        g_string_append_printf (text, forms[g_rand_int_range (rand, 0, G_N_ELEMENTS (forms))], number);
      else
        g_string_append_c (text, ')');
    }
  }
}

static void
assert_same (const char *source, const char *rewritten, const Meaning *wanted)
{
  Meaning found = read_limn (rewritten);

  g_test_message ("%s -> %s", source, rewritten);
  g_assert_cmpstr (found.letters->str, ==, wanted->letters->str);
  for (guint i = 0; i < wanted->weights->len; i++)
    g_assert_cmpfloat_with_epsilon (g_array_index (found.weights, double, i),
                                    g_array_index (wanted->weights, double, i), 1e-6);
  meaning_clear (&found);
}

static char *
rewrite (const char *text, gboolean choices)
{
  g_autoptr (LimnForeign) foreign = limn_foreign_new (LIMN_FOREIGN_COMFY, "ComfyUI");
  char *rewritten = limn_emphasis_from_comfy (foreign, text, choices);

  g_assert_cmpstr (limn_settings_values (foreign->settings)->emphasis, ==, "comfy");
  g_assert_true (limn_foreign_has (foreign, "emphasis"));
  return rewritten;
}

static void
test_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_test_rand_int ());
  g_autoptr (LimnWildcards) wildcards = limn_wildcards_new ("/nowhere");

  for (int i = 0; i < 3000; i++) {
    g_autoptr (GString) text = g_string_new (NULL);
    g_autofree char *rewritten = NULL;
    g_autofree char *expanded = NULL;
    GError *error = NULL;
    Meaning wanted = meaning_new ();

    write_text (rand, 0, 1, text, &wanted);
    rewritten = rewrite (text->str, FALSE);
    expanded = limn_wildcards_expand (wildcards, rewritten, 1, &error);
    g_assert_no_error (error); /* nothing is chosen, and no file is looked for */
    assert_same (text->str, expanded, &wanted);
    meaning_clear (&wanted);
  }
}

/* ---- Texts that were looked up ---- */

static void
test_known (void)
{
  static const struct {
    const char *comfy, *limn;
  } texts[] = {
    { "", "" },
    { "a (red (blue:1.3) [cube]:1.5) \\(a\\) BREAK", "a (red (blue:1.3) [cube]:1.5) \\(a\\) BREAK" },
    { "a {b|c} __d__", "a \\{b|c} \\__d__" },
    { "a {b} | c", "a {b} | c" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *rewritten = rewrite (texts[i].comfy, FALSE);

    g_assert_cmpstr (rewritten, ==, texts[i].limn);
  }
}

static void
test_choices (void)
{
  g_autofree char *kept = rewrite ("({red|blue} cat: 1.2) __x__", TRUE);

  g_assert_cmpstr (kept, ==, "({red|blue} cat: 1.2) __x__");
  g_assert_true (limn_emphasis_has_choices (kept));
  g_assert_false (limn_emphasis_has_choices ("a {cat} | b_c__"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/foreign-emphasis/known", test_known);
  g_test_add_func ("/foreign-emphasis/random", test_random);
  g_test_add_func ("/foreign-emphasis/choices", test_choices);
  return g_test_run ();
}
