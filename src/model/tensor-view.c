/* tensor-view.c - values of a checkpoint's tensors, by the scales that its file has for them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/checkpoint.h"

gboolean
limn_is_weight_type (LimnType type)
{
  return type == LIMN_TYPE_F16 || type == LIMN_TYPE_BF16 || type == LIMN_TYPE_F32 || type == LIMN_TYPE_F8_E4M3
         || type == LIMN_TYPE_F8_E5M2 || limn_type_block (type) > 1;
}

float
limn_tensor_view_scale (const LimnTensorView *view, guint64 row)
{
  float scale = 1;

  if (view->scales != NULL)
    limn_type_to_float (view->scales->type, view->scales->data, view->scales->count > 1 ? view->first_scale + row : 0,
                        1, &scale);
  return scale;
}

guint64
limn_tensor_view_columns (const LimnTensorView *view)
{
  guint64 columns = 1;

  for (int i = 1; i < view->rank; i++)
    columns *= view->shape[i];
  return columns;
}

float
limn_tensor_view_value (const LimnTensorView *view, guint64 index)
{
  float value;

  limn_type_to_float (view->type, view->data, index, 1, &value);
  /* which has one for all where it is transposed */
  return value * limn_tensor_view_scale (view, index / limn_tensor_view_columns (view));
}

void
limn_tensor_view_scale_values (const LimnTensorView *view, guint64 first, guint64 n, float *values)
{
  guint64 columns = limn_tensor_view_columns (view), end = first + n;

  if (view->scales == NULL)
    return;
  if (view->scales->count == 1)
    columns = end;
  for (guint64 at = first; at < end;) {
    guint64 row_end = MIN (end, (at / columns + 1) * columns);
    float scale = limn_tensor_view_scale (view, at / columns);

    for (; at < row_end; at++)
      *values++ *= scale;
  }
}

float *
limn_tensor_view_read (const LimnTensorView *view)
{
  guint64 rows = view->shape[0], columns = limn_tensor_view_columns (view);
  float *values = g_new (float, rows *columns);
  if (!view->transposed)
    limn_type_to_float (view->type, view->data, 0, rows * columns, values);
  for (guint64 i = 0; view->transposed && i < rows * columns; i++)
    limn_type_to_float (view->type, view->data, i % columns * rows + i / columns, 1, &values[i]);
  limn_tensor_view_scale_values (view, 0, rows * columns, values);
  return values;
}

void
limn_tensor_view_set_values (LimnTensorView *view, const float *values)
{
  view->type = LIMN_TYPE_F32;
  view->data = (const guint8 *) values;
  view->transposed = FALSE;
  view->scales = NULL;
  view->tensors = NULL;
}
