/* net-finish.c - a network's plan comes to a device: its weights from the checkpoint, what is hoisted in buffers of the
 * net.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/net-private.h"

typedef struct {
  LimnNet *net;
  LimnGpu *gpu;
  LimnCheckpoint *checkpoint;
  LimnPartId part;
} Source;

static gboolean
weight_cb (const char *name, LimnSlice *slice, gpointer data, GError **error)
{
  const Source *source = data;

  return limn_weights_load (source->net->weights, source->gpu, source->checkpoint, source->part, name, slice, error);
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

gboolean
limn_net_finish (LimnNet *net, LimnPlan *plan, LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPartId part,
                 const LimnTick *tick, GError **error)
{
  Source source = { net, gpu, checkpoint, part };
  const LimnProvider provider = { weight_cb, &source };

  return place_hoisted (net, plan, gpu, error) && limn_plan_finish (plan, gpu, &provider, tick, error);
}
