/* test-library.c - the library over real files: what it lists, what it survives, and how quickly.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "common/folder.h"
#include "common/own-time.h"
#include "library-files.h"
#include "library-fixture.h"
#include "session/library/library-folder.h"

/* ---- What is listed ---- */

static void
test_list (LibraryFixture *fixture, gconstpointer data)
{
  const char *json = "{\"limn\": \"0.1\", \"prompt\": \"a green hill\", \"width\": 640, \"height\": 384, \"steps\": 12,"
                     " \"guidance\": 4.5, \"seed\": 77, \"sampler\": \"euler\"}";
  g_autofree char *path = library_path_of (fixture, "four.PNG");
  g_autofree char *hidden = library_path_of (fixture, ".limn-1.png");

  library_add_three (fixture);
  library_files_write (path, 640, 384, "limn", json);
  library_files_set_time (path, 4000);
  library_files_write (hidden, 8, 8, NULL, NULL);
  library_open (fixture);
  library_wait_for_n (fixture, 4);
  g_assert_cmpstr (limn_entry_get_prompt (library_nth (fixture, 0)), ==, "a green hill");
  g_assert_cmpint (limn_entry_get_width (library_nth (fixture, 0)), ==, 640);
  g_assert_cmpint (limn_entry_get_height (library_nth (fixture, 0)), ==, 384);
  g_assert_cmpstr (limn_entry_get_path (library_nth (fixture, 0)), ==, path);
  g_assert_cmpstr (limn_entry_get_prompt (library_nth (fixture, 1)), ==, "红色的圆 on paper");
  g_assert_cmpstr (limn_entry_get_prompt (library_nth (fixture, 3)), ==, "a red circle");
  g_assert_cmpint (limn_entry_get_time (library_nth (fixture, 3)), ==, G_GINT64_CONSTANT (1000000000));
  g_assert_cmpuint (limn_library_find (fixture->library, path), ==, 0);
  g_assert_cmpuint (limn_library_find (fixture->library, hidden), ==, G_MAXUINT);
}

static void
test_rebuild (LibraryFixture *fixture, gconstpointer data)
{
  static const char garbage[4096] = "SQLite format 3";

  library_add_three (fixture);
  library_open (fixture);
  library_wait_for_n (fixture, 3);
  library_favour (fixture, 1, TRUE);
  g_assert_true (limn_entry_get_favourite (library_nth (fixture, 1)));
  library_close (fixture);

  for (int round = 0; round < 3; round++) {
    g_autofree char *wal = g_strconcat (fixture->index, "-wal", NULL);

    memset (fixture->notices, 0, sizeof fixture->notices);
    g_assert_true (g_file_test (fixture->index, G_FILE_TEST_EXISTS));
    if (round == 0) {
      g_assert_cmpint (g_unlink (fixture->index), ==, 0);
    } else {
      /* first its beginning, then all but that */
      g_autofree char *bytes = NULL;
      gsize size;

      g_assert_true (g_file_get_contents (fixture->index, &bytes, &size, NULL));
      g_assert_cmpuint (size, >, sizeof garbage);
      memset (round == 1 ? bytes : bytes + 100, 0x5a, round == 1 ? 100 : size - 100);
      g_assert_true (g_file_set_contents (fixture->index, bytes, (gssize) size, NULL));
    }
    g_unlink (wal);
    library_open (fixture);
    library_wait_for_n (fixture, 3);
    library_wait_for (fixture, "the scan", library_is_quiet, NULL);
    g_assert_cmpint (fixture->notices[LIMN_LIBRARY_REBUILT], ==, round > 0);
    g_assert_false (limn_entry_get_favourite (library_nth (fixture, 0)));
    g_assert_true (limn_entry_get_favourite (library_nth (fixture, 1)));
    g_assert_cmpstr (limn_entry_get_prompt (library_nth (fixture, 1)), ==, "a blue square in a café");
    library_close (fixture);
  }
  library_open (fixture);
}

static void
changed_cb (GListModel *model, guint position, guint removed, guint added, guint *sums)
{
  sums[0] += removed;
  sums[1] += added;
}

static gboolean
is_first (LibraryFixture *fixture, gconstpointer prompt)
{
  return g_list_model_get_n_items (G_LIST_MODEL (fixture->library)) > 0
         && strcmp (limn_entry_get_prompt (library_nth (fixture, 0)), prompt) == 0;
}

static void
test_changes (LibraryFixture *fixture, gconstpointer data)
{
  g_autofree char *sub = library_path_of (fixture, "more");
  g_autofree char *one = library_path_of (fixture, "one.png");
  g_autofree char *other = library_path_of (fixture, "other.png");
  g_autofree char *added = library_path_of (fixture, "added.png");
  guint sums[2] = { 0, 0 };
  LimnEntry *stays;

  library_add_three (fixture);
  library_open (fixture);
  library_wait_for_n (fixture, 3);
  library_wait_for (fixture, "the scan", library_is_quiet, NULL);
  stays = library_nth (fixture, 2);
  g_signal_connect (fixture->library, "items-changed", G_CALLBACK (changed_cb), sums);

  /* told, and at the top only */
  library_add (fixture, "added.png", 5000, "added");
  limn_library_add_picture (fixture->library, added);
  library_wait_for_n (fixture, 4);
  g_assert_cmpuint (sums[0], ==, 0);
  g_assert_cmpuint (sums[1], ==, 1);
  g_assert_true (library_nth (fixture, 3) == stays);

  /* noticed */
  library_add (fixture, "four.png", 6000, "from outside");
  library_wait_for (fixture, "a new file", is_first, "from outside");
  library_add (fixture, "four.png", 6001, "painted over");
  library_wait_for (fixture, "a changed file", is_first, "painted over");
  g_assert_cmpint (g_unlink (added), ==, 0);
  library_wait_for_n (fixture, 4);
  g_assert_cmpint (g_rename (one, other), ==, 0);
  while (limn_library_find (fixture->library, other) == G_MAXUINT)
    g_main_context_iteration (NULL, TRUE);
  library_wait_for_n (fixture, 4);
  g_assert_cmpint (g_mkdir (sub, 0755), ==, 0);
  library_add (fixture, "more/deep.png", 7000, "deep");
  library_wait_for (fixture, "a file in a new folder", is_first, "deep");
  tests_remove_folder (sub);
  library_wait_for_n (fixture, 4);

  /* while it was closed */
  library_close (fixture);
  library_add (fixture, "five.png", 8000, "meanwhile");
  g_assert_cmpint (g_unlink (other), ==, 0);
  library_open (fixture);
  library_wait_for (fixture, "a new file", is_first, "meanwhile");
  library_wait_for_n (fixture, 4);
}

static void
test_search (LibraryFixture *fixture, gconstpointer data)
{
  static const struct {
    const char *search;
    guint n;
  } cases[] = { { "circle", 1 },
                { "CIRC", 1 },
                { "a", 2 },
                { "square blue", 1 },
                { "square red", 0 },
                { "cafe", 1 },
                { "红色", 1 },
                { "色的", 1 },
                { "圆 paper", 1 },
                { "圆 red", 0 },
                { "ugly", 0 },
                { "\"* OR a", 0 },
                { "%", 3 },
                { "a-red", 1 },
                { "(red:1.2)", 0 },
                { "NEAR(a b)", 0 },
                { "ci\xff"
                  "rcle",
                  0 },
                { "", 3 } };

  library_add_three (fixture);
  library_open (fixture);
  library_wait_for_n (fixture, 3);
  library_wait_for (fixture, "the scan", library_is_quiet, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    limn_library_set_search (fixture->library, "circle");
    library_wait_for_n (fixture, 1);
    limn_library_set_search (fixture->library, cases[i].search);
    g_test_message ("search %u", i);
    library_wait_for_n (fixture, cases[i].n);
    g_assert_cmpuint (limn_library_get_total (fixture->library), ==, 3);
    limn_library_set_search (fixture->library, "");
    library_wait_for_n (fixture, 3);
  }
}

static void
test_favourites (LibraryFixture *fixture, gconstpointer data)
{
  g_autofree char *sidecar = library_path_of (fixture, LIMN_FAVOURITES_NAME);
  g_autofree char *text = NULL;

  library_add_three (fixture);
  library_add (fixture, "odd\\name\n\xc3\xa4.png", 500, "odd");
  library_open (fixture);
  library_wait_for_n (fixture, 4);
  library_favour (fixture, 0, TRUE);
  library_favour (fixture, 3, TRUE);
  library_favour (fixture, 2, TRUE);
  library_favour (fixture, 2, FALSE);
  limn_library_set_favourites_only (fixture->library, TRUE);
  library_wait_for_n (fixture, 2);
  g_assert_cmpstr (limn_entry_get_prompt (library_nth (fixture, 1)), ==, "odd");
  g_assert_true (limn_entry_get_favourite (library_nth (fixture, 0)));
  g_assert_true (g_file_get_contents (sidecar, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "odd\\\\name\\n\xc3\xa4.png\nthree.png\n");

  /* someone edits the list */
  g_assert_true (g_file_set_contents (sidecar, "two.png\ngone.png\n", -1, NULL));
  library_wait_for (fixture, "the edited list", is_first, "a blue square in a café");
  library_wait_for_n (fixture, 1);
}

/* ---- Trash ---- */

static void
store_result_cb (GObject *object, GAsyncResult *result, gpointer slot)
{
  *(GAsyncResult **) slot = g_object_ref (result);
}

static LimnTrash *
trash (LibraryFixture *fixture, GPtrArray *entries, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  limn_library_trash_async (fixture->library, entries, store_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return limn_library_trash_finish (fixture->library, result, error);
}

static void
restore (LibraryFixture *fixture, LimnTrash *trash)
{
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;

  limn_library_restore_async (fixture->library, trash, store_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (limn_library_restore_finish (fixture->library, result, &error));
  g_assert_no_error (error);
}

static void
test_trash (LibraryFixture *fixture, gconstpointer data)
{
  g_autofree char *path = library_path_of (fixture, "two.png");
  g_autofree char *second = library_path_of (fixture, "two-2.png");
  g_autofree char *folder = library_path_of (fixture, LIMN_TRASH_NAME);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (GPtrArray) one = NULL;
  g_autoptr (LimnTrash) first = NULL;
  g_autoptr (LimnTrash) again = NULL;
  gsize size, size_after;

  library_add_three (fixture);
  library_open (fixture);
  library_wait_for_n (fixture, 3);
  library_favour (fixture, 1, TRUE);
  g_assert_true (g_file_get_contents (path, &before, &size, NULL));
  one = library_array_of (library_nth (fixture, 1));
  first = trash (fixture, one, NULL);
  g_assert_cmpuint (limn_trash_count (first), ==, 1);
  library_wait_for_n (fixture, 2);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

  restore (fixture, first);
  library_wait_for_n (fixture, 3);
  g_assert_true (g_file_get_contents (path, &after, &size_after, NULL));
  g_assert_cmpmem (before, size, after, size_after);
  g_assert_cmpstr (limn_entry_get_path (library_nth (fixture, 1)), ==, path);
  g_assert_true (limn_entry_get_favourite (library_nth (fixture, 1)));
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));

  /* the name was taken meanwhile: nothing is replaced */
  g_clear_pointer (&one, g_ptr_array_unref);
  one = library_array_of (library_nth (fixture, 1));
  again = trash (fixture, one, NULL);
  library_wait_for_n (fixture, 2);
  library_add (fixture, "two.png", 9000, "another");
  restore (fixture, again);
  library_wait_for_n (fixture, 4);
  g_assert_true (g_file_test (second, G_FILE_TEST_EXISTS));
}

static void
test_trash_for_good (LibraryFixture *fixture, gconstpointer data)
{
  g_autofree char *trashed = g_build_filename (g_get_user_data_dir (), "Trash", "files", "two.png", NULL);
  g_autofree char *staged = library_path_of (fixture, LIMN_TRASH_NAME "/two.png");
  g_autofree char *leftover = library_path_of (fixture, LIMN_TRASH_NAME "/three.png");
  g_autofree char *three = library_path_of (fixture, "three.png");
  g_autoptr (GPtrArray) one = NULL;
  g_autoptr (LimnTrash) trashes = NULL;

  library_add_three (fixture);
  library_open (fixture);
  library_wait_for_n (fixture, 3);
  one = library_array_of (library_nth (fixture, 1));
  trashes = trash (fixture, one, NULL);
  g_assert_true (g_file_test (staged, G_FILE_TEST_EXISTS));
  limn_library_forget (fixture->library, trashes);
  library_close (fixture);
  if (g_file_test (trashed, G_FILE_TEST_EXISTS)) {
    g_autofree char *info = g_build_filename (g_get_user_data_dir (), "Trash", "info", "two.png.trashinfo", NULL);
    g_autofree char *text = NULL;

    /* what a file manager would put back goes to where the picture was */
    g_assert_false (g_file_test (staged, G_FILE_TEST_EXISTS));
    g_assert_true (g_file_get_contents (info, &text, NULL, NULL));
    g_assert_nonnull (strstr (text, "/Pictures/two.png"));
  } else {
    g_test_message ("this file system has no trash: the picture stays in " LIMN_TRASH_NAME);
    g_assert_true (g_file_test (staged, G_FILE_TEST_EXISTS));
    g_assert_cmpint (fixture->notices[LIMN_LIBRARY_NO_TRASH], <=, 1);
  }

  /* what a killed program had left */
  g_autofree char *folder = library_path_of (fixture, LIMN_TRASH_NAME);
  g_mkdir (folder, 0755);
  g_assert_cmpint (g_rename (three, leftover), ==, 0);
  library_open (fixture);
  library_wait_for_n (fixture, 1);
}

/* ---- What goes wrong ---- */

static LimnImage *
thumbnail (LibraryFixture *fixture, LimnEntry *entry, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  limn_library_load_thumbnail_async (fixture->library, entry, NULL, store_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return limn_library_load_thumbnail_finish (fixture->library, result, error);
}

static void
test_damaged (LibraryFixture *fixture, gconstpointer data)
{
  g_autofree char *whole = library_path_of (fixture, "whole.png");
  g_autofree char *cut = library_path_of (fixture, "cut.png");
  g_autofree char *text = library_path_of (fixture, "text.png");
  g_autofree char *empty = library_path_of (fixture, "empty.png");
  g_autofree char *pipe = library_path_of (fixture, "pipe.png");
  g_autofree char *bytes = NULL;
  gsize size;

  library_files_write (whole, 300, 200, "parameters", "a whole picture");
  g_assert_true (g_file_get_contents (whole, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (cut, bytes, (gssize) size / 2, NULL));
  g_assert_true (g_file_set_contents (text, "not a picture at all", -1, NULL));
  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  g_assert_cmpint (mkfifo (pipe, 0644), ==, 0);
  library_files_set_time (whole, 9000);
  library_open (fixture);
  library_wait_for_n (fixture, 4);
  for (guint i = 0; i < 4; i++) {
    LimnEntry *entry = library_nth (fixture, i);
    gboolean good = strcmp (limn_entry_get_path (entry), whole) == 0;
    g_autoptr (GError) error = NULL;
    g_autoptr (LimnImage) small = thumbnail (fixture, entry, &error);

    g_assert_cmpint (small != NULL, ==, good);
    g_assert_cmpint (error == NULL, ==, good);
    if (!good)
      continue;
    g_assert_cmpint (small->width, ==, 256);
    g_assert_cmpint (small->height, ==, 171);
  }
}

static gboolean
was_told (LibraryFixture *fixture, gconstpointer notice)
{
  return fixture->notices[GPOINTER_TO_INT (notice)] > 0;
}

static void
test_no_cache (LibraryFixture *fixture, gconstpointer data)
{
  library_add_three (fixture);
  g_free (fixture->index);
  fixture->index = g_build_filename (fixture->folder, "one.png", "library.sqlite", NULL);
  library_open (fixture);
  library_wait_for_n (fixture, 3);
  library_wait_for (fixture, "a notice", was_told, GINT_TO_POINTER (LIMN_LIBRARY_IN_MEMORY));
  limn_library_set_search (fixture->library, "circle");
  library_wait_for_n (fixture, 1);
}

/* the disk ends while the index grows */
static void
test_full_disk (LibraryFixture *fixture, gconstpointer data)
{
  struct rlimit limit, small;

  for (int i = 0; i < 600; i++) {
    g_autofree char *name = g_strdup_printf ("%d.png", i);
    g_autofree char *prompt = g_strnfill (400, (char) ('a' + i % 26));

    library_add (fixture, name, 1000 + i, prompt);
  }
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  small = (struct rlimit){ 200000, limit.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  library_open (fixture);
  library_wait_for_n (fixture, 600);
  library_wait_for (fixture, "a notice", was_told, GINT_TO_POINTER (LIMN_LIBRARY_IN_MEMORY));
  library_wait_for (fixture, "the scan", library_is_quiet, NULL);
  limn_library_set_search (fixture->library, "aaaa");
  library_wait_for_n (fixture, 24);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

static void
test_open (LibraryFixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (LimnPicture) picture = NULL;
  GError *error = NULL;

  library_add_three (fixture);
  library_open (fixture);
  library_wait_for_n (fixture, 3);
  limn_library_open_async (fixture->library, limn_entry_get_path (library_nth (fixture, 2)), NULL, store_result_cb,
                           &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  picture = limn_library_open_finish (fixture->library, result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (limn_settings_values (limn_picture_get_settings (picture))->prompt, ==, "a red circle");
  g_assert_cmpint (limn_settings_values (limn_picture_get_settings (picture))->steps, ==, 20);
  g_assert_cmpint (limn_picture_get_image (picture)->width, ==, 8);
  g_assert_cmpstr (limn_picture_get_path (picture), ==, limn_entry_get_path (library_nth (fixture, 2)));
}

/* ---- Speed ---- */

/* a prompt pasted into the search, and one that no query could hold */
static void
test_long_search (LibraryFixture *fixture, gconstpointer data)
{
  static const char *const words[] = { "castle ", "\xe5\x9f\x8e ", "cas%tle_ " };

  library_add_three (fixture);
  library_open (fixture);
  library_wait_for_n (fixture, 3);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    g_autoptr (GString) text = g_string_new ("fox");

    for (int n = 0; n < 40000; n++)
      g_string_append (text, n % 1000 == 0 ? words[i] : words[i] + (n % 3 == 0 && i == 0));
    limn_library_set_search (fixture->library, text->str);
    library_wait_for_n (fixture, 0);
    limn_library_set_search (fixture->library, NULL);
    library_wait_for_n (fixture, 3);
  }
  g_assert_cmpint (fixture->notices[LIMN_LIBRARY_IN_MEMORY], ==, 0);
}

/* where one of them cannot be moved, the others can still be taken back */
static void
test_trash_partly (LibraryFixture *fixture, gconstpointer data)
{
  g_autofree char *path = library_path_of (fixture, "two.png");
  g_autoptr (GPtrArray) both = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (LimnTrash) moved = NULL;

  library_add_three (fixture);
  library_open (fixture);
  library_wait_for_n (fixture, 3);
  g_ptr_array_add (both, g_object_ref (library_nth (fixture, 0)));
  g_ptr_array_add (both, g_object_ref (library_nth (fixture, 1)));
  g_assert_cmpint (g_unlink (path), ==, 0);
  moved = trash (fixture, both, NULL);
  g_assert_nonnull (moved);
  g_assert_cmpuint (limn_trash_count (moved), ==, 1);
  library_wait_for_n (fixture, 1);
  g_assert_cmpint (fixture->notices[LIMN_LIBRARY_FAILED], ==, 1);
  restore (fixture, moved);
  library_wait_for_n (fixture, 2);
}

/* names that promise a picture or a list, and are a pipe, a circle, or a folder */
static void
test_odd_files (LibraryFixture *fixture, gconstpointer data)
{
  g_autofree char *pipe = library_path_of (fixture, "pipe.png");
  g_autofree char *link = library_path_of (fixture, "link.png");
  g_autofree char *folder = library_path_of (fixture, "folder.png");
  g_autofree char *list = library_path_of (fixture, LIMN_FAVOURITES_NAME);

  library_add_three (fixture);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_assert_cmpint (symlink (link, link), ==, 0);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_cmpint (mkfifo (list, 0600), ==, 0);
  library_open (fixture);
  library_wait_for_n (fixture, 3);
}

static void
test_ten_thousand (LibraryFixture *fixture, gconstpointer data)
{
  static const char *const words[] = { "red", "castle", "portrait", "fog", "harbour", "cat", "neon", "forest" };
  gint64 start, work, longest = 0;

  for (int i = 0; i < 10000; i++) {
    g_autofree char *name = g_strdup_printf ("2026-11-23-%06d.png", i);
    g_autofree char *prompt = g_strdup_printf ("a %s %s by the sea, number %d, highly detailed, morning light",
                                               words[i % 8], words[i / 8 % 8], i);

    library_add (fixture, name, 100000 + i, prompt);
  }
  start = g_get_monotonic_time ();
  library_open (fixture);
  library_wait_for_n (fixture, 10000);
  library_wait_for (fixture, "the scan", library_is_quiet, NULL);
  g_test_message ("10,000 pictures read for the first time: %.3f s", (g_get_monotonic_time () - start) / 1e6);
  library_close (fixture);

  start = g_get_monotonic_time ();
  work = tests_process_time ();
  library_open (fixture);
  while (!library_has (fixture, GUINT_TO_POINTER (10000))) {
    gint64 before = g_get_monotonic_time ();

    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (500);
    longest = MAX (longest, g_get_monotonic_time () - before);
  }
  g_test_message ("10,000 pictures opened: %.3f s, the main thread was held %.1f ms at most",
                  (g_get_monotonic_time () - start) / 1e6, longest / 1e3);
  g_assert_cmpint (tests_process_time () - work, <, 10 * G_USEC_PER_SEC);
  library_wait_for (fixture, "the scan", library_is_quiet, NULL);
  g_test_message ("and compared with the files: %.3f s", (g_get_monotonic_time () - start) / 1e6);
  start = g_get_monotonic_time ();
  limn_library_set_search (fixture->library, "castle fog");
  library_wait_for_n (fixture, 313);
  g_test_message ("searched: %.3f s", (g_get_monotonic_time () - start) / 1e6);
}

int
main (int argc, char **argv)
{
  g_autofree char *home = g_dir_make_tmp (NULL, NULL);
  int status;

  /* before GLib looks: the trash there is not the person's */
  g_setenv ("HOME", home, TRUE);
  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_setenv ("XDG_CACHE_HOME", home, TRUE);
  g_setenv ("GIO_USE_VFS", "local", TRUE);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/library/" name, LibraryFixture, NULL, library_set_up, func, library_tear_down)
  ADD ("list", test_list);
  ADD ("rebuild", test_rebuild);
  ADD ("changes", test_changes);
  ADD ("search", test_search);
  ADD ("favourites", test_favourites);
  ADD ("trash", test_trash);
  ADD ("trash-for-good", test_trash_for_good);
  ADD ("damaged", test_damaged);
  ADD ("no-cache", test_no_cache);
  ADD ("full-disk", test_full_disk);
  ADD ("open", test_open);
  ADD ("long-search", test_long_search);
  ADD ("trash-partly", test_trash_partly);
  ADD ("odd-files", test_odd_files);
  ADD ("ten-thousand", test_ten_thousand);
  status = g_test_run ();
  tests_remove_folder (home);
  return status;
}
