/* test-like.c - the rows of like.c in whole runs: noise levels against ComfyUI's and the web UI's, where a run begins,
 * and what is drawn.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/like.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "common/golden.h"
#include "engine/job.h"
#include "unit/engine-fixture.h"

#define VALUES (4 * 8 * 12)

/* ---- Levels ---- */

static void
check_levels (EngineFixture *fixture, LimnTensors *file, const char *key)
{
  gsize n;
  g_autofree float *expected = golden_floats (file, &n, "%s", key);
  g_autofree float *ours = g_new (float, n);
  LimnJob job = { .engine = NULL };

  limn_job_begin (&job, &fixture->request);
  g_assert_cmpuint (n, ==, (gsize) job.schedule->steps + 1);
  g_assert_cmpint (job.begin, ==, 0);
  for (gsize i = 0; i < n; i++)
    ours[i] = (float) job.schedule->sigmas[i];
  golden_check_rel (key, ours, expected, n, 2e-5);
  limn_job_clear (&job);
}

/* As many steps as are asked for, of a longer schedule: "eps_denoise/karras/8/0.5". */
static void
test_denoise (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (LimnTensors) file = golden_open ("schedulers/comfy.safetensors");
  int checked = 0;

  fixture->request.image = fixture->picture;
  fixture->request.like = "comfyui";
  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const char *key = limn_tensors_nth (file, i)->name;
    g_auto (GStrv) parts = g_strsplit (key, "/", -1);

    /* timesteps that fall together are dropped there, and "beta" has some; leading steps are counted otherwise */
    if (!g_str_equal (parts[0], "eps_denoise") || g_str_equal (parts[1], "beta")
        || g_str_equal (parts[1], "ddim_uniform"))
      continue;
    g_assert_true (limn_schedule_from_text (parts[1], NULL, &fixture->request.schedule, NULL));
    fixture->request.steps = atoi (parts[2]);
    fixture->request.strength = g_ascii_strtod (parts[3], NULL);
    check_levels (fixture, file, key);
    checked++;
  }
  g_assert_cmpint (checked, >=, 48);
}

/* The names that mean other levels there, and those that mean the same. */
static void
test_forms (EngineFixture *fixture, gconstpointer data)
{
  static const char *const names[][2] = {
    { "karras", "karras" }, { "exponential", "exponential" }, { "normal", "normal" },
    { "beta", "beta" },     { "sgm_uniform", "sgm_uniform" }, { "align_your_steps", "ays" },
  };
  static const int counts[] = { 8, 20, 30 };
  g_autoptr (LimnTensors) file = golden_open ("schedulers/a1111.safetensors");

  fixture->request.like = "webui";
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    for (guint k = 0; k < G_N_ELEMENTS (counts); k++) {
      g_autofree char *key = g_strdup_printf ("a1111/%s/%d", names[i][0], counts[k]);

      fixture->request.schedule = names[i][1];
      fixture->request.steps = counts[k];
      check_levels (fixture, file, key);
    }
}

/* A sampler that leaves out the last level but 0 in one program only. */
static void
test_discards (EngineFixture *fixture, gconstpointer data)
{
  static const char *const likes[] = { "limn", "webui" };
  double last[2];

  fixture->request.sampler = "dpmpp_3m_sde";
  fixture->request.schedule = "exponential";
  for (guint i = 0; i < 2; i++) {
    LimnJob job = { .engine = NULL };

    fixture->request.like = likes[i];
    limn_job_begin (&job, &fixture->request);
    g_assert_cmpint (job.schedule->steps, ==, fixture->request.steps);
    last[i] = job.schedule->sigmas[fixture->request.steps - 1];
    limn_job_clear (&job);
  }
  g_assert_cmpfloat (last[1], >, 1.5 * last[0]);
}

static void
test_picture_steps (EngineFixture *fixture, gconstpointer data)
{
  static const struct {
    const char *like;
    int steps;
    double strength;
    int taken;
  } cases[] = {
    { "limn", 20, 0.75, 15 },   { "limn", 20, 0.04, 0 },      { "limn", 20, 1, 20 },    { "diffusers", 30, 0.5, 15 },
    { "webui", 20, 0.75, 16 },  { "webui_cpu", 20, 1, 20 },   { "webui", 20, 0.01, 1 }, { "webui", 1, 1, 1 },
    { "comfyui", 20, 0.3, 20 }, { "comfyui_cpu", 20, 1, 20 }, { "comfyui", 20, 0, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (limn_like_picture_steps (limn_like_find (cases[i].like), cases[i].steps, cases[i].strength), ==,
                     cases[i].taken);
}

/* ---- Where runs begin ---- */

typedef struct {
  float latents[VALUES];
  int steps;
} Begin;

static void
preview_cb (const LimnPreview *preview, gpointer data)
{
  Begin *begin = data;

  if (begin->steps++ == 0)
    memcpy (begin->latents, preview->did.latents, sizeof begin->latents);
}

static void
run (EngineFixture *fixture, Begin *begin)
{
  LimnMonitor monitor = { .preview = preview_cb, .data = begin };

  begin->steps = 0;
  limn_result_free (engine_generate (fixture, &monitor));
}

static void
check_begin (EngineFixture *fixture, const char *like, const char *schedule, LimnRngKind kind, double scale)
{
  g_autoptr (LimnRng) rng = limn_rng_new (kind, fixture->request.seed);
  float expected[VALUES];
  Begin begin;

  fixture->request.like = like;
  limn_like_choose (&fixture->request.fields);
  fixture->request.schedule = schedule;
  run (fixture, &begin);
  limn_rng_normal (rng, expected, VALUES);
  for (int i = 0; i < VALUES; i++)
    expected[i] = (float) (expected[i] * scale);
  golden_check_rel (like, begin.latents, expected, VALUES, 1e-6);
}

static void
test_begin (EngineFixture *fixture, gconstpointer data)
{
  LimnJob job = { .engine = NULL };
  double highest, leading;

  limn_job_begin (&job, &fixture->request);
  highest = job.schedule->trained[job.schedule->train_steps - 1];
  leading = job.schedule->sigmas[0];
  g_assert_cmpfloat (leading, <, highest);
  limn_job_clear (&job);
  check_begin (fixture, "limn", "model", LIMN_RNG_TORCH, hypot (1, leading));
  check_begin (fixture, "diffusers", "trailing", LIMN_RNG_TORCH, highest);
  check_begin (fixture, "comfyui", "normal", LIMN_RNG_TORCH, hypot (1, highest));
  check_begin (fixture, "comfyui_cpu", "model", LIMN_RNG_TORCH, leading); /* below the highest level: sigma alone */
  check_begin (fixture, "webui", "normal", LIMN_RNG_PHILOX, highest);
  check_begin (fixture, "webui_cpu", "normal", LIMN_RNG_TORCH, highest);
}

/* Over a picture, which two read as the mean of what the VAE says: the noise is their generator's first. */
static void
test_over_picture (EngineFixture *fixture, gconstpointer data)
{
  static const char *const likes[] = { "comfyui_cpu", "webui_cpu" };
  float first[VALUES], second[VALUES];

  fixture->request.image = fixture->picture;
  fixture->request.schedule = "normal";
  fixture->request.strength = 0.5;
  fixture->request.steps = 8;
  for (guint i = 0; i < G_N_ELEMENTS (likes); i++) {
    g_autoptr (LimnRng) rng = limn_rng_new (LIMN_RNG_TORCH, fixture->request.seed);
    g_autoptr (LimnRng) other = limn_rng_new (LIMN_RNG_TORCH, 99);
    LimnJob job = { .engine = NULL };
    double sigma, worst = 0;
    Begin begin, again;

    fixture->request.like = likes[i];
    limn_job_begin (&job, &fixture->request);
    sigma = job.schedule->sigmas[job.begin];
    g_assert_cmpint (job.schedule->steps - job.begin, ==, i == 0 ? 8 : 5);
    limn_job_clear (&job);
    run (fixture, &begin);
    fixture->request.seed = 99;
    run (fixture, &again);
    fixture->request.seed = 0;
    limn_rng_normal (rng, first, VALUES);
    limn_rng_normal (other, second, VALUES);
    /* without its noise what is left is the picture, whatever the seed */
    for (int k = 0; k < VALUES; k++)
      worst = MAX (worst, fabs ((begin.latents[k] - sigma * first[k]) - (again.latents[k] - sigma * second[k])));
    g_assert_cmpfloat (worst, <, 1e-5 * (1 + sigma));
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*func) (EngineFixture *, gconstpointer);
  } tests[] = {
    { "/like/denoise", test_denoise },   { "/like/forms", test_forms },
    { "/like/discards", test_discards }, { "/like/picture-steps", test_picture_steps },
    { "/like/begin", test_begin },       { "/like/over-picture", test_over_picture },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, EngineFixture, NULL, engine_set_up, tests[i].func, engine_tear_down);
  return g_test_run ();
}
