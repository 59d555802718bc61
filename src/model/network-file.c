/* network-file.c
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/network-file.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/arch.h"

const LimnTensor *
limn_network_file_find (const LimnNetworkFile *file, const char *name)
{
  g_autofree char *stored = file->stored_name (file->data, name);

  return limn_tensors_find (file->tensors, stored);
}

/* The same, with an error where there is none. */
static const LimnTensor *
get (const LimnNetworkFile *file, const char *name, GError **error)
{
  g_autofree char *stored = file->stored_name (file->data, name);
  const LimnTensor *tensor = limn_tensors_find (file->tensors, stored);

  if (tensor == NULL)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: tensor %s is missing"), limn_tensors_path (file->tensors),
                 stored);
  return tensor;
}

static gboolean
is_transposed (const LimnNetworkFile *file, const char *name, int rank)
{
  return rank == 2 && file->is_transposed != NULL && file->is_transposed (name);
}

/* Of the tensor as a network may want it. */
static int
rank_of (const LimnNetworkFile *file, const LimnTensor *tensor, int wanted, guint64 *shape)
{
  int rank = MIN (tensor->rank, 4);

  memcpy (shape, tensor->shape, sizeof *shape * (gsize) rank);
  if (tensor->rank > 4)
    return tensor->rank;
  while (file->folded && wanted == 2 && rank > 2)
    shape[1] *= shape[--rank];
  return rank;
}

static gboolean
check_tensor (const LimnNetworkFile *file, const LimnArchTensor *want, const char *mismatch, GError **error)
{
  const LimnTensor *tensor = get (file, want->name, error);
  const char *path = limn_tensors_path (file->tensors);
  const guint64 turned[] = { want->shape[1], want->shape[0] };
  const guint64 *shape = is_transposed (file, want->name, want->rank) ? turned : want->shape;

  if (tensor == NULL)
    return FALSE;
  guint64 found_shape[4];
  if (rank_of (file, tensor, want->rank, found_shape) != want->rank
      || memcmp (found_shape, shape, sizeof *shape * (gsize) want->rank) != 0) {
    g_autofree char *found = limn_arch_shape_text (tensor->rank, tensor->shape);
    g_autofree char *expected = limn_arch_shape_text (want->rank, shape);

    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, mismatch, path, tensor->name, found, expected);
    return FALSE;
  }
  if (!limn_is_weight_type (tensor->type)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: tensor %s has type %s; expected F16, BF16 or F32"), path,
                 tensor->name, limn_type_name (tensor->type));
    return FALSE;
  }
  return TRUE;
}

gboolean
limn_network_file_check (const LimnNetworkFile *file, LimnNet *net, const char *mismatch, GError **error)
{
  g_autoptr (LimnArchList) list = limn_arch_list_new ();

  limn_arch_list_add_net (list, net);
  for (guint i = 0; i < limn_arch_list_length (list); i++) {
    const LimnArchTensor *want = limn_arch_list_nth (list, i);
    g_autofree char *stored = file->stored_name (file->data, want->name);

    if (stored != NULL && !check_tensor (file, want, mismatch, error))
      return FALSE;
  }
  return TRUE;
}

/* Shapes were checked. */
static gboolean
find_cb (gpointer data, const char *name, LimnTensorView *view, GError **error)
{
  const LimnNetworkFile *file = data;
  const LimnTensor *tensor = get (file, name, error);

  if (tensor == NULL)
    return FALSE;
  *view = (LimnTensorView){
    .type = tensor->type,
    .rank = tensor->rank,
    .data = tensor->data,
    .file = limn_tensors_path (file->tensors),
    .stored_name = tensor->name,
  };
  memcpy (view->shape, tensor->shape, sizeof *view->shape * (gsize) view->rank);
  view->transposed = is_transposed (file, name, tensor->rank);
  if (view->transposed) {
    view->shape[0] = tensor->shape[1];
    view->shape[1] = tensor->shape[0];
  }
  return TRUE;
}

static gboolean
check_whole_cb (gpointer data, GError **error)
{
  return limn_tensors_check_whole (((LimnNetworkFile *) data)->tensors, error);
}

static void
release_pages_cb (gpointer data)
{
  LimnTensors *tensors = ((LimnNetworkFile *) data)->tensors;

  for (guint i = 0; i < limn_tensors_count (tensors); i++) {
    const LimnTensor *tensor = limn_tensors_nth (tensors, i);

    limn_tensors_release (tensors, tensor->data, limn_tensor_bytes (tensor));
  }
}

LimnTensorSource
limn_network_file_source (LimnNetworkFile *file)
{
  return (LimnTensorSource){ find_cb, check_whole_cb, release_pages_cb, file };
}
