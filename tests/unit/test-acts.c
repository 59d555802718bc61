/* test-acts.c - a run as a list of acts, over stand-in networks: what is in it, and that what is said to be brought to
 * the device is brought.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "unit/engine-fixture.h"

#include "common/golden.h"
#include "common/golden-model.h"
#include "engine/job.h"
#include "model/clip.h"
#include "model/unet.h"
#include "model/vae.h"

#include <string.h>

static LimnModel *
open_control (void)
{
  g_autofree char *path = golden_path ("controlnet/mini-sdxl-controlnet.safetensors");
  g_autoptr (GError) error = NULL;
  LimnModel *model = limn_model_open_control (path, &error);

  g_assert_no_error (error);
  return model;
}

/* ---- What is in it ---- */

/* "image | base 0-5 unet*5 | decode vae*1": stages, their steps, their networks and how often each is asked. */
static char *
tell (const LimnAct *acts)
{
  static const char *const names[] = { "unet", "vae", "text 1", "text 2" };
  GString *text = g_string_new (NULL);

  for (const LimnAct *act = acts; act != NULL; act = act->next) {
    g_string_append_printf (text, "%s%s", act == acts ? "" : " | ", limn_stage_name (act->stage));
    if (act->first < act->last)
      g_string_append_printf (text, " %d-%d", act->first, act->last);
    for (int k = 0; k < act->n_uses; k++)
      g_string_append_printf (text, " %s*%d", names[act->uses[k].network.kind->part], act->uses[k].evaluations);
  }
  return g_string_free (text, FALSE);
}

static void
assert_acts (EngineFixture *fixture, const char *expected)
{
  LimnJob job = { .engine = fixture->engine };

  limn_job_plan (&job, &fixture->request);
  g_autofree char *told = tell (job.acts);
  g_assert_cmpstr (told, ==, expected);
  limn_job_clear (&job);
}

static void
test_list (EngineFixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->request;
  g_autofree float *latents = g_new0 (float, 4 * 12 * 8);
  g_autofree guint8 *mask = g_malloc0 (96 * 64);

  assert_acts (fixture, "encode text 1*2 text 2*2 | image | base 0-5 unet*5 | decode vae*1");
  request->sampler = "heun";
  assert_acts (fixture, "encode text 1*2 text 2*2 | image | base 0-5 unet*9 | decode vae*1");
  request->sampler = NULL;
  request->refiner = fixture->refiner;
  request->handoff = 0.6;
  assert_acts (fixture, "encode text 1*2 text 2*2 | encode text 2*2 | image | base 0-3 unet*3 | refiner 3-5 unet*2 | "
                        "decode vae*1");
  request->handoff = 0;
  assert_acts (fixture, "encode text 2*2 | image | refiner 0-5 unet*5 | decode vae*1");
  request->handoff = 1;
  assert_acts (fixture, "encode text 1*2 text 2*2 | image | base 0-5 unet*5 | decode vae*1");

  /* What is known from an earlier run is not asked; a weight asks for the empty prompt as well. */
  limn_result_free (engine_generate (fixture, NULL));
  assert_acts (fixture, "encode text 1*0 text 2*0 | image | base 0-5 unet*5 | decode vae*1");
  request->prompt_2 = "a (blue:1.2) circle";
  assert_acts (fixture, "encode text 1*0 text 2*2 | image | base 0-5 unet*5 | decode vae*1");

  request->image = fixture->picture;
  request->strength = 0.4;
  assert_acts (fixture, "encode text 1*0 text 2*2 | image vae*1 | base 3-5 unet*2 | decode vae*1");
  /* Latents to go on from are the picture already, but not what a mask keeps of it. */
  request->start = (LimnStart){ .latents = latents, .step = 4, .steps = 5 };
  assert_acts (fixture, "encode text 1*0 text 2*2 | image | base 4-5 unet*1 | decode vae*1");
  request->mask = mask;
  assert_acts (fixture, "encode text 1*0 text 2*2 | image vae*1 | base 4-5 unet*1 | decode vae*1");
  request->start.step = 5;
  assert_acts (fixture, "image | decode vae*1");
}

/* Steps outside the guided share ask for one answer: half the rows, half the work. */
static void
test_guided (EngineFixture *fixture, gconstpointer data)
{
  LimnRequest *request = &fixture->request;
  LimnJob whole = { .engine = fixture->engine }, some = whole, none = whole;

  request->guidance_from = 0.4;
  request->guidance_to = 0.8;
  assert_acts (fixture, "encode text 1*2 text 2*2 | image | base 0-2 unet*2 | base 2-4 unet*2 | base 4-5 unet*1 | "
                        "decode vae*1");
  /* so is FreeU's */
  request->freeu = "v2";
  request->freeu_to = 0.3;
  assert_acts (fixture, "encode text 1*2 text 2*2 | image | base 0-2 unet*2 | base 2-4 unet*2 | base 4-5 unet*1 | "
                        "decode vae*1");
  request->freeu_to = 0.1;
  assert_acts (fixture, "encode text 1*2 text 2*2 | image | base 0-1 unet*1 | base 1-2 unet*1 | base 2-4 unet*2 | "
                        "base 4-5 unet*1 | decode vae*1");
  request->freeu = "none";
  request->refiner = fixture->refiner;
  request->handoff = 0.6;
  assert_acts (fixture, "encode text 1*2 text 2*2 | encode text 2*2 | image | base 0-2 unet*2 | base 2-3 unet*1 | "
                        "refiner 3-4 unet*1 | refiner 4-5 unet*1 | decode vae*1");
  request->refiner = NULL;
  limn_job_plan (&some, request);
  request->guidance_from = 0;
  request->guidance_to = 1;
  limn_job_plan (&whole, request);
  request->guidance = 1;
  limn_job_plan (&none, request);
  g_assert_cmpint (limn_acts_rows (whole.acts), ==, 10);
  g_assert_cmpint (limn_acts_rows (some.acts), ==, 7);
  g_assert_cmpint (limn_acts_rows (none.acts), ==, 5);

  const double two = limn_acts_work (whole.acts).total[LIMN_STAGE_BASE] / 5;
  const double one = limn_acts_work (none.acts).total[LIMN_STAGE_BASE] / 5;
  g_assert_cmpfloat (two, >, one);
  g_assert_cmpfloat_with_epsilon (limn_acts_work (some.acts).total[LIMN_STAGE_BASE], 2 * two + 3 * one, 1e-6 * two);
  limn_job_clear (&whole);
  limn_job_clear (&some);
  limn_job_clear (&none);
}

/* Whatever the shares, each step asks those ControlNets whose share it lies in, as diffusers counts, and the refiner
 * none; steps that ask the same are one act. */
static void
test_controls (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnModel) network = open_control ();
  LimnRequest *request = &fixture->request;

  request->refiner = fixture->refiner;
  for (int run = 0; run < 40; run++) {
    LimnControl rows[3];
    LimnJob job = { .engine = fixture->engine };
    guint64 before = G_MAXUINT64;

    request->steps = g_test_rand_int_range (1, 40);
    request->handoff = g_test_rand_double_range (0.3, 1);
    for (int i = 0; i < 3; i++)
      rows[i] = (LimnControl){ network, fixture->picture, .weight = 0.5, .start = g_test_rand_int_range (0, 10) / 10.0,
                               .end = g_test_rand_int_range (1, 11) / 10.0 };
    request->controls = (LimnControlList){ rows, 3 };
    limn_job_plan (&job, request);
    for (const LimnAct *act = job.acts; act != NULL; act = act->next)
      for (int step = act->first; step < act->last; step++) {
        guint64 expected = 0, found = 0, asked = act->uses[0].network.shape.controls;

        for (int i = 0, k = 0; act->stage == LIMN_STAGE_BASE && i < 3; i++) {
          gboolean off =
              (double) step / request->steps < rows[i].start || (double) (step + 1) / request->steps > rows[i].end;

          if (rows[i].end <= rows[i].start)
            continue;
          expected |= (guint64) !off << i;
          found |= (asked >> k++ & 1) << i;
        }
        g_assert_cmpuint (found, ==, expected);
        if (step == act->first && act->stage == LIMN_STAGE_BASE && step > 0)
          g_assert_cmpuint (asked, !=, before);
        before = asked;
      }
    limn_job_clear (&job);
  }
  request->controls.n = 0;
}

/* ---- What is brought ---- */

typedef struct {
  EngineFixture *fixture;
  LimnModel *network; /* a ControlNet */
  LimnControl controls[2];
  GRand *random;
  LimnModel *other_base, *other_refiner;
  guint idle, residencies[LIMN_RESIDENCY_IMPOSSIBLE];
} Wanderer;

/* Changes some of what a run's networks depend on. */
static void
wander (Wanderer *wanderer)
{
  static const char *const prompts[] = { "a red circle", "a (blue:1.3) square", "a cat in a hat" };
  EngineFixture *fixture = wanderer->fixture;
  LimnRequest *request = &fixture->request;
  GRand *random = wanderer->random;

  switch (g_rand_int_range (random, 0, 8)) {
  case 0:
    request->prompt = prompts[g_rand_int_range (random, 0, 3)];
    break;
  case 1:
    request->prompt_2 = prompts[g_rand_int_range (random, 0, 3)];
    break;
  case 2:
    request->precision = g_rand_boolean (random) ? LIMN_PRECISION_FP32 : LIMN_PRECISION_AUTO;
    break;
  case 3:
    request->height = g_rand_boolean (random) ? 64 : 96;
    break;
  case 4:
    request->image = g_rand_boolean (random) ? fixture->picture : NULL;
    break;
  case 5:
    request->handoff = g_rand_int_range (random, 0, 3) / 2.0;
    request->refiner = g_rand_boolean (random) ? fixture->refiner : NULL;
    if (g_rand_int_range (random, 0, 4) == 0)
      request->refiner = wanderer->other_refiner;
    break;
  case 6:
    for (int i = 0; i < 2; i++)
      wanderer->controls[i] =
          (LimnControl){ wanderer->network, fixture->picture, .weight = 1,
                         .start = g_rand_int_range (random, 0, 2) / 2.0, .end = g_rand_int_range (random, 1, 3) / 2.0 };
    request->controls = (LimnControlList){ wanderer->controls, (guint) g_rand_int_range (random, 0, 3) };
    break;
  default:
    request->model = g_rand_int_range (random, 0, 4) == 0 ? wanderer->other_base : fixture->base;
    break;
  }
}

/* A device with memory for more or less than all of it. */
static LimnResidency
allow (Wanderer *wanderer, LimnJob *job)
{
  LimnResidency residency = g_rand_int_range (wanderer->random, 0, LIMN_RESIDENCY_IMPOSSIBLE);
  guint64 memory = limn_residency_peak (residency, job->acts) * 8 / 7 + 8;
  LimnBudget budget;

  if (residency == LIMN_RESIDENCY_STREAMED)
    memory = memory / 8 * g_rand_int_range (wanderer->random, 4, 7);
  fake_networks ()->memory = memory;
  budget = limn_engine_budget (wanderer->fixture->engine);
  return limn_job_choose (job, &budget);
}

static void
take_run (Wanderer *wanderer)
{
  EngineFixture *fixture = wanderer->fixture;
  LimnJob job = { .engine = fixture->engine };

  limn_job_plan (&job, &fixture->request);
  LimnResidency residency = allow (wanderer, &job);
  LimnWork work = limn_job_work (&job, residency);
  limn_job_clear (&job);
  if (residency == LIMN_RESIDENCY_IMPOSSIBLE)
    return;

  fake_networks ()->brought = 0;
  limn_result_free (engine_generate (fixture, NULL));
  g_assert_cmpfloat (work.total[LIMN_STAGE_LOAD], ==, (double) fake_networks ()->brought);
  wanderer->residencies[residency]++;
  wanderer->idle += fake_networks ()->brought == 0;
}

/* From run to run over models, prompts, sizes and memory: each brings just the weights that its plan said. */
static void
test_brought (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnModel) other_base = golden_model ("mini-sdxl"), other_refiner = golden_model ("mini-sdxl-refiner");
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  g_autoptr (LimnModel) network = open_control ();
  Wanderer wanderer = {
    .fixture = fixture, .network = network, .random = random, .other_base = other_base, .other_refiner = other_refiner
  };

  fixture->request.steps = 2;
  for (int i = 0; i < 400; i++) {
    wander (&wanderer);
    take_run (&wanderer);
  }
  fixture->request.controls.n = 0;
  g_assert_cmpuint (wanderer.idle, >, 20);
  for (int k = 0; k < LIMN_RESIDENCY_IMPOSSIBLE; k++)
    g_assert_cmpuint (wanderer.residencies[k], >, 20);
}

/* A model that a run does not need leaves the device and comes back knowing what it knew; a new one takes its place. */
static void
test_models (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnModel) other = golden_model ("mini-sdxl-refiner");
  FakeNetworks *fake = fake_networks ();

  fixture->request.refiner = fixture->refiner;
  fake->nan_clip = TRUE;
  limn_result_free (engine_generate (fixture, NULL));
  fixture->request.refiner = NULL;
  g_string_truncate (fake->log, 0);
  limn_result_free (engine_generate (fixture, NULL));
  g_assert_true (g_str_has_prefix (fake->log->str, "-unet5 -clip2 unet6"));

  fixture->request.refiner = fixture->refiner;
  g_string_truncate (fake->log, 0);
  g_autoptr (LimnResult) back = engine_generate (fixture, NULL);
  g_assert_cmpstr (back->notes[0], ==, NULL);
  g_assert_null (strstr (fake->log->str, "clip"));

  fixture->request.refiner = other;
  g_string_truncate (fake->log, 0);
  g_autoptr (LimnResult) changed = engine_generate (fixture, NULL);
  g_assert_nonnull (strstr (changed->notes[0], "Text encoder 2"));
  g_assert_cmpuint (g_strv_length (changed->notes), ==, 1);
  g_assert_true (g_str_has_prefix (fake->log->str, "-unet5 +clip2 -clip2 +clip2 unet6"));
}

/* Networks of one act stay beside each other when there is room for these alone, by plan and by surprise. */
static void
test_at_once (EngineFixture *fixture, gconstpointer data)
{
  LimnResidents *residents = fixture->engine->residents;
  const LimnNetworkShape one = { .batch = 1, .height = 8, .width = 12 }, steps = { 2, 8, 12, 77, 32 };
  const LimnAct encode = { .uses = { { .network = { &limn_clip_kinds[0], fixture->base, 0, one } } }, .n_uses = 1 };
  const LimnAct both = { .uses = { { .network = { &limn_unet_kind, fixture->base, 0, steps } },
                                   { .network = { &limn_vae_decoder_kind, fixture->base, 0, one } } },
                         .n_uses = 2 };
  FakeNetworks *fake = fake_networks ();
  gpointer unet;

  limn_residents_begin (residents, &both, LIMN_RESIDENCY_ONE);
  g_assert_nonnull (limn_residents_fetch (residents, &encode, &encode.uses[0].network, NULL, NULL));
  unet = limn_residents_fetch (residents, &both, &both.uses[0].network, NULL, NULL);
  g_assert_nonnull (limn_residents_fetch (residents, &both, &both.uses[1].network, NULL, NULL));
  g_assert_true (limn_residents_fetch (residents, &both, &both.uses[0].network, NULL, NULL) == unet);
  g_assert_cmpstr (fake->log->str, ==, "+clip1 -clip1 +unet6 +decoder");

  g_string_truncate (fake->log, 0);
  fake->most_alive = 2;
  limn_residents_begin (residents, &both, LIMN_RESIDENCY_ALL);
  g_assert_nonnull (limn_residents_fetch (residents, &encode, &encode.uses[0].network, NULL, NULL));
  g_assert_nonnull (limn_residents_fetch (residents, &both, &both.uses[0].network, NULL, NULL));
  g_assert_nonnull (limn_residents_fetch (residents, &both, &both.uses[1].network, NULL, NULL));
  g_assert_cmpstr (fake->log->str, ==, "-unet6 -decoder +clip1 +unet6 -clip1 +decoder");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/acts/list", EngineFixture, NULL, engine_set_up, test_list, engine_tear_down);
  g_test_add ("/acts/guided", EngineFixture, NULL, engine_set_up, test_guided, engine_tear_down);
  g_test_add ("/acts/controls", EngineFixture, NULL, engine_set_up, test_controls, engine_tear_down);
  g_test_add ("/acts/brought", EngineFixture, NULL, engine_set_up, test_brought, engine_tear_down);
  g_test_add ("/acts/models", EngineFixture, NULL, engine_set_up, test_models, engine_tear_down);
  g_test_add ("/acts/at-once", EngineFixture, NULL, engine_set_up, test_at_once, engine_tear_down);
  return g_test_run ();
}
