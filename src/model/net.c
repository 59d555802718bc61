/* net.c - scopes and weights for the layers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/net-private.h"

static void
hoisted_clear (gpointer data)
{
  LimnHoisted *hoisted = data;

  g_free (hoisted->scope);
  g_strfreev (hoisted->names);
}

LimnStore
limn_store_for (LimnPrecision precision)
{
  return precision == LIMN_PRECISION_FP32 ? LIMN_STORE_F32 : LIMN_STORE_F16;
}

LimnNet *
limn_net_new (const LimnGpuLimits *limits, LimnStore store)
{
  LimnNet *net = g_new0 (LimnNet, 1);

  net->limits = *limits;
  net->store = store;
  net->weights = limn_weights_new (store);
  net->scope = g_string_new (NULL);
  net->lengths = g_array_new (FALSE, FALSE, sizeof (gsize));
  net->hoisted = g_array_new (FALSE, TRUE, sizeof (LimnHoisted));
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
  g_clear_pointer (&net->hoist_buffers, g_ptr_array_unref);
  g_clear_pointer (&net->streaming.buffers, g_ptr_array_unref);
  g_clear_pointer (&net->streaming.checkpoint, limn_checkpoint_unref);
  limn_weights_free (net->weights);
  g_array_unref (net->lengths);
  g_string_free (net->scope, TRUE);
  g_free (net);
}

LimnStore
limn_net_store (LimnNet *net)
{
  return net->store;
}

LimnWeights *
limn_net_weights (LimnNet *net)
{
  return net->weights;
}

LimnPlan *
limn_net_begin (LimnNet *net)
{
  g_assert (net->plan == NULL);
  net->plan = limn_plan_new (&net->limits);
  limn_net_set_scope (net, "");
  if (net->trace.func != NULL)
    limn_plan_set_trace (net->plan, net->trace.func, net->trace.data);
  return net->plan;
}

LimnPlan *
limn_net_end (LimnNet *net)
{
  return g_steal_pointer (&net->plan);
}

LimnPlan *
limn_net_plan (LimnNet *net)
{
  return net->plan;
}

void
limn_net_set_around (LimnNet *net, guint around)
{
  net->around = around;
}

guint
limn_net_around (LimnNet *net)
{
  return net->around;
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

void
limn_net_enter (LimnNet *net, const char *scope)
{
  g_assert (net->outer == NULL);
  net->outer = g_strdup (net->scope->str);
  g_string_assign (net->scope, scope);
}

void
limn_net_leave (LimnNet *net)
{
  g_string_assign (net->scope, net->outer);
  g_clear_pointer (&net->outer, g_free);
}

LimnArray
limn_net_trace (LimnNet *net, LimnArray array)
{
  limn_plan_trace (net->plan, array, net->scope->str);
  return array;
}

void
limn_net_set_trace (LimnNet *net, const LimnTrace *trace)
{
  net->trace = trace != NULL ? *trace : (LimnTrace){ 0 };
}

void
limn_net_keep_blocks (LimnNet *net, const LimnKeptBlocks *kept)
{
  net->kept = *kept;
}

/* (transfer full) */
static char *
full_name (LimnNet *net, const char *name)
{
  return net->scope->len > 0 ? g_strconcat (net->scope->str, ".", name, NULL) : g_strdup (name);
}

const LimnWeightKind *
limn_net_kept_kind (LimnNet *net, const char *name)
{
  g_autofree char *full = full_name (net, name);

  return net->kept.kinds != NULL ? g_hash_table_lookup (net->kept.kinds, full) : NULL;
}

int
limn_net_rank_beside (LimnNet *net, const char *name)
{
  g_autofree char *full = full_name (net, name);

  return net->kept.ranks != NULL ? (int) GPOINTER_TO_UINT (g_hash_table_lookup (net->kept.ranks, full)) : 0;
}

/* The kind in which spec's weights are kept, all of them or none. */
static const LimnWeightKind *
kept_kind (LimnNet *net, const LimnWeightSpec *spec)
{
  const LimnWeightKind *kind = NULL;

  if (net->kept.kinds == NULL || spec->scale != 0
      || (spec->layout != LIMN_LAYOUT_MATRIX && spec->layout != LIMN_LAYOUT_POINT))
    return NULL;
  for (guint i = 0; spec->names[i] != NULL; i++) {
    const LimnWeightKind *own = g_hash_table_lookup (net->kept.kinds, spec->names[i]);
    if (own == NULL || (i > 0 && own != kind))
      return NULL;
    kind = own;
  }
  return kind;
}

/* Where the values lie, one after the other as the device wants them, if it can read them there; else NULL. */
static const guint8 *
lent_at (LimnNet *net, const LimnWeightSpec *spec)
{
  guint64 size = net->store == LIMN_STORE_F16 ? 2 : 4, bytes = 0;
  const LimnLent *first = NULL;

  if (net->kept.lent == NULL || net->limits.import_alignment == 0 || spec->kind != NULL || spec->scale != 0
      || spec->k % 8 != 0 || (spec->layout != LIMN_LAYOUT_MATRIX && spec->layout != LIMN_LAYOUT_POINT))
    return NULL;
  for (guint i = 0; spec->names[i] != NULL; i++) {
    const LimnLent *own = g_hash_table_lookup (net->kept.lent, spec->names[i]);

    if (own == NULL || own->type != (size == 2 ? LIMN_TYPE_F16 : LIMN_TYPE_F32)
        || (i > 0 && own->data != first->data + bytes))
      return NULL;
    first = i == 0 ? own : first;
    bytes += own->bytes;
  }
  gboolean whole = first != NULL && bytes == (guint64) spec->rows * (guint64) spec->k * size;
  return whole && first->offset % net->limits.import_alignment == 0 ? first->data : NULL;
}

LimnWeight
limn_net_weight (LimnNet *net, LimnLayout layout, int rows, int k, float scale, const char *const *names)
{
  g_auto (GStrv) full = g_new0 (char *, g_strv_length ((char **) names) + 1);
  LimnWeightSpec spec = {
    .names = (const char *const *) full, .layout = layout, .rows = rows, .k = k, .scale = scale == 1 ? 0 : scale
  };

  for (guint i = 0; names[i] != NULL; i++)
    full[i] = full_name (net, names[i]);
  spec.kind = kept_kind (net, &spec);
  spec.lent = lent_at (net, &spec);
  return (LimnWeight){ limn_weights_declare (net->weights, net->plan, &spec), spec.kind };
}
