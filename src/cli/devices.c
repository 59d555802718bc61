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

static gboolean
cancelled_cb (gpointer data)
{
  return limn_cli_interrupted ();
}

/* (transfer full) */
static char *
verdict (const LimnKernelReport *report)
{
  if (report->problem != NULL)
    return g_strdup (_ ("wrong, switched off"));
  if (report->chosen == NULL)
    return g_strdup (_ ("right"));
  /* translators: %s: names of classes of shapes, like "pixels, conv" */
  return report->chosen[0] == '\0' ? g_strdup (_ ("right, chosen"))
                                   : g_strdup_printf (_ ("right, chosen for %s"), report->chosen);
}

/* The kernels in every way that the device has, each beside the plain one, which is the last. */
static int
self_test (int device)
{
  g_autoptr (GError) error = NULL;
  LimnMonitor monitor = { .cancelled = cancelled_cb };
  g_autoptr (LimnEngine) engine = limn_engine_new (device, &error);

  if (engine == NULL)
    return limn_cli_fail_error (error);
  limn_cli_catch_interrupt ();
  g_autoptr (GPtrArray) reports = limn_engine_self_test (engine, &monitor, &error);
  if (reports == NULL)
    return limn_cli_fail_error (error);
  g_print ("%s, %s\n", limn_engine_device (engine)->name, limn_engine_device (engine)->driver);
  for (guint i = 0; i < reports->len; i++) {
    const LimnKernelReport *report = g_ptr_array_index (reports, i);
    g_autofree char *found = verdict (report);

    g_print (_ ("   %-24s %9.1f GFLOP/s  %s\n"), report->name, report->gflops, found);
    if (report->problem != NULL)
      g_print ("      %s\n", report->problem);
  }
  if (limn_engine_device (engine)->wrong != NULL)
    g_print ("%s\n", limn_engine_device (engine)->wrong);
  return 0;
}

static int
list (void)
{
  g_autoptr (GError) error = NULL;
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

int
limn_cli_devices (int argc, char **argv)
{
  g_autofree char *device = NULL;
  gboolean test = FALSE;
  double index = -1;
  const GOptionEntry entries[] = {
    { "self-test", 0, 0, G_OPTION_ARG_NONE, &test,
      N_ ("prove the kernels on the device in all ways that it has, and measure them"), NULL },
    { "device", 0, 0, G_OPTION_ARG_FILENAME, &device, N_ ("number from \"limn-cli devices\" (the best)"), "N" },
    { NULL },
  };
  int status = limn_cli_parse (argc, argv, entries, NULL, _ ("Lists the Vulkan devices, the best one first."), NULL);

  if (status == 0)
    status = limn_cli_read_number ("device", device, TRUE, 0, 255, &index);
  if (status != 0)
    return status;
  return test ? self_test ((int) index) : list ();
}
