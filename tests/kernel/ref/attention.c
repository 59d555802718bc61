/* attention.c - softmax (Q K^T / sqrt (d)) V with the scores in memory.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "ref/ref.h"

#include <math.h>

static void
one_query (const RefAttention *attention, const float *q, const float *k, const float *v, const float *hidden,
           int visible, double *scores, double *out)
{
  int stride = attention->heads * attention->head;
  double highest = -INFINITY, sum = 0;

  for (int key = 0; key < visible; key++) {
    scores[key] = -INFINITY;
    if (hidden != NULL && hidden[key] != 0)
      continue;
    scores[key] = 0;
    for (int i = 0; i < attention->head; i++)
      scores[key] += (double) q[i] * k[(gsize) key * stride + i];
    scores[key] /= sqrt (attention->head);
    highest = fmax (highest, scores[key]);
  }
  for (int i = 0; i < attention->head; i++)
    out[i] = 0;
  for (int key = 0; key < visible; key++) {
    double weight = exp (scores[key] - highest);

    sum += weight;
    for (int i = 0; i < attention->head; i++)
      out[i] += weight * v[(gsize) key * stride + i];
  }
  for (int i = 0; i < attention->head; i++)
    out[i] /= sum;
}

void
ref_attention (const RefAttention *attention, const float *q, const float *k, const float *v, double *out)
{
  int stride = attention->heads * attention->head;
  g_autofree double *scores = g_new (double, attention->keys);

  for (int item = 0; item < attention->items; item++) {
    for (int query = 0; query < attention->queries; query++) {
      int visible = attention->causal ? query + 1 : attention->keys;
      gsize row = ((gsize) item * attention->queries + query) * stride, keys = (gsize) item * attention->keys * stride;

      for (int head = 0; head < attention->heads; head++) {
        int first = head * attention->head;
        if (item >= attention->items - attention->alone)
          for (int i = 0; i < attention->head; i++)
            out[row + first + i] = v[row + first + i];
        else
          one_query (attention, q + row + first, k + keys + first, v + keys + first,
                     attention->hidden != NULL ? attention->hidden + (gsize) item * attention->keys : NULL, visible,
                     scores, out + row + first);
      }
    }
  }
}
