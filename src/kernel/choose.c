/* choose.c - the device's variant: proved, measured, and kept.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel.h"
#include "kernel/variant.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/error.h"

/* A product of SDXL's, large enough that a GPU is busy, and small enough for a CPU; and one that proves as much without
 * taking time. */
#define ROWS 512
#define SIDE 640
#define FEW_ROWS 80
#define SHORT_SIDE 72
#define ROUNDS 5
/* Of the largest value: some roundings of halves. */
#define TOLERANCE 2e-3
/* What comes later in the table must take so much less time: what a clock says differs from time to time. */
#define CLEARLY 0.8

typedef struct {
  const LimnVariant *variant;
  int rows, side; /* of the product */
  LimnPlan *plan;
  LimnArray out;
  float *values; /* of out */
  gboolean right;
  double seconds;
} Candidate;

static void
candidate_clear (gpointer data)
{
  Candidate *candidate = data;

  limn_plan_free (candidate->plan);
  g_free (candidate->values);
}

/* Numbers of both signs, the same each time; no row is another's. */
static void
write_seed (LimnPlan *plan, LimnArray array, double step)
{
  gsize n = limn_array_rows (array) * array.c;
  g_autofree float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = (float) sin (step * (double) (i + 1));
  limn_plan_write_rows (plan, array, values);
}

/* Both operands are first brought to where products read them, by thin products. */
static gboolean
run (Candidate *candidate, LimnGpu *gpu, const LimnTick *tick, GError **error)
{
  LimnGpuLimits limits = *limn_gpu_limits (gpu);

  limits.variant = candidate->variant;
  LimnPlan *plan = candidate->plan = limn_plan_new (&limits);
  LimnArray x = limn_plan_host_array (plan, LIMN_STORE_F16, 1, candidate->rows, 1, 8);
  LimnArray y = limn_plan_host_array (plan, LIMN_STORE_F16, 1, candidate->side, 1, 8);
  LimnArray thin = limn_plan_host_array (plan, LIMN_STORE_F16, 1, candidate->side, 1, 8);
  LimnArray left =
      limn_kernel_matmul (plan, &(LimnMatmulArgs){ .x = x, .weight = { thin }, .columns = candidate->side });
  LimnArray right =
      limn_kernel_matmul (plan, &(LimnMatmulArgs){ .x = y, .weight = { thin }, .columns = candidate->side });

  candidate->out =
      limn_kernel_matmul (plan, &(LimnMatmulArgs){ .x = left, .weight = { right }, .columns = candidate->side });
  limn_plan_keep (plan, candidate->out);
  if (!limn_plan_finish (plan, gpu, NULL, tick, error))
    return FALSE;
  write_seed (plan, x, 0.37);
  write_seed (plan, y, 1.3);
  write_seed (plan, thin, 0.71);
  candidate->values = g_new (float, (gsize) candidate->rows * candidate->side);
  return limn_plan_run (plan, tick, error) && limn_plan_download (plan, candidate->out, candidate->values, error);
}

/* NULL, or what is wrong.  (transfer full) */
static char *
compare (const Candidate *candidate, const Candidate *plain)
{
  double largest = 0;

  for (gsize i = 0; i < (gsize) plain->rows * plain->side; i++)
    largest = fmax (largest, fabs (plain->values[i]));
  for (gsize i = 0; i < (gsize) plain->rows * plain->side; i++) {
    if (!(fabs (candidate->values[i] - plain->values[i]) <= TOLERANCE * largest))
      return g_strdup_printf ("value %" G_GSIZE_FORMAT " is %g, not %g", i, candidate->values[i], plain->values[i]);
  }
  return NULL;
}

/* FALSE: the device is no more, or the tick said stop. */
static gboolean
prove (Candidate *candidate, const Candidate *plain, LimnGpu *gpu, const LimnTick *tick, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char *wrong = NULL;

  if (!run (candidate, gpu, tick, &failure)) {
    if (candidate == plain || g_error_matches (failure, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST)
        || g_error_matches (failure, LIMN_ERROR, LIMN_ERROR_CANCELLED)) {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
    wrong = g_strdup (failure->message);
  } else if (candidate != plain) {
    wrong = compare (candidate, plain);
  }
  candidate->right = wrong == NULL;
  if (wrong != NULL)
    g_debug ("%s: kernels as \"%s\" are not used: %s", limn_gpu_info (gpu)->name, candidate->variant->name, wrong);
  return TRUE;
}

/* In turns, so that what else the machine does slows them alike; the best of each.  What took more than twice as
 * long as another is not looked at again. */
static gboolean
measure (GArray *candidates, const LimnTick *tick, GError **error)
{
  double best = G_MAXDOUBLE;

  for (guint i = 0; i < ROUNDS * candidates->len; i++) {
    Candidate *candidate = &g_array_index (candidates, Candidate, i % candidates->len);
    gint64 start = g_get_monotonic_time ();

    if (!candidate->right || candidate->seconds > 2 * best)
      continue;
    if (!limn_plan_run (candidate->plan, tick, error))
      return FALSE;
    double seconds = (double) (g_get_monotonic_time () - start) * 1e-6;
    candidate->seconds = i < candidates->len ? seconds : fmin (candidate->seconds, seconds);
    best = fmin (best, candidate->seconds);
  }
  return TRUE;
}

/* What the product's shader is: another build's may be wrong where this one's is right. */
static char *
fingerprint (const LimnVariant *variant)
{
  g_autofree char *name = g_strdup_printf ("matmul.f16%s", variant->suffix);

  for (const LimnShader *shader = limn_shaders; shader->name != NULL; shader++) {
    if (strcmp (shader->name, name) == 0)
      return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) shader->code, shader->size);
  }
  return g_strdup ("");
}

/* FALSE where kept does not say all about the candidate, or says it of another shader. */
static gboolean
read_row (Candidate *candidate, GKeyFile *kept)
{
  const char *name = candidate->variant->name;
  g_autofree char *shader = g_key_file_get_string (kept, name, "shader", NULL), *now = fingerprint (candidate->variant);
  g_autoptr (GError) error = NULL;

  candidate->right = g_key_file_get_boolean (kept, name, "right", &error);
  if (error == NULL)
    candidate->seconds = g_key_file_get_double (kept, name, "seconds", &error);
  return error == NULL && g_strcmp0 (shader, now) == 0;
}

/* Whether file says all about all candidates; where not, nothing of it is taken. */
static gboolean
look_up (GArray *candidates, const char *file)
{
  g_autoptr (GKeyFile) kept = g_key_file_new ();
  gboolean all = g_key_file_load_from_file (kept, file, G_KEY_FILE_NONE, NULL);

  for (guint i = 0; i < candidates->len && all; i++)
    all = read_row (&g_array_index (candidates, Candidate, i), kept);
  if (all && g_array_index (candidates, Candidate, candidates->len - 1).right)
    return TRUE;
  for (guint i = 0; i < candidates->len; i++) {
    g_array_index (candidates, Candidate, i).right = FALSE;
    g_array_index (candidates, Candidate, i).seconds = 0;
  }
  return FALSE;
}

static void
leave (GArray *candidates, const char *file)
{
  g_autoptr (GKeyFile) found = g_key_file_new ();
  g_autofree char *folder = g_path_get_dirname (file);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < candidates->len; i++) {
    const Candidate *candidate = &g_array_index (candidates, Candidate, i);
    g_autofree char *shader = fingerprint (candidate->variant);

    g_key_file_set_string (found, candidate->variant->name, "shader", shader);
    g_key_file_set_boolean (found, candidate->variant->name, "right", candidate->right);
    g_key_file_set_double (found, candidate->variant->name, "seconds", candidate->seconds);
  }
  g_mkdir_with_parents (folder, 0700);
  if (!g_key_file_save_to_file (found, file, &error))
    g_debug ("what was found of the kernels is not kept: %s", error->message);
}

static gboolean
try_all (GArray *candidates, LimnGpu *gpu, const LimnTick *tick, GError **error)
{
  Candidate *plain = &g_array_index (candidates, Candidate, candidates->len - 1);

  for (guint i = candidates->len; i-- > 0;) {
    if (!prove (&g_array_index (candidates, Candidate, i), plain, gpu, tick, error))
      return FALSE;
  }
  return measure (candidates, tick, error);
}

static const Candidate *
best (GArray *candidates)
{
  const Candidate *best = NULL;

  for (guint i = 0; i < candidates->len; i++) {
    const Candidate *candidate = &g_array_index (candidates, Candidate, i);

    if (candidate->right && (best == NULL || candidate->seconds < CLEARLY * best->seconds))
      best = candidate;
  }
  return best;
}

/* Of the caller's work this is nothing yet. */
static gboolean
still_cb (double fraction, gpointer data)
{
  return limn_tick (data, 0, NULL);
}

/* The first that is right: what may be faster is measured when there is time. */
static gboolean
try_first (GArray *candidates, LimnGpu *gpu, const LimnTick *tick, GError **error)
{
  Candidate *plain = &g_array_index (candidates, Candidate, candidates->len - 1);
  gboolean found = FALSE;

  if (!prove (plain, plain, gpu, tick, error))
    return FALSE;
  for (guint i = 0; !found && i + 1 < candidates->len; i++) {
    Candidate *candidate = &g_array_index (candidates, Candidate, i);

    if (!prove (candidate, plain, gpu, tick, error))
      return FALSE;
    found = candidate->right;
  }
  return TRUE;
}

gboolean
limn_variant_choose (LimnGpu *gpu, const LimnVariant *rows, const char *kept, gboolean measured, const LimnTick *tick,
                     GError **error)
{
  g_autoptr (GArray) candidates = g_array_new (FALSE, TRUE, sizeof (Candidate));
  const LimnTick still = { still_cb, (gpointer) tick };

  g_array_set_clear_func (candidates, candidate_clear);
  for (; rows->name != NULL; rows++) {
    const Candidate candidate = { rows, measured ? ROWS : FEW_ROWS, measured ? SIDE : SHORT_SIDE };
    if (limn_variant_suits (rows, limn_gpu_limits (gpu)))
      g_array_append_val (candidates, candidate);
  }
  if (candidates->len > 1 && !look_up (candidates, kept)) {
    if (!(measured ? try_all : try_first) (candidates, gpu, &still, error))
      return FALSE;
    if (measured)
      leave (candidates, kept);
  }
  const LimnVariant *chosen =
      candidates->len > 1 ? best (candidates)->variant : g_array_index (candidates, Candidate, 0).variant;
  g_debug ("%s: kernels as \"%s\"", limn_gpu_info (gpu)->name, chosen->name);
  limn_gpu_set_variant (gpu, chosen);
  return TRUE;
}

gboolean
limn_kernel_choose (LimnGpu *gpu, gboolean measured, const LimnTick *tick, GError **error)
{
  g_autofree char *kept = limn_gpu_cache_path (gpu, "variants", ".ini");

  return limn_variant_choose (gpu, limn_variants, kept, measured, tick, error);
}
