/* engine.c - devices and the engine's life; see limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/engine.h"

#include <string.h>

#include "gpu/buffer.h"

GPtrArray *
limn_devices_list (GError **error)
{
  return limn_gpu_list (error);
}

LimnEngine *
limn_engine_new (int device, GError **error)
{
  LimnGpu *gpu = limn_gpu_new (device, error);

  if (gpu == NULL)
    return NULL;

  LimnEngine *engine = g_new0 (LimnEngine, 1);
  engine->gpu = gpu;
  engine->residents = limn_residents_new (gpu);
  engine->speeds = limn_speeds_new (limn_gpu_info (gpu)->name);
  engine->costs = limn_costs_new (limn_gpu_limits (gpu));
  return engine;
}

void
limn_engine_free (LimnEngine *engine)
{
  if (engine == NULL)
    return;
  limn_residents_free (engine->residents);
  limn_speeds_free (engine->speeds);
  limn_costs_free (engine->costs);
  g_free (engine->told);
  limn_gpu_free (engine->gpu);
  g_free (engine);
}

const LimnDeviceInfo *
limn_engine_device (LimnEngine *engine)
{
  return limn_gpu_info (engine->gpu);
}

/* Bytes that programs can still take without swapping, or 0 where the system does not say. */
static guint64
system_free (void)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/meminfo", &text, NULL, NULL) || (line = strstr (text, "MemAvailable:")) == NULL)
    return 0;
  return g_ascii_strtoull (line + strlen ("MemAvailable:"), NULL, 10) * 1024;
}

LimnBudget
limn_engine_budget (LimnEngine *engine)
{
  const LimnDeviceInfo *info = limn_gpu_info (engine->gpu);
  LimnDeviceKind kind = limn_gpu_memory_cap (engine->gpu) > 0 ? LIMN_DEVICE_DISCRETE : info->kind;
  guint64 free = system_free ();

  return limn_residency_budget (kind, info->memory, limn_gpu_memory_budget (engine->gpu),
                                free > 0 ? free + limn_gpu_allocated (engine->gpu, NULL) : 0);
}

void
limn_engine_forget (LimnEngine *engine)
{
  limn_residents_clear (engine->residents);
}

char *
limn_engine_save_speeds (LimnEngine *engine, const char *before)
{
  return limn_speeds_save (engine->speeds, before);
}

void
limn_engine_load_speeds (LimnEngine *engine, const char *speeds)
{
  g_return_if_fail (speeds != NULL);

  limn_speeds_load (engine->speeds, speeds);
}
