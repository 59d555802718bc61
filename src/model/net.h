/* net.h - a network being written: its weights, the plan it is written into, and where in the paper we are.
 *
 * A layer (layers.h) is a function (net, name, arrays) -> array.  Names are relative to the scope, as modules are in
 * diffusers:
 *
 *   limn_net_push (net, "resnets.%d", i);
 *   x = limn_conv (net, "conv1", x, ...);    weights "...resnets.0.conv1.weight", trace "...resnets.0.conv1"
 *   limn_net_pop (net);
 *
 * Writing touches no device and no file: limn_net_finish () does, once all plans of the network are written.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "kernel/kernel.h"
#include "model/weights.h"

G_BEGIN_DECLS

typedef struct _LimnNet LimnNet;

LimnStore limn_store_for (LimnPrecision precision);

LimnNet *limn_net_new (const LimnGpuLimits *limits, LimnStore store);
void limn_net_free (LimnNet *net);

LimnStore limn_net_store (LimnNet *net);
/* All that was declared in the net's plans. */
LimnWeights *limn_net_weights (LimnNet *net);

/* Starts writing a new plan. */
LimnPlan *limn_net_begin (LimnNet *net);
/* Ends it.  (transfer full) */
LimnPlan *limn_net_end (LimnNet *net);
LimnPlan *limn_net_plan (LimnNet *net);
/* Has the net's plans, which are written and on no device, make do with room bytes of it, if they can: weights that
 * find none are streamed.  main: whose weights stay longest; other: NULL, or one that runs less often.  room: 0 for as
 * much as they like. */
void limn_net_fit (LimnNet *net, LimnPlan *main, LimnPlan *other, guint64 room);
/* What the window for streamed weights asks of the device. */
guint64 limn_net_window_bytes (LimnNet *net);

/* Realises one of the net's plans.  Weights that the net has already are shared.  tick: called between weights. */
gboolean limn_net_finish (LimnNet *net, LimnPlan *plan, LimnGpu *gpu, const LimnTensorSource *source,
                          const LimnTick *tick, GError **error);
/* The same with the weights of a part of a checkpoint, of which a reference is kept where weights are streamed. */
gboolean limn_net_finish_part (LimnNet *net, LimnPlan *plan, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPartId part,
                               const LimnTick *tick, GError **error);

/* Loads again what is other in checkpoint than in before, from which the net's plans were finished: see
 * LimnNetworkKind.  Each plan is to be rebound then: weights that were read where a file has them are so no more. */
gboolean limn_net_exchange_part (LimnNet *net, LimnCheckpoint *before, LimnCheckpoint *checkpoint, LimnPartId part,
                                 const LimnTick *tick, GError **error);

gboolean limn_net_rebind (LimnNet *net, LimnPlan *plan, GError **error);

/* Whether the pictures of convolutions to be written repeat: LimnAround bits, 0 at first. */
void limn_net_set_around (LimnNet *net, guint around);
guint limn_net_around (LimnNet *net);

void limn_net_push (LimnNet *net, const char *format, ...) G_GNUC_PRINTF (2, 3);
void limn_net_pop (LimnNet *net);
const char *limn_net_scope (LimnNet *net);
/* Begins again at scope, a name that limn_net_scope () gave. */
void limn_net_set_scope (LimnNet *net, const char *scope);
/* Goes elsewhere for a while, and back. */
void limn_net_enter (LimnNet *net, const char *scope);
void limn_net_leave (LimnNet *net);

/* Names array after the scope, for tests (limn_plan_trace ()).  Returns it. */
LimnArray limn_net_trace (LimnNet *net, LimnArray array);
typedef struct {
  LimnTraceFunc func;
  gpointer data;
} LimnTrace;

/* Asks for traces in the plans begun from now on.  trace: NULL for none; copied. */
void limn_net_set_trace (LimnNet *net, const LimnTrace *trace);

/* A weight by names relative to the scope. */
LimnWeight limn_net_weight (LimnNet *net, LimnLayout layout, int rows, int k, float scale, const char *const *names);
/* The kind in which the weight of that name, relative to the scope, would stay; NULL: as values. */
const LimnWeightKind *limn_net_kept_kind (LimnNet *net, const char *name);
/* The rank of what lies beside the weight of that name, relative to the scope; 0: nothing does. */
int limn_net_rank_beside (LimnNet *net, const char *name);
/* Which weights of those to be written stay in their file's blocks.  kept: copied. */
void limn_net_keep_blocks (LimnNet *net, const LimnKeptBlocks *kept);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LimnNet, limn_net_free)

G_END_DECLS
