/* model.c - see model.h and limn.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "engine/model.h"

#include "base/data.h"
#include "base/i18n.h"
#include "base/model-path.h"
#include "engine/enlarge.h"
#include "model/upscaler.h"

struct _LimnModel {
  gatomicrefcount references;
  char *name;
  LimnCheckpoint *checkpoint;
  LimnTokenizer *tokenizers[2];
  LimnLoraShelf *shelf;
  LimnEmbeddings *embeddings;
};

static int
encoder_index (LimnPartId which)
{
  g_assert (which == LIMN_PART_TEXT_ENCODER || which == LIMN_PART_TEXT_ENCODER_2);
  return which == LIMN_PART_TEXT_ENCODER ? 0 : 1;
}

/* "sd_xl_base_1.0"; "starter-refiner" for the refiner that the folder "starter" brings along. */
static char *
name_from_path (const char *path)
{
  g_autofree char *full = g_canonicalize_filename (path, NULL);
  g_autofree char *base = limn_own_refiner_base (full);

  if (base != NULL) {
    g_autofree char *base_name = g_path_get_basename (base);

    return g_strconcat (base_name, "-refiner", NULL);
  }
  return limn_model_name_from_path (full);
}

static gboolean
find_first_cb (gpointer data, const char *text, gboolean bare, gsize *length, int *id, int *n)
{
  return limn_embeddings_find (data, 0, text, bare, length, id, n);
}

static gboolean
find_second_cb (gpointer data, const char *text, gboolean bare, gsize *length, int *id, int *n)
{
  return limn_embeddings_find (data, 1, text, bare, length, id, n);
}

static gboolean
load_tokenizer (LimnModel *model, const char *path, LimnPartId which, GError **error)
{
  if (!limn_checkpoint_has (model->checkpoint, which))
    return TRUE;

  const LimnClipConfig *config = limn_checkpoint_clip (model->checkpoint, which);
  LimnTokenizer *tokenizer = limn_tokenizer_new (limn_checkpoint_tokenizer_dir (model->checkpoint, which), error);

  if (tokenizer == NULL)
    return FALSE;
  model->tokenizers[encoder_index (which)] = tokenizer;
  limn_embeddings_set_width (model->embeddings, encoder_index (which), config->width);
  limn_tokenizer_set_words (tokenizer, encoder_index (which) == 0 ? find_first_cb : find_second_cb, model->embeddings);
  if (limn_tokenizer_size (tokenizer) <= config->vocabulary && config->positions >= LIMN_CHUNK_TOKENS)
    return TRUE;
  g_set_error (
      error, LIMN_ERROR, LIMN_ERROR_MODEL,
      _ ("%s: %s has %d tokens and %d positions, but its tokenizer has %d tokens and prompts take %d positions"), path,
      encoder_index (which) == 0 ? "text_encoder" : "text_encoder_2", config->vocabulary, config->positions,
      limn_tokenizer_size (tokenizer), LIMN_CHUNK_TOKENS);
  return FALSE;
}

LimnModel *
limn_model_open_parts (const LimnModelParts *parts, GError **error)
{
  const char *path = parts->model != NULL ? parts->model : parts->parts[LIMN_PART_UNET];

  g_return_val_if_fail (path != NULL, NULL);

  g_autoptr (LimnCheckpoint) checkpoint = limn_checkpoint_open_parts (parts, error);

  if (checkpoint == NULL)
    return NULL;

  g_autoptr (LimnModel) model = g_new0 (LimnModel, 1);
  g_atomic_ref_count_init (&model->references);
  model->name = name_from_path (path);
  model->checkpoint = g_steal_pointer (&checkpoint);
  model->shelf = limn_lora_shelf_new ();
  model->embeddings = limn_embeddings_new (path);
  if (!load_tokenizer (model, path, LIMN_PART_TEXT_ENCODER, error)
      || !load_tokenizer (model, path, LIMN_PART_TEXT_ENCODER_2, error))
    return NULL;
  return g_steal_pointer (&model);
}

LimnModel *
limn_model_open (const char *path, GError **error)
{
  return limn_model_open_parts (&(LimnModelParts){ .model = path }, error);
}

/* One that paints nothing by itself.  checkpoint: taken over; NULL: there is none. */
static LimnModel *
model_of (const char *path, LimnCheckpoint *checkpoint)
{
  if (checkpoint == NULL)
    return NULL;

  LimnModel *model = g_new0 (LimnModel, 1);
  g_atomic_ref_count_init (&model->references);
  model->name = name_from_path (path);
  model->checkpoint = checkpoint;
  model->shelf = limn_lora_shelf_new ();
  model->embeddings = limn_embeddings_new (path);
  return model;
}

LimnModel *
limn_model_open_upscaler (const char *path, GError **error)
{
  return model_of (path, limn_checkpoint_open_upscaler (path, error));
}

LimnModel *
limn_model_open_control (const char *path, GError **error)
{
  return model_of (path, limn_checkpoint_open_control (path, error));
}

int
limn_model_scale (LimnModel *model)
{
  LimnUpscalerFile *upscaler = limn_checkpoint_upscaler (model->checkpoint);

  return upscaler != NULL ? limn_upscaler_file_config (upscaler)->scale : 0;
}

LimnModel *
limn_model_ref (LimnModel *model)
{
  g_atomic_ref_count_inc (&model->references);
  return model;
}

void
limn_model_unref (LimnModel *model)
{
  if (model == NULL || !g_atomic_ref_count_dec (&model->references))
    return;
  limn_tokenizer_free (model->tokenizers[0]);
  limn_tokenizer_free (model->tokenizers[1]);
  limn_lora_shelf_free (model->shelf);
  limn_embeddings_free (model->embeddings);
  limn_checkpoint_unref (model->checkpoint);
  g_free (model->name);
  g_free (model);
}

const LimnModelInfo *
limn_model_info (LimnModel *model)
{
  return limn_checkpoint_info (model->checkpoint);
}

char *
limn_model_fingerprint (LimnModel *model)
{
  return limn_checkpoint_fingerprint (model->checkpoint, LIMN_PART_UNET);
}

LimnModelInfo *
limn_model_inspect (const LimnModelParts *parts, GError **error)
{
  return limn_checkpoint_inspect_parts (parts, error);
}

gboolean
limn_model_is_part (const char *path, LimnPartId *part)
{
  return limn_checkpoint_is_part (path, part);
}

char *
limn_starter_path (void)
{
  g_autofree char *index = limn_data_path ("starter/model_index.json");

  return index != NULL ? g_path_get_dirname (index) : NULL;
}

LimnCheckpoint *
limn_model_checkpoint (LimnModel *model)
{
  return model->checkpoint;
}

LimnTokenizer *
limn_model_tokenizer (LimnModel *model, LimnPartId which)
{
  return model->tokenizers[encoder_index (which)];
}

int
limn_model_pad (LimnModel *model, LimnPartId which)
{
  /* OpenCLIP fills up with 0; a model folder's tokenizer says so itself, the full vocabulary cannot. */
  gboolean open_clip = limn_family_row (limn_model_info (model)->family)->encoders[encoder_index (which)].open_clip;

  if (open_clip && limn_checkpoint_tokenizer_dir (model->checkpoint, which) == NULL)
    return 0;
  return limn_tokenizer_pad (model->tokenizers[encoder_index (which)]);
}

LimnLoraShelf *
limn_model_shelf (LimnModel *model)
{
  return model->shelf;
}

LimnEmbeddings *
limn_model_embeddings (LimnModel *model)
{
  return model->embeddings;
}

const char *
limn_model_name (LimnModel *model)
{
  return model->name;
}

gboolean
limn_model_is_refiner (LimnModel *model)
{
  return limn_family_row (limn_model_info (model)->family)->refines;
}

gboolean
limn_model_inpaints (LimnModel *model)
{
  return model != NULL && limn_unet_config_given (limn_checkpoint_unet (model->checkpoint)) > 0;
}

gboolean
limn_model_is_told_guidance (LimnModel *model)
{
  return model != NULL && limn_checkpoint_unet (model->checkpoint)->guidance_channels > 0;
}

LimnLatentShape
limn_model_latent_shape (LimnModel *model, int width, int height)
{
  const LimnVaeConfig *vae = limn_checkpoint_vae (model->checkpoint);
  LimnLatentShape shape = { .planes = vae->latent_channels, .factor = limn_vae_config_factor (vae) };

  shape.height = height / shape.factor;
  shape.width = width / shape.factor;
  shape.values = (gsize) shape.planes * shape.height * shape.width;
  return shape;
}
