/* test-conditioning.c - rows, joined states, chunks, zeros and time ids, with encoders that only say what they were
 * given.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/conditioning.h"

#include "base/error.h"
#include "base/json.h"
#include "base/size-hints.h"
#include "common/golden.h"
#include "text/prompt-tokens.h"

#include <math.h>
#include <string.h>

#define WIDTH_1 3
#define WIDTH_2 5
#define POOLED 4

typedef struct {
  int calls, fail_at;
  LimnPartId last;
} Fake;

/* hidden[token][c] = id of the token, + 0.25 from the second encoder; pooled = the first prompt id. */
static gboolean
encode_cb (LimnPartId which, const int *ids, float *hidden, float *pooled, gpointer data, GError **error)
{
  Fake *fake = data;
  int width = which == LIMN_PART_TEXT_ENCODER ? WIDTH_1 : WIDTH_2;

  if (fake->calls++ == fake->fail_at) {
    g_set_error_literal (error, LIMN_ERROR, LIMN_ERROR_CANCELLED, "stop");
    return FALSE;
  }
  /* An encoder is done with before the next one comes. */
  g_assert_cmpint (which, >=, fake->last);
  fake->last = which;
  for (int i = 0; i < LIMN_CHUNK_TOKENS * width; i++)
    hidden[i] = ids[i / width] + (which == LIMN_PART_TEXT_ENCODER_2 ? 0.25f : 0);
  g_assert_true (which == LIMN_PART_TEXT_ENCODER_2 || pooled == NULL);
  for (int c = 0; pooled != NULL && c < POOLED; c++)
    pooled[c] = ids[1];
  return TRUE;
}

typedef struct {
  LimnTokenizer *tokenizers[2];
  LimnConditioner conditioner;
  Fake fake;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const char *const folders[] = { "mini-sdxl/tokenizer", "mini-sdxl/tokenizer_2" };
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 2; i++) {
    g_autofree char *path = golden_path (folders[i]);
    fixture->tokenizers[i] = limn_tokenizer_new (path, &error);
    g_assert_no_error (error);
    fixture->conditioner.sides[i] = (LimnEncoderSide){
      .which = i == 0 ? LIMN_PART_TEXT_ENCODER : LIMN_PART_TEXT_ENCODER_2,
      .tokenizer = fixture->tokenizers[i],
      .pad = limn_tokenizer_pad (fixture->tokenizers[i]),
      .width = i == 0 ? WIDTH_1 : WIDTH_2,
      .projection = i == 0 ? 0 : POOLED,
    };
  }
  fixture->fake = (Fake){ .fail_at = -1 };
  fixture->conditioner.n_sides = 2;
  fixture->conditioner.n_time_ids = 6;
  fixture->conditioner.zeros_for_none = TRUE;
  fixture->conditioner.encode = encode_cb;
  fixture->conditioner.data = &fixture->fake;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  limn_tokenizer_free (fixture->tokenizers[0]);
  limn_tokenizer_free (fixture->tokenizers[1]);
}

static LimnConditioning *
condition (Fixture *fixture, const LimnCaption *captions, int rows)
{
  g_autoptr (GError) error = NULL;
  LimnConditioning *out = limn_conditioning_new (&fixture->conditioner, captions, rows, &error);

  g_assert_no_error (error);
  g_assert_cmpint (fixture->fake.calls, ==, limn_conditioning_count (&fixture->conditioner, captions, rows));
  return out;
}

/* ids: of both encoders, [tokens] each. */
static void
assert_row (const LimnConditioning *out, int row, const int *first, const int *second)
{
  for (int token = 0; token < out->tokens; token++)
    for (int c = 0; c < out->channels; c++) {
      float value = out->context[((gsize) row * out->tokens + token) * out->channels + c];
      g_assert_true (value == (c < WIDTH_1 ? first[token] : second[token] + 0.25f));
    }
  for (int c = 0; c < out->pooled_channels; c++)
    g_assert_true (out->pooled[row * out->pooled_channels + c] == second[1]);
}

/* The ids that diffusers made of the pipelines' prompts, with the padding of either encoder. */
static void
test_ids (Fixture *fixture, gconstpointer data)
{
  static const char *const prompt = "an astronaut riding a horse on mars, highly detailed";
  static const char *const negative = "blurry, low quality, text";
  g_autoptr (LimnTensors) file = golden_open ("pipeline/sdxl.safetensors");
  const LimnCaption captions[] = { { .prompts = { negative, negative } }, { .prompts = { prompt, prompt } } };
  g_autoptr (LimnConditioning) out = condition (fixture, captions, 2);

  g_assert_cmpint (out->rows, ==, 2);
  g_assert_cmpint (out->tokens, ==, 77);
  g_assert_cmpint (out->channels, ==, WIDTH_1 + WIDTH_2);
  g_assert_cmpint (out->pooled_channels, ==, POOLED);
  for (int row = 0; row < 2; row++) {
    const char *side = row == 0 ? "negative" : "prompt";
    g_autofree int *first = golden_ints (file, NULL, "t2i_main/ids_L_%s", side);
    g_autofree int *second = golden_ints (file, NULL, "t2i_main/ids_G_%s", side);
    assert_row (out, row, first, second);
  }
}

/* A prompt of its own for each encoder, as diffusers splits them. */
static void
test_second_prompt (Fixture *fixture, gconstpointer data)
{
  g_autoptr (LimnTensors) file = golden_open ("pipeline/sdxl.safetensors");
  const LimnCaption captions[] = {
    { .prompts = { "blurry, low quality, text", "ugly" } },
    { .prompts = { "an astronaut riding a horse on mars, highly detailed",
                   "portrait of a woman with red hair, bokeh" } },
  };
  g_autoptr (LimnConditioning) out = condition (fixture, captions, 2);

  g_autofree int *first = golden_ints (file, NULL, "t2i_main/ids_L_prompt");
  g_autofree int *second = golden_ints (file, NULL, "t2i_no_negative/ids_G_prompt");
  assert_row (out, 1, first, second);

  /* Nothing for one encoder is "", not zeros, where the other has words. */
  const LimnCaption half[] = { { .prompts = { NULL, "ugly" } } }, same[] = { { .prompts = { "", "ugly" } } };
  fixture->fake = (Fake){ .fail_at = -1 };
  g_autoptr (LimnConditioning) one = condition (fixture, half, 1);
  fixture->fake = (Fake){ .fail_at = -1 };
  g_autoptr (LimnConditioning) two = condition (fixture, same, 1);
  gsize n = (gsize) one->tokens * one->channels * sizeof (float);
  g_assert_cmpmem (one->context, n, two->context, n);
  g_assert_true (one->context[0] != 0);
}

/* A weighted token's state moves away from the empty prompt's by the weight; the others stay, to the bit. */
static void
test_weights (Fixture *fixture, gconstpointer data)
{
  const LimnCaption captions[] = { { .prompts = { "a red horse BREAK mars", "a red horse BREAK mars" } },
                                   { .prompts = { "a (red:1.5) horse BREAK [mars]",
                                                  "a (red:1.5) horse BREAK [mars]" } },
                                   { .prompts = { "", "" } } };
  g_autoptr (LimnConditioning) out = condition (fixture, captions, 3);
  gsize row = (gsize) out->tokens * out->channels;
  int weighted = 0;

  g_assert_cmpint (out->tokens, ==, 2 * 77);
  for (int side = 0; side < 2; side++) {
    g_autoptr (LimnPromptTokens) tokens =
        limn_prompt_tokens_new (fixture->tokenizers[side], captions[1].prompts[side], NULL, 0, 1);

    for (int token = 0; token < out->tokens; token++)
      for (int c = side == 0 ? 0 : WIDTH_1; c < (side == 0 ? WIDTH_1 : WIDTH_1 + WIDTH_2); c++) {
        gsize at = (gsize) token * out->channels + c;
        float plain = out->context[at], empty = out->context[2 * row + at], weight = tokens->weights[token];

        /* The empty prompt's second chunk is as its first. */
        g_assert_true (out->context[row + at] == (weight == 1 ? plain : empty + weight * (plain - empty)));
        weighted += weight != 1 && out->context[row + at] != plain;
      }
  }
  g_assert_cmpint (weighted, >, 0);
  g_assert_cmpmem (out->pooled, POOLED * sizeof (float), out->pooled + POOLED, POOLED * sizeof (float));

  const LimnCaption ones[] = { { .prompts = { "a (red:1.0) horse BREAK mars", "a (red:1) horse BREAK mars" } } };
  fixture->fake = (Fake){ .fail_at = -1 };
  g_autoptr (LimnConditioning) same = condition (fixture, ones, 1);
  g_assert_cmpmem (same->context, row * sizeof (float), out->context, row * sizeof (float));
}

/* What out says of a token in row, in column c. */
static double
state (const LimnConditioning *out, int row, int token, int c)
{
  return out->context[((gsize) row * out->tokens + token) * out->channels + c];
}

/* compel's: what weighs less than 1 is mixed with what is said where its tokens are hidden (which these encoders show
 * as ids below 0), by its tangent; blends and joined prompts of the states of theirs. */
static void
test_compel (Fixture *fixture, gconstpointer data)
{
  static const char *const prompts[] = { "(red)0.4 horse (mars)1.5",
                                         "red horse mars",
                                         "",
                                         "(\"red horse mars\", \"mars\").blend(1, 3)",
                                         "mars",
                                         "(\"red\", \"horse\").and(1, 0.25)",
                                         "red BREAK horse",
                                         "red",
                                         "horse" };
  LimnCaption captions[G_N_ELEMENTS (prompts)] = { 0 };
  double share = tan (0.6 * G_PI / 2);

  for (int i = 0; i < (int) G_N_ELEMENTS (prompts); i++)
    captions[i] = (LimnCaption){ .prompts = { prompts[i], prompts[i] }, .prompt = i };
  fixture->conditioner.emphasis = limn_emphasis_find ("compel");
  g_autoptr (LimnConditioning) out = condition (fixture, captions, G_N_ELEMENTS (prompts));
  g_assert_cmpint (out->tokens, ==, 2 * 77); /* of "and": the others are said twice */
  for (int side = 0; side < 2; side++) {
    LimnTokenizer *tokenizer = fixture->tokenizers[side];
    g_autoptr (GArray) red = limn_tokenizer_encode (tokenizer, "red");
    g_autoptr (GArray) horse = limn_tokenizer_encode (tokenizer, "horse");
    g_autoptr (GArray) mars = limn_tokenizer_encode (tokenizer, "mars");
    int first_mars = 1 + (int) (red->len + horse->len), c = side == 0 ? 0 : WIDTH_1;

    for (int token = 0; token < 77; token++) {
      double plain = state (out, 1, token, c), empty = state (out, 2, token, c), more = side == 0 ? 0 : 0.25;
      gboolean is_red = token >= 1 && token <= (int) red->len;
      gboolean is_mars = token >= first_mars && token < first_mars + (int) mars->len;
      double hidden = is_red ? ~(int) (plain - more) + more : plain, weight = is_red ? 0.4f : is_mars ? 1.5 : 1;
      double expected = (empty + weight * (plain - empty) + share * (empty + weight * (hidden - empty))) / (1 + share);

      g_assert_cmpfloat_with_epsilon (state (out, 0, token, c), expected, 1e-6 * (fabs (expected) + fabs (empty)));
      g_assert_cmpfloat (state (out, 0, 77 + token, c), ==, state (out, 0, token, c));
      expected = (plain + 3 * state (out, 4, token, c)) / 4;
      g_assert_cmpfloat_with_epsilon (state (out, 3, token, c), expected, 1e-6 * fabs (expected));
      g_assert_cmpfloat (state (out, 5, token, c), ==, state (out, 7, token, c));
      expected = empty + 0.25 * (state (out, 8, token, c) - empty);
      g_assert_cmpfloat_with_epsilon (state (out, 5, 77 + token, c), expected, 1e-6 * fabs (expected));
    }
  }
  /* the pooled vector is of the text as it is written: of "(", not of "red"; BREAK is a word */
  g_autoptr (GArray) bracket = limn_tokenizer_encode (fixture->tokenizers[1], "(");
  g_assert_true (out->pooled[0] == g_array_index (bracket, int, 0));
  g_assert_true (out->pooled[POOLED] != out->pooled[0]);
}

/* Nothing at all is zeros where the model asks for it, and an encoded "" where not. */
static void
test_none (Fixture *fixture, gconstpointer data)
{
  const LimnCaption captions[] = { { .prompts = { NULL, NULL } }, { .prompts = { "a horse", "a horse" } } };
  g_autoptr (LimnConditioning) zeros = condition (fixture, captions, 2);

  for (int i = 0; i < zeros->tokens * zeros->channels; i++)
    g_assert_true (zeros->context[i] == 0);
  for (int i = 0; i < POOLED; i++)
    g_assert_true (zeros->pooled[i] == 0 && zeros->pooled[POOLED + i] != 0);

  const LimnCaption empty[] = { { .prompts = { "", "" } }, { .prompts = { "a horse", "a horse" } } };
  fixture->fake = (Fake){ .fail_at = -1 };
  fixture->conditioner.zeros_for_none = FALSE;
  g_autoptr (LimnConditioning) encoded = condition (fixture, captions, 2);
  fixture->fake = (Fake){ .fail_at = -1 };
  fixture->conditioner.zeros_for_none = TRUE;
  g_autoptr (LimnConditioning) same = condition (fixture, empty, 2);
  gsize n = (gsize) same->rows * same->tokens * same->channels * sizeof (float);
  g_assert_cmpmem (encoded->context, n, same->context, n);
  g_assert_true (encoded->context[0] != 0);
}

/* A long prompt takes more chunks, and the short side gets as many: its text, then empty ones. */
static void
test_chunks (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < 160; i++)
    g_string_append (text, "horse ");
  const LimnCaption captions[] = { { .prompts = { "mars", "mars" } },
                                   { .prompts = { text->str, text->str } },
                                   { .prompts = { NULL, NULL } } };
  g_autoptr (LimnConditioning) out = condition (fixture, captions, 3);
  int chunks = out->tokens / 77;

  g_assert_cmpint (out->tokens % 77, ==, 0);
  g_assert_cmpint (chunks, >=, 3);
  for (int row = 0; row < 2; row++) {
    int n;
    g_autofree int *first = limn_tokenizer_chunks (fixture->tokenizers[0], captions[row].prompts[0],
                                                   fixture->conditioner.sides[0].pad, chunks, &n);
    g_autofree int *second = limn_tokenizer_chunks (fixture->tokenizers[1], captions[row].prompts[1],
                                                    fixture->conditioner.sides[1].pad, chunks, &n);
    g_assert_cmpint (n, ==, chunks);
    assert_row (out, row, first, second);
  }
  /* A last chunk that only fills up holds no words. */
  int begin = limn_tokenizer_begin (fixture->tokenizers[0]), end = limn_tokenizer_end (fixture->tokenizers[0]);
  g_assert_true (out->context[(out->tokens - 77) * out->channels] == begin);
  g_assert_true (out->context[(out->tokens - 76) * out->channels] == end);
}

static void
test_time_ids (Fixture *fixture, gconstpointer data)
{
  const LimnSizeHints none = { 0 };
  LimnSizeHints hints = { .original_width = 160, .original_height = 240, .crop_left = 16, .crop_top = 8 };
  static const float six[] = { 240, 160, 8, 16, 192, 128 }, five[] = { 240, 160, 8, 16, 6.5f };
  static const float defaults[] = { 192, 128, 0, 0, 192, 128 };
  float ids[6];

  hints = limn_size_hints_resolve (&hints, 128, 192);
  limn_time_ids (&hints, 6.5, 6, ids);
  g_assert_cmpmem (ids, sizeof six, six, sizeof six);
  limn_time_ids (&hints, 6.5, 5, ids);
  g_assert_cmpmem (ids, sizeof five, five, sizeof five);
  hints = limn_size_hints_resolve (&none, 128, 192);
  limn_time_ids (&hints, 0, 6, ids);
  g_assert_cmpmem (ids, sizeof defaults, defaults, sizeof defaults);
}

static void
test_failure (Fixture *fixture, gconstpointer data)
{
  const LimnCaption captions[] = { { .prompts = { "one", "one" } }, { .prompts = { "two", "two" } } };

  for (int i = 0; i < 4; i++) {
    g_autoptr (GError) error = NULL;
    fixture->fake = (Fake){ .fail_at = i };
    g_assert_null (limn_conditioning_new (&fixture->conditioner, captions, 2, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/conditioning/ids", Fixture, NULL, set_up, test_ids, tear_down);
  g_test_add ("/conditioning/second-prompt", Fixture, NULL, set_up, test_second_prompt, tear_down);
  g_test_add ("/conditioning/weights", Fixture, NULL, set_up, test_weights, tear_down);
  g_test_add ("/conditioning/compel", Fixture, NULL, set_up, test_compel, tear_down);
  g_test_add ("/conditioning/none", Fixture, NULL, set_up, test_none, tear_down);
  g_test_add ("/conditioning/chunks", Fixture, NULL, set_up, test_chunks, tear_down);
  g_test_add ("/conditioning/time-ids", Fixture, NULL, set_up, test_time_ids, tear_down);
  g_test_add ("/conditioning/failure", Fixture, NULL, set_up, test_failure, tear_down);
  return g_test_run ();
}
