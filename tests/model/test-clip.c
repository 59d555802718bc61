/* test-clip.c - both text encoders against transformers, layer by layer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/networks.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

typedef struct {
  LimnPrecision precision;
  double tolerance;
} Suite;

typedef struct {
  LimnSafetensors *golden;
  const char *part;
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
  g_autofree float *expected = golden_floats (walk->golden, &count, "mini-sdxl/%s/hidden_states.%d", walk->part, i + 1);

  g_assert_cmpuint (count, ==, limn_array_rows (array) * array.c);
  walk->seen++;
  golden_check_rel (name, rows, expected, count, walk->tolerance);
}

static void
check_encoder (LimnCheckpoint *checkpoint, LimnPartId which, const char *part, const Suite *suite)
{
  g_autoptr (LimnSafetensors) golden = golden_open ("text_encoders.safetensors");
  const LimnClipConfig *config = limn_checkpoint_clip (checkpoint, which);
  const LimnTensor *tensor = golden_tensor (golden, "mini-sdxl/%s/input_ids", part);
  Walk walk = { golden, part, suite->tolerance, 0 };
  LimnTrace trace = { walk_cb, &walk };
  int batch = (int) tensor->shape[0];
  gsize count = 0, pooled_count = (gsize) batch * config->projection;
  g_autofree int *ids = golden_ints (golden, NULL, "mini-sdxl/%s/input_ids", part);
  g_autofree float *expected =
      golden_floats (golden, &count, "mini-sdxl/%s/hidden_states.%d", part, config->layers - 1);
  g_autofree float *hidden = g_new (float, count), *pooled = g_new (float, pooled_count + 1);
  g_autoptr (GError) error = NULL;

  g_autoptr (LimnClip) clip =
      limn_clip_new_traced (networks_gpu (), checkpoint, which, suite->precision, batch, &trace, NULL, &error);
  g_assert_no_error (error);
  limn_clip_encode (clip, ids, hidden, config->projection > 0 ? pooled : NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (walk.seen, >=, config->layers - 1);
  golden_check_rel (part, hidden, expected, count, suite->tolerance);
  if (config->projection > 0) {
    g_autofree float *embeds = golden_floats (golden, NULL, "mini-sdxl/%s/text_embeds", part);
    golden_check_rel ("text_embeds", pooled, embeds, pooled_count, suite->tolerance);
  }
  ids[3] = config->vocabulary;
  g_assert_false (limn_clip_encode (clip, ids, hidden, NULL, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MODEL);
}

static void
test_clip (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = golden_path ("mini-sdxl");
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);

  g_assert_no_error (error);
  check_encoder (checkpoint, LIMN_PART_TEXT_ENCODER, "text_encoder", data);
  check_encoder (checkpoint, LIMN_PART_TEXT_ENCODER_2, "text_encoder_2", data);
}

int
main (int argc, char **argv)
{
  static const Suite fp32 = { LIMN_PRECISION_FP32, 1e-5 }, fp16 = { LIMN_PRECISION_FP16, 5e-3 };

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/clip/fp32", &fp32, test_clip);
  g_test_add_data_func ("/clip/fp16", &fp16, test_clip);
  return networks_run ();
}
