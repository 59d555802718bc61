/* vulkan.c - see vulkan.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/vulkan.h"

#include <dlfcn.h>

#include "base/error.h"
#include "base/i18n.h"

#define LIBRARY "libvulkan.so.1"

#define FUNCTION(name) PFN_##name name;
LIMN_VULKAN_FUNCTIONS
#undef FUNCTION

static const struct {
  const char *name;
  void *function; /* PFN_ of it * */
} functions[] = {
#define FUNCTION(name) { #name, &name },
  LIMN_VULKAN_FUNCTIONS
#undef FUNCTION
};

static gboolean
find (GError **error)
{
  if (dlopen (LIBRARY, RTLD_NOW | RTLD_GLOBAL) == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE,
                 _ ("There is no Vulkan on this computer (%s); install libvulkan1, vulkan-loader or what your system "
                    "calls it, and a driver, for example mesa-vulkan-drivers"),
                 dlerror ());
    return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++) {
    /* Not in the library alone: what stands before it is wanted, as if it were linked. */
    *(void **) functions[i].function = dlsym (RTLD_DEFAULT, functions[i].name);
    if (*(void **) functions[i].function == NULL) {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_DEVICE, _ ("%s is too old: it has no %s"), LIBRARY, functions[i].name);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
limn_vulkan_load (GError **error)
{
  static GMutex lock;
  static gboolean found;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  found = found || find (error);
  return found;
}
