/* graph-private.h - what the makers of random graphs share.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "graph-fixture.h"

typedef struct {
  GRand *rand;
  GHashTable *kinds;
  GPtrArray *nodes; /* "\"12\": { ... }" */
  LimnGraph *answer;
  guint ids;
  gboolean negative; /* which side's words are being written */
} LimnGraphMaker;

/* 0 to sides - 1 */
int limn_graph_dice (LimnGraphMaker *maker, int sides);
/* There must be a gap of that name; or one of the side whose words are being written. */
void limn_graph_gap (LimnGraphMaker *maker, const char *name);
void limn_graph_gap_of_words (LimnGraphMaker *maker);
/* Adds a node; inputs: JSON members.  Gives a link to its output.  (transfer full) */
char *limn_graph_add (LimnGraphMaker *maker, const char *kind, int output, const char *inputs, ...)
    G_GNUC_PRINTF (4, 5);

/* A JSON value, written or a link, that stands for the words that are added to meaning.  (transfer full) */
char *limn_graph_write_text (LimnGraphMaker *maker, GString *meaning, int depth);
