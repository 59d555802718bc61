/* test-unet.c - the U-Nets of SDXL base and refiner against diffusers, trace by trace.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/networks.h"

typedef struct {
  const char *model;
  LimnPrecision precision;
  double tolerance;
} Suite;

static void
check_case (LimnSafetensors *golden, LimnCheckpoint *checkpoint, const Suite *suite, int index)
{
  g_autofree char *prefix = g_strdup_printf ("case%d/tap/", index);
  const LimnTensor *sample = golden_tensor (golden, "case%d/sample", index);
  const LimnTensor *context = golden_tensor (golden, "case%d/encoder_hidden_states", index);
  LimnUnetShape shape = {
    .batch = (int) sample->shape[0],
    .height = (int) sample->shape[2],
    .width = (int) sample->shape[3],
    .tokens = (int) context->shape[1],
    .steps = 3,
  };
  NetworksWalk walk = { golden, prefix, suite->tolerance, 0 };
  LimnTrace trace = { networks_walk_cb, &walk };
  g_autoptr (GError) error = NULL;

  g_autoptr (LimnUnet) unet = limn_unet_new_traced (networks_gpu (), checkpoint, suite->precision, &shape,
                                                    index == 0 ? &trace : NULL, NULL, &error);
  g_assert_no_error (error);
  gsize count = 0;
  g_autofree float *in = golden_floats (golden, NULL, "case%d/sample", index);
  g_autofree float *states = golden_floats (golden, NULL, "case%d/encoder_hidden_states", index);
  g_autofree float *pooled = golden_floats (golden, NULL, "case%d/text_embeds", index);
  g_autofree float *ids = golden_floats (golden, NULL, "case%d/time_ids", index);
  g_autofree float *timestep = golden_floats (golden, NULL, "case%d/timestep", index);
  g_autofree float *expected = golden_floats (golden, &count, "case%d/out", index);
  g_autofree float *out = g_new (float, count);
  /* The wanted timestep is the last of three, so that a wrong step shows. */
  const float timesteps[] = { 999, 1, timestep[0] };
  limn_unet_prepare (unet, states, pooled, ids, timesteps, 3, NULL, &error);
  g_assert_no_error (error);
  limn_unet_run (unet, 2, in, out, NULL, &error);
  g_assert_no_error (error);
  if (index == 0)
    g_assert_cmpint (walk.seen, >=, 9);
  g_autofree char *label = g_strdup_printf ("%s case%d %dx%d", suite->model, index, shape.width, shape.height);
  golden_check_rel (label, out, expected, count, suite->tolerance);

  /* Once more: nothing of the last run may be left. */
  g_autofree float *again = g_new (float, count);
  limn_unet_run (unet, 0, in, again, NULL, &error);
  limn_unet_run (unet, 2, in, again, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (again, sizeof (float) * count, out, sizeof (float) * count);
}

static void
test_unet (gconstpointer data)
{
  const Suite *suite = data;
  g_autofree char *file = g_strdup_printf ("unet/%s.safetensors", suite->model);
  g_autoptr (LimnSafetensors) golden = golden_open (file);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = golden_path (suite->model);
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  for (int i = 0; i < 7; i++)
    check_case (golden, checkpoint, suite, i);
}

static const Suite suites[] = {
  { "mini-sdxl", LIMN_PRECISION_FP32, 5e-5 },
  { "mini-sdxl", LIMN_PRECISION_FP16, 8e-3 },
  { "mini-sdxl-refiner", LIMN_PRECISION_FP32, 5e-5 },
  { "mini-sdxl-refiner", LIMN_PRECISION_FP16, 2.5e-2 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (suites); i++) {
    g_autofree char *name =
        g_strdup_printf ("/unet/%s/%s", suites[i].model, suites[i].precision == LIMN_PRECISION_FP32 ? "fp32" : "fp16");
    g_test_add_data_func (name, &suites[i], test_unet);
  }
  return networks_run ();
}
