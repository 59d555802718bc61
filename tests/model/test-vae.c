/* test-vae.c - the autoencoder against diffusers, trace by trace; and a stream that overflows fp16.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/listing.h"
#include "model/networks.h"

#include <math.h>

typedef struct {
  const char *model;
  LimnPrecision precision;
  double tolerance;
} Suite;

static void
check_decode (LimnTensors *golden, LimnCheckpoint *checkpoint, const Suite *suite, int index)
{
  g_autofree char *prefix = g_strdup_printf ("dec%d/tap/", index);
  const LimnTensor *latent = golden_tensor (golden, "dec%d/latent", index);
  NetworksWalk walk = { golden, prefix, suite->tolerance, 0 };
  LimnTrace trace = { networks_walk_cb, &walk };
  /* In fp16 the stream is scaled: its traces are not the golden ones. */
  gboolean traced = index == 0 && suite->precision == LIMN_PRECISION_FP32;
  g_autoptr (GError) error = NULL;

  g_autoptr (LimnVae) vae =
      limn_vae_new_traced (networks_gpu (), checkpoint, LIMN_VAE_DECODE, suite->precision, (int) latent->shape[0],
                           (int) latent->shape[2], (int) latent->shape[3], traced ? &trace : NULL, NULL, &error);
  g_assert_no_error (error);
  gsize count = 0;
  g_autofree float *in = golden_floats (golden, NULL, "dec%d/latent", index);
  g_autofree float *expected = golden_floats (golden, &count, "dec%d/image", index);
  g_autofree float *out = g_new (float, count);
  limn_vae_decode (vae, in, out, NULL, &error);
  g_assert_no_error (error);
  if (traced)
    g_assert_cmpint (walk.seen, >=, 5);
  g_autofree char *label = g_strdup_printf ("dec%d", index);
  golden_check_rel (label, out, expected, count, suite->tolerance);
}

static void
check_encode (LimnTensors *golden, LimnCheckpoint *checkpoint, const Suite *suite, int index)
{
  g_autofree char *prefix = g_strdup_printf ("enc%d/tap/", index);
  const LimnTensor *mean = golden_tensor (golden, "enc%d/mean", index);
  NetworksWalk walk = { golden, prefix, suite->tolerance, 0 };
  LimnTrace trace = { networks_walk_cb, &walk };
  gboolean traced = index == 0 && suite->precision == LIMN_PRECISION_FP32;
  g_autoptr (GError) error = NULL;

  g_autoptr (LimnVae) vae =
      limn_vae_new_traced (networks_gpu (), checkpoint, LIMN_VAE_ENCODE, suite->precision, (int) mean->shape[0],
                           (int) mean->shape[2], (int) mean->shape[3], traced ? &trace : NULL, NULL, &error);
  g_assert_no_error (error);
  gsize count = 0;
  g_autofree float *in = golden_floats (golden, NULL, "enc%d/image", index);
  g_autofree float *expected_mean = golden_floats (golden, &count, "enc%d/mean", index);
  g_autofree float *expected_logvar = golden_floats (golden, NULL, "enc%d/logvar", index);
  g_autofree float *our_mean = g_new (float, count), *our_logvar = g_new (float, count);
  limn_vae_encode (vae, in, our_mean, our_logvar, NULL, &error);
  g_assert_no_error (error);
  if (traced)
    g_assert_cmpint (walk.seen, >=, 5);
  g_autofree char *label = g_strdup_printf ("enc%d mean", index);
  golden_check_rel (label, our_mean, expected_mean, count, suite->tolerance);
  g_autofree char *label_logvar = g_strdup_printf ("enc%d logvar", index);
  golden_check_rel (label_logvar, our_logvar, expected_logvar, count, suite->tolerance);
}

static void
test_vae (gconstpointer data)
{
  const Suite *suite = data;
  g_autofree char *file = g_strdup_printf ("vae/%s.safetensors", suite->model), *path = golden_path (suite->model);
  g_autoptr (LimnTensors) golden = golden_open (file);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  for (int i = 0; i < 4; i++) {
    check_decode (golden, checkpoint, suite, i);
    check_encode (golden, checkpoint, suite, i);
  }
}

static void
loudest_cb (const char *name, LimnArray array, const float *rows, gpointer data)
{
  float *loudest = data;

  for (guint64 i = 0; i < limn_array_rows (array) * array.c; i++)
    *loudest = fmaxf (*loudest, fabsf (rows[i]));
}

/* SDXL's own VAE overflows fp16 elsewhere and gives black pictures: here the picture is the golden one. */
static void
test_overflow (void)
{
  g_autoptr (LimnTensors) golden = golden_open ("vae/mini-sdxl.safetensors");
  const LimnTensor *latent = golden_tensor (golden, "dec1/latent");
  int height = (int) latent->shape[2], width = (int) latent->shape[3];
  g_autofree char *folder = make_folder ();
  float loudest = 0;
  LimnTrace trace = { loudest_cb, &loudest };
  gsize count = 0;
  g_autofree float *in = golden_floats (golden, NULL, "dec1/latent");
  g_autofree float *expected = golden_floats (golden, &count, "dec1/image");
  g_autofree float *out = g_new (float, count);
  g_autoptr (GError) error = NULL;

  networks_loud_vae (folder, 32768);
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (folder, &error);
  g_assert_no_error (error);
  g_autoptr (LimnVae) fp32 = limn_vae_new_traced (networks_gpu (), checkpoint, LIMN_VAE_DECODE, LIMN_PRECISION_FP32, 1,
                                                  height, width, &trace, NULL, &error);
  g_assert_no_error (error);
  limn_vae_decode (fp32, in, out, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("the stream reaches %g; fp16 ends at 65504", loudest);
  g_assert_cmpfloat (loudest, >, 65504);
  golden_check_rel ("loud fp32", out, expected, count, 1e-4);

  g_autoptr (LimnVae) fp16 =
      limn_vae_new (networks_gpu (), checkpoint, LIMN_VAE_DECODE, LIMN_PRECISION_FP16, 1, height, width, NULL, &error);
  g_assert_no_error (error);
  limn_vae_decode (fp16, in, out, NULL, &error);
  g_assert_no_error (error);
  golden_check_rel ("loud fp16", out, expected, count, 1e-2);
  tests_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  static const Suite fp32 = { "mini-sdxl", LIMN_PRECISION_FP32, 5e-5 };
  static const Suite fp16 = { "mini-sdxl", LIMN_PRECISION_FP16, 1e-2 };
  static const Suite sd15_fp32 = { "mini-sd15", LIMN_PRECISION_FP32, 5e-5 };
  static const Suite sd15_fp16 = { "mini-sd15", LIMN_PRECISION_FP16, 1e-2 };

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/vae/fp32", &fp32, test_vae);
  g_test_add_data_func ("/vae/fp16", &fp16, test_vae);
  g_test_add_data_func ("/vae/mini-sd15/fp32", &sd15_fp32, test_vae);
  g_test_add_data_func ("/vae/mini-sd15/fp16", &sd15_fp16, test_vae);
  g_test_add_func ("/vae/overflow", test_overflow);
  return networks_run ();
}
