/* measure.c - see measure.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/measure.h"

#include <math.h>
#include <string.h>

#include "base/half.h"
#include "kernel/kernel.h"

#define SIDE 1280           /* a channel count of SDXL */
#define PRODUCTS 4          /* in a row, each reading the last one's result */
#define ENOUGH_SECONDS 0.05 /* many times what submitting costs */
#define MOST_ROWS 65536
#define RUNS 3 /* of which the best counts */

/* Small numbers of both signs: zeros would let some devices run cooler than real work does. */
static void
fill_cb (guint8 *out, guint64 offset, guint64 size, gpointer data)
{
  LimnStore store = GPOINTER_TO_INT (data);
  guint value_size = store == LIMN_STORE_F16 ? 2 : 4;

  for (guint64 i = 0; i < size / value_size; i++) {
    float value = 0.02f * sinf ((float) ((offset / value_size + i) % 4099));
    guint16 half = limn_half_from_float (value);
    if (store == LIMN_STORE_F16)
      memcpy (out + i * 2, &half, 2);
    else
      memcpy (out + i * 4, &value, 4);
  }
}

static gboolean
time_rows (LimnGpu *gpu, LimnStore store, LimnSlice values, int rows, double *seconds, double *gflops,
           const LimnTick *tick, GError **error)
{
  g_autoptr (LimnPlan) plan = limn_plan_new (limn_gpu_limits (gpu));
  LimnArray x = limn_plan_host_array (plan, store, 1, rows, 1, 8);
  LimnArray thin = limn_plan_external (plan, store, 1, SIDE, 1, 8);
  LimnArray square = limn_plan_external (plan, store, 1, SIDE, 1, SIDE);
  LimnMatmulArgs args = { .x = x, .weight = { thin }, .columns = SIDE };
  double gflop = 0;

  limn_plan_place (plan, thin, values);
  limn_plan_place (plan, square, values);
  /* A first, thin product brings the rows to where products read them. */
  args.x = limn_kernel_matmul (plan, &args);
  args.weight.array = square;
  for (int i = 0; i < PRODUCTS; i++)
    args.x = limn_kernel_matmul (plan, &args);
  if (!limn_plan_finish (plan, gpu, NULL, tick, error) || !limn_plan_run (plan, tick, error))
    return FALSE;

  *seconds = G_MAXDOUBLE;
  for (int run = 0; run < RUNS; run++) {
    g_autoptr (GArray) profile = limn_plan_profile (plan, tick, error);
    double took = 0;

    if (profile == NULL)
      return FALSE;
    gflop = 0;
    for (guint i = 0; i < profile->len; i++) {
      took += g_array_index (profile, LimnProfileRow, i).seconds;
      gflop += g_array_index (profile, LimnProfileRow, i).gflop;
    }
    *seconds = fmin (*seconds, took);
  }
  *gflops = *seconds > 0 ? gflop / *seconds : 0;
  return TRUE;
}

gboolean
limn_measure_matrix_rate (LimnGpu *gpu, LimnPrecision precision, double *gflops, const LimnTick *tick, GError **error)
{
  LimnStore store = precision == LIMN_PRECISION_FP32 ? LIMN_STORE_F32 : LIMN_STORE_F16;
  guint64 size = (guint64) SIDE * SIDE * (store == LIMN_STORE_F16 ? 2 : 4);
  g_autoptr (LimnBuffer) buffer = limn_buffer_new (gpu, LIMN_BUFFER_DEVICE, size, error);
  double seconds = 0;

  *gflops = 0;
  if (buffer == NULL
      || !limn_buffer_upload ((LimnSlice){ buffer, 0, size }, 4, fill_cb, GINT_TO_POINTER (store), error))
    return FALSE;
  for (int rows = 256; rows <= MOST_ROWS && seconds < ENOUGH_SECONDS; rows *= 4) {
    double rate;
    if (!time_rows (gpu, store, (LimnSlice){ buffer, 0, size }, rows, &seconds, &rate, tick, error))
      return FALSE;
    *gflops = fmax (*gflops, rate);
  }
  return TRUE;
}
