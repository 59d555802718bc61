/* test-hires.c - second passes: latents made larger as torch does it, and runs that are what two runs by hand give.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "unit/engine-fixture.h"

#include "base/image-fit.h"
#include "base/json.h"
#include "engine/enlarge.h"
#include "engine/hires.h"
#include "engine/job.h"
#include "engine/several.h"
#include "engine/sampler.h"

#include <math.h>
#include <string.h>

/* ---- Latents that are made larger ---- */

static void
check_line (const char *method, const float *in, int n, const float *expected, int to)
{
  g_autofree float *across = g_new (float, to), *down = g_new (float, to);

  limn_hires_resize (&(LimnFields){ .hires_method = method }, in, 1, 1, n, across, 1, to);
  limn_hires_resize (&(LimnFields){ .hires_method = method }, in, 1, n, 1, down, to, 1);
  for (int i = 0; i < to; i++) {
    g_assert_cmpfloat_with_epsilon (across[i], expected[i], 1e-6);
    g_assert_cmpfloat_with_epsilon (down[i], expected[i], 1e-6);
  }
}

/* What torch.nn.Upsample's documentation shows, and the weights of the cubics at a quarter and three. */
static void
test_known (void)
{
  static const float two[] = { 1, 2 }, linear[] = { 1, 1.25, 1.75, 2 }, nearest[] = { 1, 1, 2, 2 };
  static const float three[] = { 0, 1, 2 }, five[] = { 0, 0, 1, 1, 2 }, exact[] = { 0, 0, 1, 2, 2 };
  static const float impulse[] = { 0, 0, 0, 1, 0, 0, 0 };
  static const float cubic[] = { 0,          0,          -0.03515625, -0.10546875, 0.26171875, 0.87890625,
                                 0.87890625, 0.26171875, -0.10546875, -0.03515625, 0,          0 };
  static const float softer[] = { 0,         0,         -0.0234375, -0.0703125, 0.2265625, 0.8671875,
                                  0.8671875, 0.2265625, -0.0703125, -0.0234375, 0,         0 };
  float out[14];

  check_line ("latent", two, 2, linear, 4);
  check_line ("latent_antialiased", two, 2, linear, 4);
  check_line ("latent_nearest", two, 2, nearest, 4);
  check_line ("latent_nearest", three, 3, five, 5);
  check_line ("latent_nearest_exact", three, 3, exact, 5);
  limn_hires_resize (&(LimnFields){ .hires_method = "latent_bicubic" }, impulse, 1, 1, 7, out, 1, 14);
  for (int i = 0; i < 12; i++)
    g_assert_cmpfloat_with_epsilon (out[1 + i], cubic[i], 1e-6);
  limn_hires_resize (&(LimnFields){ .hires_method = "latent_bicubic_antialiased" }, impulse, 1, 1, 7, out, 1, 14);
  for (int i = 0; i < 12; i++)
    g_assert_cmpfloat_with_epsilon (out[1 + i], softer[i], 1e-6);
}

/* A flat plane stays so by any method, and one that rises evenly by those that are exact for it: torch's cubic of a =
 * -0.75 is not. */
static void
test_even (void)
{
  static const char *const exacts[] = { "latent", "latent_antialiased", "latent_bicubic_antialiased", NULL };
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (int round = 0; round < 300; round++) {
    const LimnChoice *method = limn_hires_choice ((guint) g_rand_int_range (rand, 0, 6));
    gboolean exact = g_strv_contains (exacts, method->name);
    int width = g_rand_int_range (rand, 5, 30), height = g_rand_int_range (rand, 5, 30);
    int wide = g_rand_int_range (rand, width, 4 * width), high = g_rand_int_range (rand, height, 4 * height);
    double across = g_rand_double_range (rand, -1, 1), down = g_rand_double_range (rand, -1, 1);
    g_autofree float *in = g_new (float, 2 * width * height), *out = g_new (float, 2 * wide * high);

    for (int i = 0; i < width * height; i++) {
      in[i] = (float) (across * (i % width) + down * (i / width));
      in[width * height + i] = (float) across;
    }
    limn_hires_resize (&(LimnFields){ .hires_method = method->name }, in, 2, height, width, out, high, wide);
    for (int i = 0; i < wide * high; i++) {
      double x = (i % wide + 0.5) * width / wide - 0.5, y = (i / wide + 0.5) * height / high - 0.5;

      g_assert_cmpfloat_with_epsilon (out[wide * high + i], across, 1e-5);
      if (exact && x >= 1 && x < width - 2 && y >= 1 && y < height - 2)
        g_assert_cmpfloat_with_epsilon (out[i], across * x + down * y, 2e-5);
    }
  }
}

static void
test_size (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);

  for (int round = 0; round < 300; round++) {
    LimnFields fields;
    int width, height;

    limn_fields_init (&fields);
    fields.width = 8 * g_rand_int_range (rand, 1, 200);
    fields.height = 8 * g_rand_int_range (rand, 1, 200);
    fields.hires = g_rand_int_range (rand, 100, 400) / 100.0;
    limn_hires_size (&fields, &width, &height);
    g_assert_cmpint (width % 8 + height % 8, ==, 0);
    g_assert_cmpint (abs (width - (int) (fields.width * fields.hires + 1e-6)), <, 8);
    g_assert_cmpint (abs (height - (int) (fields.height * fields.hires + 1e-6)), <, 8);
  }
}

/* ---- Runs ---- */

static void
set_random (LimnRequest *request, GRand *rand)
{
  static const char *const samplers[] = { "euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_sde", "heun", "uni_pc" };
  static const char *const likes[] = { "limn", "webui", "comfyui", "diffusers" };
  const double factors[] = { 1.25, 1.5, 2 };

  request->like = limn_choice_find (limn_like_choice, likes[g_rand_int_range (rand, 0, G_N_ELEMENTS (likes))])->name;
  limn_like_choose (&request->fields);
  request->sampler =
      limn_choice_find (limn_sampler_choice, samplers[g_rand_int_range (rand, 0, G_N_ELEMENTS (samplers))])->name;
  request->steps = g_rand_int_range (rand, 2, 8);
  request->seed = g_rand_int (rand);
  request->hires = factors[g_rand_int_range (rand, 0, 3)];
  request->hires_strength = g_rand_int_range (rand, 10, 99) / 100.0;
  request->hires_steps = g_rand_int_range (rand, 0, 8);
  request->hires_guidance = g_rand_boolean (rand) ? 0 : 3;
  request->hires_sampler = limn_hires_sampler_choice ((guint) g_rand_int_range (rand, 0, 3))->name;
}

/* What the second pass is told, as a request of its own; painted as ComfyUI does, with all steps over a picture. */
static LimnRequest
by_hand (const LimnRequest *request)
{
  LimnRequest hand = limn_hires_request (request);

  g_assert_cmpfloat (hand.hires, ==, 1);
  g_assert_cmpfloat (hand.strength, ==, request->hires_strength);
  g_assert_cmpint (hand.steps, ==, request->hires_steps > 0 ? request->hires_steps : request->steps);
  return hand;
}

/* Over pixels it is a run over the first's picture, enlarged. */
static void
test_pixels (EngineFixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->request;
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (int round = 0; round < 25; round++) {
    set_random (request, rand);
    request->like = limn_choice_find (limn_like_choice, "comfyui")->name;
    limn_like_choose (&request->fields);
    request->hires_method = limn_choice_find (limn_hires_choice, "lanczos")->name;
    g_autoptr (LimnResult) both = engine_generate (fixture, NULL);
    LimnRequest twice = *request, hand = by_hand (request);

    request->hires = 1;
    g_autoptr (LimnResult) first = engine_generate (fixture, NULL);
    g_autoptr (LimnImage) large = limn_image_fit_lanczos (first->image, hand.width, hand.height, FALSE, FALSE);
    hand.image = large;
    *request = hand;
    g_autoptr (LimnResult) second = engine_generate (fixture, NULL);
    g_assert_cmpint (both->image->width, ==, hand.width);
    g_assert_cmpint (both->latent_height, ==, hand.height / 8);
    g_assert_true (engine_same_picture (both, second));
    *request = twice;
  }
}

/* Over latents it goes on from the first's, enlarged, with the noise of the seed at that size. */
static void
test_latents (EngineFixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->request;
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);

  for (int round = 0; round < 25; round++) {
    set_random (request, rand);
    request->like = limn_choice_find (limn_like_choice, "comfyui")->name;
    limn_like_choose (&request->fields);
    request->hires_method = limn_hires_choice ((guint) g_rand_int_range (rand, 0, 6))->name;
    g_autoptr (LimnResult) both = engine_generate (fixture, NULL);
    LimnRequest twice = *request, hand = by_hand (request);

    request->hires = 1;
    g_autoptr (LimnResult) first = engine_generate (fixture, NULL);
    LimnJob job = { .engine = fixture->engine };
    hand.image = fixture->picture;
    limn_job_begin (&job, &hand);
    g_autofree float *latents = g_new (float, job.values), *noise = g_new (float, job.values);
    limn_hires_resize (&twice.fields, first->latents, 4, first->latent_height, first->latent_width, latents, job.height,
                       job.width);
    limn_job_draw_start (&job, noise);
    limn_sampler_add_noise (job.schedule->sigmas[job.begin], noise, latents, job.values);
    hand.start = (LimnStart){ .latents = latents,
                              .step = job.begin,
                              .steps = hand.steps,
                              .schedule = hand.schedule,
                              .prediction = hand.prediction,
                              .like = hand.like,
                              .strength = hand.strength,
                              .draws = 1 };
    *request = hand;
    g_autoptr (LimnResult) second = engine_generate (fixture, NULL);
    g_assert_true (engine_same_picture (both, second));
    limn_job_clear (&job);
    *request = twice;
  }
}

typedef struct {
  int n, seconds, cancel_after;
  GPtrArray *latents; /* float *: after each step of the first pass */
  int draws[32];
  LimnPast past[32];
} Tape;

static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  Tape *tape = data;
  gsize bytes = (gsize) preview->planes * preview->width * preview->height * sizeof (float);

  g_assert_cmpint (preview->step, ==, ++tape->n);
  if (preview->second) {
    tape->seconds++;
    return;
  }
  g_assert_cmpint (tape->seconds, ==, 0);
  tape->draws[preview->schedule_step] = preview->draws;
  g_ptr_array_add (tape->latents, g_memdup2 (preview->latents, bytes));
}

static gboolean
cancelled_cb (gpointer data)
{
  const Tape *tape = data;

  return tape->cancel_after > 0 && tape->seconds >= tape->cancel_after;
}

/* A run that is gone on from after a step of its first pass comes to the same picture. */
static void
test_resumed (EngineFixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->request;
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);

  for (int round = 0; round < 25; round++) {
    g_autoptr (GPtrArray) latents = g_ptr_array_new_with_free_func (g_free);
    Tape tape = { .latents = latents };
    LimnMonitor monitor = { .preview = preview_cb, .data = &tape };

    set_random (request, rand);
    request->hires_method = limn_hires_choice ((guint) g_rand_int_range (rand, 0, 7))->name;
    request->sampler = limn_choice_find (limn_sampler_choice, "euler_ancestral")->name; /* looks back at nothing */
    g_autoptr (LimnResult) whole = engine_generate (fixture, &monitor);
    g_assert_cmpint (tape.seconds, >, 0);
    g_assert_cmpuint (latents->len, ==, request->steps);
    int step = g_rand_int_range (rand, 1, request->steps);
    request->start = (LimnStart){ .latents = latents->pdata[step - 1],
                                  .step = step,
                                  .steps = request->steps,
                                  .schedule = request->schedule,
                                  .prediction = request->prediction,
                                  .like = request->like,
                                  .draws = tape.draws[step] };
    g_autoptr (LimnResult) rest = engine_generate (fixture, NULL);
    request->start = (LimnStart){ 0 };
    g_assert_true (engine_same_picture (whole, rest));
  }
}

static void
test_cancelled (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) latents = g_ptr_array_new_with_free_func (g_free);
  Tape tape = { .latents = latents, .cancel_after = 2 };
  LimnMonitor monitor = { .preview = preview_cb, .cancelled = cancelled_cb, .data = &tape };
  g_autoptr (GError) error = NULL;

  fixture->request.hires = 2;
  g_assert_null (limn_engine_generate (fixture->engine, &fixture->request, &monitor, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_assert_cmpint (tape.seconds, ==, 2);
}

typedef struct {
  int seen, step, steps;
} Watch;

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  Watch *watch = data;

  g_assert_cmpint (progress->step, >=, watch->step);
  g_assert_true (progress->seconds_left >= 0 || progress->seconds_left == -1);
  watch->seen += progress->stage == LIMN_STAGE_SECOND;
  watch->step = progress->step;
  watch->steps = progress->steps;
}

/* Both passes are one row of steps. */
static void
test_progress (EngineFixture *fixture, gconstpointer data)
{
  Watch watch = { 0 };
  LimnMonitor monitor = { .progress = progress_cb, .data = &watch };

  fixture->request.hires = 2;
  fixture->request.hires_steps = 7;
  g_autoptr (LimnResult) result = engine_generate (fixture, &monitor);
  g_assert_cmpint (watch.seen, >=, 7);
  g_assert_cmpint (watch.step, ==, fixture->request.steps + 7);
  g_assert_cmpint (watch.steps, ==, fixture->request.steps + 7);
  g_assert_cmpfloat (result->seconds[LIMN_STAGE_SECOND], >, 0);
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
  g_autoptr (GRand) rand = g_rand_new_with_seed (10);

  for (int round = 0; round < 25; round++) {
    LimnRequest requests[3];
    LimnPainting paintings[3];
    LimnResult *results[3] = { 0 };

    set_random (request, rand);
    request->hires_method = limn_hires_choice ((guint) g_rand_int_range (rand, 0, 7))->name;
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

/* By an upscaler, which may enlarge by more than the second pass is larger. */
static void
test_upscaler (EngineFixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->request;
  g_autoptr (LimnModel) upscaler = engine_upscaler ();
  g_autoptr (GError) error = NULL;

  request->hires = 1.5;
  request->hires_method = limn_choice_find (limn_hires_choice, "upscaler")->name;
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "upscaler");
  request->hires_upscaler = upscaler;
  g_autoptr (LimnResult) result = engine_generate (fixture, NULL);
  g_assert_cmpint (result->image->width, ==, 144);
  g_assert_cmpint (result->image->height, ==, 96);
  g_assert_cmpint (fake_networks ()->enlarge_calls, ==, 1);
  request->upscaler = upscaler;
  g_autoptr (LimnResult) twice = engine_generate (fixture, NULL);
  g_assert_cmpint (twice->image->width, ==, 2 * 144);
  g_assert_cmpint (fake_networks ()->enlarge_calls, ==, 3);

  g_autoptr (LimnEstimate) estimate = limn_engine_estimate (fixture->engine, request, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (estimate->seconds[LIMN_STAGE_SECOND], >, 0);
  g_assert_cmpuint (estimate->bytes[LIMN_STAGE_SECOND], >=, estimate->bytes[LIMN_STAGE_BASE]);
}

/* The web UI's numbers: shares from 1, and steps after those of the first pass, are the second's. */
static void
test_edit (EngineFixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->request;

  request->emphasis = limn_choice_find (limn_emphasis_choice, "a1111")->name;
  request->steps = 6;
  request->hires = 2;
  request->hires_method = limn_choice_find (limn_hires_choice, "lanczos")->name;
  request->prompt = "a [horse:mars:1.0]";
  g_autoptr (LimnResult) share = engine_generate (fixture, NULL);
  request->prompt = "a [horse:mars:6]";
  g_autoptr (LimnResult) step = engine_generate (fixture, NULL);
  request->prompt = "a horse";
  g_autoptr (LimnResult) never = engine_generate (fixture, NULL);
  g_assert_true (engine_same_picture (share, step));
  g_assert_false (engine_same_picture (share, never));
  request->prompt = "a [horse:mars:12]";
  g_autoptr (LimnResult) late = engine_generate (fixture, NULL);
  g_assert_true (engine_same_picture (late, never));
}

static void
test_refused (EngineFixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->request;
  g_autofree guint8 *mask = g_malloc0 (96 * 64);

  request->hires = 4.5;
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "Larger by");
  request->hires = 4;
  request->width = 2048;
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "4096");
  request->width = 96;
  request->image = fixture->picture;
  request->mask = mask;
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "mask");
}

static void
test_told (EngineFixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->request, read;
  g_autoptr (GStringChunk) strings = g_string_chunk_new (64);
  g_autoptr (GError) error = NULL;

  request->hires = 1.5;
  request->hires_method = limn_choice_find (limn_hires_choice, "latent_bicubic")->name;
  request->hires_strength = 0.55;
  request->hires_steps = 9;
  request->hires_sampler = limn_choice_find (limn_hires_sampler_choice, "euler_ancestral")->name;
  g_autofree char *json = limn_request_to_json (request), *parameters = limn_request_to_parameters (request);
  g_assert_nonnull (strstr (parameters, "Denoising strength: 0.55, Hires upscale: 1.5, Hires steps: 9, "
                                        "Hires upscaler: Latent (bicubic), Hires sampler: Euler a"));
  limn_request_init (&read, fixture->base);
  g_assert_true (limn_request_from_json (&read, json, strings, &error));
  g_assert_no_error (error);
  g_assert_true (limn_fields_are_alike (&read.fields, &request->fields));
  request->hires = 1;
  g_autofree char *without = limn_request_to_parameters (request);
  g_assert_null (strstr (without, "ires"));
}

#define ADD(path, function) g_test_add ("/hires/" path, EngineFixture, NULL, engine_set_up, function, engine_tear_down)

/* What repeats stays one of many while it becomes larger: moved before is moved after. */
static void
test_around (void)
{
  const LimnChoice *method;

  for (guint seed = 0; seed < 25; seed++)
    for (guint i = 0; (method = limn_hires_choice (i)) != NULL && limn_hires_takes_latents (method->name); i++) {
      g_autoptr (GRand) random = g_rand_new_with_seed (seed);
      const LimnFields fields = { .hires_method = method->name, .tile = "x" };
      int height = g_rand_int_range (random, 1, 5), width = g_rand_int_range (random, 1, 9), by;
      float in[4 * 8], moved[4 * 8], out[4 * 24], after[4 * 24];

      by = g_rand_int_range (random, 0, width);
      for (int at = 0; at < height * width; at++)
        in[at] = (float) g_rand_double_range (random, -2, 2);
      for (int at = 0; at < height * width; at++)
        moved[at / width * width + (at % width + by) % width] = in[at];
      limn_hires_resize (&fields, in, 1, height, width, out, height, 3 * width);
      limn_hires_resize (&fields, moved, 1, height, width, after, height, 3 * width);
      for (int at = 0; at < height * 3 * width; at++)
        g_assert_cmpfloat_with_epsilon (after[at / (3 * width) * 3 * width + (at % (3 * width) + 3 * by) % (3 * width)],
                                        out[at], 1e-5);
    }
}

static void
test_around_pixels (void)
{
  for (guint seed = 0; seed < 25; seed++) {
    g_autoptr (GRand) random = g_rand_new_with_seed (seed);
    int width = g_rand_int_range (random, 3, 40), height = g_rand_int_range (random, 3, 40);
    int x = g_rand_int_range (random, 0, width), y = g_rand_int_range (random, 0, height);
    g_autoptr (LimnImage) image = limn_image_new (width, height), moved = limn_image_new (width, height);

    for (int i = 0; i < 3 * width * height; i++)
      image->rgb[i] = (guint8) g_rand_int (random);
    for (int i = 0; i < 3 * width * height; i++)
      moved->rgb[3 * ((i / 3 / width + y) % height * width + (i / 3 % width + x) % width) + i % 3] = image->rgb[i];
    g_autoptr (LimnImage) large = limn_image_fit_lanczos (image, 2 * width, 2 * height, TRUE, TRUE);
    g_autoptr (LimnImage) after = limn_image_fit_lanczos (moved, 2 * width, 2 * height, TRUE, TRUE);
    for (int i = 0; i < 12 * width * height; i++) {
      int at_x = (i / 3 % (2 * width) + 2 * x) % (2 * width), at_y = (i / 3 / (2 * width) + 2 * y) % (2 * height);

      g_assert_cmpint (abs (after->rgb[3 * (at_y * 2 * width + at_x) + i % 3] - large->rgb[i]), <=, 1);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hires/known", test_known);
  g_test_add_func ("/hires/even", test_even);
  g_test_add_func ("/hires/size", test_size);
  ADD ("pixels", test_pixels);
  ADD ("latents", test_latents);
  ADD ("resumed", test_resumed);
  ADD ("cancelled", test_cancelled);
  ADD ("progress", test_progress);
  ADD ("several", test_several);
  ADD ("upscaler", test_upscaler);
  ADD ("edit", test_edit);
  ADD ("refused", test_refused);
  ADD ("told", test_told);
  g_test_add_func ("/hires/around", test_around);
  g_test_add_func ("/hires/around-pixels", test_around_pixels);
  return g_test_run ();
}
