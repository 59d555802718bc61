/* choose.c - a variant that is wrong is not taken, and what was found is kept.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "harness.h"

#include <glib/gstdio.h>

#include "kernel/variant.h"

/* Tiles twice as wide as those of its shaders: half of the columns are missing.  And shaders that are not there.  How
 * they read is the device's: set_up (). */
static LimnVariant half = { "half", ".shared", .lanes = 8, .product = { 16, 64 } };
static LimnVariant missing = { "missing", ".missing", .lanes = 8, .product = { 16, 32 } };
static LimnVariant unable = { "unable", ".shared", .subgroup_min = G_MAXUINT32, .subgroup_max = G_MAXUINT32 };

typedef struct {
  LimnGpu *gpu;
  const LimnVariant *before;
  char *folder, *file;
  gboolean measured;
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
  fixture->measured = TRUE;
  half.stored = missing.stored = unable.stored = limn_gpu_limits (fixture->gpu)->few_texels;
  half.suffix = unable.suffix = half.stored ? ".storage" : ".shared";
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  limn_gpu_set_variant (fixture->gpu, fixture->before);
  g_remove (fixture->file);
  g_rmdir (fixture->folder);
  g_free (fixture->file);
  g_free (fixture->folder);
}

/* How many of the table's rows suit the device; plain: receives the last. */
static guint
suiting (Fixture *fixture, const LimnVariant **plain)
{
  guint n = 0;

  for (const LimnVariant *row = limn_variants; row->name != NULL; row++) {
    if (limn_variant_suits (row, limn_gpu_limits (fixture->gpu))) {
      *plain = row;
      n++;
    }
  }
  return n;
}

static const LimnVariant *
plain (Fixture *fixture)
{
  const LimnVariant *last = NULL;

  suiting (fixture, &last);
  return last;
}

static const LimnVariant *
choose (Fixture *fixture, const LimnVariant *rows)
{
  g_autoptr (GError) error = NULL;

  limn_gpu_set_variant (fixture->gpu, NULL);
  limn_variant_choose (fixture->gpu, rows, fixture->file, fixture->measured, NULL, NULL, &error);
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
  fixture->measured = FALSE;
  g_assert_true (choose (fixture, rows) == &rows[3]);
  g_assert_false (g_file_test (fixture->file, G_FILE_TEST_EXISTS));
  fixture->measured = TRUE;
  g_assert_true (choose (fixture, rows) == &rows[3]);
  g_autoptr (GKeyFile) kept = read_kept (fixture);
  g_assert_false (g_key_file_has_group (kept, "unable"));
  g_assert_false (g_key_file_get_boolean (kept, "half", "right", NULL));
  g_assert_false (g_key_file_get_boolean (kept, "missing", "right", NULL));
  g_assert_true (g_key_file_get_boolean (kept, plain (fixture)->name, "right", NULL));
}

/* Every row that the device can run is right there. */
static void
test_all (Fixture *fixture, gconstpointer data)
{
  const LimnVariant *chosen = choose (fixture, limn_variants), *last = NULL;

  g_assert_true (limn_variant_serves (chosen, limn_gpu_limits (fixture->gpu)));
  if (suiting (fixture, &last) == 1) {
    g_assert_true (chosen == last);
    return;
  }
  g_autoptr (GKeyFile) kept = read_kept (fixture);
  g_auto (GStrv) names = g_key_file_get_groups (kept, NULL);
  for (guint i = 0; names[i] != NULL; i++)
    g_assert_true (g_key_file_get_boolean (kept, names[i], "right", NULL));
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

static void
keep (Fixture *fixture, const char *name, double seconds, gboolean right)
{
  g_autoptr (GKeyFile) kept = read_kept (fixture);
  g_autoptr (GError) error = NULL;

  g_key_file_set_double (kept, name, "seconds", seconds);
  g_key_file_set_boolean (kept, name, "right", right);
  g_key_file_save_to_file (kept, fixture->file, &error);
  g_assert_no_error (error);
}

/* The clearly fastest of those that are right, by what the file says; the earlier where it hardly matters; anew
 * where the shaders are others. */
static void
test_kept (Fixture *fixture, gconstpointer data)
{
  LimnVariant rows[] = { *plain (fixture), *plain (fixture), *plain (fixture), { NULL } };

  rows[0].name = "first";
  rows[1].name = "second";
  choose (fixture, rows);
  keep (fixture, "first", 2, TRUE);
  keep (fixture, "second", 1, TRUE);
  keep (fixture, plain (fixture)->name, 1.9, TRUE);
  g_assert_true (choose (fixture, rows) == &rows[1]);
  keep (fixture, "second", 1.95, TRUE);
  g_assert_true (choose (fixture, rows) == &rows[0]);
  keep (fixture, "first", 2, FALSE);
  g_assert_true (choose (fixture, rows) == &rows[1]);

  g_autoptr (GKeyFile) stale = read_kept (fixture);
  g_key_file_set_string (stale, "first", "shader", "another");
  g_key_file_save_to_file (stale, fixture->file, NULL);
  choose (fixture, rows);
  g_autoptr (GKeyFile) fresh = read_kept (fixture);
  g_assert_true (g_key_file_get_boolean (fresh, "first", "right", NULL));
  g_assert_cmpfloat (g_key_file_get_double (fresh, "second", "seconds", NULL), !=, 1.95);
}

/* Whichever row is another build's, in haste the first that is right is taken, whatever the file says of the others. */
static void
test_stale (Fixture *fixture, gconstpointer data)
{
  LimnVariant rows[] = { *plain (fixture), *plain (fixture), *plain (fixture), { NULL } };

  rows[0].name = "first";
  rows[1].name = "second";
  for (int row = 0; row < 3; row++) {
    fixture->measured = TRUE;
    g_remove (fixture->file);
    choose (fixture, rows);
    for (int i = 0; i < 3; i++)
      keep (fixture, rows[i].name, 3 - i, i != row || row == 2);
    g_autoptr (GKeyFile) stale = read_kept (fixture);
    g_key_file_set_string (stale, rows[row].name, "shader", "another");
    g_key_file_save_to_file (stale, fixture->file, NULL);
    fixture->measured = FALSE;
    g_assert_true (choose (fixture, rows) == &rows[0]);
  }
}

void
choose_tests_add (LimnGpu *const *gpu)
{
  g_test_add ("/kernel/choose/wrong", Fixture, gpu, set_up, test_wrong, tear_down);
  g_test_add ("/kernel/choose/all", Fixture, gpu, set_up, test_all, tear_down);
  g_test_add ("/kernel/choose/proved", Fixture, gpu, set_up, test_proved, tear_down);
  g_test_add ("/kernel/choose/kept", Fixture, gpu, set_up, test_kept, tear_down);
  g_test_add ("/kernel/choose/stale", Fixture, gpu, set_up, test_stale, tear_down);
}
