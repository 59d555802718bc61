/* request-loras.h - the LoRAs that a request's prompts name, found, read and merged into its models.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"
#include "model/lora.h"

G_BEGIN_DECLS

/* What a model has seen of LoRAs: files that were found and read, and the last that were merged. */
typedef struct _LimnLoraShelf LimnLoraShelf;

LimnLoraShelf *limn_lora_shelf_new (void);
void limn_lora_shelf_free (LimnLoraShelf *shelf);

/* A tag of the prompt (or of the second one, where that names a LoRA which the first does not). */
typedef struct {
  char *name;
  char *unread; /* NULL, or what of the tag means nothing to Limn */
  double text, unet;
  LimnModel *model; /* the request's that it is for: its refiner where the base has nothing that it changes */
  LimnLora *lora;
} LimnRequestLora;

/* (element-type LimnRequestLora) in their order; NULL where one cannot be had.  (transfer full) */
GPtrArray *limn_request_loras (const LimnRequest *request, GError **error);
/* The weights of model, one of request's, made to fit as it says, with its LoRAs merged and its ControlNets beside;
 * without where these cannot be had.  Borrowed until model is asked for another request. */
LimnCheckpoint *limn_request_weights (const LimnRequest *request, LimnModel *model);

G_END_DECLS
