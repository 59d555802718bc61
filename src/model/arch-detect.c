/* arch-detect.c - what a single file is, from its tensors' names.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/arch.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"

/* what: the message, with a place for the path. */
static gboolean
fail (LimnTensors *file, const char *what, GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ (what), limn_tensors_path (file));
  return FALSE;
}

static gboolean
unet_holds (LimnTensors *file, const char *prefix, const char *pattern)
{
  g_autofree char *full = g_strconcat (prefix, pattern, NULL);

  return limn_arch_holds (file, TRUE, full);
}

/* SD 1.5 conditions on CLIP-L, SD 2.1 on OpenCLIP-H; where the encoder is not in the file its width tells. */
static LimnFamily
older_family (LimnTensors *file, const char *prefix)
{
  g_autofree char *name = g_strconcat (prefix, "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", NULL);
  const LimnTensor *key = limn_tensors_find (file, name);

  if (limn_arch_holds (file, TRUE, "cond_stage_model.model."))
    return LIMN_FAMILY_SD21;
  if (limn_arch_holds (file, TRUE, "cond_stage_model.transformer."))
    return LIMN_FAMILY_SD15;
  if (key == NULL || key->rank != 2)
    return LIMN_FAMILY_UNKNOWN;
  return key->shape[1] == 1024 ? LIMN_FAMILY_SD21 : LIMN_FAMILY_SD15;
}

gboolean
limn_arch_detect (LimnTensors *file, const char *prefix, LimnFamily *family, GError **error)
{
  *family = LIMN_FAMILY_UNKNOWN;
  if (!limn_arch_check_readable (file, error))
    return FALSE;
  if (!unet_holds (file, prefix, "label_emb.") && !limn_arch_holds (file, TRUE, "conditioner.embedders.")) {
    *family = older_family (file, prefix);
    return *family != LIMN_FAMILY_UNKNOWN
           || fail (file,
                    N_ ("%s is a diffusion model of a kind that Limn does not know: it runs SDXL and Stable Diffusion "
                        "1 and 2"),
                    error);
  }
  if (limn_arch_holds (file, TRUE, "cond_stage_model."))
    return fail (file,
                 N_ ("%s is a Stable Diffusion 2.1 unCLIP model, which varies a picture and is told no prompt: Limn "
                     "does not support it"),
                 error);
  if (limn_arch_holds (file, TRUE, "conditioner.embedders.0.model."))
    *family = LIMN_FAMILY_SDXL_REFINER;
  else if (!limn_arch_holds (file, TRUE, "conditioner.embedders.")
           && unet_holds (file, prefix, "input_blocks.9.0.op.weight"))
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
