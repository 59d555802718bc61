/* model.h - what lies behind a LimnModel: its checkpoint and its tokenizers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/embeddings.h"
#include "engine/limn.h"
#include "engine/request-loras.h"
#include "model/checkpoint.h"
#include "text/tokenizer.h"

G_BEGIN_DECLS

LimnCheckpoint *limn_model_checkpoint (LimnModel *model);
/* The tokenizer of LIMN_PART_TEXT_ENCODER or LIMN_PART_TEXT_ENCODER_2; NULL where the model lacks that encoder. */
LimnTokenizer *limn_model_tokenizer (LimnModel *model, LimnPartId which);
/* The id that this encoder's prompts are filled up with. */
int limn_model_pad (LimnModel *model, LimnPartId which);
/* What a person calls it: the folder's or file's name without ".safetensors". */
const char *limn_model_name (LimnModel *model);
/* What it has seen of LoRAs. */
LimnLoraShelf *limn_model_shelf (LimnModel *model);
/* The words that are vectors of their own, which its tokenizers know. */
LimnEmbeddings *limn_model_embeddings (LimnModel *model);
gboolean limn_model_is_refiner (LimnModel *model);
/* Whether its U-Net is told what is to be painted, see limn_unet_config_given ().  model: may be NULL. */
gboolean limn_model_inpaints (LimnModel *model);
/* Whether its U-Net is told the guidance, and so is never asked for two answers (LCM). */
gboolean limn_model_is_told_guidance (LimnModel *model);

G_END_DECLS
