/* any.h - choices at random, of GLib's test seed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

/* The name of one of the table's. */
static inline const char *
tests_any (LimnChoiceTable table)
{
  guint n = 0;

  while (table (n) != NULL)
    n++;
  return table ((guint) g_test_rand_int_range (0, (int) n))->name;
}

static inline gboolean
tests_toss (void)
{
  return g_test_rand_int_range (0, 2) == 1;
}

G_END_DECLS
