/* test-lent.c - weights that the device reads where their file is mapped: the same bits as copies of them, wherever
 * they lie in the file; and what becomes of a run when somebody writes to that file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/folder.h"
#include "file/safetensors.h"
#include "model/gguf-model.h"
#include "model/listing.h"
#include "model/lora.h"
#include "model/model-files.h"
#include "model/networks.h"
#include "model/survey.h"
#include "model/unet.h"
#include "model/written.h"

static const LimnNetworkShape shape = {
  .batch = 1, .height = NETWORKS_SIDE, .width = NETWORKS_SIDE, .tokens = NETWORKS_TOKENS, .steps = 1
};

static LimnGpuLimits *
limits (void)
{
  return (LimnGpuLimits *) limn_gpu_limits (networks_gpu ());
}

/* For devices that lend nothing there is nothing to compare. */
static gboolean
can_lend (void)
{
  if (limits ()->import_alignment > 0)
    return TRUE;
  g_test_skip ("the device does not use pages of a file");
  return FALSE;
}

/* ---- Networks ---- */

typedef struct {
  LimnNet *net;
  LimnUnetPlans plans;
  guint64 made; /* bytes */
} Written;

static gboolean
try_to_make (Written *written, LimnCheckpoint *checkpoint, LimnPrecision precision, GError **error)
{
  guint64 before = limn_gpu_allocated (networks_gpu (), NULL);

  written->net = limn_net_new (limits (), limn_store_for (precision));
  limn_unet_write (written->net, limn_checkpoint_unet (checkpoint), &shape, &written->plans);
  gboolean good =
      limn_net_finish_part (written->net, written->plans.step, networks_gpu (), checkpoint, LIMN_PART_UNET, NULL, error)
      && limn_net_finish_part (written->net, written->plans.prepare, networks_gpu (), checkpoint, LIMN_PART_UNET, NULL,
                               error);
  written->made = limn_gpu_allocated (networks_gpu (), NULL) - before;
  return good;
}

static void
make (Written *written, LimnCheckpoint *checkpoint, LimnPrecision precision)
{
  g_autoptr (GError) error = NULL;

  try_to_make (written, checkpoint, precision, &error);
  g_assert_no_error (error);
}

static void
clear (Written *written)
{
  limn_unet_plans_clear (&written->plans);
  limn_net_free (written->net);
}

static guint64
lent_bytes (const Written *written)
{
  return limn_weights_lent_bytes (limn_net_weights (written->net));
}

/* Runs with copies and with what is lent; returns how many bytes were. */
static guint64
compare (LimnCheckpoint *checkpoint, LimnPrecision precision)
{
  guint32 alignment = limits ()->import_alignment;
  gsize count;
  Written written;

  limits ()->import_alignment = 0;
  g_autofree float *copied = networks_run_checkpoint (checkpoint, precision, &count);
  make (&written, checkpoint, precision);
  g_assert_cmpuint (lent_bytes (&written), ==, 0);
  clear (&written);
  limits ()->import_alignment = alignment;
  g_autofree float *mapped = networks_run_checkpoint (checkpoint, precision, &count);
  g_assert_cmpmem (mapped, count * sizeof *mapped, copied, count * sizeof *copied);

  const LimnSurvey survey = limn_survey_unet (limits (), limn_checkpoint_unet (checkpoint), precision, &shape);
  make (&written, checkpoint, precision);
  g_assert_cmpuint (written.made, ==, survey.weights + survey.work);
  guint64 lent = lent_bytes (&written);
  clear (&written);
  return lent;
}

/* ---- Files ---- */

static LimnCheckpoint *
open_checkpoint (const char *path)
{
  g_autoptr (GError) error = NULL;
  LimnCheckpoint *checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  return checkpoint;
}

static LimnTensors *
open_tensors (const char *path)
{
  g_autoptr (GError) error = NULL;
  LimnTensors *file = limn_tensors_open (path, &error);

  g_assert_no_error (error);
  return file;
}

static const struct {
  const char *name;
  FileNaming naming;
} namings[] = {
  { "original",
    { .prefixes = { "model.diffusion_model.", "first_stage_model.", "conditioner.embedders.0.transformer.",
                    "conditioner.embedders.1.model." } } },
  { "diffusers", { .diffusers = TRUE, .prefixes = { "unet.", "vae.", "te.", "te2." } } },
};

/* The U-Net of the miniature in a file of its own, the rest beside it in the folder. */
static LimnCheckpoint *
open_unet (const char *path)
{
  g_autofree char *base = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;
  LimnCheckpoint *checkpoint = limn_checkpoint_open_parts (&(LimnModelParts){ base, { path } }, &error);

  g_assert_no_error (error);
  return checkpoint;
}

static void
write_unet (const char *path, int naming, LimnType type)
{
  g_autofree char *golden = golden_path ("mini-sdxl");
  g_autoptr (LimnCheckpoint) model = open_checkpoint (golden);
  FileNaming unet = namings[naming].naming;

  for (LimnPartId part = LIMN_PART_UNET + 1; part < LIMN_N_PARTS; part++)
    unet.prefixes[part] = NULL;
  g_autoptr (GPtrArray) tensors = file_tensors (model, &unet);
  file_tensors_write (tensors, type, FILE_PLAIN, path);
}

static void
test_namings (void)
{
  g_autofree char *folder = make_folder (), *path = g_build_filename (folder, "unet.safetensors", NULL);
  g_autofree char *golden = golden_path ("mini-sdxl");
  guint64 lent = 0;

  if (!can_lend ())
    return;
  for (guint i = 0; i < G_N_ELEMENTS (namings); i++) {
    static const LimnType types[] = { LIMN_TYPE_F16, LIMN_TYPE_F32, LIMN_TYPE_BF16 };

    for (guint t = 0; t < G_N_ELEMENTS (types); t++)
      for (LimnPrecision precision = LIMN_PRECISION_FP16; precision <= LIMN_PRECISION_FP32; precision++) {
        write_unet (path, (int) i, types[t]);
        g_autoptr (LimnCheckpoint) checkpoint = open_unet (path);
        guint64 bytes = compare (checkpoint, precision);
        gboolean same = types[t] == (precision == LIMN_PRECISION_FP32 ? LIMN_TYPE_F32 : LIMN_TYPE_F16);

        /* what has to be converted is loaded */
        g_test_message ("%s, %s: %" G_GUINT64_FORMAT " bytes", namings[i].name, limn_type_name (types[t]), bytes);
        g_assert_true (same || bytes == 0);
        lent += bytes;
      }
  }
  g_assert_cmpuint (lent, >, 0);
  g_autoptr (LimnCheckpoint) whole = open_checkpoint (golden);
  compare (whole, LIMN_PRECISION_FP32);
  compare (whole, LIMN_PRECISION_FP16);
  tests_remove_folder (folder);
}

/* GGUF's tensors are aligned, so that all matrices of halves that are read alone are lent. */
static void
test_gguf (void)
{
  g_autofree char *folder = make_folder ();
  guint64 bytes[2];

  if (!can_lend ())
    return;
  for (int quantized = 0; quantized < 2; quantized++) {
    g_autofree char *path = gguf_model_make (folder, quantized);
    g_autoptr (LimnCheckpoint) checkpoint = open_checkpoint (path);

    bytes[quantized] = compare (checkpoint, LIMN_PRECISION_FP16);
  }
  g_assert_cmpuint (bytes[0], >, 200000);
  g_assert_cmpuint (bytes[1], <, bytes[0]);
  tests_remove_folder (folder);
}

/* Other tensors of random size lie between, so that matrices begin anywhere, the last of them where the file ends. */
static void
write_scattered (GRand *random, LimnTensors *from, const char *path)
{
  guint n = limn_tensors_count (from), written = 0;
  g_autofree LimnTensorOut *out = g_new0 (LimnTensorOut, 2 * n);
  g_autoptr (GStringChunk) names = g_string_chunk_new (4096);
  static const guint8 junk[64];
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n; i++) {
    const LimnTensor *tensor = limn_tensors_nth (from, i);
    LimnTensorOut *one = &out[written++];

    *one = (LimnTensorOut){ .name = tensor->name, .type = tensor->type, .rank = tensor->rank, .data = tensor->data };
    memcpy (one->shape, tensor->shape, sizeof one->shape);
    if (i + 1 == n || g_rand_int_range (random, 0, 3) > 0)
      continue;
    g_autofree char *name = g_strdup_printf ("junk.%u", i);
    out[written++] = (LimnTensorOut){ g_string_chunk_insert (names, name),
                                      LIMN_TYPE_U8,
                                      1,
                                      { (guint64) g_rand_int_range (random, 1, (int) sizeof junk) },
                                      junk };
  }
  limn_safetensors_write (path, out, written, &error);
  g_assert_no_error (error);
}

#define SEEDS 25

static void
test_anywhere (void)
{
  g_autofree char *folder = make_folder (), *plain = g_build_filename (folder, "plain.safetensors", NULL);
  g_autofree char *path = g_build_filename (folder, "unet.safetensors", NULL);
  guint64 most = 0, least = G_MAXUINT64;

  if (!can_lend ())
    return;
  write_unet (plain, 1, LIMN_TYPE_F16);
  g_autoptr (LimnTensors) from = open_tensors (plain);
  for (guint32 seed = 0; seed < SEEDS; seed++) {
    g_autoptr (GRand) random = g_rand_new_with_seed (seed);

    write_scattered (random, from, path);
    g_autoptr (LimnCheckpoint) checkpoint = open_unet (path);
    guint64 bytes = compare (checkpoint, LIMN_PRECISION_FP16);
    most = MAX (most, bytes);
    least = MIN (least, bytes);
  }
  g_test_message ("%" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT " bytes", least, most);
  g_assert_cmpuint (least, <, most);
  tests_remove_folder (folder);
}

/* ---- What others do to the file ---- */

static gboolean
run (const Written *written, GError **error)
{
  return limn_plan_run (written->plans.prepare, NULL, error) && limn_plan_run (written->plans.step, NULL, error);
}

static void
test_written_to (void)
{
  g_autofree char *folder = make_folder ();
  g_autoptr (GError) error = NULL;

  if (!can_lend ())
    return;
  for (int cut = 0; cut < 2; cut++) {
    g_autofree char *path = gguf_model_make (folder, FALSE);
    const struct timespec long_ago[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
    struct stat info;
    Written written;

    g_assert_cmpint (utimensat (AT_FDCWD, path, long_ago, 0), ==, 0);
    g_autoptr (LimnCheckpoint) checkpoint = open_checkpoint (path);
    make (&written, checkpoint, LIMN_PRECISION_FP16);
    g_assert_cmpuint (lent_bytes (&written), >, 0);
    g_assert_true (run (&written, &error));
    g_assert_no_error (error);
    g_assert_cmpint (stat (path, &info), ==, 0);
    if (cut) {
      g_assert_cmpint (truncate (path, 4096), ==, 0);
    } else {
      int fd = open (path, O_WRONLY);
      g_assert_cmpint (pwrite (fd, "limn", 4, info.st_size / 2), ==, 4);
      close (fd);
    }
    g_assert_false (run (&written, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
    g_assert_nonnull (strstr (error->message, path));
    g_assert_nonnull (strstr (error->message, cut ? "shorter" : "written to"));
    g_clear_error (&error);
    clear (&written);
    g_assert_cmpint (g_remove (path), ==, 0);
  }
  tests_remove_folder (folder);
}

/* Values that are no numbers are found where they lie, as they are when they are copied. */
static void
test_not_finite (void)
{
  g_autofree char *folder = make_folder (), *path = gguf_model_make (folder, FALSE);
  g_autoptr (GError) error = NULL;
  Written written;

  if (!can_lend ())
    return;
  g_autoptr (LimnCheckpoint) good = open_checkpoint (path);
  make (&written, good, LIMN_PRECISION_FP16);
  LimnWeights *weights = limn_net_weights (written.net);
  guint i = 0;
  while (limn_weights_nth (weights, i)->lent == NULL)
    i++;
  g_autofree char *name = g_strdup (limn_weights_nth (weights, i)->names[0]);
  clear (&written);

  LimnTensorView view;
  g_assert_true (limn_checkpoint_find (good, LIMN_PART_UNET, name, &view, &error));
  g_autofree char *stored = g_strdup (view.stored_name), *data = NULL;
  gsize size;
  g_assert_true (g_file_get_contents (path, &data, &size, &error));
  char *at = memmem (data, size, view.data, 64);
  at[1] = 0x7c; /* infinity */
  at[0] = 0;
  g_assert_true (g_file_set_contents (path, data, (gssize) size, &error));
  g_autoptr (LimnCheckpoint) bad = open_checkpoint (path);
  g_assert_false (try_to_make (&written, bad, LIMN_PRECISION_FP16, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MODEL);
  g_assert_nonnull (strstr (error->message, stored));
  clear (&written);
  tests_remove_folder (folder);
}

/* ---- LoRAs ---- */

static float *
run_unet (LimnUnet *unet)
{
  gsize count = 4 * NETWORKS_SIDE * NETWORKS_SIDE;
  g_autoptr (LimnTensors) golden = golden_open ("unet/mini-sdxl.safetensors");
  g_autofree float *sample = golden_floats (golden, NULL, "case0/sample");
  g_autofree float *context = golden_floats (golden, NULL, "case0/encoder_hidden_states");
  g_autofree float *pooled = golden_floats (golden, NULL, "case0/text_embeds");
  g_autofree float *ids = golden_floats (golden, NULL, "case0/time_ids");
  g_autofree float *time = golden_floats (golden, NULL, "case0/timestep");
  g_autoptr (GError) error = NULL;
  float *out = g_new (float, count);

  limn_unet_prepare (unet, context, pooled, ids, time, 1, NULL, &error);
  g_assert_no_error (error);
  limn_unet_run (unet, 0, sample, out, NULL, &error);
  g_assert_no_error (error);
  return out;
}

static LimnUnet *
make_unet (LimnCheckpoint *checkpoint)
{
  g_autoptr (GError) error = NULL;
  LimnUnet *unet = limn_unet_new (networks_gpu (), checkpoint, LIMN_PRECISION_FP16, &shape, NULL, &error);

  g_assert_no_error (error);
  return unet;
}

/* What is lent gets a place of its own, in the memory that was said. */
static void
test_lora (void)
{
  g_autofree char *folder = make_folder (), *path = gguf_model_make (folder, FALSE);
  g_autofree char *file = golden_path ("lora/kohya_sgm.safetensors");
  const gsize bytes = 4 * NETWORKS_SIDE * NETWORKS_SIDE * sizeof (float);
  guint64 before = limn_gpu_allocated (networks_gpu (), NULL);
  g_autoptr (GError) error = NULL;

  if (!can_lend ())
    return;
  g_autoptr (LimnCheckpoint) base = open_checkpoint (path);
  g_autoptr (LimnLora) lora = limn_lora_open (file, base, &error);
  g_assert_no_error (error);
  g_autoptr (LimnUnet) unet = make_unet (base);
  guint64 said = limn_gpu_allocated (networks_gpu (), NULL) - before;
  g_autofree float *original = run_unet (unet);
  for (int i = 1; i <= 3; i++) {
    const LimnLoraUse use = { .lora = lora, .strengths = { 0.4 * i } };
    g_autoptr (LimnCheckpoint) merged = limn_checkpoint_merge (base, &use, 1);

    g_assert_true (limn_unet_kind.exchange (unet, merged, NULL, &error));
    g_assert_no_error (error);
    g_assert_cmpfloat ((double) (limn_gpu_allocated (networks_gpu (), NULL) - before), <, 1.02 * (double) said);
    g_autoptr (LimnUnet) fresh = make_unet (merged);
    g_autofree float *here = run_unet (unet), *there = run_unet (fresh);
    g_assert_cmpmem (here, bytes, there, bytes);
    g_assert_true (memcmp (here, original, bytes) != 0);
  }
  g_assert_true (limn_unet_kind.exchange (unet, base, NULL, &error));
  g_autofree float *after = run_unet (unet);
  g_assert_cmpmem (after, bytes, original, bytes);
  tests_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (networks_gpu () == NULL)
    return 0;
  g_test_add_func ("/lent/namings", test_namings);
  g_test_add_func ("/lent/gguf", test_gguf);
  g_test_add_func ("/lent/anywhere", test_anywhere);
  g_test_add_func ("/lent/written-to", test_written_to);
  g_test_add_func ("/lent/not-finite", test_not_finite);
  g_test_add_func ("/lent/lora", test_lora);
  return networks_run ();
}
