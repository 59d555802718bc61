/* profile.c - where the time of a plan goes, by kernel.
 *
 * Timestamps around every dispatch; where there are none each dispatch is submitted alone and a clock is read: on a
 * software device that of the program's CPU time, which is what other programs change least.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/plan-device.h"

#include <string.h>
#include <time.h>

static double
bytes_of (const PlanDispatch *dispatch)
{
  double bytes = 0;

  for (guint i = 0; i < LIMN_MAX_BINDINGS; i++)
    if (dispatch->bindings[i].storage != G_MAXUINT)
      bytes += (double) dispatch->bindings[i].size;
  return bytes;
}

static void
add (GArray *rows, LimnPlan *plan, guint dispatch, double seconds)
{
  const char *kernel = limn_plan_pipeline (plan, dispatch)->kernel;
  LimnProfileRow *row = NULL;

  for (guint i = 0; i < rows->len && row == NULL; i++) {
    if (strcmp (g_array_index (rows, LimnProfileRow, i).kernel, kernel) == 0)
      row = &g_array_index (rows, LimnProfileRow, i);
  }
  if (row == NULL) {
    const LimnProfileRow fresh = { .kernel = kernel };
    g_array_append_val (rows, fresh);
    row = &g_array_index (rows, LimnProfileRow, rows->len - 1);
  }
  row->dispatches++;
  row->seconds += seconds;
  row->gflop += g_array_index (plan->dispatches, PlanDispatch, dispatch).flop * 1e-9;
  row->gbytes += bytes_of (&g_array_index (plan->dispatches, PlanDispatch, dispatch)) * 1e-9;
}

static double
clock_seconds (LimnGpu *gpu)
{
  struct timespec now;

  clock_gettime (gpu->info->kind == LIMN_DEVICE_SOFTWARE ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static gboolean
by_clock (LimnPlan *plan, GArray *rows, const LimnTick *tick, GError **error)
{
  LimnGpu *gpu = plan->device->gpu;
  guint n = plan->dispatches->len;

  for (guint i = 0; i < n; i++) {
    if (!limn_tick (tick, (double) i / n, error))
      return FALSE;
    VkCommandBuffer commands = limn_plan_record_range (plan, i, 1, VK_NULL_HANDLE, error);
    if (commands == VK_NULL_HANDLE)
      return FALSE;
    double start = clock_seconds (gpu);
    gboolean good = limn_gpu_submit_wait (gpu, commands, tick, (double) i / n, error);
    add (rows, plan, i, clock_seconds (gpu) - start);
    if (!gpu->hung)
      vkFreeCommandBuffers (gpu->device, gpu->pool, 1, &commands);
    if (!good)
      return FALSE;
  }
  return TRUE;
}

#define QUERIES 256

static gboolean
by_timestamps (LimnPlan *plan, GArray *rows, const LimnTick *tick, GError **error)
{
  LimnGpu *gpu = plan->device->gpu;
  guint n = plan->dispatches->len;
  VkQueryPool queries = VK_NULL_HANDLE;
  VkCommandBuffer commands = VK_NULL_HANDLE;
  guint64 ticks[QUERIES + 1];
  const VkQueryPoolCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
    .queryType = VK_QUERY_TYPE_TIMESTAMP,
    .queryCount = QUERIES + 1,
  };

  VK_TRY (gpu, vkCreateQueryPool (gpu->device, &info, NULL, &queries));
  for (guint first = 0; first < n; first += QUERIES) {
    guint count = MIN (QUERIES, n - first);

    if (!limn_tick (tick, (double) first / n, error))
      goto error;
    commands = limn_plan_record_range (plan, first, count, queries, error);
    if (commands == VK_NULL_HANDLE || !limn_gpu_submit_wait (gpu, commands, tick, (double) first / n, error))
      goto error;
    VK_TRY (gpu, vkGetQueryPoolResults (gpu->device, queries, 0, count + 1, sizeof ticks, ticks, sizeof (guint64),
                                        VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
    for (guint i = 0; i < count; i++)
      add (rows, plan, first + i,
           (double) ((ticks[i + 1] - ticks[i]) & gpu->timestamp_mask) * gpu->timestamp_period * 1e-9);
    vkFreeCommandBuffers (gpu->device, gpu->pool, 1, &commands);
    commands = VK_NULL_HANDLE;
  }
  vkDestroyQueryPool (gpu->device, queries, NULL);
  return TRUE;

error:
  if (gpu->hung)
    return FALSE;
  if (commands != VK_NULL_HANDLE)
    vkFreeCommandBuffers (gpu->device, gpu->pool, 1, &commands);
  vkDestroyQueryPool (gpu->device, queries, NULL);
  return FALSE;
}

static int
longest_first (gconstpointer a, gconstpointer b)
{
  const LimnProfileRow *left = a, *right = b;

  return left->seconds > right->seconds ? -1 : left->seconds < right->seconds;
}

GArray *
limn_plan_profile (LimnPlan *plan, const LimnTick *tick, GError **error)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, TRUE, sizeof (LimnProfileRow));
  const LimnGpu *gpu = plan->device->gpu;
  gboolean clocked = gpu->info->kind == LIMN_DEVICE_SOFTWARE || gpu->timestamp_period <= 0;

  if (!(clocked ? by_clock (plan, rows, tick, error) : by_timestamps (plan, rows, tick, error)))
    return NULL;
  g_array_sort (rows, longest_first);
  return g_steal_pointer (&rows);
}
