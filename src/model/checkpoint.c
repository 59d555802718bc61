/* checkpoint.c - an opened model and the questions it answers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/checkpoint.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/checkpoint-private.h"

#define LIMN_PROBLEMS_SHOWN 5

static LimnCheckpoint *
checkpoint_new (const char *path, gboolean lenient)
{
  LimnCheckpoint *checkpoint = g_new0 (LimnCheckpoint, 1);
  g_autofree char *name = g_path_get_basename (path);

  g_atomic_ref_count_init (&checkpoint->references);
  checkpoint->lenient = lenient;
  checkpoint->single_file = !g_file_test (path, G_FILE_TEST_IS_DIR);
  if (checkpoint->single_file && g_str_equal (name, "model_index.json")) {
    checkpoint->path = g_path_get_dirname (path);
    checkpoint->single_file = FALSE;
  } else {
    checkpoint->path = g_strdup (path);
  }
  checkpoint->info = limn_model_info_new (checkpoint->path);
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
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    LimnPartData *data = &checkpoint->parts[part];
    g_clear_pointer (&data->by_name, g_hash_table_unref);
    g_clear_pointer (&data->kept, g_hash_table_unref);
    g_clear_pointer (&data->slots, g_array_unref);
    g_clear_pointer (&data->list, limn_arch_list_free);
    g_clear_pointer (&data->files, g_ptr_array_unref);
    g_free (data->tokenizer_dir);
  }
  limn_model_info_free (checkpoint->info);
  g_ptr_array_unref (checkpoint->problems);
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
  g_ptr_array_add (checkpoint->problems, g_strdup_printf ("%s: %s", limn_arch_part_name (part), error->message));
  g_error_free (error);
  return TRUE;
}

gboolean
limn_checkpoint_check_widths (LimnCheckpoint *checkpoint, GError **error)
{
  const LimnFamilyRow *family = limn_family_row (checkpoint->family);
  const LimnUnetConfig *unet = &checkpoint->unet;
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
  if (unet->context_channels != context) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s: the U-Net expects text %d channels wide, but the text encoders give %d"), checkpoint->path,
                 unet->context_channels, context);
    return FALSE;
  }
  if (unet->pooled_channels != pooled) {
    g_set_error (
        error, LIMN_ERROR, LIMN_ERROR_MODEL,
        _ ("%s: the U-Net expects a pooled text vector of %d channels and %d size ids, but the second text encoder "
           "projects to %d channels"),
        checkpoint->path, unet->pooled_channels, unet->time_ids, pooled);
    return FALSE;
  }
  return TRUE;
}

static gboolean
load (LimnCheckpoint *checkpoint, GError **error)
{
  if (!g_file_test (checkpoint->path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("There is no file or folder %s"), checkpoint->path);
    return FALSE;
  }
  if (checkpoint->single_file ? !limn_checkpoint_read_single (checkpoint, error)
                              : !limn_checkpoint_read_folder (checkpoint, error))
    return FALSE;
  if (!limn_family_row (checkpoint->family)->supported) {
    limn_checkpoint_count_stored (checkpoint);
    return TRUE;
  }
  if (!limn_checkpoint_check_widths (checkpoint, error))
    return FALSE;
  limn_checkpoint_match (checkpoint);
  return TRUE;
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
               checkpoint->path, n, limn_family_name (checkpoint->family), text->str);
  return FALSE;
}

LimnCheckpoint *
limn_checkpoint_open (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  g_autoptr (LimnCheckpoint) checkpoint = checkpoint_new (path, FALSE);
  if (!load (checkpoint, error))
    return NULL;
  if (!limn_family_row (checkpoint->family)->supported) {
    g_autofree char *supported = limn_family_supported_names ();
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s is a %s model: recognised, but not supported yet (Limn runs %s)"), checkpoint->path,
                 limn_family_name (checkpoint->family), supported);
    return NULL;
  }
  if (!check_problems (checkpoint, error))
    return NULL;
  return g_steal_pointer (&checkpoint);
}

LimnModelInfo *
limn_checkpoint_inspect (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  g_autoptr (LimnCheckpoint) checkpoint = checkpoint_new (path, TRUE);
  if (!load (checkpoint, error))
    return NULL;
  return g_steal_pointer (&checkpoint->info);
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
  const LimnSlot *slot = find_slot (checkpoint, part, name);

  if (slot == NULL) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: the %s has no tensor %s"), checkpoint->path,
                 limn_arch_part_title (part), name);
    return FALSE;
  }
  *view = slot->view;
  return TRUE;
}

gboolean
limn_checkpoint_contains (LimnCheckpoint *checkpoint, LimnPartId part, const char *name)
{
  return find_slot (checkpoint, part, name) != NULL;
}

gboolean
limn_checkpoint_keeps (LimnCheckpoint *checkpoint, const LimnWeightKind *kind)
{
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    GHashTable *kept = checkpoint->parts[part].kept;
    GHashTableIter iter;
    gpointer own;

    if (kept == NULL)
      continue;
    g_hash_table_iter_init (&iter, kept);
    while (g_hash_table_iter_next (&iter, NULL, &own))
      if (own == kind)
        return TRUE;
  }
  return FALSE;
}

/* ---- Pages ---- */

typedef struct {
  LimnTensors *file;
  const guint8 *begin, *end;
} Range;

static int
compare_ranges (gconstpointer a, gconstpointer b)
{
  const Range *one = a, *other = b;

  return one->begin < other->begin ? -1 : one->begin > other->begin;
}

gboolean
limn_checkpoint_check_whole (LimnCheckpoint *checkpoint, LimnPartId part, GError **error)
{
  g_return_val_if_fail ((guint) part < LIMN_N_PARTS, FALSE);

  GPtrArray *files = checkpoint->parts[part].files;

  for (guint i = 0; files != NULL && i < files->len; i++)
    if (!limn_tensors_check_whole (files->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* Neighbours are released as one range: whole pages between two tensors would stay otherwise. */
void
limn_checkpoint_release_pages (LimnCheckpoint *checkpoint, LimnPartId part)
{
  g_return_if_fail ((guint) part < LIMN_N_PARTS);

  GArray *slots = checkpoint->parts[part].slots;
  if (slots == NULL)
    return;
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (Range));
  for (guint i = 0; i < slots->len; i++) {
    const LimnSlot *slot = &g_array_index (slots, LimnSlot, i);
    if (!slot->found)
      continue;
    Range range = { slot->file, slot->stored->data, slot->stored->data + limn_tensor_bytes (slot->stored) };
    g_array_append_val (ranges, range);
  }
  g_array_sort (ranges, compare_ranges);
  for (guint i = 0; i < ranges->len;) {
    Range range = g_array_index (ranges, Range, i);
    for (i++; i < ranges->len; i++) {
      const Range *next = &g_array_index (ranges, Range, i);
      if (next->file != range.file || next->begin > range.end)
        break;
      range.end = MAX (range.end, next->end);
    }
    limn_tensors_release (range.file, range.begin, range.end - range.begin);
  }
}

gboolean
limn_is_weight_type (LimnType type)
{
  return type == LIMN_TYPE_F16 || type == LIMN_TYPE_BF16 || type == LIMN_TYPE_F32 || limn_type_block (type) > 1;
}

float
limn_tensor_view_value (const LimnTensorView *view, guint64 index)
{
  float value;

  limn_type_to_float (view->type, view->data, index, 1, &value);
  return value;
}
