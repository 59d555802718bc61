/* fields.c - see fields.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/limn.h"

#include <math.h>
#include <string.h>

#include "base/details.h"
#include "base/i18n.h"
#include "base/regions.h"

#define AT(member) G_STRUCT_OFFSET (LimnFields, member)

static const char *const noise_names[] = { "cpu", "philox", NULL };
static const char *const precision_names[] = { "auto", "fp16", "fp32", NULL };

#define GUIDANCE N_ ("Guidance in Detail")
#define SECOND N_ ("Second Pass (Hires Fix)")
#define DETAILS N_ ("Details (Faces, Hands)")

static const LimnField rows[] = {
  { "width", NULL, LIMN_FIELD_INT, AT (width), 8, 8192, 1024, .title = N_ ("Width") },
  { "height", NULL, LIMN_FIELD_INT, AT (height), 8, 8192, 1024, .title = N_ ("Height") },
  { "sigmas", NULL, LIMN_FIELD_TEXT, AT (sigmas), .check = limn_sigmas_check, .title = N_ ("Noise levels"),
    .with = "schedule=custom", .parameter = "Sigmas",
    .help = N_ ("noise levels of a schedule of your own, falling: \"14.6 6.3 2.2 0.5 0.03\", a step each"),
    .argument = N_ ("LIST") },
  { "steps", NULL, LIMN_FIELD_INT, AT (steps), 1, 1000, 30, .title = N_ ("Steps"),
    .help = N_ ("steps of the schedule (30)"), .argument = "N" },
  { "guidance", NULL, LIMN_FIELD_DOUBLE, AT (guidance), 0, 100, 5, .set_least = 1, .title = N_ ("Guidance"),
    .help = N_ ("classifier-free guidance, 1: off (what suits the model)"), .argument = "G" },
  { "guidance-kind", NULL, LIMN_FIELD_NAME, AT (guidance_kind), .table = limn_guidance_choice,
    .title = N_ ("Kind of guidance"), .about = N_ ("Other kinds keep colours natural where guidance is strong"),
    .group = GUIDANCE, .parameter = "Guidance kind", .help = N_ ("cfg, apg or dynamic (cfg)"),
    .argument = N_ ("NAME") },
  { "guidance-norm", NULL, LIMN_FIELD_DOUBLE, AT (guidance_norm), 0, 100, 15, .title = N_ ("Longest change"),
    .step = 0.5, .about = N_ ("The most that the prompt moves the latents in a step: 15 suits SDXL, 0 is no limit"),
    .group = GUIDANCE, .with = "guidance-kind=apg", .parameter = "APG norm threshold",
    .help = N_ ("apg: the most that guidance changes, 0: no limit (15)"), .argument = "F" },
  { "guidance-parallel", NULL, LIMN_FIELD_DOUBLE, AT (guidance_parallel), 0, 1, 0, .title = N_ ("Saturation kept"),
    .about = N_ ("How much is kept of what guidance adds to colour and contrast alone"), .group = GUIDANCE,
    .with = "guidance-kind=apg", .parameter = "APG eta",
    .help = N_ ("apg: how much is kept of what saturates, 0 to 1 (0)"), .argument = "F" },
  { "mimic-scale", NULL, LIMN_FIELD_DOUBLE, AT (mimic_scale), 0, 100, 7, .title = N_ ("Mimicked guidance"), .step = 0.5,
    .about = N_ ("The guidance whose contrast the picture is to have"), .group = GUIDANCE,
    .with = "guidance-kind=dynamic", .parameter = "Mimic scale",
    .help = N_ ("dynamic: the guidance whose contrast is wanted (7)"), .argument = "G" },
  { "mimic-share", NULL, LIMN_FIELD_DOUBLE, AT (mimic_share), 0, 1, 1, .title = N_ ("Share within bounds"),
    .about = N_ ("How much of the latents is not cut off: 0.95 cuts the strongest twentieth"), .group = GUIDANCE,
    .with = "guidance-kind=dynamic", .parameter = "Threshold share",
    .help = N_ ("dynamic: how much is not cut off, 0 to 1 (1)"), .argument = "F" },
  { "guidance-rescale", NULL, LIMN_FIELD_DOUBLE, AT (guidance_rescale), 0, 1, 0, .title = N_ ("Guidance rescale"),
    .about = N_ ("Takes back the contrast that strong guidance adds: 0 is off, 0.7 is usual"), .group = GUIDANCE,
    .parameter = "CFG rescale", .help = N_ ("how much of guidance's contrast is taken back, 0 to 1 (0)"),
    .argument = "F" },
  { "guidance-from", NULL, LIMN_FIELD_DOUBLE, AT (guidance_from), 0, 1, 0, .title = N_ ("Guided from"),
    .about = N_ ("The share of the steps before guidance begins: they follow the prompt alone, in half the time"),
    .group = GUIDANCE, .parameter = "Guidance from", .help = N_ ("share of the steps before guidance, 0 to 1 (0)"),
    .argument = "F" },
  { "guidance-to", NULL, LIMN_FIELD_DOUBLE, AT (guidance_to), 0, 1, 1, .title = N_ ("Guided up to"),
    .about = N_ ("The share of the steps at which guidance ends: the last ones rarely need it"), .group = GUIDANCE,
    .parameter = "Guidance to", .help = N_ ("share of the steps where guidance ends, 0 to 1 (1)"), .argument = "F" },
  { "regions", NULL, LIMN_FIELD_TEXT, AT (regions), .check = limn_regions_check, .title = N_ ("Regions"),
    .parameter = "Regions" },
  { "regions-base", NULL, LIMN_FIELD_DOUBLE, AT (regions_base), 0, 1, 0.2, .title = N_ ("Prompt in regions"),
    .step = 0.05, .with = "regions", .parameter = "Regions base",
    .help = N_ ("how much of --prompt counts where regions are, 0 to 1 (0.2)"), .argument = "F" },
  { "perturbation", NULL, LIMN_FIELD_DOUBLE, AT (perturbation), 0, 20, 0, .title = N_ ("Perturbed attention"),
    .step = 0.5,
    .about = N_ ("Away from what the model paints where it does not look around: firmer shapes, 3 is usual, 0 is off"),
    .group = GUIDANCE, .parameter = "PAG scale",
    .help = N_ ("scale of perturbed-attention guidance (PAG), 0: none (0)"), .argument = "F" },
  { "sag", NULL, LIMN_FIELD_DOUBLE, AT (sag), 0, 5, 0, .title = N_ ("Self-attention guidance"), .step = 0.1,
    .about =
        N_ ("Away from what the model makes of the picture blurred where it looks most: 0.5 is usual and doubles the "
            "time, 0 is off"),
    .group = GUIDANCE, .parameter = "SAG scale",
    .help = N_ ("scale of self-attention guidance (SAG), which asks the model twice, 0: none (0)"), .argument = "F" },
  { "sag-blur", NULL, LIMN_FIELD_DOUBLE, AT (sag_blur), 0.1, 10, 2, .title = N_ ("Its blur"), .step = 0.5,
    .about = N_ ("How far it blurs, in pixels of the latents: 2 is usual"), .group = GUIDANCE, .with = "sag",
    .parameter = "SAG blur sigma", .help = N_ ("how far SAG blurs, in pixels of the latents (2)"), .argument = "F" },
  { "nag", NULL, LIMN_FIELD_DOUBLE, AT (nag), 0, 20, 0, .title = N_ ("Negative prompt unguided"), .step = 0.5,
    .about = N_ ("Makes the negative prompt count where guidance is off (1), at little cost: 3 is usual, 0 is off"),
    .group = GUIDANCE, .parameter = "NAG scale",
    .help = N_ ("scale of normalised attention guidance (NAG), in steps without guidance, 0: none (0)"),
    .argument = "F" },
  { "nag-tau", NULL, LIMN_FIELD_DOUBLE, AT (nag_tau), 1, 10, 2.5, .title = N_ ("Its longest change"), .step = 0.1,
    .about = N_ ("The most that it lengthens what the prompt gives: 2.5 is usual"), .group = GUIDANCE, .with = "nag",
    .parameter = "NAG tau", .help = N_ ("the most that NAG lengthens what attention gives (2.5)"), .argument = "F" },
  { "nag-alpha", NULL, LIMN_FIELD_DOUBLE, AT (nag_alpha), 0, 1, 0.5, .title = N_ ("Its share"),
    .about = N_ ("How much of it is taken: 0.5 is usual, 0.125 suits v-prediction"), .group = GUIDANCE, .with = "nag",
    .parameter = "NAG alpha", .help = N_ ("how much of NAG is taken, 0 to 1 (0.5)"), .argument = "F" },
  { "noise-divisor", NULL, LIMN_FIELD_DOUBLE, AT (noise_divisor), 0.5, 2, 1, .title = N_ ("Epsilon scaling"),
    .step = 0.001,
    .about = N_ ("What the noise that the model sees is divided by: 1.005 makes up for its errors adding up"),
    .group = GUIDANCE, .parameter = "Epsilon scaling",
    .help = N_ ("what the noise that the model sees is divided by (1)"), .argument = "F" },
  { "cache", NULL, LIMN_FIELD_DOUBLE, AT (cache), 0, 1, 0, .title = N_ ("Step caching"), .step = 0.01,
    .about = N_ ("Leaves out evaluations that would change little: 0.1 saves about two in five, for an error of 2 to 3 "
                 "percent; 0 is off"),
    .group = GUIDANCE, .parameter = "Step cache",
    .help = N_ ("step caching: leave out evaluations that would change by less than this share, 0: none (0)"),
    .argument = "F" },
  { "freeu", NULL, LIMN_FIELD_NAME, AT (freeu), .table = limn_freeu_choice, .title = N_ ("FreeU"),
    .about = N_ ("Has the model rely more on its depths, less on what passes them by: firmer pictures at no cost"),
    .group = GUIDANCE, .parameter = "FreeU", .help = N_ ("FreeU, by its version: none, v1 or v2 (none)"),
    .argument = N_ ("NAME") },
  { "freeu-b1", NULL, LIMN_FIELD_DOUBLE, AT (freeu_b1), 0, 10, 1.3, .title = N_ ("Backbone, deep (b1)"),
    .about = N_ ("How much half of the deepest features count: 1.3 suits SDXL, 1.5 Stable Diffusion 1.5"),
    .group = GUIDANCE, .with = "freeu", .parameter = "freeu_b1",
    .help = N_ ("FreeU: factor of the deepest features (1.3)"), .argument = "F" },
  { "freeu-b2", NULL, LIMN_FIELD_DOUBLE, AT (freeu_b2), 0, 10, 1.4, .title = N_ ("Backbone, less deep (b2)"),
    .about = N_ ("The same of those above: 1.4 suits SDXL, 1.6 Stable Diffusion 1.5"), .group = GUIDANCE,
    .with = "freeu", .parameter = "freeu_b2", .help = N_ ("FreeU: factor of those above (1.4)"), .argument = "F" },
  { "freeu-s1", NULL, LIMN_FIELD_DOUBLE, AT (freeu_s1), 0, 10, 0.9, .title = N_ ("Skips, deep (s1)"),
    .about = N_ ("How much of their broad shapes the skips pass to the deepest features: 0.9 is usual"),
    .group = GUIDANCE, .with = "freeu", .parameter = "freeu_s1",
    .help = N_ ("FreeU: factor of the skips' lowest frequencies, deep (0.9)"), .argument = "F" },
  { "freeu-s2", NULL, LIMN_FIELD_DOUBLE, AT (freeu_s2), 0, 10, 0.2, .title = N_ ("Skips, less deep (s2)"),
    .about = N_ ("The same of those above: 0.2 is usual"), .group = GUIDANCE, .with = "freeu", .parameter = "freeu_s2",
    .help = N_ ("FreeU: the same above (0.2)"), .argument = "F" },
  { "freeu-from", NULL, LIMN_FIELD_DOUBLE, AT (freeu_from), 0, 1, 0, .title = N_ ("FreeU from"),
    .about = N_ ("The share of the steps before it begins"), .group = GUIDANCE, .with = "freeu",
    .parameter = "freeu_start", .help = N_ ("FreeU: share of the steps before it begins, 0 to 1 (0)"),
    .argument = "F" },
  { "freeu-to", NULL, LIMN_FIELD_DOUBLE, AT (freeu_to), 0, 1, 1, .title = N_ ("FreeU up to"),
    .about = N_ ("The share of the steps at which it ends: later ones paint the details"), .group = GUIDANCE,
    .with = "freeu", .parameter = "freeu_end", .help = N_ ("FreeU: share of the steps where it ends, 0 to 1 (1)"),
    .argument = "F" },
  { "shrink", NULL, LIMN_FIELD_DOUBLE, AT (shrink), 1, 8, 1, .title = N_ ("Deep shrink"), .step = 0.5,
    .about = N_ ("Composes large pictures as small ones, without doubled bodies: 2 for twice the size, 1 is off"),
    .group = GUIDANCE, .parameter = "Deep shrink",
    .help = N_ ("deep shrink for large pictures: how much smaller they are composed, 1: not (1)"), .argument = "F" },
  { "shrink-until", NULL, LIMN_FIELD_DOUBLE, AT (shrink_until), 0, 1, 0.35, .title = N_ ("Shrunk up to"),
    .about = N_ ("How much of the way from noise is composed so: 0.35 is usual"), .group = GUIDANCE, .with = "shrink",
    .parameter = "Deep shrink until", .help = N_ ("deep shrink: share of the way from noise, 0 to 1 (0.35)"),
    .argument = "F" },
  { "shrink-after", NULL, LIMN_FIELD_INT, AT (shrink_after), 1, 32, 3, .title = N_ ("Shrunk after block"),
    .about = N_ ("Which block of the way down it begins behind: 3 is usual"), .group = GUIDANCE, .with = "shrink",
    .parameter = "Deep shrink block", .help = N_ ("deep shrink: the block that it begins behind (3)"),
    .argument = "N" },
  { "shrink-method", NULL, LIMN_FIELD_NAME, AT (shrink_method), .table = limn_resample_choice,
    .title = N_ ("Shrunk by"), .about = N_ ("How features are made smaller and larger"), .group = GUIDANCE,
    .with = "shrink", .parameter = "Deep shrink method", .help = N_ ("deep shrink: bicubic or bilinear (bicubic)"),
    .argument = N_ ("NAME") },
  { "seed", NULL, LIMN_FIELD_SEED, AT (seed), .title = N_ ("Seed") },
  { "like", NULL, LIMN_FIELD_NAME, AT (like), .table = limn_like_choice, .title = N_ ("Paint as"),
    .about =
        N_ ("Makes noise, takes steps and reads prompts as another program does, so that a seed gives its picture"),
    .parameter = "Like",
    .help = N_ (
        "as whom to paint: limn, comfyui, comfyui_gpu, comfyui_cpu, webui, webui_cpu, diffusers or invokeai (limn)"),
    .argument = N_ ("NAME") },
  { "noise-source", "noise", LIMN_FIELD_CHOICE, AT (noise_source), .names = noise_names, .title = N_ ("Noise"),
    .help = N_ ("whose random numbers: cpu or philox (cpu)"), .argument = N_ ("NAME") },
  { "noise-delta", NULL, LIMN_FIELD_INT, AT (noise_delta), 0, 65535, 0, .title = N_ ("Noise seed delta"),
    .about = N_ ("Draws the noise of steps from a seed that is higher by this: A1111’s ENSD, 31337 in many pictures"),
    .parameter = "ENSD", .help = N_ ("what the seed of the steps' noise is higher by, 0: it goes on (0)"),
    .argument = "N" },
  { "noise-batch", NULL, LIMN_FIELD_INT, AT (noise_batch), 1, 64, 1, .title = N_ ("Batch of the noise"),
    .about = N_ ("Draws the noise of so many pictures at once, as ComfyUI does for a batch: they share one seed"),
    .parameter = "Noise batch", .help = N_ ("how many pictures' noise is drawn at once, of one seed (1)"),
    .argument = "N" },
  { "noise-index", NULL, LIMN_FIELD_INT, AT (noise_index), 0, 63, 0, .title = N_ ("Place in the batch"),
    .about = N_ ("Which picture of that batch this is; 0 is the first"), .with = "noise-batch",
    .parameter = "Noise index", .help = N_ ("which of them this is, from 0 (0)"), .argument = "N" },
  { "variation-seed", NULL, LIMN_FIELD_SEED, AT (variation_seed), .title = N_ ("Variation seed"),
    .about = N_ ("A second seed, whose noise is mixed in by the strength below"),
    .help = N_ ("a second seed, whose noise is mixed in (0)"), .argument = "S" },
  { "variation", NULL, LIMN_FIELD_DOUBLE, AT (variation), 0, 1, 0, .title = N_ ("Variation strength"),
    .about = N_ ("How far the picture goes from its own seed’s to that of the variation seed"),
    .help = N_ ("how much of the variation seed's noise, 0 to 1 (0)"), .argument = "F" },
  { "seed-width", NULL, LIMN_FIELD_INT, AT (seed_width), 0, 8192, 0, .title = N_ ("Seed’s width"),
    .about = N_ ("Keeps the composition that the seed has in a picture of another size; 0: this size"),
    .help = N_ ("keeps the composition that the seed has at this width, 0: the picture's (0)"), .argument = "N" },
  { "seed-height", NULL, LIMN_FIELD_INT, AT (seed_height), 0, 8192, 0, .title = N_ ("Seed’s height"),
    .about = N_ ("Keeps the composition that the seed has in a picture of another size; 0: this size"),
    .help = N_ ("the same at this height (0)"), .argument = "N" },
  { "sampler", NULL, LIMN_FIELD_NAME, AT (sampler), .table = limn_sampler_choice, .title = N_ ("Sampler") },
  { "schedule", NULL, LIMN_FIELD_NAME, AT (schedule), .table = limn_schedule_choice, .title = N_ ("Schedule") },
  { "prediction", NULL, LIMN_FIELD_NAME, AT (prediction), .table = limn_prediction_choice, .title = N_ ("Prediction"),
    .about = N_ ("What the model says of the noise, where its files do not tell or tell it wrong"),
    .parameter = "Prediction",
    .help = N_ ("what the model predicts, where its files do not tell: epsilon, v, v_zsnr, x0, edm, edm_v or flow"),
    .argument = N_ ("NAME") },
  { "emphasis", NULL, LIMN_FIELD_NAME, AT (emphasis), .table = limn_emphasis_choice, .title = N_ ("Emphasis"),
    .about = N_ ("Whose signs a prompt is written in, (word:1.2) and the like, and what they do to its words"),
    .parameter = "Emphasis",
    .help = N_ ("whose prompt syntax: limn, comfy, compel, a1111, a1111_no_norm, a1111_ignore or a1111_none (limn)"),
    .argument = N_ ("NAME") },
  { "editing", NULL, LIMN_FIELD_NAME, AT (editing), .table = limn_editing_choice, .title = N_ ("Prompt editing"),
    .about = N_ ("How the number of [a:b:5.0] counts: with a point as a share of the steps, or, before, where below 1"),
    .parameter = "Prompt editing", .help = N_ ("how numbers of [a:b:5.0] count: new or old (new)"),
    .argument = N_ ("NAME") },
  { "clip-skip", NULL, LIMN_FIELD_INT, AT (clip_skip), 0, 11, 0, .title = N_ ("CLIP skip"),
    .about = N_ ("Last layers of the text encoders that are left out, beyond those that the model leaves out itself"),
    .parameter = "CLIP layers skipped",
    .help = N_ ("last layers of the text encoders that are left out, beyond the model's own (0)"), .argument = "N" },
  { "eta", NULL, LIMN_FIELD_DOUBLE, AT (eta), 0, 1, 1, .title = N_ ("Eta"),
    .about = N_ ("How much noise each step adds, with samplers that add noise: 1 is theirs, 0 adds none"),
    .parameter = "Eta", .help = N_ ("how much noise noisy samplers add, 0 to 1 (1)"), .argument = "F" },
  { "sigma-noise", NULL, LIMN_FIELD_DOUBLE, AT (sigma_noise), 0, 2, 1, .title = N_ ("Noise multiplier"),
    .about = N_ ("What the noise that a sampler adds is multiplied by: a little more than 1 brings detail"),
    .parameter = "Sigma noise", .help = N_ ("what noise that samplers add is multiplied by (1)"), .argument = "F" },
  { "churn", NULL, LIMN_FIELD_DOUBLE, AT (churn), 0, 100, 0, .step = 1, .title = N_ ("Churn"),
    .about = N_ ("Noise that Euler, Heun and DPM2 stir in before each step and take away again: 0 is none"),
    .parameter = "Sigma churn", .help = N_ ("noise that euler, heun and dpm_2 stir in, 0: none (0)"), .argument = "F" },
  { "churn-least", NULL, LIMN_FIELD_DOUBLE, AT (churn_least), 0, 1000, 0, .step = 0.1, .title = N_ ("Churn down to"),
    .about = N_ ("The lowest noise level at which it is stirred in"), .parameter = "Sigma tmin",
    .help = N_ ("the lowest noise level that is stirred (0)"), .argument = "F" },
  { "churn-most", NULL, LIMN_FIELD_DOUBLE, AT (churn_most), 0, 1000, 0, .step = 0.1, .title = N_ ("Churn up to"),
    .about = N_ ("The highest noise level at which it is stirred in: 0 is no limit"), .parameter = "Sigma tmax",
    .help = N_ ("the highest noise level that is stirred, 0: no limit (0)"), .argument = "F" },
  { "handoff", NULL, LIMN_FIELD_DOUBLE, AT (handoff), 0, 1, 0.8, .title = N_ ("Hand-off"),
    .help = N_ ("share of the schedule before the refiner, 0 to 1 (0.8)"), .argument = "F" },
  { "aesthetic", NULL, LIMN_FIELD_DOUBLE, AT (aesthetic), 0, 100, 6, .title = N_ ("Aesthetic score"),
    .help = N_ ("refiner's aesthetic score (6)"), .argument = "A" },
  { "negative-aesthetic", NULL, LIMN_FIELD_DOUBLE, AT (negative_aesthetic), 0, 100, 2.5,
    .title = N_ ("Negative aesthetic score"), .help = N_ ("the same for the negative prompt (2.5)"), .argument = "A" },
  { "strength", NULL, LIMN_FIELD_DOUBLE, AT (strength), 0, 1, 0.6, .title = N_ ("Strength"),
    .help = N_ ("how much of it is painted anew, 0 to 1 (0.6)"), .argument = "F" },
  { "mask-area", NULL, LIMN_FIELD_NAME, AT (mask_area), .table = limn_mask_area_choice, .title = N_ ("Masked area"),
    .help = N_ ("what is painted where there is a mask: whole, or masked, what is around it at the full size (whole)"),
    .argument = N_ ("NAME") },
  { "mask-padding", NULL, LIMN_FIELD_INT, AT (mask_padding), 0, 1024, 32, .title = N_ ("Padding of the mask"),
    .with = "mask-area=masked", .help = N_ ("pixels around the mask that masked shows the model (32)"),
    .argument = "N" },
  { "details", NULL, LIMN_FIELD_TEXT, AT (details), .check = limn_details_check, .title = N_ ("Detail boxes"),
    .about =
        N_ ("Boxes that are painted again at the model’s size, with semicolons between: left, top, width and height "
            "as shares of the picture, as 0.4,0.1,0.2,0.2; the last with a colon and a prompt, if it has its own"),
    .group = DETAILS, .parameter = "Detail boxes" },
  { "detail-strength", NULL, LIMN_FIELD_DOUBLE, AT (detail_strength), 0.01, 1, 0.4,
    .title = N_ ("Details painted anew"), .about = N_ ("How much of each box is painted anew: 0.4 keeps who it is"),
    .group = DETAILS, .with = "details", .parameter = "Detail strength",
    .help = N_ ("how much of each --detail is painted anew, 0.01 to 1 (0.4)"), .argument = "F" },
  { "detail-padding", NULL, LIMN_FIELD_INT, AT (detail_padding), 0, 1024, 32, .title = N_ ("Padding of details"),
    .about = N_ ("Pixels of the picture around each box that the model is shown with it"), .group = DETAILS,
    .with = "details", .parameter = "Detail padding",
    .help = N_ ("pixels around each --detail that the model is shown (32)"), .argument = "N" },
  { "detail-feather", NULL, LIMN_FIELD_INT, AT (detail_feather), 0, 256, 4, .title = N_ ("Feather of details"),
    .about = N_ ("Pixels over which each box fades in from its edges"), .group = DETAILS, .with = "details",
    .parameter = "Detail feather", .help = N_ ("pixels over which each --detail fades in from its edges (4)"),
    .argument = "N" },
  { "hires", NULL, LIMN_FIELD_DOUBLE, AT (hires), 1, 4, 1, .title = N_ ("Larger by"), .step = 0.25,
    .about =
        N_ ("Paints the picture small, then paints over it larger: 1.5 or 2 bring detail without doubled bodies, 1 "
            "is off"),
    .group = SECOND, .help = N_ ("second pass: by how much larger it is, 1: none (1)"), .argument = "F" },
  { "hires-method", NULL, LIMN_FIELD_NAME, AT (hires_method), .table = limn_hires_choice, .title = N_ ("Enlarged by"),
    .about = N_ ("What makes the picture larger in between: latents alone want a strength above 0.5"), .group = SECOND,
    .with = "hires",
    .help = N_ ("second pass: latent, latent_bicubic, latent_nearest ..., lanczos or upscaler (latent)"),
    .argument = N_ ("NAME") },
  { "hires-strength", NULL, LIMN_FIELD_DOUBLE, AT (hires_strength), 0.01, 1, 0.7, .title = N_ ("Painted anew"),
    .about = N_ ("How much of it the second pass paints anew: 0.7 for latents, 0.3 to 0.5 for pixels"), .group = SECOND,
    .with = "hires", .help = N_ ("second pass: how much is painted anew, 0.01 to 1 (0.7)"), .argument = "F" },
  { "hires-steps", NULL, LIMN_FIELD_INT, AT (hires_steps), 0, 1000, 0, .title = N_ ("Its steps"),
    .about = N_ ("How many steps the second pass takes; 0: as many as the first"), .group = SECOND, .with = "hires",
    .help = N_ ("second pass: its steps, 0: as many as the first (0)"), .argument = "N" },
  { "hires-sampler", NULL, LIMN_FIELD_NAME, AT (hires_sampler), .table = limn_hires_sampler_choice,
    .title = N_ ("Its sampler"), .about = N_ ("Who takes the steps of the second pass"), .group = SECOND,
    .with = "hires", .help = N_ ("second pass: its sampler (same)"), .argument = N_ ("NAME") },
  { "hires-guidance", NULL, LIMN_FIELD_DOUBLE, AT (hires_guidance), 0, 100, 0, .title = N_ ("Its guidance"),
    .step = 0.5, .about = N_ ("The guidance of the second pass; 0: that of the first"), .group = SECOND,
    .with = "hires", .help = N_ ("second pass: its guidance, 0: that of the first (0)"), .argument = "G" },
  { "tile", NULL, LIMN_FIELD_NAME, AT (tile), .table = limn_tile_choice, .title = N_ ("Seamless"),
    .about = N_ ("Makes a picture whose edges fit together, for patterns and textures"),
    .help = N_ ("edges that fit together, for patterns: none, x, y or both (none)"), .argument = N_ ("NAME") },
  { "fit", NULL, LIMN_FIELD_NAME, AT (fit), .table = limn_fit_choice, .title = N_ ("Make it fit"),
    .about = N_ ("Quantizes the model while it is loaded, so that it takes half the memory, or less"),
    .parameter = "Fit", .help = N_ ("quantize linear layers while loading: none, q8_0 or q4_k (none)"),
    .argument = N_ ("NAME") },
  { "precision", NULL, LIMN_FIELD_CHOICE, AT (precision), .names = precision_names, .title = N_ ("Precision"),
    .help = N_ ("auto, fp16 or fp32 (auto)"), .argument = N_ ("NAME") },
};

const LimnField *
limn_fields (guint *n)
{
  *n = G_N_ELEMENTS (rows);
  return rows;
}

const LimnField *
limn_field_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strcmp (name, rows[i].name) == 0)
      return &rows[i];
  return NULL;
}

double
limn_field_get (const LimnField *field, const LimnFields *fields)
{
  const char *at = (const char *) fields + field->offset;

  if (field->kind == LIMN_FIELD_SEED)
    return (double) *(const guint64 *) at;
  return field->kind == LIMN_FIELD_DOUBLE ? *(const double *) at : *(const int *) at;
}

void
limn_field_set (const LimnField *field, LimnFields *fields, double value)
{
  char *at = (char *) fields + field->offset;

  if (field->kind == LIMN_FIELD_DOUBLE)
    *(double *) at = value;
  else
    *(int *) at = (int) value;
}

guint64 *
limn_field_seed (const LimnField *field, LimnFields *fields)
{
  return (guint64 *) ((char *) fields + field->offset);
}

const char **
limn_field_text (const LimnField *field, LimnFields *fields)
{
  return (const char **) ((char *) fields + field->offset);
}

gboolean
limn_field_is_default (const LimnField *field, const LimnFields *fields)
{
  if (field->kind != LIMN_FIELD_NAME && field->kind != LIMN_FIELD_TEXT)
    return limn_field_get (field, fields) == field->value;

  const char *text = *limn_field_text (field, (LimnFields *) fields);
  return text == NULL || strcmp (text, field->kind == LIMN_FIELD_TEXT ? "" : field->table (0)->name) == 0;
}

gboolean
limn_fields_are_alike (const LimnFields *a, const LimnFields *b)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const LimnField *row = &rows[i];
    gboolean words = row->kind == LIMN_FIELD_NAME || row->kind == LIMN_FIELD_TEXT;

    if (row->kind == LIMN_FIELD_SEED)
      continue;
    if (words ? g_strcmp0 (*limn_field_text (row, (LimnFields *) a), *limn_field_text (row, (LimnFields *) b)) != 0
              : limn_field_get (row, a) != limn_field_get (row, b))
      return FALSE;
  }
  return TRUE;
}

gboolean
limn_field_counts (const LimnField *field, const LimnFields *fields)
{
  g_auto (GStrv) parts = g_strsplit (field->with != NULL ? field->with : "", "=", 2);
  const LimnField *other = parts[0] != NULL ? limn_field_find (parts[0]) : NULL;

  if (other == NULL)
    return TRUE;
  if (parts[1] == NULL)
    return !limn_field_is_default (other, fields);
  return g_strcmp0 (*limn_field_text (other, (LimnFields *) fields), parts[1]) == 0;
}

char *
limn_field_to_text (const LimnField *field, const LimnFields *fields)
{
  if (field->kind == LIMN_FIELD_SEED)
    return g_strdup_printf ("%" G_GUINT64_FORMAT, *limn_field_seed (field, (LimnFields *) fields));
  if (field->kind == LIMN_FIELD_TEXT)
    return g_strdup (*limn_field_text (field, (LimnFields *) fields));
  if (field->kind != LIMN_FIELD_NAME)
    return g_strdup_printf ("%.4g", limn_field_get (field, fields));

  const char *name = *limn_field_text (field, (LimnFields *) fields);
  const LimnChoice *choice = limn_choice_find (field->table, name);
  return g_strdup (choice != NULL ? _ (choice->title) : name);
}

char *
limn_field_key (const LimnField *field)
{
  return field->key != NULL ? g_strdup (field->key) : g_strdelimit (g_strdup (field->name), "-", '_');
}

void
limn_fields_init (LimnFields *fields)
{
  *fields = (LimnFields){ 0 };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].kind == LIMN_FIELD_NAME)
      *limn_field_text (&rows[i], fields) = rows[i].table (0)->name;
    else if (rows[i].kind == LIMN_FIELD_TEXT)
      *limn_field_text (&rows[i], fields) = "";
    else if (rows[i].kind != LIMN_FIELD_SEED)
      limn_field_set (&rows[i], fields, rows[i].value);
}

static gboolean
check_name (const LimnField *field, const char *name, GError **error)
{
  g_autofree char *known = limn_choice_list (field->table);

  if (limn_choice_find (field->table, name) != NULL)
    return TRUE;
  /* translators: a setting, the name that was asked for, all names there are */
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("%s: there is no “%s”; known are: %s"), _ (field->title), name,
               known);
  return FALSE;
}

static gboolean
check_number (const LimnField *field, double value, GError **error)
{
  double most = field->most;

  if (field->kind == LIMN_FIELD_CHOICE)
    most = g_strv_length ((char **) field->names) - 1;
  if (value >= field->least && value <= most)
    return TRUE;
  /* translators: a setting and its value */
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("%s: %g is not from %g to %g"), _ (field->title), value,
               field->least, most);
  return FALSE;
}

static gboolean
check_text (const LimnField *field, const char *text, GError **error)
{
  GError *wrong = NULL;

  if (field->check (text, &wrong))
    return TRUE;
  /* translators: a setting that is a text, and what is wrong with it */
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("%s: %s"), _ (field->title), wrong->message);
  g_error_free (wrong);
  return FALSE;
}

static gboolean
check_row (const LimnField *field, const LimnFields *fields, GError **error)
{
  switch (field->kind) {
  case LIMN_FIELD_SEED:
    return TRUE;
  case LIMN_FIELD_NAME:
    return check_name (field, *limn_field_text (field, (LimnFields *) fields), error);
  case LIMN_FIELD_TEXT:
    return !limn_field_counts (field, fields)
           || check_text (field, *limn_field_text (field, (LimnFields *) fields), error);
  case LIMN_FIELD_INT:
  case LIMN_FIELD_DOUBLE:
  case LIMN_FIELD_CHOICE:
    break;
  }
  return check_number (field, limn_field_get (field, fields), error);
}

gboolean
limn_fields_check (const LimnFields *fields, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (!check_row (&rows[i], fields, error))
      return FALSE;
  return TRUE;
}
