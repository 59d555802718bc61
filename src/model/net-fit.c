/* net-fit.c - a network in less memory than it would like: which of its weights stay, and the window for the others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/hoist.h"
#include "model/net-private.h"

/* Of each half of the window: large beside what a submission costs, small beside the network. */
#define MOST_WINDOW (G_GUINT64_CONSTANT (64) << 20)
#define PARTS 32
/* What places in blocks come to beyond the weights in them, at most. */
#define SLACK (G_GUINT64_CONSTANT (64) << 10)

/* Weights in the order in which they stay: vectors always do, small and many as they are; convolutions' come slowest,
 * for each value of them has another place here than in the file. */
enum { CONVOLUTIONS, MATRICES, N_CLASSES };

typedef struct {
  guint64 all;        /* bytes of main's */
  guint64 spare;      /* of which so many stay */
  guint64 seen, kept; /* so far */
} Class;

typedef struct {
  LimnPlan *main, *other;
  Class classes[N_CLASSES];
} Fit;

static void
stream (const Fit *fit, const char *name, gboolean streamed)
{
  limn_plan_stream (fit->main, name, streamed);
  if (fit->other != NULL)
    limn_plan_stream (fit->other, name, streamed);
}

static Class *
class_of (Fit *fit, LimnLayout layout)
{
  return &fit->classes[limn_layout_taps (layout) > 1 ? CONVOLUTIONS : MATRICES];
}

static gboolean
all_cb (const char *name, LimnLayout layout, guint64 bytes, gpointer data)
{
  Fit *fit = data;
  gboolean streamed = layout != LIMN_LAYOUT_VECTOR;

  stream (fit, name, streamed);
  if (streamed && limn_plan_stream (fit->main, name, TRUE))
    class_of (fit, layout)->all += bytes;
  return streamed;
}

/* Those that stay are spread over the run, so that what comes does so while the device is at work with them. */
static gboolean
stays (Class *class, guint64 bytes)
{
  class->seen += bytes;
  if (class->spare < class->all
      && (double) (class->kept + bytes) > (double) class->spare * ((double) class->seen / (double) class->all))
    return FALSE;
  class->kept += bytes;
  return TRUE;
}

static gboolean
rest_cb (const char *name, LimnLayout layout, guint64 bytes, gpointer data)
{
  Fit *fit = data;
  gboolean streamed = layout != LIMN_LAYOUT_VECTOR;

  if (streamed && limn_plan_stream (fit->main, name, TRUE))
    streamed = !stays (class_of (fit, layout), bytes);
  stream (fit, name, streamed);
  return streamed;
}

static guint64
cut (const Fit *fit, guint64 window)
{
  guint64 half = limn_plan_cut (fit->main, window);

  return fit->other != NULL ? MAX (half, limn_plan_cut (fit->other, window)) : half;
}

static guint64
work_bytes (LimnNet *net, const Fit *fit)
{
  return limn_plan_arena_bytes (fit->main, NULL) + (fit->other != NULL ? limn_plan_arena_bytes (fit->other, NULL) : 0)
         + limn_net_hoisted_bytes (net);
}

void
limn_net_fit (LimnNet *net, LimnPlan *main, LimnPlan *other, guint64 room)
{
  Fit fit = { main, other };

  net->streaming.half = 0;
  if (room == 0 || limn_weights_bytes (net->weights) + work_bytes (net, &fit) <= room)
    return;
  limn_weights_stream (net->weights, all_cb, &fit);
  Class *classes = fit.classes;
  guint64 all = classes[CONVOLUTIONS].all + classes[MATRICES].all;
  net->streaming.half = cut (&fit, CLAMP (all / PARTS, 1, MOST_WINDOW));
  guint64 least = limn_weights_bytes (net->weights) + work_bytes (net, &fit) + limn_net_window_bytes (net) + SLACK;
  if (all == 0 || least >= room)
    return;
  classes[CONVOLUTIONS].spare = MIN (room - least, classes[CONVOLUTIONS].all);
  classes[MATRICES].spare = MIN (room - least - classes[CONVOLUTIONS].spare, classes[MATRICES].all);
  limn_weights_stream (net->weights, rest_cb, &fit);
  net->streaming.half = cut (&fit, net->streaming.half);
}

guint64
limn_net_window_bytes (LimnNet *net)
{
  return net->streaming.half > 0 ? 2 * limn_buffer_room (net->streaming.half) : 0;
}
