/* schedule.c - see schedule.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/schedule.h"

#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "engine/limn.h"
#include "engine/sigmas.h"

#define KARRAS_RHO 7.0

/* Rescaled to zero terminal SNR (Lin et al. 2023, algorithm 1): the square roots are moved so that the last is none and
 * stretched so that the first stays; what the last then is has to be more than nothing. */
static void
rescale (double *abar, int n, double last_abar)
{
  double first = sqrt (abar[0]), last = sqrt (abar[n - 1]);

  for (int i = 0; i < n; i++) {
    double root = (sqrt (abar[i]) - last) * first / (first - last);
    abar[i] = root * root;
  }
  abar[n - 1] = last_abar;
}

void
limn_schedule_alphas (const LimnScheduleConfig *config, double *abar)
{
  double first = sqrt (config->beta_start), last = sqrt (config->beta_end);
  double product = 1;

  for (int i = 0; i < config->train_steps; i++) {
    double root = config->train_steps > 1 ? first + (last - first) * i / (config->train_steps - 1) : first;
    product *= 1 - root * root;
    abar[i] = product;
  }
  if (config->last_abar > 0)
    rescale (abar, config->train_steps, config->last_abar);
}

#define MOST_OF_FLOW 0.9999 /* at 1 nothing would be left of the picture, and sigma would have no end */

/* The noise levels of training. */
static void
train (const LimnScheduleConfig *config, double *sigmas)
{
  const LimnPredictionRow *row = limn_prediction_row (config->prediction);
  int n = config->train_steps;

  if (row->levels == LIMN_LEVELS_OF_BETAS) {
    limn_schedule_alphas (config, sigmas);
    for (int i = 0; i < n; i++)
      sigmas[i] = sqrt ((1 - sigmas[i]) / sigmas[i]);
  } else if (row->levels == LIMN_LEVELS_EVEN) {
    for (int i = 0; i < n; i++)
      sigmas[i] = config->least * pow (config->most / config->least, (double) i / (n - 1));
  } else {
    for (int i = 0; i < n; i++) {
      double even = (i + 1.0) / n, time = row->shift * even / (1 + (row->shift - 1) * even);
      time = MIN (time, MOST_OF_FLOW);
      sigmas[i] = time / (1 - time);
    }
  }
}

static double
leading_timestep (const LimnScheduleConfig *config, int steps, int i)
{
  int stride = config->train_steps / steps;

  return (double) (steps - 1 - i) * stride + config->steps_offset;
}

static double
trailing_timestep (const LimnScheduleConfig *config, int steps, int i)
{
  double stride = (double) config->train_steps / steps;

  return rint (config->train_steps - i * stride) - 1;
}

/* By the logarithm of its sigma, between two of training's. */
static double
trained_timestep (const LimnSchedule *schedule, double sigma)
{
  const double *sigmas = schedule->trained;
  int low = 0;

  while (low < schedule->train_steps - 2 && sigmas[low + 1] <= sigma)
    low++;
  double share = CLAMP (log (sigma / sigmas[low]) / log (sigmas[low + 1] / sigmas[low]), 0, 1);
  return low + (schedule->whole ? rint (share) : share);
}

/* What the network is told of sigma. */
static double
told_timestep (const LimnSchedule *schedule, double sigma)
{
  if (schedule->levels == LIMN_LEVELS_EVEN)
    return log (sigma) / 4;
  if (schedule->levels == LIMN_LEVELS_FLOW)
    return schedule->train_steps * sigma / (1 + sigma);
  return trained_timestep (schedule, sigma);
}

/* And back. */
static double
trained_sigma (const LimnSchedule *schedule, double timestep)
{
  int low = MIN ((int) timestep, schedule->train_steps - 2);
  double share = timestep - low;

  return exp ((1 - share) * log (schedule->trained[low]) + share * log (schedule->trained[low + 1]));
}

/* ---- The table ---- */

typedef struct {
  LimnChoice choice;
  /* Fills timesteps and sigmas but for the last sigma, and initial_scale ... */
  void (*space) (LimnSchedule *schedule, const LimnScheduleConfig *config);
  /* ... or says the sigma of each step, from the highest level of training down. */
  double (*level) (const LimnSchedule *schedule, int step);
} Spacing;

static void
place (LimnSchedule *schedule, int step, double timestep)
{
  /* With as many steps as training had, the offset points one past the table. */
  int row = CLAMP ((int) timestep, 0, schedule->train_steps - 1);

  schedule->timesteps[step] = timestep;
  schedule->sigmas[step] = schedule->trained[row];
}

static void
space_leading (LimnSchedule *schedule, const LimnScheduleConfig *config)
{
  for (int i = 0; i < schedule->steps; i++)
    place (schedule, i, leading_timestep (config, schedule->steps, i));
  /* It starts below the highest noise level, so that the latents' own variance counts beside it. */
  schedule->initial_scale = sqrt (schedule->sigmas[0] * schedule->sigmas[0] + 1);
}

static void
space_trailing (LimnSchedule *schedule, const LimnScheduleConfig *config)
{
  for (int i = 0; i < schedule->steps; i++)
    place (schedule, i, trailing_timestep (config, schedule->steps, i));
  schedule->initial_scale = schedule->sigmas[0];
}

/* 0 in the first step, 1 in the last. */
static double
ramp (const LimnSchedule *schedule, int step)
{
  return schedule->steps > 1 ? (double) step / (schedule->steps - 1) : 0;
}

/* diffusers' "linspace": even timesteps from the last of training to its first, sigmas in lines between its levels. */
static void
space_linspace (LimnSchedule *schedule, const LimnScheduleConfig *config)
{
  for (int i = 0; i < schedule->steps; i++) {
    double timestep = (1 - ramp (schedule, i)) * (schedule->train_steps - 1), share;
    int low = MIN ((int) timestep, schedule->train_steps - 2);

    share = timestep - low;
    schedule->timesteps[i] = timestep;
    schedule->sigmas[i] = (1 - share) * schedule->trained[low] + share * schedule->trained[low + 1];
  }
  schedule->initial_scale = schedule->sigmas[0];
}

static const Spacing *find_spacing (const char *name);
static void space_by_level (LimnSchedule *schedule, const Spacing *spacing);

static void
space_model (LimnSchedule *schedule, const LimnScheduleConfig *config)
{
  const Spacing *own = find_spacing (config->spacing != NULL ? config->spacing : "leading");

  if (own->level != NULL)
    space_by_level (schedule, own);
  else
    own->space (schedule, config);
}

static double
highest (const LimnSchedule *schedule)
{
  return schedule->trained[schedule->train_steps - 1];
}

/* What formulas between two levels are over: sigma; but of flow matching its time, which there is what the programs
 * that such models come from call sigma. */
static double
scale_of (const LimnSchedule *schedule, double sigma)
{
  return schedule->levels == LIMN_LEVELS_FLOW ? sigma / (1 + sigma) : sigma;
}

/* And back. */
static double
sigma_of (const LimnSchedule *schedule, double scale)
{
  return schedule->levels == LIMN_LEVELS_FLOW ? scale / (1 - scale) : scale;
}

/* The ends of that scale. */
static double
most (const LimnSchedule *schedule)
{
  return scale_of (schedule, highest (schedule));
}

static double
least (const LimnSchedule *schedule)
{
  return scale_of (schedule, schedule->trained[0]);
}

double
limn_schedule_karras (double first, double last, double share)
{
  first = pow (first, 1 / KARRAS_RHO);
  last = pow (last, 1 / KARRAS_RHO);
  return pow (first + share * (last - first), KARRAS_RHO);
}

/* Between the first and the last of the model's own steps: diffusers'. */
static void
space_karras (LimnSchedule *schedule, const LimnScheduleConfig *config)
{
  space_model (schedule, config);

  double first = scale_of (schedule, schedule->sigmas[0]);
  double last = scale_of (schedule, schedule->sigmas[schedule->steps - 1]);

  for (int i = 0; i < schedule->steps; i++) {
    schedule->sigmas[i] = sigma_of (schedule, limn_schedule_karras (first, last, ramp (schedule, i)));
    schedule->timesteps[i] = trained_timestep (schedule, schedule->sigmas[i]);
  }
}

/* Between all levels of training: k-diffusion's, and that of the programs on it. */
static double
level_karras (const LimnSchedule *schedule, int step)
{
  return sigma_of (schedule, limn_schedule_karras (most (schedule), least (schedule), ramp (schedule, step)));
}

/* Where so much of the timesteps' range is gone.  Of flow matching, as ComfyUI has it, that range ends at the least
 * level, which is then shifted as a timestep would be. */
static double
level_at (const LimnSchedule *schedule, double gone)
{
  const int last = schedule->train_steps - 1;
  double even = 1 - gone * (1 - least (schedule));

  if (schedule->levels != LIMN_LEVELS_FLOW)
    return trained_sigma (schedule, (1 - gone) * last);
  return MIN (highest (schedule), schedule->trained[0] * last * even / (1 - even));
}

/* Timesteps at even distances, the least one the last. */
static double
level_normal (const LimnSchedule *schedule, int step)
{
  return level_at (schedule, ramp (schedule, step));
}

/* The same over one step more, whose last is left out: Stability AI's generative-models. */
static double
level_sgm_uniform (const LimnSchedule *schedule, int step)
{
  return level_at (schedule, (double) step / schedule->steps);
}

/* Every so many of training's. */
static double
level_simple (const LimnSchedule *schedule, int step)
{
  int skipped = (int) (step * ((double) schedule->train_steps / schedule->steps));

  return schedule->trained[schedule->train_steps - 1 - skipped];
}

static double
level_exponential (const LimnSchedule *schedule, int step)
{
  return sigma_of (schedule, most (schedule) * pow (least (schedule) / most (schedule), ramp (schedule, step)));
}

/* Sabour et al. 2024 ("Align Your Steps"), theorem 3.1. */
static double
level_kl_optimal (const LimnSchedule *schedule, int step)
{
  double share = ramp (schedule, step);

  return sigma_of (schedule, tan (share * atan (least (schedule)) + (1 - share) * atan (most (schedule))));
}

/* Polyak et al. 2024 ("Movie Gen"), section 3.4.2: in a line for half of the steps, and down a parabola from there. */
static double
level_linear_quadratic (const LimnSchedule *schedule, int step)
{
  const double end_of_line = 0.025; /* the share of the highest level that the line takes */
  const int steps = schedule->steps, line = steps / 2, rest = steps - line;
  double missing = line - end_of_line * steps, bend, slope, gone;

  if (step < line || steps == 1)
    return sigma_of (schedule, most (schedule) * (1 - end_of_line * step / MAX (line, 1)));
  bend = missing / ((double) line * rest * rest);
  slope = end_of_line / line - 2 * missing / ((double) rest * rest);
  gone = bend * step * step + slope * step + bend * line * line;
  return sigma_of (schedule, most (schedule) * (1 - gone));
}

/* DDIM's of CompVis' latent diffusion, as ComfyUI and the web UI have it: every so many of training's from its second
 * on.  They divide training's steps by those asked for, which may come to some more: this has as many as are asked for,
 * at the distance with which they would have come to that number. */
static double
level_ddim_uniform (const LimnSchedule *schedule, int step)
{
  const int train = schedule->train_steps, steps = schedule->steps;
  int distance = train / steps;

  if ((train - 2) / distance + 1 != steps && steps > 1)
    distance = train / (steps - 1);
  if ((train - 2) / distance + 1 != steps && steps > 1)
    distance = MAX ((train - 2) / (steps - 1), 1);
  return schedule->trained[MIN (1 + (steps - 1 - step) * distance, train - 1)];
}

/* At a share of the way through levels, in lines between their logarithms. */
static double
between (const double *levels, int n, double share)
{
  double at = share * (n - 1);
  int low = MIN ((int) at, n - 2);

  return exp ((1 - (at - low)) * log (levels[low]) + (at - low) * log (levels[low + 1]));
}

/* Sabour et al. 2024 ("Align Your Steps"), SDXL's ten steps; other numbers of them the last one left out. */
static double
level_ays (const LimnSchedule *schedule, int step)
{
  static const double levels[] = { 14.6146412293, 6.3184485287, 3.7681790315, 2.1811480769, 1.3405244945, 0.8620721141,
                                   0.5550693289,  0.3798540708, 0.2332364134, 0.1114188177, 0.0291671582 };

  return between (levels, G_N_ELEMENTS (levels), (double) step / schedule->steps);
}

/* The same in fewer digits, down to the last one, as the web UI has it. */
static double
level_ays_webui (const LimnSchedule *schedule, int step)
{
  static const double levels[] = { 14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.38, 0.234, 0.113, 0.029 };

  return between (levels, G_N_ELEMENTS (levels), ramp (schedule, step));
}

/* Chen et al. 2024 ("Geometry-Inspired Time Scheduling"), SDXL's ten steps as Forge has them. */
static double
level_gits (const LimnSchedule *schedule, int step)
{
  static const double levels[] = { 14.615, 4.734, 2.567, 1.529, 0.987, 0.652, 0.418, 0.268, 0.179, 0.127, 0.029 };

  return between (levels, G_N_ELEMENTS (levels), ramp (schedule, step));
}

/* The web UI's of that name, which would end above 0. */
static double
level_kl_optimal_webui (const LimnSchedule *schedule, int step)
{
  double share = (double) step / schedule->steps;

  return sigma_of (schedule, tan (share * atan (least (schedule)) + (1 - share) * atan (most (schedule))));
}

/* Lee et al. 2024 ("Beta Sampling"): timesteps at even shares of a Beta distribution, dense at both ends; whole ones
 * where that leaves each step its own. */
static double
level_beta (const LimnSchedule *schedule, int step)
{
  const double last = schedule->train_steps - 1;
  double timestep = (1 - limn_schedule_beta_point ((double) step / schedule->steps)) * last;
  gboolean apart = limn_schedule_beta_point (1.0 / schedule->steps) * last >= 0.5;

  return trained_sigma (schedule, apart ? rint (timestep) : timestep);
}

/* The web UI's of that name: even shares of the distribution over sigmas, not over timesteps. */
static double
level_beta_webui (const LimnSchedule *schedule, int step)
{
  double low = least (schedule);

  return sigma_of (schedule, low + limn_schedule_beta_point (1 - ramp (schedule, step)) * (most (schedule) - low));
}

/* Those that were asked for; for another number of steps, what lies between them.  None: an even fall. */
static double
level_custom (const LimnSchedule *schedule, int step)
{
  const int n = schedule->n_custom;

  if (n == 0)
    return level_exponential (schedule, step);
  return n == schedule->steps || n == 1 ? schedule->custom[step % n]
                                        : between (schedule->custom, n, ramp (schedule, step));
}

/* As people are shown them; the first is the default. */
static const Spacing spacings[] = {
  { { LIMN_SCHEDULE_MODEL, N_ ("The model’s own"), .even = TRUE }, space_model },
  { { "karras", "Karras" }, space_karras },
  { { "karras_full", N_ ("Karras (full range)") }, .level = level_karras },
  { { "exponential", "Exponential" }, .level = level_exponential },
  { { "normal", "Normal", .even = TRUE }, .level = level_normal },
  { { "simple", "Simple", .even = TRUE }, .level = level_simple },
  { { "sgm_uniform", "SGM uniform", .even = TRUE }, .level = level_sgm_uniform },
  { { "beta", "Beta" }, .level = level_beta },
  { { "ays", "Align Your Steps" }, .level = level_ays },
  { { "kl_optimal", "KL optimal" }, .level = level_kl_optimal },
  { { "linear_quadratic", "Linear quadratic" }, .level = level_linear_quadratic },
  { { "gits", "GITS" }, .level = level_gits },
  { { "ddim_uniform", "DDIM uniform", .even = TRUE }, .level = level_ddim_uniform },
  { { "linspace", "Linspace", .even = TRUE }, space_linspace },
  { { "beta_webui", N_ ("Beta (web UI)") }, .level = level_beta_webui },
  { { "ays_webui", N_ ("Align Your Steps (web UI)") }, .level = level_ays_webui },
  { { "kl_optimal_webui", N_ ("KL optimal (web UI)") }, .level = level_kl_optimal_webui },
  { { "trailing", "Trailing", .even = TRUE }, space_trailing },
  { { "leading", "Leading", .even = TRUE }, space_leading },
  { { LIMN_SCHEDULE_CUSTOM, N_ ("Custom levels") }, .level = level_custom },
};

static void
space_by_level (LimnSchedule *schedule, const Spacing *spacing)
{
  schedule->whole = TRUE;
  for (int i = 0; i < schedule->steps; i++) {
    schedule->sigmas[i] = spacing->level (schedule, i);
    schedule->timesteps[i] = trained_timestep (schedule, schedule->sigmas[i]);
  }
  schedule->initial_scale = sqrt (schedule->sigmas[0] * schedule->sigmas[0] + 1);
}

const LimnChoice *
limn_schedule_choice (guint index)
{
  return index < G_N_ELEMENTS (spacings) ? &spacings[index].choice : NULL;
}

static const Spacing *
find_spacing (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (spacings); i++)
    if (name == NULL || strcmp (name, spacings[i].choice.name) == 0)
      return &spacings[i];
  return NULL;
}

gboolean
limn_schedule_exists (const char *name)
{
  return find_spacing (name) != NULL || limn_sigmas_check (name, NULL);
}

LimnSchedule *
limn_schedule_new (const LimnScheduleConfig *config, const char *name, int steps)
{
  const Spacing *spacing = find_spacing (name);
  LimnSchedule *schedule;

  g_return_val_if_fail (limn_schedule_exists (name), NULL);
  g_return_val_if_fail (steps >= 1 && steps <= config->train_steps, NULL);

  schedule = g_new0 (LimnSchedule, 1);
  schedule->steps = steps;
  schedule->train_steps = config->train_steps;
  schedule->timesteps = g_new (double, steps);
  schedule->sigmas = g_new0 (double, steps + 1);
  schedule->trained = g_new (double, config->train_steps);
  schedule->levels = limn_prediction_row (config->prediction)->levels;
  train (config, schedule->trained);
  if (spacing == NULL) {
    spacing = find_spacing (LIMN_SCHEDULE_CUSTOM);
    schedule->custom = limn_sigmas_parse (name, &schedule->n_custom, NULL);
  }
  if (spacing->level != NULL)
    space_by_level (schedule, spacing);
  else
    spacing->space (schedule, config);
  for (int i = 0; schedule->levels != LIMN_LEVELS_OF_BETAS && i < steps; i++)
    schedule->timesteps[i] = told_timestep (schedule, schedule->sigmas[i]);
  return schedule;
}

LimnSchedule *
limn_schedule_new_discarding (const LimnScheduleConfig *config, const char *name, int steps)
{
  const gboolean listed = find_spacing (name) == NULL; /* which are all wanted */
  LimnSchedule *schedule = limn_schedule_new (config, name, listed ? steps : MIN (steps + 1, config->train_steps));

  if (schedule->steps > steps)
    schedule->sigmas[--schedule->steps] = 0;
  return schedule;
}

void
limn_schedule_keep_last (LimnSchedule *schedule, int steps)
{
  int left_out = schedule->steps - steps;

  g_return_if_fail (left_out >= 0);

  schedule->steps = steps;
  memmove (schedule->timesteps, schedule->timesteps + left_out, (gsize) steps * sizeof (double));
  memmove (schedule->sigmas, schedule->sigmas + left_out, (gsize) (steps + 1) * sizeof (double));
}

double
limn_schedule_timestep (const LimnSchedule *schedule, double sigma)
{
  for (int i = 0; i < schedule->steps; i++)
    if (schedule->sigmas[i] == sigma)
      return schedule->timesteps[i];
  return told_timestep (schedule, sigma);
}

void
limn_schedule_set_level (LimnSchedule *schedule, int step, double sigma)
{
  schedule->sigmas[step] = sigma;
  schedule->timesteps[step] = told_timestep (schedule, sigma);
}

double
limn_schedule_level (const LimnSchedule *schedule, double left)
{
  return trained_sigma (schedule, left * (schedule->train_steps - 1));
}

void
limn_schedule_free (LimnSchedule *schedule)
{
  if (schedule == NULL)
    return;
  g_free (schedule->timesteps);
  g_free (schedule->sigmas);
  g_free (schedule->trained);
  g_free (schedule->custom);
  g_free (schedule);
}

static gboolean
is_before (const LimnSchedule *schedule, int step, double end)
{
  double place = schedule->levels == LIMN_LEVELS_OF_BETAS ? schedule->timesteps[step]
                                                          : trained_timestep (schedule, schedule->sigmas[step]);

  return place >= rint (schedule->train_steps - end * schedule->train_steps);
}

int
limn_schedule_split (const LimnSchedule *schedule, double end)
{
  int split = 0;

  while (split < schedule->steps && is_before (schedule, split, end))
    split++;
  return split;
}

double
limn_schedule_least_end (const LimnSchedule *schedule, int step)
{
  double low = 0, high = 1;

  /* all that come first have to be the base's as well */
  for (int i = 0; i < step; i++)
    if (schedule->sigmas[i] < schedule->sigmas[step])
      step = i;
  if (is_before (schedule, step, 0))
    return 0;
  /* The rule rounds, so its edge is searched for rather than computed: down to neighbouring numbers. */
  for (double middle = 0.5; middle > low && middle < high; middle = low + (high - low) / 2)
    *(is_before (schedule, step, middle) ? &high : &low) = middle;
  return high;
}
