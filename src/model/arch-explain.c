/* arch-explain.c - what a file is that is no whole model, or none that Limn can run, from its tensors' names.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/arch.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/lora.h"

#define UNET "model.diffusion_model."
#define VAE "first_stage_model."

typedef struct {
  gboolean prefix; /* pattern begins a name; else it may be anywhere in one */
  const char *pattern;
  const char *what;
  int part;         /* of a file that is one part of a model: 1 + LimnPartId; else 0 */
  const char *name; /* where what has a place for it */
  gboolean adapter; /* T2I-Adapter */
  gboolean ip;      /* IP-Adapter */
} Kind;

#define ONE(part) 1 + LIMN_PART_##part

#define CONTROL                                                                                                        \
  N_ ("%s is a ControlNet, not a model: it has one follow a picture (limn-cli generate --control FILE=PICTURE)")
#define ADAPTER                                                                                                        \
  N_ ("%s is a T2I-Adapter, not a model: it has one follow a picture (limn-cli generate --control FILE=PICTURE)")
/* translators: a file, then the name of a kind of network such as ControlNet-LLLite */
#define OTHER_CONTROL                                                                                                  \
  N_ ("%s is of the kind %s, which Limn does not support: of networks that follow a picture it has ControlNets, "      \
      "T2I-Adapters and IP-Adapters")
#define IMAGES                                                                                                         \
  N_ ("%s is an IP-Adapter, not a model: it has one see a picture (limn-cli generate --control FILE=PICTURE)")
#define SEES                                                                                                           \
  N_ ("%s is an encoder of pictures (CLIP), by which IP-Adapters see: put it in a folder \"clip_vision\" beside "      \
      "theirs")
#define UPSCALER N_ ("%s is an upscaler, which paints nothing: it enlarges pictures")
#define DETECTOR                                                                                                       \
  N_ ("%s is a detector, which paints nothing: it finds things in pictures, such as faces (limn-cli detect)")
#define EMBEDDING                                                                                                      \
  N_ ("%s is a textual inversion embedding, not a model: put it in a folder \"embeddings\" beside the model, and "     \
      "name "                                                                                                          \
      "it in the prompt")
#define VIDEO N_ ("%s makes videos (%s), which Limn does not")
/* translators: a file, then the name of a model such as Flux */
#define TRANSFORMER                                                                                                    \
  N_ ("%s is a model of the kind %s, a transformer: Limn runs U-Nets, SDXL and Stable Diffusion 1 and 2")
#define UNKNOWN                                                                                                        \
  N_ ("%s is a diffusion model of a kind that Limn does not know: it runs SDXL and Stable Diffusion 1 and 2")
#define UNET_ALONE N_ ("%s is a U-Net alone: open the complete model, or say where its VAE and its text encoders are")
#define VAE_ALONE N_ ("%s is a VAE alone: open the complete model")
#define TEXT_ALONE N_ ("%s is a text encoder alone: open the complete model")

/* What has a model follow a picture: those that Limn cannot use, then the others. */
static const Kind controls[] = {
  { TRUE, "lllite_", OTHER_CONTROL, .name = "ControlNet-LLLite" },
  { FALSE, "ctrl_to_base.", OTHER_CONTROL, .name = "ControlNet-XS" },
  { FALSE, "controlnet_x_embedder.", OTHER_CONTROL, .name = "ControlNet for transformers" },
  { TRUE, "style_embedding", OTHER_CONTROL, .name = "T2I-Adapter (style)" },
  { TRUE, "adapter.body.", ADAPTER, .adapter = TRUE },
  { TRUE, "body.0.in_conv.", ADAPTER, .adapter = TRUE },
  { TRUE, "body.0.block1.", ADAPTER, .adapter = TRUE },
  { TRUE, "image_proj.", IMAGES, .ip = TRUE },
  { TRUE, "ip_adapter.", IMAGES, .ip = TRUE },
  { TRUE, "lora_controlnet", CONTROL },
  { FALSE, "input_hint_block.", CONTROL },
  { FALSE, "controlnet_cond_embedding.", CONTROL },
  { TRUE, "control_model.", CONTROL },
  { TRUE, "controlnet_", CONTROL },
};

/* The first that fits some tensor decides, so what is most telling stands first. */
static const Kind kinds[] = {
  { TRUE, "emb_params", EMBEDDING },
  { TRUE, "clip_g", EMBEDDING },
  { FALSE, "motion_modules.", VIDEO, .name = "AnimateDiff" },
  { FALSE, "llm_adapter.", TRANSFORMER, .name = "Anima" },
  { FALSE, "distilled_guidance_layer.", TRANSFORMER, .name = "Chroma" },
  { FALSE, "individual_token_refiner.", TRANSFORMER, .name = "HunyuanVideo" },
  { FALSE, "mlp_t5.", TRANSFORMER, .name = "HunyuanDiT" },
  { FALSE, "noise_refiner.", TRANSFORMER, .name = "Lumina 2, Z-Image" },
  { FALSE, "cap_embedder.", TRANSFORMER, .name = "Lumina 2, Z-Image" },
  { FALSE, "txt_norm.", TRANSFORMER, .name = "Qwen-Image" },
  { FALSE, "double_layers.", TRANSFORMER, .name = "AuraFlow" },
  { FALSE, "head.modulation", TRANSFORMER, .name = "Wan" },
  { FALSE, "double_blocks.", TRANSFORMER, .name = "Flux" },
  { FALSE, "single_transformer_blocks.", TRANSFORMER, .name = "Flux" },
  { FALSE, "joint_blocks.", TRANSFORMER, .name = "Stable Diffusion 3" },
  { FALSE, "adaln_single.", TRANSFORMER, .name = "PixArt" },
  { FALSE, "y_embedder.y_embedding", TRANSFORMER, .name = "PixArt" },
  { TRUE, "pos_embed.proj.", TRANSFORMER, .name = "Stable Diffusion 3" },
  { FALSE, "x_embedder.proj.", TRANSFORMER, .name = "Cosmos" },
  { FALSE, "clip_txt_mapper.", N_ ("%s is a part of Stable Cascade, which Limn does not support") },
  { TRUE, UNET, UNKNOWN },
  { TRUE, "input_blocks.0.0.", UNET_ALONE, ONE (UNET) },
  { TRUE, "diffusion_model.input_blocks.0.0.", UNET_ALONE, ONE (UNET) },
  { TRUE, "model.input_blocks.0.0.", UNET_ALONE, ONE (UNET) },
  { TRUE, "unet.input_blocks.0.0.", UNET_ALONE, ONE (UNET) },
  { TRUE, "down_blocks.0.",
    N_ ("%s is one component of a diffusers folder (a U-Net): open the folder that holds model_index.json") },
  { TRUE, VAE, VAE_ALONE, ONE (VAE) },
  { TRUE, "decoder.", VAE_ALONE, ONE (VAE) },
  { TRUE, "text_model.", TEXT_ALONE, ONE (TEXT_ENCODER) },
  { TRUE, "cond_stage_model.", TEXT_ALONE, ONE (TEXT_ENCODER) },
  { TRUE, "conditioner.", TEXT_ALONE, ONE (TEXT_ENCODER) },
  { TRUE, "vision_model.", SEES },
  { TRUE, "transformer.resblocks.", TEXT_ALONE, ONE (TEXT_ENCODER_2) },
  { FALSE, ".dfl.conv.weight", DETECTOR },
  { TRUE, "conv_first.", UPSCALER },
  { TRUE, "model.1.sub.0.", UPSCALER },
  { TRUE, "body.0.", UPSCALER },
  { FALSE, "transformer_blocks.",
    N_ ("%s is a transformer model, which Limn does not support: it runs SDXL and Stable Diffusion 1 and 2") },
};

/* What would be taken for a model that Limn runs, were it not for such tensors. */
static const Kind refused[] = {
  { FALSE, ".quant_state.bitsandbytes__",
    N_ ("%s is quantized to four bits by bitsandbytes, which Limn does not read: it reads fp8 and GGUF") },
  { FALSE, ".wscales", N_ ("%s is quantized by SVDQuant (Nunchaku), which Limn does not read: it reads fp8 and GGUF") },
  { FALSE, "encoder_hid_proj.",
    N_ ("%s is a Kolors model, whose prompts a language model (ChatGLM3) reads: Limn does not support it") },
  { FALSE, ".time_stack.", VIDEO, .name = "Stable Video Diffusion" },
};

gboolean
limn_arch_holds (LimnTensors *file, gboolean prefix, const char *pattern)
{
  guint n = limn_tensors_count (file);

  for (guint i = 0; i < n; i++) {
    const char *name = limn_tensors_nth (file, i)->name;
    if (prefix ? g_str_has_prefix (name, pattern) : strstr (name, pattern) != NULL)
      return TRUE;
  }
  return FALSE;
}

static gboolean
fail (LimnTensors *file, const Kind *kind, GError **error)
{
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ (kind->what), limn_tensors_path (file), kind->name);
  return FALSE;
}

gboolean
limn_arch_check_readable (LimnTensors *file, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    if (limn_arch_holds (file, refused[i].prefix, refused[i].pattern))
      return fail (file, &refused[i], error);
  return TRUE;
}

static const Kind *
find_control (LimnTensors *file)
{
  for (guint i = 0; i < G_N_ELEMENTS (controls); i++)
    if (limn_arch_holds (file, controls[i].prefix, controls[i].pattern))
      return &controls[i];
  return NULL;
}

gboolean
limn_arch_is_control (LimnTensors *file)
{
  return find_control (file) != NULL;
}

gboolean
limn_arch_is_adapter (LimnTensors *file)
{
  const Kind *kind = find_control (file);

  return kind != NULL && kind->adapter;
}

gboolean
limn_arch_is_ip (LimnTensors *file)
{
  const Kind *kind = find_control (file);

  return kind != NULL && kind->ip;
}

gboolean
limn_arch_check_control (LimnTensors *file, GError **error)
{
  static const Kind faces = { .what = OTHER_CONTROL, .name = "IP-Adapter FaceID" };
  const Kind *kind = find_control (file);

  if (kind != NULL && kind->ip && limn_arch_ip_sees_faces (file))
    return fail (file, &faces, error);
  return kind == NULL || kind->name == NULL || fail (file, kind, error);
}

gboolean
limn_arch_explain (LimnTensors *file, GError **error)
{
  static const Kind empty = { .what = N_ ("%s is empty: it holds no tensors") };
  static const Kind lora = {
    .what = N_ ("%s is a LoRA (a small change to a model), not a model: name it in the prompt, as <lora:name:1>")
  };
  guint n = limn_tensors_count (file);

  const Kind *control = find_control (file);

  if (control != NULL)
    return fail (file, control, error);
  if (n == 0 || limn_lora_is (file))
    return fail (file, n == 0 ? &empty : &lora, error);
  if (!limn_arch_check_readable (file, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (limn_arch_holds (file, kinds[i].prefix, kinds[i].pattern))
      return fail (file, &kinds[i], error);

  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               P_ ("%s is no model that Limn knows: it holds %u tensors such as \"%.100s\", where SDXL 1.0 has \"%s\"",
                   "%s is no model that Limn knows: it holds %u tensors such as \"%.100s\", where SDXL 1.0 has \"%s\"",
                   n),
               limn_tensors_path (file), n, limn_tensors_nth (file, 0)->name, UNET "input_blocks.0.0.weight");
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
    if (limn_arch_holds (file, kinds[i].prefix, kinds[i].pattern)) {
      gboolean unet = kinds[i].part == 0 && g_str_equal (kinds[i].pattern, UNET) && !limn_arch_holds (file, TRUE, VAE);
      *part = unet ? LIMN_PART_UNET : (LimnPartId) (kinds[i].part - 1);
      if (*part == LIMN_PART_TEXT_ENCODER && is_wide (file))
        *part = LIMN_PART_TEXT_ENCODER_2;
      return unet || kinds[i].part > 0;
    }
  return FALSE;
}
