/* checkpoint.c - an opened model and the questions it answers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/checkpoint.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "file/fingerprint.h"
#include "model/checkpoint-private.h"

#define LIMN_PROBLEMS_SHOWN 5

/* Where the model is, or failing that its U-Net.  (transfer full) */
static char *
find_home (const LimnModelParts *parts)
{
  const char *path = parts->model != NULL ? parts->model : parts->parts[LIMN_PART_UNET];
  g_autofree char *name = g_path_get_basename (path);

  return g_str_equal (name, "model_index.json") ? g_path_get_dirname (path) : g_strdup (path);
}

static LimnCheckpoint *
checkpoint_new (const LimnModelParts *parts, gboolean lenient)
{
  LimnCheckpoint *checkpoint = g_new0 (LimnCheckpoint, 1);

  g_atomic_ref_count_init (&checkpoint->references);
  checkpoint->lenient = lenient;
  checkpoint->path = find_home (parts);
  checkpoint->info = limn_model_info_new (checkpoint->path);
  checkpoint->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_model_source_free);
  checkpoint->problems = g_ptr_array_new_with_free_func (g_free);
  return checkpoint;
}

LimnCheckpoint *
limn_checkpoint_ref (LimnCheckpoint *checkpoint)
{
  g_atomic_ref_count_inc (&checkpoint->references);
  return checkpoint;
}

void
limn_checkpoint_unref (LimnCheckpoint *checkpoint)
{
  if (checkpoint == NULL || !g_atomic_ref_count_dec (&checkpoint->references))
    return;
  if (checkpoint->controls != NULL || checkpoint->merge != NULL) {
    if (checkpoint->controls != NULL)
      limn_controls_free (checkpoint->controls);
    else
      limn_merge_free (checkpoint->merge);
    g_free (checkpoint);
    return;
  }
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    LimnPartData *data = &checkpoint->parts[part];
    g_clear_pointer (&data->by_name, g_hash_table_unref);
    g_clear_pointer (&data->kept, g_hash_table_unref);
    g_clear_pointer (&data->lent, g_hash_table_unref);
    g_clear_pointer (&data->slots, g_array_unref);
    g_clear_pointer (&data->list, limn_arch_list_free);
    g_clear_pointer (&data->files, g_ptr_array_unref);
    g_free (data->tokenizer_dir);
  }
  limn_taesd_file_free (checkpoint->taesd);
  g_clear_error (&checkpoint->taesd_problem);
  limn_upscaler_file_free (checkpoint->upscaler);
  limn_control_file_unref (checkpoint->control);
  limn_model_info_free (checkpoint->info);
  g_ptr_array_unref (checkpoint->sources);
  g_ptr_array_unref (checkpoint->problems);
  g_clear_pointer (&checkpoint->kept_variants, g_hash_table_unref);
  g_free (checkpoint->home);
  g_free (checkpoint->path);
  g_free (checkpoint);
}

gboolean
limn_checkpoint_tolerate (LimnCheckpoint *checkpoint, LimnPartId part, GError *error, GError **out)
{
  if (!checkpoint->lenient) {
    g_propagate_error (out, error);
    return FALSE;
  }
  g_ptr_array_add (checkpoint->problems, g_strdup_printf ("%s: %s", limn_part_name (part), error->message));
  g_error_free (error);
  return TRUE;
}

/* ---- Whether parts go together ---- */

/* The places of the text encoders.  (transfer full) */
static char *
encoder_paths (LimnCheckpoint *checkpoint)
{
  const LimnFamilyRow *family = limn_family_row (checkpoint->family);
  GString *text = g_string_new (NULL);

  for (LimnPartId part = LIMN_PART_TEXT_ENCODER; part < LIMN_N_PARTS; part++) {
    const char *path = checkpoint->parts[part].source->path;
    if (family->prefixes[part] == NULL || g_strcmp0 (text->str, path) == 0)
      continue;
    g_string_append_printf (text, "%s%s", text->len > 0 ? _ (", ") : "", path);
  }
  return g_string_free (text, FALSE);
}

/* Context and pooled widths of the U-Net against the encoders. */
static gboolean
check_widths (LimnCheckpoint *checkpoint, GError **error)
{
  const LimnFamilyRow *family = limn_family_row (checkpoint->family);
  const LimnUnetConfig *unet = &checkpoint->unet;
  const char *path = checkpoint->parts[LIMN_PART_UNET].source->path;
  int context = 0, pooled = 0;

  for (LimnPartId part = LIMN_PART_TEXT_ENCODER; part < LIMN_N_PARTS; part++) {
    const LimnClipConfig *clip = &checkpoint->clip[part - LIMN_PART_TEXT_ENCODER];
    if (family->prefixes[part] == NULL)
      continue;
    if (!checkpoint->parts[part].present)
      return TRUE; /* listed as missing */
    context += clip->width;
    pooled += clip->projection;
  }
  g_autofree char *encoders = encoder_paths (checkpoint);
  if (unet->context_channels != context) {
    g_set_error (
        error, LIMN_ERROR, LIMN_ERROR_MODEL,
        _ ("%s: the U-Net expects text %d channels wide, but the text encoders give %d (%s): expected those of "
           "%s"),
        path, unet->context_channels, context, encoders, limn_family_name (checkpoint->family));
    return FALSE;
  }
  if (unet->pooled_channels != pooled) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s: the U-Net expects a pooled text vector of %d channels and %d size ids, but the second text "
                    "encoder projects to %d channels (%s): expected that of %s"),
                 path, unet->pooled_channels, unet->time_ids, pooled, encoders, limn_family_name (checkpoint->family));
    return FALSE;
  }
  return TRUE;
}

static gboolean
detect (const LimnModelSource *source, gboolean alone, LimnFamily *family, GError **error)
{
  return source->file != NULL ? limn_checkpoint_detect_single (source, alone, family, error)
                              : limn_checkpoint_detect_folder (source, family, error);
}

/* What is elsewhere than the U-Net is of its family, as far as files say what they are of: encoders by their widths
 * alone, as families share them. */
static gboolean
check_families (LimnCheckpoint *checkpoint, const LimnModelParts *parts, GError **error)
{
  const LimnModelSource *unet = checkpoint->parts[LIMN_PART_UNET].source;
  const LimnModelSource *vae = checkpoint->parts[LIMN_PART_VAE].source;
  const LimnFamilyRow *family = limn_family_row (checkpoint->family);
  LimnFamily other;

  for (guint i = 0; parts->model != NULL && i < checkpoint->sources->len; i++) {
    const LimnModelSource *source = g_ptr_array_index (checkpoint->sources, i);
    if (!g_str_equal (source->path, checkpoint->home) || !detect (source, FALSE, &other, NULL)
        || other == checkpoint->family)
      continue;
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s is a U-Net of %s, but %s is a model of %s: expected a U-Net of the same family"), unet->path,
                 limn_family_name (checkpoint->family), source->path, limn_family_name (other));
    return FALSE;
  }
  if (vae == unet || !detect (vae, FALSE, &other, NULL)
      || limn_family_row (other)->scaling_factor == family->scaling_factor)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               _ ("%s holds a VAE of %s, but %s is a U-Net of %s: expected a VAE of the same family"), vae->path,
               limn_family_name (other), unet->path, limn_family_name (checkpoint->family));
  return FALSE;
}

/* A VAE alone says in its folder how latents are scaled. */
static gboolean
check_vae (LimnCheckpoint *checkpoint, GError **error)
{
  const LimnPartData *unet = &checkpoint->parts[LIMN_PART_UNET], *vae = &checkpoint->parts[LIMN_PART_VAE];
  double expected = limn_family_row (checkpoint->family)->scaling_factor;

  if (vae->source == unet->source || !vae->present || fabs (checkpoint->vae.scaling_factor - expected) < 1e-6)
    return TRUE;
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               _ ("%s holds a VAE whose latents are scaled by %g, but %s is a U-Net of %s, which are scaled by %g: "
                  "expected a VAE of the same family"),
               vae->source->path, checkpoint->vae.scaling_factor, unet->source->path,
               limn_family_name (checkpoint->family), expected);
  return FALSE;
}

/* ---- Opening ---- */

static gboolean
read_part (LimnCheckpoint *checkpoint, LimnPartId part, GError **error)
{
  gboolean single = checkpoint->parts[part].source->file != NULL;
  GError *local = NULL;

  if (single ? limn_checkpoint_read_single (checkpoint, part, &local)
             : limn_checkpoint_read_folder (checkpoint, part, &local))
    return TRUE;
  if (single || part != LIMN_PART_UNET)
    return limn_checkpoint_tolerate (checkpoint, part, local, error);
  g_propagate_error (error, local);
  return FALSE;
}

static gboolean
load (LimnCheckpoint *checkpoint, const LimnModelParts *parts, GError **error)
{
  /* A folder says all of the U-Net; what a file does not say of the pooled text, its encoder does. */
  static const LimnPartId orders[2][LIMN_N_PARTS] = {
    { LIMN_PART_UNET, LIMN_PART_VAE, LIMN_PART_TEXT_ENCODER, LIMN_PART_TEXT_ENCODER_2 },
    { LIMN_PART_TEXT_ENCODER, LIMN_PART_TEXT_ENCODER_2, LIMN_PART_UNET, LIMN_PART_VAE },
  };

  g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
  LimnModelParts all;

  if (!limn_checkpoint_resolve (parts, strings, &all, error))
    return FALSE;
  checkpoint->home = find_home (&all);
  if (!limn_checkpoint_open_sources (checkpoint, &all, error)
      || !detect (checkpoint->parts[LIMN_PART_UNET].source,
                  !limn_checkpoint_is_mixed (checkpoint) && !checkpoint->partial, &checkpoint->family, error)
      || !check_families (checkpoint, &all, error))
    return FALSE;

  const LimnFamilyRow *family = limn_family_row (checkpoint->family);
  const LimnPartId *order = orders[checkpoint->parts[LIMN_PART_UNET].source->file != NULL];
  for (int i = 0; i < LIMN_N_PARTS; i++)
    if (family->prefixes[order[i]] != NULL && !read_part (checkpoint, order[i], error))
      return FALSE;
  if (!family->supported) {
    limn_checkpoint_count_stored (checkpoint);
    return TRUE;
  }
  if (!limn_checkpoint_read_schedule (checkpoint, error) || !check_widths (checkpoint, error)
      || !check_vae (checkpoint, error))
    return FALSE;
  limn_checkpoint_take_statistics (checkpoint);
  limn_checkpoint_match (checkpoint);
  return TRUE;
}

/* Where the part is that a problem is of: "unet: conv_in.weight". */
static const char *
place_of (LimnCheckpoint *checkpoint, const char *problem)
{
  for (LimnPartId part = 0; limn_checkpoint_is_mixed (checkpoint) && part < LIMN_N_PARTS; part++) {
    gsize length = strlen (limn_part_name (part));

    if (g_str_has_prefix (problem, limn_part_name (part)) && problem[length] == ':')
      return checkpoint->parts[part].source->path;
  }
  return checkpoint->path;
}

static gboolean
check_problems (LimnCheckpoint *checkpoint, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint n = checkpoint->problems->len;

  if (n == 0)
    return TRUE;
  for (guint i = 0; i < MIN (n, LIMN_PROBLEMS_SHOWN); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "; " : "", (char *) g_ptr_array_index (checkpoint->problems, i));
  if (n > LIMN_PROBLEMS_SHOWN)
    g_string_append_printf (text, P_ ("; and %u more", "; and %u more", n - LIMN_PROBLEMS_SHOWN),
                            n - LIMN_PROBLEMS_SHOWN);
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               P_ ("%s: %u of the tensors that %s needs is missing or unusable: %s",
                   "%s: %u of the tensors that %s needs are missing or unusable: %s", n),
               place_of (checkpoint, checkpoint->problems->pdata[0]), n, limn_family_name (checkpoint->family),
               text->str);
  return FALSE;
}

static void
find_taesd (LimnCheckpoint *checkpoint)
{
  const LimnFamilyRow *family = limn_family_row (checkpoint->family);
  const LimnVaeConfig *vae = &checkpoint->vae;

  if (family->taesd != NULL && vae->latent_channels == LIMN_TAESD_CHANNELS
      && limn_vae_config_factor (vae) == LIMN_TAESD_FACTOR)
    checkpoint->taesd = limn_taesd_file_find (checkpoint->home, family->taesd, limn_arch_vae_is_published (vae, family),
                                              &checkpoint->taesd_problem);
}

static gboolean
check_supported (LimnCheckpoint *checkpoint, GError **error)
{
  if (limn_family_row (checkpoint->family)->supported)
    return TRUE;
  g_autofree char *supported = limn_family_supported_names ();
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               _ ("%s is a %s model: recognised, but not supported yet (Limn runs %s)"), checkpoint->path,
               limn_family_name (checkpoint->family), supported);
  return FALSE;
}

LimnCheckpoint *
limn_checkpoint_open_parts (const LimnModelParts *parts, GError **error)
{
  g_return_val_if_fail (parts->model != NULL || parts->parts[LIMN_PART_UNET] != NULL, NULL);

  g_autoptr (LimnCheckpoint) checkpoint = checkpoint_new (parts, FALSE);
  if (!load (checkpoint, parts, error))
    return NULL;
  if (!check_supported (checkpoint, error) || !check_problems (checkpoint, error))
    return NULL;
  find_taesd (checkpoint);
  return g_steal_pointer (&checkpoint);
}

LimnCheckpoint *
limn_checkpoint_open (const char *path, GError **error)
{
  return limn_checkpoint_open_parts (&(LimnModelParts){ .model = path }, error);
}

/* Whether a part that is there lacks something. */
static gboolean
has_gaps (LimnCheckpoint *checkpoint)
{
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    const GArray *slots = checkpoint->parts[part].slots;

    for (guint i = 0; slots != NULL && i < slots->len; i++)
      if (!g_array_index (slots, LimnSlot, i).found)
        return TRUE;
  }
  return FALSE;
}

LimnCheckpoint *
limn_checkpoint_open_partial (const LimnModelParts *parts, GError **error)
{
  g_return_val_if_fail (parts->model != NULL || parts->parts[LIMN_PART_UNET] != NULL, NULL);

  g_autoptr (LimnCheckpoint) checkpoint = checkpoint_new (parts, TRUE);
  checkpoint->partial = TRUE;
  if (!load (checkpoint, parts, error) || !check_supported (checkpoint, error)
      || ((!checkpoint->parts[LIMN_PART_UNET].present || has_gaps (checkpoint)) && !check_problems (checkpoint, error)))
    return NULL;
  return g_steal_pointer (&checkpoint);
}

LimnCheckpoint *
limn_checkpoint_open_upscaler (const char *path, GError **error)
{
  g_autoptr (LimnCheckpoint) checkpoint = checkpoint_new (&(LimnModelParts){ .model = path }, FALSE);

  checkpoint->upscaler = limn_upscaler_file_open (path, error);
  return checkpoint->upscaler != NULL ? g_steal_pointer (&checkpoint) : NULL;
}

LimnCheckpoint *
limn_checkpoint_open_control (const char *path, GError **error)
{
  g_autoptr (LimnCheckpoint) checkpoint = checkpoint_new (&(LimnModelParts){ .model = path }, FALSE);

  checkpoint->control = limn_control_file_open (path, error);
  return checkpoint->control != NULL ? g_steal_pointer (&checkpoint) : NULL;
}

LimnControlFile *
limn_checkpoint_control_file (LimnCheckpoint *checkpoint)
{
  return checkpoint->control;
}

LimnUpscalerFile *
limn_checkpoint_upscaler (LimnCheckpoint *checkpoint)
{
  return checkpoint->upscaler;
}

LimnModelInfo *
limn_checkpoint_inspect_parts (const LimnModelParts *parts, GError **error)
{
  g_return_val_if_fail (parts->model != NULL || parts->parts[LIMN_PART_UNET] != NULL, NULL);

  g_autoptr (LimnCheckpoint) checkpoint = checkpoint_new (parts, TRUE);
  if (!load (checkpoint, parts, error))
    return NULL;
  return g_steal_pointer (&checkpoint->info);
}

LimnModelInfo *
limn_checkpoint_inspect (const char *path, GError **error)
{
  return limn_checkpoint_inspect_parts (&(LimnModelParts){ .model = path }, error);
}

const LimnModelInfo *
limn_checkpoint_info (LimnCheckpoint *checkpoint)
{
  return checkpoint->info;
}

gboolean
limn_checkpoint_has (LimnCheckpoint *checkpoint, LimnPartId part)
{
  g_return_val_if_fail ((guint) part < LIMN_N_PARTS, FALSE);
  return checkpoint->parts[part].present;
}

const LimnUnetConfig *
limn_checkpoint_unet (LimnCheckpoint *checkpoint)
{
  return &checkpoint->unet;
}

const LimnVaeConfig *
limn_checkpoint_vae (LimnCheckpoint *checkpoint)
{
  return &checkpoint->vae;
}

const LimnClipConfig *
limn_checkpoint_clip (LimnCheckpoint *checkpoint, LimnPartId which)
{
  g_return_val_if_fail (which == LIMN_PART_TEXT_ENCODER || which == LIMN_PART_TEXT_ENCODER_2, NULL);

  if (!checkpoint->parts[which].present)
    return NULL;
  return &checkpoint->clip[which == LIMN_PART_TEXT_ENCODER_2];
}

const LimnScheduleConfig *
limn_checkpoint_schedule (LimnCheckpoint *checkpoint)
{
  return &checkpoint->schedule;
}

LimnTaesdFile *
limn_checkpoint_taesd (LimnCheckpoint *checkpoint, const GError **problem)
{
  if (problem != NULL)
    *problem = checkpoint->taesd_problem;
  return checkpoint->taesd;
}

const char *
limn_checkpoint_tokenizer_dir (LimnCheckpoint *checkpoint, LimnPartId which)
{
  g_return_val_if_fail ((guint) which < LIMN_N_PARTS, NULL);
  return checkpoint->parts[which].tokenizer_dir;
}

static const LimnSlot *
find_slot (LimnCheckpoint *checkpoint, LimnPartId part, const char *name)
{
  g_return_val_if_fail ((guint) part < LIMN_N_PARTS, NULL);

  GHashTable *by_name = checkpoint->parts[part].by_name;
  const LimnSlot *slot = by_name != NULL ? g_hash_table_lookup (by_name, name) : NULL;
  return slot != NULL && slot->found ? slot : NULL;
}

gboolean
limn_checkpoint_find (LimnCheckpoint *checkpoint, LimnPartId part, const char *name, LimnTensorView *view,
                      GError **error)
{
  LimnControlFile *control = limn_checkpoint_control_of (checkpoint, part, name);
  const LimnSlot *slot = find_slot (checkpoint, part, name);

  if (checkpoint->control != NULL && limn_control_file_encoder (checkpoint->control) != NULL)
    return limn_vision_file_tensor (limn_control_file_encoder (checkpoint->control), name, view, error);
  if (control != NULL)
    return limn_controls_tensor (checkpoint->controls, control, name, view, error);
  if (checkpoint->merge != NULL && limn_merge_is_beside (checkpoint->merge, part, name))
    return limn_merge_beside (checkpoint->merge, part, name, view, error);
  if (slot == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: the %s has no tensor %s"), checkpoint->path,
                 limn_arch_part_title (part), name);
    return FALSE;
  }
  *view = slot->view;
  return checkpoint->merge == NULL || limn_merge_tensor (checkpoint->merge, part, name, view, error);
}

gboolean
limn_checkpoint_contains (LimnCheckpoint *checkpoint, LimnPartId part, const char *name)
{
  return find_slot (checkpoint, part, name) != NULL;
}

char *
limn_checkpoint_fingerprint (LimnCheckpoint *checkpoint, LimnPartId part)
{
  const GArray *slots = checkpoint->parts[part].slots;
  g_autoptr (GPtrArray) stored = g_ptr_array_new ();

  for (guint i = 0; slots != NULL && i < slots->len; i++)
    if (g_array_index (slots, LimnSlot, i).stored != NULL)
      g_ptr_array_add (stored, (gpointer) g_array_index (slots, LimnSlot, i).stored);
  return limn_tensors_fingerprint ((const LimnTensor *const *) stored->pdata, stored->len);
}

gboolean
limn_checkpoint_keeps (LimnCheckpoint *checkpoint, const LimnWeightKind *kind)
{
  const LimnKeptBlocks *const all[] = { &checkpoint->unet.kept, &checkpoint->vae.kept, &checkpoint->clip[0].kept,
                                        &checkpoint->clip[1].kept };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    GHashTableIter iter;
    gpointer own;

    if (all[i]->kinds == NULL)
      continue;
    g_hash_table_iter_init (&iter, all[i]->kinds);
    while (g_hash_table_iter_next (&iter, NULL, &own))
      if (own == kind)
        return TRUE;
  }
  return FALSE;
}
