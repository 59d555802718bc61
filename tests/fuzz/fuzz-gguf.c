/* fuzz-gguf.c - any bytes as a GGUF file; what opens is read to its last byte.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/error.h"
#include "file/tensors.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *copy = g_malloc (MAX (size, 4));

  /* The magic is not worth finding. */
  memcpy (copy, "GGUF", 4);
  if (size > 4)
    memcpy (copy + 4, data + 4, size - 4);
  g_autoptr (LimnTensors) file = limn_tensors_open_memory ("fuzz.gguf", copy, MAX (size, 4), &error);
  if (file == NULL) {
    g_assert_true (error != NULL && error->domain == LIMN_ERROR);
    g_assert_true (g_str_has_prefix (error->message, "fuzz.gguf: "));
    return 0;
  }
  for (guint i = 0; i < limn_tensors_count (file); i++) {
    const LimnTensor *tensor = limn_tensors_nth (file, i);
    g_autofree float *values = g_new (float, tensor->count);
    g_assert_true (limn_tensors_find (file, tensor->name) == tensor);
    limn_tensor_to_float (tensor, values);
  }
  limn_tensors_metadata (file, "general.architecture");
  return 0;
}
