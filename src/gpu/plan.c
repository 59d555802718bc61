/* plan.c - writing a plan: arrays, and dispatches over them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/plan-private.h"

#include <string.h>

LimnPlan *
limn_plan_new (const LimnGpuLimits *limits)
{
  LimnPlan *plan = g_new0 (LimnPlan, 1);

  plan->limits = *limits;
  plan->storage = g_array_new (FALSE, TRUE, sizeof (PlanStorage));
  plan->named = g_hash_table_new (g_str_hash, g_str_equal);
  plan->pipelines = g_array_new (FALSE, TRUE, sizeof (PlanPipeline));
  plan->dispatches = g_array_new (FALSE, TRUE, sizeof (PlanDispatch));
  plan->traces = g_array_new (FALSE, TRUE, sizeof (PlanTrace));
  plan->streamed = g_array_new (FALSE, TRUE, sizeof (guint));
  plan->segments = g_array_new (FALSE, TRUE, sizeof (PlanSegment));
  plan->strings = g_string_chunk_new (4096);
  plan->blocks = g_array_new (FALSE, TRUE, sizeof (guint64));
  return plan;
}

void
limn_plan_free (LimnPlan *plan)
{
  if (plan == NULL)
    return;
  if (plan->device != NULL)
    plan->device_free (plan->device);
  g_array_unref (plan->storage);
  g_hash_table_unref (plan->named);
  g_array_unref (plan->pipelines);
  g_array_unref (plan->dispatches);
  g_array_unref (plan->traces);
  g_array_unref (plan->streamed);
  g_array_unref (plan->segments);
  g_string_chunk_free (plan->strings);
  g_array_unref (plan->blocks);
  g_free (plan);
}

const LimnGpuLimits *
limn_plan_limits (LimnPlan *plan)
{
  return &plan->limits;
}

PlanStorage *
limn_plan_storage (LimnPlan *plan, LimnArray array)
{
  g_assert (array.id > 0 && array.id <= plan->storage->len);
  return &g_array_index (plan->storage, PlanStorage, array.id - 1);
}

guint64
limn_array_rows (LimnArray array)
{
  return (guint64) array.n * array.h * array.w;
}

guint64
limn_array_bytes (LimnArray array)
{
  return limn_array_rows (array) * array.stride * (array.store == LIMN_STORE_F16 ? 2 : 4);
}

LimnArray
limn_array_channels (LimnArray array, int first, int count)
{
  if (array.id == 0)
    return array;
  g_assert (first % 8 == 0 && first + count <= array.stride);
  array.first += first;
  array.c = count;
  return array;
}

LimnArray
limn_array_split (LimnArray array, int parts)
{
  const int c = array.c / parts;

  g_assert (array.first == 0 && array.c == array.stride && c * parts == array.c && c % 8 == 0);
  array.h *= array.w * parts;
  array.w = 1;
  array.c = array.stride = c;
  return array;
}

LimnArray
limn_array_items (LimnArray array, int n)
{
  const int rows = array.n * array.h * array.w;

  g_assert (rows % n == 0);
  array.n = n;
  array.h = rows / n;
  array.w = 1;
  return array;
}

static LimnArray
add_array (LimnPlan *plan, StorageKind kind, LimnStore store, int n, int h, int w, int c)
{
  LimnArray array = { .n = n, .h = h, .w = w, .c = c, .stride = (c + 7) / 8 * 8, .store = store };
  const PlanStorage storage = { .kind = kind, .bytes = limn_array_bytes (array), .first = -1, .last = -1 };

  g_assert (n > 0 && h > 0 && w > 0 && c > 0);
  g_array_append_val (plan->storage, storage);
  array.id = plan->storage->len;
  return array;
}

LimnArray
limn_plan_array (LimnPlan *plan, LimnStore store, int n, int h, int w, int c)
{
  return add_array (plan, STORAGE_TEMPORARY, store, n, h, w, c);
}

LimnArray
limn_plan_host_array (LimnPlan *plan, LimnStore store, int n, int h, int w, int c)
{
  return add_array (plan, STORAGE_HOST, store, n, h, w, c);
}

LimnArray
limn_plan_external (LimnPlan *plan, LimnStore store, int n, int h, int w, int c)
{
  return add_array (plan, STORAGE_EXTERNAL, store, n, h, w, c);
}

LimnArray
limn_plan_weight (LimnPlan *plan, const char *name, LimnStore store, int n, int h, int w, int c)
{
  LimnArray array = add_array (plan, STORAGE_WEIGHT, store, n, h, w, c);
  guint known = GPOINTER_TO_UINT (g_hash_table_lookup (plan->named, name));

  if (known != 0) {
    g_assert (g_array_index (plan->storage, PlanStorage, known - 1).bytes == limn_array_bytes (array));
    g_array_set_size (plan->storage, plan->storage->len - 1);
    array.id = known;
    return array;
  }
  PlanStorage *storage = limn_plan_storage (plan, array);
  storage->name = g_string_chunk_insert (plan->strings, name);
  g_hash_table_insert (plan->named, (gpointer) storage->name, GUINT_TO_POINTER (array.id));
  return array;
}

void
limn_plan_keep (LimnPlan *plan, LimnArray array)
{
  limn_plan_storage (plan, array)->kept = TRUE;
}

void
limn_plan_place (LimnPlan *plan, LimnArray array, LimnSlice slice)
{
  PlanStorage *storage = limn_plan_storage (plan, array);

  g_assert (storage->kind == STORAGE_EXTERNAL && slice.size >= storage->bytes);
  storage->slice = (LimnSlice){ slice.buffer, slice.offset, storage->bytes };
}

static PlanBinding
use (LimnPlan *plan, const LimnBinding *wanted)
{
  PlanBinding binding = {
    .storage = G_MAXUINT, .offset = wanted->offset, .size = wanted->size, .write = wanted->write
  };
  int now = (int) plan->dispatches->len;

  if (wanted->array.id == 0)
    return binding;
  PlanStorage *storage = limn_plan_storage (plan, wanted->array);
  g_assert (wanted->write || storage->kind != STORAGE_TEMPORARY || storage->first >= 0);
  g_assert (!wanted->write || storage->kind != STORAGE_WEIGHT);
  g_assert (binding.offset + binding.size <= storage->bytes);
  binding.storage = wanted->array.id - 1;
  if (binding.size == 0)
    binding.size = storage->bytes - binding.offset;
  if (storage->first < 0)
    storage->first = now;
  storage->last = now;
  return binding;
}

static gboolean
same_pipeline (const PlanPipeline *one, const LimnPipelineSpec *spec)
{
  return one->spec.n_constants == spec->n_constants && one->spec.subgroup == spec->subgroup
         && strcmp (one->spec.shader, spec->shader) == 0
         && memcmp (one->constants, spec->constants, sizeof (guint32) * spec->n_constants) == 0;
}

/* The index of spec's pipeline among those that the plan needs. */
static guint
need_pipeline (LimnPlan *plan, const LimnPipelineSpec *spec)
{
  PlanPipeline fresh = { .spec = *spec };

  for (guint i = 0; i < plan->pipelines->len; i++) {
    if (same_pipeline (&g_array_index (plan->pipelines, PlanPipeline, i), spec))
      return i;
  }
  g_assert (spec->n_constants <= LIMN_MAX_CONSTANTS && spec->n_bindings <= LIMN_MAX_BINDINGS);
  fresh.spec.kernel = g_string_chunk_insert_const (plan->strings, spec->kernel);
  fresh.spec.shader = g_string_chunk_insert_const (plan->strings, spec->shader);
  fresh.spec.constants = NULL;
  memcpy (fresh.constants, spec->constants, sizeof (guint32) * spec->n_constants);
  g_array_append_val (plan->pipelines, fresh);
  return plan->pipelines->len - 1;
}

void
limn_plan_dispatch (LimnPlan *plan, const LimnDispatch *dispatch)
{
  PlanDispatch copy = { .pipeline = need_pipeline (plan, &dispatch->pipeline), .flop = dispatch->flop };

  g_assert (!plan->laid_out && dispatch->pipeline.push_size <= (int) sizeof copy.push);
  memcpy (copy.push, dispatch->push, dispatch->pipeline.push_size);
  memcpy (copy.groups, dispatch->groups, sizeof copy.groups);
  for (int i = 0; i < dispatch->pipeline.n_bindings; i++)
    copy.bindings[i] = use (plan, &dispatch->bindings[i]);
  plan->flop += dispatch->flop;
  g_array_append_val (plan->dispatches, copy);
}

void
limn_plan_set_trace (LimnPlan *plan, LimnTraceFunc func, gpointer data)
{
  plan->trace_func = func;
  plan->trace_data = data;
}

void
limn_plan_trace (LimnPlan *plan, LimnArray array, const char *name)
{
  if (plan->trace_func == NULL)
    return;
  const PlanTrace trace = { g_string_chunk_insert (plan->strings, name), array };
  g_array_append_val (plan->traces, trace);
}

double
limn_plan_flop (LimnPlan *plan)
{
  return plan->flop;
}

guint
limn_plan_dispatches (LimnPlan *plan)
{
  return plan->dispatches->len;
}
