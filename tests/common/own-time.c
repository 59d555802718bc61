/* own-time.c - processor time; see own-time.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "common/own-time.h"

#include <time.h>

static gint64
read_clock (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

gint64
tests_own_time (void)
{
  return read_clock (CLOCK_THREAD_CPUTIME_ID);
}

gint64
tests_process_time (void)
{
  return read_clock (CLOCK_PROCESS_CPUTIME_ID);
}
