/* test-around.c - networks of pictures that repeat: moved around before is moved around after, in the directions in
 * which they repeat and in no other; and in bands as whole.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/networks.h"

#include <math.h>
#include <string.h>

#include "model/listing.h"
#include "model/taesd.h"
#include "model/unet.h"
#include "model/vae.h"

#define SEEDS 25
#define TOKENS 77

typedef struct {
  LimnCheckpoint *checkpoint;
  LimnNetworkShape shape;
  gpointer network;
  int grain; /* cells that a picture can be moved by */
} Trial;

static void
fill (GRand *random, float *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    values[i] = (float) g_rand_double_range (random, -1.5, 1.5);
}

/* planes of height x width, moved right and down; beyond the edge comes the other. */
static void
move (const float *in, float *out, int planes, int height, int width, int x, int y)
{
  for (int p = 0; p < planes; p++)
    for (int j = 0; j < height; j++)
      for (int i = 0; i < width; i++)
        out[((gsize) p * height + (j + y) % height) * width + (i + x) % width] =
            in[((gsize) p * height + j) * width + i];
}

static double
furthest (const float *a, const float *b, gsize n)
{
  double most = 0, largest = 0;

  for (gsize i = 0; i < n; i++) {
    most = fmax (most, fabs (a[i] - b[i]));
    largest = fmax (largest, fabs (b[i]));
  }
  return most / largest;
}

/* What the network makes of in, into out. */
typedef void (*Run) (Trial *trial, const float *in, float *out);

static void
run_unet (Trial *trial, const float *in, float *out)
{
  g_autoptr (GError) error = NULL;

  limn_unet_run (trial->network, 0, in, out, NULL, &error);
  g_assert_no_error (error);
}

static void
run_decoder (Trial *trial, const float *in, float *out)
{
  g_autoptr (GError) error = NULL;

  limn_vae_decode (trial->network, in, out, NULL, &error);
  g_assert_no_error (error);
}

static void
run_encoder (Trial *trial, const float *in, float *out)
{
  gsize n = (gsize) 4 * trial->shape.height * trial->shape.width;
  g_autofree float *rest = g_new (float, n);
  g_autoptr (GError) error = NULL;

  limn_vae_encode (trial->network, in, out, rest, NULL, &error);
  g_assert_no_error (error);
}

typedef struct {
  const LimnNetworkKind *kind;
  Run run;
  int in_planes, in_scale, out_planes, out_scale; /* a cell's pixels on a side */
  int grain;
} Network;

static const Network networks[] = {
  { &limn_unet_kind, run_unet, 4, 1, 4, 1, 4 },
  { &limn_vae_decoder_kind, run_decoder, 4, 1, 3, 8, 1 },
  { &limn_vae_encoder_kind, run_encoder, 3, 8, 4, 1, 1 },
};

static void
prepare (Trial *trial, GRand *random)
{
  const LimnUnetConfig *config = limn_checkpoint_unet (trial->checkpoint);
  gsize context = (gsize) TOKENS * config->context_channels;
  g_autofree float *states = g_new (float, context), *pooled = g_new0 (float, config->pooled_channels + 1);
  g_autofree float *ids = g_new0 (float, config->time_ids + 1);
  const float timestep = 500;
  g_autoptr (GError) error = NULL;

  fill (random, states, context);
  fill (random, pooled, config->pooled_channels);
  for (int i = 0; i < config->time_ids; i++)
    ids[i] = 64;
  limn_unet_prepare (trial->network, states, pooled, ids, &timestep, 1, NULL, &error);
  g_assert_no_error (error);
}

static void
check (Trial *trial, const Network *network, GRand *random)
{
  int height = trial->shape.height, width = trial->shape.width;
  gboolean across = (trial->shape.around & LIMN_AROUND_X) != 0, down = (trial->shape.around & LIMN_AROUND_Y) != 0;
  gsize n_in = (gsize) network->in_planes * height * width * network->in_scale * network->in_scale;
  gsize n_out = (gsize) network->out_planes * height * width * network->out_scale * network->out_scale;
  g_autofree float *in = g_new (float, n_in), *moved = g_new (float, n_in), *out = g_new (float, n_out);
  g_autofree float *after = g_new (float, n_out), *expected = g_new (float, n_out);
  int x = g_rand_int_range (random, 1, MAX (2, width / network->grain)) * network->grain;
  int y = g_rand_int_range (random, 1, MAX (2, height / network->grain)) * network->grain;

  fill (random, in, n_in);
  network->run (trial, in, out);
  for (int way = 0; way < 2; way++) { /* in the directions in which it repeats; and in the others */
    int by_x = across == (way == 0) ? x : 0, by_y = down == (way == 0) ? y : 0;

    if (by_x == 0 && by_y == 0)
      continue;
    move (in, moved, network->in_planes, height * network->in_scale, width * network->in_scale,
          by_x * network->in_scale, by_y * network->in_scale);
    network->run (trial, moved, after);
    move (out, expected, network->out_planes, height * network->out_scale, width * network->out_scale,
          by_x * network->out_scale, by_y * network->out_scale);
    double off = furthest (after, expected, n_out);
    g_test_message ("%d x %d, around %d, by %d, %d: off by %.2g", width, height, (int) trial->shape.around, by_x, by_y,
                    off);
    if (way == 0)
      g_assert_true (off <= 1e-4);
    else
      g_assert_true (off > 1e-3);
  }
}

static void
test_moved (gconstpointer data)
{
  const Network *network = data;
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  for (guint seed = 0; seed < SEEDS; seed++) {
    g_autoptr (GRand) random = g_rand_new_with_seed (seed);
    Trial trial = { .checkpoint = checkpoint, .grain = network->grain };

    trial.shape.batch = 1;
    trial.shape.height = g_rand_int_range (random, 2, 4) * 4;
    trial.shape.width = g_rand_int_range (random, 2, 4) * 4;
    trial.shape.around = seed % 3 + 1;
    if (network->kind == &limn_unet_kind) {
      trial.shape.tokens = TOKENS;
      trial.shape.steps = 1;
    }
    trial.network = network->kind->build (network->kind, networks_gpu (), checkpoint, LIMN_PRECISION_FP32, &trial.shape,
                                          NULL, &error);
    g_assert_no_error (error);
    if (network->kind == &limn_unet_kind)
      prepare (&trial, random);
    check (&trial, network, random);
    network->kind->free (trial.network);
  }
}

/* With less room a picture lies in bands, and is the same, to the bit. */
static void
test_bands (gconstpointer data)
{
  const Network *network = data;
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
  int tried = 0;

  g_assert_no_error (error);
  for (guint around = 0; around < 4; around++) {
    g_autoptr (GRand) random = g_rand_new_with_seed (around);
    LimnNetworkShape shape = { .batch = 1, .height = 24, .width = 16, .around = around };
    gsize n_in = (gsize) network->in_planes * 24 * 16 * network->in_scale * network->in_scale;
    gsize n_out = (gsize) network->out_planes * 24 * 16 * network->out_scale * network->out_scale;
    g_autofree float *in = g_new (float, n_in), *whole = g_new0 (float, n_out), *parts = g_new0 (float, n_out);
    gsize bytes;
    gconstpointer config = network->kind->config (network->kind, checkpoint, &bytes);
    LimnSurvey survey =
        network->kind->survey (network->kind, limn_gpu_limits (networks_gpu ()), config, LIMN_PRECISION_FP32, &shape);

    fill (random, in, n_in);
    for (int i = 0; i < 2; i++) {
      Trial trial = { .checkpoint = checkpoint, .shape = shape };

      trial.shape.room = i == 0 ? 0 : survey.weights + survey.work * 6 / 10;
      if (i == 1) /* it is banded, then */
        g_assert_cmpuint (
            network->kind
                ->survey (network->kind, limn_gpu_limits (networks_gpu ()), config, LIMN_PRECISION_FP32, &trial.shape)
                .work,
            <, survey.work);
      trial.network = network->kind->build (network->kind, networks_gpu (), checkpoint, LIMN_PRECISION_FP32,
                                            &trial.shape, NULL, &error);
      g_assert_no_error (error);
      network->run (&trial, in, i == 0 ? whole : parts);
      network->kind->free (trial.network);
    }
    tried += memcmp (whole, parts, n_out * sizeof (float)) == 0;
  }
  g_assert_cmpint (tried, ==, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/around/unet", &networks[0], test_moved);
  g_test_add_data_func ("/around/decoder", &networks[1], test_moved);
  g_test_add_data_func ("/around/encoder", &networks[2], test_moved);
  g_test_add_data_func ("/around/decoder-bands", &networks[1], test_bands);
  g_test_add_data_func ("/around/encoder-bands", &networks[2], test_bands);
  return networks_run ();
}
