/* test-lora-products.c - what LoRAs add as the product of two matrices, of kinds that have no such two but can be made
 * into them as well: it is what is merged.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/lora.h"

#include "common/folder.h"
#include "common/golden.h"
#include "file/safetensors.h"
#include "model/arch.h"

#define K "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k"

static LimnCheckpoint *base;

static float *
values_of (LimnCheckpoint *checkpoint, LimnPartId part, const char *name, LimnTensorView *view)
{
  g_autoptr (GError) error = NULL;

  limn_checkpoint_find (checkpoint, part, name, view, &error);
  g_assert_no_error (error);
  float *values = limn_tensor_view_read (view);
  g_assert_true (limn_checkpoint_check_whole (checkpoint, part, &error));
  return values;
}

/* What a target's two matrices come to, beside what is merged into the tensor; their rank, 0 where there are none. */
static guint64
check_product (LimnLora *lora, LimnPartId part, const char *name)
{
  guint64 rank = limn_lora_rank (lora, part, name, TRUE);
  const LimnLoraUse use = { .lora = lora, .strengths = { 0.7, 0.7, 0.7, 0.7 } };
  g_autoptr (LimnCheckpoint) merged = limn_checkpoint_merge (base, &use, 1);
  g_autoptr (GError) error = NULL;
  LimnTensorView view;

  if (rank == 0)
    return 0;
  g_autofree float *is = values_of (merged, part, name, &view), *was = values_of (base, part, name, &view);
  guint64 columns = limn_tensor_view_columns (&view), rows = view.shape[0];
  g_autofree float *down = g_new (float, rank *columns), *up = g_new (float, rows *rank);
  limn_lora_factors (lora, part, name, 0.7, down, up, rank, &error);
  g_assert_no_error (error);
  for (guint64 i = 0; i < rows; i++)
    for (guint64 j = 0; j < columns; j++) {
      double sum = was[i * columns + j];
      for (guint64 r = 0; r < rank; r++)
        sum += (double) up[i * rank + r] * (double) down[r * columns + j];
      was[i * columns + j] = (float) sum;
    }
  golden_check_rel (name, was, is, rows * columns, 2e-6);
  return rank;
}

/* Of all tensors that a file changes: how many are products. */
static void
test_products (void)
{
  static const struct {
    const char *file;
    gboolean plain, made; /* all matrices that it changes are products: as they are, or as can be made */
  } files[] = {
    { "lora/peft", TRUE, TRUE },          { "lora/kohya_unet_only_conv", TRUE, TRUE },
    { "lora2/locon", TRUE, TRUE },        { "lora2/locon_mid", TRUE, TRUE },
    { "lora/lycoris_loha", FALSE, TRUE }, { "lora2/loha_conv", FALSE, TRUE },
    { "lora2/loha_tucker", FALSE, TRUE }, { "lora/lycoris_lokr", FALSE, TRUE },
    { "lora2/lokr", FALSE, TRUE },        { "lora2/lokr_conv", FALSE, TRUE },
    { "lora/peft_dora", FALSE, FALSE },   { "lora2/glora", FALSE, FALSE },
    { "lora2/oft", FALSE, FALSE },        { "lora2/diff", FALSE, FALSE },
  };

  for (guint k = 0; k < G_N_ELEMENTS (files); k++) {
    g_autofree char *path = g_strconcat (files[k].file, ".safetensors", NULL);
    g_autofree char *whole = golden_path (path);
    g_autoptr (GError) error = NULL;
    g_autoptr (LimnLora) lora = limn_lora_open (whole, base, &error);
    g_autoptr (LimnArchList) list = limn_arch_unet_list (limn_checkpoint_unet (base));
    guint changed = 0, plain = 0, made = 0;

    g_assert_no_error (error);
    for (guint i = 0; i < limn_arch_list_length (list); i++) {
      const LimnArchTensor *tensor = limn_arch_list_nth (list, i);

      if (tensor->rank < 2 || !limn_lora_changes (lora, LIMN_PART_UNET, tensor->name))
        continue;
      changed++;
      plain += limn_lora_rank (lora, LIMN_PART_UNET, tensor->name, FALSE) > 0;
      made += check_product (lora, LIMN_PART_UNET, tensor->name) > 0;
    }
    g_test_message ("%s: %u of %u are products, %u as they are", files[k].file, made, changed, plain);
    g_assert_cmpuint (changed, >, 0);
    g_assert_cmpuint (plain, ==, files[k].plain ? changed : 0);
    g_assert_cmpuint (made, ==, files[k].made ? changed : 0);
  }
}

typedef struct {
  GPtrArray *names, *values;
  GArray *out;
} Made;

static void
make_tensor (Made *made, const char *ending, guint64 rows, guint64 columns)
{
  LimnTensorOut out = { g_strconcat (K, ending, NULL), LIMN_TYPE_F32, 2, { rows, columns }, NULL };
  float *values = g_new (float, rows *columns);

  for (guint64 i = 0; i < rows * columns; i++)
    values[i] = (float) g_test_rand_double_range (-1, 1);
  out.data = values;
  g_ptr_array_add (made->names, (gpointer) out.name);
  g_ptr_array_add (made->values, values);
  g_array_append_val (made->out, out);
}

/* A factor of Kronecker's product, whole or in two; its rank as such. */
static guint64
make_factor (Made *made, int which, guint64 rows, guint64 columns)
{
  g_autofree char *whole = g_strdup_printf (".lokr_w%d", which), *a = g_strconcat (whole, "_a", NULL);
  g_autofree char *b = g_strconcat (whole, "_b", NULL);
  guint64 rank = (guint64) g_test_rand_int_range (1, 6);

  if (g_test_rand_bit ()) {
    make_tensor (made, whole, rows, columns);
    return MIN (rows, columns);
  }
  make_tensor (made, a, rows, rank);
  make_tensor (made, b, rank, columns);
  return rank;
}

/* LoHas and LoKrs of random ranks, of a tensor of 32 x 96. */
static void
test_random_products (void)
{
  static const guint64 parts_of_32[] = { 1, 2, 4, 8, 16, 32 }, parts_of_96[] = { 1, 2, 3, 4, 6, 8, 12, 32, 96 };
  const char *target = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight";
  g_autofree char *folder = g_dir_make_tmp (NULL, NULL), *path = g_build_filename (folder, "made.safetensors", NULL);
  guint high = 0;

  for (int i = 0; i < 60; i++) {
    Made made = { g_ptr_array_new_with_free_func (g_free), g_ptr_array_new_with_free_func (g_free),
                  g_array_new (FALSE, FALSE, sizeof (LimnTensorOut)) };
    guint64 one = (guint64) g_test_rand_int_range (1, 20), two = (guint64) g_test_rand_int_range (1, 20);
    g_autoptr (GError) error = NULL;

    if (i % 2 == 0) {
      make_tensor (&made, ".hada_w1_a", 32, one);
      make_tensor (&made, ".hada_w1_b", one, 96);
      make_tensor (&made, ".hada_w2_a", 32, two);
      make_tensor (&made, ".hada_w2_b", two, 96);
    } else {
      guint64 rows = parts_of_32[g_test_rand_int_range (0, G_N_ELEMENTS (parts_of_32))];
      guint64 columns = parts_of_96[g_test_rand_int_range (0, G_N_ELEMENTS (parts_of_96))];
      one = make_factor (&made, 1, rows, columns);
      two = make_factor (&made, 2, 32 / rows, 96 / columns);
    }
    limn_safetensors_write (path, (const LimnTensorOut *) (void *) made.out->data, made.out->len, &error);
    g_assert_no_error (error);
    g_autoptr (LimnLora) lora = limn_lora_open (path, base, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (check_product (lora, LIMN_PART_UNET, target), ==, one * two <= 256 ? one * two : 0);
    high += one * two > 256;
    g_ptr_array_unref (made.names);
    g_ptr_array_unref (made.values);
    g_array_unref (made.out);
  }
  g_test_message ("%u of too high a rank", high);
  tests_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  base = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_test_add_func ("/lora-products/files", test_products);
  g_test_add_func ("/lora-products/random", test_random_products);
  int status = g_test_run ();
  limn_checkpoint_unref (base);
  return status;
}
