/* progress.c - how far clients' pictures are, and stopping them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "serve/server-private.h"

#include <string.h>

#include "base/i18n.h"
#include "file/png.h"

typedef struct {
  gboolean any; /* a request is painted, or waits */
  guint done, of;
  int step, steps;
  double progress, seconds_left;
  char *text;         /* NULL, or what a person should know */
  LimnImage *preview; /* NULL: there is none, or it is not asked for */
} Progress;

static void
progress_free (gpointer data)
{
  Progress *progress = data;

  g_clear_pointer (&progress->preview, limn_image_free);
  g_free (progress->text);
  g_free (progress);
}

static void
add_run (Progress *progress, LimnQueueItem *item, gboolean preview)
{
  LimnRun *run = limn_queue_item_get_run (item);
  const LimnProgress *told = limn_run_get_progress (run);
  int step, steps;
  const LimnImage *image = preview ? limn_run_get_preview (run, &step, &steps) : NULL;

  progress->progress += limn_queue_item_get_progress (item);
  if (told != NULL) {
    progress->step = told->step;
    progress->steps = told->steps;
    progress->seconds_left = MAX (0, told->seconds_left);
  }
  if (image != NULL)
    progress->preview = limn_image_copy (image);
}

static void
add_state (const Progress *progress, GString *json)
{
  limn_json_add (json, "state", "{");
  limn_json_add_bool (json, "skipped", FALSE);
  limn_json_add_bool (json, "interrupted", FALSE);
  limn_json_add_string (json, "job", progress->any ? "limn" : "");
  limn_json_add_int (json, "job_count", progress->of);
  limn_reply_add_now (json, "job_timestamp");
  limn_json_add_int (json, "job_no", progress->done);
  limn_json_add_int (json, "sampling_step", progress->step);
  limn_json_add_int (json, "sampling_steps", progress->steps);
  g_string_append_c (json, '}');
}

static LimnReply *
progress_work (gconstpointer data)
{
  const Progress *progress = data;
  g_autoptr (GBytes) bytes = progress->preview != NULL ? limn_png_encode (progress->preview, NULL, NULL) : NULL;
  GString *json = g_string_new ("{");

  limn_json_add_double (json, "progress", progress->of > 0 ? progress->progress / progress->of : 0);
  limn_json_add_double (json, "eta_relative", progress->seconds_left);
  add_state (progress, json);
  if (bytes != NULL)
    limn_reply_add_bytes (json, "current_image", bytes);
  else
    limn_json_add (json, "current_image", "null");
  if (progress->text != NULL)
    limn_json_add_string (json, "textinfo", progress->text);
  else
    limn_json_add (json, "textinfo", "null");
  return limn_reply_new (g_string_append_c (json, '}'));
}

/* "?skip_current_image=true" */
static gboolean
wants_image (SoupServerMessage *message)
{
  const char *query = g_uri_get_query (soup_server_message_get_uri (message));
  g_autoptr (GHashTable) form = query != NULL ? soup_form_decode (query) : NULL;
  const char *skip = form != NULL ? g_hash_table_lookup (form, "skip_current_image") : NULL;

  return skip == NULL || (g_ascii_strcasecmp (skip, "true") != 0 && !g_str_equal (skip, "1"));
}

LIMN_ROUTE (progress)
{
  Progress *progress = g_new0 (Progress, 1);
  LimnQueueItem *item = NULL;

  progress->any = limn_paint_get_current (self, &item, &progress->done, &progress->of);
  progress->progress = progress->done;
  if (item != NULL)
    add_run (progress, item, wants_image (message));
  else if (progress->any)
    progress->text = g_strdup (limn_queue_get_paused (self->queue) ? _ ("The queue is paused") : _ ("Waiting in line"));
  limn_server_work (message, progress_work, progress, progress_free);
}

LIMN_ROUTE (interrupt)
{
  limn_paint_interrupt (self, TRUE);
  limn_server_answer (message, limn_reply_new (g_string_new ("{}")));
}

LIMN_ROUTE (skip)
{
  limn_paint_interrupt (self, FALSE);
  limn_server_answer (message, limn_reply_new (g_string_new ("null")));
}
