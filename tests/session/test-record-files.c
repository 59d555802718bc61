/* test-record-files.c - records on disk: torn, strange, too many, too large.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/patience.h"
#include "record-fixture.h"

/* Anew, so that nothing has to reach the disk. */
static void
write_file (const char *path, const char *bytes, gsize size)
{
  g_unlink (path);
  g_assert_true (g_file_set_contents_full (path, bytes, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

/* ---- Trouble with the disk ---- */

static void
test_full_disk (SessionFixture *fixture, gconstpointer data)
{
  struct rlimit old, small;
  g_autoptr (LimnPicture) picture = NULL, tail = NULL;
  LimnRecord *record;

  /* no file may grow beyond 10 KiB: the header and a few steps of 4864 bytes fit, the others do not */
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  small = old;
  small.rlim_cur = 10240;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  picture = record_fresh (fixture);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
  g_assert_nonnull (picture);
  g_assert_nonnull (strstr (limn_picture_get_notes (picture)[0], "not all kept on disk"));
  g_test_message ("%s", limn_picture_get_notes (picture)[0]);

  /* those that are not on disk are in memory */
  record = record_of (fixture, picture);
  g_assert_cmpuint (limn_record_get_n_steps (record), ==, 8);
  g_object_set (fixture->settings, "steps", 10, NULL);
  tail = record_run (fixture, record, 7, LIMN_RUN_NORMAL, NULL);
  g_assert_nonnull (tail);
}

/* whatever part of the last entry is there, the steps before it are; and the run goes on to the same picture */
static void
test_torn (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPicture) picture = NULL;
  g_autofree char *whole = NULL;
  const char *path;
  g_autofree char *other = g_build_filename (fixture->folder, "torn.run", NULL);
  g_autoptr (LimnRecordFile) file = NULL;
  gsize size, start, end;

  g_object_set (fixture->settings, "width", 64, "height", 64, NULL);
  picture = record_fresh (fixture);
  path = limn_record_get_path (record_of (fixture, picture));
  file = limn_record_file_scan (path, NULL);
  g_assert_true (g_file_get_contents (path, &whole, &size, NULL));
  g_assert_cmpuint (file->steps->len, ==, 8);
  start = (gsize) g_array_index (file->steps, LimnRecordPlace, 6).offset;
  end = (gsize) g_array_index (file->steps, LimnRecordPlace, 7).offset;
  for (gsize cut = start; cut <= end; cut++) {
    g_autoptr (LimnRecordFile) torn = NULL;

    write_file (other, whole, (gsize) cut);
    torn = limn_record_file_scan (other, NULL);
    g_assert_nonnull (torn);
    g_assert_cmpint (torn->state, ==, LIMN_RECORD_INTERRUPTED);
    g_assert_cmpuint (torn->steps->len, ==, cut == end ? 7 : 6);
    g_assert_cmpint (torn->size, ==, (gint64) (cut == end ? end : start));
  }
  /* the length is right, but a byte never arrived */
  for (gsize at = start; at < end; at += 97) {
    g_autoptr (LimnRecordFile) torn = NULL;
    char kept = whole[at];

    whole[at] = (char) ~kept;
    write_file (other, whole, (gsize) end);
    whole[at] = kept;
    torn = limn_record_file_scan (other, NULL);
    g_assert_nonnull (torn);
    g_assert_cmpuint (torn->steps->len, ==, 6);
  }
  g_unlink (other);
}

/* going on with a file whose last entry is torn at some bytes */
static void
test_resume_torn (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPicture) picture = record_fresh (fixture);
  LimnRecord *record = record_of (fixture, picture);
  g_autofree char *whole = NULL;
  const char *path = limn_record_get_path (record);
  g_autoptr (LimnRecordFile) file = limn_record_file_scan (path, NULL);
  gsize size, start, end;

  g_assert_true (g_file_get_contents (path, &whole, &size, NULL));
  start = (gsize) g_array_index (file->steps, LimnRecordPlace, 5).offset;
  end = (gsize) g_array_index (file->steps, LimnRecordPlace, 6).offset;
  fixture->fake.step_us = 0;
  for (gsize cut = start; cut <= end; cut += MAX (1, (end - start) / 7)) {
    g_autoptr (LimnPicture) resumed = NULL;
    g_autoptr (LimnRecordFile) after = NULL;
    g_autofree char *told = NULL, *resumed_told = NULL;
    g_autoptr (GError) error = NULL;

    write_file (path, whole, (gsize) cut);
    record_set_fake (fixture);
    resumed = record_run (fixture, record, 0, LIMN_RUN_RESUME, &error);
    g_assert_no_error (error);
    g_assert_cmpint (fake_engine_counts ().steps, ==, cut == end ? 2 : 3);
    g_assert_true (record_same_pixels (resumed, picture));
    told = record_metadata (picture);
    resumed_told = record_metadata (resumed);
    g_assert_cmpstr (told, ==, resumed_told);
    after = limn_record_file_scan (path, NULL);
    g_assert_cmpuint (after->steps->len, ==, 8);
    g_assert_cmpint (after->state, ==, LIMN_RECORD_DONE);
  }
}

/* files that are no records, or of nobody's making, are passed over */
static void
test_strange_files (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnPicture) picture = record_fresh (fixture);
  g_autofree char *folder = g_path_get_dirname (limn_record_get_path (record_of (fixture, picture)));
  g_autofree char *whole = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (limn_record_get_path (record_of (fixture, picture)), &whole, &size, NULL));
  for (int i = 0; i < 300; i++) {
    g_autofree char *name = g_strdup_printf ("%d.run", i);
    g_autofree char *path = g_build_filename (folder, name, NULL);
    gsize length = (gsize) g_test_rand_int_range (0, 400);
    g_autofree char *bytes = g_memdup2 (whole, 3000);

    for (int j = 0; j < 3; j++)
      bytes[g_test_rand_int_range (0, 400)] = (char) g_test_rand_int_range (0, 256);
    g_assert_true (g_file_set_contents_full (path, bytes, i % 2 ? 3000 : (gssize) length,
                                             G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
  }
  {
    g_autoptr (LimnRecords) records = limn_records_new (NULL);

    record_wait_loaded (records);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (records)), ==, 1);
  }
}

/* ---- Room ---- */

static void
test_prune (SessionFixture *fixture, gconstpointer data)
{
  LimnRecords *records = limn_session_get_records (fixture->session);
  g_autoptr (LimnPicture) root = record_fresh (fixture), child = NULL;
  g_autoptr (GPtrArray) pictures = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *root_file = g_strdup (limn_record_get_path (record_of (fixture, root)));
  g_autofree char *gone_file = NULL;

  fixture->fake.step_us = 0;
  record_set_fake (fixture);
  limn_records_set_budget (records, 5, G_MAXINT64);
  for (int i = 0; i < 6; i++) {
    if (i == 1) {
      limn_records_pin (records, limn_picture_get_record_id (pictures->pdata[0]));
      child = record_run (fixture, record_of (fixture, root), 4, LIMN_RUN_NORMAL, NULL);
    }
    g_ptr_array_add (pictures, record_fresh (fixture));
    if (i == 1)
      gone_file = g_strdup (limn_record_get_path (record_of (fixture, pictures->pdata[1])));
  }
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (records)), ==, 5);
  g_assert_nonnull (limn_records_lookup (records, limn_picture_get_record_id (pictures->pdata[0])));
  g_assert_null (limn_records_lookup (records, limn_picture_get_record_id (pictures->pdata[1])));
  /* the child left before its parent, and then the parent had none */
  g_assert_null (limn_records_lookup (records, limn_picture_get_record_id (child)));
  g_assert_null (limn_records_lookup (records, limn_picture_get_record_id (root)));
  /* threads remove them */
  while (g_file_test (gone_file, G_FILE_TEST_EXISTS) || g_file_test (root_file, G_FILE_TEST_EXISTS))
    session_wait_ms (10);

  limn_records_set_budget (records, 100, 2 * 40000);
  limn_records_prune (records);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (records)), ==, 2);
}

int
main (int argc, char *argv[])
{
  session_test_init (&argc, &argv);
  alarm (TESTS_PATIENCE); /* a hang is a failure */
  SESSION_ADD ("record/full-disk", test_full_disk);
  SESSION_ADD ("record/torn", test_torn);
  SESSION_ADD ("record/resume-torn", test_resume_torn);
  SESSION_ADD ("record/strange-files", test_strange_files);
  SESSION_ADD ("record/prune", test_prune);
  return g_test_run ();
}
