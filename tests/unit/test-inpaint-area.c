/* test-inpaint-area.c - pictures of which only what is masked is painted, over stand-in networks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "unit/engine-fixture.h"

#include "common/any.h"
#include "common/golden-model.h"
#include "engine/area.h"

#include <string.h>

#define WIDTH 200
#define HEIGHT 150
#define PIXELS (WIDTH * HEIGHT)
#define VALUES (4 * 12 * 8)

typedef struct {
  EngineFixture engine;
  LimnImage *photo;
  guint8 mask[PIXELS];
} Fixture;

/* data: NULL, or the U-Net of the base. */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->engine.request;

  engine_set_up (&fixture->engine, data);
  if (data != NULL) {
    limn_model_unref (fixture->engine.base);
    fixture->engine.base = request->model = golden_model_with ("mini-sdxl", data);
  }
  fixture->photo = limn_image_new (WIDTH, HEIGHT);
  for (int i = 0; i < PIXELS * 3; i++)
    fixture->photo->rgb[i] = (guint8) (i * 7 + i / 96);
  for (int i = 0; i < PIXELS; i++)
    fixture->mask[i] = i / WIDTH < 60 || i / WIDTH >= 80 || i % WIDTH < 120 || i % WIDTH >= 156 ? 0 : 255;
  request->image = fixture->photo;
  request->mask = fixture->mask;
  request->mask_area = "masked";
  request->mask_padding = 8;
  request->steps = 6;
  request->strength = 0.7;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  limn_image_free (fixture->photo);
  engine_tear_down (&fixture->engine, data);
}

/* Up to three rectangles of any softness. */
static void
randomize (Fixture *fixture)
{
  memset (fixture->mask, 0, PIXELS);
  for (int n = g_test_rand_int_range (1, 4); n > 0; n--) {
    int x = g_test_rand_int_range (0, WIDTH - 16), y = g_test_rand_int_range (0, HEIGHT - 16);
    int width = g_test_rand_int_range (16, WIDTH - x + 1), height = g_test_rand_int_range (16, HEIGHT - y + 1);
    guint8 value = tests_toss () ? 255 : (guint8) g_test_rand_int_range (1, 256);

    for (int at = y; at < y + height; at++)
      memset (fixture->mask + at * WIDTH + x, value, (gsize) width);
  }
}

static void
assert_kept (Fixture *fixture, const LimnResult *result)
{
  int changed = 0;

  g_assert_cmpint (result->image->width, ==, WIDTH);
  g_assert_cmpint (result->image->height, ==, HEIGHT);
  for (int i = 0; i < PIXELS; i++) {
    gboolean same = memcmp (result->image->rgb + i * 3, fixture->photo->rgb + i * 3, 3) == 0;

    g_assert_true (same || fixture->mask[i] != 0);
    changed += !same;
  }
  g_assert_cmpint (changed, >, 0);
}

static void
test_kept (Fixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->engine.request;

  for (int round = 0; round < 30; round++) {
    randomize (fixture);
    request->mask_padding = g_test_rand_int_range (0, 50);
    request->width = 8 * g_test_rand_int_range (8, 14);
    request->height = 8 * g_test_rand_int_range (8, 14);
    request->strength = tests_toss () ? 1 : 0.7;
    request->refiner = tests_toss () ? fixture->engine.refiner : NULL;
    request->handoff = tests_toss () ? 0.6 : 0;
    g_autoptr (LimnResult) result = engine_generate (&fixture->engine, NULL);
    assert_kept (fixture, result);
    g_assert_cmpint (result->latent_width, ==, request->width / 8);
    g_assert_cmpint (result->latent_height, ==, request->height / 8);
  }
}

/* What is painted is what would be painted over that part alone, to the bit. */
static void
test_part (Fixture *fixture, gconstpointer data)
{
  EngineFixture *engine = &fixture->engine;

  for (int round = 0; round < 20; round++) {
    LimnArea area;

    randomize (fixture);
    engine->request.strength = tests_toss () ? 1 : 0.7;
    engine->request.refiner = tests_toss () ? engine->refiner : NULL;
    g_assert_true (limn_request_area (&engine->request, &area));
    g_autoptr (LimnResult) whole = engine_generate (engine, NULL);
    g_autoptr (LimnImage) part = limn_area_cut (&area, fixture->photo);
    g_autofree guint8 *mask = limn_area_cut_mask (&area, fixture->mask, WIDTH);
    const LimnRequest request = engine->request;

    engine->request.image = part;
    engine->request.mask = mask;
    engine->request.mask_area = "whole";
    g_autoptr (LimnResult) alone = engine_generate (engine, NULL);
    engine->request = request;
    g_assert_cmpmem (alone->latents, VALUES * sizeof (float), whole->latents, VALUES * sizeof (float));
  }
}

/* A mask over all of a picture of the painted size is the whole picture's way, whatever the padding. */
static void
test_whole (Fixture *fixture, gconstpointer data)
{
  EngineFixture *engine = &fixture->engine;
  g_autofree guint8 *mask = g_malloc (96 * 64);

  memset (mask, 255, 96 * 64);
  for (int i = 0; i < 96 * 64 * 3; i++)
    engine->picture->rgb[i] = (guint8) (i * 5);
  engine->request.image = engine->picture;
  engine->request.mask = mask;
  engine->request.mask_area = "whole";
  g_autoptr (LimnResult) whole = engine_generate (engine, NULL);
  for (int padding = 0; padding <= 64; padding += 32) {
    engine->request.mask_area = "masked";
    engine->request.mask_padding = padding;
    g_autoptr (LimnResult) masked = engine_generate (engine, NULL);
    g_assert_true (engine_same_picture (masked, whole));
    g_assert_cmpmem (masked->image->deep, 96 * 64 * 6, whole->image->deep, 96 * 64 * 6);
  }
}

typedef struct {
  float latents[7][VALUES];
  int draws[7], count;
} Tape;

static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  Tape *tape = data;

  g_assert_cmpint (preview->width, ==, 12);
  memcpy (tape->latents[preview->schedule_step], preview->latents, sizeof tape->latents[0]);
  tape->draws[preview->schedule_step] = preview->draws;
  tape->count++;
}

/* From any step on it comes to the same. */
static void
test_start (Fixture *fixture, gconstpointer data)
{
  EngineFixture *engine = &fixture->engine;
  g_autofree Tape *tape = g_new0 (Tape, 1);
  LimnMonitor monitor = { .preview = preview_cb, .data = tape };

  engine->request.refiner = engine->refiner;
  engine->request.handoff = 0.6;
  engine->request.strength = 1;
  g_autoptr (LimnResult) whole = engine_generate (engine, &monitor);
  g_assert_cmpint (tape->count, ==, 6);
  for (int step = 1; step <= 6; step++) {
    engine->request.start =
        (LimnStart){ .latents = tape->latents[step], .step = step, .steps = 6, .draws = tape->draws[step] };
    g_autoptr (LimnResult) result = engine_generate (engine, NULL);
    g_assert_true (engine_same_picture (result, whole));
  }
}

static gboolean
stop_cb (gpointer data)
{
  return ++*(int *) data > 5;
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  int asked = 0;
  LimnMonitor monitor = { .cancelled = stop_cb, .data = &asked };
  g_autoptr (GError) error = NULL;

  g_assert_null (limn_engine_generate (fixture->engine.engine, &fixture->engine.request, &monitor, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
}

/* A region tells the part what it tells that of the picture. */
static void
test_regions (Fixture *fixture, gconstpointer data)
{
  EngineFixture *engine = &fixture->engine;
  LimnArea area;

  engine->request.regions = "0,0,0.05,0.05: a hat\n0.6,0.2,0.4,0.6: a red fox";
  g_autoptr (LimnResult) whole = engine_generate (engine, NULL);
  g_assert_true (limn_request_area (&engine->request, &area));
  g_assert_cmpint (area.box.x, >=, 0.05 * WIDTH);
  g_autoptr (LimnImage) part = limn_area_cut (&area, fixture->photo);
  g_autofree guint8 *mask = limn_area_cut_mask (&area, fixture->mask, WIDTH);
  double left = (0.6 * WIDTH - area.box.x) / area.box.width;
  g_autofree char *regions = g_strdup_printf ("%.17g,0,%.17g,1: a red fox", left, 1 - left);

  g_assert_cmpfloat (left, >, 0);
  engine->request.image = part;
  engine->request.mask = mask;
  engine->request.mask_area = "whole";
  engine->request.regions = regions;
  g_autoptr (LimnResult) alone = engine_generate (engine, NULL);
  g_assert_cmpmem (alone->latents, VALUES * sizeof (float), whole->latents, VALUES * sizeof (float));
  engine->request.regions = "";
  g_autoptr (LimnResult) plain = engine_generate (engine, NULL);
  g_assert_cmpint (memcmp (plain->latents, whole->latents, VALUES * sizeof (float)), !=, 0);
}

/* What enlarges in the end enlarges the whole picture, and so says the estimate. */
static void
test_upscaler (Fixture *fixture, gconstpointer data)
{
  EngineFixture *engine = &fixture->engine;
  LimnModel *upscaler = engine_upscaler ();

  engine->request.upscaler = upscaler;
  g_autoptr (LimnResult) result = engine_generate (engine, NULL);
  g_assert_cmpint (result->image->width, ==, 2 * WIDTH);
  g_assert_cmpint (result->image->height, ==, 2 * HEIGHT);
  limn_model_unref (upscaler);
}

static LimnImage *
any_image (int width, int height)
{
  LimnImage *image = limn_image_new (width, height);

  for (int i = 0; i < 3 * width * height; i++)
    image->rgb[i] = (guint8) g_test_rand_int ();
  return image;
}

/* A preview, large or small, is seen in its place, and around it is the picture. */
static void
test_view (Fixture *fixture, gconstpointer data)
{
  const LimnRequest *request = &fixture->engine.request;

  for (int round = 0; round < 30; round++) {
    randomize (fixture);
    int most = g_test_rand_int_range (20, 300), times = g_test_rand_int_range (1, 9);
    LimnAreaView *view = limn_area_view_new (request, most);
    g_autoptr (LimnImage) small = limn_image_shrink (fixture->photo, most), painted = any_image (12 * times, 8 * times);
    g_autoptr (LimnImage) shown = limn_area_view_show (view, painted);

    g_assert_cmpint (shown->width, ==, small->width);
    g_assert_cmpint (shown->height, ==, small->height);
    g_assert_cmpint (memcmp (shown->rgb, small->rgb, 3 * (gsize) small->width * small->height), !=, 0);
    for (int i = 0; most >= WIDTH && i < PIXELS; i++)
      if (fixture->mask[i] == 0)
        g_assert_cmpmem (shown->rgb + 3 * i, 3, fixture->photo->rgb + 3 * i, 3);
    limn_area_view_free (view);
  }
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->engine.request;

  memset (fixture->mask, 0, PIXELS);
  engine_refuse (&fixture->engine, LIMN_ERROR_REQUEST, "empty");
  fixture->mask[50 * WIDTH + 50] = 255;
  request->mask_padding = 3;
  engine_refuse (&fixture->engine, LIMN_ERROR_REQUEST, "10 × 7 pixels");
  request->mask_padding = 8;
  limn_result_free (engine_generate (&fixture->engine, NULL));
  request->hires = 2;
  engine_refuse (&fixture->engine, LIMN_ERROR_REQUEST, "second pass");
  request->hires = 1;
  request->mask_padding = -1;
  engine_refuse (&fixture->engine, LIMN_ERROR_REQUEST, "Padding");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "kept", test_kept },       { "part", test_part },         { "whole", test_whole },
    { "start", test_start },     { "cancel", test_cancel },     { "regions", test_regions },
    { "refused", test_refused }, { "upscaler", test_upscaler }, { "view", test_view },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *plain = g_strconcat ("/inpaint-area/", tests[i].name, NULL);
    g_autofree char *told = g_strconcat ("/inpaint-area/model/", tests[i].name, NULL);

    g_test_add (plain, Fixture, NULL, set_up, tests[i].func, tear_down);
    g_test_add (told, Fixture, "mini-sdxl-q-inpaint/unet", set_up, tests[i].func, tear_down);
  }
  return g_test_run ();
}
