/* arch-control.c - the tensors of ControlNets, their two namings, and their sizes from shapes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/arch.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/control.h"
#include "model/written.h"

#define MOST_PICTURE_CHANNELS 4096
#define MOST_TYPES 64
#define MOST_FUSERS 16

/* The picture's convolutions stand in one row there, each but the last before a module without weights. */
static char *
picture_name (const char *name)
{
  int number, end = 0;

  if (g_str_has_prefix (name, "conv_in."))
    return g_strconcat ("input_hint_block.0", strchr (name, '.'), NULL);
  if (g_str_has_prefix (name, "conv_out."))
    return g_strdup_printf ("input_hint_block.%d%s", 4 * LIMN_CONTROL_STAGES - 2, strchr (name, '.'));
  if (sscanf (name, "blocks.%d%n", &number, &end) == 1 && number >= 0 && number < 2 * (LIMN_CONTROL_STAGES - 1))
    return g_strdup_printf ("input_hint_block.%d%s", 2 * number + 2, name + end);
  return NULL;
}

/* A ControlNet Union has one name for each of these, but for attention's first layer, where some have a dot more. */
static char *
union_name (const char *name)
{
  static const char *const begins[] = { LIMN_UNION_KINDS, "transformer_layes.", "spatial_ch_projs.",
                                        "control_add_embedding." };
  const char *dot = strstr (name, ".attn.in_proj_");

  for (guint i = 0; i < G_N_ELEMENTS (begins); i++) {
    if (!g_str_has_prefix (name, begins[i]))
      continue;
    if (i == 0)
      return g_strdup (LIMN_UNION_KINDS);
    if (dot != NULL)
      return g_strdup_printf ("%.*s.attn.in_proj.%s", (int) (dot - name), name, dot + strlen (".attn.in_proj_"));
    return g_strdup (name);
  }
  return NULL;
}

static char *
union_rename (const char *name, gconstpointer config)
{
  return union_name (name);
}

char *
limn_arch_control_single (const char *name, gconstpointer config)
{
  char *of_union = union_name (name);
  static const char picture[] = "controlnet_cond_embedding.", middle[] = "controlnet_mid_block.";
  int number, end = 0;

  if (of_union != NULL)
    return of_union;
  if (g_str_has_prefix (name, picture))
    return picture_name (name + strlen (picture));
  if (g_str_has_prefix (name, middle))
    return g_strconcat ("middle_block_out.0.", name + strlen (middle), NULL);
  if (sscanf (name, "controlnet_down_blocks.%d%n", &number, &end) == 1)
    return g_strdup_printf ("zero_convs.%d.0%s", number, name + end);
  return limn_arch_unet_single (name, config);
}

void
limn_arch_control_rename (LimnTensors *file, const char *prefix)
{
  LimnUnetConfig config;

  limn_arch_unet_count (file, prefix, &config);
  limn_tensors_rename (file, prefix, limn_arch_control_single, &config);
}

/* Where it has no blocks, a transformer may have its projections. */
static void
find_bare (LimnArchScan *scan, const LimnUnetConfig *half, LimnControlConfig *config)
{
  for (int level = 0; level < half->levels; level++)
    for (int i = 0; i < half->layers_per_block; i++) {
      int block = level * (half->layers_per_block + 1) + i + 1;

      if (config->down[level][i] == 0 && limn_arch_scan_has (scan, "input_blocks.%d.1.proj_in.weight", block))
        config->down[level][i] = LIMN_BARE;
    }
  if (config->mid_depth == 0 && limn_arch_scan_has (scan, "middle_block.1.proj_in.weight"))
    config->mid_depth = LIMN_BARE;
}

void
limn_arch_control_rename_union (LimnTensors *file, const char *prefix)
{
  limn_tensors_rename (file, prefix, union_rename, NULL);
}

gboolean
limn_arch_control_is_union (LimnTensors *file)
{
  static const char *const telling[] = { LIMN_UNION_KINDS, "transformer_layes.", "control_add_embedding." };
  gboolean is = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (telling); i++)
    is |= limn_arch_holds (file, FALSE, telling[i]);
  return is;
}

int
limn_arch_control_types (LimnTensors *file)
{
  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);

    if (tensor->rank == 2 && g_str_has_suffix (tensor->name, LIMN_UNION_KINDS))
      return (int) MIN (tensor->shape[0], MOST_TYPES);
  }
  return 0;
}

/* Which kinds of pictures it is told apart, if it is told any. */
static gboolean
scan_union (LimnArchScan *scan, const LimnUnetConfig *half, LimnControlConfig *config, GError **error)
{
  const int channels = half->channels[0];
  int columns;

  if (!limn_arch_control_is_union (scan->file))
    return TRUE;
  config->types = limn_arch_scan_dim (scan, 2, 0, LIMN_UNION_KINDS);
  columns = limn_arch_scan_dim (scan, 2, 1, "control_add_embedding.linear_1.weight");
  config->fusers = limn_arch_scan_count (scan, MOST_FUSERS, "transformer_layes.");
  if (scan->error != NULL) {
    g_propagate_error (error, scan->error);
    return FALSE;
  }
  config->type_channels = columns / config->types;
  if (config->types > MOST_TYPES || columns % (2 * config->types) != 0 || !limn_union_fuses (channels)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s: a ControlNet Union of %d kinds, %d sinusoids and %d channels; expected at most %d kinds, as "
                    "many sinusoids of each, and channels in eights"),
                 limn_tensors_path (scan->file), config->types, columns, channels, MOST_TYPES);
    return FALSE;
  }
  return TRUE;
}

gboolean
limn_arch_control_scan (LimnTensors *file, const char *prefix, const LimnFamilyRow *family, LimnUnetConfig *half,
                        LimnControlConfig *config, GError **error)
{
  LimnArchScan scan = { file, prefix, NULL };

  limn_arch_unet_scan_half (&scan, family, half);
  half->out_channels = half->in_channels;
  half->sample_size = family->sample_size;
  if (half->context_channels == 0) /* without attention it reads none */
    half->context_channels = 8;
  for (int i = 0; i < LIMN_CONTROL_STAGES; i++)
    config->picture[i] = limn_arch_scan_dim (&scan, 4, 0, "input_hint_block.%d.weight", 4 * i);
  if (scan.error != NULL) {
    g_propagate_error (error, scan.error);
    return FALSE;
  }
  if (!limn_arch_unet_check (half, limn_tensors_path (file), error))
    return FALSE;
  memcpy (config->down, half->down, sizeof config->down);
  config->mid_layers = half->mid_layers;
  config->mid_depth = half->mid_depth;
  config->linear_projection = half->linear_projection;
  find_bare (&scan, half, config);
  return scan_union (&scan, half, config, error);
}
