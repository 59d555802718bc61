/* test-taesd.c - the tiny decoder against TAESD's own code, its file under every name, and files that are none.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/error.h"
#include "common/folder.h"
#include "file/safetensors.h"
#include "model/listing.h"
#include "model/networks.h"
#include "model/taesd.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#define DECODER "taesd/taesdxl_decoder.safetensors"

/* How a file differs from the golden one. */
typedef struct {
  const char *prefix;   /* of its names */
  int first;            /* number of its first module; the golden one's is 1 */
  const char *without;  /* a golden name */
  const char *reshaped; /* a golden name: it gets a row less */
  LimnType type;        /* of that one; 0: as it was */
  gboolean besides;     /* has another network's tensors, too */
} Change;

static void
write_decoder (const char *path, const Change *change)
{
  g_autoptr (LimnTensors) golden = golden_open (DECODER);
  guint n = limn_tensors_count (golden), count = 0;
  g_autofree LimnTensorOut *out = g_new0 (LimnTensorOut, n + 1);
  g_autoptr (GStringChunk) names = g_string_chunk_new (4096);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n; i++) {
    const LimnTensor *tensor = limn_tensors_nth (golden, i);
    char *rest;
    int number = (int) g_ascii_strtoull (tensor->name, &rest, 10) - 1 + change->first;
    g_autofree char *name = g_strdup_printf ("%s%d%s", change->prefix, number, rest);
    LimnTensorOut *one = &out[count];

    if (g_strcmp0 (tensor->name, change->without) == 0)
      continue;
    *one = (LimnTensorOut){ g_string_chunk_insert (names, name), tensor->type, tensor->rank, .data = tensor->data };
    memcpy (one->shape, tensor->shape, sizeof one->shape);
    if (g_strcmp0 (tensor->name, change->reshaped) == 0 && change->type != 0)
      one->type = change->type;
    else if (g_strcmp0 (tensor->name, change->reshaped) == 0)
      one->shape[0]--;
    count++;
  }
  if (change->besides)
    out[count++] =
        (LimnTensorOut){ "encoder.layers.0.bias", LIMN_TYPE_F16, 1, { 4 }, limn_tensors_nth (golden, 0)->data };
  limn_safetensors_write (path, out, count, &error);
  g_assert_no_error (error);
}

/* ---- Numbers ---- */

static void
check_decode (LimnTaesdFile *file, int index, LimnPrecision precision, double tolerance)
{
  g_autoptr (LimnTensors) golden = golden_open ("taesd/expected.safetensors");
  const LimnTensor *latent = golden_tensor (golden, "dec%d/latent", index);
  gsize count = 0;
  g_autofree float *in = golden_floats (golden, NULL, "dec%d/latent", index);
  g_autofree float *expected = golden_floats (golden, &count, "dec%d/image01", index);
  g_autofree float *out = g_new (float, count);
  g_autofree char *label = g_strdup_printf ("dec%d", index);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTaesd) taesd = limn_taesd_new (networks_gpu (), file, precision, (int) latent->shape[2],
                                                (int) latent->shape[3], 0, NULL, &error);

  g_assert_no_error (error);
  for (gsize i = 0; i < count; i++)
    expected[i] = 2 * expected[i] - 1;
  /* the second time: nothing is left of the first */
  for (int i = 0; i < 2; i++) {
    memset (out, 0, count * sizeof *out);
    limn_taesd_decode (taesd, in, out, NULL, &error);
    g_assert_no_error (error);
    golden_check_rel (label, out, expected, count, tolerance);
  }
}

static void
test_golden (gconstpointer data)
{
  LimnPrecision precision = (LimnPrecision) GPOINTER_TO_INT (data);
  g_autofree char *path = golden_path (DECODER);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTaesdFile) file = limn_taesd_file_open (path, &error);

  g_assert_no_error (error);
  for (int i = 0; i < 2; i++)
    check_decode (file, i, precision, precision == LIMN_PRECISION_FP32 ? 1e-5 : 1e-2);
}

static void
test_names (TestsFile *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTaesdFile) file = NULL;

  write_decoder (fixture->path, data);
  file = limn_taesd_file_open (fixture->path, &error);
  g_assert_no_error (error);
  check_decode (file, 1, LIMN_PRECISION_FP32, 1e-5);
}

/* Whatever the U-Net's latents are, what the decoder sees is bounded, so that fp16 holds it. */
static void
test_loud (void)
{
  g_autofree char *path = golden_path (DECODER);
  g_autofree float *in = g_new (float, 4 * 15), *out = g_new (float, (gsize) 3 * 15 * 64);
  g_autofree float *again = g_new (float, (gsize) 3 * 15 * 64);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTaesdFile) file = limn_taesd_file_open (path, &error);
  g_autoptr (LimnTaesd) taesd = NULL;

  g_assert_no_error (error);
  taesd = limn_taesd_new (networks_gpu (), file, LIMN_PRECISION_FP16, 5, 3, 0, NULL, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 60; i++)
    in[i] = i % 2 == 0 ? 1e6f : -1e6f;
  limn_taesd_decode (taesd, in, out, NULL, &error);
  for (int i = 0; i < 60; i++)
    in[i] = i % 2 == 0 ? INFINITY : -INFINITY;
  limn_taesd_decode (taesd, in, again, NULL, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 3 * 15 * 64; i++)
    g_assert_true (isfinite (out[i]));
  g_assert_cmpmem (out, sizeof (float) * 3 * 15 * 64, again, sizeof (float) * 3 * 15 * 64);
}

/* ---- Files ---- */

/* A message is about the file, and says each of the others. */
static void
assert_refused (const char *path, const char *const *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTaesdFile) file = limn_taesd_file_open (path, &error);

  g_assert_null (file);
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_cmpuint (error->domain, ==, LIMN_ERROR);
  g_assert_nonnull (strstr (error->message, path));
  for (; *words != NULL; words++)
    g_assert_nonnull (strstr (error->message, *words));
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
test_missing_tensor (TestsFile *fixture, gconstpointer unused)
{
  write_decoder (fixture->path, &(Change){ .prefix = "", .first = 1, .without = "12.weight" });
  assert_refused (fixture->path, WORDS ("12.weight", "missing"));
  write_decoder (fixture->path, &(Change){ .prefix = "decoder.layers.", .without = "19.bias" });
  assert_refused (fixture->path, WORDS ("decoder.layers.18.bias", "missing"));
}

static void
test_other_shape (TestsFile *fixture, gconstpointer unused)
{
  write_decoder (fixture->path, &(Change){ .prefix = "", .first = 1, .reshaped = "9.conv.2.weight" });
  assert_refused (fixture->path, WORDS ("9.conv.2.weight", "[63, 64, 3, 3]", "[64, 64, 3, 3]"));
}

static void
test_other_type (TestsFile *fixture, gconstpointer unused)
{
  write_decoder (fixture->path,
                 &(Change){ .prefix = "", .first = 1, .reshaped = "3.conv.0.bias", .type = LIMN_TYPE_I16 });
  assert_refused (fixture->path, WORDS ("3.conv.0.bias", "I16", "F16"));
}

/* A tiny decoder of latents with 16 channels, as Flux and Stable Diffusion 3 have them. */
static void
test_other_latents (TestsFile *fixture, gconstpointer unused)
{
  g_autofree guint16 *zeros = g_new0 (guint16, 64 * 16 * 9);
  const LimnTensorOut out = { "1.weight", LIMN_TYPE_F16, 4, { 64, 16, 3, 3 }, zeros };
  g_autoptr (GError) error = NULL;

  limn_safetensors_write (fixture->path, &out, 1, &error);
  g_assert_no_error (error);
  assert_refused (fixture->path, WORDS ("1.weight", "[64, 16, 3, 3]", "[64, 4, 3, 3]"));
}

/* A tensor with a dimension more than any weight has. */
static void
test_other_rank (TestsFile *fixture, gconstpointer unused)
{
  g_autofree guint16 *zeros = g_new0 (guint16, 64 * 4 * 9);
  const LimnTensorOut out = { "1.weight", LIMN_TYPE_F16, 5, { 64, 4, 3, 3, 1 }, zeros };
  g_autoptr (GError) error = NULL;

  limn_safetensors_write (fixture->path, &out, 1, &error);
  g_assert_no_error (error);
  assert_refused (fixture->path, WORDS ("1.weight", "[64, 4, 3, 3, 1]", "[64, 4, 3, 3]"));
}

/* A whole model, a VAE in it or not. */
static void
test_other_network (void)
{
  g_autofree char *whole = golden_path ("mini-sdxl-single-file.safetensors");
  g_autofree char *vae = golden_path ("mini-sdxl/vae/diffusion_pytorch_model.safetensors");

  assert_refused (whole, WORDS ("TAESD", "1.weight", "decoder.layers.0.weight"));
  assert_refused (vae, WORDS ("TAESD", "1.weight", "decoder.layers.0.weight"));
}

static void
test_truncated (TestsFile *fixture, gconstpointer unused)
{
  static const double shares[] = { 0, 1e-6, 0.001, 0.5, 0.999999 };
  g_autofree char *path = golden_path (DECODER), *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_file_get_contents (path, &bytes, &size, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (shares); i++) {
    g_file_set_contents (fixture->path, bytes, (gssize) ((double) size * shares[i]), &error);
    g_assert_no_error (error);
    assert_refused (fixture->path, (const char *const[]){ NULL });
  }
  g_unlink (fixture->path);
  assert_refused (fixture->path, (const char *const[]){ NULL });
}

/* Where people have it; what is not shared lies with the model alone. */
static void
test_found (void)
{
  static const char *const places[] = {
    "models/one/taesdxl_decoder.safetensors",
    "models/one/taesdxl.safetensors",
    "models/one/taesdxl/diffusion_pytorch_model.safetensors",
    "models/taesdxl_decoder.safetensors",
    "models/vae_approx/taesdxl_decoder.safetensors",
    "vae_approx/taesdxl_decoder.safetensors",
  };
  g_autofree char *folder = make_folder (), *decoder = golden_path (DECODER), *bytes = NULL;
  g_autofree char *model = g_build_filename (folder, "models", "one", NULL);
  g_autoptr (GError) error = NULL;
  gsize size;

  g_file_get_contents (decoder, &bytes, &size, &error);
  g_assert_no_error (error);
  put_file (model, "model_index.json", "{}", -1);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *path = g_build_filename (folder, places[i], NULL);

    put_file (folder, places[i], bytes, (gssize) size);
    for (int shared = 0; shared < 2; shared++) {
      g_autoptr (LimnTaesdFile) file = limn_taesd_file_find (model, "taesdxl", shared, &error);
      g_autoptr (LimnTaesdFile) other = limn_taesd_file_find (model, "taesd", shared, &error);

      g_assert_no_error (error);
      g_assert_true ((file != NULL) == (shared || g_str_has_prefix (places[i], "models/one")));
      g_assert_null (other);
    }
    g_unlink (path);
  }
  /* in the user's data, which is the test's own */
  put_file (g_get_user_data_dir (), "limn/taesdxl.safetensors", bytes, (gssize) size);
  g_autoptr (LimnTaesdFile) own = limn_taesd_file_find (model, "taesdxl", TRUE, &error);
  g_assert_no_error (error);
  g_assert_nonnull (own);
  tests_remove_folder (g_get_user_data_dir ());
  put_file (folder, places[0], "none", -1);
  g_assert_null (limn_taesd_file_find (model, "taesdxl", FALSE, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, places[0]));
  tests_remove_folder (folder);
}

/* A single file of a family's own VAE finds what is shared; a miniature's latents are no family's. */
static void
test_of_model (void)
{
  g_autofree char *folder = make_folder (), *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autofree char *small = g_build_filename (folder, "small.safetensors", NULL), *bytes = NULL;
  g_autofree char *golden = golden_path ("mini-sdxl-single-file.safetensors"), *decoder = golden_path (DECODER);
  g_autoptr (Listing) listing = listing_load_keys ("sd_xl_base_1.0.tsv");
  g_autoptr (GError) error = NULL;
  const GError *problem;
  gsize size;

  listing_write_sparse (listing, path);
  g_assert_cmpint (symlink (golden, small), ==, 0);
  for (int there = 0; there < 2; there++) {
    g_autoptr (LimnCheckpoint) one = limn_checkpoint_open (path, &error), other = limn_checkpoint_open (small, &error);

    g_assert_no_error (error);
    g_assert_true ((limn_checkpoint_taesd (one, &problem) != NULL) == there);
    g_assert_null (problem);
    g_assert_null (limn_checkpoint_taesd (other, NULL));
    g_file_get_contents (decoder, &bytes, &size, &error);
    put_file (folder, "taesdxl_decoder.safetensors", bytes, (gssize) size);
    g_clear_pointer (&bytes, g_free);
  }
  put_file (folder, "taesdxl_decoder.safetensors", "none", -1);
  g_autoptr (LimnCheckpoint) broken = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_assert_null (limn_checkpoint_taesd (broken, &problem));
  g_assert_nonnull (strstr (problem->message, "taesdxl_decoder.safetensors"));
  tests_remove_folder (folder);
}

/* What the file holds is not looked at before the device asks for it. */
static void
test_not_finite (TestsFile *fixture, gconstpointer unused)
{
  g_autofree char *path = golden_path (DECODER), *bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTaesdFile) file = NULL;
  g_autoptr (LimnTaesd) taesd = NULL;
  gsize size;

  g_file_get_contents (path, &bytes, &size, &error);
  memset (bytes + size - 2, 0xff, 2);
  g_file_set_contents (fixture->path, bytes, (gssize) size, &error);
  g_assert_no_error (error);
  file = limn_taesd_file_open (fixture->path, &error);
  g_assert_no_error (error);
  taesd = limn_taesd_new (networks_gpu (), file, LIMN_PRECISION_FP16, 1, 1, 0, NULL, &error);
  g_assert_null (taesd);
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MODEL);
  g_assert_nonnull (strstr (error->message, fixture->path));
}

/* ---- What it comes to ---- */

/* By hand: 64 channels at four sizes, 3 in the end. */
static void
test_survey (void)
{
  static const LimnGpuLimits limits = { .storage_range = 128 << 20,
                                        .allocation = 1 << 30,
                                        .max_groups = 65535,
                                        .slice_flop = 1e9,
                                        .subgroup_min = 32,
                                        .subgroup_max = 32 };
  const double pixel = 2.0 * 9 * 64 * 64;
  const double flop = 128.0 * 128 * (9 * pixel + 2.0 * 9 * 4 * 64) + 256.0 * 256 * 10 * pixel + 512.0 * 512 * 10 * pixel
                      + 1024.0 * 1024 * (4 * pixel + 2.0 * 9 * 64 * 3);
  LimnSurvey half = limn_taesd_survey (&limits, LIMN_PRECISION_FP16, 128, 128, 0);
  LimnSurvey full = limn_taesd_survey (&limits, LIMN_PRECISION_FP32, 128, 128, 0);

  g_assert_cmpfloat_with_epsilon (half.flop, flop, flop * 1e-9);
  g_assert_cmpfloat (half.flop, ==, full.flop);
  /* 1.2 million parameters */
  g_assert_cmpuint (half.weights, >, 2400000);
  g_assert_cmpuint (half.weights, <, 3000000);
  g_assert_cmpuint (full.work, >, half.work);
}

int
main (int argc, char **argv)
{
  static const Change diffusers = { .prefix = "decoder.layers.", .first = 0, .besides = TRUE };
  static const Change both = { .prefix = "decoder.", .first = 1, .besides = TRUE };
  static const Change comfy = { .prefix = "taesd_decoder.", .first = 1 };

  g_autofree char *data = make_folder ();

  /* before anyone asks where the user's data is */
  g_setenv ("XDG_DATA_HOME", data, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/taesd/fp32", GINT_TO_POINTER (LIMN_PRECISION_FP32), test_golden);
  g_test_add_data_func ("/taesd/fp16", GINT_TO_POINTER (LIMN_PRECISION_FP16), test_golden);
  g_test_add_func ("/taesd/loud", test_loud);
#define ADD(name, data, func) g_test_add (name, TestsFile, data, tests_file_set_up, func, tests_file_tear_down)
  ADD ("/taesd/names/diffusers", &diffusers, test_names);
  ADD ("/taesd/names/both", &both, test_names);
  ADD ("/taesd/names/comfy", &comfy, test_names);
  ADD ("/taesd/file/missing-tensor", NULL, test_missing_tensor);
  ADD ("/taesd/file/other-shape", NULL, test_other_shape);
  ADD ("/taesd/file/other-type", NULL, test_other_type);
  ADD ("/taesd/file/other-latents", NULL, test_other_latents);
  ADD ("/taesd/file/other-rank", NULL, test_other_rank);
  g_test_add_func ("/taesd/file/other-network", test_other_network);
  ADD ("/taesd/file/truncated", NULL, test_truncated);
  ADD ("/taesd/file/not-finite", NULL, test_not_finite);
  g_test_add_func ("/taesd/file/found", test_found);
  g_test_add_func ("/taesd/file/of-model", test_of_model);
  g_test_add_func ("/taesd/survey", test_survey);
  int status = networks_run ();
  tests_remove_folder (data);
  return status;
}
