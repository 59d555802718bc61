/* devices-fixture.c - the fake engine's second device beside the first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "devices-fixture.h"

const int devices_second[] = { 1 };

void
devices_set_step_us (SessionFixture *fixture, guint us)
{
  fixture->fake.step_us = us;
  fake_engine_set (&fixture->fake);
}

guint
devices_count (LimnSession *session)
{
  g_autoptr (GPtrArray) devices = limn_session_get_devices (session);

  return devices->len;
}

void
devices_wait (LimnSession *session, guint n)
{
  while (devices_count (session) != n || !limn_records_is_loaded (limn_session_get_records (session)))
    g_main_context_iteration (NULL, TRUE);
}

void
devices_use_two (SessionFixture *fixture)
{
  limn_session_set_further_devices (fixture->session, devices_second, 1);
  devices_wait (fixture->session, 2);
}

LimnQueue *
devices_open_queue (SessionFixture *fixture)
{
  LimnQueue *queue = limn_queue_new (fixture->session, NULL);

  queue_wait_loaded (queue);
  /* it begins nothing before */
  while (!limn_records_is_loaded (limn_session_get_records (fixture->session)))
    g_main_context_iteration (NULL, TRUE);
  return queue;
}

void
devices_close_queue (LimnQueue *queue)
{
  limn_queue_close (queue);
  tests_finalize (queue);
}

LimnQueueItem *
devices_append (SessionFixture *fixture, LimnQueue *queue, guint64 seed)
{
  g_object_set (fixture->settings, "seed", seed, NULL);
  return limn_queue_append (queue, fixture->settings, NULL, 0);
}

void
devices_wait_state (LimnQueueItem *item, LimnQueueState state)
{
  while (limn_queue_item_get_state (item) != state)
    g_main_context_iteration (NULL, TRUE);
}

void
devices_wait_progress (LimnQueueItem *item, double progress)
{
  while (limn_queue_item_get_progress (item) < progress)
    g_main_context_iteration (NULL, TRUE);
}

void
devices_wait_running (LimnQueue *queue, guint n)
{
  while (limn_queue_get_n_running (queue) != n)
    g_main_context_iteration (NULL, TRUE);
}

void
devices_assert_done (SessionFixture *fixture, LimnQueueItem *item)
{
  g_autoptr (LimnPicture) fresh = queue_paint_fresh (fixture, limn_queue_item_get_settings (item));
  g_autoptr (LimnImage) saved = NULL;

  g_assert_cmpint (limn_queue_item_get_state (item), ==, LIMN_QUEUE_DONE);
  saved = limn_image_load_png (limn_queue_item_get_picture_path (item), NULL, NULL);
  g_assert_true (limn_image_is_same (limn_picture_get_image (fresh), saved));
}

void
devices_assert_all_done (SessionFixture *fixture, LimnQueue *queue)
{
  for (guint i = 0; i < queue_length (queue); i++)
    devices_assert_done (fixture, queue_nth (queue, i));
  g_assert_cmpuint (session_count_files (fixture->folder), ==, queue_length (queue));
}
