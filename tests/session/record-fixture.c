/* record-fixture.c - runs whose records are looked at.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "record-fixture.h"

#include <string.h>

LimnPicture *
record_run (SessionFixture *fixture, LimnRecord *record, int step, LimnRunFlags flags, GError **error)
{
  SessionAnswer answer = { 0 };

  limn_session_run_async (fixture->session, fixture->settings, record, step, flags, NULL, session_generated_cb,
                          &answer);
  session_wait_for (&answer.done);
  if (answer.error != NULL)
    g_propagate_error (error, answer.error);
  return answer.picture;
}

LimnRecord *
record_of (SessionFixture *fixture, LimnPicture *picture)
{
  LimnRecord *record =
      limn_records_lookup (limn_session_get_records (fixture->session), limn_picture_get_record_id (picture));

  g_assert_nonnull (record);
  return record;
}

char *
record_metadata (LimnPicture *picture)
{
  g_autoptr (GHashTable) text = NULL;
  g_autoptr (LimnImage) image = limn_image_load_png (limn_picture_get_path (picture), &text, NULL);

  g_assert_nonnull (image);
  return g_strdup (g_hash_table_lookup (text, "limn"));
}

gboolean
record_same_pixels (LimnPicture *a, LimnPicture *b)
{
  const LimnImage *one = limn_picture_get_image (a), *other = limn_picture_get_image (b);

  return memcmp (one->rgb, other->rgb, (gsize) one->width * one->height * 3) == 0;
}

void
record_set_fake (SessionFixture *fixture)
{
  fake_engine_set (&fixture->fake);
}

void
record_wait_loaded (LimnRecords *records)
{
  while (!limn_records_is_loaded (records))
    g_main_context_iteration (NULL, TRUE);
}

LimnPicture *
record_fresh (SessionFixture *fixture)
{
  return record_run (fixture, NULL, 0, LIMN_RUN_NORMAL, NULL);
}

void
record_assert_refused (SessionFixture *fixture, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (record_run (fixture, NULL, 0, LIMN_RUN_NORMAL, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, word));
}
