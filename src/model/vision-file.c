/* vision-file.c - the file of a CLIP's vision transformer, and where it lies.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/arch.h"
#include "model/network-file.h"
#include "model/vision.h"

#define PATCHES "vision_model.embeddings.patch_embedding.weight"
#define POSITIONS "vision_model.embeddings.position_embedding.weight"
#define WHOLE "vision_model.embeddings.class_embedding"
#define MOST_LAYERS 128
#define MOST_WIDTH 8192
#define MOST_SIDE 64
#define MOST_PATCH 64

struct _LimnVisionFile {
  LimnNetworkFile file;
  LimnVisionConfig config;
};

static char *
stored_name (gconstpointer data, const char *name)
{
  return g_strdup (name);
}

/* Shapes do not tell them: all published ones have sixteen, and so has each their channels; the miniature models' have
 * sixteen channels. */
static int
heads_for (int width)
{
  return width >= 1024 ? 16 : width == 768 ? 12 : MAX (width / 16, 1);
}

static gboolean
read_sizes (LimnVisionFile *file, GError **error)
{
  LimnArchScan scan = { file->file.tensors, "", NULL };
  LimnVisionConfig *config = &file->config;
  LimnClipConfig *layers = &config->layers;
  const char *path = limn_tensors_path (file->file.tensors);

  layers->width = limn_arch_scan_dim (&scan, 4, 0, PATCHES);
  config->patch = limn_arch_scan_dim (&scan, 4, 2, PATCHES);
  int rows = limn_arch_scan_dim (&scan, 2, 0, POSITIONS);
  layers->layers = limn_arch_scan_count (&scan, MOST_LAYERS, "vision_model.encoder.layers.");
  layers->intermediate = limn_arch_scan_dim (&scan, 2, 0, "vision_model.encoder.layers.0.mlp.fc1.weight");
  if (limn_arch_scan_has (&scan, "visual_projection.weight"))
    layers->projection = limn_arch_scan_dim (&scan, 2, 0, "visual_projection.weight");
  if (scan.error != NULL) {
    g_propagate_error (error, scan.error);
    return FALSE;
  }
  config->side = (int) lrint (sqrt (rows - 1));
  layers->heads = heads_for (layers->width);
  layers->quick_gelu = layers->width == 1024 || layers->width == 768; /* OpenAI's own */
  if (layers->layers > 1 && layers->width <= MOST_WIDTH && config->patch <= MOST_PATCH && config->side <= MOST_SIDE
      && limn_vision_rows (config) == rows && layers->intermediate % 8 == 0 && layers->projection % 8 == 0
      && limn_kernel_attends (layers->width, layers->heads))
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               _ ("%s: an encoder of pictures with %d layers of %d channels, %d positions and places of %d pixels, "
                  "which CLIP's do not have"),
               path, layers->layers, layers->width, rows, config->patch);
  return FALSE;
}

/* What is read by the CPU. */
static gboolean
check_vectors (LimnVisionFile *file, GError **error)
{
  const guint64 width = (guint64) file->config.layers.width, rows = (guint64) limn_vision_rows (&file->config);
  const struct {
    const char *name;
    guint64 count;
  } vectors[] = { { WHOLE, width }, { POSITIONS, width * rows } };

  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++) {
    const LimnTensor *tensor = limn_network_file_find (&file->file, vectors[i].name);

    if (tensor != NULL && tensor->count == vectors[i].count && limn_is_weight_type (tensor->type))
      continue;
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s: tensor %s of an encoder of pictures is missing, or has not %" PRIu64 " values"),
                 limn_tensors_path (file->file.tensors), vectors[i].name, vectors[i].count);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_tensors (LimnVisionFile *file, GError **error)
{
  g_autoptr (LimnNet) net = limn_arch_net_new ();
  LimnVisionPlan written;

  limn_vision_write (net, &file->config, &written);
  limn_plan_free (written.plan);
  return check_vectors (file, error)
         && limn_network_file_check (
             &file->file, net, _ ("%s: tensor %s has shape %s; an encoder of pictures of its sizes has %s"), error);
}

gboolean
limn_vision_file_is (LimnTensors *file)
{
  return limn_tensors_find (file, PATCHES) != NULL;
}

LimnVisionFile *
limn_vision_file_open (const char *path, GError **error)
{
  g_autoptr (LimnVisionFile) file = NULL;
  LimnTensors *tensors = limn_tensors_open (path, error);

  if (tensors == NULL)
    return NULL;
  file = g_new0 (LimnVisionFile, 1);
  file->file = (LimnNetworkFile){ tensors, stored_name, file, .folded = TRUE };
  if (!limn_vision_file_is (tensors)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s is no encoder of pictures: it has no tensor %s"), path,
                 PATCHES);
    return NULL;
  }
  return read_sizes (file, error) && check_tensors (file, error) ? g_steal_pointer (&file) : NULL;
}

void
limn_vision_file_free (LimnVisionFile *file)
{
  if (file == NULL)
    return;
  limn_tensors_unref (file->file.tensors);
  g_free (file);
}

const LimnVisionConfig *
limn_vision_file_config (LimnVisionFile *file)
{
  return &file->config;
}

LimnTensorSource
limn_vision_file_source (LimnVisionFile *file)
{
  return limn_network_file_source (&file->file);
}

gboolean
limn_vision_file_tensor (LimnVisionFile *file, const char *name, LimnTensorView *view, GError **error)
{
  const LimnTensorSource source = limn_vision_file_source (file);

  return source.find (source.data, name, view, error);
}

/* ---- Where it lies ---- */

static const char *const folders[] = { "",
                                       "image_encoder",
                                       "clip_vision",
                                       "../image_encoder",
                                       "../clip_vision",
                                       "../models/image_encoder",
                                       "../sdxl_models/image_encoder" };

typedef struct {
  gboolean pooled;
  int channels;
  GError *error; /* of the first that is one, but cannot be read */
} Wanted;

/* Whether the file at path, by its head alone, could be it. */
static gboolean
could_be (const char *path, const Wanted *wanted)
{
  static const char *const names[] = { PATCHES, "visual_projection.weight" };
  g_autoptr (LimnTensors) tensors = limn_tensors_open (path, NULL);
  const LimnTensor *telling = tensors != NULL ? limn_tensors_find (tensors, names[wanted->pooled ? 1 : 0]) : NULL;

  return tensors != NULL && limn_vision_file_is (tensors) && telling != NULL
         && telling->shape[0] == (guint64) wanted->channels;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static LimnVisionFile *
find_in (const char *folder, Wanted *wanted)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *small = g_ascii_strdown (name, -1);

    if (g_str_has_suffix (small, ".safetensors") || g_str_has_suffix (small, ".sft"))
      g_ptr_array_add (names, g_strdup (name));
  }
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);
    LimnVisionFile *file =
        could_be (path, wanted) ? limn_vision_file_open (path, wanted->error == NULL ? &wanted->error : NULL) : NULL;

    if (file != NULL)
      return file;
  }
  return NULL;
}

static const char *
encoder_name (const Wanted *wanted)
{
  static const struct {
    int pooled, width;
    const char *name;
  } known[] = { { 768, 1024, "CLIP ViT-L" }, { 1024, 1280, "CLIP ViT-H" }, { 1280, 1664, "CLIP ViT-bigG" } };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if ((wanted->pooled ? known[i].pooled : known[i].width) == wanted->channels)
      return known[i].name;
  return "CLIP";
}

LimnVisionFile *
limn_vision_file_find (const char *path, gboolean pooled, int channels, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  LimnVisionFile *file = NULL;
  Wanted wanted = { pooled, channels, NULL };

  for (guint i = 0; i < G_N_ELEMENTS (folders) && file == NULL; i++) {
    g_autofree char *place = g_build_filename (folder, folders[i], NULL);

    file = find_in (place, &wanted);
  }
  if (file == NULL && wanted.error != NULL)
    g_propagate_error (error, g_steal_pointer (&wanted.error));
  else if (file == NULL)
    /* translators: a file, the name of an encoder such as "CLIP ViT-H", a number, a folder */
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s sees its picture by the encoder %s, which was not found: expected a .safetensors file with the "
                    "tensor %s and %d values of a picture in the folder %s, or in a folder \"clip_vision\" or "
                    "\"image_encoder\" in or beside that"),
                 path, encoder_name (&wanted), PATCHES, channels, folder);
  g_clear_error (&wanted.error);
  return file;
}
