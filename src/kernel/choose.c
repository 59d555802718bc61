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
/* What comes later in the table must take so much less time: what a clock says differs from time to time. */
#define CLEARLY 0.8

typedef struct {
  const LimnVariant *variant;
  int rows, side; /* of the product */
  LimnPlan *plan;
  LimnArray out;
  float *values; /* of out */
  gboolean right;
  gboolean proved; /* in every class of kernels; else by the product alone */
  double seconds;
  char *wrong; /* where it is not right */
} Candidate;

static void
candidate_clear (gpointer data)
{
  Candidate *candidate = data;

  limn_plan_free (candidate->plan);
  g_free (candidate->values);
  g_free (candidate->wrong);
}

static void
set_wrong (Candidate *candidate, LimnGpu *gpu, char *wrong)
{
  g_free (candidate->wrong);
  candidate->wrong = wrong;
  candidate->right = wrong == NULL;
  if (wrong != NULL)
    g_debug ("%s: kernels as \"%s\" are not used: %s", limn_gpu_info (gpu)->name, candidate->variant->name, wrong);
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
  return limn_plan_poison (plan, candidate->out, error) && limn_plan_run (plan, tick, error)
         && limn_plan_download (plan, candidate->out, candidate->values, error);
}

/* By the product.  FALSE: the device is no more, or the tick said stop. */
static gboolean
prove (Candidate *candidate, const Candidate *plain, LimnGpu *gpu, const LimnTick *tick, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char *wrong = NULL;

  if (!run (candidate, gpu, tick, &failure)) {
    if (candidate == plain || !limn_variant_fails (failure)) {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
    wrong = g_strdup (failure->message);
  } else if (candidate != plain) {
    wrong = limn_variant_compare (candidate->values, plain->values, (gsize) plain->rows * plain->side, LIMN_STORE_F16);
  }
  set_wrong (candidate, gpu, g_steal_pointer (&wrong));
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

/* What the shaders are: another build's may be wrong where this one's are right. */
static char *
fingerprint (void)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (const LimnShader *shader = limn_shaders; shader->name != NULL; shader++)
    g_checksum_update (sum, (const guchar *) shader->code, (gssize) shader->size);
  return g_strdup (g_checksum_get_string (sum));
}

/* FALSE where kept does not say all about the candidate, or says it of another shader. */
static gboolean
read_row (Candidate *candidate, GKeyFile *kept, const char *shaders)
{
  const char *name = candidate->variant->name;
  g_autofree char *before = g_key_file_get_string (kept, name, "shader", NULL);
  g_autoptr (GError) error = NULL;

  candidate->right = g_key_file_get_boolean (kept, name, "right", &error);
  candidate->proved = g_key_file_get_boolean (kept, name, "proved", NULL);
  candidate->wrong = g_key_file_get_string (kept, name, "wrong", NULL);
  if (error == NULL)
    candidate->seconds = g_key_file_get_double (kept, name, "seconds", &error);
  return error == NULL && g_strcmp0 (before, shaders) == 0;
}

/* Whether file says all about all candidates; where not, nothing of it is taken. */
static gboolean
look_up (GArray *candidates, const char *file)
{
  g_autoptr (GKeyFile) kept = g_key_file_new ();
  g_autofree char *shaders = fingerprint ();
  gboolean all = g_key_file_load_from_file (kept, file, G_KEY_FILE_NONE, NULL);

  for (guint i = 0; i < candidates->len && all; i++)
    all = read_row (&g_array_index (candidates, Candidate, i), kept, shaders);
  if (all && g_array_index (candidates, Candidate, candidates->len - 1).right)
    return TRUE;
  for (guint i = 0; i < candidates->len; i++) {
    Candidate *candidate = &g_array_index (candidates, Candidate, i);

    g_clear_pointer (&candidate->wrong, g_free);
    candidate->right = candidate->proved = FALSE;
    candidate->seconds = 0;
  }
  return FALSE;
}

static void
leave (GArray *candidates, const char *file)
{
  g_autoptr (GKeyFile) found = g_key_file_new ();
  g_autofree char *folder = g_path_get_dirname (file), *shaders = fingerprint ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < candidates->len; i++) {
    const Candidate *candidate = &g_array_index (candidates, Candidate, i);
    const char *name = candidate->variant->name;

    g_key_file_set_string (found, name, "shader", shaders);
    g_key_file_set_boolean (found, name, "right", candidate->right);
    g_key_file_set_boolean (found, name, "proved", candidate->proved);
    g_key_file_set_double (found, name, "seconds", candidate->seconds);
    if (candidate->wrong != NULL)
      g_key_file_set_string (found, name, "wrong", candidate->wrong);
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

static Candidate *
best (GArray *candidates)
{
  Candidate *best = NULL;

  for (guint i = 0; i < candidates->len; i++) {
    Candidate *candidate = &g_array_index (candidates, Candidate, i);

    if (candidate->right && (best == NULL || candidate->seconds < CLEARLY * best->seconds))
      best = candidate;
  }
  return best;
}

/* In every class of kernels. */
static gboolean
prove_fully (Candidate *candidate, const Candidate *plain, LimnGpu *gpu, const LimnTick *tick, GError **error)
{
  char *wrong = NULL;

  if (candidate != plain && !limn_variant_prove (gpu, candidate->variant, plain->variant, &wrong, tick, error))
    return FALSE;
  candidate->proved = TRUE;
  set_wrong (candidate, gpu, wrong);
  return TRUE;
}

/* The best that proves right; with all, the others are proved as well. */
static gboolean
settle (GArray *candidates, gboolean all, LimnGpu *gpu, const LimnTick *tick, GError **error)
{
  const Candidate *plain = &g_array_index (candidates, Candidate, candidates->len - 1);

  for (guint i = 0; all && i < candidates->len; i++) {
    Candidate *candidate = &g_array_index (candidates, Candidate, i);

    if (candidate->right && !prove_fully (candidate, plain, gpu, tick, error))
      return FALSE;
  }
  while (!best (candidates)->proved) {
    if (!prove_fully (best (candidates), plain, gpu, tick, error))
      return FALSE;
  }
  return TRUE;
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

static GArray *
candidates_of (LimnGpu *gpu, const LimnVariant *rows, gboolean measured)
{
  GArray *candidates = g_array_new (FALSE, TRUE, sizeof (Candidate));

  g_array_set_clear_func (candidates, candidate_clear);
  for (; rows->name != NULL; rows++) {
    const Candidate candidate = { rows, measured ? ROWS : FEW_ROWS, measured ? SIDE : SHORT_SIDE };

    if (limn_variant_suits (rows, limn_gpu_limits (gpu)))
      g_array_append_val (candidates, candidate);
  }
  return candidates;
}

static void
report (GArray *candidates, const Candidate *chosen, GPtrArray *reports)
{
  for (guint i = 0; i < candidates->len; i++) {
    const Candidate *candidate = &g_array_index (candidates, Candidate, i);
    LimnKernelReport *row = g_new0 (LimnKernelReport, 1);

    row->name = g_strdup (candidate->variant->name);
    row->problem = g_strdup (candidate->wrong);
    row->chosen = candidate == chosen;
    row->gflops = candidate->seconds > 0 ? 2e-9 * ROWS * SIDE * SIDE / candidate->seconds : 0;
    g_ptr_array_add (reports, row);
  }
}

gboolean
limn_variant_choose (LimnGpu *gpu, const LimnVariant *rows, const char *kept, LimnChoosing how, GPtrArray *reports,
                     const LimnTick *tick, GError **error)
{
  gboolean measured = how != LIMN_CHOOSE_SOON, anew = how == LIMN_CHOOSE_ANEW;
  g_autoptr (GArray) candidates = candidates_of (gpu, rows, measured);
  const LimnTick still = { still_cb, (gpointer) tick };

  if (candidates->len > 1 || anew) {
    gboolean known = !anew && look_up (candidates, kept);

    if (!known && !(measured ? try_all : try_first) (candidates, gpu, &still, error))
      return FALSE;
    gboolean settled = known ? best (candidates)->proved : !measured;
    if (!settled && !settle (candidates, anew, gpu, &still, error))
      return FALSE;
    if (!settled)
      leave (candidates, kept);
  }
  const Candidate *chosen = candidates->len > 1 ? best (candidates) : &g_array_index (candidates, Candidate, 0);
  g_debug ("%s: kernels as \"%s\"", limn_gpu_info (gpu)->name, chosen->variant->name);
  limn_gpu_set_variant (gpu, chosen->variant);
  if (reports != NULL)
    report (candidates, chosen, reports);
  return TRUE;
}

gboolean
limn_kernel_choose (LimnGpu *gpu, LimnChoosing how, GPtrArray *reports, const LimnTick *tick, GError **error)
{
  g_autofree char *kept = limn_gpu_cache_path (gpu, "variants", ".ini");

  return limn_variant_choose (gpu, limn_variants, kept, how, reports, tick, error);
}
