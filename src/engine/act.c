/* act.c - see act.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/act.h"

#include <string.h>

#include "engine/model.h"

gboolean
limn_network_is (const LimnNetwork *a, const LimnNetwork *b)
{
  return a->kind == b->kind && a->model == b->model;
}

LimnCheckpoint *
limn_network_weights (const LimnNetwork *network)
{
  return network->weights != NULL ? network->weights : limn_model_checkpoint (network->model);
}

gboolean
limn_act_steps (const LimnAct *act)
{
  return act->first < act->last;
}

int
limn_acts_rows (const LimnAct *acts)
{
  int count = 0;

  for (const LimnAct *act = acts; act != NULL; act = act->next)
    if (limn_act_steps (act))
      count += act->uses[0].evaluations * act->uses[0].network.shape.batch;
  return count;
}

/* The next act that takes steps; NULL: none is left. */
static const LimnAct *
find_steps (const LimnAct *acts)
{
  while (acts != NULL && !limn_act_steps (acts))
    acts = acts->next;
  return acts;
}

static gboolean
use_same (const LimnAct *a, const LimnAct *b)
{
  if (a->first != b->first || a->last != b->last || a->n_uses != b->n_uses)
    return FALSE;
  for (int k = 0; k < a->n_uses; k++) {
    const LimnNetwork *one = &a->uses[k].network, *other = &b->uses[k].network;

    if (!limn_network_is (one, other) || one->precision != other->precision
        || memcmp (&one->shape, &other->shape, sizeof one->shape) != 0
        || limn_checkpoint_difference (limn_network_weights (one), limn_network_weights (other), one->kind->part) > 0)
      return FALSE;
  }
  return TRUE;
}

gboolean
limn_acts_are_alike (const LimnAct *acts, const LimnAct *others)
{
  const LimnAct *a = find_steps (acts), *b = find_steps (others);

  while (a != NULL && b != NULL && use_same (a, b)) {
    a = find_steps (a->next);
    b = find_steps (b->next);
  }
  return a == NULL && b == NULL;
}

gboolean
limn_acts_name (const LimnAct *acts, LimnModel *model)
{
  for (const LimnAct *act = acts; act != NULL; act = act->next)
    for (int k = 0; k < act->n_uses; k++)
      if (act->uses[k].network.model == model)
        return TRUE;
  return FALSE;
}

LimnWork
limn_acts_work (const LimnAct *acts)
{
  LimnWork work = { 0 };

  for (const LimnAct *act = acts; act != NULL; act = act->next) {
    double each = 0, all = 0;

    for (int k = 0; k < act->n_uses; k++) {
      each += act->uses[k].cost.flop;
      all += act->uses[k].evaluations * act->uses[k].cost.flop;
    }
    work.total[act->stage] += all;
    if (limn_act_steps (act))
      work.unit[act->stage] = MAX (work.unit[act->stage], each);
    else
      work.unit[act->stage] += all;
  }
  return work;
}

guint64
limn_acts_brought (const LimnAct *acts, LimnStage stage)
{
  guint64 bytes = 0;

  for (const LimnAct *act = acts; act != NULL; act = act->next)
    for (int k = 0; k < act->n_uses && (stage == LIMN_N_STAGES || act->stage == stage); k++)
      bytes += (guint64) act->uses[k].evaluations * act->uses[k].cost.brought;
  return bytes;
}

void
limn_acts_free (LimnAct *acts)
{
  while (acts != NULL) {
    LimnAct *next = acts->next;

    for (int k = 0; k < acts->n_uses; k++)
      limn_checkpoint_unref (acts->uses[k].network.weights);
    g_free (acts);
    acts = next;
  }
}
