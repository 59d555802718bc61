/* foreign-parameters.c - the "parameters" text of stable-diffusion-webui and its many relatives: what its keys mean.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-hires.h"
#include "session/foreign/foreign-keys.h"
#include "session/foreign/foreign-pairs.h"

#include <glib/gi18n.h>
#include <string.h>

/* ---- Rows of more than one key ---- */

/* Both sides at once: their six numbers are in three keys each. */
LIMN_FOREIGN_OWN_TAKE (hints)
{
  static const char *const keys[2][3] = {
    { "SDXL original size", "SDXL crop", "SDXL target size" },
    { "SDXL negative original size", "SDXL negative crop", "SDXL negative target size" },
  };
  LimnSizeHints hints[2] = { 0 };
  gboolean any[2];

  for (int i = 0; i < 2; i++) {
    const LimnJson *parts[] = { limn_foreign_at (reading->all, keys[i][0]), limn_foreign_at (reading->all, keys[i][1]),
                                limn_foreign_at (reading->all, keys[i][2]) };
    gboolean original = limn_foreign_read_pair (parts[0], &hints[i].original_width, &hints[i].original_height);
    gboolean crop = limn_foreign_read_pair (parts[1], &hints[i].crop_left, &hints[i].crop_top);
    gboolean target = limn_foreign_read_pair (parts[2], &hints[i].target_width, &hints[i].target_height);

    any[i] = original || crop || target;
  }
  if (any[0])
    limn_foreign_set_hints (reading->foreign, FALSE, &hints[0]);
  if (any[0] != any[1] || memcmp (&hints[0], &hints[1], sizeof hints[0]) != 0)
    limn_foreign_set_hints (reading->foreign, TRUE, &hints[1]);
  return any[0] || any[1];
}

LIMN_FOREIGN_OWN_TAKE (second)
{
  limn_foreign_set_second (reading->foreign, limn_json_string (limn_foreign_at (reading->all, "Prompt 2"), NULL),
                           limn_json_string (limn_foreign_at (reading->all, "Negative prompt 2"), NULL));
  return TRUE;
}

LIMN_FOREIGN_OWN_TAKE (hash)
{
  if (limn_foreign_text_at (reading->all, "Model") == NULL)
    limn_foreign_set_model (reading->foreign, "model", NULL, limn_json_string (value, NULL), reading->models);
  return TRUE;
}

LIMN_FOREIGN_OWN_TAKE (lora_hashes)
{
  limn_foreign_read_hashes (reading->foreign, limn_json_string (value, ""));
  return limn_foreign_take_gap (reading, key, value);
}

/* The strength is that of the second pass where there was one. */
LIMN_FOREIGN_OWN_TAKE (denoising)
{
  double strength;

  if (!limn_foreign_json_number (value, &strength))
    return FALSE;
  if (limn_foreign_has_hires (reading->all)) {
    limn_foreign_set_double (reading->foreign, "hires-strength", _ ("Hires fix"), strength);
    return TRUE;
  }
  limn_foreign_set_double (reading->foreign, "strength", _ ("Strength"), strength);
  limn_foreign_miss_start (reading->foreign);
  return TRUE;
}

LIMN_FOREIGN_OWN_TAKE (variation)
{
  guint64 seed;

  if (!limn_foreign_json_seed (value, &seed))
    return FALSE;
  limn_foreign_set_uint64 (reading->foreign, "variation-seed", seed);
  return TRUE;
}

/* Limn's own. */
LIMN_FOREIGN_OWN_TAKE (like)
{
  const LimnChoice *choice = limn_choice_find (limn_like_choice, limn_json_string (value, ""));

  if (choice != NULL)
    limn_foreign_set_string (reading->foreign, "like", choice->name);
  return choice != NULL;
}

/* "512x768" */
LIMN_FOREIGN_OWN_TAKE (resize)
{
  int width, height;

  if (!limn_foreign_read_pair (value, &width, &height))
    return FALSE;
  limn_foreign_set_int (reading->foreign, "seed-width", _ ("Seed’s width"), width);
  limn_foreign_set_int (reading->foreign, "seed-height", _ ("Seed’s height"), height);
  return TRUE;
}

/* stable-diffusion.cpp: of other families. */
LIMN_FOREIGN_OWN_TAKE (distilled)
{
  return g_str_equal (reading->foreign->program, "stable-diffusion.cpp");
}

/* property: the key that turns it on. */
LIMN_FOREIGN_OWN_TAKE (extension)
{
  const LimnJson *on = limn_foreign_at (reading->all, key->property);

  return (on != NULL && limn_foreign_is_nothing (on)) || limn_foreign_take_gap (reading, key, value);
}

LIMN_FOREIGN_OWN_TAKE (control)
{
  const char *text = limn_json_string (value, NULL);

  return (text != NULL && limn_foreign_read_control (reading->foreign, text, reading->models))
         || limn_foreign_take_gap (reading, key, value);
}

/* ---- The table ---- */

LIMN_FOREIGN_OWN_TAKE (editing)
{
  if (g_strcmp0 (limn_json_string (value, NULL), "True") == 0 || limn_json_bool (value, FALSE))
    limn_foreign_set_string (reading->foreign, "editing", LIMN_EDITING_OLD);
  return TRUE;
}

/* Of what Limn has no setting for. */
#define THRESHOLDING_DEFAULTS "Constant|enable|True|MEAN|AD|1"
#define FREEU_OTHERWISE N_ ("It worked in another way there: %s")
#define SHRUNK_OTHERWISE N_ ("It worked in another way there: %s")

static const LimnForeignKey keys[] = {
  { "Steps", limn_foreign_take_int, "steps", N_ ("Steps") },
  { "CFG scale", limn_foreign_take_double, "guidance", N_ ("Guidance") },
  { "Guidance scale", limn_foreign_take_double, "guidance", N_ ("Guidance") },
  { "Seed", limn_foreign_take_seed },
  { "Size", limn_foreign_take_size },
  { "Sampler", limn_foreign_take_sampler },
  LIMN_FOREIGN_ALONG ("Schedule type", "Sampler"),
  LIMN_FOREIGN_ALONG ("Scheduler", "Sampler"),
  { "Model", limn_foreign_take_model },
  { "Model hash", take_hash },
  { "Base model", limn_foreign_take_model },
  LIMN_FOREIGN_ALONG ("Base model hash", "Base model"),
  { "Refiner", limn_foreign_take_refiner },
  { "Refiner model", limn_foreign_take_refiner },
  { "Refiner switch", limn_foreign_take_handoff, "Refiner*" },
  { "Refiner switch at", limn_foreign_take_handoff, "Refiner" },
  { "Refiner start", limn_foreign_take_handoff, "Refiner" },
  LIMN_FOREIGN_ALONG ("Refiner hash", "Refiner"),
  { "Aesthetic score", limn_foreign_take_double, "aesthetic", N_ ("Aesthetic score") },
  { "Negative aesthetic score", limn_foreign_take_double, "negative-aesthetic", N_ ("Aesthetic score") },
  { "SDXL *", take_hints },
  { "Prompt 2", take_second },
  { "Negative prompt 2", take_second },
  { "Hires upscale", limn_foreign_take_double, "hires", N_ ("Hires fix") },
  { "Hires resize", limn_foreign_take_hires_size },
  { "Hires upscaler", limn_foreign_take_hires_upscaler },
  { "Hires strength", limn_foreign_take_double, "hires-strength", N_ ("Hires fix") },
  { "Hires steps", limn_foreign_take_int, "hires-steps", N_ ("Hires fix") },
  { "Hires sampler", limn_foreign_take_hires_sampler },
  { "Hires CFG Scale", limn_foreign_take_double, "hires-guidance", N_ ("Hires fix") },
  { "Hires Distilled CFG Scale" }, /* of other families */
  { "Hires checkpoint*", limn_foreign_take_hires_gap, NULL, N_ ("Hires fix"), N_ ("Another model painted it: %s") },
  { "Hires prompt", limn_foreign_take_hires_gap, NULL, N_ ("Hires fix"), N_ ("It had a prompt of its own: %s") },
  { "Hires negative prompt", limn_foreign_take_hires_gap, NULL, N_ ("Hires fix"),
    N_ ("It had a negative prompt of its own: %s") },
  { "Hires schedule type", limn_foreign_take_hires_gap, NULL, N_ ("Hires fix"),
    N_ ("It had a schedule of its own: %s") },
  { "Hires*", limn_foreign_take_hires_gap, NULL, N_ ("Hires fix"), N_ ("It worked in another way there: %s") },
  { "Denoising strength", take_denoising },
  { "Strength", limn_foreign_take_strength },
  { "Denoise", limn_foreign_take_strength },
  { "Init image*", limn_foreign_take_start },
  { "Inpaint area", limn_foreign_take_mask_area },
  { "Masked area padding", limn_foreign_take_int, "mask-padding", N_ ("Padding of the mask") },
  { "Mask*", limn_foreign_take_mask },
  { "Inpaint*", limn_foreign_take_mask },
  { "Clip skip", limn_foreign_take_clip_skip },
  { "Old prompt editing timelines", take_editing },
  { "Civitai resources", limn_foreign_take_resources },

  { "ControlNet*", take_control, NULL, N_ ("ControlNet"),
    N_ ("It guided the picture’s layout; Limn paints without it") },
  LIMN_FOREIGN_GAP ("Control", N_ ("ControlNet"), N_ ("It guided the picture’s layout; Limn paints without it")),
  LIMN_FOREIGN_GAP ("IP-Adapter*", N_ ("IP-Adapter"), N_ ("It guided the picture’s look; Limn paints without it")),
  LIMN_FOREIGN_ALONG ("VAE hash", "VAE"),
  { "VAE*", limn_foreign_take_unless, "Automatic|Default", N_ ("VAE"),
    N_ ("Another one was used; Limn decodes with the model’s own") },
  LIMN_FOREIGN_GAP ("Module 1", N_ ("VAE"), N_ ("Another one was used; Limn decodes with the model’s own")),
  { "Lora hashes", take_lora_hashes, NULL, N_ ("LoRA"), N_ ("LoRAs were part of the model; Limn paints without them") },
  LIMN_FOREIGN_GAP ("Lora*", N_ ("LoRA"), N_ ("LoRAs were part of the model; Limn paints without them")),
  LIMN_FOREIGN_GAP ("AddNet*", N_ ("LoRA"), N_ ("LoRAs were part of the model; Limn paints without them")),
  LIMN_FOREIGN_GAP (
      "TI hashes", N_ ("Embeddings"),
      N_ ("The prompt names learned words: their files are looked for in a folder “embeddings” beside the model")),
  LIMN_FOREIGN_GAP ("Hypernet*", N_ ("Hypernetwork"), N_ ("It was part of the model; Limn paints without it")),
  LIMN_FOREIGN_GAP ("ADetailer*", N_ ("ADetailer"), N_ ("It repainted faces or hands afterwards")),
  LIMN_FOREIGN_GAP ("Face restoration", N_ ("Face restoration"), N_ ("It repainted faces afterwards")),
  { "Like", take_like },
  { "Variation seed", take_variation },
  { "Variation seed strength", limn_foreign_take_double, "variation", N_ ("Variation strength") },
  { "Seed resize from", take_resize },
  { "Postprocess upscaler", limn_foreign_take_upscaler },
  { "Postprocess upscale by", limn_foreign_take_upscaled_by, "Postprocess upscaler", N_ ("Upscaler"),
    N_ ("The picture was enlarged afterwards") },
  LIMN_FOREIGN_GAP ("Postprocess*", N_ ("Upscaler"), N_ ("The picture was enlarged afterwards")),
  LIMN_FOREIGN_GAP ("SD upscale*", N_ ("Upscaler"), N_ ("The picture was enlarged afterwards")),
  LIMN_FOREIGN_GAP ("Ultimate SD upscale*", N_ ("Upscaler"), N_ ("The picture was enlarged afterwards")),
  { "Tiling", limn_foreign_take_tile, NULL, N_ ("Seamless") },
  { "Tile X", limn_foreign_take_tile, "x", N_ ("Seamless") },
  { "Tile Y", limn_foreign_take_tile, "y", N_ ("Seamless") },
  { "Start Tiling From Step", limn_foreign_take_unless, "0", N_ ("Seamless"), N_ ("It repeated in some steps only") },
  { "Stop Tiling After Step", limn_foreign_take_unless, "-1", N_ ("Seamless"), N_ ("It repeated in some steps only") },
  { "ENSD", limn_foreign_take_int, "noise-delta", N_ ("Noise seed delta") },
  { "Eta", limn_foreign_take_double, "eta", N_ ("Eta") },
  { "Sigma churn", limn_foreign_take_double, "churn", N_ ("Churn") },
  { "Sigma tmin", limn_foreign_take_double, "churn-least", N_ ("Churn") },
  { "Sigma tmax", limn_foreign_take_double, "churn-most", N_ ("Churn") },
  { "Sigma noise", limn_foreign_take_double, "sigma-noise", N_ ("Noise multiplier") },
  LIMN_FOREIGN_GAP ("Eta*", N_ ("Sampler"), N_ ("Noise was added in each step")),
  LIMN_FOREIGN_GAP ("Sigma*", N_ ("Sampler"), N_ ("Noise was added in each step")),
  { "dynthres enabled", limn_foreign_take_thresholding },
  { "dynthres mimic scale", limn_foreign_take_mimicked, "mimic-scale", N_ ("Dynamic thresholding") },
  { "dynthres threshold percentile", limn_foreign_take_mimicked_share, "mimic-share", N_ ("Dynamic thresholding") },
  { "dynthres mimic scale min" }, /* of modes other than Constant */
  { "dynthres cfg scale min" },
  { "dynthres sched val" },
  { "dynthres*", limn_foreign_take_mimicked_so, THRESHOLDING_DEFAULTS, N_ ("Dynamic thresholding"),
    N_ ("It worked in another way there: %s") },
  { "Dynamic thresholding*", limn_foreign_take_thresholding },
  { "Mimic scale", limn_foreign_take_mimicked, "mimic-scale", N_ ("Dynamic thresholding") },
  { "Threshold percentile", limn_foreign_take_mimicked_share, "mimic-share", N_ ("Dynamic thresholding") },
  { "Mimic scale minimum" },
  { "CFG scale minimum" },
  { "Mimic mode", limn_foreign_take_mimicked_so, THRESHOLDING_DEFAULTS, N_ ("Dynamic thresholding"),
    N_ ("It worked in another way there: %s") },
  { "CFG mode", limn_foreign_take_mimicked_so, THRESHOLDING_DEFAULTS, N_ ("Dynamic thresholding"),
    N_ ("It worked in another way there: %s") },
  { "Separate Feature Channels", limn_foreign_take_mimicked_so, THRESHOLDING_DEFAULTS, N_ ("Dynamic thresholding"),
    N_ ("It worked in another way there: %s") },
  { "Scaling Startpoint", limn_foreign_take_mimicked_so, THRESHOLDING_DEFAULTS, N_ ("Dynamic thresholding"),
    N_ ("It worked in another way there: %s") },
  { "Variability Measure", limn_foreign_take_mimicked_so, THRESHOLDING_DEFAULTS, N_ ("Dynamic thresholding"),
    N_ ("It worked in another way there: %s") },
  { "Interpolate Phi", limn_foreign_take_mimicked_so, THRESHOLDING_DEFAULTS, N_ ("Dynamic thresholding"),
    N_ ("It worked in another way there: %s") },
  { "sag enabled" },
  { "SAG scale", limn_foreign_take_sag, "sag", N_ ("Guidance") },
  { "SAG blur sigma", limn_foreign_take_sag, "sag-blur", N_ ("Guidance") },
  { "sag threshold", limn_foreign_take_sag, NULL, N_ ("Guidance"), N_ ("It worked in another way there: %s") },
  { "SAG Guidance*", take_extension, "SAG Guidance Enabled", N_ ("Guidance"),
    N_ ("It worked in another way there: %s") },
  { "FreeU enabled", limn_foreign_take_freeu, NULL, N_ ("FreeU"), FREEU_OTHERWISE },
  { "FreeU", limn_foreign_take_freeu, NULL, N_ ("FreeU"), FREEU_OTHERWISE },
  { "FreeU b1", limn_foreign_take_freeu_factor, "freeu-b1", N_ ("FreeU") },
  { "FreeU b2", limn_foreign_take_freeu_factor, "freeu-b2", N_ ("FreeU") },
  { "FreeU s1", limn_foreign_take_freeu_factor, "freeu-s1", N_ ("FreeU") },
  { "FreeU s2", limn_foreign_take_freeu_factor, "freeu-s2", N_ ("FreeU") },
  { "FreeU start", limn_foreign_take_freeu_factor, "freeu-from", N_ ("FreeU") },
  { "FreeU end", limn_foreign_take_freeu_factor, "freeu-to", N_ ("FreeU") },
  { "FreeU stages", limn_foreign_take_freeu_stages, NULL, N_ ("FreeU"), FREEU_OTHERWISE },
  { "FreeU schedule", limn_foreign_take_unless, "0.0, 1.0|0, 1", N_ ("FreeU"), FREEU_OTHERWISE },
  LIMN_FOREIGN_ALONG ("FreeU version", "FreeU stages"),
  { "FreeU*", take_extension, "freeu enabled", N_ ("FreeU"), FREEU_OTHERWISE },
  { "kohya hrfix enabled" },
  { "kohya hrfix downscale factor", limn_foreign_take_shrink_number, "shrink", N_ ("Deep shrink") },
  { "kohya hrfix end percent", limn_foreign_take_shrink_number, "shrink-until", N_ ("Deep shrink") },
  { "kohya hrfix block number", limn_foreign_take_shrink_block, "shrink-after", N_ ("Deep shrink") },
  { "kohya hrfix start percent", limn_foreign_take_shrink_so, "0", N_ ("Deep shrink"), SHRUNK_OTHERWISE },
  { "kohya hrfix downscale after skip", limn_foreign_take_shrink_so, "True", N_ ("Deep shrink"), SHRUNK_OTHERWISE },
  { "kohya hrfix downscale method", limn_foreign_take_shrink_method, NULL, N_ ("Deep shrink"), SHRUNK_OTHERWISE },
  { "kohya hrfix*", limn_foreign_take_shrink_so, "bicubic|False", N_ ("Deep shrink"), SHRUNK_OTHERWISE },
  LIMN_FOREIGN_GAP ("Script", N_ ("Script"),
                    N_ ("“%s” chose settings or put pictures together; these are one picture’s")),
  LIMN_FOREIGN_ALONG ("X Type", "Script"),
  LIMN_FOREIGN_ALONG ("Y Type", "Script"),
  LIMN_FOREIGN_ALONG ("Z Type", "Script"),
  LIMN_FOREIGN_ALONG ("X Values", "Script"),
  LIMN_FOREIGN_ALONG ("Y Values", "Script"),
  LIMN_FOREIGN_ALONG ("Z Values", "Script"),
  LIMN_FOREIGN_ALONG ("Fixed X Values", "Script"),
  LIMN_FOREIGN_ALONG ("Fixed Y Values", "Script"),
  LIMN_FOREIGN_ALONG ("Fixed Z Values", "Script"),
  { "SLG scale", limn_foreign_take_gap, NULL, N_ ("Guidance"), N_ ("Layers were left out in some steps") },
  { "Skip layer*", take_extension, "SLG scale", N_ ("Guidance"), N_ ("Layers were left out in some steps") },
  LIMN_FOREIGN_GAP ("Pad conds", N_ ("Prompt"), N_ ("It was filled up in another way")),
  LIMN_FOREIGN_GAP ("NGMS*", N_ ("Guidance"), N_ ("The negative prompt was left out in some steps")),
  { "Skip Early CFG", limn_foreign_take_unguided, "guidance-from", N_ ("Guidance") },
  LIMN_FOREIGN_GAP ("Noise Schedule", N_ ("Schedule"), N_ ("It was changed to end in pure noise")),
  LIMN_FOREIGN_GAP ("Beta schedule*", N_ ("Schedule"), N_ ("It was changed")),
  LIMN_FOREIGN_GAP ("Discard penultimate sigma", N_ ("Schedule"), N_ ("It was changed")),
  LIMN_FOREIGN_GAP ("Schedule *", N_ ("Schedule"), N_ ("Its limits were changed")),
  LIMN_FOREIGN_GAP ("Branched at", N_ ("Branch"),
                    N_ ("It went on from another run’s steps, which are not inside this file")),
  { "CFG rescale*", limn_foreign_take_double, "guidance-rescale", N_ ("Guidance") },
  LIMN_FOREIGN_GAP ("Adaptive CFG", N_ ("Guidance"), N_ ("Fooocus tamed it above a limit; Limn does not")),
  LIMN_FOREIGN_GAP ("ADM Guidance", N_ ("Conditioning"),
                    N_ ("Fooocus scales the size hints and changes them on the way")),
  LIMN_FOREIGN_GAP ("Sharpness", N_ ("Sharpness"), N_ ("Fooocus sharpens on the way; Limn does not")),
  LIMN_FOREIGN_GAP ("Styles", N_ ("Styles"), N_ ("They added words to the prompt: %s")),
  { "Refiner Swap Method", limn_foreign_take_part, "Refiner", N_ ("Refiner"),
    N_ ("It took over in a way of its own: %s") },
  { "Overwrite Switch", limn_foreign_take_unless, "-1" },
  { "Diffusion in Low Bits", limn_foreign_take_unless, "Automatic|Default", N_ ("Precision"),
    N_ ("The model was rounded: %s") },

  /* dealt with beside this table */
  { "RNG" },
  { "Emphasis" },
  { "Seed mode" },
  /* they change no picture */
  { "Version" },
  { "User" },
  { "Hashes" },
  { "App" },
  { "Parser" },
  { "Backend" },
  { "Operations" },
  { "Pipeline" },
  { "Model type" },
  { "Batch*" },
  { "Created Date" },
  { "Civitai metadata" },
  { "Template*" },
  { "Negative Template" },
  { "Time*" },
  { "Performance" },
  { "Raw prompt" },
  { "Raw negative prompt" },
  { "Distilled CFG Scale" }, /* of other families */
  { "Guidance", take_distilled },
  { NULL },
};

/* What Draw Things means otherwise. */
static const LimnForeignKey draw_things[] = {
  LIMN_FOREIGN_GAP ("Hires fix", N_ ("Hires fix"),
                    N_ ("A second pass repainted the picture; Limn paints only the first one")),
  { "Hires fix*", limn_foreign_take_part, "Hires fix", N_ ("Hires fix"),
    N_ ("A second pass repainted the picture; Limn paints only the first one") },
  LIMN_FOREIGN_GAP ("Upscaler", N_ ("Upscaler"), N_ ("The picture was enlarged afterwards")),
  { "Upscaler*", limn_foreign_take_part, "Upscaler", N_ ("Upscaler"), N_ ("The picture was enlarged afterwards") },
  LIMN_FOREIGN_GAP ("Original Size", N_ ("Conditioning"),
                    N_ ("The size hints were set by hand; Limn’s follow the picture")),
  LIMN_FOREIGN_GAP ("Negative Original Size", N_ ("Conditioning"),
                    N_ ("The size hints were set by hand; Limn’s follow the picture")),
  LIMN_FOREIGN_GAP ("Target Size", N_ ("Conditioning"),
                    N_ ("The size hints were set by hand; Limn’s follow the picture")),
  LIMN_FOREIGN_GAP ("Crop*", N_ ("Conditioning"), N_ ("The size hints were set by hand; Limn’s follow the picture")),
  LIMN_FOREIGN_GAP ("Zero Negative Prompt", N_ ("Negative prompt"),
                    N_ ("Where empty it was left out as zeros; Limn encodes it")),
  LIMN_FOREIGN_GAP ("Sharpness", N_ ("Sharpness"), N_ ("It was sharpened on the way; Limn does not")),
  { "Shift", limn_foreign_take_unless, "1", N_ ("Schedule"), N_ ("It was changed") },
  /* they change no picture, or are defaults */
  { "Mask Blur*" },
  { "Tiled*" },
  { NULL },
};

/* ---- The program ---- */

typedef enum { NOISE_CARD, NOISE_PHILOX, NOISE_CPU, NOISE_UNKNOWN } Noise;

typedef struct {
  const char *version; /* how it begins */
  const char *name;
  LimnForeignKind kind;
  Noise noise;      /* where no RNG is named */
  const char *like; /* "webui": by its noise, "webui_cpu" */
  gboolean repeats; /* its steps' noise is as there */
  gboolean levels;  /* the mean of a prompt after weighting */
  gboolean tells;   /* how its weights are applied, by "Emphasis" */
} Program;

static const Program programs[] = {
  { "Limn", "Limn", LIMN_FOREIGN_LIMN, NOISE_CARD, NULL, FALSE, FALSE },
  { "Fooocus", "Fooocus", LIMN_FOREIGN_PARAMETERS, NOISE_CPU, "comfyui", FALSE, TRUE },
  { "ComfyUI", "ComfyUI", LIMN_FOREIGN_COMFY, NOISE_CPU, "comfyui", TRUE, FALSE },
  { "stable-diffusion.cpp", "stable-diffusion.cpp", LIMN_FOREIGN_PARAMETERS, NOISE_PHILOX, NULL, FALSE, TRUE },
  { "sd.cpp", "stable-diffusion.cpp", LIMN_FOREIGN_PARAMETERS, NOISE_PHILOX, NULL, FALSE, TRUE },
  { "f0", "Forge", LIMN_FOREIGN_PARAMETERS, NOISE_CARD, "webui", TRUE, TRUE, TRUE },
  { "f1", "Forge", LIMN_FOREIGN_PARAMETERS, NOISE_CARD, "webui", TRUE, TRUE, TRUE },
  { "f2", "Forge", LIMN_FOREIGN_PARAMETERS, NOISE_CARD, "webui", TRUE, TRUE, TRUE },
  { "", "Stable Diffusion web UI", LIMN_FOREIGN_PARAMETERS, NOISE_CARD, "webui", TRUE, TRUE, TRUE },
};

static Program
find_program (const LimnJson *all)
{
  const char *app = limn_foreign_text_at (all, "App"), *version = limn_foreign_text_at (all, "Version");
  /* translators: a program that writes settings as the Stable Diffusion web UI does */
  Program program = { "", _ ("another program"), LIMN_FOREIGN_PARAMETERS, NOISE_CARD, NULL, FALSE, TRUE };

  if (version == NULL && limn_foreign_at (all, "Guidance Scale") != NULL)
    return (Program){ "", "Draw Things", LIMN_FOREIGN_DRAW_THINGS, NOISE_UNKNOWN, NULL, FALSE, TRUE };
  if (version == NULL && limn_foreign_at (all, "Civitai resources") != NULL)
    program.name = "Civitai";
  for (guint i = 0; i < G_N_ELEMENTS (programs) && version != NULL; i++)
    if (g_str_has_prefix (version, programs[i].version)) {
      program = programs[i];
      break;
    }
  if (app != NULL && strlen (app) < 40) { /* it writes as the web UI does, and paints in a way of its own */
    program.name = app;
    program.like = NULL;
    program.repeats = FALSE;
  }
  return program;
}

/* What the picture says, or its program does where it says nothing. */
static const char *
noise_said (const LimnJson *all)
{
  const char *rng = limn_foreign_text_at (all, "RNG");

  return rng != NULL ? rng : limn_foreign_text_at (all, "Seed mode");
}

static Noise
noise_of (const LimnJson *all, const Program *program)
{
  static const struct {
    const char *name;
    Noise noise;
  } names[] = { { "CPU", NOISE_CPU },
                { "GPU", NOISE_CARD },
                { "NV", NOISE_PHILOX },
                { "cuda", NOISE_PHILOX },
                { "Torch CPU Compatible", NOISE_CPU },
                { "NVIDIA GPU Compatible", NOISE_PHILOX } };
  const char *rng = noise_said (all);

  for (guint i = 0; i < G_N_ELEMENTS (names) && rng != NULL; i++)
    if (g_ascii_strcasecmp (rng, names[i].name) == 0)
      return names[i].noise;
  return rng != NULL ? NOISE_UNKNOWN : program->noise;
}

static void
set_like (LimnForeign *foreign, const LimnJson *all, const Program *program)
{
  gboolean processor = noise_of (all, program) == NOISE_CPU;

  if (program->like != NULL)
    limn_foreign_set_like (foreign, processor && g_str_equal (program->like, "webui") ? "webui_cpu" : program->like,
                           program->repeats);
}

static void
set_noise (LimnForeign *foreign, const LimnJson *all, const Program *program)
{
  const char *rng = noise_said (all);
  Noise noise = noise_of (all, program);

  if (noise != NOISE_UNKNOWN || rng != NULL)
    limn_foreign_set_int (foreign, "noise-source", _ ("Noise"),
                          noise == NOISE_CPU ? LIMN_NOISE_CPU : LIMN_NOISE_PHILOX);
  if (noise == NOISE_CARD)
    limn_foreign_miss (foreign, _ ("Noise"),
                       _ ("It came from the graphics card. Limn repeats what NVIDIA’s cards give; others differ"));
  else if (noise == NOISE_UNKNOWN && rng != NULL)
    limn_foreign_miss_printf (foreign, _ ("Noise"), _ ("“%s” is not a source of noise that Limn knows"), rng);
  else if (noise == NOISE_UNKNOWN)
    limn_foreign_miss_noise (foreign);
}

/* As the web UI's settings call them; its own is what it does where nothing is said. */
static gboolean
set_emphasis (LimnForeign *foreign, const LimnJson *all)
{
  static const struct {
    const char *name, *emphasis;
  } kinds[] = {
    { "Original", "a1111" }, { "No norm", "a1111_no_norm" }, { "Ignore", "a1111_ignore" }, { "None", "a1111_none" }
  };
  const char *named = limn_json_string (limn_foreign_at (all, "Emphasis"), NULL);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (named != NULL ? named : kinds[0].name, kinds[i].name) == 0) {
      limn_foreign_set_string (foreign, "emphasis", kinds[i].emphasis);
      return TRUE;
    }
  return FALSE;
}

static void
note_emphasis (LimnForeign *foreign, const LimnJson *all, const Program *program)
{
  if (program->tells && !set_emphasis (foreign, all))
    limn_foreign_note_weights (foreign, _ ("They were applied in another way"));
  else if (program->levels && !program->tells)
    limn_foreign_note_levels (foreign);
}

/* ---- The whole ---- */

gboolean
limn_foreign_read_parameters (LimnForeign **out, const char *text, const char *const *models)
{
  g_autoptr (LimnPairs) parts = limn_pairs_new (text);
  LimnForeignReading reading = { NULL, parts != NULL ? parts->settings : NULL, models };
  Program program;
  g_autofree char *prompt = NULL, *negative = NULL;

  if (parts == NULL)
    return FALSE;
  program = find_program (reading.all);
  reading.foreign = *out = limn_foreign_new (program.kind, program.name);
  if (program.kind == LIMN_FOREIGN_DRAW_THINGS)
    limn_pairs_split_dash (parts);
  prompt = limn_foreign_clean_prompt (*out, parts->prompt);
  if (prompt[0] != '\0')
    limn_foreign_set_string (*out, "prompt", prompt);
  negative = limn_foreign_clean_prompt (*out, parts->negative); /* no line: none, as the web UI writes it */
  limn_foreign_set_string (*out, "negative", negative);
  if (limn_json_length (reading.all) == 0) {
    limn_foreign_is_part (*out);
    return TRUE;
  }
  set_like (*out, reading.all, &program);
  limn_foreign_take_keys (&reading, program.kind == LIMN_FOREIGN_DRAW_THINGS ? draw_things : NULL, keys);
  set_noise (*out, reading.all, &program);
  note_emphasis (*out, reading.all, &program);
  return TRUE;
}
