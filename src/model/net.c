/* net.c - scopes, weights and hoisting for the layers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/net.h"

#include <string.h>

typedef struct {
  char *scope;
  GStrv names;
  LimnHoistInput input;
  int columns;
  gboolean no_bias;
  LimnBuffer *buffer;
} Hoisted;

struct _LimnNet {
  LimnGpu *gpu; /* borrowed */
  LimnCheckpoint *checkpoint;
  LimnStore store;
  LimnWeights *weights;
  LimnPlan *plan; /* being written */
  const LimnTick *tick;
  GString *scope;
  GArray *lengths; /* of scope before each push */
  LimnTrace trace;
  GArray *hoisted; /* Hoisted */
  int hoist_n, hoist_tokens, hoist_steps;
};

static void
hoisted_clear (gpointer data)
{
  Hoisted *hoisted = data;

  g_free (hoisted->scope);
  g_strfreev (hoisted->names);
  limn_buffer_free (hoisted->buffer);
}

LimnNet *
limn_net_new (LimnGpu *gpu, LimnCheckpoint *checkpoint, LimnPartId part, LimnStore store)
{
  LimnNet *net = g_new0 (LimnNet, 1);

  net->gpu = gpu;
  net->checkpoint = limn_checkpoint_ref (checkpoint);
  net->store = store;
  net->weights = limn_weights_new (gpu, checkpoint, part, store);
  net->scope = g_string_new (NULL);
  net->lengths = g_array_new (FALSE, FALSE, sizeof (gsize));
  net->hoisted = g_array_new (FALSE, TRUE, sizeof (Hoisted));
  g_array_set_clear_func (net->hoisted, hoisted_clear);
  return net;
}

void
limn_net_free (LimnNet *net)
{
  if (net == NULL)
    return;
  limn_plan_free (net->plan);
  g_array_unref (net->hoisted);
  limn_weights_free (net->weights);
  g_array_unref (net->lengths);
  g_string_free (net->scope, TRUE);
  limn_checkpoint_unref (net->checkpoint);
  g_free (net);
}

LimnGpu *
limn_net_gpu (LimnNet *net)
{
  return net->gpu;
}

LimnStore
limn_net_store (LimnNet *net)
{
  return net->store;
}

LimnCheckpoint *
limn_net_checkpoint (LimnNet *net)
{
  return net->checkpoint;
}

LimnPlan *
limn_net_begin (LimnNet *net, const LimnTick *tick)
{
  g_assert (net->plan == NULL);
  net->plan = limn_plan_new (net->gpu);
  net->tick = tick;
  limn_net_set_scope (net, "");
  if (net->trace.func != NULL)
    limn_plan_set_trace (net->plan, net->trace.func, net->trace.data);
  return net->plan;
}

LimnPlan *
limn_net_end (LimnNet *net, GError **error)
{
  g_autoptr (LimnPlan) plan = g_steal_pointer (&net->plan);

  net->tick = NULL;
  return limn_plan_finish (plan, error) ? g_steal_pointer (&plan) : NULL;
}

LimnPlan *
limn_net_plan (LimnNet *net)
{
  return net->plan;
}

void
limn_net_push (LimnNet *net, const char *format, ...)
{
  va_list arguments;

  g_array_append_val (net->lengths, net->scope->len);
  if (net->scope->len > 0)
    g_string_append_c (net->scope, '.');
  va_start (arguments, format);
  g_string_append_vprintf (net->scope, format, arguments);
  va_end (arguments);
}

void
limn_net_pop (LimnNet *net)
{
  g_assert (net->lengths->len > 0);
  g_string_truncate (net->scope, g_array_index (net->lengths, gsize, net->lengths->len - 1));
  g_array_set_size (net->lengths, net->lengths->len - 1);
}

const char *
limn_net_scope (LimnNet *net)
{
  return net->scope->str;
}

void
limn_net_set_scope (LimnNet *net, const char *scope)
{
  g_array_set_size (net->lengths, 0);
  g_string_assign (net->scope, scope);
}

LimnArray
limn_net_trace (LimnNet *net, LimnArray array)
{
  if (!limn_plan_failed (net->plan))
    limn_plan_trace (net->plan, array, net->scope->str);
  return array;
}

void
limn_net_set_trace (LimnNet *net, const LimnTrace *trace)
{
  net->trace = trace != NULL ? *trace : (LimnTrace){ 0 };
}

LimnSlice
limn_net_weight (LimnNet *net, LimnLayout layout, int rows, int k, float scale, const char *const *names)
{
  g_auto (GStrv) full = g_new0 (char *, g_strv_length ((char **) names) + 1);
  const LimnWeightSpec spec = {
    .names = (const char *const *) full, .layout = layout, .rows = rows, .k = k, .scale = scale == 1 ? 0 : scale
  };
  LimnSlice slice = { 0 };
  g_autoptr (GError) error = NULL;

  if (limn_plan_failed (net->plan))
    return slice;
  for (guint i = 0; names[i] != NULL; i++)
    full[i] = net->scope->len > 0 ? g_strconcat (net->scope->str, ".", names[i], NULL) : g_strdup (names[i]);
  if (!limn_tick (net->tick, 0, &error) || !limn_weights_get (net->weights, &spec, &slice, &error))
    limn_plan_fail (net->plan, g_steal_pointer (&error));
  return slice;
}

void
limn_net_set_hoist_shape (LimnNet *net, int n, int tokens, int steps)
{
  net->hoist_n = n;
  net->hoist_tokens = tokens;
  net->hoist_steps = steps;
}

static LimnArray
hoisted_array (LimnNet *net, const Hoisted *hoisted)
{
  LimnSlice slice = { hoisted->buffer, 0, limn_buffer_size (hoisted->buffer) };
  int columns = hoisted->columns * (int) g_strv_length (hoisted->names);

  if (hoisted->input == LIMN_HOIST_CONTEXT)
    return limn_plan_external (net->plan, slice, net->store, net->hoist_n, net->hoist_tokens, 1, columns);
  return limn_plan_external (net->plan, slice, LIMN_STORE_F32, net->hoist_steps * net->hoist_n, 1, 1, columns);
}

LimnArray
limn_net_hoist (LimnNet *net, LimnHoistInput input, const char *const *names, int columns, gboolean no_bias)
{
  Hoisted hoisted = { .input = input, .columns = columns, .no_bias = no_bias };
  gboolean context = input == LIMN_HOIST_CONTEXT;
  guint64 rows = (guint64) net->hoist_n * (context ? net->hoist_tokens : net->hoist_steps);
  guint64 stride = ((guint64) columns * g_strv_length ((char **) names) + 7) / 8 * 8;
  g_autoptr (GError) error = NULL;

  if (limn_plan_failed (net->plan))
    return LIMN_NO_ARRAY;
  hoisted.buffer = limn_buffer_new (net->gpu, LIMN_BUFFER_DEVICE,
                                    rows * stride * (context && net->store == LIMN_STORE_F16 ? 2 : 4), &error);
  if (hoisted.buffer == NULL) {
    limn_plan_fail (net->plan, g_steal_pointer (&error));
    return LIMN_NO_ARRAY;
  }
  hoisted.scope = g_strdup (net->scope->str);
  hoisted.names = g_strdupv ((char **) names);
  g_array_append_val (net->hoisted, hoisted);
  return hoisted_array (net, &hoisted);
}

void
limn_net_hoisted (LimnNet *net, LimnArray context, LimnArray time)
{
  for (guint i = 0; i < net->hoisted->len; i++) {
    Hoisted *hoisted = &g_array_index (net->hoisted, Hoisted, i);
    gboolean of_time = hoisted->input == LIMN_HOIST_TIME;

    limn_net_set_scope (net, hoisted->scope);
    limn_linears (
        net, (const char *const *) hoisted->names, of_time ? time : context, hoisted->columns,
        &(LimnLayerOptions){ .no_bias = hoisted->no_bias, .out_f32 = of_time, .into = hoisted_array (net, hoisted) });
  }
  limn_net_set_scope (net, "");
}

void
limn_net_clear_hoisted (LimnNet *net)
{
  g_array_set_size (net->hoisted, 0);
}
