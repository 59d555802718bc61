/* choose.c - a variant that is wrong is not taken; tests/unit/test-choose.c plays what is measured.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <glib/gstdio.h>

#include "kernel/choose.h"

/* Tiles twice as wide as those of its shaders: half of the columns are missing.  And shaders that are not there.  How
 * they read is the device's: set_up (). */
static LimnVariant half = { "half", ".shared", .lanes = 8, .product = { 16, 64 } };
static LimnVariant missing = { "missing", ".missing", .lanes = 8, .product = { 16, 32 } };
static LimnVariant unable = { "unable", ".shared", .subgroup_min = G_MAXUINT32, .subgroup_max = G_MAXUINT32 };

typedef struct {
  LimnGpu *gpu;
  const LimnVariant *before;
  char *folder, *file;
  LimnChoosing how;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->gpu = *(LimnGpu *const *) data;
  fixture->before = limn_gpu_limits (fixture->gpu)->variant;
  fixture->folder = g_dir_make_tmp (NULL, &error);
  g_assert_no_error (error);
  fixture->file = g_build_filename (fixture->folder, "variants.ini", NULL);
  fixture->how = LIMN_CHOOSE_WELL;
  half.stored = missing.stored = unable.stored = limn_gpu_limits (fixture->gpu)->few_texels;
  half.suffix = unable.suffix = half.stored ? ".storage" : ".shared";
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  limn_gpu_set_variant (fixture->gpu, fixture->before, NULL);
  g_remove (fixture->file);
  g_rmdir (fixture->folder);
  g_free (fixture->file);
  g_free (fixture->folder);
}

/* The last of the table's rows that suit the device. */
static const LimnVariant *
plain (Fixture *fixture)
{
  const LimnVariant *last = NULL;

  for (const LimnVariant *row = limn_variants; row->name != NULL; row++) {
    if (limn_variant_suits (row, limn_gpu_limits (fixture->gpu)))
      last = row;
  }
  return last;
}

static const LimnVariant *
choose (Fixture *fixture, const LimnVariant *rows)
{
  g_autoptr (GError) error = NULL;

  limn_gpu_set_variant (fixture->gpu, NULL, NULL);
  limn_variant_choose (fixture->gpu, rows, fixture->file, fixture->how, NULL, NULL, &error);
  g_assert_no_error (error);
  return limn_gpu_limits (fixture->gpu)->variant;
}

static GKeyFile *
read_kept (Fixture *fixture)
{
  GKeyFile *kept = g_key_file_new ();
  g_autoptr (GError) error = NULL;

  g_key_file_load_from_file (kept, fixture->file, G_KEY_FILE_NONE, &error);
  g_assert_no_error (error);
  return kept;
}

static void
test_wrong (Fixture *fixture, gconstpointer data)
{
  const LimnVariant rows[] = { unable, half, missing, *plain (fixture), { NULL } };

  /* In haste as well, though nothing is kept of that. */
  fixture->how = LIMN_CHOOSE_SOON;
  g_assert_true (choose (fixture, rows) == &rows[3]);
  g_assert_false (g_file_test (fixture->file, G_FILE_TEST_EXISTS));
  fixture->how = LIMN_CHOOSE_WELL;
  g_assert_true (choose (fixture, rows) == &rows[3]);
  g_autoptr (GKeyFile) kept = read_kept (fixture);
  g_assert_false (g_key_file_has_group (kept, "unable"));
  g_assert_false (g_key_file_get_boolean (kept, "half", "right", NULL));
  g_assert_false (g_key_file_get_boolean (kept, "missing", "right", NULL));
  g_assert_true (g_key_file_get_boolean (kept, plain (fixture)->name, "right", NULL));
}

/* Every row that the device can run is right there; where it is the CPU, the first is taken. */
static void
test_all (Fixture *fixture, gconstpointer data)
{
  const LimnVariant *first = limn_variants;

  while (!limn_variant_suits (first, limn_gpu_limits (fixture->gpu)))
    first++;
  fixture->how = LIMN_CHOOSE_ANEW;
  const LimnVariant *chosen = choose (fixture, limn_variants);
  g_assert_true (limn_variant_serves (chosen, limn_gpu_limits (fixture->gpu)));
  g_assert_true (chosen == first || !limn_gpu_limits (fixture->gpu)->software);
  g_autoptr (GKeyFile) kept = read_kept (fixture);
  g_auto (GStrv) names = g_key_file_get_groups (kept, NULL);
  g_assert_cmpstr (names[0], ==, "limn");
  g_assert_nonnull (names[1]);
  for (guint i = 1; names[i] != NULL; i++)
    g_assert_true (g_key_file_get_boolean (kept, names[i], "right", NULL)
                   && g_key_file_get_boolean (kept, names[i], "proved", NULL));
}

/* So are those that only tests take there, in every class of kernels. */
static void
test_proved (Fixture *fixture, gconstpointer data)
{
  const LimnGpuLimits *limits = limn_gpu_limits (fixture->gpu);

  for (const LimnVariant *row = limn_variants; row->name != NULL; row++) {
    g_autofree char *wrong = NULL;
    g_autoptr (GError) error = NULL;

    if (!row->hardware || !limn_variant_serves (row, limits) || row->stored != limits->few_texels)
      continue;
    limn_variant_prove (fixture->gpu, row, plain (fixture), &wrong, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (wrong, ==, NULL);
  }
}

/* Each class's sample runs by the clock, and is as much work as the table says. */
static void
test_measured (Fixture *fixture, gconstpointer data)
{
  LimnChooser chooser = { 0 };

  limn_judge (fixture->gpu, &chooser);
  for (int shape = 0; shape < LIMN_N_SHAPES; shape++) {
    g_autoptr (LimnPlan) plan = limn_plan_new (chooser.limits);
    g_autoptr (GArray) hosts = g_array_new (FALSE, FALSE, sizeof (LimnArray));
    g_autofree char *wrong = NULL;
    g_autoptr (GError) error = NULL;
    double seconds = 0;

    limn_shapes[shape].write (plan, hosts);
    g_assert_cmpfloat_with_epsilon (limn_plan_flop (plan) * 1e-9 / limn_shapes[shape].gflop, 1, 0.02); /* of adding */
    chooser.measure (limn_variant_for (chooser.limits, shape), shape, &seconds, &wrong, chooser.data, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (wrong, ==, NULL);
    g_assert_cmpfloat (seconds, >, 0);
  }
}

void
choose_tests_add (LimnGpu *const *gpu)
{
  g_test_add ("/kernel/choose/wrong", Fixture, gpu, set_up, test_wrong, tear_down);
  g_test_add ("/kernel/choose/all", Fixture, gpu, set_up, test_all, tear_down);
  g_test_add ("/kernel/choose/proved", Fixture, gpu, set_up, test_proved, tear_down);
  g_test_add ("/kernel/choose/measured", Fixture, gpu, set_up, test_measured, tear_down);
}
