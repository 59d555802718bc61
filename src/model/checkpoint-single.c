/* checkpoint-single.c - parts in single files, with the official names.
 *
 * A complete model's file has a prefix before the names of each part.  A part alone has another, or none; a text
 * encoder alone has transformers' names, also where complete models have OpenCLIP's.  Below any prefix U-Net and VAE
 * may have diffusers' names, which become the official ones once the file is open.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/checkpoint-private.h"

#include <math.h>

#include "base/error.h"
#include "base/i18n.h"

/* How the names of a part begin, which are OpenCLIP's or not: the official prefix first, which is the family's; ended
 * by one without prefix. */
typedef struct {
  const char *prefix;
  gboolean open_clip;
} Naming;

#define MOST_NAMINGS 8

static const Naming namings[LIMN_N_PARTS][MOST_NAMINGS] = {
  [LIMN_PART_UNET] = { { "model.diffusion_model." }, { "diffusion_model." }, { "model." }, { "unet." }, { "" } },
  [LIMN_PART_VAE] = { { "first_stage_model." }, { "vae." }, { "" } },
  [LIMN_PART_TEXT_ENCODER] = { { "conditioner.embedders.0.transformer." },
                               { "cond_stage_model.transformer." },
                               { "cond_stage_model.model.", TRUE },
                               { "text_encoders.clip_l.transformer." },
                               { "clip_l." },
                               { "text_encoder." },
                               { "" } },
  [LIMN_PART_TEXT_ENCODER_2] = { { "conditioner.embedders.1.model.", TRUE },
                                 { "conditioner.embedders.0.model.", TRUE },
                                 { "text_encoders.clip_g.transformer." },
                                 { "clip_g." },
                                 { "text_encoder_2." },
                                 { "" },
                                 { "", TRUE } },
};

/* A tensor that every such part has. */
static const char *
telling (LimnPartId part, gboolean open_clip)
{
  if (part == LIMN_PART_UNET)
    return "input_blocks.0.0.weight";
  if (part == LIMN_PART_VAE)
    return "decoder.conv_in.weight";
  return open_clip ? "token_embedding.weight" : "text_model.embeddings.token_embedding.weight";
}

static gboolean
holds_prefix (LimnTensors *file, const char *prefix)
{
  guint n = limn_tensors_count (file);

  for (guint i = 0; i < n; i++)
    if (g_str_has_prefix (limn_tensors_nth (file, i)->name, prefix))
      return TRUE;
  return FALSE;
}

/* How part is called in file; NULL where it is not in there. */
static const Naming *
find_naming (LimnTensors *file, LimnPartId part)
{
  for (int i = 0; namings[part][i].prefix != NULL; i++) {
    const Naming *naming = &namings[part][i];
    g_autofree char *name = g_strconcat (naming->prefix, telling (part, naming->open_clip), NULL);

    if (limn_tensors_find (file, name) != NULL)
      return naming;
  }
  return NULL;
}

LimnTensors *
limn_checkpoint_open_file (const char *path, GError **error)
{
  static const struct {
    LimnPartId part;
    const char *telling; /* of diffusers' names */
    void (*rename) (LimnTensors *file, const char *prefix);
  } others[] = {
    { LIMN_PART_UNET, "down_blocks.0.resnets.0.norm1.weight", limn_arch_unet_rename },
    { LIMN_PART_VAE, "decoder.mid_block.resnets.0.norm1.weight", limn_arch_vae_rename },
  };
  LimnTensors *file = limn_tensors_open (path, error);

  for (guint i = 0; file != NULL && i < G_N_ELEMENTS (others); i++)
    for (const Naming *naming = namings[others[i].part]; naming->prefix != NULL; naming++) {
      g_autofree char *name = g_strconcat (naming->prefix, others[i].telling, NULL);

      if (limn_tensors_find (file, name) != NULL)
        others[i].rename (file, naming->prefix);
    }
  return file;
}

gboolean
limn_checkpoint_detect_single (const LimnModelSource *source, gboolean alone, LimnFamily *family, GError **error)
{
  const char *official = namings[LIMN_PART_UNET][0].prefix;
  g_autofree char *blocks = g_strconcat (official, "input_blocks.", NULL);
  const Naming *naming = find_naming (source->file, LIMN_PART_UNET);

  if (limn_arch_is_control (source->file))
    return limn_arch_explain (source->file, error);
  if (holds_prefix (source->file, blocks))
    return limn_arch_detect (source->file, official, family, error);
  for (LimnPartId part = LIMN_PART_VAE; alone && part < LIMN_N_PARTS; part++)
    alone = find_naming (source->file, part) == NULL;
  return naming != NULL && !alone ? limn_arch_detect (source->file, naming->prefix, family, error)
                                  : limn_arch_explain (source->file, error);
}

#define SCALING_OF_EDM 0.5

/* Playground 2.5. */
void
limn_checkpoint_take_statistics (LimnCheckpoint *checkpoint)
{
  LimnTensors *file = checkpoint->parts[LIMN_PART_UNET].source->file;
  const LimnTensor *mean = file != NULL ? limn_tensors_find (file, "edm_mean") : NULL;
  const LimnTensor *deviation = file != NULL ? limn_tensors_find (file, "edm_std") : NULL;
  LimnVaeConfig *vae = &checkpoint->vae;
  float means[4], deviations[4];

  if (mean == NULL || deviation == NULL || mean->count != 4 || deviation->count != 4)
    return;
  limn_tensor_to_float (mean, means);
  limn_tensor_to_float (deviation, deviations);
  for (int i = 0; i < 4; i++) {
    vae->mean[i] = isfinite (means[i]) ? means[i] : 0;
    vae->deviation[i] = deviations[i] > 0 && isfinite (deviations[i]) ? deviations[i] : 1;
  }
  vae->scaling_factor = SCALING_OF_EDM;
  vae->has_rgb_factors = FALSE;
}

static gboolean
scan_part (LimnCheckpoint *checkpoint, LimnPartId part, GError **error)
{
  const LimnFamilyRow *family = limn_family_row (checkpoint->family);
  const LimnPartData *data = &checkpoint->parts[part], *pooled = &checkpoint->parts[LIMN_PART_TEXT_ENCODER_2];
  LimnTensors *file = data->source->file;
  int encoder = part - LIMN_PART_TEXT_ENCODER;

  if (part == LIMN_PART_VAE)
    return limn_arch_vae_scan (file, data->prefix, family, &checkpoint->vae, error);
  if (part != LIMN_PART_UNET)
    return limn_arch_clip_scan (file, data->prefix, data->open_clip, &family->encoders[encoder],
                                &checkpoint->clip[encoder], error);
  /* Without the text encoder, whose projection is the pooled vector, SDXL's own width is assumed, so that inspect can
   * still list what is there. */
  return limn_arch_unet_scan (file, data->prefix, family, pooled->present ? checkpoint->clip[1].projection : 1280,
                              pooled->source->path, &checkpoint->unet, error);
}

gboolean
limn_checkpoint_read_single (LimnCheckpoint *checkpoint, LimnPartId part, GError **error)
{
  const LimnFamilyRow *family = limn_family_row (checkpoint->family);
  LimnPartData *data = &checkpoint->parts[part];
  LimnTensors *file = data->source->file;
  gboolean official = holds_prefix (file, family->prefixes[part]);
  const Naming *naming = official ? NULL : find_naming (file, part);

  data->prefix = naming != NULL ? naming->prefix : family->prefixes[part];
  data->open_clip = naming != NULL
                        ? naming->open_clip
                        : part >= LIMN_PART_TEXT_ENCODER && family->encoders[part - LIMN_PART_TEXT_ENCODER].open_clip;
  data->files = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_tensors_unref);
  g_ptr_array_add (data->files, limn_tensors_ref (file));
  if (official || naming != NULL) {
    data->present = !family->supported || scan_part (checkpoint, part, error);
    return data->present;
  }
  if (!family->supported)
    return TRUE;
  g_set_error (
      error, LIMN_ERROR, LIMN_ERROR_MODEL,
      _ ("%s lacks the %s (tensors whose names begin with \"%s\"): open a version of this model that has it, or "
         "say where it is"),
      data->source->path, limn_arch_part_title (part), data->prefix);
  return FALSE;
}
