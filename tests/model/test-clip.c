/* test-clip.c - the text encoders against transformers, layer by layer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/networks.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "model/listing.h"

typedef struct {
  LimnPrecision precision;
  double tolerance;
} Suite;

typedef struct {
  LimnTensors *golden;
  const char *model, *part;
  double tolerance;
  int seen;
} Walk;

/* Layer i's result is hidden_states.(i + 1). */
static void
walk_cb (const char *name, LimnArray array, const float *rows, gpointer data)
{
  Walk *walk = data;
  gsize count = 0;
  int i = atoi (strrchr (name, '.') + 1);
  g_autofree float *expected =
      golden_floats (walk->golden, &count, "%s/%s/hidden_states.%d", walk->model, walk->part, i + 1);

  g_assert_cmpuint (count, ==, limn_array_rows (array) * array.c);
  walk->seen++;
  golden_check_rel (name, rows, expected, count, walk->tolerance);
}

static void
check_encoder (LimnCheckpoint *checkpoint, const char *model, LimnPartId which, const Suite *suite)
{
  g_autoptr (LimnTensors) golden = golden_open ("text_encoders.safetensors");
  const char *part = which == LIMN_PART_TEXT_ENCODER ? "text_encoder" : "text_encoder_2";
  const LimnClipConfig *config = limn_checkpoint_clip (checkpoint, which);
  const LimnTensor *tensor = golden_tensor (golden, "%s/%s/input_ids", model, part);
  Walk walk = { golden, model, part, suite->tolerance, 0 };
  LimnTrace trace = { walk_cb, &walk };
  int batch = (int) tensor->shape[0];
  gsize count = 0, pooled_count = (gsize) batch * config->projection;
  g_autofree int *ids = golden_ints (golden, NULL, "%s/%s/input_ids", model, part);
  g_autofree float *expected =
      config->normed ? golden_floats (golden, &count, "%s/%s/last_hidden_state", model, part)
                     : golden_floats (golden, &count, "%s/%s/hidden_states.%d", model, part, config->layers - 1);
  g_autofree float *hidden = g_new (float, count), *pooled = g_new (float, pooled_count + 1);
  g_autoptr (GError) error = NULL;

  g_autoptr (LimnClip) clip =
      limn_clip_new_traced (networks_gpu (), checkpoint, which, suite->precision, batch, &trace, NULL, &error);
  g_assert_no_error (error);
  limn_clip_encode (clip, ids, NULL, hidden, config->projection > 0 ? pooled : NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (walk.seen, >=, config->layers - 1);
  golden_check_rel (part, hidden, expected, count, suite->tolerance);
  if (config->projection > 0) {
    g_autofree float *embeds = golden_floats (golden, NULL, "%s/%s/text_embeds", model, part);
    golden_check_rel ("text_embeds", pooled, embeds, pooled_count, suite->tolerance);
  }
  ids[3] = config->vocabulary;
  g_assert_false (limn_clip_encode (clip, ids, NULL, hidden, NULL, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MODEL);
}

static void
test_clip (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  check_encoder (checkpoint, "mini-sdxl", LIMN_PART_TEXT_ENCODER, data);
  check_encoder (checkpoint, "mini-sdxl", LIMN_PART_TEXT_ENCODER_2, data);
}

/* The last state, normed; there is no pooled vector. */
/* One encoder; SD 2.1's folder has only the layers that are read. */
static void
check_alone (const char *model, gconstpointer suite)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = golden_path (model);
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  g_assert_null (limn_checkpoint_clip (checkpoint, LIMN_PART_TEXT_ENCODER_2));
  g_assert_true (limn_checkpoint_clip (checkpoint, LIMN_PART_TEXT_ENCODER)->normed);
  check_encoder (checkpoint, model, LIMN_PART_TEXT_ENCODER, suite);
}

static void
test_alone (gconstpointer data)
{
  check_alone ("mini-sd15", data);
  check_alone ("mini-sd21", data);
}

/* A file that is cut short after its header was read: no crash, no weights of zeros. */
static void
test_cut_short (void)
{
  g_autofree char *golden = golden_path ("mini-sdxl"), *folder = make_folder ();
  g_autofree char *file = g_build_filename (folder, "text_encoder", "model.safetensors", NULL);
  g_autofree char *golden_file = g_build_filename (golden, "text_encoder", "model.safetensors", NULL), *data = NULL;
  g_autofree float *hidden = NULL;
  int ids[77] = { 0 };
  g_autoptr (GError) error = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (golden_file, &data, &size, NULL));
  link_folder (golden, folder);
  for (int built = 0; built < 2; built++) {
    put_file (folder, "text_encoder/model.safetensors", data, (gssize) size);
    g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (folder, &error);
    g_autoptr (LimnClip) clip = NULL;

    g_assert_no_error (error);
    if (built)
      clip = limn_clip_new (networks_gpu (), checkpoint, LIMN_PART_TEXT_ENCODER, LIMN_PRECISION_FP32, 1, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (truncate (file, 4096), ==, 0);
    if (built) {
      hidden = g_new (float, 77 * (gsize) limn_clip_config (clip)->width);
      g_assert_false (limn_clip_encode (clip, ids, NULL, hidden, NULL, NULL, &error));
    } else {
      clip = limn_clip_new (networks_gpu (), checkpoint, LIMN_PART_TEXT_ENCODER, LIMN_PRECISION_FP32, 1, NULL, &error);
      g_assert_null (clip);
    }
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT);
    g_assert_nonnull (strstr (error->message, file));
    g_clear_error (&error);
  }
  tests_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  static const Suite fp32 = { LIMN_PRECISION_FP32, 1e-5 }, fp16 = { LIMN_PRECISION_FP16, 5e-3 };

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/clip/fp32", &fp32, test_clip);
  g_test_add_data_func ("/clip/fp16", &fp16, test_clip);
  g_test_add_data_func ("/clip/alone/fp32", &fp32, test_alone);
  g_test_add_data_func ("/clip/alone/fp16", &fp16, test_alone);
  g_test_add_func ("/clip/cut-short", test_cut_short);
  return networks_run ();
}
