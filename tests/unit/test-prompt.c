/* test-prompt.c - prompts as the encoders get them: weights, BREAK, chunks, LoRA tags, and the reader that shows them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/golden.h"
#include "engine/limn.h"
#include "text/prompt-lines.h"
#include "text/prompt-loras.h"
#include "text/prompt-tokens.h"

#include <string.h>

static LimnTokenizer *
open_tokenizer (void)
{
  g_autofree char *path = golden_path ("mini-sdxl/tokenizer");
  g_autoptr (GError) error = NULL;
  LimnTokenizer *tokenizer = limn_tokenizer_new (path, &error);

  g_assert_no_error (error);
  return tokenizer;
}

static void
assert_same (const LimnPromptTokens *a, const LimnPromptTokens *b)
{
  gsize n = (gsize) a->chunks * LIMN_CHUNK_TOKENS;

  g_assert_cmpint (a->chunks, ==, b->chunks);
  g_assert_cmpmem (a->ids, n * sizeof (int), b->ids, n * sizeof (int));
  g_assert_cmpmem (a->weights, n * sizeof (float), b->weights, n * sizeof (float));
}

/* Without syntax it is what the tokenizer's own chunks are, however long. */
static void
test_plain (void)
{
  g_autoptr (LimnTokenizer) tokenizer = open_tokenizer ();
  g_autoptr (GString) text = g_string_new (NULL);

  for (int words = 0; words < 200; words++) {
    int n;
    g_autofree int *ids = limn_tokenizer_chunks (tokenizer, text->str, 7, 2, &n);
    g_autoptr (LimnPromptTokens) tokens = limn_prompt_tokens_new (tokenizer, text->str, NULL, 7, 2);

    g_assert_cmpint (tokens->chunks, ==, n);
    g_assert_cmpmem (tokens->ids, sizeof (int) * n * LIMN_CHUNK_TOKENS, ids, sizeof (int) * n * LIMN_CHUNK_TOKENS);
    for (int chunk = 0; chunk < n; chunk++)
      g_assert_false (limn_prompt_tokens_weighted (tokens, chunk));
    g_string_append (text, words % 3 == 0 ? "horse, " : "on ");
  }
}

static void
test_equal_forms (void)
{
  static const char *const pairs[][2] = {
    { "a (red:1.0) horse", "a red horse" },           { "a ((red:1.1)) horse", "a (red:1.21) horse" },
    { "a <lora:thing:0.8>red horse", "a red horse" }, { "a red horse <LYCO:my thing:1:2>", "a red horse" },
    { "a red horse BREAK", "a red horse" },           { "BREAK a red horse", "a red horse" },
    { "a BREAK BREAK horse", "a BREAK horse" },
  };
  g_autoptr (LimnTokenizer) tokenizer = open_tokenizer ();

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
    g_autoptr (LimnPromptTokens) a = limn_prompt_tokens_new (tokenizer, pairs[i][0], NULL, 7, 1);
    g_autoptr (LimnPromptTokens) b = limn_prompt_tokens_new (tokenizer, pairs[i][1], NULL, 7, 1);

    g_test_message ("%s", pairs[i][0]);
    /* 1.1 * 1.1 is not quite 1.21. */
    for (int k = 0; k < a->chunks * LIMN_CHUNK_TOKENS; k++)
      if (!(ABS (a->weights[k] - b->weights[k]) > 1e-6))
        a->weights[k] = b->weights[k];
    assert_same (a, b);
  }
}

static void
test_weights (void)
{
  g_autoptr (LimnTokenizer) tokenizer = open_tokenizer ();
  g_autoptr (LimnPromptTokens) plain = limn_prompt_tokens_new (tokenizer, "a red horse on mars", NULL, 7, 1);
  g_autoptr (LimnPromptTokens) tokens = limn_prompt_tokens_new (tokenizer, "a (red horse:1.5) [on] mars", NULL, 7, 1);
  g_autoptr (GArray) first = limn_tokenizer_encode (tokenizer, "a");
  g_autoptr (GArray) heavy = limn_tokenizer_encode (tokenizer, "red horse");
  g_autoptr (GArray) light = limn_tokenizer_encode (tokenizer, "on");
  int a = 1 + first->len, b = a + heavy->len, c = b + light->len;

  g_assert_cmpmem (plain->ids, LIMN_CHUNK_TOKENS * sizeof (int), tokens->ids, LIMN_CHUNK_TOKENS * sizeof (int));
  g_assert_true (limn_prompt_tokens_weighted (tokens, 0));
  for (int i = 0; i < LIMN_CHUNK_TOKENS; i++)
    g_assert_cmpfloat (tokens->weights[i], ==, i < a ? 1 : i < b ? 1.5f : i < c ? (float) (1 / 1.1) : 1);
}

static void
test_break (void)
{
  g_autoptr (LimnTokenizer) tokenizer = open_tokenizer ();
  g_autoptr (LimnPromptTokens) tokens = limn_prompt_tokens_new (tokenizer, "red BREAK (blue:2)", NULL, 7, 1);
  g_autoptr (LimnPromptTokens) red = limn_prompt_tokens_new (tokenizer, "red", NULL, 7, 1);
  g_autoptr (LimnPromptTokens) blue = limn_prompt_tokens_new (tokenizer, "blue", NULL, 7, 1);
  gsize size = LIMN_CHUNK_TOKENS * sizeof (int);

  g_assert_cmpint (tokens->chunks, ==, 2);
  g_assert_cmpmem (tokens->ids, size, red->ids, size);
  g_assert_cmpmem (tokens->ids + LIMN_CHUNK_TOKENS, size, blue->ids, size);
  g_assert_false (limn_prompt_tokens_weighted (tokens, 0));
  g_assert_true (limn_prompt_tokens_weighted (tokens, 1));
}

/* webui's order: the text encoders', then the U-Net's. */
static void
test_lora_weights (void)
{
  static const struct {
    const char *tag, *name;
    double text, unet;
    const char *unread;
  } cases[] = {
    { "<lora:ink>", "ink", 1, 1 },
    { "<lora:ink:0.8>", "ink", 0.8, 0.8 },
    { "<lora:ink:0.8:0.5>", "ink", 0.8, 0.5 },
    { "<LYCO: in k : -1.5 >", "in k", -1.5, -1.5 },
    { "<lora:style/ink:te=0.25>", "style/ink", 0.25, 0.25 },
    { "<lora:ink:1:unet=0.25>", "ink", 1, 0.25 },
    { "<lora:ink:te=0:unet=2>", "ink", 0, 2 },
    { "<lora:ink:unet=2>", "ink", 1, 2 },
    { "<lora:ink:0.5:0.6:0.7>", "ink", 0.5, 0.6, "0.7" },
    { "<lora:ink:0.5:lbw=MIDD:step=3>", "ink", 0.5, 0.5, "step=3" },
    { "<lora:ink:0.5:lbw=MOST:x=2>", "ink", 0.5, 0.5, "lbw=MOST:x=2" },
    { "<lora:ink:0.5:lbw=1,0,1>", "ink", 0.5, 0.5, "lbw=1,0,1" },
    { "<lora:ink:1:start=2.5:stop=-1>", "ink", 1, 1, "start=2.5:stop=-1" },
    { "<lora:ink:1:step=1-2-3>", "ink", 1, 1, "step=1-2-3" },
    { "<lora:ink:much>", "ink", 1, 1, "much" },
    { "<lora:ink:nan>", "ink", 1, 1, "nan" },
    { "<lora:ink:1e9>", "ink", 1, 1, "1e9" },
    { "<lora:ink:0,8>", "ink", 1, 1, "0,8" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *prompt = g_strdup_printf ("a < b %s c", cases[i].tag);
    g_autoptr (GArray) loras = limn_prompt_loras (prompt);
    const LimnPromptLora *lora = &g_array_index (loras, LimnPromptLora, 0);

    g_assert_cmpuint (loras->len, ==, 1);
    g_assert_cmpstr (lora->name, ==, cases[i].name);
    g_assert_cmpfloat (lora->text, ==, cases[i].text);
    g_assert_cmpfloat (lora->unet, ==, cases[i].unet);
    g_assert_cmpstr (lora->unread, ==, cases[i].unread);
    g_assert_cmpuint (lora->start, ==, 6);
    g_assert_cmpuint (lora->length, ==, strlen (cases[i].tag));

    /* what is written for it is read as the same */
    g_autofree char *tag = limn_prompt_lora_tag (lora->name, lora->text, lora->unet);
    g_autoptr (GArray) again = limn_prompt_loras (tag);
    g_assert_cmpuint (again->len, ==, 1);
    g_assert_cmpstr (g_array_index (again, LimnPromptLora, 0).name, ==, cases[i].name);
    g_assert_cmpfloat (g_array_index (again, LimnPromptLora, 0).text, ==, cases[i].text);
    g_assert_cmpfloat (g_array_index (again, LimnPromptLora, 0).unet, ==, cases[i].unet);
  }
}

/* The step that it begins with counts from 1, and the one that it stops at is the first without it. */
static void
test_lora_steps (void)
{
  static const struct {
    const char *tag;
    int steps, first, end; /* counted from 0; those that have it */
  } cases[] = {
    { "<lora:ink:1>", 20, 0, 20 },
    { "<lora:ink:1:start=1>", 20, 0, 20 },
    { "<lora:ink:1:start=10>", 20, 9, 20 },
    { "<lora:ink:1:stop=10>", 20, 0, 9 },
    { "<lora:ink:1:start=5:stop=10>", 20, 4, 9 },
    { "<lora:ink:1:step=5-10>", 20, 4, 9 },
    { "<lora:ink:1:stop=1>", 20, 0, 0 },
    { "<lora:ink:1:stop=0.4>", 20, 0, 7 },
    { "<lora:ink:1:start=0.4>", 20, 7, 20 },
    { "<lora:ink:1:start=0.01>", 20, 0, 20 },
    { "<lora:ink:1:step=0.5-30>", 30, 14, 29 },
    { "<lora:ink:1:start=40>", 20, 20, 20 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GArray) loras = limn_prompt_loras (cases[i].tag);
    const LimnPromptLora *lora = &g_array_index (loras, LimnPromptLora, 0);
    g_autofree char *tag = limn_prompt_lora_write (lora);
    g_autoptr (GArray) again = limn_prompt_loras (tag);
    const LimnPromptLora *same = &g_array_index (again, LimnPromptLora, 0);

    g_assert_null (lora->unread);
    g_assert_cmpfloat (same->from, ==, lora->from);
    g_assert_cmpfloat (same->until, ==, lora->until);
    g_assert_cmpint (limn_prompt_lora_has_range (lora), ==, i > 0);
    for (int step = 0; step < cases[i].steps; step++)
      g_assert_cmpint (limn_prompt_lora_acts (lora, step, cases[i].steps), ==,
                       step >= cases[i].first && step < cases[i].end);
  }
}

/* Whose it is: as a tag says, whatever the case, or not at all. */
static void
test_lora_stage (void)
{
  static const struct {
    const char *tag, *written;
    LimnLoraStage stage;
  } cases[] = {
    { "<lora:ink:1>", "<lora:ink:1>", LIMN_LORA_STAGE_ANY },
    { "<lora:ink:stage=base>", "<lora:ink:1:stage=base>", LIMN_LORA_STAGE_BASE },
    { "<lora:ink:0.5:stage=Refiner>", "<lora:ink:0.5:stage=refiner>", LIMN_LORA_STAGE_REFINER },
    { "<lora:ink:stage=both:1:0.5>", "<lora:ink:1:0.5:stage=both>", LIMN_LORA_STAGE_BOTH },
    { "<lora:ink:1:start=3:stage=base:lbw=MIDD>", "<lora:ink:1:stage=base:lbw=MIDD:start=3>", LIMN_LORA_STAGE_BASE },
    { "<lora:ink:1:stage=second>", "<lora:ink:1:stage=second>", LIMN_LORA_STAGE_ANY },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GArray) loras = limn_prompt_loras (cases[i].tag);
    const LimnPromptLora *lora = &g_array_index (loras, LimnPromptLora, 0);
    g_autofree char *tag = limn_prompt_lora_write (lora);

    g_assert_cmpint (lora->stage, ==, cases[i].stage);
    g_assert_cmpstr (tag, ==, cases[i].written);
    g_assert_cmpstr (lora->unread, ==, i + 1 < G_N_ELEMENTS (cases) ? NULL : "stage=second");
  }
}

/* Where the extension puts the numbers of its lists. */
static void
test_lora_blocks (void)
{
  static const char *const all[LIMN_LORA_BLOCKS] = {
    "BASE", "IN00",  "IN01",  "IN02",  "IN03",  "IN04",  "IN05",  "IN06",  "IN07",  "IN08",  "IN09",  "IN10",  "IN11",
    "M00",  "OUT00", "OUT01", "OUT02", "OUT03", "OUT04", "OUT05", "OUT06", "OUT07", "OUT08", "OUT09", "OUT10", "OUT11",
  };
  static const char *const lists[] = {
    "BASE IN04 IN05 IN07 IN08 M00 OUT00 OUT01 OUT02 OUT03 OUT04 OUT05",
    "BASE IN01 IN02 IN04 IN05 IN07 IN08 M00 OUT03 OUT04 OUT05 OUT06 OUT07 OUT08 OUT09 OUT10 OUT11",
    "BASE IN00 IN01 IN02 IN03 IN04 IN05 IN06 IN07 IN08 M00 OUT00 OUT01 OUT02 OUT03 OUT04 OUT05 OUT06 OUT07 OUT08",
  };
  double weights[LIMN_LORA_BLOCKS], midd[LIMN_LORA_BLOCKS];

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
    g_auto (GStrv) names = g_strsplit (lists[i], " ", -1);
    g_autoptr (GString) text = g_string_new (NULL);

    for (guint k = 0; names[k] != NULL; k++)
      g_string_append_printf (text, "%s%u", k > 0 ? "," : "", k + 1);
    g_assert_true (limn_prompt_lora_blocks (text->str, weights));
    for (guint b = 0; b < LIMN_LORA_BLOCKS; b++) {
      double expected = 0;
      for (guint k = 0; names[k] != NULL; k++)
        expected = g_str_equal (names[k], all[b]) ? k + 1 : expected;
      g_assert_cmpfloat (weights[b], ==, expected);
    }
  }
  g_assert_true (limn_prompt_lora_blocks ("MIDD", midd));
  g_assert_true (limn_prompt_lora_blocks ("1,0,0,0,1, 1,1,1,1,1,1,1,0,0,0,0,0", weights));
  g_assert_cmpmem (midd, sizeof midd, weights, sizeof weights);
  for (guint i = 0; limn_prompt_lora_block_name (i) != NULL; i++)
    g_assert_true (limn_prompt_lora_blocks (limn_prompt_lora_block_name (i), weights));
  g_assert_false (limn_prompt_lora_blocks ("1,0,1", weights));
  g_assert_false (limn_prompt_lora_blocks ("R,0,0,0,0,0,0,0,0,0,0,0", weights));
  g_assert_false (limn_prompt_lora_blocks ("", weights));

  g_autoptr (GArray) loras = limn_prompt_loras ("<lora:ink:1:MIDD> <lora:ink:1:0.5:lbw=OUTALL:stop=0.5:x=1>");
  g_autofree char *first = limn_prompt_lora_write (&g_array_index (loras, LimnPromptLora, 0));
  g_autofree char *second = limn_prompt_lora_write (&g_array_index (loras, LimnPromptLora, 1));
  g_assert_cmpstr (first, ==, "<lora:ink:1:lbw=MIDD>");
  g_assert_cmpstr (second, ==, "<lora:ink:1:0.5:lbw=OUTALL:stop=0.5:x=1>");
}

static void
test_loras (void)
{
  static const struct {
    const char *prompt, *plain, *names;
  } cases[] = {
    { "a <lora:one:0.5> b <lora:two:1> <lora:one:2>", "a  b  ", "one,two" },
    { "<lora:no-weight>", "", "no-weight" },
    { "<lora::1> <lora:> <loran:x:1> <lora:open", "<lora::1> <lora:> <loran:x:1> <lora:open", "" },
    { "a < b > c <lora:x<lora:y:1>", "a < b > c <lora:x", "y" },
    { "caf\xe9 <lora:é:1>", "caf\xef\xbf\xbd ", "é" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
    g_autofree char *plain = limn_prompt_without_loras (cases[i].prompt, names);
    g_autoptr (GString) joined = g_string_new (NULL);

    for (guint k = 0; k < names->len; k++)
      g_string_append_printf (joined, "%s%s", k > 0 ? "," : "", (char *) g_ptr_array_index (names, k));
    g_assert_cmpstr (plain, ==, cases[i].plain);
    g_assert_cmpstr (joined->str, ==, cases[i].names);
  }
}

static void
test_reader (void)
{
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnPromptReader) reader = limn_prompt_reader_new (path, &error);
  g_autoptr (GString) said = g_string_new (NULL);

  g_assert_no_error (error);
  for (int encoder = 0; encoder < 2; encoder++) {
    g_autoptr (GPtrArray) tokens =
        limn_prompt_reader_read (reader, encoder, "A (Red:1.5) Astronaut <lora:x:1> BREAK on mars", NULL);
    g_string_truncate (said, 0);
    for (guint i = 0; i < tokens->len; i++) {
      const LimnToken *token = g_ptr_array_index (tokens, i);
      /* BREAK comes after these words. */
      g_assert_cmpint (token->chunk, ==, g_str_equal (said->str, "a red astronaut ") || token->chunk == 1 ? 1 : 0);
      g_string_append (said, token->text);
    }
    g_assert_cmpstr (said->str, ==, "a red astronaut on mars ");
    const LimnToken *second = g_ptr_array_index (tokens, 1);
    g_assert_cmpfloat (second->weight, ==, 1.5);
    g_autoptr (GPtrArray) none = limn_prompt_reader_read (reader, encoder, "", NULL);
    g_assert_cmpuint (none->len, ==, 0);
  }
}

/* What is shown is what the emphasis asked for makes of it. */
static void
test_reader_emphasis (void)
{
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (LimnPromptReader) reader = limn_prompt_reader_new (path, NULL);
  g_autoptr (GPtrArray) own = limn_prompt_reader_read (reader, 0, "red BREAK mars", NULL);
  g_autoptr (GPtrArray) same = limn_prompt_reader_read (reader, 0, "red BREAK mars", "limn");
  g_autoptr (GPtrArray) comfy = limn_prompt_reader_read (reader, 0, "red BREAK mars", "comfy");
  const LimnToken *last_own = own->pdata[own->len - 1], *last_comfy = comfy->pdata[comfy->len - 1];

  g_assert_cmpuint (same->len, ==, own->len);
  g_assert_cmpuint (comfy->len, >, own->len);
  g_assert_cmpint (last_own->chunk, ==, 1);
  g_assert_cmpint (last_comfy->chunk, ==, 0);
}

/* The refiner has the second encoder only; a single file has the full vocabulary. */
static void
test_reader_models (void)
{
  g_autofree char *refiner_path = golden_path ("mini-sdxl-refiner");
  g_autofree char *nowhere = golden_path ("rng.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnPromptReader) refiner = limn_prompt_reader_new (refiner_path, &error);

  g_assert_no_error (error);
  g_assert_null (limn_prompt_reader_read (refiner, 0, "a horse", NULL));
  g_autoptr (GPtrArray) tokens = limn_prompt_reader_read (refiner, 1, "a horse", NULL);
  g_assert_cmpuint (tokens->len, >, 0);
  g_assert_null (limn_prompt_reader_new (nowhere, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MODEL);
}

/* Whatever stands between and around them, the lines that are prompts come back, in their order. */
static void
test_lines (void)
{
  static const char *const prompts[] = { "a", "a cat, # 1", "{a|b} __c__ <lora:d:1>", "\"q\"", "été ☃", "(x:1.2)" };
  static const char *const others[] = { "", "  ", "#", " # a cat", "\t" };
  static const char *const ends[] = { "\n", "\r\n", "\r" };

  for (int i = 0; i < 200; i++) {
    g_autoptr (GString) text = g_string_new (g_test_rand_bit () ? "\xef\xbb\xbf" : "");
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
    int n = g_test_rand_int_range (0, 9);

    for (int j = 0; j < n; j++) {
      const char *end = ends[g_test_rand_int_range (0, 3)], *prompt = prompts[g_test_rand_int_range (0, 6)];
      gboolean real = g_test_rand_bit ();

      if (real)
        g_strv_builder_add (builder, prompt);
      g_string_append_printf (text, "%s%s%s", g_test_rand_bit () ? " " : "",
                              real ? prompt : others[g_test_rand_int_range (0, 5)],
                              j + 1 < n || g_test_rand_bit () ? end : "");
    }
    g_auto (GStrv) expected = g_strv_builder_end (builder), found = limn_prompt_lines (text->str);
    g_assert_cmpstrv (found, expected);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prompt/plain", test_plain);
  g_test_add_func ("/prompt/equal-forms", test_equal_forms);
  g_test_add_func ("/prompt/weights", test_weights);
  g_test_add_func ("/prompt/break", test_break);
  g_test_add_func ("/prompt/loras", test_loras);
  g_test_add_func ("/prompt/lora-weights", test_lora_weights);
  g_test_add_func ("/prompt/lora-steps", test_lora_steps);
  g_test_add_func ("/prompt/lora-stage", test_lora_stage);
  g_test_add_func ("/prompt/lora-blocks", test_lora_blocks);
  g_test_add_func ("/prompt/lines", test_lines);
  g_test_add_func ("/prompt/reader", test_reader);
  g_test_add_func ("/prompt/reader-emphasis", test_reader_emphasis);
  g_test_add_func ("/prompt/reader-models", test_reader_models);
  return g_test_run ();
}
