/* test-upscaler.c - upscalers against BasicSR's and Real-ESRGAN's own code, in tiles and in one piece, their files
 * under every name, and files that are none.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/error.h"
#include "common/folder.h"
#include "file/safetensors.h"
#include "model/networks.h"
#include "model/upscaler.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#define X4 "upscalers/rrdbnet_x4.safetensors"

typedef struct {
  int width, height; /* of the result */
  float *planes;
  gsize got; /* values, each once */
} Result;

static void
result_clear (Result *result)
{
  g_free (result->planes);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Result, result_clear)

static void
put_cb (int x, int y, int width, int height, const float *planes, gpointer data)
{
  Result *result = data;

  g_assert_cmpint (x, >=, 0);
  g_assert_cmpint (y, >=, 0);
  g_assert_cmpint (x + width, <=, result->width);
  g_assert_cmpint (y + height, <=, result->height);
  for (int c = 0; c < 3; c++)
    for (int row = 0; row < height; row++)
      memcpy (result->planes + ((gsize) c * result->height + y + row) * result->width + x,
              planes + ((gsize) c * height + row) * width, sizeof (float) * width);
  result->got += (gsize) 3 * width * height;
}

static LimnUpscalerFile *
open_file (const char *relative)
{
  g_autofree char *path = golden_path (relative);
  g_autoptr (GError) error = NULL;
  LimnUpscalerFile *file = limn_upscaler_file_open (path, &error);

  g_assert_no_error (error);
  return file;
}

static LimnUpscaler *
bring (LimnUpscalerFile *file, LimnPrecision precision)
{
  g_autoptr (GError) error = NULL;
  LimnUpscaler *upscaler = limn_upscaler_new (networks_gpu (), file, precision, NULL, &error);

  g_assert_no_error (error);
  return upscaler;
}

static void
enlarge (LimnUpscaler *upscaler, int scale, const float *planes, int width, int height, Result *result)
{
  g_autoptr (GError) error = NULL;
  gsize n = (gsize) 3 * width * height * scale * scale;

  *result = (Result){ width * scale, height * scale, g_new (float, n) };
  limn_upscaler_run (upscaler, planes, width, height, put_cb, result, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (result->got, ==, n);
}

/* ---- Numbers ---- */

typedef struct {
  const char *file;
  LimnUpscalerConfig config;
} Golden;

#define RRDB LIMN_UPSCALER_RRDB
#define COMPACT LIMN_UPSCALER_COMPACT

static const Golden goldens[] = {
  { "rrdbnet_x4", { RRDB, 16, 8, 2, 2, 1, 4 } },  { "rrdbnet_x2", { RRDB, 16, 8, 2, 2, 2, 2 } },
  { "rrdbnet_x1", { RRDB, 16, 8, 2, 2, 4, 1 } },  { "esrgan_old_x1", { RRDB, 8, 32, 1, 0, 1, 1 } },
  { "srvgg_x4", { COMPACT, 16, 0, 3, 0, 1, 4 } }, { "srvgg_x2", { COMPACT, 16, 0, 2, 0, 1, 2 } },
};

static void
check_values (LimnUpscalerFile *file, const char *values, LimnPrecision precision)
{
  g_autoptr (LimnTensors) golden = golden_open ("upscalers/expected.safetensors");
  g_autoptr (LimnUpscaler) upscaler = bring (file, precision);
  int scale = limn_upscaler_file_config (file)->scale;

  for (int i = 0; i < (scale == 4 ? 1 : 2); i++) {
    const LimnTensor *image = golden_tensor (golden, "image%d", i);
    gsize count;
    g_autofree float *in = golden_floats (golden, NULL, "image%d", i);
    g_autofree float *expected = golden_floats (golden, &count, "%s/out%d", values, i);
    g_auto (Result) result = { 0 };

    enlarge (upscaler, scale, in, (int) image->shape[3], (int) image->shape[2], &result);
    g_assert_cmpuint (result.got, ==, count);
    golden_check_rel (values, result.planes, expected, count, precision == LIMN_PRECISION_FP32 ? 1e-5 : 1e-2);
  }
}

static void
test_golden (gconstpointer data)
{
  const Golden *golden = data;
  g_autofree char *name = g_strdup_printf ("upscalers/%s.safetensors", golden->file);
  g_autoptr (LimnUpscalerFile) file = open_file (name);

  g_assert_cmpmem (limn_upscaler_file_config (file), sizeof golden->config, &golden->config, sizeof golden->config);
  check_values (file, golden->file, LIMN_PRECISION_FP32);
  check_values (file, golden->file, LIMN_PRECISION_FP16);
}

/* ---- Tiles ---- */

static float *
random_picture (GRand *random, int width, int height)
{
  float *planes = g_new (float, (gsize) 3 * width * height);

  for (int i = 0; i < 3 * width * height; i++)
    planes[i] = (float) g_rand_double (random);
  return planes;
}

/* Whatever the size and the tiles, the bits are those of one piece. */
static void
test_tiles (gconstpointer data)
{
  const Golden *golden = data;
  g_autofree char *name = g_strdup_printf ("upscalers/%s.safetensors", golden->file);
  g_autoptr (LimnUpscalerFile) file = open_file (name);
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  const LimnUpscalerPass one = { 0, 1, TRUE, golden->config.kind == COMPACT };
  int scale = golden->config.scale, side = golden->config.unshuffle;
  int least = 2 * limn_upscaler_reach (&golden->config, &one) + 1;

  for (LimnPrecision precision = LIMN_PRECISION_FP16; precision <= LIMN_PRECISION_FP32; precision++) {
    g_autoptr (LimnUpscaler) upscaler = bring (file, precision);

    for (int i = 0; i < 3; i++) {
      int width = g_rand_int_range (random, 1, side * 3 * least),
          height = g_rand_int_range (random, 1, side * 2 * least);
      int tile = g_rand_int_range (random, least, 2 * least);
      g_autofree float *planes = random_picture (random, width, height);
      g_auto (Result) whole = { 0 }, tiled = { 0 };

      limn_upscaler_set_tile (upscaler, G_MAXINT);
      enlarge (upscaler, scale, planes, width, height, &whole);
      limn_upscaler_set_tile (upscaler, tile);
      enlarge (upscaler, scale, planes, width, height, &tiled);
      g_test_message ("%d x %d in tiles of %d", width, height, tile);
      g_assert_cmpmem (tiled.planes, sizeof (float) * tiled.got, whole.planes, sizeof (float) * whole.got);
    }
  }
}

/* By hand, for any side, tile and reach: each cell is given once, by a tile that has all around it that it reads. */
static void
test_spans (void)
{
  for (int length = 1; length < 60; length++)
    for (int reach = 0; reach < 9; reach++)
      for (int tile = MIN (2 * reach + 1, length); tile <= length; tile++) {
        LimnUpscalerSpan span = { 0 };
        int given = 0;

        while (limn_upscaler_next (length, tile, reach, &span)) {
          g_assert_cmpint (span.first, ==, given);
          g_assert_cmpint (span.end, >, span.first);
          g_assert_cmpint (span.begin, >=, 0);
          g_assert_cmpint (span.begin + tile, <=, length);
          g_assert_cmpint (span.begin, <=, MAX (span.first - reach, 0));
          g_assert_cmpint (span.begin + tile, >=, MIN (span.end + reach, length));
          given = span.end;
        }
        g_assert_cmpint (given, ==, length);
      }
}

/* A picture that no whole number of cells holds is continued by its mirror image, as PyTorch's "reflect" has it. */
static void
test_odd (void)
{
  enum { W = 7, H = 5, SIDE = 4, WIDE = 8, HIGH = 8 };
  g_autoptr (LimnUpscalerFile) file = open_file ("upscalers/rrdbnet_x1.safetensors");
  g_autoptr (LimnUpscaler) upscaler = bring (file, LIMN_PRECISION_FP32);
  g_autoptr (GRand) random = g_rand_new_with_seed (15);
  g_autofree float *planes = random_picture (random, W, H), *padded = g_new (float, 3 * WIDE * HIGH);
  static const int mirror[] = { 0, 1, 2, 3, 4, 5, 6, 5 }, rows[] = { 0, 1, 2, 3, 4, 3, 2, 1 };
  g_auto (Result) odd = { 0 }, even = { 0 };

  for (int c = 0; c < 3; c++)
    for (int y = 0; y < HIGH; y++)
      for (int x = 0; x < WIDE; x++)
        padded[(c * HIGH + y) * WIDE + x] = planes[(c * H + rows[y]) * W + mirror[x]];
  enlarge (upscaler, 1, planes, W, H, &odd);
  enlarge (upscaler, 1, padded, WIDE, HIGH, &even);
  for (int c = 0; c < 3; c++)
    for (int y = 0; y < H; y++)
      for (int x = 0; x < W; x++)
        g_assert_cmpfloat (odd.planes[(c * H + y) * W + x], ==, even.planes[(c * HIGH + y) * WIDE + x]);
}

typedef struct {
  double last, stop; /* from which share on to stop */
} Watch;

static gboolean
watch_cb (double fraction, gpointer data)
{
  Watch *watch = data;

  if (fraction > 0)
    g_assert_cmpfloat (fraction, >=, watch->last - 1e-9);
  watch->last = MAX (watch->last, fraction);
  return fraction < watch->stop;
}

/* Told from tile to tile, and stopped within one. */
static void
test_progress (void)
{
  g_autoptr (LimnUpscalerFile) file = open_file (X4);
  g_autoptr (LimnUpscaler) upscaler = bring (file, LIMN_PRECISION_FP16);
  g_autoptr (GRand) random = g_rand_new_with_seed (15);
  g_autofree float *planes = random_picture (random, 70, 50);
  Result result = { 280, 200, g_new (float, 3 * 280 * 200) };
  Watch watch = { .stop = 2 };
  const LimnTick tick = { watch_cb, &watch };
  g_autoptr (GError) error = NULL;

  limn_upscaler_set_tile (upscaler, 40);
  g_assert_true (limn_upscaler_run (upscaler, planes, 70, 50, put_cb, &result, &tick, &error));
  g_assert_cmpfloat_with_epsilon (watch.last, 1, 1e-9);
  for (int i = 0; i <= 4; i++) {
    Watch stop = { .stop = i / 4.0 };
    const LimnTick stopping = { watch_cb, &stop };

    g_assert_false (limn_upscaler_run (upscaler, planes, 70, 50, put_cb, &result, &stopping, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_CANCELLED);
    g_clear_error (&error);
  }
  g_free (result.planes);
}

/* What it takes is what was said, to the byte, whatever the size. */
static void
test_survey (gconstpointer data)
{
  const Golden *golden = data;
  g_autofree char *name = g_strdup_printf ("upscalers/%s.safetensors", golden->file);
  g_autoptr (LimnUpscalerFile) file = open_file (name);
  g_autoptr (GError) error = NULL;
  guint64 most;

  networks_gpu (); /* skips where there is none */
  g_autoptr (LimnGpu) gpu = limn_gpu_new (0, &error);
  g_assert_no_error (error);
  g_autoptr (LimnUpscaler) upscaler = limn_upscaler_new (gpu, file, LIMN_PRECISION_FP16, NULL, &error);
  g_autoptr (GRand) random = g_rand_new_with_seed (15);
  g_autofree float *planes = random_picture (random, 600, 20);
  g_auto (Result) result = { 0 };
  const LimnSurvey survey = limn_upscaler_survey (limn_gpu_limits (gpu), &golden->config, LIMN_PRECISION_FP16, 20, 600);

  g_assert_no_error (error);
  enlarge (upscaler, golden->config.scale, planes, 600, 20, &result);
  limn_gpu_allocated (gpu, &most);
  g_assert_cmpuint (most, ==, survey.weights + survey.work);
  /* larger pictures take more tiles, not larger ones */
  for (int side = 1024; side <= 8192; side *= 2) {
    const LimnSurvey large =
        limn_upscaler_survey (limn_gpu_limits (gpu), &golden->config, LIMN_PRECISION_FP16, side, side);

    g_assert_cmpuint (large.weights, ==, survey.weights);
    g_assert_cmpuint (large.work, <, G_GUINT64_CONSTANT (1) << 30);
  }
}

/* ---- Files ---- */

/* How a file differs from the golden one. */
typedef struct {
  const char *prefix;
  gboolean sequence;    /* has the names of ESRGAN's first publication */
  gboolean trunk;       /* has those of its second */
  const char *without;  /* a golden name */
  const char *reshaped; /* a golden name: it gets a row less */
} Change;

static char *
trunk_name (const char *name)
{
  static const char *const pairs[][2] = {
    { "body.", "RRDB_trunk." },
    { ".rdb", ".RDB" },
    { "conv_up", "upconv" },
    { "conv_hr", "HRconv" },
  };
  GString *out = g_string_new (g_str_has_prefix (name, "conv_body") ? "trunk_conv" : name);

  if (g_str_has_prefix (name, "conv_body"))
    g_string_append (out, name + strlen ("conv_body"));
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    g_string_replace (out, pairs[i][0], pairs[i][1], 1);
  return g_string_free (out, FALSE);
}

/* By hand: of 2 blocks, whose features are doubled twice. */
static char *
sequence_name (const char *name)
{
  static const char *const pairs[][2] = {
    { "conv_first.", "model.0." }, { "conv_body.", "model.1.sub.2." },
    { "conv_up1.", "model.3." },   { "conv_up2.", "model.6." },
    { "conv_hr.", "model.8." },    { "conv_last.", "model.10." },
    { "body.", "model.1.sub." },   { ".rdb", ".RDB" },
  };
  GString *out = g_string_new (name);

  if (g_str_has_prefix (name, "body."))
    g_string_replace (out, g_str_has_suffix (name, ".bias") ? ".bias" : ".weight",
                      g_str_has_suffix (name, ".bias") ? ".0.bias" : ".0.weight", 1);
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    if (pairs[i][0][0] == '.' || g_str_has_prefix (out->str, pairs[i][0]))
      g_string_replace (out, pairs[i][0], pairs[i][1], 1);
  return g_string_free (out, FALSE);
}

static void
write_file (const char *path, const Change *change)
{
  g_autoptr (LimnTensors) golden = golden_open (X4);
  guint n = limn_tensors_count (golden), count = 0;
  g_autofree LimnTensorOut *out = g_new0 (LimnTensorOut, n);
  g_autoptr (GStringChunk) names = g_string_chunk_new (4096);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n; i++) {
    const LimnTensor *tensor = limn_tensors_nth (golden, i);
    g_autofree char *own = change->sequence ? sequence_name (tensor->name)
                           : change->trunk  ? trunk_name (tensor->name)
                                            : g_strdup (tensor->name);
    g_autofree char *name = g_strconcat (change->prefix != NULL ? change->prefix : "", own, NULL);
    LimnTensorOut *one = &out[count];

    if (g_strcmp0 (tensor->name, change->without) == 0)
      continue;
    *one = (LimnTensorOut){ g_string_chunk_insert (names, name), tensor->type, tensor->rank, .data = tensor->data };
    memcpy (one->shape, tensor->shape, sizeof one->shape);
    if (g_strcmp0 (tensor->name, change->reshaped) == 0)
      one->shape[0]--;
    count++;
  }
  limn_safetensors_write (path, out, count, &error);
  g_assert_no_error (error);
}

static void
test_names (TestsFile *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnUpscalerFile) file = NULL;

  write_file (fixture->path, data);
  file = limn_upscaler_file_open (fixture->path, &error);
  g_assert_no_error (error);
  check_values (file, "rrdbnet_x4", LIMN_PRECISION_FP32);
}

/* A message is about the file, and says each of the others. */
static void
assert_refused (const char *path, const char *const *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnUpscalerFile) file = limn_upscaler_file_open (path, &error);

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
test_broken (TestsFile *fixture, gconstpointer unused)
{
  write_file (fixture->path, &(Change){ .without = "conv_body.bias" });
  assert_refused (fixture->path, WORDS ("conv_body.bias", "missing"));
  write_file (fixture->path, &(Change){ .trunk = TRUE, .without = "body.1.rdb3.conv5.weight" });
  assert_refused (fixture->path, WORDS ("RRDB_trunk.1.RDB3.conv5.weight", "missing"));
  write_file (fixture->path, &(Change){ .reshaped = "body.1.rdb2.conv4.weight" });
  assert_refused (fixture->path, WORDS ("body.1.rdb2.conv4.weight", "[7, 40, 3, 3]", "[8, 40, 3, 3]"));
  write_file (fixture->path, &(Change){ .reshaped = "conv_first.weight" });
  assert_refused (fixture->path, WORDS ("15 features"));
}

/* Any part of the file's shapes and names may be anything: each is refused or opens, and nothing else happens. */
static void
test_mutations (TestsFile *fixture, gconstpointer unused)
{
  g_autofree char *path = golden_path ("upscalers/srvgg_x2.safetensors"), *bytes = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  g_autoptr (GError) error = NULL;
  gsize size;

  g_file_get_contents (path, &bytes, &size, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 300; i++) {
    g_autofree char *other = g_memdup2 (bytes, size);
    g_autoptr (GError) problem = NULL;

    for (int k = g_rand_int_range (random, 1, 4); k > 0; k--)
      other[g_rand_int_range (random, 8, 900)] = "0123456789[],"[g_rand_int_range (random, 0, 13)];
    g_file_set_contents (fixture->path, other, (gssize) size, &error);
    g_assert_no_error (error);
    g_autoptr (LimnUpscalerFile) file = limn_upscaler_file_open (fixture->path, &problem);
    g_assert_true ((file == NULL) == (problem != NULL));
  }
}

static void
test_other_files (TestsFile *fixture, gconstpointer unused)
{
  g_autofree char *whole = golden_path ("mini-sdxl-single-file.safetensors");
  g_autofree char *tiny = golden_path ("taesd/taesdxl_decoder.safetensors");
  g_autoptr (GError) error = NULL;

  assert_refused (whole, WORDS ("upscaler", "ESRGAN"));
  assert_refused (tiny, WORDS ("upscaler", "ESRGAN"));
  g_file_set_contents (fixture->path, "PK\003\004 archive/data.pkl, as torch.save () writes it", -1, &error);
  g_assert_no_error (error);
  assert_refused (fixture->path, WORDS ("pickle", "safetensors"));
  g_unlink (fixture->path);
  assert_refused (fixture->path, (const char *const[]){ NULL });
}

int
main (int argc, char **argv)
{
  static const Change sequence = { .sequence = TRUE }, trunk = { .trunk = TRUE }, nested = { .prefix = "params_ema." };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (goldens); i++) {
    g_autofree char *golden = g_strconcat ("/upscaler/golden/", goldens[i].file, NULL);
    g_autofree char *tiles = g_strconcat ("/upscaler/tiles/", goldens[i].file, NULL);
    g_autofree char *survey = g_strconcat ("/upscaler/survey/", goldens[i].file, NULL);

    g_test_add_data_func (golden, &goldens[i], test_golden);
    g_test_add_data_func (tiles, &goldens[i], test_tiles);
    g_test_add_data_func (survey, &goldens[i], test_survey);
  }
#define ADD(name, data, func) g_test_add (name, TestsFile, data, tests_file_set_up, func, tests_file_tear_down)
  g_test_add_func ("/upscaler/spans", test_spans);
  g_test_add_func ("/upscaler/odd", test_odd);
  g_test_add_func ("/upscaler/progress", test_progress);
  ADD ("/upscaler/names/sequence", &sequence, test_names);
  ADD ("/upscaler/names/trunk", &trunk, test_names);
  ADD ("/upscaler/names/nested", &nested, test_names);
  ADD ("/upscaler/file/broken", NULL, test_broken);
  ADD ("/upscaler/file/mutations", NULL, test_mutations);
  ADD ("/upscaler/file/others", NULL, test_other_files);
  return networks_run ();
}
