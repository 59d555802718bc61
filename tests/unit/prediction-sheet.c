/* prediction-sheet.c - every sampler over every schedule for every prediction, as pictures to look at: a sheet for each
 * prediction and number of steps, a row a sampler, a column a schedule.
 *
 * The network is the best one that there can be of four small pictures: it points to their mean, weighed by how near
 * each is to what it is asked about, and says so in the terms of the prediction.  So each cell should be one of the
 * four, clean; what a sampler and a schedule do wrong together is seen as noise, blur or another brightness.
 *
 * prediction-sheet FOLDER writes PREDICTION-STEPS.png; no test: what is on it a person judges.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "engine/denoise.h"
#include "engine/limn.h"

#define SIDE 16
#define VALUES (SIDE * SIDE)
#define PICTURES 4
#define GAP 2
#define TRAIN_STEPS 1000
#define MOST_ASKED 256

typedef struct {
  LimnPrediction prediction;
  double sigmas[MOST_ASKED]; /* of each evaluation */
  gboolean guided;
} Network;

static void
draw_picture (int which, float *out)
{
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++) {
      double right = x - SIDE / 2.0 + 0.5, down = y - SIDE / 2.0 + 0.5, away = hypot (right, down);
      const gboolean inside[PICTURES] = { away < 5, fabs (right) < 5 && fabs (down) < 5,
                                          fabs (fabs (right) - fabs (down)) < 2, away > 3 && away < 6 };

      out[y * SIDE + x] = inside[which] ? 1 : -1;
    }
}

/* Where the best network of the four points to. */
static void
point (const double *x, double sigma, double *out)
{
  double nearest = INFINITY, sum = 0, distance[PICTURES] = { 0 };
  float pictures[PICTURES][VALUES];

  for (int k = 0; k < PICTURES; k++) {
    draw_picture (k, pictures[k]);
    for (int i = 0; i < VALUES; i++)
      distance[k] += (x[i] - pictures[k][i]) * (x[i] - pictures[k][i]) / (2 * sigma * sigma);
    nearest = MIN (nearest, distance[k]);
  }
  memset (out, 0, VALUES * sizeof (double));
  for (int k = 0; k < PICTURES; k++)
    sum += exp (nearest - distance[k]);
  for (int k = 0; k < PICTURES; k++)
    for (int i = 0; i < VALUES; i++)
      out[i] += exp (nearest - distance[k]) / sum * pictures[k][i];
}

static gboolean
predict_cb (gpointer data, int evaluation, const float *sample, float *out, const LimnTick *tick, GError **error)
{
  const Network *network = data;
  const double sigma = network->sigmas[evaluation];
  const LimnScaling scaling = limn_prediction_scaling (network->prediction, sigma);
  double x[VALUES], pointed[VALUES];

  for (int i = 0; i < VALUES; i++)
    x[i] = sample[i] / scaling.in;
  point (x, sigma, pointed);
  for (int i = 0; i < VALUES; i++)
    out[i] = (float) ((pointed[i] - scaling.skip * x[i]) / scaling.out);
  if (network->guided)
    memcpy (out + VALUES, out, VALUES * sizeof (float));
  return TRUE;
}

static void
noise_cb (gpointer data, int step, int draw, float *out)
{
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) (1000 * step + draw + 1));

  for (int i = 0; i < VALUES; i++)
    out[i] = (float) (sqrt (-2 * log (1 - g_rand_double (random))) * cos (2 * G_PI * g_rand_double (random)));
}

static void
list_sigmas (const LimnSampler *sampler, const LimnSchedule *schedule, const LimnFields *fields, Network *network)
{
  int asked = 0;

  for (int step = 0; step < schedule->steps; step++) {
    const LimnStep planned = limn_step_at (sampler, schedule, step, fields);
    const int evaluations = limn_sampler_evaluations (sampler, &planned);

    for (int i = 0; i < evaluations && asked < MOST_ASKED; i++)
      network->sigmas[asked++] = i == 0 ? planned.sigma : sampler->level (&planned, i);
  }
}

static void
paint (const LimnSampler *sampler, const LimnScheduleConfig *config, const char *name, int steps, float *x)
{
  g_autoptr (LimnSchedule) schedule =
      sampler->discards ? limn_schedule_new_discarding (config, name, steps) : limn_schedule_new (config, name, steps);
  g_autoptr (LimnHistory) history = limn_history_new ((guint) sampler->choice.history, VALUES);
  g_autoptr (GError) error = NULL;
  LimnFields fields;
  Network network = { config->prediction, .guided = sampler->contrasts };
  LimnDenoisePicture picture = { .latents = x, .history = history };
  LimnDenoise loop = { .sampler = sampler,
                       .schedule = schedule,
                       .last = schedule->steps,
                       .pictures = &picture,
                       .n_pictures = 1,
                       .values = VALUES,
                       .planes = 1,
                       .fields = &fields,
                       .guided = network.guided,
                       .prediction = config->prediction,
                       .predict = predict_cb,
                       .noise = noise_cb,
                       .data = &network };

  limn_fields_init (&fields);
  fields.guidance = 1;
  if (sampler->arrange != NULL)
    sampler->arrange (schedule, &fields);
  list_sigmas (sampler, schedule, &fields, &network);
  noise_cb (NULL, -1, 7, x);
  for (int i = 0; i < VALUES; i++)
    x[i] *= (float) schedule->initial_scale;
  if (!limn_denoise (&loop, NULL, &error))
    g_printerr ("%s, %s, %d steps: %s\n", sampler->choice.name, name, steps, error->message);
}

static guint
count (LimnChoiceTable table)
{
  guint n = 0;

  while (table (n) != NULL)
    n++;
  return n;
}

static void
put (LimnImage *sheet, guint row, guint column, const float *x)
{
  for (int y = 0; y < SIDE; y++)
    for (int i = 0; i < SIDE; i++) {
      gsize at = ((gsize) row * (SIDE + GAP) + (gsize) y) * (gsize) sheet->width + column * (SIDE + GAP) + (gsize) i;

      memset (sheet->rgb + 3 * at, (int) CLAMP (128 + 80 * x[y * SIDE + i], 0, 255), 3);
    }
}

/* FALSE: it could not be written. */
static gboolean
make_sheet (const char *folder, const LimnChoice *choice, int steps)
{
  const guint rows = count (limn_sampler_choice), columns = count (limn_schedule_choice);
  LimnImage *sheet = limn_image_new ((int) columns * (SIDE + GAP), (int) rows * (SIDE + GAP));
  g_autofree char *name = g_strdup_printf ("%s-%d.png", choice->name, steps);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  LimnScheduleConfig config = {
    .steps_offset = 1, .beta_start = 0.00085, .beta_end = 0.012, .train_steps = TRAIN_STEPS
  };
  LimnPrediction prediction;

  limn_prediction_find (choice->name, &prediction);
  limn_schedule_config_predict (&config, prediction);
  memset (sheet->rgb, 0, (gsize) sheet->width * (gsize) sheet->height * 3);
  for (guint row = 0; row < rows; row++)
    for (guint column = 0; column < columns; column++) {
      float x[VALUES];

      paint (limn_sampler_find (limn_sampler_choice (row)->name), &config, limn_schedule_choice (column)->name, steps,
             x);
      put (sheet, row, column, x);
    }
  if (!limn_image_save_png (sheet, path, NULL, &error))
    g_printerr ("%s\n", error->message);
  limn_image_free (sheet);
  return error == NULL;
}

int
main (int argc, char **argv)
{
  static const int counts[] = { 4, 8, 20 };
  int status = 0;

  if (argc != 2) {
    g_printerr ("prediction-sheet FOLDER\n");
    return 2;
  }
  for (guint i = 1; limn_prediction_choice (i) != NULL; i++)
    for (guint k = 0; k < G_N_ELEMENTS (counts); k++)
      if (!make_sheet (argv[1], limn_prediction_choice (i), counts[k]))
        status = 1;
  for (guint row = 0; row < count (limn_sampler_choice); row++)
    g_print ("row %u: %s\n", row, limn_sampler_choice (row)->name);
  for (guint column = 0; column < count (limn_schedule_choice); column++)
    g_print ("column %u: %s\n", column, limn_schedule_choice (column)->name);
  return status;
}
