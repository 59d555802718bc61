/* test-planner.c - random plans, laid out without a device: lives, memory shared by them, and what must wait for what.
 *
 * Linked with the plan's own files alone: no Vulkan is there to be called.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/plan-private.h"

#include <string.h>

#define ROUNDS 300
#define MOST_DISPATCHES 60
#define ALIGNMENT 256

/* A plan, and what the test knows of it by itself. */
typedef struct {
  GRand *random;
  LimnPlan *plan;
  GArray *arrays; /* Known */
  int dispatches;
  double flop;
  GHashTable *shaders; /* "a.f16,3" */
} Graph;

typedef struct {
  LimnArray array;
  StorageKind kind;
  gboolean kept;
  int first, last; /* -1: not used */
} Known;

static int
draw (Graph *graph, int below)
{
  return g_rand_int_range (graph->random, 0, below);
}

static LimnArray
draw_array (Graph *graph, StorageKind kind)
{
  LimnStore store = draw (graph, 2) ? LIMN_STORE_F16 : LIMN_STORE_F32;
  int n = 1 + draw (graph, 2), h = 1 + draw (graph, 9), w = 1 + draw (graph, 9), c = 1 + draw (graph, 40);
  Known known = { .kind = kind, .first = -1, .last = -1 };

  if (kind == STORAGE_TEMPORARY) {
    known.array = limn_plan_array (graph->plan, store, n, h, w, c);
    known.kept = draw (graph, 12) == 0;
  } else if (kind == STORAGE_HOST) {
    known.array = limn_plan_host_array (graph->plan, store, n, h, w, c);
  } else if (kind == STORAGE_EXTERNAL) {
    known.array = limn_plan_external (graph->plan, store, n, h, w, c);
  } else {
    g_autofree char *name = g_strdup_printf ("weight.%u", graph->arrays->len);
    known.array = limn_plan_weight (graph->plan, name, store, n, h, w, c);
    /* Asked for again it is the same. */
    g_assert_cmpuint (limn_plan_weight (graph->plan, name, store, n, h, w, c).id, ==, known.array.id);
  }
  if (known.kept)
    limn_plan_keep (graph->plan, known.array);
  g_array_append_val (graph->arrays, known);
  return known.array;
}

static LimnBinding
bind (Graph *graph, guint index, gboolean write)
{
  Known *known = &g_array_index (graph->arrays, Known, index);
  LimnBinding binding = { .array = known->array, .write = write };
  guint64 rows = limn_array_rows (known->array), row = limn_array_bytes (known->array) / rows;

  if (known->first < 0)
    known->first = graph->dispatches;
  known->last = graph->dispatches;
  if (draw (graph, 3) == 0) { /* a band */
    guint64 first = (guint64) draw (graph, (int) rows);
    binding.offset = first * row;
    binding.size = (1 + (guint64) draw (graph, (int) (rows - first))) * row;
  } else if (draw (graph, 3) == 0 && known->array.c > 8) {
    binding.array = limn_array_channels (known->array, 8, known->array.c - 8);
  }
  return binding;
}

/* Something that can be read; a temporary that no dispatch has written cannot. */
static guint
readable (Graph *graph)
{
  for (;;) {
    guint index = (guint) draw (graph, (int) graph->arrays->len);
    const Known *known = &g_array_index (graph->arrays, Known, index);
    if (known->kind != STORAGE_TEMPORARY || known->first >= 0)
      return index;
  }
}

static void
dispatch (Graph *graph)
{
  static const char *const shaders[] = { "a.f16", "b.f16", "b.f32" };
  const guint8 push[16] = { 1 };
  const guint32 constants[] = { 8, (guint32) draw (graph, 3) };
  const char *shader = shaders[draw (graph, G_N_ELEMENTS (shaders))];
  LimnDispatch out = {
    .pipeline = { .kernel = "k",
                  .shader = shader,
                  .n_bindings = 5,
                  .constants = constants,
                  .n_constants = 2,
                  .push_size = 16 },
    .push = push,
    .groups = { 1, 1, 1 },
    .flop = 1 + draw (graph, 100),
  };
  int reads = 1 + draw (graph, 3);

  for (int i = 0; i < reads; i++)
    out.bindings[1 + i] = bind (graph, readable (graph), FALSE);
  /* A new array, mostly; else a band of an older one, of the host's or of someone else's. */
  guint target = readable (graph);
  if (draw (graph, 4) != 0 || g_array_index (graph->arrays, Known, target).kind == STORAGE_WEIGHT) {
    target = graph->arrays->len;
    draw_array (graph, STORAGE_TEMPORARY);
  }
  out.bindings[0] = bind (graph, target, TRUE);
  limn_plan_dispatch (graph->plan, &out);
  g_hash_table_add (graph->shaders, g_strdup_printf ("%s,%u", shader, constants[1]));
  graph->flop += out.flop;
  graph->dispatches++;
}

static void
trace_cb (const char *name, LimnArray array, const float *rows, gpointer data)
{
}

static void
graph_begin (Graph *graph, guint32 seed, gboolean traced)
{
  LimnGpuLimits limits = {
    .storage_range = G_MAXUINT32, .allocation = G_MAXUINT32, .max_groups = 65535, .slice_flop = 1e9
  };

  *graph = (Graph){ .random = g_rand_new_with_seed (seed),
                    .arrays = g_array_new (FALSE, TRUE, sizeof (Known)),
                    .shaders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  /* Some devices give little memory in one piece. */
  if (draw (graph, 2) == 0)
    limits.allocation = 20000;
  graph->plan = limn_plan_new (&limits);
  if (traced)
    limn_plan_set_trace (graph->plan, trace_cb, NULL);
  for (StorageKind kind = STORAGE_HOST; kind <= STORAGE_WEIGHT; kind++) {
    draw_array (graph, kind);
    draw_array (graph, kind);
  }
  for (int i = 1 + draw (graph, MOST_DISPATCHES); i > 0; i--)
    dispatch (graph);
  draw_array (graph, STORAGE_TEMPORARY); /* that nobody uses */
}

static void
graph_end (Graph *graph)
{
  limn_plan_free (graph->plan);
  g_array_unref (graph->arrays);
  g_hash_table_unref (graph->shaders);
  g_rand_free (graph->random);
}

static const PlanStorage *
storage_of (Graph *graph, guint index)
{
  return limn_plan_storage (graph->plan, g_array_index (graph->arrays, Known, index).array);
}

static gboolean
is_placed (Graph *graph, guint index)
{
  const Known *known = &g_array_index (graph->arrays, Known, index);

  return known->kind == STORAGE_TEMPORARY && known->first >= 0;
}

static int
death (const Known *known)
{
  return known->kept ? G_MAXINT : known->last;
}

static gboolean
live_together (const Known *one, const Known *other)
{
  return one->first <= death (other) && other->first <= death (one);
}

static gboolean
overlap (guint64 begin, guint64 size, guint64 other_begin, guint64 other_size)
{
  return begin < other_begin + other_size && other_begin < begin + size;
}

/* Every array's life is from its first use to its last, weights' too. */
static void
check_lives (Graph *graph)
{
  for (guint i = 0; i < graph->arrays->len; i++) {
    const Known *known = &g_array_index (graph->arrays, Known, i);
    const PlanStorage *storage = storage_of (graph, i);

    g_assert_cmpint (storage->first, ==, known->first);
    g_assert_cmpint (storage->last, ==, known->last);
    g_assert_cmpuint (storage->bytes, ==, limn_array_bytes (known->array));
  }
  g_assert_cmpuint (limn_plan_dispatches (graph->plan), ==, graph->dispatches);
  g_assert_cmpfloat (limn_plan_flop (graph->plan), ==, graph->flop);
  g_assert_cmpuint (graph->plan->pipelines->len, ==, g_hash_table_size (graph->shaders));
}

/* A block is no larger than the device gives in one piece, but where a single array is. */
static void
check_blocks (Graph *graph)
{
  for (guint i = 0; i < graph->plan->blocks->len; i++) {
    guint64 block = g_array_index (graph->plan->blocks, guint64, i), largest = 0;

    for (guint j = 0; j < graph->arrays->len; j++)
      if (is_placed (graph, j) && storage_of (graph, j)->block == i)
        largest = MAX (largest, limn_buffer_view_size (storage_of (graph, j)->bytes));
    g_assert_true (block <= graph->plan->limits.allocation || block < largest + ALIGNMENT);
  }
}

/* No two that live at the same time overlap, the whole of a texel view included; all lie in their blocks. */
static void
check_places (Graph *graph, gboolean traced)
{
  for (guint i = 0; i < graph->arrays->len; i++) {
    const PlanStorage *one = storage_of (graph, i);
    guint64 view = limn_buffer_view_size (one->bytes);

    if (!is_placed (graph, i))
      continue;
    guint64 block = g_array_index (graph->plan->blocks, guint64, one->block);
    g_assert_cmpuint (one->offset % ALIGNMENT, ==, 0);
    g_assert_cmpuint (one->offset + view, <=, block);
    for (guint j = 0; j < i; j++) {
      const PlanStorage *other = storage_of (graph, j);
      gboolean together =
          traced || live_together (&g_array_index (graph->arrays, Known, i), &g_array_index (graph->arrays, Known, j));

      if (is_placed (graph, j) && together && one->block == other->block)
        g_assert_false (overlap (one->offset, view, other->offset, limn_buffer_view_size (other->bytes)));
    }
  }
}

/* The arena holds what lives at any moment, and is never more than all arrays apart. */
static void
check_arena (Graph *graph, guint64 *arena, guint64 *apart)
{
  guint64 most = 0, unshared = 0, rooms = 0;

  *arena = limn_plan_arena_bytes (graph->plan, &unshared);
  for (int now = 0; now < graph->dispatches; now++) {
    guint64 live = 0;
    for (guint i = 0; i < graph->arrays->len; i++) {
      const Known *known = &g_array_index (graph->arrays, Known, i);
      if (is_placed (graph, i) && known->first <= now && now <= death (known))
        live += limn_array_bytes (known->array);
    }
    most = MAX (most, live);
  }
  for (guint i = 0; i < graph->plan->blocks->len; i++) {
    guint64 block = g_array_index (graph->plan->blocks, guint64, i);
    rooms += limn_buffer_room (block) - block;
  }
  g_assert_cmpuint (*arena, >=, most);
  g_assert_cmpuint (*arena, <=, unshared + rooms);
  *apart = unshared;
}

static void
test_layout (gconstpointer data)
{
  gboolean traced = GPOINTER_TO_INT (data);
  guint64 arenas = 0, aparts = 0;

  for (guint32 seed = 0; seed < ROUNDS; seed++) {
    guint64 arena, apart;
    Graph graph;

    graph_begin (&graph, seed, traced);
    check_lives (&graph);
    check_arena (&graph, &arena, &apart);
    check_places (&graph, traced);
    check_blocks (&graph);
    /* Asked again it is the same. */
    g_assert_cmpuint (limn_plan_arena_bytes (graph.plan, NULL), ==, arena);
    arenas += arena;
    aparts += apart;
    graph_end (&graph);
  }
  g_test_message ("%" G_GUINT64_FORMAT " bytes where apart were %" G_GUINT64_FORMAT, arenas, aparts);
  /* Sharing is worth having. */
  g_assert_true (traced || arenas * 3 < aparts * 2);
}

/* ---- What waits ---- */

/* Whether two uses touch the same bytes and one writes them, by the arrays and their places. */
static gboolean
clash (Graph *graph, const PlanBinding *one, const PlanBinding *other)
{
  const PlanStorage *a, *b;

  if (one->storage == G_MAXUINT || other->storage == G_MAXUINT || (!one->write && !other->write))
    return FALSE;
  a = &g_array_index (graph->plan->storage, PlanStorage, one->storage);
  b = &g_array_index (graph->plan->storage, PlanStorage, other->storage);
  if (one->storage == other->storage)
    return overlap (one->offset, one->size, other->offset, other->size);
  return a->kind == STORAGE_TEMPORARY && b->kind == STORAGE_TEMPORARY && a->block == b->block
         && overlap (a->offset + one->offset, one->size, b->offset + other->offset, other->size);
}

static gboolean
dispatches_clash (Graph *graph, guint one, guint other)
{
  const PlanDispatch *a = &g_array_index (graph->plan->dispatches, PlanDispatch, one);
  const PlanDispatch *b = &g_array_index (graph->plan->dispatches, PlanDispatch, other);

  for (int i = 0; i < LIMN_MAX_BINDINGS; i++)
    for (int j = 0; j < LIMN_MAX_BINDINGS; j++)
      if (a->bindings[i].size > 0 && b->bindings[j].size > 0 && clash (graph, &a->bindings[i], &b->bindings[j]))
        return TRUE;
  return FALSE;
}

/* From any dispatch on: there is a barrier between any two that clash, and none that nothing asks for. */
static void
check_barriers (Graph *graph, guint begin, guint *waits)
{
  g_autoptr (GArray) accesses = limn_plan_accesses_new ();
  guint last = begin; /* the first dispatch after the last barrier */

  for (guint now = begin; now < (guint) graph->dispatches; now++) {
    gboolean asked = FALSE;

    for (guint before = last; before < now; before++)
      asked |= dispatches_clash (graph, before, now);
    gboolean waits_now =
        limn_plan_must_wait (graph->plan, &g_array_index (graph->plan->dispatches, PlanDispatch, now), accesses);
    g_assert_true (waits_now == asked);
    *waits += waits_now;
    last = waits_now ? now : last;
  }
}

static void
test_barriers (void)
{
  guint waits = 0, dispatches = 0;

  for (guint32 seed = 0; seed < ROUNDS; seed++) {
    Graph graph;

    graph_begin (&graph, seed, FALSE);
    limn_plan_layout (graph.plan);
    check_barriers (&graph, 0, &waits);
    dispatches += (guint) graph.dispatches;
    check_barriers (&graph, (guint) draw (&graph, graph.dispatches), &(guint){ 0 });
    graph_end (&graph);
  }
  g_test_message ("%u of %u dispatches wait", waits, dispatches);
  g_assert_cmpuint (waits, >, 0);
  g_assert_cmpuint (waits, <, dispatches);
}

/* ---- Streamed weights ---- */

/* A chain of layers, each of a few dispatches over a few weights, of which some are used again later. */
static LimnPlan *
draw_chain (GRand *random, GPtrArray *names)
{
  const LimnGpuLimits limits = { .storage_range = G_MAXUINT32, .allocation = G_MAXUINT32, .slice_flop = 1e9 };
  LimnPlan *plan = limn_plan_new (&limits);
  LimnArray x = limn_plan_host_array (plan, LIMN_STORE_F16, 1, 8, 8, 8), weight = LIMN_NO_ARRAY, old = LIMN_NO_ARRAY;
  int count = g_rand_int_range (random, 1, MOST_DISPATCHES);

  for (int i = 0; i < count; i++) {
    LimnArray y = limn_plan_array (plan, LIMN_STORE_F16, 1, 8, 8, 8);
    LimnDispatch dispatch = { .pipeline = { .kernel = "a", .shader = "a", .n_bindings = 4, .storage_mask = 1 },
                              .bindings = { { .array = y, .write = TRUE }, { .array = x } },
                              .groups = { 1, 1, 1 } };

    if (weight.id == 0 || g_rand_int_range (random, 0, 3) > 0) {
      char *name = g_strdup_printf ("weight.%d", i);
      weight = limn_plan_weight (plan, name, LIMN_STORE_F16, 1, g_rand_int_range (random, 1, 90), 1, 24);
      g_ptr_array_add (names, name);
    }
    dispatch.bindings[2].array = weight;
    if (old.id != 0 && g_rand_int_range (random, 0, 25) == 0)
      dispatch.bindings[3].array = old;
    if (g_rand_int_range (random, 0, 9) == 0)
      old = weight;
    limn_plan_dispatch (plan, &dispatch);
    x = y;
  }
  return plan;
}

static guint
segment_of (const LimnPlan *plan, int dispatch)
{
  guint segment = 0;

  while (segment + 1 < plan->segments->len
         && (int) g_array_index (plan->segments, PlanSegment, segment + 1).first <= dispatch)
    segment++;
  return segment;
}

/* Every streamed weight is in one segment, with all that read it, at a place of its own there. */
static void
check_segments (const LimnPlan *plan, guint64 largest)
{
  guint64 most = 0;

  for (guint s = 0, k = 0; s < plan->segments->len; s++) {
    const PlanSegment *segment = &g_array_index (plan->segments, PlanSegment, s);
    guint end = s + 1 < plan->segments->len ? (segment + 1)->begin : plan->streamed->len;
    guint64 top = 0;

    g_assert_cmpuint (segment->begin, ==, k);
    g_assert_cmpuint (end, >, k);
    g_assert_true (s == 0 ? segment->first == 0 : segment->first > (segment - 1)->first);
    for (; k < end; k++) {
      const PlanStorage *storage =
          &g_array_index (plan->storage, PlanStorage, g_array_index (plan->streamed, guint, k));

      g_assert_true (storage->streamed);
      g_assert_cmpuint (segment_of (plan, storage->first), ==, s);
      g_assert_cmpuint (segment_of (plan, storage->last), ==, s);
      g_assert_cmpuint (storage->offset % ALIGNMENT, ==, 0);
      g_assert_cmpuint (storage->offset, >=, top);
      top = storage->offset + storage->bytes;
    }
    g_assert_cmpuint (top, <=, segment->size);
    most = MAX (most, segment->size);
  }
  g_assert_cmpuint (most, ==, largest);
}

static void
test_segments (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (12);
  guint many = 0;

  for (int round = 0; round < ROUNDS; round++) {
    g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (LimnPlan) plan = draw_chain (random, names);
    guint chosen = 0;

    for (guint i = 0; i < names->len; i++) {
      gboolean streamed = g_rand_int_range (random, 0, 4) > 0;
      g_assert_true (limn_plan_stream (plan, names->pdata[i], streamed));
      chosen += streamed;
    }
    g_assert_false (limn_plan_stream (plan, "another", TRUE));
    guint64 least = limn_plan_cut (plan, 1), window = least * g_rand_int_range (random, 1, 5), bytes;
    g_assert_cmpuint (plan->streamed->len, ==, chosen);
    check_segments (plan, least);
    bytes = limn_plan_streamed_bytes (plan);
    guint pieces = plan->segments->len;
    guint64 largest = limn_plan_cut (plan, window);
    check_segments (plan, largest);
    g_assert_cmpuint (largest, <=, MAX (window, least));
    g_assert_cmpuint (plan->segments->len, <=, pieces);
    g_assert_cmpuint (limn_plan_streamed_bytes (plan), ==, bytes);
    g_assert_cmpuint (limn_plan_cut (plan, bytes), ==, bytes);
    g_assert_cmpuint (plan->segments->len, ==, chosen > 0 ? 1 : 0);
    many += pieces > 8;
  }
  g_assert_cmpuint (many, >, ROUNDS / 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/planner/shared", GINT_TO_POINTER (FALSE), test_layout);
  g_test_add_data_func ("/planner/traced", GINT_TO_POINTER (TRUE), test_layout);
  g_test_add_func ("/planner/barriers", test_barriers);
  g_test_add_func ("/planner/segments", test_segments);
  return g_test_run ();
}
