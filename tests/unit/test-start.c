/* test-start.c - going on from a run's latents: the same picture to the bit, and only the tail's steps.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "unit/engine-fixture.h"

#include <math.h>
#include <string.h>

#include "common/any.h"

#define STEPS 30
#define VALUES (4 * 8 * 12)

/* What a run showed after each step of its schedule. */
typedef struct {
  float latents[STEPS + 1][VALUES], began[STEPS + 1][VALUES], denoised[STEPS + 1][VALUES], negative[STEPS + 1][VALUES];
  LimnPast did[STEPS + 1];
  int draws[STEPS + 1];
  int first, last, count; /* schedule steps seen, and how many previews */
  int progress_steps;
} Tape;

static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  Tape *tape = data;

  g_assert_cmpint (preview->schedule_steps, <=, STEPS);
  g_assert_cmpint (preview->schedule_step - preview->step, ==, preview->schedule_steps - preview->steps);
  g_assert_cmpint (preview->width * preview->height * 4, ==, VALUES);
  memcpy (tape->latents[preview->schedule_step], preview->latents, sizeof tape->latents[0]);
  memcpy (tape->began[preview->schedule_step], preview->did.latents, sizeof tape->latents[0]);
  memcpy (tape->denoised[preview->schedule_step], preview->did.denoised, sizeof tape->latents[0]);
  if (preview->did.negative != NULL)
    memcpy (tape->negative[preview->schedule_step], preview->did.negative, sizeof tape->latents[0]);
  tape->did[preview->schedule_step] =
      (LimnPast){ .sigma = preview->did.sigma,
                  .latents = tape->began[preview->schedule_step],
                  .denoised = tape->denoised[preview->schedule_step],
                  .negative = preview->did.negative != NULL ? tape->negative[preview->schedule_step] : NULL,
                  .refined = preview->did.refined };
  tape->draws[preview->schedule_step] = preview->draws;
  if (tape->count++ == 0)
    tape->first = preview->schedule_step;
  tape->last = preview->schedule_step;
}

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  ((Tape *) data)->progress_steps = progress->steps;
}

static LimnResult *
record (EngineFixture *fixture, Tape *tape)
{
  LimnMonitor monitor = { .preview = preview_cb, .progress = progress_cb, .data = tape };

  *tape = (Tape){ 0 };
  return engine_generate (fixture, &monitor);
}

/* past: [LIMN_MOST_PAST], which the request borrows. */
static void
set_start (EngineFixture *fixture, const Tape *tape, int step, LimnPast *past)
{
  guint n = 0;

  for (int before = step; before >= tape->first && n < LIMN_MOST_PAST; before--)
    past[n++] = tape->did[before];
  fixture->request.start = (LimnStart){
    .latents = tape->latents[step],
    .step = step,
    .steps = fixture->request.steps,
    .schedule = limn_fields_schedule (&fixture->request.fields),
    .like = fixture->request.like,
    .sampler = fixture->request.sampler,
    .eta = fixture->request.eta,
    .strength = fixture->request.image != NULL ? fixture->request.strength : 0,
    .past = past,
    .n_past = n,
    .draws = tape->draws[step],
  };
}

/* Goes on from several steps of a run; each must end as that run did, having done the tail only. */
static LimnCache
check_restarts (EngineFixture *fixture)
{
  static const int starts[] = { 1, 7, 17, 18, 19, 23, 24, 25, 29 };
  g_autofree Tape *whole = g_new (Tape, 1), *tail = g_new (Tape, 1);
  LimnPast past[LIMN_MOST_PAST];

  fixture->request.start = (LimnStart){ 0 };
  int before = fake_networks ()->unet_calls;
  g_autoptr (LimnResult) expected = record (fixture, whole);
  if (expected->cache.asked > 0)
    g_assert_cmpint (fake_networks ()->unet_calls - before, ==, expected->cache.asked);
  for (guint i = 0; i < G_N_ELEMENTS (starts); i++) {
    int calls = fake_networks ()->unet_calls;

    if (starts[i] < whole->first)
      continue;
    set_start (fixture, whole, starts[i], past);
    g_autoptr (LimnResult) result = record (fixture, tail);
    g_assert_true (engine_same_picture (result, expected));
    g_assert_cmpint (fake_networks ()->unet_calls - calls + result->cache.left_out, >=, STEPS - starts[i]);
    g_assert_cmpint (tail->count, ==, STEPS - starts[i]);
    g_assert_cmpint (tail->progress_steps, ==, STEPS - starts[i]);
    g_assert_cmpint (tail->first, ==, starts[i] + 1);
    g_assert_cmpint (tail->last, ==, STEPS);
    g_assert_cmpmem (tail->latents + tail->first, sizeof tail->latents[0] * tail->count, whole->latents + tail->first,
                     sizeof tail->latents[0] * tail->count);
  }
  fixture->request.start = (LimnStart){ 0 };
  return expected->cache;
}

static void
test_same (EngineFixture *fixture, gconstpointer data)
{
  fixture->request.sigmas = "13 9 5 2 0.9 0.1";
  fixture->request.steps = STEPS;
  for (guint schedule = 0; limn_schedule_choice (schedule) != NULL; schedule++)
    for (int refined = 0; refined < 2; refined++) {
      fixture->request.schedule = limn_schedule_choice (schedule)->name;
      fixture->request.refiner = refined ? fixture->refiner : NULL;
      fixture->request.handoff = 0.6;
      check_restarts (fixture);
    }
  fixture->request.image = fixture->picture;
  fixture->request.strength = 0.7;
  check_restarts (fixture);
}

/* The same for whatever else there is in the table, and whatever prompts say when. */
static void
test_samplers (EngineFixture *fixture, gconstpointer data)
{
  fixture->request.steps = STEPS;
  fixture->request.schedule = "karras";
  fixture->request.handoff = 0.6;
  for (guint sampler = 0; limn_sampler_choice (sampler) != NULL; sampler++)
    for (int kind = 0; kind < 4; kind++) {
      fixture->request.sampler = limn_sampler_choice (sampler)->name;
      fixture->request.refiner = kind & 1 ? fixture->refiner : NULL;
      fixture->request.image = kind & 2 ? fixture->picture : NULL;
      fixture->request.strength = 0.7;
      fixture->request.prompt = kind >= 2 ? "[horse|mars] [a::0.3] AND [red:blue:17]:0.4" : "a horse";
      fixture->request.noise_source = kind & 1 ? LIMN_NOISE_PHILOX : LIMN_NOISE_CPU;
      check_restarts (fixture);
    }
}

/* Settings that decide levels and noise, at random: what a run is gone on from makes no difference. */
static void
test_random (EngineFixture *fixture, gconstpointer data)
{
  fixture->request.steps = STEPS;
  for (int round = 0; round < 60; round++) {
    LimnRequest *request = &fixture->request;

    request->sampler = tests_any (limn_sampler_choice);
    request->schedule = tests_any (limn_schedule_choice);
    request->sigmas = g_test_rand_int_range (0, 2) ? "14.6 7.2 2 0.4 0.03" : "8, 1";
    request->like = tests_any (limn_like_choice);
    limn_like_choose (&request->fields);
    if (g_test_rand_int_range (0, 3) == 0)
      request->noise_source = (LimnNoise) g_test_rand_int_range (0, 2);
    request->seed = (guint64) (guint32) g_test_rand_int () << 8;
    request->noise_delta = g_test_rand_int_range (0, 2) * 31337;
    request->variation = g_test_rand_int_range (0, 2) * 0.3;
    request->variation_seed = request->seed / 3;
    request->seed_width = g_test_rand_int_range (0, 2) * 128;
    request->seed_height = 64;
    request->eta = g_test_rand_int_range (0, 3) / 2.0;
    request->image = g_test_rand_int_range (0, 2) ? fixture->picture : NULL;
    request->strength = g_test_rand_double_range (0.4, 1);
    request->refiner = g_test_rand_int_range (0, 2) ? fixture->refiner : NULL;
    request->handoff = g_test_rand_double_range (0.3, 1);
    check_restarts (fixture);
  }
}

/* The same where only some steps are guided, and in other ways: what a sampler remembers goes on between them. */
static void
test_guidance (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (11);
  guint n_samplers = 0, n_kinds = 0;

  while (limn_sampler_choice (n_samplers) != NULL)
    n_samplers++;
  while (limn_guidance_choice (n_kinds) != NULL)
    n_kinds++;
  fixture->request.steps = STEPS;
  for (guint i = 0; i < 2 * n_samplers; i++) {
    fixture->request.sampler = limn_sampler_choice (i % n_samplers)->name;
    fixture->request.guidance = g_rand_double_range (random, 1, 9);
    fixture->request.guidance_kind = limn_guidance_choice ((guint) g_rand_int_range (random, 0, (int) n_kinds))->name;
    fixture->request.guidance_from = g_rand_double_range (random, 0, 0.6);
    fixture->request.guidance_to = g_rand_double_range (random, 0.4, 1);
    fixture->request.guidance_rescale = g_rand_boolean (random) ? 0.7 : 0;
    fixture->request.perturbation = i % 3 == 0 ? 3 : 0;
    fixture->request.nag = i % 5 == 0 ? 3 : 0;
    fixture->request.sag = i % 4 == 1 ? 0.8 : 0;
    fixture->request.freeu = i % 2 == 0 ? "v2" : "none";
    fixture->request.freeu_from = i % 3 == 0 ? g_rand_double_range (random, 0, 0.5) : 0;
    fixture->request.freeu_to = i % 3 == 1 ? g_rand_double_range (random, 0.3, 1) : 1;
    fixture->request.shrink = i % 3 == 1 ? 2 : 1;
    fixture->request.noise_divisor = g_rand_double_range (random, 0.99, 1.01);
    fixture->request.refiner = i % 4 == 0 ? fixture->refiner : NULL;
    fixture->request.handoff = 0.6;
    check_restarts (fixture);
  }
}

/* The same where steps go without the network: which do, the trail tells.  What they are told must be the same. */
static void
test_cache (EngineFixture *fixture, gconstpointer data)
{
  static const char *const prompts[] = { "a horse", "[red:blue:0.5]", "[horse|mars]" };
  int left_out = 0, edited = 0;

  fixture->request.steps = STEPS;
  fixture->request.handoff = 0.6;
  for (guint i = 0; limn_sampler_choice (i) != NULL; i++)
    for (guint kind = 0; kind < G_N_ELEMENTS (prompts); kind++) {
      fixture->request.sampler = limn_sampler_choice (i)->name;
      fixture->request.schedule = i & 1 ? "karras" : "normal";
      fixture->request.prompt = prompts[kind];
      fixture->request.cache = i & 2 ? 0.1 : 0.9;
      fixture->request.guidance_from = i % 3 == 0 ? 0.4 : 0;
      fixture->request.refiner = i % 4 == 0 ? fixture->refiner : NULL;
      fixture->request.image = i % 5 == 0 ? fixture->picture : NULL;
      fixture->request.strength = 0.9;
      const LimnCache cache = check_restarts (fixture);
      *(kind == 0 ? &left_out : &edited) += cache.left_out;
      if (kind == 2)
        g_assert_cmpint (cache.left_out, ==, 0);
    }
  g_assert_cmpint (left_out, >, STEPS);
  g_assert_cmpint (edited, >, 0);
  g_assert_cmpint (edited, <, left_out);
}

/* A threshold that nothing stays below leaves nothing out, and changes nothing. */
static void
test_cache_none (EngineFixture *fixture, gconstpointer data)
{
  fixture->request.steps = STEPS;
  g_autoptr (LimnResult) plain = engine_generate (fixture, NULL);
  fixture->request.cache = 1e-9;
  g_autoptr (LimnResult) cached = engine_generate (fixture, NULL);
  g_assert_true (engine_same_picture (plain, cached));
  g_assert_cmpint (cached->cache.left_out, ==, 0);
  g_assert_cmpint (cached->cache.asked, ==, STEPS);
  fixture->request.cache = 0.9;
  g_autoptr (LimnResult) other = engine_generate (fixture, NULL);
  g_assert_false (engine_same_picture (plain, other));
  g_assert_cmpint (other->cache.left_out, >, 0);
}

/* Another strength, asked for where it has no part any more, or another program's levels: the run is entered at the
 * level that its latents have. */
static void
test_other_like (EngineFixture *fixture, gconstpointer data)
{
  g_autofree Tape *tape = g_new (Tape, 1), *tail = g_new (Tape, 1);
  LimnPast past[LIMN_MOST_PAST];

  fixture->request.steps = STEPS;
  fixture->request.schedule = "normal";
  fixture->request.like = "comfyui";
  fixture->request.image = fixture->picture;
  fixture->request.strength = 0.5;
  limn_result_free (record (fixture, tape));
  g_assert_cmpint (tape->count, ==, STEPS);
  set_start (fixture, tape, 20, past);
  fixture->request.strength = 0.9;
  limn_result_free (record (fixture, tail));
  g_assert_cmpfloat (tail->did[tail->first].sigma, <, tape->did[20].sigma);
  g_assert_cmpfloat (tail->did[tail->first].sigma, ==, tape->did[21].sigma);
  fixture->request.like = "limn";
  limn_result_free (record (fixture, tail));
  g_assert_cmpfloat (tail->did[tail->first].sigma, ==, tape->did[21].sigma);
}

/* Another sampler goes on at the level that the one before left, whatever levels it would have visited itself. */
static void
test_other_sampler (EngineFixture *fixture, gconstpointer data)
{
  g_autofree Tape *tape = g_new (Tape, 1), *tail = g_new (Tape, 1);
  LimnPast past[LIMN_MOST_PAST];

  fixture->request.steps = STEPS;
  for (int round = 0; round < 60; round++) {
    int step = g_test_rand_int_range (1, STEPS);

    fixture->request.start = (LimnStart){ 0 };
    fixture->request.schedule = round % 2 == 0 ? "karras" : "normal";
    fixture->request.eta = g_test_rand_double_range (0, 1);
    fixture->request.sampler = tests_any (limn_sampler_choice);
    limn_result_free (record (fixture, tape));
    set_start (fixture, tape, step, past);
    fixture->request.sampler = round % 3 == 0 ? "dpm_2" : tests_any (limn_sampler_choice);
    fixture->request.eta = g_test_rand_double_range (0, 1);
    limn_result_free (record (fixture, tail));
    g_test_message ("%s after %s, from step %d", fixture->request.sampler, fixture->request.start.sampler, step);
    g_assert_cmpfloat (tail->did[tail->first].sigma, ==, tape->did[step + 1].sigma);
  }
}

/* A hand-off moved after the run: as a fresh run with that hand-off, if what is gone on from is the base's alone. */
static void
test_moved_handoff (EngineFixture *fixture, gconstpointer data)
{
  static const double moved[] = { 0.4, 0.5, 0.7, 0.95, 1 };
  g_autofree Tape *tape = g_new (Tape, 1), *tail = g_new (Tape, 1);
  LimnPast past[LIMN_MOST_PAST];
  double shares[STEPS];

  fixture->request.steps = STEPS;
  fixture->request.refiner = fixture->refiner;
  fixture->request.handoff = 0.6;
  limn_request_handoffs (&fixture->request, shares);
  limn_result_free (record (fixture, tape));
  for (guint i = 0; i < G_N_ELEMENTS (moved); i++) {
    int from = 0;

    fixture->request.start = (LimnStart){ 0 };
    fixture->request.handoff = moved[i];
    g_autoptr (LimnResult) fresh = engine_generate (fixture, NULL);
    while (from < STEPS && shares[from] <= MIN (moved[i], 0.6))
      from++;
    g_string_truncate (fake_networks ()->log, 0);
    set_start (fixture, tape, from, past);
    g_autoptr (LimnResult) result = record (fixture, tail);
    g_assert_true (engine_same_picture (result, fresh));
    g_assert_cmpint (tail->count, ==, STEPS - from);
    g_assert_true ((strstr (fake_networks ()->log->str, "unet6") != NULL) == (moved[i] > 0.6));
    g_assert_true ((strstr (fake_networks ()->log->str, "unet5") != NULL) == (moved[i] < 1));
  }
}

static void
test_decode_only (EngineFixture *fixture, gconstpointer data)
{
  g_autofree Tape *tape = g_new (Tape, 1), *none = g_new (Tape, 1);
  LimnPast past[LIMN_MOST_PAST];

  fixture->request.steps = STEPS;
  g_autoptr (LimnResult) whole = record (fixture, tape);
  limn_engine_forget (fixture->engine);
  g_string_truncate (fake_networks ()->log, 0);
  set_start (fixture, tape, STEPS, past);
  fixture->request.steps = 9;
  g_autoptr (LimnResult) result = record (fixture, none);
  g_assert_true (engine_same_picture (result, whole));
  g_assert_cmpint (none->count, ==, 0);
  g_assert_cmpstr (fake_networks ()->log->str, ==, "+decoder");
}

/* Another number of steps or spacing is entered at that noise level. */
static void
test_other_schedule (EngineFixture *fixture, gconstpointer data)
{
  g_autofree Tape *tape = g_new (Tape, 1), *tail = g_new (Tape, 1);
  LimnPast past[LIMN_MOST_PAST];

  fixture->request.steps = STEPS;
  limn_result_free (record (fixture, tape));
  set_start (fixture, tape, 12, past);
  fixture->request.steps = 15;
  g_autoptr (LimnResult) half = record (fixture, tail);
  /* Between two of its levels: the one above gives its place. */
  g_assert_cmpint (tail->count, ==, 10);
  g_assert_cmpint (tail->first, ==, 6);
  fixture->request.schedule = "karras";
  g_autoptr (LimnResult) karras = record (fixture, tail);
  g_assert_cmpint (tail->count, >, 0);
  g_assert_cmpint (tail->count, <, 15);
  g_assert_false (engine_same_picture (half, karras));

  /* Another prompt or guidance from there on makes another picture. */
  fixture->request.steps = STEPS;
  fixture->request.schedule = "model";
  fixture->request.prompt = "a blue square";
  g_autoptr (LimnResult) other = record (fixture, tail);
  g_assert_cmpint (tail->count, ==, 18);
  g_assert_false (engine_same_picture (half, other));
}

/* The refiner by itself needs no picture where it has latents. */
static void
test_refiner_alone (EngineFixture *fixture, gconstpointer data)
{
  g_autofree Tape *tape = g_new (Tape, 1), *tail = g_new (Tape, 1);
  LimnPast past[LIMN_MOST_PAST];

  fixture->request.steps = STEPS;
  limn_result_free (record (fixture, tape));
  set_start (fixture, tape, 20, past);
  fixture->request.model = fixture->refiner;
  limn_result_free (record (fixture, tail));
  g_assert_cmpint (tail->count, ==, 10);
}

static void
test_refused (EngineFixture *fixture, gconstpointer data)
{
  g_autofree float *latents = g_new0 (float, VALUES);
  const LimnStart good = { .latents = latents, .step = 3, .steps = 5 };

  fixture->request.start = good;
  limn_result_free (engine_generate (fixture, NULL));
  fixture->request.start.step = 6;
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "step 6 of 5");
  fixture->request.start.step = -1;
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "step -1");
  fixture->request.start = good;
  fixture->request.start.steps = 1001;
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "1001");
  fixture->request.start.steps = 0;
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "0 steps");
  fixture->request.start = good;
  fixture->request.start.schedule = "x";
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "\"x\"");
  fixture->request.start = good;
  latents[VALUES - 1] = NAN;
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "NaN");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*func) (EngineFixture *, gconstpointer);
  } tests[] = {
    { "/start/same", test_same },
    { "/start/samplers", test_samplers },
    { "/start/random", test_random },
    { "/start/other-like", test_other_like },
    { "/start/other-sampler", test_other_sampler },
    { "/start/guidance", test_guidance },
    { "/start/cache", test_cache },
    { "/start/cache-none", test_cache_none },
    { "/start/moved-handoff", test_moved_handoff },
    { "/start/decode-only", test_decode_only },
    { "/start/other-schedule", test_other_schedule },
    { "/start/refiner-alone", test_refiner_alone },
    { "/start/refused", test_refused },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, EngineFixture, NULL, engine_set_up, tests[i].func, engine_tear_down);
  return g_test_run ();
}
