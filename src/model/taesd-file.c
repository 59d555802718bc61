/* taesd-file.c - a tiny decoder's file, by whatever names it has.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/taesd.h"

#include <string.h>

#include "base/error.h"
#include "base/i18n.h"
#include "model/arch.h"
#include "model/network-file.h"

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
  LimnNetworkFile file;
  const Layout *layout;
};

/* The layout's name for ours. */
static char *
stored_name (gconstpointer data, const char *name)
{
  const Layout *layout = ((const LimnTaesdFile *) data)->layout;
  char *rest;
  guint64 number = g_ascii_strtoull (name + strlen (OUR_PREFIX), &rest, 10);

  return g_strdup_printf ("%s%" G_GUINT64_FORMAT "%s", layout->prefix, number + (guint64) layout->first, rest);
}

static gboolean
find_layout (LimnTaesdFile *file, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (layouts); i++) {
    file->layout = &layouts[i];
    if (limn_network_file_find (&file->file, OUR_PREFIX "0.weight") != NULL)
      return TRUE;
  }
  g_set_error (error, LIMN_ERROR, LIMN_ERROR_MODEL,
               _ ("%s is no TAESD decoder: it has neither the tensor %s of taesdxl_decoder.safetensors nor %s of "
                  "diffusers"),
               limn_tensors_path (file->file.tensors), "1.weight", OUR_PREFIX "0.weight");
  return FALSE;
}

/* Every tensor that the network declares. */
static gboolean
check_tensors (const LimnTaesdFile *file, GError **error)
{
  g_autoptr (LimnNet) net = limn_arch_net_new ();
  LimnTaesdPlan written;

  limn_taesd_write (net, 1, 1, 0, &written);
  limn_plan_free (written.plan);
  return limn_network_file_check (
      &file->file, net, _ ("%s is no TAESD decoder of this kind: tensor %s has shape %s; expected %s"), error);
}

LimnTaesdFile *
limn_taesd_file_open (const char *path, GError **error)
{
  g_autoptr (LimnTaesdFile) file = g_new0 (LimnTaesdFile, 1);

  file->file = (LimnNetworkFile){ limn_tensors_open (path, error), stored_name, file };
  if (file->file.tensors == NULL || !find_layout (file, error) || !check_tensors (file, error))
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
  limn_tensors_unref (file->file.tensors);
  g_free (file);
}

LimnTensorSource
limn_taesd_file_source (LimnTaesdFile *file)
{
  return limn_network_file_source (&file->file);
}
