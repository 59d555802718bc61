/* net-finish.c - a network's plan comes to a device: its weights from a file, what is hoisted in buffers of the net.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/lora.h"
#include "model/net-private.h"

typedef struct {
  LimnNet *net;
  LimnGpu *gpu;
  const LimnTensorSource *source;
} Finish;

static gboolean
weight_cb (const char *name, LimnSlice *slice, gpointer data, GError **error)
{
  const Finish *finish = data;

  return limn_weights_load (finish->net->weights, finish->gpu, finish->source, name, slice, error);
}

/* Before the plan has memory: what merging takes meanwhile is free again. */
static gboolean
placed_cb (gpointer data, GError **error)
{
  const Finish *finish = data;

  return limn_weights_settle (finish->net->weights, finish->source, TRUE, error);
}

/* The same buffers for the plan that computes and for the plan that reads. */
static gboolean
place_hoisted (LimnNet *net, LimnPlan *plan, LimnGpu *gpu, GError **error)
{
  if (net->hoist_buffers == NULL)
    net->hoist_buffers = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_buffer_free);
  for (guint i = 0; i < net->hoisted->len; i++) {
    const LimnHoisted *hoisted = &g_array_index (net->hoisted, LimnHoisted, i);
    guint64 bytes = limn_array_bytes (hoisted->read);

    if (i == net->hoist_buffers->len) {
      LimnBuffer *buffer = limn_buffer_new (gpu, LIMN_BUFFER_DEVICE, bytes, error);
      if (buffer == NULL)
        return FALSE;
      g_ptr_array_add (net->hoist_buffers, buffer);
    }
    limn_plan_place (plan, hoisted->reader == plan ? hoisted->read : hoisted->written,
                     (LimnSlice){ net->hoist_buffers->pdata[i], 0, bytes });
  }
  return TRUE;
}

static gboolean
check_cb (gpointer data, GError **error)
{
  return limn_weights_check (data, error);
}

gboolean
limn_net_finish (LimnNet *net, LimnPlan *plan, LimnGpu *gpu, const LimnTensorSource *source, const LimnTick *tick,
                 GError **error)
{
  Finish finish = { net, gpu, source };
  const LimnProvider provider = {
    .weight = weight_cb,
    .placed = placed_cb,
    .data = &finish,
    .stream = net->streaming.checkpoint != NULL ? &net->streaming.stream : NULL,
    .check = check_cb,
    .check_data = net->weights,
  };

  net->gpu = gpu;
  return limn_weights_settle (
      net->weights, source,
      place_hoisted (net, plan, gpu, error) && limn_plan_finish (plan, gpu, &provider, tick, error), error);
}

/* ---- Parts of checkpoints ---- */

typedef struct {
  LimnCheckpoint *checkpoint;
  LimnPartId part;
  LimnCheckpoint *before; /* whose weights are there */
} Part;

static gboolean
find_cb (gpointer data, const char *name, LimnTensorView *view, GError **error)
{
  const Part *part = data;

  return limn_checkpoint_find (part->checkpoint, part->part, name, view, error);
}

static gboolean
check_whole_cb (gpointer data, GError **error)
{
  const Part *part = data;

  return limn_checkpoint_check_whole (part->checkpoint, part->part, error);
}

static void
release_pages_cb (gpointer data)
{
  const Part *part = data;

  limn_checkpoint_release_pages (part->checkpoint, part->part);
}

static gboolean
find_low_cb (gpointer data, const char *name, gboolean made, LimnTensorView *view, guint64 *rank)
{
  const Part *part = data;

  return limn_checkpoint_find_low (part->checkpoint, part->part, name, made, view, rank);
}

static gboolean
factors_cb (gpointer data, const char *name, float *down, float *up, GError **error)
{
  const Part *part = data;

  return limn_checkpoint_factors (part->checkpoint, part->part, name, down, up, error);
}

static gboolean
bring_cb (const char *name, guint8 *out, gpointer data, GError **error)
{
  LimnNet *net = data;
  Part part = { .checkpoint = net->streaming.checkpoint, .part = net->streaming.part };
  const LimnTensorSource source = { find_cb, check_whole_cb, release_pages_cb, &part };

  return limn_weights_bring (net->weights, &source, name, out, error);
}

static LimnBuffer *
add_buffer (LimnNetStream *streaming, LimnGpu *gpu, LimnBufferKind kind, GError **error)
{
  LimnBuffer *buffer = limn_buffer_new (gpu, kind, streaming->half, error);

  if (buffer != NULL)
    g_ptr_array_add (streaming->buffers, buffer);
  return buffer;
}

/* Brings the window for streamed weights to the device, once. */
static gboolean
open_window (LimnNet *net, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPartId part, GError **error)
{
  LimnNetStream *streaming = &net->streaming;
  LimnStream *stream = &streaming->stream;

  if (streaming->half == 0 || streaming->buffers != NULL)
    return TRUE;
  streaming->buffers = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_buffer_free);
  streaming->checkpoint = limn_checkpoint_ref (checkpoint);
  streaming->part = part;
  *stream = (LimnStream){ .bring = bring_cb, .data = net };
  for (int i = 0; i < 2; i++) {
    stream->halves[i] = add_buffer (streaming, gpu, LIMN_BUFFER_DEVICE, error);
    if (stream->halves[i] == NULL)
      return FALSE;
    if (limn_buffer_map (stream->halves[i]) == NULL)
      stream->mapped[i] = add_buffer (streaming, gpu, LIMN_BUFFER_HOST, error);
    if (limn_buffer_map (stream->halves[i]) == NULL && stream->mapped[i] == NULL)
      return FALSE;
  }
  return TRUE;
}

gboolean
limn_net_finish_part (LimnNet *net, LimnPlan *plan, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPartId which,
                      const LimnTick *tick, GError **error)
{
  Part part = { .checkpoint = checkpoint, .part = which };
  const LimnTensorSource source = { find_cb, check_whole_cb, release_pages_cb, &part, find_low_cb, factors_cb };

  return open_window (net, gpu, checkpoint, which, error) && limn_net_finish (net, plan, gpu, &source, tick, error);
}

static gboolean
is_other_cb (const char *name, gpointer data)
{
  const Part *part = data;

  return limn_checkpoint_differs (part->before, part->checkpoint, part->part, name);
}

gboolean
limn_net_exchange_part (LimnNet *net, LimnCheckpoint *before, LimnCheckpoint *checkpoint, LimnPartId which,
                        const LimnTick *tick, GError **error)
{
  Part part = { checkpoint, which, before };
  const LimnTensorSource source = { find_cb, check_whole_cb, release_pages_cb, &part, find_low_cb, factors_cb };

  if (net->streaming.checkpoint != NULL) {
    limn_checkpoint_unref (net->streaming.checkpoint);
    net->streaming.checkpoint = limn_checkpoint_ref (checkpoint);
  }
  return limn_weights_reload (net->weights, &source, is_other_cb, &part, tick, error);
}

gboolean
limn_net_rebind (LimnNet *net, LimnPlan *plan, GError **error)
{
  Finish finish = { net, net->gpu, NULL }; /* all is loaded */
  const LimnProvider provider = { .weight = weight_cb, .data = &finish };

  return limn_plan_rebind (plan, &provider, error);
}
