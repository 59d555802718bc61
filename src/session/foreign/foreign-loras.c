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

#define MOST_HASHES 1000

void
limn_foreign_add_tag (LimnForeign *self, const LimnPromptLora *lora)
{
  const char *name = lora->name;
  g_autofree char *plain =
      limn_is_model_name (name) ? g_strndup (name, (gsize) (strrchr (name, '.') - name)) : g_strdup (name);
  guint before = self->gaps->len;
  LimnPromptLora other = *lora;

  /* translators: a LoRA's name, and its weight */
  limn_foreign_miss_printf (self, _ ("LoRA"), _ ("“%s” (%.4g) was part of the model; Limn paints without it"), name,
                            lora->unet);
  other.name = plain;
  if (self->gaps->len > before && strpbrk (plain, "<>:") == NULL)
    ((LimnForeignGap *) self->gaps->pdata[before])->tag = limn_prompt_lora_write (&other);
}

void
limn_foreign_add_lora (LimnForeign *self, const char *name, double text, double unet)
{
  limn_foreign_add_tag (self, &(LimnPromptLora){ .name = (char *) name, .text = text, .unet = unet });
}

void
limn_foreign_miss_lora (LimnForeign *self, const char *name, double weight)
{
  limn_foreign_add_lora (self, name, weight, weight);
}

void
limn_foreign_read_hashes (LimnForeign *self, const char *text)
{
  g_auto (GStrv) pairs = g_strsplit (text, ",", MOST_HASHES);

  for (guint i = 0; pairs[i] != NULL; i++) {
    char *colon = strrchr (pairs[i], ':');

    if (colon == NULL)
      continue;
    *colon = '\0';
    g_hash_table_replace (self->hashes, g_strdup (g_strstrip (pairs[i])), g_strdup (g_strstrip (colon + 1)));
  }
}

/* By its hash, where its file has another name here; or NULL. */
static char *
find_renamed (LimnForeign *self, const char *name)
{
  const char *hash = g_hash_table_lookup (self->hashes, name);
  g_autoptr (LimnCatalogue) catalogue = hash != NULL ? limn_catalogue_open (NULL) : NULL;

  return catalogue != NULL ? limn_catalogue_find_hash (catalogue, LIMN_FILE_LORA, hash) : NULL;
}

/* The tag of gap's LoRA, where its file is here, by its name or else by its hash; or NULL.  (transfer full) */
static char *
find_tag (LimnForeign *self, const char *tag, const char *model)
{
  g_autoptr (GArray) loras = limn_prompt_loras (tag);
  const LimnPromptLora *lora = loras->len == 1 ? &g_array_index (loras, LimnPromptLora, 0) : NULL;
  g_autofree char *path = lora != NULL ? limn_lora_find (lora->name, NULL, model, NULL) : NULL;
  g_autofree char *renamed = lora != NULL && path == NULL ? find_renamed (self, lora->name) : NULL;
  g_autofree char *name = NULL, *folder = NULL, *found = NULL;

  if (lora == NULL || (path == NULL && renamed == NULL))
    return NULL;
  if (path != NULL)
    return g_strdup (tag);
  name = limn_model_name_from_path (renamed);
  folder = g_path_get_dirname (renamed);
  found = limn_lora_find (name, NULL, model, NULL);
  if (found == NULL && !limn_lora_add_folder (folder, NULL))
    return NULL;
  /* translators: two names of a LoRA: the picture's, and its file's here */
  limn_foreign_miss_printf (self, _ ("LoRA by another name"), _ ("“%s” is “%s” here: its hash is the same"), lora->name,
                            name);
  LimnPromptLora other = *lora;
  other.name = name;
  return limn_prompt_lora_write (&other);
}

static void
add_to_prompt (LimnForeign *self, const char *tag)
{
  const char *prompt = limn_settings_values (self->settings)->prompt;
  g_autofree char *tagged = g_strdup_printf ("%s%s%s", prompt, prompt[0] != '\0' ? " " : "", tag);

  limn_foreign_set_string (self, "prompt", tagged);
}

/* Tags of a prompt of Limn's own stay where they are; one whose file is not here would be refused when it is painted,
 * and goes, told. */
static void
keep_tags (LimnForeign *self, const char *property, const char *model)
{
  g_autofree char *prompt = NULL;
  g_autoptr (GArray) tags = NULL;
  g_autoptr (GString) text = NULL;

  g_object_get (self->settings, property, &prompt, NULL);
  tags = limn_prompt_loras (prompt);
  text = g_string_new (prompt);
  for (guint i = tags->len; i > 0; i--) {
    const LimnPromptLora *lora = &g_array_index (tags, LimnPromptLora, i - 1);
    g_autofree char *path = limn_lora_find (lora->name, NULL, model, NULL);
    g_autofree char *written = limn_prompt_lora_write (lora);
    g_autofree char *found = path == NULL ? find_tag (self, written, model) : NULL;

    if (path != NULL)
      continue;
    g_string_erase (text, (gssize) lora->start, (gssize) lora->length);
    if (found != NULL) {
      g_string_insert (text, (gssize) lora->start, found);
      continue;
    }
    if (lora->start > 0 && text->str[lora->start - 1] == ' ' && strchr (" ,\n", text->str[lora->start]) != NULL)
      g_string_erase (text, (gssize) lora->start - 1, 1);
    limn_foreign_add_tag (self, lora);
  }
  if (!g_str_equal (text->str, prompt))
    limn_foreign_set_string (self, property, text->str);
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
    g_autofree char *tag = NULL;

    named = named || gap->tag != NULL;
    if (gap->tag == NULL || !limn_foreign_has (self, "prompt") || (tag = find_tag (self, gap->tag, path)) == NULL)
      continue;
    add_to_prompt (self, tag);
    g_ptr_array_remove_index (self->gaps, i--);
  }
  /* That there were some is said by their names. */
  for (guint i = self->gaps->len; named && i > 0; i--) {
    const LimnForeignGap *gap = self->gaps->pdata[i - 1];

    if (g_str_equal (gap->what, _ ("LoRA")) && gap->tag == NULL)
      g_ptr_array_remove_index (self->gaps, i - 1);
  }
  if (self->kind != LIMN_FOREIGN_LIMN)
    return;
  keep_tags (self, "prompt", path);
  keep_tags (self, "prompt-2", path);
}
