/* networks.c - opening the miniature models and walking traces, for the golden tests.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/networks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/half.h"
#include "kernel/variant.h"
#include "model/listing.h"
#include "model/unet.h"

static LimnGpu *shared_gpu;

G_NORETURN static void
skip (const char *why)
{
  g_print ("1..0 # SKIP %s\n", why);
  exit (0); /* TAP says it */
}

static void
take_variant (LimnGpu *gpu, const char *name)
{
  for (const LimnVariant *variant = limn_variants; variant->name != NULL; variant++) {
    if (strcmp (variant->name, name) != 0)
      continue;
    if (!limn_variant_serves (variant, limn_gpu_limits (gpu)))
      skip ("the device cannot run the variant");
    limn_gpu_set_variant (gpu, variant, NULL);
    return;
  }
  g_error ("there is no variant %s", name);
}

LimnGpu *
networks_gpu (void)
{
  const char *variant = g_getenv ("LIMN_TESTS_VARIANT");
  g_autoptr (GError) error = NULL;

  if (shared_gpu != NULL)
    return shared_gpu;
  shared_gpu = limn_gpu_new (-1, &error);
  if (shared_gpu == NULL && g_strcmp0 (g_getenv ("LIMN_REQUIRE_GPU"), "1") == 0)
    g_error ("LIMN_REQUIRE_GPU=1, but: %s", error->message);
  if (shared_gpu == NULL)
    skip (error->message);
  if (variant != NULL)
    take_variant (shared_gpu, variant);
  return shared_gpu;
}

/* What writes the stream has its weight and bias scaled; what carries it on, only its bias. */
static gboolean
is_scaled (const char *name)
{
  static const char *const writers[] = { "decoder.conv_in.", ".conv2.", ".to_out.0." };
  static const char *const carriers[] = { ".conv_shortcut.bias", ".upsamplers.0.conv.bias" };

  if (!g_str_has_prefix (name, "decoder."))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (writers); i++) {
    if (strstr (name, writers[i]) != NULL)
      return TRUE;
  }
  return g_str_has_suffix (name, carriers[0]) || g_str_has_suffix (name, carriers[1]);
}

void
networks_loud_vae (const char *to, float factor)
{
  const char *const file = "vae/diffusion_pytorch_model.safetensors";
  g_autofree char *from = golden_path ("mini-sdxl"), *path = g_build_filename (to, file, NULL);
  g_autoptr (LimnTensors) vae = golden_open ("mini-sdxl/vae/diffusion_pytorch_model.safetensors");
  guint n = limn_tensors_count (vae);
  g_autofree LimnTensorOut *out = g_new0 (LimnTensorOut, n);
  g_autoptr (GPtrArray) owned = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  link_folder (from, to);
  for (guint i = 0; i < n; i++) {
    const LimnTensor *tensor = limn_tensors_nth (vae, i);
    float *values = g_new (float, tensor->count);
    guint16 *halves = g_new (guint16, tensor->count);

    g_ptr_array_add (owned, values);
    g_ptr_array_add (owned, halves);
    limn_tensor_to_float (tensor, values);
    for (guint64 j = 0; is_scaled (tensor->name) && j < tensor->count; j++)
      values[j] *= factor;
    limn_half_from_float_row (values, halves, tensor->count);
    out[i] = (LimnTensorOut){ .name = tensor->name, .type = LIMN_TYPE_F16, .rank = tensor->rank, .data = halves };
    memcpy (out[i].shape, tensor->shape, sizeof out[i].shape);
  }
  remove (path);
  limn_safetensors_write (path, out, n, &error);
  g_assert_no_error (error);
}

int
networks_run (void)
{
  /* Drivers whose device computes nothing, and every value is wrong: what counts is the validation layer's. */
  if (g_strcmp0 (g_getenv ("LIMN_DRY"), "1") == 0)
    g_test_set_nonfatal_assertions ();
  int status = g_test_run ();

  limn_gpu_free (shared_gpu);
  return status;
}

void
networks_walk_cb (const char *name, LimnArray array, const float *rows, gpointer data)
{
  NetworksWalk *walk = data;
  g_autofree char *key = g_strdup_printf ("%s%s", walk->prefix, name);
  int c = array.c, plane = array.h * array.w;

  if (!golden_has (walk->golden, key))
    return;
  gsize count = 0;
  g_autofree float *expected = golden_floats (walk->golden, &count, "%s", key);
  g_assert_cmpuint (count, ==, (gsize) array.n * plane * c);
  g_autofree float *ours = g_memdup2 (rows, sizeof (float) * count);
  /* Pictures are [n, c, h, w] there, tokens [n, t, c] as here. */
  if (golden_tensor (walk->golden, "%s", key)->rank == 4) {
    for (gsize row = 0; row < (gsize) array.n * plane; row++) {
      for (int i = 0; i < c; i++)
        ours[(row / plane * c + i) * plane + row % plane] = rows[row * c + i];
    }
  }
  walk->seen++;
  golden_check_rel (key, ours, expected, count, walk->tolerance);
}

float *
networks_run_checkpoint (LimnCheckpoint *checkpoint, LimnPrecision precision, gsize *count)
{
  const LimnNetworkShape shape = {
    .batch = 1, .height = NETWORKS_SIDE, .width = NETWORKS_SIDE, .tokens = NETWORKS_TOKENS, .steps = 1
  };
  g_autoptr (LimnTensors) golden = golden_open ("unet/mini-sdxl.safetensors");
  g_autofree float *sample = golden_floats (golden, count, "case0/sample");
  g_autofree float *context = golden_floats (golden, NULL, "case0/encoder_hidden_states");
  g_autofree float *pooled = golden_floats (golden, NULL, "case0/text_embeds");
  g_autofree float *ids = golden_floats (golden, NULL, "case0/time_ids");
  g_autofree float *time = golden_floats (golden, NULL, "case0/timestep");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnUnet) unet = limn_unet_new (networks_gpu (), checkpoint, precision, &shape, NULL, &error);
  float *out = g_new (float, *count);

  g_assert_no_error (error);
  g_assert_cmpuint (*count, ==, 4 * NETWORKS_SIDE * NETWORKS_SIDE);
  limn_unet_prepare (unet, context, pooled, ids, time, 1, NULL, &error);
  g_assert_no_error (error);
  limn_unet_run (unet, 0, sample, out, NULL, &error);
  g_assert_no_error (error);
  return out;
}

float *
networks_run_file (const char *path, LimnPrecision precision, gsize *count)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  return networks_run_checkpoint (checkpoint, precision, count);
}
