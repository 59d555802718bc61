/* measure-lora - how long a LoRA's weight takes to change in a U-Net that is on the device, and what is left of it.
 *
 *   measure-lora MODEL LORA.safetensors [--rank N] [--times N]
 *
 * For full-size files, by hand: where LORA is not there it is made, random, for all linear layers of the U-Net's
 * transformers.  Brings the U-Net to the device, changes the weight so many times, takes the LoRA away, and compares
 * the bytes of all weights on the device with those before.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/half.h"
#include "file/safetensors.h"
#include "model/arch.h"
#include "model/lora.h"
#include "model/written.h"

/* ---- The file ---- */

static guint16
random_half (guint64 *random)
{
  *random ^= *random >> 12;
  *random ^= *random << 25;
  *random ^= *random >> 27; /* Vigna 2016 */
  double uniform = (double) ((*random * G_GUINT64_CONSTANT (2685821657736338717)) >> 40) / (1 << 24);

  return limn_half_from_float ((float) (uniform - 0.5) / 16);
}

static void
add (GArray *out, GPtrArray *owned, const char *module, const char *role, guint64 rows, guint64 columns,
     guint64 *random)
{
  guint16 *values = g_new (guint16, rows * columns);
  char *name = g_strdup_printf ("unet.%s.%s.weight", module, role);

  for (guint64 i = 0; i < rows * columns; i++)
    values[i] = random_half (random);
  g_ptr_array_add (owned, values);
  g_ptr_array_add (owned, name);
  const LimnTensorOut one = { name, LIMN_TYPE_F16, 2, { rows, columns }, values };
  g_array_append_val (out, one);
}

static gboolean
make_file (const char *path, LimnCheckpoint *checkpoint, int rank, GError **error)
{
  g_autoptr (LimnArchList) list = limn_arch_unet_list (limn_checkpoint_unet (checkpoint));
  g_autoptr (GPtrArray) owned = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) out = g_array_new (FALSE, FALSE, sizeof (LimnTensorOut));
  guint64 random = 1;

  for (guint i = 0; i < limn_arch_list_length (list); i++) {
    const LimnArchTensor *tensor = limn_arch_list_nth (list, i);
    g_autofree char *module = g_strdup (tensor->name);

    if (tensor->rank != 2 || strstr (tensor->name, "transformer_blocks") == NULL)
      continue;
    *strrchr (module, '.') = '\0';
    add (out, owned, module, "lora_A", (guint64) rank, tensor->shape[1], &random);
    add (out, owned, module, "lora_B", tensor->shape[0], (guint64) rank, &random);
  }
  return limn_safetensors_write (path, (const LimnTensorOut *) (void *) out->data, out->len, error);
}

/* ---- The device ---- */

static char *
sum_weights (LimnNet *net, LimnGpu *gpu, GError **error)
{
  LimnWeights *weights = limn_net_weights (net);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < limn_weights_count (weights); i++) {
    const LimnWeightSpec *spec = limn_weights_nth (weights, i);
    g_autofree char *names = g_strjoinv (" ", (GStrv) spec->names);
    g_autofree char *name =
        spec->layout == LIMN_LAYOUT_PHASES ? g_strconcat (names, " by phases", NULL) : g_strdup (names);
    LimnSlice slice;

    if (!limn_weights_load (weights, gpu, NULL, name, &slice, error)) /* it is loaded: no source is asked */
      return NULL;
    g_autofree guint8 *bytes = g_malloc (slice.size);
    if (!limn_buffer_download (slice, bytes, error))
      return NULL;
    g_checksum_update (sum, bytes, (gssize) slice.size);
  }
  return g_strdup (g_checksum_get_string (sum));
}

static LimnCheckpoint *
merge (LimnCheckpoint *base, LimnLora *lora, double strength)
{
  const LimnLoraUse use = { .lora = lora, .strengths = { strength } };

  return limn_checkpoint_merge (base, &use, 1);
}

static gboolean
exchange (LimnNet *net, LimnCheckpoint **now, LimnCheckpoint *next, const char *what, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  gboolean good = limn_net_exchange_part (net, *now, next, LIMN_PART_UNET, NULL, error);

  g_print ("%s: %.2f s\n", what, (double) (g_get_monotonic_time () - start) * 1e-6);
  limn_checkpoint_unref (*now);
  *now = next;
  return good;
}

/* The U-Net on the device. */
typedef struct {
  LimnNet *net;
  LimnUnetPlans plans;
} Laid;

static void
laid_clear (Laid *laid)
{
  limn_unet_plans_clear (&laid->plans);
  g_clear_pointer (&laid->net, limn_net_free);
}

static gboolean
lay_out (Laid *laid, LimnGpu *gpu, LimnCheckpoint *checkpoint, const char *what, GError **error)
{
  const LimnNetworkShape shape = { .batch = 2, .height = 32, .width = 32, .tokens = 77, .steps = 2 };
  gint64 start = g_get_monotonic_time ();

  laid_clear (laid);
  laid->net = limn_net_new (limn_gpu_limits (gpu), LIMN_STORE_F16);
  limn_unet_write (laid->net, limn_checkpoint_unet (checkpoint), &shape, &laid->plans);
  gboolean good =
      limn_net_finish_part (laid->net, laid->plans.step, gpu, checkpoint, LIMN_PART_UNET, NULL, error)
      && limn_net_finish_part (laid->net, laid->plans.prepare, gpu, checkpoint, LIMN_PART_UNET, NULL, error);
  g_print ("%s: %.2f s, %.3f GB on the device\n", what, (double) (g_get_monotonic_time () - start) * 1e-6,
           (double) limn_gpu_allocated (gpu, NULL) * 1e-9);
  return good;
}

static gboolean
measure (Laid *laid, LimnGpu *gpu, LimnCheckpoint *base, LimnLora *lora, int times, GError **error)
{
  g_autoptr (LimnCheckpoint) first = merge (base, lora, 0.05);
  gboolean beside = memcmp (limn_checkpoint_unet (first), limn_checkpoint_unet (base), sizeof (LimnUnetConfig)) != 0;
  g_autofree char *before = sum_weights (laid->net, gpu, error), *with = NULL, *after = NULL;
  LimnCheckpoint *now = limn_checkpoint_ref (beside ? first : base);
  gboolean good = before != NULL && (!beside || lay_out (laid, gpu, first, "laid out with it beside", error));

  for (int i = 1; good && i <= times; i++) {
    g_autofree char *what = g_strdup_printf ("weight %.1f", i * 0.1);
    good = exchange (laid->net, &now, merge (base, lora, i * 0.1), what, error);
  }
  good = good && (with = sum_weights (laid->net, gpu, error)) != NULL;
  if (good && beside)
    good = lay_out (laid, gpu, base, "taken away", error);
  else if (good)
    good = exchange (laid->net, &now, limn_checkpoint_ref (base), "taken away", error);
  good = good && (after = sum_weights (laid->net, gpu, error)) != NULL;
  if (good)
    g_print ("all bytes are %s; with it they were %s\n",
             g_str_equal (before, after) ? "the original's" : "NOT the same",
             g_str_equal (before, with) ? "the SAME" : "others");
  limn_checkpoint_unref (now);
  return good && g_str_equal (before, after) && !g_str_equal (before, with);
}

static gboolean
run (const char *model, const char *file, int rank, int times, GError **error)
{
  g_autoptr (LimnCheckpoint) base = limn_checkpoint_open (model, error);
  g_autoptr (LimnGpu) gpu = base != NULL ? limn_gpu_new (-1, error) : NULL;
  Laid laid = { 0 };

  if (gpu == NULL || (!g_file_test (file, G_FILE_TEST_EXISTS) && !make_file (file, base, rank, error)))
    return FALSE;
  g_autoptr (LimnLora) lora = limn_lora_open (file, base, error);
  if (lora == NULL)
    return FALSE;
  g_print ("matched %u of %u\n", limn_lora_matched (lora), limn_lora_modules (lora));
  gboolean good = lay_out (&laid, gpu, base, "without it", error) && measure (&laid, gpu, base, lora, times, error);
  laid_clear (&laid);
  return good;
}

int
main (int argc, char **argv)
{
  int rank = 32, times = 10;
  const GOptionEntry entries[] = { { "rank", 0, 0, G_OPTION_ARG_INT, &rank, "of a LoRA that is made: 32", "N" },
                                   { "times", 0, 0, G_OPTION_ARG_INT, &times, "10", "N" },
                                   { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new ("MODEL LORA");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 3) {
    g_autofree char *help = g_option_context_get_help (context, TRUE, NULL);
    g_printerr ("%s", help);
    return 2;
  }
  if (run (argv[1], argv[2], rank, times, &error))
    return 0;
  g_printerr ("%s\n", error != NULL ? error->message : "something of the LoRA is left");
  return 1;
}
