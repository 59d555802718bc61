/* fuzz-queue.c - any text as a queue's file: what is read of it is written so that it reads the same again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/error.h"
#include "session/queue/queue-private.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static GPtrArray *
read_queue (const char *text, gboolean *paused)
{
  static LimnKeep *keep; /* of a folder that is not there: every picture is gone */
  g_autoptr (GError) error = NULL;
  GPtrArray *items;

  if (keep == NULL)
    keep = limn_keep_new ("/nonexistent/kept");
  items = limn_queue_from_text ("queue.json", text, keep, paused, &error);
  if (items == NULL)
    g_assert_true (error->domain == LIMN_ERROR && g_str_has_prefix (error->message, "queue.json: "));
  return items;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  gboolean paused = FALSE, paused_again = FALSE;
  g_autoptr (GPtrArray) items = read_queue (text, &paused);
  g_autoptr (GPtrArray) again = NULL;

  if (items == NULL)
    return 0;
  for (guint i = 0; i < items->len; i++) {
    LimnQueueItem *item = items->pdata[i];

    g_assert_cmpint (item->state, !=, LIMN_QUEUE_RUNNING);
    g_assert_true (g_utf8_validate (item->message, -1, NULL));
    g_assert_true (item->progress >= 0 && item->progress <= 1);
  }
  g_autofree char *written = limn_queue_to_text (items, paused);
  again = read_queue (written, &paused_again);
  g_assert_nonnull (again);
  g_autofree char *rewritten = limn_queue_to_text (again, paused_again);
  g_assert_cmpstr (written, ==, rewritten);
  return 0;
}
