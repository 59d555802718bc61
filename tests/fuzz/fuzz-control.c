/* fuzz-control.c - any bytes as a ControlNet's file; what opens is asked for all that a network beside the miniature
 * model reads of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "base/error.h"
#include "model/checkpoint-private.h"
#include "model/control.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
use (LimnControlFile *file, LimnCheckpoint *base)
{
  g_autofree char *fingerprint = limn_control_file_fingerprint (file);
  g_autoptr (GError) error = NULL;
  LimnControlConfig config;

  g_assert_nonnull (fingerprint);
  g_assert_cmpuint (limn_control_file_values (file), >, 0);
  if (!limn_control_file_match (file, &base->unet, "fuzz", &config, &error)) {
    g_assert_true (error != NULL && error->domain == LIMN_ERROR);
    return;
  }
  g_autoptr (LimnCheckpoint) beside = limn_checkpoint_control (base, &file, 1);
  g_assert_true (limn_checkpoint_is_control (beside, base, &file, 1));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static LimnCheckpoint *base;
  g_autoptr (GError) error = NULL;

  if (base == NULL)
    base = limn_checkpoint_open (LIMN_GOLDEN_DIR "/mini-sdxl", NULL);
  LimnTensors *tensors = limn_tensors_open_memory ("fuzz.safetensors", data, size, &error);
  g_autoptr (LimnControlFile) file = tensors != NULL ? limn_control_file_new (tensors, &error) : NULL;
  if (file == NULL) {
    g_assert_true (error != NULL && error->domain == LIMN_ERROR && strstr (error->message, "fuzz.safetensors") != NULL);
    return 0;
  }
  use (file, base);
  return 0;
}
