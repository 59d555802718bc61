/* prompt-loras.h - the LoRAs that a prompt names: "<lora:name:0.8>", as stable-diffusion-webui has them, with the steps
 * and the weights of blocks that its extension sd-webui-lora-block-weight knows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which of a run's models have it: where the tag does not say, the base, or the refiner where the base has nothing that
 * it changes. */
typedef enum {
  LIMN_LORA_STAGE_ANY,
  LIMN_LORA_STAGE_BASE,
  LIMN_LORA_STAGE_REFINER,
  LIMN_LORA_STAGE_BOTH,
  LIMN_N_LORA_STAGES
} LimnLoraStage;

/* "base", "refiner", "both"; NULL: the tag does not say. */
const char *limn_lora_stage_name (LimnLoraStage stage);

typedef struct {
  char *name;
  LimnLoraStage stage;
  double text, unet;  /* the weights for text encoders and U-Net */
  double from, until; /* the step that it begins with, counted from 1, and the first without it; below 1: shares of all;
                        * 0: the first, and none */
  char *blocks;       /* NULL, or the weights of blocks, as limn_prompt_lora_blocks () reads them */
  char *unread;       /* NULL, or what else the tag says: "x=2" */
  gsize start, length; /* of the tag, in bytes */
} LimnPromptLora;

/* The tags of prompt, in their order.  "<lora:name>" has the weights 1, "<lora:name:0.8>" 0.8 for both,
 * "<lora:name:0.5:0.8>" 0.5 for the text encoders and 0.8 for the U-Net; so have "te=0.5" and "unet=0.8".  "start=5",
 * "stop=0.5" and "step=5-10" say in which steps the U-Net has it, "lbw=" what its blocks do, "stage=refiner"
 * which model has it.  <lyco:> is the same.
 * (element-type LimnPromptLora) (transfer full) */
GArray *limn_prompt_loras (const char *prompt);
/* "<lora:name:0.8>".  (transfer full) */
char *limn_prompt_lora_tag (const char *name, double text, double unet);
/* All that it says, as a tag.  (transfer full) */
char *limn_prompt_lora_write (const LimnPromptLora *lora);

/* Whether the U-Net has it in that step of a run, counted from 0, with so many in its schedule. */
gboolean limn_prompt_lora_acts (const LimnPromptLora *lora, int step, int steps);
/* Whether it has it in some steps only. */
gboolean limn_prompt_lora_has_range (const LimnPromptLora *lora);

/* BASE, which is the text encoders; IN00 to IN11, M00, OUT00 to OUT11, as the original code of the U-Net counts. */
#define LIMN_LORA_BLOCKS 26
/* text: the name of one of the extension's settings ("MIDD"), or 12, 17, 20 or 26 numbers, of the blocks that SDXL and
 * SD 1.x have weights in and of all of theirs; those left out weigh 0.  weights: [LIMN_LORA_BLOCKS], or NULL.  FALSE
 * where it is none of that. */
gboolean limn_prompt_lora_blocks (const char *text, double *weights);
/* Such names; NULL: there are no more. */
const char *limn_prompt_lora_block_name (guint index);

/* prompt without these tags, as valid UTF-8.  names: NULL, or receives each name once (char *, owned by the array).
 * (transfer full) */
char *limn_prompt_without_loras (const char *prompt, GPtrArray *names);

G_END_DECLS
