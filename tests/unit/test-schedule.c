/* test-schedule.c - noise levels and Euler's trajectories against diffusers; properties of any schedule.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/schedule.h"

#include "engine/like.h"
#include "engine/limn.h"

#include "base/json.h"
#include "common/golden.h"
#include "engine/sampler.h"

#include <math.h>
#include <string.h>

#define FILE_NAME "schedulers/euler.safetensors"
#define COMFY_FILE_NAME "schedulers/comfy.safetensors"
#define KARRAS_FILE_NAME "schedulers/euler_karras.safetensors"
#define VALUES 32

static const LimnScheduleConfig sdxl = {
  .steps_offset = 1, .beta_start = 0.00085, .beta_end = 0.012, .train_steps = 1000
};

/* The first step over a picture, as diffusers counts. */
static int
begin_at (const LimnSchedule *schedule, double strength)
{
  return schedule->steps - limn_like_picture_steps (limn_like_find ("diffusers"), schedule->steps, strength);
}

static void
test_alphas (void)
{
  g_autoptr (LimnTensors) file = golden_open (FILE_NAME);
  const LimnTensor *expected = golden_tensor (file, "config/alphas_cumprod_f64");
  double ours[1000], worst = 0;

  g_assert_cmpuint (expected->count, ==, G_N_ELEMENTS (ours));
  limn_schedule_alphas (&sdxl, ours);
  for (guint i = 0; i < G_N_ELEMENTS (ours); i++) {
    double want;
    memcpy (&want, expected->data + i * sizeof want, sizeof want);
    worst = fmax (worst, fabs (ours[i] - want) / want);
  }
  g_test_message ("alphas_cumprod: worst relative difference %.3g", worst);
  g_assert_true (worst <= 1e-12);
}

/* diffusers rescales in floats: what is left of the last but one is the difference of two of these. */
static void
test_zero_snr (void)
{
  g_autoptr (LimnTensors) file = golden_open (FILE_NAME);
  g_autofree float *expected = golden_floats (file, NULL, "config/zsnr_alphas_cumprod");
  LimnScheduleConfig config = sdxl;
  double ours[1000];
  float rounded[1000];

  limn_schedule_config_predict (&config, LIMN_PREDICTS_VELOCITY_ZSNR);
  g_assert_cmpfloat (config.last_abar, ==, 4.8973451890853435e-08);
  config.last_abar = 0x1p-24; /* diffusers' */
  limn_schedule_alphas (&config, ours);
  for (guint i = 0; i < G_N_ELEMENTS (ours); i++)
    rounded[i] = (float) ours[i];
  golden_check_rel ("alphas of zero terminal SNR", rounded, expected, G_N_ELEMENTS (ours), 2e-6);
}

static void
check_doubles (const char *label, const double *ours, LimnTensors *file, const char *key, gsize n)
{
  gsize count;
  g_autofree float *expected = golden_floats (file, &count, "%s", key);
  g_autofree float *rounded = g_new (float, n);

  g_assert_cmpuint (count, ==, n);
  for (gsize i = 0; i < n; i++)
    rounded[i] = (float) ours[i];
  golden_check_rel (label, rounded, expected, n, 2e-6);
}

/* The network of these trajectories: a fixed function of the scaled latents and the timestep. */
static void
toy_network (const float *sample, double timestep, float *out)
{
  for (int i = 0; i < VALUES; i++)
    out[i] = (float) (tanh (sample[i] * 0.5) + 0.1 * sin (timestep / 100));
}

/* x: [steps + 1 - begin, VALUES] is followed from its first row. */
static void
follow (const char *key, const LimnSchedule *schedule, LimnPrediction kind, int begin, const float *x)
{
  float latents[VALUES], sample[VALUES], prediction[VALUES], denoised[VALUES];

  memcpy (latents, x, sizeof latents);
  for (int step = begin; step < schedule->steps; step++) {
    g_autofree char *label = g_strdup_printf ("%s after step %d", key, step + 1);
    double sigma = schedule->sigmas[step];

    limn_sampler_scale (kind, sigma, latents, sample, VALUES);
    toy_network (sample, schedule->timesteps[step], prediction);
    limn_sampler_denoised (kind, sigma, latents, prediction, denoised, VALUES);
    limn_sampler_line (sigma, schedule->sigmas[step + 1], latents, denoised, latents, VALUES);
    golden_check_rel (label, latents, x + (gsize) (step + 1 - begin) * VALUES, VALUES, 1e-5);
  }
}

static void
check_schedule (LimnTensors *file, const char *prefix, const LimnSchedule *schedule)
{
  g_autofree char *timesteps = g_strdup_printf ("%s/timesteps", prefix);
  g_autofree char *sigmas = g_strdup_printf ("%s/sigmas", prefix);

  check_doubles (timesteps, schedule->timesteps, file, timesteps, schedule->steps);
  check_doubles (sigmas, schedule->sigmas, file, sigmas, schedule->steps + 1);
}

static void
test_trajectories (gconstpointer data)
{
  static const int counts[] = { 5, 10, 20, 30 };
  static const char *const kinds[] = { "epsilon", "v_prediction" };
  static const char *const spacings[] = { "leading", "trailing", "linspace" };
  gboolean karras = GPOINTER_TO_INT (data);
  g_autoptr (LimnTensors) file = golden_open (karras ? KARRAS_FILE_NAME : FILE_NAME);

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    for (guint spacing = 0; spacing < G_N_ELEMENTS (spacings); spacing++) {
      LimnScheduleConfig config = sdxl;

      config.spacing = spacings[spacing];
      g_autoptr (LimnSchedule) schedule = limn_schedule_new (&config, karras ? "karras" : "model", counts[i]);

      for (int kind = 0; kind < 2; kind++) {
        g_autofree char *key = g_strdup_printf ("%s/%s/%d", kinds[kind], spacings[spacing], counts[i]);
        gsize count;
        g_autofree float *x = golden_floats (file, &count, "%s/x", key);

        g_assert_cmpuint (count, ==, (counts[i] + 1) * VALUES);
        check_schedule (file, key, schedule);
        follow (key, schedule, kind == 0 ? LIMN_PREDICTS_NOISE : LIMN_PREDICTS_VELOCITY, 0, x);
      }
    }
}

static void
test_zero_snr_trajectories (void)
{
  static const int counts[] = { 10, 20 };
  g_autoptr (LimnTensors) file = golden_open (FILE_NAME);
  LimnScheduleConfig config = sdxl;

  limn_schedule_config_predict (&config, LIMN_PREDICTS_VELOCITY_ZSNR);
  config.last_abar = 0x1p-24;
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++) {
    g_autofree char *key = g_strdup_printf ("zsnr_v_prediction/trailing/%d", counts[i]);
    g_autoptr (LimnSchedule) schedule = limn_schedule_new (&config, "model", counts[i]);
    g_autofree float *x = golden_floats (file, NULL, "%s/x", key);

    follow (key, schedule, config.prediction, 0, x);
  }
}

/* The levels and what the network is told of them, of the other kinds of models. */
static void
test_comfy_kinds (void)
{
  static const struct {
    const char *key;
    LimnPrediction prediction;
  } kinds[] = { { "v_zsnr", LIMN_PREDICTS_VELOCITY_ZSNR },
                { "edm", LIMN_PREDICTS_EDM },
                { "edm_v", LIMN_PREDICTS_EDM_VELOCITY } };
  static const int counts[] = { 4, 8, 20, 30, 50 };
  g_autoptr (LimnTensors) file = golden_open (COMFY_FILE_NAME);
  int checked = 0;

  for (guint kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
    for (guint i = 0; limn_schedule_choice (i) != NULL; i++)
      for (guint count = 0; count < G_N_ELEMENTS (counts); count++) {
        const char *name = limn_schedule_choice (i)->name;
        gboolean full = g_str_equal (name, "karras_full");
        g_autofree char *key = g_strdup_printf ("%s/%s/%d", kinds[kind].key, full ? "karras" : name, counts[count]);
        LimnScheduleConfig config = sdxl;

        if (!golden_has (file, key) || g_str_equal (name, "karras"))
          continue;
        limn_schedule_config_predict (&config, kinds[kind].prediction);
        gsize n; /* which may be more than was asked for */
        g_autofree float *expected = golden_floats (file, &n, "%s", key), *sigmas = g_new (float, n);
        g_autoptr (LimnSchedule) schedule = limn_schedule_new (&config, name, (int) n - 1);

        for (gsize step = 0; step < n; step++)
          sigmas[step] = (float) schedule->sigmas[step];
        /* in floats atan (4518) is too near pi / 2 to say more */
        golden_check_rel (key, sigmas, expected, n, kind == 0 && g_str_equal (name, "kl_optimal") ? 5e-4 : 2e-5);
        for (gsize step = 0; kind > 0 && step + 1 < n; step++)
          g_assert_cmpfloat_with_epsilon (schedule->timesteps[step], 0.25 * log (expected[step]), 1e-4);
        checked++;
      }
  g_assert_cmpint (checked, ==, 3 * 9 * (int) G_N_ELEMENTS (counts));
}

/* The schedule of that name at the levels of key, however many these are; where these end above 0 ours has left that
 * level out. */
static void
check_levels (LimnTensors *file, const char *key, const char *name)
{
  gsize n;
  g_autofree float *expected = golden_floats (file, &n, "%s", key);
  g_autofree float *sigmas = g_new (float, n);
  g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, name, (int) n - 1);

  for (gsize step = 0; step < n; step++)
    sigmas[step] = (float) schedule->sigmas[step];
  golden_check_rel (key, sigmas, expected, expected[n - 1] > 0 ? n - 1 : n, 2e-5);
}

/* Every schedule of the table that is ComfyUI's. */
static void
test_comfy (void)
{
  static const int counts[] = { 4, 8, 20, 30, 50 };
  g_autoptr (LimnTensors) file = golden_open (COMFY_FILE_NAME);
  int checked = 0;

  for (guint i = 0; limn_schedule_choice (i) != NULL; i++)
    for (guint count = 0; count < G_N_ELEMENTS (counts); count++) {
      const char *name = limn_schedule_choice (i)->name;
      gboolean full = g_str_equal (name, "karras_full"); /* the other is diffusers' */
      g_autofree char *key = g_strdup_printf ("eps/%s/%d", full ? "karras" : name, counts[count]);

      if (!golden_has (file, key) || g_str_equal (name, "karras"))
        continue;
      check_levels (file, key, name);
      checked++;
    }
  g_assert_cmpint (checked, ==, 9 * (int) G_N_ELEMENTS (counts));
}

/* What has other numbers in the web UI and Forge than in ComfyUI, and what they call otherwise. */
static void
test_webui (void)
{
  static const int counts[] = { 4, 8, 10, 20, 30, 50 };
  static const struct {
    const char *theirs, *ours;
  } names[] = {
    { "a1111/align_your_steps", "ays_webui" },
    { "a1111/beta", "beta_webui" },
    { "a1111/ddim", "ddim_uniform" },
    { "a1111/kl_optimal", "kl_optimal_webui" },
    { "forge/turbo", "trailing" },
    { "a1111/karras", "karras_full" },
    { "forge/align_your_steps_GITS", "gits" },
    { "a1111/simple", "simple" },
    { "a1111/normal", "normal" },
    { "a1111/polyexponential", "exponential" },
    { "a1111/sgm_uniform", "sgm_uniform" },
  };
  g_autoptr (LimnTensors) file = golden_open ("schedulers/a1111.safetensors");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    for (guint count = 0; count < G_N_ELEMENTS (counts); count++) {
      g_autofree char *key = g_strdup_printf ("%s/%d", names[i].theirs, counts[count]);

      check_levels (file, key, names[i].ours);
    }
}

static void
test_ays (void)
{
  static const int counts[] = { 4, 8, 10, 16, 20, 30, 50 };
  g_autoptr (LimnTensors) file = golden_open (COMFY_FILE_NAME);

  for (guint count = 0; count < G_N_ELEMENTS (counts); count++) {
    g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, "ays", counts[count]);
    g_autofree char *key = g_strdup_printf ("ays/SDXL/%d", counts[count]);
    g_autofree float *expected = golden_floats (file, NULL, "%s", key);
    float sigmas[51];

    for (int step = 0; step <= counts[count]; step++)
      sigmas[step] = (float) schedule->sigmas[step];
    golden_check_rel (key, sigmas, expected, counts[count] + 1, 2e-5);
  }
}

/* What samplers run on that leave the lowest level out, as ComfyUI runs them. */
static void
test_discarding (void)
{
  static const char *const names[] = { "normal", "simple" };
  static const int counts[] = { 8, 20 };
  g_autoptr (LimnTensors) file = golden_open (COMFY_FILE_NAME);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    for (guint count = 0; count < G_N_ELEMENTS (counts); count++) {
      g_autoptr (LimnSchedule) schedule = limn_schedule_new_discarding (&sdxl, names[i], counts[count]);
      g_autofree char *key = g_strdup_printf ("eps_discard_penultimate/%s/%d", names[i], counts[count]);
      g_autofree float *expected = golden_floats (file, NULL, "%s", key);
      float sigmas[21];

      g_assert_cmpint (schedule->steps, ==, counts[count]);
      for (int step = 0; step <= counts[count]; step++)
        sigmas[step] = (float) schedule->sigmas[step];
      golden_check_rel (key, sigmas, expected, counts[count] + 1, 2e-5);
    }
}

/* The timestep of a step's level, not rounded. */
static double
between (LimnSchedule *schedule, int step)
{
  LimnSchedule same = { .train_steps = schedule->train_steps, .trained = schedule->trained };

  return limn_schedule_timestep (&same, schedule->sigmas[step]);
}

/* The timesteps that ComfyUI told the network there, but where one lies half-way: its single precision decides. */
static void
test_comfy_timesteps (void)
{
  static const char *const names[] = { "normal", "sgm_uniform" };
  static const int counts[] = { 6, 20 };
  g_autoptr (LimnTensors) file = golden_open ("samplers/euler.safetensors");
  int halves = 0;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    for (guint count = 0; count < G_N_ELEMENTS (counts); count++) {
      g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, names[i], counts[count]);
      gsize n;
      g_autofree float *told = golden_floats (file, &n, "eps/%s/%d/eval_t", names[i], counts[count]);

      g_assert_cmpuint (n, ==, counts[count]);
      for (int step = 0; step < counts[count]; step++) {
        double off = fabs (between (schedule, step) - told[step]);

        g_assert_true (off < 0.501);
        g_assert_true (off > 0.499 || schedule->timesteps[step] == told[step]);
        halves += off > 0.499;
      }
    }
  g_assert_cmpint (halves, ==, 4);
}

/* x[0] of a run from nothing is N(0, 1) times the initial scale: the same noise under both spacings tells their
 * ratio. */
static void
test_initial_scale (void)
{
  g_autoptr (LimnTensors) file = golden_open (FILE_NAME);
  g_autoptr (LimnSchedule) leading = limn_schedule_new (&sdxl, "leading", 10);
  g_autoptr (LimnSchedule) trailing = limn_schedule_new (&sdxl, "trailing", 10);
  g_autofree float *a = golden_floats (file, NULL, "epsilon/leading/10/x");
  g_autofree float *b = golden_floats (file, NULL, "epsilon/trailing/10/x");

  for (int i = 0; i < VALUES; i++)
    a[i] = (float) (a[i] * (trailing->initial_scale / leading->initial_scale));
  golden_check_rel ("initial scale", a, b, VALUES, 1e-6);
}

static void
test_img2img (void)
{
  static const struct {
    int steps;
    double strength;
    const char *key;
  } cases[] = { { 10, 0.5, "img2img/10/0.5" }, { 20, 0.3, "img2img/20/0.3" } };
  g_autoptr (LimnTensors) file = golden_open (FILE_NAME);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const char *key = cases[i].key;
    g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, "leading", cases[i].steps);
    g_autofree float *latents = golden_floats (file, NULL, "%s/x0", key);
    g_autofree float *noise = golden_floats (file, NULL, "%s/noise0", key);
    g_autofree float *x = golden_floats (file, NULL, "%s/x", key);
    g_autofree int *start = golden_ints (file, NULL, "%s/t_start", key);
    int begin = begin_at (schedule, cases[i].strength);

    g_assert_cmpint (begin, ==, start[0]);
    check_schedule (file, key, schedule);
    limn_sampler_add_noise (schedule->sigmas[begin], noise, latents, VALUES);
    golden_check_rel ("noised picture", latents, x, VALUES, 1e-6);
    follow (key, schedule, LIMN_PREDICTS_NOISE, begin, x);
  }
}

static gboolean
same_timesteps (const LimnJson *list, const double *ours, int n)
{
  if ((int) limn_json_length (list) != n)
    return FALSE;
  for (int i = 0; i < n; i++)
    if (!(fabs (limn_json_number (limn_json_nth (list, i), NAN) - ours[i]) <= 1e-4))
      return FALSE;
  return TRUE;
}

static int
int_member (const LimnJson *object, const char *key)
{
  return (int) limn_json_number (limn_json_member (object, key), -1);
}

static LimnJson *
load_splits (void)
{
  g_autofree char *path = golden_path ("schedulers/splits.json");
  g_autoptr (GError) error = NULL;
  LimnJson *json = limn_json_load (path, &error);

  g_assert_no_error (error);
  return json;
}

static gboolean
is_euler (const LimnJson *record)
{
  return g_str_equal (limn_json_string (limn_json_member (record, "scheduler"), ""), "euler");
}

static void
test_strengths (void)
{
  g_autoptr (LimnJson) json = load_splits ();
  const LimnJson *list = limn_json_member (json, "img2img_strength");
  int checked = 0;

  for (guint i = 0; i < limn_json_length (list); i++) {
    const LimnJson *record = limn_json_nth (list, i);
    int steps = int_member (record, "steps");

    if (!is_euler (record))
      continue;
    g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, "leading", steps);
    int begin = begin_at (schedule, limn_json_number (limn_json_member (record, "strength"), NAN));

    g_assert_cmpint (begin, ==, int_member (record, "begin_index"));
    g_assert_true (same_timesteps (limn_json_member (record, "timesteps"), schedule->timesteps + begin, steps - begin));
    checked++;
  }
  g_test_message ("%d strengths", checked);
  g_assert_cmpint (checked, ==, 49);
}

static void
test_handoffs (void)
{
  g_autoptr (LimnJson) json = load_splits ();
  const LimnJson *list = limn_json_member (json, "base_refiner_split");
  int checked = 0;

  for (guint i = 0; i < limn_json_length (list); i++) {
    const LimnJson *record = limn_json_nth (list, i);
    int steps = int_member (record, "steps");
    const char *spacing = limn_json_string (limn_json_member (record, "spacing"), "");

    if (!is_euler (record))
      continue;
    g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, spacing, steps);
    int split = limn_schedule_split (schedule, limn_json_number (limn_json_member (record, "denoising_end"), NAN));

    g_assert_cmpint (split, ==, int_member (record, "refiner_begin_index"));
    g_assert_true (same_timesteps (limn_json_member (record, "base_timesteps"), schedule->timesteps, split));
    g_assert_true (
        same_timesteps (limn_json_member (record, "refiner_timesteps"), schedule->timesteps + split, steps - split));
    checked++;
  }
  g_test_message ("%d hand-offs", checked);
  g_assert_cmpint (checked, ==, 70);
}

/* The least share with which a step is the base's is least, and is enough. */
static void
test_least_end (void)
{
  for (int steps = 1; steps <= sdxl.train_steps; steps += steps < 40 ? 1 : 191)
    for (guint kind = 0; limn_schedule_choice (kind) != NULL; kind++) {
      g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, limn_schedule_choice (kind)->name, steps);

      for (int step = 0; step < steps; step++) {
        double share = limn_schedule_least_end (schedule, step);

        g_assert_true (share >= 0 && share <= 1);
        g_assert_cmpint (limn_schedule_split (schedule, share), >, step);
        if (share > 0)
          g_assert_cmpint (limn_schedule_split (schedule, nextafter (share, 0)), <=, step);
      }
    }
}

/* Going on: the same schedule stays what it is, another is entered without going back up in noise. */
static void
check_enter (const LimnChoice *from, int from_steps, const LimnChoice *to, int to_steps)
{
  g_autoptr (LimnSchedule) old = limn_schedule_new (&sdxl, from->name, from_steps);

  for (int step = 0; step <= from_steps; step += 1 + g_test_rand_int_range (0, 1 + from_steps / 4)) {
    g_autoptr (LimnSchedule) new = limn_schedule_new (&sdxl, to->name, to_steps);
    int begin = limn_schedule_enter (new, old, step);

    if (step == from_steps) {
      g_assert_cmpint (begin, ==, to_steps);
      continue;
    }
    g_assert_true (new->timesteps[begin] == old->timesteps[step] && new->sigmas[begin] == old->sigmas[step]);
    g_assert_true (new->sigmas[begin] > new->sigmas[begin + 1]);
    g_assert_true (begin == 0 || new->sigmas[begin] <= new->sigmas[begin - 1]);
    g_assert_true (from != to || from_steps != to_steps || begin == step);
  }
}

static void
test_enter (void)
{
  static const int counts[] = { 1, 2, 13, 40 };
  const LimnChoice *from, *to;

  for (guint i = 0; (from = limn_schedule_choice (i)) != NULL; i++) {
    for (guint j = 0; (to = limn_schedule_choice (j)) != NULL; j++)
      for (guint k = 0; k < G_N_ELEMENTS (counts); k++)
        check_enter (from, counts[k], to, counts[g_test_rand_int_range (0, G_N_ELEMENTS (counts))]);
    for (int steps = 1; steps <= 120; steps += steps < 60 ? 7 : 19)
      check_enter (from, steps, from, steps);
  }
}

static void
check_properties (const char *name, int steps)
{
  g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, name, steps);
  int last_split = 0;

  for (int i = 0; i < steps; i++) {
    g_assert_true (schedule->sigmas[i] > schedule->sigmas[i + 1] || (steps == sdxl.train_steps && i == 0));
    g_assert_true (schedule->timesteps[i] >= 0 && schedule->timesteps[i] <= sdxl.train_steps);
    g_assert_true (i == 0 || schedule->timesteps[i] <= schedule->timesteps[i - 1]);
  }
  g_assert_true (schedule->sigmas[steps] == 0);
  g_assert_cmpint (limn_schedule_split (schedule, 1), ==, steps);
  g_assert_cmpint (begin_at (schedule, 1), ==, 0);
  g_assert_cmpint (begin_at (schedule, 0), ==, steps);
  for (double end = 0; end <= 1; end += 1 / 64.0) {
    int split = limn_schedule_split (schedule, end);

    g_assert_cmpint (split, >=, last_split);
    last_split = split;
  }
}

static void
test_properties (void)
{
  for (int steps = 1; steps <= sdxl.train_steps; steps += steps < 60 ? 1 : 47)
    for (guint kind = 0; limn_schedule_choice (kind) != NULL; kind++)
      check_properties (limn_schedule_choice (kind)->name, steps);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedule/alphas", test_alphas);
  g_test_add_data_func ("/schedule/trajectories", GINT_TO_POINTER (FALSE), test_trajectories);
  g_test_add_data_func ("/schedule/karras", GINT_TO_POINTER (TRUE), test_trajectories);
  g_test_add_func ("/schedule/comfy", test_comfy);
  g_test_add_func ("/schedule/webui", test_webui);
  g_test_add_func ("/schedule/ays", test_ays);
  g_test_add_func ("/schedule/discarding", test_discarding);
  g_test_add_func ("/schedule/comfy-kinds", test_comfy_kinds);
  g_test_add_func ("/schedule/zero-snr", test_zero_snr);
  g_test_add_func ("/schedule/zero-snr-trajectories", test_zero_snr_trajectories);
  g_test_add_func ("/schedule/comfy-timesteps", test_comfy_timesteps);
  g_test_add_func ("/schedule/initial-scale", test_initial_scale);
  g_test_add_func ("/schedule/img2img", test_img2img);
  g_test_add_func ("/schedule/strengths", test_strengths);
  g_test_add_func ("/schedule/handoffs", test_handoffs);
  g_test_add_func ("/schedule/least-end", test_least_end);
  g_test_add_func ("/schedule/enter", test_enter);
  g_test_add_func ("/schedule/properties", test_properties);
  return g_test_run ();
}
