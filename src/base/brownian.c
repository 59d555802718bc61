/* brownian.c - see brownian.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/brownian.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Seeds ---- */

#define POOL 24
#define MOST_KEY 2

static guint32
hash (guint32 value, guint32 *multiplier, guint32 growth)
{
  value ^= *multiplier;
  *multiplier *= growth;
  value *= *multiplier;
  return value ^ value >> 16;
}

static void
mix (guint32 *into, guint32 value)
{
  guint32 mixed = 0xca01f9ddu * *into - 0x4973f715u * value;

  *into = mixed ^ mixed >> 16;
}

void
limn_seed_sequence (guint64 entropy, const guint32 *key, guint n_key, guint32 *out, guint n)
{
  const guint32 growth = 0x931e8875u;
  guint32 pool[POOL] = { (guint32) entropy, (guint32) (entropy >> 32) }, multiplier = 0x43b0d7e5u;

  g_return_if_fail (n_key <= MOST_KEY);

  for (guint i = 0; i < POOL; i++)
    pool[i] = hash (pool[i], &multiplier, growth);
  for (guint from = 0; from < POOL; from++)
    for (guint to = 0; to < POOL; to++)
      if (from != to)
        mix (&pool[to], hash (pool[from], &multiplier, growth));
  for (guint from = 0; from < n_key; from++)
    for (guint to = 0; to < POOL; to++)
      mix (&pool[to], hash (key[from], &multiplier, growth));
  multiplier = 0x8b51f9ddu;
  for (guint i = 0; i < n; i++)
    out[i] = hash (pool[i % POOL], &multiplier, 0x58f38dedu);
}

/* ---- The tree ---- */

/* A part of the path, and how it goes from its start to its end. */
typedef struct {
  double start, end;
  guint32 key, depth;
  float *way; /* [n] */
} Node;

/* To six decimals, as Python rounds. */
static double
round_time (double time)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  return g_ascii_strtod (g_ascii_formatd (text, sizeof text, "%.6f", time), NULL);
}

#define MOST_KEPT 72 /* draws: a question makes about 40, and what it has of the last one's are not its first */

typedef struct {
  guint32 seed;
  float normals[];
} Drawn;

/* path->draw (), or the same as it was kept. */
static void
draw_node (const LimnBrownian *path, guint32 seed, float *out, gsize n)
{
  GList *link = path->kept != NULL ? path->kept->head : NULL;

  while (link != NULL && ((Drawn *) link->data)->seed != seed)
    link = link->next;
  if (link != NULL) {
    g_queue_unlink (path->kept, link);
    g_queue_push_head_link (path->kept, link);
    memcpy (out, ((Drawn *) link->data)->normals, n * sizeof (float));
    return;
  }
  path->draw (path->data, seed, out, n);
  if (path->kept == NULL)
    return;
  Drawn *drawn = g_queue_get_length (path->kept) < MOST_KEPT ? g_malloc (sizeof (Drawn) + n * sizeof (float))
                                                             : g_queue_pop_tail (path->kept);
  drawn->seed = seed;
  memcpy (drawn->normals, out, n * sizeof (float));
  g_queue_push_head (path->kept, drawn);
}

void
limn_brownian_forget (GQueue *kept)
{
  g_queue_clear_full (kept, g_free);
}

/* How node goes up to middle; between: [n], gets it. */
static void
bridge (const LimnBrownian *path, const Node *node, double middle, float *between, gsize n)
{
  const guint32 key[] = { node->key, node->depth };
  float length = (float) (1 / (node->end - node->start)), left = (float) (middle - node->start);
  float spread = (float) sqrt ((middle - node->start) * (node->end - middle) / (node->end - node->start));
  guint32 seed;

  limn_seed_sequence (path->entropy, key, G_N_ELEMENTS (key), &seed, 1);
  draw_node (path, seed, between, n);
  for (gsize i = 0; i < n; i++)
    between[i] = left * node->way[i] * length + spread * between[i];
}

/* Adds the way from time from to time to, both of node's, to out.  node's own way is lost. */
static void
walk (const LimnBrownian *path, Node node, double from, double to, float *out, gsize n)
{
  g_autofree float *between = g_new (float, n);

  while (from > node.start || to < node.end) {
    double middle = round_time (0.5 * (node.end + node.start));
    gboolean later = middle < to;

    bridge (path, &node, middle, between, n);
    for (gsize i = 0; later && i < n; i++)
      node.way[i] -= between[i];
    if (!later)
      memcpy (node.way, between, n * sizeof (float));
    if (from < middle && later) {
      const Node earlier = { node.start, middle, 2 * node.key, node.depth + 1, between };

      walk (path, earlier, from, middle, out, n);
      from = middle;
    }
    *(later ? &node.start : &node.end) = middle;
    node.key = 2 * node.key + (later ? 1 : 0);
    node.depth++;
  }
  for (gsize i = 0; i < n; i++)
    out[i] += node.way[i];
}

void
limn_brownian_noise (const LimnBrownian *path, double from, double to, float *out, gsize n)
{
  g_autofree float *way = g_new (float, n);
  Node root = { round_time (path->start), round_time (path->end), 0, 0, way };
  double earlier = round_time (CLAMP (MIN (from, to), root.start, root.end));
  double later = round_time (CLAMP (MAX (from, to), root.start, root.end));
  float whole = (float) sqrt (path->end - path->start),
        scale = (float) ((from < to ? 1 : -1) / sqrt (fabs (to - from)));
  guint32 seed;

  memset (out, 0, n * sizeof (float));
  if (earlier == later)
    return;
  limn_seed_sequence (path->entropy, NULL, 0, &seed, 1);
  draw_node (path, seed, way, n);
  for (gsize i = 0; i < n; i++)
    way[i] *= whole;
  walk (path, root, earlier, later, out, n);
  for (gsize i = 0; i < n; i++)
    out[i] *= scale;
}
