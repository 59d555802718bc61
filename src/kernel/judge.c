/* judge.c - a device's variants, beside the plain one and by the clock.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/choose.h"

#include <math.h>
#include <string.h>

/* A product that proves without taking time. */
#define ROWS 80
#define SIDE 72
#define RUNS 3 /* of which the best counts */
#define ENOUGH_SECONDS 0.01
#define BUDGET 1    /* seconds */
#define PERIOD 1021 /* after which numbers come again: a prime, so that no row is another's */

/* Numbers of both signs, the same each time; zeros would let some devices run cooler than work does. */
static void
write_numbers (LimnPlan *plan, LimnArray array, double step)
{
  gsize n = limn_array_rows (array) * array.c;
  g_autofree float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = i < PERIOD ? (float) sin (step * (double) (i + 1)) : values[i - PERIOD];
  limn_plan_write_rows (plan, array, values);
}

/* What a product gives in a variant; both operands are first brought to where products read them, by thin ones.
 * (transfer full) */
static float *
product (LimnGpu *gpu, const LimnVariant *variant, const LimnTick *tick, GError **error)
{
  LimnGpuLimits limits = *limn_gpu_limits (gpu);

  limn_variant_force (&limits, variant);
  g_autoptr (LimnPlan) plan = limn_plan_new (&limits);
  LimnArray x = limn_plan_host_array (plan, LIMN_STORE_F16, 1, ROWS, 1, 8);
  LimnArray y = limn_plan_host_array (plan, LIMN_STORE_F16, 1, SIDE, 1, 8);
  LimnArray thin = limn_plan_host_array (plan, LIMN_STORE_F16, 1, SIDE, 1, 8);
  LimnArray left = limn_kernel_matmul (plan, &(LimnMatmulArgs){ .x = x, .weight = { thin }, .columns = SIDE });
  LimnArray right = limn_kernel_matmul (plan, &(LimnMatmulArgs){ .x = y, .weight = { thin }, .columns = SIDE });
  LimnArray out = limn_kernel_matmul (plan, &(LimnMatmulArgs){ .x = left, .weight = { right }, .columns = SIDE });
  g_autofree float *values = g_new (float, ROWS *SIDE);

  limn_plan_keep (plan, out);
  if (!limn_plan_finish (plan, gpu, NULL, tick, error))
    return NULL;
  write_numbers (plan, x, 0.37);
  write_numbers (plan, y, 1.3);
  write_numbers (plan, thin, 0.71);
  if (!limn_plan_poison (plan, out, error) || !limn_plan_run (plan, tick, error)
      || !limn_plan_download (plan, out, values, error))
    return NULL;
  return g_steal_pointer (&values);
}

/* TRUE, and error's message, where the variant itself fails. */
static gboolean
is_its_own (GError *failure, char **wrong, GError **error)
{
  if (!limn_variant_fails (failure)) {
    g_propagate_error (error, failure);
    return FALSE;
  }
  *wrong = g_strdup (failure->message);
  g_error_free (failure);
  return TRUE;
}

static gboolean
prove (const LimnVariant *variant, const LimnVariant *plain, gboolean fully, char **wrong, gpointer data,
       const LimnTick *tick, GError **error)
{
  GError *failure = NULL;

  *wrong = NULL;
  if (fully)
    return variant == plain || limn_variant_prove (data, variant, plain, wrong, tick, error);
  g_autofree float *right = product (data, plain, tick, error);
  if (right == NULL)
    return FALSE;
  if (variant == plain)
    return TRUE;
  g_autofree float *values = product (data, variant, tick, &failure);
  if (values == NULL)
    return is_its_own (failure, wrong, error);
  g_autofree char *what = limn_variant_compare (values, right, ROWS * SIDE, LIMN_STORE_F16);
  *wrong = what != NULL ? g_strconcat ("matmul.f16: ", what, NULL) : NULL;
  return TRUE;
}

static double
seconds_of (GArray *profile, const char *kernel)
{
  double seconds = 0;

  for (guint i = 0; i < profile->len; i++) {
    const LimnProfileRow *row = &g_array_index (profile, LimnProfileRow, i);

    if (strcmp (row->kernel, kernel) == 0)
      seconds += row->seconds;
  }
  return seconds;
}

static gboolean
measure (const LimnVariant *variant, LimnShape shape, double *seconds, char **wrong, gpointer data,
         const LimnTick *tick, GError **error)
{
  LimnGpuLimits limits = *limn_gpu_limits (data);
  g_autoptr (GArray) hosts = g_array_new (FALSE, FALSE, sizeof (LimnArray));
  GError *failure = NULL;

  *wrong = NULL;
  limn_variant_force (&limits, variant);
  g_autoptr (LimnPlan) plan = limn_plan_new (&limits);
  limn_shapes[shape].write (plan, hosts);
  gboolean good = limn_plan_finish (plan, data, NULL, tick, &failure);
  for (guint i = 0; good && i < hosts->len; i++)
    write_numbers (plan, g_array_index (hosts, LimnArray, i), 0.37 + 0.31 * i);
  good = good && limn_plan_run (plan, tick, &failure);
  *seconds = 0;
  for (int run = 0; good && (run == 0 || (run < RUNS && *seconds < ENOUGH_SECONDS)); run++) {
    g_autoptr (GArray) profile = limn_plan_profile (plan, tick, &failure);
    double took = profile != NULL ? seconds_of (profile, limn_shapes[shape].kernel) : 0;

    good = profile != NULL;
    *seconds = run == 0 ? took : fmin (*seconds, took);
  }
  return good || is_its_own (failure, wrong, error);
}

static double
now (gpointer data)
{
  return (double) g_get_monotonic_time () * 1e-6;
}

void
limn_judge (LimnGpu *gpu, LimnChooser *chooser)
{
  chooser->limits = limn_gpu_limits (gpu);
  chooser->device = limn_gpu_info (gpu)->name;
  chooser->driver = limn_gpu_info (gpu)->driver;
  chooser->budget = BUDGET;
  chooser->prove = prove;
  chooser->measure = measure;
  chooser->now = now;
  chooser->data = gpu;
}

gboolean
limn_variant_choose (LimnGpu *gpu, const LimnVariant *rows, const char *kept, LimnChoosing how, GPtrArray *reports,
                     const LimnTick *tick, GError **error)
{
  const LimnVariant *choice[LIMN_N_SHAPES];
  LimnChooser chooser = { .rows = rows, .kept = kept };

  limn_judge (gpu, &chooser);
  if (!limn_choose (&chooser, how, choice, reports, tick, error))
    return FALSE;
  limn_gpu_set_variant (gpu, choice[LIMN_SHAPE_PIXELS], choice);
  return TRUE;
}

gboolean
limn_kernel_choose (LimnGpu *gpu, LimnChoosing how, GPtrArray *reports, const LimnTick *tick, GError **error)
{
  g_autofree char *kept = limn_gpu_cache_path (gpu, "variants", ".ini");

  return limn_variant_choose (gpu, limn_variants, kept, how, reports, tick, error);
}
