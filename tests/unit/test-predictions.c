/* test-predictions.c - schedules of models that predict other things than noise.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/schedule.h"

#include <math.h>

#include "engine/limn.h"

static const LimnScheduleConfig sdxl = {
  .steps_offset = 1, .beta_start = 0.00085, .beta_end = 0.012, .train_steps = 1000
};

/* What ComfyUI's formulas come to between the ends of flow matching's time, 0.9999 here where there it is 1. */
static double
flow_time (const char *name, int steps, int step, double shift)
{
  const double last = shift * 0.001 / (1 + (shift - 1) * 0.001), first = 0.9999, along = step / (steps - 1.0);
  const double coarse = step / (double) steps;

  if (g_str_equal (name, "karras_full"))
    return pow (pow (first, 1 / 7.0) + along * (pow (last, 1 / 7.0) - pow (first, 1 / 7.0)), 7);
  if (g_str_equal (name, "exponential"))
    return exp (log (first) + along * (log (last) - log (first)));
  if (g_str_equal (name, "kl_optimal"))
    return tan (along * atan (last) + (1 - along) * atan (first));
  if (g_str_equal (name, "linear_quadratic")) {
    const int line = steps / 2, rest = steps - line;
    const double missing = line - 0.025 * steps, square = missing / (line * (double) (rest * rest));
    const double slope = 0.025 / line - 2 * missing / (rest * (double) rest);

    return first
           * (step < line ? 1 - step * 0.025 / line
                          : 1 - (square * (step * step) + slope * step + square * (line * line)));
  }
  const double even = 1 - (g_str_equal (name, "normal") ? along : coarse) * (1 - last);

  return MIN (first, shift * even / (1 + (shift - 1) * even));
}

/* Of flow matching the formulas are over its time, not over sigma, which has no end there. */
static void
test_flow (void)
{
  static const char *const names[] = { "karras_full",      "exponential", "kl_optimal",
                                       "linear_quadratic", "normal",      "sgm_uniform" };
  static const int counts[] = { 4, 8, 20, 30, 50 };
  const double shift = limn_prediction_row (LIMN_PREDICTS_FLOW)->shift;
  LimnScheduleConfig config = sdxl;

  limn_schedule_config_predict (&config, LIMN_PREDICTS_FLOW);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    for (guint count = 0; count < G_N_ELEMENTS (counts); count++) {
      g_autoptr (LimnSchedule) schedule = limn_schedule_new (&config, names[i], counts[count]);

      for (int step = 0; step < counts[count]; step++) {
        double time = schedule->sigmas[step] / (1 + schedule->sigmas[step]);

        g_assert_cmpfloat_with_epsilon (time, flow_time (names[i], counts[count], step, shift), 1e-9);
        g_assert_cmpfloat_with_epsilon (schedule->timesteps[step], 1000 * time, 1e-6);
      }
    }
}

/* Of every prediction they fall, and are numbers. */
static void
check_falling (const char *name, int steps)
{
  for (guint i = 1; limn_prediction_choice (i) != NULL; i++) {
    LimnScheduleConfig config = sdxl;
    LimnPrediction prediction;

    g_assert_true (limn_prediction_find (limn_prediction_choice (i)->name, &prediction));
    limn_schedule_config_predict (&config, prediction);
    g_autoptr (LimnSchedule) schedule = limn_schedule_new (&config, name, steps);
    for (int step = 0; step < steps; step++) {
      g_assert_true (isfinite (schedule->sigmas[step]) && isfinite (schedule->timesteps[step]));
      g_assert_true (schedule->sigmas[step] > schedule->sigmas[step + 1] || steps > 60);
      g_assert_true (schedule->sigmas[step] >= schedule->sigmas[step + 1]);
    }
  }
}

static void
test_falling (void)
{
  for (int steps = 1; steps <= sdxl.train_steps; steps += steps < 60 ? 1 : 47)
    for (guint kind = 0; limn_schedule_choice (kind) != NULL; kind++)
      check_falling (limn_schedule_choice (kind)->name, steps);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/predictions/flow", test_flow);
  g_test_add_func ("/predictions/falling", test_falling);
  return g_test_run ();
}
