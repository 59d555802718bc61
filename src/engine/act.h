/* act.h - what a run does, in order: each act with the networks that it needs and what they come to.
 *
 * A run is planned as a list of acts before anything is touched.  What may stay on the device (residency.h), what is to
 * be loaded (residents.h), the estimate, the clock and painting itself walk that list and know nothing else of the run.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"
#include "model/network.h"

G_BEGIN_DECLS

/* A model has one of each kind. */
typedef struct {
  const LimnNetworkKind *kind;
  LimnModel *model; /* borrowed */
  LimnPrecision precision;
  LimnNetworkShape shape;
  LimnCheckpoint *weights; /* of an act, a reference of its own: the model's with LoRAs merged; NULL: the model's */
} LimnNetwork;

/* The same kind of the same model, whatever is merged into it. */
gboolean limn_network_is (const LimnNetwork *a, const LimnNetwork *b);
LimnCheckpoint *limn_network_weights (const LimnNetwork *network);

typedef struct {
  LimnNetwork network;
  LimnSurvey cost;
  int evaluations; /* 0: all that it is asked is known from earlier runs */
} LimnUse;

#define LIMN_MOST_USES 3

typedef struct _LimnJob LimnJob;
typedef struct _LimnAct LimnAct;
struct _LimnAct {
  LimnAct *next;
  LimnStage stage;
  int pass;        /* whose it is: 0: the job's own, else of what follows it, by its place */
  int first, last; /* the steps [first, last) of the schedule, by uses[0]; none in other acts */
  LimnUse uses[LIMN_MOST_USES];
  int n_uses;
  /* Of a list of jobs: steps are run with the first alone, all else with each. */
  gboolean (*run) (LimnJob *job, const LimnAct *act, GError **error);
};

/* Whether it takes steps, for which all pictures that are painted together are asked about at once. */
gboolean limn_act_steps (const LimnAct *act);
/* The rows that acts give a network for steps: two each time where they are guided. */
int limn_acts_rows (const LimnAct *acts);
/* Whether both take the same steps by the same networks, or neither takes any. */
gboolean limn_acts_are_alike (const LimnAct *acts, const LimnAct *others);
/* Whether any of acts needs a network of model. */
gboolean limn_acts_name (const LimnAct *acts, LimnModel *model);
/* Bytes of streamed weights that a stage of acts brings to the device; of all of them: LIMN_N_STAGES. */
guint64 limn_acts_brought (const LimnAct *acts, LimnStage stage);
void limn_acts_free (LimnAct *acts);

/* Floating point operations of a stage, in all and in one evaluation; for LIMN_STAGE_LOAD bytes of weights. */
typedef struct {
  double total[LIMN_N_STAGES], unit[LIMN_N_STAGES];
} LimnWork;

/* All but LIMN_STAGE_LOAD, which depends on what is on the device. */
LimnWork limn_acts_work (const LimnAct *acts);

G_END_DECLS
