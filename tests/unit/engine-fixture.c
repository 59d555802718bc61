/* engine-fixture.c - see engine-fixture.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "unit/engine-fixture.h"

#include "common/golden-model.h"
#include "common/golden.h"
#include "engine/area.h"
#include "engine/enlarge.h"

#include <string.h>

void
engine_set_up (EngineFixture *fixture, gconstpointer data)
{
  fake_networks_reset ();
  fixture->base = golden_model ("mini-sdxl");
  fixture->refiner = golden_model ("mini-sdxl-refiner");
  fixture->engine = limn_engine_new (-1, NULL);
  fixture->picture = limn_image_new (96, 64);
  memset (fixture->picture->rgb, 90, 96 * 64 * 3);
  limn_request_init (&fixture->request, fixture->base);
  fixture->request.prompt = "a red circle";
  fixture->request.negative = "blurry";
  fixture->request.width = 96;
  fixture->request.height = 64;
  fixture->request.steps = 5;
  fixture->request.seed = 42;
}

void
engine_tear_down (EngineFixture *fixture, gconstpointer data)
{
  limn_engine_free (fixture->engine);
  limn_model_unref (fixture->base);
  limn_model_unref (fixture->refiner);
  limn_image_free (fixture->picture);
  g_assert_cmpint (fake_networks ()->alive, ==, 0);
}

LimnModel *
engine_upscaler (void)
{
  g_autofree char *path = golden_path ("upscalers/srvgg_x2.safetensors");
  g_autoptr (GError) error = NULL;
  LimnModel *upscaler = limn_model_open_upscaler (path, &error);

  g_assert_no_error (error);
  return upscaler;
}

LimnResult *
engine_generate (EngineFixture *fixture, const LimnMonitor *monitor)
{
  g_autoptr (GError) error = NULL;
  LimnResult *result = limn_engine_generate (fixture->engine, &fixture->request, monitor, &error);

  g_assert_no_error (error);
  g_assert_nonnull (result);
  int scale = fixture->request.upscaler != NULL ? limn_model_scale (fixture->request.upscaler) : 1;
  int width, height;

  limn_request_size (&fixture->request, &width, &height);
  g_assert_cmpint (result->image->width, ==, scale * width);
  g_assert_cmpint (result->image->height, ==, scale * height);
  return result;
}

void
engine_refuse (EngineFixture *fixture, LimnError code, const char *word)
{
  g_autoptr (GError) error = NULL;
  LimnResult *result = limn_engine_generate (fixture->engine, &fixture->request, NULL, &error);

  g_assert_null (result);
  g_assert_error (error, LIMN_ERROR, (int) code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, word));
}

gboolean
engine_same_picture (const LimnResult *a, const LimnResult *b)
{
  gsize n = (gsize) a->latent_width * a->latent_height * 4;

  return memcmp (a->latents, b->latents, n * sizeof (float)) == 0
         && memcmp (a->image->rgb, b->image->rgb, (gsize) a->image->width * a->image->height * 3) == 0;
}
