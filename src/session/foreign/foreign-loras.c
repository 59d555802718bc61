/* foreign-loras.c - the LoRAs that a picture was painted with: those whose files are here come back as tags of the
 * prompt, the others are told.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "session/foreign/foreign-private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/model-path.h"
#include "engine/limn.h"
#include "text/prompt-loras.h"

void
limn_foreign_add_lora (LimnForeign *self, const char *name, double text, double unet)
{
  g_autofree char *plain =
      limn_is_model_name (name) ? g_strndup (name, (gsize) (strrchr (name, '.') - name)) : g_strdup (name);
  guint before = self->gaps->len;

  /* translators: a LoRA's name, and its weight */
  limn_foreign_miss_printf (self, _ ("LoRA"), _ ("“%s” (%.4g) was part of the model; Limn paints without it"), name,
                            unet);
  if (self->gaps->len > before && strpbrk (plain, "<>:") == NULL)
    ((LimnForeignGap *) self->gaps->pdata[before])->tag = limn_prompt_lora_tag (plain, text, unet);
}

void
limn_foreign_miss_lora (LimnForeign *self, const char *name, double weight)
{
  limn_foreign_add_lora (self, name, weight, weight);
}

/* Whether the file of tag's LoRA is here. */
static gboolean
is_here (const char *tag, const char *model)
{
  g_autoptr (GArray) loras = limn_prompt_loras (tag);
  g_autofree char *path =
      loras->len == 1 ? limn_lora_find (g_array_index (loras, LimnPromptLora, 0).name, NULL, model, NULL) : NULL;

  return path != NULL;
}

static void
add_to_prompt (LimnForeign *self, const char *tag)
{
  const char *prompt = limn_settings_values (self->settings)->prompt;
  g_autofree char *tagged = g_strdup_printf ("%s%s%s", prompt, prompt[0] != '\0' ? " " : "", tag);

  limn_foreign_set_string (self, "prompt", tagged);
}

void
limn_foreign_find_loras (LimnForeign *self, const char *const *models)
{
  const LimnSettingsValues *values = limn_settings_values (self->settings);
  const char *model = limn_foreign_has (self, "model") ? values->model : models != NULL ? models[0] : NULL;
  g_autofree char *starter = model != NULL && model[0] == '\0' ? limn_starter_path () : NULL;
  g_autofree char *path = g_strdup (starter != NULL ? starter : model);
  gboolean named = FALSE;

  for (guint i = 0; i < self->gaps->len; i++) {
    const LimnForeignGap *gap = self->gaps->pdata[i];

    named = named || gap->tag != NULL;
    if (gap->tag == NULL || !limn_foreign_has (self, "prompt") || !is_here (gap->tag, path))
      continue;
    add_to_prompt (self, gap->tag);
    g_ptr_array_remove_index (self->gaps, i--);
  }
  /* That there were some is said by their names. */
  for (guint i = self->gaps->len; named && i > 0; i--) {
    const LimnForeignGap *gap = self->gaps->pdata[i - 1];

    if (g_str_equal (gap->what, _ ("LoRA")) && gap->tag == NULL)
      g_ptr_array_remove_index (self->gaps, i - 1);
  }
}
