/* complete.c - what may follow on the command line, for shells.
 *
 * "limn-cli --complete WORDS..." prints a line for each word that may stand where the last one is, with a tab and what
 * it means after it, or "@files" where it may be the name of a file.  The shells' own files, in data/completions, know
 * nothing else: an option or a sampler that is added is completed at once.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <string.h>

#include "base/i18n.h"

#define FILES "@files"

static void
offer (const char *word, const char *meaning)
{
  g_print (meaning != NULL ? "%s\t%s\n" : "%s\n", word, meaning);
}

/* option: "--name", or "--name=value" */
static const GOptionEntry *
find_entry (const GOptionEntry *entries, const char *option)
{
  gsize length;

  if (option == NULL || !g_str_has_prefix (option, "--"))
    return NULL;
  option += 2;
  length = strcspn (option, "=");
  for (; entries != NULL && entries->long_name != NULL; entries++)
    if (strlen (entries->long_name) == length && strncmp (entries->long_name, option, length) == 0)
      return entries;
  return NULL;
}

static void
offer_values (const GOptionEntry *entry)
{
  guint n;
  const LimnField *fields = limn_fields (&n);

  for (guint i = 0; i < n; i++) {
    if (strcmp (fields[i].name, entry->long_name) != 0)
      continue;
    for (guint row = 0; fields[i].names != NULL && fields[i].names[row] != NULL; row++)
      offer (fields[i].names[row], NULL);
    for (guint row = 0; fields[i].table != NULL && fields[i].table (row) != NULL; row++)
      offer (fields[i].table (row)->name, _ (fields[i].table (row)->title));
  }
  if (g_str_has_prefix (entry->arg_description, "FILE") || g_str_has_prefix (entry->arg_description, "PATH"))
    offer (FILES, NULL);
}

static void
offer_options (const GOptionEntry *entries)
{
  for (; entries != NULL && entries->long_name != NULL; entries++) {
    g_autofree char *option = g_strconcat ("--", entries->long_name, NULL);

    offer (option, _ (entries->description));
  }
  offer ("--help", _ ("tell the options"));
}

void
limn_cli_complete (const GOptionEntry *entries, gboolean positional, int n_words, char **words)
{
  const char *last = n_words > 0 ? words[n_words - 1] : "", *option = n_words > 1 ? words[n_words - 2] : NULL;
  const GOptionEntry *entry;

  /* bash hands "--name=value" over as three words */
  if (g_str_equal (last, "="))
    last = "";
  else if (g_strcmp0 (option, "=") == 0)
    option = n_words > 2 ? words[n_words - 3] : NULL;
  entry = find_entry (entries, strchr (last, '=') != NULL ? last : option);
  if (entry != NULL && entry->arg != G_OPTION_ARG_NONE) {
    offer_values (entry);
    return;
  }
  if (positional && last[0] != '-')
    offer (FILES, NULL);
  else
    offer_options (entries);
}
