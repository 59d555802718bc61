/* fuzz-lora.c - any bytes as a LoRA's file; what opens is merged into the miniature model.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/error.h"
#include "model/checkpoint-private.h"
#include "model/lora.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
merge_all (LimnLora *lora, LimnCheckpoint *base)
{
  const LimnLoraUse use = { .lora = lora, .strengths = { 0.7, 0, 0.7, 0.7 } };
  g_autoptr (LimnCheckpoint) merged = limn_checkpoint_merge (base, &use, 1);

  for (LimnPartId part = 0; part < LIMN_N_PARTS; part++)
    for (guint i = 0; i < limn_arch_list_length (base->parts[part].list); i++) {
      const char *name = limn_arch_list_nth (base->parts[part].list, i)->name;
      g_autoptr (GError) error = NULL;
      LimnTensorView view;

      if (limn_lora_changes (lora, part, name) && !limn_checkpoint_find (merged, part, name, &view, &error))
        g_assert_true (error != NULL && error->domain == LIMN_ERROR);
      g_assert_true (limn_checkpoint_check_whole (merged, part, NULL));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static LimnCheckpoint *base;
  g_autoptr (GError) error = NULL;

  if (base == NULL)
    base = limn_checkpoint_open (LIMN_GOLDEN_DIR "/mini-sdxl", NULL);
  g_autoptr (LimnTensors) file = limn_tensors_open_memory ("fuzz.safetensors", data, size, &error);
  g_autoptr (LimnLora) lora = file != NULL ? limn_lora_new (file, base, &error) : NULL;
  if (lora == NULL) {
    g_assert_true (error != NULL && error->domain == LIMN_ERROR);
    return 0;
  }
  limn_lora_hash (lora);
  merge_all (lora, base);
  return 0;
}
