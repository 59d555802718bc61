/* info.c - copies of device and model descriptions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/run/info.h"

LimnDeviceInfo *
limn_device_info_copy (const LimnDeviceInfo *info)
{
  LimnDeviceInfo *copy = g_new (LimnDeviceInfo, 1);

  *copy = *info;
  copy->name = g_strdup (info->name);
  copy->driver = g_strdup (info->driver);
  copy->problem = g_strdup (info->problem);
  copy->wrong = g_strdup (info->wrong);
  return copy;
}

LimnModelInfo *
limn_model_info_copy (const LimnModelInfo *info)
{
  LimnModelInfo *copy = g_new (LimnModelInfo, 1);

  *copy = *info;
  copy->path = g_strdup (info->path);
  copy->missing = g_strdupv (info->missing);
  copy->leftover = g_strdupv (info->leftover);
  copy->ignored = g_strdupv (info->ignored);
  copy->own_refiner = g_strdup (info->own_refiner);
  copy->title = g_strdup (info->title);
  copy->fingerprint = g_strdup (info->fingerprint);
  copy->sizes = g_array_copy (info->sizes);
  copy->parts = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_part_free);
  for (guint i = 0; i < info->parts->len; i++) {
    const LimnPart *part = info->parts->pdata[i];
    LimnPart *twin = g_new (LimnPart, 1);

    *twin = *part;
    twin->name = g_strdup (part->name);
    twin->from = g_strdup (part->from);
    twin->types = g_strdup (part->types);
    g_ptr_array_add (copy->parts, twin);
  }
  return copy;
}
