/* checkpoint-folder.c - opening a diffusers folder: model_index.json and its components.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/checkpoint-private.h"

#include "base/error.h"
#include "base/i18n.h"

static const char *
component_class (const LimnJson *index, const char *name)
{
  return limn_json_string (limn_json_nth (limn_json_member (index, name), 1), NULL);
}

/* A component's folder is below that of the model, or a source itself.  (transfer full) */
static char *
folder_of (const LimnModelSource *source, const char *component)
{
  return source->index != NULL ? g_build_filename (source->path, component, NULL) : g_strdup (source->path);
}

static LimnJson *
load_config (const char *folder, const char *name, char **file, GError **error)
{
  *file = g_build_filename (folder, name, NULL);
  LimnJson *json = limn_json_load (*file, error);

  if (json != NULL && limn_json_kind (json) != LIMN_JSON_OBJECT) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: expected an object"), *file);
    g_clear_pointer (&json, limn_json_free);
  }
  return json;
}

/* Of part's component: config.json. */
static LimnJson *
load_part_config (const LimnModelSource *source, LimnPartId part, char **file, GError **error)
{
  g_autofree char *folder = folder_of (source, limn_part_name (part));

  return load_config (folder, "config.json", file, error);
}

static gboolean
open_part (LimnCheckpoint *checkpoint, LimnPartId part, GError **error)
{
  LimnPartData *data = &checkpoint->parts[part];
  g_autofree char *folder = folder_of (data->source, limn_part_name (part));

  data->prefix = "";
  data->files = limn_checkpoint_open_weights (folder, error);
  return data->files != NULL;
}

static void
find_tokenizer (LimnCheckpoint *checkpoint, LimnPartId part)
{
  const LimnModelSource *source = checkpoint->parts[part].source;
  const char *name = part == LIMN_PART_TEXT_ENCODER ? "tokenizer" : "tokenizer_2";
  g_autofree char *dir = g_build_filename (source->path, name, NULL);
  g_autofree char *vocabulary = g_build_filename (dir, "vocab.json", NULL);
  g_autofree char *merges = g_build_filename (dir, "merges.txt", NULL);

  if (g_file_test (vocabulary, G_FILE_TEST_IS_REGULAR) && g_file_test (merges, G_FILE_TEST_IS_REGULAR))
    checkpoint->parts[part].tokenizer_dir = g_steal_pointer (&dir);
}

/* ---- Parts ---- */

/* Which of SDXL's a U-Net's config is: by the encoders beside it, or alone by its levels, of which the refiner has
 * four. */
static LimnFamily
sdxl_family (const LimnJson *index, const LimnJson *config)
{
  gboolean base = index != NULL ? component_class (index, "text_encoder") != NULL
                                : limn_json_length (limn_json_member (config, "block_out_channels")) != 4;

  return base ? LIMN_FAMILY_SDXL_BASE : LIMN_FAMILY_SDXL_REFINER;
}

gboolean
limn_checkpoint_detect_folder (const LimnModelSource *source, LimnFamily *family, GError **error)
{
  g_autofree char *file = NULL;
  g_autoptr (LimnJson) config = load_part_config (source, LIMN_PART_UNET, &file, error);

  if (config == NULL)
    return FALSE;
  const char *unknown = source->index != NULL ? _ ("pipeline without a name") : "StableDiffusion";
  const char *pipeline = limn_json_string (limn_json_member (source->index, "_class_name"), unknown);
  const char *addition = limn_json_member_string (config, "addition_embed_type");
  const char *network = limn_json_string (limn_json_member (config, "_class_name"), "UNet2DConditionModel");

  if (!g_str_equal (network, "UNet2DConditionModel")) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: the U-Net is a %s; expected a UNet2DConditionModel"),
                 file, network);
    return FALSE;
  }
  if (g_strcmp0 (addition, "text_time") == 0) {
    *family = sdxl_family (source->index, config);
    return TRUE;
  }
  if (addition == NULL && g_str_has_prefix (pipeline, "StableDiffusion")) {
    double context = limn_json_number (limn_json_member (config, "cross_attention_dim"), 768);
    gboolean linear = limn_json_bool (limn_json_member (config, "use_linear_projection"), FALSE);
    *family = context == 1024 || linear ? LIMN_FAMILY_SD21 : LIMN_FAMILY_SD15;
    return TRUE;
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               _ ("%s is a %s of a kind that Limn does not support: it runs SDXL 1.0 base and refiner, whose U-Net has "
                  "\"addition_embed_type\" \"text_time\""),
               source->path, pipeline);
  return FALSE;
}

static gboolean
read_unet (LimnCheckpoint *checkpoint, GError **error)
{
  const LimnFamilyRow *family = limn_family_row (checkpoint->family);
  g_autofree char *file = NULL;
  g_autoptr (LimnJson) json = load_part_config (checkpoint->parts[LIMN_PART_UNET].source, LIMN_PART_UNET, &file, error);
  LimnUnetExtra extra;

  if (json == NULL || !limn_config_read_unet (json, file, family, &checkpoint->unet, &extra, error))
    return FALSE;

  LimnUnetConfig *unet = &checkpoint->unet;
  gint64 pooled = extra.label_channels - (gint64) unet->time_ids * unet->time_id_channels;
  if (family->size_ids != LIMN_SIZES_NONE && (pooled < 1 || pooled > G_MAXINT)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s: \"projection_class_embeddings_input_dim\" is %d; expected more than %d size ids times "
                    "\"addition_time_embed_dim\" %d"),
                 file, extra.label_channels, unet->time_ids, unet->time_id_channels);
    return FALSE;
  }
  unet->pooled_channels = (int) pooled;
  if (!limn_arch_unet_check (unet, file, error) || !open_part (checkpoint, LIMN_PART_UNET, error))
    return FALSE;
  checkpoint->parts[LIMN_PART_UNET].present = TRUE;
  return TRUE;
}

static gboolean
read_vae (LimnCheckpoint *checkpoint, GError **error)
{
  const LimnModelSource *source = checkpoint->parts[LIMN_PART_VAE].source;
  g_autofree char *file = NULL;
  const char *class_name = component_class (source->index, "vae");

  if (source->index != NULL && g_strcmp0 (class_name, "AutoencoderKL") != 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s/model_index.json: component \"vae\" is %s; expected an AutoencoderKL"), source->path,
                 class_name != NULL ? class_name : _ ("missing"));
    return FALSE;
  }
  g_autoptr (LimnJson) json = load_part_config (source, LIMN_PART_VAE, &file, error);
  if (json == NULL || !limn_config_read_vae (json, file, limn_family_row (checkpoint->family), &checkpoint->vae, error)
      || !open_part (checkpoint, LIMN_PART_VAE, error))
    return FALSE;
  checkpoint->parts[LIMN_PART_VAE].present = TRUE;
  return TRUE;
}

static gboolean
read_clip (LimnCheckpoint *checkpoint, LimnPartId part, GError **error)
{
  const LimnModelSource *source = checkpoint->parts[part].source;
  int encoder = part - LIMN_PART_TEXT_ENCODER;
  const LimnEncoderRow *row = &limn_family_row (checkpoint->family)->encoders[encoder];
  const char *name = limn_part_name (part), *class_name = component_class (source->index, name);
  g_autofree char *file = NULL;

  /* Where the projection is not used, with and without it are both fine. */
  if (source->index != NULL && g_strcmp0 (class_name, "CLIPTextModelWithProjection") != 0
      && (row->pooled || g_strcmp0 (class_name, "CLIPTextModel") != 0)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s/model_index.json: component \"%s\" is %s; expected a %s"),
                 source->path, name, class_name != NULL ? class_name : _ ("missing"),
                 row->pooled ? "CLIPTextModelWithProjection" : "CLIPTextModel");
    return FALSE;
  }
  g_autoptr (LimnJson) json = load_part_config (source, part, &file, error);
  LimnClipConfig *config = &checkpoint->clip[encoder];
  if (json == NULL || !limn_config_read_clip (json, file, row, config, error) || !open_part (checkpoint, part, error))
    return FALSE;
  find_tokenizer (checkpoint, part);
  checkpoint->parts[part].present = TRUE;
  return TRUE;
}

/* Limn's own additions to the index: what a program should begin with, and what it should offer. */
static void
read_advice (LimnModelInfo *info, const LimnFamilyRow *family, const LimnJson *index)
{
  const LimnJson *sizes = limn_json_member (index, "trained_sizes");

  info->default_guidance =
      CLAMP (limn_json_number (limn_json_member (index, "default_guidance"), family->guidance), 1, 100);
  for (guint i = 0; i < limn_json_length (sizes); i++) {
    const LimnJson *pair = limn_json_nth (sizes, i);
    LimnSize size = { (int) CLAMP (limn_json_number (limn_json_nth (pair, 0), 0), 0, G_MAXINT16),
                      (int) CLAMP (limn_json_number (limn_json_nth (pair, 1), 0), 0, G_MAXINT16) };

    if (size.width > 0 && size.height > 0 && size.width % 8 == 0 && size.height % 8 == 0)
      g_array_append_val (info->sizes, size);
  }
}

gboolean
limn_checkpoint_read_schedule (LimnCheckpoint *checkpoint, GError **error)
{
  const LimnFamilyRow *family = limn_family_row (checkpoint->family);
  const LimnModelSource *source = checkpoint->parts[LIMN_PART_UNET].source;
  LimnScheduleConfig *schedule = &checkpoint->schedule;
  g_autofree char *folder = g_build_filename (source->path, "scheduler", NULL), *file = NULL;

  limn_config_init_schedule (schedule, family);
  checkpoint->info->default_guidance = family->guidance;
  if (source->file != NULL)
    limn_arch_detect_prediction (source->file, checkpoint->parts[LIMN_PART_UNET].prefix, checkpoint->family,
                                 &checkpoint->unet, schedule);
  if (source->index == NULL)
    return TRUE;
  schedule->zeros_for_empty_negative = limn_json_bool (limn_json_member (source->index, "force_zeros_for_empty_prompt"),
                                                       schedule->zeros_for_empty_negative);
  read_advice (checkpoint->info, family, source->index);
  file = g_build_filename (folder, "scheduler_config.json", NULL);
  if (!g_file_test (file, G_FILE_TEST_EXISTS))
    return TRUE;
  g_clear_pointer (&file, g_free);
  g_autoptr (LimnJson) json = load_config (folder, "scheduler_config.json", &file, error);
  return json != NULL && limn_config_read_schedule (json, file, schedule, error);
}

/* ---- The folder ---- */

LimnJson *
limn_checkpoint_load_index (const char *folder, GError **error)
{
  g_autofree char *file = g_build_filename (folder, "model_index.json", NULL);

  if (!g_file_test (file, G_FILE_TEST_EXISTS)) {
    limn_checkpoint_explain_folder (folder, error);
    return NULL;
  }
  g_clear_pointer (&file, g_free);
  g_autoptr (LimnJson) index = load_config (folder, "model_index.json", &file, error);
  if (index == NULL)
    return NULL;
  if (component_class (index, "unet") == NULL) {
    const char *pipeline = limn_json_string (limn_json_member (index, "_class_name"), _ ("pipeline without a name"));
    g_set_error (
        error, LIMN_ERROR, LIMN_ERROR_MODEL,
        _ ("%s is a %s, which has no U-Net (no component \"unet\" in model_index.json): Limn runs SDXL 1.0 base "
           "and refiner"),
        folder, pipeline);
    return NULL;
  }
  return g_steal_pointer (&index);
}

gboolean
limn_checkpoint_read_folder (LimnCheckpoint *checkpoint, LimnPartId part, GError **error)
{
  if (!limn_family_row (checkpoint->family)->supported) {
    /* Only recognised: the weights are mapped so that inspect can count them; what cannot be read is left out. */
    g_autoptr (GError) ignored = NULL;
    checkpoint->parts[part].present = open_part (checkpoint, part, &ignored);
    return TRUE;
  }
  if (part == LIMN_PART_UNET)
    return read_unet (checkpoint, error);
  return part == LIMN_PART_VAE ? read_vae (checkpoint, error) : read_clip (checkpoint, part, error);
}
