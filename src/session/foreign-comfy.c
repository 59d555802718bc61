/* foreign-comfy.c - ComfyUI's prompt graph: from the saved picture back to what made it.
 *
 * The graph is { "id": { "class_type": "KSampler", "inputs": { "seed": 1, "model": ["4", 0], ... } }, ... }, where a list of a
 * node's id and an output's number is a wire.  The walk starts at what saves pictures and goes against the wires.  It is
 * bounded in depth, so that a graph that bites its tail ends too.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign-private.h"

#include <glib/gi18n.h>
#include <string.h>

#define MOST_HOPS 48
#define MOST_SAMPLERS 8

typedef struct {
  LimnForeign *foreign;
  const LimnJson *graph;
  const char *const *models;
  const LimnJson *samplers[MOST_SAMPLERS]; /* nearest the saved picture first */
  int n_samplers;
} Walk;

static const char *
kind_of (const LimnJson *node)
{
  return limn_json_string (limn_json_member (node, "class_type"), "");
}

static gboolean
is (const LimnJson *node, const char *kind)
{
  return g_str_equal (kind_of (node), kind);
}

static const LimnJson *
input (const LimnJson *node, const char *name)
{
  return limn_json_member (limn_json_member (node, "inputs"), name);
}

/* The node at the other end of value, where that is a wire. */
static const LimnJson *
wired (Walk *walk, const LimnJson *value)
{
  const char *id;

  if (value == NULL || limn_json_kind (value) != LIMN_JSON_ARRAY || limn_json_length (value) != 2)
    return NULL;
  id = limn_json_string (limn_json_nth (value, 0), NULL);
  return id != NULL ? limn_json_member (walk->graph, id) : NULL;
}

static const LimnJson *
behind (Walk *walk, const LimnJson *node, const char *name)
{
  return wired (walk, input (node, name));
}

/* The first of names, a NULL-terminated list, that is wired. */
static const LimnJson *
behind_any (Walk *walk, const LimnJson *node, const char *const *names)
{
  for (; *names != NULL; names++) {
    const LimnJson *next = behind (walk, node, *names);

    if (next != NULL)
      return next;
  }
  return NULL;
}

/* A value, or what a node of one value at the end of the wire holds. */
static const LimnJson *
plain (Walk *walk, const LimnJson *value)
{
  static const char *const names[] = {
    "value", "text", "string", "seed", "int", "float", "Number", "String", "prompt"
  };

  for (int hops = 0; hops < 8; hops++) {
    const LimnJson *node = wired (walk, value), *next = NULL;

    if (node == NULL)
      return value;
    for (guint i = 0; i < G_N_ELEMENTS (names) && next == NULL; i++)
      next = input (node, names[i]);
    value = next;
  }
  return NULL;
}

static gboolean
number_at (Walk *walk, const LimnJson *node, const char *name, double *number)
{
  return limn_foreign_json_number (plain (walk, input (node, name)), number);
}

static const char *
text_at (Walk *walk, const LimnJson *node, const char *name)
{
  return limn_json_string (plain (walk, input (node, name)), NULL);
}

/* ---- Finding the samplers ---- */

static gboolean
is_sampler (const LimnJson *node)
{
  return is (node, "KSampler") || is (node, "KSamplerAdvanced") || is (node, "SamplerCustom")
         || is (node, "SamplerCustomAdvanced");
}

static void
note_on_the_way (Walk *walk, const LimnJson *node)
{
  const char *kind = kind_of (node);

  if (strstr (kind, "Upscale") != NULL || is (node, "ImageScale") || is (node, "ImageScaleBy"))
    limn_foreign_miss_printf (walk->foreign, _ ("Upscaler"), _ ("The picture was enlarged on the way (%s)"), kind);
  else if (strstr (kind, "FaceDetailer") != NULL)
    limn_foreign_miss (walk->foreign, _ ("Detailer"), _ ("It repainted faces or hands afterwards"));
  else if (is (node, "VAEDecode") && behind (walk, node, "vae") != NULL && is (behind (walk, node, "vae"), "VAELoader"))
    limn_foreign_miss_printf (walk->foreign, _ ("VAE"), _ ("“%s” was used; Limn decodes with the model’s own"),
                              limn_json_string (input (behind (walk, node, "vae"), "vae_name"), "?"));
}

static void
find_samplers (Walk *walk, const LimnJson *node)
{
  static const char *const wires[] = { "images", "image",        "samples",  "pixels",
                                       "latent", "latent_image", "upscaled", NULL };

  for (int hops = 0; node != NULL && hops < MOST_HOPS; hops++) {
    if (is_sampler (node) && walk->n_samplers < MOST_SAMPLERS)
      walk->samplers[walk->n_samplers++] = node;
    else
      note_on_the_way (walk, node);
    node = behind_any (walk, node, wires);
  }
}

/* What saves or shows pictures; else any sampler. */
static const LimnJson *
find_end (Walk *walk)
{
  static const char *const ends[] = { "SaveImage", "Save", "PreviewImage", "VAEDecode", "Sampler" };

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    for (guint n = 0; n < limn_json_length (walk->graph); n++) {
      const LimnJson *node = limn_json_member (walk->graph, limn_json_key (walk->graph, n));

      if (strstr (kind_of (node), ends[i]) != NULL)
        return node;
    }
  return NULL;
}

/* ---- Prompts ---- */

typedef struct {
  const char *text, *second; /* second: NULL, the same */
  LimnSizeHints hints;
  gboolean has_hints;
  double score; /* below 0: none */
  const LimnJson *encoder;
} Prompt;

static int
hint_at (Walk *walk, const LimnJson *node, const char *name)
{
  double number = 0;

  number_at (walk, node, name, &number);
  return (int) CLAMP (number, 0.0, 16384.0);
}

static gboolean
read_encoder (Walk *walk, const LimnJson *node, Prompt *prompt)
{
  if (is (node, "CLIPTextEncodeSDXL")) {
    prompt->text = text_at (walk, node, "text_l");
    prompt->second = text_at (walk, node, "text_g");
    prompt->hints = (LimnSizeHints){ hint_at (walk, node, "width"),        hint_at (walk, node, "height"),
                                     hint_at (walk, node, "crop_w"),       hint_at (walk, node, "crop_h"),
                                     hint_at (walk, node, "target_width"), hint_at (walk, node, "target_height") };
    prompt->has_hints = TRUE;
    return TRUE;
  }
  if (is (node, "CLIPTextEncodeSDXLRefiner"))
    number_at (walk, node, "ascore", &prompt->score);
  prompt->text = text_at (walk, node, "text");
  return prompt->text != NULL || g_str_has_prefix (kind_of (node), "CLIPTextEncode");
}

static Prompt
read_prompt (Walk *walk, const LimnJson *node, const char *side)
{
  static const char *const wires[] = { "conditioning", "conditioning_1", "conditioning_to", NULL };
  Prompt prompt = { .score = -1 };

  for (int hops = 0; node != NULL && hops < MOST_HOPS; hops++) {
    const char *kind = kind_of (node);

    prompt.encoder = node;
    if (read_encoder (walk, node, &prompt))
      break;
    if (strstr (kind, "ControlNet") != NULL)
      limn_foreign_miss (walk->foreign, _ ("ControlNet"), _ ("It guided the picture’s layout; Limn paints without it"));
    else if (is (node, "ConditioningZeroOut"))
      return prompt;
    else if (g_str_has_prefix (kind, "Conditioning"))
      limn_foreign_miss_printf (walk->foreign, _ ("Prompt"), _ ("Prompts were combined (%s); only the first is taken"),
                                kind);
    else
      limn_foreign_miss_printf (walk->foreign, _ ("Prompt"), _ ("The node “%s” changes it; Limn does not"), kind);
    /* a ControlNet hands both sides on */
    if (behind (walk, node, side) != NULL)
      node = behind (walk, node, side);
    else
      node = behind_any (walk, node, wires);
  }
  return prompt;
}

static void
set_prompts (Walk *walk, const Prompt *positive, const Prompt *negative)
{
  LimnForeign *foreign = walk->foreign;
  const Prompt *sides[] = { positive, negative };
  static const char *const properties[2][2] = { { "prompt", "prompt-2" }, { "negative", "negative-2" } };
  gboolean separate = FALSE;

  for (int i = 0; i < 2; i++)
    separate = separate || (sides[i]->second != NULL && g_strcmp0 (sides[i]->second, sides[i]->text) != 0);
  for (int i = 0; i < 2; i++) {
    g_autofree char *first = limn_foreign_clean_prompt (foreign, sides[i]->text);
    g_autofree char *second = limn_foreign_clean_prompt (foreign, sides[i]->second);

    limn_foreign_set_string (foreign, properties[i][0], first);
    if (separate)
      limn_foreign_set_string (foreign, properties[i][1], sides[i]->second != NULL ? second : first);
  }
  if (separate)
    limn_foreign_set_bool (foreign, "separate-prompts", TRUE);
  if (positive->has_hints)
    limn_foreign_set_hints (foreign, FALSE, &positive->hints);
  if (negative->has_hints && memcmp (&positive->hints, &negative->hints, sizeof positive->hints) != 0)
    limn_foreign_set_hints (foreign, TRUE, &negative->hints);
}

/* ---- Models ---- */

/* The name of the file at the end of a sampler's model wire, or NULL. */
static const char *
read_model (Walk *walk, const LimnJson *node)
{
  for (int hops = 0; node != NULL && hops < MOST_HOPS; hops++) {
    const char *kind = kind_of (node), *name = limn_json_string (input (node, "ckpt_name"), NULL);
    double weight = 1;

    if (name != NULL)
      return name;
    name = limn_json_string (input (node, "unet_name"), NULL);
    if (name != NULL)
      return name;
    if (strstr (kind, "Lora") != NULL || strstr (kind, "LoRA") != NULL) {
      number_at (walk, node, "strength_model", &weight);
      limn_foreign_miss_lora (walk->foreign, limn_json_string (input (node, "lora_name"), kind), weight);
    } else {
      limn_foreign_miss_printf (walk->foreign, _ ("Model"), _ ("The node “%s” changes it; Limn does not"), kind);
    }
    node = behind (walk, node, "model");
  }
  return NULL;
}

static void
check_clip (Walk *walk, const LimnJson *encoder)
{
  const LimnJson *node = behind (walk, encoder, "clip");
  double layer;

  for (int hops = 0; node != NULL && hops < MOST_HOPS; hops++) {
    if (is (node, "CLIPSetLastLayer") && number_at (walk, node, "stop_at_clip_layer", &layer) && layer != -2)
      limn_foreign_miss_printf (walk->foreign, _ ("CLIP skip"),
                                _ ("The text was read at layer %.4g; Limn reads it at −2, as SDXL was trained"), layer);
    node = behind (walk, node, "clip");
  }
}

/* ---- Samplers ---- */

/* What a sampler node was told, whichever kind it is. */
typedef struct {
  const LimnJson *model, *positive, *negative, *latent;
  const LimnJson *seed;
  const char *sampler, *schedule;
  double steps, guidance, denoise, start, end;
} Sampling;

static void
read_sigmas (Walk *walk, const LimnJson *node, Sampling *sampling)
{
  const LimnJson *sigmas = behind (walk, node, "sigmas"), *sampler = behind (walk, node, "sampler");

  if (sampler != NULL)
    sampling->sampler = limn_json_string (input (sampler, "sampler_name"), kind_of (sampler));
  if (sigmas == NULL)
    return;
  number_at (walk, sigmas, "steps", &sampling->steps);
  number_at (walk, sigmas, "denoise", &sampling->denoise);
  sampling->schedule =
      limn_json_string (input (sigmas, "scheduler"), is (sigmas, "KarrasScheduler") ? "karras" : kind_of (sigmas));
}

static void
read_guider (Walk *walk, const LimnJson *node, Sampling *sampling)
{
  const LimnJson *guider = behind (walk, node, "guider"), *noise = behind (walk, node, "noise");

  sampling->model = behind (walk, guider, "model");
  sampling->positive = behind (walk, guider, "positive");
  if (sampling->positive == NULL)
    sampling->positive = behind (walk, guider, "conditioning");
  sampling->negative = behind (walk, guider, "negative");
  sampling->guidance = 1;
  number_at (walk, guider, "cfg", &sampling->guidance);
  sampling->seed = plain (walk, input (noise, "noise_seed"));
}

static Sampling
read_sampler (Walk *walk, const LimnJson *node)
{
  Sampling s = { .steps = -1, .guidance = -1, .denoise = 1, .start = 0, .end = 10000 };
  static const char *const latents[] = { "latent_image", "samples", "latent", NULL };

  s.model = behind (walk, node, "model");
  s.positive = behind (walk, node, "positive");
  s.negative = behind (walk, node, "negative");
  s.latent = behind_any (walk, node, latents);
  s.seed = plain (walk, input (node, "seed"));
  if (s.seed == NULL)
    s.seed = plain (walk, input (node, "noise_seed"));
  s.sampler = text_at (walk, node, "sampler_name");
  s.schedule = text_at (walk, node, "scheduler");
  number_at (walk, node, "steps", &s.steps);
  number_at (walk, node, "cfg", &s.guidance);
  number_at (walk, node, "denoise", &s.denoise);
  number_at (walk, node, "start_at_step", &s.start);
  number_at (walk, node, "end_at_step", &s.end);
  if (g_str_has_prefix (kind_of (node), "SamplerCustom"))
    read_sigmas (walk, node, &s);
  if (is (node, "SamplerCustomAdvanced"))
    read_guider (walk, node, &s);
  return s;
}

static void
set_sampling (Walk *walk, const Sampling *s)
{
  LimnForeign *foreign = walk->foreign;
  guint64 seed;

  if (s->steps > 0)
    limn_foreign_set_int (foreign, "steps", _ ("Steps"), s->steps);
  if (s->guidance >= 0)
    limn_foreign_set_double (foreign, "guidance", _ ("Guidance"), s->guidance);
  if (limn_foreign_json_seed (s->seed, &seed))
    limn_foreign_set_seed (foreign, seed);
  else
    limn_foreign_miss (foreign, _ ("Seed"), _ ("The graph computes it; the present one stays"));
  if (s->sampler != NULL)
    limn_foreign_set_sampler (foreign, s->sampler, s->schedule);
  limn_foreign_set_int (foreign, "noise-source", _ ("Noise"), LIMN_NOISE_CPU);
}

/* Where the noise, or the picture painted over, came from. */
static void
set_latent (Walk *walk, const Sampling *s)
{
  static const char *const wires[] = { "samples", "latent", "latent_image", NULL };
  const LimnJson *node = s->latent;
  double width, height;

  for (int hops = 0; node != NULL && hops < MOST_HOPS; hops++) {
    if (strstr (kind_of (node), "VAEEncode") != NULL) {
      limn_foreign_set_double (walk->foreign, "strength", _ ("Strength"), s->denoise);
      limn_foreign_miss_start (walk->foreign);
      if (is (node, "VAEEncodeForInpaint"))
        limn_foreign_miss (walk->foreign, _ ("Mask"), _ ("Only a part was painted; the mask is not inside this file"));
      return;
    }
    if (is (node, "SetLatentNoiseMask"))
      limn_foreign_miss (walk->foreign, _ ("Mask"), _ ("Only a part was painted; the mask is not inside this file"));
    if (number_at (walk, node, "width", &width) && number_at (walk, node, "height", &height)) {
      limn_foreign_set_size (walk->foreign, width, height);
      return;
    }
    node = behind_any (walk, node, wires);
  }
  limn_foreign_miss (walk->foreign, _ ("Size"), _ ("The graph computes it; the present one stays"));
}

/* TRUE where the later of two samplers is a refiner that goes on with the same schedule. */
static gboolean
set_refiner (Walk *walk, const Sampling *base, const Sampling *later, const char *base_name)
{
  LimnForeign *foreign = walk->foreign;
  const char *name = later->start > 0 ? read_model (walk, later->model) : NULL;
  Prompt positive, negative;

  if (name == NULL || g_strcmp0 (name, base_name) == 0 || !(base->end < base->steps))
    return FALSE;
  limn_foreign_set_model (foreign, "refiner", name, NULL, walk->models);
  limn_foreign_set_bool (foreign, "use-refiner", limn_foreign_has (foreign, "refiner"));
  limn_foreign_set_double (foreign, "handoff", _ ("Hand-off"), CLAMP (later->start / base->steps, 0.0, 1.0));
  positive = read_prompt (walk, later->positive, "positive");
  negative = read_prompt (walk, later->negative, "negative");
  if (positive.score >= 0)
    limn_foreign_set_double (foreign, "aesthetic", _ ("Aesthetic score"), positive.score);
  if (negative.score >= 0)
    limn_foreign_set_double (foreign, "negative-aesthetic", _ ("Aesthetic score"), negative.score);
  return TRUE;
}

static void
read_graph (Walk *walk)
{
  Sampling base = read_sampler (walk, walk->samplers[walk->n_samplers - 1]);
  Prompt positive = read_prompt (walk, base.positive, "positive");
  Prompt negative = read_prompt (walk, base.negative, "negative");
  const char *name = read_model (walk, base.model);
  int passes = walk->n_samplers - 1;

  set_prompts (walk, &positive, &negative);
  set_sampling (walk, &base);
  set_latent (walk, &base);
  limn_foreign_set_model (walk->foreign, "model", name, NULL, walk->models);
  check_clip (walk, positive.encoder);
  if (passes > 0) {
    Sampling later = read_sampler (walk, walk->samplers[passes - 1]);

    passes -= set_refiner (walk, &base, &later, name);
  }
  if (passes > 0)
    limn_foreign_miss (walk->foreign, _ ("Hires fix"),
                       _ ("A second pass repainted the picture; Limn paints only the first one"));
}

gboolean
limn_foreign_read_comfy (LimnForeign **out, const LimnJson *json, const char *const *models)
{
  const LimnJson *nested = limn_json_member (json, "prompt");
  Walk walk = { .graph = nested != NULL && limn_json_kind (nested) == LIMN_JSON_OBJECT ? nested : json,
                .models = models };
  const LimnJson *end = find_end (&walk);

  if (end == NULL)
    return FALSE;
  walk.foreign = limn_foreign_new (LIMN_FOREIGN_COMFY, "ComfyUI");
  find_samplers (&walk, end);
  if (walk.n_samplers == 0) {
    limn_foreign_free (walk.foreign);
    return FALSE;
  }
  read_graph (&walk);
  *out = walk.foreign;
  return TRUE;
}
