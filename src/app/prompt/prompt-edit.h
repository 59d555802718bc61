/* prompt-edit.h - more or less weight for a part of a prompt, as text.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/emphasis.h"

G_BEGIN_DECLS

/* Replace [start, end) by text, then select [select_start, select_end) of the outcome.  All in bytes. */
typedef struct {
  guint start, end;
  char *text;
  guint select_start, select_end;
} LimnPromptEdit;

/* Adds step to the weight of the selection [start, end), or where that is empty of the group, LoRA tag or word at
 * start.  "(word)" counts as 1.1 and "[word]" as 0.9; at 1 the brackets go.  Weights stay within 0..10 unless they were
 * outside before.  emphasis: whose signs text has; NULL: Limn's own.  FALSE where there is nothing to weigh or brackets
 * would be torn apart.  text: valid UTF-8.  edit->text: (transfer full) */
gboolean limn_prompt_edit_weight (const char *text, guint start, guint end, double step, const LimnEmphasis *emphasis,
                                  LimnPromptEdit *edit);

G_END_DECLS
