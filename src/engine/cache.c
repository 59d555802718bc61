/* cache.c - see cache.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/cache.h"

#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "engine/sampler.h"

/* As ComfyUI's node and stable-diffusion.cpp have it: composition and the last touches are asked for. */
#define FROM 0.15
#define TO 0.95

/* In a row.  LIMN_MOST_PAST steps tell the last two that were asked. */
#define MOST_HELD 2
G_STATIC_ASSERT (LIMN_MOST_PAST >= 2 * (MOST_HELD + 1));

gboolean
limn_cache_is_on (const LimnFields *fields)
{
  const LimnSampler *sampler = limn_sampler_find (fields->sampler);

  /* where a step pointed without the prompt is in no trail */
  return fields->cache > 0 && sampler != NULL && !sampler->contrasts;
}

int
limn_fields_history (const LimnFields *fields)
{
  const LimnChoice *sampler = limn_choice_find (limn_sampler_choice, fields->sampler);

  if (limn_cache_is_on (fields))
    return LIMN_MOST_PAST;
  return sampler != NULL ? sampler->history : 0;
}

/* The first from at on that was asked; n_past where that is not known. */
static guint
find_asked (const LimnPast *past, guint n_past, guint at, gsize n)
{
  while (at + 1 < n_past && memcmp (past[at].denoised, past[at + 1].denoised, n * sizeof (float)) == 0)
    at++;
  return MIN (at, n_past);
}

/* How much two answers differ, relative to the second. */
static double
change (const float *a, const float *b, gsize n)
{
  double differences = 0, squares = 0;

  for (gsize i = 0; i < n; i++) {
    differences += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    squares += (double) b[i] * b[i];
  }
  return sqrt (differences / squares);
}

/* Steps before the network was told something else do not count. */
static guint
told_alike (const LimnPast *past, guint n_past)
{
  guint n = 0;

  while (n < n_past && !past[n].otherwise)
    n++;
  return n;
}

int
limn_cache_hold (const LimnFields *fields, int step, int steps, double sigma, const LimnPast *past, guint n_past,
                 gsize n)
{
  double middle = (step + 0.5) / steps, rate;

  n_past = told_alike (past, n_past);
  guint last = find_asked (past, n_past, 0, n), other = find_asked (past, n_past, last + 1, n);

  if (!limn_cache_is_on (fields) || middle < FROM || middle > TO || step + 1 == steps || last >= MOST_HELD
      || other >= n_past)
    return 0;
  rate = change (past[other].denoised, past[last].denoised, n) / fabs (log (past[other].sigma / past[last].sigma));
  return rate * fabs (log (past[last].sigma / sigma)) < fields->cache ? (int) last + 1 : 0;
}

void
limn_cache_count (LimnCache *cache, int evaluations, const float *denoised, const LimnPast *past, guint n_past, gsize n)
{
  n_past = told_alike (past, n_past);
  cache->asked += evaluations;
  if (n_past > 0 && find_asked (past, n_past, 0, n) > 0)
    cache->most_changed = MAX (cache->most_changed, change (past[0].denoised, denoised, n));
}

char *
limn_cache_to_text (const LimnCache *cache)
{
  if (cache->left_out == 0)
    return NULL;
  /* translators: how many evaluations of the network step caching left out, of how many; by how much of its size an
   * answer had changed at most */
  return g_strdup_printf (_ ("%d of %d evaluations left out, changed by %.1f %% at most"), cache->left_out,
                          cache->asked + cache->left_out, 100 * cache->most_changed);
}
