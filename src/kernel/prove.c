/* prove.c - whether a variant gives what another does, in every class of kernels and weights.
 *
 * Each class has a dispatch of few values, whose sizes are no multiples of any tile.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel/kernel.h"
#include "kernel/variant.h"

#include <math.h>

#include "base/error.h"

#define ROWS 83
#define CHANNELS 72
#define COLUMNS 104
#define HEAD 64
#define WIDE_HEAD 512

typedef struct {
  LimnArray array;
  const LimnWeightKind *kind; /* NULL: values of the array's store */
  int k;                      /* of a row of weights */
  gboolean phases;            /* sums of nine taps each */
  double step, size;
} Input;

typedef struct {
  LimnPlan *plan;
  LimnStore store;
  const LimnWeightKind *kind; /* of its weights; NULL: values */
  GArray *inputs;             /* Input */
} Proof;

static LimnArray
input (Proof *proof, LimnStore store, int h, int w, int c)
{
  const Input fresh = { .array = limn_plan_host_array (proof->plan, store, 1, h, w, c),
                        .k = c,
                        .step = 0.37 + 0.31 * proof->inputs->len,
                        .size = 1 };

  g_array_append_val (proof->inputs, fresh);
  return fresh.array;
}

static LimnWeight
weight (Proof *proof, int taps)
{
  if (proof->kind == NULL)
    return (LimnWeight){ input (proof, proof->store, COLUMNS, taps, CHANNELS), NULL };
  int halves = (int) proof->kind->row_bytes (proof->store, CHANNELS) / 2;
  LimnArray array = input (proof, LIMN_STORE_F16, COLUMNS, taps, halves);
  Input *last = &g_array_index (proof->inputs, Input, proof->inputs->len - 1);

  last->kind = proof->kind;
  last->k = CHANNELS;
  return (LimnWeight){ array, proof->kind };
}

static LimnArray
vector (Proof *proof, int n)
{
  return input (proof, LIMN_STORE_F32, 1, 1, n);
}

static LimnArray
matmul (Proof *proof)
{
  return limn_kernel_matmul (proof->plan, &(LimnMatmulArgs){ .x = input (proof, proof->store, ROWS, 1, CHANNELS),
                                                             .weight = weight (proof, 1),
                                                             .bias = vector (proof, COLUMNS),
                                                             .columns = COLUMNS });
}

static LimnArray
conv (Proof *proof)
{
  return limn_kernel_conv (proof->plan, &(LimnConvArgs){ .x = input (proof, proof->store, 7, 9, CHANNELS),
                                                         .weight = weight (proof, 9),
                                                         .bias = vector (proof, COLUMNS),
                                                         .columns = COLUMNS,
                                                         .stride = 1 });
}

/* To twice its size: by phases, or as a variant without them does. */
static LimnArray
stretched (Proof *proof)
{
  LimnConvArgs args = { .x = input (proof, proof->store, 7, 9, CHANNELS), .columns = COLUMNS, .stride = 1 };

  args.up_h = 2 * args.x.h;
  args.up_w = 2 * args.x.w;
  args.phases = limn_kernel_conv_by_phases (proof->plan, &args);
  args.weight = weight (proof, args.phases ? LIMN_PHASE_TAPS : 9);
  g_array_index (proof->inputs, Input, proof->inputs->len - 1).phases = args.phases;
  args.bias = vector (proof, COLUMNS);
  return limn_kernel_conv (proof->plan, &args);
}

/* Of queries that favour some keys: a mean of all values would be nearly nothing, and mostly roundings. */
static LimnArray
attention_of (Proof *proof, int head)
{
  LimnArray q = input (proof, proof->store, ROWS, 1, 2 * head);

  g_array_index (proof->inputs, Input, proof->inputs->len - 1).size = 8;
  return limn_kernel_attention (proof->plan, &(LimnAttentionArgs){ .q = q,
                                                                   .k = input (proof, proof->store, 77, 1, 2 * head),
                                                                   .v = input (proof, proof->store, 77, 1, 2 * head),
                                                                   .heads = 2 });
}

static LimnArray
attention (Proof *proof)
{
  return attention_of (proof, HEAD);
}

static LimnArray
wide_attention (Proof *proof)
{
  return attention_of (proof, WIDE_HEAD);
}

static LimnArray
group_norm (Proof *proof)
{
  return limn_kernel_group_norm (proof->plan, &(LimnGroupNormArgs){ .x = input (proof, proof->store, 7, 9, CHANNELS),
                                                                    .gamma = vector (proof, CHANNELS),
                                                                    .beta = vector (proof, CHANNELS),
                                                                    .groups = 8,
                                                                    .epsilon = 1e-5f });
}

static LimnArray
layer_norm (Proof *proof)
{
  return limn_kernel_layer_norm (proof->plan, &(LimnLayerNormArgs){ .x = input (proof, proof->store, ROWS, 1, CHANNELS),
                                                                    .gamma = vector (proof, CHANNELS),
                                                                    .beta = vector (proof, CHANNELS),
                                                                    .epsilon = 1e-5f });
}

static const struct {
  const char *kernel;
  LimnArray (*write) (Proof *proof);
  int kinds;     /* of weights that it is proved with, the first ones: no network has a 3 x 3 convolution over others */
  gboolean wide; /* proved where workgroups attend, which hold wide heads by parts */
} kernels[] = {
  { "matmul", matmul, G_MAXINT },
  { "conv", conv, 2 },
  { "conv", stretched },
  { "attention", attention },
  { "group_norm", group_norm },
  { "layer_norm", layer_norm },
  { "attention", wide_attention, .wide = TRUE },
};

/* Numbers of both signs, up to size, the same each time; no row is another's. */
static float *
numbers (gsize n, double step, double size)
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = (float) (size * sin (step * (double) (i + 1)));
  return values;
}

static float *
sums_of_numbers (int columns, int k, double step)
{
  float *sums = g_new (float, (gsize) columns *LIMN_PHASE_TAPS *k);
  g_autofree float *taps = numbers ((gsize) columns * 9 * k, step, 1);

  for (int i = 0; i < columns; i++)
    limn_weight_sum_taps (taps + (gsize) i * 9 * k, k, sums + (gsize) i * LIMN_PHASE_TAPS * k);
  return sums;
}

static void
write_input (LimnPlan *plan, const Input *wanted)
{
  gsize rows = limn_array_rows (wanted->array);
  g_autofree float *values = wanted->phases ? sums_of_numbers (wanted->array.h, wanted->k, wanted->step)
                                            : numbers (rows * wanted->k, wanted->step, wanted->size);
  guint8 *map = limn_plan_map (plan, wanted->array);

  if (wanted->kind == NULL) {
    limn_plan_write_rows (plan, wanted->array, values);
    return;
  }
  for (gsize row = 0; row < rows; row++)
    wanted->kind->pack (wanted->array.store, values + row * wanted->k, wanted->k,
                        map + row * (limn_array_bytes (wanted->array) / rows));
}

/* What the kernel gives in a variant.  (transfer full) */
static float *
values_of (LimnGpu *gpu, const LimnVariant *variant, int kernel, LimnStore store, const LimnWeightKind *kind, gsize *n,
           const LimnTick *tick, GError **error)
{
  LimnGpuLimits limits = *limn_gpu_limits (gpu);
  g_autoptr (GArray) inputs = g_array_new (FALSE, FALSE, sizeof (Input));

  limn_variant_force (&limits, variant);
  g_autoptr (LimnPlan) plan = limn_plan_new (&limits);
  Proof proof = { plan, store, kind == limn_weight_kinds ? NULL : kind, inputs };
  LimnArray out = kernels[kernel].write (&proof);
  limn_plan_keep (plan, out);
  if (!limn_plan_finish (plan, gpu, NULL, tick, error))
    return NULL;
  for (guint i = 0; i < inputs->len; i++)
    write_input (plan, &g_array_index (inputs, Input, i));
  *n = limn_array_rows (out) * out.c;
  g_autofree float *values = g_new (float, *n);
  if (!limn_plan_poison (plan, out, error) || !limn_plan_run (plan, tick, error)
      || !limn_plan_download (plan, out, values, error))
    return NULL;
  return g_steal_pointer (&values);
}

char *
limn_variant_compare (const float *values, const float *right, gsize n, LimnStore store)
{
  /* Of the largest value: some roundings of halves; or what sums in another order differ by. */
  double tolerance = store == LIMN_STORE_F16 ? 2e-3 : 1e-4, largest = 0;

  for (gsize i = 0; i < n; i++)
    largest = fmax (largest, fabs (right[i]));
  for (gsize i = 0; i < n; i++) {
    if (!(fabs (values[i] - right[i]) <= tolerance * largest))
      return g_strdup_printf ("value %" G_GSIZE_FORMAT " is %g, not %g", i, values[i], right[i]);
  }
  return NULL;
}

gboolean
limn_variant_fails (const GError *error)
{
  return !g_error_matches (error, LIMN_ERROR, LIMN_ERROR_DEVICE_LOST)
         && !g_error_matches (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
}

static gboolean
prove_kernel (LimnGpu *gpu, const LimnVariant *variant, const LimnVariant *plain, int kernel, LimnStore store,
              const LimnWeightKind *kind, char **wrong, const LimnTick *tick, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char *what = NULL;
  gsize n = 0;
  g_autofree float *right = values_of (gpu, plain, kernel, store, kind, &n, tick, error);

  if (right == NULL)
    return FALSE;
  g_autofree float *values = values_of (gpu, variant, kernel, store, kind, &n, tick, &failure);
  if (values == NULL && !limn_variant_fails (failure)) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  what = values != NULL ? limn_variant_compare (values, right, n, store) : g_strdup (failure->message);
  if (what != NULL)
    *wrong = g_strdup_printf ("%s.%s%s: %s", kernels[kernel].kernel, store == LIMN_STORE_F16 ? "f16" : "f32",
                              kind->suffix, what);
  return TRUE;
}

gboolean
limn_variant_prove (LimnGpu *gpu, const LimnVariant *variant, const LimnVariant *plain, char **wrong,
                    const LimnTick *tick, GError **error)
{
  *wrong = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (kernels); i++) {
    if (kernels[i].wide && variant->attention[G_N_ELEMENTS (variant->attention) - 1].k == 0)
      continue;
    for (LimnStore store = LIMN_STORE_F16; store <= LIMN_STORE_F32; store++) {
      for (const LimnWeightKind *kind = limn_weight_kinds; kind->name != NULL; kind++) {
        if (!prove_kernel (gpu, variant, plain, (int) i, store, kind, wrong, tick, error))
          return FALSE;
        if (*wrong != NULL)
          return TRUE;
        if (kind - limn_weight_kinds + 1 >= kernels[i].kinds)
          break;
      }
    }
  }
  return TRUE;
}
