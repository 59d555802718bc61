/* test-disk-faults.c - two pictures are painted, and each call that changes a file fails in turn: what is said to be
 * kept is there and whole, nothing half-written is in sight, and the next session paints what was not kept.  Or the
 * power is cut.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "common/folder.h"
#include "faulty-disk.h"
#include "queue-fixture.h"

#define PICTURES 2
#define SAMPLE 24 /* how many of the calls fail, where not all do (-m slow) */

typedef struct {
  const char *name;
  gboolean further;
  int code;
} Fault;

static LimnSource *
make_source (void)
{
  LimnImage *image = limn_image_new (24, 16);

  for (guint i = 0; i < 3 * 24 * 16; i++)
    image->rgb[i] = (guint8) (i * 31 % 251);
  return limn_source_new (image, "from elsewhere");
}

/* ---- One life of the program ---- */

/* Each picture is there for whoever painted it, whatever the disk does. */
static void
paint (SessionFixture *fixture, LimnQueue *queue, LimnImage **right)
{
  g_autoptr (LimnSource) source = make_source ();

  g_object_set (fixture->settings, "source", source, "strength", 0.75, "steps", 3, NULL);
  for (guint i = 0; i < PICTURES; i++) {
    g_object_set (fixture->settings, "seed", (guint64) i, NULL);
    limn_queue_append (queue, fixture->settings, NULL, 0);
  }
  queue_wait_idle (queue);
  for (guint i = 0; i < PICTURES; i++) {
    LimnQueueItem *item = queue_nth (queue, i);
    LimnPicture *picture = limn_queue_item_get_picture (item);

    g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_DONE);
    if (right[i] == NULL)
      right[i] = limn_image_copy (limn_picture_get_image (picture));
    g_assert_true (limn_image_is_same (limn_picture_get_image (picture), right[i]));
    if (limn_picture_get_path (picture) != NULL)
      g_assert_true (g_file_test (limn_picture_get_path (picture), G_FILE_TEST_EXISTS));
    else
      g_assert_nonnull (limn_picture_get_save_error (picture));
  }
}

/* ---- What it left ---- */

static guint
count_whole (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint whole = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autoptr (GHashTable) text = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (LimnImage) image = limn_image_load_png (path, &text, &error);

    g_assert_no_error (error); /* a leftover is none */
    g_assert_nonnull (g_hash_table_lookup (text, "parameters"));
    whole++;
  }
  return whole;
}

/* A run without the picture that it starts from would be another picture. */
static gboolean
lacks_source (LimnQueueItem *item)
{
  return limn_queue_item_get_state (item) == LIMN_QUEUE_FAILED
         && limn_settings_values (limn_queue_item_get_settings (item))->source == NULL
         && strstr (limn_queue_item_get_message (item), "painted from is gone") != NULL;
}

/* Whatever of the queue was kept is painted already, or is now. */
static void
go_on (SessionFixture *fixture, LimnQueue *queue, LimnImage **right, int *lacking)
{
  for (guint i = 0; i < queue_length (queue); i++) {
    LimnQueueItem *item = queue_nth (queue, i);

    if (limn_queue_item_get_state (item) != LIMN_QUEUE_DONE && limn_queue_item_get_state (item) != LIMN_QUEUE_WAITING)
      limn_queue_retry (queue, item);
  }
  queue_wait_idle (queue);
  for (guint i = 0; i < queue_length (queue); i++) {
    LimnQueueItem *item = queue_nth (queue, i);
    const char *path = limn_queue_item_get_picture_path (item);
    guint64 seed = limn_settings_values (limn_queue_item_get_settings (item))->seed;

    if (lacks_source (item)) {
      (*lacking)++;
      continue;
    }
    g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_DONE);
    if (path != NULL && path[0] != '\0') {
      g_autoptr (GError) error = NULL;
      g_autoptr (LimnImage) image = limn_image_load_png (path, NULL, &error);

      g_assert_no_error (error);
      g_assert_true (limn_image_is_same (image, right[seed]));
    }
  }
}

static void
end (SessionFixture *fixture, LimnQueue *queue)
{
  limn_queue_close (queue);
  tests_finalize (queue);
  session_tear_down (fixture, NULL);
  memset (fixture, 0, sizeof *fixture);
}

/* Returns how many calls there were.  lacking: is increased by the pictures that cannot be painted any more. */
static int
live (const Fault *fault, int at, LimnImage **right, int *lacking)
{
  SessionFixture fixture = { 0 };
  LimnQueue *queue;
  int calls;

  session_set_up (&fixture, NULL);
  queue_set_step_us (&fixture, 0);
  queue = queue_open (&fixture);
  faulty_disk_set (g_get_tmp_dir (), at, fault->further, fault->code);
  paint (&fixture, queue, right);
  limn_queue_close (queue);
  limn_session_close (fixture.session);
  tests_finalize (queue);
  tests_finalize (fixture.session);
  calls = faulty_disk_end ();

  fixture.session = limn_session_new (-1, fixture.folder);
  session_watch (&fixture);
  queue = queue_open (&fixture);
  count_whole (fixture.folder);
  go_on (&fixture, queue, right, lacking);
  end (&fixture, queue);
  return calls;
}

static void
test_each (gconstpointer data)
{
  const Fault *fault = data;
  LimnImage *right[PICTURES] = { NULL };
  int lacking = 0, calls = live (fault, 0, right, &lacking);

  int n = g_test_slow () ? calls : SAMPLE;

  g_assert_cmpint (calls, >, SAMPLE);
  for (int i = 0; i < n; i++) {
    int from = i * calls / n, to = (i + 1) * calls / n;
    int at = from + 1 + g_test_rand_int_range (0, to - from);

    g_test_message ("call %d of %d", at, calls);
    live (fault, at, right, &lacking);
  }
  g_test_message ("%d faults; %d pictures lacked what they were to be painted from", n, lacking);
  for (guint i = 0; i < PICTURES; i++)
    limn_image_free (right[i]);
}

/* ---- Power ---- */

/* Once a picture is told to be finished, it is there after a power cut, and so is every step of its run. */
static void
test_power (void)
{
  SessionFixture fixture = { 0 };
  LimnImage *right[PICTURES] = { NULL };
  LimnRecords *records;
  LimnQueue *queue;
  guint steps[PICTURES], cut;

  session_set_up (&fixture, NULL);
  queue_set_step_us (&fixture, 0);
  queue = queue_open (&fixture);
  faulty_disk_set (g_get_tmp_dir (), 0, FALSE, 0);
  paint (&fixture, queue, right);
  queue_wait_saved (queue);
  faulty_disk_end ();
  for (guint i = 0; i < PICTURES; i++)
    steps[i] = limn_record_get_n_steps (limn_records_lookup (limn_session_get_records (fixture.session),
                                                             limn_queue_item_get_record_id (queue_nth (queue, i))));
  cut = faulty_disk_cut_power ();
  g_test_message ("%u files lost something", cut);
  queue = queue_restart (&fixture, queue);
  records = limn_session_get_records (fixture.session);
  while (!limn_records_is_loaded (records))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (count_whole (fixture.folder), ==, PICTURES);
  g_assert_cmpuint (queue_length (queue), ==, PICTURES);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (records)), ==, PICTURES);
  for (guint i = 0; i < PICTURES; i++) {
    LimnQueueItem *item = queue_nth (queue, i);
    LimnRecord *record = limn_records_lookup (records, limn_queue_item_get_record_id (item));

    g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_DONE);
    g_assert_nonnull (limn_settings_values (limn_queue_item_get_settings (item))->source);
    g_assert_cmpint (limn_record_get_state (record), ==, LIMN_RECORD_DONE);
    g_assert_cmpuint (steps[i], >, 0);
    g_assert_cmpuint (limn_record_get_n_steps (record), ==, steps[i]);
    limn_image_free (right[i]);
  }
  end (&fixture, queue);
}

int
main (int argc, char *argv[])
{
  static const Fault faults[] = {
    { "full-once", FALSE, ENOSPC }, { "full", TRUE, ENOSPC }, { "broken-once", FALSE, EIO }, { "broken", TRUE, EROFS }
  };

  session_test_init (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
    g_autofree char *path = g_strdup_printf ("/session/disk-faults/%s", faults[i].name);
    g_test_add_data_func (path, &faults[i], test_each);
  }
  g_test_add_func ("/session/disk-faults/power", test_power);
  return g_test_run ();
}
