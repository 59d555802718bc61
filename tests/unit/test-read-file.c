/* test-read-file.c - a whole regular file within its bound, and a message with its name for whatever else there is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/read-file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "common/folder.h"

#define MOST 5

static void
expect_refused (const char *path, const char *reason)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *message = g_strdup_printf ("%s: %s", path, reason);
  gsize size;

  g_assert_null (limn_read_file (path, MOST, "is a folder", "is large", &size, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FILE);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_whole (TestsFile *fixture, gconstpointer unused)
{
  static const char bytes[MOST + 1] = "a\0b\0c";

  for (gsize n = 0; n <= MOST; n++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *contents = NULL;
    gsize size = 99;

    g_assert_true (g_file_set_contents (fixture->path, bytes, (gssize) n, NULL));
    contents = limn_read_file (fixture->path, MOST, "", "", &size, &error);
    g_assert_no_error (error);
    g_assert_cmpmem (contents, size, bytes, n);
    g_assert_cmpint (contents[n], ==, 0);
  }
}

static void
test_refused (TestsFile *fixture, gconstpointer unused)
{
  expect_refused (fixture->path, "No such file or directory");
  expect_refused (fixture->folder, "is a folder");
  expect_refused ("/dev/zero", "not a regular file");
  g_assert_true (g_file_set_contents (fixture->path, "abcdef", MOST + 1, NULL));
  expect_refused (fixture->path, "is large");
  g_remove (fixture->path);
  /* nobody writes into it: to open it would never end */
  g_assert_cmpint (mkfifo (fixture->path, 0600), ==, 0);
  expect_refused (fixture->path, "not a regular file");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/read-file/whole", TestsFile, NULL, tests_file_set_up, test_whole, tests_file_tear_down);
  g_test_add ("/read-file/refused", TestsFile, NULL, tests_file_set_up, test_refused, tests_file_tear_down);
  return g_test_run ();
}
