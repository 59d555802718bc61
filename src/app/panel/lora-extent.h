/* lora-extent.h - a button that opens in which models, steps and blocks a LoRA acts.
 *
 * Signal: "changed" (), a person has written something else that means something.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "text/prompt-loras.h"

G_BEGIN_DECLS

#define LIMN_TYPE_LORA_EXTENT (limn_lora_extent_get_type ())
G_DECLARE_FINAL_TYPE (LimnLoraExtent, limn_lora_extent, LIMN, LORA_EXTENT, GtkWidget)

GtkWidget *limn_lora_extent_new (void);
/* Shows what lora says; emits nothing. */
void limn_lora_extent_show (LimnLoraExtent *self, const LimnPromptLora *lora);
/* What is written comes to lora: its stage, its steps, and its blocks as a text that is self's. */
void limn_lora_extent_fill (LimnLoraExtent *self, LimnPromptLora *lora);

/* "refiner only · from step 5 · blocks MIDD"; NULL: the tag says nothing of it.  (transfer full) */
char *limn_lora_extent_describe (const LimnPromptLora *lora);

G_END_DECLS
