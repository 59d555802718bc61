/* test-request.c - requests as text: JSON there and back, damaged JSON, the "parameters" text, limits.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/json.h"
#include "common/golden-model.h"
#include "common/golden.h"
#include "engine/limn.h"

#include <locale.h>
#include <math.h>
#include <string.h>

static char *
random_text (GRand *random)
{
  static const char *const bits[] = { "a", " ", "\"", "\\", "\n", ",", ":", "é", "漢", "😀", "\t", "\x01", "Steps: 3" };
  GString *text = g_string_new (NULL);

  for (int i = g_rand_int_range (random, 0, 20); i > 0; i--)
    g_string_append (text, bits[g_rand_int_range (random, 0, G_N_ELEMENTS (bits))]);
  return g_string_free (text, FALSE);
}

static void
random_hints (GRand *random, LimnSizeHints *hints)
{
  int *values[] = { &hints->original_width, &hints->original_height, &hints->crop_left,
                    &hints->crop_top,       &hints->target_width,    &hints->target_height };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    *values[i] = g_rand_int_range (random, 0, 65536);
}

/* Any value that the row allows. */
static void
random_field (GRand *random, const LimnField *field, LimnFields *fields)
{
  guint n = 0;

  switch (field->kind) {
  case LIMN_FIELD_INT:
    limn_field_set (field, fields, g_rand_int_range (random, (int) field->least, (int) field->most + 1));
    break;
  case LIMN_FIELD_DOUBLE:
    limn_field_set (field, fields, g_rand_double_range (random, field->least, field->most));
    break;
  case LIMN_FIELD_SEED:
    *limn_field_seed (field, fields) =
        ((guint64) g_rand_int (random) << 32 | g_rand_int (random)) >> g_rand_int_range (random, 0, 64);
    break;
  case LIMN_FIELD_CHOICE:
    limn_field_set (field, fields, g_rand_int_range (random, 0, (int) g_strv_length ((char **) field->names)));
    break;
  case LIMN_FIELD_NAME:
    while (field->table (n) != NULL)
      n++;
    *limn_field_text (field, fields) = field->table (g_rand_int_range (random, 0, (int) n))->name;
    break;
  case LIMN_FIELD_TEXT:
    *limn_field_text (field, fields) = g_rand_boolean (random) ? "9.5, 4 1e-2\n0" : "";
    break;
  }
}

static void
assert_same_field (const LimnField *field, LimnFields *a, LimnFields *b)
{
  if (field->kind == LIMN_FIELD_SEED)
    g_assert_cmpuint (*limn_field_seed (field, a), ==, *limn_field_seed (field, b));
  else if (field->kind == LIMN_FIELD_NAME || field->kind == LIMN_FIELD_TEXT)
    g_assert_cmpstr (*limn_field_text (field, a), ==, *limn_field_text (field, b));
  else
    g_assert_true (limn_field_get (field, a) == limn_field_get (field, b));
}

static void
random_request (GRand *random, LimnRequest *request)
{
  guint n;
  const LimnField *fields = limn_fields (&n);

  limn_request_init (request, NULL);
  for (guint i = 0; i < n; i++)
    random_field (random, &fields[i], &request->fields);
  request->width = g_rand_int_range (random, 8, 513) * 8;
  request->height = g_rand_int_range (random, 8, 513) * 8;
  random_hints (random, &request->hints);
  random_hints (random, &request->negative_hints);
}

static void
assert_same (const LimnRequest *a, const LimnRequest *b)
{
  guint n;
  const LimnField *fields = limn_fields (&n);
  LimnFields one = a->fields, other = b->fields;

  g_assert_cmpstr (a->prompt, ==, b->prompt);
  g_assert_cmpstr (a->negative, ==, b->negative);
  for (guint i = 0; i < n; i++)
    assert_same_field (&fields[i], &one, &other);
  g_assert_cmpmem (&a->hints, sizeof a->hints, &b->hints, sizeof b->hints);
  g_assert_cmpmem (&a->negative_hints, sizeof a->hints, &b->negative_hints, sizeof b->hints);
}

static void
test_round_trip (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (5);

  for (int i = 0; i < 300; i++) {
    g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
    g_autoptr (GError) error = NULL;
    LimnRequest request, read;

    random_request (random, &request);
    g_autofree char *prompt = random_text (random);
    g_autofree char *negative = random_text (random);
    request.prompt = prompt;
    request.negative = negative;
    g_autofree char *json = limn_request_to_json (&request);
    limn_request_init (&read, NULL);
    g_assert_true (limn_request_from_json (&read, json, strings, &error));
    g_assert_no_error (error);
    assert_same (&request, &read);
    g_autofree char *again = limn_request_to_json (&read);
    g_assert_cmpstr (json, ==, again);
    g_string_chunk_free (g_steal_pointer (&strings));
  }
}

/* The largest seed, numbers with no short form, and a locale whose decimal point is a comma. */
static void
test_numbers (void)
{
  g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
  g_autoptr (GError) error = NULL;
  LimnRequest request, read;
  const char *locale = setlocale (LC_NUMERIC, "de_DE.UTF-8");

  g_test_message ("locale: %s", locale != NULL ? locale : "none with a comma here");
  limn_request_init (&request, NULL);
  request.seed = G_MAXUINT64;
  request.guidance = 0.1 + 0.2;
  request.handoff = 1 / 3.0;
  request.strength = 1e-300;
  g_autofree char *json = limn_request_to_json (&request);
  limn_request_init (&read, NULL);
  g_assert_true (limn_request_from_json (&read, json, strings, &error));
  request.negative = "";
  assert_same (&request, &read);
  setlocale (LC_NUMERIC, "C");
}

static void
test_partial (void)
{
  g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
  LimnRequest request, plain;

  limn_request_init (&plain, NULL);
  plain.negative = "kept";
  request = plain;
  g_assert_true (
      limn_request_from_json (&request, "{\"steps\": 7, \"new in some later version\": [1, {}]}", strings, NULL));
  g_assert_cmpint (request.steps, ==, 7);
  request.steps = plain.steps;
  assert_same (&request, &plain);
}

/* What a run went on from is written for people, and skipped when read. */
static void
test_start (void)
{
  g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
  g_autoptr (GString) nested = g_string_new ("{}");
  LimnRequest request, read;

  limn_request_init (&request, NULL);
  request.start = (LimnStart){ .step = 12, .steps = 30, .schedule = "karras" };
  g_autofree char *unnamed = limn_request_to_json (&request);
  g_assert_null (strstr (unnamed, "start"));
  request.start.from = "{\"prompt\": \"before\", \"steps\": 30}";
  g_autofree char *json = limn_request_to_json (&request);
  g_assert_nonnull (strstr (json, "\"start\": {\"step\": 12, \"steps\": 30, \"schedule\": \"karras\", \"from\": "
                                  "{\"prompt\": \"before\", \"steps\": 30}}"));
  g_autofree char *parameters = limn_request_to_parameters (&request);
  g_assert_nonnull (strstr (parameters, ", Branched at: step 12 of 30"));
  limn_request_init (&read, NULL);
  g_assert_true (limn_request_from_json (&read, json, strings, NULL));
  g_assert_null (read.start.from);
  g_assert_cmpint (read.start.step, ==, 0);

  /* What would spoil the text is left out: no object, broken, or deeper than can be read back. */
  static const char *const bad[] = { "[]", "3", "{", "{}}, \"x\": {\"y\": {}", "" };
  for (guint i = 0; i <= G_N_ELEMENTS (bad); i++) {
    while (i == G_N_ELEMENTS (bad) && nested->len < 500) {
      g_string_prepend (nested, "{\"a\": ");
      g_string_append_c (nested, '}');
    }
    request.start.from = i < G_N_ELEMENTS (bad) ? bad[i] : nested->str;
    g_autofree char *text = limn_request_to_json (&request);
    g_assert_true (limn_request_from_json (&read, text, strings, NULL));
    g_assert_null (strstr (text, "\"from\":"));
    g_assert_nonnull (strstr (text, "\"step\": 12"));
  }
}

static void
test_second_prompts (void)
{
  g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
  g_autoptr (LimnImage) image = limn_image_new (8, 8);
  const guint8 mask[64] = { 0 };
  LimnRequest request, read;

  limn_request_init (&request, NULL);
  g_autofree char *none = limn_request_to_json (&request);
  g_assert_null (strstr (none, "_2"));
  g_assert_null (strstr (none, "masked"));
  request.prompt_2 = "oil, canvas";
  request.negative_2 = "";
  request.image = image;
  request.mask = mask;
  g_autofree char *json = limn_request_to_json (&request);
  g_autofree char *parameters = limn_request_to_parameters (&request);
  limn_request_init (&read, NULL);
  g_assert_true (limn_request_from_json (&read, json, strings, NULL));
  g_assert_cmpstr (read.prompt_2, ==, "oil, canvas");
  g_assert_cmpstr (read.negative_2, ==, "");
  g_assert_nonnull (strstr (json, "\"masked\": true"));
  g_assert_nonnull (strstr (parameters, ", Mask: yes, Prompt 2: \"oil, canvas\""));
  g_assert_false (limn_request_from_json (&read, "{\"prompt_2\": 3}", strings, NULL));
}

/* As the web UI says it, where there is a mask. */
static void
test_mask_area (void)
{
  g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
  g_autoptr (LimnImage) image = limn_image_new (8, 8);
  const guint8 mask[64] = { 0 };
  LimnRequest request, read;

  limn_request_init (&request, NULL);
  request.image = image;
  request.mask_area = "masked";
  request.mask_padding = 48;
  g_autofree char *none = limn_request_to_parameters (&request);
  g_assert_null (strstr (none, "nly masked"));
  request.mask = mask;
  g_autofree char *parameters = limn_request_to_parameters (&request);
  g_autofree char *json = limn_request_to_json (&request);
  g_assert_nonnull (strstr (parameters, ", Mask: yes, Inpaint area: Only masked, Masked area padding: 48"));
  limn_request_init (&read, NULL);
  g_assert_cmpstr (read.mask_area, ==, "whole");
  g_assert_cmpint (read.mask_padding, ==, 32);
  g_assert_true (limn_request_from_json (&read, json, strings, NULL));
  g_assert_cmpstr (read.mask_area, ==, "masked");
  g_assert_cmpint (read.mask_padding, ==, 48);
  g_assert_false (limn_request_from_json (&read, "{\"mask_area\": \"elsewhere\"}", strings, NULL));
}

static void
test_damaged (void)
{
  static const struct {
    const char *json, *field;
  } cases[] = {
    { "", "Settings" },
    { "[]", "object" },
    { "{\"steps\": 7", "Settings" },
    { "{\"steps\": \"7\"}", "steps" },
    { "{\"steps\": 7.5}", "steps" },
    { "{\"steps\": -7}", "steps" },
    { "{\"steps\": 1e99}", "steps" },
    { "{\"width\": 99999999999999999999}", "width" },
    { "{\"guidance\": null}", "guidance" },
    { "{\"guidance\": -1}", "guidance" },
    { "{\"handoff\": 1.5}", "handoff" },
    { "{\"seed\": -1}", "seed" },
    { "{\"seed\": \"18446744073709551616\"}", "seed" },
    { "{\"seed\": \"12x\"}", "seed" },
    { "{\"prompt\": 5}", "prompt" },
    { "{\"sampler\": \"magic\"}", "magic" },
    { "{\"sampler\": 3}", "sampler" },
    { "{\"noise\": \"white\"}", "noise" },
    { "{\"precision\": {}}", "precision" },
    { "{\"hints\": 4}", "hints" },
    { "{\"hints\": {\"crop\": [1]}}", "crop" },
    { "{\"hints\": {\"crop\": [1, \"2\"]}}", "crop" },
    { "{\"negative_hints\": {\"target\": {}}}", "target" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
    g_autoptr (GError) error = NULL;
    LimnRequest request, plain;

    limn_request_init (&plain, NULL);
    request = plain;
    g_assert_false (limn_request_from_json (&request, cases[i].json, strings, &error));
    g_assert_error (error, LIMN_ERROR, (int) error->code);
    g_test_message ("%s: %s", cases[i].json, error->message);
    g_assert_nonnull (strstr (error->message, cases[i].field));
    /* Nothing of a damaged text is taken over. */
    g_assert_cmpmem (&request, sizeof request, &plain, sizeof plain);
  }
}

static void
test_parameters (void)
{
  g_autoptr (LimnModel) model = golden_model ("mini-sdxl");
  g_autoptr (LimnModel) refiner = golden_model ("mini-sdxl-refiner");
  LimnRequest request;

  limn_request_init (&request, model);
  request.prompt = " a red circle\nabove a blue square ";
  request.width = 192;
  request.height = 128;
  request.seed = 12345678901;
  request.guidance = 5.5;
  g_autofree char *plain = limn_request_to_parameters (&request);
  g_assert_cmpstr (plain, ==,
                   "a red circle\nabove a blue square\n"
                   "Steps: 30, Sampler: Euler, CFG scale: 5.5, Seed: 12345678901, Size: 192x128, Model: mini-sdxl, "
                   "RNG: CPU, Version: Limn " LIMN_VERSION);

  g_autoptr (LimnImage) image = limn_image_new (8, 8);
  request.negative = "blurry";
  request.schedule = "trailing";
  request.noise_source = LIMN_NOISE_PHILOX;
  request.refiner = refiner;
  request.image = image;
  request.strength = 0.5;
  request.hints = (LimnSizeHints){ 240, 160, 8, 16, 192, 128 };
  g_autofree char *full = limn_request_to_parameters (&request);
  g_assert_cmpstr (full, ==,
                   "a red circle\nabove a blue square\n"
                   "Negative prompt: blurry\n"
                   "Steps: 30, Sampler: Euler, Schedule type: Trailing, CFG scale: 5.5, Seed: 12345678901, Size: "
                   "192x128, Model: mini-sdxl, Denoising strength: 0.5, Refiner: mini-sdxl-refiner, Refiner switch at: "
                   "0.8, Aesthetic score: 6, Negative aesthetic score: 2.5, SDXL original size: 240x160, SDXL crop: "
                   "8/16, SDXL target size: 192x128, RNG: NV, Version: Limn " LIMN_VERSION);
}

static void
assert_refused (const LimnRequest *request, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (limn_request_check (request, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, word));
}

#define REFUSED(field, value, word)                                                                                    \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    LimnRequest changed = request;                                                                                     \
    changed.field = value;                                                                                             \
    assert_refused (&changed, word);                                                                                   \
  }                                                                                                                    \
  G_STMT_END

static void
test_limits (void)
{
  g_autoptr (LimnModel) model = golden_model ("mini-sdxl");
  g_autoptr (LimnModel) refiner = golden_model ("mini-sdxl-refiner");
  g_autoptr (LimnImage) image = limn_image_new (8, 8);
  g_autofree char *endless = g_strnfill (100001, 'a');
  g_autoptr (GError) error = NULL;
  LimnRequest request;

  limn_request_init (&request, model);
  request.refiner = refiner;
  request.image = image;
  g_assert_true (limn_request_check (&request, &error));
  g_assert_no_error (error);

  REFUSED (width, 60, "width");
  REFUSED (width, 56, "width");
  REFUSED (width, 4104, "width");
  REFUSED (height, -64, "height");
  REFUSED (height, 100, "multiple of 8");
  REFUSED (steps, 0, "Steps");
  REFUSED (steps, 1001, "Steps");
  REFUSED (guidance, NAN, "Guidance");
  REFUSED (guidance, INFINITY, "Guidance");
  REFUSED (guidance, -0.1, "Guidance");
  REFUSED (handoff, 1.01, "Hand-off");
  REFUSED (handoff, NAN, "Hand-off");
  REFUSED (strength, 2, "Strength");
  REFUSED (strength, 0.001, "strength");
  REFUSED (aesthetic, NAN, "Aesthetic");
  REFUSED (sampler, "x", "“x”");
  REFUSED (schedule, "x", "“x”");
  REFUSED (precision, 9, "Precision");
  REFUSED (noise_source, 5, "Noise");
  request.noise_batch = 4;
  REFUSED (noise_index, 4, "place in the batch");
  /* which counts of a batch alone: it may be left from one */
  request.noise_batch = 1;
  request.noise_index = 4;
  g_assert_true (limn_request_check (&request, &error));
  g_assert_false (limn_field_counts (limn_field_find ("noise-index"), &request.fields));
  request.noise_index = 0;
  REFUSED (hints.crop_left, -1, "hints");
  REFUSED (negative_hints.target_width, 1 << 20, "hints");
  REFUSED (prompt, "caf\xe9", "UTF-8");
  REFUSED (negative, endless, "longer");
  REFUSED (prompt_2, endless, "second prompt");
  REFUSED (negative_2, "caf\xe9", "second negative");
  REFUSED (model, NULL, "model");
  REFUSED (refiner, model, "refiner");
  REFUSED (model, refiner, "refiner");
}

/* Sets what field counts with. */
static void
count (const LimnField *field, LimnFields *fields)
{
  g_auto (GStrv) parts = g_strsplit (field->with, "=", 2);
  const LimnField *other = limn_field_find (parts[0]);

  if (parts[1] != NULL)
    *limn_field_text (other, fields) = limn_choice_find (other->table, parts[1])->name;
  else if (other->table != NULL)
    *limn_field_text (other, fields) = other->table (1)->name;
  else if (other->kind == LIMN_FIELD_TEXT)
    *limn_field_text (other, fields) = strcmp (other->name, "sigmas") == 0 ? "1, 0.5" : "0,0,1,1: a cat";
  else
    limn_field_set (other, fields, other->most);
  g_assert_true (limn_field_counts (field, fields));
}

/* What is outside a row's range, or no row of its table, is refused by the row's title. */
static void
test_fields (void)
{
  guint n;
  const LimnField *rows = limn_fields (&n);

  for (guint i = 0; i < n; i++) {
    LimnFields fields;
    const double wrong[] = { rows[i].least - 1, rows[i].most + 1, NAN };

    limn_fields_init (&fields);
    g_assert_true (limn_fields_check (&fields, NULL));
    g_assert_true (limn_field_find (rows[i].name) == &rows[i]);
    g_assert_true (limn_field_counts (&rows[i], &fields) == (rows[i].with == NULL));
    for (int j = 0; j < 3 && rows[i].kind != LIMN_FIELD_SEED; j++) {
      g_autoptr (GError) error = NULL;

      if (rows[i].with != NULL)
        count (&rows[i], &fields);
      if (rows[i].kind == LIMN_FIELD_NAME || rows[i].kind == LIMN_FIELD_TEXT)
        *limn_field_text (&rows[i], &fields) = "no such";
      else
        limn_field_set (&rows[i], &fields,
                        rows[i].kind == LIMN_FIELD_CHOICE ? 99 : wrong[rows[i].kind == LIMN_FIELD_INT ? j % 2 : j]);
      g_assert_false (limn_fields_check (&fields, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST);
      g_assert_true (g_str_has_prefix (error->message, rows[i].title));
    }
  }
}

static void
test_names (void)
{
  /* as other programs write them */
  static const struct {
    const char *text, *sampler, *schedule;
  } elsewhere[] = {
    { "DPM++ 2M SDE Heun Exponential", "dpmpp_2m_sde_heun", "exponential" },
    { "DPM2 a Karras", "dpm_2_ancestral", "karras" },
    { "uni_pc_bh2_simple", "uni_pc_bh2", "simple" },
    { "Euler a Align Your Steps", "euler_ancestral", "ays" },
    { "euler ddim_uniform", "euler", "ddim_uniform" },
    { "DPM++ SDE Polyexponential", "dpmpp_sde", "exponential" },
    { "Euler Turbo", "euler", "trailing" },
    { "Heun Uniform", "heun", "normal" },
    { "UniPC bh1", "uni_pc", "mine" },
    { "dpmpp_2m_sde_gpu", "dpmpp_2m_sde", "mine" },
    { "dpmpp_3m_sde_gpu_karras", "dpmpp_3m_sde", "karras" },
    { "Euler Ancestral CFG++", "euler_ancestral_cfg_pp", "mine" },
  };
  static const struct {
    const char *sampler, *schedule;
  } automatic[] = {
    { "dpmpp_2m", "karras" }, { "dpmpp_3m_sde", "exponential" }, { "euler", "normal" }, { NULL, "normal" }
  };
  static const char *const forms[] = { "%s", "%s %s", "%s_%s", "%s-%s" };
  const LimnChoice *one, *other;
  const char *sampler, *schedule;
  g_autoptr (GError) error = NULL;

  /* every name and title by itself, and every pair of them in one text */
  for (guint i = 0; (one = limn_sampler_choice (i)) != NULL; i++)
    for (guint j = 0; (other = limn_schedule_choice (j)) != NULL; j++)
      for (guint form = 0; form < G_N_ELEMENTS (forms); form++)
        for (int titles = 0; titles < 2; titles++) {
          g_autofree char *text = g_strdup_printf (forms[form], titles ? one->title : one->name, other->name);
          g_autofree char *upper = g_ascii_strup (text, -1);

          schedule = "mine";
          g_assert_true (limn_sampling_from_text (titles ? upper : text, &sampler, &schedule, NULL));
          g_assert_cmpstr (sampler, ==, one->name);
          g_assert_cmpstr (schedule, ==, form == 0 ? "mine" : other->name);
          g_assert_true (limn_schedule_from_text (titles ? other->title : other->name, NULL, &schedule, NULL));
          g_assert_cmpstr (schedule, ==, other->name);
        }
  for (guint i = 0; i < G_N_ELEMENTS (elsewhere); i++) {
    schedule = "mine";
    g_assert_true (limn_sampling_from_text (elsewhere[i].text, &sampler, &schedule, NULL));
    g_assert_cmpstr (sampler, ==, elsewhere[i].sampler);
    g_assert_cmpstr (schedule, ==, elsewhere[i].schedule);
  }
  g_assert_false (limn_sampling_from_text ("no such", &sampler, &schedule, &error));
  g_assert_nonnull (strstr (error->message, "euler"));
  g_clear_error (&error);
  g_assert_false (limn_schedule_from_text ("no such", NULL, &schedule, &error));
  g_assert_nonnull (strstr (error->message, "karras"));
  for (guint i = 0; i < G_N_ELEMENTS (automatic); i++) {
    g_assert_true (limn_schedule_from_text ("Automatic", automatic[i].sampler, &schedule, NULL));
    g_assert_cmpstr (schedule, ==, automatic[i].schedule);
  }
  for (int i = 0; i < LIMN_N_STAGES; i++)
    g_assert_nonnull (limn_stage_name (i));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/request/round-trip", test_round_trip);
  g_test_add_func ("/request/fields", test_fields);
  g_test_add_func ("/request/numbers", test_numbers);
  g_test_add_func ("/request/partial", test_partial);
  g_test_add_func ("/request/start", test_start);
  g_test_add_func ("/request/second-prompts", test_second_prompts);
  g_test_add_func ("/request/mask-area", test_mask_area);
  g_test_add_func ("/request/damaged", test_damaged);
  g_test_add_func ("/request/parameters", test_parameters);
  g_test_add_func ("/request/limits", test_limits);
  g_test_add_func ("/request/names", test_names);
  return g_test_run ();
}
