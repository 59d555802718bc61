/* checkpoint-merge.c - a checkpoint with LoRAs merged into its tensors; see lora.h.
 *
 * What is merged is made of the original's values in fp32, one tensor at a time, whenever a network asks for it:
 * nothing of it is kept, and without the LoRAs every bit is the original's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "model/checkpoint-private.h"
#include "model/lora.h"
#include "model/quantized.h"

struct _LimnMerge {
  LimnCheckpoint *base;
  LimnType fit; /* what linear layers become; LIMN_TYPE_F16: none does */
  GArray *uses; /* LimnLoraUse; their LoRAs are referenced */
  char *texts[LIMN_N_PARTS];
  GPtrArray *values; /* float *: what views point to */
};

static void
use_clear (gpointer data)
{
  limn_lora_unref (((LimnLoraUse *) data)->lora);
}

void
limn_merge_free (LimnMerge *merge)
{
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    g_free (merge->texts[part]);
  g_array_unref (merge->uses);
  g_ptr_array_unref (merge->values);
  limn_checkpoint_unref (merge->base);
  g_free (merge);
}

static double
strength_of (const LimnMerge *merge, const LimnLoraUse *use, LimnPartId part, const char *name)
{
  int block =
      use->by_blocks && part == LIMN_PART_UNET ? limn_lora_block (name, limn_checkpoint_unet (merge->base)) : -1;

  return use->strengths[part] * (block >= 0 ? use->blocks[block] : 1);
}

static gboolean
applies (const LimnMerge *merge, const LimnLoraUse *use, LimnPartId part, const char *name)
{
  return limn_lora_changes (use->lora, part, name) && strength_of (merge, use, part, name) != 0;
}

static gboolean
changes (const LimnMerge *merge, LimnPartId part, const char *name)
{
  for (guint i = 0; i < merge->uses->len; i++)
    if (applies (merge, &g_array_index (merge->uses, LimnLoraUse, i), part, name))
      return TRUE;
  return FALSE;
}

/* ---- A tensor ---- */

static float *
read_original (const LimnTensorView *view)
{
  guint64 rows = view->shape[0], columns = 1;

  for (int i = 1; i < view->rank; i++)
    columns *= view->shape[i];
  float *values = g_new (float, rows *columns);
  if (!view->transposed)
    limn_type_to_float (view->type, view->data, 0, rows * columns, values);
  for (guint64 i = 0; view->transposed && i < rows * columns; i++)
    limn_type_to_float (view->type, view->data, i % columns * rows + i / columns, 1, &values[i]);
  limn_tensor_view_scale_values (view, 0, rows * columns, values);
  return values;
}

gboolean
limn_merge_tensor (LimnMerge *merge, LimnPartId part, const char *name, LimnTensorView *view, GError **error)
{
  if (!changes (merge, part, name))
    return TRUE;

  float *values = read_original (view);
  g_ptr_array_add (merge->values, values);
  for (guint i = 0; i < merge->uses->len; i++) {
    const LimnLoraUse *use = &g_array_index (merge->uses, LimnLoraUse, i);
    if (applies (merge, use, part, name)
        && !limn_lora_apply (use->lora, part, name, strength_of (merge, use, part, name), values, error))
      return FALSE;
  }
  view->type = LIMN_TYPE_F32;
  view->data = (const guint8 *) values;
  view->transposed = FALSE;
  view->scales = NULL;
  view->tensors = NULL;
  return TRUE;
}

void
limn_merge_release (LimnMerge *merge)
{
  g_ptr_array_set_size (merge->values, 0);
}

/* ---- Blocks that cannot stay, and others that come ---- */

static guint64
mix (guint64 hash, const char *text)
{
  for (; *text != '\0'; text++)
    hash = (hash ^ (guint8) *text) * G_GUINT64_CONSTANT (1099511628211);
  return hash;
}

/* As what tensor is laid out: own, of the base, where it stays as it is. */
static const LimnWeightKind *
kind_for (const LimnMerge *merge, LimnPartId part, const LimnArchTensor *tensor, const LimnWeightKind *own)
{
  LimnType type = limn_quantized_type (merge->fit, part, tensor);

  if (own != NULL && !changes (merge, part, tensor->name))
    return own;
  return type != LIMN_TYPE_F16 ? limn_weight_kind_for (limn_type_name (type), tensor->shape[1]) : NULL;
}

/* kept without what merge changes, and with what is made to fit: the base's own table where that is all of it, and one
 * for the same changes. */
static void
change_blocks (LimnCheckpoint *base, const LimnMerge *merge, LimnPartId part, LimnKeptBlocks *kept)
{
  const LimnPartData *data = &base->parts[part];
  g_autoptr (GHashTable) rest = NULL;
  guint64 id = kept->id;

  if (!data->present || (kept->kinds == NULL && merge->fit == LIMN_TYPE_F16))
    return;
  rest = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < limn_arch_list_length (data->list); i++) {
    const LimnArchTensor *tensor = limn_arch_list_nth (data->list, i);
    const LimnWeightKind *own = kept->kinds != NULL ? g_hash_table_lookup (kept->kinds, tensor->name) : NULL;
    const LimnWeightKind *kind = kind_for (merge, part, tensor, own);

    if (kind != own) {
      id = mix (id, tensor->name);
      id = mix (id, kind != NULL ? kind->name : "");
    }
    if (kind != NULL)
      g_hash_table_insert (rest, (gpointer) tensor->name, (gpointer) kind);
  }
  if (id == kept->id)
    return;
  if (base->kept_variants == NULL)
    base->kept_variants =
        g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_hash_table_unref);
  if (!g_hash_table_contains (base->kept_variants, &id))
    g_hash_table_insert (base->kept_variants, g_memdup2 (&id, sizeof id), g_steal_pointer (&rest));
  *kept = (LimnKeptBlocks){ g_hash_table_lookup (base->kept_variants, &id), id, kept->lent };
}

/* ---- The checkpoint ---- */

static void
append_number (GString *text, double value, char after)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (text, g_ascii_dtostr (number, sizeof number, value));
  g_string_append_c (text, after);
}

static char *
text_of (const LimnMerge *merge, LimnPartId part)
{
  GString *text = g_string_new (merge->fit != LIMN_TYPE_F16 ? limn_type_name (merge->fit) : NULL);

  for (guint i = 0; i < merge->uses->len; i++) {
    const LimnLoraUse *use = &g_array_index (merge->uses, LimnLoraUse, i);

    if (use->strengths[part] == 0)
      continue;
    g_string_append_printf (text, "%" G_GUINT64_FORMAT "*", limn_lora_id (use->lora));
    append_number (text, use->strengths[part], ' ');
    for (int block = 0; use->by_blocks && part == LIMN_PART_UNET && block < LIMN_UNET_BLOCKS; block++)
      append_number (text, use->blocks[block], block + 1 < LIMN_UNET_BLOCKS ? ',' : ' ');
  }
  return g_string_free (text, FALSE);
}

LimnCheckpoint *
limn_checkpoint_merge (LimnCheckpoint *base, const LimnLoraUse *uses, guint n)
{
  return limn_checkpoint_merge_fit (base, uses, n, LIMN_TYPE_F16);
}

LimnCheckpoint *
limn_checkpoint_merge_fit (LimnCheckpoint *base, const LimnLoraUse *uses, guint n, LimnType type)
{
  LimnMerge *merge = g_new0 (LimnMerge, 1);
  LimnCheckpoint *merged = g_memdup2 (base, sizeof *base);

  g_return_val_if_fail (base->merge == NULL, NULL);

  merge->base = limn_checkpoint_ref (base);
  merge->fit = type;
  merge->uses = g_array_new (FALSE, FALSE, sizeof (LimnLoraUse));
  g_array_set_clear_func (merge->uses, use_clear);
  merge->values = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < n; i++) {
    g_array_append_val (merge->uses, uses[i]);
    limn_lora_ref (uses[i].lora);
  }
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    merge->texts[part] = text_of (merge, part);
  g_atomic_ref_count_init (&merged->references);
  merged->merge = merge;
  change_blocks (base, merge, LIMN_PART_UNET, &merged->unet.kept);
  change_blocks (base, merge, LIMN_PART_TEXT_ENCODER, &merged->clip[0].kept);
  change_blocks (base, merge, LIMN_PART_TEXT_ENCODER_2, &merged->clip[1].kept);
  return merged;
}

const char *
limn_checkpoint_merged (LimnCheckpoint *checkpoint, LimnPartId part)
{
  return checkpoint->merge != NULL ? checkpoint->merge->texts[part] : "";
}

/* The next use from *at on that changes the tensor, or NULL. */
static const LimnLoraUse *
next_use (LimnCheckpoint *checkpoint, LimnPartId part, const char *name, guint *at)
{
  const GArray *uses = checkpoint->merge != NULL ? checkpoint->merge->uses : NULL;

  while (uses != NULL && *at < uses->len) {
    const LimnLoraUse *use = &g_array_index (uses, LimnLoraUse, (*at)++);
    if (applies (checkpoint->merge, use, part, name))
      return use;
  }
  return NULL;
}

gboolean
limn_checkpoint_differs (LimnCheckpoint *one, LimnCheckpoint *other, LimnPartId part, const char *name)
{
  LimnControlFile *mine = limn_checkpoint_control_of (one, part, name);
  guint i = 0, k = 0;

  if (mine != NULL || limn_checkpoint_control_of (other, part, name) != NULL)
    return mine != limn_checkpoint_control_of (other, part, name);
  for (;;) {
    const LimnLoraUse *a = next_use (one, part, name, &i), *b = next_use (other, part, name, &k);

    if (a == NULL || b == NULL)
      return a != b;
    if (a->lora != b->lora || strength_of (one->merge, a, part, name) != strength_of (other->merge, b, part, name))
      return TRUE;
  }
}

guint64
limn_checkpoint_difference (LimnCheckpoint *one, LimnCheckpoint *other, LimnPartId part)
{
  const LimnPartData *data = &one->parts[part];
  guint64 values = part == LIMN_PART_UNET ? limn_controls_difference (one->controls, other->controls) : 0;

  if (!data->present || strcmp (limn_checkpoint_merged (one, part), limn_checkpoint_merged (other, part)) == 0)
    return values;
  for (guint i = 0; i < limn_arch_list_length (data->list); i++) {
    const LimnArchTensor *tensor = limn_arch_list_nth (data->list, i);
    guint64 count = 1;

    for (int k = 0; k < tensor->rank; k++)
      count *= tensor->shape[k];
    values += limn_checkpoint_differs (one, other, part, tensor->name) ? count : 0;
  }
  return values;
}
