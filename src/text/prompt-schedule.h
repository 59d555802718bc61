/* prompt-schedule.h - what a prompt says at each step, and the prompts that it is made of, in the syntax of
 * stable-diffusion-webui.
 *
 *   [a:b:12]  a to step 12, then b; [b:12] nothing, then b; [a::12] a, then nothing; [a:b:0.5] a for half of the steps
 *   [a|b|c]   by turns, a step each
 *   a AND b   two prompts, whose guidance is added up; a:0.7 AND b:1.2 with weights
 *
 * They nest in each other and in emphasis.  A group that is not well formed is text; where a bar stands outside of a
 * group, or a backslash has nothing to escape, all of the prompt is: the web UI's grammar is refused then.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/emphasis.h"

G_BEGIN_DECLS

typedef struct {
  int until; /* the step after which the next entry holds, from 1 */
  char *text;
} LimnPromptEntry;

/* At least one; the last is until steps.  before: steps of the pass before this one, or 0: numbers go on from there,
 * and shares from 1.  old: a number of 1 or more is a step, with a point in it, too, and each pass counts for itself;
 * else such a one is a share.  prompt: valid UTF-8.  (element-type LimnPromptEntry) (transfer full): g_array_unref ()
 * frees the texts. */
GArray *limn_prompt_schedule_read (const char *prompt, int steps, int before, gboolean old);
/* The entry that holds when so many evaluations have been made; as the web UI counts, the first holds for one more. */
guint limn_prompt_schedule_at (const GArray *entries, int evaluation);

typedef struct {
  char *text;
  double weight;
} LimnPromptPart;

/* The prompts that AND joins, at least one, as emphasis reads them: where it does not, prompt itself.
 * (element-type LimnPromptPart) (transfer full): g_array_unref () frees the texts. */
GArray *limn_prompt_parts_read (const char *prompt, const LimnEmphasis *emphasis);

/* ---- For those who show a prompt ---- */

typedef enum {
  LIMN_EDIT_NONE,
  LIMN_EDIT_SIGN,  /* [ : | ] of an edit or of turns */
  LIMN_EDIT_NUMBER /* when */
} LimnEditMark;

/* For each byte of prompt what it is: of guint8.  (transfer full) */
guint8 *limn_prompt_schedule_marks (const char *prompt);

G_END_DECLS
