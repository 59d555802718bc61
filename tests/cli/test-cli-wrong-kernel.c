/* test-cli-wrong-kernel.c - limn-cli on a driver that is wrong about a kernel.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "cli-fixture.h"
#include "common/folder.h"

/* The line of out that begins with name, after spaces.  (transfer full), or NULL. */
static char *
line_of (const char *out, const char *name)
{
  g_auto (GStrv) lines = g_strsplit (out, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (g_strchug (lines[i]), " ", 2);

    if (g_strcmp0 (words[0], name) == 0)
      return g_strdup (lines[i]);
  }
  return NULL;
}

/* It is switched off by name, with what it got wrong; in words, what that means; and another one is taken. */
static void
test_self_test (gconstpointer kernel)
{
  if (!cli_has_device ()) {
    g_test_skip ("no device");
    return;
  }
  g_setenv ("WRONG_KERNEL", kernel, TRUE);
  g_setenv ("LD_PRELOAD", g_getenv ("WRONG_KERNEL_MODULE"), TRUE);
  g_auto (Ran) ran = RUN ("devices", "--self-test");
  g_unsetenv ("LD_PRELOAD");
  g_autofree char *eight = line_of (ran.out, "eight"), *plain = line_of (ran.out, "shared");
  g_autofree char *problem = g_strconcat ("\n      ", kernel, ": value ", NULL);

  g_test_message ("%s%s", ran.out, ran.err);
  g_assert_cmpint (ran.status, ==, 0);
  if (eight == NULL) {
    g_test_skip ("the device has no subgroups of eight");
    return;
  }
  g_assert_true (g_str_has_suffix (eight, "wrong, switched off"));
  g_assert_nonnull (strstr (ran.out, problem));
  g_assert_nonnull (plain);
  g_assert_nonnull (strstr (plain, "right, chosen"));
  g_assert_nonnull (strstr (ran.out, "gave wrong results with its subgroups (eight, eight-wide"));
}

int
main (int argc, char *argv[])
{
  tests_own_homes (); /* what is found wrong is kept beside the pipelines, which others read */
  g_test_init (&argc, &argv, NULL);
  cli_begin ();
  g_test_add_data_func ("/cli/wrong-kernel/matmul", "matmul.f16", test_self_test);
  g_test_add_data_func ("/cli/wrong-kernel/conv", "conv.f16", test_self_test);
  return cli_end (g_test_run ());
}
