/* queue-fixture.c - a queue over the session of a fixture.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "queue-fixture.h"

LimnQueueItem *
queue_nth (LimnQueue *queue, guint position)
{
  g_autoptr (LimnQueueItem) item = g_list_model_get_item (G_LIST_MODEL (queue), position);

  g_assert_nonnull (item);
  return item; /* the queue holds it */
}

guint
queue_length (LimnQueue *queue)
{
  return g_list_model_get_n_items (G_LIST_MODEL (queue));
}

void
queue_wait_loaded (LimnQueue *queue)
{
  while (!limn_queue_is_loaded (queue))
    g_main_context_iteration (NULL, TRUE);
}

void
queue_wait_ready (SessionFixture *fixture, LimnQueue *queue)
{
  queue_wait_loaded (queue);
  while (limn_session_get_device (fixture->session) == NULL
         || !limn_records_is_loaded (limn_session_get_records (fixture->session)))
    g_main_context_iteration (NULL, TRUE);
}

LimnQueue *
queue_open (SessionFixture *fixture)
{
  LimnQueue *queue = limn_queue_new (fixture->session, NULL);

  queue_wait_ready (fixture, queue);
  return queue;
}

void
queue_wait_saved (LimnQueue *queue)
{
  while (!limn_queue_is_saved (queue))
    g_main_context_iteration (NULL, TRUE);
}

void
queue_wait_idle (LimnQueue *queue)
{
  queue_wait_loaded (queue);
  while (limn_queue_get_current (queue) != NULL
         || (!limn_queue_get_paused (queue) && limn_queue_get_n_pending (queue) > 0))
    g_main_context_iteration (NULL, TRUE);
}

void
queue_wait_progress (LimnQueueItem *item, double progress)
{
  while (limn_queue_item_get_progress (item) < progress)
    g_main_context_iteration (NULL, TRUE);
}

void
queue_set_step_us (SessionFixture *fixture, guint us)
{
  fixture->fake.step_us = us;
  fake_engine_set (&fixture->fake);
}

LimnQueue *
queue_restart (SessionFixture *fixture, LimnQueue *queue)
{
  LimnQueue *again;

  limn_queue_close (queue);
  limn_session_close (fixture->session);
  tests_finalize (queue);
  tests_finalize (fixture->session);
  fixture->session = limn_session_new (-1, fixture->folder);
  session_watch (fixture);
  again = limn_queue_new (fixture->session, NULL);
  queue_wait_loaded (again);
  return again;
}

LimnPicture *
queue_paint_fresh (SessionFixture *fixture, LimnSettings *settings)
{
  SessionAnswer answer = { 0 };

  limn_session_run_async (fixture->session, settings, NULL, 0, LIMN_RUN_DRAFT, NULL, session_generated_cb, &answer);
  session_wait_for (&answer.done);
  g_assert_no_error (answer.error);
  return answer.picture;
}
