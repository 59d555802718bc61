/* parallel.h - work shared out among a few threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What reads memory or a disk gains nothing from more. */
#define LIMN_PARALLEL_MOST 4

/* How many threads work at a time, the caller's among them: as many as there are cores, LIMN_PARALLEL_MOST at most. */
guint limn_parallel_threads (void);

/* Calls work with each of 0 to n - 1, in any order and several at a time, the caller's thread among them; returns once
 * all is done, and whatever work wrote can be read.  May be called by several threads, and by work. */
typedef void (*LimnParallelFunc) (guint index, gpointer data);
void limn_parallel (guint n, LimnParallelFunc work, gpointer data);

G_END_DECLS
