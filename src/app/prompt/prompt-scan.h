/* prompt-scan.h - what the parts of a prompt are: emphasis, edits, choices, wildcards, LoRA tags, and what has no
 * partner.
 *
 * Reads as text/prompt-weights.h, text/prompt-compel.h, text/prompt-schedule.h and text/wildcards.h do.  Neither GTK
 * nor state: any thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/emphasis.h"

G_BEGIN_DECLS

typedef enum {
  LIMN_MARK_TEXT,
  LIMN_MARK_ESCAPE,        /* a backslash and what it makes text */
  LIMN_MARK_BRACKET,       /* ( ) [ ] with a partner */
  LIMN_MARK_UNMATCHED,     /* a bracket or brace without one */
  LIMN_MARK_WEIGHT,        /* ":1.2" before its ); compel's "++" or "1.2" behind what it weighs */
  LIMN_MARK_ORDER,         /* compel's quotes, and ".blend" */
  LIMN_MARK_BREAK,         /* BREAK and AND */
  LIMN_MARK_EDIT,          /* [ : | ] of "[a:b:0.5]" and "[a|b]" */
  LIMN_MARK_EDIT_NUMBER,   /* when it changes */
  LIMN_MARK_CHOICE,        /* { | } of a choice */
  LIMN_MARK_CHOICE_WEIGHT, /* "2::", "2$$" */
  LIMN_MARK_WILDCARD,      /* __name__ */
  LIMN_MARK_LORA           /* <lora:name:0.8> */
} LimnPromptMark;

typedef struct {
  guint start, end; /* bytes */
  LimnPromptMark mark;
  /* Of a bracket the other one's index; of a sign of a choice or an edit the place of the first or, for that, of the
   * last. */
  guint partner;
  double weight; /* of all groups that it is in; a group's brackets are in it */
} LimnPromptSpan;

/* Spans without a gap from 0 to the end.  text: valid UTF-8.  emphasis: which signs are any; NULL: Limn's own.
 * (element-type LimnPromptSpan) (transfer full) */
GArray *limn_prompt_scan (const char *text, const LimnEmphasis *emphasis);

/* The number of a ":1.2" at text, or of compel's "1.2" or "++" there. */
double limn_prompt_scan_number (const char *text);

G_END_DECLS
