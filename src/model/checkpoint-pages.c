/* checkpoint-pages.c - the mapped pages of a checkpoint's files: whether all were there, and when they may go.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/checkpoint-private.h"

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

  if (checkpoint->merge != NULL)
    limn_merge_release (checkpoint->merge);
  for (guint i = 0; files != NULL && i < files->len; i++)
    if (!limn_tensors_check_whole (files->pdata[i], error))
      return FALSE;
  LimnVisionFile *encoder = checkpoint->control != NULL ? limn_control_file_encoder (checkpoint->control) : NULL;
  if (encoder != NULL) {
    const LimnTensorSource source = limn_vision_file_source (encoder);
    return source.check_whole (source.data, error);
  }
  return checkpoint->controls == NULL || limn_controls_check_whole (checkpoint->controls, error);
}

/* Neighbours are released as one range: whole pages between two tensors would stay otherwise. */
void
limn_checkpoint_release_pages (LimnCheckpoint *checkpoint, LimnPartId part)
{
  g_return_if_fail ((guint) part < LIMN_N_PARTS);

  GArray *slots = checkpoint->parts[part].slots;
  if (checkpoint->control != NULL && limn_control_file_encoder (checkpoint->control) != NULL) {
    const LimnTensorSource source = limn_vision_file_source (limn_control_file_encoder (checkpoint->control));
    source.release_pages (source.data);
  }
  if (checkpoint->controls != NULL)
    limn_controls_release_pages (checkpoint->controls);
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
