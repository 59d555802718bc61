/* graph-fixture.h - random ComfyUI graphs, and what each of them was made to say.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

/* What a graph says.  Steps below 0: the graph computes them, which is a gap. */
typedef struct {
  GString *graph; /* JSON */
  char *prompt, *negative;
  guint64 seed;
  double steps, guidance;
  double painted;    /* steps that were done over a picture; 0: it began with noise */
  int width, height; /* 0: the graph has no size */
  const char *schedule;
  GHashTable *gaps; /* the names of those there must be, and of no others */
} LimnGraph;

/* kinds: takes in the names of the kinds of nodes that were used. */
LimnGraph *limn_test_graph_new (GRand *rand, GHashTable *kinds);
void limn_test_graph_free (LimnGraph *graph);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnGraph, limn_test_graph_free)
