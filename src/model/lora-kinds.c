/* lora-kinds.c - the kinds of LoRA: which tensors each is made of, and what these come to.
 *
 * Hu et al. 2021 (LoRA); Yeh et al. 2024 (LyCORIS: LoCon, LoHa, LoKr, (IA)3); Chavan et al. 2023 (GLoRA).  Where
 * programs differ, as ComfyUI has it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/lora-private.h"

#include <string.h>

#define HAS(role) LIMN_LORA_HAS (role)

static const LimnTensor *
role (const LimnLoraModule *module, LimnLoraRole which)
{
  return module->roles[which];
}

static guint64
rows (const LimnLoraModule *module, LimnLoraRole which)
{
  return limn_lora_rows (module->roles[which]);
}

static guint64
columns (const LimnLoraModule *module, LimnLoraRole which)
{
  return limn_lora_columns (module->roles[which]);
}

/* alpha / rank; 1 where no alpha is said. */
static double
scale_of (const LimnLoraModule *module, guint64 rank)
{
  const LimnTensor *alpha = role (module, LIMN_LORA_ALPHA);
  float value = 1;

  if (alpha == NULL || alpha->count != 1)
    return 1;
  limn_tensor_to_float (alpha, &value);
  return (double) value / (double) rank;
}

static void
multiply_roles (const LimnLoraModule *module, LimnLoraRole a, LimnLoraRole b, float *out)
{
  g_auto (LimnMatrix) left = limn_matrix_read (role (module, a)), right = limn_matrix_read (role (module, b));

  limn_matrix_multiply (&left, &right, out);
}

static gboolean
is (guint64 value, guint64 a, guint64 b)
{
  guint64 product;

  return g_uint64_checked_mul (&product, a, b) && product == value;
}

/* The rank of what two products make together; 0: it is too high. */
static guint64
bounded (guint64 one, guint64 two)
{
  guint64 rank;

  return g_uint64_checked_mul (&rank, one, two) && rank <= LIMN_LORA_MOST_RANK ? rank : 0;
}

/* All rows of a with all of b, or each with its own; columns likewise: what two products make value by value, or as
 * Kronecker has it, is the product of such pairs. */
static LimnMatrix
pair (const LimnMatrix *a, const LimnMatrix *b, gboolean own_rows, gboolean own_columns)
{
  guint64 n_rows = own_rows ? 1 : b->rows, n_columns = own_columns ? 1 : b->columns;
  LimnMatrix out = { a->rows * n_rows, a->columns * n_columns, NULL };
  float *to = out.values = g_new (float, out.rows *out.columns);

  for (guint64 i = 0; i < a->rows; i++)
    for (guint64 j = 0; j < n_rows; j++) {
      const float *row = b->values + (own_rows ? i : j) * b->columns;

      for (guint64 c = 0; c < a->columns; c++)
        for (guint64 e = 0; e < n_columns; e++)
          *to++ = a->values[i * a->columns + c] * row[own_columns ? c : e];
    }
  return out;
}

/* ---- LoRA and LoCon: up x down, or up x mid x down ---- */

static gboolean
lora_fits (const LimnLoraModule *module, const LimnLoraShape *shape)
{
  const LimnTensor *mid = role (module, LIMN_LORA_MID);
  guint64 rank = rows (module, LIMN_LORA_DOWN);

  if (rows (module, LIMN_LORA_UP) != shape->rows || rank == 0)
    return FALSE;
  if (mid == NULL)
    return columns (module, LIMN_LORA_UP) == rank && columns (module, LIMN_LORA_DOWN) == shape->columns;
  return mid->rank == 4 && mid->shape[0] == columns (module, LIMN_LORA_UP) && mid->shape[1] == rank
         && is (shape->taps, mid->shape[2], mid->shape[3]) && columns (module, LIMN_LORA_DOWN) == shape->k;
}

/* core [m, n, taps] with its second dimension n taken to right's columns: [m, columns, taps].  (transfer full) */
static float *
widen (const LimnTensor *core, const LimnMatrix *right, guint64 taps)
{
  guint64 m = core->shape[0], n = core->shape[1], k = right->columns;
  g_auto (LimnMatrix) values = limn_matrix_read (core);
  float *out = g_new0 (float, m *k *taps);

  for (guint64 i = 0; i < m; i++)
    for (guint64 j = 0; j < n; j++)
      for (guint64 c = 0; c < k; c++)
        for (guint64 t = 0; t < taps; t++)
          out[(i * k + c) * taps + t] += values.values[(i * n + j) * taps + t] * right->values[j * k + c];
  return out;
}

static guint64
lora_rank (const LimnLoraModule *module)
{
  return columns (module, LIMN_LORA_UP);
}

static double
lora_factors (const LimnLoraModule *module, const LimnLoraShape *shape, LimnMatrix *up, LimnMatrix *down)
{
  const LimnTensor *mid = role (module, LIMN_LORA_MID);
  g_auto (LimnMatrix) read = limn_matrix_read (role (module, LIMN_LORA_DOWN));

  *up = limn_matrix_read (role (module, LIMN_LORA_UP));
  *down = read;
  if (mid != NULL)
    *down = (LimnMatrix){ up->columns, shape->columns, widen (mid, &read, shape->taps) };
  else
    read.values = NULL;
  return scale_of (module, read.rows);
}

/* ---- LoHa: (1a x 1b) * (2a x 2b), value by value; or both through a core, as Tucker has it ---- */

static gboolean
hada_side_fits (const LimnLoraModule *module, LimnLoraRole a, LimnLoraRole b, LimnLoraRole core,
                const LimnLoraShape *shape)
{
  const LimnTensor *t = role (module, core);

  if (t == NULL)
    return rows (module, a) == shape->rows && columns (module, a) == rows (module, b)
           && columns (module, b) == shape->columns;
  return t->rank == 4 && t->shape[0] == rows (module, a) && t->shape[1] == rows (module, b)
         && is (shape->taps, t->shape[2], t->shape[3]) && columns (module, a) == shape->rows
         && columns (module, b) == shape->k;
}

static gboolean
hada_fits (const LimnLoraModule *module, const LimnLoraShape *shape)
{
  return hada_side_fits (module, LIMN_LORA_HADA_1A, LIMN_LORA_HADA_1B, LIMN_LORA_HADA_T1, shape)
         && hada_side_fits (module, LIMN_LORA_HADA_2A, LIMN_LORA_HADA_2B, LIMN_LORA_HADA_T2, shape)
         && rows (module, LIMN_LORA_HADA_1B) > 0;
}

/* a times b; or a transposed times core widened by b. */
static void
read_side (const LimnLoraModule *module, LimnLoraRole a, LimnLoraRole b, LimnLoraRole core, guint64 taps,
           LimnMatrix *left, LimnMatrix *right)
{
  const LimnTensor *t = role (module, core);

  *left = limn_matrix_read (role (module, a));
  *right = limn_matrix_read (role (module, b));
  if (t == NULL)
    return;
  LimnMatrix turned = { left->columns, left->rows, g_new (float, left->rows * left->columns) };
  LimnMatrix wide = { left->rows, right->columns * taps, widen (t, right, taps) };
  for (guint64 i = 0; i < left->rows; i++)
    for (guint64 j = 0; j < left->columns; j++)
      turned.values[j * left->rows + i] = left->values[i * left->columns + j];
  limn_matrix_clear (left);
  limn_matrix_clear (right);
  *left = turned;
  *right = wide;
}

/* out: zeros. */
static void
add_side (const LimnLoraModule *module, LimnLoraRole a, LimnLoraRole b, LimnLoraRole core, guint64 taps, float *out)
{
  g_auto (LimnMatrix) left = { 0 }, right = { 0 };

  read_side (module, a, b, core, taps, &left, &right);
  limn_matrix_multiply (&left, &right, out);
}

static double
hada_delta (const LimnLoraModule *module, const LimnLoraShape *shape, const float *weight, double strength,
            float *delta)
{
  g_autofree float *other = g_new0 (float, shape->rows * shape->columns);

  add_side (module, LIMN_LORA_HADA_1A, LIMN_LORA_HADA_1B, LIMN_LORA_HADA_T1, shape->taps, delta);
  add_side (module, LIMN_LORA_HADA_2A, LIMN_LORA_HADA_2B, LIMN_LORA_HADA_T2, shape->taps, other);
  for (guint64 i = 0; i < shape->rows * shape->columns; i++)
    delta[i] *= other[i];
  return scale_of (module, rows (module, LIMN_LORA_HADA_1B));
}

static guint64
hada_rank (const LimnLoraModule *module)
{
  guint64 one = rows (module, role (module, LIMN_LORA_HADA_T1) != NULL ? LIMN_LORA_HADA_1A : LIMN_LORA_HADA_1B);
  guint64 two = rows (module, role (module, LIMN_LORA_HADA_T2) != NULL ? LIMN_LORA_HADA_2A : LIMN_LORA_HADA_2B);

  return bounded (one, two);
}

/* Each column of one side's left beside each of the other's, and each row of its right. */
static double
hada_factors (const LimnLoraModule *module, const LimnLoraShape *shape, LimnMatrix *up, LimnMatrix *down)
{
  g_auto (LimnMatrix) left_1 = { 0 }, right_1 = { 0 }, left_2 = { 0 }, right_2 = { 0 };

  read_side (module, LIMN_LORA_HADA_1A, LIMN_LORA_HADA_1B, LIMN_LORA_HADA_T1, shape->taps, &left_1, &right_1);
  read_side (module, LIMN_LORA_HADA_2A, LIMN_LORA_HADA_2B, LIMN_LORA_HADA_T2, shape->taps, &left_2, &right_2);
  *up = pair (&left_1, &left_2, TRUE, FALSE);
  *down = pair (&right_1, &right_2, FALSE, TRUE);
  return scale_of (module, rows (module, LIMN_LORA_HADA_1B));
}

/* ---- LoKr: Kronecker's product of two, each whole or of two factors ---- */

/* Sizes of the first and of the second. */
typedef struct {
  guint64 rows[2], columns[2];
} Kronecker;

static gboolean
measure_kron (const LimnLoraModule *module, guint64 taps, Kronecker *sizes)
{
  const LimnTensor *t = role (module, LIMN_LORA_KRON_T2);
  gboolean whole[2] = { role (module, LIMN_LORA_KRON_1) != NULL, role (module, LIMN_LORA_KRON_2) != NULL };

  for (int i = 0; i < 2; i++) {
    LimnLoraRole first = i == 0 ? LIMN_LORA_KRON_1 : LIMN_LORA_KRON_2;
    gboolean turned = i == 1 && t != NULL;

    sizes->rows[i] = whole[i] ? rows (module, first) : turned ? columns (module, first + 1) : rows (module, first + 1);
    sizes->columns[i] = columns (module, whole[i] ? first : first + 2);
    if (whole[i])
      continue;
    if (rows (module, first + 2) == 0 || (!turned && columns (module, first + 1) != rows (module, first + 2)))
      return FALSE;
  }
  if (t == NULL || whole[1])
    return TRUE;
  if (t->rank != 4 || t->shape[0] != rows (module, LIMN_LORA_KRON_2A) || t->shape[1] != rows (module, LIMN_LORA_KRON_2B)
      || !is (taps, t->shape[2], t->shape[3]))
    return FALSE;
  return g_uint64_checked_mul (&sizes->columns[1], sizes->columns[1], taps);
}

static gboolean
kron_fits (const LimnLoraModule *module, const LimnLoraShape *shape)
{
  Kronecker sizes;

  return measure_kron (module, shape->taps, &sizes) && is (shape->rows, sizes.rows[0], sizes.rows[1])
         && is (shape->columns, sizes.columns[0], sizes.columns[1]);
}

/* Factor number i as a whole. */
static LimnMatrix
kron_factor (const LimnLoraModule *module, int i, const Kronecker *sizes, guint64 taps)
{
  LimnLoraRole first = i == 0 ? LIMN_LORA_KRON_1 : LIMN_LORA_KRON_2;

  if (role (module, first) != NULL)
    return limn_matrix_read (role (module, first));
  LimnMatrix out = { sizes->rows[i], sizes->columns[i], g_new0 (float, sizes->rows[i] * sizes->columns[i]) };
  if (i == 1)
    add_side (module, first + 1, first + 2, LIMN_LORA_KRON_T2, taps, out.values);
  else
    multiply_roles (module, first + 1, first + 2, out.values);
  return out;
}

/* Where both are whole there is no rank that alpha could be of. */
static double
kron_scale (const LimnLoraModule *module)
{
  gboolean split_1 = role (module, LIMN_LORA_KRON_1) == NULL, split_2 = role (module, LIMN_LORA_KRON_2) == NULL;

  return split_2   ? scale_of (module, rows (module, LIMN_LORA_KRON_2B))
         : split_1 ? scale_of (module, rows (module, LIMN_LORA_KRON_1B))
                   : 1;
}

static double
kron_delta (const LimnLoraModule *module, const LimnLoraShape *shape, const float *weight, double strength,
            float *delta)
{
  Kronecker sizes;

  measure_kron (module, shape->taps, &sizes);
  g_auto (LimnMatrix) one = kron_factor (module, 0, &sizes, shape->taps);
  g_auto (LimnMatrix) two = kron_factor (module, 1, &sizes, shape->taps);
  for (guint64 i = 0; i < one.rows; i++)
    for (guint64 j = 0; j < two.rows; j++)
      for (guint64 c = 0; c < one.columns; c++) {
        float *out = delta + (i * two.rows + j) * shape->columns + c * two.columns;
        for (guint64 e = 0; e < two.columns; e++)
          out[e] = one.values[i * one.columns + c] * two.values[j * two.columns + e];
      }
  return kron_scale (module);
}

/* Of factor number i: of its two; a whole one's is the shorter side's. */
static guint64
kron_factor_rank (const LimnLoraModule *module, int i)
{
  LimnLoraRole first = i == 0 ? LIMN_LORA_KRON_1 : LIMN_LORA_KRON_2;

  if (role (module, first) != NULL)
    return MIN (rows (module, first), columns (module, first));
  return rows (module, i == 1 && role (module, LIMN_LORA_KRON_T2) != NULL ? first + 1 : first + 2);
}

static guint64
kron_rank (const LimnLoraModule *module)
{
  return bounded (kron_factor_rank (module, 0), kron_factor_rank (module, 1));
}

static LimnMatrix
identity (guint64 n)
{
  LimnMatrix out = { n, n, g_new0 (float, n *n) };

  for (guint64 i = 0; i < n; i++)
    out.values[i * n + i] = 1;
  return out;
}

static void
kron_split (const LimnLoraModule *module, int i, guint64 taps, LimnMatrix *left, LimnMatrix *right)
{
  LimnLoraRole first = i == 0 ? LIMN_LORA_KRON_1 : LIMN_LORA_KRON_2;

  if (role (module, first) == NULL) {
    /* the first has no core */
    read_side (module, first + 1, first + 2, i == 1 ? LIMN_LORA_KRON_T2 : LIMN_LORA_KRON_1, taps, left, right);
    return;
  }
  LimnMatrix whole = limn_matrix_read (role (module, first));
  gboolean wide = whole.rows <= whole.columns;
  *left = wide ? identity (whole.rows) : whole;
  *right = wide ? whole : identity (whole.columns);
}

static double
kron_factors (const LimnLoraModule *module, const LimnLoraShape *shape, LimnMatrix *up, LimnMatrix *down)
{
  g_auto (LimnMatrix) left_1 = { 0 }, right_1 = { 0 }, left_2 = { 0 }, right_2 = { 0 };

  kron_split (module, 0, shape->taps, &left_1, &right_1);
  kron_split (module, 1, shape->taps, &left_2, &right_2);
  *up = pair (&left_1, &left_2, FALSE, FALSE);
  *down = pair (&right_1, &right_2, FALSE, FALSE);
  return kron_scale (module);
}

/* ---- GLoRA: W x P x Q + R x S ---- */

/* The roles of P, Q, R, S: LyCORIS changed their places. */
typedef struct {
  LimnLoraRole p, q, r, s;
  guint64 rank;
} Glora;

static Glora
glora_of (const LimnLoraModule *module, const LimnLoraShape *shape)
{
  static const Glora first = { LIMN_LORA_A2, LIMN_LORA_A1, LIMN_LORA_B2, LIMN_LORA_B1 };
  static const Glora later = { LIMN_LORA_A1, LIMN_LORA_A2, LIMN_LORA_B1, LIMN_LORA_B2 };
  guint64 rank = rows (module, LIMN_LORA_A1), other = rows (module, LIMN_LORA_A2);
  gboolean old = columns (module, LIMN_LORA_B2) == rows (module, LIMN_LORA_B1) && rows (module, LIMN_LORA_B1) == rank
                 && columns (module, LIMN_LORA_A2) == rank;
  gboolean recent = rows (module, LIMN_LORA_B2) == columns (module, LIMN_LORA_B1)
                    && columns (module, LIMN_LORA_B1) == columns (module, LIMN_LORA_A1)
                    && columns (module, LIMN_LORA_A1) == other;
  Glora glora = later;

  if (old && (!recent || (other == shape->rows && shape->rows == shape->k)))
    glora = first;
  glora.rank = old && glora.p == LIMN_LORA_A2 ? rank : other;
  return glora;
}

static gboolean
glora_fits (const LimnLoraModule *module, const LimnLoraShape *shape)
{
  Glora g = glora_of (module, shape);

  return g.rank > 0 && columns (module, g.p) == rows (module, g.q) && columns (module, g.r) == rows (module, g.s)
         && rows (module, g.r) == shape->rows && columns (module, g.s) == shape->columns
         && ((rows (module, g.p) == shape->k && columns (module, g.q) == shape->k)
             || (rows (module, g.p) == shape->columns && columns (module, g.q) == shape->columns));
}

/* Rows of k values of each tap by themselves: [rows, k, taps] to [rows, taps, k], or back. */
static void
turn_taps (const float *from, const LimnLoraShape *shape, gboolean back, float *to)
{
  for (guint64 i = 0; i < shape->rows; i++, from += shape->columns, to += shape->columns)
    for (guint64 c = 0; c < shape->k; c++)
      for (guint64 t = 0; t < shape->taps; t++) {
        guint64 one = c * shape->taps + t, other = t * shape->k + c;
        to[back ? one : other] += from[back ? other : one];
      }
}

static double
glora_delta (const LimnLoraModule *module, const LimnLoraShape *shape, const float *weight, double strength,
             float *delta)
{
  Glora g = glora_of (module, shape);
  gsize n = shape->rows * shape->columns;
  g_auto (LimnMatrix) p = limn_matrix_read (role (module, g.p)), q = limn_matrix_read (role (module, g.q));
  g_auto (LimnMatrix) w = { n / p.rows, p.rows, g_new0 (float, n) };
  g_auto (LimnMatrix) inner = { w.rows, p.columns, g_new0 (float, w.rows *p.columns) };
  g_autofree float *turned = g_new0 (float, n);

  multiply_roles (module, g.r, g.s, delta);
  turn_taps (weight, shape, FALSE, w.values);
  if (p.rows != shape->k)
    memcpy (w.values, weight, n * sizeof (float));
  limn_matrix_multiply (&w, &p, inner.values);
  limn_matrix_multiply (&inner, &q, p.rows != shape->k ? delta : turned);
  turn_taps (turned, shape, TRUE, delta);
  return scale_of (module, g.rank);
}

/* ---- Factors ---- */

static gboolean
is_on_input (const LimnLoraModule *module)
{
  float value = 0;

  if (role (module, LIMN_LORA_ON_INPUT)->count == 1)
    limn_tensor_to_float (role (module, LIMN_LORA_ON_INPUT), &value);
  return value != 0;
}

static gboolean
factor_fits (const LimnLoraModule *module, const LimnLoraShape *shape)
{
  return role (module, LIMN_LORA_ON_INPUT)->count == 1
         && role (module, LIMN_LORA_WEIGHT)->count == (is_on_input (module) ? shape->k : shape->rows);
}

/* Each row, or each column, is multiplied by 1 + its factor. */
static double
factor_delta (const LimnLoraModule *module, const LimnLoraShape *shape, const float *weight, double strength,
              float *delta)
{
  g_autofree float *factors = g_new (float, role (module, LIMN_LORA_WEIGHT)->count);
  gboolean on_input = is_on_input (module);

  limn_tensor_to_float (role (module, LIMN_LORA_WEIGHT), factors);
  for (guint64 i = 0; i < shape->rows; i++)
    for (guint64 c = 0; c < shape->columns; c++)
      delta[i * shape->columns + c] = weight[i * shape->columns + c] * factors[on_input ? c / shape->taps : i];
  return 1;
}

/* ---- The table ---- */

#define MAGNITUDES (HAS (ALPHA) | HAS (DORA) | HAS (MAGNITUDE))

const LimnLoraKind limn_lora_kinds[] = {
  { "LoRA",
    { HAS (UP) | HAS (DOWN) },
    MAGNITUDES | HAS (MID),
    .fits = lora_fits,
    .rank = lora_rank,
    .factors = lora_factors },
  { "LoHa",
    { HAS (HADA_1A) | HAS (HADA_1B) | HAS (HADA_2A) | HAS (HADA_2B) },
    MAGNITUDES | HAS (HADA_T1) | HAS (HADA_T2),
    .fits = hada_fits,
    .delta = hada_delta,
    .rank = hada_rank,
    .factors = hada_factors },
  { "LoKr",
    { HAS (KRON_1) | HAS (KRON_2), HAS (KRON_1) | HAS (KRON_2A) | HAS (KRON_2B),
      HAS (KRON_1A) | HAS (KRON_1B) | HAS (KRON_2), HAS (KRON_1A) | HAS (KRON_1B) | HAS (KRON_2A) | HAS (KRON_2B) },
    MAGNITUDES | HAS (KRON_T2),
    .fits = kron_fits,
    .delta = kron_delta,
    .rank = kron_rank,
    .factors = kron_factors },
  { "GLoRA", { HAS (A1) | HAS (A2) | HAS (B1) | HAS (B2) }, MAGNITUDES, .fits = glora_fits, .delta = glora_delta },
  { "OFT", { HAS (TURNS) }, MAGNITUDES | HAS (RESCALE), .fits = limn_lora_turns_fit, .delta = limn_lora_turns_delta },
  { "BOFT",
    { HAS (TURNS) },
    MAGNITUDES | HAS (RESCALE),
    .fits = limn_lora_butterfly_fits,
    .delta = limn_lora_butterfly_delta },
  { "(IA)³", { HAS (WEIGHT) | HAS (ON_INPUT) }, HAS (ALPHA), .fits = factor_fits, .delta = factor_delta },
  { "difference", { HAS (DIFF) }, HAS (ALPHA), .whole = LIMN_LORA_DIFF },
  { "difference", { HAS (DIFF_BIAS) }, HAS (ALPHA), .bias = TRUE, .whole = LIMN_LORA_DIFF_BIAS },
  { "replacement", { HAS (SET) }, HAS (ALPHA), .sets = TRUE, .whole = LIMN_LORA_SET },
  { NULL },
};
