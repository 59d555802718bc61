/* checkpoint-source.c - where the parts of a model are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model/checkpoint-private.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/model-file.h"
#include "model/arch.h"

void
limn_model_source_free (LimnModelSource *source)
{
  g_clear_pointer (&source->file, limn_tensors_unref);
  g_clear_pointer (&source->index, limn_json_free);
  g_free (source->path);
  g_free (source);
}

static gboolean
holds (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* The folder that a file of it stands for: its config.json says the sizes that the file does not.  (transfer full) */
static char *
find_place (const char *named, gboolean whole)
{
  g_autofree char *name = g_path_get_basename (named), *folder = g_path_get_dirname (named);
  gboolean index = g_str_equal (name, "model_index.json");
  gboolean weights =
      !whole && g_str_equal (name, "diffusion_pytorch_model.safetensors") && holds (folder, "config.json");

  return g_strdup (index || weights ? folder : named);
}

/* whole: it is named as a model, not as a part.  Owned by checkpoint. */
static const LimnModelSource *
open_source (LimnCheckpoint *checkpoint, const char *named, gboolean whole, GError **error)
{
  g_autofree char *path = find_place (named, whole);

  for (guint i = 0; i < checkpoint->sources->len; i++) {
    const LimnModelSource *known = g_ptr_array_index (checkpoint->sources, i);
    if (g_str_equal (known->path, path))
      return known;
  }
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, LIMN_ERROR, LIMN_ERROR_FILE, _ ("There is no file or folder %s"), path);
    return NULL;
  }

  LimnModelSource *source = g_new0 (LimnModelSource, 1);
  gboolean folder = g_file_test (path, G_FILE_TEST_IS_DIR), good = TRUE;
  source->path = g_steal_pointer (&path);
  g_ptr_array_add (checkpoint->sources, source);
  if (!folder)
    good = (source->file = limn_checkpoint_open_file (source->path, error)) != NULL;
  else if (whole || holds (source->path, "model_index.json") || !holds (source->path, "config.json"))
    good = (source->index = limn_checkpoint_load_index (source->path, error)) != NULL;
  return good ? source : NULL;
}

gboolean
limn_checkpoint_resolve (const LimnModelParts *parts, GStringChunk *strings, LimnModelParts *out, GError **error)
{
  LimnModelParts named;

  *out = *parts;
  if (parts->model == NULL || !limn_is_model_file (parts->model))
    return TRUE;
  if (!limn_model_file_read (parts->model, strings, &named, error))
    return FALSE;
  out->model = named.model;
  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    if (out->parts[part] == NULL)
      out->parts[part] = named.parts[part];
  return TRUE;
}

gboolean
limn_checkpoint_open_sources (LimnCheckpoint *checkpoint, const LimnModelParts *parts, GError **error)
{
  const char *model = parts->model != NULL ? parts->model : parts->parts[LIMN_PART_UNET];

  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++) {
    gboolean apart = parts->parts[part] != NULL;
    checkpoint->parts[part].source =
        open_source (checkpoint, apart ? parts->parts[part] : model, !apart && parts->model != NULL, error);
    if (checkpoint->parts[part].source == NULL)
      return FALSE;
  }
  return TRUE;
}

gboolean
limn_checkpoint_is_mixed (LimnCheckpoint *checkpoint)
{
  return checkpoint->sources->len > 1;
}

gboolean
limn_checkpoint_is_part (const char *path, LimnPartId *part)
{
  g_autoptr (LimnTensors) file = limn_checkpoint_open_file (path, NULL);

  return file != NULL && limn_arch_lone_part (file, part);
}
