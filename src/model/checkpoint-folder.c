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

static LimnJson *
load_config (LimnCheckpoint *checkpoint, const char *component, const char *name, char **file, GError **error)
{
  *file = g_build_filename (checkpoint->path, component, name, NULL);
  LimnJson *json = limn_json_load (*file, error);

  if (json != NULL && limn_json_kind (json) != LIMN_JSON_OBJECT) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FORMAT, _ ("%s: expected an object"), *file);
    g_clear_pointer (&json, limn_json_free);
  }
  return json;
}

static gboolean
open_part (LimnCheckpoint *checkpoint, LimnPartId part, GError **error)
{
  g_autofree char *dir = g_build_filename (checkpoint->path, limn_arch_part_name (part), NULL);

  checkpoint->parts[part].prefix = "";
  checkpoint->parts[part].files = limn_checkpoint_open_weights (dir, error);
  return checkpoint->parts[part].files != NULL;
}

static void
find_tokenizer (LimnCheckpoint *checkpoint, LimnPartId part)
{
  const char *name = part == LIMN_PART_TEXT_ENCODER ? "tokenizer" : "tokenizer_2";
  g_autofree char *dir = g_build_filename (checkpoint->path, name, NULL);
  g_autofree char *vocabulary = g_build_filename (dir, "vocab.json", NULL);
  g_autofree char *merges = g_build_filename (dir, "merges.txt", NULL);

  if (g_file_test (vocabulary, G_FILE_TEST_IS_REGULAR) && g_file_test (merges, G_FILE_TEST_IS_REGULAR))
    checkpoint->parts[part].tokenizer_dir = g_steal_pointer (&dir);
}

/* ---- Parts ---- */

/* Which family a U-Net's config is of; FALSE with an error where Limn knows none that fits. */
static gboolean
detect_family (LimnCheckpoint *checkpoint, const LimnJson *index, const LimnJson *config, const char *file,
               GError **error)
{
  const char *pipeline = limn_json_string (limn_json_member (index, "_class_name"), _ ("pipeline without a name"));
  const char *addition = limn_json_string (limn_json_member (config, "addition_embed_type"), NULL);
  const char *network = limn_json_string (limn_json_member (config, "_class_name"), "UNet2DConditionModel");

  if (!g_str_equal (network, "UNet2DConditionModel")) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: the U-Net is a %s; expected a UNet2DConditionModel"),
                 file, network);
    return FALSE;
  }
  if (g_strcmp0 (addition, "text_time") == 0) {
    gboolean two = component_class (index, "text_encoder") != NULL;
    checkpoint->family = two ? LIMN_FAMILY_SDXL_BASE : LIMN_FAMILY_SDXL_REFINER;
    return TRUE;
  }
  if (addition == NULL && g_str_has_prefix (pipeline, "StableDiffusion")) {
    double context = limn_json_number (limn_json_member (config, "cross_attention_dim"), 768);
    gboolean linear = limn_json_bool (limn_json_member (config, "use_linear_projection"), FALSE);
    checkpoint->family = context == 1024 || linear ? LIMN_FAMILY_SD21 : LIMN_FAMILY_SD15;
    return TRUE;
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               _ ("%s is a %s of a kind that Limn does not support: it runs SDXL 1.0 base and refiner, whose U-Net has "
                  "\"addition_embed_type\" \"text_time\""),
               checkpoint->path, pipeline);
  return FALSE;
}

static gboolean
read_unet (LimnCheckpoint *checkpoint, const LimnJson *index, GError **error)
{
  g_autofree char *file = NULL;
  g_autoptr (LimnJson) json = load_config (checkpoint, "unet", "config.json", &file, error);
  LimnUnetExtra extra;

  if (json == NULL || !detect_family (checkpoint, index, json, file, error))
    return FALSE;
  const LimnFamilyRow *family = limn_family_row (checkpoint->family);
  if (!family->supported)
    return TRUE;
  if (!limn_config_read_unet (json, file, family, &checkpoint->unet, &extra, error))
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
read_vae (LimnCheckpoint *checkpoint, const LimnJson *index, GError **error)
{
  g_autofree char *file = NULL;
  const char *class_name = component_class (index, "vae");

  if (g_strcmp0 (class_name, "AutoencoderKL") != 0) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s/model_index.json: component \"vae\" is %s; expected an AutoencoderKL"), checkpoint->path,
                 class_name != NULL ? class_name : _ ("missing"));
    return FALSE;
  }
  g_autoptr (LimnJson) json = load_config (checkpoint, "vae", "config.json", &file, error);
  if (json == NULL || !limn_config_read_vae (json, file, limn_family_row (checkpoint->family), &checkpoint->vae, error)
      || !open_part (checkpoint, LIMN_PART_VAE, error))
    return FALSE;
  checkpoint->parts[LIMN_PART_VAE].present = TRUE;
  return TRUE;
}

static gboolean
read_clip (LimnCheckpoint *checkpoint, const LimnJson *index, LimnPartId part, GError **error)
{
  int encoder = part - LIMN_PART_TEXT_ENCODER;
  const LimnEncoderRow *row = &limn_family_row (checkpoint->family)->encoders[encoder];
  const char *name = limn_arch_part_name (part), *class_name = component_class (index, name);
  g_autofree char *file = NULL;

  /* Where the projection is not used, with and without it are both fine. */
  if (g_strcmp0 (class_name, "CLIPTextModelWithProjection") != 0
      && (row->pooled || g_strcmp0 (class_name, "CLIPTextModel") != 0)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s/model_index.json: component \"%s\" is %s; expected a %s"),
                 checkpoint->path, name, class_name != NULL ? class_name : _ ("missing"),
                 row->pooled ? "CLIPTextModelWithProjection" : "CLIPTextModel");
    return FALSE;
  }
  g_autoptr (LimnJson) json = load_config (checkpoint, name, "config.json", &file, error);
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

static gboolean
read_schedule (LimnCheckpoint *checkpoint, const LimnJson *index, GError **error)
{
  const LimnFamilyRow *family = limn_family_row (checkpoint->family);
  LimnScheduleConfig *schedule = &checkpoint->schedule;
  g_autofree char *file = g_build_filename (checkpoint->path, "scheduler", "scheduler_config.json", NULL);

  limn_config_init_schedule (schedule, family);
  schedule->zeros_for_empty_negative =
      limn_json_bool (limn_json_member (index, "force_zeros_for_empty_prompt"), schedule->zeros_for_empty_negative);
  read_advice (checkpoint->info, family, index);
  if (!g_file_test (file, G_FILE_TEST_EXISTS))
    return TRUE;
  g_clear_pointer (&file, g_free);
  g_autoptr (LimnJson) json = load_config (checkpoint, "scheduler", "scheduler_config.json", &file, error);
  return json != NULL && limn_config_read_schedule (json, file, schedule, &checkpoint->unet.v_prediction, error);
}

/* ---- The folder ---- */

static LimnJson *
load_index (LimnCheckpoint *checkpoint, GError **error)
{
  g_autofree char *file = g_build_filename (checkpoint->path, "model_index.json", NULL);

  if (!g_file_test (file, G_FILE_TEST_EXISTS)) {
    limn_checkpoint_explain_folder (checkpoint->path, error);
    return NULL;
  }
  g_clear_pointer (&file, g_free);
  g_autoptr (LimnJson) index = load_config (checkpoint, "", "model_index.json", &file, error);
  if (index == NULL)
    return NULL;
  if (component_class (index, "unet") == NULL) {
    const char *pipeline = limn_json_string (limn_json_member (index, "_class_name"), _ ("pipeline without a name"));
    g_set_error (
        error, LIMN_ERROR, LIMN_ERROR_MODEL,
        _ ("%s is a %s, which has no U-Net (no component \"unet\" in model_index.json): Limn runs SDXL 1.0 base "
           "and refiner"),
        checkpoint->path, pipeline);
    return NULL;
  }
  return g_steal_pointer (&index);
}

static gboolean
read_optional (LimnCheckpoint *checkpoint, const LimnJson *index, LimnPartId part, GError **error)
{
  GError *local = NULL;
  gboolean ok =
      part == LIMN_PART_VAE ? read_vae (checkpoint, index, &local) : read_clip (checkpoint, index, part, &local);

  return ok || limn_checkpoint_tolerate (checkpoint, part, local, error);
}

/* Only recognised: the weights are mapped so that inspect can count them; what cannot be read is left out. */
static void
open_recognised (LimnCheckpoint *checkpoint)
{
  for (LimnPartId part = LIMN_PART_UNET; part <= LIMN_PART_TEXT_ENCODER; part++) {
    g_autoptr (GError) ignored = NULL;
    checkpoint->parts[part].present = open_part (checkpoint, part, &ignored);
  }
}

gboolean
limn_checkpoint_read_folder (LimnCheckpoint *checkpoint, GError **error)
{
  g_autoptr (LimnJson) index = load_index (checkpoint, error);

  if (index == NULL || !read_unet (checkpoint, index, error))
    return FALSE;
  const LimnFamilyRow *family = limn_family_row (checkpoint->family);
  if (!family->supported) {
    open_recognised (checkpoint);
    return TRUE;
  }
  for (LimnPartId part = LIMN_PART_VAE; part < LIMN_N_PARTS; part++)
    if (family->prefixes[part] != NULL && !read_optional (checkpoint, index, part, error))
      return FALSE;
  return read_schedule (checkpoint, index, error);
}
