/* script.h - what is said at each evaluation of a run: its prompts as they change from step to step, and those that are
 * joined by AND.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/mask-area.h"
#include "base/regions.h"
#include "engine/conditioning.h"
#include "engine/limn.h"

G_BEGIN_DECLS

#define LIMN_MOST_PARTS 16 /* prompts that AND joins */

typedef struct {
  LimnCaption *captions; /* [n_captions], each of which is encoded once */
  int n_captions;
  int rows;         /* of one evaluation: the negative, if it is said, then the parts */
  gboolean negated; /* row 0 is the negative */
  int n_parts;
  double weights[LIMN_MOST_PARTS];
  int before, total, evaluations; /* see limn_script_new () */
  int *said;                      /* [evaluations, rows]: captions, from where the run's schedule begins */
  GPtrArray *regions;             /* LimnRegion: those that count ... */
  int *said_of;                   /* ... [evaluations, regions, 2]: what each is told, the negative and the prompt */
  int lines;                      /* prompts whose captions have been added */
  GPtrArray *texts;               /* what the captions point to */
} LimnScript;

/* request: checked.  area: NULL, or what it paints of its picture.  total: evaluations of the whole schedule as prompts
 * count them; evaluations: those from where a run of it begins; before: those of the whole schedule of the pass before
 * it, 0: it is the first. */
LimnScript *limn_script_new (const LimnRequest *request, const LimnArea *area, int before, int total, int evaluations);
void limn_script_free (LimnScript *script);

/* Whether what the network says is not the positive, or negative and positive, as they are: several parts, or a weight
 * other than 1. */
gboolean limn_script_joins (const LimnScript *script);
/* Whether the negative is said in steps without guidance, too, by normalised attention guidance. */
gboolean limn_script_opposes (const LimnRequest *request);
/* Composable diffusion (Liu et al. 2022), as stable-diffusion-webui has it: negative + the sum of weight (part -
 * negative).  out: [rows, n]; joined: [n]. */
void limn_script_join (const LimnScript *script, const float *out, float *joined, gsize n);

/* A bit for each of its regions that counts in that step. */
guint limn_script_regions_at (const LimnScript *script, int step, int steps);
/* The caption of what region is told at evaluation. */
int limn_script_said_of (const LimnScript *script, int evaluation, int region, gboolean negative);
/* Whether the same is said at both. */
gboolean limn_script_says_same (const LimnScript *script, int evaluation, int other);

/* FALSE with an error where AND joins more than LIMN_MOST_PARTS, or a region says what none can. */
gboolean limn_script_check (const LimnRequest *request, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnScript, limn_script_free)

G_END_DECLS
