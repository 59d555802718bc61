/* test-emphasis.c - each program's reading of a prompt: its pieces, weights and chunks, as ComfyUI and
 * stable-diffusion-webui gave them with the full vocabulary, and compel without.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/json.h"
#include "common/golden.h"
#include "text/prompt-compel.h"
#include "text/prompt-tokens.h"
#include "text/prompt-weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* pieces: [[text, weight], ...]; webui's breaks have the weight -1.  Where ComfyUI keeps \( as two control characters,
 * the file has it as it is read in the end. */
static void
check_pieces (const GArray *pieces, const LimnJson *expected)
{
  guint skipped = 0;

  for (guint i = 0; i < pieces->len; i++) {
    const LimnPromptPiece *piece = &g_array_index (pieces, LimnPromptPiece, i);

    if (limn_json_length (expected) == 0) { /* ComfyUI's empty prompt has none at all */
      g_assert_cmpstr (piece->text, ==, "");
      skipped++;
      continue;
    }
    const LimnJson *pair = limn_json_nth (expected, i);
    double weight = limn_json_number (limn_json_nth (pair, 1), NAN);
    g_assert_cmpstr (piece->is_break ? "BREAK" : piece->text, ==, limn_json_string (limn_json_nth (pair, 0), NULL));
    g_assert_true (fabs (piece->weight - (piece->is_break ? 1 : weight)) < 1e-9);
    g_assert_true (piece->is_break == (weight == -1 && g_str_equal (piece->text, "")));
  }
  g_assert_cmpuint (pieces->len - skipped, ==, limn_json_length (expected));
}

static void
check_chunk (const LimnPromptTokens *tokens, int chunk, int place, int id, double weight)
{
  gsize at = (gsize) chunk * LIMN_CHUNK_TOKENS + place;

  g_assert_cmpint (tokens->ids[at], ==, id);
  g_assert_true (fabs (tokens->weights[at] - weight) < 1e-5);
}

static void
check_comfy (LimnTokenizer *tokenizer, const char *prompt, const LimnJson *entry)
{
  const LimnJson *chunks = limn_json_member (entry, "comfy");
  g_autoptr (LimnPromptTokens) tokens =
      limn_prompt_tokens_new (tokenizer, prompt, limn_emphasis_find ("comfy"), limn_tokenizer_end (tokenizer), 1);
  g_autoptr (GArray) pieces = limn_prompt_weights_parse_comfy (prompt);

  check_pieces (pieces, limn_json_member (entry, "comfy_segments"));
  g_assert_cmpuint (tokens->chunks, ==, limn_json_length (chunks));
  for (int chunk = 0; chunk < tokens->chunks; chunk++)
    for (int i = 0; i < LIMN_CHUNK_TOKENS; i++) {
      const LimnJson *pair = limn_json_nth (limn_json_nth (chunks, chunk), i);

      check_chunk (tokens, chunk, i, (int) limn_json_number (limn_json_nth (pair, 0), -1),
                   limn_json_number (limn_json_nth (pair, 1), NAN));
    }
}

static void
check_webui (LimnTokenizer *tokenizer, const char *prompt, const LimnJson *entry)
{
  const LimnJson *chunks = limn_json_member (entry, "a1111");
  g_autoptr (LimnPromptTokens) tokens =
      limn_prompt_tokens_new (tokenizer, prompt, limn_emphasis_find ("a1111"), limn_tokenizer_end (tokenizer), 1);
  g_autoptr (GArray) pieces = limn_prompt_weights_parse (prompt);

  check_pieces (pieces, limn_json_member (entry, "a1111_parsed"));
  g_assert_cmpuint (tokens->chunks, ==, limn_json_length (chunks));
  for (int chunk = 0; chunk < tokens->chunks; chunk++) {
    const LimnJson *one = limn_json_nth (chunks, chunk);

    for (int i = 0; i < LIMN_CHUNK_TOKENS; i++)
      check_chunk (tokens, chunk, i, (int) limn_json_number (limn_json_nth (limn_json_member (one, "tokens"), i), -1),
                   limn_json_number (limn_json_nth (limn_json_member (one, "multipliers"), i), NAN));
  }
}

static void
test_chunks (void)
{
  g_autoptr (LimnJson) all = golden_json ("prompt/tokens.json");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTokenizer) tokenizer = limn_tokenizer_new (NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (limn_json_length (all), ==, 25);
  for (guint i = 0; i < limn_json_length (all); i++) {
    const LimnJson *entry = limn_json_nth (all, i);
    const char *prompt = limn_json_string (limn_json_member (entry, "prompt"), NULL);

    g_test_message ("%s", prompt);
    check_comfy (tokenizer, prompt, entry);
    check_webui (tokenizer, prompt, entry);
  }
}

/* Groups of words, each with its weight, written as ComfyUI writes them; read back, they weigh what they did. */
static void
write_group (GString *text, GArray *weights, double weight, int depth)
{
  for (int n = g_test_rand_int_range (1, 4); n > 0; n--) {
    double inner = g_test_rand_int_range (-20, 30) / 10.0;
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    switch (depth > 0 ? g_test_rand_int_range (0, 4) : 3) {
    case 0:
      g_string_append_c (text, '(');
      write_group (text, weights, weight * 1.1, depth - 1);
      g_string_append (text, ") ");
      break;
    case 1:
      g_string_append_c (text, '(');
      write_group (text, weights, inner, depth - 1);
      g_string_append_printf (text, ":%s) ", g_ascii_dtostr (number, sizeof number, inner));
      break;
    case 2:
      g_string_append (text, "\\( ");
      break;
    default:
      g_string_append_printf (text, "w%u ", weights->len);
      g_array_append_val (weights, weight);
    }
  }
}

static void
test_random (void)
{
  for (int i = 0; i < 500; i++) {
    g_autoptr (GString) text = g_string_new (NULL);
    g_autoptr (GArray) weights = g_array_new (FALSE, FALSE, sizeof (double));

    write_group (text, weights, 1, 4);
    g_autoptr (GArray) pieces = limn_prompt_weights_parse_comfy (text->str);
    guint word = 0;
    for (guint k = 0; k < pieces->len; k++) {
      const LimnPromptPiece *piece = &g_array_index (pieces, LimnPromptPiece, k);
      g_auto (GStrv) words = g_strsplit (piece->text, " ", -1);

      for (guint w = 0; words[w] != NULL; w++)
        if (words[w][0] == 'w') {
          g_assert_cmpint (atoi (words[w] + 1), ==, (int) word);
          g_assert_true (fabs (piece->weight - g_array_index (weights, double, word++)) < 1e-9);
        } else {
          g_assert_true (words[w][0] == '\0' || g_str_equal (words[w], "("));
        }
    }
    g_assert_cmpuint (word, ==, weights->len);
  }
}

/* What is text to a program is text to the encoders, whatever Limn's own reading of it is. */
static void
test_text (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTokenizer) tokenizer = limn_tokenizer_new (NULL, &error);
  g_autoptr (LimnPromptTokens) none =
      limn_prompt_tokens_new (tokenizer, "a (cat:1.3) \\{b\\|c\\}", limn_emphasis_find ("a1111_none"), 0, 1);
  g_autoptr (GArray) ids = limn_tokenizer_encode (tokenizer, "a (cat:1.3) {b|c}");
  g_autoptr (LimnPromptTokens) comfy =
      limn_prompt_tokens_new (tokenizer, "[a] BREAK \\{b\\}", limn_emphasis_find ("comfy"), 0, 1);
  g_autoptr (GArray) words = limn_tokenizer_encode (tokenizer, "[a] BREAK {b}");

  g_assert_cmpmem (none->ids + 1, none->used[0] * sizeof (int), ids->data, ids->len * sizeof (int));
  g_assert_false (limn_prompt_tokens_weighted (none, 0));
  g_assert_cmpint (comfy->chunks, ==, 1);
  g_assert_cmpmem (comfy->ids + 1, comfy->used[0] * sizeof (int), words->data, words->len * sizeof (int));
}

/* Words without the blanks around them, which no encoder sees. */
static char *
plain_words (const char *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t\r\n", -1);
  GString *plain = g_string_new (NULL);

  for (guint i = 0; words[i] != NULL; i++)
    if (words[i][0] != '\0')
      g_string_append_printf (plain, "%s%s", plain->len > 0 ? " " : "", words[i]);
  return g_string_free (plain, FALSE);
}

/* Each prompt's terms as compel's own reader has them: [place, share, [[text, weight], ...]]. */
static void
test_compel (void)
{
  g_autoptr (LimnJson) all = golden_json ("prompt/compel.json");

  g_assert_cmpuint (limn_json_length (all), ==, 92);
  for (guint i = 0; i < limn_json_length (all); i++) {
    const LimnJson *entry = limn_json_nth (all, i), *wanted = limn_json_member (entry, "terms");
    const char *prompt = limn_json_member_string (entry, "prompt");
    g_autoptr (GArray) terms = limn_prompt_compel_read (prompt);

    g_test_message ("%s", prompt);
    g_assert_cmpuint (terms->len, ==, limn_json_length (wanted));
    for (guint k = 0; k < terms->len; k++) {
      const LimnPromptTerm *term = &g_array_index (terms, LimnPromptTerm, k);
      const LimnJson *one = limn_json_nth (wanted, k), *pieces = limn_json_nth (one, 2);

      g_assert_cmpuint (term->place, ==, (guint) limn_json_number (limn_json_nth (one, 0), NAN));
      g_assert_cmpfloat_with_epsilon (term->share, limn_json_number (limn_json_nth (one, 1), NAN), 1e-9);
      g_assert_cmpuint (term->pieces->len, ==, MAX (limn_json_length (pieces), 1));
      for (guint n = 0; n < limn_json_length (pieces); n++) {
        const LimnPromptPiece *piece = &g_array_index (term->pieces, LimnPromptPiece, n);
        const LimnJson *pair = limn_json_nth (pieces, n);
        g_autofree char *text = plain_words (piece->text);
        g_autofree char *expected = plain_words (limn_json_string (limn_json_nth (pair, 0), NULL));

        g_assert_cmpstr (text, ==, expected);
        g_assert_cmpfloat_with_epsilon (piece->weight, limn_json_number (limn_json_nth (pair, 1), NAN), 1e-9);
      }
    }
  }
}

/* Groups of words as compel writes them; read back, they weigh what they did. */
static void
write_compel (GString *text, GArray *weights, double weight, int depth)
{
  for (int n = g_test_rand_int_range (1, 4); n > 0; n--) {
    int kind = depth > 0 ? g_test_rand_int_range (0, 5) : 3, signs = g_test_rand_int_range (1, 4);
    double inner = g_test_rand_int_range (0, 30) / 10.0, factor = pow (kind == 0 ? 1.1 : 0.9, signs);
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    if (kind >= 3) {
      g_string_append_printf (text, kind == 3 ? "w%u " : "w%u++ ", weights->len);
      factor = weight * (kind == 3 ? 1 : 1.1 * 1.1);
      g_array_append_val (weights, factor);
      continue;
    }
    g_string_append_c (text, '(');
    write_compel (text, weights, weight * (kind == 2 ? inner : factor), depth - 1);
    g_string_append_c (text, ')');
    for (int i = 0; kind < 2 && i < signs; i++)
      g_string_append_c (text, kind == 0 ? '+' : '-');
    if (kind == 2)
      g_string_append (text, g_ascii_dtostr (number, sizeof number, inner));
    g_string_append_c (text, ' ');
  }
}

static void
test_compel_random (void)
{
  for (int i = 0; i < 500; i++) {
    g_autoptr (GString) text = g_string_new (NULL);
    g_autoptr (GArray) weights = g_array_new (FALSE, FALSE, sizeof (double));
    guint word = 0;

    write_compel (text, weights, 1, 4);
    g_autoptr (GArray) terms = limn_prompt_compel_read (text->str);
    const GArray *pieces = g_array_index (terms, LimnPromptTerm, 0).pieces;
    for (guint k = 0; k < pieces->len; k++) {
      const LimnPromptPiece *piece = &g_array_index (pieces, LimnPromptPiece, k);
      g_auto (GStrv) words = g_strsplit (piece->text, " ", -1);

      for (guint w = 0; words[w] != NULL; w++) {
        double weight = g_array_index (weights, double, word);

        g_assert_cmpint (atoi (words[w] + 1), ==, (int) word++);
        g_assert_cmpfloat_with_epsilon (piece->weight, weight, 1e-9 * fabs (weight) + 1e-12);
      }
    }
    g_assert_cmpuint (word, ==, weights->len);
  }
}

/* A long prompt is cut after its last sentence that goes into a chunk; what weighs little is hidden in those that it
 * lies in, and their shares are as of halves. */
static void
test_compel_chunks (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTokenizer) tokenizer = limn_tokenizer_new (NULL, &error);
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_no_error (error);
  for (int i = 0; i < 11; i++)
    g_string_append (text, "the cat sat on the mat . ");
  g_string_append (text, "(dog)0.5");
  g_autoptr (LimnPromptTokens) tokens =
      limn_prompt_tokens_new (tokenizer, text->str, limn_emphasis_find ("compel"), limn_tokenizer_end (tokenizer), 3);
  g_assert_cmpint (tokens->chunks, ==, 3);
  g_assert_cmpint (tokens->readings, ==, 4);
  g_assert_cmpint (tokens->used[0], ==, 70);
  for (int reading = 0; reading < tokens->readings; reading++) {
    gboolean second = tokens->chunk[reading] == 1;

    g_assert_cmpint (tokens->chunk[reading], ==, reading > 1 ? reading - 1 : reading);
    g_assert_cmpfloat_with_epsilon (tokens->shares[reading], second ? 0.5 : 1, 1e-12);
    g_assert_true (limn_prompt_tokens_hides (tokens, reading) == (reading == 2));
  }
  const int *shown = tokens->ids + LIMN_CHUNK_TOKENS, *hidden = shown + LIMN_CHUNK_TOKENS;
  for (int i = 0; i < LIMN_CHUNK_TOKENS; i++)
    g_assert_cmpint (hidden[i], ==, i == tokens->used[1] ? LIMN_HIDDEN_ID (shown[i]) : shown[i]);
}

/* Far deeper than anybody nests: no crash, and all of it is there. */
static void
test_deep (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < 20000; i++)
    g_string_append_c (text, '(');
  for (int i = 0; i < 20000; i++)
    g_string_append_c (text, ')');
  g_autoptr (GArray) terms = limn_prompt_compel_read (text->str);
  g_assert_cmpuint (terms->len, ==, 1);
  g_autoptr (GArray) pieces = limn_prompt_weights_parse_comfy (text->str);
  g_assert_cmpuint (pieces->len, ==, 1);
  g_assert_cmpuint (strlen (g_array_index (pieces, LimnPromptPiece, 0).text), ==, text->len - 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/emphasis/chunks", test_chunks);
  g_test_add_func ("/emphasis/random", test_random);
  g_test_add_func ("/emphasis/compel", test_compel);
  g_test_add_func ("/emphasis/compel-random", test_compel_random);
  g_test_add_func ("/emphasis/compel-chunks", test_compel_chunks);
  g_test_add_func ("/emphasis/text", test_text);
  g_test_add_func ("/emphasis/deep", test_deep);
  return g_test_run ();
}
