/* foreign-comfy.h - what the readers of a ComfyUI graph share: nodes, links, and what travels along them.
 *
 * The graph is { "id": { "class_type": "KSampler", "inputs": { "seed": 1, "model": ["4", 0], ... } }, ... }, where a
 * list of a node's id and an output's number is a link.  Nodes are known by what they have, not by what they are
 * called: programs' own nodes are without number.  Names of inputs are compared whatever their letters' case; lists of
 * names end in NULL.  Every step against a link is counted, so that a graph that bites its tail, or doubles at each
 * node, ends too: then nothing more is found.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "session/foreign/foreign-private.h"

G_BEGIN_DECLS

#define LIMN_COMFY_MOST_DEPTH 64
#define LIMN_COMFY_MOST_HOPS 4096 /* of one question to a graph */

typedef struct {
  LimnForeign *foreign;
  const LimnJson *nodes;
  const char *const *models;
  guint hops;           /* that are left */
  double width, height; /* of the picture; 0: not known */
} LimnComfy;

/* ---- foreign-comfy-graph.c ---- */

const char *limn_comfy_kind (const LimnJson *node);
/* word: lower case, anywhere in the node's kind. */
gboolean limn_comfy_is (const LimnJson *node, const char *word);
gboolean limn_comfy_has_word (const char *name, const char *word);
const LimnJson *limn_comfy_inputs (const LimnJson *node);
const LimnJson *limn_comfy_input (const LimnJson *node, const char *name);
/* The first of names that the node has, or NULL. */
const LimnJson *limn_comfy_any (const LimnJson *node, const char *const *names);
gboolean limn_comfy_is_link (const LimnJson *value);
/* A context, a tuple: several things on one link. */
gboolean limn_comfy_is_pipe (const char *name, const LimnJson *value);
/* The node at the other end of value, or NULL; counts as a step. */
const LimnJson *limn_comfy_follow (LimnComfy *comfy, const LimnJson *value);

/* The first of names at the node, or at a node behind its pipes.  owner: NULL, or receives the node that has it. */
const LimnJson *limn_comfy_find (LimnComfy *comfy, const LimnJson *node, const char *const *names,
                                 const LimnJson **owner);
/* What a node that only hands on hands on: a switch's choice, or its only link; NULL for other nodes. */
const LimnJson *limn_comfy_relay (LimnComfy *comfy, const LimnJson *node);
/* The same of a switch alone.  known: receives whether its choice is. */
const LimnJson *limn_comfy_choice (LimnComfy *comfy, const LimnJson *node, gboolean *known);
/* The node behind the first of names, else behind what the node hands on. */
const LimnJson *limn_comfy_behind (LimnComfy *comfy, const LimnJson *node, const char *const *names);
/* A number, text or truth, followed to where it was written; NULL where the graph computes it. */
const LimnJson *limn_comfy_scalar (LimnComfy *comfy, const LimnJson *value, const char *const *names);
const LimnJson *limn_comfy_value (LimnComfy *comfy, const LimnJson *node, const char *const *names);
gboolean limn_comfy_number (LimnComfy *comfy, const LimnJson *node, const char *const *names, double *number);
const char *limn_comfy_string (LimnComfy *comfy, const LimnJson *node, const char *const *names);

/* ---- foreign-comfy-guidance.c ---- */

/* FALSE where node is for something else. */
gboolean limn_comfy_read_guidance (LimnComfy *comfy, const LimnJson *node);
/* What a sampler or guider with normalised attention guidance was told of it.  guidance: its own beside. */
void limn_comfy_read_nag (LimnComfy *comfy, const LimnJson *node, double guidance);

/* ---- foreign-comfy-levels.c ---- */

/* What a node that makes noise levels by itself comes to: a schedule of Limn's, or, where its numbers are others, the
 * levels as text.  FALSE where it is none of these, or what it makes is not known. */
gboolean limn_comfy_read_levels (LimnComfy *comfy, const LimnJson *node, double steps, const char **schedule,
                                 const char **sigmas);

/* ---- foreign-comfy-text.c ---- */

/* What stands in a text, as it was written, or NULL, which is told. */
char *limn_comfy_read_text (LimnComfy *comfy, const LimnJson *node, gboolean negative, gboolean second,
                            gboolean *choices);
/* The node has a text of its own, or a link to one. */
gboolean limn_comfy_bears_text (const LimnJson *node, gboolean negative);

/* ---- foreign-comfy-prompt.c ---- */

typedef struct {
  char *text;   /* as Limn reads it; NULL: unknown, which is told */
  char *second; /* for the second encoder */
  LimnSizeHints hints;
  gboolean has_hints;
  double score;            /* the refiner's; below 0: none */
  const LimnJson *encoder; /* NULL: none was found */
  GPtrArray *areas;        /* NULL, or LimnRegion: prompts that were for parts of the picture ... */
  gboolean beside;         /* ... beside text */
} LimnComfyPrompt;

LimnComfyPrompt limn_comfy_read_prompt (LimnComfy *comfy, const LimnJson *sampler, gboolean negative);
void limn_comfy_prompt_clear (LimnComfyPrompt *prompt);

/* ---- foreign-comfy-control.c ---- */

/* A ControlNet that is applied by node; FALSE where its file or weight is not known. */
gboolean limn_comfy_read_control (LimnComfy *comfy, const LimnJson *node);

/* ---- foreign-comfy-model.c ---- */

/* The name of the model's file, or NULL; all that changed the model on the way is told. */
const char *limn_comfy_read_model (LimnComfy *comfy, const LimnJson *sampler);
/* Tells what changed the text encoder between its file and the node that encodes. */
void limn_comfy_check_clip (LimnComfy *comfy, const LimnJson *encoder);
void limn_comfy_check_vae (LimnComfy *comfy, const LimnJson *decoder);

/* ---- foreign-comfy-sampler.c ---- */

#define LIMN_COMFY_MOST_SAMPLERS 8

/* The way of a picture: from what saves it back to the noise it began with. */
typedef struct {
  const LimnJson *samplers[LIMN_COMFY_MOST_SAMPLERS]; /* nearest the saved picture first */
  guint n_samplers;
  GPtrArray *between; /* (element-type LimnJson) the other nodes on it */
} LimnComfyWay;

LimnComfyWay *limn_comfy_way_new (LimnComfy *comfy, const LimnJson *end);
void limn_comfy_way_free (LimnComfyWay *way);

/* What a sampler was told, whichever kind it is.  Numbers are NAN where they are not known. */
typedef struct {
  const LimnJson *node;
  const LimnJson *seed;
  const char *sampler, *schedule;
  const char *sigmas;  /* NULL, or the noise levels that no schedule has */
  gboolean is_spaced;  /* all is read of the node that makes them */
  const LimnJson *nag; /* NULL, or the node that was told of normalised attention guidance */
  double steps, guidance, denoise, start, end;
  double refine; /* the step at which the node itself goes on with a refiner; below 0: it does not */
  gboolean adds_noise, keeps_noise;
} LimnComfySampling;

/* Where the latents that a sampler began with came from. */
typedef struct {
  gboolean has_size, is_picture, is_masked;
  double width, height;
  double batch;       /* pictures whose noise was drawn at once */
  double index;       /* which of them it is, from 0; below 0: not said */
  gboolean is_picked; /* it was painted without the others */
} LimnComfyStart;

LimnComfySampling limn_comfy_read_sampling (LimnComfy *comfy, const LimnJson *sampler);
LimnComfyStart limn_comfy_read_start (LimnComfy *comfy, const LimnJson *sampler);
/* Whether node takes one picture, number index from 0, of a batch. */
gboolean limn_comfy_read_picked (LimnComfy *comfy, const LimnJson *node, double *index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnComfyWay, limn_comfy_way_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LimnComfyPrompt, limn_comfy_prompt_clear)

G_END_DECLS
