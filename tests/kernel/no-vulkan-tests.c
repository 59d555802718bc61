/* no-vulkan-tests.c - a computer without Vulkan's loader, with one that is too old, and then with one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <dlfcn.h>
#include <glib.h>

#include "base/error.h"
#include "gpu/device.h"

static const char *in_its_place; /* the library that is opened for Vulkan's; NULL: itself */

/* Stands before the C library's. */
void *
dlopen (const char *file, int mode)
{
  void *(*real) (const char *, int) = (void *(*) (const char *, int) ) dlsym (RTLD_NEXT, "dlopen");

  return real (in_its_place != NULL && g_strcmp0 (file, "libvulkan.so.1") == 0 ? in_its_place : file, mode);
}

static void
assert_told (const char *words)
{
  g_autoptr (GError) listing = NULL, opening = NULL;

  g_assert_null (limn_gpu_list (&listing));
  g_assert_error (listing, LIMN_ERROR, LIMN_ERROR_DEVICE);
  g_assert_nonnull (strstr (listing->message, words));
  g_assert_null (limn_gpu_new (-1, &opening));
  g_assert_error (opening, LIMN_ERROR, LIMN_ERROR_DEVICE);
  g_assert_cmpstr (opening->message, ==, listing->message);
}

/* One after the other: what was found once stays. */
static void
test_comes (void)
{
  g_autoptr (GError) error = NULL;

  in_its_place = "libvulkan-of-nowhere.so.1";
  assert_told (in_its_place);
  in_its_place = "libm.so.6";
  assert_told ("too old");
  in_its_place = NULL;
  g_autoptr (GPtrArray) devices = limn_gpu_list (&error);
  if (g_strcmp0 (g_getenv ("LIMN_REQUIRE_GPU"), "1") == 0)
    g_assert_cmpuint (devices->len, >, 0);
  in_its_place = "libvulkan-of-nowhere.so.1";
  g_assert_true ((limn_gpu_list (NULL) != NULL) == (devices != NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/no-vulkan/comes", test_comes);
  return g_test_run ();
}
