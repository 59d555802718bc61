/* loras.c - limn-cli's --lora and --lora-dir: tags in the prompt, and folders for their files.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <string.h>

#include "base/i18n.h"
#include "base/model-path.h"
#include "text/prompt-loras.h"

void
limn_cli_add_loras (GArray *entries, LimnCliLoras *loras)
{
  const GOptionEntry own[] = {
    { "lora", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &loras->files,
      N_ ("a LoRA to paint with, and its weight (1); as often as there are some"), N_ ("FILE[:W]") },
    { "lora-dir", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &loras->folders,
      N_ ("where the files of LoRAs are that the prompt names (beside the model)"), N_ ("PATH") },
  };

  g_array_append_vals (entries, own, G_N_ELEMENTS (own));
}

void
limn_cli_loras_clear (LimnCliLoras *loras)
{
  g_strfreev (loras->files);
  g_strfreev (loras->folders);
  g_clear_pointer (&loras->all_folders, g_strfreev);
  g_clear_pointer (&loras->prompt, g_free);
}

/* Cuts ":0.8" off the end of text, where there is such a number. */
static gboolean
cut_weight (char *text, double *weight)
{
  char *colon = strrchr (text, ':'), *end;

  if (colon == NULL || colon == text)
    return FALSE;
  double value = g_ascii_strtod (colon + 1, &end);
  if (end == colon + 1 || *end != '\0')
    return FALSE;
  *weight = value;
  *colon = '\0';
  return TRUE;
}

/* FILE, FILE:W or FILE:TEXT:UNET, as a tag; the folder of a file that is there goes to folders. */
static char *
tag_of (const char *given, GStrvBuilder *folders)
{
  g_autofree char *file = g_strdup (given);
  double last = 1, first = 1;

  if (!g_file_test (file, G_FILE_TEST_EXISTS) && cut_weight (file, &last)) {
    first = last;
    if (!g_file_test (file, G_FILE_TEST_EXISTS))
      cut_weight (file, &first);
  }
  if (g_file_test (file, G_FILE_TEST_EXISTS)) {
    g_autofree char *full = g_canonicalize_filename (file, NULL), *folder = g_path_get_dirname (full);
    g_strv_builder_add (folders, folder);
  }
  g_autofree char *name = limn_model_name_from_path (file);
  return limn_prompt_lora_tag (name, first, last);
}

void
limn_cli_take_loras (LimnCliLoras *loras, LimnRequest *request)
{
  g_autoptr (GStrvBuilder) folders = g_strv_builder_new ();
  GString *prompt = g_string_new (request->prompt);

  for (guint i = 0; loras->files != NULL && loras->files[i] != NULL; i++) {
    g_autofree char *tag = tag_of (loras->files[i], folders);
    g_string_append_printf (prompt, "%s%s", prompt->len > 0 ? " " : "", tag);
  }
  if (loras->folders != NULL)
    g_strv_builder_addv (folders, (const char **) loras->folders);
  loras->all_folders = g_strv_builder_end (folders);
  loras->prompt = g_string_free (prompt, FALSE);
  request->prompt = loras->prompt;
  request->lora_folders = (const char *const *) loras->all_folders;
}
