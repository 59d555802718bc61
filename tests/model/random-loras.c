/* random-loras.c - see random-loras.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/random-loras.h"

#include <math.h>
#include <string.h>

#include "base/half.h"
#include "file/safetensors.h"
#include "model/arch.h"

/* A file to be: tensors, and what they point to. */
typedef struct {
  GArray *out;
  GPtrArray *owned;
} File;

static void
file_add (File *file, char *name, LimnType type, guint64 rows, guint64 columns, gpointer values)
{
  const LimnTensorOut out = { name, type, 2, { rows, columns }, values };

  g_ptr_array_add (file->owned, name);
  g_ptr_array_add (file->owned, values);
  g_array_append_val (file->out, out);
}

/* Rounded to what a file of halves has. */
static float *
random_values (guint64 n, double size)
{
  float *values = g_new (float, n);

  for (guint64 i = 0; i < n; i++)
    values[i] = limn_half_to_float (limn_half_from_float ((float) (size * g_test_rand_double_range (-1, 1))));
  return values;
}

static guint16 *
halves_of (const float *values, guint64 n)
{
  guint16 *halves = g_new (guint16, n);

  limn_half_from_float_row (values, halves, n);
  return halves;
}

/* Adds two matrices of that rank to a file and, strength times, to sum.  halves: so they are written. */
static void
add_pair (File *file, const char *module, guint64 rows, guint64 columns, guint64 rank, double strength, gboolean halves,
          double *sum)
{
  /* a twentieth or so of what such a matrix has: more, and the network makes of any rounding what it likes */
  float *down = random_values (rank * columns, 1 / sqrt ((double) columns));
  float *up = random_values (rows * rank, 0.2 / sqrt ((double) rank));
  float *alpha = g_new (float, 1);
  LimnType type = halves ? LIMN_TYPE_F16 : LIMN_TYPE_F32;

  *alpha = (float) g_test_rand_int_range (1, 9) / 2;
  for (guint64 i = 0; i < rows; i++)
    for (guint64 j = 0; j < columns; j++)
      for (guint64 r = 0; r < rank; r++)
        sum[i * columns + j] +=
            strength * (double) *alpha / (double) rank * (double) up[i * rank + r] * (double) down[r * columns + j];
  file_add (file, g_strconcat (module, ".lora_down.weight", NULL), type, rank, columns,
            halves ? (gpointer) halves_of (down, rank * columns) : g_memdup2 (down, sizeof (float) * rank * columns));
  file_add (file, g_strconcat (module, ".lora_up.weight", NULL), type, rows, rank,
            halves ? (gpointer) halves_of (up, rows * rank) : g_memdup2 (up, sizeof (float) * rows * rank));
  file_add (file, g_strconcat (module, ".alpha", NULL), LIMN_TYPE_F32, 1, 1, alpha);
  g_free (down);
  g_free (up);
}

static float *
floats_of (const double *values, guint64 n)
{
  float *floats = g_new (float, n);

  for (guint64 i = 0; i < n; i++)
    floats[i] = (float) values[i];
  return floats;
}

static const char *const prefixes[LIMN_N_PARTS] = {
  [LIMN_PART_UNET] = "lora_unet_", [LIMN_PART_TEXT_ENCODER] = "lora_te1_", [LIMN_PART_TEXT_ENCODER_2] = "lora_te2_"
};

static char *
module_of (LimnPartId part, const char *name)
{
  g_autofree char *module = g_strndup (name, strlen (name) - strlen (".weight"));

  return g_strconcat (prefixes[part], g_strdelimit (module, ".", '_'), NULL);
}

/* files: of each LoRA, then of the difference. */
static void
add_tensor (RandomLoras *loras, File *files, LimnPartId part, const char *name, const LimnTensorView *view, guint most)
{
  guint64 rows = view->shape[0], columns = 1;
  g_autofree char *module = module_of (part, name);
  guint all = 0;

  for (int i = 1; i < view->rank; i++)
    columns *= view->shape[i];
  g_autofree double *sum = g_new0 (double, rows *columns);
  for (guint i = 0; i < loras->n; i++) {
    guint rank = (guint) g_test_rand_int_range (1, (gint32) most + 1);

    if (g_test_rand_double () < 0.4)
      continue;
    add_pair (&files[i], module, rows, columns, rank, loras->strengths[i], i % 2, sum);
    all += rank;
  }
  if (all == 0)
    return;
  file_add (&files[loras->n], g_strconcat (module, ".diff", NULL), LIMN_TYPE_F32, rows, columns,
            floats_of (sum, rows * columns));
  g_hash_table_insert (loras->ranks[part], g_strdup (name), GUINT_TO_POINTER (all));
}

static LimnLora *
write_file (File *file, LimnCheckpoint *base, const char *folder, guint number)
{
  g_autofree char *path = g_strdup_printf ("%s/random-%u.safetensors", folder, number);
  g_autoptr (GError) error = NULL;

  limn_safetensors_write (path, (const LimnTensorOut *) (void *) file->out->data, file->out->len, &error);
  g_assert_no_error (error);
  LimnLora *lora = limn_lora_open (path, base, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (limn_lora_matched (lora), ==, limn_lora_modules (lora));
  g_assert_cmpuint (g_strv_length ((GStrv) limn_lora_unmatched (lora)), ==, 0);
  g_array_unref (file->out);
  g_ptr_array_unref (file->owned);
  return lora;
}

static LimnArchList *
list_of (LimnCheckpoint *base, LimnPartId part)
{
  if (!limn_checkpoint_has (base, part))
    return NULL;
  return part == LIMN_PART_UNET ? limn_arch_unet_list (limn_checkpoint_unet (base))
                                : limn_arch_clip_list (limn_checkpoint_clip (base, part), FALSE);
}

static void
add_part (RandomLoras *loras, File *files, LimnCheckpoint *base, LimnPartId part, guint most, RandomLorasWanted wanted)
{
  g_autoptr (LimnArchList) list = list_of (base, part);
  LimnTensorView view;

  for (guint i = 0; list != NULL && i < limn_arch_list_length (list); i++) {
    const LimnArchTensor *tensor = limn_arch_list_nth (list, i);

    if (g_str_has_suffix (tensor->name, ".weight") && limn_checkpoint_find (base, part, tensor->name, &view, NULL)
        && wanted (base, part, &view, tensor->name))
      add_tensor (loras, files, part, tensor->name, &view, most);
  }
}

RandomLoras *
random_loras_new (LimnCheckpoint *base, guint n, guint most, RandomLorasWanted wanted, const char *folder)
{
  RandomLoras *loras = g_new0 (RandomLoras, 1);
  File files[RANDOM_LORAS_MOST + 1];

  g_assert_cmpuint (n, <=, RANDOM_LORAS_MOST);
  loras->n = n;
  for (guint i = 0; i <= n; i++)
    files[i] = (File){ g_array_new (FALSE, FALSE, sizeof (LimnTensorOut)), g_ptr_array_new_with_free_func (g_free) };
  for (guint i = 0; i < n; i++)
    loras->strengths[i] = (g_test_rand_bit () ? 1 : -1) * g_test_rand_double_range (0.5, 1.2);
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    loras->ranks[part] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  add_part (loras, files, base, LIMN_PART_UNET, most, wanted);
  add_part (loras, files, base, LIMN_PART_TEXT_ENCODER, most, wanted);
  add_part (loras, files, base, LIMN_PART_TEXT_ENCODER_2, most, wanted);
  for (guint i = 0; i < n; i++)
    loras->loras[i] = write_file (&files[i], base, folder, i);
  loras->difference = write_file (&files[n], base, folder, n);
  return loras;
}

void
random_loras_free (RandomLoras *loras)
{
  for (guint i = 0; i < loras->n; i++)
    limn_lora_unref (loras->loras[i]);
  limn_lora_unref (loras->difference);
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    g_hash_table_unref (loras->ranks[part]);
  g_free (loras);
}

LimnCheckpoint *
random_loras_merge (const RandomLoras *loras, LimnCheckpoint *base, double factor)
{
  LimnLoraUse uses[RANDOM_LORAS_MOST];

  for (guint i = 0; i < loras->n; i++) {
    double strength = factor * loras->strengths[i];
    uses[i] = (LimnLoraUse){ .lora = loras->loras[i], .strengths = { strength, 0, strength, strength } };
  }
  return limn_checkpoint_merge (base, uses, loras->n);
}

LimnCheckpoint *
random_loras_merge_difference (const RandomLoras *loras, LimnCheckpoint *base)
{
  const LimnLoraUse use = { .lora = loras->difference, .strengths = { 1, 0, 1, 1 } };

  return limn_checkpoint_merge (base, &use, 1);
}
