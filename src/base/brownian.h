/* brownian.h - a path of Brownian motion that any two may walk alike: torchsde's BrownianTree.
 *
 * Known at both ends, it is halved until a time that is asked for is an end of some half; where each half ends is a
 * draw from a bridge (Kidger et al. 2021, "Efficient and accurate gradients for neural SDEs", appendix E).  The normals
 * of a node are the first of a generator whose seed is told by the root's entropy and the node's place alone, by
 * numpy's SeedSequence (O'Neill 2015, "Developing a seed_seq alternative"): nothing has to be kept between two
 * questions, but for time.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint64 entropy;
  double start, end; /* start < end */
  /* out: [n], N(0, 1), as a new generator of that seed gives them first. */
  void (*draw) (gpointer data, guint32 seed, float *out, gsize n);
  gpointer data;
  /* NULL, or what nodes drew lately, empty at first, always with the same draw and n: a question begins where the one
   * before it ended, and so meets half of its nodes again. */
  GQueue *kept;
} LimnBrownian;

/* How the path goes from time from to time to, of variance 1.  Either may be the earlier one.  out: [n]. */
void limn_brownian_noise (const LimnBrownian *path, double from, double to, float *out, gsize n);

void limn_brownian_forget (GQueue *kept);

/* numpy.random.SeedSequence (entropy, spawn_key=key, pool_size=24).generate_state (n).  key: [n_key]. */
void limn_seed_sequence (guint64 entropy, const guint32 *key, guint n_key, guint32 *out, guint n);

G_END_DECLS
