/* checkpoint-merge.c - a checkpoint with LoRAs merged into its tensors; see lora.h.
 *
 * What is merged is made of the original's values in fp32, one tensor at a time, whenever a network asks for it:
 * nothing of it is kept, and without the LoRAs every bit is the original's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "model/merge-private.h"

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

double
limn_merge_strength (const LimnMerge *merge, const LimnLoraUse *use, LimnPartId part, const char *name)
{
  int block =
      use->by_blocks && part == LIMN_PART_UNET ? limn_lora_block (name, limn_checkpoint_unet (merge->base)) : -1;

  return use->strengths[part] * (block >= 0 ? use->blocks[block] : 1);
}

gboolean
limn_merge_applies (const LimnMerge *merge, const LimnLoraUse *use, LimnPartId part, const char *name)
{
  return limn_lora_changes (use->lora, part, name) && limn_merge_strength (merge, use, part, name) != 0;
}

gboolean
limn_merge_changes (const LimnMerge *merge, LimnPartId part, const char *name)
{
  for (guint i = 0; i < merge->uses->len; i++)
    if (limn_merge_applies (merge, &g_array_index (merge->uses, LimnLoraUse, i), part, name))
      return TRUE;
  return FALSE;
}

/* ---- A tensor ---- */

LimnCheckpoint *
limn_checkpoint_ground (LimnCheckpoint *checkpoint)
{
  return checkpoint->merge != NULL ? checkpoint->merge->base : checkpoint;
}

gboolean
limn_merge_tensor (LimnMerge *merge, LimnPartId part, const char *name, LimnTensorView *view, GError **error)
{
  if (!limn_merge_changes (merge, part, name) || limn_merge_rank (merge, part, name) > 0)
    return TRUE;

  float *values = limn_tensor_view_read (view);
  g_ptr_array_add (merge->values, values);
  for (guint i = 0; i < merge->uses->len; i++) {
    const LimnLoraUse *use = &g_array_index (merge->uses, LimnLoraUse, i);
    if (limn_merge_applies (merge, use, part, name)
        && !limn_lora_apply (use->lora, part, name, limn_merge_strength (merge, use, part, name), values, error))
      return FALSE;
  }
  limn_tensor_view_set_values (view, values);
  return TRUE;
}

/* Whether all that is merged into the tensor is a product of two matrices, and their rank. */
static gboolean
is_low (const LimnMerge *merge, LimnPartId part, const char *name, gboolean made, guint64 *rank)
{
  *rank = 0;
  for (guint i = 0; i < merge->uses->len; i++) {
    const LimnLoraUse *use = &g_array_index (merge->uses, LimnLoraUse, i);
    guint64 own = limn_merge_applies (merge, use, part, name) ? limn_lora_rank (use->lora, part, name, made) : 0;

    if (own == 0 && limn_merge_applies (merge, use, part, name))
      return FALSE;
    *rank += own;
  }
  return TRUE;
}

gboolean
limn_checkpoint_find_low (LimnCheckpoint *checkpoint, LimnPartId part, const char *name, gboolean made,
                          LimnTensorView *view, guint64 *rank)
{
  LimnControlFile *control = limn_checkpoint_control_of (checkpoint, part, name);
  LimnMerge *merge = checkpoint->merge;

  *rank = 0;
  if (control != NULL && limn_control_file_is_lora (control)) /* made of the ground on the CPU, once */
    return FALSE;
  if (merge == NULL || control != NULL || limn_merge_rank (merge, part, name) > 0)
    return limn_checkpoint_find (checkpoint, part, name, view, NULL);
  return is_low (merge, part, name, made, rank) && limn_checkpoint_find (merge->base, part, name, view, NULL);
}

gboolean
limn_checkpoint_factors (LimnCheckpoint *checkpoint, LimnPartId part, const char *name, float *down, float *up,
                         GError **error)
{
  LimnMerge *merge = checkpoint->merge;
  guint64 rank, first = 0;
  LimnTensorView view;

  if (!is_low (merge, part, name, TRUE, &rank) || !limn_checkpoint_find (merge->base, part, name, &view, error))
    return FALSE;
  for (guint i = 0; i < merge->uses->len; i++) {
    const LimnLoraUse *use = &g_array_index (merge->uses, LimnLoraUse, i);

    if (!limn_merge_applies (merge, use, part, name))
      continue;
    if (!limn_lora_factors (use->lora, part, name, limn_merge_strength (merge, use, part, name),
                            down + first * limn_tensor_view_columns (&view), up + first, rank, error))
      return FALSE;
    first += limn_lora_rank (use->lora, part, name, TRUE);
  }
  return TRUE;
}

void
limn_merge_release (LimnMerge *merge)
{
  g_ptr_array_set_size (merge->values, 0);
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

    if (use->strengths[part] == 0 && !(use->rests && part == LIMN_PART_UNET))
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
  limn_merge_lay_out (merge, LIMN_PART_UNET, &merged->unet.kept);
  limn_merge_lay_out (merge, LIMN_PART_TEXT_ENCODER, &merged->clip[0].kept);
  limn_merge_lay_out (merge, LIMN_PART_TEXT_ENCODER_2, &merged->clip[1].kept);
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
    if (limn_merge_applies (checkpoint->merge, use, part, name))
      return use;
  }
  return NULL;
}

static guint64
rank_of (LimnCheckpoint *checkpoint, LimnPartId part, const char *name)
{
  return checkpoint->merge != NULL ? limn_merge_rank (checkpoint->merge, part, name) : 0;
}

/* Whether what lies beside the tensor, of one rank in both, is another: with up, what leads up; else the rest. */
static gboolean
beside_differs (LimnCheckpoint *one, LimnCheckpoint *other, LimnPartId part, const char *name, gboolean up)
{
  guint i = 0, k = 0;

  for (;;) {
    const LimnLoraUse *a = limn_merge_next_beside (one->merge, part, name, &i);
    const LimnLoraUse *b = limn_merge_next_beside (other->merge, part, name, &k);

    if (a == NULL || b == NULL)
      return a != b;
    if (a->lora != b->lora
        || (up && limn_merge_strength (one->merge, a, part, name) != limn_merge_strength (other->merge, b, part, name)))
      return TRUE;
  }
}

/* name: of what lies beside a tensor, of one rank in both, or of any other. */
static gboolean
tensor_differs (LimnCheckpoint *one, LimnCheckpoint *other, LimnPartId part, const char *name)
{
  const char *ending = strrchr (name, '.');
  gboolean up = g_strcmp0 (ending, LIMN_BESIDE_UP) == 0, down = g_strcmp0 (ending, LIMN_BESIDE_DOWN) == 0;
  guint i = 0, k = 0;

  if (up || down) {
    g_autofree char *original = g_strndup (name, (gsize) (ending - name));
    return beside_differs (one, other, part, original, up);
  }
  if (rank_of (one, part, name) > 0 && rank_of (other, part, name) > 0)
    return FALSE;
  for (;;) {
    const LimnLoraUse *a = next_use (one, part, name, &i), *b = next_use (other, part, name, &k);

    if (a == NULL || b == NULL)
      return a != b;
    if (a->lora != b->lora
        || limn_merge_strength (one->merge, a, part, name) != limn_merge_strength (other->merge, b, part, name))
      return TRUE;
  }
}

gboolean
limn_checkpoint_differs (LimnCheckpoint *one, LimnCheckpoint *other, LimnPartId part, const char *name)
{
  LimnControlFile *mine = limn_checkpoint_control_of (one, part, name);

  if (mine != NULL || limn_checkpoint_control_of (other, part, name) != NULL)
    return mine != limn_checkpoint_control_of (other, part, name);
  return tensor_differs (one, other, part, name);
}

/* Values of a tensor, and of what lies beside it, that are others; all of it where it is laid out otherwise. */
static guint64
difference_of (LimnCheckpoint *one, LimnCheckpoint *other, LimnPartId part, const LimnArchTensor *tensor)
{
  guint64 rank = rank_of (one, part, tensor->name), values = 0, columns = 1;

  for (int k = 1; k < tensor->rank; k++)
    columns *= tensor->shape[k];
  if (rank == 0 || rank != rank_of (other, part, tensor->name))
    return rank != rank_of (other, part, tensor->name) || limn_checkpoint_differs (one, other, part, tensor->name)
               ? tensor->shape[0] * columns
               : 0;
  values += beside_differs (one, other, part, tensor->name, FALSE) ? rank * columns : 0;
  return values + (beside_differs (one, other, part, tensor->name, TRUE) ? rank * tensor->shape[0] : 0);
}

guint64
limn_checkpoint_difference (LimnCheckpoint *one, LimnCheckpoint *other, LimnPartId part)
{
  const LimnPartData *data = &one->parts[part];
  guint64 values = part == LIMN_PART_UNET ? limn_controls_difference (one->controls, other->controls) : 0;

  if (!data->present || strcmp (limn_checkpoint_merged (one, part), limn_checkpoint_merged (other, part)) == 0)
    return values;
  for (guint i = 0; i < limn_arch_list_length (data->list); i++)
    values += difference_of (one, other, part, limn_arch_list_nth (data->list, i));
  return values;
}
