/* identify.c - see identify.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/identify.h"

#include <string.h>

#include "model/checkpoint-private.h"
#include "model/detector.h"
#include "model/lora.h"

/* By how wide the text is that a family's U-Net is told of. */
static LimnFamily
family_of_width (guint64 width)
{
  switch (width) {
  case 768:
    return LIMN_FAMILY_SD15;
  case 1024:
    return LIMN_FAMILY_SD21;
  case 1280:
    return LIMN_FAMILY_SDXL_REFINER;
  case 2048:
    return LIMN_FAMILY_SDXL_BASE;
  default:
    return LIMN_FAMILY_UNKNOWN;
  }
}

/* ---- LoRAs ---- */

/* The number after the first word in name, which "_" and "." end; -1: there is none. */
static int
number_after (const char *name, const char *word)
{
  const char *at = strstr (name, word);

  return at != NULL && g_ascii_isdigit (at[strlen (word)]) ? (int) g_ascii_strtoull (at + strlen (word), NULL, 10) : -1;
}

/* What one tensor's name and shape say.  Cross-attention's keys are as wide as the text.  Where no key is trained, as
 * in sliders, two things are SDXL's alone: a second text encoder, and a third transformer in a place. */
static LimnFamily
family_of_tensor (const LimnTensor *tensor)
{
  static const char *const downs[] = { "lora_down", "lora_A", "lora.down", "hada_w1_b", ".down." };
  g_autofree char *name = g_strdelimit (g_strdup (tensor->name), ".", '_');

  if (g_str_has_prefix (name, "lora_te2_") || g_str_has_prefix (name, "text_encoder_2_")
      || number_after (name, "transformer_blocks_") >= 2)
    return LIMN_FAMILY_SDXL_BASE;
  if (strstr (name, "attn2_to_k") == NULL && strstr (name, "attn2_processor_to_k") == NULL)
    return LIMN_FAMILY_UNKNOWN;
  for (guint i = 0; tensor->rank >= 2 && i < G_N_ELEMENTS (downs); i++)
    if (strstr (tensor->name, downs[i]) != NULL)
      return family_of_width (tensor->shape[1]);
  return LIMN_FAMILY_UNKNOWN;
}

static LimnFamily
family_of_lora (LimnTensors *file)
{
  LimnFamily family = LIMN_FAMILY_UNKNOWN;

  for (guint i = 0; i < limn_tensors_count (file) && family == LIMN_FAMILY_UNKNOWN; i++)
    family = family_of_tensor (limn_tensors_nth (file, i));
  return family;
}

/* ---- Embeddings ---- */

static gboolean
is_table (const LimnTensor *tensor, guint64 width)
{
  return tensor != NULL && tensor->rank >= 1 && tensor->rank <= 2 && tensor->shape[tensor->rank - 1] == width;
}

/* Vectors of the widths that text encoders have, alone in a file. */
static gboolean
is_embedding (LimnTensors *file, LimnFamily *family)
{
  const LimnTensor *vectors = limn_tensors_find (file, "emb_params");

  if (vectors == NULL)
    vectors = limn_tensors_find (file, "clip_g");
  if (vectors == NULL && limn_tensors_count (file) == 1)
    vectors = limn_tensors_nth (file, 0);
  *family = is_table (vectors, 768)    ? LIMN_FAMILY_SD15
            : is_table (vectors, 1024) ? LIMN_FAMILY_SD21
            : is_table (vectors, 1280) ? LIMN_FAMILY_SDXL_BASE
                                       : LIMN_FAMILY_UNKNOWN;
  return *family != LIMN_FAMILY_UNKNOWN;
}

/* ---- ControlNets ---- */

static LimnFamily
family_of_control (LimnTensors *file)
{
  LimnFamily family = LIMN_FAMILY_UNKNOWN;

  if (limn_arch_is_adapter (file))
    return limn_arch_adapter_family (file);
  if (limn_arch_is_ip (file))
    return limn_arch_ip_family (file);
  if (limn_arch_holds (file, FALSE, "label_emb.") || limn_arch_holds (file, FALSE, "add_embedding."))
    return LIMN_FAMILY_SDXL_BASE;
  for (guint i = 0; i < limn_tensors_count (file) && family == LIMN_FAMILY_UNKNOWN; i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);

    if (tensor->rank == 2 && g_str_has_suffix (tensor->name, "attn2.to_k.weight"))
      family = family_of_width (tensor->shape[1]);
  }
  return family;
}

/* ---- Upscalers ---- */

static void
identify_upscaler (LimnTensors *file, LimnFileFacts *facts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnUpscalerFile) upscaler = limn_upscaler_file_open (limn_tensors_path (file), &error);

  if (upscaler != NULL)
    facts->kind = LIMN_FILE_UPSCALER;
  else
    facts->note = g_strdup (error->message);
}

/* ---- Detectors ---- */

static void
identify_detector (LimnTensors *file, LimnFileFacts *facts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnDetectorFile) detector = limn_detector_file_open (limn_tensors_path (file), &error);

  if (detector != NULL)
    facts->kind = LIMN_FILE_DETECTOR;
  else
    facts->note = g_strdup (error->message);
}

/* ---- All ---- */

void
limn_identify (LimnTensors *file, LimnFileFacts *facts)
{
  const LimnModelSource source = { .path = (char *) limn_tensors_path (file), .file = file };
  LimnPartId part = LIMN_PART_UNET;
  g_autoptr (GError) error = NULL;

  facts->kind = LIMN_FILE_OTHER;
  facts->family = LIMN_FAMILY_UNKNOWN;
  g_clear_pointer (&facts->note, g_free);
  if (limn_arch_is_control (file)) {
    gboolean usable = limn_arch_check_control (file, &error);

    facts->kind = usable ? LIMN_FILE_CONTROL : LIMN_FILE_OTHER;
    facts->family = usable ? family_of_control (file) : LIMN_FAMILY_UNKNOWN;
    facts->types = usable ? limn_arch_control_types (file) : 0;
    facts->adapter = !usable                       ? LIMN_ADAPTER_NONE
                     : limn_arch_is_adapter (file) ? LIMN_ADAPTER_T2I
                     : limn_arch_is_ip (file)      ? LIMN_ADAPTER_IP
                                                   : LIMN_ADAPTER_NONE;
    facts->note = usable ? NULL : g_strdup (error->message);
  } else if (limn_lora_is (file)) {
    facts->kind = LIMN_FILE_LORA;
    facts->family = family_of_lora (file);
  } else if (is_embedding (file, &facts->family)) {
    facts->kind = LIMN_FILE_EMBEDDING;
  } else if (limn_checkpoint_detect_single (&source, TRUE, &facts->family, &error)) {
    facts->kind = LIMN_FILE_MODEL;
  } else if (limn_arch_lone_part (file, &part)) {
    facts->kind = LIMN_FILE_PART;
    facts->part = part;
    if (!limn_checkpoint_detect_single (&source, FALSE, &facts->family, NULL))
      facts->family = LIMN_FAMILY_UNKNOWN;
  } else if (limn_upscaler_file_is (file)) {
    identify_upscaler (file, facts);
  } else if (limn_detector_file_is (file)) {
    identify_detector (file, facts);
  } else {
    facts->note = g_strdup (error->message);
  }
}
