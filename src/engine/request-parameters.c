/* request-parameters.c - settings as the "parameters" text of stable-diffusion-webui, which many programs read; see
 * limn.h.
 *
 * prompt, a line "Negative prompt: ...", then one line of "Key: value, Key: value".
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/json.h"
#include "engine/model.h"
#include "engine/request-controls.h"
#include "engine/hires.h"
#include "engine/request.h"
#include "engine/enlarge.h"

#include <math.h>
#include <string.h>

static void
add_key (GString *out, const char *key)
{
  if (out->len > 0 && out->str[out->len - 1] != '\n')
    g_string_append (out, ", ");
  g_string_append_printf (out, "%s: ", key);
}

static void
add_number (GString *out, const char *key, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  add_key (out, key);
  g_string_append (out, g_ascii_formatd (buffer, sizeof buffer, "%.10g", isfinite (value) ? value : 0));
}

static void
add_text (GString *out, const char *key, const char *value)
{
  add_key (out, key);
  /* Readers split at commas and colons unless the value is quoted as JSON quotes it. */
  if (strpbrk (value, ",:\n\"") != NULL)
    limn_json_append_string (out, value);
  else
    g_string_append (out, value);
}

static void
add_size (GString *out, const char *key, int width, int height)
{
  add_key (out, key);
  g_string_append_printf (out, "%dx%d", width, height);
}

static void
add_hints (GString *out, const char *prefix, const LimnSizeHints *hints)
{
  static const LimnSizeHints none;
  g_autofree char *original = g_strdup_printf ("%s original size", prefix);
  g_autofree char *crop = g_strdup_printf ("%s crop", prefix);
  g_autofree char *target = g_strdup_printf ("%s target size", prefix);

  if (memcmp (hints, &none, sizeof none) == 0)
    return;
  add_size (out, original, hints->original_width, hints->original_height);
  add_key (out, crop);
  g_string_append_printf (out, "%d/%d", hints->crop_left, hints->crop_top);
  add_size (out, target, hints->target_width, hints->target_height);
}

/* Where readers look for the first line that is no longer the prompt. */
static void
add_prompt (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);

  g_string_append (out, g_strstrip (valid));
  g_string_append_c (out, '\n');
}

static const char *
title_of (LimnChoiceTable table, const char *name)
{
  const LimnChoice *choice = limn_choice_find (table, name);

  return choice != NULL ? choice->title : name;
}

static void
add_sampling (GString *out, const LimnRequest *request)
{
  add_text (out, "Sampler", title_of (limn_sampler_choice, request->sampler));
  if (request->schedule != NULL && strcmp (request->schedule, limn_schedule_choice (0)->name) != 0)
    add_text (out, "Schedule type", title_of (limn_schedule_choice, request->schedule));
}

/* As the web UI has it. */
static void
add_noise (GString *out, const LimnRequest *request)
{
  if (request->variation > 0) {
    add_key (out, "Variation seed");
    g_string_append_printf (out, "%" G_GUINT64_FORMAT, request->variation_seed);
    add_number (out, "Variation seed strength", request->variation);
  }
  if (request->seed_width > 0 && request->seed_height > 0)
    add_size (out, "Seed resize from", request->seed_width, request->seed_height);
}

/* What no other program has a place for, where it is not as usual. */
static void
add_rest (GString *out, const LimnRequest *request)
{
  guint n;
  const LimnField *fields = limn_fields (&n);

  for (guint i = 0; i < n; i++)
    if (fields[i].parameter == NULL || limn_field_is_default (&fields[i], &request->fields)
        || !limn_field_counts (&fields[i], &request->fields))
      continue;
    else if (fields[i].kind == LIMN_FIELD_NAME || fields[i].kind == LIMN_FIELD_TEXT)
      add_text (out, fields[i].parameter, *limn_field_text (&fields[i], (LimnFields *) &request->fields));
    else
      add_number (out, fields[i].parameter, limn_field_get (&fields[i], &request->fields));
}

/* Step cache left out: 9 of 30, Step cache changed: 0.061 */
static void
add_cached (GString *out, const LimnCache *cached)
{
  if (cached == NULL || cached->left_out == 0)
    return;
  add_key (out, "Step cache left out");
  g_string_append_printf (out, "%d of %d", cached->left_out, cached->asked + cached->left_out);
  add_number (out, "Step cache changed", cached->most_changed);
}

/* Lora hashes: "ink: 0123456789ab, moss: ba9876543210" */
static void
add_loras (GString *out, const LimnRequest *request)
{
  g_autoptr (GPtrArray) loras = limn_request_loras (request, NULL);
  g_autoptr (GString) hashes = g_string_new (NULL);
  g_autoptr (GHashTable) told = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; loras != NULL && i < loras->len; i++) {
    const LimnRequestLora *lora = loras->pdata[i];
    if (g_hash_table_add (told, lora->name))
      g_string_append_printf (hashes, "%s%s: %s", i > 0 ? ", " : "", lora->name, limn_lora_hash (lora->lora));
  }
  if (hashes->len > 0)
    add_text (out, "Lora hashes", hashes->str);
}

void
limn_parameters_add_upscaler (GString *out, LimnModel *upscaler)
{
  add_number (out, "Postprocess upscale by", limn_model_scale (upscaler));
  add_text (out, "Postprocess upscaler", limn_model_name (upscaler));
}

/* ControlNet 0: "Module: canny, Model: ..." */
static void
add_controls (GString *out, const LimnRequest *request)
{
  for (guint i = 0; i < request->controls.n; i++) {
    g_autofree char *key = g_strdup_printf ("ControlNet %u", i);
    g_autofree char *text = limn_control_to_parameters (&request->controls.rows[i]);

    add_text (out, key, text);
  }
}

/* As the web UI has it, where the strength is the second pass's. */
static void
add_hires (GString *out, const LimnRequest *request)
{
  gboolean same = g_strcmp0 (request->hires_sampler, limn_hires_sampler_choice (0)->name) == 0;

  if (!limn_hires_is_on (&request->fields))
    return;
  add_number (out, request->image == NULL ? "Denoising strength" : "Hires strength", request->hires_strength);
  add_number (out, "Hires upscale", request->hires);
  if (request->hires_steps > 0)
    add_number (out, "Hires steps", request->hires_steps);
  if (limn_hires_needs_upscaler (&request->fields))
    add_text (out, "Hires upscaler", limn_model_name (request->hires_upscaler));
  else
    add_text (out, "Hires upscaler", title_of (limn_hires_choice, request->hires_method));
  if (!same)
    add_text (out, "Hires sampler", title_of (limn_hires_sampler_choice, request->hires_sampler));
  if (request->hires_guidance > 0)
    add_number (out, "Hires CFG Scale", request->hires_guidance);
}

/* As the web UI has it, and of one direction its extension for that (asymmetric tiling). */
static void
add_tile (GString *out, const LimnRequest *request)
{
  gboolean x, y;

  limn_tile_get (&request->fields, &x, &y);
  if (x && y)
    add_text (out, "Tiling", "True");
  else if (x || y) {
    add_text (out, "Tile X", x ? "True" : "False");
    add_text (out, "Tile Y", y ? "True" : "False");
  }
}

/* The area as the web UI has it. */
static void
add_mask (GString *out, const LimnRequest *request)
{
  if (request->mask == NULL)
    return;
  add_text (out, "Mask", "yes");
  if (!limn_mask_area_is_masked (&request->fields))
    return;
  add_text (out, "Inpaint area", title_of (limn_mask_area_choice, request->mask_area));
  add_number (out, "Masked area padding", request->mask_padding);
}

char *
limn_request_to_parameters (const LimnRequest *request)
{
  GString *out = g_string_new (NULL);
  const char *negative = limn_request_negative (request, 0);

  add_prompt (out, request->prompt);
  if (negative != NULL) {
    g_string_append (out, "Negative prompt: ");
    add_prompt (out, negative);
  }
  add_number (out, "Steps", request->steps);
  add_sampling (out, request);
  add_number (out, "CFG scale", request->guidance);
  add_key (out, "Seed");
  g_string_append_printf (out, "%" G_GUINT64_FORMAT, request->seed);
  add_size (out, "Size", request->width, request->height);
  if (request->model != NULL)
    add_text (out, "Model", limn_model_name (request->model));
  add_loras (out, request);
  add_controls (out, request);
  if (request->image != NULL)
    add_number (out, "Denoising strength", request->strength);
  add_hires (out, request);
  if (request->refiner != NULL) {
    add_text (out, "Refiner", limn_model_name (request->refiner));
    add_number (out, "Refiner switch at", request->handoff);
    add_number (out, "Aesthetic score", request->aesthetic);
    add_number (out, "Negative aesthetic score", request->negative_aesthetic);
  }
  if (request->upscaler != NULL)
    limn_parameters_add_upscaler (out, request->upscaler);
  add_mask (out, request);
  if (request->prompt_2 != NULL)
    add_text (out, "Prompt 2", request->prompt_2);
  if (request->negative_2 != NULL)
    add_text (out, "Negative prompt 2", request->negative_2);
  if (request->start.from != NULL) {
    add_key (out, "Branched at");
    g_string_append_printf (out, "step %d of %d", request->start.step, request->start.steps);
  }
  add_noise (out, request);
  add_hints (out, "SDXL", &request->hints);
  add_hints (out, "SDXL negative", &request->negative_hints);
  add_tile (out, request);
  add_rest (out, request);
  add_cached (out, request->cached);
  add_text (out, "RNG", request->noise_source == LIMN_NOISE_PHILOX ? "NV" : "CPU");
  add_text (out, "Version", "Limn " LIMN_VERSION);
  return g_string_free (out, FALSE);
}
