/* plan-memory.c - the liveness planner: arrays that do not live at the same time share memory; and what must wait for
 * what.
 *
 * Walks the dispatches in order; an array takes the tightest hole that fits when it is first written and gives it back
 * after its last reader.  Blocks grow to their high-water mark.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/plan-private.h"

#define ALIGNMENT 256u
#define BLOCK_LIMIT (G_GUINT64_CONSTANT (1) << 30)

typedef struct {
  guint64 begin, end;
} Hole;

typedef struct {
  GArray *holes; /* Hole, ascending, never touching each other */
  guint64 top;   /* end of what was ever used */
} Block;

static void
block_clear (gpointer data)
{
  g_array_unref (((Block *) data)->holes);
}

static gboolean
take_hole (Block *block, guint64 bytes, guint64 *offset)
{
  int best = -1;
  guint64 best_size = G_MAXUINT64;

  for (guint i = 0; i < block->holes->len; i++) {
    Hole *hole = &g_array_index (block->holes, Hole, i);
    guint64 size = hole->end - hole->begin;

    if (size >= bytes && size < best_size) {
      best = (int) i;
      best_size = size;
    }
  }
  if (best < 0)
    return FALSE;
  Hole *hole = &g_array_index (block->holes, Hole, best);
  *offset = hole->begin;
  hole->begin += bytes;
  if (hole->begin == hole->end)
    g_array_remove_index (block->holes, best);
  return TRUE;
}

/* Takes the space at the top of block, with the hole that ends there, if the limit allows. */
static gboolean
take_top (Block *block, guint64 bytes, guint64 limit, guint64 *offset)
{
  guint64 begin = block->top;

  if (block->holes->len > 0 && g_array_index (block->holes, Hole, block->holes->len - 1).end == block->top)
    begin = g_array_index (block->holes, Hole, block->holes->len - 1).begin;
  if (begin + bytes > limit)
    return FALSE;
  if (begin < block->top)
    g_array_set_size (block->holes, block->holes->len - 1);
  *offset = begin;
  block->top = begin + bytes;
  return TRUE;
}

static void
give_back (Block *block, guint64 begin, guint64 bytes)
{
  Hole hole = { begin, begin + bytes };
  guint at = 0;

  while (at < block->holes->len && g_array_index (block->holes, Hole, at).begin < begin)
    at++;
  if (at < block->holes->len && g_array_index (block->holes, Hole, at).begin == hole.end) {
    hole.end = g_array_index (block->holes, Hole, at).end;
    g_array_remove_index (block->holes, at);
  }
  if (at > 0 && g_array_index (block->holes, Hole, at - 1).end == hole.begin) {
    g_array_index (block->holes, Hole, at - 1).end = hole.end;
    return;
  }
  g_array_insert_val (block->holes, at, hole);
}

static void
place (GArray *blocks, PlanStorage *storage, guint64 bytes, guint64 limit)
{
  guint64 offset = 0;
  guint i;

  for (i = 0; i < blocks->len; i++) {
    if (take_hole (&g_array_index (blocks, Block, i), bytes, &offset))
      break;
  }
  for (guint j = 0; i == blocks->len && j < blocks->len; j++) {
    if (take_top (&g_array_index (blocks, Block, j), bytes, limit, &offset)) {
      i = j;
      break;
    }
  }
  if (i == blocks->len) {
    Block block = { .holes = g_array_new (FALSE, FALSE, sizeof (Hole)), .top = bytes };
    g_array_append_val (blocks, block);
    offset = 0;
  }
  storage->block = i;
  storage->offset = offset;
}

/* No view of it reaches into what lies behind. */
static guint64
padded (const PlanStorage *storage)
{
  return (limn_buffer_view_size (storage->bytes) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Temporaries by dispatch: (element-type GArray of storage indices). */
static GPtrArray *
by_dispatch (LimnPlan *plan, gboolean last)
{
  GPtrArray *lists = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);

  for (guint i = 0; i < plan->dispatches->len; i++)
    g_ptr_array_add (lists, g_array_new (FALSE, FALSE, sizeof (guint)));
  for (guint i = 0; i < plan->storage->len; i++) {
    PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, i);
    if (storage->kind == STORAGE_TEMPORARY && storage->first >= 0 && !(last && storage->kept))
      g_array_append_val ((GArray *) lists->pdata[last ? storage->last : storage->first], i);
  }
  return lists;
}

void
limn_plan_layout (LimnPlan *plan)
{
  g_autoptr (GArray) blocks = g_array_new (FALSE, TRUE, sizeof (Block));
  g_autoptr (GPtrArray) born = by_dispatch (plan, FALSE);
  g_autoptr (GPtrArray) dead = by_dispatch (plan, TRUE);
  guint64 limit = MIN (BLOCK_LIMIT, limn_buffer_most (plan->limits.allocation));
  /* A trace is read after the run: nothing may be overwritten. */
  gboolean share = plan->trace_func == NULL;

  if (plan->laid_out)
    return;
  plan->laid_out = TRUE;
  g_array_set_clear_func (blocks, block_clear);
  for (guint d = 0; d < plan->dispatches->len; d++) {
    GArray *list = born->pdata[d];
    for (guint i = 0; i < list->len; i++) {
      PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, g_array_index (list, guint, i));
      plan->unshared += padded (storage);
      place (blocks, storage, padded (storage), limit);
    }
    list = dead->pdata[d];
    for (guint i = 0; share && i < list->len; i++) {
      PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, g_array_index (list, guint, i));
      give_back (&g_array_index (blocks, Block, storage->block), storage->offset, padded (storage));
    }
  }
  for (guint i = 0; i < blocks->len; i++)
    g_array_append_val (plan->blocks, g_array_index (blocks, Block, i).top);
}

guint64
limn_plan_arena_bytes (LimnPlan *plan, guint64 *unshared)
{
  guint64 bytes = 0;

  limn_plan_layout (plan);
  for (guint i = 0; i < plan->blocks->len; i++)
    bytes += limn_buffer_room (g_array_index (plan->blocks, guint64, i));
  if (unshared != NULL)
    *unshared = plan->unshared;
  return bytes;
}

/* ---- Barriers ---- */

typedef struct {
  guint space;              /* a block of the arena, or storage of its own behind them; */
  const LimnBuffer *buffer; /* or, not NULL, where it was placed, which several may be in */
  guint64 begin, end;
  gboolean write;
} Access;

GArray *
limn_plan_accesses_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (Access));
}

static Access
access_of (LimnPlan *plan, const PlanBinding *binding)
{
  const PlanStorage *storage = &g_array_index (plan->storage, PlanStorage, binding->storage);
  gboolean shared = storage->kind == STORAGE_TEMPORARY;
  const LimnBuffer *buffer = storage->kind == STORAGE_EXTERNAL ? storage->slice.buffer : NULL;
  guint64 begin = (shared ? storage->offset : buffer != NULL ? storage->slice.offset : 0) + binding->offset;
  /* what reads a view may look at what is behind it */
  guint64 size = binding->write || buffer == NULL ? binding->size : limn_buffer_view_size (binding->size);

  return (Access){ shared ? storage->block : plan->blocks->len + binding->storage, buffer, begin, begin + size,
                   binding->write };
}

static gboolean
is_conflict (const Access *one, const Access *other)
{
  gboolean together =
      one->buffer != NULL ? one->buffer == other->buffer : other->buffer == NULL && one->space == other->space;

  return together && one->begin < other->end && other->begin < one->end && (one->write || other->write);
}

gboolean
limn_plan_must_wait (LimnPlan *plan, const PlanDispatch *dispatch, GArray *accesses)
{
  int n = g_array_index (plan->pipelines, PlanPipeline, dispatch->pipeline).spec.n_bindings;
  guint before = accesses->len;
  gboolean conflict = FALSE;

  for (int i = 0; i < n; i++) {
    if (dispatch->bindings[i].storage == G_MAXUINT)
      continue;
    Access access = access_of (plan, &dispatch->bindings[i]);
    for (guint j = 0; j < before && !conflict; j++)
      conflict = is_conflict (&g_array_index (accesses, Access, j), &access);
    g_array_append_val (accesses, access);
  }
  if (conflict)
    g_array_remove_range (accesses, 0, before);
  return conflict;
}
