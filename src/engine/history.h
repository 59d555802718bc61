/* history.h - what a network's steps leave for the next ones, over all acts of a run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

typedef struct _LimnHistory LimnHistory;

/* most: steps that are remembered, LIMN_MOST_PAST at most; values: floats of a step's latents. */
LimnHistory *limn_history_new (guint most, gsize values);
void limn_history_free (LimnHistory *history);
/* past: [n_past], the last step first; borrowed. */
void limn_history_begin (LimnHistory *history, const LimnPast *past, guint n_past);
/* did: copied. */
void limn_history_add (LimnHistory *history, const LimnPast *did);
/* [n_past], the last step first. */
const LimnPast *limn_history_past (const LimnHistory *history, guint *n_past);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnHistory, limn_history_free)

G_END_DECLS
