/* test-beside.c - a second thread compiles for a software device what its first picture needs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>

#include "common/folder.h"
#include "engine/beside.h"
#include "kernel/kernel.h"

/* Bytes of all files below path. */
static gint64
bytes_below (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  GStatBuf status;
  const char *name;
  gint64 bytes = 0;

  if (folder == NULL)
    return g_stat (path, &status) == 0 ? status.st_size : 0;
  while ((name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);
    bytes += bytes_below (file);
  }
  return bytes;
}

/* Of the driver's cache. */
static gint64
cached (void)
{
  return bytes_below (g_getenv ("MESA_SHADER_CACHE_DIR"));
}

/* As on a machine where Limn was never run; what the driver itself has kept stays. */
static LimnGpu *
open_new (void)
{
  g_autoptr (GError) error = NULL;

  tests_remove_folder (g_get_user_cache_dir ());
  LimnGpu *gpu = limn_gpu_new (-1, &error);
  g_assert_no_error (error);
  g_assert_true (limn_gpu_is_new (gpu));
  return gpu;
}

static gboolean
skips (void)
{
  g_autoptr (LimnGpu) gpu = open_new ();

  if (limn_gpu_limits (gpu)->software && g_get_num_processors () > 1)
    return FALSE;
  g_test_skip ("the device compiles on all cores by itself, or there is one");
  return TRUE;
}

/* The thread alone fills the driver's cache. */
static void
test_compiles (void)
{
  if (skips ())
    return;
  g_autoptr (LimnGpu) gpu = open_new ();
  gint64 before = cached ();
  g_autoptr (LimnBeside) beside = limn_beside_new (gpu, LIMN_STORE_F16, 0, LIMN_KERNEL_FIRST);

  g_assert_nonnull (beside);
  while (cached () == before)
    g_usleep (10000);
}

/* Stopped anywhere, at once or later; what was reached can be compiled, and is right to run. */
static void
test_anywhere (void)
{
  if (skips ())
    return;
  for (int round = 0; round < 8; round++) {
    g_autoptr (LimnGpu) gpu = open_new ();
    int first = g_test_rand_int_range (0, LIMN_KERNEL_FIRST - 1);
    int end = g_test_rand_int_range (first + 2, LIMN_KERNEL_FIRST + 1);
    int stop = round == 0 ? end : g_test_rand_int_range (first, end + 1);
    g_autoptr (LimnBeside) beside = limn_beside_new (gpu, LIMN_STORE_F16, first, end);
    g_autoptr (GError) error = NULL;

    g_assert_nonnull (beside);
    for (int i = first; i < stop; i++) {
      limn_beside_reach (beside, i);
      g_assert_true (limn_kernel_warm (gpu, LIMN_STORE_F16, NULL, i, &error));
      g_assert_no_error (error);
    }
  }
}

/* Once is enough. */
static void
test_known (void)
{
  g_autoptr (GError) error = NULL;
  LimnGpu *first = open_new ();

  g_assert_true (limn_kernel_warm (first, LIMN_STORE_F16, NULL, 0, &error));
  limn_gpu_free (first);
  g_autoptr (LimnGpu) gpu = limn_gpu_new (-1, &error);
  g_assert_no_error (error);
  g_assert_false (limn_gpu_is_new (gpu));
  g_assert_null (limn_beside_new (gpu, LIMN_STORE_F16, 0, LIMN_KERNEL_FIRST));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  tests_own_homes ();
  g_autofree char *folder = g_build_filename (g_get_user_state_dir (), "mesa", NULL);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0); /* the driver makes none above its own */
  g_setenv ("MESA_SHADER_CACHE_DIR", folder, TRUE);
  g_test_add_func ("/beside/compiles", test_compiles);
  g_test_add_func ("/beside/anywhere", test_anywhere);
  g_test_add_func ("/beside/known", test_known);
  return g_test_run ();
}
