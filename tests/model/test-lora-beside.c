/* test-lora-beside.c - LoRAs over tensors that stay in blocks: they lie beside them, come to what they would come to if
 * the tensors were expanded, and are others, or gone, without a bit of the blocks being another.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "common/folder.h"
#include "engine/job.h"
#include "model/clip.h"
#include "model/convert.h"
#include "model/loaded-unet.h"
#include "model/networks.h"
#include "model/random-loras.h"
#include "model/survey.h"
#include "model/unet.h"

#define TOKENS 77
#define SIDE 16

static const LimnNetworkShape one_step = { .batch = 1, .height = SIDE, .width = SIDE, .tokens = TOKENS, .steps = 1 };

/* What a miniature's linear layers become, and a word of the file's name. */
typedef struct {
  LimnType type;
  const char *name;
} Kind;

static const Kind kinds[] = {
  { LIMN_TYPE_Q8_0, "q8_0.gguf" }, { LIMN_TYPE_Q4_K, "q4_k.gguf" },          { LIMN_TYPE_Q5_K, "q5_k.gguf" },
  { LIMN_TYPE_Q6_K, "q6_k.gguf" }, { LIMN_TYPE_F8_E4M3, "fp8.safetensors" },
};

static char *folder; /* of what this program writes */

static LimnCheckpoint *
open_checkpoint (const char *path)
{
  g_autoptr (GError) error = NULL;
  LimnCheckpoint *checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  return checkpoint;
}

/* The miniature of SDXL with linear layers of that kind; written once.  (transfer full) */
static char *
path_of (const Kind *kind)
{
  char *path = g_build_filename (folder, kind->name, NULL);
  g_autofree char *mini = golden_path ("mini-sdxl");
  g_autoptr (GError) error = NULL;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return path;
  g_autoptr (LimnCheckpoint) checkpoint = open_checkpoint (mini);
  g_autoptr (LimnConversion) conversion =
      limn_checkpoint_convert (checkpoint, kind->type, g_str_has_suffix (path, ".gguf"), path, NULL, &error);
  g_assert_no_error (error);
  return path;
}

static const LimnKeptBlocks *
kept_of (LimnCheckpoint *checkpoint, LimnPartId part)
{
  return part == LIMN_PART_UNET ? &limn_checkpoint_unet (checkpoint)->kept
                                : &limn_checkpoint_clip (checkpoint, part)->kept;
}

/* What lies in blocks. */
static gboolean
is_kept (LimnCheckpoint *base, LimnPartId part, const LimnTensorView *view, const char *name)
{
  const LimnKeptBlocks *kept = kept_of (base, part);

  return kept->kinds != NULL && g_hash_table_contains (kept->kinds, name);
}

/* ---- What they come to ---- */

static guint64
columns_of (const LimnTensorView *view)
{
  guint64 columns = 1;

  for (int i = 1; i < view->rank; i++)
    columns *= view->shape[i];
  return columns;
}

/* All of part's tensors lie as they should: those that LoRAs change stay in their blocks where their matrices take less
 * than half of what the tensor would.  Returns how many have something beside. */
static guint
check_layout (const RandomLoras *loras, LimnCheckpoint *base, LimnCheckpoint *merged, LimnPartId part)
{
  const LimnKeptBlocks *was = kept_of (base, part), *is = kept_of (merged, part);
  GHashTableIter iter;
  gpointer name, kind;
  guint n = 0;

  g_hash_table_iter_init (&iter, was->kinds);
  while (g_hash_table_iter_next (&iter, &name, &kind)) {
    guint rank = GPOINTER_TO_UINT (g_hash_table_lookup (loras->ranks[part], name)), padded = (rank + 7) / 8 * 8;
    LimnTensorView view;

    g_assert_true (limn_checkpoint_find (base, part, name, &view, NULL));
    gboolean beside = rank > 0
                      && 2 * padded * (view.shape[0] + columns_of (&view)) <= view.shape[0] * columns_of (&view)
                      && padded <= columns_of (&view);
    g_assert_cmpuint (GPOINTER_TO_UINT (g_hash_table_lookup (is->ranks, name)), ==, beside ? padded : 0);
    g_assert_true (g_hash_table_lookup (is->kinds, name) == (rank == 0 || beside ? kind : NULL));
    n += beside;
  }
  g_assert_cmpuint (g_hash_table_size (is->ranks), ==, n);
  return n;
}

static float *
encode (LimnCheckpoint *checkpoint, LimnPartId part, LimnPrecision precision, gsize *count)
{
  const LimnClipConfig *config = limn_checkpoint_clip (checkpoint, part);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnClip) clip = limn_clip_new (networks_gpu (), checkpoint, part, precision, 1, NULL, &error);
  g_assert_no_error (error);
  g_autofree float *pooled = g_new (float, config->projection + 1);
  float *hidden = g_new (float, (gsize) TOKENS * config->width);
  int ids[TOKENS];

  for (int i = 0; i < TOKENS; i++)
    ids[i] = i < TOKENS - 1 ? i * 7 % (config->vocabulary - 2) : config->vocabulary - 1;
  limn_clip_encode (clip, ids, NULL, hidden, config->projection > 0 ? pooled : NULL, NULL, &error);
  g_assert_no_error (error);
  *count = (gsize) TOKENS * config->width;
  return hidden;
}

static float *
answer_of (LimnCheckpoint *checkpoint, LimnPartId part, LimnPrecision precision, gsize *count)
{
  return part == LIMN_PART_UNET ? networks_run_checkpoint (checkpoint, precision, count)
                                : encode (checkpoint, part, precision, count);
}

/* Beside expanded tensors with the sum of all that LoRAs come to, made in double: whatever the blocks are of, fp32 is
 * off by no more than sums in another order are, and fp16 by as much as the same tensors in halves. */
static void
test_kind (gconstpointer data)
{
  const Kind *kind = data;
  g_autofree char *path = path_of (kind);
  g_autoptr (LimnCheckpoint) base = open_checkpoint (path);
  const LimnPartId parts[] = { LIMN_PART_UNET, LIMN_PART_TEXT_ENCODER, LIMN_PART_TEXT_ENCODER_2 };

  for (guint n = 1; n <= 3; n += 2) {
    g_autoptr (RandomLoras) loras = random_loras_new (base, n, 8 / n + 2, is_kept, folder);
    g_autoptr (LimnCheckpoint) merged = random_loras_merge (loras, base, 1);
    g_autoptr (LimnCheckpoint) twin = random_loras_merge_difference (loras, base);

    for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
      gsize count;

      if (kept_of (base, parts[i])->kinds == NULL)
        continue;
      guint beside = check_layout (loras, base, merged, parts[i]);
      g_autofree float *expected = answer_of (twin, parts[i], LIMN_PRECISION_FP32, &count);
      g_autofree float *floats = answer_of (merged, parts[i], LIMN_PRECISION_FP32, &count);
      g_autofree float *halves = answer_of (merged, parts[i], LIMN_PRECISION_FP16, &count);
      g_autofree float *rounded = answer_of (twin, parts[i], LIMN_PRECISION_FP16, &count);
      g_autofree float *without = answer_of (base, parts[i], LIMN_PRECISION_FP32, &count);

      g_test_message ("%s, %u LoRAs, part %d: %u of %u beside; fp32 %.2e, fp16 %.2e and %.2e, without %.2e", kind->name,
                      n, (int) parts[i], beside, g_hash_table_size (loras->ranks[parts[i]]),
                      golden_compare (floats, expected, count).rel, golden_compare (halves, expected, count).rel,
                      golden_compare (rounded, expected, count).rel, golden_compare (without, expected, count).rel);
      g_assert_cmpuint (beside, >, 0);
      golden_check_rel (kind->name, floats, expected, count, 1e-5);
      /* on the whole: where two that round by chance are farthest from what is right says little */
      GoldenDiff ours = golden_compare (halves, expected, count), theirs = golden_compare (rounded, expected, count);
      g_test_message ("in the mean fp16 %.2e and %.2e", ours.rms_rel, theirs.rms_rel);
      g_assert_true (ours.rms_rel <= 1e-3 + 2 * theirs.rms_rel && ours.rel <= 1e-2);
      g_assert_cmpfloat (golden_compare (without, expected, count).rel, >, 5e-3);
    }
  }
}

/* ---- What lies on the device ---- */

/* Of each of its tensors the bytes: rows of several that are one weight taken apart.  (element-type utf8 GBytes) */
static GHashTable *
bytes_of (const LoadedUnet *written)
{
  LimnWeights *weights = limn_net_weights (written->net);
  GHashTable *all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);

  for (guint i = 0; i < limn_weights_count (weights); i++) {
    const LimnWeightSpec *spec = limn_weights_nth (weights, i);
    g_autofree char *joined = g_strjoinv (" ", (GStrv) spec->names);
    guint n = g_strv_length ((GStrv) spec->names);
    gsize size;

    if (spec->layout == LIMN_LAYOUT_PHASES)
      continue; /* never in blocks */
    g_autofree guint8 *bytes = loaded_unet_bytes (written, joined, &size);
    /* matrices that are joined have as many rows each, but for what leads down */
    gboolean down = g_str_has_suffix (joined, LIMN_BESIDE_DOWN);
    for (guint k = 0; k < (down ? 1 : n); k++)
      g_hash_table_insert (all, g_strdup (down ? joined : spec->names[k]),
                           g_bytes_new (bytes + k * size / n, down ? size : size / n));
  }
  return all;
}

/* Whether each tensor of one is the same in other, or one that may be another: what leads up; returns how many are. */
static guint
count_others (GHashTable *one, GHashTable *other, gboolean up)
{
  GHashTableIter iter;
  gpointer name, bytes;
  guint n = 0;

  g_hash_table_iter_init (&iter, one);
  while (g_hash_table_iter_next (&iter, &name, &bytes)) {
    GBytes *there = g_hash_table_lookup (other, name);
    gboolean may = up && g_str_has_suffix (name, LIMN_BESIDE_UP);

    g_assert_nonnull (there);
    if (g_bytes_equal (bytes, there))
      continue;
    if (!may)
      g_test_fail_printf ("%s is another", (const char *) name);
    n++;
  }
  return n;
}

/* Other strengths, one after the other, are written over what leads up alone, and are as if each were the first; the
 * blocks are the base's, to the bit. */
static void
test_bits (gconstpointer data)
{
  g_autofree char *path = path_of (data);
  g_autoptr (LimnCheckpoint) base = open_checkpoint (path);
  g_autoptr (RandomLoras) loras = random_loras_new (base, 2, 4, is_kept, folder);
  g_autoptr (LimnCheckpoint) first = random_loras_merge (loras, base, 1);
  LimnCheckpoint *now = limn_checkpoint_ref (first);
  LoadedUnet plain, written;

  loaded_unet_bring (&plain, base, &one_step);
  loaded_unet_bring (&written, first, &one_step);
  g_autoptr (GHashTable) original = bytes_of (&plain), before = bytes_of (&written);
  g_assert_cmpuint (count_others (original, before, FALSE), ==, 0);
  for (int i = 1; i <= 4; i++) {
    g_autoptr (LimnCheckpoint) next = random_loras_merge (loras, base, i == 4 ? 1 : 0.3 * i - 0.7);
    LoadedUnet fresh;

    g_assert_cmpmem (limn_checkpoint_unet (next), sizeof (LimnUnetConfig), limn_checkpoint_unet (first),
                     sizeof (LimnUnetConfig));
    guint64 values = limn_checkpoint_difference (now, next, LIMN_PART_UNET), expected = 0;
    loaded_unet_exchange (&written, now, next);
    loaded_unet_bring (&fresh, next, &one_step);
    g_autoptr (GHashTable) here = bytes_of (&written), there = bytes_of (&fresh);
    g_assert_cmpuint (count_others (here, there, FALSE), ==, 0);
    g_assert_cmpint (count_others (before, here, TRUE) > 0, ==, i < 4);
    GHashTableIter iter;
    gpointer name, bytes;
    g_hash_table_iter_init (&iter, here);
    while (g_hash_table_iter_next (&iter, &name, &bytes))
      expected += g_str_has_suffix (name, LIMN_BESIDE_UP) ? g_bytes_get_size (bytes) / 2 : 0;
    g_assert_cmpuint (values, ==, expected);
    loaded_unet_clear (&fresh);
    limn_checkpoint_unref (now);
    now = g_steal_pointer (&next);
  }
  limn_checkpoint_unref (now);
  loaded_unet_clear (&written);
  loaded_unet_clear (&plain);
}

/* What is foretold is what is made, and grows by what lies beside alone. */
static void
test_memory (gconstpointer data)
{
  g_autofree char *path = path_of (data);
  g_autoptr (LimnCheckpoint) base = open_checkpoint (path);
  g_autoptr (RandomLoras) loras = random_loras_new (base, 2, 4, is_kept, folder);
  g_autoptr (LimnCheckpoint) merged = random_loras_merge (loras, base, 1);
  const LimnGpuLimits *limits = limn_gpu_limits (networks_gpu ());
  guint64 most = 0;
  GHashTableIter iter;
  gpointer name, rank;

  for (LimnPrecision precision = LIMN_PRECISION_FP16; precision <= LIMN_PRECISION_FP32; precision++) {
    guint64 before = limn_gpu_allocated (networks_gpu (), NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (LimnUnet) unet = limn_unet_new (networks_gpu (), merged, precision, &one_step, NULL, &error);
    LimnSurvey survey = limn_survey_unet (limits, limn_checkpoint_unet (merged), precision, &one_step);
    LimnSurvey plain = limn_survey_unet (limits, limn_checkpoint_unet (base), precision, &one_step);
    guint64 size = precision == LIMN_PRECISION_FP16 ? 2 : 4, expected = 0;
    guint n = 0;

    g_assert_no_error (error);
    g_assert_cmpuint (survey.weights + survey.work, ==, limn_gpu_allocated (networks_gpu (), NULL) - before);
    /* what LoRAs of too high a rank are for is expanded: not here */
    g_hash_table_iter_init (&iter, loras->ranks[LIMN_PART_UNET]);
    while (g_hash_table_iter_next (&iter, &name, &rank)) {
      guint64 padded = GPOINTER_TO_UINT (g_hash_table_lookup (kept_of (merged, LIMN_PART_UNET)->ranks, name));
      LimnTensorView view;

      g_assert_cmpuint (padded, >, 0);
      g_assert_true (limn_checkpoint_find (base, LIMN_PART_UNET, name, &view, NULL));
      expected += size * padded * (view.shape[0] + columns_of (&view));
      n++;
    }
    /* two places each, of which each begins at a multiple of 256, and the joined tensors that are three now */
    most = expected + 256 * (2 + 3) * n + (G_GUINT64_CONSTANT (64) << 10);
    g_test_message ("weights %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT ", beside %" G_GUINT64_FORMAT, plain.weights,
                    survey.weights, expected);
    g_assert_cmpuint (survey.weights + (64 << 10), >=, plain.weights + expected);
    g_assert_cmpuint (survey.weights, <=, plain.weights + most);
  }
}

/* ---- Whole runs ---- */

static LimnEngine *engine;

static void
set_request (LimnRequest *request, LimnModel *model, const char *prompt)
{
  static const char *folders[2];

  folders[0] = folder;
  limn_request_init (request, model);
  request->prompt = prompt;
  request->negative = "blurry";
  request->width = 128;
  request->height = 128;
  request->steps = 6;
  request->sampler = "euler";
  request->precision = LIMN_PRECISION_FP32;
  request->lora_folders = folders;
}

/* What a run would bring to the device. */
static guint64
missing_bytes (const LimnRequest *request)
{
  LimnJob job = { .engine = engine };

  limn_job_plan (&job, request);
  LimnWork work = limn_job_work (&job, LIMN_RESIDENCY_ALL);
  limn_job_clear (&job);
  return (guint64) work.total[LIMN_STAGE_LOAD];
}

static LimnResult *
generate (const LimnRequest *request)
{
  g_autoptr (GError) error = NULL;
  LimnResult *result = limn_engine_generate (engine, request, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (result->notes), ==, 0);
  return result;
}

static void
assert_same (const LimnResult *a, const LimnResult *b, gboolean same)
{
  g_assert_cmpint (memcmp (a->latents, b->latents, sizeof (float) * 4 * SIDE * SIDE) == 0, ==, same);
}

/* A weight that changes brings what leads up alone, and so do steps with it and without; without the tag all is as it
 * was. */
static void
test_run (gconstpointer data)
{
  g_autofree char *path = path_of (data);
  g_autoptr (LimnCheckpoint) base = open_checkpoint (path);
  g_autoptr (RandomLoras) loras = random_loras_new (base, 1, 4, is_kept, folder);
  g_autofree char *mini = golden_path ("mini-sdxl");
  const LimnModelParts parts = { mini, { [LIMN_PART_UNET] = path } };
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnModel) model = limn_model_open_parts (&parts, &error);
  g_assert_no_error (error);
  LimnRequest plain, tagged, changed, ranged, all;

  set_request (&plain, model, "a cat");
  set_request (&tagged, model, "a cat <lora:random-0:0:0.8>");
  set_request (&changed, model, "a cat <lora:random-0:0:0.4>");
  set_request (&ranged, model, "a cat <lora:random-0:0:0.8:start=3:stop=4>");
  set_request (&all, model, "a cat <lora:random-0:0:0.8:start=1>");
  limn_engine_forget (engine);
  guint64 whole = missing_bytes (&plain);
  g_autoptr (LimnResult) first = generate (&plain), second = generate (&tagged);
  guint64 allocated = limn_gpu_allocated (engine->gpu, NULL), part = missing_bytes (&changed);

  g_test_message ("%" G_GUINT64_FORMAT " bytes of %" G_GUINT64_FORMAT, part, whole);
  g_assert_cmpuint (missing_bytes (&tagged), ==, 0);
  g_assert_cmpuint (part, >, 0);
  g_assert_cmpuint (part, <, whole / 4);
  g_autoptr (LimnResult) third = generate (&changed);
  g_assert_cmpuint (limn_gpu_allocated (engine->gpu, NULL), ==, allocated);
  /* what is there has another strength than the first steps; then with it, then without */
  g_assert_cmpuint (missing_bytes (&ranged), ==, 3 * part);
  g_autoptr (LimnResult) fourth = generate (&ranged);
  g_assert_cmpuint (limn_gpu_allocated (engine->gpu, NULL), ==, allocated);
  g_autoptr (LimnResult) fifth = generate (&all), last = generate (&plain);
  assert_same (second, first, FALSE);
  assert_same (third, second, FALSE);
  assert_same (fourth, first, FALSE);
  assert_same (fourth, second, FALSE);
  assert_same (fifth, second, TRUE);
  assert_same (last, first, TRUE);
  /* as if it were the first that this engine paints */
  limn_engine_forget (engine);
  g_autoptr (LimnResult) anew = generate (&changed);
  assert_same (anew, third, TRUE);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  networks_gpu ();
  folder = g_dir_make_tmp ("limn-beside-XXXXXX", &error);
  g_assert_no_error (error);
  engine = limn_engine_new (-1, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree char *kind = g_strconcat ("/lora-beside/kind/", kinds[i].name, NULL);
    g_test_add_data_func (kind, &kinds[i], test_kind);
    g_autofree char *bits = g_strconcat ("/lora-beside/bits/", kinds[i].name, NULL);
    g_test_add_data_func (bits, &kinds[i], test_bits);
  }
  g_test_add_data_func ("/lora-beside/memory", &kinds[0], test_memory);
  g_test_add_data_func ("/lora-beside/run", &kinds[1], test_run);
  int status = networks_run ();
  limn_engine_free (engine);
  tests_remove_folder (folder);
  g_free (folder);
  return status;
}
