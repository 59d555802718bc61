/* kernel-tests.c - every kernel against its reference: all cases, both stores, all modes; or, with --bench, how fast.
 *
 * --kernel NAME: only that kernel.  --seed N: other inputs.  Other options are GLib's (-l, -p PATH).
 * Without a Vulkan device the program is skipped, or fails where LIMN_REQUIRE_GPU=1.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <string.h>

static const Suite *const suites[] = { &matmul_suite, &conv_suite, &group_norm_suite, &layer_norm_suite,
                                       &attention_suite };

static const char *const mode_names[] = { "native", "wide", "shared", "tight" };

typedef struct {
  LimnGpu *gpu;
  const char *only; /* kernel */
  guint64 seed;
} Context;

typedef struct {
  const Context *context;
  const Suite *suite;
  const CaseHead *test_case;
  LimnStore store;
  TrialMode mode;
} Item;

static LimnGpuLimits
limits_in_mode (LimnGpu *gpu, TrialMode mode)
{
  LimnGpuLimits limits = *limn_gpu_limits (gpu);

  switch (mode) {
  case TRIAL_WIDE:
    limits.wide = TRUE;
    limits.alone = FALSE;
    break;
  case TRIAL_SHARED:
    limits.shared_lanes = TRUE;
    break;
  case TRIAL_TIGHT:
    limits.storage_range = 4096;
    limits.slice_flop = 1e6;
    limits.max_groups = 61;
    break;
  case TRIAL_NATIVE:
  case TRIAL_MODES:
    break;
  }
  return limits;
}

/* (transfer full): its result is in ->actual. */
static Trial *
run_in_mode (const Item *item, TrialMode mode)
{
  const LimnGpuLimits limits = limits_in_mode (item->context->gpu, mode);
  Trial *trial = trial_new (item->context->gpu, &limits, item->store,
                            item->context->seed + g_str_hash (item->test_case->name), FALSE);

  item->suite->run (trial, item->test_case);
  return trial;
}

static void
test_item (gconstpointer data)
{
  const Item *item = data;
  g_autoptr (Trial) trial = run_in_mode (item, item->mode);

  if (item->mode == TRIAL_TIGHT) {
    g_autoptr (Trial) whole = run_in_mode (item, TRIAL_NATIVE);

    g_assert_cmpmem (trial->actual, trial->n_actual * sizeof (float), whole->actual, whole->n_actual * sizeof (float));
  }
}

static gboolean
wanted (const Item *item)
{
  const char *only = item->context->only;

  if (only != NULL && strcmp (only, item->suite->kernel) != 0)
    return FALSE;
  if (item->mode == TRIAL_NATIVE || item->mode == TRIAL_TIGHT)
    return TRUE;
  return item->test_case->extent >= (item->store == LIMN_STORE_F16 ? CASE_MORE : CASE_ALL);
}

static void
add_item (Item item)
{
  g_autofree char *path =
      g_strdup_printf ("/kernel/%s/%s/%s/%s", item.suite->kernel, item.store == LIMN_STORE_F16 ? "f16" : "f32",
                       mode_names[item.mode], item.test_case->name);

  if (wanted (&item))
    g_test_add_data_func_full (path, g_memdup2 (&item, sizeof item), test_item, g_free);
}

static const CaseHead *
case_at (const Suite *suite, gconstpointer cases, guint i)
{
  return (const CaseHead *) (const void *) ((const guint8 *) cases + i * suite->case_size);
}

static void
add_suite (const Context *context, const Suite *suite)
{
  for (LimnStore store = LIMN_STORE_F16; store <= LIMN_STORE_F32; store++) {
    for (TrialMode mode = 0; mode < TRIAL_MODES; mode++) {
      for (guint i = 0; i < suite->n_cases; i++)
        add_item ((Item){ context, suite, case_at (suite, suite->cases, i), store, mode });
    }
  }
}

static void
bench_suite (const Context *context, const Suite *suite)
{
  if (context->only != NULL && strcmp (context->only, suite->kernel) != 0)
    return;
  for (LimnStore store = LIMN_STORE_F16; store <= LIMN_STORE_F32; store++) {
    for (guint i = 0; i < suite->n_bench; i++) {
      const CaseHead *head = case_at (suite, suite->bench, i);
      g_autoptr (Trial) trial = trial_new (context->gpu, limn_gpu_limits (context->gpu), store, context->seed, TRUE);

      g_print ("%-10s %s %-34s", suite->kernel, store == LIMN_STORE_F16 ? "f16" : "f32", head->name);
      suite->run (trial, head);
    }
  }
}

static int
bench (const Context *context)
{
  g_print ("%s, %s\n%-49s %9s %9s %10s %9s\n", limn_gpu_info (context->gpu)->name, limn_gpu_info (context->gpu)->driver,
           "kernel", "GFLOP", "GFLOP/s", "CPU s", "GFLOP/CPU");
  for (guint i = 0; i < G_N_ELEMENTS (suites); i++)
    bench_suite (context, suites[i]);
  return 0;
}

int
main (int argc, char **argv)
{
  Context context = { .seed = 1 };
  gboolean benchmark = FALSE;
  g_autofree char *only = NULL;
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "bench", 0, 0, G_OPTION_ARG_NONE, &benchmark, "Measure instead of testing", NULL },
    { "kernel", 0, 0, G_OPTION_ARG_STRING, &only, "Only this kernel", "NAME" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &context.seed, "Of the inputs", "N" },
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
  context.only = only;
  context.gpu = limn_gpu_new (-1, &error);
  if (context.gpu == NULL) {
    /* Meson takes the skip from the plan line; any exit status but 0 would be an error to it. */
    g_print ("1..0 # SKIP %s\n", error->message);
    return g_strcmp0 (g_getenv ("LIMN_REQUIRE_GPU"), "1") == 0 ? 1 : 0;
  }
  g_print ("# %s, %s, seed %" G_GUINT64_FORMAT "\n", limn_gpu_info (context.gpu)->name,
           limn_gpu_info (context.gpu)->driver, context.seed);
  for (guint i = 0; i < G_N_ELEMENTS (suites); i++)
    add_suite (&context, suites[i]);
  store_tests_add (&context.gpu);
  int status = benchmark ? bench (&context) : g_test_run ();
  limn_gpu_free (context.gpu);
  return status;
}
