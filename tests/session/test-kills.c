/* test-kills.c - a program that paints one picture after another is killed at any moment, started again, and killed
 * again (500 times with -m slow): each start finds all in order, no picture that was told is lost, and what is cut off
 * is painted in the end.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/folder.h"
#include "queue-fixture.h"

#define KILLS 20
#define MANY_KILLS 500
#define AHEAD 3 /* pictures that wait */

/* ---- The one that is killed ---- */

static gboolean
is_broken_aside (void)
{
  g_autofree char *aside = g_build_filename (g_get_user_state_dir (), "limn", "queue.json.broken", NULL);

  return g_file_test (aside, G_FILE_TEST_EXISTS);
}

static void
assert_whole (const char *path)
{
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnImage) image = limn_image_load_png (path, &text, &error);

  g_assert_no_error (error);
  g_assert_nonnull (g_hash_table_lookup (text, "limn"));
}

/* What it has of earlier lives. */
static void
assert_in_order (LimnQueue *queue)
{
  g_assert_false (is_broken_aside ());
  for (guint i = 0; i < queue_length (queue); i++) {
    LimnQueueItem *item = queue_nth (queue, i);

    g_assert_cmpstr (limn_queue_item_get_message (item), ==, "");
    g_assert_cmpint (limn_queue_item_get_state (item), !=, LIMN_QUEUE_FAILED);
    if (limn_queue_item_get_state (item) == LIMN_QUEUE_DONE)
      assert_whole (limn_queue_item_get_picture_path (item));
  }
}

static LimnSettings *
settings_of (guint64 seed)
{
  LimnSettings *settings = limn_settings_new ();
  LimnImage *image = limn_image_new (16, 16);
  g_autoptr (LimnSource) source = NULL;

  memset (image->rgb, (int) (seed % 250), 3 * 16 * 16);
  source = limn_source_new (image, "from elsewhere");
  g_object_set (settings, "prompt", "killed", "width", 64, "height", 64, "steps", 5, "seed", seed, "sampler",
                "dpmpp_2m", "source", source, "strength", 0.8, NULL);
  return settings;
}

static void
append_more (LimnQueue *queue, guint64 *seed)
{
  while (limn_queue_get_n_pending (queue) < AHEAD) {
    g_autoptr (LimnSettings) settings = settings_of ((*seed)++);

    limn_queue_append (queue, settings, NULL, 0);
  }
}

/* Tells it to whoever started this. */
static void
finished_cb (LimnQueue *queue, LimnQueueItem *item, LimnPicture *picture, guint64 *seed)
{
  g_print ("%s\n", limn_picture_get_path (picture));
  fflush (stdout);
  append_more (queue, seed);
}

static G_NORETURN void
paint_until_killed (const char *folder, const char *seed)
{
  g_autoptr (LimnSession) session = limn_session_new (-1, folder);
  g_autoptr (LimnQueue) queue = limn_queue_new (session, NULL);
  guint64 next = g_ascii_strtoull (seed, NULL, 10);
  FakeEngine fake;

  fake_engine_init (&fake);
  fake.step_us = 1000;
  fake_engine_set (&fake);
  queue_wait_loaded (queue);
  assert_in_order (queue);
  g_signal_connect (queue, "finished", G_CALLBACK (finished_cb), &next);
  append_more (queue, &next);
  for (;;)
    g_main_context_iteration (NULL, TRUE);
}

/* ---- The one who kills ---- */

/* Returns what it told. */
static GStrv
live (const char *folder, guint64 seed)
{
  g_autofree char *name = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *first = g_strdup_printf ("%" G_GUINT64_FORMAT, seed);
  char *arguments[] = { name, (char *) "--paint", (char *) folder, first, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) told = g_string_new (NULL);
  char buffer[4096];
  gssize got;
  int out, status;
  GPid child;

  g_spawn_async_with_pipes (NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &child, NULL, &out, NULL,
                            &error);
  g_assert_no_error (error);
  /* in the midst of loading, of painting, of saving */
  g_usleep ((gulong) g_test_rand_int_range (5000, 400000));
  kill (child, SIGKILL);
  waitpid (child, &status, 0);
  while ((got = read (out, buffer, sizeof buffer)) > 0)
    g_string_append_len (told, buffer, got);
  close (out);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  return g_strsplit (told->str, "\n", -1);
}

/* Returns how many there are. */
static guint
count_whole (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    if (name[0] == '.') /* what was cut off in the midst: in nobody's sight */
      continue;
    assert_whole (path);
    n++;
  }
  return n;
}

/* Each seed gives what it gives without a kill. */
static void
assert_all_right (SessionFixture *fixture, LimnQueue *queue)
{
  for (guint i = 0; i < queue_length (queue); i++) {
    LimnQueueItem *item = queue_nth (queue, i);
    g_autoptr (LimnSettings) settings = settings_of (limn_settings_values (limn_queue_item_get_settings (item))->seed);
    g_autoptr (LimnImage) image = NULL;
    g_autoptr (LimnPicture) fresh = NULL;

    g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_DONE);
    if (i % 8 != 0 && i + 2 * AHEAD < queue_length (queue))
      continue;
    image = limn_image_load_png (limn_queue_item_get_picture_path (item), NULL, NULL);
    fresh = queue_paint_fresh (fixture, settings);
    g_assert_true (limn_image_is_same (image, limn_picture_get_image (fresh)));
  }
}

static void
test_kills (void)
{
  SessionFixture fixture = { 0 };
  guint kills = g_test_slow () ? MANY_KILLS : KILLS, told = 0;
  LimnQueue *queue;

  session_set_up (&fixture, NULL);
  limn_session_close (fixture.session);
  for (guint i = 0; i < kills; i++) {
    g_auto (GStrv) paths = live (fixture.folder, 1000 * (guint64) i);

    for (guint j = 0; paths[j] != NULL && strchr (paths[j], '.') != NULL; j++, told++)
      assert_whole (paths[j]);
    count_whole (fixture.folder);
  }
  tests_finalize (fixture.session);
  fixture.session = limn_session_new (-1, fixture.folder);
  session_watch (&fixture);
  queue_set_step_us (&fixture, 0);
  queue = limn_queue_new (fixture.session, NULL);
  queue_wait_idle (queue);
  assert_in_order (queue);
  g_assert_cmpuint (queue_length (queue), >=, told);
  assert_all_right (&fixture, queue);
  g_test_message ("%u kills, %u pictures told before them, %u in the end", kills, told, count_whole (fixture.folder));
  limn_queue_close (queue);
  tests_finalize (queue);
  session_tear_down (&fixture, NULL);
}

int
main (int argc, char *argv[])
{
  if (argc == 4 && g_str_equal (argv[1], "--paint"))
    paint_until_killed (argv[2], argv[3]);
  session_test_init (&argc, &argv);
  g_test_add_func ("/session/kills", test_kills);
  return g_test_run ();
}
