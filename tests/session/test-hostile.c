/* test-hostile.c - what lies in the state folder is not what Limn wrote, or another Limn writes there too.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/patience.h"
#include "queue-fixture.h"
#include "record-fixture.h"
#include "session/queue/queue-private.h"
#include "session/record/record-header.h"
#include "common/folder.h"
#include "common/own-time.h"

#define DEEP (4 << 20)

static LimnRecordHeader *
make_header (const char *id, const char *parent)
{
  LimnRecordHeader *header = g_new0 (LimnRecordHeader, 1);

  header->id = g_strdup (id);
  header->parent_id = g_strdup (parent);
  header->steps = 8;
  header->settings = limn_settings_new ();
  return header;
}

static void
write_record (const char *folder, const char *id, const char *parent)
{
  g_autoptr (LimnRecordHeader) header = make_header (id, parent);
  g_autofree char *name = g_strconcat (id, ".run", NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (LimnRecordWriter) writer = limn_record_writer_new (path, header, NULL);

  g_assert_nonnull (writer);
}

/* brackets enough to leave any stack */
static char *
deep_text (const char *before)
{
  gsize length = strlen (before);
  char *text = g_malloc (length + DEEP + 1);

  memcpy (text, before, length);
  memset (text + length, '[', DEEP);
  text[length + DEEP] = '\0';
  return text;
}

/* ---- Records ---- */

/* a pipe would be waited for, and a circle of parents walked round for ever */
static void
test_folder (SessionFixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->folder, "runs", NULL);
  g_autofree char *pipe = g_build_filename (folder, "pipe.run", NULL);
  g_autofree char *inside = g_build_filename (folder, "folder.run", NULL);
  g_autofree char *link = g_build_filename (folder, "link.run", NULL);
  g_autoptr (LimnRecords) records = NULL;

  write_record (folder, "a", "c");
  write_record (folder, "b", "a");
  write_record (folder, "c", "b");
  write_record (folder, "d", "d");
  write_record (folder, "e", "b");
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_assert_cmpint (g_mkdir (inside, 0700), ==, 0);
  g_assert_cmpint (symlink (link, link), ==, 0);
  records = limn_records_new (folder);
  record_wait_loaded (records);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (records)), ==, 5);
  for (guint i = 0; i < 5; i++) {
    g_autoptr (LimnRecord) record = g_list_model_get_item (G_LIST_MODEL (records), i);
    guint depth = 0;

    for (LimnRecord *up = record; up != NULL && depth < 100; up = limn_records_get_parent (records, up))
      depth++;
    g_assert_cmpuint (depth, <=, 4);
  }
}

static void
test_deep_header (SessionFixture *fixture, gconstpointer data)
{
  g_autofree char *text = deep_text ("{\"settings\":");
  g_autoptr (GError) error = NULL;

  g_assert_null (limn_record_header_from_text ("deep.run", text, strlen (text), &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
}

/* what has been thrown away by reading it wrong cannot come back: sources stay while any record is a riddle */
static void
test_kept (SessionFixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "0d0e1b9c-1d8c-4a3e-9a50-5f1c6c1d7f01", "0d0e1b9c-1d8c-4a3e-9a50-5f1c6c1d7f02" };
  g_autofree char *folder = g_build_filename (fixture->folder, "runs", NULL);
  g_autofree char *riddle = g_build_filename (folder, "unreadable.run", NULL);

  for (int i = 0; i < 2; i++) {
    g_autofree char *kept = g_strdup_printf ("%s/kept/%s.png", folder, names[i]);
    g_autofree char *parent = g_path_get_dirname (kept);
    struct timespec times[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
    g_autoptr (LimnRecords) records = NULL;

    g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
    g_assert_true (g_file_set_contents (kept, "x", 1, NULL));
    g_assert_cmpint (utimensat (AT_FDCWD, kept, times, 0), ==, 0);
    if (i == 0)
      g_assert_cmpint (symlink (riddle, riddle), ==, 0);
    else
      g_unlink (riddle);
    records = limn_records_new (folder);
    record_wait_loaded (records);
    g_assert_cmpint (g_file_test (kept, G_FILE_TEST_EXISTS), ==, i == 0);
  }
}

/* of an earlier session's record nobody knows the picture before it is loaded, but that there was one */
static void
test_unloaded_source (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnSource) source = limn_source_new (limn_image_new (64, 64), "black");
  g_autoptr (LimnPicture) picture = NULL;
  g_autoptr (LimnRecords) records = NULL;
  LimnRecord *record;

  g_object_set (fixture->settings, "source", source, "strength", 1.0, NULL);
  picture = record_fresh (fixture);
  g_assert_nonnull (picture);
  limn_session_close (fixture->session);
  records = limn_records_new (NULL);
  record_wait_loaded (records);
  record = limn_records_lookup (records, limn_picture_get_record_id (picture));
  g_assert_false (limn_record_is_loaded (record));
  g_object_set (fixture->settings, "source", NULL, NULL);
  g_assert_cmpint (limn_record_shared_steps (record, fixture->settings), ==, 0);
}

/* ---- Going on ---- */

static guint
count_steps (LimnRecord *record)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  LimnRecordStep step;

  for (guint i = 0; limn_record_get_step (record, i, &step); i++)
    g_assert_true (g_hash_table_add (seen, GINT_TO_POINTER (step.schedule_step)));
  return g_hash_table_size (seen);
}

/* the last step is done again, as something has to be done, but it is one step */
static void
test_cancelled_decode (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (LimnPicture) resumed = NULL;
  g_autoptr (LimnRecordFile) file = NULL;
  SessionAnswer answer = { 0 };
  LimnRecord *record;

  fake_engine_hold (8);
  limn_session_run_async (fixture->session, fixture->settings, NULL, 0, LIMN_RUN_NORMAL, cancellable,
                          session_generated_cb, &answer);
  while (fixture->last_step < 8)
    g_main_context_iteration (NULL, TRUE);
  record = limn_session_get_record (fixture->session);
  g_cancellable_cancel (cancellable);
  session_wait_for (&answer.done);
  g_assert_error (answer.error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  session_answer_clear (&answer);
  g_assert_cmpint (limn_record_get_last_step (record), ==, 8);

  fixture->last_step = 0;
  record_set_fake (fixture);
  resumed = record_run (fixture, record, 0, LIMN_RUN_RESUME, NULL);
  g_assert_nonnull (resumed);
  g_assert_cmpint (fake_engine_counts ().steps, ==, 1);
  g_assert_cmpuint (limn_record_get_n_steps (record), ==, 8);
  g_assert_cmpuint (count_steps (record), ==, 8);
  file = limn_record_file_scan (limn_record_get_path (record), NULL);
  g_assert_cmpuint (file->steps->len, ==, 8);
  fixture->in_order = TRUE;
}

/* two Limns on one file: the second one keeps its hands off */
static void
test_two_writers (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnRecordHeader) header = make_header ("one", NULL);
  g_autofree char *path = g_build_filename (fixture->folder, "one.run", NULL);
  g_autoptr (LimnRecordWriter) first = limn_record_writer_new (path, header, NULL);
  g_autoptr (LimnRecordWriter) second = NULL, third = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (first);
  second = limn_record_writer_reopen (path, &error);
  g_assert_null (second);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FILE);
  g_test_message ("%s", error->message);
  g_clear_pointer (&first, limn_record_writer_free);
  third = limn_record_writer_reopen (path, NULL);
  g_assert_nonnull (third);
}

/* a step that is only in memory, of a record whose other steps are not */
static void
test_unloaded_memory (SessionFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "one.run", NULL);
  LimnRecordPlace place = { 3, 4, 8, 8, -1 };
  g_autoptr (LimnTrailPoint) point = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnRecordHeader) header = make_header ("one", NULL);
  g_autoptr (LimnRecordWriter) writer = limn_record_writer_new (path, header, NULL);

  g_assert_false (limn_record_file_read (path, &place, &point, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_assert_nonnull (writer);
}

static void
assert_latents (const float *found, const float *expected, gsize n)
{
  g_assert_true ((found == NULL) == (expected == NULL));
  if (expected != NULL)
    g_assert_cmpmem (found, n * sizeof (float), expected, n * sizeof (float));
}

/* latents of any family: what was written comes back, a step's or those before it, and as much of it as is known */
static void
test_planes (SessionFixture *fixture, gconstpointer data)
{
  for (int known = 0; known < 5; known++)
    for (int planes = 1; planes <= 32; planes = planes * 2 + g_test_rand_int_range (0, 2)) {
      g_autofree char *name = g_strdup_printf ("%d-%d.run", planes, known),
                      *path = g_build_filename (fixture->folder, name, NULL);
      const int width = g_test_rand_int_range (1, 9), height = g_test_rand_int_range (1, 9);
      gsize n = (gsize) planes * width * height;
      g_autofree float *values = g_new (float, 3 * n);
      g_autofree guint8 *rgb = known > 2 ? g_malloc0 ((gsize) width * height * 3) : NULL;
      LimnPast did = { .sigma = 2,
                       .denoised = known != 0 ? values + n : NULL,
                       .negative = known == 2 || known == 4 ? values + 2 * n : NULL };
      g_autoptr (LimnRecordHeader) header = make_header ("one", NULL);
      g_autoptr (LimnRecordWriter) writer = limn_record_writer_new (path, header, NULL);
      LimnRecordPlace place = { 1, planes, width, height, -1 };
      g_autoptr (LimnTrailPoint) point = NULL, back = NULL;
      g_autoptr (GError) error = NULL;

      for (gsize i = 0; i < 3 * n; i++)
        values[i] = (float) g_test_rand_double_range (-4, 4);
      point = limn_trail_point_new (planes, width, height, values);
      limn_trail_point_set_step (point, &did, 3);
      limn_record_writer_add (writer, &place, point, rgb, &error);
      g_assert_no_error (error);
      limn_record_file_read (path, &place, &back, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (back->planes, ==, planes);
      assert_latents (back->latents, values, n);
      assert_latents (back->denoised, did.denoised, n);
      assert_latents (back->negative, did.negative, n);
      g_assert_cmpint (back->draws, ==, 3);
    }
}

/* ---- The queue ---- */

static void
test_queue_numbers (SessionFixture *fixture, gconstpointer data)
{
  const char text[] =
      "{\"version\":1,\"paused\":true,\"items\":[{\"cell\":9223372036854775807,\"progress\":-9223372036854775808,"
      "\"parent-step\":99999999999999999999,\"settings\":{\"width\":-9223372036854775808,\"steps\":9223372036854775807,"
      "\"guidance\":1e308,\"strength\":-1e308,\"seed\":\"99999999999999999999\",\"count\":0}}]}";
  LimnKeep *keep = limn_records_get_keep (limn_session_get_records (fixture->session));
  g_autofree char *deep = deep_text ("{\"version\":1,\"items\":[");
  g_autoptr (GPtrArray) items = NULL;
  g_autoptr (LimnSettings) usual = limn_settings_new ();
  const LimnSettingsValues *values;
  gboolean paused = FALSE;
  g_autoptr (GError) error = NULL;

  items = limn_queue_from_text ("queue.json", text, keep, &paused, NULL);
  g_assert_nonnull (items);
  g_assert_cmpuint (items->len, ==, 1);
  values = limn_settings_values (limn_queue_item_get_settings (items->pdata[0]));
  g_assert_cmpint (values->width, ==, limn_settings_values (usual)->width);
  g_assert_cmpint (values->steps, ==, limn_settings_values (usual)->steps);
  g_assert_cmpint (values->count, ==, 1);
  g_assert_null (limn_queue_from_text ("queue.json", deep, keep, &paused, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_null (limn_queue_from_text ("queue.json", "{\"version\":1,\"items\":[1e400]}", keep, &paused, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
}

/* what cannot be read is put aside, not written over */
static void
test_queue_unreadable (SessionFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (g_get_user_state_dir (), "limn", "queue.json", NULL);
  g_autofree char *aside = g_strconcat (path, ".broken", NULL);

  for (int i = 0; i < 2; i++) {
    LimnQueue *queue;

    tests_remove_folder (aside);
    g_unlink (path);
    g_assert_cmpint (i == 0 ? g_mkdir_with_parents (path, 0700) : mkfifo (path, 0600), ==, 0);
    queue = limn_queue_new (fixture->session, NULL);
    queue_wait_loaded (queue);
    limn_queue_set_paused (queue, TRUE);
    limn_queue_append (queue, fixture->settings, NULL, 0);
    queue_wait_saved (queue);
    g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
    g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
    limn_queue_close (queue);
    tests_finalize (queue);
    g_unlink (aside);
  }
}

/* the first of the finished ones leave, not the one that has just come */
static void
test_queue_full (SessionFixture *fixture, gconstpointer data)
{
  LimnQueue *queue = limn_queue_new (fixture->session, NULL);
  LimnQueueItem *item;

  queue_wait_loaded (queue);
  limn_queue_set_paused (queue, TRUE);
  limn_queue_append (queue, fixture->settings, NULL, 0);
  g_object_set (fixture->settings, "prompt", "__none__", "count", 600, NULL);
  item = limn_queue_append (queue, fixture->settings, NULL, 0);
  g_assert_true (item == queue_nth (queue, 1));
  g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_FAILED);
  g_object_set (fixture->settings, "count", 1, NULL);
  item = limn_queue_prepend (queue, fixture->settings, NULL, 0);
  g_assert_true (item == queue_nth (queue, 0));
  g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_FAILED);
  g_assert_cmpuint (queue_length (queue), ==, 502);
  limn_queue_close (queue);
  tests_finalize (queue);
}

static void
append_cb (LimnQueue *queue, GParamSpec *pspec, SessionFixture *fixture)
{
  limn_queue_append (queue, fixture->settings, NULL, 0);
}

/* whoever is eager to add something does not set going what was held back */
static void
test_queue_paused (SessionFixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (g_get_user_state_dir (), "limn", "queue.json", NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  LimnQueue *queue;

  record_wait_loaded (limn_session_get_records (fixture->session));
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "{\"version\":1,\"paused\":true,\"items\":[{\"settings\":{}}]}", -1, NULL));
  queue = limn_queue_new (fixture->session, NULL);
  g_signal_connect (queue, "notify::loaded", G_CALLBACK (append_cb), fixture);
  queue_wait_loaded (queue);
  g_assert_true (limn_queue_get_paused (queue));
  g_assert_cmpuint (queue_length (queue), ==, 2);
  g_assert_null (limn_queue_get_current (queue));
  limn_queue_close (queue);
  tests_finalize (queue);
}

/* Limn ends before the disk has said what was in line */
static void
test_queue_hasty (SessionFixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 3; i++) {
    LimnQueue *queue = limn_queue_new (fixture->session, NULL);

    limn_queue_append (queue, fixture->settings, NULL, 0);
    g_assert_cmpuint (queue_length (queue), ==, 1);
    limn_queue_close (queue);
    tests_finalize (queue);
    g_assert_cmpint (fake_engine_counts ().generates, ==, 0);
  }
  {
    LimnQueue *queue = limn_queue_new (fixture->session, NULL);

    queue_wait_loaded (queue);
    g_assert_cmpuint (queue_length (queue), ==, 3);
    limn_queue_close (queue);
    tests_finalize (queue);
  }
}

/* a batch reads its wildcard file once: this is the main thread */
static void
test_queue_wildcards (SessionFixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "limn", "wildcards", NULL);
  g_autofree char *path = g_build_filename (folder, "large.txt", NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  LimnQueue *queue = limn_queue_new (fixture->session, NULL);
  gint64 start, one;

  for (int i = 0; i < 3000; i++)
    g_string_append_printf (text, "%01000d\n", i);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text->str, (gssize) text->len, NULL));
  queue_wait_loaded (queue);
  limn_queue_set_paused (queue, TRUE);
  g_object_set (fixture->settings, "prompt", "__large__", "count", 1, NULL);
  start = tests_own_time ();
  limn_queue_append (queue, fixture->settings, NULL, 0);
  one = tests_own_time () - start;
  g_object_set (fixture->settings, "count", 500, NULL);
  start = tests_own_time ();
  limn_queue_append (queue, fixture->settings, NULL, 0);
  g_test_message ("a wildcard file of 3 MB: %.1f ms for one item, %.1f for 500", one / 1e3,
                  (tests_own_time () - start) / 1e3);
  g_assert_cmpint (tests_own_time () - start, <, 100 * one);
  g_assert_cmpint (limn_queue_item_get_state (queue_nth (queue, 500)), ==, LIMN_QUEUE_WAITING);
  tests_remove_folder (folder);
  limn_queue_close (queue);
  tests_finalize (queue);
}

int
main (int argc, char *argv[])
{
  session_test_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  SESSION_ADD ("hostile/folder", test_folder);
  SESSION_ADD ("hostile/deep-header", test_deep_header);
  SESSION_ADD ("hostile/kept", test_kept);
  SESSION_ADD ("hostile/unloaded-source", test_unloaded_source);
  SESSION_ADD ("hostile/cancelled-decode", test_cancelled_decode);
  SESSION_ADD ("hostile/two-writers", test_two_writers);
  SESSION_ADD ("hostile/unloaded-memory", test_unloaded_memory);
  SESSION_ADD ("hostile/planes", test_planes);
  SESSION_ADD ("hostile/queue-numbers", test_queue_numbers);
  SESSION_ADD ("hostile/queue-unreadable", test_queue_unreadable);
  SESSION_ADD ("hostile/queue-full", test_queue_full);
  SESSION_ADD ("hostile/queue-paused", test_queue_paused);
  SESSION_ADD ("hostile/queue-hasty", test_queue_hasty);
  SESSION_ADD ("hostile/queue-wildcards", test_queue_wildcards);
  return g_test_run ();
}
