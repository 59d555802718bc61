/* test-lora-device.c - LoRAs merged into halves and floats by the device: to the bit what the CPU makes of them, but
 * for kinds that are made into two matrices for it, and gone to the bit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "common/folder.h"
#include "model/loaded-unet.h"
#include "model/networks.h"
#include "model/random-loras.h"
#include "model/unet.h"

static const LimnNetworkShape one_step = {
  .batch = 1, .height = NETWORKS_SIDE, .width = NETWORKS_SIDE, .tokens = NETWORKS_TOKENS, .steps = 1
};

static LimnCheckpoint *base;
static char *folder;

static gboolean
find_cb (gpointer data, const char *name, LimnTensorView *view, GError **error)
{
  return limn_checkpoint_find (data, LIMN_PART_UNET, name, view, error);
}

static gboolean
check_whole_cb (gpointer data, GError **error)
{
  return limn_checkpoint_check_whole (data, LIMN_PART_UNET, error);
}

static void
release_pages_cb (gpointer data)
{
  limn_checkpoint_release_pages (data, LIMN_PART_UNET);
}

/* by_cpu: from a source that has tensors as they are once merged, and no others. */
static void
write_unet (LoadedUnet *written, LimnCheckpoint *checkpoint, LimnStore store, gboolean by_cpu)
{
  const LimnTensorSource source = { find_cb, check_whole_cb, release_pages_cb, checkpoint };
  g_autoptr (GError) error = NULL;

  written->net = limn_net_new (limn_gpu_limits (networks_gpu ()), store);
  limn_unet_write (written->net, limn_checkpoint_unet (checkpoint), &one_step, &written->plans);
  LimnPlan *const plans[] = { written->plans.step, written->plans.prepare };
  for (guint i = 0; i < G_N_ELEMENTS (plans); i++) {
    if (by_cpu)
      limn_net_finish (written->net, plans[i], networks_gpu (), &source, NULL, &error);
    else
      limn_net_finish_part (written->net, plans[i], networks_gpu (), checkpoint, LIMN_PART_UNET, NULL, &error);
    g_assert_no_error (error);
  }
}

static guint
merged (const LoadedUnet *written)
{
  return limn_weights_merged (limn_net_weights (written->net));
}

/* (element-type GBytes): all weights' bytes. */
static GPtrArray *
bytes_of (const LoadedUnet *written)
{
  LimnWeights *weights = limn_net_weights (written->net);
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (guint i = 0; i < limn_weights_count (weights); i++) {
    const LimnWeightSpec *spec = limn_weights_nth (weights, i);
    g_autofree char *joined = g_strjoinv (" ", (GStrv) spec->names);
    g_autofree char *name =
        spec->layout == LIMN_LAYOUT_PHASES ? g_strconcat (joined, " by phases", NULL) : g_strdup (joined);
    gsize size;
    guint8 *bytes = loaded_unet_bytes (written, name, &size);

    g_ptr_array_add (all, g_bytes_new_take (bytes, size));
  }
  return all;
}

/* How many weights are others. */
static guint
count_others (const GPtrArray *one, const GPtrArray *other)
{
  guint n = 0;

  g_assert_cmpuint (one->len, ==, other->len);
  for (guint i = 0; i < one->len; i++)
    n += !g_bytes_equal (one->pdata[i], other->pdata[i]);
  return n;
}

/* How many of the weights' halves differ, of all; by one in the last place at most. */
static double
share_of_near (const GPtrArray *one, const GPtrArray *other)
{
  gsize n = 0, all = 0;

  for (guint i = 0; i < one->len; i++) {
    gsize size;
    const gint16 *a = g_bytes_get_data (one->pdata[i], &size), *b = g_bytes_get_data (other->pdata[i], NULL);

    for (gsize k = 0; k < size / sizeof *a; k++) {
      /* as magnitudes, +0 and -0 alike */
      int left = a[k] < 0 ? -(a[k] & 0x7fff) : a[k], right = b[k] < 0 ? -(b[k] & 0x7fff) : b[k];

      g_assert_cmpint (ABS (left - right), <=, 1);
      n += left != right;
    }
    all += size / sizeof *a;
  }
  return (double) n / (double) all;
}

/* Whether the device is asked for what is first to be made into two matrices. */
static gboolean
makes (void)
{
  return !limn_gpu_limits (networks_gpu ())->software || limn_gpu_memory_cap (networks_gpu ()) > 0;
}

/* How many weights the device is to merge: those with a tensor that is changed, as it can. */
static guint
count_merges (const LoadedUnet *written, LimnCheckpoint *checkpoint)
{
  LimnWeights *weights = limn_net_weights (written->net);
  guint n = 0;

  for (guint i = 0; i < limn_weights_count (weights); i++) {
    const LimnWeightSpec *spec = limn_weights_nth (weights, i);
    gboolean changed = FALSE, low = TRUE;

    for (const char *const *name = spec->names; *name != NULL; name++) {
      LimnTensorView view;
      guint64 rank;

      low = low && limn_checkpoint_find_low (checkpoint, LIMN_PART_UNET, *name, makes (), &view, &rank);
      low = low && rank <= MIN (view.shape[0], limn_tensor_view_columns (&view));
      changed = changed || (low && rank > 0);
    }
    n += changed && low && spec->layout != LIMN_LAYOUT_PHASES && spec->layout != LIMN_LAYOUT_VECTOR;
  }
  return n;
}

/* Matrices and convolutions. */
static gboolean
is_weight (LimnCheckpoint *checkpoint, LimnPartId part, const LimnTensorView *view, const char *name)
{
  return part == LIMN_PART_UNET && view->rank >= 2;
}

/* Random ones over random tensors, one strength after the other, then none. */
static void
test_bits (gconstpointer data)
{
  LimnStore store = (LimnStore) GPOINTER_TO_INT (data);
  g_autoptr (RandomLoras) loras = random_loras_new (base, 3, 12, is_weight, folder);
  LimnCheckpoint *now = limn_checkpoint_ref (base);
  g_autoptr (GError) error = NULL;
  LoadedUnet written;

  write_unet (&written, base, store, FALSE);
  g_assert_cmpuint (merged (&written), ==, 0);
  g_autoptr (GPtrArray) original = bytes_of (&written);
  for (int i = 1; i <= 3; i++) {
    g_autoptr (LimnCheckpoint) next = random_loras_merge (loras, base, 1.1 - 0.7 * i);
    guint before = merged (&written);
    LoadedUnet fresh, by_cpu;

    limn_net_exchange_part (written.net, now, next, LIMN_PART_UNET, NULL, &error);
    g_assert_no_error (error);
    write_unet (&fresh, next, store, FALSE);
    write_unet (&by_cpu, next, store, TRUE);
    g_test_message ("%u of %u weights merged on the device", merged (&fresh),
                    limn_weights_count (limn_net_weights (fresh.net)));
    g_assert_cmpuint (merged (&by_cpu), ==, 0);
    g_assert_cmpuint (merged (&fresh), >, 100);
    g_assert_cmpuint (merged (&fresh), ==, count_merges (&fresh, next));
    g_assert_cmpuint (merged (&written) - before, ==, merged (&fresh));
    g_autoptr (GPtrArray) here = bytes_of (&written), there = bytes_of (&fresh), right = bytes_of (&by_cpu);
    g_assert_cmpuint (count_others (there, right), ==, 0);
    g_assert_cmpuint (count_others (here, right), ==, 0);
    g_assert_cmpuint (count_others (here, original), >=, merged (&fresh) * 9 / 10);
    loaded_unet_clear (&fresh);
    loaded_unet_clear (&by_cpu);
    limn_checkpoint_unref (now);
    now = g_steal_pointer (&next);
  }
  guint before = merged (&written);
  limn_net_exchange_part (written.net, now, base, LIMN_PART_UNET, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) last = bytes_of (&written);
  g_assert_cmpuint (count_others (last, original), ==, 0);
  g_assert_cmpuint (merged (&written), ==, before);
  limn_checkpoint_unref (now);
  loaded_unet_clear (&written);
}

/* What is no product of two matrices, nor can be made one, is the CPU's, and what is changed by such as well. */
static void
test_kinds (void)
{
  static const struct {
    const char *files[2];
    gboolean merges, made;
  } cases[] = {
    { { "lora/peft", NULL }, TRUE, FALSE },
    { { "lora2/locon_mid", NULL }, TRUE, FALSE },
    { { "lora/lycoris_loha", NULL }, TRUE, TRUE },
    { { "lora2/loha_conv", NULL }, TRUE, TRUE },
    { { "lora2/loha_tucker", NULL }, TRUE, TRUE },
    { { "lora/lycoris_lokr", NULL }, TRUE, TRUE },
    { { "lora2/lokr_conv", NULL }, TRUE, TRUE },
    { { "lora/peft_dora", NULL }, FALSE, FALSE },
    { { "lora2/glora", NULL }, FALSE, FALSE },
    { { "lora/lycoris_loha", "lora/kohya_sgm" }, TRUE, TRUE },
    { { "lora/peft", "lora/kohya_sgm" }, TRUE, FALSE },
    { { "lora/peft_dora", "lora/kohya_sgm" }, TRUE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    LimnLoraUse uses[2];
    guint n = 0;
    LoadedUnet written, by_cpu;

    for (; n < 2 && cases[i].files[n] != NULL; n++) {
      g_autofree char *name = g_strconcat (cases[i].files[n], ".safetensors", NULL), *path = golden_path (name);
      g_autoptr (GError) error = NULL;

      uses[n] = (LimnLoraUse){ .lora = limn_lora_open (path, base, &error), .strengths = { 0.8 } };
      g_assert_no_error (error);
    }
    g_autoptr (LimnCheckpoint) next = limn_checkpoint_merge (base, uses, n);
    write_unet (&written, next, LIMN_STORE_F16, FALSE);
    write_unet (&by_cpu, next, LIMN_STORE_F16, TRUE);
    gboolean made = cases[i].made && makes ();
    g_assert_cmpint (merged (&written) > 0, ==, cases[i].merges && (made || !cases[i].made || n > 1));
    g_assert_cmpuint (merged (&written), ==, count_merges (&written, next));
    g_autoptr (GPtrArray) here = bytes_of (&written), right = bytes_of (&by_cpu);
    if (made)
      g_assert_cmpfloat (share_of_near (here, right), <, 1e-4);
    else
      g_assert_cmpuint (count_others (here, right), ==, 0);
    loaded_unet_clear (&written);
    loaded_unet_clear (&by_cpu);
    while (n > 0)
      limn_lora_unref (uses[--n].lora);
  }
}

int
main (int argc, char **argv)
{
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  networks_gpu ();
  folder = g_dir_make_tmp ("limn-device-XXXXXX", &error);
  g_assert_no_error (error);
  base = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_test_add_data_func ("/lora-device/bits/f16", GINT_TO_POINTER (LIMN_STORE_F16), test_bits);
  g_test_add_data_func ("/lora-device/bits/f32", GINT_TO_POINTER (LIMN_STORE_F32), test_bits);
  g_test_add_func ("/lora-device/kinds", test_kinds);
  int status = networks_run ();
  limn_checkpoint_unref (base);
  tests_remove_folder (folder);
  g_free (folder);
  return status;
}
