/* test-samplers.c - every sampler of the table against ComfyUI's of that name, over a network that is a formula.
 *
 * golden/samplers/NAME.safetensors has, for several schedules and predictions, the sigmas, every x that the network was
 * asked about with its timestep, the noise that was drawn, and the end.  A row without its file fails.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/denoise.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "common/golden.h"
#include "engine/limn.h"

#define VALUES 32
#define TRAIN_STEPS 1000

typedef struct {
  const char *key;
  const LimnSchedule *schedule;
  const LimnSampler *sampler;
  int asked; /* for noise */
  gsize n_evaluations, n_noise;
  float *eval_x, *eval_sigma, *eval_t, *noise, *noise_t; /* noise: NULL where none was drawn */
  int evaluations;
  LimnFields fields;
  double data;      /* the deviation of pictures that the network assumes */
  double tolerance; /* of all values */
} Case;

static gboolean
predict_cb (gpointer data, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  Case *one = data;
  g_autofree char *label = g_strdup_printf ("%s/eval_x[%d]", one->key, evaluation);
  float x[VALUES];

  g_assert_cmpint (evaluation, <, (int) one->n_evaluations);
  for (int i = 0; i < VALUES; i++) {
    double said = tanh (sample[i] / 2.0) + 0.1 * sin (one->eval_t[evaluation] / 100.0);

    x[i] = (float) (sample[i] * hypot (one->eval_sigma[evaluation], one->data));
    out[i] = (float) (one->sampler->contrasts ? said - 0.1 : said);
    if (one->sampler->contrasts)
      out[VALUES + i] = (float) (said + 0.1);
  }
  golden_check_abs (label, x, one->eval_x + (gsize) evaluation * VALUES, VALUES,
                    one->tolerance * MAX (1, one->eval_sigma[evaluation]));
  one->evaluations++;
  return TRUE;
}

/* The draws in the order of their making, those of earlier steps from higher levels; steps that make none there get
 * others or zeros. */
static void
noise_cb (gpointer data, int step, int draw, float *out)
{
  Case *one = data;
  gsize at = 0;

  while (at < one->n_noise && one->noise_t[2 * at] > (float) one->schedule->sigmas[step])
    at++;
  if (one->n_noise > 0 && one->noise_t[0] < 0)
    at = (gsize) one->asked++;
  else
    at += draw;

  memset (out, 0, VALUES * sizeof (float));
  if (at < one->n_noise)
    memcpy (out, one->noise + at * VALUES, VALUES * sizeof (float));
}

/* The relative change of the reference's end for one of 1e-6 of its beginning: what its single precision may do.  Its
 * ancestral steps lose digits below a sigma of 4518, 120 or 80 besides, as the difference of two squares. */
static double
sensitivity (const char *sampler, const char *key)
{
  g_autoptr (LimnJson) json = golden_json ("samplers/crosscheck.json");
  const LimnJson *all = limn_json_member (json, "relative change of the result when the initial noise changes by 1e-6");

  if (g_str_equal (sampler, "restart"))
    sampler = "restart_a1111";
  double change = limn_json_number (limn_json_member (limn_json_member (all, sampler), key), 0);

  g_assert_nonnull (all);
  return g_str_has_prefix (key, "v_zsnr") || g_str_has_prefix (key, "edm") ? MAX (change, 1e-5) : change;
}

/* The kind that a key begins with. */
static LimnPrediction
prediction_of (const char *key)
{
  if (key[0] == 'v')
    return LIMN_PREDICTS_VELOCITY;
  if (g_str_has_prefix (key, "edm_v/"))
    return LIMN_PREDICTS_EDM_VELOCITY;
  return g_str_has_prefix (key, "edm/") ? LIMN_PREDICTS_EDM : LIMN_PREDICTS_NOISE;
}

/* "eps/karras/6/eta=0.6,s_noise=1.03" */
static double
option (const char *key, const char *name, double otherwise)
{
  const char *found = strstr (key, name);

  return found != NULL ? g_ascii_strtod (found + strlen (name), NULL) : otherwise;
}

/* Of the network that key is of, as ComfyUI knows them. */
static double *
trained_levels (const char *key)
{
  static const char *const kinds[] = { "v_zsnr", "edm_v", "edm" };
  g_autoptr (LimnTensors) file = golden_open ("schedulers/comfy.safetensors");
  const char *kind = "eps";
  gsize n;

  for (guint i = G_N_ELEMENTS (kinds); i > 0; i--)
    if (g_str_has_prefix (key, kinds[i - 1]))
      kind = kinds[i - 1];
  g_autofree float *sigmas = golden_floats (file, &n, "config/%s/sigmas", kind);
  double *levels = g_new (double, n);

  g_assert_cmpuint (n, ==, TRAIN_STEPS);
  for (gsize i = 0; i < n; i++)
    levels[i] = sigmas[i];
  return levels;
}

/* Of one of the program's runs, all that its key says. */
static LimnFields
fields_of (const LimnSampler *sampler, const char *key)
{
  LimnFields fields;

  limn_fields_init (&fields);
  fields.eta =
      option (key, "eta=", g_str_has_prefix (sampler->choice.name, "dpm_") && sampler->arrange != NULL ? 0 : 1);
  fields.sigma_noise = option (key, "s_noise=", 1);
  fields.churn = option (key, "s_churn=", 0);
  fields.churn_least = option (key, "s_tmin=", 0);
  fields.churn_most = option (key, "s_tmax=", 0);
  fields.guidance = sampler->contrasts ? 1.6 : 1;
  return fields;
}

static void
check (LimnTensors *file, const LimnSampler *sampler, const char *key)
{
  gsize count, n_final;
  g_autofree float *sigmas = golden_floats (file, &count, "%s/sigmas", key);
  g_autofree double *levels = g_new (double, count);
  g_autofree float *final = golden_floats (file, &n_final, "%s/final", key);
  g_autofree char *noise_key = g_strdup_printf ("%s/noise", key);
  g_autofree double *trained = trained_levels (key);
  g_autofree double *timesteps = g_new0 (double, count);
  LimnSchedule schedule = {
    .steps = (int) count - 1,
    .train_steps = TRAIN_STEPS,
    .timesteps = timesteps,
    .sigmas = levels,
    .trained = trained,
  };
  Case one = { .key = key, .schedule = &schedule, .sampler = sampler, .fields = fields_of (sampler, key) };
  g_autofree float *eval_x = golden_floats (file, &one.n_evaluations, "%s/eval_x", key);
  g_autofree float *eval_sigma = golden_floats (file, NULL, "%s/eval_sigma", key);
  g_autofree float *eval_t = golden_floats (file, NULL, "%s/eval_t", key);
  g_autofree float *noise = golden_has (file, noise_key) ? golden_floats (file, &one.n_noise, "%s/noise", key) : NULL;
  g_autofree float *noise_t = noise != NULL ? golden_floats (file, NULL, "%s/noise_t", key) : NULL;
  float x[VALUES];
  g_autoptr (LimnHistory) history = limn_history_new ((guint) sampler->choice.history, VALUES);
  LimnDenoisePicture picture = { .latents = x, .history = history, .data = &one };
  LimnDenoise loop = {
    .sampler = sampler,
    .schedule = &schedule,
    .last = schedule.steps,
    .pictures = &picture,
    .n_pictures = 1,
    .values = VALUES,
    .planes = 4,
    .fields = &one.fields,
    .guided = sampler->contrasts,
    .prediction = prediction_of (key),
    .predict = predict_cb,
    .noise = noise_cb,
    .data = &one,
  };
  double largest = 0;

  g_assert_cmpuint (n_final, ==, VALUES);
  for (gsize i = 0; i < count; i++)
    levels[i] = sigmas[i];
  levels[count - 1] = 0; /* where ComfyUI's UniPC has written its own */
  if (sampler->arrange != NULL)
    sampler->arrange (&schedule, &one.fields);
  for (int i = 0; i < VALUES; i++)
    largest = MAX (largest, fabs (final[i]));
  one.tolerance = largest * MAX (1e-5, 30 * sensitivity (sampler->choice.name, key));
  one.data = g_str_has_prefix (key, "edm/") ? 0.5 : 1;
  one.n_evaluations /= VALUES;
  one.n_noise /= VALUES;
  one.eval_x = eval_x;
  one.eval_sigma = eval_sigma;
  one.eval_t = eval_t;
  one.noise = noise;
  one.noise_t = noise_t;
  memcpy (x, eval_x, sizeof x);
  g_assert_true (limn_denoise (&loop, NULL, NULL));
  g_assert_cmpint (one.evaluations, ==, (int) one.n_evaluations);
  golden_check_abs (key, x, final, VALUES, one.tolerance);
}

/* The others are of a network that Limn does not know yet, or of options that it does not have. */
static gboolean
is_ours (const char *sampler, const char *key)
{
  const char *options = strchr (key, '=');
  gboolean known = options == NULL || strstr (key, "/eta=") != NULL || strstr (key, "/s_noise=") != NULL
                   || strstr (key, "/s_churn=") != NULL;

  /* Its steps end at the very levels between which SA-Solver adds noise: digits that ours does not look at decide. */
  if (g_str_has_prefix (sampler, "sa_solver") && g_str_has_prefix (key, "edm_v/exponential/6"))
    return FALSE;
  return known && !g_str_has_prefix (key, "lcm");
}

/* Those of CFG++ are all in one file. */
static void
test_contrasting (gconstpointer data)
{
  const LimnChoice *choice = data;
  g_autoptr (LimnTensors) file = golden_open ("samplers/cfg_pp.safetensors");
  static const char *const schedules[] = { "karras", "sgm_uniform" };

  for (guint i = 0; i < G_N_ELEMENTS (schedules); i++) {
    g_autofree char *key = g_strdup_printf ("%s/%s/6", choice->name, schedules[i]);

    check (file, limn_sampler_find (choice->name), key);
  }
}

/* diffusers' steps of TCD, whose latents are sqrt (abar) x, and whose last one ends at the level of timestep 0. */
static void
check_tcd (LimnTensors *file, const LimnSampler *sampler, int steps, const char *eta)
{
  g_autofree char *key = g_strdup_printf ("epsilon/leading/%d/eta_%s", steps, eta);
  g_autofree float *told = golden_floats (file, NULL, "%s/timesteps", key);
  g_autofree float *x = golden_floats (file, NULL, "%s/x", key);
  g_autofree float *noise = g_str_equal (eta, "0") ? NULL : golden_floats (file, NULL, "%s/noise", key);
  g_autofree double *trained = trained_levels ("eps"), *sigmas = g_new0 (double, steps + 1);
  g_autofree double *timesteps = g_new (double, steps);
  const LimnSchedule schedule = {
    .steps = steps, .train_steps = TRAIN_STEPS, .timesteps = timesteps, .sigmas = sigmas, .trained = trained
  };
  LimnFields fields;

  limn_fields_init (&fields);
  fields.eta = g_ascii_strtod (eta, NULL);
  for (int i = 0; i < steps; i++) {
    timesteps[i] = told[i];
    sigmas[i] = trained[(int) told[i]];
  }
  for (int i = 0; i < steps; i++) {
    float begin[VALUES], denoised[VALUES], end[VALUES], expected[VALUES], none[VALUES] = { 0 };
    double wide = hypot (sigmas[i], 1), last = hypot (trained[0], 1);
    LimnStep step = limn_step_at (sampler, &schedule, i, &fields);

    for (int v = 0; v < VALUES; v++) {
      double sample = x[i * VALUES + v], said = tanh (sample / 2) + 0.1 * sin (timesteps[i] / 100);

      begin[v] = (float) (wide * sample);
      denoised[v] = (float) (begin[v] - sigmas[i] * said);
      expected[v] = (float) (i + 1 < steps ? hypot (sigmas[i + 1], 1) * x[(i + 1) * VALUES + v]
                                           : last * x[steps * VALUES + v] - trained[0] * said);
    }
    step.x = begin;
    step.denoised[0] = denoised;
    step.noise[0] = noise != NULL && i + 1 < steps ? noise + i * VALUES : none;
    step.n = VALUES;
    sampler->advance (&step, end);
    golden_check_rel (key, end, expected, VALUES, 2e-5);
  }
}

static void
test_tcd (gconstpointer data)
{
  static const char *const etas[] = { "0", "0.3", "1" };
  g_autoptr (LimnTensors) file = golden_open ("samplers/tcd.safetensors");

  for (int steps = 2; steps <= 8; steps *= 2)
    for (guint i = 0; i < G_N_ELEMENTS (etas); i++)
      check_tcd (file, limn_sampler_find (((const LimnChoice *) data)->name), steps, etas[i]);
}

static void
test_sampler (gconstpointer data)
{
  const LimnChoice *choice = data;
  g_autofree char *path = g_strdup_printf ("samplers/%s.safetensors", choice->name);
  g_autoptr (LimnTensors) file = golden_open (path);
  int checked = 0;

  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const char *name = limn_tensors_nth (file, i)->name;
    g_autofree char *key = NULL;

    if (!g_str_has_suffix (name, "/final") || !is_ours (choice->name, name))
      continue;
    key = g_strndup (name, strlen (name) - strlen ("/final"));
    check (file, limn_sampler_find (choice->name), key);
    checked++;
  }
  g_assert_cmpint (checked, >=, 8);
}

/* ---- DPM fast with noise ---- */

static void
draw_cb (gpointer data, int step, int draw, float *out)
{
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) (100 * step + draw));

  for (int i = 0; i < VALUES; i++)
    out[i] = (float) g_rand_double_range (random, -1.7, 1.7);
}

static double
points_to (double x, double sigma)
{
  return 0.3 * x / hypot (1, sigma) + 0.2 * sin (sigma);
}

static gboolean
point_cb (gpointer data, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  const LimnSchedule *schedule = data;
  double sigma = schedule->sigmas[evaluation];

  for (int i = 0; i < VALUES; i++) {
    double x = sample[i] * hypot (sigma, 1);

    out[i] = (float) ((x - points_to (x, sigma)) / sigma);
  }
  return TRUE;
}

static double
noise_of (double x, double sigma)
{
  return (x - points_to (x, sigma)) / sigma;
}

/* A solver's step as the paper writes it, in t = -log sigma. */
static double
solve (double x, double t, double end, int order)
{
  double h = end - t, sigma = exp (-end), first = noise_of (x, exp (-t));

  if (order == 1)
    return x - sigma * expm1 (h) * first;
  double share = 1.0 / order, middle = exp (-t - share * h), second;
  second = noise_of (x - middle * expm1 (share * h) * first, middle);
  if (order == 2)
    return x - sigma * expm1 (h) * first - sigma * expm1 (h) * (second - first);
  double late = exp (-t - 2 * share * h), factor = expm1 (2 * share * h) / (2 * share * h) - 1;
  double third = noise_of (x - late * expm1 (2 * share * h) * first - late * 2 * factor * (second - first), late);
  return x - sigma * expm1 (h) * first - sigma * 1.5 * (expm1 (h) / h - 1) * (third - first);
}

/* All of the paper's run over one value; the noise of a step is draw_cb ()'s of that one in which it ends. */
static double
run_fast (double x, int value, int steps, double most, double least, double eta)
{
  int solver_steps = steps / 3 + 1, done = 0;

  for (int i = 0; i < solver_steps; i++) {
    double sigma = most * pow (least / most, (double) i / solver_steps);
    double next = most * pow (least / most, (i + 1.0) / solver_steps);
    double up = MIN (next, eta * sqrt (next * next * (1 - next * next / (sigma * sigma))));
    double down = MAX (sqrt (next * next - up * up), least);
    int order = steps % 3 > 0 ? (i + 1 < solver_steps ? 3 : steps % 3) : MIN (solver_steps - i, 3);
    float noise[VALUES];

    done += order;
    draw_cb (NULL, done - 1, 0, noise);
    x = solve (x, -log (sigma), -log (down), order) + sqrt (MAX (next * next - down * down, 0)) * noise[value];
  }
  g_assert_cmpint (done, ==, steps);
  return x;
}

static void
test_fast (void)
{
  const LimnSampler *sampler = limn_sampler_find ("dpm_fast");
  const LimnScheduleConfig config = {
    .steps_offset = 1, .beta_start = 0.00085, .beta_end = 0.012, .train_steps = TRAIN_STEPS
  };

  /* two would multiply what single precision rounds by five hundred */
  for (int steps = 3; steps < 40; steps++) {
    g_autoptr (LimnSchedule) schedule = limn_schedule_new (&config, "karras_full", steps);
    g_autoptr (LimnHistory) history = limn_history_new ((guint) sampler->choice.history, VALUES);
    double most = schedule->sigmas[0], least = schedule->sigmas[steps - 1];
    LimnFields fields;
    float x[VALUES], expected[VALUES];
    LimnDenoisePicture picture = { .latents = x, .history = history };
    LimnDenoise loop = { .sampler = sampler,
                         .schedule = schedule,
                         .last = steps,
                         .pictures = &picture,
                         .n_pictures = 1,
                         .values = VALUES,
                         .planes = 4,
                         .fields = &fields,
                         .predict = point_cb,
                         .noise = draw_cb,
                         .data = schedule };

    limn_fields_init (&fields);
    fields.guidance = 1;
    fields.eta = g_test_rand_double_range (0, 1.2);
    sampler->arrange (schedule, &fields);
    draw_cb (NULL, -1, 0, x);
    for (int i = 0; i < VALUES; i++) {
      x[i] *= (float) most;
      expected[i] = (float) run_fast (x[i], i, steps, most, least, fields.eta);
    }
    g_assert_true (limn_denoise (&loop, NULL, NULL));
    g_test_message ("%d steps, eta %g", steps, fields.eta);
    golden_check_abs ("dpm_fast with noise", x, expected, VALUES, 1e-5);
  }
}

/* ---- All together ---- */

static gboolean
anything_cb (gpointer data, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  for (int i = 0; i < 2 * VALUES; i++)
    out[i] = (float) (tanh (sample[i % VALUES] / 2.0) + 0.1 * (i / VALUES));
  return TRUE;
}

static void
run_through (const LimnSampler *sampler, const LimnScheduleConfig *config, const char *name, int steps, double churned)
{
  g_autoptr (LimnSchedule) schedule =
      sampler->discards ? limn_schedule_new_discarding (config, name, steps) : limn_schedule_new (config, name, steps);
  g_autoptr (LimnHistory) history = limn_history_new ((guint) sampler->choice.history, VALUES);
  LimnFields fields;
  float x[VALUES];
  LimnDenoisePicture picture = { .latents = x, .history = history };
  LimnDenoise loop = {
    .sampler = sampler,
    .schedule = schedule,
    .last = steps,
    .pictures = &picture,
    .n_pictures = 1,
    .values = VALUES,
    .planes = 4,
    .fields = &fields,
    .guided = TRUE,
    .prediction = config->prediction,
    .predict = anything_cb,
    .noise = draw_cb,
  };
  int rises = 0;

  limn_fields_init (&fields);
  fields.churn = churned;
  if (sampler->arrange != NULL)
    sampler->arrange (schedule, &fields);
  g_assert_cmpint (schedule->steps, ==, steps);
  if (!g_str_equal (sampler->choice.name, "dpm_fast")) /* which ends above */
    g_assert_cmpfloat (schedule->sigmas[steps], ==, 0);
  for (int i = 0; i < steps; i++) {
    g_assert_true (schedule->sigmas[i] > 0);
    rises += schedule->sigmas[i + 1] >= schedule->sigmas[i];
  }
  /* Restart goes back up once, DPM fast after each step of its solver that noise follows */
  if (g_str_equal (sampler->choice.name, "dpm_fast"))
    g_assert_cmpint (rises, <=, steps / 3);
  else
    g_assert_cmpint (rises, <=, sampler->arrange != NULL && steps >= 20 ? 1 : 0);
  draw_cb (NULL, -1, 0, x);
  for (int i = 0; i < VALUES; i++)
    x[i] *= (float) schedule->initial_scale;
  g_assert_true (limn_denoise (&loop, NULL, NULL));
  g_assert_true (limn_all_finite (x, VALUES));
}

/* Each over each schedule and prediction, for few and many steps: levels fall, and numbers stay numbers. */
static void
test_everywhere (gconstpointer data)
{
  static const int counts[] = { 4, 8, 20 };
  const LimnSampler *sampler = limn_sampler_find (((const LimnChoice *) data)->name);

  for (guint i = 1; limn_prediction_choice (i) != NULL; i++) {
    LimnScheduleConfig config = {
      .steps_offset = 1, .beta_start = 0.00085, .beta_end = 0.012, .train_steps = TRAIN_STEPS
    };
    LimnPrediction prediction;

    g_assert_true (limn_prediction_find (limn_prediction_choice (i)->name, &prediction));
    limn_schedule_config_predict (&config, prediction);
    for (guint s = 0; limn_schedule_choice (s) != NULL; s++)
      for (guint count = 0; count < G_N_ELEMENTS (counts); count++)
        run_through (sampler, &config, limn_schedule_choice (s)->name, counts[count], s % 2 == 0 ? 0 : 5);
  }
}

int
main (int argc, char **argv)
{
  const LimnChoice *choice;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/samplers/dpm-fast/noise", test_fast);
  for (guint i = 0; (choice = limn_sampler_choice (i)) != NULL; i++) {
    g_autofree char *path = g_strdup_printf ("/samplers/%s", choice->name);

    g_test_add_data_func (path, choice,
                          limn_sampler_find (choice->name)->contrasts ? test_contrasting
                          : g_str_equal (choice->name, "tcd")         ? test_tcd
                                                                      : test_sampler);
    g_autofree char *everywhere = g_strdup_printf ("/samplers/everywhere/%s", choice->name);
    g_test_add_data_func (everywhere, choice, test_everywhere);
  }
  return g_test_run ();
}
