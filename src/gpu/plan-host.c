/* plan-host.c - host arrays of a plan, to and from the layouts that callers have.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "gpu/plan-private.h"

#include <string.h>

#include "base/half.h"

static void
put (void *map, LimnStore store, guint64 index, float value)
{
  if (store == LIMN_STORE_F16)
    ((guint16 *) map)[index] = limn_half_from_float (value);
  else
    ((float *) map)[index] = value;
}

static float
get (const void *map, LimnStore store, guint64 index)
{
  return store == LIMN_STORE_F16 ? limn_half_to_float (((const guint16 *) map)[index]) : ((const float *) map)[index];
}

void *
limn_plan_map (LimnPlan *plan, LimnArray array)
{
  const PlanStorage *storage = limn_plan_storage (plan, array);

  return (guint8 *) limn_buffer_map (storage->slice.buffer) + storage->slice.offset;
}

void
limn_plan_write_nchw (LimnPlan *plan, LimnArray array, const float *values)
{
  void *map = limn_plan_map (plan, array);
  guint64 plane = (guint64) array.h * array.w;

  for (int n = 0; n < array.n; n++) {
    for (int c = 0; c < array.c; c++) {
      const float *in = values + ((guint64) n * array.c + c) * plane;
      for (guint64 i = 0; i < plane; i++)
        put (map, array.store, (n * plane + i) * array.stride + array.first + c, in[i]);
    }
  }
}

void
limn_plan_read_nchw (LimnPlan *plan, LimnArray array, float *values)
{
  const void *map = limn_plan_map (plan, array);
  guint64 plane = (guint64) array.h * array.w;

  for (int n = 0; n < array.n; n++) {
    for (int c = 0; c < array.c; c++) {
      float *out = values + ((guint64) n * array.c + c) * plane;
      for (guint64 i = 0; i < plane; i++)
        out[i] = get (map, array.store, (n * plane + i) * array.stride + array.first + c);
    }
  }
}

void
limn_plan_write_rows (LimnPlan *plan, LimnArray array, const float *values)
{
  void *map = limn_plan_map (plan, array);
  guint64 rows = limn_array_rows (array);

  for (guint64 row = 0; row < rows; row++) {
    for (int c = 0; c < array.c; c++)
      put (map, array.store, row * array.stride + array.first + c, values[row * array.c + c]);
  }
}

void
limn_plan_read_rows (LimnPlan *plan, LimnArray array, float *values)
{
  const void *map = limn_plan_map (plan, array);
  guint64 rows = limn_array_rows (array);

  for (guint64 row = 0; row < rows; row++) {
    for (int c = 0; c < array.c; c++)
      values[row * array.c + c] = get (map, array.store, row * array.stride + array.first + c);
  }
}
