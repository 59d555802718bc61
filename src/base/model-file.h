/* model-file.h - a model made of parts, as a small file that names them.
 *
 *   [Model]
 *   version=1
 *   model=../sd_xl_base_1.0.safetensors
 *   vae=sdxl_vae.safetensors
 *
 * The keys are the names of the parts (limn_part_name ()), and "model" for where all that is not named is.  A relative
 * path begins in the file's folder.  Such a file has a path as any other model has, so that whatever names a model by
 * its path (settings, queue, journals, pictures) can name one that is made of parts.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "base/types.h"

G_BEGIN_DECLS

#define LIMN_MODEL_FILE_ENDING ".limn"

/* By its name, in capitals too. */
gboolean limn_is_model_file (const char *path);
/* Paths are absolute, their strings in strings, which must outlive parts.  Whether what they name is there is not
 * looked at. */
gboolean limn_model_file_read (const char *path, GStringChunk *strings, LimnModelParts *parts, GError **error);
/* The model beside which LoRAs, embeddings and the like of the model at path lie: path, or what a model file names.
 * (transfer full) */
char *limn_model_home (const char *path);
/* Atomically.  Makes path's folder. */
gboolean limn_model_file_write (const char *path, const LimnModelParts *parts, GError **error);

G_END_DECLS
