/* prompt-loras.h - the LoRAs that a prompt names: "<lora:name:0.8>", as stable-diffusion-webui has them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  char *name;
  double text, unet;   /* the weights for text encoders and U-Net */
  char *unread;        /* NULL, or what else the tag says: "lbw=MIDD" */
  gsize start, length; /* of the tag, in bytes */
} LimnPromptLora;

/* The tags of prompt, in their order.  "<lora:name>" has the weights 1, "<lora:name:0.8>" 0.8 for both,
 * "<lora:name:0.5:0.8>" 0.5 for the text encoders and 0.8 for the U-Net; so have "te=0.5" and "unet=0.8".  <lyco:> is
 * the same.  (element-type LimnPromptLora) (transfer full) */
GArray *limn_prompt_loras (const char *prompt);
/* "<lora:name:0.8>".  (transfer full) */
char *limn_prompt_lora_tag (const char *name, double text, double unet);

/* prompt without these tags, as valid UTF-8.  names: NULL, or receives each name once (char *, owned by the array).
 * (transfer full) */
char *limn_prompt_without_loras (const char *prompt, GPtrArray *names);

G_END_DECLS
