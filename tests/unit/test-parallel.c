/* test-parallel.c - base/parallel: everything once, whoever does it, whoever else asks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/parallel.h"

#define MOST 300

typedef struct {
  guint n, inner;
  guint counts[MOST]; /* each written by who has the index alone */
  int sums[MOST];     /* of what inner ones did */
} Work;

static void
inner_cb (guint index, gpointer data)
{
  g_atomic_int_add ((int *) data, (int) index + 1);
}

static void
work_cb (guint index, gpointer data)
{
  Work *work = data;

  g_assert_cmpuint (index, <, work->n);
  work->counts[index]++;
  limn_parallel (work->inner, inner_cb, &work->sums[index]);
}

static void
check (guint n, guint inner)
{
  g_autofree Work *work = g_new0 (Work, 1);

  work->n = n;
  work->inner = inner;
  limn_parallel (n, work_cb, work);
  for (guint i = 0; i < MOST; i++) {
    g_assert_cmpuint (work->counts[i], ==, i < n);
    g_assert_cmpint (work->sums[i], ==, i < n ? (int) (inner * (inner + 1) / 2) : 0);
  }
}

static void
test_once (void)
{
  g_assert_cmpuint (limn_parallel_threads (), >=, 1);
  g_assert_cmpuint (limn_parallel_threads (), <=, LIMN_PARALLEL_MOST);
  for (guint n = 0; n < 20; n++)
    check (n, 0);
  for (guint i = 0; i < 200; i++)
    check ((guint) g_test_rand_int_range (0, MOST + 1), (guint) g_test_rand_int_range (0, 6));
}

static gpointer
ask (gpointer data)
{
  for (guint i = 0; i < 100; i++)
    check ((GPOINTER_TO_UINT (data) * 37 + i) % MOST, i % 5);
  return NULL;
}

/* More of them than there are helpers for. */
static void
test_several (void)
{
  GThread *threads[8];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("asking", ask, GUINT_TO_POINTER (i));
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/parallel/once", test_once);
  g_test_add_func ("/parallel/several", test_several);
  return g_test_run ();
}
