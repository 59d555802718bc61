/* checkpoint-beside.c - LoRAs that lie beside the tensors that they are for, and what that makes of the layout.
 *
 * A matrix that stays in blocks cannot be changed in its place without being expanded.  Where all that LoRAs do to it
 * is of a low rank it stays as it is, and their matrices lie beside it: those that lead down to the rank one after the
 * other, and those that lead up side by side, with the strengths in them.  A layer adds their product to its own before
 * it does anything else, so that a strength changes nothing but the latter.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/merge-private.h"
#include "model/quantized.h"

/* ---- The tensors ---- */

static gboolean
has_place (const LimnMerge *merge, const LimnLoraUse *use, LimnPartId part, const char *name)
{
  return limn_lora_changes (use->lora, part, name)
         && (limn_merge_applies (merge, use, part, name) || (use->rests && part == LIMN_PART_UNET));
}

const LimnLoraUse *
limn_merge_next_beside (const LimnMerge *merge, LimnPartId part, const char *name, guint *at)
{
  while (*at < merge->uses->len) {
    const LimnLoraUse *use = &g_array_index (merge->uses, LimnLoraUse, (*at)++);

    if (has_place (merge, use, part, name))
      return use;
  }
  return NULL;
}

guint64
limn_merge_rank (const LimnMerge *merge, LimnPartId part, const char *name)
{
  return merge->ranks[part] != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (merge->ranks[part], name)) : 0;
}

/* (transfer full): the name of what the tensor lies beside; NULL: name is none such. */
static char *
original_of (const LimnMerge *merge, LimnPartId part, const char *name, gboolean *up)
{
  *up = g_str_has_suffix (name, LIMN_BESIDE_UP);
  if (!*up && !g_str_has_suffix (name, LIMN_BESIDE_DOWN))
    return NULL;
  g_autofree char *original = g_strndup (name, (gsize) (strrchr (name, '.') - name));
  return limn_merge_rank (merge, part, original) > 0 ? g_steal_pointer (&original) : NULL;
}

gboolean
limn_merge_is_beside (const LimnMerge *merge, LimnPartId part, const char *name)
{
  gboolean up;
  g_autofree char *original = original_of (merge, part, name, &up);

  return original != NULL;
}

gboolean
limn_merge_beside (LimnMerge *merge, LimnPartId part, const char *name, LimnTensorView *view, GError **error)
{
  gboolean up;
  g_autofree char *original = original_of (merge, part, name, &up);
  guint64 rank = limn_merge_rank (merge, part, original), columns, first = 0;
  const LimnLoraUse *use;
  guint at = 0;

  if (!limn_checkpoint_find (merge->base, part, original, view, error))
    return FALSE;
  columns = limn_tensor_view_columns (view);
  float *values = g_new0 (float, up ? view->shape[0] * rank : rank *columns);
  g_ptr_array_add (merge->values, values);
  while ((use = limn_merge_next_beside (merge, part, original, &at)) != NULL) {
    if (!limn_lora_factors (use->lora, part, original, limn_merge_strength (merge, use, part, original),
                            up ? NULL : values + first * columns, up ? values + first : NULL, rank, error))
      return FALSE;
    first += limn_lora_rank (use->lora, part, original, TRUE);
    view->file = limn_lora_path (use->lora);
  }
  *view = (LimnTensorView){ .type = LIMN_TYPE_F32,
                            .rank = 2,
                            .shape = { up ? view->shape[0] : rank, up ? rank : columns },
                            .data = (const guint8 *) values,
                            .file = view->file,
                            .stored_name = view->stored_name };
  return TRUE;
}

/* ---- The layout ---- */

/* Whether what LoRAs do to a tensor of kind can lie beside it, with less than expanding it would take: of which rank;
 * 0: it cannot, or there is nothing. */
static guint64
rank_for (const LimnMerge *merge, LimnPartId part, const LimnArchTensor *tensor)
{
  guint64 rank = 0, columns = 1;
  const LimnLoraUse *use;
  guint at = 0;

  while ((use = limn_merge_next_beside (merge, part, tensor->name, &at)) != NULL) {
    guint64 own = limn_lora_rank (use->lora, part, tensor->name, TRUE);

    if (own == 0)
      return 0;
    rank += own;
  }
  rank = (rank + 7) / 8 * 8;
  for (int i = 1; i < tensor->rank; i++)
    columns *= tensor->shape[i];
  gboolean less = rank <= columns && 2 * rank * (tensor->shape[0] + columns) <= tensor->shape[0] * columns;
  return tensor->shape[0] % 8 == 0 && less ? rank : 0;
}

static guint64
mix (guint64 hash, const char *text)
{
  for (; *text != '\0'; text++)
    hash = (hash ^ (guint8) *text) * G_GUINT64_CONSTANT (1099511628211);
  return hash;
}

/* As what tensor is laid out: own, of the base, where it stays as it is.  rank: receives that of what lies beside. */
static const LimnWeightKind *
kind_for (const LimnMerge *merge, LimnPartId part, const LimnArchTensor *tensor, const LimnWeightKind *own,
          guint64 *rank)
{
  LimnType type = limn_quantized_type (merge->fit, part, tensor);
  const LimnWeightKind *fit =
      type != LIMN_TYPE_F16 ? limn_weight_kind_for (limn_type_name (type), tensor->shape[1]) : NULL;
  const LimnWeightKind *kind = own != NULL ? own : fit;

  *rank = kind != NULL ? rank_for (merge, part, tensor) : 0;
  return *rank == 0 && limn_merge_changes (merge, part, tensor->name) ? fit : kind;
}

static void
kept_free (gpointer data)
{
  LimnKeptBlocks *kept = data;

  g_hash_table_unref (kept->kinds);
  g_hash_table_unref (kept->ranks);
  g_free (kept);
}

/* The tables, both owned, and what they are known by. */
static LimnKeptBlocks *
make_tables (const LimnMerge *merge, LimnPartId part, const LimnKeptBlocks *kept)
{
  const LimnArchList *list = merge->base->parts[part].list;
  LimnKeptBlocks *made = g_memdup2 (kept, sizeof *kept);

  made->kinds = g_hash_table_new (g_str_hash, g_str_equal);
  made->ranks = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < limn_arch_list_length (list); i++) {
    const LimnArchTensor *tensor = limn_arch_list_nth (list, i);
    const LimnWeightKind *own = kept->kinds != NULL ? g_hash_table_lookup (kept->kinds, tensor->name) : NULL;
    guint64 rank;
    const LimnWeightKind *kind = kind_for (merge, part, tensor, own, &rank);

    if (kind != own || rank > 0) {
      g_autofree char *text =
          g_strdup_printf ("%s %s %" G_GUINT64_FORMAT, tensor->name, kind != NULL ? kind->name : "", rank);
      made->id = mix (made->id, text);
    }
    if (kind != NULL)
      g_hash_table_insert (made->kinds, (gpointer) tensor->name, (gpointer) kind);
    if (rank > 0)
      g_hash_table_insert (made->ranks, (gpointer) tensor->name, GUINT_TO_POINTER ((guint) rank));
  }
  return made;
}

void
limn_merge_lay_out (LimnMerge *merge, LimnPartId part, LimnKeptBlocks *kept)
{
  LimnCheckpoint *base = merge->base;

  if (!base->parts[part].present || (kept->kinds == NULL && merge->fit == LIMN_TYPE_F16))
    return;
  LimnKeptBlocks *made = make_tables (merge, part, kept), *known = NULL;
  if (base->kept_variants != NULL)
    known = g_hash_table_lookup (base->kept_variants, &made->id);
  if (known != NULL || made->id == kept->id) {
    kept_free (made);
  } else {
    if (base->kept_variants == NULL)
      base->kept_variants = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, kept_free);
    g_hash_table_insert (base->kept_variants, &made->id, made);
    known = made;
  }
  if (known == NULL)
    return;
  *kept = *known;
  merge->ranks[part] = known->ranks;
}
