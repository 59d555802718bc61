/* main.c - limn-cli: which command.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/cli.h"

#include <locale.h>
#include <string.h>

#include "base/i18n.h"

static const struct {
  const char *name, *summary;
  int (*run) (int argc, char **argv);
} commands[] = {
  { "generate", N_ ("paint a picture"), limn_cli_generate },
  { "batch", N_ ("paint a list of pictures"), limn_cli_batch },
  { "serve", N_ ("let other programs paint"), limn_cli_serve },
  { "enlarge", N_ ("make a picture larger"), limn_cli_enlarge },
  { "map", N_ ("make of a picture what a ControlNet follows"), limn_cli_map },
  { "detect", N_ ("find faces and hands in a picture"), limn_cli_detect },
  { "devices", N_ ("list the devices that can paint"), limn_cli_devices },
  { "inspect", N_ ("say what a model holds and what it needs"), limn_cli_inspect },
  { "convert", N_ ("write a model smaller: GGUF or fp8"), limn_cli_convert },
  { "models", N_ ("list model files for what they are"), limn_cli_models },
  { "bench", N_ ("measure where the time goes"), limn_cli_bench },
};

static void
print_usage (void (*print) (const char *text))
{
  g_autoptr (GString) text = g_string_new (_ ("Usage: limn-cli COMMAND [OPTION...]\n\nCommands:\n"));

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (text, "  %-10s %s\n", commands[i].name, _ (commands[i].summary));
  g_string_append (
      text, _ ("\n\"limn-cli COMMAND --help\" tells a command's options; \"limn-cli --version\" the version.\n"));
  print (text->str);
}

/* The commands, where no other stands on the line before what is asked for. */
static void
complete_command (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("%s\t%s\n", commands[i].name, _ (commands[i].summary));
}

static void
print_out (const char *text)
{
  g_print ("%s", text);
}

static void
print_error (const char *text)
{
  g_printerr ("%s", text);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  /* Numbers on the command line and in the output are for programs, too. */
  setlocale (LC_NUMERIC, "C");
  limn_i18n_init ();
  if (argc < 2) {
    print_usage (print_error);
    return LIMN_EXIT_USAGE;
  }
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0 || strcmp (argv[1], "help") == 0) {
    print_usage (print_out);
    return 0;
  }
  if (strcmp (argv[1], "--version") == 0) {
    g_print (_ ("Limn %s\n"), LIMN_VERSION);
    return 0;
  }
  gboolean complete = strcmp (argv[1], LIMN_CLI_COMPLETE) == 0;
  if (complete && argc < 4) {
    complete_command ();
    return 0;
  }
  if (complete) {
    argv[1] = argv[2];
    argv[2] = (char *) LIMN_CLI_COMPLETE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (argv[1], commands[i].name) == 0) {
      g_autofree char *name = g_strdup_printf ("limn-cli %s", commands[i].name);
      g_set_prgname (name);
      return commands[i].run (argc - 1, argv + 1);
    }
  if (complete)
    return 0;
  return limn_cli_fail (LIMN_EXIT_USAGE, _ ("there is no command \"%s\"; \"limn-cli --help\" lists them"), argv[1]);
}
