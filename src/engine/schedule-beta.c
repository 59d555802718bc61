/* schedule-beta.c - the distribution that "beta" spaces its steps by; see schedule.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/schedule.h"

#include <math.h>

#define BETA_SHAPE 0.6

/* The share of the distribution Beta (BETA_SHAPE, BETA_SHAPE) that lies below x: Abramowitz and Stegun 1964, 26.5.8. */
static double
beta_share (double x)
{
  const double a = BETA_SHAPE;
  double tail = 0;

  if (x > 0.5)
    return 1 - beta_share (1 - x);
  for (int m = 60; m > 0; m--) {
    double odd = -(a + m - 1) * (2 * a + m - 1) * x / ((a + 2 * m - 2) * (a + 2 * m - 1));
    double even = m * (a - m) * x / ((a + 2 * m - 1) * (a + 2 * m));

    tail = odd / (1 + even / (1 + tail));
  }
  return exp (lgamma (2 * a) - 2 * lgamma (a) + a * log (x) + a * log1p (-x)) / (a * (1 + tail));
}

double
limn_schedule_beta_point (double share)
{
  double low = 0, high = 1;

  for (int i = 0; i < 60; i++) {
    double middle = (low + high) / 2;

    *(beta_share (middle) < share ? &low : &high) = middle;
  }
  return high;
}
