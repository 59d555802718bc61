/* convert.c - what the file is to hold; see convert.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/convert-private.h"

#include <string.h>

#include "base/i18n.h"
#include "model/quantized.h"

static void
target_clear (gpointer data)
{
  LimnConvertTarget *target = data;

  g_free (target->name);
  g_free (target->values);
}

/* Files with transformers' names leave out a layer that nothing reads, which files with OpenCLIP's have: another takes
 * its place. */
static gboolean
lacks_layer (LimnCheckpoint *checkpoint, LimnPartId part)
{
  return part >= LIMN_PART_TEXT_ENCODER && !checkpoint->parts[part].open_clip
         && limn_family_row (checkpoint->family)->encoders[part - LIMN_PART_TEXT_ENCODER].cut;
}

/* As single files have it, whatever checkpoint's names are. */
static LimnArchList *
list_part (LimnCheckpoint *checkpoint, LimnPartId part)
{
  gboolean open_clip = part >= LIMN_PART_TEXT_ENCODER
                       && limn_family_row (checkpoint->family)->encoders[part - LIMN_PART_TEXT_ENCODER].open_clip;

  return limn_checkpoint_list_part (checkpoint, part, lacks_layer (checkpoint, part), open_clip);
}

/* What tensor is written of. */
static const char *
source_name (LimnCheckpoint *checkpoint, LimnPartId part, LimnArchList *list, const LimnArchTensor *tensor)
{
  int last = part >= LIMN_PART_TEXT_ENCODER ? checkpoint->clip[part - LIMN_PART_TEXT_ENCODER].layers : 0;
  g_autofree char *layer = g_strdup_printf (".layers.%d.", last);
  const char *at = lacks_layer (checkpoint, part) ? strstr (tensor->name, layer) : NULL;

  if (at == NULL)
    return tensor->name;
  return limn_arch_list_string (list, g_strdup_printf ("%.*s.layers.%d.%s", (int) (at - tensor->name), tensor->name,
                                                       last - 1, at + strlen (layer)));
}

/* Before the names of part. */
static const char *
prefix_of (LimnCheckpoint *checkpoint, LimnPartId part)
{
  gboolean alone = TRUE;

  for (LimnPartId other = 0; other < LIMN_N_PARTS; other++)
    alone = alone && (other == part || !checkpoint->parts[other].present);
  return alone ? "" : limn_family_row (checkpoint->family)->prefixes[part];
}

static LimnType
type_for (const LimnConvert *convert, LimnPartId part, const LimnArchTensor *tensor, LimnType stored)
{
  LimnType type = limn_quantized_type (convert->type, part, tensor);

  if (tensor->rank < 2 && convert->type != LIMN_TYPE_F16 && stored != LIMN_TYPE_F16)
    return LIMN_TYPE_F32;
  return type;
}

/* tensor: the first of those that are stacked. */
static gboolean
add_tensor (LimnConvert *convert, LimnPartId part, LimnArchList *list, const LimnArchTensor *tensor, GError **error)
{
  LimnConvertTarget target = { .part = part, .transposed = tensor->transposed, .slices = tensor->slices };
  LimnTensorView view;

  target.names[0] = source_name (convert->checkpoint, part, list, tensor);
  if (!limn_checkpoint_find (convert->checkpoint, part, target.names[0], &view, error))
    return FALSE;
  target.name = g_strconcat (prefix_of (convert->checkpoint, part), tensor->single, NULL);
  target.rank = tensor->rank;
  memcpy (target.shape, tensor->shape, sizeof tensor->shape);
  if (tensor->transposed) {
    target.shape[0] = tensor->shape[1];
    target.shape[1] = tensor->shape[0];
  }
  target.shape[0] *= (guint64) tensor->slices;
  target.type = type_for (convert, part, tensor, view.type);
  if (part == LIMN_PART_VAE && target.rank == 2) { /* whose attention is of 1 x 1 convolutions */
    target.shape[2] = target.shape[3] = 1;
    target.rank = 4;
  }
  g_array_append_val (convert->targets, target);
  return TRUE;
}

/* To the one that its first slice is of. */
static void
add_slice (LimnConvert *convert, LimnPartId part, LimnArchList *list, const LimnArchTensor *tensor)
{
  g_autofree char *name = g_strconcat (prefix_of (convert->checkpoint, part), tensor->single, NULL);
  guint i = convert->targets->len;

  g_assert (tensor->slice < LIMN_CONVERT_SLICES);
  while (!g_str_equal (g_array_index (convert->targets, LimnConvertTarget, --i).name, name))
    g_assert (i > 0);
  g_array_index (convert->targets, LimnConvertTarget, i).names[tensor->slice] =
      source_name (convert->checkpoint, part, list, tensor);
}

static gboolean
add_part (LimnConvert *convert, LimnPartId part, GError **error)
{
  LimnArchList *list = list_part (convert->checkpoint, part);

  g_ptr_array_add (convert->lists, list);
  for (guint i = 0; i < limn_arch_list_length (list); i++) {
    const LimnArchTensor *tensor = limn_arch_list_nth (list, i);

    if (tensor->slice > 0)
      add_slice (convert, part, list, tensor);
    else if (!add_tensor (convert, part, list, tensor, error))
      return FALSE;
  }
  return TRUE;
}

static void
add_numbers (LimnConvert *convert, const char *name, const double *numbers, guint64 n)
{
  LimnConvertTarget target = { .name = g_strdup (name), .type = LIMN_TYPE_F32, .rank = 1, .shape = { n } };

  target.values = g_new (float, n);
  for (guint64 i = 0; i < n; i++)
    target.values[i] = (float) numbers[i];
  g_array_append_val (convert->targets, target);
}

/* By which readers tell what the model predicts. */
static void
add_marks (LimnConvert *convert)
{
  const LimnScheduleConfig *schedule = &convert->checkpoint->schedule;
  const LimnVaeConfig *vae = &convert->checkpoint->vae;
  const double one = 1;

  switch (schedule->prediction) {
  case LIMN_PREDICTS_VELOCITY_ZSNR:
    add_numbers (convert, "ztsnr", &one, 1);
    G_GNUC_FALLTHROUGH;
  case LIMN_PREDICTS_VELOCITY:
    add_numbers (convert, "v_pred", &one, 1);
    break;
  case LIMN_PREDICTS_EDM:
    add_numbers (convert, "edm_mean", vae->mean, 4);
    add_numbers (convert, "edm_std", vae->deviation, 4);
    break;
  case LIMN_PREDICTS_EDM_VELOCITY:
    add_numbers (convert, "edm_vpred.sigma_min", &schedule->least, 1);
    add_numbers (convert, "edm_vpred.sigma_max", &schedule->most, 1);
    break;
  default:
    break;
  }
}

/* Scales of fp8, beside what they scale, and the mark that there are some. */
static void
add_scales (LimnConvert *convert)
{
  guint n = convert->targets->len;
  const double one = 1;

  if (convert->gguf || convert->type == LIMN_TYPE_F16)
    return;
  for (guint i = 0; i < n; i++) {
    const LimnConvertTarget *target = &g_array_index (convert->targets, LimnConvertTarget, i);

    if (target->type != convert->type)
      continue;
    g_autofree char *name =
        g_strdup_printf ("%.*s.scale_weight", (int) (strlen (target->name) - strlen (".weight")), target->name);
    add_numbers (convert, name, &one, 1);
    g_array_index (convert->targets, LimnConvertTarget, i).scaled_by = convert->targets->len - 1;
  }
  g_autofree char *mark = g_strconcat (prefix_of (convert->checkpoint, LIMN_PART_UNET), "scaled_fp8", NULL);
  LimnConvertTarget target = { .name = g_steal_pointer (&mark), .type = convert->type, .rank = 1 };
  target.values = g_new0 (float, 1);
  g_array_append_val (convert->targets, target);
}

static gboolean
plan (LimnConvert *convert, GError **error)
{
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    if (convert->checkpoint->parts[part].present && !add_part (convert, part, error))
      return FALSE;
  add_marks (convert);
  add_scales (convert);
  return TRUE;
}

LimnConversion *
limn_checkpoint_convert (LimnCheckpoint *checkpoint, LimnType type, gboolean gguf, const char *path,
                         const LimnTick *tick, GError **error)
{
  g_autoptr (GArray) targets = g_array_new (FALSE, TRUE, sizeof (LimnConvertTarget));
  g_autoptr (GPtrArray) lists = g_ptr_array_new_with_free_func ((GDestroyNotify) limn_arch_list_free);
  g_autoptr (LimnConversion) conversion = limn_conversion_new ();
  LimnConvert convert = { checkpoint, type, gguf, path, targets, lists, conversion, tick };

  g_array_set_clear_func (targets, target_clear);
  if (!plan (&convert, error) || !limn_convert_write (&convert, error))
    return NULL;
  return g_steal_pointer (&conversion);
}
