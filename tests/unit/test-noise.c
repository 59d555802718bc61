/* test-noise.c - the noise of runs as other programs make it: every draw of every sampler against ComfyUI's, streams
 * and paths against torch's and torchsde's, and what variations and sizes do to the start's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/job.h"

#include <math.h>
#include <string.h>

#include "base/brownian.h"
#include "base/rng.h"
#include "common/golden.h"
#include "engine/limn.h"

#define PLANES 4
#define HEIGHT 2
#define WIDTH 4
#define VALUES (PLANES * HEIGHT * WIDTH)
#define TRAIN_STEPS 1000

/* A run of latents of that size; what is not set is as in a new request. */
typedef struct {
  LimnRequest request;
  LimnSchedule schedule;
  LimnJob job;
  double *levels, trained[TRAIN_STEPS];
} Fixture;

static void
set_up (Fixture *fixture, const char *like, const char *sampler, guint64 seed)
{
  static const LimnScheduleConfig sdxl = {
    .steps_offset = 1, .beta_start = 0.00085, .beta_end = 0.012, .train_steps = TRAIN_STEPS
  };
  LimnJob *job = &fixture->job;

  limn_request_init (&fixture->request, NULL);
  fixture->request.like = like;
  limn_like_choose (&fixture->request.fields);
  fixture->request.sampler = sampler;
  fixture->request.seed = seed;
  limn_schedule_alphas (&sdxl, fixture->trained);
  for (int i = 0; i < TRAIN_STEPS; i++)
    fixture->trained[i] = sqrt ((1 - fixture->trained[i]) / fixture->trained[i]);
  fixture->schedule.trained = fixture->trained;
  fixture->schedule.train_steps = TRAIN_STEPS;
  *job = (LimnJob){ .request = &fixture->request,
                    .schedule = &fixture->schedule,
                    .like = limn_like_find (like),
                    .sampler = limn_sampler_find (sampler),
                    .planes = PLANES,
                    .height = HEIGHT,
                    .width = WIDTH,
                    .factor = 8,
                    .values = VALUES };
  job->draws = limn_job_draws_at_start (job);
}

/* sigmas: [count], with the 0 at the end. */
static void
set_levels (Fixture *fixture, const float *sigmas, gsize count)
{
  fixture->levels = g_renew (double, fixture->levels, count);
  for (gsize i = 0; i < count; i++)
    fixture->levels[i] = sigmas[i];
  fixture->levels[count - 1] = 0;
  fixture->schedule.sigmas = fixture->levels;
  fixture->schedule.steps = (int) count - 1;
}

static void
check_draw (const char *label, const float *ours, guint64 seed, LimnRngKind kind, int number)
{
  g_autoptr (LimnRng) rng = limn_rng_new (kind, seed);
  float expected[VALUES];

  limn_rng_skip (rng, (guint) number, VALUES);
  limn_rng_normal (rng, expected, VALUES);
  golden_check_abs (label, ours, expected, VALUES, 1e-6);
}

/* ---- ComfyUI ---- */

/* torch's exponential function is not that of the C library to the last digit: a path that is asked for a level next to
 * the recorded one has gone a little elsewhere since. */
static double
tolerance_of (const LimnSampler *sampler, const LimnStep *step, int draw, float recorded)
{
  float level = sampler->path != NULL ? (float) sampler->path (step, draw) : recorded;

  g_assert_cmpfloat_with_epsilon (level, recorded, fabsf (recorded) * 1.2e-7f);
  return level == recorded ? 1e-5 : 5e-3;
}

/* key's recorded draws, which are those of a run on the CPU. */
static void
check_sampler (LimnTensors *file, const LimnSampler *sampler, const char *key)
{
  gsize count, n_noise;
  g_autofree float *sigmas = golden_floats (file, &count, "%s/sigmas", key);
  g_autofree float *noise = golden_floats (file, &n_noise, "%s/noise", key);
  g_autofree float *noise_t = golden_floats (file, NULL, "%s/noise_t", key);
  g_autofree int *seed = golden_ints (file, NULL, "%s/seed", key);
  int made = 0, recorded = (int) (n_noise / VALUES);
  Fixture fixture = { 0 };
  LimnFields fields;

  limn_fields_init (&fields);
  /* the recorder gave the path the seed that steps have */
  set_up (&fixture, "comfyui_cpu", sampler->choice.name, (guint64) seed[0] - (sampler->path == NULL ? 1 : 0));
  set_levels (&fixture, sigmas, count);
  for (int step = 0; step < fixture.schedule.steps - 1; step++) {
    const LimnStep planned = limn_step_at (sampler, &fixture.schedule, step, &fields);

    for (int draw = 0; draw < limn_sampler_draws (sampler, &planned); draw++, made++) {
      g_autofree char *label = g_strdup_printf ("%s %s[%d]", sampler->choice.name, key, made);
      float ours[VALUES];

      g_assert_cmpint (made, <, recorded);
      limn_job_draw_step (&fixture.job, step, draw, ours);
      golden_check_abs (label, ours, noise + made * VALUES, VALUES,
                        tolerance_of (sampler, &planned, draw, noise_t[2 * made + 1]));
    }
  }
  g_assert_cmpint (made, ==, recorded);
  g_free (fixture.levels);
}

static gboolean
is_plain (const char *name)
{
  return g_str_has_prefix (name, "eps") && g_str_has_suffix (name, "/noise") && strchr (name, '=') == NULL;
}

static void
test_comfy (gconstpointer data)
{
  const LimnChoice *choice = data;
  g_autofree char *path = g_strdup_printf ("samplers/%s.safetensors", choice->name);
  g_autoptr (LimnTensors) file = golden_open (path);
  int checked = 0;

  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const char *name = limn_tensors_nth (file, i)->name;
    g_autofree char *key = NULL;

    if (!is_plain (name))
      continue;
    key = g_strndup (name, strlen (name) - strlen ("/noise"));
    check_sampler (file, limn_sampler_find (choice->name), key);
    checked++;
  }
  g_assert_cmpint (checked, >=, 6);
}

/* ---- Rows ---- */

static const float levels[] = { 14.614643f, 6.0821514f, 2.2321544f, 0.6925706f, 0.029167177f, 0 };

typedef struct {
  const char *like;
  LimnRngKind start, steps;
  guint64 seed;
  int first;
} Row;

/* What row has in the place of a path, and of its steps: draws of one generator. */
static void
test_streams (void)
{
  static const Row rows[] = {
    { "limn", LIMN_RNG_TORCH, LIMN_RNG_TORCH, 42, 1 },
    { "comfyui", LIMN_RNG_TORCH, LIMN_RNG_PHILOX, 42, 0 },
    { "comfyui_gpu", LIMN_RNG_TORCH, LIMN_RNG_PHILOX, 42, 0 },
    { "comfyui_cpu", LIMN_RNG_TORCH, LIMN_RNG_TORCH, 43, 0 },
    { "webui", LIMN_RNG_PHILOX, LIMN_RNG_PHILOX, 42, 1 },
    { "webui_cpu", LIMN_RNG_TORCH, LIMN_RNG_TORCH, 42, 1 },
    { "diffusers", LIMN_RNG_TORCH, LIMN_RNG_TORCH, 42, 1 },
    { "invokeai", LIMN_RNG_TORCH, LIMN_RNG_PHILOX, 42 ^ G_MAXUINT32, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Fixture fixture = { 0 };
    float ours[VALUES];

    set_up (&fixture, rows[i].like, "euler_ancestral", 42);
    set_levels (&fixture, levels, G_N_ELEMENTS (levels));
    limn_job_draw_start (&fixture.job, ours);
    check_draw (rows[i].like, ours, 42, rows[i].start, 0);
    limn_job_draw_step (&fixture.job, 2, 0, ours);
    check_draw (rows[i].like, ours, rows[i].seed, rows[i].steps, rows[i].first + 2);
    g_free (fixture.levels);
  }
  g_assert_null (limn_like_choice (G_N_ELEMENTS (rows)));
}

/* torch's own stream, which the start of each begins. */
static void
test_torch (void)
{
  g_autoptr (LimnTensors) file = golden_open ("noise/noise.safetensors");
  g_autofree float *expected = golden_floats (file, NULL, "randn/42/1x4x2x4");
  Fixture fixture = { 0 };
  float ours[VALUES];

  set_up (&fixture, "webui_cpu", "euler_ancestral", 42);
  set_levels (&fixture, levels, G_N_ELEMENTS (levels));
  limn_job_draw_start (&fixture.job, ours);
  golden_check_abs ("start", ours, expected, VALUES, 2e-6);
  for (int step = 0; step < 5; step++) {
    limn_job_draw_step (&fixture.job, step, 0, ours);
    golden_check_abs ("step", ours, expected + (step + 1) * VALUES, VALUES, 2e-6);
  }
  g_free (fixture.levels);
}

/* The web UI's path goes over the whole schedule, also where a picture's run takes its last steps alone. */
static void
test_paths (void)
{
  g_autoptr (LimnTensors) file = golden_open ("noise/noise.safetensors");
  g_autofree float *expected = golden_floats (file, NULL, "brownian/42/1x4x2x4/karras/6/sde/noise");
  gsize n;
  g_autofree float *asked = golden_floats (file, &n, "brownian/42/1x4x2x4/karras/6/sde/asked");
  float sigmas[7] = { 0 }, ours[VALUES];
  Fixture fixture = { 0 };

  g_assert_cmpuint (n, ==, 20);
  for (int step = 0; step < 5; step++)
    sigmas[step] = asked[4 * step];
  sigmas[5] = asked[19];
  for (int origin = 0; origin < 4; origin += 3) {
    set_up (&fixture, "webui_cpu", "dpmpp_sde", 42);
    set_levels (&fixture, sigmas, G_N_ELEMENTS (sigmas));
    fixture.schedule.origin = fixture.job.begin = origin;
    for (int step = origin; step < 5; step++)
      for (int draw = 0; draw < 2; draw++) {
        limn_job_draw_step (&fixture.job, step, draw, ours);
        golden_check_abs ("path", ours, expected + (2 * step + draw) * VALUES, VALUES, 1e-5);
      }
  }
  limn_job_draw_step (&fixture.job, 5, 0, ours);
  for (int i = 0; i < VALUES; i++)
    g_assert_cmpfloat (ours[i], ==, 0);
  g_free (fixture.levels);
}

/* What both ends of the path give together, of the card's normals: the root's, which has the sequence's first seed. */
static void
test_card_path (void)
{
  static const float ends[] = { 14.614643f, 0.029167177f, 0 };
  Fixture fixture = { 0 };
  float ours[VALUES];
  guint32 seed;

  set_up (&fixture, "comfyui_gpu", "dpmpp_2m_sde", 42);
  set_levels (&fixture, ends, G_N_ELEMENTS (ends));
  limn_job_draw_step (&fixture.job, 0, 0, ours);
  limn_seed_sequence (42, NULL, 0, &seed, 1);
  for (int i = 0; i < VALUES; i++)
    ours[i] = -ours[i];
  check_draw ("path", ours, seed, LIMN_RNG_PHILOX, 0);
  g_free (fixture.levels);
}

/* ENSD: a generator of its own, and no other start. */
static void
test_delta (void)
{
  Fixture fixture = { 0 };
  float ours[VALUES];

  set_up (&fixture, "webui", "euler_ancestral", 42);
  set_levels (&fixture, levels, G_N_ELEMENTS (levels));
  fixture.request.noise_delta = 31337;
  limn_job_draw_start (&fixture.job, ours);
  check_draw ("start", ours, 42, LIMN_RNG_PHILOX, 0);
  limn_job_draw_step (&fixture.job, 1, 0, ours);
  check_draw ("step", ours, 42 + 31337, LIMN_RNG_PHILOX, 1);
  g_free (fixture.levels);
}

/* Of a batch each picture's noise is its part of one long draw, at the start, in steps and along a path. */
static void
test_batch (void)
{
  static const char *const likes[] = { "comfyui", "comfyui_cpu", "limn" };

  for (int round = 0; round < 60; round++) {
    const char *like = likes[round % 3];
    int batch = g_test_rand_int_range (1, 9), index = g_test_rand_int_range (0, batch);
    guint64 seed = (guint32) g_test_rand_int ();
    const LimnRngKind step_kind = round % 3 == 0 ? LIMN_RNG_PHILOX : LIMN_RNG_TORCH;
    Fixture fixture = { 0 };
    g_autofree float *all = g_new (float, (gsize) VALUES *batch);
    float ours[VALUES], first[VALUES];

    set_up (&fixture, like, "euler_ancestral", seed);
    set_levels (&fixture, levels, G_N_ELEMENTS (levels));
    fixture.request.noise_batch = batch;
    fixture.request.noise_index = index;
    limn_job_draw_start (&fixture.job, ours);
    g_autoptr (LimnRng) start = limn_rng_new (LIMN_RNG_TORCH, seed);
    limn_rng_normal (start, all, (gsize) VALUES * batch);
    golden_check_abs ("start", ours, all + index * VALUES, VALUES, 1e-6);
    limn_job_draw_step (&fixture.job, 1, 0, ours);
    g_autoptr (LimnRng) steps = limn_rng_new (step_kind, seed + (round % 3 == 1 ? 1 : 0));
    limn_rng_skip (steps, round % 3 == 2 ? 2 : 1, (gsize) VALUES * batch);
    limn_rng_normal (steps, all, (gsize) VALUES * batch);
    golden_check_abs ("step", ours, all + index * VALUES, VALUES, 1e-6);
    fixture.job.sampler = limn_sampler_find ("dpmpp_2m_sde");
    limn_job_draw_step (&fixture.job, 0, 0, ours);
    fixture.request.noise_batch = 1;
    fixture.request.noise_index = 0;
    limn_brownian_forget (&fixture.job.walked);
    limn_job_draw_step (&fixture.job, 0, 0, first);
    /* a batch begins as a single picture; its next draw does not */
    g_assert_true ((memcmp (ours, first, sizeof ours) == 0) == (round % 3 == 2 ? batch == 1 : index == 0));
    limn_brownian_forget (&fixture.job.walked);
    g_free (fixture.levels);
  }
}

/* PyTorch's card generator: Philox 4x32-10 (Salmon et al. 2011) with the key the seed, a counter for each value's
 * thread, and an offset that a call moves on by one block of four words. */
static float
card_normal (guint64 seed, guint32 call, guint32 thread)
{
  guint32 counter[4] = { call, 0, thread, 0 }, key[2] = { (guint32) seed, (guint32) (seed >> 32) };

  for (int round = 0; round < 10; round++, key[0] += 0x9e3779b9u, key[1] += 0xbb67ae85u) {
    guint64 a = (guint64) 0xd2511f53u * counter[0], b = (guint64) 0xcd9e8d57u * counter[2];
    const guint32 next[4] = { (guint32) (b >> 32) ^ counter[1] ^ key[0], (guint32) b,
                              (guint32) (a >> 32) ^ counter[3] ^ key[1], (guint32) a };

    memcpy (counter, next, sizeof next);
  }
  if (seed == 0 && call == 0 && thread == 0) { /* the paper's known answer */
    g_assert_cmphex (counter[0], ==, 0x6627e8d5u);
    g_assert_cmphex (counter[1], ==, 0xe169c58du);
  }
  return (float) (sqrt (-2 * log ((counter[0] + 0.5) * 0x1p-32)) * sin ((counter[1] + 0.5) * 0x1p-31 * G_PI));
}

static void
test_card_steps (void)
{
  for (int round = 0; round < 30; round++) {
    guint64 seed = round == 0 ? 0 : ((guint64) (guint32) g_test_rand_int () << 20) + 7;
    Fixture fixture = { 0 };

    set_up (&fixture, "comfyui", "euler_ancestral", seed);
    set_levels (&fixture, levels, G_N_ELEMENTS (levels));
    for (int step = 0; step < fixture.schedule.steps - 1; step++) {
      float ours[VALUES], expected[VALUES];

      limn_job_draw_step (&fixture.job, step, 0, ours);
      for (int i = 0; i < VALUES; i++)
        expected[i] = card_normal (seed, (guint32) step, (guint32) i);
      golden_check_abs ("step", ours, expected, VALUES, 2e-6);
    }
    g_free (fixture.levels);
  }
}

/* ---- The start ---- */

/* Of columns of two, the arc is known: an angle between two vectors, a share of which is gone. */
static void
check_columns (const float *low, const float *high, const float *mixed, double share)
{
  for (int plane = 0; plane < PLANES; plane++)
    for (int x = 0; x < WIDTH; x++) {
      const int top = plane * HEIGHT * WIDTH + x, bottom = top + WIDTH;
      double length = hypot (low[top], low[bottom]), other = hypot (high[top], high[bottom]);
      double angle = acos ((low[top] * high[top] + low[bottom] * high[bottom]) / (length * other));
      double one[] = { low[top] / length, low[bottom] / length }, two[] = { high[top] / other, high[bottom] / other };
      double first = length * sin ((1 - share) * angle) / sin (angle),
             second = other * sin (share * angle) / sin (angle);

      double tolerance = 1e-5 * MAX (1, hypot (first, second)); /* nearly opposite ones make long sums */

      g_assert_cmpfloat_with_epsilon (mixed[top], first * one[0] + second * two[0], tolerance);
      g_assert_cmpfloat_with_epsilon (mixed[bottom], first * one[1] + second * two[1], tolerance);
    }
}

static void
test_variation (void)
{
  Fixture fixture = { 0 };
  float low[VALUES], high[VALUES], mixed[VALUES];

  for (guint i = 0; limn_like_choice (i) != NULL; i++) {
    set_up (&fixture, limn_like_choice (i)->name, "euler", 42);
    limn_job_draw_start (&fixture.job, low);
    fixture.request.variation_seed = 43;
    limn_job_draw_start (&fixture.job, mixed);
    g_assert_cmpmem (mixed, sizeof mixed, low, sizeof low); /* by no share of it */
    fixture.request.variation = 1;
    limn_job_draw_start (&fixture.job, high);
    check_draw ("variation", high, 43,
                fixture.request.noise_source == LIMN_NOISE_CPU ? LIMN_RNG_TORCH : LIMN_RNG_PHILOX, 0);
    fixture.request.variation = 0.3;
    limn_job_draw_start (&fixture.job, mixed);
    check_columns (low, high, mixed, 0.3);
    fixture.request.variation_seed = 42;
    limn_job_draw_start (&fixture.job, mixed);
    g_assert_cmpmem (mixed, sizeof mixed, low, sizeof low); /* with itself */
  }
}

/* Another size's noise of the seed lies in the middle, and this size's around. */
static void
check_resized (int width, int height, int from_x, int from_y, int to_x, int to_y, int columns, int rows)
{
  g_autoptr (LimnRng) rng = limn_rng_new (LIMN_RNG_TORCH, 42);
  g_autofree float *other = g_new (float, PLANES *height *width);
  Fixture fixture = { 0 };
  float plain[VALUES], ours[VALUES];

  set_up (&fixture, "webui_cpu", "euler", 42);
  limn_job_draw_start (&fixture.job, plain);
  fixture.request.seed_width = width * 8;
  fixture.request.seed_height = height * 8;
  limn_job_draw_start (&fixture.job, ours);
  limn_rng_normal (rng, other, (gsize) (PLANES * height * width));
  for (int i = 0; i < VALUES; i++) {
    int plane = i / (HEIGHT * WIDTH), x = i % WIDTH, y = i / WIDTH % HEIGHT;
    gboolean inside = x >= to_x && x < to_x + columns && y >= to_y && y < to_y + rows;

    g_assert_cmpfloat (ours[i], ==,
                       inside ? other[(plane * height + from_y + y - to_y) * width + from_x + x - to_x] : plain[i]);
  }
}

static void
test_resize (void)
{
  check_resized (2, 4, 0, 1, 1, 0, 2, 2);
  check_resized (6, 2, 1, 0, 0, 0, 4, 2);
  check_resized (7, 1, 2, 0, 0, 0, 3, 1); /* odd: one cell less than there is room for, as there */
  check_resized (4, 2, 0, 0, 0, 0, 4, 2);
}

int
main (int argc, char **argv)
{
  const LimnChoice *choice;

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; (choice = limn_sampler_choice (i)) != NULL; i++) {
    const LimnSampler *sampler = limn_sampler_find (choice->name);
    g_autofree char *path = g_strdup_printf ("/noise/comfy/%s", choice->name);

    /* what was recorded of Restart has other levels than its run, of TCD no seeds (it is diffusers'), and of CFG++ what
     * its samplers without it draw */
    if (sampler->draws > 0 && sampler->arrange == NULL && !sampler->contrasts && strcmp (choice->name, "tcd") != 0)
      g_test_add_data_func (path, choice, test_comfy);
  }
  g_test_add_func ("/noise/streams", test_streams);
  g_test_add_func ("/noise/torch", test_torch);
  g_test_add_func ("/noise/paths", test_paths);
  g_test_add_func ("/noise/card-path", test_card_path);
  g_test_add_func ("/noise/delta", test_delta);
  g_test_add_func ("/noise/batch", test_batch);
  g_test_add_func ("/noise/card-steps", test_card_steps);
  g_test_add_func ("/noise/variation", test_variation);
  g_test_add_func ("/noise/resize", test_resize);
  return g_test_run ();
}
