/* beside.c - a second thread that compiles kernels while the first one does.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/beside.h"

#include "kernel/kernel.h"

struct _LimnBeside {
  LimnGpu *gpu; /* the caller's, borrowed */
  LimnStore store;
  GThread *thread;   /* NULL once it has been waited for */
  GMutex lock;       /* of the next two */
  int reached, left; /* the caller has begun with those before reached, the thread with those from left on */
};

/* The next variant from the end, or -1. */
static int
take (LimnBeside *beside)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&beside->lock);

  return beside->left > beside->reached ? --beside->left : -1;
}

/* Its failures are nobody's concern: what it did not compile, the caller does. */
static gpointer
compile (gpointer data)
{
  LimnBeside *beside = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnGpu) gpu = limn_gpu_new_like (beside->gpu, &error);
  int variant;

  while (gpu != NULL && (variant = take (beside)) >= 0 && limn_kernel_warm (gpu, beside->store, NULL, variant, &error))
    continue;
  if (error != NULL)
    g_debug ("not compiled beside: %s", error->message);
  return NULL;
}

LimnBeside *
limn_beside_new (LimnGpu *gpu, LimnStore store, int first, int end)
{
  if (!limn_gpu_limits (gpu)->software || !limn_gpu_is_new (gpu) || g_get_num_processors () < 2 || end - first < 2)
    return NULL;
  LimnBeside *beside = g_new0 (LimnBeside, 1);
  beside->gpu = gpu;
  beside->store = store;
  beside->reached = first;
  beside->left = end;
  g_mutex_init (&beside->lock);
  beside->thread = g_thread_new ("limn-beside", compile, beside);
  return beside;
}

static void
wait_for (LimnBeside *beside)
{
  if (beside->thread != NULL)
    g_thread_join (g_steal_pointer (&beside->thread));
}

void
limn_beside_reach (LimnBeside *beside, int variant)
{
  gboolean taken;

  if (beside == NULL)
    return;
  g_mutex_lock (&beside->lock);
  taken = variant >= beside->left;
  beside->reached = variant + 1;
  g_mutex_unlock (&beside->lock);
  if (taken)
    wait_for (beside);
}

void
limn_beside_free (LimnBeside *beside)
{
  if (beside == NULL)
    return;
  g_mutex_lock (&beside->lock);
  beside->left = beside->reached;
  g_mutex_unlock (&beside->lock);
  wait_for (beside);
  g_mutex_clear (&beside->lock);
  g_free (beside);
}
