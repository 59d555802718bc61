/* test-plan.c - a network's plan: memory shared by liveness, cancelled between slices, run again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/error.h"
#include "model/networks.h"

#include <string.h>

#define SIDE 16
#define VALUES (2 * 4 * SIDE * SIDE)

static const LimnNetworkShape shape = { .batch = 2, .height = SIDE, .width = SIDE, .tokens = 77, .steps = 2 };

static void
ignore_cb (const char *name, LimnArray array, const float *rows, gpointer data)
{
}

/* A U-Net prepared with the golden conditioning of two. */
static LimnUnet *
make_unet (gboolean traced)
{
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (LimnTensors) golden = golden_open ("unet/mini-sdxl.safetensors");
  g_autofree float *context = golden_floats (golden, NULL, "case2/encoder_hidden_states");
  g_autofree float *pooled = golden_floats (golden, NULL, "case2/text_embeds");
  g_autofree float *ids = golden_floats (golden, NULL, "case2/time_ids");
  const float timesteps[] = { 800, 400 };
  const LimnTrace trace = { ignore_cb, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  LimnUnet *unet = limn_unet_new_traced (networks_gpu (), checkpoint, LIMN_PRECISION_FP16, &shape,
                                         traced ? &trace : NULL, NULL, &error);
  g_assert_no_error (error);
  limn_unet_prepare (unet, context, pooled, ids, timesteps, 2, NULL, &error);
  g_assert_no_error (error);
  return unet;
}

static void
run (LimnUnet *unet, float *out)
{
  g_autoptr (LimnTensors) golden = golden_open ("unet/mini-sdxl.safetensors");
  g_autofree float *sample = golden_floats (golden, NULL, "case2/sample");
  g_autoptr (GError) error = NULL;

  limn_unet_run (unet, 1, sample, out, NULL, &error);
  g_assert_no_error (error);
}

/* Sharing changes no bit of the result, and is worth having. */
static void
test_sharing (void)
{
  g_autoptr (LimnUnet) apart = make_unet (TRUE), shared = make_unet (FALSE);
  g_autofree float *expected = g_new (float, VALUES), *out = g_new (float, VALUES);
  guint64 unshared = 0, bytes = limn_plan_arena_bytes (limn_unet_plan (shared), &unshared);

  run (apart, expected);
  run (shared, out);
  g_assert_cmpmem (out, sizeof (float) * VALUES, expected, sizeof (float) * VALUES);
  g_test_message ("arena %" G_GUINT64_FORMAT " KiB, %" G_GUINT64_FORMAT " KiB unshared", bytes >> 10, unshared >> 10);
  g_assert_cmpuint (bytes * 4, <, unshared);
}

typedef struct {
  int left;
  double last;
  gboolean backwards;
} Countdown;

static gboolean
countdown_cb (double fraction, gpointer data)
{
  Countdown *countdown = data;

  countdown->backwards |= !(fraction >= countdown->last && fraction <= 1);
  countdown->last = fraction;
  return countdown->left-- > 0;
}

/* Stopping after any slice leaves a plan that runs again as if nothing had been. */
static void
test_cancel (void)
{
  LimnGpuLimits *limits = (LimnGpuLimits *) limn_gpu_limits (networks_gpu ());
  double slice = limits->slice_flop;
  g_autofree float *expected = g_new (float, VALUES), *out = g_new (float, VALUES);
  g_autoptr (LimnTensors) golden = golden_open ("unet/mini-sdxl.safetensors");
  g_autofree float *sample = golden_floats (golden, NULL, "case2/sample");
  Countdown all = { .left = G_MAXINT };
  const LimnTick whole = { countdown_cb, &all };
  g_autoptr (GError) error = NULL;

  limits->slice_flop = 1e6;
  g_autoptr (LimnUnet) unet = make_unet (FALSE);
  limits->slice_flop = slice;
  run (unet, expected);
  limn_unet_run (unet, 1, sample, out, &whole, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (out, sizeof (float) * VALUES, expected, sizeof (float) * VALUES);
  int ticks = G_MAXINT - all.left;
  g_test_message ("%d ticks", ticks);
  g_assert_cmpint (ticks, >, 20);
  g_assert_false (all.backwards);
  g_assert_cmpfloat (all.last, ==, 1);

  /* How often a run asks depends on how long the device takes: the last one here is not stopped. */
  gboolean stopped = TRUE;
  for (int stop = 0; stopped; stop += 5) {
    Countdown some = { .left = stop };
    const LimnTick tick = { countdown_cb, &some };

    stopped = !limn_unet_run (unet, 1, sample, out, &tick, &error);
    g_assert_cmpint (stopped, ==, some.left < 0);
    g_assert_true (stopped || stop > 20);
    if (stopped)
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
    g_clear_error (&error);
    memset (out, 0xff, sizeof (float) * VALUES);
    run (unet, out);
    g_assert_cmpmem (out, sizeof (float) * VALUES, expected, sizeof (float) * VALUES);
  }
}

static void
test_profile (void)
{
  g_autoptr (LimnUnet) unet = make_unet (FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) rows = limn_plan_profile (limn_unet_plan (unet), NULL, &error);
  guint dispatches = 0;
  double gflop = 0;

  g_assert_no_error (error);
  for (guint i = 0; i < rows->len; i++) {
    LimnProfileRow *row = &g_array_index (rows, LimnProfileRow, i);
    dispatches += row->dispatches;
    gflop += row->gflop;
    g_assert_true (row->seconds > 0);
  }
  g_assert_cmpuint (dispatches, ==, limn_plan_dispatches (limn_unet_plan (unet)));
  g_assert_cmpfloat_with_epsilon (gflop, limn_plan_flop (limn_unet_plan (unet)) * 1e-9, 1e-6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/sharing", test_sharing);
  g_test_add_func ("/plan/cancel", test_cancel);
  g_test_add_func ("/plan/profile", test_profile);
  return networks_run ();
}
