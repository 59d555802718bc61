/* test-several.c - pictures that are painted together: each what it is alone, to the bit, whatever happens to the
 * others.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "unit/engine-fixture.h"

#include "common/any.h"
#include "common/golden.h"
#include "engine/job.h"
#include "engine/several.h"
#include "model/unet.h"

#include <string.h>

#define MOST 4
#define STEPS 8

/* A picture, its request and what is heard of it. */
typedef struct {
  LimnRequest request;
  LimnMonitor monitor;
  LimnResult *result;
  GError *error;
  int answers;
  int previews, cancel_after; /* steps; 0: never */
  int draws[STEPS];           /* of noise, after each of them */
  GArray *latents;            /* float: after each step that was shown */
} One;

typedef struct {
  One all[MOST];
  int n;
} Several;

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  const One *one = data;

  g_assert_cmpint (one->answers, ==, 0);
}

static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  One *one = data;

  g_assert_cmpint (one->answers, ==, 0);
  one->draws[one->previews] = preview->draws;
  g_assert_cmpint (++one->previews, ==, preview->step);
  g_array_append_vals (one->latents, preview->latents, (guint) (preview->planes * preview->width * preview->height));
}

static gboolean
cancelled_cb (gpointer data)
{
  const One *one = data;

  return one->cancel_after > 0 && one->previews >= one->cancel_after;
}

static void
painted_cb (guint index, LimnResult *result, const GError *error, gpointer data)
{
  Several *several = data;
  One *one = &several->all[index];

  g_assert_cmpint (one->answers++, ==, 0);
  g_assert_true ((result == NULL) == (error != NULL));
  one->result = result;
  one->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
clear_answers (Several *several)
{
  for (int i = 0; i < several->n; i++) {
    One *one = &several->all[i];

    g_clear_pointer (&one->result, limn_result_free);
    g_clear_error (&one->error);
    g_clear_pointer (&one->latents, g_array_unref);
    one->answers = one->previews = 0;
  }
}

/* n pictures of fixture's request, of seeds one after another. */
static void
several_init (Several *several, EngineFixture *fixture, int n)
{
  *several = (Several){ .n = n };
  for (int i = 0; i < n; i++) {
    several->all[i].request = fixture->request;
    several->all[i].request.seed += (guint64) i;
    several->all[i].monitor = (LimnMonitor){ progress_cb, preview_cb, cancelled_cb, &several->all[i] };
  }
}

static void
paint (EngineFixture *fixture, Several *several, int together)
{
  LimnPainting paintings[MOST];

  clear_answers (several);
  for (int i = 0; i < several->n; i++) {
    several->all[i].latents = g_array_new (FALSE, FALSE, sizeof (float));
    paintings[i] = (LimnPainting){ &several->all[i].request, &several->all[i].monitor };
  }
  limn_engine_generate_several (fixture->engine, paintings, (guint) several->n, together, painted_cb, several);
  for (int i = 0; i < several->n; i++)
    g_assert_cmpint (several->all[i].answers, ==, 1);
}

/* As limn_engine_generate () paints it, with what it shows on the way. */
static void
check_alone (EngineFixture *fixture, One *one)
{
  g_autoptr (GArray) latents = one->latents;
  One alone = { .latents = g_array_new (FALSE, FALSE, sizeof (float)) };
  LimnMonitor monitor = { progress_cb, preview_cb, NULL, &alone };

  g_assert_no_error (one->error);
  alone.result = limn_engine_generate (fixture->engine, &one->request, &monitor, &alone.error);
  g_assert_no_error (alone.error);
  if (!engine_same_picture (one->result, alone.result)) {
    g_autofree char *json = limn_request_to_json (&one->request);

    g_error ("not the picture that it is alone: %s", json);
  }
  g_assert_cmpmem (latents->data, latents->len * sizeof (float), alone.latents->data,
                   alone.latents->len * sizeof (float));
  g_array_unref (alone.latents);
  limn_result_free (alone.result);
  one->latents = NULL;
}

static void
check_all_alone (EngineFixture *fixture, Several *several)
{
  for (int i = 0; i < several->n; i++)
    check_alone (fixture, &several->all[i]);
}

/* ---- What is asked at once ---- */

static void
test_at_once (EngineFixture *fixture, gconstpointer data)
{
  Several several;

  several_init (&several, fixture, 3);
  paint (fixture, &several, 0);
  g_assert_cmpint (fake_networks ()->unet_calls, ==, 5);
  g_assert_cmpint (fake_networks ()->unet_rows, ==, 5 * 3 * 2);
  g_assert_cmpint (fake_networks ()->decode_calls, ==, 3);
  g_assert_cmpint (fake_networks ()->clip_calls, ==, 4);
  for (int i = 0; i < 3; i++)
    g_assert_cmpuint (g_strv_length (several.all[i].result->notes), ==, 0);
  check_all_alone (fixture, &several);

  /* no more than were asked for, in parts of about one size */
  several_init (&several, fixture, 4);
  fake_networks ()->unet_calls = 0;
  paint (fixture, &several, 3);
  g_assert_cmpint (fake_networks ()->unet_calls, ==, 5 * 2);
  check_all_alone (fixture, &several);
  clear_answers (&several);
}

/* What cannot share a step is painted in its turn; what no request may ask for is refused alone. */
static void
test_unlike (EngineFixture *fixture, gconstpointer data)
{
  Several several;

  several_init (&several, fixture, 4);
  several.all[1].request.sampler = "heun";
  several.all[2].request.width = 63;
  paint (fixture, &several, 0);
  g_assert_error (several.all[2].error, LIMN_ERROR, LIMN_ERROR_REQUEST);
  g_assert_cmpint (fake_networks ()->unet_calls, ==, 5 + 9);
  for (int i = 0; i < 4; i++)
    if (i != 2)
      check_alone (fixture, &several.all[i]);
  clear_answers (&several);
}

/* Who follows another picture, or otherwise, is painted in its turn. */
static void
test_followed (EngineFixture *fixture, gconstpointer data)
{
  g_autofree char *path = golden_path ("controlnet/mini-sdxl-controlnet.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModel) network = limn_model_open_control (path, &error);
  g_autoptr (LimnImage) picture = limn_image_copy (fixture->picture);
  g_assert_no_error (error);
  const LimnControl usual = { .model = network, .image = fixture->picture, .weight = 0.7, .start = 0, .end = 1 };
  LimnControl others[8];

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    others[i] = usual;
  others[0].name = "a picture's name";
  picture->rgb[0] ^= 1;
  others[1].image = picture;
  others[2].fit = LIMN_FIT_STRETCH;
  others[3].map = "canny";
  others[4].type = "none";
  others[5].weight = 0.8;
  others[6].start = 0.2;
  others[7].end = 0.8;
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    LimnControl mine = usual;
    Several several;

    several_init (&several, fixture, 2);
    several.all[0].request.controls = (LimnControlList){ &mine, 1 };
    several.all[1].request.controls = (LimnControlList){ &others[i], 1 };
    fake_networks ()->unet_calls = 0;
    paint (fixture, &several, 0);
    g_test_message ("%u: the U-Net is asked %d times", i, fake_networks ()->unet_calls);
    g_assert_cmpint (fake_networks ()->unet_calls, ==, i == 0 ? 5 : 2 * 5);
    check_all_alone (fixture, &several);
    clear_answers (&several);
  }
}

/* ---- Anything, at random ---- */

static void
randomize (EngineFixture *fixture, LimnRequest *request, const guint8 *mask)
{
  static const char *const prompts[] = { "a horse", "[horse|mars] [a::0.3] AND [red:blue:3]:0.4", "a (red:1.3) fox" };

  request->steps = STEPS;
  request->prompt = prompts[g_test_rand_int_range (0, 3)];
  request->negative = tests_toss () ? "blurry" : NULL;
  request->sampler = tests_any (limn_sampler_choice);
  request->schedule = tests_any (limn_schedule_choice);
  request->sigmas = "14.6 7.2 2 0.4 0.03";
  request->like = tests_any (limn_like_choice);
  limn_like_choose (&request->fields);
  request->seed = g_test_rand_int ();
  request->variation = tests_toss () * 0.3;
  request->churn = tests_toss () * 3;
  request->guidance = g_test_rand_double_range (0.5, 9);
  request->guidance_kind = tests_any (limn_guidance_choice);
  request->guidance_from = tests_toss () * 0.3;
  request->guidance_to = tests_toss () ? 1 : 0.7;
  request->guidance_rescale = tests_toss () * 0.7;
  request->perturbation = tests_toss () * 3;
  request->nag = tests_toss () * 3;
  request->regions =
      tests_toss () ? "0,0,0.5,1 end=0.8: a red [fox:hat:2]\n0.4,0.1,0.6,0.9 negative=\"mud\": a hill" : "";
  request->sag = tests_toss () * 0.8;
  request->freeu = tests_any (limn_freeu_choice);
  request->freeu_from = tests_toss () * 0.4;
  request->freeu_to = tests_toss () ? 1 : 0.6;
  request->noise_divisor = tests_toss () ? 1.005 : 1;
  request->image = tests_toss () ? fixture->picture : NULL;
  request->mask = request->image != NULL && tests_toss () ? mask : NULL;
  request->mask_area = tests_any (limn_mask_area_choice);
  request->mask_padding = g_test_rand_int_range (0, 20);
  request->strength = g_test_rand_double_range (0.4, 1);
  request->refiner = tests_toss () ? fixture->refiner : NULL;
  request->handoff = g_test_rand_double_range (0.3, 1);
}

static void
test_random (EngineFixture *fixture, gconstpointer data)
{
  g_autofree guint8 *mask = g_malloc (96 * 64);
  int together = 0;

  for (int i = 0; i < 96 * 64; i++)
    mask[i] = i % 96 < 40 && i / 96 < 30 ? 255 : 0;
  for (int round = 0; round < 150; round++) {
    int n = g_test_rand_int_range (1, MOST + 1), calls, alone;
    Several several;

    randomize (fixture, &fixture->request, mask);
    several_init (&several, fixture, n);
    /* a wildcard's words are another's, and whatever is told once is told to the right one */
    for (int i = 0; i < n && tests_toss (); i++)
      several.all[i].request.negative = fixture->request.negative != NULL ? "grey" : NULL;
    calls = fake_networks ()->unet_calls;
    paint (fixture, &several, 0);
    calls = fake_networks ()->unet_calls - calls;
    alone = fake_networks ()->unet_calls;
    check_all_alone (fixture, &several);
    alone = fake_networks ()->unet_calls - alone;
    g_assert_cmpint (calls * n, ==, alone);
    together += n > 1;
    clear_answers (&several);
  }
  g_assert_cmpint (together, >, 50);
}

/* Each goes on from its own latents. */
static void
test_start (EngineFixture *fixture, gconstpointer data)
{
  const gsize values = 4 * 8 * 12;
  Several whole, tail;

  fixture->request.sampler = "euler_ancestral";
  several_init (&whole, fixture, 3);
  paint (fixture, &whole, 0);
  several_init (&tail, fixture, 3);
  for (int i = 0; i < 3; i++)
    tail.all[i].request.start = (LimnStart){
      .latents = &g_array_index (whole.all[i].latents, float, 2 * values),
      .step = 3,
      .steps = 5,
      .draws = whole.all[i].draws[2],
    };
  paint (fixture, &tail, 0);
  for (int i = 0; i < 3; i++) {
    g_assert_true (engine_same_picture (whole.all[i].result, tail.all[i].result));
    g_assert_cmpint (tail.all[i].previews, ==, 2);
  }
  clear_answers (&whole);
  clear_answers (&tail);
}

/* ---- One among others ---- */

static void
test_cancel (EngineFixture *fixture, gconstpointer data)
{
  for (int which = 0; which < 3; which++) {
    Several several;

    several_init (&several, fixture, 3);
    several.all[which].cancel_after = 2;
    fake_networks ()->unet_rows = 0;
    paint (fixture, &several, 0);
    g_assert_error (several.all[which].error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
    g_assert_cmpint (several.all[which].previews, ==, 2);
    /* from then on there are two */
    g_assert_cmpint (fake_networks ()->unet_rows, ==, 2 * (2 * 3 + 3 * 2));
    several.all[which].cancel_after = 0;
    for (int i = 0; i < 3; i++)
      if (i != which)
        check_alone (fixture, &several.all[i]);
    clear_answers (&several);
  }
}

static void
test_cancel_all (EngineFixture *fixture, gconstpointer data)
{
  Several several;

  several_init (&several, fixture, 3);
  for (int i = 0; i < 3; i++)
    several.all[i].cancel_after = 1 + i;
  paint (fixture, &several, 0);
  for (int i = 0; i < 3; i++) {
    g_assert_error (several.all[i].error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
    g_assert_cmpint (several.all[i].previews, ==, 1 + i);
  }
  g_assert_cmpint (fake_networks ()->decode_calls, ==, 0);
  clear_answers (&several);
}

/* What one cannot do none can. */
static void
test_failure (EngineFixture *fixture, gconstpointer data)
{
  Several several;

  fake_networks ()->nan_step = 2;
  several_init (&several, fixture, 2);
  paint (fixture, &several, 0);
  for (int i = 0; i < 2; i++) {
    g_assert_no_error (several.all[i].error);
    g_assert_cmpuint (g_strv_length (several.all[i].result->notes), ==, 1);
    g_assert_nonnull (strstr (several.all[i].result->notes[0], "step 3"));
  }
  limn_engine_forget (fixture->engine);
  fake_networks ()->nan_always = TRUE;
  paint (fixture, &several, 0);
  for (int i = 0; i < 2; i++)
    g_assert_error (several.all[i].error, LIMN_ERROR, LIMN_ERROR_NUMERIC);
  clear_answers (&several);
}

/* ---- Memory ---- */

static guint64
peak_of (EngineFixture *fixture, int pictures)
{
  int together = pictures;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnEstimate) estimate =
      limn_engine_estimate_several (fixture->engine, &fixture->request, &together, &error);

  g_assert_no_error (error);
  g_assert_cmpint (together, ==, pictures);
  return estimate->peak;
}

/* As many as there is memory for are painted together, and only who asked for more is told. */
static void
test_memory (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint64 enough;
  int together = 4;
  Several several;

  fixture->request.width = 1024;
  fixture->request.height = 1024;
  enough = peak_of (fixture, 2);
  g_assert_cmpuint (peak_of (fixture, 1), <, enough);
  g_assert_cmpuint (enough, <, peak_of (fixture, 3));
  /* the budget leaves something to others */
  fake_networks ()->memory = enough + enough / 4;
  limn_engine_free (fixture->engine);
  fixture->engine = limn_engine_new (-1, NULL);
  g_autoptr (LimnEstimate) estimate =
      limn_engine_estimate_several (fixture->engine, &fixture->request, &together, &error);
  g_assert_no_error (error);
  g_assert_true (estimate->fits);
  g_assert_cmpint (together, <, 4);
  g_assert_cmpuint (g_strv_length (estimate->advice), >, 0);

  several_init (&several, fixture, 4);
  for (int asked = 0; asked <= 4; asked += 4) {
    fake_networks ()->unet_calls = 0;
    paint (fixture, &several, asked);
    g_assert_cmpint (fake_networks ()->unet_calls, ==, 5 * ((4 + together - 1) / together));
    for (int i = 0; i < 4; i++) {
      g_assert_no_error (several.all[i].error);
      g_assert_cmpuint (g_strv_length (several.all[i].result->notes), ==, asked > 0 ? 1 : 0);
    }
  }
  check_all_alone (fixture, &several);
  clear_answers (&several);
}

/* A device that has less than it says gets one after another. */
static void
test_refused (EngineFixture *fixture, gconstpointer data)
{
  Several several;

  fake_networks ()->most_rows = 2;
  several_init (&several, fixture, 3);
  paint (fixture, &several, 0);
  g_assert_cmpint (fake_networks ()->unet_rows, ==, 3 * 5 * 2);
  for (int i = 0; i < 3; i++) {
    g_assert_no_error (several.all[i].error);
    g_assert_cmpuint (g_strv_length (several.all[i].result->notes), ==, 1);
  }
  fake_networks ()->most_rows = 0;
  check_all_alone (fixture, &several);
  clear_answers (&several);
}

#define ADD(path, function)                                                                                            \
  g_test_add ("/several/" path, EngineFixture, NULL, engine_set_up, function, engine_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("at-once", test_at_once);
  ADD ("unlike", test_unlike);
  ADD ("followed", test_followed);
  ADD ("random", test_random);
  ADD ("start", test_start);
  ADD ("cancel", test_cancel);
  ADD ("cancel-all", test_cancel_all);
  ADD ("failure", test_failure);
  ADD ("memory", test_memory);
  ADD ("refused", test_refused);
  return g_test_run ();
}
