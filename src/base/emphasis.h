/* emphasis.h - what a prompt's signs mean and do, a row for each program whose pictures people bring along.
 *
 * To add one: its row in emphasis.c, where it reads, cuts or weighs in a way that no other does, that way here and in
 * text/prompt-weights.c, text/prompt-tokens.c or engine/conditioning.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

/* What brackets are. */
typedef enum {
  LIMN_BRACKETS_MULTIPLY, /* stable-diffusion-webui's, with BREAK: an inner weight multiplies the outer one */
  LIMN_BRACKETS_REPLACE,  /* ComfyUI's: an inner weight stands for the outer one; [ ] and BREAK are text */
  LIMN_BRACKETS_COMPEL,   /* compel's: "word++", "(words)1.3", mixtures; see text/prompt-compel.h */
  LIMN_BRACKETS_TEXT      /* all of it is text */
} LimnBrackets;

/* Where a chunk of 75 tokens ends that is not full. */
typedef enum {
  LIMN_CUT_FULL,     /* nowhere */
  LIMN_CUT_COMMA,    /* after a comma among its last 20 tokens */
  LIMN_CUT_SENTENCE, /* after the last point among its 75 tokens, or else other such sign, or else word */
  LIMN_CUT_PIECE     /* before what stands between brackets, where that is less than 8 tokens */
} LimnCut;

/* What a weight does to a token's state. */
typedef enum {
  LIMN_WEIGH_FROM_EMPTY, /* moves it from what the empty prompt has at its place */
  LIMN_WEIGH_PRODUCT,    /* multiplies it */
  LIMN_WEIGH_MEAN,       /* multiplies it, and then all of its chunk so that their mean is as it was */
  LIMN_WEIGH_NOT         /* nothing */
} LimnWeighing;

typedef struct {
  LimnChoice choice;
  LimnBrackets brackets;
  LimnCut cut;
  LimnWeighing weighing;
  /* What weighs less than 1 is mixed, by tan ((1 - weight) pi / 2), with what the prompt says where nothing sees it. */
  gboolean hides;
  gboolean spoken;  /* the pooled vector is of the prompt's signs and words alike */
  gboolean edits;   /* "[a:b:0.5]", "[a|b]" and AND are read, see text/prompt-schedule.h */
  gboolean numbers; /* ":2" at its end is the weight of a prompt without AND, too */
  gboolean repeats; /* a shorter prompt is said again beside a longer one; else it is filled up with nothing */
} LimnEmphasis;

/* For the id of a token that no other sees, nor itself; and back. */
#define LIMN_HIDDEN_ID(id) (~(id))

/* The row of that name; NULL or none of it: the default. */
const LimnEmphasis *limn_emphasis_find (const char *name);
/* Its rows, for people to choose from. */
const LimnChoice *limn_emphasis_choice (guint index);

#define LIMN_EDITING_OLD "old"

/* How the number of "[a:b:5.0]" counts: with a point it is a share of the steps, or, in the old way, where it is below
 * 1. */
const LimnChoice *limn_editing_choice (guint index);

G_END_DECLS
