/* test-clock.c - the computer's clock is set forward and back by seconds and years between runs and starts: the history
 * stays in the order in which it was painted, and nothing of it is lost.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <dlfcn.h>

#include "record-fixture.h"

#define PICTURES 4
#define STARTS 3

static gint64 set_by; /* microseconds */

/* GLib's. */
gint64
g_get_real_time (void)
{
  return ((gint64 (*) (void)) dlsym (RTLD_NEXT, "g_get_real_time")) () + set_by;
}

static void
set_clock (void)
{
  double reach = G_USEC_PER_SEC; /* to 30 years */

  for (int i = g_test_rand_int_range (0, 10); i > 0; i--)
    reach *= 9;
  set_by = (gint64) (g_test_rand_double_range (-1, 1) * reach);
}

static void
assert_order (SessionFixture *fixture, GPtrArray *ids)
{
  LimnRecords *records = limn_session_get_records (fixture->session);

  record_wait_loaded (records);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (records)), ==, ids->len);
  for (guint i = 0; i < ids->len; i++) {
    g_autoptr (LimnRecord) record = g_list_model_get_item (G_LIST_MODEL (records), i);

    g_assert_cmpstr (limn_record_get_id (record), ==, ids->pdata[i]);
  }
}

static void
test_order (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  for (int start = 0; start < STARTS; start++) {
    for (int i = 0; i < PICTURES; i++) {
      set_clock ();
      g_autoptr (LimnPicture) picture = record_fresh (fixture);
      g_ptr_array_add (ids, g_strdup (limn_picture_get_record_id (picture)));
      g_assert_true (g_file_test (limn_picture_get_path (picture), G_FILE_TEST_EXISTS));
    }
    assert_order (fixture, ids);
    limn_session_close (fixture->session);
    tests_finalize (fixture->session);
    set_clock ();
    fixture->session = limn_session_new (-1, fixture->folder);
    session_watch (fixture);
    assert_order (fixture, ids);
  }
}

int
main (int argc, char *argv[])
{
  session_test_init (&argc, &argv);
  for (int i = 0; i < 25; i++) {
    g_autofree char *path = g_strdup_printf ("/session/clock/order/%d", i);

    g_test_add (path, SessionFixture, NULL, session_set_up, test_order, session_tear_down);
  }
  return g_test_run ();
}
