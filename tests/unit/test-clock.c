/* test-clock.c - what a run tells of preparing the device: nothing where the driver had it all, else all of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/clock.h"

#define PARTS 10

static gint64 now_us;

static gint64
now (void)
{
  return now_us;
}

typedef struct {
  int reports;
  double first, last;
} Told;

static void
progress_cb (const LimnProgress *progress, gpointer data)
{
  Told *told = data;

  if (progress->stage != LIMN_STAGE_PREPARE)
    return;
  if (told->reports++ == 0)
    told->first = progress->stage_fraction;
  g_assert_true (told->reports == 1 || progress->stage_fraction > told->last);
  told->last = progress->stage_fraction;
}

/* Part after part from done on, each taking so long. */
static Told
prepare (int done, gint64 part_us)
{
  Told told = { 0 };
  LimnMonitor monitor = { .progress = progress_cb, .data = &told };
  LimnClock clock;

  limn_clock_init (&clock, &monitor, 4, 4);
  clock.now = now;
  clock.start = clock.stage_start = clock.evaluation_start = now_us;
  limn_clock_enter (&clock, LIMN_STAGE_PREPARE);
  for (; done <= PARTS; done++) {
    g_assert_true (clock.tick.func (done / (double) PARTS, clock.tick.data));
    now_us += part_us;
  }
  limn_clock_enter (&clock, LIMN_STAGE_LOAD);
  return told;
}

static void
test_prepare (void)
{
  Told told = prepare (0, 20000); /* 0.2 s in all: it comes from the driver's cache */
  g_assert_cmpint (told.reports, ==, 0);

  told = prepare (0, 400000);
  g_assert_cmpint (told.reports, ==, PARTS);
  g_assert_cmpfloat_with_epsilon (told.first, 0.1, 1e-9);
  g_assert_cmpfloat (told.last, ==, 1);

  /* the rest of what was begun before */
  told = prepare (7, 400000);
  g_assert_cmpint (told.reports, ==, 3);
  g_assert_cmpfloat_with_epsilon (told.first, 0.8, 1e-9);
  told = prepare (7, 100000);
  g_assert_cmpint (told.reports, ==, 0);
  told = prepare (PARTS, 400000);
  g_assert_cmpint (told.reports, ==, 0);
}

static gint64 clock_now;

static gint64
now_cb (void)
{
  return clock_now;
}

static void
keep_left_cb (const LimnProgress *progress, gpointer data)
{
  *(double *) data = progress->seconds_left;
}

/* What enlarging takes is told beforehand where it is known, and from what is done of it once that tells. */
static void
test_enlarge (void)
{
  double left = -1;
  const LimnMonitor monitor = { .progress = keep_left_cb, .data = &left };
  LimnClock clock;

  limn_clock_init (&clock, &monitor, 0, 0);
  clock_now = 0;
  clock.now = now_cb;
  limn_clock_enter (&clock, LIMN_STAGE_ENLARGE);
  g_assert_cmpfloat (left, ==, -1);
  clock.enlarge_seconds = 8;
  clock.tail_seconds = 10;
  limn_clock_enter (&clock, LIMN_STAGE_DECODE);
  g_assert_cmpfloat (left, ==, 10);
  clock_now = 5 * G_USEC_PER_SEC;
  clock.tick.func (0.5, clock.tick.data);
  g_assert_cmpfloat (left, ==, 8);
  limn_clock_enter (&clock, LIMN_STAGE_ENLARGE);
  g_assert_cmpfloat (left, ==, 8);
  clock_now += 3 * G_USEC_PER_SEC;
  clock.tick.func (0.25, clock.tick.data);
  g_assert_cmpfloat_with_epsilon (left, 9, 1e-9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/prepare", test_prepare);
  g_test_add_func ("/clock/enlarge", test_enlarge);
  return g_test_run ();
}
