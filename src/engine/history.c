/* history.c - see history.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/history.h"

#include <string.h>

struct _LimnHistory {
  guint most, n_past, added;
  gsize values;
  LimnPast past[LIMN_MOST_PAST]; /* the last step first */
  float *latents[LIMN_MOST_PAST], *denoised[LIMN_MOST_PAST],
      *negative[LIMN_MOST_PAST]; /* what past points to, by turns */
};

LimnHistory *
limn_history_new (guint most, gsize values)
{
  LimnHistory *history = g_new0 (LimnHistory, 1);

  g_assert (most <= LIMN_MOST_PAST);
  history->most = most;
  history->values = values;
  for (guint i = 0; i < most; i++) {
    history->latents[i] = g_new (float, values);
    history->denoised[i] = g_new (float, values);
    history->negative[i] = g_new (float, values);
  }
  return history;
}

void
limn_history_free (LimnHistory *history)
{
  if (history == NULL)
    return;
  for (guint i = 0; i < history->most; i++) {
    g_free (history->latents[i]);
    g_free (history->denoised[i]);
    g_free (history->negative[i]);
  }
  g_free (history);
}

void
limn_history_begin (LimnHistory *history, const LimnPast *past, guint n_past)
{
  history->n_past = MIN (n_past, history->most);
  for (guint i = 0; i < history->n_past; i++)
    history->past[i] = past[i];
}

void
limn_history_add (LimnHistory *history, const LimnPast *did)
{
  gsize bytes = history->values * sizeof (float);
  guint at;

  if (history->most == 0)
    return;
  at = history->added++ % history->most;
  memcpy (history->latents[at], did->latents, bytes);
  memcpy (history->denoised[at], did->denoised, bytes);
  if (did->negative != NULL)
    memcpy (history->negative[at], did->negative, bytes);
  memmove (history->past + 1, history->past, (history->most - 1) * sizeof (LimnPast));
  history->past[0] = *did;
  history->past[0].latents = history->latents[at];
  history->past[0].denoised = history->denoised[at];
  history->past[0].negative = did->negative != NULL ? history->negative[at] : NULL;
  history->n_past = MIN (history->n_past + 1, history->most);
}

const LimnPast *
limn_history_past (const LimnHistory *history, guint *n_past)
{
  *n_past = history->n_past;
  return history->past;
}
