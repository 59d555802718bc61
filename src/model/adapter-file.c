/* adapter-file.c - a T2I-Adapter's file: its two namings, its sizes from shapes, the U-Nets that it goes with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/arch.h"
#include "model/control-file-private.h"
#include "model/written.h"

#define MOST_CHANNELS 4096
#define MOST_BLOCKS 16
#define FIRST "adapter.conv_in.weight"
#define WIDTH "adapter.body.%d.%s.weight" /* a tensor with as many rows as a level has channels */
#define LEVEL_FIRST "resnets.0.block1"
#define FIRST_LIGHT "adapter.body.0.in_conv.weight"

/* ---- Names ---- */

/* Its authors' names, which diffusers' script takes apart: blocks stand in one row there, those of a light one in rows
 * of their own. */
typedef struct {
  int blocks; /* a level; 0: a light one's */
  const char *prefix;
} Naming;

static char *
diffusers_name (const char *name, gconstpointer data)
{
  const Naming *naming = data;
  int number, inner, end = 0;

  if (g_str_has_prefix (name, "conv_in."))
    return g_strconcat (naming->prefix, name, NULL);
  if (sscanf (name, "body.%d.%n", &number, &end) != 1 || end == 0 || number < 0)
    return NULL;
  const char *rest = name + end;
  if (naming->blocks == 0 && sscanf (rest, "body.%d.%n", &inner, &end) == 1 && end > 0
      && strchr (rest + 5, '.') != NULL)
    return g_strdup_printf ("%sbody.%d.resnets.%d.%s", naming->prefix, number, inner, strchr (rest + 5, '.') + 1);
  if (naming->blocks == 0 || g_str_has_prefix (rest, "in_conv."))
    return g_strdup_printf ("%sbody.%d.%s", naming->prefix, number / MAX (naming->blocks, 1), rest);
  return g_strdup_printf ("%sbody.%d.resnets.%d.%s", naming->prefix, number / naming->blocks, number % naming->blocks,
                          rest);
}

/* Has it have diffusers' names. */
static void
find_names (LimnTensors *tensors)
{
  static const char *const befores[] = { "", "adapter." };

  if (limn_arch_holds (tensors, FALSE, ".resnets."))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (befores); i++) {
    LimnArchScan scan = { tensors, befores[i], NULL };
    Naming naming = { 0, i == 0 ? "adapter." : "" };
    int bodies = limn_arch_scan_count (&scan, LIMN_ADAPTER_LEVELS * MOST_BLOCKS, "body.");

    if (bodies > 0 && limn_arch_scan_has (&scan, "conv_in.weight"))
      naming.blocks = (bodies + LIMN_ADAPTER_LEVELS - 1) / LIMN_ADAPTER_LEVELS;
    if (bodies == 0)
      continue;
    limn_tensors_rename (tensors, befores[i], diffusers_name, &naming);
    return;
  }
}

/* ---- Sizes ---- */

static gboolean
read_columns (int columns, LimnAdapterConfig *own)
{
  static const int factors[] = { LIMN_ADAPTER_FACTOR, LIMN_ADAPTER_FACTOR_XL };

  for (guint i = 0; i < G_N_ELEMENTS (factors); i++)
    for (int planes = 1; planes <= 3; planes += 2) {
      own->factor = factors[i];
      own->planes = planes;
      if (limn_adapter_columns (own) == columns)
        return TRUE;
    }
  return FALSE;
}

static gboolean
check_channels (const LimnControlFile *file, GError **error)
{
  for (int level = 0; level < LIMN_ADAPTER_LEVELS; level++)
    if (file->half.channels[level] > MOST_CHANNELS || file->half.channels[level] % 8 != 0) {
      g_autofree char *name = g_strdup_printf (WIDTH, level, file->config.adapter.light ? "out_conv" : LEVEL_FIRST);

      g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                   _ ("%s: tensor %s of a T2I-Adapter has %d channels; expected them in eights, at most %d"),
                   limn_tensors_path (file->file.tensors), name, file->half.channels[level], MOST_CHANNELS);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_sizes (LimnControlFile *file, GError **error)
{
  LimnArchScan scan = { file->file.tensors, "", NULL };
  LimnAdapterConfig *own = &file->config.adapter;
  const char *path = limn_tensors_path (file->file.tensors);

  own->light = limn_arch_holds (file->file.tensors, FALSE, ".out_conv.");
  const char *first = own->light ? FIRST_LIGHT : FIRST;
  if (!limn_arch_scan_has (&scan, "%s", first)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s is a T2I-Adapter, but its tensor %s is missing"), path,
                 first);
    return FALSE;
  }
  own->blocks = limn_arch_scan_count (&scan, MOST_BLOCKS, "adapter.body.0.resnets.");
  int columns = limn_arch_scan_dim (&scan, 4, 1, "%s", first);
  for (int level = 0; level < LIMN_ADAPTER_LEVELS; level++)
    file->half.channels[level] = limn_arch_scan_dim (&scan, 4, 0, WIDTH, level, own->light ? "out_conv" : LEVEL_FIRST);
  if (scan.error != NULL) {
    g_propagate_error (error, scan.error);
    return FALSE;
  }
  if (!read_columns (columns, own)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s: a T2I-Adapter whose first layer reads %d values a place; expected 64 or 192, of 8 x 8 grey or "
                    "coloured pixels, or, for SDXL, 256 or 768, of 16 x 16"),
                 path, columns);
    return FALSE;
  }
  return check_channels (file, error);
}

/* Every tensor that the network declares, and none beside: what it knows nothing of would count. */
static gboolean
check_tensors (LimnControlFile *file, GError **error)
{
  g_autoptr (LimnNet) net = limn_arch_net_new ();
  g_autoptr (LimnArchList) list = limn_arch_list_new ();
  const LimnAdapterConfig *own = &file->config.adapter;
  LimnPlan *plan = limn_net_begin (net);
  guint n;

  limn_net_push (net, "controls.0");
  limn_adapter_write (net, own, file->half.channels,
                      limn_plan_host_array (plan, limn_net_store (net), 1, 8, 8, limn_adapter_columns (own)), NULL);
  limn_net_pop (net);
  limn_plan_free (limn_net_end (net));
  if (!limn_network_file_check (&file->file, net, _ ("%s: tensor %s has shape %s; a T2I-Adapter of its sizes has %s"),
                                error))
    return FALSE;
  limn_arch_list_add_net (list, net);
  n = limn_arch_list_length (list);
  for (guint i = 0; i < limn_tensors_count (file->file.tensors); i++) {
    const char *name = limn_tensors_nth (file->file.tensors, i)->name;
    gboolean known = FALSE;

    for (guint k = 0; !known && k < n; k++)
      known = g_strcmp0 (limn_control_own_name (limn_arch_list_nth (list, k)->name), name) == 0;
    if (!known) {
      g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: a T2I-Adapter of its sizes has no tensor %s"),
                   limn_tensors_path (file->file.tensors), name);
      return FALSE;
    }
  }
  return TRUE;
}

static LimnFamily
family_of (const LimnAdapterConfig *own)
{
  return own->factor == LIMN_ADAPTER_FACTOR_XL ? LIMN_FAMILY_SDXL_BASE : LIMN_FAMILY_SD15;
}

LimnFamily
limn_arch_adapter_family (LimnTensors *file)
{
  static const char *const firsts[] = { FIRST, FIRST_LIGHT, "conv_in.weight", "body.0.in_conv.weight" };
  LimnAdapterConfig own;

  for (guint i = 0; i < G_N_ELEMENTS (firsts); i++) {
    const LimnTensor *first = limn_tensors_find (file, firsts[i]);

    if (first != NULL && first->rank == 4 && first->shape[1] <= MOST_CHANNELS
        && read_columns ((int) first->shape[1], &own))
      return family_of (&own);
  }
  return LIMN_FAMILY_UNKNOWN;
}

gboolean
limn_adapter_read (LimnControlFile *file, GError **error)
{
  find_names (file->file.tensors);
  if (!read_sizes (file, error))
    return FALSE;
  file->family = family_of (&file->config.adapter);
  return check_tensors (file, error);
}

/* ---- Beside a U-Net ---- */

gboolean
limn_adapter_match (const LimnControlFile *file, const LimnUnetConfig *unet)
{
  const LimnAdapterConfig *own = &file->config.adapter;
  gboolean same = unet->levels == LIMN_ADAPTER_LEVELS - (own->factor == LIMN_ADAPTER_FACTOR_XL ? 1 : 0);

  for (int level = 0; same && level < LIMN_ADAPTER_LEVELS; level++)
    same = file->half.channels[level] == unet->channels[MIN (level, unet->levels - 1)];
  return same;
}
