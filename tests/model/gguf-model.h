/* gguf-model.h - models as GGUF, as ComfyUI's converter writes them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "file/tensors.h"

G_BEGIN_DECLS

/* Writes those tensors of file whose names begin with prefix to path, their names without it.  quantized: all but
 * vectors and what is small becomes Q8_0, stored as rows of 256 where its own are no whole blocks; else F16. */
void gguf_model_write (LimnTensors *file, const char *prefix, gboolean quantized, const char *path);
/* The values of that file's tensors, as F32 in a safetensors file. */
void gguf_model_write_twin (const char *gguf, const char *path);
/* In folder: the golden miniature of SDXL as one such file.  (transfer full) */
char *gguf_model_make (const char *folder, gboolean quantized);

G_END_DECLS
