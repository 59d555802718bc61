/* library-fixture.c - a library over a folder of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "library-fixture.h"

#include <glib/gstdio.h>

#include "common/finalize.h"
#include "common/folder.h"
#include "common/patience.h"
#include "library-files.h"

static void
notice_cb (LimnLibrary *library, int notice, const char *detail, LibraryFixture *fixture)
{
  g_test_message ("notice %d: %s", notice, detail);
  fixture->notices[notice]++;
}

void
library_open (LibraryFixture *fixture)
{
  const char *folders[] = { fixture->folder, NULL };

  fixture->library = limn_library_new (fixture->index, fixture->thumbnails);
  g_signal_connect (fixture->library, "notice", G_CALLBACK (notice_cb), fixture);
  limn_library_set_folders (fixture->library, folders);
}

void
library_close (LibraryFixture *fixture)
{
  limn_library_close (fixture->library);
  tests_finalize (fixture->library);
}

void
library_set_up (LibraryFixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  fixture->top = g_dir_make_tmp (NULL, &error);
  g_assert_no_error (error);
  fixture->folder = g_build_filename (fixture->top, "Pictures", NULL);
  fixture->index = g_build_filename (fixture->top, "cache", "library.sqlite", NULL);
  fixture->thumbnails = g_build_filename (fixture->top, "thumbnails", NULL);
  g_assert_cmpint (g_mkdir (fixture->folder, 0755), ==, 0);
}

void
library_tear_down (LibraryFixture *fixture, gconstpointer data)
{
  library_close (fixture);
  tests_remove_folder (fixture->top);
  g_free (fixture->top);
  g_free (fixture->folder);
  g_free (fixture->index);
  g_free (fixture->thumbnails);
}

void
library_wait_for (LibraryFixture *fixture, const char *what, LibraryCondition condition, gconstpointer data)
{
  gint64 end = g_get_monotonic_time () + TESTS_PATIENCE * G_USEC_PER_SEC;

  while (!condition (fixture, data)) {
    if (g_get_monotonic_time () > end)
      g_error ("waited in vain for %s; there are %u", what, g_list_model_get_n_items (G_LIST_MODEL (fixture->library)));
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (500);
  }
}

gboolean
library_has (LibraryFixture *fixture, gconstpointer n)
{
  return limn_library_get_loaded (fixture->library)
         && g_list_model_get_n_items (G_LIST_MODEL (fixture->library)) == GPOINTER_TO_UINT (n);
}

gboolean
library_is_quiet (LibraryFixture *fixture, gconstpointer data)
{
  return limn_library_get_loaded (fixture->library) && !limn_library_get_scanning (fixture->library);
}

void
library_wait_for_n (LibraryFixture *fixture, guint n)
{
  library_wait_for (fixture, "pictures", library_has, GUINT_TO_POINTER (n));
}

LimnEntry *
library_nth (LibraryFixture *fixture, guint position)
{
  g_autoptr (LimnEntry) entry = g_list_model_get_item (G_LIST_MODEL (fixture->library), position);

  g_assert_nonnull (entry);
  return entry;
}

char *
library_path_of (LibraryFixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

void
library_add (LibraryFixture *fixture, const char *name, int seconds, const char *prompt)
{
  g_autofree char *path = library_path_of (fixture, name);
  g_autofree char *parameters =
      g_strdup_printf ("%s\nNegative prompt: ugly\nSteps: 20, Sampler: Euler, Seed: 1", prompt);

  library_files_write (path, 8, 6, prompt != NULL ? "parameters" : NULL, parameters);
  library_files_set_time (path, seconds);
}

void
library_add_three (LibraryFixture *fixture)
{
  library_add (fixture, "one.png", 1000, "a red circle");
  library_add (fixture, "two.png", 2000, "a blue square in a café");
  library_add (fixture, "three.png", 3000, "红色的圆 on paper");
}

GPtrArray *
library_array_of (LimnEntry *entry)
{
  GPtrArray *array = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (array, g_object_ref (entry));
  return array;
}

void
library_favour (LibraryFixture *fixture, guint position, gboolean favourite)
{
  g_autoptr (GPtrArray) one = library_array_of (library_nth (fixture, position));

  limn_library_set_favourite (fixture->library, one, favourite);
}
