/* kernel-tests.c - every kernel against its reference: cases, stores, variants; or, with --bench, how fast.
 *
 * --kernel NAME, --variant NAME: only that one.  --seed N: other inputs.  --brief: the device's own variant
 * and those for its matrices, in fewer cases, for drivers beside the one where all has been run.  --toward-zero: for a
 * build whose shaders round as AMD's and NVIDIA's packHalf2x16 does, which must be noticed in every kernel.  Other
 * options are GLib's (-l, -p PATH).  Without a Vulkan device the program is skipped, or fails where LIMN_REQUIRE_GPU=1.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <string.h>

#include "kernel/variant.h"

static const Suite *const suites[] = {
  &matmul_suite, &conv_suite,    &group_norm_suite, &layer_norm_suite,     &attention_suite, &nag_suite,
  &mix_suite,    &add_suite,     &freeu_skip_suite, &freeu_backbone_suite, &resize_suite,    &attention_sums_suite,
  &merge_suite,  &max_pool_suite
};

typedef struct {
  LimnGpu *gpu;
  const char *only, *only_variant; /* NULL: all */
  guint64 seed;
  gboolean brief;       /* what shows that a driver is right, where another has shown that the kernels are */
  gboolean toward_zero; /* so the shaders round */
} Context;

typedef struct {
  const Context *context;
  const Suite *suite;
  const CaseHead *test_case;
  LimnStore store;
  const LimnWeightKind *kind;
  const LimnVariant *variant;
  gboolean tight; /* small bindings, submissions and dispatches: everything is banded, bit for bit the same */
} Item;

static const CaseHead *
case_at (const Suite *suite, gconstpointer cases, guint i)
{
  return (const CaseHead *) (const void *) ((const guint8 *) cases + i * suite->case_size);
}

/* (transfer full): its result is in ->actual. */
static Trial *
run_item (const Item *item, gboolean tight)
{
  LimnGpuLimits limits = *limn_gpu_limits (item->context->gpu);

  limn_variant_force (&limits, item->variant);
  if (tight) {
    limits.storage_range = 4096;
    limits.slice_flop = 1e6;
    limits.max_groups = 61;
  }
  Trial *trial = trial_new (item->context->gpu, &limits, item->store, item->kind,
                            item->context->seed + g_str_hash (item->test_case->name), FALSE);
  trial->toward_zero = item->context->toward_zero;

  item->suite->run (trial, item->test_case);
  return trial;
}

static void
test_item (gconstpointer data)
{
  const Item *item = data;
  g_autoptr (Trial) trial = run_item (item, item->tight);

  if (item->tight) {
    g_autoptr (Trial) whole = run_item (item, FALSE);

    g_assert_cmpmem (trial->actual, trial->n_actual * sizeof (float), whole->actual, whole->n_actual * sizeof (float));
  }
}

static gboolean
is_wanted (const char *only, const char *name)
{
  return only == NULL || strcmp (only, name) == 0;
}

/* Its cases in the one variant that has shaders which round toward zero (meson.build). */
static void
test_toward_zero (gconstpointer data)
{
  const Item *item = data;
  guint telling = 0;

  for (guint i = 0; i < item->suite->n_cases; i++) {
    Item one = *item;
    one.test_case = case_at (item->suite, item->suite->cases, i);
    g_autoptr (Trial) trial = run_item (&one, FALSE);

    telling += trial->telling;
  }
  g_assert_cmpuint (telling, >, 0);
}

/* What a row has no shader for runs as another, and is tested there. */
static gboolean
is_own (const Item *item)
{
  LimnGpuLimits limits = *limn_gpu_limits (item->context->gpu);
  const char *kind = item->suite->weighs ? item->kind->suffix : "";

  limn_variant_force (&limits, item->variant);
  return limn_variant_of (&limits, LIMN_SHAPE_PIXELS, item->suite->kernel, item->store, kind, NULL) == item->variant;
}

/* Which cases. */
static CaseExtent
extent_of (const Item *item)
{
  if (item->context->brief && item->kind != limn_weight_kinds)
    return CASE_ALL;
  if (limn_variant_is_staged (item->variant))
    return CASE_USUAL; /* another way to compute, with edges of its own */
  return item->store == LIMN_STORE_F16 ? CASE_MORE : CASE_ALL;
}

/* Beside plain weights, a case of less extent meets every kind of weights and every variant, but not every pair of the
 * two: a third of the pairs, along their diagonals; in the first variant with fp32 alone.  With -m thorough all. */
static gboolean
has_turn (const Item *item)
{
  gsize i = (gsize) ((const guint8 *) item->test_case - (const guint8 *) item->suite->cases) / item->suite->case_size;

  return item->kind == limn_weight_kinds || item->test_case->extent == CASE_ALL || g_test_thorough ()
         || (i + (gsize) (item->kind - limn_weight_kinds) + (gsize) (item->variant - limn_variants)) % 3 == 0;
}

static gboolean
wanted (const Item *item)
{
  const Context *context = item->context;
  gboolean first = item->variant == limn_variant_for (limn_gpu_limits (context->gpu), LIMN_SHAPE_PIXELS);

  if (!is_wanted (context->only, item->suite->kernel) || !is_wanted (context->only_variant, item->variant->name)
      || !is_own (item))
    return FALSE;
  if (context->brief && !first && item->variant->matrix.m == 0)
    return FALSE;
  if (first && !context->brief)
    return item->tight && (item->store == LIMN_STORE_F16 || has_turn (item)); /* which runs it whole too */
  return !item->tight && item->test_case->extent >= extent_of (item) && has_turn (item);
}

static void
add_item (Item item)
{
  g_autofree char *path =
      g_strdup_printf ("/kernel/%s/%s%s/%s/%s", item.suite->kernel, item.store == LIMN_STORE_F16 ? "f16" : "f32",
                       item.kind->suffix, item.tight ? "tight" : item.variant->name, item.test_case->name);

  if (wanted (&item))
    g_test_add_data_func_full (path, g_memdup2 (&item, sizeof item), test_item, g_free);
}

static void
add_toward_zero (const Context *context, const Suite *suite)
{
  const LimnVariant *variant = limn_variants;

  while (!variant->stored)
    variant++;
  g_autofree char *path = g_strdup_printf ("/kernel/%s/f16/toward-zero", suite->kernel);
  const Item item = { context, suite, .store = LIMN_STORE_F16, .kind = limn_weight_kinds, .variant = variant };
  g_test_add_data_func_full (path, g_memdup2 (&item, sizeof item), test_toward_zero, g_free);
}

static gboolean
is_last (const Suite *suite, const LimnWeightKind *kind)
{
  return !suite->weighs || kind[1].name == NULL;
}

static void
add_cases (const Context *context, const Suite *suite, const LimnVariant *variant)
{
  for (LimnStore store = LIMN_STORE_F16; store <= LIMN_STORE_F32; store++) {
    for (const LimnWeightKind *kind = limn_weight_kinds;; kind++) {
      for (guint i = 0; i < 2 * suite->n_cases; i++)
        add_item ((Item){ context, suite, case_at (suite, suite->cases, i / 2), store, kind, variant, i % 2 });
      if (is_last (suite, kind))
        break;
    }
  }
}

/* A case in each variant, the plain one last. */
static void
bench_case (const Context *context, const Suite *suite, LimnStore store, const LimnWeightKind *kind,
            const CaseHead *head)
{
  LimnGpuLimits limits = *limn_gpu_limits (context->gpu);

  for (const LimnVariant *variant = limn_variants; variant->name != NULL; variant++) {
    if (!limn_variant_serves (variant, &limits) || !is_wanted (context->only_variant, variant->name))
      continue;
    limn_variant_force (&limits, variant);
    g_autoptr (Trial) trial = trial_new (context->gpu, &limits, store, kind, context->seed, TRUE);
    g_autofree char *type = g_strconcat (store == LIMN_STORE_F16 ? "f16" : "f32", kind->suffix, NULL);
    g_print ("%-10s %-8s %-27s %-10s", suite->kernel, type, head->name, variant->name);
    suite->run (trial, head);
  }
}

static void
bench_suite (const Context *context, const Suite *suite)
{
  for (LimnStore store = LIMN_STORE_F16; is_wanted (context->only, suite->kernel) && store <= LIMN_STORE_F32; store++) {
    for (const LimnWeightKind *kind = limn_weight_kinds;; kind++) {
      for (guint i = 0; i < suite->n_bench; i++)
        bench_case (context, suite, store, kind, case_at (suite, suite->bench, i));
      if (is_last (suite, kind))
        break;
    }
  }
}

static int
bench (const Context *context)
{
  g_print ("%s, %s\n%-58s %9s %9s %10s %9s\n", limn_gpu_info (context->gpu)->name, limn_gpu_info (context->gpu)->driver,
           "kernel", "GFLOP", "GFLOP/s", "CPU s", "GFLOP/CPU");
  for (guint i = 0; i < G_N_ELEMENTS (suites); i++)
    bench_suite (context, suites[i]);
  return 0;
}

static void
add_tests (const Context *context)
{
  for (guint i = 0; i < G_N_ELEMENTS (suites); i++) {
    if (context->toward_zero && !suites[i]->floats)
      add_toward_zero (context, suites[i]);
    for (const LimnVariant *variant = limn_variants; variant->name != NULL && !context->toward_zero; variant++) {
      if (limn_variant_serves (variant, limn_gpu_limits (context->gpu)))
        add_cases (context, suites[i], variant);
    }
  }
  if (context->toward_zero)
    return;
  store_tests_add (&context->gpu);
  upload_tests_add (&context->gpu);
  q8_0_tests_add (&context->gpu);
  blocks_tests_add (&context->gpu);
  fp8_tests_add (&context->gpu);
  choose_tests_add (&context->gpu);
  merge_tests_add (&context->gpu);
}

int
main (int argc, char **argv)
{
  Context context = { .seed = 1 };
  gboolean benchmark = FALSE;
  g_autofree char *only = NULL, *only_variant = NULL;
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "bench", 0, 0, G_OPTION_ARG_NONE, &benchmark, "Measure instead of testing", NULL },
    { "kernel", 0, 0, G_OPTION_ARG_STRING, &only, "Only this kernel", "NAME" },
    { "variant", 0, 0, G_OPTION_ARG_STRING, &only_variant, "Only this variant", "NAME" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &context.seed, "Of the inputs", "N" },
    { "brief", 0, 0, G_OPTION_ARG_NONE, &context.brief, "The device's own variant and matrices, fewer cases", NULL },
    { "toward-zero", 0, 0, G_OPTION_ARG_NONE, &context.toward_zero, "The shaders round so: it must be noticed", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) options = g_option_context_new (NULL);

  g_option_context_add_main_entries (options, entries, NULL);
  g_option_context_set_ignore_unknown_options (options, TRUE);
  if (!g_option_context_parse (options, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  g_test_init (&argc, &argv, NULL);
  if (g_strcmp0 (g_getenv ("LIMN_DRY"), "1") == 0)
    g_test_set_nonfatal_assertions ();
  context.only = only;
  context.only_variant = only_variant;
  context.gpu = limn_gpu_new (-1, &error);
  if (context.gpu == NULL) {
    /* Meson takes the skip from the plan line; any exit status but 0 would be an error to it. */
    g_print ("1..0 # SKIP %s\n", error->message);
    return g_strcmp0 (g_getenv ("LIMN_REQUIRE_GPU"), "1") == 0 ? 1 : 0;
  }
  g_print ("# %s, %s, seed %" G_GUINT64_FORMAT "\n", limn_gpu_info (context.gpu)->name,
           limn_gpu_info (context.gpu)->driver, context.seed);
  add_tests (&context);
  int status = benchmark ? bench (&context) : g_test_run ();
  limn_gpu_free (context.gpu);
  return status;
}
