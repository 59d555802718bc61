/* test-followed.c - pictures to follow by ControlNets: kept, told, resumed, over random rows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gstdio.h>
#include <string.h>

#include "common/finalize.h"
#include "queue-fixture.h"
#include "record-fixture.h"
#include "session/record/kept-source.h"
#include "session/settings/settings-json.h"

#define ROUNDS 200

static const char *const maps[] = { NULL, "canny", "lineart", "tile", "invert" };
static const char *const types[] = { NULL, "none", "openpose", "canny", "repaint" };

static LimnSource *
make_picture (guint seed, int width, int height)
{
  LimnImage *image = limn_image_new (width, height);
  g_autofree char *name = g_strdup_printf ("picture %u.png", seed);

  for (int i = 0; i < width * height * 3; i++)
    image->rgb[i] = (guint8) ((guint) i * 7 + seed * 31);
  return limn_source_new (image, name);
}

static LimnFollowed *
add_row (LimnFollowed *self, GRand *rand)
{
  LimnFollowedRow row = { .off = g_rand_boolean (rand) };
  g_autofree char *file = g_strdup_printf ("/nets/net \"%d\".safetensors", g_rand_int_range (rand, 0, 4));
  g_autoptr (LimnFollowed) old = self;
  g_autoptr (LimnSource) picture =
      g_rand_int_range (rand, 0, 3) > 0 ? make_picture (g_rand_int_range (rand, 0, 3), 24, 16) : NULL;

  limn_control_init (&row.how);
  row.file = file;
  row.picture = picture;
  row.how.weight = g_rand_double_range (rand, 0, 10);
  row.how.start = g_rand_double (rand);
  row.how.end = g_rand_double (rand);
  row.how.fit = (LimnFit) g_rand_int_range (rand, LIMN_FIT_CROP, LIMN_FIT_STRETCH + 1);
  row.how.map = g_intern_string (maps[g_rand_int_range (rand, 0, G_N_ELEMENTS (maps))]);
  row.how.type = g_intern_string (types[g_rand_int_range (rand, 0, G_N_ELEMENTS (types))]);
  return limn_followed_with (old, G_MAXUINT, &row);
}

static LimnFollowed *
random_rows (GRand *rand)
{
  LimnFollowed *self = NULL;

  for (int n = g_rand_int_range (rand, 1, 5); n > 0; n--)
    self = add_row (self, rand);
  return self;
}

/* The settings of a file that text is, with pictures again. */
static LimnFollowed *
through_json (LimnFollowed *self)
{
  g_autoptr (LimnSettings) settings = limn_settings_new (), read = limn_settings_new ();
  g_autoptr (GPtrArray) pictures = g_ptr_array_new ();
  g_autofree char *text = NULL;
  g_autoptr (LimnJson) json = NULL;

  g_object_set (settings, "controls", self, NULL);
  text = limn_settings_to_json (settings);
  json = limn_json_parse ("settings", text, -1, NULL);
  g_assert_nonnull (json);
  limn_settings_from_json (read, json);
  for (guint i = 0; i < limn_followed_get_n (self); i++)
    g_ptr_array_add (pictures, limn_followed_nth (self, i)->picture);
  return limn_followed_with_pictures (limn_settings_values (read)->controls, pictures);
}

/* every bit of every row is there again */
static void
test_json (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (41);

  for (int i = 0; i < ROUNDS; i++) {
    g_autoptr (LimnFollowed) rows = random_rows (rand), read = through_json (rows);

    g_assert_cmpuint (limn_followed_get_n (read), ==, limn_followed_get_n (rows));
    g_assert_true (limn_followed_is_same (rows, read));
    for (guint k = 0; k < limn_followed_get_n (rows); k++) {
      const LimnFollowedRow *a = limn_followed_nth (rows, k), *b = limn_followed_nth (read, k);

      g_assert_cmpstr (a->file, ==, b->file);
      g_assert_true (a->off == b->off && a->picture == b->picture && a->how.fit == b->how.fit);
      g_assert_cmpstr (a->how.map, ==, b->how.map);
      g_assert_cmpstr (a->how.type, ==, b->how.type);
      g_assert_true (a->how.weight == b->how.weight && a->how.start == b->how.start && a->how.end == b->how.end);
    }
  }
}

/* One thing of one row is another. */
static void
change (LimnFollowedRow *row, int what, LimnSource *picture)
{
  switch (what) {
  case 0:
    row->how.weight += 0.25;
    break;
  case 1:
    row->how.start = row->how.start < 0.5 ? 0.75 : 0.25;
    break;
  case 2:
    row->how.end = row->how.end < 0.5 ? 0.75 : 0.25;
    break;
  case 3:
    row->how.fit = row->how.fit == LIMN_FIT_PAD ? LIMN_FIT_CROP : LIMN_FIT_PAD;
    break;
  case 4:
    row->how.map = g_strcmp0 (row->how.map, "soft") == 0 ? NULL : "soft";
    break;
  case 5:
    row->picture = picture;
    break;
  case 6:
    row->how.type = g_strcmp0 (row->how.type, "depth") == 0 ? NULL : "depth";
    break;
  default:
    row->file = "/nets/another.safetensors";
  }
}

/* what is left out counts for nothing, all else does */
static void
test_same (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (42);
  g_autoptr (LimnSource) picture = make_picture (99, 24, 16);

  for (int i = 0; i < ROUNDS; i++) {
    g_autoptr (LimnFollowed) rows = random_rows (rand), other = NULL, none = NULL;
    guint k = (guint) g_rand_int_range (rand, 0, (int) limn_followed_get_n (rows));
    LimnFollowedRow row = *limn_followed_nth (rows, k);
    gboolean off = row.off;

    change (&row, i % 8, picture);
    other = limn_followed_with (rows, k, &row);
    g_assert_true (limn_followed_is_same (rows, other) == off);
    none = limn_followed_without (rows, k);
    g_assert_cmpuint (limn_followed_get_n (none), ==, limn_followed_get_n (rows) - 1);
    if (off)
      g_assert_true (limn_followed_is_same (rows, none));
  }
}

/* what is no row of settings is none, and what a row does not know is left out */
static void
test_hostile (void)
{
  static const char *const texts[] = {
    "{\"controls\": 1}",
    "{\"controls\": [1, null, \"x\", [], {}]}",
    "{\"controls\": [{\"file\": \"\"}, {\"file\": 3}, {\"weight\": \"1\"}]}",
    "{\"controls\": {\"file\": \"/a\"}}",
  };
  static const char wrong[] =
      "{\"controls\": [{\"file\": \"/a\", \"weight\": \"NaN\", \"start\": \"2\", \"end\": \"x\", "
      "\"fit\": \"fold\", \"map\": \"no\", \"type\": \"no\", \"later\": \"yes\"}]}";
  g_autoptr (LimnSettings) settings = limn_settings_new ();
  g_autoptr (LimnJson) json = limn_json_parse ("settings", wrong, -1, NULL);
  const LimnFollowedRow *row;
  LimnControl usual;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (LimnJson) bad = limn_json_parse ("settings", texts[i], -1, NULL);

    g_assert_nonnull (bad);
    limn_settings_from_json (settings, bad);
    g_assert_null (limn_settings_values (settings)->controls);
  }
  limn_settings_from_json (settings, json);
  row = limn_followed_nth (limn_settings_values (settings)->controls, 0);
  limn_control_init (&usual);
  g_assert_nonnull (row);
  g_assert_cmpfloat (row->how.weight, ==, usual.weight);
  g_assert_cmpfloat (row->how.start, ==, usual.start);
  g_assert_cmpfloat (row->how.end, ==, usual.end);
  g_assert_true (row->how.fit == usual.fit && row->how.map == NULL && row->how.type == NULL);
}

/* ---- Painting ---- */

static void
follow (LimnSettings *settings, const char *file, LimnSource *picture, double weight)
{
  LimnFollowedRow row = { .file = (char *) file, .picture = picture };
  g_autoptr (LimnFollowed) rows = NULL;

  limn_control_init (&row.how);
  row.how.weight = weight;
  row.how.map = "canny";
  rows = limn_followed_with (NULL, 0, &row);
  g_object_set (settings, "controls", rows, NULL);
}

/* the picture says by which name its picture is kept, and by that name it is found */
static void
test_metadata (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnSource) picture = make_picture (5, 40, 30), kept = NULL;
  g_autoptr (LimnPicture) painted = NULL;
  g_autoptr (LimnJson) json = NULL;
  g_autoptr (GError) error = NULL;
  const LimnJson *row;
  g_autofree char *told = NULL;

  follow (fixture->settings, "/", picture, 0.8);
  painted = record_run (fixture, NULL, 0, LIMN_RUN_NORMAL, &error);
  g_assert_no_error (error);
  told = record_metadata (painted);
  json = limn_json_parse ("told", told, -1, NULL);
  row = limn_json_nth (limn_json_member (json, "controls"), 0);
  g_assert_cmpstr (limn_json_member_string (row, "picture"), ==, "picture 5.png");
  tests_finalize (g_steal_pointer (&fixture->session)); /* waits for what is being kept */
  fixture->session = limn_session_new (-1, fixture->folder);
  kept = limn_keep_load_source (limn_records_get_keep (limn_session_get_records (fixture->session)),
                                limn_json_member_string (row, "kept"), &error);
  g_assert_no_error (error);
  g_assert_true (limn_source_is_same (kept, picture));
}

/* a row counts with its weight, and one that is left out paints what none paints */
static void
test_counts (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnSource) picture = make_picture (5, 40, 30);
  g_autoptr (LimnPicture) none = record_fresh (fixture), one = NULL, other = NULL, off = NULL;
  LimnFollowedRow row;
  g_autoptr (LimnFollowed) rows = NULL;

  follow (fixture->settings, "/", picture, 0.8);
  one = record_fresh (fixture);
  row = *limn_followed_nth (limn_settings_values (fixture->settings)->controls, 0);
  follow (fixture->settings, "/", picture, 0.5);
  g_assert_cmpint (limn_record_shared_steps (record_of (fixture, one), fixture->settings), ==, 0);
  other = record_fresh (fixture);
  g_assert_false (record_same_pixels (none, one));
  g_assert_false (record_same_pixels (one, other));
  row.off = TRUE;
  rows = limn_followed_with (NULL, 0, &row);
  g_object_set (fixture->settings, "controls", rows, NULL);
  g_assert_cmpint (limn_record_shared_steps (record_of (fixture, none), fixture->settings), ==, 8);
  off = record_fresh (fixture);
  g_assert_true (record_same_pixels (none, off));
}

static void
test_refused (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnSource) picture = make_picture (5, 40, 30);

  follow (fixture->settings, "/no/such.safetensors", picture, 1);
  record_assert_refused (fixture, "/no/such.safetensors");
  follow (fixture->settings, "/", NULL, 1);
  record_assert_refused (fixture, "no picture to follow");
}

/* ---- Over a restart ---- */

static void
loaded_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  gboolean *done = data;
  g_auto (LimnKeptPictures) pictures = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (limn_kept_source_load_finish (LIMN_RECORDS (object), result, &pictures, &error));
  g_assert_no_error (error);
  limn_kept_pictures_apply (&pictures, g_object_get_data (object, "settings"));
  *done = TRUE;
}

/* rows come back from what settings keep, their pictures from where these are */
static void
test_restart (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (43);

  for (int i = 0; i < 8; i++) {
    g_autoptr (LimnFollowed) rows = random_rows (rand);
    g_autoptr (LimnSettings) settings = limn_settings_new (), later = limn_settings_new ();
    g_autoptr (LimnSource) source = i % 2 == 0 ? make_picture (7, 30, 20) : NULL;
    g_autoptr (GVariant) variant = NULL;
    LimnRecords *records = limn_session_get_records (fixture->session);
    g_autoptr (GError) error = NULL;
    gboolean done = FALSE;

    g_object_set (settings, "controls", rows, "source", source, NULL);
    variant = g_variant_ref_sink (limn_settings_to_variant (settings));
    g_assert_true (limn_kept_source_save (records, settings, &error));
    tests_finalize (g_steal_pointer (&fixture->session));
    fixture->session = limn_session_new (-1, fixture->folder);
    records = limn_session_get_records (fixture->session);
    limn_settings_from_variant (later, variant);
    g_object_set_data (G_OBJECT (records), "settings", later);
    limn_kept_source_load_async (records, loaded_cb, &done);
    session_wait_for (&done);
    g_assert_true (limn_followed_is_same (rows, limn_settings_values (later)->controls));
    g_assert_true (limn_source_is_same (source, limn_settings_values (later)->source));
  }
}

/* those in line are, too */
static void
test_queue (SessionFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnSource) picture = make_picture (5, 40, 30);
  LimnQueue *queue = limn_queue_new (fixture->session, NULL);
  const LimnSettingsValues *values;

  queue_wait_loaded (queue);
  limn_queue_set_paused (queue, TRUE);
  follow (fixture->settings, "/", picture, 0.8);
  for (int i = 0; i < 3; i++)
    limn_queue_append (queue, fixture->settings, NULL, 0);
  queue_wait_saved (queue);
  queue = queue_restart (fixture, queue);
  queue_wait_loaded (queue);
  g_assert_cmpuint (queue_length (queue), ==, 3);
  for (guint i = 0; i < 3; i++) {
    values = limn_settings_values (limn_queue_item_get_settings (queue_nth (queue, i)));
    g_assert_true (limn_followed_is_same (values->controls, limn_settings_values (fixture->settings)->controls));
  }
  limn_queue_close (queue);
  tests_finalize (queue);
}

int
main (int argc, char **argv)
{
  session_test_init (&argc, &argv);
  g_test_add_func ("/followed/json", test_json);
  g_test_add_func ("/followed/same", test_same);
  g_test_add_func ("/followed/hostile", test_hostile);
  SESSION_ADD ("followed/metadata", test_metadata);
  SESSION_ADD ("followed/counts", test_counts);
  SESSION_ADD ("followed/refused", test_refused);
  SESSION_ADD ("followed/restart", test_restart);
  SESSION_ADD ("followed/queue", test_queue);
  return g_test_run ();
}
