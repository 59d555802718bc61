/* clock.h - where a run stands: stages, steps and seconds, told to the caller's monitor.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "engine/limn.h"

G_BEGIN_DECLS

typedef struct {
  const LimnMonitor *monitor; /* may be NULL */
  gint64 (*now) (void);       /* microseconds; g_get_monotonic_time except in tests */
  LimnProgress progress;
  double seconds[LIMN_N_STAGES];
  double slowest[LIMN_N_STAGES]; /* seconds of the slowest evaluation: pipelines are built in it */
  int slowest_rows[LIMN_N_STAGES];
  int rows[LIMN_N_STAGES];    /* that the network was given in the stage */
  int evaluated, to_evaluate; /* rows of the whole run: done, and in all */
  double enlarge_seconds;     /* of them, what the last will take where it enlarges; 0: unknown or nothing */
  double tail_seconds;        /* what the stages after the last step will take; 0: unknown */
  double sampling_seconds;    /* spent in the evaluations that are done */
  double prepared;            /* how much of preparing was done before; -1: not known yet */
  gboolean telling;           /* preparing takes long */
  gint64 start, stage_start, evaluation_start, last_report;
  LimnTick tick; /* reports and asks whether to stop; the fraction is of the present stage */
} LimnClock;

/* rows: that the network will be given: a step may ask it more than once, and where it is guided asks for two. */
void limn_clock_init (LimnClock *clock, const LimnMonitor *monitor, int steps, int rows);
/* Ends the present stage and begins another; a stage may be entered more than once. */
void limn_clock_enter (LimnClock *clock, LimnStage stage);
/* The network has answered once more, for so many rows. */
void limn_clock_evaluation (LimnClock *clock, int rows);
/* One step is done. */
void limn_clock_step (LimnClock *clock);
/* Brings the seconds of the present stage up to date. */
void limn_clock_lap (LimnClock *clock);
/* Ends the last stage. */
void limn_clock_finish (LimnClock *clock);

/* A part of another tick's work: its 0..1 is from..to of the outer one.  Borrows outer, which may be NULL. */
typedef struct {
  LimnTick tick;
  const LimnTick *outer;
  double from, to;
} LimnSpan;

void limn_span_init (LimnSpan *span, const LimnTick *outer, double from, double to);

G_END_DECLS
