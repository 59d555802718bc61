/* import-tests.c - whether a device imports pages is asked once, see src/gpu/import.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "played.h"

#include <glib/gstdio.h>
#include <string.h>

#include "gpu/gpu-private.h"

/* Opens one, and says how often one was opened for it. */
static LimnGpu *
open_counting (guint *devices)
{
  g_autoptr (GError) error = NULL;

  played.devices = 0;
  LimnGpu *gpu = limn_gpu_new (-1, &error);
  g_assert_no_error (error);
  *devices = played.devices;
  return gpu;
}

static void
write_answer (const char *path, const char *text, gsize length)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, (gssize) length, &error);
  g_assert_no_error (error);
}

/* The text of a whole answer, but for one line, which begins with key.  (transfer full) */
static char *
with_line (const char *text, const char *key, const char *line)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], key)) {
      g_free (lines[i]);
      lines[i] = g_strdup (line);
    }
  return g_strjoinv ("\n", lines);
}

/* Asked once for a driver, on an opening of its own; again where the answer is another driver's or damaged, wherever it
 * is cut off. */
static void
test_import (void)
{
  static const char *const foreign[][2] = { { "driver=", "driver=another 1.0, Linux 1" },
                                            { "driver=", "" },
                                            { "version=", "version=0" },
                                            { "imports=", "imports=perhaps" },
                                            { "imports=", "" } };
  guint devices;

  played = (Played){ 0 };
  g_autoptr (LimnGpu) first = open_counting (&devices);
  g_autofree char *path = limn_gpu_cache_path (first, "import", ".ini"), *text = NULL;
  guint32 alignment = limn_gpu_limits (first)->import_alignment;
  gsize length;

  g_remove (path);
  g_autoptr (LimnGpu) asking = open_counting (&devices);
  if (devices == 1) {
    g_test_skip ("the device has no extension for it");
    return;
  }
  g_assert_cmpuint (devices, ==, 2);
  g_assert_cmpuint (limn_gpu_limits (asking)->import_alignment, ==, alignment);
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_autoptr (LimnGpu) known = open_counting (&devices);
  g_assert_cmpuint (devices, ==, 1);
  g_assert_cmpuint (limn_gpu_limits (known)->import_alignment, ==, alignment);

  for (guint i = 0; i < G_N_ELEMENTS (foreign); i++) {
    g_autofree char *other = with_line (text, foreign[i][0], foreign[i][1]), *after = NULL;

    write_answer (path, other, strlen (other));
    g_autoptr (LimnGpu) gpu = open_counting (&devices);
    g_assert_cmpuint (devices, ==, 2);
    g_assert_cmpuint (limn_gpu_limits (gpu)->import_alignment, ==, alignment);
    g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
    g_assert_cmpstr (after, ==, text);
  }
  for (gsize end = 0; end + 1 < length; end += (gsize) g_test_rand_int_range (1, 9)) {
    write_answer (path, text, end);
    g_autoptr (LimnGpu) gpu = open_counting (&devices);
    g_assert_cmpuint (devices, ==, 2);
    g_assert_cmpuint (limn_gpu_limits (gpu)->import_alignment, ==, alignment);
  }
  g_autofree char *no = with_line (text, "imports=", "imports=false");
  write_answer (path, no, strlen (no));
  g_autoptr (LimnGpu) without = open_counting (&devices);
  g_assert_cmpuint (devices, ==, 1);
  g_assert_cmpuint (limn_gpu_limits (without)->import_alignment, ==, 0);
  g_remove (path);
}

void
import_tests_add (void)
{
  g_test_add_func ("/driver/import", test_import);
}
