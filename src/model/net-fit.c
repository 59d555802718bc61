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

typedef struct {
  LimnPlan *main, *other;
  guint64 spare; /* bytes for weights of main that stay; 0: none does */
  guint64 all;   /* bytes of them that could */
  guint64 seen, kept;
} Fit;

static void
stream (const Fit *fit, const char *name, gboolean streamed)
{
  limn_plan_stream (fit->main, name, streamed);
  if (fit->other != NULL)
    limn_plan_stream (fit->other, name, streamed);
}

/* Vectors are small and many. */
static gboolean
all_cb (const char *name, gboolean is_vector, guint64 bytes, gpointer data)
{
  Fit *fit = data;

  stream (fit, name, !is_vector);
  if (!is_vector && limn_plan_stream (fit->main, name, TRUE))
    fit->all += bytes;
  return !is_vector;
}

/* Those that stay are spread over the run, so that what comes does so while the device is at work with them. */
static gboolean
rest_cb (const char *name, gboolean is_vector, guint64 bytes, gpointer data)
{
  Fit *fit = data;
  gboolean stays = is_vector;

  if (!is_vector && limn_plan_stream (fit->main, name, TRUE)) {
    fit->seen += bytes;
    stays = (double) (fit->kept + bytes) <= (double) fit->spare * ((double) fit->seen / (double) fit->all);
    fit->kept += stays ? bytes : 0;
  }
  stream (fit, name, !stays);
  return !stays;
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
  net->streaming.half = cut (&fit, CLAMP (fit.all / PARTS, 1, MOST_WINDOW));
  guint64 least = limn_weights_bytes (net->weights) + work_bytes (net, &fit) + limn_net_window_bytes (net) + SLACK;
  if (fit.all == 0 || least >= room)
    return;
  fit.spare = room - least;
  limn_weights_stream (net->weights, rest_cb, &fit);
  net->streaming.half = cut (&fit, net->streaming.half);
}

guint64
limn_net_window_bytes (LimnNet *net)
{
  return net->streaming.half > 0 ? 2 * limn_buffer_room (net->streaming.half) : 0;
}
