/* arch-detect.c - what a single file is, from its tensors' names.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/arch.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/lora.h"

#define LIMN_UNET_PREFIX "model.diffusion_model."
#define LIMN_VAE_PREFIX "first_stage_model."

typedef struct {
  gboolean prefix; /* pattern begins a name; else it may be anywhere in one */
  const char *pattern;
  const char *what;
  int part; /* of a file that is one part of a model: 1 + LimnPartId; else 0 */
} Kind;

#define ONE(part) 1 + LIMN_PART_##part

/* The first that fits some tensor decides, so what is most telling stands first. */
static const Kind kinds[] = {
  { TRUE, "control_model.", N_ ("%s is a ControlNet, which Limn does not support") },
  { TRUE, "controlnet_", N_ ("%s is a ControlNet, which Limn does not support") },
  { FALSE, "input_hint_block.", N_ ("%s is a ControlNet, which Limn does not support") },
  { TRUE, "image_proj.", N_ ("%s is an IP-Adapter, which Limn does not support") },
  { TRUE, "ip_adapter.", N_ ("%s is an IP-Adapter, which Limn does not support") },
  { TRUE, "emb_params", N_ ("%s is a textual inversion embedding, which Limn does not support") },
  { TRUE, "clip_g", N_ ("%s is a textual inversion embedding, which Limn does not support") },
  { FALSE, "double_blocks.",
    N_ ("%s is a Flux-like transformer model, which Limn does not support: it runs SDXL 1.0") },
  { FALSE, "joint_blocks.", N_ ("%s is a Stable Diffusion 3 model, which Limn does not support: it runs SDXL 1.0") },
  { FALSE, "single_transformer_blocks.",
    N_ ("%s is the transformer of a Flux model, which Limn does not support: it runs SDXL 1.0") },
  { TRUE, "pos_embed.proj.", N_ ("%s is a diffusion transformer, which Limn does not support: it runs SDXL 1.0") },
  { TRUE, LIMN_UNET_PREFIX,
    N_ ("%s is a diffusion model of a kind that Limn does not know: it runs SDXL 1.0 base and refiner") },
  { TRUE, "input_blocks.0.0.",
    N_ ("%s is a U-Net alone: open the complete model, or say where its VAE and its text encoders are"), ONE (UNET) },
  { TRUE, "diffusion_model.input_blocks.0.0.",
    N_ ("%s is a U-Net alone: open the complete model, or say where its VAE and its text encoders are"), ONE (UNET) },
  { TRUE, "down_blocks.0.",
    N_ ("%s is one component of a diffusers folder (a U-Net): open the folder that holds model_index.json") },
  { TRUE, LIMN_VAE_PREFIX, N_ ("%s is a VAE alone: open the complete model"), ONE (VAE) },
  { TRUE, "decoder.", N_ ("%s is a VAE alone: open the complete model"), ONE (VAE) },
  { TRUE, "text_model.", N_ ("%s is a text encoder alone: open the complete model"), ONE (TEXT_ENCODER) },
  { TRUE, "cond_stage_model.", N_ ("%s is a text encoder alone: open the complete model"), ONE (TEXT_ENCODER) },
  { TRUE, "conditioner.", N_ ("%s is a text encoder alone: open the complete model"), ONE (TEXT_ENCODER) },
  { TRUE, "transformer.resblocks.", N_ ("%s is a text encoder alone: open the complete model"), ONE (TEXT_ENCODER_2) },
  { FALSE, "transformer_blocks.", N_ ("%s is a transformer model, which Limn does not support: it runs SDXL 1.0") },
};

/* What would be taken for a model that Limn runs, were it not for such tensors. */
static const Kind refused[] = {
  { FALSE, ".quant_state.bitsandbytes__",
    N_ ("%s is quantized to four bits by bitsandbytes, which Limn does not read: it reads fp8 and GGUF") },
  { FALSE, ".wscales", N_ ("%s is quantized by SVDQuant (Nunchaku), which Limn does not read: it reads fp8 and GGUF") },
  { FALSE, "encoder_hid_proj.",
    N_ ("%s is a Kolors model, whose prompts a language model (ChatGLM3) reads: Limn does not support it") },
};

static gboolean
holds (LimnTensors *file, gboolean prefix, const char *pattern)
{
  guint n = limn_tensors_count (file);

  for (guint i = 0; i < n; i++) {
    const char *name = limn_tensors_nth (file, i)->name;
    if (prefix ? g_str_has_prefix (name, pattern) : strstr (name, pattern) != NULL)
      return TRUE;
  }
  return FALSE;
}

/* what: the message, with a place for the path. */
static gboolean
fail (LimnTensors *file, const char *what, GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ (what), limn_tensors_path (file));
  return FALSE;
}

gboolean
limn_arch_explain (LimnTensors *file, GError **error)
{
  if (limn_tensors_count (file) == 0)
    return fail (file, N_ ("%s is empty: it holds no tensors"), error);
  if (limn_lora_is (file))
    return fail (file,
                 N_ ("%s is a LoRA (a small change to a model), not a model: name it in the prompt, as <lora:name:1>"),
                 error);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (holds (file, kinds[i].prefix, kinds[i].pattern))
      return fail (file, kinds[i].what, error);

  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               P_ ("%s is no model that Limn knows: it holds %u tensors such as \"%.100s\", where SDXL 1.0 has \"%s\"",
                   "%s is no model that Limn knows: it holds %u tensors such as \"%.100s\", where SDXL 1.0 has \"%s\"",
                   limn_tensors_count (file)),
               limn_tensors_path (file), limn_tensors_count (file), limn_tensors_nth (file, 0)->name,
               LIMN_UNET_PREFIX "input_blocks.0.0.weight");
  return FALSE;
}

/* CLIP-L is 768 wide; SDXL's second, whose tensors may have the same names, 1280. */
static gboolean
is_wide (LimnTensors *file)
{
  const LimnTensor *table = limn_tensors_find (file, "text_model.embeddings.token_embedding.weight");

  return table != NULL && table->rank == 2 && table->shape[1] > 1000;
}

gboolean
limn_arch_lone_part (LimnTensors *file, LimnPartId *part)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (holds (file, kinds[i].prefix, kinds[i].pattern)) {
      gboolean unet = kinds[i].part == 0 && g_str_equal (kinds[i].pattern, LIMN_UNET_PREFIX)
                      && !holds (file, TRUE, LIMN_VAE_PREFIX);
      *part = unet ? LIMN_PART_UNET : (LimnPartId) (kinds[i].part - 1);
      if (*part == LIMN_PART_TEXT_ENCODER && is_wide (file))
        *part = LIMN_PART_TEXT_ENCODER_2;
      return unet || kinds[i].part > 0;
    }
  return FALSE;
}

static gboolean
unet_holds (LimnTensors *file, const char *prefix, const char *pattern)
{
  g_autofree char *full = g_strconcat (prefix, pattern, NULL);

  return holds (file, TRUE, full);
}

/* SD 1.5 conditions on CLIP-L, SD 2.1 on OpenCLIP-H; where the encoder is not in the file its width tells. */
static LimnFamily
older_family (LimnTensors *file, const char *prefix)
{
  g_autofree char *name = g_strconcat (prefix, "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", NULL);
  const LimnTensor *key = limn_tensors_find (file, name);

  if (holds (file, TRUE, "cond_stage_model.model."))
    return LIMN_FAMILY_SD21;
  if (holds (file, TRUE, "cond_stage_model.transformer."))
    return LIMN_FAMILY_SD15;
  if (key == NULL || key->rank != 2)
    return LIMN_FAMILY_UNKNOWN;
  return key->shape[1] == 1024 ? LIMN_FAMILY_SD21 : LIMN_FAMILY_SD15;
}

gboolean
limn_arch_detect (LimnTensors *file, const char *prefix, LimnFamily *family, GError **error)
{
  *family = LIMN_FAMILY_UNKNOWN;
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    if (holds (file, refused[i].prefix, refused[i].pattern))
      return fail (file, refused[i].what, error);
  if (!unet_holds (file, prefix, "label_emb.") && !holds (file, TRUE, "conditioner.embedders.")) {
    *family = older_family (file, prefix);
    return *family != LIMN_FAMILY_UNKNOWN
           || fail (file,
                    N_ ("%s is a diffusion model of a kind that Limn does not know: it runs SDXL 1.0 base and refiner"),
                    error);
  }
  if (holds (file, TRUE, "cond_stage_model."))
    return fail (file,
                 N_ ("%s is a Stable Diffusion 2.1 unCLIP model, which varies a picture and is told no prompt: Limn "
                     "does not support it"),
                 error);
  if (holds (file, TRUE, "conditioner.embedders.0.model."))
    *family = LIMN_FAMILY_SDXL_REFINER;
  else if (!holds (file, TRUE, "conditioner.embedders.") && unet_holds (file, prefix, "input_blocks.9.0.op.weight"))
    *family = LIMN_FAMILY_SDXL_REFINER;
  else
    *family = LIMN_FAMILY_SDXL_BASE;
  return TRUE;
}

/* SD 2 is published with both: ComfyUI's way to tell, a norm whose biases training to velocity has spread. */
static gboolean
is_spread (LimnTensors *file, const char *prefix)
{
  g_autofree char *name = g_strconcat (prefix, "output_blocks.11.1.transformer_blocks.0.norm1.bias", NULL);
  const LimnTensor *bias = limn_tensors_find (file, name);
  double sum = 0, squares = 0;

  if (bias == NULL || bias->count < 1 || bias->count > 1 << 16)
    return FALSE;
  g_autofree float *values = g_new (float, bias->count);
  limn_tensor_to_float (bias, values);
  for (guint64 i = 0; i < bias->count; i++) {
    sum += values[i];
    squares += (double) values[i] * values[i];
  }
  double mean = sum / (double) bias->count;
  return squares / (double) bias->count - mean * mean > 0.09 * 0.09;
}

/* A scalar above 0, or fallback. */
static double
scalar (LimnTensors *file, const char *name, double fallback)
{
  const LimnTensor *tensor = limn_tensors_find (file, name);
  float value = 0;

  if (tensor == NULL || tensor->count != 1)
    return fallback;
  limn_tensor_to_float (tensor, &value);
  return value > 0 && isfinite (value) ? value : fallback;
}

static void
read_edm_levels (LimnTensors *file, LimnScheduleConfig *schedule)
{
  double least = scalar (file, "edm_vpred.sigma_min", schedule->least);
  double most = scalar (file, "edm_vpred.sigma_max", schedule->most);

  if (least < most) {
    schedule->least = least;
    schedule->most = most;
  }
}

void
limn_arch_detect_prediction (LimnTensors *file, const char *prefix, LimnFamily family, LimnUnetConfig *unet,
                             LimnScheduleConfig *schedule)
{
  const char *said = limn_tensors_metadata (file, "modelspec.prediction_type");

  if (limn_tensors_find (file, "edm_mean") != NULL && limn_tensors_find (file, "edm_std") != NULL) {
    limn_schedule_config_predict (schedule, LIMN_PREDICTS_EDM);
  } else if (limn_tensors_find (file, "edm_vpred.sigma_max") != NULL) {
    limn_schedule_config_predict (schedule, LIMN_PREDICTS_EDM_VELOCITY);
    read_edm_levels (file, schedule);
  } else if (limn_tensors_find (file, "v_pred") != NULL) {
    limn_schedule_config_predict (schedule, limn_tensors_find (file, "ztsnr") != NULL ? LIMN_PREDICTS_VELOCITY_ZSNR
                                                                                      : LIMN_PREDICTS_VELOCITY);
  } else if (family == LIMN_FAMILY_SD21) { /* whose inpainting model is one of noise */
    if (limn_unet_config_given (unet) == 0 && is_spread (file, prefix))
      limn_schedule_config_predict (schedule, LIMN_PREDICTS_VELOCITY);
    else if (unet->sample_size == limn_family_row (family)->sample_size)
      unet->sample_size = 64; /* the base model, for 512 pixels */
  } else if (g_strcmp0 (said, "v") == 0) {
    limn_schedule_config_predict (schedule, LIMN_PREDICTS_VELOCITY);
  }
}

gboolean
limn_arch_is_harmless (const char *stored_name)
{
  static const char *const whole[] = { "betas",
                                       "alphas_cumprod",
                                       "alphas_cumprod_prev",
                                       "sqrt_alphas_cumprod",
                                       "sqrt_one_minus_alphas_cumprod",
                                       "log_one_minus_alphas_cumprod",
                                       "sqrt_recip_alphas_cumprod",
                                       "sqrt_recipm1_alphas_cumprod",
                                       "posterior_variance",
                                       "posterior_log_variance_clipped",
                                       "posterior_mean_coef1",
                                       "posterior_mean_coef2",
                                       "logvar",
                                       "scale_factor",
                                       "v_pred",
                                       "ztsnr",
                                       "edm_mean",
                                       "edm_std",
                                       "edm_vpred.sigma_min",
                                       "edm_vpred.sigma_max" };
  static const char *const prefixes[] = { "model_ema.", "denoiser.", "loss.", "first_stage_model.loss.",
                                          "first_stage_model.model_ema." };
  static const char *const suffixes[] = { "position_ids", "logit_scale",  "scaled_fp8",    ".scale_weight",
                                          ".scale_input", ".input_scale", ".weight_scale", ".comfy_quant" };

  for (guint i = 0; i < G_N_ELEMENTS (whole); i++)
    if (g_str_equal (stored_name, whole[i]))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (stored_name, prefixes[i]))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (stored_name, suffixes[i]))
      return TRUE;
  /* Some tools keep the projections that SDXL's conditioning leaves out. */
  return g_str_equal (stored_name, "conditioner.embedders.0.transformer.text_projection.weight")
         || g_str_equal (stored_name, "cond_stage_model.model.text_projection");
}
