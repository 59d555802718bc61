/* played.h - a Vulkan device as other drivers have it, over that of the machine.
 *
 * Some functions of Vulkan are defined here before the loader's: they do as the loader's, but for what is played.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#define VK_NO_PROTOTYPES /* Limn's own declarations may stand beside these */
#include <glib.h>
#include <vulkan/vulkan.h>

/* All zeros: nothing is played. */
typedef struct {
  /* What is said of the device. */
  guint32 api; /* VK_API_VERSION_... */
  gboolean size_extension;
  guint32 subgroup_min, subgroup_max;
  gboolean no_size_control, no_shuffle;
  gboolean no_asking; /* for a size of subgroups */

  VkPhysicalDeviceType type; /* VK_PHYSICAL_DEVICE_TYPE_OTHER: the truth */
  guint32 timestamp_bits;
  VkDeviceSize allocation; /* bytes of the largest */
  VkDeviceSize budget;     /* bytes that are left for this program, of each heap */
  guint32 texels;          /* of the largest buffer of them */

  /* What it does. */
  const guint32 *broken; /* the code of a shader whose dispatches do nothing */
  gint64 clock;          /* 0, or the time, in microseconds, which passes only */
  gint64 takes;          /* while a fence is waited for: so much */
  VkDeviceSize slow;     /* turns of waiting before a fence is signalled */
  gboolean hangs;        /* no fence ever is */
  gsize pipeline_bytes;  /* of the cache, for each pipeline */
  VkResult lost;         /* what waiting says, VK_SUCCESS: the truth */

  /* What was asked of it. */
  guint32 asked_subgroup; /* of the last pipeline */
  gboolean asked_full;    /* subgroups, likewise */
  guint waits, submissions, pipelines, devices;
  VkDeviceSize asked_memory; /* the most at once */
  VkDeviceSize asked_texels; /* bytes, likewise */
  gboolean asked_extension;  /* of the last device, for their size */
} Played;

extern Played played;

/* import-tests.c */
void import_tests_add (void);
