/* file-facts.c - see file-facts.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/file-facts.h"

#include <string.h>

#include "base/i18n.h"
#include "base/model-path.h"

#define LEAST_DIGITS 8

static const struct {
  const char *name;
  gsize offset;
} texts[] = {
  { "path", G_STRUCT_OFFSET (LimnFileFacts, path) },
  { "name", G_STRUCT_OFFSET (LimnFileFacts, name) },
  { "title", G_STRUCT_OFFSET (LimnFileFacts, title) },
  { "base", G_STRUCT_OFFSET (LimnFileFacts, base) },
  { "words", G_STRUCT_OFFSET (LimnFileFacts, words) },
  { "licence", G_STRUCT_OFFSET (LimnFileFacts, licence) },
  { "hash", G_STRUCT_OFFSET (LimnFileFacts, hash) },
  { "sha256", G_STRUCT_OFFSET (LimnFileFacts, sha256) },
  { "fingerprint", G_STRUCT_OFFSET (LimnFileFacts, fingerprint) },
  { "preview", G_STRUCT_OFFSET (LimnFileFacts, preview) },
  { "note", G_STRUCT_OFFSET (LimnFileFacts, note) },
};

const char *
limn_file_facts_text_name (guint index)
{
  return index < G_N_ELEMENTS (texts) ? texts[index].name : NULL;
}

char **
limn_file_facts_text (LimnFileFacts *facts, guint index)
{
  return (char **) ((char *) facts + texts[index].offset);
}

LimnFileFacts *
limn_file_facts_new (const char *path)
{
  LimnFileFacts *facts = g_new0 (LimnFileFacts, 1);
  g_autofree char *name = limn_model_name_from_path (path);

  facts->path = g_strdup (path);
  facts->name = g_filename_display_name (name);
  facts->kind = LIMN_FILE_OTHER;
  return facts;
}

LimnFileFacts *
limn_file_facts_copy (const LimnFileFacts *facts)
{
  LimnFileFacts *copy = g_new (LimnFileFacts, 1);

  *copy = *facts;
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    char **text = limn_file_facts_text (copy, i);
    *text = g_strdup (*text);
  }
  return copy;
}

void
limn_file_facts_free (LimnFileFacts *facts)
{
  if (facts == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (*limn_file_facts_text (facts, i));
  g_free (facts);
}

const char *
limn_file_facts_kind_name (const LimnFileFacts *facts)
{
  static const char *const kinds[] = {
    [LIMN_FILE_MODEL] = N_ ("Model"),         [LIMN_FILE_LORA] = N_ ("LoRA"),
    [LIMN_FILE_EMBEDDING] = N_ ("Embedding"), [LIMN_FILE_PART] = N_ ("Part of a model"),
    [LIMN_FILE_CONTROL] = N_ ("ControlNet"),  [LIMN_FILE_UPSCALER] = N_ ("Upscaler"),
    [LIMN_FILE_DETECTOR] = N_ ("Detector"),   [LIMN_FILE_OTHER] = N_ ("Not for Limn"),
  };
  static const char *const parts[] = {
    [LIMN_PART_UNET] = N_ ("U-Net"),
    [LIMN_PART_VAE] = N_ ("VAE"),
    [LIMN_PART_TEXT_ENCODER] = N_ ("Text encoder"),
    [LIMN_PART_TEXT_ENCODER_2] = N_ ("Second text encoder"),
  };

  if (facts->kind == LIMN_FILE_CONTROL && facts->adapter != LIMN_ADAPTER_NONE)
    return facts->adapter == LIMN_ADAPTER_IP ? _ ("IP-Adapter") : _ ("T2I-Adapter");
  if (facts->kind == LIMN_FILE_CONTROL && facts->types > 0)
    return _ ("ControlNet Union");
  return _ (facts->kind == LIMN_FILE_PART ? parts[facts->part] : kinds[facts->kind]);
}

static gboolean
begins_with (const char *all, const char *hash)
{
  return all != NULL && g_ascii_strncasecmp (all, hash, strlen (hash)) == 0;
}

gboolean
limn_file_facts_has_hash (const LimnFileFacts *facts, const char *hash)
{
  if (strlen (hash) < LEAST_DIGITS)
    return FALSE;
  return begins_with (facts->sha256, hash) || begins_with (facts->hash, hash);
}
