/* models.c - limn-cli models: the model files in folders, each for what it is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <string.h>

#include "base/i18n.h"

#define NAME_COLUMNS 44
#define KIND_COLUMNS 18
#define FAMILY_COLUMNS 14

static void
print_cell (const char *text, int columns)
{
  g_print ("%s%*s ", text, MAX (0, columns - limn_cli_columns (text)), "");
}

static void
print_line (const char *label, const char *text)
{
  if (text != NULL)
    g_print ("    %s: %s\n", label, text);
}

static void
print_facts (const LimnFileFacts *facts, guint copies, gboolean all)
{
  g_autofree char *size = g_format_size ((guint64) facts->size);

  print_cell (facts->name, NAME_COLUMNS);
  print_cell (limn_file_facts_kind_name (facts), KIND_COLUMNS);
  print_cell (facts->family != LIMN_FAMILY_UNKNOWN ? limn_family_name (facts->family) : "", FAMILY_COLUMNS);
  g_print ("%s\n", size);
  print_line (_ ("not usable"), facts->note);
  if (facts->missing)
    print_line (_ ("not there"), facts->path);
  if (copies > 1)
    print_line (_ ("the same as others"), facts->path);
  if (!all)
    return;
  print_line (_ ("file"), facts->path);
  print_line (_ ("title"), facts->title);
  print_line (_ ("made from"), facts->base);
  print_line (_ ("words"), facts->words);
  print_line (_ ("licence"), facts->licence);
  print_line ("SHA-256", facts->sha256);
  print_line (_ ("hash"), facts->hash);
}

static void
ignore_cb (const LimnFileFacts *facts, gpointer data)
{
}

static gboolean
interrupted_cb (gpointer data)
{
  return limn_cli_interrupted ();
}

static GHashTable *
count_copies (GPtrArray *files)
{
  GHashTable *counts = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < files->len; i++) {
    const LimnFileFacts *facts = files->pdata[i];
    if (facts->fingerprint != NULL)
      g_hash_table_insert (counts, facts->fingerprint,
                           GUINT_TO_POINTER (1 + GPOINTER_TO_UINT (g_hash_table_lookup (counts, facts->fingerprint))));
  }
  return counts;
}

static int
list_all (const char *const *folders, gboolean all)
{
  g_autoptr (LimnCatalogue) catalogue = limn_catalogue_open (NULL);
  const LimnCatalogueMonitor monitor = { ignore_cb, interrupted_cb, NULL };

  limn_cli_catch_interrupt ();
  if (!limn_catalogue_scan (catalogue, folders, &monitor))
    return LIMN_EXIT_CANCELLED;
  GPtrArray *files = limn_catalogue_list (catalogue);
  g_autoptr (GHashTable) counts = count_copies (files);
  for (guint i = 0; i < files->len; i++) {
    const LimnFileFacts *facts = files->pdata[i];
    guint copies = facts->fingerprint != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (counts, facts->fingerprint)) : 1;
    print_facts (facts, copies, all);
  }
  return 0;
}

/* Where no folder is named and none was ever chosen. */
static int
offer_folders (void)
{
  g_autoptr (GPtrArray) found = limn_model_folders_find (NULL);

  for (guint i = 0; i < found->len; i++) {
    const LimnFoundFolder *folder = found->pdata[i];
    /* translators: a program, and its folder of models */
    g_printerr (_ ("%s has models in %s\n"), folder->program, folder->path);
  }
  return limn_cli_fail (LIMN_EXIT_USAGE, _ ("no folder of models was chosen; name one, or choose one in the window"));
}

int
limn_cli_models (int argc, char **argv)
{
  gboolean all = FALSE, named = FALSE;
  char *folder = NULL;
  const GOptionEntry entries[] = {
    { "details", 0, 0, G_OPTION_ARG_NONE, &all, N_ ("all that is known of each file"), NULL },
    { NULL },
  };

  for (int i = 1; i < argc; i++)
    named = named || argv[i][0] != '-';
  int status = limn_cli_parse (argc, argv, entries, _ ("[FOLDER]"),
                               _ ("Lists the model files in FOLDER, or else in those that were chosen in the window: "
                                  "what each is, and what Limn cannot use."),
                               named ? &folder : NULL);
  if (status != 0)
    return status;
  if (folder != NULL) {
    const char *const folders[] = { folder, NULL };
    return g_file_test (folder, G_FILE_TEST_IS_DIR)
               ? list_all (folders, all)
               : limn_cli_fail (LIMN_EXIT_ERROR, _ ("%s: there is no such folder"), folder);
  }
  g_auto (GStrv) chosen = limn_model_folders ();
  return chosen[0] != NULL ? list_all ((const char *const *) chosen, all) : offer_folders ();
}
