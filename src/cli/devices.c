/* devices.c - limn-cli devices.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include "base/i18n.h"

static const char *
describe (LimnDeviceKind kind)
{
  static const char *const texts[] = {
    [LIMN_DEVICE_OTHER] = N_ ("other"),       [LIMN_DEVICE_INTEGRATED] = N_ ("integrated"),
    [LIMN_DEVICE_DISCRETE] = N_ ("discrete"), [LIMN_DEVICE_VIRTUAL] = N_ ("virtual"),
    [LIMN_DEVICE_SOFTWARE] = N_ ("software"),
  };

  return _ (texts[kind]);
}

int
limn_cli_devices (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status = limn_cli_parse (argc, argv, NULL, NULL, _ ("Lists the Vulkan devices, the best one first."), NULL);

  if (status != 0)
    return status;

  g_autoptr (GPtrArray) devices = limn_devices_list (&error);
  if (devices == NULL)
    return limn_cli_fail_error (error);
  if (devices->len == 0)
    return limn_cli_fail (LIMN_EXIT_ERROR,
                          _ ("Vulkan knows no device here; Mesa's mesa-vulkan-drivers brings a software one"));
  for (guint i = 0; i < devices->len; i++) {
    const LimnDeviceInfo *info = g_ptr_array_index (devices, i);
    g_print (_ ("%d  %s\n   %s, %.1f GB, subgroups of %u, %s\n"), info->index, info->name, describe (info->kind),
             info->memory / 1e9, info->subgroup_size, info->driver);
    if (info->problem != NULL)
      g_print (_ ("   cannot be used: %s\n"), info->problem);
  }
  return 0;
}
