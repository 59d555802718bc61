/* test-details.c - boxes of pictures that are painted again, one after another, over stand-in networks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "unit/engine-fixture.h"

#include "base/details.h"
#include "base/image-fit.h"
#include "common/any.h"
#include "engine/area.h"
#include "engine/details.h"
#include "engine/several.h"

#include <math.h>
#include <string.h>

#define ADD(name, function)                                                                                            \
  g_test_add ("/details/" name, EngineFixture, NULL, engine_set_up, function, engine_tear_down)
#define TWO "0.25,0.25,0.25,0.5\n0.5,0,0.5,0.5 negative=\"fog: \\\"grey\\\"\": a hand"

/* ---- As text and as masks ---- */

static void
assert_refused (const char *text, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (limn_details_read (text, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, word));
}

static void
test_text (void)
{
  g_autoptr (GPtrArray) two = limn_details_read ("\n" TWO "\n \n", NULL);
  g_autoptr (GPtrArray) none = limn_details_read (NULL, NULL);
  g_autoptr (GString) many = g_string_new (NULL);

  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpuint (two->len, ==, 2);
  const LimnRegion *first = two->pdata[0], *second = two->pdata[1];
  g_assert_cmpfloat (first->height, ==, 0.5);
  g_assert_cmpstr (first->prompt, ==, "");
  g_assert_null (first->negative);
  g_assert_cmpfloat (second->width, ==, 0.5);
  g_assert_cmpstr (second->prompt, ==, "a hand");
  g_assert_cmpstr (second->negative, ==, "fog: \"grey\"");

  g_autoptr (GPtrArray) row =
      limn_details_read ("0,0,1,1; 0,0,0.5,0.5 negative=\"a;b\";0,0,0.25,0.25: c; d:e\n0,0,1,1;", NULL);
  g_assert_cmpuint (row->len, ==, 4);
  g_assert_cmpstr (((const LimnRegion *) row->pdata[1])->negative, ==, "a;b");
  g_assert_cmpstr (((const LimnRegion *) row->pdata[2])->prompt, ==, "c; d:e");

  assert_refused ("0,0,1,1;; 0,0,1,1", "Box 2");
  assert_refused ("0.5,0.5,0.6,0.2", "Box 1");
  assert_refused ("0,0,1,1\n0.5,0.5,0,0.2", "Box 2");
  assert_refused ("-0.1,0,0.5,0.5", "Box 1");
  assert_refused ("0,0,nan,1", "Box 1");
  assert_refused ("0,0,1", "Box 1");
  assert_refused ("face", "Box 1");
  assert_refused ("0,0,1,1 weight=0.5: x", "Box 1");
  assert_refused ("0,0,1,1 mask=1x1/0.1: x", "Box 1");
  for (int i = 0; i < 300; i++)
    g_string_append (many, "0,0,0.1,0.1\n");
  assert_refused (many->str, "300");
}

/* Tiles cover each pixel of any picture, none lies outside, and at each pixel there is one that counts fully: what all
 * of them count, painted one over the other, sums to 1, and goes over from one to the next without a step. */
static void
test_grid (void)
{
  for (int round = 0; round < 200; round++) {
    int width = g_test_rand_int_range (1, 300), height = g_test_rand_int_range (1, 300);
    int tile = g_test_rand_int_range (64, 120), overlap = g_test_rand_int_range (0, tile / 2 + 1);
    g_autofree char *text = g_strdup_printf ("tiles=%d/%d", tile, overlap);
    g_autoptr (GPtrArray) details = limn_details_read (text, NULL);
    g_autoptr (GArray) parts = limn_details_lay (details, width, height);
    gsize pixels = (gsize) width * (gsize) height;
    g_autofree double *sums = g_new0 (double, pixels), *means = g_new0 (double, pixels);

    g_assert_cmpuint (parts->len, ==, limn_details_count (details, width, height));
    for (guint i = 0; i < parts->len; i++) {
      const LimnDetailPart *part = &g_array_index (parts, LimnDetailPart, i);
      const LimnCrop crop = limn_detail_part_crop (part, width, height);
      g_autofree guint8 *mask = limn_detail_part_mask (part, 4, width, height);
      double colour = g_test_rand_double ();
      LimnCrop found;

      g_assert_true (limn_mask_box (mask, width, height, &found));
      g_assert_cmpmem (&found, sizeof found, &crop, sizeof crop);
      g_assert_cmpint (crop.width, ==, MIN (tile, width));
      g_assert_cmpint (crop.height, ==, MIN (tile, height));
      for (gsize k = 0; k < pixels; k++) {
        double share = mask[k] / 255.0;

        sums[k] += share * (1 - sums[k]);
        means[k] += share * (colour - means[k]);
      }
    }
    double step = 1.0 / (overlap / 2 + 1) + 1 / 255.0;
    for (gsize k = 0; k < pixels; k++) {
      g_assert_cmpfloat (fabs (sums[k] - 1), <=, 1e-6);
      /* four tiles may meet, each of which changes by a step of its own */
      if (k % (gsize) width > 0)
        g_assert_cmpfloat (fabs (means[k] - means[k - 1]), <=, 4 * step);
      if (k >= (gsize) width)
        g_assert_cmpfloat (fabs (means[k] - means[k - (gsize) width]), <=, 4 * step);
    }
  }
}

/* As few as overlap by as much as is said: the counts are worked out by hand. */
static void
test_grid_count (void)
{
  static const struct {
    const char *text;
    int width, height;
    guint count;
  } rows[] = {
    { "tiles=1024", 1024, 1024, 1 },          { "tiles=1024", 1025, 1024, 2 },
    { "tiles=1024/128", 1920, 1024, 2 },      { "tiles=1024/128", 1921, 1024, 3 },
    { "tiles=1024/128", 2048, 2048, 9 },      { "tiles=1024/128", 4096, 4096, 25 },
    { "tiles=1024/128", 8192, 8192, 81 },     { "tiles=1024/0", 8192, 8192, 64 },
    { "tiles=1024; 0,0,1,1", 8192, 512, 10 }, { "0,0,1,1; tiles=64/32", 96, 96, 5 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GPtrArray) details = limn_details_read (rows[i].text, NULL);

    g_assert_cmpuint (limn_details_count (details, rows[i].width, rows[i].height), ==, rows[i].count);
  }
  assert_refused ("tiles=63", "64");
  assert_refused ("tiles=2049", "2048");
  assert_refused ("tiles=1024/513", "tiles=");
  assert_refused ("tiles=1024/-1", "tiles=");
  assert_refused ("tiles=1024x", "tiles=");
  assert_refused ("0,0,1,1; tiles=", "Box 2");
}

/* All of the box, nothing else, rising inwards by equal steps, but from the picture's own edges. */
static void
test_mask (void)
{
  for (int round = 0; round < 500; round++) {
    int width = g_test_rand_int_range (1, 60), height = g_test_rand_int_range (1, 60);
    int feather = g_test_rand_int_range (0, 8);
    double x = g_test_rand_double_range (0, 1), y = g_test_rand_double_range (0, 1);
    const LimnRegion box = {
      .x = x, .y = y, .width = g_test_rand_double_range (0, 1 - x), .height = g_test_rand_double_range (0, 1 - y)
    };
    const LimnCrop crop = limn_detail_crop (&box, width, height);
    g_autofree guint8 *mask = limn_detail_mask (&crop, feather, width, height);
    LimnCrop found;

    g_assert_true (crop.x >= 0 && crop.y >= 0 && crop.width >= 1 && crop.height >= 1);
    g_assert_true (crop.x + crop.width <= width && crop.y + crop.height <= height);
    g_assert_true (crop.x <= x * width + 1e-5 && crop.x + crop.width >= (x + box.width) * width - 1e-5);
    g_assert_cmpfloat (crop.width, <, box.width * width + 2);
    g_assert_true (limn_mask_box (mask, width, height, &found));
    g_assert_cmpmem (&found, sizeof found, &crop, sizeof crop);
    for (int i = 0; i < width * height; i++) {
      int left = i % width - crop.x, right = crop.x + crop.width - 1 - i % width;
      int above = i / width - crop.y, below = crop.y + crop.height - 1 - i / width, inside = feather;

      if (MIN (MIN (left, right), MIN (above, below)) < 0) {
        g_assert_cmpint (mask[i], ==, 0);
        continue;
      }
      inside = crop.x > 0 ? MIN (inside, left) : inside;
      inside = crop.y > 0 ? MIN (inside, above) : inside;
      inside = crop.x + crop.width < width ? MIN (inside, right) : inside;
      inside = crop.y + crop.height < height ? MIN (inside, below) : inside;
      g_assert_cmpint (mask[i], ==, 255 * (inside + 1) / (feather + 1));
    }
  }
}

/* ---- Runs ---- */

/* What a picture becomes by its boxes is what it becomes by painting each of them alone, as an area of a mask. */
static LimnImage *
by_hand (EngineFixture *fixture, const LimnImage *drawn, LimnRequest request)
{
  g_autoptr (GPtrArray) boxes = limn_details_read (request.details, NULL);
  LimnImage *image = limn_image_copy (drawn);

  for (guint i = 0; i < boxes->len; i++) {
    const LimnRegion *box = boxes->pdata[i];
    const LimnCrop crop = limn_detail_crop (box, image->width, image->height);
    g_autofree guint8 *mask = limn_detail_mask (&crop, request.detail_feather, image->width, image->height);
    g_autoptr (GError) error = NULL;
    LimnRequest one = request;

    one.details = "";
    one.hires = 1;
    one.strength = request.detail_strength;
    one.seed = request.seed + 1 + i;
    one.image = image;
    one.mask = mask;
    one.mask_area = "masked";
    one.mask_padding = request.detail_padding;
    one.prompt = *box->prompt != '\0' ? box->prompt : request.prompt;
    one.negative = box->negative != NULL ? box->negative : request.negative;
    LimnRequest usual;
    limn_request_init (&usual, request.model);
    one.width = usual.width;
    one.height = usual.height;
    limn_size_fit (1024 * MIN (crop.width + 2 * request.detail_padding, image->width),
                   1024 * MIN (crop.height + 2 * request.detail_padding, image->height), &one.width, &one.height);
    g_autoptr (LimnResult) result = limn_engine_generate (fixture->engine, &one, NULL, &error);
    g_assert_no_error (error);
    limn_image_free (image);
    image = g_steal_pointer (&result->image);
  }
  return image;
}

static void
randomize (EngineFixture *fixture)
{
  LimnRequest *request = &fixture->request;

  request->details = tests_toss () ? TWO : "0.1,0.2,0.3,0.4\n0.2,0.2,0.5,0.5: a face\n0,0,1,1";
  request->detail_strength = tests_toss () ? 0.4 : 0.8;
  request->detail_padding = g_test_rand_int_range (0, 40);
  request->detail_feather = g_test_rand_int_range (0, 8);
  request->hires = tests_toss () ? 1.5 : 1;
  request->hires_method = tests_toss () ? "latent" : "lanczos";
  request->seed = (guint64) g_test_rand_int_range (0, 1000);
}

static void
test_alone (EngineFixture *fixture, gconstpointer data)
{
  for (int round = 0; round < 25; round++) {
    LimnRequest *request = &fixture->request;

    randomize (fixture);
    g_autoptr (LimnResult) whole = engine_generate (fixture, NULL);
    const LimnRequest asked = *request;
    request->details = "";
    g_autoptr (LimnResult) drawn = engine_generate (fixture, NULL);
    g_autoptr (LimnImage) expected = by_hand (fixture, drawn->image, asked);
    g_assert_true (limn_image_is_same (whole->image, expected));
    g_assert_false (limn_image_is_same (whole->image, drawn->image));
    gsize bytes = sizeof (float) * 4 * (gsize) drawn->latent_width * (gsize) drawn->latent_height;
    g_assert_cmpmem (whole->latents, bytes, drawn->latents, bytes);
  }
}

/* Over a picture of which only a part is painted, boxes lie over all of it. */
static void
test_over_area (EngineFixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->request;
  g_autoptr (LimnImage) photo = limn_image_new (150, 120);
  g_autofree guint8 *mask = g_malloc0 (150 * 120);

  memset (photo->rgb, 70, 150 * 120 * 3);
  memset (mask, 255, 150 * 20);
  request->image = photo;
  request->mask = mask;
  request->mask_area = "masked";
  request->details = "0.5,0.5,0.25,0.25";
  g_autoptr (LimnResult) result = engine_generate (fixture, NULL);
  int changed = 0;
  for (int i = 0; i < 150 * 120; i++) {
    gboolean within = i % 150 >= 75 && i % 150 < 113 && i / 150 >= 60 && i / 150 < 90;
    gboolean same = memcmp (result->image->rgb + 3 * i, photo->rgb + 3 * i, 3) == 0;

    g_assert_true (same || within || mask[i] != 0);
    changed += within && !same;
  }
  g_assert_cmpint (changed, >, 0);
}

static void
painted_cb (guint index, LimnResult *result, const GError *error, gpointer data)
{
  g_assert_no_error (error);
  ((LimnResult **) data)[index] = result;
}

/* Each of several at once is what it is alone. */
static void
test_several (EngineFixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->request;

  for (int round = 0; round < 15; round++) {
    LimnRequest requests[3];
    LimnPainting paintings[3];
    LimnResult *results[3] = { 0 };

    randomize (fixture);
    for (guint i = 0; i < 3; i++) {
      requests[i] = *request;
      requests[i].seed += i;
      paintings[i] = (LimnPainting){ .request = &requests[i] };
    }
    limn_engine_generate_several (fixture->engine, paintings, 3, 0, painted_cb, results);
    for (guint i = 0; i < 3; i++) {
      *request = requests[i];
      g_autoptr (LimnResult) alone = engine_generate (fixture, NULL);
      g_assert_true (engine_same_picture (results[i], alone));
      limn_result_free (results[i]);
    }
  }
}

typedef struct {
  int n, whole, details, cancel_after;
} Watch;

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  g_assert_true (progress->seconds_left >= 0 || progress->seconds_left == -1);
  g_assert_cmpint (progress->step, <=, progress->steps);
}

/* Boxes' steps follow those of the picture, and are shown in their place in it. */
static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  Watch *watch = data;

  g_assert_cmpint (preview->step, ==, ++watch->n);
  if (!preview->second) {
    g_assert_cmpint (watch->details, ==, 0);
    watch->whole++;
    return;
  }
  watch->details++;
  g_assert_nonnull (preview->image);
  g_assert_cmpint (preview->image->width, ==, 96);
  g_assert_cmpint (preview->image->height, ==, 64);
}

static gboolean
cancelled_cb (gpointer data)
{
  const Watch *watch = data;

  return watch->cancel_after > 0 && watch->details >= watch->cancel_after;
}

static void
test_told (EngineFixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->request;
  Watch watch = { 0 };
  LimnMonitor monitor = { .progress = progress_cb, .preview = preview_cb, .cancelled = cancelled_cb, .data = &watch };
  g_autoptr (GError) error = NULL;

  request->details = TWO;
  g_autoptr (LimnResult) result = engine_generate (fixture, &monitor);
  g_assert_cmpint (watch.whole, ==, 5);
  g_assert_cmpint (watch.details, ==, 2 * 2); /* 0.4 of 5 each */
  g_assert_cmpfloat (result->seconds[LIMN_STAGE_DETAIL], >, 0);
  g_autoptr (LimnEstimate) estimate = limn_engine_estimate (fixture->engine, request, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (estimate->seconds[LIMN_STAGE_DETAIL], !=, 0);
  g_assert_cmpuint (estimate->bytes[LIMN_STAGE_DETAIL], >, 0);

  watch = (Watch){ .cancel_after = 3 };
  g_assert_null (limn_engine_generate (fixture->engine, request, &monitor, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_assert_cmpint (watch.details, ==, 3);
}

static void
test_settings (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
  LimnRequest *request = &fixture->request, read;

  request->details = TWO;
  request->detail_padding = 20;
  g_autofree char *parameters = limn_request_to_parameters (request), *json = limn_request_to_json (request);
  g_assert_nonnull (strstr (parameters, "Detail boxes: \"0.25,0.25,0.25,0.5\\n0.5,0,0.5,0.5"));
  g_assert_nonnull (strstr (parameters, "Detail padding: 20"));
  limn_request_init (&read, NULL);
  g_assert_true (limn_request_from_json (&read, json, strings, NULL));
  g_assert_cmpstr (read.details, ==, TWO);
  g_assert_cmpint (read.detail_padding, ==, 20);
  g_assert_cmpfloat (read.detail_strength, ==, 0.4);
  g_assert_cmpint (read.detail_feather, ==, 4);

  request->details = "0,0,2,2";
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "Box 1");
  request->details = TWO;
  request->steps = 2;
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "no step");
}

/* The same bytes each time, and no more tiles than are allowed. */
static void
test_grid_run (EngineFixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->request;
  g_autoptr (LimnImage) photo = limn_image_new (240, 160);
  g_autofree guint8 *mask = g_malloc0 (240 * 160);

  for (int i = 0; i < 240 * 160; i++)
    for (int c = 0; c < 3; c++)
      photo->rgb[3 * i + c] = (guint8) (i % 240 / 2 + i / 240 / (c + 1));
  mask[0] = 255;
  request->image = photo;
  request->mask = mask;
  request->mask_area = "masked";
  request->detail_strength = 0.4;
  request->details = "tiles=96/32";
  g_autoptr (LimnResult) once = engine_generate (fixture, NULL);
  g_autoptr (LimnResult) again = engine_generate (fixture, NULL);
  g_assert_true (limn_image_is_same (once->image, again->image));
  g_assert_false (limn_image_is_same (once->image, photo));
  request->details = "tiles=64/32: fog";
  request->hires = 1;
  request->image = NULL;
  request->mask = NULL;
  request->width = request->height = 1024;
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "961");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/details/text", test_text);
  g_test_add_func ("/details/mask", test_mask);
  g_test_add_func ("/details/grid", test_grid);
  g_test_add_func ("/details/grid-count", test_grid_count);
  ADD ("grid-run", test_grid_run);
  ADD ("alone", test_alone);
  ADD ("over-area", test_over_area);
  ADD ("several", test_several);
  ADD ("told", test_told);
  ADD ("settings", test_settings);
  return g_test_run ();
}
