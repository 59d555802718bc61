/* clock.c - see clock.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/clock.h"

/* People read ten figures a second at most; the work ticks far more often on small models. */
#define REPORT_INTERVAL_US 30000
/* Preparing that is quicker has been done before: the driver has kept it. */
#define WORTH_TELLING 1.0 /* seconds */
/* From this share on, what a stage has taken tells best what it will. */
#define ENOUGH_TO_TELL 0.05

static double
seconds_since (LimnClock *clock, gint64 then)
{
  return (double) (clock->now () - then) / G_USEC_PER_SEC;
}

static gboolean
is_sampling (LimnStage stage)
{
  return stage == LIMN_STAGE_BASE || stage == LIMN_STAGE_REFINER || stage == LIMN_STAGE_SECOND
         || stage == LIMN_STAGE_DETAIL;
}

static void
estimate (LimnClock *clock)
{
  LimnProgress *progress = &clock->progress;

  progress->seconds = seconds_since (clock, clock->start);
  progress->seconds_left = -1;
  progress->steps_per_second = 0;
  double stage_seconds = seconds_since (clock, clock->stage_start);
  if (progress->stage == LIMN_STAGE_ENLARGE && progress->stage_fraction >= ENOUGH_TO_TELL) {
    progress->seconds_left = stage_seconds / progress->stage_fraction * (1 - progress->stage_fraction);
  } else if (progress->stage == LIMN_STAGE_ENLARGE && clock->enlarge_seconds > 0) {
    progress->seconds_left = MAX (0, clock->enlarge_seconds - stage_seconds);
  } else if (progress->stage == LIMN_STAGE_DECODE && clock->tail_seconds > 0
             && clock->evaluated >= clock->to_evaluate) {
    progress->seconds_left = MAX (clock->enlarge_seconds, clock->tail_seconds - stage_seconds);
  } else if (clock->evaluated > 0) {
    double each = clock->sampling_seconds / clock->evaluated;
    double left = each * (clock->to_evaluate - clock->evaluated);
    if (is_sampling (progress->stage) && clock->evaluated < clock->to_evaluate)
      left -= MIN (each, seconds_since (clock, clock->evaluation_start));
    progress->seconds_left = left + clock->tail_seconds;
  }
  if (clock->evaluated > 0 && clock->sampling_seconds > 0)
    progress->steps_per_second =
        (double) clock->evaluated / clock->to_evaluate * progress->steps / clock->sampling_seconds;
}

/* By what is done of it so far; once told, it is told to the end. */
static gboolean
is_worth_telling (LimnClock *clock)
{
  double done = clock->progress.stage_fraction - clock->prepared;

  if (clock->progress.stage != LIMN_STAGE_PREPARE || clock->telling)
    return TRUE;
  clock->telling = clock->prepared >= 0 && done > 0
                   && seconds_since (clock, clock->stage_start) * (1 - clock->prepared) / done >= WORTH_TELLING;
  return clock->telling;
}

static void
report (LimnClock *clock)
{
  if (clock->monitor == NULL || clock->monitor->progress == NULL || !is_worth_telling (clock))
    return;
  estimate (clock);
  clock->last_report = clock->now ();
  clock->monitor->progress (&clock->progress, clock->monitor->data);
}

static gboolean
tick_cb (double fraction, gpointer data)
{
  LimnClock *clock = data;

  clock->progress.stage_fraction = CLAMP (fraction, 0, 1);
  if (clock->prepared < 0)
    clock->prepared = clock->progress.stage_fraction;
  if (clock->now () - clock->last_report >= REPORT_INTERVAL_US)
    report (clock);
  return clock->monitor == NULL || clock->monitor->cancelled == NULL
         || !clock->monitor->cancelled (clock->monitor->data);
}

void
limn_clock_init (LimnClock *clock, const LimnMonitor *monitor, int steps, int rows)
{
  *clock = (LimnClock){
    .monitor = monitor,
    .now = g_get_monotonic_time,
    .to_evaluate = rows,
    .progress = { .stage = LIMN_STAGE_LOAD, .steps = steps, .seconds_left = -1 },
    .tick = { .func = tick_cb, .data = clock },
  };
  clock->start = clock->stage_start = clock->evaluation_start = clock->now ();
}

void
limn_clock_lap (LimnClock *clock)
{
  gint64 now = clock->now ();

  clock->seconds[clock->progress.stage] += (double) (now - clock->stage_start) / G_USEC_PER_SEC;
  clock->stage_start = clock->evaluation_start = now;
}

void
limn_clock_enter (LimnClock *clock, LimnStage stage)
{
  limn_clock_lap (clock);
  clock->progress.stage = stage;
  clock->progress.stage_fraction = 0;
  clock->prepared = stage == LIMN_STAGE_PREPARE ? -1 : 0;
  report (clock);
}

void
limn_clock_evaluation (LimnClock *clock, int rows)
{
  gint64 now = clock->now ();
  double seconds = (double) (now - clock->evaluation_start) / G_USEC_PER_SEC;
  LimnStage stage = clock->progress.stage;

  clock->sampling_seconds += seconds;
  if (seconds >= clock->slowest[stage]) {
    clock->slowest[stage] = seconds;
    clock->slowest_rows[stage] = rows;
  }
  clock->rows[stage] += rows;
  clock->evaluated += rows;
  clock->evaluation_start = now;
}

void
limn_clock_step (LimnClock *clock)
{
  clock->progress.step++;
  report (clock);
}

void
limn_clock_finish (LimnClock *clock)
{
  limn_clock_lap (clock);
  clock->progress.stage_fraction = 1;
  report (clock);
}

static gboolean
span_cb (double fraction, gpointer data)
{
  LimnSpan *span = data;

  return span->outer->func (span->from + fraction * (span->to - span->from), span->outer->data);
}

void
limn_span_init (LimnSpan *span, const LimnTick *outer, double from, double to)
{
  *span = (LimnSpan){ .outer = outer, .from = from, .to = to };
  if (outer != NULL && outer->func != NULL)
    span->tick = (LimnTick){ .func = span_cb, .data = span };
}
