/* test-script.c - whole runs whose prompts change from step to step, or are joined by AND.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "unit/engine-fixture.h"

#include "engine/job.h"

#include <math.h>
#include <string.h>

#define VALUES (4 * 8 * 12)

typedef struct {
  float latents[64][VALUES];
} Tape;

static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  memcpy (((Tape *) data)->latents[preview->schedule_step], preview->latents, VALUES * sizeof (float));
}

static LimnResult *
paint (EngineFixture *fixture, const char *prompt, Tape *tape)
{
  LimnMonitor monitor = { .preview = preview_cb, .data = tape };

  fixture->request.prompt = prompt;
  return engine_generate (fixture, tape != NULL ? &monitor : NULL);
}

/* A prompt that changes after a step is one prompt to there and the other one from there on. */
static void
test_edit (EngineFixture *fixture, gconstpointer data)
{
  g_autofree Tape *tape = g_new0 (Tape, 1);

  fixture->request.steps = 8;
  for (int when = 1; when < 8; when++) {
    g_autofree char *prompt = g_strdup_printf ("a [horse:mars:%d] on grass", when);

    g_autoptr (LimnResult) edited = paint (fixture, prompt, NULL);
    g_autoptr (LimnResult) first = paint (fixture, "a horse on grass", tape);
    if (when == 7) { /* the first holds for one more */
      g_assert_true (engine_same_picture (edited, first));
      continue;
    }
    g_assert_false (engine_same_picture (edited, first));
    fixture->request.start =
        (LimnStart){ .latents = tape->latents[when + 1], .step = when + 1, .steps = 8, .schedule = "model" };
    g_autoptr (LimnResult) second = paint (fixture, "a mars on grass", NULL);
    g_assert_true (engine_same_picture (edited, second));
    fixture->request.start = (LimnStart){ 0 };
  }
}

/* With a sampler that asks twice a step the web UI counts each time. */
static void
test_evaluations (EngineFixture *fixture, gconstpointer data)
{
  fixture->request.steps = 8;
  fixture->request.sampler = "heun";
  g_autoptr (LimnResult) edited = paint (fixture, "[horse:mars:0.5]", NULL);
  g_autoptr (LimnResult) same = paint (fixture, "[horse:mars:8]", NULL);
  g_autoptr (LimnResult) other = paint (fixture, "[horse:mars:4]", NULL);
  g_assert_true (engine_same_picture (edited, same));
  g_assert_false (engine_same_picture (edited, other));
}

/* 1.0 is all of the steps, and was one step. */
static void
test_old (EngineFixture *fixture, gconstpointer data)
{
  fixture->request.steps = 6;
  g_autoptr (LimnResult) all = paint (fixture, "[horse:mars:1.0]", NULL);
  g_autoptr (LimnResult) horse = paint (fixture, "horse", NULL);
  g_autoptr (LimnResult) one = paint (fixture, "[horse:mars:1]", NULL);
  fixture->request.editing = "old";
  g_autoptr (LimnResult) old = paint (fixture, "[horse:mars:1.0]", NULL);

  g_assert_true (engine_same_picture (all, horse));
  g_assert_true (engine_same_picture (old, one));
  g_assert_false (engine_same_picture (old, all));
}

/* What has no edits in it is painted as ever, whoever reads it; what has none in ComfyUI's way is text there. */
static void
test_none (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnResult) plain = paint (fixture, "a horse (on:1.2) grass", NULL);
  fixture->request.emphasis = "comfy";
  g_autoptr (LimnResult) comfy = paint (fixture, "a horse (on:1.2) grass", NULL);
  g_autoptr (LimnResult) words = paint (fixture, "horse AND mars", NULL);
  int unet_rows = 2;

  g_assert_true (engine_same_picture (plain, comfy));
  fixture->request.prompt = "horse AND mars";
  for (int i = 0; i < 2; i++) {
    LimnJob job = { .engine = fixture->engine };

    fixture->request.emphasis = i == 0 ? "comfy" : "limn";
    limn_job_plan (&job, &fixture->request);
    g_assert_cmpint (job.script->rows, ==, unet_rows + i);
    limn_job_clear (&job);
  }
}

/* Every text is encoded once, and the acts are told of the rows. */
static void
test_costs (EngineFixture *fixture, gconstpointer data)
{
  LimnJob job = { .engine = fixture->engine };
  int encoded = 0;

  fixture->request.steps = 20;
  fixture->request.prompt = "[horse|mars] AND a [red:blue:0.3] cube:0.5";
  fixture->request.negative = "text [blur::0.2]";
  limn_job_plan (&job, &fixture->request);
  for (const LimnAct *act = job.acts; act != NULL; act = act->next) {
    if (act->stage == LIMN_STAGE_ENCODE)
      for (int i = 0; i < act->n_uses; i++)
        encoded += act->uses[i].evaluations;
    if (act->stage == LIMN_STAGE_BASE) {
      g_assert_cmpint (act->uses[0].network.shape.batch, ==, 3);
      g_assert_cmpint (act->uses[0].evaluations, ==, 20);
    }
  }
  g_assert_cmpint (job.script->n_captions, ==, 6);
  g_assert_cmpint (encoded, ==, 2 * 6);
  limn_job_clear (&job);
}

/* The sum of what the parts say against the negative: of two runs' first steps, known from each alone. */
static void
test_and (EngineFixture *fixture, gconstpointer data)
{
  g_autofree Tape *tapes = g_new0 (Tape, 3);
  double guidance = 4;

  fixture->request.guidance = guidance;
  fixture->request.steps = 4;
  fixture->request.negative = "text";
  limn_result_free (paint (fixture, "a horse", &tapes[0]));
  limn_result_free (paint (fixture, "mars", &tapes[1]));
  limn_result_free (paint (fixture, "a horse AND mars:0.5", &tapes[2]));
  fixture->request.guidance = 1;
  g_autofree Tape *against = g_new0 (Tape, 1);
  limn_result_free (paint (fixture, "text", against));
  for (int i = 0; i < VALUES; i++) {
    double u = against->latents[1][i], a = tapes[0].latents[1][i], b = tapes[1].latents[1][i];

    /* Euler's first step is linear in what the network says. */
    g_assert_true (fabs (tapes[2].latents[1][i] - (u + (a - u) + 0.5 * (b - u))) < 1e-3 * (1 + fabs (u)));
  }
}

/* Without guidance the negative is asked for all the same, and two halves of a prompt are it. */
static void
test_unguided (EngineFixture *fixture, gconstpointer data)
{
  fixture->request.guidance = 1;
  g_autoptr (LimnResult) alone = paint (fixture, "a horse", NULL);
  g_autoptr (LimnResult) halves = paint (fixture, "a horse:0.5 AND a horse:0.5", NULL);

  for (int i = 0; i < VALUES; i++)
    g_assert_true (fabs (alone->latents[i] - halves->latents[i]) < 1e-3 * (1 + fabs (alone->latents[i])));
}

/* A word of vectors is painted with them; one that cannot be had is left out, and that is told. */
static void
test_embeddings (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnResult) plain = paint (fixture, "a horse,", NULL);
  g_autoptr (LimnResult) known = paint (fixture, "a horse, embedding:xl4", NULL);
  g_autoptr (LimnResult) unknown = paint (fixture, "a horse, embedding:nowhere", NULL);

  g_assert_cmpuint (g_strv_length (known->notes), ==, g_strv_length (plain->notes));
  g_assert_false (engine_same_picture (plain, known));
  g_assert_cmpuint (g_strv_length (unknown->notes), ==, g_strv_length (plain->notes) + 1);
  g_assert_nonnull (strstr (unknown->notes[g_strv_length (plain->notes)], "nowhere"));
  g_assert_true (engine_same_picture (plain, unknown));
}

/* Layers that are left out make other states, which are not taken for those that are known. */
static void
test_clip_skip (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnResult) plain = paint (fixture, "a horse", NULL);
  fixture->request.clip_skip = 1;
  g_autoptr (LimnResult) skipped = paint (fixture, "a horse", NULL);
  fixture->request.clip_skip = 0;
  g_autoptr (LimnResult) again = paint (fixture, "a horse", NULL);

  g_assert_false (engine_same_picture (plain, skipped));
  g_assert_true (engine_same_picture (plain, again));
}

static void
test_too_many (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("a");

  for (int i = 0; i < LIMN_MOST_PARTS; i++)
    g_string_append (text, " AND a");
  fixture->request.prompt = text->str;
  engine_refuse (fixture, LIMN_ERROR_REQUEST, "AND");
}

/* Perturbed-attention guidance moves a single step by its scale and what perturbing changes, each part of AND by its
 * weight, with other guidance or none. */
static void
test_perturbed (EngineFixture *fixture, gconstpointer data)
{
  static const struct {
    const char *prompt;
    double weight;
  } cases[] = { { "a horse", 1 }, { "a horse AND a mars:0.5", 1.5 }, { "a horse :2 AND a mars AND grass:-0.5", 2.5 } };
  const LimnScheduleConfig config = limn_job_config (&fixture->request, fixture->base, NULL);
  g_autoptr (LimnSchedule) schedule = limn_schedule_new (&config, NULL, 1);

  fixture->request.steps = 1;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (double guidance = 1; guidance < 8; guidance += 3) {
      fixture->request.guidance = guidance;
      fixture->request.perturbation = 0;
      g_autoptr (LimnResult) without = paint (fixture, cases[i].prompt, NULL);
      /* as many rows, of which none is perturbed: what was built for them does not do */
      fixture->request.guidance = 4;
      g_autoptr (LimnResult) between = paint (fixture, cases[i].prompt, NULL);
      fixture->request.guidance = guidance;
      fixture->request.perturbation = 3;
      g_autoptr (LimnResult) with = paint (fixture, cases[i].prompt, NULL);
      double moved = schedule->sigmas[0] * 3 * cases[i].weight * FAKE_PERTURBED;

      for (int k = 0; k < VALUES; k++)
        g_assert_cmpfloat_with_epsilon (with->latents[k] - without->latents[k], moved, 1e-4 * schedule->sigmas[0]);
      /* and where no step is within its share, not at all */
      fixture->request.guidance_from = fixture->request.guidance_to = 0;
      fixture->request.guidance = 1;
      g_autoptr (LimnResult) outside = paint (fixture, cases[i].prompt, NULL);
      fixture->request.perturbation = 0;
      g_autoptr (LimnResult) off = paint (fixture, cases[i].prompt, NULL);
      g_assert_true (engine_same_picture (outside, off));
      fixture->request.guidance_to = 1;
    }
}

/* Normalised attention guidance tells the negative where it would not be said, and nothing where it is. */
static void
test_opposed (EngineFixture *fixture, gconstpointer data)
{
  static const char *const negatives[] = { NULL, " ", "blurry", "[blurry:dark:3]", "dark" };
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_result_free);

  for (int kind = 0; kind < 3; kind++) { /* off, unguided, guided */
    fixture->request.nag = kind > 0 ? 3 : 0;
    fixture->request.guidance = kind == 2 ? 4 : 1;
    for (guint i = 0; i < G_N_ELEMENTS (negatives); i++) {
      fixture->request.negative = negatives[i];
      g_ptr_array_add (results, paint (fixture, "a horse", NULL));
    }
  }
  for (guint i = 1; i < G_N_ELEMENTS (negatives); i++) {
    g_assert_true (engine_same_picture (results->pdata[0], results->pdata[i]));
    /* none that says nothing */
    g_assert_true (engine_same_picture (results->pdata[0], results->pdata[5 + i]) == (i == 1));
    for (guint j = 2; j < i; j++)
      g_assert_false (engine_same_picture (results->pdata[5 + j], results->pdata[5 + i]));
    fixture->request.nag = 0;
    fixture->request.guidance = 4;
    fixture->request.negative = negatives[i];
    g_autoptr (LimnResult) plain = paint (fixture, "a horse", NULL);
    g_assert_true (engine_same_picture (plain, results->pdata[10 + i]));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/script/" name, EngineFixture, NULL, engine_set_up, func, engine_tear_down)
  ADD ("opposed", test_opposed);
  ADD ("perturbed", test_perturbed);
  ADD ("edit", test_edit);
  ADD ("evaluations", test_evaluations);
  ADD ("old", test_old);
  ADD ("none", test_none);
  ADD ("costs", test_costs);
  ADD ("and", test_and);
  ADD ("unguided", test_unguided);
  ADD ("embeddings", test_embeddings);
  ADD ("clip-skip", test_clip_skip);
  ADD ("too-many", test_too_many);
  return g_test_run ();
}
