/* control-file.c - a ControlNet's file, by whatever names it has; and files beside a checkpoint's U-Net.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "file/fingerprint.h"
#include "model/checkpoint-private.h"
#include "model/control-file-private.h"
#include "model/written.h"

#define MOST_PICTURE_CHANNELS 4096
#define TELLING "input_hint_block.0.weight"
#define TELLING_DIFFUSERS "controlnet_cond_embedding.conv_in.weight"

static const char *const prefixes[] = { "", "control_model.", "controlnet." };

const char *
limn_control_own_name (const char *name)
{
  int index, end = 0;

  return sscanf (name, "controls.%d.%n", &index, &end) == 1 && end > 0 ? name + end : NULL;
}

static char *
stored_name (gconstpointer data, const char *name)
{
  const LimnControlFile *file = data;
  const char *own = limn_control_own_name (name);

  if (file->config.adapter.factor > 0 || file->config.ip.kind != LIMN_IP_NONE)
    return g_strdup (own);
  g_autofree char *single = own != NULL ? limn_arch_control_single (own, &file->half) : NULL;

  return single != NULL ? g_strconcat (file->prefix, single, NULL) : NULL;
}

/* A matrix whose rows the network has as columns. */
static gboolean
is_transposed (const char *name)
{
  const char *own = limn_control_own_name (name);

  return own != NULL && g_str_equal (own, LIMN_UNION_KINDS ".weight");
}

static gboolean
holds (const LimnControlFile *file, const char *name)
{
  g_autofree char *full = g_strconcat (file->prefix, name, NULL);

  return limn_tensors_find (file->file.tensors, full) != NULL;
}

/* Has it have the original names. */
static gboolean
find_names (LimnControlFile *file, GError **error)
{
  LimnTensors *tensors = file->file.tensors;

  if (!limn_arch_check_control (tensors, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++) {
    file->prefix = prefixes[i];
    if (holds (file, TELLING_DIFFUSERS))
      limn_arch_control_rename (tensors, file->prefix);
    limn_arch_control_rename_union (tensors, file->prefix);
    if (holds (file, TELLING))
      return TRUE;
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s is no ControlNet: it has neither the tensor %s nor %s"),
               limn_tensors_path (tensors), TELLING_DIFFUSERS, TELLING);
  return FALSE;
}

/* What it is told of sizes and pooled text has so many columns as both together: how many of each, the U-Net says. */
static gboolean
read_sizes (LimnControlFile *file, GError **error)
{
  LimnArchScan scan = { file->file.tensors, file->prefix, NULL };
  const LimnFamilyRow *family;

  if (!limn_arch_detect (file->file.tensors, file->prefix, &file->family, error))
    return FALSE;
  family = limn_family_row (file->family);
  if (!limn_arch_control_scan (file->file.tensors, file->prefix, family, &file->half, &file->config, error))
    return FALSE;
  for (int i = 0; i < LIMN_CONTROL_STAGES; i++)
    if (file->config.picture[i] > MOST_PICTURE_CHANNELS) {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: its picture has %d channels; expected at most %d"),
                   limn_tensors_path (file->file.tensors), file->config.picture[i], MOST_PICTURE_CHANNELS);
      return FALSE;
    }
  if (family->size_ids == LIMN_SIZES_NONE)
    return TRUE;
  file->label = limn_arch_scan_dim (&scan, 2, 1, "label_emb.0.0.weight");
  if (scan.error != NULL) {
    g_propagate_error (error, scan.error);
    return FALSE;
  }
  file->half.time_ids = family->size_ids;
  file->half.time_id_channels = 2;
  file->half.pooled_channels = MAX (file->label - 2 * (int) family->size_ids, 1);
  return TRUE;
}

/* Every tensor that the network declares, beside a U-Net of its sizes. */
static gboolean
check_tensors (const LimnControlFile *file, GError **error)
{
  const LimnNetworkShape least = { .batch = 1, .height = 8, .width = 8, .tokens = 77, .steps = 1, .controls = 1 };
  g_autoptr (LimnNet) net = limn_arch_net_new ();
  LimnUnetConfig config = file->half;
  LimnUnetPlans plans;

  config.n_controls = 1;
  config.controls[0] = file->config;
  limn_unet_write (net, &config, &least, &plans);
  limn_unet_plans_clear (&plans);
  return limn_network_file_check (&file->file, net, _ ("%s: tensor %s has shape %s; a ControlNet of its sizes has %s"),
                                  error);
}

/* A folder's only file, or path.  (transfer full) */
static LimnTensors *
open_tensors (const char *path, GError **error)
{
  g_autoptr (GPtrArray) files = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return limn_tensors_open (path, error);
  files = limn_checkpoint_open_weights (path, error);
  if (files != NULL && files->len == 1)
    return limn_tensors_ref (files->pdata[0]);
  if (files != NULL)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s holds a network in several files; a ControlNet is in one"),
                 path);
  return NULL;
}

LimnControlFile *
limn_control_file_new (LimnTensors *tensors, GError **error)
{
  g_autoptr (LimnControlFile) file = g_new0 (LimnControlFile, 1);

  g_atomic_ref_count_init (&file->references);
  file->file = (LimnNetworkFile){ tensors, stored_name, file, is_transposed };
  g_mutex_init (&file->matching);
  if (limn_control_lora_is (tensors))
    return limn_control_lora_read (file, error) ? g_steal_pointer (&file) : NULL;
  if (limn_arch_is_adapter (tensors))
    return limn_adapter_read (file, error) ? g_steal_pointer (&file) : NULL;
  if (limn_arch_is_ip (tensors))
    return limn_arch_check_control (tensors, error) && limn_ip_read (file, error) ? g_steal_pointer (&file) : NULL;
  if (!find_names (file, error) || !read_sizes (file, error) || !check_tensors (file, error))
    return NULL;
  return g_steal_pointer (&file);
}

LimnControlFile *
limn_control_file_open (const char *path, GError **error)
{
  LimnTensors *tensors = open_tensors (path, error);

  return tensors != NULL ? limn_control_file_new (tensors, error) : NULL;
}

LimnControlFile *
limn_control_file_ref (LimnControlFile *file)
{
  g_atomic_ref_count_inc (&file->references);
  return file;
}

void
limn_control_file_unref (LimnControlFile *file)
{
  if (file == NULL || !g_atomic_ref_count_dec (&file->references))
    return;
  limn_tensors_unref (file->file.tensors);
  g_mutex_clear (&file->matching);
  g_free (file->matched);
  limn_vision_file_free (file->encoder);
  g_free (file);
}

LimnFamily
limn_control_file_family (LimnControlFile *file)
{
  return file->family;
}

gboolean
limn_control_file_is_lora (LimnControlFile *file)
{
  return file->lora;
}

gboolean
limn_control_file_is_adapter (LimnControlFile *file)
{
  return file->config.adapter.factor > 0;
}

int
limn_control_file_types (LimnControlFile *file)
{
  return file->config.types;
}

const char *
limn_control_file_path (LimnControlFile *file)
{
  return limn_tensors_path (file->file.tensors);
}

char *
limn_control_file_fingerprint (LimnControlFile *file)
{
  return limn_file_fingerprint (file->file.tensors);
}

static gboolean
has_attention (const LimnControlConfig *config)
{
  gboolean attends = config->mid_depth > 0;

  for (int level = 0; level < 4; level++)
    for (int i = 0; i < LIMN_UNET_MOST_LAYERS; i++)
      attends |= config->down[level][i] > 0;
  return attends;
}

gboolean
limn_control_file_match (LimnControlFile *file, const LimnUnetConfig *unet, const char *model,
                         LimnControlConfig *config, GError **error)
{
  const LimnUnetConfig *half = &file->half;
  if (file->lora)
    return limn_control_lora_match (file, unet, model, config, error);
  if (file->config.ip.kind != LIMN_IP_NONE)
    return limn_ip_match (file, unet, model, config, error);
  gboolean same = half->levels == unet->levels && half->layers_per_block == unet->layers_per_block
                  && half->in_channels == unet->out_channels
                  && file->label == unet->pooled_channels + unet->time_ids * unet->time_id_channels
                  && (half->context_channels == unet->context_channels || !has_attention (&file->config));

  for (int level = 0; same && level < half->levels; level++)
    same = half->channels[level] == unet->channels[level];
  if (file->config.adapter.factor > 0)
    same = limn_adapter_match (file, unet);
  *config = file->config;
  if (!same)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST,
                 file->config.adapter.factor > 0 ? _ ("%s is a T2I-Adapter for %s, whose sizes %s does not have")
                                                 : _ ("%s is a ControlNet for %s, whose sizes %s does not have"),
                 limn_tensors_path (file->file.tensors), limn_family_name (file->family), model);
  return same;
}

guint64
limn_control_file_values (LimnControlFile *file)
{
  guint64 values = 0;

  for (guint i = 0; i < limn_tensors_count (file->file.tensors); i++)
    values += limn_tensors_nth (file->file.tensors, i)->count;
  return values;
}

LimnTensorSource
limn_control_file_source (LimnControlFile *file)
{
  return limn_network_file_source (&file->file);
}
