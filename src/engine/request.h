/* request.h - small questions about a request.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"

G_BEGIN_DECLS

/* The negative prompt of the first (0) or second (1) encoder, or NULL where it holds no words.  LoRA tags are none. */
const char *limn_request_negative (const LimnRequest *request, int encoder);
/* Appends to a "parameters" text that the picture was enlarged. */
void limn_parameters_add_upscaler (GString *out, LimnModel *upscaler);

G_END_DECLS
