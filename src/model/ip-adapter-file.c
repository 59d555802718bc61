/* ip-adapter-file.c - an IP-Adapter's file: which of three kinds it is, its sizes from shapes, the encoder that it sees
 * by, the U-Nets that it goes with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/arch.h"
#include "model/control-file-private.h"
#include "model/written.h"

#define FIRST_KEY "ip_adapter.1.to_k_ip.weight"
#define KEYS ".to_k_ip.weight"
#define MOST_LAYERS 64
#define FACE_CHANNELS 512 /* of what recognises a face, instead of CLIP */

/* ---- Sizes ---- */

static gboolean
refuse (const LimnControlFile *file, GError **error)
{
  const LimnIpConfig *own = &file->config.ip;

  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               _ ("%s: an IP-Adapter that makes %d tokens of %d channels from %d values, by %d layers of %d and %d "
                  "channels; expected all of these in eights, and %d a head"),
               limn_tensors_path (file->file.tensors), own->tokens, own->context, own->channels, own->depth, own->width,
               own->inner, LIMN_IP_HEAD);
  return FALSE;
}

static void
scan_resampled (LimnArchScan *scan, LimnIpConfig *own)
{
  own->kind = LIMN_IP_RESAMPLED;
  own->tokens = limn_arch_scan_dim (scan, 3, 1, LIMN_IP_QUERIES);
  own->width = limn_arch_scan_dim (scan, 3, 2, LIMN_IP_QUERIES);
  own->channels = limn_arch_scan_dim (scan, 2, 1, "image_proj.proj_in.weight");
  own->depth = limn_arch_scan_count (scan, MOST_LAYERS, "image_proj.layers.");
  own->inner = limn_arch_scan_dim (scan, 2, 0, "image_proj.layers.0.0.to_q.weight");
  own->forward = limn_arch_scan_dim (scan, 2, 0, "image_proj.layers.0.1.1.weight");
}

/* All but what its encoder says. */
static gboolean
read_sizes (LimnControlFile *file, GError **error)
{
  LimnArchScan scan = { file->file.tensors, "", NULL };
  LimnIpConfig *own = &file->config.ip;
  int columns = 0;

  own->context = limn_arch_scan_dim (&scan, 2, 1, FIRST_KEY);
  if (limn_arch_scan_has (&scan, LIMN_IP_QUERIES))
    scan_resampled (&scan, own);
  else if (limn_arch_scan_has (&scan, "image_proj.proj.3.weight")) {
    own->kind = LIMN_IP_WHOLE;
    own->width = limn_arch_scan_dim (&scan, 2, 0, "image_proj.proj.0.weight");
    own->channels = limn_arch_scan_dim (&scan, 2, 1, "image_proj.proj.0.weight");
  } else {
    own->kind = LIMN_IP_POOLED;
    columns = limn_arch_scan_dim (&scan, 2, 0, "image_proj.proj.weight");
    own->channels = limn_arch_scan_dim (&scan, 2, 1, "image_proj.proj.weight");
    own->tokens = columns / MAX (own->context, 1);
  }
  if (scan.error != NULL) {
    g_propagate_error (error, scan.error);
    return FALSE;
  }
  if (own->context % 8 != 0 || own->width % 8 != 0 || own->forward % 8 != 0 || own->inner % LIMN_IP_HEAD != 0
      || (own->kind == LIMN_IP_RESAMPLED && own->inner == 0)
      || (own->kind == LIMN_IP_POOLED && (own->tokens == 0 || columns != own->tokens * own->context)))
    return refuse (file, error);
  return TRUE;
}

/* What makes tokens of an answer, which no U-Net has a say in. */
static gboolean
check_projection (LimnControlFile *file, GError **error)
{
  g_autoptr (LimnNet) net = limn_arch_net_new ();
  const LimnNetworkShape shape = { .batch = 1, .controls = 1 };
  g_autofree LimnUnetConfig *config = g_new0 (LimnUnetConfig, 1);
  g_autofree LimnUnetPlans *plans = g_new0 (LimnUnetPlans, 1);
  LimnHoistInputs inputs = { 0 };

  config->n_controls = 1;
  config->controls[0] = file->config;
  limn_net_begin (net);
  limn_ip_write (net, config, &shape, plans, &inputs);
  limn_plan_free (limn_net_end (net));
  return limn_network_file_check (&file->file, net, _ ("%s: tensor %s has shape %s; an IP-Adapter of its sizes has %s"),
                                  error);
}

LimnFamily
limn_arch_ip_family (LimnTensors *file)
{
  const LimnTensor *key = limn_tensors_find (file, FIRST_KEY);

  if (key == NULL || key->rank != 2)
    return LIMN_FAMILY_UNKNOWN;
  return key->shape[1] == 2048   ? LIMN_FAMILY_SDXL_BASE
         : key->shape[1] == 1024 ? LIMN_FAMILY_SD21
         : key->shape[1] == 768  ? LIMN_FAMILY_SD15
                                 : LIMN_FAMILY_UNKNOWN;
}

gboolean
limn_arch_ip_sees_faces (LimnTensors *file)
{
  const LimnTensor *first = limn_tensors_find (file, "image_proj.proj.0.weight");

  return (first != NULL && first->rank == 2 && first->shape[1] == FACE_CHANNELS)
         || limn_arch_holds (file, TRUE, "image_proj.perceiver_resampler.");
}

gboolean
limn_ip_read (LimnControlFile *file, GError **error)
{
  LimnIpConfig *own = &file->config.ip;

  file->family = limn_arch_ip_family (file->file.tensors);
  if (!read_sizes (file, error))
    return FALSE;
  const gboolean pooled = own->kind == LIMN_IP_POOLED;
  file->encoder = limn_vision_file_find (limn_tensors_path (file->file.tensors), pooled, own->channels, error);
  if (file->encoder == NULL)
    return FALSE;
  file->sight = *limn_vision_file_config (file->encoder);
  if (!pooled)
    file->sight.layers.projection = 0;
  limn_vision_answer (&file->sight, &own->rows, &own->channels);
  if (own->kind == LIMN_IP_WHOLE)
    own->tokens = own->rows;
  return check_projection (file, error);
}

LimnVisionFile *
limn_control_file_encoder (LimnControlFile *file)
{
  return file->encoder;
}

const LimnVisionConfig *
limn_control_file_sight (LimnControlFile *file)
{
  return file->encoder != NULL ? &file->sight : NULL;
}

/* ---- Beside a U-Net ---- */

static guint
count_keys (LimnTensors *tensors)
{
  guint n = 0;

  for (guint i = 0; i < limn_tensors_count (tensors); i++)
    n += g_str_has_suffix (limn_tensors_nth (tensors, i)->name, KEYS);
  return n;
}

/* A layer for each of the U-Net's, and no more: else it is another's. */
static gboolean
check_layers (LimnControlFile *file, const LimnUnetConfig *unet, GError **error)
{
  const LimnNetworkShape least = { .batch = 1, .height = 8, .width = 8, .tokens = 77, .steps = 1, .controls = 1 };
  g_autoptr (LimnNet) net = limn_arch_net_new ();
  g_autoptr (LimnArchList) list = limn_arch_list_new ();
  g_autofree LimnUnetConfig *config = g_memdup2 (unet, sizeof *unet);
  g_autofree LimnUnetPlans *plans = g_new0 (LimnUnetPlans, 1);
  guint layers = 0;

  config->n_controls = 1;
  config->controls[0] = file->config;
  limn_unet_write (net, config, &least, plans);
  limn_unet_plans_clear (plans);
  limn_arch_list_add_net (list, net);
  for (guint i = 0; i < limn_arch_list_length (list); i++)
    layers += g_str_has_suffix (limn_arch_list_nth (list, i)->name, KEYS);
  return layers == count_keys (file->file.tensors)
         && limn_network_file_check (&file->file, net,
                                     _ ("%s: tensor %s has shape %s; an IP-Adapter of its sizes has %s"), error);
}

gboolean
limn_ip_match (LimnControlFile *file, const LimnUnetConfig *unet, const char *model, LimnControlConfig *config,
               GError **error)
{
  gboolean good;

  *config = file->config;
  g_mutex_lock (&file->matching);
  good = file->matched != NULL && memcmp (file->matched, unet, sizeof *unet) == 0;
  if (!good && unet->n_controls == 0 && file->config.ip.context == unet->context_channels
      && (good = check_layers (file, unet, error))) {
    g_free (file->matched);
    file->matched = g_memdup2 (unet, sizeof *unet);
  }
  g_mutex_unlock (&file->matching);
  if (!good && (error == NULL || *error == NULL))
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_REQUEST, _ ("%s is an IP-Adapter for %s, whose sizes %s does not have"),
                 limn_tensors_path (file->file.tensors), limn_family_name (file->family), model);
  return good;
}
