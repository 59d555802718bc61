/* test-saving.c - pictures never get lost: bad folders, a full disk, kill -9.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/patience.h"
#include "session-fixture.h"

/* ---- Saving ---- */

static void
saved_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  SessionAnswer *answer = data;

  limn_picture_save_finish (LIMN_PICTURE (object), result, &answer->error);
  answer->done = TRUE;
}

/* the picture folder cannot be written: the picture is returned, says why, and can be saved elsewhere */
static void
save_elsewhere (SessionFixture *fixture, SessionAnswer *answer)
{
  g_autofree char *elsewhere = g_build_filename (fixture->folder, "elsewhere.png", NULL);
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) image = NULL;
  SessionAnswer saved = { 0 };

  g_assert_no_error (answer->error);
  g_assert_nonnull (answer->picture);
  g_assert_null (limn_picture_get_path (answer->picture));
  g_assert_error (limn_picture_get_save_error (answer->picture), LIMN_ERROR, LIMN_ERROR_FILE);
  g_test_message ("%s", limn_picture_get_save_error (answer->picture)->message);

  limn_picture_save_async (answer->picture, elsewhere, NULL, FALSE, saved_cb, &saved);
  session_wait_for (&saved.done);
  g_assert_no_error (saved.error);
  g_assert_cmpstr (limn_picture_get_path (answer->picture), ==, elsewhere);
  g_assert_null (limn_picture_get_save_error (answer->picture));
  image = limn_image_load_png (elsewhere, &text, NULL);
  g_assert_nonnull (image);
  g_assert_nonnull (g_hash_table_lookup (text, "limn"));
}

static void
test_unwritable (SessionFixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (fixture->folder, "not-a-folder", NULL);
  SessionAnswer answer = { 0 };

  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  limn_session_set_folder (fixture->session, file);
  session_begin (fixture, &answer);
  session_wait_for (&answer.done);
  save_elsewhere (fixture, &answer);
  session_answer_clear (&answer);
}

static void
test_full_disk (SessionFixture *fixture, gconstpointer data)
{
  struct rlimit old, small;
  SessionAnswer answer = { 0 };

  /* RLIMIT_FSIZE makes every write past 1 KiB fail, as a full disk does; SIGXFSZ must not kill the program */
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  small = old;
  small.rlim_cur = 1024;
  session_begin (fixture, &answer);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  session_wait_for (&answer.done);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
  g_assert_cmpuint (session_count_files (fixture->folder), ==, 0);
  save_elsewhere (fixture, &answer);
  session_answer_clear (&answer);
}

/* what is in the folder after kill -9 is whole */
static void
test_kill (SessionFixture *fixture, gconstpointer data)
{
  g_autofree char *name = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr (GDir) dir = NULL;
  const char *entry;
  int whole = 0, rounds = 0;

  while (whole == 0 && rounds++ < 20) {
    char *arguments[] = { name, (char *) "--paint-until-killed", fixture->folder, NULL };
    GError *error = NULL;
    GPid child;

    g_spawn_async (NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &child, &error);
    g_assert_no_error (error);
    g_usleep (150000 * rounds);
    g_assert_cmpint (kill (child, SIGKILL), ==, 0);
    waitpid (child, NULL, 0);

    g_clear_pointer (&dir, g_dir_close);
    dir = g_dir_open (fixture->folder, 0, NULL);
    while ((entry = g_dir_read_name (dir)) != NULL) {
      g_autofree char *path = g_build_filename (fixture->folder, entry, NULL);
      g_autoptr (GHashTable) text = NULL;
      g_autoptr (LimnImage) image = NULL;

      if (entry[0] == '.')
        continue;
      image = limn_image_load_png (path, &text, &error);
      g_assert_no_error (error);
      g_assert_nonnull (g_hash_table_lookup (text, "parameters"));
      whole++;
    }
  }
  g_test_message ("%d whole pictures after kill -9", whole);
  g_assert_cmpint (whole, >, 0);
}

static G_NORETURN void
paint_until_killed (const char *folder)
{
  g_autoptr (LimnSession) session = limn_session_new (-1, folder);
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  FakeEngine fake;

  fake_engine_init (&fake);
  fake.step_us = 0;
  fake_engine_set (&fake);
  g_object_set (settings, "prompt", "kill", "width", 96, "height", 96, "steps", 1, NULL);
  for (;;) {
    SessionAnswer answer = { 0 };

    limn_session_generate_async (session, settings, session_generated_cb, &answer);
    session_wait_for (&answer.done);
    session_answer_clear (&answer);
  }
}

int
main (int argc, char *argv[])
{
  if (argc == 3 && g_str_equal (argv[1], "--paint-until-killed"))
    paint_until_killed (argv[2]);

  session_test_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  SESSION_ADD ("unwritable", test_unwritable);
  SESSION_ADD ("full-disk", test_full_disk);
  SESSION_ADD ("kill", test_kill);
  return g_test_run ();
}
