/* test-merge.c - random weights with random changes, merged by the device in batches: to the bit what comes of the same
 * weights summed on the CPU, in whatever order they are loaded, changed, given up and taken back.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/error.h"
#include "base/half.h"
#include "model/networks.h"
#include "model/weights.h"

#define VERSIONS 3 /* the first has nothing merged */

/* One LoRA's, or several's together. */
typedef struct {
  guint64 rank;
  gboolean is_low; /* else it is told as a sum alone */
  float *down, *up;
  float *sum;
} Change;

typedef struct {
  guint64 rows, k, taps;
  guint16 *halves;
  Change changes[VERSIONS];
} Tensor;

typedef struct {
  GPtrArray *names;    /* char **: of each weight */
  GArray *layouts;     /* LimnLayout */
  GHashTable *tensors; /* name -> Tensor */
  int version;         /* that is asked for */
  const char *bad;     /* NULL, or whose factors cannot be read */
} Model;

static void
tensor_free (gpointer data)
{
  Tensor *tensor = data;

  for (int v = 0; v < VERSIONS; v++) {
    g_free (tensor->changes[v].down);
    g_free (tensor->changes[v].up);
    g_free (tensor->changes[v].sum);
  }
  g_free (tensor->halves);
  g_free (tensor);
}

static float *
random_values (guint64 n, double size)
{
  float *values = g_new (float, n);

  for (guint64 i = 0; i < n; i++)
    values[i] = (float) (size * g_test_rand_double_range (-1, 1));
  return values;
}

/* In the order of the rank, as a LoRA after the other would be added. */
static void
sum_up (const Tensor *tensor, Change *change)
{
  guint64 columns = tensor->k * tensor->taps;

  change->sum = g_new (float, tensor->rows *columns);
  for (guint64 i = 0; i < tensor->rows; i++) {
    float *row = change->sum + i * columns;

    limn_half_to_float_row (tensor->halves + i * columns, row, columns);
    for (guint64 r = 0; r < change->rank; r++)
      for (guint64 j = 0; j < columns; j++)
        row[j] += change->up[i * change->rank + r] * change->down[r * columns + j];
  }
}

/* large: factors that alone are more than stays small, whose product is not. */
static Change
change_new (const Tensor *tensor, guint64 rank, gboolean is_low, gboolean large)
{
  guint64 columns = tensor->k * tensor->taps;
  Change change = { .rank = rank, .is_low = is_low };

  change.down = random_values (rank * columns, large ? 0.001 : 0.1);
  change.up = random_values (tensor->rows * rank, large ? 1000 : 0.5);
  if (rank > 0)
    sum_up (tensor, &change);
  return change;
}

static void
add_tensor (Model *model, char *name, guint64 rows, guint64 k, guint64 taps, guint64 rank)
{
  Tensor *tensor = g_new0 (Tensor, 1);
  g_autofree float *values = random_values (rows * k * taps, 1);

  *tensor = (Tensor){ .rows = rows, .k = k, .taps = taps, .halves = g_new (guint16, rows * k * taps) };
  limn_half_from_float_row (values, tensor->halves, rows * k * taps);
  tensor->changes[0] = change_new (tensor, 0, TRUE, FALSE);
  for (int v = 1; v < VERSIONS; v++)
    tensor->changes[v] =
        change_new (tensor, rank, g_test_rand_int_range (0, 6) != 0, g_test_rand_int_range (0, 8) == 0);
  g_hash_table_insert (model->tensors, name, tensor);
}

/* Of n tensors; rows 0, or what each has.  rank: of a tensor that is no smaller. */
static void
add_weight (Model *model, guint n, guint64 rows, guint64 k, guint64 taps, guint64 rank)
{
  char **names = g_new0 (char *, n + 1);
  const LimnLayout layout = taps == 9 ? LIMN_LAYOUT_CONV : LIMN_LAYOUT_MATRIX;

  for (guint i = 0; i < n; i++) {
    guint64 own = rows != 0 ? rows : (guint64) g_test_rand_int_range (1, 300);

    names[i] = g_strdup_printf ("%u.%u.weight", model->names->len, i);
    add_tensor (model, names[i], own, k, taps, g_test_rand_int_range (0, 5) == 0 ? 0 : MIN (rank, MIN (own, k * taps)));
  }
  g_ptr_array_add (model->names, names);
  g_array_append_val (model->layouts, layout);
}

static Model *
model_new (guint n)
{
  Model *model = g_new0 (Model, 1);

  model->names = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  model->layouts = g_array_new (FALSE, FALSE, sizeof (LimnLayout));
  model->tensors = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, tensor_free);
  for (guint i = 0; i < n; i++)
    add_weight (model, (guint) g_test_rand_int_range (1, 4), g_test_rand_bit () ? 0 : 64 * (i % 4 + 1),
                (guint64) g_test_rand_int_range (1, 200), g_test_rand_bit () ? 9 : 1,
                (guint64) g_test_rand_int_range (1, 40));
  return model;
}

static void
model_free (Model *model)
{
  g_hash_table_unref (model->tensors);
  g_ptr_array_unref (model->names);
  g_array_unref (model->layouts);
  g_free (model);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Model, model_free)

/* ---- As a source ---- */

static void
tell_view (const Tensor *tensor, const char *name, LimnType type, gconstpointer data, LimnTensorView *view)
{
  *view = (LimnTensorView){ .type = type,
                            .rank = tensor->taps == 9 ? 4 : 2,
                            .shape = { tensor->rows, tensor->k, 3, 3 },
                            .data = data,
                            .file = "random",
                            .stored_name = name };
}

static gboolean
find_cb (gpointer data, const char *name, LimnTensorView *view, GError **error)
{
  Model *model = data;
  const Tensor *tensor = g_hash_table_lookup (model->tensors, name);
  const Change *change = &tensor->changes[model->version];

  if (change->rank > 0)
    tell_view (tensor, name, LIMN_TYPE_F32, change->sum, view);
  else
    tell_view (tensor, name, LIMN_TYPE_F16, tensor->halves, view);
  return TRUE;
}

static gboolean
find_low_cb (gpointer data, const char *name, gboolean made, LimnTensorView *view, guint64 *rank)
{
  Model *model = data;
  const Tensor *tensor = g_hash_table_lookup (model->tensors, name);

  *rank = tensor->changes[model->version].rank;
  tell_view (tensor, name, LIMN_TYPE_F16, tensor->halves, view);
  return tensor->changes[model->version].is_low;
}

static gboolean
factors_cb (gpointer data, const char *name, float *down, float *up, GError **error)
{
  Model *model = data;
  const Tensor *tensor = g_hash_table_lookup (model->tensors, name);
  const Change *change = &tensor->changes[model->version];

  if (g_strcmp0 (name, model->bad) == 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, "%s is bad", name);
    return FALSE;
  }
  memcpy (down, change->down, sizeof (float) * change->rank * tensor->k * tensor->taps);
  memcpy (up, change->up, sizeof (float) * change->rank * tensor->rows);
  return TRUE;
}

static gboolean
check_whole_cb (gpointer data, GError **error)
{
  return TRUE;
}

static void
release_pages_cb (gpointer data)
{
}

static LimnTensorSource
source_of (Model *model, gboolean by_cpu)
{
  return (
      LimnTensorSource){ find_cb, check_whole_cb, release_pages_cb, model, by_cpu ? NULL : find_low_cb, factors_cb };
}

/* ---- On the device ---- */

static char *
plan_name (const Model *model, guint i)
{
  return g_strjoinv (" ", model->names->pdata[i]);
}

/* In random order. */
static LimnWeights *
weights_new (Model *model, LimnStore store, gboolean by_cpu)
{
  g_autoptr (LimnPlan) plan = limn_plan_new (limn_gpu_limits (networks_gpu ()));
  LimnWeights *weights = limn_weights_new (store);
  const LimnTensorSource source = source_of (model, by_cpu);
  guint n = model->names->len, first = (guint) g_test_rand_int_range (0, (gint32) n);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n; i++) {
    LimnWeightSpec spec = { .names = model->names->pdata[i], .layout = g_array_index (model->layouts, LimnLayout, i) };
    for (const char *const *name = spec.names; *name != NULL; name++) {
      const Tensor *tensor = g_hash_table_lookup (model->tensors, *name);
      spec.rows += (int) tensor->rows;
      spec.k = (int) tensor->k;
    }
    limn_weights_declare (weights, plan, &spec);
  }
  for (guint i = 0; i < n; i++) {
    g_autofree char *name = plan_name (model, (first + i) % n);
    LimnSlice slice;

    g_assert_true (limn_weights_load (weights, networks_gpu (), &source, name, &slice, &error));
  }
  g_assert_true (limn_weights_settle (weights, &source, TRUE, &error));
  return weights;
}

/* (element-type GBytes) */
static GPtrArray *
bytes_of (const Model *model, LimnWeights *weights)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < model->names->len; i++) {
    g_autofree char *name = plan_name (model, i);
    LimnSlice slice;

    g_assert_true (limn_weights_load (weights, networks_gpu (), NULL, name, &slice, &error)); /* it is there */
    guint8 *bytes = g_malloc (slice.size);
    g_assert_true (limn_buffer_download (slice, bytes, &error));
    g_ptr_array_add (all, g_bytes_new_take (bytes, slice.size));
  }
  return all;
}

static GPtrArray *
right_bytes (Model *model, LimnStore store, int version)
{
  model->version = version;
  g_autoptr (LimnWeights) weights = weights_new (model, store, TRUE);
  g_assert_cmpuint (limn_weights_merged (weights), ==, 0);
  return bytes_of (model, weights);
}

/* Each is one's or other's; returns how many are other's and not one's. */
static guint
count_others (const GPtrArray *bytes, const GPtrArray *one, const GPtrArray *other)
{
  guint n = 0;

  for (guint i = 0; i < bytes->len; i++) {
    gboolean same = g_bytes_equal (bytes->pdata[i], one->pdata[i]);

    if (!same && !g_bytes_equal (bytes->pdata[i], other->pdata[i]))
      g_error ("weight %u is neither", i);
    n += !same;
  }
  return n;
}

static gboolean
any_cb (const char *name, gpointer data)
{
  return TRUE;
}

typedef struct {
  guint calls, stop; /* 0: never */
} Ticks;

static gboolean
tick_cb (double done, gpointer data)
{
  Ticks *ticks = data;

  g_assert_true (done >= 0 && done <= 1);
  return ++ticks->calls != ticks->stop;
}

static gboolean
reload (Model *model, LimnWeights *weights, int version, guint stop, GError **error)
{
  const LimnTensorSource source = source_of (model, FALSE);
  Ticks ticks = { .stop = stop };

  model->version = version;
  return limn_weights_reload (weights, &source, any_cb, NULL, &(LimnTick){ tick_cb, &ticks }, error);
}

/* A tensor whose factors the first version is asked for; NULL: there is none. */
static const char *
find_bad (const Model *model)
{
  for (guint i = 0; i < model->names->len; i++) {
    char **names = model->names->pdata[i];
    const Tensor *tensor = g_hash_table_lookup (model->tensors, names[0]);

    if (names[1] == NULL && tensor->changes[1].rank > 0 && tensor->changes[1].is_low)
      return names[0];
  }
  return NULL;
}

static void
check (Model *model, LimnStore store)
{
  g_autoptr (GPtrArray) plain = right_bytes (model, store, 0), one = right_bytes (model, store, 1);
  g_autoptr (GPtrArray) two = right_bytes (model, store, 2);
  g_autoptr (GError) cancelled = NULL, bad = NULL, error = NULL;
  guint n = model->names->len, stop = (guint) g_test_rand_int_range (1, (gint32) n + 1);

  model->version = 1;
  g_autoptr (LimnWeights) weights = weights_new (model, store, FALSE);
  g_autoptr (GPtrArray) loaded = bytes_of (model, weights);
  g_assert_cmpuint (limn_weights_merged (weights), >, 0);
  g_assert_cmpuint (count_others (loaded, one, one), ==, 0);

  g_assert_false (reload (model, weights, 2, stop, &cancelled));
  g_assert_error (cancelled, LIMN_ERROR, LIMN_ERROR_CANCELLED);
  g_autoptr (GPtrArray) half = bytes_of (model, weights);
  g_assert_cmpuint (count_others (half, one, two), <, stop); /* which had not been asked for yet */

  g_assert_true (reload (model, weights, 2, 0, &error));
  g_autoptr (GPtrArray) changed = bytes_of (model, weights);
  g_assert_cmpuint (count_others (changed, two, two), ==, 0);

  model->bad = find_bad (model);
  if (model->bad != NULL) {
    g_assert_false (reload (model, weights, 1, 0, &bad));
    g_assert_error (bad, LIMN_ERROR, LIMN_ERROR_MODEL);
    g_assert_nonnull (strstr (bad->message, model->bad));
    model->bad = NULL;
    g_assert_true (reload (model, weights, 1, 0, &error));
    g_autoptr (GPtrArray) again = bytes_of (model, weights);
    g_assert_cmpuint (count_others (again, one, one), ==, 0);
  }
  g_assert_true (reload (model, weights, 0, 0, &error));
  g_autoptr (GPtrArray) last = bytes_of (model, weights);
  g_assert_cmpuint (count_others (last, plain, plain), ==, 0);
}

static void
test_random (gconstpointer data)
{
  for (guint i = 0; i < 4; i++) {
    g_autoptr (Model) model = model_new (24);

    check (model, (LimnStore) GPOINTER_TO_INT (data));
  }
}

/* Weights that are more than half of the staging buffer, and matrices that are more than a batch's. */
static void
test_large (void)
{
  g_autoptr (Model) model = model_new (6);

  add_weight (model, 1, 4200, 2048, 1, 2);
  add_weight (model, 1, 1300, 1300, 1, 420);
  add_weight (model, 2, 1280, 640, 9, 1);
  for (guint i = 0; i < 4; i++)
    add_weight (model, 1, 512, 512, 1, 128);
  check (model, LIMN_STORE_F16);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  networks_gpu ();
  g_test_add_data_func ("/merge/random/f16", GINT_TO_POINTER (LIMN_STORE_F16), test_random);
  g_test_add_data_func ("/merge/random/f32", GINT_TO_POINTER (LIMN_STORE_F32), test_random);
  g_test_add_func ("/merge/large", test_large);
  return networks_run ();
}
