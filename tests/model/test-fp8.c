/* test-fp8.c - U-Nets from files with eight-bit floats: what they compute, and that these stay what they are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "common/folder.h"
#include "file/safetensors.h"
#include "model/convert.h"
#include "model/model-files.h"
#include "model/networks.h"
#include "model/unet.h"
#include "model/arch.h"
#include "model/clip.h"
#include "model/vae.h"

typedef struct {
  char *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  networks_gpu ();
  fixture->folder = g_dir_make_tmp ("limn-fp8-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  tests_remove_folder (fixture->folder);
  g_free (fixture->folder);
}

/* ---- Files ---- */

/* By which row of tensor is multiplied. */
static float
scale_of (LimnTensors *file, const LimnTensor *tensor, guint64 row)
{
  static const char *const endings[] = { "scale_weight", "weight_scale" };

  for (guint i = 0; g_str_has_suffix (tensor->name, ".weight") && i < G_N_ELEMENTS (endings); i++) {
    g_autofree char *name =
        g_strdup_printf ("%.*s%s", (int) (strlen (tensor->name) - strlen ("weight")), tensor->name, endings[i]);
    const LimnTensor *scales = limn_tensors_find (file, name);

    if (scales != NULL)
      return ((const float *) (gconstpointer) scales->data)[scales->count > 1 ? row : 0];
  }
  return 1;
}

static gboolean
is_scale (const LimnTensor *tensor)
{
  return strstr (tensor->name, "scale_weight") != NULL || strstr (tensor->name, "weight_scale") != NULL
         || strstr (tensor->name, "scaled_fp8") != NULL;
}

/* The values of the file at path as floats, scaled. */
static void
write_scaled_twin (const char *path, const char *twin)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTensors) file = limn_tensors_open (path, &error);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) outs = g_array_new (FALSE, TRUE, sizeof (LimnTensorOut));

  g_assert_no_error (error);
  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);
    float *values = g_new (float, tensor->count);
    LimnTensorOut out = { tensor->name, LIMN_TYPE_F32, tensor->rank, .data = values };

    g_ptr_array_add (all, values);
    if (is_scale (tensor))
      continue;
    limn_tensor_to_float (tensor, values);
    for (guint64 k = 0; tensor->rank > 1 && k < tensor->count; k++)
      values[k] *= scale_of (file, tensor, k / (tensor->count / tensor->shape[0]));
    memcpy (out.shape, tensor->shape, sizeof out.shape);
    g_array_append_val (outs, out);
  }
  limn_safetensors_write (twin, (const LimnTensorOut *) outs->data, outs->len, &error);
  g_assert_no_error (error);
}

/* The file at path with count scales for each tensor that has one, each row's other than the last's; count 0: as many
 * as it has rows. */
static void
write_row_scales (const char *path, const char *to, guint64 count)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnTensors) file = limn_tensors_open (path, &error);
  g_autoptr (GPtrArray) own = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) outs = g_array_new (FALSE, TRUE, sizeof (LimnTensorOut));
  guint changed = 0;

  g_assert_no_error (error);
  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);
    LimnTensorOut out = { tensor->name, tensor->type, tensor->rank, .data = tensor->data };
    g_autofree char *module = g_strndup (tensor->name, MAX (strlen (tensor->name), 12) - strlen ("scale_weight"));
    g_autofree char *weight = g_strconcat (module, "weight", NULL);

    memcpy (out.shape, tensor->shape, sizeof out.shape);
    if (g_str_has_suffix (tensor->name, ".scale_weight")) {
      guint64 rows = count > 0 ? count : limn_tensors_find (file, weight)->shape[0];
      float *scales = g_new (float, rows), scale = *(const float *) (gconstpointer) tensor->data;

      for (guint64 row = 0; row < rows; row++)
        scales[row] = scale * (float) g_test_rand_double_range (0.5, 1.5);
      g_ptr_array_add (own, scales);
      out.name = g_strconcat (module, "weight_scale", NULL);
      g_ptr_array_add (own, (gpointer) out.name);
      out.rank = 2;
      out.shape[0] = rows;
      out.shape[1] = 1;
      out.data = scales;
      changed++;
    }
    g_array_append_val (outs, out);
  }
  g_assert_cmpuint (changed, >, 20);
  limn_safetensors_write (to, (const LimnTensorOut *) outs->data, outs->len, &error);
  g_assert_no_error (error);
}

/* Every matrix of the U-Net that its file has as fp8, but none that lies the other way round. */
static void
check_eighths (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_autoptr (LimnArchList) list = limn_arch_unet_list (limn_checkpoint_unet (checkpoint));
  GHashTable *kinds = limn_checkpoint_unet (checkpoint)->kept.kinds;
  guint found = 0;

  g_assert_nonnull (kinds);
  for (guint i = 0; i < limn_arch_list_length (list); i++) {
    const LimnArchTensor *want = limn_arch_list_nth (list, i);
    const LimnWeightKind *kind = g_hash_table_lookup (kinds, want->name);
    LimnTensorView view;

    limn_checkpoint_find (checkpoint, LIMN_PART_UNET, want->name, &view, &error);
    g_assert_no_error (error);
    gboolean eighths = view.type == LIMN_TYPE_F8_E4M3 || view.type == LIMN_TYPE_F8_E5M2;
    if (want->rank == 2)
      g_assert_cmpstr (kind != NULL ? kind->name : NULL, ==, eighths ? "fp8" : NULL);
    found += kind != NULL;
  }
  g_assert_cmpuint (found, >, 20);
  for (char **name = limn_checkpoint_info (checkpoint)->ignored; *name != NULL; name++)
    g_assert_true (strstr (*name, "scale_weight") == NULL && strstr (*name, "weight_scale") == NULL);
}

typedef struct {
  const char *name;
  LimnType type;
  gboolean plain, rows; /* without scales; with one for each row */
} Eighths;

static const Eighths eighths[] = {
  { "e4m3", LIMN_TYPE_F8_E4M3 },
  { "e5m2", LIMN_TYPE_F8_E5M2 },
  { "e4m3-plain", LIMN_TYPE_F8_E4M3, .plain = TRUE },
  { "e5m2-plain", LIMN_TYPE_F8_E5M2, .plain = TRUE },
  { "e4m3-rows", LIMN_TYPE_F8_E4M3, .rows = TRUE },
  { "e5m2-rows", LIMN_TYPE_F8_E5M2, .rows = TRUE },
};

/* (transfer full): its path */
static char *
write_eighths (const Eighths *wanted, const char *folder)
{
  static const FileNaming naming = { .diffusers = TRUE,
                                     .prefixes = { "unet.", "vae.", "text_encoder.", "text_encoder_2." } };
  g_autofree char *model = golden_path ("mini-sdxl-single-file.safetensors");
  char *path = g_build_filename (folder, "eighths.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnCheckpoint) base = limn_checkpoint_open (model, &error);
  g_assert_no_error (error);

  if (wanted->plain) {
    g_autoptr (GPtrArray) tensors = file_tensors (base, &naming);
    file_tensors_write (tensors, wanted->type, FILE_PLAIN, path);
    return path;
  }
  limn_conversion_free (limn_checkpoint_convert (base, wanted->type, FALSE, path, NULL, &error));
  g_assert_no_error (error);
  if (wanted->rows) {
    g_autofree char *whole = g_steal_pointer (&path);
    path = g_build_filename (folder, "rows.safetensors", NULL);
    write_row_scales (whole, path, 0);
  }
  return path;
}

/* fp8 in a file lies as fp8, and computes what its values as floats do. */
static void
test_eighths (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = write_eighths (data, fixture->folder),
                  *twin = g_build_filename (fixture->folder, "twin.safetensors", NULL);
  gsize count;

  write_scaled_twin (path, twin);
  check_eighths (path);
  g_autofree float *out = networks_run_file (path, LIMN_PRECISION_FP32, &count),
                   *expected = networks_run_file (twin, LIMN_PRECISION_FP32, &count);
  g_autofree float *half = networks_run_file (path, LIMN_PRECISION_FP16, &count);
  golden_check_rel ("fp32", out, expected, count, 1e-6);
  golden_check_rel ("fp16", half, expected, count, 8e-3);
}

/* What the encoder of checkpoint makes of some words.  (transfer full) */
static float *
encode (LimnCheckpoint *checkpoint, LimnPartId which, gsize *count)
{
  const LimnClipConfig *config = limn_checkpoint_clip (checkpoint, which);
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnClip) clip = limn_clip_new (networks_gpu (), checkpoint, which, LIMN_PRECISION_FP32, 1, NULL, &error);
  gsize hidden = (gsize) NETWORKS_TOKENS * (gsize) config->width;
  float *out = g_new0 (float, hidden + (gsize) config->projection);
  int ids[NETWORKS_TOKENS];

  g_assert_no_error (error);
  for (int i = 0; i < NETWORKS_TOKENS; i++)
    ids[i] = i < 7 ? 1 + 31 * i : config->vocabulary - 1;
  limn_clip_encode (clip, ids, NULL, out, config->projection > 0 ? out + hidden : NULL, NULL, &error);
  g_assert_no_error (error);
  *count = hidden + (gsize) config->projection;
  return out;
}

/* Of latents of no picture.  (transfer full) */
static float *
decode (LimnCheckpoint *checkpoint, gsize *count)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LimnVae) vae =
      limn_vae_new (networks_gpu (), checkpoint, LIMN_VAE_DECODE, LIMN_PRECISION_FP32, 1, 8, 8, NULL, &error);
  float latents[4 * 8 * 8], *out;

  g_assert_no_error (error);
  *count = 3 * (gsize) 64 * 64;
  out = g_new (float, *count);
  for (guint i = 0; i < G_N_ELEMENTS (latents); i++)
    latents[i] = (float) sin (0.7 * i * i);
  limn_vae_decode (vae, latents, out, NULL, &error);
  g_assert_no_error (error);
  return out;
}

/* The same of text encoders and VAE, in files that have them so. */
static void
test_other_parts (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = write_eighths (data, fixture->folder),
                  *twin = g_build_filename (fixture->folder, "twin.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  gsize count;

  write_scaled_twin (path, twin);
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_autoptr (LimnCheckpoint) floats = limn_checkpoint_open (twin, &error);
  g_assert_no_error (error);
  for (LimnPartId which = LIMN_PART_TEXT_ENCODER; which <= LIMN_PART_TEXT_ENCODER_2; which++) {
    g_autofree float *out = encode (checkpoint, which, &count), *expected = encode (floats, which, &count);

    g_assert_nonnull (limn_checkpoint_clip (checkpoint, which)->kept.kinds);
    golden_check_rel (limn_part_name (which), out, expected, count, 1e-6);
  }
  g_assert_nonnull (limn_checkpoint_vae (checkpoint)->kept.kinds);
  g_autofree float *out = decode (checkpoint, &count), *expected = decode (floats, &count);
  golden_check_rel ("vae", out, expected, count, 1e-6);
}

/* Scales that are neither one nor one for each row are told, with the tensor's name. */
static void
test_wrong_scales (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = write_eighths (&eighths[0], fixture->folder),
                  *wrong = g_build_filename (fixture->folder, "wrong.safetensors", NULL);
  g_autoptr (GError) error = NULL;

  write_row_scales (path, wrong, 7);
  g_assert_null (limn_checkpoint_open (wrong, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MODEL);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, wrong));
  g_assert_nonnull (strstr (error->message, ".weight_scale has shape [7, 1]"));
}

/* A NaN, and a scale that halves do not hold, are found while the weight is loaded, and its tensor named. */
static void
test_bad_eighths (Fixture *fixture, gconstpointer data)
{
  const LimnNetworkShape shape = { .batch = 1, .height = 8, .width = 8, .tokens = NETWORKS_TOKENS, .steps = 1 };
  const char *name = "model.diffusion_model.middle_block.1.proj_in.weight";
  g_autofree char *path = write_eighths (&eighths[0], fixture->folder), *bytes = NULL;
  gboolean scale = GPOINTER_TO_INT (data);
  g_autoptr (GError) error = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  g_autoptr (LimnTensors) file = limn_tensors_open_memory ("bytes", (const guint8 *) bytes, size, NULL);
  const LimnTensor *tensor = limn_tensors_find (file, name),
                   *scales = limn_tensors_find (file, "model.diffusion_model.middle_block.1.proj_in.scale_weight");
  g_assert_nonnull (tensor);
  g_assert_nonnull (scales);
  const float large = 1000;
  if (scale)
    memcpy (bytes + ((const char *) scales->data - bytes), &large, sizeof large);
  else
    bytes[(const char *) tensor->data - bytes + 5] = 0x7f;
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_assert_null (limn_unet_new (networks_gpu (), checkpoint, LIMN_PRECISION_FP16, &shape, NULL, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_MODEL);
  g_assert_nonnull (strstr (error->message, name));
  g_assert_nonnull (strstr (error->message, scale ? "fp16" : "NaN"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (eighths); i++) {
    g_autofree char *path = g_strconcat ("/fp8/", eighths[i].name, NULL);
    g_test_add (path, Fixture, &eighths[i], set_up, test_eighths, tear_down);
  }
  g_test_add ("/fp8/other-parts", Fixture, &eighths[2], set_up, test_other_parts, tear_down);
  g_test_add ("/fp8/wrong-scales", Fixture, NULL, set_up, test_wrong_scales, tear_down);
  g_test_add ("/fp8/not-finite", Fixture, GINT_TO_POINTER (FALSE), set_up, test_bad_eighths, tear_down);
  g_test_add ("/fp8/too-large", Fixture, GINT_TO_POINTER (TRUE), set_up, test_bad_eighths, tear_down);
  return networks_run ();
}
