/* request-loras.h - the LoRAs that a request's prompts name, found, read and merged into its models.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"
#include "model/lora.h"
#include "text/prompt-loras.h"

G_BEGIN_DECLS

/* What a model has seen of LoRAs: files that were found and read, and the last that were merged. */
typedef struct _LimnLoraShelf LimnLoraShelf;

LimnLoraShelf *limn_lora_shelf_new (void);
void limn_lora_shelf_free (LimnLoraShelf *shelf);

/* A tag of the prompt (or of the second one, where that names a LoRA which the first does not). */
typedef struct {
  char *name;
  char *unread;    /* NULL, or what of the tag means nothing to Limn */
  gboolean staged; /* the tag says whose it is; one that says both is here twice */
  double text, unet;
  gboolean by_blocks;
  double blocks[LIMN_LORA_BLOCKS]; /* with by_blocks, as limn_prompt_lora_blocks () has them */
  double from, until;              /* the steps that have it, as LimnPromptLora has them */
  LimnModel *model;                /* the request's that it is for */
  LimnLora *lora;
} LimnRequestLora;

/* (element-type LimnRequestLora) in their order; NULL where one cannot be had.  (transfer full) */
GPtrArray *limn_request_loras (const LimnRequest *request, GError **error);
/* The names in tags that are for a model which request does not have.  (element-type utf8) (transfer full) */
GPtrArray *limn_request_idle_loras (const LimnRequest *request);
/* The weights of model, one of request's, made to fit as it says, with its LoRAs merged and its ControlNets beside;
 * without where these cannot be had.  Borrowed until model is asked for another request. */
LimnCheckpoint *limn_request_weights (const LimnRequest *request, LimnModel *model);
/* The same with those LoRAs alone that the U-Net has in that step of a run, counted from where it begins, with so many
 * in its schedule. */
LimnCheckpoint *limn_request_weights_at (const LimnRequest *request, LimnModel *model, int step, int steps);
/* Whether it has the same in two steps. */
gboolean limn_request_has_same_loras (const LimnRequest *request, int a, int b, int steps);

G_END_DECLS
