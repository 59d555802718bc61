/* taesd-file.c - a tiny decoder's file, by whatever names it has.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/taesd.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "file/tensors.h"
#include "model/arch.h"

#define OUR_PREFIX "decoder.layers."

/* How files call what is decoder.layers.N here: another prefix, and another number for the first. */
typedef struct {
  const char *prefix;
  int first;
} Layout;

static const Layout layouts[] = {
  { "", 1 },               /* taesdxl_decoder.safetensors, whose first module clamps the latent */
  { OUR_PREFIX, 0 },       /* diffusers' AutoencoderTiny */
  { "decoder.", 1 },       /* one file with the encoder */
  { "taesd_decoder.", 1 }, /* the same as ComfyUI saves it */
};

struct _LimnTaesdFile {
  LimnTensors *tensors;
  const Layout *layout;
};

/* The layout's name for ours.  (transfer full) */
static char *
stored_name (const Layout *layout, const char *name)
{
  char *rest;
  guint64 number = g_ascii_strtoull (name + strlen (OUR_PREFIX), &rest, 10);

  return g_strdup_printf ("%s%" G_GUINT64_FORMAT "%s", layout->prefix, number + (guint64) layout->first, rest);
}

static gboolean
find_layout (LimnTaesdFile *file, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (layouts); i++) {
    g_autofree char *name = stored_name (&layouts[i], OUR_PREFIX "0.weight");

    file->layout = &layouts[i];
    if (limn_tensors_find (file->tensors, name) != NULL)
      return TRUE;
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               _ ("%s is no TAESD decoder: it has neither the tensor %s of taesdxl_decoder.safetensors nor %s of "
                  "diffusers"),
               limn_tensors_path (file->tensors), "1.weight", OUR_PREFIX "0.weight");
  return FALSE;
}

static const LimnTensor *
find_stored (const LimnTaesdFile *file, const char *name, GError **error)
{
  g_autofree char *stored = stored_name (file->layout, name);
  const LimnTensor *tensor = limn_tensors_find (file->tensors, stored);

  if (tensor == NULL)
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: tensor %s is missing"), limn_tensors_path (file->tensors),
                 stored);
  return tensor;
}

static gboolean
check_tensor (const LimnTaesdFile *file, const LimnArchTensor *want, GError **error)
{
  const LimnTensor *tensor = find_stored (file, want->name, error);
  const char *path = limn_tensors_path (file->tensors);

  if (tensor == NULL)
    return FALSE;
  if (tensor->rank != want->rank
      || memcmp (tensor->shape, want->shape, sizeof *want->shape * (gsize) want->rank) != 0) {
    g_autofree char *found = limn_arch_shape_text (tensor->rank, tensor->shape);
    g_autofree char *expected = limn_arch_shape_text (want->rank, want->shape);

    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
                 _ ("%s is no TAESD decoder of this kind: tensor %s has shape %s; expected %s"), path, tensor->name,
                 found, expected);
    return FALSE;
  }
  if (!limn_is_weight_type (tensor->type)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL, _ ("%s: tensor %s has type %s; expected F16, BF16 or F32"), path,
                 tensor->name, limn_type_name (tensor->type));
    return FALSE;
  }
  return TRUE;
}

/* Every tensor that the network declares. */
static gboolean
check_tensors (const LimnTaesdFile *file, GError **error)
{
  g_autoptr (LimnArchList) list = limn_arch_list_new ();
  g_autoptr (LimnNet) net = limn_arch_net_new ();
  LimnTaesdPlan written;

  limn_taesd_write (net, 1, 1, &written);
  limn_plan_free (written.plan);
  limn_arch_list_add_net (list, net);
  for (guint i = 0; i < limn_arch_list_length (list); i++)
    if (!check_tensor (file, limn_arch_list_nth (list, i), error))
      return FALSE;
  return TRUE;
}

LimnTaesdFile *
limn_taesd_file_open (const char *path, GError **error)
{
  g_autoptr (LimnTaesdFile) file = g_new0 (LimnTaesdFile, 1);

  file->tensors = limn_tensors_open (path, error);
  if (file->tensors == NULL || !find_layout (file, error) || !check_tensors (file, error))
    return NULL;
  return g_steal_pointer (&file);
}

/* name's file in folder, as it is published, or as somebody has it who took the whole of it.  (transfer full) */
static char *
look_in (const char *folder, const char *name)
{
  static const char *const endings[] = { "_decoder.safetensors", ".safetensors",
                                         G_DIR_SEPARATOR_S "diffusion_pytorch_model.safetensors" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++) {
    g_autofree char *file = g_strconcat (name, endings[i], NULL), *path = g_build_filename (folder, file, NULL);

    if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
      return g_steal_pointer (&path);
  }
  return NULL;
}

LimnTaesdFile *
limn_taesd_file_find (const char *model, const char *name, gboolean shared, GError **error)
{
  g_autofree char *own = g_canonicalize_filename (model, NULL), *beside = g_path_get_dirname (own);
  g_autofree char *above = g_path_get_dirname (beside), *path = NULL;
  const char *const folders[][2] = {
    { own, "" }, { beside, "" }, { beside, "vae_approx" }, { above, "vae_approx" }, { g_get_user_data_dir (), "limn" },
  };

  for (guint i = 0; path == NULL && i < (shared ? G_N_ELEMENTS (folders) : 1); i++) {
    g_autofree char *folder = g_build_filename (folders[i][0], folders[i][1], NULL);

    path = look_in (folder, name);
  }
  return path != NULL ? limn_taesd_file_open (path, error) : NULL;
}

void
limn_taesd_file_free (LimnTaesdFile *file)
{
  if (file == NULL)
    return;
  limn_tensors_unref (file->tensors);
  g_free (file);
}

/* Shapes were checked when the file was opened. */
static gboolean
find_cb (gpointer data, const char *name, LimnTensorView *view, GError **error)
{
  const LimnTaesdFile *file = data;
  const LimnTensor *tensor = find_stored (file, name, error);

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
  return TRUE;
}

static gboolean
check_whole_cb (gpointer data, GError **error)
{
  return limn_tensors_check_whole (((LimnTaesdFile *) data)->tensors, error);
}

/* A few megabytes, which leave with the file. */
static void
release_pages_cb (gpointer data)
{
}

LimnTensorSource
limn_taesd_file_source (LimnTaesdFile *file)
{
  return (LimnTensorSource){ find_cb, check_whole_cb, release_pages_cb, file };
}
