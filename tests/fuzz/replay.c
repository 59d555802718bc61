/* replay.c - runs a fuzz entry point over the files of the folders named on the command line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static guint
replay_folder (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) folder = g_dir_open (path, 0, &error);
  guint count = 0;

  if (folder == NULL)
    g_error ("%s", error->message);
  for (const char *name; (name = g_dir_read_name (folder)) != NULL; count++) {
    g_autofree char *file = g_build_filename (path, name, NULL);
    g_autofree char *text = NULL;
    gsize size;
    if (!g_file_get_contents (file, &text, &size, &error))
      g_error ("%s", error->message);
    /* Exactly as long as the file, so that a sanitizer sees a byte read too far. */
    g_autofree guint8 *data = g_memdup2 (text, size);
    gint64 start = g_get_monotonic_time ();
    LLVMFuzzerTestOneInput (data, size);
    double seconds = (double) (g_get_monotonic_time () - start) / 1e6;
    if (!(seconds < 30))
      g_error ("%s took %.0f s", file, seconds);
  }
  return count;
}

int
main (int argc, char **argv)
{
  guint count = 0;

  LLVMFuzzerTestOneInput ((const guint8 *) "", 0);
  for (int i = 1; i < argc; i++)
    count += replay_folder (argv[i]);
  g_print ("%u files replayed\n", count);
  return count > 0 ? 0 : 1;
}
