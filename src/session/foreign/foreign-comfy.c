/* foreign-comfy.c - ComfyUI's prompt graph: from the saved picture back to what made it.
 *
 * A graph can have many ends.  Those that save pictures come before those that show them, and these before what decodes
 * or samples them; of each kind the first in the graph comes first.  The first that leads to a sampler with a prompt is
 * taken, else the first that leads to a sampler at all.  Its settings are those of the sampler that began the picture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-comfy.h"

#include "base/regions.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define MOST_ENDS 64

/* ---- Prompts ---- */

/* NULL: it is not known, and the present one stays */
static void
set_prompt (LimnComfy *comfy, const char *property, const char *text)
{
  g_autofree char *clean = text != NULL ? limn_foreign_strip_prompt (comfy->foreign, text) : NULL;

  if (clean != NULL)
    limn_foreign_set_string (comfy->foreign, property, clean);
}

static gboolean
differs (const LimnComfyPrompt *prompt)
{
  return prompt->second != NULL && g_strcmp0 (prompt->text, prompt->second) != 0;
}

static void
set_prompts (LimnComfy *comfy, const LimnComfyPrompt *positive, const LimnComfyPrompt *negative)
{
  gboolean separate = differs (positive) || differs (negative);

  set_prompt (comfy, "prompt", positive->text);
  set_prompt (comfy, "negative", negative->text);
  if (separate) {
    set_prompt (comfy, "prompt-2", positive->second);
    set_prompt (comfy, "negative-2", negative->second);
    limn_foreign_set_bool (comfy->foreign, "separate-prompts", TRUE);
  }
  if (positive->text == NULL)
    limn_foreign_doubt (comfy->foreign, "prompt", _ ("Prompt"), _ ("The graph computes it; the present one stays"));
  if (negative->text == NULL)
    limn_foreign_doubt (comfy->foreign, "negative", _ ("Negative prompt"),
                        _ ("The graph computes it; the present one stays"));
  /* an encoder that is told no sizes takes the picture's, as Limn does for zeros */
  if (positive->has_hints)
    limn_foreign_set_hints (comfy->foreign, FALSE, &positive->hints);
  if (memcmp (&positive->hints, &negative->hints, sizeof positive->hints) != 0)
    limn_foreign_set_hints (comfy->foreign, TRUE, &negative->hints);
}

/* ---- Steps ---- */

/* The strength that leaves painted of all steps to do: a short number, if there is one. */
static double
strength_for (double all, double painted, double denoise)
{
  if ((int) (all * denoise) == (int) painted)
    return denoise;
  for (double unit = 100; unit <= 1e6; unit *= 10) {
    double strength = ceil (painted / all * unit - 1e-9) / unit;

    if ((int) (all * strength) == (int) painted)
      return strength;
  }
  return painted / all;
}

static void
set_strength (LimnComfy *comfy, const LimnComfyStart *start, double all, double painted, double denoise)
{
  if (start->is_picture) {
    limn_foreign_set_double (comfy->foreign, "strength", _ ("Strength"), strength_for (all, painted, denoise));
    limn_foreign_miss_start (comfy->foreign);
  } else if (painted < all) {
    limn_foreign_miss_printf (
        comfy->foreign, _ ("Strength"),
        _ ("Only the last %.4g of %.4g steps were done, over an empty picture; Limn does them all"), painted, all);
  }
}

/* ComfyUI does all its steps at a denoise below 1: it makes a longer schedule and does its end. */
static void
set_steps (LimnComfy *comfy, const LimnComfySampling *s, const LimnComfyStart *start, gboolean refined)
{
  LimnForeign *foreign = comfy->foreign;
  double all = s->steps, begin = fmax (s->start, 0);

  if (isnan (s->denoise))
    limn_foreign_doubt (foreign, "strength", _ ("Strength"), _ ("The graph computes it; the present one stays"));
  if (isnan (s->steps)) {
    limn_foreign_doubt (foreign, "steps", _ ("Steps"), _ ("The graph computes it; the present one stays"));
    if (start->is_picture && s->denoise >= 0)
      limn_foreign_set_double (foreign, "strength", _ ("Strength"), s->denoise);
    if (start->is_picture)
      limn_foreign_miss_start (foreign);
    return;
  }
  if (s->denoise <= 0) {
    limn_foreign_miss (foreign, _ ("Strength"), _ ("It was 0: nothing was painted"));
  } else if (s->denoise < 0.9999) {
    all = floor (s->steps / s->denoise);
    begin += all - s->steps;
  }
  limn_foreign_set_int (foreign, "steps", _ ("Steps"), all);
  all = limn_settings_values (foreign->settings)->steps;
  set_strength (comfy, start, all, fmax (all - begin, 0), s->denoise > 0 ? fmin (s->denoise, 1) : 1);
  if (s->end < s->steps && !refined)
    limn_foreign_miss_printf (foreign, _ ("Steps"), _ ("It ended after %.4g of %.4g; Limn does them all"), s->end,
                              s->steps);
  if (!s->adds_noise)
    limn_foreign_miss (foreign, _ ("Noise"), _ ("None was added before the first step; Limn adds it"));
}

/* ---- A sampler's other settings ---- */

/* Nothing that is off changes a picture. */
static gboolean
is_off (const LimnJson *value)
{
  static const char *const words[] = { "", "none", "off", "disable", "disabled", "false", "fixed", "randomize" };
  const char *text = limn_json_string (value, NULL);

  for (guint i = 0; text != NULL && i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (text, words[i]) == 0)
      return TRUE;
  return text == NULL && !limn_comfy_is_link (value) && limn_json_number (value, 0) == 0
         && !limn_json_bool (value, FALSE);
}

/* Settings of a sampler, or of a part of it, that no one here has read. */
static void
miss_others (LimnComfy *comfy, const LimnJson *node)
{
  static const char *const known[] = { "seed",     "step",     "cfg",        "guid",         "sampler", "schedul",
                                       "denoise",  "noise",    "sigmas",     "model",        "clip",    "vae",
                                       "positive", "negative", "latent",     "sample",       "image",   "pixel",
                                       "mask",     "control",  "preview",    "save",         "file",    "lora",
                                       "link_id",  "output",   "resolution", "width",        "height",  "batch",
                                       "text",     "prompt",   "path",       "conditioning", "cond1",   "nag" };
  const LimnJson *inputs = limn_comfy_inputs (node);
  g_autoptr (GString) others = g_string_new (NULL);

  for (guint i = 0; i < limn_json_length (inputs) && others->len < 200; i++) {
    const char *name = limn_json_key (inputs, i);
    const LimnJson *value = limn_json_member (inputs, name);
    gboolean is_known = limn_comfy_is_pipe (name, value) || is_off (value);

    for (guint k = 0; k < G_N_ELEMENTS (known) && !is_known; k++)
      is_known = limn_comfy_has_word (name, known[k]);
    if (!is_known)
      g_string_append_printf (others, "%s%s", others->len > 0 ? ", " : "", name);
  }
  if (others->len > 0)
    limn_foreign_miss_printf (comfy->foreign, _ ("Other settings"), _ ("Limn does not know these: %s"), others->str);
}

static void
set_sampling (LimnComfy *comfy, const LimnComfySampling *s)
{
  static const char *const parts[] = { "guider", "sigmas", "noise" };
  LimnForeign *foreign = comfy->foreign;
  guint64 seed;

  if (isnan (s->guidance))
    limn_foreign_doubt (foreign, "guidance", _ ("Guidance"), _ ("The graph computes it; the present one stays"));
  else
    limn_foreign_set_double (foreign, "guidance", _ ("Guidance"), s->guidance);
  if (limn_foreign_json_seed (s->seed, &seed))
    limn_foreign_set_seed (foreign, seed);
  else
    limn_foreign_doubt (foreign, "seed", _ ("Seed"), _ ("The graph computes it; the present one stays"));
  limn_foreign_set_like (foreign, "comfyui", TRUE);
  if (s->sampler != NULL)
    limn_foreign_set_sampler (foreign, s->sampler, s->schedule);
  else
    limn_foreign_doubt (foreign, "sampler", _ ("Sampler"), _ ("The graph computes it; the present one stays"));
  if (s->sigmas != NULL)
    limn_foreign_set_string (foreign, "sigmas", s->sigmas);
  if (s->nag != NULL)
    limn_comfy_read_nag (comfy, s->nag, s->guidance);
  miss_others (comfy, s->node);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (!s->is_spaced || !g_str_equal (parts[i], "sigmas"))
      miss_others (comfy, limn_comfy_follow (comfy, limn_comfy_input (s->node, parts[i])));
}

static void
set_start (LimnComfy *comfy, const LimnComfyWay *way, LimnComfyStart *start)
{
  LimnForeign *foreign = comfy->foreign;
  double index;

  for (guint i = 0; i < way->between->len && start->index < 0; i++)
    if (limn_comfy_read_picked (comfy, way->between->pdata[i], &index) && index < start->batch)
      start->index = index;
  if (start->is_masked)
    limn_foreign_miss_mask (foreign);
  if (start->has_size)
    limn_foreign_set_size (foreign, start->width, start->height);
  else
    limn_foreign_doubt (foreign, "width", _ ("Size"), _ ("The graph computes it; the present one stays"));
  limn_foreign_set_batch (foreign, start->batch, start->index);
  if (start->is_picked && start->batch > 1
      && limn_choice_find (limn_sampler_choice, limn_settings_values (foreign->settings)->sampler)->noisy)
    limn_foreign_miss (foreign, _ ("Noise"),
                       _ ("It was taken out of a batch before its steps, whose noise was its own"));
}

/* ---- More than one sampler ---- */

static gboolean
is_same_input (const LimnJson *a, const LimnJson *b, const char *name)
{
  const LimnJson *one = limn_comfy_input (a, name), *other = limn_comfy_input (b, name);

  return limn_comfy_is_link (one) && limn_comfy_is_link (other)
         && g_str_equal (limn_json_string (limn_json_nth (one, 0), ""), limn_json_string (limn_json_nth (other, 0), ""))
         && limn_json_number (limn_json_nth (one, 1), 0) == limn_json_number (limn_json_nth (other, 1), 0);
}

static gboolean
is_same_sampling (const LimnComfySampling *base, const LimnComfySampling *later)
{
  return base->steps == later->steps && base->guidance == later->guidance && base->denoise == later->denoise
         && g_strcmp0 (base->sampler, later->sampler) == 0 && g_strcmp0 (base->schedule, later->schedule) == 0;
}

/* The later of two samplers goes on where the earlier ended, with the noise that was left. */
static gboolean
goes_on (const LimnComfySampling *base, const LimnComfySampling *later)
{
  return base->end < base->steps && later->start == base->end && later->steps == base->steps && !later->adds_noise;
}

/* One run that was cut in two. */
static gboolean
is_same_run (const LimnComfySampling *base, const LimnComfySampling *later)
{
  static const char *const wires[] = { "model", "positive", "negative" };
  gboolean same = goes_on (base, later) && base->keeps_noise && is_same_sampling (base, later);

  for (guint i = 0; i < G_N_ELEMENTS (wires); i++)
    same = same && is_same_input (base->node, later->node, wires[i]);
  return same;
}

static void
compare_refiner (LimnComfy *comfy, const LimnComfySampling *base, const LimnComfySampling *later)
{
  LimnForeign *foreign = comfy->foreign;
  const LimnSettingsValues *values = limn_settings_values (foreign->settings);
  const char *prompts[] = { values->separate_prompts ? values->prompt_2 : values->prompt,
                            values->separate_prompts ? values->negative_2 : values->negative };

  for (int i = 0; i < 2; i++) {
    g_auto (LimnComfyPrompt) prompt = limn_comfy_read_prompt (comfy, later->node, i == 1);
    g_autofree char *clean = prompt.text != NULL ? limn_foreign_strip_prompt (foreign, prompt.text) : NULL;

    if (prompt.score >= 0)
      limn_foreign_set_double (foreign, i == 0 ? "aesthetic" : "negative-aesthetic", _ ("Aesthetic score"),
                               prompt.score);
    if (clean != NULL && !g_str_equal (clean, prompts[i]))
      limn_foreign_miss (foreign, i == 0 ? _ ("Prompt") : _ ("Negative prompt"),
                         _ ("The refiner read other words; Limn gives it the base model’s"));
  }
  if (!is_same_sampling (base, later) || !goes_on (base, later))
    limn_foreign_miss (foreign, _ ("Refiner"),
                       _ ("It was set otherwise than the base model; Limn goes on with the same settings"));
  if (later->end < later->steps)
    limn_foreign_miss_printf (foreign, _ ("Steps"), _ ("It ended after %.4g of %.4g; Limn does them all"), later->end,
                              later->steps);
}

/* The model's name alone, without a word about what changed it. */
static const char *
peek_model (LimnComfy *comfy, const LimnJson *sampler)
{
  guint told = comfy->foreign->gaps->len;
  const char *name = limn_comfy_read_model (comfy, sampler);

  g_ptr_array_set_size (comfy->foreign->gaps, (int) told);
  return name;
}

static void
set_refiner (LimnComfy *comfy, const LimnComfySampling *base, const LimnComfySampling *later)
{
  LimnForeign *foreign = comfy->foreign;

  limn_foreign_set_refiner (foreign, limn_comfy_read_model (comfy, later->node), comfy->models);
  limn_foreign_set_handoff (foreign, CLAMP (later->start / base->steps, 0.0, 1.0));
  compare_refiner (comfy, base, later);
}

/* A sampler that was given both models. */
static void
set_own_refiner (LimnComfy *comfy, const LimnComfySampling *s)
{
  static const char *const files[] = { "refiner_ckpt_name", "refiner_model", NULL };
  static const char *const scores[2][2] = { { "positive_ascore", NULL }, { "negative_ascore", NULL } };
  const char *file = s->refine >= 0 && s->refine < s->steps ? limn_comfy_string (comfy, s->node, files) : NULL;
  double score;

  if (file == NULL || g_ascii_strcasecmp (file, "none") == 0)
    return;
  limn_foreign_set_refiner (comfy->foreign, file, comfy->models);
  limn_foreign_set_handoff (comfy->foreign, CLAMP (s->refine / s->steps, 0.0, 1.0));
  for (int i = 0; i < 2; i++)
    if (limn_comfy_number (comfy, s->node, scores[i], &score))
      limn_foreign_set_double (comfy->foreign, i == 0 ? "aesthetic" : "negative-aesthetic", _ ("Aesthetic score"),
                               score);
}

static void
miss_pass (LimnComfy *comfy, const LimnJson *node)
{
  if (limn_comfy_is (node, "detailer"))
    limn_foreign_miss (comfy->foreign, _ ("Detailer"), _ ("It repainted faces or hands afterwards"));
  else if (limn_comfy_is (node, "upscale"))
    limn_foreign_miss_printf (comfy->foreign, _ ("Upscaler"), _ ("The picture was enlarged on the way (%s)"),
                              limn_comfy_kind (node));
  else
    limn_foreign_miss (comfy->foreign, _ ("Hires fix"),
                       _ ("A second pass repainted the picture; Limn paints only the first one"));
}

/* Takes into base what goes on with it; all other samplers after it are told, but for a refiner: TRUE where there is
 * one. */
static gboolean
read_later (LimnComfy *comfy, const LimnComfyWay *way, const char *base_name, LimnComfySampling *base,
            LimnComfySampling *refiner)
{
  gboolean refined = FALSE;

  for (guint i = way->n_samplers - 1; i > 0; i--) {
    LimnComfySampling later = limn_comfy_read_sampling (comfy, way->samplers[i - 1]);

    if (!refined && is_same_run (base, &later)) {
      base->end = later.end;
      base->keeps_noise = later.keeps_noise;
    } else if (!refined && later.start > 0 && base->end < base->steps
               && g_strcmp0 (peek_model (comfy, later.node), base_name) != 0) {
      refined = TRUE;
      *refiner = later;
    } else {
      miss_pass (comfy, later.node);
    }
  }
  return refined;
}

/* ---- The way ---- */

static gboolean
only_hands_on (LimnComfy *comfy, const LimnJson *node)
{
  static const char *const words[] = { "save",    "preview", "decode", "encode", "viewer", "show",
                                       "display", "output",  "send",   "compar", "upload", "reroute" };
  const LimnJson *inputs = limn_comfy_inputs (node);
  gboolean known;

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (limn_comfy_is (node, words[i]))
      return TRUE;
  for (guint i = 0; i < limn_json_length (inputs); i++)
    if (limn_comfy_is_pipe (limn_json_key (inputs, i), limn_json_member (inputs, limn_json_key (inputs, i))))
      return TRUE;
  return limn_json_length (inputs) == 1 || limn_comfy_choice (comfy, node, &known) != NULL;
}

static void
note_between (LimnComfy *comfy, const LimnJson *node)
{
  const char *kind = limn_comfy_kind (node);
  double index;

  if (limn_comfy_read_picked (comfy, node, &index))
    return;
  if (limn_comfy_is (node, "upscale") || limn_comfy_is (node, "imagescale") || limn_comfy_is (node, "imageresize"))
    limn_foreign_miss_printf (comfy->foreign, _ ("Upscaler"), _ ("The picture was enlarged on the way (%s)"), kind);
  else if (!only_hands_on (comfy, node))
    limn_foreign_miss_printf (comfy->foreign, _ ("Picture"), _ ("The node “%s” changed it afterwards; Limn does not"),
                              kind);
  if (limn_comfy_is (node, "decode"))
    limn_comfy_check_vae (comfy, node);
}

/* As often as ComfyUI asks the model: each area counts by its strength, what is said of the whole picture by 1. */
static void
set_regions (LimnComfy *comfy, const LimnComfyPrompt *prompt)
{
  g_autofree char *text = prompt->areas != NULL ? limn_regions_write (prompt->areas) : NULL;

  if (text == NULL || !limn_regions_check (text, NULL))
    return;
  limn_foreign_set_string (comfy->foreign, "regions", text);
  limn_foreign_set_double (comfy->foreign, "regions-base", _ ("Regions"), prompt->beside ? 0.5 : 0);
  limn_foreign_miss (comfy->foreign, _ ("Regions"),
                     _ ("The model was asked for each area, and its answers mixed; Limn mixes what attention gives"));
}

static void
read_way (LimnComfy *comfy, const LimnComfyWay *way)
{
  const LimnJson *first = way->samplers[way->n_samplers - 1];
  LimnComfySampling base = limn_comfy_read_sampling (comfy, first);
  LimnComfyStart start = limn_comfy_read_start (comfy, first);
  comfy->width = start.has_size ? start.width : 0;
  comfy->height = start.has_size ? start.height : 0;
  g_auto (LimnComfyPrompt) positive = limn_comfy_read_prompt (comfy, first, FALSE);
  g_auto (LimnComfyPrompt) negative = limn_comfy_read_prompt (comfy, first, TRUE);
  const char *name = limn_comfy_read_model (comfy, first);
  LimnComfySampling refiner = { 0 };
  gboolean refined;

  set_prompts (comfy, &positive, &negative);
  set_regions (comfy, &positive);
  set_sampling (comfy, &base);
  set_start (comfy, way, &start);
  if (name != NULL)
    limn_foreign_set_model (comfy->foreign, "model", name, NULL, comfy->models);
  else
    limn_foreign_doubt (comfy->foreign, "model", _ ("Model"), _ ("The graph does not name it; the present one stays"));
  limn_comfy_check_clip (comfy, positive.encoder);
  refined = read_later (comfy, way, name, &base, &refiner);
  if (refined)
    set_refiner (comfy, &base, &refiner);
  else
    set_own_refiner (comfy, &base);
  set_steps (comfy, &base, &start, refined);
  for (guint i = way->between->len; i > 0; i--)
    note_between (comfy, way->between->pdata[i - 1]);
}

/* ---- Ends ---- */

typedef struct {
  LimnForeign *best;          /* the first of the best there is */
  const LimnJson *best_first; /* the sampler that its picture began with */
  guint tried;
} Ends;

static gboolean
has_prompt (LimnForeign *foreign)
{
  const LimnSettingsValues *values = limn_settings_values (foreign->settings);

  return values->prompt[0] != '\0' || values->prompt_2[0] != '\0';
}

static void
try_end (LimnComfy *comfy, const LimnJson *node, Ends *ends)
{
  g_autoptr (LimnComfyWay) way = limn_comfy_way_new (comfy, node);
  const LimnJson *first = way->n_samplers > 0 ? way->samplers[way->n_samplers - 1] : NULL;
  LimnForeign *old = ends->best;

  ends->tried++;
  if (first == NULL || first == ends->best_first)
    return;
  comfy->foreign = limn_foreign_new (LIMN_FOREIGN_COMFY, "ComfyUI");
  read_way (comfy, way);
  if (old == NULL || (!has_prompt (old) && has_prompt (comfy->foreign))) {
    limn_foreign_free (old);
    ends->best = comfy->foreign;
    ends->best_first = first;
    return;
  }
  limn_foreign_free (comfy->foreign);
  if (limn_comfy_is (node, "save"))
    limn_foreign_miss (old, _ ("Picture"), _ ("The graph saved others too; these are the settings of its first"));
}

/* Each kind of end is looked for only where those before it lead to no prompt. */
static void
try_ends (LimnComfy *comfy, Ends *ends)
{
  static const char *const kinds[] = { "save", "preview", "decode", "sampler", "" };

  for (guint k = 0; k < G_N_ELEMENTS (kinds) && (ends->best == NULL || !has_prompt (ends->best)); k++)
    for (guint i = 0; i < limn_json_length (comfy->nodes) && ends->tried < MOST_ENDS; i++) {
      const LimnJson *node = limn_json_member (comfy->nodes, limn_json_key (comfy->nodes, i));

      if (limn_comfy_inputs (node) != NULL && limn_comfy_is (node, kinds[k]))
        try_end (comfy, node, ends);
    }
}

gboolean
limn_foreign_read_comfy (LimnForeign **out, const LimnJson *json, const char *const *models)
{
  const LimnJson *nested = limn_json_member (json, "prompt");
  LimnComfy comfy = { .nodes = limn_json_kind (nested) == LIMN_JSON_OBJECT ? nested : json, .models = models };
  Ends ends = { 0 };

  try_ends (&comfy, &ends);
  if (ends.best == NULL)
    return FALSE;
  *out = ends.best;
  return TRUE;
}
