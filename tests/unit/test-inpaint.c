/* test-inpaint.c - masks over stand-in networks: what is kept to the pixel, what is painted, and what goes between.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "unit/engine-fixture.h"

#include "common/golden-model.h"
#include "engine/image.h"

#include <string.h>

#define WIDTH 96
#define HEIGHT 64
#define PIXELS (WIDTH * HEIGHT)
#define CELLS (12 * 8)

typedef struct {
  EngineFixture engine;
  guint8 mask[PIXELS];
} Fixture;

/* A picture with something in every pixel; a rectangle to paint whose right edge fades.  data: NULL, or the U-Net of
 * the base. */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  engine_set_up (&fixture->engine, data);
  if (data != NULL) {
    limn_model_unref (fixture->engine.base);
    fixture->engine.base = fixture->engine.request.model = golden_model_with ("mini-sdxl", data);
  }
  for (int i = 0; i < PIXELS * 3; i++)
    fixture->engine.picture->rgb[i] = (guint8) (i * 7 + i / 96);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      fixture->mask[y * WIDTH + x] = y < 16 || y >= 48 || x < 24 ? 0 : x < 48 ? 255 : x < 64 ? (64 - x) * 15 : 0;
  fixture->engine.request.image = fixture->engine.picture;
  fixture->engine.request.mask = fixture->mask;
  fixture->engine.request.steps = 10;
  fixture->engine.request.strength = 0.7;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  engine_tear_down (&fixture->engine, data);
}

static void
assert_kept (Fixture *fixture, const LimnResult *result)
{
  const guint8 *original = fixture->engine.picture->rgb;
  int changed = 0;

  for (int i = 0; i < PIXELS; i++) {
    gboolean same = memcmp (result->image->rgb + i * 3, original + i * 3, 3) == 0;

    g_assert_true (same || fixture->mask[i] != 0);
    changed += !same;
  }
  g_assert_cmpint (changed, >, 32 * 24 / 2);
}

static void
test_kept (Fixture *fixture, gconstpointer data)
{
  EngineFixture *engine = &fixture->engine;

  for (int i = 0; i < 4; i++) {
    engine->request.strength = i == 1 ? 1 : 0.7;
    engine->request.refiner = i >= 2 ? engine->refiner : NULL;
    engine->request.handoff = i == 2 ? 0.6 : 0;
    g_autoptr (LimnResult) result = engine_generate (engine, NULL);
    assert_kept (fixture, result);
  }
}

/* A mask over everything is img2img, pixel for pixel; over nothing the original. */
static void
test_whole (Fixture *fixture, gconstpointer data)
{
  EngineFixture *engine = &fixture->engine;

  memset (fixture->mask, 255, PIXELS);
  g_autoptr (LimnResult) masked = engine_generate (engine, NULL);
  engine->request.mask = NULL;
  g_autoptr (LimnResult) plain = engine_generate (engine, NULL);
  g_assert_true (engine_same_picture (masked, plain));

  memset (fixture->mask, 0, PIXELS);
  engine->request.mask = fixture->mask;
  g_autoptr (LimnResult) nothing = engine_generate (engine, NULL);
  g_assert_cmpmem (nothing->image->rgb, PIXELS * 3, engine->picture->rgb, PIXELS * 3);
}

/* With strength 1 nothing of the picture shows through where all of it is to be painted. */
static void
test_from_nothing (Fixture *fixture, gconstpointer data)
{
  EngineFixture *engine = &fixture->engine;
  g_autofree float *noise = g_new (float, 4 * CELLS);

  for (int i = 0; i < 4 * CELLS; i++)
    noise[i] = (float) (i % 11) / 5 - 1;
  memset (fixture->mask, 255, PIXELS);
  engine->request.noise = noise;
  engine->request.strength = 1;
  g_autoptr (LimnResult) painted = engine_generate (engine, NULL);
  engine->request.image = NULL;
  engine->request.mask = NULL;
  g_autoptr (LimnResult) plain = engine_generate (engine, NULL);
  g_assert_true (engine_same_picture (painted, plain));
}

typedef struct {
  float latents[11][4 * CELLS];
  int draws[11], count;
} Tape;

static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  Tape *tape = data;

  memcpy (tape->latents[preview->schedule_step], preview->latents, sizeof tape->latents[0]);
  tape->draws[preview->schedule_step] = preview->draws;
  tape->count++;
}

static void
test_start (Fixture *fixture, gconstpointer data)
{
  EngineFixture *engine = &fixture->engine;
  g_autofree Tape *tape = g_new0 (Tape, 1);
  LimnMonitor monitor = { .preview = preview_cb, .data = tape };

  engine->request.refiner = engine->refiner;
  engine->request.handoff = 0.6;
  g_autoptr (LimnResult) whole = engine_generate (engine, &monitor);
  g_assert_cmpint (tape->count, ==, 7);
  for (int step = 4; step <= 10; step++) {
    engine->request.start = (LimnStart){ .latents = tape->latents[step], .step = step, .steps = 10 };
    g_autoptr (LimnResult) result = engine_generate (engine, NULL);
    g_assert_true (engine_same_picture (result, whole));
  }

  /* Latents of a run without a mask: what is kept comes from the picture all the same. */
  engine->request.start = (LimnStart){ 0 };
  engine->request.mask = NULL;
  limn_result_free (engine_generate (engine, &monitor));
  engine->request.mask = fixture->mask;
  engine->request.start = (LimnStart){ .latents = tape->latents[6], .step = 6, .steps = 10 };
  g_autoptr (LimnResult) added = engine_generate (engine, NULL);
  assert_kept (fixture, added);
}

/* What is kept of the latents is, in the end, what the VAE read. */
static void
test_latents (Fixture *fixture, gconstpointer data)
{
  EngineFixture *engine = &fixture->engine;
  guint8 cells[CELLS];
  int kept = 0;

  limn_image_mask_cells (fixture->mask, 8, 12, 8, cells);
  g_autoptr (LimnResult) one = engine_generate (engine, NULL);
  engine->request.prompt = "a blue square";
  g_autoptr (LimnResult) two = engine_generate (engine, NULL);
  for (int i = 0; i < 4 * CELLS; i++)
    if (cells[i % CELLS] == 0) {
      g_assert_true (one->latents[i] == two->latents[i]);
      kept++;
    }
  /* 4 x 5 cells are touched: the fade reaches to pixel 63. */
  g_assert_cmpint (kept, ==, 4 * (CELLS - 4 * 5));
  g_assert_false (engine_same_picture (one, two));
}

/* Steps of an inpainting model see what is kept of the picture, and its mask; nothing of what is to be painted where
 * that begins with noise. */
static void
test_told (Fixture *fixture, gconstpointer data)
{
  EngineFixture *engine = &fixture->engine;
  const int painted = 3 * (30 * WIDTH + 30), kept = 3 * (4 * WIDTH + 30);

  engine->request.strength = 1;
  g_autoptr (LimnResult) first = engine_generate (engine, NULL);
  engine->picture->rgb[painted] ^= 0x80;
  g_autoptr (LimnResult) below = engine_generate (engine, NULL);
  g_assert_cmpmem (first->latents, 4 * CELLS * sizeof (float), below->latents, 4 * CELLS * sizeof (float));
  engine->picture->rgb[kept] ^= 0x80;
  g_autoptr (LimnResult) around = engine_generate (engine, NULL);
  g_assert_false (engine_same_picture (around, below));
  memset (fixture->mask + 32 * WIDTH + 24, 0, 8);
  g_autoptr (LimnResult) smaller = engine_generate (engine, NULL);
  g_assert_cmpint (memcmp (around->latents, smaller->latents, 4 * CELLS * sizeof (float)), !=, 0);
}

/* A refiner that follows has the picture put back, and moves no draw of the base's steps. */
static void
test_followed (Fixture *fixture, gconstpointer data)
{
  EngineFixture *engine = &fixture->engine;
  g_autofree Tape *alone = g_new0 (Tape, 1), *tape = g_new0 (Tape, 1);
  LimnMonitor monitor = { .preview = preview_cb, .data = alone };

  engine->request.sampler = "euler_ancestral";
  engine->request.strength = 1;
  limn_result_free (engine_generate (engine, &monitor));
  engine->request.refiner = engine->refiner;
  engine->request.handoff = 0.5;
  monitor.data = tape;
  g_autoptr (LimnResult) whole = engine_generate (engine, &monitor);
  g_assert_cmpmem (tape->latents[5], sizeof tape->latents[5], alone->latents[5], sizeof alone->latents[5]);
  for (int step = 4; step < 8; step++) {
    engine->request.start =
        (LimnStart){ .latents = tape->latents[step], .step = step, .steps = 10, .draws = tape->draws[step] };
    g_autoptr (LimnResult) again = engine_generate (engine, NULL);
    g_assert_true (engine_same_picture (again, whole));
  }
}

static void
test_blend (void)
{
  g_autoptr (LimnImage) image = limn_image_new (4, 1);
  g_autoptr (LimnImage) original = limn_image_new (4, 1);
  const guint8 mask[] = { 0, 255, 51, 128 };

  memset (image->rgb, 200, 12);
  memset (original->rgb, 100, 12);
  limn_image_put_back (image, original, mask);
  g_assert_cmpint (image->rgb[0], ==, 100);
  g_assert_cmpint (image->rgb[3], ==, 200);
  g_assert_cmpint (image->rgb[6], ==, 120);
  g_assert_cmpint (image->rgb[9], ==, 150);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  fixture->engine.request.image = NULL;
  engine_refuse (&fixture->engine, LIMN_ERROR_REQUEST, "mask");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/inpaint/kept", test_kept },       { "/inpaint/whole", test_whole },
    { "/inpaint/start", test_start },     { "/inpaint/from-nothing", test_from_nothing },
    { "/inpaint/latents", test_latents }, { "/inpaint/refused", test_refused },
  }, inpainting[] = {
    { "/inpaint/model/kept", test_kept }, { "/inpaint/model/whole", test_whole },
    { "/inpaint/model/start", test_start }, { "/inpaint/model/from-nothing", test_from_nothing },
    { "/inpaint/model/told", test_told }, { "/inpaint/model/followed", test_followed },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  for (guint i = 0; i < G_N_ELEMENTS (inpainting); i++)
    g_test_add (inpainting[i].path, Fixture, "mini-sdxl-q-inpaint/unet", set_up, inpainting[i].func, tear_down);
  g_test_add_func ("/inpaint/blend", test_blend);
  return g_test_run ();
}
