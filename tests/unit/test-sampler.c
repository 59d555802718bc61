/* test-sampler.c - the step functions and the loop over them: guidance, hand-off, order of calls, what is not finite.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/sampler.h"

#include "base/error.h"
#include "engine/denoise.h"
#include "engine/guidance.h"
#include "engine/limn.h"

#include <math.h>
#include <string.h>

#define VALUES 24

static const LimnScheduleConfig sdxl = {
  .steps_offset = 1, .beta_start = 0.00085, .beta_end = 0.012, .train_steps = 1000
};

static void
fill (float *values, gsize n, guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  for (gsize i = 0; i < n; i++)
    values[i] = (float) g_rand_double_range (random, -2, 2);
}

static void
assert_near (const float *a, const float *b, gsize n, double tolerance)
{
  for (gsize i = 0; i < n; i++)
    if (!(fabs ((double) a[i] - b[i]) <= tolerance))
      g_error ("value %zu is %.9g, expected %.9g", (size_t) i, (double) a[i], (double) b[i]);
}

/* A prediction that is exactly the noise leads to the picture in any number of steps. */
static void
test_exact_noise (void)
{
  float picture[VALUES], noise[VALUES], x[VALUES], denoised[VALUES];

  fill (picture, VALUES, 1);
  fill (noise, VALUES, 2);
  for (int steps = 1; steps <= 40; steps += 13) {
    g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, "trailing", steps);

    memcpy (x, picture, sizeof x);
    limn_sampler_add_noise (schedule->sigmas[0], noise, x, VALUES);
    for (int i = 0; i < steps; i++) {
      limn_sampler_denoised (LIMN_PREDICTS_NOISE, schedule->sigmas[i], x, noise, denoised, VALUES);
      assert_near (denoised, picture, VALUES, 1e-5);
      limn_sampler_line (schedule->sigmas[i], schedule->sigmas[i + 1], x, denoised, x, VALUES);
    }
    assert_near (x, picture, VALUES, 1e-5);
  }
}

/* Velocity and noise name the same point: v = (n - sigma x0) / sqrt (sigma^2 + 1). */
static void
test_velocity (void)
{
  float picture[VALUES], noise[VALUES], x[VALUES], velocity[VALUES], denoised[VALUES];

  fill (picture, VALUES, 3);
  fill (noise, VALUES, 4);
  for (double sigma = 0.03; sigma < 20; sigma *= 3) {
    memcpy (x, picture, sizeof x);
    limn_sampler_add_noise (sigma, noise, x, VALUES);
    for (int i = 0; i < VALUES; i++)
      velocity[i] = (float) ((noise[i] - sigma * picture[i]) / sqrt (sigma * sigma + 1));
    limn_sampler_denoised (LIMN_PREDICTS_VELOCITY, sigma, x, velocity, denoised, VALUES);
    assert_near (denoised, picture, VALUES, 2e-5);
  }
}

/* Asked for what each row would have it say of a picture and noise, all point to the picture. */
static void
test_predictions (void)
{
  float picture[VALUES], noise[VALUES], x[VALUES], said[VALUES], denoised[VALUES];

  fill (picture, VALUES, 11);
  fill (noise, VALUES, 12);
  for (guint i = 1; limn_prediction_choice (i) != NULL; i++) {
    LimnPrediction kind;

    g_assert_true (limn_prediction_find (limn_prediction_choice (i)->name, &kind));
    for (double sigma = 0.03; sigma < 200; sigma *= 3) {
      double data = limn_prediction_row (kind)->data, wide = hypot (sigma, data);

      for (int v = 0; v < VALUES; v++) {
        double n = noise[v], p = picture[v];

        x[v] = (float) (p + sigma * n);
        said[v] = (float) (kind == LIMN_PREDICTS_NOISE     ? n
                           : kind == LIMN_PREDICTS_PICTURE ? p
                           : kind == LIMN_PREDICTS_FLOW    ? n - p
                           : kind == LIMN_PREDICTS_EDM     ? (sigma * p - data * data * n) / (data * wide)
                                                           : (n - sigma * p) / wide);
      }
      limn_sampler_denoised (kind, sigma, x, said, denoised, VALUES);
      assert_near (denoised, picture, VALUES, 2e-4);
    }
  }
}

static void
test_finite (void)
{
  float values[VALUES];

  fill (values, VALUES, 7);
  g_assert_true (limn_all_finite (values, VALUES));
  for (int i = 0; i < VALUES; i++) {
    float kept = values[i];
    values[i] = i % 2 == 0 ? NAN : -INFINITY;
    g_assert_false (limn_all_finite (values, VALUES));
    values[i] = kept;
  }
}

/* ---- The loop, with a network of the test's own ---- */

typedef struct {
  LimnFields fields;
  int first, calls, rows, values, steps_seen, cancel_after, nan_at;
  double last_fraction;
  LimnDenoisePicture pictures[2];
  float seen[2 * 2 * 64];
} Fake;

/* Differs by row, so that a mix-up of pictures or of halves shows. */
static gboolean
predict_cb (gpointer data, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  Fake *fake = data;
  int step = fake->first + evaluation;

  if (!limn_tick (tick, 0.5, error))
    return FALSE;
  memcpy (fake->seen, sample, sizeof (float) * fake->rows * fake->values);
  for (int row = 0; row < fake->rows; row++)
    for (int i = 0; i < fake->values; i++)
      out[row * fake->values + i] = (float) tanh (sample[row * fake->values + i]) + 0.1f * row + 0.01f * step;
  if (step == fake->nan_at)
    out[fake->rows * fake->values - 1] = NAN;
  fake->calls++;
  return TRUE;
}

static void
stepped_cb (gpointer data, int step, const float *latents, const LimnPast *did)
{
  Fake *fake = data;

  fake->steps_seen++;
}

static gboolean
tick_cb (double fraction, gpointer data)
{
  Fake *fake = data;

  g_assert_true (fraction >= fake->last_fraction && fraction <= 1);
  fake->last_fraction = fraction;
  return fake->cancel_after < 0 || fake->calls < fake->cancel_after;
}

static LimnDenoise
loop_of (const LimnSchedule *schedule, Fake *fake, float *latents, int pictures, double guidance)
{
  *fake = (Fake){ .rows = pictures * (guidance > 1 ? 2 : 1), .values = VALUES, .cancel_after = -1, .nan_at = -1 };
  limn_fields_init (&fake->fields);
  fake->fields.guidance = guidance;
  for (int i = 0; i < pictures; i++)
    fake->pictures[i] = (LimnDenoisePicture){ .latents = latents + i * VALUES, .data = fake };
  return (LimnDenoise){
    .sampler = limn_sampler_find (NULL),
    .schedule = schedule,
    .last = schedule->steps,
    .pictures = fake->pictures,
    .n_pictures = pictures,
    .values = VALUES,
    .planes = 4,
    .fields = &fake->fields,
    .guided = guidance > 1,
    .predict = predict_cb,
    .stepped = stepped_cb,
    .data = fake,
  };
}

static void
test_loop_halves (void)
{
  g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, "leading", 1);
  g_autoptr (GError) error = NULL;
  float start[2 * VALUES], x[2 * VALUES], scaled[2 * VALUES];
  Fake fake;
  LimnDenoise loop = loop_of (schedule, &fake, x, 2, 3);
  double sigma = schedule->sigmas[0];

  fill (start, 2 * VALUES, 8);
  memcpy (x, start, sizeof x);
  limn_sampler_scale (LIMN_PREDICTS_NOISE, sigma, start, scaled, 2 * VALUES);
  g_assert_true (limn_denoise (&loop, NULL, &error));
  g_assert_cmpint (fake.calls, ==, 1);
  /* The batch is [negatives; positives], both of the same latents. */
  assert_near (fake.seen, scaled, 2 * VALUES, 0);
  assert_near (fake.seen + 2 * VALUES, scaled, 2 * VALUES, 0);
  for (int i = 0; i < 2 * VALUES; i++) {
    double negative = tanh (scaled[i]) + 0.1 * (i / VALUES), positive = negative + 0.2;
    start[i] = (float) (start[i] - sigma * (negative + 3 * (positive - negative)));
  }
  assert_near (x, start, 2 * VALUES, 1e-5);
}

/* What is asked for once more comes last: the rows' answers lie 0.1 apart, in the noise that they see. */
static void
test_loop_perturbed (void)
{
  g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, "leading", 1);
  float start[VALUES], x[VALUES], scaled[VALUES];
  double sigma = schedule->sigmas[0];

  fill (start, VALUES, 8);
  limn_sampler_scale (LIMN_PREDICTS_NOISE, sigma, start, scaled, VALUES);
  for (int guided = 0; guided < 2; guided++) {
    double expected = guided ? 3 * 0.1 - 2 * 0.1 : -2 * 0.1;
    Fake fake;
    LimnDenoise loop = loop_of (schedule, &fake, x, 1, guided ? 3 : 1);

    loop.perturbed = TRUE;
    fake.fields.perturbation = 2;
    fake.rows++;
    memcpy (x, start, sizeof x);
    g_assert_true (limn_denoise (&loop, NULL, NULL));
    for (int row = 0; row < fake.rows; row++)
      assert_near (fake.seen + row * VALUES, scaled, VALUES, 0);
    for (int i = 0; i < VALUES; i++)
      g_assert_cmpfloat_with_epsilon (x[i], start[i] - sigma * (tanh (scaled[i]) + expected), 1e-5 * sigma);
  }
}

/* Looks at the left half of the first picture and at nothing of the second. */
static float *
looked_cb (gpointer data, int *height, int *width)
{
  *height = 1;
  *width = 2;
  return g_memdup2 ((const float[]){ 1.5f, 0.5f, 1, 1 }, 4 * sizeof (float));
}

/* What is asked again is each picture's own, blurred where it is looked at, with the noise that there was; its answer
 * leads away from there. */
static void
test_loop_watched (void)
{
  enum { SIDE = 8, ALL = SIDE * SIDE };
  g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, "leading", 1);
  const double sigma = schedule->sigmas[0];
  float x[2 * ALL], start[2 * ALL], scaled[2 * ALL], blurred[2 * ALL];

  fill (start, 2 * ALL, 8);
  limn_sampler_scale (LIMN_PREDICTS_NOISE, sigma, start, scaled, 2 * ALL);
  for (double guidance = 1; guidance < 8; guidance += 3) {
    Fake fake;
    LimnDenoise loop = loop_of (schedule, &fake, x, 2, 2);

    fake.values = ALL;
    fake.pictures[1].latents = x + ALL;
    fake.fields.guidance = guidance;
    fake.fields.sag = 0.75;
    fake.fields.sag_blur = 1.5;
    loop.values = ALL;
    loop.planes = 1;
    loop.watched = TRUE;
    loop.width = SIDE;
    loop.looked = looked_cb;
    memcpy (x, start, sizeof x);
    g_assert_true (limn_denoise (&loop, NULL, NULL));
    g_assert_cmpint (fake.calls, ==, 2);
    for (int picture = 0; picture < 2; picture++) {
      float negative[ALL];

      for (int i = 0; i < ALL; i++)
        negative[i] = (float) (start[picture * ALL + i] - sigma * (tanh (scaled[picture * ALL + i]) + 0.1 * picture));
      limn_guidance_blur (1.5, picture == 0 ? (const float[]){ 2, 0 } : (const float[]){ 0, 0 }, 1, 2, negative, SIDE,
                          SIDE, 1, blurred + picture * ALL);
      for (int i = 0; i < ALL; i++) {
        const int at = picture * ALL + i;
        double noisy = (double) blurred[at] + start[at] - negative[i], c_in = 1 / hypot (sigma, 1);
        double positive = start[at] - sigma * (tanh (scaled[at]) + 0.1 * (picture + 2));
        double again = noisy - sigma * (tanh (noisy * c_in) + 0.1 * picture);
        double guided = negative[i] + guidance * (positive - negative[i]);

        g_assert_cmpfloat_with_epsilon (fake.seen[at], noisy * c_in, 1e-5);
        g_assert_cmpfloat_with_epsilon (fake.seen[2 * ALL + at], noisy * c_in, 1e-5);
        g_assert_cmpfloat_with_epsilon (x[at], guided + 0.75 * (blurred[at] - again), 1e-5 * sigma * guidance);
      }
    }
  }
}

/* Two runs that share a schedule are the one run, whatever the cut. */
static void
test_loop_handoff (void)
{
  g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, "leading", 9);
  float start[VALUES], whole[VALUES], parts[VALUES];
  Fake fake;

  fill (start, VALUES, 9);
  LimnDenoise loop = loop_of (schedule, &fake, whole, 1, 5);
  memcpy (whole, start, sizeof whole);
  g_assert_true (limn_denoise (&loop, NULL, NULL));
  g_assert_cmpint (fake.steps_seen, ==, 9);
  for (int cut = 0; cut <= 9; cut++) {
    memcpy (parts, start, sizeof parts);
    fake.pictures[0].latents = parts;
    loop.first = fake.first = 0;
    loop.last = cut;
    g_assert_true (limn_denoise (&loop, NULL, NULL));
    loop.first = fake.first = cut;
    loop.last = 9;
    g_assert_true (limn_denoise (&loop, NULL, NULL));
    assert_near (parts, whole, VALUES, 0);
  }
}

/* ---- Pictures beside each other ---- */

typedef struct _Company Company;

typedef struct {
  Company *company;
  int number; /* of all pictures that there are */
} Member;

struct _Company {
  LimnDenoisePicture pictures[3];
  Member members[3];
  int n, leaves; /* pictures; the number of the one that leaves after two steps, -1: nobody does */
  int asked;     /* how many pictures the network was asked about */
};

static gboolean
company_predict_cb (gpointer data, int evaluation, const float *sample, float *out, const LimnTick *tick,
                    GError **error)
{
  Company *company = data;
  int n = 0;

  for (int i = 0; i < company->n; i++)
    n += !company->pictures[i].left;
  for (int at = 0; at < 2 * n * VALUES; at++)
    out[at] = (float) (tanh (sample[at]) + (at / (n * VALUES)) * 0.1 + 0.01 * evaluation);
  company->asked += n;
  return TRUE;
}

static void
company_draw_cb (gpointer data, int step, int draw, float *out)
{
  const Member *member = data;

  fill (out, VALUES, (guint) (100 * member->number + 10 * step + draw));
}

static void
company_stepped_cb (gpointer data, int step, const float *latents, const LimnPast *did)
{
  const Member *member = data;
  Company *company = member->company;

  if (step == 1 && member->number == company->leaves)
    company->pictures[member - company->members].left = TRUE;
}

/* The pictures first ... */
static void
run_company (const LimnSampler *sampler, Company *company, float latents[3][VALUES], int first)
{
  g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, "karras", 7);
  LimnHistory *histories[3];
  LimnFields fields;
  const LimnDenoise loop = {
    .sampler = sampler,
    .schedule = schedule,
    .last = schedule->steps,
    .pictures = company->pictures,
    .n_pictures = company->n,
    .values = VALUES,
    .planes = 4,
    .fields = &fields,
    .guided = TRUE,
    .predict = company_predict_cb,
    .noise = company_draw_cb,
    .stepped = company_stepped_cb,
    .data = company,
  };

  limn_fields_init (&fields);
  fields.guidance = 4;
  if (sampler->arrange != NULL)
    sampler->arrange (schedule, &fields);
  for (int i = 0; i < company->n; i++) {
    fill (latents[i], VALUES, (guint) (50 + first + i));
    histories[i] = limn_history_new ((guint) sampler->choice.history, VALUES);
    company->members[i] = (Member){ company, first + i };
    company->pictures[i] = (LimnDenoisePicture){ latents[i], .history = histories[i], .data = &company->members[i] };
  }
  g_assert_true (limn_denoise (&loop, NULL, NULL));
  for (int i = 0; i < company->n; i++)
    limn_history_free (histories[i]);
}

/* Each becomes what it is alone, whoever leaves; about who has left nobody is asked any more. */
static void
test_loop_company (void)
{
  for (guint at = 0; limn_sampler_choice (at) != NULL; at++) {
    const LimnSampler *sampler = limn_sampler_find (limn_sampler_choice (at)->name);

    for (int leaves = -1; leaves < 3; leaves++) {
      float together[3][VALUES], alone[3][VALUES];
      Company company = { .n = 3, .leaves = leaves }, single = { .n = 1, .leaves = -1 };

      run_company (sampler, &company, together, 0);
      for (int i = 0; i < 3; i++) {
        run_company (sampler, &single, alone, i);
        if (i != leaves)
          g_assert_cmpmem (together[i], sizeof together[i], alone[0], sizeof alone[0]);
      }
      if (leaves < 0)
        g_assert_cmpint (company.asked, ==, single.asked);
      else
        g_assert_cmpint (company.asked, <, single.asked);
    }
  }
}

static void
test_loop_cancel (void)
{
  g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, "leading", 6);
  g_autoptr (GError) error = NULL;
  float x[VALUES] = { 0 };
  Fake fake;
  LimnDenoise loop = loop_of (schedule, &fake, x, 1, 1);
  LimnTick tick = { tick_cb, &fake };

  fake.cancel_after = 3;
  g_assert_false (limn_denoise (&loop, &tick, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_assert_cmpint (fake.calls, ==, 3);
  g_assert_cmpint (fake.steps_seen, ==, 3);
}

static void
test_loop_nan (void)
{
  g_autoptr (LimnSchedule) schedule = limn_schedule_new (&sdxl, "leading", 6);
  g_autoptr (GError) error = NULL;
  float x[VALUES] = { 0 };
  Fake fake;
  LimnDenoise loop = loop_of (schedule, &fake, x, 1, 4);

  fake.nan_at = 2;
  g_assert_false (limn_denoise (&loop, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_NUMERIC);
  g_assert_nonnull (strstr (error->message, "3 of 6"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sampler/exact-noise", test_exact_noise);
  g_test_add_func ("/sampler/velocity", test_velocity);
  g_test_add_func ("/sampler/predictions", test_predictions);
  g_test_add_func ("/sampler/finite", test_finite);
  g_test_add_func ("/denoise/halves", test_loop_halves);
  g_test_add_func ("/denoise/perturbed", test_loop_perturbed);
  g_test_add_func ("/denoise/watched", test_loop_watched);
  g_test_add_func ("/denoise/handoff", test_loop_handoff);
  g_test_add_func ("/denoise/company", test_loop_company);
  g_test_add_func ("/denoise/cancel", test_loop_cancel);
  g_test_add_func ("/denoise/nan", test_loop_nan);
  return g_test_run ();
}
