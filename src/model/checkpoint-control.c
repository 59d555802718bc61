/* checkpoint-control.c - a checkpoint with ControlNets beside its U-Net; see control.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>

#include "model/checkpoint-private.h"
#include "model/control.h"

struct _LimnControls {
  LimnCheckpoint *base;
  LimnControlFile *files[LIMN_MOST_CONTROLS];
  int n;
  GPtrArray *values; /* float *: what views of tensors point to that were made */
};

void
limn_controls_free (LimnControls *controls)
{
  for (int i = 0; i < controls->n; i++)
    limn_control_file_unref (controls->files[i]);
  g_ptr_array_unref (controls->values);
  limn_checkpoint_unref (controls->base);
  g_free (controls);
}

LimnControlFile *
limn_controls_find (const LimnControls *controls, const char *name)
{
  int index, end = 0;

  if (sscanf (name, "controls.%d.%n", &index, &end) != 1 || end == 0 || index < 0 || index >= controls->n)
    return NULL;
  return controls->files[index];
}

gboolean
limn_controls_tensor (LimnControls *controls, LimnControlFile *file, const char *name, LimnTensorView *view,
                      GError **error)
{
  const LimnTensorSource source = limn_control_file_source (file);

  if (limn_control_file_is_lora (file))
    return limn_control_lora_find (file, limn_checkpoint_ground (controls->base), name, view, controls->values, error);
  return source.find (source.data, name, view, error);
}

gboolean
limn_controls_check_whole (const LimnControls *controls, GError **error)
{
  g_ptr_array_set_size (controls->values, 0);
  for (int i = 0; i < controls->n; i++) {
    const LimnTensorSource source = limn_control_file_source (controls->files[i]);

    if (!source.check_whole (source.data, error))
      return FALSE;
  }
  return TRUE;
}

void
limn_controls_release_pages (const LimnControls *controls)
{
  for (int i = 0; i < controls->n; i++) {
    const LimnTensorSource source = limn_control_file_source (controls->files[i]);

    source.release_pages (source.data);
  }
}

LimnCheckpoint *
limn_checkpoint_control (LimnCheckpoint *base, LimnControlFile *const *files, guint n)
{
  g_return_val_if_fail (base->controls == NULL && n > 0 && n <= LIMN_MOST_CONTROLS, NULL);

  LimnCheckpoint *controlled = g_memdup2 (base, sizeof *base);
  LimnControls *controls = g_new0 (LimnControls, 1);

  g_atomic_ref_count_init (&controlled->references);
  controlled->controls = controls;
  controls->values = g_ptr_array_new_with_free_func (g_free);
  controls->base = limn_checkpoint_ref (base);
  for (guint i = 0; i < n; i++) {
    limn_control_file_match (files[i], &base->unet, base->path, &controlled->unet.controls[i], NULL);
    controls->files[controls->n++] = limn_control_file_ref (files[i]);
  }
  controlled->unet.n_controls = (int) n;
  return controlled;
}

LimnControlFile *
limn_checkpoint_control_of (LimnCheckpoint *checkpoint, LimnPartId part, const char *name)
{
  if (checkpoint->controls == NULL || part != LIMN_PART_UNET)
    return NULL;
  return limn_controls_find (checkpoint->controls, name);
}

guint64
limn_controls_difference (const LimnControls *one, const LimnControls *other)
{
  guint64 values = 0;

  for (int i = 0; i < LIMN_MOST_CONTROLS; i++) {
    LimnControlFile *a = one != NULL ? one->files[i] : NULL, *b = other != NULL ? other->files[i] : NULL;

    if (a != b)
      values += limn_control_file_values (b != NULL ? b : a);
  }
  return values;
}

gboolean
limn_checkpoint_is_control (LimnCheckpoint *checkpoint, LimnCheckpoint *base, LimnControlFile *const *files, guint n)
{
  const LimnControls *controls = checkpoint->controls;

  if (controls == NULL || controls->base != base || controls->n != (int) n)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (controls->files[i] != files[i])
      return FALSE;
  return TRUE;
}
