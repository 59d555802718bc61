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
      N_ ("a LoRA to paint with, and its weight (1), or those for text and U-Net; then stage=base, refiner or both, "
          "start=, stop= or step=FIRST-END, the steps that have it, and lbw=, what its blocks weigh; as often as there "
          "are some"),
      N_ ("FILE[:W[:W]][:KEY=VALUE...]") },
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

/* What of given is the file, and what the colon behind it begins: the longest path that is there, or up to the first
 * colon of a name. */
static char *
cut_file (const char *given, const char **rest)
{
  const char *end = given + strlen (given);
  g_autofree char *path = NULL;

  for (const char *at = end; at > given; at--) {
    if (*at != '\0' && *at != ':')
      continue;
    g_free (path);
    path = g_strndup (given, (gsize) (at - given));
    *rest = *at == ':' ? at + 1 : at;
    if (g_file_test (path, G_FILE_TEST_EXISTS))
      return g_steal_pointer (&path);
  }
  const char *slash = strrchr (given, '/'), *colon = strchr (slash != NULL ? slash : given, ':');
  *rest = colon != NULL ? colon + 1 : end;
  return g_strndup (given, (gsize) ((colon != NULL ? colon : end) - given));
}

/* FILE and what a tag may say behind a name, as a tag; the folder of a file that is there goes to folders. */
static int
add_tag (GString *prompt, const char *given, GStrvBuilder *folders)
{
  const char *rest;
  g_autofree char *file = cut_file (given, &rest), *name = limn_model_name_from_path (file);
  g_autofree char *tag = g_strdup_printf ("<lora:%s:%s>", name, rest);
  g_autoptr (GArray) loras = limn_prompt_loras (tag);

  if (loras->len != 1)
    return limn_cli_fail (LIMN_EXIT_USAGE, _ ("--lora %s: the name of a file that a prompt can name is expected"),
                          given);
  const LimnPromptLora *lora = &g_array_index (loras, LimnPromptLora, 0);
  if (lora->unread != NULL)
    return limn_cli_fail (LIMN_EXIT_USAGE,
                          _ ("--lora %s: \"%s\" means nothing here; expected a weight, two (text:U-Net), stage=base, "
                             "refiner or both, start=, stop=, step=FIRST-END or lbw="),
                          given, lora->unread);
  if (g_file_test (file, G_FILE_TEST_EXISTS)) {
    g_autofree char *full = g_canonicalize_filename (file, NULL), *folder = g_path_get_dirname (full);
    g_strv_builder_add (folders, folder);
  }
  g_autofree char *written = limn_prompt_lora_write (lora);
  g_string_append_printf (prompt, "%s%s", prompt->len > 0 ? " " : "", written);
  return 0;
}

int
limn_cli_take_loras (LimnCliLoras *loras, LimnRequest *request)
{
  g_autoptr (GStrvBuilder) folders = g_strv_builder_new ();
  GString *prompt = g_string_new (request->prompt);
  int status = 0;

  for (guint i = 0; status == 0 && loras->files != NULL && loras->files[i] != NULL; i++)
    status = add_tag (prompt, loras->files[i], folders);
  if (loras->folders != NULL)
    g_strv_builder_addv (folders, (const char **) loras->folders);
  loras->all_folders = g_strv_builder_end (folders);
  loras->prompt = g_string_free (prompt, FALSE);
  request->prompt = loras->prompt;
  request->lora_folders = (const char *const *) loras->all_folders;
  return status;
}
