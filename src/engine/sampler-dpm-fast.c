/* sampler-dpm-fast.c - DPM-Solver-Fast: steps of DPM-Solver of third order and, at the end, of second and first, all of
 * one length in log sigma (Lu et al. 2022, "DPM-Solver", algorithm 2 and appendix D.6), as k-diffusion has it.
 *
 * Each of their evaluations is a step here, so that as many are made as were asked for, and what one needs of those
 * before it is in the trail.  Of the schedule only the highest and the least level are used; the end is at the least,
 * not at 0.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "engine/sampler.h"

/* Which evaluation of the solver's step a step is. */
typedef struct {
  int begin, order; /* the solver's: the step that it begins with, and how many it takes */
  int place;        /* of those, from 0 */
} Part;

static Part
part_of (int steps, int index)
{
  int threes = steps % 3 == 0 ? steps - 3 : steps - steps % 3, rest = index - threes, left = steps - threes;

  if (rest < 0)
    return (Part){ index - index % 3, 3, index % 3 };
  if (left == 1 || rest == 2)
    return (Part){ index, 1, 0 };
  return (Part){ threes, 2, rest };
}

/* Where the solver goes from sigma on its way to next: below it, where noise leads back up. */
static double
target_of (double sigma, double next, double least, double eta)
{
  return eta > 0 && next > least ? MAX (limn_sampler_ancestral (sigma, next, eta, NULL), least) : next;
}

static void
arrange (LimnSchedule *schedule, const LimnFields *fields)
{
  const int steps = schedule->steps, solver_steps = steps / 3 + 1;
  const double most = schedule->sigmas[0], least = schedule->sigmas[steps - 1];
  const double ratio = pow (least / most, 1.0 / solver_steps);
  double from = most;

  if (!(least < most))
    return;
  for (int i = 0, at = 0; i < steps; at++) {
    const int order = part_of (steps, i).order;
    const double next = at + 1 < solver_steps ? most * pow (ratio, at + 1) : least;
    const double target = target_of (from, next, least, fields->eta);

    for (int place = 0; place < order; place++, i++)
      limn_schedule_set_level (schedule, i, from * pow (target / from, (double) place / order));
    from = next;
  }
  schedule->sigmas[steps] = least;
}

/* Whether the step so many before was the beginning or a part of the solver's step, and none that has led here from
 * another schedule. */
static gboolean
is_own (const LimnStep *step, int back)
{
  const double level = step->schedule->sigmas[step->index - back];

  return (guint) back <= step->n_past && fabs (step->past[back - 1].sigma - level) < 1e-6 * level;
}

static gboolean
has_past (const LimnStep *step, const Part *part)
{
  for (int back = 1; back <= part->place; back++)
    if (!is_own (step, back))
      return FALSE;
  return TRUE;
}

static double
slope (const LimnStep *step, gsize i)
{
  return ((double) step->x[i] - step->denoised[0][i]) / step->sigma;
}

/* The solver's result at level: from where it began along its first direction, and by as much of the change from there
 * to the present one. */
static void
go (const LimnStep *step, const Part *part, double level, double of_change, float *out)
{
  const LimnPast *first = &step->past[part->place - 1];

  for (gsize i = 0; i < step->n; i++) {
    double direction = limn_past_slope (first, i), change = slope (step, i) - direction;

    out[i] = (float) (first->latents[i] + (level - first->sigma) * direction - level * of_change * change);
  }
}

static void
advance (const LimnStep *step, float *out)
{
  const LimnSchedule *schedule = step->schedule;
  const Part part = part_of (schedule->steps, step->index);
  const double least = schedule->sigmas[schedule->steps], end = schedule->sigmas[part.begin + part.order];
  double from, target, length;

  if (part.place == 0 || !has_past (step, &part)) {
    target = part.order == 1 ? target_of (step->sigma, step->next, least, step->eta) : step->next;
    limn_sampler_line (step->sigma, target, step->x, step->denoised[0], out, step->n);
  } else {
    from = step->past[part.place - 1].sigma;
    target = target_of (from, end, least, step->eta);
    length = log (from / target);
    if (part.order == 2)
      go (step, &part, target, expm1 (length), out);
    else if (part.place == 2)
      go (step, &part, target, (expm1 (length) / length - 1) * 3 / 2, out);
    else
      go (step, &part, step->next, 2 * (expm1 (2 * length / 3) / (2 * length / 3) - 1), out);
  }
  if (part.place == part.order - 1 && step->next > target)
    limn_sampler_add_noise (sqrt (step->next * step->next - target * target), step->noise[0], out, step->n);
}

static gboolean
rests (const LimnStep *step)
{
  const Part part = part_of (step->schedule->steps, step->index);

  return step->eta == 0 || part.place < part.order - 1 || step->index == step->schedule->steps - 1;
}

const LimnSampler limn_sampler_dpm_fast = {
  .choice = { "dpm_fast", "DPM fast", .noisy = TRUE, .history = 2 },
  .evaluations = 1,
  .draws = 1,
  .rests = rests,
  .arrange = arrange,
  .advance = advance,
};
