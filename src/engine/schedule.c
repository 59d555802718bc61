/* schedule.c - see schedule.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/schedule.h"

#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "engine/limn.h"

#define KARRAS_RHO 7.0

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
  double share = log (sigma / sigmas[low]) / log (sigmas[low + 1] / sigmas[low]);
  return low + CLAMP (share, 0, 1);
}

/* ---- The table ---- */

/* Each fills timesteps and sigmas but for the last sigma, and initial_scale. */
typedef struct {
  LimnChoice choice;
  void (*space) (LimnSchedule *schedule, const LimnScheduleConfig *config);
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

static void
space_model (LimnSchedule *schedule, const LimnScheduleConfig *config)
{
  (config->trailing ? space_trailing : space_leading) (schedule, config);
}

/* Between the model's own first and last, as Karras et al. 2022, equation 5. */
static void
space_karras (LimnSchedule *schedule, const LimnScheduleConfig *config)
{
  space_model (schedule, config);

  double first = pow (schedule->sigmas[0], 1 / KARRAS_RHO);
  double last = pow (schedule->sigmas[schedule->steps - 1], 1 / KARRAS_RHO);

  for (int i = 0; i < schedule->steps; i++) {
    double ramp = schedule->steps > 1 ? (double) i / (schedule->steps - 1) : 0;

    schedule->sigmas[i] = pow (first + ramp * (last - first), KARRAS_RHO);
    schedule->timesteps[i] = trained_timestep (schedule, schedule->sigmas[i]);
  }
}

/* As people are shown them; the first is the default. */
static const Spacing spacings[] = {
  { { LIMN_SCHEDULE_MODEL, N_ ("The model’s own") }, space_model },
  { { "karras", "Karras" }, space_karras },
  { { "trailing", "Trailing" }, space_trailing },
  { { "leading", "Leading" }, space_leading },
};

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

LimnSchedule *
limn_schedule_new (const LimnScheduleConfig *config, const char *name, int steps)
{
  const Spacing *spacing = find_spacing (name);
  LimnSchedule *schedule;

  g_return_val_if_fail (spacing != NULL, NULL);
  g_return_val_if_fail (steps >= 1 && steps <= config->train_steps, NULL);

  schedule = g_new0 (LimnSchedule, 1);
  schedule->steps = steps;
  schedule->train_steps = config->train_steps;
  schedule->timesteps = g_new (double, steps);
  schedule->sigmas = g_new0 (double, steps + 1);
  schedule->trained = g_new (double, config->train_steps);
  limn_schedule_alphas (config, schedule->trained);
  for (int i = 0; i < config->train_steps; i++)
    schedule->trained[i] = sqrt ((1 - schedule->trained[i]) / schedule->trained[i]);
  spacing->space (schedule, config);
  return schedule;
}

double
limn_schedule_timestep (const LimnSchedule *schedule, double sigma)
{
  for (int i = 0; i < schedule->steps; i++)
    if (schedule->sigmas[i] == sigma)
      return schedule->timesteps[i];
  return trained_timestep (schedule, sigma);
}

void
limn_schedule_free (LimnSchedule *schedule)
{
  if (schedule == NULL)
    return;
  g_free (schedule->timesteps);
  g_free (schedule->sigmas);
  g_free (schedule->trained);
  g_free (schedule);
}

int
limn_schedule_begin (const LimnSchedule *schedule, double strength)
{
  int count = (int) (schedule->steps * CLAMP (strength, 0, 1));

  return schedule->steps - count;
}

static gboolean
is_before (const LimnSchedule *schedule, int step, double end)
{
  return schedule->timesteps[step] >= rint (schedule->train_steps - end * schedule->train_steps);
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

  if (is_before (schedule, step, 0))
    return 0;
  /* The rule rounds, so its edge is searched for rather than computed: down to neighbouring numbers. */
  for (double middle = 0.5; middle > low && middle < high; middle = low + (high - low) / 2)
    *(is_before (schedule, step, middle) ? &high : &low) = middle;
  return high;
}

int
limn_schedule_enter (LimnSchedule *schedule, const LimnSchedule *old, int step)
{
  int below = 0;

  g_return_val_if_fail (step >= 0 && step <= old->steps, schedule->steps);

  if (step == old->steps)
    return schedule->steps;
  while (below < schedule->steps && schedule->timesteps[below] >= old->timesteps[step])
    below++;

  int begin = MAX (below - 1, 0);
  schedule->timesteps[begin] = old->timesteps[step];
  schedule->sigmas[begin] = old->sigmas[step];
  return begin;
}
