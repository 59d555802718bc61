/* test-foreign-restore.c - random settings of each program restored over random present ones: what the source names is
 * set, everything else stays, nothing becomes empty, and no key is dropped without a word.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "fake-engine.h"
#include "foreign-fixture.h"

#define ROUNDS 200

typedef enum { TEXT, INT, DOUBLE, SEED, SIZE, EULER, MODEL } Kind;

typedef struct {
  const char *key, *second; /* second: of the height, where it has a key of its own */
  Kind kind;
  const char *property;
  gboolean always; /* the program is known by it */
} Field;

typedef struct {
  const char *name, *before, *after; /* of its JSON; before: NULL, the web UI's text */
  Field fields[9];
  const char *gaps[6][3]; /* key, value as JSON, the gap's name */
} Program;

static const Program programs[] = {
  { "Stable Diffusion web UI",
    NULL,
    NULL,
    { { "Steps", NULL, INT, "steps", TRUE },
      { "Seed", NULL, SEED, "seed", TRUE },
      { "CFG scale", NULL, DOUBLE, "guidance" },
      { "Size", NULL, SIZE, "width" },
      { "Sampler", NULL, EULER, "sampler" },
      { "Model", NULL, MODEL, "model" } },
    { { "ControlNet 0", "\"Module: canny, Weight: 1\"", "ControlNet" },
      { "ADetailer model", "face", "ADetailer" },
      { "Lora hashes", "\"a: b, c: d\"", "LoRA" },
      { "Emphasis", "Odd", "" } } },
  { "Limn",
    "{\"limn\": \"1\", ",
    "}",
    { { "prompt", NULL, TEXT, "prompt", TRUE },
      { "negative", NULL, TEXT, "negative" },
      { "steps", NULL, INT, "steps" },
      { "guidance", NULL, DOUBLE, "guidance" },
      { "seed", NULL, SEED, "seed" },
      { "width", "height", SIZE, "width" },
      { "sampler", NULL, EULER, "sampler" },
      { "model", NULL, MODEL, "model" } },
    { { NULL } } },
  { "SwarmUI",
    "{\"sui_image_params\": {",
    "}}",
    { { "prompt", NULL, TEXT, "prompt" },
      { "negativeprompt", NULL, TEXT, "negative" },
      { "steps", NULL, INT, "steps" },
      { "cfgscale", NULL, DOUBLE, "guidance" },
      { "seed", NULL, SEED, "seed" },
      { "width", "height", SIZE, "width" },
      { "sampler", NULL, EULER, "sampler" },
      { "model", NULL, MODEL, "model" } },
    { { "loras", "[\"moss\"]", "LoRA" },
      { "freeu", "\"1,1\"", "FreeU" },
      { "controlnetstrength", "1", "ControlNet" },
      { "maskblur", "3", "Mask" },
      { "vae", "\"x\"", "VAE" } } },
  { "NovelAI",
    "{",
    "}",
    { { "prompt", NULL, TEXT, "prompt", TRUE },
      { "uc", NULL, TEXT, "negative", TRUE },
      { "steps", NULL, INT, "steps" },
      { "scale", NULL, DOUBLE, "guidance" },
      { "seed", NULL, SEED, "seed" },
      { "width", "height", SIZE, "width" },
      { "sampler", NULL, EULER, "sampler" } },
    { { "sm", "true", "Sampler" },
      { "dynamic_thresholding", "true", "Dynamic thresholding" },
      { "controlnet_model", "\"x\"", "ControlNet" },
      { "mask", "\"x\"", "Mask" } } },
  { "InvokeAI",
    "{",
    "}",
    { { "positive_prompt", NULL, TEXT, "prompt", TRUE },
      { "negative_prompt", NULL, TEXT, "negative" },
      { "steps", NULL, INT, "steps" },
      { "cfg_scale", NULL, DOUBLE, "guidance" },
      { "seed", NULL, SEED, "seed" },
      { "width", "height", SIZE, "width" },
      { "scheduler", NULL, EULER, "sampler" },
      { "model", NULL, MODEL, "model" } },
    { { "loras", "[{\"model\": {\"name\": \"moss\"}, \"weight\": 1}]", "LoRA" },
      { "controlnets", "[{}]", "ControlNet" },
      { "vae", "{\"name\": \"x\"}", "VAE" },
      { "generation_mode", "\"sdxl_inpaint\"", "Mask" } } },
  { "Fooocus",
    "{",
    "}",
    { { "prompt", NULL, TEXT, "prompt", TRUE },
      { "negative_prompt", NULL, TEXT, "negative" },
      { "steps", NULL, INT, "steps" },
      { "guidance_scale", NULL, DOUBLE, "guidance" },
      { "seed", NULL, SEED, "seed" },
      { "width", "height", SIZE, "width" },
      { "sampler", NULL, EULER, "sampler" },
      { "base_model", NULL, MODEL, "model", TRUE } },
    { { "freeu", "\"(1.01, 1.02, 0.99)\"", "FreeU" },
      { "sharpness", "2", "Sharpness" },
      { "styles", "\"['Fooocus V2']\"", "Styles" },
      { "clip_skip", "1", "CLIP skip" },
      { "lora_combined_2", "\"moss : 0.5\"", "LoRA" } } },
  { "Draw Things",
    "{",
    "}",
    { { "c", NULL, TEXT, "prompt", TRUE },
      { "uc", NULL, TEXT, "negative" },
      { "steps", NULL, INT, "steps" },
      { "scale", NULL, DOUBLE, "guidance" },
      { "seed", NULL, SEED, "seed", TRUE },
      { "size", NULL, SIZE, "width" },
      { "sampler", NULL, EULER, "sampler" },
      { "model", NULL, MODEL, "model" } },
    { { "lora", "[{\"model\": \"moss\", \"weight\": 1}]", "LoRA" },
      { "control", "[{}]", "ControlNet" },
      { "hires_fix", "true", "Hires fix" },
      { "upscaler", "\"x\"", "Upscaler" },
      { "strength", "0.5", "Start picture" } } },
  { "Easy Diffusion",
    "{",
    "}",
    { { "prompt", NULL, TEXT, "prompt", TRUE },
      { "negative_prompt", NULL, TEXT, "negative" },
      { "num_inference_steps", NULL, INT, "steps", TRUE },
      { "guidance_scale", NULL, DOUBLE, "guidance" },
      { "seed", NULL, SEED, "seed", TRUE },
      { "width", "height", SIZE, "width" },
      { "sampler_name", NULL, EULER, "sampler" },
      { "use_stable_diffusion_model", NULL, MODEL, "model" } },
    { { "use_lora_model", "\"moss\"", "LoRA" },
      { "use_upscale", "\"RealESRGAN\"", "Upscaler" },
      { "use_face_correction", "\"GFPGAN\"", "Face restoration" },
      { "use_vae_model", "\"x\"", "VAE" } } },
};

/* ---- Making ---- */

static const char *
words (gboolean maybe_empty)
{
  static const char *const some[] = { "a red cup", "灯台の絵、夕暮れ", "moss, fog", "café in rain", "" };

  return some[g_test_rand_int_range (0, maybe_empty ? 5 : 4)];
}

static LimnSettings *
random_settings (void)
{
  LimnSettings *settings = limn_settings_new ();

  g_object_set (settings, "prompt", words (FALSE), "negative", words (FALSE), "prompt-2", words (FALSE), "negative-2",
                words (FALSE), "model", "/present/model.safetensors", "refiner", "/present/refiner.safetensors",
                "steps", g_test_rand_int_range (1, 150), "guidance", g_test_rand_int_range (2, 30) / 2.0, "width",
                8 * g_test_rand_int_range (8, 256), "height", 8 * g_test_rand_int_range (8, 256), "seed",
                (guint64) g_test_rand_int_range (0, G_MAXINT), "strength", g_test_rand_int_range (1, 10) / 10.0,
                "handoff", g_test_rand_int_range (1, 10) / 10.0, "count", g_test_rand_int_range (1, 9), NULL);
  return settings;
}

/* What a source says: properties of expected. */
typedef struct {
  GString *text;
  LimnSettings *expected;
  GPtrArray *said; /* properties */
  GPtrArray *gaps; /* names, or of keys that nobody knows */
  gboolean webui;
} Source;

static void
add_value (Source *source, const char *key, const char *value)
{
  if (source->text->len > 0 && strchr ("{ \n", source->text->str[source->text->len - 1]) == NULL)
    g_string_append (source->text, ", ");
  g_string_append_printf (source->text, source->webui ? "%s: %s" : "\"%s\": %s", key, value);
}

static char *
quoted (Source *source, const char *words)
{
  return source->webui ? g_strdup (words) : g_strdup_printf ("\"%s\"", words);
}

static char *
make_size (Source *source, const Field *field)
{
  int width = 8 * g_test_rand_int_range (8, 256), height = 8 * g_test_rand_int_range (8, 256);
  g_autofree char *both = g_strdup_printf ("%dx%d", width, height);

  g_object_set (source->expected, "width", width, "height", height, NULL);
  g_ptr_array_add (source->said, "height");
  if (field->second == NULL)
    return quoted (source, both);
  g_free (both);
  both = g_strdup_printf ("%d", height);
  add_value (source, field->second, both);
  return g_strdup_printf ("%d", width);
}

static void
add_field (Source *source, const Field *field)
{
  int number = g_test_rand_int_range (2, 100);
  const char *text = words (TRUE);
  g_autofree char *value = NULL;

  if (field->kind == TEXT) {
    g_object_set (source->expected, field->property, text, NULL);
    value = quoted (source, text);
  } else if (field->kind == DOUBLE) {
    g_object_set (source->expected, field->property, number / 4.0 + 1, NULL);
    value = g_strdup_printf ("%.2f", number / 4.0 + 1);
  } else if (field->kind == SEED) {
    g_object_set (source->expected, "seed", (guint64) number, "new-seed", FALSE, NULL);
    g_ptr_array_add (source->said, "new-seed");
    value = g_strdup_printf ("%d", number);
  } else if (field->kind == INT) {
    g_object_set (source->expected, field->property, number, NULL);
    value = g_strdup_printf ("%d", number);
  } else if (field->kind == SIZE) {
    value = make_size (source, field);
  } else if (field->kind == EULER) {
    g_object_set (source->expected, "sampler", "euler", "schedule", "model", NULL);
    value = quoted (source, "euler");
  } else {
    g_object_set (source->expected, "model", limn_test_models[0], NULL);
    value = quoted (source, "sd_xl_base_1.0");
  }
  g_ptr_array_add (source->said, (gpointer) field->property);
  add_value (source, field->key, value);
}

/* The web UI writes no line of a negative prompt that is empty.  Settings without any prompt can be a part of what it
 * wrote. */
static void
begin_webui (Source *source)
{
  const char *prompt = words (TRUE), *negative = words (TRUE);

  g_object_set (source->expected, "prompt", prompt, "negative", negative, NULL);
  g_ptr_array_add (prompt[0] != '\0' ? source->said : source->gaps, prompt[0] != '\0' ? "prompt" : "Prompt");
  g_ptr_array_add (source->said, "negative");
  g_string_append_printf (source->text, "%s\n", prompt);
  if (negative[0] != '\0')
    g_string_append_printf (source->text, "Negative prompt: %s\n", negative);
}

static void
make (Source *source, const Program *program)
{
  source->webui = program->before == NULL;
  if (source->webui)
    begin_webui (source);
  else
    g_string_append (source->text, program->before);
  for (guint i = 0; i < G_N_ELEMENTS (program->fields) && program->fields[i].key != NULL; i++)
    if (program->fields[i].always || g_test_rand_bit ())
      add_field (source, &program->fields[i]);
  for (guint i = 0; i < G_N_ELEMENTS (program->gaps) && program->gaps[i][0] != NULL; i++)
    if (g_test_rand_int_range (0, 4) == 0) {
      add_value (source, program->gaps[i][0], program->gaps[i][1]);
      g_ptr_array_add (source->gaps, (gpointer) program->gaps[i][2]);
    }
  if (!g_str_equal (program->name, "Limn") && g_test_rand_bit ()) {
    add_value (source, "Qwertz", "17");
    g_ptr_array_add (source->gaps, "Qwertz");
  }
  g_string_append (source->text, program->after != NULL ? program->after : "");
}

/* ---- Judging ---- */

static gboolean
is_said (const Source *source, const char *property)
{
  return g_ptr_array_find_with_equal_func (source->said, property, g_str_equal, NULL);
}

static void
assert_same (LimnSettings *settings, LimnSettings *expected, const char *property)
{
  g_auto (GValue) is = G_VALUE_INIT, should = G_VALUE_INIT;
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (settings), property);

  g_object_get_property (G_OBJECT (settings), property, &is);
  g_object_get_property (G_OBJECT (expected), property, &should);
  if (g_param_values_cmp (spec, &is, &should) != 0) {
    g_autofree char *is_text = g_strdup_value_contents (&is), *should_text = g_strdup_value_contents (&should);

    g_error ("%s is %s, not %s", property, is_text, should_text);
  }
}

static void
judge (const Source *source, LimnForeign *foreign)
{
  static const char *const stay[] = { "prompt",  "negative", "prompt-2", "negative-2", "model",
                                      "refiner", "steps",    "guidance", "width",      "height",
                                      "seed",    "new-seed", "sampler",  "handoff",    "count" };
  g_autoptr (LimnSettings) present = random_settings ();
  g_autoptr (LimnSettings) settings = limn_settings_copy (present);

  limn_foreign_apply (foreign, settings);
  for (guint i = 0; i < source->said->len; i++)
    assert_same (settings, source->expected, source->said->pdata[i]);
  for (guint i = 0; i < G_N_ELEMENTS (stay); i++)
    if (!is_said (source, stay[i]))
      assert_same (settings, present, stay[i]);
  for (guint i = 0; i < source->gaps->len; i++) {
    const char *name = source->gaps->pdata[i], *others = limn_test_foreign_gap (foreign, "Other settings");

    if (g_str_equal (name, "Qwertz"))
      g_assert_true (others != NULL && strstr (others, name) != NULL);
    else if (name[0] != '\0')
      g_assert_nonnull (limn_test_foreign_gap (foreign, name));
  }
}

static void
test_program (gconstpointer data)
{
  const Program *program = data;

  for (int i = 0; i < ROUNDS; i++) {
    Source source = { g_string_new (NULL), limn_settings_new (), g_ptr_array_new (), g_ptr_array_new (), FALSE };
    g_autoptr (LimnForeign) foreign = NULL;

    make (&source, program);
    g_test_message ("%s", source.text->str);
    foreign = limn_test_foreign_read (source.text->str);
    if (!source.webui)
      g_assert_cmpstr (foreign->program, ==, program->name);
    judge (&source, foreign);
    g_string_free (source.text, TRUE);
    g_object_unref (source.expected);
    g_ptr_array_unref (source.said);
    g_ptr_array_unref (source.gaps);
  }
}

/* A start picture and a mask that the source had too are not taken away; those that it had not are. */
static void
test_pictures (void)
{
  static const struct {
    const char *text;
    gboolean source, mask, refiner;
  } cases[] = {
    { "a\nSteps: 9, Seed: 1", FALSE, FALSE, FALSE },
    { "a\nSteps: 9, Seed: 1, Denoising strength: 0.5", TRUE, FALSE, FALSE },
    { "a\nSteps: 9, Seed: 1, Denoising strength: 0.5, Mask blur: 4", TRUE, TRUE, FALSE },
    { "a\nSteps: 9, Seed: 1, Refiner: odd, Refiner switch at: 0.5", FALSE, FALSE, TRUE },
    { "a\nNegative prompt: b", TRUE, TRUE, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (cases[i].text);
    g_autoptr (LimnSettings) settings = random_settings ();
    g_autoptr (LimnSource) source = limn_source_new (limn_image_new (8, 8), "x");
    g_autoptr (LimnMask) mask = limn_mask_new (8, 8, g_malloc0 (64));

    g_object_set (settings, "source", source, "mask", mask, "use-refiner", TRUE, NULL);
    limn_foreign_apply (foreign, settings);
    g_assert_cmpint (limn_settings_values (settings)->source == source, ==, cases[i].source);
    g_assert_cmpint (limn_settings_values (settings)->mask == mask, ==, cases[i].mask);
    g_assert_cmpint (limn_settings_values (settings)->use_refiner, ==, cases[i].refiner);
  }
}

/* What a mask had painted, as the web UI says it; where it says nothing else that stays. */
static void
test_mask_area (void)
{
  static const struct {
    const char *text, *area;
    int padding;
  } cases[] = {
    { "Mask blur: 4, Inpaint area: Only masked, Masked area padding: 48", "masked", 48 },
    { "Mask blur: 4, Inpaint area: Whole picture", "whole", 7 },
    { "Mask: yes, Inpaint area: Only masked", "masked", 7 },
    { "Mask blur: 4", "whole", 7 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = g_strdup_printf ("a\nSteps: 9, Seed: 1, Denoising strength: 0.5, %s", cases[i].text);
    g_autoptr (LimnForeign) foreign = limn_test_foreign_read (text);
    g_autoptr (LimnSettings) settings = limn_settings_new ();

    g_object_set (settings, "mask-padding", 7, NULL);
    limn_foreign_apply (foreign, settings);
    g_assert_cmpstr (limn_settings_values (settings)->mask_area, ==, cases[i].area);
    g_assert_cmpint (limn_settings_values (settings)->mask_padding, ==, cases[i].padding);
  }
}

static gboolean
is_word (const LimnField *field)
{
  return field->kind == LIMN_FIELD_SEED || field->kind == LIMN_FIELD_NAME || field->kind == LIMN_FIELD_TEXT;
}

/* Whatever the table of fields has comes back from a picture of Limn's, a setting that nobody thought of here too. */
static void
test_limn_fields (void)
{
  g_autoptr (GString) text = g_string_new ("{\"limn\": \"0.1.0\", \"prompt\": \"a cup\"");
  g_autoptr (LimnForeign) foreign = NULL;
  guint n;
  const LimnField *fields = limn_fields (&n);
  LimnFields expected;

  limn_fields_init (&expected);
  for (guint i = 0; i < n; i++) {
    const LimnField *field = &fields[i];
    g_autofree char *key = limn_field_key (field);
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    double other = field->kind == LIMN_FIELD_DOUBLE ? field->value / 2 + 0.25 : field->value + 8;

    if (is_word (field))
      continue;
    limn_field_set (field, &expected, other >= field->least ? other : field->most);
    if (field->kind == LIMN_FIELD_CHOICE) {
      limn_field_set (field, &expected, 1);
      g_string_append_printf (text, ", \"%s\": \"%s\"", key, field->names[1]);
      continue;
    }
    g_ascii_dtostr (number, sizeof number, limn_field_get (field, &expected));
    g_string_append_printf (text, ", \"%s\": %s", key, number);
  }
  g_string_append (text, ", \"sampler\": \"euler\", \"schedule\": \"custom\", \"sigmas\": \"9 4 0.1\"}");
  foreign = limn_test_foreign_read (text->str);
  g_assert_cmpstr (limn_settings_values (foreign->settings)->schedule, ==, "custom");
  g_assert_cmpstr (limn_settings_values (foreign->settings)->sigmas, ==, "9 4 0.1");
  for (guint i = 0; i < n; i++)
    if (!is_word (&fields[i]))
      g_assert_cmpfloat (limn_field_get (&fields[i], &limn_settings_values (foreign->settings)->fields), ==,
                         limn_field_get (&fields[i], &expected));
  g_assert_cmpint (foreign->gaps->len, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (programs); i++) {
    g_autofree char *path = g_strdup_printf ("/foreign-restore/%s", programs[i].name);

    g_test_add_data_func (path, &programs[i], test_program);
  }
  g_test_add_func ("/foreign-restore/pictures", test_pictures);
  g_test_add_func ("/foreign-restore/mask-area", test_mask_area);
  g_test_add_func ("/foreign-restore/limn-fields", test_limn_fields);
  return g_test_run ();
}
