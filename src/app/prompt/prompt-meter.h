/* prompt-meter.h - a bar that fills with a prompt's tokens, a segment for each chunk of 75.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define LIMN_TYPE_PROMPT_METER (limn_prompt_meter_get_type ())
G_DECLARE_FINAL_TYPE (LimnPromptMeter, limn_prompt_meter, LIMN, PROMPT_METER, GtkWidget)

#define LIMN_METER_CHUNKS 8 /* as many are drawn; the last one stands for all beyond */

/* used: [MIN (chunks, LIMN_METER_CHUNKS)] tokens in each chunk.  chunks: 1 or more. */
void limn_prompt_meter_set (LimnPromptMeter *self, const int *used, int chunks);

G_END_DECLS
