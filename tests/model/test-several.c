/* test-several.c - pictures painted together on the device: the bits that each has alone, in the memory that was said.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/error.h"
#include "common/any.h"
#include "common/golden-model.h"
#include "engine/engine.h"
#include "engine/several.h"
#include "gpu/gpu-private.h"
#include "model/networks.h"

#include <string.h>

#define MOST 4

static LimnEngine *engine;

typedef struct {
  LimnRequest requests[MOST];
  LimnResult *results[MOST];
  int n;
} Several;

static void
painted_cb (guint index, LimnResult *result, const GError *error, gpointer data)
{
  Several *several = data;

  g_assert_no_error (error);
  several->results[index] = result;
}

static void
paint (Several *several, const LimnRequest *request, int n)
{
  LimnPainting paintings[MOST];

  *several = (Several){ .n = n };
  for (int i = 0; i < n; i++) {
    several->requests[i] = *request;
    several->requests[i].seed += (guint64) i;
    paintings[i] = (LimnPainting){ &several->requests[i], NULL };
  }
  limn_engine_generate_several (engine, paintings, (guint) n, 0, painted_cb, several);
}

static void
clear (Several *several)
{
  for (int i = 0; i < several->n; i++)
    limn_result_free (several->results[i]);
}

/* To the bit: no kernel's tile reaches from one picture into another. */
static void
check_alone (const Several *several)
{
  for (int i = 0; i < several->n; i++) {
    g_autoptr (GError) error = NULL;
    const LimnResult *result = several->results[i];
    g_autoptr (LimnResult) alone = limn_engine_generate (engine, &several->requests[i], NULL, &error);
    gsize cells = (gsize) result->latent_width * (gsize) result->latent_height;

    g_assert_no_error (error);
    g_assert_cmpuint (g_strv_length (result->notes), ==, 0);
    g_assert_cmpmem (result->latents, cells * 4 * sizeof (float), alone->latents, cells * 4 * sizeof (float));
    g_assert_cmpmem (result->image->rgb, cells * 64 * 3, alone->image->rgb, cells * 64 * 3);
  }
}

static void
request_init (LimnRequest *request, LimnModel *model)
{
  limn_request_init (request, model);
  request->prompt = "a red circle";
  request->negative = "blurry";
  request->width = 104;
  request->height = 72;
  request->steps = 3;
  request->seed = 7;
}

static LimnImage *
make_picture (void)
{
  LimnImage *image = limn_image_new (104, 72);

  for (gsize i = 0; i < (gsize) 3 * 104 * 72; i++)
    image->rgb[i] = (guint8) (i * i / 7 % 251);
  return image;
}

static guint8 *
make_mask (void)
{
  guint8 *mask = g_malloc0 ((gsize) 104 * 72);

  for (int i = 0; i < 104 * 72; i++)
    mask[i] = i % 104 > 50 ? 255 : 0;
  return mask;
}

/* Whatever its settings are. */
static void
test_random (gconstpointer precision)
{
  g_autoptr (LimnModel) base = golden_model ("mini-sdxl"), refiner = golden_model ("mini-sdxl-refiner");
  g_autoptr (LimnImage) image = make_picture ();
  g_autofree guint8 *mask = make_mask ();

  for (int round = 0; round < 4; round++) {
    LimnRequest request;
    Several several;

    request_init (&request, base);
    request.precision = (LimnPrecision) GPOINTER_TO_INT (precision);
    request.prompt = tests_toss () ? "[horse|mars] (red:1.2) AND a hill :0.4" : "a red circle";
    request.sampler = tests_any (limn_sampler_choice);
    request.like = tests_any (limn_like_choice);
    limn_like_choose (&request.fields);
    request.guidance = tests_toss () ? 4 : 1;
    request.guidance_kind = tests_any (limn_guidance_choice);
    request.guidance_to = tests_toss () ? 1 : 0.5;
    request.perturbation = tests_toss () * 3;
    request.nag = tests_toss () * 3;
    request.regions = tests_toss () ? "0,0,0.5,1 end=0.8: a red [fox:hat:2]\n0.4,0.1,0.6,0.9 weight=0.5: a hill" : "";
    request.sag = tests_toss () * 0.8;
    request.image = tests_toss () ? image : NULL;
    request.mask = request.image != NULL && tests_toss () ? mask : NULL;
    request.strength = 0.8;
    request.refiner = tests_toss () ? refiner : NULL;
    request.handoff = 0.6;
    paint (&several, &request, 2 + round % (MOST - 1));
    check_alone (&several);
    clear (&several);
  }
}

static void
test_control (void)
{
  g_autofree char *path = golden_path ("controlnet/mini-sdxl-controlnet.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModel) base = golden_model ("mini-sdxl"), network = limn_model_open_control (path, &error);
  g_autoptr (LimnImage) image = make_picture ();
  LimnControl control;
  LimnRequest request;
  Several several;

  g_assert_no_error (error);
  limn_control_init (&control);
  control.model = network;
  control.image = image;
  control.end = 0.7;
  request_init (&request, base);
  request.controls = (LimnControlList){ &control, 1 };
  paint (&several, &request, 3);
  check_alone (&several);
  clear (&several);
}

/* A model that is given the mask and what it leaves beside each sample: each picture its own. */
static void
test_inpainting (void)
{
  g_autoptr (LimnModel) base = golden_model_with ("mini-sdxl", "mini-sdxl-q-inpaint/unet");
  g_autoptr (LimnImage) image = make_picture ();
  g_autofree guint8 *mask = make_mask ();
  LimnRequest request;
  Several several;

  request_init (&request, base);
  request.image = image;
  request.mask = mask;
  paint (&several, &request, 3);
  check_alone (&several);
  clear (&several);
}

/* The device's memory is what was said, to the byte. */
static void
test_memory (void)
{
  g_autoptr (LimnModel) base = golden_model ("mini-sdxl");
  guint64 before = 0;
  LimnRequest request;

  request_init (&request, base);
  request.width = request.height = 256;
  for (int n = 1; n <= MOST; n++) {
    g_autoptr (GError) error = NULL;
    int together = n;
    guint64 most;
    Several several;

    limn_engine_forget (engine);
    g_autoptr (LimnEstimate) estimate = limn_engine_estimate_several (engine, &request, &together, &error);
    g_assert_no_error (error);
    g_assert_cmpint (together, ==, n);
    engine->gpu->most_allocated = 0;
    paint (&several, &request, n);
    limn_gpu_allocated (engine->gpu, &most);
    g_assert_cmpuint (estimate->peak, ==, most);
    g_assert_cmpuint (most, >, before);
    before = most;
    clear (&several);
  }
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  networks_gpu ();
  engine = limn_engine_new (-1, &error);
  g_assert_no_error (error);
  g_test_add_data_func ("/several/random/fp16", GINT_TO_POINTER (LIMN_PRECISION_FP16), test_random);
  g_test_add_data_func ("/several/random/fp32", GINT_TO_POINTER (LIMN_PRECISION_FP32), test_random);
  g_test_add_func ("/several/control", test_control);
  g_test_add_func ("/several/inpainting", test_inpainting);
  g_test_add_func ("/several/memory", test_memory);
  int status = networks_run ();
  limn_engine_free (engine);
  return status;
}
